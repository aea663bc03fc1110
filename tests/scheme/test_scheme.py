"""The scheme as data: Nantong 2019 to the letter, the loader's messages, and other cities without code for one."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pycountry
import pytest
from pydantic import BaseModel, ValidationError
from rosters import HEADINGS, Answer, clean_row, nantong, quote_file, uscc, write_xlsx

from xltools.scheme import Scheme, SchemeError, load, parse, shipped, source
from xltools.scheme.countries import OTHER, ROOM, emerging_groups, groups, iso, short_names
from xltools.scheme.model import Figure

OTHERS = Path(__file__).parents[1] / "schemes"


def figures(model: BaseModel, path: str = "") -> Iterator[tuple[str, Figure[Any]]]:
    """Every figure of a scheme with its path."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, Figure):
            yield f"{path}{name}", value
        elif isinstance(value, BaseModel):
            yield from figures(value, f"{path}{name}.")
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, BaseModel):
                    key = next((k for n in ("id", "name", "no", "kind") if (k := getattr(item, n, None))), None)
                    yield from figures(item, f"{path}{name}[{key}].")


# ── Nantong 2019: domain.md §1.1 and DESIGN §3 ──

STATED = {
    "base_year": 2018,
    "enrolment": "application",
    "cover.start": date(2019, 9, 1),
    "cover.end": date(2020, 8, 31),
    "bands[lower].min": 0,
    "bands[lower].max": 500_000,
    "bands[upper].min": 3_000_000,
    "bands[upper].max": 30_000_000,
    "plans[A].limit": 100_000,
    "plans[A].rate": Decimal("0.0003"),
    "plans[A].fiscal_share": 1,
    "plans[B].limit": 250_000,
    "plans[B].rate": Decimal("0.001"),
    "plans[B].fiscal_share": Decimal("0.5"),
    "plans[B].needs_copay": True,
    "plans[C].limit": 250_000,
    "plans[C].rate": Decimal("0.001"),
    "plans[C].fiscal_share": 1,
    "plans[C].entitlement.key_share": Decimal("0.9"),
    "plans[C].entitlement.key_exports": 5_000_000,
    "plans[C].entitlement.policy_tick": True,
    "plans[D].limit": 50_000,
    "plans[D].rate": Decimal("0.0003"),
    "plans[D].minimum_premium": 100,
    "plans[D].fiscal_share": 1,
    "insurers[sinosure].pool": 4_500_000,
    "insurers[picc].pool": 500_000,
    "total": 5_000_000,
    "key_countries": ("US",),
    "priorities[2].threshold": Decimal("0.5"),
    "planning[upper_cost].figure": 4_900_000,
    "planning[lower_cost].figure": 100_000,
    "planning[upper_firms].figure": 270,
    "planning[upper_exports].figure": 2_000_000_000,
    "planning[upper_uninsured_firms].figure": 490,
    "planning[upper_uninsured_exports].figure": 3_860_000_000,
    "planning[lower_firms].figure": 140,
    "planning[lower_exports].figure": 60_000_000,
    "planning[lower_uninsured_firms].figure": 1_394,
}
ASSUMED = {
    "acceptance.start": date(2019, 1, 1),
    "acceptance.end": date(2020, 8, 31),
    "fx.budget": 7,
    "queue.ordering": "priority_within_day",
    "queue.when_head_does_not_fit": "stop",
    "queue.reserve": 0,
    "tolerance.ratio": Decimal("0.01"),
    "tolerance.usd": 1_000,
    "row_limit": 50_000,
    "late_start": "scheme_start",
    "price_unsent_at": "budget",
    "fx_guard": "refuse",
    "payment_days": 30,
    "priorities[key_dependent].threshold": Decimal("0.9"),
    "emerging_groups": ("latin_america", "africa", "middle_east", "eastern_europe", "southeast_asia", "central_asia"),
    "code_prefix": "3206",
}


