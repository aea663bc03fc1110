"""What a file is that is no table (不是表的文件): told by its first bytes and its parts, named as people call it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection

SCANS = ("PDF 文件", "图片")
"""What a stamped page comes as: kept with the papers where it lies beside a table."""

_BEGINS = (
    (b"%PDF", SCANS[0]),
    (b"\x89PNG", SCANS[1]),
    (b"\xff\xd8\xff", SCANS[1]),
    (b"GIF8", SCANS[1]),
    (b"BM", SCANS[1]),
    (b"II*\0", SCANS[1]),
    (b"MM\0*", SCANS[1]),
    (b"Rar!\x1a\x07", "RAR 压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包"),
    (b"\x1f\x8b", "gz 压缩包"),
    (b"BZh", "bz2 压缩包"),
    (b"\xfd7zXZ\0", "xz 压缩包"),
    (b"{\\rtf", "RTF 文档"),
    (b"MZ", "程序"),
    (b"SQLite format 3\0", "数据库文件"),
)
_FOLDERS = (
    ("word/document.xml", "Word 文档（.docx）"),
    ("ppt/presentation.xml", "演示文稿（.pptx）"),
    ("xl/workbook.bin", "Excel 二进制工作簿（.xlsb）"),
    ("content.xml", "OpenDocument 文件（.ods、.odt）"),
    ("ofd.xml", "OFD 版式文件"),
    ("index/document.iwa", "Numbers 或 Pages 文件"),
)
_STREAMS = (
    ("worddocument", "Word 文档（.doc）或 WPS 文字（.wps）"),
    ("powerpoint document", "演示文稿（.ppt）"),
    ("visiodocument", "Visio 图"),
    ("__properties_version1.0", "Outlook 邮件（.msg）"),
    ("contents", "Works 或 WPS 文件"),
)
_NAMED = {
    "et": "WPS 表格（.et）",
    "ett": "WPS 表格模板（.ett）",
    "wps": "WPS 文字（.wps）",
    "dps": "WPS 演示（.dps）",
    "dbf": "dBASE 数据库（.dbf）",
    "numbers": "Numbers 表格（.numbers）",
    "rar": "RAR 压缩包",
    "7z": "7z 压缩包",
    "doc": "Word 文档（.doc）",
}


def by_bytes(head: bytes) -> str:
    """What begins with these bytes; "" where they say nothing."""
    if head[257:262] == b"ustar":
        return "tar 压缩包"
    if (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or head[4:12] in (b"ftypheic", b"ftypmif1", b"ftypavif"):
        return SCANS[1]
    if re.match(rb"(?i)\s*(?:from|received|return-path|mime-version): ", head.removeprefix(codecs.BOM_UTF8)):
        return "邮件"
    found = next(((begin, what) for begin, what in _BEGINS if head.startswith(begin)), (b"", ""))
    return "" if found[0].isalnum() and b"\0" not in head[:256] else found[1]  # letters may begin any text


def by_parts(names: Collection[str]) -> str:
    """What a zip with these members (in small letters) is; "" for a mere archive."""
    return next((what for part, what in _FOLDERS if part in names), "")


def by_streams(names: Collection[str]) -> str:
    """What a compound file with these entries (in small letters) is; "" where they say nothing."""
    return next((what for stream, what in _STREAMS if stream in names), "")


def by_name(name: str) -> str:
    """What a file of that name ought to be, where its content says nothing."""
    return _NAMED.get(name.rpartition(".")[2].lower(), "") if "." in name else ""


def told(what: str) -> str:
    """What it is, with what makes it of use after all."""
    if "压缩包" in what:
        return f"{what}（只能解开 .zip，请解压后报送里面的表）"
    if what in SCANS or "OFD" in what:
        return f"{what}（盖章页可以和填好的表放在一起报送，不能代替表）"
    if any(word in what for word in ("文档", "文字", "演示", "邮件", "Works")):
        return f"{what}（请把其中的表格复制到下发的模板里）"
    return what
