"""Names of firms as they are compared (企业名称): what is only written differently is the same name."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_MARKS = re.compile(r"[\s()\[\]{}<>〈〉《》「」【】·.,，。、:：;；'\"“”‘’\-‐-―_/\\*]")


@lru_cache(maxsize=1 << 16)
def key(name: str) -> str:
    """A name without spaces, brackets and punctuation, full-width folded; 有限责任公司 is 有限公司.

    >>> key("南通ＡＢＣ（集团） 有限责任公司") == key("南通abc集团有限公司")
    True
    """
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", name)).upper()
    return plain.replace("有限责任公司", "有限公司")


def abbreviates(one: str, other: str) -> bool:
    """Whether the shorter of two compared names stands in the longer one, character by character in its order.

    >>> abbreviates(key("南通某某"), key("南通某某进出口有限公司")), abbreviates(key("甲公司"), key("乙有限公司"))
    (True, False)
    """
    short, long = sorted((one, other), key=len)
    rest = iter(long)
    return len(short) > 1 and all(c in rest for c in short)
