"""Which xlwings the macros (宏) of a workbook are from, and whether they are today's, read from its VBA project without running anything.

A project is an OLE2 compound file ([MS-CFB]); the text of a module is compressed ([MS-OVBA] 2.4.1).
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from zipfile import BadZipFile, ZipFile

PART = "xl/vbaProject.bin"
UNREADABLE = (ValueError, struct.error, IndexError)
_VERSION = re.compile(rb"'Version: ([0-9][0-9a-z.]*)")
_OWN, _ONE = re.compile(rb"^Sub Btn_", re.M), re.compile(rb"^Sub Press\(\)", re.M)
_FREE = 0xFFFFFFFA


def for_libreoffice(path: Path) -> bool:
    """Whether the buttons of this workbook are those for LibreOffice. False where it has none or cannot be read."""
    try:
        with ZipFile(path) as package:
            return xlwings_version(package.read(PART)) == ""
    except (OSError, BadZipFile, KeyError, *UNREADABLE):
        return False


def xlwings_version(project: bytes) -> str | None:
    """The version in the head of module `xlwings`: "" where the module is our own for LibreOffice, None without one.

    Raises ValueError, IndexError or struct.error where the project cannot be read.
    """
    stream = _stream(project, "xlwings")
    if stream is None:
        return None
    for at in (m.start() for m in re.finditer(b"\x01", stream)):
        found = _VERSION.search(_first_chunk(stream[at:]))
        if found:
            return found[1].decode()
    return ""


def of_earlier_version(project: bytes) -> bool:
    """Whether each button has a macro of its own, as before 0.3: those never get another button.

    Raises as `xlwings_version`.
    """
    stream = _stream(project, "PlatformMacros") or b""
    texts = [_first_chunk(stream[m.start() :]) for m in re.finditer(b"\x01", stream)]
    return any(_OWN.search(t) for t in texts) and not any(_ONE.search(t) for t in texts)


def earlier(path: Path) -> bool:
    """The same of a workbook; False where it has no macros or cannot be read."""
    try:
        with ZipFile(path) as package:
            return of_earlier_version(package.read(PART))
    except (OSError, BadZipFile, KeyError, *UNREADABLE):
        return False


def _first_chunk(data: bytes) -> bytes:
    """The first 4096 bytes of a compressed text, b"" where there is none: the head of a module is in it."""
    if len(data) < 3:
        return b""
    (header,) = struct.unpack_from("<H", data, 1)
    if header & 0x7000 != 0x3000:
        return b""
    end = min(len(data), 1 + 2 + (header & 0xFFF) + 1)
    if not header & 0x8000:
        return data[3:end]
    out, at = bytearray(), 3
    while at < end:
        flags, at = data[at], at + 1
        for bit in range(8):
            if at >= end:
                break
            if not flags >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            if at + 2 > end or not out:
                return b""
            (token,) = struct.unpack_from("<H", data, at)
            at += 2
            wide = max((len(out) - 1).bit_length(), 4)
            back = (token >> (16 - wide)) + 1
            if back > len(out):
                return b""
            for _ in range((token & (0xFFFF >> wide)) + 3):
                out.append(out[-back])
    return bytes(out)


def _stream(data: bytes, name: str) -> bytes | None:
    """The stream of that name, in whatever storage it lies; None where there is none."""
    if data[:4] != b"\xd0\xcf\x11\xe0":
        raise ValueError("not an OLE2 file")
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    first, least, mini = struct.unpack_from("<I4xII", data, 48)
    sectors = [data[i : i + size] for i in range(size, len(data), size)]
    fat: list[int] = []
    for number in struct.unpack_from("<109I", data, 76):  # more than that is 7 MB of macros
        if number < len(sectors):
            fat += struct.unpack(f"<{size // 4}I", sectors[number].ljust(size, b"\xff"))
    directory = b"".join(sectors[i] for i in _chain(first, fat))
    records = [directory[i : i + 128] for i in range(0, len(directory) - 127, 128)]
    for record in records:
        (length,) = struct.unpack_from("<H", record, 64)
        if record[66] == 2 and record[: max(0, length - 2)].decode("utf-16-le", "replace") == name:
            start, many = struct.unpack_from("<II", record, 116)
            if many >= least:
                return b"".join(sectors[i] for i in _chain(start, fat))[:many]
            (root,) = struct.unpack_from("<I", records[0], 116)
            store = b"".join(sectors[i] for i in _chain(root, fat))
            links_raw = b"".join(sectors[i] for i in _chain(mini, fat))
            links = list(struct.unpack(f"<{len(links_raw) // 4}I", links_raw))
            return b"".join(store[i * 64 : i * 64 + 64] for i in _chain(start, links))[:many]
    return None


def _chain(start: int, links: list[int]) -> list[int]:
    found: list[int] = []
    while start < len(links) and start < _FREE and len(found) <= len(links):
        found.append(start)
        start = links[start]
    return found
