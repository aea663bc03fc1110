"""XML as bytes (字节级 XML): what a splice needs to find and change without touching the rest.

What is not written in the plain way (another encoding, comments, CDATA, cells without their place) is first written
out again by expat; it means the same afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from html import unescape
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from xltools.roster.letters import column_letters, column_number
from xltools.sheets.ooxml.refused import Refused

INSIDE = rb"(?:[^>\"']|\"[^\"]*\"|'[^']*')*?"
"""What stands in a tag: a `>` within quotes does not end it."""

_ROOT = re.compile(rb"<([A-Za-z_][\w.-]*:)?[A-Za-z]" + INSIDE + rb">")
_RELATIONS = re.compile(
    rb"xmlns:([\w.-]+)\s*=\s*[\"'](?:http://purl\.oclc\.org/ooxml|http://[^\"']*)/officeDocument/(?:\d+/)?relationships[\"']"
)
_ATTRIBUTE = re.compile(rb"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ENCODING = re.compile(rb"^<\?xml[^>]*?encoding\s*=\s*[\"'](?!utf-?8[\"'])", re.IGNORECASE)
_SHORT = 512
"""Bytes of a tag that is worth remembering."""
_REF = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?")


def prefix(xml: bytes) -> bytes:
    """The prefix of the root element with its colon: b"" nearly always, b"x:" from Open XML SDK."""
    root = _ROOT.search(xml)
    return (root[1] or b"") if root else b""


def naming(xml: bytes, id_: str) -> bytes:
    """The attribute by which an element of the part names a relationship, its prefix declared where the root does not."""
    root = _ROOT.search(xml)
    found = _RELATIONS.search(root[0]) if root else None
    if found:
        return b' %s:id="%s"' % (found[1], id_.encode())
    return b' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="%s"' % id_.encode()


def attributes(tag: bytes) -> dict[str, str]:
    """The attributes of a tag by their qualified names."""
    return dict(_known(tag) if len(tag) < _SHORT else _pairs(tag))


def _pairs(tag: bytes) -> tuple[tuple[str, str], ...]:
    return tuple((a.decode(), unescape((v or w or b"").decode())) for a, v, w in _ATTRIBUTE.findall(tag))


_known = lru_cache(maxsize=4096)(_pairs)
"""Parts repeat themselves, and files that were made from one template each other."""


@cache
def _given(name: bytes) -> re.Pattern[bytes]:
    """An attribute in a tag, the blanks in front of it included."""
    return re.compile(rb"(?P<key>\s+" + name + rb"\s*=\s*)(?:\"[^\"]*\"|'[^']*')")


def without(tag: bytes, *names: bytes) -> bytes:
    """Attributes as text, some of them left out."""
    for name in names:
        tag = _given(name).sub(b"", tag)
    return tag


def with_attribute(tag: bytes, name: bytes, value: bytes) -> bytes:
    """An opening or empty tag with that attribute; it is changed in its place where it was there."""
    if found := _given(name).search(tag):
        return b'%s"%s"%s' % (tag[: found.end("key")], value, tag[found.end() :])
    cut = len(tag) - (2 if tag.endswith(b"/>") else 1)
    return b'%s %s="%s"%s' % (tag[:cut].rstrip(), name, value, tag[cut:])


def element(xml: bytes, name: str) -> re.Match[bytes] | None:
    """The first element of that name: groups `open` (the tag), `inner` (None where it is empty)."""
    tag = prefix(xml) + name.encode()
    pattern = rb"(?P<open><%s(?=[\s/>])%s(?P<empty>/)?>)(?(empty)|(?P<inner>.*?)</%s\s*>)" % (tag, INSIDE, tag)
    return re.search(pattern, xml, re.DOTALL)


def prefixed(xml: bytes, p: bytes) -> bytes:
    """Elements written without a prefix as they read in a part whose own elements have one."""
    return re.sub(rb"<(/?)(?=[A-Za-z]\w*[\s/>])", rb"<\1" + p, xml) if p else xml


def inserted(xml: bytes, order: Sequence[str], name: str, entries: Sequence[bytes]) -> bytes:
    """The list `name` with these entries at its end; where there is none it comes in its place among its siblings.

    `xml`: siblings and what closes their parent; `order`: the names of the siblings as the schema has them.
    """
    p, place = prefix_of(xml), 0
    for sibling, start, end, inner in siblings(xml):
        if sibling == name:
            tag = xml[start : xml.index(b">", start) + 1]
            if tag.endswith(b"/>"):
                return inserted(xml[:start] + xml[end:], order, name, entries)
            count = int(attributes(tag).get("count", 0))
            opening = with_attribute(tag, b"count", str(count + len(entries)).encode()) if b"count" in tag else tag
            return xml[:start] + opening + xml[start + len(tag) : inner] + b"".join(entries) + xml[inner:]
        if sibling in order and order.index(sibling) <= order.index(name):
            place = end
    tag = p + name.encode()
    whole = b'<%s count="%d">%s</%s>' % (tag, len(entries), b"".join(entries), tag)
    return xml[:place] + whole + xml[place:]


def siblings(xml: bytes) -> Iterator[tuple[str, int, int, int]]:
    """The elements that follow one another in `xml`: local name, start, end, and where its inside ends."""
    depth, start, name = 0, 0, ""
    for match in re.finditer(rb"<(/?)([\w.-]+:)?([\w.-]+)%s(/?)>" % INSIDE, xml):
        if match[1]:
            depth -= 1
            if depth < 0:
                return
            if not depth:
                yield name, start, match.end(), match.start()
        else:
            if not depth:
                start, name = match.start(), match[3].decode()
            if not match[4]:
                depth += 1
            elif not depth:
                yield name, start, match.end(), match.end()


def prefix_of(xml: bytes) -> bytes:
    """The prefix of the first closing tag without a partner, else of the last tag: that of the parent."""
    found = re.search(rb"</([\w.-]+:)?[\w.-]+\s*>\s*$", xml)
    return (found[1] or b"") if found else b""


def quoted(text: str) -> str:
    """Text as an attribute's value, quotes included; line breaks survive."""
    return quoteattr(text, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def corners(ref: str) -> tuple[int, int, int, int]:
    """(top, left, bottom, right) of `B5` or `$A$4:$J$10`, all 1-based. Raises ValueError."""
    match = _REF.fullmatch(ref)
    if not match:
        raise ValueError(ref)
    left, top = column_number(match[1]), int(match[2])
    return (top, left, int(match[4]), column_number(match[3])) if match[3] else (top, left, top, left)


def plain(xml: bytes, member: str) -> bytes:
    """The part as it is, or written out again where it holds what scanning by text would trip over.

    Raises Refused where it is no well-formed XML.
    """
    odd = xml.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in xml[:64] or _ENCODING.match(xml)
    return rewritten(xml, member) if odd or b"<!" in xml else xml


def rewritten(xml: bytes, member: str) -> bytes:
    """The same XML in UTF-8, without comments and CDATA, every row and cell of a sheet with its place."""
    out = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n']
    place = [0, 0]  # row, column

    def start(name: str, given: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "row":
            place[:] = int(given.get("r", place[0] + 1)), 0
            given = {"r": str(place[0])} | given
        elif local == "c" and place[0]:
            place[1] = corners(given["r"])[1] if "r" in given else place[1] + 1
            given = {"r": f"{column_letters(place[1])}{place[0]}"} | given
        out.append("".join([f"<{name}", *(f" {k}={quoted(v)}" for k, v in given.items()), ">"]))

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: out.append(f"</{name}>")
    parser.CharacterDataHandler = lambda text: out.append(escape(text, {"\r": "&#13;"}))
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError) as why:
        raise Refused("FILE_UNREADABLE", f"{member}: {why}") from why
    return "".join(out).encode()
