"""An assumption (假设) about the scheme, the pools or the decisions, and where every firm then stands.

The register is loaded once; each assumption is applied to it and goes through the same `stand` as everything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from xltools.desk.errors import Refusal
from xltools.desk.rules.register import Register
from xltools.desk.rules.standing import Standing, stand
from xltools.scheme import Scheme
from xltools.scheme.canonical import canonical
from xltools.scheme.change import Change
from xltools.scheme.change import changed as scheme_changed
from xltools.scheme.keyed import key_of
from xltools.scheme.reading import SchemeError, checked, data_of
from xltools.scheme.readings import Reading

ASSUMED = "假设"


@dataclass(frozen=True)
class Assumption:
    """What is otherwise. `changes` of the scheme, one after the other; `pools`: fen that an insurer's pool gets (负 =
    gives); `one_pool`: the pools are one, and only the total ends the money; `all_agreed`: rows that wait for an opinion
    count as agreed."""

    changes: tuple[Change, ...] = ()
    pools: Mapping[str, int] = field(default_factory=dict)
    one_pool: bool = False
    all_agreed: bool = False

    def __add__(self, other: Assumption) -> Assumption:
        pools = {n: self.pools.get(n, 0) + other.pools.get(n, 0) for n in (*self.pools, *other.pools)}
        return Assumption(
            self.changes + other.changes, pools, self.one_pool or other.one_pool, self.all_agreed or other.all_agreed
        )


def of_scheme(**keys: Any) -> Assumption:
    """Values of the scheme, in the shape of its file."""
    return Assumption((Change(change=keys),))


def of_reading(reading: Reading) -> Assumption:
    """The other reading."""
    return Assumption((reading,), one_pool=reading.one_pool)


def what_if(register: Register, assumed: Assumption) -> Standing:
    """Where every firm stands under the assumption; rows sent stay as they were sent. Raises Refusal where the scheme has
    no such place or the value does not fit there."""
    decisions = register.decisions
    pools = {n: fen + assumed.pools.get(n, 0) for n, fen in decisions.pools.items()}
    if short := next((n for n, fen in pools.items() if fen < 0), None):
        raise Refusal(f"{short}的资金盘子不够转出这么多")
    scheme = changed(register.scheme, assumed.changes)
    if assumed.one_pool:
        everything = sum(pools.values())
        widened = {  # by as much as the register's, so that the total stays
            i.id: {"pool": i.pool.value + Decimal(everything - pools[i.name]).scaleb(-2)} for i in scheme.insurers
        }
        pools = dict.fromkeys(pools, everything)
        scheme = changed(scheme, [Change(change={"insurers": widened})])
    own = replace(register, claims=replace(register.claims, scheme=scheme), decisions=replace(decisions, pools=pools))
    return stand(own, assume_approved=assumed.all_agreed)


def changed(scheme: Scheme, changes: Sequence[Change]) -> Scheme:
    """The scheme with the changes, one after the other, as an amendment would make them. Raises Refusal."""
    if not changes:
        return scheme
    data = data_of(canonical(scheme), scheme.id)
    try:
        for one in changes:
            data = scheme_changed(data, one, ASSUMED, ASSUMED)
        return checked(data, ASSUMED, lambda loc: key_of(data, loc))
    except SchemeError as e:
        raise Refusal(f"本方案不能这样改：{e}") from e
