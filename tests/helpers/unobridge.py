"""The way to a running soffice: Debian's module `uno`, the connection, and errors as Python can raise them.

Debian's packages: libreoffice-calc, python3-uno.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

PACKAGES = Path("/usr/lib/python3/dist-packages")
PROGRAM = Path("/usr/lib/libreoffice/program")


@cache
def uno() -> Any:
    """Debian's module `uno`, which no virtual environment has: by links to just its two files."""
    folder = Path(tempfile.mkdtemp(prefix="uno-"))
    for name in ("uno.py", "unohelper.py"):
        (folder / name).symlink_to(PACKAGES / name)
    sys.path[:0] = [str(folder), str(PROGRAM)]
    import uno as module

    return module


def connected(pipe: str, process: subprocess.Popen[bytes], seconds: float) -> Any:
    """The context of a soffice that listens on that pipe, when it is ready. Raises TimeoutError where it never is."""
    local = uno().getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    end = time.monotonic() + seconds
    while True:
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:
            if time.monotonic() > end or process.poll() is not None:
                raise TimeoutError(f"soffice did not start within {seconds} s") from None
            time.sleep(0.1)


def plainly(what: str, error: BaseException | None) -> None:
    """UNO's exceptions go on as RuntimeError: Python cannot raise them again as they are."""
    if error is not None and "com.sun.star" in type(error).__module__ + type(error).__name__:
        raise RuntimeError(f"{what}: {error}") from None
