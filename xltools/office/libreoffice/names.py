"""Defined names (名称) of a LibreOffice document or sheet, as xlwings asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xlwings import base_classes

from xltools.office.libreoffice import formats
from xltools.office.libreoffice.formulas import to_excel, to_libreoffice


class Names(base_classes.Names):
    """`api` is the UNO collection NamedRanges; names are found whatever their case, as in Excel."""

    def __init__(self, book: Any, api: Any) -> None:
        self.book, self._api = book, api

    @property
    def api(self) -> Any:
        return self._api

    def snapshot(self) -> list[tuple[str, Name]]:
        return [(name, Name(self.book, self._api, name)) for name in self._api.getElementNames()]

    def contains(self, name_or_index: int | str) -> bool:
        return self._find(str(name_or_index)) is not None

    def __len__(self) -> int:
        return len(self._api.getElementNames())

    def __iter__(self) -> Iterator[Name]:
        return iter([name for _, name in self.snapshot()])

    def __call__(self, name_or_index: int | str) -> Name:
        if isinstance(name_or_index, int):
            return self.snapshot()[name_or_index - 1][1]
        found = self._find(name_or_index)
        if found is None:
            raise KeyError(name_or_index)
        return Name(self.book, self._api, found)

    def add(self, name: str, refers_to: str) -> Name:
        if self.contains(name):
            self(name).delete()
        content = to_libreoffice(refers_to).removeprefix("=")
        self._api.addNewByName(name, content, formats.struct("table.CellAddress"), 0)
        return Name(self.book, self._api, name)

    def _find(self, name: str) -> str | None:
        given: tuple[str, ...] = self._api.getElementNames()
        return next((n for n in given if n.lower() == name.lower()), None)


class Name(base_classes.Name):
    """One name; `refers_to` is in Excel's grammar."""

    def __init__(self, book: Any, names: Any, name: str) -> None:
        self.book, self._names, self._name = book, names, name

    @property
    def api(self) -> Any:
        return self._names.getByName(self._name)

    def delete(self) -> None:
        self._names.removeByName(self._name)

    @property
    def name(self) -> str:
        return self._name

    @name.setter
    def name(self, value: str) -> None:
        self.api.setName(value)
        self._name = value

    @property
    def refers_to(self) -> str:
        return to_excel(f"={self.api.getContent()}")

    @refers_to.setter
    def refers_to(self, value: str) -> None:
        self.api.setContent(to_libreoffice(value).removeprefix("="))

    @property
    def refers_to_range(self) -> Any:
        """The range. Raises KeyError where the name means anything else."""
        cells = self.api.getReferredCells()
        if cells is None:
            raise KeyError(f"名称“{self._name}”不指向单元格：{self.refers_to}")
        return self.book.range_at(cells.getRangeAddress())
