"""Readings (口径): how a scheme takes each unclear clause of its source, and what the other reading would be, as data.

One file a scheme, `unclear/ID.toml`. Nothing here computes; where the other reading is a change of the scheme it is
written as one, so that the engine can be asked what it would do.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Self

from pydantic import Field, model_validator

from xltools.scheme.change import Change
from xltools.scheme.model import Scheme, Words

FILES = resources.files("xltools.scheme") / "unclear"


class Reading(Change):
    """One unclear clause.

    `no` is its number, `question` what is unclear, `taken` how the scheme takes it, `parameter` where. `other` is the
    other reading: as a change of the scheme it is written like an amendment (`change`, `add`, `remove`); `one_pool` says
    whether it takes the insurers' pools for one. Where it is no change, `why` says why nothing can be computed.
    """

    no: int = Field(ge=1)
    clause: Words
    question: Words
    taken: Words
    parameter: str = ""
    other: Words
    one_pool: bool = False
    why: str = ""

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.computable == bool(self.why):
            raise ValueError(f"口径 {self.no}：change、add、remove、one_pool 和 why 恰写其一类")
        return self

    @property
    def computable(self) -> bool:
        return bool(self.change or self.add or self.remove or self.one_pool)


@cache
def readings(scheme: Scheme) -> tuple[Reading, ...]:
    """The readings of a scheme by number; none where nobody has written them down. A wrong file raises ValueError."""
    file = FILES / f"{scheme.id}.toml"
    if not file.is_file():
        return ()
    data = tomllib.loads(file.read_text("utf-8"), parse_float=Decimal)
    found = sorted((Reading.model_validate(r) for r in data["reading"]), key=lambda r: r.no)
    if len({r.no for r in found}) < len(found):
        raise ValueError(f"{file.name}：口径序号重复")
    return tuple(found)
