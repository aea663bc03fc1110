"""explain and status (一企一说, 进度): the whole story of one firm, and the scheme on one screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from workspaces import HERE, THERE, Bureau, Row, at, bureau_in, firm, firms, own_scheme, policy, pools, uscc

Made = Callable[..., Bureau]
PICC = {"insurer": "人保财险"}
CLAUSES = (
    "二（一）",
    "三③",
    "四（二）方案A",
    "四（二）方案B",
    "四（二）方案C",
    "四（二）方案D",
    *(f"二（二）{n}" for n in range(1, 7)),
)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """`made(rows, sinosure, picc, total)`: a workspace with these pools, the rows collected and agreed."""

    def make(
        rows: list[Row], sinosure: int = 4_500_000, picc: int = 500_000, total: int = 0, agree: bool = True
    ) -> Bureau:
        sizes = pools(sinosure, picc, total or sinosure + picc)
        bureau = bureau_in(tmp_path, own_scheme(tmp_path, *(p for p in sizes if p[0] != p[1])))
        bureau.drop(rows)
        bureau.collect()
        if agree:
            bureau.agree(*(r["no"] for r in rows))
        return bureau

    return make


def story(bureau: Bureau, number: int) -> str:
    ran = bureau.cli("explain", uscc(number))
    assert (ran.code, ran.err) == (0, "")
    return ran.out


# ── explain: every rule with its clause, what it saw and what it gave ──


def test_every_rule_stands_there_with_its_clause_whatever_the_outcome(made: Made) -> None:
    bureau = made(
        [firm(1), firm(2, phone="12"), firm(3, exports=1_000_000), firm(4, area="其他"), firm(5, opinion=None)]
    )
    for number in range(1, 6):
        text = story(bureau, number)
        assert [c for c in CLAUSES if f"（{c}）" not in text] == []
        for plan in "ABCD":
            assert f"方案 {plan}" in text


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({}, ["✔ 尚未投保（二（一））：区里填“未投保”", "✔ 区级审核（三③）：同意", "✔ 市级审核（三③）：同意"]),
        ({}, ["✔ 方案 A（四（二）方案A）：给予", "✘ 方案 B（四（二）方案B）：没有承诺自缴保费", "✘ 方案 D（四（二）方案D）：只适用于0至50万美元"]),
        ({}, ["5,000,000.00 美元（企业申报）→ 300万至3000万美元", "对美出口额未知", "前一年出口额未知"]),
        ({"insured": "已投保"}, ["✘ 尚未投保（二（一））：区里填“已投保”", "不符合条件", "已投保出口信用保险"]),
        ({"area": "其他"}, ["✘ 平台区域（二（一））：其他", "不在平台区域"]),
        ({"exports": 1_000_000}, ["✘ 出口额区间（二（一））：1,000,000.00 美元", "不在任何区间", "可改报省级平台"]),
        ({"exports": 31_000_000}, ["不在任何区间", "高于平台上限"]),
        ({"opinion": None, "received": None}, ["？ 区级审核（三③）：尚无意见", "怎么办：区里填审核意见"]),
        ({"wish": "D"}, ["✘ 方案 D（企业申请）", "怎么办：改报上面打 ✔ 的方案"]),
        ({"wish": "B"}, ["✘ 方案 B（企业申请）（四（二）方案B）：没有承诺自缴保费", "怎么办：企业出具自缴保费承诺"]),
        ({"wish": "B", "copay": "是"}, ["✔ 方案 B（企业申请）（四（二）方案B）：给予", "✔ 方案 A（四（二）方案A）：可以申请，未选",
                                     "企业承担 17,500.00 元"]),
        ({"key_exports": 4_000_000}, ["对美依存度 80.00%，须 90% 以上", "对美出口 4,000,000.00 美元，须 5,000,000 以上",
                                      "政策导向尚未经市局确认"]),
        ({"before": 4_000_000}, ["✔ 1 2018年以来出口额同比增长（二（二）1）：上年 5,000,000.00，前年 4,000,000.00 美元"]),
        ({"before": 5_000_000}, ["✘ 1 2018年以来出口额同比增长"]),
        ({"region_africa": 2_500_001}, ["✔ 2 新兴市场年出口额超过50%（二（二）2）：新兴市场 2,500,001.00 美元"]),
        ({"region_africa": 2_500_000}, ["✘ 2 新兴市场年出口额超过50%"]),
        ({"priorities": "4"}, ["✘ 4 江苏省重点培育和发展的国际知名品牌企业", "区里已申报，品牌名单没有该企业"]),
        ({"exports": 100_000}, ["低于最低保费，按 100 美元", "700.00 元"]),
        ({}, ["5,000,000.00 美元 × 0.0003 = 1500 美元", "1500 美元 × 7.00 = 10,500.00 元", "预估"]),
    ],
    ids=[
        "what it saw", "the plans not given and why", "what is unknown", "insured", "outside", "the gap and where else to go",
        "above", "waiting for the district", "a plan that is not available", "a promise that is missing",
        "a plan that was asked for, and another that could have been", "how far from plan C", "growth", "no growth",
        "emerging markets", "exactly half is not more than half", "declared but on no list", "the minimum premium",
        "the sum written out",
    ],
)  # fmt: skip
def test_the_story_says(made: Made, row: Row, says: list[str]) -> None:
    text = story(made([firm(1, **row)]), 1)
    assert [s for s in says if s not in text] == []


def test_the_bureaus_part_of_the_story(made: Made) -> None:
    bureau = made([firm(1, priorities="4"), firm(2), firm(3)])
    bureau.customs((1, 2018, "US", 5_500_000), (3, 2018, "US", 5_000_000))
    bureau.load("inforce", policy(1, "人保财险", 保单性质="市统保"))
    bureau.load(
        "lists",
        {"名单": "品牌名单", "统一社会信用代码": uscc(1), "企业名称": "甲", "来源": "文", "日期": date(2019, 1, 1)},
    )
    text = story(bureau, 1)
    for says in (
        "5,500,000.00 美元（海关数据）", "人保财险 市统保 2019-01-01至2019-12-31", "中国信保尚未提供名单",
        "✔ 4 江苏省重点培育", "品牌名单有该企业", "✘ 方案 C（四（二）方案C）：政策导向尚未经市局确认",
    ):  # fmt: skip
        assert says in text
    absent = story(bureau, 2)
    assert "没有记录，待市局核定" in absent
    assert "怎么办：市局在审核表填“核定出口额”和依据" in absent
    bureau.decide(2, **{"核定出口额(美元)": 300_000, "核定依据": "报关单"})
    assert "300,000.00 美元（市局核定，依据 报关单）" in story(bureau, 2)


def test_problems_stand_with_what_to_do_and_where_the_row_came_from(made: Made) -> None:
    bureau = made([firm(1, exports="约300万", size="大型")])
    text = story(bureau, 1)
    assert "必须改：“2018年出口额(美元)”不是数字：约300万" in text
    assert "提示：企业规模为大型" in text
    assert "来源 崇川区.xlsx 第 5 行" in text
    assert "首次收件材料齐全时间 2019-09-05 09:01:00" in text
    assert "要改的：请只填数字，单位在表头里" in text


def test_two_claims_are_two_stories(made: Made) -> None:
    bureau = made(firms(1))
    bureau.sent_in([firm(1, area=THERE)], THERE)
    told = bureau.cli("explain", uscc(1), "--json").json["stories"]
    assert [s["outcome"] for s in told] == ["待补正", "待补正"]
    assert {d for d in (HERE, THERE) for s in told if f"报送单位 {d}" in str(s)} == {HERE, THERE}


def test_firms_and_claims_are_told_apart_where_two_districts_report_one(made: Made) -> None:
    bureau = made(firms(1, 2))
    said = [bureau.cli(verb).out for verb in ("status", "assess")]
    assert all("2 家企业" in text and "份申报" not in text for text in said)
    bureau.sent_in([firm(1, area=THERE)], THERE)
    said = [bureau.cli(verb).out for verb in ("status", "assess")]
    said += bureau.press("assess").lines
    assert sum("2 家企业、3 份申报（有的几个区都报了）" in text for text in said) == 3


# ── how far from being arranged ──


@pytest.mark.parametrize(
    ("number", "before", "short", "withdrawals"),
    [(3, 0, "6,500.00", 1), (4, 1, "17,000.00", 2), (5, 2, "27,500.00", 3)],
)
@pytest.mark.parametrize("sent", [False, True], ids=["nobody sent", "those in front sent"])
def test_a_waiting_firm_is_told_its_place_the_money_and_the_withdrawals(
    made: Made, number: int, before: int, short: str, withdrawals: int, sent: bool
) -> None:
    bureau = made(firms(1, 2, 3, 4, 5), sinosure=25_000)
    if sent:
        assert [b.rows for b in bureau.submit()] == [2]
    text = story(bureau, number)
    assert f"中国信保：排队号 {number}，池内第 {number} 位" in text
    assert f"前面还有 {before} 家候补" in text
    assert f"还差 {short} 元" in text
    assert f"前面至少 {withdrawals} 家撤回" in text


def test_the_told_amount_is_exactly_what_is_missing(made: Made) -> None:
    bureau = made(firms(1, 2, 3, 4), sinosure=25_000)
    assert "还差 17,000.00 元" in story(bureau, 4)
    bureau.move("追加", "", "中国信保", "16,999.99")
    assert "候补" in story(bureau, 4)
    bureau.move("追加", "", "中国信保", "0.01", document="批2号")
    assert "已安排；本盘子安排后还余 0.00 元" in story(bureau, 4)


def test_where_the_total_ends_before_the_pool_that_is_what_is_missing(made: Made) -> None:
    bureau = made([firm(1), firm(2, **PICC), firm(3, **PICC)], sinosure=30_000, picc=30_000, total=30_000)
    text = story(bureau, 3)
    assert "总盘子还差 1,500.00 元" in text
    assert "前面至少 1 家撤回" in text
    bureau.decide(1, 撤回="是")
    assert bureau.outcome(3)["资金安排"] == "已安排"


def test_the_told_withdrawals_are_enough_and_one_fewer_is_not(made: Made) -> None:
    bureau = made(firms(1, 2, 3, 4, 5), sinosure=25_000)
    assert "至少 3 家撤回" in story(bureau, 5)
    for n in (1, 2):
        bureau.decide(n, 撤回="是")
    assert bureau.outcome(5)["资金安排"] == "候补"
    bureau.decide(3, 撤回="是")
    assert bureau.outcome(5)["资金安排"] == "已安排"


def test_a_tie_at_the_cut_says_what_to_do(made: Made) -> None:
    bureau = made([firm(1), firm(2, received=at(9)), firm(3, received=at(9))], sinosure=25_000)
    text = story(bureau, 2)
    assert "须由会议纪要或抽签确定次序" in text
    assert "同时收件次序" in text


def test_a_sent_firm_tells_what_was_sent(made: Made) -> None:
    bureau = made([firm(1, wish="B", copay="是")])
    bureau.submit()
    text = story(bureau, 1)
    assert text.startswith("NT2019-0001 南通示例0001进出口有限公司：已报送（中国信保，方案 B，排队号 1）")
    assert "财政扶持 17,500.00 元，企业承担 17,500.00 元，汇率 7" in text


# ── status ──


def test_the_scheme_on_one_screen(made: Made) -> None:
    rows = [
        firm(1), firm(2), firm(3, **PICC), firm(4, phone="12"), firm(5, opinion=None, received=None), firm(6),
        firm(7, exports=1_000_000), firm(8, wish="B", copay="是"),
    ]  # fmt: skip
    bureau = made(rows, sinosure=25_000, agree=False)
    bureau.agree(1, 2, 3, 5, 8)
    bureau.submit("人保")
    told = bureau.cli("status", "--json").json
    assert told["by_status"] == {"已安排": 2, "已报送": 1, "待补正": 1, "待审核": 2, "不在出口额区间": 1, "候补": 1}
    (here,) = (d for d in told["districts"] if d["区"] == HERE)
    assert (here["文件"], here["企业"], here["候补"]) == (1, 8, 1)
    assert told["silent"] == [d["区"] for d in told["districts"] if d["区"] != HERE]
    assert len(told["silent"]) == 5
    assert {(p["方案"], p["保险人"]): (p["已报送"], p["已安排"], p["候补"]) for p in told["plans"]} == {
        ("A", "中国信保"): (0, 2, 0), ("A", "人保财险"): (1, 0, 0), ("B", "中国信保"): (0, 0, 1),
    }  # fmt: skip
    assert [(m["insurer"], m["pool"], m["sent"], m["arranged"]) for m in told["money"]] == [
        ("中国信保", 2_500_000, 0, 2_100_000), ("人保财险", 50_000_000, 1_050_000, 0),
    ]  # fmt: skip
    assert told["total_free_fen"] == 52_500_000 - 3_150_000
    assert {k: n for k, n in told["waiting"].items() if n} == {
        "区：补正材料": 1, "区：审核": 1, "市局：审核": 1, "市局：报送": 2, "资金": 1,
    }  # fmt: skip
    assert (told["if_agreed_firms"], told["if_agreed_fen"]) == (5, 4 * 1_050_000 + 1_750_000)
    assert told["inforce_missing"] == ["中国信保", "人保财险"]
    assert told["customs_loaded"] is False


def test_the_picture_names_everything_that_matters(made: Made) -> None:
    bureau = made([firm(1), firm(2, **PICC), firm(3)], sinosure=15_000)
    bureau.submit("人保")
    bureau.sent_in([firm(1), firm(2, exports=9_000_000, **PICC), firm(3)])
    text = bureau.cli("status").out
    for says in (
        "共 3 家企业", "还没有报来的区：通州区、港闸区", "中国信保 ▒", "人保财险 ▓", "可用 4,500.00", "10,500.00 / 15,000.00 元",
        "假如全部同意：符合条件 2 家，财政扶持 21,000.00 元", "候补 1 家", "待定变更 1 处", "还没有在保名单：中国信保、人保财险",
        "出口额按企业申报",
    ):  # fmt: skip
        assert says in text, says


def test_an_empty_workspace_has_a_status_too(tmp_path: Path) -> None:
    bureau = bureau_in(tmp_path)
    told = bureau.cli("status", "--json").json
    assert (told["firms"], told["by_status"], len(told["silent"])) == (0, {}, 6)
    assert [bureau.cli(v).code for v in ("status", "assess", "verify", "collect")] == [0, 0, 0, 0]
    assert "没有新的企业可报送" in bureau.cli("submit").out
