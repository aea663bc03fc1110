"""A zip archive written in one pass, compressed by isal: many times as fast as zlib, a quarter larger."""

import struct
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from isal import isal_zlib

LEVEL = 2  # isal's best trade: level 3 takes many times as long for a few per cent
DOS_1980 = 0x21  # 1980-01-01 00:00, the first date a zip knows: the same bytes whatever the clock says
LIMIT = 0xFFFF_FFFF
UTF8 = 0x800  # flag: the name is not ASCII

LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")


def write_zip(file: BinaryIO, members: Iterable[tuple[str, Iterable[bytes | memoryview]]]) -> None:
    """Write members (name, content in parts) in their order to a seekable file. Same input, same bytes.

    Raises ValueError where a member or the archive passes 4 GiB: Excel opens no zip64 reliably.
    """
    directory = []
    for name, parts in members:
        place = file.tell()
        common = write_member(file, name, parts)
        directory.append(CENTRAL.pack(b"PK\1\2", 20, *common, 0, 0, 0, 0, place) + name.encode())
    write_directory(file, directory, b"")


def write_member(
    file: BinaryIO, name: str, parts: Iterable[bytes | memoryview], *, stored: bool = False
) -> tuple[int, ...]:
    """One member where the file stands; what its header and its line of the directory have in common.

    `stored` as it is, for who reads it next in memory. Raises ValueError where the member or the archive passes 4 GiB.
    """
    place, encoded = file.tell(), name.encode()
    file.write(bytes(LOCAL.size) + encoded)
    checksum, size, packed = 0, 0, 0
    compressor = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -15)
    for part in parts:
        checksum = isal_zlib.crc32(part, checksum)
        size += len(part)
        packed += file.write(part if stored else compressor.compress(part))
    packed += 0 if stored else file.write(compressor.flush())
    end = file.tell()
    if max(size, end) > LIMIT:
        raise ValueError(f"{name}：内容超过 4 GiB，请分成几个文件")
    common = (20, UTF8 * (not name.isascii()), 0 if stored else 8, 0, DOS_1980, checksum, packed, size, len(encoded), 0)
    file.seek(place)
    file.write(LOCAL.pack(b"PK\3\4", *common))
    file.seek(end)
    return common


def write_directory(file: BinaryIO, lines: Sequence[bytes], comment: bytes) -> None:
    """The directory that ends an archive: a line for each member, then where they begin."""
    start, listing = file.tell(), b"".join(lines)
    file.write(listing)
    file.write(END.pack(b"PK\5\6", 0, 0, len(lines), len(lines), len(listing), start, len(comment)) + comment)
