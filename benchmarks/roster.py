"""A synthetic roster (花名册) of any length with the template's columns, from a fixed seed.

Firms, people and numbers are invented; codes have right check digits but for the share that is made wrong. About
1 % of the rows have a bad code, 0.5 % a bad telephone number, 1 % a name with stray blanks; 30 % have a remark.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.columns import region_fields, roster_columns
from xltools.catalogue.template import ROSTER_SHEET
from xltools.roster.codes import ALPHABET
from xltools.scheme import Scheme
from xltools.sheets.write.bulk import Sheet, write_table

SEED = 20190901
SPARSE = 4
"""Of so many possible firms one is in the roster."""
SPREAD = 1_000_003
"""A prime, so that neighbouring numbers have names far apart."""
TODAY = date(2020, 1, 15)
"""The day on which the roster is judged: after every date in it."""

AREAS = ("崇川区", "通州区", "港闸区", "经济技术开发区", "开发区", "苏通科技产业园区", "通州湾示范区", "其他")
DISTRICTS = AREAS.index("其他")
"""So many of the areas send files."""
TRADES = ("纺织品", "家纺", "机电", "船舶配件", "化工", "电动工具", "体育用品", "食品", "医疗器械", "进出口贸易")
GIVEN = ("伟", "芳", "建国", "丽华", "晓明", "静", "志强", "海燕")
PEOPLE = tuple(family + given for family in "王李张刘陈杨黄赵周吴徐孙" for given in GIVEN)
REMARKS = ("已电话联系", "材料原件后补", "上年参加平台", "更名未办理完毕", "请优先受理", "出口以跨境电商为主")
WORDS = (
    "华东南北海江通宏达盛泰恒远新瑞丰联大成金润嘉禾天元顺康宇帆博维创美信诚立安业方圆"
    "星辰光明利群正兴旺隆昌荣茂鑫亿佳诺晨曦源昊凯歌"
)

Ints = npt.NDArray[np.int64]


def table(scheme: Scheme, rows: int, part: int = 0, *, mistakes: bool = True) -> pa.Table:
    """The roster under the template's headings: text, decimal128(18,2), timestamp[s], date32, int64.

    Parts of as many rows have other firms each. Without `mistakes` no code and no telephone number is wrong.
    """
    rng = np.random.default_rng(SEED + part)
    columns = _values(rng, rows, part * rows * SPARSE, region_fields(scheme), int(mistakes))
    return pa.table({c.shown: columns[c.field] for c in roster_columns(scheme)})


def write(path: Path, scheme: Scheme, rows: int, part: int = 0, *, area: str = "", mistakes: bool = True) -> None:
    """Write the roster as .xlsx, sheet 企业投保申请汇总表, headings in row 1; all firms in `area` if one is given."""
    written = table(scheme, rows, part, mistakes=mistakes)
    if area:
        at = [c.field for c in roster_columns(scheme)].index("area")
        written = written.set_column(at, written.schema.names[at], pa.repeat(area, rows))
    write_table(path, [Sheet(ROSTER_SHEET, written)])


def write_districts(folder: Path, scheme: Scheme, files: int, rows: int) -> list[Path]:
    """Small files of the districts in turn, no firm in two of them."""
    paths = [folder / f"区{i:03d}.xlsx" for i in range(files)]
    for i, path in enumerate(paths):
        write(path, scheme, rows, i, area=AREAS[i % DISTRICTS])
    return paths


def _values(
    rng: np.random.Generator, n: int, first: int, regions: tuple[str, ...], mistakes: int
) -> dict[str, pa.Array]:
    upper = rng.random(n) < 0.4
    exports = np.where(upper, rng.integers(300_000_000, 3_000_000_000, n), rng.integers(0, 50_000_000, n))
    exports[rng.random(n) < 0.02] = 0
    elsewhere = rng.random(n) < 0.05  # between the bands, or above them
    exports[elsewhere] = rng.integers(50_000_001, 4_000_000_000, int(elsewhere.sum()))
    key_share = np.where(rng.random(n) < 0.15, 92, rng.integers(0, 50, n))
    wish = np.where(upper, _index(rng, n, 55, 25, 12, 8), _index(rng, n, 60, 2, 0, 0, 38))
    number = first + rng.permutation(n * SPARSE)[:n]  # no two firms alike
    opinion = _index(rng, n, 88, 3, 4, 5)
    received = _moments(rng, n)
    out: dict[str, pa.Array] = {
        "no": pa.array(np.arange(1, n + 1)),
        "name": _names(rng, n, number),
        "uscc": _codes(rng, n, number, mistakes),
        "customs_code": _join("3206", _digits(rng.integers(1, 10, n) * 100_000 + number % 90_000 + 10_000)),
        "area": _choice(AREAS, _index(rng, n, 30, 25, 10, 15, 4, 8, 7, 1)),
        "contact": _choice(PEOPLE, rng.integers(0, len(PEOPLE), n)),
        "phone": _phones(rng, n, mistakes),
        "exports": _money(exports),
        "wish": _choice(("", "A", "B", "C", "D"), wish),
        "copay": _choice(("是", "否"), np.where((wish == 2) & (rng.random(n) < 0.95), 0, 1)),
        "insurer": _choice(("中国信保", "人保财险", ""), _index(rng, n, 75, 15, 10)),
        "insured": _choice(("未投保", "平台续保", "已投保"), _index(rng, n, 90, 6, 4)),
        "priorities": _choice(("", "1", "1,2", "3", "6"), _index(rng, n, 50, 30, 10, 5, 5)),
        "policy": _choice(("否", "是"), _index(rng, n, 85, 15)),
        "received": pa.array(received),
        "opinion": _choice(("同意", "不同意", "补正", ""), opinion),
        "reviewer": _choice(PEOPLE, rng.integers(0, 12, n)),
        "reviewed": pa.array(received.astype("datetime64[D]") + rng.integers(1, 9, n)),
        "before": _money(exports * rng.integers(70, 130, n) // 100, rng.random(n) < 0.1),
        "key_exports": _money(exports * key_share // 100, rng.random(n) < 0.05),
        "address": _join(
            "南通市", _choice(AREAS[:4], rng.integers(0, 4, n)), "示例路", _digits(number % 9000 + 1), "号"
        ),
        "legal": _choice(PEOPLE, rng.integers(0, len(PEOPLE), n)),
        "email": _join("firm", _digits(number), "@example.com"),
        "size": _choice(("大型", "中型", "小型", "微型"), _index(rng, n, 1, 19, 60, 20)),
        "tier": _choice(("否", "专精特新", "小巨人"), _index(rng, n, 93, 5, 2)),
        "remark": _choice((*REMARKS, ""), _index(rng, n, *[5] * len(REMARKS), 70)),
        "check": _choice(("✔",), np.zeros(n, dtype=np.int64)),
    }
    for region in regions:
        share = rng.integers(0, 16, n)
        out[region] = _money(exports * np.where(key_share < 90, share, 1) // 100, share == 0)
    return out


def _index(rng: np.random.Generator, n: int, *weights: float) -> Ints:
    """Random places in proportion to the weights."""
    edges = np.cumsum(weights) / sum(weights)
    return np.searchsorted(edges, rng.random(n), "right").astype(np.int64)


def _choice(values: tuple[str, ...], index: Ints) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), pa.array(values))


def _digits(numbers: Ints) -> pa.StringArray:
    return pa.array(numbers).cast(pa.string())


def _join(*pieces: str | pa.Array) -> pa.StringArray:
    texts = [p if isinstance(p, str) else p.cast(pa.string()) for p in pieces]
    return pc.binary_join_element_wise(*texts, "")


def _money(cents: Ints, blank: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    wide = np.zeros((len(cents), 2), dtype=np.int64)
    wide[:, 0] = cents
    valid = None if blank is None else pa.array(~blank).buffers()[1]
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(cents), [valid, pa.py_buffer(wide)])


def _moments(rng: np.random.Generator, n: int) -> npt.NDArray[np.datetime64]:
    """Office hours between 2019-09-02 and the end of the year, to the minute."""
    minutes = rng.integers(0, 120, n) * 1440 + 510 + rng.integers(0, 540, n)
    return np.datetime64("2019-09-02T00:00:00", "s") + (minutes * 60).astype("timedelta64[s]")


def _names(rng: np.random.Generator, n: int, number: Ints) -> pa.StringArray:
    spread = number * SPREAD % len(WORDS) ** 4  # about one name in ten has another like it
    words = [_choice(tuple(WORDS), spread // len(WORDS) ** place % len(WORDS)) for place in range(4)]
    stray = _choice(("", " ", "　"), np.where(rng.random(n) < 0.01, rng.integers(1, 3, n), 0))
    return _join("南通", *words, _choice(TRADES, rng.integers(0, len(TRADES), n)), "有限公司", stray)


def _phones(rng: np.random.Generator, n: int, mistakes: int) -> pa.StringArray:
    numbers = rng.integers(3, 10, n) * 10**9 + rng.integers(0, 10**9, n) + 10**10
    numbers[rng.random(n) < 0.005 * mistakes] //= 10
    return _digits(numbers)


def _codes(rng: np.random.Generator, n: int, number: Ints, mistakes: int) -> pa.StringArray:
    """统一社会信用代码 by GB 32100-2015 and GB 11714-1997; 1 % have a wrong check character or one too few."""
    values = np.zeros((n, 18), dtype=np.int64)
    values[:, :8] = [9, 1, 3, 2, 0, 6, 0, 2]
    for place in range(8):
        values[:, 15 - place] = number // 10**place % 10
    values[:, 8] = ALPHABET.index("M")
    organisation = values[:, 8:16].copy()
    organisation[:, 0] += 1  # GB 11714 counts the I that GB 32100 leaves out
    values[:, 16] = _organisation_check(organisation)
    weights = np.array([pow(3, place, 31) for place in range(17)])
    values[:, 17] = (31 - (values[:, :17] * weights).sum(axis=1) % 31) % 31
    bad = rng.random(n) < 0.01 * mistakes
    values[bad, 17] = (values[bad, 17] + 1) % 31
    letters = np.frombuffer(ALPHABET.encode(), np.uint8)[values]
    codes = pa.array(letters.view("S18").ravel().astype("U18"), pa.string())
    return pc.if_else(pa.array(bad & (rng.random(n) < 0.2)), pc.utf8_slice_codeunits(codes, 0, 17), codes)


def _organisation_check(values: Ints) -> Ints:
    rest = (11 - (values * np.array([3, 7, 9, 10, 5, 8, 4, 2])).sum(axis=1) % 11) % 11
    return np.where(rest == 10, ALPHABET.index("X"), rest)
