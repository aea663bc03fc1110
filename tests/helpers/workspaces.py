"""Workspaces for tests: made in a temporary folder, filled with districts' files, worked by function or by command.

Rows are `rosters.clean_row` with the given cells in place of theirs, under the catalogue's own field names.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from unittest import mock

import openpyxl
import xlsxwriter
from rosters import HEADINGS as EVERY
from rosters import clean_row, uscc, write_csv, write_xlsx
from sqlalchemy import Select, Table, select

from xltools import ledger
from xltools.cli.main import main
from xltools.desk.batch import submit
from xltools.desk.batch.verify import Verified
from xltools.desk.batch.verify import verify as verifying
from xltools.desk.bureau import review as reviewing
from xltools.desk.bureau.load import Loaded, load_table
from xltools.desk.enrol import collect as collecting
from xltools.desk.press.press import press
from xltools.desk.rules.register import Register, load_register
from xltools.desk.rules.standing import Standing, stand, standing_table
from xltools.desk.told import Told
from xltools.desk.verb import Ask, verbs
from xltools.desk.workspace import Workspace, init, open_workspace
from xltools.ledger.schema import FROM, TO
from xltools.scheme import load, source
from xltools.sheets.district.template import write_template

TODAY = date(2019, 12, 31)
NOW = datetime(2019, 12, 31, 10, 0)
WHO = "王甲"
SCHEME = load("nantong-2019")
HERE, THERE = "崇川区", "通州区"
PICC = {"insurer": "人保财险"}
"""A row of the other insurer's."""
FIRST = "南通市2019年度中小出口企业市级统保平台_中国信保_第01批_20191231.xlsx"
"""The first batch that goes out."""
LIST = "投保企业清单"
HEADINGS = {k: h for k, h in EVERY.items() if k not in ("latin", "africa", "middle_east", "east_europe", "check")}
REGIONS = {"region_latin_america": "拉美出口额(美元)", "region_africa": "非洲出口额(美元)"}

Row = dict[str, Any]
Pairs = list[tuple[str, str]]


def firm(number: int, **cells: Any) -> Row:
    """A clean row: plan A, 5,000,000 USD, agreed by its district, received `number` minutes after nine."""
    return clean_row(number) | cells


def firms(*numbers: int, **cells: Any) -> list[Row]:
    return [firm(n, **cells) for n in numbers]


def at(minutes: float) -> datetime:
    """A moment on the day on which clean rows were received, in minutes after nine."""
    return datetime(2019, 9, 5, 9, 0) + timedelta(minutes=minutes)


