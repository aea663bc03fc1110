"""The font (字体) of LibreOffice cells, as xlwings asks for it."""

from __future__ import annotations

from typing import Any

from xlwings import base_classes

from xltools.office.libreoffice import formats

_BOLD, _NORMAL = 150.0, 100.0


class Font(base_classes.Font):
    """Western and Chinese letters at once: Excel knows only one font for both."""

    def __init__(self, cells: Any) -> None:
        self._cells = cells

    @property
    def api(self) -> Any:
        return self._cells

    def _set(self, name: str, value: object) -> None:
        for script in ("", "Asian"):
            self._cells.setPropertyValue(f"{name}{script}", value)

    @property
    def bold(self) -> bool:
        return bool(self._cells.CharWeight > _NORMAL)

    @bold.setter
    def bold(self, value: bool) -> None:
        self._set("CharWeight", _BOLD if value else _NORMAL)

    @property
    def italic(self) -> bool:
        return str(self._cells.CharPosture.value) == "ITALIC"

    @italic.setter
    def italic(self, value: bool) -> None:
        self._set("CharPosture", formats.enum("awt.FontSlant", "ITALIC" if value else "NONE"))

    @property
    def size(self) -> float:
        return float(self._cells.CharHeight)

    @size.setter
    def size(self, value: float) -> None:
        self._set("CharHeight", float(value))

    @property
    def name(self) -> str:
        return str(self._cells.CharFontName)

    @name.setter
    def name(self, value: str) -> None:
        self._set("CharFontName", value)

    @property
    def color(self) -> tuple[int, int, int] | None:
        return formats.rgb(int(self._cells.CharColor))

    @color.setter
    def color(self, value: tuple[int, int, int] | str) -> None:
        self._cells.CharColor = formats.colour(value)
