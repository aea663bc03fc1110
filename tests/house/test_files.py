"""Whole or not at all: what stands at a path while and after a file is written there; what the system refuses, in Chinese."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import time
import tomllib
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from xltools import files
from xltools.files import reason

WRITER = """
import sys, time
from xltools.files import replace
with replace(sys.argv[1]) as path:
    path.write_text("half")
    print(path, flush=True)
    time.sleep(60)
"""


def listing(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.mark.parametrize(
    "name",
    [
        "台账.db",
        "汇总表(1).xlsx",
        "no suffix",
        pytest.param("x" * 240 + ".csv", marks=pytest.mark.posix),
        "汇" * 80 + ".xlsx",
    ],
)
def test_a_finished_block_leaves_only_the_new_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("old")
    with files.replace(tmp_path / name) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == (tmp_path / name).suffix
        assert temporary.name.startswith(".")
        temporary.write_text("new")
        assert (tmp_path / name).read_text() == "old"
    assert listing(tmp_path) == {name: "new"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("before", [{}, {"a.csv": "old"}], ids=["no file before", "a file before"])
def test_an_exception_leaves_everything_as_it_was(
    tmp_path: Path, error: type[BaseException], before: dict[str, str]
) -> None:
    for name, text in before.items():
        (tmp_path / name).write_text(text)

    def fail() -> None:
        with files.replace(tmp_path / "a.csv") as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert listing(tmp_path) == before


def test_a_rename_that_fails_leaves_no_temporary(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(OSError, match=r"a\.csv"), files.replace(tmp_path / "a.csv") as temporary:
        temporary.write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError, match="文件夹不存在") as caught,
        files.replace(tmp_path / "报送" / "a.xlsx"),
    ):
        pass
    assert caught.value.filename == str(tmp_path / "报送")


@pytest.mark.parametrize(
    ("umask", "before", "after"),
    [
        pytest.param(0o022, None, 0o644, id="a new file gets what the usual umask says"),
        pytest.param(0o007, None, 0o660, id="a new file gets what a group's umask says"),
        pytest.param(0o022, 0o600, 0o600, id="a private file stays private"),
        pytest.param(0o077, 0o664, 0o664, id="a shared file stays shared"),
    ],
)
def test_permissions(tmp_path: Path, umask: int, before: int | None, after: int) -> None:
    path = tmp_path / "a.csv"
    if before is not None:
        path.touch()
        path.chmod(before)
    earlier = os.umask(umask)
    try:
        with files.replace(path) as temporary:
            temporary.write_text("new")
    finally:
        os.umask(earlier)
    assert stat.S_IMODE(path.stat().st_mode) == after


def test_a_link_stays_a_link_to_the_new_content(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "real" / "a.csv")
    with files.replace(tmp_path / "link.csv") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link.csv").is_symlink()
    assert listing(tmp_path / "real") == {"a.csv": "new"}


def test_the_content_is_on_disk_before_the_rename_and_the_folder_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, rename = os.fsync, os.replace

    def noted_sync(handle: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    def noted_rename(source: Path, target: Path) -> None:
        steps.append("rename")
        rename(source, target)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(os, "replace", noted_rename)
    with files.replace(tmp_path / "a.csv") as temporary:
        temporary.write_text("new")
    assert steps == ["file", "rename", "folder"]


def test_a_killed_writer_leaves_the_old_file_and_a_temporary_that_is_swept_once_it_is_dead(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("old")
    (tmp_path / ".汇总~xltools-notes.xlsx").write_text("somebody's own")
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "a.xlsx")], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    temporary = Path(writer.stdout.readline().strip())
    assert files.sweep(tmp_path) == [], "its writer is alive"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert (tmp_path / "a.xlsx").read_text() == "old"
    assert files.sweep(tmp_path) == [temporary]
    assert listing(tmp_path) == {"a.xlsx": "old", ".汇总~xltools-notes.xlsx": "somebody's own"}


@pytest.mark.parametrize(
    ("hours", "swept"),
    [(1, False), (25, True)],
    ids=["another machine's fresh one may still be written", "another machine's day-old one is left over"],
)
def test_temporaries_of_other_machines_on_a_shared_drive(tmp_path: Path, hours: int, swept: bool) -> None:
    path = tmp_path / ".a~xltools-00000000-1-0123abcd.xlsx"
    path.write_text("half")
    then = time.time() - hours * 3600
    os.utime(path, (then, then))
    assert (files.sweep(tmp_path) == [path]) is swept
    assert path.exists() is not swept


def windows_error(number: int) -> PermissionError:
    """What Python raises on Windows for its error of that number."""
    error = PermissionError(errno.EACCES, "Access is denied")
    error.winerror = number
    return error


@pytest.mark.parametrize("number", [5, 32, 33], ids=["denied", "shared", "locked"])
@pytest.mark.parametrize("times", [0, 1, 4])
def test_a_target_that_another_program_reads_is_replaced_once_it_lets_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, times: int
) -> None:
    (tmp_path / "a.xlsx").write_text("old")
    rename, tried = os.replace, []

    def held(source: Path, target: Path) -> None:
        tried.append(target)
        if len(tried) <= times:
            raise windows_error(number)
        rename(source, target)

    monkeypatch.setattr(os, "replace", held)
    with files.replace(tmp_path / "a.xlsx") as temporary:
        temporary.write_text("new")
    assert len(tried) == times + 1
    assert listing(tmp_path) == {"a.xlsx": "new"}


def test_a_target_that_stays_open_is_told_after_a_while_and_nothing_is_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.xlsx").write_text("old")

    def held(source: Path, target: Path) -> None:
        raise windows_error(32)

    monkeypatch.setattr(files, "PATIENCE", 0.3)
    monkeypatch.setattr(os, "replace", held)
    begun = time.monotonic()
    with pytest.raises(PermissionError) as caught, files.replace(tmp_path / "a.xlsx") as temporary:
        temporary.write_text("new")
    assert 0.3 <= time.monotonic() - begun < 2
    assert reason(caught.value) == "正被别的程序打开"
    assert caught.value.filename == str(tmp_path / "a.xlsx")
    assert listing(tmp_path) == {"a.xlsx": "old"}


def test_what_no_waiting_mends_is_raised_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def refused(source: Path, target: Path) -> None:
        tried.append(target)
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(PermissionError), files.replace(tmp_path / "a.xlsx"):
        pass
    assert len(tried) == 1
    assert listing(tmp_path) == {}


def test_a_read_only_target_leaves_no_temporary_where_such_files_are_kept_from_being_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows: a file without the right to write is neither replaced nor removed."""
    unlink, target = Path.unlink, tmp_path / "a.xlsx"
    target.write_text("old")
    target.chmod(stat.S_IREAD)

    def kept(path: Path, missing_ok: bool = False) -> None:
        if path.exists() and not path.stat().st_mode & stat.S_IWRITE:
            raise PermissionError(errno.EACCES, "Access is denied", str(path))
        unlink(path, missing_ok=missing_ok)

    def refused(source: Path, there: Path) -> None:
        raise PermissionError(errno.EACCES, "Access is denied", str(there))

    monkeypatch.setattr(Path, "unlink", kept)
    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(PermissionError), files.replace(target) as temporary:
        temporary.write_text("new")
    assert listing(tmp_path) == {"a.xlsx": "old"}


