"""change (变更): the frozen row never alters; it and the accepted changes count together, and money follows to the fen.

DESIGN §3 (rows sent are frozen), clauses 三 and 二（三）.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from returns import TODAY, answer, sent
from workspaces import Bureau, bureau_in, cells, customs_row, firm, own_scheme, policy, prepared, uscc

from xltools.desk.bureau.taking import Loaded
from xltools.desk.errors import BadInput

YES = {"市局意见": "接受", "审核人": "王甲"}
ASKED = date(2020, 1, 15)


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    made = prepared(tmp_path, sent)
    made.today = TODAY
    return made


def wish(number: int, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "受理编号": f"NT2019-{number:04d}", "类型": kind, "申请方": "企业", "申请日期": ASKED, "依据": "企业函", "扫描件": "函.pdf",
    } | more  # fmt: skip


def change(bureau: Bureau, *rows: Mapping[str, Any]) -> Loaded:
    return bureau.load("change", *rows)


def states(bureau: Bureau) -> dict[tuple[int, str], str]:
    by = {uscc(n): n for n in range(1, 9)}
    return {(by[r["uscc"]], r["insurer"]): r["status"] for r in bureau.tables()["sent"]}


def money(bureau: Bureau, insurer: str = "中国信保") -> tuple[int, int]:
    (one,) = (m for m in bureau.standing().money if m.insurer == insurer)
    return one.issued, one.sent


def pool(bureau: Bureau) -> int:
    return bureau.standing().money[0].pool


BEFORE = 3 * 1_050_000 + 1_050_035


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("of a row never sent", wish(99, "撤回"), "CHANGE_UNSENT"),
    ("asked for before it was sent", wish(1, "撤回", 申请日期=date(2019, 12, 1)), "CHANGE_UNSENT"),
    ("of a field that has no change", wish(1, "更正", 项目="排队号", 变更后="1"), "CHANGE_ITEM"),
    ("without what it changes to", wish(1, "更名"), "CHANGE_NEW"),
    ("to a plan of the other band", wish(1, "换方案", 变更后="D"), "CHANGE_NEW"),
    ("to a plan that it has", wish(1, "换方案", 变更后="A"), "CHANGE_SAME"),
    ("to an insurer that the platform has not", wish(1, "换保险人", 变更后="平安"), "CHANGE_NEW"),
    ("of a policy that there is not", wish(1, "退保"), "CHANGE_STATE"),
    ("of exports to no amount", wish(1, "更正", 项目="出口额", 变更后="约三百万"), "CHANGE_NEW"),
    ("of exports out of the plan's band", wish(1, "更正", 项目="出口额", 变更后="2999999.99"), "CHANGE_NEW"),
    ("decided by nobody", wish(1, "撤回", 市局意见="接受"), "CHANGE_UNSIGNED"),
    ("accepted before its day", wish(1, "撤回", 生效日=date(2020, 2, 1), **YES), "CHANGE_EARLY"),
    ("accepted before it was asked for", wish(1, "撤回", 申请日期=date(2020, 2, 1), **YES), "CHANGE_EARLY"),
    ("confirmed by its insurer tomorrow", wish(1, "撤回", 保险人确认日期=date(2020, 1, 21)), "DATE_FUTURE"),
    ("with money back where nothing was paid", wish(1, "撤回", **YES, **{"退还财政(元)": 5}), "REFUND_ABOVE"),
    ("without grounds", wish(1, "撤回", 依据=None), "REQUIRED"),
    ("asked for by a stranger", wish(1, "撤回", 申请方="邻居"), "CHOICE"),
]


@pytest.mark.parametrize(("row", "code"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_change_that_cannot_be_is_refused_by_cell(bureau: Bureau, row: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput) as e:
        change(bureau, row)
    assert [p.code for p in e.value.placed] == [code]
    assert bureau.tables()["change"] == []


@pytest.mark.parametrize(("row", "code"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_beside_it_the_others_of_the_file_are_taken(bureau: Bureau, row: dict[str, Any], code: str) -> None:
    found = change(bureau, row, wish(3, "撤回", **YES))
    assert [p.code for x in found.left for p in x.placed] == [code]
    assert found.left[0].placed[0].cell[1:] == "2"
    assert states(bureau)[3, "中国信保"] == "withdrawn"


FROZEN: list[tuple[str, dict[str, Any]]] = [
    ("no longer accepted", {"市局意见": "不接受"}),
    ("to another content", {"变更后": "C"}),
    ("from another day", {"生效日": date(2020, 1, 16)}),
]


@pytest.mark.parametrize("altered", [f[1] for f in FROZEN], ids=[f[0] for f in FROZEN])
def test_a_change_that_counts_is_altered_no_more(bureau: Bureau, altered: dict[str, Any]) -> None:
    made = wish(1, "换方案", 变更后="B", **YES)
    change(bureau, made)
    with pytest.raises(BadInput) as e:
        change(bureau, made | altered)
    assert [p.code for p in e.value.placed] == ["CHANGE_FROZEN"]
    assert money(bureau) == (0, BEFORE - 1_050_000 + 1_750_000)
    change(bureau, made | {"扫描件": "函二.pdf"})
    assert "函二.pdf" in bureau.tables()["change"][0].values()


def test_one_that_its_insurer_has_not_confirmed_may_be_taken_back(bureau: Bureau) -> None:
    bureau.load("issued", answer(1))
    change(bureau, wish(1, "退保", **YES))
    change(bureau, wish(1, "退保", **YES | {"市局意见": "不接受"}))
    assert states(bureau)[1, "中国信保"] == "issued"
    assert not bureau.verify().wrong


def test_a_row_that_the_review_withdrew_after_a_change_stays_withdrawn(bureau: Bureau) -> None:
    made = wish(1, "更正", 项目="手机", 变更后="13900000001", **YES)
    change(bureau, made)
    bureau.decide(1, 撤回="是", 审核人="王甲")
    change(bureau, made | {"扫描件": "函二.pdf"})
    assert (states(bureau)[1, "中国信保"], money(bureau)) == ("withdrawn", (0, BEFORE - 1_050_000))
    assert not bureau.verify().wrong


def test_a_wish_whose_row_the_review_has_ended_since_can_be_refused_but_not_accepted(bureau: Bureau) -> None:
    change(bureau, wish(1, "换方案", 变更后="B"))
    bureau.decide(1, 撤回="是", 审核人="王甲")
    with pytest.raises(BadInput) as e:
        change(bureau, wish(1, "换方案", 变更后="B", **YES))
    assert [(p.code, p.cell) for p in e.value.placed] == [("CHANGE_STATE", "B2")]
    found = change(bureau, wish(1, "换方案", 变更后="B", **YES | {"市局意见": "不接受"}))
    assert not [line for line in found.lines if "等市局意见" in line]
    assert money(bureau) == (0, BEFORE - 1_050_000)


def test_a_change_that_nobody_has_accepted_changes_nothing(bureau: Bureau) -> None:
    found = change(bureau, wish(1, "撤回"), wish(2, "换方案", 变更后="A", 市局意见="不接受", 审核人="王甲"))
    assert "等市局意见的 1 条：NT2019-0001 撤回" in found.lines
    assert money(bureau) == (0, BEFORE)


def test_the_firm_withdraws_and_its_money_is_free_at_once(bureau: Bureau) -> None:
    frozen = bureau.tables()["sent"]
    change(bureau, wish(1, "撤回", **YES))
    assert states(bureau)[1, "中国信保"] == "withdrawn"
    assert money(bureau) == (0, BEFORE - 1_050_000)
    assert (bureau.outcome(1)["资格"], bureau.outcome(1)["说明代码"]) == ("不符合条件", "WITHDRAWN")
    kept = [{k: v for k, v in r.items() if k != "status"} for r in bureau.tables()["sent"]]
    assert kept == [{k: v for k, v in r.items() if k != "status"} for r in frozen]
    assert not bureau.submit()
    assert not bureau.verify().wrong


def test_the_bureau_revokes(bureau: Bureau) -> None:
    change(bureau, wish(3, "撤销", 申请方="市局", **YES))
    assert states(bureau)[3, "中国信保"] == "refused"
    assert (bureau.outcome(3)["资格"], bureau.outcome(3)["说明代码"]) == ("不符合条件", "BUREAU_REFUSED")


def test_another_plan_is_reckoned_on_the_frozen_exports_at_the_frozen_rate(bureau: Bureau) -> None:
    """Plan A → B on 5,000,000.00: 0.001 × 7 = 35,000.00, of which the budget pays 17,500.00 (四（二）)."""
    change(bureau, wish(1, "换方案", 变更后="方案B", **YES))
    assert money(bureau) == (0, BEFORE - 1_050_000 + 1_750_000)
    row = bureau.outcome(1)
    assert (row["方案"], str(row["财政扶持(元)"]), str(row["企业承担(元)"])) == ("B", "17500.00", "17500.00")
    assert bureau.tables()["sent"][0]["plan"] == "A"
    assert not bureau.verify().wrong


def test_a_policy_is_reckoned_by_the_plan_as_it_was_changed(bureau: Bureau) -> None:
    change(bureau, wish(1, "换方案", 变更后="B", **YES))
    half = {"实际保费(元)": 34500, "财政(元)": 17250, "企业(元)": 17250}
    assert not [line for line in bureau.load("issued", answer(1, **half)).lines if line.startswith("提示")]


def test_corrected_exports_change_the_premium(bureau: Bureau) -> None:
    change(bureau, wish(1, "更正", 项目="出口额", 变更后="6,000,000.00", **YES))
    assert money(bureau) == (0, BEFORE + 210_000)


REDUCED = """[[reductions]]
title = "小巨人"
off = { value = 0.15, unit = "比例", clause = "试" }
tiers = ["小巨人"]

