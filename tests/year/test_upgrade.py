"""upgrade (升级保障, 六（一）): a policy of its own above the platform's; the firm pays what it costs more, the budget nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from returns import TODAY, answer, sent
from workspaces import Bureau, prepared, uscc

from xltools.desk.errors import BadInput

HALF = {"实际保费(元)": "20700.69", "财政(元)": "10350.34", "企业(元)": "10350.35"}


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    made = prepared(tmp_path, sent)
    made.today = TODAY
    made.load("issued", answer(1), answer(2, **HALF))
    return made


def upgrade(number: int, **more: Any) -> dict[str, Any]:
    return {
        "升级保单号": f"UP{number:04d}", "企业": uscc(number), "保险人": "中国信保", "录入日期": date(2020, 1, 10),
        "升级保单保费(元)": "50000.00",
    } | more  # fmt: skip


DIFFERENCES = [
    ("of plan A the budget's premium is deducted", 1, "50000.00", 5_000_000 - 1_035_000),
    ("of plan B the firm's own half as well", 2, "50000.00", 5_000_000 - 2_070_069),
    ("a fen more than the platform's", 1, "10350.01", 1),
    ("as much as the platform's", 1, "10350.00", 0),
    ("less than the platform's gives nothing back", 1, "10349.99", 0),
]


@pytest.mark.parametrize(
    ("number", "premium", "expected"), [d[1:] for d in DIFFERENCES], ids=[d[0] for d in DIFFERENCES]
)
def test_the_firm_pays_the_difference(bureau: Bureau, number: int, premium: str, expected: int) -> None:
    before = bureau.standing().money
    bureau.load("upgrade", upgrade(number, **{"升级保单保费(元)": premium}))
    (row,) = bureau.tables()["upgrade"]
    assert row["difference_fen"] == expected
    assert bureau.standing().money == before  # the fiscal share is 0


WRONG = [
    ("for a firm without a policy of the platform", upgrade(3), "NOT_ISSUED"),
    ("for a firm that nobody knows", upgrade(1, 企业="无名公司"), "REFERENCE_UNKNOWN"),
    ("under the platform's own number", upgrade(1, 升级保单号="SCH000001"), "UPGRADE_NUMBER"),
    ("without a premium", upgrade(1, **{"升级保单保费(元)": None}), "REQUIRED"),
]


@pytest.mark.parametrize(("row", "code"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_an_upgrade_that_cannot_be_is_refused(bureau: Bureau, row: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput) as e:
        bureau.load("upgrade", row)
    assert [p.code for p in e.value.placed] == [code]


def test_another_platform_part_than_the_policys_is_told(bureau: Bureau) -> None:
    found = bureau.load("upgrade", upgrade(1, **{"平台已缴部分(元)": 10}))
    assert any("10,350.00" in line and "不一致" in line for line in found.lines)


@pytest.mark.parametrize(
    ("dollars", "annexes"),
    [("500000", 0), ("500000.01", 1), ("1000000", 1), ("1000000.01", 2)],
    ids=["500,000 needs none", "a cent more needs one", "1,000,000 needs one", "a cent more needs two"],
)
def test_a_large_buyer_limit_needs_annexes(bureau: Bureau, dollars: str, annexes: int) -> None:
    bureau.load("upgrade", upgrade(1))
    row = {"升级保单号": "UP0001", "买方": "ACME Ltd", "国别": "美国", "申请限额(美元)": dollars}
    found = bureau.load("buyer_limits", row)
    assert bureau.tables()["buyer_limits"][0]["annexes"] == annexes
    assert any("还没有附件" in line for line in found.lines) == bool(annexes)


def test_shipments_belong_to_an_upgrade_and_come_once(bureau: Bureau) -> None:
    bureau.load("upgrade", upgrade(1))
    row = {
        "升级保单号": "UP0001", "买方": "ACME Ltd", "发票号": "INV-1", "出运日期": date(2020, 1, 5), "发票金额(美元)": "12000",
        "申报日期": date(2020, 1, 8),
    }  # fmt: skip
    bureau.load("shipments", row)
    bureau.load("shipments", row)
    assert len(bureau.tables()["shipments"]) == 1
    with pytest.raises(BadInput) as e:
        bureau.load("shipments", row | {"升级保单号": "UP9999"})
    assert [p.code for p in e.value.placed] == ["REFERENCE_UNKNOWN"]
    assert not bureau.verify().wrong
