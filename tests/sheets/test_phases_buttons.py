"""Phases and buttons as data: they fit, each verb has its button, and a larger catalogue is drawn and spliced as well."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest
from converting import convert
from python_calamine import CalamineWorkbook

from xltools.catalogue.buttons import Button, of_phase
from xltools.catalogue.phases import MOST, Phase, after, all_phases
from xltools.desk.verb import buttons
from xltools.scheme import load
from xltools.sheets.platform.contents import SLOTS, Contents, empty, switches
from xltools.sheets.platform.draw.home import grid
from xltools.sheets.platform.draw.workbook import draw
from xltools.sheets.platform.splice.update import splice

SCHEME = load("nantong-2019")
MORE_PHASES = (
    *all_phases(),
    Phase("新阶段", "results", "登记承保结果，与保险人结算", ("首页", "报送", "资金", "汇率", "日志")),
    Phase("理赔服务", "claims", "登记出险、索赔和服务", ("首页", "一企一页", "名单", "说明")),
)
MORE_BUTTONS = (
    *buttons(),
    *(
        Button(f"第{n}个新按钮", f"new_{'abcdefghij'[n]}", f"做第 {n} 件新的事；" * 3, (("results", "claims")[n % 2],))
        for n in range(10)
    ),
)
"""Two more phases and ten more buttons, five in each; with those that every phase has they just fit."""


def larger(facts: dict[str, str], buttons: Sequence[Button] = MORE_BUTTONS) -> Contents:
    """An empty workbook of the larger catalogue."""
    own = switches(SCHEME, buttons, MORE_PHASES)
    return Contents(SCHEME, {**empty(SCHEME).tables, **own}, facts, tuple(buttons), MORE_PHASES)


def fitting() -> tuple[Button, ...]:
    """The larger catalogue, its buttons of every phase in fewer: four of those and five of its own are too many."""
    return tuple(replace(b, phases=("enrol", "year")) if b.verb == "collect" else b for b in MORE_BUTTONS)


def shown(path: Path) -> list[tuple[str, str, str]]:
    """What each place for a button says, does and calls, as a reader sees it."""
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name("首页").to_python(skip_empty_area=False)
    places = rows[grid.BUTTONS + 1 : grid.BUTTONS + 1 + MOST]
    return [(str(r[grid.LEFT]), str(r[grid.LEFT + 1]), str(r[grid.SIDE])) for r in places]


def wanted(buttons: Sequence[Button], key: str) -> list[tuple[str, str, str]]:
    own = [(b.caption, b.does, b.verb) for b in of_phase(buttons, key)]
    return own + [("", "", "")] * (MOST - len(own))


def macros() -> bytes:
    return (resources.files("xltools.sheets.platform") / "vbaProject-libreoffice.bin").read_bytes()


@pytest.mark.parametrize("phase", all_phases(), ids=lambda p: p.name)
def test_the_buttons_of_a_phase_fit_and_those_that_it_needs_are_there(phase: Phase) -> None:
    verbs = [b.verb for b in of_phase(buttons(), phase.key)]
    assert len(verbs) <= MOST
    assert {"sync", "verify", "doctor"} <= set(verbs)


def test_the_buttons_differ_and_their_phases_are_there() -> None:
    assert len({b.caption for b in buttons()}) == len(buttons())
    assert all(re.fullmatch("[a-z_]{1,40}", b.verb) for b in buttons())
    keys = {p.key for p in all_phases()}
    assert {k for b in buttons() for k in (*b.phases, b.phase)} - {""} <= keys
    assert all(of_phase([b], k) for k in keys for b in buttons() if not b.phases)


@pytest.mark.parametrize("button", [b for b in buttons() if b.looks], ids=lambda b: b.caption)
def test_after_its_work_the_phase_shows_what_is_looked_at(button: Button) -> None:
    for chosen in all_phases():
        there = after(all_phases(), buttons(), button.verb, chosen.name)
        assert set(button.looks) <= set(there.sheets)
        assert there == chosen or not set(button.looks) <= set(chosen.sheets)
    assert after(all_phases(), buttons(), "sync", "年内没有的") == all_phases()[0]


def test_more_buttons_than_places_are_an_error_that_names_the_phase() -> None:
    with pytest.raises(ValueError, match="phase results: 9 buttons, 5 sheets; at most 8 each"):
        switches(SCHEME, MORE_BUTTONS, MORE_PHASES)
    with pytest.raises(ValueError, match="phase x: 4 buttons, 9 sheets"):
        switches(SCHEME, buttons(), [Phase("多", "x", "", tuple("123456789"))])


@pytest.mark.parametrize("phase", MORE_PHASES, ids=lambda p: p.name)
def test_a_larger_catalogue_is_drawn_with_the_buttons_of_each_phase(tmp_path: Path, phase: Phase) -> None:
    path = tmp_path / "book.xlsm"
    draw(path, larger({"阶段": phase.key}, fitting()), vba=macros())
    assert shown(path) == wanted(fitting(), phase.key)
    with zipfile.ZipFile(path) as package:
        drawing = package.read("xl/drawings/vmlDrawing1.vml").decode()
    assert re.findall(r'id="(xt_\d)"', drawing) == [f"xt_{n}" for n in range(1, MOST + 1)]


def test_choosing_a_phase_shows_its_buttons_by_formulas_alone(tmp_path: Path) -> None:
    """The cell 阶段 is changed in the file, as staff change it, and LibreOffice calculates."""
    path, chosen = tmp_path / "book.xlsm", tmp_path / "chosen.xlsm"
    draw(path, larger({"阶段": "claims"}, fitting()), vba=macros())
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(chosen, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                said = '\\1 t="inlineStr"><is><t>新阶段</t></is></c>'.encode()
                data, done = re.subn(rb'(<c r="N6" s="\d+") t="s"><v>\d+</v></c>', said, data)
                assert done == 1
                data = re.sub(rb"</f><v>[^<]*</v>", b"</f>", data)  # a formula without a result is calculated
            new.writestr(name, data)
    assert shown(convert(chosen, tmp_path, "xlsx")) == wanted(fitting(), "results")


def test_new_buttons_reach_a_workbook_in_use_and_its_macros_and_controls_stay(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsm"
    now = replace(empty(SCHEME, buttons()), facts={"阶段": "year", "状态": "旧"})
    draw(path, now, vba=macros())
    kept = ("xl/vbaProject.bin", "xl/drawings/vmlDrawing1.vml")
    with zipfile.ZipFile(path) as package:
        before = [package.read(name) for name in kept]
    later = tuple(replace(b, phases=("year",)) if b.verb == "new_a" else b for b in fitting())
    splice(path, larger({"阶段": "year", "状态": "新"}, later))
    assert shown(path) == wanted(later, "year")
    assert ("第0个新按钮", "new_a") in [(s[0], s[2]) for s in shown(path)]
    with zipfile.ZipFile(path) as package:
        assert [package.read(name) for name in kept] == before
    assert shown(convert(path, tmp_path, "xlsx")) == wanted(later, "year")
    assert larger({}, later).tables[SLOTS].num_rows == sum(len(of_phase(later, p.key)) for p in MORE_PHASES)


def test_a_workbook_without_these_tables_gets_them_on_a_sheet_that_is_never_shown(tmp_path: Path) -> None:
    from splicebooks import contents
    from splicebooks import draw as draw_plain

    path = tmp_path / "earlier.xlsx"
    draw_plain(path, contents(), leave_out=("阶段表", "按钮表"))
    said = splice(
        path, Contents(SCHEME, contents(seed=2).tables | switches(SCHEME, buttons(), all_phases()), buttons=buttons())
    )
    assert "新增工作表“阶段按钮”" in said.lines
    states = {s.name: s.visible for s in CalamineWorkbook.from_path(path).sheets_metadata}
    assert "VeryHidden" in str(states["阶段按钮"])
