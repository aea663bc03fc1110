"""Every planted mistake and case, one after another: what the six offices and the firms got wrong.

Errors stand in the files of 通州区 (mended in the second round) and 港闸区 (not yet mended); the other four have
warnings at most.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from random import Random

from nantong import identity, trade
from nantong.cast import Cast, agree, decision
from nantong.firms import BASE, Firm

LEAST_FOR_C = 560_000_000
"""Cents of exports from which 92 percent to the United States are more than five million dollars."""


def dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def tell(cast: Cast, rng: Random) -> None:
    """Give out all parts."""
    plans(cast, rng)
    refusals(cast)
    tongzhou(cast)
    gangzha(cast)
    small_warnings(cast)
    customs(cast)
    bureau(cast)


def plans(cast: Cast, rng: Random) -> None:
    """Plan C with and without entitlement, B without the promise, D that asks for A."""
    for area, how in (
        ("崇川区", "申请方案 C，市局确认政策导向"),
        ("通州区", "申请方案 C，市局确认政策导向"),
        ("经济技术开发区", "申请方案 C，市局确认政策导向"),
        ("苏通科技产业园区", "没有填申请方案，符合 C 且市局确认政策导向，自动按 C"),
    ):
        firm = _to_us(cast, rng, area, "PLAN_C", how)
        firm.wish = "" if area == "苏通科技产业园区" else "C"
        agree(firm, "通商贸会〔2019〕示例3号会议纪要", 政策导向确认="是")
    firm = _to_us(cast, rng, "崇川区", "PLAN_UNAVAILABLE", "申请方案 C，市局没有确认政策导向")
    firm.wish, firm.eligible = "C", False
    firm = cast.take("经济技术开发区", "lower", "PLAN_UNAVAILABLE", "出口 50 万美元以下，却申请方案 A")
    firm.wish, firm.eligible = "A", False
    firm = cast.take("崇川区", "upper", "COPAY_MISSING", "申请方案 B，没有承诺自缴保费")
    firm.wish, firm.copay, firm.eligible = "B", "否", False


def _to_us(cast: Cast, rng: Random, area: str, code: str, how: str) -> Firm:
    firm = cast.take(area, "upper", code, how, lambda f: LEAST_FOR_C <= f.total() <= 3 * LEAST_FOR_C)
    firm.exports[BASE] = trade.split(rng, firm.total(), "almost_us")
    firm.policy = "是"
    return firm


def refusals(cast: Cast) -> None:
    """Firms that the platform cannot take."""
    firm = cast.take("崇川区", "refused", "ALREADY_INSURED", "企业自报已投保")
    firm.insured = "已投保"
    firm = cast.take("经济技术开发区", "refused", "ALREADY_INSURED", "企业自报已投保")
    firm.insured = "已投保"
    firm = cast.take("通州湾示范区", "refused", "ALREADY_INSURED", "自报未投保，但在人保财险的在保名单里")
    firm = cast.take("崇川区", "refused", "OUTSIDE_AREA", "注册地已迁到海门，所属区填“其他”")
    firm.says["area"], firm.says["address"] = "其他", "南通市海门市示例路88号"
    firm = cast.take("经济技术开发区", "refused", "OUTSIDE_AREA", "注册地在如东，所属区填“其他”")
    firm.says["area"], firm.says["address"] = "其他", "南通市如东县示例路66号"
    for area in ("通州区", "苏通科技产业园区"):
        firm = cast.take(area, "refused", "DISTRICT_REFUSED", "区级审核不同意")
        firm.says["opinion"] = "不同意"
    for kind, code, how in (
        ("gap", "BAND_GAP", "出口额在 50 万与 300 万美元之间"), ("above", "BAND_ABOVE", "出口额超过 3000 万美元"),
    ):  # fmt: skip
        for firm in [f for f in cast.firms if f.kind == kind]:
            cast.give(firm, code, how)
    for firm in cast.firms:
        firm.eligible &= firm.kind in ("upper", "lower")


def tongzhou(cast: Cast) -> None:
    """Typing mistakes in the template of 通州区, all mended in the second round."""

    def wrong(kind: str, code: str, how: str, **cells: object) -> Firm:
        firm = cast.take("通州区", kind, code, how, mended=True)
        firm.first |= cells
        return firm

    wrong("lower", "REQUIRED", "联系人没有填", contact="")
    wrong("upper", "REQUIRED", "区级同意，却没有材料齐全时间", received=None)
    wrong("lower", "CHOICE", "所属区写成“通州市”", area="通州市")
    wrong("upper", "CHOICE", "已投保情况写成“未参保”", insured="未参保")
    firm = wrong("lower", "USCC_CHECK", "统一社会信用代码末两位颠倒")
    firm.first["uscc"] = firm.uscc[:-2] + firm.uscc[-1] + firm.uscc[-2]
    firm = wrong("upper", "USCC_LENGTH", "统一社会信用代码少一位")
    firm.first["uscc"] = firm.uscc[:9] + firm.uscc[10:]
    firm = wrong("lower", "USCC_CHARS", "统一社会信用代码里的 0 写成字母 O")
    firm.first["uscc"] = firm.uscc.replace("0", "O")
    firm = wrong("upper", "CUSTOMS_CODE_LENGTH", "海关注册编码少一位")
    firm.first["customs_code"] = firm.customs_code[:-1]
    wrong("lower", "PHONE", "手机少一位", phone="1380000417")
    wrong("upper", "AMOUNT_TEXT", "出口额写成“约350万”", exports="约350万")
    firm = wrong("upper", "AMOUNT_NEGATIVE", "2017年出口额前多了负号")
    firm.first["before"] = -dollars(firm.total(BASE - 1)) if BASE - 1 in firm.exports else Decimal(-1)
    firm = wrong("lower", "AMOUNT_FINER", "出口额算到了分以下")
    firm.first["exports"] = dollars(firm.total()) + Decimal("0.005")
    firm = wrong("upper", "KEY_ABOVE_TOTAL", "对美出口额大于出口总额")
    firm.first["key_exports"] = dollars(firm.total() + 1_000_00)
    firm = wrong("upper", "REGION_ABOVE_TOTAL", "东南亚出口额大于出口总额")
    firm.first["region_southeast_asia"] = dollars(firm.total() * 10)
    wrong("lower", "DATE_INVALID", "材料齐全时间写成 9 月 31 日", received="2019年9月31日 10:00")
    wrong("upper", "DATE_FUTURE", "年份写错，材料齐全时间晚于今天", received=datetime(2020, 9, 5, 9, 30))
    wrong("upper", "DUPLICATE", "同一家企业报了两行")
    how = "第二轮把材料齐全时间提前了 18 天，市局凭签收单确认"
    firm = cast.take("通州区", "upper", "RECEIVED_EARLIER", how, _received_late)
    firm.first["received"] = firm.received
    firm.received = firm.received.replace(day=firm.received.day - 18)
    firm.second_review = decision("同意", "通州区商务局补正说明（示例），附签收单") | {"确认收件时间": firm.received}
    cast.take("通州区", "lower", "GONE", "第二轮的表里漏了这一家")


def _received_late(firm: Firm) -> bool:
    """In a week of which the eighteenth day before was a working day."""
    return firm.received.day in (20, 23, 24, 27, 29, 30)


def gangzha(cast: Cast) -> None:
    """The office's own table: numbers where text belongs, formulas, merged and hidden rows."""
    firm = cast.take("港闸区", "lower", "USCC_NUMBER", "统一社会信用代码存成了数字，末尾丢失")
    firm.uscc, firm.eligible = identity.uscc_of_digits("港闸区"), False
    firm = cast.take("港闸区", "upper", "CELL_ERROR", "出口额是引用失效的公式 #REF!")
    firm.eligible = False
    firm = cast.take("港闸区", "lower", "FORMULA_NO_VALUE", "出口额是公式，文件里没有计算结果")
    firm.eligible = False
    how = "所属区与下一行合并，下一行变成没有填"
    firm = cast.take("港闸区", "lower", "MERGED_CELLS", how, lambda f: _plain_below(cast, f))
    cast.next_to(firm).eligible = False
    firm = cast.take("港闸区", "upper", "PHONE", "手机多一位")
    firm.says["phone"], firm.eligible = 138000004170, False
    cast.take("港闸区", "lower", "HIDDEN_ROW", "这一行被隐藏").eligible = False
    other = next(f for f in cast.firms if f.area == "崇川区" and f.kind == "upper" and not f.planted)
    firm = cast.take("港闸区", "upper", "SAME_NAME", "与崇川区一家企业同名，代码不同")
    firm.name, other.planted = other.name, True
    for same in (firm, other):
        agree(same, "经核对营业执照，两家不同企业")


