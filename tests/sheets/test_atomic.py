"""Whole or not at all: what stands at a path while and after a file is written there."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from xltools.sheets import atomic

WRITER = """
import sys, time
from xltools.sheets.atomic import replace
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
    with atomic.replace(tmp_path / name) as temporary:
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
        with atomic.replace(tmp_path / "a.csv") as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert listing(tmp_path) == before


def test_a_rename_that_fails_leaves_no_temporary(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(OSError, match=r"a\.csv"), atomic.replace(tmp_path / "a.csv") as temporary:
        temporary.write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError, match="文件夹不存在") as caught,
        atomic.replace(tmp_path / "报送" / "a.xlsx"),
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
        with atomic.replace(path) as temporary:
            temporary.write_text("new")
    finally:
        os.umask(earlier)
    assert stat.S_IMODE(path.stat().st_mode) == after


def test_a_link_stays_a_link_to_the_new_content(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "real" / "a.csv")
    with atomic.replace(tmp_path / "link.csv") as temporary:
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
    with atomic.replace(tmp_path / "a.csv") as temporary:
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
    assert atomic.sweep(tmp_path) == [], "its writer is alive"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert (tmp_path / "a.xlsx").read_text() == "old"
    assert atomic.sweep(tmp_path) == [temporary]
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
    assert (atomic.sweep(tmp_path) == [path]) is swept
    assert path.exists() is not swept
