r"""The files to double-click (双击文件): `.bat` for Windows, `.desktop` for Linux desktops, one a verb, and 安装.

Every .bat is plain ASCII with CRLF. Its bytes are then the same in code page 936, 437 and 65001, so there is nothing
that a computer can misread: GBK shows garbage, and breaks at trail bytes such as `|` and `^`, on a Windows whose code
page is not 936 ("Beta: UTF-8" included), and UTF-8 needs `chcp 65001`, which older cmd.exe lose their place in. The
Chinese name of the file is told by Explorer, Chinese sentences by Python, which writes Unicode to the console, or by
Notepad from a text with a byte order mark.

Paths: the folder is entered once by `pushd "%~dp0"` (which takes network folders too), everything after it is
relative. So spaces, `&`, `(`, `%`, `^` of the folder's name stand in one quoted place only, and `!` is safe as delayed
expansion is off. No block in parentheses, no path in an argument that ends in a backslash before the quote.
"""

from __future__ import annotations

from collections.abc import Iterator

TEXTS = r"xltools\office\bundle\texts"
PYTHON = r"python\python.exe"
INSTALLED = r"python\Lib\site-packages\xlwings"
ENCODING = "ascii"

_START = ["@echo off", "setlocal DisableDelayedExpansion", 'pushd "%~dp0" || goto nofolder']
_NO_FOLDER = [":nofolder", f'start "" notepad.exe "%~dp0{TEXTS}\\no_folder.txt"', "exit /b 3"]


def _tell(label: str) -> list[str]:
    """Show a text by Notepad and leave."""
    return [f":{label}", f'start "" notepad.exe "{TEXTS}\\{label}.txt"', "popd", "exit /b 3"]


def bat(verb: str) -> str:
    """The .bat of a verb: its window stays open only when not even a result could be written, or Python did not start."""
    lines = [
        *_START,
        f'if not exist "{PYTHON}" goto no_python',
        f'if not exist "{INSTALLED}" goto not_installed',
        f'"{PYTHON}" -m xltools.cli.press {verb}',
        'set "code=%errorlevel%"',
        'if not "%code%"=="0" if not "%code%"=="1" if not "%code%"=="2" pause',
        "popd",
        "exit /b %code%",
        *_tell("no_python"),
        *_tell("not_installed"),
        *_NO_FOLDER,
    ]
    return _crlf(lines)


def install_bat() -> str:
    """安装.bat: unpacks the embeddable zip if it only lies there, then hands over to install.py."""
    lines = [
        *_START,
        f'if exist "{PYTHON}" goto install',
        'if not exist "python" md "python"',
        'for %%f in ("python-3*-embed-amd64.zip") do tar.exe -xf "%%f" -C "python"',
        f'if not exist "{PYTHON}" goto no_python',
        ":install",
        f'"{PYTHON}" -B "xltools\\office\\bundle\\install.py"',
        'set "code=%errorlevel%"',
        "pause",
        "popd",
        "exit /b %code%",
        *_tell("no_python"),
        *_NO_FOLDER,
    ]
    return _crlf(lines)


def _crlf(lines: list[str]) -> str:
    return "".join(f"{line}\r\n" for line in lines)


FOLDER = (
    'f=$2; case $f in file://*) f=$(env printf %b "$(printf %s "${f#file://}" | sed "s/%/\\\\\\\\x/g")");; esac; '
    'cd "$(dirname "$f")" && exec sh xltools/office/bundle/texts/press.sh "$1"'
)
"""Finds its own folder: desktops give the file's place as a path or as a URI (Desktop Entry Specification, %k)."""
INSTALL_DOES = "把本软件装进本文件夹（只做一次，不要管理员权限，不用上网）"


def desktop(name: str, verb: str, does: str, *, terminal: bool = False) -> str:
    """The .desktop twin: finds its own folder by %k, so the folder may lie anywhere; `install` is a verb here too."""
    lines = [
        "[Desktop Entry]", "Type=Application", "Version=1.0", f"Name={name}", f"Comment={does}",
        "Icon=x-office-spreadsheet", f"Terminal={'true' if terminal else 'false'}", "StartupNotify=false",
        f"Exec=sh -c {quoted(FOLDER)} sh {verb} %k",
    ]  # fmt: skip
    return "".join(f"{line}\n" for line in lines)


def quoted(argument: str) -> str:
    """An argument of Exec in double quotes: first as Exec wants it, then as every string of such a file."""
    inner = "".join(f"\\{c}" if c in '"`$\\' else c for c in argument.replace("%", "%%"))
    return f'"{inner}"'.replace("\\", "\\\\")


def launchers() -> Iterator[tuple[str, str, str]]:
    """(name, verb, what it does) of every file to double-click, in order, the making of the workspace first."""
    from xltools.desk.steps import does, numbered, pressed

    yield from ((numbered(v.name), v.name, does(v.name)) for v in pressed())
