"""Findings in words: one place makes them, whoever shows them."""

from __future__ import annotations

import numpy as np
import pytest

from xltools.catalogue.problems import problems_by_code
from xltools.roster.problems import FileProblem, Finding, Findings


def _findings() -> Findings:
    rows = np.array([0, 2], dtype=np.int64)
    return Findings(
        3,
        [
            Finding("PHONE", "phone", rows, ["12", "34"]),
            Finding("USCC_LENGTH", "uscc", rows[1:], ["9132"], ["4"]),
        ],
        headings={"phone": "手机", "uscc": "统一社会信用代码"},
    )


def test_every_finding_is_said_at_its_row_with_value_and_hint() -> None:
    said = list(_findings().said())
    assert [(s.row, s.finding.code, s.heading, s.value) for s in said] == [
        (0, "PHONE", "手机", "12"), (2, "PHONE", "手机", "34"), (2, "USCC_LENGTH", "统一社会信用代码", "9132"),
    ]  # fmt: skip
    assert said[2].message == "统一社会信用代码应为 18 位，现为 4 位：9132"
    assert said[2].sentence == f"{said[2].message}。{problems_by_code()['USCC_LENGTH'].hint}"


def test_what_stands_in_hidden_columns_is_not_repeated() -> None:
    assert [s.value for s in _findings().said(hide={"phone"})] == ["…", "…", "9132"]


def test_the_findings_of_a_row_stand_in_catalogue_order_whatever_the_order_of_checks() -> None:
    by_row = _findings().by_row()
    order = list(problems_by_code())
    codes, messages = by_row[2]
    assert set(by_row) == {0, 2}
    assert codes == ";".join(sorted(["PHONE", "USCC_LENGTH"], key=order.index))
    assert [m.split("：")[-1] for m in messages.split("；")] == ["9132", "34"]
    assert _findings().codes() == ["PHONE", "", codes]


def test_a_code_that_a_row_has_twice_is_told_once_and_both_messages_are() -> None:
    row = np.array([0], dtype=np.int64)
    found = Findings(
        1, [Finding("REQUIRED", f, row) for f in ("name", "phone")], headings={"name": "企业名称", "phone": "手机"}
    )
    codes, messages = found.by_row()[0]
    assert codes == "REQUIRED"
    assert [heading in messages for heading in ("企业名称", "手机")] == [True, True]


def test_some_rows_keep_their_own_values() -> None:
    taken = _findings().take(np.array([2, 1], dtype=np.int64))
    assert [(s.row, s.value, s.more) for s in taken.said()] == [(0, "34", ""), (0, "9132", "4")]


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (FileProblem("FILE_UNREADABLE", more="第 3 行"), "文件已损坏，读不出内容：第 3 行"),
        (FileProblem("FILE_UNREADABLE"), "文件已损坏，读不出内容"),
    ],
)
def test_a_message_without_detail_ends_without_a_colon(problem: FileProblem, message: str) -> None:
    assert problem.message == message


def test_no_general_sentence_of_the_catalogue_asks_for_a_row() -> None:
    assert not [code for code, kind in problems_by_code().items() if "{" in kind.in_general or "“”" in kind.in_general]


DISTRICTS_ONLY = {
    "FILE_WRONG_SCHEME", "FILE_OLD_ROUND", "FILE_NO_VERSION", "FILE_DISTRICT", "GONE", "AREA_OTHER_FILE", "TWO_DISTRICTS",
    "NAME_MOVED",
}  # fmt: skip
"""What only a district's file can have."""


ABOUT_BATCHES = {
    "NEVER_SENT", "ENTERED_EARLIER", "LIMIT_DIFFERS", "REFUND_TOO_MUCH", "FUND_BY_ITSELF", "CHANGE_UNSENT",
}  # fmt: skip
"""They speak of what the bureau itself sent to insurers, and of money that these give back."""


@pytest.mark.parametrize("code", [c for c in problems_by_code() if c not in DISTRICTS_ONLY | ABOUT_BATCHES])
def test_the_bureau_is_never_told_what_districts_are_told(code: str) -> None:
    kind = problems_by_code()[code]
    words = ("模板", "报送", "填报", "退回", "下发", "盖章页")
    assert [w for w in words if w in kind.message + kind.todo(own=True)] == []
    assert kind.todo(own=False) == kind.hint
