"""The platform workbook as drawn: what others find in it, what staff may type, how it prints, what its formulas give."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from html import unescape
from importlib import resources
from pathlib import Path
from typing import Any

import demonstration
import openpyxl
import pyarrow as pa
import pytest
import schemacheck
import xlwings
from converting import convert
from live import office
from openpyxl.utils import column_index_from_string, get_column_letter, range_boundaries
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from pages import loaded, page_of
from python_calamine import CalamineWorkbook
from splicebooks import rows_of
from spliceoracle import refs

from xltools.catalogue.buttons import of_phase
from xltools.catalogue.phases import all_phases, phase_of, remarks
from xltools.catalogue.tables import BookTable, table, tables
from xltools.desk.book.workbook import contents as contents_of
from xltools.desk.verb import buttons
from xltools.scheme import load
from xltools.scheme.model import Insurer
from xltools.sheets.platform import looks, pricing
from xltools.sheets.platform.contents import Contents, empty
from xltools.sheets.platform.draw.home import grid as home_grid
from xltools.sheets.platform.draw.home.counts import AMOUNTS
from xltools.sheets.platform.draw.workbook import draw
from xltools.sheets.platform.splice.update import splice

pytestmark = pytest.mark.filterwarnings("ignore:Print area cannot be set")  # openpyxl knows no whole columns
PACKAGE = resources.files("xltools.sheets.platform")
SCHEME = load("nantong-2019")
NOW = datetime(2019, 10, 8, 17, 0)
SHEETS = [*remarks(), "阶段按钮", "基准", "xlwings.conf"]
HIDDEN = 3
"""So many of them at the end are never shown."""
FOUR = [
    t
    for t in tables(SCHEME)
    if t.name not in ("参数表", "资金账", "清算分项表", "期限表", "区表", "方案保险人表", "基准", "阶段表", "按钮表")
]
"""Tables whose headings stand in row 4 from column A on."""


@dataclass(frozen=True)
class Drawn:
    """A workbook, what it was drawn from, and how openpyxl and a zip reader see it."""

    path: Path
    contents: Contents

    @cached_property
    def book(self) -> Workbook:
        return openpyxl.load_workbook(self.path)

    @cached_property
    def values(self) -> Workbook:
        return openpyxl.load_workbook(self.path, data_only=True)

    def part(self, name: str) -> str:
        with zipfile.ZipFile(self.path) as package:
            return package.read(name).decode()

    def parts(self, pattern: str) -> Iterator[tuple[str, str]]:
        with zipfile.ZipFile(self.path) as package:
            for name in package.namelist():
                if re.fullmatch(pattern, name):
                    yield name, package.read(name).decode()

    def sheet_xml(self, name: str) -> str:
        return self.part(f"xl/worksheets/sheet{SHEETS.index(name) + 1}.xml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("platform")


@pytest.fixture(scope="module")
def example() -> Contents:
    """The example's workspace after its whole enrolment."""
    return contents_of(demonstration.workspace(), now=NOW, today=date(2019, 10, 8))


@pytest.fixture(scope="module")
def full(folder: Path, example: Contents) -> Drawn:
    facts = {**example.facts, "工作区": "C:\\统保平台\\2019"}
    rows = {n: t if t.num_rows else rows_of(table(SCHEME, n), 3) for n, t in example.tables.items()}
    contents = Contents(example.scheme, rows, facts, buttons())  # what the example has none of is made up
    draw(folder / "full.xlsx", contents)
    return Drawn(folder / "full.xlsx", contents)


@pytest.fixture(scope="module")
def some(folder: Path, full: Drawn) -> Drawn:
    """The first rows of every table: long ones, written by columns, and short ones; for slow checks."""
    contents = replace(full.contents, tables={n: t.slice(0, 205) for n, t in full.contents.tables.items()})
    draw(folder / "some.xlsx", contents)
    return Drawn(folder / "some.xlsx", contents)


@pytest.fixture(scope="module")
def blank(folder: Path) -> Drawn:
    draw(folder / "blank.xlsx", empty(SCHEME, buttons()))
    return Drawn(folder / "blank.xlsx", empty(SCHEME, buttons()))


@pytest.fixture(scope="module", params=["vbaProject.bin", "vbaProject-libreoffice.bin"])
def macros(request: pytest.FixtureRequest, folder: Path, full: Drawn) -> Drawn:
    """With buttons and macros, and few rows: what rows look like is seen in `some`."""
    path = folder / f"{request.param}.xlsm"
    contents = replace(full.contents, tables={n: t.slice(0, 5) for n, t in full.contents.tables.items()})
    draw(path, contents, vba=(PACKAGE / request.param).read_bytes())
    return Drawn(path, contents)


@pytest.fixture(scope="module", params=["full", "blank"])
def either(request: pytest.FixtureRequest) -> Drawn:
    found: Drawn = request.getfixturevalue(request.param)
    return found


def table_of(page: Worksheet, name: str) -> tuple[Any, Any, Any, Any]:
    """Left column, heading row, right column, last row."""
    left, top, right, bottom = range_boundaries(page.tables[name].ref)
    assert None not in (left, top, right, bottom)
    return left, top, right, bottom


