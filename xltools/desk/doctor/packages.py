"""Are the packages (软件包) there that the tools need, in the versions that they were tested with?"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from importlib import metadata

from xltools.desk import grouping
from xltools.desk.doctor.check import BAD, OK, Check

PACKAGES: dict[str, tuple[str, str, str]] = {
    "chinesecalendar": (">=1.11", "chinese_calendar", "工作日"),
    "click": (">=8.5", "click", "命令"),
    "fastexcel": ("==0.21.*", "fastexcel", "读表"),
    "isal": (">=1.7", "isal.igzip", "压缩"),
    "msoffcrypto-tool": (">=5.4", "msoffcrypto", "读受保护的表"),
    "numpy": (">=2.0", "numpy", "测算"),
    "openpyxl": ("==3.1.*", "openpyxl", "退回表"),
    "pandas": (">=2.2", "pandas", "统计"),
    "psycopg": (">=3.2", "psycopg", "PostgreSQL 台账"),
    "pyarrow": (">=18", "pyarrow.csv", "数据表"),
    "pycountry": (">=24.6", "pycountry", "国别"),
    "pydantic": (">=2.9", "pydantic", "方案"),
    "python-calamine": (">=0.4", "python_calamine", "读表"),
    "python-docx": ("==1.2.*", "docx", "简报"),
    "rapidfuzz": (">=3.10", "rapidfuzz.fuzz", "相近名称"),
    "rich": (">=13.9", "rich.table", "命令的显示"),
    "SQLAlchemy": (">=2.0.36", "sqlalchemy", "台账"),
    "xlrd": (">=2.0.2", "xlrd", "读 .xls"),
    "XlsxWriter": (">=3.2.1", "xlsxwriter", "写表"),
    "xlwings": ("==0.37.8", "xlwings", "按钮和工作表函数"),
}
"""Package -> version asked for, module to try, what it is for. The same as in pyproject.toml (a test compares)."""

_TODO = "请信息部门重新复制整个 python 文件夹，或在线运行 pip install -U xltools"


def packages(version: Callable[[str], str] = metadata.version) -> Iterator[Check]:
    """A check for every package that is missing, of the wrong version or broken; one for all when all are well."""
    grouping.allow()
    wrong = 0
    for name, (wanted, module, use) in PACKAGES.items():
        said = _wrong(name, wanted, module, version)
        if said:
            wrong += 1
            yield Check(f"软件包 {name}", BAD, f"{said}（用于{use}）", _TODO)
    if not wrong:
        yield Check("软件包", OK, f"{len(PACKAGES)} 个都在，版本合适（xlwings {version('xlwings')}）")


def fits(version: str, wanted: str) -> bool:
    """Whether a version is within `==1.2.*`, `==1.2.3` or `>=1.2`.

    >>> fits("0.21.3", "==0.21.*"), fits("3.9", ">=3.10")
    (True, False)
    """
    sign, bound = wanted[:2], wanted[2:]
    if sign == "==":
        return version.startswith(bound[:-1]) if bound.endswith("*") else version == bound
    return _numbers(version) >= _numbers(bound)


def _wrong(name: str, wanted: str, module: str, version: Callable[[str], str]) -> str:
    try:
        there = version(name)
    except metadata.PackageNotFoundError:
        return "没有装"
    if not fits(there, wanted):
        return f"版本是 {there}，要的是 {wanted}"
    try:
        importlib.import_module(module)
    except Exception as e:  # a broken library fails in its own ways, mostly a DLL that is not there
        return f"装了 {there}，但用不了（{type(e).__name__}）；Windows 上多半缺 VC++ 运行库，或被杀毒软件删了文件"
    return ""


def _numbers(version: str) -> list[int]:
    found = [int(n) for n in re.findall(r"\d+", re.split(r"[a-z+]", version.lower())[0])]
    return found + [0] * (4 - len(found))
