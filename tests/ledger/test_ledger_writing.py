"""One writer at a time, all or nothing, and files that appear exactly once wherever the process was killed."""

from __future__ import annotations

import errno
import os
import random
import signal
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from offices import NOW, Office
from sqlalchemy import event, select

from xltools.ledger import Busy, Entry, LedgerError, connect, durable, journal, lock, outbox, writer
from xltools.ledger.files import File, files, record
from xltools.ledger.schema import of

pytest_plugins = ["postgres", "ledgers"]


def child(work: Callable[[], object]) -> int:
    """Run in a process of its own; its id."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return pid


def ended(pid: int) -> int:
    """Exit code of a child, negative for the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@contextmanager
def somebody_writing(office: Office, who: str, now: datetime) -> Iterator[int]:
    """Another process holds the ledger for the block; its id."""
    read, write = os.pipe()
    done, go = os.pipe()

    def work() -> None:
        os.close(go)
        with office.writing(who, now):
            os.write(write, b".")
            os.read(done, 1)

    pid = child(work)
    os.close(done)
    assert os.read(read, 1) == b"."
    try:
        yield pid
    finally:
        os.close(go)
        with suppress(ChildProcessError):  # the block may have killed it
            ended(pid)
        os.close(read)
        os.close(write)


def submit(office: Office, name: str, body: str = "表") -> None:
    """What every operation does: rows, an entry, and a file that belongs to them."""
    with office.writing() as conn:
        record(conn, File(sha256=f"{name} {body}", name=name, district="", at=NOW, outcome="taken"))
        outbox.stage(conn, office.root, office.root / "报送" / name).write_text(body)
        journal.append(conn, Entry(NOW, "张三", "submit", name))


def known(office: Office) -> tuple[list[str], list[str]]:
    """Names in the state and in the journal."""
    with office.reading() as conn:
        assert journal.verify(conn) == []
        t = of(conn).journal
        subjects = conn.scalars(select(t.c.subject).where(t.c.verb == "submit").order_by(t.c.seq)).all()
        return files(conn)["name"].to_pylist(), list(subjects)


def waiting(office: Office) -> int:
    with office.reading() as conn:
        return len(conn.execute(select(of(conn).outbox)).all())


def sent_files(office: Office) -> dict[str, str]:
    folder = office.root / "报送"
    return {p.name: p.read_text() for p in sorted(folder.iterdir())} if folder.exists() else {}


# ── all or nothing ──


def test_what_a_block_did_is_there_whole(office: Office) -> None:
    submit(office, "一.xlsx")
    assert known(office) == (["一.xlsx"], ["一.xlsx"])
    assert sent_files(office) == {"一.xlsx": "表"}
    assert office.temporaries() == []
    assert waiting(office) == 0


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, LedgerError], ids=lambda e: e.__name__)
def test_an_exception_leaves_neither_rows_nor_files(office: Office, error: type[BaseException]) -> None:
    def fail() -> None:
        with office.writing() as conn:
            record(conn, File(sha256="x", name="X", district="", at=NOW, outcome="taken"))
            outbox.stage(conn, office.root, office.root / "报送" / "一.xlsx").write_text("表")
            journal.append(conn, Entry(NOW, "张三", "submit", "X"))
            raise error("中断")

    with pytest.raises(error, match="中断"):
        fail()
    assert known(office) == ([], [])
    assert sent_files(office) == {}
    assert office.temporaries() == []
    submit(office, "二.xlsx")
    assert known(office) == (["二.xlsx"], ["二.xlsx"])


def test_a_staged_file_that_was_never_written_undoes_everything(office: Office) -> None:
    def forget() -> None:
        with office.writing() as conn:
            record(conn, File(sha256="x", name="X", district="", at=NOW, outcome="taken"))
            outbox.stage(conn, office.root, office.root / "报送" / "一.xlsx")

    with pytest.raises(LedgerError, match=r"一\.xlsx：文件没有写出来"):
        forget()
    assert known(office) == ([], [])


