"""clocks (期限) and rebate (退税): what lapses first and whom to call; which rule lets an indemnity count.

003 十一 to 十三, 004 四（二）备注 and 七（一）; domain §4 #37 to #40, §10, §17.3, §17.5.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from claimrows import claim, decision, payment
from returns import answer, sent
from workspaces import Bureau, prepared, uscc

from xltools import ledger
from xltools.desk.errors import Refusal
from xltools.desk.rules.clocks import Deadline, Watched, listed, watched
from xltools.desk.rules.explain import explain
from xltools.desk.rules.register import load_register
from xltools.desk.workspace import open_workspace
from xltools.desk.year.clocks import clocks
from xltools.desk.year.rebate import rebate
from xltools.scheme.datafiles import text

Row = dict[str, Any]
OPEN: Row = {"报损日": None, "索赔申请日": None, "受理日": None, "单证齐备日": None}
HALF = {"实际保费(元)": "20700.69", "财政(元)": "10350.34", "企业(元)": "10350.35", "企业缴费状态/日期": "待缴费"}


def issued(made: Bureau) -> None:
    sent(made)
    made.today = date(2020, 1, 20)
    made.load("issued", answer(1, 赔偿比例="80%"), answer(2, **HALF), answer(3, 赔偿比例="80%"))


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    made = prepared(tmp_path, issued)
    made.today = date(2020, 6, 1)
    return made


def look(bureau: Bureau, today: date | None = None) -> Watched:
    day = today or bureau.today
    workspace = bureau.workspace.on(day)
    with ledger.reading(workspace.ledger) as conn:
        return watched(conn, workspace, load_register(conn, workspace, day), day)


def of(bureau: Bureau, kind: str, today: date | None = None) -> list[Deadline]:
    return [d for d in listed(look(bureau, today), every=True) if d.kind == kind]


CLAIMS: list[tuple[str, Row, str, str, date]] = [
    ("§17.5: default is told of 30 days after the due date", OPEN, "报损", "2020-02-05", date(2020, 1, 20)),
    ("§17.5: without a due date from the day on which it was known", OPEN | {"应付款日": None}, "报损", "2020-02-19", date(2020, 1, 20)),
    ("§17.5: bankruptcy within eight working days of being known", OPEN | {"风险类型": "破产"}, "报损", "2020-02-07", date(2020, 1, 20)),
    ("§6.5: filed within four months of the notice", OPEN | {"报损日": date(2020, 1, 31)}, "索赔", "2020-05-31", date(2020, 2, 1)),
    ("§6.5: waiting four months after the due date", OPEN, "等待期满", "2020-05-06", date(2020, 2, 1)),
    ("003 十二: fifteen working days from acceptance with all documents", {}, "理赔决定", "2020-05-21", date(2020, 5, 1)),
    ("§4 #37: documents that come later begin the count", {"单证齐备日": date(2020, 5, 6)}, "理赔决定", "2020-05-26", date(2020, 5, 7)),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "kind", "end", "today"), [c[1:] for c in CLAIMS], ids=[c[0] for c in CLAIMS])
def test_a_clock_of_a_claim(bureau: Bureau, cells: Row, kind: str, end: str, today: date) -> None:
    bureau.load("claims", claim(**cells))
    (found,) = of(bureau, kind, today)
    assert (str(found.end), found.subject, found.uscc) == (end, "LP-1", uscc(1))
    assert found.left == (date.fromisoformat(end) - today).days


def test_the_decisions_clock_is_not_that_of_firms_that_insure_themselves(bureau: Bureau) -> None:
    """003 十一 and 十二: fifteen days for platform firms, the green channel up to 1,000,000 dollars for the others."""
    own = {"客户类型": "自行投保", "保单号": "SH-1", "发票金额(美元)": None}
    bureau.load(
        "claims", claim(案件号="A", **own, **{"可损金额(美元)": 1_000_000}),
        claim(案件号="B", **own, **{"可损金额(美元)": "1000000.01"}), claim(案件号="C", **own, **{"可损金额(美元)": None}), claim(3),
    )  # fmt: skip
    found = look(bureau)
    green = dict(zip(found.cases.table["claim_no"].to_pylist(), found.cases.green.tolist(), strict=True))
    assert green == {"A": True, "B": False, "C": False, "LP-3": False}
    assert [d.subject for d in of(bureau, "理赔决定")] == ["LP-3"]
    assert clocks(bureau.workspace, today=bureau.today).green == 1


def test_without_all_documents_the_count_has_not_begun(bureau: Bureau) -> None:
    bureau.load("claims", claim(单证齐备日=None))
    assert of(bureau, "理赔决定") == []
    assert clocks(bureau.workspace, today=bureau.today).waiting == 1


def test_what_is_done_is_no_longer_on_the_list(bureau: Bureau) -> None:
    bureau.load("claims", claim())
    assert [d.state for d in of(bureau, "理赔决定")] == ["已逾期"]
    bureau.load("decisions", decision())
    assert of(bureau, "理赔决定") == []
    assert {d.kind for d in listed(look(bureau), every=True)} == {"续保", "自缴保费", "电话回访"}


def test_the_firms_own_part_of_the_premium_is_due_thirty_days_after_entry(bureau: Bureau) -> None:
    """004 四（二）备注: plan B's firm pays its half; the day is the scheme's `payment_days`."""
    (found,) = of(bureau, "自缴保费", date(2020, 2, 7))
    assert (str(found.end), found.left, found.state, found.uscc) == ("2020-02-07", 0, "快到期", uscc(2))
    assert (found.contact, found.phone) == ("张三", "13800000002")
    assert of(bureau, "自缴保费", date(2020, 2, 8))[0].state == "已逾期"
    bureau.load("issued", answer(2, **HALF | {"企业缴费状态/日期": "已缴费 2020-02-01"}))
    assert of(bureau, "自缴保费") == []


def test_a_policys_end_is_told_beforehand_and_not_afterwards(bureau: Bureau) -> None:
    assert {str(d.end) for d in of(bureau, "续保")} == {"2020-08-31"}
    shown = [d for d in listed(look(bureau, date(2020, 7, 31))) if d.kind == "续保"]
    assert (len(shown), listed(look(bureau, date(2020, 8, 2)))[-1].state) == (0, "进行中")
    assert of(bureau, "续保", date(2020, 9, 1)) == []


def test_what_lapses_first_comes_first_and_says_whom_to_call(bureau: Bureau) -> None:
    bureau.load("claims", claim(), claim(3, **OPEN | {"应付款日": date(2020, 5, 8), "知悉日": None}))
    rows = listed(look(bureau))
    assert [(d.kind, d.state, d.who) for d in rows] == [
        ("自缴保费", "已逾期", "南通示例0002进出口有限公司"), ("理赔决定", "已逾期", "中国信保"),
        ("报损", "快到期", "南通示例0003进出口有限公司"),
    ]  # fmt: skip
    assert [d.phone for d in rows] == ["13800000002", "", "13800000003"]


def test_attainment_counts_what_is_decided_or_overdue_and_compares_with_the_period_before(bureau: Bureau) -> None:
    bureau.today = date(2020, 5, 22)
    bureau.load(
        "claims", claim(), claim(3), claim(案件号="OLD", 受理日=date(2020, 4, 21), 单证齐备日=date(2020, 4, 20))
    )
    bureau.load("decisions", decision(), decision(案件号="OLD", 决定日=date(2020, 5, 18)))
    found = clocks(bureau.workspace, today=bureau.today, first=date(2020, 4, 22), last=date(2020, 5, 31))
    now, before, change = (k.words for k in found.kept)
    assert (now["开始计时"], now["按期决定"], now["逾期"], now["达标率"], now["平均工作日"]) == (
        2,
        1,
        1,
        "50.0%",
        "14.0",
    )
    assert (before["达标率"], change["达标率"], change["平均工作日"], change["逾期"]) == ("—", "—", "—", 1)
    with pytest.raises(Refusal, match="终止日不能早于起始日"):
        clocks(bureau.workspace, today=bureau.today, first=date(2020, 5, 1), last=date(2020, 4, 1))


def test_an_offices_own_days_and_clocks_count_instead_of_ours(bureau: Bureau) -> None:
    bureau.load("claims", claim())
    root = bureau.root
    (root / "节假日.toml").write_text("rest = [2020-05-18, 2020-05-19]\nwork = []\ncomplete = []\n", "utf-8")
    (root / "期限.toml").write_text(text("clocks").replace("value = 15\n", "value = 10\n"), "utf-8")
    config = root / "xltools.toml"
    plain = config.read_text("utf-8")
    config.write_text(f'{plain}workdays = "节假日.toml"\n', "utf-8")
    bureau.__dict__.pop("workspace")
    assert str(of(bureau, "理赔决定")[0].end) == "2020-05-25"
    config.write_text(f'{plain}clocks = "期限.toml"\n', "utf-8")
    bureau.__dict__.pop("workspace")
    assert str(of(bureau, "理赔决定")[0].end) == "2020-05-14"


WRONG = [
    ("a key that there is not", "clocks", "soon =", "sooner =", "sooner：不认识的键；是否想写 soon"),
    ("a unit that there is not", "clocks", 'unit = "工作日"\nclause = "003 十二"', 'unit = "周"\nclause = "003 十二"', "decision.unit：没有 '周'"),
    ("a file that is not there", "clocks", "", "", "读不了期限文件"),
    ("days that are none", "workdays", "rest = []", "rest = 3", "节假日调整文件不对"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "said"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_an_offices_own_file_that_is_wrong_is_refused_by_name(
    bureau: Bureau, name: str, old: str, new: str, said: str
) -> None:
    bureau.load("claims", claim())
    if old:
        assert old in text(name)
        (bureau.root / "自己的.toml").write_text(text(name).replace(old, new, 1), "utf-8")
    config = bureau.root / "xltools.toml"
    config.write_text(f'{config.read_text("utf-8")}{name} = "自己的.toml"\n', "utf-8")
    bureau.__dict__.pop("workspace")
    with pytest.raises(Refusal) as e:
        look(bureau)
    assert "自己的.toml" in str(e.value)
    assert said in str(e.value)


def test_a_setting_that_is_no_data_file_is_refused(bureau: Bureau) -> None:
    config = bureau.root / "xltools.toml"
    config.write_text(f'{config.read_text("utf-8")}clock = "期限.toml"\n', "utf-8")
    with pytest.raises(Refusal, match="不认识：clock"):
        open_workspace(bureau.root)


def test_explain_tells_the_firms_claims_and_its_deadlines(bureau: Bureau) -> None:
    bureau.load("claims", claim(), claim(3))
    bureau.load("decisions", decision())
    bureau.load("indemnities", payment())
    (story,) = explain(bureau.workspace, uscc(1), today=bureau.today)
    told = dict(story.sections)
    assert told["理赔"] == [
        "LP-1 ACME LLC 拖欠，可损 80,000.00 美元；报损 2020-02-03；索赔 2020-04-20；受理 2020-04-28；"
        "决定 2020-05-20 应赔 64,000.00 美元；决定期限 2020-05-21按期（003 十二）；已付 64,000.00 美元"
    ]
    assert [line.split("，找")[0] for line in told["期限"]] == [
        "2020-08-31 进行中（还有 91 天） 电话回访", "2020-08-31 进行中（还有 91 天） 续保 SCH000001",
    ]  # fmt: skip
    (other,) = explain(bureau.workspace, uscc(4), today=bureau.today)
    assert not {"理赔", "期限"} & set(dict(other.sections))


def test_the_press_writes_the_list_with_a_page_a_firm(bureau: Bureau) -> None:
    bureau.load("claims", claim(), claim(3))
    told = bureau.press("clocks")
    assert told.outcome == "期限：已逾期 3 项，快到期 0 项"
    (path,) = told.files
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["期限", "一企一页"]
    assert [[c.value for c in r][2:6] for r in book["期限"].iter_rows(min_row=2)] == [
        ["已逾期", "自缴保费", "南通示例0002进出口有限公司", "SCH000002"],
        ["已逾期", "理赔决定", "南通示例0001进出口有限公司", "LP-1"],
        ["已逾期", "理赔决定", "南通示例0003进出口有限公司", "LP-3"],
    ]
    lines = [c.value for c in book["一企一页"]["A"] if c.value]
    assert sum("近期期限" in line for line in lines) == 3
    assert len(book["一企一页"].row_breaks.brk) == 2
    again = bureau.press("clocks")
    assert again.files == told.files  # the same list is the same file


def owing(bureau: Bureau, today: date, *services: Row) -> list[tuple[str, str, str, str, str]]:
    """Kind, firm, first day, last day and state of what the insurers owe, given these services."""
    bureau.today = today
    if services:
        assert not bureau.load("services", *services).left
    found = listed(look(bureau), every=True)
    mine = [d for d in found if d.kind in ("电话回访", "上门拜访", "答复", "上门")]
    return sorted((d.kind, d.uscc, str(d.start), str(d.end), d.state) for d in mine)


def call(number: int, day: date, kind: str = "电话回访") -> Row:
    return {"日期": day, "类别": kind, "企业": uscc(number), "保险人": "中国信保", "人员": "李"}


def test_every_insured_firm_is_owed_a_call_a_quarter(bureau: Bureau) -> None:
    """004 七（一）2; domain §4 #39: the quarters of the policy year."""
    day, quarter = date(2020, 5, 28), ("2020-03-01", "2020-05-31", "快到期")
    rows = owing(bureau, day, call(1, date(2020, 3, 1)), call(2, date(2020, 2, 29)), call(3, date(2020, 5, 1), "拜访"))
    assert rows == sorted([("电话回访", uscc(2), *quarter), ("电话回访", uscc(3), *quarter)])
    assert owing(bureau, date(2020, 9, 1)) == []  # the policy year is over


