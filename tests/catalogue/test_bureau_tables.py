"""Declarations of the bureau's tables: what is wrong with one is said with file, key and what is allowed."""

from __future__ import annotations

import pytest

from xltools.catalogue import bureau_tables as declared
from xltools.catalogue import phases
from xltools.catalogue.bureau_tables import CatalogueError, bureau_tables, parse
from xltools.catalogue.columns import roster_columns
from xltools.catalogue.kinds import KINDS
from xltools.catalogue.tables import tables
from xltools.scheme import load

SCHEME = load("nantong-2019")
GOOD = """
title = "走访登记"
does = "走访：登记走访企业的情况"
journal = "走访"
filled_by = "区级经办"
file = "走访"
phase = "year"
kept = "merge"
key = ["firm"]
[[column]]
field = "firm"
heading = "企业"
kind = "firm"
[[column]]
field = "share"
heading = "满意度"
kind = "percent"
"""
WRONG = [
    ("an unknown key of the table", 'kept = "merge"', 'kept = "merge"\nkeyed = 1', ("keyed：不认识的键", "是否想写 key", "filled_by")),
    ("an unknown key of a column", 'kind = "firm"', 'kind = "firm"\nhints = "甲"', ("column[1].hints（企业）", "是否想写 hint")),
    ("an unknown kind", 'kind = "percent"', 'kind = "percents"', ("column[2]（满意度）", "没有 percents", "是否想写 percent", "可用的：serial")),
    ("a way of keeping that there is not", '"merge"', '"overwrite"', ("kept：没有 'overwrite'", "append")),
    ("merged without a key", 'key = ["firm"]', "", ("要有 key",)),
    ("a key that is no column", 'key = ["firm"]', 'key = ["firms"]', ("写了没有的列 firms", "本表的列：firm、share")),
    ("two columns of one field", 'field = "share"', 'field = "firm"', ("field 有两列都叫 firm",)),
    ("a choice without choices", 'kind = "percent"', 'kind = "choice"', ("要有 choices",)),
    ("choices that the scheme has not", 'kind = "percent"', 'kind = "choice"\nchoices = "banks"', ("choices 没有 banks", "insurers")),
    ("an entry of nothing", 'kind = "percent"', 'kind = "entry"', ("要有 refers",)),
    ("a field that the ledger has itself", 'field = "share"', 'field = "from_seq"', ("field 不能叫 from_seq",)),
    ("no title", 'title = "走访登记"', "", ("title：缺少这一项",)),
    ("a sheet without its table", 'kept = "merge"', 'kept = "merge"\nsheet = "走访"', ("要有 table",)),
    ("no TOML", "[[column]]", "[column", ("不是合法的 TOML",)),
]  # fmt: skip


def test_the_good_one_is_good() -> None:
    of = parse(GOOD, "visits.toml")
    assert (of.name, of.key, [c.field for c in of.own]) == ("visits", ("firm",), ["firm", "share"])


@pytest.mark.parametrize(("old", "new", "said"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_what_is_wrong_is_named(old: str, new: str, said: tuple[str, ...]) -> None:
    assert old in GOOD
    with pytest.raises(CatalogueError) as e:
        parse(GOOD.replace(old, new, 1), "visits.toml")
    assert str(e.value).startswith("visits.toml：")
    for part in said:
        assert part in str(e.value)


STORED = GOOD.replace('kept = "merge"', 'kept = "merge"\nstored = "%s"')
AMONG = [
    ("two of one file name", {"fx.toml": GOOD.replace('file = "走访"', 'file = "资金"'), "fund.toml": GOOD.replace('file = "走访"', 'file = "资金"')}, "file 都叫 资金"),
    ("a reference to no table", {"visits.toml": GOOD.replace('kind = "percent"', 'kind = "entry"\nrefers = "letters"')}, "visits.toml：share.refers 没有登记表 letters；现有：visits"),
    ("a phase that there is not", {"visits.toml": GOOD.replace('phase = "year"', 'phase = "holiday"')}, "visits.toml：phase 没有 holiday"),
    ("the name of a table of the ledger's own", {"sent.toml": GOOD}, "登记表不能叫 sent"),
    ("kept in a table of the ledger's own", {"visits.toml": STORED % "claims"}, "登记表不能叫 claims，台账自己有这张表；请用 stored"),
    ("two kept in one table", {"a.toml": STORED % "b", "b.toml": GOOD.replace('file = "走访"', 'file = "拜访"')}, "stored 都叫 b"),
]  # fmt: skip


def test_a_table_may_be_called_as_one_of_the_ledgers_own_where_the_ledger_calls_it_otherwise() -> None:
    assert parse(STORED % "loss_claims", "claims.toml").kept_as == "loss_claims"
    assert {n: t.kept_as for n, t in bureau_tables().items() if t.kept_as != n} == {
        "review": "reviews",
        "claims": "loss_claims",
    }


@pytest.mark.parametrize(("texts", "said"), [a[1:] for a in AMONG], ids=[a[0] for a in AMONG])
def test_what_is_wrong_between_tables_is_named(
    monkeypatch: pytest.MonkeyPatch, texts: dict[str, str], said: str
) -> None:
    monkeypatch.setattr(declared, "texts", lambda: texts)
    bureau_tables.cache_clear()
    try:
        with pytest.raises(CatalogueError, match=said):
            bureau_tables()
    finally:
        monkeypatch.undo()
        bureau_tables.cache_clear()


def test_every_kind_is_known_to_whoever_goes_by_it() -> None:
    used = {c.kind for c in roster_columns(SCHEME)} | {c.kind for t in bureau_tables().values() for c in t.column}
    assert used <= KINDS.keys()
    assert {"amount", "yuan", "money"} == {n for n, k in KINDS.items() if k.money}
    assert {"firm", "sent", "policy", "entry"} == {n for n, k in KINDS.items() if k.refers}


def test_a_phase_shows_the_sheets_of_its_tables_and_never_more_than_eight() -> None:
    for of in bureau_tables().values():
        if of.sheet:
            assert of.sheet in phases.phase_of(phases.all_phases(), of.phase).sheets
            assert of.sheet in phases.remarks()
    assert max(len(p.sheets) for p in phases.all_phases()) <= phases.MOST


def test_a_declared_table_stands_in_the_workbook_as_it_is_declared() -> None:
    there = {t.name: t for t in tables(SCHEME)}
    for name, of in bureau_tables().items():
        if of.table:
            shown = there[of.table]
            assert (shown.sheet, shown.input, shown.grows) == (of.sheet, name, True)
            assert [c.heading for c in shown.columns if c.owner == "bureau"] == [
                c.heading for c in of.own if not c.computed
            ]
