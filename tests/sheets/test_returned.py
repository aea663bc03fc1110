"""Returned files: what is marked, what stays as it was, what an earlier round leaves, and when a file is rebuilt."""

from __future__ import annotations

import hashlib
import random
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
import recalculated
import rosters
import schemacheck
import xlwt
from converting import convert
from damage import damaged
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.workbook import Workbook
from openpyxl.worksheet.table import Table
from python_calamine import CalamineWorkbook

from xltools.catalogue.template import ROSTER_SHEET, STAMP_SHEET, VERSION_SHEET
from xltools.roster.cells import Roster
from xltools.roster.checks import check
from xltools.roster.problems import Placed
from xltools.scheme import load
from xltools.sheets.district import template
from xltools.sheets.district.template import write_template
from xltools.sheets.intake.read import read_roster
from xltools.sheets.returned import book as returned
from xltools.sheets.returned.book import rows_of, write_returned
from xltools.sheets.returned.looks import ERROR, WARNING
from xltools.sheets.returned.problemsheet import HEADINGS

SCHEME = load("nantong-2019")
TODAY = date(2019, 12, 31)

FIRM = {
    "name": "南通示例进出口有限公司", "uscc": rosters.uscc(1), "customs_code": "3206960017", "area": "崇川区",
    "contact": "张三", "phone": "13800000000", "exports": Decimal("3500000.00"), "insured": "未投保", "wish": "A",
    "received": datetime(2019, 9, 5, 9, 30), "opinion": "同意", "reviewer": "李四", "reviewed": date(2019, 9, 6),
    "before": Decimal("3200000.00"),
}  # fmt: skip


def firm(number: int, **over: object) -> dict[str, object]:
    return FIRM | {"uscc": rosters.uscc(number), "name": f"南通第{number}号进出口有限公司"} | over


# The rows of the file that most tests return: sheet rows 5 to 10.
FIRMS = [
    firm(1),
    firm(2, phone="1380000", area="崇州区"),
    firm(3, contact=None, remark="=1+1"),
    firm(4, received=datetime(2019, 9, 6)),
    firm(5, exports="约300万"),
    firm(6, name="=HYPERLINK(1)公司", address="+86 路", legal="-张"),
]
MARKED = {"G6": "red", "E6": "red", "F7": "red", "O8": "amber", "H9": "red"}


def problem(cell: str, severity: str = "error", **over: Any) -> Placed:
    fields = {"field": "name", "code": "X", "value": "旧值", "message": f"{cell}有问题", "hint": "请改"}
    fields |= {"row": int(re.sub(r"\D", "", cell) or 0), "severity": severity} | over
    return Placed("f.xlsx", ROSTER_SHEET, cell, **fields)


def checked(path: Path) -> Roster:
    return check(read_roster(path, SCHEME), SCHEME, TODAY)


def give_back(path: Path, target: Path, placed: Sequence[Placed] | None = None, **over: Any) -> str:
    """`write_returned` as the desk calls it: everything from the file itself, but for `placed` and `over`."""
    roster = checked(path)
    cells = roster.cells
    arguments: dict[str, Any] = {
        "scheme": SCHEME, "sheet": cells.sheet, "heading_row": cells.heading_row, "columns": cells.places,
        "placed": roster.placed() if placed is None else placed, "district": "崇川区", "next_round": 2,
        "rows": partial(rows_of, roster),
    }  # fmt: skip
    return write_returned(path, target, **(arguments | over)).how


def loaded(path: Path, **how: Any) -> Workbook:
    """The workbook for looking at, loaded once; tests that change one load it themselves."""
    return _loaded(path, digest(path), **how)


@lru_cache(maxsize=8)
def _loaded(path: Path, _: str, **how: Any) -> Workbook:
    return openpyxl.load_workbook(path, **how)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fill(cell: Any) -> str:
    colours = {ERROR: "red", WARNING: "amber"}
    return colours.get(cell.fill.fgColor.rgb, "other") if cell.fill.fill_type == "solid" else ""


def marks(path: Path, sheet: str = ROSTER_SHEET) -> dict[str, str]:
    page = loaded(path)[sheet]
    return {c.coordinate: fill(c) for row in page.iter_rows() for c in row if fill(c) in ("red", "amber")}


def notes(path: Path, sheet: str = ROSTER_SHEET) -> dict[str, tuple[str, str]]:
    page = loaded(path)[sheet]
    return {c.coordinate: (c.comment.author, c.comment.text) for row in page.iter_rows() for c in row if c.comment}


def column(path: Path, heading: str = "错误信息", sheet: str = ROSTER_SHEET, top: int = 4) -> dict[int, str]:
    """Row -> text below a heading; an assertion fails where the heading is not there exactly once."""
    page = loaded(path)[sheet]
    (at,) = [c.column for c in page[top] if c.value == heading]
    return {r: page.cell(r, at).value for r in range(top + 1, page.max_row + 1) if page.cell(r, at).value is not None}