def test_firms_that_depend_on_the_key_countries_are_owed_a_visit_a_year(bureau: Bureau) -> None:
    """004 七（一）1; reading 41: ninety per cent and more, inclusive, from customs."""
    bureau.customs(
        (1, 2018, "US", 900), (1, 2018, "DE", 100), (2, 2018, "US", 899), (2, 2018, "DE", 101), (3, 2018, "US", 5)
    )
    visits = [r for r in owing(bureau, date(2020, 6, 1), call(3, date(2020, 1, 5), "拜访")) if r[0] == "上门拜访"]
    assert visits == [("上门拜访", uscc(1), "2019-09-01", "2020-08-31", "进行中")]


ASKED: list[tuple[str, Row, date, list[str]]] = [
    ("not answered, the day after", {}, date(2020, 5, 5), ["答复 快到期"]),
    ("not answered, two days after", {}, date(2020, 5, 6), ["答复 已逾期"]),
    ("answered", {"答复时间": datetime(2020, 5, 4, 20, 0)}, date(2020, 5, 6), []),
    ("to be seen on site", {"渠道": "上门"}, date(2020, 5, 6), ["上门 已逾期", "答复 已逾期"]),
    ("seen on site", {"渠道": "上门", "上门时间": datetime(2020, 5, 5, 9, 0)}, date(2020, 5, 6), []),
]


