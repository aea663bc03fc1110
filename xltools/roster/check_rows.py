"""Checks of whole rows (整行): totals, error values, required cells, hidden and merged ones, duplicates."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.roster.cells import Roster
from xltools.roster.masks import has, mask, understood
from xltools.roster.problems import FileProblem, Finding
from xltools.roster.text import content, visible

TOTAL_WORDS = (
    r"^[\s\x{a0}\x{3000}]*([合总小共][\s\x{a0}\x{3000}]*计|汇[\s\x{a0}\x{3000}]*总)[:：]?.{0,4}[\s\x{a0}\x{3000}]*$"
)
TOTAL_SIGNS = ("计".encode(), "总".encode())
"""Most columns have neither of them anywhere, which is quickly seen."""
TOTAL_FIELDS = ("no", "name", "uscc", "customs_code", "area", "contact")


def total_row(r: Roster, today: date) -> None:
    labels: dict[int, str] = {}
    for field in TOTAL_FIELDS:
        raw = r.cells.columns.get(field)
        if raw is not None and any(sign in content(raw) for sign in TOTAL_SIGNS):
            hit = mask(pc.match_substring_regex(raw, TOTAL_WORDS))
            for row, text in zip(np.flatnonzero(hit).tolist(), r.raw(field, hit), strict=True):
                labels.setdefault(row, text)
    if labels:
        where = np.zeros(len(r), dtype=bool)
        where[list(labels)] = True
        r.findings.add("TOTAL_ROW", "", where, [labels[row] for row in sorted(labels)])


def cell_error(r: Roster, today: date) -> None:
    for field, rows in r.errors.items():
        where = np.zeros(len(r), dtype=bool)
        where[rows] = True
        r.found("CELL_ERROR", field, where)


def formula_without_value(r: Roster, today: date) -> None:
    for field, rows in r.cells.no_value.items():
        where = np.zeros(len(r), dtype=bool)
        where[rows] = True
        r.found("FORMULA_NO_VALUE", field, where)


def required(r: Roster, today: date) -> None:
    agreed = mask(pc.equal(r.text["opinion"], "同意")) if "opinion" in r.text else np.zeros(len(r), dtype=bool)
    for column in r.columns:
        if not column.required:
            continue
        raw = r.cells.columns.get(column.field)
        if raw is None:
            missing = np.ones(len(r), dtype=bool)
        elif column.kind in ("text", "uscc", "customs_code", "phone"):
            missing = r.blank(column.field)
        else:
            missing = ~understood(r, column.field)
            missing[missing] = ~visible(raw.filter(pa.array(missing)))
        missing[r.errors.get(column.field, [])] = False
        missing[r.cells.no_value.get(column.field, [])] = False
        if column.required == "when_agreed":
            missing &= agreed
        r.found("REQUIRED", column.field, missing)


def size_large(r: Roster, today: date) -> None:
    r.found("SIZE_LARGE", "size", mask(pc.equal(r.text["size"], "大型")))


def hidden_row(r: Roster, today: date) -> None:
    if r.cells.hidden is not None and r.cells.hidden.any():
        r.findings.add("HIDDEN_ROW", "name", r.cells.hidden, r.raw("name", r.cells.hidden))


def merged_cells(r: Roster, today: date) -> None:
    for area in r.cells.merged:
        r.findings.file.append(FileProblem("MERGED_CELLS", value=area, cell=area.split(":")[0]))


def duplicate(r: Roster, today: date) -> None:
    coded = r.text["uscc"].dictionary_encode()
    if len(coded.dictionary) == len(coded) - coded.null_count:
        return
    index = coded.indices.fill_null(-1).to_numpy()
    counts = np.bincount(index[index >= 0], minlength=len(coded.dictionary)) if (index >= 0).any() else np.zeros(0)
    where = np.append(counts > 1, False)[index] if counts.size else np.zeros(len(r), dtype=bool)
    where &= ~has(r, "", "TOTAL_ROW")
    if where.any():
        lines: dict[int, list[str]] = {}
        for i, row in zip(index[where].tolist(), r.cells.rows[where].tolist(), strict=True):
            lines.setdefault(i, []).append(str(row))
        r.found("DUPLICATE", "uscc", where, ["、".join(lines[i]) for i in index[where].tolist()])


def only_totals(r: Roster) -> None:
    """A total row is judged by that alone: its empty cells are no second mistake."""
    total = has(r, "", "TOTAL_ROW")
    if not total.any():
        return
    kept: list[Finding] = []
    for item in r.findings.items:
        if item.code != "TOTAL_ROW":
            stays = np.flatnonzero(~total[item.rows])
            if not stays.size:
                continue
            if stays.size < item.rows.size:
                item = item.take(stays, item.rows[stays])
        kept.append(item)
    r.findings.items = kept