@dataclass(frozen=True)
class Ran:
    """What a command did: exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


def _held(table: Table) -> Select[Any]:
    own = [c for c in table.c if c.name not in (FROM, TO)]
    return select(*own).where(table.c[TO].is_(None)) if TO in table.c else select(*own)


@dataclass
class Bureau:
    """A bureau at work in its workspace."""

    root: Path
    today: date = TODAY
    counter: int = 0

    @cached_property
    def workspace(self) -> Workspace:
        return open_workspace(self.root, WHO)

    @property
    def now(self) -> datetime:
        return datetime.combine(self.today, NOW.time())

    # ── what districts send ──

    def template(self, rows: Sequence[Row], name: str = "", district: str = HERE, *, round: int = 1) -> Path:
        """A filled district template in 收件/, as `template` makes it."""
        path = self.root / "收件" / (name or f"{district}.xlsx")
        write_template(path, self.workspace.scheme, district=district, round=round, rows=rows, spare=2)
        return path

    def drop(
        self, rows: Sequence[Row], name: str = "", district: str = HERE, *, round: int = 1, folder: Path | None = None
    ) -> Path:
        """What is left of a template that went through an office: its roster and 版本 sheets. Much faster to make."""
        path = (folder or self.root / "收件") / (name or f"{district}.xlsx")
        return write_file(path, rows, (self.workspace.scheme.id, district, round))

    def plain(self, rows: Sequence[Row], name: str = "汇总表.xlsx", **options: Any) -> Path:
        """A table without a 版本 sheet in 收件/; options of `rosters.write_xlsx`."""
        return write_xlsx(self.root / "收件" / name, rows, **options)

    def clear(self) -> None:
        for path in (self.root / "收件").iterdir():
            path.unlink()

    # ── what the bureau does ──

    def collect(self, **options: Any) -> list[collecting.Collected]:
        return collecting.collect(self.workspace, now=self.now, today=self.today, **options)

    def sent_in(self, rows: Sequence[Row], district: str = HERE, *, round: int = 1) -> collecting.Collected:
        """One file with these rows arrives alone and is collected."""
        self.clear()
        self.drop(rows, f"{district}_{len(list((self.root / '备份').rglob('*.xlsx')))}.xlsx", district, round=round)
        (report,) = self.collect()
        return report

    def sheet(self, rows: Sequence[Mapping[str, Any]], name: str = "") -> Path:
        """One of the bureau's own tables as .xlsx beside the workspace: headings are the keys of the rows."""
        self.counter += 1
        path = self.root.parent / f"{self.counter:03d}_{name or '市局资料'}.xlsx"
        return table(path, rows)

    def review(self, *rows: Mapping[str, Any], dry_run: bool = False) -> reviewing.Reviewed:
        path = self.sheet(rows, "审核表")
        return reviewing.review(self.workspace, path, now=self.now, today=self.today, dry_run=dry_run)

    def decide(self, number: int, **cells: Any) -> reviewing.Reviewed:
        """A review of one firm; keys are the headings."""
        return self.review({"统一社会信用代码": uscc(number)} | cells)

    def agree(self, *numbers: int) -> reviewing.Reviewed:
        """The bureau agrees to these firms by a review table, whatever warnings they have."""
        return self.review(*({"统一社会信用代码": uscc(n), "市级审核意见": "同意", "审核人": WHO} for n in numbers))

    def press(self, verb: str, **options: Any) -> Told:
        """What a press of the verb does, without any workbook."""
        found = verbs()[verb]
        ask = Ask(self.now, self.today, WHO, self.root, options=found.asked({}), **options)
        return press(None, self.workspace, found, ask)

    def agree_all(self) -> reviewing.Reviewed:
        return reviewing.agree_all(self.workspace, WHO, now=self.now, today=self.today)

    def customs(self, *rows: tuple[int, int, str, Any]) -> Loaded:
        """Customs data: (firm, year, country, US dollars) a row."""
        path = self.sheet([customs_row(*r) for r in rows], "海关数据")
        return load_table(self.workspace, "customs", path, now=self.now, today=self.today)

    def load(self, verb: str, *rows: Mapping[str, Any]) -> Loaded:
        """A table of the bureau's: rows by heading."""
        return load_table(self.workspace, verb, self.sheet(rows, verb), now=self.now, today=self.today)

    def move(
        self, kind: str, source: str, target: str, yuan: Any, day: date | None = None, document: str = "批1号"
    ) -> Any:
        """One movement of the fund."""
        row = {
            "日期": day or self.today, "类型": kind, "转出": source, "转入": target, "金额(元)": yuan, "文号": document,
            "审批人": "局长",
        }  # fmt: skip
        return self.load("fund", row)

    def submit(self, insurer: str = "") -> list[submit.Submitted]:
        done, _, _ = submit.submit(self.workspace, now=self.now, today=self.today, insurer=insurer)
        return done

    def verify(self) -> Verified:
        return verifying(self.workspace, today=self.today)

    # ── what then stands ──

    def register(self) -> Register:
        workspace = self.workspace
        with ledger.reading(workspace.ledger) as conn:
            return load_register(conn, workspace, self.today)

    def standing(self, **options: Any) -> Standing:
        return stand(self.register(), **options)

    def outcomes(self, **options: Any) -> dict[str, Row]:
        """Rows of `assess` by code; a firm that two districts claim by code and district."""
        rows = standing_table(self.standing(**options)).to_pylist()
        codes = [r["统一社会信用代码"] for r in rows]
        return {u if codes.count(u) == 1 else f"{u} {r['报送单位']}": r for u, r in zip(codes, rows, strict=True)}

    def outcome(self, number: int) -> Row:
        return self.outcomes()[uscc(number)]

    def places(self) -> dict[int, tuple[str, int | None]]:
        """(资金安排, 排队号) by firm number, those without left out."""
        rows = self.outcomes()
        numbers = {uscc(n): n for n in range(1, 60)}
        return {numbers[u]: (r["资金安排"], r["排队号"]) for u, r in rows.items() if u in numbers and r["资金安排"]}

    def problems(self) -> dict[str, set[str]]:
        """Codes of every claim's problems, by code of the firm (claims of several districts together)."""
        register = self.register()
        out: dict[str, set[str]] = {u: set() for u in register.claims.uscc}
        for u, codes in zip(register.claims.uscc, register.claims.findings.codes(), strict=True):
            out[u] |= set(filter(None, codes.split(";")))
        return out

    def tables(self, *without: str) -> dict[str, list[Row]]:
        """Every table of the ledger, sorted by its columns' text; of the bureau's the rows that hold."""
        found = self.workspace.ledger
        with found.engine.connect() as conn, conn.begin():
            out = {}
            for t in found.tables.metadata.sorted_tables:
                if t.name not in without:
                    rows = [dict(r) for r in conn.execute(_held(t)).mappings()]
                    out[t.name] = sorted(rows, key=str)
        return out

    def journal(self) -> list[Row]:
        rows = self.tables()["journal"]
        return sorted(({**r, "detail": json.loads(r["detail"])} for r in rows), key=lambda r: int(r["seq"]))

    def tree(self) -> dict[str, bytes | None]:
        """Every file of the workspace with its content; folders with None."""
        return tree(self.root)

    def returned(self) -> list[str]:
        return sorted(p.name for p in (self.root / "退回").iterdir())

    def submitted(self) -> list[str]:
        return sorted(p.name for p in (self.root / "报送").iterdir())

    def tamper(self, *statements: str) -> int:
        """Change the SQLite ledger behind our back; returns how many rows."""
        with closing(sqlite3.connect(self.root / "台账.db")) as conn, conn:
            return sum(conn.execute(s).rowcount for s in statements)

    # ── the command line ──

    def cli(self, *args: str | Path) -> Ran:
        """A command of the workspace, in this process."""
        verb, *rest = args
        return cli(verb, "-C", self.root, "--who", WHO, "--today", self.today.isoformat(), *rest)

    def command(self, *args: str | Path) -> list[str]:
        """The same as a command for a real process."""
        verb, *rest = map(str, args)
        own = ["-C", str(self.root), "--who", WHO, "--today", self.today.isoformat()]
        return [sys.executable, "-m", "xltools", verb, *own, *rest]


