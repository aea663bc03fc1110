"""Kinds of columns (列的种类): what may stand in a cell, how the ledger keeps it, how the workbook shows it.

Declared once; cleaning, checks, ledger, workbook, templates and the manual go by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stored = Literal["text", "int", "date", "datetime"]
Shown = Literal["text", "usd", "yuan", "rate", "fx", "whole", "date", "datetime"]


@dataclass(frozen=True)
class Kind:
    """One kind: what a person is told that it is, how a value is kept, and how the workbook shows it.

    `money` is the unit that amounts are counted in where the heading names none; they are kept in hundredths of it.
    `refers`: the cell names something that the ledger knows, and is kept as that thing's own key.
    """

    told: str
    stored: Stored = "text"
    shown: Shown = "text"
    money: str = ""
    refers: bool = False


KINDS: dict[str, Kind] = {
    "serial": Kind("序号"),
    "text": Kind("文字"),
    "uscc": Kind("统一社会信用代码，18 位"),
    "customs_code": Kind("海关注册编码，10 位"),
    "code": Kind("编号：字母、数字和 - / _ . ( )"),
    "choice": Kind("下拉选项之一"),
    "choices": Kind("下拉选项中的几项，用逗号分开"),
    "yes_no": Kind("是或否"),
    "phone": Kind("电话"),
    "email": Kind("电子邮箱"),
    "amount": Kind("金额，美元，最多两位小数", "int", "usd", "美元"),
    "yuan": Kind("金额，元，最多两位小数", "int", "yuan", "元"),
    "money": Kind("金额，最多两位小数，币种在另一列", "int", "usd", "元"),
    "currency": Kind("币种代码，三个字母，如 USD"),
    "date": Kind("日期，写成 2019-09-05", "date", "date"),
    "datetime": Kind("日期和时间，写成 2019-09-05 09:30", "datetime", "datetime"),
    "month": Kind("年和月，写成 2019-09"),
    "year": Kind("年，或年和月（计入该年）", "int", "whole"),
    "whole": Kind("1、2、3 这样的整数", "int", "whole"),
    "rate": Kind("大于 0 的数，最多 8 位小数，如 7.0883", "text", "fx"),
    "percent": Kind("百分比，写成 90% 或 0.9", "text", "rate"),
    "country": Kind("国家或地区"),
    "file": Kind("文件名，文件放在工作区里"),
    "firm": Kind("企业：统一社会信用代码、受理编号、企业名称或曾用名", refers=True),
    "sent": Kind("已报送的企业：受理编号或统一社会信用代码", refers=True),
    "policy": Kind("保单号", refers=True),
    "entry": Kind("另一张登记表里的一行", refers=True),
    "check": Kind("自动检查"),
}
"""Every kind by its name."""

MONEY = {name: kind.money for name, kind in KINDS.items() if kind.money}
"""Kinds that hold money, and the unit where the heading names none."""
