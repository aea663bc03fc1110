"""The harness: every timing in a fresh process, interleaved, medians; prints each goal, the figure, met or not.

    python -m benchmarks.bench           22,000 and 200,000 rows, district files, start-up, the workbook, its functions
    python -m benchmarks.bench --quick   22,000 rows only
    python -m benchmarks.bench --full    1,000,000 rows as well
    python -m benchmarks.bench --write   also writes docs/benchmarks.md

Ratios of wall-clock time count; the ratio of CPU time stands beside each, since it is the steadier one on a machine
that does something else at the same time. A goal that is missed is said loudly; the exit code stays 0.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks import roster, splice, udfs, year
from benchmarks.report import Goal, machine, markdown, show
from xltools.scheme import load

ROOT = Path(__file__).parents[1]
DISTRICTS, DISTRICT_ROWS, LARGE_DISTRICT = 200, 110, 4_000
CITY = 22_000
ROUNDS, LONG_ROUNDS = 9, 3
"""How often what takes seconds is timed, and what takes minutes."""
STARTS = 15
STAGES = {"读取": "read", "核对": "check", "测算": "assess", "写出": "write"}
"""What `quote` says it is doing."""
Figures = dict[str, Any]


def run(*job: object) -> Figures:
    """The job's figures in a fresh process, with the process's peak memory in MB."""
    print("·", *(str(j).rpartition("/")[2] for j in job), file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "benchmarks.jobs", *map(str, job)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout
    told = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed: {' '.join(command)}")
    peak = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    figures: Figures = json.loads(told) | {"peak": peak}
    return figures


def interleaved(rounds: int, *jobs: Sequence[object]) -> list[list[Figures]]:
    """A B A B: what disturbs the machine for a while disturbs all jobs alike."""
    out: list[list[Figures]] = [[] for _ in jobs]
    for _ in range(rounds):
        for figures, job in zip(out, jobs, strict=True):
            figures.append(run(*job))
    return out


def median(runs: list[Figures], key: str) -> float:
    middle: float = statistics.median(r[key] for r in runs)
    return middle


def ratio(a: list[Figures], b: list[Figures], key: str = "wall") -> float:
    return median(a, key) / median(b, key)


def quoting(room: Path, rows: int, most: float, *, rounds: int, obvious_rounds: int) -> list[Goal]:
    """`quote` against the yardstick (at most so many times as long) and the obvious pipeline."""
    source, ours, theirs, spare = (room / f"{name}{rows}.xlsx" for name in ("roster", "quote", "obvious", "floor"))
    roster.write(source, load("nantong-2019"), rows)
    run("quote", source, ours)
    quotes, floors = interleaved(rounds, ("quote", source, ours), ("floor", source, ours, spare))
    others, again = interleaved(obvious_rounds, ("obvious", source, theirs), ("quote", source, ours))
    same = run("same", ours, theirs)
    stages = {name: statistics.median(q["stages"][name] for q in quotes) for name in quotes[0]["stages"]}
    files = stages["读取"] + stages["写出"]
    by_stage = ", ".join(f"{STAGES[name]} {seconds:.2f}" for name, seconds in stages.items())
    size = f"{rows:,} rows"
    return [
        Goal(
            f"`quote` {size} ÷ (calamine read + XlsxWriter write)", ratio(quotes, floors), most,
            f"{median(quotes, 'wall'):.2f} s ÷ {median(floors, 'wall'):.2f} s; by CPU "
            f"{ratio(quotes, floors, 'cpu'):.3f}; peak {median(quotes, 'peak'):,.0f} MB",
        ),
        Goal(
            f"`quote` {size}, times faster than the obvious pipeline", ratio(others, again), 15,
            f"{median(others, 'wall'):.1f} s; by CPU {ratio(others, again, 'cpu'):.1f}",
            at_least=True,
        ),
        Goal(
            f"`quote` {size}, CPU outside file reading and writing", 1 - files / sum(stages.values()), 0.07,
            f"CPU seconds: {by_stage}",
        ),
        Goal(
            f"`quote` {size}, cells that differ from the obvious pipeline", same["different"], 0,
            f"of {same['cells']:,}, reasons in words included",
        ),
    ]  # fmt: skip


def million(room: Path) -> list[Goal]:
    """1,000,000 rows: memory."""
    source = room / "roster1000000.xlsx"
    roster.write(source, load("nantong-2019"), 1_000_000)
    figures = run("quote", source, room / "quote1000000.xlsx")
    return [Goal("`quote` 1,000,000 rows, peak memory in GB", figures["peak"] / 1024, 4, f"{figures['wall']:.1f} s")]


def districts(room: Path) -> list[Goal]:
    """Small files in numbers, one large one, and what `collect` takes for all of it."""
    folder = room / "districts"
    folder.mkdir()
    scheme = load("nantong-2019")
    roster.write_districts(folder, scheme, DISTRICTS, DISTRICT_ROWS)
    ours, theirs = interleaved(ROUNDS, ("districts", folder), ("districts_openpyxl", folder))
    assert ours[0]["rows"] == theirs[0]["rows"] == DISTRICTS * DISTRICT_ROWS
    large = room / "district.xlsx"
    roster.write(large, scheme, LARGE_DISTRICT)
    marked, saved = interleaved(
        LONG_ROUNDS, ("mark_up", large, room / "returned.xlsx"), ("mark_up_openpyxl", large, room / "saved.xlsx")
    )
    collected, read = [], []
    for i in range(LONG_ROUNDS):  # a workspace collects a file once
        collected.append(run("collect", folder, room / f"workspace{i}"))
        read.append(run("districts_openpyxl", folder))
    what = f"{DISTRICTS} files × {DISTRICT_ROWS} rows"
    return [
        Goal(
            f"{what} read and checked ÷ openpyxl read-only", ratio(ours, theirs), 0.08,
            f"{median(ours, 'wall'):.2f} s ÷ {median(theirs, 'wall'):.2f} s; by CPU {ratio(ours, theirs, 'cpu'):.3f}",
        ),
        Goal(
            f"`collect` of {what}, giving back included ÷ openpyxl read-only", ratio(collected, read), 0.8,
            f"{collected[0]['returned']} given back; {median(collected, 'wall'):.1f} s ÷ {median(read, 'wall'):.1f} s; "
            f"by CPU {ratio(collected, read, 'cpu'):.2f}; peak {median(collected, 'peak'):,.0f} MB",
        ),
        Goal(
            f"mark-up of a file of {LARGE_DISTRICT:,} rows ÷ openpyxl load + save", ratio(marked, saved), 0.15,
            f"{marked[0]['problems']} problems; {median(marked, 'wall'):.2f} s ÷ {median(saved, 'wall'):.1f} s; by CPU "
            f"{ratio(marked, saved, 'cpu'):.3f}",
        ),
    ]  # fmt: skip


def city(room: Path) -> list[Goal]:
    """One file of 22,000 firms into the ledger: as it should come, and with mistakes, so that it is given back."""
    out = []
    for name, mistakes, limit in (("without a mistake", False, 2.0), ("with mistakes, given back", True, None)):
        folder = room / f"city{mistakes:d}"
        folder.mkdir()
        roster.write(folder / "崇川区.xlsx", load("nantong-2019"), CITY, area="崇川区", mistakes=mistakes)
        collected, least = [], []
        for i in range(LONG_ROUNDS):
            collected.append(run("collect", folder, room / f"{folder.name}{i}"))
            least.append(run("insert", folder / "崇川区.xlsx", room / f"{folder.name}{i}.db"))
        out.append(
            Goal(
                f"`collect` of one file of {CITY:,} rows {name} ÷ (fastexcel read + executemany into SQLite)",
                ratio(collected, least), limit,
                f"{median(collected, 'wall'):.1f} s ÷ {median(least, 'wall'):.1f} s; by CPU "
                f"{ratio(collected, least, 'cpu'):.2f}; {collected[0]['returned']} given back",
            )
        )  # fmt: skip
    return out


def settling(room: Path) -> list[Goal]:
    """The insurers' returns to a whole city taken and settled."""
    folder = room / "year"
    made = year.make(folder, year.FIRMS)
    rows = year.answers(made, folder / "承保结果.xlsx")
    taken, least = [], []
    for i in range(LONG_ROUNDS):
        taken.append(run("year", folder / "工作区", folder / "承保结果.xlsx", folder / f"{i}"))
        least.append(run("floor", folder / "承保结果.xlsx", taken[-1]["paper"], folder / f"{i}.xlsx"))
    return [
        Goal(
            f"{rows:,} returned rows matched and settled ÷ (calamine read + XlsxWriter write of the same cells)",
            ratio(taken, least), 1.3,
            f"{median(taken, 'wall'):.1f} s ÷ {median(least, 'wall'):.1f} s; by CPU {ratio(taken, least, 'cpu'):.2f}",
        )
    ]  # fmt: skip


