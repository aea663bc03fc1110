"""Values of a sent sheet after somebody else's program saved it: what still counts as the same (核验)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from xltools.roster.values import as_shown, is_number, text, to_second, to_serial
from xltools.sheets.insurer.layout import Column

_DUST = Decimal("1e-6")
"""How far a number may be off what was sent, in hundredths of its unit: binary fractions after a re-save."""
_NEXT_TO_NOTHING = Decimal("1e-12")


def plain(value: object) -> str:
    """A cell as Excel shows it: whole numbers without a point, at most 15 digits, dates ISO; "" where it is blank."""
    return as_shown(text(value) or "")


def told(value: object, column: Column) -> str:
    """A value that was sent as a message shows it: money with all its decimals, other numbers without spare zeros."""
    if isinstance(value, Decimal):
        return f"{value:f}" if column.kind in ("usd", "rmb") else f"{value.normalize():f}"
    return plain(value)


def _number(found: object) -> Decimal | None:
    """A cell's number as Excel shows it, by its 15 significant digits; text that holds one counts."""
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return None
    try:
        value = Decimal(f"{found:.15g}") if isinstance(found, float) else Decimal(str(found).replace(",", ""))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _moment(found: object) -> datetime | None:
    if isinstance(found, datetime):
        return to_second(found)
    if isinstance(found, date):
        return datetime.combine(found, time())
    try:
        return to_second(datetime.fromisoformat(str(found).strip()))
    except ValueError:
        return None


def _same_text(sent: object, found: object) -> bool:
    return plain(sent).replace("\r\n", "\n") == plain(found).replace("\r\n", "\n")


def _same_number(sent: Any, found: object) -> bool:
    if sent is None:
        return found in ("", None)
    now = _number(found)
    return now is not None and abs(now - sent) * 100 <= _DUST


def _same_ratio(sent: Any, found: object) -> bool:
    now = _number(found)
    return (sent is None and found in ("", None)) or (
        now is not None and sent is not None and abs(now - sent) < _NEXT_TO_NOTHING
    )


def _same_time(sent: Any, found: object) -> bool:
    if sent is None:
        return found in ("", None)
    moment = sent if isinstance(sent, datetime) else datetime.combine(sent, time())
    if is_number(found):  # a date that lost its number format: nothing is guessed where the day is known
        return abs(float(found) - to_serial(moment)) * 86400 < 0.5
    return _moment(found) == moment


SAME: dict[str, Callable[[Any, object], bool]] = {
    "number": _same_number, "text": _same_text, "usd": _same_number, "rmb": _same_number, "percent": _same_ratio,
    "fx": _same_ratio, "flag": _same_text, "date": _same_time, "datetime": _same_time,
}  # fmt: skip
"""By kind of column: whether a cell that was found says what was sent (None: nothing)."""
