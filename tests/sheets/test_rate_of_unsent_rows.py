"""`price_unsent_at` in the workbook: 测算's formulas follow the rate that the engine priced with; 首页 says which it is."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import ironcalc
import pytest
import recalculated
import xlsxwriter
from workspaces import Bureau, bureau_in, firm, own_scheme

from xltools.desk.book import workbook as book
from xltools.scheme import Scheme, load
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.workbook import draw
from xltools.sheets.platform.pricing import formulas

AMOUNTS = ("汇率", "应缴保费(美元)", "应缴保费(元)", "财政扶持(元)", "企业承担(元)")
B = {"wish": "B", "copay": "是", "exports": 3_000_100}


@pytest.fixture(scope="module", params=["budget", "latest"])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Contents:
    """One firm sent at an earlier rate, two more of its insurer, and one of an insurer without any rate."""
    folder = tmp_path_factory.mktemp(request.param)
    changes = () if request.param == "budget" else (('value = "budget"', 'value = "latest"'),)
    bureau: Bureau = bureau_in(folder, own_scheme(folder, *changes))
    rate = {"保险人": "中国信保", "来源": "系统"}
    bureau.load("fx", rate | {"月份": "2019-09", "汇率": 7.05})
    bureau.drop([firm(1), firm(2, **B), firm(3, exports=500_000, wish=None), firm(4, insurer="人保财险")])
    bureau.collect()
    bureau.agree(1)
    bureau.submit()
    bureau.load("fx", rate | {"月份": "2019-10", "汇率": 7.0883})
    bureau.agree(2, 3, 4)
    return book.contents(bureau.workspace, now=bureau.now, today=bureau.today)


def test_the_engine_prices_unsent_rows_at_the_rate_of_the_scheme(shown: Contents) -> None:
    latest = shown.scheme.price_unsent_at.value == "latest"
    theirs = Decimal("7.0883") if latest else Decimal("7")
    assert shown.tables["测算"]["汇率"].to_pylist() == [
        Decimal("7.05") if latest else Decimal("7"), theirs, theirs, Decimal("7"),
    ]  # fmt: skip
    gross = [Decimal("10575.00"), Decimal("21265.61"), Decimal("1063.25"), Decimal("10500.00")]
    if latest:
        assert shown.tables["测算"]["应缴保费(元)"].to_pylist() == gross


def test_libreoffice_shows_the_engines_amounts_and_the_pools_rates(shown: Contents, tmp_path: Path) -> None:
    path = tmp_path / "平台工作簿.xlsx"
    draw(path, shown, vba=None)
    cells = recalculated.by_libreoffice(path, tmp_path)
    rows = shown.tables["测算"].to_pylist()
    letters = {v: re.sub(r"\d", "", at) for at, v in cells["测算"].items() if at.endswith("4") and at[-2].isalpha()}
    found = [{h: cells["测算"].get(f"{letters[h]}{5 + i}") for h in AMOUNTS} for i in range(len(rows))]
    assert found == [{h: float(r[h]) for h in AMOUNTS} for r in rows]
    said = [v for v in cells["首页"].values() if isinstance(v, str) and v.startswith("临界汇率")]
    ours, theirs = shown.tables["资金池"].to_pylist()
    assert said == [
        f"临界汇率 {ours['临界汇率']:.4f}，最新 7.0883（2019-10），余 {ours['按最新汇率余额(元)']:,.2f} 元",
        f"临界汇率 {theirs['临界汇率']:.4f}，还没有读入汇率",
    ]


@pytest.mark.parametrize(
    ("rule", "insurer", "locked", "rate"),
    [
        ("latest", "中国信保", None, 7.0883), ("latest", "人保财险", None, 7.0), ("latest", "中国信保", 6.5, 6.5),
        ("budget", "中国信保", None, 7.0), ("budget", "中国信保", 6.5, 6.5),
    ],
    ids=["the insurer's latest", "none is loaded", "sent rows keep theirs", "the budget rate", "sent at another rate"],
)  # fmt: skip
def test_ironcalc_takes_the_same_rate(
    rule: str, insurer: str, locked: float | None, rate: float, tmp_path: Path
) -> None:
    path = tmp_path / "one.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("S")
        for at, value in {"A1": 0.0003, "A2": locked, "A3": insurer, "A4": 7.0, "B1": "中国信保", "C1": 7.0883,
                          "B2": "人保财险"}.items():  # fmt: skip
            if value is not None:
                sheet.write(at, value)
        sheet.write_formula("A9", "=" + _in_a1(_scheme(rule)))
    assert _evaluated(path) == rate


def _scheme(rule: str) -> Scheme:
    scheme = load("nantong-2019")
    return scheme.model_copy(update={"price_unsent_at": scheme.price_unsent_at.model_copy(update={"value": rule})})


def _in_a1(scheme: Scheme) -> str:
    own = {"费率": "A1", "锁定汇率": "A2", "保险人": "A3"}
    text = re.sub(r"测算\[\[#This Row\],\[([^\]]+)\]\]", lambda m: own[m[1]], formulas(scheme)["fx"])
    return (
        text.replace("资金池[最新汇率]", "$C$1:$C$2").replace("资金池[保险人]", "$B$1:$B$2").replace("预算汇率", "$A$4")
    )


def _evaluated(path: Path) -> Any:
    model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    model.evaluate()
    return model.get_cell_value(0, 9, 1)
