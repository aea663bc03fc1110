"""The 汇总 sheet of a batch, one printed page, and its hidden 版本 sheet: cells as data, then drawn."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import xlsxwriter

from xltools.catalogue.template import VERSION_SHEET
from xltools.catalogue.words import exact, yuan
from xltools.sheets.insurer.batch import Batch, BatchProof, Totals
from xltools.sheets.write import formats
from xltools.sheets.write.bulk import FONT

SUMMARY_SHEET = "汇总"
BATCH_VERSION = "1"
"""Goes up whenever a reader has to treat older insurer sheets differently (模板版本)."""

_WIDTHS = (12, 12, 19, 15, 16, 16, 15)
_HEADINGS = ("方案", "企业数(家)", "上年出口额(美元)", "应收保费(美元)", "应收保费(元)", "财政承担(元)", "企业承担(元)")
_LINE = {"border": 1, "valign": "vcenter"}
_LOOKS: dict[str, dict[str, object]] = {
    "title": {"bold": True, "font_size": 18, "align": "center", "valign": "vcenter", "text_wrap": True},
    "subtitle": {"font_size": 14, "align": "center", "valign": "vcenter"},
    "since": {"font_size": 10, "align": "center", "valign": "vcenter"},
    "label": _LINE | {"bg_color": "#F2F2F2", "align": "center"},
    "value": _LINE | {"indent": 1, "num_format": formats.TEXT},
    "code": _LINE | {"indent": 1, "num_format": formats.TEXT, "bold": True, "font_name": "Consolas"},
    "heading": _LINE | {"bold": True, "bg_color": "#DDEBF7", "align": "center", "text_wrap": True},
    "plan": _LINE | {"align": "center", "num_format": formats.TEXT},
    "count": _LINE | {"align": "right", "indent": 1, "num_format": formats.COUNT},
    "money": _LINE | {"align": "right", "indent": 1, "num_format": formats.AMOUNT},
    "plan total": _LINE | {"align": "center", "bold": True, "top": 2},
    "count total": _LINE | {"align": "right", "indent": 1, "num_format": formats.COUNT, "bold": True, "top": 2},
    "money total": _LINE | {"align": "right", "indent": 1, "num_format": formats.AMOUNT, "bold": True, "top": 2},
    "note": {"font_size": 9, "text_wrap": True, "valign": "top", "font_color": "#595959"},
    "sign": {"valign": "vcenter"},
    "stamp": {"border": 1, "valign": "top", "align": "center", "text_wrap": True},
    "date": {"valign": "vcenter", "align": "right"},
}


@dataclass(frozen=True)
class Cell:
    """One cell of the 汇总 sheet: place (0-based), what stands there, its look, how many cells it spans."""

    row: int
    column: int
    value: str | int | Decimal
    look: str
    across: int = 1
    down: int = 1


def summary(batch: Batch, proof: BatchProof) -> list[Cell]:
    """All cells of the 汇总 sheet that hold something; amounts as Decimal in yuan and dollars."""
    cover = batch.scheme.cover
    out = [
        Cell(0, 0, batch.scheme.title, "title", 7),
        Cell(1, 0, "投保企业清单汇总表", "subtitle", 7),
    ]
    if batch.scheme.holds_since:
        out.append(Cell(2, 0, f"方案文本{batch.scheme.holds_since}", "since", 7))
    facts = (
        (("名义投保人", batch.scheme.policyholder), ("保险人", batch.insurer.full_name)),
        (("批次", batch.title), ("报送日期", batch.day.isoformat())),
        (("保险期间", f"{cover.start.value} 至 {cover.end.value}"), ("企业数", f"{proof.rows} 家")),
        (("财政承担", yuan(proof.totals.fiscal_fen)), ("校验码", proof.code)),
    )
    for row, ((left, first), (right, second)) in enumerate(facts, 3):
        out += [Cell(row, 0, left, "label"), Cell(row, 1, first, "value", 2), Cell(row, 3, right, "label")]
        out.append(Cell(row, 4, second, "code" if right == "校验码" else "value", 3))
    row = 8
    out += [Cell(row, i, heading, "heading") for i, heading in enumerate(_HEADINGS)]
    for plan in batch.scheme.plans:
        row += 1
        out += _line(row, plan.title, proof.by_plan[plan.id], "")
    row += 1
    out += _line(row, "合计", proof.totals, " total")
    out.append(Cell(row + 1, 0, _notes(batch), "note", 7))
    signs = row + 3
    for column, text in ((0, f"制表：{batch.who}"), (2, "复核："), (5, "负责人：")):
        out.append(Cell(signs, column, text, "sign", 2))
    out.append(Cell(signs + 2, 0, f"{batch.scheme.policyholder}（盖章）", "stamp", 3))
    out.append(Cell(signs + 2, 4, f"{batch.insurer.full_name}签收（盖章）", "stamp", 3))
    out += [Cell(signs + 3, column, "年　　月　　日", "date", 3) for column in (0, 4)]
    return out


def version(batch: Batch, proof: BatchProof) -> list[tuple[str, str | int]]:
    """The rows of the hidden 版本 sheet below its headings 项目 and 值."""
    return [
        ("模板版本", BATCH_VERSION),
        ("方案", batch.scheme.id),
        ("保险人", batch.insurer.name),
        ("批次", batch.number),
        ("日期", batch.day.isoformat()),
        ("版式", batch.layout.name),
        ("行数", proof.rows),
        ("SHA-256", proof.sha256),
    ]


def draw(book: xlsxwriter.Workbook, batch: Batch, proof: BatchProof) -> None:
    """Add both sheets to a workbook."""
    cells = summary(batch, proof)
    base = {"font_name": FONT, "font_size": 11}
    looks = {name: book.add_format(base | look) for name, look in _LOOKS.items()}
    page = book.add_worksheet(SUMMARY_SHEET)
    for column, width in enumerate(_WIDTHS):
        page.set_column(column, column, width)
    for cell in cells:
        _put(page, cell, looks[cell.look])
    note, signs = (next(c.row for c in cells if c.look == look) for look in ("note", "sign"))
    for row, height in ((0, 48), (1, 26), (note, 56), (signs, 30), (signs + 2, 110), (signs + 3, 24)):
        page.set_row(row, height)
    for row in (*range(3, 7), *range(8, note)):
        page.set_row(row, 24)
    page.hide_gridlines(2)
    page.set_portrait()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 1)
    page.center_horizontally()
    page.print_area(0, 0, signs + 3, len(_WIDTHS) - 1)
    hidden = book.add_worksheet(VERSION_SHEET)
    hidden.write_row(0, 0, ("项目", "值"))
    for row, (item, value) in enumerate(version(batch, proof), 1):
        hidden.write_string(row, 0, item)
        hidden.write(row, 1, value) if isinstance(value, int) else hidden.write_string(row, 1, value)
    hidden.set_column(0, 0, 12)
    hidden.set_column(1, 1, 70)
    hidden.hide()


def _line(row: int, title: str, totals: Totals, kind: str) -> list[Cell]:
    money = (totals.exports_cents, totals.premium_cents, totals.gross_fen, totals.fiscal_fen, totals.enterprise_fen)
    return [
        Cell(row, 0, title, f"plan{kind}"),
        Cell(row, 1, totals.rows, f"count{kind}"),
        *(Cell(row, i, exact(m), f"money{kind}") for i, m in enumerate(money, 2)),
    ]


def _notes(batch: Batch) -> str:
    return "\n".join(
        (
            f"1. 人民币金额按清单所列预估汇率计算，实际以保险人保单录入当月系统汇率为准（{batch.scheme.fx.clause}）。",
            "2. 校验码取清单数据 SHA-256 的前 12 位（全部 64 位在隐藏的“版本”表中）；我方各列有任何改动，它都会不同。",
            "3. 清单右侧浅黄色各列由保险人填写；请按受理编号回填，不要增删行，不要改动其他列。",
        )
    )


def _put(page: Any, cell: Cell, look: Any) -> None:
    if cell.across > 1 or cell.down > 1:
        end = (cell.row + cell.down - 1, cell.column + cell.across - 1)
        page.merge_range(cell.row, cell.column, *end, "", look)
    if isinstance(cell.value, str):
        page.write_string(cell.row, cell.column, cell.value, look)
    else:
        page.write_number(cell.row, cell.column, cell.value, look)