[fx]"""


@pytest.fixture(scope="module")
def reduced(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    """Firm 1 has 15 % off, firm 2 has nothing off; both in plan A and sent."""
    folder = tmp_path_factory.mktemp("reduced")
    made = bureau_in(folder, own_scheme(folder, ("[fx]", REDUCED)))
    made.drop([firm(1, tier="小巨人"), firm(2)])
    made.collect()
    made.agree(1, 2)
    made.submit()
    made.today = TODAY
    return made


def test_a_premium_reduction_stays_with_the_firm_whatever_is_changed(reduced: Bureau) -> None:
    """A: 5,000,000.00 × 0.000255 × 7 = 8,925.00; B: × 0.00085 × 7 = 29,750.00, of which the budget pays half (四（二）)."""
    assert money(reduced) == (0, 892_500 + 1_050_000)
    change(reduced, *(wish(n, "换方案", 变更后="B", **YES) for n in (1, 2)))
    assert money(reduced) == (0, 1_487_500 + 1_750_000)
    change(reduced, wish(1, "更正", 项目="出口额", 变更后="3000000.01", **YES))
    assert money(reduced) == (0, 892_500 + 1_750_000)  # 3,000,000.01 × 0.00085 × 7 = 17,850.00005…, half of it
    assert not reduced.verify().wrong


def test_a_new_telephone_number_changes_no_money(bureau: Bureau) -> None:
    change(bureau, wish(1, "更正", 项目="手机", 变更后="13900000001", **YES))
    assert money(bureau) == (0, BEFORE)


def test_a_firm_that_its_insurer_refused_goes_to_the_other_one_with_its_consent_and_keeps_its_time(
    bureau: Bureau,
) -> None:
    bureau.load("issued", {"受理编号": "NT2019-0001", "拒保原因": "买方风险"})
    assert bureau.outcome(1)["资金安排"] == "待改派"
    change(bureau, wish(1, "换保险人", 变更后="人保"))
    assert bureau.outcome(1)["资金安排"] == "待改派"
    change(bureau, wish(1, "换保险人", 变更后="人保", **YES))
    row = bureau.outcome(1)
    assert (row["资金安排"], row["保险人"]) == ("已安排", "人保财险")
    (batch,) = bureau.submit()
    assert (batch.insurer, batch.rows) == ("人保财险", 1)
    assert states(bureau)[1, "中国信保"] == "declined"
    assert states(bureau)[1, "人保财险"] == "sent"
    assert not bureau.verify().wrong


def test_a_row_that_is_out_moves_to_the_other_insurer(bureau: Bureau) -> None:
    change(bureau, wish(1, "换保险人", 变更后="人保财险", **YES))
    assert states(bureau)[1, "中国信保"] == "moved"
    assert money(bureau) == (0, BEFORE - 1_050_000)
    (batch,) = bureau.submit()
    assert (batch.insurer, batch.rows) == ("人保财险", 1)


def test_who_goes_to_the_other_insurer_is_sent_as_the_changes_have_left_it(bureau: Bureau) -> None:
    """6,000,000.00 × 0.0003 × 7 = 12,600.00; name and telephone as they were corrected."""
    change(
        bureau, wish(1, "更名", 变更后="南通新名有限公司", **YES), wish(1, "更正", 项目="手机", 变更后="13900000001", **YES),
        wish(1, "更正", 项目="出口额", 变更后="6000000", **YES),
    )  # fmt: skip
    change(bureau, wish(1, "换保险人", 变更后="人保财险", **YES))
    (batch,) = bureau.submit()
    assert (batch.insurer, batch.rows, batch.fiscal_fen) == ("人保财险", 1, 1_260_000)
    (row,) = (r for r in bureau.tables()["sent"] if r["insurer"] == "人保财险" and r["uscc"] == uscc(1))
    assert all(said in row["cells"] for said in ("南通新名有限公司", "13900000001", "600000000"))
    assert not bureau.verify().wrong


def test_an_issued_row_gives_its_money_back_only_when_its_insurer_has_confirmed(bureau: Bureau) -> None:
    bureau.load("issued", answer(1))
    found = change(bureau, wish(1, "退保", **YES))
    assert "已承保、等保险人确认的 1 条：NT2019-0001" in found.lines
    assert money(bureau)[0] == 1_035_000
    change(bureau, wish(1, "退保", **YES, 保险人确认日期=date(2020, 1, 18), **{"退还财政(元)": "10000.01"}))
    assert states(bureau)[1, "中国信保"] == "released"
    assert (money(bureau)[0], pool(bureau)) == (
        1_035_000,
        450_000_000 + 1_000_001,
    )  # what the insurer keeps stays spent
    assert bureau.outcome(1)["资金安排"] == "已解除"


def test_the_state_of_the_past_knows_no_later_change(bureau: Bureau) -> None:
    from xltools import ledger
    from xltools.desk.rules.register import load_register
    from xltools.desk.rules.standing import stand

    seq = bureau.journal()[-1]["seq"]
    change(bureau, wish(1, "换方案", 变更后="B", **YES), wish(3, "撤回", **YES))
    now = bureau.journal()[-1]["seq"]
    workspace = bureau.workspace
    with ledger.reading(workspace.ledger) as conn:
        then, today = (stand(load_register(conn, workspace, bureau.today, s)) for s in (seq, now))
    assert (then.money[0].issued, then.money[0].sent) == (0, BEFORE)
    assert today.money == bureau.standing().money


def told(bureau: Bureau) -> list[dict[str, Any]]:
    """The lines of every batch of changes, file by file."""
    out = []
    for name in bureau.submitted():
        if "变更" in name:
            head, *rows = cells(bureau.root / "报送" / name, "变更清单")
            out += [dict(zip(head, row, strict=True)) for row in rows]
    return out


def test_each_accepted_change_is_told_to_its_insurer_once_with_the_money_that_it_moves(bureau: Bureau) -> None:
    change(
        bureau, wish(1, "换方案", 变更后="B", **YES), wish(2, "更正", 项目="手机", 变更后="13900000001", **YES),
        wish(3, "撤回", **YES), wish(4, "更名", 变更后="南通新名有限公司", **YES), wish(5, "换保险人", 变更后="中国信保"),
    )  # fmt: skip
    ran = bureau.cli("submit", "--accept-fx", "--json")
    assert ran.code == 0
    assert [(b["insurer"], b["number"], b["rows"], b["fiscal_fen"]) for b in ran.json["changes"]] == [
        ("中国信保", 1, 4, -350_000)
    ]
    said = [
        (r["原批次"], r["原序号"], r["受理编号"], r["项目"], r["变更前"], r["变更后"], r["财政差额(元)"])
        for r in told(bureau)
    ]
    assert said == [
        ("第01批", 1, "NT2019-0001", "方案", "A", "B", 7_000),
        ("第01批", 2, "NT2019-0002", "手机", "13800000002", "13900000001", None),
        ("第01批", 3, "NT2019-0003", "整行", None, "撤销", -10_500),
        ("第01批", 4, "NT2019-0004", "企业名称", said[3][4], "南通新名有限公司", None),
    ]
    assert not bureau.verify().wrong
    bureau.submit()
    assert len(told(bureau)) == 4
    assert bureau.journal()[-1]["verb"] == "notice"


def test_who_moves_is_taken_back_from_the_old_insurer(bureau: Bureau) -> None:
    change(bureau, wish(1, "换保险人", 变更后="人保财险", **YES))
    bureau.submit()
    (line,) = told(bureau)
    assert (line["变更前"], line["变更后"], line["财政差额(元)"]) == ("中国信保", "撤销（改投人保财险）", -10_500)


def test_a_batch_of_changes_that_was_altered_or_lost_is_named(bureau: Bureau) -> None:
    change(bureau, wish(3, "撤回", **YES))
    bureau.submit()
    (name,) = (n for n in bureau.submitted() if "变更" in n)
    path = bureau.root / "报送" / name
    book = openpyxl.load_workbook(path)
    book.save(path)
    assert not bureau.verify().wrong  # saved by another program: the same cells
    book["变更清单"]["L2"] = 1
    book.save(path)
    assert any(name in w and "与报送时不同" in w for w in bureau.verify().wrong)
    path.unlink()
    assert any(name in w and "不在" in w for w in bureau.verify().wrong)


def test_a_state_that_was_changed_behind_the_ledgers_back_is_named(bureau: Bureau) -> None:
    bureau.load("issued", answer(1))
    bureau.tamper("UPDATE sent SET status = 'sent', actual_fiscal_fen = NULL WHERE place = 1")
    assert any("NT2019-0001" in w and "状态" in w for w in bureau.verify().wrong)


def test_a_firm_is_known_by_its_new_name_as_by_its_former_one(bureau: Bureau) -> None:
    change(bureau, wish(1, "更名", 变更后="南通新名有限公司", **YES))
    for name in ("南通新名有限公司", firm(1)["name"]):
        found = bureau.load("inforce", policy(1, "平安", 企业名称=name))
        assert not [line for line in found.lines if "名称" in line and "提示" in line]
    with pytest.raises(BadInput) as e:
        bureau.load("inforce", policy(3, "平安", 企业名称="南通新名有限公司"))
    assert [p.code for p in e.value.placed] == ["NAME_OF_OTHER"]


def test_a_firm_is_known_by_its_new_code_in_every_reader_and_keeps_its_place(bureau: Bureau) -> None:
    new = uscc(40)
    with pytest.raises(BadInput) as e:
        change(bureau, wish(1, "换代码", 变更后=uscc(3), **YES))
    assert [p.code for p in e.value.placed] == ["CHANGE_NEW"]
    with pytest.raises(BadInput):
        change(bureau, wish(1, "换代码", 变更后=new[:-1] + ("0" if new[-1] != "0" else "1"), **YES))
    bureau.customs((1, 2018, "美国", "5,000,000"))  # under the old code, before
    change(bureau, wish(1, "换代码", 变更后=new, **YES))
    assert bureau.register().decisions.figures.present[0]
    bureau.load("customs", {**customs_row(1, 2018, "美国", "5,100,000"), "统一社会信用代码": new})
    assert bureau.standing().applications.exports[0] == 510_000_000
    found = bureau.load("inforce", policy(1, "平安", 统一社会信用代码=new))
    assert any("在名单上的 1 家" in line for line in found.lines)
    report = bureau.sent_in([firm(1, uscc=new, phone="13900000009")])
    assert (report.new, report.pending) == (0, 1)
    assert len(bureau.tables()["enterprises"]) == 5
    assert "NT2019-0001" in bureau.cli("explain", new).out
    assert not bureau.verify().wrong
