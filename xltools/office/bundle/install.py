"""What 安装 runs on the office's computer (安装): no administrator, no network, nothing outside this folder.

Run by its path with the folder's own Python (Windows) or the system's (`--linux`) before any package is there, so it
needs the standard library only; on Windows without what the embeddable Python leaves out (venv, ensurepip).
"""

from __future__ import annotations

import compileall
import importlib
import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = Path("Lib", "site-packages")
ENVIRONMENT = ".venv"
"""The folder's own environment on Linux; it is found beside the files to double-click wherever the folder lies."""
WINDOWS_WHEELS, LINUX_WHEELS = "wheels", "wheels-linux"
OLDEST, NEWEST = (3, 11), (3, 13)
EMBEDDABLE = "python-3.13.2-embed-amd64.zip"
"""The very Python for Windows that the folder is tried with, by the name that python.org gives its file."""
REQUIREMENTS = "requirements.txt"
FOR_PYTHON = "python-version.txt"
"""Beside Linux wheels: the Python that they were fetched for, which 安装.desktop looks for first."""
OFFICES = ("16.0", "15.0")
"""Excel's own numbers: 2016 and later, 2013."""
TRUSTED = r"Software\Microsoft\Office\{0}\Excel\Security\Trusted Locations\xltools"
BESIDE = ("pywin32_system32/pythoncom*.dll", "pywin32_system32/pywintypes*.dll", "**/xlwings*-*.dll")
"""Libraries that must lie beside python.exe: pywin32's for COM, xlwings' for the worksheet functions."""


AS_A_MODULE = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('pip', run_name='__main__', alter_sys=True)"
"""Runs pip out of its wheel as `python -m pip` does; called by its path, pip on Windows refuses to install itself."""
SAID = 600
"""Characters of pip's own reason that are shown."""


class Stopped(Exception):
    """The installation cannot go on; the text says what to do."""


def main(
    root: Path = ROOT, python: Path | None = None, ask: Callable[[str], str] = input, *, linux: bool = False
) -> int:
    """Install into `root`; `python` is the interpreter's folder. 0 done, 2 could not; every step says a line."""
    python = python or Path(sys.executable).parent
    program = root / ENVIRONMENT / "bin" / "python" if linux else Path(sys.executable)
    try:
        version = sys.version_info[:2]
        for line in steps_linux(root, program, version) if linux else steps(root, python, version):
            print(f"  {line}", flush=True)
    except Stopped as e:
        print(f"没有装成：{e}")
        return 2
    except OSError as e:
        print(
            f"没有装成：{e.filename or ''}：{e.strerror or e}。请关闭平台工作簿和用到 python 文件夹的程序，再双击“安装”"
        )
        return 2
    trust_linux(root, program, ask) if linux else trust(root, ask)
    print("安装完成，下面自检……", flush=True)
    subprocess.run([str(program), "-m", "xltools.cli.press", "doctor", "-C", str(root)], cwd=root, check=False)
    return 0


def steps(root: Path, python: Path, version: tuple[int, int], bits: int = struct.calcsize("P") * 8) -> Iterator[str]:
    """Everything that needs no answer, a line after each step. Raises Stopped, OSError."""
    if bits < 64:
        raise Stopped(f"python 文件夹里是 {bits} 位的 Python，要 64 位的；请换成 {EMBEDDABLE}")
    if not OLDEST <= version <= NEWEST:
        raise Stopped(
            f"python 文件夹里是 Python {version[0]}.{version[1]}，要 3.11、3.12 或 3.13 的；请换成 {EMBEDDABLE}"
        )
    yield f"去掉 {unblocked(root)} 个文件的“来自互联网”标记"
    yield f"python 文件夹已设好（{paths_opened(python)}）"
    wheels = root / WINDOWS_WHEELS
    if not found_in(wheels):
        raise Stopped("wheels 文件夹里没有软件包（*.whl）。请按“说明.txt”在能上网的电脑上取来，放进去再双击“安装”")
    yield "安装软件包……"
    packages(Path(sys.executable), wheels)
    yield "软件包已装好"
    known(python / PACKAGES, 3)
    yield f"python.exe 旁边已有 {len(beside(python))} 个运行库"
    yield compiled(root)


