"""Long tables (长表): XlsxWriter draws their first row, and all rows are written by columns in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from pathlib import Path
from zipfile import ZipFile

import pyarrow as pa

from xltools.sheets.ooxml.zipout import write_zip
from xltools.sheets.platform.rowsxml import Own, rows_xml


@dataclass(frozen=True)
class Block:
    """The rows of a table on sheet `sheet` (its index) from row `first` (1-based) on, alone in their rows.

    `formulas`: of each column, "" where it shows values; `heights`: of each row in points, None the usual one.
    """

    sheet: int
    first: int
    rows: pa.Table
    formulas: Sequence[str]
    heights: Sequence[float | None]


def finish(path: Path, blocks: Sequence[Block]) -> None:
    """Write the workbook at `path` anew with the rows of the blocks in it; the same input gives the same bytes.

    Its buttons get names, `xt_1` and so on in their order: in VML a shape's id is its name, where its number is its
    `o:spid`, and by its name a macro knows which button was pressed.
    """
    skeleton = ZipFile(BytesIO(path.read_bytes()))
    by_member = {f"xl/worksheets/sheet{b.sheet + 1}.xml": b for b in blocks}

    def members() -> Iterator[tuple[str, Iterable[bytes | memoryview]]]:
        for name in skeleton.namelist():
            content = skeleton.read(name)
            if name.endswith(".vml"):
                yield name, [_named(content)]
            else:
                yield name, _filled(content, by_member[name]) if name in by_member else [content]

    with path.open("wb") as file:
        write_zip(file, members())


def _named(drawing: bytes) -> bytes:
    number = count(1)
    return re.sub(
        rb'<v:shape id="(_x0000_s\d+)" type="#_x0000_t201"',
        lambda m: b'<v:shape id="xt_%d" o:spid="%s" type="#_x0000_t201"' % (next(number), m[1]),
        drawing,
    )


def _filled(sheet: bytes, block: Block) -> Iterator[bytes | memoryview]:
    found = re.search(rb'<row r="%d"[^>]*>(.*?)</row>' % block.first, sheet, re.DOTALL)
    assert found, "the first row is always drawn"
    styles = [int(s) for s in re.findall(rb'<c r="[A-Z]+\d+" s="(\d+)"', found[1])]
    names = block.rows.column_names
    columns = [
        Own(place, style, block.rows[name], formula)
        for place, (style, name, formula) in enumerate(zip(styles, names, block.formulas, strict=True), 1)
    ]
    last = block.first + block.rows.num_rows - 1
    head = re.sub(rb'(<dimension ref="[A-Z]+\d+:[A-Z]+)\d+', rb"\g<1>%d" % last, sheet[: found.start()], count=1)
    yield head
    given: pa.StringArray | bytes = b""
    if any(block.heights):
        given = pa.array([f' ht="{h:g}" customHeight="1"' if h else "" for h in block.heights], pa.string())
    yield from rows_xml(columns, block.first, block.rows.num_rows, "", given, b"", b"", since_1904=False)
    yield sheet[found.end() :]
