"""The splice's own tools, on what other programs write and on files that are damaged, locked or read-only."""

from __future__ import annotations

import codecs
import os
import pickle
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from splicebooks import contents, draw, edited
from spliceoracle import members, wrong_cells

from xltools.roster.letters import column_letters
from xltools.sheets.ooxml.book import string_text
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.styles import is_date, read_styles, styles_xml
from xltools.sheets.ooxml.xmlbytes import corners, rewritten, with_attribute, without
from xltools.sheets.platform.splice import update as module
from xltools.sheets.platform.splice.refs import Move, area, followed, tail_followed
from xltools.sheets.platform.splice.refused import BookRefused
from xltools.sheets.platform.splice.styles import style_for
from xltools.sheets.platform.splice.update import splice

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
ROWS = {"资金池": 6, "清算表": 6, "达标表": 6, "方案表": 6}
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    drawn = tmp_path / "平台工作簿.xlsx"
    draw(drawn, contents(6))
    return drawn


# ── XML as other programs write it ──


def prefixed(sheet: bytes) -> bytes:
    """As Open XML SDK writes it: every element with a prefix."""
    sheet = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", sheet)
    return sheet.replace(b' xmlns="', b' xmlns:x="', 1)


def commented(sheet: bytes) -> bytes:
    return sheet.replace(b"<sheetData>", b'<!-- <row r="1"><c r="A1"/></row> --><sheetData><!-- <row r="5"> -->', 1)


def single_quotes(sheet: bytes) -> bytes:
    head, rest = sheet.split(b"<sheetData>")
    rows, tail = rest.split(b"</sheetData>")
    return head + b"<sheetData>" + rows.replace(b'"', b"'") + b"</sheetData>" + tail


def placeless(sheet: bytes) -> bytes:
    """Rows and cells in unbroken order need not say where they stand; here the headings' row 4 is the fourth."""
    head, rest = sheet.split(b"<sheetData>")
    rows, tail = rest.split(b"</sheetData>")
    rows = re.sub(rb'<row r="1"(.*?)</row>', rb'<row r="1"\1</row><row/><row/>', rows, count=1)
    return head + b"<sheetData>" + re.sub(rb'(<row|<c) r="\w+"', rb"\1", rows) + b"</sheetData>" + tail


def utf16(sheet: bytes) -> bytes:
    text = sheet.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
    return codecs.BOM_UTF16_LE + text.encode("utf-16-le")


def other_order(sheet: bytes) -> bytes:
    return re.sub(rb'<c r="(\w+)" s="(\d+)"', rb'<c s="\2" r="\1"', sheet)


def spaced(sheet: bytes) -> bytes:
    return (
        sheet.replace(b"</c>", b"</c>\n  ").replace(b"</row>", b"</row>\n ").replace(b"<sheetData>", b"<sheetData >\n")
    )


ODD: list[Callable[[bytes], bytes]] = [prefixed, commented, single_quotes, placeless, utf16, other_order, spaced]


@pytest.mark.parametrize("odd", ODD, ids=lambda f: f.__name__)
@pytest.mark.parametrize("rows", [9, 2], ids=["growing", "shrinking"])
def test_a_sheet_written_otherwise_is_spliced_all_the_same(
    path: Path, odd: Callable[[bytes], bytes], rows: int
) -> None:
    wanted = contents(rows, seed=2, **ROWS)
    edited(path, {SHEET: odd})
    splice(path, wanted)
    assert wrong_cells(path, wanted) == []
    first = path.read_bytes()
    splice(path, wanted)
    assert path.read_bytes() == first


def test_an_empty_sheet_and_one_without_data_are_understood() -> None:
    from xltools.sheets.ooxml.rows import region

    for data in (b"<sheetData/>", b"<sheetData></sheetData>", b"<sheetData />"):
        found = region(b"<worksheet>" + data + b"<x/></worksheet>", "s", 5, 9, 1, 3, range(5, 10))
        assert found.rows == {}
        assert found.before + found.after == b"<worksheet><sheetData></sheetData><x/></worksheet>"


def test_rewriting_gives_places_and_keeps_the_meaning() -> None:
    given = b"<?xml version='1.0'?><a xmlns:q='u'><row><c t='s'><v>1</v></c><c r='D1'/><c/></row><!-- x --><row r='7'><c><![CDATA[<&]]></c></row></a>"
    assert rewritten(given, "s").split(b"\n", 1)[1] == (
        b'<a xmlns:q="u"><row r="1"><c r="A1" t="s"><v>1</v></c><c r="D1"></c><c r="E1"></c></row>'
        b'<row r="7"><c r="A7">&lt;&amp;</c></row></a>'
    )
    with pytest.raises(Refused):
        rewritten(b"<a><b></a>", "s")


