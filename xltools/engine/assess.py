"""From applications to outcomes (资格与保费测算): who is entitled, to what, for how much, in which place.

The steps of eligibility (资格) are taken in order and the first that applies decides; its reasons are all given,
those of later steps are not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from xltools.catalogue.reasons import Bits, bit, having
from xltools.engine import money, plans, priorities, queue
from xltools.engine.applications import (
    AGREED,
    BLANK,
    CUSTOMS,
    DECLINED,
    INFORCE,
    LISTS,
    REFUSED,
    RELEASED,
    RETURNED,
    UNCLEAR,
    YES,
    Applications,
    Ints,
    Mask,
)  # fmt: skip
from xltools.scheme.model import Scheme

STATUSES = ("不符合条件", "不在平台区域", "不在出口额区间", "待补正", "待核实", "待审核", "符合条件")
HELD = {DECLINED: "INSURER_DECLINED", RELEASED: "POLICY_RELEASED"}
"""Why an eligible row does not stand in the queue."""
INELIGIBLE, NOT_HERE, NOT_IN_BAND, TO_MEND, TO_CLARIFY, TO_REVIEW, ELIGIBLE = range(7)


@dataclass(frozen=True)
class Funds:
    """Free money before the queue is served, fen: by insurer (index as in the scheme) and in all."""

    left_fen: list[int]
    total_left_fen: int


@dataclass(frozen=True)
class Outcomes:
    """Arrays of shape `(n,)`. From `plan` on they mean something only where `status` is ELIGIBLE; a row that is kept
    out of the queue has `number` 0."""

    status: Ints
    reasons: Bits
    band: Ints
    plan: Ints
    priority: Mask
    premium_cents: Ints
    gross_fen: Ints
    fiscal_fen: Ints
    enterprise_fen: Ints
    limit_cents: Ints
    number: Ints
    pool_number: Ints
    arranged: Mask

    @property
    def tied(self) -> Mask:
        """Rows of a group of equal place of which the money left holds some but not all (TIE_AT_CUT)."""
        return having(self.reasons, "TIE_AT_CUT")

    @property
    def queued(self) -> Mask:
        """Rows that stand in the queue: eligible, and nothing keeps them out."""
        return self.number > 0

    @property
    def awaits_district(self) -> Mask:
        """Rows on which the district has not spoken, or asked for more."""
        return having(self.reasons, "AWAITING_DISTRICT")

    @property
    def awaits_bureau(self) -> Mask:
        """Rows that wait for the bureau's decision alone."""
        return having(self.reasons, "AWAITING_BUREAU") & ~self.awaits_district


def opening_funds(scheme: Scheme) -> Funds:
    """The scheme's own pools, untouched (五（一）)."""
    from xltools.engine.terms import minor

    return Funds([minor(i.pool.value) for i in scheme.insurers], minor(scheme.total.value))


def assess(
    scheme: Scheme,
    a: Applications,
    fx: list[Decimal],
    funds: Funds,
    *,
    assume_approved: bool = False,
    ties_wait: bool = False,
    sent: queue.Line | None = None,
) -> Outcomes:
    """Apply the scheme to applications: 二（一） who may take part, 四（二） plan and premium, 二（二） 二（三） queue, 五（一） pools.

    `fx` is the rate of each insurer (RMB per US dollar, index as in the scheme). `assume_approved` treats 待审核 rows
    as approved. `sent` are the rows already sent: who would have stood before them is LATE_COLLECTED.
    """
    n = len(a)
    band = plans.bands(scheme, a.exports)
    plan, unavailable, copay_missing = plans.choose(scheme, a, band)
    status, reasons = _eligibility(scheme, a, band, (plan, unavailable, copay_missing), assume_approved)
    eligible = status == ELIGIBLE
    out = Outcomes(
        status, reasons, band, plan, priorities.met(scheme, a),
        premium_cents=_zeros(n), gross_fen=_zeros(n), fiscal_fen=_zeros(n), enterprise_fen=_zeros(n),
        limit_cents=_zeros(n), number=_zeros(n), pool_number=_zeros(n), arranged=np.zeros(n, dtype=bool),
    )  # fmt: skip
    _price(scheme, a, plan, eligible, fx, out)
    for held, code in HELD.items():
        reasons[eligible & (a.held == held)] |= bit(code)
    rows = np.flatnonzero(eligible & (a.held == 0))
    line = queue.Line(
        a.received[rows], out.priority[rows], a.arrival[rows], a.draw[rows], a.insurer[rows], out.fiscal_fen[rows]
    )
    allotment = queue.allot(
        line,
        funds.left_fen,
        funds.total_left_fen,
        ordering=scheme.queue.ordering.value,
        when_head_does_not_fit=scheme.queue.when_head_does_not_fit.value,
        ties_wait=ties_wait,
    )
    out.number[rows] = allotment.number
    out.pool_number[rows] = allotment.pool_number
    out.arranged[rows] = allotment.arranged
    reasons[rows[allotment.tied]] |= bit("TIE_AT_CUT")
    if sent is not None:
        reasons[rows[queue.ahead(line, sent, scheme.queue.ordering.value)]] |= bit("LATE_COLLECTED")
    return out


