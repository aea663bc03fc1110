"""The district template: what DESIGN §4 promises its readers, the district's office, and openpyxl."""

from __future__ import annotations

import hashlib
import re
import subprocess
import warnings
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import ironcalc
import openpyxl
import pytest
import recalculated
import schemacheck
from converting import convert
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from xltools.catalogue.columns import by_field, roster_columns
from xltools.catalogue.template import GUIDE_SHEET, ROSTER_SHEET, STAMP_SHEET, VERSION_SHEET
from xltools.scheme import load
from xltools.scheme.model import Area
from xltools.sheets.district.rosterpage import as_cell
from xltools.sheets.district.template import write_template

SCHEME = load("nantong-2019")
LONG_AREAS = SCHEME.model_copy(update={"areas": tuple(Area(name=f"第{n}号示范经济技术开发区") for n in range(1, 41))})

# Typed here from DESIGN §4, on purpose not taken from the catalogue.
HEADINGS = re.split(
    r"\s",
    """\
序号 企业名称* 统一社会信用代码* 海关注册编码* 所属区* 联系人* 手机* 2018年出口额(美元)* 申请方案 承诺自缴保费
意向保险人 已投保情况* 优先条件 政策导向 材料齐全时间 区级审核意见 区级审核人 区级审核日期
2017年出口额(美元) 对美出口额(美元) 拉美出口额(美元) 非洲出口额(美元) 中东出口额(美元) 东欧出口额(美元)
东南亚出口额(美元) 中亚出口额(美元) 注册地址 法定代表人 电子邮箱 企业规模 专精特新 备注 填报检查""",
)
SUPPLEMENT = HEADINGS[18:]
LETTER = {heading.rstrip("*"): get_column_letter(i) for i, heading in enumerate(HEADINGS, 1)}
CHECK = LETTER["填报检查"]

ROW: dict[str, Any] = {
    "name": "南通示例进出口有限公司", "uscc": "91320602MA1X00017N", "customs_code": "3206960017", "area": "崇川区",
    "contact": "张三", "phone": "13800000000", "exports": Decimal("3500000.00"), "insured": "未投保",
    "received": datetime(2019, 9, 5, 9, 30), "opinion": "同意", "reviewer": "李四", "reviewed": date(2019, 9, 6),
}  # fmt: skip
FIRMS: list[dict[str, Any]] = [
    ROW,
    ROW | {"uscc": "91320611MA1X00025J", "exports": Decimal("500000.00"), "wish": "D", "insurer": "人保财险"},
    ROW | {"uscc": "91320612MA1X00033U", "exports": Decimal("500000.01"), "opinion": "补正", "received": None},
    ROW | {"uscc": "91320671MA1X000415", "exports": Decimal("9999999.99"), "wish": "B", "insurer": "中国信保"},
    ROW | {"uscc": "91320613MA1X0005XW", "exports": "约300万", "opinion": None, "wish": "A"},
    ROW | {"uscc": "91320614MA1X00068B", "exports": None, "opinion": "不同意", "wish": "A"},
]


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "崇川区.xlsx"
    write_template(path, SCHEME, district="崇川区", round=2)
    return path


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "filled.xlsx"
    write_template(path, SCHEME, district="崇川区", rows=FIRMS, spare=10)
    return path


@pytest.fixture(scope="module")
def book(blank: Path) -> Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # openpyxl warns of what it would lose
        return openpyxl.load_workbook(blank)


# ── what readers rely on ──
def test_headings_are_those_of_the_contract(book: Workbook) -> None:
    assert [cell.value for cell in book[ROSTER_SHEET][4]] == HEADINGS


def test_sheets_are_those_of_the_contract_and_only_the_last_is_hidden(blank: Path) -> None:
    sheets = CalamineWorkbook.from_path(blank).sheets_metadata
    assert [(s.name, s.visible == SheetVisibleEnum.Visible) for s in sheets] == [
        ("企业投保申请汇总表", True), ("汇总盖章页", True), ("填写说明", True), ("版本", False),
    ]  # fmt: skip