def test_attributes_are_changed_and_left_out_in_their_place() -> None:
    assert with_attribute(b'<a b="1" ab="2"/>', b"b", b"9") == b'<a b="9" ab="2"/>'
    assert with_attribute(b"<a b='1'>", b"c", b"2") == b"<a b='1' c=\"2\">"
    assert with_attribute(b"<a/>", b"c", b"2") == b'<a c="2"/>'
    assert without(b' r="1" xr="2" spans=\'1:3\'', b"r", b"spans") == b' xr="2"'


@pytest.mark.parametrize(
    ("column", "name"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA"), (16_384, "XFD")]
)
def test_letters_of_columns(column: int, name: str) -> None:
    assert column_letters(column) == name
    assert corners(f"${name}$7:XFD9") == (7, column, 9, 16_384)


# ── references ──

GROWN = Move(4, 1, 10, 10, 13)
SHRUNK = Move(4, 1, 10, 10, 6)


@pytest.mark.parametrize(
    ("given", "grown", "shrunk"),
    [
        ("J5:J10", "J5:J13", "J5:J6"),
        ("J4:J10", "J4:J13", "J4:J6"),
        ("A5:J10", "A5:J13", "A5:J6"),
        ("J5:J7 J9:J10", "J5:J7 J9:J13", "J5:J6"),
        ("J5:J10 L5:L10", "J5:J13 L5:L10", "J5:J6 L5:L10"),
        ("A5:C10 E5:E10", "A5:C13 E5:E13", "A5:C6 E5:E6"),
        ("J5:J500", "J5:J500", "J5:J500"),
        ("J5:J11", "J5:J13", "J5:J11"),
        ("J5:K10", "J5:K10", "J5:K10"),
        ("J6:J10", "J6:J10", "J6:J10"),
        ("J5:J9", "J5:J9", "J5:J9"),
        ("J5", "J5", "J5"),
        ("A:A", "A:A", "A:A"),
        ("B1:B10", "B1:B10", "B1:B10"),
        ("J20:J30", "J20:J30", "J20:J30"),
    ],
)
def test_ranges_follow_the_whole_column_of_data_only(given: str, grown: str, shrunk: str) -> None:
    assert followed(given, [GROWN]) == grown
    assert followed(given, [SHRUNK]) == shrunk


def test_a_single_row_is_written_as_a_cell_and_grows_again() -> None:
    one = followed("J5:J10", [Move(4, 1, 10, 10, 5)])
    assert one == "J5"
    assert followed(one, [Move(4, 1, 10, 5, 9)]) == "J5:J9"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("企业名册!$A$1:$J$10", "企业名册!$A$1:$J$13"),
        ("'我 的'!$A$4:$J$10", "'我 的'!$A$4:$J$13"),
        ("企业名册!$A$1:$J$1048576", "企业名册!$A$1:$J$1048576"),
        ("企业名册!$A$1:$J$10,企业名册!$L$1:$M$10", "企业名册!$A$1:$J$13,企业名册!$L$1:$M$10"),
        ("企业名册!$A$1:$J$3", "企业名册!$A$1:$J$3"),
        ("企业名册!$A:$J", "企业名册!$A:$J"),
        ("企业名册!$A$1:$J$12", "企业名册!$A$1:$J$13"),
        ("企业名册!$A$1:$J$40", "企业名册!$A$1:$J$40"),
    ],
)
def test_print_areas_follow(given: str, expected: str) -> None:
    assert area(given, [GROWN]) == expected


def test_extensions_of_excel_2010_follow_but_sparklines_do_not() -> None:
    xml = (
        b'</sheetData><extLst><ext><x14:conditionalFormattings><x14:conditionalFormatting><x14:cfRule type="dataBar"/>'
        b"<xm:sqref>E5:E10</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings><x14:dataValidations>"
        b"<x14:dataValidation><x14:formula1><xm:f>$A$5:$A$10</xm:f></x14:formula1><xm:sqref>F5:F10</xm:sqref>"
        b"</x14:dataValidation></x14:dataValidations><x14:sparklines><x14:sparkline><xm:f>A5:A10</xm:f>"
        b"<xm:sqref>G5:G10</xm:sqref></x14:sparkline></x14:sparklines></ext></extLst>"
    )
    new = tail_followed(xml, [GROWN])
    assert new == xml.replace(b"E5:E10", b"E5:E13").replace(b"F5:F10", b"F5:F13")


