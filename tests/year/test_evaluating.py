"""evaluate (绩效评估, 七) and brief (简报): the criteria from the ledger, the control group, the forms, the page for the leader."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
import schemacheck
from books import opened
from docx import Document
from returns import TODAY, answer, sent
from workspaces import Bureau, Row, cells, customs_row, prepared, uscc

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.desk.year import evaluate as evaluating
from xltools.desk.year.evaluate import ALERTED, ALERTS, SERVICES, Evaluated
from xltools.engine.evaluation import FAILED, OPEN, PASSED
from xltools.engine.periods import months

ENDED = date(2020, 9, 15)
"""The policy year is over (四（一））."""
WITHIN = date(2020, 5, 10)
NOW, BEFORE = months(date(2019, 9, 1), date(2020, 8, 31)), months(date(2018, 9, 1), date(2019, 8, 31))


def issued(made: Bureau) -> None:
    """1 to 5 are insured; 1 sends nine tenths of its exports to the United States, 3 a cent less; 14 to 17 are not on the
    platform: of the same kind, between the bands, in the lower band, above the bands."""
    sent(made)
    made.today = TODAY
    made.load(
        "customs",
        customs_row(1, 2018, "美国", 4_500_000), customs_row(1, 2018, "越南", 500_000),
        customs_row(3, 2018, "美国", "4499999.99"), customs_row(3, 2018, "越南", "500000.01"),
        *(customs_row(n, 2018, "越南", 5_000_000) for n in (4, 5)), customs_row(2, 2018, "越南", "3000100"),
        customs_row(14, 2018, "美国", 3_000_000), customs_row(15, 2018, "美国", 1_000_000), customs_row(16, 2018, "美国", 400_000),
        customs_row(17, 2018, "美国", 31_000_000),
    )  # fmt: skip
    made.load(
        "issued", answer(1), answer(2, **{"实际保费(元)": "20700.69", "财政(元)": "10350.34", "企业(元)": "10350.35"}),
        answer(3), answer(4), answer(5),
    )  # fmt: skip


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    made = prepared(tmp_path, issued)
    made.today = ENDED
    return made


Recorded = Callable[..., None]


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """What the tables of services and warnings hold, whatever the catalogue has of them."""
    held: dict[str, list[Row]] = {}

    def rows(conn: Any, name: str, columns: dict[str, pa.DataType], seq: int | None = None) -> pa.Table:
        return pa.Table.from_pylist(held.get(name, []), schema=pa.schema(list(columns.items())))

    monkeypatch.setattr(evaluating, "recorded", rows)

    def hold(name: str, *given: Row) -> None:
        held[name] = list(given)

    return hold


def done(kind: str, number: int | None, day: date = date(2019, 10, 9), **more: Any) -> Row:
    return dict.fromkeys(SERVICES) | {"kind": kind, "firm": uscc(number) if number else None, "day": day} | more


def found(bureau: Bureau, today: date = ENDED) -> Evaluated:
    return evaluating.evaluate(bureau.workspace, today=today)


def verdict(bureau: Bureau, key: str, today: date = ENDED) -> str:
    return found(bureau, today).at(key).verdict


FIVE = (1, 2, 3, 4, 5)
DAYS = (date(2020, 1, 9), date(2020, 4, 9), date(2020, 6, 9))
CALLED = [done("电话回访", n, d) for n in FIVE for d in DAYS]
ONE = [done("拜访", 1)]


SERVED: list[tuple[str, str, list[Row], date, str]] = [
    ("七（一）1: visited once and again", "visits", [done("拜访", 1), done("拜访", 1, date(2020, 3, 1))], ENDED, PASSED),
    ("七（一）1: once, but the only one is not half of them twice", "visits", ONE, ENDED, FAILED),
    ("七（一）1: two people on one day are one visit", "visits", [done("拜访", 1, event="甲"), done("拜访", 1, event="乙")], ENDED, FAILED),
    ("七（一）1: a visit after the year", "visits", [*ONE, done("拜访", 1, date(2020, 9, 1))], ENDED, FAILED),
    ("七（一）1: the year goes on", "visits", ONE, WITHIN, OPEN),
    ("七（一）1: nothing was recorded at all", "visits", [], ENDED, OPEN),
    ("七（一）2, reading 39: all called in the three quarters since their policies", "calls", CALLED, ENDED, PASSED),
    ("七（一）2: one call lacks", "calls", CALLED[1:], ENDED, FAILED),
    ("七（一）2: it lacks in a quarter that is over, the year goes on", "calls", CALLED[1:], WITHIN, FAILED),
    ("七（一）2: it lacks in a quarter that is not over", "calls", [r for r in CALLED if r["day"] != DAYS[1]], WITHIN, OPEN),
    ("七（一）3: four events, whoever came", "seminars", [done("宣讲", n, event=f"E{k}") for k in range(4) for n in (None, 1, 2)], ENDED, PASSED),
    ("七（一）3: one event with four firms", "seminars", [done("培训", n, event="E") for n in FIVE[:4]], ENDED, FAILED),
    ("七（一）3: three so far", "seminars", [done("宣讲", None, event=f"E{k}") for k in range(3)], WITHIN, OPEN),
    ("七（一）5: nobody complained", "complaints", ONE, ENDED, PASSED),
    ("七（一）5: somebody did", "complaints", [*ONE, done("投诉", 2, content="迟了")], WITHIN, FAILED),
    ("七（一）5: nothing was recorded at all", "complaints", [], ENDED, OPEN),
]  # fmt: skip


@pytest.mark.parametrize(("key", "rows", "today", "expected"), [s[1:] for s in SERVED], ids=[s[0] for s in SERVED])
def test_service(bureau: Bureau, recorded: Recorded, key: str, rows: list[Row], today: date, expected: str) -> None:
    recorded("services", *rows)
    assert verdict(bureau, key, today) == expected


def test_the_firms_behind_a_criterion_are_named(bureau: Bureau, recorded: Recorded) -> None:
    recorded("services", *CALLED[1:], done("投诉", 2, content="迟了"))
    cases = [(c.clause, c.uscc, c.what) for c in found(bureau).cases]
    assert ("七（一）1", uscc(1), "全年拜访不足 1 次") in cases
    assert ("七（一）2", uscc(1), "2019-12至2020-02 没有电话回访") in cases
    assert ("七（一）5", uscc(2), "2019-10-09 投诉：迟了") in cases
    assert [c for c in cases if c[0] == "七（一）2"] == [("七（一）2", uscc(1), "2019-12至2020-02 没有电话回访")]


@pytest.mark.parametrize(("share", "dependent"), [("0.90", 1), ("0.8999999", 2), ("0.91", 0)])
def test_who_depends_on_a_key_country_is_a_parameter(
    bureau: Bureau, recorded: Recorded, share: str, dependent: int
) -> None:
    """二（一）, reading 40: 1 has exactly nine tenths, 3 a cent less."""
    own_standards(bureau, ("key_share = { value = 0.90", f"key_share = {{ value = {share}"))
    assert f"以上的 {dependent} 家" in found(bureau).at("visits").figures


def test_the_policy_tick_may_be_asked_for(bureau: Bureau) -> None:
    own_standards(bureau, ("policy_tick = { value = false", "policy_tick = { value = true"))
    assert "以上的 0 家" in found(bureau).at("visits").figures
    bureau.decide(1, 政策导向确认="是")
    assert "以上的 1 家" in found(bureau).at("visits").figures


def own_standards(bureau: Bureau, *changes: tuple[str, str]) -> None:
    from xltools.scheme import datafiles

    text = datafiles.text("evaluation")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    (bureau.root / "评估标准.toml").write_text(text, "utf-8")
    config = bureau.root / "xltools.toml"
    config.write_text(config.read_text("utf-8") + '\nevaluation = "评估标准.toml"\n', "utf-8")
    bureau.__dict__.pop("workspace", None)


def test_a_wrong_file_of_standards_is_named_with_its_key(bureau: Bureau) -> None:
    own_standards(bureau, ('points = 15\nclause = "七（二）2"', 'points = 14\nclause = "七（二）2"'))
    ran = bureau.cli("evaluate")
    assert ran.code == 2
    assert "评估标准.toml" in ran.err
    assert "效益指标各项分值合计 29，应为 30" in ran.err


def test_in_time_for_an_alert_is_not_said_by_the_source(bureau: Bureau, recorded: Recorded) -> None:
    recorded("alerts", {"no": "A1", "day": date(2020, 3, 1)}, {"no": "A2", "day": date(2020, 3, 1)})
    recorded(
        "alerted",
        {"alert": "A1", "firm": uscc(1), "day": date(2020, 3, 4)},
        {"alert": "A2", "firm": uscc(1), "day": date(2020, 3, 2)},
    )
    j = found(bureau).at("alerts")
    assert j.verdict == OPEN
    assert "未查到" in j.missing
    assert "风险预警 2 条，已告知企业 2 条，平均 2.0 天" in j.figures
    own_standards(bureau, ("# days = { value = 3", "days = { value = 3"))
    assert found(bureau).at("alerts").verdict == PASSED
    own_standards_again = bureau.root / "评估标准.toml"
    own_standards_again.write_text(
        own_standards_again.read_text("utf-8").replace("days = { value = 3", "days = { value = 2"), "utf-8"
    )
    assert found(bureau).at("alerts").verdict == FAILED


# ── the two windows and the control group ──


def exports(*firms: tuple[int, str, int, int]) -> list[Row]:
    """Firm, country, dollars of the year before and of the year, in equal months."""
    rows = []
    for who, country, before, now in firms:
        row = customs_row(who, 2018, country, 0)
        row.pop("年度")
        rows += [
            row | {"年月": m, "出口额(美元)": dollars // 12} for w, dollars in ((BEFORE, before), (NOW, now)) for m in w
        ]
    return rows


GROWN = [(n, "美国", 1200, 1272) for n in FIVE] + [
    (14, "美国", 12_000, 12_360),
    (15, "美国", 12, 1_200_000),
    (17, "美国", 12, 1_200_000),
]
"""The platform grows by 6 %, the one firm of its kind by 3 %; firms of other kinds by far more."""


def test_the_platform_is_held_against_firms_of_the_same_band_and_area(bureau: Bureau) -> None:
    bureau.load("monthly", *exports(*GROWN))
    e = found(bureau)
    assert [r["uscc"] for r in e.exports.group.to_pylist()] == [uscc(14)]
    assert e.at("growth").verdict == PASSED
    assert "增幅 6.0%；对照组 1 家增幅 3.0%" in e.at("growth").figures
    bureau.load("monthly", *exports(*GROWN[:5], (14, "美国", 12_000, 12_840)))
    assert verdict(bureau, "growth") == FAILED


def test_the_control_group_is_that_of_a_plain_loop(bureau: Bureau) -> None:
    """七（二）1, row by row: firms that are not on the platform, in a band that has a firm of the platform's, of its area."""
    bureau.load("monthly", *exports(*GROWN, (18, "美国", 120, 120)))
    dollars = {14: 3_000_000, 15: 1_000_000, 16: 400_000, 17: 31_000_000}
    expected = {}
    for n, x in dollars.items():
        lower, upper = x <= 500_000, 3_000_000 <= x <= 30_000_000
        expected[uscc(n)] = "" if upper else "这个区间没有参保企业" if lower else "基年出口额不在平台的区间"
    expected[uscc(18)] = "基年没有海关记录"
    firms = found(bureau).exports.firms.to_pylist()
    assert {r["uscc"]: r["why"] for r in firms} == expected
    assert {r["uscc"]: (r["now"], r["before"]) for r in firms}[uscc(14)] == (1_236_000, 1_200_000)


UNKNOWN = [
    ("a month is missing", exports(*GROWN)[1:-1], "分月海关数据缺"),
    ("nothing is loaded", [], "分月海关数据缺 24 个月：2018-09……2020-08"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "said"), [u[1:] for u in UNKNOWN], ids=[u[0] for u in UNKNOWN])
def test_without_both_windows_nobody_can_say(bureau: Bureau, rows: list[Row], said: str) -> None:
    if rows:
        bureau.load("monthly", *(r for r in rows if r["年月"] != "2020-08"))
    j = found(bureau).at("growth")
    assert j.verdict == OPEN
    assert said in j.missing


def test_a_row_that_could_not_be_used_leaves_its_firm_open(bureau: Bureau) -> None:
    bad = exports((1, "美国", 1200, 1272))[0] | {"出口额(美元)": "约三百"}
    found_ = bureau.load("monthly", *exports(*GROWN), bad)
    assert len(found_.left) == 1
    j = found(bureau).at("growth")
    assert (j.verdict, "1 家参保企业有没有读入的行" in j.missing) == (OPEN, True)


def test_the_citys_average_may_stand_for_the_group(bureau: Bureau) -> None:
    bureau.load("monthly", *exports(*GROWN))
    row = {"指标": "全市同类企业出口增幅(%)", "期间": "保险年度", "目标值": "6.1", "依据": "市统计局"}
    bureau.load("targets", row)
    assert verdict(bureau, "growth") == FAILED
    bureau.load("targets", row | {"目标值": "-2.5"})
    assert verdict(bureau, "growth") == PASSED


EMERGING = [
    ("七（二）2: a larger share", (("越南", 1200, 2400), ("美国", 2400, 2400)), PASSED),
    ("七（二）2: a smaller share", (("越南", 1200, 1200), ("美国", 2400, 2520)), FAILED),
    ("七（二）2: a country that nobody could make out decides it", (("越南", 1200, 1200), ("火星", 0, 120), ("美国", 2400, 2400)), OPEN),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "expected"), [e[1:] for e in EMERGING], ids=[e[0] for e in EMERGING])
