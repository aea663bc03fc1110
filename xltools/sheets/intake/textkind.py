"""Text files (文本): in which encoding, and whether they are a table with delimiters, a web page or a workbook in XML."""

from __future__ import annotations

import codecs
import re
from typing import Literal

from xltools.sheets.intake import other
from xltools.sheets.ooxml.refused import Refused

TextKind = Literal["csv", "html", "xml"]

SHEETS_2003 = "urn:schemas-microsoft-com:office:spreadsheet"
"""The namespace of a workbook of Excel 2003 in XML."""

_CONTROL = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1e]")  # \x1a ends a DOS file, \x1f guards a code from being a number
_PAGE = re.compile(r"(?i)<(?:!doctype\s+html|html|head|meta|body|table|div|style|script)\b")
_CELL = re.compile(r"(?i)<t[dh]\b")
_NEITHER = "文字既不是 UTF-8 也不是 GB18030 编码"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def encoding(head: bytes, *, whole: bool = True) -> str:
    """UTF-8, UTF-16 (Excel's “Unicode 文本”, with its mark or without) or GB18030, as which the bytes can be read.

    With `whole` false they may end within a character. "" where they are none of them.
    """
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    if b"\0" in head[:1000]:
        low, high = head[1:1000:2].count(0), head[:1000:2].count(0)
        names: tuple[str, ...] = (
            ("utf-16-le" if low > high else "utf-16-be",) if max(low, high) > 8 * min(low, high) else ()
        )
    else:
        names = "utf-8", "gb18030"
    for name in names:
        try:
            codecs.getincrementaldecoder(name)().decode(head, final=whole)
        except UnicodeDecodeError:
            continue
        return name
    return ""


def kind(head: bytes, name: str, *, whole: bool) -> TextKind:
    """What a text that begins with `head` is. Raises Refused (FILE_NOT_WORKBOOK) for what is no table."""
    what = other.by_bytes(head)
    archive = re.match(rb"(?i)\s*mime-version:", head.removeprefix(codecs.BOM_UTF8)) and b"text/html" in head.lower()
    if archive:
        return "html"
    found = "" if what else encoding(head, whole=whole)
    if not found:
        raise Refused("FILE_NOT_WORKBOOK", other.told(what or other.by_name(name)) or _NEITHER)
    text = head.decode(found, "replace")
    if _CONTROL.search(text):
        raise Refused("FILE_NOT_WORKBOOK", other.told(other.by_name(name)) or _NEITHER)
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        return _marked_up(start)
    if re.search("[,\t;|]", text):
        return "csv"
    raise Refused("FILE_NOT_WORKBOOK", other.told(other.by_name(name)) or "没有分列的文字")


def _marked_up(text: str) -> TextKind:
    if SHEETS_2003 in text[:20_000] and re.search(r"<(?:\w+:)?Workbook\b", text[:20_000]):
        return "xml"
    if "urn:oasis:names:tc:opendocument" in text[:20_000]:
        raise Refused("FILE_NOT_WORKBOOK", "OpenDocument 文件")
    if not text.startswith("<?xml") or _PAGE.search(text[:20_000]):
        if len(_CELL.findall(text)) > 1:
            return "html"
        raise Refused("FILE_NOT_WORKBOOK", "没有表格的网页")
    raise Refused("FILE_NOT_WORKBOOK", "XML 文件")
