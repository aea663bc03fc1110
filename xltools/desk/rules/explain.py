"""`explain` (一企一说): the whole story of one firm: each rule, its clause, what it saw, what it gave."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.catalogue.columns import roster_columns
from xltools.catalogue.problems import problems_by_code
from xltools.catalogue.reasons import codes, reasons_by_code
from xltools.catalogue.words import exact, figure, usd, yuan
from xltools.desk.apart import amount_of
from xltools.desk.errors import Refusal
from xltools.desk.rules.changes import RECODE, RENAME, since
from xltools.desk.rules.clocks import Watched, claim_lines, clock_lines, watched
from xltools.desk.rules.fxrisk import fx_risks, told
from xltools.desk.rules.outcome_table import FUNDED, funded
from xltools.desk.rules.register import Register, load_register
from xltools.desk.rules.review_sheet import POLICY, waits_for_policy
from xltools.desk.rules.sent import Returned, json_cells
from xltools.desk.rules.standing import Standing, stand
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.engine import cover, money, plans, priorities
from xltools.engine.applications import CUSTOMS, Mask
from xltools.engine.assess import ELIGIBLE, STATUSES, TO_MEND
from xltools.engine.terms import minor
from xltools.ledger import files
from xltools.scheme.model import Plan, Priority

SHOWN = 10
"""Firms that are listed where a name fits several."""
YES, NO, UNKNOWN = "✔", "✘", "？"


@dataclass(frozen=True)
class Story:
    """Sections of lines, in the order in which they are told."""

    number: str
    name: str
    outcome: str
    sections: list[tuple[str, list[str]]]


def explain(workspace: Workspace, wanted: str, *, today: date) -> list[Story]:
    """The story of the firm with that code, 受理编号 or part of a name; several districts' claims are several stories.

    Raises Refusal when nothing or more than one firm fits (they are named).
    """
    with looking(workspace) as conn:
        register = load_register(conn, workspace, today)
        known = {f["id"]: f for f in files.files(conn).to_pylist()}
        rows = _find(register, wanted)
        clocks = watched(conn, workspace, register, today)
    standing = stand(register)
    return [_story(standing, i, known, clocks) for i in rows]


def _find(register: Register, wanted: str) -> list[int]:
    text = wanted.strip().upper()
    names = [n or "" for n in register.claims.text["name"].to_pylist()]
    exact = [
        i
        for i, u in enumerate(register.claims.uscc)
        if text in (u, register.number(i).upper(), *_new(register, i, RECODE))
    ]
    found = exact or [
        i for i, n in enumerate(names) if any(text in one.upper() for one in (n, *_new(register, i, RENAME)))
    ]
    if not found:
        raise Refusal(f"台账里没有“{wanted}”；可以用统一社会信用代码、受理编号或企业名称的一部分来查")
    if len({register.claims.uscc[i] for i in found}) > 1:
        firms = dict.fromkeys(f"{register.number(i)} {names[i]}" for i in found)
        listed = "".join(f"\n  {firm}" for firm in list(firms)[:SHOWN]) + ("\n  ……" if len(firms) > SHOWN else "")
        raise Refusal(f"“{wanted}”对应 {len(firms)} 家企业，请写得更具体：{listed}")
    return found


def _new(r: Register, i: int, kind: str) -> list[str]:
    """The codes or names that accepted changes gave the firm."""
    return [str(c["new"]) for c in r.sent.changes.get(r.number(i), ()) if c["kind"] == kind]


def _story(standing: Standing, i: int, known: dict[int, dict[str, object]], clocks: Watched) -> Story:
    r = standing.register
    sent = r.sent.rows.get(r.claims.uscc[i])
    j = int(np.flatnonzero(standing.rows == i)[0]) if sent is None else -1
    file = known.get(int(r.claims.file_id[i]), {})
    head = [
        f"统一社会信用代码 {r.claims.uscc[i]}，所属区 {_text(r, 'area', i)}，报送单位 {r.claims.district[i]}",
        f"来源 {file.get('name', '')} 第 {r.claims.row[i]} 行；首次收件材料齐全时间 {_moment(r.claims.first_received[i])}",
    ]
    head += _text_line(r, sent)
    sections = [("企业", head), ("填报问题", _problem_lines(r, i)), ("资格", _rule_lines(standing, i))]
    sections.append(("方案", [line for p in range(len(r.scheme.plans)) for line in _plan_lines(standing, i, p)]))
    sections.append(("优先条件", _priority_lines(standing, i)))
    sections.append(("变更", _change_lines(r, i)))
    if sent:
        result = r.sent.results.get((sent["batch_id"], sent["place"]))
        word = "已承保" if sent["status"] == "issued" else "已报送"
        outcome = f"{word}（{sent['insurer']}，方案 {sent['plan']}，排队号 {sent['queue_no']}）"
        held = [f"财政扶持 {yuan(sent['fiscal_fen'])}，企业承担 {yuan(sent['enterprise_fen'])}，汇率 {sent['fx']}"]
        if result and result["policy_no"]:
            sections.append(("承保", _policy_lines(result)))
        sections.append(("报送", [*held, _cover_line(standing, i), *_pending_lines(r, i)]))
    else:
        status = int(standing.outcomes.status[j])
        outcome = STATUSES[status]
        if status == ELIGIBLE:
            mine = standing.applications.take(standing.rows)
            outcome += "，" + FUNDED[int(funded(mine, standing.outcomes)[j])]
            sections += [("保费", _money_lines(standing, i, j)), ("保险期间", [_cover_line(standing, i)])]
            if standing.outcomes.queued[j]:
                sections.append(("排队", _queue_lines(standing, i, j)))
        sections.append(("结论", _conclusion(standing, i, j)))
    sections += [("理赔", claim_lines(clocks, r.claims.uscc[i])), ("期限", clock_lines(clocks, r.claims.uscc[i]))]
    return Story(r.number(i), _text(r, "name", i), outcome, [(t, s) for t, s in sections if s])


def _text_line(r: Register, sent: dict[str, Any] | None) -> list[str]:
    """Which text of the scheme the firm is judged by, where it has been amended: a row sent keeps that of its day."""
    if sent is None:
        return [f"方案文本{r.scheme.holds_since}"] if r.scheme.holds_since else []
    then = r.sent.schemes.get(sent["batch_id"], r.scheme)
    if not (then.holds_since or r.scheme.holds_since):
        return []
    later = r.scheme.holds_since if then.amended != r.scheme.amended else ""
    now = f"；现在的{later}，不改已报送的" if later else ""
    return [f"报送时的方案文本{then.holds_since or '为原文，未经变更'}{now}"]


def _problem_lines(r: Register, i: int) -> list[str]:
    """What is wrong in the firm's row; what stands in personal columns (个人信息) is not repeated."""
    personal = {c.field for c in roster_columns(r.scheme) if c.personal}
    return [f"{said.kind.level}：{said.sentence}" for said in r.claims.findings.said(hide=personal) if said.row == i]


