"""Damaged workbooks on purpose: `every_damage(seed)` gives each kind of damage to each part, and `damaged(seed, rng)`
another broken .xlsx for every call.

Some mutations break the zip as bytes; most take the package apart, break one part and zip it again, so
that the damage reaches the XML readers. Every result is a function of the seed bytes and of `rng` alone.
"""

from __future__ import annotations

import io
import random
import re
import warnings
import zipfile
from collections.abc import Callable
from functools import cache

import pytest

Members = list[tuple[str, bytes]]
Bytes = Callable[[bytes, random.Random], bytes]
Parts = Callable[[Members, random.Random], None]

_TAG = re.compile(rb"<[^<>]*>")
_REFS = (
    b"XFD1048576", b"A1048577", b"ZZZZ1", b"A0", b"A-1", b"1A", b"", b"A4294967295", b"A99999999999999999999",
    b"$A$1", b"a1", b"R1C1", b"A1:B2", "甲1".encode(), b"AAAAAAAAAAAAAAAAAAAAAAAA1",
)  # fmt: skip
_NUMBERS = (
    b"-1",
    b"0",
    b"4294967295",
    b"2147483648",
    b"1048576",
    b"1048577",
    b"1e9",
    b"",
    b"x",
    b"18446744073709551616",
)
_VALUES = (
    b"1e999",
    b"-1e308",
    b"nan",
    b"inf",
    b"--5",
    b"0x10",
    b"1,234.5",
    b"",
    b" ",
    b"#REF!",
    b"9" * 400,
    b"\xff\xfe",
)
_TYPES = (b"s", b"n", b"b", b"e", b"d", b"str", b"inlineStr", b"zz", b"")


def damaged(seed_bytes: bytes, rng: random.Random) -> bytes:
    """One damaged variant of a workbook: one to three mutations, rarely more."""
    data = seed_bytes
    count = rng.choice((1, 1, 1, 1, 2, 2, 3, 6))
    members = whole = _open(data)
    while members == whole:  # some find nothing to damage
        members = list(whole)
        for _ in range(count):
            rng.choice(PARTS)(members, rng)
    if rng.random() < 0.75:
        return _zip(members, rng)
    return rng.choice(BYTES)(_zip(members, rng) if rng.random() < 0.3 else data, rng)


@cache
def every_damage(seed_bytes: bytes) -> list[bytes]:
    """Each kind of damage to each part of the workbook, and each kind of damage to the file as bytes, four times.

    All of them differ. What needs two parts, or no part in particular, is done to any.
    """
    whole, rng = _open(seed_bytes), random.Random(20190901)
    found = []
    for _ in range(4):
        found += [kind(seed_bytes, rng) for kind in BYTES]
        for kind in dict.fromkeys(PARTS):
            for place in range(len(whole)):
                start, end = (0, len(whole)) if kind in ANYWHERE else (place, place + 1)
                changed = whole[start:end]
                kind(changed, rng)
                if changed != whole[start:end]:
                    found.append(_zip([*whole[:start], *changed, *whole[end:]], rng))
    return [data for data in dict.fromkeys(found) if data != seed_bytes]


def many_damaged(seed_bytes: bytes) -> list[bytes]:
    """Two thousand variants at random, for hours without people."""
    rng = random.Random(20190901)
    return [damaged(seed_bytes, rng) for _ in range(2000)]


DAMAGES = [pytest.param(every_damage, id="each kind to each part"),
           pytest.param(many_damaged, id="two thousand at random", marks=pytest.mark.soak)]  # fmt: skip
"""What tests of damaged workbooks are given: a function of the seed."""


def _open(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return [(info.filename, package.read(info)) for info in package.infolist()]


def _zip(members: Members, rng: random.Random) -> bytes:
    stored = zipfile.ZIP_STORED if rng.random() < 0.1 else zipfile.ZIP_DEFLATED
    target = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", stored, compresslevel=1) as package:
        warnings.simplefilter("ignore")  # a doubled name is one of the damages
        for name, content in members:
            package.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, stored)
    return target.getvalue()


# The file as bytes


def truncate(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def flip_bytes(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 3, 20, 200))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def zero_block(data: bytes, rng: random.Random) -> bytes:
    at, size = rng.randrange(len(data)), rng.choice((16, 512, 4096))
    return (data[:at] + bytes(size) + data[at + size :])[: len(data)]


