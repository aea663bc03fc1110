"""The bureau's own tables (登记表), each declared once in `bureau/NAME.toml`.

From a declaration follow the ledger's table and its seal, reading a file, the checks of kinds, choices and references,
the template to send out, the command, the workbook's sheet, taking back what was typed, the journal's sentence, the
self-check and the manual's page. What a table decides beyond that is one function in `desk/bureau`.
"""

from __future__ import annotations

import difflib
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from xltools.catalogue import columns
from xltools.catalogue.declared import CatalogueError, texts
from xltools.catalogue.kinds import KINDS
from xltools.catalogue.phases import all_phases
from xltools.scheme import Scheme
from xltools.scheme.misdeclared import misdeclared
from xltools.scheme.vocabularies import shipped

SCHEME_CHOICES = ("areas", "plans", "insurers", "lists", "priorities")
"""Choices that come from the scheme."""
TAKEN = (
    "meta", "journal", "outbox", "published", "files", "enterprises", "claims", "pending", "customs_loads", "batches",
    "sent", "schemes", "left_out",
)  # fmt: skip
"""Names of the ledger's own tables."""
RESERVED = ("id", "from_seq", "to_seq")
"""Names of columns that the ledger adds itself."""
Words = Field(min_length=1)
Name = Field(pattern=r"^[a-z][a-z_]*$")


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BureauColumn(_Declared):
    """One column (列): `field` in programs and the ledger, `heading` in files and the workbook.

    `beside`: read and shown, not kept. `computed`: the pure function of `engine/computed.py` that
    computes it from the columns in `of`. `refers`: of kind `entry` the table whose row it names; `currency`: of kind `money` the field
    that holds the currency. `after`: the field of a date that this one must not lie before. `strangers`: what it refers
    to and the ledger does not know is kept as it is written, for the table's own check to judge.
    """

    field: str = Name
    heading: str = Words
    kind: str = "text"
    required: bool = False
    choices: str | tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()
    refers: str = ""
    currency: str = ""
    after: str = ""
    strangers: bool = False
    unit: str = ""
    hint: str = ""
    example: str = ""
    width: float = Field(16, gt=0)
    personal: bool = False
    may_be_unknown: bool = False
    """A row whose cell here cannot be understood counts all the same; what depends on the cell waits."""
    beside: bool = False
    computed: str = ""
    of: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind not in KINDS:
            near = difflib.get_close_matches(self.kind, KINDS, 1)
            hint = f"；是否想写 {near[0]}？" if near else ""
            raise ValueError(f"kind 没有 {self.kind} 这一种{hint} 可用的：{'、'.join(KINDS)}")
        if isinstance(self.choices, str) and self.choices not in (known := (*SCHEME_CHOICES, *shipped())):
            raise ValueError(f"choices 没有 {self.choices}；可用的：{'、'.join(known)}，或写出各选项")
        if self.kind in ("choice", "choices") and not self.choices:
            raise ValueError(f"kind = {self.kind} 的列要有 choices")
        if self.kind == "entry" and not self.refers:
            raise ValueError("kind = entry 的列要有 refers：哪一张登记表")
        if self.field in RESERVED:
            raise ValueError(f"field 不能叫 {self.field}，台账自己要用")
        return self

    @property
    def is_kept(self) -> bool:
        """Whether the ledger has a column for it."""
        return not self.beside


class Guard(_Declared):
    """A column that files may have, that the table does not, and that changes what an amount means: used or refused.

    `called` is what people call it, `heading` a pattern of its folded heading. Rows whose cell is in `takes` count, those in `skips` are passed over;
    any other cell is an error of its row. With `one` the whole column must say the same. With `unit` it must say the
    unit of that amount's heading.
    """

    called: str = Words
    heading: str = Words
    takes: tuple[str, ...] = ()
    skips: tuple[str, ...] = ()
    one: bool = False
    unit: str = ""

    @model_validator(mode="after")
    def _says_what_counts(self) -> Self:
        if bool(self.takes) + self.one + bool(self.unit) != 1:
            raise ValueError("guard 要写 takes、one、unit 中的一个：哪些行计入、整列须相同，或是哪一列的单位")
        return self


