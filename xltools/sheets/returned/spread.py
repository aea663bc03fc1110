"""Bounds on what a few bytes of a workbook can make openpyxl build (铺开): kept before it sees the file.

It makes an object for every cell of a merged range, of a hyperlink's and of a table's, loads a part once for each sheet
that is said to lie in it, and takes a few hundred bytes to a few KB for every element and for every range of a list.
"""

from __future__ import annotations

from collections.abc import Mapping

from xltools.sheets.intake.found import area, check_cells
from xltools.sheets.ooxml import expat
from xltools.sheets.ooxml.refused import Refused

_TABLE = 4 << 20  # cells of a table
_ELEMENTS = 500_000  # outside the cells of a sheet, in all parts together, ranges of a list among them
_CELL_ELEMENTS = 8_000_000  # rows, cells, values
_NOTES = 200_000
_IN_CELLS = {"row", "c", "v", "f", "is", "t", "r", "rPr"}
_LISTS = ("sqref", "spans")


def check(parts: Mapping[str, bytes]) -> None:
    """Raises Refused (FILE_EXTENT) where openpyxl would build too much of these parts; FILE_DTD, FILE_UNREADABLE."""
    weigher = _Weigher()
    for name, content in parts.items():
        if name.endswith((".xml", ".rels")):
            weigher.weigh(name, content)


class _Weigher:
    """Goes through one part after the other and adds up what they would become."""

    def __init__(self) -> None:
        self.elements = self.in_cells = self.notes = 0
        self.merged = self.linked = 0

    def weigh(self, name: str, content: bytes) -> None:
        made = expat.parser(name)
        made.StartElementHandler = self._start
        expat.feed(made, [content], name)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name in _IN_CELLS:
            self.in_cells += 1
        else:
            self.elements += 1 + sum(attributes[a].count(" ") for a in _LISTS if a in attributes)
        ref = attributes.get("ref", "")
        if name == "mergeCell":
            self.merged += area(ref)
            check_cells("合并单元格", self.merged)
        elif name == "hyperlink":
            self.linked += area(ref)
            check_cells("超链接", self.linked)
        elif name == "table" and area(ref) > _TABLE:
            raise Refused("FILE_EXTENT", f"表格铺到 {ref}")
        elif name == "comment":
            self.notes += 1
            self.elements -= 1
            if area(ref) > 1:
                raise Refused("FILE_EXTENT", f"批注铺到 {ref}")
        if self.elements > _ELEMENTS or self.in_cells > _CELL_ELEMENTS or self.notes > _NOTES:
            raise Refused("FILE_EXTENT", "格式、规则等太多")
