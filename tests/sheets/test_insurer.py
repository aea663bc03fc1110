"""Insurer sheets: layouts as data, the hash, what a re-save leaves alone, and what a changed cell is called."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
import python_calamine
import schemacheck
from converting import convert

from xltools.scheme import Scheme, load
from xltools.scheme.model import Insurer
from xltools.sheets.insurer import layout as layouts
from xltools.sheets.insurer.layout import LayoutError
from xltools.sheets.insurer.sheet import Batch, BatchProof, compare, file_name, read_batch, write_batch

SCHEME = load("nantong-2019")
SINOSURE, PICC = SCHEME.insurers
DEFAULT = layouts.load()
DAY = date(2019, 10, 8)
PLANS = {p.id: p for p in SCHEME.plans}

# plan, exports, premium, fiscal, enterprise: domain vectors at 7.0883, in cents and fen
PRICED = [
    ("A", 300_000_000, 90_000, 637_947, 0),
    ("A", 787_755_102, 236_327, 1_675_153, 0),
    ("B", 300_010_000, 300_010, 1_063_280, 1_063_281),
    ("C", 555_555_556, 555_556, 3_937_944, 0),
    ("D", 33_333_334, 10_000, 70_883, 0),
    ("D", 50_000_000, 15_000, 106_325, 0),
]
NAMES = [
    "=1+1进出口有限公司",
    "+南通示例纺织有限公司",
    "-1科技",
    "@SUM(A1)贸易",
    '"引号"，逗号,有限公司',
    "换行\n有限公司",
]


def sample(n: int = 6) -> pa.Table:
    """Rows of a batch; names that look like formulas, quotes and line breaks among them."""
    priced = [PRICED[i % 6] for i in range(n)]
    plans = [p[0] for p in priced]
    ratio = pa.decimal128(18, 8)
    return pa.table({
        "case_no": [f"NT2019-{i + 1:04d}" for i in range(n)],
        "name": [NAMES[i % 6] + ("" if i < 6 else str(i)) for i in range(n)],
        "uscc": [f"91320602MA1X{i:05d}7N"[:18] for i in range(n)],
        "customs_code": [f"0{i:09d}" for i in range(n)],
        "area": ["崇川区"] * n,
        "contact": ["张三"] * n,
        "phone": ["013800000000"] * n,
        "plan": plans,
        "limit_cents": [int(PLANS[p].limit.value * 100) for p in plans],
        "rate": pa.array([PLANS[p].rate.value for p in plans], pa.decimal128(10, 6)).cast(ratio),
        "exports_cents": [p[1] for p in priced],
        "premium_cents": [p[2] for p in priced],
        "minimum": [p[2] == 10_000 for p in priced],
        "fiscal_share": pa.array([Decimal("0.5") if p == "B" else Decimal(1) for p in plans], ratio),
        "fx": pa.array([Decimal("7.0883")] * n, ratio),
        "fiscal_fen": [p[3] for p in priced],
        "enterprise_fen": [p[4] for p in priced],
        "received": pa.array([datetime(2019, 9, 5, 9, 37, 12 + i % 40) for i in range(n)], pa.timestamp("s")),
        "reviewed": pa.array([date(2019, 9, 6) if i % 2 else None for i in range(n)], pa.date32()),
        "remark": [None if i % 2 else "" for i in range(n)],
    })  # fmt: skip


def batch(rows: pa.Table | None = None, layout: layouts.Layout = DEFAULT) -> Batch:
    return Batch(SCHEME, SINOSURE, layout, 1, DAY, sample() if rows is None else rows, "李四")


def written(path: Path, b: Batch) -> BatchProof:
    return write_batch(
        path, scheme=b.scheme, insurer=b.insurer, layout=b.layout, number=b.number, day=b.day, rows=b.rows, who=b.who
    )


def list_grid(path: Path) -> list[list[object]]:
    return python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_name("投保企业清单").to_python()


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sent") / file_name(SCHEME, SINOSURE, 1, DAY)
    written(path, batch())
    return path


# ── what the sheet holds ──

# domain.md §6.4, typed here on purpose: ours, then the insurer's.
OURS = re.split(
    r"\s",
    """\
序号 受理编号 平台年度 名义投保人 被保险人名称 统一社会信用代码 海关注册编码 所属区 联系人 手机 方案 最高赔偿限额(美元)
费率 上年出口额(美元) 应收保费(美元) 最低保费是否适用 财政承担比例 预估汇率 财政承担(元) 企业承担(元) 保险起止日
收件时间 审核日期 备注""",
)
THEIRS = re.split(
    r"\s",
    """\
