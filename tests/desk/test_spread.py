"""Small files that would take all memory (铺开的表): refused alone, or bounded; every run has a limit that it could break."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from books import drawn
from closedbooks import NAME, decide, shows, three
from spliceoracle import members
from workspaces import Bureau, Ran, bureau_in, firm, prepared, tree

from xltools.sheets.intake.found import area
from xltools.sheets.platform import closed

pytestmark = pytest.mark.filterwarnings("ignore:Print area")
MEMORY = 3 << 30
"""Address space of a run: an honest one takes a third, and libraries reserve more than they use."""
ROSTER = "企业投保申请汇总表"
SHEET1 = "xl/worksheets/sheet1.xml"


def limited(bureau: Bureau, *args: str, seconds: float = 400) -> Ran:
    """A command in a process of its own that must not take more memory, nor longer."""
    command = bureau.command(*args)
    at = command.index("-m")
    code = f"import resource, runpy; resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY})); "
    code += "runpy.run_module('xltools', run_name='__main__', alter_sys=True)"
    done = subprocess.run(
        [sys.executable, "-c", code, *command[at + 2 :]], capture_output=True, timeout=seconds, check=False
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def edited(path: Path, **changes: Callable[[bytes], bytes]) -> Path:
    """Change members of a package; `sheet1` stands for its first worksheet's, others for members by their stem."""
    there = members(path)
    for stem, change in changes.items():
        (name,) = (n for n in there if Path(n).stem == stem and n.endswith(".xml"))
        there[name] = change(there[name])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in there.items():
            package.writestr(name, content)
    return path


def behind(xml: str) -> Callable[[bytes], bytes]:
    """Behind the rows, where a sheet's ranges stand."""
    return lambda sheet: sheet.replace(b"</sheetData>", b"</sheetData>" + xml.encode())


def merged(*refs: str) -> Callable[[bytes], bytes]:
    return behind("<mergeCells>" + "".join(f'<mergeCell ref="{r}"/>' for r in refs) + "</mergeCells>")


def linked(*refs: str) -> Callable[[bytes], bytes]:
    return behind("<hyperlinks>" + "".join(f'<hyperlink ref="{r}" location="A1"/>' for r in refs) + "</hyperlinks>")


def many_sheets(count: int, name: str = "表{}") -> Callable[[bytes], bytes]:
    def change(book: bytes) -> bytes:
        (first,) = re.findall(rb'<sheet [^>]*sheetId="1"[^>]*/>', book)
        more = b"".join(
            re.sub(rb'name="[^"]*" sheetId="1"', f'name="{name.format(i)}" sheetId="{i + 9}"'.encode(), first)
            for i in range(count)
        )
        return book.replace(b"</sheets>", more + b"</sheets>")

    return change


def cell(place: str) -> Callable[[bytes], bytes]:
    """A value far away."""
    row = re.sub(r"\D", "", place)
    return lambda sheet: sheet.replace(
        b"</sheetData>", f'<row r="{row}"><c r="{place}"><v>1</v></c></row></sheetData>'.encode()
    )


def collected(folder: Path, cases: dict[str, Callable[[Path], object]]) -> tuple[Bureau, Ran]:
    """All cases in one collection, each a district's file with a good row and a bad one, and a good file after them."""
    bureau = bureau_in(folder)
    for i, case in enumerate(cases):
        cases[case](bureau.drop([firm(2 * i + 1), firm(2 * i + 2, phone="12")], f"{case}.xlsx"))
    bureau.drop([firm(99, area="通州区")], "好.xlsx", "通州区")
    return bureau, limited(bureau, "collect", "--json")


