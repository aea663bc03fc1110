"""Cell styles (单元格样式): the ones that stand in a column go on; what is missing is appended, nothing is renumbered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from xltools.sheets.ooxml.book import Book, add, content, relate, relationships
from xltools.sheets.ooxml.worksheets import WORKBOOK
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, element, prefix, prefixed, with_attribute, without

_BUILT_IN = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    14: "yyyy-mm-dd",
    49: "@",
}
_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_LITERAL = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|[\\_*].")
_FIRST_OWN = 164  # below it the numbers are Excel's own

_LISTS = {"fonts": "font", "fills": "fill", "borders": "border", "dxfs": "dxf", "cellXfs": "xf"}
"""What cell formats and conditional formats are made of, and the cell formats: the list, and one of it."""
_NONE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    b'</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    b'<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    b'<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
"""A workbook may do without styles; then it gets these."""


@dataclass
class Styles:
    """`styles.xml` with what is to be appended. `codes` are the number formats of the workbook's own by number."""

    xml: bytes
    codes: dict[int, str]
    lists: dict[str, list[bytes]]
    there: dict[str, int]
    """How many entries of each list stand in `xml`; those behind them are new."""
    added_codes: dict[str, int] = field(default_factory=dict)
    places: dict[str, dict[bytes, int]] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)
    """Cell formats by what their maker calls them."""


def read_styles(xml: bytes) -> Styles:
    """The styles of a book."""
    p = prefix(xml)
    codes = {}
    for tag in re.findall(rb"<%snumFmt(?=\s)%s>" % (p, INSIDE), xml):
        given = attributes(tag)
        codes[int(given.get("numFmtId", 0))] = given.get("formatCode", "")
    lists = {name: _children(xml, name, one) for name, one in _LISTS.items()}
    return Styles(xml, codes, lists, {name: len(of) for name, of in lists.items()})


def styles_of(book: Book) -> tuple[str, Styles]:
    """The styles of a package, and the member that holds them."""
    place = next((r.target for r in relationships(book, WORKBOOK) if r.kind == "styles" and r.target), "")
    if not place:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
        place = add(book, "xl/styles.xml", _NONE, kind)
        relate(book, WORKBOOK, "styles", place)
    xml = content(book, place)
    if element(xml, "cellXfs") is None and element(xml, "fonts") is None:
        xml = _NONE  # a part without any style
    return place, read_styles(xml)


def styles_written(book: Book, place: str, styles: Styles) -> None:
    """Put the styles back into their part, where anything was appended."""
    new = styles_xml(styles)
    if new != content(book, place):
        book.changed[place] = [new]


def grafted(styles: Styles, source: Styles, style: int) -> int:
    """The number that a cell format of another workbook has in this one; what it is made of comes along."""
    xf = format_of(source, style)
    cut = xf.index(b">") + 1
    opening, given = xf[:cut], attributes(xf[:cut])
    for name, key in (("fonts", b"fontId"), ("fills", b"fillId"), ("borders", b"borderId")):
        number = _piece(styles, source, name, int(given.get(key.decode(), 0)))
        opening = with_attribute(opening, key, str(number).encode())
    code = int(given.get("numFmtId", 0))
    if code in source.codes:
        opening = with_attribute(opening, b"numFmtId", str(number_of(styles, source.codes[code])).encode())
    opening = with_attribute(opening, b"xfId", b"0")
    return added(styles, "cellXfs", opening + xf[cut:])


def grafted_rule(styles: Styles, source: Styles, dxf: int) -> int:
    """The same for the format of a conditional format."""
    return _piece(styles, source, "dxfs", dxf)


def derived(
    styles: Styles, style: int, *, font: bytes = b"", fill: bytes = b"", border: bytes = b"", code: str = "",
    alignment: bytes = b"", locked: bool | None = None,
) -> int:  # fmt: skip
    """A cell format like that one but for what is given: whole elements, without the prefix of the part."""
    xf, p = format_of(styles, style), prefix(styles.xml)
    cut = xf.index(b">") + 1
    opening, inner = xf[:cut], b""
    if opening.endswith(b"/>"):
        opening = opening[:-2].rstrip() + b">"
    else:
        inner = xf[cut : xf.rindex(b"</")]
    for name, key, apply, one in (
        ("fonts", b"fontId", b"applyFont", font), ("fills", b"fillId", b"applyFill", fill),
        ("borders", b"borderId", b"applyBorder", border),
    ):  # fmt: skip
        if one:
            opening = with_attribute(opening, key, str(added(styles, name, one)).encode())
            opening = with_attribute(opening, apply, b"1")
    if code:
        opening = with_attribute(opening, b"numFmtId", str(number_of(styles, code)).encode())
        opening = with_attribute(without(opening, b"quotePrefix"), b"applyNumberFormat", b"1")
    parts = {name: _own(inner, name) for name in (b"alignment", b"protection", b"extLst")}
    if alignment:
        parts[b"alignment"], opening = prefixed(alignment, p), with_attribute(opening, b"applyAlignment", b"1")
    if locked is not None:
        parts[b"protection"] = b'<%sprotection locked="%d"/>' % (p, locked)
        opening = with_attribute(opening, b"applyProtection", b"1")
    inner = b"".join(parts.values())
    whole = opening + inner + b"</%sxf>" % p if inner else opening[:-1] + b"/>"
    return _place(styles, "cellXfs", whole)