def _zeros(n: int) -> Ints:
    return np.zeros(n, dtype=np.int64)


def _eligibility(
    scheme: Scheme, a: Applications, band: Ints, chosen: tuple[Ints, Mask, Mask], assume_approved: bool
) -> tuple[Ints, Bits]:
    n = len(a)
    _, unavailable, copay_missing = chosen
    status = np.full(n, -1, dtype=np.int64)
    reasons: npt.NDArray[np.int64] = np.zeros(n, dtype=np.int64)

    def step(outcome: int, *found: tuple[Mask, str]) -> None:
        """Rows still open on which one of the conditions holds are decided, with every reason that holds."""
        open_rows = status < 0
        for where, code in found:
            hit = np.flatnonzero(open_rows & where)  # places are faster than masks
            if hit.size:
                status[hit] = outcome
                if code:
                    reasons[hit] |= bit(code)

    step(
        INELIGIBLE,
        (a.withdrawn, "WITHDRAWN"),
        (a.declared_insured | (a.inforce == YES), "ALREADY_INSURED"),
        (a.district == REFUSED, "DISTRICT_REFUSED"),
    )
    step(NOT_HERE, (a.outside, "OUTSIDE_AREA"))
    known = a.exports_known
    step(
        NOT_IN_BAND,
        (known & (band == plans.BELOW), "BAND_BELOW"),
        (known & (band == plans.GAP), "BAND_GAP"),
        (known & (band == plans.ABOVE), "BAND_ABOVE"),
    )
    step(TO_MEND, (a.has_error, ""))
    step(
        TO_CLARIFY,
        (a.customs_absent, "CUSTOMS_ABSENT"),
        (a.incomplete & CUSTOMS > 0, "CUSTOMS_INCOMPLETE"),
        (_hangs_on_country(scheme, a, band), "CUSTOMS_COUNTRY"),
        (a.inforce == UNCLEAR, "INFORCE_UNCLEAR"),
        (a.incomplete & INFORCE > 0, "INFORCE_INCOMPLETE"),
        (a.incomplete & LISTS > 0, "LISTS_INCOMPLETE"),
    )
    step(TO_MEND, (unavailable, "PLAN_UNAVAILABLE"), (copay_missing, "COPAY_MISSING"))
    step(INELIGIBLE, (a.bureau == REFUSED, "BUREAU_REFUSED"))
    if not assume_approved:
        step(
            TO_REVIEW,
            ((a.district == BLANK) | (a.district == RETURNED), "AWAITING_DISTRICT"),
            ((a.bureau == BLANK) | (a.bureau == RETURNED), "AWAITING_BUREAU"),
        )
    step(ELIGIBLE, (np.ones(n, dtype=bool), ""))
    return status, reasons


def _hangs_on_country(scheme: Scheme, a: Applications, band: Ints) -> Mask:
    """Rows whose plan or priority would be another one if the exports of unknown country went to key countries or to
    emerging markets: both conditions only ever gain by more, so none and all of them are all there is to ask."""
    out = np.zeros(len(a), dtype=bool)
    rows = np.flatnonzero(a.unknown_country > 0)
    if not rows.size:
        return out
    none = a.take(rows)
    all_ = replace(none, key=none.key + none.unknown_country, emerging=none.emerging + none.unknown_country)
    for was, would in zip(plans.choose(scheme, none, band[rows]), plans.choose(scheme, all_, band[rows]), strict=True):
        out[rows] |= was != would
    out[rows] |= priorities.met(scheme, none) != priorities.met(scheme, all_)
    return out


def _price(scheme: Scheme, a: Applications, plan: Ints, eligible: Mask, fx: list[Decimal], out: Outcomes) -> None:
    """Fill in the money of the eligible rows, one plan, reduction and insurer at a time."""
    off = [Decimal(0), *(r.off.value for r in scheme.reductions)]
    key = (plan * len(off) + a.reduction + 1) * len(fx) + a.insurer
    every = np.flatnonzero(eligible)
    key = key[every]
    for k in np.flatnonzero(np.bincount(key)).tolist():
        rows = every[key == k]
        which, insurer = divmod(k, len(fx))
        p, r = divmod(which, len(off))
        priced = money.price(a.exports[rows], money.terms(scheme.plans[p], off[r]), fx[insurer])
        out.premium_cents[rows] = priced.premium_cents
        out.gross_fen[rows] = priced.gross_fen
        out.fiscal_fen[rows] = priced.fiscal_fen
        out.enterprise_fen[rows] = priced.enterprise_fen
        out.limit_cents[rows] = priced.limit_cents


__all__ = ["AGREED", "ELIGIBLE", "STATUSES", "Funds", "Outcomes", "assess", "opening_funds"]