def what_if(room: Path) -> list[Goal]:
    """Options and readings on a city's register, against as many times `assess`."""
    folder, workspace = room / "whatif", room / "whatif-workspace"
    folder.mkdir()
    roster.write_districts(folder, load("nantong-2019"), 1, CITY)
    run("collect", folder, workspace)
    run("agreed", workspace)
    one, options, readings = interleaved(
        LONG_ROUNDS, ("assessed", workspace), ("options", workspace), ("readings", workspace)
    )
    out = []
    for name, runs, key in (("sandbox", options, "compared"), ("readings", readings, "weighed")):
        many = runs[0][key]
        out.append(
            Goal(
                f"`{name}`, {many} of them over {CITY:,} firms ÷ ({many} × `assess`)", ratio(runs, one) / many, 2,
                f"{median(runs, 'wall'):.2f} s ÷ ({many} × {median(one, 'wall'):.2f} s); by CPU "
                f"{ratio(runs, one, 'cpu') / many:.3f}",
            )
        )  # fmt: skip
    return out


def pricing() -> list[Goal]:
    figures = run("pricing", 1_000_000)
    detail = f"{figures['halves']:,} of them at exactly half a fen"
    return [Goal(f"rows of {figures['rows']:,} priced otherwise than by Decimal", figures["different"], 0, detail)]


