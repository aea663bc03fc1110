"""Code and name, code and customs code of one row are compared: a column sorted alone gives each firm what is another's."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from workspaces import Bureau, Row, clean_row, customs_row, firm, firms, policy, prepared, uscc

from xltools.desk.errors import BadInput


def six(made: Bureau) -> None:
    made.drop([*firms(1, 2, 3, 4, 5), firm(6, name="南通某某（集团）有限责任公司")])
    made.collect()


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return prepared(tmp_path, six)


def name(number: int) -> str:
    return str(clean_row(number)["name"])


def line(verb: str, number: int, called: str) -> Row:
    """A row of that table about the firm, under some name."""
    return {
        "review": {"统一社会信用代码": uscc(number), "市级审核意见": "同意"},
        "inforce": policy(number, "中国信保", 保单性质="市统保"),
        "lists": {"名单": "品牌名单", "统一社会信用代码": uscc(number), "来源": "函", "日期": date(2019, 1, 1)},
        "customs": customs_row(number, 2018, "美国", 5_000_000),
    }[verb] | {"企业名称": called}  # fmt: skip


def all_said(lines: list[str], *said: str) -> bool:
    return all(any(word in text for text in lines) for word in said)


TABLES = ["review", "inforce", "lists", "customs"]


@pytest.mark.parametrize("verb", TABLES)
def test_names_in_the_wrong_rows_are_an_error_and_nothing_is_taken(bureau: Bureau, verb: str) -> None:
    before = bureau.tables()
    with pytest.raises(BadInput) as caught:
        bureau.load(verb, line(verb, 2, name(1)), line(verb, 1, name(2)))
    assert [(p.code, p.row) for p in caught.value.placed] == [("NAME_OF_OTHER", 2), ("NAME_OF_OTHER", 3)]
    assert f"NT2019-0001（{uscc(1)}）" in caught.value.placed[0].message
    assert bureau.tables() == before


@pytest.mark.parametrize("verb", ["inforce", "lists", "customs"])
def test_one_row_under_anothers_name_is_left_out_and_both_wait(bureau: Bureau, verb: str) -> None:
    found = bureau.load(verb, *(line(verb, n, name(n)) for n in (3, 4, 5)), line(verb, 1, name(2)))
    assert [p.code for x in found.left for p in x.placed] == ["NAME_OF_OTHER"]
    reason = {"inforce": "INFORCE_INCOMPLETE", "lists": "LISTS_INCOMPLETE", "customs": "CUSTOMS_INCOMPLETE"}[verb]
    assert [reason in bureau.outcome(n)["说明代码"] for n in (1, 2, 3)] == [True, True, False]
    assert [bureau.outcome(n)["资格"] for n in (1, 2)] == ["待核实", "待核实"]


@pytest.mark.parametrize("verb", TABLES)
@pytest.mark.parametrize(
    ("number", "called", "said"),
    [
        (1, "南通示例0001进出口有限公司", ""),
        (1, "南通示例０００１ 进出口有限责任公司", ""),
        (6, "南通某某集团有限公司", ""),
        (1, "南通示例0001", "企业名称和台账不同：“南通示例0001”，台账为“南通示例0001进出口有限公司”"),
        (1, "江苏新名科技有限公司", "企业名称和台账不同"),
        (9, "南通别处有限公司", ""),
    ],
    ids=["as reported", "spaced and in full", "without brackets", "abbreviated", "renamed", "a firm that nobody knows"],
)
def test_a_name_that_is_nobody_elses_is_taken(bureau: Bureau, verb: str, number: int, called: str, said: str) -> None:
    if verb == "review" and number == 9:  # a decision on nobody's application is an error of its own
        with pytest.raises(BadInput, match="台账里没有这家企业"):
            bureau.load(verb, line(verb, number, called))
        return
    found = bureau.load(verb, line(verb, number, called))
    assert (
        [x for x in found.lines if "台账不同" in x and said in x] != []
        if said
        else not all_said(found.lines, "台账不同")
    )
    assert found.rows == 1


@pytest.mark.parametrize("verb", TABLES)
@pytest.mark.parametrize(
    ("called", "refused"),
    [
        ({n: f"江苏外地{n}号有限公司" for n in (1, 2, 3, 4)}, True),
        ({1: "江苏外地有限公司", 2: "江苏新名有限公司"}, False),
        ({n: f"示例000{n}" for n in (1, 2, 3, 4, 5)}, False),
        ({1: "江苏外地1号有限公司", 2: "江苏外地2号有限公司", 3: "江苏外地3号有限公司"}, True),
    ],
    ids=["four of five", "two of five", "all abbreviated", "three of five"],
)
def test_where_most_rows_disagree_the_file_is_wrong(
    bureau: Bureau, verb: str, called: dict[int, str], refused: bool
) -> None:
    rows = [line(verb, n, called.get(n, name(n))) for n in range(1, 6)]
    if not refused:
        assert bureau.load(verb, *rows).rows == 5
        return
    before = bureau.tables()
    with pytest.raises(BadInput, match="是否整列错位"):
        bureau.load(verb, *rows)
    assert bureau.tables() == before


@pytest.mark.parametrize(
    ("code", "left", "said"),
    [
        ("3206960001", [], ""),
        ("3206960002", ["CODE_OF_OTHER"], ""),
        ("3206969999", [], "海关注册编码和台账不同：3206969999，台账为 3206960001"),
    ],
    ids=["its own", "another firm's", "nobody's"],
)
def test_code_and_customs_code_are_compared(bureau: Bureau, code: str, left: list[str], said: str) -> None:
    rows: list[Any] = [customs_row(n, 2018, "美国", 5_000_000) for n in (3, 4, 5)]
    found = bureau.load("customs", *rows, customs_row(1, 2018, "美国", 5_000_000) | {"海关注册编码": code})
    assert [p.code for x in found.left for p in x.placed] == left
    assert not said or [x for x in found.lines if said in x] != []
    assert ("CUSTOMS_INCOMPLETE" in bureau.outcome(1)["说明代码"]) == bool(left)


def test_a_row_without_a_code_is_compared_by_its_customs_code(bureau: Bureau) -> None:
    rows = [customs_row(n, 2018, "美国", 5_000_000) | {"统一社会信用代码": None} for n in (1, 2, 3, 4)]
    found = bureau.load("customs", *rows[1:], rows[0] | {"企业名称": name(5)})
    assert [(p.code, p.row) for x in found.left for p in x.placed] == [("NAME_OF_OTHER", 5)]
    assert ["CUSTOMS_INCOMPLETE" in bureau.outcome(n)["说明代码"] for n in (1, 2, 5)] == [True, False, True]


def test_a_districts_names_that_moved_are_remarked_and_never_agreed_unseen(bureau: Bureau) -> None:
    moved = {1: 2, 2: 3, 3: 1}
    report = bureau.sent_in(
        [*(firm(n, name=name(m)) for n, m in moved.items()), firm(4), firm(5, name="南通新名有限公司")]
    )
    assert [(p.code, p.row) for p in report.placed if p.code == "NAME_MOVED"] == [("NAME_MOVED", r) for r in (5, 6, 7)]
    assert uscc(2) in next(p.message for p in report.placed if p.code == "NAME_MOVED")
    left = {line["企业名称"] for line in bureau.agree_all().left}
    assert {name(1), name(2), name(3)} <= left
    assert bureau.outcome(4)["资格"] == "符合条件"


def test_a_name_that_the_firm_once_had_is_its_own(bureau: Bureau) -> None:
    bureau.sent_in([firm(1, name="南通新名有限公司"), *firms(2, 3, 4, 5)])
    found = bureau.load("review", line("review", 1, name(1)), line("review", 2, name(2)))
    assert (found.detail["changed"], [x for x in found.lines if "台账不同" in x]) == (2, [])
