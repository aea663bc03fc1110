"""review (审核): the bureau decides; only its filled cells count, and what moves money or places has grounds."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from workspaces import HERE, THERE, WHO, Bureau, at, cells, firm, firms, policy, prepared, table, uscc

from xltools.desk.bureau import review as desk
from xltools.desk.errors import BadInput, Refusal


def three(made: Bureau) -> None:
    made.drop(firms(1, 2, 3))
    made.collect()


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return prepared(tmp_path, three)


def row(number: int, **cells: Any) -> dict[str, Any]:
    return {"统一社会信用代码": uscc(number)} | cells


# ── decisions ──


@pytest.mark.parametrize(
    ("decision", "status", "code"),
    [
        ({"市级审核意见": "同意"}, "符合条件", ""),
        ({"市级审核意见": "不同意"}, "不符合条件", "BUREAU_REFUSED"),
        ({"市级审核意见": "补正"}, "待审核", "AWAITING_BUREAU"),
        ({"备注": "再看看"}, "待审核", "AWAITING_BUREAU"),
        ({"撤回": "是"}, "不符合条件", "WITHDRAWN"),
        ({"市级审核意见": "同意", "撤回": "是"}, "不符合条件", "WITHDRAWN"),
    ],
    ids=["agreed", "refused", "sent back", "only a remark", "withdrawn", "agreed and withdrawn"],
)
def test_an_opinion_gives_the_outcome(bureau: Bureau, decision: dict[str, Any], status: str, code: str) -> None:
    bureau.decide(1, **decision)
    rows = bureau.outcomes()
    assert (rows[uscc(1)]["资格"], rows[uscc(1)]["说明代码"]) == (status, code)
    assert rows[uscc(2)]["说明代码"] == "AWAITING_BUREAU"


def test_only_filled_cells_count_and_later_ones_replace_earlier(bureau: Bureau) -> None:
    bureau.decide(1, 市级审核意见="同意", 审核人="张科", 审核日期=date(2019, 10, 1), 审批依据="甲")
    bureau.decide(1, 市级审核意见=None, 备注="乙")
    bureau.decide(1, 审核人="李科")
    (kept,) = bureau.tables()["reviews"]
    assert {k: v for k, v in kept.items() if v is not None} == {
        "uscc": uscc(1), "opinion": "同意", "reviewer": "李科", "reviewed": "2019-10-01", "grounds": "甲", "remark": "乙",
    }  # fmt: skip


def test_the_same_table_twice_changes_no_decision(bureau: Bureau) -> None:
    path = bureau.sheet([row(1, 市级审核意见="同意"), row(2, 市级审核意见="不同意")])
    desk.review(bureau.workspace, path, now=bureau.now, today=bureau.today)
    before = bureau.tables("journal", "meta")
    again = desk.review(bureau.workspace, path, now=bureau.now, today=bureau.today)
    assert again.changed == 0
    assert bureau.tables("journal", "meta") == before


def test_the_journal_names_who_what_and_why(bureau: Bureau) -> None:
    bureau.decide(1, 市级审核意见="同意", 审批依据="会议纪要7号")
    entry = bureau.journal()[-1]
    assert (entry["verb"], entry["who"], entry["why"]) == ("review", WHO, "会议纪要7号")
    assert entry["detail"]["changed"][uscc(1)] == {"opinion": [None, "同意"], "grounds": [None, "会议纪要7号"]}


def test_a_district_that_has_not_agreed_is_still_waited_for(bureau: Bureau) -> None:
    bureau.sent_in([firm(1, opinion=None, received=None), firm(2), firm(3)])
    bureau.decide(1, 市级审核意见="同意")
    assert bureau.outcome(1)["说明代码"] == "AWAITING_DISTRICT"
    bureau.decide(2, 备注="看")
    bureau.sent_in([firm(1), firm(2, opinion="补正"), firm(3)])
    assert bureau.outcome(2)["说明代码"] == "AWAITING_DISTRICT;AWAITING_BUREAU"


# ── wrong cells: all named, nothing taken ──


@pytest.mark.parametrize(
    ("wrong", "spared", "code", "cell"),
    [
        (row(9, 市级审核意见="同意"), row(1, 市级审核意见="同意"), "UNKNOWN_FIRM", "A2"),
        ({"统一社会信用代码": "91320602MA0000010X", "市级审核意见": "同意"}, row(1, 市级审核意见="同意"), "USCC_CHECK", "A2"),
        (row(1, **{"核定出口额(美元)": 5_000_000}), row(1, **{"核定出口额(美元)": 5_000_000, "核定依据": "报关单"}),
         "GROUNDS_MISSING", "B2"),
        (row(1, 确认收件时间=at(1)), row(1, 确认收件时间=at(1), 审批依据="纪要"), "GROUNDS_MISSING", "B2"),
        (row(1, 市级审核意见="可以"), row(1, 市级审核意见="补正"), "CHOICE", "B2"),
        (row(1, 分配保险人="平安"), row(1, 分配保险人="人保"), "CHOICE", "B2"),
        (row(1, 优先确认="7"), row(1, 优先确认="3、4"), "CHOICE", "B2"),
        (row(1, 同时收件次序="1.5"), row(1, 同时收件次序=1), "WHOLE", "B2"),
        (row(1, 同时收件次序=0), row(1, 同时收件次序="2"), "WHOLE", "B2"),
        (row(1, **{"核定出口额(美元)": "约300万", "核定依据": "x"}), row(1, **{"核定出口额(美元)": "3,000,000.00", "核定依据": "x"}),
         "AMOUNT_TEXT", "B2"),
        (row(1, 撤回="不撤"), row(1, 撤回="否"), "CHOICE", "B2"),
        (row(1, 撤回="海门区"), row(1, 撤回="是"), "CHOICE", "B2"),
        (row(1, 撤回=THERE), row(1, 撤回="是"), "CHOICE", "B2"),
        (row(1, 撤回=HERE), row(1, 撤回="是"), "CHOICE", "B2"),
    ],
    ids=[
        "a firm that no district sent", "a code with a wrong check character",
        "a fixed figure without grounds", "a confirmed time without grounds", "an opinion that is none",
        "an insurer that is none", "a priority that is none", "a draw that is no whole number", "a draw of nought",
        "an amount that is none", "a withdrawal that says neither 是 nor a district", "a district that is none",
        "a district that did not claim the firm", "the only district that claims the firm: that is 是",
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_and_nothing_is_taken(
    bureau: Bureau, wrong: dict[str, Any], spared: dict[str, Any], code: str, cell: str
) -> None:
    with pytest.raises(BadInput) as caught:
        bureau.review(wrong, row(2, 市级审核意见="同意"))
    assert [(p.code, p.cell) for p in caught.value.placed] == [(code, cell)]
    assert bureau.tables()["reviews"] == []
    assert cell in str(caught.value)
    assert bureau.review(spared).changed == 1


def test_all_wrong_cells_are_named_at_once(bureau: Bureau) -> None:
    with pytest.raises(BadInput) as caught:
        bureau.review(row(1, 市级审核意见="可以"), row(9, 市级审核意见="同意"), row(2, 同时收件次序="甲"))
    assert [(p.code, p.row) for p in caught.value.placed] == [("CHOICE", 2), ("UNKNOWN_FIRM", 3), ("WHOLE", 4)]


def test_a_heading_that_is_not_read_is_said(bureau: Bureau) -> None:
    signed = {"市级审核意见": "同意", "审核人": WHO, "审核日期": date(2019, 10, 8)}
    found = bureau.review(row(1, **signed, 市级审核意="不同意"))
    assert any("市级审核意" in line and "不认识的列" in line for line in found.lines)
    signed = row(2, 市级审核意见="同意", 审核人=WHO, 审核日期="2019-12-30", 受理编号="NT2019-0002")
    assert bureau.review(signed).lines == ["更新 1 家"]


# ── withdrawal of one district's claim ──


@pytest.fixture
def claimed_twice(bureau: Bureau) -> Bureau:
    bureau.sent_in([firm(1, area=THERE, exports=6_000_000)], THERE)
    return bureau


@pytest.mark.parametrize(("gone", "left"), [(HERE, THERE), (THERE, HERE)])
def test_one_claim_is_withdrawn_and_the_other_counts(claimed_twice: Bureau, gone: str, left: str) -> None:
    claimed_twice.decide(1, 撤回=gone)
    row = claimed_twice.outcome(1)
    assert (row["报送单位"], row["说明代码"]) == (left, "AWAITING_BUREAU")


def test_withdrawing_the_firm_withdraws_both_claims(claimed_twice: Bureau) -> None:
    claimed_twice.decide(1, 撤回="是")
    rows = [r for u, r in claimed_twice.outcomes().items() if u.startswith(uscc(1))]
    assert {r["说明代码"].split(";")[-1] for r in rows} == {"WITHDRAWN"}


def test_of_three_claims_two_are_withdrawn(claimed_twice: Bureau) -> None:
    claimed_twice.sent_in([firm(1, area="港闸区")], "港闸区")
    claimed_twice.decide(1, 撤回=f"{HERE}、{THERE}")
    assert claimed_twice.outcome(1)["报送单位"] == "港闸区"


@pytest.mark.parametrize("mistaken", ["是", HERE])
def test_a_mistaken_withdrawal_is_undone_and_the_place_is_kept(claimed_twice: Bureau, mistaken: str) -> None:
    before = claimed_twice.outcomes()
    claimed_twice.decide(1, 撤回=mistaken)
    assert claimed_twice.outcomes() != before
    claimed_twice.decide(1, 撤回="否")
    assert claimed_twice.outcomes() == before


def test_a_sent_firm_whose_withdrawal_was_a_mistake_queues_again_behind_those_that_are_out(bureau: Bureau) -> None:
    bureau.agree(1, 2)
    bureau.submit()
    bureau.decide(1, 撤回="是")
    bureau.decide(1, 撤回="否")
    row = bureau.outcome(1)
    assert (row["资格"], row["资金安排"], row["说明代码"]) == ("符合条件", "已安排", "LATE_COLLECTED")
    bureau.submit()
    assert [(r["uscc"], r["status"]) for r in bureau.tables()["sent"]] == [
        (uscc(1), "withdrawn"), (uscc(2), "sent"), (uscc(1), "sent"),
    ]  # fmt: skip


# ── all that is left ──


def test_all_agree_takes_what_has_no_warning_and_names_the_rest(bureau: Bureau) -> None:
    bureau.sent_in(
        [
            firm(1), firm(2, size="大型"), firm(3), firm(4, opinion=None, received=None), firm(5, phone="12"),
            firm(6), firm(7, opinion="不同意"),
        ]
    )  # fmt: skip
    bureau.decide(6, 市级审核意见="补正")
    found = bureau.agree_all()
    assert found.changed == 2
    assert {r["受理编号"]: r["原因"] for r in found.left} == {
        "NT2019-0002": "企业规模为大型；平台面向中小企业",
        "NT2019-0006": "市级意见为补正",
    }
    status = {u: r["资格"] for u, r in bureau.outcomes().items()}
    assert [status[uscc(n)] for n in range(1, 8)] == [
        "符合条件", "待审核", "符合条件", "待审核", "待补正", "待审核", "不符合条件",
    ]  # fmt: skip
    agreed = {
        r["uscc"]: (r["opinion"], r["reviewer"], r["reviewed"])
        for r in bureau.tables()["reviews"]
        if r["opinion"] == "同意"
    }
    assert agreed == {uscc(n): ("同意", WHO, "2019-12-31") for n in (1, 3)}


def test_all_agree_has_regard_to_warnings_that_only_show_across_files(bureau: Bureau) -> None:
    bureau.load("inforce", policy(2, "中国信保", 终保日期=date(2019, 6, 30)))
    (left,) = bureau.agree_all().left
    assert left["原因"].startswith("保险人在保名单里有这家企业：中国信保 自主")
    assert bureau.outcome(2)["资格"] == "待审核"


def test_all_agree_twice_agrees_to_nobody_twice(bureau: Bureau) -> None:
    bureau.agree_all()
    assert bureau.agree_all().changed == 0


def test_export_lists_what_waits_and_can_be_filled_in_and_read_again(bureau: Bureau, tmp_path: Path) -> None:
    bureau.sent_in([firm(1), firm(2), firm(3), firm(4, phone="12"), firm(5, exports=1_000_000)])
    bureau.decide(3, 市级审核意见="同意")
    bureau.decide(2, 审批依据="待查", **{"核定出口额(美元)": "4,000,000.50", "核定依据": "报关单"})
    path = tmp_path / "待审.xlsx"
    assert desk.export(bureau.workspace, path, today=bureau.today) == 2
    (page,) = openpyxl.load_workbook(path).worksheets
    head, *lines = cells(path, page.title)
    listed = [dict(zip(head, line, strict=True)) for line in lines]
    assert [(r["受理编号"], r["统一社会信用代码"], r["待办"]) for r in listed] == [
        ("NT2019-0001", uscc(1), "等待市级审核同意"), ("NT2019-0002", uscc(2), "等待市级审核同意"),
    ]  # fmt: skip
    assert (listed[1]["核定出口额(美元)"], listed[1]["核定依据"], listed[1]["审批依据"]) == (
        "4000000.50",
        "报关单",
        "待查",
    )
    for line in listed:
        line["市级审核意见"] = "同意"
    filled = table(tmp_path / "填好.xlsx", listed)
    found = desk.review(bureau.workspace, filled, now=bureau.now, today=bureau.today)
    assert found.changed == 2
    assert bureau.outcome(2)["财政扶持(元)"] == bureau.outcome(2)["应缴保费(元)"]
    assert [bureau.outcome(n)["资格"] for n in (1, 2, 3)] == ["符合条件"] * 3


def test_export_lists_a_time_that_waits_for_confirmation(bureau: Bureau, tmp_path: Path) -> None:
    bureau.agree(1, 2, 3)
    bureau.sent_in([firm(1, received=at(0)), firm(2), firm(3)])
    path = tmp_path / "待审.xlsx"
    assert desk.export(bureau.workspace, path, today=bureau.today) == 1
    head, line = cells(path, "市级审核")
    assert dict(zip(head, line, strict=True))["待办"].startswith("材料齐全时间早于首次收件")


def test_a_table_that_is_not_there_is_named(bureau: Bureau, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"没有这份\.xlsx"):
        desk.review(bureau.workspace, tmp_path / "没有这份.xlsx", now=bureau.now, today=bureau.today)


# ── a firm that is out ──


@pytest.mark.parametrize(
    ("decision", "status"), [({"撤回": "是"}, "withdrawn"), ({"市级审核意见": "不同意"}, "refused")]
)
def test_a_sent_firm_that_is_refused_or_withdrawn_gives_its_money_back(
    bureau: Bureau, decision: dict[str, Any], status: str
) -> None:
    bureau.agree(1, 2)
    bureau.submit()
    assert bureau.standing().money[0].sent == 2_100_000
    found = bureau.decide(1, **decision)
    assert any("NT2019-0001" in line for line in found.lines)
    assert {r["uscc"]: r["status"] for r in bureau.tables()["sent"]} == {uscc(1): status, uscc(2): "sent"}
    assert bureau.standing().money[0].sent == 1_050_000
    assert bureau.outcome(1)["资格"] == "不符合条件"
    assert bureau.outcome(2)["资金安排"] == "已报送"


def test_reviewing_a_sent_firm_changes_nothing_that_was_sent(bureau: Bureau) -> None:
    bureau.agree(1)
    bureau.submit()
    sent = bureau.tables()["sent"]
    grounds = {"核定出口额(美元)": 9_000_000, "核定依据": "x"}
    bureau.decide(1, 分配保险人="人保财险", 政策导向确认="是", **grounds)
    assert bureau.tables()["sent"] == sent
    row = bureau.outcome(1)
    assert (row["保险人"], row["财政扶持(元)"], row["排队号"], row["资金安排"]) == ("中国信保", 10_500, 1, "已报送")


def test_a_proposed_policy_tick_waits_for_the_bureau_and_is_named(bureau: Bureau, tmp_path: Path) -> None:
    bureau.sent_in([firm(1, exports=8_000_000, key_exports=7_500_000, policy="是", wish="C"), firm(2, policy="是")])
    path = tmp_path / "待审.xlsx"
    desk.export(bureau.workspace, path, today=bureau.today)
    head, *lines = cells(path, "市级审核")
    said = {line[head.index("统一社会信用代码")]: line[head.index("待办")] for line in lines}
    assert "政策导向" in said[uscc(1)]
    assert "政策导向" not in said[uscc(2)]
    bureau.decide(1, 市级审核意见="同意", 政策导向确认="是")
    assert bureau.outcome(1)["方案"] == "C"


def test_a_table_without_any_decision_is_no_review_table(bureau: Bureau, tmp_path: Path) -> None:
    path = tmp_path / "名册.csv"
    path.write_text(f"统一社会信用代码,企业名称\n{uscc(1)},甲\n", "utf-8")
    with pytest.raises(Refusal, match="不像审核表"):
        desk.review(bureau.workspace, path, now=bureau.now, today=bureau.today)


def test_an_opinion_without_reviewer_or_day_is_asked_about(bureau: Bureau) -> None:
    bureau.sent_in([firm(1)])
    assert any("没有审核人或审核日期" in line for line in bureau.decide(1, 市级审核意见="同意").lines)
    whole = bureau.decide(1, 市级审核意见="同意", 审核人=WHO, 审核日期="2019-12-30")
    assert not any("没有审核人或审核日期" in line for line in whole.lines)


def test_two_rows_of_one_firm_are_named_whatever_they_say(bureau: Bureau) -> None:
    with pytest.raises(BadInput) as caught:
        bureau.review(row(1, 市级审核意见="同意"), row(2, 市级审核意见="同意"), row(1, 市级审核意见="不同意"))
    assert [(p.code, p.cell) for p in caught.value.placed] == [("DUPLICATE", "A2"), ("DUPLICATE", "A4")]
    assert "2、4" in caught.value.placed[0].message
    with pytest.raises(BadInput, match="2、3"):
        bureau.review(row(1, 市级审核意见="同意"), row(1, 市级审核意见="同意", 政策导向确认="否"))
    assert bureau.review(row(1, 市级审核意见="同意"), row(2, 市级审核意见="同意")).changed == 2
