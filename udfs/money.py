"""Premium and shares of single applications (保费、财政扶持、企业承担)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xlwings as xw

from udfs.arrays import Ranges, Wrong, blank, says_errors
from udfs.reading import SCHEME, read, scheme_of
from xltools.engine import money
from xltools.roster import inputs, values
from xltools.roster.ranges import messages

EXPORTS = "基年出口额（美元），一格或一列"
PLAN = "方案代号，如 A；一格或一列"
FX = "汇率（1 美元折人民币），一格或一列；不填用预算汇率"


@xw.func(category="统保平台")
@xw.arg("exports", ndim=2, err_to_str=True, doc=EXPORTS)
@xw.arg("plan", ndim=2, err_to_str=True, doc=PLAN)
@xw.arg("scheme", doc=SCHEME)
@says_errors
def XT_PREMIUM_USD(exports, plan, scheme=None):  # type: ignore[no-untyped-def]
    """应缴保费（美元，四舍五入到分）：出口额 × 费率，不低于方案的最低保费。"""
    return _priced("premium_cents", exports, plan, None, scheme)


@xw.func(category="统保平台")
@xw.arg("exports", ndim=2, err_to_str=True, doc=EXPORTS)
@xw.arg("plan", ndim=2, err_to_str=True, doc=PLAN)
@xw.arg("fx", ndim=2, err_to_str=True, doc=FX)
@xw.arg("scheme", doc=SCHEME)
@says_errors
def XT_PREMIUM_RMB(exports, plan, fx=None, scheme=None):  # type: ignore[no-untyped-def]
    """应缴保费（元）：美元保费不先取整，乘汇率后四舍五入到分。"""
    return _priced("gross_fen", exports, plan, fx, scheme)


@xw.func(category="统保平台")
@xw.arg("exports", ndim=2, err_to_str=True, doc=EXPORTS)
@xw.arg("plan", ndim=2, err_to_str=True, doc=PLAN)
@xw.arg("fx", ndim=2, err_to_str=True, doc=FX)
@xw.arg("scheme", doc=SCHEME)
@says_errors
def XT_FISCAL(exports, plan, fx=None, scheme=None):  # type: ignore[no-untyped-def]
    """财政扶持（元）：应缴保费 × 方案的财政比例，舍去分以下。"""
    return _priced("fiscal_fen", exports, plan, fx, scheme)


@xw.func(category="统保平台")
@xw.arg("exports", ndim=2, err_to_str=True, doc=EXPORTS)
@xw.arg("plan", ndim=2, err_to_str=True, doc=PLAN)
@xw.arg("fx", ndim=2, err_to_str=True, doc=FX)
@xw.arg("scheme", doc=SCHEME)
@says_errors
def XT_OWN_SHARE(exports, plan, fx=None, scheme=None):  # type: ignore[no-untyped-def]
    """企业承担（元）：应缴保费减去财政扶持。"""
    return _priced("enterprise_fen", exports, plan, fx, scheme)


def _priced(what: str, exports: Any, plan: Any, fx: Any, scheme_id: Any) -> Any:
    """One of the money columns; blank where exports or plan are blank."""
    scheme = scheme_of(scheme_id)
    ranges = Ranges(exports=exports, plan=plan, fx=fx)
    rows = read(scheme, ranges, "exports", "plan")
    figure = rows.amounts["exports"]
    ids = pa.array([p.id for p in scheme.plans])
    which = pc.index_in(rows.text["plan"], value_set=ids, skip_nulls=True).fill_null(-1).to_numpy().astype(np.int64)
    rates, rate = _rates(ranges, scheme.fx.budget.value)
    known = figure.known & (which >= 0)
    out = np.zeros(ranges.n, dtype=np.int64)
    key = which * len(rates) + rate
    for k in np.unique(key[known]).tolist():
        mine = known & (key == k)
        p, r = divmod(k, len(rates))
        out[mine] = getattr(money.price(figure.cents[mine], money.terms(scheme.plans[p]), rates[r]), what)
    shown: list[Any] = (out / 100).tolist()
    for i in np.flatnonzero(~known).tolist():
        shown[i] = None
    return ranges.answer(shown, messages(rows))


def _rates(ranges: Ranges, budget: Decimal) -> tuple[list[Decimal], Any]:
    """The different rates, and each row's place among them."""
    rates: dict[Decimal, int] = {}
    place = {}
    for cell in ranges.different("fx"):
        text = "" if blank(cell) else inputs.rate(values.text(cell) or "")
        if text is None:
            raise Wrong(f"汇率应为大于 0 的数，如 7.0883；现为 {cell}")
        place[cell] = rates.setdefault(Decimal(text) if text else budget, len(rates))
    if len(rates) == 1:
        return list(rates), 0
    return list(rates), np.fromiter(map(place.__getitem__, ranges.cells["fx"]), np.int64, ranges.n)
