"""Priority conditions that follow from figures (二（一）, 二（二）1, 2) beside a plain reading in fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from rosters import nantong

from xltools.engine import priorities
from xltools.engine.applications import Applications, nothing

CENTS = [0, 1, 9, 10, 449_999_999, 450_000_000, 450_000_001, 500_000_000, 2**53 + 1, 9 * 10**15, 10**16]
"""Edges of 90 % and of a half, nothing at all, and figures that doubles and int64 products do not hold."""


def firms(**columns: list[object]) -> Applications:
    a = nothing(len(next(iter(columns.values()))))
    for name, values in columns.items():
        a[name][:] = values
    return Applications(**a)


def test_dependence_on_key_countries_is_the_share_by_fractions_whatever_the_amount() -> None:
    pairs = [(key, whole) for key in CENTS for whole in CENTS]
    a = firms(
        exports=[w for _, w in pairs], key=[k for k, _ in pairs], exports_known=[True] * len(pairs),
        key_known=[True] * len(pairs), policy=[True] * len(pairs),
    )  # fmt: skip
    expected = [whole > 0 and Fraction(key, whole) >= Fraction(9, 10) for key, whole in pairs]
    (condition,) = (p for p in nantong().priorities if p.kind == "key_dependent")
    assert priorities.holds(condition, a).tolist() == expected
    assert True in expected
    assert False in expected


@pytest.mark.parametrize(
    ("lacks", "met"),
    [("", True), ("policy", False), ("key_known", False), ("exports_known", False)],
    ids=["nothing lacks", "the policy tick", "known key-country exports (二（一）)", "a known total"],
)
def test_what_dependence_needs(lacks: str, met: bool) -> None:
    there = {"exports_known": True, "key_known": True, "policy": True} | ({lacks: False} if lacks else {})
    a = firms(exports=[100], key=[90], **{k: [v] for k, v in there.items()})
    assert priorities.met(nantong(), a).tolist() == [met]


def test_a_scheme_without_the_condition_gives_no_priority_by_it() -> None:
    a = firms(exports=[100], key=[100], exports_known=[True], key_known=[True], policy=[True])
    scheme = nantong()
    numbered = scheme.model_copy(update={"priorities": scheme.numbered})
    assert (priorities.met(scheme, a)[0], priorities.met(numbered, a)[0]) == (True, False)


def test_growth_and_share_know_a_blank_from_a_nought() -> None:
    a = firms(
        exports=[100] * 4, exports_known=[True] * 4, before=[0, 0, 100, 99], before_known=[True, False, True, True],
        emerging=[50, 51, 0, 51], emerging_known=[True, True, True, False],
    )  # fmt: skip
    growth, share = (next(p for p in nantong().priorities if p.kind == k) for k in ("growth", "emerging_share"))
    assert priorities.holds(growth, a).tolist() == [True, False, False, True]
    assert priorities.holds(share, a).tolist() == [False, True, False, False]
    assert np.array_equal(priorities.met(nantong(), a), [True, True, False, True])
