"""The whole enrolment of the example by really pressed buttons in a live LibreOffice, beside the same by commands.

What the bureau decides is typed into the workbook's cells; afterwards workbook, ledger and the commands' ledger agree cell by
cell. Nothing here knows an address: tables are found by name, columns by heading.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from live import Document, office
from workspaces import Bureau, cli

from xltools.catalogue.tables import table
from xltools.desk.book.workbook import contents
from xltools.desk.workspace import open_workspace
from xltools.ledger import writing
from xltools.scheme import load

EXAMPLE = Path(__file__).parents[2] / "examples" / "nantong-2019"
DISTRICTS, CORRECTED, OWN = (EXAMPLE / name for name in ("收件", "补正", "市局资料"))
CUSTOMS = ("海关数据.xlsx", "在保名单_中国信保.xlsx", "在保名单_人保财险.xlsx")
REVIEWER = "市局王甲"
KEY = ("统一社会信用代码", "所属区")
DECIDED = (
    "市级审核意见", "审核人", "审核日期", "审批依据", "分配保险人", "政策导向确认", "优先确认", "核定出口额(美元)", "核定依据",
    "确认收件时间", "同时收件次序", "撤回", "市级备注",
)  # fmt: skip
"""Headings of 名册 in which the bureau decides."""
BY_TIME = {"日志表": {"时间", "内容", "校验", "经办人", "动作", "对象", "序号"}, "问题": {"路径", "打开"}}
"""Columns that tell when or where, and so differ between two workspaces."""
BUTTONS = ("收件", "海关数据", "资格与保费测算", "报送", "全面核验", "刷新")
Row = dict[str, Any]


@dataclass
class Enrolled:
    """Two workspaces after the same enrolment: `root` by buttons in `document`, `twin` by commands."""

    root: Path
    twin: Path
    document: Document
    said: list[tuple[str, str]] = field(default_factory=list)

    def press(self, caption: str) -> str:
        self.document.press(caption)
        self.said.append((caption, self.document.status()))
        return self.document.status()

    def by_command(self, verb: str, *args: str | Path) -> None:
        done = cli(verb, "-C", self.twin, *args)
        assert done.code in (0, 1), (verb, args, done.err)

    def typed(self, table: str, wanted: list[Row], columns: tuple[str, ...], key: tuple[str, ...]) -> int:
        """Type what differs, cell by cell, into the rows that are there; how many cells that were."""
        place, rows = cells(self.document, table)
        at = {tuple(row[k] for k in key): i for i, row in enumerate(rows)}
        count = 0
        for row in wanted:
            i = at[tuple(row[k] for k in key)]
            for heading in columns:
                if not same(row[heading], rows[i][heading]):
                    sheet, top, left = place
                    self.type_cell(sheet, top + i, left[heading], row[heading])
                    count += 1
        return count

    def added(self, table: str, wanted: list[Row]) -> None:
        """Type whole rows right below those of a table that staff may add to."""
        (sheet, top, left), rows = cells(self.document, table)
        first = top + sum(any(v not in (None, "") for v in row.values()) for row in rows)
        for i, row in enumerate(wanted):
            for heading, value in row.items():
                self.type_cell(sheet, first + i, left[heading], value)

    def type_cell(self, sheet: str, row: int, column: int, value: object) -> None:
        cell = self.document.book.sheets[sheet].range((row, column))
        self.document.type(sheet, cell.address.replace("$", ""), keyed(value))


def keyed(value: object) -> str:
    """What a person types for it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}" if value.time() != time() else f"{value:%Y-%m-%d}"
    return str(value)


def plain(value: object) -> object:
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time())
    return None if value == "" else value


def same(a: object, b: object) -> bool:
    a, b = plain(a), plain(b)
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= 1e-9 * max(1.0, abs(b))
    if isinstance(a, datetime) and isinstance(b, datetime):
        return abs((a - b).total_seconds()) < 0.5
    return a == b


def cells(document: Document, table: str) -> tuple[tuple[str, int, dict[str, int]], list[Row]]:
    """A table of the open workbook: (sheet, first row, column by heading), and its rows."""
    sheet, found = next((s, t) for s in document.book.sheets for t in s.tables if t.name == table)
    head, body = found.header_row_range, found.data_body_range
    headings = [str(h).replace("\n", "") for h in head.options(ndim=2).value[0]]
    rows = body.options(ndim=2, err_to_str=True).value
    place = (sheet.name, body.row, {h: head.column + i for i, h in enumerate(headings)})
    return place, [dict(zip(headings, row, strict=True)) for row in rows]


def ledger(root: Path) -> dict[str, pa.Table]:
    """Every table of the workbook as the ledger has it."""
    return dict(contents(open_workspace(root), now=datetime.now(), today=date.today()).tables)


