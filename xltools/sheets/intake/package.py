"""What kind of file arrived, and may we open it (收件检查).

`opened` opens a file once and answers everything; `examine`, `kind`, `check_package`, `has_macros` and
`external_links` are views of it. The file's name never counts, only its content. Nothing is written and
no part of the file is executed or followed.

A worksheet's own size and extent are `xltools.sheets.intake.scan`'s to check: it inflates the sheet anyway.
"""

from __future__ import annotations

import codecs
import mmap
import os
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Literal
from zipfile import ZipFile, ZipInfo

from xltools.files import reason
from xltools.roster.problems import FileProblem
from xltools.sheets.intake import locked, other, textkind
from xltools.sheets.intake.unpack import belongs, unpack
from xltools.sheets.ooxml import biff, ole, parts
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.worksheets import find, workbook_part

__all__ = [
    "Kind",
    "Package",
    "Refused",
    "check_package",
    "examine",
    "external_links",
    "has_macros",
    "is_scan",
    "kind",
    "opened",
    "unpack",
]

Kind = Literal["xlsx", "xlsm", "xls", "csv", "zip", "html", "xml", "locked"]
"""html: tables of a web page, saved as one or as a web archive; xml: a workbook of Excel 2003; locked: an .xlsx behind
Excel's own password. All three mostly come as `.xls`."""

_HEAD = 1024  # bytes of an XML member that normally hold its prolog
_PROLOG = 1 << 16  # a longer prolog is refused: nothing writes one
_TEXT = 1 << 16  # bytes of a text file that are looked at
_WHOLE = 1 << 22  # a smaller file is read once and kept: many files are small, and opening is what they cost
_SPREADSHEET = re.compile(r"\.(?:xlsx|xlsm|xls|csv|zip|et|xml|html?)$", re.IGNORECASE)
_MISC = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_ENCODING = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"']*)")
# Written so that `<!DOCTYPE` reads as such in ASCII. UTF-7, EBCDIC, UTF-32 are refused.
_PLAIN = re.compile(rb"(?i)utf-?8|utf-?16(?:le|be)?|(?:us-)?ascii|iso-8859-\d+|windows-125\d|gb2312|gbk|gb18030")
_STRANGE = (b"\x4c\x6f\xa7\x94", b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"<\0\0\0", b"\0\0\0<", b"+/v")
_UNIQUE = re.compile(rb"uniqueCount\s*=\s*[\"']\s*\+?(\d{1,40})")
_STRINGS = 1 << 20  # strings that may be stated whatever the size: 24 MB


@dataclass(frozen=True)
class Package:
    """What `examine` saw. `external_links` is only known for xlsx and xlsm."""

    kind: Kind
    macros: bool
    external_links: bool


@dataclass(frozen=True)
class Opened:
    """An examined file while it is open: `zipped` where it is a zip package; `source` is what a reader should read.

    `workbook` names its part of a zip package, `book` is an .xls without the file around it; `locked`: it was behind
    Excel's own password.
    """

    package: Package
    source: Path | bytes
    zipped: ZipFile | None = None
    workbook: str = ""
    book: biff.Walked | None = None
    locked: bool = False

    @property
    def problems(self) -> tuple[FileProblem, ...]:
        """What is to be said of the file as such."""
        said = (
            ("FILE_MACROS", self.package.macros and self.zipped is not None),
            ("FILE_LINKS", self.package.external_links),
            ("FILE_LOCKED", self.locked),
        )
        return tuple(FileProblem(code) for code, true in said if true)


