"""简报 as .docx for the leader: the same page, its charts as tables with bars, so that every Word and WPS shows them.

The one module that knows python-docx; members are packed anew with fixed times, so that the same page has the same bytes.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from xltools.sheets.ooxml.zipout import write_zip
from xltools.sheets.reports.briefpage import ACROSS, Bars, Brief
from xltools.sheets.write.grid import Ratio, Value
from xltools.sheets.write.style import CREATED, FONT, GREY, NAVY, PALE_BLUE, TITLE_FONT

FULL, EMPTY = "█", "▏"
SPARE = ("thumbnail", "stylesWithEffects", "customXml")
"""Parts of the library's own template that no reader needs, one of which contradicts the styles."""
LONGEST = 18
"""Characters of the longest bar."""


def write(path: Path, b: Brief) -> None:
    """Write the document."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin = section.bottom_margin = Cm(1.6)
    section.left_margin = section.right_margin = Cm(1.8)
    centre, right = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
    _say(document.add_paragraph(), b.title, 16, TITLE_FONT, centre)
    _say(document.add_paragraph(), f"简报　{b.dated}", 9, FONT, centre, GREY)
    _figures(document, b)
    _charts(document, b)
    for words in b.said:
        _say(document.add_paragraph(), words, 9.5, FONT)
    _say(document.add_paragraph(), b.office, 10, FONT, right)
    _properties(document, b.title)
    packed = BytesIO()
    document.save(packed)
    with ZipFile(packed) as made, path.open("wb") as file:
        write_zip(file, ((n, [made.read(n)]) for n in made.namelist()))


def _properties(document: Any, title: str) -> None:
    """No clock and nobody's name."""
    p = document.core_properties
    p.title, p.author, p.last_modified_by, p.comments, p.subject, p.keywords = title, "xltools", "xltools", "", "", ""
    p.created = p.modified = datetime(CREATED.year, CREATED.month, CREATED.day)
    p.revision = 1
    for rels in (document.part.package.rels, document.part.rels):
        for key in [k for k, r in rels.items() if r.reltype.rpartition("/")[2] in SPARE]:
            del rels[key]


def _say(
    paragraph: Any, words: str, size: float, font: str, align: Any = None, colour: str = "", *, bold: bool = False
) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1)
    if align is not None:
        paragraph.alignment = align
    run = paragraph.add_run(words)
    run.font.size, run.font.name, run.font.bold = Pt(size), font, bold
    run._element.rPr.rFonts.set(qn("w:eastAsia"), font)
    if colour:
        run.font.color.rgb = RGBColor.from_string(colour.removeprefix("#"))


def _figures(document: Any, b: Brief) -> None:
    """Key figures in boxes."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    rows = -(-len(b.figures) // ACROSS)
    table = document.add_table(2 * rows, ACROSS)
    table.style = "Table Grid"
    for k, (words, value) in enumerate(b.figures):
        top, left = 2 * (k // ACROSS), k % ACROSS
        _shade(table.cell(top, left), PALE_BLUE)
        _say(table.cell(top, left).paragraphs[0], words, 8.5, FONT, WD_ALIGN_PARAGRAPH.CENTER, NAVY)
        _say(table.cell(top + 1, left).paragraphs[0], value, 11, FONT, WD_ALIGN_PARAGRAPH.CENTER, bold=True)


def _charts(document: Any, b: Brief) -> None:
    """The charts as tables, two beside each other."""
    _say(document.add_paragraph(), "", 4, FONT)
    outer = document.add_table(-(-len(b.charts) // 2), 2)
    for k, bars in enumerate(b.charts):
        cell = outer.cell(k // 2, k % 2)
        _say(cell.paragraphs[0], bars.title, 10, TITLE_FONT)
        if not bars.names:
            _say(cell.add_paragraph(), bars.empty, 9, FONT, None, GREY)
            continue
        _bars(cell, bars)


def _bars(cell: Any, bars: Bars) -> None:
    """One chart: a row a name; the first series as bars, the others as figures."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm

    several = len(bars.series) > 1
    table = cell.add_table(len(bars.names) + several, 2 + len(bars.series))
    widths = [Cm(2.7), Cm(2.9), *[Cm(2.0)] * len(bars.series)]
    for column, width in zip(table.columns, widths, strict=True):
        for one in column.cells:
            one.width = width
    if several:
        for column, (name, _) in enumerate(bars.series, 2):
            _say(table.cell(0, column).paragraphs[0], name, 7.5, FONT, WD_ALIGN_PARAGRAPH.RIGHT, GREY)
    most = max((v for v in bars.series[0][1] if isinstance(v, int | Decimal)), default=0)
    for row, name in enumerate(bars.names, int(several)):
        _say(table.cell(row, 0).paragraphs[0], name, 8, FONT)
        first = bars.series[0][1][row - several]
        _say(table.cell(row, 1).paragraphs[0], bar(first, most), 6, FONT, None, NAVY)
        for column, (_, values) in enumerate(bars.series, 2):
            _say(table.cell(row, column).paragraphs[0], shown(values[row - several]), 8, FONT, WD_ALIGN_PARAGRAPH.RIGHT)


def bar(value: Value, most: int | Decimal) -> str:
    """A bar as long as the value is of the largest; something of it shows wherever there is anything.

    >>> bar(50, 100), bar(0, 100), bar(1, 100)
    ('█████████', '', '▏')
    """
    if not isinstance(value, int | Decimal) or not most or value <= 0:
        return ""
    return FULL * int(Decimal(value) * LONGEST / Decimal(most)) or EMPTY


def shown(value: Value) -> str:
    """A figure as text."""
    if value is None:
        return ""
    if isinstance(value, Ratio):
        return f"{value * 100:.1f}%"
    return f"{value:,}" if isinstance(value, int | Decimal) else value


def _shade(cell: Any, colour: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shading = OxmlElement("w:shd")
    shading.set(qn("w:val"), "clear")
    shading.set(qn("w:fill"), colour.removeprefix("#"))
    cell._element.get_or_add_tcPr().append(shading)
