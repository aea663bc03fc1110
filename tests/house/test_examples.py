"""The example of Nantong 2019: made again it is the same, its codes are valid, its totals are the scheme's own."""

from __future__ import annotations

import doctest
import importlib
import sys
import zipfile
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from stdnum.cn import uscc as oracle

from xltools.roster.similar import similar

ROOM = Path(__file__).resolve().parents[2] / "examples"
COMMITTED = ROOM / "nantong-2019"


@cache
def maker() -> ModuleType:
    sys.path.insert(0, str(ROOM))
    return importlib.import_module("make_nantong")


@cache
def example() -> Any:
    return maker().example()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    maker().make(folder)
    return folder


def files(folder: Path) -> dict[str, Path]:
    return {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}


def content(path: Path) -> dict[str, bytes]:
    """A workbook's members as they are unpacked (compression may differ between machines), any other file's bytes."""
    if path.suffix != ".xlsx":
        return {"": path.read_bytes()}
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_the_committed_files_are_what_the_script_makes(made: Path) -> None:
    new, old = files(made), files(COMMITTED)
    assert sorted(new) == sorted(old)
    differ = [name for name in new if content(new[name]) != content(old[name])]
    assert differ == [], "run `make examples` and commit the result"


def test_two_runs_give_the_same_bytes(made: Path, tmp_path: Path) -> None:
    maker().make(tmp_path)
    assert {n: p.read_bytes() for n, p in files(tmp_path).items()} == {
        n: p.read_bytes() for n, p in files(made).items()
    }


def test_the_example_stays_small() -> None:
    assert sum(p.stat().st_size for p in files(COMMITTED).values()) < 2_000_000


def test_six_files_a_correction_and_the_bureaus_tables(made: Path) -> None:
    folders = {folder: len(list((made / folder).iterdir())) for folder in ("收件", "补正", "市局资料")}
    assert folders == {"收件": 6, "补正": 1, "市局资料": 9}
    text = (made / "README.md").read_text("utf-8")
    assert [n for n in files(made) if n != "README.md" and f"`{Path(n).name}`" not in text] == []


def test_the_docstrings_of_the_codes_are_true() -> None:
    maker()
    assert doctest.testmod(importlib.import_module("nantong.identity")).failed == 0


def everybody() -> list[Any]:
    return [*example().cast.firms, *example().others]


def test_every_code_is_valid_by_another_program() -> None:
    assert [f.uscc for f in everybody() if not oracle.is_valid(f.uscc)] == []
    assert len({f.uscc for f in everybody()}) == len(everybody()) == 485


def test_only_the_planted_code_has_a_wrong_organisation_part() -> None:
    """GB 11714-1997, written out here once more."""

    def right(body: str) -> str:
        total = sum(int(c, 36) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
        return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))

    wrong = [f.uscc for f in everybody() if f.uscc[16] != right(f.uscc[8:16])]
    assert wrong == [f.uscc for f in example().cast.of("USCC_ORG")]


@pytest.mark.parametrize(
    ("area", "prefix"),
    [
        ("崇川区", "91320602"),
        ("港闸区", "91320611"),
        ("通州区", "91320612"),
        ("经济技术开发区", "91320671"),
        ("苏通科技产业园区", "91320600"),
        ("通州湾示范区", "91320600"),
    ],
)
def test_codes_begin_with_the_district(area: str, prefix: str) -> None:
    moved = example().cast.of("USCC_REGION")
    firms = [f for f in example().cast.firms if f.area == area and f not in moved]
    assert {f.uscc[:8] for f in firms} == {prefix}


def test_customs_codes_are_nantongs_and_each_is_used_once() -> None:
    moved = example().cast.of("CUSTOMS_CODE_REGION")
    assert {f.customs_code[:4] for f in everybody() if f not in moved} == {"3206"}
    assert {len(f.customs_code) for f in everybody()} == {10}
    assert len({f.customs_code for f in everybody()}) == len(everybody())


def test_no_two_names_are_alike_but_the_planted_ones() -> None:
    assert sorted(similar([f.name for f in everybody()])) == sorted(f.name for f in example().cast.of("SIMILAR_NAME"))


@pytest.mark.parametrize(
    ("kind", "firms", "million"), [("upper", 270, 2_000), ("lower", 140, 60)], ids=["A, B, C", "D"]
)
def test_firms_and_exports_are_those_that_the_scheme_plans_with(kind: str, firms: int, million: int) -> None:
    """Within half a percent; a firm that customs do not know yet counts with what it declares."""
    mine = [f for f in example().cast.firms if f.kind == kind]
    cents = sum(f.counted or int(f.says.get("exports", 0) * 100) for f in mine)
    assert len(mine) == firms
    assert abs(cents / 100 - million * 1_000_000) < million * 5_000


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("upper", 3_000_000, 30_000_000),
        ("lower", 0, 500_000),
        ("gap", 500_000.01, 2_999_999.99),
        ("above", 30_000_001, 10**8),
    ],
)
def test_every_firm_lies_where_its_kind_says(kind: str, low: float, high: float) -> None:
    dollars = [f.total() / 100 for f in example().cast.firms if f.kind == kind and f.exports]
    assert dollars
    assert low <= min(dollars) <= max(dollars) <= high


def test_the_customs_extract_knows_the_firms_by_code_year_and_country(made: Path) -> None:
    rows = CalamineWorkbook.from_path(made / "市局资料" / "海关数据.xlsx").get_sheet_by_index(0).to_python()
    assert rows[0] == ["统一社会信用代码", "海关注册编码", "企业名称", "年度", "国别", "出口额(美元)"]
    found: dict[str, int] = {}
    for code, _, _, year, _, dollars in rows[1:]:
        if year == 2018:
            found[code] = found.get(code, 0) + round(dollars * 100)
    assert {r[3] for r in rows[1:]} == {2017, 2018}
    assert found == {f.uscc: f.total() for f in everybody() if f.total()}


def test_people_phones_and_mails_are_visibly_made_up(made: Path) -> None:
    path = next((made / "收件").glob("崇川区*"))
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name("企业投保申请汇总表").to_python(skip_empty_area=False)
    place = {str(h).rstrip("*"): i for i, h in enumerate(rows[3])}
    firms = [r for r in rows[4:] if r[place["企业名称"]]]
    assert len(firms) == 96
    assert {str(r[place["手机"]])[:8] for r in firms} == {"13800000"}
    assert {str(r[place["电子邮箱"]]).split("@")[1] for r in firms} == {"example.com", "example"}
    assert {str(r[place["联系人"]])[1:] for r in firms} <= set("甲乙丙丁戊己庚辛壬癸")