def test_the_emerging_share(bureau: Bureau, parts: tuple[tuple[str, int, int], ...], expected: str) -> None:
    bureau.load("monthly", *exports(*((1, country, before, now) for country, before, now in parts)))
    assert verdict(bureau, "emerging") == expected


# ── the workbook and the forms ──


def workbook(bureau: Bureau) -> Path:
    (path,) = (bureau.root / "评估").glob("绩效评估_*.xlsx")
    return path


def test_the_workbook_has_every_criterion_the_group_and_both_forms(bureau: Bureau, recorded: Recorded) -> None:
    bureau.load("monthly", *exports(*GROWN))
    recorded("services", *CALLED)
    assert bureau.cli("evaluate").code == 0
    book = openpyxl.load_workbook(workbook(bureau))
    assert book.sheetnames == ["评估", "绩效目标表", "绩效自评表", "逐户", "对照组", "未列入对照组"]
    front = book["评估"]
    assert [c.value for c in front["A"] if str(c.value).startswith("七")] == [
        "七（一）1", "七（一）2", "七（一）3", "七（一）4", "七（一）5", "七（一）6", "七（二）1", "七（二）2",
    ]  # fmt: skip
    assert len(front._charts) == 2
    assert front.page_setup.paperSize == 9
    first = workbook(bureau).read_bytes()
    bureau.cli("evaluate")
    assert workbook(bureau).read_bytes() == first
    recorded("services")
    bureau.cli("evaluate")  # where nobody recorded anything, nothing is shown as not reached
    (path,) = (p for p in (bureau.root / "评估").iterdir() if "旧" not in p.name)
    assert len(openpyxl.load_workbook(path)["评估"]._charts) == 1


