"""Every problem that one file can raise: a case that raises it, at its cell, and a neighbour that must not.

Severities are those of DESIGN §3: a short list of errors, and everything else a warning.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from rosters import (
    HEADINGS,
    SHEET,
    TODAY,
    Answer,
    Formula,
    clean_row,
    nantong,
    quote_file,
    run,
    table,
    uscc,
    write_xlsx,
)

from xltools.catalogue.problems import problems_by_code
from xltools.catalogue.reasons import reasons_by_code
from xltools.desk.errors import BadInput
from xltools.desk.inputs import read_input
from xltools.roster.problems import FileRefused
from xltools.sheets.intake.read import read_roster

Quoted = Callable[..., Answer]
Cells = dict[str, Any]

ACROSS = {
    # raised by `collect`, which knows the workspace: tests/desk/test_collect.py
    "FILE_OLD_ROUND", "FILE_NO_VERSION", "FILE_DISTRICT", "GONE", "SAME_NAME", "SIMILAR_NAME",
    "AREA_OTHER_FILE", "TWO_DISTRICTS", "DISTRICT_INFORCE", "RECEIVED_EARLIER", "CUSTOMS_DIFFERS", "CUSTOMS_NAME",
    # raised by `review`, which knows the ledger: tests/desk/test_review.py
    "UNKNOWN_FIRM", "GROUNDS_MISSING",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    code: str
    column: str
    raises: Cells
    spares: Cells
    severity: str = "error"


def digits_only() -> str:
    """A valid code of digits alone."""
    for number in range(10_000_000, 10_001_000):
        weights = (3, 7, 9, 10, 5, 8, 4, 2)
        check = (11 - sum(int(c) * w for c, w in zip(str(number), weights, strict=True)) % 11) % 11
        if check < 10 and (code := uscc(0, tail=f"{number}{check}")).isdigit():
            return code
    raise AssertionError


GOOD = uscc(900)
WRONG_CHECK = GOOD[:-1] + ("A" if GOOD[-1] != "A" else "B")
TODAY_LATE = datetime(2019, 12, 31, 23, 59)
TOMORROW = datetime(2020, 1, 1)

CASES = [
    # required cells
    Case("REQUIRED", "B", {"name": None}, {"name": "甲"}),
    Case("REQUIRED", "C", {"uscc": " \u3000"}, {"uscc": uscc(901)}),
    Case("REQUIRED", "D", {"customs_code": None}, {"customs_code": "3206960901"}),
    Case("REQUIRED", "E", {"area": "\xa0"}, {"area": "其他"}),
    Case("REQUIRED", "F", {"contact": "\u200b"}, {"contact": "李"}),
    Case("REQUIRED", "G", {"phone": None}, {"phone": "0513-85000000"}),
    Case("REQUIRED", "H", {"exports": None}, {"exports": 0}),
    Case("REQUIRED", "F", {"contact": "／"}, {"contact": "吴"}),
    Case("REQUIRED", "O", {"received": "—"}, {"received": "—", "opinion": "补正"}),
    Case("REQUIRED", "L", {"insured": None}, {"insured": "平台续保"}),
    Case("REQUIRED", "O", {"received": None}, {"received": None, "opinion": "补正"}),
    # choices
    Case("CHOICE", "E", {"area": "海门区"}, {"area": " 崇川 "}),
    Case("CHOICE", "E", {"area": "如皋市"}, {"area": "经开区"}),
    Case("CHOICE", "I", {"wish": "E"}, {"wish": "方案A"}),
    Case("CHOICE", "J", {"copay": "同意"}, {"copay": "否"}),
    Case("CHOICE", "K", {"insurer": "平安"}, {"insurer": "中国人民财产保险股份有限公司"}),
    Case("CHOICE", "L", {"insured": "无"}, {"insured": "未投保"}),
    Case("CHOICE", "M", {"priorities": "1,7"}, {"priorities": "6、1，3"}),
    Case("CHOICE", "M", {"priorities": "是"}, {"priorities": 3}),
    Case("CHOICE", "N", {"policy": "1"}, {"policy": "是"}),
    Case("CHOICE", "P", {"opinion": "通过"}, {"opinion": "不 同 意"}),
    Case("CHOICE", "AD", {"size": "中小型"}, {"size": "微型"}),
    Case("CHOICE", "AE", {"tier": "是"}, {"tier": "小巨人"}),
    # cells of spreadsheets
    Case("CELL_ERROR", "H", {"exports": Formula("=1/0", "#DIV/0!")}, {"exports": Formula("=1/1", 5_000_000)}),
    Case("CELL_ERROR", "C", {"uscc": Formula("=X1", "#REF!")}, {"uscc": Formula("=X1", uscc(902))}),
    Case("CELL_ERROR", "AF", {"remark": Formula("=NA()", "#N/A")}, {"remark": "N/A"}),
    Case("CELL_ERROR", "A", {"no": Formula("=A0+1", "#NAME?")}, {"check": Formula("=A0+1", "#NAME?")}),
    Case("TOTAL_ROW", "A", {"no": "合计", "name": None, "uscc": None}, {"name": "合计量具南通有限公司"}),
    Case("TOTAL_ROW", "A", {"name": "　合　计："}, {"address": "合计"}),
    Case("TOTAL_ROW", "A", {"area": "总 计"}, {"reviewer": "总计"}),
    Case("TOTAL_ROW", "A", {"contact": "小计\xa0"}, {"contact": "小季"}),
    # 统一社会信用代码
    Case("USCC_NUMBER", "C", {"uscc": 913206021234567890}, {"uscc": digits_only()}),
    Case("USCC_NUMBER", "C", {"uscc": 9.13206e17}, {"uscc": uscc(903)}),
    Case("USCC_NUMBER", "C", {"uscc": "9.13206E+17"}, {"uscc": uscc(914)}),
    Case("USCC_LENGTH", "C", {"uscc": GOOD[:-1]}, {"uscc": f" {GOOD[:6]} {GOOD[6:]} "}),
    Case("USCC_LENGTH", "C", {"uscc": GOOD + "1"}, {"uscc": "".join(chr(ord(c) + 0xFEE0) for c in uscc(904))}),
    Case("USCC_LENGTH", "C", {"uscc": 91320602}, {"uscc": uscc(905).lower()}),
    Case("USCC_CHARS", "C", {"uscc": GOOD[:-3] + "O" + GOOD[-2:]}, {"uscc": uscc(906)}),
    Case("USCC_CHARS", "C", {"uscc": "南通示例九一三二零六零二零零零零零零零零"[:18]},
         {"uscc": f"{uscc(907)[:8]}-{uscc(907)[8:]}"}),
    Case("USCC_CHECK", "C", {"uscc": WRONG_CHECK}, {"uscc": uscc(908)}),
    Case("USCC_CHECK", "C", {"uscc": GOOD[:2] + "01" + GOOD[4:]}, {"uscc": "'" + uscc(909)}),
    Case("USCC_ORG", "C", {"uscc": uscc(0, tail="MA0000010")}, {"uscc": uscc(910)}, "warning"),
    Case("USCC_REGISTRAR", "C", {"uscc": uscc(911, "51320602")}, {"uscc": uscc(911, "92320602")}, "warning"),
    Case("USCC_REGISTRAR", "C", {"uscc": uscc(912, "12320602")}, {"uscc": uscc(912, "93320602")}, "warning"),
    Case("USCC_REGION", "C", {"uscc": uscc(913, "91310115")}, {"uscc": uscc(913, "91320684")}, "warning"),
    # 海关注册编码
    Case("CUSTOMS_CODE_LENGTH", "D", {"customs_code": "320696001"}, {"customs_code": "32069 60911"}),
    Case("CUSTOMS_CODE_LENGTH", "D", {"customs_code": 32069600171}, {"customs_code": 3206960912}),
    Case("CUSTOMS_CODE_LENGTH", "D", {"customs_code": "320696.001"}, {"customs_code": "320696-0914"}),
    Case("DIGITS_LOST", "D", {"customs_code": "3.20696E+09"}, {"customs_code": "320696E009"}),
    Case("DIGITS_LOST", "D", {"customs_code": 3206960000}, {"customs_code": "3206960000"}),
    Case("DIGITS_LOST", "G", {"phone": "1.380000E+10"}, {"phone": "1.3800138E10"}),
    Case("DIGITS_LOST", "AF", {"remark": "2.01909E+15"}, {"remark": 201909050000}),
    Case("DIGITS_LOST", "G", {"phone": 13800000000}, {"phone": 13800010000 + 1}),
    Case("CUSTOMS_CODE_FORM", "D", {"customs_code": "3206060017"}, {"customs_code": "32069l0017"}, "warning"),
    Case("CUSTOMS_CODE_FORM", "D", {"customs_code": "海关编码共有十个汉字"}, {"customs_code": "320694A017"}, "warning"),
    Case("CUSTOMS_CODE_REGION", "D", {"customs_code": "3101960017"}, {"customs_code": "3206960913"}, "warning"),
    # 手机, 电子邮箱
    Case("PHONE", "G", {"phone": "1380000000"}, {"phone": "13800000000"}),
    Case("PHONE", "G", {"phone": "23800000000"}, {"phone": 19900000000}),
    Case("PHONE", "G", {"phone": "051312"}, {"phone": "051385000000"}),
    Case("PHONE", "G", {"phone": "没有"}, {"phone": "（0513）8500 0000转8"}),
    Case("PHONE", "G", {"phone": "138000000001"}, {"phone": "400-800-1234"}),
    Case("PHONE", "G", {"phone": "600-800-1234"}, {"phone": "8008001234"}),
    Case("PHONE", "G", {"phone": "+1 212 555 0100"}, {"phone": "+86 138 0013 8000"}),
    Case("PHONE", "G", {"phone": "138-0013-800"}, {"phone": "1.38001380E10"}),
    Case("EMAIL", "AC", {"email": "demo.example.com"}, {"email": "demo@example.com"}, "warning"),
    Case("EMAIL", "AC", {"email": "a@b"}, {"email": " ａ＠ｂ．ｃｎ "}, "warning"),
    # amounts
    Case("AMOUNT_TEXT", "H", {"exports": "约300万"}, {"exports": "3,000,000"}),
    Case("AMOUNT_TEXT", "S", {"before": "不详"}, {"before": "０"}),
    Case("AMOUNT_TEXT", "H", {"exports": "3500000①"}, {"exports": "３５０００００"}),
    Case("AMOUNT_TEXT", "H", {"exports": "3000000\n400000"}, {"exports": "3000000\n"}),
    Case("AMOUNT_TEXT", "H", {"exports": "3.5E+06"}, {"exports": "3.5000001E6"}),
    Case("AMOUNT_NEGATIVE", "H", {"exports": -0.01}, {"exports": -1e-9}),
    Case("AMOUNT_NEGATIVE", "T", {"key_exports": "-5"}, {"key_exports": "+5"}),
    Case("AMOUNT_FINER", "H", {"exports": 500_000.005}, {"exports": 500_000.00000001}),
    Case("AMOUNT_FINER", "Z", {"central_asia": "0.001"}, {"central_asia": "0.010"}),
    Case("AMOUNT_HUGE", "H", {"exports": 1e17}, {"exports": 1e14}),
    Case("AMOUNT_LIKE_DATE", "H", {"exports": 20190905}, {"exports": 20190905.5}, "warning"),
    Case("AMOUNT_LIKE_DATE", "H", {"exports": "20190905"}, {"exports": 20191305}, "warning"),
    Case("KEY_ABOVE_TOTAL", "T", {"key_exports": 5_000_000.01}, {"key_exports": 5_000_000}),
    Case("REGION_ABOVE_TOTAL", "U", {"latin": 5_000_000.01}, {"latin": 5_000_000}),
    Case("REGION_ABOVE_TOTAL", "V", {"africa": 6_000_000}, {"africa": 4_000_000}),
    Case("REGION_ABOVE_TOTAL", "W", {"middle_east": 6_000_000}, {"middle_east": 0}),
    Case("REGION_ABOVE_TOTAL", "X", {"east_europe": 6_000_000}, {"east_europe": None}),
    Case("REGION_ABOVE_TOTAL", "Y", {"southeast_asia": 6_000_000}, {"southeast_asia": "5000000.00"}),
    Case("REGION_ABOVE_TOTAL", "Z", {"central_asia": 6_000_000}, {"before": 6_000_000}),
    Case("REGIONS_SUM_ABOVE", "H", {"latin": 3_000_000, "africa": 2_000_000.01}, {"latin": 3_000_000,
                                                                                  "africa": 2_000_000},
         "warning"),
    Case("REGIONS_SUM_ABOVE", "H", {"exports": 1, "latin": 0.6, "africa": 0.6}, {"exports": 1, "latin": 0.6,
                                                                                 "africa": 0.4},
         "warning"),
    Case("ZERO_EXPORTS", "H", {"exports": 0}, {"exports": 0.01}, "warning"),
    # dates
    Case("DATE_INVALID", "O", {"received": "2019-02-30"}, {"received": "2019年9月5日9时"}),
    Case("DATE_INVALID", "R", {"reviewed": "昨天"}, {"reviewed": "2019/9/6"}),
    Case("DATE_INVALID", "O", {"received": "16:30"}, {"received": "2019-09-05 16:30"}),
    Case("DATE_INVALID", "O", {"received": datetime(2016, 12, 31, 23, 59)}, {"received": datetime(2017, 1, 1, 9)}),
    Case("DATE_INVALID", "R", {"reviewed": "1919-09-06"}, {"reviewed": "19年9月6日"}),
    Case("DATE_FUTURE", "O", {"received": TOMORROW}, {"received": TODAY_LATE}),
    Case("DATE_FUTURE", "R", {"reviewed": date(2020, 1, 1)}, {"reviewed": TODAY_LATE}),
    Case("DATE_WINDOW", "O", {"received": datetime(2018, 12, 31, 23, 59)}, {"received": datetime(2019, 1, 1, 0, 1)},
         "warning"),
    Case("DATE_WINDOW", "O", {"received": datetime(2018, 9, 5, 9, 0)}, {"reviewed": date(2018, 9, 5)}, "warning"),
    Case("TIME_MISSING", "O", {"received": date(2019, 9, 5)}, {"received": "2019-09-05 00:01"}, "warning"),
    Case("TIME_MISSING", "O", {"received": "2019/9/5"}, {"received": None, "opinion": None}, "warning"),
    Case("SIZE_LARGE", "AD", {"size": "大型"}, {"size": "中型"}, "warning"),
]  # fmt: skip

ROW_CODES = {c.code for c in CASES}


@pytest.fixture(scope="module")
def raising(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    return run(tmp_path_factory.mktemp("raising"), [c.raises for c in CASES])


@pytest.fixture(scope="module")
def sparing(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    return run(tmp_path_factory.mktemp("sparing"), [c.spares for c in CASES])


def at_row(answer: Answer, i: int) -> list[tuple[str, str, str]]:
    return [(p.code, p.cell, p.severity) for p in answer.quote.roster.placed() if p.row == 5 + i]


IDS = [f"{c.code} {list(c.raises.values())[-1]!r}" for c in CASES]


@pytest.mark.parametrize(("i", "case"), list(enumerate(CASES)), ids=IDS)
def test_raised_at_its_cell(i: int, case: Case, raising: Answer) -> None:
    found = at_row(raising, i)
    assert (case.code, f"{case.column}{5 + i}", case.severity) in found
    row = raising.rows[i]
    assert case.code in row["说明代码"].split(";")
    if case.severity == "error":
        assert row["资格"] == "待补正" or "不在" in row["资格"]
    else:
        assert {s for _, _, s in found} == {"warning"}
        assert row["资格"] == "符合条件"


@pytest.mark.parametrize(("i", "case"), list(enumerate(CASES)),
                         ids=[f"{c.code} {list(c.spares.values())[-1]!r}" for c in CASES])  # fmt: skip
def test_the_neighbour_is_spared(i: int, case: Case, sparing: Answer) -> None:
    assert case.code not in [code for code, _, _ in at_row(sparing, i)]


def test_a_problem_says_where_what_and_what_to_do(raising: Answer) -> None:
    for placed in raising.quote.roster.placed():
        assert placed.file == "汇总表.xlsx"
        assert placed.sheet == SHEET
        assert placed.cell
        assert placed.message
        assert placed.hint
        assert "{" not in placed.message + placed.hint


SAID = [
    ({"area": "海门区"}, "海门市"),
    ({"area": "崇川去"}, "崇川区"),
    ({"insured": "未投"}, "未投保"),
    ({"uscc": GOOD[:-1]}, "17"),
    ({"uscc": uscc(0, tail="MA0000102").replace("0", "O", 1)}, "是否为"),
    ({"exports": "约300万"}, "约300万"),
    ({"received": "2019-02-30"}, "2019-02-30"),
]


@pytest.mark.parametrize(("cells", "said"), SAID, ids=[s for _, s in SAID])
def test_messages_help(quoted: Quoted, cells: Cells, said: str) -> None:
    assert said in quoted([cells]).quote.roster.placed()[0].message


# ── problems of several rows, and of rows as such ──


def test_duplicates_mark_all_their_rows(quoted: Quoted) -> None:
    one, two = uscc(901), uscc(902)
    answer = quoted(
        [
            {"uscc": one},
            {"uscc": two},
            {"uscc": one.lower()},
            {"uscc": f"{one[:9]} {one[9:]}"},
            {"uscc": None},
            {"uscc": None},
        ]
    )
    found = [(p.code, p.cell, p.severity) for p in answer.quote.roster.placed() if p.code == "DUPLICATE"]
    assert found == [("DUPLICATE", f"C{y}", "error") for y in (5, 7, 8)]
    assert "5、7、8" in answer.quote.roster.placed()[0].message
    assert answer.column("资格") == ["待补正", "符合条件", "待补正", "待补正", "待补正", "待补正"]


def test_the_same_name_or_customs_code_twice_is_no_duplicate(quoted: Quoted) -> None:
    answer = quoted([{"name": "甲", "customs_code": "3206960001"}] * 2)
    assert answer.column("资格") == ["符合条件"] * 2


def test_a_total_row_has_no_second_mistake_and_counts_for_nothing(quoted: Quoted) -> None:
    blank = dict.fromkeys(HEADINGS)
    answer = quoted(
        [{}, blank | {"name": "合计", "exports": 5_000_000, "phone": "12"}, blank | {"no": "总计", "exports": 1}]
    )
    assert answer.problems() == [("LINES_PASSED", "A7", "warning"), ("TOTAL_ROW", "A6", "error")]
    assert len(answer.rows) == 2, "a total and nothing else is no row at all"


def test_hidden_rows_are_read_and_said(quoted: Quoted) -> None:
    answer = quoted([{}, {}, {}], hidden_rows=[6])
    assert answer.problems() == [("HIDDEN_ROW", "B6", "warning")]
    assert answer.column("资格") == ["符合条件"] * 3


def test_a_hidden_row_outside_the_data_says_nothing(quoted: Quoted) -> None:
    assert quoted([{}], hidden_rows=[2, 9]).problems() == []


def test_merged_cells_in_the_data_are_said(quoted: Quoted) -> None:
    answer = quoted([{}, {}], merged=["AF5:AF6"])
    assert answer.problems() == [("MERGED_CELLS", "AF5", "warning")]


def test_merged_cells_above_the_headings_say_nothing(quoted: Quoted) -> None:
    assert quoted([{}], merged=["A1:H1", "A2:C3"]).problems() == []


@pytest.mark.parametrize(
    ("amounts", "suspect"),
    [
        pytest.param([4_999.99] * 10, True, id="ten rows below 5,000"),
        pytest.param([4_999.99] * 9, False, id="nine rows are too few"),
        pytest.param([5_000] * 10, False, id="5,000 itself is not below"),
        pytest.param([0] * 20 + [300] * 10, True, id="zeros do not count"),
        pytest.param([0] * 20 + [300] * 9, False, id="zeros do not fill up the ten"),
        pytest.param([300] * 6 + [9_000_000] * 5, True, id="the median decides"),
        pytest.param([300] * 5 + [9_000_000] * 6, False, id="the median decides, the other way"),
    ],
)
def test_a_column_probably_in_ten_thousands(quoted: Quoted, amounts: list[float], suspect: bool) -> None:
    answer = quoted([{"exports": a} for a in amounts])
    found = [(p.code, p.cell, p.severity) for p in answer.quote.roster.placed() if p.code == "UNIT_SUSPECT"]
    assert found == ([("UNIT_SUSPECT", "H4", "warning")] if suspect else [])
    assert set(answer.column("资格")) <= {"符合条件", "不在出口额区间"}


def test_the_end_of_the_acceptance_window_belongs_to_it(quoted: Quoted) -> None:
    rows = [{"received": datetime(2020, 8, 31, 23, 59)}, {"received": datetime(2020, 9, 1, 0, 1)}]
    answer = quoted(rows, today=date(2021, 1, 1))
    assert answer.problems() == [("DATE_WINDOW", "O6", "warning")]


# ── problems of the file ──


def with_formula(folder: Path, cell: str | None) -> Path:
    """openpyxl writes formulas without a value."""
    path = write_xlsx(folder / "in.xlsx", table([{}]))
    book = openpyxl.load_workbook(path)
    book[SHEET][cell or "AG5"] = "=1+1"
    book.save(path)
    return path


@pytest.mark.parametrize("cell", ["H5", "S5", "C5", "O5"])
def test_a_formula_without_a_value_is_an_error(tmp_path: Path, cell: str) -> None:
    answer = quote_file(with_formula(tmp_path, cell))
    assert answer.problems() == [("FORMULA_NO_VALUE", cell, "error")]
    assert answer.row["资格"] == "待补正"


def test_the_check_column_may_be_without_a_value(tmp_path: Path) -> None:
    assert quote_file(with_formula(tmp_path, None)).problems() == []


def with_member(folder: Path, name: str, content: bytes, flags: int = 0) -> Path:
    path = write_xlsx(folder / "in.xlsx", table([{}]))
    with zipfile.ZipFile(path, "a") as package:
        package.writestr(name, content)
    if flags:
        data = bytearray(path.read_bytes())
        data[data.rindex(b"PK\x01\x02") + 8] |= flags
        path.write_bytes(bytes(data))
    return path


def edited(folder: Path, old: bytes, new: bytes, member: str = "xl/worksheets/sheet1.xml") -> Path:
    path = write_xlsx(folder / "whole.xlsx", table([{}]))
    target = folder / "in.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as package:
        for info in source.infolist():
            content = source.read(info)
            if info.filename == member:
                assert old in content
                content = content.replace(old, new)
            package.writestr(info.filename, content)
    return target


def as_bytes(folder: Path, content: bytes) -> Path:
    path = folder / "in.xlsx"
    path.write_bytes(content)
    return path


def encrypted(folder: Path) -> Path:
    """The smallest OLE2 file with a stream EncryptedPackage: header, one FAT sector, one directory sector."""
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6))
    header += bytes(10) + struct.pack("<IIIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    header += b"\xff\xff\xff\xff" * ((512 - len(header)) // 4)
    fat = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE) + b"\xff" * 504

    def entry(name: str, kind: int, child: int) -> bytes:
        text = name.encode("utf-16-le") + b"\0\0"
        head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return head + bytes(36) + struct.pack("<IQ", 0xFFFFFFFE, 0)

    directory = entry("Root Entry", 5, 1) + entry("EncryptedPackage", 2, 0xFFFFFFFF) + bytes(256)
    return as_bytes(folder, bytes(header) + fat + directory)


def far_apart(folder: Path) -> Path:
    book = xlsxwriter.Workbook(folder / "in.xlsx")
    page = book.add_worksheet(SHEET)
    page.write_string("A1", "企业名称")
    page.write_number("XFD1048576", 1)
    book.close()
    return folder / "in.xlsx"


def with_version(folder: Path, scheme: str) -> Path:
    """A roster with the template's hidden sheet 版本 (DESIGN §4: template version, scheme id, district, round)."""
    path = write_xlsx(folder / "in.xlsx", table([{}]))
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("版本")
    for row in (("项目", "值"), ("模板版本", "1"), ("方案", scheme), ("区", "崇川区"), ("轮次", 1)):
        sheet.append(row)
    sheet.sheet_state = "hidden"
    book.save(path)
    return path


