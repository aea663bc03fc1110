"""Rows of the bureau's files that cannot be used, apart from the others (不能用的行): one bad row never refuses a file.

A row of which only a cell that may be unknown is wrong counts all the same; a row that adds up others is passed over; any
other bad row is left out and listed, with what it says of its firm and the exports that it carries.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from xltools.catalogue.bureau_tables import BureauTable
from xltools.catalogue.columns import split_unit
from xltools.catalogue.words import usd
from xltools.desk.inputs import kept, refuse_errors
from xltools.ledger.left_out import FIELDS, JOIN
from xltools.roster.asides import SHOWN
from xltools.roster.cells import Roster, at_row
from xltools.roster.problems import FileProblem, Mask, Placed, Said

SCHEMA = pa.schema(
    [(f, {"row": pa.int64(), "cents": pa.int64(), "counted": pa.bool_()}.get(f, pa.string())) for f in FIELDS]
)
NOTHING = SCHEMA.empty_table()


@dataclass(frozen=True)
class Left:
    """One row that was left out, or (`counted`) taken without a cell that nobody understood: what is wrong with it at
    which place, and the cents that it carries (None: nobody knows); `amount` is what the table calls these."""

    placed: Sequence[Placed]
    cents: int | None
    counted: bool
    amount: str = ""

    @property
    def consequence(self) -> str:
        """What became of the row."""
        if self.counted:
            return "这一行计入出口总额，国别按未知"
        carries = "" if self.cents is None else f"，这一行的{self.amount} {usd(self.cents)}没有计入"
        return f"没有读入{carries}"


@dataclass(frozen=True)
class Apart:
    """Of a file `rows` as the ledger keeps them, `left` as `ledger.left_out` does, and `listed` for people."""

    rows: pa.Table
    left: pa.Table
    listed: list[Left]


def apart(roster: Roster, of: BureauTable, source: str) -> Apart:
    """The rows that can be used and those that cannot. Raises BadInput, naming every cell, where none can be."""
    if any(p.kind.severity == "error" for p in roster.findings.file):
        refuse_errors(source, roster)
    totals = roster.has("", "TOTAL_ROW")
    if roster.passed is not None:
        totals |= roster.passed
    left = _wrong(roster, ()) & ~totals
    bad = _wrong(roster, [c.field for c in of.own if c.may_be_unknown]) & ~totals
    good = ~bad & ~totals
    if not good.any():
        refuse_errors(source, roster)
    whole = kept(roster, of.name)
    rows = whole.filter(pa.array(good))
    _pass_over(roster)
    return Apart(rows, *_left(roster, of, source, whole, rows, left, bad))


def _wrong(roster: Roster, spared: Sequence[str]) -> Mask:
    """Rows with an error, but for errors on the spared fields."""
    out = np.zeros(len(roster), dtype=bool)
    for item in roster.findings.items:
        if item.kind.severity == "error" and item.field not in spared:
            out[item.rows] = True
    return out


def _pass_over(roster: Roster) -> None:
    """Rows that add up others are no error of such a file: that they do not count is said once."""
    totals = roster.has("", "TOTAL_ROW")
    if not totals.any():
        return
    labels: list[str] = []
    for item in roster.findings.items:
        if item.code == "TOTAL_ROW":
            labels += [
                f"第 {roster.cells.rows[i]} 行“{v}”" for i, v in zip(item.rows.tolist(), item.values, strict=True)
            ]
    roster.findings.items = [i for i in roster.findings.items if i.code != "TOTAL_ROW"]
    more = "、".join(labels[:SHOWN]) + ("……" if labels[SHOWN:] else "")
    first = int(np.flatnonzero(totals)[0])
    part = roster.cells.part(first)
    cell = f"A{roster.cells.rows[first]}"
    roster.findings.file.append(
        FileProblem("TOTALS_PASSED", value=str(len(labels)), more=more, cell=cell, sheet=part.sheet)
    )


def _left(
    roster: Roster, of: BureauTable, source: str, whole: pa.Table, rows: pa.Table, left: Mask, bad: Mask
) -> tuple[pa.Table, list[Left]]:
    """The rows marked `left`, of which those not `bad` are taken all the same. They belong to their parts of the table;
    where it has none, to their file."""
    places = np.flatnonzero(left).tolist()
    if not places:
        return NOTHING, []
    said: dict[int, list[Said]] = {i: [] for i in places}
    for one in roster.findings.said():
        if one.kind.severity == "error" and one.row in said:
            said[one.row].append(one)
    parts = JOIN.join(str(p) for p in sorted(set(rows[of.part].drop_null().to_pylist()))) if of.part else source
    table = whole.take(pa.array(places))
    own = {n: table[n].to_pylist() if n in table.column_names else [None] * len(places) for n in _IDENTITY}
    if "firm" in table.column_names and "uscc" not in table.column_names:
        own["uscc"] = table["firm"].to_pylist()
    part = [parts] * len(places)
    if of.part:
        part = [str(p) if p is not None else parts for p in table[of.part].to_pylist()]
    out: dict[str, list[object]] = {n: [] for n in FIELDS}
    listed = []
    for k, i in enumerate(places):
        sheet, row = roster.cells.part(i), int(roster.cells.rows[i])
        placed = [at_row(sheet, s, row, own=True) for s in said[i]]
        if any(p.code in OTHER_MONEY for p in placed):
            own["cents"][k] = None
        listed.append(Left(placed, own["cents"][k], not bad[i], amount_of(of)))
        values = {
            "part": part[k], "file": roster.cells.file, "sheet": sheet.sheet, "row": row, "cell": placed[0].cell,
            **{n: own[n][k] for n in _IDENTITY}, "counted": not bad[i],
            "problems": json.dumps([[s.finding.code, s.finding.field, s.value, s.more] for s in said[i]], ensure_ascii=False),
        }  # fmt: skip
        for n in FIELDS:
            out[n].append(values[n])
    return pa.table(out, schema=SCHEMA), listed


def amount_of(of: BureauTable) -> str:
    """What a table calls the amount that its rows carry: 出口额 of customs data."""
    return next((split_unit(c.heading)[0] for c in of.column if c.field == "cents"), "")


OTHER_MONEY = ("MEANING", "MEANING_UNIT")
"""With these nobody can tell how many dollars a row carries."""
_IDENTITY = ("uscc", "customs_code", "name", "cents")
