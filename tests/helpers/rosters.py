"""Rosters for tests: rows as short dicts over a clean row, written by XlsxWriter or as CSV, and read back.

The headings are those that DESIGN §4 prints, on purpose not taken from the catalogue under test.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import xlsxwriter
from stdnum.cn import uscc as oracle

from xltools.desk.rules.quote import Quote, quote
from xltools.scheme import Scheme, load, parse, source

TODAY = date(2019, 12, 31)
FX = Decimal("7.0883")
SHEET = "企业投保申请汇总表"

HEADINGS = {
    "no": "序号", "name": "企业名称*", "uscc": "统一社会信用代码*", "customs_code": "海关注册编码*", "area": "所属区*",
    "contact": "联系人*", "phone": "手机*", "exports": "2018年出口额(美元)*", "wish": "申请方案",
    "copay": "承诺自缴保费",
    "insurer": "意向保险人", "insured": "已投保情况*", "priorities": "优先条件", "policy": "政策导向",
    "received": "材料齐全时间", "opinion": "区级审核意见", "reviewer": "区级审核人", "reviewed": "区级审核日期",
    "before": "2017年出口额(美元)", "key_exports": "对美出口额(美元)", "latin": "拉美出口额(美元)",
    "africa": "非洲出口额(美元)", "middle_east": "中东出口额(美元)", "east_europe": "东欧出口额(美元)",
    "southeast_asia": "东南亚出口额(美元)", "central_asia": "中亚出口额(美元)", "address": "注册地址",
    "legal": "法定代表人", "email": "电子邮箱", "size": "企业规模", "tier": "专精特新", "remark": "备注",
    "check": "填报检查",
}  # fmt: skip
"""Short name -> heading, in template order."""

REQUIRED = ("name", "uscc", "customs_code", "area", "contact", "phone", "exports", "insured")

COLUMNS = (
    "序号", "企业名称", "统一社会信用代码", "资格", "方案", "优先", "最高赔偿限额(美元)", "费率", "应缴保费(美元)",
    "汇率",
    "应缴保费(元)", "财政扶持(元)", "企业承担(元)", "保险人", "排队号", "池内序号", "资金安排", "说明代码", "说明",
)  # fmt: skip
"""The columns of OUT, as DESIGN §4 prints them."""

ONLY_ELIGIBLE = COLUMNS[COLUMNS.index("方案") : COLUMNS.index("资金安排") + 1]
"""Blank wherever a row is not 符合条件."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Formula:
    """A formula and the value that the file keeps for it; an error value such as #REF! stays one."""

    text: str
    value: Any = 0


def uscc(number: int, start: str = "91320602", tail: str | None = None) -> str:
    """A valid unified social credit code; its check character is python-stdnum's.

    Positions 9 to 17 are an organisation code with its own check character (GB 11714-1997), or `tail`.
    """
    if tail is None:
        body = f"MA{number:06d}"
        weights = (3, 7, 9, 10, 5, 8, 4, 2)
        total = sum(int(c, 36) * w for c, w in zip(body, weights, strict=True))
        tail = body + "0123456789X"[(11 - total % 11) % 11]
    code = start + tail
    code += oracle.calc_check_digit(code + "0")
    assert oracle.is_valid(code), code
    return code


def clean_row(number: int) -> Row:
    """A row with nothing to remark: plan A, agreed, received `number` minutes after nine on 2019-09-05."""
    return {
        "no": number,
        "name": f"南通示例{number:04d}进出口有限公司",
        "uscc": uscc(number),
        "customs_code": f"32069{'6'}{number:04d}",
        "area": "崇川区",
        "contact": "张三",
        "phone": f"138{number:08d}",
        "exports": 5_000_000,
        "insured": "未投保",
        "received": datetime(2019, 9, 5, 9, 0) + timedelta(minutes=number),
        "opinion": "同意",
        "reviewer": "李四",
        "reviewed": date(2019, 9, 6),
    }


