"""Plain sheets: values from the pass that scans them are those of the general reader, or it reads them."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from decimal import Context, Decimal
from fractions import Fraction
from pathlib import Path

import fastexcel
import numpy as np
import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter
from damage import DAMAGES
from rosters import table, write_xlsx

from xltools.roster import amounts
from xltools.roster.amounts import LARGEST
from xltools.roster.repeated import spread
from xltools.sheets.intake import bulk, values_fast
from xltools.sheets.intake.grids import begin_grids
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.write.bulk import Sheet, write_table

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATED = "http://schemas.openxmlformats.org/package/2006/relationships"
STYLES = (
    f'<styleSheet {MAIN}><numFmts count="3"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="0.00_ "/><numFmt numFmtId="166" formatCode="[h]:mm"/></numFmts><cellXfs>'
    + "".join(f'<xf numFmtId="{n}"/>' for n in (0, 164, 165, 22, 166))
    + "</cellXfs></styleSheet>"
)
"""Formats 0 to 4: none, a day, a number, a moment, a length of time."""
NUMBER = re.compile(r"-?\d{1,15}\.\d+")
STRINGS = '<sst count="3" uniqueCount="3"><si><t>企业</t></si><si><t xml:space="preserve"> a &amp; b</t></si><si><t/></si></sst>'


def packed(rows: str, strings: str = STRINGS, styles: str = STYLES, workbook: str = "") -> bytes:
    """A workbook of one sheet whose rows are given."""
    listed = {"sheet1.xml": "worksheet", "sharedStrings.xml": "sharedStrings", "styles.xml": "styles"}
    relations = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/{kind}" Target="{name}"/>'
        for i, (name, kind) in enumerate(listed.items(), 1)
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in {
            "_rels/.rels": f'<Relationships xmlns="{RELATED}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}">{workbook}<sheets><sheet name="表" sheetId="1" '
            'r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATED}">{relations}</Relationships>',
            "xl/sheet1.xml": f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>",
            "xl/sharedStrings.xml": strings.replace("<sst", f"<sst {MAIN}"),
            "xl/styles.xml": styles,
        }.items():
            package.writestr(name, text)
    return out.getvalue()


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def n(place: str, value: str, style: int = 0) -> str:
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def s(place: str, index: int) -> str:
    return f'<c r="{place}" s="0" t="s"><v>{index}</v></c>'


def read(path: Path, monkeypatch: pytest.MonkeyPatch, *, general: bool = False) -> list[list[str | None]]:
    """The first sheet's columns, blank cells as None; `general`: by the general reader whatever they are."""
    with monkeypatch.context() as patched:
        if general:
            patched.setattr(bulk, "begin", lambda *_: None)
        return [[v or None for v in c.to_pylist()] for c in begin_grids(path, None, lambda _: True)()[0].columns]


@pytest.fixture(params=[1 << 16, 0], ids=["columns in one go", "column by column"])
def columns_made(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small sheets and large ones."""
    monkeypatch.setattr(values_fast, "TOGETHER", request.param)


def shown(columns: list[list[str | None]]) -> list[list[str | None]]:
    """Numbers with fifteen digits, and the nine decimals that the general reader keeps."""
    digits = Context(prec=15)
    return [
        [f"{round(digits.create_decimal(v), 9).normalize(digits):f}" if v and NUMBER.fullmatch(v) else v for v in c]
        for c in columns
    ]


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the columns of each sheet came from its scan."""
    told: list[bool] = []
    columns = bulk.columns

    def watched(*given: object) -> list[pa.StringArray] | None:
        found = columns(*given)  # type: ignore[arg-type]
        told.append(found is not None)
        return found

    monkeypatch.setattr(bulk, "columns", watched)
    return told


PLAIN: list[tuple[str, str, list[list[str | None]]]] = [
    ("texts of the workbook", row(1, s("A1", 0), s("B1", 1), s("C1", 2)), [["企业"], [" a & b"], [None]]),
    ("a number as it stands", row(1, n("A1", "500000.25", 2), n("B1", "7", 2)), [["500000.25"], ["7"]]),
    ("zeros behind the point", row(1, n("A1", "1.50"), n("B1", "2.00"), n("C1", "3."), n("D1", "0.10")), [["1.5"], ["2"], ["3"], ["0.1"]]),
    ("more digits than Excel shows", row(1, n("A1", "40007789.299999997"), n("B1", "1E-3"), n("C1", "-5")), [["40007789.3"], ["0.001"], ["-5"]]),
    ("a day and a moment", row(1, n("A1", "43713", 1), n("B1", "43713.5868055556", 3)), [["2019-09-05 00:00:00"], ["2019-09-05 14:05:00"]]),
    ("a column of all kinds", row(1, s("A1", 0)) + row(2, n("A2", "12.5")) + row(3, n("A3", "43713", 1)), [["企业", "12.5", "2019-09-05 00:00:00"]]),
    ("blank cells and rows between", row(1, s("B1", 0)) + '<row r="3" s="1"/>' + row(4, '<c r="A4" s="1"/>', n("B4", "1"), '<c r="C4" s="1"/>'),
     [[None] * 4, ["企业", None, None, "1"]]),
    ("an error value", row(1, s("A1", 0), '<c r="B1" t="e"><v>#N/A</v></c>'), [["企业"], [None]]),
    ("columns behind Z", row(1, n("Z1", "1"), n("AA1", "2")), [*[[None]] * 25, ["1"], ["2"]]),
]  # fmt: skip


@pytest.mark.usefixtures("columns_made")
@pytest.mark.parametrize(("rows", "expected"), [p[1:] for p in PLAIN], ids=[p[0] for p in PLAIN])
def test_plain_cells_are_read_with_the_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: list[bool], rows: str, expected: list[list[str | None]]
) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(packed(rows))
    found = read(path, monkeypatch)
    assert used == [True]
    assert shown(found) == expected


