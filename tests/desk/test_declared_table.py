"""DESIGN §2.1: one more table is one more file. A copy of the program gets a declaration, and nothing else."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import live
import openpyxl
import pytest
import xlsxwriter
from pages import loaded, page_of
from served import Program
from workspaces import Bureau, at, bureau_in, firm, uscc

import xltools
from xltools.ledger.personal import MASK
from xltools.roster.letters import column_letters

DECLARED = """
title = "走访登记"
does = "走访：登记走访企业的情况"
about = "每家每天一行"
journal = "走访"
filled_by = "区级经办"
file = "走访"
phase = "visits"
sheet = "走访"
table = "走访表"
remark = "走访过的企业；在最后一行下面接着登记，填好后按“刷新”"
missed = "走访登记"
button = "走访登记"
kept = "merge"
key = ["firm", "day"]
column = [
    { field = "firm", heading = "企业", kind = "firm", required = true, width = 22 },
    { field = "day", heading = "走访日期", kind = "date", required = true },
    { field = "movement", heading = "资金账序号", kind = "entry", refers = "fund" },
    { field = "contact", heading = "接待人", personal = true },
    { field = "agreed", heading = "约定金额(元)", kind = "yuan" },
    { field = "paid", heading = "已付金额(元)", kind = "yuan" },
    { field = "left_over", heading = "未付金额(元)", kind = "yuan", computed = "difference", of = ["agreed", "paid"] },
    { field = "share", heading = "满意度", kind = "percent", hint = "写成 90% 或 0.9" },
    { field = "told", heading = "已告知", kind = "yes_no" },
]
"""
PHASE = """
[[phase]]
name = "走访"
key = "visits"
does = "走访企业，登记情况"
sheets = ["首页", "企业名册"]
"""
VERB = """
from xltools.desk.told import Told
from xltools.desk.verb import Verb

VERB = Verb(
    "thanks", "感谢", "感谢：给走访过的企业记一次感谢", 999, changes=True, button="感谢", presses="记一次感谢",
    phases=("visits",), phase="visits", looks=("走访",), next=("没有了，再{verify}",),
)


def run(workspace, ask):
    from xltools.desk.transaction import changing
    from xltools.ledger import Entry, bureau
    from xltools.ledger.journal import append

    told = Told()
    with changing(workspace, ask.now, dry_run=ask.dry_run) as conn:
        firms = sorted(set(bureau.rows(conn, "visits")["firm"].to_pylist()))
        append(conn, Entry(ask.now, workspace.who, "thanks", "走访", {"firms": firms}))
    told.data["firms"] = firms
    told.sum_up(f"感谢 {len(firms)} 家")
    return told


def journal(detail, scheme):
    return f"感谢 {len(detail['firms'])} 家"
