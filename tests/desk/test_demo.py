"""The demonstration: the whole main job on the example, every figure looked at from outside."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from demonstration import EXAMPLES, ran
from python_calamine import CalamineWorkbook

from xltools.desk.batch import submit, verify
from xltools.desk.bureau import review
from xltools.desk.bureau.load import load_table
from xltools.desk.demo.run import TODAY, Demo, demo
from xltools.desk.demo.summary import planning_notes
from xltools.desk.enrol import collect
from xltools.desk.errors import Refusal
from xltools.desk.rules.fxrisk import FxRefused
from xltools.desk.rules.plaintext import left, right, table, width, wrapped
from xltools.desk.rules.register import load_register
from xltools.desk.rules.standing import Standing, stand, standing_table
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace, open_workspace
from xltools.scheme import load
from xltools.sheets.returned.problemsheet import ERROR

NOW = datetime(2019, 10, 8, 17, 0)
FEN = Decimal("0.01")


@dataclass
class Shown:
    """One run of the demonstration, and the steps that `progress` was told."""

    demo: Demo
    told: list[tuple[str, int, int]]

    @property
    def workspace(self) -> Workspace:
        return open_workspace(self.demo.root)

    @cached_property
    def standing(self) -> Standing:
        return standing(self.workspace)

    @cached_property
    def outcomes(self) -> list[dict[str, Any]]:
        return outcomes(self.workspace)

    @cached_property
    def sent(self) -> list[dict[str, Any]]:
        """The rows of the insurers' sheets, as they lie in 报送/."""
        return [row for b in self.demo.submitted for row in cells(self.demo.root / "报送" / b.file)]


@pytest.fixture(scope="module")
def shown() -> Shown:
    return Shown(ran().demo, ran().told)


@pytest.fixture
def workspace(shown: Shown, tmp_path: Path) -> Workspace:
    """A copy of the demonstration's folder, to go on with."""
    return open_workspace(Path(shutil.copytree(shown.demo.root, tmp_path / "演示")), "演示")


def standing(workspace: Workspace) -> Standing:
    with looking(workspace) as conn:
        return stand(load_register(conn, workspace, TODAY))


def outcomes(workspace: Workspace) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = standing_table(standing(workspace)).to_pylist()
    return rows


# ── what it does ──


def test_six_files_come_in_and_two_go_back(shown: Shown) -> None:
    first = shown.demo.collected[:6]
    assert {r.district: (r.outcome, r.errors) for r in first} == {
        "崇川区": ("taken", 0), "经济技术开发区": ("taken", 0), "苏通科技产业园区": ("taken", 0),
        "通州湾示范区": ("taken", 0),
        "通州区": ("returned", 19), "港闸区": ("returned", 6),
    }  # fmt: skip
    assert sum(r.rows for r in first) == 427


def test_the_correction_supersedes_firm_by_firm(shown: Shown) -> None:
    (again,) = shown.demo.collected[6:]
    assert (again.district, again.round, again.rows, again.good) == ("通州区", 2, 116, 116)
    assert (again.new, again.changed, again.pending) == (3, 14, 0)
    assert [p.code for p in again.placed if p.severity == "error"] == ["RECEIVED_EARLIER"]
    there = Counter(r["报送单位"] for r in shown.outcomes)
    assert there["通州区"] == 117, "the firm that the second file left out is still there"


FIRST_ROUND = (
    "REQUIRED", "CHOICE", "CELL_ERROR", "FORMULA_NO_VALUE", "LINES_PASSED", "USCC_NUMBER", "USCC_LENGTH", "USCC_CHARS",
    "USCC_CHECK", "USCC_ORG", "USCC_REGION", "CUSTOMS_CODE_LENGTH", "CUSTOMS_CODE_REGION", "PHONE", "EMAIL",
    "AMOUNT_TEXT", "AMOUNT_NEGATIVE", "AMOUNT_FINER", "KEY_ABOVE_TOTAL", "REGION_ABOVE_TOTAL", "REGIONS_SUM_ABOVE",
    "ZERO_EXPORTS", "UNIT_SUSPECT", "MERGED_CELLS", "HIDDEN_ROW", "DATE_INVALID", "DATE_FUTURE", "DATE_WINDOW",
    "TIME_MISSING", "SIZE_LARGE", "DUPLICATE", "TWO_DISTRICTS", "SAME_NAME", "SIMILAR_NAME", "FILE_NO_VERSION",
    "HEADING_UNKNOWN",
)  # fmt: skip


