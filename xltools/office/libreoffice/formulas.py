"""Formulas (公式) between the two grammars: Excel's own, and the English one of LibreOffice's programming interface.

What LibreOffice 7.4 cannot calculate raises CannotTranslate; nothing is left half translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from xltools.roster.letters import column_letters, column_number

LETTER = r"A-Za-z_\\\u0080-\uffff"
_TOKENS = re.compile(
    rf"""
    (?P<string>"(?:[^"]|"")*")
  | (?P<error>\#(?:REF!|N/A|NAME\?|DIV/0!|VALUE!|NUM!|NULL!))
  | (?P<sheet>\$?(?:'(?:[^']|'')+'|[{LETTER}][\w.\u0080-\uffff]*)(?:!|\.(?=\$?[A-Z]{{1,3}}\$?\d+(?![\w.(])|\$?[A-Z]{{1,3}}:|\#REF!)))
  | (?P<area>\$?[A-Z]{{1,3}}:\$?[A-Z]{{1,3}}(?![\w.(])|\$?\d+:\$?\d+)
  | (?P<cell>\$?[A-Za-z]{{1,3}}\$?\d+(?![\w.(!\[\u0080-\uffff]))
  | (?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
  | (?P<name>[{LETTER}][\w.\\?\u0080-\uffff]*)
  | (?P<bracket>\[)
  | (?P<space>[ \n\r\t]+)
  | (?P<dot>\.(?=\$?[A-Z]{{1,3}}\$?\d))
  | (?P<operator><>|<=|>=|[-+*/^&=<>%:(){{}},;|~!@\#])
    """,
    re.VERBOSE,
)
_ADDIN = re.compile(r"COM\.SUN\.STAR\.SHEET\.ADDIN\.\w+\.GET(?=\w)", re.IGNORECASE)
_PREFIX = re.compile(r"^(?:_xlfn\.)?(?:_xlws\.)?", re.IGNORECASE)
_PLAIN = re.compile(rf"[{LETTER}][\w.\u0080-\uffff]*")
_PARTS = re.compile(r"(\$?)([A-Za-z]*)(\$?)(\d*)")

Token = tuple[str, str]


class CannotTranslate(ValueError):
    """A formula that LibreOffice has no words for, or that is not whole."""


@lru_cache(maxsize=4096)
def to_libreoffice(formula: str) -> str:
    """An Excel formula (with its `=`) as LibreOffice's `setFormula` takes it. Raises CannotTranslate.

    >>> to_libreoffice("=SUM(表[[#This Row],[列]],参数!$B$2)")
    '=SUM(表[[#This Row];[列]];$参数.$B$2)'
    """
    return "".join(_out(list(_tokens(formula)), formula))


@lru_cache(maxsize=4096)
def to_excel(formula: str) -> str:
    """A formula as LibreOffice's `getFormula` gives it, in Excel's grammar. Raises CannotTranslate.

    >>> to_excel("=SUM($参数.A1:B2;TRUE())")
    '=SUM(参数!A1:B2,TRUE)'
    """
    if formula.startswith("{") and formula.endswith("}"):
        formula = formula[1:-1]
    return "".join(_back(list(_tokens(formula)), formula))


def shifted(formula: str, rows: int, columns: int) -> str:
    """An Excel formula as it reads when copied `rows` down and `columns` to the right.

    >>> shifted("=A1*$B$2+SUM(C:C)", 1, 1)
    '=B2*$B$2+SUM(D:D)'
    """
    return "".join(_moved(kind, text, rows, columns) for kind, text in _parsed(formula))


@lru_cache(maxsize=64)
def _parsed(formula: str) -> tuple[Token, ...]:
    return tuple(_tokens(formula))


def _tokens(formula: str) -> Iterator[Token]:
    place = 0
    while place < len(formula):
        found = _TOKENS.match(formula, place)
        if not found:
            raise CannotTranslate(f"公式看不懂：{formula}（从“{formula[place:]}”起）")
        kind, text = str(found.lastgroup), found[0]
        if kind == "bracket":
            text = _bracket(formula, place)
        yield kind, text
        place += len(text)


def _bracket(formula: str, start: int) -> str:
    """The whole of `[…]` from `start` on; an apostrophe keeps the next character from counting."""
    depth, place = 0, start
    while place < len(formula):
        if formula[place] == "'":
            place += 1
        elif formula[place] == "[":
            depth += 1
        elif formula[place] == "]":
            depth -= 1
            if not depth:
                return formula[start : place + 1]
        place += 1
    raise CannotTranslate(f"公式里的方括号没有成对：{formula}")


def _out(tokens: list[Token], formula: str) -> Iterator[str]:
    inline, calls = False, [True]
    for i, (kind, text) in enumerate(tokens):
        before = tokens[i - 1] if i else ("", "")
        after = tokens[i + 1][1] if i + 1 < len(tokens) else ""
        if kind == "sheet":
            if i + 1 == len(tokens) or tokens[i + 1][0] not in ("cell", "area", "name", "error"):
                raise CannotTranslate(f"工作表名后面没有单元格：{formula}")
            name = text[:-1]
            yield f"${name.removeprefix('$')}."
        elif kind == "bracket":
            if before[0] != "name":
                raise CannotTranslate(f"结构化引用要写出表名（如 表[[#This Row],[列]]）：{formula}")
            yield _table(text, ",", ";")
        elif kind == "name" and text.upper() in ("TRUE", "FALSE") and after != "(":
            yield f"{text.upper()}()"
        elif kind == "name":
            yield _PREFIX.sub("", text)
        elif kind == "operator":
            if text in "@#~!|" or (text == ";" and not inline):
                raise CannotTranslate(f"LibreOffice 没有“{text}”这个写法：{formula}")
            if text == "(":
                calls.append(before[0] == "name")
            elif text == ")" and len(calls) > 1:
                calls.pop()
            elif text == "," and not inline and not calls[-1]:
                raise CannotTranslate(f"LibreOffice 里不能用逗号合并区域：{formula}")
            inline = (inline or text == "{") and text != "}"
            yield {",": ";", ";": "|"}.get(text, text)
        else:
            yield text


def _back(tokens: list[Token], formula: str) -> Iterator[str]:
    inline = False
    for i, (kind, text) in enumerate(tokens):
        rest = [t for _, t in tokens[i + 1 : i + 3]]
        if kind == "sheet":
            name = text[:-1].removeprefix("$")
            yield f"{name}!"
        elif kind == "bracket":
            yield _table(text, ";", ",")
        elif kind == "name" and text.upper() in ("TRUE", "FALSE") and rest == ["(", ")"]:
            yield text.upper()
        elif kind == "dot" or (text in "()" and _boolean(tokens, i)):
            continue
        elif kind == "name":
            yield _ADDIN.sub("", text)
        elif kind == "operator":
            inline = (inline or text == "{") and text != "}"
            yield {";": ",", "|": ";", "~": ",", "!": " "}.get(text, text)
        else:
            yield text


def _boolean(tokens: list[Token], i: int) -> bool:
    """Whether the bracket at `i` belongs to TRUE() or FALSE()."""
    start = i if tokens[i][1] == "(" else i - 1
    words = [t for _, t in tokens[start - 1 : start + 2]]
    return start > 0 and len(words) == 3 and words[0].upper() in ("TRUE", "FALSE") and words[1:] == ["(", ")"]


def _table(text: str, old: str, new: str) -> str:
    """The bracket of a structured reference with `new` between its parts; `[@列]` is written out."""
    inside = text[1:-1]
    if inside.startswith("@"):
        column = inside[1:].strip()
        column = column if column.startswith("[") else f"[{column}]"
        return f"[[#This Row]{new}{column}]" if column != "[]" else "[#This Row]"
    if not inside.startswith("["):
        return text
    out, depth, escaped = [], 0, False
    for letter in text:
        depth += 0 if escaped else {"[": 1, "]": -1}.get(letter, 0)
        out.append(new if letter == old and depth == 1 and not escaped else letter)
        escaped = letter == "'" and not escaped
    return "".join(out)


def _moved(kind: str, text: str, rows: int, columns: int) -> str:
    if kind == "area":
        return ":".join(_moved("cell", part, rows, columns) for part in text.split(":"))
    if kind != "cell":
        return text
    found = _PARTS.fullmatch(text)
    if not found:
        return text
    fixed_column, letters, fixed_row, number = found.groups()
    if not letters:  # a whole row: its $ stands where a column's would
        return text if fixed_column else str(int(number) + rows)
    if not fixed_column:
        letters = column_letters(column_number(letters) + columns)
    if number and not fixed_row:
        number = str(int(number) + rows)
    return f"{fixed_column}{letters}{fixed_row}{number}"
