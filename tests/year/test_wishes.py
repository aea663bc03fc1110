"""What districts' newer files would change of rows that were sent (待定变更): each waits, by the firm's name, for a yes or no.

DESIGN §3 (a district's file that touches a sent row becomes a pending change, shown, never applied silently).
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from books import opened
from returns import TODAY, answer, sent
from workspaces import HERE, THERE, Bureau, cells, firm, prepared, uscc

from xltools import ledger
from xltools.ledger.claims import Pending, put_pending

BEFORE = 3 * 1_050_000 + 1_050_035
YES = ("--by", "王甲")


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    made = prepared(tmp_path, sent)
    made.today = TODAY
    return made


def row(number: int, **more: Any) -> dict[str, Any]:
    """The firm's row as it was sent in first, and what is otherwise now."""
    was = {2: {"wish": "B", "copay": "是", "exports": "3,000,100.00"}, 5: {"insurer": "人保财险"}}.get(number, {})
    return firm(number, **was | more)


def comes(bureau: Bureau, *rows: dict[str, Any], district: str = HERE) -> Any:
    return bureau.sent_in(list(rows), district)


def waiting(bureau: Bureau) -> list[tuple[str, str, str | None]]:
    """Firm, kind and item, and the new content of everything that waits."""
    rows = [r for r in bureau.tables()["change"] if not r["opinion"]]
    return sorted((r["case_no"][-4:], f"{r['kind']} {r['item']}", r["new"]) for r in rows)


def money(bureau: Bureau) -> int:
    return bureau.standing().money[0].sent


def undecided(bureau: Bureau) -> list[str]:
    return [p["uscc"] for p in bureau.tables()["pending"] if p["decided"] is None]


WISHES: list[tuple[str, dict[str, Any], list[tuple[str, str | None]]]] = [
    ("a telephone number", {"phone": "13900000001"}, [("更正 手机", "13900000001")]),
    ("a name", {"name": "南通新名有限公司"}, [("更名 企业名称", "南通新名有限公司")]),
    ("a plan", {"wish": "B", "copay": "是"}, [("换方案 方案", "B"), ("更正 其他", "承诺自缴保费")]),
    ("the other insurer", {"insurer": "人保财险"}, [("换保险人 保险人", "人保财险")]),
    ("exports", {"exports": 6_000_000}, [("更正 出口额", "6,000,000.00")]),
    ("a customs code", {"customs_code": "3206960099"}, [("更正 海关注册编码", "3206960099")]),
    ("that it wants no more", {"opinion": "不同意"}, [("撤销 整行", None)]),
    ("nothing of what was sent", {"address": "人民路 1 号"}, [("更正 其他", "注册地址")]),
    ("the plan that it got without asking", {"wish": "A"}, []),
    ("a plan left open", {"wish": None}, []),
]


@pytest.mark.parametrize(("cells_", "wished"), [w[1:] for w in WISHES], ids=[w[0] for w in WISHES])
def test_each_thing_that_a_file_would_change_waits_as_a_change_of_its_kind(
    bureau: Bureau, cells_: dict[str, Any], wished: list[tuple[str, str | None]]
) -> None:
    report = comes(bureau, row(1, **cells_), row(3))
    assert waiting(bureau) == sorted(("0001", *w) for w in wished)
    assert (report.pending, undecided(bureau)) == ((1, [uscc(1)]) if wished else (0, []))
    assert money(bureau) == BEFORE
    assert not bureau.verify().wrong


def test_a_row_with_an_error_wishes_nothing_and_goes_back(bureau: Bureau) -> None:
    report = comes(bureau, row(1, phone="1", name="南通新名有限公司"), row(3))
    assert (report.outcome, report.pending, waiting(bureau)) == ("returned", 0, [])


