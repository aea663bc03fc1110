"""How the cells of a range look (区域的样子): formats, colours, widths, heights, merging."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from xlwings import base_classes

from xltools.office.libreoffice import formats
from xltools.office.libreoffice.font import Font

_HUNDREDTHS = 2540  # of a millimetre in an inch


class Looks(base_classes.Range):
    """The half of a range that changes no value."""

    sheet: base_classes.Sheet

    @property
    @abstractmethod
    def api(self) -> Any:
        """The UNO cell range: `Range` knows it."""

    @property
    def number_format(self) -> str | None:
        number = formats.uniform(self.api)
        return None if number is None else formats.code(self.sheet.book.document, number)

    @number_format.setter
    def number_format(self, value: str) -> None:
        self.api.NumberFormat = formats.key(self.sheet.book.document, value)

    @property
    def color(self) -> tuple[int, int, int] | None:
        return formats.rgb(int(self.api.CellBackColor))

    @color.setter
    def color(self, value: tuple[int, int, int] | str | int | None) -> None:
        self.api.CellBackColor = formats.colour(value)

    @property
    def font(self) -> Font:
        return Font(self.api)

    @property
    def column_width(self) -> float:
        """In characters: seven pixels each and five besides, as in Excel's own default font."""
        return round((int(self.api.getColumns().getByIndex(0).Width) * 96 / _HUNDREDTHS - 5) / 7, 2)

    @column_width.setter
    def column_width(self, value: float) -> None:
        self.api.getColumns().Width = round((value * 7 + 5) * _HUNDREDTHS / 96)

    @property
    def row_height(self) -> float:
        """In points."""
        return round(int(self.api.getRows().getByIndex(0).Height) * 72 / _HUNDREDTHS, 1)

    @row_height.setter
    def row_height(self, value: float) -> None:
        self.api.getRows().Height = round(value * _HUNDREDTHS / 72)

    @property
    def row_hidden(self) -> bool:
        return not self.api.getRows().getByIndex(0).IsVisible

    @row_hidden.setter
    def row_hidden(self, value: bool) -> None:
        self.api.getRows().IsVisible = not value

    @property
    def column_hidden(self) -> bool:
        return not self.api.getColumns().getByIndex(0).IsVisible

    @column_hidden.setter
    def column_hidden(self, value: bool) -> None:
        self.api.getColumns().IsVisible = not value

    @property
    def wrap_text(self) -> bool:
        return bool(self.api.IsTextWrapped)

    @wrap_text.setter
    def wrap_text(self, value: bool) -> None:
        self.api.IsTextWrapped = value

    @property
    def merge_cells(self) -> bool:
        return bool(self.api.getIsMerged())

    def merge(self, across: bool = False) -> None:
        if across:
            raise NotImplementedError("merge across")
        self.api.merge(True)

    def unmerge(self) -> None:
        self.api.merge(False)

    def autofit(self, axis: str | None = None) -> None:
        if axis in (None, "c", "columns"):
            self.api.getColumns().OptimalWidth = True
        if axis in (None, "r", "rows"):
            self.api.getRows().OptimalHeight = True
