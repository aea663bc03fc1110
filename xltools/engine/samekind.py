"""Firms of the same kind (同类型企业, 七（二）1): the control group that the platform's growth is held against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from xltools.scheme import Scheme

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

WHY = (
    "", "没有统一社会信用代码，分不清是哪一家", "海关数据有没有读入的行，出口额可能不全", "基年没有海关记录",
    "基年出口额不在平台的区间", "这个区间没有参保企业", "登记地分不出是平台的哪个区", "这个区没有参保企业",
)  # fmt: skip
"""Why a firm is left out, by code; "" is in the group."""
IN, NAMELESS, INCOMPLETE, NO_BASE, NO_BAND, BAND_EMPTY, NO_AREA, AREA_EMPTY = range(len(WHY))


def bands(scheme: Scheme, exports: Ints) -> Ints:
    """Index of the band that base-year exports (US cents) lie in, both ends inclusive, −1 for none. Shape `(n,)`."""
    out = np.full(len(exports), -1, dtype=np.int64)
    for k, band in enumerate(scheme.bands):
        high = exports >= 0 if band.max is None else exports <= int(band.max.value * 100)
        out[(exports >= int(band.min.value * 100)) & high] = k
    return out


def left_out(
    band: Ints, area: Ints, named: Mask, complete: Mask, based: Mask, in_bands: Sequence[int], in_areas: Sequence[int],
    *, same_band: bool, same_area: bool,
) -> Ints:  # fmt: skip
    """Why each firm that is not on the platform is not in the control group (codes of WHY, the first that holds). Shapes
    `(n,)`.

    `band` and `area` are indexes, −1 for none; `based`: customs knows it in the base year; `in_bands` and `in_areas` are
    those of the platform's firms.
    """
    out = np.full(len(band), IN, dtype=np.int64)
    rules = [
        (NAMELESS, ~named), (INCOMPLETE, ~complete), (NO_BASE, ~based), (NO_BAND, band < 0),
        (BAND_EMPTY, ~np.isin(band, list(in_bands)) & same_band), (NO_AREA, (area < 0) & same_area),
        (AREA_EMPTY, ~np.isin(area, list(in_areas)) & same_area),
    ]  # fmt: skip
    for code, holds in reversed(rules):
        out[holds] = code
    return out
