"""claims (理赔): monthly returns of the insurers, judged row by row. 003 十一 and 十二; domain §4 #25, #29, #37; §6.5."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from claimrows import claim, decision, payment, recovery
from returns import TODAY, answer, sent
from workspaces import Bureau, prepared, uscc

from xltools.desk.bureau.taking import Loaded
from xltools.desk.enrol.templates import form
from xltools.desk.errors import BadInput
from xltools.desk.rules.losses import Policy, reckon

ON = date(2020, 6, 1)
Row = dict[str, Any]


def issued(made: Bureau) -> None:
    sent(made)
    made.today = TODAY
    made.load(
        "issued",
        answer(1, 赔偿比例="80%", 不承保国别="古巴"),
        answer(3, 赔偿比例="80%", **{"单一买方限额(美元)": 30000}),
        answer(4),
    )


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    made = prepared(tmp_path, issued)
    made.today = ON
    return made


def codes(found: Loaded) -> list[str]:
    return sorted(p.code for left in found.left for p in left.placed)


def warned(found: Loaded) -> str:
    return "\n".join(x for x in found.lines if x.startswith("提示"))


CLAIMS: list[tuple[str, Row, list[str], str]] = [
    ("a claim as it should be", {}, [], ""),
    ("on a policy that nobody knows (domain §6.5)", {"保单号": "SCH999999"}, ["CLAIM_POLICY"], ""),
    ("on another firm's policy", {"保单号": "SCH000003"}, ["CLAIM_OTHERS"], ""),
    ("of another insurer", {"保险人": "人保财险"}, ["CLAIM_OTHERS"], ""),
    ("of a firm that nobody knows", {"企业": uscc(50)}, ["CLAIM_FIRM"], ""),
    ("of a firm by its name", {"企业": "无名"}, ["CLAIM_FIRM"], ""),
    ("noticed before it was known", {"报损日": date(2020, 1, 19)}, ["CLAIM_DATES"], ""),
    ("noticed on the day on which it was known", {"报损日": date(2020, 1, 20)}, [], ""),
    ("accepted before it was filed", {"受理日": date(2020, 4, 19), "单证齐备日": None}, ["CLAIM_DATES"], ""),
    ("due before it was shipped", {"应付款日": date(2019, 10, 7)}, ["CLAIM_DATES"], ""),
    ("accepted tomorrow", {"受理日": date(2020, 6, 2)}, ["CLAIM_LATER"], ""),
    ("accepted today", {"受理日": date(2020, 6, 1)}, [], ""),
    ("003 十二: complete without the mandate's papers", {"委托追讨单证": "授权委托书"}, ["CLAIM_PAPERS"], ""),
    ("003 十二: complete without the bill of lading", {"基本贸易单证": "贸易合同,商业发票,报关单"}, ["CLAIM_PAPERS"], ""),
    ("003 十二: papers lacking and not said to be complete", {"基本贸易单证": None, "单证齐备日": None}, [], ""),
    ("a paper that is none of the two sets", {"基本贸易单证": "护照"}, ["CHOICE"], ""),
    ("a cause that there is not", {"风险类型": "运气"}, ["CHOICE"], ""),
    ("loss above the invoice", {"可损金额(美元)": 90000.01}, [], "可损金额 90000.01 大于发票金额 90,000.00"),
    ("loss as much as the invoice", {"可损金额(美元)": 90000}, [], ""),
    ("domain §4 #25: loss above the policy's limit", {"可损金额(美元)": 100000.01, "发票金额(美元)": None}, [], "大于保单的最高赔偿限额 100,000.00"),
    ("domain §4 #29: shipped before cover", {"出运日期": date(2019, 8, 31)}, [], "不在保险期间内：2019-08-31，保险期间 2019-09-01 至 2020-08-31"),
    ("domain §4 #29: shipped on the first day of cover", {"出运日期": date(2019, 9, 1)}, [], ""),
    ("to a country that the policy excludes", {"国别": "古巴"}, [], "不承保的国别（古巴）"),
    ("003 十一: of a firm that insures itself, under a policy of its own", {"客户类型": "自行投保", "保单号": "SH-77"}, [], "台账里没有这张保单"),
    ("003 十一: of a firm that insures itself and is in no list", {"客户类型": "自行投保", "企业": uscc(50), "保单号": "SH-77"}, [], "台账里没有这张保单"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "expected", "said"), [c[1:] for c in CLAIMS], ids=[c[0] for c in CLAIMS])
def test_a_claim(bureau: Bureau, cells: Row, expected: list[str], said: str) -> None:
    found = bureau.load("claims", claim(3, 案件号="LP-0"), claim(**cells))  # the other row is taken all the same
    assert codes(found) == expected
    assert said in warned(found)
    assert bool(said) == bool(warned(found))
    there = {r["claim_no"] for r in bureau.tables()["loss_claims"]}
    assert there == {"LP-0"} | (set() if expected else {"LP-1"})


def test_a_problem_names_its_cell_and_what_was_left_out_is_kept(bureau: Bureau) -> None:
    found = bureau.load("claims", claim(), claim(3, 受理日=date(2020, 4, 19)))
    (left,) = found.left
    (place,) = left.placed
    heading = list(claim()).index("受理日")
    assert (place.code, place.cell) == ("CLAIM_DATES", f"{chr(65 + heading)}3")
    assert "索赔申请日 2020-04-20，受理日 2020-04-19" in place.message
    assert left.consequence == "没有读入"
    (kept,) = bureau.tables()["left_out"]
    assert (kept["bureau"], kept["row"], kept["uscc"]) == ("claims", 3, uscc(3))
    bureau.load("claims", claim(3))
    assert {r["claim_no"] for r in bureau.tables()["loss_claims"]} == {"LP-1", "LP-3"}


def test_the_next_months_return_adds_what_has_happened_since(bureau: Bureau) -> None:
    early = {
        "报损日": None,
        "索赔申请日": None,
        "受理日": None,
        "单证齐备日": None,
        "基本贸易单证": None,
        "委托追讨单证": None,
    }
    bureau.load("claims", claim(**early))
    bureau.load("claims", claim(**early) | {"报损日": date(2020, 2, 3)})
    bureau.load("claims", claim(**early) | {"索赔申请日": date(2020, 4, 20), "受理日": date(2020, 4, 28)})
    (row,) = bureau.tables()["loss_claims"]
    assert (row["noticed"], row["filed"], row["accepted"]) == ("2020-02-03", "2020-04-20", "2020-04-28")
    wrong = claim(**early) | {"报损日": date(2020, 4, 21)}  # after the filing that an earlier return told
    assert codes(bureau.load("claims", claim(3), wrong)) == ["CLAIM_DATES"]


def test_a_deadline_outside_the_calendar_is_said_and_not_guessed(tmp_path: Path) -> None:
    made = prepared(tmp_path, issued)
    made.today = date(2026, 12, 20)
    late = {"受理日": date(2026, 12, 12), "单证齐备日": date(2026, 12, 1), "索赔申请日": date(2026, 11, 1)}
    found = made.load("claims", claim(**late))
    assert "日历缺失：节假日日历只到 2004 至 2026 年" in warned(found)
    assert any("日历缺失、算不出决定期限的 1 件：LP-1" in line for line in found.lines)
    assert "日历缺失" not in warned(made.load("claims", claim(3, **late | {"受理日": date(2026, 12, 10)})))


DECISIONS: list[tuple[str, Row, list[str], str]] = [
    ("a full decision", {}, [], ""),
    ("003 十二: a partial one", {"结论": "部分", "核定损失(美元)": 50000}, [], ""),
    ("on a claim that nobody knows", {"案件号": "LP-9"}, ["REFERENCE_UNKNOWN"], ""),
    ("before acceptance", {"决定日": date(2020, 4, 27)}, ["DECISION_EARLY"], ""),
    ("on the day of acceptance", {"决定日": date(2020, 4, 28)}, [], ""),
    ("tomorrow", {"决定日": date(2020, 6, 2)}, ["CLAIM_LATER"], ""),
    ("a refusal without its reason", {"结论": "拒赔", "核定损失(美元)": None}, ["DECISION_REFUSAL"], ""),
    ("a refusal with its reason", {"结论": "拒赔", "核定损失(美元)": None, "拒赔原因": "知险后出运"}, [], ""),
    ("a full decision with a reason for refusal", {"拒赔原因": "逾期报损"}, ["DECISION_REFUSAL"], ""),
    ("without the loss", {"核定损失(美元)": None}, ["DECISION_INCOMPLETE"], ""),
    ("without the loss, but the amount", {"核定损失(美元)": None, "应赔(美元)": 100}, [], ""),
    ("a loss above what was reported", {"核定损失(美元)": 80000.01}, [], "核定损失 80000.01 大于报损的可损金额 80,000.00"),
    ("domain §4 #25: as much as the limit", {"应赔(美元)": 100000}, [], "应赔 100000 与算出的不同：64,000.00"),
    ("domain §4 #25: a cent above the limit", {"应赔(美元)": 100000.01}, ["INDEMNITY_ABOVE_LIMIT"], ""),
    ("another amount than loss × ratio", {"应赔(美元)": 63999.99}, [], "应赔 63999.99 与算出的不同：64,000.00"),
    ("a ratio of its own", {"赔偿比例": "90%", "应赔(美元)": 72000}, [], ""),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "expected", "said"), [d[1:] for d in DECISIONS], ids=[d[0] for d in DECISIONS])
def test_a_decision(bureau: Bureau, cells: Row, expected: list[str], said: str) -> None:
    bureau.load("claims", claim(), claim(3))
    found = bureau.load("decisions", decision(3, **{"核定损失(美元)": 100}), decision(**cells))
    assert codes(found) == expected
    assert said in warned(found)
    assert bool(said) == bool(warned(found))
    there = {r["claim"]: r for r in bureau.tables()["decisions"]}
    assert set(there) == {"LP-3"} | (set() if expected else {"LP-1"})
    assert (there["LP-3"]["ratio"], there["LP-3"]["indemnity_cents"]) == ("0.8", 8_000)


def test_several_decisions_a_case_and_several_cases_a_policy_share_the_limit(bureau: Bureau) -> None:
    second = claim(案件号="LP-1B", 买方="Nordwind")
    bureau.load("claims", claim(), second)
    found = bureau.load(
        "decisions", decision(), decision(第几次=2, 决定日=date(2020, 5, 25)),
        decision(案件号="LP-1B", 决定日=date(2020, 5, 26)),
    )  # fmt: skip
    assert not found.left
    amounts = [(r["claim"], r["no"], r["indemnity_cents"]) for r in bureau.tables()["decisions"]]
    assert sorted(amounts) == [("LP-1", 1, 6_400_000), ("LP-1", 2, 3_600_000), ("LP-1B", 1, 0)]  # 100,000.00 in all
    more = bureau.load("decisions", decision(案件号="LP-1B", 第几次=2, **{"应赔(美元)": 0.01}), decision())
    assert codes(more) == ["INDEMNITY_ABOVE_LIMIT"]


BASES = [
    ("policy_year", [80, 20, 0, 0]), ("buyer", [80, 20, 80, 20]), ("case", [80, 80, 80, 80]),
]  # fmt: skip


@pytest.mark.parametrize(("basis", "expected"), BASES, ids=[f"domain §17.4: a limit of the {b[0]}" for b in BASES])
def test_a_limit_is_that_of_the_plans_basis(basis: str, expected: list[int]) -> None:
    claims = {n: {"policy_no": "P", "buyer": b} for n, b in (("1", "甲"), ("2", "甲"), ("3", "乙"), ("4", "乙"))}
    rows: list[Row] = [
        {"claim": n, "conclusion": "足额", "loss_cents": 100, "ratio": "0.8", "indemnity_cents": None} for n in claims
    ]
    policy = Policy("P", "平台保单", uscc(1), "中国信保", limit_cents=100, basis=basis)
    assert reckon(rows, claims, {"P": policy}).take.tolist() == expected


def test_a_buyers_limit_holds_beside_the_policys(bureau: Bureau) -> None:
    bureau.load("claims", claim(3), claim(3, 案件号="LP-3B", 买方="acme  llc"), claim(3, 案件号="LP-3C", 买方="Other"))
    bureau.load("decisions", decision(3), decision(案件号="LP-3B"), decision(案件号="LP-3C"))
    amounts = {r["claim"]: r["indemnity_cents"] for r in bureau.tables()["decisions"]}
    assert amounts == {"LP-3": 3_000_000, "LP-3B": 0, "LP-3C": 3_000_000}


def test_without_a_ratio_anywhere_nothing_is_reckoned(bureau: Bureau) -> None:
    """Domain §4 #26: the scheme does not say the ratio, so there is no default."""
    bureau.load("claims", claim(4), claim())
    assert codes(bureau.load("decisions", decision(4), decision())) == ["DECISION_INCOMPLETE"]
    assert not bureau.load("decisions", decision(4, 赔偿比例="70%")).left
    amounts = {r["claim"]: r["indemnity_cents"] for r in bureau.tables()["decisions"]}
    assert amounts == {"LP-1": 6_400_000, "LP-4": 5_600_000}


