"""Worksheet formulas (公式) as text: a small vocabulary, and the scheme's conditions in it.

Only functions of Excel 2016, no array entry; every number comes from the scheme. Formulas refer to cells of
their own row by a fixed column and a relative row (`$H5`), without a sheet name, so that sorting, inserting and
deleting rows leaves them right in Excel, WPS and LibreOffice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from xltools.scheme.model import Band

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Digits of the unified social credit code (统一社会信用代码), GB 32100-2015: the place is the value."""
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
"""Weights of its first 17 places; the check digit itself weighs 1, and the sum is a multiple of 31."""

INLINE = 255
"""Characters that Excel takes in an inline list of choices."""
NOTHING = '""'
"""The empty text."""
LATEST = 2958465
"""Serial number of 9999-12-31, the last date that Excel knows."""


@dataclass(frozen=True)
class Grid:
    """Where the columns of a table lie: column letter by field, first and last row (counted from 1)."""

    letters: Mapping[str, str]
    first: int
    last: int
    names: Mapping[str, str]
    """Defined name of a field's choices where they do not fit inline."""


def ref(grid: Grid, field: str, row: int) -> str:
    """A cell of that row, the column fixed: `$H5`."""
    return f"${grid.letters[field]}{row}"


def span(grid: Grid, field: str, sheet: str = "") -> str:
    """The whole column of a field, fixed: `$H$5:$H$504`, or `'表'!$H$5:$H$504`."""
    letter = grid.letters[field]
    place = f"'{sheet.replace(chr(39), chr(39) * 2)}'!" if sheet else ""
    return f"{place}${letter}${grid.first}:${letter}${grid.last}"


def text(value: str) -> str:
    """A text constant; its quotes are doubled."""
    return '"' + value.replace('"', '""') + '"'


def number(value: Decimal | int) -> str:
    """A number constant without exponent: `5000000`, `0.9`."""
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def day(value: date) -> str:
    """A date constant that means the same under every locale and epoch."""
    return f"DATE({value.year},{value.month},{value.day})"


def when(condition: str, then: str, other: str = NOTHING) -> str:
    """IF. One that gives nothing either way is nothing."""
    if then == other == NOTHING:
        return NOTHING
    return f"IF({condition},{then},{other})"


def both(*conditions: str) -> str:
    return f"AND({','.join(conditions)})"


def either(*conditions: str) -> str:
    return conditions[0] if len(conditions) == 1 else f"OR({','.join(conditions)})"


def joined(parts: Iterable[str]) -> str:
    """Texts one after another; empty ones are left out."""
    return "&".join(p for p in parts if p != NOTHING) or NOTHING


def either_among(cells: Iterable[str], choices: Sequence[str]) -> str:
    """One of the cells, spaces left out, is one of the choices."""
    return f"OR({','.join(f'{compact(c)}={array(choices)}' for c in cells)})"


def blank(cell: str) -> str:
    """The cell is empty or holds spaces only."""
    return f'TRIM({cell})=""'


def array(values: Sequence[str]) -> str:
    """An array constant of texts; a row, so that the separator is a comma in every file."""
    return "{" + ",".join(text(v) for v in values) + "}"


def fits_inline(choices: Sequence[str]) -> bool:
    """Whether an inline list can hold the choices: Excel joins them by commas."""
    return len(",".join(choices)) <= INLINE and not any("," in c for c in choices)


def among(cell: str, choices: Sequence[str], name: str = "") -> str:
    """The cell is one of the choices (case ignored), given inline or by their defined name."""
    if name:
        return f"ISNUMBER(MATCH({cell},{name},0))"
    return f"OR({cell}={array(choices)})"


def numbers_joined(cell: str, choices: Sequence[str]) -> str:
    """The cell holds some of the numbers joined by commas (English or Chinese), and nothing else."""
    # Every comma is doubled, so that neighbours do not share one; then what is known is taken out.
    out = f'SUBSTITUTE(","&SUBSTITUTE(SUBSTITUTE({cell}," ",""),"，",",")&",",",",",,")'
    for choice in choices:
        out = f'SUBSTITUTE({out},{text(f",{choice},")},"")'
    return f'SUBSTITUTE({out},",","")=""'


