"""基准 (the base): what the workbook showed when it was last updated.

A cell that differs from it was typed since; a cell of the ledger that differs from it was changed by a colleague.
Rows: of every table that staff fill in each filled cell of the bureau's (表 · 键 · 列 · 值), and one digest a row of
everybody else's cells (列 `*`); of every other table one digest of all its rows (键 `*`). One row (表 `台账`) says
whose workbook it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
from sqlalchemy import Connection

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.catalogue.tables import BookTable, table, tables
from xltools.desk.book.contents.cells import book_texts, editable, keys_of, row_digests, texts, whole_digest
from xltools.ledger import meta
from xltools.scheme import Scheme
from xltools.sheets.platform.closed import BookRows

NAME = "基准"
HEADINGS = ("表", "键", "列", "值")
OWNER = "台账"
"""In 表: the row whose 值 is the ledger's number."""
FOREIGN = (
    "请把它放回原来的文件夹（首页“文件夹”写着是哪个）；这里原有的那份从“备份”文件夹找回，找不到的，先把这份移走，"
    "再{book}，会生成新的"
)
"""What to do with a workbook of another workspace."""
OTHERS = "*"
"""In 列: the digest of the other owners' cells. In 键: the digest of a whole table."""

Cells = dict[str, dict[str, str]]
"""Key -> heading -> canonical text of the bureau's filled cells."""


@dataclass
class Base:
    """The base of one table: `cells` by key, `rows` the digests by key, `whole` the table's own."""

    cells: Cells = field(default_factory=dict)
    rows: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    whole: str = ""


def row_key(of: BookTable) -> str:
    """The heading that alone tells whose the bureau's cells are: a review is of a firm, whoever reports it."""
    return "" if of.grows or not of.input else bureau_tables()[of.input].at(bureau_tables()[of.input].key[0]).heading


def base_keys(contents: pa.Table, of: BookTable) -> list[str]:
    """The key of each row under which the bureau's cells are kept."""
    one = row_key(of)
    return texts(contents[one], "text", tidy=True).to_pylist() if one else keys_of(contents, of, tidy=True)


def make(contents: Mapping[str, pa.Table], scheme: Scheme, owner: str = "") -> pa.Table:
    """The table 基准 of these contents; `owner` is the ledger's number, "" in a template."""
    rows = [_rows(OWNER, pa.array(["编号"]), "", pa.array([owner]))] if owner else []
    for of in tables(scheme):
        if of.name in contents and of.name != NAME:
            rows += _of_input(contents[of.name], of) if of.input else [_whole(contents[of.name], of)]
    found = pa.concat_tables(rows).combine_chunks()
    return found.cast(table(scheme, NAME).schema)


def _of_input(contents: pa.Table, of: BookTable) -> list[pa.Table]:
    keys = pa.array(base_keys(contents, of), pa.string())
    out = []
    for c in editable(of):
        values = texts(contents[c.heading], c.kind, tidy=True)
        filled = pa.compute.not_equal(values, "")
        out.append(_rows(of.name, keys.filter(filled), c.heading, values.filter(filled)))
    out = [_once(pa.concat_tables(out))]
    digests = row_digests(contents, of)
    if digests and digests[0]:
        out.append(_rows(of.name, pa.array(keys_of(contents, of), pa.string()), OTHERS, pa.array(digests, pa.string())))
    return out


def _whole(contents: pa.Table, of: BookTable) -> pa.Table:
    digest = whole_digest(row_digests(contents, of))
    return _rows(of.name, pa.array([OTHERS]), "", pa.array([digest]))


def _rows(name: str, keys: pa.Array, heading: str, values: pa.Array) -> pa.Table:
    n = len(keys)
    return pa.table(
        {
            "表": pa.array([name] * n, pa.string()),
            "键": keys,
            "列": pa.array([heading or None] * n, pa.string()),
            "值": values,
        }
    )


def _once(rows: pa.Table) -> pa.Table:
    """Claims of several districts to one firm show the same decisions."""
    return rows.group_by(rows.column_names, use_threads=False).aggregate([])


def read(rows: Iterable[tuple[str, str, str, str]]) -> dict[str, Base]:
    """The base by table, from its rows."""
    out: dict[str, Base] = defaultdict(Base)
    for name, key, heading, value in rows:
        if name == OWNER:
            continue
        base = out[name]
        if heading == OTHERS:
            base.rows[key].append(value)
        elif key == OTHERS and not heading:
            base.whole = value
        else:
            base.cells.setdefault(key, {})[heading] = value
    return out


def is_foreign(conn: Connection, rows: Iterable[tuple[str, str, str, str]]) -> bool:
    """Whether the workbook with these rows shows another ledger than this one; not where it does not say."""
    shown = next((value for name, _, _, value in rows if name == OWNER), "")
    return bool(shown) and shown != meta.get(conn, meta.ID)


def rows_of(book: Mapping[str, BookRows]) -> list[tuple[str, str, str, str]]:
    """The rows of 基准 in a workbook; none where it has lost the table or one of its columns."""
    rows = book.get(NAME)
    place = {str(h): i for i, h in enumerate(rows.headings)} if rows else {}
    if rows is None or any(h not in place for h in HEADINGS):
        return []
    columns = [book_texts([r[place[h]] for r in rows.rows], "") for h in HEADINGS]
    return [(a, b, c, d) for a, b, c, d in zip(*columns, strict=True) if a]