保单号 保单录入日期 系统汇率 实际保费(元) 实际财政承担(元) 实际企业承担(元) 企业缴费状态/日期 拒保原因""",
)


def test_the_default_layout_is_the_enrolment_sheet_with_the_row_key_after_the_number(sent: Path) -> None:
    assert list_grid(sent)[0] == OURS + THEIRS
    assert [c.heading for c in DEFAULT.own] == OURS


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("序号", [1, 2, 3, 4, 5, 6]),
        ("受理编号", [f"NT2019-{i:04d}" for i in range(1, 7)]),
        ("平台年度", [2019] * 6),
        ("名义投保人", ["南通市商务局"] * 6),
        ("被保险人名称", NAMES),
        ("海关注册编码", [f"0{i:09d}" for i in range(6)]),
        ("手机", ["013800000000"] * 6),
        ("最高赔偿限额(美元)", [100_000, 100_000, 250_000, 250_000, 50_000, 50_000]),
        ("费率", [0.0003, 0.0003, 0.001, 0.001, 0.0003, 0.0003]),
        ("上年出口额(美元)", [3_000_000, 7_877_551.02, 3_000_100, 5_555_555.56, 333_333.34, 500_000]),
        ("应收保费(美元)", [900, 2_363.27, 3_000.10, 5_555.56, 100, 150]),
        ("最低保费是否适用", ["否", "否", "否", "否", "是", "否"]),
        ("财政承担比例", [1, 1, 0.5, 1, 1, 1]),
        ("预估汇率", [7.0883] * 6),
        ("财政承担(元)", [6_379.47, 16_751.53, 10_632.80, 39_379.44, 708.83, 1_063.25]),
        ("企业承担(元)", [0, 0, 10_632.81, 0, 0, 0]),
        ("保险起止日", ["2019-09-01 至 2020-08-31"] * 6),
        ("收件时间", [datetime(2019, 9, 5, 9, 37, 12 + i) for i in range(6)]),
        ("审核日期", ["", date(2019, 9, 6)] * 3),
        *((heading, [""] * 6) for heading in ["备注", *THEIRS]),
    ],
)
def test_a_column_of_the_list(sent: Path, heading: str, values: list[object]) -> None:
    grid = list_grid(sent)
    place = grid[0].index(heading)
    assert [row[place] for row in grid[1:]] == values


def test_codes_and_names_are_text_and_nothing_is_a_formula(sent: Path) -> None:
    page = openpyxl.load_workbook(sent)["投保企业清单"]
    kinds = {
        heading: {page.cell(r, c).data_type for r in range(2, 8)} - {"n"}
        for c, heading in enumerate(OURS, 1)
        if heading in ("受理编号", "被保险人名称", "统一社会信用代码", "海关注册编码", "手机", "方案")
    }
    assert kinds == {key: {"s"} for key in kinds}
    assert len(kinds) == 6
    assert all(c.data_type != "f" for s in openpyxl.load_workbook(sent) for row in s.iter_rows() for c in row)


def test_answer_columns_take_dates_and_amounts_as_such(sent: Path) -> None:
    page = openpyxl.load_workbook(sent)["投保企业清单"]
    formats = {
        h: page.column_dimensions[page.cell(1, len(OURS) + i).column_letter].number_format
        for i, h in enumerate(THEIRS, 1)
    }
    assert formats["保单号"] == "@"
    assert formats["保单录入日期"] == "yyyy-mm-dd"
    assert formats["实际保费(元)"] == "#,##0.00"
    own, theirs = page["A1"].fill.fgColor.rgb, page.cell(1, len(OURS) + 1).fill.fgColor.rgb
    assert own != theirs
    assert page["A1"].alignment.wrap_text
    assert page.cell(1, len(OURS) + 1).alignment.wrap_text


def test_the_list_is_set_up_for_print_and_for_reading(sent: Path) -> None:
    page = openpyxl.load_workbook(sent)["投保企业清单"]
    setup = page.page_setup
    assert (setup.orientation, int(setup.paperSize), int(setup.fitToHeight)) == ("landscape", 9, 0)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.print_title_rows == "$1:$1"
    assert page.freeze_panes == "C2"
    assert page.auto_filter.ref == "A1:AF7"
    assert page.print_area == "'投保企业清单'!$A$1:$X$7"  # the insurer's blank columns are not printed
    assert page.oddFooter.center.text == "第 &P 页，共 &N 页"
    code = hashlib.sha256(by_hand(sample())).hexdigest()[:12]
    assert page.oddHeader.right.text == f"中国信保 第01批　校验码 {code}"
    assert [page[f"{c}2"].alignment.horizontal for c in "ABENV"] == ["center", "center", "left", None, "center"]


def test_the_summary_prints_on_one_page_with_totals_signatures_and_stamp(sent: Path) -> None:
    page = openpyxl.load_workbook(sent)["汇总"]
    setup = page.page_setup
    # one page wide and one high are what a page is without fitToWidth and fitToHeight
    assert (setup.orientation, int(setup.paperSize), setup.fitToHeight, setup.fitToWidth) == ("portrait", 9, None, None)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    cells = {c.value: c for row in page.iter_rows() for c in row if c.value is not None}
    assert {
        "南通市2019年度中小出口企业市级统保平台",
        "南通市商务局",
        "中国出口信用保险公司",
        "第01批",
        "2019-10-08",
    } <= cells.keys()
    assert {"制表：李四", "复核：", "负责人：", "南通市商务局（盖章）"} <= cells.keys()
    rows = {r[0]: r[1:] for r in page.iter_rows(values_only=True)}
    assert rows["方案"] == (
        "企业数(家)",
        "上年出口额(美元)",
        "应收保费(美元)",
        "应收保费(元)",
        "财政承担(元)",
        "企业承担(元)",
    )
    assert rows["方案A"] == (2, 10_877_551.02, 3_263.27, 23_131.00, 23_131.00, 0)
    assert rows["方案B"] == (1, 3_000_100, 3_000.10, 21_265.61, 10_632.80, 10_632.81)
    assert rows["方案D"] == (2, 833_333.34, 250, 1_772.08, 1_772.08, 0)
    assert rows["合计"] == (6, 20_266_539.92, 12_068.93, 85_548.13, 74_915.32, 10_632.81)


# ── the proof ──


def by_hand(rows: pa.Table) -> bytes:
    """The CSV of the default layout, made here by the csv module from the rows alone."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(OURS)

    def money(units: int) -> str:
        return f"{Decimal(units) / 100:.2f}"

    def plain(value: Decimal) -> str:
        return f"{value.normalize():f}"

    for i, r in enumerate(rows.to_pylist(), 1):
        writer.writerow([
            i, r["case_no"], 2019, "南通市商务局", r["name"], r["uscc"], r["customs_code"], r["area"], r["contact"],
            r["phone"], r["plan"], money(r["limit_cents"]), plain(r["rate"]), money(r["exports_cents"]),
            money(r["premium_cents"]), "是" if r["minimum"] else "否", plain(r["fiscal_share"]), plain(r["fx"]),
            money(r["fiscal_fen"]), money(r["enterprise_fen"]), "2019-09-01 至 2020-08-31",
            f"{r['received']:%Y-%m-%d %H:%M:%S}", r["reviewed"] or "", r["remark"] or "",
        ])  # fmt: skip
    return file.getvalue().encode()


