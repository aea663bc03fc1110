"""Checks of the rows of one file: one rule, one short function, one problem code (核对).

A check looks at cleaned columns and records what it found; none changes a cell. Checks across files stand in
`across.py`. Rows that are only a total (合计) are judged by that alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.columns import region_fields
from xltools.roster import codes, dates, phones
from xltools.roster.cells import Amounts, Cells, Roster
from xltools.roster.clean import clean
from xltools.roster.letters import column_letters
from xltools.roster.problems import FileProblem, Finding, Mask
from xltools.roster.repeated import Texts, each
from xltools.roster.stack import alike, split, stack
from xltools.roster.text import equals, mask, visible
from xltools.roster.utf8 import DIGITS, UPPER, again, beginnings, begins, holds, others, sizes, stands
from xltools.scheme import Scheme

Check = Callable[[Roster, date], None]

TOTAL_WORDS = (
    r"^[\s\x{a0}\x{3000}]*([合总小共][\s\x{a0}\x{3000}]*计|汇[\s\x{a0}\x{3000}]*总)[:：]?.{0,4}[\s\x{a0}\x{3000}]*$"
)
TOTAL_BEGINS = beginnings("合", "总", "小", "共", "汇", "\xa0", "\u3000")
TOTAL_BEGINS |= np.isin(np.arange(1 << 16) >> 8, list(b"\t\n\f\r "))
"""By the first two bytes of a cell: whether it may be one of them."""
TOTAL_FIELDS = ("no", "name", "uscc", "customs_code", "area", "contact")


SCIENTIFIC = r"^\d(\.\d+)?E\+?\d{1,3}$"
ROUNDED = {
    "customs_code": r"^\d{6}0000$|^\d{16,}$", "phone": r"^1\d{6}0000$|^\d{16,}$", "code": r"^\d{16,}$", "policy": r"^\d{16,}$",
    "text": "",
}  # fmt: skip
"""By kind what a cell that is a number looks like once it was shown as `3.20696E+09`, or beyond the fifteen digits that a
number has; a text may be any number."""
REGISTRARS = beginnings("91", "92", "93")
MOBILES = beginnings(*(f"1{i}" for i in range(3, 10)))
SUSPECT_MEDIAN = 5_000
SUSPECT_ROWS = 10
"""A column of at least so many figures whose median is below so many dollars is probably in 万美元."""


# ── whole rows ──


def total_row(r: Roster, today: date) -> None:
    """A row that only adds up others (合计、小计) is no firm."""
    labels: dict[int, str] = {}
    for field in TOTAL_FIELDS:
        raw = r.cells.columns.get(field)
        hit = each(raw, _is_total) if raw is not None else np.zeros(len(r), dtype=bool)
        if hit.any():
            for row, text in zip(np.flatnonzero(hit).tolist(), r.raw(field, hit), strict=True):
                labels.setdefault(row, text)
    if labels:
        where = np.zeros(len(r), dtype=bool)
        where[list(labels)] = True
        r.findings.add("TOTAL_ROW", "", where, [labels[row] for row in sorted(labels)])


def _is_total(raw: pa.StringArray) -> Mask:
    maybe: Mask = TOTAL_BEGINS.take(begins(raw))
    if maybe.any():
        maybe[maybe] = mask(pc.match_substring_regex(raw.filter(pa.array(maybe)), TOTAL_WORDS))
    return maybe


def cell_error(r: Roster, today: date) -> None:
    """An error value of Excel (`#REF!`) is no figure, whatever the column."""
    for field, rows in r.errors.items():
        where = np.zeros(len(r), dtype=bool)
        where[rows] = True
        r.found("CELL_ERROR", field, where)


def formula_without_value(r: Roster, today: date) -> None:
    """A formula that nobody has calculated has no value that could be read."""
    for field, rows in r.cells.no_value.items():
        where = np.zeros(len(r), dtype=bool)
        where[rows] = True
        r.found("FORMULA_NO_VALUE", field, where)


def required(r: Roster, today: date) -> None:
    """Cells that must be filled in: `*` in the heading always, others where the district agrees (二（三）: 材料齐全时间)."""
    agreed = equals(r.text["opinion"], "同意") if "opinion" in r.text else np.zeros(len(r), dtype=bool)
    for column in r.columns:
        if not column.required:
            continue
        raw = r.cells.columns.get(column.field)
        if raw is None:
            missing = np.ones(len(r), dtype=bool)
        elif column.kind in ("text", "uscc", "customs_code", "phone"):
            missing = r.blank(column.field)
        else:
            missing = ~r.understood(column.field)
            missing[missing] = ~visible(raw.filter(pa.array(missing)))
            missing[r.nothing.get(column.field, [])] = True
        missing[r.errors.get(column.field, [])] = False
        missing[r.cells.no_value.get(column.field, [])] = False
        if column.required == "when_agreed":
            missing &= agreed
        r.found("REQUIRED", column.field, missing)


def size_large(r: Roster, today: date) -> None:
    """Not only small and medium firms may take part (二（一）): a large one is only remarked."""
    r.found("SIZE_LARGE", "size", equals(r.text["size"], "大型"))


def hidden_row(r: Roster, today: date) -> None:
    """A hidden row counts like any other; that it is hidden is said."""
    if r.cells.hidden is not None and r.cells.hidden.any():
        r.findings.add("HIDDEN_ROW", "name", r.cells.hidden, r.raw("name", r.cells.hidden))


def merged_cells(r: Roster, today: date) -> None:
    """Of merged cells only the first has a value."""
    for area in r.cells.merged:
        r.findings.file.append(FileProblem("MERGED_CELLS", value=area, cell=area.split(":")[0]))


def duplicate(r: Roster, today: date) -> None:
    """One firm, one row (二（一）): a code that stands twice in a file is a mistake in each of its rows."""
    where = again(r.text["uscc"])
    if not where.any():
        return
    coded = r.text["uscc"].filter(pa.array(where)).dictionary_encode()
    where[where] = (np.bincount(coded.indices) > 1)[coded.indices]
    where &= ~r.has("", "TOTAL_ROW")
    if where.any():
        codes_ = r.text["uscc"].filter(pa.array(where)).to_pylist()
        lines: dict[str, list[str]] = {}
        for code, row in zip(codes_, r.cells.rows[where].tolist(), strict=True):
            lines.setdefault(code, []).append(str(row))
        r.found("DUPLICATE", "uscc", where, ["、".join(lines[code]) for code in codes_])


def only_totals(r: Roster) -> None:
    """A total row is judged by that alone: its empty cells are no second mistake."""
    total = r.has("", "TOTAL_ROW")
    if not total.any():
        return
    kept: list[Finding] = []
    for item in r.findings.items:
        if item.code != "TOTAL_ROW":
            stays = np.flatnonzero(~total[item.rows])
            if not stays.size:
                continue
            if stays.size < item.rows.size:
                item = item.take(stays, item.rows[stays])
        kept.append(item)
    r.findings.items = kept


# ── identifiers ──


def uscc_number(r: Roster, today: date) -> None:
    """A code kept as a number has lost what stands behind its fifteenth digit, or behind the sixth in `9.13206E+17`."""
    lost = _scientific(r.text["uscc"])
    number = r.cells.is_number("uscc") if r.cells.is_number else lost
    if number.any():
        lost |= number & mask(pc.match_substring_regex(r.text["uscc"], r"^\d{15,}$"))
    r.found("USCC_NUMBER", "uscc", lost)


def digits_lost(r: Roster, today: date) -> None:
    """Other identifiers that became a number on their way, and lost their last digits."""
    for column in r.columns:
        rounded = ROUNDED.get(column.kind)
        if rounded is None or column.field not in r.cells.places:
            continue
        text = r.text[column.field]
        lost = _scientific(text)
        if rounded and r.cells.is_number:
            zeros = mask(pc.ends_with(text, "0000")) | (sizes(text) > 15)
            if zeros.any() and (zeros := zeros & r.cells.is_number(column.field)).any():
                lost |= zeros & mask(pc.match_substring_regex(text, rounded))
        r.found("DIGITS_LOST", column.field, lost)


def _scientific(text: Texts) -> Mask:
    """Cells like `3.20696E+09`."""
    return each(text, _are_scientific)


def _are_scientific(text: pa.StringArray) -> Mask:
    """A code has neither dot nor plus, so that most columns are seen at once to have none."""
    if not holds(text, b".+"):
        return np.zeros(len(text), dtype=bool)
    return mask(pc.match_substring_regex(text, SCIENTIFIC)).copy()


def uscc_length(r: Roster, today: date) -> None:
    """18 characters (GB 32100-2015, 4.1)."""
    length = pc.utf8_length(r.text["uscc"])
    wrong = mask(pc.not_equal(length, 18)) & ~r.has("uscc", "USCC_NUMBER")
    r.found("USCC_LENGTH", "uscc", wrong, [str(v) for v in length.filter(pa.array(wrong)).to_pylist()])


def uscc_digits(r: Roster, today: date) -> None:
    """USCC_CHARS, USCC_CHECK and the warning USCC_ORG, from one pass over the characters."""
    alphabet, wrong, organisation = codes.uscc(r.text["uscc"])
    number = r.has("uscc", "USCC_NUMBER")
    long = sizes(r.text["uscc"]) > 18
    if long.any():
        alphabet |= long & mask(pc.equal(pc.utf8_length(r.text["uscc"]), 18))
    bad = alphabet & ~number
    r.found("USCC_CHARS", "uscc", bad, [_suggestion(v) for v in r.text["uscc"].filter(pa.array(bad)).to_pylist()])
    r.found("USCC_CHECK", "uscc", wrong & ~number)
    r.found("USCC_ORG", "uscc", organisation & ~number)


def uscc_registrar(r: Roster, today: date) -> None:
    """91, 92 and 93 are firms, sole traders and cooperatives (GB 32100-2015, 登记管理部门 and 机构类别); others rarely export."""
    r.found("USCC_REGISTRAR", "uscc", _well_formed(r) & ~REGISTRARS.take(begins(r.text["uscc"])))


def uscc_region(r: Roster, today: date) -> None:
    """Characters 3 to 8 are the place of registration (GB/T 2260): here the scheme's own."""
    r.found("USCC_REGION", "uscc", _well_formed(r) & ~stands(r.text["uscc"], r.scheme.code_prefix.value, 2))


