"""The worksheet formulas (公式) of 测算, and the link of 问题: the engine's amounts, to the fen.

A spreadsheet has doubles only, and INT, ROUND and MOD of Excel and LibreOffice look at 15 digits of them. Hence
every number here is a whole number below 10^15, or one divided by a power of ten: such a quotient has at most 15
digits, so that neither the double next to it nor what a program does at the 15th digit can carry it over a whole
number or a half. What must be seen for that:

- 保费整数 q = max(exports × rate, the plan's minimum) in units of 10^-(k+2) dollars. k is as large as the largest
  exports of a band allow (q < 10^15), at least the decimals of the scheme's own rates: see `rate_decimals`.
- f = ROUND(汇率*10^8,0) < 10^10, that is below 100 yuan a dollar; no rate in the ledger is finer.
- q·f reaches 10^25. So q is cut into q1·10^10 + q2·10^5 + q3, q2 and q3 below 10^5, and multiplied from the right:
  q3·f < 10^15; q2·f + INT(q3·f/10^5) < 10^15; q1·f + INT(that/10^5) < 10^15 as q1 < 10^5. What the two INT leave
  out is less than one unit of the last number, and the half fen is a whole number of those units (k > 2): rounding
  it half up gives what rounding q·f/10^(k+8) gives.
- 财政扶持 is INT of a product too, below 10^15 by `share_decimals`.

Where a scheme's numbers leave no such k (rates with more decimals than its exports allow), the formula is "" and the
sheet shows the value. So it is with 费率 where a scheme has premium reductions: the rate depends on the firm.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.scheme import Scheme
from xltools.scheme.model import Plan
from xltools.sheets.write.formulas import NOTHING, either, text, when

FX_DECIMALS = 8
"""Decimals of an exchange rate in the ledger."""
FX_BELOW = 100
"""Exchange rates (yuan a dollar) must be below this for the proof above."""
OPEN_BAND = Decimal(10**10)
"""Exports in USD that are provided for where a band has no upper end: ten billion dollars of one firm."""
WORD = 10**15
"""Every whole number in the formulas is below this."""
LINK = 255
"""Characters that HYPERLINK takes."""


def formulas(scheme: Scheme) -> dict[str, str]:
    """Formula text (without `=`) by the catalogue's formula names; "" where the sheet shows the value instead.

    For 测算 rate, units, fx, premium, gross, fiscal, enterprise: "" in a row that is not 符合条件 (rows sent are).
    For 问题 open_file. Functions of Excel 2016 only, nothing volatile, no array entry. Where an amendment has changed
    the terms of plans, rows sent before have others than 方案表 shows: then the amounts of 测算 are values.
    """
    if _terms_changed(scheme):
        return dict.fromkeys(("rate", "units", "fx", "premium", "gross", "fiscal", "enterprise"), "") | {
            "open_file": _open_file()
        }
    k = rate_decimals(scheme)
    q = own("保费整数")
    return {
        "rate": "" if scheme.reductions else when(f"{own('资格')}={text('符合条件')}", of_plan("费率")),
        "units": "" if k is None else _unless_blank("费率", _units(scheme, k)),
        "fx": _unless_blank("费率", when(f"{own('锁定汇率')}={NOTHING}", _unsent_rate(scheme), own("锁定汇率"))),
        "premium": "" if k is None else _unless_blank("保费整数", f"ROUND({q}/10^{k},0)/100"),
        "gross": "" if k is None else _unless_blank("保费整数", f"ROUND({times_fx(q, k, own('汇率'))},0)/100"),
        "fiscal": _fiscal(scheme, k),
        "enterprise": _unless_blank("应缴保费(元)", f"ROUND({own('应缴保费(元)')}-{own('财政扶持(元)')},2)"),
        "open_file": _open_file(),
    }


TERMS = ("rate.value", "discount.value", "minimum_premium.value", "fiscal_share.value", "fiscal_cap_of_exports.value")
"""Keys of a plan that its amounts hang on."""


def _terms_changed(scheme: Scheme) -> bool:
    """Whether an amendment changed the terms of a plan that there was, or the exports that bound its amounts."""
    keys = {key for a in scheme.amended for key in a.keys}
    there = {p.id for p in scheme.plans}
    new = {p for p in there if f"plans.{p}.id" in keys}
    gone = {k for k in keys if k.startswith("plans.") and k.endswith(".id") and k[6:-3] not in there}
    return bool(
        gone
        or any(f"plans.{p}.{term}" in keys for p in there - new for term in TERMS)
        or any(k.startswith("bands.") and k.endswith(".max.value") for k in keys)
    )


def own(heading: str, table: str = "测算") -> str:
    """The cell of the same row. `[@列]` would be #N/A in LibreOffice 7.4."""
    return f"{table}[[#This Row],[{heading}]]"


