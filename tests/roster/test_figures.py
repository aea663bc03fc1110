"""Whatever stands in a cell, an amount is what it says or no amount; however a day is written, it is that day."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xltools.roster import amounts, dates
from xltools.roster.text import saying_nothing, says_nothing


def cents(*cells: str, currency: str = "") -> list[int | None]:
    """Text cells as cents; None where they are none."""
    raw = pa.array(cells, pa.string())
    found = amounts.parse(raw, Decimal(1), lambda: np.zeros(len(cells), dtype=bool), currency).amounts
    return [c if k else None for c, k in zip(found.cents.tolist(), found.known.tolist(), strict=True)]


@given(st.text("0123456789,. \n\t\u00a0²①٣１，　+", max_size=14))
@example("12 34")
@example("１２３")
@example("0,123")
@example("1 234,567")
def test_digits_are_never_joined(cell: str) -> None:
    """Independently: what is taken for a figure is that figure, written plainly or in groups of three throughout."""
    (found,) = cents(cell)
    if found is None:
        return
    said = (
        cell.translate({ord(w): n for w, n in zip("０１２３４５６７８９，　", "0123456789, ", strict=True)})
        .strip()
        .replace("\u00a0", " ")
    )
    whole, dot, rest = said.lstrip("+").partition(".")
    plain = re.sub("[, ]", "", whole)
    assert (plain + dot + rest).isascii()
    assert Decimal(plain + dot + rest) * 100 == found
    assert whole in (plain, f"{int(plain or 0):,}", f"{int(plain or 0):,}".replace(",", " "))


@given(st.integers(0, 10**15), st.sampled_from([",", " ", "，", "\u00a0", ""]))
def test_every_grouping_of_a_figure_is_that_figure(hundredths: int, separator: str) -> None:
    assert cents(f"{Decimal(hundredths) / 100:,.2f}".replace(",", separator)) == [hundredths]


@pytest.mark.parametrize(
    ("cell", "dollars", "yuan"),
    [
        ("1,000", 100_000, 100_000), ("US$1,000", 100_000, None), ("1000 usd", 100_000, None), ("1000美元", 100_000, None),
        ("￥1,000", None, 100_000), ("1000元", None, 100_000), ("RMB 1000", None, 100_000), ("1000人民币", None, 100_000),
        ("HK$1000", None, None), ("1000欧元", None, None), ("1000万", None, None), ("1000千元", None, None),
    ],
)  # fmt: skip
def test_only_the_columns_own_currency_stands_beside_a_figure(cell: str, dollars: int | None, yuan: int | None) -> None:
    assert [cents(cell, currency=c)[0] for c in ("美元", "元")] == [dollars, yuan]


def test_a_unit_in_the_cell_of_a_column_with_a_larger_one_is_asked_about() -> None:
    def known(cell: str) -> bool:
        no_number = lambda: np.zeros(1, dtype=bool)  # noqa: E731
        return bool(amounts.parse(pa.array([cell]), Decimal(10_000), no_number, "美元").amounts.known[0])

    assert (known("350"), known("350美元")) == (True, False)


WRITTEN: dict[str, Callable[[datetime], str]] = {
    "ISO": lambda t: t.isoformat(" "),
    "slashes": lambda t: f"{t.year}/{t.month}/{t.day} {t.hour}:{t.minute:02}:{t.second:02}",
    "dots": lambda t: f"{t.year}.{t.month}.{t.day} {t.hour}.{t.minute:02}.{t.second:02}",
    "Chinese": lambda t: f"{t.year}年{t.month}月{t.day}日{t.hour}时{t.minute}分{t.second}秒",
    "Chinese with spaces": lambda t: f"{t.year} 年 {t.month} 月 {t.day} 号 {t.hour} 点 {t.minute} 分 {t.second} 秒",
    "full-width": lambda t: f"{t.year}／{t.month}／{t.day}　{t.hour}：{t.minute:02}：{t.second:02}",
    "one after another": lambda t: f"{t:%Y%m%d%H%M%S}",
    "one after another, a space": lambda t: f"{t:%Y%m%d %H%M%S}",
    "English half days": lambda t: f"{t:%Y-%m-%d %I:%M:%S %p}",
    "Beijing time": lambda t: f"{t:%Y-%m-%dT%H:%M:%S}+08:00",
}


@given(st.datetimes(datetime(1998, 1, 1), datetime(2100, 1, 1)), st.sampled_from(sorted(WRITTEN)))
def test_a_moment_is_that_moment_however_it_is_written(moment: datetime, how: str) -> None:
    moment = moment.replace(microsecond=0)
    assert dates.one(WRITTEN[how](moment)) == moment


@given(st.text("0123456789-/.:年月日时点分半上下午TZ ", max_size=18))
def test_no_text_is_a_day_whose_figures_it_does_not_hold(cell: str) -> None:
    moment = dates.one(cell)
    if moment is None or re.fullmatch(r"\d{5,7}(\.\d+)?", cell.strip()) or "Z" in cell:
        return
    assert re.search(
        rf"{moment.year % 100:02}\D*0?{moment.month}\D*0?{moment.day}(\D|\d{{4}}|$)", cell.replace(" ", "")
    )


@given(st.dates(date(1, 1, 1), date(1997, 12, 31)))
def test_no_day_lies_before_its_time(day: date) -> None:
    times, wrong, _ = dates.parse(pa.array([f"{day:%Y-%m-%d}".rjust(10, "0"), "2019-09-05"]), date(1998, 1, 1))
    assert (np.isnat(times).tolist(), wrong.tolist()) == ([True, False], [True, False])


@pytest.mark.parametrize(
    "cell", ["/", " ／", "—", "——", "-", "－", "无", "暂 无", "N/A", "n/a", "ｎ／ａ", "\\", "不适用"]
)
def test_what_says_that_there_is_nothing(cell: str) -> None:
    assert says_nothing(cell)


@given(
    st.lists(
        st.sampled_from(
            ["/", "—", "无", "N/A", "n/a", "Nil", "（空白）", "无锡", "-1", "N", "", None, "张三", "0", "/公司"]
        )
    )
)
def test_a_column_says_the_same_as_its_cells(cells: list[str | None]) -> None:
    column = pa.array(["x", *cells], pa.string())
    for whole in (column, column.slice(1)):
        assert saying_nothing(whole).tolist() == [bool(c) and says_nothing(c) for c in whole.to_pylist()]


@pytest.mark.parametrize("cell", ["0", "NA", "同上", "〃", "待定", "不详", "无锡", "-1", "//公司", "#N/A", ""])
def test_what_says_something_else(cell: str) -> None:
    assert not says_nothing(cell)
