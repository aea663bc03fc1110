"""What 首页 counts (总览): worksheet formulas over 测算 and 资金池 that stay alive without Python, and their values now."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from xltools.sheets.platform.contents import Contents
from xltools.sheets.write.formulas import array, text

OUT_OF_PLAY = ("不符合条件", "不在平台区域", "不在出口额区间")
WAITING = ("待补正", "待核实", "待审核")
ELIGIBLE, SENT, ARRANGED, QUEUED = "符合条件", "已报送", "已安排", "候补"
OUT = (SENT, "已承保")
"""What 资金安排 says of a firm that was reported to its insurer."""
STATE, MONEY_STATE = "测算[资格]", "测算[资金安排]"


def formulas() -> dict[str, str]:
    """By the headings of 区表: the count over all firms, without the equals sign."""
    return {
        "文件": "SUM(区表[文件])",
        "企业": "COUNTA(测算[受理编号])",
        "不参加": f"SUMPRODUCT(COUNTIF({STATE},{array(OUT_OF_PLAY)}))",
        **{state: f"COUNTIF({STATE},{text(state)})" for state in WAITING},
        ARRANGED: f"COUNTIFS({STATE},{text(ELIGIBLE)},{MONEY_STATE},{text(ARRANGED)})",
        QUEUED: f"COUNTIFS({STATE},{text(ELIGIBLE)},{MONEY_STATE},{text(QUEUED)})",
        SENT: f"SUMPRODUCT(COUNTIF({MONEY_STATE},{array(OUT)}))",
    }


def counts(contents: Contents) -> dict[str, int]:
    """What those formulas give for these contents."""
    worked = contents.tables["测算"]
    state, money = worked["资格"], worked["资金安排"]
    eligible = pc.fill_null(pc.equal(state, ELIGIBLE), False)

    def both(what: str) -> int:
        return _true(pc.and_(eligible, pc.fill_null(pc.equal(money, what), False)))

    return {
        "文件": int(pc.sum(contents.tables["区表"]["文件"]).as_py() or 0),
        "企业": int(pc.sum(worked["受理编号"].is_valid()).as_py() or 0),
        "不参加": _among(state, OUT_OF_PLAY),
        **{s: _among(state, (s,)) for s in WAITING},
        ARRANGED: both(ARRANGED),
        QUEUED: both(QUEUED),
        SENT: _among(money, OUT),
    }


AMOUNTS = ("应缴保费(元)", "财政扶持(元)", "企业承担(元)")


def amount_formula(heading: str) -> str:
    """The amount of all firms arranged or sent: all that have one, less those that wait."""
    column = f"测算[[#Data],[{heading}]]"
    return f"SUM({column})-SUMIF({MONEY_STATE},{text(QUEUED)},{column})"


def amount(contents: Contents, heading: str) -> Decimal:
    worked = contents.tables["测算"]
    waits = pc.fill_null(pc.equal(worked["资金安排"], QUEUED), False)
    total = pc.sum(pc.if_else(waits, pa.scalar(None, worked[heading].type), worked[heading])).as_py()
    return Decimal(total or 0)


def _among(column: pa.ChunkedArray, words: Sequence[str]) -> int:
    return _true(pc.is_in(column, value_set=pa.array(words, pa.string())))


def _true(mask: pa.ChunkedArray) -> int:
    return int(pc.sum(mask).as_py() or 0)
