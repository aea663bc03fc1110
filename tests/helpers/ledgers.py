"""Fixtures: every ledger in both databases. Test files ask for them by pytest_plugins = ["postgres", "ledgers"]."""

from __future__ import annotations

from pathlib import Path

import pytest
from offices import NOW, SCHEME, TEXT, Office

from xltools.ledger import create


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str | Path, Path]:
    """Where a ledger may be created, and its workspace folder."""
    root = tmp_path / "工作区"
    root.mkdir()
    url: str | None = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    return url or root / "台账.db", root


@pytest.fixture
def office(place: tuple[str | Path, Path]) -> Office:
    """A new ledger in its workspace."""
    where, root = place
    return Office(where, root, create(where, SCHEME, TEXT, "张三", NOW))
