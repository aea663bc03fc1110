"""Claims of the example's year: what insurers report month by month, with the mistakes that they make.

Every policy of the first insurer's list that the ledger knows may have one; the same ledger gives the same claims. The
ratio of 80 % is an example's (domain §4 #26): the scheme states none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from xltools.catalogue.words import exact
from xltools.desk.rules.losses import PLATFORM, Policy, policies
from xltools.desk.rules.sent import load_sent
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace

DAY = date(2020, 6, 30)
"""When the example's claims are looked at."""
CASES = 24
"""Claims of the year; fewer where fewer policies were issued."""
RATIO = Decimal("0.8")
FX = {3: "7.0104", 4: "7.0751", 5: "7.1002", 6: "7.0867"}
"""The example's rates by month of payment, yuan a dollar."""
MARKETS = (
    ("美国", "Harbor Trading LLC"), ("美国", "Great Lakes Home Inc"), ("德国", "Nordwind GmbH"), ("巴西", "Casa Verde Ltda"),
    ("印度", "Deccan Textiles Pvt"), ("英国", "Thames & Wold Ltd"), ("墨西哥", "Comercial Norte SA"), ("越南", "Song Hong JSC"),
)  # fmt: skip
CAUSES = ("拖欠", "拖欠", "拖欠", "拖欠", "破产", "拒收")
BASIC, MANDATE = "贸易合同,商业发票,运输单据,报关单", "委托追偿合同,授权委托书"
NOTICED, FILED, ACCEPTED, REFUSED, PARTIAL, FULL = range(6)
REACHED = (FULL, PARTIAL, FULL, ACCEPTED, FULL, NOTICED, REFUSED, FULL, FILED, PARTIAL, FULL, ACCEPTED)
"""How far claims have come by `DAY`, one after the other."""
NO_PAPERS, EARLY, UNDECIDED, SPLIT = 4, 7, 3, 10
"""Which claim is called complete without its papers; decided before it was accepted; paid without a decision; recovered
with a split that does not add up."""
Row = dict[str, Any]


