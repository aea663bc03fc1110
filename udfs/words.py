"""Codes in words: reasons and problems_by_code, countries (说明代码、国别)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import xlwings as xw

from udfs.arrays import ERROR, Ranges, blank, says_errors
from udfs.reading import SCHEME, scheme_of
from xltools.catalogue.problems import problems_by_code, sentence
from xltools.catalogue.reasons import reasons_by_code
from xltools.roster.values import text
from xltools.scheme import Scheme
from xltools.scheme.countries import emerging_groups, iso


@xw.func(category="统保平台")
@xw.arg("codes", ndim=2, err_to_str=True, doc="说明代码，多个用 ; 分开；一格或一列")
@xw.arg("scheme", doc=SCHEME)
@says_errors
def XT_REASON(codes, scheme=None):  # type: ignore[no-untyped-def]
    """说明代码的意思：理由写明条款，问题写明怎么办。"""
    chosen = scheme_of(scheme)
    return _each(codes, lambda cell: _reason(chosen, cell))


@xw.func(category="统保平台")
@xw.arg("country", ndim=2, err_to_str=True, doc="国别：中文简称、ISO 代码或海关代码，如 美国(502)；一格或一列")
@xw.arg("scheme", doc=SCHEME)
@says_errors
def XT_COUNTRY_GROUP(country, scheme=None):  # type: ignore[no-untyped-def]
    """国家或地区所在的新兴市场国别组；不在任何一组的写“非新兴市场”。"""
    chosen = scheme_of(scheme)
    return _each(country, lambda cell: _group(chosen, cell))


def _each(cells: Any, word: Any) -> Any:
    """Each different cell put into words once."""
    ranges = Ranges(cells=cells)
    known = {cell: None if blank(cell) else word(text(cell)) for cell in set(ranges.cells["cells"])}
    return ranges.answer(list(map(known.__getitem__, ranges.cells["cells"])))


def _reason(scheme: Scheme, cell: str) -> str:
    codes = [c for c in re.split(r"[;；,，、\s]+", cell.strip().upper()) if c]
    unknown = [c for c in codes if c not in reasons_by_code() and c not in problems_by_code()]
    if unknown:
        return f"{ERROR}没有说明代码“{'、'.join(unknown)}”"
    return "；".join(said(scheme, c) if c in reasons_by_code() else problems_by_code()[c].in_general for c in codes)


def _group(scheme: Scheme, cell: str) -> str:
    country = iso(cell)
    if country is None:
        kind = problems_by_code()["COUNTRY"]
        return f"{ERROR}{sentence(kind.said(value=cell), kind.hint)}"
    return "、".join(g.title for g in emerging_groups(scheme).values() if country in g.members) or "非新兴市场"


@lru_cache(maxsize=256)
def said(scheme: Scheme, *codes: str) -> str:
    """Reasons as sentences with their clauses."""
    gap = f"，{scheme.gap_hint}" if scheme.gap_hint else ""
    found = [reasons_by_code()[c] for c in codes]
    return "；".join(f"{r.sentence.format(gap_hint=gap)}（{r.clause}）" for r in found)
