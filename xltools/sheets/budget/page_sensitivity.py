"""敏感性: what the budget does when two assumptions move; every cell is a formula of its own, no data tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from xltools.scheme import Scheme
from xltools.sheets.budget.draft import Draft
from xltools.sheets.budget.lines import names, rate
from xltools.sheets.budget.page_estimate import current, fixed
from xltools.sheets.budget.parameters import Kind, axes, bands, plans_of, stated
from xltools.sheets.write.formats import AMOUNT
from xltools.sheets.write.style import BAD, GREY, NAVY, Sheet

NAME = "敏感性"
WIDTHS = (36, *([15] * 7))
COLUMNS = 7
OVER = f'"▲"{AMOUNT}'


@dataclass(frozen=True)
class Second:
    """The second table: what moves down and across. `plans`: the one that has the rest, the first, the second, others."""

    kind: Literal["two_shares", "share_takeup", "rate_share"]
    title: str
    plans: tuple[str, ...]
    down: tuple[Decimal, ...]
    across: tuple[Decimal, ...]
    labels: tuple[str, str]


def second(scheme: Scheme) -> Second:
    """Which second table makes sense for a scheme: shares of two plans; of one; else rates and fiscal share."""
    steps = axes(scheme)
    for band in bands(scheme):
        ids = tuple(p.id for p in plans_of(scheme, band))
        if len(ids) > 2:
            title = f"方案 {ids[1]} 占比 × 方案 {ids[2]} 占比（{band.title}，其余为 {ids[0]}）"
            labels = (f"{ids[1]} 占比 ↓", f"{ids[2]} 占比 →")
            return Second("two_shares", title, ids, steps["first"], steps["second"], labels)
        if len(ids) == 2:
            title = f"方案 {ids[1]} 占比 × 参保系数（{band.title}，其余为 {ids[0]}）"
            return Second(
                "share_takeup", title, ids, steps["first"], steps["factor"], (f"{ids[1]} 占比 ↓", "参保系数 →")
            )
    ids = tuple(p.id for p in scheme.plans)
    return Second(
        "rate_share",
        "费率倍数 × 财政比例（所有方案）",
        ids,
        steps["rate"],
        steps["share"],
        ("费率倍数 ↓", "财政比例 →"),
    )


def write(d: Draft, sheet: Sheet) -> None:
    """Fill the sheet."""
    d.page(
        sheet,
        f"{NAME}　{d.scheme.title}",
        "财政扶持合计，单位万元，按当前情景和计算方式，只变动表头的两项；刻度（浅黄）可以改。超出总盘子的格子前有 ▲ 并变红。"
        "每格都是一条直接的公式（不用“模拟运算表”），WPS、LibreOffice 同样会重算。",
        WIDTHS,
        high=1,
    )
    current(d, sheet, 2)
    d.heading(sheet, 3, "当前情景的财政扶持（美元）：折人民币以前，对汇率和参保系数都成正比")
    d.put(sheet, 4, 0, "财政扶持（美元）", d.look())
    d.put(
        sheet,
        4,
        1,
        "=" + "+".join(dollars(d, p.id) for p in d.scheme.plans),
        d.computed("usd"),
        "all.dollars",
        last_column=2,
    )
    d.put(sheet, 4, 3, "总盘子（万元）", d.look(align="right"), last_column=4)
    whole = next(p.name for p in d.parameters if p.role[0] == "total")
    d.put(sheet, 4, 5, f"={whole}/10000", d.computed("wan"), "all.total", last_column=6)
    row = _first(d, sheet, 6)
    _second(d, sheet, row + 1)


def of_plan(d: Draft, amount: str, plan: str) -> str:
    """The placeholder of a plan's sum in 测算."""
    insurers = d.scheme.insurers
    return f"{{now.{amount}.{plan}" + (f".{insurers[0].id}}}" if len(insurers) == 1 else "}")


