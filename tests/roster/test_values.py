"""The text of a cell is the same whoever reads it: a file, the workbook, a worksheet function, the proof of a batch."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from xltools.desk.book.contents.cells import text_of
from xltools.roster.dates import parse
from xltools.roster.values import as_shown, from_serial, is_number, text, to_serial
from xltools.sheets.insurer.sentvalues import SAME, plain

CELLS: dict[str, tuple[Any, str]] = {
    "a whole double": (500_000.0, "500000"),
    "a whole one beyond fifteen digits": (1e15, "1000000000000000"),
    "a code read as a number": (913206021234567e3, "913206021234567040"),
    "one beyond every integer": (1e21, "1000000000000000000000"),
    "a small fraction, never with a power": (1e-7, "0.0000001"),
    "currency by COM, without spare zeros": (Decimal("12.5000"), "12.5"),
    "a whole currency amount": (Decimal("1200.0000"), "1200"),
    "true": (True, "TRUE"),
    "false": (False, "FALSE"),
    "a moment to the second": (datetime(2019, 9, 5, 9, 29, 59, 700_000), "2019-09-05 09:30:00"),
    "a day": (date(2019, 9, 5), "2019-09-05"),
}


@pytest.mark.parametrize(("value", "expected"), CELLS.values(), ids=CELLS)
def test_file_workbook_and_sent_batch_give_a_cell_the_same_text(value: Any, expected: str) -> None:
    assert [text(value), text_of(value, ""), plain(value)] == [expected] * 3


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        ("0.30000000000000004", "0.3"),
        ("40007789.299999997", "40007789.3"),
        ("12345678901234567890", "12345678901234567890"),
        ("91320602MA1XXXXX0A", "91320602MA1XXXXX0A"),
    ],
)
def test_messages_show_a_number_as_excel_does(found: str, shown: str) -> None:
    assert as_shown(found) == shown


def test_true_is_no_number() -> None:
    assert [is_number(v) for v in (True, 1, 1.5, Decimal(2), "3", None)] == [False, True, True, True, False, False]


SERIALS: dict[str, tuple[float, datetime | None]] = {
    "the first that is a day": (20_000, datetime(1954, 10, 3)),
    "one below it": (19_999, None),
    "a year": (2019, None),
    "noon": (43_713.5, datetime(2019, 9, 5, 12)),
    "half a second is rounded up": (43_713 + 0.5 / 86_400, datetime(2019, 9, 5, 0, 0, 1)),
    "the last day": (79_999, datetime(2119, 1, 10)),
    "one above it": (80_000, None),
    "a day without hyphens": (20_190_905, None),
}


@pytest.mark.parametrize(("number", "moment"), SERIALS.values(), ids=SERIALS)
def test_a_number_is_a_day_within_one_limit_in_files_and_in_the_workbook(
    number: float, moment: datetime | None
) -> None:
    assert from_serial(number) == moment
    if number != 20_190_905:  # in a file that is a day written without hyphens
        times, wrong, _ = parse(pa.array([text(number)]))
        assert (None if wrong[0] else times[0].astype(object)) == moment
    said = text_of(number, "datetime")
    assert said == (text(number) if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}")


@pytest.mark.parametrize("sent", [datetime(1930, 1, 1, 9, 30), datetime(2019, 9, 5, 14, 5), datetime(2200, 1, 1)])
def test_a_sent_day_that_lost_its_format_is_still_the_same_whatever_the_year(sent: datetime) -> None:
    same = SAME["datetime"]
    assert same(sent, to_serial(sent))
    assert not same(sent, to_serial(sent) + 1 / 86_400)
    assert not same(sent, True)
