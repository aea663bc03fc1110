"""A bureau with its platform workbook open (打开着的平台工作簿): the drawn workbook in `memory_engine`, buttons pressed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import memory_engine
import xlwings as xw
from memory_engine import Cell, File, Page
from workspaces import Bureau, firms, prepared, uscc

from xltools.desk.book import workbook as desk
from xltools.office import entry
from xltools.sheets.platform.draw.workbook import draw

BOOK = "平台工作簿.xlsm"
TIME = ("状态栏", "更新于", "提示")
"""What may differ after a second press: the time, and what was said."""


@dataclass
class Office:
    """The bureau, its open workbook, and the office program's settings."""

    bureau: Bureau
    file: File
    book: xw.Book = field(init=False)

    def __post_init__(self) -> None:
        self.book = memory_engine.opened(self.file)

    def press(self, verb: str) -> str:
        """Press the button; what 状态栏 and 提示 then say."""

        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
                return self.bureau.now

        self.book.set_mock_caller()
        with mock.patch.object(entry, "datetime", Clock):
            entry.run(verb)
        return f"{self.named('状态栏')}\n{self.named('提示')}"

    @property
    def status(self) -> str:
        return str(self.named("状态栏"))

    @property
    def settings(self) -> memory_engine.Settings:
        return self.book.app.impl.set

    # ── cells ──

    def named(self, name: str) -> Any:
        if name not in self.file.names:
            return None
        title, row, column = self.file.names[name]
        return self.file.page(title).cell(row, column).value

    def name(self, name: str, value: Any) -> None:
        title, row, column = self.file.names[name]
        self.file.page(title).cell(row, column).value = value

    def place(self, name: str) -> tuple[Page, list[int]]:
        return next((p, p.tables[name]) for p in self.file.pages if name in p.tables)

    def headings(self, name: str) -> list[Any]:
        page, (top, left, _, right) = self.place(name)
        return [page.cell(top, x).value for x in range(left, right + 1)]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a table by heading; formulas as their text."""
        page, (top, left, bottom, right) = self.place(name)
        return [
            {
                h: (c := page.cells.get((y, x), Cell())).formula or c.value
                for h, x in zip(self.headings(name), range(left, right + 1), strict=True)
            }
            for y in range(top + 1, bottom + 1)
        ]

    def cell(self, name: str, row: int, heading: str) -> Cell:
        """A cell of a table by its row from 0."""
        page, (top, left, _, _) = self.place(name)
        return page.cell(top + 1 + row, left + self.headings(name).index(heading))

    def firm(self, number: int) -> int:
        """The row of a firm in 名册."""
        return [r["统一社会信用代码"] for r in self.rows("名册")].index(uscc(number))

    def type(self, number: int, **cells: Any) -> None:
        """Type into a firm's row of 名册."""
        for heading, value in cells.items():
            self.cell("名册", self.firm(number), heading).value = value

    def below(self, name: str, *values: Any) -> None:
        """Type a row right below a table, which does not take it in."""
        page, (_, left, bottom, _) = self.place(name)
        for x, value in enumerate(values, left):
            page.cell(bottom + 1, x).value = value

    def everything(self) -> dict[str, Any]:
        """Every cell, table and sheet but the cells that tell the time."""
        times = {self.file.names[n] for n in TIME if n in self.file.names}
        return {
            p.name: (
                p.visible, dict(p.tables),
                {
                    at: (c.value, c.formula, c.number_format)
                    for at, c in p.cells.items()
                    if (c.value is not None or c.formula) and (p.name, *at) not in times
                },
            )
            for p in self.file.pages
        }  # fmt: skip


def enrolled(bureau: Bureau) -> None:
    """Three firms are in; the bureau has agreed to the first."""
    bureau.sent_in(firms(1, 2, 3))
    bureau.agree(1)


def office(folder: Path, prepare: Callable[[Bureau], None] = enrolled) -> Office:
    """The bureau and its workbook as it was drawn after that."""
    bureau = prepared(folder, prepare)
    return Office(bureau, memory_engine.copied(_drawn(prepare), bureau.root / BOOK))


@cache
def _drawn(prepare: Callable[[Bureau], None]) -> File:
    with tempfile.TemporaryDirectory() as folder:
        bureau = prepared(Path(folder), prepare)
        path = Path(folder) / "平台工作簿.xlsx"
        draw(path, desk.contents(bureau.workspace, now=bureau.now, today=bureau.today))
        return memory_engine.load(path)
