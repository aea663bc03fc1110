"""The bureau's own tables: customs data, policies in force, lists, exchange rates, fund, reviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from nantong.cast import Cast
from nantong.firms import BASE, Firm
from nantong.trade import NAMES
from xltools.catalogue.bureau_tables import columns_of
from xltools.scheme import Scheme
from xltools.sheets.write.bulk import Column, Sheet, write_table

CUSTOMS, LISTS, FX, FUND = "海关数据.xlsx", "优先名单.xlsx", "汇率.xlsx", "资金变动.xlsx"
INFORCE = {"中国信保": "在保名单_中国信保.xlsx", "人保财险": "在保名单_人保财险.xlsx"}
REVIEW, SECOND_REVIEW, DRAW = "审核.xlsx", "审核_补正后.xlsx", "审核_抽签.xlsx"
MONEY = pa.decimal128(18, 2)
LISTED = {
    "3": ("基地名单", "市商务局〔2019〕示例1号"),
    "4": ("品牌名单", "省商务厅公布名单（示例）"),
    "5": ("试点名单", "省商务厅试点名单（示例）"),
    "6": ("参展名单", "第125届广交会参展名册（示例）"),
}
"""Priority condition -> its list, and where the list comes from."""
WIDE = {
    "企业名称": 32,
    "统一社会信用代码": 22,
    "审批依据": 34,
    "核定依据": 40,
    "来源": 30,
    "备注": 26,
    "文号": 22,
    "保单号": 18,
}
"""Widths of columns whose cells are longer than their headings."""
Policy = tuple[Firm, str, date | None, date | None]
"""Firm, 保单性质, from, to."""


def lists(cast: Cast, others: Sequence[Firm]) -> tuple[list[dict[str, object]], set[str]]:
    """The lists behind priorities 3 to 6, and the codes that they and the bureau's ticks confirm.

    Most declared firms stand on their list; two by name only, which the bureau ticks; the rest are not on it.
    """
    rows: list[dict[str, object]] = []
    confirmed: set[str] = set()
    ticked = 0
    for firm in [f for f in cast.firms if f.priorities in LISTED]:
        no = firm.priorities
        line = _listed(no, firm)
        if firm.number % 10 < 7:
            rows.append(line)
            confirmed.add(firm.uscc)
        elif no == "6" and ticked < 2 and not firm.planted:
            rows.append(line | {"统一社会信用代码": None})
            firm.review |= {"优先确认": "6", "备注": "名单只有名称，已核对"}
            firm.planted = True
            confirmed.add(firm.uscc)
            ticked += 1
    for i, firm in enumerate(others[:24]):
        rows.append(_listed("3456"[i % 4], firm))
    return sorted(rows, key=lambda r: str(r["名单"])), confirmed


def _listed(no: str, firm: Firm) -> dict[str, object]:
    name, source = LISTED[no]
    return {
        "名单": name, "统一社会信用代码": firm.uscc, "企业名称": firm.name, "来源": source, "日期": date(2019, 8, 30),
    }  # fmt: skip


def write_lists(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    _write(path, "优先名单", rows, {"日期": pa.date32()})


def write_customs(path: Path, cast: Cast, others: Sequence[Firm]) -> None:
    """Firm, year and country, as the customs system prints it; renamed firms under their old name."""
    renamed = {f.uscc: f"{f.name[:2]}原{f.name[3:]}" for f in cast.of("CUSTOMS_NAME")}
    rows = [
        {
            "统一社会信用代码": firm.uscc,
            "海关注册编码": firm.customs_code,
            "企业名称": renamed.get(firm.uscc, firm.name),
            "年度": year,
            "国别": NAMES[country],
            "出口额(美元)": Decimal(cents).scaleb(-2),
        }
        for firm in sorted([*cast.firms, *others], key=lambda f: f.uscc)
        for year in (BASE - 1, BASE)
        for country, cents in firm.exports.get(year, {}).items()
        if cents
    ]
    _write(path, "海关出口数据", rows, {"年度": pa.int64(), "出口额(美元)": MONEY})


def write_inforce(folder: Path, cast: Cast, others: Sequence[Firm]) -> None:
    """Each insurer's policies: most of firms that do not apply, a few that matter here."""
    start, end = date(2019, 1, 1), date(2019, 12, 31)
    insured = cast.of("ALREADY_INSURED")
    listed: dict[str, list[Policy]] = {
        "中国信保": [
            *((f, "自主", start, end) for f in insured[:2]),
            *((f, "市统保", date(2018, 9, 1), date(2019, 8, 31)) for f in cast.of("PLATFORM_RENEWAL")),
            (cast.of("DISTRICT_INFORCE", "苏通科技产业园区")[0], "市统保", date(2018, 9, 1), date(2019, 8, 31)),
            (cast.of("DISTRICT_INFORCE", "通州区")[0], "自主", date(2018, 7, 1), date(2019, 6, 30)),
            (cast.of("INFORCE_UNCLEAR")[0], "", date(2019, 3, 1), date(2020, 2, 29)),
            *((f, "自主" if i % 3 else "省统保", start, end) for i, f in enumerate(others[:30])),
        ],
        "人保财险": [
            (insured[2], "自主", date(2019, 5, 1), date(2020, 4, 30)),
            *((f, "自主", start, end) for f in others[30:44]),
        ],
    }
    for insurer, policies in listed.items():
        rows = [
            {
                "统一社会信用代码": f.uscc,
                "企业名称": f.name,
                "保险人": insurer,
                "保单号": f"示例{insurer[0]}{2019_000 + i}",
                "保单性质": nature,
                "起保日期": since,
                "终保日期": until,
            }
            for i, (f, nature, since, until) in enumerate(policies, 1)
        ]
        _write(folder / INFORCE[insurer], "在保名单", rows, {"起保日期": pa.date32(), "终保日期": pa.date32()})


