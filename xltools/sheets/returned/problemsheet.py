"""The 问题 sheet of a returned file: every problem in one list, each with a link to its cell."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from xltools.roster.letters import column_letters
from xltools.roster.problems import Placed
from xltools.sheets.ooxml.book import Book, Sheet, add, content, find, main_namespace, relate, sheets, tags
from xltools.sheets.ooxml.relationships import relationships_of
from xltools.sheets.ooxml.sheetrows import cells_in, read_rows, text_of, text_xml
from xltools.sheets.ooxml.styles import Styles, derived
from xltools.sheets.ooxml.workbookpart import name_put, names_dropped, sheet_listed
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import attributes, quoted
from xltools.sheets.returned.looks import ERROR, NO_FILL, WARNING, solid
from xltools.sheets.returned.page import LINE, TALLEST, lines_of
from xltools.sheets.write.style import A4, FONT, NAVY, SIZE
from xltools.sheets.write.style import LINE as GREY

TITLE = "问题"
"""The sheet's name: a district may have a 问题 sheet of its own, and then ours becomes 问题1."""
HEADINGS = ("序号", "位置", "列", "原值", "严重程度", "问题", "怎么办")
HEADER_ROW = 3
LETTERS = [column_letters(i) for i in range(1, len(HEADINGS) + 1)]
_WIDTHS = (6, 9, 20, 22, 10, 52, 40)
_MIDDLE = (0, 1, 4)
SHEET_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"


def write(
    book: Book, styles: Styles, strings: Sequence[bytes], after: str, placed: Sequence[Placed],
    headings: Mapping[str, str], lines: Sequence[str],
) -> None:  # fmt: skip
    """Put the 问题 sheet behind the sheet `after`; the one of an earlier round becomes this one.

    `headings` gives a field's heading as the file shows it; `lines` are the title and the sentence below it.
    A problem of a cell links to it; one of the whole file has no place.
    """
    there = sheets(book)
    known = {s.name for s in there}
    xml = _page(placed, headings, lines, known, styles, main_namespace(book))
    own = next((s for s in there if _is_ours(book, s, strings)), None)
    if own is not None:
        book.changed[own.member] = [xml]
        if rels := find(book, relationships_of(own.member)):
            book.dropped.add(rels)
            book.changed.pop(rels, None)
        place, title = own.index, own.name
    else:
        taken = {t.lower() for t in known | _titles(book)}
        title = next(t for t in itertools.chain([TITLE], (f"{TITLE}{i}" for i in itertools.count(1))) if t not in taken)
        place = next(s.index for s in there if s.name == after) + 1
        member = add(book, "xl/worksheets/sheet1.xml", xml, SHEET_KIND)
        sheet_listed(book, title, relate(book, WORKBOOK, "worksheet", member), place)
    last, bottom = column_letters(len(HEADINGS)), HEADER_ROW + max(len(placed), 1)
    names_dropped(book, lambda given, _: given.get("localSheetId") == str(place))
    name_put(book, "_xlnm._FilterDatabase", f"'{title}'!$A${HEADER_ROW}:${last}${bottom}", place, hidden=True)
    name_put(book, "_xlnm.Print_Area", f"'{title}'!$A$1:${last}${bottom}", place)
    name_put(book, "_xlnm.Print_Titles", f"'{title}'!${HEADER_ROW}:${HEADER_ROW}", place)


def _titles(book: Book) -> set[str]:
    """The names of all sheets, those that are no worksheets among them."""
    return {attributes(t).get("name", "") for t in tags(content(book, WORKBOOK), "sheet")}


def _is_ours(book: Book, sheet: Sheet, strings: Sequence[bytes]) -> bool:
    """Whether a sheet is the 问题 sheet of an earlier round."""
    if not re.fullmatch(rf"{TITLE}\d*", sheet.name):
        return False
    cells = cells_in(read_rows(content(book, sheet.member), sheet.member), HEADER_ROW)
    return tuple(text_of(cells.get(i), strings) for i in range(1, len(HEADINGS) + 1)) == HEADINGS