UNSTATED = {
    "acceptance",
    "fx",
    "late_start",
    "price_unsent_at",
    "fx_guard",
    "payment_days",
    "priorities[key_dependent]",
}
"""Readings of what the source leaves open, which have to say so."""


@pytest.mark.parametrize(("path", "value"), [*STATED.items(), *ASSUMED.items()], ids=[*STATED, *ASSUMED])
def test_nantong_has_each_figure(path: str, value: object) -> None:
    assert dict(figures(nantong()))[path].value == value


def test_nantong_has_no_figure_that_this_table_does_not_know() -> None:
    assert set(dict(figures(nantong()))) == STATED.keys() | ASSUMED.keys()


@pytest.mark.parametrize("path", list(dict(figures(nantong()))))
def test_every_figure_has_unit_and_clause(path: str) -> None:
    figure = dict(figures(nantong()))[path]
    assert figure.unit.strip()
    assert figure.clause.strip()


@pytest.mark.parametrize("path", [p for p in ASSUMED if p.split(".")[0] in UNSTATED])
def test_what_the_source_does_not_state_says_so(path: str) -> None:
    figure = dict(figures(nantong()))[path]
    assert figure.note
    assert "未写明" in figure.clause + figure.note


def test_nantong_areas_priorities_and_insurers() -> None:
    scheme = nantong()
    six = ["崇川区", "通州区", "港闸区", "经济技术开发区", "苏通科技产业园区", "通州湾示范区"]
    assert [a.name for a in scheme.areas_on(date(2019, 9, 1))] == six
    assert [a.name for a in scheme.areas_on(date(2021, 1, 1))] == [a for a in six if a != "港闸区"]
    kinds = ["growth", "emerging_share", *["confirmed"] * 4]
    assert [(p.no, p.kind) for p in scheme.numbered] == list(enumerate(kinds, 1))
    unnumbered = [(p.kind, p.clause) for p in scheme.priorities if p not in scheme.numbered]
    assert unnumbered == [("key_dependent", "二（一）")]
    assert [p.list for p in scheme.numbered] == ["", "", "基地名单", "品牌名单", "试点名单", "参展名单"]
    assert [i.name for i in scheme.insurers] == ["中国信保", "人保财险"]
    assert scheme.default_insurer.name == "中国信保"
    assert [p.id for p in scheme.plans] == ["A", "B", "C", "D"]
    assert [b.default_plans for b in scheme.bands] == [("D",), ("C", "A")]
    assert (scheme.prefix, scheme.policyholder) == ("NT2019", "南通市商务局")


def test_pools_are_parts_of_the_total() -> None:
    scheme = nantong()
    assert sum(i.pool.value for i in scheme.insurers) == scheme.total.value
    costs = {p.id: p.figure.value for p in scheme.planning}
    assert costs["upper_cost"] + costs["lower_cost"] == scheme.total.value


def test_a_scheme_cannot_be_changed_and_knows_its_period() -> None:
    with pytest.raises(ValidationError):
        nantong().year = 2020  # type: ignore[misc]
    cover = nantong().cover
    assert [cover.holds(d) for d in (date(2019, 8, 31), date(2019, 9, 1), date(2020, 8, 31), date(2020, 9, 1))] == [
        False, True, True, False,
    ]  # fmt: skip


# ── country groups and countries ──


def test_the_groups_are_whole_and_their_source_is_given() -> None:
    found = emerging_groups(nantong())
    assert [g.title for g in found.values()] == ["拉美", "非洲", "中东", "东欧", "东南亚", "中亚"]
    for group in groups().values():
        assert group.source
        assert all(iso(code) == code for code in group.members)


@pytest.mark.parametrize(
    ("country", "group"),
    [("墨西哥", "latin_america"), ("巴西", "latin_america"), ("埃及", "africa"), ("埃及", "middle_east"), ("土耳其",
                                                                                                           "middle_east"),
     ("俄罗斯", "eastern_europe"), ("波兰", "eastern_europe"), ("越南", "southeast_asia"), ("哈萨克斯坦",
                                                                                            "central_asia")],
)  # fmt: skip
def test_who_belongs_to_a_group(country: str, group: str) -> None:
    assert iso(country) in groups()[group].members


