"""A build is the same to the byte on every system: what Windows does otherwise is done here while one is made."""

from __future__ import annotations

import builtins
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from xltools.desk.book.workbooks import draw_budget_model, draw_template, first_day_list
from xltools.scheme import load
from xltools.sheets.district.template import write_template
from xltools.sheets.write import bulk, first_day, resultbook


def template(path: Path) -> None:
    write_template(path, load("nantong-2019"), district="崇川区")


def result(path: Path) -> None:
    trouble = resultbook.Trouble("必须改", "甲.xlsx", "表", "C5", "第一行\n第二行", "改正")
    resultbook.write(path, resultbook.Result("✔ 完成", [("时间", "今天")], ["一行", "两\n行"], [trouble], ["下一步"]))


def table(path: Path) -> None:
    bulk.write_table(path, [bulk.Sheet("甲", pa.table({"名": ["第一行\n第二行", "b"], "数": [1, 2]}))])


WRITERS: dict[str, Callable[[Path], None]] = {
    "the platform workbook": lambda path: draw_template(path, None),
    "the budget model": draw_budget_model,
    "a district's template": template,
    "the result of a press": result,
    "a table in bulk": table,
    "the list of the first day": lambda path: first_day.draw(path, first_day_list()),
}


def as_windows(patch: pytest.MonkeyPatch) -> None:
    """Texts end their lines by two characters, and zip headers name the system."""
    really, made = builtins.open, zipfile.ZipInfo.__init__

    def opened(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        if "b" not in mode and any(c in mode for c in "wax+") and options.get("newline") is None:
            options["newline"] = "\r\n"
        return really(file, mode, *args, **options)

    def named(info: zipfile.ZipInfo, *args: Any, **options: Any) -> None:
        made(info, *args, **options)
        info.create_system = 0

    patch.setattr(builtins, "open", opened)
    patch.setattr(zipfile.ZipInfo, "__init__", named)


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_a_workbook_has_the_same_bytes_on_both_systems(
    write: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.xlsx")
    as_windows(monkeypatch)
    write(tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_that_test_can_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """XlsxWriter's own class has other bytes there."""
    from xlsxwriter.workbook import Workbook

    def plain(path: Path) -> bytes:
        with Workbook(path) as book:
            book.add_worksheet().write_string(0, 0, "甲")
        with zipfile.ZipFile(path) as package:
            return b"".join(package.read(n) for n in package.namelist() if n != "docProps/core.xml")

    before = plain(tmp_path / "a.xlsx")
    as_windows(monkeypatch)
    assert plain(tmp_path / "b.xlsx") != before
