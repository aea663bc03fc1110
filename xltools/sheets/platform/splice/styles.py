"""Cell styles (单元格样式): the ones that stand in a column go on; what is missing is appended, nothing is renumbered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, element, prefix, prefixed, with_attribute, without
from xltools.sheets.write.formats import FORMATS

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


_PIECES = {"fonts": "font", "fills": "fill", "borders": "border", "dxfs": "dxf"}
"""What cell formats and conditional formats are made of: the list, and one of it."""


@dataclass
class Styles:
    """`styles.xml` with what is to be appended. `xfs` are the cell formats by number."""

    xml: bytes
    xfs: list[bytes]
    codes: dict[int, str]
    added_xfs: list[bytes] = field(default_factory=list)
    added_codes: dict[str, int] = field(default_factory=dict)
    added: dict[str, list[bytes]] = field(default_factory=lambda: {name: [] for name in _PIECES})


def read_styles(xml: bytes) -> Styles:
    """The styles of a book."""
    p = prefix(xml)
    codes = {}
    for tag in re.findall(rb"<%snumFmt(?=\s)%s>" % (p, INSIDE), xml):
        given = attributes(tag)
        codes[int(given.get("numFmtId", 0))] = given.get("formatCode", "")
    return Styles(xml, _children(xml, "cellXfs", "xf"), codes)


def grafted(styles: Styles, source: Styles, style: int) -> int:
    """The number that a cell format of another workbook has in this one; what it is made of comes along."""
    xf = _xf(source, style)
    cut = xf.index(b">") + 1
    opening, given = xf[:cut], attributes(xf[:cut])
    for name, key in (("fonts", b"fontId"), ("fills", b"fillId"), ("borders", b"borderId")):
        number = _piece(styles, source, name, int(given.get(key.decode(), 0)))
        opening = with_attribute(opening, key, str(number).encode())
    code = int(given.get("numFmtId", 0))
    if code in source.codes:
        opening = with_attribute(opening, b"numFmtId", str(_number_of(styles, source.codes[code])).encode())
    opening = with_attribute(opening, b"xfId", b"0")
    return _added(styles.xfs, styles.added_xfs, prefixed(opening + xf[cut:], prefix(styles.xml)))


def grafted_rule(styles: Styles, source: Styles, dxf: int) -> int:
    """The same for the format of a conditional format."""
    return _piece(styles, source, "dxfs", dxf)


def _piece(styles: Styles, source: Styles, name: str, number: int) -> int:
    of = _children(source.xml, name, _PIECES[name])[number]
    return _added(_children(styles.xml, name, _PIECES[name]), styles.added[name], prefixed(of, prefix(styles.xml)))


def _added(there: list[bytes], added: list[bytes], new: bytes) -> int:
    """The number of an element among those that are there and those that were added; it is added where it is new."""
    every = [*there, *added]
    if new not in every:
        added.append(new)
        every.append(new)
    return every.index(new)


def _children(xml: bytes, name: str, one: str) -> list[bytes]:
    p, found = prefix(xml), element(xml, name)
    tag = p + one.encode()
    pattern = rb"<%s(?=[\s/>])(?:%s/>|%s>.*?</%s>)" % (tag, INSIDE, INSIDE, tag)
    return re.findall(pattern, (found["inner"] or b"") if found else b"", re.DOTALL)


def style_for(styles: Styles, style: int | None, kind: str) -> int:
    """The style for a column of that kind: the one that stands there, or a new one where there is none, or where a
    date would show as a number."""
    if style is None:
        return _with_format(styles, 0, FORMATS[kind])
    if kind in ("date", "datetime") and not is_date(styles, style):
        return _with_format(styles, style, FORMATS[kind])
    return style


def is_date(styles: Styles, style: int) -> bool:
    """Whether cells of that style show dates."""
    xf = _xf(styles, style)
    number = int(attributes(xf[: xf.index(b">")]).get("numFmtId", 0))
    code = styles.codes.get(number)
    if code is None:
        return number in _DATES
    return bool(re.search("[ymdhseg]", _LITERAL.sub("", code.lower().replace("general", ""))))


def styles_xml(styles: Styles) -> bytes:
    """The part with everything appended; the very bytes where there is nothing to append."""
    xml = styles.xml
    for name, new in styles.added.items():
        if new and element(xml, name) is None:  # a book without conditional formats has no dxfs
            found = element(xml, "cellStyles") or element(xml, "cellXfs")
            assert found
            p = prefix(xml)
            empty = b'<%s%s count="0"></%s%s>' % (p, name.encode(), p, name.encode())
            xml = xml[: found.end()] + empty + xml[found.end() :]
        if new:
            xml = _appended(xml, name, new)
    if styles.added_xfs:
        xml = _appended(xml, "cellXfs", styles.added_xfs)
    if styles.added_codes:
        p = prefix(xml)
        new = [
            b'<%snumFmt numFmtId="%d" formatCode="%s"/>' % (p, number, code.replace('"', "&quot;").encode())
            for code, number in styles.added_codes.items()
        ]
        if element(xml, "numFmts") is None:  # the first child of the styles
            root = re.search(rb"<%sstyleSheet(?=[\s>])%s>" % (p, INSIDE), xml)
            assert root
            empty = b'<%snumFmts count="0"></%snumFmts>' % (p, p)
            xml = xml[: root.end()] + empty + xml[root.end() :]
        xml = _appended(xml, "numFmts", new)
    return xml


def _appended(xml: bytes, name: str, new: list[bytes]) -> bytes:
    found = element(xml, name)
    assert found
    count = int(attributes(found["open"]).get("count", 0)) + len(new)
    opening = with_attribute(found["open"], b"count", str(count).encode())
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


def _xf(styles: Styles, style: int) -> bytes:
    every = [*styles.xfs, *styles.added_xfs]
    return every[style] if style < len(every) else b'<xf numFmtId="0"/>'


def _with_format(styles: Styles, style: int, code: str) -> int:
    """A style like that one with another number format; the same wish gives the same number."""
    xf = _xf(styles, style)
    cut = xf.index(b">") + 1
    number = str(_number_of(styles, code)).encode()
    opening = with_attribute(xf[:cut], b"numFmtId", number)
    opening = with_attribute(without(opening, b"quotePrefix"), b"applyNumberFormat", b"1")
    new = opening + xf[cut:]
    return _added(styles.xfs, styles.added_xfs, new)


def _number_of(styles: Styles, code: str) -> int:
    for number, known in [*_BUILT_IN.items(), *styles.codes.items()]:
        if known == code and number != 14:  # 14 shows as the computer's own short date
            return number
    if code not in styles.added_codes:
        highest = max([_FIRST_OWN - 1, *styles.codes, *styles.added_codes.values()])
        styles.added_codes[code] = highest + 1
    return styles.added_codes[code]
