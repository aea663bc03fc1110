"""What a part of a package is related to (关系部件). ECMA-376 part 2, 6.5."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from xltools.sheets.ooxml import expat

_SMALL = 1 << 14
"""Bytes of a list that is worth remembering."""


@dataclass(frozen=True)
class Relationship:
    """One relationship of a part: last word of its type, and the part that it names ("" where it lies outside)."""

    id: str
    kind: str
    target: str
    external: bool = False


def relationships_of(part: str) -> str:
    """Where the relationships of a part are listed."""
    folder, base = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{base}.rels")


def read(pieces: Iterable[bytes], part: str) -> list[Relationship]:
    """The relationships of `part` in their order, from what its list holds. Raises Refused.

    Targets are names of members as the list spells them; part names are equal whatever their case.
    """
    xml = b"".join(pieces)
    return list(_known(xml, part) if len(xml) < _SMALL else _read(xml, part))


def _read(xml: bytes, part: str) -> tuple[Relationship, ...]:
    folder, out = posixpath.dirname(part), list[Relationship]()

    def start(name: str, given: dict[str, str]) -> None:
        if name.rpartition(":")[2] != "Relationship":
            return
        target = unquote(given.get("Target", "")).replace("\\", "/")
        external = given.get("TargetMode") == "External"
        if external or not target:
            member = ""
        else:
            member = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        out.append(Relationship(given.get("Id", ""), given.get("Type", "").rpartition("/")[2], member, external))

    parser = expat.parser(relationships_of(part))
    parser.StartElementHandler = start
    expat.feed(parser, [xml], relationships_of(part))
    return tuple(out)


_known = lru_cache(maxsize=256)(_read)
"""Files that were made from one template have the same lists."""
