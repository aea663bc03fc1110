"""Amendments within the year and years made from others: which text holds on which day, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from xltools.scheme import Scheme, SchemeError, load, parse, source
from xltools.scheme.amendments import Dated, amended
from xltools.scheme.canonical import canonical
from xltools.scheme.load import dated, split
from xltools.scheme.reading import data_of
from xltools.scheme.texts import changed_keys, digest

OTHERS = sorted((Path(__file__).parents[1] / "schemes").glob("*.toml"))
HEAD = '[[amendment]]\nsince = 2020-03-01\ndocument = "通商发〔2020〕12号"\n'


def year(changes: str) -> Dated:
    return amended(source("nantong-2019"), "nantong-2019.toml", changes, "nantong-2019.变更.toml")


def after(body: str) -> Scheme:
    """The scheme on the day of one amendment."""
    return year(HEAD + body).on(date(2020, 3, 1)).scheme


# ── what an amendment says ──

Got = Callable[[Scheme], object]
SAID: list[tuple[str, str, Got, object]] = [
    ("a figure's value alone", "change.fx.budget = 7.1", lambda s: s.fx.budget.value, Decimal("7.1")),
    ("keeps its unit", "change.fx.budget = 7.1", lambda s: s.fx.budget.unit, "元/美元"),
    ("has the document for its clause", "change.fx.budget = 7.1", lambda s: s.fx.budget.clause, "通商发〔2020〕12号"),
    ("loses the old value's note", "change.fx.budget = 7.1", lambda s: s.fx.budget.note, ""),
    ("has the clause that is given", 'change.fx.budget = { value = 7.1, clause = "二", note = "会议纪要" }',
     lambda s: (s.fx.budget.clause, s.fx.budget.note), ("二", "会议纪要")),
    ("a note alone leaves value and clause", 'change.fx.budget = { note = "新" }',
     lambda s: (s.fx.budget.value, s.fx.budget.clause, s.fx.budget.note), (7, "原文未写明", "新")),
    ("a plan's rate (四（二）)", "change.plans.A.rate = 0.0004", lambda s: s.plan("A").rate.value, Decimal("0.0004")),
    ("and no other plan's", "change.plans.A.rate = 0.0004", lambda s: s.plan("D").rate.value, Decimal("0.0003")),
    ("a band's end (二（一）)", "change.bands.upper.max = 40000000", lambda s: s.bands[1].max and s.bands[1].max.value,
     40_000_000),
    ("a day of an area", 'change.areas."通州区".valid_to = 2020-04-30', lambda s: s.areas[1].valid_to, date(2020, 4, 30)),
    ("a condition by its number", 'change.priorities."2".threshold = 0.4',
     lambda s: s.priorities[2].threshold and s.priorities[2].threshold.value, Decimal("0.4")),
    ("an area more (二（一）)", '[[amendment.add.areas]]\nname = "海门区"', lambda s: s.areas[-1].name, "海门区"),
    ("a plan more", '[[amendment.add.plans]]\nid = "E"\ntitle = "方案E"\nband = "lower"\nclause = "三"\n'
     'rate = { value = 0.0005, unit = "出口额的比例", clause = "三" }\n'
     'fiscal_share = { value = 1, unit = "保费的比例", clause = "三" }', lambda s: [p.id for p in s.plans], [*"ABCDE"]),
    ("an area more that begins that day is one of the year's", '[[amendment.add.areas]]\nname = "海门区"\nvalid_from = 2020-03-01',
     lambda s: s.areas_of_year[-1].name, "海门区"),
    ("the areas of the year stay (二（一）)", "change.fx.budget = 7.1",
     lambda s: [a.name for a in s.areas_of_year], [a.name for a in load("nantong-2019").areas]),
    ("an area less", 'remove = ["areas.港闸区"]', lambda s: "港闸区" in [a.name for a in s.areas], False),
    ("a plan's minimum less", 'remove = ["plans.D.minimum_premium"]', lambda s: s.plan("D").minimum_premium, None),
    ("a plan less, and the band's choice with it",
     'remove = ["plans.C"]\nchange.bands.upper.default_plans = ["A"]', lambda s: [p.id for p in s.plans], [*"ABD"]),
    ("an entry in another's place", 'remove = ["outside.海门区"]\n[[amendment.add.outside]]\nname = "海门区"\nwhy = "x"',
     lambda s: (s.outside[-1].name, s.outside[-1].why), ("海门区", "x")),
    ("what was not there, whole", 'change.publicity_days = { value = 5, unit = "天", clause = "六" }',
     lambda s: s.publicity_days and s.publicity_days.value, 5),
    ("total and pools (五（一）)", "change.total = 6000000\nchange.insurers.sinosure.pool = 5300000\n"
     "change.insurers.picc.pool = 700000",
     lambda s: (s.total.value, [i.pool.value for i in s.insurers]), (6_000_000, [5_300_000, 700_000])),
    ("pools moved within the total", "change.insurers.sinosure.pool = 4400000\nchange.insurers.picc.pool = 600000",
     lambda s: (s.total.value, [i.pool.value for i in s.insurers]), (5_000_000, [4_400_000, 600_000])),
    ("which text it is", "change.fx.budget = 7.1", lambda s: s.holds_since, "自 2020-03-01 起，依据 通商发〔2020〕12号"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "got", "wanted"), [s[1:] for s in SAID], ids=[s[0] for s in SAID])
def test_what_an_amendment_changes(body: str, got: Got, wanted: object) -> None:
    assert got(after(body)) == wanted


def test_the_day_decides() -> None:
    two = HEAD + "change.fx.budget = 7.1\n" + HEAD.replace("03-01", "05-01") + "change.fx.budget = 7.2\n"
    held = year(two)
    days = [
        date(2019, 9, 1),
        date(2020, 2, 29),
        date(2020, 3, 1),
        date(2020, 4, 30),
        date(2020, 5, 1),
        date(2021, 1, 1),
    ]
    values = [held.on(day).scheme.fx.budget.value for day in days]
    assert values == [7, 7, Decimal("7.1"), Decimal("7.1"), Decimal("7.2"), Decimal("7.2")]
    assert [len(s.scheme.amended) for s in held.stages] == [0, 1, 2]


def test_before_its_first_amendment_a_scheme_is_its_file_to_the_letter() -> None:
    held = year(HEAD + "change.fx.budget = 7.1")
    assert held.on(date(2020, 2, 29)).text == source("nantong-2019")
    assert held.first.scheme == load("nantong-2019")


def test_an_amended_text_has_a_hash_of_its_own_and_says_the_same_again() -> None:
    one, other = (year(HEAD + f"change.fx.budget = {r}").on(date(2020, 3, 1)) for r in ("7.1", "7.2"))
    assert len({digest(one.text), digest(other.text), digest(source("nantong-2019"))}) == 3
    assert parse(one.text, "x") == one.scheme
    assert changed_keys(source("nantong-2019"), one.text) == ["fx.budget.clause", "fx.budget.note", "fx.budget.value"]
    again = year(HEAD + "change.fx.budget = { value = 7.1 }   # the same, written differently").on(date(2020, 3, 1))
    assert again.scheme.fx == one.scheme.fx


@pytest.mark.parametrize("path", ["nantong-2019", *map(str, OTHERS)], ids=lambda p: Path(p).stem)
def test_the_canonical_text_says_the_same_and_depends_on_nothing_else(path: str) -> None:
    scheme = load(path)
    text = canonical(scheme)
    assert parse(text, "x") == scheme
    assert canonical(parse(text, "y")) == text
    assert changed_keys(source(path), text) == []
    assert str(scheme.fx.budget.value) == str(parse(text, "x").fx.budget.value), "7.00 stays 7.00 where it is shown"


# ── what is wrong with one ──

WRONG: list[tuple[str, str, list[str]]] = [
    ("a key that there is not", HEAD + "change.plans.A.raet = 0.1",
     ["nantong-2019.变更.toml：amendment[1]（2020-03-01 通商发〔2020〕12号）", "change.plans.A.raet", "是否想写 rate", "fiscal_share"]),
    ("a key inside a figure", HEAD + "change.fx.budget = { vaule = 7.1 }", ["change.fx.budget.vaule", "是否想写 value"]),
    ("a key at the top of a change", HEAD + "change.totel = 1", ["change.totel", "是否想写 total"]),
    ("a key of an amendment", HEAD + 'documents = "x"', ["amendment[1].documents", "是否想写 document"]),
    ("a key of the file", "[[amendments]]\n", ["amendments", "是否想写 amendment"]),
    ("no amendment at all", "amendment = []", ["amendment"]),
    ("no document", '[[amendment]]\nsince = 2020-03-01\nchange.total = 1', ["amendment[1].document", "缺少"]),
    ("no day", '[[amendment]]\ndocument = "x"', ["amendment[1].since", "缺少"]),
    ("a day that is none", HEAD.replace("2020-03-01", '"三月一日"'), ["amendment[1].since", "三月一日"]),
    ("a plan that there is not", HEAD + "change.plans.F.rate = 0.1", ["change.plans.F", "没有这一项", "A、B、C、D", "add.plans"]),
    ("an area misspelt", HEAD + 'change.areas."港匣区".valid_to = 2020-04-30', ["是否想写 港闸区"]),
    ("a new name for an entry", HEAD + 'change.plans.A.id = "E"', ["change.plans.A.id", "名称不能改", "remove"]),
    ("an entry that is there already", HEAD + '[[amendment.add.areas]]\nname = "通州区"', ["add.areas.通州区", "已经有了"]),
    ("an entry that lacks a key", HEAD + '[[amendment.add.plans]]\nid = "E"', ["plans.E.rate", "缺少"]),
    ("a list that there is not", HEAD + '[[amendment.add.area]]\nname = "x"', ["add.area", "是否想写 areas"]),
    ("a thing to remove that there is not", HEAD + 'remove = ["outside.海门"]', ["没有 outside.海门", "是否想写 outside.海门"]),
    ("a thing to remove that must be there", HEAD + 'remove = ["plans.A.rate"]', ["plans.A.rate", "缺少"]),
    ("a plan less that a band gives", HEAD + 'remove = ["plans.C"]', ["区间 upper 的默认方案 C"]),
    ("a bare value where nothing was", HEAD + "change.publicity_days = 5", ["change.publicity_days", "unit、clause"]),
    ("a value where keys belong", HEAD + "change.plans.A = 5", ["change.plans.A", "fiscal_share"]),
    ("a list where entries go by name", HEAD + "change.plans = 5", ["change.plans", "rate"]),
    ("text where a number belongs", HEAD + 'change.plans.A.rate = "万分之四"', ["plans.A.rate.value", "万分之四"]),
    ("a share above 1 (四（二）)", HEAD + "change.plans.B.fiscal_share = 50", ["plans.B.fiscal_share.value", "50"]),
    ("bands that overlap (二（一）)", HEAD + "change.bands.lower.max = 4000000", ["改后的方案", "重叠"]),
    ("before acceptance begins", HEAD.replace("2020-03-01", "2018-12-31"), ["2019-01-01 至 2020-08-31"]),
    ("after cover ends (四（一）)", HEAD.replace("2020-03-01", "2020-09-01"), ["2019-01-01 至 2020-08-31"]),
    ("days out of order", HEAD + HEAD.replace("03-01", "02-01"), ["amendment[2]（2020-02-01", "早", "先后"]),
    ("the id", HEAD + 'change.id = "x"', ["id（方案编号）", "一年之内不能改"]),
    ("the prefix of numbers given", HEAD + 'change.prefix = "NT2020"', ["prefix（受理编号的开头）"]),
    ("the base year", HEAD + "change.base_year = 2019", ["base_year.value（基年）"]),
    ("the first day of cover (四（一）)", HEAD + "change.cover.start = 2019-10-01", ["cover.start.value（保险期起）"]),
    ("the ledger's columns", HEAD + 'change.emerging_groups = ["africa"]', ["emerging_groups.value"]),
    ("the record itself", HEAD + "change.amended = []", ["change.amended", "不认识的键"]),
    ("an insurer less", HEAD + 'remove = ["insurers.picc"]', ["insurers.picc.id（保险人的增减）"]),
    ("an insurer more", HEAD + '[[amendment.add.insurers]]\nid = "x"', ["insurers.x.id（保险人的增减）"]),
    ("an insurer's name, by which its pool goes", HEAD + 'change.insurers.picc.name = "人保"', ["insurers.picc.name"]),
    ("one document twice on a day", HEAD + HEAD, ["amendment[2]", "写了两次"]),
    ("money that no pool gets (五（一）)", HEAD + "change.total = 6000000", ["total 变动 1000000 元", "合计变动 0 元"]),
    ("money that the total lacks (五（一）)", HEAD + "change.insurers.picc.pool = 600000",
     ["total 变动 0 元", "合计变动 100000 元"]),
    ("not TOML", "[[amendment]\n", ["nantong-2019.变更.toml", "不是合法的 TOML"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_what_is_wrong_with_a_change_file(text: str, said: list[str]) -> None:
    with pytest.raises(SchemeError) as e:
        year(text)
    for line in str(e.value).splitlines():
        assert line.startswith("nantong-2019.变更.toml：")
    for part in said:
        assert part in str(e.value)


def test_all_mistakes_of_an_amendment_are_said_at_once() -> None:
    with pytest.raises(SchemeError) as e:
        year(HEAD + 'remove = ["areas.x"]\nchange.totel = 1\nchange.plans.A.raet = 1')
    assert len(str(e.value).splitlines()) == 3


# ── files ──


def test_the_change_file_stands_beside_its_scheme(tmp_path: Path) -> None:
    own = tmp_path / "本地.toml"
    own.write_text(source("nantong-2019"), "utf-8")
    (tmp_path / "本地.变更.toml").write_text(HEAD + "change.fx.budget = 7.1", "utf-8")
    assert [load(str(own), d).fx.budget.value for d in (date(2020, 2, 29), date(2020, 3, 1))] == [7, Decimal("7.1")]
    assert load(str(own)).fx.budget.value == 7
    assert dated(str(own)).file == "本地.变更.toml"


def test_that_of_a_shipped_scheme_stands_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "nantong-2019.变更.toml").write_text(HEAD + "change.fx.budget = 7.1", "utf-8")
    assert load("nantong-2019", date(2020, 3, 1), tmp_path).fx.budget.value == Decimal("7.1")
    assert load("nantong-2019", date(2020, 3, 1)).fx.budget.value == 7, "without a folder there is none"
    (tmp_path / "nantong-2019.变更.toml").write_bytes(HEAD.encode("gb18030"))
    with pytest.raises(SchemeError, match="UTF-8"):
        load("nantong-2019", date(2020, 3, 1), tmp_path)


@pytest.mark.parametrize(
    ("text", "name", "day"),
    [("nantong-2019", "nantong-2019", None), ("nantong-2019@2020-03-01", "nantong-2019", date(2020, 3, 1)),
     ("a@b.toml", "a@b.toml", None), ("a@b.toml@2020-03-01", "a@b.toml", date(2020, 3, 1))],
)  # fmt: skip
def test_a_scheme_and_its_day(text: str, name: str, day: date | None) -> None:
    assert split(text) == (name, day)


def test_a_day_that_is_none() -> None:
    with pytest.raises(SchemeError, match="不是日期"):
        split("nantong-2019@2020-02-30")


def test_the_manuals_example_is_one() -> None:
    text = (Path(__file__).parents[2] / "docs" / "manual" / "amendments.md").read_text("utf-8")
    scheme = year(text.partition("```toml\n")[2].partition("```")[0]).on(date(2020, 3, 1)).scheme
    assert (scheme.total.value, scheme.insurers[1].pool.clause) == (6_000_000, "通商发[2020]12号 二")
    assert [a.name for a in scheme.areas][-1] == "海门区"


# ── a year made from another ──

NEXT = """based_on = "nantong-2019"
remove = ["areas.港闸区", "outside.海门区", "outside.海门市"]

