"""CSV as data: exact bytes out, every cell as text in."""

import csv
import datetime
import hashlib
import io
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xltools.sheets.write import csvfile
from xltools.sheets.write.csvfile import csv_bytes, read_csv, write_csv

MONEY, RATE = pa.decimal128(18, 2), pa.decimal128(18, 8)
BOM = "\ufeff".encode()


def one(values: list[object], kind: pa.DataType) -> pa.Table:
    """A table of a number and the column under test, since a single column has a rule of its own."""
    return pa.table({"n": pa.array(range(len(values))), "x": pa.array(values, kind)})


@pytest.mark.parametrize(
    ("values", "kind", "cells"),
    [
        pytest.param(["南通", "", None, " a "], pa.string(), ["南通", "", "", " a "], id="text stays verbatim"),
        pytest.param(["=1+1", "+8", "-x", "@a"], pa.string(), ["=1+1", "+8", "-x", "@a"], id="CSV is data: = stays ="),
        pytest.param(
            ["a,b", 'a"b', "a\nb", "a\r\nb", "a;b", "a\tb"],
            pa.string(),
            ['"a,b"', '"a""b"', '"a\nb"', '"a\r\nb"', "a;b", "a\tb"],
            id="quotes only where RFC 4180 needs them",
        ),
        pytest.param(["是", None, "a,b"], pa.dictionary(pa.int32(), pa.string()), ["是", "", '"a,b"'], id="choices"),
        pytest.param([0, -7, 2**62 + 1, None], pa.int64(), ["0", "-7", "4611686018427387905", ""], id="whole numbers"),
        pytest.param(
            [Decimal("1063.25"), Decimal("-0.05"), Decimal("0.10"), Decimal("9999999999999999.99"), None],
            MONEY,
            ["1063.25", "-0.05", "0.10", "9999999999999999.99", ""],
            id="money has two places and no float's noise",
        ),
        pytest.param(
            [Decimal("7.0883"), Decimal("0.0003"), Decimal(7), Decimal(0), Decimal("-100"), Decimal("1E-8"), None],
            RATE,
            ["7.0883", "0.0003", "7", "0", "-100", "0.00000001", ""],
            id="rates have the places they need",
        ),
        pytest.param([datetime.date(2019, 9, 5), None], pa.date32(), ["2019-09-05", ""], id="dates are ISO"),
        pytest.param(
            [datetime.datetime(2019, 9, 5, 9, 37, 12), datetime.datetime(2019, 9, 5), None],
            pa.timestamp("s"),
            ["2019-09-05 09:37:12", "2019-09-05 00:00:00", ""],
            id="date-times to the second",
        ),
    ],
)
def test_cells_as_csv(values: list[object], kind: pa.DataType, cells: list[str]) -> None:
    expected = "n,x\n" + "".join(f"{number},{cell}\n" for number, cell in enumerate(cells))
    assert csv_bytes(one(values, kind)).decode() == expected
    in_pieces = pa.concat_tables([one(values, kind).slice(0, 1), one(values, kind).slice(1)])
    assert csv_bytes(in_pieces).decode() == expected, "however the table is cut into chunks"


@pytest.mark.parametrize(
    ("table", "text"),
    [
        pytest.param(
            pa.table({"a,b": ["x"], 'say "no"': ["y"]}), '"a,b","say ""no"""\nx,y\n', id="headings are quoted"
        ),
        pytest.param(pa.table({"a": ["", None, "x"]}), 'a\n""\n""\nx\n', id="one empty cell alone is no blank line"),
        pytest.param(pa.table({"a": pa.array([], MONEY), "b": pa.array([], pa.string())}), "a,b\n", id="no rows"),
    ],
)
def test_whole_tables_as_csv(table: pa.Table, text: str) -> None:
    assert csv_bytes(table).decode() == text


@pytest.mark.parametrize("kind", [pa.bool_(), pa.float64(), pa.timestamp("ms"), pa.decimal256(40, 2)], ids=str)
def test_types_without_one_exact_text_are_refused(kind: pa.DataType) -> None:
    with pytest.raises(TypeError, match="列“x”.*" + str(kind).split("[")[0].split("(")[0]):
        csv_bytes(pa.table({"x": pa.nulls(1, kind)}))


