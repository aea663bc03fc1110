"""A batch of changes (变更批次) to one insurer: what of the rows sent before is otherwise from which day, and by how much."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from xltools.catalogue.template import VERSION_SHEET
from xltools.scheme import Scheme
from xltools.scheme.model import Insurer
from xltools.sheets.insurer.sent import read_batch
from xltools.sheets.insurer.sentvalues import plain
from xltools.sheets.write import bulk, formats
from xltools.sheets.write.style import A4

SHEET = "变更清单"
SCHEMA = pa.schema(
    [
        ("原批次", pa.string()), ("原序号", pa.int64()), ("受理编号", pa.string()), ("企业名称", pa.string()),
        ("统一社会信用代码", pa.string()), ("类型", pa.string()), ("项目", pa.string()), ("变更前", pa.string()),
        ("变更后", pa.string()), ("依据", pa.string()), ("生效日", pa.date32()), ("财政差额(元)", pa.decimal128(18, 2)),
    ]
)  # fmt: skip
"""The columns of the list; a change that moves no money has no 财政差额."""
_WIDTHS = (9, 8, 14, 28, 21, 9, 14, 22, 22, 26, 12, 15)


@dataclass(frozen=True)
class ChangeBatch:
    """One batch of changes; `rows` as SCHEMA says."""

    scheme: Scheme
    insurer: Insurer
    number: int
    day: date
    rows: pa.Table
    who: str


def file_name(scheme: Scheme, insurer: Insurer, number: int, day: date) -> str:
    """`<scheme title>_<insurer>_变更第NN批_YYYYMMDD.xlsx`; what Windows forbids in a name becomes `_`."""
    stem = f"{scheme.title}_{insurer.name}_变更第{number:02d}批_{day:%Y%m%d}"
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", stem) + ".xlsx"


def digest(rows: pa.Table) -> str:
    """SHA-256 over the rows as UTF-8 CSV."""
    out = io.BytesIO()
    pyarrow.csv.write_csv(rows.cast(SCHEMA), out)
    return hashlib.sha256(out.getvalue()).hexdigest()


def read(path: Path) -> pa.Table:
    """The rows of a batch of changes as its file has them now, as SCHEMA says. Raises Refused, OSError, and ValueError for
    a list that is none of ours."""
    head, *rows = read_batch(path, SHEET).rows or [[]]
    if [plain(v) for v in head] != SCHEMA.names:
        raise ValueError("headings")
    columns = {
        f.name: pa.array([_cell(row[i], f.type) for row in rows if any(v not in ("", None) for v in row)], f.type)
        for i, f in enumerate(SCHEMA)
    }
    return pa.table(columns, schema=SCHEMA)


def _cell(value: Any, kind: pa.DataType) -> Any:
    if value in ("", None):
        return None
    if pa.types.is_string(kind):
        return plain(value)
    if pa.types.is_date32(kind):
        return value if isinstance(value, date) else date.fromisoformat(plain(value))
    number = Decimal(plain(value))
    return int(number) if pa.types.is_integer(kind) else number.quantize(Decimal("0.01"))


def write(path: Path, batch: ChangeBatch) -> str:
    """Write the workbook, whole or not at all; returns the digest that its hidden 版本 sheet carries. Same input, same bytes."""
    sha256 = digest(batch.rows)

    def extra(book: Any) -> None:
        page = book.get_worksheet_by_name(SHEET)
        page.set_landscape()
        page.set_paper(A4)
        page.fit_to_pages(1, 0)
        page.set_header(
            f"&L{batch.scheme.title[:60].replace('&', '&&')}&C变更第{batch.number:02d}批&R{batch.insurer.name}　校验码 {sha256[:12]}"
        )
        page.set_footer(
            f"&L制表：{batch.who.replace('&', '&&')}　　{batch.scheme.policyholder}（盖章）&R{batch.insurer.name}签收（盖章）　　　年　　月　　日"
        )
        hidden = book.add_worksheet(VERSION_SHEET)
        said = (
            ("项目", "值"),
            ("方案", batch.scheme.id),
            ("保险人", batch.insurer.name),
            ("变更批次", str(batch.number)),
            ("日期", batch.day.isoformat()),
            ("校验", sha256),
        )
        for row, pair in enumerate(said):
            for column, text in enumerate(pair):
                hidden.write_string(row, column, text)
        hidden.hide()

    money = [
        bulk.Column(w, formats.AMOUNT if n == "财政差额(元)" else None)
        for n, w in zip(SCHEMA.names, _WIDTHS, strict=True)
    ]
    bulk.write_table(path, [bulk.Sheet(SHEET, batch.rows.cast(SCHEMA), money, 4)], extra)
    return sha256
