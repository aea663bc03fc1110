"""A press without macros (双击办理): the closed platform workbook, the verb's own work, and 处理结果.xlsx at the end.

For offices whose macros are blocked, or whose WPS has none. Whatever happens stands in 处理结果.xlsx.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from xltools.desk import steps
from xltools.desk.book.open import opened_in
from xltools.desk.errors import Refusal
from xltools.desk.failures import sentence
from xltools.desk.press.closed import Closed
from xltools.desk.press.press import View, press
from xltools.desk.press.setup import SCHEME, setup
from xltools.desk.told import DEGREES, Note, Told, named
from xltools.desk.verb import Ask, Verb, quiet, verbs
from xltools.desk.workspace import CONFIG, Workspace, open_workspace, whoever
from xltools.sheets.write import resultbook
from xltools.sheets.write.resultbook import Result, Trouble

NAME = "处理结果"
MOST = 99
"""Names that are tried when 处理结果.xlsx is open somewhere."""
INSTALL = "请双击“安装”重新安装，再试一次"
MEND = "请先按本文件“问题”一页改正，再双击一次"
STANDING = "各区还没改好的必须改 {0} 处，逐条见平台工作簿的工作表“问题”（看不到它时，在首页“阶段”选“收件”，保存并关闭，{sync}）"


@dataclass
class Done:
    """What happened: what was told, and where it is written (None: nowhere).

    `standing`: problems of the districts' files that still have to be mended.
    """

    verb: str
    told: Told = field(default_factory=Told)
    standing: list[Trouble] = field(default_factory=list)
    path: Path | None = None

    @property
    def code(self) -> int:
        return self.told.code

    @property
    def lines(self) -> list[str]:
        """What 结果 tells."""
        return [said(line) for line in self.told.lines]

    @property
    def troubles(self) -> list[Trouble]:
        """What 问题 tells: what is new, else what stands."""
        verb = verbs().get(self.verb)
        return [_trouble(n, self.told.book) for n in self.told.problems] or (
            self.standing if verb and verb.lists else []
        )


class _Closed(Closed):
    """The closed workbook of somebody who double-clicks, who is told as well what districts have to mend."""

    def __init__(self, done: Done) -> None:
        super().__init__(draws=True, office=_office(), mend=MEND, install=INSTALL, pressed=True)
        self.done = done

    def show(self, workspace: Workspace, verb: Verb, ask: Ask, view: View) -> Told:
        self.done.standing = standing_of(view.contents.tables["问题"])
        return super().show(workspace, verb, ask, view)


def run(
    folder: Path,
    verb: str,
    *,
    now: datetime,
    today: date,
    who: str = "",
    scheme: str = SCHEME,
    progress: Callable[..., None] = quiet,
) -> Done:
    """Do what the button of that verb does, for the workspace in `folder`, and write 处理结果.xlsx there. Never raises.

    `verb` may also be `init`, which makes the workspace, for `scheme`.
    """
    done, folder, who = Done(verb), folder.absolute(), who or whoever()
    try:
        done.told = _done(done, Ask(now, today, who, folder, progress), scheme)
    except Exception as e:
        done.told.stopped(e, sentence(e, INSTALL))
    facts = [
        ("办理", steps.caption(verb)),
        ("时间", f"{now:%Y-%m-%d %H:%M:%S}"),
        ("经办人", who),
        ("文件夹", str(folder)),
    ]
    done.path = _written(folder, _result(done, facts, (folder / CONFIG).is_file()))
    return done


def _done(done: Done, ask: Ask, scheme: str) -> Told:
    there = {v.name: v for v in steps.pressed()}
    if done.verb not in there:
        raise Refusal(f"没有叫 {done.verb} 的动作；有：{'、'.join(there)}")
    if done.verb == steps.INIT:
        return setup(ask.folder, scheme, now=ask.now, today=ask.today, who=ask.who, office=_office())
    verb = there[done.verb]
    ask = Ask(ask.now, ask.today, ask.who, ask.folder, ask.progress, options=verb.asked({}))
    if verb.where != "workspace":
        return verb(None, ask)
    return press(_Closed(done), _workspace(ask.folder, ask.who), verb, ask)


def _workspace(folder: Path, who: str) -> Workspace:
    if not (folder / CONFIG).is_file():
        raise Refusal(f"{folder}：这里还不是工作区（没有 {CONFIG}）", "请先{init}，或把双击的文件放回工作区文件夹")
    return open_workspace(folder, who)


def _office() -> str:
    """Whose macros a new workbook gets on this computer."""
    return "excel" if sys.platform == "win32" else "libreoffice"


# ── 处理结果.xlsx ──


def said(text: str) -> str:
    """A text with the steps called by the names of their files."""
    return named(text, steps.by_double_click)


def _result(done: Done, facts: list[tuple[str, str]], begun: bool) -> Result:
    told, standing = done.told, len(done.standing)
    following = steps.following(
        done.verb, told.code, begun=begun, typed=_typed(told), standing=standing, idle=told.idle
    )
    stands = said(STANDING.format(standing, sync="{sync}")) if standing else ""
    title = steps.outcome(done.verb, told.code)
    return Result(title, facts, done.lines, done.troubles, [said(x) for x in following], stands)


def _typed(told: Told) -> bool:
    """Whether something typed in the workbook could not be taken."""
    return any(n.code in ("NOT_TYPED_RIGHT", "CONFLICT") for n in told.notes)


def _trouble(n: Note, book: str) -> Trouble:
    """A problem as a row of 问题."""
    place, text = n.place, f"{n.place.what}：{n.text}" if n.place.what else n.text
    file = place.file or (book if place.sheet else "")
    return Trouble(DEGREES[n.severity], file, place.sheet, place.cell, said(text), said(n.todo))


def standing_of(problems: pa.Table) -> list[Trouble]:
    """Of the table 问题 what has to be mended."""
    wanted = problems.filter(pc.equal(problems["级别"], "必须改"))
    columns = [pc.fill_null(wanted[h], "").to_pylist() for h in ("文件", "单元格", "问题", "怎么办")]
    return [Trouble("必须改", file, "", cell, text, todo) for file, cell, text, todo in zip(*columns, strict=True)]


def _written(folder: Path, result: Result) -> Path | None:
    """Write the result into the folder, under another name where that file is open; else where temporary files go."""
    for place in (folder, Path(tempfile.gettempdir())):
        for n in range(1, MOST):
            path = place / (f"{NAME}.xlsx" if n == 1 else f"{NAME}_{n}.xlsx")
            with suppress(OSError):
                if path.exists() and opened_in(path):
                    continue
                resultbook.write(path, result)
                return path
            if not path.exists():
                break
    return None
