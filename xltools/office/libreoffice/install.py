"""Installs the bridge for LibreOffice (安装 LibreOffice 桥): `python -m xltools.office.libreoffice.install`.

Run it with the Python that xltools is installed in; its version must be that of LibreOffice's own Python (3.11 stands for
3.11.x). Nothing else is changed, unless `--trust FOLDER` asks for it: then macros of workbooks in that folder run
without asking (LibreOffice: 工具 - 选项 - 安全 - 宏安全性 - 可信来源 shows the folder, and can take it away again).
"""

from __future__ import annotations

import argparse
import os
import sys
import sysconfig
import xml.etree.ElementTree as ET
from importlib import resources
from pathlib import Path
from xml.sax.saxutils import escape

import xltools
from xltools.files import reason, replace

SCRIPT = "xltools_bridge.py"
LOG = "xltools.log"
_OOR = "http://openoffice.org/2001/registry"
_SCRIPTING = "/org.openoffice.Office.Common/Security/Scripting"
_TRUSTED = f"item[@{{{_OOR}}}path='{_SCRIPTING}']/prop[@{{{_OOR}}}name='SecureURL']/value/it"
_EMPTY = f'<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="{_OOR}" xmlns:xs="http://www.w3.org/2001/XMLSchema">\n</oor:items>\n'


class NotInstalled(Exception):
    """What is in the way, in a sentence."""


def profile() -> Path:
    """The profile that LibreOffice uses for this user."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "libreoffice" / "4"


def install(where: Path) -> Path:
    """Put the bridge script into the profile `where`, with the place of this very installation written in.

    Returns the script's path. Installing again replaces it. Raises NotInstalled where the folder cannot be written.
    """
    user = where if where.name == "user" else where / "user"
    script = user / "Scripts" / "python" / SCRIPT
    text = (resources.files("xltools.office.libreoffice") / "script.py").read_text("utf-8")
    filled = {
        'PROGRAM = ""': f"PROGRAM = {str(Path(xltools.__file__).absolute().parents[1])!r}",
        "PATHS: list[str] = []": f"PATHS: list[str] = {paths()!r}",
        'VERSION = ""': f'VERSION = "{sys.version_info[0]}.{sys.version_info[1]}"',
        'LOG = ""': f"LOG = {str(user.absolute() / LOG)!r}",
    }
    for line, now in filled.items():
        text = text.replace(f"\n{line}\n", f"\n{now}\n")
    try:
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(text, "utf-8", newline="\n")
    except OSError as e:
        raise NotInstalled(f"{script}：写不进去（{reason(e)}）；请检查权限，或用 LibreOffice 的配置文件夹作参数") from e
    return script


def paths() -> list[str]:
    """Where the packages that ours need lie."""
    return list(dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib")))


def trust(where: Path, folder: Path) -> None:
    """Let macros of workbooks in `folder` run without asking; every other setting stays byte for byte.

    Raises NotInstalled while LibreOffice is open.
    """
    home = where.parent if where.name == "user" else where
    if (home / ".lock").exists():
        raise NotInstalled("LibreOffice 正开着；请先把它全部关闭，再运行一次（否则它退出时会改回去）")
    registry = home / "user" / "registrymodifications.xcu"
    text = registry.read_text("utf-8") if registry.exists() else _EMPTY
    trusted = [item.text or "" for item in ET.fromstring(text.encode()).iterfind(_TRUSTED)]
    url = folder.absolute().as_uri()
    if url in trusted:
        return
    body, end, rest = text.rpartition("</oor:items>")
    if not end:
        raise NotInstalled(f"看不懂 LibreOffice 的配置文件 {registry}，没有改动它")
    listed = "".join(f"<it>{escape(one)}</it>" for one in (*trusted, url))
    item = (
        f'<item oor:path="{_SCRIPTING}"><prop oor:name="SecureURL" oor:op="fuse"><value>{listed}</value></prop></item>'
    )
    registry.parent.mkdir(parents=True, exist_ok=True)
    with replace(registry) as fresh:
        fresh.write_text(f"{body}{item}\n{end}{rest}", "utf-8", newline="")  # the last of several counts


def main(args: list[str] | None = None) -> int:
    """The command; 0 done, 2 not."""
    parser = argparse.ArgumentParser(
        prog="python -m xltools.office.libreoffice.install", description="给 LibreOffice 装上统保平台工具箱"
    )
    parser.add_argument(
        "profile", nargs="?", type=Path, default=profile(), help="LibreOffice 的配置文件夹，默认 %(default)s"
    )
    parser.add_argument("--trust", type=Path, metavar="FOLDER", help="此文件夹里的工作簿，按钮不再询问就能运行")
    given = parser.parse_args(args)
    try:
        print(f"已装好：{install(given.profile)}")
        if given.trust:
            trust(given.profile, given.trust)
            print(f"可信文件夹：{given.trust.absolute()}")
        else:
            print("按钮要能运行，还要信任工作簿所在的文件夹：再运行一次，后面加 --trust 文件夹")
    except NotInstalled as e:
        print(e, file=sys.stderr)
        return 2
    print("请重新打开 LibreOffice，再打开平台工作簿")
    return 0


if __name__ == "__main__":
    sys.exit(main())
