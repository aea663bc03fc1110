"""DESIGN §4: finding the table in a file, and what its cells hold."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import xlsxwriter
import xlwt
from hypothesis import given
from hypothesis import strategies as st
from rosters import HEADINGS, REQUIRED, SHEET, Answer, clean_row, nantong, quote_file, table, write_csv, write_xlsx

from xltools.catalogue.columns import MONEY, fold, roster_columns, split_unit
from xltools.desk.errors import Refusal
from xltools.desk.rules.quote import quote
from xltools.roster.amounts import parse
from xltools.roster.problems import FileRefused
from xltools.sheets.intake.read import read_roster, read_table

Quoted = Callable[..., Answer]


def cents(answer: Answer, field: str = "exports") -> list[int | None]:
    found = answer.quote.roster.amounts[field]
    return [int(c) if k else None for c, k in zip(found.cents, found.known, strict=True)]


def file_codes(answer: Answer) -> list[tuple[str, str]]:
    return [(code, cell) for code, cell, _ in answer.problems() if cell and code.startswith(("HEADING", "FILE"))]


# ── which sheet ──


def book_of(path: Path, sheets: Sequence[tuple[str, str, Sequence[Mapping[str, Any]] | None]]) -> Path:
    """Sheets as (name, visible/hidden/very hidden, rows or None for a sheet without a table)."""
    book = xlsxwriter.Workbook(path)
    for name, state, rows in sheets:
        page = book.add_worksheet(name)
        if rows is None:
            page.write_string(0, 0, "说明")
        else:
            page.write_row(3, 0, list(HEADINGS.values()))
            for y, row in enumerate(rows, 4):
                page.write_row(y, 0, [str(row.get(k) or "") for k in HEADINGS])
        if state == "hidden":
            page.hide()
        elif state == "very hidden":
            page.very_hidden()
        else:
            page.activate()
            page.set_first_sheet()
    book.close()
    return path


FIRMS: list[dict[str, Any]] = [{}, {}]
NONE: list[dict[str, Any]] = []


@pytest.mark.parametrize(
    ("sheets", "chosen"),
    [
        pytest.param(
            [("封面", "visible", None), (SHEET, "visible", FIRMS)], SHEET, id="the named sheet, wherever it stands"
        ),
        pytest.param([("空表", "visible", NONE), (SHEET, "visible", FIRMS)], SHEET, id="beside headings without rows"),
        pytest.param(
            [("Sheet1", "visible", FIRMS), ("Sheet2", "visible", None)], "Sheet1", id="else the first visible one"
        ),
        pytest.param([("说明", "visible", None), ("Sheet2", "visible", FIRMS)], "Sheet2", id="the first with headings"),
        pytest.param(
            [("旧表", "hidden", FIRMS), ("Sheet2", "visible", FIRMS)], "Sheet2", id="hidden sheets are passed over"
        ),
        pytest.param(
            [("旧表", "very hidden", FIRMS), ("Sheet2", "visible", FIRMS)], "Sheet2", id="very hidden ones too"
        ),
        pytest.param([(SHEET, "hidden", FIRMS), ("Sheet2", "visible", FIRMS)], "Sheet2", id="even under the name"),
        pytest.param(
            [(SHEET, "very hidden", FIRMS), ("Sheet2", "visible", FIRMS)], "Sheet2", id="or very hidden under it"
        ),
        pytest.param([("表", "visible", FIRMS), ("版本", "hidden", NONE)], "表", id="the version sheet is none"),
    ],
)
@pytest.mark.parametrize("ending", [".xlsx", ".xls"])
def test_which_sheet_is_read(tmp_path: Path, sheets: list[tuple[str, str, Any]], chosen: str, ending: str) -> None:
    """Firms are called by their sheet, so that reading the wrong one shows."""
    content = [(n, state, rows and table([{"name": f"南通{n}有限公司"} for _ in rows])) for n, state, rows in sheets]
    answer = quote_file((book_of if ending == ".xlsx" else xls_of)(tmp_path / f"in{ending}", content))
    assert answer.column("企业名称") == [f"南通{chosen}有限公司"] * 2
    assert answer.quote.roster.cells.sheet == chosen
    assert [c for c, _, _ in answer.problems()] == (["FILE_XLS"] if ending == ".xls" else [])


def xls_of(path: Path, sheets: Sequence[tuple[str, str, Sequence[Mapping[str, Any]] | None]]) -> Path:
    """The same as .xls."""
    book = xlwt.Workbook()
    for number, (name, state, rows) in enumerate(sheets):
        page = book.add_sheet(name)
        page.visibility = {"visible": 0, "hidden": 1, "very hidden": 2}[state]
        if state == "visible":
            book.set_active_sheet(number)
        lines = (
            [["说明"]]
            if rows is None
            else [[*HEADINGS.values()], *([str(r.get(k) or "") for k in HEADINGS] for r in rows)]
        )
        for y, line in enumerate(lines, 0 if rows is None else 3):
            for x, value in enumerate(line):
                page.write(y, x, value)
    book.save(str(path))
    return path


@pytest.mark.parametrize("ending", [".xlsx", ".xls"])
def test_rows_on_another_visible_sheet_are_never_left_behind(tmp_path: Path, ending: str) -> None:
    make = book_of if ending == ".xlsx" else xls_of
    rows = table([{}, {}, {}])
    path = make(
        tmp_path / f"in{ending}",
        [("50万以下", "visible", rows[:1]), ("封面", "visible", None), ("300万以上", "visible", rows[1:])],
    )
    with pytest.raises(FileRefused) as refused:
        read_roster(path, nantong())
    (problem,) = refused.value.problems
    assert problem.code == "FILE_OTHER_SHEETS"
    assert "“50万以下”" in problem.message
    assert "“300万以上”第 5 至 6 行（2 行）" in problem.message


def test_rows_on_another_sheet_are_named_though_its_own_headings_are_wrong(tmp_path: Path) -> None:
    path = book_of(tmp_path / "in.xlsx", [("甲", "visible", table([{}])), ("乙", "visible", table([{}, {}]))])
    book = openpyxl.load_workbook(path)
    book["乙"]["G4"] = "别的"
    book.save(path)
    with pytest.raises(FileRefused, match="“乙”第 5 至 6 行（2 行）"):
        read_roster(path, nantong())


def test_a_blank_sheet_under_the_name_is_said_with_the_rows_that_stand_elsewhere(tmp_path: Path) -> None:
    path = book_of(tmp_path / "in.xlsx", [(SHEET, "visible", []), ("自制表", "visible", table([{}]))])
    with pytest.raises(FileRefused) as refused:
        read_roster(path, nantong())
    assert [p.code for p in refused.value.problems] == ["FILE_EMPTY", "FILE_OTHER_SHEETS"]


def test_serial_numbers_prepared_on_another_sheet_are_no_rows(tmp_path: Path) -> None:
    blank = [dict.fromkeys(HEADINGS) | {"no": n} for n in (1, 2, 3)]
    path = book_of(tmp_path / "in.xlsx", [("甲", "visible", table([{}])), ("乙", "visible", blank)])
    assert read_roster(path, nantong()).rows.tolist() == [5]


def test_a_chart_sheet_in_front_is_no_worksheet(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "in.xlsx")
    front = book.add_chartsheet("图")
    page = book.add_worksheet("数据")
    rows = table([{}])
    page.write_row(0, 0, list(HEADINGS.values()))
    page.write_row(1, 0, [str(rows[0].get(k) or "") for k in HEADINGS])
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=数据!$H$2:$H$2"})
    front.set_chart(chart)
    book.close()
    assert quote_file(tmp_path / "in.xlsx").row["企业名称"] == rows[0]["name"]


# ── where the headings are ──


@pytest.mark.parametrize("top", [1, 2, 4, 7, 19, 20])
def test_the_heading_row_is_one_of_the_first_twenty(quoted: Quoted, top: int) -> None:
    answer = quoted([{"phone": "12"}], top=top)
    assert answer.problems() == [("PHONE", f"G{top + 1}", "error")]


def test_headings_in_row_21_are_not_found(quoted: Quoted) -> None:
    with pytest.raises(Refusal, match="前 20 行"):
        quoted([{}], top=21)


@pytest.mark.parametrize(("left", "cell"), [(0, "G5"), (1, "H5"), (3, "J5"), (30, "AK5")])
def test_a_table_may_begin_in_any_column(quoted: Quoted, left: int, cell: str) -> None:
    assert quoted([{"phone": "12"}], left=left).problems() == [("PHONE", cell, "error")]


@pytest.mark.parametrize(
    "stray",
    [
        pytest.param({"AZ6": "=A1+1"}, id="a formula without a value right of the table"),
        pytest.param({"A6": "=AZ1+1"}, id="a formula without a value left of it"),
        pytest.param({"A6": "=AZ1+1", "AZ9": "=A1"}, id="both"),
        pytest.param({"AZ2": "x"}, id="a note far right"),
        pytest.param({"A1": "标题"}, id="a title in A1"),
    ],
)
@pytest.mark.parametrize("left", [0, 2])
def test_cells_beside_the_table_do_not_move_its_places(tmp_path: Path, stray: dict[str, str], left: int) -> None:
    """A stray cell must not shift addresses, nor hide an error value behind a wrong column."""
    if left == 0:
        stray = {("A1" if c == "A6" else c): v for c, v in stray.items()}
    path = write_xlsx(tmp_path / "in.xlsx", table([{"phone": "12"}, {"exports": None}]), left=left)
    book = openpyxl.load_workbook(path)
    sheet = book[SHEET]
    for cell, value in stray.items():
        sheet[cell] = value
    exports = sheet.cell(6, 8 + left)
    exports.value, exports.data_type = "#REF!", "e"
    book.save(path)
    phone = sheet.cell(5, 7 + left).coordinate
    answer = quote_file(path)
    assert answer.problems() == [("PHONE", phone, "error"), ("CELL_ERROR", exports.coordinate, "error")]
    assert answer.quote.roster.placed()[1].value == "#REF!"


def test_the_first_row_with_three_required_headings_counts(quoted: Quoted) -> None:
    """Two required words in a title row are not enough."""
    answer = quoted([{"phone": "12"}], above={"A1": "企业名称", "B1": "手机", "D1": "填表说明"})
    assert answer.problems() == [("PHONE", "G5", "error")]


def test_columns_stand_in_any_order_and_need_not_all_be_there(quoted: Quoted) -> None:
    answer = quoted([{"phone": "12"}, {}], order=[*reversed(REQUIRED), "opinion", "received"])
    assert answer.column("资格") == ["待补正", "符合条件"]
    assert answer.problems() == [("PHONE", "C5", "error")]
    assert answer.column("序号") == ["1", "2"]


SPELLINGS = [
    ("exports", "２０１８年出口额（美元）"),
    ("exports", " 2018 年 出口额 (美元) * "),
    ("exports", "*2018年出口额\n(美元)"),
    ("exports", "2018年出口额"),
    ("exports", "2018年出口额（单位：美元）"),
    ("exports", "上年出口额(美元)"),
    ("uscc", "统一社会信用代码\u200b"),
    ("uscc", "统一社会\xa0信用代码"),
    ("customs_code", "海关编码"),
    ("customs_code", "海关备案编码*"),
    ("phone", "联系电话"),
    ("email", "ｅ－ｍａｉｌ"),
]


@pytest.mark.parametrize(("field", "heading"), SPELLINGS)
def test_headings_are_folded_and_have_aliases(quoted: Quoted, field: str, heading: str) -> None:
    answer = quoted([{"email": "x", "phone": "12", "size": "大型"}], headings={field: heading})
    assert file_codes(answer) == []
    assert [c for c, _, _ in answer.problems()] == ["PHONE", "EMAIL", "SIZE_LARGE"]
    assert cents(answer) == [500_000_000]


UNITS = [
    ("2018年出口额(美元)", 5_000_000, 500_000_000),
    ("2018年出口额(千美元)", 5_000, 500_000_000),
    ("2018年出口额(万美元)", 500, 500_000_000),
    ("2018年出口额（万美元）*", 500, 500_000_000),
    ("2018年出口额（单位：万美元）", 500, 500_000_000),
    ("2018年出口额\n（千美元）", 3_000.00001, 300_000_001),
    ("2018年出口额(万美元)", 50.000001, 50_000_001),
    ("2018年出口额(万美元)", "50.000001", 50_000_001),
    ("2018年出口额(万美元)", "3,000.00", 3_000_000_000),
    ("2018年出口额(万美元)", 3000.000001, 3_000_000_001),
    ("2018年出口额(万美元)", 787.755102, 787_755_102),
    ("2018年出口额(千美元)", 0.00001, 1),
    ("2018年出口额(万美元)", 351.23456700001, 351_234_567),  # a ten-thousandth of a cent of dust
    ("2018年出口额(万美元)", 351.234567, 351_234_567),
    ("2018年出口额(万美元)", 99_999.9999990001, 99_999_999_999),
]


@pytest.mark.parametrize(("heading", "cell", "expected"), UNITS)
def test_the_unit_of_a_heading_is_converted_exactly(quoted: Quoted, heading: str, cell: Any, expected: int) -> None:
    answer = quoted([{"exports": cell}], headings={"exports": heading})
    assert (answer.problems(), cents(answer)) == ([], [expected])


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("2018年出口额(万美元)", "50.0000001"),
        ("2018年出口额(千美元)", "1.000001"),
        ("2018年出口额(万美元)", 351.2345670004),  # told by its tenth decimal
        ("2018年出口额(万美元)", 1.23456700031),
        ("2018年出口额(万美元)", 12_345.0000000009),
        ("2018年出口额(万美元)", 99_999.9999990004),
    ],
)
def test_the_cent_is_measured_after_the_unit(quoted: Quoted, heading: str, cell: str) -> None:
    answer = quoted([{"exports": cell}], headings={"exports": heading})
    assert answer.problems() == [("AMOUNT_FINER", "H5", "error")]


def test_a_large_sheet_that_is_not_plain_keeps_all_digits_too(tmp_path: Path) -> None:
    """The formula stands far below the number: the rows between were read already when it was met."""
    rows = [{"exports": 351.2345670004}, *[{"exports": 400} for _ in range(3_000)]]
    path = write_xlsx(tmp_path / "in.xlsx", table(rows), headings={"exports": "2018年出口额(万美元)"})
    anew = tmp_path / "anew.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(anew, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                cell = rb'(<c r="H3004"[^>]*>)<v>400</v>'
                assert re.search(cell, data)
                data = re.sub(cell, rb"\1<f>200+200</f><v>400</v>", data)
            new.writestr(name, data)
    answer = quote_file(anew)
    assert [p for p in answer.problems() if p[0] == "AMOUNT_FINER"] == [("AMOUNT_FINER", "H5", "error")]


@pytest.mark.parametrize("unit", ["元", "万元", "千元", "万人民币", "吨", "EUR"])
def test_another_currency_is_no_unit_of_dollars(quoted: Quoted, unit: str) -> None:
    with pytest.raises(Refusal, match="2018年出口额"):
        quoted([{}], headings={"exports": f"2018年出口额({unit})"})


def test_each_column_has_its_own_unit(quoted: Quoted) -> None:
    answer = quoted(
        [{"exports": 500, "before": 4_000_000, "africa": 300}],
        headings={"exports": "2018年出口额(万美元)", "africa": "非洲出口额(千美元)"},
    )
    assert [cents(answer, f) for f in ("exports", "before", "region_africa")] == [
        [500_000_000],
        [400_000_000],
        [30_000_000],
    ]


def test_unknown_headings_are_named_with_the_nearest(quoted: Quoted) -> None:
    answer = quoted([{}], headings={"email": "电子邮厢"}, extra=[("x", "本区备用", ["甲"])])
    placed = answer.quote.roster.placed()
    assert [(p.code, p.cell, p.severity, p.value) for p in placed] == [
        ("HEADING_UNKNOWN", "AC4", "warning", "电子邮厢"),
        ("HEADING_UNKNOWN", "AH4", "warning", "本区备用"),
    ]
    assert "电子邮箱" in placed[0].message
    assert answer.row["资格"] == "符合条件"


def test_an_optional_heading_twice_is_a_warning_and_the_first_counts(quoted: Quoted) -> None:
    answer = quoted([{"wish": "A"}], extra=[("wish2", "申请方案", ["D"])])
    assert file_codes(answer) == [("HEADING_REPEATED", "AH4")]
    assert answer.row["方案"] == "A"


def test_an_alias_beside_the_heading_is_that_heading_twice(quoted: Quoted) -> None:
    with pytest.raises(Refusal, match="海关注册编码"):
        quoted([{}], extra=[("again", "海关编码", ["3206960001"])])


def test_all_that_is_wrong_with_the_headings_is_said_at_once(tmp_path: Path) -> None:
    order = [k for k in HEADINGS if k not in ("phone", "area")]
    path = write_xlsx(tmp_path / "in.xlsx", table([{}]), order=order, extra=[("again", "企业名称", ["甲"])])
    with pytest.raises(FileRefused) as e:
        read_table(path, roster_columns(nantong()))
    assert [p.code for p in e.value.problems] == ["HEADING_MISSING", "HEADING_TWICE"]
    assert "所属区、手机" in str(e.value)


def test_no_two_columns_share_a_heading_or_alias() -> None:
    spelled = [
        (split_unit(fold(text))[0] if column.kind in MONEY else fold(text), column.field)
        for column in roster_columns(nantong())
        for text in (column.heading, *column.aliases)
    ]
    owners: dict[str, set[str]] = {}
    for text, field in spelled:
        owners.setdefault(text, set()).add(field)
    assert [text for text, fields in owners.items() if len(fields) > 1] == []


def test_the_catalogue_is_the_template_that_the_design_prints() -> None:
    shown = [(c.shown, c.required) for c in roster_columns(nantong())]
    assert [s for s, _ in shown] == list(HEADINGS.values())
    assert [s for s, r in shown if r == "yes"] == [HEADINGS[k] for k in REQUIRED]
    assert [s for s, r in shown if r == "when_agreed"] == ["材料齐全时间"]


# ── what is a row ──


def test_a_row_is_a_row_if_a_cell_other_than_the_serial_is_filled(quoted: Quoted) -> None:
    blank = dict.fromkeys(HEADINGS)
    rows = [{}, blank | {"no": 2}, blank | {"check": "✘ 企业名称"}, blank, blank | {"name": " \u3000\xa0\u200b"}, {}]
    answer = quoted([*rows, blank | {"no": 7}])
    assert answer.column("序号") == ["1", "6"]
    assert answer.quote.roster.cells.rows.tolist() == [5, 10]


def test_a_row_with_only_a_remark_is_a_row(quoted: Quoted) -> None:
    answer = quoted([{}, dict.fromkeys(HEADINGS) | {"remark": "暂缺"}])
    assert answer.column("资格") == ["符合条件", "待补正"]
    assert {(c, cell) for c, cell, _ in answer.problems()} == {("REQUIRED", f"{x}6") for x in "BCDEFGHL"}


def test_columns_that_nobody_knows_make_no_row(quoted: Quoted) -> None:
    answer = quoted([{}], extra=[("x", "本区备用", ["甲", "乙", "丙"])])
    assert len(answer.rows) == 1


def test_the_check_column_is_ignored(quoted: Quoted) -> None:
    answer = quoted([{"check": "✘ 手机"}, {"check": "✔"}])
    assert (answer.column("资格"), answer.problems()) == (["符合条件"] * 2, [])


def test_a_table_without_rows_is_refused(quoted: Quoted) -> None:
    with pytest.raises(Refusal, match="没有企业"):
        quoted([])


# ── amounts ──

AMOUNTS = [
    # numeric cells: 15 significant digits, and dust
    (0.1 + 0.2, 30),
    (1.1 * 3, 330),
    (30000000.010000002, 3_000_000_001),
    (7877551.02, 787_755_102),
    (-0.0, 0),
    (-1e-9, 0),
    (1e-9, 0),
    (100.1 - 100 - 0.1, 0),
    (4.35 * 100, 43_500),
    (123456789.12, 12_345_678_912),
    (1234567890123.45, 123_456_789_012_345),
    (100000000.9233005, "AMOUNT_FINER"),
    (0.005, "AMOUNT_FINER"),
    (0.004, "AMOUNT_FINER"),
    (1234.567, "AMOUNT_FINER"),
    (-0.01, "AMOUNT_NEGATIVE"),
    (-3e6, "AMOUNT_NEGATIVE"),
    # text cells: cleaned, then exact
    ("1,234.50", 123_450),
    (" 1 234.50 ", 123_450),
    ("１，２３４．５０", 123_450),
    ("US$1,234.5", 123_450),
    ("1,234,567美元", 123_456_700),
    ("1234.500000", 123_450),
    ("1.2345E3", 123_450),
    ("+5", 500),
    ("0", 0),
    (".5", 50),
    ("30000000.010000002", "AMOUNT_FINER"),
    ("0.30000000000000004", "AMOUNT_FINER"),
    ("0.001", "AMOUNT_FINER"),
    ("-0.01", "AMOUNT_NEGATIVE"),
    ("-1e-9", "AMOUNT_NEGATIVE"),
    ("约300万", "AMOUNT_TEXT"),
    ("300万", "AMOUNT_TEXT"),
    ("1,23,4", "AMOUNT_TEXT"),
    # digits are never joined
    ("1，234", 123_400),
    ("1 234 567.5", 123_456_750),
    ("1\u00a0234", 123_400),
    ("12 345", 1_234_500),
    (" 5\u200b", 500),
    ("５００　０００", 50_000_000),
    ("1.2345E+4", 1_234_500),
    ("12 34", "AMOUNT_TEXT"),
    ("1234 567", "AMOUNT_TEXT"),
    ("250000 200000", "AMOUNT_TEXT"),
    ("300000\n200000", "AMOUNT_TEXT"),
    ("300\n000", "AMOUNT_TEXT"),
    ("300\t000", "AMOUNT_TEXT"),
    ("300  000", "AMOUNT_TEXT"),
    ("300\u200b000", "AMOUNT_TEXT"),
    ("1, 234", "AMOUNT_TEXT"),
    ("1 234,567", "AMOUNT_TEXT"),
    ("1 234,50", "AMOUNT_TEXT"),
    ("1.234.567", "AMOUNT_TEXT"),
    ("1,23,456", "AMOUNT_TEXT"),
    ("0,123", "AMOUNT_TEXT"),
    ("1234,567", "AMOUNT_TEXT"),
    ("300000²", "AMOUNT_TEXT"),
    ("3500000①", "AMOUNT_TEXT"),
    ("③", "AMOUNT_TEXT"),
    ("㊿", "AMOUNT_TEXT"),
    ("½", "AMOUNT_TEXT"),
    ("١٢٣", "AMOUNT_TEXT"),
    ("１２３", 12_300),
    ("1_000", "AMOUNT_TEXT"),
    ("3.5万", "AMOUNT_TEXT"),
    ("500元", "AMOUNT_TEXT"),
    ("500万美元", "AMOUNT_TEXT"),
    ("（500）", "AMOUNT_TEXT"),
    ("3.50E+06", "AMOUNT_TEXT"),
    # nothing is said
    ("无", None),
    (" ／ ", None),
    ("—", None),
    ("-", None),
    ("n/a", None),
    ("NA", "AMOUNT_TEXT"),
    ("同上", "AMOUNT_TEXT"),
    ("1.2.3", "AMOUNT_TEXT"),
    ("(500)", "AMOUNT_TEXT"),
    ("3000000-4000000", "AMOUNT_TEXT"),
    ("NaN", "AMOUNT_TEXT"),
    ("Infinity", "AMOUNT_TEXT"),
    ("0x10", "AMOUNT_TEXT"),
    ("", None),
    ("  ", None),
]


@pytest.fixture(scope="module")
def amounts(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """Each amount in the column of 2017, which may be blank and decides nothing here."""
    path = tmp_path_factory.mktemp("amounts") / "in.xlsx"
    return quote_file(write_xlsx(path, table([{"before": cell} for cell, _ in AMOUNTS])))


@pytest.mark.parametrize(("i", "expected"), list(enumerate(e for _, e in AMOUNTS)), ids=[repr(c) for c, _ in AMOUNTS])
def test_amounts_in_cells(i: int, expected: int | str | None, amounts: Answer) -> None:
    found = [(c, cell) for c, cell, _ in amounts.problems() if cell == f"S{5 + i}"]
    if isinstance(expected, str):
        assert (cents(amounts, "before")[i], found) == (None, [(expected, f"S{5 + i}")])
    else:
        assert (cents(amounts, "before")[i], found) == (expected, [])


@given(
    st.lists(
        st.one_of(
            st.integers(0, 10**13).map(lambda c: c / 100),
            st.decimals(0, 10**9, places=2).map(float),
            st.floats(0, 1e9),
            st.tuples(st.integers(0, 10**11), st.floats(-3e-9, 3e-9)).map(lambda t: max(0.0, t[0] / 100 + t[1])),
        ),
        min_size=1,
        max_size=50,
    ),
    st.sampled_from([1, 1_000, 10_000]),
)
def test_numeric_cells_against_the_definition(values: list[float], unit: int) -> None:
    """15 significant digits, then the unit, then the cent that is within a millionth of a dollar of it."""
    import pyarrow as pa

    texts = [repr(v) for v in values]
    got = parse(pa.array(texts, pa.string()), Decimal(unit), lambda: np.ones(len(values), dtype=bool))
    for i, value in enumerate(values):
        exact = Decimal(f"{value:.14e}") * unit * 100
        nearest = int(exact.to_integral_value())
        off = abs(exact - nearest) / 100
        if off <= Decimal("1e-6"):
            assert (bool(got.amounts.known[i]), int(got.amounts.cents[i])) == (True, nearest), value
        else:
            assert not got.amounts.known[i], value
            assert got.wrong["AMOUNT_FINER"][i], value


@given(st.lists(st.decimals(0, 10**11, places=6), min_size=1, max_size=50), st.sampled_from([1, 1_000, 10_000]))
def test_text_cells_are_exact(values: list[Decimal], unit: int) -> None:
    import pyarrow as pa

    texts = [f"{v:,f}" for v in values]
    got = parse(pa.array(texts, pa.string()), Decimal(unit), lambda: np.zeros(len(values), dtype=bool))
    for i, value in enumerate(values):
        exact = value * unit * 100
        if exact == exact.to_integral_value():
            assert (bool(got.amounts.known[i]), int(got.amounts.cents[i])) == (True, int(exact))
        else:
            assert got.wrong["AMOUNT_FINER"][i]


# ── dates ──

NOON = datetime(2019, 9, 5, 9, 37, 12)


class Serial(float):
    """A date's serial number in a cell without a date format."""


