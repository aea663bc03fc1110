"""What stands in an OLE2 compound file ([MS-CFB]): enough to tell .xls, a locked workbook and others apart.

Only the level of the directory and the streams asked for are read. A chain with more sectors than the file has is a
loop, and the file damaged. `written` makes a plain file of some streams, for readers that are to see nothing else.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST = 0xFFFFFFFA  # from here on: end of chain, free, table sectors
_MINI = 64  # bytes of a mini sector
_ROOT, _STREAM = 5, 2


class Bytes(Protocol):
    """bytes or an mmap."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> bytes: ...


@dataclass(frozen=True)
class Entry:
    """One storage or stream; `read` gives a stream's bytes, for a storage none."""

    is_stream: bool
    read: Callable[[], bytes]


def entries(data: Bytes, storage: str = "") -> dict[str, Entry]:
    """Entries of a storage (lower-cased path, `/` between the names; "" is the root) by name, lower-cased.

    Empty where there is no such storage. Raises ValueError or struct.error on a damaged file, as `read` does.
    """
    shift, mini_from = struct.unpack("<30xH24xI", data[0:60])
    if data[0:8] != MAGIC or shift not in (9, 12):
        raise ValueError("not an OLE2 file")
    size = 1 << shift
    most = len(data) // size + 1
    first_directory, first_mini, first_difat = struct.unpack("<48xI8xI4xI", data[0:72])

    def sector(number: int) -> bytes:
        return data[(number + 1) * size : (number + 2) * size]

    def tables() -> Iterator[int]:  # the sectors of the allocation table, in order
        yield from struct.unpack("<109I", data[76:512])
        following = first_difat
        for _ in range(most):
            if following >= _LAST:
                return
            *numbers, following = struct.unpack(f"<{size // 4}I", sector(following))
            yield from numbers
        raise ValueError("a loop in the list of tables")

    table = [number for number in tables() if number < _LAST][:most]

    def chain(start: int, links: list[int] | None = None) -> Iterator[int]:
        """Sector numbers from `start`; through `links` for mini sectors, else the file's own table."""
        for _ in range(most if links is None else len(links) + 1):
            if start >= _LAST:
                return
            yield start
            if links is not None:
                start = links[start] if start < len(links) else _LAST
            else:
                page, place = divmod(start, size // 4)
                if page >= len(table):
                    return
                (start,) = struct.unpack_from("<I", sector(table[page]).ljust(size, b"\xff"), place * 4)
        raise ValueError("a loop of sectors")

    def read(start: int, length: int) -> bytes:
        found = bytearray()
        for number in chain(start):
            if len(found) >= length or number >= most:
                break
            found += sector(number)
        return bytes(found[:length])

    directory = read(first_directory, most * size)
    records = [_record(directory[at : at + 128]) for at in range(0, len(directory) - 127, 128)]
    if not records or records[0].kind != _ROOT:
        raise ValueError("no root in the directory")

    def content(record: _Record) -> bytes:
        if record.kind != _STREAM:
            return b""
        if record.size >= mini_from:
            return read(record.start, record.size)
        raw = read(first_mini, most * size)
        links = list(struct.unpack(f"<{len(raw) // 4}I", raw))
        store = read(records[0].start, records[0].size)
        found = bytearray()
        for number in chain(record.start, links):
            if len(found) >= record.size:
                break
            found += store[number * _MINI : (number + 1) * _MINI]
        return bytes(found[: record.size])

    def children(parent: _Record) -> dict[str, _Record]:
        """They are a tree of siblings."""
        found: dict[str, _Record] = {}
        waiting, met = [parent.child], set()
        while waiting:
            number = waiting.pop()
            if number >= len(records) or number in met:
                continue
            met.add(number)
            record = records[number]
            waiting += [record.left, record.right]
            found[record.name.lower()] = record
        return found

    level = children(records[0])
    for name in filter(None, storage.split("/")):
        inner = level.get(name)
        level = {} if inner is None or inner.kind == _STREAM else children(inner)
    return {name: Entry(record.kind == _STREAM, partial(content, record)) for name, record in level.items()}


@dataclass(frozen=True)
class _Record:
    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


def _record(raw: bytes) -> _Record:
    name_size, kind, left, right, child, start, size = struct.unpack("<64xHBxIII36xII4x", raw)
    name = raw[: max(0, min(name_size, 64) - 2)].decode("utf-16-le", "replace")
    return _Record(name, kind, left, right, child, start, size)


_SECTOR, _CUTOFF = 4096, 4096  # of version 4: its header names tables for files up to 450 MB
_END, _NONE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def written(streams: Mapping[str, bytes]) -> bytes:
    """A compound file of these streams (at least one) in the root, and no more. Raises ValueError above 450 MB."""
    table, mini_table = list[int](), list[int]()
    body, mini = bytearray(), bytearray()

    def store(content: bytes, into: bytearray, links: list[int], size: int) -> int:
        first, count = len(links), -(-len(content) // size)
        if not count:
            return _END
        links.extend([*range(first + 1, first + count), _END])
        into.extend(content.ljust(count * size, b"\0"))
        return first

    entries = []
    for number, (name, content) in enumerate(streams.items(), 1):
        where = (mini, mini_table, _MINI) if len(content) < _CUTOFF else (body, table, _SECTOR)
        following = number + 1 if number < len(streams) else _NONE
        entries.append(_entry(name, _STREAM, following, _NONE, store(content, *where), len(content)))
    root = _entry("Root Entry", _ROOT, _NONE, 1, store(bytes(mini), body, table, _SECTOR), len(mini))
    directory = store(b"".join([root, *entries]), body, table, _SECTOR)
    per = _SECTOR // 4
    minis = store(
        struct.pack(f"<{len(mini_table)}I", *mini_table).ljust(-(-len(mini_table) // per) * _SECTOR, b"\xff"),
        body,
        table,
        _SECTOR,
    )
    tables = -(-len(table) // (per - 1))  # the table's own sectors stand in it as well
    if tables > 109:
        raise ValueError("too large")
    places = range(len(table), len(table) + tables)
    table += [_TABLE] * tables
    body += struct.pack(f"<{len(table)}I", *table).ljust(tables * _SECTOR, b"\xff")
    header = MAGIC + bytes(16) + struct.pack("<5H6x", 0x3E, 4, 0xFFFE, 12, 6)
    header += struct.pack("<9I", 1, tables, directory, 0, _CUTOFF, minis, -(-len(mini_table) // per), _END, 0)
    header += struct.pack("<109I", *places, *[_NONE] * (109 - tables))
    return header.ljust(_SECTOR, b"\0") + bytes(body)


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le")
    head = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw) + 2, kind, 1)
    return head + struct.pack("<III36xIII", _NONE, right, child, start, size, 0)
