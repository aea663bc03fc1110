"""Taking one of the bureau's tables (登记表) into the ledger, from a file or from the workbook: all of it or nothing.

What holds for every table is here; what one of them decides beyond its declaration stands in `own`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from xltools.catalogue.bureau_tables import BureauTable, bureau_tables
from xltools.catalogue.words import usd
from xltools.desk.apart import NOTHING, Apart, amount_of, apart
from xltools.desk.bureau.identities import compare
from xltools.desk.bureau.own import CHECKS, HEADINGS, OUTCOMES, PREPARES
from xltools.desk.bureau.references import resolve
from xltools.desk.bureau.taking import Done, Loaded, Taking
from xltools.desk.enrol.inbox import digest
from xltools.desk.errors import Refusal
from xltools.desk.inputs import kept, read_rows, refuse_errors, remarks
from xltools.desk.memory import searched_rarely
from xltools.desk.rules.left_out import consequence
from xltools.desk.rules.register import as_known, new_codes
from xltools.desk.rules.review_sheet import BESIDE
from xltools.desk.transaction import changing
from xltools.desk.workspace import Workspace
from xltools.engine.computed import COMPUTED
from xltools.ledger import Entry, bureau, left_out
from xltools.ledger.journal import append
from xltools.ledger.personal import MASK
from xltools.ledger.seals import seals
from xltools.roster.alike import alike
from xltools.roster.cells import Roster
from xltools.roster.problems import Mask

LEFT_OUT = "left_out"
"""What the ledger calls its table of rows that were left out."""


def load_table(
    workspace: Workspace, name: str, path: Path, *, now: datetime, today: date, dry_run: bool = False
) -> Loaded:
    """Load a file of the table of that name. Raises Refusal, and BadInput naming each wrong cell."""
    of = bureau_tables()[name]
    with searched_rarely():
        roster = read_rows(path, workspace.scheme, name, today, HEADINGS[name](workspace) if name in HEADINGS else {})
    _looks_like_it(of, roster, path.name)
    with changing(workspace, now, dry_run=dry_run) as conn, searched_rarely():
        found = take(
            conn,
            workspace,
            of,
            roster,
            path.name,
            now=now,
            today=today,
            path=path,
            sha256=digest(path),
            partly=of.partly,
        )
    return replace(found, lines=found.lines + remarks(roster, ours=BESIDE if name == "review" else ()))


def _looks_like_it(of: BureauTable, roster: Roster, file: str) -> None:
    """A file with nothing but keys says nothing."""
    own = [c for c in of.own if c.field not in of.key and not c.computed]
    if own and not {c.field for c in own} & roster.cells.places.keys():
        some = "、".join(c.heading for c in own[:2])
        raise Refusal(f"{file}：没有一列{of.title}内容（{some}……），不像{of.title}表，没有读入")


def take(
    conn: Connection, workspace: Workspace, of: BureauTable, roster: Roster, source: str, *, now: datetime, today: date,
    path: Path | None = None, shape: Callable[[pa.Table], pa.Table] = lambda rows: rows, emptied: Sequence[Any] = (), sha256: str = "",
    partly: bool = False,
) -> Loaded:  # fmt: skip
    """Check rows and keep them as the table is declared; `source` is what they are called in the journal.

    `shape` makes of the checked rows those that are kept (see `only`); `emptied` are parts that lose all their rows.
    With `partly` rows that cannot be used are left out, and kept as such; else nothing is taken.
    Raises BadInput, and Refusal where a rule of the table's own stops it.
    """
    if codes := new_codes(conn, workspace.scheme):
        for c in of.column:
            if c.kind == "uscc" and c.field in roster.text:
                roster.text[c.field] = as_known(roster.text[c.field], codes)
    resolve(conn, workspace, of, roster)
    t = Taking(conn, workspace, of, roster, source, now, today, path)
    if prepare := PREPARES.get(of.name):
        prepare(t)
    _twice(t, file=bool(sha256))
    if sha256 and (of.kept == "append" or not of.key):
        alike(roster)
    compare(conn, workspace, of, roster)
    if check := CHECKS.get(of.name):
        check(t)
    if partly:
        some = apart(roster, of, source)
    else:
        refuse_errors(source, roster)
        some = Apart(kept(roster, of.name), NOTHING, [])
    done = _keep(conn, of, shape(some.rows), emptied)
    changed = _leave_out(t, done, some, partly=partly)
    found = OUTCOMES.get(of.name, _told)(t, done)
    name = of.kept_as
    only: dict[str, Sequence[Any]] = {LEFT_OUT: [of.name]} if changed else {}
    if of.kept == "replace":
        only[name] = done.parts
    sealed = seals(conn, name, *found.seals, *([LEFT_OUT] if changed else []), only=only)
    more: dict[str, Any] = {"sha256": sha256} if sha256 else {}
    if some.listed:
        more["left_out"] = {"rows": len(some.listed), "counted": sum(x.counted for x in some.listed)}
    for subject, detail, why in found.entries or [(source, _detail(of, done), "")]:
        append(conn, Entry(now, workspace.who, of.name, subject, detail | more | {"seals": sealed}, why))
    return Loaded(
        done.data.num_rows, [*done.again_told, *found.lines, *_left_told(of, some)], found.detail, left=some.listed
    )


def _leave_out(t: Taking, done: Done, some: Apart, *, partly: bool) -> bool:
    """Keep what a file left out in place of what earlier ones of its parts did (where the table has none, of its name);
    by hand only single firms are settled."""
    if not t.of.partly:
        return False
    if partly:
        parts = [str(p) for p in done.parts] if t.of.part else [t.source]
        return left_out.replace(t.conn, t.of.name, parts, some.left)
    said = (
        set(done.data[f].drop_null().to_pylist()) if f in done.data.column_names else set() for f in ("uscc", "name")
    )
    return left_out.settle(t.conn, t.of.name, *said)


def _left_told(of: BureauTable, some: Apart) -> list[str]:
    """What of a file could not be used, in one line."""
    out = [x for x in some.listed if not x.counted]
    lines = []
    if out:
        cents = sum(x.cents or 0 for x in out)
        carried = f"，共带{amount_of(of)} {usd(cents)}" if any(x.cents is not None for x in out) else ""
        lines.append(f"没有读入 {len(out):,} 行{carried}：{consequence(of.name)}，请改正后再读一次")
    if len(out) < len(some.listed):
        lines.append(f"{len(some.listed) - len(out):,} 行国别不明：计入出口总额，取决于国别的结论待核实")
    return lines


def _twice(t: Taking, *, file: bool) -> None:
    """Rows of one key: nobody but the bureau can tell which of them it means. In the workbook two rows may be of one
    firm, as two districts reported it; there only rows that say different things are a mistake. A row that is wrong by
    itself is judged by that alone."""
    of, roster = t.of, t.roster
    if of.kept == "append" or not of.key or len(roster) < 2:
        return
    texts = kept(roster, of.name)
    keys = list(zip(*(texts[f].to_pylist() for f in of.key), strict=True))
    needed = [i for i, f in enumerate(of.key) if of.at(f).required]
    places: dict[tuple[Any, ...], list[int]] = {}
    wrong = roster.findings.mask()
    for i, key in enumerate(keys):
        if not wrong[i] and all(key[k] is not None for k in needed) and any(v is not None for v in key):
            places.setdefault(key, []).append(i)
    where = np.zeros(len(roster), dtype=bool)
    more: dict[int, str] = {}
    for mine in (m for m in places.values() if len(m) > 1):
        said = texts.take(pa.array(mine)).to_pydict()
        if file or any(len({v for v in values if v is not None}) > 1 for values in said.values()):
            where[mine] = True
            more |= dict.fromkeys(mine, "、".join(str(roster.cells.rows[i]) for i in mine))
    code = "DUPLICATE" if of.key == ("uscc",) else "KEY_TWICE"
    values = [" ".join(str(v) for v in keys[i] if v is not None) for i in np.flatnonzero(where).tolist()]
    roster.findings.add(code, of.key[0], where, values, [more[i] for i in np.flatnonzero(where).tolist()])


def only(of: BureauTable, typed: Mapping[str, Mask]) -> Callable[[pa.Table], pa.Table]:
    """A shape for `take`: nothing of the rows but their keys and, by field, the cells on the rows of a mask; the others
    only stand beside them, as the grounds of a figure."""

    def shape(data: pa.Table) -> pa.Table:
        columns = {}
        for n in data.column_names:
            blank = pa.nulls(data.num_rows, data[n].type)
            mine = pc.if_else(pa.array(typed[n]), data[n].combine_chunks(), blank) if n in typed else blank
            columns[n] = data[n] if n in of.key else mine
        return pa.table(columns)

    return shape


def _keep(conn: Connection, of: BureauTable, data: pa.Table, emptied: Sequence[Any]) -> Done:
    if of.kept == "merge":
        return Done(data, changed=bureau.merge(conn, of.name, _completed(conn, of, data)))
    if of.kept == "replace":
        return Done(data, parts=bureau.replace(conn, of.name, data, emptied))
    same = of.key or tuple(data.column_names)
    there = set(_tuples(bureau.rows(conn, of.name), same))
    fresh = pa.array([key not in there for key in _tuples(data, same)], pa.bool_())
    new = data.filter(fresh)
    before = bureau.rows(conn, of.name)
    return Done(new, added=bureau.append(conn, of.name, new), before=before, again=data.num_rows - new.num_rows)


def _completed(conn: Connection, of: BureauTable, data: pa.Table) -> pa.Table:
    """Rows to merge with their computed cells, from what the ledger will then have of the others."""
    computed = [c for c in of.own if c.computed]
    if not computed:
        return data
    there = bureau.rows(conn, of.name)
    place = {key: i for i, key in enumerate(_tuples(there, of.key))}
    mine = pa.array([place.get(key) for key in _tuples(data, of.key)], pa.int64())
    whole = {n: pc.coalesce(data[n].combine_chunks(), there[n].combine_chunks().take(mine)) for n in data.column_names}
    for c in computed:
        whole[c.field] = COMPUTED[c.computed](*(whole[f] for f in c.of))
    return pa.table({n: whole[n] if n in {c.field for c in computed} else data[n] for n in data.column_names})


def _tuples(table: pa.Table, fields: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Rows by some fields; a blank is a blank, be it null or empty."""
    return list(zip(*([v if v is not None else "" for v in table[f].to_pylist()] for f in fields), strict=True))


def _told(t: Taking, done: Done) -> Loaded:
    """What every table has to say."""
    if t.of.kept == "merge":
        return Loaded(
            0, [f"更新 {len(done.changed)} 行"] if done.changed else ["没有变化"], {"changed": len(done.changed)}
        )
    if t.of.kept == "replace":
        count = done.data[t.of.part].to_pylist().count
        return Loaded(0, [f"{p}：{count(p)} 行" for p in done.parts], {"parts": done.parts})
    return Loaded(0, [f"登记 {len(done.added)} 行"] if done.added else [], {"added": len(done.added)})


def _detail(of: BureauTable, done: Done) -> dict[str, Any]:
    """What the journal keeps of it: personal columns only as changed."""
    out: dict[str, Any] = {"rows": done.data.num_rows}
    if of.kept == "merge":
        hidden = {c.field for c in of.own if c.personal}
        out["changed"] = {
            " ".join(map(str, key)): {f: [MASK, MASK] if f in hidden else v for f, v in fields.items()}
            for key, fields in done.changed.items()
        }
    elif of.kept == "replace":
        out["parts"] = done.parts
    else:
        out["added"] = done.added
    return out


__all__ = ["Loaded", "load_table", "only", "take"]
