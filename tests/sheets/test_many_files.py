"""Files checked together come out as each would alone, and in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rosters import TODAY, Formula, nantong, table, uscc, write_csv, write_xlsx

from xltools.desk.enrol.reading import read_and_check
from xltools.roster.cells import Roster
from xltools.roster.checks import check, check_many
from xltools.roster.problems import FileRefused
from xltools.sheets.intake.read import read_roster

Rows = Sequence[Mapping[str, Any]]
CODE = uscc(1)
FILES: dict[str, tuple[Rows, dict[str, Any]]] = {
    "nothing to remark": ([{}, {}], {}),
    "one firm twice": ([{"uscc": CODE}, {}, {"uscc": CODE}], {}),
    "the same firm once more, alone": ([{"uscc": CODE}], {}),
    "a wrong code and a short telephone number": ([{"uscc": CODE[:17] + "A"}, {"phone": "1380013"}], {}),
    "an amount in words, a total row": ([{"exports": "约300万"}, {"no": "合计", "name": "合计"}], {}),
    "an error value and a formula without a value": (
        [{"remark": Formula("=NA()", "#N/A")}, {}, {"wish": Formula("=1/0", "")}], {},
    ),
    "a code stored as a number": ([{}, {"uscc": 913206020000000000}], {}),
    "in ten thousand dollars": ([{"exports": 500}, {"exports": 321.123456}], {"headings": {"exports": "2018年出口额(万美元)"}}),
    "dollars that are probably ten thousand": ([{"exports": 310 + i} for i in range(12)], {}),
    "without the supplement": ([{}, {"contact": None}], {"order": ["name", "uscc", "customs_code", "area", "contact", "phone", "exports", "insured", "opinion", "received"]}),
    "a hidden row and merged cells": ([{}, {}, {}], {"hidden_rows": [6], "merged": ["AF5:AF6"]}),
    "blanks that are cleaned": ([{"name": " 南通　甲 有限公司 "}, {"received": "2019年9月5日"}], {}),
    "a date to come": ([{"received": datetime(2031, 1, 1, 9)}], {}),
}  # fmt: skip


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    out = [
        write_xlsx(folder / f"{i:02d}.xlsx", table(rows), **options) for i, (rows, options) in enumerate(FILES.values())
    ]
    return [*out, write_csv(folder / "99.csv", table([{}, {"phone": "12"}]))]


@pytest.fixture(scope="module")
def pairs(paths: list[Path]) -> list[tuple[Roster, Roster]]:
    """Each file's roster when it is checked alone, and when all are checked together."""
    cells = [read_roster(path, nantong()) for path in paths]
    return list(zip([check(c, nantong(), TODAY) for c in cells], check_many(cells, nantong(), TODAY), strict=True))


@pytest.mark.parametrize("i", range(len(FILES) + 1), ids=[*FILES, "a .csv"])
def test_together_as_alone(i: int, pairs: list[tuple[Roster, Roster]]) -> None:
    alone, together = pairs[i]
    assert together.placed() == alone.placed()
    assert {k: v.to_pylist() for k, v in together.text.items()} == {k: v.to_pylist() for k, v in alone.text.items()}
    for name, amounts in alone.amounts.items():
        assert together.amounts[name].cents.tolist() == amounts.cents.tolist(), name
        assert together.amounts[name].known.tolist() == amounts.known.tolist(), name
    for name, times in alone.times.items():
        assert np.array_equal(together.times[name], times, equal_nan=True), name
    assert {k: v.tolist() for k, v in together.cleaned.items()} == {k: v.tolist() for k, v in alone.cleaned.items()}


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("nothing to remark", []),
        ("one firm twice", ["DUPLICATE", "DUPLICATE"]),
        ("the same firm once more, alone", []),
        ("a code stored as a number", ["USCC_NUMBER"]),
        ("dollars that are probably ten thousand", ["UNIT_SUSPECT"]),
        ("a hidden row and merged cells", ["MERGED_CELLS", "HIDDEN_ROW"]),
    ],
)
def test_a_file_keeps_to_its_own_rows(name: str, codes: list[str], pairs: list[tuple[Roster, Roster]]) -> None:
    _, together = pairs[list(FILES).index(name)]
    assert [p.code for p in together.placed()] == codes


def test_reading_keeps_the_order_and_names_what_is_refused(paths: list[Path], tmp_path: Path) -> None:
    torn = tmp_path / "撕坏.xlsx"
    torn.write_bytes(paths[0].read_bytes()[:900])
    missing = tmp_path / "没有.xlsx"
    ticks: list[int] = []
    got = read_and_check([paths[1], torn, paths[3], missing], nantong(), TODAY, done=lambda: ticks.append(1))
    told = [r.problems[0].code if isinstance(r, FileRefused) else [p.code for p in r.placed()] for r in got]
    assert told == [["DUPLICATE", "DUPLICATE"], "FILE_UNREADABLE", ["USCC_CHECK", "PHONE"], "FILE_UNREADABLE"]
    assert len(ticks) == 4