@pytest.mark.parametrize(
    ("hours", "node", "swept"),
    [
        pytest.param(1, 0, False, id="a running process' fresh one is being written"),
        pytest.param(25, 0, True, id="a day-old one is a dead process' whose number another one got"),
        pytest.param(1, 1, False, id="a fresh one of a cloned computer of the same name may still be written"),
        pytest.param(25, 1, True, id="a cloned computer's day-old one is left over"),
    ],
)
def test_whose_temporary_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int, node: int, swept: bool
) -> None:
    runs = os.getpid() if node == 0 else 2**22 + 1  # that one runs nowhere
    path = tmp_path / f".a~xltools-{files._host()}-{runs}-0123abcd.xlsx"
    path.write_text("half")
    then = time.time() - hours * 3600
    os.utime(path, (then, then))
    here = uuid.getnode()
    monkeypatch.setattr(uuid, "getnode", lambda: here + node)
    files._host.cache_clear()
    assert (files.sweep(tmp_path) == [path]) is swept
    assert path.exists() is not swept
    files._host.cache_clear()


def test_a_new_file_is_refused_at_once_where_none_can_be_made_or_one_is_there(tmp_path: Path) -> None:
    os.close(files.create(tmp_path / "a"))
    with pytest.raises(FileExistsError):
        files.create(tmp_path / "a")
    with pytest.raises(FileNotFoundError):
        files.create(tmp_path / "none" / "a")


