"""Worksheet functions called as Excel calls them: a process of its own, with xlwings' real `call_udf` and converters.

    with Host() as call:
        call("XT_PREMIUM_RMB", [[500000.0]], [["D"]])   # a list of rows is a range of cells

`python tests/helpers/udf_host.py` is the process: pickled calls come in by its standard input, pickled answers go out.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
MISSING = "<not given>"


class Host:
    """Calls functions by name; arguments are scalars, or lists of rows for ranges, or MISSING."""

    def __enter__(self) -> Host:
        self.process = subprocess.Popen(
            [sys.executable, __file__], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def __call__(self, name: str, *arguments: Any) -> Any:
        """The answer as Excel would show it: blank cells are "", what fills one cell is no array."""
        assert self.process.stdin
        assert self.process.stdout
        pickle.dump((name, arguments), self.process.stdin)
        self.process.stdin.flush()
        answer = pickle.load(self.process.stdout)
        return answer[0][0] if isinstance(answer, list) and len(answer) == len(answer[0]) == 1 else answer


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from xltools.office import wrappers_windows as windows

    server = windows.load("udfs")
    import xlwings

    def answer(name: str, arguments: tuple[Any, ...]) -> Any:
        if name == "facts":
            return {
                "pro": xlwings.__pro__,
                "version": xlwings.__version__,
                "engines": [e.name for e in xlwings.engines],
            }
        given = tuple(
            windows.MISSING if a == MISSING else windows.CellRange(tuple(map(tuple, a))) if isinstance(a, list) else a
            for a in arguments
        )
        return server.call_udf("udfs", name, given, None, windows.CellRange(0))

    while True:
        try:
            name, arguments = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(answer(name, arguments), sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
