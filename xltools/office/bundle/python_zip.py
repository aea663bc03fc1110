"""The embeddable CPython (嵌入版 Python) that the office supplies: checked member by member, unpacked, made to see its packages."""

from __future__ import annotations

import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath, PureWindowsPath

from xltools.files import reason
from xltools.office.bundle.install import EMBEDDABLE, PACKAGES, paths_opened
from xltools.office.bundle.refused import BundleRefused

AMD64 = 0x8664
"""The machine of a PE header (winnt.h, IMAGE_FILE_MACHINE_AMD64)."""
OTHERS = {0x014C: "32 位", 0xAA64: "ARM64"}
LARGEST = 200 << 20  # bytes; the real one unpacks to 25 MB
SHOWN = 3
"""Members that are named where many are wrong."""


@dataclass(frozen=True)
class Release:
    """A file of python.org by its name (`python-3.13.2-embed-amd64.zip`), and the SHA-256 of each of its members."""

    file: str
    members: Mapping[str, str]

    @property
    def full(self) -> str:
        """`3.13.2`."""
        return self.file.split("-")[1]

    @property
    def version(self) -> tuple[int, int]:
        """(3, 13)."""
        major, minor, _ = map(int, self.full.split("."))
        return major, minor

    @property
    def wanted(self) -> str:
        """What to get, in words."""
        return f"要 python.org 的 {self.file}（Windows embeddable package (64-bit)，正是 {self.full} 版）"


@cache
def release() -> Release:
    """The one that we are tried with; its members are listed as `sha256sum` lists them."""
    text = (resources.files("xltools.office.bundle") / f"{Path(EMBEDDABLE).stem}.sha256").read_text("ascii")
    pairs = (line.split(maxsplit=1) for line in text.splitlines())
    return Release(EMBEDDABLE, {name: sha256 for sha256, name in pairs})


def unpack(path: Path, folder: Path, of: Release | None = None) -> tuple[int, int]:
    """Unpack the zip into `folder` (new); returns the Python version. Raises BundleRefused."""
    of = of or release()
    examine(path, of)
    try:
        with zipfile.ZipFile(path) as package:
            package.extractall(folder)
    except OSError as e:
        raise BundleRefused(f"{path}：解不开（{reason(e)}）；请检查能否写入、磁盘是否已满") from e
    paths_opened(folder)
    (folder / PACKAGES).mkdir(parents=True, exist_ok=True)
    return of.version


def examine(path: Path, of: Release) -> None:
    """Whether it is that very release, member by member. Raises BundleRefused, which says what it is instead."""
    if path.is_dir():
        what = "装好的 Python" if (path / "python.exe").is_file() else "文件夹"
        raise BundleRefused(f"{path}：是{what}，不是压缩包；安装程序装出来的 Python 离开那台电脑就不能用。{of.wanted}")
    try:
        with zipfile.ZipFile(path) as package:
            names = package.namelist()
            if sum(m.file_size for m in package.infolist()) > LARGEST or any(map(_outside, names)):
                raise BundleRefused(f"{path}：不是 Python 的嵌入版压缩包。{of.wanted}")
            found = [m for n in names if (m := re.fullmatch(r"python3(\d+)\._pth", n))]
            if len(found) != 1 or "python.exe" not in names:
                raise BundleRefused(f"{path}：不是嵌入版 Python（里面没有 python.exe 和 python3xx._pth）。{of.wanted}")
            machine, version = _machine(package.read("python.exe")), (3, int(found[0][1]))
            there = {n: hashlib.sha256(package.read(n)).hexdigest() for n in names if not n.endswith("/")}
    except OSError as e:
        raise BundleRefused(f"{path}：读不了（{reason(e)}）；请检查 PYTHON_ZIP 写的位置") from e
    except (zipfile.BadZipFile, zlib.error) as e:
        raise BundleRefused(f"{path}：不是压缩包，或没有下载完整。{of.wanted}") from e
    if machine != AMD64:
        raise BundleRefused(f"{path}：是 {OTHERS.get(machine, '不认识的机型')} 的 Python。{of.wanted}")
    if version != of.version:
        raise BundleRefused(f"{path}：是 Python {version[0]}.{version[1]}。{of.wanted}")
    _same(path, there, of)


def _same(path: Path, there: Mapping[str, str], of: Release) -> None:
    """Raise BundleRefused where a member is missing, is another one, or is too many."""
    for names, what in (
        ([n for n in of.members if n not in there], "缺少"),
        ([n for n in there if n not in of.members], "多出"),
        ([n for n in of.members if there.get(n) != of.members[n]], "内容不同的有"),
    ):
        if names:
            more = f"等 {len(names)} 个文件" if len(names) > SHOWN else ""
            raise BundleRefused(
                f"{path}：不是 {of.full} 版原来的文件（{what} {'、'.join(names[:SHOWN])}{more}），可能是另一个版本，或下载不完整、被改动过。{of.wanted}"
            )


def _outside(name: str) -> bool:
    """Whether a member would be written outside the folder, on any system."""
    return any(p.is_absolute() or ".." in p.parts for p in (PurePosixPath(name), PureWindowsPath(name))) or ":" in name


def _machine(program: bytes) -> int:
    """The machine that a Windows program is for; 0 where it is none."""
    if program[:2] != b"MZ" or len(program) < 64:
        return 0
    (at,) = struct.unpack_from("<I", program, 0x3C)
    if program[at : at + 4] != b"PE\0\0":
        return 0
    (machine,) = struct.unpack_from("<H", program, at + 4)
    return int(machine)
