"""The money and the queue in a firm's story: the sum written out, the place, and how far from being arranged."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from xltools.desk.rules.fxrisk import fx_risks, told
from xltools.desk.rules.standing import Standing
from xltools.engine import money
from xltools.engine.applications import Mask
from xltools.engine.assess import ELIGIBLE


def money_lines(standing: Standing, i: int, j: int) -> list[str]:
    """The premium as a calculation that can be checked with a pocket calculator."""
    r, a, out = standing.register, standing.applications, standing.outcomes
    plan = r.scheme.plans[int(out.plan[j])]
    off = [Decimal(0), *(x.off.value for x in r.scheme.reductions)][int(a.reduction[i]) + 1]
    terms = money.terms(plan, off)
    fx = standing.fx[int(a.insurer[i])]
    exact = _dollars(a.exports[i]) * terms.rate
    lines = [
        f"{_dollars(a.exports[i]):,.2f} 美元 × {terms.rate.normalize():f} = {exact.normalize():f} 美元（{plan.rate.clause}）"
    ]
    if off:
        lines.append(f"其中费率已减 {off:.0%}")
    if terms.minimum_cents and exact * 100 < terms.minimum_cents and plan.minimum_premium:
        lines.append(f"低于最低保费，按 {plan.minimum_premium.value} 美元（{plan.minimum_premium.clause}）")
    premium = max(exact, Decimal(terms.minimum_cents) / 100)
    guess = f"；预估：{'，'.join(standing.estimated)}" if standing.estimated else ""
    lines.append(f"{premium.normalize():f} 美元 × {fx} = {_yuan(out.gross_fen[j])} 元（四舍五入到分{guess}）")
    lines.append(
        f"财政扶持 {plan.fiscal_share.value:.0%}，舍去分以下 = {_yuan(out.fiscal_fen[j])} 元；企业承担 {_yuan(out.enterprise_fen[j])} 元"
    )
    return lines


def queue_lines(standing: Standing, i: int, j: int) -> list[str]:
    """Place, what decided it, and for a waiting firm how much money or how many withdrawals are missing."""
    r, a, out = standing.register, standing.applications, standing.outcomes
    pool = standing.money[int(a.insurer[i])]
    when = "没有材料齐全时间" if np.isnat(a.received[i]) else str(a.received[i]).replace("T", " ")
    number = int(out.number[j]) + standing.first_number
    lines = [
        f"{pool.insurer}：排队号 {number}，池内第 {int(out.pool_number[j]) + standing.pool_first[int(a.insurer[i])]} 位",
        f"依据：{when}，{'优先' if out.priority[j] else '不优先'}，受理编号 {r.number(i)}（{r.scheme.queue.ordering.clause}）",
    ]
    rates = f"本盘子{told(fx_risks(standing)[int(a.insurer[i])])}"
    if out.arranged[j]:
        return [*lines, f"已安排；本盘子安排后还余 {_yuan(pool.free)} 元", rates]
    mine = (out.status == ELIGIBLE) & (a.insurer[standing.rows] == a.insurer[i])
    ahead = mine & (out.pool_number < out.pool_number[j])
    waiting = ahead & ~out.arranged
    asked = int(out.fiscal_fen[waiting].sum()) + int(out.fiscal_fen[j])
    in_pool, in_all = max(asked - pool.free, 0), max(asked - standing.total_free, 0)
    where = "本盘子" if in_pool >= in_all else "总盘子"
    lines.append(
        f"候补：前面还有 {int(waiting.sum())} 家候补；按次序排到本企业，{where}还差 {_yuan(max(in_pool, in_all))} 元"
    )
    enough = _withdrawals(standing, ahead, pool.insurer, in_pool, in_all)
    if enough:
        lines.append(f"或者前面至少 {enough} 家撤回（按金额从大到小算）")
    return [*lines, rates]


def _withdrawals(standing: Standing, ahead: Mask, insurer: str, in_pool: int, in_all: int) -> int:
    """How many firms in front, the largest first, would have to leave to free that money; 0 where none would do.

    Firms sent are in front of all that are not. Where the total is short, other pools' firms count as well.
    """
    out, sent = standing.outcomes, standing.register.sent.values()
    others = in_all > in_pool
    front = ahead | out.arranged if others else ahead
    freed = [r["fiscal_fen"] for r in sent if others or r["insurer"] == insurer] + out.fiscal_fen[front].tolist()
    total = 0
    for n, fen in enumerate(sorted(freed, reverse=True), 1):
        total += fen
        if total >= max(in_pool, in_all) > 0:
            return n
    return 0


def _dollars(cents: object) -> Decimal:
    return Decimal(int(cents)).scaleb(-2)  # type: ignore[call-overload]


def _yuan(fen: object) -> str:
    return f"{_dollars(fen):,.2f}"
