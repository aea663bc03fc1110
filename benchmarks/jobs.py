"""What is timed, one job a process: `python -m benchmarks.jobs NAME ARGUMENT...` prints one line of JSON.

`wall` and `cpu` are seconds of the job itself, imports excluded; `cpu` counts all threads. Whatever a job has to
prepare stands before its clock.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.roster import TODAY
from xltools.scheme import Scheme, load

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 9)
Figures = dict[str, Any]


@contextmanager
def clock() -> Iterator[Figures]:
    """Fills in the seconds that the block takes."""
    figures: Figures = {}
    wall, cpu = time.perf_counter(), time.process_time()
    yield figures
    figures |= {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def warm() -> None:
    """What the first file would cause once a process: fastexcel, pandas, which pyarrow looks for at its first numpy
    array, and the catalogue's texts.

    An office's commands leave pandas out until somebody groups (`desk.grouping`); here it serves the obvious pipeline.
    """
    import fastexcel  # noqa: F401
    import numpy as np
    import pyarrow as pa

    from xltools.catalogue.problems import problems_by_code
    from xltools.catalogue.reasons import reasons_by_code

    pa.array(np.zeros(1, dtype=bool))
    problems_by_code(), reasons_by_code()


def quote(source: str, target: str) -> Figures:
    """`quote` from .xlsx to .xlsx; `stages` are CPU seconds by what it says it is doing."""
    from xltools.desk.rules.quote import quote as run

    warm()

    scheme = the_scheme()
    marks: list[tuple[str, float]] = []

    def mark(name: str) -> None:
        marks.append((name, time.process_time()))

    with clock() as figures:
        done = run(Path(source), scheme, today=TODAY, out=Path(target), progress=mark)
        mark("")
    stages = {name: after - at for (name, at), (_, after) in pairwise(marks)}
    return figures | {"stages": stages, "counts": done.counts()}


def floor(source: str, wanted: str, target: str) -> Figures:
    """The yardstick: read the input's cells with calamine, write the output's cells with XlsxWriter, sheet by sheet."""
    from datetime import date

    import python_calamine
    import xlsxwriter

    there = python_calamine.CalamineWorkbook.from_path(wanted)
    sheets = [there.get_sheet_by_index(i).to_python() for i in range(len(there.sheet_names))]
    with clock() as figures:
        python_calamine.CalamineWorkbook.from_path(source).get_sheet_by_index(0).to_python()
        book = xlsxwriter.Workbook(target)
        for cells in sheets:
            sheet = book.add_worksheet()
            for y, row in enumerate(cells):
                for x, value in enumerate(row):
                    if isinstance(value, str):
                        if value:
                            sheet.write_string(y, x, value)
                    elif isinstance(value, date):
                        sheet.write_datetime(y, x, value)
                    else:
                        sheet.write_number(y, x, value)
        book.close()
    return figures


def obvious(source: str, target: str) -> Figures:
    """pandas, openpyxl, pydantic, Decimal: see `benchmarks.obvious`."""
    from benchmarks.obvious import quote as run

    with clock() as figures:
        run(Path(source), Path(target))
    return figures


def same(one: str, other: str) -> Figures:
    """How many cells two workbooks' first sheets do not share."""
    import python_calamine

    a, b = (python_calamine.CalamineWorkbook.from_path(p).get_sheet_by_index(0).to_python() for p in (one, other))
    different = sum(x != y for r, q in zip(a, b, strict=True) for x, y in zip(r, q, strict=True))
    return {"cells": sum(map(len, a)), "different": different}


def pricing(rows: str) -> Figures:
    """Rows on which the engine's money is not that of Decimal, among random and half-way cases of every plan."""
    import numpy as np

    from xltools.engine import money

    scheme = the_scheme()
    cases = [(plan, fx) for plan in scheme.plans for fx in (Decimal("7.0883"), Decimal("7.00"))]
    rng = np.random.default_rng(20190901)
    each = int(rows) // len(cases)
    different = halves = 0
    with clock() as figures:
        for plan, fx in cases:
            exports = rng.integers(0, 4_000_000_000, each)
            exports[::2] = exports[::2] // 5_000 * 5_000  # at 7.00 every other premium then ends in half a fen
            priced = money.price(exports, money.terms(plan), fx)
            ours = np.stack([priced.premium_cents, priced.gross_fen, priced.fiscal_fen], axis=1).tolist()
            for cents, mine in zip(exports.tolist(), ours, strict=True):
                premium = Decimal(cents) / 100 * plan.rate.value
                if plan.minimum_premium:
                    premium = max(premium, plan.minimum_premium.value)
                gross = premium * fx
                halves += gross * 1000 % 10 == 5
                gross = gross.quantize(Decimal("0.01"), ROUND_HALF_UP)
                fiscal = (gross * plan.fiscal_share.value).quantize(Decimal("0.01"), ROUND_DOWN)
                theirs = (premium.quantize(Decimal("0.01"), ROUND_HALF_UP), gross, fiscal)
                different += mine != [int(v * 100) for v in theirs]
    return figures | {"rows": each * len(cases), "halves": int(halves), "different": different}


def districts(folder: str) -> Figures:
    """District files read and checked into frames."""
    from xltools.desk.enrol.reading import read_and_check
    from xltools.roster.cells import Roster

    warm()
    scheme, paths = the_scheme(), sorted(Path(folder).glob("*.xlsx"))
    with clock() as figures:
        rosters = read_and_check(paths, scheme, TODAY)
    return figures | {"rows": sum(len(r) for r in rosters if isinstance(r, Roster))}


