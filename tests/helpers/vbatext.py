"""The text of the macros in a workbook, as olevba reads it."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def modules(book: Path) -> dict[str, str]:
    """Source by module name, as olevba reads it out of the workbook."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the parser that it is written with
        from oletools.olevba import VBA_Parser
    parser = VBA_Parser(str(ROOT / book))
    found = {name.rpartition(".")[0]: code for _, _, name, code in parser.extract_macros()}
    parser.close()
    return found


def body(text: str) -> list[str]:
    """Lines without the attributes that belong to the file, not to the text."""
    return [line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith("Attribute ")]