def _page(
    placed: Sequence[Placed], headings: Mapping[str, str], lines: Sequence[str], known: set[str], styles: Styles,
    namespace: str,
) -> bytes:  # fmt: skip
    last, bottom = column_letters(len(HEADINGS)), HEADER_ROW + max(len(placed), 1)
    title, sentence, head = (_style(styles, **look) for look in _HEAD)
    looks = _looks(styles)
    rows, links = [], []
    for row, (text, style, height) in enumerate(zip(lines, (title, sentence), (30, 36), strict=True), 1):
        rows.append(_row(row, height, [_text("A", row, style, text)]))
    rows.append(_row(HEADER_ROW, 24, [_text(c, HEADER_ROW, head, h) for c, h in zip(LETTERS, HEADINGS, strict=True)]))
    places = {name: quoted("'" + name.replace("'", "''") + "'!")[:-1] for name in known}
    for number, problem in enumerate(placed, 1):
        row = HEADER_ROW + number
        linked = bool(problem.cell) and problem.sheet in known
        values = (
            problem.cell or ("整个文件" if problem.row <= 0 else f"第 {problem.row} 行"),
            headings.get(problem.field, problem.field) or ("整行" if problem.row > 0 else ""), problem.value,
            problem.level, problem.message, problem.hint,
        )  # fmt: skip
        own = looks[problem.severity == "warning", linked]
        cells = [f'<c r="A{row}" s="{own[0]}"><v>{number}</v></c>']
        cells += [_text(c, row, s, v) for c, s, v in zip(LETTERS[1:], own[1:], values, strict=True)]
        need = max(lines_of(v, w - 2) for v, w in zip(values, _WIDTHS[1:], strict=True))
        rows.append(_row(row, min(need * LINE + 8, TALLEST), cells))
        if linked:
            place = f'{places[problem.sheet]}{problem.cell}"'
            links.append(f'<hyperlink ref="B{row}" location={place} display="{problem.cell}"/>')
    columns = "".join(
        f'<col min="{i}" max="{i}" width="{width}" customWidth="1"/>' for i, width in enumerate(_WIDTHS, 1)
    )
    head_ = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{namespace}"><sheetPr>'
        '<tabColor rgb="FFC00000"/><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<dimension ref="A1:{last}{bottom}"/><sheetViews><sheetView showGridLines="0" workbookViewId="0">'
        f'<pane ySplit="{HEADER_ROW}" topLeftCell="A{HEADER_ROW + 1}" activePane="bottomLeft" state="frozen"/>'
        f'<selection pane="bottomLeft" activeCell="A{HEADER_ROW + 1}" sqref="A{HEADER_ROW + 1}"/></sheetView>'
        f'</sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>'
    )
    tail = (
        f'</sheetData><autoFilter ref="A{HEADER_ROW}:{last}{bottom}"/><mergeCells count="2">'
        f'<mergeCell ref="A1:{last}1"/><mergeCell ref="A2:{last}2"/></mergeCells>'
        + (f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else "")
        + '<printOptions horizontalCentered="1"/>'
        '<pageMargins left="0.4" right="0.4" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
        f'<pageSetup paperSize="{A4}" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
        "<headerFooter><oddFooter>&amp;C第 &amp;P 页，共 &amp;N 页</oddFooter></headerFooter></worksheet>"
    )
    return "".join([head_, *rows, tail]).encode()


def _row(number: int, height: float, cells: Sequence[str]) -> str:
    return f'<row r="{number}" ht="{height:g}" customHeight="1">{"".join(cells)}</row>'


def _text(letter: str, row: int, style: int, text: str) -> str:
    if not text:
        return f'<c r="{letter}{row}" s="{style}"/>'
    inside = text_xml(text).decode()
    return f'<c r="{letter}{row}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{inside}</t></is></c>'


_HEAD = (
    {"font": {"size": 16, "bold": True}, "horizontal": "left", "wrap": False},
    {"font": {}, "horizontal": "left"},
    {"font": {"bold": True, "colour": "FFFFFFFF"}, "fill": NAVY.replace("#", "FF"), "boxed": True},
)
"""Looks of the title, of the sentence below it, of the headings."""


def _looks(styles: Styles) -> dict[tuple[bool, bool], list[int]]:
    """The style of each column of a problem that is a warning or not, linked or not."""
    out = {}
    for warning, linked in itertools.product((False, True), (False, True)):
        out[warning, linked] = [
            _style(
                styles, font={"colour": "FF0563C1", "underlined": True} if linked and column == 1 else {},
                fill=(WARNING if warning else ERROR) if column == 4 else "", boxed=True,
                horizontal="center" if column in _MIDDLE else "left", code="0" if column == 0 else "@",
            )
            for column in range(len(HEADINGS))
        ]  # fmt: skip
    return out


def _style(styles: Styles, **look: Any) -> int:
    """The number of a look; the same look is made once a workbook."""
    key = repr(look)
    if key not in styles.looks:
        styles.looks[key] = _made(styles, **look)
    return styles.looks[key]


def _made(
    styles: Styles, *, font: Mapping[str, object], fill: str = "", boxed: bool = False, horizontal: str = "center",
    wrap: bool = True, code: str = "",
) -> int:  # fmt: skip
    thin = f' style="thin"><color rgb="{GREY.replace("#", "FF")}"/></'
    sides = "".join(f"<{s}{thin}{s}>" if boxed else f"<{s}/>" for s in ("left", "right", "top", "bottom"))
    return derived(
        styles, 0,
        font=(
            "<font>" + ("<b/>" if font.get("bold") else "") + ("<u/>" if font.get("underlined") else "")
            + f'<sz val="{font.get("size", SIZE)}"/><color rgb="{font.get("colour", "FF000000")}"/>'
            f'<name val="{escape(FONT)}"/><charset val="134"/></font>'
        ).encode(),
        fill=solid(fill) if fill else NO_FILL,
        border=f"<border>{sides}<diagonal/></border>".encode(),
        code=code or "General",
        alignment=f'<alignment horizontal="{horizontal}" vertical="center" wrapText="{int(wrap)}"/>'.encode(),
    )  # fmt: skip
