"""The budget's arithmetic against the source document's and domain.md's own numbers, and against `quote`."""

from __future__ import annotations

import random
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import budgets
import demonstration
import numpy as np
import pytest

from xltools.desk.budget.model import Budget, compute
from xltools.desk.budget.roster import from_file, from_ledger
from xltools.desk.budget.tables import checked
from xltools.desk.demo.run import TODAY
from xltools.desk.rules.quote import quote
from xltools.desk.rules.register import load_register
from xltools.desk.rules.standing import stand, standing_table
from xltools.desk.transaction import looking
from xltools.engine import money
from xltools.engine.budget import classes as budget_classes
from xltools.engine.budget.classes import Class, Firms
from xltools.engine.budget.estimate import class_doubt, class_premium, estimate
from xltools.scheme import load
from xltools.sheets.budget.parameters import parameters
from xltools.sheets.budget.scenario import Scenario

HERE = Path(__file__).parents[1]
EXAMPLES = HERE.parent / "examples" / "nantong-2019"
ROSTERS = sorted((EXAMPLES / "收件").glob("*.xlsx"))
NANTONG = load("nantong-2019")


def budget(values: dict[str, str] | None = None, scheme: str = "nantong-2019") -> Budget:
    given = {name: Decimal(value) for name, value in (values or {}).items()}
    return compute(load(scheme), Scenario(given), chosen="own" if given else "base")


def amount(found: Budget, key: str) -> Decimal:
    value = found.amount(key)
    return Decimal(value.numerator) / Decimal(value.denominator)


# ── the source document (五（一）) and domain.md §3 ──


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        pytest.param("now.fiscal.A", "3150000", id="15亿 at 0.03 % and 7.00 is 315万"),
        pytest.param("now.fiscal.B", "1750000", id="5亿 at 0.1 %, half of it, is 175万"),
        pytest.param("now.gross.B", "3500000", id="and 350万 in all"),
        pytest.param("now.fiscal.C", "0", id="nobody is planned on C"),
        pytest.param("now.fiscal.D", "126000", id="D is 12.6万, not 10万"),
        pytest.param("now.fiscal", "5026000", id="so that the whole is 502.6万, 2.6万 more than there is"),
        pytest.param("now.free.at", "-26000", id="the gap"),
        pytest.param("now.fiscal.at.sinosure", "4523400", id="90 % at 中国信保"),
        pytest.param("now.fiscal.at.picc", "502600", id="10 % at 人保财险"),
        pytest.param("now.free.at.sinosure", "-23400", id="中国信保's gap"),
        pytest.param("now.firms", "410", id="270 and 140 firms"),
        pytest.param("now.exports", "2060000000", id="20亿 and 0.6亿"),
        pytest.param("now.own", "1750000", id="what the firms on B pay"),
        pytest.param("check.costs", "5000000", id="490 + 10"),
        pytest.param("check.pools", "5000000", id="450 + 50"),
        pytest.param("check.rate.A", "4200000", id="all on A: 420万"),
        pytest.param("check.rate.B", "7000000", id="all on B: 700万"),
        pytest.param("check.rate.C", "14000000", id="all on C: 1400万"),
        pytest.param("check.mixed.upper", "4900000", id="A 75 % and B 25 %: exactly 490万"),
        pytest.param("check.gross.upper", "6650000", id="whose gross premium is 665万"),
        pytest.param("check.alone.B", "0.25", id="B must have 25 %"),
        pytest.param("check.rate.D", "126000", id="D by its rate"),
        pytest.param("check.least.D", "98000", id="D at the minimum only: 9.8万"),
        pytest.param("check.most.D", "126000", id="both rules: at least 12.6万"),
        pytest.param("apart.most.D", "26000", id="2.6万 more than the document has"),
        pytest.param("apart.costs", "0", id="490 + 10 is the total"),
    ],
)  # fmt: skip
def test_the_base_scenario_is_the_documents_own_estimate(key: str, expected: str) -> None:
    assert amount(budget(), key) == Decimal(expected)