@pytest.mark.parametrize("code", FIRST_ROUND)
def test_the_districts_files_hold_every_common_mistake(shown: Shown, code: str) -> None:
    found = Counter(p.code for r in shown.demo.collected[:6] for p in r.placed)
    assert found[code] >= 1


@pytest.mark.parametrize("code", ["RECEIVED_EARLIER", "GONE"])
def test_the_second_round_holds_the_mistakes_of_a_second_round(shown: Shown, code: str) -> None:
    assert [p.code for p in shown.demo.collected[6].placed].count(code) == 1


REASONS = {
    "CUSTOMS_DIFFERS": 7, "CUSTOMS_NAME": 1, "DISTRICT_INFORCE": 4,
    "ALREADY_INSURED": 3, "DISTRICT_REFUSED": 2, "OUTSIDE_AREA": 2, "BAND_GAP": 6, "BAND_ABOVE": 2, "CUSTOMS_ABSENT": 1,
    "INFORCE_UNCLEAR": 1, "PLAN_UNAVAILABLE": 2, "COPAY_MISSING": 1, "BUREAU_REFUSED": 1, "AWAITING_DISTRICT": 2,
    "AWAITING_BUREAU": 5, "WITHDRAWN": 1,
}  # fmt: skip


@pytest.mark.parametrize(("code", "firms"), REASONS.items())
def test_the_rules_decide_every_kind_of_case(shown: Shown, code: str, firms: int) -> None:
    problems = [text.split(";") for text in shown.standing.register.claims.findings.codes()]
    reasons = [r["说明代码"].split(";") for r in shown.outcomes]
    assert sum(code in p or code in r for p, r in zip(problems, reasons, strict=True)) == firms


def test_every_planted_firm_that_was_mended_is_in_order_now(shown: Shown) -> None:
    text = (EXAMPLES / "README.md").read_text("utf-8")
    mended = [line.split(" | ")[2] for line in text.splitlines() if "（第二轮已改）" in line]
    now = {r["企业名称"]: r["资格"] for r in shown.outcomes}
    assert len(mended) == 17
    assert {now[name] for name in mended} == {"符合条件"}


def test_the_two_at_the_end_of_the_money_draw_lots(shown: Shown) -> None:
    rows = {r["受理编号"]: r for r in shown.outcomes}
    assert len(shown.demo.tied) == 2
    assert sorted(rows[n]["资金安排"] for n in shown.demo.tied) == ["候补", "已报送"]
    assert {rows[n]["保险人"] for n in shown.demo.tied} == {"人保财险"}
    drawn = cells(EXAMPLES / "市局资料" / "审核_抽签.xlsx")
    first = next(r["统一社会信用代码"] for r in drawn if r["同时收件次序"] in ("1", 1))
    assert [n for n in shown.demo.tied if rows[n]["资金安排"] == "已报送"] == [
        n for n in shown.demo.tied if rows[n]["统一社会信用代码"] == first
    ]


def test_both_insurers_get_a_batch_and_the_pools_hold(shown: Shown) -> None:
    assert [(b.insurer, b.number) for b in shown.demo.submitted] == [("中国信保", 1), ("人保财险", 1)]
    assert sum(b.rows for b in shown.demo.submitted) == 384
    assert [b.fiscal_fen < pool * 100 for b, pool in zip(shown.demo.submitted, (4_500_000, 500_000), strict=True)] == [
        True, True,
    ]  # fmt: skip
    waiting = Counter(r["保险人"] for r in shown.outcomes if r["资金安排"] == "候补")
    assert waiting == {"中国信保": 6, "人保财险": 3}


def test_verify_finds_nothing_wrong(shown: Shown) -> None:
    v = shown.demo.verified
    assert (v.wrong, v.money, v.sheets) == ([], [], 2)
    assert v.amounts == 384 + 9


# ── amounts, from the customs file and the scheme's text alone ──

RATES = {"A": ("0.0003", "1", "0"), "B": ("0.001", "0.5", "0"), "C": ("0.001", "1", "0"), "D": ("0.0003", "1", "100")}
"""Rate, fiscal share, minimum premium in USD: seed 004, 四（二）."""


def cells(path: Path, sheet: int = 0) -> list[dict[str, Any]]:
    head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(sheet).to_python()
    return [dict(zip(map(str, head), r, strict=True)) for r in rows]


