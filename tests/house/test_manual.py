"""The manual: a page and a picture for every button and sheet, links that lead somewhere, words that exist."""

from __future__ import annotations

import re
import struct
import sys
from functools import cache
from pathlib import Path

import pytest

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.catalogue.buttons import Button
from xltools.catalogue.phases import all_phases, remarks
from xltools.catalogue.tables import tables
from xltools.desk.book.workbooks import first_day_list
from xltools.desk.steps import INIT, numbered, pressed
from xltools.desk.verb import buttons
from xltools.scheme import load
from xltools.sheets.budget.draw import PAGES as BUDGET_PAGES
from xltools.sheets.write.first_day import Step, draw

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
MANUAL = DOCS / "manual"
PICTURES = DOCS / "pictures" / "manual"
SCHEME = load("nantong-2019")
sys.path.insert(0, str(DOCS))
try:
    import manual_first_day
    import manual_sheets
    import manual_tables
    import manual_udfs
finally:
    sys.path.remove(str(DOCS))
SHEETS = {sheet: name for name, (sheet, _) in manual_sheets.SHEETS.items()}
LARGEST = 200_000
NAMES = sorted(p.name for p in MANUAL.glob("*.md"))
ENGLISH = {
    "bat", "budget", "budget_model", "com", "csv", "ctrl", "desktop", "dll", "enter", "excel", "ironcalc",
    "libreoffice", "linux", "pdf", "postgresql", "python", "shift", "toml", "txt", "windows", "wps", "xls", "xlsm",
    "xlsx", "xltools", "xlwings", "zip",
}  # fmt: skip
"""Names of programs, keys and kinds of files: all the English that a page may have outside of `…`."""


MORE_ENGLISH = {
    "udfs.md": {"iso", "chinesecalendar", "workdays", "nantong", "true", "false"},
    "install-it.md": {"org", "embeddable", "package", "bit", "arm", "sha", "exe", "pip", "wheels"},
    "first-day-windows.md": {"win", "winver", "smartscreen", "ntfs"},
    "verified.md": {"wine", "smartscreen", "ntfs"},
}
"""What single pages need besides: they quote a function, a download's name, or a window of Windows."""


@cache
def page(name: str) -> str:
    return (MANUAL / name).read_text("utf-8")


@cache
def links(name: str) -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", page(name))


def marked(name: str, left: str, right: str) -> set[str]:
    return set(re.findall(f"{left}([^{right}]+){right}", page(name)))


def first_column(text: str) -> list[str]:
    """The first cells of the rows of a page's tables, without headings."""
    rows = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    heads = re.findall(r"^\| ([^|]+) \|[^\n]*\n\|-", text, re.MULTILINE)
    return [r for r in rows if r not in heads]


def check_picture(path: Path) -> None:
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(data) < LARGEST
    width, height = struct.unpack(">II", data[16:24])
    assert width > 500
    assert height > 150


# ── a page and a picture each ──


@pytest.mark.parametrize("button", buttons(), ids=lambda b: b.caption)
def test_every_button_has_its_page_and_picture(button: Button) -> None:
    name = f"button-{button.verb}"
    assert page(f"{name}.md").startswith(f"# 按钮【{button.caption}】\n")
    assert f"../pictures/manual/{name}.png" in links(f"{name}.md")
    check_picture(PICTURES / f"{name}.png")


@pytest.mark.parametrize("sheet", remarks())
def test_every_sheet_has_its_page_and_picture(sheet: str) -> None:
    name = f"sheet-{SHEETS[sheet]}"
    assert page(f"{name}.md").startswith(f"# 工作表〔{sheet}〕\n")
    assert f"../pictures/manual/{name}.png" in links(f"{name}.md")
    check_picture(PICTURES / f"{name}.png")