def _rule_lines(standing: Standing, i: int) -> list[str]:
    r, a = standing.register, standing.applications
    review = r.decisions.review.get(r.claims.uscc[i]) or {}
    said = _text(r, "insured", i)
    lines = [
        f"{_mark(not a.declared_insured[i])} 尚未投保（二（一））：区里填“{said}”",
        f"{_mark(a.inforce[i] == 0, a.inforce[i] == 2)} 保险人在保名单（二（一））：{_policies(r, i)}",
        f"{_mark(_text(r, 'opinion', i) == '同意', not _text(r, 'opinion', i))} 区级审核（三③）：{_text(r, 'opinion', i) or '尚无意见'}",
        f"{_mark(not a.outside[i])} 平台区域（二（一））：{_text(r, 'area', i)}",
        _band_line(standing, i),
    ]
    if r.decisions.figures is not None:
        lines.append(_customs_line(standing, i))
    lines += _left_lines(r, i)
    said = review.get("opinion") or ""
    who = f"，{review['reviewer']} {review['reviewed'] or ''}" if review.get("reviewer") else ""
    lines.append(f"{_mark(said == '同意', not said)} 市级审核（三③）：{said or '尚无意见'}{who}")
    return lines


def _customs_line(standing: Standing, i: int) -> str:
    a = standing.applications
    said, met = "有记录或已核定", True
    if a.customs_absent[i]:
        said, met = "没有记录，待市局核定", False
    elif a.incomplete[i] & CUSTOMS:
        said, met = "有行没有读入，出口额不全，待市局核定", False
    unknown = f"；其中国别不明 {usd(a.unknown_country[i])}" if a.unknown_country[i] else ""
    return f"{_mark(met)} 海关数据（二（一））：{said}{unknown}"


