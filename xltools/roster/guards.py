"""Columns that the table does not have and that change what its amounts mean (改变含义的列): used or refused, never
summed over."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from xltools.catalogue.bureau_tables import Guard
from xltools.catalogue.columns import MONEY, UNITS, fold
from xltools.roster.cells import Roster, unread_field
from xltools.roster.problems import FileProblem, Mask
from xltools.roster.text import folded

NAMED = 5
_MONEY = re.compile(r"元|美金|USD|RMB|CNY|\$|￥|¥")


def check(r: Roster, guards: tuple[Guard, ...]) -> Mask:
    """What the file's unknown columns say, found and recorded; returns the rows that are to be passed over."""
    skipped = np.zeros(len(r), dtype=bool)
    for heading in list(r.cells.unread):
        for guard in guards:
            if re.fullmatch(guard.heading, fold(heading)):
                column = _Column(r, heading)
                if not column.texts or (guard.unit and not column.is_money):
                    continue
                _known(r, heading)
                if guard.one:
                    column.one()
                elif guard.unit:
                    column.unit(guard.unit)
                else:
                    skipped |= column.counts(guard)
    return skipped


def _known(r: Roster, heading: str) -> None:
    """A column that is looked at is none that nobody knows."""
    r.findings.file = [p for p in r.findings.file if (p.code, p.value) != ("HEADING_UNKNOWN", heading)]


class _Column:
    """An unknown column by its different texts, folded and in capitals; `texts` are empty where nothing is filled in."""

    def __init__(self, r: Roster, heading: str) -> None:
        self.r, self.heading = r, heading
        coded = r.cells.unread[heading].dictionary_encode()
        plain = [_plain(text) for text in coded.dictionary.to_pylist()]
        self.texts = sorted({t for t in plain if t})
        self._plain = np.array([*plain, ""], dtype=object)[coded.indices.fill_null(len(plain)).to_numpy()]

    @property
    def is_money(self) -> bool:
        """Whether it speaks of money; units of quantities say nothing of amounts."""
        return any(_MONEY.search(t) for t in self.texts)

    def where(self, which: Callable[[str], bool]) -> Mask:
        hit = [t for t in ["", *self.texts] if which(t)]
        return np.isin(self._plain, hit)

    def said(self, code: str, where: Mask, heading: str = "") -> None:
        if where.any():
            values = [_shown(v) for v in self._plain[where].tolist()]
            field = unread_field(self.heading)
            self.r.findings.headings.setdefault(field, heading)
            self.r.findings.add(code, field, where, values, [self.heading] * int(where.sum()))

    def one(self) -> None:
        """The whole column must say the same."""
        texts = [*self.texts, *([""] if self.where(lambda t: not t).any() else [])]
        more = "、".join(map(_shown, texts[:NAMED])) + ("……" if texts[NAMED:] else "")
        code = "MEANING_MIXED" if len(texts) > 1 else "MEANING_ONE"
        self.r.findings.file.append(FileProblem(code, value=self.heading, more=more))

    def unit(self, field: str) -> None:
        """Each row must be in the unit of the amount's heading."""
        if field in self.r.cells.units:
            unit = self.r.cells.units[field]
            of = next(c for c in self.r.columns if c.field == field)
            same = {u for u, n in UNITS.items() if n == unit and u.endswith("美元") == (MONEY[of.kind] == "美元")}
            self.said("MEANING_UNIT", self.where(lambda t: t not in same), of.heading)

    def counts(self, guard: Guard) -> Mask:
        """Rows that say that they do not count; of those that say something else nobody knows."""
        takes, skips = ({_plain(v) for v in values} for values in (guard.takes, guard.skips))
        self.said("MEANING", self.where(lambda t: t not in takes | skips))
        skipped = self.where(lambda t: t in skips)
        if skipped.any():
            values = "、".join(sorted(set(self._plain[skipped].tolist())))
            first = self.r.cells.part(int(np.flatnonzero(skipped)[0])).sheet
            more = f"“{values}” {int(skipped.sum())} 行"
            self.r.findings.file.append(FileProblem("ROWS_SKIPPED", value=self.heading, more=more, sheet=first))
        return skipped


def _plain(text: str | None) -> str:
    """A text as it is compared: folded, in capitals, without spaces and a code in brackets behind it.

    >>> _plain(" 美元(502) "), _plain("出口（E）")
    ('美元', '出口')
    """
    return re.sub(r"[(\[][0-9A-Z]{1,4}[)\]]$", "", folded(text or "").upper().replace(" ", "")).removesuffix(".0")


def _shown(text: str) -> str:
    return text or "（空白）"
