"""The guard of the exchange rate (五（二）): what every screen says, when submit refuses, and what a yes leaves behind.

A plan A firm of 5,000,000 USD takes 10,500.00 yuan at the budget rate of 7.00 and 10,632.45 at 7.0883.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from books import patched
from workspaces import Bureau, bureau_in, firm, firms, own_scheme, pools

from xltools.desk.book import workbook as book
from xltools.desk.press.double_click import run
from xltools.desk.rules.fxrisk import ACCEPT, FxRefused, fx_risks, told

pytestmark = pytest.mark.filterwarnings("ignore:Print area cannot be set")
Made = Callable[..., Bureau]
RATE = {"月份": "2019-09", "汇率": 7.0883, "来源": "系统"}
WARN = ('value = "refuse"', 'value = "warn"')
LATEST = ('value = "budget"', 'value = "latest"')


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """`made(sinosure, *changes, rates={insurer: rate})`: two agreed firms of 中国信保 and this pool for them."""

    def make(sinosure: int, *changes: tuple[str, str], rates: dict[str, Any] | None = None) -> Bureau:
        sizes = [p for p in pools(sinosure, 500_000, sinosure + 500_000) if p[0] != p[1]]
        bureau = bureau_in(tmp_path, own_scheme(tmp_path, *sizes, *changes))
        bureau.drop(firms(1, 2))
        bureau.collect()
        bureau.agree(1, 2)
        for insurer, rate in ({"中国信保": 7.0883} if rates is None else rates).items():
            bureau.load("fx", RATE | {"保险人": insurer, "汇率": rate})
        return bureau

    return make


GUARD = [
    ("a fen short at the latest rate", 21_264.89, (), {"中国信保": 7.0883}, True),
    ("just enough at the latest rate", 21_264.90, (), {"中国信保": 7.0883}, False),
    ("no rate is loaded", 21_000, (), {}, False),
    ("only the other insurer's rate is loaded", 21_000, (), {"人保财险": 9}, False),
    ("the rate is below the budget rate", 21_000, (), {"中国信保": 6.9}, False),
    ("the scheme only warns", 21_000, (WARN,), {"中国信保": 7.0883}, False),
    (
        "unsent rows are priced at the latest rate: one fits, and is sent",
        21_000,
        (LATEST,),
        {"中国信保": 7.0883},
        False,
    ),
]


@pytest.mark.parametrize(("pool", "changes", "rates", "refused"), [g[1:] for g in GUARD], ids=[g[0] for g in GUARD])
def test_when_submit_refuses(
    made: Made, pool: Any, changes: tuple[tuple[str, str], ...], rates: dict[str, Any], refused: bool
) -> None:
    bureau = made(pool, *changes, rates=rates)
    before, files = bureau.tables(), bureau.tree()
    if not refused:
        assert [b.insurer for b in bureau.submit()] == ["中国信保"]
        return
    with pytest.raises(FxRefused) as told_:
        bureau.submit()
    (risk,) = told_.value.risks
    assert (risk.insurer, risk.overdraft_fen, risk.touched) == ("中国信保", 1, ("NT2019-0002",))
    assert (bureau.tables(), bureau.submitted()) == (before, [])
    assert bureau.tree().keys() == files.keys()


def test_the_command_refuses_with_2_and_nothing_written_unless_the_risk_is_accepted(made: Made) -> None:
    bureau = made(21_000)
    for options in ((), ("--dry-run",)):
        ran = bureau.cli("submit", *options)
        assert (ran.code, bureau.submitted()) == (2, [])
        said = "汇率风险：中国信保按最新的已知汇率 7.0883（2019-09），已报送和已安排的共需 21,264.90 元，超出资金盘子 264.90 元"
        assert said in ran.err
        assert "NT2019-0002" in ran.err
        assert "--accept-fx" in ran.err
    told_ = bureau.cli("submit", "--json").json
    assert [(x["insurer"], x["overdraft_fen"], x["touched"]) for x in told_["fx"]] == [
        ("中国信保", 26_490, ["NT2019-0002"])
    ]
    ran = bureau.cli("submit", "--accept-fx")
    assert (ran.code, len(bureau.submitted())) == (0, 1)
    assert "临界汇率 7.0000，最新汇率 7.0883（2019-09），缺口 264.90 元" in ran.out
    entry = bureau.journal()[-1]
    assert entry["detail"]["fx_accepted"] == {"month": "2019-09", "rate": "7.0883", "overdraft_fen": 26_490}
    assert bureau.verify().wrong == []
    assert bureau.cli("submit").code == 0, "nothing is left to send, so nothing is asked"


def test_what_needs_no_yes_leaves_none_in_the_journal(made: Made) -> None:
    bureau = made(21_264.90)
    assert bureau.cli("submit", "--accept-fx").code == 0
    assert "fx_accepted" not in bureau.journal()[-1]["detail"]


def test_sending_to_one_insurer_asks_about_its_pool_only(made: Made) -> None:
    bureau = made(21_000)
    bureau.sent_in([firm(3, insurer="人保财险", area="通州区")], "通州区")
    bureau.agree(3)
    assert [b.insurer for b in bureau.submit("人保财险")] == ["人保财险"]
    with pytest.raises(FxRefused):
        bureau.submit("中国信保")


def test_the_latest_month_counts_and_sent_rows_too(made: Made) -> None:
    bureau = made(21_300)
    bureau.submit()
    assert [told(x) for x in fx_risks(bureau.standing())] == [
        "临界汇率 7.1000，最新汇率 7.0883（2019-09），余 35.10 元", "临界汇率 —（还没有占用），还没有读入汇率",
    ]  # fmt: skip
    bureau.load("fx", RATE | {"保险人": "中国信保", "月份": "2019-11", "汇率": 7.2})
    bureau.load("fx", RATE | {"保险人": "中国信保", "月份": "2019-10", "汇率": 7.0})
    (risk, _) = fx_risks(bureau.standing())
    assert (risk.month, risk.rate, risk.overdraft_fen) == ("2019-11", Decimal("7.2"), 30_000)
    assert (risk.touched, risk.reserve) == (("NT2019-0002",), Decimal("0.0286"))


@pytest.mark.parametrize("verb", ["status", "assess"])
def test_every_screen_shows_the_rate_at_which_the_pool_breaks(made: Made, verb: str) -> None:
    ran = made(21_000).cli(verb)
    assert ran.code == 0
    for said in ("7.0000", "7.0883", "超出资金盘子 264.90 元", "NT2019-0002"):
        assert said in ran.out


def test_the_workbooks_pools_and_hints(made: Made) -> None:
    bureau = made(21_000)
    shown = book.contents(bureau.workspace, now=bureau.now, today=bureau.today)
    ours, theirs = shown.tables["资金池"].to_pylist()
    kept = ("临界汇率", "最新汇率", "汇率月份", "按最新汇率余额(元)")
    assert [ours[h] for h in kept] == [Decimal("7"), Decimal("7.0883"), "2019-09", Decimal("-264.90")]
    assert [theirs[h] for h in kept] == [None] * 4
    assert "汇率风险：中国信保按最新的已知汇率 7.0883（2019-09）" in shown.facts["提示"]
    assert shown.facts[ACCEPT] == ""


def test_unsent_rows_are_priced_at_the_latest_rate_where_the_scheme_says_so(made: Made) -> None:
    bureau = made(21_300, LATEST, rates={"中国信保": 7.0883})
    bureau.sent_in([firm(3, insurer="人保财险", area="通州区")], "通州区")
    bureau.agree(3)
    rows = {r["受理编号"]: r for r in bureau.outcomes().values()}
    found = [(r["汇率"], r["财政扶持(元)"]) for _, r in sorted(rows.items())]
    rate = Decimal("7.0883")
    assert found == [(rate, Decimal("10632.45"))] * 2 + [(Decimal("7"), Decimal("10500.00"))]
    assert (
        "预估：汇率按最新的已知汇率（中国信保 2019-09 7.0883、人保财险 预算汇率 7.00）" in rows["NT2019-0001"]["说明"]
    )
    bureau.submit()
    bureau.load("fx", RATE | {"保险人": "中国信保", "月份": "2019-10", "汇率": 7.05})
    assert {r["汇率"] for r in bureau.outcomes().values()} == {rate, Decimal("7")}, "what was sent keeps its rate"
    assert bureau.verify().wrong == []


def test_what_was_sent_counts_by_the_scheme_of_its_day(made: Made) -> None:
    bureau = made(30_000)
    bureau.submit()
    kept = bureau.root / "本地方案.toml"
    share = 'fiscal_share = { value = 1.00, unit = "保费的比例", clause = "四（二）方案A" }'
    minimum = 'minimum_premium = { value = 9000, unit = "美元/保单", clause = "四（二）方案A" }'
    text = kept.read_text("utf-8")
    assert text.count(share) == 1
    kept.write_text(text.replace(share, f"{minimum}\n{share}"), "utf-8")
    again = Bureau(bureau.root)
    risk = fx_risks(again.standing())[0]
    assert (risk.needed_fen, risk.break_even) == (2_126_490, Decimal("10.0000"))


def press(bureau: Bureau, verb: str) -> tuple[int, str]:
    done = run(bureau.root, verb, now=bureau.now, today=bureau.today, who="王甲")
    return done.code, "\n".join([*done.lines, *(t.text for t in done.troubles)])


def test_a_double_click_needs_the_yes_of_the_closed_workbook_and_clears_it(made: Made) -> None:
    bureau = made(21_000)
    assert bureau.cli("book").code == 0
    (path,) = bureau.root.glob("平台工作簿.*")
    code, said = press(bureau, "submit")
    assert (code, bureau.submitted()) == (2, [])
    assert f"首页“{ACCEPT}”填“是”" in said
    assert "超出资金盘子 264.90 元" in said
    _type(path, "是")
    code, said = press(bureau, "submit")
    assert (code, len(bureau.submitted())) == (0, 1), said
    assert bureau.journal()[-1]["detail"]["fx_accepted"]["overdraft_fen"] == 26_490
    there = openpyxl.load_workbook(path, keep_vba=False)
    sheet, cell = next(iter(there.defined_names[ACCEPT].destinations))
    assert there[sheet][cell].value is None


@pytest.mark.parametrize("typed", ["否", "x", ""])
def test_anything_but_yes_is_no_yes(made: Made, typed: str) -> None:
    bureau = made(21_000)
    assert bureau.cli("book").code == 0
    (path,) = bureau.root.glob("平台工作簿.*")
    _type(path, typed)
    assert press(bureau, "submit")[0] == 2
    assert bureau.submitted() == []


def _type(path: Path, text: str) -> None:
    """What somebody types in the cell and saves: that cell of the package alone."""
    there = openpyxl.load_workbook(path)
    _, cell = next(iter(there.defined_names[ACCEPT].destinations))
    patched(path, "首页", cell.replace("$", ""), f' t="inlineStr"><is><t>{text}</t></is></c>' if text else "/>")
