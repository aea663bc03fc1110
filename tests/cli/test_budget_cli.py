"""`budget`: scenario tables with mistakes, files that it writes, what it prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from workspaces import Ran, cli

from xltools.scheme import load
from xltools.sheets.budget.parameters import parameters

EXAMPLES = Path(__file__).parents[2] / "examples" / "nantong-2019"
ROSTER = EXAMPLES / "收件" / "开发区-统保企业汇总表（最终版）.xlsx"
SCHEMES = sorted((Path(__file__).parents[1] / "schemes").glob("*.toml"))


def budget(*args: str | Path, scheme: str = "nantong-2019") -> Ran:
    return cli("budget", "--scheme", scheme, "--today", "2019-10-08", *args)


def data(*args: str | Path) -> dict[str, Any]:
    ran = budget("--json", *args)
    found: dict[str, Any] = json.loads(ran.out)
    return found


def table(path: Path, *rows: tuple[Any, ...]) -> Path:
    book = openpyxl.Workbook()
    book.active.append(("参数", "值", "说明"))
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def csv(path: Path, text: str) -> Path:
    path.write_text("参数,值,说明\n" + text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("rows", "cell", "words"),
    [
        pytest.param([("汇律", 7.1)], "A2", "没有参数“汇律”。是否想写“汇率”？", id="an unknown parameter, with the nearest"),
        pytest.param([("汇率", "七")], "B2", "“汇率”的值“七”不是数字", id="not a number"),
        pytest.param([("汇率", 0)], "B2", "“汇率”的值 0 不合理。应为 1 美元折人民币元数，大于 0", id="a rate of 0"),
        pytest.param([("占比_A", 1.2)], "B2", "“占比_A”的值 1.2 不合理。应在 0 到 1（100%）之间", id="a share above 1"),
        pytest.param([("参保家数_0至50万美元", -5)], "B2", "应为不小于 0 的数，单位是家", id="fewer than no firms"),
        pytest.param([("汇率", 7), ("汇率", 7.1)], "A3", "参数“汇率”写了两次（B2 和这里）。请只留一行", id="said twice"),
        pytest.param([(None, 5)], "A2", "没有写参数", id="a value of nothing"),
        pytest.param([("占比_A", 0.5)], "B2",
                     "300万至3000万美元的方案占比合计 75%，不是 100%（占比_A 50% + 占比_B 25% + 占比_C 0%）。"
                     "请改成合计 100%；没有写的按基准：占比_B、占比_C", id="shares that do not add up, with those of the base"),
        pytest.param([("份额_中国信保", 0.8), ("份额_人保财险", 0.3)], "B2、B3", "保险人份额合计 110%，不是 100%", id="insurers' shares"),
        pytest.param([("汇率", "=1/0")], "B2", "“汇率”", id="a formula without a value"),
    ],
)  # fmt: skip
def test_mistakes_in_a_scenario_are_told_with_their_cell(
    rows: list[tuple[Any, ...]], cell: str, words: str, tmp_path: Path
) -> None:
    path = table(tmp_path / "情景.xlsx", *rows)
    out = tmp_path / "测算.xlsx"
    ran = budget("--scenario", path, "-o", out)
    assert ran.code == 2
    assert f"Sheet!{cell}：" in ran.err
    assert words in ran.err
    assert not out.exists()


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = csv(tmp_path / "情景.csv", "汇律,7,\n占比_A,abc,\n参保系数_0至50万美元,-1,\n")
    problems = data("--scenario", path)["problems"]
    assert [p["cell"] for p in problems] == ["A2", "B3", "B4"]


@pytest.mark.parametrize(
    ("written", "means"),
    [("6.9", "6.9"), ("６．９", "6.9"), (" 6.90 ", "6.9"), ("690%", "6.9")],
    ids=["plain", "full width", "with spaces", "as a percentage"],
)
def test_numbers_as_people_write_them(written: str, means: str, tmp_path: Path) -> None:
    path = csv(tmp_path / "情景.csv", f'汇率,{written},\n承保出口额_0至50万美元,"60,000,000",\n')
    figures = data("--scenario", path)["figures"]
    assert (figures["now.汇率"], figures["now.承保出口额_0至50万美元"]) == (means, "60000000")


@pytest.mark.parametrize("kind", [".xlsx", ".csv"])
@pytest.mark.parametrize("scheme", ["nantong-2019", *map(str, SCHEMES)], ids=lambda s: Path(s).stem)
def test_the_template_read_back_is_the_base(kind: str, scheme: str, tmp_path: Path) -> None:
    path = tmp_path / f"情景{kind}"
    assert budget("--template", path, scheme=scheme).code == 0
    ran = json.loads(budget("--json", "--scenario", path, scheme=scheme).out)
    figures = ran["figures"]
    for p in parameters(load(scheme)):
        assert figures[f"now.{p.name}"] == figures[f"base.{p.name}"]
    assert (ran["scenario"], figures["now.fiscal"]) == ("own", figures["base.fiscal"])


def test_a_scenario_goes_into_the_workbook_and_comes_back(tmp_path: Path) -> None:
    """The workbook's own sheet is a scenario's table, too."""
    out = tmp_path / "测算.xlsx"
    given = csv(tmp_path / "情景.csv", "汇率,6.9,会议纪要\n占比_A,60%,\n占比_B,40%,\n")
    first = data("--scenario", given, "-o", out)
    sheet = openpyxl.load_workbook(out)["粘贴情景"]
    assert [tuple(c.value for c in row[:3]) for row in sheet["A5:C6"]] == [
        ("汇率", 6.9, "会议纪要"),
        ("占比_A", 0.6, "出口额的比例；原文未写明；推算：汇率7.00时A占75%、B占25%恰为490万元，见“核对”"),
    ]
    again = data("--scenario", out)
    assert again["figures"] == first["figures"]


def test_an_empty_table_is_refused_in_words(tmp_path: Path) -> None:
    out = tmp_path / "测算.xlsx"
    assert budget("-o", out).code == 0
    ran = budget("--scenario", out)
    assert (ran.code, "情景表是空的" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("budget",), "请用 --scheme 指明方案"),
        (("budget", "--from-ledger"), "不是工作区"),
        (("budget", "--scheme", "nantong-2019", "--from-ledger", "--roster", "x.xlsx"), "只能用一个"),
        (("budget", "--scheme", "nantong-2019", "--scenario", "没有.xlsx"), "找不到情景表：没有.xlsx"),
        (("budget", "--scheme", "nantong-2019", "--roster", "没有.xlsx"), "找不到文件：没有.xlsx"),
        (("budget", "--scheme", "nantong-2019", "-o", "测算.csv"), "测算表只能写成 .xlsx"),
        (("budget", "--scheme", "nantong-2019", "--template", "情景.doc"), "情景表可写成 .xlsx 或 .csv"),
        (("budget", "--scheme", "nantong-2019", "-o", "没有/测算.xlsx"), f"写不了 {Path('没有/测算.xlsx')}"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_what_it_refuses(args: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = cli(*args)
    assert (ran.code, words in ran.err) == (2, True), ran.err
    assert list(tmp_path.iterdir()) == []


def test_it_prints_what_the_workbook_shows() -> None:
    ran = budget()
    assert ran.code == 0
    for words in (
        "当前情景：基准　　计算方式：平均　　汇率：7.0000", "4,523,400.00", "✘ 缺口 2.34 万元", "1,311,680.00",
        "▲502.60", "方案 B 占比 × 方案 C 占比", "55.10%",
    ):  # fmt: skip
        assert words in ran.out, words


def test_a_roster_shows_both_and_the_difference() -> None:
    ran = budget("--roster", ROSTER)
    assert "计算方式：分布" in ran.out
    assert "92 家，符合条件 88 家计入分布，其余 4 家" in ran.out
    assert "逐户试算" in ran.out
    found = data("--roster", ROSTER)
    assert found["method"] == "分布"
    assert found["firm_by_firm"]["fiscal_fen"] > 0


def test_the_workspaces_scheme_is_taken(tmp_path: Path) -> None:
    root = tmp_path / "工作区"
    assert cli("init", root, "--scheme", "nantong-2019").code == 0
    assert json.loads(cli("budget", "-C", root, "--json").out)["scheme"] == "nantong-2019"
    ran = cli("budget", "-C", root, "--from-ledger")
    assert (ran.code, "没有符合条件的企业" in ran.err) == (2, True)
    ran = cli("budget", "-C", root, "--from-ledger", "--scheme", str(SCHEMES[0]))
    assert (ran.code, "不能按方案" in ran.err) == (2, True)


def test_somebodys_workbook_is_never_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "测算.xlsx"
    assert budget("-o", out).code == 0
    first = out.read_bytes()
    assert "没有覆盖" not in budget("-o", out).out
    out.write_bytes(b"somebody's")
    ran = budget("-o", out)
    assert "原来的 测算.xlsx 没有覆盖，已改名为 测算_旧1.xlsx" in ran.out
    assert ((tmp_path / "测算_旧1.xlsx").read_bytes(), out.read_bytes()) == (b"somebody's", first)
    template = tmp_path / "情景.csv"
    template.write_text("mine", "utf-8")
    assert "已改名为 情景_旧1.csv" in budget("--template", template).out
    assert (tmp_path / "情景_旧1.csv").read_text("utf-8") == "mine"


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    ran = budget("-o", tmp_path / "测算.xlsx", "--template", tmp_path / "情景.csv", "--dry-run")
    assert (ran.code, list(tmp_path.iterdir())) == (0, [])


def test_an_odd_rate_is_asked_about(tmp_path: Path) -> None:
    path = csv(tmp_path / "情景.csv", "汇率,708.83,\n")
    ran = budget("--scenario", path)
    assert (ran.code, "应为 1 美元折人民币元数，请核对" in ran.out) == (0, True)