def test_more_rows_than_one_chunk_are_all_there() -> None:
    count = 2 * csvfile.CHUNK + 7
    numbers = np.arange(count)
    names = pa.array([None if number % 3 else f"企业{number}" for number in range(count)])
    lines = [f"{number},{'' if number % 3 else f'企业{number}'}" for number in range(count)]
    assert csv_bytes(pa.table({"n": numbers, "x": names})).decode().split("\n") == ["n,x", *lines, ""]


def test_a_file_is_the_hashed_bytes_behind_a_byte_order_mark(tmp_path: Path) -> None:
    table = one(["a,b", None], pa.string())
    write_csv(tmp_path / "a.csv", table)
    memory = io.BytesIO()
    write_csv(memory, table)
    data = (tmp_path / "a.csv").read_bytes()
    assert data == memory.getvalue() == csv_bytes(table, bom=True) == BOM + b'n,x\n0,"a,b"\n1,\n'
    assert hashlib.sha256(csv_bytes(table)).hexdigest()[:12] == "3e2088880974"


def test_a_table_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(TypeError):
        write_csv(tmp_path / "a.csv", pa.table({"x": [True]}))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.csv": "old"}


def rows_of(path: Path) -> list[list[str]]:
    columns, numbers = read_csv(path)
    assert all(column.type == pa.string() and column.null_count == 0 for column in columns)
    assert numbers.dtype == np.int64
    rows = [list(row) for row in zip(*(column.to_pylist() for column in columns), strict=True)]
    assert numbers.tolist() == list(range(1, len(rows) + 1))
    return rows


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        pytest.param(b"", [], id="an empty file has no columns"),
        pytest.param(BOM, [], id="a byte order mark alone neither"),
        pytest.param("企业名称,金额\n南通甲,1\n".encode(), [["企业名称", "金额"], ["南通甲", "1"]], id="UTF-8"),
        pytest.param(BOM + "企业,金额\n".encode(), [["企业", "金额"]], id="UTF-8 with a byte order mark"),
        pytest.param(
            "企业名称,区\n南通甲㐀,崇川\n".encode("gb18030"),
            [["企业名称", "区"], ["南通甲㐀", "崇川"]],
            id="GB18030, as Excel in China saves",
        ),
        pytest.param(b"a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]], id="CRLF"),
        pytest.param(b"a,b\r1,2", [["a", "b"], ["1", "2"]], id="CR, and no line end at the end"),
        pytest.param(b'a,b\n"1\n2","x""y"\n', [["a", "b"], ["1\n2", 'x"y']], id="quoted line ends and quotes"),
        pytest.param(b'a,b\r\n"1\r\n2",3', [["a", "b"], ["1\r\n2", "3"]], id="a quoted CRLF stays CRLF"),
        pytest.param(b'a,b\n5" pipe,"x\n', None, id="a quote that opens in the last row and never ends"),
        pytest.param(b'a,b\n5" pipe,x\n', [["a", "b"], ['5" pipe', "x"]], id="a quote within a cell is a quote"),
        pytest.param(b'a,b\n"x" ,y\n', [["a", "b"], ["x ", "y"]], id="text behind a quote is kept"),
        pytest.param(b"a;b;c,d\n1;2;3\n", [["a", "b", "c,d"], ["1", "2", "3"]], id="semicolons"),
        pytest.param(b"a\tb\n1,5\t2\n", [["a", "b"], ["1,5", "2"]], id="tabs"),
        pytest.param(b'"a;b;c",d\n1,2\n', [["a;b;c", "d"], ["1", "2"]], id="a quoted heading does not vote"),
        pytest.param(b"a,b\n1;2;3;4,5\n", [["a", "b"], ["1;2;3;4", "5"]], id="only the first line votes"),
        pytest.param(b"a\n1\n\n3\n", [["a"], ["1"], [""], ["3"]], id="one column, a blank line in it"),
        pytest.param(
            b"\n\na,b\n\n1,2\n\n",
            [["", ""], ["", ""], ["a", "b"], ["", ""], ["1", "2"], ["", ""]],
            id="blank lines are rows and count",
        ),
        pytest.param(
            b"title\na,b,c\n1\n1,2,3,4\n",
            [["title", "", "", ""], ["a", "b", "c", ""], ["1", "", "", ""], ["1", "2", "3", "4"]],
            id="ragged rows are filled up",
        ),
        pytest.param(b'title\na,"b\n,c"\n""\n', [["title", ""], ["a", "b\n,c"], ["", ""]], id="ragged, with quotes"),
        pytest.param(
            b"a,b\n NULL ,NA\nnan,\n001,1e5\n",
            [["a", "b"], [" NULL ", "NA"], ["nan", ""], ["001", "1e5"]],
            id="nothing is guessed: codes keep zeros, NULL is text",
        ),
    ],
)
def test_reading(tmp_path: Path, data: bytes, rows: list[list[str]] | None) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    if rows is None:
        with pytest.raises(ValueError, match=r"第 2 行.*引号没有结束"):
            read_csv(path)
    else:
        assert rows_of(path) == rows
        assert path.read_bytes() == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"a,b\n1,\x002\n", "第 2 行有 NUL 字符", id="a NUL"),
        pytest.param("企业,b\n1,2\n".encode("utf-16"), "第 1 行有 NUL 字符.*CSV UTF-8", id="UTF-16 says how to save"),
        pytest.param(b"a,b\n1,2\n\xff\xff,3\n", "第 3 行.*UTF-8.*GB18030", id="neither UTF-8 nor GB18030"),
        pytest.param(BOM + b"a\n\xc4\xcf\n", "第 2 行.*UTF-8", id="a broken UTF-8 file is not taken for GB18030"),
        pytest.param(b'a,b\n1,2\n3,"4\n5,6\n', "第 3 行.*引号没有结束", id="a quote that never ends"),
        pytest.param(b"," * 20_000 + b"\n1", "20001 列.*16384 列", id="more columns than a sheet has"),
        pytest.param(b"a\n" + b"," * 20_000, "20001 列.*16384 列", id="more columns than a sheet has, further down"),
        pytest.param(b"1\n" * 1_048_577, "1048577 行.*1048576 行", id="more rows than a sheet has"),
        pytest.param(b'a\n"1\n', "第 2 行.*引号没有结束", id="a quote that never ends, one column"),
        pytest.param(b'a,b\n1\n"' + b"x" * 200_000, "第 3 行.*引号", id="a quote that swallows the rest of a file"),
    ],
)
def test_files_that_are_no_csv_are_refused_with_the_place(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(ValueError, match=message):
        read_csv(tmp_path / "a.csv")


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_csv(tmp_path / "none.csv")


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
NASTY = st.text(st.sampled_from(list('a,;"\r\n 南\t')), max_size=6)


@settings(max_examples=300, deadline=None)
@given(st.integers(2, 4).flatmap(lambda width: st.lists(st.tuples(*[TEXT | NASTY] * width), min_size=1, max_size=5)))
@example([("\x1e", "\x1e"), ("\x1e", "\x1e")])
def test_what_is_written_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    names = [f"h{index}" for index in range(len(rows[0]))]
    columns = [pa.array(list(column), pa.string()) for column in zip(*rows, strict=True)]
    write_csv(path, pa.table(columns, names=names))
    assert rows_of(path) == [names, *map(list, rows)]
    text = path.read_bytes().removeprefix(BOM).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [names, *map(list, rows)]


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from(list('ab,"\n\r ;')), min_size=1, max_size=40).map(lambda tail: "h1,h2\n" + tail))
@example('h1,h2\n"a"b"c",\n')
def test_any_text_is_read_as_the_csv_module_reads_it(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(text.encode())
    expected = list(csv.reader(io.StringIO(text, newline="")))
    width = max(map(len, expected))
    if list(csv.reader(io.StringIO(text + "\nx", newline="")))[-1] != ["x"]:
        with pytest.raises(ValueError, match="引号没有结束"):
            read_csv(path)
    else:
        assert rows_of(path) == [row + [""] * (width - len(row)) for row in expected]