def losses(workspace: Workspace) -> dict[str, list[Row]]:
    """Rows by heading of the four tables, in the order in which they are read. Raises Refusal."""
    with looking(workspace) as conn:
        known = policies(conn, workspace.scheme, load_sent(conn, workspace.scheme, DAY))
    platform = sorted((p for p in known.values() if p.kind == PLATFORM and p.limit_cents), key=lambda p: p.number)
    some = platform[:: max(1, len(platform) // CASES)][:CASES]
    out: dict[str, list[Row]] = {"claims": [], "decisions": [], "indemnities": [], "recoveries": []}
    for k, policy in enumerate(some):
        _case(out, k, policy, REACHED[k % len(REACHED)])
    return out


def _case(out: dict[str, list[Row]], k: int, policy: Policy, reached: int) -> None:
    """One claim and what has followed by now."""
    number, (country, buyer) = f"LP2020-{k + 1:04d}", MARKETS[k % len(MARKETS)]
    cause = CAUSES[k % len(CAUSES)]
    shipped = date(2019, 10, 8) + timedelta(3 * k)
    due = shipped + timedelta(90)
    known = due + timedelta(7) if cause == "拖欠" else shipped + timedelta(75)
    noticed = known + timedelta(6)
    if reached == NOTICED:  # what was not paid this spring
        due, noticed = DAY - timedelta(27 - k % 3), DAY - timedelta(10)
        known = due
    filed = noticed + timedelta(35) if reached != ACCEPTED else DAY - timedelta(40 - k)
    complete, accepted = filed + timedelta(6), filed + timedelta(8)
    loss = (policy.limit_cents or 0) * (40 + 15 * (k % 9)) // 100
    row: Row = {
        "案件号": number, "保单号": policy.number, "企业": policy.uscc, "保险人": policy.insurer, "客户类型": "统保", "买方": buyer,
        "国别": country, "出运日期": shipped, "报关单号": f"2301{shipped:%Y%m%d}{k:06d}", "合同号": f"NT-HT{k + 101}",
        "发票号": f"NT-FP{k + 101}", "币种": "USD", "发票金额(美元)": exact(loss * 5 // 4), "应付款日": due, "风险类型": cause,
        "知悉日": known, "报损日": noticed, "可损金额(美元)": exact(loss), "索赔申请日": None, "基本贸易单证": None, "委托追讨单证": None,
        "单证齐备日": None, "受理日": None, "满意度": None,
    }  # fmt: skip
    if reached == NOTICED:
        row |= {"报损日": None} if k % 2 else {}
    if reached >= FILED:
        row["索赔申请日"] = filed
    if reached >= ACCEPTED:
        papers = {"基本贸易单证": BASIC, "委托追讨单证": None if k == NO_PAPERS else MANDATE}
        row |= {"单证齐备日": complete, "受理日": accepted} | papers
    if reached >= REFUSED:
        row["满意度"] = ("满意", "满意", "基本满意")[k % 3]
        _decided(out, k, number, reached, accepted, loss, policy)
    if k == UNDECIDED:
        out["indemnities"].append(_payment(number, 1, accepted + timedelta(9), 1_000_000, "到账-误"))
    out["claims"].append(row)


def _decided(
    out: dict[str, list[Row]], k: int, number: str, reached: int, accepted: date, loss: int, policy: Policy
) -> None:
    """The decisions of a claim: some in time, every fifth late; a partial one is followed by a second."""
    day = accepted + timedelta(-3 if k == EARLY else 30 if k % 5 == 2 else 12 + k % 6)
    base: Row = {
        "案件号": number,
        "第几次": 1,
        "决定日": day,
        "决定书号": f"决字〔2020〕{k + 1}号",
        "备注": "赔偿比例为示例",
    }
    if reached == REFUSED:
        reason = {"结论": "拒赔", "核定损失(美元)": None, "赔偿比例": None, "拒赔原因": "知险后出运"}
        out["decisions"].append(base | reason | {"备注": None})
        return
    parts = [loss] if reached == FULL else [loss * 3 // 5, loss - loss * 3 // 5]
    left = policy.limit_cents or 0
    for n, part in enumerate(parts, 1):
        on = day + timedelta(28 * (n - 1))
        said = {
            "结论": "足额" if reached == FULL else "部分",
            "核定损失(美元)": exact(part),
            "赔偿比例": "80%",
            "拒赔原因": None,
        }
        if on > DAY:
            continue
        out["decisions"].append(base | {"第几次": n, "决定日": on} | said)
        if on + timedelta(7) <= DAY:
            cents = min(int(part * RATIO + Decimal("0.5")), left)
            left -= cents
            out["indemnities"].append(_payment(number, n, on + timedelta(7), cents, f"到账-{k + 1:03d}-{n}"))
    if reached == FULL and k % 5 == 0 and day + timedelta(60) <= DAY:
        out["recoveries"].append(
            _recovery(number, day + timedelta(60), loss // 10, f"追-{k + 1:03d}", wrong=k == SPLIT)
        )


def _payment(number: str, no: int, day: date, cents: int, voucher: str) -> Row:
    return {
        "案件号": number, "第几次": no, "支付日": day, "赔款金额(美元)": exact(cents), "折算汇率": FX.get(day.month, "7.0000"),
        "收款人": "企业", "到账凭证": voucher,
    }  # fmt: skip


def _recovery(number: str, day: date, cents: int, voucher: str, *, wrong: bool) -> Row:
    """What came back: a tenth for costs, the rest shared as the loss was."""
    cost = cents // 10
    firm = (cents - cost) // 5
    return {
        "案件号": number, "追回日": day, "追回金额(美元)": exact(cents), "追偿费用(美元)": exact(cost), "归企业(美元)": exact(firm),
        "归保险人(美元)": exact(cents - cost - firm + int(wrong)), "到账凭证": voucher,
    }  # fmt: skip


def files(found: dict[str, list[Row]]) -> Sequence[tuple[str, str]]:
    """The tables and what their files are called."""
    titles = {"claims": "理赔案件", "decisions": "理赔决定", "indemnities": "赔款支付", "recoveries": "追回"}
    return [(name, f"{titles[name]}_{DAY:%m}月") for name in found]