def _unsent_rate(scheme: Scheme) -> str:
    """The rate of a row not yet sent: the budget rate, or its insurer's latest where the scheme says so and there is one."""
    if scheme.price_unsent_at.value == "budget":
        return "预算汇率"
    latest = f"INDEX(资金池[最新汇率],MATCH({own('保险人')},资金池[保险人],0))"
    return when(f"{latest}={NOTHING}", "预算汇率", latest)


def of_plan(heading: str, table: str = "测算") -> str:
    """The number of the row's plan in 方案表."""
    return f"INDEX(方案表[{heading}],MATCH({own('方案', table)},方案表[方案],0))"


def plan_rate(plan: Plan, off: Decimal = Decimal(0)) -> Decimal:
    """The rate after bid discount and reduction: what 费率 must show in 方案表 (`off` = 0) and in 测算."""
    return plan.rate.value * (1 - (plan.discount.value if plan.discount else 0)) * (1 - off)


def rate_decimals(scheme: Scheme) -> int | None:
    """k: how many decimals of a rate count, at most 8; None where no k is both exact and safe."""
    offs = [Decimal(0), *(r.off.value for r in scheme.reductions)]
    rates = [plan_rate(p, off) for p in scheme.plans for off in offs]
    caps = [p.fiscal_cap_of_exports.value for p in scheme.plans if p.fiscal_cap_of_exports]
    return _decimals(_largest_cents(scheme), least=max(3, *map(_places, [*rates, *caps])))


def share_decimals(scheme: Scheme) -> int | None:
    """How many decimals of a fiscal share count, at most 8; None as above."""
    shares = [p.fiscal_share.value for p in scheme.plans]
    return _decimals(_largest_cents(scheme) * FX_BELOW, least=max(map(_places, shares)))


def units(scheme: Scheme, assessed: pa.Table) -> pa.Array:
    """What 保费整数 must show: int64, null where 费率 is; from 出口额(美元), 费率 and 方案 of the table 测算."""
    k = rate_decimals(scheme)
    if k is None or _terms_changed(scheme):
        return pa.nulls(assessed.num_rows, pa.int64())
    known = np.asarray(assessed["费率"].is_valid()) & np.asarray(assessed["出口额(美元)"].is_valid())
    rows = assessed.filter(pa.array(known))
    cents = pc.cast(pc.multiply(rows["出口额(美元)"], 100), pa.decimal128(20, 0)).to_pylist()
    scaled = {r: int(r.scaleb(k)) for r in pc.unique(rows["费率"]).to_pylist()}
    least = {p.id: int(p.minimum_premium.value.scaleb(k + 2)) if p.minimum_premium else 0 for p in scheme.plans}
    found = (
        max(int(c) * scaled[r], least[p])
        for c, r, p in zip(cents, rows["费率"].to_pylist(), rows["方案"].to_pylist(), strict=True)
    )
    out = np.zeros(assessed.num_rows, dtype=np.int64)
    out[known] = list(found)
    return pa.array(out, mask=~known)


def _unless_blank(heading: str, formula: str) -> str:
    return when(f"{own(heading)}={NOTHING}", NOTHING, formula)


def _units(scheme: Scheme, k: int) -> str:
    q = f"ROUND({own('出口额(美元)')}*100,0)*ROUND({own('费率')}*10^{k},0)"
    if not any(p.minimum_premium for p in scheme.plans):
        return q
    return f"MAX({q},ROUND({of_plan('最低保费(美元)')}*100,0)*10^{k})"


def times_fx(q: str, k: int, rate: str) -> str:
    """q × the rate in fen, exact but for less than 10^-(k-2) of a fen that is left out: round it or take INT."""
    f = f"ROUND({rate}*10^{FX_DECIMALS},0)"
    last = f"INT(MOD({q},10^5)*{f}/10^5)"
    return f"(INT({q}/10^10)*{f}+INT((MOD(INT({q}/10^5),10^5)*{f}+{last})/10^5))/10^{k - 2}"


