""".xls: text by BIFF8's own rule or by the code page, what values hide, and files that used to bring readers down."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msoffcrypto
import pytest
import xlwt
from rosters import HEADINGS, SHEET, Answer, nantong, quote_file, table
from xlwt.BIFFRecords import CodepageBiff8Record

from xltools.desk.errors import Refusal
from xltools.roster.problems import FileRefused
from xltools.sheets.intake.package import examine
from xltools.sheets.intake.read import read_roster
from xltools.sheets.ooxml import biff, ole
from xltools.sheets.ooxml.refused import Refused

CODES = [("FILE_XLS", "", "warning")]


class Formula(xlwt.ExcelFormula.Formula):  # type: ignore[misc]
    """As xlwt writes it: never calculated."""


def xls(path: Path, rows: list[dict[str, Any]], then: Callable[[Any], None] = lambda page: None) -> Path:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(SHEET)
    moment = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm:ss")
    for x, (key, heading) in enumerate(HEADINGS.items()):
        page.write(3, x, heading)
        for y, row in enumerate(rows, 4):
            value = row.get(key)
            if value is not None:
                page.write(y, x, value, moment if isinstance(value, datetime) else xlwt.easyxf())
    then(page)
    book.save(str(path))
    return path


def clean() -> list[dict[str, Any]]:
    return [row | {"reviewed": "2019-09-06"} for row in table([{}, {}])]


def told(answer: Answer) -> list[tuple[str, str, str]]:
    return [(r["企业名称"], r["资格"], r["排队号"]) for r in answer.rows]


BOTH = [("南通示例0001进出口有限公司", "符合条件", "1"), ("南通示例0002进出口有限公司", "符合条件", "2")]


@pytest.mark.parametrize("page", [1200, 1252, 936, 950, 932, 10008, 0, 65001, 21010])
def test_text_of_biff8_is_utf_16_whatever_its_code_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(
        CodepageBiff8Record, "__init__", lambda self: setattr(self, "_rec_data", struct.pack("<H", page))
    )
    answer = quote_file(xls(tmp_path / "in.xls", clean()))
    assert (told(answer), answer.problems()) == (BOTH, CODES)


# ── BIFF5, which nothing writes any more ──


def record(code: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", code, len(data)) + data


def biff5(cells: list[tuple[int, int, str]], codec: str, page: int | None) -> bytes:
    """A workbook of Excel 5.0/95: byte strings in its code page."""

    def bof(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHH", 0x500, kind, 2412, 1995))

    stated = b"" if page is None else record(0x42, struct.pack("<H", page))
    name = "表".encode(codec) if codec != "cp1252" else b"Sheet1"
    start = len(bof(5)) + len(stated) + 4 + 7 + len(name) + 4
    head = bof(5) + stated + record(0x85, struct.pack("<IHB", start, 0, len(name)) + name) + record(0x0A)
    labels = [record(0x204, struct.pack("<HHHH", y, x, 0, len(t.encode(codec))) + t.encode(codec)) for y, x, t in cells]
    return ole.written({"Book": head + bof(0x10) + b"".join(labels) + record(0x0A)})


def cells_of(name: str) -> list[tuple[int, int, str]]:
    row = {k: str(v) for k, v in table([{"name": name}])[0].items() if v is not None} | {"reviewed": "2019-09-06"}
    out = [(0, x, heading) for x, heading in enumerate(HEADINGS.values())]
    return out + [(1, x, row[key]) for x, key in enumerate(HEADINGS) if key in row]


@pytest.mark.parametrize(
    ("codec", "page", "name"),
    [
        pytest.param("gb18030", 936, "南通甲㐀有限公司", id="936"),
        pytest.param("gb18030", 10008, "南通甲有限公司", id="the Macintosh's page for simplified Chinese"),
        pytest.param("gb18030", None, "南通甲有限公司", id="none stated: what an office in China writes"),
    ],
)
def test_text_of_biff5_is_in_its_code_page(tmp_path: Path, codec: str, page: int | None, name: str) -> None:
    (tmp_path / "in.xls").write_bytes(biff5(cells_of(name), codec, page))
    answer = quote_file(tmp_path / "in.xls")
    assert (answer.column("企业名称"), answer.column("资格"), answer.problems()) == ([name], ["符合条件"], CODES)


@pytest.mark.parametrize(
    ("codec", "page", "text"),
    [("cp950", 950, "統一編號"), ("cp932", 932, "企業の名称"), ("cp1252", 1252, "Größe £5")],
)
def test_other_code_pages_of_biff5(tmp_path: Path, codec: str, page: int, text: str) -> None:
    from xltools.sheets.intake.grids import begin_grids

    (tmp_path / "in.xls").write_bytes(biff5([(0, 0, text), (2, 1, "x")], codec, page))
    (grid,) = begin_grids(tmp_path / "in.xls", None, lambda rows: True)()
    assert [c.to_pylist() for c in grid.columns] == [[text, "", ""], ["", "", "x"]]


def test_a_stream_that_its_writer_forgot_to_wrap(tmp_path: Path) -> None:
    stream = ole.entries(biff5(cells_of("南通甲有限公司"), "gb18030", 936))["book"].read()
    (tmp_path / "in.xls").write_bytes(stream)
    assert quote_file(tmp_path / "in.xls").column("企业名称") == ["南通甲有限公司"]


def test_a_sheet_of_excel_2_as_foxpro_writes_it(tmp_path: Path) -> None:
    def label(y: int, x: int, text: str) -> bytes:
        raw = text.encode("gb18030")
        return record(0x04, struct.pack("<HH3xB", y, x, len(raw)) + raw)

    cells = b"".join(label(*cell) for cell in cells_of("南通甲有限公司"))
    (tmp_path / "in.xls").write_bytes(record(0x09, struct.pack("<HH", 2, 0x10)) + cells + record(0x0A))
    answer = quote_file(tmp_path / "in.xls")
    assert (answer.column("企业名称"), answer.column("资格")) == (["南通甲有限公司"], ["符合条件"])


# ── what values hide ──


def test_a_hidden_row_and_merged_cells_are_said_as_of_an_xlsx(tmp_path: Path) -> None:
    def then(page: Any) -> None:
        page.row(5).hidden = True
        page.merge(4, 5, 31, 31)

    answer = quote_file(xls(tmp_path / "in.xls", clean(), then))
    assert answer.problems() == [*CODES, ("MERGED_CELLS", "AF5", "warning"), ("HIDDEN_ROW", "B6", "warning")]
    assert told(answer) == BOTH


def test_a_row_that_is_only_low_is_not_hidden(tmp_path: Path) -> None:
    def then(page: Any) -> None:
        page.row(5).height_mismatch, page.row(5).height = True, 20
        page.merge(0, 0, 0, 5)

    assert quote_file(xls(tmp_path / "in.xls", clean(), then)).problems() == CODES


def test_a_formula_never_calculated_is_said_as_of_an_xlsx(tmp_path: Path) -> None:
    rows = [row | {"exports": None} for row in clean()]
    answer = quote_file(xls(tmp_path / "in.xls", rows, lambda page: [page.write(y, 7, Formula("2+3")) for y in (4, 5)]))
    assert answer.problems() == [*CODES, ("FORMULA_NO_VALUE", "H5", "error"), ("FORMULA_NO_VALUE", "H6", "error")]


RESULTS = [
    pytest.param(struct.pack("<d", 5_000_000), b"", 0, "5000000", False, id="a number"),
    pytest.param(b"\0\0\0\0\0\0\xff\xff", record(0x207, struct.pack("<HB", 2, 0) + b"ok"), 0, "ok", False, id="a text"),
    pytest.param(b"\0\0\0\0\0\0\xff\xff", b"", 0, None, True, id="a text that is missing"),
    pytest.param(bytes(8), b"", 2, None, True, id="nought, to be calculated on opening: as Apache POI leaves it"),
    pytest.param(bytes(8), b"", 0, "0", False, id="nought"),
    pytest.param(b"\1\0\1\0\0\0\xff\xff", b"", 0, "TRUE", False, id="a truth value"),
]


@pytest.mark.parametrize(("result", "after", "flags", "value", "never"), RESULTS)
def test_the_result_of_a_formula(
    tmp_path: Path, result: bytes, after: bytes, flags: int, value: str | None, never: bool
) -> None:
    def bof(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 1997, 0, 6))

    formula = record(0x06, struct.pack("<HHH8sHIH", 0, 1, 0, result, flags, 0, 0)) + after
    text = record(0x204, struct.pack("<HHHHB", 0, 0, 0, 1, 0) + b"a")
    start = len(bof(5)) + 4 + 9 + 4
    stream = bof(5) + record(0x85, struct.pack("<IHBB", start, 0, 1, 0) + b"S") + record(0x0A)
    (tmp_path / "in.xls").write_bytes(ole.written({"Workbook": stream + bof(16) + text + formula + record(0x0A)}))
    from xltools.sheets.intake.grids import begin_grids

    (grid,) = begin_grids(tmp_path / "in.xls", None, lambda rows: True)()
    assert grid.columns[0].to_pylist() == ["a"]
    assert (grid.columns[1].to_pylist() if len(grid.columns) > 1 else [None]) == [value]
    assert grid.no_value == ([(1, 1)] if never else [])


def test_an_error_value_is_one_of_its_cell(tmp_path: Path) -> None:
    rows = [row | {"before": None} for row in clean()]
    path = xls(tmp_path / "in.xls", rows, lambda page: page.row(5).set_cell_error(18, "#NAME?"))
    answer = quote_file(path)
    assert answer.problems() == [*CODES, ("CELL_ERROR", "S6", "error")]
    assert answer.quote.roster.placed()[1].value == "#NAME?"


# ── files that are damaged on purpose ──


def looped(data: bytes, table: str) -> bytes:
    """A chain of the compound file bent back on itself."""
    changed = bytearray(data)
    (fat,) = struct.unpack_from("<I", data, 76)
    (directory,) = struct.unpack_from("<I", data, 48)
    if table == "directory":
        struct.pack_into("<I", changed, (fat + 1) * 512 + directory * 4, directory)
    elif table == "difat":
        struct.pack_into("<II", changed, 68, directory, 1)
        struct.pack_into("<I", changed, (directory + 1) * 512 + 508, directory)
    elif table == "stream":
        entry = (directory + 1) * 512 + 128
        (start,) = struct.unpack_from("<I", data, entry + 116)
        struct.pack_into("<I", changed, (fat + 1) * 512 + start * 4, start)
        struct.pack_into("<I", changed, entry + 120, 1 << 30)
    else:
        struct.pack_into("<I", changed, 60, directory)
        struct.pack_into("<I", changed, (fat + 1) * 512 + directory * 4, directory)
    return bytes(changed)


@pytest.mark.parametrize("table", ["directory", "difat", "stream", "mini"])
def test_a_loop_of_sectors_is_damage_and_costs_no_memory(tmp_path: Path, table: str) -> None:
    path = xls(tmp_path / "in.xls", clean())
    path.write_bytes(looped(path.read_bytes(), table))
    with pytest.raises(Refused, match="FILE_UNREADABLE"):
        examine(path)
    with pytest.raises(Refusal, match="损坏"):
        quote_file(path)


def test_two_sheets_in_one_place_are_refused(tmp_path: Path) -> None:
    path = xls(tmp_path / "in.xls", clean())
    stream = ole.entries(path.read_bytes())["workbook"].read()
    at = stream.index(struct.pack("<H", 0x85))
    size = 4 + struct.unpack_from("<H", stream, at + 2)[0]
    twice = stream[:at] + stream[at : at + size] + stream[at:]
    with pytest.raises(Refused, match="FILE_EXTENT"):
        biff.walk(twice)


@pytest.mark.parametrize("seed", range(4))
def test_damage_anywhere_gives_problems_or_one_clear_line(tmp_path: Path, seed: int) -> None:
    import random

    rng, path = random.Random(seed), xls(tmp_path / "in.xls", clean())
    whole = path.read_bytes()
    outcomes = set()
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(rng.choice((1, 3, 20))):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        try:
            outcomes.add(bool(len(read_roster(path, nantong()))))
        except FileRefused as why:
            outcomes.add(why.problems[0].code)
    assert {True, "FILE_UNREADABLE"} <= outcomes


def test_charts_names_and_pictures_never_reach_the_reader(tmp_path: Path) -> None:
    """A name whose formula is rubbish would stop xlrd; a chart within the sheet has cells of its own."""
    path = xls(tmp_path / "in.xls", clean())
    stream = ole.entries(path.read_bytes())["workbook"].read()
    end = stream.index(record(0x0A))
    name = record(0x18, b"\xff" * 40)
    moved = bytearray(stream[:end] + name + stream[end:])
    at = moved.index(struct.pack("<H", 0x85), 0)
    (start,) = struct.unpack_from("<I", moved, at + 4)
    struct.pack_into("<I", moved, at + 4, start + len(name))
    chart = record(0x809, struct.pack("<HHHHII", 0x600, 0x20, 0, 1997, 0, 6))
    chart += record(0x203, struct.pack("<HHHd", 4, 7, 15, 1.0)) + record(0x0A)
    path.write_bytes(ole.written({"Workbook": bytes(moved[:-4]) + chart + record(0x0A)}))
    answer = quote_file(path)
    assert (told(answer), answer.problems()) == (BOTH, CODES)
    assert [r["应缴保费(美元)"] for r in answer.rows] == ["1500.00"] * 2


# ── Excel's own password ──


def xor_locked(stream: bytes) -> bytes:
    """A stream that says it is locked by a password of somebody's."""
    at = 4 + struct.unpack_from("<H", stream, 2)[0]
    return stream[:at] + record(0x2F, struct.pack("<HHH", 0, 0x1234, 0x5678)) + stream[at:]


def test_an_xls_with_a_password_of_its_own_stays_locked(tmp_path: Path) -> None:
    path = xls(tmp_path / "in.xls", clean())
    path.write_bytes(ole.written({"Workbook": xor_locked(ole.entries(path.read_bytes())["workbook"].read())}))
    with pytest.raises(Refusal, match="打开密码"):
        quote_file(path)


def test_what_msoffcrypto_says_is_what_we_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream that it gives back is walked and read as any other."""
    path = xls(tmp_path / "in.xls", clean())
    plain = path.read_bytes()
    path.write_bytes(ole.written({"Workbook": xor_locked(ole.entries(plain)["workbook"].read())}))

    class File:
        def load_key(self, password: str) -> None:
            assert password == "VelvetSweatshop"

        def decrypt(self, out: io.BytesIO) -> None:
            out.write(plain)

    monkeypatch.setattr(msoffcrypto, "OfficeFile", lambda file: File())
    answer = quote_file(path)
    assert (told(answer), answer.problems()) == (BOTH, [("FILE_LOCKED", "", "warning"), *CODES][::-1])
