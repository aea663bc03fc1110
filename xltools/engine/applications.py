"""What the rules look at: one row per application, plain arrays, no files and no databases."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NO, YES, UNCLEAR = 0, 1, 2
"""In-force policies (在保): none, one that bars the firm, one that has to be clarified."""

CUSTOMS, INFORCE, LISTS = 1, 2, 4
"""INCOMPLETE: the bureau's tables of which rows may have been left out."""

DECLINED, RELEASED = 1, 2
"""HELD: the insurer refused the firm's row (拒保), or its policy ended again (解除). Neither is queued again by itself."""
DROPPED = -2
"""A wish for a plan that an amendment dropped."""

BLANK, AGREED, REFUSED, RETURNED = 0, 1, 2, 3
"""Opinions (审核意见): blank, 同意, 不同意, 补正."""


@dataclass(frozen=True)
class Applications:
    """Arrays of shape `(n,)`. Amounts are US cents; where a `_known` mask is False the amount means nothing.

    A mask about a cell is only True where that cell is clean: no problem of severity error is placed on it.
    """

    exports: Ints
    exports_known: Mask
    """The figure that counts for the band is known and its cells are clean."""
    before: Ints
    before_known: Mask
    key: Ints
    key_known: Mask
    emerging: Ints
    emerging_known: Mask
    confirmed: Mask
    """One of the priority conditions that need confirmation is confirmed."""
    wish: Ints
    """Index of the plan asked for, -1 where blank, DROPPED where the scheme does not have it any more."""
    insurer: Ints
    """Index of the insurer."""
    copay: Mask
    policy: Mask
    """The policy tick that counts: the bureau's, in `quote` the district's."""
    declared_insured: Mask
    inforce: Ints
    outside: Mask
    customs_absent: Mask
    incomplete: Ints
    """Bits of INCOMPLETE: the bureau's tables of which a row that may be the firm's could not be used."""
    unknown_country: Ints
    """Of the exports by customs those of which nobody knows to which country they went."""
    has_error: Mask
    district: Ints
    """The district's opinion."""
    bureau: Ints
    """The bureau's opinion; AGREED everywhere in `quote`, which knows none."""
    withdrawn: Mask
    held: Ints
    """What keeps an eligible row out of the queue: HELD, 0 for nothing."""
    received: npt.NDArray[np.datetime64]
    arrival: Ints
    draw: Ints
    reduction: Ints
    """Index of the premium reduction, -1 for none."""

    def __len__(self) -> int:
        return len(self.exports)

    def take(self, where: Mask | Ints) -> Self:
        """The applications on some rows."""
        return type(self)(**{f.name: getattr(self, f.name)[where] for f in fields(self)})


def nothing(n: int) -> dict[str, np.ndarray]:
    """Arrays for `n` applications about which nothing is known, to be filled in by name."""
    kinds = {f.name: str(f.type) for f in fields(Applications)}
    out: dict[str, np.ndarray] = {}
    for name, kind in kinds.items():
        out[name] = np.zeros(n, dtype=bool if kind == "Mask" else np.int64)
    out["received"] = np.full(n, np.datetime64("NaT"), dtype="datetime64[s]")
    out["wish"] -= 1
    out["reduction"] -= 1
    out["arrival"] = np.arange(1, n + 1)
    return out
