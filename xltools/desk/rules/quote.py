"""`quote`: eligibility, plan, premium and queue of one file, stateless (资格与保费试算)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.desk.apart import Left, apart
from xltools.desk.errors import Refusal
from xltools.desk.inputs import implausible, known_by_code, read_rows
from xltools.desk.progress import Progress, silent
from xltools.desk.rules.applications import Customs, compare_with_customs, declared
from xltools.desk.rules.left_out import left_out
from xltools.desk.rules.outcome_table import outcome_table, write_result
from xltools.engine.assess import STATUSES, Outcomes, assess, opening_funds
from xltools.files import reason
from xltools.roster.cells import Roster
from xltools.roster.checks import check
from xltools.roster.problems import FileRefused
from xltools.roster.repeated import spread
from xltools.scheme import Scheme
from xltools.scheme.countries import emerging_groups
from xltools.sheets.intake.read import read_roster


@dataclass(frozen=True)
class Quote:
    """What `quote` found: the table, the checked rows, the outcomes and the arrays they came from."""

    roster: Roster
    table: pa.Table
    outcomes: Outcomes
    notes: list[str]
    """What a person should know beside the figures."""
    left: Sequence[Left] = ()
    """What of the customs extract could not be used."""

    @property
    def has_errors(self) -> bool:
        return bool(self.left) or bool(self.roster.findings.mask().any())

    def counts(self) -> dict[str, int]:
        """Rows by 资格."""
        n = np.bincount(self.outcomes.status, minlength=len(STATUSES)).tolist()
        return dict(zip(STATUSES, n, strict=True))


def quote(
    path: Path,
    scheme: Scheme,
    *,
    today: date,
    fx: Decimal | None = None,
    customs: Path | None = None,
    assume_approved: bool = False,
    out: Path | None = None,
    groups: Path | None = None,
    progress: Progress = silent,
) -> Quote:
    """Read, check, assess and price one roster; write the contract's table to `out` (.xlsx, .csv, .parquet).

    Raises Refusal for an error of the file: then nothing is written.
    """
    if not path.is_file():
        raise Refusal(f"{path} 是文件夹，请写明其中的文件" if path.is_dir() else f"找不到文件：{path}")
    if out and out.exists() and any(out.samefile(p) for p in (path, customs) if p and p.exists()):
        raise Refusal(f"{out}：结果不能写在输入文件上，请换一个文件名")
    progress("读取")
    try:
        cells = read_roster(path, scheme)
    except FileRefused as e:
        raise Refusal(f"{path.name}：{e}") from e
    except OSError as e:
        raise Refusal(f"{path.name}：读不了（{reason(e)}）；文件是否正在 Excel 中打开？") from e
    progress("核对")
    roster = check(cells, scheme, today)
    extract, listed = _extract(customs, roster, scheme, today, groups) if customs else (None, [])
    progress("测算")
    rate = scheme.fx.budget.value if fx is None else fx
    rates = [rate] * len(scheme.insurers)
    if extract:
        compare_with_customs(roster, extract.figures(roster), extract.incomplete)
    applications = declared(roster, today, extract)
    outcomes = assess(scheme, applications, rates, opening_funds(scheme), assume_approved=assume_approved)
    notes = [implausible(scheme, rate)]
    estimated = []
    if fx is None:
        estimated.append(f"汇率按预算汇率 {rate}")
    if extract is None or scheme.base_year.value not in pc.unique(extract.extract["year"]).to_pylist():
        estimated.append("出口额按企业申报")
    table = outcome_table(
        scheme, applications, outcomes, roster.findings, serial=serials(roster),
        name=spread(roster.text["name"]), uscc=roster.text["uscc"], fx=rates, estimated=estimated,
    )  # fmt: skip
    if out:
        progress("写出")
        notes.append(write_result(out, table, rate_text=str(rate)))
    return Quote(roster, table, outcomes, [n for n in notes if n], listed)


def _extract(
    path: Path, roster: Roster, scheme: Scheme, today: date, groups: Path | None
) -> tuple[Customs, list[Left]]:
    """A customs extract for these rows, and what of it could not be used. Raises Refusal and BadInput."""
    of, rows = bureau_tables()["customs"], read_rows(path, scheme, "customs", today)
    known_by_code(rows)
    found = apart(rows, of, path.name)
    table = found.left.add_column(0, "bureau", pa.array([of.name] * found.left.num_rows, pa.string()))
    uscc, code, name = (roster.text[f].to_pylist() for f in ("uscc", "customs_code", "name"))
    base = scheme.base_year.value
    left = left_out(table, uscc, code, name, (base, base - 1))
    return Customs(found.rows, emerging_groups(scheme, groups), left), found.listed


def serials(roster: Roster) -> pa.StringArray:
    """序号 as in the file, else the row's place."""
    place = pc.cast(pa.array(np.arange(1, len(roster) + 1)), pa.string())
    return pc.coalesce(roster.text["no"], place)
