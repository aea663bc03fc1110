"""Results are written beside the work, never over it; rates that cannot be meant are asked about."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from rosters import nantong, table, write_xlsx

from xltools.desk.errors import Refusal
from xltools.desk.rules.quote import Quote, quote


def run(folder: Path, out: Path, fx: str = "7.0883") -> Quote:
    path = write_xlsx(folder / "汇总表.xlsx", table([{}]))
    return quote(path, nantong(), today=date(2019, 12, 31), fx=Decimal(fx), out=out)


@pytest.mark.parametrize("kind", [".csv", ".xlsx", ".parquet"])
def test_a_file_that_is_already_there_is_set_aside(tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"结果{kind}"
    out.write_text("我的批注", "utf-8")
    found = run(tmp_path, out)
    assert (tmp_path / f"结果_旧1{kind}").read_text("utf-8") == "我的批注"
    assert any("已改名为" in n for n in found.notes)
    assert out.stat().st_size > 100


def test_the_same_result_once_more_leaves_nothing_behind(tmp_path: Path) -> None:
    out = tmp_path / "结果.xlsx"
    run(tmp_path, out)
    first = out.read_bytes()
    assert run(tmp_path, out).notes == []
    assert out.read_bytes() == first
    assert sorted(p.name for p in tmp_path.iterdir()) == ["汇总表.xlsx", "结果.xlsx"]


def test_an_empty_file_is_simply_filled(tmp_path: Path) -> None:
    out = tmp_path / "结果.csv"
    out.touch()
    assert run(tmp_path, out).notes == []
    assert out.stat().st_size > 100


@pytest.mark.parametrize("folder", ["收件", "退回", "报送", "备份", "收件/崇川"])
def test_the_folders_of_a_workspace_take_no_results(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "xltools.toml").touch()
    out = tmp_path / folder / "结果.csv"
    with pytest.raises(Refusal, match="别的文件夹"):
        run(tmp_path, out)
    assert not out.exists()


@pytest.mark.parametrize(
    ("fx", "asked"),
    [
        ("7.0883", False),
        ("5.00", False),
        ("9.1", False),
        ("4.8", True),
        ("9.2", True),
        ("70.88", True),
        ("708.83", True),
    ],
)
def test_a_rate_far_from_the_budget_rate_is_asked_about(tmp_path: Path, fx: str, asked: bool) -> None:
    assert any("请核对" in n for n in run(tmp_path, tmp_path / "o.csv", fx).notes) == asked
