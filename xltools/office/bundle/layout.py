"""The folder laid out (摆放): workbook, programs, worksheet functions, Python, packages, files to double-click, 说明."""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from xltools.desk.book.workbooks import draw_first_day
from xltools.files import reason
from xltools.office.bundle import launchers, python_zip, wheels
from xltools.office.bundle.install import EMBEDDABLE, FOR_PYTHON, NEWEST, OLDEST
from xltools.office.bundle.refused import BundleRefused

ROOT = Path(__file__).parents[3]
BOOK, TEMPLATE = "平台工作簿.xlsm", Path("workbooks", "platform_template.xlsm")
INSTALL, MANUAL = "安装", "说明.txt"
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".*", "tests")
CONFIG = "xltools.toml"


@dataclass(frozen=True)
class Bundle:
    """The folder that was made: where, with which Python (None: the office must put it there), how many wheels; `linux`
    is how many of them are for Linux."""

    path: Path
    python: tuple[int, int] | None
    wheels: int
    linux: int = 0


def make(
    out: Path,
    *,
    python: Path | None = None,
    given: Path | None = None,
    linux: str = "",
    given_linux: Path | None = None,
    run: Callable[..., subprocess.CompletedProcess[str]] = subprocess.run,
    release: python_zip.Release | None = None,
) -> Bundle:
    """Lay the folder out at `out`, whole or not at all. Raises BundleRefused.

    `python`: an embeddable CPython zip; `given`: a folder with Windows wheels, without which pip downloads them. `linux`:
    the Python of the office's Linux computers (`3.11`, `3.11-aarch64`), `given_linux` a folder with wheels for it. A
    folder that was made before is replaced, one with a workspace in it is not. `release`: another embeddable CPython
    than the one that we are tried with.
    """
    there, desktops = _linux(linux)
    if not (ROOT / TEMPLATE).is_file():
        raise BundleRefused("这里不是源代码目录（没有 workbooks/platform_template.xlsm）；请先运行 xltools workbooks")
    out = out.absolute()
    _replaceable(out)
    lines, more = (wheels.requirements(ROOT / "pyproject.toml", t) for t in (wheels.WINDOWS, desktops))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        scratch = out.parent / f".bundle-{secrets.token_hex(4)}"
        scratch.mkdir()
        with _removed(scratch):
            new = scratch / out.name
            new.mkdir()
            version = python_zip.unpack(python, new / "python", release) if python else None
            if version is None:
                (new / "python").mkdir()
                text = _text("no_python").encode("utf-8-sig")
                (new / "python" / "把嵌入版Python解压到这里.txt").write_bytes(text)
            count = wheels.gather(lines, new / wheels.WINDOWS.folder, version, given, run)
            on_linux = wheels.gather(more, new / desktops.folder, there, given_linux, run, desktops)
            if there:
                (new / desktops.folder / FOR_PYTHON).write_text(f"{there[0]}.{there[1]}\n", "ascii", newline="\n")
            _programs(new)
            _launchers(new)
            (new / MANUAL).write_bytes(manual(version, count, on_linux).encode("utf-8-sig"))
            if out.exists():
                shutil.rmtree(out)
            new.rename(out)
    except OSError as e:
        raise BundleRefused(f"{e.filename or out}：{reason(e)}；请检查能否写入、磁盘是否已满") from e
    return Bundle(out, version, count, on_linux)


@contextmanager
def _removed(folder: Path) -> Iterator[None]:
    """The folder is gone at the block's end."""
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _linux(text: str) -> tuple[tuple[int, int] | None, wheels.Target]:
    """The Python (None where nothing is asked for) and the kind of computer of `3.11` or `3.11-aarch64`."""
    match = re.fullmatch(r"3\.(\d\d?)(?:-(x86_64|aarch64))?", text)
    if text and (match is None or not OLDEST <= (3, int(match[1])) <= NEWEST):
        raise BundleRefused(f"LINUX={text}：应写 Linux 上 Python 的版本，如 3.11、3.12，或 3.11-aarch64（ARM 电脑）")
    return (3, int(match[1])) if match else None, wheels.linux((match and match[2]) or "x86_64")


def _replaceable(out: Path) -> None:
    if not out.exists():
        return
    if not out.is_dir() or (any(out.iterdir()) and not (out / f"{INSTALL}.bat").is_file()):
        raise BundleRefused(f"{out}：已经有了，又不是以前生成的；没有覆盖，请换一个 OUT")
    if (out / CONFIG).exists():
        raise BundleRefused(f"{out}：里面已有工作区；没有覆盖，请换一个 OUT")


def _programs(new: Path) -> None:
    shutil.copyfile(ROOT / TEMPLATE, new / BOOK)
    draw_first_day(new)
    for name in ("xltools", "udfs"):
        shutil.copytree(ROOT / name, new / name, ignore=LEFT_OUT)
    for name in ("LICENSE", "NOTICE"):
        shutil.copyfile(ROOT / name, new / "xltools" / name)
    for name in ("no_python", "not_installed", "no_folder"):
        path = new / "xltools" / "office" / "bundle" / "texts" / f"{name}.txt"
        path.write_bytes(_text(name).encode("utf-8-sig"))


def _launchers(new: Path) -> None:
    files = {
        INSTALL: (launchers.install_bat(), launchers.desktop(INSTALL, "install", launchers.INSTALL_DOES, terminal=True))
    }
    for name, verb, does in launchers.launchers():
        files[name] = launchers.bat(verb), launchers.desktop(name, verb, does, terminal=verb == "init")
    for name, (bat, desktop) in files.items():
        (new / f"{name}.bat").write_text(bat, launchers.ENCODING, newline="")
        path = new / f"{name}.desktop"
        path.write_text(desktop, "utf-8", newline="")
        path.chmod(0o755)  # desktops start only what may be run


def manual(version: tuple[int, int] | None, count: int, linux: int) -> str:
    """说明.txt for what lies in this folder, CRLF."""
    python = (
        f"已经放好 Python {version[0]}.{version[1]}，不用再做什么" if version
        else "还没有放。请按 python 文件夹里那页说明放好，再做第 2 步"
    )  # fmt: skip
    there = (
        f"已经放好 {count} 个，不用再做什么" if count
        else "还没有放。请在一台能上网、有 Python 的电脑上，在 wheels 文件夹里运行（python 文件夹里是别的版本的，版本号照着写）：\r\n"
        "       pip download --platform win_amd64 --python-version 3.13 --only-binary=:all: -r requirements.txt"
    )  # fmt: skip
    on_linux = f"已经放好 {linux} 个" if linux else "还没有放，双击“安装.desktop”会说怎样取来"
    verbs = "\r\n".join(f"  {name}　{does}" for name, _, does in launchers.launchers())
    return _text("说明").format(python=python, wheels=there, linux=on_linux, verbs=verbs)


def _text(name: str) -> str:
    text = (resources.files("xltools.office.bundle") / "texts" / f"{name}.txt").read_text("utf-8-sig")
    text = text.replace("<嵌入版Python>", EMBEDDABLE)
    return "\r\n".join(text.splitlines()) + "\r\n"