def test_the_budget_model_has_its_page_and_every_picture_is_on_a_page() -> None:
    assert "../pictures/manual/budget.png" in links("budget.md")
    shown = {Path(to).name for name in NAMES for to in links(name) if to.endswith(".png")}
    assert {p.name for p in PICTURES.iterdir()} == shown
    for path in PICTURES.iterdir():
        check_picture(path)


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    assert links(name)
    for to in links(name):
        path, _, anchor = to.partition("#")
        assert not path or (MANUAL / path).resolve().is_file(), to
        assert not anchor or f"\n## {anchor.upper()}\n" in page(path or name), to


def test_the_index_leads_to_every_page() -> None:
    assert set(NAMES) - {"README.md"} == {to for to in links("README.md") if to.endswith(".md")}


# ── words that exist ──


@pytest.mark.parametrize("name", NAMES)
def test_buttons_sheets_and_headings_are_those_of_the_catalogues(name: str) -> None:
    sheets = set(remarks()) | ({p.NAME for p in BUDGET_PAGES} if name == "budget.md" else set())
    headings = {c.heading for t in tables(SCHEME) for c in t.columns}
    assert marked(name, "【", "】") - {b.caption for b in buttons()} <= (
        {""} if name != "README.md" else {"】里是按钮，〔"}
    )
    assert {s for s in marked(name, "〔", "〕") if not s.isdigit()} <= sheets
    if name == "tables.md":
        headings |= {c.heading for t in bureau_tables().values() for c in t.column}
    assert marked(name, "「", "」") <= headings


@pytest.mark.parametrize("sheet", [s for s in remarks() if s not in ("首页", "一企一页", "说明")])
def test_a_sheets_page_names_only_its_own_columns_or_those_of_others_with_the_sheet(sheet: str) -> None:
    name = f"sheet-{SHEETS[sheet]}.md"
    own = {c.heading for t in tables(SCHEME) if t.sheet == sheet for c in t.columns}
    for line in page(name).splitlines():
        others = {o for o in marked(name, "〔", "〕") - {sheet} if f"〔{o}〕" in line}
        theirs = {c.heading for t in tables(SCHEME) if t.sheet in others for c in t.columns}
        assert set(re.findall("「([^」]+)」", line)) <= own | theirs, line


@pytest.mark.parametrize(
    ("sheet", "table"),
    [
        ("企业名册", "名册"),
        ("资金", "资金账"),
        ("汇率", "汇率表"),
        ("名单", "名单表"),
        ("口径确认", "口径确认表"),
        ("比较方案", "比较方案表"),
    ],
)
def test_what_is_to_be_filled_in_is_every_column_of_the_bureau(sheet: str, table: str) -> None:
    text = page(f"sheet-{SHEETS[sheet]}.md").partition("## 您填什么")[2].partition("\n## ")[0]
    told = [h for cell in first_column(text) for h in re.findall("「([^」]+)」", cell)]
    of = next(t for t in tables(SCHEME) if t.name == table)
    assert told == [c.heading for c in of.columns if c.owner == "bureau"]


@pytest.mark.parametrize("phase", all_phases(), ids=lambda p: p.name)
def test_phases_are_told_as_they_are(phase) -> None:  # type: ignore[no-untyped-def]
    shown = "".join(f"〔{s}〕" for s in phase.sheets)
    assert f"| {phase.name} | {phase.does} | {shown} |\n" in page("sheet-home.md")


@pytest.mark.parametrize("verb", [v.name for v in pressed()])
def test_files_to_double_click_have_their_names(verb: str) -> None:
    assert f"| {numbered(verb)} |" in page("without-macros.md")
    if verb != INIT:
        assert f"双击“{numbered(verb)}”" in page(f"button-{verb}.md")


@cache
def sources() -> str:
    """Every sentence that the programs say."""
    text = "".join(p.read_text("utf-8") for kind in ("*.py", "*.toml") for p in sorted((ROOT / "xltools").rglob(kind)))
    return re.sub(r"\"\s*\n\s*f?\"", "", text)