def test_the_code_is_the_start_of_the_sha256_of_the_rows_as_csv(tmp_path: Path) -> None:
    path, rows = tmp_path / "b.xlsx", sample(300)
    got = written(path, batch(rows))
    expected = hashlib.sha256(by_hand(rows)).hexdigest()
    assert (got.sha256, got.code, got.rows) == (expected, expected[:12], 300)
    read = read_batch(path)
    assert read.version == {
        "模板版本": "1", "方案": "nantong-2019", "保险人": "中国信保", "批次": "1", "日期": "2019-10-08",
        "版式": "default", "行数": "300", "SHA-256": expected,
    }  # fmt: skip
    assert expected[:12] in {c for row in read.summary or () for c in row}
    assert openpyxl.load_workbook(path)["版本"].sheet_state == "hidden"


def test_the_proof_adds_up_exactly_in_all_and_by_plan(tmp_path: Path) -> None:
    got = written(tmp_path / "b.xlsx", batch())
    totals = (got.totals.exports_cents, got.totals.premium_cents, got.totals.gross_fen)
    assert totals == (2_026_653_992, 1_206_893, 8_554_813)
    assert (got.totals.fiscal_fen, got.totals.enterprise_fen) == (7_491_532, 1_063_281)
    assert {p: t.rows for p, t in got.by_plan.items()} == {"A": 2, "B": 1, "C": 1, "D": 2}
    assert sum(t.fiscal_fen for t in got.by_plan.values()) == 7_491_532


