"""An older ledger put back (放回较旧的台账): nothing is sent twice while 报送/ holds a batch that it does not know."""

from __future__ import annotations

import io
import os
import random
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from converting import convert
from damage import damaged
from workspaces import FIRST, LIST, PICC, Bureau, bureau_in, expect_unchanged, firm, own_scheme, prepared

from xltools.desk.errors import Refusal
from xltools.sheets.insurer.sentversion import batch_name

SECOND = FIRST.replace("中国信保", "人保财险")


def sent(made: Bureau) -> None:
    """Three firms to 中国信保 and one to 人保财险 are out; 备份/ holds the ledger of before."""
    made.drop([*(firm(n) for n in (1, 2, 3)), firm(4, **PICC)])
    made.collect()
    made.agree(1, 2, 3, 4)
    shutil.copy(made.root / "台账.db", made.root / "备份" / "以前.db")
    made.submit()
    shutil.copy(made.root / "台账.db", made.root / "备份" / "以后.db")


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return prepared(tmp_path, sent)


def put_back(bureau: Bureau, name: str = "以前.db") -> None:
    shutil.copy(bureau.root / "备份" / name, bureau.root / "台账.db")


def file(bureau: Bureau, name: str = FIRST) -> Path:
    return bureau.root / "报送" / name


def answered(path: Path) -> None:
    """The insurer fills in its yellow columns and saves with a program of its own."""
    book = openpyxl.load_workbook(path)
    for row in (2, 3, 4):
        book[LIST][f"Y{row}"] = f"POL-{row}"
    book.save(path)


def by_libreoffice(path: Path) -> None:
    answered(path)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(convert(path, Path(folder), "xlsx"), path)


# ── refused ──


def test_after_an_older_ledger_was_put_back_nothing_is_sent_again(bureau: Bureau) -> None:
    put_back(bureau)
    with expect_unchanged(bureau):
        ran = bureau.cli("submit")
    assert (ran.code, ran.out) == (2, "")
    for word in (
        FIRST,
        "3 家",
        firm(1)["name"],
        firm(2)["name"],
        firm(3)["name"],
        SECOND,
        "1 家",
        firm(4)["name"],
        "备份",
    ):
        assert word in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_no_backup_of_the_day_is_made_by_a_refusal(bureau: Bureau) -> None:
    put_back(bureau)
    for path in (bureau.root / "备份").glob("台账_*"):
        path.unlink()
    with expect_unchanged(bureau), pytest.raises(Refusal, match="没有报送"):
        bureau.submit()


@pytest.mark.parametrize("option", [["--dry-run"], ["--insurer", "人保财险"]], ids=["dry run", "one insurer only"])
def test_every_way_to_send_is_refused(bureau: Bureau, option: list[str]) -> None:
    put_back(bureau)
    file(bureau, SECOND).unlink()
    with expect_unchanged(bureau):
        ran = bureau.cli("submit", *option)
    assert ran.code == 2
    assert FIRST in ran.err


def test_json_lists_the_unknown_batches(bureau: Bureau) -> None:
    put_back(bureau)
    said = bureau.cli("submit", "--json").json
    assert said["exit"] == 2
    assert [(b["file"], b["firms"]) for b in said["unknown_batches"]] == [(f"报送/{FIRST}", 3), (f"报送/{SECOND}", 1)]
    assert said["unknown_batches"][0]["names"] == [firm(n)["name"] for n in (1, 2, 3)]
    found = bureau.cli("verify", "--json").json
    assert found["unknown_batches"] == said["unknown_batches"]


def test_verify_names_every_unknown_batch_with_its_firms(bureau: Bureau) -> None:
    put_back(bureau)
    found = bureau.verify()
    sinosure, picc = found.wrong
    for word in (FIRST, "中国信保第01批", "3 家", firm(1)["name"], "台账里没有这一批"):
        assert word in sinosure
    for word in (SECOND, "人保财险第01批", "1 家", firm(4)["name"]):
        assert word in picc
    assert bureau.cli("verify").code == 1


