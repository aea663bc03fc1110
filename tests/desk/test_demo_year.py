"""The demonstration's second half: returns with the mistakes that insurers make, payments, a change, the settlement."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import pytest
from demonstration import ran
from workspaces import Bureau

from xltools.desk.demo import losses
from xltools.desk.demo.year import DAY, RATES, Year
from xltools.desk.workspace import open_workspace


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Year, dict[str, list[str]], Bureau]:
    """The steps in a copy of the demonstration's workspace, and what each told."""
    demo = ran().demo
    root = tmp_path_factory.mktemp("year") / "统保演示"
    shutil.copytree(demo.root, root)
    year = Year(open_workspace(root, "演示"), root / "市局资料")
    told = {title: part() for title, part in year.steps()}
    return year, told, Bureau(root, DAY)


def fiscal(exports: int, rate: str, minimum: int, share: str, fx: Fraction) -> int:
    """五（二）: half up once, the budget's share rounded down."""
    gross = floor(max(Fraction(exports) * Fraction(rate), Fraction(minimum)) * fx + Fraction(1, 2))
    return floor(gross * Fraction(share))


def test_prepaid_actual_fx_effect_and_gap_are_told_to_the_fen(lived: tuple[Year, dict[str, list[str]], Bureau]) -> None:
    year, told, bureau = lived
    tables = bureau.tables()
    sent = {(r["uscc"], r["insurer"]): r for r in tables["sent"]}
    numbers = {f"NT2019-{r['arrival']:04d}": r for r in sent.values()}
    actual: Counter[str] = Counter()
    effect: Counter[str] = Counter()
    for r in tables["issued"]:
        if not r["policy_no"]:
            continue
        row = numbers[r["case_no"]]
        cells: dict[str, Any] = json.loads(row["cells"])
        minimum = 10_000 if row["plan"] == "D" else 0
        fx = Fraction(RATES[r["insurer"], int(r["entered"][5:7])])
        due = fiscal(cells["exports_cents"], cells["rate"], minimum, cells["fiscal_share"], fx)
        actual[r["insurer"]] += r["actual_fiscal_fen"]
        effect[r["insurer"]] += due - row["fiscal_fen"]
    for one in year.settled.insurers:
        assert one.paid == {"中国信保": 450_000_000, "人保财险": 50_000_000}[one.insurer]
        assert (one.actual, one.fx) == (actual[one.insurer], effect[one.insurer])
        assert one.paid + one.number + one.fx + one.reckoning == one.actual
        assert f"{one.surplus / 100:,.2f}" in "".join(told["清算"])


def test_the_insurers_mistakes_are_found_and_nothing_else(lived: tuple[Year, dict[str, list[str]], Bureau]) -> None:
    _, told, bureau = lived
    said = "\n".join(told["承保结果"])
    assert said.count("已经用在") == 4
    assert "拒保 1 家" in said
    results = bureau.tables()["issued"]
    assert sum(bool(r["refusal"]) for r in results) == 2
    assert not [r for r in results if r["policy_no"] and r["policy_no"].endswith("00010")]


def test_the_year_verifies(lived: tuple[Year, dict[str, list[str]], Bureau]) -> None:
    year, _, bureau = lived
    assert not year.verified.wrong
    names = [p.name for p in (Path(bureau.root) / "清算").iterdir()]
    assert len(names) == 2
    assert any("变更第01批" in n for n in bureau.submitted())


def test_half_a_year_later_there_are_claims_with_the_mistakes_that_insurers_make(
    lived: tuple[Year, dict[str, list[str]], Bureau], tmp_path: Path
) -> None:
    """003 十二: no indemnity above the limit, none that was not decided; what is wrong is named and the rest is taken."""
    root = tmp_path / "统保演示"
    shutil.copytree(lived[2].root, root)
    bureau = Bureau(root, losses.DAY)
    rows = losses.losses(bureau.workspace)
    wrong = {name: [p.code for x in bureau.load(name, *rows[name]).left for p in x.placed] for name in rows}
    assert wrong == {
        "claims": ["CLAIM_PAPERS"], "decisions": ["REFERENCE_UNKNOWN", "DECISION_EARLY"],
        "indemnities": ["PAID_UNDECIDED", "REFERENCE_UNKNOWN", "PAID_UNDECIDED"], "recoveries": ["RECOVERY_SPLIT"],
    }  # fmt: skip
    tables = bureau.tables()
    limits = {r["policy_no"]: r["limit_cents"] for r in tables["issued"]}
    policy = {r["claim_no"]: r["policy_no"] for r in tables["loss_claims"]}
    left = {
        p: limits[p] or json.loads(next(r["cells"] for r in tables["sent"] if r["uscc"] == u))["limit_cents"]
        for p, u in {r["policy_no"]: r["firm"] for r in tables["loss_claims"]}.items()
    }
    bound = 0
    for r in sorted(tables["decisions"], key=lambda r: (r["day"], r["claim"], r["no"])):
        if r["conclusion"] != "拒赔":
            want = floor(Fraction(r["loss_cents"]) * Fraction(r["ratio"]) + Fraction(1, 2))
            assert r["indemnity_cents"] == min(want, left[policy[r["claim"]]])
            bound += r["indemnity_cents"] < want
            left[policy[r["claim"]]] -= r["indemnity_cents"]
    assert bound >= 1
    assert len(tables["loss_claims"]) == losses.CASES - 1
    assert bureau.press("clocks").outcome.startswith("期限：已逾期")
