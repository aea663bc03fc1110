"""The embeddable CPython (嵌入版 Python) that the office supplies: checked, unpacked, made to see its packages."""

from __future__ import annotations

import re
import struct
import zipfile
from pathlib import Path, PurePosixPath, PureWindowsPath

from xltools.files import reason
from xltools.office.bundle.install import NEWEST, OLDEST, PACKAGES, paths_opened
from xltools.office.bundle.refused import BundleRefused

AMD64 = 0x8664
"""The machine of a PE header (winnt.h, IMAGE_FILE_MACHINE_AMD64)."""
OTHERS = {0x014C: "32 位", 0xAA64: "ARM64"}
WANTED = (
    "要 python.org 的 Windows embeddable package (64-bit)，3.11、3.12 或 3.13 版，如 python-3.12.10-embed-amd64.zip"
)
LARGEST = 200 << 20  # bytes; the real ones unpack to 25 MB


def unpack(path: Path, folder: Path) -> tuple[int, int]:
    """Unpack the zip into `folder` (new); returns the Python version. Raises BundleRefused."""
    version = examine(path)
    try:
        with zipfile.ZipFile(path) as package:
            package.extractall(folder)
    except (OSError, zipfile.BadZipFile) as e:
        raise BundleRefused(
            f"{path}：解不开（{reason(e) if isinstance(e, OSError) else '压缩包已损坏'}）；请重新下载。{WANTED}"
        ) from e
    paths_opened(folder)
    (folder / PACKAGES).mkdir(parents=True, exist_ok=True)
    return version


def examine(path: Path) -> tuple[int, int]:
    """The Python version of an embeddable zip for 64-bit Windows. Raises BundleRefused for anything else."""
    try:
        with zipfile.ZipFile(path) as package:
            names = package.namelist()
            if sum(m.file_size for m in package.infolist()) > LARGEST or any(map(_outside, names)):
                raise BundleRefused(f"{path}：不是 Python 的嵌入版压缩包。{WANTED}")
            found = [m for n in names if (m := re.fullmatch(r"python3(\d+)\._pth", n))]
            if len(found) != 1 or "python.exe" not in names:
                raise BundleRefused(f"{path}：不是嵌入版 Python（里面没有 python.exe 和 python3xx._pth）。{WANTED}")
            version = (3, int(found[0][1]))
            machine = _machine(package.read("python.exe"))
            stem = f"python3{version[1]}"
            missing = [n for n in (f"{stem}.dll", f"{stem}.zip") if n not in names]
    except OSError as e:
        raise BundleRefused(f"{path}：读不了（{reason(e)}）；请检查 PYTHON_ZIP 写的位置") from e
    except zipfile.BadZipFile as e:
        raise BundleRefused(f"{path}：不是压缩包，或没有下载完整。{WANTED}") from e
    if machine != AMD64:
        raise BundleRefused(f"{path}：是 {OTHERS.get(machine, '不认识的机型')} 的 Python。{WANTED}")
    if not OLDEST <= version <= NEWEST:
        raise BundleRefused(f"{path}：是 Python {version[0]}.{version[1]}。{WANTED}")
    if missing:
        raise BundleRefused(f"{path}：缺少 {'、'.join(missing)}，压缩包不完整。{WANTED}")
    return version


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
