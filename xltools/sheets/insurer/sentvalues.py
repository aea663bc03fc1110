"""Values of a sent sheet after somebody else's program saved it: what still counts as the same (核验)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from xltools.sheets.insurer.layout import Column

_DUST = Decimal("1e-6")
"""How far a number may be off what was sent, in hundredths of its unit: binary fractions after a re-save."""
_NEXT_TO_NOTHING = Decimal("1e-12")
_EPOCH = datetime(1899, 12, 30)


def plain(value: object) -> str:
    """A cell as text: whole numbers without a point, dates ISO."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    if isinstance(value, datetime):
        return _second(value).isoformat(" ")
    return "" if value is None else str(value)


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
        return _second(found)
    if isinstance(found, date):
        return datetime.combine(found, time())
    if isinstance(found, float | int) and not isinstance(found, bool) and 0 < found < 2_958_466:
        return _second(_EPOCH + timedelta(days=found))  # a date that lost its number format
    try:
        return _second(datetime.fromisoformat(str(found).strip()))
    except ValueError:
        return None


def _second(value: datetime) -> datetime:
    return (value + timedelta(microseconds=500_000)).replace(microsecond=0, tzinfo=None)


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
    return _moment(found) == (sent if isinstance(sent, datetime) else datetime.combine(sent, time()))


SAME: dict[str, Callable[[Any, object], bool]] = {
    "number": _same_number, "text": _same_text, "usd": _same_number, "rmb": _same_number, "percent": _same_ratio,
    "fx": _same_ratio, "flag": _same_text, "date": _same_time, "datetime": _same_time,
}  # fmt: skip
"""By kind of column: whether a cell that was found says what was sent (None: nothing)."""
