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
from dataclasses import dataclass
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Literal
from zipfile import ZipFile, ZipInfo

from xltools.files import reason
from xltools.sheets.intake.unpack import belongs, unpack
from xltools.sheets.ooxml import biff, ole, parts
from xltools.sheets.ooxml.refused import Refused

__all__ = [
    "Kind",
    "Package",
    "Refused",
    "check_package",
    "examine",
    "external_links",
    "has_macros",
    "kind",
    "opened",
    "unpack",
]

Kind = Literal["xlsx", "xlsm", "xls", "csv", "zip"]

_HEAD = 1024  # bytes of an XML member that normally hold its prolog
_PROLOG = 1 << 16  # a longer prolog is refused: nothing writes one
_TEXT = 1 << 16  # bytes of a text file that are looked at
_WHOLE = 1 << 22  # a smaller file is read once and kept: many files are small, and opening is what they cost
_OTHERS = {
    "xl/workbook.bin": "xlsb",
    "word/document.xml": "docx",
    "ppt/presentation.xml": "pptx",
    "content.xml": "ods",
}
_BINARY = (b"%PDF", b"{\\rtf", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SPREADSHEET = re.compile(r"\.(?:xlsx|xlsm|xls|csv)$", re.IGNORECASE)
_MISC = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_ENCODING = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"']*)")
# Written so that `<!DOCTYPE` reads as such in ASCII. UTF-7, EBCDIC, UTF-32 are refused.
_PLAIN = re.compile(rb"(?i)utf-?8|utf-?16(?:le|be)?|(?:us-)?ascii|iso-8859-\d+|windows-125\d|gb2312|gbk|gb18030")
_STRANGE = (b"\x4c\x6f\xa7\x94", b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"<\0\0\0", b"\0\0\0<", b"+/v")
_UNIQUE = re.compile(rb"uniqueCount\s*=\s*[\"']\s*\+?(\d{1,40})")
_STRINGS = 1 << 20  # strings that may be stated whatever the size: 24 MB
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")


@dataclass(frozen=True)
class Package:
    """What `examine` saw. `external_links` is only known for xlsx and xlsm."""

    kind: Kind
    macros: bool
    external_links: bool


@dataclass(frozen=True)
class Opened:
    """An examined file while it is open: `zipped` where it is a zip package; `source` is what a reader should read."""

    package: Package
    source: Path | bytes
    zipped: ZipFile | None = None


