"""Where every firm stands in a workspace: the bureau's word, the pools as a dated account, the queue, rows that are out.

A plan A firm of 5,000,000 USD takes 10,500.00 yuan at the budget rate of 7.00, one of plan D at least 700.00.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from workspaces import HERE, THERE, Bureau, Row, at, bureau_in, firm, firms, own_scheme, policy, pools, uscc

from xltools.desk.book.contents import tables
from xltools.desk.book.workbook import contents
from xltools.desk.rules.assess import assess

NOON = datetime(2019, 12, 31, 12)
Made = Callable[..., Bureau]
PICC = {"insurer": "人保财险"}
D = {"exports": 400_000}


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """`made(rows, sinosure=…, picc=…, total=…, changes=…)`: a workspace with these pools, the rows collected and agreed."""

    def make(
        rows: list[Row],
        sinosure: int = 4_500_000,
        picc: int = 500_000,
        total: int = 0,
        changes: Any = (),
        agree: bool = True,
    ) -> Bureau:
        sizes = pools(sinosure, picc, total or sinosure + picc)
        bureau = bureau_in(tmp_path, own_scheme(tmp_path, *(p for p in sizes if p[0] != p[1]), *changes))
        bureau.drop(rows)
        bureau.collect()
        if agree:
            bureau.agree(*(r["no"] for r in rows))
        return bureau

    return make


def add(bureau: Bureau, *rows: Row) -> None:
    """More firms arrive in a file of another district, and the bureau agrees."""
    bureau.sent_in([r | {"area": THERE} for r in rows], THERE)
    bureau.agree(*(r["no"] for r in rows))


def arranged(bureau: Bureau) -> dict[int, str]:
    return {n: money for n, (money, _) in bureau.places().items()}


# ── the bureau's word among the steps of 资格 ──


@pytest.mark.parametrize(
    ("row", "decision", "status", "codes"),
    [
        ({}, {}, "待审核", "AWAITING_BUREAU"),
        ({}, {"市级审核意见": "同意"}, "符合条件", ""),
        ({}, {"市级审核意见": "补正"}, "待审核", "AWAITING_BUREAU"),
        ({}, {"市级审核意见": "不同意"}, "不符合条件", "BUREAU_REFUSED"),
        ({"opinion": None, "received": None}, {"市级审核意见": "不同意"}, "不符合条件", "BUREAU_REFUSED"),
        ({"opinion": None, "received": None}, {}, "待审核", "AWAITING_DISTRICT;AWAITING_BUREAU"),
        ({"opinion": "不同意"}, {"市级审核意见": "同意"}, "不符合条件", "DISTRICT_REFUSED"),
        ({"phone": "12"}, {"市级审核意见": "不同意"}, "待补正", "PHONE"),
        ({"wish": "D"}, {"市级审核意见": "不同意"}, "待补正", "PLAN_UNAVAILABLE"),
        ({"exports": 1_000_000}, {"市级审核意见": "同意"}, "不在出口额区间", "BAND_GAP"),
        ({"insured": "已投保"}, {"撤回": "是"}, "不符合条件", "WITHDRAWN;ALREADY_INSURED"),
        ({"phone": "12"}, {"撤回": "是"}, "不符合条件", "PHONE;WITHDRAWN"),
        ({"area": "其他"}, {"撤回": "是"}, "不符合条件", "WITHDRAWN"),
    ],
    ids=[
        "nobody has said anything", "agreed", "sent back", "refused", "refused before the district spoke",
        "both still to speak", "the bureau cannot agree over the district's refusal",
        "a phone to be mended comes before the bureau's refusal", "a plan not available comes before it as well",
        "agreement does not bridge the gap", "withdrawn and insured", "withdrawn needs no repaired phone",
        "withdrawn wins over outside",
    ],
)  # fmt: skip
def test_the_step_that_decides(made: Made, row: Row, decision: Row, status: str, codes: str) -> None:
    bureau = made([firm(1, **row)], agree=False)
    if decision:
        bureau.decide(1, **decision)
    found = bureau.outcome(1)
    assert (found["资格"], found["说明代码"]) == (status, codes)
    assert (found["排队号"] is not None) is (status == "符合条件")


def test_customs_absent_comes_before_the_plan_and_after_what_must_be_mended(made: Made) -> None:
    bureau = made([firm(1, wish="D"), firm(2, phone="12"), firm(3)])
    bureau.customs((3, 2018, "US", 5_000_000))
    assert [bureau.outcome(n)["说明代码"] for n in (1, 2, 3)] == ["CUSTOMS_ABSENT", "PHONE", ""]


def test_both_matters_to_be_clarified_are_given(made: Made) -> None:
    bureau = made(firms(1, 2))
    bureau.customs((2, 2018, "US", 5_000_000))
    bureau.load("inforce", policy(1, "中国信保", 保单性质=None))
    codes = bureau.outcome(1)["说明代码"].split(";")
    assert codes[-2:] == ["CUSTOMS_ABSENT", "INFORCE_UNCLEAR"]


# ── the insurer ──


def test_the_wished_insurer_counts_and_blank_is_the_schemes_default(made: Made) -> None:
    bureau = made([firm(1), firm(2, **PICC), firm(3, insurer="中信保")])
    assert [bureau.outcome(n)["保险人"] for n in (1, 2, 3)] == ["中国信保", "人保财险", "中国信保"]
    assert [m.arranged for m in bureau.standing().money] == [2_100_000, 1_050_000]


def test_the_bureau_assigns_another_insurer(made: Made) -> None:
    bureau = made([firm(1), firm(2, **PICC)])
    bureau.decide(1, 分配保险人="人保财险")
    bureau.decide(2, 分配保险人="中国信保")
    assert [bureau.outcome(n)["保险人"] for n in (1, 2)] == ["人保财险", "中国信保"]


def test_a_firm_is_never_moved_to_the_other_pool_by_itself(made: Made) -> None:
    bureau = made(firms(1, 2), sinosure=15_000)
    assert {n: (bureau.outcome(n)["保险人"], bureau.outcome(n)["资金安排"]) for n in (1, 2)} == {
        1: ("中国信保", "已安排"), 2: ("中国信保", "候补"),
    }  # fmt: skip


# ── the money ends ──


def test_the_first_that_does_not_fit_closes_its_pool_only(made: Made) -> None:
    rows = [firm(1), firm(2), firm(3, **D), firm(4, **PICC)]
    bureau = made(rows, sinosure=15_000, picc=15_000)
    assert arranged(bureau) == {1: "已安排", 2: "候补", 3: "候补", 4: "已安排"}
    assert {n: bureau.outcome(n)["池内序号"] for n in (1, 2, 3, 4)} == {1: 1, 2: 2, 3: 3, 4: 1}


def test_one_that_fits_its_pool_but_not_the_total_closes_all(made: Made) -> None:
    rows = [firm(1), firm(2, **PICC), firm(3, **PICC), firm(4, **D)]
    bureau = made(rows, sinosure=30_000, picc=30_000, total=30_000)
    assert arranged(bureau) == {1: "已安排", 2: "已安排", 3: "候补", 4: "候补"}


def test_with_skip_a_later_smaller_one_fills_in(made: Made) -> None:
    skip = ('when_head_does_not_fit = { value = "stop"', 'when_head_does_not_fit = { value = "skip"')
    bureau = made([firm(1), firm(2), firm(3, **D)], sinosure=15_000, changes=[skip])
    assert arranged(bureau) == {1: "已安排", 2: "候补", 3: "已安排"}


def test_only_the_fiscal_half_of_plan_b_counts(made: Made) -> None:
    b = {"wish": "B", "copay": "是"}
    bureau = made([firm(1, **b), firm(2, **b)], sinosure=35_000)
    assert arranged(bureau) == {1: "已安排", 2: "已安排"}
    assert bureau.outcome(1)["财政扶持(元)"] == bureau.outcome(1)["企业承担(元)"] == 17_500


def test_priority_goes_first_within_the_day_only(made: Made) -> None:
    rows = [
        firm(1), firm(2), firm(3, before=1, received=at(300)), firm(4, before=1, received=at(24 * 60)),
        firm(5, received=at(23 * 60)),
    ]  # fmt: skip
    bureau = made(rows)
    assert {n: number for n, (_, number) in bureau.places().items()} == {3: 1, 1: 2, 2: 3, 4: 4, 5: 5}


def test_the_arrival_number_decides_among_equals_where_there_is_money_enough(made: Made) -> None:
    bureau = made([firm(2, received=at(9)), firm(1, received=at(9))])
    assert bureau.places() == {2: ("已安排", 1), 1: ("已安排", 2)}
    assert bureau.outcome(1)["说明代码"] == ""


def test_money_that_comes_arranges_those_who_waited_in_their_order(made: Made) -> None:
    bureau = made(firms(1, 2, 3), sinosure=15_000)
    assert arranged(bureau) == {1: "已安排", 2: "候补", 3: "候补"}
    bureau.move("追加", "", "中国信保", 10_000, date(2020, 1, 5))
    assert arranged(bureau) == {1: "已安排", 2: "候补", 3: "候补"}
    bureau.today = date(2020, 1, 4)
    assert arranged(bureau)[2] == "候补"
    bureau.today = date(2020, 1, 5)
    assert arranged(bureau) == {1: "已安排", 2: "已安排", 3: "候补"}


def test_a_transfer_between_pools_moves_what_can_be_arranged(made: Made) -> None:
    bureau = made([firm(1), firm(2), firm(3, **PICC)], sinosure=25_000, picc=12_000)
    bureau.move("调剂", "中国信保", "人保财险", 5_000)
    assert arranged(bureau) == {1: "已安排", 2: "候补", 3: "已安排"}
    assert [(m.pool, m.free) for m in bureau.standing().money] == [(2_000_000, 950_000), (1_700_000, 650_000)]


# ── equals at the cut wait for an order ──

SAME = {"received": at(10)}


@pytest.mark.parametrize(
    ("rows", "sinosure", "tied"),
    [
        ([firm(1), firm(2, **SAME), firm(3, **SAME)], 25_000, {2, 3}),
        ([firm(1), firm(2, **SAME), firm(3, **SAME)], 31_500, set()),
        ([firm(1), firm(2, **SAME), firm(3, **SAME)], 31_499, {2, 3}),
        ([firm(1), firm(2, **SAME), firm(3, **SAME)], 20_999, set()),
        ([firm(1), firm(2, **SAME), firm(3, received=at(10.02))], 25_000, set()),
        ([firm(1), firm(2, **SAME), firm(3, before=1, **SAME)], 25_000, set()),
        ([firm(1), firm(2, **SAME), firm(3, **SAME, **PICC)], 21_000, set()),
        ([firm(2, **SAME), firm(3, **SAME), firm(4, **SAME, **D)], 12_000, {2, 3, 4}),
        ([firm(1, exports=20_000_000), firm(2, **SAME), firm(3, **SAME)], 25_000, set()),
    ],
    ids=[
        "there is money for one of two", "there is money for both", "a fen is missing for both",
        "a fen is missing for one", "a second apart", "one of them has priority", "two pools",
        "a group of three of which some fit", "the pool was closed before them",
    ],
)  # fmt: skip
def test_rows_received_at_the_same_moment_where_the_money_ends(
    made: Made, rows: list[Row], sinosure: int, tied: set[int]
) -> None:
    bureau = made(rows, sinosure=sinosure)
    found = {r["no"] for r in rows if "TIE_AT_CUT" in bureau.outcome(r["no"])["说明代码"].split(";")}
    assert found == tied
    assert {n for n, money in arranged(bureau).items() if money == "已安排"} & tied == set()
    numbers = [bureau.outcome(n)["受理编号"] for n in sorted(tied)]
    assert bureau.cli("assess", "--json").json["ties"] == numbers


def test_the_whole_group_waits_and_nobody_behind_passes_it(made: Made) -> None:
    bureau = made([firm(1), firm(2, **SAME), firm(3, **SAME), firm(20, **D)], sinosure=25_000)
    assert arranged(bureau) == {1: "已安排", 2: "候补", 3: "候补", 20: "候补"}
    assert [b.rows for b in bureau.submit()] == [1]


def test_their_order_given_by_the_bureau_decides(made: Made) -> None:
    bureau = made([firm(1), firm(2, **SAME), firm(3, **SAME)], sinosure=25_000)
    bureau.review(
        {"统一社会信用代码": uscc(2), "同时收件次序": 2, "审批依据": "抽签记录"},
        {"统一社会信用代码": uscc(3), "同时收件次序": 1, "审批依据": "抽签记录"},
    )
    assert bureau.places() == {1: ("已安排", 1), 3: ("已安排", 2), 2: ("候补", 3)}
    assert bureau.outcome(2)["说明代码"] == ""


def test_the_same_order_given_to_both_decides_nothing(made: Made) -> None:
    bureau = made([firm(1), firm(2, **SAME), firm(3, **SAME)], sinosure=25_000)
    bureau.decide(2, 同时收件次序=1)
    bureau.decide(3, 同时收件次序=1)
    assert arranged(bureau) == {1: "已安排", 2: "候补", 3: "候补"}


# ── rows that are out ──


def test_rows_sent_are_frozen(made: Made) -> None:
    bureau = made(firms(1, 2), sinosure=25_000)
    before = {n: bureau.outcome(n) for n in (1, 2)}
    bureau.submit()
    add(bureau, firm(3, received=at(-60), before=1))
    bureau.customs((1, 2018, "US", 9_000_000), (2, 2018, "US", 9_000_000), (3, 2018, "US", 5_000_000))
    bureau.decide(1, 分配保险人="人保财险", 市级审核意见="补正")
    kept = ("方案", "保险人", "应缴保费(元)", "财政扶持(元)", "企业承担(元)", "排队号", "汇率", "费率", "优先")
    for n in (1, 2):
        now = bureau.outcome(n)
        assert {k: now[k] for k in kept} == {k: before[n][k] for k in kept}
        assert (now["资金安排"], now["报送批次"]) == ("已报送", "第01批")


def test_rows_sent_keep_the_rate_that_they_were_priced_with(made: Made) -> None:
    rate = 'rate = { value = 0.0003, unit = "出口额的比例", clause = "四（二）方案A" }'
    discount = 'discount = { value = 0.10, unit = "费率的下浮", clause = "中标下浮率" }'
    bureau = made(firms(1), changes=[(rate, f"{rate}\n{discount}")])
    before = bureau.outcome(1)
    bureau.submit()
    assert (before["费率"], bureau.outcome(1)["费率"]) == (Decimal("0.00027"), Decimal("0.00027"))


def test_unsent_rows_queue_behind_those_sent_even_when_their_time_is_earlier(made: Made) -> None:
    bureau = made(firms(5, 6))
    bureau.submit()
    add(bureau, firm(1), firm(6 + 1), firm(6 + 2, received=at(6)))
    assert bureau.places() == {
        5: ("已报送", 1), 6: ("已报送", 2), 1: ("已安排", 3), 8: ("已安排", 4), 7: ("已安排", 5),
    }  # fmt: skip
    assert {n: bureau.outcome(n)["说明代码"] for n in (1, 7, 8)} == {1: "LATE_COLLECTED", 7: "", 8: ""}
    assert {n: bureau.outcome(n)["池内序号"] for n in (5, 6, 1, 8, 7)} == {5: 1, 6: 2, 1: 3, 8: 4, 7: 5}


def test_money_of_rows_sent_leaves_the_pool_first(made: Made) -> None:
    bureau = made(firms(5, 6), sinosure=25_000)
    bureau.submit()
    add(bureau, firm(1, before=1), firm(2, **D))
    assert arranged(bureau) == {5: "已报送", 6: "已报送", 1: "候补", 2: "候补"}
    (pool, _) = bureau.standing().money
    assert (pool.sent, pool.arranged, pool.free) == (2_100_000, 0, 400_000)


@pytest.mark.parametrize("decision", [{"撤回": "是"}, {"市级审核意见": "不同意"}], ids=["withdrawn", "refused"])
@pytest.mark.parametrize("sent", [True, False], ids=["after it was sent", "before it was sent"])
def test_a_firm_that_leaves_releases_its_money_and_those_who_wait_move_up(
    made: Made, decision: Row, sent: bool
) -> None:
    bureau = made(firms(1, 2, 3, 4), sinosure=25_000)
    if sent:
        assert [b.rows for b in bureau.submit()] == [2]
    out = "已报送" if sent else "已安排"
    assert arranged(bureau) == {1: out, 2: out, 3: "候补", 4: "候补"}
    bureau.decide(1, **decision)
    assert arranged(bureau) == {2: out, 3: "已安排", 4: "候补"}
    assert bureau.outcome(1)["资格"] == "不符合条件"
    if sent:
        assert [(b.number, b.rows) for b in bureau.submit()] == [(2, 1)]
        assert bureau.outcome(3)["报送批次"] == "第02批"


def test_queue_numbers_of_rows_sent_are_never_given_again(made: Made) -> None:
    bureau = made(firms(1, 2, 3), sinosure=25_000)
    bureau.submit()
    bureau.decide(2, 撤回="是")
    assert bureau.places()[3] == ("已安排", 3)
    bureau.submit()
    assert sorted(r["queue_no"] for r in bureau.tables()["sent"]) == [1, 2, 3]


# ── the reserve, and a pool below zero ──


def reserve(value: str) -> tuple[str, str]:
    return ("reserve = { value = 0.00,", f"reserve = {{ value = {value},")


def test_rows_sent_take_the_estimate_and_the_reserve(made: Made) -> None:
    bureau = made([firm(1), firm(2, exports="5,000,100.00")], changes=[reserve("0.05")])
    (pool, _) = bureau.standing().money
    assert (pool.arranged, pool.sent) == (1_050_000 + 1_050_021, 0)
    bureau.submit()
    (pool, _) = bureau.standing().money
    assert (pool.sent, pool.arranged) == (1_102_500 + 1_102_523, 0)


def test_a_pool_below_zero_is_named_with_its_amount_and_nothing_new_is_arranged(made: Made) -> None:
    bureau = made([*firms(1, 2), firm(3, **D), firm(4, **PICC)], sinosure=21_500, changes=[reserve("0.05")])
    assert arranged(bureau) == {1: "已安排", 2: "已安排", 3: "候补", 4: "已安排"}
    bureau.submit("中国信保")
    assert bureau.standing().money[0].free == -55_000
    assert arranged(bureau) == {1: "已报送", 2: "已报送", 3: "候补", 4: "已安排"}
    assert "中国信保资金缺口 550.00 元" in bureau.cli("assess").out
    assert bureau.verify().money == ["中国信保资金缺口 550.00 元"]
    assert bureau.verify().wrong == []
    assert bureau.submit("中国信保") == []
    bureau.move("追加", "", "中国信保", 1_390)
    assert arranged(bureau)[3] == "已安排"


def test_in_skip_mode_nothing_is_arranged_below_zero_either(made: Made) -> None:
    skip = ('when_head_does_not_fit = { value = "stop"', 'when_head_does_not_fit = { value = "skip"')
    bureau = made([*firms(1, 2), firm(3, **D)], sinosure=21_500, changes=[reserve("0.05"), skip])
    bureau.submit()
    assert arranged(bureau) == {1: "已报送", 2: "已报送", 3: "候补"}


# ── what if, and the planning figures ──


def test_what_if_all_were_agreed(made: Made) -> None:
    rows = [
        firm(1),
        firm(2, opinion=None, received=None),
        firm(3, opinion="补正"),
        firm(4, phone="12"),
        firm(5, opinion="不同意"),
    ]
    bureau = made(rows, agree=False)
    assert arranged(bureau) == {}
    what_if = bureau.outcomes(assume_approved=True)
    assert {n: what_if[uscc(n)]["排队号"] for n in range(1, 6)} == {1: 1, 2: 3, 3: 2, 4: None, 5: None}
    status = bureau.cli("status", "--json").json
    assert (status["if_agreed_firms"], status["if_agreed_fen"]) == (3, 3_150_000)


def test_planning_figures_only_warn(made: Made) -> None:
    rows = [firm(n, exports=400_000) for n in range(1, 4)]
    lower = ("figure = { value = 100000, unit", "figure = { value = 2000, unit")
    bureau = made(rows, changes=[lower])
    assert set(arranged(bureau).values()) == {"已安排"}
    (said,) = bureau.cli("status", "--json").json["planning"]
    assert "2,000" in said
    assert "2,520.00" in said


def test_two_districts_one_firm_is_in_no_queue(made: Made) -> None:
    bureau = made(firms(1, 2))
    bureau.sent_in([firm(1, area=THERE)], THERE)
    rows = bureau.outcomes()
    assert {k: r["排队号"] for k, r in rows.items()} == {
        f"{uscc(1)} {HERE}": None,
        f"{uscc(1)} {THERE}": None,
        uscc(2): 1,
    }


def test_a_verb_that_knows_the_standing_passes_it_on_and_the_workbook_shows_the_same(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau = made(firms(1, 2, 3))
    found = assess(bureau.workspace, today=bureau.today)
    alone = contents(bureau.workspace, now=NOON, today=bureau.today)
    monkeypatch.setattr(tables, "load_register", None)  # it is not asked a second time
    passed = contents(bureau.workspace, now=NOON, today=bureau.today, standing=found.standing)
    assert passed.facts == alone.facts
    assert [n for n, t in alone.tables.items() if not t.equals(passed.tables[n])] == []
    assert passed.tables["排队"].num_rows == 3