SAID = [c for c in first_column(page("troubleshooting.md")) if c[0] not in "✔⚠✘"]


@pytest.mark.parametrize("sentence", SAID)
def test_sentences_of_the_status_are_those_that_are_said(sentence: str) -> None:
    parts = [p for p in re.split(r"……|第几行|某某 ", sentence) if p]
    assert parts
    for part in parts:
        assert part.strip("，。") in sources(), part


@pytest.mark.parametrize("name", NAMES)
def test_pages_are_for_people_who_read_no_english(name: str) -> None:
    plain = re.sub(r"`[^`]*`|\]\([^)]*\)|NT2019-\d+|^## XT_\w+", "", page(name), flags=re.MULTILINE)
    found = {w.lower() for w in re.findall(r"[A-Za-z_]{3,}", plain)}
    assert found <= ENGLISH | MORE_ENGLISH.get(name, set())


# ── functions, and what was verified ──


def test_the_pages_that_follow_from_data_are_fresh() -> None:
    assert page("udfs.md") == manual_udfs.text()
    assert page("first-day-windows.md") == manual_first_day.text()
    assert page("tables.md") == manual_tables.text()
    for made in (manual_sheets.texts(), manual_sheets.lists()):
        assert {name: page(name) for name in made} == made


OF_OTHERS = {
    "Windows 已保护你的电脑", "更多信息", "仍要运行", "有蓝色提示", "看到的", "发现内容有问题，是否修复", "启用内容", "一样", "阶段", "没有装成", "调试",
}  # fmt: skip
"""What Windows, Excel or the list itself says."""


@pytest.mark.parametrize("step", [s for p in first_day_list().parts for s in p.steps], ids=lambda s: s.press[:20])
def test_what_must_be_seen_on_the_first_day_is_what_is_said(step: Step) -> None:
    data = (ROOT / "xltools" / "sheets" / "write" / "first_day.toml").read_text("utf-8")
    said = (sources() + page("udfs.md")).replace(re.sub(r"\"\s*\n\s*f?\"", "", data), "")
    for quoted in set(re.findall("“([^”]+)”", step.see)) - OF_OTHERS:
        words = re.sub(r"^[✔⚠✘] |^\d|_2|\.(?:xlsm|xlsx|bat|txt)", "", quoted)
        parts = [
            x for x in re.split("……|：完成|平台工作簿|正确；提示：统一社会信用代码| Excel ", words) if x.strip(" …")
        ]
        assert all(x.strip(" …") in said for x in parts), quoted


def test_the_first_day_takes_as_long_as_it_says_and_its_sheet_has_every_step(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    day = first_day_list()
    assert sum(p.minutes for p in day.parts) == day.minutes == 20
    draw(tmp_path / "a.xlsx", day)
    sheet = load_workbook(tmp_path / "a.xlsx").active
    rows = [tuple(c.value for c in row[:3]) for row in sheet.iter_rows()]
    numbered = [r for r in rows if isinstance(r[0], int)]
    steps = [s for p in day.parts for s in p.steps]
    assert numbered == [(n, s.press, s.see) for n, s in enumerate(steps, 1)]
    choices = list(sheet.data_validations.dataValidation)
    assert {v.formula1 for v in choices} == {'"一样,不一样,没有做"'}
    assert sum(len(v.sqref.ranges) for v in choices) == len(steps)
    asked = {r[0] for r in rows}
    assert {*day.facts, *day.before, *day.after} <= asked


def test_what_was_not_verified_is_said() -> None:
    text = page("verified.md")
    assert "从来没有在 Excel 和 WPS 里打开过，也没有在真正的 Windows 上用过" in text
    missing = text.partition("## 没有验证的")[2].partition("\n## ")[0]
    assert {"Excel（任何版本）", "WPS（Windows 和 Linux）", "真正的 Windows", "宏的执行", "网络盘"} <= set(
        first_column(missing)
    )
    assert "verified.md" in links("README.md")