CHANGED: dict[str, Callable[[Path], object]] = {
    "answered by the insurer": answered,
    "renamed": lambda path: path.rename(path.with_name("回执 第1批.xlsx")),
    "put into a folder of its own": lambda path: shutil.move(path, _folder(path) / path.name),
    "its ending changed": lambda path: path.rename(path.with_suffix(".xlsm")),
}


def _folder(path: Path) -> Path:
    folder = path.parent / "已交"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("change", CHANGED)
def test_an_unknown_batch_is_found_whatever_became_of_its_file(bureau: Bureau, change: str) -> None:
    refused_after(bureau, CHANGED[change])


def test_an_unknown_batch_is_found_after_libreoffice_saved_it(bureau: Bureau) -> None:
    refused_after(bureau, by_libreoffice)


def refused_after(bureau: Bureau, change: Callable[[Path], object]) -> None:
    put_back(bureau)
    change(file(bureau))
    file(bureau, SECOND).unlink()
    with pytest.raises(Refusal, match="中国信保第01批，3 家"):
        bureau.submit()


def test_copies_of_one_batch_are_one(bureau: Bureau) -> None:
    put_back(bureau)
    file(bureau, SECOND).unlink()
    shutil.copy(file(bureau), file(bureau, "副本.xlsx"))
    answered(file(bureau, "副本.xlsx"))
    assert len(bureau.verify().unknown) == 1


def test_a_second_batch_with_the_same_rows_is_another_batch(bureau: Bureau) -> None:
    """A firm withdrawn and agreed again is sent anew, alike in every cell; the ledger put back knows the first only."""
    bureau.decide(4, 市级审核意见="不同意")
    bureau.decide(4, 市级审核意见="同意")
    shutil.copy(bureau.root / "台账.db", bureau.root / "备份" / "中间.db")
    (again,) = bureau.submit()
    one, two = batch_name(file(bureau, SECOND)), batch_name(file(bureau, again.file))
    assert one is not None
    assert two is not None
    assert (one.sha256, one.number, two.number) == (two.sha256, "1", "2")
    put_back(bureau, "中间.db")
    with pytest.raises(Refusal, match="人保财险第02批，1 家"):
        bureau.submit()


# ── what to do ──


def test_the_newer_ledger_put_back_or_the_file_moved_away_ends_it(bureau: Bureau) -> None:
    put_back(bureau)
    put_back(bureau, "以后.db")
    assert bureau.submit() == []
    assert bureau.verify().wrong == []
    put_back(bureau)
    for name in (FIRST, SECOND):
        file(bureau, name).rename(bureau.root / name)
    assert [(b.insurer, b.number, b.rows) for b in bureau.submit()] == [("中国信保", 1, 3), ("人保财险", 1, 1)]


# ── what never blocks ──


