"""The live check of a roster row (填报检查): one formula that says what is wrong, made from catalogue and scheme.

"" in an empty row, else `✔ 可报送` or `✘ 列名：原因；列名：原因`, then what is no mistake but good to know: ` ⓘ …`.
It says the same as the checks of `roster` and the first steps of `engine` where a worksheet can know it, and only to
the person who fills in: nothing reads it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xltools.roster.columns import OUTSIDE, Column, by_field, catalogue, region_fields
from xltools.scheme import Scheme
from xltools.scheme.model import Band, Plan
from xltools.sheets import formulas as f
from xltools.sheets.formulas import Grid, ref, text, when

GOOD, BAD, NOTE = "✔ 可报送", "✘ ", " ⓘ "
BROKEN = BAD + "本行有公式错误值（如 #N/A），请改为正确的内容"
NOTHING = '""'
TOTALS = ("合计", "总计", "小计", "共计")
AGREED, YES, INSURED = "同意", "是", "已投保"


def check(scheme: Scheme, grid: Grid, row: int) -> str:
    """The formula of 填报检查 in that row, with its `=`; at most 8,192 characters (Excel's limit, tested)."""
    columns = [c for c in catalogue(scheme) if c.owner != "computed"]
    reasons = [_CHECKS[c.kind](scheme, c, grid, row) for c in columns if c.kind in _CHECKS]
    reasons = [r for r in reasons if r != NOTHING]
    total = f"OR({f.compact(f.joined(ref(grid, i, row) for i in ('no', 'name')))}={f.array(TOTALS)})"
    name = by_field(scheme)["name"]
    found = when(total, _reason(name, "像是合计行，请删去本行"), f.joined([*reasons, _plans(scheme, grid, row)]))
    # The reasons stand in the formula once: "|" marks both ends, so that none, the first and the last are known.
    said = f'SUBSTITUTE(SUBSTITUTE(SUBSTITUTE("|"&{found}&"|","||",{text(GOOD)}),"|；",{text(BAD)}),"|","")'
    filled = when(f"{begun(scheme, grid, row)}=0", '""', f"IFERROR({said}&{_notes(scheme, grid, row)},{text(BROKEN)})")
    return "=" + filled


def begun(scheme: Scheme, grid: Grid, row: int) -> str:
    """How many cells of the row a district has filled in, 序号 apart."""
    fields = [c.field for c in catalogue(scheme) if c.owner == "district" and c.field != "no"]
    return f"COUNTA({ref(grid, fields[0], row)}:{ref(grid, fields[-1], row)})"


def spoken_of(heading: str, check: str) -> str:
    """The check has a reason that begins with that heading (both are cells)."""
    short = f'SUBSTITUTE(LEFT({heading},FIND("(",{heading}&"(")-1),"*","")'
    return f'ISNUMBER(FIND({short}&"：",{check}))'


def short(column: Column) -> str:
    """A heading without its unit, as the reasons begin."""
    return column.heading.partition("(")[0]


def _reason(column: Column, words: str) -> str:
    return text(f"；{short(column)}：{words}")


def _filled(column: Column, cell: str, then: str) -> str:
    """What holds of an empty cell, else `then`."""
    return when(f.blank(cell), _reason(column, "没有填") if column.required == "yes" else '""', then)


def _text(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    cell = ref(grid, column.field, row)
    return when(f.blank(cell), _reason(column, "没有填")) if column.required == "yes" else '""'


def _uscc(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    cell = ref(grid, column.field, row)
    code, places = f"UPPER({f.compact(cell)})", len(f.USCC_WEIGHTS) + 1
    total = f.uscc_sum(code)
    letters = "有不允许的字符，只用数字和大写字母，没有 I、O、S、V、Z"
    digit = when(f"ISERROR({total})", _reason(column, letters), when(f"MOD({total},{len(f.USCC_ALPHABET)})>0", _reason(column, "校验位不对")))
    length = f"{_reason(column, f'应为 {places} 位，现为 ')}&LEN({code})&{text(' 位')}"
    stored = _reason(column, "被存成了数字，请设为文本格式后重填")
    valid = when(f"ISNUMBER({cell})", stored, when(f"LEN({code})<>{places}", length, digit))
    # MATCH and not COUNTIF: COUNTIF takes 18 digits for a number and compares only the first 15.
    letter = grid.letters[column.field]
    later = f"MATCH({cell},${letter}{row + 1}:${letter}${grid.last + 1},0)"
    first = f"MATCH({cell},{f.span(grid, column.field)},0)"
    above, where = f"ROW(${letter}${grid.first})-1", _reason(column, "与第 # 行重复")
    earlier = when(f"{first}+{above}<ROW()", f'SUBSTITUTE({where},"#",{first}+{above})')
    again = f'IFERROR(SUBSTITUTE({where},"#",ROW()+{later}),IFERROR({earlier},""))'
    return _filled(column, cell, f"{valid}&{again}")


def _customs_code(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    cell = ref(grid, column.field, row)
    length = f"LEN({f.compact(cell)})"
    wrong = f"{_reason(column, '应为 10 位，现为 ')}&{length}&{text(' 位')}"
    return _filled(column, cell, when(f"{length}<>10", wrong))


def _choice(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    cell = ref(grid, column.field, row)
    known = f.among(cell, column.choices, grid.names.get(column.field, ""))
    return _filled(column, cell, when(known, '""', _reason(column, "不在选项之内，请从下拉列表选择")))


def _choices(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    cell = ref(grid, column.field, row)
    known = f.numbers_joined(cell, column.choices)
    return _filled(column, cell, when(known, '""', _reason(column, "请填序号，多个用逗号分开")))


def _phone(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    cell = ref(grid, column.field, row)
    return _filled(column, cell, when(f.phone(cell), '""', _reason(column, "不是手机、带区号的固话或 400/800 号码")))


def _amount(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    cell, whole = ref(grid, column.field, row), by_field(scheme)["exports"]
    finer = when(f.finer_than_cent(cell), _reason(column, "最多两位小数"))
    if column.field == "key_exports" or column.field in region_fields(scheme):
        larger = f.above(cell, ref(grid, whole.field, row))
        finer = when(larger, _reason(column, f"大于{short(whole)}"), finer)
    good = when(f"{cell}<0", _reason(column, "是负数"), finer)
    return _filled(column, cell, when(f"ISNUMBER({cell})", good, _reason(column, "不是数字")))


def _date(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    cell = ref(grid, column.field, row)
    empty = '""'
    if column.required == "when_agreed":
        empty = when(f'{ref(grid, "opinion", row)}={text(AGREED)}', _reason(column, "区级同意时必填"))
    late = when(f.future(cell), _reason(column, "晚于今天"))
    known = f"{f.both(f'{cell}>=1', f'{cell}<{f.LATEST + 1}')}"
    wrong = _reason(column, f"不是日期，请写成 {column.example}")
    return when(f.blank(cell), empty, when(f"ISNUMBER({cell})", when(known, late, wrong), wrong))


_CHECKS: Mapping[str, Callable[[Scheme, Column, Grid, int], str]] = {
    "text": _text, "uscc": _uscc, "customs_code": _customs_code, "choice": _choice, "choices": _choices,
    "phone": _phone, "amount": _amount, "date": _date, "datetime": _date,
}  # fmt: skip


def _plans(scheme: Scheme, grid: Grid, row: int) -> str:
    """Why the plan asked for (申请方案) cannot be had; nothing where the exports are in no band at all."""
    exports = ref(grid, "exports", row)
    asked = [when(f"{ref(grid, 'wish', row)}={text(p.id)}", _plan(scheme, p, grid, row)) for p in scheme.plans]
    return when(f"ISNUMBER({exports})", f.joined(asked))


def _plan(scheme: Scheme, plan: Plan, grid: Grid, row: int) -> str:
    columns, exports = by_field(scheme), ref(grid, "exports", row)
    bands = {b.id: b for b in scheme.bands}
    others = [f.in_band(exports, b) for b in scheme.bands if b.id != plan.band]
    wish, need = columns["wish"], plan.entitlement
    reasons = []
    key, label = ref(grid, "key_exports", row), short(columns["key_exports"])
    figures = []
    if need.key_share:
        words = f"方案{plan.id}要求{label}占全年 {f.number(need.key_share.value * 100)}% 以上"
        figures.append(when(f.share_at_least(key, exports, need.key_share.value), '""', _reason(wish, words)))
    if need.key_exports:
        words = f"方案{plan.id}要求{label} {_usd(need.key_exports.value)}以上"
        least = f.number(need.key_exports.value * 100)
        figures.append(when(f"{f.cents(key)}>={least}", '""', _reason(wish, words)))
    if figures:
        unknown = _reason(wish, f"方案{plan.id}须填{label}（补充列）")
        reasons.append(when(f"ISNUMBER({key})", f.joined(figures), when(f.blank(key), unknown)))
    if need.policy_tick and need.policy_tick.value:
        words = f"方案{plan.id}须{columns['policy'].heading}为“{YES}”"
        reasons.append(when(f"{ref(grid, 'policy', row)}={text(YES)}", '""', _reason(wish, words)))
    if plan.needs_copay and plan.needs_copay.value:
        words = f"申请方案{plan.id}须填“{YES}”"
        reasons.append(when(f"{ref(grid, 'copay', row)}={text(YES)}", '""', _reason(columns["copay"], words)))
    extra = f.joined(reasons) if reasons else '""'
    extra = when(f.in_band(exports, bands[plan.band]), extra) if reasons else extra
    elsewhere = _reason(wish, f"方案{plan.id}只适用于出口额{bands[plan.band].title}")
    return when(f.either(*others), elsewhere, extra) if others else extra


def _notes(scheme: Scheme, grid: Grid, row: int) -> str:
    """What the person should know and need not mend."""
    columns = by_field(scheme)
    exports, received = ref(grid, "exports", row), ref(grid, "received", row)
    when_, until = scheme.acceptance.start.value, scheme.acceptance.end.value
    whole = f.both(f"{received}>=1", f"{received}=INT({received})")
    outside = f.either(f"{received}<{f.day(when_)}", f"INT({received})>{f.day(until)}")
    return f.joined([
        when(f"{ref(grid, 'area', row)}={text(OUTSIDE)}", _note(f"{columns['area'].heading}为“{OUTSIDE}”，不在平台区域")),
        when(f"{ref(grid, 'insured', row)}={text(INSURED)}", _note(f"{INSURED}的企业不符合条件")),
        when(f"ISNUMBER({exports})", _band_notes(scheme, exports)),
        when(f"ISNUMBER({received})", f.joined([
            when(whole, _note(f"{columns['received'].heading}没有几点几分")),
            when(outside, _note(f"{columns['received'].heading}不在收件期（{when_}至{until}）")),
        ])),
    ])  # fmt: skip


def _band_notes(scheme: Scheme, exports: str) -> str:
    """Between which bands (出口额区间) the exports lie, walking up from the lowest."""
    bands: Sequence[Band] = sorted(scheme.bands, key=lambda b: b.min.value)
    hint = f"，{scheme.gap_hint}" if scheme.gap_hint else ""
    out, top = '""', bands[-1]
    if top.max:
        out = _note(f"出口额高于{top.title}，不在本平台区间")
        out = when(f"{f.cents(exports)}<={f.number(top.max.value * 100)}", '""', out)
    for below, band in reversed(list(zip([None, *bands], bands, strict=False))):
        least = f"{f.cents(exports)}<{f.number(band.min.value * 100)}"
        if below is None:
            return when(least, _note(f"出口额低于{band.title}，不在本平台区间"), out) if band.min.value else out
        gap = _note(f"出口额在{below.title}与{band.title}之间，不在本平台区间{hint}")
        out = when(least, gap, out)
        if below.max:
            out = when(f"{f.cents(exports)}<={f.number(below.max.value * 100)}", '""', out)
    return out


def _note(words: str) -> str:
    return text(NOTE + words)


def _usd(amount: object) -> str:
    value = f.number(amount / 10_000)  # type: ignore[operator]
    return f"{value}万美元"
