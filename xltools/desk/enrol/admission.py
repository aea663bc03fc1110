"""What a file is before it enters (收件登记): which district sent it, which round it is, in which order files count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.columns import OUTSIDE
from xltools.catalogue.template import VERSION_KEYS
from xltools.desk.enrol.inbox import Arrived
from xltools.roster.cells import Roster
from xltools.roster.problems import FileProblem, FileRefused
from xltools.scheme import Scheme

UNKNOWN = "未注明"
"""The district of a file that names none."""


@dataclass(frozen=True)
class Admitted:
    """A file that can be read; `round` is None where it does not say."""

    file: Arrived
    roster: Roster
    district: str
    round: int | None


def identify(scheme: Scheme, file: Arrived, roster: Roster) -> Admitted:
    """Who sent the file and which round it is; warnings about it are added to the roster's findings."""
    version = roster.cells.version
    if version is None:
        roster.findings.file.append(FileProblem("FILE_NO_VERSION"))
    said = (version or {}).get(VERSION_KEYS[3], "")
    district = _district(scheme, file, roster)
    area = roster.text["area"]
    other = np.asarray(pc.fill_null(pc.invert(pc.is_in(area, value_set=pa.array([district, OUTSIDE]))), True))
    other &= ~roster.blank("area") & (district != UNKNOWN)
    roster.found("AREA_OTHER_FILE", "area", other, [district] * int(other.sum()))
    return Admitted(file, roster, district, (int(said) or None) if said.isdecimal() else None)


def too_late(rounds: Mapping[str, int], scheme: Scheme, found: Admitted) -> FileRefused | None:
    """Why a file that can be read is not taken: more rows than the scheme allows, or a round already past.

    `rounds` are the latest ones by district.
    """
    if len(found.roster) > scheme.row_limit.value:
        more = f"{len(found.roster):,} 行，每个文件最多 {scheme.row_limit.value:,} 行"
        return FileRefused([FileProblem("FILE_TOO_MANY_ROWS", more=more)])
    latest = rounds.get(found.district)
    if found.round is not None and latest is not None and found.round < latest:
        more = f"{found.district}已收到第 {latest} 轮，这份是第 {found.round} 轮"
        return FileRefused([FileProblem("FILE_OLD_ROUND", more=more)])
    return None


def in_order(found: Sequence[Admitted]) -> list[Admitted]:
    """The files as they came, but those of one district among themselves by round, then by time of change.

    What is entered later supersedes; 汇总表(1).xlsx sorts before 汇总表.xlsx and is yet the newer one.
    """
    out = list(found)
    for district in {f.district for f in found}:
        places = [i for i, f in enumerate(found) if f.district == district]
        ranked = sorted((found[i] for i in places), key=lambda f: (f.round or 0, f.file.changed))
        for place, file in zip(places, ranked, strict=True):
            out[place] = file
    return out


def _district(scheme: Scheme, file: Arrived, roster: Roster) -> str:
    """The district that sent the file: by its 版本 sheet, else by the only area in it, else by the file's name."""
    names = [a.name for a in scheme.areas]
    said = (roster.cells.version or {}).get(VERSION_KEYS[2], "")
    if said in names:
        return said
    areas = [a for a in roster.text["area"].drop_null().to_pylist() if a != OUTSIDE]
    if areas and len(set(areas)) == 1:
        return str(areas[0])
    in_name = [a for a in names if a in file.name]
    if len(in_name) == 1:
        return in_name[0]
    best = max(sorted(set(areas)), key=areas.count) if areas else UNKNOWN
    more = f"按所属区最多的记为 {best}" if areas else "表内没有所属区"
    roster.findings.file.append(FileProblem("FILE_DISTRICT", more=more))
    return best
