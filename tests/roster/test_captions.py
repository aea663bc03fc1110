"""Units above a table: they hold where a heading names none, lose against its own, and are asked about where unclear."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from rosters import HEADINGS, TODAY, Answer, nantong, quote_file, table, uscc, write_csv, write_xlsx

from xltools.desk.errors import Refusal
from xltools.desk.inputs import read_rows
from xltools.desk.rules.quote_values import quote_values
from xltools.roster.captions import caption
from xltools.roster.problems import FileRefused

BARE = {k: h.replace("(美元)", "") for k, h in HEADINGS.items()}
CUSTOMS = ["统一社会信用代码", "企业名称", "年度", "国别", "出口额"]

SAID: list[tuple[str, tuple[str, ...] | None]] = [
    ("单位：万美元", ("万美元",)),
    ("（单位：万元）", ("万元",)),
    ("金额单位:千美元", ("千美元",)),
    ("单位 万 美元", ("万美元",)),
    ("2018年企业出口统计表　单位：万美元", ("万美元",)),
    ("单位：万美元填报日期：2019-10-08", ("万美元",)),
    ("单位：家、万美元", ("万美元",)),
    ("单位：元、万美元", ("元", "万美元")),
    ("单位：万元　币种：美元", ("万美元",)),
    ("单位：万元（人民币）", ("万元",)),
    ("币种：人民币", ("元",)),
    ("单位：万USD", ("万美元",)),
    ("计量单位:美金", ("美元",)),
    ("单位：万欧元", ("万欧元",)),
    ("单位：万", ("万",)),
    ("金额：万美元", ("万美元",)),
    ("单位：10000美元", ("10000美元",)),
    ("Unit: USD 10,000", ("美元", "10", "000")),
    ("单位：美元 2019-12-31", ("美元",)),
    ("单位：南通某某美元电子元件厂有限公司", None),
    ("填报单位：崇川区商务局　　　　　　单位：万美元", ("万美元",)),
    ("（万美元）", ("万美元",)),
    ("2018年出口情况表（万美元）", ("万美元",)),
    ("金额以万美元为单位", ("万美元",)),
    ("单位为万美元", ("万美元",)),
    ("填报单位：崇川区商务局", None),
    ("单位：元通贸易有限公司", None),
    ("单位名称：万美元公司", None),
    ("单位：", None),
    ("单位：家", None),
    ("300万美元以上企业名单", None),
    ("请不要以万美元为单位", None),
    ("填写：深色带 * 的列必填；金额单位为美元；每家企业一行，不留合计行；不改表头。", None),
]


@pytest.mark.parametrize(("text", "units"), SAID, ids=[t for t, _ in SAID])
def test_what_a_cell_says_of_units(text: str, units: tuple[str, ...] | None) -> None:
    found = caption(text, "A1")
    assert (found.units if found else None) == units


def quoted(folder: Path, above: dict[str, str], headings: dict[str, str], exports: Any = 350.5) -> Answer:
    rows = table([{"exports": exports, "before": 300}])
    return quote_file(write_xlsx(folder / "in.xlsx", rows, above=above, headings=headings))


CASES = [
    ("no unit anywhere: dollars", {}, BARE, 35_050, []),
    ("the caption's unit", {"R2": "单位：万美元"}, BARE, 350_500_000, [("UNIT_CAPTION", "R2", "warning")]),
    ("in two cells", {"Q1": "单位：", "R1": "千美元"}, BARE, 35_050_000, [("UNIT_CAPTION", "R1", "warning")]),
    ("only a scale", {"A2": "单位：万"}, BARE, 350_500_000, [("UNIT_CAPTION", "A2", "warning")]),
    ("the unit that counts anyway", {"A2": "单位：美元"}, BARE, 35_050, []),
    ("its own unit wins, the contradiction is named", {"A2": "单位：万美元"}, {}, 35_050,
     [("UNIT_DIFFERS", "A2", "warning")]),
    ("its own unit, which the caption repeats", {"A2": "单位：美元"}, {}, 35_050, []),
    ("who fills the form in is no unit", {"A2": "填报单位：崇川区商务局"}, BARE, 35_050, []),
]  # fmt: skip


@pytest.mark.parametrize(("above", "headings", "cents", "problems"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_roster_under_a_caption(
    tmp_path: Path, above: dict[str, str], headings: dict[str, str], cents: int, problems: list[tuple[str, str, str]]
) -> None:
    answer = quoted(tmp_path, above, headings)
    assert int(answer.quote.roster.amounts["exports"].cents[0]) == cents
    assert answer.problems() == problems


def test_only_columns_without_a_unit_take_the_captions(tmp_path: Path) -> None:
    answer = quoted(tmp_path, {"A2": "单位：万美元"}, BARE | {"exports": "2018年出口额(千美元)"})
    amounts = answer.quote.roster.amounts
    assert (int(amounts["exports"].cents[0]), int(amounts["before"].cents[0])) == (35_050_000, 300_000_000)
    said = {p.code: p.message for p in answer.quote.roster.placed()}
    assert set(said) == {"UNIT_CAPTION", "UNIT_DIFFERS"}
    assert "“2017年出口额”" in said["UNIT_CAPTION"]
    assert "“2018年出口额”" in said["UNIT_DIFFERS"]
    assert "“2018年出口额”" not in said["UNIT_CAPTION"]


@pytest.mark.parametrize(
    "said", ["单位：万元", "单位：万欧元", "单位：万美元、美元", "币种：人民币", "单位：10000美元"]
)
def test_a_caption_that_leaves_it_open_is_asked_about(tmp_path: Path, said: str) -> None:
    with pytest.raises(Refusal, match="2018年出口额") as e:
        quoted(tmp_path, {"A2": said}, BARE)
    assert "分不清" in str(e.value)
    assert not (tmp_path / "in-测算.csv").exists()


def test_a_caption_beside_the_headings_is_no_column(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "in.xlsx", table([{"exports": 350.5}]), headings=BARE, extra=[("x", "单位：万美元", [])]
    )
    answer = quote_file(path)
    assert int(answer.quote.roster.amounts["exports"].cents[0]) == 350_500_000
    assert answer.problems() == [("UNIT_CAPTION", "AH4", "warning")]


def test_units_in_a_row_of_their_own_under_the_headings_are_asked_about(tmp_path: Path) -> None:
    units = dict.fromkeys(HEADINGS) | {"exports": "（万美元）", "before": "（万美元）"}
    with pytest.raises(Refusal, match="2018年出口额") as e:
        quote_file(write_xlsx(tmp_path / "in.xlsx", [units, *table([{"exports": 350.5}])], headings=BARE))
    assert "“万美元”" in str(e.value)


def test_the_cent_is_measured_after_the_captions_unit(tmp_path: Path) -> None:
    fine, finer = (quoted(tmp_path, {"A1": "单位：万美元"}, BARE, v) for v in (350.123456, 350.1234567))
    assert int(fine.quote.roster.amounts["exports"].cents[0]) == 350_123_456
    assert [p[0] for p in finer.problems()] == ["UNIT_CAPTION", "AMOUNT_FINER"]


def test_csv_and_a_table_in_a_workbook_follow_the_same_rule(tmp_path: Path) -> None:
    rows = table([{"exports": "350.5"}])
    above = [["单位：万美元"] + [""] * (len(HEADINGS) - 1)]
    answer = quote_file(write_csv(tmp_path / "in.csv", rows, headings=BARE, above=above))
    assert answer.row["应缴保费(美元)"] == "1051.50"
    cells = [["单位：万美元"] + [None] * (len(HEADINGS) - 1), list(BARE.values()), [rows[0].get(k) for k in BARE]]
    done = quote_values(cells, nantong(), today=TODAY)
    assert done.table["应缴保费(美元)"].to_pylist() == [Decimal("1051.50")]
    cells[0][0] = "单位：万元"
    with pytest.raises(FileRefused, match="分不清"):
        quote_values(cells, nantong(), today=TODAY)


def book(folder: Path, title: str, headings: list[str], *rows: list[Any]) -> Path:
    made = xlsxwriter.Workbook(folder / "in.xlsx")
    page = made.add_worksheet("表")
    page.write(0, 0, title)
    page.write_row(2, 0, headings)
    for y, row in enumerate(rows, 3):
        page.write_row(y, 0, row)
    made.close()
    return folder / "in.xlsx"


def test_the_bureaus_tables_too(tmp_path: Path) -> None:
    row = [uscc(1), "甲", 2018, "美国", 350.5]
    path = book(tmp_path, "2018年企业出口统计表　单位：万美元", CUSTOMS, row)
    assert read_rows(path, nantong(), "customs", TODAY).amounts["cents"].cents.tolist() == [350_500_000]
    money = ["日期", "类型", "转入", "金额", "文号", "审批人"]
    path = book(tmp_path, "资金变动表（单位：万元）", money, ["2019-10-01", "追加", "中国信保", 100, "通商1号", "甲"])
    fund = read_rows(path, nantong(), "fund", TODAY)
    assert fund.amounts["fen"].cents.tolist() == [100_000_000]
    assert [p.code for p in fund.placed()] == ["UNIT_CAPTION"]
    path = book(tmp_path, "资金变动表（单位：万美元）", money, ["2019-10-01", "追加", "中国信保", 100, "通商1号", "甲"])
    with pytest.raises(Refusal, match=r"“金额”.*分不清"):
        read_rows(path, nantong(), "fund", TODAY)