# ── styles ──

STYLES = (
    b'<styleSheet xmlns="m"><numFmts count="2"><numFmt numFmtId="164" formatCode="General"/><numFmt numFmtId="165" '
    b'formatCode="yyyy\\-mm\\-dd"/></numFmts><cellXfs count="5"><xf numFmtId="164" fontId="1"/><xf numFmtId="165"/>'
    b'<xf numFmtId="22"><alignment/></xf><xf numFmtId="2" quotePrefix="1"><alignment wrapText="1"/></xf>'
    b'<xf numFmtId="4"/></cellXfs><dxfs count="0"/></styleSheet>'
)


def test_a_style_is_appended_once_and_nothing_is_renumbered() -> None:
    styles = read_styles(STYLES)
    assert [is_date(styles, n) for n in range(5)] == [False, True, True, False, False]
    assert [style_for(styles, n, "date") for n in (1, 2)] == [1, 2]
    assert (style_for(styles, 3, "datetime"), style_for(styles, 3, "datetime")) == (5, 5)
    assert style_for(styles, 3, "text") == 3
    assert style_for(styles, None, "yuan") == 6
    new = styles_xml(styles)
    assert (
        b'<xf numFmtId="166" applyNumberFormat="1"><alignment wrapText="1"/></xf><xf numFmtId="4" fontId="1" applyNumberFormat="1"/></cellXfs>'
        in new
    )
    assert b'<cellXfs count="7">' in new
    assert b'<numFmt numFmtId="166" formatCode="yyyy-mm-dd hh:mm"/></numFmts>' in new
    assert b'<numFmts count="3">' in new
    assert styles_xml(read_styles(STYLES)) == STYLES


def test_number_formats_are_made_where_there_are_none() -> None:
    xml = b'<x:styleSheet xmlns:x="m"><x:fonts/><x:cellXfs count="1"><x:xf numFmtId="0"/></x:cellXfs></x:styleSheet>'
    styles = read_styles(xml)
    assert style_for(styles, 0, "date") == 1
    assert styles_xml(styles).startswith(
        b'<x:styleSheet xmlns:x="m"><x:numFmts count="1"><x:numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></x:numFmts><x:fonts/>'
    )


# ── files that cannot be written ──


def refused(path: Path, *words: str) -> None:
    before = path.read_bytes()
    with pytest.raises(Refused) as caught:
        splice(path, contents(9, seed=2, **ROWS))
    assert [w for w in words if w not in str(caught.value)] == [], str(caught.value)
    assert path.read_bytes() == before


def test_a_book_that_is_open_is_not_written(path: Path) -> None:
    lock = path.with_name(f".~lock.{path.name}#")
    lock.write_text("王五,office,21.11.2026 14:00,file:///x;", "utf-8")
    refused(path, "平台工作簿.xlsx 正在被“王五”打开", "存盘并关闭", lock.name)
    lock.unlink()
    owner = path.with_name(f"~${path.name}")
    owner.write_bytes(
        bytes([4]) + b"\xd5\xc5\xc8\xfd".ljust(54) + bytes([2, 0]) + "张三".encode("utf-16-le").ljust(108, b" ")
    )
    refused(path, "正在被“张三”打开", owner.name)
    owner.write_bytes(b"")
    refused(path, "正在被别人打开")
    owner.unlink()
    wps = path.with_name(f".~{path.name}")
    wps.write_bytes(b"")
    refused(path, "正在被别人打开", wps.name)


def test_a_read_only_book_is_not_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anything
    refused(path, "只读")