@contextmanager
def opened(path: str | PathLike[str], most: int = parts.MEMBERS) -> Iterator[Opened]:
    """Examine a file and leave it open: its kind, its bounds kept, whether it has macros or links to other workbooks.

    Bounds: 200 members (`most`: our own workbook has more), 4 GB inflated in all, ratio 200 for a member above 50 MB, safe member paths, no
    DTD in any XML member. Sizes stated in the zip directory are compared with what is really inflated
    wherever the difference could matter (all but worksheets, which `scan` counts).

    Raises Refused with any of its codes except FILE_TOO_MANY_ROWS.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            head = file.read(min(_WHOLE, os.fstat(file.fileno()).st_size))
            old = head.startswith(biff.BEGINS) and b"\0" in head[:20]  # Excel 2 to 4, and what writers forgot to wrap
            found = _compound(path, file) if head.startswith(ole.MAGIC) else None
            stream = head + file.read() if old else b""
    except OSError as why:
        raise Refused("FILE_UNREADABLE", reason(why)) from why
    if old:
        yield Opened(Package("xls", macros=False, external_links=False), path, book=_walked(stream))
    elif isinstance(found, Opened):
        yield found
    elif found is not None:
        with parts.open_zip(BytesIO(found)) as zipped:
            inner, workbook = _zipped(zipped, path.name)
            yield Opened(replace(inner, kind="locked"), found, zipped, workbook, locked=True)
    elif not head[:_TEXT].removeprefix(codecs.BOM_UTF8).strip():
        raise Refused("FILE_EMPTY", path.name)
    elif head.startswith(b"PK\x05\x06"):
        raise Refused("FILE_EMPTY", "a .zip without members")
    elif head.startswith(b"PK\x03\x04"):
        whole = len(head) < _WHOLE
        with parts.open_zip(BytesIO(head) if whole else path) as zipped:
            inner, workbook = _zipped(zipped, path.name, most)
            yield Opened(inner, head if whole else path, zipped, workbook)
    else:
        kind = textkind.kind(head[:_TEXT], path.name, whole=len(head) < _TEXT)
        yield Opened(Package(kind, macros=False, external_links=False), path)


@contextmanager
def zipped(source: Path | bytes) -> Iterator[ZipFile]:
    """The package of a file that was examined. Raises Refused."""
    with parts.open_zip(BytesIO(source) if isinstance(source, bytes) else source) as package:
        yield package


def examine(path: str | PathLike[str], most: int = parts.MEMBERS) -> Package:
    """What `opened` sees. Raises Refused as it does."""
    with opened(path, most) as file:
        return file.package


def kind(path: str | PathLike[str]) -> Kind:
    """xlsx, xlsm, xls, csv or zip (several workbooks in one). Raises Refused as `examine` does."""
    return examine(path).kind


def is_scan(path: str | PathLike[str]) -> bool:
    """Whether the file is a PDF or a picture, as which stamped pages come, or an archive of such. Raises OSError."""
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    if not head.startswith(b"PK\x03\x04"):
        return other.by_bytes(head) in other.SCANS
    try:
        with parts.open_zip(path) as archive:
            members = [info for info in archive.infolist() if belongs(info)]
            parts.check(members)
            return bool(members) and all(other.by_bytes(parts.head(archive, m, _HEAD)) in other.SCANS for m in members)
    except Refused:
        return False


def check_package(path: str | PathLike[str], most: int = parts.MEMBERS) -> None:
    """Raises Refused when the file must not be opened; see `examine`."""
    examine(path, most)


def external_links(path: str | PathLike[str]) -> bool:
    """Whether the workbook refers to other workbooks. They are never followed."""
    return examine(path).external_links


def has_macros(path: str | PathLike[str]) -> bool:
    """Whether the workbook carries VBA or Excel 4.0 macro sheets (.xls: VBA only). Never run."""
    return examine(path).macros


def _zipped(package: ZipFile, called: str, most: int = parts.MEMBERS) -> tuple[Package, str]:
    """What a zip is, and the name of its workbook's part where it has one."""
    members = package.infolist()
    names = {parts.part_name(info).lower() for info in members}
    book = workbook_part(package)
    if find(package, book) and book.lower().endswith(".xml") and not names & {"word/document.xml", "content.xml"}:
        parts.check(members, most)
        _check_prologs(package, members)
        _check_sizes(package, members)
        types = find(package, "[Content_Types].xml")
        declared = types is not None and b"macroenabled" in parts.head(package, types, parts.PIECE).lower()
        vba = any(name.endswith("vbaproject.bin") for name in names)
        sheets = any("macrosheets/" in name for name in names)
        links = any("externallinks/" in name for name in names)
        return Package("xlsm" if declared or vba else "xlsx", vba or sheets or declared, links), book
    if what := other.by_parts(names):
        raise Refused("FILE_NOT_WORKBOOK", other.told(what))
    files = [info for info in members if belongs(info)]
    parts.check(files)
    if not files:
        raise Refused("FILE_EMPTY", "a .zip without files")
    if not any(_SPREADSHEET.search(info.orig_filename) for info in files):
        raise Refused("FILE_NOT_WORKBOOK", other.told(other.by_name(called)) or "压缩包，里面没有表格文件")
    return Package("zip", macros=False, external_links=False), ""