def listed(path: Path, name: str = "问题") -> list[dict[str, Any]]:
    page = loaded(path)[name]
    rows = list(page.iter_rows(min_row=3, values_only=True))
    assert rows[0][: len(HEADINGS)] == HEADINGS
    return [dict(zip(HEADINGS, row, strict=False)) for row in rows[1:]]


def part(path: Path, name: str) -> bytes:
    with ZipFile(path) as package:
        return package.read(name)


def rows_xml(path: Path, name: str = "xl/worksheets/sheet1.xml") -> dict[int, bytes]:
    found = re.findall(rb'(<row r="(\d+)".*?(?:</row>|(?<=/)>))', part(path, name), re.DOTALL)
    return {int(number): xml for xml, number in found}


def rezip(path: Path, target: Path, change: Callable[[str, bytes], bytes], **more: bytes) -> Path:
    """A copy with its members changed; `more` adds members, `__` standing for a slash."""
    with ZipFile(path) as old, ZipFile(target, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, content in more.items():
            new.writestr(name.replace("__", "/") + ".xml", content)
    return target


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("original") / "崇川区.xlsx"
    write_template(path, SCHEME, district="崇川区", rows=FIRMS, spare=20)
    return path


@pytest.fixture(scope="module")
def marked(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("marked") / "退回.xlsx"
    before = digest(original)
    assert give_back(original, path) == "marked"
    assert digest(original) == before
    return path


# ── what is marked ──


def test_bad_cells_are_red_warnings_amber_and_nothing_else_is(marked: Path) -> None:
    assert marks(marked) == MARKED


def test_each_marked_cell_has_a_note_of_ours_with_message_and_hint(marked: Path) -> None:
    found = notes(marked)
    assert found.keys() == MARKED.keys()
    assert {author for author, _ in found.values()} == {"xltools"}
    assert found["F7"][1] == "必须改：“联系人”没有填\n怎么办：必填，请补上"
    assert found["O8"][1].startswith("提示：“材料齐全时间”只有日期")
    assert "怎么办：" in found["O8"][1]


def test_notes_stand_beside_their_cells_and_hold_their_text(marked: Path) -> None:
    vml = part(marked, "xl/drawings/vmlDrawing1.vml").decode()
    anchors = re.findall(r"Anchor>([\d, ]+)<.*?Row>(\d+)<.*?Column>(\d+)<", vml, re.DOTALL)
    assert len(anchors) == len(MARKED)
    for place, row, col in anchors:
        left, _, top, _, right, _, bottom, _ = map(int, place.split(","))
        assert (left, top) == (int(col) + 1, int(row) - 1)
        assert right > left
        assert bottom >= top
    assert min(map(int, re.findall(r"height:(\d+)px", vml))) >= 3 * 17  # two lines of text and some air


def test_the_error_column_tells_each_row_its_problems(marked: Path) -> None:
    found = column(marked)
    assert found.keys() == {6, 7, 8, 9}
    assert re.fullmatch(r"1\. “所属区”.*；2\. 联系电话.*1380000", found[6])
    assert found[7] == "1. “联系人”没有填"
    assert found[8].startswith("1. （提示）“材料齐全时间”")


def test_the_error_column_stands_right_of_the_last_and_can_be_filtered_and_sorted(original: Path, marked: Path) -> None:
    page, before = loaded(marked)[ROSTER_SHEET], loaded(original)[ROSTER_SHEET]
    assert (before["AG4"].value, page["AH4"].value) == ("填报检查", "错误信息")
    assert (before.auto_filter.ref, page.auto_filter.ref) == ("A4:AG30", "A4:AH30")
    assert page["AH6"].alignment.wrap_text
    assert not page["AH6"].protection.locked
    assert not page.column_dimensions["AH"].protection.locked
    assert not page.column_dimensions["AH"].hidden
    assert page["AH4"].protection.locked
    assert page["AH4"].border.left.style == before["A4"].border.left.style


def test_the_problem_sheet_lists_every_problem_with_a_link(original: Path, marked: Path) -> None:
    placed = checked(original).placed()
    assert len(placed) == 5
    words = {"error": "必须改", "warning": "提示"}
    got = [(r["位置"], r["原值"] or "", r["严重程度"], r["问题"], r["怎么办"]) for r in listed(marked)]
    assert got == [(p.cell, p.value, words[p.severity], p.message, p.hint) for p in placed]
    assert [r["列"] for r in listed(marked)] == ["所属区", "手机", "联系人", "材料齐全时间", "2018年出口额(美元)"]
    page = loaded(marked)["问题"]
    assert [page.cell(r, 2).hyperlink.location for r in range(4, 9)] == [f"'{ROSTER_SHEET}'!{p.cell}" for p in placed]
    assert all(page.cell(r, 2).hyperlink.target is None for r in range(4, 9))
    assert (page.freeze_panes, page.auto_filter.ref, page.print_title_rows) == ("A4", "A3:G8", "$3:$3")
    assert (page.page_setup.orientation, page.page_setup.paperSize, page.page_setup.fitToHeight) == ("landscape", 9, 0)
    assert page["A2"].value.startswith("必须改 4 处（红色），提示 1 处")


def test_sheets_keep_their_order_and_the_roster_stays_in_front(marked: Path) -> None:
    book = loaded(marked)
    assert book.sheetnames[:3] == [ROSTER_SHEET, "问题", STAMP_SHEET]
    assert book.active.title == ROSTER_SHEET
    assert book[VERSION_SHEET].sheet_state == "hidden"


def test_the_next_round_stands_in_the_version_sheet_and_wherever_the_template_prints_it(marked: Path) -> None:
    book = loaded(marked)
    values = {r[0]: r[1] for r in book[VERSION_SHEET].iter_rows(min_row=2, values_only=True)}
    assert values == {"模板版本": "1", "方案": "nantong-2019", "区": "崇川区", "轮次": 2}
    assert "第 2 轮" in book[ROSTER_SHEET]["A3"].value
    assert "第 2 轮" in book[ROSTER_SHEET].oddFooter.right.text


# ── what stays as it was ──


def test_rows_without_a_problem_are_byte_for_byte_what_they_were(original: Path, marked: Path) -> None:
    before, after = rows_xml(original), rows_xml(marked)
    assert before.keys() == after.keys()
    untouched = before.keys() - {1, 2, 3, 4, 6, 7, 8, 9}
    assert len(untouched) == 22
    assert {r for r in untouched if before[r] != after[r]} == set()


def test_every_other_part_keeps_its_very_bytes(original: Path, marked: Path) -> None:
    with ZipFile(original) as before, ZipFile(marked) as after:
        there = before.namelist()
        changed = {n for n in there if before.read(n) != after.read(n)}
        new = set(after.namelist()) - set(there)
    assert changed == {
        "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml",
        "xl/worksheets/sheet1.xml", "xl/worksheets/sheet4.xml",
    }  # fmt: skip
    assert new == {
        "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml", "xl/worksheets/_rels/sheet1.xml.rels",
        "xl/worksheets/sheet5.xml",
    }  # fmt: skip
    assert len(there) > 10


def test_every_value_of_the_district_is_what_it_was(original: Path, marked: Path) -> None:
    def cells(path: Path) -> list[list[Any]]:
        grid = CalamineWorkbook.from_path(path).get_sheet_by_name(ROSTER_SHEET).to_python(skip_empty_area=False)
        return [row[:33] for row in grid]

    before, after = cells(original), cells(marked)
    assert before[3:] == after[3:]
    assert before[9][1] == "=HYPERLINK(1)公司"
    assert before[6][31] == "=1+1"


def test_no_text_of_the_district_has_become_a_formula(original: Path, marked: Path) -> None:
    def formulas(path: Path) -> dict[str, str]:
        page = loaded(path)[ROSTER_SHEET]
        return {c.coordinate: c.value for row in page.iter_rows() for c in row if c.data_type == "f"}

    assert formulas(original) == formulas(marked)
    assert {c[:2] for c in formulas(marked)} == {"AG"}


def surviving(path: Path) -> dict[str, Any]:
    book = loaded(path)
    page = book[ROSTER_SHEET]
    offered = page.data_validations.dataValidation
    protection = dict(vars(page.protection))
    return {
        "validations": sorted((str(v.sqref), v.type, v.formula1, v.showErrorMessage) for v in offered),
        "conditional formats": [
            (str(a.sqref), r.type, r.formula, r.stopIfTrue, r.dxf.fill.bgColor.rgb)
            for a in page.conditional_formatting for r in a.rules if r.type != "cellIs"
        ],
        "columns": [
            (k, d.width, d.hidden, d.outlineLevel) for k, d in sorted(page.column_dimensions.items()) if d.min <= 33
        ],
        "locked": [[c.protection.locked for c in row] for row in page.iter_rows(max_col=33, max_row=30)],
        "formats": [[c.number_format for c in row] for row in page.iter_rows(max_col=33, max_row=30)],
        "protection": protection,
        "frozen": page.freeze_panes,
        "print": (page.print_area, page.print_title_rows, page.page_setup.orientation, page.page_setup.paperSize),
        "names": sorted(book.defined_names),
        "ignored": re.findall(rb"<ignoredErrors>.*?</ignoredErrors>", part(path, "xl/worksheets/sheet1.xml")),
        "selected": [(s.pane, s.sqref) for s in page.sheet_view.selection],
    }  # fmt: skip


@pytest.mark.parametrize("what", [
    "validations", "conditional formats", "columns", "locked", "formats", "protection", "frozen", "print", "names",
    "ignored", "selected",
])  # fmt: skip
def test_the_template_survives(original: Path, marked: Path, what: str) -> None:
    before, after = surviving(original)[what], surviving(marked)[what]
    assert before == after
    assert before or what == "names"


def test_a_marked_file_has_no_schema_error_and_every_part_is_well_formed(marked: Path) -> None:
    with ZipFile(marked) as package:
        for name in package.namelist():
            assert ET.fromstring(package.read(name)).tag, name
    assert schemacheck.errors(marked) == []


def test_a_marked_file_reads_as_the_original_did(original: Path, marked: Path) -> None:
    def told(path: Path) -> list[tuple[str, str, str]]:
        return [(p.cell, p.code, p.message) for p in checked(path).placed()]

    assert told(marked) == told(original)


def test_libreoffice_opens_it_recalculates_and_keeps_our_notes(marked: Path, tmp_path: Path) -> None:
    cells = recalculated.by_libreoffice(marked, tmp_path)[ROSTER_SHEET]
    assert cells["AG5"].startswith("✔")
    assert cells["AG6"].startswith("✘")
    saved = tmp_path / "out" / marked.name
    assert marks(saved) == MARKED
    assert {cell: text for cell, (_, text) in notes(saved).items()} == {
        c: text for c, (_, text) in notes(marked).items()
    }


NASTY = [
    "=1+1", "+86", "-x", "@y", " 前后空格 ", "换\n行", "回车\r\n换行", "制\t表", "_x0041_", "_x005F_x0041_", "<&>\"'",
    "𠮷野家", "\u200b零宽", "1e5", "00123", "'撇号",
]  # fmt: skip


@pytest.mark.parametrize("touched", [True, False], ids=["in rows that are marked", "in rows that are not"])
def test_text_of_any_kind_comes_back_as_it_was(tmp_path: Path, touched: bool) -> None:
    path, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    rosters.write_xlsx(path, rosters.table([{"remark": text} for text in NASTY]))
    placed = [problem(f"B{r}") for r in range(5, 5 + len(NASTY))] if touched else [problem("B1")]
    assert give_back(path, target, placed) == "marked"

    def remarks(file: Path) -> list[Any]:
        grid = CalamineWorkbook.from_path(file).get_sheet_by_name(ROSTER_SHEET).to_python(skip_empty_area=False)
        return [row[31] for row in grid[4 : 4 + len(NASTY)]]

    assert remarks(path) == remarks(target)
    page = loaded(target)[ROSTER_SHEET]
    assert {page.cell(r, 32).data_type for r in range(5, 5 + len(NASTY))} == {"s"}


def test_text_of_problems_never_becomes_a_formula(tmp_path: Path) -> None:
    path, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    rosters.write_xlsx(path, rosters.table([{}]))
    give_back(path, target, [problem("B5", value="=1+1", message="=2+2", hint="+3\x07")])
    assert listed(target)[0] | {"位置": "B5", "原值": "=1+1", "问题": "=2+2", "怎么办": "+3"} == listed(target)[0]
    page = loaded(target)["问题"]
    assert {page.cell(4, c).data_type for c in range(2, 8)} == {"s"}


def test_formulas_keep_their_values_in_marked_and_in_other_rows(tmp_path: Path) -> None:
    path, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    cells = [
        rosters.Formula("=3500000+1", 3500001),
        rosters.Formula('="南通"&"&"', "南通&"),
        rosters.Formula("=1/0", "#DIV/0!"),
    ]
    rosters.write_xlsx(path, rosters.table([{"remark": f} for f in cells] * 2))
    give_back(path, target, [problem(f"B{r}") for r in (5, 6, 7)])

    def inside(file: Path) -> list[bytes]:
        return re.findall(rb"<f>.*?</f><v>.*?</v>", part(file, "xl/worksheets/sheet1.xml"))

    assert inside(path) == inside(target)
    assert len(inside(path)) == 6
    assert [p.code for p in checked(target).placed()] == [p.code for p in checked(path).placed()]


def test_rich_text_keeps_its_fonts(tmp_path: Path) -> None:
    path, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    rosters.write_xlsx(path, rosters.table([{}, {}]))
    book = openpyxl.load_workbook(path)
    rich = CellRichText("请看", TextBlock(InlineFont(b=True, color="FFFF0000"), " 红字 "), "完")
    book.active["AF5"], book.active["AF6"] = rich, rich
    book.save(path)
    assert give_back(path, target, [problem("AF5")]) == "marked"
    page = loaded(target, rich_text=True)[ROSTER_SHEET]
    for cell in ("AF5", "AF6"):
        assert str(page[cell].value) == "请看 红字 完"
        assert page[cell].value[1].font.b
        assert page[cell].value[1].font.color.rgb == "FFFF0000"


# ── cells that are not there yet, rows and files as a whole ──


def test_a_bad_cell_that_the_file_does_not_hold_stays_open_for_typing(tmp_path: Path) -> None:
    path, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    write_template(path, SCHEME, district="崇川区", rows=[firm(1)], spare=5)
    strip = re.compile(rb'<c r="F5"[^>]*?(?:/>|>.*?</c>)')
    bare = rezip(path, tmp_path / "c.xlsx", lambda n, c: strip.sub(b"", c) if n.endswith("sheet1.xml") else c)
    assert loaded(bare)[ROSTER_SHEET]._cells.get((5, 6)) is None
    assert give_back(bare, target) == "marked"
    cell = loaded(target)[ROSTER_SHEET]["F5"]
    assert (fill(cell), cell.protection.locked, cell.number_format) == ("red", False, "@")


def test_a_blank_bad_cell_is_red_before_any_rule_of_the_file(marked: Path) -> None:
    page = loaded(marked)[ROSTER_SHEET]
    first = next(iter(page.conditional_formatting))
    (rule,) = first.rules
    assert (str(first.sqref), rule.type, rule.operator, rule.formula, rule.priority) == (
        "F7",
        "cellIs",
        "equal",
        ['""'],
        1,
    )
    assert rule.dxf.fill.bgColor.rgb == ERROR
    assert rule.stopIfTrue
    others = [r.priority for a in page.conditional_formatting for r in a.rules][1:]
    assert min(others) == 2
    assert len(set(others)) == len(others)


@pytest.mark.parametrize(
    ("placed", "red", "amber", "text"),
    [
        pytest.param(problem("A5", field=""), "ABCDEFGHI", "", {5: "1. A5有问题"}, id="an error of a row"),
        pytest.param(
            problem("A5", "warning", field=""), "", "A", {5: "1. （提示）A5有问题"}, id="a warning of a row"
        ),
        pytest.param(problem("C4", row=0, field=""), "", "", {}, id="a problem of a heading marks the heading only"),
        pytest.param(problem("", row=0, field=""), "", "", {}, id="a problem of the file marks no cell"),
        pytest.param(
            problem("", row=5, field="received", message="有问题"), "", "", {5: "1. 有问题"}, id="no cell, but a row"
        ),
    ],
)  # fmt: skip
def test_problems_of_rows_and_files(tmp_path: Path, placed: Placed, red: str, amber: str, text: dict[int, str]) -> None:
    path, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    rosters.write_xlsx(path, rosters.table([{}, {}]), order=[*list(rosters.HEADINGS)[:8], "insured"])
    assert give_back(path, target, [placed], columns={f: i for i, f in enumerate("abcdefghi")}) == "marked"
    found = marks(target)
    if placed.cell == "C4":
        assert found == {"C4": "red"}
    else:
        assert found == {f"{c}5": "red" for c in red} | {f"{c}5": "amber" for c in amber}
    page = loaded(target)[ROSTER_SHEET]
    assert (column(target) if text else page["J4"].value or {}) == text
    (line,) = listed(target)
    assert line["位置"] == (placed.cell or ("第 5 行" if placed.row else "整个文件"))


def test_two_problems_of_one_cell_share_a_numbered_note(tmp_path: Path) -> None:
    path, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    rosters.write_xlsx(path, rosters.table([{}]))
    give_back(path, target, [problem("B5", "warning", message="甲"), problem("B5", message="乙")])
    assert marks(target) == {"B5": "red"}
    assert notes(target)["B5"][1] == "1. 提示：甲\n怎么办：请改\n\n2. 必须改：乙\n怎么办：请改"
    assert column(target) == {5: "1. （提示）甲；2. 乙"}


def test_a_bad_cell_inside_a_merged_range_marks_the_range(tmp_path: Path) -> None:
    path, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    rosters.write_xlsx(path, rosters.table([{}, {"area": None}, {"area": None}]), merged=["E6:E7"])
    assert give_back(path, target, [problem("E7")]) == "marked"
    assert marks(target) == {"E6": "red"}
    assert notes(target)["E6"][1].startswith("必须改：E7有问题")
    assert [str(r) for r in loaded(target)[ROSTER_SHEET].merged_cells.ranges] == ["E6:E7"]


def test_a_file_of_their_own_gets_the_filter_and_a_hidden_version_sheet(tmp_path: Path) -> None:
    path, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    rosters.write_xlsx(path, rosters.table([{}, {"phone": "1"}]), top=2, sheet="我的表")
    assert give_back(path, target, next_round=1) == "marked"
    book = loaded(target)
    assert book["我的表"].auto_filter.ref == "A2:AH4"
    assert book[VERSION_SHEET].sheet_state == "hidden"
    values = [tuple(r[:2]) for r in book[VERSION_SHEET].iter_rows(values_only=True)]
    assert values == [("项目", "值"), ("方案", "nantong-2019"), ("区", "崇川区"), ("轮次", 1)]
    assert marks(target, "我的表") == {"G4": "red"}
    assert schemacheck.errors(target) == []


def test_a_table_is_extended_instead_of_the_filter(tmp_path: Path) -> None:
    path, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    rosters.write_xlsx(path, rosters.table([{}, {"phone": "1"}]))
    book = openpyxl.load_workbook(path)
    book.active.add_table(Table(displayName="名单", ref="A4:AG6"))
    book.save(path)
    assert give_back(path, target) == "marked"
    page = loaded(target)[ROSTER_SHEET]
    table = page.tables["名单"]
    assert (table.ref, table.autoFilter.ref, page.auto_filter.ref) == ("A4:AH6", "A4:AH6", None)
    assert [c.name for c in table.tableColumns][-2:] == ["填报检查", "错误信息"]
    assert len(table.tableColumns) == 34
    assert page["AH4"].value == "错误信息"


# ── the next round ──


@pytest.fixture
def coloured(tmp_path: Path) -> Path:
    """A district's file with a green cell and a note of its own in cells that are bad in the first round."""
    path = tmp_path / "own.xlsx"
    write_template(path, SCHEME, district="崇川区", rows=FIRMS, spare=5)
    roster, notes_of = tmp_path / "coloured.xlsx", Comment("请稍等", "王五")
    book = openpyxl.load_workbook(path)
    page = book[ROSTER_SHEET]
    page["G6"].fill = PatternFill("solid", fgColor="FF00B050")
    page["E6"].comment = notes_of
    page["B5"].comment = Comment("总公司", "王五")
    book.save(roster)
    return roster


@pytest.mark.parametrize("resaved", [False, True], ids=["as we wrote it", "after LibreOffice saved it"])
def test_marks_of_an_earlier_round_go_and_only_ours(coloured: Path, tmp_path: Path, resaved: bool) -> None:
    first, second = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    assert give_back(coloured, first) == "marked"
    assert notes(first)["E6"] == ("xltools", notes(first)["E6"][1])
    assert notes(first)["E6"][1].endswith("\n\n【原批注（王五）】\n请稍等")
    if resaved:
        first = convert(first, tmp_path, "xlsx")
    placed = [p for p in checked(first).placed() if p.cell == "H9"]
    assert give_back(first, second, placed, next_round=3) == "marked"
    assert marks(second) == {"H9": "red"}
    found = notes(second)
    assert found.keys() == {"H9", "E6", "B5"}
    assert found["B5"][1] == "总公司"
    assert found["E6"] == ("王五", "请稍等")
    assert column(second).keys() == {9}
    assert [r["位置"] for r in listed(second)] == ["H9"]
    book = loaded(second)
    assert [s for s in book.sheetnames if s.startswith("问题")] == ["问题"]
    assert not [r for a in book[ROSTER_SHEET].conditional_formatting for r in a.rules if r.type == "cellIs"]
    assert {r[0]: r[1] for r in book[VERSION_SHEET].iter_rows(values_only=True)}["轮次"] == 3
    if not resaved:
        assert book[ROSTER_SHEET]["G6"].fill.fgColor.rgb == "FF00B050"
        assert book[ROSTER_SHEET]["F7"].fill.fill_type is None
        assert book[ROSTER_SHEET].auto_filter.ref == "A4:AH15"
    assert schemacheck.kinds(second) <= schemacheck.kinds(first)  # openpyxl's and LibreOffice's own are carried along
    assert resaved or schemacheck.kinds(first) <= schemacheck.kinds(coloured)


def test_a_problem_sheet_of_their_own_is_left_alone(tmp_path: Path) -> None:
    path, first, second = (tmp_path / f"{n}.xlsx" for n in "abc")
    rosters.write_xlsx(path, rosters.table([{"phone": "1"}]))
    book = openpyxl.load_workbook(path)
    book.create_sheet("问题")["A1"] = "我们的问题"
    book.save(path)
    give_back(path, first)
    give_back(first, second)
    book = loaded(second)
    assert sorted(s for s in book.sheetnames if s.startswith("问题")) == ["问题", "问题1"]
    assert book["问题"]["A1"].value == "我们的问题"
    assert len(listed(second, "问题1")) == 1


# ── files in whose place our template goes back ──


def as_xls(path: Path, target: Path) -> Path:
    book, styles = xlwt.Workbook(), xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm:ss")
    page = book.add_sheet(ROSTER_SHEET)
    for r, row in enumerate(loaded(path)[ROSTER_SHEET].iter_rows(values_only=True)):
        for c, value in enumerate(row):
            if value is not None:
                page.write(r, c, value, styles) if isinstance(value, datetime) else page.write(r, c, value)
    book.save(str(target))
    return target


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebuilt files with five spare rows: openpyxl, reading them here, writes every shared formula out."""
    monkeypatch.setattr(template, "write_template", partial(write_template, spare=5))


@pytest.mark.usefixtures("short")
def test_of_an_xls_our_template_goes_back(tmp_path: Path) -> None:
    plain = rosters.write_xlsx(tmp_path / "plain.xlsx", rosters.table([{}, {"phone": "12"}, {"contact": None}]))
    path, target = as_xls(plain, tmp_path / "x.xls"), tmp_path / "b.xlsx"
    before = digest(path)
    placed = checked(plain).placed()
    assert [p.cell for p in placed if p.row] == ["G6", "F7"]
    roster = checked(plain)
    assert (
        write_returned(
            path, target, scheme=SCHEME, sheet=ROSTER_SHEET, heading_row=4, columns=roster.cells.places, placed=placed,
            district="通州区", next_round=2, rows=partial(rows_of, roster),
        ).how
        == "rebuilt"
    )  # fmt: skip
    assert digest(path) == before
    assert marks(target) == {"G6": "red", "F7": "red"}
    assert column(target).keys() == {6, 7}
    page = loaded(target)[ROSTER_SHEET]
    assert [page.cell(r, 2).value for r in (5, 6, 7, 8)] == [
        *(f"南通示例{n:04d}进出口有限公司" for n in (1, 2, 3)),
        None,
    ]
    assert (page["H5"].value, page["O5"].value) == (5_000_000, datetime(2019, 9, 5, 9, 1))
    assert "已把内容填入本年度模板" in loaded(target)["问题"]["A2"].value
    values = {r[0]: r[1] for r in loaded(target)[VERSION_SHEET].iter_rows(values_only=True)}
    assert (values["区"], values["轮次"]) == ("通州区", 2)
    assert schemacheck.errors(target) == []


@pytest.mark.usefixtures("short")
def test_a_csv_goes_back_as_the_template_with_its_rows_one_below_the_other(tmp_path: Path) -> None:
    rows = rosters.table([{}, {"phone": "12", "exports": "约300万"}])
    path, target = rosters.write_csv(tmp_path / "a.csv", rows), tmp_path / "b.xlsx"
    assert give_back(path, target) == "rebuilt"
    assert marks(target) == {"G6": "red", "H6": "red"}  # row 3 of the CSV stands in row 6 of the template
    page = loaded(target)[ROSTER_SHEET]
    assert page["H6"].value == "约300万"
    assert page["H5"].value == 5_000_000
    assert "指原文件的行" in loaded(target)["问题"]["A2"].value


@pytest.mark.usefixtures("short")
def test_a_rebuilt_file_keeps_row_numbers_over_blank_rows(tmp_path: Path) -> None:
    gaps = rosters.table([{}]) + [{}] * 3 + rosters.table([{"phone": "12"}])
    plain = rosters.write_xlsx(tmp_path / "a.xlsx", gaps)
    path, target = as_xls(plain, tmp_path / "a.xls"), tmp_path / "b.xlsx"
    assert give_back(path, target) == "rebuilt"
    assert "G9" in marks(target)
    page = loaded(target)[ROSTER_SHEET]
    assert [page.cell(r, 2).value is None for r in range(5, 11)] == [False, True, True, True, False, True]
    assert "指原文件的行" not in loaded(target)["问题"]["A2"].value


@pytest.mark.usefixtures("short")
def test_a_rebuilt_file_holds_dollars_whatever_the_unit_was(tmp_path: Path) -> None:
    rows = rosters.table([{"exports": 350.123456}, {"exports": "约300"}])
    headings = {"exports": "2018年出口额(万美元)"}
    path, target = rosters.write_csv(tmp_path / "a.csv", rows, headings=headings), tmp_path / "b.xlsx"
    give_back(path, target)
    page = loaded(target)[ROSTER_SHEET]
    assert (page["H4"].value, page["H5"].value, page["H6"].value) == ("2018年出口额(美元)*", 3501234.56, "约300")


# ── odd files, and whole or not at all ──


def test_a_sheet_whose_elements_have_a_prefix_is_marked_as_any_other(tmp_path: Path) -> None:
    def prefixed(name: str, content: bytes) -> bytes:
        if not re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name):
            return content
        content = re.sub(rb"<(/?)(?=[a-z])", rb"<\1x:", content)
        return content.replace(b"<x:worksheet xmlns=", b"<x:worksheet xmlns:x=")

    plain = rosters.write_xlsx(tmp_path / "a.xlsx", rosters.table([{}, {"phone": "12", "remark": "=1"}]))
    path, target = rezip(plain, tmp_path / "x.xlsx", prefixed), tmp_path / "b.xlsx"
    assert loaded(path)[ROSTER_SHEET]["G6"].value == "12"
    placed = checked(plain).placed()
    cells = checked(plain).cells
    assert give_back(plain, target, placed) == "marked"
    how = write_returned(
        path, target, scheme=SCHEME, sheet=ROSTER_SHEET, heading_row=4, columns=cells.places, placed=placed,
        district="崇川区", next_round=2, rows=dict,
    ).how  # fmt: skip
    assert how == "marked"
    assert marks(target) == {"G6": "red"}
    assert column(target).keys() == {6}
    assert loaded(target)[ROSTER_SHEET]["AF6"].value == "=1"
    assert schemacheck.errors(target) == []


def test_attributes_of_newer_excels_stay_declared(tmp_path: Path) -> None:
    def newer(name: str, content: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return content
        spaces = b' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac" '
        spaces += b'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"'
        content = content.replace(b"<worksheet", b"<worksheet" + spaces, 1)
        return re.sub(rb'<row r="(\d+)"', rb'<row r="\1" x14ac:dyDescent="0.25"', content)

    plain = rosters.write_xlsx(tmp_path / "a.xlsx", rosters.table([{}, {"phone": "12"}]))
    path, target = rezip(plain, tmp_path / "x.xlsx", newer), tmp_path / "b.xlsx"
    assert give_back(path, target) == "marked"
    assert ET.fromstring(part(target, "xl/worksheets/sheet1.xml")).tag.endswith("worksheet")
    assert b"x14ac:dyDescent" in part(target, "xl/worksheets/sheet1.xml")
    assert marks(target) == {"G6": "red"}
    assert schemacheck.errors(target) == []


@pytest.mark.parametrize("there", [False, True], ids=["nothing there before", "an older file there"])
def test_a_write_that_fails_leaves_what_was_there(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    target = tmp_path / "b.xlsx"
    if there:
        target.write_bytes(b"older")

    def broken(file: Any, *_: Any) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(returned, "write_package", broken)
    with pytest.raises(OSError, match="No space"):
        give_back(original, target)
    assert [p.name for p in tmp_path.iterdir()] == (["b.xlsx"] if there else [])
    assert not there or target.read_bytes() == b"older"


def test_every_problem_is_listed_however_many_there_are(tmp_path: Path) -> None:
    path, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    rosters.write_xlsx(path, rosters.table([{"phone": "1", "contact": None, "email": "x"}] * 300))
    assert give_back(path, target) == "marked"
    expected = checked(path).placed()
    assert len(expected) == 900
    assert len(listed(target)) == 900
    assert len(column(target)) == 300
    assert len(marks(target)) == 900
    assert len(notes(target)) == 900


def test_a_damaged_file_is_marked_or_rebuilt_and_what_goes_back_opens(tmp_path: Path, short: None) -> None:
    seed = rosters.write_xlsx(tmp_path / "seed.xlsx", rosters.table([{}, {"phone": "12"}])).read_bytes()
    cells, rng, counted = checked(tmp_path / "seed.xlsx").cells, random.Random(7), Counter[str]()
    path, target = tmp_path / "x.xlsx", tmp_path / "b.xlsx"
    for _ in range(60):
        path.write_bytes(damaged(seed, rng))
        how = write_returned(
            path, target, scheme=SCHEME, sheet=ROSTER_SHEET, heading_row=4, columns=cells.places,
            placed=[problem("G6", field="phone")], district="崇川区", next_round=2, rows=lambda: {6: firm(1)},
        ).how  # fmt: skip
        counted[how] += 1
        with ZipFile(target) as package:
            assert package.testzip() is None
            assert {ET.fromstring(package.read(name)).tag for name in package.namelist()}
        cell = CalamineWorkbook.from_path(target).get_sheet_by_name("问题").to_python()[3][1]
        assert cell == "G6"
    assert counted.total() == 60
    assert min(counted["marked"], counted["rebuilt"]) > 10  # both ways are really taken


def test_a_file_that_was_refused_unopened_stays_unopened(
    tmp_path: Path, short: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb, target = tmp_path / "bomb.xlsx", tmp_path / "b.xlsx"
    plain = rosters.write_xlsx(tmp_path / "plain.xlsx", rosters.table([{}]))
    rezip(plain, bomb, lambda n, c: b"<!DOCTYPE a>" + c if n.endswith("workbook.xml") else c)
    opened: list[Path] = []
    mark = returned._marked
    monkeypatch.setattr(returned, "_marked", lambda path, *rest: opened.append(path) or mark(path, *rest))
    how = write_returned(
        bomb, target, scheme=SCHEME, sheet="", heading_row=0, columns={}, placed=[problem("", row=0, field="")],
        district="", next_round=0, rows=dict,
    ).how  # fmt: skip
    assert how == "rebuilt"
    assert bomb not in opened
    assert [r["位置"] for r in listed(target)] == ["整个文件"]
