"""The pipeline that one would write first: pandas on openpyxl, a pydantic model a row, Decimal, pandas again.

It knows what `benchmarks.roster` makes and no more, by rules written a second time: the outcomes of `quote` must be
the same, cell by cell, and the harness compares them. Nothing is slowed down on purpose.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from datetime import date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

FX = Decimal("7.0")
POOLS = {"中国信保": Decimal(4_500_000), "人保财险": Decimal(500_000)}
PLANS = {  # rate, fiscal share, limit
    "A": (Decimal("0.0003"), Decimal(1), 100_000),
    "B": (Decimal("0.001"), Decimal("0.5"), 250_000),
    "C": (Decimal("0.001"), Decimal(1), 250_000),
    "D": (Decimal("0.0003"), Decimal(1), 50_000),
}
MESSAGES = {
    "USCC_LENGTH": "统一社会信用代码应为 18 位，现为 {size} 位：{value}",
    "USCC_CHECK": "统一社会信用代码的校验位不对：{value}",
    "PHONE": "联系电话不是手机、固定电话或 400/800 号码：{value}",
    "ZERO_EXPORTS": "基年出口额为 0",
    "SIZE_LARGE": "企业规模为大型；平台面向中小企业",
    "ALREADY_INSURED": "已投保出口信用保险，平台只覆盖尚未投保的企业（二（一））",
    "DISTRICT_REFUSED": "区级审核不同意（三③）",
    "OUTSIDE_AREA": "不在平台覆盖的区域（二（一））",
    "BAND_GAP": "基年出口额落在两个区间之间，可改报省级平台（二（一））",
    "BAND_ABOVE": "基年出口额高于平台上限（二（一））",
    "PLAN_UNAVAILABLE": "申请的方案不符合条件，请改报或补充材料（四（二））",
    "COPAY_MISSING": "申请的方案须承诺自缴保费，尚未承诺（四（二）备注）",
    "AWAITING_DISTRICT": "等待区级审核同意（三③）",
    "TIE_AT_CUT": "与同一时间收件的企业一起排在资金用完之处，须由会议纪要或抽签确定次序（二（三））",
}
HEADINGS = (
    "序号", "企业名称", "统一社会信用代码", "资格", "方案", "优先", "最高赔偿限额(美元)", "费率", "应缴保费(美元)",
    "汇率", "应缴保费(元)", "财政扶持(元)", "企业承担(元)", "保险人", "排队号", "池内序号", "资金安排",
    "说明代码", "说明",
)  # fmt: skip
ERRORS = ("USCC_LENGTH", "USCC_CHECK", "PHONE")
ESTIMATED = "预估：汇率按预算汇率 7.00，出口额按企业申报"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
REGIONS = ("latin_america", "africa", "middle_east", "eastern_europe", "southeast_asia", "central_asia")
AREAS = {"开发区": "经济技术开发区"}


def _text(value: object) -> str:
    return unicodedata.normalize("NFKC", str(value)).strip()


def _code(code: str) -> str:
    if len(code) != 18:
        raise ValueError("USCC_LENGTH")
    if ALPHABET[-sum(ALPHABET.index(c) * 3**i for i, c in enumerate(code[:17])) % 31] != code[17]:
        raise ValueError("USCC_CHECK")
    return code


def _phone(phone: str) -> str:
    if not re.fullmatch(r"1[3-9]\d{9}", phone):
        raise ValueError("PHONE")
    return phone


def _amount(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.01"))


Text = Annotated[str, BeforeValidator(_text)]
Money = Annotated[Annotated[Decimal, Field(ge=0)] | None, BeforeValidator(_amount)]


class Firm(BaseModel):
    """One row of the roster."""

    name: Text = Field(alias="企业名称*")
    uscc: Annotated[Text, AfterValidator(_code)] = Field(alias="统一社会信用代码*")
    customs_code: Annotated[Text, Field(pattern=r"^\d{10}$")] = Field(alias="海关注册编码*")
    area: Annotated[Text, AfterValidator(lambda v: AREAS.get(v, v))] = Field(alias="所属区*")
    contact: Text = Field(alias="联系人*")
    phone: Annotated[Text, AfterValidator(_phone)] = Field(alias="手机*")
    exports: Annotated[Decimal, Field(ge=0), BeforeValidator(_amount)] = Field(alias="2018年出口额(美元)*")
    wish: Literal["A", "B", "C", "D"] | None = Field(alias="申请方案")
    copay: Literal["是", "否"] | None = Field(alias="承诺自缴保费")
    insurer: Literal["中国信保", "人保财险"] | None = Field(alias="意向保险人")
    insured: Literal["未投保", "平台续保", "已投保"] = Field(alias="已投保情况*")
    policy: Literal["是", "否"] | None = Field(alias="政策导向")
    received: datetime | None = Field(alias="材料齐全时间")
    opinion: Literal["同意", "不同意", "补正"] | None = Field(alias="区级审核意见")
    reviewed: date | None = Field(alias="区级审核日期")
    before: Money = Field(alias="2017年出口额(美元)")
    key: Money = Field(alias="对美出口额(美元)")
    latin_america: Money = Field(alias="拉美出口额(美元)")
    africa: Money = Field(alias="非洲出口额(美元)")
    middle_east: Money = Field(alias="中东出口额(美元)")
    eastern_europe: Money = Field(alias="东欧出口额(美元)")
    southeast_asia: Money = Field(alias="东南亚出口额(美元)")
    central_asia: Money = Field(alias="中亚出口额(美元)")
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")] | None = Field(alias="电子邮箱")
    size: Literal["大型", "中型", "小型", "微型"] | None = Field(alias="企业规模")
    tier: Literal["否", "专精特新", "小巨人"] | None = Field(alias="专精特新")


def quote(source: Path, target: Path) -> None:
    """Read, check, assess, price and queue the roster in `source`; write the outcomes to `target`."""
    frame = pd.read_excel(source, engine="openpyxl", dtype=object)
    frame = frame.where(frame.notna(), None)
    results, queue = [], []
    for row in frame.to_dict("records"):
        result, firm = _result(row)
        results.append(result)
        if firm:
            queue.append((result, firm))
    _arrange(queue)
    for result in results:
        said = result.pop("said")
        messages = [m for _, m in said] + ([ESTIMATED] if result["资格"] == "符合条件" else [])
        result["说明代码"] = ";".join(code for code, _ in said)
        result["说明"] = "；".join(messages)
    pd.DataFrame(results).to_excel(target, engine="openpyxl", index=False, sheet_name="测算结果")


def _result(row: dict[str, Any]) -> tuple[dict[str, Any], Firm | None]:
    """The row's outcome but for the queue, and the firm where it is 符合条件."""
    wrong = set()
    try:
        firm = Firm.model_validate(row)
    except ValidationError as e:
        wrong = {str(error["ctx"]["error"]) for error in e.errors()}
        firm = Firm.model_construct(**_unchecked(row))
    if firm.exports == 0:
        wrong.add("ZERO_EXPORTS")
    if firm.size == "大型":
        wrong.add("SIZE_LARGE")
    values = {"USCC_LENGTH": row["统一社会信用代码*"], "USCC_CHECK": row["统一社会信用代码*"], "PHONE": row["手机*"]}
    said = [
        (code, text.format(value=values.get(code), size=len(str(values.get(code)))))
        for code, text in MESSAGES.items()
        if code in wrong
    ]
    status, plan, reasons = _eligible(firm, bool(wrong & set(ERRORS)))
    said += [(code, MESSAGES[code]) for code in reasons]
    result: dict[str, Any] = dict.fromkeys(HEADINGS)
    result |= {"序号": row["序号"], "企业名称": firm.name, "统一社会信用代码": firm.uscc, "资格": status, "said": said}
    if status != "符合条件":
        return result, None
    result |= _price(firm.exports, plan)
    result |= {"方案": plan, "优先": _priority(firm), "汇率": FX, "保险人": firm.insurer or "中国信保"}
    return result, firm


