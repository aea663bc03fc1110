"""The tables (表) of the platform workbook as data: what stands where, whose it is, and what may be typed.

Everything that draws, updates, pulls or pushes the workbook goes by this catalogue.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import pyarrow as pa

from xltools.catalogue.bureau_tables import bureau_tables, columns_of
from xltools.catalogue.columns import Column, roster_columns
from xltools.catalogue.kinds import KINDS, Shown
from xltools.scheme import Scheme

Owner = Literal["district", "bureau", "computed"]

MONEY, RATE = pa.decimal128(18, 2), pa.decimal128(18, 8)
TYPES: dict[str, pa.DataType] = {
    "text": pa.string(), "usd": MONEY, "yuan": MONEY, "rate": RATE, "fx": RATE, "whole": pa.int64(),
    "date": pa.date32(), "datetime": pa.timestamp("s"),
}  # fmt: skip
"""Arrow type of a column's values by its kind; blank is null."""

NOT_SHOWN = ("serial", "check")
NUMBER = "序号"
"""Heading of the number that an appended row gets."""


@dataclass(frozen=True)
class BookColumn:
    """One column of a table: heading, kind of its cells, owner, width in characters.

    `field` is the field of the roster's catalogue or of the bureau's input that it stands for; `formula` names the
    worksheet formula that computes it, `hint` says what to fill in;
    `number` is a number format of its own, which says a nought in a word.
    """

    heading: str
    kind: Shown
    owner: Owner
    width: float
    field: str = ""
    choices: tuple[str, ...] = ()
    formula: str = ""
    hint: str = ""
    number: str = ""


@dataclass(frozen=True)
class BookTable:
    """One Excel table (表): its name, its sheet and its columns.

    `key` are the headings that tell its rows apart; `input` the bureau's table that a pull reads from it
    (`bureau/NAME.toml`); `grows` whether staff may add rows; `printed` how many columns a print shows.
    `wrapped`: long texts are read through, so rows grow; `ordered`: a short table in an order of its own, without the
    arrows of a filter; `in_order`: its rows always stand in the ledger's order, however staff sorted them; `caption` stands
    above it below another table; `as_many` (plans, insurers, or a number) are its rows.
    """

    name: str
    sheet: str
    key: tuple[str, ...]
    columns: tuple[BookColumn, ...]
    input: str = ""
    grows: bool = False
    hidden: bool = False
    wrapped: bool = False
    ordered: bool = False
    in_order: bool = False
    caption: str = ""
    as_many: Literal["", "plans", "insurers"] | int = ""
    printed: int = 10

    @property
    def headings(self) -> list[str]:
        return [c.heading for c in self.columns]

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the table's contents."""
        return pa.schema([(c.heading, TYPES[c.kind]) for c in self.columns])


@lru_cache(maxsize=16)
def tables(scheme: Scheme) -> tuple[BookTable, ...]:
    """All tables of this scheme's workbook, sheet by sheet."""
    text = (resources.files("xltools.catalogue") / "tables.toml").read_text("utf-8")
    placed = tomllib.loads(text)["table"]
    named = {entry["bureau"] for entry in placed if "bureau" in entry}
    placed += [{"bureau": t.name} for t in bureau_tables().values() if t.sheet and t.name not in named]
    last = [entry for entry in placed if entry.get("hidden")]
    return tuple(_table(entry, scheme) for entry in [*(e for e in placed if e not in last), *last])


def table(scheme: Scheme, name: str) -> BookTable:
    """The table of that name."""
    return next(t for t in tables(scheme) if t.name == name)


def _table(entry: dict[str, Any], scheme: Scheme) -> BookTable:
    if "bureau" in entry:
        declared = declared_table(scheme, entry["bureau"])
        return replace(declared, **{key: value for key, value in entry.items() if key != "bureau"})
    entry = dict(entry)
    columns: list[BookColumn] = []
    for given in entry.pop("columns"):
        columns += _columns(given, scheme, columns)
    return BookTable(columns=tuple(columns), key=tuple(entry.pop("key")), **entry)


def declared_table(scheme: Scheme, name: str) -> BookTable:
    """One of the bureau's tables as a workbook shows it; staff add rows at its end."""
    of = bureau_tables()[name]
    read = {c.field: c for c in columns_of(scheme, of.name)}
    shown = [
        _own(read[c.field], "bureau", {})
        if c.field in read and not c.shows
        else BookColumn(c.heading, KINDS[c.kind].shown, "computed", c.width, c.field)
        for c in of.column
        if c.is_kept or c.shows
    ]
    if of.kept == "append":
        shown.append(BookColumn(NUMBER, "whole", "computed", 8))
    key = [NUMBER] if of.kept == "append" else [of.at(f).heading for f in of.key]
    return BookTable(of.table, of.sheet, tuple(key), tuple(shown), input=of.name, grows=True)


def _columns(given: dict[str, Any], scheme: Scheme, before: list[BookColumn]) -> list[BookColumn]:
    if given.get("rest") == "roster":
        shown = {c.field for c in before if c.owner == "district"}
        return [
            _own(c, "district", {}) for c in roster_columns(scheme) if c.field not in shown and c.kind not in NOT_SHOWN
        ]
    if "roster" in given:
        return [_own(_by(roster_columns(scheme), given["roster"]), "district", given)]
    for name in bureau_tables():
        if name in given:
            return [_own(_by(columns_of(scheme, name), given[name]), "bureau", given)]
    return [BookColumn(**{"owner": "computed", **given})]


def _own(column: Column, owner: Owner, given: dict[str, Any]) -> BookColumn:
    choices = column.choices if column.kind in ("choice", "yes_no") else ()
    return BookColumn(
        given.get("heading", column.heading), KINDS[column.kind].shown, owner,
        given.get("width", column.width), column.field, choices, hint=column.hint,
    )  # fmt: skip


def _by(columns: tuple[Column, ...], field: str) -> Column:
    return next(c for c in columns if c.field == field)
