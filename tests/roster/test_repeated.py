"""Columns whose texts are kept once each are cleaned, checked and judged as those in which every cell has its own."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rosters import TODAY, nantong, uscc

from xltools.catalogue.columns import roster_columns
from xltools.desk.rules.applications import declared
from xltools.roster import alike, asides, repeated
from xltools.roster.cells import Cells, Roster
from xltools.roster.checks import check, check_many
from xltools.roster.repeated import Texts
from xltools.roster.text import visible

FIRMS = [uscc(n) for n in range(1, 9)]
POOLS: dict[str, tuple[str, ...]] = {
    "name": ("南通示例有限公司", "南通ＡＢＣ 有限公司", "合计", " ", "/", "#REF!", "Ａ\u200b"),
    "uscc": (*FIRMS, FIRMS[0].lower(), FIRMS[1][:-1], FIRMS[2][:-1] + "I", "9.13206E+17", "３" * 18, "汉" * 18),
    "customs_code": ("3206966001", "3206060001", "32069660", "320696.001", "3206-966002", "3.2E+09", "无"),
    "area": ("崇川区", "开发区", "其他", " 通州区", "南京", "无", "小 计"),
    "contact": ("张三", "张 三", "／", "1.5E+10", "张三"),
    "phone": ("13800138000", "+86 13800138000", "1380013800", "0513-85000000", "86123456789", "12800138000", "00"),
    "exports": ("500000", "1,234.50", "约300万", "-1", "0", "#N/A", "1.005"),
    "wish": ("A", "方案Ｂ", "c", "E"),
    "copay": ("是", "否", "√", "—"),
    "insurer": ("中国信保", "人保", "平安"),
    "insured": ("未投保", "已投保", "平台续保", "?"),
    "priorities": ("1", "2、1", "7", "1,2"),
    "policy": ("是", "否"),
    "received": ("2019-09-05 14:05:00", "2019-09-05", "2019/9/5", "9月5日", "2030-01-01", "1900-01-00"),
    "opinion": ("同意", "不同意", "补正", "已阅"),
    "reviewed": ("2019-09-06", "20190906", "昨天"),
    "size": ("大型", "小型", "小型企业"),
    "remark": ("无", "请尽快", "a  b", "3.5E+08"),
}
"""Cells of each column, good ones and such that are cleaned, wrong, or say nothing."""


def twice(seed: int, rows: int, **no_value: list[int]) -> tuple[Cells, Cells]:
    """The same cells with a text for each, and with each text once; the latter know their heading, too."""
    rng = random.Random(seed)
    plain, once = {}, {}
    for field, pool in POOLS.items():
        cells = [rng.choice((*pool, pool[0], pool[0], None)) for _ in range(rows)]
        plain[field] = pa.array(cells, pa.string())
        texts = [f"{field}*", *dict.fromkeys(c or "" for c in cells)]
        index = np.array([texts.index(c or "") for c in cells], np.int32)
        once[field] = repeated.coded(index, pa.array(texts, pa.string()))
    places = {field: i for i, field in enumerate(POOLS)}
    lines = np.arange(2, rows + 2)
    given = ("表.xlsx", "表")
    kept = ({"exports": Decimal(1)}, lines, 1, no_value)
    return Cells(*given, plain, places, *kept), Cells(*given, once, places, *kept)


def found(roster: Roster) -> dict[str, Any]:
    """All that is known of checked rows."""
    return {
        "problems": roster.placed(),
        "text": {f: t.to_pylist() for f, t in roster.text.items()},
        "amounts": {f: (a.cents.tolist(), a.known.tolist()) for f, a in roster.amounts.items()},
        "times": {f: t.tolist() for f, t in roster.times.items()},
        "cleaned": {f: rows.tolist() for f, rows in roster.cleaned.items()},
        "nothing": {f: rows.tolist() for f, rows in roster.nothing.items()},
        "errors": roster.errors,
        "blank": {f: roster.blank(f).tolist() for f in roster.text},
        "rules": {name: np.asarray(v).astype(str).tolist() for name, v in vars(declared(roster, TODAY)).items()},
    }


@pytest.mark.parametrize("seed", range(8))
def test_what_is_found_is_the_same(seed: int) -> None:
    plain, once = twice(seed, 150, exports=[3], area=[5, 6])
    expected = found(check(plain, nantong(), TODAY))
    assert found(check(once, nantong(), TODAY)) == expected
    assert {"CHOICE", "TOTAL_ROW", "CELL_ERROR", "DUPLICATE"} <= {p.code for p in expected["problems"]}


def test_names_and_choices_stay_kept_once_and_codes_do_not() -> None:
    text = check(twice(1, 50)[1], nantong(), TODAY).text
    kept = {f for f, t in text.items() if isinstance(t, pa.DictionaryArray)}
    assert {"name", "area", "wish", "remark"} <= kept
    assert not kept & {"uscc", "customs_code", "phone", "no", "email"}


def test_files_are_stacked_whatever_they_come_as() -> None:
    (plain, once), (other, _) = twice(1, 30), twice(2, 20)
    one, two = check_many([once, other], nantong(), TODAY)
    assert found(one) == found(check(plain, nantong(), TODAY))
    assert found(two) == found(check(other, nantong(), TODAY))


def test_lines_beside_the_table_and_rows_that_are_the_same_are_seen() -> None:
    plain, once = twice(3, 200)
    columns = dict(enumerate(c for c in roster_columns(nantong()) if c.field in POOLS))
    rows = np.ones(200, dtype=bool)
    grids = ([of.columns[c.field] for c in columns.values()] for of in (plain, once))
    first, second = (asides.found(grid, columns, rows).tolist() for grid in grids)
    assert first == second
    assert alike.repeated([*plain.columns.values()][3:6], 200) == alike.repeated([*once.columns.values()][3:6], 200)


@given(st.lists(st.none() | st.sampled_from(["", "甲", "乙", " ", "\u200b"])), st.data())
def test_a_column_is_spread_as_it_was_kept(texts: list[str | None], data: st.DataObject) -> None:
    """Of equal texts one is left, whatever places they stood at; a null among them is null in every cell."""
    known = [t if t else None for t in texts]
    index = data.draw(st.lists(st.integers(-1, len(texts) - 1), max_size=20))
    column: Texts = repeated.coded(np.array(index, np.int32), pa.array(known, pa.string()))
    cells = [known[i] if i >= 0 else None for i in index]
    assert column.to_pylist() == repeated.spread(column).to_pylist() == cells
    assert len(set(column.dictionary.to_pylist())) == len(column.dictionary)
    assert visible(column).tolist() == [t in ("甲", "乙") for t in cells]
    assert repeated.each(column[1:], visible).tolist() == visible(column).tolist()[1:]
