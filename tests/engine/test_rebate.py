"""Which dated rule holds for an indemnity, and by when foreign exchange is due. Domain §10, §17.3."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from xltools.engine import rebate
from xltools.engine.rebate import NONE
from xltools.scheme import SchemeError
from xltools.scheme.datafiles import parsed, text
from xltools.scheme.rebates import RebateRules

RULES = parsed(RebateRules, "rebate_rules").rule
IDS = [r.id for r in RULES]


def days(*values: str | None) -> np.ndarray:
    return np.array([v or "NaT" for v in values], dtype="datetime64[D]")


HELD = [
    ("§17.3: an indemnity of 2020 lies before any rule", "2019-10-08", "2020-05-27", ""),
    ("the day before 36号", "2021-06-01", "2022-04-19", ""),
    ("36号: its first day", "2021-06-01", "2022-04-20", "2022-36"),
    ("36号: also for goods that went out years before", "2019-10-08", "2022-04-20", "2022-36"),
    ("2022年第9号: its first day", "2021-06-01", "2022-04-29", "2022-9"),
    ("§17.3: exports declared by the end of 2025 keep the old rules", "2025-12-31", "2026-08-01", "2022-9"),
    ("2026年第5号: exports from 2026 on", "2026-01-01", "2026-08-01", "2026-5"),
    ("no day of export", None, "2026-08-01", ""),
    ("no day of payment", "2026-01-01", None, ""),
]


@pytest.mark.parametrize(("exported", "paid", "id"), [h[1:] for h in HELD], ids=[h[0] for h in HELD])
def test_which_rule_held_on_the_day(exported: str | None, paid: str | None, id: str) -> None:
    (found,) = rebate.holding(RULES, days(exported), days(paid)).tolist()
    assert ("" if found == NONE else IDS[found]) == id


DUE = [
    ("art. 48: 30 April of the year after export", "2026-01-01", "2026-05-01", "2027-04-30"),
    ("art. 48: the same for the last day of the year", "2026-12-31", None, "2027-04-30"),
    ("art. 48: a contract that ends by then changes nothing", "2026-03-01", "2027-04-30", "2027-04-30"),
    ("art. 48: a later contract counts", "2026-03-01", "2027-05-01", "2027-05-01"),
    ("art. 48: at most 36 months after export", "2026-03-01", "2030-01-01", "2029-03-01"),
    ("art. 48: 36 months to the day", "2026-03-01", "2029-03-01", "2029-03-01"),
]


@pytest.mark.parametrize(("exported", "contract", "by"), [d[1:] for d in DUE], ids=[d[0] for d in DUE])
def test_by_when_foreign_exchange_is_due(exported: str, contract: str | None, by: str) -> None:
    of = np.array([IDS.index("2026-5")])
    assert str(rebate.collect_by(RULES, of, days(exported), days(contract))[0]) == by


def test_a_rule_that_says_no_day_has_none_and_neither_has_no_rule() -> None:
    of = np.array([IDS.index("2022-36"), NONE])
    assert np.isnat(rebate.collect_by(RULES, of, days("2024-01-01", "2019-10-08"), days(None, None))).all()


def test_papers_are_kept_five_years_and_ten_from_2026_on() -> None:
    assert [(r.id, r.keep.value if r.keep else None) for r in RULES] == [("2022-36", 5), ("2022-9", 5), ("2026-5", 10)]


WRONG = [
    ("a figure that is neither given nor unknown", 'unknown = ["due", "months"]', 'unknown = ["due"]', "months 要么写明，要么列入 unknown"),
    ("a key that there is not", 'says = "', 'say = "', "是否想写 says"),
    ("an end before its start", "exported_to = 2025-12-31", "exported_to = 1899-12-31", "终止日早于起始日"),
    ("a day that there is not", 'value = "04-30"', 'value = "04-31"', "rule[3]"),
    ("no TOML", "[[rule]]", "[rule", "不是合法的 TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_an_offices_own_file_that_is_wrong_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "退税规则.toml"
    assert old in text("rebate_rules")
    path.write_text(text("rebate_rules").replace(old, new, 1), "utf-8")
    with pytest.raises(SchemeError, match=r"退税规则\.toml：") as e:
        parsed(RebateRules, "rebate_rules", path)
    assert said in str(e.value)
