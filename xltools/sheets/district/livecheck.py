"""The live check of a roster row (填报检查): one formula, made from the catalogue and the scheme.

"" in an empty row, else `✔ 可报送` or `✘ 列名：原因；列名：原因`, then what is no mistake but good to know:
` ⓘ …`. It says the same as the checks of `roster` and the first steps of `engine` where a worksheet can know it,
and only to the person who fills in: nothing reads it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xltools.catalogue.columns import OUTSIDE, Column, by_field, region_fields, roster_columns
from xltools.roster.dates import earliest
from xltools.scheme import Scheme
from xltools.scheme.model import Plan
from xltools.sheets.write import formulas as f
from xltools.sheets.write.formulas import NOTHING, Grid, ref, text, when

GOOD, BAD, NOTE = "✔ 可报送", "✘ ", " ⓘ "
BROKEN = BAD + "本行有公式错误值（如 #N/A），请改为正确的内容"
STORED = "被存成了数字，请设为文本格式后重填"
TOTALS = ("合计", "总计", "小计", "共计")
AGREED, YES, INSURED = "同意", "是", "已投保"


def check(scheme: Scheme, grid: Grid, row: int) -> str:
    """The formula of 填报检查 in that row, with its `=`."""
    columns = [c for c in roster_columns(scheme) if c.kind in _CHECKS]
    reasons = [_CHECKS[c.kind](scheme, c, grid, row) for c in columns]
    total = f.either_among([ref(grid, i, row) for i in ("no", "name")], TOTALS)
    remove = _reason(by_field(scheme)["name"], "像是合计行，请删去本行")
    found = when(total, remove, f.joined([*reasons, _plans(scheme, grid, row)]))
    # So that the reasons need to stand in the formula only once, "|" marks both ends of them.
    said = f'SUBSTITUTE(SUBSTITUTE(SUBSTITUTE("|"&{found}&"|","||",{text(GOOD)}),"|；",{text(BAD)}),"|","")'
    told = f"IFERROR({said}&{_notes(scheme, grid, row)},{text(BROKEN)})"
    return "=" + when(f"{_begun(scheme, grid, row)}=0", NOTHING, told)


def speaks_of(heading: str, check: str) -> str:
    """Condition: the check gives a reason that begins with that heading; both are cells."""
    return f'ISNUMBER(FIND(SUBSTITUTE(LEFT({heading},FIND("(",{heading}&"(")-1),"*","")&"：",{check}))'


def short(column: Column) -> str:
    """A heading without its unit, as the reasons begin."""
    return column.heading.partition("(")[0]


def _begun(scheme: Scheme, grid: Grid, row: int) -> str:
    """How many cells of the row the district has filled in, 序号 apart."""
    fields = [c.field for c in roster_columns(scheme) if c.owner == "district" and c.field != "no"]
    return f"COUNTA({ref(grid, fields[0], row)}:{ref(grid, fields[-1], row)})"


def _reason(column: Column, words: str) -> str:
    return text(f"；{short(column)}：{words}")


def _filled(column: Column, cell: str, then: str) -> str:
    """What holds of an empty cell, else `then`."""
    return when(f.blank(cell), _reason(column, "没有填") if column.required == "yes" else NOTHING, then)


def _text(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    return _filled(column, ref(grid, column.field, row), NOTHING) if column.required else NOTHING


def _uscc(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    cell, places = ref(grid, column.field, row), len(f.USCC_WEIGHTS) + 1
    code = f"UPPER({f.compact(cell)})"
    digit = when(f"MOD({f.uscc_sum(code)},{len(f.USCC_ALPHABET)})>0", _reason(column, "校验位不对"))
    letters = _reason(column, "有不允许的字符（只用数字和大写字母，没有 I、O、S、V、Z）")
    length = f"{_reason(column, f'应为 {places} 位，现为 ')}&LEN({code})&{text(' 位')}"
    stored = _reason(column, STORED)
    # MATCH and not COUNTIF, which takes 18 digits for a number and compares only the first 15 of them.
    letter, where = grid.letters[column.field], _reason(column, "与第 # 行重复")
    later = f"ROW()+MATCH({cell},${letter}{row + 1}:${letter}${grid.last + 1},0)"
    first = f"MATCH({cell},{f.span(grid, column.field)},0)+ROW(${letter}${grid.first})-1"
    earlier = when(f"{first}<ROW()", f'SUBSTITUTE({where},"#",{first})')
    again = f'IFERROR(SUBSTITUTE({where},"#",{later}),IFERROR({earlier},""))'
    right = f"IFERROR({digit},{letters})&{again}"
    right = when(f"LEN({code})<>{places}", length, right)
    return _filled(column, cell, when(f"ISNUMBER({cell})", stored, right))


def _customs_code(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    cell = ref(grid, column.field, row)
    length = f"LEN({f.compact(cell)})"
    wrong = f"{_reason(column, '应为 10 位，现为 ')}&{length}&{text(' 位')}"
    return _filled(column, cell, when(f.rounded(cell, 10), _reason(column, STORED), when(f"{length}<>10", wrong)))


def _choice(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    cell = ref(grid, column.field, row)
    known = f.among(cell, column.choices, grid.names.get(column.field, ""))
    return _filled(column, cell, when(known, NOTHING, _reason(column, "不在下拉选项之内")))


def _choices(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    cell = ref(grid, column.field, row)
    known = f.numbers_joined(cell, column.choices)
    wrong = _reason(column, f"请填序号，多个用逗号分开，如 {column.example}")
    return _filled(column, cell, when(known, NOTHING, wrong))


def _phone(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    cell = ref(grid, column.field, row)
    wrong = _reason(column, "不是手机、固话或 400/800 号码")
    good = when(f.phone(cell), NOTHING, wrong)
    return _filled(column, cell, when(f.rounded(cell, 11), _reason(column, STORED), good))


def _amount(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    cell, whole = ref(grid, column.field, row), by_field(scheme)["exports"]
    good = when(f.finer_than_cent(cell), _reason(column, "最多两位小数"))
    if column.field == "key_exports" or column.field in region_fields(scheme):
        good = when(f.above(cell, ref(grid, whole.field, row)), _reason(column, f"大于{short(whole)}"), good)
    good = when(f"{cell}<0", _reason(column, "是负数"), good)
    return _filled(column, cell, when(f"ISNUMBER({cell})", good, _reason(column, "不是数字")))


def _date(scheme: Scheme, column: Column, grid: Grid, row: int) -> str:
    cell, empty = ref(grid, column.field, row), NOTHING
    if column.required == "when_agreed":
        empty = when(f"{ref(grid, 'opinion', row)}={text(AGREED)}", _reason(column, "区级同意时必填"))
    late = when(f.future(cell), _reason(column, "晚于今天"))
    wrong = _reason(column, f"不是日期，请写成 {column.example}")
    return when(f.blank(cell), empty, when(f.is_date(cell, earliest(column, scheme)), late, wrong))


_CHECKS: Mapping[str, Callable[[Scheme, Column, Grid, int], str]] = {
    "text": _text, "uscc": _uscc, "customs_code": _customs_code, "choice": _choice, "choices": _choices,
    "phone": _phone, "amount": _amount, "date": _date, "datetime": _date,
}  # fmt: skip


def _plans(scheme: Scheme, grid: Grid, row: int) -> str:
    """Why the plan asked for (申请方案) cannot be had; nothing where the exports are in no band at all."""
    wish = ref(grid, "wish", row)
    asked = [when(f"{wish}={text(p.id)}", _plan(scheme, p, grid, row)) for p in scheme.plans]
    return when(f"ISNUMBER({ref(grid, 'exports', row)})", f.joined(asked))


def _plan(scheme: Scheme, plan: Plan, grid: Grid, row: int) -> str:
    exports, wish = ref(grid, "exports", row), by_field(scheme)["wish"]
    band = next(b for b in scheme.bands if b.id == plan.band)
    others = [f.in_band(exports, b) for b in scheme.bands if b.id != plan.band]
    asked = f.joined([*_entitlement(scheme, plan, grid, row), _copay(scheme, plan, grid, row)])
    here = when(f.in_band(exports, band), asked) if asked != NOTHING else NOTHING
    elsewhere = _reason(wish, f"方案{plan.id}只适用于出口额{band.title}")
    return when(f.either(*others), elsewhere, here) if others else here


def _copay(scheme: Scheme, plan: Plan, grid: Grid, row: int) -> str:
    if not (plan.needs_copay and plan.needs_copay.value):
        return NOTHING
    words = _reason(by_field(scheme)["copay"], f"申请方案{plan.id}须填“{YES}”")
    return when(f"{ref(grid, 'copay', row)}={text(YES)}", NOTHING, words)


def _entitlement(scheme: Scheme, plan: Plan, grid: Grid, row: int) -> list[str]:
    """Reasons why the firm is not entitled to the plan (方案的适用条件); the figures are the declared ones."""
    columns, need, out = by_field(scheme), plan.entitlement, []
    key, label = ref(grid, "key_exports", row), short(columns["key_exports"])

    def must(condition: str, words: str) -> str:
        return when(condition, NOTHING, _reason(columns["wish"], f"方案{plan.id}{words}"))

    figures = []
    if need.key_share:
        held = f.share_at_least(key, ref(grid, "exports", row), need.key_share.value)
        figures.append(must(held, f"要求{label}占全年 {f.number(need.key_share.value * 100)}% 以上"))
    if need.key_exports:
        least = f.number(need.key_exports.value / 10_000)
        figures.append(must(f.at_least(key, need.key_exports.value), f"要求{label} {least} 万美元以上"))
    if figures:
        unknown = must(f"NOT({f.blank(key)})", f"须填{label}（在折叠的补充列）")
        out.append(when(f"ISNUMBER({key})", f.joined(figures), unknown))
    if need.policy_tick and need.policy_tick.value:
        ticked = f"{ref(grid, 'policy', row)}={text(YES)}"
        out.append(must(ticked, f"须{columns['policy'].heading}为“{YES}”"))
    return out


def _notes(scheme: Scheme, grid: Grid, row: int) -> str:
    """What the person should know and need not mend."""
    columns, start, end = by_field(scheme), scheme.acceptance.start.value, scheme.acceptance.end.value
    received, title = ref(grid, "received", row), columns["received"].heading
    untimed = when(f"{received}=INT({received})", text(f"{NOTE}{title}没有几点几分"))
    outside = f.either(f"{received}<{f.day(start)}", f"INT({received})>{f.day(end)}")
    window = when(outside, text(f"{NOTE}{title}不在收件期（{start}至{end}）"))
    area = text(f"{NOTE}{columns['area'].heading}为“{OUTSIDE}”，不在平台区域")
    return f.joined([
        when(f"{ref(grid, 'area', row)}={text(OUTSIDE)}", area),
        when(f"{ref(grid, 'insured', row)}={text(INSURED)}", text(f"{NOTE}{INSURED}的企业不符合条件")),
        when(f"ISNUMBER({ref(grid, 'exports', row)})", _band_notes(scheme, ref(grid, "exports", row))),
        when(f.is_date(received, earliest(columns["received"], scheme)), f.joined([untimed, window])),
    ])  # fmt: skip


def _band_notes(scheme: Scheme, exports: str) -> str:
    """Below, between or above which bands (出口额区间) the exports lie."""
    bands, out = sorted(scheme.bands, key=lambda b: b.min.value), NOTHING
    for place, band in reversed(list(enumerate(bands))):
        if band.max:
            beyond = out if place + 1 < len(bands) else text(f"{NOTE}出口额高于{band.title}，不在平台区间")
            out = when(f.at_most(exports, band.max.value), NOTHING, beyond)
        if place:
            gap = f"在{bands[place - 1].title}与{band.title}之间，{scheme.gap_hint or '不在平台区间'}"
        elif band.min.value:
            gap = f"低于{band.title}，不在平台区间"
        else:
            continue
        out = when(f.at_least(exports, band.min.value), out, text(f"{NOTE}出口额{gap}"))
    return out
