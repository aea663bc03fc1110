"""The VBA project (宏工程) from text, by pyOpenVBA; the one module that knows it.

Excel wants a document module for the workbook and for every sheet, named as the sheets' code names; so the project is
made for a workbook that is drawn already. What is written is source only: Excel compiles it when it opens the file.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

WORKBOOK = "ThisWorkbook"


class NotAscii(ValueError):
    """A module with characters that VBA keeps in the code page of the machine it is opened on."""


def project(drawn: Path, modules: Mapping[str, str]) -> bytes:
    """The vbaProject.bin for the workbook `drawn`, which has no macros yet.

    `modules`: source by name, in order; `ThisWorkbook` is the workbook's own module, the others are standard modules.
    The same input gives the same bytes. Raises NotAscii: other characters silently become question marks.
    """
    for name, source in modules.items():
        wrong = [c for c in name + source if not c.isascii()]
        if wrong:
            raise NotAscii(f"module {name}: {wrong[0]!r} is not ASCII")
    from pyopenvba import ExcelFile

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "drawn.xlsm"
        shutil.copyfile(drawn, copy)
        with ExcelFile(copy) as book:
            made = book.add_vba_project()
            for name, source in modules.items():
                text = crlf(source)
                if name == WORKBOOK:
                    book.set_module(name, made.get_module(name).attribute_header + text)
                else:
                    made.add_module(name, text)
            book.save()
        with ExcelFile(copy) as book:
            wrong_names = book.validate()
            if wrong_names:
                raise ValueError("; ".join(wrong_names))
            return bytes(book.vba_project_bytes())


def crlf(text: str) -> str:
    """Lines as VBA keeps them."""
    return "\r\n".join(text.splitlines()) + "\r\n"
