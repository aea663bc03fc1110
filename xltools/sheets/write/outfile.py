"""The table of outcomes as a file: .xlsx, .csv or .parquet, by its name."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from xltools.files import reason, renew
from xltools.sheets.write import formats
from xltools.sheets.write.bulk import Column, Sheet, write_table
from xltools.sheets.write.csvfile import write_csv

OUTCOME_SHEET = "测算结果"
KINDS = (".xlsx", ".csv", ".parquet")

LOOKS = {
    "受理编号": Column(14),
    "所属区": Column(16),
    "报送单位": Column(16),
    "序号": Column(7),
    "企业名称": Column(32),
    "统一社会信用代码": Column(21),
    "资格": Column(15),
    "方案": Column(6),
    "优先": Column(6),
    "最高赔偿限额(美元)": Column(14, formats.AMOUNT),
    "费率": Column(8, formats.RATE),
    "应缴保费(美元)": Column(14, formats.AMOUNT),
    "汇率": Column(9, formats.FX),
    "应缴保费(元)": Column(15, formats.AMOUNT),
    "财政扶持(元)": Column(15, formats.AMOUNT),
    "企业承担(元)": Column(15, formats.AMOUNT),
    "保险人": Column(10),
    "排队号": Column(8),
    "池内序号": Column(8),
    "资金安排": Column(9),
    "说明代码": Column(24),
    "说明": Column(60),
    "报送批次": Column(10),
}


class OutputError(Exception):
    """The output cannot be written; the text says why and what to do."""


def write_outcomes(path: Path, table: pa.Table, *, rate_text: str | None) -> Path | None:
    """Write the table whole or not at all. `rate_text` is the FX rate in the form in which it was given, for .csv.

    A file that is already there and holds anything else is not overwritten but set aside; returns its new place.
    Raises OutputError for an unknown kind of file or a place that cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise OutputError(f"不认识的输出格式 {path.name}；可用 {'、'.join(KINDS)}")
    try:
        return renew(path, lambda to: _write(to, kind, table, rate_text))
    except OSError as e:
        raise OutputError(f"写不了 {path}（{reason(e)}）；文件夹是否存在、文件是否正在 Excel 中打开？") from e


def _write(path: Path, kind: str, table: pa.Table, rate_text: str | None) -> None:
    if kind == ".xlsx":
        looks = [LOOKS.get(name, Column()) for name in table.column_names]
        write_table(path, [Sheet(OUTCOME_SHEET, _numbered(table), looks, freeze_columns=2)])
    elif kind == ".csv":
        write_csv(path, _as_given(table, rate_text) if rate_text else table)
    else:
        import pyarrow.parquet as pq

        pq.write_table(table, path)


def _numbered(table: pa.Table) -> pa.Table:
    """序号 as numbers where all of them are."""
    serial = table["序号"]
    if pc.all(pc.match_substring_regex(serial, r"^(0|[1-9]\d{0,14})$")).as_py():
        return table.set_column(table.column_names.index("序号"), "序号", pc.cast(serial, pa.int64()))
    return table


def _as_given(table: pa.Table, rate_text: str) -> pa.Table:
    """汇率 in the very form in which it was given."""
    place = table.column_names.index("汇率")
    text = pc.if_else(table["汇率"].is_valid(), pa.scalar(rate_text), pa.scalar(None, pa.string()))
    return table.set_column(place, "汇率", text)
