"""A press (按一下): what was typed in a workbook is taken back, a verb does its work, the workbook shows the ledger.

By a button of an open workbook, by double click with the workbook closed, or by command: one way for all. What they
differ in is the host: where the workbook is read and shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from xltools.desk.book import workbook as book
from xltools.desk.book.contents.baseline import NAME as BASE
from xltools.desk.book.order import as_left
from xltools.desk.book.pull.pull import pull
from xltools.desk.book.pull.pulled import Ignored, Pulled
from xltools.desk.failures import sentence
from xltools.desk.told import PROBLEMS, Told, joined
from xltools.desk.verb import Ask, Verb
from xltools.desk.workspace import Workspace
from xltools.sheets.platform.closed import BookRows
from xltools.sheets.platform.contents import Contents

INSTALL = "请运行 xltools doctor（自检），按它说的安装"
"""What to do at a terminal where a package is missing."""


@dataclass(frozen=True)
class View:
    """What a workbook is to show: `contents`, without the tables `kept`, which stay as they stand; `refused` are those
    whose typing could not be taken.

    `given` are the tables as they were read (None: there was no workbook). `done` is the verb whose work is done, None
    where there was none or it failed; `told` what has been told so far.
    """

    contents: Contents
    kept: frozenset[str]
    refused: frozenset[str]
    given: Mapping[str, BookRows] | None
    done: Verb | None
    told: Told


class Host(Protocol):
    """Where a workbook is: open in an office program, or closed in its folder."""

    name: str
    """The name of its file."""
    called: str
    """What it is called in a sentence."""
    unshown: str
    """What is said where it could not be brought up to date."""

    def read(self, workspace: Workspace) -> Mapping[str, BookRows] | None:
        """Its tables by name as they stand; None where there is no workbook. Changes nothing. Raises Refusal."""

    def cell(self, name: str) -> str:
        """What stands in its cell of that name, "" where there is none. Raises Refusal."""

    def left(self) -> frozenset[str]:
        """Tables that cannot be shown anew, besides those whose typing could not be taken."""

    def show(self, workspace: Workspace, verb: Verb, ask: Ask, view: View) -> Told:
        """Bring it up to date and tell. Raises Refusal, and what its program raises."""

    def failure(self, error: Exception) -> str:
        """What went wrong in one Chinese sentence."""


def press(host: Host | None, workspace: Workspace | None, verb: Verb, ask: Ask) -> Told:
    """Take back, work, show; without a host only work. Raises Refusal before anything was changed; after that it tells.

    What was typed is in the ledger then: the workbook must show it whatever happens, or a second press would take it
    anew.
    """
    if host is None or workspace is None:
        return _worked(verb, workspace, ask, lambda error: sentence(error, INSTALL))
    workspace = workspace.on(ask.today)
    ask.progress(f"读取{host.called}")
    given = host.read(workspace)
    pulled = None
    if given is not None:
        ask.progress("取回改动")
        asked = {o.name: True for o in verb.options if o.cell and host.cell(o.cell) == "是"}
        ask = replace(ask, options={**ask.options, **asked})
        pulled = pull(workspace, given, now=ask.now, today=ask.today, dry_run=ask.dry_run)
    told = _worked(verb, workspace, ask, host.failure)
    told.book = host.name
    done = None if told.failed or told.idle else verb
    if pulled is not None:
        told.code = max(told.code, PROBLEMS if pulled.problems or pulled.conflicts else 0)
        if verb.book or not pulled.nothing:
            told.add(*pulled.notes)
    said = len(told.body)
    try:
        ask.progress(f"更新{host.called}")
        refused = pulled.refused if pulled else frozenset[str]()
        shown = book.contents(workspace, now=ask.now, today=ask.today)
        kept, fresh = frozenset[str](), dict[str, int]()
        if given is not None:  # a table that is not there is brought by the host, if it can
            kept = ((refused & given.keys()) | host.left()) - {BASE}
            shown = book.kept(shown, kept, given)
            shown, fresh = as_left(shown, given)
        updated = host.show(workspace, verb, ask, View(shown, kept, refused, given, done, told))
        told.took(updated)
        told.say(*(f"表“{n}”：新来的 {k} 行排在最后，其余照您排好的次序" for n, k in fresh.items()))
        told.data |= updated.data
    except Exception as e:
        done_already = "台账里的事已办好，但" if not told.failed and not verb.book else ""
        taken = f"已取回的 {len(pulled.applied)} 处改动记在台账里" if pulled and pulled.applied else ""
        told.stopped(e, joined(f"{done_already}{host.unshown}：{host.failure(e)}", taken))
        told.outcome = told.notes[-1].sentence
    if verb.book:
        told.data |= _data(pulled, workspace)
        told.data["lines"] += [n.line for n in told.notes[said:]]
    return told


def _worked(verb: Verb, workspace: Workspace | None, ask: Ask, failure: Callable[[Exception], str]) -> Told:
    """What the verb did, or what stopped it."""
    try:
        return verb(workspace, ask)
    except Exception as e:
        told = Told()
        told.stopped(e, failure(e))
        return told


def _data(pulled: Pulled | None, workspace: Workspace) -> dict[str, Any]:
    """What was taken back, for `--json`."""
    found = pulled or Pulled()
    shown = replace(found, ignored=[_impersonal(i, workspace) for i in found.ignored])
    return {
        "lines": shown.lines if pulled else [], "applied": shown.applied, "conflicts": shown.conflicts,
        "ignored": shown.ignored, "problems": shown.problems, "refused": sorted(shown.refused),
    }  # fmt: skip


def _impersonal(found: Ignored, workspace: Workspace) -> Ignored:
    """A change in a personal column (个人信息) without what stands in it."""
    from xltools.catalogue.columns import roster_columns

    personal = {x.heading for x in roster_columns(workspace.scheme) if x.personal}
    return replace(found, was="…", typed="…") if found.column in personal else found
