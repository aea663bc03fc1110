"""The journal: who did what is chained, a change behind its back is named, and personal data stays out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from offices import NOW, SCHEME, Office
from sqlalchemy import select

from xltools.ledger import Entry, journal
from xltools.ledger.personal import MASK, changes
from xltools.ledger.schema import of

pytest_plugins = ["postgres", "ledgers"]

DISTRICTS = ("崇川区", "通州区", "港闸区", "通州湾示范区")


def keep(office: Office, *entries: Entry) -> None:
    with office.writing() as conn:
        for entry in entries:
            journal.append(conn, entry)


def entry(subject: str, **detail: Any) -> Entry:
    return Entry(NOW, "张三", "collect", subject, detail, "按时收件")


def rows(office: Office) -> list[dict[str, Any]]:
    with office.reading() as conn:
        t = of(conn).journal
        return [dict(r) for r in conn.execute(select(t).order_by(t.c.seq)).mappings()]


def verified(office: Office) -> list[str]:
    with office.reading() as conn:
        return [str(w) for w in journal.verify(conn)]


def test_entries_are_numbered_on_and_each_holds_the_hash_of_the_one_before(office: Office) -> None:
    keep(office, *(entry(d, rows=n) for n, d in enumerate(DISTRICTS)))
    found = rows(office)
    assert [r["seq"] for r in found] == [1, 2, 3, 4, 5]
    assert [r["verb"] for r in found] == ["init", "collect", "collect", "collect", "collect"]
    assert [r["subject"] for r in found[1:]] == list(DISTRICTS)
    assert found[0]["prev"] == "0" * 64
    assert [r["prev"] for r in found[1:]] == [r["hash"] for r in found[:-1]]
    with office.reading() as conn:
        assert journal.head(conn) == (5, found[-1]["hash"])
    assert verified(office) == []


def test_the_hash_is_sha256_over_canonical_json(office: Office) -> None:
    import hashlib

    keep(office, entry("崇川区", b=[1, None, True], a={"名称": "甲"}))
    row = rows(office)[1]
    text = (
        '{"at":"2019-09-05 09:37:12","detail":{"a":{"名称":"甲"},"b":[1,null,true]},'
        f'"prev":"{row["prev"]}","seq":2,"subject":"崇川区","verb":"collect","who":"张三","why":"按时收件"}}'
    )
    assert row["hash"] == hashlib.sha256(text.encode()).hexdigest()


SWAP = (
    "update journal set seq = -1 where seq = 3",
    "update journal set seq = 3 where seq = 4",
    "update journal set seq = 4 where seq = -1",
)


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        pytest.param(["update journal set who = '李四' where seq = 3"], "日志第 3 条（", id="another name"),
        pytest.param(["update journal set at = '2019-09-04 09:37:12' where seq = 2"], "日志第 2 条（", id="a time"),
        pytest.param(["update journal set why = '' where seq = 5"], "日志第 5 条（", id="the last entry's grounds"),
        pytest.param(
            ["update journal set detail = '{\"rows\": 1}' where seq = 3"], "日志第 3 条（", id="a blank in the detail"
        ),
        pytest.param(["update journal set detail = '{' where seq = 4"], "日志第 4 条（", id="detail that is no JSON"),
        pytest.param([f"update journal set hash = '{'a' * 64}' where seq = 3"], "日志第 3 条（", id="a hash made up"),
        pytest.param(
            [f"update journal set prev = '{'a' * 64}' where seq = 4"],
            "日志第 4 条（2019-09-05 09:37:12 张三 collect 港闸区）与前一条接不上",
            id="a link made up",
        ),
        pytest.param(["delete from journal where seq = 3"], "日志第 3 条缺失，其后直接是第 4 条", id="one removed"),
        pytest.param(["delete from journal where seq = 1"], "日志第 1 条缺失", id="the first removed"),
        pytest.param(["delete from journal where seq >= 4"], "末尾少了第 4 条到第 5 条", id="the tail cut off"),
        pytest.param(["delete from journal"], "末尾少了第 1 条到第 5 条", id="all removed"),
        pytest.param(SWAP, "日志第 3 条（", id="two swapped"),
        pytest.param(
            ["delete from journal where seq = 3", "update journal set seq = 3 where seq = 4"],
            "日志第 3 条（2019-09-05 09:37:12 张三 collect 港闸区）与前一条接不上",
            id="one removed and the next renumbered",
        ),
        pytest.param(["update meta set value = '3 ' where key = 'journal'"], "末尾与台账记的不符", id="head set back"),
        pytest.param(["delete from meta where key = 'journal'"], "末尾与台账记的不符", id="head removed"),
    ],
)
def test_a_journal_that_was_changed_names_the_first_entry_that_does_not_fit(
    office: Office, statements: list[str], said: str
) -> None:
    keep(office, *(entry(d, rows=n) for n, d in enumerate(DISTRICTS)))
    office.tamper(*statements)
    found = verified(office)
    assert len(found) == 1
    assert said in found[0]
    assert "请从“备份”文件夹" in found[0]


def test_a_changed_entry_whose_hash_was_made_to_fit_breaks_the_link_to_the_next(office: Office) -> None:
    keep(office, *(entry(d) for d in DISTRICTS))
    row = rows(office)[2]
    body = {k: v for k, v in row.items() if k != "hash"} | {"who": "李四", "detail": json.loads(row["detail"])}
    office.tamper(f"update journal set who = '李四', hash = '{journal._hash(body)}' where seq = 3")
    assert verified(office)[0].startswith("日志第 4 条（2019-09-05 09:37:12 张三 collect 港闸区）与前一条接不上")


PEOPLE = ("王小明", "13812345678", "wang@example.com", "赵六", "孙七")


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(
            entry("崇川区", new={"contact": "王小明", "phone": "13812345678", "email": "wang@example.com"}),
            id="values under their field names",
        ),
        pytest.param(entry("崇川区", reviewer=["赵六", "孙七"]), id="an old and a new value under a field name"),
        pytest.param(entry("崇川区", rows=[{"legal": {"name": "赵六"}}]), id="deeper down"),
        pytest.param(Entry(NOW, "张三", "review", "x", {}, "电话 138-1234-5678 问过"), id="a number in the grounds"),
        pytest.param(Entry(NOW, "张三", "collect", "崇川13812345678.xlsx"), id="a number in a file's name"),
        pytest.param(entry("崇川区", note="写信到 wang@example.com"), id="an address in a note"),
        pytest.param(entry("崇川区", note="+86 13812345678"), id="a number with its country"),
    ],
)
def test_personal_data_does_not_enter_the_journal(office: Office, made: Entry) -> None:
    keep(office, made)
    text = json.dumps(rows(office), ensure_ascii=False)
    assert MASK in text
    assert [p for p in (*PEOPLE, "138-1234-5678") if p in text] == []
    assert verified(office) == []


def test_codes_and_amounts_are_not_taken_for_phone_numbers(office: Office) -> None:
    kept = {"uscc": "91320602MA13812345", "long": "913206021381234567", "cents": 13812345678, "no": "1381234567"}
    keep(office, entry("NT2019-0137", **kept))
    assert json.loads(rows(office)[1]["detail"]) == kept


def test_changes_are_old_and_new_with_personal_values_masked() -> None:
    old = {"name": "甲公司", "phone": "13812345678", "exports": 300, "wish": "A"}
    new = {"name": "甲公司", "phone": "13912345678", "exports": 400, "wish": "A", "remark": "新"}
    assert changes(old, new, SCHEME) == {"phone": [MASK, MASK], "exports": [300, 400], "remark": [None, "新"]}


@pytest.mark.parametrize("value", [1.5, b"x", {1, 2}, NOW], ids=["a float", "bytes", "a set", "a datetime"])
def test_what_json_cannot_hold_exactly_is_refused(office: Office, value: Any) -> None:
    with pytest.raises(TypeError, match="the journal holds"), office.writing() as conn:
        journal.append(conn, entry("x", value=value))
    assert len(rows(office)) == 1


def test_text_that_no_database_can_hold_is_made_storable(office: Office) -> None:
    keep(office, entry("坏\udc80名\0.xlsx"))
    assert rows(office)[1]["subject"] == "坏?名.xlsx"
    assert verified(office) == []
