"""Workbooks put together part by part, as other programs write them: what no library of ours would write."""

from __future__ import annotations

import re
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

TYPES, BOOK, BOOK_RELS = "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
SHEET_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONSHIPS = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'


def parts_of(path: Path) -> dict[str, bytes]:
    """Every member of a package by its name."""
    with ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


class Parcel:
    """A workbook's parts, to be added to and changed."""

    def __init__(self, path: Path) -> None:
        self.parts = parts_of(path)

    def add(self, name: str, data: bytes, kind: str) -> str:
        """A part with its content type."""
        self.parts[name] = data
        self.put(TYPES, b"</Types>", f'<Override PartName="/{name}" ContentType="{kind}"/></Types>'.encode())
        return name

    def relate(self, part: str, kind: str, target: str, *, outside: bool = False) -> str:
        """A relationship of a part ("" is the package) to another one; `kind` is the whole type or its last word."""
        folder, _, base = part.rpartition("/")
        rels = "/".join(filter(None, (folder, "_rels", f"{base}.rels")))
        xml = self.parts.get(rels, RELATIONSHIPS)
        id_ = f"rId{900 + xml.count(b'<Relationship ')}"
        type_ = kind if "/" in kind else OFFICE + kind
        place = target if outside else f"/{target}"
        mode = ' TargetMode="External"' if outside else ""
        entry = f'<Relationship Id="{id_}" Type="{type_}" Target="{place}"{mode}/></Relationships>'
        self.parts[rels] = xml.replace(b"</Relationships>", entry.encode())
        return id_

    def put(self, name: str, old: bytes, new: bytes) -> None:
        """Replace bytes of a part, once; they have to be there."""
        assert old in self.parts[name], (name, old)
        self.parts[name] = self.parts[name].replace(old, new, 1)

    def at_end(self, sheet: str, inside: bytes) -> None:
        """What comes last in a sheet."""
        self.put(sheet, b"</worksheet>", inside + b"</worksheet>")

    def name(self, name: str, text: str, given: str = "") -> None:
        """A defined name."""
        entry = f'<definedName name="{name}"{given}>{text}</definedName>'.encode()
        if b"<definedNames>" in self.parts[BOOK]:
            self.put(BOOK, b"</definedNames>", entry + b"</definedNames>")
        else:
            self.put(BOOK, b"</sheets>", b"</sheets><definedNames>" + entry + b"</definedNames>")

    def sheet(self, title: str, member: str, xml: bytes, state: str = "") -> None:
        """One more sheet at the end."""
        id_ = self.relate(BOOK, "worksheet", self.add(member, xml, SHEET_KIND))
        how = f' state="{state}"' if state else ""
        numbers = re.findall(rb'sheetId="(\d+)"', self.parts[BOOK])
        line = f'<sheet name="{title}" sheetId="{max(map(int, numbers)) + 1}"{how} r:id="{id_}"/></sheets>'
        self.put(BOOK, b"</sheets>", line.encode())

    def cell(self, sheet: str, place: str, inside: bytes, given: bytes = b"") -> None:
        """One more cell behind the last one of a row that is there."""
        number = re.sub(r"\D", "", place).encode()
        found = re.search(rb'<row r="%s"[^>]*>.*?(?=</row>)' % number, self.parts[sheet], re.DOTALL)
        assert found, place
        xml, cell = self.parts[sheet], b'<c r="%s"%s>%s</c>' % (place.encode(), given, inside)
        self.parts[sheet] = xml[: found.end()] + cell + xml[found.end() :]

    def write(self, path: Path) -> Path:
        """The package."""
        with ZipFile(path, "w", ZIP_DEFLATED) as package:
            for name, data in self.parts.items():
                package.writestr(name, data)
        return path


def sheet_xml(rows: bytes = b"", tail: bytes = b"") -> bytes:
    """A bare sheet."""
    r = OFFICE.rstrip("/").encode()
    return b'<worksheet xmlns="%s" xmlns:r="%s"><sheetData>%s</sheetData>%s</worksheet>' % (MAIN, r, rows, tail)