def test_the_same_batch_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        written(tmp_path / name, batch())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"fiscal_fen": 637_948}, id="a fen"),
        pytest.param({"name": "=1+1进出口有限公司 "}, id="a space in a name"),
        pytest.param({"received": datetime(2019, 9, 5, 9, 37, 13)}, id="a second"),
        pytest.param({"fx": Decimal("7.0884")}, id="the exchange rate"),
    ],
)
def test_any_change_of_a_row_gives_another_hash(tmp_path: Path, change: dict[str, object]) -> None:
    assert written(tmp_path / "a", batch(changed(sample(), change))).sha256 != written(tmp_path / "b", batch()).sha256


def changed(rows: pa.Table, change: dict[str, object], row: int = 0) -> pa.Table:
    lines = rows.to_pylist()
    lines[row] |= change
    return pa.Table.from_pylist(lines, schema=rows.schema)


def test_no_schema_error(sent: Path) -> None:
    assert schemacheck.errors(sent) == []


def test_a_city_of_twenty_two_thousand_fits(tmp_path: Path) -> None:
    path, rows = tmp_path / "b.xlsx", sample(22_000)
    got = written(path, batch(rows))
    grid = list_grid(path)
    assert (len(grid), grid[-1][1], got.rows) == (22_001, "NT2019-22000", 22_000)
    assert got.totals.fiscal_fen == sum(rows["fiscal_fen"].to_pylist())
    assert compare(path, batch(rows)) == []


