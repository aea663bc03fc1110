"""One bad row never refuses an official file: it is left out, kept in the ledger, and the firms it may belong to wait."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from workspaces import Bureau, Row, clean_row, customs_row, firm, firms, policy, prepared, uscc

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.desk.book import workbook as book
from xltools.desk.bureau.load import take
from xltools.desk.bureau.taking import Loaded
from xltools.desk.errors import BadInput
from xltools.desk.inputs import read_rows
from xltools.desk.rules.register import load_register
from xltools.desk.rules.standing import stand
from xltools.desk.rules.status import states_of
from xltools.desk.transaction import changing, looking


def three(made: Bureau) -> None:
    made.drop(firms(1, 2, 3))
    made.collect()
    made.agree(1, 2, 3)


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return prepared(tmp_path, three)


LISTED = {
    "名单": "品牌名单",
    "统一社会信用代码": uscc(1),
    "企业名称": clean_row(1)["name"],
    "来源": "苏商2019",
    "日期": date(2019, 1, 1),
}
GOOD: dict[str, Row] = {
    "customs": customs_row(1, 2018, "美国", 5_000_000), "inforce": policy(1, "中国信保", 保单性质="市统保"), "lists": LISTED,
}  # fmt: skip
REST = [customs_row(n, 2018, "美国", 5_000_000) for n in (2, 3)]
OTHERS: dict[str, Row] = {
    "customs": REST[0], "inforce": policy(2, "中国信保", 保单性质="市统保"),
    "lists": LISTED | {"统一社会信用代码": uscc(2), "企业名称": clean_row(2)["name"]},
}  # fmt: skip
REASON = {"customs": "CUSTOMS_INCOMPLETE", "inforce": "INFORCE_INCOMPLETE", "lists": "LISTS_INCOMPLETE"}


def firm_of(number: int) -> Row:
    return {"统一社会信用代码": uscc(number), "企业名称": clean_row(number)["name"]}


def left(found: Loaded) -> list[tuple[str, int, str]]:
    return [(p.code, p.row, p.cell[0]) for x in found.left for p in x.placed]


def codes(bureau: Bureau, number: int) -> list[str]:
    return [c for c in bureau.outcome(number)["说明代码"].split(";") if c and c != "DISTRICT_INFORCE"]


@pytest.mark.parametrize(
    ("verb", "wrong", "code"),
    [
        ("customs", {"年度": "2018-13"}, "PERIOD"),
        ("customs", {"出口额(美元)": "约5万"}, "AMOUNT_TEXT"),
        ("customs", {"出口额(美元)": -1}, "AMOUNT_NEGATIVE"),
        ("customs", {"出口额(美元)": None}, "REQUIRED"),
        ("customs", {"统一社会信用代码": None, "海关注册编码": None}, "KEY_MISSING"),
        ("customs", {"统一社会信用代码": None, "海关注册编码": "320696001"}, "CUSTOMS_CODE_LENGTH"),
        ("customs", {"统一社会信用代码": uscc(1)[:17] + ("0" if uscc(1)[17] != "0" else "1")}, "USCC_CHECK"),
        ("inforce", {"保单性质": "商业"}, "CHOICE"),
        ("inforce", {"起保日期": "2019-02-30"}, "DATE_INVALID"),
        ("inforce", {"保险人": None}, "REQUIRED"),
        ("inforce", {"统一社会信用代码": uscc(1)[:-1]}, "USCC_LENGTH"),
        ("lists", {"名单": "黑名单"}, "CHOICE"),
        ("lists", {"来源": None}, "REQUIRED"),
    ],
)  # fmt: skip
def test_a_bad_row_is_left_out_and_its_firm_waits_until_the_file_comes_mended(
    bureau: Bureau, verb: str, wrong: Row, code: str
) -> None:
    if verb != "customs":
        bureau.load("customs", GOOD["customs"], *REST)
    more = REST if verb == "customs" else [OTHERS[verb]]
    found = bureau.load(verb, *more, GOOD[verb] | wrong)
    assert (found.rows, [c for c, _, _ in left(found)], left(found)[0][1]) == (len(more), [code], len(more) + 2)
    assert [len(bureau.tables()[t]) for t in (verb, "left_out")] == [len(more), 1]
    assert (bureau.outcome(1)["资格"], codes(bureau, 1)) == ("待核实", [REASON[verb]])
    assert [bureau.outcome(n)["资格"] for n in (2, 3)] == ["符合条件", "符合条件"]
    assert bureau.verify().wrong == []
    mended = bureau.load(verb, *more, GOOD[verb])
    assert (mended.rows, left(mended)) == (len(more) + 1, [])
    assert (bureau.outcome(1)["资格"], codes(bureau, 1)) == ("符合条件", [])
    assert bureau.tables()["left_out"] == []
    assert bureau.verify().wrong == []


@pytest.mark.parametrize("verb", ["customs", "inforce", "lists"])
def test_a_file_of_which_no_row_can_be_used_is_refused_whole(bureau: Bureau, verb: str) -> None:
    wrong = {"customs": {"年度": "去年"}, "inforce": {"保单性质": "商业"}, "lists": {"来源": None}}[verb]
    before = bureau.tables()
    with pytest.raises(BadInput) as caught:
        bureau.load(verb, GOOD[verb] | wrong, OTHERS[verb] | wrong)
    assert [p.row for p in caught.value.placed] == [2, 3]
    assert bureau.tables() == before


def test_the_firm_waits_until_the_bureau_fixes_its_figure(bureau: Bureau) -> None:
    bureau.load("customs", *REST, customs_row(1, 2018, "美国", 4_000_000), customs_row(1, 2018, "日本", "约100万"))
    assert (bureau.outcome(1)["资格"], codes(bureau, 1)) == ("待核实", ["CUSTOMS_INCOMPLETE"])
    bureau.decide(1, **{"核定出口额(美元)": 5_000_000, "核定依据": "企业报关单汇总"})
    assert (bureau.outcome(1)["资格"], bureau.outcome(1)["应缴保费(美元)"]) == ("符合条件", 1_500)


def test_what_is_left_of_a_total_puts_nobody_out_of_his_band(bureau: Bureau) -> None:
    """2,000,000 of 5,000,000 lies between the bands; an insured firm is refused all the same."""
    bureau.sent_in([firm(1), firm(2, insured="已投保"), firm(3)])
    rows = [customs_row(n, 2018, "美国", usd) for n in (1, 2, 3) for usd in (2_000_000, "约300万")]
    bureau.load("customs", *rows)
    assert {n: (bureau.outcome(n)["资格"], codes(bureau, n)[-1]) for n in (1, 2, 3)} == {
        1: ("待核实", "CUSTOMS_INCOMPLETE"), 2: ("不符合条件", "ALREADY_INSURED"), 3: ("待核实", "CUSTOMS_INCOMPLETE"),
    }  # fmt: skip
    assert "CUSTOMS_DIFFERS" not in bureau.problems()[uscc(1)], "part of a figure is not compared"


def test_only_the_year_that_comes_anew_is_made_good(bureau: Bureau) -> None:
    """A row without a year may belong to either year of its file."""
    base = [customs_row(n, 2018, "美国", 5_000_000) for n in (1, 2, 3)]
    earlier = [customs_row(n, 2017, "美国", 4_000_000) for n in (1, 2, 3)]
    bureau.load("customs", *base, *earlier, customs_row(1, 0, "日本", 1) | {"年度": "?"})
    assert [r["part"] for r in bureau.tables()["left_out"]] == ["2017、2018"]
    bureau.load("customs", *base)
    assert [r["part"] for r in bureau.tables()["left_out"]] == ["2017"]
    assert codes(bureau, 1) == ["CUSTOMS_INCOMPLETE"]
    bureau.load("customs", *earlier)
    assert (bureau.tables()["left_out"], bureau.outcome(1)["资格"]) == ([], "符合条件")
    assert bureau.verify().wrong == []


def test_the_bureaus_own_tick_takes_the_place_of_a_list(bureau: Bureau) -> None:
    bureau.load("lists", OTHERS["lists"], LISTED | {"来源": None})
    bureau.decide(1, 优先确认="4")
    assert codes(bureau, 1) == []


def test_a_list_typed_by_hand_settles_only_its_own_firm(bureau: Bureau) -> None:
    """What is taken from the workbook is typed row by row: that another row is still missing stays known."""
    bureau.load("lists", OTHERS["lists"], *(LISTED | firm_of(n) | {"来源": None} for n in (1, 3)))
    typed = read_rows(bureau.sheet([OTHERS["lists"], LISTED], "名单"), bureau.workspace.scheme, "lists", bureau.today)
    with changing(bureau.workspace, bureau.now) as conn:
        take(conn, bureau.workspace, bureau_tables()["lists"], typed, "平台工作簿", now=bureau.now, today=bureau.today)
    assert [r["uscc"] for r in bureau.tables()["left_out"]] == [uscc(3)]
    assert (codes(bureau, 1), codes(bureau, 3)) == ([], ["LISTS_INCOMPLETE"])
    assert bureau.verify().wrong == []


def test_a_row_of_a_firm_that_comes_later_is_found_by_its_name(bureau: Bureau) -> None:
    row = customs_row(7, 2018, "美国", 5_000_000) | {"统一社会信用代码": None, "海关注册编码": None}
    found = bureau.load("customs", *REST, GOOD["customs"], row)
    assert found.detail["incomplete"] == []
    bureau.sent_in([firm(7, name="南通示例0007 进出口有限责任公司")], "通州区")
    bureau.agree(7)
    assert (bureau.outcome(7)["资格"], "CUSTOMS_INCOMPLETE" in codes(bureau, 7)) == ("待核实", True)


def test_every_row_is_listed_with_place_reason_and_what_it_carries(bureau: Bureau) -> None:
    path = bureau.sheet([*REST, customs_row(1, 2018, "火星", "1,000.5"), customs_row(1, "?", "美国", 7)], "海关")  # type: ignore[arg-type]
    ran = bureau.cli("customs", path, "--json")
    assert (ran.code, ran.json["rows"]) == (1, 3)
    assert [(x["cell"], x["codes"], x["cents"], x["counted"]) for x in ran.json["left_out"]] == [
        ("E4", ["COUNTRY"], 100_050, True), ("D5", ["PERIOD"], 700, False),
    ]  # fmt: skip
    told = bureau.cli("customs", path).out
    for words in (
        "E4：不认识的国别：火星；这一行计入出口总额，国别按未知",
        "这一行的出口额 7.00 美元没有计入",
        "NT2019-0001",
    ):
        assert words in told
    bureau.agree_all()
    for verb in ("assess", "status"):
        assert "没有读入 1 行（带出口额 7.00 美元），国别不明 1 行" in bureau.cli(verb).out
    story = bureau.cli("explain", uscc(1)).out
    assert "D5 没有读入，带出口额 7.00 美元" in story
    assert "E4 计入总额，国别按未知，带出口额 1,000.50 美元：不认识的国别：火星" in story
    assert "核定出口额" in story
    assert "带出口额" not in bureau.cli("explain", uscc(2)).out


def test_the_same_unknown_country_is_told_once_and_counted(bureau: Bureau) -> None:
    rows = [*REST, *(customs_row(1, 2018, "火星", n) for n in (1, 2, 3)), customs_row(1, 2018, "金星", 4)]
    ran = bureau.cli("customs", bureau.sheet(rows, "海关"), "--json")
    assert [x["cell"] for x in ran.json["left_out"]] == ["E4", "E5", "E6", "E7"]
    told = [
        line for line in bureau.cli("customs", bureau.sheet(rows, "海关")).out.splitlines() if "不认识的国别" in line
    ]
    assert [
        ("E4：不认识的国别：火星（这样的共 3 行）" in told[0], "E7：不认识的国别：金星；" in told[1], len(told))
    ] == [(True, True, 2)]


def test_the_journal_and_the_seal_know_what_was_left_out(bureau: Bureau) -> None:
    bureau.load("customs", *REST, customs_row(1, 2018, "火星", 1), customs_row(1, 2018, "美国", "约5万"))
    detail = bureau.journal()[-1]["detail"]
    assert detail["left_out"] == {"rows": 2, "counted": 1}
    assert set(detail["seals"]) == {"customs", "left_out"}
    bureau.tamper("DELETE FROM left_out WHERE counted = 0")
    (broken,) = bureau.verify().wrong
    assert "没有读入的行" in broken


def test_a_good_file_leaves_no_trace_of_it(bureau: Bureau) -> None:
    bureau.load("customs", *REST)
    assert set(bureau.journal()[-1]["detail"]["seals"]) == {"customs"}
    assert bureau.cli("customs", bureau.sheet(REST, "海关")).code == 0


def test_a_whole_year_of_a_million_rows_is_no_other(bureau: Bureau) -> None:
    """A file with many bad rows keeps them all: none is dropped without a word."""
    bad: list[Any] = [
        customs_row(n % 3 + 1, 2018, "火星" if n % 2 else "美国", n if n % 2 else "约") for n in range(300)
    ]
    found = bureau.load("customs", *REST, *bad)
    assert (found.rows, len(found.left), len(bureau.tables()["left_out"])) == (152, 300, 300)


def test_a_press_tells_it_and_goes_on(bureau: Bureau) -> None:
    folder = bureau.root / "资料"
    folder.mkdir(exist_ok=True)
    bureau.sheet([*REST, customs_row(1, 2018, "美国", "约5万")], "海关").rename(folder / "海关2018.xlsx")
    told = bureau.press("customs")
    assert told.code == 1
    assert [(n.code, n.place.cell) for n in told.problems] == [("AMOUNT_TEXT", "F4")]
    assert bureau.press("customs").code == 0, "read before"


def test_the_same_key_twice_in_a_list_is_named_on_both_rows(bureau: Bureau) -> None:
    found = bureau.load("lists", LISTED, OTHERS["lists"], LISTED)
    assert left(found) == [("KEY_TWICE", 2, "A"), ("KEY_TWICE", 4, "A")]
    assert "第 2、4 行" in found.left[0].placed[0].message
    assert codes(bureau, 1) == ["LISTS_INCOMPLETE"]
    assert left(bureau.load("lists", LISTED, LISTED | {"名单": "基地名单"})) == []


def test_the_same_month_twice_is_refused(bureau: Bureau) -> None:
    rate = {"保险人": "中国信保", "月份": "2019-09", "汇率": "7.0883", "来源": "保险人通知"}
    with pytest.raises(BadInput) as caught:
        bureau.load("fx", rate, rate | {"月份": "2019年9月", "汇率": 7.09})
    assert [(p.code, p.row) for p in caught.value.placed] == [("KEY_TWICE", 2), ("KEY_TWICE", 3)]
    with pytest.raises(BadInput):
        bureau.load("fx", rate, rate)
    assert bureau.load("fx", rate, rate | {"月份": "2019-10"}).rows == 2


def test_rows_that_are_wholly_the_same_count_and_are_said(bureau: Bureau) -> None:
    found = bureau.load("customs", *REST, REST[0])
    (said,) = [line for line in found.lines if "完全相同" in line]
    assert "第 2 行、第 4 行" in said
    assert sum(r["cents"] for r in bureau.tables()["customs"]) == 1_500_000_000
    month = {**REST[0], "年度": 201801}
    assert not [x for x in bureau.load("customs", month, {**month, "年度": 201802}).lines if "相同" in x]
    goods = [{**REST[0], "商品": name} for name in ("布", "衣")]
    assert not [x for x in bureau.load("customs", *goods).lines if "相同" in x], "what is not read tells them apart"
    move = {
        "日期": date(2019, 10, 1),
        "类型": "追加",
        "转入": "人保财险",
        "金额(元)": 1000,
        "文号": "批1号",
        "审批人": "局长",
    }
    assert [x for x in bureau.load("fund", move, move).lines if "相同" in x]


def test_the_first_page_says_it_with_what_waits(bureau: Bureau) -> None:
    bureau.load("customs", *REST, customs_row(1, 2018, "美国", "约5万"))
    found = book.contents(bureau.workspace, now=bureau.now, today=bureau.today)
    assert "海关数据没有读入 1 行：可能涉及的企业待核实" in found.facts["提示"].split("\n")
    todo = {r["统一社会信用代码"]: r["待办"] for r in found.tables["名册"].to_pylist()}
    assert "待市局核定出口额" in str(todo[uscc(1)])
    assert "没有读入 1 行" in str(found.tables["日志表"].to_pylist()[0]["内容"])


def test_what_was_left_out_then_is_known_ever_after(bureau: Bureau) -> None:
    def states(seq: int | None = None) -> list[str]:
        with looking(bureau.workspace) as conn:
            return states_of(stand(load_register(conn, bureau.workspace, bureau.today, seq)))

    bureau.load("customs", *REST, customs_row(1, 2018, "美国", "约5万"))
    then = bureau.journal()[-1]["seq"]
    bureau.load("customs", *REST, GOOD["customs"])
    assert (states(then), states()) == (["待核实", "已安排", "已安排"], ["已安排"] * 3)