def _unchecked(row: dict[str, Any]) -> dict[str, Any]:
    """A row with a bad code or telephone number: its other cells are still needed."""
    values = {name: row[str(f.alias)] for name, f in Firm.model_fields.items()}
    for name in ("name", "uscc", "area"):
        values[name] = _text(values[name])
    for name in ("exports", "before", "key", *REGIONS):
        values[name] = _amount(values[name])
    values["area"] = AREAS.get(values["area"], values["area"])
    return values


def _eligible(f: Firm, has_error: bool) -> tuple[str, str, list[str]]:
    """资格, plan and reasons."""
    refused = ["ALREADY_INSURED"] * (f.insured == "已投保") + ["DISTRICT_REFUSED"] * (f.opinion == "不同意")
    if refused:
        return "不符合条件", "", refused
    if f.area == "其他":
        return "不在平台区域", "", ["OUTSIDE_AREA"]
    lower, upper = f.exports <= 500_000, 3_000_000 <= f.exports <= 30_000_000
    if not lower and not upper:
        return "不在出口额区间", "", ["BAND_ABOVE" if f.exports > 30_000_000 else "BAND_GAP"]
    if has_error:
        return "待补正", "", []
    key = f.key is not None and f.key >= f.exports * Decimal("0.9") and f.key >= 5_000_000
    may = {"A": upper, "B": upper, "C": upper and key and f.policy == "是", "D": lower}
    plan = f.wish or ("D" if lower else "C" if may["C"] else "A")
    missing = ["PLAN_UNAVAILABLE"] * (not may[plan]) + ["COPAY_MISSING"] * (plan == "B" and f.copay != "是")
    if missing:
        return "待补正", "", missing
    if f.opinion != "同意":
        return "待审核", "", ["AWAITING_DISTRICT"]
    return "符合条件", plan, []


