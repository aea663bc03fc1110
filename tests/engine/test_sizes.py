"""Enterprise size (工信部联企业〔2011〕300号, 四): every boundary by name, and at random against the rule read sentence by sentence."""

from __future__ import annotations

import tomllib
from importlib import resources

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.engine.sizes import size, standard

WAN = 1_000_000

CASES = [
    ("四（二）工业 reaches 大型 with both limbs", "工业", 1000, 40000, None, "大型"),
    ("a man short of 大型 is 中型", "工业", 999, 40000, None, "中型"),
    ("a fen short of 大型 is 中型", "工业", 1000, 40000 - 1 / WAN, None, "中型"),
    ("both of 中型, 以上 inclusive", "工业", 300, 2000, None, "中型"),
    ("many people and little revenue drop to the class of the revenue", "工业", 5000, 300, None, "小型"),
    ("few people are 微型 whatever the revenue", "工业", 19, 40000, None, "微型"),
    ("few people are 微型 with the revenue unknown", "工业", 19, None, None, "微型"),
    ("enough people for any class and no revenue stay open", "工业", 1000, None, None, None),
    ("四（四）a trading company by 批发业", "批发业", 20, 5000, None, "中型"),
    ("a trading company of five people", "批发业", 5, 1000, None, "小型"),
    ("四（五）retail", "零售业", 49, 500, None, "小型"),
    ("四（一）farming goes by revenue alone", "农林牧渔", None, 500, None, "中型"),
    ("farming without a revenue stays open", "农林牧渔", 500, None, None, None),
    ("四（三）building by revenue and assets", "建筑业", None, 6000, 5000, "中型"),
    ("building with assets below", "建筑业", None, 6000, 4999, "小型"),
    ("四（六）transport", "交通运输业", 20, 200, None, "小型"),
    ("四（十五）leasing by staff and assets", "租赁和商务服务业", 100, None, 8000, "中型"),
    ("四（十六）others by staff alone", "其他", 100, None, None, "中型"),
    ("others with few", "其他", 9, None, None, "微型"),
    ("a sector that the standard has not", "养蜂", 100, 100, 100, None),
    ("no sector", None, 100, 100, 100, None),
]


def fen(wan: float | None) -> int | None:
    return None if wan is None else round(wan * WAN)


@pytest.mark.parametrize(
    ("sector", "staff", "revenue", "assets", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_the_size_is(
    sector: str | None, staff: int | None, revenue: float | None, assets: float | None, expected: str | None
) -> None:
    columns = (pa.array([v], pa.int64()) for v in (staff, fen(revenue), fen(assets)))
    assert size(pa.array([sector], pa.string()), *columns).to_pylist() == [expected]


SECTORS = tomllib.loads((resources.files("xltools.scheme") / "sizes.toml").read_text("utf-8"))["sector"]


def by_hand(sector: dict[str, list[int]], figures: dict[str, int]) -> str:
    for place, name in enumerate(("大型", "中型", "小型")):
        needed = {m: sector[m][place] for m in ("staff", "revenue", "assets") if m in sector}
        if all(figures[m] >= n * (1 if m == "staff" else WAN) for m, n in needed.items()):
            return name
    return "微型"


edge = st.sampled_from(sorted({n for s in SECTORS for m in ("staff", "revenue", "assets") for n in s.get(m, ())}))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(SECTORS), edge, edge, edge, *(st.sampled_from((-1, 0, 1)) for _ in range(3))
        ),
        min_size=1, max_size=40,
    )
)  # fmt: skip
def test_at_every_edge_it_is_what_the_sentences_say(rows: list[tuple]) -> None:
    figures = [{"staff": s + a, "revenue": r * WAN + b, "assets": t * WAN + c} for _, s, r, t, a, b, c in rows]
    columns = (pa.array([f[m] for f in figures], pa.int64()) for m in ("staff", "revenue", "assets"))
    found = size(pa.array([r[0]["name"] for r in rows], pa.string()), *columns).to_pylist()
    assert found == [by_hand(r[0], f) for r, f in zip(rows, figures, strict=True)]


def test_the_bureau_chooses_among_the_sectors_of_the_standard() -> None:
    assert bureau_tables()["sizes"].at("sector").choices == tuple(standard()[1])
