"""functions.py TABLE ANSWERS: every worksheet function called, its answers written as JSON.

On Windows by COM, as Excel does: xlwings' own DLL starts its server. Elsewhere through the same server's functions.
"""

import ctypes
import datetime
import json
import os
import sys
from pathlib import Path
from typing import Any

MISSING = object()
"""An argument that a formula does not give."""
WINDOWS = sys.platform == "win32"


def at(*when: int) -> datetime.datetime:
    # Excel hands over UTC; pywin32 would take a time without a zone for local.
    return datetime.datetime(*when, tzinfo=datetime.UTC if WINDOWS else None)


def calls(table: tuple[tuple[Any, ...], ...]) -> list[tuple[Any, ...]]:
    amounts, plans = ((4e6,), (5123456.78,)), (("A",), ("B",))
    times = ((at(2019, 9, 5, 10, 0),), (at(2019, 9, 4, 9, 30),))
    return [
        ("XT_USCC_CHECK", "91320602MAX000881B", MISSING),
        ("XT_USCC_CHECK", (("91320602MAX000881B",), ("91110000600037341L",), (None,), (1.0,)), MISSING),
        ("XT_ENTITLED", ((1234567.89,), (4e6,), (45e6,), (None,)), MISSING, MISSING, MISSING),
        ("XT_PLAN", ((3e5,), (4e6,), (1e6,)), (("D",), ("B",), ("A",)), MISSING, MISSING, (("是",), ("是",), ("否",)), MISSING),
        ("XT_PREMIUM_USD", amounts, plans, MISSING),
        ("XT_PREMIUM_RMB", amounts, plans, 7.0883, MISSING),
        ("XT_FISCAL", amounts, plans, MISSING, MISSING),
        ("XT_OWN_SHARE", amounts, plans, MISSING, MISSING),
        ("XT_COUNTRY_GROUP", (("美国",), ("俄罗斯",), ("CN",), ("没有这个国",)), MISSING),
        ("XT_REASON", (("BAND_GAP",), ("COPAY_MISSING;PLAN_C",), ("?",)), MISSING),
        ("XT_QUEUE", (*times, ("2019-09-05 10:00",)), (("",), ("3",), ("",)), MISSING, MISSING),
        ("XT_POOL", times, (("",), ("",)), (("中国信保",), ("人保财险",)), ((1000.5,), (2000.0,)), MISSING, MISSING, MISSING),
        ("XT_WORKDAYS_AFTER", ((at(2019, 9, 30),), ("2019-12-30",)), 3.0, MISSING),
        ("XT_ASSESS", table, 7.0883, "2019-10-08", "是", MISSING),
    ]  # fmt: skip


def plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    if isinstance(value, datetime.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return round(value, 6) if isinstance(value, float) else value


def squeezed(value: Any) -> Any:
    """As the server's CallUDF does with a single row."""
    if isinstance(value, list) and len(value) == 1:
        return value[0][0] if len(value[0]) == 1 else value[0]
    return value


def by_com(table: tuple[tuple[Any, ...], ...]) -> list[list[Any]]:
    import pythoncom
    import win32com.client

    folder = os.getcwd()
    book, python = os.path.join(folder, "平台工作簿.xlsm"), os.path.join(folder, "python", "python.exe")
    path = f"True;{book};{book};;;;".replace("\\", "\\\\").replace("'", "\\'").replace("&", "^&")
    config = (
        f'cmd.exe  /K ""{python}" -B -c "import sys, os;import xlwings.utils;xlwings.utils.prepare_sys_path(\\"{path}\\"); '
        "import xlwings; xlwings.serve('$(CLSID)')\"\""
    ).encode("mbcs")
    dll = ctypes.CDLL(next(str(p) for p in Path(folder, "python").glob("xlwings64-*.dll")))
    variant = (ctypes.c_byte * 24)()
    if dll.XLPyDLLActivateAuto(ctypes.byref(variant), config, 1):
        sys.exit(ctypes.wstring_at(int.from_bytes(bytes(variant)[8:16], "little")))
    address = int.from_bytes(bytes(variant)[8:16], "little")
    server = win32com.client.Dispatch(pythoncom.ObjectFromAddress(address, pythoncom.IID_IDispatch))
    out = []
    for name, *given in calls(table):
        arguments = tuple(pythoncom.ArgNotFound if a is MISSING else a for a in given)
        out.append([name, plain(server.CallUDF("udfs", name, arguments, None, None))])
    dll.XLPyDLLActivateAuto(ctypes.byref((ctypes.c_byte * 24)()), config, -1)
    return out


def by_hand(table: tuple[tuple[Any, ...], ...]) -> list[list[Any]]:
    from xltools.office.wrappers_windows import load

    server = load("udfs")
    gone = -2147352572  # what VBA hands over for an argument that is not given
    out = []
    for name, *given in calls(table):
        arguments = tuple(gone if a is MISSING else a for a in given)
        out.append([name, squeezed(plain(server.call_udf("udfs", name, arguments, None, None)))])
    return out


rows = tuple(map(tuple, json.loads(Path(sys.argv[1]).read_text("utf-8"))))
answers = by_com(rows) if WINDOWS else by_hand(rows)
Path(sys.argv[2]).write_text(json.dumps(answers, ensure_ascii=False, indent=1), "utf-8", newline="\n")