@pytest.mark.parametrize(("more", "today", "said"), [a[1:] for a in ASKED], ids=[f"003 十三: {a[0]}" for a in ASKED])
def test_what_a_firm_asked_is_answered_within_24_hours(bureau: Bureau, more: Row, today: date, said: list[str]) -> None:
    asked = call(1, date(2020, 5, 4), "诉求") | {"提出时间": datetime(2020, 5, 4, 10, 0)} | more
    found = [f"{r[0]} {r[4]}" for r in owing(bureau, today, asked) if r[0] in ("答复", "上门")]
    assert found == said


# ── 退税 ──


def paid(bureau: Bureau, shipped: date, day: date, **more: Any) -> None:
    """A claim on goods of that day, and its indemnity of that one."""
    bureau.today = date(2026, 12, 1)
    dates = {"应付款日": None, "知悉日": None, "报损日": None, "索赔申请日": None, "受理日": date(2020, 4, 28)} | more
    bureau.load("claims", claim(出运日期=shipped, 报关单号="223320190000000012", **dates))
    bureau.load("decisions", decision(决定日=date(2020, 5, 20), 决定书号="决字1号"))
    bureau.load("indemnities", payment(支付日=day, 折算汇率="7.1"))


REBATES = [
    ("§17.3: nothing is decided before 2022", date(2019, 10, 8), date(2020, 5, 27), {}, "不作结论", None, None, ""),
    ("36号", date(2019, 10, 8), date(2022, 4, 20), {}, "赔款视为收汇", "2022-36", None, "5 年"),
    ("2022年第9号", date(2025, 12, 31), date(2026, 5, 1), {}, "赔款视为收汇", "2022-9", None, "5 年"),
    ("art. 48: in time", date(2026, 1, 5), date(2026, 11, 1), {}, "赔款视为收汇，在收汇期限以内", "2026-5", date(2027, 4, 30), "10 年"),
    ("no day of export", None, date(2026, 11, 1), {}, "不作结论：没有出运日期", None, None, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("shipped", "day", "more", "conclusion", "rule", "by", "papers"),
    [r[1:] for r in REBATES],
    ids=[r[0] for r in REBATES],
)
def test_a_payment_and_the_rule_that_held(
    bureau: Bureau, shipped: Any, day: date, more: Row, conclusion: str, rule: str | None, by: date | None, papers: str
) -> None:
    paid(bureau, shipped, day, **more)
    (row,) = rebate(bureau.workspace, today=bureau.today).rows
    assert (row.conclusion, row.rule.id if row.rule else None, row.by, row.kept) == (conclusion, rule, by, papers)
    assert (row.decision["loss_cents"], row.payment["cents"], row.payment["fen"]) == (8_000_000, 6_400_000, 45_440_000)
    assert ("20%" in row.note) is (rule is not None)  # the part that was not covered: both amounts, no conclusion


def test_the_rebate_list_shows_both_amounts_and_leaves_the_codes_to_the_firm(bureau: Bureau) -> None:
    paid(bureau, date(2026, 1, 5), date(2026, 11, 1), 应付款日=date(2026, 6, 1))
    told = bureau.press("rebate")
    book = openpyxl.load_workbook(told.files[0])
    heads, row = ([c.value for c in r] for r in book["视同收汇清单"].iter_rows(max_row=2))
    found = dict(zip(heads, row, strict=True))
    assert (found["核定损失(美元)"], found["赔款金额(美元)"], found["折人民币(元)"]) == (80000, 64000, 454400)
    assert (found["出口报关单号"], found["赔付决定书号"], found["视同收汇原因代码"]) == (
        "223320190000000012",
        "决字1号",
        None,
    )
    assert found["举证材料"] == "保单 SCH000001；赔付决定书 决字1号；到账凭证 P1"
    rules = [c.value for c in book["适用规定"]["A"]]
    assert rules[1:4] == [
        "税总货劳发〔2022〕36号", "国家税务总局公告2022年第9号",
        "国家税务总局公告2026年第5号、财政部 税务总局公告2026年第11号",
    ]  # fmt: skip


def test_thirty_april_runs_for_claims_on_which_nothing_was_paid(bureau: Bureau) -> None:
    """Art. 48: exports from 2026 on; what the old rules say of earlier ones nobody has found, so nothing runs."""
    bureau.today = date(2026, 12, 1)
    dates = OPEN | {"应付款日": None, "知悉日": None}
    bureau.load("claims", claim(出运日期=date(2026, 1, 5), **dates), claim(3, 出运日期=date(2025, 12, 31), **dates))
    (found,) = of(bureau, "收汇", date(2027, 4, 24))
    assert (str(found.end), found.subject, found.state) == ("2027-04-30", "LP-1", "快到期")
    assert "第四十八条" in found.clause