def differences(name: str, one: list[Row], other: list[Row]) -> list[str]:
    """Where two tables differ, columns that tell when or where left out; blank rows at the end do not count."""
    for rows in (one, other):
        while rows and not any(v not in (None, "") for v in rows[-1].values()):
            rows.pop()
    if len(one) != len(other):
        return [f"{name}: {len(one)} and {len(other)} rows"]
    return [
        f"{name} {i + 1} {h}: {a[h]!r} and {b[h]!r}"
        for i, (a, b) in enumerate(zip(one, other, strict=True))
        for h in b
        if h not in BY_TIME.get(name, ()) and not same(a[h], b[h])
    ]


def by_key(name: str, rows: list[Row]) -> list[Row]:
    """Rows of a table that staff may have in another order, in that of their keys."""
    of = table(load("nantong-2019"), name)
    if of.in_order or of.ordered or of.hidden:
        return rows
    keys = of.key or tuple(c.heading for c in of.columns if not c.formula and c.heading not in BY_TIME.get(name, ()))

    def plain(v: Any) -> str:
        if v in (None, ""):
            return ""
        return f"{float(v):.6f}" if isinstance(v, int | float | Decimal) else str(v)

    return sorted(
        (r for r in rows if any(v not in (None, "") for v in r.values())), key=lambda r: [plain(r[h]) for h in keys]
    )


@pytest.fixture(scope="module")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Enrolled]:
    folder = tmp_path_factory.mktemp("enrolment")
    root, twin = folder / "统保 平台 & 2019", folder / "命令行"
    for workspace in (root, twin):
        assert cli("init", workspace, "--scheme", "nantong-2019").code == 0
    assert cli("book", "-C", root, "--libreoffice").code == 0
    with office(seconds=150) as started:
        both = Enrolled(root, twin, started.open(root / "平台工作簿.xlsm"))
        for step in (collected, loaded, reviewed, corrected, assessed, sent):
            step(both)
        yield both


def collected(both: Enrolled) -> None:
    for workspace in (both.root, both.twin):
        for path in sorted(DISTRICTS.iterdir()):
            shutil.copyfile(path, workspace / "收件" / path.name)
    both.by_command("collect")
    both.press("收件")


def loaded(both: Enrolled) -> None:
    (both.root / "资料").mkdir(exist_ok=True)
    for name, verb in zip(CUSTOMS, ("customs", "inforce", "inforce"), strict=True):
        shutil.copyfile(OWN / name, both.root / "资料" / name)
        both.by_command(verb, OWN / name)
    both.press("海关数据")
    both.by_command("lists", OWN / "优先名单.xlsx")
    both.by_command("fx", OWN / "汇率.xlsx")
    known = ledger(both.twin)
    both.added("名单表", known["名单表"].to_pylist())
    both.added("汇率表", known["汇率表"].to_pylist())
    both.press("刷新")


def reviewed(both: Enrolled) -> None:
    both.by_command("review", OWN / "审核.xlsx")
    both.by_command("review", "--all-agree", "--by", REVIEWER)
    decided(both)
    both.press("刷新")


def corrected(both: Enrolled) -> None:
    for workspace in (both.root, both.twin):
        for path in CORRECTED.iterdir():
            shutil.copyfile(path, workspace / "收件" / path.name)
    both.by_command("collect")
    both.press("收件")
    both.by_command("review", OWN / "审核_补正后.xlsx")
    both.by_command("review", "--all-agree", "--by", REVIEWER)
    decided(both)


def assessed(both: Enrolled) -> None:
    both.press("资格与保费测算")
    both.by_command("review", OWN / "审核_抽签.xlsx")
    decided(both)
    both.press("资格与保费测算")


def sent(both: Enrolled) -> None:
    assert both.press("报送")[:1] == "✘", "the latest rate would break the pools, and nobody has accepted that"
    assert not list((both.root / "报送").iterdir())
    both.by_command("submit", "--accept-fx")
    accepts = both.document.api.NamedRanges.getByName("接受汇率风险").getReferredCells().getCellByPosition(0, 0)
    accepts.setFormula("是")
    both.press("报送")
    assert accepts.getFormula() == "", "a yes is for one press"
    both.press("全面核验")
    both.press("刷新")


def decided(both: Enrolled) -> None:
    """Type into 名册 what was decided by commands."""
    assert both.typed("名册", ledger(both.twin)["名册"].to_pylist(), DECIDED, KEY) > 0


# ── what must hold ──


def test_every_press_did_its_work_and_said_so(enrolled: Enrolled) -> None:
    outcomes = [(caption, said[:1]) for caption, said in enrolled.said]
    assert [o for o in outcomes if o[1] == "✘"] == [("报送", "✘")], "once, by the guard of the exchange rate"
    assert [caption for caption, _ in outcomes] == [
        "收件", "海关数据", "刷新", "刷新", "收件", "资格与保费测算", "资格与保费测算", "报送", "报送", "全面核验",
        "刷新",
    ]  # fmt: skip
    assert "全部相符" in enrolled.said[-2][1]
    assert enrolled.document.office.dialogs() == []


def test_the_ledger_agrees_with_that_of_the_commands_cell_by_cell(enrolled: Enrolled) -> None:
    one, other = ledger(enrolled.root), ledger(enrolled.twin)
    found = [d for name in other if name not in ("日志表", "基准") for d in differences(
        name, one[name].to_pylist(), other[name].to_pylist())]  # fmt: skip
    assert found == []
    assert one["报送"].num_rows > 100


