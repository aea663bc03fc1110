"""The demonstration's last page: what came of it beside the scheme's own planning figures, for a director."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

from xltools.catalogue.words import WAN, exact, figure, short, wan
from xltools.desk.rules.fxrisk import FxRisk, fx_risks, warning
from xltools.desk.rules.plaintext import table, wrapped
from xltools.desk.rules.register import load_register
from xltools.desk.rules.review_sheet import waits_for_policy
from xltools.desk.rules.standing import Money, Standing, stand, standing_table
from xltools.desk.rules.status import counted
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.engine.assess import TO_MEND
from xltools.scheme import Scheme
from xltools.scheme.model import Plan

BANDS = (("A、B、C 方案", "upper", ("A", "B", "C")), ("D 方案", "lower", ("D",)))
"""Name, start of the ids of the planning figures, plans."""
SENT = ("已报送", "已承保")


def summary(workspace: Workspace, day: date) -> list[str]:
    """Lines of at most 80 columns: figures beside the plan, the pools, who has to act, where the plan's own figures
    do not fit together."""
    with looking(workspace) as conn:
        standing = stand(load_register(conn, workspace, day))
    rows = standing_table(standing).to_pylist()
    for row, cents in zip(rows, standing.applications.exports.tolist(), strict=True):
        row["出口额"] = Decimal(cents) / 100
    scheme = workspace.scheme
    lines = [scheme.title, f"截至 {day}；金额按预算汇率 {scheme.fx.budget.value} 预估", ""]
    lines += table(_beside_the_plan(scheme, rows))
    risks = fx_risks(standing)
    lines += ["", *_pools(rows, standing.money, risks), ""]
    notes = [
        *_to_do(standing, rows),
        *_at_known_rates(standing, risks),
        "",
        *planning_notes(scheme),
        "",
        *_next(rows),
    ]
    return lines + [line for note in notes for line in wrapped(note, indent="  ")]


def _beside_the_plan(scheme: Scheme, rows: list[dict[str, Any]]) -> list[list[str]]:
    out = [["", "方案测算", "符合条件", "已报送", "候补"]]
    for name, band, plans in BANDS:
        mine = [r for r in rows if r["方案"] in plans]
        parts = _parts(mine)
        planned = _figure(scheme, f"{band}_exports")
        firms = [f"{n} 家" for n in (_figure(scheme, f"{band}_firms"), *(len(p) for p in parts))]
        exports = [f"{v / WAN:,.0f} 万美元" for v in (planned, *(_sum(p, "出口额") for p in parts))]
        fiscal = (_figure(scheme, f"{band}_cost"), *(_sum(p, "财政扶持(元)") for p in parts))
        money = [f"{v / WAN:,.2f} 万元" for v in fiscal]
        out += [[f"{name}　企业", *firms], ["　　承保出口额", *exports], ["　　财政扶持", *money]]
    whole = [scheme.total.value, *(_sum(p, "财政扶持(元)") for p in _parts(rows))]
    own = [f"{_sum(p, '企业承担(元)') / WAN:,.2f} 万元" for p in _parts(rows)]
    return [*out, ["合计　财政扶持", *(f"{v / WAN:,.2f} 万元" for v in whole)], ["　　企业自缴", "", *own]]


def _parts(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Eligible rows, those of them that are out, those that wait for money."""
    arranged = [r["资金安排"] for r in rows]
    sent = [r for r, a in zip(rows, arranged, strict=True) if a in SENT]
    return [
        [r for r, a in zip(rows, arranged, strict=True) if a],
        sent,
        [r for r, a in zip(rows, arranged, strict=True) if a == "候补"],
    ]


def _pools(rows: list[dict[str, Any]], money: list[Money], risks: list[FxRisk]) -> list[str]:
    out = [["资金盘子(元)", "总额", "已报送", "余额", "候补", "候补所需", "临界汇率"]]
    for m, risk in zip(money, risks, strict=True):
        waiting = [r for r in rows if r["保险人"] == m.insurer and r["资金安排"] == "候补"]
        figures = [figure(v) for v in (m.pool, m.committed, m.free)]
        needed = f"{_sum(waiting, '财政扶持(元)'):,.2f}"
        out.append([m.insurer, *figures, f"{len(waiting)} 家", needed, str(risk.break_even or "—")])
    return table(out)


def _to_do(standing: Standing, rows: list[dict[str, Any]]) -> list[str]:
    """Who has to act on the firms that are not arranged."""
    counts = Counter(r["资格"] for r in rows)
    r = standing.register
    policy = set(standing.rows[waits_for_policy(standing) & (standing.outcomes.status == TO_MEND)].tolist())
    districts = Counter(r["报送单位"] for i, r in enumerate(rows) if r["资格"] == "待补正" and i not in policy)
    whose = "、".join(f"{d} {n}" for d, n in districts.most_common())
    refused = sum(counts[s] for s in ("不符合条件", "不在平台区域", "不在出口额区间"))
    gap = sum("BAND_GAP" in r["说明代码"] for r in rows)
    return [
        f"申请 {counted(r.firms, len(r))}，其中不能参加 {refused} 家（{gap} 家出口额在两个区间之间，可改报省级平台）",
        f"等区里补正 {districts.total()} 家：{whose}",
        f"等市局核实 {counts['待核实']} 家，等市局确认政策导向 {len(policy)} 家，等审核 {counts['待审核']} 家",
    ]


