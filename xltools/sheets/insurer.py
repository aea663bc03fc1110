"""Insurer sheets (报送表): one workbook an insurer and batch, frozen once written and provable years later."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from xltools.scheme import Scheme
from xltools.scheme.model import Insurer
from xltools.sheets import batchsummary, bulk
from xltools.sheets.batch import Batch, BatchProof, data, proof
from xltools.sheets.layout import Layout
from xltools.sheets.sent import LIST_SHEET, Difference, SentBatch, compare, read_batch

__all__ = [
    "Batch",
    "BatchProof",
    "Difference",
    "SentBatch",
    "compare",
    "file_name",
    "proof_of",
    "read_batch",
    "write_batch",
]

_FROZEN = 2  # columns that stay in view: 序号 and 受理编号
_ANSWER = bulk.HEADER | {"bg_color": "#FFF2CC", "font_name": bulk.FONT, "font_size": bulk.FONT_SIZE}


def file_name(scheme: Scheme, insurer: Insurer, number: int, day: date) -> str:
    """`<scheme title>_<insurer>_第NN批_YYYYMMDD.xlsx`; what Windows forbids in a name becomes `_`."""
    stem = f"{scheme.title}_{insurer.name}_第{number:02d}批_{day:%Y%m%d}"
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", stem) + ".xlsx"


def write_batch(
    path: Path,
    *,
    scheme: Scheme,
    insurer: Insurer,
    layout: Layout,
    number: int,
    day: date,
    rows: pa.Table,
    who: str,
) -> BatchProof:
    """Write a batch as one workbook, whole or not at all: 投保企业清单, 汇总, hidden 版本. Same input, same bytes.

    `rows` as :class:`xltools.sheets.batch.Batch` says; `who` is printed as 制表. The list has its headings in row 1
    and nothing above, so that insurers load it unchanged. Raises ValueError for rows that do not fit the layout or
    that no sheet can hold, OSError.
    """
    batch = Batch(scheme, insurer, layout, number, day, rows, who)
    table = data(batch)
    evidence = proof(batch, table)
    blank = pa.chunked_array([pa.nulls(table.num_rows, pa.string())])
    whole = pa.table({c.heading: blank if c.blank else table[c.heading] for c in layout.columns})
    looks = [bulk.Column(c.width, c.format) for c in layout.columns]

    def extra(book: Any) -> None:
        _mark_answers(book, layout, table.num_rows)
        batchsummary.draw(book, batch, evidence)

    bulk.write_table(path, [bulk.Sheet(LIST_SHEET, whole, looks, _FROZEN)], extra)
    return evidence


def proof_of(batch: Batch) -> BatchProof:
    """The proof that a batch's workbook carries. Raises ValueError as :func:`write_batch`."""
    return proof(batch, data(batch))


def _mark_answers(book: Any, layout: Layout, rows: int) -> None:
    """Tint the headings of the insurer's columns; leave those columns out of print where they stand last."""
    page = book.get_worksheet_by_name(LIST_SHEET)
    tinted = book.add_format(_ANSWER)
    for index, column in enumerate(layout.columns):
        if column.blank:
            page.write_string(0, index, column.heading, tinted)
    last = max(i for i, c in enumerate(layout.columns) if not c.blank)
    if not any(c.blank for c in layout.columns[: last + 1]):
        page.print_area(0, 0, max(rows, 1), last)
    page.set_margins(left=0.3, right=0.3, top=0.6, bottom=0.6)