def changed(**changes: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda path: edited(path, **changes)


def outcomes(bureau: Bureau) -> dict[str, str]:
    return {r["name"].removesuffix(".xlsx"): r["outcome"] for r in bureau.tables()["files"]}


REFUSED: dict[str, dict[str, Callable[[bytes], bytes]]] = {
    "a merged range down to the last cell": {"sheet1": merged("A200:XFD1048576")},
    "three columns merged to the bottom": {"sheet1": merged("H5:H1048576", "I5:I1048576", "J5:J1048576")},
    "one column merged to the bottom": {"sheet1": merged("H5:H1048576")},
    "whole columns merged": {"sheet1": merged("H:J")},
    "all cells by their rows": {"sheet1": merged("200:1048576")},
    "a range written backwards": {"sheet1": merged("XFD1048576:A200")},
    "a range with its letters escaped": {"sheet1": merged("&#65;200:XFD1048576")},
    "a range with dollars": {"sheet1": merged("$A$200:$XFD$1048576")},
    "many whole rows": {"sheet1": merged(*(f"A{r}:XFD{r}" for r in range(200, 300)))},
    "a merged range before the rows": {
        "sheet1": lambda s: s.replace(b"<sheetData>", b'<mergeCells><mergeCell ref="A200:XFD1048576"/></mergeCells><sheetData>')
    },
    "a merged range among the rows": {
        "sheet1": lambda s: s.replace(b"</sheetData>", b'<mergeCells><mergeCell ref="A200:XFD1048576"/></mergeCells></sheetData>')
    },
    "an attribute with a bracket before the range": {
        "sheet1": behind('<mergeCells><mergeCell x=">" ref="A200:XFD1048576"/></mergeCells>')
    },
    "a link on every cell": {"sheet1": linked("A200:XFD1048576")},
    "a link on whole columns": {"sheet1": linked("A:J")},
    "three thousand sheets that are one": {"workbook": many_sheets(3000)},
    "three thousand sheets of one name": {"workbook": many_sheets(3000, ROSTER)},
    "two sheets that are one": {"workbook": many_sheets(1)},
    "a cell in the last row and column": {"sheet1": cell("XFD1048576")},
    "a merged range in the 版本 sheet": {"sheet2": merged("A200:XFD1048576")},
}  # fmt: skip


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bureau, Ran]:
    return collected(tmp_path_factory.mktemp("refused"), {c: changed(**REFUSED[c]) for c in REFUSED})


def test_such_files_are_refused_and_the_others_collected(refused: tuple[Bureau, Ran]) -> None:
    bureau, ran = refused
    assert (ran.code, ran.err) == (1, "")
    assert outcomes(bureau) == dict.fromkeys(REFUSED, "refused") | {"好": "taken"}


@pytest.mark.parametrize("case", REFUSED)
def test_that_file_goes_back_with_the_reason(refused: tuple[Bureau, Ran], case: str) -> None:
    bureau, ran = refused
    path = bureau.root / "收件" / f"{case}.xlsx"
    assert path.stat().st_size < 60_000
    (said,) = (f for f in ran.json["files"] if f["name"] == path.name)
    (problem,) = said["problems"]
    assert problem["code"] in ("FILE_EXTENT", "FILE_BOMB")
    assert re.search("远远大于内容|解压后过大", problem["message"])
    assert "另存后重新报送" in problem["hint"]
    assert (bureau.root / "退回" / f"{case}_拒收.xlsx").is_file()
    assert path.read_bytes() in [kept.read_bytes() for kept in (bureau.root / "备份" / "收件").iterdir()]


