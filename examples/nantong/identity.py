"""Names and codes that belong to nobody: made up by rule, valid by their check digits."""

from __future__ import annotations

from collections.abc import Iterator

from xltools.roster.codes import uscc_check_character

FIRST = "禾汐澜瑾黛翎砚岫沅笙暄霁璟桓淇颐濯皓旖芃翊珩琬楹屿棣筱荻漪昀萱珞菡峤泓骁铎棽煦笠"
SECOND = "雁岳槿衡舟棠圻渚晔鹭帆楠樾澍崧桐蔚岑璞荟泽霖栩翮汀圃琰芷珏榆溱昱滢骊邈硕谌甫嵘筠"
"""40 each: firm i of trade j takes FIRST[i + 11j] and SECOND[i + 12j], so that no pair of characters comes twice
and firms of one trade differ in both characters: no two names are similar by accident."""

TRADES = (
    "纺织品", "家居用品", "服饰", "针织", "船舶配件", "海洋装备", "五金工具", "电动工具", "健身器材", "汽车部件",
    "电子科技", "光电仪器", "新材料", "精细化工", "生物制品", "食品", "水产", "工艺品", "玩具", "家具",
    "橡塑制品", "机械设备", "进出口", "国际贸易", "医疗用品", "照明电器", "箱包", "化纤",
)  # fmt: skip

SURNAMES = "陈王张李周吴徐孙马朱胡顾沈曹丁钱陆施葛季"
GIVEN = "甲乙丙丁戊己庚辛壬癸"
"""Nobody is called 陈甲: whoever reads such a name sees that it is an example."""

AREA_CODES = {"崇川区": "320602", "港闸区": "320611", "通州区": "320612", "经济技术开发区": "320671"}
CITY_CODE = "320600"
"""The functional zones have no code of their own; their firms are registered with the city."""

_ORG_WEIGHT = (3, 7, 9, 10, 5, 8, 4, 2)


def names() -> Iterator[str]:
    """Names of firms, each with other characters than all firms of its trade; 700 of them."""
    for i in range(25):
        for j, trade in enumerate(TRADES):
            yield f"南通{FIRST[(i + 11 * j) % 40]}{SECOND[(i + 12 * j) % 40]}{trade}有限公司"


def organisation_code(body: str) -> str:
    """Eight characters with their check character, GB 11714-1997."""
    total = sum(int(c, 36) * w for c, w in zip(body, _ORG_WEIGHT, strict=True))
    return body + "0123456789X"[(11 - total % 11) % 11]


def uscc(number: int, area: str) -> str:
    """A unified social credit code: registered by market supervision, organisation code from a block MAX….

    >>> uscc(1, "崇川区")
    '91320602MAX0000153'
    """
    return complete("91" + AREA_CODES.get(area, CITY_CODE) + organisation_code(f"MAX{number:05d}"))


def uscc_of_digits(area: str) -> str:
    """A code that consists of digits alone, which a spreadsheet takes for a number."""
    for number in range(1_000):
        code = complete("91" + AREA_CODES.get(area, CITY_CODE) + organisation_code(f"99900{number:03d}"))
        if code.isdecimal():
            return code
    raise AssertionError


def complete(first17: str) -> str:
    """17 characters with their check character, GB 32100-2015."""
    return first17 + uscc_check_character(first17)


def customs_code(number: int, area: str) -> str:
    """海关注册编码: Nantong, economic zone, private firm, serial with a letter as no early code has it.

    >>> customs_code(17, "经济技术开发区")
    '320626X017'
    """
    return f"3206{2 if area == '经济技术开发区' else 9}6X{number:03d}"


def phone(number: int) -> str:
    return f"138{number:08d}"


def person(number: int) -> str:
    return SURNAMES[number % len(SURNAMES)] + GIVEN[number // len(SURNAMES) % len(GIVEN)]
