"""The six districts' files: four offices keep the template, two send a table of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from nantong import identity
from nantong.cast import Cast
from nantong.firms import BASE, Firm
from nantong.owntable import Formula, OwnTable, write_own_table
from nantong.trade import regions
from xltools.catalogue.columns import region_fields
from xltools.scheme import Scheme
from xltools.sheets.district.template import write_template

Row = dict[str, object]
SPARE = 40
FILES = {
    "崇川区": "崇川区企业投保申请汇总表.xlsx",
    "通州区": "通州区 企业投保申请汇总表(1).xlsx",
    "港闸区": "港闸区统保申请汇总.xlsx",
    "经济技术开发区": "开发区-统保企业汇总表（最终版）.xlsx",
    "苏通科技产业园区": "苏通科技产业园区企业投保申请汇总表.xlsx",
    "通州湾示范区": "通州湾示范区企业投保申请汇总表.xlsx",
}
SECOND = "通州区 企业投保申请汇总表(1)_退回_第2轮.xlsx"
"""As the office keeps the name of the file that came back to it."""


def write_offices(folder: Path, again: Path, scheme: Scheme, cast: Cast) -> None:
    """The first round into `folder`, the one file of the second round into `again`."""
    of = {area: [f for f in cast.firms if f.area == area] for area in FILES}
    first = {area: [row(scheme, f) for f in firms] for area, firms in of.items()}
    for area in ("崇川区", "通州湾示范区"):
        write_template(folder / FILES[area], scheme, district=area, rows=first[area], spare=SPARE)
    untidy(first["苏通科技产业园区"])
    area = "苏通科技产业园区"
    write_template(folder / FILES[area], scheme, district=area, rows=first[area], spare=SPARE)
    area, firms = "通州区", of["通州区"]
    twice = cast.of("DUPLICATE")[0]
    rows = [row(scheme, f, mended=False) for f in firms]
    rows.append(row(scheme, twice) | {"remark": "补充材料"})
    write_template(folder / FILES[area], scheme, district=area, rows=rows, spare=SPARE)
    gone = cast.of("GONE")[0]
    rows = [row(scheme, f) for f in firms if f is not gone]
    write_template(again / SECOND, scheme, district=area, round=2, rows=rows, spare=SPARE)
    write_own_table(folder / FILES["经济技术开发区"], economic_zone(first["经济技术开发区"]))
    write_own_table(folder / FILES["港闸区"], gangzha(scheme, cast, of["港闸区"], first["港闸区"]))


def row(scheme: Scheme, firm: Firm, *, mended: bool = True) -> Row:
    """A firm's line in its district's file, field -> value; amounts as Decimal dollars."""
    base, before = firm.exports.get(BASE, {}), firm.exports.get(BASE - 1)
    small = not base
    amounts: dict[str, int | None] = {
        "exports": sum(base.values()),
        "before": sum(before.values()) if before is not None else None,
        "key_exports": 0 if small else base.get("US", 0),
    }
    amounts |= {f: v or None for f, v in regions(scheme, base).items()}
    out: Row = {
        "name": firm.name, "uscc": firm.uscc, "customs_code": firm.customs_code, "area": firm.area,
        "contact": identity.person(firm.number), "phone": identity.phone(firm.number), "wish": firm.wish,
        "copay": firm.copay, "insurer": firm.insurer, "insured": firm.insured, "priorities": firm.priorities,
        "policy": firm.policy, "received": _moment(firm.received), "opinion": "同意",
        "reviewer": identity.person(len(firm.area) * 31), "reviewed": firm.reviewed,
        **{f: None if v is None else Decimal(v).scaleb(-2) for f, v in amounts.items()},
        "address": f"南通市{firm.area}示例路{firm.number}号", "legal": identity.person(firm.number * 7 + 3),
        "email": f"lianxi{firm.number:03d}@example.com", "size": firm.size,
        "tier": "专精特新" if firm.number % 17 == 0 else "否",
    }  # fmt: skip
    return out | firm.says | ({} if mended else firm.first)


def _moment(received: datetime) -> date:
    """A time of the day that nobody noted leaves the date alone."""
    return received if (received.hour, received.minute) != (0, 0) else received.date()


def untidy(rows: Sequence[Row]) -> None:
    """What cleaning sets right without a word to anybody: full width, spaces, separators, words for dates."""
    habits: Sequence[tuple[str, Callable[[Any], object]]] = (
        ("uscc", lambda v: str(v).translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)})),
        ("uscc", lambda v: f"{str(v)[:6]} {str(v)[6:12]} {str(v)[12:]}"),
        ("uscc", lambda v: str(v).lower()),
        ("name", lambda v: f"\u3000{v}\u00a0"),
        ("phone", lambda v: f"+86 {str(v)[:3]}-{str(v)[3:7]}-{str(v)[7:]}"),
        ("exports", lambda v: f"US$ {v:,.2f}"),
        ("customs_code", lambda v: f"{v}\u200b"),
        ("received", lambda v: f"{v:%Y}年{v.month}月{v.day}日 {v:%H}时{v:%M}分"),
        ("received", lambda v: f"{v.year}/{v.month}/{v.day} {v.hour}:{v:%M}"),
        ("insured", lambda v: f" {v} "),
        ("area", lambda v: "苏通园区"),
        ("priorities", lambda v: "1、2"),
    )
    plain = [r for r in rows if isinstance(r["received"], datetime) and isinstance(r["exports"], Decimal)]
    for one, (field, habit) in zip(plain, habits, strict=False):
        one[field] = habit(one[field])


def economic_zone(rows: Sequence[Row]) -> OwnTable:
    """Columns in another order, one more, full-width brackets, amounts in 万美元, no 版本 sheet."""
    amounts = {
        "exports": "2018年度出口额（万美元）", "before": "2017年度出口额（万美元）",
        "key_exports": "对美出口（万美元）",
        "region_latin_america": "拉美出口（万美元）", "region_africa": "非洲出口（万美元）",
        "region_middle_east": "中东出口（万美元）", "region_eastern_europe": "东欧出口（万美元）",
        "region_southeast_asia": "东南亚出口（万美元）", "region_central_asia": "中亚出口（万美元）",
    }  # fmt: skip
    headings = {
        "no": "序号", "uscc": "社会信用代码", "name": "企业名称（中文全称）", "industry": "所属行业",
        "customs_code": "海关备案编码", "area": "所在区",
        "address": "企业地址", "legal": "法人代表", "contact": "经办人", "phone": "联系电话",
        "email": "E-mail", "size": "规模", "tier": "是否专精特新", "exports": amounts["exports"],
        "before": amounts["before"], "insured": "是否已投保出口信用保险", "wish": "投保方案",
        "copay": "是否承诺自缴保费",
        "insurer": "意向保险公司", "policy": "是否符合政策导向", "priorities": "符合优先条件", "received": "收件时间",
        "opinion": "区审核意见", "reviewer": "区审核人", "reviewed": "区审核日期", "remark": "备注",
    } | amounts  # fmt: skip
    out = []
    for number, one in enumerate(rows, 1):
        line = dict(one) | {"no": number, "industry": str(one["name"])[4:-4]}
        if line["area"] == "经济技术开发区":
            line["area"] = "开发区"
        for field in amounts:
            if isinstance(line[field], Decimal):
                line[field] = Decimal(str(line[field])) / 10_000
        if isinstance(line["phone"], str) and number % 4 == 0:
            line["phone"] = int(line["phone"])
        out.append(line)
    return OwnTable("Sheet1", "开发区统保申请企业汇总表（2019年）", headings, out)


def gangzha(scheme: Scheme, cast: Cast, firms: Sequence[Firm], rows: Sequence[Row]) -> OwnTable:
    """A table typed into a blank workbook, with everything that a blank workbook allows."""
    headings = {
        "no": "序号", "name": "单位名称", "uscc": "统一信用代码", "customs_code": "海关编码", "area": "所属区",
        "contact": "联系人", "phone": "手机号码", "exports": "2018年出口额(美元)", "wish": "方案", "copay": "承诺自缴",
        "insurer": "保险公司", "insured": "投保情况", "priorities": "优先条件", "policy": "政策导向",
        "received": "材料收齐时间", "opinion": "审核意见", "reviewer": "区审核人", "reviewed": "区审核日期",
        "before": "2017年出口额(美元)", "key_exports": "对美出口额(美元)",
    }  # fmt: skip
    groups = ("拉美", "非洲", "中东", "东欧", "东南亚", "中亚")
    headings |= {f: f"{g}出口额(美元)" for f, g in zip(region_fields(scheme), groups, strict=True)}
    headings |= {"address": "住所", "legal": "法人", "email": "邮箱", "size": "规模", "tier": "专精特新"}
    headings |= {"remark": "备注"}
    out = [dict(r) for r in rows]
    at = {f.name: i for i, f in enumerate(firms)}

    def line(code: str) -> Row:
        return out[at[cast.of(code, "港闸区")[0].name]]

    line("USCC_NUMBER")["uscc"] = int(str(line("USCC_NUMBER")["uscc"]))
    line("CELL_ERROR")["exports"] = Formula("=#REF!/7", "#REF!")
    line("FORMULA_NO_VALUE")["exports"] = Formula("=ROUND(S2*1.08,2)", None)
    for one in out:
        if isinstance(one["region_africa"], Decimal):  # the unit of another column's source, nobody noticed
            one["region_africa"] = (one["region_africa"] / 10_000).quantize(Decimal("0.01"))
        if isinstance(one["phone"], str) and one["phone"].isdecimal():
            one["phone"] = int(one["phone"])
        if isinstance(one["received"], datetime):
            one["received"] = f"{one['received']:%Y.%m.%d %H:%M}"
    shared = cast.of("TWO_DISTRICTS")[0]
    theirs = {"area": "港闸区", "reviewer": identity.person(93), "phone": int(identity.phone(shared.number))}
    out.append(row(scheme, shared) | theirs)
    for number, one in enumerate(out, 1):
        one["no"] = number
    exports = sum((v for r in out if isinstance(v := r["exports"], Decimal)), Decimal(0))
    merged = at[cast.of("MERGED_CELLS")[0].name]
    hidden = at[cast.of("HIDDEN_ROW")[0].name]
    lines = [*out, {"no": "合计", "exports": exports}]
    return OwnTable("汇总", "", headings, lines, merged={"area": merged}, hidden=[hidden])
