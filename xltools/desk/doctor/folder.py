"""The folder (文件夹) that is worked in: can it be written, is there room, is it where things get lost?"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from xltools.desk.doctor.check import BAD, NOTE, OK, Check
from xltools.files import create, patiently, reason, remove

CLOUDS = (
    "onedrive",
    "sharepoint",
    "坚果云",
    "nutstore",
    "wps云盘",
    "wpsdrive",
    "baidusync",
    "百度网盘",
    "dropbox",
    "icloud",
)
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "davfs", "afs"}
LITTLE, NOTHING = 2 << 30, 200 << 20  # bytes
LONGEST = 180  # characters; Windows ends at 260, and file names come behind the folder


def folder(root: Path, system: str = sys.platform) -> Iterator[Check]:
    """Whether the folder can be worked in. Leaves nothing behind."""
    if not root.is_dir():
        yield Check("文件夹", BAD, f"找不到 {root}", "请检查是否移动、改名，或网络盘没有连上")
        return
    said = unwritable(root)
    if said:
        yield Check(
            "文件夹",
            BAD,
            f"{root}：不能写入（{said}）",
            "请检查文件夹权限和只读属性；从压缩包里打开的请先解压到本机文件夹",
        )
    else:
        yield Check("文件夹", OK, f"{root}，可以写入")
    yield from place(str(root), system, filesystem(root))
    yield room(shutil.disk_usage(root).free)


def unwritable(root: Path) -> str:
    """Why no file can be made in a folder; "" where it can. Rights alone do not tell: it is tried."""
    try:
        path = root / f".自检-{secrets.token_hex(4)}"
        os.close(create(path))
        patiently(remove, path)
    except OSError as e:
        return reason(e)
    return ""


def place(path: str, system: str, kind: str) -> Iterator[Check]:
    """Is it a folder where files get lost, or that programs cannot find?"""
    low = path.lower()
    cloud = next((c for c in CLOUDS if c in low), "")
    if cloud:
        yield Check(
            "位置",
            NOTE,
            f"在同步文件夹里（{cloud}）：同步软件会抢占和改名文件",
            "请把整个文件夹移到本机普通文件夹，备份另外复制",
        )
    if low.startswith(("\\\\", "//")) or kind in NETWORK:
        yield Check(
            "位置",
            NOTE,
            "在网络盘上：断网会中断，同一时间只能一人写入",
            "能放本机就放本机；多人同用请把台账放到 PostgreSQL",
        )
    if ".zip" in low or "\\temp\\temp1_" in low:
        yield Check("位置", BAD, "是在压缩包里直接打开的，做的事不会保存", "请先把压缩包全部解压到本机文件夹")
    if system == "win32" and len(path) > LONGEST:
        yield Check("位置", NOTE, f"文件夹路径有 {len(path)} 个字符，太长", "请移到靠近盘符的短路径下")
    odd = sorted({c for c in path if c in '%="'})
    if odd:
        yield Check(
            "位置", NOTE, f"路径里有 {' '.join(odd)}，按钮可能找不到工作簿", "请把文件夹或文件改名，去掉这些符号"
        )


def filesystem(path: Path) -> str:
    """The kind of file system that a folder is on, where the system tells (Linux)."""
    best, kind = "", ""
    try:
        lines = Path("/proc/self/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    real = os.path.realpath(path)
    for line in lines:
        _, point, found, *_ = line.split()
        point = point.replace("\\040", " ")
        if (real == point or real.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, kind = point, found
    return kind


def room(free: int) -> Check:
    """Free space on the disk."""
    said = f"剩余 {free / (1 << 30):,.1f} GB"
    if free < NOTHING:
        return Check("磁盘", BAD, f"{said}，马上就满", "请腾出至少 2 GB；满了会写不进台账")
    if free < LITTLE:
        return Check("磁盘", NOTE, f"{said}，不多了", "请腾出空间")
    return Check("磁盘", OK, said)
