"""Killed at any moment (SIGKILL): the next command carries on, nothing half-written, nothing twice.

A real process counts what it does to files and to the database, and kills itself at one of these moments. The
moments lie evenly over the whole run; wherever it dies, the state after the next run is that of a run undisturbed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from workspaces import THERE, WHO, Bureau, bureau_in, firm, firms, table, tree

MOMENTS = 12
NURSERY = """
import json, os, signal, sys
from pathlib import Path
import fastexcel, pyarrow.dataset, rich.console, rich.padding, rich.table
from sqlalchemy import Engine, event
import xltools.desk.enrol.collect, xltools.desk.batch.submit, xltools.desk.workspace, xltools.desk.press.closed
import xltools.desk.rules.assess
from xltools.cli.main import main

def work(last, root, args, out):
    done = []
    def step(what):
        done.append(what)
        if len(done) == last:
            os.kill(os.getpid(), signal.SIGKILL)
    def audited(name, given):
        if name in ("open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.truncate"):
            if any(root in os.fsdecode(a) for a in given[:2] if isinstance(a, str | bytes | os.PathLike)):
                step(name)
    def executed(conn, cursor, statement, *rest):
        step(" ".join(statement.split()[:3]))
    with open(out, "w", encoding="utf-8") as sys.stderr:
        sys.stdout = sys.stderr
        sys.addaudithook(audited)
        event.listen(Engine, "before_cursor_execute", executed)
        event.listen(Engine, "commit", lambda conn: step("commit"))
        sys.argv = ["xltools", *args]
        try:
            main()
        except SystemExit as e:
            code = e.code
    Path(out).with_suffix(".json").write_text(json.dumps(done), "utf-8")
    os._exit(code)

for line in sys.stdin:
    last, root, args, out = json.loads(line)
    child = os.fork()
    if not child:
        work(last, root, args, out)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Has everything imported, what the commands import when they need it included, and forks: a process to be killed then
