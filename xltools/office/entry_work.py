"""A press, step by step (按钮做的事): read the tables, take back what was typed, do the work, show the ledger again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import xlwings as xw

from xltools.desk.book import rate as book_rate
from xltools.desk.book import workbook as desk
from xltools.desk.book.pull import pull as edits
from xltools.desk.book.pull.pulled import Pulled
from xltools.desk.errors import Refusal
from xltools.desk.press import phases as shown
from xltools.desk.press import press as pressing
from xltools.desk.rules.fxrisk import ACCEPT
from xltools.desk.workspace import Workspace, open_workspace
from xltools.office import booktables, entry_place, entry_words, push

Step = Callable[..., None]
PHASE = "阶段"


@dataclass
class Told:
    """What a press has to say: code 0 done, 1 done with problems, 2 not done; `hints` what 提示 says besides."""

    code: int = 0
    lines: list[str] = field(default_factory=list)
    hints: str | None = None


def press(book: xw.Book, verb: str, now: datetime, step: Step) -> Told:
    """Everything that a button does. Raises Refusal before the ledger was changed; afterwards it tells."""
    if verb not in entry_words.verbs():
        raise Refusal(f"没有叫 {verb} 的按钮；请用 xltools book 更新平台工作簿")
    workspace = open_workspace(entry_place.workspace(book))
    step("读取本工作簿")
    found = booktables.read(book, desk.tables(workspace.scheme))
    step("取回改动")
    today = now.date()
    given = {n: t.given for n, t in found.tables.items()}
    pulled = edits.pull(workspace, given, now=now, today=today)
    told, done = Told(1 if pulled.problems or pulled.conflicts else 0), ""
    try:
        accepts = entry_place.cell(book, ACCEPT) == "是"
        pressed = pressing.press(workspace, verb, now=now, today=today, progress=step, accept_fx=accepts)
        told.lines += [pressed.facts.get("状态", ""), *pressed.lines, *pressed.problems]
        told.code = max(told.code, pressed.code)
        done = "" if pressed.idle or told.code == 2 else verb
    except Exception as e:
        # What was typed is in the ledger already: the tables must show it, or a second press would take it anew.
        told.code = 2
        told.lines.append(entry_words.of(e))
    if verb == "sync" or pulled.applied or pulled.conflicts or pulled.ignored or pulled.problems:
        told.lines += pulled.lines
    try:
        _update(book, workspace, found, pulled, now, step, told, done)
    except Exception as e:
        told.code = 2
        told.lines.insert(0, f"台账里的事已办好，但本工作簿没有更新完：{entry_words.of(e)}")
    return told


def _update(
    book: xw.Book, workspace: Workspace, found: booktables.Book, pulled: Pulled, now: datetime, step: Step,
    told: Told, done: str,
) -> None:  # fmt: skip
    """Show the ledger in every table but those whose typing could not be taken, or that cannot be shown anew.

    `done`: the verb whose work is done, "" where there was none or it failed.
    """
    step("更新本工作簿")
    kept = replace(pulled, refused=pulled.refused | found.broken.keys())
    contents = desk.contents(workspace, now=now, today=now.date())
    contents = desk.keep_typed(contents, kept, {n: t.given for n, t in found.tables.items()})
    contents = desk.without_columns(contents, found.lacks)
    todo = push.changes({n: t for n, t in found.tables.items() if n in contents.tables}, contents.tables)
    formula = desk.formulas(workspace.scheme)
    for change in todo:
        step(f"更新“{change.found.spec.name}”")
        push.write(change, formula)
    tried = _rate_restored(book, workspace)
    told.lines += tried
    for name in ("更新于", "今天", ACCEPT):
        entry_place.put(book, name, contents.facts.get(name, ""))
    entry_place.put(book, entry_place.FOLDER, str(workspace.root))
    told.hints = contents.facts.get("提示", "")
    told.lines += [said for name, said in found.broken.items() if name not in pulled.refused] + found.lacking
    if entry_place.only_read(book):
        told.lines.append(
            "本工作簿是只读打开的（可能别人正开着它）：改动已记入台账，但这份工作簿存不回去，请关闭后重新打开"
        )
    elif todo or tried:
        told.lines.append("本工作簿已更新，尚未保存")
    try:
        show_phase(book, contents, done)
    except Exception as e:  # what was done stands; only the view does not follow
        told.lines.append(
            f"工作表没有按“阶段”显示（{type(e).__name__}）。工作簿的结构有保护时，请在“审阅”里取消“保护工作簿”"
        )


def _rate_restored(book: xw.Book, workspace: Workspace) -> list[str]:
    """The budget rate that somebody tried out goes back to the scheme's: the amounts are the ledger's again."""
    scheme, cell = workspace.scheme, entry_place.named(book, book_rate.NAME)
    if cell is None:
        return []
    formula = booktables.formulas(cell)[0][0]
    said = book_rate.restored(scheme, formula if formula.startswith("=") else booktables.matrix(cell)[0][0])
    if said:
        cell.sheet.range((cell.row, cell.column)).value = float(scheme.fx.budget.value)
    return [said] if said else []


def show_phase(book: xw.Book, contents: desk.Contents, done: str) -> None:
    """Show the sheets of the phase that 首页 says, else of the one that the ledger stands in; hide our other ones.

    The choice is the office's, unless what comes next after the verb `done` is looked at on a sheet that it hides.
    Their own sheets stay.
    """
    said = entry_place.cell(book, PHASE)
    chosen = said if said in {p.name for p in contents.phases} else contents.phase.name
    phase = shown.after(contents.phases, contents.buttons, done, chosen)
    entry_place.put(book, PHASE, phase.name)
    ours = [s for s in book.sheets if s.name in shown.remarks()]
    wanted = [s for s in ours if s.name in phase.sheets]
    for sheet in wanted:
        if not sheet.visible:
            sheet.visible = True
    for sheet in ours if wanted else []:
        if sheet.name not in phase.sheets and sheet.visible:
            sheet.visible = False
