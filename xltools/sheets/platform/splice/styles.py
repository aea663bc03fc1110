"""The style of a column of ours (列的样式): the one that stands there, else one for its kind."""

from __future__ import annotations

from xltools.sheets.ooxml.styles import Styles, derived, is_date
from xltools.sheets.write.formats import FORMATS


def style_for(styles: Styles, style: int | None, kind: str) -> int:
    """The style for a column of that kind: the one that stands there, or a new one where there is none, or where a
    date would show as a number."""
    if style is None:
        return derived(styles, 0, code=FORMATS[kind])
    if kind in ("date", "datetime") and not is_date(styles, style):
        return derived(styles, style, code=FORMATS[kind])
    return style