def _left_lines(r: Register, i: int) -> list[str]:
    """The rows of the bureau's files that may be the firm's and could not be used: where, what is wrong, what they carry."""
    left = r.decisions.left
    out = []
    for row in left.table.take(pa.array(left.of.get(i, []), pa.int64())).to_pylist():
        title = bureau_tables()[row["bureau"]].title
        kinds = [
            (problems_by_code().get(code), field, value, more)
            for code, field, value, more in json.loads(row["problems"])
        ]
        headings = {c.field: c.heading for c in bureau_tables()[row["bureau"]].column}
        why = "；".join(k.said(value=v, more=m, heading=headings.get(f, "")) for k, f, v, m in kinds if k)
        what = amount_of(bureau_tables()[row["bureau"]])
        carries = f"，带{what} {usd(row['cents'])}" if row["cents"] is not None else ""
        became = "计入总额，国别按未知" if row["counted"] else "没有读入"
        out.append(f"{UNKNOWN} {title} {row['file']} {row['sheet']}!{row['cell']} {became}{carries}：{why}")
    return out


def _band_line(standing: Standing, i: int) -> str:
    r, a = standing.register, standing.applications
    if not a.exports_known[i]:
        return f"{UNKNOWN} 出口额区间（二（一））：{r.scheme.base_year.value} 年出口额未知"
    review = r.decisions.review.get(r.claims.uscc[i]) or {}
    whose = "企业申报"
    if review.get("exports_cents") is not None:
        whose = f"市局核定，依据 {review.get('exports_grounds') or ''}"
    elif r.decisions.figures is not None and r.scheme.base_year.value in r.decisions.figures.years:
        whose = "海关数据"
    band = int(plans.bands(r.scheme, a.exports[i : i + 1])[0])
    gave = r.scheme.bands[band].title if band >= 0 else "不在任何区间"
    return f"{_mark(band >= 0)} 出口额区间（二（一））：{usd(a.exports[i])}（{whose}）→ {gave}"


def _plan_lines(standing: Standing, i: int, p: int) -> list[str]:
    """Why the plan is given, could be given, or is not."""
    r, a, plan = standing.register, standing.applications, standing.register.scheme.plans[p]
    one = a.take(np.array([i]))
    band = plans.bands(r.scheme, one.exports)
    chosen, _, _ = plans.choose(r.scheme, one, band)
    missing = _missing(standing, i, plan, int(band[0]))
    asked = "（企业申请）" if int(a.wish[i]) == p else ""
    if missing:
        return [f"{NO} 方案 {plan.id}{asked}（{plan.clause}）：{'；'.join(missing)}"]
    gave = "给予" if int(chosen[0]) == p else "可以申请，未选"
    return [f"{YES} 方案 {plan.id}{asked}（{plan.clause}）：{gave}"]


def _missing(standing: Standing, i: int, plan: Plan, band: int) -> list[str]:
    r, a, rule = standing.register, standing.applications, plan.entitlement
    out = []
    if not a.exports_known[i]:
        return ["出口额未知"]
    wanted = next(b for b in r.scheme.bands if b.id == plan.band)
    if band < 0 or r.scheme.bands[band].id != plan.band:
        return [f"只适用于{wanted.title}"]
    label = r.scheme.key_label
    if not a.key_known[i] and (rule.key_share or rule.key_exports):
        return [f"{label}出口额未知"]
    one = a.take(np.array([i]))
    if rule.key_share and not plans.at_least(one.key, one.exports, rule.key_share.value)[0]:
        share = Decimal(int(a.key[i])) / Decimal(max(int(a.exports[i]), 1))
        out.append(f"{label}依存度 {share:.2%}，须 {rule.key_share.value:.0%} 以上")
    if rule.key_exports and a.key[i] < minor(rule.key_exports.value):
        out.append(f"{label}出口 {usd(a.key[i])}，须 {rule.key_exports.value:,.0f} 以上")
    if rule.policy_tick and rule.policy_tick.value and not a.policy[i]:
        out.append("政策导向尚未经市局确认")
    if plan.needs_copay and plan.needs_copay.value and not a.copay[i]:
        out.append("没有承诺自缴保费")
    return out


