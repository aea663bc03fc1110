"""Text, web pages and XML from other systems, mostly under the name of .xls: read as what they are, or named."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pandas
import pytest
from rosters import HEADINGS, Answer, nantong, quote_file, table

from xltools.desk.errors import Refusal
from xltools.roster.problems import FileRefused
from xltools.sheets.intake.grid import Grid
from xltools.sheets.intake.grids import begin_grids
from xltools.sheets.intake.read import read_roster

HEAD = list(HEADINGS.values())
AT = {key: x for x, key in enumerate(HEADINGS)}
NAME = "南通示例0001进出口有限公司"


def line(**cells: Any) -> list[str]:
    row = table([cells])[0] | {"before": cells.get("before", 4_000_000)}
    return ["" if row.get(key) is None else str(row[key]) for key in HEADINGS]


def written(*rows: Sequence[str], delimiter: str = ",", **options: Any) -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, **options).writerows(rows)
    return file.getvalue()


def guarded(how: str, *keys: str) -> list[str]:
    """The clean row with some cells kept from being numbers."""
    return [how.format(v) if key in keys else v for key, v in zip(HEADINGS, line(), strict=True)]


def seen(answer: Answer) -> tuple[str, str, str, str]:
    row = answer.row
    return row["企业名称"], row["资格"], row["优先"], row["说明代码"]


PLAIN = (NAME, "符合条件", "是", "")
CODES = ("uscc", "customs_code", "phone")
TITLE = "南通市企业投保申请汇总表\r\n"

TEXTS: list[tuple[str, bytes]] = [
    ("plain, in UTF-8", written(HEAD, line()).encode()),
    ("plain, in UTF-8 with its mark", written(HEAD, line()).encode("utf-8-sig")),
    ("plain, in GB18030", written(HEAD, line()).encode("gb18030")),
    ("Excel's “Unicode 文本”", written(HEAD, line(), delimiter="\t").encode("utf-16")),
    ("UTF-16 the other way round", b"\xfe\xff" + written(HEAD, line()).encode("utf-16-be")),
    ("UTF-16 without its mark", written(HEAD, line()).encode("utf-16-le")),
    ('="…" around codes', written(HEAD, guarded('="{}"', *CODES)).encode("gb18030")),
    ('="…" around codes, not quoted', ",".join(HEAD).encode() + b"\n" + ",".join(guarded('="{}"', *CODES)).encode()),
    ('="…" around every cell', written(HEAD, guarded('="{}"', *HEADINGS)).encode()),
    ("U+001F before codes", written(HEAD, guarded("\x1f{}", *CODES)).encode("gb18030")),
    ("a tab before codes", written(HEAD, guarded("\t{}", *CODES)).encode("gb18030")),
    ("a tab behind codes", written(HEAD, guarded("{}\t", *CODES)).encode("gb18030")),
    ("an apostrophe before codes", written(HEAD, guarded("'{}", *CODES)).encode("gb18030")),
    ("a mark within the file", b"\xef\xbb\xbf" + written(HEAD, line()).encode("utf-8-sig")),
    ("a title, then tabs", (TITLE + written(HEAD, line(), delimiter="\t")).encode("gb18030")),
    ("a title with commas, then semicolons", ("一,二,三,四\r\n" + written(HEAD, line(), delimiter=";")).encode()),
    ("semicolons in the title, commas below", ("统计口径：全年;含代理\r\n" + written(HEAD, line())).encode()),
    ("bars", written(HEAD, line(), delimiter="|").encode()),
    ("sep= in the first line", ("sep=;\r\n" + written(HEAD, line(), delimiter=";")).encode("gb18030")),
    ("every cell quoted", written(HEAD, line(), quoting=csv.QUOTE_ALL).encode()),
    ("lone CR, as Excel's “CSV (Macintosh)” has it", written(HEAD, line(), lineterminator="\r").encode("gb18030")),
    ("a Ctrl-Z at the end, as from DOS", written(HEAD, line()).encode("gb18030") + b"\x1a"),
    (
        "blank columns and rows behind, as Excel leaves them",
        written([*HEAD, "", ""], [*line(), "", ""], [""] * 35).encode(),
    ),
    (
        "codes that pandas made floats",
        written(HEAD, guarded("{}.0", "customs_code", "phone", "exports", "no")).encode(),
    ),
    ("amounts as Excel shows them", written(HEAD, line(exports=" 5,000,000.00 ", before="4,000,000")).encode()),
    ("dates as Excel shows them", written(HEAD, line(received="2019/9/5 9:01", reviewed="2019/9/6")).encode()),
]


@pytest.mark.parametrize("data", [t[1] for t in TEXTS], ids=[t[0] for t in TEXTS])
@pytest.mark.parametrize("ending", ["csv", "xls", "txt"])
def test_a_text_is_the_table_that_excel_shows(tmp_path: Path, data: bytes, ending: str) -> None:
    path = tmp_path / f"in.{ending}"
    path.write_bytes(data)
    answer = quote_file(path)
    assert seen(answer) == PLAIN
    assert answer.row["统一社会信用代码"] == line()[AT["uscc"]]
    assert answer.quote.roster.amounts["exports"].cents.tolist() == [500_000_000]
    assert answer.quote.roster.times["received"].tolist() == [datetime(2019, 9, 5, 9, 1)]
    assert answer.problems() == []


@pytest.mark.parametrize(
    ("cell", "cents"),
    [
        pytest.param(" -   ", 0, id="Excel's accounting format"),
        pytest.param(" ¥-   ", 0, id="in yuan"),
        pytest.param(" $ -   ", 0, id="in dollars"),
        pytest.param("", None, id="a blank is none"),
        pytest.param(" 1,234.50 ", 123_450, id="a figure in that format"),
    ],
)
def test_an_accounting_nought_is_a_figure(tmp_path: Path, cell: str, cents: int | None) -> None:
    (tmp_path / "in.csv").write_bytes(written(HEAD, line(before=cell)).encode("gb18030"))
    answer = quote_file(tmp_path / "in.csv")
    before = answer.quote.roster.amounts["before"]
    assert (int(before.cents[0]) if before.known[0] else None) == cents
    assert (answer.row["优先"], answer.problems()) == ("是" if cents is not None else "否", [])


@pytest.mark.parametrize("cell", ["- 无 -", 'a="b"', "5.0", "12.0", "'甲", "-  -"])
def test_what_only_looks_like_a_guard_is_kept(tmp_path: Path, cell: str) -> None:
    (tmp_path / "in.csv").write_bytes(written(HEAD, line(remark=cell)).encode())
    assert read_roster(tmp_path / "in.csv", nantong()).columns["remark"].to_pylist() == [cell]


def test_what_pandas_writes(tmp_path: Path) -> None:
    """An index column without a heading, floats where a column had a gap, nothing where nothing was."""
    rows = [dict(zip(HEAD, line(), strict=True)), dict(zip(HEAD, line(uscc="91320602MA0000027Q"), strict=True))]
    frame = pandas.DataFrame(rows).replace("", None)
    frame["手机*"] = pandas.to_numeric(frame["手机*"]).astype(float)
    frame["2018年出口额(美元)*"] = frame["2018年出口额(美元)*"].astype(float)
    frame["材料齐全时间"] = pandas.to_datetime(frame["材料齐全时间"])
    frame.to_csv(tmp_path / "in.csv")
    cells = read_roster(tmp_path / "in.csv", nantong())
    assert cells.columns["phone"].to_pylist() == [line()[AT["phone"]]] * 2
    assert cells.columns["received"].to_pylist() == ["2019-09-05 09:01:00"] * 2
    assert quote_file(tmp_path / "in.csv").column("资格")[0] == "符合条件"


def test_no_headings_with_any_delimiter_says_what_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes("一;二;三\r\n1;2;3\r\n".encode())
    with pytest.raises(Refusal, match="前 20 行里找不到表头"):
        quote_file(tmp_path / "in.csv")


# ── web pages ──


def page(rows: Sequence[Sequence[str]], *, cell: Callable[[str], str] = lambda v: f"<td>{escape(v)}</td>") -> str:
    return "<table border=1>" + "".join("<tr>" + "".join(map(cell, r)) + "</tr>" for r in rows) + "</table>"


def html(body: str, charset: str = "", declared: str = "") -> bytes:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={declared or charset}">' if charset else ""
    return f"<html><head>{meta}<style>td {{ color: red }}</style></head><body>{body}</body></html>".encode(
        charset or "utf-8"
    )


HEADLINE = f'<table><tr><td colspan="{len(HEAD)}">南通市企业投保申请汇总表</td></tr></table>'
OPEN = "<table><tr>" + "".join(f"<th>{h}" for h in HEAD) + "<tr>" + "".join(f"<td>{v}" for v in line()) + "</table>"
EXCEL = page(
    [HEAD, line()], cell=lambda v: f'<td x:num="{v}">{int(v):,}.00</td>' if v == "5000000" else f"<td x:str>{v}</td>"
)
ARCHIVE = "\r\n".join([
    "MIME-Version: 1.0", "X-Document-Type: Workbook", 'Content-Type: multipart/related; boundary="x"', "", "--x",
    "Content-Location: file:///C:/book.htm", 'Content-Type: text/html; charset="gb2312"', "", "<html><frameset></html>", "--x",
    "Content-Location: file:///C:/sheet001.htm", "Content-Transfer-Encoding: base64", 'Content-Type: text/html; charset="gb2312"', "",
    __import__("base64").encodebytes(html(page([HEAD, line()]), "gb2312")).decode(), "--x--", "",
]).encode()  # fmt: skip

PAGES: list[tuple[str, bytes]] = [
    ("UTF-8", html(page([HEAD, line()]), "utf-8")),
    ("GB2312, as it says", html(page([HEAD, line()]), "gb2312")),
    ("GBK without a word", html(page([HEAD, line()])).decode().encode("gb18030")),
    ("GB2312 that is UTF-8", html(page([HEAD, line()]), "utf-8", declared="gb2312")),
    ("UTF-16", html(page([HEAD, line()])).decode().encode("utf-16")),
    ("a fragment of a page", page([HEAD, line()]).encode()),
    (
        "capital letters",
        page([HEAD, line()]).replace("td>", "TD>").replace("tr>", "TR>").replace("table", "TABLE").encode(),
    ),
    ("a title in a table of its own", html(HEADLINE + page([HEAD, line()]), "gb2312")),
    ("headings and rows in two tables", html(page([HEAD]) + page([line()]), "gb2312")),
    ("a table that arranges tables", html(f"<table><tr><td>菜单</td><td>{page([HEAD, line()])}</td></tr></table>")),
    ("without end tags", html(OPEN)),
    (
        "guards and blanks",
        html(page([HEAD, line()], cell=lambda v: f"<td style='mso-number-format:\"\\@\"'>\n &nbsp;{v}\n</td>")),
    ),
    ("figures as Excel keeps them", html(EXCEL)),
    ("a script in between", html(page([HEAD]) + "<script>var t = '<td>x</td>';</script>" + page([line()]))),
    ("a web archive of Excel's", ARCHIVE),
]


@pytest.mark.parametrize("data", [p[1] for p in PAGES], ids=[p[0] for p in PAGES])
def test_a_web_page_under_the_name_of_xls(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "in.xls"
    path.write_bytes(data)
    answer = quote_file(path)
    assert seen(answer) == PLAIN
    assert answer.row["统一社会信用代码"] == line()[AT["uscc"]]
    assert answer.quote.roster.amounts["exports"].cents.tolist() == [500_000_000]
    assert answer.problems() == [("FILE_DISGUISED", "", "warning")]
    assert "网页表格" in answer.quote.roster.placed()[0].message


def grid_of(path: Path, data: bytes) -> Grid:
    path.write_bytes(data)
    (grid,) = begin_grids(path, None, lambda rows: True)()
    return grid


def test_cells_that_span_rows_and_columns_keep_the_others_in_their_places(tmp_path: Path) -> None:
    body = "<table><tr><td rowspan=2>a<td colspan=2>b<td>c<tr><td>d<td>e<td>f<tr style='display : none'><td>g</table>"
    grid = grid_of(tmp_path / "in.xls", html(body))
    assert [list(r) for r in grid.rows()] == [["a", "b", "", "c"], ["", "d", "e", "f"], ["g", "", "", ""]]
    assert (grid.merged, grid.hidden.tolist()) == (("A1:A2", "B1:C1"), [3])


def test_breaks_in_a_cell_and_entities(tmp_path: Path) -> None:
    grid = grid_of(
        tmp_path / "in.xls", html("<table><tr><td>甲&amp;乙<br>丙&lt;丁</td><td> a \n  b </td></tr></table>")
    )
    assert [c.to_pylist() for c in grid.columns] == [["甲&乙\n丙<丁"], ["a b"]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(
            "<table><tr><td colspan=99999>a</td><td>b</td></tr></table>", "FILE_UNREADABLE", id="past the last column"
        ),
        pytest.param(
            "<table><tr><td rowspan=99999999 colspan=99>a</td><td>b</td></tr></table>", "FILE_EXTENT", id="a merged sea"
        ),
        pytest.param("<p>没有表</p><td>", "FILE_NOT_WORKBOOK", id="no table"),
    ],
)
def test_pages_that_are_no_table(tmp_path: Path, body: str, code: str) -> None:
    (tmp_path / "in.xls").write_bytes(html(body))
    with pytest.raises(FileRefused) as refused:
        read_roster(tmp_path / "in.xls", nantong())
    assert [p.code for p in refused.value.problems] == [code]


# ── workbooks of Excel 2003 in XML ──


def cell2003(value: str, kind: str = "String", more: str = "") -> str:
    return f'<Cell{more}><Data ss:Type="{kind}">{escape(value)}</Data></Cell>' if value else "<Cell/>"


def sheet2003(rows: Sequence[str], name: str = "申请", options: str = "") -> str:
    return f'<Worksheet ss:Name="{name}"><Table>{"".join(rows)}</Table><WorksheetOptions>{options}</WorksheetOptions></Worksheet>'


def book2003(*sheets: str, head: str = "") -> str:
    ns = 'xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"'
    return f'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook {ns}>{head}{"".join(sheets)}</Workbook>'


KIND = {"exports": "Number", "before": "Number", "no": "Number", "received": "DateTime", "reviewed": "DateTime"}


def rows2003() -> list[str]:
    values = line(received="2019-09-05T09:01:00.000", reviewed="2019-09-06T00:00:00.000")
    cells = [cell2003(v, KIND.get(key, "String")) for key, v in zip(HEADINGS, values, strict=True)]
    return ["<Row>" + "".join(map(cell2003, HEAD)) + "</Row>", "<Row>" + "".join(cells) + "</Row>"]


TITLED = ["<Row>" + cell2003("南通市企业投保申请汇总表", more=f' ss:MergeAcross="{len(HEAD) - 1}"') + "</Row>"]
NOTES = sheet2003(["<Row>" + cell2003("说明") + "</Row>"], "说明")
GONE = sheet2003(rows2003(), "旧表", "<Visible>SheetHidden</Visible>")
BOOKS = [
    ("plain", book2003(sheet2003(rows2003())).encode()),
    ("in GB2312, as it says", book2003(sheet2003(rows2003())).replace('"1.0"', '"1.0" encoding="GB2312"').encode("gb18030")),
    ("in UTF-16", book2003(sheet2003(rows2003())).replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16")),
    ("a title above", book2003(sheet2003([*TITLED, *rows2003()])).encode()),
    ("rows that begin further down", book2003(sheet2003([rows2003()[0].replace("<Row>", '<Row ss:Index="4">'), rows2003()[1]])).encode()),
    ("a sheet of notes in front", book2003(NOTES, sheet2003(rows2003())).encode()),
    ("control characters, which XML does not have", book2003(sheet2003(rows2003())).replace("张三", "张&#x1F;三&#1;").encode()),
    ("a hidden sheet in front", book2003(GONE, sheet2003(rows2003())).encode()),
    ("prefixed", book2003(sheet2003(rows2003())).replace("<Cell", "<ss:Cell").replace("</Cell", "</ss:Cell").encode()),
]  # fmt: skip


@pytest.mark.parametrize("data", [b[1] for b in BOOKS], ids=[b[0] for b in BOOKS])
def test_a_workbook_of_excel_2003_in_xml(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "in.xls").write_bytes(data)
    answer = quote_file(tmp_path / "in.xls")
    assert seen(answer) == PLAIN
    assert answer.quote.roster.times["received"].tolist() == [datetime(2019, 9, 5, 9, 1)]
    assert answer.problems() == [("FILE_DISGUISED", "", "warning")]
    assert "Excel 2003" in answer.quote.roster.placed()[0].message


def test_what_values_hide_in_it(tmp_path: Path) -> None:
    rows = [
        "<Row>"
        + cell2003("a")
        + '<Cell ss:Index="4" ss:MergeDown="1">'
        + '<Data ss:Type="Number">1.5</Data></Cell></Row>',
        '<Row ss:Hidden="1"><Cell><Data ss:Type="Error">#N/A</Data></Cell><Cell ss:Formula="=1+1"/></Row>',
        '<Row ss:Index="5"><Cell><Data ss:Type="Boolean">1</Data></Cell></Row>',
    ]
    grid = grid_of(tmp_path / "in.xls", book2003(sheet2003(rows)).encode())
    assert [list(r) for r in grid.rows()] == [["a", "", "", "1.5"], *[[""] * 4] * 3, ["TRUE", "", "", ""]]
    assert (grid.errors, grid.no_value, grid.hidden.tolist()) == ([(2, 0, "#N/A")], [(2, 1)], [2])
    assert grid.merged == ("D1:D2",)
    assert grid.numbers is not None
    assert grid.numbers(3).tolist() == [1]


def test_days_without_a_type_count_from_its_own_epoch(tmp_path: Path) -> None:
    rows = rows2003()
    rows[1] = rows[1].replace(cell2003("2019-09-05T09:01:00.000", "DateTime"), cell2003("42251.395833333336", "Number"))
    head = '<ExcelWorkbook xmlns="urn:schemas-microsoft-com:office:excel"><Date1904/></ExcelWorkbook>'
    (tmp_path / "in.xls").write_bytes(book2003(sheet2003(rows), head=head).encode())
    assert quote_file(tmp_path / "in.xls").quote.roster.times["received"].tolist() == [datetime(2019, 9, 5, 9, 30)]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        pytest.param(['<Row ss:Index="1048577"><Cell/></Row>'], "FILE_TOO_MANY_ROWS", id="a row past the last"),
        pytest.param(['<Row><Cell ss:Index="16385"/></Row>'], "FILE_UNREADABLE", id="a column past the last"),
        pytest.param(['<Row ss:Index="x"><Cell/></Row>'], "FILE_UNREADABLE", id="a row that is no number"),
        pytest.param(
            ['<Row ss:Index="1048576"><Cell ss:Index="16000">' + cell2003("x")[6:] + "</Row>"],
            "FILE_BOMB",
            id="far away",
        ),
        pytest.param(["<Row>"], "FILE_UNREADABLE", id="broken off"),
    ],
)
def test_bounds_of_such_a_workbook(tmp_path: Path, rows: list[str], code: str) -> None:
    (tmp_path / "in.xls").write_bytes(book2003(sheet2003(rows)).encode())
    with pytest.raises(FileRefused) as refused:
        read_roster(tmp_path / "in.xls", nantong())
    assert [p.code for p in refused.value.problems] == [code]


# ── things that are no table ──

THINGS = [
    ("扫描.xlsx", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "PDF 文件"),
    ("照片.xls", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "图片"),
    ("照片.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0", "图片"),
    ("照片.bmp", b"BM\x36\0\x0c\0\0\0\0\0", "图片"),
    ("照片.tif", b"II*\0\x08\0\0\0", "图片"),
    ("照片.heic", b"\0\0\0\x18ftypheic\0\0\0\0", "图片"),
    ("各区.rar", b"Rar!\x1a\x07\x01\0", "RAR 压缩包（只能解开 .zip"),
    ("各区.7z", b"7z\xbc\xaf\x27\x1c\0\x04", "7z 压缩包（只能解开 .zip"),
    ("各区.tgz", b"\x1f\x8b\x08\0\0\0\0\0", "gz 压缩包"),
    ("申请.et", b"\x01\x02\x03\x04\0\0\xff\xfe\xfd" * 9, "WPS 表格（.et）"),
    ("申请.wps", b"\x01\x02\x03\x04\0\0\xff\xfe\xfd" * 9, "WPS 文字（.wps）"),
    ("申请.dbf", b"\x03\x13\x09\x05\x01\0\0\0" * 9, "dBASE 数据库（.dbf）"),
    ("申请.rtf", b"{\\rtf1\\ansi 1,2}", "RTF 文档"),
    ("信.eml", b"From: a@b.cn\r\nTo: c@d.cn\r\nSubject: x, y\r\n\r\n", "邮件"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "said"), THINGS, ids=[t[0] for t in THINGS])
def test_a_thing_that_is_no_table_is_called_by_its_name(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Refusal) as refused:
        quote_file(tmp_path / name)
    assert said in str(refused.value)
    assert ".xlsx" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_et_that_is_an_xls_inside_is_read_and_said_to_be_saved_as_xlsx(tmp_path: Path) -> None:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for x, (heading, value) in enumerate(zip(HEAD, line(), strict=True)):
        sheet.write(0, x, heading)
        sheet.write(1, x, value)
    book.save(str(tmp_path / "in.et"))
    answer = quote_file(tmp_path / "in.et")
    assert (seen(answer), answer.problems()) == (PLAIN, [("FILE_XLS", "", "warning")])
    assert "另存为 .xlsx" in answer.quote.roster.placed()[0].hint


@pytest.mark.parametrize("start", ["BM,", "MZ,", "GIF8,", "PK,", "7z,"])
def test_a_text_that_begins_like_another_thing_is_a_text(tmp_path: Path, start: str) -> None:
    (tmp_path / "in.csv").write_bytes((start + "\n" + written(HEAD, line())).encode())
    assert seen(quote_file(tmp_path / "in.csv")) == PLAIN
