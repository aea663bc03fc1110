"""Updating a platform workbook in use against openpyxl: `python -m benchmarks.splice` (22,000 firms).

Both sides start from the same workbook of all our tables. Ours rewrites every table with other values; openpyxl only
loads the book and saves it.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.jobs import clock
from benchmarks.report import Goal, show
from xltools.catalogue.tables import BookColumn, BookTable, tables
from xltools.scheme import load
from xltools.sheets.platform.contents import Contents

ROOT = Path(__file__).parents[1]
FIRMS, ROUNDS, SEED = 22_000, 3, 20190901
OF_FIRMS = ("名册", "测算", "排队", "报送")
"""Tables with a row a firm; 基准 has a row for each of BASE cells of a firm, 问题 and 日志表 one for some firms."""
BASE, SOME, SMALL = 3, {"问题": 5, "日志表": 20}, 6
BLANK = {"bureau": 0.6, "district": 0.1, "computed": 0.1}
WORDS = ("南通恒远纺织品有限公司", "江海通达机电进出口", "崇川区", "同意", "已电话联系，材料原件后补", "材料 <A&B>")
Figures = dict[str, Any]


def contents(firms: int, seed: int) -> Contents:
    """Tables of that many firms; another seed gives other values under the same keys."""
    scheme = load("nantong-2019")
    rng = np.random.default_rng(SEED + seed)
    return Contents(
        scheme, {t.name: _table(t, _rows(t, firms), rng) for t in tables(scheme)}, {"状态": f"第 {seed} 次"}
    )


def _rows(table: BookTable, firms: int) -> int:
    if table.name in OF_FIRMS:
        return firms
    if table.name == "基准":
        return firms * BASE
    return firms // SOME[table.name] if table.name in SOME else SMALL


def _table(table: BookTable, rows: int, rng: np.random.Generator) -> pa.Table:
    return pa.table([_column(c, c.heading in table.key, rows, rng) for c in table.columns], schema=table.schema)


def _column(column: BookColumn, key: bool, rows: int, rng: np.random.Generator) -> pa.Array:
    numbers = rng.integers(0, 10**9, rows)
    blank = None if key else rng.random(rows) < BLANK[column.owner]
    if column.kind == "text":
        texts = [f"{column.heading}{n}" if key else f"{WORDS[v % len(WORDS)]}{v % 5000}" for n, v in enumerate(numbers)]
        return pa.array(texts, pa.string(), mask=blank)
    if column.kind in ("usd", "yuan", "rate", "fx"):
        places = 2 if column.kind in ("usd", "yuan") else 8
        kind = pa.decimal128(18, places)
        return pa.array([Decimal(v).scaleb(-places) for v in numbers.tolist()], kind, mask=blank)
    if column.kind == "whole":
        return pa.array(np.arange(rows) if key else numbers, mask=blank)
    if column.kind == "date":
        return pa.array((17_900 + (np.arange(rows) if key else numbers) % 700).astype(np.int32), mask=blank).cast(
            pa.date32()
        )
    return pa.array(1_546_300_800 + numbers % 50_000_000, mask=blank).cast(pa.timestamp("s"))


def make(target: str, firms: str) -> Figures:
    """The workbook as staff have it."""
    from xltools.sheets.platform.draw.workbook import draw

    with clock() as figures:
        draw(Path(target), contents(int(firms), 1))
    return figures


def ours(source: str, target: str, firms: str) -> Figures:
    """All tables rewritten, 2 % more firms."""
    from xltools.sheets.platform.splice.update import splice

    shutil.copy(source, target)
    wanted = contents(int(firms) + int(firms) // 50, 2)
    with clock() as figures:
        splice(Path(target), wanted)
    return figures | {"rows": sum(t.num_rows for t in wanted.tables.values()), "bytes": Path(target).stat().st_size}


def theirs(source: str, target: str) -> Figures:
    """openpyxl: load and save, nothing changed."""
    import openpyxl

    with clock() as figures:
        book = openpyxl.load_workbook(source)
        book.save(target)
    return figures


def goals(room: Path, firms: int = FIRMS, rounds: int = ROUNDS) -> list[Goal]:
    """The goal of the splice, measured in `room`; openpyxl, which takes long, runs once."""
    source = room / "平台工作簿.xlsx"
    _run("make", source, firms)
    again = [_run("ours", source, room / "ours.xlsx", firms) for _ in range(rounds)]
    other = _run("theirs", source, room / "theirs.xlsx")
    wall, cpu, peak = (statistics.median(f[key] for f in again) for key in ("wall", "cpu", "peak"))
    return [
        Goal(
            f"all tables of a platform workbook of {firms:,} firms rewritten ÷ openpyxl load + save",
            wall / other["wall"], 0.10,
            f"{wall:.2f} s ÷ {other['wall']:.1f} s; {again[0]['rows']:,} rows; by CPU {cpu / other['cpu']:.3f}; "
            f"peak {peak:,.0f} MB, openpyxl {other['peak']:,.0f} MB",
        )
    ]  # fmt: skip


def _run(*job: object) -> Figures:
    """The job's figures in a fresh process, with its peak memory in MB."""
    print("·", *(str(j).rpartition("/")[2] for j in job), file=sys.stderr, flush=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.splice", *map(str, job)], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout
    told = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed: {job}")
    figures: Figures = json.loads(told) | {"peak": usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)}
    return figures


JOBS: dict[str, Callable[..., Figures]] = {job.__name__: job for job in (make, ours, theirs)}

if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(JOBS[sys.argv[1]](*sys.argv[2:]), ensure_ascii=False))
    else:
        with tempfile.TemporaryDirectory() as name:
            print(show(goals(Path(name))))