PAYMENTS: list[tuple[str, Row, list[str], str]] = [
    ("what was decided", {}, [], ""),
    ("a part of it", {"赔款金额(美元)": 10000}, [], ""),
    ("a cent above it", {"赔款金额(美元)": 64000.01}, ["PAID_ABOVE"], ""),
    ("by a decision that there is not", {"第几次": 2}, ["PAID_UNDECIDED"], ""),
    ("before the decision", {"支付日": date(2020, 5, 19)}, ["PAID_UNDECIDED"], ""),
    ("on the day of the decision", {"支付日": date(2020, 5, 20)}, [], ""),
    ("on a refusal", {"案件号": "LP-3"}, ["PAID_UNDECIDED"], ""),
    ("yuan as dollars × rate", {"折算汇率": 7.0883, "折人民币(元)": "453651.20"}, [], ""),
    ("other yuan than dollars × rate", {"折算汇率": 7.0883, "折人民币(元)": "453651.21"}, [], "折人民币 453651.21 与金额 × 汇率不同：453,651.20"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "expected", "said"), [p[1:] for p in PAYMENTS], ids=[p[0] for p in PAYMENTS])
def test_a_payment(bureau: Bureau, cells: Row, expected: list[str], said: str) -> None:
    bureau.load("claims", claim(), claim(3), claim(4))
    refused = {"结论": "拒赔", "核定损失(美元)": None, "拒赔原因": "其他"}
    bureau.load("decisions", decision(), decision(3, **refused), decision(4, 赔偿比例="80%"))
    found = bureau.load("indemnities", payment(4), payment(**cells))
    assert codes(found) == expected
    assert said in warned(found)
    paid = [(r["claim"], r["no"], r["fen"]) for r in bureau.tables()["indemnities"]]
    assert len(paid) == 2 - len(expected)
    assert ("LP-4", 1, None) in paid


