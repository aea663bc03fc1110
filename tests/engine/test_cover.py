"""From when a firm is covered (四（一）), by each of the scheme's three readings."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from rosters import nantong

from xltools.engine import cover
from xltools.scheme import Scheme
from xltools.scheme.model import Figure

FIRST = date(2019, 9, 1)
TIMES = ["2019-08-01T09:00:00", "2019-12-31T23:59:59", "2020-01-01T00:00:00", "NaT"]
RULES: list[tuple[str, date | None, list[date | None]]] = [
    ("scheme_start", None, [FIRST] * 4),
    ("issue_date", None, [None] * 4),
    ("collected_by", date(2019, 12, 31), [FIRST, FIRST, None, None]),
]


def scheme(rule: str, by: date | None = None) -> Scheme:
    def figure(value: Any) -> Figure[Any]:
        return Figure(value=value, unit="规则", clause="四（一）")

    return nantong().model_copy(update={"late_start": figure(rule), "collected_by": figure(by) if by else None})


@pytest.mark.parametrize(("rule", "by", "expected"), RULES, ids=[r[0] for r in RULES])
def test_first_day(rule: str, by: date | None, expected: list[date | None]) -> None:
    found = cover.starts(scheme(rule, by), np.array(TIMES, dtype="datetime64[s]"))
    assert found.tolist() == expected


def test_nantong_covers_all_from_the_first_day_of_the_scheme() -> None:
    assert (nantong().late_start.value, nantong().collected_by) == ("scheme_start", None)


def test_the_period_in_words() -> None:
    said = [cover.words(nantong(), start) for start in (FIRST, None)]
    assert said == ["2019-09-01 至 2020-08-31", "出单日（不早于 2019-09-01） 至 2020-08-31"]
