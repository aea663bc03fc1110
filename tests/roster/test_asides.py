"""Lines beside a table (表外文字): notes, signatures and totals are passed over and said; no row of a firm ever is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from rosters import HEADINGS, quote_file, table, write_csv, write_xlsx

BLANK = dict.fromkeys(HEADINGS)
Line = Mapping[str, Any]

PASSED: list[tuple[str, Line]] = [
    ("a note", {"name": "注：以上数据真实有效"}),
    ("a note with a number", {"name": "备注1：出口额按人民币折算"}),
    ("a note in the first column", {"no": "注：以上数据真实有效"}),
    ("unit and seal", {"name": "填报单位（盖章）：崇川区商务局", "contact": "审核人：王五"}),
    ("signatures side by side", {"no": "填表人：张三", "customs_code": "审核人：", "phone": "填报日期：2019年9月5日"}),
    ("a label and its name in the next cell", {"name": "审核人", "uscc": "王五"}),
    ("a signature with brackets", {"name": "单位负责人（签字）："}),
    ("a seal alone", {"legal": "盖章"}),
    ("a total", {"name": "合计", "exports": 5_000_000}),
    ("a subtotal, spaced", {"area": "小　计：", "exports": "5,000,000", "before": 3}),
    ("a total with a count", {"no": "合计", "name": "2家", "exports": 5_000_000}),
    ("a subtotal by name", {"name": "崇川区 汇总", "exports": 5_000_000}),
    ("how many", {"name": "共 2 家"}),
    ("what is below is empty", {"name": "（以下空白）"}),
    ("in a row of our form", {"check": "✘ 统一社会信用代码：必填", "no": 3, "name": "注：以上数据真实有效"}),
    ("the headings again, as printed on each page", {k: v for k, v in HEADINGS.items() if k != "check"}),
]
STAYS: list[tuple[str, Line, set[str]]] = [
    ("a firm without codes", {"name": "南通某某贸易有限公司", "area": "崇川区"}, {"REQUIRED"}),
    ("a firm whose name begins like a label", {"name": "审核信息科技有限公司"}, {"REQUIRED"}),
    ("a name with 合计 in it", {"name": "合计量具南通有限公司"}, {"REQUIRED"}),
    (
        "a total on which more is filled in",
        {"name": "合计", "exports": 5_000_000, "phone": "13800000000"},
        {"TOTAL_ROW"},
    ),
    ("a label in a row with a code", {"name": "合计", "customs_code": "3206960001"}, {"TOTAL_ROW"}),
    ("a label in a later cell", {"name": "南通某某贸易有限公司", "remark": "注：新设企业"}, {"REQUIRED"}),
]


@pytest.mark.parametrize("line", [p[1] for p in PASSED], ids=[p[0] for p in PASSED])
@pytest.mark.parametrize("write", [write_xlsx, write_csv])
def test_what_is_beside_the_table_is_passed_over_with_one_warning(
    tmp_path: Path, write: Callable[..., Path], line: Line
) -> None:
    path = tmp_path / ("in.xlsx" if write is write_xlsx else "in.csv")
    answer = quote_file(write(path, [*table([{}, {}]), BLANK | dict(line)]))
    row = 7 if write is write_xlsx else 4
    on_its_own = list(line) == ["no"]  # 序号 alone never was a row
    assert answer.problems() == ([] if on_its_own else [("LINES_PASSED", f"A{row}", "warning")])
    assert (answer.column("资格"), answer.column("排队号")) == (["符合条件"] * 2, ["1", "2"])
    if not on_its_own:
        assert f"第 {row} 行“" in (message := answer.quote.roster.placed()[0].message)
        assert "✘" not in message


@pytest.mark.parametrize(("line", "codes"), [s[1:] for s in STAYS], ids=[s[0] for s in STAYS])
def test_a_row_of_a_firm_is_never_taken_for_a_remark(tmp_path: Path, line: Line, codes: set[str]) -> None:
    answer = quote_file(write_xlsx(tmp_path / "in.xlsx", [*table([{}]), BLANK | dict(line)]))
    assert answer.column("资格") == ["符合条件", "待补正"]
    assert {code for code, _, _ in answer.problems()} == codes


def test_several_lines_are_one_warning_and_numbered_ones_go_on(tmp_path: Path) -> None:
    lines = [{"name": "注：1.以上数据真实有效；"}, {"name": "2、企业对数据负责。"}, {}, {"name": "2019年9月5日"}]
    answer = quote_file(write_xlsx(tmp_path / "in.xlsx", [*table([{}]), *(BLANK | x for x in lines)]))
    assert answer.column("资格") == ["符合条件", "待补正"], "a day behind a blank line belongs to nothing"
    (said,) = [p for p in answer.quote.roster.placed() if p.code == "LINES_PASSED"]
    assert (said.cell, said.message) == (
        "A6",
        "有 2 行是合计、说明等，不是数据，没有读：第 6 行“注：1.以上数据真实有效；”、第 7 行“2、企业对数据负责。”",
    )


def test_many_lines_are_named_by_their_rows(tmp_path: Path) -> None:
    lines = [BLANK | {"name": f"注{n}：见附件"} for n in range(1, 8)]
    answer = quote_file(write_xlsx(tmp_path / "in.xlsx", [*table([{}]), *lines]))
    assert (
        "有 7 行是合计、说明等，不是数据，没有读：第 6、7、8、9、10、11、12 行"
        in answer.quote.roster.placed()[0].message
    )