def _fiscal(scheme: Scheme, k: int | None) -> str:
    fen = fiscal_fen(scheme, f"ROUND({own('应缴保费(元)')}*100,0)", own("汇率"))
    return _unless_blank("应缴保费(元)", f"{fen}/100") if fen else ""


def fiscal_fen(scheme: Scheme, gross: str, rate: str, table: str = "测算") -> str:
    """The budget's share of a premium, cut to the fen; at most the plan's part of exports where it has one. `gross` is
    the premium in fen at that rate; "" where no formula is exact."""
    p, k = share_decimals(scheme), rate_decimals(scheme)
    if p is None or k is None:
        return ""
    share = f"INT({gross}*ROUND({of_plan('财政比例', table)}*10^{p},0)/10^{p})"
    capped = {plan.id: plan.fiscal_cap_of_exports.value for plan in scheme.plans if plan.fiscal_cap_of_exports}
    if not capped:
        return share
    part = _by_plan({plan: str(int(cap.scaleb(k))) for plan, cap in capped.items()}, table)
    exports = own("出口额(美元)", table)
    most = f"INT({times_fx(f'(ROUND({exports}*100,0)*{part})', k, rate)})"
    if len(capped) < len(scheme.plans):
        most = when(either(*(f"{own('方案', table)}={text(p)}" for p in capped)), most, share)
    return f"MIN({share},{most})"


def fiscal_at(scheme: Scheme, rows: pa.Table, base: str, rate: Decimal) -> list[int]:
    """What those formulas give in fen: `rows` have 方案, 出口额(美元) and the premium as a whole number in `base`."""
    k = rate_decimals(scheme)
    assert k is not None
    whole, f = 10 ** (k + FX_DECIMALS), int(rate.scaleb(FX_DECIMALS))
    plans, out = {p.id: p for p in scheme.plans}, []
    for q, plan, exports in zip(*(rows[h].to_pylist() for h in (base, "方案", "出口额(美元)")), strict=True):
        gross = (2 * q * f + whole) // (2 * whole)
        fen = int(gross * plans[plan].fiscal_share.value)
        if cap := plans[plan].fiscal_cap_of_exports:
            fen = min(fen, int(exports * 100) * int(cap.value.scaleb(k)) * f // whole)
        out.append(fen)
    return out


def _by_plan(values: dict[str, str], table: str) -> str:
    """The constant of the row's plan."""
    *others, (_, out) = values.items()
    if set(values.values()) == {out}:
        return out
    for plan, value in others:
        out = when(f"{own('方案', table)}={text(plan)}", value, out)
    return out


def _open_file() -> str:
    """A link to 路径, below the workbook's folder, and the cell; of a row only (第5行) to its first cell.

    Blank without a path, and where HYPERLINK could not open it: too long, or with # in the name.
    """
    path, cell = own("路径", "问题"), own("单元格", "问题")
    place = f'SUBSTITUTE(SUBSTITUTE({cell},"第","A"),"行","")'
    cannot = either(f"{path}={NOTHING}", f"LEN({path}&{cell})>{LINK - 1}", f'ISNUMBER(FIND("#",{path}))')
    return when(cannot, NOTHING, f'HYPERLINK({path}&IF({cell}="","","#"&{place}),"打开")')


def _largest_cents(scheme: Scheme) -> Decimal:
    """A bound on premiums, and on what caps allow, in US cents."""
    return max(cents for p in scheme.plans for cents in _bounds(scheme, p))


def _bounds(scheme: Scheme, plan: Plan) -> Iterator[Decimal]:
    band = next(b for b in scheme.bands if b.id == plan.band)
    exports = (band.max.value if band.max else OPEN_BAND) * 100
    yield exports * plan_rate(plan)
    if plan.minimum_premium:
        yield plan.minimum_premium.value * 100
    if plan.fiscal_cap_of_exports:
        yield exports * plan.fiscal_cap_of_exports.value


def _decimals(largest: Decimal, least: int) -> int | None:
    """The most decimals, at most 8, with which `largest` is still a whole number below WORD."""
    return next((d for d in range(8, least - 1, -1) if largest.scaleb(d) < WORD), None)


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)
