"""The population: who applies in which district, how much they exported, what they asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from nantong import identity, trade

BASE = 2018
MILLION = 100_000_000
"""Cents in a million dollars."""

QUOTA = {
    "崇川区": {"upper": 58, "lower": 34, "gap": 2, "refused": 2},
    "通州区": {"upper": 74, "lower": 40, "gap": 1, "above": 1, "refused": 1},
    "港闸区": {"upper": 38, "lower": 22, "gap": 1},
    "经济技术开发区": {"upper": 62, "lower": 26, "gap": 1, "above": 1, "refused": 2},
    "苏通科技产业园区": {"upper": 22, "lower": 10, "gap": 1, "refused": 1},
    "通州湾示范区": {"upper": 16, "lower": 8, "refused": 1},
}
"""Firms by district and kind. upper and lower: 270 and 140, as the scheme plans; `refused` are in a band, but are
insured already, sit outside the area or were refused by their district."""

UPPER_TOTAL = 2_000 * MILLION
LOWER_TOTAL = 60 * MILLION

WORKING_DAYS = [
    date(2019, 9, d) for d in (2, 3, 4, 5, 6, 9, 10, 11, 12, 16, 17, 18, 19, 20, 23, 24, 25, 26, 27, 29, 30)
]  # fmt: skip
"""13 September was Mid-Autumn, Sunday the 29th was worked before the National Day."""
CROWDED = [9, 8, 7, 5, 5, 5, 4, 4, 4, 5, 4, 4, 3, 3, 4, 4, 5, 5, 6, 7, 9]
"""How the applications spread over the days: many at once, many at the last moment."""


@dataclass
class Firm:
    """One applicant. `exports` is what customs knows: year -> country -> cents.

    `says` are cells of the district's file that differ from what follows from the rest, in both rounds; `first`
    likewise, but mended in the second round. `review` and `second_review` are the bureau's decisions by heading.
    """

    number: int
    area: str
    kind: str
    name: str
    uscc: str
    customs_code: str
    exports: dict[int, trade.Countries]
    received: datetime
    wish: str = ""
    copay: str = ""
    insurer: str = ""
    insured: str = "未投保"
    priorities: str = ""
    policy: str = ""
    size: str = "小型"
    says: dict[str, object] = field(default_factory=dict)
    first: dict[str, object] = field(default_factory=dict)
    review: dict[str, object] = field(default_factory=dict)
    second_review: dict[str, object] = field(default_factory=dict)
    fixed: int | None = None
    """Base-year exports that the bureau fixes, in cents."""
    planted: bool = False
    eligible: bool = True
    """Whether the firm is 符合条件 at the end of the demonstration."""

    def total(self, year: int = BASE) -> int:
        return sum(self.exports.get(year, {}).values())

    @property
    def counted(self) -> int:
        """Base-year exports that count, in cents."""
        return self.total() if self.fixed is None else self.fixed

    @property
    def reviewed(self) -> date:
        """The district decided one to three days after the materials were complete."""
        day = self.received.date() + timedelta(days=1 + self.number % 3)
        return min(day, WORKING_DAYS[-1])


def population(rng: Random) -> list[Firm]:
    """All applicants, district by district, in each in the order of receipt."""
    names = identity.names()
    sizes = _sizes(rng)
    out: list[Firm] = []
    for area, quota in QUOTA.items():
        kinds = [kind for kind, n in quota.items() for _ in range(n)]
        times = sorted(_moment(rng) for _ in kinds)
        rng.shuffle(kinds)
        for kind, received in zip(kinds, times, strict=True):
            out.append(_firm(rng, len(out) + 1, area, kind, next(names), sizes[kind].pop(), received))
    return out


def bystanders(rng: Random, count: int) -> list[Firm]:
    """Firms of the city that do not apply: they are in the customs data, many of them insured elsewhere."""
    names = list(identity.names())[-count:]
    return [
        _firm(rng, 900 - i, "崇川区", "upper", name, rng.randint(80_000_00, 25 * MILLION), _moment(rng))
        for i, name in enumerate(names)
    ]


def _firm(rng: Random, number: int, area: str, kind: str, name: str, cents: int, received: datetime) -> Firm:
    profile = rng.choice(("to_us", "mixed", "mixed", "mixed", "emerging"))
    now = trade.split(rng, cents, profile)
    growing = rng.randint(1, 100) <= 58
    before = trade.scaled(rng, now, rng.randint(740, 960) if growing else rng.randint(1_040, 1_350))
    exports = {BASE: now, BASE - 1: before} if rng.randint(1, 100) > 5 else {BASE: now}
    firm = Firm(
        number, area, kind, name, identity.uscc(number, area), identity.customs_code(number, area), exports, received
    )
    band = "lower" if cents <= MILLION // 2 else "upper"
    firm.size = "微型" if band == "lower" else "中型" if cents > 12 * MILLION else "小型"
    if rng.randint(1, 100) <= 45:
        firm.wish = "D" if band == "lower" else "A"
    if rng.randint(1, 100) <= 12:
        firm.priorities = rng.choice("3456")
    return firm


def _moment(rng: Random) -> datetime:
    """A moment in office hours, on five minutes."""
    day = rng.choices(WORKING_DAYS, CROWDED)[0]
    slot = rng.randrange(78)  # 8:30 to 11:55, then 14:00 to 17:00
    minutes = 8 * 60 + 30 + 5 * slot if slot < 41 else 14 * 60 + 5 * (slot - 41)
    return datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)


def _sizes(rng: Random) -> dict[str, list[int]]:
    """Base-year exports in cents by kind, upper and lower with the totals that the scheme plans with."""
    counts = {k: sum(q.get(k, 0) for q in QUOTA.values()) for k in ("upper", "lower", "gap", "above", "refused")}
    raw = [_fourth_power(rng) for _ in range(counts["upper"])]
    low, room = 3 * MILLION + 123_45, UPPER_TOTAL - counts["upper"] * (3 * MILLION + 123_45)
    upper = [low + r * room // sum(raw) for r in raw]
    # The plan's average of 428,600 dollars lies near the top of the band: a few small firms, the rest above 400,000.
    small = [0, 0, *(rng.randint(8_000_00, 300_000_00) for _ in range(8))]
    rest = counts["lower"] - len(small)
    draws = [rng.randint(0, 10_000) for _ in range(rest)]
    low, room = 405_000_00, LOWER_TOTAL - sum(small) - rest * 405_000_00
    lower = [low + d * room // sum(draws) for d in draws] + small
    rng.shuffle(lower)
    return {
        "upper": upper,
        "lower": lower,
        "gap": [rng.randint(52_000_000, 290_000_000) for _ in range(counts["gap"])],
        "above": [rng.randint(31 * MILLION, 60 * MILLION) for _ in range(counts["above"])],
        "refused": [rng.randint(310_000_000, 15 * MILLION) for _ in range(counts["refused"])],
    }


def _fourth_power(rng: Random) -> int:
    """Between 0 and 10^10, most of them small: firms are."""
    x = rng.randint(0, 1_000)
    return x**4 // 100
