"""Statistics (统计): growth, groups, tags by day, targets, and a cut-off that is frozen and made again to the byte."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from returns import TODAY, answer, sent
from workspaces import Bureau, Row, cells, customs_row, prepared, spawn, uscc

from xltools.desk.bureau.yearly import MEASURED
from xltools.desk.errors import BadInput, Refusal
from xltools.desk.year import progress
from xltools.desk.year import report as reporting
from xltools.desk.year.evaluate import AVERAGE
from xltools.desk.year.report import Made
from xltools.desk.year.statistics import Line

CUTOFF = date(2020, 1, 15)


def issued(made: Bureau) -> None:
    """Policies of 1 to 4 entered on 2020-01-08 and of 5 on 2020-01-20; customs knows all of them and three others."""
    sent(made)
    made.today = TODAY
    made.load(
        "customs",
        *(customs_row(n, 2018, "美国", 5_000_000) for n in (1, 3, 4, 5)), customs_row(2, 2018, "越南", "3000100"),
        customs_row(4, 2018, "日本", 1), customs_row(14, 2018, "美国", 3_000_000), customs_row(15, 2018, "美国", 400_000),
        customs_row(16, 2018, "美国", 1_000_000),
    )  # fmt: skip
    made.load(
        "issued", answer(1), answer(2, **{"实际保费(元)": "20700.69", "财政(元)": "10350.34", "企业(元)": "10350.35"}),
        answer(3), answer(4), answer(5, 录入日期=date(2020, 1, 20)),
    )  # fmt: skip


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    made = prepared(tmp_path, issued)
    made.today = TODAY
    return made


def made(bureau: Bureau, cutoff: date | None = CUTOFF, **options: Any) -> Made:
    return reporting.make(bureau.workspace, today=bureau.today, now=bureau.now, cutoff=cutoff, **options)


def lines(found: Made) -> Mapping[tuple[str, str], Line]:
    return {(x.group, x.item): x for x in found.report.lines}


def counted(found: Made, group: str, item: str) -> tuple[int, int, int]:
    values = lines(found)[group, item].values
    return values["firms"], values["insured_cents"], values["fiscal_fen"]


def test_only_what_was_entered_up_to_the_cut_off_counts(bureau: Bureau) -> None:
    """四（二）A: 10,350.00 each, B: 3,000,100 × 0.001 × 6.9 = 20,700.69, half of it, rounded down, the budget's."""
    early, late = made(bureau), made(bureau, TODAY)
    assert counted(early, "合计", "合计") == (4, 1_800_010_000, 3 * 1_035_000 + 1_035_034)
    assert counted(late, "合计", "合计") == (5, 2_300_010_000, 4 * 1_035_000 + 1_035_034)


GROUPS = [
    ("方案", "A", (3, 1_500_000_000, 3_105_000)), ("方案", "B", (1, 300_010_000, 1_035_034)), ("方案", "D", (0, 0, 0)),
    ("保险人", "中国信保", (4, 1_800_010_000, 4_140_034)), ("保险人", "人保财险", (0, 0, 0)),
    ("区", "崇川区", (4, 1_800_010_000, 4_140_034)), ("区", "通州区", (0, 0, 0)), ("月份", "2020-01", (4, 1_800_010_000, 4_140_034)),
]  # fmt: skip


@pytest.mark.parametrize(("group", "item", "expected"), GROUPS, ids=[f"{g} {i}" for g, i, _ in GROUPS])
def test_groups(bureau: Bureau, group: str, item: str, expected: tuple[int, int, int]) -> None:
    assert counted(made(bureau), group, item) == expected


def test_a_market_counts_base_year_exports_and_one_that_has_no_list_says_nothing(bureau: Bureau) -> None:
    found = lines(made(bureau))
    market = {item: dict(x.values) for (group, item), x in found.items() if group == "市场组"}
    assert market["重点国别"] == {"firms": 3, "small": 0, "insured_cents": 1_500_000_000, "indemnity_cents": 0}
    assert market["新兴市场"] == {"firms": 1, "small": 0, "insured_cents": 300_010_000, "indemnity_cents": 0}
    assert market["RCEP"] == {}  # in force since 2022-01-01 (domain §8)
    assert market["一带一路"] == {}
    assert made(bureau).report.empty_markets == ["RCEP", "一带一路"]


