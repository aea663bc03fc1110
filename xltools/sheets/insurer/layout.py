"""Layouts of insurer sheets (报送表版式): which columns an insurer loads, in what order, unit and form. Data."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from xltools.files import reason
from xltools.sheets.write import formats
from xltools.sheets.write.formats import FORMATS

SHIPPED = resources.files("xltools.sheets.insurer") / "layouts"
KEY = "case_no"
"""Field of the row key (受理编号)."""

Kind = Literal["number", "text", "usd", "rmb", "percent", "fx", "flag", "date", "datetime"]


@dataclass(frozen=True)
class Field:
    """What a column of an insurer sheet may show: the Chinese term and the kind of its values."""

    title: str
    kind: Kind


OWN = {
    "no": Field("序号", "number"),
    "case_no": Field("受理编号", "text"),
    "year": Field("平台年度", "number"),
    "policyholder": Field("名义投保人", "text"),
    "name": Field("被保险人名称", "text"),
    "uscc": Field("统一社会信用代码", "text"),
    "customs_code": Field("海关注册编码", "text"),
    "area": Field("所属区", "text"),
    "contact": Field("联系人", "text"),
    "phone": Field("手机", "text"),
    "plan": Field("方案", "text"),
    "limit_cents": Field("最高赔偿限额", "usd"),
    "rate": Field("费率", "percent"),
    "exports_cents": Field("上年出口额", "usd"),
    "premium_cents": Field("应收保费(美元)", "usd"),
    "minimum": Field("最低保费是否适用", "flag"),
    "fiscal_share": Field("财政承担比例", "percent"),
    "fx": Field("预估汇率", "fx"),
    "gross_fen": Field("应收保费(元)", "rmb"),
    "fiscal_fen": Field("财政承担", "rmb"),
    "enterprise_fen": Field("企业承担", "rmb"),
    "cover": Field("保险起止日", "text"),
    "cover_start": Field("保险起期", "date"),
    "cover_end": Field("保险止期", "date"),
    "received": Field("收件时间", "datetime"),
    "reviewed": Field("审核日期", "date"),
    "remark": Field("备注", "text"),
}
"""Fields that we fill in. Amounts end in their unit: `_cents` of a US dollar, `_fen` of a yuan."""

ANSWERS = {
    "policy_no": Field("保单号", "text"),
    "entered": Field("保单录入日期", "date"),
    "system_fx": Field("系统汇率", "fx"),
    "actual_gross_fen": Field("实际保费", "rmb"),
    "actual_fiscal_fen": Field("实际财政承担", "rmb"),
    "actual_enterprise_fen": Field("实际企业承担", "rmb"),
    "payment": Field("企业缴费状态/日期", "text"),
    "refusal": Field("拒保原因", "text"),
}
"""Fields that the insurer fills in; their columns are blank when sent."""

UNITS = {"usd": {"美元": 0, "千美元": 3, "万美元": 4}, "rmb": {"元": 0, "万元": 4}}
"""Units of an amount column as powers of ten."""

_FORMATS = FORMATS | {
    "number": formats.WHOLE, "rmb": formats.AMOUNT, "percent": formats.RATE, "flag": formats.TEXT,
    "datetime": formats.SECOND,
}  # fmt: skip
_KEYS = ("field", "heading", "unit", "format", "width", "blank")


class LayoutError(Exception):
    """A layout file that is missing or wrong; the text says which file, where, and what to do."""


@dataclass(frozen=True)
class Column:
    """One column of the sheet; `heading` carries the unit, `power` is the unit's power of ten."""

    field: str
    heading: str
    kind: Kind
    blank: bool
    width: float
    format: str
    power: int = 0


@dataclass(frozen=True)
class Layout:
    """The columns of an insurer's sheet from left to right."""

    name: str
    title: str
    columns: tuple[Column, ...]

    @property
    def own(self) -> tuple[Column, ...]:
        """The columns that we fill in."""
        return tuple(c for c in self.columns if not c.blank)


