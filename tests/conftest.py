"""What every test shares: one fixed hypothesis profile, and `quoted`, which runs `quote` on rows written as a table."""

from __future__ import annotations

import os
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
"""Commands that tests start compile our modules once, as in an office, not once a process."""


LONG = ("test_live_platform", "test_kill", "test_platform_sheets", "test_budget_workbook", "test_macro_free")
"""Files that take minutes: begun first, so that no process works on one while the others have nothing left."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process runs all of a file (`--dist loadfile`), so that what a module prepares is prepared once."""
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))


@pytest.fixture
def quoted(tmp_path: Path) -> Callable[..., rosters.Answer]:
    """`quoted(rows, **options)`: the rows in a district's .xlsx, quoted; see `rosters.run`."""
    return lambda rows, **options: rosters.run(tmp_path, rows, **options)