def cut_out(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.choice((1, 7, 300)) :]


def append_litter(data: bytes, rng: random.Random) -> bytes:
    return data + rng.randbytes(rng.choice((1, 100, 70_000)))


def prepend_litter(data: bytes, rng: random.Random) -> bytes:
    return rng.randbytes(rng.choice((1, 100))) + data


def lie_about_sizes(data: bytes, rng: random.Random) -> bytes:
    """A central directory entry with other sizes, checksum, method or place."""
    entries = [match.start() for match in re.finditer(rb"PK\x01\x02", data)]
    if not entries:
        return data[::-1]
    field = rng.choice(entries) + rng.choice((8, 10, 16, 20, 24, 28, 42))
    value = rng.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\1\0\0\0"))
    return (
        data[:field] + value[:2] + data[field + 2 :] if rng.random() < 0.5 else data[:field] + value + data[field + 4 :]
    )


# The package


def drop_member(members: Members, rng: random.Random) -> None:
    if len(members) > 1:
        members.pop(rng.randrange(len(members)))


def double_member(members: Members, rng: random.Random) -> None:
    name, content = rng.choice(members)
    members.append((name, content if rng.random() < 0.5 else content[: len(content) // 2]))


def swap_members(members: Members, rng: random.Random) -> None:
    i, j = rng.randrange(len(members)), rng.randrange(len(members))
    (a, first), (b, second) = members[i], members[j]
    members[i], members[j] = (a, second), (b, first)


def rename_member(members: Members, rng: random.Random) -> None:
    i = rng.randrange(len(members))
    name, content = members[i]
    names = (
        name.upper(),
        name.replace("/", "\\"),
        "../" + name,
        "/" + name,
        "C:/" + name,
        name + "x",
        "汇总.xml",
        "a/" * 300,
    )
    members[i] = (rng.choice(names), content)


def empty_member(members: Members, rng: random.Random) -> None:
    i = rng.randrange(len(members))
    members[i] = (members[i][0], rng.choice((b"", b" ", b"<", b"\0" * 100, b"<?xml version='1.0'?>")))


def bad_content_types(members: Members, rng: random.Random) -> None:
    _edit(members, rng, "[Content_Types].xml", lambda xml: rng.choice((
        xml.replace(b"sheet.main", b"sheet.macroEnabled.main"),
        xml.replace(b"worksheet", b"chartsheet"),
        re.sub(rb"<Override[^>]*>", b"", xml),
        xml.replace(b"ContentType", b"contenttype"),
        b"<Types/>",
    )))  # fmt: skip


def bad_relationships(members: Members, rng: random.Random) -> None:
    _edit(members, rng, ".rels", lambda xml: rng.choice((
        re.sub(rb"<Relationship [^>]*>", b"", xml, count=1),
        xml.replace(b"worksheets/", b"nowhere/"),
        xml.replace(b'Target="', b'Target="/'),
        xml.replace(b'Target="', b'Target="../../../'),
        xml.replace(b'Target="', b'TargetMode="External" Target="http://example.invalid/'),
        xml.replace(b"rId1", b"rId2"),
        xml.replace(b"sharedStrings", b"styles"),
        re.sub(rb'Target="[^"]*"', b'Target="workbook.xml"', xml),
    )))  # fmt: skip


def bad_workbook(members: Members, rng: random.Random) -> None:
    _edit(members, rng, "workbook.xml", lambda xml: rng.choice((
        re.sub(rb"<sheets>.*</sheets>", b"<sheets/>", xml, flags=re.DOTALL),
        re.sub(rb'name="[^"]*"', b'name=""', xml),
        re.sub(rb'r:id="[^"]*"', b'r:id="rId999"', xml),
        re.sub(rb'sheetId="[^"]*"', b'sheetId="-1"', xml),
        xml.replace(b"<sheet ", b'<sheet state="veryHidden" '),
        re.sub(rb"(<sheet [^>]*>)", rb"\1\1\1", xml),
        xml.replace(b"</sheets>", b'</sheets><definedNames><definedName name="x">#REF!</definedName></definedNames>'),
    )))  # fmt: skip


def break_xml(members: Members, rng: random.Random) -> None:
    """One tag or a stretch of some part removed, doubled, moved or opened without an end."""

    def edit(xml: bytes) -> bytes:
        tags = list(_TAG.finditer(xml))
        if not tags:
            return xml + b"<"
        tag, other = rng.choice(tags), rng.choice(tags)
        a, b = tag.span()
        stretch = sorted((a, other.start()))
        return rng.choice((
            xml[:a] + xml[b:],
            xml[:b] + tag.group() + xml[b:],
            xml[:a] + other.group() + xml[b:],
            xml[: stretch[0]] + xml[stretch[1] :],
            xml[:a] + b"<!--" + xml[a:],
            xml[:a] + b"<![CDATA[" + xml[a:b] + b"]]>" + xml[b:],
            xml[:b] + b"&undefined;&#0;&#x110000;" + xml[b:],
            xml[:a] + b"<?php ?>" + xml[a:],
            xml[:b] + b"<x:c r='A1'/>" + xml[b:],
            xml[: rng.randrange(len(xml))],
        ))  # fmt: skip

    _edit(members, rng, ".xml", edit)


def flip_in_xml(members: Members, rng: random.Random) -> None:
    _edit(members, rng, ".xml", lambda xml: flip_bytes(xml, rng) if xml else b"\xff")


def not_utf8(members: Members, rng: random.Random) -> None:
    def edit(xml: bytes) -> bytes:
        at = rng.randrange(len(xml) + 1)
        text = xml.decode("utf-8", "replace")
        return rng.choice((
            xml[:at] + rng.choice((b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x00", b"\x0b")) + xml[at:],
            text.encode("gb18030"),
            text.encode("utf-16"),
            text.replace("UTF-8", "UTF-16").encode("utf-16-le"),
            xml.replace(b"UTF-8", b"GBK"),
            xml.replace(b"UTF-8", b"UTF-7"),
            b"\xef\xbb\xbf" * 2 + xml,
        ))  # fmt: skip

    _edit(members, rng, ".xml", edit)


def document_type(members: Members, rng: random.Random) -> None:
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10 if i else b"ha") for i in range(9))
    external = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    begin = rng.choice(
        (
            b"<!DOCTYPE x [" + laughs + b"]>",
            external,
            b"<!DOCTYPE x>",
            b"<!--" + b"-" * 9000 + b"--><!DOCTYPE x>",
        )
    )
    _edit(
        members,
        rng,
        ".xml",
        lambda xml: re.sub(rb"^(?:<\?xml.*?\?>)?", lambda m: m.group() + begin, xml, count=1),
    )


def deep_nesting(members: Members, rng: random.Random) -> None:
    depth = rng.choice((300, 20_000))
    name = rng.choice((b"c", b"is", b"r", b"x"))
    inside = (b"<" + name + b">") * depth + (b"</" + name + b">") * (depth if rng.random() < 0.7 else 0)

    def edit(xml: bytes) -> bytes:
        at = xml.find(b"<", rng.randrange(len(xml))) if xml else -1
        return xml[:at] + inside + xml[at:] if at >= 0 else inside

    _edit(members, rng, ".xml", edit)


# The worksheets


def absurd_refs(members: Members, rng: random.Random) -> None:
    _some(members, rng, rb'(<c r=")[^"]*(")', lambda: rng.choice(_REFS))


def absurd_rows(members: Members, rng: random.Random) -> None:
    _some(members, rng, rb'(<row r=")[^"]*(")', lambda: rng.choice(_NUMBERS))


def no_refs(members: Members, rng: random.Random) -> None:
    attribute = rng.choice((rb'(<c) r="[^"]*"()', rb'(<row) r="[^"]*"()'))
    _some(members, rng, attribute, lambda: b"", share=rng.choice((0.01, 1.0)))


def wrong_types(members: Members, rng: random.Random) -> None:
    _some(members, rng, rb'(<c [^>]*?t=")[^"]*(")', lambda: rng.choice(_TYPES), share=rng.choice((0.01, 0.3)))


def negative_styles(members: Members, rng: random.Random) -> None:
    _some(members, rng, rb'(<c [^>]*?s=")[^"]*(")', lambda: rng.choice(_NUMBERS))


def wrong_values(members: Members, rng: random.Random) -> None:
    """Numbers that are none, and indices beyond the shared strings."""
    _some(
        members,
        rng,
        rb"(<v>)[^<]*(</v>)",
        lambda: rng.choice(_VALUES + _NUMBERS),
        share=rng.choice((0.01, 0.3)),
    )


def wrong_formulas(members: Members, rng: random.Random) -> None:
    formula = rng.choice((b"<f>1+</f>", b'<f t="shared" si="7"/>', b'<f t="array" ref="A1:XFD1048576">1</f>', b"<f/>"))
    _some(members, rng, rb"(<c [^>]*>)()", lambda: formula)


def dimension_lies(members: Members, rng: random.Random) -> None:
    _some(members, rng, rb'(<dimension ref=")[^"]*(")', lambda: b"A1:" + rng.choice(_REFS), share=1.0)


def merged_absurdly(members: Members, rng: random.Random) -> None:
    refs = b"".join(
        b'<mergeCell ref="%s:%s"/>' % (rng.choice(_REFS), rng.choice(_REFS)) for _ in range(rng.choice((1, 500)))
    )
    _edit(
        members,
        rng,
        "sheets/",
        lambda xml: xml.replace(b"</sheetData>", b"</sheetData><mergeCells>" + refs + b"</mergeCells>"),
    )


def empty_sheet(members: Members, rng: random.Random) -> None:
    rest = rng.choice((b"<sheetData/>", b"<sheetData></sheetData>", b""))
    _edit(members, rng, "sheets/", lambda xml: re.sub(rb"<sheetData.*</sheetData>", rest, xml, flags=re.DOTALL))


def shuffled_rows(members: Members, rng: random.Random) -> None:
    def edit(xml: bytes) -> bytes:
        rows = re.findall(rb"<row .*?</row>", xml, re.DOTALL)
        begin, end = xml.find(b"<row "), xml.rfind(b"</row>")
        rng.shuffle(rows)
        return xml[:begin] + b"".join(rows + rows[:3]) + xml[end + 6 :] if rows else xml

    _edit(members, rng, "sheets/", edit)


def broken_strings(members: Members, rng: random.Random) -> None:
    _edit(members, rng, "sharedStrings.xml", lambda xml: rng.choice((
        re.sub(rb"<si>.*?</si>", b"", xml, count=rng.choice((1, 0)), flags=re.DOTALL),
        re.sub(rb"ount=\"\d+\"", b'ount="4294967295"', xml),
        xml.replace(b"<t>", b"<t>" + b"x" * 40_000, 1),
        xml.replace(b"<si>", b"<si><rPh/><r/>"),
        xml.replace(b"<t>", b"<t>_x0000_&#10;"),
    )))  # fmt: skip


def _edit(members: Members, rng: random.Random, where: str, change: Callable[[bytes], bytes]) -> None:
    """Changes one part whose name contains `where`; without one, cuts some part short instead."""
    places = [i for i, (name, _) in enumerate(members) if where in name]
    if places:
        i = rng.choice(places)
        members[i] = (members[i][0], change(members[i][1]))
    elif members:
        i = rng.randrange(len(members))
        members[i] = (members[i][0], members[i][1][: len(members[i][1]) // 2])


def _some(members: Members, rng: random.Random, pattern: bytes, value: Callable[[], bytes], share: float = 0.0) -> None:
    """Puts another value between the two groups of `pattern`: in one place, or in a share of all."""

    def edit(xml: bytes) -> bytes:
        total = len(re.findall(pattern, xml))
        chosen = {rng.randrange(total)} if total else set()
        chosen |= {i for i in range(total) if rng.random() < share}
        number = iter(range(total))
        return re.sub(pattern, lambda m: m[1] + value() + m[2] if next(number) in chosen else m[0], xml)

    _edit(members, rng, "sheets/", edit)


BYTES: tuple[Bytes, ...] = (
    truncate,
    flip_bytes,
    zero_block,
    cut_out,
    append_litter,
    prepend_litter,
    lie_about_sizes,
)
PARTS: tuple[Parts, ...] = (
    drop_member, double_member, swap_members, rename_member, empty_member,
    bad_content_types, bad_relationships, bad_workbook, break_xml, break_xml, flip_in_xml, not_utf8,
    document_type, deep_nesting, absurd_refs, absurd_rows, no_refs, wrong_types, negative_styles, wrong_values,
    wrong_formulas, dimension_lies, merged_absurdly, empty_sheet, shuffled_rows, broken_strings,
)  # fmt: skip
ANYWHERE = (drop_member, swap_members)
"""Damages that take more than one part."""
