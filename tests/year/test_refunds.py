"""What comes back of a policy that has ended is an entry of the fund (退回), once, of that policy's document.

Pools: free = Σ fund − policies' actual amounts − sent with the reserve − arranged (DESIGN §3, the dated account).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from returns import TODAY, answer, sent
from workspaces import Bureau, cells, prepared

from xltools.desk.errors import BadInput
from xltools.desk.year.settle import PREPAY, SETTLE, apply_for, settlement

YES = {"市局意见": "接受", "审核人": "王甲"}
DAY = date(2020, 1, 18)
POOL, ACTUAL, SENT = 450_000_000, 1_035_000, 3 * 1_050_000 + 1_050_035
DOCUMENT = "保单退回 NT2019-0001 中国信保第01批"


def insured(made: Bureau) -> None:
    sent(made)
    made.today = TODAY
    made.load("issued", answer(1))


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    made = prepared(tmp_path, insured)
    made.today = TODAY
    return made


def wish(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "受理编号": "NT2019-0001", "类型": kind, "申请方": "企业", "申请日期": date(2020, 1, 15), "依据": "企业函",
    } | YES | more  # fmt: skip


def surrender(bureau: Bureau, yuan: str = "", **more: Any) -> Any:
    back = {"退还财政(元)": yuan} if yuan else {}
    return bureau.load("change", wish("退保", 保险人确认日期=DAY) | back | more)


def entries(bureau: Bureau) -> list[tuple[str, str, str, int, str]]:
    """Day, giver, taker, fen and document of every refund."""
    rows = sorted((r for r in bureau.tables()["fund"] if r["kind"] == "退回"), key=lambda r: int(r["id"]))
    return [(r["day"], r["source"], r["target"], r["fen"], r["document"]) for r in rows]


def pool(bureau: Bureau) -> tuple[int, int, int]:
    m = bureau.standing().money[0]
    assert m.free == m.pool - m.issued - m.sent - m.arranged
    return m.pool, m.issued, m.free


ENDS: list[tuple[str, Callable[[Bureau], Any], int, str]] = [
    ("surrendered, all of it back", lambda b: surrender(b), ACTUAL, "2020-01-18"),
    ("surrendered, part of it back", lambda b: surrender(b, "10000.01"), 1_000_001, "2020-01-18"),
    ("surrendered, nothing back", lambda b: surrender(b, "0"), 0, ""),
    ("surrendered, the insurer has not confirmed", lambda b: b.load("change", wish("退保")), 0, ""),
    ("revoked by the bureau and confirmed", lambda b: b.load("change", wish("撤销", 保险人确认日期=DAY)), ACTUAL, "2020-01-18"),
    ("gone to the other insurer", lambda b: b.load("change", wish("换保险人", 变更后="人保财险", 保险人确认日期=DAY)), ACTUAL, "2020-01-18"),
    ("dissolved by its insurer's return", lambda b: b.load("issued", {"受理编号": "NT2019-0001", "缴费状态": "已解除"}), ACTUAL, "2020-01-20"),
]  # fmt: skip


@pytest.mark.parametrize(("ends", "fen", "day"), [e[1:] for e in ENDS], ids=[e[0] for e in ENDS])
def test_what_came_back_is_one_entry_and_the_policy_goes_on_counting(
    bureau: Bureau, ends: Callable[[Bureau], Any], fen: int, day: str
) -> None:
    before = pool(bureau)
    ends(bureau)
    ends(bureau)  # read again: nothing twice
    assert entries(bureau) == ([(day, "", "中国信保", fen, DOCUMENT)] if fen else [])
    now = pool(bureau)
    assert (now[0], now[1]) == (POOL + fen, ACTUAL)
    arranged = bureau.standing().money[0].arranged
    assert now[2] == before[2] + fen - arranged
    assert not bureau.verify().wrong


def test_a_corrected_refund_moves_the_difference_alone_and_one_taken_back_goes_out_again(bureau: Bureau) -> None:
    surrender(bureau, "10000.01")
    surrender(bureau, "10000.02")
    surrender(bureau, "0.02")
    assert [(s, t, fen) for _, s, t, fen, _ in entries(bureau)] == [
        ("", "中国信保", 1_000_001), ("", "中国信保", 1), ("中国信保", "", 1_000_000),
    ]  # fmt: skip
    assert pool(bureau)[:2] == (POOL + 2, ACTUAL)
    assert not bureau.verify().wrong


def test_a_policy_that_was_dissolved_by_mistake_takes_its_refund_out_again(bureau: Bureau) -> None:
    bureau.load("issued", {"受理编号": "NT2019-0001", "缴费状态": "已解除"})
    found = bureau.load("issued", {"受理编号": "NT2019-0001", "缴费状态": "已缴费"})
    assert "资金账记入退回：NT2019-0001 中国信保第01批 10,350.00 元转出中国信保（更正）" in found.lines
    assert pool(bureau)[:2] == (POOL, ACTUAL)
    assert not bureau.verify().wrong


def test_one_entry_of_the_journal_tells_the_change_and_its_refund(bureau: Bureau) -> None:
    from xltools.desk.verb import verbs

    surrender(bureau, "10000.01")
    last = bureau.journal()[-1]
    assert last["verb"] == "change"
    assert last["detail"]["refunds"] == [{"document": DOCUMENT, "source": "", "target": "中国信保", "fen": 1_000_001}]
    assert set(last["detail"]["seals"]) == {"change", "sent", "fund"}
    said = verbs()["change"].journal
    assert said
    assert "资金账记入退回 1 笔，净额 10,000.01 元" in said(last["detail"], None)


def test_a_refund_cannot_be_entered_by_hand_once_more(bureau: Bureau) -> None:
    surrender(bureau)
    with pytest.raises(BadInput) as e:
        bureau.move("退回", "", "中国信保", 10_350, document=DOCUMENT)
    assert [(p.code, p.cell) for p in e.value.placed] == [("FUND_BY_ITSELF", "F2")]
    found = bureau.move("退回", "", "中国信保", 10_350, document="通财〔2020〕9号")
    assert any("NT2019-0001" in line and "是否重复" in line for line in found.lines)
    found = bureau.move("退回", "", "中国信保", 10_351, document="通财〔2020〕10号")
    assert not any("是否重复" in line for line in found.lines)


def test_verify_shows_how_each_pool_adds_up_and_finds_a_refund_that_was_tampered_with(bureau: Bureau) -> None:
    surrender(bureau, "10000.01")
    found = bureau.verify()
    assert found.pools[0] == (
        f"中国信保：资金账 4,510,000.01 − 保单 10,350.00 − 已报送 {(SENT - 1_050_000) / 100:,.2f} − 已安排 0.00"
        f" = 可用 {(POOL + 1_000_001 - ACTUAL - SENT + 1_050_000) / 100:,.2f} 元"
    )
    assert found.pools[0] in bureau.cli("verify").out
    bureau.tamper("UPDATE fund SET fen = fen + 1 WHERE kind = '退回'")
    assert any(DOCUMENT in w and "应退回 10,000.01 元，资金账记了 10,000.02 元" in w for w in bureau.verify().wrong)


def test_the_settlement_shows_what_stays_with_the_insurer_and_what_came_back(bureau: Bureau) -> None:
    bureau.load("accounts", {"保险人": "中国信保", "账号": "1", "户名": "户", "开户行": "行"})
    bureau.load("payments", {
        "日期": DAY, "类型": "预付", "付款单位": "市财政局", "保险人": "中国信保", "收款账号": "1", "金额(元)": 50_000, "凭证号": "记1",
    })  # fmt: skip
    bureau.load("issued", answer(3))
    surrender(bureau, "10000.01")
    found = settlement(bureau.workspace, today=TODAY)
    one = found.insurers[0]
    assert (one.policies, one.actual, one.ended, one.refunded, one.kept) == (1, ACTUAL, ACTUAL, 1_000_001, 34_999)
    assert one.surplus == 5_000_000 - ACTUAL - 34_999 - one.open
    assert one.open == 1_050_000 + 1_050_035
    ran = bureau.cli("settle", "--json")
    assert (ran.json["insurers"][0]["ended"], ran.json["insurers"][0]["refunded"]) == (ACTUAL, 1_000_001)
    assert "退回资金账 10,000.01，留在保险人 349.99 元" in bureau.cli("settle").out
    path = apply_for(bureau.workspace, SETTLE, found, today=TODAY)
    assert cells(path, "付款申请表")[6][2:6] == [1, 10_699.99, 50_000, 10_699.99 - 50_000]
    head, *rows = cells(path, "企业投保明细表")
    assert [r[head.index("财政承担(元)")] for r in rows] == [10_350, 349.99]
    form = cells(apply_for(bureau.workspace, PREPAY, found, today=TODAY), "付款申请表")
    assert form[6][3] == 4_500_000  # what came back lies with the insurer: nobody prepays it once more


def test_what_came_back_need_not_be_paid_again(bureau: Bureau) -> None:
    """Sent 42,000.35; firm 1 insured at 10,350.00 instead of 10,500.00, then surrendered but for 349.99."""
    bureau.load("accounts", {"保险人": "中国信保", "账号": "1", "户名": "户", "开户行": "行"})
    surrender(bureau, "10000.01")
    bureau.agree(1)
    found = bureau.load("payments", {
        "日期": DAY, "类型": "预付", "付款单位": "市财政局", "保险人": "中国信保", "收款账号": "1", "金额(元)": "31850.33", "凭证号": "记1",
    })  # fmt: skip
    assert "中国信保：已报送和已承保共需 31,850.34 元，只付了 31,850.33 元，还差 0.01 元" in found.lines