costs no second to start."""


@dataclass(frozen=True)
class Died:
    """How a process ended (-9: killed), what it said, and the steps that it took, if it came to its end."""

    code: int
    said: str
    steps: list[str]


Run = Callable[[int, Path, list[str]], Died]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """`run(moment, root, args)`: the command as a process that kills itself at that moment (0: never)."""
    out = tmp_path_factory.mktemp("nursery") / "out"
    env = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", NURSERY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        stdin, stdout = nursery.stdin, nursery.stdout

        def one(moment: int, root: Path, args: list[str]) -> Died:
            out.with_suffix(".json").unlink(missing_ok=True)
            stdin.write(json.dumps([moment, str(root), args, str(out)]) + "\n")
            stdin.flush()
            code = int(stdout.readline())
            steps = out.with_suffix(".json")
            return Died(code, out.read_text("utf-8"), json.loads(steps.read_text("utf-8")) if steps.exists() else [])

        yield one
        stdin.close()


def killed(run: Run, bureau: Bureau, verb: str, moment: int) -> Died:
    return run(moment, bureau.root, bureau.command(verb)[3:])


def moments(total: int) -> list[int]:
    """Evenly over the run, the first and the last step included."""
    return sorted({1 + round(i * (total - 1) / (MOMENTS - 1)) for i in range(MOMENTS)})


MOVING = ("at", "first_at", "hash", "prev")
"""What depends on the clock, and on what depends on it."""


def state(bureau: Bureau) -> dict[str, Any]:
    """Everything that has to be the same: the ledger, and the files that people see."""
    tables = bureau.tables("meta", "published")
    for row in tables["journal"]:
        detail = json.loads(row["detail"])
        detail.pop("seals", None)
        row["detail"] = detail
    ledger = {
        n: sorted(str({k: v for k, v in r.items() if k not in MOVING}) for r in rows) for n, rows in tables.items()
    }
    returned = {p.name: listed(p) for p in (bureau.root / "退回").iterdir() if "原件" not in p.name}
    submitted = {p.name: p.read_bytes() for p in (bureau.root / "报送").iterdir()}
    kept = sorted(p.name for p in (bureau.root / "备份" / "收件").iterdir())
    published = sorted((r["final"], r["actual"]) for r in bureau.tables()["published"])
    return {"ledger": ledger, "退回": returned, "报送": submitted, "收件": kept, "published": published}


def listed(path: Path) -> list[list[Any]]:
    """The sheet of problems of a returned file."""
    return CalamineWorkbook.from_path(path).get_sheet_by_name("问题").to_python()


def temporaries(bureau: Bureau) -> list[str]:
    return [n for n in tree(bureau.root) if ".xltools" in n or "~xltools" in n or ".part" in n]


def age(bureau: Bureau) -> None:
    """A young copy of a ledger might be that of somebody who is still at it, and is left alone."""
    for path in bureau.root.rglob(".xltools*.db*"):
        os.utime(path, (0, 0))


def to_collect(bureau: Bureau) -> None:
    bureau.drop([firm(1), firm(2, phone="12"), firm(3)])
    bureau.drop([firm(4, area=THERE), firm(3, area=THERE)], district=THERE)
    table(bureau.root / "收件" / "别的表.xlsx", [{"甲": 1}])


def to_submit(bureau: Bureau) -> None:
    bureau.drop([*firms(1, 2, 3), firm(4, insurer="人保财险")])
    bureau.collect()
    bureau.agree(1, 2, 3, 4)


@pytest.mark.parametrize(
    ("verb", "prepare", "again"),
    [("collect", to_collect, Bureau.collect), ("submit", to_submit, Bureau.submit)],
    ids=["collect", "submit"],
)
def test_killed_at_moments_spread_over_the_run(
    tmp_path: Path, run: Run, verb: str, prepare: Callable[[Bureau], None], again: Callable[[Bureau], Any]
) -> None:
    pattern = bureau_in(tmp_path, name="样本")
    prepare(pattern)

    def copy(name: str) -> Bureau:
        shutil.copytree(pattern.root, tmp_path / name)
        return Bureau(tmp_path / name)

    calm = copy("未中断")
    undisturbed = killed(run, calm, verb, 0)
    assert undisturbed.code in (0, 1), undisturbed.said
    total, wanted = len(undisturbed.steps), state(calm)
    assert total > 5 * MOMENTS
    assert temporaries(calm) == []
    for moment in moments(total):
        bureau = copy(f"第{moment}步")
        died = killed(run, bureau, verb, moment)
        assert died.code == -signal.SIGKILL, (moment, died.said)
        age(bureau)
        again(bureau)
        assert state(bureau) == wanted, moment
        assert temporaries(bureau) == [], moment
        assert bureau.verify().wrong == []
        before = bureau.tables()
        again(bureau)
        assert bureau.tables() == before, moment


def test_killed_between_the_commit_and_the_files(tmp_path: Path, run: Run) -> None:
    """The ledger knows of sheets that have no names yet: whatever verb comes next puts them in place."""
    pattern = bureau_in(tmp_path)
    to_submit(pattern)
    shutil.copytree(pattern.root, tmp_path / "未中断")
    done = killed(run, Bureau(tmp_path / "未中断"), "submit", 0).steps
    written = max(i for i, step in enumerate(done) if step == "INSERT INTO journal")
    committed = done.index("commit", written)
    assert killed(run, pattern, "submit", committed + 2).code == -signal.SIGKILL
    assert len(pattern.tables()["outbox"]) == 2
    assert [n for n in pattern.submitted() if not n.startswith(".")] == []
    assert pattern.cli("status", "--json").json["by_status"] == {"已报送": 4}
    assert pattern.decide(1, 备注="再看").changed == 1
    assert len(pattern.submitted()) == 2
    assert temporaries(pattern) == []
    assert pattern.submit() == []
    assert pattern.verify().wrong == []


def test_init_killed_anywhere_can_be_run_again(tmp_path: Path, run: Run) -> None:
    def init(name: str, moment: int) -> Died:
        args = ["init", str(tmp_path / name), "--scheme", "nantong-2019", "--who", WHO, "--today", "2019-12-31"]
        return run(moment, tmp_path / name, args)

    total = len(init("未中断", 0).steps)
    for moment in moments(total):
        assert init(f"第{moment}步", moment).code == -signal.SIGKILL
        again = init(f"第{moment}步", 0)
        bureau = Bureau(tmp_path / f"第{moment}步")
        age(bureau)
        assert again.code == (2 if "已经是一个工作区" in again.said else 0)
        bureau.drop(firms(1))
        assert [r.outcome for r in bureau.collect()] == ["taken"]
        assert bureau.standing().money[0].pool == 450_000_000
        assert temporaries(bureau) == []
        assert bureau.verify().wrong == []