def _priority(f: Firm) -> str:
    growth = f.before is not None and f.exports > f.before
    emerging = sum(getattr(f, region) or 0 for region in REGIONS)
    depends = f.policy == "是" and f.key is not None and f.exports > 0 and f.key * 10 >= f.exports * 9
    return "是" if growth or emerging * 2 > f.exports or depends else "否"


def _price(exports: Decimal, plan: str) -> dict[str, Any]:
    rate, share, limit = PLANS[plan]
    premium = max(exports * rate, Decimal(100)) if plan == "D" else exports * rate
    gross = (premium * FX).quantize(Decimal("0.01"), ROUND_HALF_UP)
    fiscal = (gross * share).quantize(Decimal("0.01"), ROUND_DOWN)
    return {
        "最高赔偿限额(美元)": limit,
        "费率": rate,
        "应缴保费(美元)": premium.quantize(Decimal("0.01"), ROUND_HALF_UP),
        "应缴保费(元)": gross,
        "财政扶持(元)": fiscal,
        "企业承担(元)": gross - fiscal,
    }


def _arrange(queue: list[tuple[dict[str, Any], Firm]]) -> None:
    """Order, numbers, and money while it lasts; the first row that does not fit closes its pool."""

    def key(item: tuple[dict[str, Any], Firm]) -> tuple[Any, ...]:
        result, firm = item
        assert firm.received
        return firm.received.date(), result["优先"] == "否", firm.received

    groups = defaultdict(list)
    for item in queue:
        groups[item[0]["保险人"], key(item)].append(item[0])
    left, total = dict(POOLS), sum(POOLS.values())
    closed: set[str] = set()
    numbers: dict[str, int] = defaultdict(int)
    for number, item in enumerate(sorted(queue, key=key), 1):
        result, pool = item[0], item[0]["保险人"]
        numbers[pool] += 1
        result |= {"排队号": number, "池内序号": numbers[pool], "资金安排": "候补"}
        group = groups.pop((pool, key(item)), [])
        if pool in closed:
            continue
        asked = [r["财政扶持(元)"] for r in group]
        if len(group) > 1 and sum(asked) > min(left[pool], total) >= min(asked):
            for r in group:
                r["said"].append(("TIE_AT_CUT", MESSAGES["TIE_AT_CUT"]))
        if result["财政扶持(元)"] > left[pool]:
            closed.add(pool)
        elif result["财政扶持(元)"] > total:
            closed |= POOLS.keys()
        else:
            result["资金安排"] = "已安排"
            left[pool] -= result["财政扶持(元)"]
            total -= result["财政扶持(元)"]
