"""Workbooks of earlier versions, in use: the next update brings what they lack, and what staff did in them stays.

tests/fixtures/workspace-0.2.0.zip is a whole workspace as 0.2.0 left it: its workbook as drawn, and one that staff used
in LibreOffice (平台工作簿_用过的: an own sheet with formulas, a chart and a note, a hidden column, a note on 测算).
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import catalogues
import openpyxl
import pyarrow as pa
import pytest
from books import Booked, booked_in
from openpyxl.utils import range_boundaries
from pages import loaded
from recalculated import by_libreoffice
from spliceoracle import changed, members, new_faults, refs, sheet_members, wrong_cells

from xltools.catalogue.phases import all_phases, remarks
from xltools.catalogue.tables import table, tables
from xltools.desk.book import workbook as book
from xltools.desk.book.contents import baseline
from xltools.desk.book.contents import tables as book_tables
from xltools.desk.workspace import Workspace, open_workspace
from xltools.ledger import meta
from xltools.sheets.ooxml.workbookpart import names
from xltools.sheets.platform import closed
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.home import page as home
from xltools.sheets.platform.draw.workbook import draw
from xltools.sheets.platform.splice import grow

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")  # it cannot read print areas of whole columns
FIXTURE = Path(__file__).parents[1] / "fixtures" / "workspace-0.2.0.zip"
NAME, USED = "平台工作簿.xlsm", "平台工作簿_用过的.xlsm"
NOW = datetime(2019, 11, 21, 9, 0)

NEW = """
[[table]]
name = "理赔表"
sheet = "理赔"
key = ["案号"]
columns = [
    { heading = "案号", kind = "text", width = 16 },
    { heading = "受理编号", kind = "text", width = 14 },
    { heading = "报损日期", kind = "date", width = 12 },
    { heading = "报损金额(美元)", kind = "usd", width = 16 },
]
[[table]]
name = "日程表"
sheet = "资金"
key = ["日期"]
columns = [{ heading = "日期", kind = "date", width = 12 }, { heading = "事项", kind = "text", width = 40 }]
"""
SHEET = '[[sheet]]\nname = "理赔"\nremark = "报损和赔付"\n'
PHASE = '[[phase]]\nname = "理赔期"\nkey = "claims"\ndoes = "报损"\nsheets = ["首页", "理赔"]\n'
ROWS: dict[str, dict[str, list[Any]]] = {
    "理赔表": {
        "案号": ["LP001", "LP002"], "受理编号": ["NT2019-0001", "NT2019-0002"],
        "报损日期": [date(2019, 11, 1), None], "报损金额(美元)": [pa.scalar(1000, pa.decimal128(18, 2)).as_py(), None],
    },
    "日程表": {"日期": [date(2019, 12, 2)], "事项": ["开评审会"]},
}  # fmt: skip
COLUMNS = {"名册": ("承诺书", "已交"), "测算": ("服务次数", 3)}


def _tables(text: str) -> str:
    """Two more tables, and a column in the middle of two others."""
    for before, more in (
        ('    { rest = "roster" },\n', '    { heading = "承诺书", kind = "text", width = 12 },\n'),
        ('    { heading = "说明", kind = "text", width = 60 },\n    { heading = "保费整数"', '    { heading = "服务次数", kind = "whole", width = 12 },\n'),
    ):  # fmt: skip
        assert before in text
        text = text.replace(before, more + before, 1)
    return text + NEW


def _phases(text: str) -> str:
    before = '[[sheet]]\nname = "一企一页"'
    assert before in text
    return PHASE + text.replace(before, SHEET + before)


def _built(real: Callable[..., Contents]) -> Callable[..., Contents]:
    """The contents as the ledger has them, and rows for what the catalogue has more."""

    def build(conn: Any, workspace: Workspace, **options: Any) -> Contents:
        given, scheme = real(conn, workspace, **options), workspace.scheme
        own = {n: t for n, t in given.tables.items() if n != baseline.NAME}
        for name, rows in ROWS.items():
            own[name] = pa.table(rows, schema=table(scheme, name).schema)
        for name, (heading, value) in COLUMNS.items():
            schema = table(scheme, name).schema
            rest = own[name].select([n for n in schema.names if n != heading])
            column = pa.array([value] * rest.num_rows, schema.field(heading).type)
            own[name] = rest.append_column(schema.field(heading), column).select(schema.names)
        own[baseline.NAME] = baseline.make(own, scheme, meta.get(conn, meta.ID) or "")
        return replace(given, tables=own)

    return build


@contextmanager
def next_release(folder: Path) -> Iterator[None]:
    """The catalogue and the contents of a release that has more."""
    with (
        catalogues.changed(folder, {"tables.toml": _tables, "phases.toml": _phases}),
        mock.patch.object(book_tables, "build", _built(book_tables.build)),
    ):
        yield


@pytest.fixture(params=[NAME, USED], ids=["as 0.2.0 drew it", "used in LibreOffice"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Workspace:
    return unpacked(tmp_path, request.param)


@pytest.fixture
def used(tmp_path: Path) -> Workspace:
    return unpacked(tmp_path, USED)


def unpacked(folder: Path, which: str) -> Workspace:
    """The workspace with one of its two workbooks."""
    with zipfile.ZipFile(FIXTURE) as package:
        package.extractall(folder)
    root = folder / "南通2019"
    if which != NAME:
        shutil.copy(root / which, root / NAME)
    return open_workspace(root, "甲")


def updated(office: Workspace) -> Booked:
    return booked_in(office, NOW, NOW.date())


def shown(office: Workspace) -> Contents:
    return book.contents(office, now=NOW, today=NOW.date())


def outside(found: openpyxl.Workbook) -> dict[str, dict[str, Any]]:
    """What stands outside our tables and the cells that show facts: values and formulas, notes, hidden columns."""
    out: dict[str, dict[str, Any]] = {}
    for page in found:
        ranges = [range_boundaries(t.ref) for t in page.tables.values()]
        cells = out[page.title] = {}
        for row in page.iter_rows():
            for cell in row:
                inside = any(a <= cell.column <= c and b <= cell.row <= d for a, b, c, d in ranges)
                if cell.value is not None and not inside:
                    cells[cell.coordinate] = getattr(cell.value, "text", cell.value)
                if cell.comment:
                    cells[f"note {cell.coordinate}"] = cell.comment.text
        cells |= {f"hidden {k}": True for k, d in page.column_dimensions.items() if d.hidden}
        cells["charts"] = len(page._charts)
    return out


SIDE = {f"A{c}" for c in "ABCD"}
"""Columns of 首页, with U to Z, in which its list of phases stands."""
FACTS = {"C5", "C6", "H6", "C7", "N6", "B19"}
"""Cells of 首页 that show the ledger."""


def test_an_older_workbook_gets_what_it_lacks_and_what_staff_did_stays(office: Workspace, tmp_path: Path) -> None:
    path = office.root / NAME
    before = Path(shutil.copy(path, tmp_path / "before.xlsm"))
    with next_release(tmp_path):
        done = updated(office)
        new = [line for line in done.lines if "新增" in line]
        assert set(new) == {
            "新增工作表“阶段按钮”", "新增工作表“理赔”", "工作表“资金”新增表“日程表”（K4 起）", "表“名册”右边新增列“承诺书”",
            "表“测算”右边新增列“服务次数”", "工作表“首页”新增“接受汇率风险”（N18）",
            "表“名单表”右边新增列“确认企业”",
            "表“资金池”右边新增列“临界汇率”“最新汇率”“汇率月份”“按最新汇率余额(元)”",
            *(f"新增工作表“{sheet}”" for sheet in {*remarks()} - {*sheet_members(before), "理赔"}),
        }  # fmt: skip
        phases = [p.name for p in all_phases()]
        assert phases[0] == "理赔期"
        assert f"工作表“首页”的阶段已改为：{'、'.join(phases)}" in done.lines
        drawn = openpyxl.load_workbook(path)
        page = drawn["首页"]
        # where its names point: in its old place, or right of everything where there is no room any more
        left, first, _, last = range_boundaries(
            drawn.defined_names["阶段名"].attr_text.rpartition("!")[2].replace("$", "")
        )
        assert [page.cell(r, left + i).value for r in (first, last) for i in range(5)] == [
            "理赔期", "报损", "首页", "理赔", None, phases[-1], all_phases()[-1].does, *all_phases()[-1].sheets[:3],
        ]  # fmt: skip
        offered = [v.formula1 for v in page.data_validations.dataValidation if "N6" in str(v.sqref)]
        assert offered == [f'"{",".join(phases)}"']
        assert not done.left
        assert wrong_cells(path, shown(office), any_order=True) == []
        read = closed.tables(path)
        assert (read["理赔表"].sheet, read["理赔表"].rows[0]) == (
            "理赔", ["LP001", "NT2019-0001", date(2019, 11, 1), 1000.0],
        )  # fmt: skip
        assert new_faults(before, path) == set()
        # whatever is not ours has its very bytes: own sheet, chart, notes, controls, macros
        where, was = sheet_members(before), refs(before)
        ours = {where[was[t.name][0]] for t in tables(office.scheme) if t.name in was}
        rels = {f"xl/worksheets/_rels/{where['资金'].rpartition('/')[2]}.rels", "xl/_rels/workbook.xml.rels"}
        may = ours | rels | {"xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"}
        old = members(before)
        assert {n for n in changed(before, path) if n in old and not n.startswith("xl/tables/")} <= may
        assert old.keys() <= members(path).keys()
        assert {"xl/vbaProject.bin", *(n for n in old if "ctrlProp" in n)} & changed(before, path) == set()
        # and in our own sheets every cell outside the tables, every note, hidden column and filter
        there, now = outside(openpyxl.load_workbook(before)), outside(drawn)
        for sheet, cells in there.items():
            mine = sheet == "首页" and {k for k in cells if k in FACTS or k[0] in "UVWXYZ" or k[:2] in SIDE}
            lost = {k: v for k, v in cells.items() if now[sheet].get(k) != v and k not in (mine or ())}
            assert lost == {}, sheet
        # a second update finds nothing missing and nothing typed
        again = updated(office)
        assert [line for line in again.lines if "新增" in line] == []
        assert again.lines[0] == "工作簿里没有新的改动"
        opened = by_libreoffice(path, tmp_path / "office")
        assert (opened["理赔"]["A5"], opened["资金"]["L5"]) == ("LP001", "开评审会")
        if "我的汇总" in there:
            assert (now["我的汇总"]["note B2"], now["测算"]["note B7"]) == ("每周五报", "电话问过，下周补材料")
            assert (now["测算"]["hidden C"], now["我的汇总"]["charts"]) == (True, 1)
            total = sum(v or 0 for v in shown(office).tables["测算"]["财政扶持(元)"].to_pylist())
            assert (opened["我的汇总"]["B2"], opened["我的汇总"]["B3"]) == (float(total), 95)


def test_a_sheet_of_the_staff_s_own_keeps_the_name_that_ours_would_have(used: Workspace, tmp_path: Path) -> None:
    path = used.root / NAME
    rename(path, "我的汇总", "理赔")
    own = members(path)[sheet_members(path)["理赔"]]
    with next_release(tmp_path):
        done = updated(used)
        assert "新增工作表“理赔_平台”：已有一张自己的“理赔”，它没有改动" in done.lines
        assert members(path)[sheet_members(path)["理赔"]] == own
        assert closed.tables(path)["理赔表"].sheet == "理赔_平台"
        assert wrong_cells(path, shown(used), any_order=True) == []
        assert not [line for line in updated(used).lines if "理赔" in line]  # said once


def test_a_table_that_has_no_room_for_its_column_is_named_and_the_others_go_on(used: Workspace, tmp_path: Path) -> None:
    path = used.root / NAME
    add_cell(path, "测算", "X4", "我的记号")
    before = Path(shutil.copy(path, tmp_path / "before.xlsm"))
    with next_release(tmp_path):
        done = updated(used)
        assert done.left == ["测算"]
        (said,) = [line for line in done.lines if line.startswith("没有更新：")]
        assert "工作表“测算”里，表“测算”要在右边增加列“服务次数”（X 列起），但X4已有内容。" in said
        assert "在 X 列前插入 1 列" in said
        now = shown(used)
        rest = {n: t for n, t in now.tables.items() if n not in ("测算", "基准")}
        assert wrong_cells(path, replace(now, tables=rest), any_order=True) == []
        assert closed.tables(path)["测算"].rows == closed.tables(before)["测算"].rows
        # 基准 vouches for what stands there: nothing looks typed the next time
        assert updated(used).lines[0] == "工作簿里没有新的改动"


def test_an_older_first_page_gets_new_named_cells_where_it_has_room(used: Workspace) -> None:
    path = used.root / NAME
    drawn = home._facts

    def facts(book_: Any, sheet: Any, context: Any, contents: Contents) -> None:
        drawn(book_, sheet, context, contents)
        yellow = context.looks.boxed(bg_color="#FFF2CC", align="center")
        sheet.write_string(6, 13, "确认报送")
        sheet.write_string(6, 14, "", yellow)
        sheet.write_blank(6, 14, None, yellow)
        sheet.write_string(6, 15, "填“是”再按“报送”")
        sheet.data_validation(6, 14, 6, 14, {"validate": "list", "source": ["是"]})
        home._name(book_, "确认报送", 6, 14)

    pages = grow.PAGES | {"首页": (*grow.PAGES["首页"], "确认报送")}
    with mock.patch.object(home, "_facts", facts), mock.patch.dict(grow.PAGES, pages):
        done = updated(used)
        (said,) = [line for line in done.lines if "确认报送" in line]
        assert said == "工作表“首页”新增“确认报送”（O8）"
        now = loaded(path, "首页")
        page = now["首页"]
        assert [page[c].value for c in ("N8", "O8", "P8")] == ["确认报送", None, "填“是”再按“报送”"]
        assert page["O8"].fill.fgColor.rgb == "FFFFF2CC"
        assert "O8" in {str(v.sqref) for v in page.data_validations.dataValidation}
        found = now.defined_names["确认报送"].attr_text
        assert found.replace("'", "") == "首页!$O$8"
        assert not [line for line in updated(used).lines if "新增" in line]


def test_the_names_of_our_pages_are_those_that_are_drawn(used: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "drawn.xlsx"
    draw(path, shown(used))
    drawn = {m["open"] for m in names(members(path)["xl/workbook.xml"]) if b"localSheetId" not in m["open"]}
    declared = {n for page in grow.PAGES.values() for n in page}
    assert {n for n in declared if f'name="{n}"'.encode() in b"".join(drawn)} == declared
    of_buttons = {"xt_verbs", "阶段名"}  # an older page keeps its own buttons and its own list of phases
    assert len(drawn) == len(declared | of_buttons)
    carrying = {t.sheet for t in tables(used.scheme)}
    assert set(sheet_members(path)) == carrying | grow.PAGES.keys()


def rename(path: Path, old: str, new: str) -> None:
    """A sheet under another name, as staff call it; nothing refers to it."""
    rewrite(path, "xl/workbook.xml", lambda b: b.replace(f'name="{old}"'.encode(), f'name="{new}"'.encode()))


def add_cell(path: Path, sheet: str, place: str, text: str) -> None:
    """A text at the end of a row."""
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

    def change(xml: bytes) -> bytes:
        end = xml.index(b"</row>", xml.index(f'<row r="{row}"'.encode()))
        cell = f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()
        return xml[:end] + cell + xml[end:]

    rewrite(path, sheet_members(path)[sheet], change)


def rewrite(path: Path, member: str, change: Callable[[bytes], bytes]) -> None:
    parts = members(path)
    new = change(parts[member])
    assert new != parts[member]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in (parts | {member: new}).items():
            package.writestr(name, content)