def dollars(d: Draft, plan: str) -> str:
    """A plan's fiscal money in US dollars."""
    p = names(d.scheme, "now")
    paid = f"{of_plan(d, 'premium', plan)}*{p('share', plan)}"
    cap = p("cap", plan)
    return f"MIN({paid},{of_plan(d, 'exports', plan)}*{cap})" if cap else paid


def _axes(
    d: Draft, sheet: Sheet, row: int, labels: tuple[str, str], down: Sequence[Decimal], across: Sequence[Decimal],
    kinds: tuple[Kind, Kind], key: str,
) -> None:  # fmt: skip
    corner = d.look(bold=True, bg_color="#DDEBF7", font_color=NAVY, text_wrap=True, align="center")
    d.put(sheet, row, 0, f"{labels[0]}　　{labels[1]}", corner)
    for j, value in enumerate(across):
        d.put(sheet, row, 1 + j, value, d.typed(kinds[1], bold=True, align="center"), f"{key}.across.{j}")
    for i, value in enumerate(down):
        d.put(sheet, row + 1 + i, 0, value, d.typed(kinds[0], bold=True, align="center"), f"{key}.down.{i}")
    told = {"error_title": "刻度", "error_message": "请填不小于 0 的数"}
    last = len(down)
    sheet.data_validation(row, 1, row, len(across), {"validate": "decimal", "criteria": ">=", "value": 0, **told})
    sheet.data_validation(row + 1, 0, row + last, 0, {"validate": "decimal", "criteria": ">=", "value": 0, **told})
    sheet.conditional_format(row + 1, 1, row + last, len(across), {
        "type": "formula", "criteria": f"=AND(ISNUMBER(B{row + 2}),B{row + 2}>{fixed(d.places['all.total'][1])})",
        "format": d.book.add_format({**BAD, "num_format": OVER}),
    })  # fmt: skip


def _first(d: Draft, sheet: Sheet, row: int) -> int:
    d.heading(sheet, row, "一、汇率 × 参保系数（相对当前情景的倍数）（万元）")
    steps = axes(d.scheme)
    fx, factors = steps["fx"], steps["factor"]
    _axes(d, sheet, row + 1, ("汇率 ↓", "参保系数 →"), fx, factors, ("fx", "factor"), "fx")
    for i in range(len(fx)):
        for j in range(len(factors)):
            formula = f"=ROUND({{all.dollars}}*{{fx.down.{i}}}*{{fx.across.{j}}}/10000,2)"
            d.put(sheet, row + 2 + i, 1 + j, formula, d.computed("wan"), f"fx.{i}.{j}")
        name = f'="汇率 "&TEXT({{fx.down.{i}}},"0.00##")'
        d.put(sheet, row + 2 + i, COLUMNS + 2, name, d.look(box=False, font_color=GREY), f"fx.name.{i}")
    row += 2 + len(fx)
    d.put(sheet, row, 0, "总盘子（万元）", d.look())
    d.put(sheet, row + 1, 0, "参保家数（家）", d.look())
    for j in range(len(factors)):
        d.put(sheet, row, 1 + j, "={all.total}", d.computed("wan"), f"fx.total.{j}")
        d.put(sheet, row + 1, 1 + j, f"={{now.firms}}*{{fx.across.{j}}}", d.computed("firms"), f"fx.firms.{j}")
    row += 2
    for s in stated(d.scheme):
        if "uninsured_firms" not in s.figures:
            continue
        d.put(sheet, row, 0, f"参保面：{s.band.title}", d.look())
        firms = "+".join(of_plan(d, "firms", p.id) for p in s.plans)
        there = next(p.name for p in d.parameters if p.role == ("uninsured_firms", s.band.id))
        for j in range(len(factors)):
            formula = f"=IF({there}=0,0,({firms})*{{fx.across.{j}}}/{there})"
            d.put(sheet, row, 1 + j, formula, d.computed("ratio"), f"fx.takeup.{s.band.id}.{j}")
        row += 1
    return row


