"""A change (假设) of the scheme, the pools or the decisions, and where every firm then stands.

The register is loaded once; each change is applied to it and goes through the same `stand` as everything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from xltools.desk.errors import Refusal
from xltools.desk.rules.register import Register
from xltools.desk.rules.standing import Standing, stand
from xltools.scheme import Scheme
from xltools.scheme.readings import Reading

NAMES = ("id", "name", "kind", "no")
"""By one of these an item of a list is called in a path."""
ASSUMED = {"unit": "本次假设", "clause": "本次假设"}


@dataclass(frozen=True)
class Change:
    """What is otherwise. `sets`: path in the scheme -> value; `drops`: items of lists that are left out; `pools`: fen
    that an insurer's pool gets (负 = gives); `one_pool`: the pools are one, and only the total ends the money;
    `all_agreed`: rows that wait for an opinion count as agreed."""

    sets: Mapping[str, Any] = field(default_factory=dict)
    drops: tuple[str, ...] = ()
    pools: Mapping[str, int] = field(default_factory=dict)
    one_pool: bool = False
    all_agreed: bool = False

    def __add__(self, other: Change) -> Change:
        pools = {n: self.pools.get(n, 0) + other.pools.get(n, 0) for n in (*self.pools, *other.pools)}
        return Change(
            {**self.sets, **other.sets}, self.drops + other.drops, pools, self.one_pool or other.one_pool,
            self.all_agreed or other.all_agreed,
        )  # fmt: skip


def of_reading(reading: Reading) -> Change:
    """The other reading as a change."""
    return Change(reading.set, reading.drop, one_pool=reading.one_pool)


def what_if(register: Register, change: Change) -> Standing:
    """Where every firm stands under the change; rows sent stay as they were sent. Raises Refusal where the scheme has
    no such place or the value does not fit there."""
    decisions = register.decisions
    pools = {n: fen + change.pools.get(n, 0) for n, fen in decisions.pools.items()}
    if short := next((n for n, fen in pools.items() if fen < 0), None):
        raise Refusal(f"{short}的资金盘子不够转出这么多")
    scheme = changed(register.scheme, change)
    if change.one_pool:
        everything = sum(pools.values())
        widened = {  # by as much as the register's, so that the total stays
            f"insurers.{i.id}.pool": i.pool.value + Decimal(everything - pools[i.name]).scaleb(-2)
            for i in scheme.insurers
        }
        pools = dict.fromkeys(pools, everything)
        scheme = changed(scheme, Change(widened))
    own = replace(register, claims=replace(register.claims, scheme=scheme), decisions=replace(decisions, pools=pools))
    return stand(own, assume_approved=change.all_agreed)


def changed(scheme: Scheme, change: Change) -> Scheme:
    """The scheme with the change. Raises Refusal."""
    if not change.sets and not change.drops:
        return scheme
    data = scheme.model_dump()
    for path, value in change.sets.items():
        inside, last = _inside(data, path)
        there = inside[last]
        if isinstance(there, dict) and "value" in there:
            inside[last] = {**there, "value": value}
        else:
            inside[last] = {"value": value, **ASSUMED} if there is None else value
    for path in change.drops:
        inside, last = _inside(data, path)
        name = path.split(".")[-2]
        holder, _ = _inside(data, ".".join(path.split(".")[:-1]))
        holder[name] = [item for n, item in enumerate(inside) if n != last]
    try:
        return Scheme.model_validate(data)
    except ValidationError as e:
        paths = "、".join((*change.sets, *change.drops))
        raise Refusal(f"方案的 {paths} 不能这样改：{e.errors()[0]['msg']}") from e


def _inside(data: dict[str, Any], path: str) -> tuple[Any, Any]:
    """What holds the place that a path names, and the key there. Raises Refusal."""
    here: Any = data
    holder: Any = here
    key: Any = None
    for part in path.split("."):
        holder = here
        if isinstance(here, Mapping) and part in here:
            key = part
        elif isinstance(here, Sequence) and not isinstance(here, str):
            found = [n for n, item in enumerate(here) if part in {str(item.get(k)) for k in NAMES}]
            if not found:
                raise Refusal(f"本方案没有 {path}")
            key = found[0]
        else:
            raise Refusal(f"本方案没有 {path}")
        here = holder[key]
    return holder, key