def _priority_lines(standing: Standing, i: int) -> list[str]:
    r, a = standing.register, standing.applications
    declared = (r.claims.text["priorities"][i].as_py() or "").split(",")
    ticked = ((r.decisions.review.get(r.claims.uscc[i]) or {}).get("priorities") or "").split(",")
    lines = []
    for p in r.scheme.priorities:
        one = a.take(np.array([i]))
        known, met = bool(priorities.known(p, one)[0]), bool(priorities.holds(p, one)[0])
        if p.kind == "growth":
            saw = f"上年 {figure(a.exports[i])}，前年 {usd(a.before[i])}" if known else "前一年出口额未知"
        elif p.kind == "emerging_share":
            saw = f"新兴市场 {usd(a.emerging[i])}" if known else "新兴市场出口额未知"
        elif p.kind == "key_dependent":
            saw = _dependence(standing, i, p) if known else f"{r.scheme.key_label}出口额未知"
        else:
            known, no = True, str(p.no)
            listed = r.claims.uscc[i] in r.decisions.lists.get(p.list, set())
            met = no in declared and (listed or no in ticked)
            by = f"{p.list}{'有' if listed else '没有'}该企业" + ("，市局已确认" if no in ticked else "")
            saw = f"区里{'已' if no in declared else '未'}申报，{by}"
        title = f"{p.no} {p.title}" if p.no else p.title
        lines.append(f"{_mark(met, not known)} {title}（{p.clause}）：{saw}")
    return lines


def _dependence(standing: Standing, i: int, p: Priority) -> str:
    """What 二（一） saw: the share of the key countries and who says that the firm follows the policy direction."""
    r, a = standing.register, standing.applications
    share = Decimal(int(a.key[i])) / Decimal(max(int(a.exports[i]), 1))
    least = f"须 {p.threshold.value:.0%} 以上" if p.threshold else ""
    said = (r.decisions.review.get(r.claims.uscc[i]) or {}).get("policy")
    tick = "市局已确认政策导向" if a.policy[i] else "市局认为不符合政策导向" if said else "政策导向尚未经市局确认"
    return f"{r.scheme.key_label}依存度 {share:.2%}（{least}），{tick}"


def _cover_line(standing: Standing, i: int) -> str:
    """From when to when the firm is covered: what was sent, else what the scheme says of it."""
    r = standing.register
    late = r.scheme.late_start
    start = cover.starts(r.scheme, r.claims.times["received"][i : i + 1])[0].item()
    if sent := r.sent.rows.get(r.claims.uscc[i]):
        whole = cover.words(r.scheme, r.scheme.cover.start.value)
        return f"保险起止日 {json_cells(sent).get('cover') or whole}（{late.clause}），按报送时"
    why = "一律自平台生效日起保"
    if late.value == "issue_date":
        why = "自出单日起保"
    elif r.scheme.collected_by:
        when = "以前材料齐全的自平台生效日起保" if start else "以后材料齐全的自出单日起保"
        why = f"{r.scheme.collected_by.value} {when}"
    return f"保险起止日 {cover.words(r.scheme, start)}（{late.clause}）：{why}；保费不按日折算"