def test_an_office_has_market_groups_of_its_own(bureau: Bureau) -> None:
    text = '[[group]]\ntitle = "东亚"\nsource = "市局"\nsince = 2020-01-16\nmembers = ["JP", "KR"]\n'
    (bureau.root / "市场组.toml").write_text(text, "utf-8")
    config = bureau.root / "xltools.toml"
    config.write_text(config.read_text("utf-8") + '\nmarket_groups = "市场组.toml"\n', "utf-8")
    office = Bureau(bureau.root, TODAY)
    assert dict(lines(made(office))["市场组", "东亚"].values) == {}
    assert lines(made(office, date(2020, 1, 16)))["市场组", "东亚"].values["insured_cents"] == 100


def test_small_firms_are_those_of_the_standard_else_those_declared(bureau: Bureau) -> None:
    assert lines(made(bureau, None))["合计", "合计"].values["small"] == 0
    row = {
        "企业": uscc(1),
        "年度": 2018,
        "行业": "批发业",
        "从业人员(人)": 4,
        "营业收入(元)": 9_000_000,
        "来源": "报表",
    }
    bureau.load("sizes", row)
    assert lines(made(bureau, None))["合计", "合计"].values["small"] == 1


# ── tags ──


def tag(number: int, since: str, until: str | None = None, **more: Any) -> Row:
    return {
        "统一社会信用代码": uscc(number), "类别": "新业态", "标签": "跨境电商", "来源": "名单", "起": since, "止": until,
    } | more  # fmt: skip


HELD = [
    ("on its first day", "2020-01-15", None, 1), ("on its last day", "2019-01-01", "2020-01-15", 1),
    ("the day before its first", "2020-01-16", None, None), ("the day after its last", "2019-01-01", "2020-01-14", None),
]  # fmt: skip


@pytest.mark.parametrize(("since", "until", "firms"), [h[1:] for h in HELD], ids=[h[0] for h in HELD])
def test_a_tag_counts_by_day(bureau: Bureau, since: str, until: str | None, firms: int | None) -> None:
    bureau.load("tags", tag(1, since, until))
    found = lines(made(bureau)).get(("标签", "新业态·跨境电商"))
    assert (found.values["firms"] if found else None) == firms


def test_a_tag_may_end_later_and_begin_again(bureau: Bureau) -> None:
    bureau.load("tags", tag(1, "2019-01-01"))
    bureau.load("tags", tag(1, "2019-01-01", "2019-12-31"))
    bureau.load("tags", tag(1, "2020-01-01"))
    assert len(bureau.tables()["tags"]) == 2


# ── what other years, targets and tasks say ──


def other(month: str, line: str = "统保平台", **more: Any) -> Row:
    return {
        "保险人": "中国信保",
        "月份": month,
        "业务线": line,
        "家数": 3,
        "小微家数": 2,
        "保险金额(美元)": "16000000",
        "赔款(美元)": None,
    } | more


def test_growth_is_that_against_the_same_month_a_year_before(bureau: Bureau) -> None:
    bureau.load("other_lines", other("2019-01"), other("2018-01", 家数=100))
    found = lines(made(bureau))
    for line in (found["合计", "合计"], found["保险人", "中国信保"]):
        assert line.growth("firms") == Fraction(1, 3)
        assert line.growth("insured_cents") == Fraction(1_800_010_000 - 1_600_000_000, 1_600_000_000)
        assert line.growth("indemnity_cents") is None  # nobody said what it was
    assert found["区", "崇川区"].growth("firms") is None


def test_other_lines_are_those_of_the_latest_month_with_their_growth(bureau: Bureau) -> None:
    bureau.load(
        "other_lines", other("2019-12", "国内贸易险"), other("2018-12", "国内贸易险", 家数=2), other("2020-01", "国内贸易险", 家数=9),
        other("2019-11", "国内贸易险", 家数=1),
    )  # fmt: skip
    (one,) = made(bureau, date(2019, 12, 31)).report.others
    assert (one.month, one.values["firms"], one.growth("firms")) == ("2019-12", 3, Fraction(1, 2))


