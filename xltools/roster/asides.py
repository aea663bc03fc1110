"""Lines that people write beside a table (表外文字): notes, signatures, totals. They are no rows; that they were passed
over is said.

A line is one by its own words, and only where no code stands in it: a row of a firm is never taken for a remark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.columns import Column, fold
from xltools.roster.problems import FileProblem, Mask
from xltools.roster.repeated import Texts, spread
from xltools.roster.text import mask, visible
from xltools.roster.utf8 import sizes

CODES = ("uscc", "customs_code", "code", "policy", "firm", "sent")
"""Kinds of columns in which a row says whose it is."""
_CODE = r"[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]{6}"
SHOWN = 5
"""Lines whose words are repeated; of more only the rows are named."""
_LONG = 16

TOTAL = re.compile(
    r"(.*[^合总小共累])?(合计|总计|小计|共计|累计|汇总|TOTAL|SUBTOTAL|GRANDTOTAL)([:：].*|[(（].*[)）])?|.*平均(值|数)?|共\d+[家户行条笔].*"
)
_SIGNS = ("计", "总", "共", "平均", "otal", "OTAL")
"""Most cells have none of them, which is quickly seen."""
_WHO = r"(填报|填表|报送|上报|制表|编制|编报|审核|复核|复审|审批|审定|批准|经办|统计|核对|签发|分管|主管|主办|财务|单位|企业|部门|区级|市级|联系)"
_NOTE = re.compile(
    r"(附?注|备注|说明|注意(事项)?|填(表|报)说明|(数据|资料|汇率)?来源|口径|提示|附件)\d{0,2}[:：.、].*"
    rf"|{_WHO}?(单位|部门|机构|科室|处室)?(\(|（)?(盖章|公章|签章|签字|签名).{{0,8}}"
    rf"|{_WHO}{{1,2}}(人|员|者|领导|负责人|单位|部门|机构|科室|电话|日期|时间)?((\(|（)(盖?章|签字|签名|签章|公章)(\)|）))?[:：].*"
    rf"|{_WHO}(人|员|者|领导|负责人|日期|时间|单位)((\(|（)(盖章|签字|签名|签章|公章)(\)|）))?"
    r"|(负责人|领导|科长|处长|局长|会计|电话|手机|传真|日期|时间|制表|审核|复核)((\(|（).{1,6}(\)|）))?[:：].*"
    r"|[(（]?(以上|以下|上述|上列|上表|本表|此表|该表)(?!.{0,20}公司$).*"
)
_GOES_ON = re.compile(r"[(（]?\d{1,2}[)）.、．](?!\d).*|[(（][一二三四五六七八九十]{1,2}[)）].*|[①-⑳*＊※-].*")
_DAY = re.compile(r"(19|20)\d\d[年.\-/]\d{1,2}[月.\-/](\d{1,2}日?)?(\d\d:\d\d(:\d\d)?)?")
_FIGURE = re.compile(r"[-+(（]?[￥¥$]?\d[\d,，.]*%?[)）]?(家|户|行|条|笔|美元|万美元|元|万元)?")


def found(grid: Sequence[Texts], fields: Mapping[int, Column], rows: Mask) -> Mask:
    """Which of some rows of a grid are beside the table; `fields` are its columns by place, `rows` those to look at.

    Only rows without a code are looked at one by one: of a table without columns for codes those that lack something
    that every row has.
    """
    out = np.zeros(len(rows), dtype=bool)
    before = -2
    for i in np.flatnonzero(_doubtful(grid, fields, rows)).tolist():
        cells = _cells(grid, fields, i)
        if cells and (
            _total(cells, fields) or _note(cells) or _heading(cells, fields) or (before == i - 1 and _goes_on(cells))
        ):
            out[i] = True
            before = i
    return out


def said(grid: Sequence[Texts], fields: Mapping[int, Column], where: Mask, lines: Sequence[int]) -> FileProblem:
    """One warning for all of them; `lines` are the sheet rows of the grid's rows."""
    places = np.flatnonzero(where).tolist()
    if len(places) <= SHOWN:
        told = "、".join(f"第 {lines[i]} 行“{_short(_cells(grid, fields, i)[0][1])}”" for i in places)
    else:
        told = f"第 {'、'.join(str(lines[i]) for i in places)} 行"
    return FileProblem("LINES_PASSED", value=str(len(places)), more=told, cell=f"A{lines[places[0]]}")


def is_total(text: str) -> bool:
    """Whether a cell says that its row adds up others.

    >>> is_total("合 计："), is_total("南通某某有限公司 汇总"), is_total("南通合计贸易有限公司")
    (True, True, False)
    """
    return any(sign in text for sign in _SIGNS) and TOTAL.fullmatch(_plain(text).upper()) is not None


def totals(texts: pa.StringArray) -> Mask:
    """The same of many texts."""
    out = mask(pc.match_substring_regex(texts, "|".join(map(re.escape, _SIGNS))))
    out[out] = [is_total(text) for text in texts.filter(pa.array(out)).to_pylist()]
    return out


def _doubtful(grid: Sequence[Texts], fields: Mapping[int, Column], rows: Mask) -> Mask:
    codes = [spread(grid[x]) for x, c in fields.items() if c.kind in CODES]
    if not codes:
        lacks = np.zeros(len(rows), dtype=bool)
        for x, column in fields.items():
            if column.required == "yes":
                lacks |= ~visible(grid[x])
        return lacks & rows
    doubt = rows.copy()
    for column in codes:
        length = sizes(column)
        doubt &= (length != 18) & (length != 10)
        if not doubt.any():
            break
        doubt[doubt] = ~mask(pc.match_substring_regex(column.filter(pa.array(doubt)), _CODE))
    return doubt


def _cells(grid: Sequence[Texts], fields: Mapping[int, Column], i: int) -> list[tuple[int, str]]:
    """What people wrote into a row: column and text without spaces."""
    cells = [(x, _plain(text)) for x, column in enumerate(grid) if (text := column[i].as_py())]
    return [(x, text) for x, text in cells if text and not _of_the_form(fields.get(x), text)]


def _of_the_form(column: Column | None, text: str) -> bool:
    """What our own form writes into every row that it offers: the check, and a number in front."""
    return column is not None and (column.kind == "check" or (column.kind == "serial" and text.isdigit()))


def _total(cells: Sequence[tuple[int, str]], fields: Mapping[int, Column]) -> bool:
    """A label, and nothing but figures beside it."""
    phones = [x for x, column in fields.items() if column.kind == "phone"]
    words = [text for x, text in cells if x in phones or not _FIGURE.fullmatch(text)]
    return bool(words) and all(TOTAL.fullmatch(text.upper()) for text in words)


def _note(cells: Sequence[tuple[int, str]]) -> bool:
    return _NOTE.fullmatch(cells[0][1]) is not None


def _heading(cells: Sequence[tuple[int, str]], fields: Mapping[int, Column]) -> bool:
    """The headings once more, as a page that was printed repeats them."""
    same = sum(x in fields and fold(text).startswith(fold(fields[x].heading)) for x, text in cells)
    return same >= min(3, len(fields))


def _goes_on(cells: Sequence[tuple[int, str]]) -> bool:
    """A note of several lines: numbered, or a day under the signatures."""
    text = cells[0][1]
    return len(cells) == 1 and bool(_GOES_ON.fullmatch(text) or _DAY.fullmatch(text))


def _plain(text: str) -> str:
    return re.sub(r"[\s\u200b-\u200f\u3000\xa0\ufeff*]", "", text)


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


__all__ = ["CODES", "found", "is_total", "said", "totals"]
