"""Readings (口径): how a scheme takes each unclear clause of its source, and what the other reading would be, as data.

One file a scheme, `unclear/ID.toml`. Nothing here computes; where the other reading is a change of the scheme it is
written as one, so that the engine can be asked what it would do.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from xltools.scheme.model import Scheme

FILES = resources.files("xltools.scheme") / "unclear"
Words = Field(min_length=1)


class Reading(BaseModel):
    """One unclear clause.

    `no` is its number, `question` what is unclear, `taken` how the scheme takes it, `parameter` where. `other` is the
    other reading: `set` the values that it gives (path in the scheme -> value; an item of a list by its id, name or
    kind), `drop` the items that it leaves out, `one_pool` whether it takes the insurers' pools for one. Where it is no
    change of the scheme, `why` says why nothing can be computed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    no: int = Field(ge=1)
    clause: str = Words
    question: str = Words
    taken: str = Words
    parameter: str = ""
    other: str = Words
    set: dict[str, Any] = {}
    drop: tuple[str, ...] = ()
    one_pool: bool = False
    why: str = ""

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.computable == bool(self.why):
            raise ValueError(f"口径 {self.no}：set、drop、one_pool 和 why 恰写其一类")
        return self

    @property
    def computable(self) -> bool:
        return bool(self.set or self.drop or self.one_pool)


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
