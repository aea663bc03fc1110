"""Formulas of ours outside the tables (表外的公式): what they show follows the new contents.

Excel calculates on opening because `fullCalcOnLoad` says so, but not in protected view; LibreOffice and previews show
what stands in the file. So the result is written where it is known, and taken out where it is not: every program
calculates a formula that has none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from html import unescape
from xml.sax.saxutils import escape

from xltools.catalogue.tables import tables
from xltools.sheets.ooxml.book import Book, content
from xltools.sheets.ooxml.xmlbytes import INSIDE, corners, prefix, without
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.pages.fx import NAME
from xltools.sheets.platform.draw.results import Shown, results
from xltools.sheets.platform.splice.facts import named, value
from xltools.sheets.platform.splice.plan import A1, Job
from xltools.sheets.platform.splice.view import PHASE
from xltools.sheets.platform.trial import NAME as TRIAL

STATUS = "状态栏"
"""Named cell of 首页."""
_PLACE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3}[0-9]{1,7})[\"']")
_TEXT = re.compile(r'"[^"]*"|\[[^\[\]]*\]')
_DATA = re.compile(r"\[\[#Data\],(\[[^\[\]]*\])\]")


def results_written(book: Book, contents: Contents, jobs: Sequence[Job], strings: Sequence[bytes]) -> None:
    """See to every formula outside our tables on the sheets of 状态栏, 预算汇率 and 试算汇率.

    Where a table stays as it is, nobody here knows what the formulas over it give.
    """
    cells = {name: (member, top, left) for name, member, top, left in named(book)}
    phase = str(value(book, *cells[PHASE], strings)) if PHASE in cells else ""
    facts = {**contents.facts, PHASE: phase or contents.facts.get(PHASE, "")}
    whole = {t.name for t in tables(contents.scheme)} <= contents.tables.keys()
    known = {_plain(f): v for f, v in results(replace(contents, facts=facts)).items()} if whole else {}
    for member in {cells[name][0] for name in (STATUS, NAME, TRIAL) if name in cells}:
        ours = [job for job in jobs if job.table.sheet.member == member]
        old = content(book, member)
        new = _shown(old, known, [(j.table.left, j.table.right, j.table.top, j.end) for j in ours])
        if new != old:
            book.changed[member] = [new]


def _shown(sheet: bytes, known: Mapping[str, Shown], own: Collection[tuple[int, int, int, int]]) -> bytes:
    p = prefix(sheet)
    pattern = (
        rb"<%sc(?P<given>\s%s)>(?P<f><%sf(?:\s%s)?(?:/>|>(?P<text>[^<]*)</%sf>))(?:<%sv(?:/>|>[^<]*</%sv>))?</%sc>"
    )
    cell = re.compile(pattern % (p, INSIDE, p, INSIDE, p, p, p, p))

    def written(match: re.Match[bytes]) -> bytes:
        place = _PLACE.search(match["given"])
        at = place[1].decode() if place else "A1"
        top, left, _, _ = corners(at)
        if any(a <= left <= b and y <= top <= z for a, b, y, z in own):
            return match[0]
        formula = _plain(unescape((match["text"] or b"").decode()))
        shown = known.get(formula)
        moved = shown is not None and shown.cell != at and A1.search(_TEXT.sub("", formula))
        result = None if shown is None or moved else shown.value
        kind = b' t="str"' if isinstance(result, str) else b""
        inside = b""
        if result is not None:
            said = escape(result) if isinstance(result, str) else repr(result)
            inside = b"<%sv>%s</%sv>" % (p, said.encode(), p)
        return b"<%sc%s%s>%s%s</%sc>" % (p, without(match["given"], b"t"), kind, match["f"], inside, p)

    return cell.sub(written, sheet)


def _plain(formula: str) -> str:
    """The formula as Excel saves it: `[[#Data],[列]]` is `[列]`."""
    return _DATA.sub(r"\1", formula)