def steps_linux(root: Path, program: Path, version: tuple[int, int]) -> Iterator[str]:
    """The same on Linux: an environment below `root` whose Python is `program`. Raises Stopped, OSError."""
    import venv

    if not OLDEST <= version <= NEWEST:
        raise Stopped(f"这台电脑的 Python 是 {version[0]}.{version[1]}，要 3.11、3.12 或 3.13；请信息部门另装一个")
    wheels = root / LINUX_WHEELS
    if not found_in(wheels):
        raise Stopped(
            f"{LINUX_WHEELS} 文件夹里没有软件包（*.whl）。请信息部门在一台能上网、同样是 Python {version[0]}.{version[1]} 的 Linux 电脑上，"
            f"进入 {LINUX_WHEELS} 文件夹运行：python3 -m pip download --only-binary=:all: -r {REQUIREMENTS}，再双击“安装”"
        )
    place = root / ENVIRONMENT
    if place.is_symlink():  # somebody's own environment: not ours to empty
        place.unlink()
    venv.create(place, clear=True, symlinks=True, with_pip=False)
    yield f"已建立本文件夹自己的 Python 环境（{ENVIRONMENT}）"
    yield "安装软件包……"
    packages(program, wheels)
    known(place / "lib" / f"python{version[0]}.{version[1]}" / "site-packages", 4)
    yield "软件包已装好"
    yield compiled(root)


def known(packages: Path, levels: int) -> None:
    """Let the Python of these packages find our programs, `levels` folders above them, and nothing else there.

    By relative place: the folder works wherever it is moved to.
    """
    packages.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(__file__).with_name("program.py"), packages / "xltools_program.py")
    (packages / "xltools_program.pth").write_text(
        f"import xltools_program; xltools_program.found_above({levels})\n", "ascii", newline="\n"
    )


def found_in(wheels: Path) -> Path | None:
    """pip's own wheel in that folder, None where pip or the list of what to install is missing."""
    pip = next(iter(sorted(wheels.glob("pip-*.whl"))), None)
    return pip if pip and (wheels / REQUIREMENTS).is_file() else None


