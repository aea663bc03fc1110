"""The queue as a reference that serves one application after the other."""

from __future__ import annotations

from dataclasses import dataclass

DAY = 86_400

NOBODY = 0
"""No place in a drawing of lots."""


@dataclass(frozen=True)
class Firm:
    time: int | None  # seconds, None where the materials are not complete
    priority: bool
    pool: int
    fen: int
    draw: int = NOBODY


def place(firm: Firm, arrival: int, ordering: str) -> tuple[object, ...]:
    """What the queue is sorted by, written out for one firm; smaller comes first."""
    drawn = (0, firm.draw) if firm.draw else (1, 0)
    if firm.time is None:
        return (1, 0, 0, 0, drawn, arrival)
    keys = {
        "strict": (firm.time, 0, 0),
        "priority_within_day": (firm.time // DAY, not firm.priority, firm.time),
        "priority_first": (not firm.priority, firm.time, 0),
    }[ordering]
    return (0, *keys, drawn, arrival)


def same_place(a: Firm, b: Firm, ordering: str) -> bool:
    """Equal in all that the queue looks at but the arrival, and of one pool; a firm without a time ties with none."""
    if a.time is None or b.time is None or a.pool != b.pool:
        return False
    return place(a, 0, ordering) == place(b, 0, ordering)


def reference(
    firms: list[Firm], left: list[int], total: int, ordering: str, mode: str, ties_wait: bool
) -> tuple[list[int], list[int], list[bool], list[bool]]:
    """Numbers, numbers within the pools, who is arranged, who is at a tie at the cut."""
    order = sorted(range(len(firms)), key=lambda i: place(firms[i], i, ordering))
    number = {row: k for k, row in enumerate(order, 1)}
    pool_number = {row: sum(firms[r].pool == firms[row].pool for r in order[: number[row]]) for row in order}
    free, closed = list(left), [False] * len(left)
    arranged, tied, judged = [False] * len(firms), [False] * len(firms), set()
    for row in order:
        firm = firms[row]
        if closed[firm.pool]:
            continue
        group = [r for r in order if same_place(firms[r], firm, ordering)]
        if len(group) > 1 and row not in judged:
            judged.update(group)
            there = min(free[firm.pool], total)
            wanted = [firms[r].fen for r in group]
            if sum(wanted) > there and any(w <= there for w in wanted):
                for r in group:
                    tied[r] = True
        if tied[row] and ties_wait:
            closed[firm.pool] = True
            continue
        if firm.fen > free[firm.pool]:
            if mode == "stop":
                closed[firm.pool] = True
        elif firm.fen > total:
            if mode == "stop":
                closed = [True] * len(closed)
        else:
            arranged[row] = True
            free[firm.pool] -= firm.fen
            total -= firm.fen
    rows = range(len(firms))
    return [number[r] for r in rows], [pool_number[r] for r in rows], arranged, tied