class BureauTable(_Declared):
    """One table (登记表). `kept`: rows are appended, merged by `key`, or replace those of the same `part`.

    `file` is how file names in 资料/ begin; `sheet` and `table` are its place in the platform workbook ("": it has
    none); `phase` the key of the phase in which it is used.
    """

    name: str = Name
    title: str = Words
    does: str = Words
    about: str = ""
    journal: str = Words
    filled_by: str = Words
    file: str = Words
    phase: str = Words
    kept: Literal["append", "merge", "replace"]
    part: str = ""
    key: tuple[str, ...] = ()
    stored: str = ""
    """What the ledger calls its table ("": as the declaration is called)."""
    sheet: str = ""
    table: str = ""
    partly: bool = False
    """A row of a file that cannot be used is left out and kept as such; the others are taken. Else all or nothing."""
    remark: str = ""
    missed: str = ""
    """What the self-check says while nothing is loaded ("": it may stay empty)."""
    button: str = ""
    """The words on its button, which reads its files from 资料/ ("": it has none)."""
    read_with: str = ""
    """The table whose button reads its files as well."""
    guard: tuple[Guard, ...] = ()
    column: tuple[BureauColumn, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        fields = [c.field for c in self.column]
        if self.kept_as in TAKEN:
            raise ValueError(
                f"登记表不能叫 {self.kept_as}，台账自己有这张表；请用 stored 写明台账里叫什么。不能用的还有：{'、'.join(TAKEN)}"
            )
        for what, names in (("field", fields), ("heading", [c.heading for c in self.column])):
            if twice := sorted(n for n, times in Counter(names).items() if times > 1):
                raise ValueError(f"{what} 有两列都叫 {'、'.join(twice)}")
        if self.kept == "merge" and not self.key:
            raise ValueError('kept = "merge" 的表要有 key：哪几列认出一行')
        if self.kept == "replace" and not self.part:
            raise ValueError('kept = "replace" 的表要有 part：哪一列的行整份替换')
        for c in self.column:
            if bool(c.computed) != bool(c.of):
                raise ValueError(f"{c.field}：computed 和 of 要一起写")
        wanted = [
            *(f for c in self.column for f in c.of),
            *self.key,
            *([self.part] if self.part else []),
            *(g.unit for g in self.guard if g.unit),
            *(c.currency for c in self.column if c.currency),
            *(c.after for c in self.column if c.after),
        ]
        if unknown := sorted({*wanted} - {*fields}):
            raise ValueError(
                f"key、part、currency、after、of、unit 写了没有的列 {'、'.join(unknown)}；本表的列：{'、'.join(fields)}"
            )
        kinds = {c.field: c.kind for c in self.column}
        for c in self.column:
            if c.after and not {c.kind, kinds[c.after]} <= {"date", "datetime"}:
                raise ValueError(f"{c.field}：有 after 的列和 after 的列都要是日期")
        if self.sheet and not self.table:
            raise ValueError("有 sheet 的表要有 table：工作簿里的表名")
        return self

    @property
    def kept_as(self) -> str:
        """What the ledger calls its table."""
        return self.stored or self.name

    def columns(self, scheme: Scheme) -> tuple[columns.Column, ...]:
        """Its columns as files are read by them."""
        return columns_of(scheme, self.name)

    @property
    def own(self) -> tuple[BureauColumn, ...]:
        """The columns that the ledger keeps."""
        return tuple(c for c in self.column if c.is_kept)

    def at(self, field: str) -> BureauColumn:
        """The column of that field."""
        return next(c for c in self.column if c.field == field)


@lru_cache(maxsize=1)
def bureau_tables() -> dict[str, BureauTable]:
    """Every declared table by its name, in the order of the year. Raises CatalogueError naming all that is wrong."""
    found, wrong = [], []
    for file, text in texts().items():
        try:
            found.append(parse(text, file))
        except CatalogueError as e:
            wrong.append(str(e))
    wrong += _among(found)
    if wrong:
        raise CatalogueError("\n".join(wrong))
    year = [p.key for p in all_phases()]
    wrong = [f"{t.name}.toml：phase 没有 {t.phase}；可用的：{'、'.join(year)}" for t in found if t.phase not in year]
    if wrong:
        raise CatalogueError("\n".join(wrong))
    return {t.name: t for t in sorted(found, key=lambda t: (year.index(t.phase), t.name))}


def parse(text: str, file: str) -> BureauTable:
    """A declaration from the text of its file. Raises CatalogueError: file, key and what is allowed."""
    try:
        data = tomllib.loads(text)
        return BureauTable.model_validate({"name": Path(file).stem, **data})
    except tomllib.TOMLDecodeError as e:
        raise CatalogueError(f"{file}：不是合法的 TOML（{e}）") from e
    except ValidationError as e:
        raise CatalogueError("\n".join(f"{file}：{line}" for line in _lines(e, data))) from e


def _lines(error: ValidationError, data: dict[str, Any]) -> Iterator[str]:
    for item in error.errors():
        loc = item["loc"]
        where = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in loc).lstrip(".") or "整个文件"
        if loc and loc[0] == "column" and len(loc) > 1 and isinstance(loc[1], int):
            where += f"（{data['column'][loc[1]].get('heading', '')}）"
        parts: dict[str, type[_Declared]] = {"column": BureauColumn, "guard": Guard}
        model = parts.get(str(loc[0]) if loc else "", BureauTable)
        yield misdeclared(item, where, model.model_fields)


def _among(found: list[BureauTable]) -> Iterator[str]:
    """What is wrong between tables: a name, prefix or workbook table that two have, a reference to none."""
    for what, called in (("table", "table"), ("file", "file"), ("kept_as", "stored")):
        for value, times in Counter(getattr(t, what) for t in found).items():
            if value and times > 1:
                names = "、".join(f"{t.name}.toml" for t in found if getattr(t, what) == value)
                yield f"{names}：{called} 都叫 {value}，每张表各用一个"
    known = {t.name for t in found}
    for t in found:
        if t.read_with and t.read_with not in known:
            yield f"{t.name}.toml：read_with 没有登记表 {t.read_with}；现有：{'、'.join(sorted(known))}"
        for c in t.column:
            if c.refers and c.refers not in known:
                yield f"{t.name}.toml：{c.field}.refers 没有登记表 {c.refers}；现有：{'、'.join(sorted(known))}"


@lru_cache(maxsize=64)
def columns_of(scheme: Scheme, name: str) -> tuple[columns.Column, ...]:
    """The columns of one of the bureau's tables as files are read by them, choices of the scheme filled in."""
    return tuple(_column(c, scheme) for c in bureau_tables()[name].column if not c.computed)


def _column(c: BureauColumn, scheme: Scheme) -> columns.Column:
    choices = ("是", "否") if c.kind == "yes_no" else c.choices
    return columns.Column(
        field=c.field, heading=c.heading, meaning=c.hint or KINDS[c.kind].told, kind=c.kind, owner="bureau",
        width=c.width, example=c.example, required="yes" if c.required else "", personal=c.personal, hint=c.hint,
        choices=columns.choices_of(choices, scheme), aliases=c.aliases, stand_ins=c.stand_ins,
    )  # fmt: skip
