"""海关数据 by button: every file in 资料/ named 海关… or 在保名单… that was not read before, known by its content."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection, select

from xltools.desk import bureau
from xltools.desk.bureau import Loaded
from xltools.desk.errors import BadInput, LedgerRefusal, Refusal
from xltools.desk.inbox import digest
from xltools.desk.transaction import looking
from xltools.desk.workspace import MATERIALS, Workspace
from xltools.files import reason
from xltools.ledger import reference
from xltools.ledger.schema import of
from xltools.roster.problems import Placed

NAMED: dict[str, Callable[..., Loaded]] = {"海关": bureau.customs, "在保名单": bureau.inforce}
"""How a file's name begins, and what reads it."""
SUFFIXES = (".xlsx", ".csv", ".xls", ".xlsm")


def customs(
    workspace: Workspace, *, now: datetime, today: date, progress: Callable[..., None]
) -> tuple[list[str], list[Placed], int, int]:
    """Read what is new; returns lines, the cells that must be mended, how many files were refused, how many are there.

    Files are read by their time of change: a later one replaces a year, or an insurer, of an earlier one. Raises
    Refusal when the folder or the ledger cannot be used.
    """
    try:
        workspace.materials.mkdir(exist_ok=True)
        found = sorted(filter(_wanted, workspace.materials.iterdir()), key=lambda p: (p.stat().st_mtime_ns, p.name))
        digests = {p: digest(p) for p in found}
    except OSError as e:
        raise Refusal(f"{workspace.materials}：读不了（{reason(e)}）；请检查文件夹和其中的文件") from e
    with looking(workspace) as conn:
        known = _read_before(conn)
    fresh = [p for p in found if digests[p] not in known]
    lines: list[str] = []
    problems: list[Placed] = []
    refused = 0
    for i, path in enumerate(fresh):
        progress(path.name, i, len(fresh))
        load = next(f for start, f in NAMED.items() if path.name.startswith(start))
        try:
            loaded = load(workspace, path, now=now, today=today)
        except LedgerRefusal:
            raise
        except Refusal as e:
            refused += 1
            lines.append(str(e))
            problems += e.placed if isinstance(e, BadInput) else []
            continue
        lines.append(f"{path.name}：{loaded.rows:,} 行")
        lines += [f"  {line}" for line in loaded.lines]
    return [*lines, _summary(len(fresh), len(found), refused)], problems, refused, len(found)


def _summary(fresh: int, found: int, refused: int) -> str:
    if not found:
        return f"“{MATERIALS}”文件夹里没有文件：请把海关统计放进去，文件名以“海关”开头；在保名单以“在保名单”开头"
    if not fresh:
        return f"“{MATERIALS}”文件夹里的 {found} 个文件以前都读过，没有变化"
    return f"读入 {fresh - refused} 个文件" + (f"，{refused} 个没有读入" if refused else "")


def _wanted(path: Path) -> bool:
    return path.is_file() and path.name.startswith(tuple(NAMED)) and path.suffix.lower() in SUFFIXES


def _read_before(conn: Connection) -> set[str]:
    """Digests of every file that was ever read as customs data or as a list of policies in force."""
    known = set(reference.customs_loads(conn)["sha256"].to_pylist())
    t = of(conn).journal
    for text in conn.scalars(select(t.c.detail).where(t.c.verb == "inforce")):
        known.add(str(json.loads(text).get("sha256", "")))
    return known
