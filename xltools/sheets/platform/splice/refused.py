"""A platform workbook that cannot be updated (不能更新): every reason in a sentence, and nothing was changed."""

from __future__ import annotations

from collections.abc import Iterable

from xltools.sheets.ooxml.refused import Refused

UNTOUCHED = "文件没有改动。"


class BookRefused(Refused):
    """Refused with sentences for people: `str()` and `detail` are the sentences, one a line."""

    def __init__(self, reasons: Iterable[str]) -> None:
        super().__init__("FILE_UNREADABLE", "\n".join([*reasons, UNTOUCHED]))

    def __str__(self) -> str:
        return self.detail

    def __reduce__(self) -> tuple[object, ...]:
        return type(self)._again, (self.detail,)

    @classmethod
    def _again(cls, detail: str) -> BookRefused:
        return cls(detail.split("\n")[:-1])
