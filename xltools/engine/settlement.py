"""Settlement (清算): what was prepaid, what policies really cost, and why the two differ. Scheme clause 五（二）.

Of each policy three amounts of fiscal money are known: the estimate by which it was sent (at the budget rate), what it
costs at the rate of its month of entry, and what the insurer charged. So, to the fen,

    estimate + FX effect (price) + difference in reckoning = actual, and
    prepaid + number effect (quantity) = estimates, where the number effect is negative while fewer firms are insured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Effects:
    """Sums in fen of groups of policies, int64 of shape `(groups,)`."""

    policies: Ints
    estimate: Ints
    fx: Ints
    reckoning: Ints
    actual: Ints


def effects(group: Ints, groups: int, estimate_fen: Ints, due_fen: Ints, actual_fen: Ints) -> Effects:
    """Add up policies by group (`group` 0 to `groups` - 1; all arrays of shape `(n,)`)."""

    def total(fen: Ints) -> Ints:
        out = np.zeros(groups, dtype=np.int64)
        np.add.at(out, group, fen)
        return out

    estimate, due, actual = total(estimate_fen), total(due_fen), total(actual_fen)
    return Effects(
        np.bincount(group, minlength=groups).astype(np.int64), estimate, due - estimate, actual - due, actual
    )
