"""A zip archive written in one pass, compressed by isal: many times as fast as zlib, a quarter larger."""

import struct
from collections.abc import Iterable
from typing import BinaryIO

from isal import isal_zlib

LEVEL = 2  # isal's best trade: level 3 takes many times as long for a few per cent
DOS_1980 = 0x21  # 1980-01-01 00:00, the first date a zip knows: the same bytes whatever the clock says
LIMIT = 0xFFFF_FFFF

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")


def write_zip(file: BinaryIO, members: Iterable[tuple[str, Iterable[bytes | memoryview]]]) -> None:
    """Write members (name, content in parts) in their order to a seekable file. Same input, same bytes.

    Raises ValueError where a member or the archive passes 4 GiB: Excel opens no zip64 reliably.
    """
    directory = []
    for name, parts in members:
        place, encoded = file.tell(), name.encode()
        file.write(bytes(_LOCAL.size) + encoded)
        checksum, size, packed = 0, 0, 0
        compressor = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -15)
        for part in parts:
            checksum = isal_zlib.crc32(part, checksum)
            size += len(part)
            packed += file.write(compressor.compress(part))
        packed += file.write(compressor.flush())
        end = file.tell()
        if max(size, end) > LIMIT:
            raise ValueError(f"{name}：内容超过 4 GiB，请分成几个文件")
        common = (20, 0x800, 8, 0, DOS_1980, checksum, packed, size, len(encoded), 0)
        file.seek(place)
        file.write(_LOCAL.pack(b"PK\3\4", *common))
        file.seek(end)
        directory.append(_CENTRAL.pack(b"PK\1\2", 20, *common, 0, 0, 0, 0, place) + encoded)
    start, listing = file.tell(), b"".join(directory)
    file.write(listing)
    file.write(_END.pack(b"PK\5\6", 0, 0, len(directory), len(directory), len(listing), start, 0))
