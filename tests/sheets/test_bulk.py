"""Large tables as workbooks: what is written stands in the XML to the digit, and every reader gets it back."""

import csv
import datetime
import re
import zipfile
from decimal import Decimal
from pathlib import Path

import fastexcel
import openpyxl
import pyarrow as pa
import pytest
import python_calamine
import schemacheck
import xlsxwriter
from converting import convert
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xltools.sheets.ooxml.zipout import write_zip
from xltools.sheets.write import bulkxml
from xltools.sheets.write.bulk import FONT, Column, Sheet, write_table
from xltools.sheets.write.csvfile import csv_bytes

TEXT, CHOICE = pa.string(), pa.dictionary(pa.int32(), pa.string())
WHOLE, MONEY, RATE = pa.int64(), pa.decimal128(18, 2), pa.decimal128(18, 8)
DAY, TIME, BOOL = pa.date32(), pa.timestamp("s"), pa.bool_()
date, moment = datetime.date, datetime.datetime


def part(path: Path, name: str = "xl/worksheets/sheet1.xml") -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def strings_of(path: Path) -> list[str]:
    """The shared strings as they stand in the file, escapes and all."""
    return re.findall(r"<si><t[^>]*>(.*?)</t></si>", part(path, "xl/sharedStrings.xml"), re.DOTALL)


