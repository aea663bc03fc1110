"""Python's search for cycles (垃圾回收) while very many values are made that have none: it looks less often."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

RARELY = 50_000, 20, 50
"""New objects between two searches, and searches of the young before the older are searched as well."""


@contextmanager
def searched_rarely() -> Iterator[None]:
    """A tenth of the time of a collection of many files goes into searches that find nothing."""
    before = gc.get_threshold()
    gc.set_threshold(*RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