REFUSED: dict[str, tuple[Callable[[Path], Path], Callable[[Path], Path]]] = {
    "FILE_NOT_WORKBOOK": (
        lambda f: as_bytes(f, b"%PDF-1.4 scanned"),
        lambda f: as_bytes(f, ("\ufeff" + ",".join(HEADINGS.values()) + "\n1,甲\n").encode()),
    ),
    "FILE_UNREADABLE": (
        lambda f: as_bytes(f, write_xlsx(f / "whole.xlsx", table([{}])).read_bytes()[:-200]),
        lambda f: write_xlsx(f / "in.xlsx", table([{}])),
    ),
    "FILE_ENCRYPTED": (encrypted, lambda f: with_member(f, "docProps/note.bin", b"x")),
    "FILE_EMPTY": (lambda f: write_xlsx(f / "in.xlsx", []), lambda f: write_xlsx(f / "in.xlsx", table([{}]))),
    "FILE_BOMB": (far_apart, lambda f: write_xlsx(f / "in.xlsx", table([{}]), above={"XFD1": "x"})),
    "FILE_DTD": (
        lambda f: with_member(f, "xl/note.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        lambda f: with_member(f, "xl/note.xml", b'<?xml version="1.0"?><a>&lt;!DOCTYPE a&gt;</a>'),
    ),
    "FILE_PATH": (
        lambda f: with_member(f, "../../etc/cron.d/x", b"x"),
        lambda f: with_member(f, "xl/media/image..1.png", b"x"),
    ),
    "FILE_TOO_MANY_ROWS": (
        lambda f: edited(f, b'<row r="5"', b'<row r="1048577"'),
        lambda f: edited(f, b'<row r="5"', b'<row r="5" ht="15"'),
    ),
    "FILE_WRONG_SCHEME": (
        lambda f: with_version(f, "nantong-2018"),
        lambda f: with_version(f, "nantong-2019"),
    ),
    "FILE_NO_HEADING": (
        lambda f: write_xlsx(f / "in.xlsx", table([{}]), order=["no", "name", "uscc", "opinion"]),
        lambda f: write_xlsx(f / "in.xlsx", table([{}])),
    ),
    "HEADING_MISSING": (
        lambda f: write_xlsx(f / "in.xlsx", table([{}]), order=[k for k in HEADINGS if k != "phone"]),
        lambda f: write_xlsx(f / "in.xlsx", table([{}]), order=[k for k in HEADINGS if k != "email"]),
    ),
    "HEADING_TWICE": (
        lambda f: write_xlsx(f / "in.xlsx", table([{}]), extra=[("x", "手机", ["1"])]),
        lambda f: write_xlsx(f / "in.xlsx", table([{}]), extra=[("x", "备注", ["1"])]),
    ),
}

SAID_OF_FILE: dict[str, tuple[Callable[[Path], Path], str, Callable[[Path], Path]]] = {
    "HEADING_REPEATED": (
        lambda f: write_xlsx(f / "in.xlsx", table([{}]), extra=[("x", "备注", ["1"])]), "AH4",
        lambda f: write_xlsx(f / "in.xlsx", table([{}]), extra=[("x", "", ["1"])]),
    ),
    "HEADING_UNKNOWN": (
        lambda f: write_xlsx(f / "in.xlsx", table([{}]), extra=[("x", "本区备用", ["1"])]), "AH4",
        lambda f: write_xlsx(f / "in.xlsx", table([{}]), extra=[("x", "错误信息", ["1"])]),
    ),
    "FILE_MACROS": (
        lambda f: with_member(f, "xl/vbaProject.bin", b"x"), "",
        lambda f: with_member(f, "xl/other.bin", b"x"),
    ),
    "FILE_LINKS": (
        lambda f: with_member(f, "xl/externalLinks/externalLink1.xml", b"<externalLink/>"), "",
        lambda f: write_xlsx(f / "in.xlsx", table([{"remark": "[1]Sheet1!A1"}])),
    ),
}  # fmt: skip

YEAR = {
    "NEVER_SENT", "CASE_OF_OTHER", "PAYMENT_UNCLEAR", "RETURN_BOTH", "REFUSED_ISSUED", "POLICY_MISSING",
    "RELEASED_ISSUED", "ISSUED_ELSEWHERE", "POLICY_TWICE", "ISSUED_INCOMPLETE", "ENTERED_LATER", "POLICY_OUTSIDE",
    "RATE_MISSING", "AMOUNTS_APART", "ACCOUNT_UNKNOWN", "PAYMENT_NOTHING", "REFUND_TOO_MUCH", "CHANGE_ITEM",
    "CHANGE_NEW", "CHANGE_SAME", "CHANGE_STATE", "CHANGE_UNSIGNED", "CHANGE_EARLY", "CHANGE_FROZEN", "REFUND_ABOVE", "NOT_ISSUED",
    "UPGRADE_NUMBER", "SIZE_OPEN", "RULE_OVERLAP", "DISTRICT_FUND_SHORT", "CHANGE_UNSENT", "FUND_SENSE", "FUND_BELOW",
    "FUND_BY_ITSELF", "TAG_OVERLAP", "SMALL_ABOVE", "MONTH_AHEAD", "PERIOD_UNKNOWN", "PERIOD_OUTSIDE", "TARGET_BLANK",
    "TARGET_FIGURE", "TASK_AHEAD", "REVIEW_UNKNOWN", "REVIEW_FIGURE",
    "CLAIM_FIRM", "CLAIM_POLICY", "CLAIM_OTHERS", "CLAIM_DATES", "CLAIM_LATER", "CLAIM_PAPERS", "DECISION_EARLY",
    "DECISION_REFUSAL", "DECISION_INCOMPLETE", "INDEMNITY_ABOVE_LIMIT", "PAID_UNDECIDED", "PAID_ABOVE", "RECOVERY_SPLIT",
    "SERVICE_FIRM", "SERVICE_FOR_NOBODY", "SERVICE_EARLY", "SERVICE_LATER", "ALERT_NOWHERE", "ALERTED_EARLY",
    "LOAN_UNAUTHORISED", "LOAN_BALANCE", "LOAN_LATER", "LOAN_POLICY", "CREDIT_FIRM", "CREDIT_STRANGER",
}  # fmt: skip
"""Errors of the year's tables: tests/year."""
YEAR_TOLD = {
    "TARGET_UNMEASURED", "TASK_UNSHOWN", "TASK_STATE",
    "RETURN_CHANGED", "ENTERED_EARLIER", "RATE_UNCONFIRMED", "RATE_DIFFERS", "PREMIUM_DIFFERS", "FISCAL_DIFFERS",
    "LIMIT_DIFFERS", "EXCLUDED_UNKNOWN", "PREPAID_AGAIN", "PLATFORM_DIFFERS", "SIZE_DIFFERS", "DISTRICT_INSURED",
    "CLAIM_POLICY_OWN", "CALENDAR_MISSING", "LOSS_ABOVE_INVOICE", "CLAIM_ABOVE_LIMIT", "CLAIM_UNCOVERED", "CLAIM_EXCLUDED",
    "DECISION_ABOVE_LOSS", "INDEMNITY_DIFFERS", "PAID_YUAN",
    "SERVICE_UNASKED", "LOAN_OUTSIDE", "CREDIT_EXPORTS", "CREDIT_QUOTA",
}  # fmt: skip
"""Their warnings, in the same modules."""
ELSEWHERE = YEAR | YEAR_TOLD | {
    # in this module, under a name of its own
    "FORMULA_NO_VALUE", "DUPLICATE", "HIDDEN_ROW", "MERGED_CELLS", "UNIT_SUSPECT",
    # tests/roster/test_captions.py
    "UNIT_CAPTION", "UNIT_DIFFERS", "UNIT_UNCLEAR",
    # tests/sheets/test_reading.py, which has a writer of .xls
    "FILE_XLS", "FILE_OTHER_SHEETS",
    # tests/sheets/test_disguised.py and test_odd_packages.py, which make such files
    "FILE_DISGUISED", "FILE_LOCKED", "FILE_SHEET_UNREAD",
    # tests/roster/test_kinds.py, and tests/desk/test_declared_table.py, which has tables with such columns
    "MONTH", "CURRENCY", "PERCENT", "CODE_SHAPE", "FILE_NAME", "REFERENCE_UNKNOWN", "REFERENCE_SEVERAL",
    # tests/desk/test_collect.py, where another program has a file
    "FILE_HELD",
    # tests/roster/test_asides.py, tests/sheets/test_sheets.py
    "LINES_PASSED", "SHEET_UNREAD", "SHEETS_DIFFER",
    # tests/engine/test_customs.py, tests/desk/test_left_out.py, test_identities.py, tests/roster/test_guards.py
    "PERIOD", "COUNTRY", "KEY_MISSING", "TOTALS_PASSED", "KEY_TWICE", "NAME_OF_OTHER", "CODE_OF_OTHER", "NAME_DIFFERS",
    "CODE_DIFFERS", "COLUMNS_SHIFTED", "MEANING", "MEANING_ONE", "MEANING_MIXED", "MEANING_UNIT", "ROWS_SKIPPED",
    "ROWS_ALIKE", "NAME_MOVED",
    # tests/desk/test_spread.py, which has such files
    "FILE_EXTENT",
}  # fmt: skip


def codes_of(path: Path) -> list[str]:
    try:
        return [p.code for p in read_roster(path, nantong()).problems]
    except FileRefused as e:
        refused = e.problems
    assert {p.kind.severity for p in refused} == {"refuse"}
    assert not any("{" in p.message for p in refused)
    return [p.code for p in refused]


@pytest.mark.parametrize("code", REFUSED)
def test_a_file_that_cannot_be_taken(tmp_path: Path, code: str) -> None:
    bad, good = REFUSED[code]
    path = bad(tmp_path)
    before = path.read_bytes()
    assert codes_of(path) == [code]
    assert path.read_bytes() == before
    assert code not in codes_of(good(tmp_path))


@pytest.mark.parametrize("code", SAID_OF_FILE)
def test_what_is_said_of_a_file_that_is_taken(tmp_path: Path, code: str) -> None:
    said, cell, silent = SAID_OF_FILE[code]
    answer = quote_file(said(tmp_path))
    assert answer.problems() == [(code, cell, "warning")]
    assert (answer.row["资格"], answer.quote.has_errors) == ("符合条件", False)
    assert code not in [c for c, _, _ in quote_file(silent(tmp_path)).problems()]


# ── the bureau's own tables ──

BUREAU = [
    # code, table, headings, raising row, cell, sparing row
    ("WHOLE", "review", ["统一社会信用代码", "同时收件次序"], [GOOD, "1.5"], "B2", [GOOD, 2]),
    ("WHOLE", "review", ["统一社会信用代码", "同时收件次序"], [GOOD, 0], "B2", [GOOD, "２"]),
    ("RATE", "fx", ["保险人", "月份", "汇率", "来源"], ["中国信保", "2019-09", "7_0883", "函"], "C2",
     ["中国信保", "2019-09", "７．０８８３", "函"]),
    ("RATE", "fx", ["保险人", "月份", "汇率", "来源"], ["中国信保", "2019-09", "7.0883²", "函"], "C2",
     ["中国信保", "2019-09", "7.0883", "函"]),
    ("MONTH", "fx", ["保险人", "月份", "汇率", "来源"], ["中国信保", 2019.1, 7.0883, "函"], "B2",
     ["中国信保", 2019.11, 7.0883, "函"]),
    ("MONTH", "fx", ["保险人", "月份", "汇率", "来源"], ["中国信保", "1919-09", 7.0883, "函"], "B2",
     ["中国信保", "2019.1", 7.0883, "函"]),
    ("PERIOD", "customs", ["统一社会信用代码", "企业名称", "年度", "国别", "出口额(美元)"], [GOOD, "甲", 1918, "美国", 1], "C2",
     [GOOD, "甲", "2018年", "美国", 1]),
    ("DIGITS_LOST", "customs", ["海关注册编码", "企业名称", "年度", "国别", "出口额(美元)"], ["3.20696E+09", "甲", 2018, "美国",
                                                                                        1], "A2",
     ["3206960001", "甲", 2018, "美国", 1]),
    ("DATE_INVALID", "inforce", ["统一社会信用代码", "企业名称", "保险人", "起保日期", "终保日期"],
     [GOOD, "甲", "中国信保", date(2019, 1, 1), date(2018, 12, 31)], "E2",
     [GOOD, "甲", "中国信保", date(2019, 1, 1), date(2019, 1, 1)]),
    ("DATE_INVALID", "inforce", ["统一社会信用代码", "企业名称", "保险人", "起保日期", "终保日期"],
     [GOOD, "甲", "中国信保", date(1997, 12, 31), None], "D2", [GOOD, "甲", "中国信保", date(1998, 1, 1), "／"]),
    ("DATE_INVALID", "review", ["统一社会信用代码", "确认收件时间", "审批依据"], [GOOD, "2016-12-31 09:30", "纪要"], "B2",
     [GOOD, "2017-01-01 09:30", "纪要"]),
    ("DATE_INVALID", "lists", ["名单", "统一社会信用代码", "企业名称", "来源", "日期"],
     ["品牌名单", GOOD, "甲", "苏商", 0.6875], "E2", ["品牌名单", GOOD, "甲", "苏商", "2019年1月5号"]),
    ("DATE_INVALID", "fund", ["日期", "类型", "转入", "金额(元)", "文号", "审批人"],
     [0, "追加", "中国信保", 1, "通商1号", "甲"], "A2", ["20190905", "追加", "中国信保", "1,000元", "通商1号", "甲"]),
    ("RATE", "fx", ["保险人", "月份", "汇率", "来源"], ["中国信保", "2019-09", "七", "函"], "C2",
     ["中国信保", "2019-09", 7.0883, "函"]),
    ("RATE", "fx", ["保险人", "月份", "汇率", "来源"], ["中国信保", "2019-09", -7, "函"], "C2",
     ["人保", "2019年9月", "7.0883", "函"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "name", "headings", "bad", "cell", "good"), BUREAU, ids=[f"{b[0]} {b[3]}" for b in BUREAU]
)
def test_the_bureaus_tables_are_taken_whole_or_not_at_all(
    tmp_path: Path, code: str, name: str, headings: list[str], bad: Sequence[Any], cell: str, good: Sequence[Any]
) -> None:
    def read(row: Sequence[Any]) -> int:
        book = xlsxwriter.Workbook(tmp_path / "in.xlsx", {"default_date_format": "yyyy-mm-dd"})
        page = book.add_worksheet("表")
        page.write_row(0, 0, headings)
        page.write_row(1, 0, row)
        book.close()
        return len(read_input(tmp_path / "in.xlsx", nantong(), name, TODAY))

    with pytest.raises(BadInput) as e:
        read(bad)
    assert [(p.code, p.cell, p.severity) for p in e.value.placed] == [(code, cell, "error")]
    assert cell in str(e.value)
    assert read(good) == 1


# ── the catalogue itself ──


def test_every_code_has_a_case() -> None:
    covered = ROW_CODES | REFUSED.keys() | SAID_OF_FILE.keys() | ELSEWHERE | {b[0] for b in BUREAU}
    assert covered & ACROSS == set()
    assert set(problems_by_code()) - covered - ACROSS == set(), "codes without a case"
    assert covered | ACROSS <= set(problems_by_code()), "cases of codes that are no more"


def test_problems_and_reasons_are_disjoint() -> None:
    assert problems_by_code().keys() & reasons_by_code().keys() == set()


ERRORS = {
    "REQUIRED", "CHOICE", "CELL_ERROR", "TOTAL_ROW", "USCC_NUMBER", "USCC_LENGTH", "USCC_CHARS", "USCC_CHECK",
    "CUSTOMS_CODE_LENGTH", "PHONE", "AMOUNT_TEXT", "AMOUNT_NEGATIVE", "AMOUNT_FINER", "KEY_ABOVE_TOTAL",
    "REGION_ABOVE_TOTAL", "DATE_INVALID", "DATE_FUTURE", "DUPLICATE", "TWO_DISTRICTS", "RECEIVED_EARLIER",
}  # fmt: skip
"""DESIGN §3: the problems of severity error in a district's rows."""

NO_AMOUNT = {"FORMULA_NO_VALUE", "AMOUNT_HUGE", "DIGITS_LOST"}
"""Not named there: a required cell without content, a number that no column of cents holds, a code of which digits are
lost."""

OF_THE_BUREAU = {
    "WHOLE", "RATE", "PERIOD", "MONTH", "COUNTRY", "CURRENCY", "PERCENT", "CODE_SHAPE", "FILE_NAME", "KEY_MISSING",
    "UNKNOWN_FIRM", "GROUNDS_MISSING", "REFERENCE_UNKNOWN", "REFERENCE_SEVERAL", "KEY_TWICE", "NAME_OF_OTHER",
    "CODE_OF_OTHER", "COLUMNS_SHIFTED", "MEANING", "MEANING_MIXED", "MEANING_UNIT",
}  # fmt: skip


def test_errors_are_those_of_the_design_and_everything_else_is_a_warning() -> None:
    errors = {code for code, kind in problems_by_code().items() if kind.severity == "error"}
    assert errors == ERRORS | NO_AMOUNT | OF_THE_BUREAU | YEAR


def test_the_clean_row_is_clean(quoted: Quoted) -> None:
    answer = quoted([{}] * 3)
    assert (answer.problems(), answer.column("说明代码")) == ([], [""] * 3)
    assert set(clean_row(1)) <= set(HEADINGS)