def load(name: str = "default", path: Path | None = None) -> Layout:
    """The layout of that name that comes with xltools, or the one in the file `path`. Raises LayoutError."""
    if path is not None:
        try:
            return parse(path.read_text("utf-8"), path.name, path.stem)
        except UnicodeDecodeError as e:
            raise LayoutError(f"{path.name}：不是 UTF-8 文本，请另存为 UTF-8") from e
        except OSError as e:
            raise LayoutError(f"{path}：读不了这个版式文件（{reason(e)}）") from e
    there = sorted(f.name.removesuffix(".toml") for f in SHIPPED.iterdir() if f.name.endswith(".toml"))
    if name not in there:
        shipped = "、".join(there)
        raise LayoutError(f"没有报送表版式 {name}{_near(name, there)}现有版式：{shipped}；也可以指定一个 .toml 文件")
    return parse((SHIPPED / f"{name}.toml").read_text("utf-8"), f"{name}.toml", name)


def parse(text: str, file: str, name: str) -> Layout:
    """A layout from the text of its file; `file` is what messages call it. Raises LayoutError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise LayoutError(f"{file}：不是合法的 TOML（{reason(e)}）") from e
    _known(file, "", data, ("title", "column"))
    entries = data.get("column")
    if not isinstance(entries, list) or not entries or not all(isinstance(e, dict) for e in entries):
        raise LayoutError(f"{file}：缺少 [[column]]，至少要写一列")
    columns = tuple(_column(file, f"column[{i}]", entry) for i, entry in enumerate(entries, 1))
    for what, values in (("列名", [c.heading for c in columns]), ("field", [c.field for c in columns if c.field])):
        twice = sorted({v for v in values if values.count(v) > 1})
        if twice:
            raise LayoutError(f"{file}：{what}重复：{'、'.join(twice)}；每列只写一次")
    if KEY not in {c.field for c in columns}:
        raise LayoutError(f'{file}：缺少 field = "{KEY}"（受理编号）一列，保险人的回执要按它对应')
    return Layout(name, str(data.get("title", name)), columns)


def _column(file: str, where: str, entry: dict[str, Any]) -> Column:
    _known(file, where, entry, _KEYS)
    for key, kinds, what in (
        ("field", str, "文字"), ("heading", str, "文字"), ("unit", str, "文字"), ("format", str, "文字"),
        ("width", (int, float), "数字"), ("blank", bool, "true 或 false"),
    ):  # fmt: skip
        if key in entry and (not isinstance(entry[key], kinds) or (key == "width" and isinstance(entry[key], bool))):
            raise LayoutError(f"{file}：{where}.{key}：应为{what}，现为 {entry[key]!r}")
    blank, field = entry.get("blank", False), entry.get("field", "")
    allowed = ANSWERS if blank else OWN
    if field not in allowed and (field or not blank):
        other = "；它由保险人填写，请加 blank = true" if field in ANSWERS else ""
        other = "；它由我方填写，请去掉 blank" if blank and field in OWN else other
        listed = "、".join(f"{k}（{f.title}）" for k, f in allowed.items())
        wrong = f"没有 {field or '（空）'}{other}{_near(field, allowed)}"
        raise LayoutError(f"{file}：{where}.field：{wrong}可用的：{listed}")
    heading = entry.get("heading", "").strip()
    if not heading:
        raise LayoutError(f"{file}：{where}.heading：没有列名，请写上")
    kind = allowed[field].kind if field else "text"
    units = UNITS.get(kind, {})
    unit = entry.get("unit", next(iter(units), ""))
    if unit not in units and (units or unit):
        listed = "、".join(units) or "（这一列不带单位）"
        raise LayoutError(f"{file}：{where}.unit：{unit} 不能用作“{heading}”的单位；可用的：{listed}")
    if not 0 < (width := float(entry.get("width", 12))) <= 255:
        raise LayoutError(f"{file}：{where}.width：列宽须在 0 与 255 之间，现为 {width:g}")
    power = units.get(unit, 0)
    usual = _FORMATS[kind] + ("#" * power if power else "")
    shown = f"{heading}({unit})" if unit else heading
    return Column(field, shown, kind, blank, width, entry.get("format", usual), power)


def _known(file: str, where: str, entry: dict[str, Any], keys: tuple[str, ...]) -> None:
    for key in entry:
        if key not in keys:
            place = f"{where}.{key}" if where else key
            raise LayoutError(f"{file}：{place}：不认识的键{_near(key, keys)}可用的键：{'、'.join(keys)}")


def _near(text: str, there: Iterable[str]) -> str:
    near = difflib.get_close_matches(text, list(there), 1, 0.5)
    return f"；是否想写 {near[0]}？" if near else "；"
