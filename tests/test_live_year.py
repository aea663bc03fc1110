"""The example's whole enrolment by buttons that are really pressed, beside the same year by commands: nothing differs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import live
import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from workspaces import cli

from xltools.desk import book as desk
from xltools.desk.workspace import Workspace, init, open_workspace
from xltools.scheme import load
from xltools.sheets.platform.draw import draw
from xltools.sheets.platform.tables import TYPES, table, tables

EXAMPLE = Path(__file__).parents[1] / "examples" / "nantong-2019"
BUREAU = EXAMPLE / "市局资料"
SCHEME = "nantong-2019"
MOMENTS = {"日志表", "基准"}
"""Tables that tell when something was done."""
LEDGER = ("enterprises", "claims", "reviews", "customs", "inforce", "lists", "fx", "fund", "sent")


class Year:
    """Two offices with the same papers: one types and presses in a workbook, one gives commands."""

    def __init__(self, running: live.Office, folder: Path) -> None:
        self.buttons, self.commands = (self._made(folder / name) for name in ("按钮", "命令"))
        path = self.buttons.root / "平台工作簿.xlsm"
        shown = desk.contents(self.buttons, now=datetime.now(), today=date.today())
        draw(path, shown, vba=desk.macros("libreoffice"))
        self.document = running.open(path)
        self.book = self.document.book

    def _made(self, root: Path) -> Workspace:
        return init(root, SCHEME, now=datetime.now(), who="甲")

    def run(self, *args: object) -> None:
        assert cli(*args, "-C", self.commands.root).code in (0, 1), args

    def press(self, caption: str) -> str:
        self.document.press(caption)
        said = self.document.status()
        assert said[:1] in "✔⚠", said
        return said

    def put(self, folder: str) -> None:
        for where in (self.buttons, self.commands):
            for path in (EXAMPLE / folder).iterdir():
                shutil.copy(path, where.inbox)

    def type_reviews(self) -> None:
        """What the commands' office decided, typed into 企业名册: cells that are blank here and filled there."""
        columns = {c.field: c for c in table(self.buttons.scheme, "名册").columns if c.owner == "bureau"}
        mine, theirs = (
            {r["uscc"]: r for r in ledger(open_workspace(w.root))["reviews"]} for w in (self.buttons, self.commands)
        )
        found = self.book.sheets["企业名册"].tables["名册"]
        headings, *rows = found.range.options(ndim=2).value
        firms = [row[headings.index("统一社会信用代码")] for row in rows]
        first = found.data_body_range
        for field, column in columns.items():
            name = "exports_cents" if field == "exports" else field
            x = headings.index(column.heading)
            given = [row[x] for row in rows]
            for y, firm in enumerate(firms):
                said = theirs.get(firm, {}).get(name)
                if said is not None and said != mine.get(firm, {}).get(name):
                    given[y] = said / 100 if field == "exports" else said
            if given != [row[x] for row in rows]:
                sheet = first.sheet
                sheet.range((first.row, first.column + x), (first.last_cell.row, first.column + x)).value = [
                    [v] for v in given
                ]

    def type_rows(self, sheet: str, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Rows typed below a table that staff may lengthen."""
        found = self.book.sheets[sheet].tables[name]
        headings = found.header_row_range.options(ndim=1).value
        at = found.header_row_range
        block = [[row.get(h) for h in headings] for row in rows]
        at.sheet.range((at.row + 1, at.column), (at.row + len(block), at.column + len(headings) - 1)).value = block


def ledger(workspace: Workspace) -> dict[str, list[dict[str, Any]]]:
    """The ledger's tables but for moments, files' ids and the frozen sheets' own names."""
    out: dict[str, list[dict[str, Any]]] = {}
    skip = {"first_at", "file_id", "batch_id"}
    with workspace.ledger.engine.connect() as conn:
        for name in LEDGER:
            rows = conn.execute(select(workspace.ledger.tables.metadata.tables[name])).mappings()
            out[name] = sorted(({k: v for k, v in r.items() if k not in skip} for r in rows), key=str)
    return out


def sheet_rows(path: Path) -> list[dict[str, Any]]:
    head, *rows = load_workbook(path).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    """Both offices have worked through the year."""
    with live.office() as running:
        year = Year(running, tmp_path_factory.mktemp("年度"))
        year.put("收件")
        year.run("collect")
        year.press("收件")
        year.buttons.materials.mkdir(exist_ok=True)
        for name in ("海关数据", "在保名单_中国信保", "在保名单_人保财险"):
            shutil.copy(BUREAU / f"{name}.xlsx", year.buttons.materials)
            year.run("customs" if name == "海关数据" else "inforce", BUREAU / f"{name}.xlsx")
        year.press("海关数据")
        year.run("lists", BUREAU / "优先名单.xlsx")
        year.run("fx", BUREAU / "汇率.xlsx")
        year.type_rows("名单", "名单表", sheet_rows(BUREAU / "优先名单.xlsx"))
        year.type_rows("汇率", "汇率表", sheet_rows(BUREAU / "汇率.xlsx"))
        for steps in (["审核.xlsx"], ["审核_补正后.xlsx", "审核_抽签.xlsx"]):
            if len(steps) == 2:
                year.put("补正")
                year.run("collect")
                year.press("收件")
            for name in steps:
                year.run("review", BUREAU / name)
            year.run("review", "--all-agree", "--by", "李四")
            year.type_reviews()
            year.press("资格与保费测算")
        year.run("submit")
        year.press("报送")
        year.run("verify")
        year.press("全面核验")
        year.press("刷新")
        yield year


def test_the_ledger_is_the_same_by_buttons_and_by_commands(year: Year) -> None:
    mine, theirs = (ledger(open_workspace(w.root)) for w in (year.buttons, year.commands))
    assert {n: len(rows) for n, rows in mine.items()} == {n: len(rows) for n, rows in theirs.items()}
    assert len(mine["sent"]) == 384
    assert mine == theirs


@pytest.mark.parametrize("name", [t.name for t in tables(load(SCHEME)) if t.name not in MOMENTS])
def test_the_workbook_shows_what_the_commands_office_would_see(year: Year, name: str) -> None:
    of = table(year.commands.scheme, name)
    workspace = open_workspace(year.commands.root)
    wanted = desk.contents(workspace, now=datetime.now(), today=date.today()).tables[name]
    headings, *rows = year.book.sheets[of.sheet].tables[name].range.options(ndim=2).value
    rows = [row for row in rows if any(v not in (None, "") for v in row)]
    assert len(rows) == wanted.num_rows
    for column in of.columns:
        if column.formula in ("open_file",) or column.heading in ("文件", "校验码", "路径"):
            continue  # names that carry the day, and what follows from them
        there = [row[headings.index(column.heading)] for row in rows]
        assert (column.heading, *map(plain, there)) == (column.heading, *map(plain, wanted[column.heading].to_pylist()))
    assert set(TYPES) >= {c.kind for c in of.columns}


def plain(value: Any) -> Any:
    """A cell as text: numbers by their value, blank alike, moments to the second."""
    if value in (None, ""):
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d} 00:00:00"
    if isinstance(value, str):
        return value
    return round(float(value), 8)


def test_pressing_again_sends_nothing_twice_and_changes_nothing(year: Year) -> None:
    before = ledger(open_workspace(year.buttons.root))
    sheets = sorted(p.name for p in year.buttons.submitted.iterdir())
    shown = everything(year)
    for caption in ("收件", "海关数据", "资格与保费测算", "报送", "全面核验", "刷新"):
        year.press(caption)
    assert ledger(open_workspace(year.buttons.root)) == before
    assert sorted(p.name for p in year.buttons.submitted.iterdir()) == sheets
    assert everything(year) == shown


def everything(year: Year) -> dict[str, list[list[Any]]]:
    return {
        t.name: year.book.sheets[t.sheet].tables[t.name].range.options(ndim=2).value
        for t in tables(year.buttons.scheme)
        if t.name not in MOMENTS
    }
