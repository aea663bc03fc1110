"""The VBA modules of the platform workbook (宏模块), as text: ours, xlwings' own, and those generated from data."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources

from xltools.office.wrappers import MODULE, Wrappers

ROOM = resources.files("xltools.office") / "modules"
MACROS = "PlatformMacros"


def excel(buttons: Iterable[tuple[str, str]], made: Wrappers) -> dict[str, str]:
    """The modules for Excel by name, `buttons` being macros and their verbs.

    `xlwings` is the official standalone module of the installed version, to the letter.
    """
    return {
        "ThisWorkbook": _text("ThisWorkbook"),
        MACROS: macros(buttons),
        "xlwings": (resources.files("xlwings") / "xlwings.bas").read_text("utf-8"),
        MODULE: made.excel,
    }


def libreoffice(buttons: Iterable[tuple[str, str]], made: Wrappers) -> dict[str, str]:
    """The modules for LibreOffice: the same macros; what reaches Python is replaced by what stands in libreoffice/."""
    own = {p.name.removesuffix(".bas"): p.read_text("utf-8") for p in (ROOM / "libreoffice").iterdir()}
    return {MACROS: macros(buttons), **dict(sorted(own.items())), MODULE: made.libreoffice}


def macros(buttons: Iterable[tuple[str, str]]) -> str:
    """One line of work a button: everything that happens is decided in Python."""
    lines = [
        f'Attribute VB_Name = "{MACROS}"',
        "' Generated from the list of buttons by xltools workbooks.",
        "Option Explicit",
        "",
    ]
    for macro, verb in buttons:
        lines += [
            f"Sub {macro}()",
            f"    RunPython \"from xltools.office import entry; entry.run('{verb}')\"",
            "End Sub",
            "",
        ]
    return "\n".join(lines)


def _text(name: str) -> str:
    return (ROOM / f"{name}.bas").read_text("utf-8")
