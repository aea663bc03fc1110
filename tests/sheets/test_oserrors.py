"""Reasons of the operating system, met for real where that can be, in Chinese."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from xltools.oserrors import reason


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
