"""首日核对表: what the first Windows office works through on its first day, as data and as a sheet to fill in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from xlsxwriter.workbook import Workbook

from xltools.files import replace
from xltools.sheets.write import style
from xltools.sheets.write.resultbook import high

NAME = "首日核对表"
COLUMNS = (("序号", 6), ("做什么", 44), ("应当看到", 48), ("结果", 9), ("看到的（不一样时写原话）", 34))
WIDE = sum(width for _, width in COLUMNS)


@dataclass(frozen=True)
class Step:
    """What is to be done, what must be seen; `only`: what no other computer can show, "" where there is nothing."""

    press: str
    see: str
    only: str = ""


@dataclass(frozen=True)
class Part:
    """Steps under a title; `minutes` that they take."""

    title: str
    minutes: int
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class FirstDay:
    """The list: `before` and `after` are sentences, `facts` what is asked about the computer, `answers` to choose from."""

    title: str
    minutes: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    facts: tuple[str, ...]
    answers: tuple[str, ...]
    parts: tuple[Part, ...]


def first_day(steps: Mapping[str, str]) -> FirstDay:
    """The list as it comes with xltools; `steps`: the name of the file to double-click for every verb that has one."""
    data: dict[str, Any] = tomllib.loads(
        (resources.files("xltools.sheets.write") / "first_day.toml").read_text("utf-8")
    )
    parts = tuple(
        Part(p["title"], p["minutes"], tuple(Step(**{k: v.format_map(steps) for k, v in s.items()}) for s in p["step"]))
        for p in data.pop("part")
    )
    texts = {name: tuple(data[name]) for name in ("before", "after", "facts", "answers")}
    return FirstDay(data["title"], data["minutes"], parts=parts, **texts)


def draw(path: Path, day: FirstDay) -> None:
    """Write the sheet, whole or not at all; the same bytes on every build. Raises OSError."""
    with replace(path) as temporary:
        book = style.new_book(temporary, day.title)
        _fill(book, day)
        book.close()


def _fill(book: Workbook, day: FirstDay) -> None:
    sheet = book.add_worksheet(NAME)
    for column, (_, width) in enumerate(COLUMNS):
        sheet.set_column(column, column, width)
    title = style.look(book, bold=True, font_name=style.TITLE_FONT, align="center")
    title.set_font_size(18)
    last = len(COLUMNS) - 1
    plain = style.look(book, text_wrap=True)
    name, space = style.boxed(book, bg_color=style.PALE_BLUE, text_wrap=True), style.boxed(book, text_wrap=True)
    head = style.boxed(book, bold=True, bg_color=style.PALE_BLUE, align="center")
    group, middle = style.boxed(book, bold=True, bg_color=style.PALE_GREY), style.boxed(book, align="center")
    to_fill = style.boxed(book, text_wrap=True, **style.MISSING)

    sheet.merge_range(0, 0, 0, last, f"{day.title}　约 {day.minutes} 分钟", title)
    sheet.set_row(0, 32)
    row = 1
    for line in day.before:
        sheet.merge_range(row, 0, row, last, line, plain)
        high(sheet, row, [(line, WIDE)])
        row += 1
    for fact in day.facts:
        sheet.merge_range(row, 0, row, 1, fact, name)
        sheet.merge_range(row, 2, row, last, "", to_fill)
        sheet.set_row(row, 18)
        row += 1
    for column, (heading, _) in enumerate(COLUMNS):
        sheet.write_string(row, column, heading, head)
    sheet.repeat_rows(row)
    number = 0
    for part in day.parts:
        row += 1
        sheet.merge_range(row, 0, row, last, f"{part.title}（约 {part.minutes} 分钟）", group)
        for step in part.steps:
            row, number = row + 1, number + 1
            high(sheet, row, [(step.press, COLUMNS[1][1]), (step.see, COLUMNS[2][1])])
            sheet.write_number(row, 0, number, middle)
            sheet.write_string(row, 1, step.press, space)
            sheet.write_string(row, 2, step.see, space)
            sheet.write_blank(row, 3, None, to_fill)
            sheet.write_blank(row, 4, None, to_fill)
            sheet.data_validation(row, 3, row, 3, {"validate": "list", "source": list(day.answers)})
    for line in day.after:
        row += 1
        sheet.merge_range(row, 0, row, last, line, plain)
        high(sheet, row, [(line, WIDE)])
    style.a4(sheet, landscape=True, left=day.title)
    sheet.hide_gridlines(2)
