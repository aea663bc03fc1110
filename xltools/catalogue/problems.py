"""What can be wrong with a row or a file (问题), as data: codes, severity, Chinese message, what to do."""

from __future__ import annotations

import itertools
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

LEVELS = {"refuse": "必须改", "error": "必须改", "warning": "提示"}
"""What a severity is called where people read it."""
_BREAK = re.compile(r"\s*[\r\n]+\s*")


@dataclass(frozen=True)
class Kind:
    """One entry of the catalogue: `refuse` refuses the whole file, `error` must be mended, `warning` informs.

    `hint` says what to do; `own` says it where the file is the bureau's own and not a district's.
    """

    code: str
    severity: Literal["refuse", "error", "warning"]
    message: str
    hint: str
    own: str = ""

    def todo(self, own: bool) -> str:
        """What to do, in a file of the bureau's own or of a district."""
        return self.own or self.hint if own else self.hint

    @property
    def level(self) -> str:
        return LEVELS[self.severity]

    def said(self, *, value: str = "", more: str = "", heading: str = "") -> str:
        """The message about one cell, row or file, on one line."""
        value = value.strip()
        if "\n" in value or "\r" in value:
            value = _BREAK.sub("↵", value)
        return self.message.format(value=value, more=more, heading=heading).rstrip("：")

    @property
    def in_general(self) -> str:
        """Message and hint without the clauses that only a row could fill in."""
        message = re.sub(r"“\{heading\}”(的“\{value\}”)?", "这一格", self.message.replace("列“{heading}”", "这一列"))
        kept, *rest = re.split(r"(?=[，：；（])", message)
        kept += "".join(itertools.takewhile(lambda clause: "{" not in clause, rest))
        return sentence(re.sub(r"“?\{\w+\}”?", "", kept).strip(), self.hint)


@cache
def problems_by_code() -> dict[str, Kind]:
    """All problem codes, in the order in which they are listed for a row."""
    text = (resources.files("xltools.catalogue") / "problems.toml").read_text("utf-8")
    return {code: Kind(code=code, **entry) for code, entry in tomllib.loads(text).items()}


def sentence(message: str, hint: str) -> str:
    """A message and what to do, as one running text without doubled stops."""
    return f"{message}{'' if message.endswith(('？', '。')) else '。'}{hint}"
