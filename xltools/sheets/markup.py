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
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.styles.cell_style import StyleArray
from openpyxl.styles.colors import Color
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet.dimensions import ColumnDimension
from openpyxl.worksheet.table import TableColumn
from openpyxl.worksheet.worksheet import Worksheet

from xltools.roster.columns import fold
from xltools.roster.headings import OURS
from xltools.roster.problems import Placed
from xltools.sheets.problemsheet import ERROR, WARNING, WORDS, lines_of, put

AUTHOR = "xltools"
ERRORS = OURS[0]
"""Heading of the column that says what is wrong with a row (错误信息)."""

_WIDTH = 56.0  # characters
_LINE, _TALLEST = 15.0, 409.0  # points
_NOTE_WIDTH, _NOTE_CHARACTERS, _NOTE_LINE = 300, 42, 17  # pixels, characters a line, pixels a line

_BEFORE = re.compile(r"\n\n【原批注（(.*?)）】\n(.*)\Z", re.DOTALL)
_OURS = re.compile(rf"(?:1\. )?(?:{'|'.join(dict.fromkeys(WORDS.values()))})：.*\n怎么办：")
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
    at = _error_column(sheet, heading_row)
    _clear(sheet, heading_row, at)
    cells: dict[tuple[int, int], list[Placed]] = defaultdict(list)
    rows: dict[int, list[Placed]] = defaultdict(list)
    for problem in placed:
        if problem.cell:
            cells[_anchor(sheet, *coordinate_to_tuple(problem.cell))].append(problem)
        if problem.row > heading_row:
            rows[problem.row].append(problem)
    red = {
        _anchor(sheet, p.row, column + 1)
        for own in rows.values()
        for p in own
        if not p.field and p.severity != "warning"
        for column in columns.values()
    }
    fills = _Fills()
    blank = []
    for place in sorted(cells.keys() | red):
        own = cells.get(place, [])
        cell = _cell(sheet, *place)
        error = place in red or any(p.severity != "warning" for p in own)
        fills.paint(cell, error)
        if error and cell.value is None:
            blank.append(cell.coordinate)
        if own:
            _annotate(cell, own)
    _redden_blank(sheet, blank)
    if heading_row > 0 and (rows or at):
        _write_errors(sheet, rows, heading_row, at or extent[1] + 1)
        _filter(sheet, heading_row, at or extent[1] + 1, extent[0])


class _Fills:
    """Paints cells; looks up one style for each style it meets, since styling cell by cell is slow."""

    def __init__(self) -> None:
        self.known: dict[tuple[object, bool], object] = {}

    def paint(self, cell: Cell, error: bool) -> None:
        key = (tuple(_styled(cell)._style), error)
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
    parts = [f"{WORDS[p.severity]}：{p.message}\n怎么办：{p.hint}" for p in problems]
    text = "\n\n".join(parts if len(parts) == 1 else (f"{i}. {t}" for i, t in enumerate(parts, 1)))
    if cell.comment is not None:
        text += f"\n\n【原批注（{cell.comment.author or ''}）】\n{cell.comment.text}"
    text = ILLEGAL_CHARACTERS_RE.sub("", text)
    height = (lines_of(text, _NOTE_CHARACTERS) + 1) * _NOTE_LINE
    cell.comment = Comment(text, AUTHOR, height=min(height, 600), width=_NOTE_WIDTH)


def _clear(sheet: Worksheet, heading_row: int, errors_at: int) -> None:
    """Take back every mark of ours: fills by their colours, notes by their author, the 错误信息 texts."""
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
        if cell.column == errors_at and cell.row > heading_row and cell.value is not None:
            if sheet.row_dimensions[cell.row].height == _height(str(cell.value)):
                sheet.row_dimensions[cell.row].height = None
            cell.value = None


def _is_our_note(note: Comment) -> bool:
    """By its author; LibreOffice forgets authors, so a nameless note that reads like ours is ours."""
    return note.author == AUTHOR or (not note.author.strip() and _OURS.match(note.text) is not None)