def bureau_in(folder: Path, scheme: str = "nantong-2019", url: str = "", name: str = "工作区") -> Bureau:
    """A new workspace below `folder`."""
    root = folder / name
    if url or scheme != "nantong-2019":
        init(root, scheme, now=NOW, who=WHO, url=url)
    else:
        shutil.copytree(_pattern(), root)
    return Bureau(root)


def prepared(folder: Path, prepare: Callable[[Bureau], None]) -> Bureau:
    """A workspace in which this was done; done once, then copied."""
    shutil.copytree(_prepared(prepare), folder / "工作区")
    return Bureau(folder / "工作区", counter=100)


@cache
def _prepared(prepare: Callable[[Bureau], None]) -> Path:
    bureau = bureau_in(_temporary())
    prepare(bureau)
    return bureau.root


def _temporary() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="xltools-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _pattern() -> Path:
    """A workspace as `init` leaves it, to be copied."""
    return init(_temporary() / "工作区", "nantong-2019", now=NOW, who=WHO).root


def own_scheme(folder: Path, *changes: tuple[str, str]) -> str:
    """Nantong 2019 with some of its text replaced, as a file; each text must stand there once."""
    text = source("nantong-2019")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "本地方案.toml"
    path.write_text(text, "utf-8")
    return str(path)


def pools(sinosure: int | str = 4_500_000, picc: int | str = 500_000, total: int | str = 5_000_000) -> Pairs:
    """Replacements for `own_scheme`: other pools, in yuan."""
    return [
        ("pool = { value = 4500000,", f"pool = {{ value = {sinosure},"),
        ("pool = { value = 500000,", f"pool = {{ value = {picc},"),
        ("total = { value = 5000000,", f"total = {{ value = {total},"),
    ]


def customs_row(number: int, year: int, country: str, dollars: Any) -> Row:
    return {
        "统一社会信用代码": uscc(number), "海关注册编码": f"320696{number:04d}", "企业名称": clean_row(number)["name"],
        "年度": year, "国别": country, "出口额(美元)": dollars,
    }  # fmt: skip


