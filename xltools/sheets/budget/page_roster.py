"""分布: a roster as counts and sums by class of exports; what the minimum premium adds to the averages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from xltools.sheets.budget.draft import Draft, height
from xltools.sheets.budget.lines import SCENARIOS, names, rate
from xltools.sheets.budget.page_estimate import current
from xltools.sheets.budget.words import Case, Test
from xltools.sheets.write.style import Sheet

NAME = "分布"
WIDTHS = (10, 16, 20, 19, 18, 21, 19, 17, 54)
ASIDE = 10
"""Column of the premiums of all scenarios, right of what is printed."""


@dataclass(frozen=True)
class ClassRow:
    """A class of firms of one plan and insurer: low < exports ≤ high in US dollars; `off` is its premium reduction."""

    plan: str
    insurer: str
    off: Decimal
    low: Decimal
    high: Decimal | None
    firms: int = 0
    exports: Decimal = Decimal(0)


@dataclass(frozen=True)
class Roster:
    """A distribution, where it comes from, and what its firms cost one by one (yuan; None without a roster)."""

    classes: Sequence[ClassRow]
    source: str = ""
    fiscal: Decimal | None = None


def write(d: Draft, sheet: Sheet, roster: Roster) -> None:
    """Fill the sheet: the summary by plan first, then the classes."""
    d.page(
        sheet,
        f"{NAME}　{d.scheme.title}",
        "按真实名册测算：每档只要家数和出口额合计两个数（浅黄，可手填；xltools budget --from-ledger 或 --roster 自动填好）。"
        "每档保费 = 家数 × 最低保费与出口额合计 × 费率中较大者，所以档的分界要落在最低保费的临界点上，不在时“可能低估”给出上限。"
        "在“情景”表把计算方式选为“分布”，各表就按本表测算；占比和保险人份额这时不用。",
        WIDTHS,
    )
    current(d, sheet, 2)
    row = _summary(d, sheet, 3, roster)
    _classes(d, sheet, row + 1, roster)


def _summary(d: Draft, sheet: Sheet, row: int, roster: Roster) -> int:
    d.heading(sheet, row, "同一批企业，两种算法（参保系数按 1，未乘）")
    heads = ("方案", "家数\n（家）", "出口额\n（美元）", "平均法保费\n（美元）", "分布法保费\n（美元）", "平均法少算\n（美元）",
             "折财政扶持\n（元）", "少算比例", "说明")  # fmt: skip
    d.headings(sheet, row + 1, heads)
    row += 2
    p = names(d.scheme, "now")
    for plan in d.scheme.plans:
        i = plan.id
        mine = f"分档_方案,{{roster.plan.{i}}}"
        d.put(sheet, row, 0, i, d.look(align="center"), f"roster.plan.{i}")
        d.put(sheet, row, 1, f"=SUMIFS(分档_家数,{mine})", d.computed("dollars"), f"roster.firms.{i}")
        d.put(sheet, row, 2, f"=SUMIFS(分档_出口额,{mine})", d.computed("usd"), f"roster.exports.{i}")
        average = f"{{roster.exports.{i}}}*{rate(d.scheme, p, i, p('off', ''))}"
        if p("minimum", i):
            average = f"MAX({average},{{roster.firms.{i}}}*{p('minimum', i)})"
        d.put(sheet, row, 3, f"=ROUND({average},2)", d.computed("usd"), f"roster.average.{i}")
        d.put(sheet, row, 4, f"=ROUND(SUMIFS(分档_保费,{mine}),2)", d.computed("usd"), f"roster.premium.{i}")
        d.put(
            sheet,
            row,
            5,
            f"=ROUND({{roster.premium.{i}}}-{{roster.average.{i}}},2)",
            d.computed("usd"),
            f"roster.more.{i}",
        )
        d.put(sheet, row, 6, f"=ROUND({{roster.more.{i}}}*{p('fx', '')}*{p('share', i)},2)", d.computed("yuan"),
              f"roster.yuan.{i}")  # fmt: skip
        d.put(sheet, row, 7, f"=IF({{roster.average.{i}}}=0,0,{{roster.more.{i}}}/{{roster.average.{i}}})",
              d.computed("ratio"), f"roster.ratio.{i}")  # fmt: skip
        d.say(sheet, row, 8, plan_words(i, bool(p("minimum", i))), d.look(text_wrap=True), f"said.roster.{i}")
        sheet.set_row(row, 20)
        row += 1
    first, last = d.scheme.plans[0].id, d.scheme.plans[-1].id
    d.put(sheet, row, 0, "合计", d.look(bold=True, align="center"))
    for column, what, kind in ((1, "firms", "dollars"), (2, "exports", "usd"), (3, "average", "usd"),
                               (4, "premium", "usd"), (5, "more", "usd"), (6, "yuan", "yuan")):  # fmt: skip
        formula = f"=SUM({{roster.{what}.{first}}}:{{roster.{what}.{last}}})"
        d.put(sheet, row, column, formula, d.computed(kind, bold=True), f"roster.{what}")
    d.put(sheet, row, 7, "=IF({roster.average}=0,0,{roster.more}/{roster.average})", d.computed("ratio", bold=True),
          "roster.ratio")  # fmt: skip
    said = f"名册来源：{roster.source}" if roster.source else "还没有名册"
    d.put(sheet, row, 8, said, d.look(text_wrap=True))
    sheet.set_row(row, height([said], WIDTHS[8:9]))
    if roster.fiscal is None:
        return row + 1
    row += 1
    label = "逐户试算的财政扶持（元）：每户四舍五入到分、财政部分去尾，生成本表时按当时的采用值算好"
    d.put(sheet, row, 0, label, d.look(text_wrap=True), last_column=5)
    d.put(sheet, row, 6, roster.fiscal, d.look("yuan"), "roster.each")
    d.put(sheet, row, 7, None, d.look())
    d.put(sheet, row, 8, "与分布法只差每户的进位；改了费率、汇率等以后请重新生成", d.look(text_wrap=True))
    sheet.set_row(row, 36)
    return row + 1


def plan_words(plan: str, minimum: bool) -> list[Case]:
    """What the distribution says about the averages of a plan."""
    empty = Case(Test(f"roster.firms.{plan}", "<", Decimal("0.5")), "名册中没有企业")
    more = Case(Test(f"roster.more.{plan}", ">", Decimal("0.005")),
                f"平均法少算 {{roster.ratio.{plan}|pct}}：小企业按最低保费缴，平均数看不出来")  # fmt: skip
    same = Case(None, "两种算法相同" + ("：没有企业低于临界点" if minimum else "：没有最低保费，保费与出口额成正比"))
    return [empty, more, same] if minimum else [empty, same]


def _classes(d: Draft, sheet: Sheet, row: int, roster: Roster) -> None:
    d.heading(sheet, row, "出口额分档：家数和出口额合计（浅黄，可改）")
    d.headings(sheet, row + 1, ("方案", "保险人", "出口额超过\n（美元）", "至（含）\n（美元）", "家数\n（家）", "出口额合计\n（美元）",
                                "保费\n（美元）", "可能低估\n（美元）", "降费 / 检查" if d.scheme.reductions else "检查"))  # fmt: skip
    d.headings(sheet, row + 1, [f"保费：{t}\n（美元）" for t in SCENARIOS.values()], ASIDE)
    sheet.set_column(ASIDE, ASIDE + len(SCENARIOS) - 1, 18, d.look(box=False))
    sheet.repeat_rows(row + 1)
    first = row + 2
    names_of = {i.id: i.name for i in d.scheme.insurers}
    for k, c in enumerate(roster.classes):
        row = first + k
        d.put(sheet, row, 0, c.plan, d.look(align="center"), f"class.{k}.plan")
        d.put(sheet, row, 1, names_of[c.insurer], d.look(), f"class.{k}.insurer")
        d.put(sheet, row, 2, c.low, d.look("usd"), f"class.{k}.low")
        d.put(sheet, row, 3, c.high if c.high is not None else "以上", d.look("usd", align="right"), f"class.{k}.high")
        d.put(sheet, row, 4, c.firms, d.typed("dollars"), f"class.{k}.firms")
        d.put(sheet, row, 5, c.exports, d.typed("usd"), f"class.{k}.exports")
        d.put(sheet, row, 6, f"=INDEX({{class.{k}.low.premium}}:{{class.{k}.own.premium}},情景序号)",
              d.computed("usd"), f"class.{k}.premium")  # fmt: skip
        for column, key in enumerate(SCENARIOS, ASIDE):
            d.put(sheet, row, column, _premium(d, k, c, key), d.computed("usd"), f"class.{k}.{key}.premium")
        d.put(sheet, row, 7, _doubt(d, k, c), d.computed("usd"), f"class.{k}.doubt")
        n, s = f"{{class.{k}.firms}}", f"{{class.{k}.exports}}"
        over = f",{s}>{n}*{{class.{k}.high}}" if c.high is not None else ""
        prefix = f"降费{c.off:.0%}　" if c.off else ""
        d.put(sheet, row, 8, f'="{prefix}"&IF({n}=0,IF({s}=0,"","✘ 有出口额没有家数"),IF(OR({s}<{n}*{{class.{k}.low}}{over}),'
              '"✘ 户均不在本档",""))', d.look(text_wrap=True), f"class.{k}.check", cached=prefix)  # fmt: skip
    for name, key in (("方案", "plan"), ("保险人", "insurer"), ("家数", "firms"), ("出口额", "exports"), ("保费", "premium"),
                      *((f"保费_{t}", f"{s}.premium") for s, t in SCENARIOS.items())):  # fmt: skip
        d.define(f"分档_{name}", f"class.0.{key}", f"class.{len(roster.classes) - 1}.{key}")
    sheet.data_validation(first, 4, row, 5, {"validate": "decimal", "criteria": ">=", "value": 0,
                                             "error_title": "分档", "error_message": "请填不小于 0 的数"})  # fmt: skip
    sheet.print_area(0, 0, row, len(WIDTHS) - 1)


def _premium(d: Draft, k: int, c: ClassRow, scenario: str) -> str:
    p = names(d.scheme, scenario)
    charged = rate(d.scheme, p, c.plan, format(c.off, "f") if c.off else "")
    cost = f"{{class.{k}.exports}}*{charged}"
    least = p("minimum", c.plan)
    return f"=MAX({cost},{{class.{k}.firms}}*{least})" if least else f"={cost}"


def _doubt(d: Draft, k: int, c: ClassRow) -> str:
    p = names(d.scheme, "now")
    m = p("minimum", c.plan)
    if not m:
        return "=0"
    r = rate(d.scheme, p, c.plan, format(c.off, "f") if c.off else "")
    n, s, premium = f"{{class.{k}.firms}}", f"{{class.{k}.exports}}", f"{{class.{k}.premium}}"
    low = f"({{class.{k}.low}}+0.01)"
    ends = f"OR({n}=0,{low}*{r}>={m}"
    slope = r
    if c.high is not None:
        ends += f",{{class.{k}.high}}*{r}<={m}"
        slope = f"({{class.{k}.high}}*{r}-{m})/({{class.{k}.high}}-{low})"
    return f"=IF({ends}),0,ROUND(MAX(0,{n}*{m}+({s}-{n}*{low})*{slope}-{premium}),2))"
