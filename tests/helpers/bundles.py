"""Folders for Windows offices, for tests: laid out once, with a Python zip and wheels that are only their outsides."""

from __future__ import annotations

import compileall
import hashlib
import os
import re
import shutil
import struct
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from xltools.office.bundle import install, layout, wheels
from xltools.office.bundle.install import EMBEDDABLE
from xltools.office.bundle.python_zip import Release

ROOT = Path(__file__).parents[2]
NAME = "部署 目录 & 测试"
VERSIONS = {"pip": "26.3", "pywin32": "312", "tzdata": "2026.6", "colorama": "0.4.6"}


def program(machine: int = 0x8664) -> bytes:
    """The head of a Windows program for that machine."""
    return b"MZ" + bytes(0x3A) + struct.pack("<I", 0x40) + b"PE\0\0" + struct.pack("<H", machine) + bytes(64)


def python_members(version: str = "313", machine: int = 0x8664) -> dict[str, bytes]:
    """What lies in it."""
    return {
        "python.exe": program(machine), "pythonw.exe": program(machine), f"python{version}.dll": b"dll",
        "vcruntime140.dll": b"dll", f"python{version}.zip": b"PK",
        f"python{version}._pth": f"python{version}.zip\r\n.\r\n\r\n# Uncomment to run site.main() automatically\r\n#import site\r\n".encode(),
    }  # fmt: skip


def python_zip(
    path: Path, version: str = "313", machine: int = 0x8664, without: Iterable[str] = (), **more: bytes
) -> Path:
    """What the embeddable package of python.org looks like from outside."""
    members = python_members(version, machine)
    with zipfile.ZipFile(path, "w") as package:
        for name, data in {**members, **more}.items():
            if name not in without:
                package.writestr(name, data)
    return path


def wheel(
    folder: Path, name: str, version: str, tags: str = "py3-none-any", members: Mapping[str, str] | None = None
) -> Path:
    """A wheel that installs, with next to nothing in it."""
    stem = f"{name.replace('-', '_')}-{version}"
    path, info = folder / f"{stem}-{tags}.whl", f"{stem}.dist-info"
    texts = {f"{name.replace('-', '_').lower()}_here.py": "", **(members or {})}
    texts[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    texts[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tags}\n"
    record = "".join(f"{n},,\n" for n in [*texts, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as package:
        for n, text in {**texts, f"{info}/RECORD": record}.items():
            package.writestr(n, text)
    return path


def all_wheels(folder: Path) -> Path:
    """A wheel for every requirement."""
    folder.mkdir(parents=True, exist_ok=True)
    for line in wheels.requirements(ROOT / "pyproject.toml"):
        name, _, version = line.partition("==")
        plain = name.split("[")[0]
        wheel(folder, plain, version or VERSIONS[plain])
    return folder


RELEASE = Release(EMBEDDABLE, {n: hashlib.sha256(data).hexdigest() for n, data in python_members().items()})
"""Stands for the real one where a zip of `python_zip` is taken."""


@cache
def _made() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="xltools-bundle-"))
    zipped = python_zip(folder / EMBEDDABLE)
    layout.make(folder / NAME, python=zipped, release=RELEASE, given=all_wheels(folder / "取来的包"))
    return folder / NAME


def laid_out(folder: Path) -> Path:
    """The whole folder, laid out in a folder of that difficult name."""
    shutil.copytree(_made(), folder / NAME)
    return folder / NAME


def on_linux(bundle: Path) -> Path:
    """The folder as installed on this computer: its Python for the Linux twins to find, and the program compiled."""
    os.symlink(sys.prefix, bundle / ".venv")
    shutil.copytree(_compiled(), bundle / "xltools", dirs_exist_ok=True)
    return bundle


@cache
def _compiled() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="xltools-bundle-")) / "xltools"
    shutil.copytree(_made() / "xltools", folder)
    assert compileall.compile_dir(folder, quiet=1)
    return folder


def private_python(environment: Path) -> Path:
    """An environment in the folder as 安装 leaves it, with this computer's packages in place of installed ones.

    Returns the folder of its packages.
    """
    import venv  # the embeddable Python has none

    venv.create(environment, with_pip=False, symlinks=True)
    packages = next((environment / "lib").glob("python3*/site-packages"))
    real = Path(sys.prefix, *packages.relative_to(environment).parts)
    (packages / "real.pth").write_text(f"{real}\n", "utf-8")
    install.known(packages, 4)
    return packages


def exec_of(path: Path) -> list[str]:
    """argv of a .desktop file, as the Desktop Entry Specification says: string escapes, then quotes, then %k."""
    (line,) = [x for x in path.read_text("utf-8").splitlines() if x.startswith("Exec=")]
    text = re.sub(r"\\([sntr\\])", lambda m: {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}[m[1]], line[5:])
    out = []
    for inside, plain in re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', text):
        out.append(re.sub(r'\\(["`$\\])', r"\1", inside).replace("%%", "%") if inside else plain)
        assert not re.search(r'["`$\\<>~|&;*?#()\']', plain), plain
    return out
