"""The district's own file comes back untouched: every part that is not marked keeps its very bytes, thing by thing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from givenback import OURS, THEIRS, give_back, parcel
from parcels import BOOK, MAIN, OFFICE, Parcel, parts_of, sheet_xml
from python_calamine import CalamineWorkbook

from xltools.catalogue.template import ROSTER_SHEET
from xltools.sheets.returned.book import Returned

MARKED = {"[Content_Types].xml", BOOK, "xl/_rels/workbook.xml.rels", "xl/styles.xml", OURS}
"""What marking changes of a file with neither notes nor relationships on its sheet."""
NOTED = {"xl/worksheets/_rels/sheet1.xml.rels"}
MICROSOFT = "http://schemas.microsoft.com/office/"


def label(p: Parcel) -> None:
    kind = "application/vnd.ms-office.classificationlabels+xml"
    name = p.add(
        "docMetadata/LabelInfo.xml", b'<clbl:labelList xmlns:clbl="urn:x"><clbl:label id="{1}"/></clbl:labelList>', kind
    )
    p.relate("", "http://schemas.microsoft.com/office/2020/02/relationships/classificationlabels", name)


def custom_property(p: Parcel) -> None:
    xml = b'<Properties xmlns="urn:p"><property name="MSIP_Label_1_Enabled"/></Properties>'
    kind = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
    p.relate("", "custom-properties", p.add("docProps/custom.xml", xml, kind))


def custom_xml(p: Parcel) -> None:
    p.relate(
        BOOK,
        "customXml",
        p.add("customXml/item1.xml", "<单位 编号='7'>南通</单位>".encode("gb18030"), "application/xml"),
    )


def author(p: Parcel) -> None:
    core = p.parts["docProps/core.xml"]
    core = re.sub(rb"<dc:creator>[^<]*</dc:creator>", "<dc:creator>王五</dc:creator>".encode(), core)
    p.parts["docProps/core.xml"] = core
    assert "王五".encode() in core


def sparkline(p: Parcel) -> None:
    x14 = MICROSOFT.encode() + b"spreadsheetml/2009/9/main"
    p.at_end(OURS, (
        b'<extLst><ext uri="{05C60535-1F16-4fd2-B633-F4F36F0B64E0}" xmlns:x14="%s"><x14:sparklineGroups '
        b'xmlns:xm="%s"><x14:sparklineGroup><x14:sparklines><x14:sparkline><xm:f>%s!H5:H6</xm:f><xm:sqref>AJ5</xm:sqref>'
        b"</x14:sparkline></x14:sparklines></x14:sparklineGroup></x14:sparklineGroups></ext></extLst>"
    ) % (x14, MICROSOFT.encode() + b"excel/2006/main", ROSTER_SHEET.encode()))  # fmt: skip


def offered_by_extension(p: Parcel) -> None:
    x14 = MICROSOFT.encode() + b"spreadsheetml/2009/9/main"
    p.at_end(OURS, (
        b'<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" xmlns:x14="%s"><x14:dataValidations count="1" '
        b'xmlns:xm="%s"><x14:dataValidation type="list"><x14:formula1><xm:f>%s!$A$1:$A$3</xm:f></x14:formula1>'
        b"<xm:sqref>E5:E9</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>"
    ) % (x14, MICROSOFT.encode() + b"excel/2006/main", "参考".encode()))  # fmt: skip


def slicer(p: Parcel) -> None:
    cache = p.add(
        "xl/slicerCaches/slicerCache1.xml",
        b'<slicerCacheDefinition name="a"/>',
        "application/vnd.ms-excel.slicerCache+xml",
    )
    p.relate(BOOK, f"{MICROSOFT}2007/relationships/slicerCache", cache)
    p.relate(
        THEIRS,
        f"{MICROSOFT}2007/relationships/slicer",
        p.add("xl/slicers/slicer1.xml", b"<slicers/>", "application/vnd.ms-excel.slicer+xml"),
    )


def picture(p: Parcel) -> None:
    image = p.add("xl/media/image1.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "image/png")
    drawing = p.add(
        "xl/drawings/drawing1.xml",
        b'<xdr:wsDr xmlns:xdr="urn:x"/>',
        "application/vnd.openxmlformats-officedocument.drawing+xml",
    )
    p.relate(drawing, "image", image)
    p.at_end(OURS, f'<drawing r:id="{p.relate(OURS, "drawing", drawing)}"/>'.encode())


def background(p: Parcel) -> None:
    image = p.add("xl/media/image1.png", b"\x89PNG\r\n\x1a\n", "image/png")
    p.at_end(OURS, f'<picture r:id="{p.relate(OURS, "image", image)}"/>'.encode())


def form_control(p: Parcel) -> None:
    made = p.add(
        "xl/ctrlProps/ctrlProp1.xml",
        b'<formControlPr objectType="CheckBox"/>',
        "application/vnd.ms-excel.controlproperties+xml",
    )
    id_ = p.relate(OURS, "ctrlProp", made)
    p.at_end(OURS, f'<controls><control shapeId="1025" r:id="{id_}" name="勾选框"/></controls>'.encode())


def chart(p: Parcel) -> None:
    c = b"http://schemas.openxmlformats.org/drawingml/2006/chart"
    xml = b'<c:chartSpace xmlns:c="%s"><c:f>%s!$H$5:$H$6</c:f></c:chartSpace>' % (c, ROSTER_SHEET.encode())
    drawing = p.add(
        "xl/drawings/drawing1.xml",
        b'<xdr:wsDr xmlns:xdr="urn:x"/>',
        "application/vnd.openxmlformats-officedocument.drawing+xml",
    )
    p.relate(
        drawing,
        "chart",
        p.add("xl/charts/chart1.xml", xml, "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"),
    )
    p.at_end(THEIRS, f'<drawing r:id="{p.relate(THEIRS, "drawing", drawing)}"/>'.encode())


def pivot(p: Parcel) -> None:
    source = b'<cacheSource type="worksheet"><worksheetSource ref="A1:B2" sheet="%s"/></cacheSource>' % "参考".encode()
    xml = b'<pivotCacheDefinition xmlns="%s" refreshOnLoad="1">%s</pivotCacheDefinition>' % (MAIN, source)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.pivotCacheDefinition+xml"
    p.relate(BOOK, "pivotCacheDefinition", p.add("xl/pivotCache/pivotCacheDefinition1.xml", xml, kind))


def protected_ranges(p: Parcel) -> None:
    p.put(
        OURS, b"</sheetData>", b'</sheetData><protectedRanges><protectedRange name="a" sqref="A1"/></protectedRanges>'
    )


def printer(p: Parcel) -> None:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.printerSettings"
    p.relate(THEIRS, "printerSettings", p.add("xl/printerSettings/printerSettings1.bin", b"\0\1\2", kind))


def wps_pictures(p: Parcel) -> None:
    kind = "application/vnd.wps-officedocument.cellimage+xml"
    p.relate(BOOK, "http://www.wps.cn/officeDocument/2020/cellImage", p.add("xl/cellimages.xml", b"<a/>", kind))


def dynamic_array(p: Parcel) -> None:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheetMetadata+xml"
    p.relate(BOOK, "sheetMetadata", p.add("xl/metadata.xml", b'<metadata xmlns="%s"/>' % MAIN, kind))
    p.cell(OURS, "AJ5", b'<f t="array" ref="AJ5">SUM(H5:H6)</f><v>10000000</v>', b' cm="1"')


def link(p: Parcel) -> None:
    id_ = p.relate(OURS, "hyperlink", "https://www.example.org/", outside=True)
    p.put(OURS, b"<pageMargins", f'<hyperlinks><hyperlink ref="B5" r:id="{id_}"/></hyperlinks><pageMargins'.encode())


def hidden_sheet(p: Parcel) -> None:
    p.sheet("底稿", "xl/worksheets/sheet7.xml", sheet_xml(b'<row r="1"><c r="A1"><v>1</v></c></row>'), "hidden")


def orphan(p: Parcel) -> None:
    p.add("xl/timelines/timeline1.xml", b"<timelines/>", "application/vnd.ms-excel.timeline+xml")


def calculated(p: Parcel) -> None:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    p.relate(
        BOOK,
        "calcChain",
        p.add("xl/calcChain.xml", b'<calcChain xmlns="%s"><c r="AJ6" i="1"/></calcChain>' % MAIN, kind),
    )
    p.cell(OURS, "AJ6", b"<f>H5*2</f><v>10000000</v>")


KEPT: dict[str, Callable[[Parcel], None]] = {
    "a sensitivity label": label,
    "properties of the district's own": custom_property,
    "custom XML, whatever its encoding": custom_xml,
    "the author": author,
    "a sparkline": sparkline,
    "a drop-down that Excel saves as an extension": offered_by_extension,
    "a slicer": slicer,
    "a picture": picture,
    "a background picture": background,
    "a form control": form_control,
    "a chart on a sheet of their own": chart,
    "a pivot table's cache": pivot,
    "ranges opened by password": protected_ranges,
    "a printer's settings": printer,
    "pictures in cells by WPS": wps_pictures,
    "a formula that spills": dynamic_array,
    "a link that a person clicks": link,
    "a hidden sheet": hidden_sheet,
    "a part that nothing leads to": orphan,
    "the order of calculation": calculated,
}  # fmt: skip


@pytest.mark.parametrize("what", KEPT)
def test_this_comes_back_as_it_was(tmp_path: Path, what: str) -> None:
    made = parcel(tmp_path)
    KEPT[what](made)
    path, target = made.write(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    assert give_back(path, target) == Returned("marked")
    before, after = parts_of(path), parts_of(target)
    assert before.keys() <= after.keys()
    assert {name for name in before if before[name] != after[name]} <= MARKED | NOTED
    added = {n for n in after if n not in before}
    assert added <= {"xl/comments1.xml", "xl/drawings/vmlDrawing1.vml", *NOTED, "xl/worksheets/sheet3.xml",
        "xl/worksheets/sheet4.xml", "xl/worksheets/sheet5.xml", "xl/worksheets/sheet8.xml"}  # fmt: skip
    sheet = openpyxl.load_workbook(target)[ROSTER_SHEET]
    assert sheet["G6"].fill.fgColor.rgb == "FFFF9F9F"


@pytest.mark.parametrize("what", KEPT)
def test_of_the_marked_sheet_only_the_marked_cells_change(tmp_path: Path, what: str) -> None:
    """Row by row, cell by cell, and element by element behind the rows."""
    made = parcel(tmp_path)
    KEPT[what](made)
    path, target = made.write(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    give_back(path, target)
    before, after = (parts_of(p)[OURS] for p in (path, target))
    cells = [set(re.findall(rb"<c [^>]*?(?:/>|>.*?</c>)", xml, re.DOTALL)) for xml in (before, after)]
    assert {re.search(rb'r="([A-Z]+\d+)"', c)[1] for c in cells[0] - cells[1]} == {b"G6"}  # type: ignore[index]
    rows = [re.findall(rb'<row r="5".*?</row>', xml, re.DOTALL) for xml in (before, after)]
    assert rows[0] == rows[1]
    head, tail = (re.split(rb"</sheetData>", xml)[1] for xml in (before, after))
    ours = re.sub(rb"<autoFilter[^>]*/>|<legacyDrawing [^>]*/>", b"", tail)
    assert ours == head


def test_a_thread_stays_and_its_cell_gets_no_note(tmp_path: Path) -> None:
    made = parcel(tmp_path)
    person = b'<personList xmlns="urn:t"><person displayName="%s" id="{0A}"/></personList>' % "王五".encode()
    people = made.add("xl/persons/person.xml", person, "application/vnd.ms-excel.person+xml")
    made.relate(BOOK, "http://schemas.microsoft.com/office/2017/10/relationships/person", people)
    said = b'<ThreadedComments xmlns="urn:t"><threadedComment ref="G6" personId="{0a}" id="{1}"><text>?</text></threadedComment></ThreadedComments>'
    thread = made.add("xl/threadedComments/threadedComment1.xml", said, "application/vnd.ms-excel.threadedcomments+xml")
    made.relate(OURS, "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment", thread)
    note = (
        b'<comments xmlns="%s"><authors><author>tc={1}</author></authors><commentList><comment ref="G6" authorId="0">'
        b"<text><t>[Threaded comment]</t></text></comment></commentList></comments>" % MAIN
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
    made.relate(OURS, "comments", made.add("xl/comments1.xml", note, kind))
    path, target = made.write(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    assert give_back(path, target) == Returned("marked")
    before, after = parts_of(path), parts_of(target)
    for name in (people, thread, "xl/comments1.xml"):
        assert before[name] == after[name]
    page = openpyxl.load_workbook(target)[ROSTER_SHEET]
    assert page["G6"].fill.fgColor.rgb == "FFFF9F9F"
    assert "手机" in page["AH6"].value or "电话" in page["AH6"].value


NOTE = (
    b'<comments xmlns="%s"><authors><author>%s</author></authors><commentList><comment ref="G6" authorId="0"><text>'
    b'<r><rPr><b/><color rgb="FFFF0000"/></rPr><t xml:space="preserve">%s </t></r><r><t>%s</t></r></text></comment>'
    b'<comment ref="B5" authorId="0"><text><t>%s</t></text></comment></commentList></comments>'
) % (MAIN, *(t.encode() for t in ("王五", "请稍等", "周一补", "总公司")))
SHAPES = (
    b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    b'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>'
    b'</o:shapelayout><v:shapetype id="_x0000_t202"/>%s%s</xml>'
)
SHAPE = (
    b"<v:shape id='_x0000_s%d' type='#_x0000_t202' style='position:absolute;width:96pt;height:55pt;visibility:hidden' "
    b"fillcolor='#ccffcc'><x:ClientData ObjectType='Note'><x:Anchor>2, 15, 4, 2, 4, 15, 8, 1</x:Anchor>"
    b"<x:Row>%d</x:Row><x:Column>%d</x:Column></x:ClientData></v:shape>"
)


def test_their_notes_stay_with_their_fonts_and_their_shapes(tmp_path: Path) -> None:
    made = parcel(tmp_path)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
    made.relate(OURS, "comments", made.add("xl/comments1.xml", NOTE, kind))
    shapes = SHAPES % (SHAPE % (1025, 5, 6), SHAPE % (1026, 4, 1))
    vml = made.add("xl/drawings/vmlDrawing7.vml", shapes, "application/vnd.openxmlformats-officedocument.vmlDrawing")
    made.at_end(OURS, f'<legacyDrawing r:id="{made.relate(OURS, "vmlDrawing", vml)}"/>'.encode())
    path, first, second = made.write(tmp_path / "a.xlsx"), tmp_path / "b.xlsx", tmp_path / "c.xlsx"
    assert give_back(path, first) == Returned("marked")
    page = openpyxl.load_workbook(first)[ROSTER_SHEET]
    assert page["B5"].comment.text == "总公司"
    assert page["G6"].comment.author == "xltools"
    assert page["G6"].comment.text.endswith("\n\n【原批注（王五）】\n请稍等 周一补")
    after = parts_of(first)
    assert (
        '<rPr><b/><color rgb="FFFF0000"/></rPr><t xml:space="preserve">请稍等 </t>'.encode()
        in after["xl/comments1.xml"]
    )
    assert SHAPE % (1026, 4, 1) in after[vml]
    assert after[vml].count(b"#ccffcc") == 2
    assert after[vml].count(b"<v:shape ") == 2
    mended = Parcel(first)
    mended.put("xl/sharedStrings.xml", b"<t>12</t>", b"<t>13800000000</t>")
    give_back(mended.write(tmp_path / "m.xlsx"), second)
    page = openpyxl.load_workbook(second)[ROSTER_SHEET]
    assert (page["G6"].comment.author, page["G6"].comment.text) == ("王五", "请稍等 周一补")
    assert page["G6"].fill.fill_type is None
    assert (
        '<rPr><b/><color rgb="FFFF0000"/></rPr><t xml:space="preserve">请稍等 </t>'.encode()
        in parts_of(second)["xl/comments1.xml"]
    )


def test_a_workbook_saved_as_strict_open_xml_gets_parts_of_its_own_kind(tmp_path: Path) -> None:
    made = parcel(tmp_path)
    strict = b"http://purl.oclc.org/ooxml/"
    for name, xml in made.parts.items():
        if name.endswith((".xml", ".rels")) and name != "[Content_Types].xml":
            xml = xml.replace(
                b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", strict + b"spreadsheetml/main"
            )
            made.parts[name] = xml.replace(OFFICE.encode(), strict + b"officeDocument/relationships/").replace(
                OFFICE.rstrip("/").encode() + b'"', strict + b'officeDocument/relationships"'
            )
    path, target = made.write(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    assert give_back(path, target) == Returned("marked")
    new = {n: xml for n, xml in parts_of(target).items() if n.endswith((".xml", ".rels")) and n.startswith("xl/")}
    assert [n for n, xml in new.items() if b"schemas.openxmlformats.org/spreadsheetml" in xml] == []
    assert [n for n, xml in new.items() if b"openxmlformats.org/officeDocument/2006/relationships" in xml] == []
    assert CalamineWorkbook.from_path(str(target)).sheet_names[:2] == [ROSTER_SHEET, "问题"]


@pytest.mark.parametrize("height", ["-15", "0", "1e300", "nan"])
def test_a_height_that_no_row_has_stops_nothing(tmp_path: Path, height: str) -> None:
    """Notes are placed row by row below their cell: that has to end."""
    made = parcel(tmp_path)
    made.put(OURS, b'defaultRowHeight="15"', f'defaultRowHeight="{height}"'.encode())
    target = tmp_path / "b.xlsx"
    assert give_back(made.write(tmp_path / "a.xlsx"), target) == Returned("marked")
    assert b"<x:Row>5</x:Row><x:Column>6</x:Column>" in parts_of(target)["xl/drawings/vmlDrawing1.vml"]


@pytest.mark.parametrize(
    ("cell", "column"),
    [
        pytest.param(b'<c r="AM6"><v>7</v></c>', "AN", id="a number without a style"),
        pytest.param(b'<c r="AM6" s="0"><v>7</v></c>', "AN", id="a number with a style"),
        pytest.param(b'<c r="AM6" t="str"><f>B5</f><v>x</v></c>', "AN", id="a formula"),
        pytest.param(b'<c r="AM6">\n  <v>7</v>\n</c>', "AN", id="a number written with line breaks"),
        pytest.param(b'<c r="AM6" s="0"/>', "AH", id="a blank cell with a style"),
        pytest.param(b'<c r="AM6"></c>', "AH", id="a blank cell"),
    ],
)
def test_the_error_column_stands_right_of_whatever_is_filled(tmp_path: Path, cell: bytes, column: str) -> None:
    made = parcel(tmp_path)
    found = re.search(rb'<row r="6"[^>]*>.*?(?=</row>)', made.parts[OURS], re.DOTALL)
    assert found
    made.parts[OURS] = made.parts[OURS][: found.end()] + cell + made.parts[OURS][found.end() :]
    target = tmp_path / "b.xlsx"
    give_back(made.write(tmp_path / "a.xlsx"), target)
    page = openpyxl.load_workbook(target)[ROSTER_SHEET]
    assert page[f"{column}4"].value == "错误信息"
    assert "手机" in page[f"{column}6"].value or "电话" in page[f"{column}6"].value
    assert cell in parts_of(target)[OURS]


def test_two_returns_of_one_file_are_the_same_bytes(tmp_path: Path) -> None:
    path = parcel(tmp_path).write(tmp_path / "a.xlsx")
    first, second = tmp_path / "b.xlsx", tmp_path / "c.xlsx"
    give_back(path, first)
    give_back(path, second)
    assert first.read_bytes() == second.read_bytes()
