"""One press, three hosts: in an open workbook, in a closed one and without any the same is taken, done and shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from books import drawn
from entries import BOOK, Office, enrolled
from entries import office as opened
from workspaces import Bureau, customs_row, firm, firms, prepared, table, uscc

from xltools.desk.press import double_click
from xltools.sheets.platform import closed

Row = dict[str, Any]
MARKS = "✔⚠✘"


@dataclass(frozen=True)
class Typed:
    """What staff typed: cells of 名册 by firm, and rows below 汇率表."""

    roster: dict[int, Row] = field(default_factory=dict)
    rates: tuple[Row, ...] = ()


@dataclass
class Open:
    """The workbook is open in an office program."""

    desk: Office

    @property
    def bureau(self) -> Bureau:
        return self.desk.bureau

    def type(self, typed: Typed) -> None:
        for number, cells in typed.roster.items():
            self.desk.type(number, **cells)
        for row in typed.rates:
            self.desk.below("汇率表", *(float(v) if isinstance(v, Decimal) else v for v in row.values()))

    def press(self, verb: str) -> tuple[int, str]:
        said = self.desk.press(verb)
        return MARKS.index(said[0]), said

    def rows(self, name: str) -> list[Row]:
        return self.desk.rows(name)


@dataclass
class Closed:
    """The workbook lies in its folder, and somebody double-clicks."""

    bureau: Bureau

    @property
    def path(self) -> Path:
        return self.bureau.root / BOOK

    def type(self, typed: Typed) -> None:
        def edit(rows: dict[str, list[Row]]) -> None:
            for number, cells in typed.roster.items():
                next(r for r in rows["名册"] if r["统一社会信用代码"] == uscc(number)).update(cells)
            rows["汇率表"] += [dict(row) for row in typed.rates]

        drawn(self.bureau, self.path, edit)

    def press(self, verb: str) -> tuple[int, str]:
        done = double_click.run(self.bureau.root, verb, now=self.bureau.now, today=self.bureau.today, who="王甲")
        told = [" ".join((t.file, t.sheet, t.cell, t.text, t.todo)) for t in done.troubles]
        return done.code, "\n".join([*done.lines, *told])

    def rows(self, name: str) -> list[Row]:
        found = closed.tables(self.path)[name]
        return [dict(zip(found.headings, row, strict=True)) for row in found.rows if any(row)]


Host = Open | Closed


@pytest.fixture(params=["open", "closed"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    """Three firms, agreed to the first, and their workbook."""
    if request.param == "open":
        return Open(opened(tmp_path))
    made = Closed(prepared(tmp_path, enrolled))
    made.type(Typed())
    return made


RATE = {"保险人": "中国信保", "月份": "2019-09", "汇率": Decimal("7.0883"), "来源": "系统"}
AGREED = {"市级审核意见": "同意", "审核人": "王甲"}


def opinions(bureau: Bureau) -> Row:
    return {r["uscc"]: r["opinion"] for r in bureau.tables()["reviews"]}


def shown(host: Host, name: str, heading: str) -> list[Any]:
    return [r[heading] or None for r in host.rows(name)]


def test_what_was_typed_is_taken_the_work_is_done_and_shown(host: Host) -> None:
    host.type(Typed({2: AGREED}, (RATE,)))
    code, said = host.press("assess")
    assert (code, "取回 2 处改动" in said, "测算 3 家企业：已安排 2，待审核 1" in said) == (0, True, True)
    assert opinions(host.bureau) == {uscc(1): "同意", uscc(2): "同意"}
    assert shown(host, "测算", "资格") == ["符合条件", "符合条件", "待审核"]
    assert shown(host, "汇率表", "月份") == ["2019-09"]
    kept = host.bureau.tables()
    assert host.press("assess")[0] == 0
    assert host.bureau.tables() == kept


def test_with_one_wrong_cell_its_table_stays_as_typed_and_the_others_are_brought_up_to_date(host: Host) -> None:
    host.type(Typed({2: AGREED, 3: {"市级审核意见": "也许"}}, (RATE,)))
    host.bureau.drop(firms(4), "补报.xlsx", round=2)
    code, said = host.press("collect")
    assert (code, "也许" in said, "保持原样" in said) == (1, True, True)
    assert opinions(host.bureau) == {uscc(1): "同意"}
    assert [r["rate"] for r in host.bureau.tables()["fx"]] == ["7.0883"]
    assert shown(host, "名册", "市级审核意见") == ["同意", "同意", "也许"]
    assert shown(host, "测算", "统一社会信用代码") == [uscc(n) for n in (1, 2, 3, 4)]
    assert shown(host, "汇率表", "月份") == ["2019-09"]
    assert "收件" in shown(host, "日志表", "动作")[:2]
    again, said = host.press("sync")
    assert (again, "冲突" in said, "没有取回 " in said) == (1, False, False)


def test_a_colleagues_edit_is_not_overwritten(host: Host) -> None:
    host.type(Typed({2: AGREED}))
    host.bureau.decide(2, 市级审核意见="不同意", 审核人="李乙", 审批依据="超范围")
    code, said = host.press("sync")
    assert (code, firm(2)["name"] in said, "台账里已是 “不同意”" in said or "“不同意”" in said) == (1, True, True)
    assert opinions(host.bureau)[uscc(2)] == "不同意"
    assert shown(host, "名册", "市级审核意见") == ["同意", "不同意", None]
    assert host.press("sync")[0] == 0


def test_work_that_failed_leaves_what_was_typed_in_the_ledger_and_in_the_workbook(host: Host) -> None:
    host.type(Typed({2: AGREED}))
    (host.bureau.root / "资料" / "海关.xlsx").write_bytes(b"none")
    code, said = host.press("customs")
    assert (code, "海关.xlsx" in said) == (2, True)
    assert opinions(host.bureau)[uscc(2)] == "同意"
    assert shown(host, "测算", "资格") == ["符合条件", "符合条件", "待审核"]
    assert "冲突" not in host.press("sync")[1]


WORK: list[tuple[str, Callable[[Bureau], Any]]] = [
    ("collect", lambda b: b.drop([firm(4), firm(5, phone="12")], "补报.xlsx", round=2)),
    ("customs", lambda b: table(b.root / "资料" / "海关.xlsx", [customs_row(1, 2018, "美国", 5_000_000)])),
    ("submit", lambda b: None),
    ("verify", lambda b: None),
]


@pytest.mark.parametrize(("verb", "prepare"), WORK, ids=[verb for verb, _ in WORK])
def test_the_ledger_and_the_exit_code_are_those_of_the_command(
    host: Host, tmp_path: Path, verb: str, prepare: Callable[[Bureau], Any]
) -> None:
    alone = prepared(tmp_path / "命令", enrolled)
    for bureau in (host.bureau, alone):
        prepare(bureau)
    code, _ = host.press(verb)
    assert code == alone.press(verb).code
    own = ("meta", "outbox", "journal", "published")  # moments, and names of files by their bytes
    mine, other = host.bureau.tables(*own), alone.tables(*own)
    for rows in (mine, other):
        for name in rows:
            for row in rows[name]:
                for moment in (
                    "at",
                    "first_at",
                    "sha256",
                    "digest",
                    "who",
                ):  # a button is pressed by whoever is logged in
                    row.pop(moment, None)
    assert mine == other
