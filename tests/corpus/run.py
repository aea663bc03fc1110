"""`make soak CORPUS=folder`: any folder of workbooks, given to every verb that reads one and compared with other readers.

Reported are crashes, steps over 30 seconds of CPU or 1.5 GB, verbs that say nothing, and cells that openpyxl or xlrd
read otherwise, but for the kinds in `explained.toml`. The exit code is 1 where anything is reported. Files are read where
they lie, in processes of their own with a limit of memory; nothing is written beside them. Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import tomllib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from worker import COMPARE, MEMORY, readings

HERE = Path(__file__).resolve().parent
ENDINGS = {".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".xlt", ".csv", ".txt", ".zip", ".et", ".ods", ".htm", ".html", ".xml"}  # fmt: skip
SECONDS = 30
"""Of CPU; so many times as long by the clock, and the process is ended."""
PATIENCE = 4
Result = dict[str, Any]


class Worker:
    """A process that works on one file after another; begun anew where a file took it down."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def results(self, file: Path, steps: list[str]) -> Iterator[Result]:
        left = list(steps)
        while left:
            before = len(left)
            for line in self._lines(file, left):
                if "step" in line:
                    left.remove(line["step"])
                    yield line
            if left:  # it died with the first of them, or before it began
                assert before > 0
                ended = self._ended()
                yield {"step": left.pop(0), "died": ended}

    def _lines(self, file: Path, steps: list[str]) -> Iterator[Result]:
        process = self._running()
        assert process.stdin
        assert process.stdout
        self.late = False
        try:
            process.stdin.write(json.dumps({"file": str(file), "steps": steps}) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            return
        while True:
            timer = threading.Timer(SECONDS * PATIENCE, self._too_late)
            timer.start()
            told = process.stdout.readline()
            timer.cancel()
            if not told:
                return
            line = json.loads(told)
            if "done" in line:
                return
            yield line

    def _running(self) -> subprocess.Popen[str]:
        if self.process is None:
            command = [sys.executable, str(HERE / "worker.py")]
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
        return self.process

    def _too_late(self) -> None:
        self.late = True
        if self.process:
            self.process.kill()

    def _ended(self) -> str:
        assert self.process
        code = self.process.wait()
        self.process = None
        return f"no answer in {SECONDS * PATIENCE} s" if self.late else f"the process ended with {code}"

    def close(self) -> None:
        if self.process and self.process.stdin:
            self.process.stdin.close()
            self.process.wait()


def files(folder: Path) -> list[Path]:
    """The workbooks and tables below a folder, by their names' ends."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and p.is_file())


def given(paths: list[Path], steps: list[str], jobs: int) -> Iterator[tuple[Path, Result]]:
    """Every file through every step, in `jobs` processes."""
    todo: SimpleQueue[Path] = SimpleQueue()
    came: SimpleQueue[tuple[Path, Result] | None] = SimpleQueue()
    for path in paths:
        todo.put(path)

    def work() -> None:
        worker = Worker()
        try:
            while True:
                path = todo.get_nowait()
                for result in worker.results(path, steps):
                    came.put((path, result))
        except Empty:
            worker.close()
        finally:
            came.put(None)

    with ThreadPoolExecutor(jobs) as pool:
        for _ in range(jobs):
            pool.submit(work)
        running = jobs
        while running:
            result = came.get()
            if result is None:
                running -= 1
            else:
                yield result


def explained() -> dict[tuple[str, str], str]:
    """(reader, kind) -> why the two readings differ."""
    kinds = tomllib.loads((HERE / "explained.toml").read_text("utf-8"))
    return {(reader, kind): why for reader, of in kinds.items() for kind, why in of.items()}


def faults(result: Result, known: dict[tuple[str, str], str]) -> Iterator[tuple[str, str]]:
    """(what, detail) of all that is wrong with a step."""
    for what in ("died", "crash", "mute"):
        if what in result:
            yield what, result[what]
    if result["step"] == COMPARE:
        for kind, (count, examples) in result.get("kinds", {}).items():
            if (result["reader"], kind) not in known:
                yield f"{result['reader']}: {kind}", f"{count} cells; {'; '.join(examples)}"
        return
    if result.get("cpu", 0) > SECONDS:
        yield "time", f"{result['cpu']:.0f} s"
    if result.get("peak", 0) > MEMORY:
        yield "memory", f"{result['peak']:,} MB"


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--only", nargs="*", help="steps, instead of all")
    options = asked.parse_args()
    paths = files(options.folder)
    steps = options.only or [*readings(), COMPARE]
    print(f"{len(paths)} files, steps: {', '.join(steps)}", flush=True)
    known, counts, used = explained(), Counter[str](), Counter[tuple[str, str]]()
    taken: dict[str, tuple[float, Path]] = {}
    wrong = 0
    for path, result in given(paths, steps, options.jobs):
        place = path.relative_to(options.folder)
        for what, detail in faults(result, known):
            wrong += 1
            print(f"FAULT {what} | {result['step']} | {place} | {detail}", flush=True)
        counts[f"{result['step']}: {result.get('refused') or _ended(result)}"] += 1
        if result["step"] == COMPARE:
            used.update({(result.get("reader", ""), kind): of[0] for kind, of in result.get("kinds", {}).items()})
            counts["cells compared"] += result.get("cells", 0)
        for of in ("cpu", "peak"):
            if result.get(of, 0) > taken.get(of, (0, path))[0] and result["step"] != COMPARE:
                taken[of] = (result[of], place)
    for name, count in sorted(counts.items()):
        print(f"  {count:7,} {name}")
    for (reader, kind), why in known.items():
        if used[reader, kind]:
            print(f"  {used[reader, kind]:7,} {reader}: {kind} ({why})")
    for of, (most, place) in taken.items():
        print(f"  most {of}: {most:,.1f} ({place})")
    print(f"{wrong} to look at" if wrong else "nothing to look at")
    return int(wrong > 0)


def _ended(result: Result) -> str:
    if result["step"] == COMPARE:
        return "theirs not opened" if "theirs" in result else "read"
    return f"exit {result['code']}" if "code" in result else "fault"


if __name__ == "__main__":
    sys.exit(main())
