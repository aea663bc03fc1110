"""What the readers of values hide: `xltools.sheets.intake.scan`, its two readers against each other and against openpyxl."""

from __future__ import annotations

import datetime
import random
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import pyarrow as pa
import pytest
import rustpy_xlsxwriter
import xlsxwriter
from converting import convert
from damage import DAMAGES
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from xltools.sheets.intake import found, scan_events, scan_fast
from xltools.sheets.intake.found import Found, Scan
from xltools.sheets.intake.scan import LARGE, scan
from xltools.sheets.ooxml import parts
from xltools.sheets.ooxml.refused import Refused

PART = "xl/worksheets/sheet1.xml"
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
REL = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
SHEET = "企业投保申请汇总表"


def sheet(rows: str, before: str = "", after: str = "") -> str:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<worksheet {NS}>{before}'
    return f"{head}<sheetData>{rows}</sheetData>{after}</worksheet>"


def write(path: Path, xml: str | bytes, *, target: str = "worksheets/sheet1.xml", part: str = PART,
          name: str = SHEET, workbook: str = "", rels: str = "") -> Path:  # fmt: skip
    workbook = workbook or (
        f'<workbook {NS} {REL}><sheets><sheet name="别的" sheetId="1" r:id="rId9"/>'
        f'<sheet name={quoteattr(name)} sheetId="2" r:id="rId1"/></sheets></workbook>'
    )
    rels = rels or (
        f'<Relationships xmlns="{RELS}"><Relationship Id="rId1" Type="x" Target="{target}"/></Relationships>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", workbook)
        package.writestr("xl/_rels/workbook.xml.rels", rels)
        package.writestr(part, xml)
    return path


def plain(result: Scan) -> dict[str, Any]:
    """The scan as values that compare."""
    assert all(rows.dtype == "int32" for rows in result.numeric.values())
    assert result.hidden_rows.dtype == "int32"
    return {
        "numeric": {column: rows.tolist() for column, rows in result.numeric.items()},
        "errors": result.errors,
        "valueless": result.formulas_without_value,
        "formulas": result.formula_cells,
        "hidden": result.hidden_rows.tolist(),
        "merged": result.merged,
        "rows": (result.dimension_rows, result.value_rows, result.value_columns),
    }


def events(xml: bytes, columns: Sequence[int], piece: int = 1 << 20) -> dict[str, Any]:
    gathered = Found(tuple(columns))
    scan_events.read(pieces(xml, piece), gathered, "sheet1.xml")
    return plain(gathered.finish())


def fast(xml: bytes, columns: Sequence[int], piece: int = 1 << 20) -> dict[str, Any]:
    gathered = Found(tuple(columns))
    scan_fast.read(pieces(xml, piece), gathered)
    return plain(gathered.finish())


def pieces(xml: bytes, size: int) -> Iterator[bytes]:
    return (xml[at : at + size] for at in range(0, len(xml), size))


PLAIN = {
    "numeric": {0: [], 1: [], 2: []}, "errors": [], "valueless": [], "formulas": 0, "hidden": [], "merged": [],
    "rows": (0, 0, 0),
}  # fmt: skip
FIVE = {"numeric": {0: [], 1: [5], 2: []}, "rows": (5, 5, 2)}

# sentence, the rows' XML, what stands in columns A to C, whether the fast reader takes it
SHAPES: list[tuple[str, str, dict[str, Any], bool]] = [
    ("no rows", "", {}, True),
    ("a number", '<row r="5"><c r="B5"><v>1</v></c></row>', FIVE, True),
    ("a number with a style", '<row r="5"><c r="B5" s="12345"><v>1</v></c></row>', FIVE, True),
    ("a number by t=n, as openpyxl and LibreOffice write",
     '<row r="5"><c r="B5" s="1" t="n"><v>1</v></c></row>', FIVE, True),
    ("t before s, as Apache POI may write",
     '<row r="5"><c r="A5" t="s" s="3"><v>1</v></c><c r="B5" t="n" s="12"><v>1</v></c></row>',
     FIVE, True),
    ("cm and vm after t",
     '<row r="5"><c r="A5" s="1" t="s" cm="1" vm="2"><v>1</v></c><c r="B5" cm="1"><v>1</v></c></row>', FIVE, True),
    ("texts, truth values and dates are no numbers",
     '<row r="5"><c r="A5" t="s"><v>1</v></c><c r="B5" t="b"><v>1</v></c><c r="C5" t="d"><v>2019-09-01</v></c></row>',
     {"rows": (5, 5, 3)}, True),
    ("a text result of a formula is no number", '<row r="5"><c r="B5" t="str"><f>A1</f><v>1</v></c></row>',
     {"formulas": 1, "rows": (5, 5, 2)}, True),
    ("a number as the result of a formula", '<row r="5"><c r="B5" s="1"><f>1+1</f><v>2</v></c></row>',
     {**FIVE, "formulas": 1}, True),
    ("shared formulas, the second without text",
     '<row r="4"><c r="B4"><f t="shared" ref="B4:B5" si="0">A4</f><v>2</v></c></row>'
     '<row r="5"><c r="B5"><f t="shared" si="0"/><v>2</v></c></row>',
     {"numeric": {0: [], 1: [4, 5], 2: []}, "formulas": 2, "rows": (5, 5, 2)}, True),
    ("formulas never calculated, in the ways of openpyxl and others",
     '<row r="5"><c r="A5"><f>1+1</f><v></v></c><c r="B5"><f>1+1</f><v/></c><c r="C5" s="1"><f>1+1</f></c>'
     '<c r="D5" t="shared"><f si="1"/></c></row>',
     {"formulas": 4, "valueless": [(5, 0), (5, 1), (5, 2), (5, 3)], "rows": (5, 5, 4)}, True),
    ("an empty text is a value of a formula", '<row r="5"><c r="A5" t="str"><f>""</f><v></v></c></row>',
     {"formulas": 1, "rows": (5, 5, 1)}, True),
    ("a text of blanks too", '<row r="5"><c r="A5" t="str"><f>" "</f><v xml:space="preserve"> </v></c></row>',
     {"formulas": 1, "rows": (5, 5, 1)}, True),
    ("errors with and without formula, in any column",
     '<row r="5"><c r="B5" t="e"><v>#REF!</v></c><c r="ZZ5" s="1" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>',
     {"errors": [(5, 1, "#REF!"), (5, 701, "#DIV/0!")], "formulas": 1, "rows": (5, 5, 702)}, True),
    ("an error with t before s", '<row r="5"><c r="B5" t="e" s="2"><v>#N/A</v></c></row>',
     {"errors": [(5, 1, "#N/A")], "rows": (5, 5, 2)}, True),
    ("an error of blanks", '<row r="5"><c r="B5" t="e"><v> </v></c></row>', {"errors": [(5, 1, "")], "rows": (5, 5, 2)}, True),
    ("cells without a value are nothing",
     '<row r="5"><c r="A5" s="1"/><c r="B5" s="1"></c><c r="C5"><v></v></c></row>',
     {"rows": (5, 5, 3)}, True),
    ("styled cells without a value do not extend the sheet",
     '<row r="5"><c r="B5"><v>1</v></c></row><row r="9"><c r="Z9" s="1"/></row>',
     {**FIVE, "rows": (9, 5, 2)}, True),
    ("a cell's XML within a text, escaped",
     '<row r="5"><c r="A5" t="inlineStr"><is><t>&lt;c r="C5"&gt;&lt;v&gt;9&lt;/v&gt;</t></is></c>'
     '<c r="B5"><v>1</v></c></row>', FIVE, True),
    ("t=e and hidden=1 within a text",
     '<row r="5"><c r="A5" t="inlineStr"><is><t xml:space="preserve"> t="e" hidden="1" </t></is></c>'
     '<c r="B5"><v>1</v></c></row>', FIVE, True),
    ("rows hidden by 1 and by true",
     '<row r="2" hidden="1"><c r="A2" t="s"><v>1</v></c></row><row r="3" hidden="true"/>'
     '<row r="4" hidden="0"/><row r="5" spans="1:3" ht="15" customHeight="1" hidden="1"/>',
     {"hidden": [2, 3, 5], "rows": (5, 2, 1)}, True),
    ("columns of one, two and three letters",
     '<row r="5"><c r="B5"><v>1</v></c><c r="AB5"><v>1</v></c><c r="XFD5"><v>1</v></c></row>',
     {**FIVE, "rows": (5, 5, 16384)}, True),
    ("the last row of a worksheet", '<row r="1048576"><c r="B1048576"><v>1</v></c></row>',
     {"numeric": {0: [], 1: [1048576], 2: []}, "rows": (1048576, 1048576, 2)}, True),
    ("rows out of order", '<row r="7"><c r="A7"><v>1</v></c></row><row r="5"><c r="A5"><v>1</v></c></row>',
     {"numeric": {0: [7, 5], 1: [], 2: []}, "rows": (7, 7, 1)}, True),
    ("Windows line ends between rows", '\r\n<row r="5"><c r="B5"><v>1</v></c></row>\r\n', FIVE, True),
    ("an inline text with properties",
     '<row r="5"><c r="A5" t="inlineStr"><is><r><rPr><b/><color rgb="FF0000"/><charset val="134"/>'
     '</rPr><t>甲</t></r></is></c><c r="B5"><v>1</v></c></row>', FIVE, False),
    ("a prefix", '<x:row r="5" xmlns:x="y"><x:c r="B5"><x:v>1</x:v></x:c></x:row>', FIVE, False),
    ("single quotes", "<row r='5'><c r='B5' s='1'><v>1</v></c></row>", FIVE, False),
    ("single quotes after the reference",
     "<row r=\"5\"><c r=\"B5\" t='n'><v>1</v></c><c r=\"C5\" t='s'><v>1</v></c></row>",
     {**FIVE, "rows": (5, 5, 3)}, True),
    ("blanks around the equals signs", '<row r = "5"><c r = "B5" s = "1" ><v>1</v></c></row>', FIVE, False),
    ("blanks after the reference",
     '<row r="5"><c r="B5"  t = "n" ><v>1</v></c><c r="C5"\n t="s"\n><v>1</v></c></row>',
     {**FIVE, "rows": (5, 5, 3)}, True),
    ("the style first", '<row r="5"><c s="1" r="B5"><v>1</v></c></row>', FIVE, False),
    ("the row's height first", '<row ht="15" r="5"><c r="B5"><v>1</v></c></row>', FIVE, False),
    ("cells without r", '<row r="5"><c t="s"><v>1</v></c><c><v>1</v></c></row>', FIVE, False),
    ("a cell without r after one with", '<row r="5"><c r="A5" t="s"><v>1</v></c><c><v>1</v></c></row>', FIVE, False),
    ("rows without r", '<row/><row/><row/><row/><row><c/><c><v>1</v></c></row>', FIVE, False),
    ("a row without r after one with", '<row r="4"/><row><c/><c><v>1</v></c></row>', FIVE, False),
    ("a pretty-printed cell", '<row r="5">\n  <c r="B5">\n    <v>1</v>\n  </c>\n</row>', FIVE, False),
    ("a cell whose row differs from its row's", '<row r="4"><c r="B5"><v>1</v></c></row>', FIVE, False),
    ("small letters", '<row r="5"><c r="b5"><v>1</v></c></row>', FIVE, False),
    ("a comment around a cell",
     '<row r="5"><!-- <c r="A5"><v>1</v></c> --><c r="B5"><v>1</v></c></row>', FIVE, False),
    ("a cell's XML in CDATA",
     '<row r="5"><c r="A5" t="inlineStr"><is><t><![CDATA[<c r="C5"><v>1</v></c>]]></t></is></c>'
     '<c r="B5"><v>1</v></c></row>', FIVE, False),
    ("a processing instruction", '<row r="5"><?x <c r="A5"><v>1</v></c> ?><c r="B5"><v>1</v></c></row>', FIVE, False),
    ("a number with attributes of its own",
     '<row r="5"><c r="B5"><v xml:space="preserve">1</v></c></row>', FIVE, False),
    ("a character reference in an error", '<row r="5"><c r="B5" t="e"><v>&#35;REF!</v></c></row>',
     {"errors": [(5, 1, "#REF!")], "rows": (5, 5, 2)}, False),
    ("a greater-than sign in an attribute", '<row r="5"><c r="B5" x=">"><v>1</v></c></row>', FIVE, False),
    ("an attribute of another name that ends in t", '<row r="5"><c r="B5" fit="s"><v>1</v></c></row>', FIVE, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "expected", "simple"), [case[1:] for case in SHAPES], ids=[case[0] for case in SHAPES]
)
def test_shapes(tmp_path: Path, rows: str, expected: dict[str, Any], simple: bool) -> None:
    xml = sheet(rows).encode()
    expected = PLAIN | expected
    assert events(xml, range(3)) == expected
    assert events(xml, range(3), piece=7) == expected
    if simple:
        assert fast(xml, range(3)) == expected
        assert fast(xml, range(3), piece=7) == expected
    else:
        with pytest.raises(scan_fast.NotSimple):
            fast(xml, range(3))
    assert plain(scan(write(tmp_path / "a.xlsx", xml), SHEET, range(3))) == expected


AROUND: list[tuple[str, str, list[str], bool]] = [
    ("merged cells",
     sheet("", after='<mergeCells count="2"><mergeCell ref="A1:C1"/><mergeCell ref="B3:B9" /></mergeCells>'),
     ["A1:C1", "B3:B9"], True),
    ("merged cells with single quotes",
     sheet("", after="<mergeCells><mergeCell x='1' ref = 'A1:C1'></mergeCell></mergeCells>"),
     ["A1:C1"], True),
    ("merged cells in a comment",
     sheet("", after='<!--<mergeCell ref="A1:C1"/>--><mergeCells><mergeCell ref="D1:E1"/></mergeCells>'),
     ["D1:E1"], False),
    ("no sheet data at all", f"<worksheet {NS}/>", [], False),
    ("self-closing sheet data",
     f'<worksheet {NS}><sheetData/><mergeCells><mergeCell ref="A1:B1"/></mergeCells></worksheet>',
     ["A1:B1"], True),
    ("columns, views and a dimension before",
     sheet("", before='<dimension ref="A1:XFD1048576"/><cols><col min="1" max="3"/></cols>'),
     [], True),
    ("sheet data in a comment first",
     sheet("", before='<!--<sheetData><row r="9"><c r="A9"><v>1</v></c></row></sheetData>-->'),
     [], False),
    ("a worksheet whose root has another prefix than its data",
     '<y:worksheet xmlns:x="a" xmlns:y="a"><x:sheetData/><x:mergeCells><x:mergeCell ref="A1:B1"/></x:mergeCells>'
     "</y:worksheet>",
     ["A1:B1"], False),
    ("a prefixed worksheet, as ClosedXML writes",
     '<x:worksheet xmlns:x="y"><x:sheetData/><x:mergeCells><x:mergeCell ref="A1:B1"/></x:mergeCells></x:worksheet>',
     ["A1:B1"], True),
    ("formulas of a sparkline after the data",
     sheet("", after='<extLst><ext xmlns:xm="y"><xm:f>A1</xm:f><c r="A1"><v>1</v></c></ext></extLst>'),
     [], True),
]  # fmt: skip


@pytest.mark.parametrize(("xml", "merged", "simple"), [case[1:] for case in AROUND], ids=[case[0] for case in AROUND])
def test_around_the_rows(xml: str, merged: list[str], simple: bool) -> None:
    assert events(xml.encode(), range(3)) == PLAIN | {"merged": merged}
    if simple:
        assert fast(xml.encode(), range(3), piece=11) == PLAIN | {"merged": merged}
    else:
        with pytest.raises(scan_fast.NotSimple):
            fast(xml.encode(), range(3))


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 64, 100_000])
def test_a_prefixed_sheet_is_read_fast(piece: int) -> None:
    rows = "".join(
        f'<x:row r="{r}"><x:c r="A{r}" t="inlineStr"><x:is><x:t>x:c &lt;x:c</x:t></x:is></x:c>'
        f'<x:c r="B{r}" s="1"><x:f>A1</x:f><x:v>{r}</x:v></x:c></x:row>'
        for r in range(1, 40)
    )
    after = '<x:mergeCells><x:mergeCell ref="A50:B50"/></x:mergeCells>'
    xml = f'<x:worksheet xmlns:x="y"><x:sheetData>{rows}</x:sheetData>{after}</x:worksheet>'.encode()
    expected = PLAIN | {"numeric": {0: [], 1: list(range(1, 40)), 2: []}, "formulas": 39, "merged": ["A50:B50"]}
    assert fast(xml, range(3), piece) == events(xml, range(3), piece) == expected | {"rows": (39, 39, 2)}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    xml = sheet('<row r="5"><c r="A5" t="inlineStr"><is><t>甲</t></is></c><c r="B5"><v>1</v></c></row>')
    file = write(tmp_path / "a.xlsx", xml.replace("UTF-8", encoding[:6].upper().rstrip("-")).encode(encoding))
    assert plain(scan(file, SHEET, range(3))) == PLAIN | FIVE


