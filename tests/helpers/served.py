"""A program in a process of its own that runs one command after another: it is imported once, not once a command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType

SERVE = """
import contextlib, io, json, os, runpy, sys
sys.path.insert(0, sys.argv[1])  # the embeddable Python takes no PYTHONPATH
sys.meta_path[:] = [f for f in sys.meta_path if f.__module__ != "xltools_program"]  # and an office's finds its own
asked, answers = sys.stdin, sys.stdout
for line in asked:
    module, arguments, folder = json.loads(line)
    os.chdir(folder)
    sys.argv = [module, *arguments]
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as end:
            code = end.code or 0
    print(json.dumps([code, out.getvalue(), err.getvalue()]), file=answers, flush=True)
"""


class Program:
    """`xltools` as it lies in `folder`; close it by leaving the `with`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-c", SERVE, str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip

    def run(self, *arguments: str, cwd: Path, module: str = "xltools") -> subprocess.CompletedProcess[str]:
        """Run one command there, as `python -m xltools …` would."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps([module, arguments, str(cwd)]), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        assert line, f"{module} {' '.join(arguments)}: the program ended"
        code, out, err = json.loads(line)
        return subprocess.CompletedProcess([module, *arguments], code, out, err)

    def __enter__(self) -> Program:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(30)
