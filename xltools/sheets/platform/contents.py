"""What stands in the platform workbook (内容): Arrow tables by name, and the few words of 首页."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from xltools.catalogue.tables import tables
from xltools.scheme import Scheme


@dataclass(frozen=True)
class Contents:
    """Everything that is drawn, spliced or pushed into a workbook.

    `tables`: by table name, each with exactly the catalogue's headings and types (see `BookTable.schema`); columns
    with a formula hold the values that the formula must give. `facts`: lines of 首页 by their names
    (`状态`, `更新于`, `提示` …). `year` words are the scheme's own.
    """

    scheme: Scheme
    tables: Mapping[str, pa.Table]
    facts: Mapping[str, str] = field(default_factory=dict)


def empty(scheme: Scheme) -> Contents:
    """A workbook before anything has happened: every table without rows."""
    return Contents(scheme, {t.name: t.schema.empty_table() for t in tables(scheme)})
