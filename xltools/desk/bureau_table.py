"""Reading one of the bureau's own tables: all of it or nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from xltools.desk.errors import BadInput, Refusal
from xltools.roster import inputs
from xltools.roster.cells import Roster
from xltools.roster.columns import input_columns
from xltools.roster.problems import FileRefused
from xltools.scheme import Scheme
from xltools.sheets.read import read_table


def read_input(path: Path, scheme: Scheme, name: str, today: date) -> Roster:
    """The checked rows of a table of that name (see inputs.toml).

    Raises Refusal when the file cannot be read; BadInput, listing every cell, when a row has an error: the bureau's
    figures are taken whole or not at all.
    """
    if not path.is_file():
        raise Refusal(f"找不到文件：{path}")
    try:
        roster = inputs.check(read_table(path, input_columns(scheme, name)), scheme, name, today)
    except FileRefused as e:
        raise Refusal(f"{path.name}：{e}") from e
    except OSError as e:
        raise Refusal(f"{path.name}：读不了（{e.strerror}）；文件是否正在 Excel 中打开？") from e
    refuse_errors(path, roster)
    return roster


def refuse_errors(path: Path, roster: Roster) -> None:
    """Raise BadInput if any row of the bureau's table has an error."""
    wrong = [p for p in roster.placed() if p.severity == "error"]
    if wrong:
        first = wrong[0]
        raise BadInput(
            f"{path.name}：有 {len(wrong)} 处须改正，没有读入。第一处 {first.sheet}!{first.cell}：{first.message}。{first.hint}",
            wrong,
        )


def read_extract(path: Path, scheme: Scheme, today: date) -> pa.Table:
    """A customs extract (海关数据) as a table: uscc, customs_code, name, year int64, country ISO-2, cents int64.

    A 年月 counts for its year. Raises Refusal and BadInput.
    """
    roster = read_input(path, scheme, "customs", today)
    keyless = roster.blank("uscc") & roster.blank("customs_code")
    roster.found("KEY_MISSING", "uscc" if "uscc" in roster.cells.places else "customs_code", keyless)
    refuse_errors(path, roster)
    years = np.array([int(p[:4]) for p in roster.text["period"].to_pylist()], dtype=np.int64)
    return pa.table(
        {
            "uscc": roster.text["uscc"],
            "customs_code": roster.text["customs_code"],
            "name": roster.text["name"],
            "year": years,
            "country": roster.text["country"],
            "cents": roster.amounts["amount"].cents,
        }
    )