def test_texts_that_stand_in_many_cells_are_kept_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: list[bool]
) -> None:
    """Two of them are the same to readers; the heading is one, too, and so is a blank cell."""
    strings = '<sst><si><t>区</t></si><si><t>甲</t><phoneticPr fontId="1"/></si><si><t>甲</t></si><si><t/></si></sst>'
    cells = [0, *[1, 2, 3, None] * 20]
    rows = "".join(row(y, s(f"A{y}", i)) if i is not None else f'<row r="{y}"/>' for y, i in enumerate(cells, 1))
    path = tmp_path / "表.xlsx"
    path.write_bytes(packed(rows + row(90, n("B90", "1")), strings))
    monkeypatch.setattr(values_fast, "TOGETHER", 0)
    column = begin_grids(path, None, lambda _: True)()[0].columns[0]
    assert sorted(column.dictionary.to_pylist()) == ["", "区", "甲"]
    assert [v or None for v in column.to_pylist()][:81] == ["区", *["甲", "甲", None, None] * 20]
    assert used == [True]


OTHERS = {
    "a formula": packed(row(1, '<c r="A1"><f>1+1</f><v>2</v></c>')),
    "a text of a formula": packed(row(1, '<c r="A1" t="str"><v>x</v></c>')),
    "inline text": packed(row(1, '<c r="A1" t="inlineStr"><is><t>x</t></is></c>')),
    "true": packed(row(1, '<c r="A1" t="b"><v>1</v></c>')),
    "a day as text": packed(row(1, '<c r="A1" t="d"><v>2019-09-05</v></c>')),
    "a length of time": packed(row(1, n("A1", "1.5", 4))),
    "a day before March 1900": packed(row(1, n("A1", "60", 1))),
    "a time alone": packed(row(1, n("A1", "0.6875", 3))),
    "parts of a second": packed(row(1, n("A1", "43713.586811", 3))),
    "days from 1904": packed(row(1, n("A1", "43713", 1)), workbook='<workbookPr date1904="1"/>'),
    "a value in blanks": packed(row(1, n("A1", " 5"))),
    "no value": packed(row(1, n("A1", ""))),
    "blanks between cells": packed(row(1, n("A1", "5"), "\n", n("B1", "5"))),
    "a text of two runs": packed(row(1, s("A1", 0)), "<sst><si><r><t>a</t></r><r><t>b</t></r></si></sst>"),
    "an escaped character": packed(row(1, s("A1", 0)), "<sst><si><t>a_x000D_b</t></si></sst>"),
    "text between texts": packed(row(1, s("A1", 0)), "<sst><si><t>a</t></si>b<si><t>c</t></si></sst>"),
    "text in front of them": packed(row(1, s("A1", 0)), "<sst>b<si><t>a</t></si></sst>"),
    "text alone": packed(row(1, n("A1", "1")), "<sst>b</sst>"),
    "blanks that readers drop": packed(row(1, s("A1", 0)), "<sst><si><t>a </t></si></sst>"),
    "a cell twice": packed(row(1, n("A1", "1"), n("A1", "2"))),
    "a row that comes back": packed(row(2, n("A2", "1")) + row(1, n("A1", "2"))),
    "rows far apart": packed(row(1, n("A1", "1")) + row(90_000, n("A90000", "2"))),
}


