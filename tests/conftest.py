"""What every test shares: one fixed hypothesis profile, and `quoted`, which runs `quote` on rows written as a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import rosters
from hypothesis import HealthCheck, settings

settings.register_profile(
    "fixed", max_examples=200, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fixed")

TOGETHER = {
    "test_budget_workbook", "test_entry_live", "test_formulas", "test_libreoffice_engine", "test_live_platform",
    "test_platform_sheets", "test_pricing_formulas", "test_template",
}  # fmt: skip
"""Modules whose tests share what takes long to make, such as a workbook that LibreOffice has calculated."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Such a module runs in one process; everything else goes wherever there is room (`--dist loadgroup`)."""
    for item in items:
        if item.path.stem in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture
def quoted(tmp_path: Path) -> Callable[..., rosters.Answer]:
    """`quoted(rows, **options)`: the rows in a district's .xlsx, quoted; see `rosters.run`."""
    return lambda rows, **options: rosters.run(tmp_path, rows, **options)