def policy(number: int, insurer: str, **cells: Any) -> Row:
    """A policy in force, the firm's own, over the beginning of the scheme."""
    return {
        "统一社会信用代码": uscc(number), "企业名称": clean_row(number)["name"], "保险人": insurer, "保单号": f"P{number}",
        "保单性质": "自主", "起保日期": date(2019, 1, 1), "终保日期": date(2019, 12, 31),
    } | cells  # fmt: skip


def write_file(path: Path, rows: Sequence[Row], said: tuple[str, str, int]) -> Path:
    """A district's file with its 版本 sheet (scheme, district, round); columns and places as in the template."""
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm:ss", "in_memory": True})
    page = book.add_worksheet("企业投保申请汇总表")
    headings = HEADINGS | {f: h for f, h in REGIONS.items() if any(f in r for r in rows)}
    for x, (key, heading) in enumerate(headings.items()):
        page.write_string(3, x, heading)
        for y, row in enumerate(rows, 4):
            put(page, y, x, row.get(key))
    hidden = book.add_worksheet("版本")
    hidden.hide()
    for y, pair in enumerate((("项目", "值"), ("模板版本", "1"), *zip(("方案", "区", "轮次"), said, strict=True))):
        hidden.write_row(y, 0, pair)
    book.close()
    return path


def put(page: Any, y: int, x: int, value: Any) -> None:
    if isinstance(value, date):
        page.write_datetime(y, x, value)
    elif isinstance(value, str):
        page.write_string(y, x, value)
    elif value is not None:
        page.write_number(y, x, value)


def table(path: Path, rows: Sequence[Mapping[str, Any]], sheet: str = "Sheet1") -> Path:
    """A table whose headings are all the keys of its rows."""
    headings = list(dict.fromkeys(k for r in rows for k in r))
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm:ss", "in_memory": True})
    page = book.add_worksheet(sheet)
    page.write_row(0, 0, headings)
    for y, row in enumerate(rows, 1):
        for x, heading in enumerate(headings):
            put(page, y, x, row.get(heading))
    book.close()
    return path


def cells(path: Path, sheet: str) -> list[list[Any]]:
    """All cells of a sheet, as openpyxl reads them; the other sheets are not read, which may take seconds."""
    book = openpyxl.load_workbook(path, read_only=True)
    found = [[c.value for c in row] for row in book[sheet].iter_rows()]
    book.close()
    return found


def version(path: Path) -> dict[str, Any]:
    """The hidden 版本 sheet."""
    return {str(r[0]): r[1] for r in cells(path, "版本")[1:]}


def tree(root: Path) -> dict[str, bytes | None]:
    paths = {p.relative_to(root).as_posix(): p for p in root.rglob("*")}
    return {name: None if p.is_dir() else p.read_bytes() for name, p in paths.items()}


def cli(*args: str | Path) -> Ran:
    """A command in this process."""
    out, err = io.StringIO(), io.StringIO()
    code: Any = 0
    with (
        mock.patch.object(sys, "argv", ["xltools", *map(str, args)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as e:
            code = e.code
    assert isinstance(code, int)
    return Ran(code, out.getvalue(), err.getvalue())


def spawn(command: Sequence[str | Path], **options: Any) -> Ran:
    """A real process, waited for."""
    env = os.environ | {"PYTHONIOENCODING": "utf-8"} | options.pop("env", {})
    done = subprocess.run(list(map(str, command)), capture_output=True, timeout=120, check=False, env=env, **options)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextlib.contextmanager
def expect_unchanged(bureau: Bureau) -> Iterator[None]:
    """Nothing in the workspace is another byte afterwards."""
    before = bureau.tree()
    yield
    after = bureau.tree()
    assert after.keys() == before.keys()
    assert [n for n in after if after[n] != before[n]] == []


__all__ = [
    "HERE", "NOW", "SCHEME", "THERE", "TODAY", "WHO", "Bureau", "Ran", "Row", "at", "bureau_in", "cells", "cli",
    "customs_row", "expect_unchanged", "firm", "firms", "own_scheme", "policy", "pools", "prepared", "spawn", "table", "tree", "uscc",
    "version", "write_csv", "write_file",
]  # fmt: skip
