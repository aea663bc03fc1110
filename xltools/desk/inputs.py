"""Reading one of the bureau's own tables: all of it or nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.bureau_tables import bureau_tables, columns_of
from xltools.catalogue.kinds import KINDS
from xltools.desk.errors import BadInput, Refusal
from xltools.engine.computed import COMPUTED
from xltools.files import reason
from xltools.roster import inputs
from xltools.roster.cells import Roster
from xltools.roster.problems import FileRefused, Placed
from xltools.roster.text import mask
from xltools.scheme import Scheme
from xltools.sheets.intake.sheets import read_sheets


def read_input(path: Path, scheme: Scheme, name: str, today: date) -> Roster:
    """The checked rows of a table of that name (see `catalogue/bureau`), none of them with an error.

    Raises Refusal when the file cannot be read; BadInput, listing every cell, when a row has an error: the bureau's
    figures are taken whole or not at all.
    """
    roster = read_rows(path, scheme, name, today)
    refuse_errors(path.name, roster)
    return roster


def read_rows(
    path: Path, scheme: Scheme, name: str, today: date, also: Mapping[str, Collection[str]] = MappingProxyType({})
) -> Roster:
    """The checked rows with their errors, for a caller that has more to check; `also` are more headings by field, as
    whoever fills the table in may have laid it out. Raises Refusal."""
    columns = columns_of(scheme, name)
    if also:
        columns = tuple(replace(c, aliases=(*c.aliases, *also.get(c.field, ()))) for c in columns)
    if not path.is_file():
        raise Refusal(f"{path} 是文件夹，请写明其中的文件" if path.is_dir() else f"找不到文件：{path}")
    try:
        return inputs.check(read_sheets(path, columns), scheme, name, today)
    except FileRefused as e:
        raise Refusal(f"{path.name}：{e.own}") from e
    except OSError as e:
        raise Refusal(f"{path.name}：读不了（{reason(e)}）；文件是否正在 Excel 中打开？") from e


def remarks(roster: Roster, *, ours: Collection[str] = ()) -> list[str]:
    """What is to be said of a bureau's table that was read: its warnings, such as a heading that was not, but not `ours`;
    and which cells were cleaned.

    What is said of several cells in the same words, as of one firm's rows, is said once.
    """
    places: dict[str, list[str]] = {}
    for p in roster.placed():
        if p.severity == "warning" and p.value not in ours:
            places.setdefault(p.sentence, []).append(_place(p))
    lines = [f"提示 {at[0]}{f' 等 {len(at)} 处' if at[1:] else ''}：{said}" for said, at in places.items()]
    return lines + ([tidied(roster.tidied())] if roster.cleaned else [])


def tidied(cells: Mapping[str, Collection[str]]) -> str:
    """What cleaning changed, by heading."""
    columns = "、".join(f"{heading} {len(at)} 处" for heading, at in cells.items())
    return f"读取时整理了 {sum(map(len, cells.values()))} 个单元格（{columns}），原文件未改动"


def _place(p: Placed) -> str:
    return "!".join(filter(None, (p.sheet, p.cell)))


def refuse_errors(name: str, roster: Roster) -> None:
    """Raise BadInput if any row of the bureau's table has an error; `name` is what the table is called."""
    wrong = [p for p in roster.placed() if p.severity == "error"]
    if wrong:
        first = wrong[0]
        raise BadInput(
            f"{name}：有 {len(wrong)} 处须改正，没有读入。第一处 {_place(first)}：{first.sentence}",
            wrong,
        )


def known_by_code(roster: Roster) -> None:
    """Each row of a customs extract needs a code by which its firm is known; a customs code has ten characters."""
    blank = roster.blank("uscc")
    lost = roster.findings.mask(fields=("uscc",))
    roster.found(
        "KEY_MISSING", KEYS[0] if KEYS[0] in roster.cells.places else KEYS[1], blank & ~lost & roster.blank(KEYS[1])
    )
    if KEYS[1] in roster.cells.places:
        length = pc.utf8_length(roster.text[KEYS[1]])
        wrong = blank & mask(pc.not_equal(length, 10))
        roster.found(
            "CUSTOMS_CODE_LENGTH", KEYS[1], wrong, [str(v) for v in length.filter(pa.array(wrong)).to_pylist()]
        )


KEYS = ("uscc", "customs_code")
"""By either of them a row of a customs extract says whose it is."""


def kept(roster: Roster, name: str) -> pa.Table:
    """Checked rows of the bureau's table of that name as the ledger keeps them: its declared columns, computed ones
    among them.

    Text string, amounts and numbers int64 (hundredths of the unit), days date32, moments timestamp[s]; blank is null.
    """
    out: dict[str, pa.Array] = {}
    for c in bureau_tables()[name].own:
        if c.computed:
            out[c.field] = COMPUTED[c.computed](*(out[f] for f in c.of))
        elif c.field in roster.amounts:
            out[c.field] = pa.array(roster.amounts[c.field].cents, mask=~roster.amounts[c.field].known)
        elif c.field in roster.times:
            moments = pa.array(np.asarray(roster.times[c.field]), pa.timestamp("s"))
            out[c.field] = moments if c.kind == "datetime" else pc.cast(moments, pa.date32())
        else:
            text = roster.text[c.field]
            out[c.field] = pc.cast(text, pa.int64()) if KINDS[c.kind].stored == "int" else text
    return pa.table(out)


APART = Decimal("0.3")
"""How far from the budget rate a rate may lie before somebody is asked: bank boards quote 100 dollars."""


def implausible(scheme: Scheme, rate: Decimal) -> str:
    """A sentence if the rate lies far from the scheme's budget rate, else ""."""
    budget = scheme.fx.budget.value
    if abs(rate - budget) <= APART * budget:
        return ""
    return f"提示：汇率 {rate} 与预算汇率 {budget} 相差很大，应为 1 美元折人民币元数，请核对"