"""
HEADINGS = ("企业", "走访日期", "资金账序号", "接待人", "约定金额(元)", "已付金额(元)", "满意度", "已告知")
GOOD: tuple[tuple[Any, ...], ...] = (
    ("NT2019-0001", "2019-10-08", 1, "张三 13800000000", 1000, 400.5, "90%", "是"),
    (uscc(2), "2019-10-09", None, None, None, None, 0.5, None),
)


@dataclass
class Office:
    """A workspace, and a program that has one more declaration than ours."""

    bureau: Bureau
    program: Program

    def run(self, *arguments: str, module: str = "xltools") -> subprocess.CompletedProcess[str]:
        return self.program.run(*arguments, cwd=self.bureau.root, module=module)

    def told(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        done = self.run(*arguments, "--json", "--today", "2019-10-10")
        assert done.returncode == code, done.stdout + done.stderr
        return dict(json.loads(done.stdout))

    def rows(self) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.bureau.root / "台账.db")) as ledger:
            ledger.row_factory = sqlite3.Row
            return [dict(r) for r in ledger.execute("select * from visits where to_seq is null order by firm, day")]

    def journal(self, verb: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.bureau.root / "台账.db")) as ledger:
            asked = "select detail from journal where verb = ? order by seq"
            return [json.loads(detail) for (detail,) in ledger.execute(asked, (verb,))]

    def sheet(self, *rows: tuple[Any, ...], name: str = "走访.xlsx") -> str:
        path = self.bureau.root / name
        with xlsxwriter.Workbook(path) as book:
            page = book.add_worksheet("走访")
            page.write_row(0, 0, HEADINGS)
            for y, row in enumerate(rows, 1):
                page.write_row(y, 0, row)
        return name


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Our own program, and one file more in it."""
    folder = tmp_path_factory.mktemp("program")
    shutil.copytree(
        Path(xltools.__file__).parent, folder / "xltools", ignore=shutil.ignore_patterns("__pycache__"), symlinks=False
    )
    (folder / "xltools" / "catalogue" / "bureau" / "visits.toml").write_text(DECLARED, "utf-8")
    (folder / "xltools" / "desk" / "verbs" / "thanks.py").write_text(f'"""`thanks` (感谢)."""\n{VERB}', "utf-8")
    with (folder / "xltools" / "catalogue" / "phases.toml").open("a", encoding="utf-8") as phases:
        phases.write(PHASE)
    with Program(folder) as running:
        yield running


@pytest.fixture
def office(tmp_path: Path, program: Program) -> Office:
    """Three firms in a ledger that was made before the table was declared."""
    bureau = bureau_in(tmp_path)
    bureau.sent_in([firm(n, received=at(n)) for n in (1, 2, 3)])
    return Office(bureau, program)


def test_a_file_is_loaded_journalled_sealed_and_verified(office: Office) -> None:
    assert "走访登记" in office.run("doctor").stdout
    told = office.told("visits", office.sheet(*GOOD))
    assert told["rows"] == 2
    first, second = office.rows()
    kept = {k: first[k] for k in ("firm", "day", "movement", "agreed", "paid", "left_over", "share", "told")}
    assert kept == {
        "firm": uscc(1), "day": "2019-10-08", "movement": "1", "agreed": 100_000, "paid": 40_050, "left_over": 59_950,
        "share": "0.9", "told": "是",
    }  # fmt: skip
    assert (second["firm"], second["share"], second["left_over"]) == (uscc(2), "0.5", None)
    (grown,), (entry,) = office.journal("grow"), office.journal("visits")
    assert "visits" in grown["tables"]
    assert entry["changed"][f"{uscc(1)} 2019-10-08"]["left_over"] == [None, 59_950]
    assert entry["changed"][f"{uscc(1)} 2019-10-08"]["contact"] == [MASK, MASK]
    assert "走访登记" not in office.run("doctor").stdout
    office.told("verify")
    with closing(sqlite3.connect(office.bureau.root / "台账.db")) as ledger:
        ledger.execute("update visits set paid = 1")
        ledger.commit()
    assert "走访登记" in " ".join(office.told("verify", code=1)["wrong"])


def test_a_firm_is_known_by_its_number_its_code_and_its_name(office: Office) -> None:
    name = office.bureau.tables()["claims"][0]["name"]
    there = [(who, f"2019-10-0{n}", *[None] * 4, "1", None) for n, who in enumerate(("nt2019-0001", uscc(1), name), 1)]
    office.told("visits", office.sheet(*there))
    assert [r["firm"] for r in office.rows()] == [uscc(1)] * 3


BAD = [
    ("a firm that nobody has reported", 0, "没有这家有限公司", "REFERENCE_UNKNOWN"),
    ("a movement that is not in the account", 2, 99, "REFERENCE_UNKNOWN"),
    ("a share that may be two things", 6, 90, "PERCENT"),
    ("neither yes nor no", 7, "大概", "CHOICE"),
    ("an amount in words", 4, "约三万", "AMOUNT_TEXT"),
    ("no day", 1, None, "REQUIRED"),
]


