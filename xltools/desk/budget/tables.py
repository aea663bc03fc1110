"""The budget as tables for the terminal: the same figures and sentences as the workbook's sheets."""

from __future__ import annotations

from decimal import Decimal

from xltools.desk.budget.model import Budget
from xltools.sheets.budget.checks import checks
from xltools.sheets.budget.lines import SCENARIOS
from xltools.sheets.budget.page_estimate import pool_words
from xltools.sheets.budget.page_roster import plan_words
from xltools.sheets.budget.page_scenarios import COMPARED, verdict
from xltools.sheets.budget.page_sensitivity import second
from xltools.sheets.budget.parameters import axes, parameters
from xltools.sheets.budget.scenario import plain
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


def estimate(b: Budget) -> list[tuple[str, Rows]]:
    """测算 by plan and insurer, in two tables that fit a terminal: what is insured, and who pays."""
    insurers = {i.id: i.name for i in b.scheme.insurers}
    keys = {f"{p.id} {name}": f".{p.id}.{i}" for p in b.scheme.plans for i, name in insurers.items()} | {"合计": ""}
    insured, paid = [], []
    for name, key in keys.items():
        premium = {"firms": shown(b.amount(f"now.firms{key}"), "firms")}
        premium |= {
            x: shown(b.amount(f"now.{x}{key}"), "yuan") for x in ("exports", "premium", "gross", "fiscal", "own")
        }
        insured.append(
            {
                "方案": name,
                "家数": premium["firms"],
                "出口额(美元)": premium["exports"],
                "保费(美元)": premium["premium"],
            }
        )
        paid.append(
            {
                "方案": name,
                "保费(元)": premium["gross"],
                "财政扶持(元)": premium["fiscal"],
                "企业承担(元)": premium["own"],
            }
        )
    return [("测算：家数、出口额、保费", insured), ("测算：谁出钱", paid)]


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
        rows.append(
            {
                "项目": label.partition("，")[0].removesuffix("）").replace("（", "(") + ")",
                **{t: shown(b.amount(f"{k}.{amount}"), kind) for k, t in there.items()},
            }
        )
    said = {t: text(verdict(k), b.figures).replace("够用，", "") for k, t in there.items()}
    return [*rows, {"项目": "够不够", **said}]


def sensitivity(b: Budget) -> list[tuple[str, Rows]]:
    """敏感性: both tables with their titles; ▲ marks what exceeds the total."""
    steps, s = axes(b.scheme), second(b.scheme)
    percent = {"two_shares": (True, True), "share_takeup": (True, False), "rate_share": (False, True)}[s.kind]
    first = ("汇率＼系数", steps["fx"], steps["factor"], (False, False), "fx")
    other = ("占比" if s.kind != "rate_share" else "倍数", s.down, s.across, percent, "mix")
    out = []
    for title, (corner, down, across, shapes, key) in (("汇率 × 参保系数", first), (s.title, other)):
        rows = []
        for i, x in enumerate(down):
            cells = {_step(y, shapes[1]): _cell(b, f"{key}.{i}.{j}") for j, y in enumerate(across)}
            rows.append({corner: _step(x, shapes[0]), **cells})
        out.append((title, rows))
    return out


def _step(value: Decimal, percent: bool) -> str:
    return f"{plain(value * 100)}%" if percent else f"{value:.2f}" if value == round(value, 2) else plain(value)


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