@cache
def by_customs() -> dict[str, Decimal]:
    """Base-year exports in dollars by code: the extract's, or what the bureau fixed."""
    out: dict[str, Decimal] = defaultdict(Decimal)
    for row in cells(EXAMPLES / "市局资料" / "海关数据.xlsx"):
        if row["年度"] == 2018:
            out[row["统一社会信用代码"]] += Decimal(str(row["出口额(美元)"]))
    for row in cells(EXAMPLES / "市局资料" / "审核.xlsx"):
        if row["核定出口额(美元)"] != "":
            out[row["统一社会信用代码"]] = Decimal(str(row["核定出口额(美元)"]))
    return out


@pytest.mark.parametrize("plan", RATES)
def test_every_row_sent_is_right_to_the_fen(shown: Shown, plan: str) -> None:
    exports = by_customs()
    rate, share, least = map(Decimal, RATES[plan])
    mine = [r for r in shown.sent if r["方案"] == plan]
    assert mine
    for row in mine:
        figure = exports[row["统一社会信用代码"]]
        gross = (max(figure * rate, least) * Decimal("7.00")).quantize(FEN, ROUND_HALF_UP)
        fiscal = (gross * share).quantize(FEN, ROUND_FLOOR)
        shown_money = [Decimal(str(row[h])) for h in ("上年出口额(美元)", "财政承担(元)", "企业承担(元)")]
        assert shown_money == [figure, fiscal, gross - fiscal], row["受理编号"]


@pytest.mark.parametrize(
    ("dollars", "plan", "fiscal", "own"),
    [
        ("3000123.45", "A", "6300.26", "0.00"),
        ("3000179.40", "B", "10500.63", "10500.63"),
        ("3020804.03", "B", "10572.81", "10572.82"),
        ("424470.89", "D", "891.39", "0.00"),
        ("295730.90", "D", "700.00", "0.00"),
        ("0.00", "D", "700.00", "0.00"),
    ],
    ids=[
        "A: 900.037035 dollars", "B: an even sum is halved", "B: the odd fen is the firm's", "D by the rate",
        "D by the minimum", "no exports: the minimum",
    ],
)  # fmt: skip
def test_amounts_worked_out_by_hand(shown: Shown, dollars: str, plan: str, fiscal: str, own: str) -> None:
    found = [
        (Decimal(str(r["财政承担(元)"])), Decimal(str(r["企业承担(元)"])))
        for r in shown.sent
        if r["方案"] == plan and Decimal(str(r["上年出口额(美元)"])) == Decimal(dollars)
    ]
    assert set(found) == {(Decimal(fiscal), Decimal(own))}


# ── what lies in the folder afterwards ──


@pytest.mark.parametrize(("district", "code"), [("通州区", "AMOUNT_TEXT"), ("港闸区", "USCC_NUMBER")])
def test_a_returned_file_is_the_districts_own_with_its_bad_cells_marked(shown: Shown, district: str, code: str) -> None:
    report = next(r for r in shown.demo.collected if r.district == district)
    place = next(p for p in report.placed if p.code == code)
    book = openpyxl.load_workbook(shown.workspace.returned / report.returned_as)
    page = book[place.sheet]
    marked = page[place.cell]
    assert marked.fill.fgColor.rgb == ERROR
    assert place.message in marked.comment.text
    headings = [c.value for row in page.iter_rows(min_row=1, max_row=4) for c in row]
    assert "错误信息" in headings
    assert "问题" in book.sheetnames


def test_the_result_table_tells_of_every_firm(shown: Shown) -> None:
    rows = cells(shown.demo.root / "测算结果.xlsx")
    assert len(rows) == 424
    assert Counter(r["资金安排"] for r in rows)["候补"] == 9


# ── once more ──


def again_collect(w: Workspace) -> bool:
    return all(r.again for r in collect.collect(w, now=NOW, today=TODAY))


def again_customs(w: Workspace) -> bool:
    return load_table(w, "customs", w.root / "市局资料" / "海关数据.xlsx", now=NOW, today=TODAY).rows > 5_000


def again_lists(w: Workspace) -> bool:
    return load_table(w, "lists", w.root / "市局资料" / "优先名单.xlsx", now=NOW, today=TODAY).rows > 50