[change]
id = "nantong-2020"
title = "南通市2020年度中小出口企业市级统保平台"
prefix = "NT2020"
document = "南通市2020年度中小出口企业市级统保平台工作方案"
year = 2020
base_year = 2019
cover.start = 2020-09-01
cover.end = 2021-08-31
acceptance.start = 2020-01-01
acceptance.end = 2021-08-31
total = { value = 6000000, clause = "五" }
insurers.sinosure.pool = 5500000
plans.D.minimum_premium = { note = "每张保单" }

[[add.areas]]
name = "海门区"
code = "320614"
"""


def full() -> str:
    """The same year written out: last year's text with its new figures put in by hand."""
    text = source("nantong-2019")
    for old, new in [
        ('id = "nantong-2019"', 'id = "nantong-2020"'),
        ('title = "南通市2019年度中小', 'title = "南通市2020年度中小'),
        ('prefix = "NT2019"', 'prefix = "NT2020"'),
        ('document = "南通市2019年度', 'document = "南通市2020年度'),
        ("year = 2019", "year = 2020"),
        ("base_year = { value = 2018", "base_year = { value = 2019"),
        ("end = { value = 2020-08-31", "end = { value = 2021-08-31"),
        ("start = { value = 2019-09-01", "start = { value = 2020-09-01"),
        ("start = { value = 2019-01-01", "start = { value = 2020-01-01"),
        (
            'total = { value = 5000000, unit = "元", clause = "五（一）"',
            'total = { value = 6000000, unit = "元", clause = "五"',
        ),
        ("pool = { value = 4500000", "pool = { value = 5500000"),
        (
            '"美元/保单", clause = "四（二）方案D备注" }',
            '"美元/保单", clause = "四（二）方案D备注", note = "每张保单" }',
        ),
        ('[[areas]]\nname = "港闸区"\naliases = ["港闸"]\ncode = "320611"\nvalid_to = 2020-06-30\n', ""),
        ('[[outside]]\nname = "海门区"\ncode = "320614"\nwhy = "2019年度为海门市，不在市区六区之内"\n', ""),
        (
            '[[outside]]\nname = "海门市"\ncode = "320684"\nwhy = "不在市区六区之内"\n',
            '[[areas]]\nname = "海门区"\ncode = "320614"\n',
        ),
    ]:
        assert old in text, old
        text = text.replace(old, new)
    return text