def test_the_disk_has_the_file_before_the_commit_and_the_name_before_the_row_goes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def noted(name: str) -> None:
        real: Callable[..., Any] = getattr(durable, name)
        monkeypatch.setattr(durable, name, lambda *a: (done.append(f"{name} {a[0].suffix}"), real(*a))[1])

    for name in ("sync_file", "sync_folder", "move"):
        noted(name)
    event.listen(office.ledger.engine, "commit", lambda conn: done.append("commit"))
    with office.writing() as conn:
        outbox.stage(conn, office.root, office.root / "报送" / "一.xlsx").write_text("表")
        done.clear()
    writes = [d for d, before in zip(done, ["", *done], strict=False) if d != before]
    assert writes[:6] == ["sync_file .xlsx", "sync_folder ", "commit", "move .xlsx", "sync_folder ", "commit"]


# ── one writer ──


def test_a_second_writer_is_told_who_works_there_since_when(office: Office) -> None:
    with somebody_writing(office, "李四", datetime(2019, 9, 5, 8, 30)) as pid:
        with pytest.raises(Busy) as caught, office.writing():
            pass
        said = str(caught.value)
        assert "李四 正在操作台账（从 2019-09-05 08:30:00 起" in said
        assert f"进程 {pid}" in said
        assert "请等对方完成后再试" in said
        with office.reading() as conn:
            assert journal.head(conn)[0] == 1
    submit(office, "一.xlsx")
    assert known(office)[1] == ["一.xlsx"]


def test_a_writer_in_another_workspace_of_the_same_ledger_is_told_too(office: Office, tmp_path: Path) -> None:
    root = tmp_path / "另一处"  # a SQLite ledger is locked beside its file, whatever the workspace
    root.mkdir()
    with (
        somebody_writing(office, "李四", datetime(2019, 9, 5, 8, 30)),
        pytest.raises(Busy, match="李四 正在操作台账（从 2019-09-05 08:30:00 起"),
        writer.writing(office.reopened(), root, "王五", NOW),
    ):
        pass


