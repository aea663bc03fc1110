"""Damaged workbooks through the whole `quote`: a list of problems or one clear line, never anything else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from damage import DAMAGES
from rosters import table, write_xlsx

from xltools.desk.errors import Refusal
from xltools.desk.rules.quote import quote
from xltools.scheme import load

SCHEME = load("nantong-2019")


@pytest.mark.parametrize("damages", DAMAGES)
def test_a_damaged_workbook_gives_problems_or_one_clear_line(
    tmp_path: Path, damages: Callable[[bytes], list[bytes]]
) -> None:
    path, out = tmp_path / "坏.xlsx", tmp_path / "结果.csv"
    refused = priced = 0
    for content in damages(_seed(tmp_path)):
        path.write_bytes(content)
        out.unlink(missing_ok=True)
        try:
            found = quote(path, SCHEME, today=date(2019, 10, 1), out=out)
        except Refusal as e:
            refused += 1
            said = str(e)
        else:
            said = ""
            priced += 1
            assert found.table.num_rows == len(found.roster)
        assert path.read_bytes() == content
        assert out.exists() == (not said)
        assert said == "" or (said.startswith(path.name) and "\n" not in said)
    assert refused > 100
    assert priced > 100
    assert not list(tmp_path.glob(".*"))


def _seed(folder: Path) -> bytes:
    path = folder / "好.xlsx"
    write_xlsx(path, table([{} for _ in range(12)]))
    return path.read_bytes()
