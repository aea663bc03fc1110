"""Stand-ins for the Windows modules that xlwings' worksheet-function layer (UDF) imports.

With them the decorators take effect, wrappers can be generated, and functions can be called through the very converters
that Excel would use, on any system. They belong into a process of their own: `xlwings` must not be imported before.
"""

from __future__ import annotations

import asyncio  # noqa: F401  it looks at sys.platform when it is imported
import ctypes
import sys
import types
from collections import defaultdict
from datetime import datetime
from typing import Any

MODULES = (
    "pythoncom", "pywintypes", "win32api", "win32con", "win32event", "win32gui", "win32process", "win32timezone",
    "win32com", "win32com.client", "win32com.server", "win32com.server.dispatcher", "win32com.server.policy",
    "win32com.server.util",
)  # fmt: skip
MISSING = -2147352572
"""What VBA hands over for an optional argument that is not given."""
_RANGE = "{00020846-0000-0000-C000-000000000046}"


class _Module(types.ModuleType):
    """A module in which every name is an empty class."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (Exception,) if name.endswith("error") else (), {})
        setattr(self, name, made)
        return made


class _Library:
    """A DLL whose functions do nothing."""

    def __getattr__(self, name: str) -> Any:
        return _Library()

    def __call__(self, *args: object) -> int:
        return 0


class _Zone:
    @staticmethod
    def utc() -> None:
        return None


class CellRange:
    """A cell range as Excel hands it over: `Value` is a scalar, or a tuple of rows."""

    def __init__(self, value: object) -> None:
        self.Value = value
        self._oleobj_ = self.Worksheet = self.Parent = self.Application = self
        self.Row = self.Column = self.Hwnd = 1
        rows = len(value) if isinstance(value, tuple) else 1
        self.Rows = types.SimpleNamespace(Count=rows)
        self.Columns = types.SimpleNamespace(Count=len(value[0]) if isinstance(value, tuple) else 1)

    def GetTypeInfo(self) -> CellRange:
        return self

    def GetTypeAttr(self) -> types.SimpleNamespace:
        return types.SimpleNamespace(iid=_RANGE)


def load(modules: str) -> types.ModuleType:
    """`xlwings.udfs` as on Windows, and the module with the functions imported by it."""
    install()
    import xlwings.udfs

    xlwings.udfs.get_udf_module(modules, None)  # type: ignore[no-untyped-call]
    found: types.ModuleType = xlwings.udfs
    return found


def install() -> None:
    """Put the stand-ins in place and import xlwings as if on Windows."""
    if "xlwings.udfs" in sys.modules:
        return
    if "xlwings" in sys.modules:
        raise RuntimeError("xlwings was imported before its Windows modules were stood in for")
    for name in MODULES:
        parent, _, child = name.rpartition(".")
        sys.modules[name] = module = _Module(name)
        if parent:
            setattr(sys.modules[parent], child, module)
    sys.modules["pywintypes"].TimeType = type("TimeType", (datetime,), {})  # type: ignore[attr-defined]
    sys.modules["pywintypes"].IID = str  # type: ignore[attr-defined]
    sys.modules["win32timezone"].TimeZoneInfo = _Zone  # type: ignore[attr-defined]
    sys.modules["pythoncom"].CoInitialize = lambda: None  # type: ignore[attr-defined]
    sys.modules["win32process"].GetWindowThreadProcessId = lambda window: (1, 1)  # type: ignore[attr-defined]
    sys.modules["win32com.client"].Dispatch = lambda book: book  # type: ignore[attr-defined]
    sys.modules["pythoncom"].__file__ = ""
    sys.modules["pythoncom"].TypeIIDs = defaultdict(object)  # type: ignore[attr-defined]
    for name in ("windll", "oledll"):
        setattr(ctypes, name, _Library())
    platform, library = sys.platform, ctypes.PyDLL
    sys.platform, ctypes.PyDLL = "win32", lambda path: _Library()  # type: ignore[assignment, misc]
    try:
        import xlwings
    finally:
        sys.platform, ctypes.PyDLL = platform, library  # type: ignore[misc]
    if xlwings.__pro__:
        raise RuntimeError("xlwings PRO is switched on; unset the licence key")