DATES = [
    (NOON, NOON),
    (date(2019, 9, 5), datetime(2019, 9, 5)),
    (Serial(43713.4008333333), NOON),
    (Serial(43713), datetime(2019, 9, 5)),
    (NOON + timedelta(milliseconds=400), NOON),
    (NOON + timedelta(milliseconds=600), NOON + timedelta(seconds=1)),
    ("2019-09-05 09:37:12", NOON),
    ("2019/9/5 9:37:12", NOON),
    ("2019.9.5", datetime(2019, 9, 5)),
    ("2019年9月5日", datetime(2019, 9, 5)),
    ("2019年9月5日9时37分12秒", NOON),
    ("２０１９年９月５日　９：３７：１２", NOON),
    ("2019年9月5日 下午2点5分", datetime(2019, 9, 5, 14, 5)),
    ("20190905", datetime(2019, 9, 5)),
    ("2019-09-05T09:37:12", NOON),
    ("43713", datetime(2019, 9, 5)),
    # as people write times, where that has one meaning
    ("2019年9月5日9点半", datetime(2019, 9, 5, 9, 30)),
    ("2019年9月5号下午3点一刻", datetime(2019, 9, 5, 15, 15)),
    ("2019.9.5 9.30", datetime(2019, 9, 5, 9, 30)),
    ("2019-9-5 9：30", datetime(2019, 9, 5, 9, 30)),
    ("2019-09-05\n9:30", datetime(2019, 9, 5, 9, 30)),
    ("2019年 9 月 5 日 9 时 30 分", datetime(2019, 9, 5, 9, 30)),
    ("2019年9月5日（星期四）9:30", datetime(2019, 9, 5, 9, 30)),
    ("2019年9月5日上午9时", datetime(2019, 9, 5, 9)),
    ("2019/9/5 2:30 PM", datetime(2019, 9, 5, 14, 30)),
    ("2019/9/5 12:30 AM", datetime(2019, 9, 5, 0, 30)),
    ("2019-9-5 下午12:30", datetime(2019, 9, 5, 12, 30)),
    ("2019-9-5 中午1点", datetime(2019, 9, 5, 13)),
    ("2019-9-5 晚上8点", datetime(2019, 9, 5, 20)),
    ("19年9月5日9:30", datetime(2019, 9, 5, 9, 30)),
    ("2019－9－5 9:30", datetime(2019, 9, 5, 9, 30)),
    ("201909050930", datetime(2019, 9, 5, 9, 30)),
    ("20190905 09:30", datetime(2019, 9, 5, 9, 30)),
    (Serial(20190905), datetime(2019, 9, 5)),
    ("2019-09-05T01:37:12Z", NOON),
    ("2019-09-05T09:37:12+08:00", NOON),
    ("2019-09-04T16:00:00.000Z", datetime(2019, 9, 5)),
    # and where it has none, or two
    ("2019.9.5 9.3", "DATE_INVALID"),
    ("2019-9-5 晚上12点", "DATE_INVALID"),
    ("2019-9-5 上午12点", "DATE_INVALID"),
    ("2019-9-5 上午14:30", "DATE_INVALID"),
    ("2019-09-05 24:00", "DATE_INVALID"),
    ("2019-09-05 9:30-10:00", "DATE_INVALID"),
    ("2019-09-05\n2019-09-06", "DATE_INVALID"),
    ("9月5号", "DATE_INVALID"),
    ("19-9-5", "DATE_INVALID"),
    ("2019-9-5①", "DATE_INVALID"),
    ("2019-9-5 9:3²", "DATE_INVALID"),
    ("2019/13/05", "DATE_INVALID"),
    ("2019.1", "DATE_INVALID"),
    ("9点半", "DATE_INVALID"),
    # and no day before its time
    (Serial(0.6875), "DATE_INVALID"),
    (Serial(0), "DATE_INVALID"),
    (Serial(0.5), "DATE_INVALID"),
    (Serial(366), "DATE_INVALID"),
    (time(16, 30), "DATE_INVALID"),
    (datetime(1900, 1, 1, 9), "DATE_INVALID"),
    ("0019-09-05", "DATE_INVALID"),
    ("1019-09-05", "DATE_INVALID"),
    ("2019-02-29", "DATE_INVALID"),
    ("2019-09-31 10:00", "DATE_INVALID"),
    ("2019-09-05 25:00", "DATE_INVALID"),
    ("2019-09-05 09:61", "DATE_INVALID"),
    ("9月5日", "DATE_INVALID"),
    ("待定", "DATE_INVALID"),
    (Serial(2019), "DATE_INVALID"),
    ("5/9/2019", "DATE_INVALID"),
]