def _conclusion(standing: Standing, i: int, j: int) -> list[str]:
    """The reasons of the deciding step, and what would have to change."""
    out = standing.outcomes
    reasons = [reasons_by_code()[c] for c in codes(int(out.reasons[j]))]
    gap = f"，{standing.register.scheme.gap_hint}" if standing.register.scheme.gap_hint else ""
    lines = [f"{r.sentence.format(gap_hint=gap)}（{r.clause}）" for r in reasons]
    if waits_for_policy(standing)[j]:
        return [*lines, f"怎么办：{POLICY}，在审核表填“政策导向确认”"]
    if int(out.status[j]) == TO_MEND and not reasons:
        r = standing.register
        hints = {f.code for f in r.claims.findings.items if f.kind.severity == "error" and i in f.rows}
        lines += [f"要改的：{problems_by_code()[c].hint}" for c in problems_by_code() if c in hints]
    changes = {
        "PLAN_UNAVAILABLE": "改报上面打 ✔ 的方案，或补足该方案的条件",
        "COPAY_MISSING": "企业出具自缴保费承诺，区里把“承诺自缴保费”改为“是”后重新报送",
        "CUSTOMS_ABSENT": "市局在审核表填“核定出口额”和依据",
        "CUSTOMS_INCOMPLETE": "改正上面列出的行，重新读入海关数据；或由市局在审核表填“核定出口额”和依据",
        "CUSTOMS_COUNTRY": "在海关数据里把国别改成中文名称或海关代码（确实不详的写“国别不详”），重新读入",
        "INFORCE_INCOMPLETE": "改正上面列出的行，重新读入在保名单",
        "LISTS_INCOMPLETE": "改正上面列出的行，重新读入名单；或由市局在审核表填“优先确认”",
        "INFORCE_UNCLEAR": "请保险人补明保单性质和起止日期，重新读入在保名单",
        "AWAITING_DISTRICT": "区里填审核意见和材料齐全时间后重新报送",
        "AWAITING_BUREAU": "市局在审核表填意见",
        "INSURER_DECLINED": "企业书面同意改投另一家保险人的，登记变更“换保险人”；不同意的，登记“撤回”",
        "TIE_AT_CUT": "按会议纪要或抽签，在审核表填“同时收件次序”",
    }
    lines += [f"怎么办：{changes[r.code]}" for r in reasons if r.code in changes]
    return lines


def _change_lines(r: Register, i: int) -> list[str]:
    """The accepted changes to what was sent."""
    return [
        f"{c['asked']} {c['asked_by']}申请{c['kind']}"
        + (f"：{c['item']} → {c['new']}" if c["new"] else "")
        + f"，{since(c)} 起（依据 {c['grounds']}）"
        for c in r.sent.changes.get(r.number(i), ())
    ]


def _policy_lines(result: Returned) -> list[str]:
    """The firm's policy as its insurer returned it."""
    period = f"，{result['start']} 至 {result['end']}" if result["start"] and result["end"] else ""
    amounts = (
        ("实际保费", "actual_gross_fen"),
        ("财政承担", "actual_fiscal_fen"),
        ("企业承担", "actual_enterprise_fen"),
    )
    said = "，".join(f"{word} {yuan(result[f])}" for word, f in amounts if result[f] is not None)
    fx = f"，系统汇率 {result['system_fx']}" if result["system_fx"] else ""
    lines = [f"保单 {result['policy_no']}，{result['entered']} 录入{fx}{period}", said]
    lines += [f"不承保国别：{result['excluded']}"] if result["excluded"] else []
    lines += [f"缴费：{result['payment']} {result['paid'] or ''}".rstrip()] if result["payment"] else []
    return lines + ([f"差异说明：{result['reason']}"] if result["reason"] else [])


def _pending_lines(r: Register, i: int) -> list[str]:
    """What a district's file would change on the frozen row."""
    headings = r.claims.findings.headings
    out = ["已报送的行已冻结"]
    for p in r.sent.pending:
        if p["uscc"] == r.claims.uscc[i]:
            fields = "、".join(headings.get(f, f) for f in json.loads(p["changes"]))
            out.append(f"待定变更（{p['district']}，{p['at']}）：{fields}；没有改动报送内容")
    return out


