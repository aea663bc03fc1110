"""Changes where nothing is to be typed (区填列、自动列): found by the digests of 基准, named cell by cell, never taken."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

import pyarrow as pa

from xltools.catalogue.tables import BookTable
from xltools.desk.book.contents.baseline import Base
from xltools.desk.book.contents.cells import digests, keys_of, others, row_digests, texts, whole_digest
from xltools.desk.book.pull.given import Given
from xltools.desk.book.pull.pulled import Ignored

Contents = Callable[[], pa.Table]
"""The table as the ledger shows it now; only asked for where something differs."""

WHY = {
    "district": "区里填的内容请由区里改正后重新报送，市局不在这里改",
    "computed": "这一列是自动生成的，不从工作簿取回",
    "bureau": "这张表只看不填",
}
GONE = "删行不算撤回；企业要退出，请填“撤回”列。更新后这些行会补回来"


def in_rows(g: Given, base: Base, contents: Contents) -> list[Ignored]:
    """Rows of a table that staff fill in whose other cells are not as they were shown, and rows that are gone."""
    kinds = others(g.of)
    columns = [g.texts(c) for c in kinds if c.heading in g.places]
    if len(columns) < len(kinds):
        return []  # a column is gone: the next update cannot be drawn, and says so
    keys = g.keys()
    now = digests(columns)
    left = {k: Counter(v) for k, v in base.rows.items()}
    changed = []
    for i, (key, digest) in enumerate(zip(keys, now, strict=True)):
        if left.get(key, Counter())[digest] > 0:
            left[key][digest] -= 1
        else:
            changed.append(i)
    gone = sum(sum(c.values()) for c in left.values())
    if not changed and not gone:
        return []
    return _told(g, keys, changed, left, contents())


def _told(
    g: Given, keys: list[str], changed: list[int], left: dict[str, Counter[str]], ledger: pa.Table
) -> list[Ignored]:
    kinds = others(g.of)
    shown = {c.heading: texts(ledger[c.heading], c.kind).to_pylist() for c in kinds}
    places: dict[str, list[int]] = defaultdict(list)
    firms: dict[str, list[int]] = defaultdict(list)
    for j, key in enumerate(keys_of(ledger, g.of)):
        places[key].append(j)
        firms[key.partition("|")[0]].append(j)
    out: list[Ignored] = []
    for i in changed:
        there = places.get(keys[i]) or firms.get(keys[i].partition("|")[0], [])
        if not there:
            where = (g.of.name, g.book.sheet, g.cell(i), keys[i].replace("|", " "), "整行")
            out.append(Ignored(*where, "", "有这一行", "台账里没有这一行；新的企业由区里报来"))
            continue
        j = there[0]
        label = _label(shown, j)
        for c in kinds:
            typed, was = g.texts(c)[i], shown[c.heading][j]
            if typed != was:
                where = (g.of.name, g.book.sheet, g.cell(i, c.heading), label, c.heading)
                out.append(Ignored(*where, was, typed, WHY[c.owner]))
        _settled(left, keys[i])
    missing = [(k, n) for k, c in left.items() if (n := sum(c.values()))]
    if missing and not any(n.column == g.of.key[-1] for n in out):  # else the key itself was changed: told above
        names = "、".join(_label(shown, places[k][0]) if k in places else k.replace("|", " ") for k, _ in missing)
        out.append(Ignored(g.of.name, g.book.sheet, "", names, "整行", "在台账里", "", GONE))
    return out


def _settled(left: dict[str, Counter[str]], key: str) -> None:
    """A row that stands there, if changed, is not gone."""
    for digest, n in left.get(key, Counter()).items():
        if n > 0:
            left[key][digest] -= 1
            return


def _label(shown: dict[str, list[str]], j: int) -> str:
    return " ".join(filter(None, (shown.get("受理编号", [""] * (j + 1))[j], shown.get("企业名称", [""] * (j + 1))[j])))


def in_table(g: Given, base: Base, contents: Contents) -> list[Ignored]:
    """A table in which nobody types anything: cell by cell where the ledger is as it was, else in one line."""
    kinds = others(g.of)
    if not base.whole or any(c.heading not in g.places for c in kinds):
        return []
    columns = [g.texts(c) for c in kinds]
    if whole_digest(digests(columns)) == base.whole:
        return []
    ledger = contents()
    cells = _cells(g, columns, ledger) if whole_digest(row_digests(ledger, g.of)) == base.whole else []
    return cells or [Ignored(g.of.name, g.book.sheet, "", "", "", "", "有改动", WHY["computed"])]


def _cells(g: Given, columns: list[list[str]], ledger: pa.Table) -> list[Ignored]:
    """What differs row by row, rows matched by key; nothing where keys are not unique."""
    of: BookTable = g.of
    keys, there = g.keys(), keys_of(ledger, of)
    if not of.key or len(set(there)) < len(there) or len(set(keys)) < len(keys):
        return []
    place = {k: j for j, k in enumerate(there)}
    out = []
    for c, typed in zip(others(of), columns, strict=True):
        shown = texts(ledger[c.heading], c.kind).to_pylist()
        for i, key in enumerate(keys):
            if key in place and typed[i] != shown[place[key]]:
                where = (of.name, g.book.sheet, g.cell(i, c.heading), key.replace("|", " "), c.heading)
                out.append(Ignored(*where, shown[place[key]], typed[i], WHY[c.owner]))
    return out