def zipped(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w") as package:
        for name, content in members.items():
            package.writestr(name, content)


def other_scheme(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    page = book["版本"]
    page["B3"], page["B9"] = "nantong-2020", "0" * 64
    assert page["A3"].value == "方案"
    book.save(path)


HARMLESS: dict[str, Callable[[Bureau], object]] = {
    "nothing else": lambda b: None,
    "an answered copy": lambda b: answered(shutil.copy(file(b), file(b, "中国信保回执.xlsx"))),
    "a renamed copy": lambda b: shutil.copy(file(b), file(b, "给信保的最终版.xlsx")),
    "the known batch itself, answered": lambda b: answered(file(b)),
    "an empty file": lambda b: file(b, "空.xlsx").touch(),
    "a damaged file": lambda b: file(b, "坏.xlsx").write_bytes(file(b).read_bytes()[:3000]),
    "a zip that is no workbook": lambda b: zipped(file(b, "包.xlsx"), 甲=b"1"),
    "a workbook of a hundred thousand sheets": lambda b: zipped(
        file(b, "多.xlsx"), **{"xl/workbook.xml": b"<workbook>" + b"<sheet name='a'/>" * 100_000}
    ),
    "a letter": lambda b: file(b, "函.docx").write_bytes(b"PK\x03\x04"),
    "a district's file": lambda b: b.plain([firm(9)]).rename(file(b, "汇总表.xlsx")),
    "a plain table": lambda b: b.sheet([{"甲": 1}]).rename(file(b, "台账.xlsx")),
    "a batch of another year": lambda b: other_scheme(shutil.copy(file(b), file(b, "2020.xlsx"))),
    "Office's lock": lambda b: file(b, "~$表.xlsx").write_bytes(b"PK\x03\x04"),
    "the folder 报送 is gone": lambda b: shutil.rmtree(b.root / "报送"),
}


ODD: dict[str, Callable[[Bureau], object]] = {
    "a pipe": lambda b: os.mkfifo(file(b, "管道.xlsx")),
    "a link to nowhere": lambda b: file(b, "链接.xlsx").symlink_to("没有.xlsx"),
    "a link to itself": lambda b: file(b, "圈").symlink_to(file(b, "圈")),
    "a link to a folder above": lambda b: file(b, "上面").symlink_to(b.root),
}
"""What only POSIX has for everybody."""


@pytest.mark.parametrize("case", HARMLESS)
def test_what_is_no_unknown_batch_never_blocks(bureau: Bureau, case: str) -> None:
    sends_on_after(bureau, HARMLESS[case])


def test_a_known_batch_saved_by_libreoffice_never_blocks(bureau: Bureau) -> None:
    sends_on_after(bureau, lambda b: by_libreoffice(shutil.copy(file(b), file(b, "中国信保回执.xlsx"))))


@pytest.mark.parametrize("case", ODD)
def test_an_odd_file_or_link_never_blocks(bureau: Bureau, case: str) -> None:
    sends_on_after(bureau, ODD[case])


def sends_on_after(bureau: Bureau, done: Callable[[Bureau], object]) -> None:
    done(bureau)
    bureau.sent_in([firm(7)], "通州区")
    bureau.agree(7)
    assert [(b.insurer, b.number, b.rows) for b in bureau.submit()] == [("中国信保", 2, 1)]
    assert bureau.verify().unknown == []


def test_a_damaged_batch_is_read_or_not_and_nothing_is_raised(bureau: Bureau, tmp_path: Path) -> None:
    seed, rng, path = file(bureau).read_bytes(), random.Random(9), tmp_path / "坏.xlsx"
    known = batch_name(file(bureau))
    said = []
    for _ in range(400):
        path.write_bytes(damaged(seed, rng))
        said.append(batch_name(path))
    assert known is not None
    assert 20 < said.count(None) < 380
    assert said.count(known) > 20


def test_many_files_are_read_in_no_time(bureau: Bureau) -> None:
    """Three hundred copies, each with a list of its own kind that is never inflated."""
    big = io.BytesIO(file(bureau).read_bytes())
    with zipfile.ZipFile(big, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/media/big.bin", bytes(40 << 20))
    for i in range(300):
        file(bureau, f"回执{i}.xlsx").write_bytes(big.getvalue())
    begun = time.process_time()
    assert bureau.verify().unknown == []
    assert time.process_time() - begun < 10


def test_a_layout_without_names_names_the_firms_by_their_number(tmp_path: Path) -> None:
    scheme = own_scheme(tmp_path, ("pool = { value = 4500000,", 'layout = "本地"\npool = { value = 4500000,'))
    bureau = bureau_in(tmp_path, scheme)
    (bureau.root / "本地.toml").write_text('[[column]]\nfield = "case_no"\nheading = "编号"\n', "utf-8")
    bureau.drop([firm(1), firm(2)])
    bureau.collect()
    bureau.agree(1, 2)
    shutil.copy(bureau.root / "台账.db", bureau.root / "备份" / "以前.db")
    bureau.submit()
    put_back(bureau)
    with pytest.raises(Refusal, match="2 家：NT2019-0001、NT2019-0002）"):
        bureau.submit()
