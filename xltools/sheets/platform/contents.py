"""What stands in the platform workbook (内容): Arrow tables by name, and the few words of 首页."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from xltools.catalogue.buttons import Button, numbered, of_phase
from xltools.catalogue.phases import MOST, Phase, all_phases, phase_of
from xltools.catalogue.tables import table, tables
from xltools.scheme import Scheme

PHASES, SLOTS = "阶段表", "按钮表"
"""Tables that the formulas of 首页 look up: what each phase shows, and which button stands in which place in it."""


@dataclass(frozen=True)
class Contents:
    """Everything that is drawn, spliced or pushed into a workbook.

    `tables`: by table name, each with exactly the catalogue's headings and types (see `BookTable.schema`); columns
    with a formula hold the values that the formula must give. `facts`: lines of 首页 by their names
    (`状态`, `更新于`, `提示` …). `year` words are the scheme's own. `buttons` and `phases` are all that there are, in
    the order of the year; the tables of `switches` say the same to the formulas of 首页.
    """

    scheme: Scheme
    tables: Mapping[str, pa.Table]
    facts: Mapping[str, str] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    phases: tuple[Phase, ...] = field(default_factory=all_phases)

    @property
    def phase(self) -> Phase:
        """The phase that is shown."""
        return phase_of(self.phases, self.facts.get("阶段"))


def empty(scheme: Scheme, buttons: tuple[Button, ...] = ()) -> Contents:
    """A workbook before anything has happened: every table without rows, but for what the buttons need."""
    nothing = {t.name: t.schema.empty_table() for t in tables(scheme)}
    return Contents(scheme, nothing | switches(scheme, buttons, all_phases()), buttons=buttons)


def switches(scheme: Scheme, buttons: Sequence[Button], phases: Sequence[Phase]) -> dict[str, pa.Table]:
    """The tables 阶段表 and 按钮表. Raises ValueError where a phase has more buttons or sheets than 首页 has places."""
    shown: list[list[str | None]] = []
    places: list[list[str | None]] = []
    for phase in phases:
        own = of_phase(buttons, phase.key)
        if len(own) > MOST or len(phase.sheets) > MOST:
            raise ValueError(f"phase {phase.key}: {len(own)} buttons, {len(phase.sheets)} sheets; at most {MOST} each")
        shown.append([phase.name, phase.does, *phase.sheets, *[None] * (MOST - len(phase.sheets))])
        places += [
            [f"{phase.name} {n}", b.caption, b.does, f"双击“{numbered(buttons, b)}”，或运行 xltools {b.verb}", b.verb]
            for n, b in enumerate(own, 1)
        ]
    schemas = {name: table(scheme, name).schema for name in (PHASES, SLOTS)}
    return {
        name: pa.Table.from_pylist([dict(zip(schemas[name].names, line, strict=True)) for line in lines], schemas[name])
        for name, lines in ((PHASES, shown), (SLOTS, places))
    }