def packages(program: Path, wheels: Path) -> None:
    """Install everything that the folder lists, from the folder alone. Raises Stopped."""
    asked = ("--no-index", "--no-warn-script-location", "--disable-pip-version-check", "--quiet", "--find-links")
    done = subprocess.run(
        [str(program), "-c", AS_A_MODULE, str(found_in(wheels)), "install", *asked, str(wheels), "-r", str(wheels / REQUIREMENTS)],
        cwd=wheels.parent, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        first = next((n for n, line in enumerate(lines) if line.startswith("ERROR")), -3)
        said = "；".join(lines[first:])[:SAID] or f"没有说明原因，退出码 {done.returncode}"
        raise Stopped(
            f"软件包装不上（{said}）。多半是 {wheels.name} 里的文件不全，或与 Python 的版本不配；请按“说明.txt”重新取一次"
        )


def compiled(root: Path) -> str:
    """Compile our programs; what came of it."""
    done = [compileall.compile_dir(root / name, quiet=2) for name in ("xltools", "udfs")]
    return "程序已编译" if all(done) else "程序没有全部编译（不影响使用，只是慢一点）"


def paths_opened(python: Path) -> str:
    """Let the private Python see its packages; returns the name of its path file."""
    found = sorted(python.glob("python3*._pth"))
    if len(found) != 1:
        raise Stopped(
            f"{python} 不是嵌入版 Python（没有 python3xx._pth），是安装程序装出来的或没有解压完整；"
            f"请用 python.org 的 embeddable package (64-bit)：{EMBEDDABLE}"
        )
    found[0].write_text(paths(found[0].stem), "ascii", newline="\r\n")
    return found[0].name


def paths(stem: str) -> str:
    """The path file of an embeddable Python (`python312._pth`): its library, itself, its packages.

    The folder around it is not among them: see `known`.
    """
    return "\n".join([f"{stem}.zip", ".", str(PACKAGES).replace("/", "\\"), "", "import site", ""])


def beside(python: Path) -> list[Path]:
    """Copy the libraries beside python.exe that must lie there; returns them."""
    found = [p for pattern in BESIDE for p in sorted((python / PACKAGES).glob(pattern)) if p.is_file()]
    for path in found:
        shutil.copyfile(path, python / path.name)
    return sorted({*(python / p.name for p in found), *python.glob("xlwings*-*.dll")})


def unblocked(root: Path) -> int:
    """Remove the mark of the web (Zone.Identifier, as Unblock-File does) from all files; how many had one."""
    count = 0
    for folder, _, names in os.walk(root):
        for name in names:
            if name.endswith(":Zone.Identifier"):
                continue
            with suppress(OSError):
                os.remove(os.path.join(folder, f"{name}:Zone.Identifier"))
                count += 1
    return count


def trust(root: Path, ask: Callable[[str], str], registry: str = "winreg") -> bool:
    """Offer to make this very folder one of Excel's trusted locations, for this user only; whether it was done."""
    try:
        winreg = importlib.import_module(registry)
        there = [v for v in OFFICES if _known(winreg, v)]
        if not there:
            return False
        print(
            "要让 Excel 直接运行本文件夹里的按钮，可以把本文件夹设为 Excel 的“受信任位置”（只对当前用户，随时可以取消）。"
        )
        if not agreed(ask, "设为受信任位置吗？"):
            return False
        for version in there:
            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, TRUSTED.format(version)) as key:
                winreg.SetValueEx(key, "Path", 0, winreg.REG_SZ, f"{str(root).rstrip(chr(92))}\\")
                winreg.SetValueEx(key, "Description", 0, winreg.REG_SZ, "xltools")
                winreg.SetValueEx(key, "AllowSubfolders", 0, winreg.REG_DWORD, 0)
        print("  已设为受信任位置；Excel 开着的请重新打开")
        return True
    except (ImportError, OSError, EOFError):
        print("  没有设受信任位置（不影响其他功能）")
        return False


def trust_linux(root: Path, program: Path, ask: Callable[[str], str]) -> bool:
    """Offer to let LibreOffice run this very folder's buttons, for this user only; whether it was done."""
    if not any(map(shutil.which, ("soffice", "libreoffice"))):
        return False
    print(
        "要在 LibreOffice 里按平台工作簿的按钮，可以让它信任本文件夹（只对当前用户，随时可以取消）。请先关闭 LibreOffice。"
    )
    with suppress(EOFError):
        if agreed(ask, "让 LibreOffice 信任本文件夹吗？"):
            command = ["-m", "xltools.office.libreoffice.install", "--trust", str(root)]
            return not subprocess.run([str(program), *command], cwd=root, check=False).returncode
    print("  没有设置（不影响双击办理；以后想用按钮，再双击一次“安装”）")
    return False


def agreed(ask: Callable[[str], str], question: str) -> bool:
    """Whether somebody answers yes. Raises EOFError where nobody is there to answer."""
    said = ask(f"{question}（是请输入 y 回车，否直接回车）")
    return re.fullmatch(r"\s*(y|yes|是|好)\s*", said, re.IGNORECASE) is not None


def _known(winreg: object, version: str) -> bool:
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, rf"Software\Microsoft\Office\{version}\Excel"):  # type: ignore[attr-defined]
            return True
    except OSError:
        return False


if __name__ == "__main__":
    on_linux = "--linux" in sys.argv[1:]
    done = main(linux=on_linux)
    with suppress(EOFError):  # the window stays open until somebody has read it; 安装.bat sees to that itself
        if on_linux:
            input("按回车键关闭")
    sys.exit(done)