def test_a_year_made_from_last_years_equals_the_full_file(tmp_path: Path) -> None:
    based, whole = tmp_path / "nantong-2020.toml", tmp_path / "full.toml"
    based.write_text(NEXT, "utf-8")
    whole.write_text(full(), "utf-8")
    assert load(str(based)) == load(str(whole))
    assert source(str(based)) == canonical(load(str(whole)))
    whole.write_text(canonical(load(str(whole))), "utf-8")
    assert digest(source(str(based))) == digest(source(str(whole))), (
        "the full file written canonically has the same hash"
    )
    assert "based_on" not in source(str(based))


def test_its_figures_keep_their_clauses_and_notes(tmp_path: Path) -> None:
    path = tmp_path / "next.toml"
    path.write_text(NEXT, "utf-8")
    assert load(str(path)).cover.start.clause == "四（一）"
    assert load(str(path)).total.note == "扶持资金总盘子，硬上限"


def test_a_year_made_from_the_amended_one(tmp_path: Path) -> None:
    (tmp_path / "last.toml").write_text(source("nantong-2019"), "utf-8")
    (tmp_path / "last.变更.toml").write_text(HEAD + "change.fx.budget = 7.1", "utf-8")
    for base, budget in (("last.toml", 7), ("last.toml@2020-08-31", Decimal("7.1"))):
        (tmp_path / "next.toml").write_text(NEXT.replace('"nantong-2019"', f'"{base}"', 1), "utf-8")
        found = load(str(tmp_path / "next.toml"))
        assert (found.fx.budget.value, found.amended, found.year) == (budget, (), 2020)


