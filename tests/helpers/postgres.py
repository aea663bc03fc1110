"""A real PostgreSQL for the tests: the system's binaries, else those in the `pgserver` package.

Started once a process, on a socket in a temporary folder, and stopped when that process ends, even if it is
killed. Never skipped: where no PostgreSQL is found the tests fail and name the packages.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest

# Its input ends when we do, however we do.
_WATCH = 'cat; "$0" -D "$1" -m immediate -w stop; rm -rf "$2"'
_OPTIONS = "-c listen_addresses='' -c fsync=off -c max_connections=30"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """URL of a new, empty database; dropped at the end."""
    folder, name = server(), f"t_{secrets.token_hex(6)}"
    admin = f"host={folder} user=postgres dbname=postgres"
    with psycopg.connect(admin, autocommit=True) as conn:
        conn.execute(f"create database {name}")
    try:
        yield f"postgresql://postgres@/{name}?host={folder}"
    finally:
        with psycopg.connect(admin, autocommit=True) as conn:
            conn.execute(f"drop database {name} with (force)")


@cache
def server() -> Path:
    """The folder of the running server's socket."""
    bin_, user = binaries(), _user()
    folder = Path(tempfile.mkdtemp(prefix="xlpg-", dir="/tmp"))  # a socket's path has at most 107 bytes
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    _run(user, bin_ / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N")
    _run(user, bin_ / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", f"{_OPTIONS} -k {folder}", "start")
    watcher = subprocess.Popen(
        ["sh", "-c", _WATCH, bin_ / "pg_ctl", data, folder], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, cwd="/", user=user, start_new_session=True,
    )  # fmt: skip
    atexit.register(watcher.communicate)
    return folder


def binaries() -> Path:
    """The folder that holds initdb and pg_ctl. Fails, naming the packages, where there is none."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=_version)
    if system:
        return system[-1].parent
    on_path = shutil.which("pg_ctl")
    if on_path and shutil.which("initdb"):
        return Path(on_path).resolve().parent
    spec = importlib.util.find_spec("pgserver")
    packed = Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None
    if packed and (packed / "pg_ctl").is_file():
        return packed
    raise AssertionError("the ledger's tests need PostgreSQL: install the package postgresql, or pip's pgserver")


def _version(path: Path) -> int:
    return int(re.sub(r"\D", "", path.parent.parent.name) or 0)


def _user() -> str | None:
    """The user to run it as; PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    import pwd  # which Windows has not

    there = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in there else "nobody"


def _run(user: str | None, *command: str | Path) -> None:
    import pwd

    group = pwd.getpwnam(user).pw_gid if user else None
    # Output goes to a file: the server inherits it, and a pipe would never end.
    with tempfile.TemporaryFile() as out:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/", user=user, group=group, check=False
        )
        out.seek(0)
        assert done.returncode == 0, f"{' '.join(map(str, command))}: {out.read().decode(errors='replace')}"