@pytest.mark.usefixtures("columns_made")
@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_what_is_not_plain_is_left_to_the_general_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: list[bool], content: bytes
) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(content)
    found, general = (read(path, monkeypatch, general=general) for general in (False, True))
    assert found == general
    assert True not in used


FORMATS = (
    "General", "0", "0.00", "#,##0.00", "0%", "0.00E+00", "@", "#,##0.00;[Red]-#,##0.00", "_ * #,##0.00_ ", "yyyy-mm-dd", "yyyy/m/d",
    "yyyy-mm-dd hh:mm:ss", "yyyy/m/d h:mm;@", 'yyyy"年"m"月"d"日"', "m/d/yyyy", "dd", 1, 4, 10, 14, 22, 37, 44, 49,
)  # fmt: skip


@pytest.mark.parametrize("shown", FORMATS)
def test_a_format_means_the_same_to_both_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: list[bool], shown: str | int
) -> None:
    path = tmp_path / "表.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page, style = book.add_worksheet(), book.add_format({"num_format": shown})
        for y, value in enumerate((61, 1234.5, 43713, 43713.25, 2_958_465, 43713.456250000000)):
            page.write_number(y, 0, value, style)
            page.write_string(y, 1, f"第{y}行 ")
    assert read(path, monkeypatch) == read(path, monkeypatch, general=True)
    assert used == [True]


@pytest.mark.usefixtures("columns_made")
@pytest.mark.parametrize("writer", ["xlsxwriter", "openpyxl"])
def test_ten_thousand_cells_of_every_kind_are_the_same_by_both_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: list[bool], writer: str
) -> None:
    path, rng = tmp_path / "表.xlsx", random.Random(20190901)
    kinds = [
        lambda: None, lambda: rng.choice(("崇川区", "通州区", "a<b&c", " 两端空格 ", "x")), lambda: rng.randrange(10**6),
        lambda: rng.randrange(10**11) / 100, lambda: -rng.randrange(10**6) / 8, lambda: date(2019, 1, 1 + rng.randrange(28)),
        lambda: datetime(2019, 9, 1 + rng.randrange(28), rng.randrange(24), rng.randrange(60)), lambda: f"南通{rng.random()}",
    ]  # fmt: skip
    rows = [[rng.choice(kinds)() for _ in range(20)] for _ in range(500)]
    if writer == "xlsxwriter":
        with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
            page = book.add_worksheet()
            for y, cells in enumerate(rows):
                page.write_row(y, 0, cells)
    else:
        book = openpyxl.Workbook()
        for cells in rows:  # but texts, which it writes into the cells
            book.active.append([None if isinstance(v, str) else v for v in cells])
        book.save(path)
    ours, theirs = (read(path, monkeypatch, general=general) for general in (False, True))
    assert used == [True]
    assert shown(ours) == shown(theirs)


@pytest.mark.parametrize("damages", DAMAGES)
def test_of_a_damaged_workbook_the_general_reader_reads_the_same_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: list[bool], damages: object
) -> None:
    good, path = tmp_path / "好.xlsx", tmp_path / "坏.xlsx"
    write_xlsx(good, table([{} for _ in range(12)]))
    for content in damages(good.read_bytes()):  # type: ignore[operator]
        path.write_bytes(content)
        with suppress(Refused):
            general = read(path, monkeypatch, general=True)
            assert shown(read(path, monkeypatch)) == shown(general)
    assert used.count(True) > 20


@pytest.mark.usefixtures("columns_made")
def test_a_long_text_shared_by_very_many_cells_is_refused_before_it_is_spread_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "表.xlsx"
    rows = "".join(row(i, s(f"A{i}", 0)) for i in range(1, 90_001))
    path.write_bytes(packed(rows, f"<sst><si><t>{'长' * 9_000}</t></si></sst>"))
    with pytest.raises(Refused) as refused:
        read(path, monkeypatch)
    assert refused.value.code == "FILE_BOMB"


AT_THE_EDGES = (
    "0", "-0", "0.005", "0.01", "0.0100009", "0.010001", "0.0100010001", "0.0100011", "-1E-9", "-0.0000011", "-0.01", "-5",
    "1E-3", "1.5E3", "2.5e+06", "1E15", "9E15", "8.99999999999999E15", "1E17", "1E20", "123456789012345", "1234567890123456",
    "12345678901234567", "999999999999999.9", "9999999999999.99", "9999999999999.995", "99999999999.9949", "99999999.99",
    "100000000.01", "40007789.299999997", "1234567.1199999999", "0.1", "0.30000000000000004", "351.2345670004", "1.23456700031",
    "99999.9999990004", "12345.0000000009", "500000.25", "500000.250", "07", "3.", "7.0000010000000001", "7.00000099999999999",
)  # fmt: skip
"""Numbers as they may stand in a cell: fifteen digits and more, a millionth from a cent, powers, signs, zeros behind."""
TYPED = {
    "1,234.50": 123450,
    "500000.25": 50000025,
    "0.0100001": "AMOUNT_FINER",
    "-5": "AMOUNT_NEGATIVE",
    "约300万": "AMOUNT_TEXT",
}
"""Numbers as text, taken exactly: cents, or what is wrong."""


