"""xlwings on an open LibreOffice document: the same macros, unmodified (LibreOffice 里运行同样的宏).

`activate()` makes it xlwings' active engine; `book(document)` wraps an open UNO document. Works inside LibreOffice's own
Python (see `bridge`) and over a UNO connection from outside. What the engine does not know raises
NotImplementedError; where LibreOffice is more lenient than Excel, it refuses what Excel would change.
"""

from __future__ import annotations

from typing import Any

import xlwings as xw

from xltools.office.libreoffice.app import App, Engine
from xltools.office.libreoffice.sheets import Book

ENGINE = Engine()


def activate(context: Any = None) -> xw.Engine:
    """Make LibreOffice xlwings' active engine.

    `context`: the UNO component context of an office that workbooks are to be opened in by path; without it the office
    of the first document that `book` is given.
    """
    engine = next((e for e in xw.engines if e.name == ENGINE.name), None)
    if engine is None:
        engine = xw.Engine(impl=ENGINE)
        xw.engines.add(engine)
    if context is not None:
        ENGINE.desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    engine.activate()
    return engine


def book(document: Any) -> xw.Book:
    """The open UNO spreadsheet `document` as an xlwings book."""
    app = App(ENGINE, document)
    if ENGINE.desktop is None:
        ENGINE.desktop = app.api
    return xw.Book(impl=Book(app, document))
