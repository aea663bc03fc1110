"""Texts that Excel would take for something else (会被转换的文字) when they are written into a cell that is not text.

LibreOffice keeps them as they are, so a macro that forgets to format its cells would pass here and fail in Excel:
"001" would become 1, "1-2" a day of January. Rather flag one too many than one too few.
"""

from __future__ import annotations

import re

_NUMBER = r"[¥$￥€£]?\s*[-+(]?\s*[¥$￥€£]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*[%)元]?"
_TIME = r"(?:[上下]午\s*)?\d{1,2}(?::\d{1,2}){1,2}(?:\.\d+)?(?:\s*[aApP][mM]?)?|(?:[上下]午\s*)?\d{1,2}时(?:\d{1,2}分)?(?:\d{1,2}秒)?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DAY = (
    r"\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?|\d{1,4}年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月(?:\d{1,2}日)?"
    rf"|\d{{1,4}}[- /]?{_MONTH}(?:[- /,]*\d{{1,4}})?|{_MONTH}[- /]?\d{{1,4}}(?:[, ]+\d{{2,4}})?"
)
_FRACTION = r"[-+]?(?:\d+\s+)?\d+/\d+"
_CONVERTED = re.compile(
    rf"\s*(?:{_NUMBER}|(?:{_DAY})(?:[\sT]+(?:{_TIME}))?|{_TIME}|{_FRACTION}|true|false"
    r"|\#(?:REF!|N/A|NAME\?|DIV/0!|VALUE!|NUM!|NULL!))\s*",
    re.IGNORECASE,
)
_FIRST = frozenset("0123456789+-=@'.¥$￥€£(# \t上下tfTFjfmasondJFMASOND")


class WouldConvert(ValueError):
    """Excel would turn a text into a number, a date or a formula; the cells must be formatted as text (@) first."""


def converts(text: str) -> bool:
    """Whether Excel would not keep this text in a cell that is not formatted as text.

    >>> [converts(t) for t in ("001", "1-2", "2019年9月", "9:30", "-1", "NT2019-0137", "3 家", "")]
    [True, True, True, True, True, False, False, False]
    """
    if not text or text[0] not in _FIRST:
        return False
    return (text[0] in "+-=@'" and len(text) > 1) or _CONVERTED.fullmatch(text) is not None
