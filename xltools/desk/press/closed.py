"""The closed workbook as a host (关着的工作簿): read from its file, updated by splicing, or drawn where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from xltools.desk.book import workbook as book
from xltools.desk.book.open import refuse_if_open
from xltools.desk.errors import Refusal
from xltools.desk.failures import sentence
from xltools.desk.press.press import INSTALL, View, press
from xltools.desk.steps import outcome
from xltools.desk.told import PROBLEMS, Note, Told
from xltools.desk.verb import Ask, Verb, verbs
from xltools.desk.workspace import Workspace
from xltools.sheets.platform.closed import BookRows

MACROS_STAY = (
    "按钮没有换：更新从不改动工作簿里的宏，{name} 里的按钮不是 LibreOffice 版，在 LibreOffice 里不会动。"
    "填过的内容已经取回，可以把它改名收好，再运行一次 xltools book --libreoffice，生成 LibreOffice 版"
)


class Closed:
    """The platform workbook of a workspace, while no program has it open.

    `draws`: where there is none, one is drawn, with the macros for `office`. `mend` says what to do about typing that
    could not be taken, `install` about a package that is missing. With `pressed` it was a double click: 状态 says what
    was done, and the sheets are shown that come next.
    """

    def __init__(self, *, draws: bool, office: str, mend: str, install: str, pressed: bool) -> None:
        self.draws, self.office, self.mend, self.install, self.pressed = draws, office, mend, install, pressed
        self.name = self.called = book.STEM
        self.unshown = f"{book.STEM}没有更新"
        self._path: Path | None = None
        self._before = (0, 0)

    def read(self, workspace: Workspace) -> Mapping[str, BookRows] | None:
        """Its tables; None where there is none and one is to be drawn. Raises Refusal."""
        self._path = path = book.existing(workspace)
        if path is None:
            if not self.draws:
                raise Refusal(f"{workspace.root}：还没有平台工作簿，请先{{book}}")
            return None
        self.name, self.unshown = path.name, f"{path.name} 没有更新"
        refuse_if_open(path)
        self._before = book.state(path)
        return book.read(path, workspace.scheme)

    def cell(self, name: str) -> str:
        """What stands in its cell of that name. Raises Refusal."""
        return book.cell(self._path, name) if self._path else ""

    def left(self) -> frozenset[str]:
        """None: the update itself finds them, and says why."""
        return frozenset()

    def show(self, workspace: Workspace, verb: Verb, ask: Ask, view: View) -> Told:
        """Update or draw the file, whole or not at all. Raises Refusal."""
        if self._path is None or view.given is None:
            return self._drawn(workspace, ask, view)
        path, told = self._path, Told()
        told.data["book"] = str(path)
        if ask.dry_run:
            told.say(f"{path.name} 没有改动（试做）")
            return told
        contents = view.contents
        if self.pressed:
            first = [n.line for n in view.told.notes if n.shown != "screen" and not n.severity][:1]
            status = "。".join([f"{ask.now:%Y-%m-%d %H:%M} {outcome(verb.name, view.told.code)}", *first])
            contents = replace(contents, facts={**contents.facts, "状态": status})
        step = (view.done.name if view.done else "") if self.pressed else None
        done = book.updated(workspace, path, contents, self._before, ask.now, view.given, done=step)
        told.say(*done.lines)
        told.code = PROBLEMS if done.left else 0
        told.data["left"] = sorted(done.left)
        if view.kept:
            names = "”“".join(sorted(view.kept))
            told.say(f"表“{names}”没有更新，保持原样：{self.mend}")
        if not self.pressed:
            told.say(f"已更新 {path}")
        if self.office == "libreoffice" and not self.pressed and not book.for_libreoffice(path):
            told.add(Note(MACROS_STAY.format(name=path.name), "MACROS_STAY"))
            told.code = PROBLEMS
        if not self.pressed and book.earlier(path):
            told.say(f"{book.EARLIER.format(name=path.name)}。{book.RENEW}")
        return told

    def _drawn(self, workspace: Workspace, ask: Ask, view: View) -> Told:
        told = Told()
        path = book.new_path(workspace, self.office)
        told.data["book"] = str(path)
        if ask.dry_run:
            told.say(f"将生成 {path}（未生成）")
            return told
        book.draw(path, view.contents, self.office)
        told.files.append(path)
        told.say(f"已生成 {path}")
        if not book.macros(self.office):
            told.say("没有宏的一份（没有按钮）：按钮做的事请用同名的命令或双击文件")
        return told

    def failure(self, error: Exception) -> str:
        """What went wrong in one Chinese sentence."""
        return sentence(error, self.install)


def commanded(verb: Verb, workspace: Workspace | None, ask: Ask) -> Told:
    """The verb as a command: one that is about the workbook is a press on the closed one. Raises Refusal."""
    if not verb.book or workspace is None:
        return press(None, workspace, verb, ask)
    office = "libreoffice" if ask.options.get("libreoffice") else "excel"
    mend = "请先改正上面的问题，再运行一次"
    host = Closed(draws=verb.book == "draw", office=office, mend=mend, install=INSTALL, pressed=False)
    return press(host, workspace, verb, ask)


def brought_up_to_date(
    workspace: Workspace, *, now: datetime, today: date, dry_run: bool = False, office: str = "excel"
) -> Told:
    """What `xltools book` does. Raises Refusal where the workbook cannot be read or written."""
    verb = verbs()["book"]
    options = verb.asked({"libreoffice": office == "libreoffice"})
    told = commanded(verb, workspace, Ask(now, today, dry_run=dry_run, options=options))
    if told.failed:
        raise Refusal(str(told.data["error"]))
    return told
