"""What 一企一页 tells of a firm: rows of labels and worksheet formulas, section by section."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from xltools.catalogue.columns import by_field
from xltools.scheme import Scheme
from xltools.sheets.platform.draw.firm.search import CLOCKS, PROBLEMS, Search, said, value
from xltools.sheets.write.formats import AMOUNT, DATE, FX_SHORT

Shape = Literal["text", "money", "whole", "date", "datetime", "rate"]


@dataclass(frozen=True)
class Item:
    """A label and its value; `wide` takes the whole width and that many lines."""

    label: str
    formula: str
    shape: Shape = "text"
    wide: int = 0


@dataclass(frozen=True)
class Section:
    title: str
    items: list[Item] = field(default_factory=list)


def story(scheme: Scheme, s: Search) -> list[Section]:
    """All sections, in the order in which a firm goes through the platform."""
    return [
        Section("企业", _identity(scheme, s)), Section("区级审核", _district(scheme, s)),
        Section("市级审核", _bureau(s)), Section("资格和方案", _outcome(s)), Section("金额怎么算的", _amounts(s)),
        Section("排队和资金", _queue(s)), Section("报送", _sent(s)), Section("理赔和期限", _clocks(s)),
        Section("问题", _problems(s)),
        Section("说明（理由和条款）", [Item("说明", _lines(said("测算", "说明", s.cell("测算的行"))), wide=5)]),
    ]  # fmt: skip


def _identity(scheme: Scheme, s: Search) -> list[Item]:
    heading = {f: c.heading for f, c in by_field(scheme).items()}
    shown = ("name", "uscc", "customs_code", "area", "contact", "phone", "exports", "before", "key_exports", "size",
             "insured", "wish", "insurer", "copay", "priorities", "policy")  # fmt: skip
    money = {"exports", "before", "key_exports"}
    number = Item("受理编号", value("名册", "受理编号", s.cell("名册的行")))
    own = [
        Item(heading[f], value("名册", heading[f], s.cell("名册的行")), "money" if f in money else "text")
        for f in shown
    ]
    return [own[0], number, *own[1:]]


def _district(scheme: Scheme, s: Search) -> list[Item]:
    heading, row = {f: c.heading for f, c in by_field(scheme).items()}, s.cell("名册的行")
    return [
        Item(heading["opinion"], value("名册", heading["opinion"], row)),
        Item(heading["received"], value("名册", heading["received"], row), "datetime"),
        Item(heading["reviewer"], value("名册", heading["reviewer"], row)),
        Item(heading["reviewed"], value("名册", heading["reviewed"], row), "date"),
    ]


def _bureau(s: Search) -> list[Item]:
    row = s.cell("名册的行")
    shapes: dict[str, Shape] = {
        "审核日期": "date",
        "核定出口额(美元)": "money",
        "确认收件时间": "datetime",
        "同时收件次序": "whole",
    }
    headings = ("市级审核意见", "审核人", "审核日期", "审批依据", "分配保险人", "政策导向确认", "优先确认", "核定出口额(美元)", "核定依据",
                "确认收件时间", "同时收件次序", "撤回")  # fmt: skip
    items = [Item(h, value("名册", h, row), shapes.get(h, "text")) for h in headings]
    return [*items, *(Item(h, said("名册", h, row), wide=n) for h, n in (("待办", 1), ("提示", 2), ("市级备注", 1)))]


def _outcome(s: Search) -> list[Item]:
    row = s.cell("测算的行")
    return [
        Item("资格", value("测算", "资格", row)), Item("方案", value("测算", "方案", row)),
        Item("保险人", value("测算", "保险人", row)), Item("资金安排", value("测算", "资金安排", row)),
        Item("最高赔偿限额(美元)", value("测算", "最高赔偿限额(美元)", row), "money"),
        Item("优先", value("测算", "优先", row)),
    ]  # fmt: skip


def _amounts(s: Search) -> list[Item]:
    """Each amount and how it comes about, in words; nothing where the firm has no premium."""
    row, plan = s.cell("测算的行"), s.cell("方案的行")
    exports, rate, premium, fx, gross, fiscal, own = (
        said("测算", h, row)
        for h in ("出口额(美元)", "费率", "应缴保费(美元)", "汇率", "应缴保费(元)", "财政扶持(元)", "企业承担(元)")
    )
    least, share, locked = (
        said("方案表", "最低保费(美元)", plan),
        said("方案表", "财政比例", plan),
        said("测算", "锁定汇率", row),
    )

    def money(x: str) -> str:
        return f'TEXT({x},"{AMOUNT}")'

    def line(label: str, words: str) -> Item:
        return Item(label, f'IF({gross}="","",{words})', wide=1)

    product = f"({exports})*({rate})"
    minimum = f'IF({least}="","",IF({product}<({least})*1,"，不足最低保费，按 "&{money(least)}&" 美元",""))'
    where = f'IF({locked}<>"","报送时已锁定",IF(({fx})*1=预算汇率,"预算汇率，预估","汇率表"))'
    return [
        line("应缴保费(美元)", f'{money(premium)}&" 美元 ＝ 出口额 "&{money(exports)}&" × 费率 "&TEXT(({rate})*100,"0.00##")&"%"&{minimum}'),
        line("应缴保费(元)", f'{money(gross)}&" 元 ＝ 保费（美元，不先取整）× 汇率 "&TEXT({fx},"{FX_SHORT}")&"（"&{where}&"），四舍五入到分"'),
        line("财政扶持(元)", f'{money(fiscal)}&" 元 ＝ "&{money(gross)}&" × 财政比例 "&TEXT(({share})*100,"0.##")&"%，舍去分以下"'),
        line("企业承担(元)", f'{money(own)}&" 元 ＝ "&{money(gross)}&" － "&{money(fiscal)}'),
    ]  # fmt: skip


def _queue(s: Search) -> list[Item]:
    row, worked = s.cell("排队的行"), s.cell("测算的行")
    insurer = said("测算", "保险人", worked)

    def pool(heading: str) -> str:
        return f'TEXT(INDEX(资金池[[#Data],[{heading}]],MATCH({insurer},资金池[保险人],0)),"{AMOUNT}")'

    words = "&".join(f'"{"，" if n else "："}{w} "&{pool(h)}' for n, (w, h) in enumerate(POOL))
    even = f"INDEX(资金池[[#Data],[临界汇率]],MATCH({insurer},资金池[保险人],0))"
    words += f'&"（元）"&IF({even}="","","，临界汇率 "&TEXT({even},"0.0000"))'
    return [
        Item("排队号", value("测算", "排队号", worked), "whole"),
        Item("池内序号", value("测算", "池内序号", worked), "whole"),
        Item("排队依据时间", value("排队", "材料齐全时间", row), "datetime"),
        Item("池内累计(元)", value("排队", "池内累计(元)", row), "money"),
        Item("资金盘子", f'IFERROR(IF({insurer}="","",{insurer}&{words}),"")', wide=1),
    ]


POOL = (("盘子", "资金盘子(元)"), ("已落实", "已落实(元)"), ("预估占用", "预估占用(元)"), ("可用", "可用(元)"))


def _sent(s: Search) -> list[Item]:
    row = s.cell("报送的行")
    return [
        Item("批次", value("报送", "批次", row), "whole"), Item("报送日期", value("报送", "报送日期", row), "date"),
        Item("状态", value("报送", "状态", row)), Item("校验码", value("报送", "校验码", row)),
        Item("待定变更", said("报送", "待定变更", row), wide=1), Item("文件", said("报送", "文件", row), wide=1),
    ]  # fmt: skip


def _clocks(s: Search) -> list[Item]:
    """How many claims the firm has, and what of its deadlines lapses first."""
    claim, count = s.cell("案件的行"), s.cell("几个期限")
    out = [
        Item("理赔案件", f'IF({s.cell("名册的行")}=0,"",{s.cell("几个案件")})', "whole"),
        Item("案件号", value("案件表", "案件号", claim)),
    ]
    for n in range(1, CLOCKS + 1):
        row = s.cell(f"期限{n}")
        parts = {h: said("期限表", h, row) for h in ("状态", "期限", "对象", "找谁")}
        day = f'TEXT(INDEX(期限表[[#Data],[截止日]],{row}),"{DATE}")'
        words = f'{day}&"　"&{parts["状态"]}&"　"&{parts["期限"]}&" "&{parts["对象"]}&"，找"&{parts["找谁"]}'
        last = f'&IF({count}>{CLOCKS},"（另有 "&({count}-{CLOCKS})&" 项，见“期限”表）","")' if n == CLOCKS else ""
        none = f'IF(AND({s.cell("名册的行")}>0,{count}=0),"没有快到的期限","")' if n == 1 else '""'
        out.append(Item(f"期限{n}", f"IF({row}=0,{none},{words}{last})", wide=1))
    return out


def _problems(s: Search) -> list[Item]:
    count = s.cell("几个问题")
    out = []
    for n in range(1, PROBLEMS + 1):
        row = s.cell(f"问题{n}")
        parts = {h: said("问题", h, row) for h in ("级别", "单元格", "问题", "怎么办")}
        words = f'{parts["级别"]}&"　"&{parts["单元格"]}&" "&{parts["问题"]}&"。"&{parts["怎么办"]}'
        last = f'&IF({count}>{PROBLEMS},"（另有 "&({count}-{PROBLEMS})&" 处，见“问题”表）","")' if n == PROBLEMS else ""
        none = f'IF(AND({s.cell("名册的行")}>0,{count}=0),"没有","")' if n == 1 else '""'
        out.append(Item(f"问题{n}", f"IF({row}=0,{none},{words}{last})", wide=2))
    return out


def _lines(words: str) -> str:
    """Each reason on a line of its own."""
    return f'SUBSTITUTE({words},"；",CHAR(10))'
