"""Open vocabularies (可增减的选项): words in data files that columns of the bureau's tables offer, as `FILE.KEY`.

A scheme carries an office's own ones with it, outside its text and hash; without any it has those that come with xltools.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from xltools.scheme.datafiles import parsed
from xltools.scheme.model import Scheme, Vocabulary
from xltools.scheme.services import Services

FILES = {"services": Services}
"""The data files that hold vocabularies, and how each is read; each model has them as `words`."""


@lru_cache(maxsize=1)
def shipped() -> dict[str, tuple[str, ...]]:
    """Every vocabulary that comes with xltools, by `FILE.KEY`."""
    return dict(w for name in FILES for w in _words(name, None))


def offered(scheme: Scheme, what: str) -> tuple[str, ...]:
    """The words of one vocabulary for this scheme."""
    return dict(scheme.vocabulary).get(what) or shipped()[what]


def speaking(scheme: Scheme, own: Mapping[str, Path]) -> Scheme:
    """The scheme with the vocabularies of the office's own data files. Raises SchemeError."""
    words = tuple(w for name in FILES if name in own for w in _words(name, own[name]))
    return _with(scheme, words) if words else scheme


@lru_cache(maxsize=16)
def _with(scheme: Scheme, words: Vocabulary) -> Scheme:
    return scheme.with_vocabulary(words)


def _words(name: str, path: Path | None) -> Vocabulary:
    model = FILES[name]
    return tuple((f"{name}.{key}", words) for key, words in parsed(model, name, path).words.items())