def table(rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Clean rows with the given cells in place of theirs; None empties a cell."""
    return [clean_row(i) | dict(over) for i, over in enumerate(rows, 1)]


def write_xlsx(
    path: Path,
    rows: Sequence[Mapping[str, Any]],
    *,
    headings: Mapping[str, str] | None = None,
    order: Sequence[str] | None = None,
    top: int = 4,
    left: int = 0,
    sheet: str = SHEET,
    extra: Sequence[tuple[str, str, Sequence[Any]]] = (),
    above: Mapping[str, Any] | None = None,
    hidden_rows: Sequence[int] = (),
    merged: Sequence[str] = (),
    before: Sequence[tuple[str, str]] = (),
) -> Path:
    """A workbook whose sheet has its headings in row `top` (from 1), data below.

    `headings` replaces headings by short name, `order` chooses the columns, `extra` adds columns (key, heading,
    cells), `above` writes single cells (`{"A1": …}`), `before` puts sheets in front: (name, visible/hidden).
    """
    texts = HEADINGS | dict(headings or {})
    keys = list(order or HEADINGS)
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm:ss", "in_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, state in before:
        page = book.add_worksheet(name)
        page.write_string(0, 0, "说明")
        if state == "hidden":
            page.hide()
    page = book.add_worksheet(sheet)
    if before:
        page.activate()
        page.set_first_sheet()
    for cell, value in (above or {}).items():
        page.write(cell, value)
    for x, key in enumerate(keys, left):
        page.write_string(top - 1, x, texts[key])
        for y, row in enumerate(rows, top):
            _put(page, y, x, row.get(key), day)
    for x, (key, heading, cells) in enumerate(extra, left + len(keys)):
        page.write_string(top - 1, x, heading)
        for y, value in enumerate(cells, top):
            _put(page, y, x, value, day)
        assert key
    for number in hidden_rows:
        page.set_row(number - 1, None, None, {"hidden": True})
    for area in merged:
        page.merge_range(area, None)
    book.close()
    return path


def _put(page: Any, y: int, x: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, Formula):
        page.write_formula(y, x, value.text, None, value.value)
    elif isinstance(value, datetime | time):
        page.write_datetime(y, x, value)
    elif isinstance(value, date):
        page.write_datetime(y, x, value, day)
    elif isinstance(value, int | float | Decimal):
        page.write_number(y, x, value)
    else:
        page.write_string(y, x, value)


def write_csv(
    path: Path,
    rows: Sequence[Mapping[str, Any]],
    *,
    headings: Mapping[str, str] | None = None,
    order: Sequence[str] | None = None,
    encoding: str = "utf-8-sig",
    above: Sequence[Sequence[str]] = (),
) -> Path:
    """The same table as CSV: dates as ISO text, numbers as Python shows them."""
    texts = HEADINGS | dict(headings or {})
    keys = list(order or HEADINGS)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerows(above)
    writer.writerow([texts[k] for k in keys])
    writer.writerows([["" if row.get(k) is None else str(row[k]) for k in keys] for row in rows])
    path.write_bytes(file.getvalue().encode(encoding))
    return path


@dataclass(frozen=True)
class Answer:
    """What `quote` gave: its own result, and OUT as the csv module reads it."""

    quote: Quote
    rows: list[dict[str, str]]

    @property
    def row(self) -> dict[str, str]:
        """The only row."""
        assert len(self.rows) == 1
        return self.rows[0]

    def column(self, heading: str) -> list[str]:
        return [r[heading] for r in self.rows]

    def problems(self) -> list[tuple[str, str, str]]:
        """(code, cell, severity) of every problem of the file, in its order."""
        return [(p.code, p.cell, p.severity) for p in self.quote.roster.placed()]


def run(folder: Path, rows: Sequence[Mapping[str, Any]], **options: Any) -> Answer:
    """Write `table(rows)` to a workbook, quote it to CSV and read that back.

    Options of `quote` (scheme, fx, today, customs, assume_approved) have defaults; all others go to `write_xlsx`.
    """
    own = {k: options.pop(k) for k in ("scheme", "fx", "today", "customs", "assume_approved") if k in options}
    path = write_xlsx(folder / "汇总表.xlsx", table(rows), **options)
    return quote_file(path, **own)


def quote_file(
    path: Path,
    *,
    scheme: Scheme | None = None,
    fx: Decimal | None = FX,
    today: date = TODAY,
    customs: Path | None = None,
    assume_approved: bool = False,
) -> Answer:
    """Quote a file to CSV beside it and read that back."""
    out = path.with_name(path.stem + "-测算.csv")
    result = quote(
        path, scheme or nantong(), today=today, fx=fx, customs=customs, assume_approved=assume_approved, out=out
    )
    return Answer(result, read_out(out))


def read_out(path: Path) -> list[dict[str, str]]:
    """OUT as CSV, by the csv module; the byte order mark must be there."""
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    rows = list(reader)
    assert tuple(reader.fieldnames or ()) == COLUMNS
    return rows


@cache
def nantong() -> Scheme:
    return load("nantong-2019")


@cache
def small_pools(sinosure: str, picc: str = "500000", total: str = "5000000", **changed: str) -> Scheme:
    """Nantong 2019 with other pools in yuan; `mode` and `ordering` replace the queue's parameters."""
    text = source("nantong-2019")
    for old, new in (
        ("pool = { value = 4500000,", f"pool = {{ value = {sinosure},"),
        ("pool = { value = 500000,", f"pool = {{ value = {picc},"),
        ("total = { value = 5000000,", f"total = {{ value = {total},"),
        ('{ value = "stop",', f'{{ value = "{changed.get("mode", "stop")}",'),
        ('{ value = "priority_within_day",', f'{{ value = "{changed.get("ordering", "priority_within_day")}",'),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return parse(text, "small-pools.toml")
