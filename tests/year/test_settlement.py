"""payments and settle (付款、清算): money planned and money paid are two things, and every fen between them is explained.

Clause 五（二）: prepaid in one sum to the insurer's named account; the rate of the month of entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from returns import TODAY, answer, sent
from workspaces import Bureau, cells, prepared

from xltools.desk.bureau.taking import Loaded
from xltools.desk.errors import BadInput
from xltools.desk.year.settle import PREPAY, SETTLE, apply_for, settlement

ACCOUNT = {
    "保险人": "中国信保",
    "账号": "1012-3456",
    "户名": "中国出口信用保险公司江苏分公司",
    "开户行": "中国银行南通分行",
}
PICC_ACCOUNT = {"保险人": "人保财险", "账号": "9999-0001", "户名": "人保财险南通分公司", "开户行": "工商银行南通分行"}
PAID = {
    "日期": date(2019, 9, 10), "类型": "预付", "付款单位": "市财政局", "保险人": "中国信保", "收款账号": "1012-3456",
    "金额(元)": "4500000", "凭证号": "记-101", "文号": "通财〔2019〕1号",
}  # fmt: skip
HALF = {"实际保费(元)": "20700.69", "财政(元)": "10350.34", "企业(元)": "10350.35"}


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    made = prepared(tmp_path, sent)
    made.today = TODAY
    made.load("accounts", ACCOUNT, PICC_ACCOUNT)
    return made


def pay(bureau: Bureau, *more: Mapping[str, Any]) -> Loaded:
    return bureau.load("payments", *(PAID | m for m in more))


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("to the other insurer's account", {"收款账号": "9999-0001"}, "ACCOUNT_UNKNOWN"),
    ("to an account that nobody named", {"收款账号": "1"}, "ACCOUNT_UNKNOWN"),
    ("of nothing", {"金额(元)": 0}, "PAYMENT_NOTHING"),
    ("negative", {"金额(元)": -5}, "AMOUNT_NEGATIVE"),
    ("back, more than was paid", {"类型": "退回"}, "REFUND_TOO_MUCH"),
    ("by nobody that may pay", {"付款单位": "企业"}, "CHOICE"),
    ("without a voucher", {"凭证号": None}, "REQUIRED"),
]


@pytest.mark.parametrize(("cell", "code"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_payment_that_cannot_be_is_refused_by_cell(bureau: Bureau, cell: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput) as e:
        pay(bureau, cell)
    assert [p.code for p in e.value.placed] == [code]
    assert bureau.tables()["payments"] == []


def test_beside_it_the_others_of_the_file_are_entered_and_nothing_follows_from_it(bureau: Bureau) -> None:
    found = pay(
        bureau, {"收款账号": "1", "凭证号": "记-1"}, {"金额(元)": 100, "凭证号": "记-2", "类型": "补付"},
        {"金额(元)": 101, "类型": "退回", "凭证号": "记-3"}, {"金额(元)": 40, "类型": "退回", "凭证号": "记-4"},
    )  # fmt: skip
    assert [(p.code, p.cell) for x in found.left for p in x.placed] == [
        ("ACCOUNT_UNKNOWN", "E2"),
        ("REFUND_TOO_MUCH", "F4"),
    ]
    assert [r["fen"] for r in bureau.tables()["payments"]] == [10_000, 4_000]
    assert "中国信保：已付净额 60.00 元" in found.lines


def test_payments_are_added_once_and_net_of_what_came_back(bureau: Bureau) -> None:
    pay(bureau, {})
    pay(bureau, {}, {"类型": "退回", "金额(元)": "100.01", "凭证号": "记-102"})
    found = pay(bureau, {})
    assert "1 笔以前已经记过，没有重复记入" in found.lines
    assert "中国信保：已付净额 4,499,899.99 元" in found.lines
    assert len(bureau.tables()["payments"]) == 2


def test_a_second_prepayment_is_told(bureau: Bureau) -> None:
    pay(bureau, {})
    found = pay(bureau, {"金额(元)": "5", "凭证号": "记-9"})
    assert any("中国信保已经预付过，方案规定一次付清" in line for line in found.lines)


def test_what_was_sent_beyond_what_was_paid_is_named_to_the_fen(bureau: Bureau) -> None:
    """Sent to 中国信保: 3 × 10,500.00 and half of 21,000.70."""
    found = pay(bureau, {"金额(元)": "42000.34"})
    assert "中国信保：已报送和已承保共需 42,000.35 元，只付了 42,000.34 元，还差 0.01 元" in found.lines
    found = pay(bureau, {"金额(元)": "0.01", "类型": "补付", "凭证号": "记-2"})
    assert not any(line.startswith("中国信保：已报送") for line in found.lines)


def test_the_settlement_adds_up_and_tells_price_from_quantity(bureau: Bureau) -> None:
    """Firm 1 as reckoned at 6.9, firm 2 likewise, firm 3 charged a fen too much, firm 4 not yet returned."""
    pay(bureau, {"金额(元)": "50000"})
    bureau.load(
        "issued", answer(1), answer(2, **HALF), answer(3, **{"实际保费(元)": "10350.01", "财政(元)": "10350.01"})
    )
    found = settlement(bureau.workspace, today=TODAY)
    one = found.insurers[0]
    assert (one.paid, one.policies, one.open) == (5_000_000, 3, 1_050_000)
    assert (one.estimate, one.fx, one.reckoning, one.actual) == (3_150_035, -15_000 * 2 - 15_001, 1, 3_105_035)
    assert one.number == 3_150_035 - 5_000_000
    assert one.surplus == 5_000_000 - 3_105_035 - 1_050_000
    assert one.paid + one.number + one.fx + one.reckoning == one.actual
    by = {(p.group, p.value): (p.policies, p.estimate, p.fx, p.reckoning, p.actual) for p in found.parts}
    assert by["方案", "A"] == (2, 2_100_000, -30_000, 1, 2_070_001)
    assert by["方案", "B"] == (1, 1_050_035, -15_001, 0, 1_035_034)
    assert by["录入月份", "2020-01"] == (3, 3_150_035, -45_001, 1, 3_105_035)
    assert by["区", "崇川区"] == by["录入月份", "2020-01"]


def test_the_fx_effect_is_the_price_of_the_same_exports(bureau: Bureau) -> None:
    """An independent reckoning by fractions: exports × rate × (6.9 − 7.0), each side rounded once to the fen."""
    bureau.load("issued", answer(1), answer(2, **HALF))

    def fiscal(exports: str, rate: str, share: str, fx: str) -> int:
        gross = (Fraction(exports) * Fraction(rate) * Fraction(fx) * 100 + Fraction(1, 2)).__floor__()
        return int((gross * Fraction(share)).__floor__())

    firms = (("5000000", "0.0003", "1"), ("3000100", "0.001", "0.5"))
    expected = sum(fiscal(*f, "6.9") - fiscal(*f, "7") for f in firms)
    assert settlement(bureau.workspace, today=TODAY).insurers[0].fx == expected


def test_the_application_states_account_amount_and_policies(bureau: Bureau) -> None:
    pay(bureau, {"金额(元)": "20000"})
    bureau.load("issued", answer(1), answer(2, **HALF))
    found = settlement(bureau.workspace, today=TODAY)
    path = apply_for(bureau.workspace, SETTLE, found, today=TODAY)
    form = cells(path, "付款申请表")
    (line,) = (r for r in form if r[1] == "中国出口信用保险公司")
    assert line[2:] == [2, 20_700.34, 20_000, 700.34, "柒佰元叁角肆分"]
    accounts = cells(path, "收款账户信息汇总表")
    assert accounts[3][1:] == ["中国出口信用保险公司", ACCOUNT["户名"], ACCOUNT["开户行"], "1012-3456", 700.34]
    head, *rows = cells(path, "企业投保明细表")
    assert [r[head.index("保单号")] for r in rows] == ["SCH000001", "SCH000002"]
    assert [r[head.index("财政承担(元)")] for r in rows] == [10_350, 10_350.34]
    signed = path.read_bytes()
    assert apply_for(bureau.workspace, SETTLE, found, today=TODAY) == path
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    path.write_bytes(signed + b" signed")
    assert apply_for(bureau.workspace, SETTLE, found, today=TODAY).read_bytes() == signed
    assert path.with_stem(f"{path.stem}_旧1").read_bytes() == signed + b" signed"


def test_the_prepayment_asks_for_what_the_pools_plan_and_a_refund_is_negative(bureau: Bureau) -> None:
    found = settlement(bureau.workspace, today=TODAY)
    form = cells(apply_for(bureau.workspace, PREPAY, found, today=TODAY), "付款申请表")
    assert [r[5] for r in form if isinstance(r[0], int)] == [4_500_000, 500_000]
    pay(bureau, {})
    bureau.load("issued", answer(1))
    found = settlement(bureau.workspace, today=TODAY)
    form = cells(apply_for(bureau.workspace, SETTLE, found, today=TODAY), "付款申请表")
    assert form[6][5:] == [float(Decimal("10350") - 4_500_000), "（应退）肆佰肆拾捌万玖仟陆佰伍拾元整"]


def test_the_verb_tells_each_insurer_in_words_and_data(bureau: Bureau) -> None:
    pay(bureau, {})
    bureau.load("issued", answer(1))
    ran = bureau.cli("settle", "--json")
    assert ran.code == 0
    one = ran.json["insurers"][0]
    assert (one["insurer"], one["paid"], one["actual"], one["fx"]) == ("中国信保", 450_000_000, 1_035_000, -15_000)
    assert (bureau.root / "清算").is_dir()
    assert not bureau.verify().wrong