@pytest.fixture(scope="module")
def dates(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    path = tmp_path_factory.mktemp("dates") / "in.xlsx"
    return quote_file(write_xlsx(path, table([{"received": cell} for cell, _ in DATES])))


@pytest.mark.parametrize(("i", "expected"), list(enumerate(e for _, e in DATES)), ids=[str(c) for c, _ in DATES])
def test_dates_in_cells(i: int, expected: datetime | str, dates: Answer) -> None:
    got = dates.quote.roster.times["received"][i]
    found = [c for c, cell, _ in dates.problems() if cell == f"O{5 + i}"]
    if isinstance(expected, str):
        assert (np.isnat(got), found) == (True, [expected])
    else:
        midnight = expected.time() == time()
        assert (got, found) == (np.datetime64(expected, "s"), ["TIME_MISSING"] if midnight else [])


def test_one_impossible_date_leaves_the_others(quoted: Quoted) -> None:
    answer = quoted([{"reviewed": "2019-09-06"}, {"reviewed": "2019-02-30"}, {"reviewed": date(2019, 9, 7)}])
    assert answer.problems() == [("DATE_INVALID", "R6", "error")]
    assert answer.quote.roster.times["reviewed"].astype(str).tolist() == [
        "2019-09-06T00:00:00",
        "NaT",
        "2019-09-07T00:00:00",
    ]


def test_text_in_several_fonts_and_inline_is_one_text(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "in.xlsx", {"constant_memory": True})
    page = book.add_worksheet(SHEET)
    page.write_row(0, 0, list(HEADINGS.values()))
    row = table([{}])[0]
    for x, key in enumerate(HEADINGS):
        if key == "name":
            page.write_rich_string(1, x, "南通", book.add_format({"bold": True}), "红字", "有限公司")
        elif row.get(key) is not None:
            page.write(1, x, str(row[key]))
    book.close()
    answer = quote_file(tmp_path / "in.xlsx")
    assert (answer.row["企业名称"], answer.row["资格"]) == ("南通红字有限公司", "符合条件")


def test_every_second_of_a_day_survives_a_cell(tmp_path: Path) -> None:
    """Excel keeps a moment as a binary fraction of a day; a second more or less would change the queue."""
    moments = [datetime(2019, 9, 5) + timedelta(seconds=s) for s in range(1, 86_400, 173)]
    serials = [Serial((m - datetime(1899, 12, 30)) / timedelta(days=1)) for m in moments]
    for cells in (moments, serials, [m.isoformat(" ") for m in moments]):
        answer = quote_file(write_xlsx(tmp_path / "in.xlsx", table([{"received": c} for c in cells])))
        assert answer.quote.roster.times["received"].tolist() == moments


# ── text that people type, and what cleaning reports ──


def test_cleaning_is_reported(quoted: Quoted) -> None:
    answer = quoted(
        [{}, {"name": "南通　ＡＢＣ有限公司", "phone": "+86 138-0013-8000", "area": "崇川", "exports": "5,000,000"}]
    )
    cleaned = {f: rows.tolist() for f, rows in answer.quote.roster.cleaned.items()}
    assert cleaned == {"name": [1], "phone": [1], "area": [1], "exports": [1]}
    assert answer.column("资格") == ["符合条件"] * 2
    assert answer.quote.roster.text["phone"].to_pylist()[1] == "13800138000"


# ── other kinds of file ──


def test_macros_are_said_and_never_run(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "in.xlsm", table([{}]))
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 not read")
    answer = quote_file(path)
    assert (answer.problems(), answer.row["资格"]) == ([("FILE_MACROS", "", "warning")], "符合条件")


def write_xls(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    book = xlwt.Workbook()
    book.add_sheet("旧表").visibility = 1
    sheet = book.add_sheet("数据")
    book.set_active_sheet(1)
    moment = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm:ss")
    for x, heading in enumerate(HEADINGS.values()):
        sheet.write(2, x, heading)
    for y, row in enumerate(rows, 3):
        for x, key in enumerate(HEADINGS):
            value = row.get(key)
            if value == "#REF!":
                sheet.row(y).set_cell_error(x, value)
            elif value is not None:
                args = (moment,) if isinstance(value, date) else ()
                sheet.write(y, x, value, *args)
    book.save(str(path))
    return path


def test_an_old_xls_says_the_same_as_the_xlsx(tmp_path: Path) -> None:
    rows = table(
        [{}, {"exports": 0.1 + 0.2}, {"exports": "1,000,000.00"}, {"phone": 13800138000}, {"exports": 500_000.005}]
    )
    expected = quote_file(write_xlsx(tmp_path / "a.xlsx", rows))
    answer = quote_file(write_xls(tmp_path / "b.xls", rows))
    assert answer.rows == expected.rows
    assert answer.problems() == [("FILE_XLS", "", "warning"), ("AMOUNT_FINER", "H8", "error")]


def test_an_old_xls_shows_error_values_and_numbers_for_codes(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "b.xls", table([{"exports": "#REF!"}, {"uscc": 913206021234567890}]))
    assert quote_file(path).problems() == [
        ("FILE_XLS", "", "warning"), ("CELL_ERROR", "H4", "error"), ("USCC_NUMBER", "C5", "error"),
    ]  # fmt: skip


def test_csv_has_titles_short_rows_and_quotes(tmp_path: Path) -> None:
    rows = table([{"name": '南通"甲",有限公司'}, {"remark": "第一行\n第二行"}])
    path = write_csv(tmp_path / "in.csv", rows, above=[["南通市统保平台申请汇总表"], []])
    answer = quote_file(path)
    assert answer.column("企业名称") == ['南通"甲",有限公司', rows[1]["name"]]
    assert answer.column("资格") == ["符合条件"] * 2


def test_csv_cells_are_text_and_so_exact(tmp_path: Path) -> None:
    answer = quote_file(write_csv(tmp_path / "in.csv", table([{"exports": "500000.001"}, {"exports": "500000.00"}])))
    assert answer.column("资格") == ["待补正", "符合条件"]
    assert answer.problems() == [("AMOUNT_FINER", "H2", "error")]


def test_csv_in_no_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes("企业名称,手机,所属区\n".encode() + b"\xff\xff\xfe,\x81\n")
    with pytest.raises(Refusal, match="GB18030"):
        quote_file(path)


def test_a_zip_of_workbooks_is_not_one_file(tmp_path: Path) -> None:
    inner = write_xlsx(tmp_path / "a.xlsx", table([{}]))
    path = tmp_path / "几个区.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.write(inner, "a.xlsx")
    with pytest.raises(Refusal, match="压缩包"):
        quote(path, nantong(), today=date(2019, 12, 31))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="找不到文件"):
        quote(tmp_path / "没有.xlsx", nantong(), today=date(2019, 12, 31))


def test_a_stand_in_beside_its_heading_is_another_column(tmp_path: Path) -> None:
    above = [[*HEADINGS.values(), "联系电话"], [*_cells(clean_row(1)), "0513-1"]]
    path = tmp_path / "in.csv"
    path.write_text("\n".join(",".join(line) for line in above), "utf-8")
    cells = read_roster(path, nantong())
    assert cells.columns["phone"].to_pylist() == [clean_row(1)["phone"]]
    assert [(p.code, p.value) for p in cells.problems] == [("HEADING_UNKNOWN", "联系电话")]


def test_two_aliases_of_a_required_heading_are_a_doubled_heading(tmp_path: Path) -> None:
    headings = [h for k, h in HEADINGS.items() if k != "phone"]
    cells = [c for k, c in zip(HEADINGS, _cells(clean_row(1)), strict=True) if k != "phone"]
    path = tmp_path / "in.csv"
    path.write_text("\n".join(",".join(x) for x in ([*headings, "手机号", "手机号码"], [*cells, "1", "2"])), "utf-8")
    with pytest.raises(FileRefused) as refused:
        read_roster(path, nantong())
    assert [p.code for p in refused.value.problems] == ["HEADING_TWICE"]


def _cells(row: dict[str, object]) -> list[str]:
    return ["" if row.get(k) is None else str(row[k]) for k in HEADINGS]
