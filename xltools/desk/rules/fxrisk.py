"""Each pool against the exchange rate (资金盘子与汇率): its break-even rate, and what the latest known rate would do.

Data first: `fx_risks` counts, `told` and `warnings` put that into words for every screen that shows pool money.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from xltools.catalogue.words import yuan
from xltools.desk.errors import Refusal
from xltools.desk.rules.register import load_register
from xltools.desk.rules.results import frozen_terms
from xltools.desk.rules.sent import accept_number, json_cells
from xltools.desk.rules.standing import Standing, stand
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.engine import exposure, money
from xltools.engine.applications import Mask
from xltools.engine.money import Terms
from xltools.scheme import Scheme

ACCEPT = "接受汇率风险"
"""The yellow cell of 首页 whose 是 accepts the risk for the next press."""
NAMED = 10
"""So many firms of a warning are named; of more the number is told."""


@dataclass(frozen=True)
class FxRisk:
    """One insurer's pool. Rates in yuan a dollar, as they are shown; `month` and `rate` are the latest loaded.

    `break_even` is None where nothing open is committed; from `needed_fen` on everything is at `rate`, and nothing
    where no rate is loaded. `touched`: 受理编号 from the end of the queue.
    """

    insurer: str
    pool_fen: int
    break_even: Decimal | None
    month: str = ""
    rate: Decimal | None = None
    needed_fen: int | None = None
    overdraft_fen: int = 0
    reserve: Decimal | None = None
    touched: tuple[str, ...] = ()

    @property
    def left_fen(self) -> int | None:
        """What would be left of the pool at the latest rate (负 = 缺口)."""
        return None if self.needed_fen is None else self.pool_fen - self.needed_fen


class FxRefused(Refusal):
    """Nothing was sent: at the latest loaded rates these pools would break, and nobody has accepted that."""

    WHAT_TO_DO = (
        "没有报送，什么都没有改动：按最新的已知汇率，资金盘子会不够。请先追加资金，或在方案里设预留比例；"
        f"决定承担的，命令加 --accept-fx，平台工作簿在首页“{ACCEPT}”填“是”，再报送一次"
    )

    def __init__(self, risks: Sequence[FxRisk]) -> None:
        self.risks = tuple(risks)
        super().__init__("\n".join([self.WHAT_TO_DO, *map(warning, self.risks)]))


def fx_risks(standing: Standing) -> list[FxRisk]:
    """All pools in the scheme's order, with what is issued, sent and arranged."""
    r = standing.register
    out = []
    for k, m in enumerate(standing.money):
        rows, number = open_rows(standing, k, standing.outcomes.arranged)
        even = exposure.break_even(m.pool, m.issued, rows.usd())
        risk = FxRisk(m.insurer, m.pool, None if even is None else exposure.shown_rate(even))
        if m.insurer in r.decisions.latest:
            month, rate = r.decisions.latest[m.insurer]
            at = exposure.exposed(m.pool, m.issued, rows, rate)
            risk = replace(
                risk, month=month, rate=rate, needed_fen=at.needed_fen, overdraft_fen=at.overdraft_fen,
                reserve=exposure.shown_reserve(at.reserve), touched=tuple(map(number, at.touched)),
            )  # fmt: skip
        out.append(risk)
    return out


def risks_now(workspace: Workspace, *, today: date) -> list[FxRisk]:
    """The same from the ledger as it stands. Raises Refusal."""
    with looking(workspace) as conn:
        return fx_risks(stand(load_register(conn, workspace, today)))


def open_rows(standing: Standing, k: int, counted: Mask) -> tuple[exposure.Open, Callable[[int], str]]:
    """The rows of insurer `k` that are sent and not issued or `counted` (along `outcomes`), and the 受理编号 of each."""
    r, a, out, scheme = standing.register, standing.applications, standing.outcomes, standing.register.scheme
    mine = np.flatnonzero(counted & (a.insurer[standing.rows] == k))
    at = standing.rows[mine]
    off = [Decimal(0), *(x.off.value for x in scheme.reductions)]
    of: list[Terms] = [money.terms(p, o) for p in scheme.plans for o in off]
    sent = [x for x in r.sent.rows.values() if x["insurer"] == standing.money[k].insurer and x["status"] != "issued"]
    theirs = [_sent_terms(r.sent.schemes.get(x["batch_id"], scheme), x) for x in sent]
    place = {t: i for i, t in enumerate(dict.fromkeys(theirs), len(of))}
    of += place
    rows = exposure.Open(
        np.array([*(json_cells(x)["exports_cents"] for x in sent), *a.exports[at].tolist()], dtype=np.int64),
        np.array([*(place[t] for t in theirs), *(out.plan[mine] * len(off) + a.reduction[at] + 1)], dtype=np.int64),
        of,
        np.array([*(x["fiscal_fen"] for x in sent), *out.fiscal_fen[mine].tolist()], dtype=np.int64),
        np.array([*(x["queue_no"] for x in sent), *(out.number[mine] + standing.first_number)], dtype=np.int64),
    )
    arrivals = np.array([*(x["arrival"] for x in sent), *r.claims.arrival[at].tolist()], dtype=np.int64)
    return rows, lambda i: accept_number(scheme, int(arrivals[i]))


def _sent_terms(scheme: Scheme, row: dict[str, Any]) -> Terms:
    cells = json_cells(row)
    return frozen_terms(scheme, row["plan"], cells["rate"], cells["fiscal_share"])


def told(risk: FxRisk) -> str:
    """The pool's rates in a few words, without its name: they stand beside its money."""
    even = "临界汇率 —（还没有占用）" if risk.break_even is None else f"临界汇率 {risk.break_even}"
    if risk.rate is None:
        return f"{even}，还没有读入汇率"
    left = risk.left_fen or 0
    over = f"，缺口 {yuan(-left)}" if left < 0 else f"，余 {yuan(left)}"
    return f"{even}，最新汇率 {risk.rate}（{risk.month}）{over}"


def warnings(risks: list[FxRisk]) -> list[str]:
    """A sentence for each pool that its insurer's latest loaded rate would break."""
    return [warning(x) for x in risks if x.overdraft_fen]


def warning(risk: FxRisk) -> str:
    """What is missing, and whom it touches."""
    more = f"等 {len(risk.touched)} 家" if len(risk.touched) > NAMED else f" {len(risk.touched)} 家"
    firms = f"；排在最后、会受影响的{more}：{'、'.join(risk.touched[:NAMED])}" if risk.touched else ""
    reserve = f"，按估算须预留 {risk.reserve * 100:.2f}%" if risk.reserve else ""
    return (
        f"汇率风险：{risk.insurer}按最新的已知汇率 {risk.rate}（{risk.month}），已报送和已安排的共需 {yuan(risk.needed_fen or 0)}，"
        f"超出资金盘子 {yuan(risk.overdraft_fen)}（临界汇率 {risk.break_even}{reserve}）{firms}"
    )