def test_it_is_accepted_by_the_firms_name_and_counts_as_any_change_does(bureau: Bureau) -> None:
    comes(bureau, row(1, wish="B", copay="是"), row(3, phone="13900000003"), row(4, exports=6_000_000))
    ran = bureau.cli("change", "--accept", row(1)["name"], "--accept", "NT2019-0003", *YES)
    assert (ran.code, "接受 3 条：NT2019-0001 换方案、NT2019-0001 其他、NT2019-0003 手机" in ran.out) == (0, True)
    assert money(bureau) == BEFORE - 1_050_000 + 1_750_000
    assert bureau.outcome(1)["方案"] == "B"
    assert waiting(bureau) == [("0004", "更正 出口额", "6,000,000.00")]
    assert undecided(bureau) == [uscc(4)]
    ran = bureau.cli("change", "--accept", uscc(4), *YES)
    assert (ran.code, money(bureau)) == (0, BEFORE - 1_050_000 + 1_750_000 + 210_000)
    assert undecided(bureau) == []
    assert not bureau.verify().wrong
    ran = bureau.cli("submit", "--accept-fx", "--json")
    told = [(b["rows"], b["fiscal_fen"]) for b in ran.json["changes"]]
    assert told == [(3, 700_000 + 210_000)]  # what touches nothing of what was sent is not told to the insurer
    (name,) = (n for n in bureau.submitted() if "变更" in n)
    head, *lines = cells(bureau.root / "报送" / name, "变更清单")
    place = head.index("财政差额(元)")
    assert [line[place] for line in lines] == [7_000, None, 2_100]


def test_the_journal_says_who_accepted_and_no_telephone_number(bureau: Bureau) -> None:
    comes(bureau, row(1, phone="13900000001"))
    bureau.cli("change", "--accept", "NT2019-0001", *YES)
    last = bureau.journal()[-1]
    fields = last["detail"]["changed"]["NT2019-0001 更正 手机 2020-01-20"]
    assert (fields["opinion"], fields["decided_by"]) == ([None, "接受"], [None, "王甲"])
    assert "13900000001" not in json.dumps([r["detail"] for r in bureau.journal()], ensure_ascii=False)
    from xltools.desk.verb import verbs

    said = verbs()["change"].journal
    assert said
    assert said(last["detail"], None) == "接受（王甲） NT2019-0001 更正 手机 2020-01-20"


def test_by_hand_a_telephone_number_stays_out_of_the_journal_too(bureau: Bureau) -> None:
    made = {"受理编号": "NT2019-0001", "类型": "更正", "项目": "手机", "变更后": "13900000001", "申请方": "企业"}
    bureau.load("change", made | {"申请日期": TODAY, "依据": "函"})
    assert "13900000001" not in json.dumps([r["detail"] for r in bureau.journal()], ensure_ascii=False)


def test_what_was_refused_stays_refused_until_the_district_says_something_else(bureau: Bureau) -> None:
    comes(bureau, row(1, phone="13900000001"), row(3))
    ran = bureau.cli("change", "--refuse", "NT2019-0001", *YES)
    assert (ran.code, "不接受 1 条：NT2019-0001 手机；请告诉提出的一方" in ran.out) == (0, True)
    assert (waiting(bureau), undecided(bureau)) == ([], [])
    report = comes(bureau, row(1, phone="13900000001"), row(3, phone="13900000003"))
    assert waiting(bureau) == [("0003", "更正 手机", "13900000003")]
    assert report.pending == 1
    comes(bureau, row(1, phone="13900000002"), row(3, phone="13900000003"))
    assert waiting(bureau)[0] == ("0001", "更正 手机", "13900000002")
    assert sorted(r["new"] for r in bureau.tables()["change"] if r["case_no"] == "NT2019-0001") == [
        "13900000001", "13900000002",
    ]  # fmt: skip


def test_what_was_refused_and_taken_back_may_be_wished_again(bureau: Bureau) -> None:
    for n, (phone, wished) in enumerate((("13900000001", 1), ("13800000001", 0), ("13900000001", 1))):
        comes(bureau, row(1, phone=phone), row(3, remark=f"第 {n} 次"))  # the same file once more would not be read
        assert len([w for w in waiting(bureau) if w[0] == "0001"]) == wished
        if wished:
            bureau.cli("change", "--refuse", uscc(1), "--only", "手机", *YES)


def test_what_was_accepted_is_not_wished_again_but_its_undoing_is(bureau: Bureau) -> None:
    comes(bureau, row(1, phone="13900000001"), row(3))
    bureau.cli("change", "--accept", "全部", *YES)
    comes(bureau, row(1, phone="13900000001"), row(4))
    assert waiting(bureau) == []
    comes(bureau, row(1), row(3))
    assert waiting(bureau) == [("0001", "更正 手机", "13800000001")]
    comes(bureau, row(1), row(3), row(4))
    assert waiting(bureau) == [("0001", "更正 手机", "13800000001")]
    assert "生效日" in bureau.cli("change", "--accept", "全部", *YES).err  # a second one of a day is the next day's
    bureau.today = date(2020, 1, 21)
    bureau.cli("change", "--accept", "全部", *YES)
    comes(bureau, row(1), row(4), row(3))
    assert waiting(bureau) == []
    assert not bureau.verify().wrong


