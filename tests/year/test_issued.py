"""issued (承保结果): an insurer's return is matched row by row, reckoned again to the fen, and moves the pools.

Clauses: 三 (the insurer underwrites), 四（二）备注 (the firm's own half), 五（二） (the rate of the month of entry).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from returns import DAY, TODAY, answer, sent
from workspaces import FIRST, LIST, PICC, Bureau, bureau_in, cells, firm, own_scheme, pools, prepared, uscc

from xltools import sheets
from xltools.catalogue.problems import problems_by_code
from xltools.desk.bureau.taking import Loaded
from xltools.desk.errors import BadInput


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    made = prepared(tmp_path, sent)
    made.today = TODAY
    return made


def returned(bureau: Bureau, *rows: dict[str, Any]) -> Loaded:
    return bureau.load("issued", *rows)


def codes(found: Loaded) -> list[str]:
    return sorted(p.code for left in found.left for p in left.placed)


def states(bureau: Bureau) -> dict[int, str]:
    by = {uscc(n): n for n in range(1, 9)}
    return {by[r["uscc"]]: r["status"] for r in bureau.tables()["sent"]}


def came_back(bureau: Bureau) -> int:
    """Fen that the fund has as returned of ended policies; those go on counting with their actual amount."""
    return sum(r["fen"] for r in bureau.tables()["fund"] if r["kind"] == "退回" and r["target"])


def pool(bureau: Bureau, insurer: str = "中国信保") -> tuple[int, int]:
    (one,) = (m for m in bureau.standing().money if m.insurer == insurer)
    return one.issued, one.sent


def test_an_issued_row_counts_by_its_actual_fiscal_money_from_that_moment_on(bureau: Bureau) -> None:
    before = pool(bureau)
    assert before == (0, 3 * 1_050_000 + 1_050_035)  # 7.00: 10,500.00 each; 3,000,100 × 0.001 × 7 / 2
    returned(bureau, answer(1))
    assert pool(bureau) == (1_035_000, 2 * 1_050_000 + 1_050_035)
    assert states(bureau) == {1: "issued", 2: "sent", 3: "sent", 4: "sent", 5: "sent"}


def test_a_return_read_twice_changes_nothing_and_a_corrected_one_supersedes_row_by_row(bureau: Bureau) -> None:
    returned(bureau, answer(1), answer(3))
    before = bureau.tables("journal", "left_out", "meta")
    again = returned(bureau, answer(1), answer(3))
    assert again.lines[0] == "没有变化"
    assert bureau.tables("journal", "left_out", "meta") == before
    returned(bureau, answer(1, 保单号="SCH-NEU"), answer(3))
    entry = bureau.journal()[-1]["detail"]
    assert entry["changed"] == {"NT2019-0001 中国信保 1": {"policy_no": ["SCH000001", "SCH-NEU"]}}
    assert entry["new"] == 0
    assert {r["case_no"]: r["policy_no"] for r in bureau.tables()["issued"]} == {
        "NT2019-0001": "SCH-NEU", "NT2019-0003": "SCH000003",
    }  # fmt: skip
    assert not bureau.verify().wrong


WRONG: list[tuple[str, dict[str, Any], list[str]]] = [
    ("a clean answer is taken", {}, []),
    ("a firm never submitted", {"受理编号": "NT2019-0099", "统一社会信用代码": None}, ["NEVER_SENT"]),
    ("a batch that was never sent", {"批次": 2}, ["NEVER_SENT"]),
    ("the other insurer's name", {"保险人": "人保财险"}, ["NEVER_SENT"]),
    ("the batch that it was sent with", {"批次": 1, "保险人": "中信保"}, []),
    ("another firm's code", {"统一社会信用代码": uscc(3)}, ["CASE_OF_OTHER"]),
    ("an actual premium without any rate", {"系统汇率": None, "录入日期": date(2019, 12, 31)}, ["RATE_MISSING"]),
    ("the loaded rate where the return states none", {"系统汇率": None}, []),
    ("a premium without a policy number", {"保单号": None}, ["POLICY_MISSING"]),
    ("policy number and refusal", {"拒保原因": "行业"}, ["RETURN_BOTH"]),
    ("a negative amount", {"实际保费(元)": -1}, ["AMOUNT_NEGATIVE"]),
    ("shares that do not add up", {"企业(元)": 1}, ["AMOUNTS_APART"]),
    ("the firm's share left out", {"企业(元)": None}, []),
    ("an end before the start", {"终保日期": date(2019, 8, 31)}, ["DATE_INVALID"]),
    ("a start before the scheme's first day", {"起保日期": date(2019, 8, 31)}, ["POLICY_OUTSIDE"]),
    ("an entry that is still to come", {"录入日期": date(2020, 1, 21)}, ["ENTERED_LATER"]),
    ("no day of entry", {"录入日期": None}, ["ISSUED_INCOMPLETE"]),
    ("no fiscal part", {"财政(元)": None, "企业(元)": None}, ["ISSUED_INCOMPLETE"]),
]


@pytest.mark.parametrize(("cells_", "expected"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_wrong_row_is_named_by_its_own_code_and_the_rest_of_the_file_is_taken(
    bureau: Bureau, cells_: dict[str, Any], expected: list[str]
) -> None:
    found = returned(bureau, answer(4), answer(1, **cells_))
    assert codes(found) == expected
    assert states(bureau)[4] == "issued"
    assert states(bureau)[1] == ("sent" if expected else "issued")


SAID: list[tuple[str, dict[str, Any], str, str]] = [
    ("a fen too much", {"实际保费(元)": "10350.01", "财政(元)": "10350.01"}, "PREMIUM_DIFFERS", "应为 10,350.00（汇率 6.9），多 0.01"),
    ("a fen too little for the budget", {"财政(元)": "10349.99", "企业(元)": "0.01"}, "FISCAL_DIFFERS", "应为 10,350.00"),
    ("a rate other than the loaded one", {"系统汇率": "6.91"}, "RATE_DIFFERS", "2020-01 为 6.9"),
    ("a month without a loaded rate", {"录入日期": date(2019, 12, 31)}, "RATE_UNCONFIRMED", "汇率表没有 中国信保 2019-12 的汇率"),
    ("another limit", {"最高赔偿限额(美元)": 10}, "LIMIT_DIFFERS", "100,000.00"),
    ("a country that nobody knows", {"不承保国别": "伊朗、火星"}, "EXCLUDED_UNKNOWN", "火星"),
    ("entered before it was sent", {"录入日期": date(2019, 12, 30), "系统汇率": "7", "实际保费(元)": 10500, "财政(元)": 10500}, "ENTERED_EARLIER", "2019-12-31"),
]  # fmt: skip


@pytest.mark.parametrize(("cells_", "code", "more"), [w[1:] for w in SAID], ids=[w[0] for w in SAID])
def test_a_row_that_differs_is_taken_and_told(bureau: Bureau, cells_: dict[str, Any], code: str, more: str) -> None:
    found = returned(bureau, answer(1, **cells_))
    assert problems_by_code()[code].severity == "warning"
    assert not found.left
    assert states(bureau)[1] == "issued"
    told = "\n".join(found.lines)
    assert "提示 Sheet1!" in told
    assert more in told


def test_the_same_policy_number_for_two_firms_is_an_error_of_both_or_of_the_later_one(bureau: Bureau) -> None:
    found = returned(bureau, answer(1, 保单号="X1"), answer(3, 保单号="X1"), answer(4))
    assert codes(found) == ["POLICY_TWICE", "POLICY_TWICE"]
    with pytest.raises(BadInput, match="保单号 SCH000004 已经用在 NT2019-0004 上"):
        returned(bureau, answer(1, 保单号="SCH000004"))
    assert states(bureau) == {1: "sent", 2: "sent", 3: "sent", 4: "issued", 5: "sent"}


def test_two_answers_to_one_row_in_one_file_are_an_error_of_both(bureau: Bureau) -> None:
    found = returned(bureau, answer(1), answer(1, 批次=1, 保险人="中国信保", 保单号="ZWEI"), answer(3))
    assert codes(found) == ["KEY_TWICE", "KEY_TWICE"]
    assert states(bureau)[1] == "sent"


def test_the_plan_b_half_is_reckoned_with_the_rate_of_the_month(bureau: Bureau) -> None:
    """四（二）备注: 3,000,100.00 × 0.001 × 6.9 = 20,700.69, of which the budget pays 10,350.34."""
    found = returned(bureau, answer(2, **{"实际保费(元)": "20700.69", "财政(元)": "10350.34", "企业(元)": "10350.35"}))
    assert not found.left
    assert "提示" not in "".join(found.lines)


def test_a_refusal_releases_its_money_and_the_firm_waits_for_another_insurer(bureau: Bureau) -> None:
    found = returned(bureau, {"受理编号": "NT2019-0001", "拒保原因": "买方风险"})
    assert any("NT2019-0001" in line and "换保险人" in line for line in found.lines)
    assert pool(bureau) == (0, 2 * 1_050_000 + 1_050_035)
    row = bureau.outcome(1)
    assert (row["资格"], row["资金安排"], row["排队号"], row["说明代码"]) == (
        "符合条件",
        "待改派",
        None,
        "INSURER_DECLINED",
    )
    assert not bureau.submit()


def test_who_waits_moves_up_in_order_when_a_refusal_frees_the_money(tmp_path: Path) -> None:

    made = bureau_in(tmp_path, own_scheme(tmp_path, *pools(sinosure=25_000)))
    made.drop([firm(1), firm(2), firm(3), firm(4)])
    made.collect()
    made.agree(1, 2, 3, 4)
    made.submit()
    assert made.places() == {1: ("已报送", 1), 2: ("已报送", 2), 3: ("候补", 3), 4: ("候补", 4)}
    made.load("issued", {"受理编号": "NT2019-0001", "拒保原因": "买方风险"})
    assert made.places() == {1: ("待改派", None), 2: ("已报送", 2), 3: ("已安排", 3), 4: ("候补", 4)}


def test_an_actual_amount_above_the_estimate_makes_a_gap_and_nothing_new_is_arranged(tmp_path: Path) -> None:

    made = bureau_in(tmp_path, own_scheme(tmp_path, *pools(sinosure=21_000)))
    made.drop([firm(1), firm(2)])
    made.collect()
    made.agree(1, 2)
    made.submit()
    made.drop([firm(3, exports=0)], "又.xlsx")
    made.today = TODAY
    made.load("fx", {"保险人": "中国信保", "月份": "2020-01", "汇率": "7.2", "来源": "系统"})
    found = made.load("issued", answer(1, **{"系统汇率": 7.2, "实际保费(元)": 10800, "财政(元)": 10800}))
    assert "中国信保资金缺口 300.00 元：补足以前不再安排新的企业" in found.lines
    made.collect()
    made.agree(3)
    assert made.outcome(3)["资金安排"] == "候补"


def test_plan_b_that_is_ended_gives_the_budget_its_half_back_and_the_firm_is_not_queued_again(bureau: Bureau) -> None:
    half = {"实际保费(元)": "20700.69", "财政(元)": "10350.34", "企业(元)": "10350.35"}
    returned(bureau, answer(2, **half))
    assert pool(bureau)[0] == 1_035_034
    found = returned(bureau, {"受理编号": "NT2019-0002", "缴费状态": "已解除"})
    assert any("财政资金已退回盘子的 1 家" in line for line in found.lines)
    assert (pool(bureau)[0], came_back(bureau)) == (1_035_034, 1_035_034)
    row = bureau.outcome(2)
    assert (row["资金安排"], row["说明代码"]) == ("已解除", "POLICY_RELEASED")


def test_the_insurer_may_answer_in_the_yellow_columns_of_our_own_sheet(bureau: Bureau) -> None:
    path = bureau.root / "报送" / FIRST
    book = openpyxl.load_workbook(path)
    page = book[LIST]
    at = {c.value: c.column for c in page[1]}
    for heading, value in (
        ("保单号", "P1"), ("保单录入日期", DAY), ("系统汇率", 6.9), ("实际保费(元)", 10350), ("实际财政承担(元)", 10350),
        ("实际企业承担(元)", 0), ("企业缴费状态/日期", None),
    ):  # fmt: skip
        page.cell(2, at[heading], value)
    for heading, value in (
        ("保单号", "P2"), ("保单录入日期", DAY), ("系统汇率", 6.9), ("实际保费(元)", 20700.69),
        ("实际财政承担(元)", 10350.34), ("实际企业承担(元)", 10350.35), ("企业缴费状态/日期", "已缴费 2020-01-15"),
    ):  # fmt: skip
        page.cell(3, at[heading], value)
    page.cell(4, at["拒保原因"], "买方国别风险")
    back = bureau.root.parent / "承保结果_信保.xlsx"
    book.save(back)
    from xltools.desk.bureau.load import load_table

    found = load_table(bureau.workspace, "issued", back, now=bureau.now, today=bureau.today)
    assert not found.left
    assert states(bureau) == {1: "issued", 2: "issued", 3: "declined", 4: "sent", 5: "sent"}
    (paid,) = (r for r in bureau.tables()["issued"] if r["case_no"] == "NT2019-0002")
    assert (paid["payment"], paid["paid"], paid["actual_enterprise_fen"]) == ("已缴费", "2020-01-15", 1_035_035)
    assert len(cells(path, LIST)) == 5  # the sheet that was sent is not touched


def test_a_firm_that_exports_mostly_to_countries_not_covered_is_named(bureau: Bureau) -> None:
    """四（二）附注: 保险人不予承保的国别除外."""
    bureau.customs(
        (1, 2018, "伊朗", "2,600,000"),
        (1, 2018, "美国", "2,400,000"),
        (3, 2018, "伊朗", "2,500,000"),
        (3, 2018, "美国", "2,500,000"),
    )
    found = returned(bureau, answer(1, 不承保国别="伊朗、叙利亚"), answer(3, 不承保国别="伊朗"))
    (said,) = (line for line in found.lines if "不承保国别" in line)
    assert "NT2019-0001" in said
    assert "52%" in said
    assert "NT2019-0003" not in said


def test_who_is_issued_is_never_pushed_out_by_a_withdrawal_until_the_insurer_has_ended_the_policy(
    bureau: Bureau,
) -> None:
    returned(bureau, answer(1))
    bureau.decide(1, 撤回="是", 审批依据="企业申请")
    assert states(bureau)[1] == "issued"
    assert pool(bureau)[0] == 1_035_000
    returned(bureau, {"受理编号": "NT2019-0001", "缴费状态": "已解除"})
    assert states(bureau)[1] == "released"
    assert (pool(bureau)[0], came_back(bureau)) == (1_035_000, 1_035_000)


def test_a_policy_for_a_firm_that_has_left_is_an_error(bureau: Bureau) -> None:
    bureau.decide(1, 撤回="是", 审批依据="企业申请")
    found = returned(bureau, answer(1), answer(3))
    assert codes(found) == ["RELEASED_ISSUED"]
    assert states(bureau)[1] == "withdrawn"


def test_the_past_is_asked_for_by_journal_entry(bureau: Bureau) -> None:
    from xltools import ledger
    from xltools.desk.rules.register import load_register
    from xltools.desk.rules.standing import stand

    seq = bureau.journal()[-1]["seq"]
    returned(bureau, answer(1), {"受理编号": "NT2019-0003", "拒保原因": "行业"})
    now = bureau.journal()[-1]["seq"]
    workspace = bureau.workspace
    with ledger.reading(workspace.ledger) as conn:
        then, today = (stand(load_register(conn, workspace, bureau.today, s)) for s in (seq, now))
    assert (then.money[0].issued, then.money[0].sent) == (0, 3 * 1_050_000 + 1_050_035)
    assert (today.money[0].issued, today.money[0].sent) == (1_035_000, 1_050_000 + 1_050_035)
    assert today.money == bureau.standing().money


def test_an_insurers_own_layout_says_what_its_columns_are_called(tmp_path: Path) -> None:
    """The layout is data: the file that its sheet is made by names the answer's columns as well."""
    made = bureau_in(tmp_path, own_scheme(tmp_path, ('id = "picc"\n', 'id = "picc"\nlayout = "人保版式"\n')))
    layout = (Path(sheets.__file__).parent / "insurer" / "layouts" / "default.toml").read_text("utf-8")
    for was, new in (("保单号", "PICC保险单编号"), ("保单录入日期", "出单日"), ("系统汇率", "折算率"), ("实际保费", "总保险费"),
                     ("实际财政承担", "政府部分"), ("实际企业承担", "客户部分")):  # fmt: skip
        assert layout.count(f'heading = "{was}"') == 1
        layout = layout.replace(f'heading = "{was}"', f'heading = "{new}"')
    (made.root / "人保版式.toml").write_text(layout, "utf-8")
    made.drop([firm(1, **PICC)])
    made.collect()
    made.agree(1)
    made.submit()
    made.today = TODAY
    made.load("fx", {"保险人": "人保财险", "月份": "2020-01", "汇率": "6.9", "来源": "系统"})
    row = {
        "受理编号": "NT2019-0001", "PICC保险单编号": "P1", "出单日": DAY, "折算率": 6.9, "总保险费(元)": 10350,
        "政府部分(元)": 10350, "客户部分(元)": 0, "财政承担(元)": 10500, "企业承担(元)": 0,
    }  # fmt: skip
    assert not made.load("issued", row).left
    (kept,) = made.tables()["issued"]
    assert (kept["policy_no"], kept["actual_gross_fen"], kept["actual_fiscal_fen"]) == ("P1", 1_035_000, 1_035_000)
