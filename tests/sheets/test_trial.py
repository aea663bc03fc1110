"""A rate tried out in the workbook (试算汇率): the formulas give what the engine gives, whom it touches included."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import ironcalc
import openpyxl
import pytest
import recalculated
from openpyxl.utils import get_column_letter, range_boundaries
from workspaces import Bureau, bureau_in, firm, own_scheme, pools

from xltools.desk.book import workbook as book
from xltools.desk.rules.fxrisk import open_rows
from xltools.desk.rules.standing import Standing, stand
from xltools.engine import exposure
from xltools.scheme import Scheme, load
from xltools.scheme.model import Figure
from xltools.sheets.platform import trial
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.workbook import draw
from xltools.sheets.platform.splice.update import splice

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
B = {"wish": "B", "copay": "是", "exports": 3_000_100}
RATES = {
    "the pools hold": Decimal("6.9"), "they break by a few fen": Decimal("7.00001"), "some are touched": Decimal("7.3"),
    "everybody is touched": Decimal("99.99"), "all decimals": Decimal("7.08831234"),
}  # fmt: skip


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    """Two firms sent, one of them issued, four arranged in two pools that are full to the fen, one that waits."""
    folder = tmp_path_factory.mktemp("trial")
    # at 7.00: A of 5,000,000 is 10,500.00; B of 3,000,100 half of 21,000.70; D of 300,000 is 700.00
    bureau = bureau_in(folder, own_scheme(folder, *pools("43400.35", 11_200, "54600.35")))
    bureau.load("fx", {"保险人": "中国信保", "来源": "系统", "月份": "2019-09", "汇率": 7})
    rows = [
        firm(1),
        firm(2, **B),
        firm(3),
        firm(4, exports=300_000, wish=None),
        firm(5),
        firm(6, exports=300_000, wish=None),
    ]
    other = [
        firm(7, insurer="人保财险"),
        firm(8, insurer="人保财险", exports=300_000, wish=None),
        firm(9, insurer="人保财险"),
    ]
    bureau.sent_in([*rows, *other])
    bureau.agree(1, 2)
    bureau.submit()
    bureau.agree(3, 4, 5, 6, 7, 8, 9)
    return bureau


@pytest.fixture(scope="module")
def shown(there: Bureau) -> Contents:
    return book.contents(there.workspace, now=there.now, today=there.today)


def engines(standing: Standing, rate: Decimal) -> dict[str, Any]:
    """By the engine: what each pool needs, has left, must have put by, and the firms touched."""
    touched, out = set[str](), []
    for k, m in enumerate(standing.money):
        rows, number = open_rows(standing, k, standing.outcomes.arranged)
        at = exposure.exposed(m.pool, m.issued, rows, rate)
        touched |= {number(i) for i in at.touched}
        out.append(
            [
                at.needed_fen / 100,
                (m.pool - at.needed_fen) / 100,
                float(exposure.shown_reserve(at.reserve)),
                len(at.touched),
            ]
        )
    return {"pools": out, "touched": sorted(touched)}


def read(cells: dict[str, Any], sheet: str, heads: list[str], rows: int) -> list[list[Any]]:
    """The columns under these headings of the table in A4; "" where blank."""
    page = cells.get(sheet, {})
    at = {v: a[:-1] for a, v in page.items() if re.fullmatch("[A-Z]+4", a)}
    return [[page.get(f"{at[h]}{row}", "") for h in heads] for row in range(5, 5 + rows)]


def of_book(cells: dict[str, Any]) -> dict[str, Any]:
    found = read(cells, "资金", [trial.NEEDED, trial.LEFT, trial.RESERVE, trial.FIRMS], 2)
    queue = read(cells, "排队", ["受理编号", trial.TOUCHED], 9)
    return {"pools": found, "touched": sorted(n for n, said in queue if said == trial.MARK)}


def test_what_the_cell_holds_is_what_the_engine_says(there: Bureau, shown: Contents) -> None:
    standing = stand(there.register())
    for rate in RATES.values():
        tried = trial.tried(shown, rate)
        pools_ = tried.tables["资金池"].select([trial.NEEDED, trial.LEFT, trial.RESERVE, trial.FIRMS]).to_pylist()
        queue = tried.tables["排队"].to_pylist()
        expected = engines(standing, rate)
        assert [[float(v) for v in p.values()] for p in pools_] == expected["pools"], rate
        assert sorted(r["受理编号"] for r in queue if r[trial.TOUCHED]) == expected["touched"], rate


@pytest.mark.parametrize("rate", [RATES["they break by a few fen"], RATES["some are touched"]], ids=str)
def test_libreoffice_gives_the_engines_figures(there: Bureau, shown: Contents, tmp_path: Path, rate: Decimal) -> None:
    path = tmp_path / "平台工作簿.xlsx"
    draw(path, trial.tried(shown, rate))
    assert of_book(recalculated.by_libreoffice(path, tmp_path)) == engines(stand(there.register()), rate)


def test_ironcalc_gives_the_engines_figures(there: Bureau, shown: Contents, tmp_path: Path) -> None:
    standing = stand(there.register())
    for n, rate in enumerate(RATES.values()):
        path = tmp_path / f"{n}.xlsx"
        draw(path, trial.tried(shown, rate))
        in_a1(path)
        model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
        assert of_book(recalculated.evaluated(model)) == engines(standing, rate), rate


def in_a1(path: Path) -> None:
    """Our tables' references and the names as addresses, which IronCalc reads; of the sheets that the trial is about."""
    whole = openpyxl.load_workbook(path)
    keep = ("资金", "排队", "汇率试算", "参数")
    places = {
        t.name: (page.title, range_boundaries(t.ref), [c.name for c in t.tableColumns])
        for page in whole
        for t in page.tables.values()
    }
    names = {n: d.attr_text for n, d in whole.defined_names.items()}

    def said(formula: str, row: int) -> str:
        def own(m: re.Match[str]) -> str:
            _, (left, _, _, _), columns = places[m[1]]
            return f"{get_column_letter(left + columns.index(m[2]))}{row}"

        def all_(m: re.Match[str]) -> str:
            title, (left, top, _, bottom), columns = places[m[1]]
            letter = get_column_letter(left + columns.index(m[2]))
            return f"'{title}'!${letter}${top + 1}:${letter}${bottom}"

        formula = re.sub(r"(\w+)\[\[#This Row\],\[([^\]]+)\]\]", own, formula)
        formula = re.sub(r"(\w+)\[(?:\[#Data\],\[)?([^\]\[]+)\]\]?", all_, formula)
        return formula.replace(trial.NAME, names[trial.NAME])

    plain = openpyxl.Workbook()
    plain.remove(plain.active)
    for title in keep:
        page = plain.create_sheet(title)
        for line in whole[title].iter_rows():
            for cell in line:
                value = cell.value
                if isinstance(value, str) and value.startswith("="):
                    value = (
                        said(value, cell.row) if any(t in value for t in ("排队", "资金池", "试算", "方案表")) else None
                    )
                page[cell.coordinate].value = value
    plain.save(path)


