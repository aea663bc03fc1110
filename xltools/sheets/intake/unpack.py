"""A .zip of several files, as districts and mail programs send them, unpacked safely (解压)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from xltools.sheets.ooxml import parts
from xltools.sheets.ooxml.refused import Refused

_JUNK = re.compile(r"(?:^|/)(?:__MACOSX/|\.DS_Store$|\._|~\$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_DEVICE = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")
_IDEOGRAPH = re.compile("[\u3400-\u9fff]")
_UTF8_FLAG = 0x800


def belongs(info: ZipInfo) -> bool:
    """Whether a member counts: not a folder, a lock file (`~$`) or litter of macOS and Windows."""
    return not info.is_dir() and not _JUNK.search(info.orig_filename)


def unpack(path: str | PathLike[str], into: str | PathLike[str]) -> list[Path]:
    """Writes the files of a .zip into the existing folder `into`; returns them in the archive's order.

    All files come, also those that are no workbooks: the caller names them. Folders are flattened, archives within
    the archive unpacked in their place, names made safe for Windows, and a name that is taken gets a number,
    `汇总表(2).xlsx`; nothing is overwritten. All or nothing: when it raises, what it had written is gone.

    Raises Refused: the bounds of `parts.check` over all archives together, FILE_UNREADABLE for a damaged member.
    """
    written: list[Path] = []
    try:
        _unpack(Path(path), Path(into), written, _Budget())
    except BaseException:
        for file in written:
            file.unlink(missing_ok=True)
        raise
    return written


@dataclass
class _Budget:
    """What may still come out: members, bytes, and archives within archives."""

    members: int = parts.MEMBERS
    inflated: int = parts.INFLATED
    depth: int = 3

    def spend(self, members: Sequence[ZipInfo]) -> None:
        parts.check(members)
        self.members -= len(members)
        self.inflated -= sum(info.file_size for info in members)
        if self.members < 0 or self.inflated < 0 or self.depth < 0:
            raise Refused("FILE_BOMB", "压缩包里套压缩包，文件太多、太大或套得太深")


def _unpack(path: Path, into: Path, written: list[Path], budget: _Budget) -> None:
    with parts.open_zip(path) as package:
        members = [info for info in package.infolist() if belongs(info)]
        budget.spend(members)
        for info in members:
            _write(package, info, into, written)
            if _is_archive(written[-1]):
                inner = written.pop()
                try:
                    budget.depth -= 1
                    _unpack(inner, into, written, budget)
                    budget.depth += 1
                finally:
                    inner.unlink()


def member_name(info: ZipInfo) -> str:
    """The name as its writer meant it: UTF-8 where flagged, else what Windows in China (GB18030) or
    macOS (UTF-8 without the flag) wrote. Two-letter GB18030 names can be valid UTF-8 by chance, never
    with an ideograph in them."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8_FLAG:
        raw = name.encode("cp437")
        try:
            guess = raw.decode("utf-8")
        except UnicodeDecodeError:
            guess = ""
        meant = guess.isascii() or _IDEOGRAPH.search(guess)
        name = guess if guess and meant else raw.decode("gb18030", "replace")
    return unicodedata.normalize("NFC", name)


def safe_name(name: str) -> str:
    """The last part of a path as a file name that Windows, Linux and macOS take."""
    name = _FORBIDDEN.sub("_", re.split(r"[/\\]", name)[-1]).strip().rstrip(". ")
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    while len(stem.encode()) > 180:
        stem = stem[:-1]
    name = f"{stem}{dot}{extension[:16]}" or "未命名"
    return f"_{name}" if _DEVICE.match(name) else name


def _write(package: ZipFile, info: ZipInfo, folder: Path, written: list[Path]) -> None:
    name = safe_name(member_name(info))
    taken = {entry.name.casefold() for entry in folder.iterdir()}
    target, number = folder / name, 1
    while target.name.casefold() in taken:
        number += 1
        target = folder / f"{Path(name).stem}({number}){Path(name).suffix}"
    with open(target, "xb") as file:
        written.append(target)
        file.writelines(parts.inflate(package, info))


def _is_archive(path: Path) -> bool:
    """A zip that is no Office package. A damaged one is for the caller to judge, as any damaged file."""
    with open(path, "rb") as file:
        if file.read(2) != b"PK":
            return False
    try:
        with parts.open_zip(path) as inner:
            names = {parts.part_name(info).lower() for info in inner.infolist()}
    except Refused:
        return False
    return bool(names) and not names & {"[content_types].xml", "xl/workbook.xml", "mimetype", "meta-inf/manifest.xml"}
