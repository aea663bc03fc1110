"""Parts taken out of a package (取出部件): with what hangs on nothing else, and what named them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from xltools.sheets.ooxml.book import TYPES, Book, content, find, raw, relationships
from xltools.sheets.ooxml.relationships import Relationship, relationships_of
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, prefix

_RELS = re.compile(r"(?:(?P<folder>.*)/)?_rels/(?P<name>[^/]*)\.rels", re.IGNORECASE)


@dataclass(frozen=True)
class Cut:
    """A relationship that was taken out: whose it was ("" the package's), its number and its kind."""

    part: str
    id: str
    kind: str


def members(book: Book) -> list[str]:
    """The names of all parts that the package holds now, its relationships and content types among them."""
    there = [info.filename for info in book.members.values() if not info.filename.endswith("/")]
    return [n for n in [*there, *(n for n in book.changed if n.lower() not in book.members)] if n not in book.dropped]


def related_parts(book: Book) -> dict[str, list[Relationship]]:
    """What each part is related to, by the part; "" is the package itself."""
    out = {}
    for name in members(book):
        if found := _RELS.fullmatch(name):
            part = "/".join(filter(None, (found["folder"] or "", found["name"])))
            out[find(book, part) or part] = relationships(book, part)
    return out


def taken_out(
    book: Book, gone: Iterable[str], related: dict[str, list[Relationship]], also: Callable[[Relationship], bool]
) -> list[Cut]:
    """Drop those parts, those that only they led to, and every relationship to them; `also` says which others go."""
    condemned = {find(book, name) for name in gone} - {""}
    if not condemned and not any(also(r) for every in related.values() for r in every):
        return []
    before = _reached(related, set())
    condemned |= before - _reached(related, condemned, also)
    condemned |= {listed for part in condemned if (listed := find(book, relationships_of(part)))}
    cuts = []
    for part, every in related.items():
        out = [r for r in every if (r.target and r.target in condemned) or also(r)]
        name = find(book, relationships_of(part))
        if not out or part in condemned or not name:
            continue
        cuts += [Cut(part, r.id, r.kind) for r in out]
        ids = {r.id for r in out}
        book.changed[name] = [_without(content(book, name), b"Relationship", "Id", ids.__contains__)]
    names = {f"/{name}".lower() for name in condemned}
    types = content(book, TYPES)
    new = _without(types, b"Override", "PartName", lambda name: name.lower() in names)
    if new != types:
        book.changed[TYPES] = [new]
    for name in condemned:
        book.changed.pop(name, None)
    book.dropped |= condemned
    return cuts


def unnamed(book: Book, cut: Cut) -> None:
    """The part without the attributes that name a relationship which is gone."""
    xml = raw(book, cut.part)
    id_ = re.escape(cut.id.encode())
    attribute = rb"\s[\w.-]+:(?:id|link|embed|pict|href|relid)\s*=\s*(?:\"%s\"|'%s')" % (id_, id_)
    new = re.sub(attribute, b"", xml)
    if new != xml:
        book.changed[cut.part] = [new]


def without_elements(xml: bytes, name: bytes, gone: Callable[[bytes], bool]) -> bytes:
    """The part without those elements of that name (any prefix) of which `gone` says so; they do not nest."""
    pattern = rb"<((?:[\w.-]+:)?%s)(?=[\s/>])%s(?:/>|>.*?</\1\s*>)" % (name, INSIDE)
    return re.sub(pattern, lambda m: b"" if gone(m[0]) else m[0], xml, flags=re.DOTALL)


def _reached(
    related: dict[str, list[Relationship]], without: set[str], also: Callable[[Relationship], bool] = lambda _: False
) -> set[str]:
    """Every part to which relationships lead from the package, some parts left out."""
    seen, waiting = set[str](), [""]
    while waiting:
        for r in related.get(waiting.pop(), ()):
            if r.target and r.target not in seen and r.target not in without and not also(r):
                seen.add(r.target)
                waiting.append(r.target)
    return seen


def _without(xml: bytes, name: bytes, key: str, gone: Callable[[str], bool]) -> bytes:
    tag = prefix(xml) + name
    pattern = rb"<%s(?=\s)%s(?:/>|>\s*</%s\s*>)" % (tag, INSIDE, tag)
    return re.sub(pattern, lambda m: b"" if gone(attributes(m[0]).get(key, "")) else m[0], xml)