def customs_code_length(r: Roster, today: date) -> None:
    """Ten characters (海关注册编码), punctuation counted and not: it neither makes a code right nor fills it up."""
    code = r.text["customs_code"]
    length = pc.utf8_length(code)
    wrong = mask(pc.not_equal(length, 10)).copy()
    if others(code, UPPER).any():
        bare = pc.utf8_length(pc.replace_substring_regex(code, r"[._·+/]", ""))
        wrong |= mask(pc.not_equal(bare, 10))
        length = pc.if_else(pc.equal(length, 10), bare, length)
    wrong &= ~r.has("customs_code", "DIGITS_LOST")
    more = [str(v) for v in length.filter(pa.array(wrong)).to_pylist()]
    r.found("CUSTOMS_CODE_LENGTH", "customs_code", wrong, more)


def customs_code_form(r: Roster, today: date) -> None:
    """Region, economic zone, kind of firm, serial (海关注册编码); the first four are the place of registration."""
    code = r.text["customs_code"]
    shape = codes.customs(code)
    ten = mask(pc.equal(pc.utf8_length(code), 10)) if not shape.all() else shape
    r.found("CUSTOMS_CODE_FORM", "customs_code", ten & ~shape)
    r.found("CUSTOMS_CODE_REGION", "customs_code", shape & ~stands(code, r.scheme.code_prefix.value, 0))