WHERE = [
    ("a target relative to xl/", {"target": "worksheets/sheet1.xml"}),
    ("a target from the package's root", {"target": "/xl/worksheets/sheet1.xml"}),
    ("a target with dots", {"target": "../xl/./worksheets/sheet1.xml"}),
    ("a target in other case than the part", {"target": "Worksheets/Sheet1.xml"}),
    ("a target with an escaped blank", {"target": "worksheets/my%20sheet.xml", "part": "xl/worksheets/my sheet.xml"}),
    ("a part outside worksheets/", {"target": "/s.xml", "part": "s.xml"}),
    ("a name that XML escapes", {"name": "A&B <'\">"}),
    ("a prefixed workbook",
     {"workbook": f'<w:workbook xmlns:w="a" xmlns:d="b"><w:sheets><w:sheet name="{SHEET}" sheetId="7" '
                                         'd:id="rId1"/></w:sheets></w:workbook>'}),
    ("prefixed relationships",
     {"rels": f'<p:Relationships xmlns:p="{RELS}"><p:Relationship Target="worksheets/sheet1.xml" '
                                        'Id="rId1"/></p:Relationships>'}),
]  # fmt: skip


@pytest.mark.parametrize("where", [case[1] for case in WHERE], ids=[case[0] for case in WHERE])
def test_the_sheets_part_is_found(tmp_path: Path, where: dict[str, str]) -> None:
    file = write(tmp_path / "a.xlsx", sheet('<row r="5"><c r="B5"><v>1</v></c></row>'), **where)
    assert plain(scan(file, where.get("name", SHEET), range(3))) == PLAIN | FIVE


