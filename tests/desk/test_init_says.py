"""`init` names the numbers of a scheme that have no effect yet, and refuses a scheme by list."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from workspaces import cli

import xltools
from xltools.desk.book.contents.scheme import NO_EFFECT, WORDS

SCHEMES = Path(__file__).parents[1] / "schemes"
SAID = {
    "cixi-2015": [], "huaian-2015": [], "yuyao-2026": [],
    "zhongshan-2021": [],
}  # fmt: skip


@pytest.mark.parametrize("scheme", SAID)
@pytest.mark.parametrize("dry", [True, False], ids=["a dry run", "in earnest"])
def test_what_has_no_effect_is_named(scheme: str, dry: bool, tmp_path: Path) -> None:
    ran = cli("init", tmp_path / "新", "--scheme", SCHEMES / f"{scheme}.toml", *(["--dry-run"] if dry else []))
    assert ran.code == 0
    assert ("还不起作用" in ran.out) == bool(SAID[scheme])
    assert [words for words in SAID[scheme] if words not in ran.out] == []


def test_all_of_nantong_has_effect(tmp_path: Path) -> None:
    ran = cli("init", tmp_path / "新", "--scheme", "nantong-2019", "--json")
    assert (ran.code, ran.json["without_effect"]) == (0, "")


@pytest.mark.parametrize("dry", [True, False], ids=["a dry run", "in earnest"])
def test_a_scheme_by_list_is_refused_with_a_sentence_and_nothing_made(dry: bool, tmp_path: Path) -> None:
    ran = cli("init", tmp_path / "新", "--scheme", SCHEMES / "shenzhen-2022.toml", *(["--dry-run"] if dry else []))
    assert (ran.code, list(tmp_path.iterdir())) == (2, [])
    assert "名单" in ran.err
    assert "没有建立工作区" in ran.err


def test_an_application_scheme_of_the_same_city_is_not(tmp_path: Path) -> None:
    text = (SCHEMES / "shenzhen-2022.toml").read_text("utf-8")
    assert text.count('enrolment = { value = "list"') == 1
    own = tmp_path / "自己.toml"
    own.write_text(text.replace('enrolment = { value = "list"', 'enrolment = { value = "application"'), "utf-8")
    ran = cli("init", tmp_path / "新", "--scheme", own)
    assert ran.code == 0
    assert "公示天数" in ran.out


def test_what_is_said_to_have_no_effect_is_what_nothing_reads() -> None:
    """Every other number of a scheme is read somewhere outside the scheme and the page that lists its numbers."""
    room = Path(xltools.__file__).parent
    apart = {room / "scheme" / "model.py", room / "desk" / "book" / "contents" / "scheme.py"}
    code = "\n".join(p.read_text("utf-8") for p in room.rglob("*.py") if p not in apart)
    unread = [place for place in WORDS if not re.search(rf"\.{place.rpartition('.')[2]}\b", code)]
    assert sorted(unread) == sorted(NO_EFFECT)
