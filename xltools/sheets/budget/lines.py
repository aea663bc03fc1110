"""The formulas of a line (plan × insurer), once for all places where lines are computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xltools.scheme import Scheme
from xltools.scheme.model import Insurer, Plan
from xltools.sheets.budget.parameters import by_role

AMOUNTS = ("firms", "exports", "premium", "gross", "fiscal", "own")
"""What a line holds, in the order of its columns."""
HEADINGS = (
    "家数\n（家）",
    "出口额\n（美元）",
    "保费\n（美元）",
    "保费\n（元）",
    "财政扶持\n（元）",
    "企业承担\n（元）",
)
LOOKS = {"firms": "firms", "exports": "usd", "premium": "usd", "gross": "yuan", "fiscal": "yuan", "own": "yuan"}
SCENARIOS = {"low": "低", "base": "基准", "high": "高", "own": "粘贴"}
"""Scenarios by key; 粘贴 is the table that somebody pasted."""
AVERAGE, DISTRIBUTION = "平均", "分布"


@dataclass(frozen=True)
class Line:
    """Where a line is computed: `scenario` is one of SCENARIOS, or `now` for the adopted one."""

    scheme: Scheme
    scenario: str
    plan: Plan
    insurer: Insurer

    def key(self, amount: str) -> str:
        return f"{self.scenario}.{amount}.{self.plan.id}.{self.insurer.id}"


def formulas(line: Line) -> dict[str, str]:
    """The formula of every amount of the line, with `{key}` for other cells."""
    p = names(line.scheme, line.scenario)
    plan, band, insurer = line.plan.id, line.plan.band, line.insurer.id
    parts = [x for x in (p("factor", band), p("mix", plan), p("portion", insurer)) if x]
    dollars = p("exports", band)  # to the dollar at every step: what is shown is what is counted on
    for part in parts:
        dollars = f"ROUND({dollars}*{part},0)"
    premium_of = "分档_保费" if line.scenario == "now" else f"分档_保费_{SCENARIOS[line.scenario]}"
    mine = f"分档_方案,{{{line.key('plan')}}},分档_保险人,{{{line.key('insurer')}}}"

    def either(distribution: str, average: str) -> str:
        factor = p("factor", band)
        return f'IF(计算方式="{DISTRIBUTION}",SUMIFS({distribution},{mine})*{factor},{average})'

    firms, exports, premium, gross, fiscal = (f"{{{line.key(a)}}}" for a in AMOUNTS[:5])
    charged = rate(line.scheme, p, plan, off=p("off", ""))
    average = f"{exports}*{charged}"
    if p("minimum", plan):
        average = f"MAX({average},{firms}*{p('minimum', plan)})"
    paid = f"ROUND({gross}*{p('share', plan)},2)"
    if p("cap", plan):
        paid = f"MIN({paid},ROUND({exports}*{p('cap', plan)}*{p('fx', '')},2))"
    return {
        "firms": f"={either('分档_家数', '*'.join([p('firms', band), *parts]))}",
        "exports": f"=ROUND({either('分档_出口额', dollars)},2)",
        "premium": f"=ROUND({either(premium_of, average)},2)",
        "gross": f"=ROUND({premium}*{p('fx', '')},2)",
        "fiscal": f"={paid}",
        "own": f"=ROUND({gross}-{fiscal},2)",
    }


Names = Callable[[str, str], str]
"""Role and id → how a formula names that parameter, "" where the scheme has none."""


def names(scheme: Scheme, scenario: str) -> Names:
    roles = by_role(scheme)

    def name(role: str, of: str) -> str:
        p = roles.get((role, of))
        return "" if p is None else p.name if scenario == "now" else f"{{{scenario}.{p.name}}}"

    return name


def rate(scheme: Scheme, p: Names, plan: str, off: str = "") -> str:
    """The rate that is charged: after the bid discount and a reduction."""
    return "*".join([p("rate", plan), *(f"(1-{x})" for x in (p("discount", plan), off) if x)])