def cell(ref: str) -> str:
    return f'<row r="1"><c r="{ref}"><v>1</v></c></row>'


REFUSED: list[tuple[str, str | bytes, str]] = [
    ("a row past the last", sheet('<row r="1048577"><c r="A1048577"><v>1</v></c></row>'), "FILE_TOO_MANY_ROWS"),
    ("an empty row past the last", sheet('<row r="1048577"/>'), "FILE_TOO_MANY_ROWS"),
    ("a row of ten digits", sheet('<row r="4294967295"/>'), "FILE_TOO_MANY_ROWS"),
    ("a cell in a row of ten digits", sheet(cell("A4294967295")), "FILE_TOO_MANY_ROWS"),
    ("a column past the last", sheet(cell("XFE1")), "FILE_UNREADABLE"),
    ("a column of seven letters", sheet(cell("ZZZZZZZ1")), "FILE_UNREADABLE"),
    ("row nought", sheet(cell("A0")), "FILE_UNREADABLE"),
    ("a reference that is none", sheet(cell("甲1")), "FILE_UNREADABLE"),
    ("an empty reference", sheet(cell("")), "FILE_UNREADABLE"),
    ("a negative row", sheet('<row r="-5"/>'), "FILE_UNREADABLE"),
    ("a row that is no number", sheet('<row r="x"/>'), "FILE_UNREADABLE"),
    ("two cells that span the sheet",
     sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
     "FILE_BOMB"),
    ("the same with an inline text, out of its row",
     sheet('<row r="1"><c r="XFD1048576" t="inlineStr"><is><t/></is></c></row>'), "FILE_BOMB"),
    ("the same in the shape that needs expat", sheet("<row r='1'><c r='XFD1048576'><v>1</v></c></row>"), "FILE_BOMB"),
    ("a cell within a cell", sheet('<row r="1"><c r="A1"><!-- --><c r="B1"/></c></row>'), "FILE_UNREADABLE"),
    ("XML cut off", sheet('<row r="1"><c r="A1"><v>1</v></c></row>')[:-40], "FILE_UNREADABLE"),
    ("XML cut off within a cell", sheet(cell("A1"))[:-45], "FILE_UNREADABLE"),
    ("an undefined entity", sheet('<row r="1"><c r="A1" t="e"><v>&x;</v></c></row>'), "FILE_UNREADABLE"),
    ("a prefix of nothing", sheet("<x:row <"), "FILE_UNREADABLE"),
    ("bytes that are not UTF-8 in an odd sheet", sheet("<!-- -->").encode() + b"\xff", "FILE_UNREADABLE"),
    ("no XML", b"\x89PNG", "FILE_UNREADABLE"),
    ("nothing", b"", "FILE_UNREADABLE"),
    ("300 levels", sheet("<x>" * 300 + "</x>" * 300), "FILE_UNREADABLE"),
    ("entities", "<!DOCTYPE x [<!ENTITY a 'b'>]>" + sheet("").partition("\n")[2], "FILE_DTD"),
    ("a document type without entities", "<!DOCTYPE x>" + sheet("").partition("\n")[2], "FILE_DTD"),
]  # fmt: skip


