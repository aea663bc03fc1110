"""prospects (动员): firms of the customs extract that are entitled (二（一）) and have not applied, and nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from workspaces import Bureau, cells, customs_row, firm, policy, prepared, uscc

from xltools.desk.reach.prospects import NOWHERE, OUTSIDE, Prospects, prospects

DOLLARS = {
    10: ("0.01", "D"), 11: ("500000", "D"), 12: ("500000.01", ""), 13: ("2999999.99", ""), 14: ("3000000", "A"),
    15: ("30000000", "A"), 16: ("30000000.01", ""),
}  # fmt: skip
"""Firm -> exports of the base year, and the plan that it would get: both ends of the bands count (reading 1, 2)."""


def enrolled(made: Bureau) -> None:
    made.drop([firm(1), firm(2)])
    made.collect()
    made.load(
        "customs",
        *(customs_row(n, 2018, "美国", d) for n, (d, _) in DOLLARS.items()),
        customs_row(1, 2018, "美国", 5_000_000),
        customs_row(20, 2018, "美国", 1_000_000), customs_row(20, 2018, "德国", 2_500_000),
        customs_row(21, 2018, "美国", 4_000_000), customs_row(22, 2018, "美国", 4_000_000),
        customs_row(23, 2017, "美国", 4_000_000),
    )  # fmt: skip
    made.load("inforce", policy(21, "平安"), policy(22, "中国信保", 保单性质="市统保"))


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return prepared(tmp_path, enrolled)


def found(bureau: Bureau) -> Prospects:
    return prospects(bureau.workspace, today=bureau.today)


def plans(bureau: Bureau) -> dict[str, str]:
    return {f.uscc: f.plan for f in found(bureau).firms}


@pytest.mark.parametrize("number", DOLLARS, ids=[f"{d} dollars" for d, _ in DOLLARS.values()])
def test_the_bands_decide_with_both_their_ends(bureau: Bureau, number: int) -> None:
    assert plans(bureau).get(uscc(number), "") == DOLLARS[number][1]


def test_the_gap_is_referred_to_the_provincial_platform_and_nobody_else(bureau: Bureau) -> None:
    assert {f.uscc for f in found(bureau).referred} == {uscc(12), uscc(13)}


OUT = [
    ("who has applied", 1, False), ("who has a policy in force of its own", 21, False),
    ("last year's platform policy is no obstacle", 22, True), ("who exported the year before only", 23, False),
    ("who exports to several countries", 20, True),
]  # fmt: skip


@pytest.mark.parametrize(("number", "there"), [o[1:] for o in OUT], ids=[o[0] for o in OUT])
def test_who_is_among_them(bureau: Bureau, number: int, there: bool) -> None:
    assert (uscc(number) in plans(bureau)) is there


def test_a_firm_that_applied_is_known_by_its_customs_code_too(bureau: Bureau) -> None:
    row = {**customs_row(30, 2018, "美国", 5_000_000), "统一社会信用代码": None}
    mine = {**row, "海关注册编码": firm(2)["customs_code"]}
    bureau.load("customs", row, mine)
    now = found(bureau)
    assert now.firms == []  # the other one has no code: whether it is insured nobody can look up
    assert now.waiting == 1


def test_a_firm_whose_figures_may_be_incomplete_waits(bureau: Bureau) -> None:
    bureau.load(
        "customs",
        customs_row(14, 2018, "美国", 3_000_000),
        customs_row(15, 2018, "美国", 4_000_000),
        customs_row(14, 2018, "美国", "约三百万"),
    )
    assert set(plans(bureau)) == {uscc(15)}
    assert found(bureau).waiting == 1


def test_each_is_told_what_it_costs_covers_and_its_main_market(bureau: Bureau) -> None:
    """四（二）方案A: 3,500,000.00 × 0.0003 × 7.00 = 7,350.00, all of it the budget's; limit 100,000 dollars."""
    (one,) = (f for f in found(bureau).firms if f.uscc == uscc(20))
    assert (one.plan, one.exports, one.gross, one.fiscal, one.own) == ("A", 350_000_000, 735_000, 735_000, 0)
    assert (one.limit, one.market) == (10_000_000, "德国")


def test_the_funnel_counts_each_firm_once_where_it_belongs(bureau: Bureau) -> None:
    bureau.agree(1)
    bureau.submit()
    bureau.load(
        "notices", {"统一社会信用代码": uscc(20), "企业名称": "甲", "日期": "2019-12-01", "方式": "电话", "经办人": "王"},
        {"统一社会信用代码": uscc(20), "企业名称": "甲", "日期": "2019-12-02", "方式": "上门", "经办人": "王", "答复": "愿意"},
        {"统一社会信用代码": uscc(21), "企业名称": "乙", "日期": "2019-12-02", "方式": "电话", "经办人": "王"},
    )  # fmt: skip
    now = found(bureau)
    total = [sum(getattr(s, f) for s in now.funnel) for f in ("entitled", "notified", "applied", "insured", "using")]
    assert total == [len(now.firms) + 2, 1, 2, 0, 0]
    bureau.load(
        "issued",
        {
            "受理编号": "NT2019-0001",
            "保单号": "P1",
            "录入日期": "2019-12-31",
            "系统汇率": "7",
            "实际保费(元)": 10500,
            "财政(元)": 10500,
        },
    )
    assert sum(s.insured for s in found(bureau).funnel) == 1