def form(bureau: Bureau) -> dict[str, list[Any]]:
    """Rows of the 自评表 by their third-level indicator."""
    return {str(r[2]): r for r in cells(workbook(bureau), "绩效自评表") if r[2]}


def test_the_form_knows_the_money_and_scores_the_execution(bureau: Bureau) -> None:
    """10 points × 4,000,000 paid of 5,000,000: the finance bureau's form, domain §17.6."""
    bureau.load("accounts", {"保险人": "中国信保", "账号": "1", "户名": "甲", "开户行": "乙", "指定文件": "丙"})
    bureau.load(
        "payments",
        {
            "日期": date(2019, 10, 15), "类型": "预付", "付款单位": "市财政局", "保险人": "中国信保", "收款账号": "1", "金额(元)": 4_000_000, "凭证号": "1",
        },
    )  # fmt: skip
    bureau.cli("evaluate")
    (row,) = (r for r in cells(workbook(bureau), "绩效自评表") if r[0] == "年度资金总额")
    assert row[2:8] == [5_000_000, 5_000_000, 4_000_000, 10, "80.0%", 8]
    assert form(bureau)["参保企业(家)"][3:6] == ["410 家", "5 家", 7]


def test_what_the_bureau_fills_in_counts_and_a_blank_is_yellow(bureau: Bureau) -> None:
    bureau.cli("evaluate")
    before = form(bureau)["参保企业满意率"]
    assert before[3:8] == [None, None, 5, None, None]
    bureau.load(
        "selfreview", {"指标": "参保企业满意率", "年度指标值": "95%", "实际完成值": "98%", "得分": "5", "偏差原因分析及改进措施": "无偏差"},
        {"指标": "实施单位", "实际完成值": "南通市商务局外贸处", "得分": None},
    )  # fmt: skip
    bureau.cli("evaluate")
    (path,) = (p for p in (bureau.root / "评估").iterdir() if "旧" not in p.name)
    rows = {str(r[2]): r for r in cells(path, "绩效自评表") if r[2]}
    assert rows["参保企业满意率"][3:8] == ["95%", "98%", 5, 5, "无偏差"]
    assert any("南通市商务局外贸处" in map(str, r) for r in cells(path, "绩效自评表"))
    page = openpyxl.load_workbook(path)["绩效自评表"]
    colours = {c.fill.fgColor.rgb for row in page.iter_rows() for c in row if c.value is None and c.fill.fill_type}
    assert "FFFFF2CC" in colours


