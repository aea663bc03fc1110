"""District top-up (区级配套): what a district adds to a firm's own part of the premium, out of the district's own pool.

It never touches the city's pools. A firm gets ⌊own part × share⌋, at most the cap, in the order in which the policies
were entered; the first that its district's pool cannot pay closes that pool (先到先得, as 二（三） for the city's).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from xltools.engine.terms import scaled

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class TopUps:
    """Along the rows: what is due in fen, and whether the pool pays it; by area what is left in fen."""

    due: Ints
    granted: Mask
    left: Ints


def due(own_fen: Ints, shares: Sequence[Decimal], caps: Sequence[int | None]) -> Ints:
    """Each row's top-up in fen: ⌊`own_fen` × share⌋, at most its cap. Shapes `(n,)`; own parts are not negative."""
    out = np.zeros(len(own_fen), dtype=np.int64)
    for i, (own, share, cap) in enumerate(zip(own_fen.tolist(), shares, caps, strict=True)):
        num, digits = scaled(share)
        fen = own * num // 10**digits
        out[i] = fen if cap is None else min(fen, cap)
    return out


def serve(due_fen: Ints, area: Ints, order: Ints, pools: Ints) -> TopUps:
    """Serve rows (`area`: index of the district, `order`: who comes first) from the districts' pools, fen."""
    place = np.lexsort((order, area))
    sums, granted = np.zeros(len(pools), dtype=np.int64), np.zeros(len(due_fen), dtype=bool)
    for k in range(len(pools)):
        mine = place[area[place] == k]
        fits = np.cumsum(due_fen[mine]) <= pools[k]
        granted[mine] = fits
        sums[k] = due_fen[mine][fits].sum()
    return TopUps(due_fen, granted, pools - sums)
