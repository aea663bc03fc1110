"""项目支出绩效目标表 and 绩效自评表 in the finance bureau's form; what the bureau still has to fill in is yellow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from xlsxwriter.workbook import Workbook

from xltools.sheets.reports.book import finish, sign
from xltools.sheets.write import formats, style
from xltools.sheets.write.grid import Value
from xltools.sheets.write.style import POINTS, Sheet, lines

GOALS, REVIEW = "绩效目标表", "绩效自评表"
WIDTHS = (12, 14, 24, 26, 36, 9, 9, 30)
LAST = len(WIDTHS) - 1
MONEY = ("年度资金总额", "其中：当年财政拨款", "上年结转资金", "其他资金")


@dataclass(frozen=True)
class Field:
    """One cell: what stands in it, and whether the bureau fills it in itself; then a blank is yellow."""

    value: Value = None
    own: bool = False


@dataclass(frozen=True)
class Row:
    """One third-level indicator."""

    first: str
    second: str
    title: str
    expected: Field
    actual: Field
    points: Field
    score: Field
    reason: Field


@dataclass(frozen=True)
class Forms:
    """Both forms: `head` by title (项目名称 …), `money` a row each of MONEY: opening, whole year, paid, in yuan; then what the
    execution gives: points, rate, score; the indicators; the sum of the scores ("": not all are known)."""

    scheme: str
    year: str
    head: dict[str, Field]
    money: Sequence[tuple[Field, Field, Field]]
    execution: tuple[Field, Field, Field]
    rows: Sequence[Row]
    total_points: Value
    total: Value
    note: str


class _Drawing:
    """A form on its sheet, row by row."""

    def __init__(self, book: Workbook, name: str) -> None:
        self.book, self.row = book, 0
        self.sheet: Sheet = book.add_worksheet(name)
        for column, width in enumerate(WIDTHS):
            self.sheet.set_column(column, column, width, style.look(book))
        self.label = style.boxed(book, bold=True, bg_color=style.PALE_BLUE, text_wrap=True, align="center")

    def title(self, *words: str) -> None:
        look = style.look(self.book, font_name=style.TITLE_FONT, font_size=16, align="center", text_wrap=True)
        plain = style.look(self.book, align="center", text_wrap=True)
        for k, text in enumerate(words):
            self.sheet.merge_range(self.row, 0, self.row, LAST, text, plain if k else look)
            self.sheet.set_row(self.row, 4 + (18 if k else 26) * lines(text, sum(WIDTHS) / 1.6))
            self.row += 1

    def labels(self, *places: tuple[int, int, str]) -> None:
        """Headings from one column to another in this row."""
        for first, last, words in places:
            self._put(first, last, words, self.label)

    def field(self, first: int, last: int, field: Field) -> None:
        look: dict[str, Any] = {"text_wrap": True, "align": "left" if isinstance(field.value, str) else "right"}
        if isinstance(field.value, Decimal):
            look["num_format"] = formats.AMOUNT
        if field.own:
            look |= style.MISSING if field.value in (None, "") else {"bg_color": "#FFFDF2"}
        self._put(first, last, field.value, style.boxed(self.book, **look))

    def _put(self, first: int, last: int, value: Value, look: Any) -> None:
        shown = "" if value is None else value
        if first < last:
            self.sheet.merge_range(self.row, first, self.row, last, shown, look)
        elif shown == "":
            self.sheet.write_blank(self.row, first, None, look)
        elif isinstance(shown, str):
            self.sheet.write_string(self.row, first, shown, look)
        else:
            self.sheet.write_number(self.row, first, shown, look)

    def next(self, high: int = 1) -> None:
        self.sheet.set_row(self.row, 8 + POINTS * high)
        self.row += 1


def draw(book: Workbook, forms: Forms) -> None:
    """Add both sheets."""
    _goals(book, forms)
    _review(book, forms)


def _high(values: Sequence[tuple[int, int, Value]]) -> int:
    """Lines of the tallest text in its columns."""
    return max((lines(v, sum(WIDTHS[a : b + 1])) for a, b, v in values if isinstance(v, str)), default=1)


def _head(d: _Drawing, forms: Forms, pairs: Sequence[tuple[str, str]]) -> None:
    """Two titles of the head a row: label, field, label, field."""
    for left, right in pairs:
        one, other = forms.head.get(left, Field(own=True)), forms.head.get(right, Field(own=True))
        d.labels((0, 1, left))
        if right:
            d.field(2, 3, one)
            d.labels((4, 4, right))
            d.field(5, LAST, other)
        else:
            d.field(2, LAST, one)
        d.next(_high([(2, 3 if right else LAST, one.value), (5, LAST, other.value if right else None)]))


def _goals(book: Workbook, forms: Forms) -> None:
    d = _Drawing(book, GOALS)
    d.title("项目支出绩效目标表", f"（{forms.year}）")
    _head(d, forms, (("项目名称", ""), ("主管部门", "实施单位"), ("项目性质", "项目类别"), ("起止日期", "")))
    d.labels((0, 1, "项目资金(元)"), (2, 4, "资金来源"), (5, LAST, "全年预算数"))
    d.next()
    for name, (_, whole, _paid) in zip(MONEY, forms.money, strict=True):
        d.labels((0, 1, ""))
        d.field(2, 4, Field(name))
        d.field(5, LAST, whole)
        d.next()
    d.labels((0, 1, "总体目标"))
    goal = forms.head.get("预期总体目标", Field(own=True))
    d.field(2, LAST, goal)
    d.next(max(3, _high([(2, LAST, goal.value)])))
    d.labels((0, 0, "一级指标"), (1, 1, "二级指标"), (2, 3, "三级指标"), (4, LAST, "指标值"))
    d.next()
    _indicators(d, forms, short=True)
    row = sign(
        book,
        d.sheet,
        d.row + 1,
        len(WIDTHS),
        ("填表人：　　　　　　　　审核人：　　　　　　　　负责人：　　　　　　　　填报日期：　　　年　　月　　日",),
    )
    finish(d.sheet, row, len(WIDTHS), landscape=True, high=1)


def _review(book: Workbook, forms: Forms) -> None:
    d = _Drawing(book, REVIEW)
    d.title("项目支出绩效自评表", f"（{forms.year}）")
    _head(d, forms, (("项目名称", ""), ("主管部门", "实施单位")))
    d.labels(
        (0, 1, "项目资金(元)"),
        (2, 2, "年初预算数"),
        (3, 3, "全年预算数"),
        (4, 4, "全年执行数"),
        (5, 5, "分值"),
        (6, 6, "执行率"),
        (7, 7, "得分"),
    )
    d.next()
    for k, (name, amounts) in enumerate(zip(MONEY, forms.money, strict=True)):
        d.labels((0, 1, name))
        for column, field in enumerate(amounts, 2):
            d.field(column, column, field)
        for column, field in enumerate(forms.execution if k == 0 else (Field("—"),) * 3, 5):
            d.field(column, column, field)
        d.next()
    d.labels((0, 1, "年度总体目标"), (2, 3, "预期目标"), (4, LAST, "实际完成情况"))
    d.next()
    goal, done = (forms.head.get(t, Field(own=True)) for t in ("预期总体目标", "实际完成情况"))
    d.labels((0, 1, ""))
    d.field(2, 3, goal)
    d.field(4, LAST, done)
    d.next(max(3, _high([(2, 3, goal.value), (4, LAST, done.value)])))
    heads = ("一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差原因分析及改进措施")
    d.labels(*((k, k, words) for k, words in enumerate(heads)))
    d.next()
    _indicators(d, forms, short=False)
    d.labels((0, 4, "总分"))
    d.field(5, 5, Field(forms.total_points))
    d.field(6, 6, Field(forms.total, own=True))
    d.field(7, 7, Field(""))
    d.next()
    words = (
        forms.note,
        "填表人：　　　　　　　　审核人：　　　　　　　　负责人：　　　　　　　　填报日期：　　　年　　月　　日",
    )
    row = sign(book, d.sheet, d.row, len(WIDTHS), words)
    finish(d.sheet, row, len(WIDTHS), landscape=True, high=1)


def _indicators(d: _Drawing, forms: Forms, *, short: bool) -> None:
    """The indicators; the names of the first two levels once over their rows."""
    start = d.row
    for r in forms.rows:
        if short:
            d.field(2, 3, Field(r.title))
            d.field(4, LAST, r.expected)
            d.next(_high([(2, 3, r.title), (4, LAST, r.expected.value)]))
            continue
        fields = (Field(r.title), r.expected, r.actual, r.points, r.score, r.reason)
        for column, field in enumerate(fields, 2):
            d.field(column, column, field)
        d.next(_high([(c, c, f.value) for c, f in enumerate(fields, 2)]))
    for column, of in ((0, "first"), (1, "second")):
        row = start
        for words, rows in groupby(forms.rows, key=lambda r: (r.first, getattr(r, of))):
            last = row + len(list(rows)) - 1
            if last > row:
                d.sheet.merge_range(row, column, last, column, words[1], d.label)
            else:
                d.sheet.write_string(row, column, words[1], d.label)
            row = last + 1
