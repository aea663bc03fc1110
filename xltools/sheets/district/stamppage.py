"""汇总盖章页: what the roster adds up to, by formulas, on one page with room for signatures and the stamp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xlsxwriter.workbook import Workbook

from xltools.catalogue.columns import by_field
from xltools.catalogue.template import ROSTER_SHEET, STAMP_SHEET
from xltools.scheme import Scheme
from xltools.sheets.write import formats, style
from xltools.sheets.write import formulas as f
from xltools.sheets.write.formulas import Grid, span, text
from xltools.sheets.write.style import Sheet

Line = tuple[str, str, str]
"""Label, formula of the number of firms, formula of their exports ("" where none is given)."""


def write(book: Workbook, sheet: Sheet, scheme: Scheme, grid: Grid, district: str) -> None:
    """Fill the sheet. It counts as many rows as the scheme allows: those typed below the offered ones, too."""
    grid = replace(grid, last=max(grid.last, grid.first - 1 + scheme.row_limit.value))
    sheet.set_column(0, 0, 44, style.look(book))
    sheet.set_column(1, 1, 18, style.look(book))
    sheet.set_column(2, 2, 26, style.look(book))
    title = style.look(book, font_name=style.TITLE_FONT, font_size=18, align="center", text_wrap=True)
    sheet.merge_range(0, 0, 0, 2, f"{scheme.title}\n{STAMP_SHEET}", title)
    sheet.set_row(0, 58)
    sheet.write_string(1, 0, f"填报单位：{district}", style.look(book, bold=True))
    sheet.set_row(1, 24)
    row = 2
    for heading, lines in _blocks(scheme, grid):
        row = _block(book, sheet, row, heading, lines)
    _signatures(book, sheet, row)
    sheet.protect("", {"format_columns": True, "format_rows": True})
    style.a4(sheet, landscape=False, high=1)
    sheet.hide_gridlines(2)
    sheet.print_area(0, 0, row + 6, 2)


def _blocks(scheme: Scheme, grid: Grid) -> list[tuple[str, list[Line]]]:
    columns = by_field(scheme)
    name, check, opinion, wish, insurer, exports = (
        span(grid, field, ROSTER_SHEET) for field in ("name", "check", "opinion", "wish", "insurer", "exports")
    )
    firms, total = f"COUNTA({name})", f"SUM({exports})"

    def chosen(area: str, choices: Sequence[str], rest: str) -> list[Line]:
        lines = [(c, f"COUNTIF({area},{text(c)})", f"SUMIF({area},{text(c)},{exports})") for c in choices]
        others = "".join(f"-COUNTIF({area},{text(c)})" for c in choices)
        money = "".join(f"-SUMIF({area},{text(c)},{exports})" for c in choices)
        return [*lines, (rest, firms + others, f"ROUND({total}{money},2)"), ("合计", firms, total)]

    bands: list[Line] = []
    for band in sorted(scheme.bands, key=lambda b: b.min.value):
        limits = f'{exports},">={f.number(band.min.value)}"'
        limits += f',{exports},"<={f.number(band.max.value)}"' if band.max else ""
        bands.append((band.title, f"COUNTIFS({limits})", f"SUMIFS({exports},{limits})"))
    counted, money = ("".join(f"-{line[i]}" for line in bands) for i in (1, 2))
    outside = ("不在上述区间", f"COUNT({exports}){counted}", f"ROUND({total}{money},2)")
    unfilled = ("出口额没有填或不是数字", f"{firms}-COUNT({exports})", "")
    default = scheme.default_insurer.name
    return [
        ("申请情况", [
            ("申请企业数", firms, total),
            ("其中：填报检查 ✔", f'COUNTIF({check},"✔*")', f'SUMIF({check},"✔*",{exports})'),
            ("　　　填报检查 ✘（请改正后再报）", f'COUNTIF({check},"✘*")', f'SUMIF({check},"✘*",{exports})'),
        ]),
        (columns["opinion"].heading, chosen(opinion, columns["opinion"].choices, "未填写")),
        (columns["wish"].heading, chosen(wish, columns["wish"].choices, "未填写（按规定自动确定）")),
        (f"{columns['exports'].heading.partition('(')[0]}区间", [*bands, outside, unfilled, ("合计", firms, total)]),
        (columns["insurer"].heading, chosen(insurer, columns["insurer"].choices, f"未填写（默认{default}）")),
    ]  # fmt: skip


def _block(book: Workbook, sheet: Sheet, row: int, heading: str, lines: Sequence[Line]) -> int:
    """Write one table from `row` on; returns the row after it and a gap."""
    head = {"bold": True, "bg_color": style.PALE_BLUE, "font_color": style.NAVY}
    for column, words in enumerate((heading, "企业数（家）", "出口额合计（美元）")):
        sheet.write_string(row, column, words, style.boxed(book, align="center" if column else "left", **head))
    for place, (label, firms, exports) in enumerate(lines, row + 1):
        last = {"bold": True, "bg_color": style.PALE_GREY} if label == "合计" else {}
        sheet.write_string(place, 0, label, style.boxed(book, indent=1, **last))
        sheet.write_formula(place, 1, f"={firms}", style.boxed(book, num_format=formats.COUNT, **last), "")
        money = style.boxed(book, num_format=formats.AMOUNT, **last)
        if exports:
            sheet.write_formula(place, 2, f"={exports}", money, "")
        else:
            sheet.write_blank(place, 2, None, money)
        sheet.set_row(place, 18)
    sheet.set_row(row, 20)
    sheet.set_row(row + len(lines) + 1, 8)
    return row + len(lines) + 2


def _signatures(book: Workbook, sheet: Sheet, row: int) -> None:
    """Open cells; the only ones of this sheet that are not locked."""
    open_ = style.look(book, locked=False)
    places = (
        (0, 0, "填表人："), (0, 1, "审核人："), (2, 0, "联系电话："), (2, 1, "日期：　　　　年　　月　　日"),
        (4, 0, "填报单位（盖章）："),
    )  # fmt: skip
    for down, column, words in places:
        sheet.write_string(row + down, column, words, open_)
        sheet.set_row(row + down, 24)
    for column in (1, 2):
        sheet.write_blank(row + 4, column, None, open_)
    sheet.set_row(row + 5, 70)