def test_all_scores_add_up_where_all_are_there(bureau: Bureau) -> None:
    from xltools.scheme import datafiles
    from xltools.scheme.evaluation import Evaluation

    rules = datafiles.parsed(Evaluation, "evaluation")
    bureau.load(
        "selfreview",
        *({"指标": i.title, "得分": f"{i.points}"} for i in rules.indicator),
        {"指标": "预算执行率", "得分": "9.50"},
    )
    bureau.cli("evaluate")
    (total,) = (r for r in cells(workbook(bureau), "绩效自评表") if r[0] == "总分")
    assert total[5:7] == [100, 99.5]


def test_the_review_is_taken_back_from_the_yellow_cells_of_the_workbook(bureau: Bureau) -> None:
    bureau.cli("evaluate")
    book = opened(bureau)
    book.type("自评表", "投诉(件)", 得分="5", 偏差原因分析及改进措施="没有投诉")
    assert len(book.pull().applied) == 2
    book = opened(bureau)
    assert book.pull().applied == []
    (row,) = bureau.tables()["selfreview"]
    assert (row["indicator"], row["score"], row["reason"]) == ("投诉(件)", "5", "没有投诉")


def test_the_workbook_shows_what_was_last_evaluated(bureau: Bureau) -> None:
    from xltools.desk.book import workbook as book

    bureau.load("monthly", *exports(*GROWN))
    bureau.cli("evaluate")
    bureau.cli("report")
    bureau.cli("brief")
    shown = book.contents(bureau.workspace, now=bureau.now, today=bureau.today).tables
    assert shown["评估表"]["结果"].to_pylist()[6:] == [PASSED, PASSED]
    assert shown["统计表"]["企业(家)"].to_pylist()[0] == 5
    assert "参保企业" in shown["简报表"]["项目"].to_pylist()
    row = shown["自评表"].to_pylist()[0]
    assert (row["指标"], row["系统的完成值"], row["系统的分值"]) == ("参保企业(家)", "5 家", "7")


