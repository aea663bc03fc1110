"""What never goes out with a file that we give back (不外传的内容): a closed list, `heldback.toml`, and its telling."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from html import unescape
from importlib import resources
from typing import Any

from xltools.sheets.ooxml.book import TYPES, Book, content, find, raw, sheets, tags
from xltools.sheets.ooxml.cut import members, related_parts, taken_out, without_elements
from xltools.sheets.ooxml.relationships import Relationship
from xltools.sheets.ooxml.workbookpart import drop_chain, names_dropped, sheet_unlisted
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, element, prefix
from xltools.sheets.returned.outward import Outward, cells_freed, rules_freed, table_freed
from xltools.sheets.returned.uprooted import connections_forgotten, references_forgotten

_MAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_OTHER_MAINS = re.compile(
    rb"application/vnd\.(?:ms-excel\.(?:sheet|template|addin)\.macroEnabled\.main\+xml"
    rb"|openxmlformats-officedocument\.spreadsheetml\.template\.main\+xml)"
)
_PROPERTIES = "docProps/app.xml"
_PERSON = re.compile(rb"(?:personId|mentionpersonId)\s*=\s*[\"'](\{[^\"']*\})", re.IGNORECASE)
_MACRO = re.compile(rb"\s(?:macro|fmlaMacro)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')|<x:FmlaMacro>([^<]*)</x:FmlaMacro>")
_ELSEWHERE = re.compile(r"[\\/]|\.xl\w*")
"""What a button calls when its macro lies in another file."""

Counts = Counter[str]


@dataclass(frozen=True)
class HeldBack:
    """One kind of thing that did not go out: its key in the list, what it is called, how many there were."""

    key: str
    what: str
    count: int


@lru_cache(maxsize=1)
def listed() -> Mapping[str, Mapping[str, Any]]:
    """The list, by key in its order."""
    text = resources.files("xltools.sheets.returned").joinpath("heldback.toml").read_text("utf-8")
    return tomllib.loads(text)


def held_back(book: Book, shown: str) -> list[HeldBack]:
    """Take out of a workbook all that the list names; what there was of it, in the list's order.

    `shown` is the sheet that is marked: it stays whatever it is. Nothing else changes. Raises Refused.
    """
    found: Counts = Counter()
    related = related_parts(book)
    outside = set(listed()["links"]["outside"])
    gone = _condemned(book, related, found)

    def also(r: Relationship) -> bool:
        return r.external and r.kind not in outside

    found["links"] += sum(also(r) for every in related.values() for r in every)
    lost = []
    for place, title, member in reversed(_sheets_gone(book, shown, gone, related)):
        if member not in gone:
            found["hidden"] += 1
            gone.add(member)
        sheet_unlisted(book, place)
        lost.append(title)
    cuts = taken_out(book, gone - {""}, related, also)
    for cut in cuts:
        references_forgotten(book, cut)
    connections_forgotten(book, {c.kind for c in cuts})
    _formulas(book, lost, any(c.kind == "externalLink" for c in cuts), found)
    _macros_elsewhere(book, found)
    _people(book, found)
    if lost or found["names"]:
        _untitled(book)
    types = content(book, TYPES)
    if _OTHER_MAINS.search(types):
        book.changed[TYPES] = [_OTHER_MAINS.sub(_MAIN, types)]
    return [HeldBack(key, of["what"], found[key]) for key, of in listed().items() if found[key]]


def _condemned(book: Book, related: Mapping[str, list[Relationship]], found: Counts) -> set[str]:
    """The parts that the list names, by what leads to them, by their names, by what is in them."""
    every, gone = members(book), set[str]()
    for key, of in listed().items():
        kinds, patterns, roots = of.get("kinds", ()), of.get("parts", ()), of.get("roots", ())
        own = {r.target for rs in related.values() for r in rs if r.kind in kinds and r.target}
        own |= {n for n in every for p in patterns if fnmatchcase(n.lower(), p) and not n.endswith(".rels")}
        if roots:
            custom = [n for n in every if n.lower().startswith("customxml/item") and n.lower().endswith(".xml")]
            own |= {n for n in custom if any(root.encode() in _start(book, n) for root in roots)}
        found[key] += len(own - gone)
        gone |= own
    return gone


def _start(book: Book, name: str) -> bytes:
    """The beginning of a part in bytes of ASCII, whatever its encoding."""
    return raw(book, name)[:4096].replace(b"\0", b"")


def _sheets_gone(
    book: Book, shown: str, gone: set[str], related: Mapping[str, list[Relationship]]
) -> list[tuple[int, str, str]]:
    """Sheets that go: place, name, member. Very hidden ones that are not ours, and those that lie in such parts."""
    targets = {r.id: r.target for r in related.get(find(book, WORKBOOK), ())}
    out = []
    for place, tag in enumerate(tags(content(book, WORKBOOK), "sheet")):
        given = attributes(tag)
        title = given.get("name", "")
        member = targets.get(next((v for k, v in given.items() if k.endswith(":id")), ""), "")
        hidden = given.get("state") == "veryHidden" and title not in listed()["hidden"]["unless"]
        if title != shown and (hidden or (member and member in gone)):
            out.append((place, title, member))
    return out


def _formulas(book: Book, lost: list[str], linked: bool, found: Counts) -> None:
    """Names, then the formulas of cells and rules that reach outside or to what is gone."""
    own, named = listed()["formulas"], listed()["names"]
    outward = Outward(own["functions"], own["dde"], linked, lost)
    gone = names_dropped(book, lambda given, text: _runs(given, text, named) or outward.reaches(unescape(text)))
    while gone:  # a name may stand for another one
        found["names"] += len(gone)
        outward = Outward(own["functions"], own["dde"], linked, lost, {*outward.names, *gone})
        gone = names_dropped(book, partial(_reaches, outward))
    freed = 0
    for sheet in sheets(book):
        xml = given = content(book, sheet.member)
        xml, cells = cells_freed(xml, outward)
        xml, rules = rules_freed(xml, outward)
        freed += cells
        found["formulas"] += cells + rules
        if xml is not given:
            book.changed[sheet.member] = [xml]
    for name in members(book):
        is_table = re.fullmatch(r"xl/tables/[^/]+\.xml", name.lower())
        if is_table or (
            re.fullmatch(r"xl/(?:charts|drawings)/[^/]+\.xml", name.lower()) and (linked or outward.names or lost)
        ):
            xml, count = (table_freed if is_table else rules_freed)(content(book, name), outward)
            found["formulas"] += count
            if count:
                book.changed[name] = [xml]
    if freed or lost:
        drop_chain(book)


def _reaches(outward: Outward, _: Mapping[str, str], text: str) -> bool:
    return outward.reaches(unescape(text))


def _runs(given: Mapping[str, str], text: str, listed_: Mapping[str, Any]) -> bool:
    """Whether a name runs something, or stands for a place outside."""
    name, text = given.get("name", "").lower(), unescape(text).lower()
    if any(name.startswith(beginning) for beginning in listed_["beginnings"]):
        return True
    if any(given.get(k) in ("1", "true") for k in ("function", "vbProcedure", "xlm")):
        return True
    return any(place in text for place in listed_["places"])


def _macros_elsewhere(book: Book, found: Counts) -> None:
    """Buttons whose macro lies in another file call none."""
    for name in members(book):
        small = name.lower()
        if not small.startswith(("xl/drawings/", "xl/ctrlprops/")) or not small.endswith((".xml", ".vml")):
            continue
        xml, count = raw(book, name), 0
        for match in reversed(list(_MACRO.finditer(xml))):
            called = unescape((match[1] or match[2] or match[3] or b"").decode("utf-8", "replace"))
            if _ELSEWHERE.search(called):
                xml, count = xml[: match.start()] + xml[match.end() :], count + 1
        if count:
            found["links"] += count
            book.changed[name] = [xml]


def _people(book: Book, found: Counts) -> None:
    """People who have written nothing of what the workbook still holds: in its threads, in its notes."""
    threads = [n for n in members(book) if n.lower().startswith("xl/threadedcomments/") and n.lower().endswith(".xml")]
    used = {m.lower() for name in threads for m in _PERSON.findall(raw(book, name))}
    for name in members(book):
        small = name.lower()
        if re.fullmatch(r"xl/persons/[^/]+\.xml", small):
            xml = content(book, name)
            new = without_elements(
                xml, b"person", lambda p: attributes(p[: p.index(b">") + 1]).get("id", "").lower().encode() not in used
            )
            if new != xml:
                found["people"] += len(re.findall(rb"<(?:\w+:)?person\s", xml)) - len(
                    re.findall(rb"<(?:\w+:)?person\s", new)
                )
                book.changed[name] = [new]
        elif re.fullmatch(r"xl/comments[^/]*\.xml|xl/comments/[^/]+\.xml", small):
            found["people"] += _authors(book, name)


def _authors(book: Book, name: str) -> int:
    """Authors of no note lose their names, not their numbers."""
    xml = content(book, name)
    p, listed_ = prefix(xml), element(xml, "authors")
    if not listed_ or not listed_["inner"]:
        return 0
    used = set(re.findall(rb"<%scomment\s(?:%s\s)?authorId\s*=\s*[\"'](\d+)" % (p, INSIDE), xml))
    number, count = -1, 0

    def named(match: re.Match[bytes]) -> bytes:
        nonlocal number, count
        number += 1
        if not match[1] or str(number).encode() in used:
            return match[0]
        count += 1
        return b"<%sauthor></%sauthor>" % (p, p)

    inner = re.sub(rb"<%sauthor(?:\s%s)?(?:/>|>([^<]*)</%sauthor\s*>)" % (p, INSIDE, p), named, listed_["inner"])
    if count:
        book.changed[name] = [xml[: listed_.start("inner")] + inner + xml[listed_.end("inner") :]]
    return count


def _untitled(book: Book) -> None:
    """The properties of a workbook list its sheets and names; Excel lists them anew."""
    name = find(book, _PROPERTIES)
    if name:
        xml = content(book, name)
        for tag in (b"HeadingPairs", b"TitlesOfParts"):
            xml = without_elements(xml, tag, lambda _: True)
        book.changed[name] = [xml]