@pytest.mark.parametrize(
    ("scheme", "insurer", "number", "day", "name"),
    [
        (SCHEME, SINOSURE, 1, DAY, "南通市2019年度中小出口企业市级统保平台_中国信保_第01批_20191008.xlsx"),
        (SCHEME, PICC, 12, date(2020, 1, 2), "南通市2019年度中小出口企业市级统保平台_人保财险_第12批_20200102.xlsx"),
        (SCHEME.model_copy(update={"title": 'A/B:C*"D"'}), PICC, 123, DAY, "A_B_C__D__人保财险_第123批_20191008.xlsx"),
    ],
    ids=["first batch", "twelfth batch of the other insurer", "what Windows forbids in names"],
)
def test_file_names(scheme: Scheme, insurer: Insurer, number: int, day: date, name: str) -> None:
    assert file_name(scheme, insurer, number, day) == name


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        pytest.param(sample().drop_columns(["plan", "fiscal_fen"]), "缺少列：plan、fiscal_fen", id="columns missing"),
        pytest.param(sample().drop_columns(["phone"]), "缺少列：phone", id="a column of the layout missing"),
        pytest.param(changed(sample(), {"case_no": "NT2019-0002"}), "受理编号有空白或重复", id="a row key twice"),
        pytest.param(changed(sample(), {"case_no": None}), "受理编号有空白或重复", id="a row key missing"),
        pytest.param(
            sample().set_column(10, "exports_cents", pa.array([1.0] * 6)), "exports_cents 应为 int64，现为 double",
            id="an amount as float",
        ),
    ],
)  # fmt: skip
def test_rows_that_do_not_fit_are_refused_before_anything_is_written(tmp_path: Path, rows: pa.Table, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        written(tmp_path / "b.xlsx", batch(rows))
    assert list(tmp_path.iterdir()) == []


# ── a sent sheet read back ──

LETTERS = dict(zip(OURS, "ABCDEFGHIJKLMNOPQRSTUVWX", strict=True))


def edited(path: Path, target: Path, change: Callable[[openpyxl.Workbook], None]) -> Path:
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(target)
    return target


def in_cell(cell: str, value: object, sheet: str = "投保企业清单") -> Callable[[openpyxl.Workbook], None]:
    def change(book: openpyxl.Workbook) -> None:
        book[sheet][cell].value = value

    return change


@pytest.mark.parametrize("how", ["as written", "by LibreOffice", "by openpyxl", "by LibreOffice by way of .ods"])
def test_a_resave_is_no_difference(sent: Path, tmp_path: Path, how: str) -> None:
    path = sent
    if how == "by openpyxl":
        path = edited(sent, tmp_path / "b.xlsx", lambda book: None)
    elif how != "as written":
        if "ods" in how:
            path = convert(path, tmp_path, "ods")
        path = convert(path, tmp_path / "again", "xlsx")
    assert compare(path, batch()) == []


@pytest.mark.parametrize(
    ("cell", "value", "expected", "found"),
    [
        ("E3", "南通另一家公司", "+南通示例纺织有限公司", "南通另一家公司"),
        ("F2", "91320602MA1X000017X"[:18], "91320602MA1X000007"[:18], "91320602MA1X000017"),
        ("J2", 13800000000, "013800000000", "13800000000"),
        ("K4", "A", "B", "A"),
        ("N2", 3000000.01, "3000000.00", "3000000.01"),
        ("M2", 0.0004, "0.0003", "0.0004"),
        ("R7", 7.08831, "7.0883", "7.08831"),
        ("S7", 1063.24, "1063.25", "1063.24"),
        ("P6", "否", "是", "否"),
        ("V2", datetime(2019, 9, 5, 9, 37, 13), "2019-09-05 09:37:12", "2019-09-05 09:37:13"),
        ("W3", date(2019, 9, 7), "2019-09-06", "2019-09-07"),
        ("X2", "加了一句", "", "加了一句"),
        ("S2", "缺", "6379.47", "缺"),
        ("S2", None, "6379.47", ""),
    ],
    ids=[
        "a name", "a code", "a phone that lost its zero", "a plan", "a cent", "a rate", "an exchange rate", "a fen",
        "a tick", "a second", "a day", "a remark", "an amount that is none", "an emptied cell",
    ],
)  # fmt: skip
def test_one_changed_cell_is_named(
    sent: Path, tmp_path: Path, cell: str, value: object, expected: str, found: str
) -> None:
    path = edited(sent, tmp_path / "b.xlsx", in_cell(cell, value))
    heading = next(h for h, letter in LETTERS.items() if letter == cell[0])
    (got,) = compare(path, batch())
    assert (got.sheet, got.cell, got.heading, got.expected, got.found) == (
        "投保企业清单",
        cell,
        heading,
        expected,
        found,
    )


def test_a_changed_cell_is_named_after_libreoffice_saved_the_file(sent: Path, tmp_path: Path) -> None:
    path = convert(edited(sent, tmp_path / "b.xlsx", in_cell("S7", 1063.24)), tmp_path, "xlsx")
    assert [(d.cell, d.expected, d.found) for d in compare(path, batch())] == [("S7", "1063.25", "1063.24")]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(in_cell("Y2", "POL-1"), id="the insurer's answer"),
        pytest.param(in_cell("AF2", "不予承保"), id="the insurer's refusal"),
        pytest.param(in_cell("C17", "复核：王五", "汇总"), id="a signature"),
        pytest.param(in_cell("A30", "附言", "汇总"), id="a line below the summary"),
        pytest.param(in_cell("S7", "1,063.25"), id="an amount as text"),
        pytest.param(in_cell("S7", 1063.2500000001), id="the dust of binary fractions"),
        pytest.param(in_cell("W3", "2019-09-06"), id="a date as text"),
        pytest.param(lambda book: book["投保企业清单"].move_range("A2:AF2", rows=10), id="a row moved to the end"),
        pytest.param(lambda book: book["投保企业清单"].insert_cols(3), id="a column put in between"),
        pytest.param(lambda book: book["投保企业清单"].insert_rows(4), id="a blank row put in between"),
    ],
)  # fmt: skip
def test_what_is_no_difference(sent: Path, tmp_path: Path, change: Callable[[openpyxl.Workbook], None]) -> None:
    assert compare(edited(sent, tmp_path / "b.xlsx", change), batch()) == []


def add_row(book: openpyxl.Workbook) -> None:
    book["投保企业清单"].cell(8, 2).value = "NT2019-0099"


