"""The budget as tables for the terminal: the same figures and sentences as the workbook's sheets."""

from __future__ import annotations

from fractions import Fraction

from xltools.desk.budget import Budget
from xltools.sheets.budget.checks import checks
from xltools.sheets.budget.lines import SCENARIOS
from xltools.sheets.budget.page_estimate import pool_words
from xltools.sheets.budget.page_roster import plan_words
from xltools.sheets.budget.page_scenarios import COMPARED, verdict
from xltools.sheets.budget.page_sensitivity import second
from xltools.sheets.budget.parameters import axes, parameters
from xltools.sheets.budget.words import shown, text

Rows = list[dict[str, str]]
KINDS = {
    "count": "n", "usd": "yuan", "yuan": "yuan", "ratio": "pct", "rate": "rate", "factor": "times", "fx": "fx",
}  # fmt: skip


def assumptions(b: Budget) -> Rows:
    """假设: what the adopted scenario changes, or all parameters of the base."""
    rows = []
    for p in parameters(b.scheme):
        now, base = b.amount(f"now.{p.name}"), b.amount(f"typed.{p.name}")
        if b.case.chosen == "base" or now != base:
            kind = KINDS[p.kind]
            row = {"参数": p.name, "采用值": shown(now, kind)}
            if b.case.chosen != "base":
                row["基准"] = shown(base, kind)
            rows.append({**row, "单位": p.unit, "条款": p.clause})
    return rows


def estimate(b: Budget) -> Rows:
    """测算 by plan and insurer."""
    rows = []
    insurers = b.scheme.insurers
    for plan in b.scheme.plans:
        rows += [_line(b, plan.id, i.name, f".{plan.id}.{i.id}") for i in insurers]
    return [*rows, _line(b, "合计", "", "")]


def _line(b: Budget, plan: str, insurer: str, key: str) -> dict[str, str]:
    return {
        "方案": plan, "保险人": insurer, "家数": f"{float(b.amount(f'now.firms{key}')):,.1f}",
        "出口额(美元)": shown(b.amount(f"now.exports{key}"), "yuan"),
        "保费(美元)": shown(b.amount(f"now.premium{key}"), "yuan"),
        "保费(元)": shown(b.amount(f"now.gross{key}"), "yuan"),
        "财政扶持(元)": shown(b.amount(f"now.fiscal{key}"), "yuan"),
        "企业承担(元)": shown(b.amount(f"now.own{key}"), "yuan"),
    }  # fmt: skip


def pools(b: Budget) -> Rows:
    """资金盘子."""
    return [
        {
            "盘子": name, "资金(元)": shown(b.amount(f"now.pool.{key}"), "yuan"),
            "财政扶持(元)": shown(b.amount(f"now.fiscal.{key}"), "yuan"), "占用": shown(b.amount(f"now.used.{key}"), "pct"),
            "说明": text(pool_words(key), b.figures),
        }
        for name, key in [*((i.name, f"at.{i.id}") for i in b.scheme.insurers), ("总盘子", "at")]
    ]  # fmt: skip


def scenarios(b: Budget) -> Rows:
    """情景 side by side; the pasted one only where there is one."""
    there = {k: t for k, t in SCENARIOS.items() if k != "own" or b.case.chosen == "own"}
    rows: Rows = []
    for amount, label in COMPARED.items():
        kind = "n" if amount == "firms" else "yuan"
        rows.append({"项目": label, **{t: shown(b.amount(f"{k}.{amount}"), kind) for k, t in there.items()}})
    return [*rows, {"项目": "够不够", **{t: text(verdict(k), b.figures) for k, t in there.items()}}]


def sensitivity(b: Budget) -> list[tuple[str, Rows]]:
    """敏感性: both tables with their titles; ▲ marks what exceeds the total."""
    steps, s = axes(b.scheme), second(b.scheme)
    kinds = {"two_shares": ("pct", "pct"), "share_takeup": ("pct", "times"), "rate_share": ("times", "pct")}[s.kind]
    first = ("汇率＼参保系数", steps["fx"], steps["factor"], ("fx", "times"), "fx")
    other = (f"{s.labels[0].rstrip(' ↓')}＼{s.labels[1].rstrip(' →')}", s.down, s.across, kinds, "mix")
    out = []
    for title, (corner, down, across, shapes, key) in (
        ("汇率 × 参保系数（万元）", first),
        (f"{s.title}（万元）", other),
    ):
        rows = []
        for i, x in enumerate(down):
            cells = {shown(Fraction(y), shapes[1]): _cell(b, f"{key}.{i}.{j}") for j, y in enumerate(across)}
            rows.append({corner: shown(Fraction(x), shapes[0]), **cells})
        out.append((title, rows))
    return out


def _cell(b: Budget, key: str) -> str:
    value = b.figures[key]
    if isinstance(value, str):
        return value
    return ("▲" if value > b.amount("all.total") else "") + shown(value, "yuan")


def distribution(b: Budget) -> Rows:
    """分布: averages and distribution of the same firms, plan by plan."""
    rows = []
    for plan in b.scheme.plans:
        i = plan.id
        rows.append({
            "方案": i, "家数": shown(b.amount(f"roster.firms.{i}"), "n"),
            "平均法保费(美元)": shown(b.amount(f"roster.average.{i}"), "yuan"),
            "分布法保费(美元)": shown(b.amount(f"roster.premium.{i}"), "yuan"),
            "少算(财政,元)": shown(b.amount(f"roster.yuan.{i}"), "yuan"),
            "说明": text(plan_words(i, plan.minimum_premium is not None), b.figures),
        })  # fmt: skip
    return rows


def checked(b: Budget) -> list[tuple[str, Rows]]:
    """核对, block by block: what the source document's figures give, and what there is to say."""
    blocks: dict[str, Rows] = {}
    for c in checks(b.scheme):
        row = {"核对事项": c.title, "按原文的数算": shown(b.amount(f"check.{c.id}"), KINDS[c.kind]),
               "结论": text(c.words, b.figures)}  # fmt: skip
        blocks.setdefault(c.block, []).append(row)
    return list(blocks.items())
