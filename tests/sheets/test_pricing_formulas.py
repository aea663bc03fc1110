"""测算's worksheet formulas equal the engine to the fen: in LibreOffice, in IronCalc, and in doubles that lose digits."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import ironcalc
import pricing_books as books
import pricing_cases as cases
import pyarrow as pa
import pytest
import sheetmath
from converting import convert
from pricing_books import Shown
from pricing_cases import SCHEMES, Row

from xltools.catalogue.tables import TYPES, table, tables
from xltools.scheme import Scheme
from xltools.sheets.platform import live, pricing

NANTONG = "nantong-2019"
AMOUNTS = ("应缴保费(美元)", "应缴保费(元)", "财政扶持(元)", "企业承担(元)")
SHOWN = (*AMOUNTS, "费率", "汇率", "保费整数")
EXCEL_2016 = {
    "IF", "OR", "INDEX", "MATCH", "MAX", "MIN", "ROUND", "INT", "MOD", "LEN", "FIND", "ISNUMBER", "SUBSTITUTE",
    "HYPERLINK", "AND", "NOT", "SUM", "SUMIFS", "COUNTIFS",
}  # fmt: skip
"""Functions that the formulas may use: none newer, none volatile."""

LINKS = {
    "a cell of a file": ("退回/崇川区.xlsx", "C12", "退回/崇川区.xlsx#C12"),
    "a whole row opens at its first cell": ("退回/崇川区.xlsx", "第7行", "退回/崇川区.xlsx#A7"),
    "a file without a place": ("备份/原件/0a1b 汇总.xls", "", "备份/原件/0a1b 汇总.xls"),
    "no path": ("", "C12", ""),
    "the longest that can be opened": ("收" * 251, "C12", "收" * 251 + "#C12"),
    "too long": ("收" * 252, "C12", ""),
    "a number sign would cut the name": ("退回/1#厂.xlsx", "C12", ""),
}


SOAK = "nantong-2019, many"
CASES = {name: (scheme, 2_000 if name == NANTONG else 400) for name, scheme in SCHEMES.items()}
CASES[SOAK] = (SCHEMES[NANTONG], 20_000)
"""Scheme, and how many rows besides those at the edges."""
cases_in_turn = pytest.mark.parametrize("name", [*SCHEMES, pytest.param(SOAK, marks=pytest.mark.soak)])


@cache
def rows(name: str) -> list[Row]:
    scheme, n = CASES[name]
    return cases.rows(scheme, n, seed=20190901)


@cache
def expected(name: str) -> list[cases.Amounts | None]:
    """What the engine says of the rows, None where the firm is not entitled."""
    priced = cases.engine(CASES[name][0], rows(name))
    return [p if r.status == "符合条件" else None for p, r in zip(priced, rows(name), strict=True)]


@pytest.fixture(scope="module")
def libreoffice(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Shown]:
    """What LibreOffice shows of a case's workbook."""
    folder = tmp_path_factory.mktemp("libreoffice")

    @cache
    def shown(name: str) -> Shown:
        scheme, _ = CASES[name]
        books.build(folder / f"{name}.xlsx", scheme, rows(name), books.structured)
        return books.shown(convert(folder / f"{name}.xlsx", folder, "xlsx"), scheme, "测算")

    return shown


@pytest.fixture(scope="module")
def by_ironcalc(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Shown]:
    """What IronCalc shows of a case's workbook."""
    folder = tmp_path_factory.mktemp("ironcalc")

    @cache
    def shown(name: str) -> Shown:
        scheme, _ = CASES[name]
        books.build(folder / f"{name}.xlsx", scheme, rows(name), books.in_a1(scheme))
        return books.by_ironcalc(folder / f"{name}.xlsx", scheme, len(rows(name)), SHOWN)

    return shown


def wrong(name: str, shown: Shown) -> list[str]:
    """The rows that do not show the double next to the engine's amount, or show one where there is none."""
    out = []
    for row, amounts, *values in zip(rows(name), expected(name), *(shown[h] for h in AMOUNTS), strict=True):
        wanted: list[Any] = [""] * 4
        if amounts:
            wanted = [v / 100 for v in (amounts.premium, amounts.gross, amounts.fiscal, amounts.enterprise)]
        if values != wanted:
            out.append(f"{row}: {values}, not {wanted}")
    return out


# ── the amounts ──
@cases_in_turn
def test_the_engine_agrees_with_fractions(name: str) -> None:
    scheme, _ = CASES[name]
    assert cases.engine(scheme, rows(name)) == [cases.oracle(scheme, r) for r in rows(name)]


@cases_in_turn
def test_ironcalc_shows_the_engines_amounts(name: str, by_ironcalc: Callable[[str], Shown]) -> None:
    assert wrong(name, by_ironcalc(name))[:3] == []