def meant(literal: str, unit: int) -> int | str:
    """Cents of a number cell in exact arithmetic: fifteen significant digits, and a cent within 1e-6 of it."""
    dollars = Fraction(f"{float(literal):.14e}") * unit
    cents = (dollars * 200 + 1) // 2
    if abs(dollars) * 100 > LARGEST:
        return "AMOUNT_HUGE" if dollars > 0 else "AMOUNT_NEGATIVE"
    if abs(dollars - Fraction(cents, 100)) <= Fraction(1, 10**6) and cents >= 0:
        return int(cents)
    return "AMOUNT_NEGATIVE" if dollars < 0 else "AMOUNT_FINER" if dollars * 100 != cents else int(cents)


@pytest.mark.usefixtures("columns_made")
@pytest.mark.parametrize("unit", [1, 1_000, 10_000])
def test_an_amount_is_the_cent_that_exact_arithmetic_gives(tmp_path: Path, used: list[bool], unit: int) -> None:
    assert_cents_are_exact(tmp_path / "表.xlsx", unit, lambda _: True)
    assert used == [True]


@pytest.mark.parametrize("unit", [1, 1_000, 10_000])
def test_so_does_the_general_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unit: int) -> None:
    """Nine decimals are what it gives; numbers that are others with all of theirs are asked for again."""
    monkeypatch.setattr(bulk, "begin", lambda *_: None)
    assert_cents_are_exact(tmp_path / "表.xlsx", unit, lambda literal: "e" not in literal.lower())


def assert_cents_are_exact(path: Path, unit: int, which: Callable[[str], bool]) -> None:
    """Numbers and texts mixed in a column, and a column of numbers only."""
    rng = random.Random(unit)
    near = [
        f"{rng.randrange(10**9) / 100 + d:.{rng.randrange(2, 13)}f}"
        for d in (0, 0, 1e-6, -1e-6, 9e-7, 2e-6)
        for _ in range(40)
    ]
    wide = [f"{rng.randrange(10**15)}e-{rng.randrange(14)}" for _ in range(60)] + [
        repr(rng.random() * 10**6) for _ in range(60)
    ]
    numbers = [*filter(which, (*AT_THE_EDGES, *near, *wide))]
    typed = [*TYPED] if unit == 1 else []
    strings = f"<sst>{''.join(f'<si><t>{t}</t></si>' for t in typed)}</sst>"
    rows = [row(y, n(f"A{y}", v), n(f"B{y}", v, 2)) for y, v in enumerate(numbers, 1)]
    rows += [
        row(y, s(f"A{y}", i), n(f"B{y}", "1")) for i, y in enumerate(range(len(rows) + 1, len(rows) + 1 + len(typed)))
    ]
    path.write_bytes(packed("".join(rows), strings))
    grid = begin_grids(path, None, lambda _: True)()[0]
    wanted = [meant(v, unit) for v in numbers]
    for x, expected in enumerate(([*wanted, *(TYPED[t] for t in typed)], [*wanted, *[100 * unit] * len(typed)])):
        is_number = np.zeros(len(rows), dtype=bool)
        is_number[grid.numbers(x) - 1] = True
        parsed = amounts.parse(spread(grid.columns[x]), Decimal(unit), lambda own=is_number: own, "美元")
        found: list[int | str] = parsed.amounts.cents.tolist()
        for code, where in parsed.wrong.items():
            for i in np.flatnonzero(where).tolist():
                found[i] = code
        assert dict(zip([*numbers, *typed], found, strict=True)) == dict(zip([*numbers, *typed], expected, strict=True))


def test_a_large_roster_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "名册.xlsx"
    names = [f"南通第{i}有限公司" for i in range(40_000)]
    numbers = pa.array(range(40_000), pa.int64())
    write_table(path, [Sheet("企业投保申请汇总表", pa.table({"企业名称": names, "序号": numbers, "数": numbers}))])
    monkeypatch.setattr(fastexcel, "read_excel", lambda *_: pytest.fail("the sheet was loaded a second time"))
    found = begin_grids(path, None, lambda _: True)()[0]
    assert found.columns[0].to_pylist() == ["企业名称", *names]
    assert found.columns[2].to_pylist() == ["数", *map(str, range(40_000))]
