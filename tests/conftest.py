"""What every test shares: one fixed hypothesis profile, and `quoted`, which runs `quote` on rows written as a table."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import rosters
from hypothesis import HealthCheck, settings

settings.register_profile(
    "fixed", max_examples=200, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fixed")

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
"""Commands that tests start compile our modules once, as in an office, not once a process; and each process of a run
compiles the tests once, not each time: that is half of what collecting them costs."""

LONG = (
    "test_live_platform", "test_ledger_writing", "test_macro_free", "test_older_workbooks", "test_kill", "test_cli",
    "test_spread", "test_bundle_install", "test_splice", "test_collect", "test_book_closed", "test_edits",
    "test_bureau_inputs", "test_entry", "test_submit_verify", "test_platform_sheets", "test_explain_status",
)  # fmt: skip
"""Files that take longest: begun first, so that no process works on one while the others have nothing left."""


NEEDS = tomllib.loads((Path(__file__).parent / "needs.toml").read_text("utf-8"))
"""Marker -> test file -> names of tests, fixtures, parameters or their values that need it."""


@pytest.hookimpl(tryfirst=True)  # before `-m` is looked at
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a system of its own.

    One process runs all of a file (`--dist loadfile`), so that what a module prepares is prepared once.
    """
    for item in items:
        for marker, files in NEEDS.items():
            if "*" in files.get(item.path.stem, ()) or names_of(item) & set(files.get(item.path.stem, ())):
                item.add_marker(marker)
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))


def names_of(item: pytest.Item) -> set[str]:
    """What a test is known by in `NEEDS`."""
    assert isinstance(item, pytest.Function)
    given = item.callspec.params if hasattr(item, "callspec") else {}
    values = {getattr(v, "__name__", v) for v in given.values() if isinstance(v, str) or callable(v)}
    return {item.originalname, *item.fixturenames, *given, *values}


@pytest.fixture
def quoted(tmp_path: Path) -> Callable[..., rosters.Answer]:
    """`quoted(rows, **options)`: the rows in a district's .xlsx, quoted; see `rosters.run`."""
    return lambda rows, **options: rosters.run(tmp_path, rows, **options)
