"""A form (登记表样表) of one of the bureau's tables, to be sent to whoever fills it in: plain .xlsx, no macros.

Its headings, drop-downs and hints follow from the declaration; it is read back as any file of that table.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from xlsxwriter.utility import xl_range_abs
from xlsxwriter.workbook import Workbook

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.catalogue.tables import declared_table
from xltools.files import replace
from xltools.scheme import Scheme
from xltools.sheets.platform import looks
from xltools.sheets.platform.draw.checks import check, long_choices
from xltools.sheets.write import style

HEADINGS = 3
"""Row of the headings (0-based): below title, who fills it in, and what each column takes."""


def write_form(path: Path, scheme: Scheme, name: str, *, rows: int) -> None:
    """Write an empty form with `rows` rows to fill in; whole or not at all. Raises OSError."""
    of = bureau_tables()[name]
    shown = declared_table(scheme, name)
    columns = [c for c in shown.columns if c.owner == "bureau"]
    with replace(path) as temporary:
        book = style.new_book(temporary, of.title)
        made = looks.Looks(book)
        sheet = book.add_worksheet(of.title)
        names = long_choices((shown,))
        sheet.write(0, 0, f"{scheme.title} {of.title}", made.title(16))
        sheet.write(1, 0, f"由{of.filled_by}填写；标 * 的必填。{of.about}。", made.plain(font_color=style.GREY))
        for place, column in enumerate(columns):
            declared = of.at(column.field)
            example = f"例：{declared.example}" if declared.example else ""
            told = "；".join(filter(None, (declared.hint, declared.unit and f"单位：{declared.unit}", example)))
            width = max(looks.width(scheme, column), looks.wide(column.heading) + 3)
            sheet.set_column(place, place, width, made.below(shown, column))
            sheet.write(HEADINGS - 1, place, told, made.plain(font_color=style.GREY, text_wrap=True, font_size=9))
            heading = column.heading + ("*" if declared.required else "")
            sheet.write(HEADINGS, place, heading, made.heading("bureau", arrows=False))
            for row in range(HEADINGS + 1, HEADINGS + 1 + rows):
                sheet.write_blank(row, place, None, made.cell(shown, column))
            check(sheet, scheme, shown, column, HEADINGS + 1, HEADINGS + rows, place, names)
        sheet.set_row(HEADINGS - 1, 48)
        sheet.freeze_panes(HEADINGS + 1, 0)
        style.a4(sheet, landscape=len(columns) > 6)
        sheet.repeat_rows(HEADINGS)
        _listed(book, names)
        book.close()


def _listed(book: Workbook, names: Mapping[str, tuple[str, ...]]) -> None:
    """Long lists of choices on a hidden sheet, each under its name."""
    if not names:
        return
    sheet = book.add_worksheet("选项")
    sheet.hide()
    for place, (name, choices) in enumerate(names.items()):
        sheet.write_column(0, place, choices)
        book.define_name(name, f"=选项!{xl_range_abs(0, place, len(choices) - 1, place)}")
