"""The VBA modules of the platform workbook (宏模块), as text: ours, xlwings' own, and the generated wrappers."""

from __future__ import annotations

from importlib import resources

from xltools.office.wrappers import MODULE, Wrappers

ROOM = resources.files("xltools.office") / "modules"
MACROS = "PlatformMacros"
"""The module with the one macro of all buttons, the same in both."""


def excel(made: Wrappers) -> dict[str, str]:
    """The modules for Excel by name. `xlwings` is the official standalone module of the installed version, to the letter."""
    return {
        **_own("excel"),
        "xlwings": (resources.files("xlwings") / "xlwings.bas").read_text("utf-8"),
        MODULE: made.excel,
    }


def libreoffice(made: Wrappers) -> dict[str, str]:
    """The modules for LibreOffice: what reaches Python is another module there."""
    return {**_own("libreoffice"), MODULE: made.libreoffice}


def _own(variant: str) -> dict[str, str]:
    files = {p.name.removesuffix(".bas"): p.read_text("utf-8") for p in (ROOM / variant).iterdir()}
    return {MACROS: (ROOM / f"{MACROS}.bas").read_text("utf-8"), **dict(sorted(files.items()))}