def again_inforce(w: Workspace) -> bool:
    names = ("在保名单_中国信保.xlsx", "在保名单_人保财险.xlsx")
    found = [load_table(w, "inforce", w.root / "市局资料" / n, now=NOW, today=TODAY) for n in names]
    return [f.detail["missing"] for f in found] == [[], []]


def again_fx(w: Workspace) -> bool:
    return load_table(w, "fx", w.root / "市局资料" / "汇率.xlsx", now=NOW, today=TODAY).lines == ["没有变化"]


def again_reviews(w: Workspace) -> bool:
    names = ("审核.xlsx", "审核_补正后.xlsx", "审核_抽签.xlsx")
    return [review.review(w, w.root / "市局资料" / n, now=NOW, today=TODAY).changed for n in names] == [0, 0, 0]


def again_agreed(w: Workspace) -> bool:
    return review.agree_all(w, "市局王甲", now=NOW, today=TODAY).changed == 0


def again_submitted(w: Workspace) -> bool:
    return submit.submit(w, now=NOW, today=TODAY)[0] == []


def again_verified(w: Workspace) -> bool:
    return verify.verify(w, today=TODAY).wrong == []


@pytest.mark.parametrize(
    "step",
    [
        again_collect, again_customs, again_inforce, again_lists, again_fx, again_reviews, again_agreed,
        again_submitted, again_verified,
    ],
    ids=lambda step: step.__name__.removeprefix("again_"),
)  # fmt: skip
def test_the_second_run_of_a_step_changes_nothing(workspace: Workspace, step: Callable[[Workspace], bool]) -> None:
    before, files = outcomes(workspace), folder(workspace)
    assert step(workspace)
    assert outcomes(workspace) == before
    assert folder(workspace) == files


def folder(workspace: Workspace) -> dict[str, bytes]:
    """What districts and insurers see."""
    places = (workspace.inbox, workspace.returned, workspace.submitted)
    return {p.relative_to(workspace.root).as_posix(): p.read_bytes() for f in places for p in f.iterdir()}


def test_more_money_lets_the_waiting_firms_move_up(workspace: Workspace) -> None:
    load_table(workspace, "fund", workspace.root / "市局资料" / "资金变动.xlsx", now=NOW, today=TODAY)
    assert Counter(r["资金安排"] for r in outcomes(workspace) if r["资金安排"]) == {
        "已报送": 384,
        "已安排": 8,
        "候补": 1,
    }
    with pytest.raises(FxRefused) as refused:
        submit.submit(workspace, now=NOW, today=TODAY)
    assert [x.insurer for x in refused.value.risks] == ["中国信保"]
    done, _, _ = submit.submit(workspace, now=NOW, today=TODAY, accept_fx=True)
    assert [(b.insurer, b.number, b.rows) for b in done] == [("中国信保", 2, 6), ("人保财险", 2, 2)]
    assert verify.verify(workspace, today=TODAY).wrong == []


def test_a_changed_cell_in_a_sheet_that_was_sent_is_named(workspace: Workspace, shown: Shown) -> None:
    path = workspace.submitted / shown.demo.submitted[0].file
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["N3"] = 1
    book.save(path)
    assert any("N3" in line for line in verify.verify(workspace, today=TODAY).wrong)


# ── what it says ──


def test_the_steps_are_the_main_job_in_order(shown: Shown) -> None:
    titles = [s.title.split(". ")[1] for s in shown.demo.steps]
    assert titles == [
        "建立工作区", "收件（第一轮）", "海关数据、在保名单、优先名单、汇率", "市级审核", "收件（第二轮：补正）",
        "资格与保费测算",
        "报送", "全面核验",
    ]  # fmt: skip
    assert [(t, n) for t, n, _ in shown.told] == [*zip(titles, range(8), strict=True), ("汇总", 8)]


def test_everything_fits_on_eighty_columns(shown: Shown) -> None:
    assert max(width(line) for s in shown.demo.steps for line in s.lines) <= 76
    assert max(width(line) for line in shown.demo.summary) <= 80


def test_no_phone_and_no_contact_is_on_the_screen(shown: Shown) -> None:
    text = "\n".join([*(line for s in shown.demo.steps for line in s.lines), *shown.demo.summary])
    people = {str(r["手机"]) for r in shown.sent} | {str(r["联系人"]) for r in shown.sent}
    assert len(people) > 384
    assert [p for p in people if p in text] == []