@contextmanager
def opened(path: str | PathLike[str]) -> Iterator[Opened]:
    """Examine a file and leave it open: its kind, its bounds kept, whether it has macros or links to other workbooks.

    Bounds: 200 members, 4 GB inflated in all, ratio 200 for a member above 50 MB, safe member paths, no
    DTD in any XML member. Sizes stated in the zip directory are compared with what is really inflated
    wherever the difference could matter (all but worksheets, which `scan` counts).

    Raises Refused with any of its codes except FILE_TOO_MANY_ROWS.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            head = file.read(min(_WHOLE, os.fstat(file.fileno()).st_size))
            if head.startswith(ole.MAGIC):
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                    found = _compound(data)
    except OSError as why:
        raise Refused("FILE_UNREADABLE", reason(why)) from why
    if head.startswith(ole.MAGIC):
        yield Opened(found, path)
        return
    if not head[:_TEXT].removeprefix(codecs.BOM_UTF8).strip():
        raise Refused("FILE_EMPTY", path.name)
    if head.startswith(b"PK\x05\x06"):
        raise Refused("FILE_EMPTY", "a .zip without members")
    if head.startswith(b"PK\x03\x04"):
        whole = len(head) < _WHOLE
        with parts.open_zip(BytesIO(head) if whole else path) as zipped:
            yield Opened(_zipped(zipped), head if whole else path, zipped)
        return
    _text(head[:_TEXT], whole=len(head) < _TEXT)
    yield Opened(Package("csv", macros=False, external_links=False), path)


def examine(path: str | PathLike[str]) -> Package:
    """What `opened` sees. Raises Refused as it does."""
    with opened(path) as file:
        return file.package


def kind(path: str | PathLike[str]) -> Kind:
    """xlsx, xlsm, xls, csv or zip (several workbooks in one). Raises Refused as `examine` does."""
    return examine(path).kind


def check_package(path: str | PathLike[str]) -> None:
    """Raises Refused when the file must not be opened; see `examine`."""
    examine(path)


def external_links(path: str | PathLike[str]) -> bool:
    """Whether the workbook refers to other workbooks. They are never followed."""
    return examine(path).external_links


def has_macros(path: str | PathLike[str]) -> bool:
    """Whether the workbook carries VBA or Excel 4.0 macro sheets (.xls: VBA only). Never run."""
    return examine(path).macros


def _zipped(package: ZipFile) -> Package:
    members = package.infolist()
    names = {info.orig_filename.lower() for info in members}
    if "xl/workbook.xml" in names:
        parts.check(members)
        _check_prologs(package, members)
        _check_sizes(package, members)
        types = [info for info in members if info.orig_filename == "[Content_Types].xml"]
        declared = any(b"macroenabled" in parts.head(package, info, parts.PIECE).lower() for info in types)
        vba = any(name.startswith("xl/vbaproject") for name in names)
        sheets = any(name.startswith("xl/macrosheets/") for name in names)
        links = any(name.startswith("xl/externallinks/") for name in names)
        return Package("xlsm" if declared or vba else "xlsx", vba or sheets or declared, links)
    for told_by, other in _OTHERS.items():
        if told_by in names:
            raise Refused("FILE_NOT_WORKBOOK", other)
    files = [info for info in members if belongs(info)]
    parts.check(files)
    if not files:
        raise Refused("FILE_EMPTY", "a .zip without files")
    if not any(_SPREADSHEET.search(info.orig_filename) for info in files):
        raise Refused("FILE_NOT_WORKBOOK", "a .zip without a workbook")
    return Package("zip", macros=False, external_links=False)


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
        name = info.orig_filename.lower()
        if name == "xl/sharedstrings.xml":
            _check_strings(package, info)
        elif info.compress_size > harmless and not name.startswith("xl/worksheets/"):
            for _ in parts.inflate(package, info):
                pass


def _check_strings(package: ZipFile, info: ZipInfo) -> None:
    """calamine allocates as many strings as `uniqueCount` states, and the process ends when it cannot."""
    possible = max(_STRINGS, info.file_size // len("<si/>"))
    kept = b""
    for piece in parts.inflate(package, info):
        kept = kept[-64:] + piece
        if b"\0" in kept:  # UTF-16
            kept = kept.replace(b"\0", b"")
        for stated in _UNIQUE.findall(kept):
            if int(stated) > possible:
                raise Refused("FILE_BOMB", f"{int(stated)} strings stated")


def _compound(data: mmap.mmap) -> Package:
    try:
        found = ole.entries(data)
        if "encryptedpackage" in found:
            raise Refused("FILE_ENCRYPTED", "a password is needed to open it")
        for name in ("workbook", "book"):
            if name in found and found[name].is_stream:
                biff.check(found[name].read())
                return Package("xls", macros="_vba_project_cur" in found, external_links=False)
    except (ValueError, struct.error, IndexError) as why:
        raise Refused("FILE_UNREADABLE", f"OLE2: {why}") from why
    raise Refused("FILE_NOT_WORKBOOK", "an Office file of another kind")


def _text(head: bytes, *, whole: bool) -> None:
    """Passes text with a delimiter; raises Refused (FILE_NOT_WORKBOOK) for anything else."""
    body = head.removeprefix(codecs.BOM_UTF8)
    if body.lstrip()[:1] == b"<" or re.match(rb"(?i)mime-version:", body):
        raise Refused("FILE_NOT_WORKBOOK", "a web page or XML")
    if body.startswith(_BINARY) or _CONTROL.search(body):
        raise Refused("FILE_NOT_WORKBOOK", "文字既不是 UTF-8 也不是 GB18030 编码")
    for encoding in ("utf-8", "gb18030"):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(body, final=whole)
        except UnicodeDecodeError:
            continue
        if re.search("[,\t;]", text):
            return
        raise Refused("FILE_NOT_WORKBOOK", "text without a delimiter")
    raise Refused("FILE_NOT_WORKBOOK", "文字既不是 UTF-8 也不是 GB18030 编码")