def _plain_below(cast: Cast, firm: Firm) -> bool:
    below = cast.firms[cast.firms.index(firm) + 1]
    return below.area == firm.area and below.kind == "lower" and not below.planted and below.total() > 0


def small_warnings(cast: Cast) -> None:
    """What is only a warning; the bureau decides these one by one."""
    firm = cast.take("崇川区", "lower", "EMAIL", "电子邮箱没有写完")
    firm.says["email"] = "lianxi@example"
    agree(firm, "邮箱已电话核对")
    for area, kind in (("崇川区", "upper"), ("崇川区", "lower"), ("苏通科技产业园区", "upper")):
        firm = cast.take(area, kind, "TIME_MISSING", "材料齐全时间只有日期")
        firm.received = firm.received.replace(hour=0, minute=0)
        agree(firm, "签收单没有钟点，按当日零时计")
    firm = cast.take("崇川区", "upper", "SIZE_LARGE", "企业规模填了大型")
    firm.size, firm.eligible = "大型", False
    firm.review |= decision("不同意", "大型企业，不属平台对象")
    firm = cast.take("崇川区", "upper", "SIMILAR_NAME", "名称与开发区一家只差一个“市”字")
    twin = cast.take("经济技术开发区", "upper", "SIMILAR_NAME", "名称与崇川区一家只差一个“市”字")
    twin.name = firm.name.replace("南通", "南通市")
    for like in (firm, twin):
        agree(like, "经核对营业执照，两家不同企业")
    firm = cast.take("崇川区", "lower", "USCC_ORG", "代码内的组织机构代码校验不符")
    body = firm.uscc[:16]
    firm.uscc = identity.complete(body + ("1" if firm.uscc[16] != "1" else "2"))
    agree(firm, "已核对营业执照复印件，代码无误")
    firm = cast.take("经济技术开发区", "upper", "USCC_REGION", "外市迁入的企业，代码不是 3206")
    firm.uscc = identity.complete("91320481" + firm.uscc[8:17])
    agree(firm, "迁入企业，注册地已变更")
    firm = cast.take("经济技术开发区", "lower", "CUSTOMS_CODE_REGION", "外市迁入的企业，海关编码不是 3206")
    firm.customs_code = "3204" + firm.customs_code[4:]
    agree(firm, "迁入企业，海关编码未变更")
    firm = cast.take("经济技术开发区", "lower", "DATE_WINDOW", "材料齐全时间的年份写成 2018")
    firm.says["received"], firm.eligible = firm.received.replace(year=2018), False
    firm.review |= decision("补正", "材料齐全时间的年份请更正")
    firm = cast.take("苏通科技产业园区", "upper", "REGIONS_SUM_ABOVE", "各新兴市场之和大于总额")
    firm.says |= {f"region_{g}": dollars(firm.total() * 4 // 10) for g in ("latin_america", "africa", "middle_east")}
    agree(firm, "以海关数据为准")
    firm = cast.take("苏通科技产业园区", "upper", "AWAITING_DISTRICT", "区级意见为补正，材料未齐")
    firm.says |= {"opinion": "补正", "received": None, "reviewed": None}
    firm.eligible = False
    firm = cast.take("通州湾示范区", "lower", "AWAITING_DISTRICT", "区级还没有审核")
    firm.says |= {"opinion": "", "received": None, "reviewer": "", "reviewed": None}
    firm.eligible = False


def customs(cast: Cast) -> None:
    """Declared and customs figures apart, firms that customs do not know, another name."""
    for area, kind, permille in (
        ("崇川区", "upper", 1_060), ("崇川区", "upper", 955), ("通州区", "upper", 1_025),
        ("经济技术开发区", "upper", 930), ("通州湾示范区", "upper", 1_044),
    ):  # fmt: skip
        how = f"申报数是海关数的 {permille / 10:g}%"
        firm = cast.take(area, kind, "CUSTOMS_DIFFERS", how, _differs_within(permille))
        firm.says["exports"] = dollars(firm.total() * permille // 1_000)
        agree(firm, "以海关数据为准")
    firm = cast.take("经济技术开发区", "upper", "CUSTOMS_DIFFERS", "对美出口额比海关数多报两成")
    firm.says["key_exports"] = dollars(firm.exports[BASE]["US"] * 12 // 10)
    firm.eligible = False  # left undecided
    firm = cast.of("BAND_GAP", "经济技术开发区")[0]
    firm.exports[BASE] = {"US": 171_000_000, "DE": 100_250_000}
    firm.says["exports"] = Decimal("3120000.00")
    cast.give(firm, "CUSTOMS_DIFFERS", "申报 312 万美元，海关只有 271.25 万：不在区间")
    for firm in [f for f in cast.firms if f.kind == "lower" and f.total() == 0]:
        cast.give(firm, "ZERO_EXPORTS", "基年没有出口，海关没有记录，市局核定为 0")
        firm.fixed, firm.exports = 0, {}
        fixed = {"核定出口额(美元)": dollars(0), "核定依据": "海关备案回执（示例）"}
        agree(firm, "新设企业，提供海关备案回执", **fixed)
    firm = cast.take("崇川区", "upper", "CUSTOMS_ABSENT", "海关数据里没有，市局核定出口额")
    firm.fixed = firm.total()
    firm.exports = {}
    firm.says |= {"exports": dollars(firm.fixed), "before": None, "key_exports": None}
    fixed = {"核定出口额(美元)": dollars(firm.fixed), "核定依据": "报关单汇总（示例），由代理报关更正归属"}
    agree(firm, "企业提供报关单", **fixed)
    firm = cast.take("通州湾示范区", "upper", "CUSTOMS_ABSENT", "海关数据里没有，市局还没有核定")
    firm.says |= {"exports": dollars(firm.total()), "key_exports": None, "before": None}
    firm.exports, firm.eligible = {}, False
    firm = cast.take("经济技术开发区", "upper", "CUSTOMS_NAME", "改过名，海关数据里还是旧名")
    agree(firm, "工商变更登记核准通知书")


def _differs_within(permille: int) -> Callable[[Firm], bool]:
    """Firms that stay in the band, and whose regions stay below the total, with the declared figure."""
    return lambda f: (
        320_000_000 < f.total() * permille // 1_000 < 2_500_000_000 and f.exports[BASE]["US"] * 2 < f.total()
    )


def bureau(cast: Cast) -> None:
    """Insurers' lists, a withdrawal, an insurer assigned, a firm claimed by two districts."""
    firm = cast.take("苏通科技产业园区", "upper", "DISTRICT_INFORCE", "自报未投保，名单里是去年的市统保保单")
    agree(firm, "去年的平台保单，按平台续保处理")
    firm = cast.take("通州区", "upper", "DISTRICT_INFORCE", "自报未投保，名单里的自主保单 2019-06-30 已到期")
    agree(firm, "自主保单已到期")
    firm = cast.take("通州湾示范区", "upper", "INFORCE_UNCLEAR", "在保名单里没有写保单性质")
    firm.eligible = False
    firm = cast.take("苏通科技产业园区", "lower", "PLATFORM_RENEWAL", "去年参加过平台，平台续保")
    firm.insured = "平台续保"
    firm = cast.take("通州湾示范区", "upper", "WITHDRAWN", "企业撤回申请")
    firm.review |= {"撤回": "是", "备注": "企业来函撤回"}
    firm.eligible = False
    firm = cast.take("崇川区", "upper", "INSURER_ASSIGNED", "没有填意向保险人，市局分配人保财险")
    agree(firm, "企业来电要求", 分配保险人="人保财险")
    firm = cast.take("通州区", "upper", "TWO_DISTRICTS", "港闸区也报送了这家企业；市局撤回港闸区的申报")
    firm.review |= {"撤回": "港闸区", "备注": "两区商定由通州区报送"}