# ── the arithmetic, without any program ──
def evaluated(scheme: Scheme, arithmetic: sheetmath.Arithmetic) -> Any:
    """A function that gives the amounts of a row, in cents and fen, as the formulas do."""
    texts = pricing.formulas(scheme)
    of = {
        c.heading: sheetmath.compiled(texts[c.formula], arithmetic)
        for c in table(scheme, "测算").columns
        if texts.get(c.formula)
    }
    number = arithmetic.number
    plans = [books.of_plan(p) for p in scheme.plans]
    exactly = {"费率": pricing.plan_rate, "财政比例": lambda p: p.fiscal_share.value}

    def amounts(row: Row) -> list[Any]:
        given: dict[str, Any] = {
            "资格": row.status, "方案": row.plan, "出口额(美元)": number(Fraction(row.cents, 100)),
            "锁定汇率": None if row.locked is None else number(Fraction(row.locked)),
            "费率": number(Fraction(cases.rate(scheme.plan(row.plan), row.off))),
        }  # fmt: skip

        def cell(place: str, heading: str) -> Any:
            if place == "预算汇率":
                return number(Fraction(scheme.fx.budget.value))
            if place == "方案表":
                if heading in exactly:
                    return [number(Fraction(exactly[heading](p))) for p in scheme.plans]
                return [number(Fraction(v)) if isinstance(v := p[heading], float) else v for p in plans]
            if heading in of and heading not in computed:
                computed[heading] = of[heading](cell)
            return computed[heading] if heading in computed else given[heading]

        computed: dict[str, Any] = {}
        return [cell("测算", h) for h in AMOUNTS]

    return amounts


ARITHMETICS = {
    "exactly, with no number above 10^15 and none rounded that has more than 15 digits": sheetmath.EXACT,
    "in doubles": sheetmath.IEEE,
    "in doubles whose roundings and differences see 15 digits, as Excel's": sheetmath.FIFTEEN,
    "with 15 digits of every result": sheetmath.SHOWN,
}


@pytest.mark.parametrize("arithmetic", ARITHMETICS.values(), ids=ARITHMETICS)
@cases_in_turn
def test_the_formulas_give_the_engines_amounts(name: str, arithmetic: sheetmath.Arithmetic) -> None:
    amounts = evaluated(CASES[name][0], arithmetic)
    for row, right in zip(rows(name), expected(name), strict=True):
        if right:
            wanted = [right.premium, right.gross, right.fiscal, right.enterprise]
            assert amounts(row) == [arithmetic.number(Fraction(w, 100)) for w in wanted], row


@pytest.mark.parametrize("arithmetic", [sheetmath.IEEE, sheetmath.FIFTEEN], ids=["doubles", "15 digits"])
def test_the_plain_product_is_wrong_on_some_of_these_rows(arithmetic: sheetmath.Arithmetic) -> None:
    """So that what the others find is no matter of course."""
    plain = sheetmath.compiled("ROUND(甲[e]*甲[r]*甲[f],2)", arithmetic)
    scheme, missed = SCHEMES[NANTONG], 0
    for row, right in zip(rows(NANTONG), expected(NANTONG), strict=True):
        plan = scheme.plan(row.plan)
        if right and row.locked and not plan.minimum_premium:
            cells = {"e": row.cents / 100, "r": float(plan.rate.value), "f": float(row.locked)}
            missed += plain(lambda _, heading, cells=cells: cells[heading]) != right.gross / 100  # type: ignore[misc]
    assert missed > 20


VECTORS = {
    "A, 3 million dollars": ("A", "3000000.00", "900.00", "6379.47", "6379.47", "0.00"),
    "A, an amount with cents": ("A", "7877551.02", "2363.27", "16751.53", "16751.53", "0.00"),
    "A, the largest": ("A", "30000000.00", "9000.00", "63794.70", "63794.70", "0.00"),
    "B, shared evenly": ("B", "3000000.00", "3000.00", "21264.90", "10632.45", "10632.45"),
    "B, an odd fen goes to the firm": ("B", "3000100.00", "3000.10", "21265.61", "10632.80", "10632.81"),
    "B, the largest": ("B", "30000000.00", "30000.00", "212649.00", "106324.50", "106324.50"),
    "C, an amount with cents": ("C", "5555555.56", "5555.56", "39379.44", "39379.44", "0.00"),
    "D, no exports pay the minimum": ("D", "0.00", "100.00", "708.83", "708.83", "0.00"),
    "D, a cent below the minimum's end": ("D", "333333.33", "100.00", "708.83", "708.83", "0.00"),
    "D, a cent above it": ("D", "333333.34", "100.00", "708.83", "708.83", "0.00"),
    "D, the half of a fen goes up": ("D", "500000.00", "150.00", "1063.25", "1063.25", "0.00"),
}


@pytest.mark.parametrize(("plan", "exports", "amounts"), [(v[0], v[1], v[2:]) for v in VECTORS.values()], ids=VECTORS)
def test_vectors_at_7_0883(plan: str, exports: str, amounts: tuple[str, ...]) -> None:
    row = Row(int(Decimal(exports) * 100), plan, Decimal(0), Decimal("7.0883"))
    assert [f"{float(v):.2f}" for v in evaluated(SCHEMES[NANTONG], sheetmath.FIFTEEN)(row)] == list(amounts)