def test_payments_of_a_decision_add_up_to_it_and_no_more(bureau: Bureau) -> None:
    bureau.load("claims", claim())
    bureau.load("decisions", decision())
    half = {"赔款金额(美元)": 32000, "折算汇率": 7.1}
    found = bureau.load(
        "indemnities",
        payment(**half),
        payment(**half, 到账凭证="P2"),
        payment(到账凭证="P3", **{"赔款金额(美元)": 0.01}),
    )
    assert codes(found) == ["PAID_ABOVE"]
    assert "这一行的赔款金额 0.01 美元没有计入" in found.left[0].consequence
    assert [r["fen"] for r in bureau.tables()["indemnities"]] == [22_720_000, 22_720_000]
    again = bureau.load("indemnities", payment(**half))
    assert again.lines[0] == "1 笔以前已经记过，没有重复记入"


RECOVERIES = [
    ("shared out to the cent", {}, []),
    ("a cent too much", {"归企业(美元)": 180.01}, ["RECOVERY_SPLIT"]),
    ("a part left out", {"追偿费用(美元)": None}, ["RECOVERY_SPLIT"]),
    ("not shared out yet", {"追偿费用(美元)": None, "归企业(美元)": None, "归保险人(美元)": None}, []),
]


@pytest.mark.parametrize(("cells", "expected"), [r[1:] for r in RECOVERIES], ids=[r[0] for r in RECOVERIES])
def test_a_recovery(bureau: Bureau, cells: Row, expected: list[str]) -> None:
    bureau.load("claims", claim())
    found = bureau.load("recoveries", recovery(到账凭证="R0"), recovery(**cells))
    assert codes(found) == expected
    assert len(bureau.tables()["recoveries"]) == 2 - len(expected)


