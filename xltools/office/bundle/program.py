"""Lets Python find `xltools` and `udfs` in the program's folder, and nothing else that lies there (只认这两个包).

The folder is the office's: anything may come to lie in it, a `json.py` or a `sitecustomize.py` too. So it is on no path.
安装 copies this file beside the installed packages, with a .pth file that calls it; LibreOffice's bridge loads it by its
place. It needs the standard library only.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

NAMES = ("xltools", "udfs")


class Finder:
    """Finds the packages of `NAMES` in one folder, before every path is looked at."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As importlib asks its finders."""
        file = self.root / name / "__init__.py"
        return spec_from_file_location(name, file) if name in NAMES and file.is_file() else None


def found_in(root: Path) -> None:
    """From now on the two packages are those of this folder."""
    sys.meta_path.insert(0, Finder(root))


def found_above(levels: int) -> None:
    """The same for the folder so many levels above the one in which this file lies."""
    found_in(Path(__file__).absolute().parents[levels])