@pytest.mark.parametrize("country", ["美国", "日本", "德国", "印度", "中国香港", "澳大利亚", "加拿大"])
def test_who_belongs_to_none(country: str) -> None:
    code = iso(country)
    assert code
    assert not any(code in g.members for g in groups().values())


@pytest.mark.parametrize(
    ("text", "code"),
    [("美国", "US"), ("US", "US"), ("usa", "US"), ("美国(502)", "US"), ("美国（502）", "US"), ("502", "US"), ("ＵＳ",
                                                                                                              "US"),
     (" 越南 ", "VN"), ("阿联酋", "AE"), ("韩国(133)", "KR"), ("中国香港", "HK"), ("香港", "HK"), ("台湾", "TW"),
     ("沙特阿拉伯", "SA"),
     ("印度尼西亚", "ID"), ("印度", "IN"), ("刚果(金)", "CD"), ("英国(303)", "GB"), ("俄罗斯联邦(344)", "RU"),
     ("波兰(PL)", "PL"),
     ("美国(133)", None), ("火星", None), ("", None), ("998", None), ("502美国", "US"), ("[344]俄罗斯", "RU"),
     ("柬埔寨", "KH"), ("孟加拉国", "BD"), ("阿拉伯联合酋长国", "AE"), ("马耳他", "MT"), ("危地马拉", "GT"),
     ("特立尼达和多巴哥", "TT"), ("多米尼加", "DO"), ("多米尼克", "DM"), ("中非", "CF"), ("博茨瓦那", "BW"),
     ("捷克共和国", "CZ"), ("法属波利尼西亚", "PF"), ("310", "GR"), ("413", "CO"), ("圣其茨-尼维斯", "KN"),
     ("波斯尼亚-黑塞哥维那共和国", "BA"), ("几内亚（比绍）", "GW"), ("也门共和国", "YE"), ("前南马其顿", "MK")],
)  # fmt: skip
def test_countries_as_people_write_them(text: str, code: str | None) -> None:
    assert iso(text) == code


@pytest.mark.parametrize(
    "text", ["199", "亚洲其他国家(地区)", "拉丁美洲其他国家（地区）", "国(地)别不详", "701", "702", "联合国及机构和国际组织", "999", "中性包装原产国别"],
)  # fmt: skip
def test_residual_items_are_others_and_never_emerging(text: str) -> None:
    assert iso(text) == OTHER
    assert not any(OTHER in g.members for g in groups().values())
    assert iso("大西洋其他国家") is None, "the neighbour: not everything that looks like one is"


def test_every_name_of_customs_means_what_its_code_means() -> None:
    """A library's translation of another country never stands in the way of the office's name."""
    entries = tomllib.loads((ROOM / "countries.toml").read_text("utf-8"))["customs"]
    assert len(entries) == 242
    for code, entry in entries.items():
        for name in entry["names"]:
            assert {iso(t) for t in (code, name, f"{name}({code})", f"{code}{name}")} == {entry["iso"]}, name
        assert entry["iso"] == OTHER or pycountry.countries.get(alpha_2=entry["iso"]), code


def test_the_short_name_is_the_countrys_own() -> None:
    """Not that of a part which customs lists by itself (加那利群岛)."""
    short = short_names()
    assert [short[c] for c in ("ES", "TW", "KH", "US", "CD")] == ["西班牙", "中国台湾", "柬埔寨", "美国", "刚果(金)"]


def test_an_unknown_group_is_named(tmp_path: Path) -> None:
    one = tmp_path / "groups.toml"
    one.write_text('[africa]\ntitle = "非洲"\nsource = "x"\nsince = 2019-09-01\nmembers = ["EG"]\n', "utf-8")
    with pytest.raises(SchemeError, match=r"latin_america.*现有：africa"):
        emerging_groups(nantong(), one)


# ── the loader ──


