"""Who asks whom for how much, so that the money ends a little before the queue does, and once among equals.

A second, plain reading of the rules, only to place the example where it is worth looking at.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from itertools import pairwise
from random import Random

from nantong.firms import BASE, Firm
from nantong.trade import EMERGING
from xltools.scheme import Scheme

FEN = Decimal("0.01")
PICC = "人保财险"
BEYOND = {"中国信保": 62_000, PICC: 14_000}
"""Yuan asked of each pool beyond what it holds."""
B_PERMILLE = 235
SMALL = 20_000
"""Yuan up to which a firm is among those that go to the small pool."""


def plan_of(firm: Firm) -> str:
    if firm.kind == "lower":
        return "D"
    return firm.wish or ("C" if firm.review.get("政策导向确认") == "是" else "A")


def fiscal(scheme: Scheme, firm: Firm) -> Decimal:
    """What the budget pays for the firm, in yuan at the budget rate."""
    plan = scheme.plan(plan_of(firm))
    least = plan.minimum_premium.value if plan.minimum_premium else Decimal(0)
    premium = max(Decimal(firm.counted) / 100 * plan.rate.value, least)
    gross = (premium * scheme.fx.budget.value).quantize(FEN, ROUND_HALF_UP)
    return (gross * plan.fiscal_share.value).quantize(FEN, ROUND_FLOOR)


def insurer_of(firm: Firm) -> str:
    return str(firm.review.get("分配保险人") or firm.insurer or "中国信保")


def asked(scheme: Scheme, firms: list[Firm], insurer: str) -> Decimal:
    """Fiscal money in yuan that the eligible firms of one insurer need."""
    return sum((fiscal(scheme, f) for f in firms if f.eligible and insurer_of(f) == insurer), Decimal(0))


def choose(scheme: Scheme, firms: list[Firm], rng: Random) -> None:
    """Give out plan B and 人保财险 until both pools are asked for a little more than they hold."""
    free = [f for f in firms if not f.planted and f.eligible]
    rng.shuffle(free)
    upper = [f for f in free if f.kind == "upper"]
    for firm in upper[: len(upper) * B_PERMILLE // 1000]:
        _take_b(firm)
    pools = {i.name: i.pool.value for i in scheme.insurers}
    for firm in free:
        if fiscal(scheme, firm) <= SMALL and asked(scheme, firms, PICC) < pools[PICC] + BEYOND[PICC]:
            firm.insurer = PICC
        elif firm.number % 3 == 0:
            firm.insurer = "中国信保"
    goal = pools["中国信保"] + BEYOND["中国信保"]
    for firm in upper:
        if insurer_of(firm) == "中国信保":
            now = asked(scheme, firms, "中国信保")
            if now < goal and firm.wish != "B":
                _take_b(firm)
            elif now > goal + 10_000 and firm.wish == "B":
                firm.wish, firm.copay = "A", ""


def _take_b(firm: Firm) -> None:
    firm.wish, firm.copay = "B", "是"


def priority(firm: Firm, confirmed: set[str]) -> bool:
    """Any one of the conditions, from the figures that count; `confirmed` holds the codes of the lists."""
    now, before = firm.exports.get(BASE, {}), firm.exports.get(BASE - 1)
    if firm.review.get("政策导向确认") == "是" and now.get("US", 0) * 10 >= firm.counted * 9 > 0:
        return True
    if before is not None and firm.counted > sum(before.values()):
        return True
    emerging = sum(v for c, v in now.items() if c in EMERGING)
    return emerging * 2 > firm.counted or bool(firm.priorities and firm.uscc in confirmed)


def queue_key(firm: Firm, confirmed: set[str]) -> tuple[date, bool, datetime]:
    return firm.received.date(), not priority(firm, confirmed), firm.received


def tie(scheme: Scheme, firms: list[Firm], confirmed: set[str], insurer: str) -> tuple[Firm, Firm]:
    """Let the last firm that the pool can pay and the next one hand in at the same moment; returns both."""
    line = [f for f in firms if f.eligible and insurer_of(f) == insurer]
    line.sort(key=lambda f: queue_key(f, confirmed))
    left = next(i.pool.value for i in scheme.insurers if i.name == insurer)
    for last, following in pairwise(line):
        left -= fiscal(scheme, last)
        if left < fiscal(scheme, following):
            same = queue_key(last, confirmed)[:2] == queue_key(following, confirmed)[:2]
            if not same or last.planted or following.planted:
                raise ValueError(f"{last.name} and {following.name} cannot tie: change the seed")
            following.received = last.received
            return last, following
    raise ValueError(f"the pool of {insurer} is not used up")