# ── 简报 ──


def test_the_brief_is_one_page_and_a_document_with_the_same_figures(bureau: Bureau) -> None:
    assert bureau.cli("brief").code == 0
    folder = bureau.root / "简报"
    names = sorted(p.name for p in folder.iterdir())
    assert names == ["简报_20200915.docx", "简报_20200915.xlsx"]
    page = openpyxl.load_workbook(folder / names[1])["简报"]
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.page_setup.fitToHeight in (None, 1)  # one page high is what a sheet says by saying nothing
    assert len(page._charts) == 4
    assert [e for n in names for e in schemacheck.errors(folder / n)] == []
    document = Document(str(folder / names[0]))
    said = {c.text for row in document.tables[0].rows for c in row.cells}
    assert {"参保企业", "5 家", "承保金额", "2,300 万美元"} <= said
    before = [(folder / n).read_bytes() for n in names]
    bureau.cli("brief")
    assert [(folder / n).read_bytes() for n in names] == before


def test_a_brief_of_a_frozen_day_shows_what_was_frozen(bureau: Bureau) -> None:
    bureau.cli("report", "--cutoff", "2020-08-31")
    bureau.load("issued", {"受理编号": "NT2019-0004", "缴费状态": "已解除"})
    frozen, now = (bureau.cli("brief", *more, "--json").json["figures"] for more in (("--cutoff", "2020-08-31"), ()))
    assert dict(frozen)["参保企业"] == "5 家"
    assert dict(now)["参保企业"] == "4 家"


def test_the_tables_that_are_read_have_these_columns_where_they_are_declared() -> None:
    """Services and warnings are another part's tables: where the catalogue has them, it has what is read here."""
    for name, columns in (("services", SERVICES), ("alerts", ALERTS), ("alerted", ALERTED)):
        if name in bureau_tables():
            assert set(columns) <= {c.field for c in bureau_tables()[name].own}


def test_days_are_days() -> None:
    assert ENDED - date(2020, 8, 31) == timedelta(15)