def test_the_hidden_sheet_says_version_scheme_district_and_round(blank: Path) -> None:
    assert CalamineWorkbook.from_path(blank).get_sheet_by_name(VERSION_SHEET).to_python() == [
        ["项目", "值"], ["模板版本", "1"], ["方案", "nantong-2019"], ["区", "崇川区"], ["轮次", 2.0],
    ]  # fmt: skip


def test_values_stand_in_their_cells_as_their_kind_asks(filled: Path) -> None:
    sheet = openpyxl.load_workbook(filled)[ROSTER_SHEET]
    found = {h: (sheet[f"{LETTER[h]}5"].value, sheet[f"{LETTER[h]}5"].number_format) for h in LETTER}
    assert {h: v for h, v in found.items() if v[0] is not None and h != "填报检查"} == {
        "序号": (1, "0"),
        "企业名称": ("南通示例进出口有限公司", "@"),
        "统一社会信用代码": ("91320602MA1X00017N", "@"),
        "海关注册编码": ("3206960017", "@"),
        "所属区": ("崇川区", "@"),
        "联系人": ("张三", "@"),
        "手机": ("13800000000", "@"),
        "2018年出口额(美元)": (3_500_000, "#,##0.00"),
        "已投保情况": ("未投保", "@"),
        "材料齐全时间": (datetime(2019, 9, 5, 9, 30), "yyyy-mm-dd hh:mm"),
        "区级审核意见": ("同意", "@"),
        "区级审核人": ("李四", "@"),
        "区级审核日期": (datetime(2019, 9, 6), "yyyy-mm-dd"),
    }


@pytest.mark.parametrize(
    ("field", "given", "written"),
    [
        pytest.param("exports", Decimal("1234.50"), 1234.5, id="an amount is a number"),
        pytest.param("exports", 7, 7.0, id="a whole amount is a number"),
        pytest.param("exports", "1,234.50", "1,234.50", id="an amount given as text stays text"),
        pytest.param("exports", Decimal("12345678901234.567"), "12345678901234.567", id="17 digits stay readable"),
        pytest.param("exports", Decimal("NaN"), "NaN", id="what is no number is text"),
        pytest.param("exports", Decimal("1E+400"), "1" + "0" * 400, id="what no cell holds is text"),
        pytest.param("phone", 13800000000, "13800000000", id="a phone given as a number becomes text"),
        pytest.param("uscc", Decimal("1E+17"), "100000000000000000", id="a code has no exponent"),
        pytest.param("received", "2019年9月31日", "2019年9月31日", id="a day that there is not stays text"),
        pytest.param("received", datetime(2019, 9, 5, 9, 30), datetime(2019, 9, 5, 9, 30), id="a time is a time"),
        pytest.param("reviewed", date(1899, 12, 31), "1899-12-31", id="a day before Excel's first is text"),
        pytest.param("remark", date(2019, 9, 5), "2019-09-05", id="a date among texts is text"),
        pytest.param("remark", True, "True", id="a yes among texts is text"),
        pytest.param("remark", "长" * 40_000, "长" * 32_767, id="a cell holds 32,767 characters"),
        pytest.param("remark", None, "", id="nothing is nothing"),
    ],
)
def test_a_value_is_written_as(field: str, given: object, written: object) -> None:
    assert as_cell(by_field(SCHEME)[field], given) == written