def test_a_rate_that_was_typed_stays_and_the_file_shows_what_follows(
    there: Bureau, shown: Contents, tmp_path: Path
) -> None:
    path = tmp_path / "平台工作簿.xlsx"
    draw(path, shown)
    assert of_book(recalculated.values(path)) == {"pools": [[""] * 4] * 2, "touched": []}
    typed = openpyxl.load_workbook(path)
    typed["资金"]["B3"].value = 7.3
    typed.save(path)
    splice(path, shown)
    cells = recalculated.values(path)
    assert cells["资金"]["B3"] == 7.3
    assert of_book(cells) == engines(stand(there.register()), Decimal("7.3"))
    assert str(cells["资金"]["C3"]).startswith("⚠ 按这个汇率资金不够")


@pytest.mark.parametrize("value", ["七块", 0, -1, 100, None, True, "=7.2"], ids=repr)
def test_what_is_no_rate_shows_nothing(shown: Contents, tmp_path: Path, value: Any) -> None:
    path = tmp_path / "平台工作簿.xlsx"
    draw(path, shown)
    typed = openpyxl.load_workbook(path)
    typed["资金"]["B3"].value = value
    typed.save(path)
    splice(path, shown)
    assert of_book(recalculated.values(path)) == {"pools": [[""] * 4] * 2, "touched": []}


def test_a_scheme_whose_terms_were_changed_within_the_year_says_why_not() -> None:
    scheme = load("nantong-2019")
    changed: Scheme = scheme.model_copy(update={"plans": tuple(
        p.model_copy(update={"fiscal_share": Figure(value=Decimal("0.123456789123456"), unit="比例", clause="例")}) for p in scheme.plans
    )})  # fmt: skip
    assert not trial.possible(changed)
    assert set(trial.formulas(changed).values()) == {""}