def test_the_button_reads_the_four_files_in_the_order_in_which_they_refer_to_each_other(bureau: Bureau) -> None:
    folder = bureau.root / "资料"
    folder.mkdir(exist_ok=True)
    files = {"赔款支付": payment(), "理赔决定": decision(), "追回": recovery(), "理赔案件": claim()}
    for name, row in files.items():
        bureau.sheet([row]).rename(folder / f"{name}_5月.xlsx")
    told = bureau.press("claims")
    assert told.outcome == "读入 4 个文件"
    assert [len(bureau.tables()[t]) for t in ("loss_claims", "decisions", "indemnities", "recoveries")] == [1] * 4


def test_the_form_for_the_insurers_monthly_return_offers_both_sets_of_papers(bureau: Bureau, tmp_path: Path) -> None:
    path = form(bureau.workspace, "", "claims", tmp_path / "模板", rows=10, dry_run=False)
    page = openpyxl.load_workbook(path).worksheets[0]
    there = {c.value for row in page.iter_rows() for c in row if c.value}
    assert {"案件号*", "基本贸易单证", "委托追讨单证", "单证齐备日"} <= there


def test_nothing_of_a_file_in_which_no_row_is_right(bureau: Bureau) -> None:
    with pytest.raises(BadInput):
        bureau.load("claims", claim(保单号="SCH999999"))