@pytest.mark.parametrize("field", ["name", "uscc", "phone", "exports", "received", "remark"])
@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_text_never_starts_a_formula(field: str, start: str, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_template(path, SCHEME, district="崇川区", rows=[ROW | {field: start}], spare=0)
    cell = openpyxl.load_workbook(path)[ROSTER_SHEET].cell(
        5, [c.field for c in roster_columns(SCHEME)].index(field) + 1
    )
    assert (cell.value, cell.data_type, cell.quotePrefix) == (start, "s", True)


def test_a_given_serial_number_stays_and_a_missing_one_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_template(path, SCHEME, district="崇川区", rows=[ROW | {"no": "甲1"}, ROW, ROW | {"no": 7}], spare=1)
    sheet = openpyxl.load_workbook(path)[ROSTER_SHEET]
    assert [sheet[f"A{r}"].value for r in range(5, 9)] == ["甲1", 2, 7, None]


# ── what the office works with ──
def test_only_the_first_four_rows_are_locked(book: Workbook) -> None:
    sheet = book[ROSTER_SHEET]
    locked = {row for row in range(1, 505) for column in range(1, 34) if sheet.cell(row, column).protection.locked}
    open_ = [d for d in sheet.column_dimensions.values() if not d.protection.locked]
    assert locked == {1, 2, 3, 4}
    assert {c for d in open_ for c in range(d.min, d.max + 1)} == set(range(1, 16_385))  # rows below, and to the right
    assert [sheet.row_dimensions[r].protection.locked for r in (1, 2, 3, 4)] == [True] * 4


def test_the_sheet_is_protected_without_password_and_can_be_sorted_and_filtered(book: Workbook) -> None:
    protection = book[ROSTER_SHEET].protection
    forbidden = ("sort", "autoFilter", "insertRows", "deleteRows", "formatColumns", "formatRows")
    assert (protection.sheet, protection.password) == (True, None)
    assert [getattr(protection, name) for name in forbidden] == [False] * 6
    assert protection.insertColumns is True
    assert protection.deleteColumns is True


def test_the_filter_stands_on_the_headings_and_the_panes_are_frozen(book: Workbook) -> None:
    sheet = book[ROSTER_SHEET]
    assert (sheet.auto_filter.ref, sheet.freeze_panes) == (f"A4:{CHECK}504", "C5")


def test_the_supplement_is_folded_and_the_check_stays_in_sight(blank: Path) -> None:
    xml = ZipFile(blank).read("xl/worksheets/sheet1.xml").decode()
    columns = [dict(re.findall(r'(\w+)="([^"]*)"', c)) for c in re.findall(r"<col ([^>]*)/>", xml)]
    folded = [h for h, c in zip(HEADINGS, columns, strict=False) if c.get("hidden") and c.get("outlineLevel") == "1"]
    assert folded == SUPPLEMENT[:-1]
    assert columns[len(HEADINGS) - 1].get("collapsed") == "1"
    assert "hidden" not in columns[len(HEADINGS) - 1]


def test_required_headings_look_different(book: Workbook) -> None:
    fills = {cell.value: cell.fill.fgColor.rgb for cell in book[ROSTER_SHEET][4]}
    required = {h for h in HEADINGS if h.endswith("*")}
    assert {fills[h] for h in required} == {"FF1F4E79"}
    assert "FF1F4E79" not in {fills[h] for h in set(HEADINGS) - required}


def test_it_prints_on_a4_landscape_one_page_wide_with_headings_on_every_page(book: Workbook) -> None:
    sheet = book[ROSTER_SHEET]
    setup = sheet.page_setup
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (setup.paperSize, setup.orientation, setup.fitToWidth or 1, setup.fitToHeight) == (9, "landscape", 1, 0)
    assert sheet.print_title_rows == "$1:$4"
    assert "&P" in (sheet.oddFooter.center.text or "")
    assert "崇川区" in (sheet.oddFooter.left.text or "")


CHOICES = {
    "所属区": '"崇川区,通州区,港闸区,经济技术开发区,苏通科技产业园区,通州湾示范区,其他"',
    "申请方案": '"A,B,C,D"',
    "承诺自缴保费": '"是,否"',
    "意向保险人": '"中国信保,人保财险"',
    "已投保情况": '"未投保,平台续保,已投保"',
    "优先条件": '"1,2,3,4,5,6"',
    "政策导向": '"是,否"',
    "区级审核意见": '"同意,不同意,补正"',
    "企业规模": '"大型,中型,小型,微型"',
    "专精特新": '"否,专精特新,小巨人"',
}


def validations(book: Workbook) -> dict[str, Any]:
    found = {str(v.sqref): v for v in book[ROSTER_SHEET].data_validations.dataValidation}
    return {h: found[area] for h, letter in LETTER.items() if (area := f"{letter}5:{letter}504") in found}


def test_drop_downs_offer_the_choices_in_every_row(book: Workbook) -> None:
    assert {h: v.formula1 for h, v in validations(book).items() if v.type == "list"} == CHOICES


@pytest.mark.parametrize(
    ("heading", "kind", "operator", "first", "style"),
    [
        ("统一社会信用代码", "textLength", "equal", "18", "warning"),
        ("海关注册编码", "textLength", "equal", "10", "warning"),
        ("2018年出口额(美元)", "decimal", "greaterThanOrEqual", "0", "warning"),
        ("中亚出口额(美元)", "decimal", "greaterThanOrEqual", "0", "warning"),
        ("材料齐全时间", "date", None, "43101", "warning"),
        ("区级审核日期", "date", None, "43101", "warning"),
        ("申请方案", "list", None, '"A,B,C,D"', None),
        ("填报检查", "custom", None, "FALSE", None),
    ],
)
def test_a_column_takes(book: Workbook, heading: str, kind: str, operator: str, first: str, style: str) -> None:
    rule = validations(book)[heading]
    assert (rule.type, rule.operator, rule.formula1, rule.errorStyle) == (kind, operator, first, style)
    assert rule.showErrorMessage
    assert rule.errorTitle
    assert rule.error


def test_prompts_are_chinese_and_fit(book: Workbook) -> None:
    prompts = {h: (v.promptTitle, v.prompt) for h, v in validations(book).items() if v.prompt}
    assert prompts["手机"] == ("手机", "联系人手机；固定电话请带区号，如 0513-85000000")
    assert "2018年以来出口额同比增长" in prompts["优先条件"][1]
    assert all(len(title) <= 32 and len(words) <= 255 for title, words in prompts.values())


@pytest.mark.parametrize("scheme", [SCHEME, LONG_AREAS], ids=["inline lists", "a list too long to be inline"])
def test_no_validation_refers_to_another_sheet(scheme: Any, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_template(path, scheme, district="某区", spare=1)
    with ZipFile(path) as package:
        sheets = [package.read(n).decode() for n in package.namelist() if n.startswith("xl/worksheets/sheet")]
    rules = [f for xml in sheets for f in re.findall(r"<formula[12]>(.*?)</formula[12]>", xml)]
    assert len(rules) > 20
    assert [f for f in rules if "!" in f] == []
    assert not any("extLst" in xml for xml in sheets)


def test_a_list_too_long_to_be_inline_is_a_defined_name_on_a_hidden_sheet(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_template(path, LONG_AREAS, district="某区", spare=1)
    book = openpyxl.load_workbook(path)
    rules = {str(v.sqref): v.formula1 for v in book[ROSTER_SHEET].data_validations.dataValidation}
    assert rules["E5:E5"] if "E5:E5" in rules else rules["E5"] == "choices_area"
    assert book.defined_names["choices_area"].attr_text == "选项!$A$2:$A$42"
    assert (book["选项"]["A2"].value, book["选项"]["A42"].value) == ("第1号示范经济技术开发区", "其他")
    assert book["选项"].sheet_state == "hidden"
    assert book.sheetnames[0] == ROSTER_SHEET


def test_colours_follow_the_words_of_the_check(book: Workbook) -> None:
    rules = {str(c.sqref): [r.formula[0] for r in c.rules] for c in book[ROSTER_SHEET].conditional_formatting}
    assert rules["B5:B504 C5:C504 D5:D504 E5:E504 F5:F504 G5:G504 H5:H504 L5:L504"] == ['AND($AG5<>"",TRIM(B5)="")']
    assert rules["O5:O504"] == ['AND($P5="同意",TRIM(O5)="")']
    assert [f[:14] for f in rules["A5:AF504"]] == ["ISNUMBER(FIND("]
    assert [re.search("[✘ⓘ✔]", f)[0] for f in rules["AG5:AG504"]] == ["✘", "ⓘ", "✔"]  # type: ignore[index]


def test_every_offered_row_has_the_check_and_it_is_one_shared_formula(blank: Path, book: Workbook) -> None:
    sheet = book[ROSTER_SHEET]
    formulas = [sheet[f"{CHECK}{row}"].value for row in range(5, 505)]
    assert [f[:20] for f in formulas] == [f"=IF(COUNTA($B{r}:$AF{r})"[:20] for r in range(5, 505)]
    assert sheet[f"{CHECK}505"].value is None
    xml = ZipFile(blank).read("xl/worksheets/sheet1.xml").decode()
    assert xml.count(f'<f t="shared" ref="{CHECK}5:{CHECK}504" si="0">') == 1
    assert xml.count('<f t="shared" si="0"/><v></v>') == 499
    assert len(xml) < 500_000


# ── 汇总盖章页 and 填写说明 ──
STAMP = {
    "申请企业数": (6, 14_500_000.00), "其中：填报检查 ✔": (3, 4_500_000.01),
    "　　　填报检查 ✘（请改正后再报）": (3, 9_999_999.99),
    "同意": (3, 13_999_999.99), "不同意": (1, 0), "补正": (1, 500_000.01), "未填写": (1, 0),
    "A": (2, 0), "B": (1, 9_999_999.99), "C": (0, 0), "D": (1, 500_000.00),
    "未填写（按规定自动确定）": (2, 4_000_000.01),
    "0至50万美元": (1, 500_000.00), "300万至3000万美元": (2, 13_499_999.99), "不在上述区间": (1, 500_000.01),
    "出口额没有填或不是数字": (2, None),
    "中国信保": (1, 9_999_999.99), "人保财险": (1, 500_000.00), "未填写（默认中国信保）": (4, 4_000_000.01),
    "合计": (6, 14_500_000.00),
}  # fmt: skip


@pytest.mark.parametrize("engine", ["LibreOffice", "IronCalc"])
def test_the_stamp_page_adds_up(engine: str, filled: Path, tmp_path: Path) -> None:
    libre = engine == "LibreOffice"
    cells = recalculated.by_libreoffice(filled, tmp_path) if libre else recalculated.by_ironcalc(filled)
    page = cells[STAMP_SHEET]
    counts = {address[1:]: value for address, value in page.items() if re.fullmatch(r"B\d+", address)}
    rows = [row for row, value in counts.items() if isinstance(value, float)]
    found = {page[f"A{row}"]: (counts[row], round(page.get(f"C{row}") or 0, 2)) for row in rows}
    assert found == {label: (firms, round(exports or 0, 2)) for label, (firms, exports) in STAMP.items()}


def test_rows_typed_below_the_offered_ones_count_on_the_stamp_page(filled: Path) -> None:
    model = ironcalc.load_from_xlsx(str(filled), "en", "UTC", "en")
    model.update_cell_with_text(0, 40, 2, "南通补录有限公司")
    page = recalculated.evaluated(model)[STAMP_SHEET]
    assert next(page[f"B{a[1:]}"] for a, v in page.items() if v == "申请企业数") == 7


def test_the_stamp_page_has_room_for_signatures_on_one_a4_page(book: Workbook) -> None:
    sheet = book[STAMP_SHEET]
    words = "".join(str(c.value) for row in sheet.iter_rows() for c in row if c.value)
    assert [w for w in ("填报单位（盖章）", "填表人", "审核人", "日期") if w not in words] == []
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.paperSize, sheet.page_setup.fitToHeight or 1) == (9, 1)


def test_roster_stamp_page_and_guide_print_on_a_page_each(filled: Path, tmp_path: Path) -> None:
    pdf = convert(filled, tmp_path, "pdf")
    info = subprocess.run(["pdfinfo", str(pdf)], check=True, capture_output=True, text=True).stdout
    assert re.search(r"Pages:\s+(\d+)", info)[1] == "3"  # type: ignore[index]


def test_the_guide_explains_every_column(book: Workbook) -> None:
    rows = {r[0].value: [c.value for c in r] for r in book[GUIDE_SHEET].iter_rows() if r[0].value in HEADINGS}
    assert list(rows) == HEADINGS
    assert rows["企业名称*"] == ["企业名称*", "必填", "区", "营业执照上的中文全称", None, "南通示例进出口有限公司"]
    assert rows["材料齐全时间"][1] == "区级同意时"
    assert rows["区级审核意见"][4] == "同意、不同意、补正"
    assert rows["填报检查"][1:3] == ["—", "自动"]


def test_the_guide_shows_plans_and_priority_conditions(book: Workbook) -> None:
    rows = {str(r[0].value): [c.value for c in r[1:5]] for r in book[GUIDE_SHEET].iter_rows()}
    entitled = "出口额300万至3000万美元，对美出口额占全年90%以上，对美出口额500万美元以上，符合政策导向"
    assert rows["方案C"] == ["0.1%", "100%", entitled, "25万美元"]
    assert rows["2"] == ["二（二）2", "按数据", "新兴市场年出口额超过50%", None]


# ── the file ──
def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    hashes = set()
    for name in ("a.xlsx", "b.xlsx"):
        write_template(tmp_path / name, SCHEME, district="崇川区", rows=FIRMS, spare=5)
        hashes.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(hashes) == 1


def test_another_district_or_round_gives_other_bytes(tmp_path: Path) -> None:
    hashes = set()
    for district, number in (("崇川区", 1), ("崇川区", 2), ("通州区", 1)):
        write_template(tmp_path / "a.xlsx", SCHEME, district=district, round=number, spare=5)
        hashes.add(hashlib.sha256((tmp_path / "a.xlsx").read_bytes()).hexdigest())
    assert len(hashes) == 3


@pytest.mark.parametrize("scheme", [SCHEME, LONG_AREAS], ids=["nantong-2019", "long lists"])
@pytest.mark.parametrize("rows", [[], FIRMS], ids=["empty", "filled"])
def test_the_schema_check_finds_nothing(scheme: Any, rows: list[dict[str, Any]], tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_template(path, scheme, district="R&D 区", rows=rows, spare=5)
    assert schemacheck.errors(path) == []


def test_openpyxl_loads_and_saves_it_without_a_warning_or_a_loss(filled: Path, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = openpyxl.load_workbook(filled)
        before.save(tmp_path / "copy.xlsx")
        after = openpyxl.load_workbook(tmp_path / "copy.xlsx")

    def shape(book: Workbook) -> list[object]:
        sheet = book[ROSTER_SHEET]
        return [
            book.sheetnames, [s.sheet_state for s in book.worksheets], sheet.freeze_panes, sheet.auto_filter.ref,
            sheet.print_area, sheet.print_title_rows, sheet.protection.sort, sheet.protection.sheet,
            sorted((str(v.sqref), v.type, v.formula1, v.prompt) for v in sheet.data_validations.dataValidation),
            [(str(c.sqref), [r.formula for r in c.rules]) for c in sheet.conditional_formatting],
            {k: (d.hidden, d.outlineLevel, d.collapsed) for k, d in sheet.column_dimensions.items()},
            [[(c.value, c.number_format, c.protection.locked) for c in row] for row in sheet.iter_rows()],
        ]  # fmt: skip

    assert shape(after) == shape(before)


def test_there_are_no_macros_links_or_extensions(blank: Path) -> None:
    with ZipFile(blank) as package:
        names = package.namelist()
        assert [n for n in names if "vba" in n.lower() or "external" in n.lower() or "drawing" in n.lower()] == []
        assert [n for n in names if b"<extLst" in package.read(n)] == []


def test_too_many_rows_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="放不下 1048573 行"):
        write_template(tmp_path / "a.xlsx", SCHEME, district="崇川区", spare=1_048_573)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_what_stood_there(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"as it was")
    with pytest.raises(AttributeError):
        write_template(path, SCHEME, district="崇川区", rows=[None], spare=1)  # type: ignore[list-item]
    assert path.read_bytes() == b"as it was"
    assert [p.name for p in tmp_path.iterdir()] == ["a.xlsx"]
