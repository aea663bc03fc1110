"""Cleaning text cells: full-width letters, stray white space and invisible characters.

A vectorised look finds the few cells that need it; only those are touched one by one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.roster.problems import Mask
from xltools.roster.repeated import Texts, coded, each, marked, places
from xltools.roster.utf8 import beginnings, begins, others, sizes

INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
"""Characters that nobody sees, as ranges for a pattern."""
_SPACES = "\\x00-\\x20\\x7f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SUSPECT = "[\\x00-\\x1f\\x7f-\u00a0\u00ad\u1680\u2000-\u206f\u3000\ufeff\uff00-\uffef]|^ | $|  |[^\\x00-\\x7f] +[^\\x00-\\x7f]"
_BLANK = r"^[\s\x{a0}\x{3000}\x{200b}-\x{200f}\x{feff}]*$"
_CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
WIDE: Mapping[int, int | str] = {c: c - 0xFEE0 for c in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xFFE5: "\u00a5"}
"""Full-width characters and the space, for `str.translate`."""
_FULL_WIDTH = {c: to for c, to in WIDE.items() if chr(c).isalnum()}
_NOTHING = (
    "-", "--", "---", "－", "–", "—", "——", "―", "─", "──", "/", "//", "／", "\\", "＼", "_", "__", "无", "没有", "暂无", "空",
    "不适用", "N/A", "N／A", "N.A.", "NIL", "NULL", "NONE", "(空白)", "（空白）", "(BLANK)",
)  # fmt: skip
"""What people write where there is nothing to write. NA is not among them: it is a country."""
_LONGEST = max(len(word.encode()) for word in _NOTHING)
_BEGINS = beginnings(*(w for word in _NOTHING for w in (word, word.lower(), word.title())))
PLAIN = bytes(b for b in range(0x21, 0x100) if b not in b"\x7f\xc2\xe1\xe2\xe3\xef")
"""Bytes of UTF-8 with which nothing begins that cleaning changes in text: a column of them only needs no look."""

_invisible = re.compile(f"[{INVISIBLE}]")
_spaces = re.compile(f"[{_SPACES}]+")
_between = re.compile(f"(?<=[{_CJK}]) (?=[{_CJK}])")


def mask(array: pa.Array) -> Mask:
    """An Arrow boolean array as a numpy mask, null as False."""
    return np.asarray(pc.fill_null(array, False))


def equals(column: Texts, value: str) -> Mask:
    """The cells that are this text."""
    return each(column, lambda texts: mask(pc.equal(texts, value)))


def plain(value: str) -> str:
    """Text without invisible characters and stray spaces; full-width letters and digits folded.

    Full-width punctuation stays: a name is written as on the licence.

    >>> plain("　南通ＡＢＣ\u200b（集团） 有限公司 ")
    '南通ABC（集团）有限公司'
    """
    value = _spaces.sub(" ", _invisible.sub("", value)).strip()
    if " " in value:
        value = _between.sub("", value)
    return value.translate(_FULL_WIDTH)


def folded(value: str) -> str:
    """Numbers, dates and codes as they are compared: full-width characters folded, no stray spaces.

    Nothing else is folded: `²` and `③` are marks beside a figure, and would become digits of it.

    >>> folded("　１，２３４．５０ "), folded("300000² ")
    ('1,234.50', '300000²')
    """
    return _spaces.sub(" ", _invisible.sub("", value.translate(WIDE))).strip()


def wording(value: str) -> str:
    """Words as they are compared with what is known: every compatible character folded (NFKC), no stray spaces.

    >>> wording("①、方案Ａ ")
    '1、方案A'
    """
    return folded(unicodedata.normalize("NFKC", value))


def code(value: str) -> str:
    """A code: folded, upper case, without spaces, hyphens and a leading apostrophe.

    Other punctuation stays and counts: without it `3.20696E+09` would have the length of a code.

    >>> code("'９１３２0602 ma1x-00017n"), code("3.20696E+09")
    ('91320602MA1X00017N', '3.20696E+09')
    """
    return re.sub(r"[\s\-‐-―]", "", folded(value).lstrip("'‘’`")).upper()


def clean(
    raw: Texts, how: Callable[[str], str], suspect: str = "", plain: bytes = PLAIN, begin: Mask | None = None
) -> tuple[Texts, Mask]:
    """The cleaned column (blank = null) and the rows that cleaning changed.

    `suspect` is a further RE2 pattern of what `how` may change; `plain` the bytes that need no look but where they
    stand in front (`begin`, see `utf8.beginnings`).
    """
    if isinstance(raw, pa.DictionaryArray):
        texts, changed = clean(raw.dictionary, how, suspect, plain, begin)
        return coded(places(raw), texts), marked(raw, changed)
    if ((sizes(raw) == 0) & np.asarray(raw.is_valid())).any():
        raw = pc.if_else(pc.equal(raw, ""), None, raw)
    dirty = others(raw, plain)
    if begin is not None:
        dirty |= begin.take(begins(raw))
    if dirty.any():
        look = pc.match_substring_regex(raw.filter(pa.array(dirty)), f"{_SUSPECT}|{suspect}" if suspect else _SUSPECT)
        dirty[dirty] = np.asarray(pc.fill_null(look, False))
    if not dirty.any():
        return raw, dirty
    old = raw.filter(pa.array(dirty)).to_pylist()
    new = [how(v) or None for v in old]
    out = pc.replace_with_mask(raw, pa.array(dirty), pa.array(new, pa.string()))
    changed = dirty.copy()
    changed[dirty] = [(a or "") != (b or "") for a, b in zip(old, new, strict=True)]
    return out, changed


def says_nothing(value: str) -> bool:
    """Whether a cell only says that it is empty.

    >>> says_nothing(" ／ "), says_nothing("0")
    (True, False)
    """
    return folded(value).replace(" ", "").upper() in _NOTHING


def saying_nothing(cleaned: Texts) -> Mask:
    """The same for a cleaned column; only short cells that begin like such a word are compared."""
    return each(cleaned, _saying_nothing)


def _saying_nothing(cleaned: pa.StringArray) -> Mask:
    size = sizes(cleaned)
    maybe: Mask = (size > 0) & (size <= _LONGEST)
    if maybe.any():
        maybe &= _BEGINS.take(begins(cleaned))
    if cleaned.null_count:
        maybe &= np.asarray(cleaned.is_valid())
    if maybe.any():
        said = pc.utf8_upper(cleaned.filter(pa.array(maybe)))
        maybe[maybe] = np.asarray(pc.is_in(said, value_set=pa.array(_NOTHING)))
    return maybe


def visible(raw: Texts) -> Mask:
    """The cells that hold more than white space and invisible characters."""
    return each(raw, _visible)


def _visible(raw: pa.StringArray) -> Mask:
    there: Mask = sizes(raw) > 0
    if raw.null_count:
        there &= np.asarray(raw.is_valid())
    doubtful = there & others(raw, PLAIN)
    if doubtful.any():
        there[doubtful] = np.asarray(pc.invert(pc.match_substring_regex(raw.filter(pa.array(doubtful)), _BLANK)))
    return there
