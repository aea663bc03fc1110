"""The open workbook as a host of a press (打开着的工作簿): its tables read, and brought up to date, in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import xlwings as xw

from xltools.catalogue.phases import after, remarks
from xltools.desk.book import rate as book_rate
from xltools.desk.book import workbook as desk
from xltools.desk.press.press import View
from xltools.desk.rules.fxrisk import ACCEPT
from xltools.desk.told import Told
from xltools.desk.verb import Ask, Verb
from xltools.desk.workspace import Workspace
from xltools.office import booktables, place, push

PHASE = "阶段"


class Opened:
    """The workbook in the office program; it is not saved."""

    def __init__(self, book: xw.Book, failure: Callable[[Exception], str]) -> None:
        self.book, self._failure = book, failure
        self.name, self.called, self.unshown = book.name, "本工作簿", "本工作簿没有更新完"
        self._found = booktables.Book({}, {}, {})

    def read(self, workspace: Workspace) -> Mapping[str, desk.BookRows]:
        """Its tables as they stand."""
        self._found = booktables.read(self.book, desk.tables(workspace.scheme))
        return {n: t.given for n, t in self._found.tables.items()}

    def cell(self, name: str) -> str:
        """What stands in its cell of that name."""
        return place.cell(self.book, name)

    def left(self) -> frozenset[str]:
        """Tables that are not there any more, or in which staff changed what an update would write over."""
        return frozenset(self._found.broken)

    def failure(self, error: Exception) -> str:
        """What went wrong in one Chinese sentence."""
        return self._failure(error)

    def show(self, workspace: Workspace, verb: Verb, ask: Ask, view: View) -> Told:
        """Write what differs, 基准 last. Raises Refusal where a table would grow over somebody's cells."""
        told, found = Told(), self._found
        contents = desk.without_columns(view.contents, found.lacks)
        shown = {n: t for n, t in found.tables.items() if n not in view.kept}
        todo = push.changes(shown, contents.tables, desk.formulas(workspace.scheme))
        for change in todo:
            ask.progress(f"更新“{change.found.spec.name}”")
            push.write(change)
        tried = self._rate_restored(workspace)
        told.say(*tried)
        for name in ("更新于", "今天", ACCEPT):
            place.put(self.book, name, contents.facts.get(name, ""))
        place.put(self.book, place.FOLDER, str(workspace.root))
        told.data["hints"] = contents.facts.get("提示", "")
        told.say(*(str(why) for name, why in found.broken.items() if name not in view.refused), *found.lacking)
        if place.only_read(self.book):
            told.say("本工作簿是只读打开的（可能别人正开着它）：改动已记入台账，但这份工作簿存不回去，请关闭后重新打开")
        elif todo or tried:
            told.say("本工作簿已更新，尚未保存")
        try:
            self._show_phase(contents, view.done.name if view.done else "")
        except Exception as e:  # what was done stands; only the view does not follow
            told.say(
                f"工作表没有按“阶段”显示（{type(e).__name__}）。工作簿的结构有保护时，请在“审阅”里取消“保护工作簿”"
            )
        return told

    def _rate_restored(self, workspace: Workspace) -> list[str]:
        """The budget rate that somebody tried out goes back to the scheme's: the amounts are the ledger's again."""
        scheme, cell = workspace.scheme, place.named(self.book, book_rate.NAME)
        if cell is None:
            return []
        formula = booktables.formulas(cell)[0][0]
        said = book_rate.restored(scheme, formula if formula.startswith("=") else booktables.matrix(cell)[0][0])
        if said:
            cell.sheet.range((cell.row, cell.column)).value = float(scheme.fx.budget.value)
        return [said] if said else []

    def _show_phase(self, contents: desk.Contents, done: str) -> None:
        """Show the sheets of the phase that 首页 says, else of the one that the ledger stands in; hide our other ones.

        The choice is the office's, unless what comes next after the verb `done` is looked at on a sheet that it hides.
        Their own sheets stay.
        """
        said = place.cell(self.book, PHASE)
        chosen = said if said in {p.name for p in contents.phases} else contents.phase.name
        phase = after(contents.phases, contents.buttons, done, chosen)
        place.put(self.book, PHASE, phase.name)
        ours = [s for s in self.book.sheets if s.name in remarks()]
        wanted = [s for s in ours if s.name in phase.sheets]
        for sheet in wanted:
            if not sheet.visible:
                sheet.visible = True
        for sheet in ours if wanted else []:
            if sheet.name not in phase.sheets and sheet.visible:
                sheet.visible = False
