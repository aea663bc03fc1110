"""submit and verify (报送, 全面核验): sent once, frozen, provable years later; whatever was changed since is named."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pages import page_of
from workspaces import (
    FIRST,
    LIST,
    PICC,
    THERE,
    Bureau,
    bureau_in,
    cells,
    expect_unchanged,
    firm,
    firms,
    own_scheme,
    policy,
    pools,
    prepared,
    uscc,
)

from xltools.desk.errors import Refusal

pytest_plugins = ["postgres"]

OWN = (
    "序号", "受理编号", "平台年度", "名义投保人", "被保险人名称", "统一社会信用代码", "海关注册编码", "所属区", "联系人", "手机",
    "方案", "最高赔偿限额(美元)", "费率", "上年出口额(美元)", "应收保费(美元)", "最低保费是否适用", "财政承担比例",
    "预估汇率", "财政承担(元)", "企业承担(元)", "保险起止日", "收件时间", "审核日期", "备注",
)  # fmt: skip
ANSWERS = (
    "保单号",
    "保单录入日期",
    "系统汇率",
    "实际保费(元)",
    "实际财政承担(元)",
    "实际企业承担(元)",
    "企业缴费状态/日期",
    "拒保原因",
)
"""The columns of domain.md §6.4, with their units."""


def four(made: Bureau) -> None:
    made.drop(
        [
            firm(1), firm(2, wish="B", copay="是", exports="3,000,100.00", remark="=1+1"),
            firm(3, exports=0, name="@南通甲,\"乙\"有限公司"), firm(4, **PICC), firm(5, phone="12"),
        ]
    )  # fmt: skip
    made.collect()
    made.agree(1, 2, 3, 4)


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return prepared(tmp_path, four)


def sheet(bureau: Bureau, name: str = FIRST) -> list[dict[str, Any]]:
    head, *rows = cells(bureau.root / "报送" / name, LIST)
    return [dict(zip(head, row, strict=True)) for row in rows]


# ── what is sent ──


def test_one_workbook_an_insurer_named_as_the_contract_says(bureau: Bureau) -> None:
    done = bureau.submit()
    assert [(b.insurer, b.number, b.rows) for b in done] == [("中国信保", 1, 3), ("人保财险", 1, 1)]
    assert bureau.submitted() == [FIRST, FIRST.replace("中国信保", "人保财险")]


def test_the_sheet_says_what_the_contract_says(bureau: Bureau) -> None:
    bureau.submit()
    rows = sheet(bureau)
    assert tuple(rows[0]) == OWN + ANSWERS
    assert [r["受理编号"] for r in rows] == ["NT2019-0001", "NT2019-0002", "NT2019-0003"]
    assert {k: rows[1][k] for k in OWN} == {
        "序号": 2, "受理编号": "NT2019-0002", "平台年度": 2019, "名义投保人": "南通市商务局", "被保险人名称": firm(2)["name"],
        "统一社会信用代码": uscc(2), "海关注册编码": "3206960002", "所属区": "崇川区", "联系人": "张三", "手机": "13800000002",
        "方案": "B", "最高赔偿限额(美元)": 250_000, "费率": 0.001, "上年出口额(美元)": 3_000_100, "应收保费(美元)": 3000.1,
        "最低保费是否适用": "否", "财政承担比例": 0.5, "预估汇率": 7, "财政承担(元)": 10500.35, "企业承担(元)": 10500.35,
        "保险起止日": "2019-09-01 至 2020-08-31", "收件时间": datetime(2019, 9, 5, 9, 2), "审核日期": None, "备注": "=1+1",
    }  # fmt: skip
    assert (rows[2]["方案"], rows[2]["最低保费是否适用"], rows[2]["应收保费(美元)"]) == ("D", "是", 100)
    assert all(r[a] is None for r in rows for a in ANSWERS)


def test_text_that_looks_like_a_formula_stays_text(bureau: Bureau) -> None:
    bureau.submit()
    page = page_of(bureau.root / "报送" / FIRST, LIST)
    kinds = {c.value: c.data_type for row in page.iter_rows() for c in row if isinstance(c.value, str)}
    assert kinds["=1+1"] == "s"
    assert kinds['@南通甲,"乙"有限公司'] == "s"
    assert "f" not in kinds.values()
    assert page["F2"].value == uscc(1)


def checked(bureau: Bureau, name: str = FIRST) -> str:
    """SHA-256 of the rows as the contract describes it, from the workbook alone."""
    head, *rows = cells(bureau.root / "报送" / name, LIST)
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(head[: len(OWN)])
    for row in rows:
        write.writerow([text(h, v) for h, v in zip(OWN, row, strict=False)])
    return hashlib.sha256(out.getvalue().encode("utf-8")).hexdigest()


def text(heading: str, value: Any) -> str:
    if value is None:
        return ""
    if heading.endswith(("(元)", "(美元)")):
        return f"{Decimal(str(value)):.2f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d" if heading == "审核日期" else "%Y-%m-%d %H:%M:%S")
    return format(Decimal(str(value)).normalize(), "f") if isinstance(value, float) else str(value)


def test_the_check_code_can_be_recomputed_by_anybody_from_the_sheet(bureau: Bureau) -> None:
    bureau.decide(1, 审核日期=date(2019, 10, 8))
    first, second = bureau.submit()
    sha256 = checked(bureau)
    assert first.code == sha256[:12]
    assert second.code == checked(bureau, second.file)[:12]
    (kept,) = (b for b in bureau.tables()["batches"] if b["insurer"] == "中国信保")
    assert (kept["sha256"], kept["code"]) == (sha256, sha256[:12])
    path = bureau.root / "报送" / FIRST
    assert any(sha256[:12] in str(c) for row in cells(path, "汇总") for c in row)
    book = openpyxl.load_workbook(path)
    assert book["版本"].sheet_state == "hidden"
    assert sha256 in {str(c) for row in cells(path, "版本") for c in row}


def test_the_summary_has_totals_counts_by_plan_and_room_to_sign(bureau: Bureau) -> None:
    (one, _) = bureau.submit()
    words = [str(c) for row in cells(bureau.root / "报送" / FIRST, "汇总") for c in row if c is not None]
    assert one.fiscal_fen == 1_050_000 + 1_050_035 + 70_000
    assert {"21700.35", "10500.35"} <= set(words)
    assert [w for w in words if "盖章" in w] == ["南通市商务局（盖章）", "中国出口信用保险公司签收（盖章）"]


def test_the_files_bytes_tell_nothing_of_the_moment(tmp_path: Path) -> None:
    """The same rows give the same workbook, byte for byte."""
    made = []
    for name in ("甲", "乙"):
        bureau = bureau_in(tmp_path, name=name)
        bureau.drop(firms(1, 2))
        bureau.collect()
        bureau.agree(1, 2)
        bureau.submit()
        made.append((bureau.root / "报送" / FIRST).read_bytes())
    assert made[0] == made[1]


# ── once ──


def test_running_it_again_sends_nothing(bureau: Bureau) -> None:
    bureau.submit()
    with expect_unchanged(bureau):
        assert bureau.submit() == []


def test_the_next_batch_has_the_next_number_and_only_new_firms(bureau: Bureau) -> None:
    bureau.submit()
    bureau.sent_in([firm(6, area=THERE), firm(7, area=THERE)], THERE)
    bureau.agree(6)
    (second,) = bureau.submit()
    assert (second.insurer, second.number, second.rows) == ("中国信保", 2, 1)
    assert [r["统一社会信用代码"] for r in sheet(bureau, second.file)] == [uscc(6)]
    bureau.agree(7)
    assert [(b.number, b.rows) for b in bureau.submit()] == [(3, 1)]
    sent = [r["uscc"] for r in bureau.tables()["sent"]]
    assert sorted(sent) == sorted(map(uscc, (1, 2, 3, 4, 6, 7)))


def test_to_one_insurer_only(bureau: Bureau) -> None:
    assert [b.insurer for b in bureau.submit("人保")] == ["人保财险"]
    assert [b.insurer for b in bureau.submit("picc")] == []
    assert [(b.insurer, b.number) for b in bureau.submit()] == [("中国信保", 1)]
    with pytest.raises(Refusal, match="平安"):
        bureau.submit("平安")


def test_only_what_is_arranged_is_sent(tmp_path: Path) -> None:
    bureau = bureau_in(tmp_path, own_scheme(tmp_path, *pools(15_000, 500_000, 515_000)[::2]))
    bureau.drop([*firms(1, 2), firm(3, opinion=None, received=None)])
    bureau.collect()
    bureau.agree(1, 2, 3)
    assert [(b.rows, b.fiscal_fen) for b in bureau.submit()] == [(1, 1_050_000)]


def test_a_firm_that_left_and_came_back_is_sent_anew_in_a_later_batch(bureau: Bureau) -> None:
    bureau.submit()
    bureau.decide(1, 市级审核意见="不同意")
    bureau.decide(1, 市级审核意见="同意")
    (again,) = bureau.submit()
    assert (again.number, [r["受理编号"] for r in sheet(bureau, again.file)]) == (2, ["NT2019-0001"])
    assert sorted(r["status"] for r in bureau.tables()["sent"] if r["uscc"] == uscc(1)) == ["refused", "sent"]
    assert bureau.verify().wrong == []


def test_somebodys_own_file_of_that_name_is_not_overwritten(bureau: Bureau) -> None:
    own = bureau.root / "报送" / FIRST
    own.write_bytes(b"mine")
    bureau.submit()
    assert own.read_bytes() == b"mine"
    assert FIRST.replace(".xlsx", "(2).xlsx") in bureau.submitted()
    assert bureau.verify().wrong == []


def test_an_insurers_own_layout_in_the_workspace_counts(tmp_path: Path) -> None:
    own = tmp_path / "本地.toml"
    text = Path(
        own_scheme(tmp_path, ("pool = { value = 500000,", 'layout = "人保版式"\npool = { value = 500000,'))
    ).read_text("utf-8")
    own.write_text(text, "utf-8")
    bureau = bureau_in(tmp_path, str(own))
    (bureau.root / "人保版式.toml").write_text(
        '[[column]]\nfield = "case_no"\nheading = "编号"\n[[column]]\nfield = "exports_cents"\nheading = "出口额"\nunit = "万美元"\n',
        "utf-8",
    )
    bureau.drop([firm(1, exports="5,123,456.78", **PICC)])
    bureau.collect()
    bureau.agree(1)
    (batch,) = bureau.submit()
    assert cells(bureau.root / "报送" / batch.file, LIST) == [["编号", "出口额(万美元)"], ["NT2019-0001", 512.345678]]
    assert bureau.verify().wrong == []


# ── verify: all is well, or the very cell is named ──


def test_all_is_well(bureau: Bureau) -> None:
    bureau.submit()
    found = bureau.verify()
    assert (found.sheets, found.amounts, found.wrong, found.money) == (2, 4, [], [])
    assert found.entries == len(bureau.journal())
    ran = bureau.cli("verify")
    assert (ran.code, "全部相符" in ran.out) == (0, True)


def resaved(bureau: Bureau, sheet: str, cell: str, value: Any, name: str = FIRST) -> None:
    path = bureau.root / "报送" / name
    book = openpyxl.load_workbook(path)
    book[sheet][cell] = value
    book.save(path)


@pytest.mark.parametrize(
    ("cell", "value", "says"),
    [
        ("S2", 10_500.01, ("S2", "财政承担(元)", "10500.00", "10500.01")),
        ("F3", uscc(9), ("F3", "统一社会信用代码", uscc(2), uscc(9))),
        ("E2", "另一家有限公司", ("E2", "被保险人名称", "另一家有限公司")),
        ("J2", "13911112222", ("J2", "手机")),
        ("I2", "赵六", ("I2", "联系人")),
        ("N4", 1, ("N4", "上年出口额(美元)")),
        ("K2", "C", ("K2", "方案", "A", "C")),
        ("V2", datetime(2019, 9, 5, 8, 0), ("V2", "收件时间")),
        ("M2", 0.0004, ("M2", "费率")),
        ("X2", "加急", ("X2", "备注")),
        ("B3", "NT2019-0099", ("B3", "受理编号")),
        ("B5", "NT2019-0099", ("B5", "多出一行")),
    ],
    ids=lambda v: v if isinstance(v, str) and len(v) == 2 else "",
)
def test_a_changed_cell_in_a_sent_sheet_is_named(bureau: Bureau, cell: str, value: Any, says: tuple[str, ...]) -> None:
    bureau.submit()
    resaved(bureau, LIST, cell, value)
    (said,) = bureau.verify().wrong
    for word in (FIRST, LIST, *says):
        assert word in said
    ran = bureau.cli("verify")
    assert ran.code == 1
    assert said in ran.out
    assert bureau.cli("verify", "--json").json["wrong"] == [said]
    assert not any(word in said for word in ("张三", "赵六", "13800000001", "13911112222"))


@pytest.mark.parametrize(
    ("cell", "value"),
    [("Y2", "POL-1"), ("AA2", 7.0883), ("AF3", "拒保")],
    ids=["a policy number", "a rate", "a refusal"],
)
def test_the_insurers_answers_are_no_difference(bureau: Bureau, cell: str, value: Any) -> None:
    bureau.submit()
    resaved(bureau, LIST, cell, value)
    assert bureau.verify().wrong == []


def test_a_changed_total_on_the_summary_is_named(bureau: Bureau) -> None:
    bureau.submit()
    grid = cells(bureau.root / "报送" / FIRST, "汇总")
    row, column = next((y, x) for y, line in enumerate(grid, 1) for x, v in enumerate(line, 1) if v == 21700.35)
    resaved(bureau, "汇总", f"{openpyxl.utils.get_column_letter(column)}{row}", 1)
    found = bureau.verify().wrong
    assert found
    assert all("汇总" in w for w in found)


def test_a_sheet_that_is_gone_and_one_that_is_something_else(bureau: Bureau) -> None:
    bureau.submit()
    (bureau.root / "报送" / FIRST).unlink()
    other = bureau.root / "报送" / FIRST.replace("中国信保", "人保财险")
    other.write_bytes(b"nothing")
    found = bureau.verify().wrong
    assert [w.split(" ")[0] for w in found] == [FIRST, other.name]
    assert "不存在" in found[0]
    assert "不是 Excel 工作簿" in found[1]


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("update sent set fiscal_fen = fiscal_fen + 1 where place = 1 and insurer = '中国信保'", "NT2019-0001"),
        ("update sent set enterprise_fen = 0 where arrival = 2", "NT2019-0002"),
        ("update sent set premium_cents = 1 where arrival = 3", "NT2019-0003"),
        ("update sent set plan = 'C' where arrival = 1", "NT2019-0001"),
        ("update sent set fx = '6.9' where arrival = 1", "NT2019-0001"),
        ("update sent set queue_no = 9 where arrival = 1", "NT2019-0001"),
        ("update sent set insurer = '人保财险' where arrival = 1", "NT2019-0001"),
        ("update sent set cells = replace(cells, '500000000', '900000000') where arrival = 1", "NT2019-0001"),
        ("update sent set cells = replace(cells, '13800000001', '13800000009') where arrival = 1", "第01批"),
        ("update sent set cells = 'nonsense' where arrival = 1", "NT2019-0001"),
        ("update batches set sha256 = 'f' || substr(sha256, 2) where insurer = '中国信保'", "第01批"),
        ("delete from sent where arrival = 2", "第01批"),
    ],
    ids=[
        "fiscal money", "the firm's own part", "the premium", "the plan", "the rate", "the queue number",
        "the pool it is paid from", "exports among the frozen cells", "a phone among the frozen cells",
        "cells that are no JSON", "the hash of a batch", "a row taken away",
    ],
)  # fmt: skip
def test_a_change_to_what_was_sent_in_the_ledger_is_found(bureau: Bureau, statement: str, says: str) -> None:
    bureau.submit()
    assert bureau.tamper(statement) == 1
    ran = bureau.cli("verify")
    assert ran.code == 1
    assert says in ran.out
    assert "Traceback" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("update fund set fen = fen + 100 where id = 1", "资金"),
        ("update fund set day = '2020-08-01' where id = 3", "资金"),
        ("delete from fund where id = 3", "资金"),
        (
            "insert into fund (id, day, kind, source, target, fen, document, approver, remark) "
            "values (9, '2019-09-01', '追加', '', '中国信保', 100, '', '', '')",
            "资金",
        ),
        ("update customs set cents = cents + 1", "海关"),
        ("delete from customs", "海关"),
        ("update reviews set opinion = '不同意'", "审核"),
        ("update reviews set exports_cents = 1 where uscc = (select min(uscc) from reviews)", "审核"),
        ("insert into reviews (uscc, opinion) values ('91320602MA0000099X', '同意')", "审核"),
    ],
    ids=[
        "a pool", "the day of a movement", "a movement taken away", "a movement smuggled in", "a customs figure",
        "all customs figures", "the bureau's opinions", "a fixed figure", "a decision smuggled in",
    ],
)  # fmt: skip
def test_a_change_to_what_the_bureau_brought_is_found(bureau: Bureau, statement: str, says: str) -> None:
    bureau.move("调剂", "中国信保", "人保财险", 1_000)
    bureau.customs((1, 2018, "US", 5_000_000))
    assert bureau.verify().wrong == []
    assert bureau.tamper(statement) >= 1
    found = bureau.verify().wrong
    assert len(found) >= 1
    assert all(says in w for w in found)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("update journal set detail = replace(detail, '同意', '不同意') where verb = 'review'", "第 3 条"),
        ("update journal set at = '2019-01-01 00:00:00' where seq = 2", "第 2 条"),
        ("update journal set who = '别人' where seq = 4", "第 4 条"),
        ("delete from journal where seq = 3", "第 3 条"),
        ("delete from journal where seq = 5", "第 5 条"),
    ],
    ids=["what was decided", "when", "who", "one taken out", "the last one taken away"],
)
def test_a_changed_journal_entry_is_found(bureau: Bureau, statement: str, says: str) -> None:
    bureau.submit()
    assert len(bureau.journal()) == 5
    assert bureau.tamper(statement) == 1
    ran = bureau.cli("verify")
    assert ran.code == 1
    assert says in ran.out


def test_verify_changes_nothing(bureau: Bureau) -> None:
    bureau.submit()
    with expect_unchanged(bureau):
        assert bureau.cli("verify").code == 0


# ── a whole year's beginning, in both databases ──


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_the_whole_flow(tmp_path: Path, database: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    bureau = bureau_in(tmp_path, url=url)
    assert (bureau.root / "台账.db").exists() is (database == "sqlite")
    bureau.drop([firm(1), firm(2, phone="12"), firm(3, **PICC)])
    bureau.drop([firm(1, area=THERE), firm(4, area=THERE, priorities="4")], district=THERE)
    assert [r.outcome for r in bureau.collect()] == ["returned", "returned"]
    assert [r.again for r in bureau.collect()] == [True, True]
    bureau.sent_in([firm(1), firm(2), firm(3, **PICC)], round=2)
    bureau.customs(
        *((n, 2018, "US", 5_000_000) for n in (1, 2, 3, 4)), *((n, 2017, "US", 6_000_000) for n in (1, 2, 3, 4))
    )
    bureau.load("inforce", policy(2, "中国信保"), policy(9, "人保财险"))
    bureau.load(
        "lists",
        {"名单": "品牌名单", "统一社会信用代码": uscc(4), "企业名称": "甲", "来源": "文", "日期": date(2019, 1, 1)},
    )
    bureau.load("fx", {"保险人": "中国信保", "月份": "2019-09", "汇率": "7.0883", "来源": "函"})
    bureau.move("调剂", "中国信保", "人保财险", 1_000)
    bureau.decide(1, 撤回=THERE)
    assert bureau.agree_all().changed == 3
    status = {(u, r["报送单位"]): (r["资格"], r["优先"], r["资金安排"]) for u, r in bureau.outcomes().items()}
    assert status == {
        (uscc(1), "崇川区"): ("符合条件", "否", "已安排"), (uscc(2), "崇川区"): ("不符合条件", None, None),
        (uscc(3), "崇川区"): ("符合条件", "否", "已安排"), (uscc(4), THERE): ("符合条件", "是", "已安排"),
    }  # fmt: skip
    assert [(b.insurer, b.rows) for b in bureau.submit()] == [("中国信保", 2), ("人保财险", 1)]
    assert bureau.submit() == []
    report = bureau.sent_in([firm(1, exports=9_000_000), firm(2), firm(3, **PICC)], round=2)
    assert report.pending == 1
    found = bureau.verify()
    assert (found.sheets, found.wrong) == (2, [])
    status = bureau.cli("status", "--json").json
    assert (status["firms"], len(status["pending"]), status["by_status"]["已报送"]) == (4, 1, 3)
    assert "待定变更" in bureau.cli("explain", uscc(1)).out
    assert [m["sent"] for m in status["money"]] == [2_100_000, 1_050_000]
    assert not list(bureau.root.rglob(".xltools*"))
