"""Killed at any moment (SIGKILL): the next command carries on, nothing half-written, nothing twice.

A real process counts what it does to files and to the database, and kills itself at one of these moments. The
moments lie evenly over the whole run; wherever it dies, the state after the next run is that of a run undisturbed.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from workspaces import THERE, WHO, Bureau, Ran, bureau_in, cells, firm, firms, spawn, tree

MOMENTS = 12
RUN = """
import json, os, signal, sys
from sqlalchemy import Engine, event
from xltools.cli.main import main
last, root, done = int(sys.argv[1]), sys.argv[2], []
def step(what):
    done.append(what)
    if len(done) == last:
        os.kill(os.getpid(), signal.SIGKILL)
def audited(name, args):
    if name in ("open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.truncate"):
        if any(root in os.fsdecode(a) for a in args[:2] if isinstance(a, str | bytes | os.PathLike)):
            step(name)
sys.addaudithook(audited)
event.listen(Engine, "before_cursor_execute", lambda conn, cursor, statement, *rest: step(" ".join(statement.split()[:3])))
event.listen(Engine, "commit", lambda conn: step("commit"))
sys.argv = ["xltools", *sys.argv[3:]]
try:
    main()
finally:
    print("steps", json.dumps(done), file=sys.stderr)
"""


def killed(bureau: Bureau, verb: str, moment: int) -> Ran:
    """The verb as a process that kills itself at that moment (0: never)."""
    command = bureau.command(verb)
    return spawn([sys.executable, "-c", RUN, str(moment), str(bureau.root), *command[3:]])


def steps(ran: Ran) -> list[str]:
    assert ran.code in (0, 1), ran.err
    found: list[str] = json.loads(ran.err.rpartition("steps ")[2])
    return found


def moments(total: int) -> list[int]:
    """Evenly over the run, the last step included."""
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
    returned = {p.name: cells(p, "问题") for p in (bureau.root / "退回").iterdir() if "原件" not in p.name}
    submitted = {p.name: p.read_bytes() for p in (bureau.root / "报送").iterdir()}
    kept = sorted(p.name for p in (bureau.root / "备份" / "收件").iterdir())
    published = sorted((r["final"], r["actual"]) for r in bureau.tables()["published"])
    return {"ledger": ledger, "退回": returned, "报送": submitted, "收件": kept, "published": published}


def temporaries(bureau: Bureau) -> list[str]:
    return [n for n in tree(bureau.root) if ".xltools" in n or "~xltools" in n or ".part" in n]


def to_collect(bureau: Bureau) -> None:
    bureau.drop([firm(1), firm(2, phone="12"), firm(3)])
    bureau.drop([firm(4, area=THERE), firm(3, area=THERE)], district=THERE)
    (bureau.root / "收件" / "坏.xlsx").write_bytes(b"PK\x03\x04 bad")


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
    tmp_path: Path, verb: str, prepare: Callable[[Bureau], None], again: Callable[[Bureau], Any]
) -> None:
    pattern = bureau_in(tmp_path, name="样本")
    prepare(pattern)

    def copy(name: str) -> Bureau:
        shutil.copytree(pattern.root, tmp_path / name)
        return Bureau(tmp_path / name)

    calm = copy("未中断")
    total = len(steps(killed(calm, verb, 0)))
    wanted = state(calm)
    assert total > 5 * MOMENTS
    assert temporaries(calm) == []
    for moment in moments(total):
        bureau = copy(f"第{moment}步")
        ran = killed(bureau, verb, moment)
        assert ran.code == -signal.SIGKILL, (moment, ran.err)
        assert bureau.cli("status").code == 0
        again(bureau)
        assert state(bureau) == wanted, moment
        assert temporaries(bureau) == [], moment
        assert bureau.verify().wrong == []
        before = bureau.tables()
        again(bureau)
        assert bureau.tables() == before, moment


def test_killed_between_the_commit_and_the_files(tmp_path: Path) -> None:
    """The ledger knows of sheets that have no names yet: whatever verb comes next puts them in place."""
    pattern = bureau_in(tmp_path)
    to_submit(pattern)
    shutil.copytree(pattern.root, tmp_path / "未中断")
    done = steps(killed(Bureau(tmp_path / "未中断"), "submit", 0))
    written = max(i for i, step in enumerate(done) if step == "INSERT INTO journal")
    committed = done.index("commit", written)
    ran = killed(pattern, "submit", committed + 2)
    assert ran.code == -signal.SIGKILL
    assert len(pattern.tables()["outbox"]) == 2
    assert [n for n in pattern.submitted() if not n.startswith(".")] == []
    assert pattern.cli("status", "--json").json["by_status"] == {"已报送": 4}
    assert pattern.decide(1, 备注="再看").changed == 1
    assert len(pattern.submitted()) == 2
    assert temporaries(pattern) == []
    assert pattern.submit() == []
    assert pattern.verify().wrong == []


def test_init_killed_anywhere_can_be_run_again(tmp_path: Path) -> None:
    def init(name: str, moment: int) -> Ran:
        root = tmp_path / name
        args = ["init", str(root), "--scheme", "nantong-2019", "--who", WHO, "--today", date(2019, 12, 31).isoformat()]
        return spawn([sys.executable, "-c", RUN, str(moment), str(root), *args])

    total = len(steps(init("未中断", 0)))
    for moment in moments(total):
        assert init(f"第{moment}步", moment).code == -signal.SIGKILL
        again = init(f"第{moment}步", 0)
        bureau = Bureau(tmp_path / f"第{moment}步")
        assert again.code == 0 or "已经是一个工作区" in again.err
        bureau.drop(firms(1))
        assert [r.outcome for r in bureau.collect()] == ["taken"]
        assert bureau.standing().money[0].pool == 450_000_000
        assert temporaries(bureau) == []
        assert bureau.verify().wrong == []
