"""Two identifiers of one row are compared (代码和名称、代码和海关编码): a column that was sorted alone gives each firm what
is another's.

The ledger knows the firms by what districts reported. A name or customs code that is another known firm's is an error of
its row; where most rows disagree the file is wrong as a whole. Anything else is a warning: a name may be abbreviated, or
have changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.catalogue.bureau_tables import BureauTable
from xltools.desk.rules.register import renamed_firms
from xltools.desk.rules.sent import accept_number
from xltools.desk.workspace import Workspace
from xltools.ledger import claims, firms
from xltools.roster import names
from xltools.roster.cells import Roster
from xltools.roster.problems import FileProblem
from xltools.roster.repeated import spread

FEW = 3
"""So many firms must disagree before a whole column is in doubt."""


@dataclass(frozen=True)
class Second:
    """The other identifier: its field, how two are compared, and what is said of one that is another firm's, and of one
    that is not the ledger's."""

    field: str
    key: Callable[[str], str]
    of_other: str
    differs: str


SECOND = (
    Second("name", names.key, "NAME_OF_OTHER", "NAME_DIFFERS"),
    Second("customs_code", str, "CODE_OF_OTHER", "CODE_DIFFERS"),
)
FIRST = ("uscc", "firm", "sent")
"""Kinds of columns whose cell, once understood, is a firm's code."""


def compare(conn: Connection, workspace: Workspace, of: BureauTable, roster: Roster) -> None:
    """Record where code and name, or code and customs code, are not of one firm."""
    first = next((c.field for c in of.column if c.kind in FIRST and c.field in roster.text), None)
    there = [s for s in SECOND if first and s.field in roster.cells.places and s.field in roster.text]
    if not first or not there:
        return
    known = claims.identities(conn)
    if new := renamed_firms(conn, workspace.scheme):
        more = [{"uscc": uscc, "name": name, "customs_code": None} for uscc, name in new]
        known = pa.concat_tables([known, pa.Table.from_pylist(more, schema=known.schema)])
    codes = _codes(roster, first, known)
    doubted = [s for s in there if not _as_written(roster, codes, s, known)]
    number: dict[str, int] = {}
    if doubted:
        number = dict(zip(*(firms.enterprises(conn)[c].to_pylist() for c in ("uscc", "arrival")), strict=True))
    for second in doubted:
        values = known["name" if second.field == "name" else "customs_code"].to_pylist()
        written: dict[str, dict[str, str]] = defaultdict(dict)
        owners: dict[str, set[str]] = defaultdict(set)
        for code, value in zip(known["uscc"].to_pylist(), values, strict=True):
            if code and value:
                written[code][second.key(value)] = value
                owners[second.key(value)].add(code)

        def told(code: str, written: Mapping[str, Mapping[str, str]] = written) -> str:
            name = next(iter(written.get(code, {}).values()), "")
            return f"{accept_number(workspace.scheme, number[code])}（{code}）{name}" if code in number else code

        _compare(roster, codes, second, written, owners, told)


def _as_written(roster: Roster, codes: pa.StringArray, second: Second, known: pa.Table) -> bool:
    """Whether every pair stands in the ledger to the letter: then there is nothing to compare."""
    field = "name" if second.field == "name" else "customs_code"
    mine = pa.table({"code": codes, "said": spread(roster.text[second.field])})
    clean = pa.array(~roster.findings.mask(fields=(second.field,)))
    mine = mine.filter(pc.and_(clean, pc.and_(mine["code"].is_valid(), mine["said"].is_valid())))
    pairs = pc.binary_join_element_wise(known["uscc"], known[field], "\0")
    both = pc.binary_join_element_wise(mine["code"], mine["said"], "\0")
    return bool(pc.all(pc.is_in(both, value_set=pairs.combine_chunks())).as_py() is not False)


def _codes(roster: Roster, first: str, known: pa.Table) -> pa.StringArray:
    """By row the firm's code: as it is written, else of the one firm that has the row's customs code; null where that
    is wrong."""
    codes = pc.if_else(pa.array(roster.findings.mask(fields=(first,))), None, roster.text[first])
    if "customs_code" not in roster.cells.places or not codes.null_count:
        return codes
    whose: dict[str, set[str]] = defaultdict(set)
    for code, customs in zip(known["uscc"].to_pylist(), known["customs_code"].to_pylist(), strict=True):
        if customs:
            whose[customs].add(code)
    alone = {customs: next(iter(of)) for customs, of in whose.items() if len(of) == 1}
    place = pc.index_in(roster.text["customs_code"], value_set=pa.array(list(alone), pa.string()), skip_nulls=True)
    by_customs = pc.if_else(roster.text[first].is_null(), pa.array(list(alone.values()), pa.string()).take(place), None)
    return pc.coalesce(codes, by_customs)


def _compare(
    roster: Roster, codes_of: pa.StringArray, second: Second, written: Mapping[str, Mapping[str, str]],
    owners: Mapping[str, set[str]], told: Callable[[str], str],
) -> None:  # fmt: skip
    """Each different pair is judged once; `written` is what the ledger has by code, `owners` whose it is."""
    code, value = codes_of.dictionary_encode(), roster.text[second.field].dictionary_encode()
    clean = ~roster.findings.mask(fields=(second.field,))
    rows = np.flatnonzero(clean & np.asarray(codes_of.is_valid()) & ~roster.blank(second.field))
    index = [c.indices.take(pa.array(rows)).to_numpy().astype(np.int64) for c in (code, value)]
    width = max(len(value.dictionary), 1)
    pairs, at = np.unique(index[0] * width + index[1], return_inverse=True)
    codes, values = code.dictionary.to_pylist(), value.dictionary.to_pylist()
    other, differs = np.zeros((2, len(pairs)), dtype=bool)
    more: list[str] = [""] * len(pairs)
    compared = apart = 0
    for k, pair in enumerate(pairs.tolist()):
        mine, said = codes[pair // width], values[pair % width]
        key, own = second.key(said), written.get(mine, {})
        compared += bool(own)
        if key in own:
            continue
        whose = owners.get(key, set()) - {mine}
        other[k], differs[k] = bool(whose), bool(own) and not whose
        more[k] = "、".join(map(told, sorted(whose))) if whose else next(iter(own.values()), "")
        apart += bool(own) and (bool(whose) or not any(names.abbreviates(key, known) for known in own))
    if apart >= FEW and apart * 2 > compared:
        heading = roster.findings.headings[second.field]
        problem = FileProblem("COLUMNS_SHIFTED", value=str(compared), more=str(apart), heading=heading)
        roster.findings.file.append(problem)
    for code_, which in ((second.of_other, other), (second.differs, differs)):
        _said(roster, code_, second.field, rows[which[at]], [more[k] for k in at[which[at]].tolist()])


def _said(roster: Roster, code: str, field: str, rows: npt.NDArray[np.int64], more: list[str]) -> None:
    where = np.zeros(len(roster), dtype=bool)
    where[rows] = True
    roster.found(code, field, where, more)
