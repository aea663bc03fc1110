"""Queue and pools over a range (排队号、资金安排)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xlwings as xw

from udfs.arrays import Ranges, Wrong, blank, says_errors
from udfs.reading import SCHEME, column, read, scheme_of
from udfs.words import said
from xltools.catalogue.columns import by_field
from xltools.engine import queue
from xltools.engine.assess import opening_funds
from xltools.engine.terms import minor
from xltools.roster import values
from xltools.roster.cells import Roster
from xltools.roster.choices import matcher
from xltools.roster.ranges import messages, read_ranges
from xltools.roster.text import folded, mask
from xltools.scheme import Scheme

RECEIVED = "材料齐全时间，一列"
PRIORITY = "是否优先：是 / 否；不填按否"
ARRIVAL = "收件顺序号（受理编号里的序号）；不填按所在行的先后"
POOLS = "各保险人可用的资金，两列：保险人、金额(元)；不填按方案的资金盘子"


@xw.func(category="统保平台")
@xw.arg("received", ndim=2, err_to_str=True, doc=RECEIVED)
@xw.arg("priority", ndim=2, err_to_str=True, doc=PRIORITY)
@xw.arg("arrival", ndim=2, err_to_str=True, doc=ARRIVAL)
@xw.arg("scheme", doc=SCHEME)
@says_errors
def XT_QUEUE(received, priority=None, arrival=None, scheme=None):  # type: ignore[no-untyped-def]
    """整列的排队号：按日期，同日优先在前，再按材料齐全时间和收件顺序。"""
    chosen = scheme_of(scheme)
    ranges = Ranges(received=received, priority=priority, arrival=arrival)
    rows = read(chosen, ranges, "received", "priority")
    wrong = messages(rows)
    line, place = _line(chosen, ranges, rows, wrong, ~np.isnat(rows.times["received"]))
    found = queue.allot(
        line,
        [],
        0,
        ordering=chosen.queue.ordering.value,
        when_head_does_not_fit=chosen.queue.when_head_does_not_fit.value,
    )
    out: list[Any] = [None] * ranges.n
    for row, number in zip(place.tolist(), found.number.tolist(), strict=True):
        out[row] = number
    return ranges.answer(out, wrong)


@xw.func(category="统保平台")
@xw.arg("received", ndim=2, err_to_str=True, doc=RECEIVED)
@xw.arg("priority", ndim=2, err_to_str=True, doc=PRIORITY)
@xw.arg("insurer", ndim=2, err_to_str=True, doc="保险人，一列；不填按方案默认的保险人")
@xw.arg("fiscal", ndim=2, err_to_str=True, doc="财政扶持(元)，一列")
@xw.arg("arrival", ndim=2, err_to_str=True, doc=ARRIVAL)
@xw.arg("pools", ndim=2, err_to_str=True, doc=POOLS)
@xw.arg("scheme", doc=SCHEME)
@says_errors
def XT_POOL(received, priority, insurer, fiscal, arrival=None, pools=None, scheme=None):  # type: ignore[no-untyped-def]
    """整列的资金安排，三列：池内序号、已安排或候补、同时收件须定次序的说明。财政扶持空白的行不排。"""
    chosen = scheme_of(scheme)
    ranges = Ranges(received=received, priority=priority, insurer=insurer, fiscal=fiscal, arrival=arrival)
    rows = read(chosen, ranges, "received", "priority", "insurer", "fiscal")
    wrong = messages(rows)
    line, place = _line(chosen, ranges, rows, wrong, rows.amounts["fiscal"].known)
    left, total = _funds(chosen, pools)
    found = queue.allot(
        line, left, total,
        ordering=chosen.queue.ordering.value, when_head_does_not_fit=chosen.queue.when_head_does_not_fit.value,
    )  # fmt: skip
    out: list[Any] = [(None, None, None)] * ranges.n
    tie = said(chosen, "TIE_AT_CUT")
    columns = (place.tolist(), found.pool_number.tolist(), found.arranged.tolist(), found.tied.tolist())
    for row, number, arranged, tied in zip(*columns, strict=True):
        out[row] = (number, "已安排" if arranged else "候补", tie if tied else None)
    return ranges.answer(out, wrong, width=3)


def _line(scheme: Scheme, ranges: Ranges, rows: Roster, wrong: dict[int, str], there: Any) -> tuple[queue.Line, Any]:
    """The rows that queue, and where they stand; those with something wrong in them do not queue."""
    order = _arrival(ranges.cells["arrival"], wrong)
    there = there.copy()
    there[list(wrong)] = False
    place = np.flatnonzero(there)
    names = pa.array([i.name for i in scheme.insurers])
    pool, fiscal = np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    if "insurer" in rows.text:
        usual = scheme.insurers.index(scheme.default_insurer)
        found = pc.index_in(rows.text["insurer"], value_set=names, skip_nulls=True).fill_null(usual)
        pool, fiscal = found.to_numpy().astype(np.int64), rows.amounts["fiscal"].cents
    priority = mask(pc.equal(rows.text["priority"], "是"))
    none = np.zeros(len(place), dtype=np.int64)
    return queue.Line(
        rows.times["received"][place], priority[place], order[place], none, pool[place], fiscal[place]
    ), place


def _arrival(cells: list[Any], wrong: dict[int, str]) -> Any:
    """Arrival numbers; `wrong` gains the rows whose cell is none."""
    if all(map(blank, cells)):
        return np.arange(1, len(cells) + 1)
    out = np.zeros(len(cells), dtype=np.int64)
    for i, cell in enumerate(cells):
        digits = folded(values.text(cell) or "").rpartition("-")[2]
        if digits.isascii() and digits.isdecimal():
            out[i] = int(digits)
        else:
            wrong.setdefault(i, f"收件顺序号应为整数或受理编号，现为 {cell}")
    return out


def _funds(scheme: Scheme, pools: Any) -> tuple[list[int], int]:
    """Free money in fen by insurer, and in all. Raises Wrong."""
    opening = opening_funds(scheme)
    if pools is None or all(blank(c) for row in pools for c in row):
        return opening.left_fen, opening.total_left_fen
    left = [0] * len(scheme.insurers)
    known = matcher(by_field(scheme)["insurer"], scheme)
    rows = [row for row in pools if not all(map(blank, row))]
    given = [row[1] if len(row) > 1 else None for row in rows]
    money = read_ranges(scheme, [(column(scheme, "fiscal"), given)]).amounts["fiscal"]
    for row, amount, fen, there in zip(rows, given, money.cents.tolist(), money.known.tolist(), strict=True):
        name = known(values.text(row[0]) or "")
        if name is None or not there:
            raise Wrong(f"资金应为两列：保险人、金额(元)；这一行不是：{row[0]} {amount}")
        left[[i.name for i in scheme.insurers].index(name)] += fen
    return left, min(sum(left), minor(scheme.total.value))