def phone(r: Roster, today: date) -> None:
    """A mobile, a landline with its area code, or a 400/800 number."""
    text = r.text["phone"]
    doubtful = ~r.blank("phone") & ~r.has("phone", "DIGITS_LOST")
    doubtful &= (sizes(text) != 11) | ~MOBILES.take(begins(text)) | others(text, DIGITS)  # most are mobiles
    if doubtful.any():
        doubtful[doubtful] = ~mask(pc.match_substring_regex(text.filter(pa.array(doubtful)), phones.VALID))
    r.found("PHONE", "phone", doubtful)


def email(r: Roster, today: date) -> None:
    """One `@`, and a domain with a dot."""
    there = ~r.blank("email")
    shape = mask(pc.match_substring_regex(r.text["email"], r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$"))
    r.found("EMAIL", "email", there & ~shape)


def _well_formed(r: Roster) -> Mask:
    """Rows with a code of 18 characters on which no error is placed."""
    there: Mask = (sizes(r.text["uscc"]) == 18) & ~r.blank("uscc")
    return there & ~r.findings.mask(fields=("uscc",))


def _suggestion(code: str) -> str:
    """For letters that are easily taken for digits: what the code would be, if its check digit then fits."""
    guess = code.translate(str.maketrans("OISZV", "0152U"))
    fits = guess != code and len(guess) == 18 and all(c in codes.ALPHABET for c in guess)
    return f"；是否为 {guess}？" if fits and codes.uscc_check_character(guess[:17]) == guess[17] else ""


# ── figures and dates ──


def key_above_total(r: Roster, today: date) -> None:
    """Exports to the key countries are part of all exports (四（二）方案C)."""
    _above_total(r, "key_exports", "KEY_ABOVE_TOTAL")


def region_above_total(r: Roster, today: date) -> None:
    """Exports to a group of emerging markets are part of all exports (二（二）2)."""
    for field in region_fields(r.scheme):
        _above_total(r, field, "REGION_ABOVE_TOTAL")


def regions_sum_above(r: Roster, today: date) -> None:
    """The groups together too; as they may overlap, that is only remarked (二（二）2)."""
    total = r.amounts["exports"]
    sums = emerging_sum(r.scheme, r.amounts)
    r.found("REGIONS_SUM_ABOVE", "exports", total.known & sums.known & (sums.cents > total.cents))


def zero_exports(r: Roster, today: date) -> None:
    """No exports at all are in the lowest band (二（一）), and remarked."""
    total = r.amounts["exports"]
    r.found("ZERO_EXPORTS", "exports", total.known & (total.cents == 0))


def unit_suspect(r: Roster, today: date) -> None:
    """A column whose figures are all small is probably in 万美元."""
    real = ~r.has("", "TOTAL_ROW")
    for column in r.columns:
        if column.kind == "amount" and column.field in r.cells.places:
            amounts = r.amounts[column.field]
            there = amounts.known & real & (amounts.cents > 0)
            rows = np.count_nonzero(there)
            if rows < SUSPECT_ROWS or np.count_nonzero(there & (amounts.cents < SUSPECT_MEDIAN * 100)) * 2 < rows:
                continue  # most files: their medians need no sorting
            if (median := float(np.median(amounts.cents[there])) / 100) < SUSPECT_MEDIAN:
                cell = f"{column_letters(r.cells.places[column.field] + 1)}{r.cells.heading_row}"
                r.findings.file.append(
                    FileProblem("UNIT_SUSPECT", value=f"{median:,.2f}", heading=column.heading, cell=cell)
                )


def amount_like_date(r: Roster, today: date) -> None:
    """A number cell does not say whether 20190905 is a day or dollars: days of the scheme's time are asked about."""
    year = r.scheme.base_year.value
    for field, amounts in r.amounts.items():
        if field not in r.cells.places or r.cells.units[field] != 1:
            continue
        first, last = (y * 10_000 * 100 for y in (year - 1, year + 3))
        near = amounts.known & (amounts.cents >= first) & (amounts.cents < last)
        if near.any():
            figures = (divmod(cents, 100) for cents in amounts.cents[near].tolist())
            near[near] = [not rest and dates.one(str(whole)) is not None for whole, rest in figures]
            r.found("AMOUNT_LIKE_DATE", field, near)


def date_future(r: Roster, today: date) -> None:
    """What is dated after `today` has not happened: 材料齐全时间 (二（三）), 区级审核日期 (三③)."""
    tomorrow = np.datetime64(today, "D") + 1
    for field in ("received", "reviewed"):
        r.found("DATE_FUTURE", field, r.times[field] >= tomorrow)


def date_window(r: Roster, today: date) -> None:
    """材料齐全时间 outside the scheme's window of acceptance (二（三）); the window is not in the source, so only remarked."""
    window, when = r.scheme.acceptance, r.times["received"]
    early = when < np.datetime64(window.start.value, "D")
    late = when >= np.datetime64(window.end.value, "D") + 1
    r.found("DATE_WINDOW", "received", early | late)


def time_missing(r: Roster, today: date) -> None:
    """Without a time of day nobody can tell who of a day came first (二（三）)."""
    when = r.times["received"]
    r.found("TIME_MISSING", "received", when == when.astype("datetime64[D]"))


def emerging_sum(scheme: Scheme, amounts: Mapping[str, Amounts]) -> Amounts:
    """Declared emerging-market exports in cents (blank columns as 0), known where any of the columns is filled."""
    parts = [amounts[f] for f in region_fields(scheme)]
    total = np.zeros(len(amounts["exports"].cents), dtype=np.int64)
    known = np.zeros(len(total), dtype=bool)
    for part in parts:
        total += np.minimum(part.cents, 10**17)
        known |= part.known
    return Amounts(total, known)


def _above_total(r: Roster, field: str, code: str) -> None:
    part, total = r.amounts[field], r.amounts["exports"]
    r.found(code, field, part.known & total.known & (part.cents > total.cents))


# ── all of them ──

ROW_CHECKS: tuple[Check, ...] = (
    total_row, cell_error, formula_without_value, required, uscc_number, uscc_length, uscc_digits, uscc_registrar,
    uscc_region, digits_lost, customs_code_length, customs_code_form, phone, email, key_above_total, region_above_total,
    regions_sum_above, zero_exports, amount_like_date, date_future, date_window, time_missing, size_large, hidden_row,
)  # fmt: skip
"""Checks that look at one row at a time; which file it stands in does not matter."""
FILE_CHECKS: tuple[Check, ...] = (unit_suspect, merged_cells, duplicate)
"""Checks that look at the rows of a file together; they know the total rows already."""


def check(cells: Cells, scheme: Scheme, today: date) -> Roster:
    """Clean the cells and run every check of a single file; the roster carries all findings."""
    return check_many([cells], scheme, today)[0]


def check_many(files: Sequence[Cells], scheme: Scheme, today: date) -> list[Roster]:
    """The same for several files, in their order, as fast as for one of as many rows."""
    out: dict[int, Roster] = {}
    for places in alike(files):
        group = [files[i] for i in places]
        stacked = clean(stack(group), scheme)
        for rule in ROW_CHECKS:
            rule(stacked, today)
        only_totals(stacked)
        for i, roster in zip(places, split(stacked, group), strict=True):
            for rule in FILE_CHECKS:
                rule(roster, today)
            out[i] = roster
    return [out[i] for i in range(len(files))]
