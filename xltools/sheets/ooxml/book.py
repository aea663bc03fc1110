"""A workbook in use as a package (包): its parts by name, its sheets in their order, what is related to what."""

from __future__ import annotations

import itertools
import posixpath
import re
from dataclasses import dataclass, field, replace
from html import unescape
from zipfile import ZipFile, ZipInfo

from isal import isal_zlib

from xltools.sheets.ooxml import parts
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.relationships import Relationship, read, relationships_of
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, element, plain, prefix

TYPES = "[Content_Types].xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
"""How the types of relationships begin."""
RELATIONSHIPS = b"http://schemas.openxmlformats.org/package/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/"
"""How namespaces begin in a workbook saved as Strict Open XML (ISO/IEC 29500, part 1)."""


@dataclass
class Book:
    """The package; `changed` holds new contents by member, `dropped` the members that go, `read` what was read."""

    package: ZipFile
    members: dict[str, ZipInfo]
    changed: dict[str, list[bytes]] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    read: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """One worksheet: its name, its place among all sheets (from 0, as defined names count), its member."""

    name: str
    index: int
    member: str


def opened(package: ZipFile) -> Book:
    """The package with its members by their names in small letters: part names are equal whatever their case."""
    return Book(package, {info.filename.lower(): info for info in package.infolist()})


def find(book: Book, name: str) -> str:
    """The member of that part name as the package spells it, "" where there is none."""
    info = book.members.get(name.lower())
    return info.filename if info else name if name in book.changed else ""


def content(book: Book, name: str) -> bytes:
    """A part in plain XML, what was changed of it included. Raises Refused (FILE_UNREADABLE)."""
    if name in book.changed:
        return b"".join(book.changed[name])
    if name not in book.read:
        book.read[name] = plain(raw(book, name), name)
    return book.read[name]


def raw(book: Book, name: str) -> bytes:
    """A part as its bytes are, what was changed of it included. Raises Refused (FILE_UNREADABLE)."""
    if name in book.changed:
        return b"".join(book.changed[name])
    info = book.members.get(name.lower())
    if info is None:
        raise Refused("FILE_UNREADABLE", f"no part {name}")
    found = b"".join(parts.inflate(book.package, info))
    if isal_zlib.crc32(found) != info.CRC:
        raise Refused("FILE_UNREADABLE", f"checksum of {name}")
    return found


def relationships(book: Book, name: str) -> list[Relationship]:
    """What a part is related to; nothing where it has no relationships."""
    rels = find(book, relationships_of(name))
    if not rels:
        return []
    return [replace(r, target=find(book, r.target)) for r in read([content(book, rels)], name)]


def sheets(book: Book) -> list[Sheet]:
    """The worksheets as the workbook lists them; a chart on a sheet of its own counts but is none."""
    targets = {r.id: r for r in relationships(book, WORKBOOK)}
    out = []
    for index, tag in enumerate(tags(content(book, WORKBOOK), "sheet")):
        given = attributes(tag)
        related = targets.get(next((v for k, v in given.items() if k.endswith(":id")), ""))
        if related and related.kind == "worksheet" and related.target:
            out.append(Sheet(given.get("name", ""), index, related.target))
    return out


def tags(xml: bytes, name: str) -> list[bytes]:
    """The opening or empty tags of that name in their order."""
    return re.findall(rb"<%s(?=[\s/>])%s>" % (prefix(xml) + name.encode(), INSIDE), xml)


def shared_strings(book: Book) -> list[bytes]:
    """The inside of every shared string, by number."""
    name = next((r.target for r in relationships(book, WORKBOOK) if r.kind == "sharedStrings"), "")
    if not name:
        return []
    xml = content(book, name)
    p = prefix(xml)
    found = re.findall(rb"<%ssi(?:\s[^>]*)?(?:/>|>(.*?)</%ssi>)" % (p, p), xml, re.DOTALL)
    return list(found)


def string_text(inside: bytes) -> str:
    """What a string item shows: its runs, without phonetic guides (ECMA-376 part 1, 18.4.8)."""
    if b"rPh" in inside:
        inside = re.sub(rb"<(?:\w+:)?rPh\b.*?</(?:\w+:)?rPh>", b"", inside, flags=re.DOTALL)
    text = b"".join(re.findall(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</", inside))
    text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")  # XML 1.0, 2.11: one line end, whatever the system wrote
    return _unescaped(unescape(text.decode("utf-8", "replace")))


def _unescaped(text: str) -> str:
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


def add(book: Book, like: str, data: bytes, kind: str) -> str:
    """A new part of that content type, named like `like` with the next free number; returns its name."""
    stem, ending = posixpath.splitext(like)
    stem = stem.rstrip("0123456789")
    name = next(n for i in itertools.count(1) if not find(book, n := f"{stem}{i}{ending}"))
    book.changed[name] = [data]
    xml = content(book, TYPES)
    entry = b'<%sOverride PartName="/%s" ContentType="%s"/>' % (prefix(xml), name.encode(), kind.encode())
    book.changed[TYPES] = [_inserted(xml, "Types", entry)]
    return name


def relate(book: Book, part: str, kind: str, target: str) -> str:
    """Relate a part to another one of the package; returns the relationship's id."""
    name = find(book, relationships_of(part)) or relationships_of(part)
    xml = content(book, name) if find(book, name) else b'<Relationships xmlns="%s"></Relationships>' % RELATIONSHIPS
    taken = {attributes(tag).get("Id") for tag in tags(xml, "Relationship")}
    id_ = next(n for i in itertools.count(1) if (n := f"rId{i}") not in taken)
    place = posixpath.relpath(target, posixpath.dirname(part) or ".")
    office = f"{STRICT}officeDocument/relationships/" if is_strict(book) else OFFICE
    entry = f'Relationship Id="{id_}" Type="{office}{kind}" Target="{place}"/>'
    book.changed[name] = [_inserted(xml, "Relationships", b"<" + prefix(xml) + entry.encode())]
    return id_


def is_strict(book: Book) -> bool:
    """Whether the workbook was saved as Strict Open XML."""
    return STRICT.encode() in content(book, WORKBOOK)[:4096]


def main_namespace(book: Book) -> str:
    """The namespace of a spreadsheet's elements in this workbook."""
    return f"{STRICT}spreadsheetml/main" if is_strict(book) else MAIN


def content_type(book: Book, part: str) -> str:
    """The content type of a part, by its name or by its ending."""
    xml = content(book, TYPES)
    own = {attributes(t).get("PartName", "").lower(): attributes(t) for t in tags(xml, "Override")}
    ending = {attributes(t).get("Extension", "").lower(): attributes(t) for t in tags(xml, "Default")}
    found = own.get(f"/{part.lower()}") or ending.get(posixpath.splitext(part)[1][1:].lower()) or {}
    return found.get("ContentType", "application/xml")


def _inserted(xml: bytes, root: str, entry: bytes) -> bytes:
    """A list with one more entry at its end."""
    found = element(xml, root)
    if found and found["inner"] is not None:
        place = found.end("inner")
        return xml[:place] + entry + xml[place:]
    assert found
    opening = found["open"].removesuffix(b"/>").rstrip() + b">"
    return xml[: found.start()] + opening + entry + b"</%s%s>" % (prefix(xml), root.encode()) + xml[found.end() :]
