"""Kinds of columns of the bureau's tables: what a cell is taken for, and what it is not."""

from __future__ import annotations

import pytest

from xltools.catalogue.kinds import KINDS
from xltools.roster.inputs import CANONICAL

CASES: list[tuple[str, str, str, str | None]] = [
    ("a month in digits", "month", "201909", "2019-09"),
    ("a month as people write it", "month", "2019年9月", "2019-09"),
    ("a year is no month", "month", "2019", None),
    ("there is no thirteenth month", "month", "2019-13", None),
    ("the year of a month", "year", "2019-09", "2019"),
    ("a year alone", "year", "2019年", "2019"),
    ("a share with its sign", "percent", "90%", "0.9"),
    ("a share as a fraction", "percent", "0.905", "0.905"),
    ("all of it", "percent", "100%", "1"),
    ("ninety may be 90 % or a slip: it is asked about", "percent", "90", None),
    ("a share is not negative", "percent", "-5%", None),
    ("more than all", "percent", "101%", None),
    ("a currency's code in small letters", "currency", "eur", "EUR"),
    ("a currency by its Chinese name", "currency", "人民币", "CNY"),
    ("three letters that are no currency", "currency", "ABC", None),
    ("a policy number", "code", "scb2019-000123", "SCB2019-000123"),
    ("a document's number in Chinese", "code", "通商发〔2019〕12号", "通商发〔2019〕12号"),
    ("a sentence is no number", "code", "见附件；另行通知", None),
    ("a file in a folder of the workspace", "file", "资料\\发票.pdf", "资料/发票.pdf"),
    ("a file on a drive", "file", "C:\\发票.pdf", None),
    ("a way out of the workspace", "file", "../发票.pdf", None),
    ("an absolute path", "file", "/etc/passwd", None),
    ("a whole number", "whole", "12.0", "12"),
    ("half a number", "whole", "1.5", None),
    ("a rate without its noise", "rate", "7.088299999999999", "7.0883"),
    ("a country in brackets", "country", "美国(502)", "US"),
]


@pytest.mark.parametrize(("kind", "text", "meant"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_a_cell_is_taken_for_what_it_means(kind: str, text: str, meant: str | None) -> None:
    assert CANONICAL[kind][0](text) == meant


def test_every_kind_that_has_a_canonical_text_has_a_case() -> None:
    assert {c[1] for c in CASES} | {"policy"} == set(CANONICAL)
    assert set(CANONICAL) <= set(KINDS)