def _second(d: Draft, sheet: Sheet, row: int) -> None:
    s = second(d.scheme)
    kinds: dict[str, tuple[Kind, Kind]] = {
        "two_shares": ("ratio", "ratio"), "share_takeup": ("ratio", "factor"), "rate_share": ("factor", "ratio"),
    }  # fmt: skip
    d.heading(sheet, row, f"二、{s.title}（万元）")
    if s.kind != "rate_share":
        d.put(sheet, row + 1, 0, "本区间家数（家）", d.look())
        d.put(
            sheet,
            row + 1,
            1,
            "=" + "+".join(of_plan(d, "firms", p) for p in s.plans),
            d.computed("firms"),
            "mix.firms",
            last_column=2,
        )
        d.put(sheet, row + 1, 3, "本区间出口额（美元）", d.look(align="right"), last_column=4)
        d.put(
            sheet,
            row + 1,
            5,
            "=" + "+".join(of_plan(d, "exports", p) for p in s.plans),
            d.computed("usd"),
            "mix.exports",
            last_column=6,
        )
        others = [dollars(d, p.id) for p in d.scheme.plans if p.id not in s.plans]
        d.put(sheet, row + 2, 0, "其他区间财政扶持（美元）", d.look())
        d.put(sheet, row + 2, 1, "=" + ("+".join(others) or "0"), d.computed("usd"), "mix.others", last_column=2)
        row += 2
    _axes(d, sheet, row + 1, s.labels, s.down, s.across, kinds[s.kind], "mix")
    for i in range(len(s.down)):
        for j in range(len(s.across)):
            formula = cell(d, s, f"{{mix.down.{i}}}", f"{{mix.across.{j}}}")
            d.put(sheet, row + 2 + i, 1 + j, formula, d.computed("wan", align="right"), f"mix.{i}.{j}")
    row += 2 + len(s.down)
    words = {
        "two_shares": "占比按出口额；两项合计超过 100% 的格子为“—”。按本区间的家数和出口额平均计算。",
        "share_takeup": "占比按出口额。按本区间的家数和出口额平均计算。",
        "rate_share": "最低保费不变；所有方案用同一财政比例。",
    }
    d.put(sheet, row, 0, words[s.kind], d.look(box=False, font_color=GREY, font_size=10), last_column=COLUMNS)
    sheet.print_area(0, 0, row, COLUMNS)


def cell(d: Draft, s: Second, down: str, across: str) -> str:
    """The formula of one cell of the second table."""
    p = names(d.scheme, "now")

    def part(plan: str, share: str, firms: str, exports: str, times: str = "", fiscal: str = "") -> str:
        premium = f"{exports}*{share}{rate(d.scheme, p, plan)}{times}"
        if p("minimum", plan):
            premium = f"MAX({premium},{firms}*{share}{p('minimum', plan)})"
        paid = f"{premium}*{fiscal or p('share', plan)}"
        cap = p("cap", plan)
        return f"MIN({paid},{exports}*{share}{cap})" if cap else paid

    fx = p("fx", "")
    if s.kind == "rate_share":
        parts = [part(i, "", of_plan(d, "firms", i), of_plan(d, "exports", i), f"*{down}", across) for i in s.plans]
        return f"=ROUND(({'+'.join(parts)})*{fx}/10000,2)"
    if s.kind == "share_takeup":
        shares = [f"(1-{down})*", f"{down}*"]
        parts = [part(i, x, "{mix.firms}", "{mix.exports}") for i, x in zip(s.plans, shares, strict=True)]
        return f"=ROUND(({'+'.join(parts)}+{{mix.others}})*{across}*{fx}/10000,2)"
    kept = [p("mix", i) for i in s.plans[3:]]
    rest = "-".join(["1", down, across, *kept])
    shares = [f"({rest})*", f"{down}*", f"{across}*", *(f"{k}*" for k in kept)]
    parts = [part(i, x, "{mix.firms}", "{mix.exports}") for i, x in zip(s.plans, shares, strict=True)]
    return f'=IF({rest}<-0.000001,"—",ROUND(({"+".join(parts)}+{{mix.others}})*{fx}/10000,2))'