@pytest.mark.parametrize(
    ("key", "expected", "places"),
    [
        ("check.takeup.firms.upper", "0.5510", 4),
        ("check.takeup.exports.upper", "0.5181", 4),
        ("check.takeup.firms.lower", "0.1004", 4),
        ("check.mean.uninsured_firms.upper", "7877551.02", 2),
        ("check.mean.firms.upper", "7407407.41", 2),
        ("check.mean.firms.lower", "428571.43", 2),
        ("check.fx.A", "8.1667", 4),
        ("check.fx.D", "5.5556", 4),
        ("check.alone.C", "0.0714", 4),
        ("check.bite.D", "333333.33", 2),
        ("implied.B.upper.3", "0.2754", 4),  # at 6.90: domain.md has 27.5 %
        ("implied.C.upper.3", "0.0787", 4),
        ("implied.rate.upper.0", "0.00035", 5),
    ],
)
def test_the_documents_ratios(key: str, expected: str, places: int) -> None:
    assert round(amount(budget(), key), places) == Decimal(expected)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("各方案预计扶持资金合计：490 + 10（元）", "✔ 与总盘子相符"),
        ("各保险人资金合计：450 + 50（元）", "✔ 与总盘子相符"),
        ("覆盖面（按家数）：270 家 ÷ 490 家", "✘ 原文“50%左右”，实为 55.10%，相差 5.10 个百分点，按后者测算"),
        ("覆盖面（按出口额）：20 亿美元 ÷ 38.6 亿美元", "ⓘ 与原文“50%左右”大致相符，实为 51.81%"),
        ("覆盖面（按家数）：140 家 ÷ 1,394 家", "✔ 与原文“10%”相符"),
        ("出口额 × 费率 × 财政比例 × 汇率（元）", "✘ 应为 12.60 万元，不是 10 万元；要得 10 万元，汇率须为 5.5556"),
        ("家数 × 最低保费 × 财政比例 × 汇率（元）",
         "✘ 只按最低保费为 9.80 万元；原文 10 万元大致是“家数 × 最低保费”，没有按费率算"),
        ("只有 A 和 B 时，B 须占（出口额）", "490 万元恰为 A 75.00% + B 25.00%"),
        ("按基准占比的保费总额（元）",
         "ⓘ 保费总额约 665.00 万元，多于总盘子：500 万元是财政扶持，不是“保费规模总额”"),
        ("参保企业户均出口额（美元）", "ⓘ 平均 42.86 万美元，接近区间上限 50 万美元，作为平均数偏高"),
    ],
)  # fmt: skip
def test_where_the_documents_figures_do_not_fit_together_it_says_so(row: str, words: str) -> None:
    said = [(r["核对事项"], r["结论"]) for _, rows in checked(budget()) for r in rows]
    assert (row, words) in said


@pytest.mark.parametrize(
    ("values", "fiscal"),
    [
        pytest.param({"汇率": "6.80"}, "4882400", id="488.24万 at 6.80"),
        pytest.param({"参保系数_300万至3000万美元": "0.5"}, "2576000", id="half the firms of A to C"),
        pytest.param({"占比_A": "0.9286", "占比_B": "0", "占比_C": "0.0714"}, "5025720", id="C 7.14 % costs what B 25 % costs"),
        pytest.param({"最低保费_D": "200"}, "5096000", id="140 firms at 200 dollars each"),
        pytest.param({"财政比例_B": "1"}, "6776000", id="no co-payment"),
        pytest.param({"参保家数_0至50万美元": "280"}, "5096000", id="280 firms at the minimum of 100 dollars"),
    ],
)  # fmt: skip
def test_scenarios(values: dict[str, str], fiscal: str) -> None:
    assert amount(budget(values), "now.fiscal") == Decimal(fiscal)


def test_a_scenario_changes_nothing_else() -> None:
    base, other = budget(), budget({"汇率": "6.80"})
    assert other.amount("base.fiscal") == base.amount("now.fiscal")
    for key in ("low.fiscal", "high.fiscal", "check.rate.D", "check.mixed.upper"):
        assert other.figures[key] == base.figures[key]


# ── an oracle of its own: Decimal, line by line ──


def by_hand(values: dict[str, Decimal]) -> dict[str, Decimal]:
    """Nantong's averages once more, in decimals."""

    def half(x: Decimal, unit: str) -> Decimal:
        return x.quantize(Decimal(unit), ROUND_HALF_UP)

    out = {}
    for plan, band in (
        ("A", "300万至3000万美元"),
        ("B", "300万至3000万美元"),
        ("C", "300万至3000万美元"),
        ("D", "0至50万美元"),
    ):
        for id, name in (("sinosure", "中国信保"), ("picc", "人保财险")):
            whole = half(values[f"承保出口额_{band}"] * values[f"参保系数_{band}"], "1")
            mix, portion = values.get(f"占比_{plan}", Decimal(1)), values[f"份额_{name}"]
            exports = half(half(whole * mix, "1") * portion, "1")
            firms = values[f"参保家数_{band}"] * values[f"参保系数_{band}"] * mix * portion
            least = values.get(f"最低保费_{plan}", Decimal(0))
            premium = half(max(exports * values[f"费率_{plan}"], firms * least), "0.01")
            gross = half(premium * values["汇率"], "0.01")
            fiscal = half(gross * values[f"财政比例_{plan}"], "0.01")
            mine = {"exports": exports, "premium": premium, "gross": gross, "fiscal": fiscal, "own": gross - fiscal}
            out |= {f"now.{what}.{plan}.{id}": x for what, x in mine.items()}
    return out