def columns_of(rows: list[list[object]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def by_openpyxl(path: Path, sheet: int = 0) -> list[list[object]]:
    page = openpyxl.load_workbook(path).worksheets[sheet]
    return [list(row) for row in page.iter_rows(values_only=True)]


def by_calamine(path: Path, sheet: int = 0) -> list[list[object]]:
    book = python_calamine.CalamineWorkbook.from_path(path)
    rows = book.get_sheet_by_index(sheet).to_python(skip_empty_area=False)
    return [[None if cell == "" else cell for cell in row] for row in rows]


def by_fastexcel(path: Path, table: pa.Table) -> list[list[object]]:
    names = {TEXT: "string", CHOICE: "string", DAY: "date", TIME: "datetime", BOOL: "boolean"}
    kinds = {index: names.get(kind, "float") for index, kind in enumerate(table.schema.types)}
    page = fastexcel.read_excel(path).load_sheet(0, header_row=None, skip_rows=1, dtypes=kinds)
    return [column.to_pylist() for column in page.to_arrow().columns]


def as_read(value: object) -> object:
    """A value of a table as a reader without decimals and without empty texts sees it."""
    if value == "":
        return None
    if isinstance(value, date) and not isinstance(value, moment):
        return moment(value.year, value.month, value.day)
    return float(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize(
    ("values", "kind", "cells"),
    [
        pytest.param([1, None, -3, 2**62 + 1], WHOLE, ["1", None, "-3", "4611686018427387905"], id="whole numbers"),
        pytest.param(
            [Decimal("1063.25"), None, Decimal("0.10"), Decimal("-0.05"), Decimal("9007199254740993.13")],
            MONEY,
            ["1063.25", None, "0.10", "-0.05", "9007199254740993.13"],
            id="money is its decimal text, beyond what a float holds",
        ),
        pytest.param(
            [Decimal("0.0003"), Decimal("7.0883"), Decimal("1E-8"), Decimal(0), None],
            RATE,
            ["0.00030000", "7.08830000", "0.00000001", "0.00000000", None],
            id="small rates are never written with an exponent",
        ),
        pytest.param(
            [date(2019, 9, 5), None, date(1900, 3, 1), date(9999, 12, 31)],
            DAY,
            ["43713", None, "61", "2958465"],
            id="dates are serials",
        ),
        pytest.param(
            [moment(2019, 9, 5, 12), None, moment(2019, 9, 5, 9, 37, 12), moment(1950, 1, 1, 0, 0, 1)],
            TIME,
            ["43713.500000000000", None, "43713.400833333333", "18264.000011574074"],
            id="date-times are serials with their fraction",
        ),
        pytest.param([True, None, False], BOOL, ["1", None, "0"], id="truth values"),
        pytest.param(["甲", None, "乙", "", "甲"], TEXT, ["2", None, "3", None, "2"], id="texts are numbered once"),
        pytest.param(["是", None, "否", "是"], CHOICE, ["2", None, "3", "2"], id="choices are numbered once"),
        pytest.param([None, None], TEXT, [None, None], id="a column without any text"),
        pytest.param([None, None], pa.null(), [None, None], id="a blank column for somebody's answer"),
    ],
)
def test_what_stands_in_the_cells(tmp_path: Path, values: list[object], kind: pa.DataType, cells: list[str]) -> None:
    path = tmp_path / "a.xlsx"
    write_table(path, [Sheet("表", pa.table({"n": pa.array(range(len(values))), "x": pa.array(values, kind)}))])
    found = dict(re.findall(r'<c r="B(\d+)"[^>]*><v>([^<]*)</v></c>', part(path)))
    assert [found.get(str(row)) for row in range(2, len(values) + 2)] == cells
    assert re.findall(r'<row r="(\d+)"', part(path)) == [str(row) for row in range(1, len(values) + 2)]


@pytest.mark.parametrize("longest", [10, 32_768], ids=["", "one text too long that stands nowhere"])
def test_a_column_with_each_text_once_is_written_as_it_reads(tmp_path: Path, longest: int) -> None:
    texts = pa.array(["乙", "甲", "", None, "甲", "丙" * longest], pa.string())
    once = pa.DictionaryArray.from_arrays(pa.array([4, 2, None, 0, 3, 1, 4], pa.int8()), texts)
    other = pa.DictionaryArray.from_arrays(pa.array([None, None, 0, 0, 0, 0, 1]), pa.array(["丁", "乙"]))
    for name, columns in {"once": [once, other], "each": [once.cast(pa.string()), other.cast(pa.string())]}.items():
        write_table(tmp_path / name, [Sheet("表", pa.table(dict(zip("xy", columns, strict=True))))])
    assert (tmp_path / "once").read_bytes() == (tmp_path / "each").read_bytes()


def test_a_text_that_is_too_long_is_told_at_its_first_cell(tmp_path: Path) -> None:
    texts = pa.array(["短", "x" * 32_768, "y" * 40_000])
    once = pa.DictionaryArray.from_arrays(pa.array([0, 2, 1]), texts)
    with pytest.raises(ValueError, match=r"A3（x）：文本有 40000 个字符"):
        write_table(tmp_path / "a.xlsx", [Sheet("表", pa.table({"x": once}))])


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("=1+1", "=1+1"),
        ("+8613800000000", "+8613800000000"),
        ("-x", "-x"),
        ("@a", "@a"),
        ("0123", "0123"),
        ("  南 通  ", "  南 通  "),
        ("两\n行\t", "两\n行\t"),
        ("a\r\nb\r", "a&#13;\nb&#13;"),
        ("<b>&\"'", "&lt;b&gt;&amp;\"'"),
        ("&amp;", "&amp;amp;"),
        ("a\x0bb\x00\x1f", "a_x000B_b_x0000__x001F_"),
        ("\ufffe\uffff\uffe5", "_xFFFE__xFFFF_\uffe5"),
        ("_x0041_", "_x005F_x0041_"),
        ("__x000d__x", "__x005F_x000d__x"),
        ("_x005F_x0041_", "_x005F_x005F_x005F_x0041_"),
        ("_x41_ a_x", "_x41_ a_x"),
        ("😀", "😀"),
    ],
    ids=ascii,
)
def test_texts_as_they_stand_in_the_file(tmp_path: Path, text: str, stored: str) -> None:
    path = tmp_path / "a.xlsx"
    write_table(path, [Sheet("表", pa.table({"x": ["安", text, "全"], "y": ["a", "a", "a"]}))])
    assert strings_of(path) == ["x", "y", "安", stored, "全", "a"]
    assert 't="s"' in re.findall(r'<c r="A3"[^>]*>', part(path))[0]
    if text not in ("\ufffe\uffff\uffe5", "_x005F_x0041_"):  # calamine leaves the one alone and undoes the other twice
        assert by_calamine(path)[2][0] == text


SENSIBLE = st.characters(
    exclude_categories=["Cs", "Cc"], exclude_characters="_\ufffe\uffff", include_characters="\n\r\t"
)
CELLS = {
    TEXT: st.text(SENSIBLE, max_size=6)
    | st.sampled_from(["=1+1", "<&>", " a ", "007", "\r\n", "_x0041_", "一行\n二行"]),
    CHOICE: st.sampled_from(["是", "否", ""]),
    WHOLE: st.integers(-(2**53), 2**53),
    MONEY: st.decimals(Decimal("-1E13"), Decimal("1E13"), places=2),
    RATE: st.decimals(Decimal("-1E7"), Decimal("1E7"), places=8),
    DAY: st.dates(date(1900, 3, 1), date(9999, 12, 31)),
    TIME: st.datetimes(moment(1900, 3, 1), moment(9999, 12, 31)).map(lambda time: time.replace(microsecond=0)),
    BOOL: st.booleans(),
}


def column_of(kind: pa.DataType, rows: int) -> st.SearchStrategy[pa.Array]:
    return st.lists(st.none() | CELLS[kind], min_size=rows, max_size=rows).map(lambda values: pa.array(values, kind))


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    kinds = draw(st.lists(st.sampled_from(list(CELLS)), max_size=6))
    rows = draw(st.integers(1, 5))
    columns = [pa.array(range(rows)), *(draw(column_of(kind, rows)) for kind in kinds)]
    return pa.table(columns, names=[f"列{index}" for index in range(len(columns))])


@settings(max_examples=150, deadline=None)
@given(tables())
@example(pa.table({"列0": [0, 1], "列1": pa.array([moment(2019, 9, 5, 9, 37, 12), None], TIME)}))
def test_every_reader_gets_back_what_was_written(tmp_path_factory: pytest.TempPathFactory, table: pa.Table) -> None:
    path = tmp_path_factory.mktemp("bulk") / "a.xlsx"
    write_table(path, [Sheet("表", table)])
    expected = [[as_read(value) for value in column.to_pylist()] for column in table.columns]
    header, *rows = by_openpyxl(path)
    assert header == table.column_names
    assert columns_of(rows) == expected
    header, *rows = by_calamine(path)
    assert header == table.column_names
    assert [[as_read(value) for value in column] for column in columns_of(rows)] == expected
    assert [[as_read(value) for value in column] for column in by_fastexcel(path, table)] == expected


def sample(rows: int) -> pa.Table:
    """Like a quote's outcome: every third row is not priced."""
    priced = [number % 3 != 2 for number in range(rows)]
    money = [Decimal(number * 7919 % 10**7) / 100 if yes else None for number, yes in enumerate(priced)]
    return pa.table(
        {
            "序号": pa.array(range(1, rows + 1)),
            "企业名称": [f"南通第{number}纺织<有限>公司" for number in range(rows)],
            "统一社会信用代码": [f"9132060{number:011d}" for number in range(rows)],
            "资格": pa.array(["符合条件" if yes else "待补正" for yes in priced], CHOICE),
            "费率": pa.array([Decimal("0.0003") if yes else None for yes in priced], RATE),
            "应缴保费(元)": pa.array(money, MONEY),
            "材料齐全时间": pa.array([moment(2019, 9, 5, 9, 37, number % 60) for number in range(rows)], TIME),
            "起保日期": pa.array([date(2019, 9, 5) if yes else None for yes in priced], DAY),
            "说明": [f"第 {number} 行：\n请核对" if number % 2 else None for number in range(rows)],
        }
    )


def test_rows_and_strings_beyond_one_chunk_are_all_there(tmp_path: Path) -> None:
    table = sample(2 * bulkxml.CHUNK + 5)
    path = tmp_path / "a.xlsx"
    write_table(path, [Sheet("测算结果", table)])
    expected = [[as_read(value) for value in column.to_pylist()] for column in table.columns]
    assert [[as_read(value) for value in column] for column in by_fastexcel(path, table)] == expected
    counts = re.search(r'count="(\d+)" uniqueCount="(\d+)"', part(path, "xl/sharedStrings.xml"))
    assert counts is not None
    texts = [table.column(name) for name in ("企业名称", "统一社会信用代码", "资格", "说明")]
    assert int(counts[1]) == table.num_columns + sum(len(text) - text.null_count for text in texts)
    assert int(counts[2]) == len(strings_of(path)) == len(set(strings_of(path)))


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    table = sample(50)
    whole = Sheet("表", table)
    in_pieces = Sheet("表", pa.concat_tables([table.slice(0, 13), table.slice(13)]))
    other_choices = pa.concat_tables([sample(3), table]).slice(3)
    plain = Sheet("表", other_choices.set_column(3, "资格", other_choices.column("资格").cast(TEXT)))
    for name, sheet in {"a": whole, "b": whole, "c": in_pieces, "d": plain}.items():
        write_table(tmp_path / f"{name}.xlsx", [sheet])
    data = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert data["a.xlsx"] == data["b.xlsx"] == data["c.xlsx"] == data["d.xlsx"]
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert archive.testzip() is None
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", archive.read("docProps/core.xml").decode())) == {
            "2000-01-01T00:00:00Z"
        }


