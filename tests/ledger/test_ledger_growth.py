"""A ledger of an earlier version opens, is read as it stands, and grows with its first write; on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from offices import NOW, SCHEME, TEXT, Office
from sqlalchemy import inspect, text

from xltools.ledger import (
    LedgerError,
    bureau,
    fund,
    growth,
    journal,
    meta,
    open_ledger,
    reading,
    schemetexts,
    seals,
    writing,
)
from xltools.ledger.history import seq_at
from xltools.ledger.journal import Entry, append
from xltools.ledger.schema import FROM, TO, of
from xltools.scheme.texts import changed_keys, digest

pytest_plugins = ["postgres", "ledgers"]

LATER = NOW + timedelta(days=1)
RATE = pa.table({"insurer": ["中国信保"], "month": ["2019-09"], "rate": ["7.0883"], "source": ["函"]})


def rate(value: str, now: datetime, office: Office) -> None:
    with office.writing(now=now) as conn:
        bureau.merge(conn, "fx", RATE.set_column(2, "rate", pa.array([value])))
        append(conn, Entry(now, "张三", "fx", "函", {"seals": seals.seals(conn, "fx")}))


def aged(office: Office) -> None:
    """The ledger as version 1 had it: without beginnings and ends, scheme texts and its own shape."""
    statements = []
    for table in office.ledger.tables.metadata.sorted_tables:
        if TO in table.c:
            statements += [f"drop index if exists ix_{table.name}_once"]
            statements += [f"alter table {table.name} drop column {c}" for c in (FROM, TO)]
    statements += ["drop index if exists ix_lists_firm", "alter table lists drop column firm"]
    statements += ["drop table schemes", "alter table batches drop column scheme_sha256"]
    statements += ["delete from meta where key = 'shape'", "update meta set value = '1' where key = 'schema_version'"]
    office.tamper(*statements)


@pytest.fixture
def older(office: Office) -> Office:
    rate("7.0883", NOW, office)
    aged(office)
    return replace(office, ledger=office.reopened())


def test_it_is_read_as_it_stands_and_nothing_is_written(older: Office) -> None:
    assert older.ledger.is_older
    with older.reading() as conn:
        assert bureau.rows(conn, "fx").to_pylist() == RATE.to_pylist()
        assert seals.verify(conn) == []
        assert journal.verify(conn) == []
        assert [m["fen"] for m in fund.fund(conn).to_pylist()] == [450_000_000, 50_000_000]
    with older.ledger.engine.connect() as conn:
        assert "schemes" not in inspect(conn).get_table_names()


def test_the_first_write_makes_what_is_missing_and_tells_it(older: Office) -> None:
    rate("7.0729", LATER, older)
    assert not older.ledger.is_older
    again = older.reopened()
    assert not again.is_older
    with reading(again) as conn:
        t = of(conn).journal
        (detail,) = conn.scalars(t.select().with_only_columns(t.c.detail).where(t.c.verb == "grow")).all()
        told = json.loads(detail)["tables"]
        assert {"fx", "claims", "schemes", "batches"} <= told.keys()
        assert told["batches"] == ["scheme_sha256"]
        assert bureau.rows(conn, "fx")["rate"].to_pylist() == ["7.0729"]
        assert seals.verify(conn) == []
        assert journal.verify(conn) == []
        assert schemetexts.text_of(conn, digest(TEXT)) == TEXT


def test_a_write_that_fails_leaves_it_as_it_was(older: Office) -> None:
    with pytest.raises(ZeroDivisionError), older.writing(now=LATER):
        raise ZeroDivisionError
    assert older.ledger.is_older
    with older.reading() as conn:
        assert meta.get(conn, growth.SHAPE) is None
        assert bureau.rows(conn, "fx").to_pylist() == RATE.to_pylist()
    rate("7.0729", LATER, older)
    with older.reading() as conn:
        assert bureau.rows(conn, "fx")["rate"].to_pylist() == ["7.0729"]


def test_what_was_changed_behind_the_journal_is_still_named_after_it_grew(older: Office) -> None:
    older.tamper("update fund set fen = 1 where id = 1")
    rate("7.0729", LATER, older)
    with older.reading() as conn:
        assert [s[:2] for s in seals.verify(conn)] == ["资金"]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("alter table fx drop column source", "表 fx 少了 source"),
        ("alter table fund add column bonus text", "表 fund 多了 bonus"),
        ("drop table published", "少了表 published"),
    ],
)
def test_tables_that_were_changed_by_hand_are_named_not_repaired(office: Office, statement: str, said: str) -> None:
    office.tamper(statement)
    with pytest.raises(LedgerError, match=said):
        office.reopened()


def test_a_table_of_somebodys_own_is_left_alone(office: Office) -> None:
    office.tamper("create table notes (words text)")
    assert not office.reopened().is_older


def test_the_state_after_an_entry_can_be_asked_for(office: Office) -> None:
    for days, value in enumerate(("7.01", "7.02", "7.03")):
        rate(value, NOW + timedelta(days=days), office)
    with office.reading() as conn:
        there = [
            bureau.rows(conn, "fx", seq_at(conn, NOW + timedelta(days=d, hours=1)))["rate"].to_pylist()
            for d in range(3)
        ]
        assert there == [["7.01"], ["7.02"], ["7.03"]]
        assert bureau.rows(conn, "fx")["rate"].to_pylist() == ["7.03"]
        with pytest.raises(LedgerError, match="不知道"):
            seq_at(conn, NOW - timedelta(days=1))


def test_before_it_grew_the_state_is_not_known(older: Office) -> None:
    rate("7.0729", LATER, older)
    with older.reading() as conn:
        with pytest.raises(LedgerError, match="不知道"):
            seq_at(conn, NOW + timedelta(hours=1))
        assert bureau.rows(conn, "fx", seq_at(conn, LATER))["rate"].to_pylist() == ["7.0729"]


def test_a_scheme_text_that_changed_is_journalled_with_its_keys(office: Office) -> None:
    new = TEXT.replace("value = 7.00", "value = 7.05", 1)
    assert changed_keys(TEXT, new) == ["fx.budget.value"]
    changed = open_ledger(office.where, SCHEME, new)
    with reading(changed) as conn:
        assert schemetexts.changes(conn, new) == ["fx.budget.value"]
        assert schemetexts.changes(conn, TEXT) is None
    with writing(changed, office.root, "李四", LATER):
        pass
    with reading(changed) as conn:
        t = of(conn).journal
        (detail,) = conn.execute(text("select detail from journal where verb = 'scheme'")).scalars()
        assert json.loads(detail)["changed"] == ["fx.budget.value"]
        assert schemetexts.text_of(conn, digest(TEXT)) == TEXT
        assert schemetexts.current(conn) == digest(new)
        assert t.name == "journal"
