"""Everything that stands in the platform workbook (平台工作簿), from the ledger: one Arrow table per catalogue table."""

from __future__ import annotations

from datetime import date, datetime

import pyarrow as pa
from sqlalchemy import Connection

from xltools.catalogue.phases import all_phases
from xltools.catalogue.tables import tables as book_tables
from xltools.desk.book.contents import baseline as base
from xltools.desk.book.contents import (
    care,
    inputs,
    journal,
    losses,
    money,
    problems,
    reach,
    readings,
    results,
    support,
    yearly,
)
from xltools.desk.book.contents import firms as book_firms
from xltools.desk.book.contents import scheme as book_scheme
from xltools.desk.book.contents.firms import Firms, firms
from xltools.desk.reach.prospects import of_register
from xltools.desk.rules.alerts import affected
from xltools.desk.rules.assess import notes
from xltools.desk.rules.clocks import kept, listed, watched
from xltools.desk.rules.financing import reports, totals, white_list
from xltools.desk.rules.fxrisk import ACCEPT
from xltools.desk.rules.paid import paid
from xltools.desk.rules.rebates import rebates
from xltools.desk.rules.register import load_register
from xltools.desk.rules.results import checked
from xltools.desk.rules.review_sheet import to_decide
from xltools.desk.rules.services import served
from xltools.desk.rules.settlement import parts, settled
from xltools.desk.rules.standing import Standing, stand
from xltools.desk.rules.status import counted, states_of
from xltools.desk.verb import buttons
from xltools.desk.workspace import Workspace
from xltools.desk.year.topups import of_rows
from xltools.ledger import bureau, fund, meta
from xltools.scheme.clocks import Clocks
from xltools.scheme.rebates import RebateRules
from xltools.scheme.services import Services
from xltools.sheets.platform.contents import Contents, switches


def build(
    conn: Connection, workspace: Workspace, *, now: datetime, today: date, standing: Standing | None = None
) -> Contents:
    """The contents of the workbook as the ledger stands; `standing` where the caller knows it already."""
    scheme = workspace.scheme
    standing = standing or stand(load_register(conn, workspace, today))
    f = firms(standing)
    won = of_register(conn, workspace, f.register)
    returned = checked(conn, scheme, f.register.sent.lines, today)
    clocks = watched(conn, workspace, f.register, today, returned=returned)
    words = workspace.data("services", Services)
    tables: dict[str, pa.Table] = {
        "名册": book_firms.roster(f, inputs.reviewed(conn, workspace)),
        "测算": (assessed := book_firms.assessed(f)),
        "排队": book_firms.queue(f, assessed),
        "问题": problems.problems(conn, workspace, f, today),
        "报送": money.sent(conn, workspace, f.register),
        "资金池": money.pools(standing),
        "试算表": money.cuts(scheme),
        "核对表": results.compared(scheme, returned),
        "漏斗表": reach.funnel(scheme, won),
        "动员表": reach.firms(scheme, won),
        "配套表": support.top_ups(scheme, of_rows(conn, returned, today)),
        "清算表": results.settlement(
            scheme,
            settled(scheme, returned, paid(bureau.rows(conn, "payments")), fund.refunds(bureau.rows(conn, "fund"))),
        ),
        "清算分项表": results.settlement_parts(scheme, parts(scheme, returned)),
        "缴费表": results.payments_due(scheme, returned),
        "视同收汇表": losses.rebates(scheme, rebates(conn, f.register, workspace.data("rebate_rules", RebateRules))),
        "达标表": losses.attained(scheme, kept(clocks, scheme.cover.start.value, scheme.cover.end.value)),
        "期限表": losses.deadlines(scheme, listed(clocks)),
        **{of.name: inputs.shown(conn, scheme, of) for of in book_tables(scheme) if of.input and of.grows},
        "服务进度表": care.progress(scheme, served(conn, f.register, workspace.data("clocks", Clocks), words, today)),
        "预警对象表": care.affected(scheme, affected(conn, f.register).rows),
        "白名单表": care.white_list(scheme, white_list(conn, f.register, today).rows),
        "融资汇总表": care.financed(scheme, totals(conn, f.register)),
        "资信用量表": care.credit(scheme, reports(conn, f.register, words, today), words),
        "国别组表": book_scheme.country_groups(workspace),
        "方案表": book_scheme.plans(scheme),
        "参数表": book_scheme.parameters(workspace),
        "区表": money.by_district(conn, workspace, standing),
        "方案保险人表": money.by_plan(standing),
        "口径表": readings.shown(conn, scheme),
        "评估表": yearly.judged(conn, scheme),
        "自评表": yearly.review(conn, workspace),
        "统计表": yearly.counted(conn, scheme),
        "简报表": yearly.told(conn, scheme),
        "日志表": journal.journal(conn, scheme),
        **switches(scheme, buttons(), all_phases()),
    }
    tables[base.NAME] = base.make(tables, scheme, meta.get(conn, meta.ID) or "")
    facts = {**_facts(conn, f, tables, now, today), "工作区": str(workspace.root)}
    return Contents(scheme, tables, facts, buttons())


def _facts(conn: Connection, f: Firms, tables: dict[str, pa.Table], now: datetime, today: date) -> dict[str, str]:
    return {
        "状态": f"{now:%Y-%m-%d %H:%M} 已按台账更新，共 {counted(f.register.firms, len(f.register))}",
        "更新于": f"{now:%Y-%m-%d %H:%M:%S}",
        "今天": today.isoformat(),
        "阶段": _phase(f, tables),
        "提示": "\n".join(_hints(conn, f, tables, today)),
        ACCEPT: "",
    }


def _phase(f: Firms, tables: dict[str, pa.Table]) -> str:
    """What the office is doing: template, enrol, review, submit."""
    if not len(f.register):
        return "template"
    if _ours(f):
        return "review"
    if "已安排" in states_of(f.standing) or tables["报送"].num_rows:
        return "submit"
    return "enrol"


def _ours(f: Firms) -> int:
    """Rows on which the bureau itself has to decide something now; others wait for their district first."""
    s = f.standing
    waiting = {int(i) for i in s.rows[s.outcomes.awaits_district]}
    return sum(i not in waiting for i in to_decide(s))


def _hints(conn: Connection, f: Firms, tables: dict[str, pa.Table], today: date) -> list[str]:
    outcomes = f.standing.outcomes
    tied = outcomes.tied
    ties = [f.register.number(int(i)) for i in f.standing.rows[tied]]
    out = [n.sentence for n in notes(f.standing, ties, today)]
    wrong = tables["问题"]["级别"].to_pylist().count("必须改")
    out += [f"必须改的问题 {wrong} 处，见“问题”"] if wrong else []
    todo = _ours(f)
    out += [f"等市局办理的企业 {todo} 家，见“企业名册”的“待办”"] if todo else []
    entries = journal.count(conn)
    if entries > journal.SHOWN:
        out.append(f"日志共 {entries:,} 条，工作簿里是最近 {journal.SHOWN:,} 条，其余在台账里")
    return out