def districts_openpyxl(folder: str) -> Figures:
    """The same files only read, by openpyxl in read-only mode."""
    import openpyxl

    rows, paths = 0, sorted(Path(folder).glob("*.xlsx"))
    with clock() as figures:
        for path in paths:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            rows += len(list(book.worksheets[0].iter_rows(values_only=True))) - 1
            book.close()
    return figures | {"rows": rows}


def collect(folder: str, workspace: str) -> Figures:
    """`collect` of district files end to end: ledger, problems across files, files given back."""
    import shutil

    from xltools.desk.enrol.collect import collect as run
    from xltools.desk.workspace import init

    room = init(Path(workspace), the_scheme().id, now=NOW)
    for path in sorted(Path(folder).glob("*.xlsx")):
        shutil.copy(path, room.inbox)
    with clock() as figures:
        reports = run(room, now=NOW, today=TODAY)
    return figures | {"rows": sum(r.rows for r in reports), "returned": sum(bool(r.returned_as) for r in reports)}


def agreed(workspace: str) -> Figures:
    """The bureau agrees to what the districts agreed to, so that there is a queue."""
    from xltools.desk.bureau.review import agree_all
    from xltools.desk.workspace import open_workspace

    with clock() as figures:
        found = agree_all(open_workspace(Path(workspace)), "局长", now=NOW, today=TODAY)
    return figures | {"rows": found.changed}


def assessed(workspace: str) -> Figures:
    """`assess` of a workspace."""
    return _verb(workspace, "assess")


def options(workspace: str) -> Figures:
    """`sandbox` with three options, its page included."""
    return _verb(
        workspace, "sandbox", option=("追加 中国信保 300000", "调剂 中国信保 人保财险 80000", "补进；汇率 7.2")
    )


def readings(workspace: str) -> Figures:
    """`readings`, its page included."""
    return _verb(workspace, "readings")


def _verb(workspace: str, name: str, **options: Any) -> Figures:
    from xltools.desk.verb import Ask, verbs
    from xltools.desk.workspace import open_workspace

    warm()
    verb, there = verbs()[name], open_workspace(Path(workspace))
    ask = Ask(NOW, TODAY, "局长", there.root, options=verb.asked(options))
    with clock() as figures:
        told = verb(there, ask)
    weighed = sum(r["computable"] for r in told.data.get("readings", ()))
    return figures | {"weighed": weighed, "compared": len(told.data.get("options", ()))}


def mark_up(source: str, target: str) -> Figures:
    """A district's own file given back with its bad cells marked: reading and checking not counted."""
    from xltools.roster.checks import check
    from xltools.sheets.intake.read import read_roster
    from xltools.sheets.returned.book import rows_of, write_returned

    scheme = the_scheme()
    roster = check(read_roster(Path(source), scheme), scheme, TODAY)
    placed = roster.placed()
    with clock() as figures:
        write_returned(
            Path(source), Path(target), scheme=scheme, sheet=roster.cells.sheet, heading_row=roster.cells.heading_row,
            columns=roster.cells.places, placed=placed, district="崇川区", next_round=2, rows=partial(rows_of, roster),
        )  # fmt: skip
    return figures | {"rows": len(roster), "problems": len(placed)}


def mark_up_openpyxl(source: str, target: str) -> Figures:
    """The same file loaded and saved by openpyxl, nothing changed."""
    import openpyxl

    with clock() as figures:
        openpyxl.load_workbook(source).save(target)
    return figures


def insert(source: str, target: str) -> Figures:
    """The least that a ledger takes: fastexcel reads the rows, executemany puts them into SQLite, on the disk."""
    import sqlite3

    import fastexcel

    with clock() as figures:
        rows = fastexcel.read_excel(source).load_sheet(0, dtypes="string").to_arrow()
        columns = [column.to_pylist() for column in rows.columns]
        marks = ", ".join("?" * len(columns))
        ledger = sqlite3.connect(target)
        with ledger:
            ledger.execute(f"CREATE TABLE claims ({', '.join(f'c{i} TEXT' for i in range(len(columns)))})")
            ledger.executemany(f"INSERT INTO claims VALUES ({marks})", zip(*columns, strict=True))
        ledger.close()
    return figures | {"rows": rows.num_rows}


def year(workspace: str, returns: str, target: str) -> Figures:
    """The insurers' returns to every row sent taken, and settled; on a copy of the workspace."""
    import shutil

    from benchmarks.year import settle
    from xltools.desk.workspace import open_workspace

    shutil.copytree(workspace, target)
    room = open_workspace(Path(target), "王甲")
    warm()
    with clock() as figures:
        paper = settle(room, Path(returns))
    return figures | {"paper": str(paper)}


def the_scheme() -> Scheme:
    return load("nantong-2019")


JOBS: dict[str, Callable[..., Figures]] = {
    job.__name__: job
    for job in (
        quote,
        floor,
        obvious,
        same,
        pricing,
        districts,
        districts_openpyxl,
        collect,
        agreed,
        assessed,
        options,
        readings,
        mark_up,
        mark_up_openpyxl,
        insert,
        year,
    )
}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](*sys.argv[2:]), ensure_ascii=False))