def test_a_newer_wish_takes_the_place_of_the_one_that_waits(bureau: Bureau) -> None:
    comes(bureau, row(1, phone="13900000001"))
    bureau.today = date(2020, 1, 21)
    comes(bureau, row(1, phone="13900000002", wish="B", copay="是"))
    assert waiting(bureau) == [
        ("0001", "换方案 方案", "B"), ("0001", "更正 其他", "承诺自缴保费"), ("0001", "更正 手机", "13900000002"),
    ]  # fmt: skip
    comes(bureau, row(1, wish="B", copay="是"))
    assert [w[1] for w in waiting(bureau)] == ["换方案 方案", "更正 其他"]
    back = [r for r in bureau.tables()["change"] if r["item"] == "手机"]
    assert [(r["opinion"], r["remark"]) for r in back] == [("不接受", "区里的新文件收回了")]


def test_one_of_several_wishes_is_accepted_and_the_others_go_on_waiting(bureau: Bureau) -> None:
    comes(bureau, row(1, wish="C", phone="13900000001"), row(3))
    assert bureau.cli("change", "--accept", "NT2019-0001", "--only", "手机", *YES).code == 0
    assert [w[1] for w in waiting(bureau)] == ["换方案 方案"]
    assert undecided(bureau) == [uscc(1)]


def test_what_cannot_be_accepted_is_said_by_name_and_nothing_is_entered(bureau: Bureau) -> None:
    comes(bureau, row(1, exports=100, phone="13900000001"), row(3))
    ran = bureau.cli("change", "--accept", uscc(1), *YES)
    assert ran.code == 2
    assert "NT2019-0001 出口额" in ran.err
    assert "不在方案A的出口额区间" in ran.err
    assert len(waiting(bureau)) == 2
    assert bureau.cli("change", "--refuse", uscc(1), "--only", "出口额", *YES).code == 0
    assert [w[1] for w in waiting(bureau)] == ["更正 手机"]


NOBODY: list[tuple[str, list[str], str]] = [
    ("a firm that nobody knows", ["--accept", "南通无此有限公司", *YES], "找不到：台账里没有"),
    ("a firm with nothing that waits", ["--accept", "NT2019-0003", *YES], "NT2019-0003：没有等市局意见的变更"),
    ("a kind of which nothing waits", ["--accept", "NT2019-0001", "--only", "换方案", *YES], "（换方案）"),
    ("nobody's opinion", ["--accept", "NT2019-0001"], "请写明审核人"),
    ("yes and no at once", ["--accept", "NT2019-0001", "--refuse", "NT2019-0003", *YES], "一次用一个"),
]


@pytest.mark.parametrize(("args", "said"), [n[1:] for n in NOBODY], ids=[n[0] for n in NOBODY])
def test_an_opinion_needs_a_firm_with_a_change_that_waits(bureau: Bureau, args: list[str], said: str) -> None:
    comes(bureau, row(1, phone="13900000001"), row(3))
    ran = bureau.cli("change", *args)
    assert (ran.code, said in ran.err) == (2, True)
    assert len(waiting(bureau)) == 1


def test_everybody_hears_how_many_wait_and_whose(bureau: Bureau) -> None:
    ran = bureau.cli("change", "--waiting")
    assert (ran.code, "没有等市局意见的变更" in ran.out) == (0, True)
    bureau.clear()
    bureau.drop([row(1, phone="13900000001", exports=6_000_000), row(3)], "新.xlsx")
    assert "NT2019-0001" in bureau.cli("collect").out
    ran = bureau.cli("change", "--waiting", "--json")
    assert [(w["企业名称"], w["项目"], w["现在"], w["变更后"]) for w in ran.json["waiting"]] == [
        (row(1)["name"], "出口额", "5,000,000.00", "6,000,000.00"), (row(1)["name"], "手机", "（见“变更”）", "（见“变更”）"),
    ]  # fmt: skip
    said = "待定变更 2 处，没有改动报送内容：NT2019-0001 出口额、NT2019-0001 手机；在“变更”表填市局意见"
    assert said in bureau.cli("status").out
    assert said in bureau.cli("assess").out
    assert "等市局意见的变更 2 条：NT2019-0001 出口额、NT2019-0001 手机" in bureau.cli("doctor").out


