"""A press without macros (双击办理): the closed platform workbook, the button's own work, and 处理结果.xlsx at the end.

For offices whose macros are blocked, or whose WPS has none. What was typed in the closed workbook is taken back, the
desk does what the button does, the workbook shows the ledger again; whatever happens stands in 处理结果.xlsx.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from xltools.desk.book import workbook as book
from xltools.desk.book.contents.baseline import NAME as BASE
from xltools.desk.book.open import refuse_if_open
from xltools.desk.book.pull import pull as edits
from xltools.desk.book.pull.pulled import Pulled
from xltools.desk.doctor.check import BAD
from xltools.desk.doctor.examine import doctor, summary
from xltools.desk.doctor.page import write as write_page
from xltools.desk.errors import Refusal
from xltools.desk.press import setup, words
from xltools.desk.press.press import press
from xltools.desk.workspace import CONFIG, Workspace, open_workspace, whoever
from xltools.sheets.platform.closed import BookRows
from xltools.sheets.write import resultbook
from xltools.sheets.write.resultbook import Result, Trouble

NAME = "处理结果"
MOST = 99
"""Names that are tried when 处理结果.xlsx is open somewhere."""


@dataclass
class Done:
    """What happened: exit code as a command's (0, 1, 2), lines, problems, and where it is written (None: nowhere).

    `typed`: something typed in the workbook could not be taken; `standing`: problems of the districts' files that
    still have to be mended; `idle`: there was nothing to do it with.
    """

    verb: str
    code: int = 0
    lines: list[str] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    typed: bool = False
    idle: bool = False
    standing: int = 0
    path: Path | None = None


def run(
    folder: Path,
    verb: str,
    *,
    now: datetime,
    today: date,
    who: str = "",
    scheme: str = setup.SCHEME,
    progress: Callable[..., None] = lambda text, done=0, total=0: None,
) -> Done:
    """Do what the button of that verb does, for the workspace in `folder`, and write 处理结果.xlsx there. Never raises.

    `verb` may also be `init`, which makes the workspace, for `scheme`.
    """
    out, folder, who = Done(verb), folder.absolute(), who or whoever()
    try:
        if verb not in words.VERBS:
            raise Refusal(f"没有叫 {verb} 的动作；有：{'、'.join(words.VERBS)}")
        if verb == words.INIT:
            out.lines += setup.setup(folder, scheme, now=now, today=today, who=who)
        elif verb == "doctor":
            _doctor(out, folder, now)
        else:
            _press(out, _workspace(folder, who), now, today, progress)
    except Exception as e:
        out.code = 2
        out.lines.append(words.failure(e))
    facts = [("办理", words.caption(verb)), ("时间", f"{now:%Y-%m-%d %H:%M:%S}"), ("经办人", who)]
    facts.append(("文件夹", str(folder)))
    title = words.OUTCOMES[out.code].format(words.caption(verb))
    begun = (folder / CONFIG).is_file()
    following = words.following(verb, out.code, begun=begun, typed=out.typed, standing=out.standing, idle=out.idle)
    result = Result(title, facts, out.lines, out.troubles, following, words.standing(out.standing))
    out.path = _written(folder, result)
    return out


def _workspace(folder: Path, who: str) -> Workspace:
    if not (folder / CONFIG).is_file():
        name = words.named(words.INIT)
        raise Refusal(f"{folder}：这里还不是工作区（没有 {CONFIG}）。请先双击“{name}”，或把双击的文件放回工作区文件夹")
    return open_workspace(folder, who)


def _press(out: Done, workspace: Workspace, now: datetime, today: date, progress: Callable[..., None]) -> None:
    path = book.existing(workspace)
    given: dict[str, BookRows] = {}
    pulled = None
    before = (0, 0)
    accepts = False
    if path is not None:
        refuse_if_open(path)
        before = book.state(path)
        progress("取回平台工作簿里的改动")
        given = book.read(path, workspace.scheme)
        accepts = book.accepts_fx(path)
        pulled = edits.pull(workspace, given, now=now, today=today)
        out.troubles += words.typed(path.name, pulled)
        out.typed = bool(pulled.problems or pulled.conflicts)
        out.code = int(out.typed)
    try:
        pressed = press(workspace, out.verb, now=now, today=today, progress=progress, accept_fx=accepts)
        out.lines += pressed.lines
        out.troubles += map(words.trouble, pressed.problems)
        out.code = max(out.code, pressed.code)
        out.idle = pressed.idle
    except Exception as e:  # what was typed is in the ledger: the workbook must show it all the same
        out.code = 2
        out.lines.append(words.failure(e))
    if pulled is not None and (out.verb == "sync" or _says_something(pulled)):
        out.lines += pulled.lines
    progress("更新平台工作簿")
    try:
        out.lines += _shown(workspace, path, pulled, before, given, now, today, out)
    except Exception as e:
        was = "台账里的事已办，但" if out.code < 2 else ""
        out.code = 2
        out.lines.append(f"{was}平台工作簿没有更新：{words.failure(e)}")


def _says_something(pulled: Pulled) -> bool:
    return bool(pulled.applied or pulled.conflicts or pulled.ignored or pulled.problems)


def _shown(
    workspace: Workspace, path: Path | None, pulled: Pulled | None, before: tuple[int, int],
    given: dict[str, BookRows], now: datetime, today: date, out: Done,
) -> list[str]:  # fmt: skip
    """The closed workbook shows the ledger again. Raises Refusal."""
    shown = book.contents(workspace, now=now, today=today)
    standing = words.standing_of(shown.tables["问题"])
    out.standing = len(standing)
    if out.verb in words.LISTED and not out.troubles:
        out.troubles += standing
    if path is None or pulled is None:
        return book.book(workspace, now=now, today=today, office=setup.office()).lines
    shown = book.kept(shown, pulled.refused & given.keys() - {BASE}, given)
    said = f"{now:%Y-%m-%d %H:%M} {words.OUTCOMES[out.code].format(words.caption(out.verb))}"
    shown = replace(shown, facts={**shown.facts, "状态": "。".join([said, *out.lines[:1]])})
    done = book.updated(
        workspace, path, shown, before, now, given, done=out.verb if out.code < 2 and not out.idle else ""
    )
    out.code = max(out.code, int(bool(done.left)))
    return done.lines


def _doctor(out: Done, folder: Path, now: datetime) -> None:
    checks = doctor(folder, now=now)
    out.lines.append(summary(checks))
    out.troubles += words.checked(checks)
    out.code = 1 if any(c.result == BAD for c in checks) else 0
    out.lines.append(f"自检报告：{write_page(checks, now, folder)}")


def _written(folder: Path, result: Result) -> Path | None:
    """Write the result into the folder, under another name where that file is open; else where temporary files go."""
    for place in (folder, Path(tempfile.gettempdir())):
        for n in range(1, MOST):
            path = place / (f"{NAME}.xlsx" if n == 1 else f"{NAME}_{n}.xlsx")
            with suppress(OSError):
                if _open_somewhere(path):
                    continue
                resultbook.write(path, result)
                return path
            if not path.exists():
                break
    return None


def _open_somewhere(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        refuse_if_open(path)
    except Refusal:
        return True
    return False
