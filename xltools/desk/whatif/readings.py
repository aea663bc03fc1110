"""Readings (口径) and what they are worth: what the other reading of each unclear clause would do to the real ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from xltools.catalogue.words import yuan
from xltools.desk.errors import Refusal
from xltools.desk.rules.register import Register
from xltools.desk.rules.standing import Standing, stand
from xltools.desk.transaction import looking
from xltools.desk.whatif.assumption import of_reading, what_if
from xltools.desk.whatif.difference import Difference, Firm, difference
from xltools.desk.workspace import Workspace
from xltools.ledger import bureau
from xltools.scheme import Scheme
from xltools.scheme.readings import Reading, readings

NAMED = 6
"""So many firms are named in one cell; `--json` and the list of the page have all."""


@dataclass(frozen=True)
class Weighed:
    """A reading, what the other one would change (None: it cannot be computed, `why` says why), and who confirmed it."""

    reading: Reading
    changes: Difference | None
    why: str
    confirmed: dict[str, Any]

    @property
    def is_confirmed(self) -> bool:
        return bool(self.confirmed.get("confirmed_by"))

    @property
    def effect(self) -> str:
        """What the other reading would change, in words."""
        return f"不可计算：{self.why}" if self.changes is None else told(self.changes)


def weigh(
    register: Register, confirmed: dict[int, dict[str, Any]], progress: Callable[..., None] = lambda *_: None
) -> tuple[list[Weighed], Standing]:
    """Every reading of the scheme, and the standing by the readings taken; each other reading runs the whole engine."""
    before = stand(register)
    out, known = [], readings(register.scheme)
    for n, reading in enumerate(known):
        progress("口径测算", n, len(known))
        found, why = None, reading.why
        if reading.computable:
            try:
                found = difference(before, what_if(register, of_reading(reading)))
            except Refusal as e:  # the bureau's own scheme text lacks the parameter
                why = e.text
        out.append(Weighed(reading, found, why, confirmed.get(reading.no, {})))
    return out, before


def confirmations(conn: Connection) -> dict[int, dict[str, Any]]:
    """Who confirmed what, by number."""
    return {int(r["no"]): r for r in bureau.rows(conn, "readings").to_pylist()}


def unconfirmed(scheme: Scheme, confirmed: dict[int, dict[str, Any]]) -> list[int]:
    """Numbers of the readings that nobody has confirmed."""
    return [r.no for r in readings(scheme) if not confirmed.get(r.no, {}).get("confirmed_by")]


def readings_open(workspace: Workspace) -> list[int]:
    """The same from the ledger as it stands. Raises Refusal."""
    with looking(workspace) as conn:
        return unconfirmed(workspace.scheme, confirmations(conn))


def told(d: Difference) -> str:
    """A difference in one running text."""
    if d.nothing:
        return "现有台账上没有差别"
    parts = [
        named("新安排", d.enters), named("不再安排", d.leaves), named("新符合条件", d.admitted),
        named("不再符合条件", d.excluded), named("换方案", [m.firm for m in d.plans]),
        named("换保险人", [m.firm for m in d.insurers]), named("起保日改变", d.covers),
    ]  # fmt: skip
    parts += [f"{n} {'多' if fen > 0 else '少'}用 {yuan(abs(fen))}" for n, fen in d.fen.items() if fen]
    parts += [f"排队号改变 {d.places} 家"] if d.places else []
    return "；".join(filter(None, parts))


def named(what: str, firms: list[Firm]) -> str:
    """So many firms, the first of them by name."""
    if not firms:
        return ""
    more = "等" if len(firms) > NAMED else ""
    return f"{what} {len(firms)} 家（{'、'.join(f'{f.number} {f.name}' for f in firms[:NAMED])}{more}）"
