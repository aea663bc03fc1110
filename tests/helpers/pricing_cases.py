"""Rows of 测算 that are hard to price, with what the rules say about them, worked out in fractions."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from xltools.engine import money
from xltools.scheme import Scheme, load, shipped
from xltools.scheme.load import parse
from xltools.scheme.model import Plan

SCHEMES = {name: load(name) for name in shipped()} | {
    path.stem: parse(path.read_text("utf-8"), path.name)
    for path in sorted((Path(__file__).parents[1] / "schemes").glob("*.toml"))
}


def _odd(scheme: Scheme) -> Scheme:
    """The scheme with rates of eight decimals and a share of six: halves are then to be told from what is 10^-16 off."""
    odd = {"A": "0.00030001", "B": "0.00099997", "C": "0.00098765", "D": "0.00031234"}
    plans = []
    for plan in scheme.plans:
        rate = plan.rate.model_copy(update={"value": Decimal(odd[plan.id])})
        share = plan.fiscal_share.model_copy(update={"value": Decimal("0.333333")})
        plans.append(plan.model_copy(update={"rate": rate, "fiscal_share": share}))
    return scheme.model_copy(update={"id": "odd rates", "plans": tuple(plans)})


SCHEMES["odd rates"] = _odd(SCHEMES["nantong-2019"])

OPEN = 10**12
"""Largest exports in cents of a band without an upper end: ten billion dollars."""


@dataclass(frozen=True)
class Row:
    """A firm: its exports in US cents, its plan, its rate after reduction, its locked exchange rate if any."""

    cents: int
    plan: str
    off: Decimal
    locked: Decimal | None
    status: str = "符合条件"


@dataclass(frozen=True)
class Amounts:
    """US cents and RMB fen."""

    premium: int
    gross: int
    fiscal: int
    enterprise: int


def rate(plan: Plan, off: Decimal) -> Decimal:
    return plan.rate.value * (1 - (plan.discount.value if plan.discount else 0)) * (1 - off)


def oracle(scheme: Scheme, row: Row) -> Amounts:
    """Premium and shares in fractions, straight from the contract."""
    plan = scheme.plan(row.plan)
    fx = Fraction(row.locked if row.locked is not None else scheme.fx.budget.value)
    least = plan.minimum_premium.value if plan.minimum_premium else Decimal(0)
    exports = Fraction(row.cents, 100)
    premium = max(exports * Fraction(rate(plan, row.off)), Fraction(least))
    gross = math.floor(premium * fx * 100 + Fraction(1, 2))
    fiscal = math.floor(gross * Fraction(plan.fiscal_share.value))
    if plan.fiscal_cap_of_exports:
        fiscal = min(fiscal, math.floor(exports * Fraction(plan.fiscal_cap_of_exports.value) * fx * 100))
    return Amounts(math.floor(premium * 100 + Fraction(1, 2)), gross, fiscal, gross - fiscal)


def engine(scheme: Scheme, rows: list[Row]) -> list[Amounts]:
    """What the engine says, one plan, reduction and exchange rate at a time."""
    import numpy as np

    groups: dict[tuple[str, Decimal, Decimal], list[int]] = {}
    for i, row in enumerate(rows):
        fx = row.locked if row.locked is not None else scheme.fx.budget.value
        groups.setdefault((row.plan, row.off, fx), []).append(i)
    out: list[Amounts | None] = [None] * len(rows)
    for (plan, off, fx), places in groups.items():
        cents = np.array([rows[i].cents for i in places], dtype=np.int64)
        p = money.price(cents, money.terms(scheme.plan(plan), off), fx)
        columns = (p.premium_cents, p.gross_fen, p.fiscal_fen, p.enterprise_fen)
        for i, *values in zip(places, *(c.tolist() for c in columns), strict=True):
            out[i] = Amounts(*values)
    return [a for a in out if a is not None]


def ends(scheme: Scheme, plan: Plan) -> tuple[int, int]:
    """Least and largest exports of the plan's band in cents."""
    band = next(b for b in scheme.bands if b.id == plan.band)
    return int(band.min.value * 100), int(band.max.value * 100) if band.max else OPEN