# ── reasons of the operating system, met for real where that can be ──


def test_a_file_that_another_program_has_is_told_from_one_that_we_may_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_held", lambda path: path == "held.db")
    said = [reason(PermissionError(errno.EACCES, "Permission denied", name)) for name in ("held.db", "ours.db")]
    assert said == ["正被别的程序打开", "没有权限，或正被别的程序打开"]


def of_windows(number: int, code: int, words: str) -> OSError:
    """As Python raises it on a Chinese Windows."""
    error = OSError(code, words)
    error.winerror = number
    return error


def tomllib_error(text: str) -> ValueError:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return error
    raise AssertionError(text)


def missing(folder: Path) -> object:
    return (folder / "none").read_bytes()


def a_folder(folder: Path) -> object:
    return folder.read_bytes()


def below_a_file(folder: Path) -> object:
    (folder / "file").write_bytes(b"")
    return (folder / "file" / "a").read_bytes()


def there_already(folder: Path) -> object:
    (folder / "there").mkdir()
    return (folder / "there").mkdir()


def too_long(folder: Path) -> object:
    return (folder / ("长" * 200)).write_bytes(b"")


def closed_pipe(folder: Path) -> object:
    read, write = os.pipe()
    os.close(read)
    return os.write(write, b"x")


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (missing, "找不到"), (a_folder, "这是文件夹"), (below_a_file, "是文件，不是文件夹"), (there_already, "已经有了"),
        (too_long, "名称太长"), (closed_pipe, "已经关闭"),
    ],
)  # fmt: skip
def test_what_the_system_refuses_is_said_in_chinese(use: Callable[[Path], object], said: str, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r".") as caught:
        use(tmp_path)
    assert said in reason(caught.value)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "磁盘已满"),
        (PermissionError(errno.EACCES, "Permission denied"), "没有权限，或正被别的程序打开"),
        (FileNotFoundError(errno.ENOENT, "文件不存在"), "文件不存在"),
        (OSError(9999, "something new"), "something new"),
        (OSError("plain text"), "plain text"),
        (OSError(9999, "尚未实现。"), "尚未实现。"),
        (of_windows(32, 13, "另一个程序正在使用此文件，进程无法访问。"), "正被别的程序打开"),
        (of_windows(5, 13, "拒绝访问。"), "没有权限，或正被别的程序打开"),
        (of_windows(120, 9999, "尚未实现。"), "尚未实现"),
        (tomllib_error("a = 1\nb c"), "第 2 行第 3 列的写法不对"),
        (tomllib_error("a = ["), "写法不对，或没有写完"),
        (UnicodeDecodeError("utf-8", b"a\xff", 1, 2, "invalid start byte"), "不是 UTF-8 文字，第 2 个字节认不出"),
        (OSError(), "OSError"),
    ],
)
def test_what_is_not_known_keeps_the_systems_words_and_nothing_is_blank(error: OSError | ValueError, said: str) -> None:
    assert reason(error) == said
