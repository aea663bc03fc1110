"""The corpus runner: what it would report, and that it reports it."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from compare import difference, differences
from rosters import table, write_csv, write_xlsx
from run import HERE, Worker, explained, faults
from worker import COMPARE, Desk, measured, readings

from xltools.catalogue.declared import declarations
from xltools.desk.told import Told
from xltools.desk.verb import Ask, Option, Verb, registered


@pytest.mark.parametrize(
    ("theirs", "ours", "kind"),
    [
        ("企业", "企业", ""),
        (None, None, ""),
        (1.5, "1.50", ""),
        (0.1 + 0.2, "0.3", ""),
        (True, "true", ""),
        (datetime(2019, 9, 5), "2019-09-05 00:00:00", ""),
        (datetime(2019, 9, 5, 14, 5, 0, 600_000), "2019-09-05T14:05:01", ""),
        (date(2019, 9, 5), "2019-09-05", ""),
        (time(13, 30), "13:30:00", ""),
        (None, "x", "blank → text"),
        ("x", None, "text → blank"),
        (1.5, "1.6", "number → decimal"),
        (43713.0, "2019-09-05", "number → date"),
        (datetime(2019, 9, 5), "2015-09-04 00:00:00", "date → moment"),
        (time(13, 30), "1899-12-31 13:30:00", "time → moment"),
        (timedelta(hours=30), "1900-01-01 06:00:00", "length of time → moment"),
        ("#N/A", None, "error → blank"),
        ("a_x000D_b", "a\rb", "text → text, escapes"),
        ("a b", "ab", "text → text, white space"),
        ("甲", "乙", "text → text"),
        ("12", "13", "whole → whole"),
        (True, "1", "truth → whole"),
    ],
)
def test_what_a_difference_is_called(theirs: Any, ours: str | None, kind: str) -> None:
    assert difference(theirs, ours) == kind


def test_every_verb_that_reads_a_file_is_a_step() -> None:
    more = {"collect", "quote", "review", "budget --scenario", "budget --roster"}
    assert readings().keys() == {*declarations(), *more}


FAULTS: list[tuple[dict[str, Any], list[str]]] = [
    ({"step": "quote", "cpu": 1.0, "peak": 200, "code": 2, "said": "x"}, []),
    ({"step": "quote", "died": "the process ended with -9"}, ["died"]),
    ({"step": "quote", "cpu": 1.0, "peak": 200, "crash": "ValueError"}, ["crash"]),
    ({"step": "quote", "cpu": 1.0, "peak": 200, "mute": "exit 2"}, ["mute"]),
    ({"step": "quote", "cpu": 31.0, "peak": 1501, "code": 0}, ["time", "memory"]),
    ({"step": COMPARE, "cpu": 31.0, "peak": 1501, "reader": "xlrd", "kinds": {}}, []),
    ({"step": COMPARE, "reader": "xlrd", "kinds": {"known": [1, ["a"]], "new": [2, ["b"]]}}, ["xlrd: new"]),
]


@pytest.mark.parametrize(("result", "expected"), FAULTS)
def test_what_is_a_fault(result: dict[str, Any], expected: list[str]) -> None:
    assert [what for what, _ in faults(result, {("xlrd", "known"): "why"})] == expected


def test_a_verb_that_fails_says_nothing_or_takes_much_is_seen(tmp_path: Path) -> None:
    def fails(_: None, ask: Ask) -> Told:
        raise ZeroDivisionError(ask["file"].name)

    def takes(_: None, ask: Ask) -> Told:
        told = Told()
        told.say(f"{len(bytearray(b'x') * (400 << 20)):,}")
        return told

    runs = {"fails": fails, "mutes": lambda *_: Told(), "takes": takes}
    file = (Option("file", kind="file", required=True, metavar="文件"),)
    with registered(*(Verb(name, name, "", 999, options=file, run=run) for name, run in runs.items())):
        desk = Desk(tmp_path)
        came = {name: measured(desk, name, tmp_path / "表.xlsx") for name in runs}
    assert came["fails"]["crash"].endswith("ZeroDivisionError: 表.xlsx")
    assert "crash" not in came["mutes"]
    assert came["mutes"]["mute"]
    assert came["mutes"]["peak"] + 350 < came["takes"]["peak"]


def test_a_step_that_takes_its_process_down_is_told_and_the_next_one_is_done(tmp_path: Path) -> None:
    path = tmp_path / "表.csv"
    write_csv(path, table([{}]))
    worker = Worker()
    came = list(worker.results(path, ["no such step", "quote"]))
    worker.close()
    assert [(r["step"], "died" in r, r.get("code")) for r in came] == [
        ("no such step", True, None),
        ("quote", False, 0),
    ]


def test_a_folder_is_read_by_every_verb_and_a_cell_that_differs_is_found(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "名册.xlsx", table([{} for _ in range(3)]))
    (tmp_path / "坏.xlsx").write_bytes((tmp_path / "名册.xlsx").read_bytes()[:999])
    ran = subprocess.run(
        [sys.executable, str(HERE / "run.py"), str(tmp_path), "--jobs", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout.splitlines()[-1:]) == (0, ["nothing to look at"]), ran.stdout + ran.stderr
    assert "1 quote: exit 0" in ran.stdout
    assert "2 compare: " not in ran.stdout
    assert differences(tmp_path / "名册.xlsx")["cells"] > 50
    assert all(why for why in explained().values())
