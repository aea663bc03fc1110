"""Insurers' returns for tests: a workspace whose firms are sent, and an answer to each."""

from __future__ import annotations

from datetime import date
from typing import Any

from workspaces import PICC, Bureau, firm, uscc

TODAY = date(2020, 1, 20)
DAY = date(2020, 1, 8)


def sent(made: Bureau) -> None:
    """1, 3, 4 free (plan A, 3,500.00 × 3 …), 2 pays half (plan B), 5 at the other insurer; rates of January are loaded."""
    made.drop(
        [
            firm(1), firm(2, wish="B", copay="是", exports="3,000,100.00"), firm(3), firm(4), firm(5, **PICC),
        ]
    )  # fmt: skip
    made.collect()
    made.agree(1, 2, 3, 4, 5)
    made.submit()
    made.load(
        "fx", *({"保险人": n, "月份": "2020-01", "汇率": "6.9", "来源": "系统"} for n in ("中国信保", "人保财险"))
    )


def answer(number: int, **more: Any) -> dict[str, Any]:
    """A firm of plan A: 5,000,000.00 × 0.0003 × 6.9 = 10,350.00."""
    row = {
        "受理编号": f"NT2019-{number:04d}", "统一社会信用代码": uscc(number), "保单号": f"SCH{number:06d}", "录入日期": DAY,
        "系统汇率": 6.9, "实际保费(元)": 10350, "财政(元)": 10350, "企业(元)": 0, "起保日期": date(2019, 9, 1),
        "终保日期": date(2020, 8, 31),
    }  # fmt: skip
    return row | more