@pytest.mark.parametrize("number", [errno.EACCES, errno.EAGAIN, errno.EDEADLK, 0])
def test_a_lock_that_is_taken_is_told_whatever_number_the_system_gives(
    office: Office, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def taken(handle: int) -> None:
        raise OSError(number, "")

    with office.writing("李四"):
        monkeypatch.setattr(lock, "_take", taken)
        with pytest.raises(Busy, match="李四 正在操作台账"), office.writing("王五"):
            pass


def test_two_writers_in_one_process_are_one_too_many(office: Office) -> None:
    with office.writing("李四"), pytest.raises(Busy, match="李四"), office.writing("王五"):
        pass


def test_the_lock_of_a_killed_writer_is_free_at_once(office: Office) -> None:
    with somebody_writing(office, "李四", NOW) as pid:
        os.kill(pid, signal.SIGKILL)
        assert ended(pid) == -signal.SIGKILL
        submit(office, "一.xlsx")
    assert known(office) == (["一.xlsx"], ["一.xlsx"])


def test_the_lock_names_nobody_once_it_is_released(office: Office) -> None:
    path = office.root / lock.NAME
    with office.writing("李四", NOW):
        found = lock.holder(path)
        assert found is not None
        assert (found.who, found.pid, found.since) == ("李四", os.getpid(), "2019-09-05 09:37:12")
    assert lock.holder(path) is None


def test_a_workspace_that_is_gone_is_said(office: Office) -> None:
    if office.ledger.path is not None:
        office.ledger.path.rename(office.root / "别处.db")
        with pytest.raises(LedgerError, match="台账文件不见了"), office.writing():
            pass
    else:
        gone = writer.writing(office.ledger, office.root / "无", "张三", NOW)
        with pytest.raises(LedgerError, match="建不了锁文件"), gone:
            pass


# ── whose file ──


def test_somebodys_own_file_is_never_overwritten(office: Office) -> None:
    final = office.root / "报送" / "一.xlsx"
    final.parent.mkdir()
    final.write_text("别人的")
    with office.writing() as conn:
        assert outbox.name_for(conn, office.root, final).name == "一(2).xlsx"
        assert outbox.placed(conn, office.root, final) is None
    submit(office, "一.xlsx", "甲")
    assert sent_files(office) == {"一(2).xlsx": "甲", "一.xlsx": "别人的"}
    with office.reading() as conn:
        assert outbox.placed(conn, office.root, final) == office.root / "报送" / "一(2).xlsx"


@pytest.mark.parametrize(
    ("edited", "left"),
    [
        pytest.param(False, {"一.xlsx": "乙"}, id="unchanged since: replaced"),
        pytest.param(True, {"一(2).xlsx": "乙", "一.xlsx": "改过"}, id="changed by somebody: kept"),
    ],
)
def test_a_file_that_we_published_is_replaced_only_while_it_is_as_we_left_it(
    office: Office, edited: bool, left: dict[str, str]
) -> None:
    submit(office, "一.xlsx", "甲")
    if edited:
        (office.root / "报送" / "一.xlsx").write_text("改过")
    submit(office, "一.xlsx", "乙")
    assert sent_files(office) == left
    submit(office, "一.xlsx", "丙")
    assert sent_files(office) == {k: "丙" if v == "乙" else v for k, v in left.items()}


def test_a_drive_without_links_never_overwrites_either(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*paths: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", no_links)
    (office.root / "报送").mkdir()
    (office.root / "报送" / "一.xlsx").write_text("别人的")
    submit(office, "一.xlsx", "甲")
    submit(office, "二.xlsx", "乙")
    assert sent_files(office) == {"一(2).xlsx": "甲", "一.xlsx": "别人的", "二.xlsx": "乙"}


def test_a_file_that_cannot_be_put_in_place_follows_with_the_next_command(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*paths: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as m:
        m.setattr(durable, "move", full)
        with pytest.raises(LedgerError, match=r"一\.xlsx：台账已经记下，但文件放不进文件夹（磁盘已满.*自动补上"):
            submit(office, "一.xlsx")
    assert known(office)[1] == ["一.xlsx"]
    assert sent_files(office).get("一.xlsx") is None
    with office.writing():
        pass
    assert sent_files(office) == {"一.xlsx": "表"}


def test_a_committed_file_that_somebody_removed_stops_nobody(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as m:
        m.setattr(writer.outbox, "publish", lambda conn, root: [])
        submit(office, "一.xlsx")
    assert waiting(office) == 1
    for path in (office.root / "报送").iterdir():
        path.unlink()
    submit(office, "二.xlsx")
    assert sent_files(office) == {"二.xlsx": "表"}
    with office.reading() as conn:
        assert outbox.placed(conn, office.root, office.root / "报送" / "一.xlsx") is None


def test_staging_a_name_again_in_one_block_keeps_the_last(office: Office) -> None:
    with office.writing() as conn:
        for body in ("甲", "乙"):
            outbox.stage(conn, office.root, office.root / "报送" / "一.xlsx").write_text(body)
    assert sent_files(office) == {"一.xlsx": "乙"}


@pytest.mark.parametrize("final", ["../外面.xlsx", "报送/坏\udc80.xlsx"], ids=["outside", "half a character"])
def test_a_path_that_cannot_be_kept_is_refused(office: Office, final: str) -> None:
    with pytest.raises(LedgerError, match=r"不在工作区|无法识别的字符"), office.writing() as conn:
        outbox.stage(conn, office.root, Path(os.path.normpath(office.root / final)))


def test_only_our_own_left_over_temporaries_are_swept(office: Office) -> None:
    folder = office.root / "退回"
    folder.mkdir()
    names = [".xltools-ledger-0123456789abcdef.part.xlsx", ".表~xltools-0-1-2.xlsx", "表.part.xlsx"]
    for name in names:
        (folder / name).touch()
    with office.writing():
        pass
    assert sorted(p.name for p in folder.iterdir()) == sorted(names[1:])


@pytest.mark.parametrize(
    ("age", "left"), [pytest.param(60, True, id="it may still be made"), pytest.param(7200, False, id="left over")]
)
def test_a_backup_that_somebody_is_making_is_not_swept_away(office: Office, age: int, left: bool) -> None:
    copy = office.root / "备份" / ".xltools-ledger-0123456789abcdef.part.db"
    copy.parent.mkdir()
    copy.touch()
    os.utime(copy, (time.time() - age,) * 2)
    with office.writing():
        pass
    assert copy.exists() is left


# ── what the database refuses ──


Trouble = Iterator[Callable[[], object]]
"""Lasts for the block; yields what happens once the writer has begun."""


def locked_by_another_program(office: Office, monkeypatch: pytest.MonkeyPatch) -> Trouble:
    monkeypatch.setattr(connect, "_WAIT", 0)
    assert office.ledger.path is not None
    with closing(sqlite3.connect(office.ledger.path, isolation_level=None)) as other:
        other.execute("begin immediate")
        yield lambda: None


def held_alone(office: Office, monkeypatch: pytest.MonkeyPatch) -> Trouble:
    """As Windows does: neither the database nor anybody else gets it open."""
    ledger, opened = office.ledger.path, Path.open

    def refused(path: Path, *args: object, **options: object) -> object:
        if path == ledger:
            error = PermissionError(13, "The process cannot access the file")
            error.winerror = 32
            raise error
        return opened(path, *args, **options)

    def cannot(*args: object, **options: object) -> sqlite3.Connection:
        error = sqlite3.OperationalError("unable to open database file")
        error.sqlite_errorname = "SQLITE_CANTOPEN"
        raise error

    monkeypatch.setattr(Path, "open", refused)
    monkeypatch.setattr(sqlite3, "connect", cannot)
    yield lambda: None


def no_room(office: Office, monkeypatch: pytest.MonkeyPatch) -> Trouble:
    monkeypatch.setattr(connect, "_PRAGMAS", (*connect._PRAGMAS, "max_page_count=1"))
    yield lambda: None


def session_ended(office: Office, monkeypatch: pytest.MonkeyPatch) -> Trouble:
    all_others = "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction'"
    yield lambda: office.tamper(all_others)


@pytest.mark.parametrize(
    ("place", "trouble", "kind", "said"),
    [
        pytest.param(
            "sqlite", locked_by_another_program, Busy, "另一个程序正在使用台账", id="a database browser holds the file"
        ),
        pytest.param(
            "sqlite",
            held_alone,
            LedgerError,
            "打不开台账文件（正被别的程序打开）",
            id="a program has the file for itself",
        ),
        pytest.param("sqlite", no_room, LedgerError, "磁盘已满，这次操作没有记入", id="the disk is full"),
        pytest.param("postgresql", session_ended, LedgerError, "PostgreSQL 正在停止或重启", id="the server ends"),
    ],
    indirect=["place"],
)
def test_what_the_database_refuses_is_said_and_leaves_nothing(
    office: Office,
    trouble: Callable[[Office, pytest.MonkeyPatch], Trouble],
    kind: type[LedgerError],
    said: str,
) -> None:
    def write(happens: Callable[[], object]) -> None:
        with office.writing() as conn:
            outbox.stage(conn, office.root, office.root / "报送" / "一.xlsx").write_text("表")
            happens()
            journal.append(conn, Entry(NOW, "张三", "submit", "一.xlsx", {"much": "表" * 10_000}))

    with (
        pytest.MonkeyPatch.context() as patch,
        contextmanager(trouble)(office, patch) as happens,
        pytest.raises(kind, match=said) as caught,
    ):
        write(happens)
    assert office.ledger.where in str(caught.value)
    assert known(office) == ([], [])
    submit(office, "二.xlsx")
    assert known(office) == (["二.xlsx"], ["二.xlsx"])
    assert sent_files(office) == {"二.xlsx": "表"}
    assert office.temporaries() == []


# ── killed ──

OURS = tuple(str(m.__file__) for m in (writer, outbox, durable))


def killed_at(line: int, work: Callable[[], object]) -> int:
    """Run in a process that gets SIGKILL before its `line`-th line of what writes and publishes; exit code.

    A line counts when it is reached for the first time.
    """

    def work_traced() -> None:
        seen: set[tuple[str, int]] = set()

        def trace(frame: FrameType, what: str, arg: object) -> Any:
            if frame.f_code.co_filename not in OURS:
                return None
            if what == "line":
                seen.add((frame.f_code.co_filename, frame.f_lineno))
                if len(seen) == line:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        work()
        sys.settrace(None)

    return ended(child(work_traced))


def nothing_there(office: Office, final: Path) -> None:
    pass


def somebodys_file(office: Office, final: Path) -> None:
    final.write_text("别人的")


def our_own_file(office: Office, final: Path) -> None:
    submit_quietly(office, final.name, "旧")


def submit_quietly(office: Office, name: str, body: str) -> None:
    with office.writing() as conn:
        outbox.stage(conn, office.root, office.root / "报送" / name).write_text(body)


@pytest.mark.parametrize(
    ("before", "committed", "not_committed"),
    [
        pytest.param(nothing_there, {"N.xlsx": "新"}, {}, id="a new name"),
        pytest.param(
            somebodys_file, {"N.xlsx": "别人的", "N(2).xlsx": "新"}, {"N.xlsx": "别人的"}, id="a name that is taken"
        ),
        pytest.param(our_own_file, {"N.xlsx": "新"}, {"N.xlsx": "旧"}, id="a name that we published before"),
    ],
)
def test_killed_before_any_line_the_next_writer_finds_the_file_once_or_not_at_all(
    office: Office,
    before: Callable[[Office, Path], None],
    committed: dict[str, str],
    not_committed: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A kill loses nothing that was written, so flushing to the disk only costs time here.
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    monkeypatch.setattr(connect, "_PRAGMAS", (*connect._PRAGMAS, "synchronous=OFF"))
    folder = office.root / "报送"
    folder.mkdir()
    step = 1 if office.ledger.path is not None else 3
    outcomes, line, code = [], 1, -signal.SIGKILL
    while code == -signal.SIGKILL:
        name = f"{line}.xlsx"
        before(office, folder / name)
        code = killed_at(line, lambda name=name: submit(office, name, "新"))  # type: ignore[misc]
        with office.writing():
            pass
        names, subjects = known(office)
        assert names == subjects
        there = name in subjects
        wanted = committed if there else not_committed
        found = {k.replace(str(line), "N"): v for k, v in sent_files(office).items()}
        assert found == wanted, f"killed at line {line}"
        assert office.temporaries() == []
        assert waiting(office) == 0
        for path in folder.iterdir():
            path.unlink()
        outcomes.append(there)
        line += step
    assert code == 0
    assert outcomes == sorted(outcomes), "once it is committed it stays so"
    assert outcomes.count(False) >= 10, "killed before the commit"
    assert outcomes.count(True) >= 10, "killed after it"


def test_killed_at_any_moment_of_the_databases_own_work(office: Office) -> None:
    """The kill comes from outside, also inside SQLite's commit or PostgreSQL's answer."""
    chance = random.Random(2019)

    def work(round_: int) -> None:
        for n in range(1000):
            submit(office, f"{round_}-{n}.xlsx", "新")

    round_ = committed = 0
    while round_ < 12 or committed < 12:
        pid = child(lambda round_=round_: work(round_))  # type: ignore[misc]
        time.sleep(chance.uniform(0.02, 0.3))
        os.kill(pid, signal.SIGKILL)
        assert ended(pid) == -signal.SIGKILL
        with office.writing():
            pass
        names, subjects = known(office)
        assert names == subjects
        assert sent_files(office) == dict.fromkeys(sorted(subjects), "新")
        assert office.temporaries() == []
        round_, committed = round_ + 1, len(subjects)