# ── what the formulas are ──
@pytest.mark.parametrize("name", SCHEMES)
def test_every_formula_of_the_catalogue_is_there_and_known_to_excel_2016(name: str) -> None:
    scheme = SCHEMES[name]
    formulas = live.formulas(scheme)
    assert set(formulas) == {c.formula for t in tables(scheme) for c in t.columns if c.formula}
    for text in formulas.values():
        assert set(re.findall(r"([A-Z][A-Z.0-9]*)\(", text)) <= EXCEL_2016
        assert len(text) < 8192
        assert "@" not in text
        for place, heading in re.findall(r"(\w+)\[(?:\[#This Row\],\[)?([^\]]+)\]", text):
            assert heading in table(scheme, place).headings, (place, heading)


def test_the_longest_formula_that_every_row_carries_is_shorter_than_300_characters() -> None:
    assert max(map(len, pricing.formulas(SCHEMES[NANTONG]).values())) < 300


def test_where_firms_have_their_own_reduction_the_rate_is_a_value() -> None:
    assert [name for name, s in SCHEMES.items() if not pricing.formulas(s)["rate"]] == ["shanghai-2022"]


def _with_rate(rate: str) -> Scheme:
    scheme = SCHEMES["yuyao-2026"]
    open_ended = scheme.plan("二")
    figure = open_ended.rate.model_copy(update={"value": Decimal(rate)})
    return scheme.model_copy(update={"plans": (open_ended.model_copy(update={"rate": figure}),), "id": rate})


@pytest.mark.parametrize(
    ("rate", "decimals"),
    [("0.00041", 6), ("0.0004123", None), ("0.000000041", None), ("1", 3)],
    ids=[
        "six decimals after the discount fit ten billion dollars",
        "eight do not",
        "ten are more than a cell of the ledger has",
        "a rate of one leaves three",
    ],
)
def test_what_cannot_be_exact_is_no_formula(rate: str, decimals: int | None) -> None:
    scheme = _with_rate(rate)
    assert pricing.rate_decimals(scheme) == decimals
    amounts = [pricing.formulas(scheme)[name] for name in ("units", "premium", "gross")]
    assert [bool(text) for text in amounts] == [decimals is not None] * 3


# ── what LibreOffice shows ──
@cases_in_turn
def test_libreoffice_shows_the_engines_amounts(name: str, libreoffice: Callable[[str], Shown]) -> None:
    assert wrong(name, libreoffice(name))[:3] == []


@cases_in_turn
def test_rates_exchange_rates_and_units_stand_where_they_belong(
    name: str, libreoffice: Callable[[str], Shown], by_ironcalc: Callable[[str], Shown]
) -> None:
    scheme, _ = CASES[name]
    ok = [r.status == "符合条件" for r in rows(name)]
    rates = [cases.rate(scheme.plan(r.plan), r.off) if k else None for r, k in zip(rows(name), ok, strict=True)]
    fx = [scheme.fx.budget.value if r.locked is None else r.locked for r in rows(name)]
    assessed = pa.table(
        {
            "出口额(美元)": pa.array([Decimal(r.cents).scaleb(-2) for r in rows(name)], TYPES["usd"]),
            "费率": pa.array([None if v is None else v.quantize(Decimal("1e-8")) for v in rates], TYPES["rate"]),
            "方案": [r.plan if k else None for r, k in zip(rows(name), ok, strict=True)],
        }
    )
    wanted = {
        "费率": ["" if v is None else float(v) for v in rates],
        "汇率": [float(v) if k else "" for v, k in zip(fx, ok, strict=True)],
        "保费整数": ["" if v is None else v for v in pricing.units(scheme, assessed).to_pylist()],
    }
    for shown in (libreoffice(name), by_ironcalc(name)):
        for heading, values in wanted.items():
            assert shown[heading] == values, heading


# ── the link of 问题 ──
@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> list[list[tuple[Any, Any]]]:
    """打开 and where it leads, by LibreOffice and by IronCalc."""
    scheme, folder = SCHEMES[NANTONG], tmp_path_factory.mktemp("links")
    path = folder / "structured.xlsx"
    books.build_links(path, scheme, [v[:2] for v in LINKS.values()], books.structured)
    lines = books.shown(convert(path, folder, "xlsx"), scheme, "问题", beside="Z")
    path = folder / "links.xlsx"
    books.build_links(path, scheme, [v[:2] for v in LINKS.values()], books.links_in_a1(scheme))
    model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    model.evaluate()
    opens = table(scheme, "问题").headings.index("打开") + 1
    cells = [[model.get_cell_value(0, books.FIRST + i, j) or "" for j in (opens, 26)] for i in range(len(LINKS))]
    return [list(zip(lines["打开"], lines["Z"], strict=True)), [(o, to) for o, to in cells]]


@pytest.mark.parametrize(("place", "wanted"), [(i, v[2]) for i, v in enumerate(LINKS.values())], ids=LINKS)
def test_links_lead_to_file_and_cell(place: int, wanted: str, links: list[list[tuple[Any, Any]]]) -> None:
    assert [seen[place] for seen in links] == [("打开" if wanted else "", wanted)] * 2