BASED: list[tuple[str, str, list[str]]] = [
    ("a base that there is not", NEXT.replace('"nantong-2019"', '"nantong-2018"', 1), ["nantong-2018.toml", "是否想用 nantong-2019"]),
    ("a key that there is not", NEXT.replace("base_year = 2019", "bace_year = 2019"), ["bace_year", "是否想写 base_year"]),
    ("a key of the file", NEXT.replace("[change]", "[chnage]"), ["chnage", "是否想写 change"]),
    ("the base's own id", NEXT.replace('id = "nantong-2020"', 'id = "nantong-2019"'), ["change.id", "编号相同"]),
    ("itself", NEXT.replace('"nantong-2019"', '"next.toml"', 1), ["绕了一圈"]),
    ("figures that do not fit", NEXT.replace("2021-08-31", "2019-08-31"), ["cover", "终止日早于起始日"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [b[1:] for b in BASED], ids=[b[0] for b in BASED])
def test_what_is_wrong_with_a_year_made_from_another(text: str, said: list[str], tmp_path: Path) -> None:
    (tmp_path / "next.toml").write_text(text, "utf-8")
    with pytest.raises(SchemeError) as e:
        load(str(tmp_path / "next.toml"))
    for part in said:
        assert part in str(e.value)


def test_a_scheme_without_changes_is_read_as_it_stands() -> None:
    assert data_of(source("nantong-2019"), "x")["id"] == "nantong-2019"
    assert dated("nantong-2019").stages[0].text == source("nantong-2019")
