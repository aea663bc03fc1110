"""The members of a zip package: found, bounded, inflated piece by piece.

Nothing here trusts a size that the zip directory states: `inflate` counts what really comes out and
stops at the stated size, so a member is never larger in memory than `check` allowed.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from os import PathLike
from typing import IO, Any, TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from xltools.sheets.ooxml.refused import Refused

T = TypeVar("T", bytes, memoryview)
_fast: Any
try:  # isal inflates twice as fast as zlib; without its wheel zlib gives the same bytes
    from isal import isal_zlib as _fast
except ImportError:  # pragma: no cover
    _fast = zlib

MEMBERS = 200
OURS = 2_000  # of a workbook of our own, which has some five parts a sheet
INFLATED = 4 << 30  # bytes, all members together
RATIO = 200  # inflated : compressed, per member, above RATIO_ABOVE
RATIO_ABOVE = 50 << 20
DEFLATE_BEST = 1032  # deflate cannot do better than 1032 : 1, so this bounds what a member may hide
PIECE = 1 << 20  # inflated bytes at a time: fits the second-level cache of the scanner
_READ, _LEAST = 1 << 17, 1 << 10
_HEADER = struct.Struct("<4s22xHH")
_ERRORS = (zlib.error, _fast.error)
_UNSAFE = re.compile(r"^/|^[A-Za-z]:|\x00|(?:^|/)\.\.(?:/|$)")


def open_zip(path: str | PathLike[str] | IO[bytes]) -> ZipFile:
    """The package, its directory read. Raises Refused (FILE_UNREADABLE)."""
    try:
        return ZipFile(path)
    # all that zipfile raises on a damaged directory, NotImplementedError for a version of zip that there is not
    except (OSError, BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error) as why:
        raise Refused("FILE_UNREADABLE", f"zip directory: {why}") from why


def part_name(info: ZipInfo) -> str:
    """A member's name with slashes, whatever its writer put (some .NET versions put backslashes) and wherever we run."""
    return info.orig_filename.replace("\\", "/")


def check(members: Iterable[ZipInfo], most: int = MEMBERS) -> None:
    """The bounds that the zip directory alone can show: number (at most `most`), names, sizes, ratio, encryption.

    Raises Refused: FILE_BOMB, FILE_PATH, FILE_ENCRYPTED, FILE_UNREADABLE.
    """
    total = 0
    seen: dict[str, tuple[int, int]] = {}
    for count, info in enumerate(members, 1):
        name = part_name(info)
        if count > most:
            raise Refused("FILE_BOMB", f"more than {most} members")
        if not name or _UNSAFE.search(name):
            raise Refused("FILE_PATH", repr(name))
        content = info.CRC, info.file_size
        if seen.setdefault(name, content) != content:  # which of the two counts would depend on the reader
            raise Refused("FILE_UNREADABLE", f"two members named {name}")
        if info.flag_bits & 0x1:
            raise Refused("FILE_ENCRYPTED", name)
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise Refused("FILE_UNREADABLE", f"compression method {info.compress_type}: {name}")
        total += info.file_size
        if total > INFLATED:
            raise Refused("FILE_BOMB", f"more than {INFLATED} bytes inflated")
        if info.file_size > RATIO_ABOVE and info.file_size > RATIO * info.compress_size:
            raise Refused("FILE_BOMB", f"{info.file_size} bytes out of {info.compress_size}: {name}")


def inflate(package: ZipFile, info: ZipInfo, piece: int = PIECE) -> Generator[bytes]:
    """The member's bytes in pieces of at most `piece`, read straight from the package file.

    Raises Refused: FILE_BOMB when more comes out than the directory states, FILE_UNREADABLE when the
    stream is damaged or cut off. The checksum is left to `checked`.
    """
    left = info.file_size
    whole = False
    try:
        for data in _pieces(package, info, piece):
            left -= len(data)
            if left < 0:
                raise Refused("FILE_BOMB", f"more than the stated {info.file_size} bytes: {info.filename}")
            whole = left == 0
            yield data
    except (OSError, EOFError, ValueError, struct.error, *_ERRORS) as why:
        raise Refused("FILE_UNREADABLE", f"{info.filename}: {why}") from why
    if not whole and info.file_size:
        raise Refused("FILE_UNREADABLE", f"cut off: {info.filename}")


def checked(package: ZipFile, info: ZipInfo) -> Generator[bytes]:
    """The same; who takes all of it has the checksum compared as well. Raises Refused."""
    checksum = 0
    for data in inflate(package, info):
        checksum = _fast.crc32(data, checksum)
        yield data
    if checksum != info.CRC:
        raise Refused("FILE_UNREADABLE", f"checksum of {info.filename}")


def ahead(pieces: Iterator[T]) -> Generator[T]:
    """The same pieces, each made while the one before it is worked on: inflating and Arrow hold no interpreter lock.

    Who stops before the end closes it: closing waits for the piece that is in the making.
    """
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, pieces, None)
        while piece := coming.result():
            coming = thread.submit(next, pieces, None)
            yield piece


def head(package: ZipFile, info: ZipInfo, size: int) -> bytes:
    """The first `size` bytes of a member, at the price of those bytes only. Raises Refused."""
    if info.compress_type == ZIP_DEFLATED and info.file_size:
        try:
            file, place = _member(package, info)
            file.seek(place)
            raw = file.read(min(_READ, max(size, _LEAST), info.compress_size))
            if (data := _fast.decompressobj(-15).decompress(raw, size)) and len(data) <= info.file_size:
                return bytes(data)
        except (OSError, EOFError, ValueError, struct.error, *_ERRORS):
            pass  # it is said what is wrong with it when it is read in pieces
    return next(inflate(package, info, size), b"")


def _member(package: ZipFile, info: ZipInfo) -> tuple[IO[bytes], int]:
    """The package's file, and where the member's bytes begin in it."""
    file = package.fp
    assert file is not None
    file.seek(info.header_offset)
    signature, name_size, extra_size = _HEADER.unpack(file.read(30).ljust(30, b"\0"))
    if signature != b"PK\x03\x04":
        raise EOFError("no member at the stated place")
    return file, info.header_offset + 30 + name_size + extra_size


def _pieces(package: ZipFile, info: ZipInfo, piece: int) -> Iterator[bytes]:
    file, place = _member(package, info)
    end = place + info.compress_size
    stream = _fast.decompressobj(-15) if info.compress_type == ZIP_DEFLATED else None
    block = min(_READ, piece) if stream is None else min(_READ, max(piece, _LEAST))
    while place < end:
        file.seek(place)  # every time: two members may be read in turns
        raw = file.read(min(block, end - place))
        if not raw:
            raise EOFError("cut off")
        place += len(raw)
        if stream is None:
            yield raw
            continue
        while True:
            data = stream.decompress(raw, piece)
            if data:
                yield data
            raw = stream.unconsumed_tail
            if stream.eof or (not raw and len(data) < piece):
                break
        if stream.eof:
            return
