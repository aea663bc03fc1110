"""Batches in 报送/ that the ledger does not know (台账不知道的批次): a sign that an older ledger was put back.

Such a ledger would send the firms of those batches a second time.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from xltools.desk.enrol.inbox import litter
from xltools.desk.errors import Refusal
from xltools.desk.workspace import Workspace
from xltools.ledger import batches
from xltools.sheets.insurer.layout import KEY, OWN, LayoutError, load
from xltools.sheets.insurer.sent import firms_in
from xltools.sheets.insurer.sentversion import BatchName, batch_name

NAMED = 3
"""Firms named of a batch, and batches named in one sentence."""


@dataclass(frozen=True)
class Unknown:
    """A batch that was sent and that the ledger does not know: the first file that holds it, below the workspace.

    `firms` is how many were sent, `names` some of them.
    """

    file: str
    title: str
    day: str
    firms: int
    names: tuple[str, ...]

    def __str__(self) -> str:
        named = "、".join(self.names)
        named = f"：{named}" + ("等" if self.firms > len(self.names) else "") if named else ""
        return f"{self.file}（{self.title}，{self.firms} 家{named}）"


class UnknownBatches(Refusal):
    """Nothing is sent while 报送/ holds a batch that the ledger does not know; `batches` are all of them."""

    def __init__(self, found: Sequence[Unknown]) -> None:
        self.batches = tuple(found)
        more = f"等 {len(found)} 份报送表" if len(found) > NAMED else ""
        super().__init__(
            f"{'；'.join(map(str, found[:NAMED]))}{more}：台账里没有这样的批次，多半是放回了较旧的台账，再报送就会重复，"
            "所以什么也没有报送",
            WHAT_TO_DO,
        )

    @property
    def data(self) -> dict[str, Any]:
        return {"unknown_batches": self.batches}


WHAT_TO_DO = "请从“备份”文件夹（或别处）找回报送之后的台账放回来；确实从没交给过保险人的、别的工作区的，请把文件移出“报送”文件夹再试"


def unknown(conn: Connection, workspace: Workspace) -> list[Unknown]:
    """The batches of this scheme below 报送/ that the ledger does not know, by file.

    A batch is known by its number and the hash of its rows in the hidden 版本 sheet, so answered, re-saved and renamed
    copies of a known one are known. Files that cannot be read, and what is no batch of this scheme, do not count.
    """
    found: dict[tuple[str, str, str], tuple[Path, BatchName]] = {}
    for path in _files(workspace.submitted):
        name = batch_name(path)
        if name is not None and name.scheme == workspace.scheme.id:
            found.setdefault((name.insurer, name.number, name.sha256), (path, name))
    if not found:
        return []
    # Read after the files: whoever submits meanwhile commits a batch before its file gets its name.
    known = {(b["insurer"], str(b["no"]), b["sha256"]) for b in batches.batches(conn).to_pylist()}
    out: list[Unknown] = []
    for key, (path, name) in found.items():
        if key not in known:
            names = firms_in(path, _headings(workspace)) if len(out) < NAMED else []
            file = path.relative_to(workspace.root).as_posix()
            out.append(Unknown(file, name.title, name.day, name.rows or len(names), tuple(names[:NAMED])))
    return out


def _files(folder: Path) -> list[Path]:
    """All files below a folder, by name; no link to another folder is followed."""
    return sorted(Path(at) / n for at, _, names in os.walk(folder) for n in names if not litter(n))


def _headings(workspace: Workspace) -> list[str]:
    """How the firm's name is headed in the insurers' layouts, else its code or 受理编号."""
    layouts = []
    for one in workspace.scheme.insurers:
        own = workspace.root / f"{one.layout}.toml"
        try:
            layouts.append(load(one.layout, own if own.is_file() else None))
        except LayoutError:
            continue
    return [
        heading
        for field in ("name", "uscc", KEY)
        for heading in (*(c.heading for x in layouts for c in x.own if c.field == field), OWN[field].title)
    ]
