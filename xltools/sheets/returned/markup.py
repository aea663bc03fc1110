"""Marking bad cells in a district's sheet: red or amber with a note, and one 错误信息 column."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy

from openpyxl.cell import Cell, MergedCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.formatting.rule import Rule
from openpyxl.styles import PatternFill
from openpyxl.styles.colors import Color
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet.worksheet import Worksheet

from xltools.catalogue.problems import LEVELS
from xltools.roster.problems import Placed
from xltools.sheets.returned import errorcolumn
from xltools.sheets.returned.problemsheet import ERROR, WARNING, lines_of
from xltools.sheets.returned.sheetcells import anchor, cell_at, styled

AUTHOR = "xltools"
_NOTE_WIDTH, _NOTE_CHARACTERS, _NOTE_LINE = 300, 42, 17  # pixels, characters a line, pixels a line

_BEFORE = re.compile(r"\n\n【原批注（(.*?)）】\n(.*)\Z", re.DOTALL)
_OURS = re.compile(rf"(?:1\. )?(?:{'|'.join(dict.fromkeys(LEVELS.values()))})：.*\n怎么办：")
_REMEMBERED = "01"  # alpha of a background colour in which a fill of ours keeps the cell's own colour


def mark(
    sheet: Worksheet,
    placed: Iterable[Placed],
    *,
    heading_row: int,
    columns: Mapping[str, int],
    extent: tuple[int, int],
) -> None:
    """Mark the cells of `placed`; marks of an earlier round go first. No other cell is touched.

    `heading_row` is 1-based, 0 where the sheet has none (then no 错误信息 column); `columns` field -> 0-based;
    `extent` the last row and column in use, which `sheet` may not show. A problem of severity error placed on a
    whole row (field "") reddens each of `columns` in it.
    """
    at = errorcolumn.find(sheet, heading_row)
    if at:
        errorcolumn.clear(sheet, heading_row, at)
    _clear(sheet)
    cells: dict[tuple[int, int], list[Placed]] = defaultdict(list)
    rows: dict[int, list[Placed]] = defaultdict(list)
    for problem in placed:
        if problem.cell:
            cells[anchor(sheet, *coordinate_to_tuple(problem.cell))].append(problem)
        if problem.row > heading_row:
            rows[problem.row].append(problem)
    red = {
        anchor(sheet, p.row, column + 1)
        for own in rows.values()
        for p in own
        if not p.field and p.severity != "warning"
        for column in columns.values()
    }
    fills = _Fills()
    blank = []
    for place in sorted(cells.keys() | red):
        own = cells.get(place, [])
        cell = cell_at(sheet, *place)
        error = place in red or any(p.severity != "warning" for p in own)
        fills.paint(cell, error)
        if error and cell.value is None:
            blank.append(cell.coordinate)
        if own:
            _annotate(cell, own)
    _redden_blank(sheet, blank)
    if heading_row > 0 and (rows or at):
        at = at or extent[1] + 1
        errorcolumn.write(sheet, rows, heading_row, at)
        errorcolumn.extend_filter(sheet, heading_row, at, extent[0])


class _Fills:
    """Paints cells; looks up one style for each style it meets, since styling cell by cell is slow."""

    def __init__(self) -> None:
        self.known: dict[tuple[object, bool], object] = {}

    def paint(self, cell: Cell, error: bool) -> None:
        key = (tuple(styled(cell)._style), error)
        if key not in self.known:
            before = cell.fill
            own = before.fgColor.rgb if before.fill_type == "solid" else None
            kept = _REMEMBERED + own[2:] if isinstance(own, str) else None
            background = Color(rgb=kept) if kept else Color(indexed=64)
            cell.fill = PatternFill("solid", fgColor=ERROR if error else WARNING, bgColor=background)
            self.known[key] = cell._style
        cell._style = copy(self.known[key])


def _unpaint(cell: Cell) -> None:
    kept = cell.fill.bgColor.rgb
    if isinstance(kept, str) and kept.startswith(_REMEMBERED):
        cell.fill = PatternFill("solid", fgColor="FF" + kept[2:])
    else:
        cell.fill = PatternFill()


def _redden_blank(sheet: Worksheet, cells: Sequence[str]) -> None:
    """Blank bad cells stay red while they are blank, before any colour that the file's own rules give them.

    Our rule of an earlier round goes. Excel goes by the rules' priority, LibreOffice by their order.
    """
    before = [(str(area.sqref), rule) for area in sheet.conditional_formatting for rule in area.rules]
    before = [(area, rule) for area, rule in before if not _is_ours(rule)]
    sheet.conditional_formatting = ConditionalFormattingList()
    if cells and before:
        look = DifferentialStyle(fill=PatternFill("solid", bgColor=ERROR))
        ours = Rule("cellIs", priority=1, stopIfTrue=True, operator="equal", formula=['""'], dxf=look)
        sheet.conditional_formatting.add(" ".join(cells), ours)
    for area, rule in before:
        rule.priority += 1
        sheet.conditional_formatting.add(area, rule)


def _is_ours(rule: Rule) -> bool:
    fill = rule.dxf.fill if rule.dxf is not None else None
    return rule.type == "cellIs" and fill is not None and fill.bgColor.rgb == ERROR


def _annotate(cell: Cell, problems: Sequence[Placed]) -> None:
    """One note for all problems of a cell; the district's own note stays below ours."""
    parts = [f"{p.level}：{p.message}\n怎么办：{p.hint}" for p in problems]
    text = "\n\n".join(parts if len(parts) == 1 else (f"{i}. {t}" for i, t in enumerate(parts, 1)))
    if cell.comment is not None:
        text += f"\n\n【原批注（{cell.comment.author or ''}）】\n{cell.comment.text}"
    text = ILLEGAL_CHARACTERS_RE.sub("", text)
    height = (lines_of(text, _NOTE_CHARACTERS) + 1) * _NOTE_LINE
    cell.comment = Comment(text, AUTHOR, height=min(height, 600), width=_NOTE_WIDTH)


def _clear(sheet: Worksheet) -> None:
    """Take back the marks of an earlier round: fills by their colours, notes by their author."""
    painted = {
        i
        for i, fill in enumerate(sheet.parent._fills)
        if fill.fill_type == "solid" and fill.fgColor.rgb in (ERROR, WARNING)
    }
    for cell in list(sheet._cells.values()):
        if isinstance(cell, MergedCell):
            continue
        if cell._style is not None and cell._style.fillId in painted:
            _unpaint(cell)
        if cell._comment is not None and _is_our_note(cell._comment):
            before = _BEFORE.search(cell._comment.text)
            cell.comment = Comment(before[2], before[1]) if before else None


def _is_our_note(note: Comment) -> bool:
    """By its author; LibreOffice forgets authors, so a nameless note that reads like ours is ours."""
    return note.author == AUTHOR or (not note.author.strip() and _OURS.match(note.text) is not None)