def _write_errors(sheet: Worksheet, rows: Mapping[int, Sequence[Placed]], heading_row: int, at: int) -> None:
    heading = _cell(sheet, heading_row, at)
    if heading.value is None:
        heading._style = copy(_cell(sheet, heading_row, at - 1)._style)
        put(heading, ERRORS)
        heading.alignment = Alignment("center", "center", wrap_text=True)
        heading.fill = PatternFill("solid", "FFC00000")
        heading.font = Font(name=heading.font.name, size=heading.font.size, bold=True, color="FFFFFFFF")
        for row in range(1, heading_row):
            _cell(sheet, row, at).protection = Protection(locked=True)
    _own_column(sheet, at)
    styles: dict[tuple[object, bool], object] = {}
    for row, own in rows.items():
        cell = _cell(sheet, row, at)
        if isinstance(cell, MergedCell):
            continue
        texts = [("（提示）" if p.severity == "warning" else "") + p.message for p in own]
        put(cell, "；".join(f"{i}. {t}" for i, t in enumerate(texts, 1)))
        error = any(p.severity != "warning" for p in own)
        beside = _cell(sheet, row, 1)
        key = (tuple(_styled(beside)._style), error)
        if key not in styles:
            cell._style = copy(beside._style)
            cell.number_format = "@"
            cell.font = Font(name=beside.font.name, size=beside.font.size, color="FFC00000" if error else "FF7F6000")
            cell.fill = PatternFill()
            cell.alignment = Alignment("left", "center", wrap_text=True)
            cell.protection = Protection(locked=False)
            styles[key] = cell._style
        cell._style = copy(styles[key])
        height = sheet.row_dimensions[row].height or sheet.sheet_format.defaultRowHeight or _LINE
        if _height(cell.value) > height:
            sheet.row_dimensions[row].height = _height(cell.value)


def _filter(sheet: Worksheet, heading_row: int, at: int, bottom: int) -> None:
    """Extend the filter, or the table, that stands on the headings; else give them a filter."""
    letter = get_column_letter(at)
    for table in sheet.tables.values():
        first, last = table.ref.split(":")
        (top, _), (low, right) = coordinate_to_tuple(first), coordinate_to_tuple(last)
        if top <= heading_row <= low:
            if right == at - 1 and top == heading_row:
                table.ref = f"{first}:{letter}{low}"
                number = max(c.id for c in table.tableColumns) + 1
                table.tableColumns.append(TableColumn(id=number, name=ERRORS))
                if table.autoFilter is not None:
                    table.autoFilter.ref = f"{first}:{letter}{low}"
            return
    if sheet.auto_filter.ref:
        first, _, last = sheet.auto_filter.ref.partition(":")
        top, _ = coordinate_to_tuple(first)
        low, right = coordinate_to_tuple(last or first)
        if top == heading_row:
            sheet.auto_filter.ref = f"{first}:{get_column_letter(max(right, at))}{max(low, bottom)}"
    else:
        sheet.auto_filter.ref = f"A{heading_row}:{letter}{bottom}"


def _own_column(sheet: Worksheet, at: int) -> None:
    """Width of the 错误信息 column, visible and, so that Excel can still sort and filter, not locked."""
    collapsed = False
    for name, wide in list(sheet.column_dimensions.items()):
        wide.reindex()
        if wide.min <= at <= wide.max:  # an entry may stand for several columns: cut ours out
            collapsed = wide.collapsed  # the folded group's button hangs on the column behind it
            del sheet.column_dimensions[name]
            for low, high in ((wide.min, at - 1), (at + 1, wide.max)):
                if low <= high:
                    piece = copy(wide)
                    piece.index, piece.min, piece.max = get_column_letter(low), low, high
                    sheet.column_dimensions[piece.index] = piece
    own = ColumnDimension(sheet, index=get_column_letter(at), width=_WIDTH, collapsed=collapsed)
    own.protection = Protection(locked=False)
    sheet.column_dimensions[own.index] = own


def _error_column(sheet: Worksheet, heading_row: int) -> int:
    """The 错误信息 column of an earlier round (1-based), 0 where there is none."""
    if heading_row > 0:
        for column in range(1, sheet.max_column + 1):
            cell = sheet._cells.get((heading_row, column))
            if cell is not None and isinstance(cell.value, str) and fold(cell.value) == ERRORS:
                return column
    return 0


def _anchor(sheet: Worksheet, row: int, column: int) -> tuple[int, int]:
    """A cell's place, or that of the merged range which hides it."""
    if isinstance(sheet._cells.get((row, column)), MergedCell):
        for merged in sheet.merged_cells.ranges:
            if merged.min_row <= row <= merged.max_row and merged.min_col <= column <= merged.max_col:
                return merged.min_row, merged.min_col
    return row, column


def _cell(sheet: Worksheet, row: int, column: int) -> Cell:
    """The cell; one that the file does not hold yet gets the style of its row or column, and so its lock."""
    if (row, column) in sheet._cells:
        return sheet._cells[row, column]
    cell = sheet.cell(row, column)
    if row in sheet.row_dimensions and sheet.row_dimensions[row].has_style:
        cell._style = copy(sheet.row_dimensions[row]._style)
        return cell
    for wide in sheet.column_dimensions.values():
        wide.reindex()
        if wide.min <= column <= wide.max:
            cell._style = copy(wide._style)
    return cell


def _styled(cell: Cell) -> Cell:
    """The cell with a style: openpyxl leaves it out where it is the default one."""
    if cell._style is None:
        cell._style = StyleArray()
    return cell


def _height(text: str) -> float:
    return min(lines_of(text, _WIDTH - 2) * _LINE + 3, _TALLEST)