def test_the_papers_are_one_file_a_district_one_page_a_firm_and_the_list_to_refer(bureau: Bureau) -> None:
    ran = bureau.cli("prospects", "--json")
    assert ran.code == 0
    now = found(bureau)
    names = sorted(p.name for p in (bureau.root / "动员").iterdir())
    areas = sorted({f.area for f in now.firms})
    assert names == sorted([*(f"{a}_动员名单_20191231.xlsx" for a in areas), "转介名单_20191231.xlsx"])
    for area in areas:
        path = bureau.root / "动员" / f"{area}_动员名单_20191231.xlsx"
        mine = [f for f in now.firms if f.area == area]
        assert len(cells(path, "动员名单")) == 1 + len(mine)
        page = openpyxl.load_workbook(path)["告知书1"]
        text = "\n".join(str(c.value) for row in page.iter_rows() for c in row if c.value)
        assert all(f"{f.name}（{f.uscc}）：" in text for f in mine)
        assert text.count("企业免费") == sum(not f.own for f in mine)
        assert len(page.row_breaks.brk) == len(mine) - 1
    bureau.cli("prospects")
    assert len(list((bureau.root / "动员").iterdir())) == len(names)  # the same papers, once


def test_without_customs_data_nobody_knows(tmp_path: Path) -> None:
    made = prepared(tmp_path, lambda made: None)
    ran = made.cli("prospects")
    assert ran.code == 0
    assert "还没有基年的海关数据" in ran.out
    assert not (made.root / "动员").exists()


def test_an_area_is_told_by_the_registering_divisions_code(bureau: Bureau) -> None:
    from xltools.desk.reach.prospects import area_of

    scheme: Any = bureau.workspace.scheme
    assert area_of(scheme, "91320602MA1X00017N") == "崇川区"
    assert area_of(scheme, "91320684MA1X0005XW") == "海门市"
    assert area_of(scheme, "91320613MA1X0005XW") == NOWHERE


def registered(number: int, division: str) -> dict[str, Any]:
    """A firm of the customs extract whose code was given in that division."""
    return {**customs_row(number, 2018, "美国", 4_000_000), "统一社会信用代码": coded(uscc(number), division)}


def coded(code: str, division: str) -> str:
    """The code with another division, and its check digit (GB 32100-2015)."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = code[:2] + division + code[8:17]
    return body + letters[-sum(letters.index(c) * pow(3, i, 31) for i, c in enumerate(body)) % 31]


PLACES: list[tuple[str, str, str, bool]] = [
    ("of an area of the platform", "320612", "通州区", True),
    ("of an area outside it", "320684", OUTSIDE, False),
    ("of a division that nobody knows", "320699", NOWHERE, True),
    ("of another city, from which it may have come", "320102", NOWHERE, True),
]


@pytest.mark.parametrize(("division", "row", "won"), [p[1:] for p in PLACES], ids=[p[0] for p in PLACES])
def test_the_funnel_tells_firms_of_no_known_area_from_those_outside_the_platform(
    bureau: Bureau, division: str, row: str, won: bool
) -> None:
    bureau.load("customs", registered(30, division))
    now, code = found(bureau), coded(uscc(30), division)
    assert [f.uscc for f in now.firms] == ([code] if won else [])
    assert [(f.uscc, f.area) for f in now.outside] == ([] if won else [(code, "海门市")])
    counted = {s.area: s.entitled for s in now.funnel}
    assert counted[row] == 1
    assert not {OUTSIDE, NOWHERE} - {row} & counted.keys()
    ran = bureau.cli("prospects")
    assert ("代码里的登记地在平台外的 1 家不动员" in ran.out) is not won
    files = [p.name for p in (bureau.root / "动员").iterdir()]
    assert ("平台外登记_核对名单_20191231.xlsx" in files) is not won


def test_the_provincial_answer_comes_back(bureau: Bureau) -> None:
    row = {
        "统一社会信用代码": uscc(12),
        "企业名称": "丙",
        "转介日期": "2019-12-01",
        "省级平台答复": "已参加",
        "答复日期": "2019-12-20",
    }
    bureau.load("referrals", row)
    (kept,) = bureau.tables()["referrals"]
    assert (kept["uscc"], kept["answer"]) == (uscc(12), "已参加")
