"""`report` (统计) with a frozen cut-off (定数): what was counted stays, and can be counted again to the byte; what changed since
is a correction, told as such."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from xltools.desk.errors import Refusal
from xltools.desk.transaction import changing, looking
from xltools.desk.workspace import Workspace, open_workspace
from xltools.desk.year import papers
from xltools.desk.year.cutoff import Frozen, Report, frozen
from xltools.desk.year.facts import Facts, facts
from xltools.desk.year.progress import other_lines, platform_base, targets
from xltools.desk.year.statistics import INSURER, TOTAL, Correction, Line, corrections, lines
from xltools.engine.periods import year_before
from xltools.ledger import Entry, bureau, journal, meta
from xltools.scheme.markets import NAME, Markets

FOLDER = "统计"
"""Where reports lie in the workspace."""


@dataclass(frozen=True)
class Made:
    """What became of it: the report, its files, whether it was made before (`again`), and whether its bytes are those of
    then (None: not asked)."""

    report: Report
    files: list[Path]
    again: bool = False
    same: bool | None = None


def make(
    workspace: Workspace, *, today: date, now: datetime, cutoff: date | None = None, renew: bool = False,
    before: Path | None = None, dry_run: bool = False,
) -> Made:  # fmt: skip
    """The report of a cut-off: frozen when it is first asked for, made again from then on; `renew` freezes it anew. Without a
    cut-off it is today's, and not frozen. Raises Refusal.
    """
    day = cutoff or today
    _refuse(workspace, day, today)
    with looking(workspace) as conn:
        kept = frozen(conn, day) if cutoff else None
        head = journal.head(conn)[0]
    earlier = open_workspace(before, workspace.who) if before else None
    if kept and not renew:
        return _again(workspace, kept, earlier, head, dry_run=dry_run)
    markets = workspace.data(NAME, Markets).on(day, workspace.scheme, workspace.groups)
    at = Frozen(
        day, kept.number + 1 if kept else 1, head, today, {t: sorted(m) for t, m in markets.items()}, _ledger(earlier)
    )
    made = of(workspace, at, earlier, is_frozen=cutoff is not None)
    if kept:
        was = of(workspace, kept, _same_ledger(earlier, kept), is_frozen=True)
        made = replace(made, corrections=corrections(was.lines, made.lines))
    if dry_run:
        return Made(made, [])
    path = _path(workspace, at, frozen=cutoff is not None)
    sha256 = _written(path, made)
    with changing(workspace, now) as conn:
        detail = {
            "cutoff": f"{day}", "frozen": cutoff is not None, "number": at.number, "seq": at.seq, "day": f"{at.day}",
            "markets": [list(pair) for pair in at.markets.items()], "before": list(at.before) if at.before else None, "sha256": sha256, "lines": told(made.lines),
            "corrections": len(made.corrections),
        }  # fmt: skip
        journal.append(conn, Entry(now, workspace.who, "report", f"截至{day}", detail))
    return Made(made, [path])


def a_day(said: str) -> date | None:
    """The cut-off as it is asked for, None where none is. Raises Refusal."""
    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError as e:
        raise Refusal(f"截止日看不懂：{said}", "请写成 2020-03-31") from e


def as_of(workspace: Workspace, day: date, *, today: date) -> Report:
    """The statistics of a day: the frozen ones where that day is frozen and was compared with no other workspace, else as the
    ledger stands. Raises Refusal."""
    _refuse(workspace, day, today)
    with looking(workspace) as conn:
        kept, head = frozen(conn, day), journal.head(conn)[0]
    if kept and kept.before is None:
        return of(workspace, kept, None, is_frozen=True)
    markets = workspace.data(NAME, Markets).on(day, workspace.scheme, workspace.groups)
    return of(workspace, Frozen(day, 1, head, today, {t: sorted(m) for t, m in markets.items()}), None, is_frozen=False)


def _refuse(workspace: Workspace, day: date, today: date) -> None:
    scheme = workspace.scheme
    if day > today:
        raise Refusal(f"截止日 {day} 还没有到（今天 {today}），没有统计", "请写今天或更早的一天")
    if day < scheme.acceptance.start.value:
        raise Refusal(
            f"截止日 {day} 早于本方案开始收件的 {scheme.acceptance.start.value}，台账里没有那时的数",
            "以前年度的统计请到以前年度的工作区做",
        )


def _again(workspace: Workspace, kept: Frozen, earlier: Workspace | None, head: int, *, dry_run: bool) -> Made:
    """The very report, and beside it what later entries have changed."""
    earlier = _same_ledger(earlier, kept)
    then = of(workspace, kept, earlier, is_frozen=True)
    if kept.number > 1:
        then = replace(then, corrections=_since_before(workspace, kept, earlier, then))
    now = of(workspace, replace(kept, seq=head), earlier, is_frozen=True)
    since = corrections(then.lines, now.lines)
    if dry_run:
        return Made(replace(then, corrections=since), [], again=True)
    path = _path(workspace, kept, frozen=True)
    same = _written(path, then) == kept.sha256
    files = [path]
    if since:
        extra = path.with_name(f"{path.stem}_更正.xlsx")
        papers.put(extra, lambda to: papers.corrected(to, now, since))
        files.append(extra)
    return Made(replace(then, corrections=since), files, again=True, same=same)


def _since_before(workspace: Workspace, kept: Frozen, earlier: Workspace | None, then: Report) -> list[Correction]:
    """What a renewed report said that it corrected."""
    with looking(workspace) as conn:
        former = frozen(conn, kept.cutoff, number=kept.number - 1)
    if former is None:
        return []
    return corrections(of(workspace, former, earlier, is_frozen=True).lines, then.lines)


def of(workspace: Workspace, at: Frozen, earlier: Workspace | None, *, is_frozen: bool) -> Report:
    """The report of a cut-off by the ledger as it was at an entry of the journal. Raises Refusal."""
    markets = {t: frozenset(m) for t, m in at.markets.items()}
    base = _facts(earlier, year_before(at.cutoff), at.before[1] if at.before else None) if earlier else None
    with looking(workspace) as conn:
        f = facts(conn, workspace, at.cutoff, at.seq)
        reported = bureau.rows(conn, "other_lines", at.seq)
        wanted = targets(bureau.rows(conn, "targets", at.seq), f, reported, workspace.scheme)
        tasks = bureau.rows(conn, "tasks", at.seq).to_pylist()
    rows = lines(f, markets, base)
    if base is None:
        rows = _with_base(rows, platform_base(reported, at.cutoff))
    areas = [a.name for a in workspace.scheme.areas_on(workspace.scheme.cover.start.value)]
    names = [*areas, *sorted({*f.entitled, *f.insured} - {*areas})]
    return Report(
        workspace.scheme.title, at, is_frozen, rows, [(n, f.insured.get(n, 0), f.entitled.get(n, 0)) for n in names],
        f.entitled_known, other_lines(reported, at.cutoff), wanted, tasks, f, [], [t for t, m in markets.items() if not m],
    )  # fmt: skip


def _facts(workspace: Workspace, cutoff: date, seq: int | None) -> Facts:
    with looking(workspace) as conn:
        return facts(conn, workspace, cutoff, seq)


def _with_base(rows: Iterable[Line], base: Mapping[str, Mapping[str, int]]) -> list[Line]:
    """Growth where the insurers gave the platform's figures of the year before: in all, and by insurer."""
    of_line = {TOTAL: lambda x: base.get(""), INSURER: lambda x: base.get(x.item)}
    return [replace(x, base=(of_line[x.group](x) or {}) if x.group in of_line else {}) for x in rows]