def with_part(name: str, content: bytes, kind: str, relation: str) -> Callable[[Path], None]:
    """A part that belongs to the first sheet."""

    def change(path: Path) -> None:
        there = members(path)
        rels = "xl/worksheets/_rels/sheet1.xml.rels"
        assert rels not in there
        there[rels] = (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
            f'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{relation}" Target="/{name}"/></Relationships>'
        ).encode()
        there[name] = content
        override = f'<Override PartName="/{name}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"/>'
        there["[Content_Types].xml"] = there["[Content_Types].xml"].replace(
            b"</Types>", override.encode() + b"</Types>"
        )
        if relation == "table":
            there[SHEET1] = there[SHEET1].replace(
                b"</worksheet>", b'<tableParts count="1"><tablePart r:id="rId1"/></tableParts></worksheet>'
            )
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            for member, data in there.items():
                package.writestr(member, data)

    return change


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
NOTE = f'<comments {MAIN}><authors><author>a</author></authors><commentList><comment ref="A1:XFD1048576" authorId="0"><text><t>甲</t></text></comment></commentList></comments>'
TABLE = f'<table {MAIN} id="1" name="T" displayName="T" ref="A4:XFD1048576"><tableColumns count="1"><tableColumn id="1" name="序号"/></tableColumns></table>'
STYLE = b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
RULE = '<conditionalFormatting sqref="A1"><cfRule type="expression" priority="1"><formula>1</formula></cfRule></conditionalFormatting>'
BOUNDED: dict[str, Callable[[Path], object]] = {
    "a note on all cells": with_part("xl/comments1.xml", NOTE.encode(), "comments", "comments"),
    "a table over all cells": with_part("xl/tables/table1.xml", TABLE.encode(), "table", "table"),
    "seven hundred thousand formats": changed(styles=lambda s: s.replace(b"</cellXfs>", STYLE * 700_000 + b"</cellXfs>")),
    "three hundred thousand rules": changed(sheet1=behind(RULE * 300_000)),
    "a rule on three million single cells": changed(
        sheet1=behind(RULE.replace('sqref="A1"', 'sqref="' + "A1 " * 3_000_000 + '"'))
    ),
    "a million defined names": changed(
        workbook=lambda b: b.replace(
            b"</workbook>", b"<definedNames>" + b'<definedName name="a">1</definedName>' * 1_000_000 + b"</definedNames></workbook>"
        )
    ),
    "columns one by one": changed(
        sheet1=lambda s: s.replace(b"<sheetData>", b"<cols>" + b'<col min="1" max="16384" width="9"/>' * 900_000 + b"</cols><sheetData>")
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bureau, Ran]:
    return collected(tmp_path_factory.mktemp("bounded"), BOUNDED)


def test_what_only_the_mark_up_would_build_leaves_the_rows_taken(bounded: tuple[Bureau, Ran]) -> None:
    bureau, ran = bounded
    assert (ran.code, ran.err) == (1, "")
    assert outcomes(bureau) == dict.fromkeys(BOUNDED, "returned") | {"好": "taken"}
    assert len(bureau.tables()["claims"]) == 2 * len(BOUNDED) + 1


HARMLESS = ("a note on all cells", "a table over all cells")
"""Nothing is built of these: the file itself is marked."""


@pytest.mark.parametrize("case", HARMLESS)
def test_what_marking_never_looks_at_is_marked(bounded: tuple[Bureau, Ran], case: str) -> None:
    bureau, _ = bounded
    assert not (bureau.root / "退回" / f"{case}_崇川区_原件.xlsx").exists()
    back = openpyxl.load_workbook(bureau.root / "退回" / f"{case}_崇川区_退回_第2轮.xlsx", read_only=True)
    assert back.sheetnames[:2] == [ROSTER, "问题"]


@pytest.mark.parametrize("case", [c for c in BOUNDED if c not in HARMLESS])
def test_it_goes_back_as_our_template_with_its_rows(bounded: tuple[Bureau, Ran], case: str) -> None:
    bureau, _ = bounded
    path = bureau.root / "收件" / f"{case}.xlsx"
    assert path.stat().st_size < 400_000
    assert (bureau.root / "退回" / f"{case}_崇川区_原件.xlsx").read_bytes() == path.read_bytes()
    back = openpyxl.load_workbook(bureau.root / "退回" / f"{case}_崇川区_退回_第2轮.xlsx")[ROSTER]
    assert firm(2 * list(BOUNDED).index(case) + 1)["name"] in [c.value for c in back[5]]


HONEST: dict[str, dict[str, Callable[[bytes], bytes]]] = {
    "a title merged over a whole row": {"sheet1": merged("A1:XFD1")},
    "a few whole rows": {"sheet1": merged("A1:XFD1", "A2:XFD2", "A200:XFD200")},
    "a merged cell in each of a thousand rows": {"sheet1": merged(*(f"AA{r}:AC{r}" for r in range(100, 1100)))},
    "a link on a row": {"sheet1": linked("A1:Z1")},
    "a rule on all cells": {"sheet1": behind(RULE.replace('sqref="A1"', 'sqref="A1:XFD1048576"'))},
    "a width for all columns": {
        "sheet1": lambda s: s.replace(b"<sheetData>", b'<cols><col min="1" max="16384" width="9"/></cols><sheetData>')
    },
    "a dimension of the whole sheet": {
        "sheet1": lambda s: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', s)
    },
    "a blank cell with a look in the last row": {
        "sheet1": lambda s: s.replace(b"</sheetData>", b'<row r="1048576"><c r="A1048576" s="0"/></row></sheetData>')
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bureau, Ran]:
    return collected(tmp_path_factory.mktemp("honest"), {c: changed(**HONEST[c]) for c in HONEST})


@pytest.mark.parametrize("case", HONEST)
def test_an_honest_file_is_taken_and_marked_as_before(honest: tuple[Bureau, Ran], case: str) -> None:
    bureau, ran = honest
    assert (ran.code, ran.err) == (1, "")
    assert outcomes(bureau)[case] == "returned"
    names = [n for n in bureau.returned() if n.startswith(case)]
    assert names == [f"{case}_崇川区_退回_第2轮.xlsx"]  # nothing beside it: it is the file itself that was marked


@pytest.mark.parametrize(
    ("ref", "cells"),
    [
        ("A1", 1), ("$B$2", 1), ("A1:C5", 15), ("C5:A1", 15), ("a1:c5", 15), ("A:C", 3 * 1_048_576), ("2:3", 2 * 16_384),
        ("A200:XFD1048576", 16_384 * 1_048_377), ("", 16_384 * 1_048_576), ("甲", 16_384 * 1_048_576), ("A1:甲", 16_384 * 1_048_576),
        ("A", 1_048_576), ("7", 16_384),
    ],
)  # fmt: skip
def test_a_range_has_so_many_cells(ref: str, cells: int) -> None:
    assert area(ref) == cells


# ── the platform workbook ──


@pytest.fixture
def office(tmp_path: Path) -> Bureau:
    return prepared(tmp_path, three)


def part_of(path: Path, sheet: str) -> str:
    book = members(path)["xl/workbook.xml"].decode()
    found = re.search(rf'<sheet name="{sheet}" sheetId="(\d+)"', book)
    assert found
    return f"sheet{found[1]}"


STRAY = ("XFD1048576", "A1048576", "XFD900000", "ZZ100000")
SHEETS = ("企业名册", "资金", "汇率", "测算", "说明")


def test_a_stray_cell_far_away_in_our_workbook_stops_nothing(office: Bureau) -> None:
    path = drawn(office, office.root / NAME, decide)
    members_of = {sheet: part_of(path, sheet) for sheet in SHEETS}
    edited(path, **{part: cell(STRAY[0]) for part in members_of.values()})
    ran = limited(office, "sync")
    assert (ran.code, ran.err) == (0, "")
    assert [r["fen"] for r in office.tables()["fund"] if r["document"] == "批1号"] == [10]
    assert [r["rate"] for r in office.tables()["fx"]] == ["7.12345678"]
    shows(office)
    there = members(path)
    for part in members_of.values():  # whose it is, nobody but they may say
        assert f'r="{STRAY[0]}"'.encode() in there[f"xl/worksheets/{part}.xml"]
    again = limited(office, "sync")
    assert (again.code, again.out.splitlines()[0]) == (0, "工作簿里没有新的改动")


@pytest.mark.parametrize("place", STRAY)
def test_the_tables_read_the_same_with_a_stray_cell(office: Bureau, place: str) -> None:
    path = office.root / NAME
    drawn(office, path, decide)
    before = closed.tables(path, looked_at={"汇率表"}, growing={"汇率表", "资金账", "名单表"})
    for sheet in ("汇率", "资金", "名单", "企业名册"):
        edited(path, **{part_of(path, sheet): cell(place)})
    assert closed.tables(path, looked_at={"汇率表"}, growing={"汇率表", "资金账", "名单表"}) == before


def test_everything_else_of_the_workspace_is_as_it_was(office: Bureau) -> None:
    drawn(office, office.root / NAME, lambda rows: None)
    edited(office.root / NAME, **{part_of(office.root / NAME, "汇率"): merged("K5:XFD1048576")})
    before = tree(office.root / "收件")
    ran = limited(office, "sync")
    assert (ran.code, ran.err) == (0, "")
    assert tree(office.root / "收件") == before