def test_another_district_that_claims_the_firm_waits_too(bureau: Bureau) -> None:
    comes(bureau, row(1, area=THERE), district=THERE)
    assert waiting(bureau) == [("0001", "更正 其他", f"{THERE}也报送了这家企业"), ("0001", "更正 所属区", THERE)]
    comes(bureau, row(1, area=THERE), row(3, area=THERE, phone="13900000009"), district=THERE)
    assert [w[1] for w in waiting(bureau) if w[0] == "0001"] == ["更正 其他", "更正 所属区"]
    bureau.cli("change", "--accept", "全部", *YES)
    assert undecided(bureau) == []
    assert [r["district"] for r in bureau.tables()["claims"]] == [HERE] * 5
    assert not bureau.verify().wrong


def test_once_the_row_is_out_no_more_the_claim_enters_and_nothing_waits(bureau: Bureau) -> None:
    comes(bureau, row(1, phone="13900000001"), row(3))
    bureau.load("issued", {"受理编号": "NT2019-0001", "拒保原因": "买方风险"})
    comes(bureau, row(1, phone="13900000001"), row(4))
    assert (waiting(bureau), undecided(bureau)) == ([], [])
    assert next(c["phone"] for c in bureau.tables()["claims"] if c["uscc"] == uscc(1)) == "13900000001"
    assert not bureau.verify().wrong


def test_a_policy_changes_only_its_contact_by_a_districts_wish(bureau: Bureau) -> None:
    bureau.load("issued", answer(1))
    comes(bureau, row(1, phone="13900000001", opinion="不同意"), row(3))
    bureau.cli("change", "--accept", "全部", *YES)
    assert bureau.standing().money[0].issued == 1_035_000  # the insurer has not confirmed that it is ended
    assert not bureau.verify().wrong


def test_a_try_enters_nothing(bureau: Bureau) -> None:
    comes(bureau, row(1, phone="13900000001"), row(3))
    before = bureau.tables()
    assert bureau.cli("change", "--accept", uscc(1), *YES, "--dry-run").code == 0
    assert bureau.tables() == before


def test_what_waited_in_a_ledger_of_before_becomes_changes_of_a_kind(bureau: Bureau) -> None:
    """Until now such a change was kept with its fields alone."""
    old = Pending(uscc(1), HERE, 1, 5, bureau.now, {"phone": ["13800000001", "13900000001"], "wish": [None, "B"]})
    with ledger.writing(bureau.workspace.ledger, bureau.root, "王甲", bureau.now) as conn:
        put_pending(conn, [old])
    assert "待定变更 1 处" in bureau.cli("status").out
    assert bureau.cli("change", "--waiting").code == 0
    assert waiting(bureau) == [("0001", "换方案 方案", "B"), ("0001", "更正 手机", "13900000001")]
    bureau.cli("change", "--accept", "全部", *YES)
    assert (undecided(bureau), money(bureau)) == ([], BEFORE - 1_050_000 + 1_750_000)
    assert not bureau.verify().wrong


def test_in_the_workbook_it_waits_with_its_firm_beside_and_an_opinion_typed_there_counts(bureau: Bureau) -> None:
    comes(bureau, row(1, wish="B", copay="是"), row(3, phone="13900000003"))
    book = opened(bureau)
    there = book.tables["变更表"]
    rows = [dict(zip(there.headings, r, strict=True)) for r in there.rows]
    assert [(r["受理编号"], r["类型"], r["企业名称"], r["变更后"], r["市局意见"]) for r in rows] == [
        ("NT2019-0001", "换方案", row(1)["name"], "B", None),
        ("NT2019-0001", "更正", row(1)["name"], "承诺自缴保费", None),
        ("NT2019-0003", "更正", row(3)["name"], "13900000003", None),
    ]
    book.type("变更表", 0, 市局意见="接受", 审核人="王甲")
    book.type("变更表", 2, 市局意见="不接受", 审核人="王甲")
    found = book.pull()
    assert [(e.column, e.typed) for e in found.applied] == [
        ("市局意见", "接受"), ("市局意见", "不接受"), ("审核人", "王甲"), ("审核人", "王甲"),
    ]  # fmt: skip
    assert [*found.problems, *found.ignored, *found.conflicts] == []
    assert money(bureau) == BEFORE - 1_050_000 + 1_750_000
    assert [w[1] for w in waiting(bureau)] == ["更正 其他"]
    assert not bureau.verify().wrong