def test_looks(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    looks = [
        Column(6),
        Column(30),
        Column(22),
        Column(),
        Column(9, "0.00%"),
        Column(14),
        Column(20),
        Column(),
        Column(40),
    ]
    write_table(path, [Sheet("测算结果", sample(7), looks, freeze_columns=3), Sheet("另一张", sample(0))])
    book = openpyxl.load_workbook(path)
    page = book["测算结果"]
    formats = ["0", "@", "@", "@", "0.00%", "#,##0.00", "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd", "@"]
    assert [cell.number_format for cell in page[3]] == formats
    assert page["E4"].value is None
    assert page.column_dimensions["E"].number_format == "0.00%", "an empty cell shows its column's format"
    assert [round(page.column_dimensions[letter].width) for letter in "ABI"] == [7, 31, 41]
    assert {(cell.font.b, cell.font.name, cell.alignment.wrap_text, cell.border.top.style) for cell in page[1]} == {
        (True, FONT, True, "thin")
    }
    assert {cell.fill.fgColor.rgb for cell in page[1]} == {"FFDDEBF7"}
    assert {cell.font.name for row in page.iter_rows() for cell in row} == {FONT}
    assert (page.freeze_panes, page.auto_filter.ref, page.dimensions) == ("D2", "A1:I8", "A1:I8")
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert (page.page_setup.fitToHeight, page.sheet_properties.pageSetUpPr.fitToPage) == (0, True)
    assert (page.print_title_rows, page.oddFooter.center.text) == ("$1:$1", "第 &P 页，共 &N 页")
    assert (book["另一张"].freeze_panes, book["另一张"].auto_filter.ref) == ("A2", "A1:I1")
    names = re.findall(r'<definedName name="([^"]*)" localSheetId="(\d)"[^>]*>([^<]*)<', part(path, "xl/workbook.xml"))
    assert sorted(names, key=lambda name: name[1]) == [
        ("_xlnm._FilterDatabase", "0", "测算结果!$A$1:$I$8"),
        ("_xlnm.Print_Titles", "0", "测算结果!$1:$1"),
        ("_xlnm._FilterDatabase", "1", "另一张!$A$1:$I$1"),
        ("_xlnm.Print_Titles", "1", "另一张!$1:$1"),
    ]


def test_rich_sheets_stand_behind_the_tables(tmp_path: Path) -> None:
    def extra(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet("汇总")
        page.write_string(0, 0, "共计")
        page.write_string(1, 0, "南通第1纺织<有限>公司")
        book.add_worksheet("版本").hide()

    path = tmp_path / "a.xlsx"
    write_table(path, [Sheet("一", sample(4)), Sheet("二", sample(2))], extra)
    assert openpyxl.load_workbook(path).sheetnames == ["一", "二", "汇总", "版本"]
    assert by_openpyxl(path, 2) == [["共计"], ["南通第1纺织<有限>公司"]]
    assert [row[1] for row in by_openpyxl(path, 0)] == ["企业名称", *sample(4).column("企业名称").to_pylist()]
    assert [row[1] for row in by_openpyxl(path, 1)] == ["企业名称", *sample(2).column("企业名称").to_pylist()]


def test_the_schema_has_nothing_to_say(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    strange = pa.table({"x<y>": ["a\x0bb", " =1", "_x0041_", None], "真": [True, None, False, True]})
    write_table(path, [Sheet("测算 '结'果", sample(20)), Sheet("b", strange), Sheet("c", sample(0))])
    assert schemacheck.errors(path) == []


def test_libreoffice_sees_the_same_values(tmp_path: Path) -> None:
    table = sample(40)
    write_table(tmp_path / "a.xlsx", [Sheet("测算结果", table)])
    raw_values = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false"
    seen = convert(tmp_path / "a.xlsx", tmp_path, raw_values, anew=False)
    with seen.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    ours_header, *ours = csv.reader(csv_bytes(table).decode().splitlines(keepends=True))
    money = ours_header.index("应缴保费(元)")
    for row in ours:  # LibreOffice shows 1.5 where the amount is 1.50
        row[money] = row[money] and format(Decimal(row[money]).normalize(), "f")
    assert header == ours_header
    assert rows == ours


@pytest.mark.parametrize(
    ("sheet", "error", "message"),
    [
        pytest.param(
            Sheet("表", pa.table({"a": ["x"], "说明": ["字" * 32_768]})),
            ValueError,
            "“表”单元格 B2（说明）.*32768 个字符.*32767",
            id="a text one character too long is never cut",
        ),
        pytest.param(
            Sheet("表", pa.table({"a": ["x", None, "😀" * 16_384]})),
            ValueError,
            "单元格 A4（a）.*32768",
            id="characters count as Excel counts them, in UTF-16",
        ),
        pytest.param(
            Sheet("表", pa.table({"日": pa.array([date(2019, 1, 1), None, date(1900, 2, 28)], DAY)})),
            ValueError,
            "单元格 A4（日）.*1900-03-01",
            id="a date before Excel's calendar is right",
        ),
        pytest.param(
            Sheet("表", pa.table({"时": pa.array([moment(1899, 12, 31)], TIME)})),
            ValueError,
            "单元格 A2（时）.*1900-03-01",
            id="a date-time before Excel's calendar is right",
        ),
        pytest.param(
            Sheet("表", pa.table({"n": pa.nulls(1_048_576, WHOLE)})),
            ValueError,
            "1048576 行数据.*1048575",
            id="one row too many",
        ),
        pytest.param(Sheet("表", pa.table({})), ValueError, "0 列", id="no column"),
        pytest.param(
            Sheet("表", pa.table({"a": [1]}), [Column()] * 2), ValueError, "1 列.*2 列的格式", id="looks too many"
        ),
        pytest.param(Sheet("a/b", pa.table({"a": [1]})), ValueError, "“a/b”不能用", id="a name that no sheet can have"),
        pytest.param(Sheet("表", pa.table({"a": [1.5]})), TypeError, "列“a”：不支持类型 double", id="floats"),
        pytest.param(
            Sheet("表", pa.table({"a": pa.nulls(1, pa.decimal128(19, 2))})), TypeError, "decimal128", id="19 digits"
        ),
    ],
)
def test_what_no_sheet_holds_is_refused_and_the_old_file_stays(
    tmp_path: Path, sheet: Sheet, error: type[Exception], message: str
) -> None:
    (tmp_path / "a.xlsx").write_text("old")
    with pytest.raises(error, match=message):
        write_table(tmp_path / "a.xlsx", [Sheet("好", sample(1)), sheet])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.xlsx": "old"}


def test_two_sheets_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="“表”不能用"):
        write_table(tmp_path / "a.xlsx", [Sheet("表", sample(1)), Sheet("表", sample(1))])
    assert list(tmp_path.iterdir()) == []


def test_the_longest_text_is_written_whole(tmp_path: Path) -> None:
    write_table(tmp_path / "a.xlsx", [Sheet("表", pa.table({"a": ["字" * 32_767]}))])
    assert by_openpyxl(tmp_path / "a.xlsx") == [["a"], ["字" * 32_767]]


def test_an_archive_is_what_zipfile_reads(tmp_path: Path) -> None:
    members = {"a.txt": [b"one", b"", memoryview(b"two")], "夹/b": [], "c": [b"x" * 3_000_000]}
    with (tmp_path / "a.zip").open("wb") as file:
        write_zip(file, members.items())
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            name: b"".join(parts) for name, parts in members.items()
        }