def target(indicator: str, figure: str, period: str = "保险年度") -> Row:
    return {"指标": indicator, "期间": period, "目标值": figure, "依据": "003 五"}


TARGETS = [
    ("003 五: firms", "统保企业(家)", "22,000", Fraction(4, 22000)), ("003 三: dollars", "承保金额(美元)", "70000000000", Fraction(1_800_010_000, 7_000_000_000_000)),
    ("coverage: 4 of 5 applicants and one whom customs knows in a band", "覆盖面(%)", "100", Fraction(4, 7)),
    ("nobody can measure it", "出口总值(美元)", "1", None),
]  # fmt: skip


@pytest.mark.parametrize(("indicator", "figure", "progress_"), [t[1:] for t in TARGETS], ids=[t[0] for t in TARGETS])
def test_progress_towards_a_target(bureau: Bureau, indicator: str, figure: str, progress_: Fraction | None) -> None:
    bureau.load("targets", target(indicator, figure))
    (one,) = made(bureau).report.targets
    assert one.progress == progress_


def test_coverage_is_enrolled_out_of_entitled_by_district(bureau: Bureau) -> None:
    """Five applied, and two more are in a band (14, 15); 16 lies between the bands (二（一）)."""
    found = made(bureau)
    assert [x for x in found.report.coverage if x[1] or x[2]] == [("崇川区", 4, 7)]
    assert found.report.covered == Fraction(4, 7)


def test_measured_targets_are_those_that_the_hint_offers() -> None:
    assert {*MEASURED} == {*progress.MEASURED, AVERAGE}


# ── the cut-off ──


def content(path: Path) -> bytes:
    return path.read_bytes()


def test_a_frozen_report_is_made_again_to_the_byte_whatever_came_since(bureau: Bureau) -> None:
    bureau.load("tags", tag(1, "2019-01-01"))
    bureau.load("other_lines", other("2019-01"))
    first = made(bureau)
    was = content(first.files[0])
    before = counted(first, "合计", "合计")
    bureau.load("tags", tag(2, "2019-01-01"))
    bureau.load("other_lines", other("2019-01", 家数=9))
    bureau.load("issued", answer(3, **{"实际保费(元)": 10351, "财政(元)": 10351}))
    bureau.load("targets", target("统保企业(家)", "10"))
    bureau.customs((1, 2018, "越南", 5_000_000))
    first.files[0].unlink()
    again = made(bureau)
    assert (again.again, again.same) == (True, True)
    assert content(again.files[0]) == was
    assert counted(again, "合计", "合计") == before


def test_what_came_since_is_a_correction_with_both_figures(bureau: Bureau) -> None:
    made(bureau)
    bureau.load("issued", answer(3, **{"实际保费(元)": 10351, "财政(元)": 10351}))
    again = made(bureau)
    changed = [(c.group, c.item, c.measure, c.was, c.now) for c in again.report.corrections]
    assert ("合计", "合计", "fiscal_fen", 4_140_034, 4_140_134) in changed
    assert {m for _, _, m, _, _ in changed} == {"fiscal_fen"}
    (rows,) = [cells(p, "更正") for p in again.files if "更正" in p.name]
    assert ["合计", "合计", "财政扶持(元)", 41_400.34, 41_401.34, 1] in rows


def test_a_report_that_is_frozen_anew_says_what_it_corrects(bureau: Bureau) -> None:
    first = made(bureau)
    was = content(first.files[0])
    bureau.load("issued", answer(3, **{"实际保费(元)": 10351, "财政(元)": 10351}))
    second = made(bureau, renew=True)
    assert second.report.frozen.number == 2
    assert second.files[0].name == "统计_截至20200115_第2版.xlsx"
    assert "更正" in openpyxl.load_workbook(second.files[0]).sheetnames
    assert content(first.files[0]) == was
    bureau.load("issued", answer(4, **{"实际保费(元)": 10352, "财政(元)": 10352}))
    assert made(bureau).same is True  # the second one, with its corrections of then


