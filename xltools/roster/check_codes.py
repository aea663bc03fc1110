"""Checks of identifiers (代码): unified social credit code, customs code, telephone, e-mail."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.roster import codes, phones
from xltools.roster.cells import Roster
from xltools.roster.masks import has, mask
from xltools.roster.problems import Mask


def uscc_number(r: Roster, today: date) -> None:
    number = r.cells.is_number("uscc") if r.cells.is_number else np.zeros(len(r), dtype=bool)
    if number.any():
        r.found("USCC_NUMBER", "uscc", number & mask(pc.match_substring_regex(r.text["uscc"], r"^\d{15,}$")))


def uscc_length(r: Roster, today: date) -> None:
    length = pc.utf8_length(r.text["uscc"])
    wrong = mask(pc.not_equal(length, 18)) & ~has(r, "uscc", "USCC_NUMBER")
    r.found("USCC_LENGTH", "uscc", wrong, [str(v) for v in length.filter(pa.array(wrong)).to_pylist()])


def uscc_digits(r: Roster, today: date) -> None:
    """USCC_CHARS, USCC_CHECK and the warning USCC_ORG, from one pass over the characters."""
    alphabet, wrong, organisation = codes.uscc(r.text["uscc"])
    number = has(r, "uscc", "USCC_NUMBER")
    alphabet |= _eighteen(r) & mask(pc.not_equal(pc.binary_length(r.text["uscc"]), 18))
    bad = alphabet & ~number
    r.found("USCC_CHARS", "uscc", bad, [_suggestion(v) for v in r.text["uscc"].filter(pa.array(bad)).to_pylist()])
    r.found("USCC_CHECK", "uscc", wrong & ~number)
    r.found("USCC_ORG", "uscc", organisation & ~number)


def uscc_registrar(r: Roster, today: date) -> None:
    known = pc.is_in(pc.utf8_slice_codeunits(r.text["uscc"], 0, 2), value_set=pa.array(["91", "92", "93"]))
    r.found("USCC_REGISTRAR", "uscc", _well_formed(r) & ~mask(known))


def uscc_region(r: Roster, today: date) -> None:
    prefix = r.scheme.code_prefix.value
    region = pc.utf8_slice_codeunits(r.text["uscc"], 2, 2 + len(prefix))
    r.found("USCC_REGION", "uscc", _well_formed(r) & mask(pc.not_equal(region, prefix)))


def customs_code_length(r: Roster, today: date) -> None:
    length = pc.utf8_length(r.text["customs_code"])
    wrong = mask(pc.not_equal(length, 10))
    more = [str(v) for v in length.filter(pa.array(wrong)).to_pylist()]
    r.found("CUSTOMS_CODE_LENGTH", "customs_code", wrong, more)


def customs_code_form(r: Roster, today: date) -> None:
    code = r.text["customs_code"]
    ten = mask(pc.equal(pc.utf8_length(code), 10))
    shape = mask(pc.match_substring_regex(code, r"^\d{4}[1-9A-Z][1-9A-Z][0-9A-Z]{4}$"))
    r.found("CUSTOMS_CODE_FORM", "customs_code", ten & ~shape)
    here = mask(pc.starts_with(code, r.scheme.code_prefix.value))
    r.found("CUSTOMS_CODE_REGION", "customs_code", ten & shape & ~here)


def phone(r: Roster, today: date) -> None:
    there = ~r.blank("phone")
    r.found("PHONE", "phone", there & ~mask(pc.match_substring_regex(r.text["phone"], phones.VALID)))


def email(r: Roster, today: date) -> None:
    there = ~r.blank("email")
    shape = mask(pc.match_substring_regex(r.text["email"], r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$"))
    r.found("EMAIL", "email", there & ~shape)


def _well_formed(r: Roster) -> Mask:
    """Rows with a code of 18 characters on which no error is placed."""
    return _eighteen(r) & ~r.findings.mask(fields=("uscc",))


def _eighteen(r: Roster) -> Mask:
    return mask(pc.equal(pc.utf8_length(r.text["uscc"]), 18))


def _suggestion(code: str) -> str:
    """For letters that are easily taken for digits: what the code would be, if its check digit then fits."""
    guess = code.translate(str.maketrans("OISZV", "0152U"))
    fits = guess != code and len(guess) == 18 and all(c in codes.ALPHABET for c in guess)
    return f"；是否为 {guess}？" if fits and codes.uscc_check_character(guess[:17]) == guess[17] else ""
