"""From when to when a firm is covered (保险起止日), before its policy is issued. Clause 四（一）.

`late_start` of the scheme decides: `scheme_start`: every firm of the platform from the scheme's first day;
`issue_date`: from the day on which the policy is issued, the scheme's first day at the earliest; `collected_by`: the
first for firms whose materials were complete by that day, the second for later ones. The end is the scheme's for all,
and the premium is not pro-rated.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt

from xltools.scheme.model import Scheme

Days = npt.NDArray[np.datetime64]


def starts(scheme: Scheme, received: npt.NDArray[np.datetime64]) -> Days:
    """First day of cover by 材料齐全时间 (datetime64[s]); datetime64[D], NaT where the issue date will decide."""
    first = np.datetime64(scheme.cover.start.value, "D")
    out = np.full(len(received), first, dtype="datetime64[D]")
    if scheme.late_start.value == "issue_date":
        out[:] = np.datetime64("NaT")
    elif scheme.late_start.value == "collected_by" and scheme.collected_by:
        by = np.datetime64(scheme.collected_by.value, "D")
        out[~(received.astype("datetime64[D]") <= by)] = np.datetime64("NaT")  # no time yet is later than any day
    return out


def words(scheme: Scheme, start: date | None) -> str:
    """The period as insurer sheets and `explain` say it; `start` None: the issue date will decide."""
    first = f"{start}" if start else f"出单日（不早于 {scheme.cover.start.value}）"
    return f"{first} 至 {scheme.cover.end.value}"