def rows(scheme: Scheme, n: int, seed: int) -> list[Row]:
    """Every row at an edge, and n others: two fifths at or beside a half of a fen, the rest anywhere."""
    dice = random.Random(seed)
    halves = _beside_halves(scheme, dice)
    out = [*edges(scheme), *(next(halves) for _ in range(n * 2 // 5))]
    for _ in range(n - n * 2 // 5):
        plan = dice.choice(scheme.plans)
        low, high = ends(scheme, plan)
        cents = dice.choice((dice.randint(low, high), low + int((high - low) * dice.random() ** 4)))
        status = "符合条件" if dice.random() < 0.98 else dice.choice(("待审核", "不符合条件", "待补正"))
        out.append(Row(cents, plan.id, _off(scheme, dice), dice.choice((None, _fx(dice), _fx(dice))), status))
    return out


def edges(scheme: Scheme) -> Iterator[Row]:
    """Band ends, zero, and the exports at which the minimum premium stops to count, at common and odd rates of exchange."""
    rates = ("7", "7.00", "7.0883", "6.12345678", "9.99999999", "0.00000001", "10", "99.99999999", "6.5", "7.08835")
    for plan in scheme.plans:
        low, high = ends(scheme, plan)
        for off in [Decimal(0), *(r.off.value for r in scheme.reductions)]:
            cents = {low, low + 1, high - 1, high, 1, (low + high) // 2}
            if plan.minimum_premium:
                at = int(plan.minimum_premium.value * 100 / rate(plan, off))
                cents |= {at + d for d in range(-2, 4)}
            for c in sorted(c for c in cents if low <= c <= high):
                for fx in (None, *map(Decimal, rates)):
                    yield Row(c, plan.id, off, fx)


def _off(scheme: Scheme, dice: random.Random) -> Decimal:
    return dice.choice([Decimal(0), *(r.off.value for r in scheme.reductions)])


def _fx(dice: random.Random) -> Decimal:
    places = dice.randint(2, 8)
    return Decimal(dice.randint(6 * 10**places, 9 * 10**places)).scaleb(-places)


def _beside_halves(scheme: Scheme, dice: random.Random) -> Iterator[Row]:
    """Rows whose premium in fen is a half, or as near to one as numbers of these decimals can be, without end.

    cents × rate × fx = (half + e) / 10^n is solved for fx, or for the cents, as a congruence. Where the budget pays
    at most a part of exports, half of the rows have that part at or beside a whole fen instead.
    """
    while True:
        plan, off = dice.choice(scheme.plans), _off(scheme, dice)
        low, high = ends(scheme, plan)
        part, half = Fraction(rate(plan, off)), True
        if plan.fiscal_cap_of_exports and dice.random() < 0.5:
            part, half = Fraction(plan.fiscal_cap_of_exports.value), False
        places = dice.choice((2, 4, 4, 4, 5, 6, 7, 8))
        unit = part.denominator * 10**places
        wanted = unit // 2 if half else 0
        least, most = 6 * 10**places, 8 * 10**places
        step = 10 ** dice.randint(0, 6)
        cents: int | None = dice.randint(low // step, high // step) * step
        fx: int | None = dice.randint(least, most)
        if dice.random() < 0.5:
            cents = _solved(part.numerator * (fx or 0), wanted, unit, low, high, dice)
        else:
            fx = _solved(part.numerator * (cents or 0), wanted, unit, least, most, dice)
        if fx is not None and cents is not None and low <= cents <= high:
            yield Row(cents, plan.id, off, Decimal(fx).scaleb(-places))


def _solved(factor: int, wanted: int, modulus: int, low: int, high: int, dice: random.Random) -> int | None:
    """x in [low, high] with factor·x ≡ wanted + e (mod modulus), e as small as can be; None where there is none."""
    common = math.gcd(factor, modulus)
    small = modulus // common
    if not factor or small < 2:
        return None
    near = wanted // common + dice.choice((0, 0, 1, -1))
    x = near * pow(factor // common, -1, small) % small
    first, last = max(0, -(-(low - x) // small)), (high - x) // small
    return x + dice.randint(first, last) * small if first <= last else None