def start_up() -> list[Goal]:
    """`xltools --help` against the bare interpreter."""
    commands = ([sys.executable, "-c", "pass"], [sys.executable, "-m", "xltools", "--help"])
    times: list[list[float]] = [[], []]
    for _ in range(STARTS):
        for taken, command in zip(times, commands, strict=True):
            start = time.perf_counter()
            subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
            taken.append(time.perf_counter() - start)
    bare, ours = (statistics.median(t) * 1000 for t in times)
    return [Goal("`xltools --help` ÷ `python -c pass`", ours / bare, 6, f"{ours:.0f} ms ÷ {bare:.0f} ms")]


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="22,000 rows only.")
@click.option("--full", is_flag=True, help="1,000,000 rows as well.")
@click.option("--write", is_flag=True, help="Write docs/benchmarks.md.")
def main(quick: bool, full: bool, write: bool) -> None:
    goals: list[Goal] = []

    def add(found: list[Goal]) -> None:  # told at once: a long run that is cut short has not been for nothing
        goals.extend(found)
        for goal in found:
            print("  ", *goal.row()[:4], sep=" | ", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as name:
        room = Path(name)
        add(start_up())
        add(quoting(room, 22_000, 0.25, rounds=ROUNDS, obvious_rounds=LONG_ROUNDS))
        if not quick:
            add(quoting(room, 200_000, 0.20, rounds=LONG_ROUNDS, obvious_rounds=1))
        add(pricing())
        add(districts(room))
        add(city(room))
        add(settling(room))
        add(what_if(room))
        add(splice.goals(room))
        add(udfs.rows())
        if full:
            add(million(room))
    print(show(goals))
    if write:
        (ROOT / "docs" / "benchmarks.md").write_text(markdown(goals, machine()), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