def test_a_book_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"没有 无\.xlsm 这个文件"):
        splice(tmp_path / "无.xlsm", contents(1))


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "no zip at all": lambda b: b"hello, world\n" * 100,
    "cut off": lambda b: b[: len(b) // 2],
    "a damaged member": lambda b: b.replace(b[b.index(b"xl/worksheets/sheet1.xml") + 200 :][:40], bytes(40), 1),
    "empty": lambda b: b"",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_book_is_refused(path: Path, damage: Callable[[bytes], bytes]) -> None:
    path.write_bytes(damage(path.read_bytes()))
    refused(path, "读不了 平台工作簿.xlsx", "文件没有改动。")


PARTS: dict[str, dict[str, Callable[[bytes], bytes]]] = {
    "a document type in a sheet": {
        SHEET: lambda b: b.replace(b"<worksheet", b"<!DOCTYPE a [<!ENTITY x 'y'>]><worksheet", 1)
    },
    "a table that is no XML": {"xl/tables/table1.xml": lambda b: b[:-20]},
    "a table without a range": {"xl/tables/table1.xml": lambda b: b.replace(b' ref="', b' raf="')},
    "a table of other width": {"xl/tables/table1.xml": lambda b: b.replace(b"A4:AU10", b"A4:AT10")},
    "a sheet without rows": {SHEET: lambda b: b.replace(b"sheetData", b"sheetDate")},
}


@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS.keys())
def test_parts_that_nobody_can_read_are_refused(path: Path, parts: dict[str, Callable[[bytes], bytes]]) -> None:
    edited(path, parts)
    refused(path, "读不了 平台工作簿.xlsx")


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt(), RuntimeError("bug")])
def test_the_book_is_whole_whatever_happens_while_it_is_written(
    path: Path, fault: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, names = path.read_bytes(), sorted(os.listdir(path.parent))

    def fail(file: object, *_: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        raise fault

    monkeypatch.setattr(module, "write_package", fail)
    with pytest.raises(Refused if isinstance(fault, OSError) else type(fault)):
        splice(path, contents(9, seed=2, **ROWS))
    assert path.read_bytes() == before
    assert sorted(os.listdir(path.parent)) == names


def test_the_refusal_is_its_sentences_and_travels() -> None:
    why = BookRefused(["一。", "二。"])
    assert str(why) == why.detail == "一。\n二。\n文件没有改动。"
    assert str(pickle.loads(pickle.dumps(why))) == str(why)


# ── the package ──


def test_members_written_in_every_way_of_a_zip_are_copied_raw(path: Path, tmp_path: Path) -> None:
    """Stored members, sizes behind the data, Chinese names, extra fields, comments: as Excel, WPS and others write."""
    parts = members(path)
    odd = tmp_path / "odd.xlsx"
    with open(odd, "wb") as file, zipfile.ZipFile(_Stream(file), "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, (2026, 11, 21, 14, 30, 58))
            info.extra = b"\x63\x78\x04\x00abcd"
            info.comment = "注".encode()
            package.writestr(info, content, zipfile.ZIP_DEFLATED)
        package.writestr(zipfile.ZipInfo("customXml/项目1.xml"), b"<a/>", zipfile.ZIP_STORED)
        package.writestr(zipfile.ZipInfo("xl/media/image1.bin"), os.urandom(70_000), zipfile.ZIP_STORED)
        package.comment = "局里的".encode()
    old = members(odd)
    with zipfile.ZipFile(odd) as package:
        assert all(i.flag_bits & 8 for i in package.infolist())
    wanted = contents(9, seed=2, **ROWS)
    splice(odd, wanted)
    assert wrong_cells(odd, wanted) == []
    with zipfile.ZipFile(odd) as package:
        infos = {i.filename: i for i in package.infolist()}
        assert not any(i.flag_bits & 8 for i in infos.values())
        assert infos["xl/media/image1.bin"].compress_type == zipfile.ZIP_STORED
        assert infos["xl/theme/theme1.xml"].date_time == (2026, 11, 21, 14, 30, 58)
        assert package.comment == "局里的".encode()
    new = members(odd)
    assert {n for n in old if n.startswith(("customXml", "xl/media", "xl/theme", "docProps"))} == {
        n for n in new if n.startswith(("customXml", "xl/media", "xl/theme", "docProps")) and new[n] == old[n]
    }


class _Stream:
    """A file that cannot be sought, so that sizes follow the data."""

    def __init__(self, file: object) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        return int(self._file.write(data))  # type: ignore[attr-defined]

    def flush(self) -> None:
        self._file.flush()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (b"<t>a\r\nb\rc\nd</t>", "a\nb\nc\nd"),
        (b"<t>a&#13;b</t>", "a\rb"),
        (b"<r><t>a\r\n</t></r><r><t>b</t></r>", "a\nb"),
    ],
    ids=["line ends as a system wrote them", "one that is meant", "in runs"],
)
def test_a_text_has_the_line_ends_that_xml_gives_it(inside: bytes, text: str) -> None:
    assert string_text(inside) == text
