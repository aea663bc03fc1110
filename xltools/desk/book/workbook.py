"""`book` (平台工作簿): the workbook that staff work in, drawn from the ledger or brought up to date, typing taken back first."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib import resources
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from xltools import files
from xltools.catalogue.problems import problems_by_code
from xltools.catalogue.tables import BookTable, tables
from xltools.desk.book.contents import baseline as book_base
from xltools.desk.book.contents import tables as book_tables
from xltools.desk.book.macros import earlier, for_libreoffice
from xltools.desk.book.open import refuse_if_open
from xltools.desk.errors import Refusal
from xltools.desk.rules.standing import Standing
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.files import reason
from xltools.scheme import Scheme
from xltools.sheets.ooxml.refused import Refused, chinese
from xltools.sheets.platform import closed
from xltools.sheets.platform.closed import BookRows
from xltools.sheets.platform.contents import Contents

STEM = "平台工作簿"
SUFFIXES = (".xlsm", ".xlsx")
MACROS = {"excel": "vbaProject.bin", "libreoffice": "vbaProject-libreoffice.bin"}
"""The macros' project by office; without it a workbook without buttons is drawn."""

ANEW = "请用“备份”文件夹里最近的一份代替；或把它改名收好，再{book}，会生成新的，取回过的内容都在台账里"
EARLIER = "{name} 的按钮还是以前版本的（每个按钮一个宏）：照样能用，但以后新加的按钮不会出现，也不按“阶段”显示"
RENEW = "要换成现在的按钮：先{sync}取回填过的内容，把它改名收好，再{book}，会生成新的一份"
"""Of a workbook whose macros are of an earlier version: an update never changes macros."""


@dataclass(frozen=True)
class Updated:
    """What an update says, in lines; and the tables that it had to leave as they are."""

    lines: list[str]
    left: frozenset[str]


def contents(workspace: Workspace, *, now: datetime, today: date, standing: Standing | None = None) -> Contents:
    """Everything that the workbook shows, as the ledger stands. Raises Refusal when it cannot be read.

    A verb that has just worked out the standing, and written nothing since, passes it on.
    """
    workspace = workspace.on(today)
    with looking(workspace) as conn:
        return book_tables.build(conn, workspace, now=now, today=today, standing=standing)


def existing(workspace: Workspace) -> Path | None:
    """The workbook of this workspace, if there is one."""
    return next((p for s in SUFFIXES if (p := workspace.root / f"{STEM}{s}").exists()), None)


def read(path: Path, scheme: Scheme) -> dict[str, BookRows]:
    """The tables of a closed workbook. Raises Refusal."""
    inputs = [t.name for t in tables(scheme) if t.input]
    try:
        return closed.tables(path, inputs, [t.name for t in tables(scheme) if t.grows])
    except Refused as e:
        text, todo = _said(e)
        raise Refusal(f"{path.name}：{text}", todo) from e
    except OSError as e:
        raise Refusal(f"{path.name}：读不了（{reason(e)}）；文件是否正在 Excel 中打开？") from e


def cell(path: Path, name: str) -> str:
    """What stands in a named cell of a closed workbook, "" where there is none. Raises Refusal."""
    from xltools.sheets.platform.splice.facts import stands_in

    try:
        return stands_in(path, name)
    except Refused as e:
        raise Refusal(f"{path.name}：{_said(e)}") from e


def kept(shown: Contents, names: Collection[str], given: Mapping[str, BookRows]) -> Contents:
    """The contents without these tables, which stay as they are in the workbook.

    Their rows of 基准 stay as well, or their old cells would look like something typed the next time.
    """
    if not names:
        return shown
    left = {n: t for n, t in shown.tables.items() if n not in names}
    base = left[book_base.NAME]
    rest = base.filter(pc.invert(pc.is_in(base["表"], value_set=pa.array(sorted(names), pa.string()))))
    old = [r for r in book_base.rows_of(given) if r[0] in names]
    columns = [pa.array([r[i] for r in old], pa.string()) for i in range(4)]
    left[book_base.NAME] = pa.concat_tables([rest, pa.Table.from_arrays(columns, schema=base.schema)])
    return replace(shown, tables=left)