def compact(cell: str) -> str:
    """The cell's text without spaces."""
    return f'SUBSTITUTE({cell}," ","")'


def finer_than_cent(cell: str) -> str:
    """More than two decimals; what floating point adds to a sum does not count."""
    return f"ABS({cell}-ROUND({cell},2))>1E-8+ABS({cell})*1E-15"


def cents(cell: str) -> str:
    """A USD amount in cents: a whole number, exact up to 2^53."""
    return f"ROUND({cell}*100,0)"


def above(part: str, whole: str) -> str:
    """A part is larger than the whole, by a cent or more; a whole that is no number is never exceeded."""
    return f"COUNT({whole})*ROUND({part}-N({whole}),2)>0"


def share_at_least(part: str, whole: str, share: Decimal) -> str:
    """part / whole >= share, in whole numbers: no quotient decides."""
    up, down = share.as_integer_ratio()
    return f"{cents(part)}*{down}>={cents(whole)}*{up}"


def at_least(cell: str, amount: Decimal) -> str:
    """The amount, to the cent, is not below that one."""
    return f"ROUND({cell},2)>={number(amount)}"


def at_most(cell: str, amount: Decimal) -> str:
    """The amount, to the cent, is not above that one."""
    return f"ROUND({cell},2)<={number(amount)}"


def in_band(cell: str, band: Band) -> str:
    """The amount lies in the band, both ends included (出口额区间)."""
    low = at_least(cell, band.min.value)
    return both(low, at_most(cell, band.max.value)) if band.max else low


def is_date(cell: str, since: date) -> str:
    """The cell holds a date that Excel knows, from that day to 9999: a time alone is none."""
    return when(f"ISNUMBER({cell})", both(f"{cell}>={day(since)}", f"{cell}<{LATEST + 1}"), "FALSE")


def rounded(cell: str, length: int) -> str:
    """The cell is a number of so many digits, the last four of them zeros: what `3.20696E+09` leaves of a code."""
    return when(f"ISNUMBER({cell})", both(f"LEN({cell})={length}", f"MOD({cell},10000)=0"), "FALSE")


def future(cell: str) -> str:
    """The date, whatever its time of day, is after today."""
    return f"INT({cell})>TODAY()"


def uscc_sum(code: str) -> str:
    """Weighted sum of the 18 places: a multiple of 31 where the check digit is right (GB 32100-2015),
    #VALUE! where a character is not in the alphabet."""
    places = ",".join(str(i) for i in range(1, len(USCC_WEIGHTS) + 2))
    weights = ",".join(str(w) for w in (*USCC_WEIGHTS, 1))
    return f'SUMPRODUCT((FIND(MID({code},{{{places}}},1),"{USCC_ALPHABET}")-1)*{{{weights}}})'


def phone(cell: str) -> str:
    """Shaped like a mobile, a landline (with area code, or of 7 to 8 digits) or a 400/800 number.

    An extension follows a hyphen. Spaces and hyphens do not count; up to 24 characters are looked at.
    """
    places = ",".join(str(i) for i in range(1, 25))
    # Filled up with zeros, because LibreOffice finds no empty text where Excel does.
    digits = f'ISNUMBER(SUMPRODUCT(FIND(MID({cell}&REPT("0",24),{{{places}}},1),"0123456789- ")))'
    length, head = f'LEN(SUBSTITUTE({compact(cell)},"-",""))', f"LEFT(TRIM({cell}),1)"
    toll = f'OR(LEFT(TRIM({cell}),3)={{"400","800"}})'
    least = when(f'{head}="0"', "10", when(f'{head}="1"', "11", "7"))
    local = when(toll, "10", when(f'ISNUMBER(FIND("-",{cell}))', "16", "8"))
    most = when(f'{head}="0"', "18", when(f'{head}="1"', "11", local))
    mobile = f'OR({head}<>"1",MID(TRIM({cell}),2,1)>="3")'
    return both(digits, f"{length}>={least}", f"{length}<={most}", mobile)
