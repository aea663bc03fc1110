"""Marking bad cells in a district's sheet: red or amber with a note, and one 错误信息 column."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from xltools.roster.problems import Placed
from xltools.sheets.ooxml.rows import Cell
from xltools.sheets.ooxml.sheetparts import before
from xltools.sheets.ooxml.sheetrows import cell_in, filled, put, style_in, style_of, styled
from xltools.sheets.ooxml.styles import Styles, added
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, corners, prefixed
from xltools.sheets.returned import errorcolumn, looks, notes
from xltools.sheets.returned.page import Page, anchor, ref, tail_changed, tail_of

_PRIORITY = re.compile(rb"(<(?:[\w.-]+:)?cfRule(?=\s)(?:[^>\"']|\"[^\"]*\"|'[^']*')*?\spriority\s*=\s*[\"'])(\d+)")
_RED = b'<dxf><fill><patternFill patternType="solid"><bgColor rgb="%s"/></patternFill></fill></dxf>'


def mark(page: Page, placed: Iterable[Placed], *, heading_row: int, columns: Mapping[str, int]) -> None:
    """Mark the cells of `placed`; marks of an earlier round go first. No other cell is touched.

    `heading_row` is 1-based, 0 where the sheet has none (then no 错误信息 column); `columns` field -> 0-based. A
    problem of severity error placed on a whole row (field "") reddens each of `columns` in it.
    """
    at = errorcolumn.find(page, heading_row)
    last, right = filled(page.rows)
    if at:
        errorcolumn.clear(page, heading_row, at)
    _unpaint(page)
    cells: dict[tuple[int, int], list[Placed]] = defaultdict(list)
    rows: dict[int, list[Placed]] = defaultdict(list)
    for problem in placed:
        if problem.cell:
            top, left, _, _ = corners(problem.cell)
            cells[anchor(page, top, left)].append(problem)
        if problem.row > heading_row:
            rows[problem.row].append(problem)
    red = {
        anchor(page, p.row, column + 1)
        for own in rows.values()
        for p in own
        if not p.field and p.severity != "warning"
        for column in columns.values()
    }
    blank, seen = [], dict[tuple[int, bool], int]()
    for place in sorted(cells.keys() | red):
        error = place in red or any(p.severity != "warning" for p in cells.get(place, ()))
        cell = cell_in(page.rows, *place)
        key = (style_in(page.rows, *place, page.columns), error)
        if key not in seen:
            seen[key] = looks.painted(page.styles, *key)
        put(page.rows, place[0], styled(cell or Cell(place[1], b"", b""), seen[key]))
        if error and (cell is None or not cell.filled):
            blank.append(ref(*place))
    _redden_blank(page, blank)
    if heading_row > 0 and (rows or at):
        at = at or right + 1
        errorcolumn.write(page, rows, heading_row, at)
        errorcolumn.extend_filter(page, heading_row, at, last)
    notes.write(page, cells)


def _unpaint(page: Page) -> None:
    """Take back the fills of an earlier round: they are known by their colours."""
    ours, rows = looks.ours(page.styles), page.rows
    if not ours:
        return
    numbers = "|".join(map(str, sorted(ours))).encode()
    pattern = re.compile(rb"<%sc(?=[^>]*\ss\s*=\s*[\"'](?:%s)[\"'])\s[^>]*>" % (rows.p, numbers))
    seen = dict[int, int]()
    for tag in [m[0] for m in pattern.finditer(rows.xml, rows.start, rows.end)]:
        top, left, _, _ = corners(attributes(tag)["r"])
        cell = cell_in(rows, top, left)
        if cell is not None and style_of(cell) in ours:
            style = style_of(cell)
            seen.setdefault(style, looks.unpainted(page.styles, style))
            put(rows, top, styled(cell, seen[style]))


def _redden_blank(page: Page, cells: Sequence[str]) -> None:
    """Blank bad cells stay red while they are blank, before any colour that the file's own rules give them.

    Our rule of an earlier round goes. Excel goes by the rules' priority, LibreOffice by their order.
    """
    given = tail_of(page)
    tail = _without_ours(given, page.rows.p, page.styles)
    if cells and b"conditionalFormatting" in tail:
        if any(int(n) <= 1 for _, n in _PRIORITY.findall(tail)):
            tail = _PRIORITY.sub(lambda m: m[1] + str(int(m[2]) + 1).encode(), tail)
        look = added(page.styles, "dxfs", _RED % looks.ERROR.encode())
        rule = f'<cfRule type="cellIs" dxfId="{look}" priority="1" stopIfTrue="1" operator="equal">'
        own = f'<conditionalFormatting sqref="{" ".join(cells)}">{rule}<formula>""</formula></cfRule>'
        whole = prefixed(f"{own}</conditionalFormatting>".encode(), page.rows.p)
        tail = before(tail, "conditionalFormatting", whole)
    if tail != given:
        tail_changed(page, tail)


def _without_ours(tail: bytes, p: bytes, styles: Styles) -> bytes:
    looks_ = [i for i, dxf in enumerate(styles.lists["dxfs"]) if looks.ERROR.encode() in dxf.upper()]
    if not looks_:
        return tail
    numbers = "|".join(map(str, looks_)).encode()
    ours = re.compile(
        rb"<%scfRule(?=[^>]*\stype=[\"']cellIs[\"'])(?=[^>]*\sdxfId=[\"'](?:%s)[\"'])%s>.*?</%scfRule\s*>"
        % (p, numbers, INSIDE, p),
        re.DOTALL,
    )
    empty = rb"<%sconditionalFormatting(?=[\s>])%s>\s*</%sconditionalFormatting\s*>" % (p, INSIDE, p)
    new = ours.sub(b"", tail)
    return re.sub(empty, b"", new) if new != tail else tail