@pytest.mark.parametrize(
    "words",
    [
        ("企业", "270 家", "260 家", "251 家", "9 家"),
        ("企业", "140 家", "133 家", "133 家", "0 家"),
        ("财政扶持", "490.00 万元", "496.69 万元", "487.01 万元"),
        ("财政扶持", "10.00 万元", "12.34 万元"),
        ("合计", "500.00 万元", "509.02 万元", "499.34 万元", "9.68 万元"),
        ("中国信保", "4,500,000.00", "4,499,420.79", "579.21", "6 家", "7.0009"),
        ("人保财险", "500,000.00", "493,998.23", "6,001.77", "3 家", "7.0850"),
        ("等区里补正 6 家", "港闸区 4"),
    ],
)
def test_the_summary_shows_the_result_beside_the_plan(shown: Shown, words: tuple[str, ...]) -> None:
    assert any(all(w in line for w in words) for line in shown.demo.summary)


def test_the_summary_says_what_the_insurers_own_rate_would_cost(shown: Shown) -> None:
    """By hand from the sheets: the same premiums at 7.0883 and 7.0879."""
    cost = Decimal(0)
    exports = by_customs()
    for batch, fx in zip(shown.demo.submitted, ("7.0883", "7.0879"), strict=True):
        for row in cells(shown.workspace.submitted / batch.file):
            rate, share, least = map(Decimal, RATES[row["方案"]])
            premium = max(exports[row["统一社会信用代码"]] * rate, least)
            gross = (premium * Decimal(fx)).quantize(FEN, ROUND_HALF_UP)
            cost += (gross * share).quantize(FEN, ROUND_FLOOR)
    text = "".join(shown.demo.summary).replace(" ", "")  # the sentence may break anywhere
    wan = (cost / 10_000).quantize(FEN, ROUND_HALF_UP)
    assert f"已报送的财政扶持为{wan}万元" in text
    assert f"超出总盘子{wan - 500}万元" in text


@pytest.mark.parametrize(
    "words",
    [
        ("D 方案 0.6 亿美元按费率应为 12.6 万元", "只列 10 万元", "140 张保单", "100 美元", "9.8 万元"),
        ("平均每家 42.86 万美元", "50 万美元"),
        ("全部为 A 只需 420 万元", "490 万元", "75% 投 A", "25% 投 B"),
        ("保费总额约 665 万元", "500 万元是财政扶持"),
    ],
    ids=["D is understated", "D's average is high", "490 needs a mix", "500 is no premium"],
)
def test_where_the_plans_own_figures_do_not_fit_it_says_so(words: tuple[str, ...]) -> None:
    notes = planning_notes(load("nantong-2019"))
    assert any(all(w in note for w in words) for note in notes)


# ── when it cannot ──


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "我的表.xlsx").write_bytes(b"x")
    with pytest.raises(Refusal, match="不是空文件夹，没有改动"):
        demo(tmp_path, EXAMPLES)
    assert [p.name for p in tmp_path.iterdir()] == ["我的表.xlsx"]


def test_a_missing_example_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="没有示例文件（缺 收件、补正、市局资料）"):
        demo(tmp_path / "新", tmp_path)
    assert not (tmp_path / "新").exists()


# ── plain text ──


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("区", 2), ("“区”", 6), ("1,234.50 元", 11), ("　", 2)],
)
def test_a_chinese_character_is_two_columns_wide(text: str, columns: int) -> None:
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("一二三四五", ["一二三四五"]),
        ("一二三四五六", ["一二三四五", "  六"]),
        ("一二三四五，六", ["一二三四", "  五，六"]),
        ("一二三四“五", ["一二三四", "  “五"]),
        ("一二三 12345", ["一二三", "  12345"]),
        ("123456789012345", ["123456789012345"]),
    ],
    ids=["fits", "breaks", "no stop begins a line", "no quote ends one", "numbers stay whole", "too long a word"],
)
def test_lines_break_where_a_reader_expects_it(text: str, lines: list[str]) -> None:
    assert wrapped(text, indent="  ", columns=10) == lines


def test_columns_line_up() -> None:
    assert table([["区", "1 家"], ["通州区", "118 家"]]) == ["区        1 家", "通州区  118 家"]
    assert (left("区", 4) + "|", "|" + right("区", 4)) == ("区  |", "|  区")


def test_the_day_of_the_demonstration_is_fixed() -> None:
    assert date(2019, 10, 8) == TODAY