def remove(name: str) -> Callable[[openpyxl.Workbook], None]:
    return lambda book: book.remove(book[name])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(
            lambda book: book["投保企业清单"].delete_rows(4),
            [("投保企业清单", "", "受理编号", "NT2019-0003", "没有这一行")], id="a row gone",
        ),
        pytest.param(
            add_row, [("投保企业清单", "B8", "受理编号", "", "多出一行：NT2019-0099")], id="a row more",
        ),
        pytest.param(
            in_cell("B4", "NT2019-0088"), [("投保企业清单", "B4", "受理编号", "NT2019-0003", "NT2019-0088")],
            id="a changed row key",
        ),
        pytest.param(
            in_cell("B4", "NT2019-0002"),
            [
                ("投保企业清单", "", "受理编号", "NT2019-0003", "没有这一行"),
                ("投保企业清单", "B4", "受理编号", "", "多出一行：NT2019-0002"),
            ],
            id="a row key twice",
        ),
        pytest.param(
            in_cell("E1", "企业名称"), [("投保企业清单", "E1", "被保险人名称", "被保险人名称", "企业名称")],
            id="a heading",
        ),
        pytest.param(
            in_cell("Z1", None), [("投保企业清单", "Z1", "保单录入日期", "保单录入日期", "")], id="an answer's heading",
        ),
        pytest.param(remove("投保企业清单"), [("投保企业清单", "", "", "工作表在", "没有这张表")], id="the list gone"),
        pytest.param(remove("汇总"), [("汇总", "", "", "工作表在", "没有这张表")], id="the summary gone"),
        pytest.param(remove("版本"), [("版本", "", "", "工作表在", "没有这张表")], id="the version sheet gone"),
        pytest.param(in_cell("F10", 1, "汇总"), [("汇总", "F10", "", "23131.00", "1")], id="a total"),
        pytest.param(in_cell("E7", "0" * 12, "汇总"), [("汇总", "E7", "", "CODE", "0" * 12)], id="the code"),
        pytest.param(in_cell("B5", 2, "版本"), [("版本", "B5", "批次", "1", "2")], id="the batch in the version sheet"),
    ],
)  # fmt: skip
def test_what_is_missing_moved_or_more_is_told(
    sent: Path, tmp_path: Path, change: Callable[[openpyxl.Workbook], None], told: list[tuple[str, ...]]
) -> None:
    code = hashlib.sha256(by_hand(sample())).hexdigest()[:12]
    got = compare(edited(sent, tmp_path / "b.xlsx", change), batch())
    expected = [tuple(part.replace("CODE", code) for part in d) for d in told]
    assert [(d.sheet, d.cell, d.heading, d.expected, d.found) for d in got] == expected


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "文件不存在"),
        (b"", "打不开：文件里没有数据"),
        (b"PK\x03\x04 half a zip", "打不开：文件已损坏"),
        ("序号,受理编号\n1,NT2019-0001\n".encode(), "打不开：这不是 Excel 工作簿"),
    ],
    ids=["no file", "an empty file", "half a file", "a CSV under that name"],
)
def test_a_file_that_does_not_open_is_a_difference(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "b.xlsx"
    if content is not None:
        path.write_bytes(content)
    (got,) = compare(path, batch())
    assert (got.sheet, got.cell, got.expected) == ("", "", "报送时的工作簿")
    assert got.found.startswith(told)


# ── layouts ──

OWN = """
title = "人保"
[[column]]
field = "case_no"
heading = "受理号"
width = 14
[[column]]
field = "exports_cents"
heading = "出口额"
unit = "万美元"
[[column]]
field = "gross_fen"
heading = "保费"
unit = "万元"
[[column]]
field = "cover_start"
heading = "起保"
[[column]]
heading = "贵司编号"
blank = true
[[column]]
field = "policy_no"
heading = "保单"
blank = true
[[column]]
field = "name"
heading = "企业"
"""


def test_a_layout_of_a_file_gives_its_columns_order_headings_and_units(tmp_path: Path) -> None:
    file, path = tmp_path / "picc.toml", tmp_path / "b.xlsx"
    file.write_text(OWN, "utf-8")
    own = layouts.load(path=file)
    assert (own.name, own.title) == ("picc", "人保")
    got = written(path, batch(layout=own))
    grid = list_grid(path)
    assert grid[0] == ["受理号", "出口额(万美元)", "保费(万元)", "起保", "贵司编号", "保单", "企业"]
    assert grid[2] == ["NT2019-0002", 787.755102, 1.675153, date(2019, 9, 1), "", "", NAMES[1]]
    lines = [
        "受理号,出口额(万美元),保费(万元),起保,企业", "NT2019-0001,300,0.637947,2019-09-01,=1+1进出口有限公司",
        "NT2019-0002,787.755102,1.675153,2019-09-01,+南通示例纺织有限公司",
        "NT2019-0003,300.01,2.126561,2019-09-01,-1科技", "NT2019-0004,555.555556,3.937944,2019-09-01,@SUM(A1)贸易",
        'NT2019-0005,33.333334,0.070883,2019-09-01,"""引号""，逗号,有限公司"',
        'NT2019-0006,50,0.106325,2019-09-01,"换行\n有限公司"', "",
    ]  # fmt: skip
    assert got.sha256 == hashlib.sha256("\n".join(lines).encode()).hexdigest()
    assert compare(path, batch(layout=own)) == []
    changed_cell = edited(path, tmp_path / "c.xlsx", in_cell("B3", 787.755103))
    assert [(d.cell, d.expected, d.found) for d in compare(changed_cell, batch(layout=own))] == [
        ("B3", "787.755102", "787.755103")
    ]


KEY = '[[column]]\nfield = "case_no"\nheading = "受理编号"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (KEY + '[[column]]\nfeild = "name"\n', ["x.toml：column[2].feild：不认识", "是否想写 field", "可用的键"]),
        ('titel = "a"\n' + KEY, ["x.toml：titel：不认识的键", "是否想写 title"]),
        (KEY + '[[column]]\nfield = "nmae"\nheading = "a"\n', ["[2].field：没有 nmae", "是否想写 name", "uscc（"]),
        (KEY + '[[column]]\nfield = "policy_no"\nheading = "a"\n', ["没有 policy_no", "请加 blank = true"]),
        (KEY + '[[column]]\nfield = "name"\nheading = "a"\nblank = true\n', ["没有 name", "请去掉 blank"]),
        (KEY + '[[column]]\nheading = "a"\n', ["column[2].field：没有 （空）"]),
        (KEY + '[[column]]\nfield = "name"\n', ["column[2].heading：没有列名"]),
        (KEY + '[[column]]\nfield = "fiscal_fen"\nheading = "a"\nunit = "美元"\n', ["[2].unit：美元", "元、万元"]),
        (KEY + '[[column]]\nfield = "name"\nheading = "a"\nunit = "元"\n', ["column[2].unit：元", "不带单位"]),
        (KEY + '[[column]]\nfield = "name"\nheading = "a"\nwidth = 0\n', ["column[2].width", "0 与 255 之间"]),
        (KEY + '[[column]]\nfield = "name"\nheading = "a"\nwidth = "宽"\n', ["column[2].width：应为数字"]),
        (KEY + '[[column]]\nfield = "name"\nheading = "受理编号"\n', ["列名重复：受理编号"]),
        (KEY + '[[column]]\nfield = "case_no"\nheading = "a"\n', ["field重复：case_no"]),
        ('[[column]]\nfield = "name"\nheading = "a"\n', ['缺少 field = "case_no"（受理编号）一列']),
        ('title = "a"\n', ["缺少 [[column]]"]),
        ('column = 3\n', ["缺少 [[column]]"]),
        ("[[column]\n", ["x.toml：不是合法的 TOML"]),
    ],
    ids=[
        "an unknown key", "an unknown key of the file", "an unknown field", "an answer without blank",
        "our field as blank", "no field", "no heading", "dollars for yuan", "a unit for text", "no width",
        "width as text", "a heading twice", "a field twice", "no row key", "no columns", "another kind", "no TOML",
    ],
)  # fmt: skip
def test_a_wrong_layout_says_where_and_what_to_do(tmp_path: Path, text: str, told: list[str]) -> None:
    file = tmp_path / "x.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(LayoutError) as caught:
        layouts.load(path=file)
    assert [part for part in told if part not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"name": "defalt"}, ["没有报送表版式 defalt", "是否想写 default", "现有版式：default"]),
        ({"path": Path("/nowhere/x.toml")}, [f"{Path('/nowhere/x.toml')}：读不了"]),
    ],
    ids=["a name that does not exist", "a file that does not exist"],
)
def test_a_missing_layout_says_which(arguments: dict[str, object], told: list[str]) -> None:
    with pytest.raises(LayoutError) as caught:
        layouts.load(**arguments)  # type: ignore[arg-type]
    assert [part for part in told if part not in str(caught.value)] == []


def test_a_layout_that_is_not_utf8_says_so(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(KEY.encode("gb18030"))
    with pytest.raises(LayoutError, match=r"x.toml：不是 UTF-8 文本"):
        layouts.load(path=file)