def edited(old: str, new: str, count: int = 1) -> str:
    text = source("nantong-2019")
    assert old in text, old
    return text.replace(old, new, count)


RATE_A = 'rate = { value = 0.0003, unit = "出口额的比例", clause = "四（二）方案A" }'
BAND = 'max = { value = 500000, unit = "美元", clause = "二（一）" }'

WRONG = [
    ("a misspelt key, with what was meant and what there is", edited(RATE_A, "raet" + RATE_A[4:]),
     ["plans[1].raet", "是否想写 rate", "fiscal_share", "plans[1].rate：缺少"]),
    ("a key inside a figure", edited("{ value = 0.0003, unit", "{ vaule = 0.0003, unit"),
     ["plans[1].rate.vaule", "是否想写 value", "clause"]),
    ("a key at the top", edited("policyholder =", "policy_holder ="), ["policy_holder", "是否想写 policyholder"]),
    ("a key that resembles none", edited("[queue]", "[queue]\nxyzzy = 1"), ["queue.xyzzy", "ordering", "reserve"]),
    ("a figure without its clause", edited('unit = "美元/保单", clause = "四（二）方案D备注"', 'unit = "美元/保单"'),
     ["plans[4].minimum_premium.clause", "缺少"]),
    ("a figure without its unit", edited('unit = "美元/保单", ', ""), ["plans[4].minimum_premium.unit", "缺少"]),
    ("an empty clause", edited('clause = "四（二）方案D备注"', 'clause = ""'), ["plans[4].minimum_premium.clause"]),
    ("a bare number", edited(RATE_A, "rate = 0.0003"), ["plans[1].rate"]),
    ("text where a number belongs", edited("{ value = 0.0003,", '{ value = "万分之三",'), ["plans[1].rate.value",
                                                                                           "万分之三"]),
    ("a share above 1", edited("value = 0.50, unit = \"保费", "value = 50, unit = \"保费"),
     ["plans[2].fiscal_share.value", "50"]),
    ("a negative amount", edited("value = 4500000", "value = -1"), ["insurers[1].pool.value", "-1"]),
    ("an amount finer than a cent", edited("value = 500000, unit = \"美元\"", "value = 500000.005, unit = \"美元\""),
     ["bands[1].max.value", "500000.005"]),
    ("infinity", edited("value = 4500000", "value = inf"), ["insurers[1].pool.value"]),
    ("an ordering that there is not", edited('"priority_within_day", unit', '"fifo", unit'),
     ["queue.ordering.value", "fifo", "strict", "priority_first"]),
    ("a late start that there is not", edited('"scheme_start", unit', '"entry_day", unit'),
     ["late_start.value", "entry_day", "scheme_start", "issue_date", "collected_by"]),
    ("collected by a day that is not given", edited('"scheme_start", unit', '"collected_by", unit'), ["collected_by"]),
    ("a day that no late start asks for",
     edited("row_limit =", 'collected_by = { value = 2019-12-31, unit = "日", clause = "x" }\nrow_limit ='),
     ["collected_by"]),
    ("dependence without a share", edited('kind = "key_dependent"\nthreshold', 'kind = "key_dependent"\n# threshold'),
     ["priorities[1]", "threshold"]),
    ("growth with a share", edited('kind = "growth"', 'kind = "growth"\nthreshold = '
                                   '{ value = 0.1, unit = "x", clause = "x" }'), ["priorities[2]", "threshold"]),
    ("a condition to be declared without its number", edited("no = 6\n", ""), ["priorities[7]", "no"]),
    ("a guard that there is not", edited('value = "refuse"', 'value = "ask"'), ["fx_guard.value", "ask", "warn"]),
    ("unsent rows priced at no rate", edited('value = "budget"', 'value = "spot"'), ["price_unsent_at.value", "latest"]),
    ("no date", edited("value = 2019-09-01", 'value = "九月一日"'), ["cover.start.value", "九月一日"]),
    ("a period that ends before it begins", edited("value = 2020-08-31", "value = 2018-08-31"), ["cover",
                                                                                                 "终止日早于起始日"]),
    ("bands that overlap", edited(BAND, BAND.replace("500000", "3000000")), ["区间", "重叠"]),
    ("a band upside down", edited(BAND, BAND.replace("500000", "0")).replace("min = { value = 0,",
                                                                             "min = { value = 1,"),
     ["lower", "上限低于下限"]),
    ("a plan in no band", edited('band = "lower"', 'band = "lowest"'), ["方案 D", "lowest", "lower"]),
    ("a default plan of another band", edited('default_plans = ["D"]', 'default_plans = ["A"]'), ["lower", "A"]),
    ("two plans of one name", edited('id = "B"', 'id = "A"'), ["方案 重复", "A"]),
    ("two areas of one name", edited('name = "通州区"', 'name = "崇川区"'), ["崇川区"]),
    ("no default insurer", edited("default = true", ""), ["default"]),
    ("two default insurers", edited('id = "picc"', 'id = "picc"\ndefault = true'), ["default"]),
    ("a prefix that is none", edited('prefix = "NT2019"', 'prefix = "南通2019"'), ["prefix", "南通2019"]),
    ("a section missing", edited("[tolerance]", "[tolerances]"), ["tolerance：缺少", "tolerances",
                                                                  "是否想写 tolerance"]),
    ("not TOML", "id = \n", ["不是合法的 TOML", "第 1 行"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_what_is_wrong_with_a_scheme_file(text: str, said: list[str]) -> None:
    with pytest.raises(SchemeError) as e:
        parse(text, "my.toml")
    for line in str(e.value).splitlines():
        assert line.startswith("my.toml：")
    for part in said:
        assert part in str(e.value)


def test_all_mistakes_are_said_at_once() -> None:
    text = edited("policyholder =", "policy_holder =").replace("[tolerance]", "[tolerances]")
    with pytest.raises(SchemeError) as e:
        parse(text, "my.toml")
    assert len(str(e.value).splitlines()) == 4


def test_another_year_names_the_missing_file() -> None:
    with pytest.raises(SchemeError) as e:
        load("nantong-2020")
    assert "nantong-2020.toml" in str(e.value)
    assert "是否想用 nantong-2019" in str(e.value)
    with pytest.raises(SchemeError, match="现有方案：nantong-2019"):
        load("zzz")


def test_a_file_that_is_not_there_or_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(SchemeError, match=r"none\.toml"):
        load(str(tmp_path / "none.toml"))
    (tmp_path / "gbk.toml").write_bytes('title = "南通"'.encode("gb18030"))
    with pytest.raises(SchemeError, match="UTF-8"):
        load(str(tmp_path / "gbk.toml"))


def test_shipped_schemes_load() -> None:
    assert "nantong-2019" in shipped()
    for scheme_id in shipped():
        assert load(scheme_id).id == scheme_id


# ── other cities, from their files alone ──


def other(name: str) -> Scheme:
    return load(str(OTHERS / f"{name}.toml"))


@pytest.mark.parametrize("path", sorted(OTHERS.glob("*.toml")), ids=lambda p: p.stem)
def test_another_city_is_a_file(path: Path) -> None:
    scheme = load(str(path))
    assert scheme.id == path.stem
    assert scheme.cover.holds(scheme.cover.start.value)
    for name, figure in figures(scheme):
        assert figure.clause, name
        if figure.clause == "示例":
            assert "示例" in figure.note, f"{name} is invented and must say so"


FACTS = [
    ("huaian-2015", "bands[small].min", 500_000),
    ("huaian-2015", "bands[small].max", 3_000_000),
    ("huaian-2015", "plans[小微].buyer_limit", 80_000),
    ("huaian-2015", "plans[小微].limit_multiple", 100),
    ("huaian-2015", "plans[小微].indemnity_ratio", Decimal("0.8")),
    ("cixi-2015", "bands[micro].max", 5_000_000),
    ("cixi-2015", "plans[联保].buyer_limit", 100_000),
    ("cixi-2015", "plans[联保].limit_multiple", 50),
    ("cixi-2015", "plans[联保].rate", Decimal("0.0012")),
    ("cixi-2015", "plans[联保].indemnity_ratio", Decimal("0.7")),
    ("shenzhen-2022", "bands[all].max", 8_000_000),
    ("shenzhen-2022", "plans[统保].buyer_limit", 150_000),
    ("shenzhen-2022", "plans[统保].indemnity_ratio", Decimal("0.8")),
    ("shenzhen-2022", "enrolment", "list"),
    ("shenzhen-2022", "cover.end", date(2023, 6, 30)),
    ("yuyao-2026", "plans[一].rate", Decimal("0.00031")),
    ("yuyao-2026", "plans[二].rate", Decimal("0.0004")),
    ("yuyao-2026", "bands[over-5m].min", Decimal("5000000.01")),
    ("zhongshan-2021", "base_year", 2019),
    ("zhongshan-2021", "plans[小微].fiscal_share", Decimal("0.8")),
    ("zhongshan-2021", "plans[小微].fiscal_cap_of_exports", Decimal("0.0006")),
]


@pytest.mark.parametrize(("name", "path", "value"), FACTS, ids=[f"{n} {p}" for n, p, _ in FACTS])
def test_their_known_figures(name: str, path: str, value: object) -> None:
    assert dict(figures(other(name)))[path].value == value


def test_cixi_has_five_insurers_and_names_what_is_outside() -> None:
    scheme = other("cixi-2015")
    assert len(scheme.insurers) == 5
    assert [o.name for o in scheme.outside] == ["杭州湾开发区", "庵东镇"]


Priced = Callable[..., Answer]


def quoted_there(folder: Path, scheme: Scheme, cells: list[dict[str, Any]]) -> Answer:
    """Rows of another city's district, with its own years and areas."""
    start, base, region = scheme.cover.start.value, scheme.base_year.value, scheme.code_prefix.value
    usual = {"area": scheme.areas[0].name, "received": f"{start} 09:00", "reviewed": start.isoformat()}
    codes = [
        {"uscc": uscc(i, f"91{region:0<6}"), "customs_code": f"{region:0<4}96{i:04d}"} for i in range(1, len(cells) + 1)
    ]
    rows = [clean_row(i) | usual | own | row for i, (own, row) in enumerate(zip(codes, cells, strict=True), 1)]
    path = write_xlsx(
        folder / "in.xlsx",
        rows,
        order=[k for k in HEADINGS if not k.endswith(("latin", "africa", "asia", "east", "europe"))],
        headings={"exports": f"{base}年出口额(美元)*", "before": f"{base - 1}年出口额(美元)"},
    )
    return quote_file(path, scheme=scheme, fx=None, today=scheme.cover.end.value)


AT_FX_7 = [
    # scheme, cells, plan, rate, premium USD, gross, fiscal, enterprise, limit
    ("huaian-2015", {"exports": 1_000_000}, "小微 0.0005 500.00 3500.00 3500.00 0.00 50000.00"),
    ("huaian-2015", {"exports": 2_345_678.91}, "小微 0.0005 1172.84 8209.88 8209.88 0.00 117283.94"),
    ("cixi-2015", {"exports": 1_000_000, "copay": "是", "insurer": "平安"},
     "联保 0.0012 1200.00 8400.00 5040.00 3360.00 60000.00"),
    ("cixi-2015", {"exports": 0, "copay": "是"}, "联保 0.0012 0.00 0.00 0.00 0.00 0.00"),
    ("shenzhen-2022", {"exports": 8_000_000}, "统保 0.0004 3200.00 22400.00 22400.00 0.00 300000.00"),
    ("yuyao-2026", {"exports": 5_000_000}, "一 0.000279 1395.00 9765.00 9765.00 0.00 "),
    ("yuyao-2026", {"exports": 5_000_000.01}, "二 0.00036 1800.00 12600.00 12600.00 0.00 "),
    ("yuyao-2026", {"exports": 900_000_000}, "二 0.00036 324000.00 2268000.00 2268000.00 0.00 "),
    ("zhongshan-2021", {"exports": 1_000_000}, "小微 0.0005 500.00 3500.00 2800.00 700.00 "),
    ("zhongshan-2021", {"exports": 1_000_000, "wish": "小微高费率"},
     "小微高费率 0.001 1000.00 7000.00 4200.00 2800.00 "),
    ("zhongshan-2021", {"exports": 1_234_567.89, "wish": "小微高费率"},
     "小微高费率 0.001 1234.57 8641.98 5185.18 3456.80 "),
    ("shanghai-2022", {"exports": 2_000_000}, "统保 0.001 2000.00 14000.00 7000.00 7000.00 200000.00"),
    ("shanghai-2022", {"exports": 2_000_000, "size": "小型"}, "统保 0.0009 1800.00 12600.00 6300.00 6300.00 200000.00"),
    ("shanghai-2022", {"exports": 2_000_000, "size": "微型", "tier": "小巨人"},
     "统保 0.00085 1700.00 11900.00 5950.00 5950.00 200000.00"),
    ("shanghai-2022", {"exports": 2_000_000, "size": "中型", "tier": "专精特新"},
     "统保 0.0009 1800.00 12600.00 6300.00 6300.00 200000.00"),
    ("shanghai-2022", {"exports": 2_000_000, "size": "中型", "tier": "否"},
     "统保 0.001 2000.00 14000.00 7000.00 7000.00 200000.00"),
    ("shanghai-2022", {"exports": 100_000, "size": "小型"}, "统保 0.0009 100.00 700.00 350.00 350.00 200000.00"),
]  # fmt: skip


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """All rows of one city in one file."""
    out = {}
    for name in dict.fromkeys(n for n, *_ in AT_FX_7):
        folder = tmp_path_factory.mktemp(name)
        out[name] = quoted_there(folder, other(name), [cells for n, cells, _ in AT_FX_7 if n == name])
    return out


PLACES = [(name, [n for n, *_ in AT_FX_7[:i]].count(name), expected) for i, (name, _, expected) in enumerate(AT_FX_7)]


@pytest.mark.parametrize(("name", "row", "expected"), PLACES, ids=[f"{n} {c}" for n, c, _ in AT_FX_7])
def test_other_cities_are_priced_from_their_files(
    name: str, row: int, expected: str, elsewhere: dict[str, Answer]
) -> None:
    got = elsewhere[name].rows[row]
    shown = ("方案", "费率", "应缴保费(美元)", "应缴保费(元)", "财政扶持(元)", "企业承担(元)", "最高赔偿限额(美元)")
    assert got["资格"] == "符合条件", got["说明"]
    assert [got[h] for h in shown] == expected.split(" ")


def test_other_cities_refuse_and_wait_by_their_own_rules(tmp_path: Path) -> None:
    cells = [{"exports": 499_999.99}, {"exports": 3_000_000.01}, {"exports": 3_000_000}]
    answer = quoted_there(tmp_path, other("huaian-2015"), cells)
    assert answer.column("说明代码") == ["BAND_BELOW", "BAND_ABOVE", ""]
    answer = quoted_there(tmp_path, other("cixi-2015"), [{"exports": 1, "area": "庵东镇"}, {"exports": 1}])
    assert answer.column("说明代码") == ["CHOICE", "COPAY_MISSING"]
    assert "不在本平台范围之内" in answer.quote.roster.placed()[0].message
    five = ["中信保余慈办", "人保余慈", "人保慈溪", "太保", "平安"]
    answer = quoted_there(
        tmp_path, other("cixi-2015"), [{"exports": 1, "copay": "是", "insurer": i} for i in [None, *five]]
    )
    assert answer.column("保险人") == ["中信保余慈办", *five]
    assert answer.column("池内序号") == ["1", "2", "1", "1", "1", "1"]