def added(styles: Styles, name: str, one: bytes) -> int:
    """The number of an element in its list, with no prefix; it is appended where it is new."""
    return _place(styles, name, prefixed(one, prefix(styles.xml)))


def piece(styles: Styles, style: int, name: str) -> bytes:
    """The font (`fonts`), fill or border of a cell format, b"" where there is none."""
    key = {"fonts": "fontId", "fills": "fillId", "borders": "borderId"}[name]
    number, of = int(attributes(_opening(format_of(styles, style))).get(key, 0)), styles.lists[name]
    return of[number] if number < len(of) else b""


def format_of(styles: Styles, style: int) -> bytes:
    """A cell format by its number."""
    every = styles.lists["cellXfs"]
    return every[style] if style < len(every) else b'<%sxf numFmtId="0"/>' % prefix(styles.xml)


def is_date(styles: Styles, style: int) -> bool:
    """Whether cells of that style show dates."""
    number = int(attributes(_opening(format_of(styles, style))).get("numFmtId", 0))
    code = styles.codes.get(number)
    if code is None:
        return number in _DATES
    return bool(re.search("[ymdhseg]", _LITERAL.sub("", code.lower().replace("general", ""))))


def number_of(styles: Styles, code: str) -> int:
    """The number of a number format."""
    for number, known in [*_BUILT_IN.items(), *styles.codes.items()]:
        if known == code and number != 14:  # 14 shows as the computer's own short date
            return number
    if code not in styles.added_codes:
        highest = max([_FIRST_OWN - 1, *styles.codes, *styles.added_codes.values()])
        styles.added_codes[code] = highest + 1
    return styles.added_codes[code]


def styles_xml(styles: Styles) -> bytes:
    """The part with everything appended; the very bytes where there is nothing to append."""
    xml = styles.xml
    for name in _LISTS:
        new = styles.lists[name][styles.there[name] :]
        if new and element(xml, name) is None:  # a book without conditional formats has no dxfs
            found = element(xml, "cellStyles") or element(xml, "cellXfs")
            p = prefix(xml)
            empty = b'<%s%s count="0"></%s%s>' % (p, name.encode(), p, name.encode())
            at = found.end() if found else xml.rindex(b"</%sstyleSheet" % p)
            xml = xml[:at] + empty + xml[at:]
        if new:
            xml = _appended(xml, name, new, styles.there[name])
    if styles.added_codes:
        p = prefix(xml)
        codes = [
            b'<%snumFmt numFmtId="%d" formatCode="%s"/>' % (p, number, code.replace('"', "&quot;").encode())
            for code, number in styles.added_codes.items()
        ]
        if element(xml, "numFmts") is None:  # the first child of the styles
            root = re.search(rb"<%sstyleSheet(?=[\s>])%s>" % (p, INSIDE), xml)
            assert root
            empty = b'<%snumFmts count="0"></%snumFmts>' % (p, p)
            xml = xml[: root.end()] + empty + xml[root.end() :]
        listed = element(xml, "numFmts")
        there = len(re.findall(rb"<%snumFmt(?=\s)" % p, (listed["inner"] or b"") if listed else b""))
        xml = _appended(xml, "numFmts", codes, there)
    return xml


def _piece(styles: Styles, source: Styles, name: str, number: int) -> int:
    return added(styles, name, source.lists[name][number])


def _place(styles: Styles, name: str, one: bytes) -> int:
    every = styles.lists[name]
    known = styles.places.get(name)
    if known is None:
        known = styles.places[name] = {of: i for i, of in reversed(list(enumerate(every)))}
    if one not in known:
        known[one] = len(every)
        every.append(one)
    return known[one]


def _children(xml: bytes, name: str, one: str) -> list[bytes]:
    p, found = prefix(xml), element(xml, name)
    tag = p + one.encode()
    pattern = rb"<%s(?=[\s/>])(?:%s/>|%s>.*?</%s>)" % (tag, INSIDE, INSIDE, tag)
    return re.findall(pattern, (found["inner"] or b"") if found else b"", re.DOTALL)


def _own(inner: bytes, name: bytes) -> bytes:
    """A child of a cell format as it is written, b"" where it has none."""
    if name not in inner:
        return b""
    found = re.search(
        rb"<((?:[\w.-]+:)?%s)(?=[\s/>])(?:%s/>|%s>.*?</\1\s*>)" % (name, INSIDE, INSIDE), inner, re.DOTALL
    )
    return found[0] if found else b""


def _opening(xml: bytes) -> bytes:
    return xml[: xml.index(b">") + 1]


def _appended(xml: bytes, name: str, new: list[bytes], there: int) -> bytes:
    found = element(xml, name)
    assert found
    opening = with_attribute(found["open"], b"count", str(there + len(new)).encode())
    inner = (found["inner"] or b"") + b"".join(new)
    close = b"</%s%s>" % (prefix(xml), name.encode())
    return (
        xml[: found.start()]
        + opening.removesuffix(b"/>").removesuffix(b">")
        + b">"
        + inner
        + close
        + xml[found.end() :]
    )