def test_three_hundred_random_scenarios_by_hand() -> None:
    rng = random.Random(6)
    roles = {p.name: p.role for p in parameters(NANTONG)}
    for _ in range(300):
        given = dict(budgets.random_case(rng, NANTONG).typed)
        lines = estimate(NANTONG, {roles[n]: Fraction(x) for n, x in given.items()}).lines
        found = {
            f"now.{what}.{plan}.{insurer}": Decimal(getattr(line, what)).scaleb(-2)
            for (plan, insurer), line in lines.items()
            for what in ("exports", "premium", "gross", "fiscal", "own")
        }
        assert found == by_hand(given)


# ── a roster ──


@pytest.mark.parametrize("path", ROSTERS, ids=lambda p: p.stem)
def test_a_roster_firm_by_firm_costs_what_quote_says(path: Path) -> None:
    known = from_file(path, NANTONG, today=TODAY)
    found = compute(NANTONG, Scenario(), known)
    table = quote(path, NANTONG, today=TODAY, assume_approved=True).table
    eligible = [r for r in table.to_pylist() if r["资格"] == "符合条件"]
    assert found.each == (fen(eligible, "应缴保费(元)"), fen(eligible, "财政扶持(元)"))
    assert found.amount("now.firms") == len(eligible) > 0
    assert abs(found.amount("now.fiscal") * 100 - found.each[1]) <= 3 * len(eligible)  # fen, by rounding only


def fen(rows: list[dict[str, Any]], heading: str) -> int:
    return int(sum(r[heading] for r in rows) * 100)


def test_a_roster_takes_the_scenarios_rates() -> None:
    path = ROSTERS[0]
    found = compute(NANTONG, Scenario({"汇率": Decimal("7.0883")}), from_file(path, NANTONG, today=TODAY), chosen="own")
    table = quote(path, NANTONG, today=TODAY, fx=Decimal("7.0883"), assume_approved=True).table.to_pylist()
    assert found.each is not None
    assert found.each[1] == fen([r for r in table if r["资格"] == "符合条件"], "财政扶持(元)")


def test_the_ledgers_firms_cost_what_assess_says() -> None:
    """Sent and waiting firms alike, in the workspace of the demonstration."""
    workspace = demonstration.workspace()
    found = compute(NANTONG, Scenario(), from_ledger(workspace, today=TODAY))
    with looking(workspace) as conn:
        rows = standing_table(stand(load_register(conn, workspace, TODAY), assume_approved=True)).to_pylist()
    eligible = [r for r in rows if r["资格"] == "符合条件"]
    assert {r["资金安排"] for r in eligible} >= {"已报送", "候补"}
    assert found.each is not None
    assert found.each[1] == fen(eligible, "财政扶持(元)")
    assert found.amount("now.firms") == len(eligible)
    assert found.amount("roster.more.D") > 0  # the averages are wrong for D, and for D alone
    assert [found.amount(f"roster.more.{p}") for p in "ABC"] == [0, 0, 0]


def firms(*exports: int) -> Firms:
    n = len(exports)
    plan = np.full(n, [p.id for p in NANTONG.plans].index("D"), dtype=np.int64)
    return Firms(plan, np.zeros(n, dtype=np.int64), np.full(n, -1, dtype=np.int64), np.array(exports, dtype=np.int64))


BASE = {p.role: Fraction(p.base) for p in parameters(NANTONG)}


@pytest.mark.parametrize(
    ("exports", "premium"),
    [
        pytest.param((0,), 10_000, id="a firm without exports pays the minimum"),
        pytest.param((33_333_333,), 10_000, id="a cent below the threshold too"),
        pytest.param((33_333_334,), 10_000, id="a cent above it: 100.000002 dollars"),
        pytest.param((50_000_000,), 15_000, id="at the top 150 dollars"),
        pytest.param((50_000_000, 0), 25_000, id="two firms whose average would pay the minimum each: 250, not 200"),
        pytest.param((10_000_000, 50_000_000, 33_333_333), 35_000, id="each on its own side"),
    ],
)
def test_the_classes_see_what_averages_do_not(exports: tuple[int, ...], premium: int) -> None:
    found = budget_classes.classes(NANTONG, firms(*exports))
    assert sum(c.firms for c in found) == len(exports)
    assert sum(c.exports for c in found) == sum(exports)
    assert estimate(NANTONG, BASE, found).total.premium == premium
    assert [class_doubt(NANTONG, BASE, c) for c in found] == [0] * len(found)