def _at_known_rates(standing: Standing, risks: list[FxRisk]) -> list[str]:
    """What is sent and arranged would cost at the insurers' latest known rates, since the rate of entry will count."""
    known = [(m, x) for m, x in zip(standing.money, risks, strict=True) if x.needed_fen is not None]
    if not known:
        return []
    said = "、".join(f"{x.insurer} {x.month} 为 {x.rate}" for _, x in known)
    cost = exact(sum(x.needed_fen or 0 for _, x in known))
    more = cost - exact(sum(m.committed + m.arranged for m, _ in known))
    over = cost - exact(standing.total_fen)
    verdict = f"超出总盘子 {wan(over, 2)} 万元" if over > 0 else "仍在总盘子之内"
    return [
        f"汇率：按保单录入当月系统汇率结算。若按已知汇率（{said}），已报送的财政扶持为 {wan(cost, 2)} 万元，"
        f"比预估多 {wan(more, 2)} 万元，{verdict}",
        *(warning(x) for _, x in known if x.overdraft_fen),
    ]


def planning_notes(scheme: Scheme) -> list[str]:
    """Where the scheme's own planning figures do not fit together, in its own arithmetic at the budget rate."""
    fx = scheme.fx.budget.value
    cost, exports, firms = (_figure(scheme, f"lower_{x}") for x in ("cost", "exports", "firms"))
    d = scheme.plan("D")
    least = d.minimum_premium.value if d.minimum_premium else Decimal(0)
    at_rate, at_least = exports * _fiscal_rate(d) * fx, firms * least * d.fiscal_share.value * fx
    top = next(b for b in scheme.bands if b.id == d.band).max
    assert top is not None
    upper_cost, upper_exports = _figure(scheme, "upper_cost"), _figure(scheme, "upper_exports")
    a, b = scheme.plan("A"), scheme.plan("B")
    implied = upper_cost / fx / upper_exports
    share_b = (implied - _fiscal_rate(a)) / (_fiscal_rate(b) - _fiscal_rate(a))
    gross = upper_exports * fx * ((1 - share_b) * a.rate.value + share_b * b.rate.value)
    return [
        f"方案测算数的出入（按汇率 {fx}）：",
        f"· D 方案 {_yi(exports)} 亿美元按费率应为 {wan(at_rate, 2)} 万元，方案只列 {wan(cost, 2)} 万元；"
        f"{wan(cost, 2)} 万元大致是 {firms} 张保单 × 最低保费 {least} 美元（{wan(at_least, 2)} 万元）",
        f"· D 方案平均每家 {wan(exports / firms, 2)} 万美元，接近区间上限 {wan(top.value, 2)} 万美元，偏高",
        f"· A、B、C 方案：全部为 A 只需 {wan(upper_exports * _fiscal_rate(a) * fx, 2)} 万元；"
        f"{wan(upper_cost, 2)} 万元相当于 {_percent(1 - share_b)} 投 A、{_percent(share_b)} 投 B（按出口额）",
        f"· 这样组合的保费总额约 {wan(gross, 2)} 万元，所以方案的 {wan(scheme.total.value, 2)} 万元是财政扶持，不是保费总额",
    ]


def _next(rows: list[dict[str, Any]]) -> list[str]:
    """What the reader may try in the folder of the demonstration."""
    waits = next((r for r in rows if r["资金安排"] == "候补"), None)
    returns = next((r for r in rows if "PLAN_UNAVAILABLE" in r["说明代码"]), None)
    out = ["接着可以在演示文件夹里试（找不到 xltools 命令时，先在项目文件夹运行 . .venv/bin/activate）："]
    if waits:
        out += [f"  xltools explain {waits['受理编号']}          候补的一家：还差多少钱"]
    if returns:
        out += [f"  xltools explain {returns['受理编号']}          申请的方案不符合条件的一家"]
    return [
        *out,
        "  xltools fund 市局资料/资金变动.xlsx   追加扶持资金，再 submit --accept-fx：候补递补",
        "  改动 报送/ 里任一格再 xltools verify  哪一格被改过，会指出来",
    ]


def _figure(scheme: Scheme, id: str) -> Decimal:
    return next(p.figure.value for p in scheme.planning if p.id == id)


def _fiscal_rate(plan: Plan) -> Decimal:
    return plan.rate.value * plan.fiscal_share.value


def _sum(rows: list[dict[str, Any]], heading: str) -> Decimal:
    return sum((r[heading] for r in rows if r[heading] is not None), Decimal(0))


def _yi(value: Decimal) -> str:
    return short(value / 100_000_000)


def _percent(value: Decimal) -> str:
    return f"{short(value * 100)}%"
