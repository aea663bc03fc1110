"""Creating, opening, and backing up: what is said when it cannot be done."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from offices import NOW, SCHEME, TEXT, Office
from sqlalchemy import select

from xltools.ledger import LedgerError, create, fund, journal, meta, open_ledger, reading
from xltools.ledger.backup import KEEP, backup
from xltools.ledger.connect import Ledger
from xltools.ledger.schema import VERSION, of
from xltools.scheme import Scheme

pytest_plugins = ["postgres", "ledgers"]


def another(**changed: object) -> Scheme:
    return SCHEME.model_copy(update=changed)


def test_a_new_ledger_knows_its_scheme_and_the_first_money(office: Office) -> None:
    with reading(office.reopened()) as conn:
        assert meta.get(conn, "scheme") == "nantong-2019"
        assert meta.get(conn, "schema_version") == str(VERSION)
        assert meta.get(conn, "created") == "2019-09-05 09:37:12"
        assert len(meta.get(conn, "scheme_sha256") or "") == 64
        assert fund.pools(conn, SCHEME.acceptance.start.value) == {"中国信保": 450_000_000, "人保财险": 50_000_000}
        assert journal.verify(conn) == []
        assert journal.head(conn)[0] == 1


def test_creating_twice_is_refused_and_changes_nothing(office: Office) -> None:
    with pytest.raises(LedgerError, match="已经有台账"):
        create(office.where, SCHEME, TEXT, "李四", NOW)
    with reading(office.reopened()) as conn:
        assert journal.head(conn)[0] == 1


@pytest.mark.parametrize(
    ("scheme", "said"),
    [
        pytest.param({"id": "nantong-2020"}, "台账属于方案 nantong-2019，不是 nantong-2020", id="another year"),
        pytest.param(
            {"emerging_groups": SCHEME.emerging_groups.model_copy(update={"value": ("africa", "middle_east")})},
            "缺少：region_central_asia、region_eastern_europe、region_latin_america、region_southeast_asia",
            id="the same year with other columns",
        ),
    ],
)
def test_a_ledger_of_another_scheme_is_not_opened(office: Office, scheme: dict[str, object], said: str) -> None:
    with pytest.raises(LedgerError, match=said):
        office.reopened(another(**scheme))


@pytest.mark.parametrize("version", [VERSION + 1, 99])
def test_a_ledger_of_a_later_version_is_not_opened(office: Office, version: int) -> None:
    office.tamper(f"update meta set value = '{version}' where key = 'schema_version'")
    with pytest.raises(LedgerError, match=r"由更新版本的 xltools 写过。请把本机的 xltools 升级到那个版本"):
        office.reopened()


def _text_file(path: Path) -> None:
    path.write_bytes("这不是数据库".encode() * 500)


def _empty(path: Path) -> None:
    path.touch()


def _other(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("create table books (title)")


def _torn(path: Path) -> None:
    create(path, SCHEME, TEXT, "张三", NOW)
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(lambda path: None, "没有台账.*xltools init", id="nothing there"),
        pytest.param(_text_file, "不是台账.*备份", id="a text"),
        pytest.param(_empty, "不是 xltools 的台账", id="an empty file"),
        pytest.param(_other, "不是 xltools 的台账", id="another program's database"),
        pytest.param(_torn, "已损坏.*备份", id="a damaged ledger"),
        pytest.param(Path.mkdir, "没有台账", id="a folder"),
    ],
)
def test_a_file_that_is_no_ledger_is_said_in_one_line_and_left_as_it_is(tmp_path: Path, make, said: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "台账.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(LedgerError, match=said) as caught:
        open_ledger(path, SCHEME, TEXT)
    assert str(path) in str(caught.value)
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("mysql://a@b/c", "台账不支持 mysql", id="another kind of database"),
        pytest.param("postgresql://a:secret@127.0.0.1:1/c", "连不上 PostgreSQL", id="no server"),
        pytest.param("://", "地址写法不对", id="no address"),
    ],
)
def test_an_address_that_leads_nowhere_is_said_without_its_password(url: str, said: str) -> None:
    with pytest.raises(LedgerError, match=said) as caught:
        open_ledger(url, SCHEME, TEXT)
    assert "secret" not in str(caught.value)


def test_a_postgresql_database_without_tables_is_no_ledger(postgres_url: str) -> None:
    with pytest.raises(LedgerError, match="不是 xltools 的台账"):
        open_ledger(postgres_url, SCHEME, TEXT)


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="建不了台账"):
        create(tmp_path / "无" / "台账.db", SCHEME, TEXT, "张三", NOW)


def test_creating_leaves_one_file(tmp_path: Path) -> None:
    create(tmp_path / "台账.db", SCHEME, TEXT, "张三", NOW)
    left = {p.name for p in tmp_path.iterdir()} - {"台账.db-journal"}
    assert left == {"台账.db"}


def test_sqlite_is_told_to_survive_a_power_cut_on_any_drive(tmp_path: Path) -> None:
    ledger = create(tmp_path / "台账.db", SCHEME, TEXT, "张三", NOW)
    asked = ("journal_mode", "synchronous", "foreign_keys")
    with reading(ledger) as conn:
        found = {p: conn.exec_driver_sql(f"PRAGMA {p}").scalar() for p in asked}
    assert found == {"journal_mode": "truncate", "synchronous": 2, "foreign_keys": 1}


def test_nothing_can_be_written_while_reading(office: Office) -> None:
    with pytest.raises(LedgerError, match="只读"), office.reading() as conn:
        meta.put(conn, "created", "x")
    with office.reading() as conn:
        assert meta.get(conn, "created") == "2019-09-05 09:37:12"


def test_a_reader_sees_one_state_throughout(office: Office) -> None:
    if office.ledger.path is not None:
        return _sqlite_reader_keeps_the_writer_waiting(office.ledger)
    with office.reading() as conn:
        assert meta.get(conn, "x") is None
        with office.writing() as other:
            meta.put(other, "x", "1")
        assert meta.get(conn, "x") is None
    with office.reading() as conn:
        assert meta.get(conn, "x") == "1"
    return None


def _sqlite_reader_keeps_the_writer_waiting(ledger: Ledger) -> None:
    assert ledger.path is not None
    with reading(ledger) as conn, closing(sqlite3.connect(ledger.path, timeout=0)) as other:
        assert meta.get(conn, "x") is None
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.executescript("begin immediate; insert into meta values ('x', '1'); commit")
        assert meta.get(conn, "x") is None


def test_a_backup_is_a_whole_ledger_and_the_last_thirty_stay(tmp_path: Path) -> None:
    root = tmp_path / "工作区"
    root.mkdir()
    ledger, folder = create(root / "台账.db", SCHEME, TEXT, "张三", NOW), root / "备份"
    folder.mkdir()
    (folder / "台账_重要.db").write_text("张三自己留的")
    made = [backup(ledger, folder, NOW + timedelta(minutes=n)) for n in range(KEEP + 2)]
    assert made[0].path == folder / "台账_20190905-093712.db"
    kept = sorted(p.name for p in folder.iterdir())
    assert kept == sorted([b.path.name for b in made[2:] if b.path] + ["台账_重要.db"])
    assert made[-1].said == f"台账已备份到 {made[-1].path}（现有 30 份，最多保留 30 份）"
    assert made[-1].path
    with reading(open_ledger(made[-1].path, SCHEME, TEXT)) as conn:
        t = of(conn).bureau["fund"]
        assert conn.scalars(select(t.c.fen).order_by(t.c.id)).all() == [450_000_000, 50_000_000]
        assert journal.verify(conn) == []


def test_two_backups_in_one_second_are_two_files(tmp_path: Path) -> None:
    ledger = create(tmp_path / "台账.db", SCHEME, TEXT, "张三", NOW)
    paths = [backup(ledger, tmp_path / "备份", NOW).path for _ in range(2)]
    assert [p.name for p in paths if p] == ["台账_20190905-093712.db", "台账_20190905-093712(2).db"]


def test_a_damaged_ledger_gets_no_backup_that_pushes_out_a_good_one(tmp_path: Path) -> None:
    ledger = create(tmp_path / "台账.db", SCHEME, TEXT, "张三", NOW)
    good = backup(ledger, tmp_path / "备份", NOW).path
    assert ledger.path
    assert good
    whole = ledger.path.read_bytes()
    ledger.path.write_bytes(whole[: 4096 * 3] + os.urandom(4096) + whole[4096 * 4 :])
    with pytest.raises(LedgerError, match="备份没有做成"):
        backup(ledger, tmp_path / "备份", datetime(2019, 9, 6))
    assert list((tmp_path / "备份").iterdir()) == [good]


def test_a_postgresql_ledger_leaves_backups_to_the_office(postgres_url: str) -> None:
    found = backup(create(postgres_url, SCHEME, TEXT, "张三", NOW), Path("备份"), NOW)
    assert found.path is None
    assert "pg_dump" in found.said