def _ledger(earlier: Workspace | None) -> tuple[str, int] | None:
    if earlier is None:
        return None
    with looking(earlier) as conn:
        return meta.get(conn, meta.ID) or "", journal.head(conn)[0]


def _same_ledger(earlier: Workspace | None, kept: Frozen) -> Workspace | None:
    """The year before that a report was compared with. Raises Refusal where it is not given, or another one is."""
    if kept.before is None:
        return None
    found = _ledger(earlier)
    if found is None or found[0] != kept.before[0]:
        said = "没有写" if found is None else "写的是另一个工作区"
        raise Refusal(
            f"{kept.cutoff} 的统计当时同上年度的工作区比较过，这次{said}", "请用 --before 指明当时的那个工作区"
        )
    return earlier


def told(rows: Sequence[Line]) -> list[list[Any]]:
    """Lines as the journal keeps them: group, item, values, base."""
    return [[x.group, x.item, dict(x.values), dict(x.base)] for x in rows]


def _path(workspace: Workspace, at: Frozen, *, frozen: bool) -> Path:
    version = f"_第{at.number}版" if at.number > 1 else ""
    name = f"{FOLDER}_截至{at.cutoff:%Y%m%d}{version}.xlsx" if frozen else f"{FOLDER}_{at.cutoff:%Y%m%d}.xlsx"
    return workspace.root / FOLDER / name


def _written(path: Path, made: Report) -> str:
    """Write it; returns the hash of its bytes."""
    return papers.put(path, lambda to: papers.statistics(to, made))
