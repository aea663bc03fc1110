"""A rate tried out (试算汇率): what each pool would take at it, by worksheet formulas, and whom that would touch.

One cell of 资金 takes the rate. 排队 prices each row whose money still moves with the rate (sent, and arranged) at it, as
测算 prices rows; 资金池 adds up. A firm is touched where the money up to and with its place is more than the pool has. The
last place before that, 排到, is found in 20 halvings by the hidden 试算表: each asks for one sum over 排队, so that 22,000
firms take 40 sums and no running total, and rows may be sorted at will.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.scheme import Scheme
from xltools.sheets.platform import pricing
from xltools.sheets.platform.contents import Contents
from xltools.sheets.write.formulas import NOTHING, when

NAME = "试算汇率"
QUEUE, POOLS, CUTS = "排队", "资金池", "试算表"
BASE, FISCAL, TOUCHED = "试算基数", "试算财政(元)", "试算影响"
NEEDED, LEFT, RESERVE, FIRMS = "试算需要(元)", "试算余额(元)", "试算预留", "试算涉及(家)"
ROOM, LAST = "可用(分)", "排到"
BITS = 20
"""Places in the queue are below 2^20, as rows of a sheet are."""
MARK = "会受影响"
GIVEN = f"AND(SUM({NAME})>0,SUM({NAME})<{pricing.FX_BELOW})"
"""Whether a rate stands in the cell; text there is none, and no error."""


def formulas(scheme: Scheme) -> dict[str, str]:
    """Formula text by the catalogue's names; "" where the terms of plans leave none (see `pricing`)."""
    names = ("fiscal", "touched", "needed", "left", "reserve", "firms", "room", *map(str, range(BITS)))
    if not possible(scheme):
        return {f"trial_{n}": "" for n in names}
    mine, base = f"排队[保险人],{_pool('保险人')}", f'排队[{BASE}],">=0"'
    cost = f"ROUND(({_pool(NEEDED)}-{_pool('已落实(元)')})*100,0)"
    estimate = f"ROUND(SUMIFS(排队[财政扶持(元)],{mine},{base})*100,0)"
    last = f"INDEX(试算表[{LAST}],MATCH({{}},试算表[保险人],0))"
    queued = pricing.own("排队号", QUEUE)
    out = {
        "fiscal": when(f"OR(NOT({GIVEN}),{_own(BASE)}={NOTHING})", NOTHING, _priced(scheme)),
        "touched": when(
            f"{_own(FISCAL)}={NOTHING}", NOTHING, when(f"{queued}>{last.format(_own('保险人'))}", f'"{MARK}"')
        ),
        "needed": when(GIVEN, f"ROUND({_pool('已落实(元)')}+SUMIFS(排队[{FISCAL}],{mine}),2)"),
        "left": _unless(f"ROUND({_pool('资金盘子(元)')}-{_pool(NEEDED)},2)"),
        "firms": _unless(f'COUNTIFS({mine},排队[排队号],">"&{last.format(_pool("保险人"))},{base})'),
        "reserve": _unless(
            when(f"{estimate}=0", "0", f"MAX(0,INT((({cost}-{estimate})*10^4+{estimate}-1)/{estimate}))/10^4")
        ),
        "room": when(GIVEN, f"ROUND(({_of_pool('资金盘子(元)')}-{_of_pool('已落实(元)')})*100,0)"),
    }
    for bit in reversed(range(BITS)):
        before = _cut(f"位{bit + 1}") if bit < BITS - 1 else ""
        tried = f"{before}+{2**bit}" if before else str(2**bit)
        held = f'SUMIFS(排队[{FISCAL}],排队[保险人],{_cut("保险人")},排队[排队号],"<="&({tried}))'
        fits = f"ROUND({held}*100,0)<={_cut(ROOM)}"
        out[str(bit)] = when(f"{_cut(ROOM)}={NOTHING}", NOTHING, when(fits, tried, before or "0"))
    return {f"trial_{name}": text for name, text in out.items()}


def possible(scheme: Scheme) -> bool:
    """Whether formulas can price rows at another rate."""
    return bool(pricing.formulas(scheme)["fiscal"])


def tried(contents: Contents, rate: Decimal | None) -> Contents:
    """The contents as they show with that rate in the cell: what the formulas give, in whole numbers."""
    scheme = contents.scheme
    if (
        not rate
        or not 0 < rate < pricing.FX_BELOW
        or not possible(scheme)
        or not {QUEUE, POOLS} <= contents.tables.keys()
    ):
        return contents
    queue, pools = contents.tables[QUEUE], contents.tables[POOLS]
    open_ = queue[BASE].is_valid().to_numpy(zero_copy_only=False)
    fen = np.zeros(len(queue), dtype=np.int64)
    fen[open_] = pricing.fiscal_at(scheme, queue.filter(pa.array(open_)), BASE, rate)
    insurers, places = queue["保险人"].to_numpy(zero_copy_only=False), queue["排队号"].to_numpy()
    lines, touched = [], np.zeros(len(queue), dtype=bool)
    for pool in pools.to_pylist():
        mine = np.flatnonzero(open_ & (insurers == pool["保险人"]))
        mine = mine[np.argsort(places[mine], kind="stable")]
        issued, whole = (int(pool[h] * 100) for h in ("已落实(元)", "资金盘子(元)"))
        beyond = np.cumsum(fen[mine]) > whole - issued
        touched[mine[beyond]] = True
        cost = int(fen[mine].sum())
        estimate = int(pc.sum(queue["财政扶持(元)"].take(pa.array(mine))).as_py() * 100) if len(mine) else 0
        short = max(0, -(-(cost - estimate) * 10**4 // estimate)) if estimate else 0
        needed = Decimal(issued + cost).scaleb(-2)
        lines.append((needed, pool["资金盘子(元)"] - needed, Decimal(short).scaleb(-4), int(beyond.sum())))
    shown: dict[str, dict[str, Any]] = {
        QUEUE: {
            FISCAL: [Decimal(int(f)).scaleb(-2) if o else None for f, o in zip(fen, open_, strict=True)],
            TOUCHED: [MARK if t else None for t in touched],
        },
        POOLS: dict(zip((NEEDED, LEFT, RESERVE, FIRMS), zip(*lines, strict=True), strict=True)),
    }
    tables = {**contents.tables, **{name: _with(contents.tables[name], columns) for name, columns in shown.items()}}
    return replace(contents, tables=tables, facts={**contents.facts, NAME: f"{rate:f}"})


def _with(table: pa.Table, columns: Mapping[str, Any]) -> pa.Table:
    for heading, values in columns.items():
        at = table.column_names.index(heading)
        table = table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))
    return table


def _own(heading: str) -> str:
    return pricing.own(heading, QUEUE)


def _pool(heading: str) -> str:
    return pricing.own(heading, POOLS)


def _cut(heading: str) -> str:
    return pricing.own(heading, CUTS)


def _priced(scheme: Scheme) -> str:
    """The row's fiscal money in yuan at the rate."""
    k = pricing.rate_decimals(scheme)
    assert k is not None
    gross = f"ROUND({pricing.times_fx(_own(BASE), k, NAME)},0)"
    return f"{pricing.fiscal_fen(scheme, gross, NAME, QUEUE)}/100"


def _of_pool(heading: str) -> str:
    return f"INDEX(资金池[{heading}],MATCH({_cut('保险人')},资金池[保险人],0))"


def _unless(formula: str) -> str:
    return when(f"{_pool(NEEDED)}={NOTHING}", NOTHING, formula)
