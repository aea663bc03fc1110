"""The live check of the district template, recalculated by LibreOffice and by IronCalc, against what it should say."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import ironcalc
import openpyxl
import pytest
import recalculated
import xlsxwriter
from stdnum.cn import uscc as oracle

from xltools.catalogue.columns import roster_columns
from xltools.catalogue.template import FIRST_ROW, ROSTER_SHEET
from xltools.scheme import Scheme, load
from xltools.scheme.model import Area
from xltools.sheets.district import livecheck
from xltools.sheets.district.template import write_template
from xltools.sheets.write import formulas

SCHEME = load("nantong-2019")
ENGINES: Mapping[str, Callable[[Path, Path], recalculated.Cells]] = {
    "LibreOffice": recalculated.by_libreoffice,
    "IronCalc": lambda path, folder: recalculated.by_ironcalc(path),
}
GOOD = "✔ 可报送"


def code(number: int) -> str:
    """A valid unified social credit code."""
    body = f"91320602MA1X{number:05d}"
    return body + oracle.calc_check_digit(body + "0")


def digit_codes() -> tuple[str, str]:
    """Two valid codes of 18 digits that differ in the last three only: one number to COUNTIF."""
    bodies = [f"913206001380000{n:02d}" for n in range(100)]
    found = [c for body in bodies if (c := body + oracle.calc_check_digit(body + "0")).isdigit()]
    return found[0], found[1]


def clean(number: int) -> dict[str, Any]:
    """A row with nothing to remark."""
    return {
        "name": f"南通示例{number}有限公司", "uscc": code(number), "customs_code": "3206960017", "area": "崇川区",
        "contact": "张三", "phone": "13800000000", "exports": Decimal("3500000.00"), "insured": "未投保",
        "received": datetime(2019, 9, 5, 9, 30), "opinion": "同意", "reviewer": "李四", "reviewed": date(2019, 9, 6),
    }  # fmt: skip


REQUIRED = (
    "✘ 企业名称：没有填；统一社会信用代码：没有填；海关注册编码：没有填；所属区：没有填；联系人：没有填；手机：没有填；"
    "2018年出口额：没有填；已投保情况：没有填"
)
USCC, EXPORTS, KEY = "✘ 统一社会信用代码：", "✘ 2018年出口额：", "✘ 对美出口额："
CHOICE, PHONE = "不在下拉选项之内", "✘ 手机：不是手机、固话或 400/800 号码"
WISH = "✘ 申请方案："
GAP = " ⓘ 出口额在0至50万美元与300万至3000万美元之间，可改报省级平台"
ABOVE = " ⓘ 出口额高于300万至3000万美元，不在平台区间"
RECEIVED = "✘ 材料齐全时间："
NOT_TIME = RECEIVED + "不是日期，请写成 2019-09-05 09:30"
UPPER_ONLY = "只适用于出口额300万至3000万美元"
LETTERS = USCC + "有不允许的字符（只用数字和大写字母，没有 I、O、S、V、Z）"
WINDOW = " ⓘ 材料齐全时间不在收件期（2019-01-01至2020-08-31）"
TOTAL = "✘ 企业名称：像是合计行，请删去本行"
TWICE = "统一社会信用代码：与第 {%s} 行重复"
LEAST_SHARE, LEAST_EXPORTS = "方案C要求对美出口额占全年 90% 以上", "方案C要求对美出口额 500 万美元以上"
PLAN_C: dict[str, Any] = {
    "wish": "C",
    "policy": "是",
    "exports": Decimal(10_000_000),
    "key_exports": Decimal(9_000_000),
}
NUMBERS = "✘ 优先条件：请填序号，多个用逗号分开，如 1,3"
FIVE = Decimal(5_000_000)
DIGITS = digit_codes()

CASES: Sequence[tuple[str, dict[str, Any] | None, str]] = (
    # sentence, what differs from a clean row (None: an empty row), what the check says; {next} and {previous} are rows
    ("a clean row can be sent", {}, GOOD),
    ("an empty row says nothing", None, ""),
    ("only 序号 does not begin a row", {"only": {"no": 7}}, ""),
    ("one remark begins a row and every required cell is missed", {"only": {"remark": "新报"}}, REQUIRED),
    ("one cell of spaces counts as not filled in", {"contact": "  "}, "✘ 联系人：没有填"),
    ("two reasons are joined", {"contact": None, "phone": None}, "✘ 联系人：没有填；手机：没有填"),
    ("a total row is named as one, and nothing else is said", {"name": " 合 计", "uscc": None}, TOTAL),
    ("合计 in 序号 is a total row as well", {"no": "合计", "name": None}, TOTAL),
    ("a name may contain 合计", {"name": "南通合计贸易有限公司"}, GOOD),
    # unified social credit code
    ("a code of 17 places", {"uscc": code(901)[:17]}, USCC + "应为 18 位，现为 17 位"),
    ("a code of 19 places", {"uscc": code(902) + "0"}, USCC + "应为 18 位，现为 19 位"),
    ("a code with the letter O", {"uscc": "91320602MO1X00017N"}, LETTERS),
    ("a code with a full stop", {"uscc": "91320602MA1X0001.N"}, LETTERS),
    ("a code with a wrong check digit", {"uscc": "91320600138300659R"}, USCC + "校验位不对"),
    ("another code with a wrong check digit", {"uscc": "91310000132207927X"}, USCC + "校验位不对"),
    ("a genuine code", {"uscc": "91110000600037341L"}, GOOD),
    ("a code in small letters", {"uscc": "9111010856368328xf"}, GOOD),
    ("a code with spaces in it", {"uscc": " 91350100 M000100Y43"}, GOOD),
    ("the first of two equal codes", {"uscc": code(903)}, USCC + "与第 {next} 行重复"),
    ("the second of two equal codes", {"uscc": code(903)}, USCC + "与第 {previous} 行重复"),
    ("a wrong code that stands twice", {"uscc": "91320600138300650R"}, USCC + "校验位不对；" + TWICE % "next"),
    ("a wrong code that stood before", {"uscc": "91320600138300650R"}, USCC + "校验位不对；" + TWICE % "previous"),
    ("18 digits are not rounded to 15 when compared", {"uscc": DIGITS[0]}, GOOD),
    ("18 other digits with the same 15 in front are another firm", {"uscc": DIGITS[1]}, GOOD),
    # customs code, phone, choices
    ("a customs code of 9 characters", {"customs_code": "320696001"}, "✘ 海关注册编码：应为 10 位，现为 9 位"),
    ("a customs code in scientific notation", {"customs_code": "3.20696E+09"}, "✘ 海关注册编码：应为 10 位，现为 11 位"),
    ("a customs code with letters", {"customs_code": "3206W60R01"}, GOOD),
    ("a phone that is too short", {"phone": "1380000000"}, PHONE),
    ("a phone with words", {"phone": "13800000000张"}, PHONE),
    ("a landline with area code", {"phone": "0513-85000000"}, GOOD),
    ("an area that is not of the platform", {"area": "开发区"}, "✘ 所属区：" + CHOICE),
    ("an area outside is information", {"area": "其他"}, GOOD + " ⓘ 所属区为“其他”，不在平台区域"),
    ("a wish for a plan that there is not", {"wish": "E"}, WISH + CHOICE),
    ("an insurer that there is not", {"insurer": "平安"}, "✘ 意向保险人：" + CHOICE),
    ("a district's opinion in other words", {"opinion": "通过"}, "✘ 区级审核意见：" + CHOICE),
    ("a size that there is not", {"size": "中小型"}, "✘ 企业规模：" + CHOICE),
    ("an insured firm is information", {"insured": "已投保"}, GOOD + " ⓘ 已投保的企业不符合条件"),
    ("a renewal of this platform is fine", {"insured": "平台续保"}, GOOD),
    ("one priority condition", {"priorities": "2"}, GOOD),
    ("priority conditions by Chinese comma and space", {"priorities": "1， 3,6"}, GOOD),
    ("a priority condition that there is not", {"priorities": "1,7"}, NUMBERS),
    ("priority conditions without commas", {"priorities": "13"}, NUMBERS),
    # amounts
    ("an amount in words", {"exports": "约300万"}, EXPORTS + "不是数字"),
    ("two figures in one cell", {"exports": "300000 200000"}, EXPORTS + "不是数字"),
    ("a figure with a mark", {"exports": "300000²"}, EXPORTS + "不是数字"),
    ("a negative amount", {"exports": Decimal("-3000000")}, EXPORTS + "是负数"),
    ("an amount finer than a cent", {"exports": Decimal("3500000.005")}, EXPORTS + "最多两位小数"),
    ("a large amount with cents", {"exports": Decimal("29999999.99")}, GOOD),
    ("no exports at all are fine", {"exports": 0}, GOOD),
    ("last year's exports in words", {"before": "无"}, "✘ 2017年出口额：不是数字"),
    ("last year's exports above this year's are fine", {"before": Decimal(9_000_000)}, GOOD),
    ("exports to the US above the total", {"key_exports": Decimal("3500000.01")}, KEY + "大于2018年出口额"),
    ("exports to the US equal to the total", {"key_exports": Decimal("3500000.00")}, GOOD),
    ("one region above the total", {"region_africa": Decimal(4_000_000)}, "✘ 非洲出口额：大于2018年出口额"),
    ("the last region above the total", {"region_central_asia": Decimal(4_000_000)}, "✘ 中亚出口额：大于2018年出口额"),
    ("a negative region", {"region_middle_east": -1}, "✘ 中东出口额：是负数"),
    ("a region finer than a cent", {"region_eastern_europe": Decimal("1.001")}, "✘ 东欧出口额：最多两位小数"),
    ("a region is not compared with a total in words", {"exports": "三百万", "region_africa": 5}, EXPORTS + "不是数字"),
    # bands
    ("the top of the lower band belongs to it", {"exports": Decimal("500000.00")}, GOOD),
    ("a cent above the lower band", {"exports": Decimal("500000.01")}, GOOD + GAP),
    ("a cent below the upper band", {"exports": Decimal("2999999.99")}, GOOD + GAP),
    ("the foot of the upper band belongs to it", {"exports": Decimal("3000000.00")}, GOOD),
    ("the top of the upper band belongs to it", {"exports": Decimal("30000000.00")}, GOOD),
    ("a cent above the upper band", {"exports": Decimal("30000000.01")}, GOOD + ABOVE),
    ("between the bands the wish is not judged", {"exports": Decimal(1_000_000), "wish": "A"}, GOOD + GAP),
    # plans
    ("plan A in the upper band", {"wish": "A"}, GOOD),
    ("plan D in the upper band", {"wish": "D"}, WISH + "方案D只适用于出口额0至50万美元"),
    ("plan D in the lower band", {"wish": "D", "exports": Decimal(400_000)}, GOOD),
    ("plan A in the lower band", {"wish": "A", "exports": Decimal(400_000)}, WISH + "方案A" + UPPER_ONLY),
    ("plan B in the lower band", {"wish": "B", "exports": Decimal(400_000)}, WISH + "方案B" + UPPER_ONLY),
    ("plan C in the lower band", PLAN_C | {"exports": Decimal(400_000), "key_exports": None},
     WISH + "方案C" + UPPER_ONLY),
    ("plan B with the promise", {"wish": "B", "copay": "是"}, GOOD),
    ("plan B without the promise", {"wish": "B"}, "✘ 承诺自缴保费：申请方案B须填“是”"),
    ("plan B with the promise refused", {"wish": "B", "copay": "否"}, "✘ 承诺自缴保费：申请方案B须填“是”"),
    ("plan C with exactly 90 %", PLAN_C, GOOD),
    ("plan C a cent below 90 %", PLAN_C | {"key_exports": Decimal("8999999.99")}, WISH + LEAST_SHARE),
    ("plan C with exactly 5,000,000 to the US", PLAN_C | {"exports": FIVE, "key_exports": FIVE}, GOOD),
    ("plan C a cent below 5,000,000", PLAN_C | {"exports": FIVE, "key_exports": Decimal("4999999.99")},
     WISH + LEAST_EXPORTS),
    ("plan C without the policy tick", PLAN_C | {"policy": "否"}, WISH + "方案C须政策导向为“是”"),
    ("plan C without exports to the US", PLAN_C | {"key_exports": None},
     WISH + "方案C须填对美出口额（在折叠的补充列）"),
    ("plan C with nothing that it asks for", PLAN_C | {"key_exports": Decimal(1), "policy": None},
     WISH + LEAST_SHARE + "；申请方案：" + LEAST_EXPORTS + "；申请方案：方案C须政策导向为“是”"),
    # dates
    ("agreed without a time", {"received": None}, RECEIVED + "区级同意时必填"),
    ("not yet agreed and without a time", {"received": None, "opinion": "补正"}, GOOD),
    ("no opinion and no time", {"received": None, "opinion": None}, GOOD),
    ("a day that there is not", {"received": "2019-09-31 10:00"}, NOT_TIME),
    ("a time in words", {"received": "九月五日上午"}, NOT_TIME),
    ("a time alone, as Excel keeps it", {"received": datetime(1900, 1, 1, 16, 30)}, NOT_TIME),
    ("a time before the scheme had a reason", {"received": datetime(2016, 12, 31, 23, 59)}, NOT_TIME),
    ("a time of the earliest year", {"received": datetime(2017, 1, 1, 9)}, GOOD + WINDOW),
    ("a review of another century", {"reviewed": date(1919, 9, 6)}, "✘ 区级审核日期：不是日期，请写成 2019-09-06"),
    ("a time in the future", {"received": datetime(2999, 1, 1, 8)}, RECEIVED + "晚于今天" + WINDOW),
    ("a date without a time of day", {"received": date(2019, 9, 5)}, GOOD + " ⓘ 材料齐全时间没有几点几分"),
    ("a time before the window", {"received": datetime(2018, 12, 31, 23, 59)}, GOOD + WINDOW),
    ("the first minute of the window", {"received": datetime(2019, 1, 1, 0, 1)}, GOOD),
    ("the last minute of the window", {"received": datetime(2020, 8, 31, 23, 59)}, GOOD),
    ("a review in the future", {"reviewed": date(2999, 1, 1)}, "✘ 区级审核日期：晚于今天"),
    ("a review in words", {"reviewed": "昨天"}, "✘ 区级审核日期：不是日期，请写成 2019-09-06"),
    # injected text
    ("a name that looks like a formula stays text", {"name": "=1+1"}, GOOD),
    ("a code that looks like a formula is no code", {"uscc": "=CMD|' /C calc'!A0"}, USCC + "应为 18 位，现为 16 位"),
)  # fmt: skip


def rows(cases: Sequence[tuple[str, dict[str, Any] | None, str]]) -> list[dict[str, Any]]:
    out = []
    for number, (_, change, _said) in enumerate(cases):
        if change is None:
            out.append({"no": ""})
        else:
            out.append(change.get("only") or clean(number) | change)
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checked")


@pytest.fixture(scope="module")
def said(folder: Path) -> dict[str, list[str]]:
    """By engine: what 填报检查 says in the rows of CASES and in the rows behind them."""
    path = folder / "cases.xlsx"
    write_template(path, SCHEME, district="崇川区", rows=rows(CASES), spare=3)
    return {name: checks(engine(path, folder), len(CASES) + 3) for name, engine in ENGINES.items()}


def checks(cells: recalculated.Cells, count: int) -> list[str]:
    letter = xlsxwriter.utility.xl_col_to_name(len(roster_columns(SCHEME)) - 1)
    return [cells[ROSTER_SHEET].get(f"{letter}{FIRST_ROW + i}", "") for i in range(count)]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("place", range(len(CASES)), ids=[sentence for sentence, _, _ in CASES])
def test_the_check_says(engine: str, place: int, said: dict[str, list[str]]) -> None:
    row = FIRST_ROW + place
    assert said[engine][place] == CASES[place][2].format(next=row + 1, previous=row - 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_spare_rows_say_nothing(engine: str, said: dict[str, list[str]]) -> None:
    assert said[engine][len(CASES) :] == ["", "", ""]


# ── what cannot be given as a value; for LibreOffice through openpyxl, as a returned file goes ──
CHANGED: Sequence[tuple[str, str, object, str]] = (
    # sentence, cell of a clean row, what somebody puts there, what the check says
    ("a code that became a number", "C", 913206001380000116, USCC + "被存成了数字，请设为文本格式后重填"),
    ("a phone that became a number", "G", 13800138001, GOOD),
    ("a customs code that became a number", "D", 3206960017, GOOD),
    ("a customs code that lost its zero", "D", 206960017, "✘ 海关注册编码：应为 10 位，现为 9 位"),
    ("a phone that was shown as 1.38E+10", "G", 13800000000, "✘ 手机：被存成了数字，请设为文本格式后重填"),
    (
        "a customs code that was shown as 3.20696E+09",
        "D",
        3206960000,
        "✘ 海关注册编码：被存成了数字，请设为文本格式后重填",
    ),
    ("a time without a date", "O", 0.6875, NOT_TIME),
    ("a blank that became 0", "O", 0, NOT_TIME),
    ("an error value", "H", "=NA()", "✘ 本行有公式错误值（如 #N/A），请改为正确的内容"),
    ("an amount by formula", "H", "=3000000+0.1+0.2", GOOD),
    ("a date that is a number of 8 digits", "O", 20190905, NOT_TIME),
    ("a negative date", "O", -5, NOT_TIME),
)


@pytest.fixture(scope="module")
def said_after(folder: Path) -> dict[str, list[str]]:
    path, changed = folder / "clean.xlsx", folder / "changed.xlsx"
    write_template(path, SCHEME, district="崇川区", rows=[clean(n) for n in range(len(CHANGED))], spare=3)
    book, model = openpyxl.load_workbook(path), ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    for row, (_, letter, value, _said) in enumerate(CHANGED, FIRST_ROW):
        book[ROSTER_SHEET][f"{letter}{row}"].value = value
        put = model.update_cell_with_formula if isinstance(value, str) else model.update_cell_with_number
        put(0, row, ironcalc.column_number_from_name(letter), value)
    book.save(changed)
    return {
        "LibreOffice": checks(recalculated.by_libreoffice(changed, folder), len(CHANGED)),
        "IronCalc": checks(recalculated.evaluated(model), len(CHANGED)),
    }


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("place", range(len(CHANGED)), ids=[sentence for sentence, *_ in CHANGED])
def test_the_check_says_of_a_changed_cell(engine: str, place: int, said_after: dict[str, list[str]]) -> None:
    assert said_after[engine][place] == CHANGED[place][3]


# ── the check digit, against python-stdnum ──
def some_codes(count: int = 400) -> list[str]:
    """Codes of right length and alphabet, half of them valid; fixed seed."""
    dice = random.Random(32100)
    out = []
    for number in range(count):
        body = "91" + "".join(dice.choices("0123456789", k=6)) + "".join(dice.choices(formulas.USCC_ALPHABET, k=9))
        right = body + oracle.calc_check_digit(body + "0")
        place, other = dice.randrange(2, 18), dice.choice(formulas.USCC_ALPHABET[:10])
        out.append(right if number % 2 else right[:place] + other + right[place + 1 :])
    return out


@pytest.mark.parametrize("engine", ENGINES)
def test_the_check_digit_is_python_stdnums(engine: str, folder: Path) -> None:
    codes = some_codes()
    path = folder / f"codes-{engine}.xlsx"
    write_template(path, SCHEME, district="崇川区", rows=[clean(0) | {"uscc": c} for c in codes], spare=0)
    found = checks(ENGINES[engine](path, folder), len(codes))
    accepted = {c for c, words in zip(codes, found, strict=True) if "校验位不对" not in words and "不允许" not in words}
    assert accepted == {c for c in codes if oracle.is_valid(c)}
    assert 150 < len(accepted) < 300


# ── the vocabulary by itself ──
PHONES = {
    "13800000000": True, "138 0000 0000": True, "19912345678": True, "12800000000": False, "1380000000": False,
    "138000000000": False, "0513-85000000": True, "051385000000": True, "010-65000000": True,
    "0513-85000000-8012": True,
    "0513850": False, "85000000": True, "8500000": True, "850000": False, "85000000-801": True, "850000001": False,
    "400-800-1234": True, "8008001234": True, "电话": False, "1.38E+10": False, "": False,
}  # fmt: skip
WORDS: Sequence[tuple[str, str, object, bool]] = (
    # sentence, condition on A1, what A1 holds, whether it holds
    *((f"the phone “{words}”", formulas.phone("$A1"), words, good) for words, good in PHONES.items()),
    ("what floating point adds is no third decimal", formulas.finer_than_cent("$A1"), "=0.1+0.2", False),
    ("nor in a large sum", formulas.finer_than_cent("$A1"), "=29999999.1+0.2", False),
    ("half a cent is one", formulas.finer_than_cent("$A1"), 29999999.995, True),
    ("a thousandth of a cent is one", formulas.finer_than_cent("$A1"), 100.00001, True),
    ("500,000 by floating point is in the band", formulas.in_band("$A1", SCHEME.bands[0]), "=499999.9+0.1", True),
    ("a cent more is not", formulas.in_band("$A1", SCHEME.bands[0]), 500000.01, False),
    ("a third is reached by a third", formulas.share_at_least("$A1", "3", Decimal("0.3333")), 1, True),
    ("four numbers in any order", formulas.numbers_joined("$A1", ("1", "2", "3", "10")), "10,3,1", True),
    ("the same number twice", formulas.numbers_joined("$A1", ("1", "2")), "1,1,1", True),
    ("11 is not twice 1", formulas.numbers_joined("$A1", ("1", "2")), "11", False),
    ("text that names a choice", formulas.among("$A1", ("是", "否")), "是", True),
    ("text that names none", formulas.among("$A1", ("是", "否")), "可", False),
)  # fmt: skip


@pytest.fixture(scope="module")
def held(folder: Path) -> dict[str, list[bool]]:
    path = folder / "words.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("条件")
    for row, (_, condition, value, _held) in enumerate(WORDS):
        if isinstance(value, str) and value.startswith("="):
            sheet.write_formula(row, 0, value, None, "")
        elif value != "":
            (sheet.write_string if isinstance(value, str) else sheet.write_number)(row, 0, value)
        sheet.write_formula(row, 1, f"=IF({condition.replace('$A1', f'$A{row + 1}')},1,0)", None, "")
    book.close()
    found = {name: engine(path, folder)["条件"] for name, engine in ENGINES.items()}
    return {name: [bool(cells[f"B{r + 1}"]) for r in range(len(WORDS))] for name, cells in found.items()}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("place", range(len(WORDS)), ids=[sentence for sentence, *_ in WORDS])
def test_the_condition_holds(engine: str, place: int, held: dict[str, list[bool]]) -> None:
    assert held[engine][place] is WORDS[place][3]


# ── other schemes: nothing is typed into the code ──
def with_areas(scheme: Scheme) -> Scheme:
    return scheme.model_copy(update={"areas": tuple(Area(name=f"第{n}号示范经济技术开发区") for n in range(1, 41))})


def with_open_top(scheme: Scheme) -> Scheme:
    upper = scheme.bands[1].model_copy(update={"max": None, "title": "300万美元以上"})
    return scheme.model_copy(update={"bands": (scheme.bands[0], upper)})


def with_one_band(scheme: Scheme) -> Scheme:
    plans = tuple(p for p in scheme.plans if p.band == "upper")
    return scheme.model_copy(update={"bands": (scheme.bands[1],), "plans": plans, "gap_hint": ""})


OTHERS: Sequence[tuple[str, Callable[[Scheme], Scheme], dict[str, Any], str]] = (
    ("a choice of a list too long for a cell", with_areas, {"area": "第40号示范经济技术开发区"}, GOOD),
    ("none of a list too long for a cell", with_areas, {"area": "崇川区"}, "✘ 所属区：" + CHOICE),
    ("a band without an upper end", with_open_top, {"exports": Decimal(90_000_000)}, GOOD),
    ("below it the gap is named", with_open_top, {"exports": Decimal(600_000)},
     GOOD + " ⓘ 出口额在0至50万美元与300万美元以上之间，可改报省级平台"),
    ("below the only band", with_one_band, {"exports": Decimal(600_000)},
     GOOD + " ⓘ 出口额低于300万至3000万美元，不在平台区间"),
    ("a plan that went with its band", with_one_band, {"wish": "D"}, WISH + CHOICE),
)  # fmt: skip


@pytest.mark.parametrize(("change", "row", "expected"), [c[1:] for c in OTHERS], ids=[c[0] for c in OTHERS])
def test_the_check_follows_the_scheme(
    change: Callable[[Scheme], Scheme], row: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    path = tmp_path / "other.xlsx"
    area = {"area": "第1号示范经济技术开发区"} if change is with_areas else {}
    write_template(path, change(SCHEME), district="某区", rows=[clean(1) | area | row], spare=0)
    assert checks(recalculated.by_ironcalc(path), 1) == [expected]


def test_libreoffice_looks_up_a_list_too_long_for_a_cell(tmp_path: Path) -> None:
    path, area = tmp_path / "other.xlsx", {"area": "第40号示范经济技术开发区"}
    write_template(path, with_areas(SCHEME), district="某区", rows=[clean(1) | area, clean(2)], spare=0)
    assert checks(recalculated.by_libreoffice(path, tmp_path), 2) == [GOOD, "✘ 所属区：" + CHOICE]


# ── what Excel takes ──
EXCEL_2016 = {
    "ABS", "AND", "COUNT", "COUNTA", "COUNTIF", "COUNTIFS", "DATE", "FIND", "IF", "IFERROR", "INT", "ISNUMBER", "LEFT",
    "LEN", "MATCH", "MID", "MOD", "N", "NOT", "OR", "REPT", "ROUND", "ROW", "SUBSTITUTE", "SUM", "SUMIF", "SUMIFS",
    "SUMPRODUCT", "TODAY", "TRIM", "UPPER",
}  # fmt: skip


def grid(last: int = 1_048_576) -> formulas.Grid:
    letters = {c.field: xlsxwriter.utility.xl_col_to_name(i) for i, c in enumerate(roster_columns(SCHEME))}
    return formulas.Grid(letters, FIRST_ROW, last, {})


def test_the_check_stays_within_excels_limits() -> None:
    formula = livecheck.check(SCHEME, grid(), FIRST_ROW)
    constants = re.findall(r'"((?:[^"]|"")*)"', formula)
    bare = re.sub(r'"(?:[^"]|"")*"', '""', formula)
    deep = most = 0
    for letter in bare:
        deep += (letter == "(") - (letter == ")")
        most = max(most, deep)
    assert len(formula) < 7_500  # Excel takes 8,192; the rest is for a scheme with more plans or regions
    assert max(map(len, constants)) <= 255
    assert most < 64
    assert deep == 0
    assert set(re.findall(r"([A-Z][A-Z0-9.]*)\(", bare)) <= EXCEL_2016
    assert "!" not in bare  # a sheet's own name would be left behind when rows are sorted
    assert set(re.findall(r"\$[A-Z]+(\d+)", bare)) <= {str(FIRST_ROW), str(FIRST_ROW + 1)}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param(formulas.text('说"是"'), '"说""是"""', id="quotes in a text are doubled"),
        pytest.param(formulas.number(Decimal("5E+6")), "5000000", id="no number has an exponent"),
        pytest.param(formulas.number(Decimal("0.90")), "0.9", id="no number has idle zeros"),
        pytest.param(formulas.number(Decimal("100")), "100", id="but keeps those that count"),
        pytest.param(formulas.day(date(2019, 9, 1)), "DATE(2019,9,1)", id="a date under every locale"),
        pytest.param(formulas.ref(grid(), "exports", 7), "$H7", id="a cell: column fixed, row free"),
        pytest.param(formulas.span(grid(504), "exports"), "$H$5:$H$504", id="a column: all fixed"),
        pytest.param(formulas.span(grid(504), "uscc", "表'一"), "'表''一'!$C$5:$C$504", id="a column of another sheet"),
        pytest.param(formulas.when("A1>0", '""'), '""', id="a condition without consequence is nothing"),
        pytest.param(formulas.joined(['""', '"a"', '""', '"b"']), '"a"&"b"', id="nothing is left out of a text"),
        pytest.param(formulas.joined([]), '""', id="no texts are nothing"),
        pytest.param(formulas.fits_inline(["a" * 127, "b" * 127]), True, id="255 characters fit inline"),
        pytest.param(formulas.fits_inline(["a" * 128, "b" * 127]), False, id="256 do not"),
        pytest.param(formulas.fits_inline(["甲,乙"]), False, id="a comma does not"),
    ],
)
def test_the_vocabulary_writes(made: object, expected: object) -> None:
    assert made == expected
