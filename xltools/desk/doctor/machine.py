"""The computer (电脑): interpreter, paths, clock, office programs."""

from __future__ import annotations

import os
import platform
import shutil
import struct
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from xltools import __version__
from xltools.desk.doctor.check import BAD, NOTE, OK, Check

OLDEST, NEWEST = (3, 11), (3, 14)
"""Python versions that the tools run on; from 3.15 Excel shows Chinese error messages as garbage."""
CHINA = timedelta(hours=8)
_BUNDLE = "请信息部门换用随软件提供的 python 文件夹"


def machine(now: datetime) -> Iterator[Check]:
    """Interpreter, system, paths, clock and office programs of this computer."""
    yield interpreter(sys.version_info[:3], sys.executable, struct.calcsize("P") * 8)
    yield Check("操作系统", OK, f"{platform.system()} {platform.release()}，{platform.machine()}")
    yield duplicates(sys.path)
    yield clock(now.astimezone().utcoffset() or timedelta(), now)
    yield from programs(sys.platform)


def interpreter(version: tuple[int, ...], executable: str, bits: int) -> Check:
    """The Python that runs: version and 64 bits."""
    said = f"Python {'.'.join(map(str, version))}，{bits} 位，{executable}"
    if version[:2] < OLDEST:
        return Check("Python", BAD, f"{said}：太旧，要 3.11 或更新", _BUNDLE)
    if bits < 64:
        return Check("Python", BAD, f"{said}：要 64 位的", _BUNDLE)
    if version[:2] > NEWEST:
        return Check("Python", NOTE, f"{said}：比试过的版本新", "能用就不必换；按钮报乱码时换成 3.14")
    return Check("Python", OK, said)


def duplicates(path: Sequence[str]) -> Check:
    """Is there one `xltools` and one `udfs` only? With two, which one runs is left to chance."""
    said = []
    for name in ("xltools", "udfs"):
        found = {os.path.realpath(p or ".") for p in path if Path(p or ".", name, "__init__.py").is_file()}
        if len(found) > 1:
            said.append(f"{name} 有 {len(found)} 份：{'；'.join(sorted(found))}")
    if said:
        return Check("程序", BAD, "，".join(said), "请只留下工作簿旁边的一份，其余改名或删掉")
    where = Path(__file__).resolve().parent.parent.parent
    return Check("程序", OK, f"xltools {__version__}，在 {where}")


def clock(offset: timedelta, now: datetime) -> Check:
    """The clock: times of collection decide who comes first."""
    hours = offset.total_seconds() / 3600
    if offset != CHINA:
        return Check(
            "时钟",
            NOTE,
            f"现在 {now:%Y-%m-%d %H:%M}，时区是 UTC{hours:+g}，不是北京时间",
            "请在系统设置里把时区改为北京（UTC+8）",
        )
    return Check("时钟", OK, f"现在 {now:%Y-%m-%d %H:%M}，北京时间")


def programs(system: str) -> Iterator[Check]:
    """Which office program can open the workbook and run its buttons."""
    if system == "win32":
        yield from _windows()
        return
    office, wps = shutil.which("soffice") or shutil.which("libreoffice"), shutil.which("et") or shutil.which("wps")
    if office:
        yield Check("办公软件", OK, f"LibreOffice：{office}（按钮用 LibreOffice 版的平台工作簿）")
    elif wps:
        yield Check(
            "办公软件",
            NOTE,
            "只有 WPS：表能看能填，按钮用不了",
            "不用按钮也能办全部的事，例如{collect}",
        )
    else:
        yield Check("办公软件", NOTE, "没有找到 LibreOffice 或 WPS", "请用每个按钮同名的命令；要看表请装 LibreOffice")


def _windows() -> Iterator[Check]:
    excel, wps = registered("Excel.Application"), registered("KET.Application")
    if excel:
        yield Check("办公软件", OK, f"Excel：{excel}" + ("；也装了 WPS，请用 Excel 打开平台工作簿" if wps else ""))
    elif wps:
        yield Check(
            "办公软件",
            NOTE,
            "只有 WPS：按钮在 WPS 里没有验证过",
            "按钮不灵时，用文件夹里的快捷方式或命令，例如{collect}",
        )
    else:
        yield Check(
            "办公软件", NOTE, "没有找到 Excel 或 WPS", "不用按钮也能办全部的事，例如{collect}；看表请装 Excel 或 WPS"
        )
    from importlib.metadata import version

    name = f"xlwings64-{version('xlwings')}.dll"
    if not Path(sys.executable).with_name(name).is_file():
        yield Check(
            "工作表函数", NOTE, f"python.exe 旁边没有 {name}，工作表函数用不了", "请信息部门把它放到 python.exe 旁边"
        )


def registered(name: str) -> str:
    """The version under which a program is registered in Windows, "" where it is not."""
    import importlib

    try:
        winreg = importlib.import_module("winreg")
        with winreg.OpenKey(winreg.HKEY_CLASSES_ROOT, rf"{name}\CurVer") as key:
            return str(winreg.QueryValueEx(key, "")[0])
    except (ImportError, OSError):
        return ""