@pytest.mark.parametrize(("place", "value", "code"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_a_wrong_cell_is_named_and_nothing_is_taken(office: Office, place: int, value: Any, code: str) -> None:
    office.told("visits", office.sheet(*GOOD))
    before = office.rows()
    wrong = [*GOOD[0]]
    wrong[place] = value
    told = office.told("visits", office.sheet(GOOD[1], tuple(wrong)), code=2)
    assert [(p["code"], p["cell"]) for p in told["problems"] if p["severity"] == "error"] == [
        (code, f"{chr(65 + place)}3")
    ]
    assert office.rows() == before


def test_names_that_two_firms_share_are_asked_about(office: Office) -> None:
    same = "南通同名贸易有限公司"
    office.bureau.sent_in([firm(n, received=at(n), name=same) for n in (4, 5)], round=2)
    told = office.told("visits", office.sheet((same, "2019-10-08", *[None] * 6)), code=2)
    assert [p["code"] for p in told["problems"] if p["severity"] == "error"] == ["REFERENCE_SEVERAL"]


def test_its_form_is_sent_out_and_read_back(office: Office) -> None:
    office.told("template", "--table", "visits", "-o", "样表")
    path = office.bureau.root / "样表" / "走访_NT2019.xlsx"
    book = openpyxl.load_workbook(path)
    page = book.active
    headings = [c.value for c in page[4]]
    assert headings == [h + ("*" if h in ("企业", "走访日期") else "") for h in HEADINGS]
    lists = [v.formula1 for v in page.data_validations.dataValidation if v.type == "list"]
    assert '"是,否"' in lists
    for x, value in enumerate(GOOD[0], 1):
        page.cell(5, x, value)
    book.save(path)
    assert office.told("visits", str(path))["rows"] == 1
    assert office.rows()[0]["left_over"] == 59_950


def test_the_workbook_shows_it_and_what_is_typed_there_comes_back(office: Office) -> None:
    office.told("visits", office.sheet(*GOOD))
    office.told("book")
    path = next(office.bureau.root.glob("平台工作簿.xls*"))
    book = openpyxl.load_workbook(path, keep_vba=True)
    page = book["走访"]
    area = page.tables["走访表"].ref
    (head, *rows) = [[c.value for c in line] for line in page[area]]
    assert head == [*HEADINGS[:6], "未付金额(元)", *HEADINGS[6:]]
    assert [r[0] for r in rows] == [uscc(1), uscc(2)]
    assert float(rows[0][6]) == 599.5
    top = page[area][0][0].row
    page.cell(top + 1, page[area][0][0].column + 5, 1000)
    book.save(path)
    office.told("sync")
    assert office.rows()[0]["left_over"] == 0
    shown = page_of(path, "走访")
    assert [c.value for c in shown[shown.tables["走访表"].ref][1]][6] == 0
    assert "走访" in [r[3] for r in page_of(path, "日志").iter_rows(values_only=True)]


def test_a_verb_is_a_command_a_double_click_and_a_button(office: Office) -> None:
    office.told("visits", office.sheet(*GOOD))
    office.told("book")
    assert "thanks" in office.run("--help").stdout
    assert office.told("thanks")["firms"] == [uscc(1), uscc(2)]
    done = office.run("thanks", "--no-open", "--today", "2019-10-10", module="xltools.cli.press")
    assert (done.returncode, "感谢 2 家" in done.stdout) == (0, True), done.stdout + done.stderr
    result = openpyxl.load_workbook(office.bureau.root / "处理结果.xlsx")
    texts = " ".join(str(c) for page in result for row in page.iter_rows(values_only=True) for c in row if c)
    assert "✔ 感谢：完成" in texts
    assert "全面核验”" in texts
    assert [d["firms"] for d in office.journal("thanks")] == [[uscc(1), uscc(2)]] * 2
    book = loaded(next(office.bureau.root.glob("平台工作簿.xls*")), "阶段按钮", "日志")
    page = book["阶段按钮"]
    shown = {c for name in page.tables for row in page[page.tables[name].ref] for c in (x.value for x in row)}
    assert {"走访", "thanks", "感谢", "visits", "走访登记"} <= shown
    log = [r for r in book["日志"].iter_rows(values_only=True) if r[3] == "感谢"]
    assert [r[5] for r in log] == ["感谢 2 家"] * 2


def test_an_open_libreoffice_shows_it_takes_it_back_and_presses_its_button(office: Office) -> None:
    office.told("visits", office.sheet(*GOOD))
    office.told("book", "--libreoffice")
    with live.office(program=office.program.folder) as running:
        document = running.open(office.bureau.root / "平台工作簿.xlsm")
        document.book.names["阶段"].refers_to_range.value = "走访"
        place = document.book.sheets["走访"].tables["走访表"].range
        heads = place.options(ndim=2).value[0]
        assert [r[0] for r in place.options(ndim=2).value[1:]] == [uscc(1), uscc(2)]
        paid = place.column + heads.index("已付金额(元)")
        document.book.sheets["走访"].range((place.row + 1, paid)).value = 1000
        below = place.row + 3
        for heading, value in (("企业", "NT2019-0003"), ("走访日期", "2019-10-10"), ("满意度", "80%")):
            cell = f"{column_letters(place.column + heads.index(heading))}{below}"
            document.type("走访", cell, value)
        document.press("感谢")
        assert document.status().startswith("✔"), document.status()
        assert "感谢 3 家" in document.status()
        shown = document.book.sheets["走访"].tables["走访表"].range.options(ndim=2).value
        assert [r[0] for r in shown[1:]] == [uscc(1), uscc(2), uscc(3)]
        assert shown[1][heads.index("未付金额(元)")] == 0
        document.close()
    assert [(r["firm"], r["paid"], r["share"]) for r in office.rows()] == [
        (uscc(1), 100_000, "0.9"), (uscc(2), None, "0.5"), (uscc(3), None, "0.8"),
    ]  # fmt: skip
    office.told("verify")


def test_its_files_in_the_materials_are_read_by_its_button(office: Office) -> None:
    office.bureau.root.joinpath("资料").mkdir(exist_ok=True)
    shutil.move(office.bureau.root / office.sheet(*GOOD), office.bureau.root / "资料" / "走访_一季度.xlsx")
    assert "走访_一季度.xlsx：2 行" in office.run("visits", "--today", "2019-10-10").stdout
    assert [r["firm"] for r in office.rows()] == [uscc(1), uscc(2)]
    assert "没有变化" in office.run("visits", "--today", "2019-10-10").stdout


def test_the_year_of_an_office_of_before_gains_a_table(office: Office, tmp_path: Path) -> None:
    """The workspace that 0.2.0 left, with both of its workbooks."""
    with zipfile.ZipFile(Path(__file__).parents[1] / "fixtures" / "workspace-0.2.0.zip") as package:
        package.extractall(tmp_path / "before")
    (root,) = (tmp_path / "before").iterdir()
    before = replace(office, bureau=replace(office.bureau, root=root))
    before.told("verify")
    told = before.told("visits", before.sheet((*GOOD[0][:2], *[None] * 5, "是")))
    assert told["rows"] == 1
    assert [r["day"] for r in before.rows()] == ["2019-10-08"]
    for name in ("平台工作簿.xlsm", "平台工作簿_用过的.xlsm"):
        if name != "平台工作簿.xlsm":
            (root / name).replace(root / "平台工作簿.xlsm")
        before.told("sync")
        page = page_of(root / "平台工作簿.xlsm", "走访")
        assert page[page.tables["走访表"].ref][1][0].value == before.rows()[0]["firm"]
    before.told("verify")
