"""Which xlwings the macros (宏) of a workbook are from, and whether they are today's, read from its VBA project without running anything.

A project is an OLE2 compound file ([MS-CFB]); the text of a module is compressed ([MS-OVBA] 2.4.1).
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from xltools.sheets.ooxml.ole import entries

PART = "xl/vbaProject.bin"
UNREADABLE = (ValueError, struct.error, IndexError)
_VERSION = re.compile(rb"'Version: ([0-9][0-9a-z.]*)")
_OWN, _ONE = re.compile(rb"^Sub Btn_", re.M), re.compile(rb"^Sub Press\(\)", re.M)


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
    stream = _module(project, "xlwings")
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
    stream = _module(project, "PlatformMacros") or b""
    texts = [_first_chunk(stream[m.start() :]) for m in re.finditer(b"\x01", stream)]
    return any(_OWN.search(t) for t in texts) and not any(_ONE.search(t) for t in texts)


def earlier(path: Path) -> bool:
    """The same of a workbook; False where it has no macros or cannot be read."""
    try:
        with ZipFile(path) as package:
            return of_earlier_version(package.read(PART))
    except (OSError, BadZipFile, KeyError, *UNREADABLE):
        return False


def _module(project: bytes, name: str) -> bytes | None:
    """The stream of a module, None where there is none of that name."""
    found = entries(project, "vba").get(name.lower())
    return found.read() if found and found.is_stream else None


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
