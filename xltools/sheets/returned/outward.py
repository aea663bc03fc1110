"""Formulas that reach outside a workbook (向外的公式), or what was taken out of it: their values stay, they go."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from html import unescape

from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, prefix

_QUOTED = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'")
_STRING = re.compile(r"\"(?:[^\"]|\"\")*\"")
_LINKED = re.compile(r"\[\d+\]")
_BROKEN = b"#REF!"
_RULES = re.compile(rb"(<((?:[\w.-]+:)?(?:formula[12]?|f))(?:\s%s)?>)([^<]+)(</\2\s*>)" % INSIDE)
_IN_TABLES = rb"<((?:[\w.-]+:)?(?:calculatedColumnFormula|totalsRowFormula))(?:\s%s)?>([^<]*)</\1\s*>" % INSIDE


@dataclass
class Outward:
    """What makes a formula reach outside: functions, another program, other workbooks, sheets and names that went."""

    functions: Sequence[str]
    dde: bool
    links: bool = False
    sheets: Collection[str] = ()
    names: Collection[str] = ()
    _words: re.Pattern[str] | None = field(default=None, repr=False)
    _tokens: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        called = [rf"(?<![\w.])(?:_xl\w+\.)*{re.escape(f)}\s*\(" for f in self.functions]
        of_sheets = [rf"(?<![\w.]){re.escape(s)}(?:'|:[^!(),]*)?!" for s in self.sheets]
        of_sheets += [rf"'(?:[^']*:)?{re.escape(s.replace(chr(39), chr(39) * 2))}(?::[^']*)?'!" for s in self.sheets]
        of_names = [rf"(?<![\w.!\[]){re.escape(n)}(?![\w.!(\]])" for n in self.names]
        self._words = re.compile("|".join([*called, *of_sheets, *of_names]) or r"(?!)", re.IGNORECASE)
        words = [*self.functions, *self.sheets, *self.names]
        tokens = [w.lower().encode() for w in words] + [_escaped(w.lower()).encode() for w in words]
        self._tokens = (*dict.fromkeys(tokens), *((b"|",) if self.dde else ()), *((b"[",) if self.links else ()))

    def may(self, xml: bytes) -> bool:
        """Whether there can be such a formula at all."""
        small = xml.lower()
        return any(token in small for token in self._tokens)

    def reaches(self, formula: str) -> bool:
        """Whether a formula, as text, reaches outside."""
        assert self._words
        bare = _STRING.sub('""', formula)
        if self._words.search(bare):
            return True
        if self.dde and "|" in _QUOTED.sub("''", bare):
            return True
        return self.links and bool(_LINKED.search(bare))


def cells_freed(xml: bytes, outward: Outward) -> tuple[bytes, int]:
    """The sheet whose cells keep the values of such formulas, and how many there were."""
    p, shared, count = prefix(xml), set[bytes](), 0
    start = xml.find(b"<%sf" % p, xml.find(b"<%ssheetData>" % p) + 1)
    end = xml.rfind(b"</%ssheetData" % p)
    if not 0 <= start < end:
        return xml, 0
    body = xml[start:end]
    if not outward.may(b"\n".join(re.findall(rb"<%sf(?:\s%s)?>([^<]+)" % (p, INSIDE), body))):
        return xml, 0
    formula = re.compile(rb"<%sf(?P<given>(?:\s%s)?)(?:/>|>(?P<text>[^<]*)</%sf\s*>)" % (p, INSIDE, p))
    for match in formula.finditer(body):
        given = attributes(match["given"])
        if given.get("t") == "shared" and match["text"] and outward.reaches(_text(match["text"])):
            shared.add(given.get("si", "").encode())

    def kept(match: re.Match[bytes]) -> bytes:
        nonlocal count
        given = attributes(match["given"])
        if given.get("t") == "shared" and given.get("si", "").encode() in shared:
            count += 1
            return b""
        if match["text"] and outward.reaches(_text(match["text"])):
            count += 1
            return b""
        return match[0]

    new = formula.sub(kept, body)
    return (xml[:start] + new + xml[end:], count) if count else (xml, 0)


def rules_freed(xml: bytes, outward: Outward) -> tuple[bytes, int]:
    """A part outside the rows of sheets (validations, colours, charts) whose such formulas stand for nothing."""
    start, count = max(xml.rfind(b"</%ssheetData" % prefix(xml)), 0), 0
    if not outward.may(xml[start:]):
        return xml, 0

    def broken(match: re.Match[bytes]) -> bytes:
        nonlocal count
        if not outward.reaches(_text(match[3])):
            return match[0]
        count += 1
        return match[1] + _BROKEN + match[4]

    new = _RULES.sub(broken, xml[start:])
    return (xml[:start] + new, count) if count else (xml, 0)


def table_freed(xml: bytes, outward: Outward) -> tuple[bytes, int]:
    """A table's part without such formulas of its columns."""
    if not outward.may(xml):
        return xml, 0
    count = 0

    def gone(match: re.Match[bytes]) -> bytes:
        nonlocal count
        if not outward.reaches(_text(match[2])):
            return match[0]
        count += 1
        return b""

    new = re.sub(_IN_TABLES, gone, xml)
    return new, count


def _text(inside: bytes) -> str:
    return unescape(inside.decode("utf-8", "replace"))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