def _check_prologs(package: ZipFile, members: list[ZipInfo]) -> None:
    """A document type can only stand before the root element, so the first bytes of a member tell."""
    for info in members:
        start = parts.head(package, info, _HEAD)
        found = _prolog(start)
        if found == "open" and info.file_size > _HEAD:
            found = _prolog(parts.head(package, info, _PROLOG))
            if found == "open":
                raise Refused("FILE_UNREADABLE", f"no root element in {_PROLOG} bytes: {info.filename}")
        if found == "encoding":
            raise Refused("FILE_UNREADABLE", f"XML in a foreign encoding: {info.filename}")
        if found == "doctype":
            raise Refused("FILE_DTD", info.filename)


@lru_cache(maxsize=64)  # files of one template begin alike, part by part
def _prolog(start: bytes) -> Literal["harmless", "open", "doctype", "encoding"]:
    """What stands before the root element; "open" when `start` ends before it. Not XML is harmless."""
    if start.startswith(_STRANGE):
        return "encoding"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = start.decode("utf-16", "replace").encode()
    elif start.startswith((b"<\0", b"\0<")):
        start = start.decode("utf-16-le" if start[1] == 0 else "utf-16-be", "replace").encode()
    start = start.removeprefix(codecs.BOM_UTF8)
    if not start.lstrip().startswith(b"<"):
        return "harmless"
    stated = _ENCODING.match(start)
    if stated and not _PLAIN.fullmatch(stated[1]):
        return "encoding"
    misc = _MISC.match(start)
    rest = start[misc.end() :] if misc else start
    if len(rest) > 2 and rest.startswith(b"<!DOCTYPE"[: len(rest)]):
        return "doctype"
    return "harmless" if re.match(rb"<[^!?]", rest) else "open"


def _check_sizes(package: ZipFile, members: list[ZipInfo]) -> None:
    """Counts what members really inflate to, where a lie in the directory could pass a bound."""
    harmless = min(parts.RATIO_ABOVE, parts.INFLATED // len(members)) // parts.DEFLATE_BEST
    for info in members:
        name = parts.part_name(info).lower()
        if name.endswith("sharedstrings.xml"):
            check_strings(package, info)
        elif info.compress_size > harmless and "worksheets/" not in name:
            for _ in parts.inflate(package, info):
                pass


def check_strings(package: ZipFile, info: ZipInfo) -> None:
    """calamine allocates as many strings as `uniqueCount` states, and the process ends when it cannot. Raises Refused."""
    possible = max(_STRINGS, info.file_size // len("<si/>"))
    kept = b""
    for piece in parts.checked(package, info):
        kept = kept[-64:] + piece
        if b"\0" in kept:  # UTF-16
            kept = kept.replace(b"\0", b"")
        for stated in _UNIQUE.findall(kept):
            if int(stated) > possible:
                raise Refused("FILE_BOMB", f"{int(stated)} strings stated")


def _compound(path: Path, file: BinaryIO) -> Opened | bytes:
    """An .xls, or the package within an encrypted .xlsx; both may be behind Excel's own password."""
    try:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = ole.entries(data)
            if "encryptedpackage" in found:
                info = found.get("encryptioninfo")
                return locked.opened_package(info.read() if info else b"", found["encryptedpackage"].read())
            name = next((n for n in ("workbook", "book") if n in found and found[n].is_stream), "")
            stream = found[name].read() if name else b""
    except (ValueError, struct.error, IndexError) as why:
        raise Refused("FILE_UNREADABLE", f"OLE2: {why}") from why
    if not name:
        what = other.by_streams(found) or other.by_name(path.name)
        raise Refused("FILE_NOT_WORKBOOK", other.told(what) or "别的 Office 文件")
    package = Package("xls", macros="_vba_project_cur" in found, external_links=False)
    try:
        return Opened(package, path, book=_walked(stream))
    except Refused as why:
        if why.code != "FILE_ENCRYPTED":
            raise
    return Opened(package, path, book=_walked(locked.opened_stream(stream)), locked=True)


def _walked(stream: bytes) -> biff.Walked:
    try:
        return biff.walk(stream)
    except (struct.error, IndexError) as why:
        raise Refused("FILE_UNREADABLE", f"BIFF: {why}") from why
