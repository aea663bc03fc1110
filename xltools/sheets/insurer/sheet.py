"""Insurer sheets (报送表): one workbook an insurer and batch, frozen once written and provable years later."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from xltools.scheme import Scheme
from xltools.scheme.model import Insurer
from xltools.sheets.insurer import batchsummary
from xltools.sheets.insurer.batch import Batch, BatchProof, data, proof
from xltools.sheets.insurer.layout import Layout
from xltools.sheets.insurer.sent import LIST_SHEET, Difference, SentBatch, compare, read_batch
from xltools.sheets.write import bulk

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

_CENTRED = {"case_no", "uscc", "customs_code", "contact", "phone", "plan", "cover"}
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

    `rows` as :class:`xltools.sheets.insurer.batch.Batch` says; `who` is printed as 制表. The list has its headings in row 1
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
        _dress(book, batch, evidence)
        batchsummary.draw(book, batch, evidence)

    bulk.write_table(path, [bulk.Sheet(LIST_SHEET, whole, looks, _FROZEN)], extra)
    return evidence


def proof_of(batch: Batch) -> BatchProof:
    """The proof that a batch's workbook carries. Raises ValueError as :func:`write_batch`."""
    return proof(batch, data(batch))


def _dress(book: Any, batch: Batch, proof: BatchProof) -> None:
    """What the list has beyond a plain table: alignment, tinted headings for the insurer's columns, print header."""
    columns, page = batch.layout.columns, book.get_worksheet_by_name(LIST_SHEET)
    font = {"font_name": bulk.FONT, "font_size": bulk.FONT_SIZE}
    tinted = book.add_format(_ANSWER)
    for index, column in enumerate(columns):
        centred = column.field in _CENTRED or column.kind in ("number", "flag", "date", "datetime")
        align = {"align": "center"} if centred else {"indent": 1} if column.kind == "text" else {}
        look = book.add_format(font | align | {"num_format": column.format})
        page.set_column(index, index, column.width, look)
        page.write_blank(1, index, None, look)  # row 2 is the pattern of all rows
        if column.blank:
            page.write_string(0, index, column.heading, tinted)
    last = max(i for i, c in enumerate(columns) if not c.blank)
    if not any(c.blank for c in columns[: last + 1]):  # blank columns at the end are not worth their paper
        page.print_area(0, 0, max(proof.rows, 1), last)
    page.set_margins(left=0.3, right=0.3, top=0.6, bottom=0.6)
    since = f"（方案文本{batch.scheme.holds_since}）" if batch.scheme.holds_since else ""
    page.set_header(
        f"&L{_literal(batch.scheme.title)}{_literal(since)}&C{LIST_SHEET}"
        f"&R{_literal(batch.insurer.name)} {batch.title}　校验码 {proof.code}"
    )


def _literal(text: str) -> str:
    """Text in a page header, where & begins a code; Excel takes 255 characters in all."""
    return text[:60].replace("&", "&&")
