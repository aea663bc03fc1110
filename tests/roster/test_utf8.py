"""What is seen of a column by its bytes is what stands in its cells, one by one."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as oracle

from xltools.roster import codes, utf8
from xltools.roster.codes import ALPHABET

ORG = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CELLS = st.lists(st.none() | st.text("19a.#,AZ \t汉语\u3000é", max_size=20), max_size=30)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks so small that cells lie across them."""
    monkeypatch.setattr(utf8, "_BLOCK", 16)
    monkeypatch.setattr(codes, "_PART", 3)


def column(cells: list[str | None], skip: int = 0) -> pa.StringArray:
    """As a slice of a longer one, too."""
    return pa.array(["xx"] * skip + cells, pa.string())[skip:]


@given(CELLS, st.integers(0, 2), st.sampled_from([b"19", utf8.DIGITS, utf8.UPPER, bytes(range(0x20, 0x80)), b""]))
def test_cells_with_other_bytes(cells: list[str | None], skip: int, than: bytes) -> None:
    found = utf8.others(column(cells, skip), than).tolist()
    assert found == [any(b not in than for b in (c or "").encode()) for c in cells]


@given(CELLS, st.integers(0, 2))
def test_bytes_that_stand_somewhere(cells: list[str | None], skip: int) -> None:
    for signs in (b"#", b".+", b"\xe6"):
        expected = any(b in signs for c in cells for b in (c or "").encode())
        assert utf8.holds(column(cells, skip), signs) == expected


@given(CELLS, st.integers(0, 2))
def test_how_cells_begin(cells: list[str | None], skip: int) -> None:
    numbers = utf8.begins(column(cells, skip)).tolist()
    assert numbers == [int.from_bytes((c or "").encode()[:2].ljust(2, b"\0")) for c in cells]
    table = utf8.beginnings("1", "汉", "a.")
    expected = [(c or "").encode()[:2] in (b"1", "汉".encode()[:2], b"a.") for c in cells]
    assert [bool(table[n]) for n in numbers] == expected


@given(CELLS, st.integers(0, 2), st.sampled_from(["1", "19", "汉", "a.#"]), st.integers(0, 4))
def test_a_word_at_its_place(cells: list[str | None], skip: int, word: str, place: int) -> None:
    found = utf8.stands(column(cells, skip), word, place).tolist()
    assert found == [(c or "").encode()[place:].startswith(word.encode()) for c in cells]


@given(st.lists(st.none() | st.text("12汉", max_size=9), max_size=40), st.integers(0, 2))
def test_no_cell_that_stands_twice_is_missed(cells: list[str | None], skip: int) -> None:
    """And of such short ones none is taken for another."""
    times = Counter(cells)
    found = utf8.again(column(cells, skip)).tolist()
    assert found == [c is not None and times[c] > 1 for c in cells]


def org_fits(code: str) -> bool:
    total = sum(ORG.index(c) * w for c, w in zip(code[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return code[16] == "0123456789X"[(11 - total % 11) % 11]


@given(
    st.lists(
        st.none()
        | st.text(ALPHABET, min_size=18, max_size=18)
        | st.text(ALPHABET, min_size=17, max_size=17).map(lambda c: c + oracle.calc_check_digit(c + "0"))
        | st.text(ALPHABET + "IOSVZa-汉é\x7f", min_size=16, max_size=19)
        | st.text("汉", min_size=6, max_size=6),
        max_size=12,
    )
)
def test_codes_against_one_by_one(cells: list[str | None]) -> None:
    judged = [c if c and len(c) == 18 and c.isascii() else "" for c in cells]
    good = [bool(c) and all(x in ALPHABET for x in c) for c in judged]
    checked = [ok and oracle.calc_check_digit(c) == c[17] for c, ok in zip(judged, good, strict=True)]
    alphabet, wrong, organisation = (m.tolist() for m in codes.uscc(column(cells)))
    assert alphabet == [bool(c) and not ok for c, ok in zip(judged, good, strict=True)]
    assert wrong == [ok and not fits for ok, fits in zip(good, checked, strict=True)]
    assert organisation == [fits and not org_fits(c) for c, fits in zip(judged, checked, strict=True)]


@pytest.mark.parametrize(
    ("code", "right"),
    [("3206966001", True), ("32069A600Z", True), ("3206066001", False), ("3206906001", False), ("32A6966001", False),
     ("320696600a", False), ("320696600", False), ("32069660011", False), ("3206966汉", False), (None, False)],
)  # fmt: skip
def test_the_shape_of_a_customs_code(code: str | None, right: bool) -> None:
    """Alone, and among others of another length."""
    assert codes.customs(column([code])).tolist() == [right]
    assert codes.customs(column(["1", code, "3206966001"])).tolist() == [False, right, True]