def test_random_rosters_by_class_are_the_sum_of_their_firms() -> None:
    """At the scheme's own terms nothing is between them."""
    rng = np.random.default_rng(19)
    for _ in range(50):
        exports = np.sort(rng.integers(0, 50_000_001, 140))
        found = budget_classes.classes(NANTONG, firms(*exports.tolist()))
        exact = sum(max(Fraction(int(x)) * Fraction("0.0003"), Fraction(10_000)) for x in exports)
        assert sum(class_premium(NANTONG, BASE, c) for c in found) == exact


def test_another_minimum_is_bounded() -> None:
    """A threshold inside a class: the class costs too little, by no more than is said."""
    values = {**BASE, ("minimum", "D"): Fraction(120)}
    rng = np.random.default_rng(20)
    for _ in range(50):
        exports = rng.integers(33_333_334, 50_000_001, 20)
        c = Class("D", "sinosure", -1, 33_333_333, 50_000_000, 20, int(exports.sum()))
        exact = sum(max(Fraction(int(x)) * Fraction("0.0003"), Fraction(12_000)) for x in exports)
        low = class_premium(NANTONG, values, c)
        assert low <= exact <= low + class_doubt(NANTONG, values, c) + 1
        assert class_doubt(NANTONG, values, c) > 0


@pytest.mark.parametrize("name", sorted((HERE / "schemes").glob("*.toml")), ids=lambda p: p.stem)
def test_classes_of_other_schemes_have_ascending_edges_and_hold_every_firm(name: Path) -> None:
    scheme = load(str(name))
    rng = np.random.default_rng(5)
    for p, plan in enumerate(scheme.plans):
        there = budget_classes.edges(scheme, plan)
        assert there == sorted(set(there))
        assert budget_classes.thresholds(scheme, plan) <= set(there)
        exports = rng.integers(there[0], there[-1] * 2 if plan.band == "all" else there[-1] + 1, 300)
        of = np.zeros(300, dtype=np.int64)
        found = budget_classes.classes(scheme, Firms(of + p, of, of - 1, exports))
        assert sum(c.firms for c in found) == 300 or next(b for b in scheme.bands if b.id == plan.band).max
        assert sum(c.exports for c in found if c.firms) <= int(exports.sum())


def test_reductions_are_kept_apart() -> None:
    shanghai = load(str(HERE / "schemes" / "shanghai-2022.toml"))
    n = np.array([100_000_00, 100_000_00], dtype=np.int64)
    zero = np.zeros(2, dtype=np.int64)
    found = budget_classes.classes(shanghai, Firms(zero, zero, np.array([-1, 0]), n))
    values = {p.role: Fraction(p.base) for p in parameters(shanghai)}
    assert estimate(shanghai, values, found).total.premium == 10_000 + 10_000  # 85 dollars would be below the minimum
    big = budget_classes.classes(shanghai, Firms(zero, zero, np.array([-1, 0]), n * 10))
    assert estimate(shanghai, values, big).total.premium == 100_000 + 85_000


def test_a_fiscal_cap_counts() -> None:
    zhongshan = load(str(HERE / "schemes" / "zhongshan-2021.toml"))
    values = {p.role: Fraction(p.base) for p in parameters(zhongshan)}
    values |= {("exports", "micro"): Fraction(10**8), ("firms", "micro"): Fraction(50), ("mix", "小微"): Fraction(0),
               ("mix", "小微高费率"): Fraction(1)}  # fmt: skip
    line = estimate(zhongshan, values).total
    assert (line.gross, line.fiscal) == (70_000_000, 42_000_000)  # 0.1 % × 7; not 80 % of it but 0.06 % of exports


def test_terms_of_the_roster_are_those_of_policies() -> None:
    """Firm by firm the engine prices, with its floor for the fiscal part: B, 3,000,100.00 dollars at 7.0883."""
    plan = [p.id for p in NANTONG.plans].index("B")
    one = Firms(np.array([plan]), np.array([0]), np.array([-1]), np.array([300_010_000], dtype=np.int64))
    terms = {(p.id, -1): money.terms(p) for p in NANTONG.plans}
    assert budget_classes.fiscal_fen(NANTONG, one, terms, Decimal("7.0883")) == (2_126_561, 1_063_280)
