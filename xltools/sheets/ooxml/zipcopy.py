"""A zip package with some members made anew: the others keep their very bytes, compressed as they are."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import BinaryIO
from zipfile import ZipFile, ZipInfo

from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.zipout import CENTRAL, LIMIT, LOCAL, UTF8, write_directory, write_member

_BLOCK = 1 << 20
_DESCRIPTOR = 0x8  # sizes stand behind the data: not any more, we know them


def write_package(
    file: BinaryIO, package: ZipFile, changed: Mapping[str, Iterable[bytes | memoryview]], dropped: Iterable[str]
) -> None:
    """The package's members in their order, `changed` ones with new content, `dropped` ones left out, new ones last.

    Raises ValueError where the result passes 4 GiB, Refused (FILE_UNREADABLE) where a member is cut off.
    """
    left_out, directory = set(dropped), []
    for info in package.infolist():
        if info.filename in left_out:
            continue
        place, name = file.tell(), info.orig_filename.encode()
        if info.filename in changed:
            common = write_member(file, info.orig_filename, changed[info.filename])
        else:
            common = copied(file, name, package, info)
        if file.tell() > LIMIT:
            raise ValueError(f"{info.filename}：文件超过 4 GiB")
        made = info.create_version | info.create_system << 8
        tail = (0, 0, info.internal_attr, info.external_attr, place)
        directory.append(CENTRAL.pack(b"PK\1\2", made, *common, *tail) + name)
    known = {info.filename for info in package.infolist()}
    for new in [n for n in changed if n not in known]:
        place = file.tell()
        common = write_member(file, new, changed[new])
        directory.append(CENTRAL.pack(b"PK\1\2", 20, *common, 0, 0, 0, 0, place) + new.encode())
    write_directory(file, directory, package.comment)


def copied(file: BinaryIO, name: bytes, package: ZipFile, info: ZipInfo) -> tuple[int, ...]:
    """A member's very bytes under that name; what its header and its line of the directory have in common.

    Raises Refused (FILE_UNREADABLE) where it is cut off.
    """
    date = (info.date_time[0] - 1980) << 9 | info.date_time[1] << 5 | info.date_time[2]
    time = info.date_time[3] << 11 | info.date_time[4] << 5 | info.date_time[5] // 2
    flags = (info.flag_bits & ~_DESCRIPTOR) | UTF8 * (not name.isascii())
    sizes = (info.CRC, info.compress_size, info.file_size)
    common = (20, flags, info.compress_type, time, date, *sizes, len(name), 0)
    file.write(LOCAL.pack(b"PK\3\4", *common) + name)
    source = package.fp
    assert source is not None
    source.seek(info.header_offset)
    signature, name_size, extra_size = struct.unpack("<4s22xHH", source.read(30).ljust(30, b"\0"))
    source.seek(info.header_offset + 30 + name_size + extra_size)
    left = info.compress_size
    while left and signature == b"PK\3\4":
        block = source.read(min(left, _BLOCK))
        if not block:
            break
        left -= file.write(block)
    if left:
        raise Refused("FILE_UNREADABLE", f"cut off: {info.filename}")
    return common
