"""A workbook as readers of values see it (重新打包): the sheets that are read, their texts and formats, and no more.

What readers trip over never reaches them: workbook.xml is made here from what `worksheets.contents` found (names, date
system), parts lie where every program puts them. Their bytes are copied as they are, compressed; a sheet in which
`scan` found something that readers misread is written anew, and so is everything (`careful`) after a reader's fault.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZipFile, ZipInfo

from xltools.sheets.intake import scan_events
from xltools.sheets.ooxml import expat, parts
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.worksheets import Contents, Worksheet
from xltools.sheets.ooxml.xmlbytes import quoted
from xltools.sheets.ooxml.zipcopy import copied
from xltools.sheets.ooxml.zipout import CENTRAL, write_directory, write_member

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONSHIPS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
_WORKBOOK = f'{_RELATIONSHIPS}<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
_FORMATS = ("numFmt", "xf")
_SHARED, _STYLES = "xl/sharedStrings.xml", "xl/styles.xml"

Content = Iterable[bytes] | ZipInfo


Rows = Mapping[str, dict[int, int]]
"""By sheet the rows that are numbered anew, see `scan_events.rewritten`."""


def wrapped(
    package: ZipFile,
    contents: Contents,
    sheets: Sequence[Worksheet],
    odd: Collection[str] = (),
    rows: Rows | None = None,
    *,
    careful: bool = False,
) -> bytes:
    """The package of these sheets (each has a part); those named in `odd` are written anew, with `careful` all parts.

    Those in `rows` are written anew without their blank rows.

    Raises Refused: FILE_UNREADABLE where a part is damaged.
    """
    members: dict[str, Content] = {
        "_rels/.rels": [_WORKBOOK.encode()],
        "xl/workbook.xml": [_workbook(contents, sheets)],
        "xl/_rels/workbook.xml.rels": [_relationships(len(sheets))],
    }
    if contents.strings:
        members[_SHARED] = _strings(package, contents.strings) if careful else contents.strings
    if contents.styles:
        members[_STYLES] = [_styles(package, contents.styles)] if careful else contents.styles
    for number, sheet in enumerate(sheets, 1):
        assert sheet.part
        dense = (rows or {}).get(sheet.name)
        anew = careful or sheet.name in odd or dense is not None
        members[_sheet(number)] = _cells(package, sheet.part, dense) if anew else sheet.part
    out, lines = BytesIO(), []
    for name, content in members.items():
        place, encoded = out.tell(), name.encode()
        if isinstance(content, ZipInfo):
            common = copied(out, encoded, package, content)
        else:
            common = write_member(out, name, content, stored=isinstance(content, list))
        lines.append(CENTRAL.pack(b"PK\1\2", 20, *common, 0, 0, 0, 0, place) + encoded)
    write_directory(out, lines, b"")
    return out.getvalue()


def _workbook(contents: Contents, sheets: Sequence[Worksheet]) -> bytes:
    listed = "".join(
        f'<sheet name={quoted(sheet.name)} sheetId="{i}" r:id="rId{i}"/>' for i, sheet in enumerate(sheets, 1)
    )
    epoch = f'<workbookPr date1904="{int(contents.date1904)}"/>'
    return f'<workbook {_MAIN} xmlns:r="{_OFFICE}">{epoch}<sheets>{listed}</sheets></workbook>'.encode()


def _relationships(count: int) -> bytes:
    sheets = [
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/worksheet" Target="{_sheet(i)[3:]}"/>' for i in range(1, count + 1)
    ]
    return f"{_RELATIONSHIPS}{''.join(sheets)}</Relationships>".encode()


def _sheet(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


def _cells(package: ZipFile, part: ZipInfo, rows: dict[int, int] | None) -> Iterator[bytes]:
    if rows is not None:
        rows.clear()
    return scan_events.rewritten(parts.checked(package, part), part.filename, rows)


def _strings(package: ZipFile, part: ZipInfo) -> Iterator[bytes]:
    """The shared strings as plain texts: runs joined, phonetic guides left out (ECMA-376 part 1, 18.4.8).

    What a string's element is called does not count: the betas of Office 2007 had another name for it.
    """
    made, out = expat.parser(part.filename), list[str]()
    path: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        path.append(name.rpartition(":")[2])
        expat.bounded(len(path), part.filename)
        if len(path) == 2:
            out.append('<si><t xml:space="preserve">')

    def end(_: str) -> None:
        if len(path) == 2:
            out.append("</t></si>")
        path.pop()

    def text(text: str) -> None:
        if path[2:] in (["t"], ["r", "t"]):
            out.append(escape(text, {"\r": "&#13;"}))

    made.StartElementHandler, made.EndElementHandler, made.CharacterDataHandler = start, end, text
    yield f"<sst {_MAIN}>".encode()
    for _ in expat.fed(made, parts.checked(package, part), part.filename):
        yield "".join(out).encode()
        out.clear()
    yield "".join(out).encode() + b"</sst>"


def _styles(package: ZipFile, part: ZipInfo) -> bytes:
    """The number formats and what cells use of them; nothing where the part cannot be read: cells are numbers then."""
    made = expat.parser(part.filename)
    found: dict[str, list[str]] = {name: [] for name in _FORMATS}
    path: list[str] = []

    def start(name: str, given: dict[str, str]) -> None:
        path.append(name.rpartition(":")[2])
        expat.bounded(len(path), part.filename)
        if path[1:] == ["numFmts", "numFmt"] and given.keys() >= {"numFmtId", "formatCode"}:
            code = quoted(given["formatCode"])
            found["numFmt"].append(f'<numFmt numFmtId="{_whole(given["numFmtId"])}" formatCode={code}/>')
        elif path[1:] == ["cellXfs", "xf"]:
            found["xf"].append(f'<xf numFmtId="{_whole(given.get("numFmtId", "0"))}"/>')

    made.StartElementHandler = start
    made.EndElementHandler = lambda _: path.pop()
    try:
        expat.feed(made, parts.checked(package, part), part.filename)
    except Refused:
        found = {name: [] for name in _FORMATS}
    formats, used = ("".join(found[name]) for name in _FORMATS)
    return f"<styleSheet {_MAIN}><numFmts>{formats}</numFmts><cellXfs>{used}</cellXfs></styleSheet>".encode()


def _whole(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() else 0
