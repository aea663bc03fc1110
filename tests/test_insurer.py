"""Insurer sheets: layouts as data, the hash, what a re-save leaves alone, and what a changed cell is called."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import subprocess
import tempfile
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
import python_calamine

from xltools.scheme import load
from xltools.sheets import layout as layouts
from xltools.sheets.insurer import Batch, compare, file_name, read_batch, write_batch
from xltools.sheets.layout import LayoutError

SCHEME = load("nantong-2019")
SINOSURE, PICC = SCHEME.insurers
DEFAULT = layouts.load()
DAY = date(2019, 10, 8)
PLANS = {p.id: p for p in SCHEME.plans}

# plan, exports, premium, fiscal, enterprise: domain vectors at 7.0883, in cents and fen
PRICED = [
    ("A", 300_000_000, 90_000, 637_947, 0),
    ("A", 787_755_102, 236_327, 1_675_153, 0),
    ("B", 300_010_000, 300_010, 1_063_280, 1_063_281),
    ("C", 555_555_556, 555_556, 3_937_944, 0),
    ("D", 33_333_334, 10_000, 70_883, 0),
    ("D", 50_000_000, 15_000, 106_325, 0),
]
NAMES = ["=1+1进出口有限公司", "+南通示例纺织有限公司", "-1科技", "@SUM(A1)贸易", '"引号"，逗号,有限公司', "换行\n有限公司"]


def sample(n: int = 6) -> pa.Table:
    """Rows of a batch; names that look like formulas, quotes and line breaks among them."""
    priced = [PRICED[i % 6] for i in range(n)]
    plans = [p[0] for p in priced]
    ratio = pa.decimal128(18, 8)
    return pa.table({
        "case_no": [f"NT2019-{i + 1:04d}" for i in range(n)],
        "name": [NAMES[i % 6] + ("" if i < 6 else str(i)) for i in range(n)],
        "uscc": [f"91320602MA1X{i:05d}7N"[:18] for i in range(n)],
        "customs_code": [f"0{i:09d}" for i in range(n)],
        "area": ["崇川区"] * n,
        "contact": ["张三"] * n,
        "phone": ["013800000000"] * n,
        "plan": plans,
        "limit_cents": [int(PLANS[p].limit.value * 100) for p in plans],
        "rate": pa.array([PLANS[p].rate.value for p in plans], pa.decimal128(10, 6)).cast(ratio),
        "exports_cents": [p[1] for p in priced],
        "premium_cents": [p[2] for p in priced],
        "minimum": [p[2] == 10_000 for p in priced],
        "fiscal_share": pa.array([Decimal("0.5") if p == "B" else Decimal(1) for p in plans], ratio),
        "fx": pa.array([Decimal("7.0883")] * n, ratio),
        "fiscal_fen": [p[3] for p in priced],
        "enterprise_fen": [p[4] for p in priced],
        "received": pa.array([datetime(2019, 9, 5, 9, 37, 12 + i % 40) for i in range(n)], pa.timestamp("s")),
        "reviewed": pa.array([date(2019, 9, 6) if i % 2 else None for i in range(n)], pa.date32()),
        "remark": [None if i % 2 else "" for i in range(n)],
    })  # fmt: skip


def batch(rows: pa.Table | None = None, layout: layouts.Layout = DEFAULT) -> Batch:
    return Batch(SCHEME, SINOSURE, layout, 1, DAY, sample() if rows is None else rows, "李四")


def written(path: Path, b: Batch):  # type: ignore[no-untyped-def]
    return write_batch(
        path, scheme=b.scheme, insurer=b.insurer, layout=b.layout, number=b.number, day=b.day, rows=b.rows, who=b.who
    )