def test_a_year_before_gives_growth_in_every_group(bureau: Bureau, tmp_path: Path) -> None:
    """The same workspace stands for the year before: every figure was then what it would be a year earlier."""
    before = tmp_path / "上年"
    shutil.copytree(bureau.root, before)
    found = made(bureau, TODAY, before=before)
    assert found.report.frozen.before is not None
    assert lines(found)["区", "崇川区"].growth("firms") is None  # nobody was insured a year earlier
    with pytest.raises(Refusal, match="上年度的工作区比较过，这次没有写"):
        made(bureau, TODAY)
    assert made(bureau, TODAY, before=before).same is True


REFUSED = [
    ("a cut-off in the future", date(2020, 1, 21), "截止日 2020-01-21 还没有到（今天 2020-01-20）"),
    ("a cut-off before the scheme", date(2018, 12, 31), "早于本方案开始收件的 2019-01-01"),
]  # fmt: skip


@pytest.mark.parametrize(("cutoff", "said"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_cut_off_that_cannot_be(bureau: Bureau, cutoff: date, said: str) -> None:
    with pytest.raises(Refusal, match=said.replace("（", r"（")):
        made(bureau, cutoff)
    assert made(bureau, TODAY).files


def test_the_command_says_what_is_frozen_and_what_is_corrected(bureau: Bureau) -> None:
    first = bureau.cli("report", "--cutoff", "2020-01-15", "--json")
    assert (first.code, first.json["frozen"], first.json["again"]) == (0, True, False)
    bureau.load("issued", answer(3, **{"实际保费(元)": 10351, "财政(元)": 10351}))
    again = bureau.cli("report", "--cutoff", "2020-01-15")
    assert "已在 2020-01-20 定数（第 1 版），按当时的台账重做" in again.out
    assert "定数以后的更正" in again.out
    wrong = bureau.cli("report", "--cutoff", "去年")
    assert (wrong.code, "截止日看不懂：去年" in wrong.err) == (2, True)
    assert [e["subject"] for e in bureau.journal() if e["verb"] == "report"] == ["截至2020-01-15"]


@pytest.mark.parametrize(("verb", "imported"), [("assess", "False"), ("report", "True")])
def test_pandas_is_imported_only_where_somebody_groups(bureau: Bureau, verb: str, imported: str) -> None:
    code = (
        "import sys; sys.argv = ['xltools', *sys.argv[1:]]\nfrom xltools.cli.main import main\n"
        "try: main()\nfinally: print('pandas' in sys.modules, file=sys.stderr)"
    )
    ran = spawn([sys.executable, "-c", code, *bureau.command(verb)[3:]])
    assert (ran.code, ran.err.split()[-1]) == (0, imported)


def test_nothing_is_written_by_a_dry_run(bureau: Bureau) -> None:
    bureau.cli("report", "--cutoff", "2020-01-15", "--dry-run")
    assert not (bureau.root / "统计").exists()
    assert [e for e in bureau.journal() if e["verb"] == "report"] == []


# ── bad input ──

WRONG = [
    ("tags", "a tag that overlaps another row of the file", [tag(1, "2019-01-01"), tag(1, "2019-06-01")], ["TAG_OVERLAP", "TAG_OVERLAP"]),
    ("tags", "one that begins the day after the other ends", [tag(1, "2019-01-01", "2019-05-31"), tag(1, "2019-06-01")], []),
    ("tags", "the same days of another firm", [tag(1, "2019-01-01"), tag(2, "2019-01-01")], []),
    ("tags", "it ends before it begins", [tag(1, "2019-01-02", "2019-01-01"), tag(2, "2019-01-01")], ["DATE_INVALID"]),
    ("other_lines", "more small firms than firms", [other("2019-12", 小微家数=4), other("2019-11")], ["SMALL_ABOVE"]),
    ("other_lines", "as many small firms as firms", [other("2019-12", 小微家数=3)], []),
    ("other_lines", "a month that has not come", [other("2020-02"), other("2020-01")], ["MONTH_AHEAD"]),
    ("targets", "a period that is in no calendar", [target("统保企业(家)", "1", "2019-13"), target("统保企业(家)", "1")], ["PERIOD_UNKNOWN"]),
    ("targets", "a period of another scheme", [target("统保企业(家)", "1", "2024年"), target("统保企业(家)", "1")], ["PERIOD_OUTSIDE"]),
    ("targets", "a target without a figure", [target("统保企业(家)", ""), target("小微企业(家)", "1")], ["TARGET_BLANK"]),
    ("targets", "a figure in 亿", [target("统保企业(家)", "700亿"), target("小微企业(家)", "1")], ["TARGET_FIGURE"]),
    ("targets", "growth of the city may be below zero", [target(AVERAGE, "-3.2")], []),
    ("targets", "an indicator that nobody can measure is told", [target("统保企业", "1")], []),
    ("tasks", "done tomorrow", [{"任务号": "1", "措施": "甲", "责任单位": "乙", "进度": "已完成", "完成日期": "2020-01-21", "佐证": "丙"}, {"任务号": "2", "措施": "甲", "责任单位": "乙", "进度": "进行中"}], ["TASK_AHEAD"]),
    ("selfreview", "an indicator that the forms do not have", [{"指标": "参保企业", "得分": "7"}, {"指标": "参保企业(家)", "得分": "7"}], ["REVIEW_UNKNOWN"]),
    ("selfreview", "more than its points", [{"指标": "参保企业(家)", "得分": "7.01"}, {"指标": "投诉(件)", "得分": "5"}], ["REVIEW_FIGURE"]),
    ("selfreview", "points of the bureau's own", [{"指标": "参保企业(家)", "分值": "9", "得分": "8"}], []),
    ("monthly", "a month that has not come", [{**customs_row(1, 2020, "美国", 5), "年月": "2020-02"}, {**customs_row(1, 2020, "美国", 5), "年月": "2020-01"}], ["MONTH_AHEAD"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "rows", "codes"), [(w[0], w[2], w[3]) for w in WRONG], ids=[f"{w[0]}: {w[1]}" for w in WRONG]
)
def test_a_problem_names_its_cell_and_the_rest_is_taken(
    bureau: Bureau, table: str, rows: list[Row], codes: list[str]
) -> None:
    rows = [{k: v for k, v in r.items() if k != "年度"} for r in rows]
    if len(codes) == len(rows):
        with pytest.raises(BadInput) as e:
            bureau.load(table, *rows)
        assert [p.code for p in e.value.placed] == codes
        return
    found = bureau.load(table, *rows)
    placed = [p for left in found.left for p in left.placed]
    assert [p.code for p in placed] == codes
    assert all(p.cell for p in placed)
    assert len(bureau.tables()[table]) == len(rows) - len(codes)


TOLD = [
    ("targets", [target("统保企业", "1")], "系统不会算这个指标：统保企业；是否想写“统保企业(家)”？"),
    ("tasks", [{"任务号": "1", "措施": "甲", "责任单位": "乙", "进度": "已完成"}], "已完成，却没有佐证"),
    ("tasks", [{"任务号": "1", "措施": "甲", "责任单位": "乙", "进度": "进行中", "完成日期": "2020-01-01"}], "有完成日期 2020-01-01，进度却是“进行中”"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "rows", "said"), TOLD, ids=[t[2][:8] for t in TOLD])
def test_what_is_only_told_is_taken_all_the_same(bureau: Bureau, table: str, rows: list[Row], said: str) -> None:
    found = bureau.load(table, *rows)
    assert said in "\n".join(found.lines)
    assert len(bureau.tables()[table]) == 1


def test_a_tag_that_overlaps_one_in_the_ledger_is_left_out(bureau: Bureau) -> None:
    bureau.load("tags", tag(1, "2019-01-01"))
    found = bureau.load("tags", tag(1, "2019-06-01"), tag(3, "2019-06-01"))
    assert [p.code for left in found.left for p in left.placed] == ["TAG_OVERLAP"]
    assert {r["uscc"] for r in bureau.tables()["tags"]} == {uscc(1), uscc(3)}
