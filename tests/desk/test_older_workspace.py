"""A workspace of an earlier release opens, verifies and goes on with the year; what was sent is proved by the text of its day.

tests/fixtures/workspace-0.2.0.zip is a whole workspace as 0.2.0 left it: two batches sent on 2019-10-08.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xlsxwriter

from xltools.desk.batch import submit as submitting
from xltools.desk.batch.verify import verify
from xltools.desk.bureau.load import load_table
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace, open_workspace
from xltools.ledger import batches, bureau, left_out
from xltools.scheme import source

FIXTURE = Path(__file__).parents[1] / "fixtures" / "workspace-0.2.0.zip"
NOW, TODAY = datetime(2019, 11, 21, 9, 0), date(2019, 11, 21)
RATE = {"保险人": "中国信保", "月份": "2019-11", "汇率": "7.0", "来源": "函"}
SENT = 384
"""Rows of the two batches."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with zipfile.ZipFile(FIXTURE) as package:
        package.extractall(tmp_path)
    (found,) = tmp_path.iterdir()
    return found


def rate(workspace: Workspace) -> None:
    path = workspace.root / "汇率_11月.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("汇率")
        page.write_row(0, 0, list(RATE))
        page.write_row(1, 0, list(RATE.values()))
    load_table(workspace, "fx", path, now=NOW, today=TODAY)


def journal(root: Path, verb: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(root / "台账.db")) as ledger:
        asked = "select detail from journal where verb = ? order by seq"
        return [json.loads(detail) for (detail,) in ledger.execute(asked, (verb,))]


def test_it_is_verified_before_anything_is_written(root: Path) -> None:
    before = (root / "台账.db").read_bytes()
    found = verify(open_workspace(root), today=TODAY)
    assert (found.wrong, found.entries, found.sheets) == ([], 20, 2)
    assert found.amounts > SENT
    assert (root / "台账.db").read_bytes() == before


def test_it_goes_on_with_the_year(root: Path) -> None:
    workspace = open_workspace(root, "钱八")
    rate(workspace)
    (grown,) = journal(root, "grow")
    assert {"claims", "fx", "reviews", "schemes"} <= grown["tables"].keys()
    assert [p.name for p in workspace.backup.glob("台账_升级前*.db")] == ["台账_升级前20191121-090000.db"]
    again = open_workspace(root)
    found = verify(again, today=TODAY)
    assert (found.wrong, found.entries) == ([], 23)
    with looking(again) as conn:
        assert ("中国信保", "2019-11", "7", "函") in [tuple(r.values()) for r in bureau.rows(conn, "fx").to_pylist()]
        assert batches.sent(conn).num_rows == SENT


def test_rows_that_cannot_be_used_have_a_place_in_its_ledger(root: Path) -> None:
    workspace = open_workspace(root, "钱八")
    path = root / "海关_2018.csv"
    with looking(workspace) as conn:
        first = bureau.rows(conn, "customs").to_pylist()[0]
    good = f"{first['uscc']},{first['name']},2018,美国,5000000"
    path.write_text(f"统一社会信用代码,企业名称,年度,国别,出口额(美元)\n{good}\n{good[:-7]}约5万\n", "utf-8")
    found = load_table(workspace, "customs", path, now=NOW, today=TODAY)
    assert (found.rows, len(found.left)) == (1, 1)
    (grown,) = journal(root, "grow")
    assert "left_out" in grown["tables"]
    again = open_workspace(root)
    assert verify(again, today=TODAY).wrong == []
    with looking(again) as conn:
        assert [r["uscc"] for r in left_out.rows(conn).to_pylist()] == [first["uscc"]]


CHANGES: list[tuple[str, Callable[[str], str]]] = [
    ("the title", lambda t: t.replace('title = "南通市2019年度', 'title = "南通市本级2019年度', 1)),
    ("a plan's minimum premium", lambda t: t.replace("rate = { value = 0.0003", 'minimum_premium = { value = 5000, unit = "美元", clause = "修订" }\nrate = { value = 0.0003', 1)),
    ("a plan's rate", lambda t: t.replace("rate = { value = 0.0003", "rate = { value = 0.0004", 1)),
    ("when cover begins", lambda t: t.replace('late_start = { value = "issue_date"', 'late_start = { value = "scheme_start"', 1)),
    ("the budget rate", lambda t: t.replace("value = 7.00", "value = 7.10", 1)),
]  # fmt: skip


@pytest.mark.parametrize("change", [c[1] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_batches_are_proved_by_the_text_of_their_day(root: Path, change: Callable[[str], str]) -> None:
    old = source(str(FIXTURE_SCHEME))
    new = change(old)
    assert new != old
    (root / "南通.toml").write_text(new, "utf-8")
    config = root / "xltools.toml"
    config.write_text(config.read_text("utf-8").replace('"nantong-2019"', '"南通.toml"'), "utf-8")
    workspace = open_workspace(root)
    assert verify(workspace, today=TODAY).wrong == []
    rate(workspace)
    (told,) = journal(root, "scheme")
    assert told["changed"]
    assert verify(open_workspace(root), today=TODAY).wrong == []


FIXTURE_SCHEME = Path(submitting.__file__).parents[2] / "scheme" / "released" / "nantong-2019_0.2.0.toml"


def test_a_field_that_rows_of_then_had_not_is_blank(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(submitting.TYPES, "policy_no", pa.string())
    assert verify(open_workspace(root), today=TODAY).wrong == []


def test_a_text_that_nobody_has_is_named(root: Path) -> None:
    workspace = open_workspace(root)
    rate(workspace)
    with closing(sqlite3.connect(root / "台账.db")) as ledger:
        ledger.execute("update batches set scheme_sha256 = ? where id = 1", ("f" * 64,))
        ledger.commit()
    wrong = verify(open_workspace(root), today=TODAY).wrong
    assert any("找不到报送那天的方案文本（ffffffffffff）" in w for w in wrong)


def test_a_copy_of_before_is_kept_once(root: Path) -> None:
    shutil.rmtree(root / "备份")
    rate(open_workspace(root))
    rate(open_workspace(root))
    assert len(list((root / "备份").glob("台账_升级前*.db"))) == 1
