"""Whole or not at all: what stands at a path while and after a file is written there; what the system refuses, in Chinese."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import time
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


@pytest.mark.parametrize("name", ["台账.db", "汇总表(1).xlsx", "no suffix", "x" * 240 + ".csv", "汇" * 80 + ".xlsx"])
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


# ── reasons of the operating system, met for real where that can be ──


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
        (OSError(), "OSError"),
    ],
)
def test_what_is_not_known_keeps_the_systems_words_and_nothing_is_blank(error: OSError, said: str) -> None:
    assert reason(error) == said
