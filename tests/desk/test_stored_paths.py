"""Paths in the ledger (台账里记的位置) that leave the workspace: nothing is moved, one sentence, `verify` names them."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from workspaces import FIRST, Bureau, expect_unchanged, firm, prepared, tree

from xltools.ledger.inside import Outside, inside

TEMP = "报送/.xltools-ledger-0123456789abcdef.part.xlsx"
LEAVES = {
    "upwards": "../外面/甲.xlsx",
    "upwards in the middle": "报送/../../外面/甲.xlsx",
    "to itself": "报送/./甲.xlsx",
    "the folder above": "..",
    "upwards as Windows reads it": "报送/.. /甲.xlsx",
    "points": "报送/.../甲.xlsx",
    "absolute": "{outside}/甲.xlsx",
    "absolute on the drive": "/甲.xlsx",
    "a drive": "C:/外面/甲.xlsx",
    "a drive's own folder": "C:甲.xlsx",
    "a stream": "报送/甲.xlsx:乙",
    "UNC": "//服务器/共享/甲.xlsx",
    "UNC with backslashes": "\\\\服务器\\共享\\甲.xlsx",
    "backslashes": "..\\外面\\甲.xlsx",
    "backslashes inside": "报送\\甲.xlsx",
    "a device": "\\\\.\\甲",
    "nothing": "",
    "an empty part": "报送//甲.xlsx",
    "a line end": "报送/甲\n乙.xlsx",
    "a NUL": "报送/甲\0.xlsx",
}
LINKS = {
    "a folder that is a link": "链接/甲.xlsx",
    "a folder below a link": "链接/里面/甲.xlsx",
    "a file that is a link": "报送/链接.xlsx",
    "a link to nowhere": "报送/空链接.xlsx",
}
STAYS = {
    "a file": "报送/甲.xlsx",
    "one that is not there yet": "退回/新/乙.xlsx",
    "points in a name": "退回/甲..乙.xlsx",
    "a name that begins with a point": "报送/.xltools-ledger-0123456789abcdef.part.xlsx",
    "blanks in a name": "退回/甲 乙 .xlsx",
    "brackets and quotes": "退回/甲(2)'\"[1].xlsx",
    "a tilde": "退回/~甲.xlsx",
    "a long name": "退回/" + "甲" * 200 + ".xlsx",
    "below a file": "台账.db/甲.xlsx",
}


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    made = prepared(tmp_path, sent)
    outside = tmp_path / "外面"
    (outside / "里面").mkdir(parents=True)
    (outside / "别人.xlsx").write_bytes(b"theirs")
    return made


def leaving(bureau: Bureau, case: str) -> str:
    """The stored path of a case, the link that it needs made."""
    stored, outside = (LEAVES | LINKS)[case], bureau.root.parent / "外面"
    links = {"链接": outside, "报送/链接.xlsx": outside / "别人.xlsx", "报送/空链接.xlsx": outside / "没有.xlsx"}
    for link, target in links.items():
        if stored.startswith(link):
            (bureau.root / link).symlink_to(target)
    return stored.format(outside=outside)


def everything(folder: Path) -> dict[str, str]:
    """Every file, folder and link below `folder` by what it is and holds; links are not followed."""
    return {
        str(p): f"-> {p.readlink()}" if p.is_symlink() else "" if p.is_dir() else p.read_bytes().hex()
        for p in folder.rglob("*")
    }


def sent(made: Bureau) -> None:
    made.drop([firm(1), firm(2, phone="12")])
    made.collect()
    made.agree(1)
    made.submit()


@pytest.mark.parametrize("case", LEAVES)
def test_a_path_that_leaves_is_refused(bureau: Bureau, case: str) -> None:
    refuses(bureau, case)


@pytest.mark.parametrize("link", LINKS)
def test_a_path_through_a_link_is_refused(bureau: Bureau, link: str) -> None:
    refuses(bureau, link)


def refuses(bureau: Bureau, case: str) -> None:
    stored = leaving(bureau, case)
    with pytest.raises(Outside, match="台账里记的文件位置"):
        inside(bureau.root, stored)


@pytest.mark.parametrize("case", STAYS)
def test_a_path_that_stays_is_taken(bureau: Bureau, case: str) -> None:
    assert inside(bureau.root, STAYS[case]) == bureau.root / STAYS[case]


@pytest.mark.parametrize("stored", [None, 7, b"x"], ids=repr)
def test_what_is_no_text_is_refused(tmp_path: Path, stored: Any) -> None:
    with pytest.raises(Outside):
        inside(tmp_path, stored)


def test_the_workspace_itself_may_be_reached_through_a_link(bureau: Bureau, tmp_path: Path) -> None:
    (tmp_path / "入口").symlink_to(bureau.root)
    assert inside(tmp_path / "入口", "报送/甲.xlsx") == tmp_path / "入口" / "报送" / "甲.xlsx"


# ── every stored path ──


def write(bureau: Bureau, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(bureau.root / "台账.db")) as conn, conn:
        assert conn.execute(statement, values).rowcount == 1


ROW = "insert into outbox (id, temp, final, sha256) values (9, ?, ?, ?)"
HASH = "0" * 64


def staged_to(bureau: Bureau, stored: str) -> None:
    (bureau.root / TEMP).write_bytes(b"x")
    write(bureau, ROW, TEMP, stored, HASH)


def staged_from(bureau: Bureau, stored: str) -> None:
    write(bureau, ROW, stored, "报送/新.xlsx", HASH)


def half_staged(bureau: Bureau, stored: str) -> None:
    write(bureau, ROW, stored, "报送/新.xlsx", None)


WRITES = {"where a staged file goes": staged_to, "where it lies": staged_from, "one not yet sealed": half_staged}


@pytest.mark.parametrize("what", WRITES)
@pytest.mark.parametrize("case", [c for c in LEAVES if c not in ("nothing", "a NUL")])
def test_no_verb_moves_a_file_out_of_or_into_the_workspace(bureau: Bureau, what: str, case: str) -> None:
    moves_nothing(bureau, what, case)


@pytest.mark.parametrize("what", WRITES)
@pytest.mark.parametrize("link", LINKS)
def test_no_verb_moves_a_file_through_a_link(bureau: Bureau, what: str, link: str) -> None:
    moves_nothing(bureau, what, link)


def moves_nothing(bureau: Bureau, what: str, case: str) -> None:
    WRITES[what](bureau, leaving(bureau, case))
    before = everything(bureau.root.parent)
    ran = bureau.cli("collect")
    assert everything(bureau.root.parent) == before
    assert (ran.code, len(ran.err.strip().splitlines())) == (2, 1)
    assert "台账里记的文件位置" in ran.err
    assert "什么文件也没有动" in ran.err
    assert bureau.cli("verify").code == 1
    assert [w[:9] for w in bureau.verify().wrong] == ["台账里记的文件位置"]


@pytest.mark.parametrize("stored", ["台账.db", "xltools.toml", f"报送/{FIRST}"])
def test_only_our_own_temporaries_are_ever_moved(bureau: Bureau, stored: str) -> None:
    staged_from(bureau, stored)
    with expect_unchanged(bureau):
        ran = bureau.cli("collect")
    assert ran.code == 2
    assert f"{stored!r} 不是本程序的临时文件" in ran.err
    (said,) = bureau.verify().wrong
    assert stored in said


READS = {
    "where a published file should be": "update published set final = ? where final like '退回/%'",
    "where a published file is": "update published set actual = ? where actual like '报送/%'",
    "a batch's file": "update batches set file = ?",
    "a file that went back": "update files set returned_as = ?",
}


@pytest.mark.parametrize("what", READS)
@pytest.mark.parametrize("stored", ["../../外面/别人.xlsx", "C:\\外面\\别人.xlsx", "/etc/passwd"])
def test_verify_names_every_stored_path_that_leaves(bureau: Bureau, what: str, stored: str) -> None:
    write(bureau, READS[what], stored)
    said = [w for w in bureau.verify().wrong if w.startswith("台账里记的文件位置")]
    assert len(said) == 1
    assert Path(stored.replace("\\", "/")).name in said[0]
    assert not any("theirs" in w or "root:" in w for w in bureau.verify().wrong)


def test_a_hash_that_leads_away_finds_no_file(bureau: Bureau) -> None:
    write(bureau, "update files set sha256 = '../../../外面/别人'")
    (said,) = bureau.verify().wrong
    assert "台账里记的文件位置" in said
    with expect_unchanged(bureau):
        ran = bureau.cli("book")
    assert ran.code == 2
    assert "台账里记的文件位置" in ran.err


def test_a_link_of_a_file_that_went_back_is_not_shown(bureau: Bureau) -> None:
    write(bureau, "update files set returned_as = '../../外面/别人.xlsx'")
    with expect_unchanged(bureau):
        ran = bureau.cli("book")
    assert (ran.code, "台账里记的文件位置" in ran.err) == (2, True)


def test_a_folder_that_became_a_link_is_said_before_anything_is_written(bureau: Bureau, tmp_path: Path) -> None:
    shutil.move(bureau.root / "退回", tmp_path / "外面" / "退回")
    (bureau.root / "退回").symlink_to(tmp_path / "外面" / "退回")
    bureau.drop([firm(3, phone="12")])
    outside = tree(tmp_path / "外面")
    before = bureau.tables()
    ran = bureau.cli("collect")
    assert ran.code == 2
    assert "“退回”是链接" in ran.err
    assert (bureau.tables(), tree(tmp_path / "外面")) == (before, outside)


# ── neighbours ──


def test_all_is_well_where_nothing_was_changed(bureau: Bureau) -> None:
    assert bureau.verify().wrong == []


@pytest.mark.parametrize("name", ["甲:乙.xl:sx", "甲\\乙.x\\y", "甲.xlsx:", "甲\n乙.xlsx", "没有后缀", "甲. .xlsx"])
def test_an_odd_name_of_a_districts_file_stops_nobody(bureau: Bureau, name: str) -> None:
    bureau.clear()
    (bureau.root / "收件" / name).write_bytes(b"no workbook")
    bureau.drop([firm(3)], name="好.xlsx")
    done = {r.name: r.outcome for r in bureau.collect()}
    assert {done[name], done["好.xlsx"]} == {"refused", "taken"}
    assert bureau.verify().wrong == []
