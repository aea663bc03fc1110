"""The shared strings of a workbook in bulk (xl/sharedStrings.xml), in the shape that spreadsheet programs write.

One run each, `<si><t>…</t></si>`; formatted runs, blanks between elements or another encoding raise NotSimple.
"""

from __future__ import annotations

import re
from zipfile import ZipFile, ZipInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.sheets.intake.found import NotSimple
from xltools.sheets.ooxml import parts

_LARGEST = 1 << 30
_OPENING = re.compile(rb"(?:\xef\xbb\xbf)?(?:<\?xml(?P<xml>[^>]*)\?>)?\s*<sst[^>]*[^/>]>")
_UTF8 = re.compile(rb"\sencoding\s*=\s*[\"']utf-?8[\"']", re.IGNORECASE)
_PHONETIC = re.compile(rb"<phoneticPr[^<>]*/>")
_ESCAPED = re.compile(rb"_x[0-9A-Fa-f]{4}_")
_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_PRESERVED = b'<t xml:space="preserve">'
_ITEM, _TAIL = b"<si>", b"</sst>"


def shared_strings(package: ZipFile, part: ZipInfo | None) -> pa.StringArray:
    """The strings of the part in their order; none where there is none. Raises NotSimple, or Refused."""
    if part is None:
        return pa.array([], pa.string())
    if part.file_size > _LARGEST:
        raise NotSimple
    found: list[pa.StringArray] = []
    text, opened = b"", False
    for piece in parts.checked(package, part):
        text += piece
        if not opened and (opening := _OPENING.match(text)):
            if b"encoding" in (opening["xml"] or b"") and not _UTF8.search(opening["xml"]):
                raise NotSimple
            text, opened = text[opening.end() :], True
        cut = text.rfind(_ITEM) if opened and part.file_size > parts.PIECE else 0  # a small part is read in one go
        if cut > 0:
            found.append(_read(text[:cut]))
            text = text[cut:]
    end = text.find(_TAIL)
    if not opened or end < 0 or text[end + len(_TAIL) :].strip():
        raise NotSimple
    last = _read(text[:end])
    return pa.concat_arrays([*found, last]) if found else last


def _read(data: bytes) -> pa.StringArray:
    """Some whole items."""
    if b"\r" in data or _ESCAPED.search(data):
        raise NotSimple
    try:
        texts = picked(data, *_places(data + bytes(32)))
    except NotSimple:  # Chinese and Japanese programs end nearly every string so
        data = _PHONETIC.sub(b"", data).replace(b"<t/>", b"<t></t>")
        texts = picked(data, *_places(data + bytes(32)))
    if b"&" in data:
        texts = _unescaped(texts)
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:  # no UTF-8
        raise NotSimple from None
    return texts


def _places(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Where each text begins and ends; every byte between two texts is accounted for."""
    byte = np.frombuffer(data, np.uint8)
    word = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))
    tag = byte == 0x3C
    at = np.flatnonzero(tag[:-1] & (byte[1:] != 0x2F))
    if len(at) % 2 or np.count_nonzero(tag) != 2 * len(at) or (at[0] if len(at) else len(data) - 32):
        raise NotSimple
    item, text = at[0::2], at[1::2]
    close = np.append(item[1:], len(data) - 32)[: len(item)] - len(b"</t></si>")
    _need((text == item + 4) & ((word[item] & np.uint64(0xFFFFFFFF)) == _word(b"<si>")))
    _need((word[close] == _word(b"</t></si")) & (byte[close + 8] == 0x3E))
    plain = (word[text] & np.uint64(0xFFFFFF)) == _word(b"<t>")
    kept = word[text] == _word(_PRESERVED[:8])
    for place in (8, 16):
        kept &= word[np.minimum(text + place, len(word) - 1)] == _word(_PRESERVED[place : place + 8])
    _need(plain | kept)
    starts = text + np.where(plain, 3, len(_PRESERVED))
    _need(
        (starts <= close) & ~(plain & ((byte[starts] <= 0x20) | (byte[close - 1] <= 0x20)))
    )  # blanks that readers drop
    return starts, close


def picked(
    data: bytes | memoryview, starts: np.ndarray, ends: np.ndarray, order: np.ndarray | None = None
) -> pa.StringArray:
    """The stretches of `data` as texts, in their order or in another. Stretches ascend and do not overlap."""
    count = len(starts)
    if not count:
        return pa.array([], pa.string())
    places = np.empty(2 * count, np.int32)
    places[0::2], places[1::2] = starts, ends
    between = pa.StringArray.from_buffers(2 * count - 1, pa.py_buffer(places), pa.py_buffer(data))
    return between.take(pa.array(2 * (np.arange(count, dtype=np.int32) if order is None else order)))


def _unescaped(texts: pa.StringArray) -> pa.StringArray:
    touched = pc.match_substring(texts, "&")
    plain = []
    for text in texts.filter(touched).to_pylist():
        rest = _ENTITY.sub("", text)
        if "&" in rest:
            raise NotSimple
        plain.append(_ENTITY.sub(lambda m: _NAMED[m[1]] if m[1] else chr(int(m[2] or m[3], 10 if m[2] else 16)), text))
    return pc.replace_with_mask(texts, touched, pa.array(plain, pa.string()))


def _need(condition: np.ndarray) -> None:
    if not condition.all():
        raise NotSimple


def _word(text: bytes) -> int:
    return int.from_bytes(text, "little")