@pytest.mark.parametrize(("xml", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused(tmp_path: Path, xml: str | bytes, code: str) -> None:
    with pytest.raises(Refused) as caught:
        scan(write(tmp_path / "a.xlsx", xml), SHEET, range(3))
    assert caught.value.code == code
    assert caught.value.detail


MISSING: list[tuple[str, dict[str, str]]] = [
    ("no such sheet", {"name": "另一张"}),
    ("no relationship", {"rels": f'<Relationships xmlns="{RELS}"/>'}),
    ("an external sheet", {"rels": f'<Relationships xmlns="{RELS}"><Relationship Id="rId1" TargetMode="External" '
                                   'Target="worksheets/sheet1.xml"/></Relationships>'}),
    ("no part", {"target": "worksheets/sheet7.xml"}),
    ("broken relationships", {"rels": "<Relationships"}),
    ("a broken workbook", {"workbook": "<workbook><sheets>"}),
]  # fmt: skip


@pytest.mark.parametrize("where", [case[1] for case in MISSING], ids=[case[0] for case in MISSING])
def test_a_sheet_that_is_not_there(tmp_path: Path, where: dict[str, str]) -> None:
    with pytest.raises(Refused) as caught:
        scan(write(tmp_path / "a.xlsx", sheet(""), **where), SHEET)
    assert caught.value.code == "FILE_UNREADABLE"


def test_a_sheet_that_inflates_to_more_than_it_states(tmp_path: Path) -> None:
    file = write(tmp_path / "a.xlsx", sheet('<row r="5"><c r="B5"><v>1</v></c></row>' + " " * 5_000_000))
    data = bytearray(file.read_bytes())
    place = data.rfind(b"PK\1\2")
    data[place + 24 : place + 28] = struct.pack("<I", 100_000)
    file.write_bytes(data)
    with pytest.raises(Refused, match="FILE_BOMB: more than the stated 100000 bytes"):
        scan(file, SHEET, range(3))


def test_a_file_that_is_no_zip(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"a,b\n")
    with pytest.raises(Refused, match="FILE_UNREADABLE"):
        scan(tmp_path / "a.xlsx", SHEET)


def test_columns_outside_a_worksheet_are_the_callers_mistake(tmp_path: Path) -> None:
    for column in (-1, 16384):
        with pytest.raises(ValueError, match="columns"):
            scan(tmp_path / "a.xlsx", SHEET, [column])


def test_more_rows_than_a_worksheet_has_are_refused_even_when_all_call_themselves_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(found, "ROWS", 1000)
    for read in (fast, events):
        assert read(sheet('<row r="1"/>' * 1000).encode(), [])["rows"] == (1, 0, 0)
        with pytest.raises(Refused, match="FILE_TOO_MANY_ROWS: row 1001"):
            read(sheet('<row r="1"/>' * 1001).encode(), [])


def test_memory_follows_neither_the_sheet_nor_its_declared_dimension(tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{r}"><c r="A{r}" t="inlineStr"><is><t>{"企" * 100}</t></is></c>'
        f'<c r="B{r}" s="1" t="s"><v>{r}</v></c></row>'
        for r in range(1, 60_001)
    )
    file = write(tmp_path / "a.xlsx", sheet(rows, before='<dimension ref="A1:XFD1048576"/>'))
    assert len(rows.encode()) > 20_000_000
    tracemalloc.start()
    try:
        result = scan(file, SHEET, range(30))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (result.dimension_rows, result.value_rows, result.value_columns) == (60_000, 60_000, 2)
    assert peak < 16_000_000


# Files as programs write them, against openpyxl's reading of the same file


def oracle(path: Path, name: str, columns: Sequence[int]) -> dict[str, Any]:
    """By openpyxl: what is a number, an error, a formula; which rows are hidden, which cells merged."""
    formulas = openpyxl.load_workbook(path)[name]
    values = openpyxl.load_workbook(path, data_only=True)[name]
    result: dict[str, Any] = {
        "numeric": {c: [] for c in columns}, "errors": [], "valueless": [], "formulas": 0,
        "hidden": [r for r, d in sorted(formulas.row_dimensions.items()) if d.hidden],
        "merged": sorted(str(r) for r in formulas.merged_cells.ranges),
    }  # fmt: skip
    for row in values.iter_rows():
        for seen in row:
            formula = formulas.cell(seen.row, seen.column).data_type == "f"
            result["formulas"] += formula
            place = (seen.row, seen.column - 1)
            if seen.data_type in ("n", "d") and seen.value is not None and place[1] in result["numeric"]:
                result["numeric"][place[1]].append(seen.row)
            if seen.data_type == "e":
                result["errors"].append((*place, seen.value))
            if formula and seen.value is None:
                result["valueless"].append(place)
    return result


def compare(path: Path, name: str, columns: Sequence[int] = range(12)) -> dict[str, Any]:
    mine = plain(scan(path, name, columns))
    mine["merged"] = sorted(mine["merged"])
    expected = oracle(path, name, columns)
    assert {key: mine[key] for key in expected} == expected
    with zipfile.ZipFile(path) as package:
        xml = package.read(PART)
    taken = fast(xml, columns)  # a program's own file must not need the slow reader
    taken["merged"] = sorted(taken["merged"])
    assert taken == mine
    return mine


def table(rows: int) -> list[list[Any]]:
    made = random.Random(7)
    day = datetime.date(2019, 9, 1)
    return [
        [f"企业{r}<&>", made.choice([None, "91320600MA1XXXXXXX", 13900000000 + r]), made.random() * 1e6,
         day + datetime.timedelta(r), made.choice([True, None, 0, ""]), r]
        for r in range(rows)
    ]  # fmt: skip


def test_a_file_of_xlsxwriter(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx", {"default_date_format": "yyyy-mm-dd"}) as made:
        page, money = made.add_worksheet(SHEET), made.add_format({"num_format": "#,##0.00"})
        for r, row in enumerate(table(300)):
            for c, value in enumerate(row):
                page.write(r, c, value, money if c == 2 else None)
            page.write_formula(r, 7, "=C1*2", money, r * 2.5)
            page.write_formula(r, 8, '=IF(A1="","",A1)', None, "" if r % 2 else "✔")
            page.write_formula(r, 9, "=A1/0", None, "#DIV/0!" if r % 50 == 0 else 1)
        page.set_row(3, 20, None, {"hidden": True})
        page.set_row(299, None, None, {"hidden": True})
        page.merge_range("A400:C401", "合计")
        page.write_blank(600, 20, None, money)
    seen = compare(tmp_path / "a.xlsx", SHEET)
    assert len(seen["errors"]) == 6
    assert seen["hidden"] == [4, 300]
    assert seen["merged"] == ["A400:C401"]
    assert seen["rows"] == (601, 400, 10)
    assert 50 < len(seen["numeric"][1]) < 150


def test_a_file_of_xlsxwriter_in_constant_memory_has_inline_texts(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx", {"constant_memory": True}) as made:
        page = made.add_worksheet(SHEET)
        for r, row in enumerate(table(2000)):
            page.write_row(r, 0, row[:3])
    assert len(compare(tmp_path / "a.xlsx", SHEET)["numeric"][2]) == 2000


def by_openpyxl(path: Path, rows: int) -> Path:
    made = openpyxl.Workbook()
    page = made.active
    page.title = SHEET
    for row in table(rows):
        page.append([*row, "=C1*2", "#REF!"])
    page.row_dimensions[5].hidden = True
    page.merge_cells("J1:K2")
    made.save(path)
    return path


def test_a_file_of_openpyxl(tmp_path: Path) -> None:
    seen = compare(by_openpyxl(tmp_path / "a.xlsx", 300), SHEET)
    assert seen["valueless"] == [(r, 6) for r in range(1, 301)]
    assert len(seen["errors"]) == 300


def test_a_file_of_rustpy_xlsxwriter(tmp_path: Path) -> None:
    rows = table(300)
    columns = {
        "企业名称": pa.array([row[0] for row in rows]),
        "出口额": pa.array([row[2] for row in rows]),
        "日期": pa.array([row[3] for row in rows]),
        "序号": pa.array([row[5] for row in rows]),
    }
    rustpy_xlsxwriter.write_worksheet(pa.table(columns), str(tmp_path / "a.xlsx"), sheet_name=SHEET)
    seen = compare(tmp_path / "a.xlsx", SHEET)
    assert [len(seen["numeric"][c]) for c in range(5)] == [0, 300, 300, 300, 0]


def test_a_file_of_libreoffice(tmp_path: Path) -> None:
    test_a_file_of_xlsxwriter(tmp_path)
    seen = compare(convert(tmp_path / "a.xlsx", tmp_path, "xlsx", anew=False), SHEET)
    assert seen["hidden"] == [4, 300]
    assert seen["formulas"] == 900 + sum(row[4] is True for row in table(300))  # TRUE becomes TRUE()
    assert seen["merged"] == ["A400:C401"]


WPS = (
    '<row r="1" ht="20" customHeight="1" spans="1:3"><c r="A1" s="1" t="s"><v>0</v></c>'
    '<c r="B1" s="2"><v>13900000000</v></c></row>'
    '<row r="2" s="1" customFormat="1" hidden="1"><c r="A2" s="1"/>'
    '<c r="B2" s="3" t="str"><f t="shared" ref="B2:B9" si="0">A2&amp;""</f><v/></c>'
    '<c r="C2" s="4"><v>43709.5</v></c></row>'
)


def test_rows_in_the_shape_of_wps() -> None:
    expected = PLAIN | {"numeric": {0: [], 1: [1], 2: [2]}, "formulas": 1, "hidden": [2], "rows": (2, 2, 3)}
    assert fast(sheet(WPS).encode(), range(3)) == events(sheet(WPS).encode(), range(3)) == expected


# Sheets made by hypothesis, with the answer known from how they were made

KINDS = st.sampled_from(
    ["number", "explicit", "text", "inline", "error", "formula", "uncalculated", "textual", "blank", "truth"]
)
ROWS = st.dictionaries(
    st.integers(1, 1200), st.tuples(st.dictionaries(st.integers(0, 40), KINDS, max_size=8), st.booleans()), max_size=20
)
TEXT = st.text(st.sampled_from("企<>&\"'=/ crvtse5C#![]-"), max_size=20)


@settings(max_examples=300, deadline=None)
@given(ROWS, TEXT, st.integers(1, 400), st.sampled_from(["plain", "t first", "odd"]))
def test_made_sheets(rows: dict[int, tuple[dict[int, str], bool]], text: str, piece: int, shape: str) -> None:
    columns = (0, 1, 5, 26, 40)
    expected: dict[str, Any] = {"numeric": {c: [] for c in columns}, "errors": [], "valueless": [], "formulas": 0}
    last, right, xml = 0, 0, []
    for row in sorted(rows):
        cells, hidden = rows[row]
        xml.append(f'<row r="{row}"' + ' hidden="1"' * hidden + ">")
        for column in sorted(cells):
            what = cells[column]
            xml.append(drawn(f"{get_column_letter(column + 1)}{row}", what, text, shape))
            if what in ("number", "explicit", "formula") and column in columns:
                expected["numeric"][column].append(row)
            if what == "error":
                expected["errors"].append((row, column, "#REF!"))
            if what == "uncalculated":
                expected["valueless"].append((row, column))
            expected["formulas"] += what in ("formula", "uncalculated", "textual")
            if what != "blank":
                last, right = row, max(right, column + 1)
        xml.append("</row>")
    expected |= {
        "hidden": [r for r in sorted(rows) if rows[r][1]],
        "merged": [],
        "rows": (max(rows, default=0), last, right),
    }
    whole = sheet("".join(xml)).encode()
    assert events(whole, columns, piece) == expected
    if shape == "odd":
        try:
            seen = fast(whole, columns, piece)
        except scan_fast.NotSimple:
            return
        assert seen == expected
    else:
        assert fast(whole, columns, piece) == expected


def drawn(ref: str, what: str, text: str, shape: str) -> str:
    kind = {"explicit": "n", "text": "s", "inline": "inlineStr", "error": "e", "textual": "str", "truth": "b"}.get(what)
    style, typed = ' s="3"', f' t="{kind}"' if kind else ""
    attributes = {
        "plain": style + typed,
        "t first": typed + style,
        "odd": f" s='3' {typed.replace(chr(34), chr(39))} ",
    }[shape]
    inside = {
        "number": "<v>-1.5E3</v>",
        "explicit": "<v>7</v>",
        "text": "<v>0</v>",
        "inline": f"<is><t>{escape(text)}</t></is>",
        "error": "<v>#REF!</v>",
        "formula": f"<f>{escape(text)}</f><v>2</v>",
        "uncalculated": "<f>A1</f>",
        "textual": f"<f>A1</f><v>{escape(text)}</v>",
        "blank": "",
        "truth": "<v>1</v>",
    }[what]
    return f'<c r="{ref}"{attributes}>{inside}</c>' if inside else f'<c r="{ref}"{attributes}/>'


@pytest.mark.parametrize("damages", DAMAGES)
def test_damaged_sheets_are_read_alike_by_both_readers_or_refused(
    tmp_path: Path, damages: Callable[[bytes], list[bytes]]
) -> None:
    """Where the fast reader takes a damaged sheet that is still XML, it sees what expat sees."""
    seed = by_openpyxl(tmp_path / "a.xlsx", 40).read_bytes()
    alike = refused = 0
    for number, content in enumerate(damages(seed)):
        (tmp_path / "damaged.xlsx").write_bytes(content)
        try:
            with zipfile.ZipFile(tmp_path / "damaged.xlsx") as package:
                xml = package.read(PART)
        # Whatever zipfile says of an archive broken beyond the sheet; how many are left is asserted below.
        except (KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
            continue
        try:
            careful = events(xml, range(8))
        except Refused:
            refused += 1
            continue
        try:
            seen = fast(xml, range(8))
        except scan_fast.NotSimple:
            continue
        assert seen == careful, number
        alike += 1
    assert alike > 150
    assert refused > 25


@pytest.mark.parametrize("damages", DAMAGES)
def test_damaged_files_are_scanned_or_refused(tmp_path: Path, damages: Callable[[bytes], list[bytes]]) -> None:
    seed, file = by_openpyxl(tmp_path / "a.xlsx", 40).read_bytes(), tmp_path / "damaged.xlsx"
    seen: Counter[str] = Counter()
    for content in damages(seed):
        file.write_bytes(content)
        try:
            seen["scanned"] += scan(file, SHEET, range(8)).value_columns > 0
        except Refused as why:
            seen[why.code] += 1
    assert seen["scanned"] > 150
    assert {"FILE_UNREADABLE", "FILE_TOO_MANY_ROWS"} <= set(seen)


# ── large sheets: inflated by a second thread ──


@pytest.fixture(scope="module")
def large() -> str:
    """Rows of a sheet above `scan.LARGE` that hardly compress, so that its member is read in many blocks."""
    digits = random.Random(1)
    cells = (
        f'<c r="A{y}"><v>{digits.getrandbits(1_000)}</v></c><c r="B{y}" t="e"><v>#N/A</v></c>' for y in range(1, 15_001)
    )
    rows = "".join(f'<row r="{y}">{cell}</row>' for y, cell in enumerate(cells, 1))
    assert len(rows) > LARGE
    return rows


def test_a_large_sheet_is_scanned_as_a_small_one_is(tmp_path: Path, large: str) -> None:
    xml = sheet(large)
    seen = plain(scan(write(tmp_path / "a.xlsx", xml), SHEET, range(2)))
    assert seen == events(xml.encode(), range(2))
    assert len(seen["numeric"][0]) == len(seen["errors"]) == 15_000


@pytest.mark.parametrize("place", [0.01, 0.5, 0.99])
def test_a_large_sheet_that_is_not_simple_is_read_again_when_nothing_else_reads_the_file(
    tmp_path: Path, large: str, place: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = large.index("</row>", int(len(large) * place)) + len("</row>")
    xml = sheet(f"{large[:at]}<!-- a note -->{large[at:]}")
    path, expected = write(tmp_path / "a.xlsx", xml), events(xml.encode(), range(2))
    inflate, reading, together = parts.inflate, [], []

    def slowly(package: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
        for piece in inflate(package, info):
            reading.append(info)
            together.append(len(reading))
            time.sleep(0.02)
            reading.pop()
            yield piece

    monkeypatch.setattr(parts, "inflate", slowly)
    assert plain(scan(path, SHEET, range(2))) == expected
    assert set(together) == {1}


def test_a_large_sheet_that_is_cut_off_is_refused(tmp_path: Path, large: str) -> None:
    path = write(tmp_path / "a.xlsx", sheet(large))
    with zipfile.ZipFile(path) as package:
        info = package.getinfo(PART)
    data = bytearray(path.read_bytes())
    middle = info.header_offset + info.compress_size // 2
    data[middle : middle + 4096] = bytes(4096)
    path.write_bytes(data)
    with pytest.raises(Refused) as why:
        scan(path, SHEET)
    assert why.value.code == "FILE_UNREADABLE"


def test_pieces_made_ahead_are_the_same_and_closing_them_waits_for_the_one_in_the_making() -> None:
    begun, ended = [], []

    def made() -> Iterator[bytes]:
        for n in range(1, 6):
            begun.append(n)
            time.sleep(0.02)
            ended.append(n)
            yield b"%d" % n

    assert list(parts.ahead(made())) == [b"1", b"2", b"3", b"4", b"5"]
    begun.clear(), ended.clear()
    coming = parts.ahead(made())
    assert next(coming) == b"1"
    coming.close()
    assert begun == ended


def test_what_goes_wrong_ahead_is_raised_at_its_place() -> None:
    def made() -> Iterator[bytes]:
        yield b"1"
        raise Refused("FILE_UNREADABLE", "cut off")

    coming = parts.ahead(made())
    assert next(coming) == b"1"
    with pytest.raises(Refused, match="cut off"):
        next(coming)


def test_threads_scan_at_once(tmp_path: Path) -> None:
    file = by_openpyxl(tmp_path / "a.xlsx", 300)
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda _: plain(scan(file, SHEET, range(8))), range(8)))
    assert seen == [compare(file, SHEET, range(8))] * 8
