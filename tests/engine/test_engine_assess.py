"""DESIGN §3 资格 in a workspace: what `quote` never sees — in-force lists, the bureau's opinion, rows already sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from rosters import nantong

from xltools.catalogue.reasons import codes
from xltools.engine.applications import (
    AGREED,
    BLANK,
    NO,
    REFUSED,
    RETURNED,
    UNCLEAR,
    YES,
    Applications,
    nothing,
)
from xltools.engine.assess import STATUSES, Funds, Outcomes, assess, opening_funds
from xltools.engine.queue import Line

MORNING = np.datetime64("2019-09-05T09:00", "s")


def applications(*rows: dict[str, Any]) -> Applications:
    """Agreed applications of 5,000,000 USD with nothing against them, and what each row changes."""
    a = nothing(len(rows))
    usual = {
        "exports": 500_000_000, "exports_known": True, "district": AGREED, "bureau": AGREED, "received": MORNING,
        "inforce": NO,
    }  # fmt: skip
    for i, row in enumerate(rows):
        for name, value in (usual | row).items():
            a[name][i] = value
    return Applications(**a)


def assessed(*rows: dict[str, Any], funds: Funds | None = None, **options: Any) -> Outcomes:
    scheme = nantong()
    return assess(scheme, applications(*rows), [Decimal(7)] * 2, funds or opening_funds(scheme), **options)


GAP = {"exports": 100_000_000}
UNAVAILABLE = {"wish": 3}

STEPS = [
    ("agreed by both", {}, "符合条件", ""),
    ("in force by an insurer's list", {"inforce": YES}, "不符合条件", "ALREADY_INSURED"),
    ("declared and in force is one reason", {"inforce": YES, "declared_insured": True}, "不符合条件",
     "ALREADY_INSURED"),
    ("unclear in force is to be clarified", {"inforce": UNCLEAR}, "待核实", "INFORCE_UNCLEAR"),
    ("unclear and unknown to customs", {"inforce": UNCLEAR, "customs_absent": True, "exports_known": False}, "待核实",
     "CUSTOMS_ABSENT;INFORCE_UNCLEAR"),
    ("the gap wins over unclear", {"inforce": UNCLEAR} | GAP, "不在出口额区间", "BAND_GAP"),
    ("a problem wins over unclear", {"inforce": UNCLEAR, "has_error": True}, "待补正", ""),
    ("unclear wins over the plan", {"inforce": UNCLEAR} | UNAVAILABLE, "待核实", "INFORCE_UNCLEAR"),
    ("the bureau disagrees", {"bureau": REFUSED}, "不符合条件", "BUREAU_REFUSED"),
    ("a problem is mended before the bureau's no counts", {"bureau": REFUSED, "has_error": True}, "待补正", ""),
    ("so is a plan", {"bureau": REFUSED} | UNAVAILABLE, "待补正", "PLAN_UNAVAILABLE"),
    ("the bureau's no wins over a blank district", {"bureau": REFUSED, "district": BLANK}, "不符合条件",
     "BUREAU_REFUSED"),
    ("the bureau has not said", {"bureau": BLANK}, "待审核", "AWAITING_BUREAU"),
    ("the bureau sent it back", {"bureau": RETURNED}, "待审核", "AWAITING_BUREAU"),
    ("neither has said", {"bureau": BLANK, "district": RETURNED}, "待审核", "AWAITING_DISTRICT;AWAITING_BUREAU"),
    ("withdrawn wins over all", {"withdrawn": True, "has_error": True} | GAP, "不符合条件", "WITHDRAWN"),
    ("a figure that is not known is in no band", {"exports": 0, "exports_known": False, "has_error": True}, "待补正",
     ""),
]  # fmt: skip


@pytest.mark.parametrize(("row", "status", "reasons"), [s[1:] for s in STEPS], ids=[s[0] for s in STEPS])
def test_steps(row: dict[str, Any], status: str, reasons: str) -> None:
    out = assessed(row)
    assert (STATUSES[out.status[0]], ";".join(codes(int(out.reasons[0])))) == (status, reasons)


def test_assume_approved_agrees_for_both_but_turns_no_refusal() -> None:
    rows = [{"bureau": BLANK}, {"district": RETURNED, "bureau": BLANK}, {"bureau": REFUSED}, {"district": REFUSED}]
    out = assessed(*rows, assume_approved=True)
    assert [STATUSES[s] for s in out.status] == ["符合条件", "符合条件", "不符合条件", "不符合条件"]
    assert [codes(int(r)) for r in out.reasons] == [[], [], ["BUREAU_REFUSED"], ["DISTRICT_REFUSED"]]


def test_a_confirmed_condition_gives_priority() -> None:
    out = assessed({"received": MORNING}, {"received": MORNING + 60, "confirmed": True})
    assert out.priority.tolist() == [False, True]
    assert out.number.tolist() == [2, 1]


def test_earlier_than_what_was_sent_is_said() -> None:
    """A row of 中国信保 was sent that was received a second after nine."""
    sent = Line(
        np.array([MORNING + 1]), np.array([False]), np.array([90]), np.array([0]), np.array([0]), np.array([70_000])
    )
    rows = [{}, {"received": MORNING + 2}, {"received": MORNING - 1, "bureau": BLANK}, {"insurer": 1}]
    out = assessed(*rows, sent=sent)
    assert [codes(int(r)) for r in out.reasons] == [["LATE_COLLECTED"], [], ["AWAITING_BUREAU"], []]


def test_ties_at_the_cut_wait_until_they_are_drawn() -> None:
    """Two firms of 10,500 yuan each, 15,000 left."""
    funds = Funds([1_500_000, 0], 1_500_000)
    out = assessed({}, {}, funds=funds, ties_wait=True)
    assert out.arranged.tolist() == [False, False]
    assert [codes(int(r)) for r in out.reasons] == [["TIE_AT_CUT"]] * 2
    drawn = assessed({"draw": 2}, {"draw": 1}, funds=funds, ties_wait=True)
    assert (drawn.arranged.tolist(), drawn.number.tolist()) == ([False, True], [2, 1])
    assert [codes(int(r)) for r in drawn.reasons] == [[], []]


def test_each_insurer_has_its_own_rate() -> None:
    scheme = nantong()
    a = applications({"insurer": 0}, {"insurer": 1})
    out = assess(scheme, a, [Decimal("7.0"), Decimal("6.5")], opening_funds(scheme))
    assert out.gross_fen.tolist() == [1_050_000, 975_000]


def test_the_arrival_number_orders_what_is_otherwise_equal() -> None:
    assert assessed({"arrival": 7}, {"arrival": 3}).number.tolist() == [2, 1]


def test_opening_funds_are_the_schemes_pools_in_fen() -> None:
    assert opening_funds(nantong()) == Funds([450_000_000, 50_000_000], 500_000_000)
