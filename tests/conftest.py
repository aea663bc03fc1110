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


@pytest.fixture
def quoted(tmp_path: Path) -> Callable[..., rosters.Answer]:
    """`quoted(rows, **options)`: the rows in a district's .xlsx, quoted; see `rosters.run`."""
    return lambda rows, **options: rosters.run(tmp_path, rows, **options)