def write_fx(path: Path) -> None:
    rows = [
        {"保险人": insurer, "月份": month, "汇率": rate, "来源": f"{insurer}业务系统（示例）"}
        for insurer, month, rate in (
            ("中国信保", "2019-09", "7.0883"), ("人保财险", "2019-09", "7.0879"),
        )
    ]  # fmt: skip
    _write(path, "汇率", rows)


def write_fund(path: Path) -> None:
    """One more payment by the treasury, for the reader to try what it does to the waiting firms."""
    rows = [
        {
            "日期": date(2019, 10, 8), "类型": "追加", "转出": None, "转入": insurer, "金额(元)": Decimal(yuan),
            "文号": f"通财〔2019〕示例{no}号", "审批人": "市局李乙", "备注": "追加扶持资金",
        }
        for no, insurer, yuan in ((7, "中国信保", "70000.00"), (8, "人保财险", "20000.00"))
    ]  # fmt: skip
    _write(path, "资金变动", rows, {"日期": pa.date32(), "金额(元)": MONEY})


def write_reviews(folder: Path, scheme: Scheme, cast: Cast, tied: Sequence[Firm]) -> None:
    """The bureau's decisions: with the first files, after the correction, and the lots drawn between equals."""
    first = [(f, f.review) for f in cast.firms if f.review]
    second = [(f, f.second_review) for f in cast.firms if f.second_review]
    why = "2019-10-08 现场抽签记录（示例）"
    draw: list[tuple[Firm, dict[str, object]]] = [
        (f, {"同时收件次序": str(n), "审批依据": why}) for n, f in enumerate(reversed(tied), 1)
    ]
    headings = {c.heading: c.kind for c in columns_of(scheme, "review")}
    kinds = {"date": pa.date32(), "datetime": pa.timestamp("s"), "amount": MONEY}
    for name, decisions in ((REVIEW, first), (SECOND_REVIEW, second), (DRAW, draw)):
        rows = [
            dict.fromkeys(headings) | {"统一社会信用代码": f.uscc, "企业名称": f.name} | said for f, said in decisions
        ]
        _write(folder / name, "市级审核", rows, {h: kinds[k] for h, k in headings.items() if k in kinds})


def _write(
    path: Path, sheet: str, rows: Sequence[Mapping[str, object]], types: Mapping[str, pa.DataType] | None = None
) -> None:
    types = types or {}
    table = pa.table({h: pa.array([r[h] or _zero(r[h]) for r in rows], types.get(h, pa.string())) for h in rows[0]})
    looks = [Column(18, "#,##0.00") if types.get(h) == MONEY else Column(WIDE.get(h, 2 * len(h) + 4)) for h in rows[0]]
    write_table(path, [Sheet(sheet, table, looks)])


def _zero(value: object) -> object:
    """A zero is a figure; "" is a blank cell."""
    return value if isinstance(value, Decimal | datetime) else None