# ── what formulas name ──


def references(formula: str) -> Iterator[tuple[str, str]]:
    """Table and column of every structured reference (结构化引用) in a formula."""
    said = re.sub(r'"[^"]*"', '""', formula)
    for found in re.finditer(r"([^\W\d]\w*)\[", said):
        end, depth = found.end(), 1
        while depth:
            depth += {"[": 1, "]": -1}.get(said[end], 0)
            end += 1
        inside = said[found.end() : end - 1]
        for column in re.findall(r"\[([^\[\]]*)\]", inside) or [inside]:
            if not column.startswith("#"):
                yield found[1], column


@pytest.mark.parametrize(
    ("formula", "named"),
    [
        ('SUM(测算[财政扶持(元)])&"甲[乙]"', [("测算", "财政扶持(元)")]),
        ("COUNTA(名册[[#Data],[受理编号]:[企业名称]])", [("名册", "受理编号"), ("名册", "企业名称")]),
        ("ROWS(名册[#Headers])", []),
        ("A1+B$2", []),
    ],
)
def test_references_of_a_formula(formula: str, named: list[tuple[str, str]]) -> None:
    assert [*references(formula)] == named


def test_formulas_name_no_table_and_no_column_that_is_not_there(full: Drawn) -> None:
    """Pages that are about certain tables name them in their formulas: a table that is declared otherwise is seen here."""
    there: dict[str, set[str]] = {}
    for _, xml in full.parts(r"xl/tables/\w+\.xml"):
        (name,) = re.findall(r'<table [^>]*\bname="([^"]*)"', xml)
        there[name] = {unescape(c) for c in re.findall(r'<tableColumn [^>]*\bname="([^"]*)"', xml)}
    parts = [*full.parts(r"xl/(?:worksheets|tables)/\w+\.xml"), *full.parts(r"xl/workbook\.xml")]
    written = r"<(f|formula|formula1|definedName|calculatedColumnFormula)(?: [^>]*)?>([^<]*)</\1>"
    named = {r for _, xml in parts for _, formula in re.findall(written, xml) for r in references(unescape(formula))}
    assert len({table for table, _ in named}) > 5
    assert sorted((t, c) for t, c in named if c not in there.get(t, ())) == []


# ── what others find ──
def test_sheets_stand_in_order_and_the_last_two_are_hidden(either: Drawn) -> None:
    assert either.book.sheetnames == SHEETS == [*remarks(), "阶段按钮", "基准", "xlwings.conf"]
    states = [either.book[n].sheet_state for n in SHEETS]
    assert states[-2:] == ["veryHidden", "hidden"]
    assert either.book.active.title == "首页"


def test_tables_bear_the_names_headings_and_formulas_of_the_catalogue(either: Drawn) -> None:
    formulas = pricing.formulas(SCHEME)
    for of in tables(SCHEME):
        found = either.book[of.sheet].tables[of.name]
        assert found.displayName == of.name
        assert [c.name for c in found.tableColumns] == of.headings
        computed = [
            c.calculatedColumnFormula.attr_text if c.calculatedColumnFormula else "" for c in found.tableColumns
        ]
        assert computed == [formulas.get(c.formula, "") for c in of.columns]
        left, top, _, bottom = table_of(either.book[of.sheet], of.name)
        assert bottom - top == max(either.contents.tables[of.name].num_rows, 1)
        assert [either.book[of.sheet].cell(top, left + i).value for i in range(len(of.columns))] == of.headings


@pytest.mark.parametrize("of", FOUR, ids=lambda t: f"{t.name} in A4")
def test_headings_stand_in_row_4_from_column_a_on(either: Drawn, of: BookTable) -> None:
    assert table_of(either.book[of.sheet], of.name)[:2] == (1, 4)


@pytest.mark.parametrize(
    ("first", "second"), [("方案表", "参数表"), ("资金池", "资金账"), ("清算表", "清算分项表"), ("达标表", "期限表")]
)
def test_the_second_table_of_a_sheet_stands_two_rows_below_the_first(either: Drawn, first: str, second: str) -> None:
    page = either.book[table(SCHEME, first).sheet]
    fixed = {"方案表": len(SCHEME.plans), "达标表": 3}.get(first, len(SCHEME.insurers))
    assert (
        table_of(page, second)[1] == table_of(page, first)[1] + fixed + 3
    )  # room for them in a blank workbook as well


def test_a_blank_workbook_takes_a_whole_year(folder: Path, blank: Drawn, full: Drawn) -> None:
    """Every table of the template can be filled where it stands."""
    path = folder / "filled.xlsx"
    shutil.copy(blank.path, path)
    splice(path, full.contents)
    found = refs(path)
    for of in tables(SCHEME):
        sheet, (_, top, _, bottom) = found[of.name]
        assert (sheet, bottom - top) == (of.sheet, full.contents.tables[of.name].num_rows), of.name