def test_the_workbook_shows_the_ledger_cell_by_cell_its_formulas_calculated(enrolled: Enrolled) -> None:
    enrolled.document.api.calculateAll()
    kept = ledger(enrolled.root)
    found = [
        d for name in kept if name != "基准"
        for d in differences(name, *(by_key(name, r) for r in (cells(enrolled.document, name)[1], kept[name].to_pylist())))
    ]  # fmt: skip
    assert found == []


def test_the_sheets_sent_are_those_of_the_commands(enrolled: Enrolled) -> None:
    one, other = (sorted(p.name for p in (root / "报送").iterdir()) for root in (enrolled.root, enrolled.twin))
    assert one == other
    assert len(one) >= 2
    codes = [{r["校验码"] for r in ledger(root)["报送"].to_pylist()} for root in (enrolled.root, enrolled.twin)]
    assert codes[0] == codes[1]


def test_premiums_are_live_formulas(enrolled: Enrolled) -> None:
    (sheet, top, left), rows = cells(enrolled.document, "测算")
    at = next(i for i, row in enumerate(rows) if row["应缴保费(元)"])
    page = enrolled.document.book.sheets[sheet]
    for heading in ("应缴保费(元)", "财政扶持(元)", "企业承担(元)", "应缴保费(美元)"):
        assert page.range((top + at, left[heading])).formula.startswith("=")


def test_a_second_press_changes_nothing(enrolled: Enrolled) -> None:
    before, shown = state(enrolled), book(enrolled)
    for caption in BUTTONS:
        assert enrolled.press(caption)[:1] != "✘"
        assert state(enrolled) == before, caption
    assert book(enrolled) == shown


def test_the_workbook_saved_by_libreoffice_still_has_its_buttons(enrolled: Enrolled, tmp_path: Path) -> None:
    enrolled.document.save()
    captions = set(enrolled.document.buttons())
    enrolled.document.close()
    enrolled.document = enrolled.document.office.open(enrolled.root / "平台工作簿.xlsm")
    assert set(enrolled.document.buttons()) == captions
    before = state(enrolled)
    assert enrolled.press("刷新")[:1] == "✔"
    assert state(enrolled) == before


def state(both: Enrolled) -> dict[str, list[Row]]:
    """The ledger, journal and all."""
    return Bureau(both.root).tables()


def book(both: Enrolled) -> dict[str, object]:
    """Every table in the open workbook, values and formulas."""
    return {
        t.name: (t.range.address, t.range.value, t.range.formula) for s in both.document.book.sheets for t in s.tables
    }


# ── what goes wrong ──


def lost_inbox(both: Enrolled) -> Callable[[], object]:
    (both.root / "收件").rename(both.root / "收件-改名")
    return lambda: (
        shutil.rmtree(both.root / "收件", ignore_errors=True) or (both.root / "收件-改名").rename(both.root / "收件")
    )


def locked_ledger(both: Enrolled) -> Callable[[], object]:
    """A colleague is at work in it."""
    held = ExitStack()
    held.enter_context(writing(open_workspace(both.root).ledger, both.root, "李乙", datetime.now()))
    return held.close


def renamed_heading(both: Enrolled) -> Callable[[], object]:
    (sheet, top, left), _ = cells(both.document, "名册")
    both.type_cell(sheet, top - 1, left["市级审核意见"], "我的意见")
    return lambda: both.type_cell(sheet, top - 1, left["市级审核意见"], "市级审核意见")


def moved_workspace(both: Enrolled) -> Callable[[], object]:
    (both.root / "xltools.toml").rename(both.root / "不见了.toml")
    return lambda: (both.root / "不见了.toml").rename(both.root / "xltools.toml")


@pytest.mark.parametrize(
    ("breaks", "caption", "mark", "says"),
    [
        pytest.param(moved_workspace, "报送", "✘", "没有 xltools.toml", id="the workspace's folder is gone"),
        pytest.param(lost_inbox, "收件", "✘", "请恢复“收件”文件夹", id="the inbox is gone"),
        pytest.param(locked_ledger, "报送", "✘", "李乙 正在操作台账", id="somebody else has the ledger locked"),
        pytest.param(renamed_heading, "刷新", "⚠", "改成了“我的意见”", id="a heading was renamed"),
    ],
)
def test_a_failure_is_a_sentence_in_the_status_cell_and_nothing_is_lost(
    enrolled: Enrolled, breaks: Callable[[Enrolled], Callable[[], object]], caption: str, mark: str, says: str
) -> None:
    before, shown = state(enrolled), book(enrolled)
    mend = breaks(enrolled)
    try:
        said = enrolled.press(caption)
    finally:
        mend()
    assert said[:1] == mark
    assert says in said
    assert "程序出错" not in said
    assert enrolled.document.office.dialogs() == []
    assert enrolled.press("刷新").startswith("✔")
    assert (state(enrolled), book(enrolled)) == (before, shown)