def _policies(r: Register, i: int) -> str:
    found = r.decisions.policies.get(r.claims.uscc[i], [])
    missing = f"（{'、'.join(r.decisions.inforce_missing)}尚未提供名单）" if r.decisions.inforce_missing else ""
    if not found:
        return f"不在名单上{missing}"
    return (
        "；".join(f"{p['insurer']} {p['nature'] or '性质不明'} {p['start'] or '?'}至{p['end'] or '?'}" for p in found)
        + missing
    )


def _mark(met: object, unknown: object = False) -> str:
    return YES if met else UNKNOWN if unknown else NO


def _text(r: Register, field: str, i: int) -> str:
    return str(r.claims.text[field][i].as_py() or "")


def _moment(value: np.datetime64) -> str:
    return "（无）" if np.isnat(value) else str(value).replace("T", " ")


def _money_lines(standing: Standing, i: int, j: int) -> list[str]:
    """The premium as a calculation that can be checked with a pocket calculator."""
    r, a, out = standing.register, standing.applications, standing.outcomes
    plan = r.scheme.plans[int(out.plan[j])]
    off = [Decimal(0), *(x.off.value for x in r.scheme.reductions)][int(a.reduction[i]) + 1]
    terms = money.terms(plan, off)
    fx = standing.fx[int(a.insurer[i])]
    product = exact(a.exports[i]) * terms.rate
    lines = [f"{usd(a.exports[i])} × {terms.rate.normalize():f} = {product.normalize():f} 美元（{plan.rate.clause}）"]
    if off:
        why = r.scheme.reductions[int(a.reduction[i])]
        by = f"，按“{why.list}”名单" if why.list else ""
        lines.append(f"其中费率已减 {off:.0%}：{why.title}（{why.off.clause}{by}）")
    if terms.minimum_cents and product * 100 < terms.minimum_cents and plan.minimum_premium:
        lines.append(f"低于最低保费，按 {plan.minimum_premium.value} 美元（{plan.minimum_premium.clause}）")
    premium = max(product, exact(terms.minimum_cents))
    guess = f"；预估：{'，'.join(standing.estimated)}" if standing.estimated else ""
    lines.append(f"{premium.normalize():f} 美元 × {fx} = {yuan(out.gross_fen[j])}（四舍五入到分{guess}）")
    lines.append(
        f"财政扶持 {plan.fiscal_share.value:.0%}，舍去分以下 = {yuan(out.fiscal_fen[j])}；企业承担 {yuan(out.enterprise_fen[j])}"
    )
    return lines


def _queue_lines(standing: Standing, i: int, j: int) -> list[str]:
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
        return [*lines, f"已安排；本盘子安排后还余 {yuan(pool.free)}", rates]
    mine = (out.status == ELIGIBLE) & (a.insurer[standing.rows] == a.insurer[i])
    ahead = mine & (out.pool_number < out.pool_number[j])
    waiting = ahead & ~out.arranged
    asked = int(out.fiscal_fen[waiting].sum()) + int(out.fiscal_fen[j])
    in_pool, in_all = max(asked - pool.free, 0), max(asked - standing.total_free, 0)
    where = "本盘子" if in_pool >= in_all else "总盘子"
    lines.append(
        f"候补：前面还有 {int(waiting.sum())} 家候补；按次序排到本企业，{where}还差 {yuan(max(in_pool, in_all))}"
    )
    enough = _withdrawals(standing, ahead, pool.insurer, in_pool, in_all)
    if enough:
        lines.append(f"或者前面至少 {enough} 家撤回（按金额从大到小算）")
    return [*lines, rates]


def _withdrawals(standing: Standing, ahead: Mask, insurer: str, in_pool: int, in_all: int) -> int:
    """How many firms in front, the largest first, would have to leave to free that money; 0 where none would do.

    Firms sent are in front of all that are not. Where the total is short, other pools' firms count as well.
    """
    out, sent = standing.outcomes, standing.register.sent.rows.values()
    others = in_all > in_pool
    front = ahead | out.arranged if others else ahead
    freed = [r["fiscal_fen"] for r in sent if others or r["insurer"] == insurer] + out.fiscal_fen[front].tolist()
    total = 0
    for n, fen in enumerate(sorted(freed, reverse=True), 1):
        total += fen
        if total >= max(in_pool, in_all) > 0:
            return n
    return 0