def test_tables_of_the_front_page_have_room_to_grow(full: Drawn) -> None:
    page = full.book["首页"]
    for name, most in (("区表", len(SCHEME.areas)), ("方案保险人表", len(SCHEME.plans) * len(SCHEME.insurers))):
        left, top, right, bottom = table_of(page, name)
        below = [page.cell(r, c).value for r in range(bottom + 1, top + most + 1) for c in range(left, right + 1)]
        assert set(below) <= {None}


def shown(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return datetime(value.year, value.month, value.day) if type(value) is date else value


@pytest.mark.parametrize("name", [t.name for t in tables(SCHEME)])
def test_every_cell_shows_what_the_contents_say(full: Drawn, name: str) -> None:
    of = table(SCHEME, name)
    left, top, right, bottom = table_of(full.values[of.sheet], name)
    rows = full.values[of.sheet].iter_rows(top + 1, bottom, left, right, values_only=True)
    wanted = [[shown(v) for v in r.values()] for r in full.contents.tables[name].to_pylist()]
    found = [[None if v == "" else v for v in row] for row in rows]
    assert len(wanted) > 1
    assert found == [[None if v == "" else v for v in row] for row in wanted]


def test_a_table_without_rows_has_one_blank_row(blank: Drawn) -> None:
    for of in (t for t in tables(SCHEME) if t.sheet != "阶段按钮"):
        left, top, right, bottom = table_of(blank.values[of.sheet], of.name)
        cells = [blank.values[of.sheet].cell(top + 1, c).value for c in range(left, right + 1)]
        assert (bottom - top, {v or None for v in cells}) == (1, {None})


NAMED = {
    "状态栏": "首页", "更新于": "首页", "今天": "首页", "阶段": "首页", "提示": "首页", "工作区": "首页", "预算汇率": "参数",
    "查询": "一企一页", "第几家": "一企一页",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_named_cells_are_where_programs_look_for_them(either: Drawn, name: str) -> None:
    sheet, cell = re.fullmatch(r"'?([^'!]+)'?!(\$[A-Z]+\$\d+)", either.book.defined_names[name].attr_text).groups()  # type: ignore[union-attr]
    assert sheet == NAMED[name]
    value = either.book[sheet][cell.replace("$", "")].value
    facts = either.contents.facts
    wanted = {
        "状态栏": facts.get("状态") or "还没有办理过。", "更新于": facts.get("更新于"), "今天": facts.get("今天"),
        "阶段": phase_of(all_phases(), facts.get("阶段")).name, "提示": facts.get("提示") or "没有要提示的。", "工作区": facts.get("工作区"),
        "预算汇率": 7, "查询": None, "第几家": 1,
    }  # fmt: skip
    assert (value or None) == (wanted[name] or None)


def test_text_that_looks_like_a_formula_stays_text(folder: Path, example: Contents) -> None:
    said = ["=1+1", "+86", "-5", "@x", "'x", "a&<b>", "甲\n乙"]
    for rows in (len(said), 400):  # written cell by cell, and by columns
        of = table(SCHEME, "报送")
        columns = {f.name: pa.nulls(rows, f.type) for f in of.schema}
        columns["企业名称"] = pa.array((said * 60)[:rows], pa.string())
        path = folder / f"text{rows}.xlsx"
        draw(path, Contents(SCHEME, {**empty(SCHEME, buttons()).tables, "报送": pa.table(columns, schema=of.schema)}))
        found = page_of(path, "报送")
        names = [found.cell(r, 5) for r in range(5, 5 + len(said))]
        assert [c.value for c in names] == said
        assert {(c.data_type, c.number_format) for c in names} == {("s", "@")}
        assert schemacheck.errors(path) == []


# ── phases ──
def test_at_most_eight_sheets_are_shown_in_each_phase_and_each_in_some() -> None:
    assert all(len(s) <= 8 and s[0] == "首页" and len(set(s)) == len(s) for s in (p.sheets for p in all_phases()))
    assert {n for p in all_phases() for n in p.sheets} == set(SHEETS[:-HIDDEN])
    assert {p.key for p in all_phases()} >= {"template", "enrol", "review", "submit"}


@pytest.mark.parametrize("said", [*(p.key for p in all_phases()), *(p.name for p in all_phases()), "没有的阶段"])
def test_the_sheets_of_the_phase_are_shown_and_no_other(folder: Path, said: str) -> None:
    path = folder / f"{said}.xlsx"
    draw(path, Contents(SCHEME, empty(SCHEME, buttons()).tables, {"阶段": said}, buttons()))
    book = loaded(path, "首页", data_only=True)
    visible = [n for n in book.sheetnames if book[n].sheet_state == "visible"]
    assert sorted(visible) == sorted(phase_of(all_phases(), said).sheets)
    links = [c.value for c in book["首页"][3]][2:10]
    assert [v or None for v in links] == [
        *phase_of(all_phases(), said).sheets,
        *[None] * (8 - len(phase_of(all_phases(), said).sheets)),
    ]


def test_the_switch_offers_every_phase(full: Drawn) -> None:
    cell = full.book.defined_names["阶段"].attr_text.split("!")[1].replace("$", "")
    rule = next(v for v in full.book["首页"].data_validations.dataValidation if cell in v.sqref)
    assert (rule.formula1, full.book.defined_names["阶段名"].attr_text) == ("阶段名", "阶段表[阶段]")
    page = full.book["阶段按钮"]
    area = page.tables["阶段表"].ref
    assert [row[0].value for row in page[area]] == ["阶段", *(p.name for p in all_phases())]


def test_every_sheet_leads_back_to_the_front_page(full: Drawn) -> None:
    for name in SHEETS[1:-HIDDEN]:
        cell = full.book[name]["A2"]
        assert (cell.value, cell.hyperlink.location) == ("← 首页", "'首页'!A1")


# ── what may be typed ──
def rule_of(page: Worksheet, row: int, column: int) -> Any:
    cell = f"{get_column_letter(column)}{row}"
    return [v for v in page.data_validations.dataValidation if cell in v.sqref]


COLUMNS = [(t, i) for t in tables(SCHEME) if not t.hidden for i in range(len(t.columns))]


@pytest.mark.parametrize(("of", "place"), COLUMNS, ids=[f"{t.name} {t.columns[i].heading}" for t, i in COLUMNS])
def test_only_the_bureaus_columns_take_what_is_typed(full: Drawn, of: BookTable, place: int) -> None:
    page, column = full.book[of.sheet], of.columns[place]
    left, top, _, bottom = table_of(page, of.name)
    for row in (top + 1, bottom, *([bottom + 500] if of.grows else [])):
        rules = rule_of(page, row, left + place)
        if column.owner != "bureau":
            assert [(r.type, r.formula1, r.allowBlank, r.showErrorMessage) for r in rules] == [
                ("custom", "FALSE", False, True)
            ]
            assert re.search("不用填|区里", rules[0].error)
            assert "Esc" in rules[0].error
        elif column.choices:
            assert [(r.type, r.formula1) for r in rules] == [("list", f'"{",".join(column.choices)}"')]
        elif column.kind != "text":
            wanted = {
                "usd": "decimal",
                "yuan": "decimal",
                "fx": "decimal",
                "rate": "decimal",
                "whole": "whole",
                "date": "date",
                "datetime": "date",
            }
            assert [r.type for r in rules] == [wanted[column.kind]]
    assert rule_of(page, top, left + place) == []


@pytest.mark.parametrize(("of", "place"), COLUMNS, ids=[f"{t.name} {t.columns[i].heading}" for t, i in COLUMNS])
def test_the_owner_of_a_column_shows_by_colour_and_by_words(full: Drawn, of: BookTable, place: int) -> None:
    page, column = full.book[of.sheet], of.columns[place]
    left, top, _, _ = table_of(page, of.name)
    heading, cell, above = (page.cell(top + i, left + place) for i in (0, 1, -1))
    assert heading.fill.fgColor.rgb == "FF" + looks.HEADING[column.owner]["bg_color"][1:]
    if (of.name, column.heading) != ("参数表", "说明"):
        assert cell.fill.fgColor.rgb == "FF" + looks.FILL[column.owner][1:]
    if {c.owner for c in of.columns} != {"computed"}:
        assert above.value == looks.OWNER_WORD[column.owner]
    elif of.sheet not in ("首页", "参数", "资金"):
        assert "灰色：自动计算" in str(page["B2"].value)


def test_no_cell_has_two_rules_for_typing(either: Drawn) -> None:
    for name in SHEETS[:-HIDDEN]:
        boxes = [(c.min_col, c.min_row, c.max_col, c.max_row)
                 for v in either.book[name].data_validations.dataValidation for c in v.sqref.ranges]  # fmt: skip
        for i, a in enumerate(boxes):
            for b in boxes[:i]:
                assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1], (name, a, b)


def test_validations_and_colours_reach_the_rows_that_come_later(blank: Drawn) -> None:
    page = blank.book["企业名册"]
    assert rule_of(page, 22_000, 1)[0].formula1 == "FALSE"
    assert any("A22000" in rule.sqref for rule in page.conditional_formatting)
    assert page.column_dimensions["C"].width >= 21
    with_codes = next(c for c in re.findall("<col [^>]*>", blank.sheet_xml("企业名册")) if 'min="3"' in c)
    style = int(re.search(r'style="(\d+)"', with_codes)[1])  # type: ignore[index]
    assert blank.book._cell_styles[style].numFmtId == 49  # text: what is pushed there keeps its digits


def test_choices_too_long_for_a_cell_are_listed_by_name(folder: Path) -> None:
    many = tuple(
        Insurer.model_validate(
            {**SCHEME.insurers[0].model_dump(), "id": f"i{n}", "name": f"第{n}家保险股份有限公司", "default": n == 0}
        )
        for n in range(30)
    )
    scheme = SCHEME.model_copy(update={"id": "long-names", "insurers": many})
    draw(folder / "long.xlsx", empty(scheme, buttons()))
    book = loaded(folder / "long.xlsx", "企业名册")
    of = table(scheme, "名册")
    place = of.headings.index("分配保险人") + 1
    assert rule_of(book["企业名册"], 5, place)[0].formula1 == "选项_分配保险人"
    sheet, area = book.defined_names["选项_分配保险人"].attr_text.replace("$", "").replace("'", "").split("!")
    assert [c[0].value for c in page_of(folder / "long.xlsx", sheet)[area]] == [i.name for i in many]
    assert schemacheck.errors(folder / "long.xlsx") == []


def test_no_sheet_is_protected(either: Drawn) -> None:
    assert [n for n, xml in either.parts(r"xl/(worksheets/.*|workbook)\.xml") if "rotection" in xml] == []


@pytest.mark.parametrize(
    ("name", "heading", "words"),
    [
        ("测算", "资格", "符合条件"),
        ("测算", "资金安排", "候补"),
        ("名册", "市级审核意见", "不同意"),
        ("问题", "级别", "必须改"),
    ],
    ids=["an eligible firm", "a firm that waits for money", "a firm refused", "what must be mended"],
)
def test_a_word_also_shows_by_colour(full: Drawn, name: str, heading: str, words: str) -> None:
    of = table(SCHEME, name)
    cell = f"{get_column_letter(of.headings.index(heading) + 1)}5"
    rules = [r for area in full.book[of.sheet].conditional_formatting if cell in area.sqref for r in area.rules]
    mine = [r for r in rules if f'="{words}"' in r.formula[0]]
    assert [r.dxf.fill.bgColor.rgb is not None for r in mine] == [True]


# ── print ──
PRINTED = [n for n in SHEETS[1:-HIDDEN] if n not in ("一企一页", "说明")]


@pytest.mark.parametrize("name", PRINTED)
def test_tables_print_on_a4_landscape_with_ten_columns_and_their_headings(full: Drawn, name: str) -> None:
    page = full.book[name]
    mine = [t for t in tables(SCHEME) if t.sheet == name]
    assert (page.page_setup.paperSize, page.page_setup.orientation) == (9, "landscape")
    assert page.page_setup.fitToHeight == 0
    assert page.sheet_properties.pageSetUpPr.fitToPage
    last = get_column_letter(max(min(10, len(t.columns)) for t in mine))
    area = rf'<definedName name="_xlnm.Print_Area" localSheetId="{SHEETS.index(name)}">{name}!\$A:\${last}<'
    assert re.search(area, full.part("xl/workbook.xml"))
    assert page.print_title_rows == ("$4:$4" if len(mine) == 1 else "$1:$1")
    footer = page.oddFooter
    assert all(w in footer.left.text for w in ("制表：", "复核：", "负责人："))
    assert footer.center.text == "第 &P 页，共 &N 页"


def test_the_story_of_a_firm_prints_on_one_portrait_page(full: Drawn) -> None:
    page = full.book["一企一页"]
    assert (page.page_setup.paperSize, page.page_setup.orientation) == (9, "portrait")
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert (page.page_setup.fitToWidth or 1, page.page_setup.fitToHeight or 1) == (1, 1)
    assert re.search(r">一企一页!\$A\$1:\$D\$\d+<", full.part("xl/workbook.xml"))


def test_the_front_page_prints_on_two_pages(full: Drawn) -> None:
    rows = home_grid.rows(SCHEME)
    assert (
        full.part("xl/workbook.xml").count(
            f"'首页'!$A$1:$R${rows.totals},'首页'!$A${rows.totals + 1}:$R${rows.end + 1}"
        )
        == 1
    )


def test_no_heading_is_cut(full: Drawn) -> None:
    """The row of headings is as high as the words need in the width that the column has."""
    for of in tables(SCHEME):
        if of.hidden:
            continue
        page = full.book[of.sheet]
        left, top, _, _ = table_of(page, of.name)
        widths = {}
        for key, dimension in page.column_dimensions.items():
            for c in range(dimension.min or column_index_from_string(key), (dimension.max or 0) + 1):
                widths[c] = dimension.width
        for place, column in enumerate(of.columns, left):
            need = looks.lines(column.heading, widths[place]) * looks.LINE
            assert page.row_dimensions[top].height >= need, (of.name, column.heading)


def test_charts_overlap_neither_tables_nor_each_other(full: Drawn) -> None:
    page = full.book["首页"]
    below = max(table_of(page, n)[3] for n in ("区表", "方案保险人表"))
    boxes = []
    for xml in (x for _, x in full.parts(r"xl/drawings/drawing\d+\.xml")):
        for anchor in re.findall("<xdr:from>.*?</xdr:to>", xml, re.DOTALL):
            column, row, right, bottom = (int(n) for n in re.findall(r"<xdr:(?:col|row)>(\d+)<", anchor))
            boxes.append((column, row, right, bottom))
    assert len(boxes) == 2
    (_, top1, right1, bottom1), (left2, top2, right2, bottom2) = sorted(boxes)
    assert min(top1, top2) + 1 > below
    assert right1 <= left2
    assert max(bottom1, bottom2) <= home_grid.rows(SCHEME).end
    assert right2 <= home_grid.RIGHT_END + 1


# ── the file ──
@pytest.mark.parametrize("name", ["some", "blank"])
def test_schema_check_finds_nothing(request: pytest.FixtureRequest, name: str) -> None:
    assert schemacheck.errors(request.getfixturevalue(name).path) == []


def test_schema_check_finds_nothing_in_workbooks_with_macros(macros: Drawn) -> None:
    assert schemacheck.errors(macros.path) == []
    with zipfile.ZipFile(macros.path) as package:
        kept = package.read("xl/vbaProject.bin")
    assert kept == (PACKAGE / macros.path.stem).read_bytes()


def test_the_same_contents_give_the_same_bytes(folder: Path, full: Drawn, macros: Drawn) -> None:
    draw(folder / "另一个名字.xlsx", full.contents)
    assert (folder / "另一个名字.xlsx").read_bytes() == full.path.read_bytes()
    draw(folder / "again.xlsm", macros.contents, vba=(PACKAGE / macros.path.stem).read_bytes())
    assert (folder / "again.xlsm").read_bytes() == macros.path.read_bytes()
    draw(
        folder / "other.xlsx",
        Contents(SCHEME, full.contents.tables, {**full.contents.facts, "状态": "别的"}, buttons()),
    )
    digests = {hashlib.sha256(p.read_bytes()).hexdigest() for p in (full.path, folder / "other.xlsx")}
    assert len(digests) == 2


def slots(drawn: Drawn) -> list[tuple[str, str, str]]:
    """What each place for a button says, does and calls, as the file holds it."""
    page, first = page_of(drawn.path, "首页", data_only=True), home_grid.BUTTONS + 2
    return [
        tuple(page.cell(r, c).value or "" for c in (2, 3, home_grid.SIDE + 1))  # type: ignore[misc]
        for r in range(first, first + 8)
    ]


def test_every_button_calls_its_macro_and_says_what_it_does(macros: Drawn) -> None:
    xml = "".join(x for _, x in macros.parts(r"xl/drawings/vmlDrawing\d+\.vml"))
    assert re.findall(r"<x:FmlaMacro>\[0\]!(\w+)</x:FmlaMacro>", xml) == ["Press"] * 8
    shapes = re.findall(r'<v:shape id="(\w+)" o:spid="(\w+)"', xml)
    assert shapes == [(f"xt_{n}", f"_x0000_s{1024 + n}") for n in range(1, 9)]
    anchors = re.findall(r"<x:Anchor>(\d+), \d+, (\d+)", xml)
    assert anchors == [("1", str(home_grid.BUTTONS + n)) for n in range(1, 9)]
    shown = of_phase(buttons(), phase_of(all_phases(), macros.contents.facts.get("阶段")).key)
    assert slots(macros) == [(b.caption, b.does, b.verb) for b in shown] + [("", "", "")] * (8 - len(shown))
    cells = loaded(macros.path).defined_names["xt_verbs"].attr_text
    first = home_grid.BUTTONS + 2
    assert cells == f"'首页'!$U${first}:$U${first + 7}"


def test_without_macros_each_line_says_what_to_run(full: Drawn) -> None:
    assert list(full.parts(r"xl/drawings/vml.*")) == []
    shown = of_phase(buttons(), phase_of(all_phases(), full.contents.facts.get("阶段")).key)
    number = {b: n for n, b in enumerate(buttons(), 1)}
    wanted = [(b.caption, f"{b.does}\n双击“{number[b]}{b.caption}”，或运行 xltools {b.verb}", b.verb) for b in shown]
    assert [s for s in slots(full) if s[0]] == wanted


def test_the_settings_hold_every_key_that_the_macros_ask_for(blank: Drawn) -> None:
    bas = (Path(xlwings.__file__).parent / "xlwings.bas").read_text("utf-8", "replace")
    asked = {k.upper() for k in re.findall(r'GetConfig\("([^"]+)"', bas)}
    page = blank.book["xlwings.conf"]
    held = {page.cell(r, 1).value: page.cell(r, 2).value for r in range(1, page.max_row + 1)}
    assert asked <= held.keys()
    assert None not in held
    assert len(held) == page.max_row
    assert str(held["PYTHONPATH"]).endswith(
        '&"python","none")'
    )  # Python's own folder: an empty one means the current folder
    assert (held["USE UDF SERVER"], held["UDF MODULES"], held["LICENSE_KEY"], held["ADD_WORKBOOK_TO_PYTHONPATH"]) == (
        "False",
        "udfs",
        None,
        "False",
    )
    assert 'CELL("filename",A1)' in held["INTERPRETER_WIN"]
    assert "python\\python.exe" in held["INTERPRETER_WIN"]


# ── what the formulas give ──
NOT_THE_SAME = {("xlwings.conf", "B1")}
"""The interpreter's place: LibreOffice says the folder in its own way."""


def read(path: Path) -> dict[str, dict[str, Any]]:
    book = CalamineWorkbook.from_path(path)
    out: dict[str, dict[str, Any]] = {}
    for name in book.sheet_names:
        page = book.get_sheet_by_name(name)
        top, left = page.start or (0, 0)
        out[name] = {
            f"{get_column_letter(left + c + 1)}{top + r + 1}": v
            for r, row in enumerate(page.to_python()) for c, v in enumerate(row) if v != ""
        }  # fmt: skip
    return out


def unique_word(names: Sequence[str]) -> str:
    """Two characters that stand in one name only."""
    counts = Counter(w for n in names for w in {n[i : i + 2] for i in range(len(n) - 1)})
    return min(w for w, count in counts.items() if count == 1)


@dataclass(frozen=True)
class Asked:
    query: str
    which: int
    row: int | None
    """Row of 名册 that must be shown."""
    found: int


def questions(example: Contents) -> dict[str, Asked]:
    roster = example.tables["名册"].to_pydict()
    names, codes = roster["企业名称"], roster["统一社会信用代码"]
    several = [i for i, n in enumerate(names) if "服饰" in n]
    word = unique_word(names)
    sent = set(example.tables["报送"]["受理编号"].to_pylist())
    waiting = next(i for i, n in enumerate(roster["受理编号"]) if n not in sent)
    problem = roster["受理编号"].index(next(n for n in example.tables["问题"]["受理编号"].to_pylist() if n))
    return {
        "part of a name": Asked(word, 1, next(i for i, n in enumerate(names) if word in n), 1),
        "a code": Asked(codes[10], 1, 10, codes.count(codes[10])),
        "a code in small letters with spaces": Asked(f" {codes[20].lower()} ", 1, 20, codes.count(codes[20])),
        "part of a code": Asked(codes[30][:17], 1, 30, 1),
        "a customs code": Asked(roster["海关注册编码"][40], 1, 40, roster["海关注册编码"].count(roster["海关注册编码"][40])),
        "a number": Asked(roster["受理编号"][50], 1, 50, 1),
        "the end of a number": Asked(roster["受理编号"][60][-4:], 1, 60, 1),
        "a firm that waits": Asked(roster["受理编号"][waiting], 1, waiting, 1),
        "a firm with a problem": Asked(roster["受理编号"][problem], 1, problem, 1),
        "several": Asked("服饰", 1, several[0], len(several)),
        "the third of several": Asked("服饰", 3, several[2], len(several)),
        "a place beyond the eighth": Asked("服饰", 99, several[7], len(several)),
        "nothing of the kind": Asked("查无此企", 1, None, 0),
    }  # fmt: skip


@pytest.fixture(scope="module")
def recalculated_book(folder: Path, full: Drawn) -> dict[str, dict[str, Any]]:
    """The workbook after LibreOffice recalculated it."""
    return read(convert(full.path, folder / "lo", "xlsx"))


@pytest.fixture(scope="module")
def stories(full: Drawn, example: Contents) -> dict[str, dict[str, Any]]:
    """一企一页 by question, typed into the workbook that lies open in LibreOffice."""
    out = {}
    with office() as running:
        document = running.open(full.path)
        sheet = document.book.sheets["一企一页"]
        for name, question in questions(example).items():
            sheet["D4"].value, sheet["B4"].value = question.which, question.query
            rows = sheet["A1:D70"].value
            out[name] = {
                f"{'ABCD'[x]}{y}": v for y, row in enumerate(rows, 1) for x, v in enumerate(row) if v is not None
            }
        document.close()
    return out


def test_every_cached_value_is_what_libreoffice_calculates(
    full: Drawn, recalculated_book: dict[str, dict[str, Any]]
) -> None:
    drawn, found = read(full.path), recalculated_book
    for name in SHEETS:
        cells = {k: v for k, v in drawn[name].items() if (name, k) not in NOT_THE_SAME}
        differing = {
            k: (v, found[name].get(k)) for k, v in cells.items()
            if v != found[name].get(k) and not _near(v, found[name].get(k))
        }  # fmt: skip
        assert differing == {}, name
        assert {k for k in found[name] if k not in drawn[name]} - {k for n, k in NOT_THE_SAME if n == name} == set()


def _near(a: object, b: object) -> bool:
    return isinstance(a, float) and isinstance(b, float) and abs(a - b) < 1e-9 * max(1.0, abs(a))


def test_the_counts_of_the_front_page_are_those_of_the_contents(
    full: Drawn, recalculated_book: dict[str, dict[str, Any]]
) -> None:
    page, contents = recalculated_book["首页"], full.contents
    row = home_grid.rows(SCHEME).totals + 3
    district = contents.tables["区表"]
    headings = district.column_names[1:]
    found = {page[f"{c}{row - 1}"]: page[f"{c}{row}"] for c in "CDEFGHIJK"}
    assert found == {h: sum(district[h].to_pylist()) for h in headings}
    assert found["企业"] == contents.tables["测算"].num_rows > 400
    rows = contents.tables["测算"].to_pylist()
    for column, heading in zip("NPR", AMOUNTS, strict=True):
        held = sum(r[heading] for r in rows if r[heading] is not None and r["资金安排"] != "候补")
        assert (page[f"{column}{row - 1}"], round(page[f"{column}{row}"], 2)) == (heading, float(held))
    pools = contents.tables["资金池"].to_pylist()
    place = home_grid.BUTTONS + 3
    for n, pool in enumerate(pools):
        line = [page[f"{c}{place + 3 * n}"] for c in "MNOPQ"]
        assert line == [
            pool["保险人"],
            *(float(pool[h]) for h in ("资金盘子(元)", "已落实(元)", "预估占用(元)", "可用(元)")),
        ]
        bar = page[f"M{place + 3 * n + 1}"].removesuffix("▏")
        assert len(bar) == 30
        assert set(bar) <= set("█▒░")


QUESTIONS = (
    "part of a name", "a code", "a code in small letters with spaces", "part of a code", "a customs code", "a number",
    "the end of a number", "a firm that waits", "a firm with a problem", "several", "the third of several",
    "a place beyond the eighth", "nothing of the kind",
)  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_story_is_that_of_the_firm_asked_for(
    full: Drawn, example: Contents, stories: dict[str, dict[str, Any]], question: str
) -> None:
    asked, page = questions(example)[question], stories[question]
    told: dict[str, Any] = {
        page[k]: page.get(f"{chr(ord(k[0]) + 1)}{k[1:]}") for k in page if k[0] in "AC" and int(k[1:]) > 7
    }
    if asked.row is None:
        assert page["A5"].startswith(f"没有找到“{asked.query}”")
        assert {v for k, v in told.items() if k != "查询 ▶"} == {None}
        return
    firm = example.tables["名册"].slice(asked.row, 1).to_pylist()[0]
    assert page["A5"].startswith("找到 1 家" if asked.found == 1 else f"找到 {asked.found} 条")
    for heading in ("企业名称", "统一社会信用代码", "受理编号", "所属区", "海关注册编码", "2018年出口额(美元)", "材料齐全时间",
                    "市级审核意见", "审核人", "核定出口额(美元)", "撤回", "待办"):  # fmt: skip
        assert told[heading] == shown_in_calamine(firm[heading]), heading
    worked = next(
        r for r in example.tables["测算"].to_pylist()
        if (r["统一社会信用代码"], r["所属区"]) == (firm["统一社会信用代码"], firm["所属区"])
    )  # fmt: skip
    for heading in ("资格", "方案", "保险人", "资金安排", "排队号", "池内序号", "优先"):
        assert told[heading] == shown_in_calamine(worked[heading]), heading
    if worked["应缴保费(元)"] is None:
        assert told["应缴保费(元)"] is None
    else:
        for heading in AMOUNTS:
            assert told[heading].startswith(f"{worked[heading]:,.2f} 元 ＝ "), heading
    sent = [r for r in example.tables["报送"].to_pylist() if r["受理编号"] == firm["受理编号"]]
    assert told["校验码"] == (sent[-1]["校验码"] if sent else None)
    problems = [r for r in example.tables["问题"].to_pylist() if r["受理编号"] == firm["受理编号"]]
    if problems:
        assert problems[0]["问题"] in told["问题1"]
        assert problems[0]["怎么办"] in told["问题1"]
    else:
        assert told["问题1"] == "没有"
    assert (told["说明"] or "").replace("\n", "；") == (worked["说明"] or "")


def shown_in_calamine(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    return float(value) if isinstance(value, int | Decimal) else value


def test_other_firms_that_match_are_named(example: Contents, stories: dict[str, dict[str, Any]]) -> None:
    names = [n for n in example.tables["名册"]["企业名称"].to_pylist() if "服饰" in n]
    told = stories["several"]["A6"]
    assert [n for n in names if n in told] == names[:8]
    assert told.endswith(f"…… 另有 {len(names) - 8} 条")


def test_rendered_pages_show_every_number_and_the_buttons(folder: Path, full: Drawn, example: Contents) -> None:
    """Nothing prints as ###, and 首页 and 一企一页 keep to their pages."""
    path = folder / "print.xlsx"
    draw(
        path,
        Contents(
            SCHEME, full.contents.tables, {**full.contents.facts, "阶段": "submit", "查询": "NT2019-0005"}, buttons()
        ),
    )
    pdf = convert(path, folder / "pdf", "pdf")
    pages = (
        subprocess.run(["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True)
        .stdout.decode()
        .split("\f")
    )
    assert [n for n, p in enumerate(pages) if "###" in p] == []
    assert all(b.caption in pages[0] for b in of_phase(buttons(), "submit"))
    assert "各区进度" in pages[1]
    assert "方案和保险人" in pages[1]
    story = [p for p in pages if "金额怎么算的" in p]
    assert len(story) == 1
    assert "说明（理由和条款）" in story[0]
    queue = [p for p in pages if "池内累计(元)" in p and "材料齐全时间" in p and p not in story]
    assert len(queue) > 3  # repeated headings