def without_columns(shown: Contents, lacks: Mapping[str, Collection[str]]) -> Contents:
    """The contents for a workbook that lacks these columns, by table: 基准 must not vouch for what is not there."""
    base = shown.tables[book_base.NAME]
    for name, headings in lacks.items():
        gone = pc.and_(
            pc.equal(base["表"], name), pc.is_in(base["列"], value_set=pa.array(list(headings), pa.string()))
        )
        base = base.filter(pc.invert(pc.fill_null(gone, fill_value=False)))
    return replace(shown, tables={**shown.tables, book_base.NAME: base})


def formulas(scheme: Scheme) -> dict[str, str]:
    """Worksheet formulas of the computed columns, by the catalogue's names."""
    from xltools.sheets.platform import live

    return live.formulas(scheme)


def new_path(workspace: Workspace, office: str) -> Path:
    """Where a workbook with the macros for `office` would be drawn."""
    return workspace.root / f"{STEM}{SUFFIXES[0] if macros(office) else SUFFIXES[1]}"


def draw(path: Path, shown: Contents, office: str) -> None:
    """Draw a new workbook, with the macros for `office` if there are any. Raises Refusal."""
    from xltools.sheets.platform.draw.workbook import draw as drawn

    try:
        with files.replace(path) as temporary:
            drawn(temporary, shown, vba=macros(office))
            if path.exists():
                raise Refusal(f"{path}：刚刚被别的程序建立了，没有覆盖；请重新运行")
    except OSError as e:
        raise Refusal(f"{path}：写不了（{reason(e)}）；请检查文件夹能否写入、磁盘是否已满") from e


def macros(office: str = "excel") -> bytes | None:
    """The macros' project as it comes with xltools, None where it was not built."""
    found = resources.files("xltools.sheets.platform") / MACROS[office]
    return found.read_bytes() if found.is_file() else None


def updated(
    workspace: Workspace, path: Path, shown: Contents, before: tuple[int, int], now: datetime,
    given: Mapping[str, BookRows], *, done: str | None = None,
) -> Updated:  # fmt: skip
    """Splice our tables in, whole or not at all; the first time on a day the workbook as it was is kept in 备份/.

    `before` is the file's `state` when `given` was read from it. `done` is the verb whose work a
    press has done; None leaves hidden what is hidden. Raises Refusal.
    """
    from xltools.sheets.platform.splice import update as splice

    copy = workspace.backup / f"{STEM}_{now:%Y%m%d}{path.suffix}"
    below = {name: rows.below for name, rows in given.items() if rows.below}
    try:
        refuse_if_open(path)
        if state(path) != before:
            raise Refusal("它刚刚被别人保存过；请再来一次")
        if not copy.exists():
            with files.replace(copy) as temporary:
                shutil.copyfile(path, temporary)
        spliced = splice.splice(
            path, shown, below=below, done=done, kept=lambda contents, names: kept(contents, names, given)
        )
        unchanged = [f"没有更新：{said}" for reasons in spliced.left.values() for said in reasons]
        return Updated([*spliced.lines, *unchanged], frozenset(spliced.left))
    except Refused as e:
        raise Refusal(*_said(e)) from e
    except PermissionError as e:
        raise Refusal("它正在 Excel 中打开，或是只读的；请关闭后重新运行") from e
    except OSError as e:
        raise Refusal(f"写不了（{reason(e)}）；请检查文件夹能否写入、磁盘是否已满") from e


def state(path: Path) -> tuple[int, int]:
    """What changes when somebody saves the file."""
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def _said(e: Refused) -> tuple[str, str]:
    """What a reader or writer refuses, in Chinese, and what to do about it."""
    if type(e) is not Refused:  # sentences of its own
        return str(e).replace("\n", ""), ""
    if e.code in problems_by_code():
        kind = problems_by_code()[e.code]
        todo = kind.own if e.code == "FILE_ENCRYPTED" else ANEW
        return kind.said(more=chinese(e.detail)), todo
    return chinese(e.detail) or str(e), ""


__all__ = [
    "BookRows",
    "BookTable",
    "Contents",
    "Updated",
    "contents",
    "draw",
    "earlier",
    "existing",
    "for_libreoffice",
    "formulas",
    "kept",
    "macros",
    "new_path",
    "read",
    "state",
    "tables",
    "updated",
]  # fmt: skip
