"""The sheets of a file that hold a table, whatever kind of file it is (读表): each kind by the module that knows it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

from xltools.sheets.intake import csvtext, package, webpage, xls, xlsx, xmlsheet
from xltools.sheets.intake.grid import Grid, IsHeading
from xltools.sheets.ooxml.refused import Refused


def begin_grids(
    path: Path, sheet: str | None, is_heading: IsHeading, pool: Executor | None = None
) -> Callable[[], list[Grid]]:
    """The visible sheets with the headings in two steps, the named one first; where none has them, the first sheet alone.

    First all that is checked before values are loaded; then a function that waits for them and gives the grids. In
    between a thread of `pool` loads them, which needs no interpreter lock. Both steps raise Refused. A hidden sheet is
    never read, whatever its name.
    """
    with package.opened(path) as file:
        match file.package.kind:
            case "zip":
                raise Refused("FILE_NOT_WORKBOOK", "这是压缩包，请先解压")
            case "csv":
                return lambda: [csvtext.grid(path, is_heading)]
            case "html":
                return partial(webpage.grids, path, is_heading)
            case "xml":
                return partial(xmlsheet.grids, path, sheet, is_heading)
            case "xls":
                return partial(xls.grids, file, sheet, is_heading)
            case _:
                return xlsx.begin(path, file, sheet, is_heading, pool)
