"""Services, warnings, finance and credit reports (服务、预警、融资、资信).

001 二（六）, 003 六, 十三, 十四; 004 六（二）, 六（三）, 七（一）1–2; domain §11, §12, §17.6.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from returns import TODAY, answer, sent
from workspaces import Bureau, firm, prepared, uscc

from xltools import ledger
from xltools.desk.book.contents import care as sheets
from xltools.desk.bureau.taking import Loaded
from xltools.desk.errors import Refusal
from xltools.desk.rules import alerts, financing, services
from xltools.desk.rules.clocks import listed, watched
from xltools.desk.rules.register import load_register
from xltools.desk.workspace import open_workspace
from xltools.desk.year import handed
from xltools.scheme.clocks import Clocks
from xltools.scheme.datafiles import text
from xltools.scheme.services import UNSET, Services

ON = date(2020, 6, 15)
Row = dict[str, Any]


def issued(made: Bureau) -> None:
    """1 to 4 insured, of which 4 from 20 January's entry on; 5 sent to the other insurer, 6 never sent."""
    sent(made)
    made.today = TODAY
    made.load("issued", answer(1, 不承保国别="意大利"), answer(2, **HALF), answer(3), answer(4))
    made.customs((1, 2018, "意大利", 4_000_000), (1, 2018, "美国", 1_000_000), (2, 2018, "意大利", 10), (3, 2018, "美国", 4_950_000),
                 (3, 2017, "意大利", 77), (3, 2018, "德国", 50_000), (5, 2018, "意大利", 5_000_000))  # fmt: skip
    made.sent_in([firm(6)])


HALF = {"实际保费(元)": "20700.69", "财政(元)": "10350.34", "企业(元)": "10350.35"}


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    made = prepared(tmp_path, issued)
    made.today = ON
    return made


def service(number: int | None = 1, **more: Any) -> Row:
    return {
        "日期": date(2020, 6, 10), "类别": "电话回访", "渠道": "电话", "企业": uscc(number) if number else None, "人员": "周敏",
    } | more  # fmt: skip


def loan(number: int = 1, **more: Any) -> Row:
    return {
        "银行": "中国银行", "借据号": f"JJ-{number}", "企业": uscc(number), "保单号": f"SCH{number:06d}", "产品": "苏贸贷", "渠道": "单一窗口",
        "放款额(元)": 1_000_000, "放款日": date(2020, 3, 2), "利率": "3.85%", "余额(元)": 400_000, "融资项下保险金额(美元)": 150_000,
    } | more  # fmt: skip


def allowed(number: int = 1, **more: Any) -> Row:
    return {"企业": uscc(number), "授权日期": date(2020, 2, 1)} | more


def report(number: int = 1, **more: Any) -> Row:
    return {
        "企业": uscc(number), "日期": date(2020, 3, 2), "种类": "海外买方资信", "买方": "ACME LLC", "类别": "统保额外",
    } | more  # fmt: skip


def claim(number: int, buyer: str) -> Row:
    return {
        "案件号": f"LP-{number}", "保单号": f"SCH{number:06d}", "企业": uscc(number), "保险人": "中国信保", "客户类型": "统保", "买方": buyer,
        "国别": "美国", "风险类型": "拖欠",
    }  # fmt: skip


def codes(found: Loaded) -> list[str]:
    """Of the rows that were left out."""
    return sorted(p.code for left in found.left for p in left.placed)


def warned(found: Loaded) -> str:
    return "\n".join(x for x in found.lines if x.startswith("提示"))


def looked(bureau: Bureau, what: Any) -> Any:
    workspace = bureau.workspace.on(bureau.today)
    with ledger.reading(workspace.ledger) as conn:
        return what(conn, load_register(conn, workspace, bureau.today))


# ── 服务 ──

SERVICES: list[tuple[str, Row, list[str], str]] = [
    ("004 七（一）2: a call to an insured firm", {}, [], ""),
    ("a call to a firm that is sent and not yet insured", service(5), [], ""),
    ("a call to a firm that is on the register alone", service(6), ["SERVICE_FIRM"], ""),
    ("a call to a firm that nobody knows", {"企业": "无名公司"}, ["SERVICE_FIRM"], ""),
    ("a call to nobody", {"企业": None}, ["SERVICE_FOR_NOBODY"], ""),
    ("004 三①: a briefing is for firms on the register as well", service(6, 类别="宣讲", 活动号="HD1"), [], ""),
    ("a briefing is for a firm that is none yet, by its code", service(50, 类别="宣讲", 活动号="HD1"), [], ""),
    ("a briefing is for no name that nobody knows", {"类别": "宣讲", "企业": "无名公司"}, ["SERVICE_FIRM"], ""),
    ("004 七（一）3: the briefing's own row", {"类别": "宣讲", "企业": None, "活动号": "HD1", "参加家数": 30}, [], ""),
    ("003 十三: answered before it was asked", {"提出时间": "2020-06-10 09:30", "答复时间": "2020-06-10 09:29"}, ["SERVICE_EARLY"], ""),
    ("003 十三: answered in the minute in which it was asked", {"提出时间": "2020-06-10 09:30", "答复时间": "2020-06-10 09:30"}, [], ""),
    ("003 十三: somebody came before it was asked", {"提出时间": "2020-06-10 09:30", "上门时间": "2020-06-09 12:00"}, ["SERVICE_EARLY"], ""),
    ("tomorrow's call", {"日期": date(2020, 6, 16)}, ["SERVICE_LATER"], ""),
    ("today's call", {"日期": ON}, [], ""),
    ("a complaint of which nobody says when", {"类别": "投诉"}, [], "投诉 没有写提出时间"),
    ("a complaint with its time", {"类别": "投诉", "提出时间": "2020-06-10 09:30"}, [], ""),
    ("a kind that is in no list", {"类别": "聚餐"}, ["CHOICE"], ""),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "expected", "said"), [c[1:] for c in SERVICES], ids=[c[0] for c in SERVICES])
def test_a_service(bureau: Bureau, cells: Row, expected: list[str], said: str) -> None:
    found = bureau.load(
        "services", service(3), service(**{"渠道": "电话"} | cells)
    )  # the other row is taken all the same
    assert (codes(found), said in warned(found), bool(warned(found))) == (expected, True, bool(said))
    there = bureau.tables()["services"]
    assert len(there) == (1 if expected else 2)
    assert uscc(3) in {r["firm"] for r in there}
    left = [r["row"] for r in bureau.tables()["left_out"]]
    assert left == ([3] if expected else [])


def test_the_cell_that_is_wrong_is_named(bureau: Bureau) -> None:
    (left,) = bureau.load("services", service(3), service(6)).left
    assert [(p.code, p.cell) for p in left.placed] == [("SERVICE_FIRM", "D3")]


def had(bureau: Bureau) -> services.Served:
    w = bureau.workspace
    rules, words = w.data("clocks", Clocks), w.data("services", Services)
    return looked(bureau, lambda conn, register: services.served(conn, register, rules, words, bureau.today))


def test_what_each_firm_is_still_owed_by_quarter(bureau: Bureau) -> None:
    """004 七（一）2 and reading 39: policies were entered on 8 January, so the first quarter is nobody's."""
    bureau.load(
        "services", service(1), service(1, 人员="吴强"), service(1, 日期=date(2020, 1, 10)), service(2, 日期=date(2020, 5, 31)),
        service(3, 日期=date(2020, 6, 1)), service(3, 类别="宣讲"), service(None, 类别="宣讲", 活动号="HD1"),
    )  # fmt: skip
    found = had(bureau)
    assert [f.uscc for f in found.firms] == [uscc(n) for n in (1, 2, 3, 4)]
    assert found.calls.tolist() == [[0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert found.calls_owed.tolist() == [[0, 0, 1, 0], [0, 1, 0, 1], [0, 1, 1, 0], [0, 1, 1, 1]]
    assert found.events.tolist() == [0, 0, 1, 0]
    shown = sheets.progress(bureau.workspace.scheme, found).to_pylist()
    assert (shown[1]["还欠"], shown[1]["欠回访"]) == ("回访 2019-12至2020-02；回访 2020-06至2020-08", 2)
    assert [r["最近一次"] for r in shown] == [date(2020, 6, 10), date(2020, 5, 31), date(2020, 6, 10), None]


def test_visits_are_owed_to_firms_that_depend_on_a_key_country(bureau: Bureau) -> None:
    """004 七（一）1: 99 % of firm 3's exports went to the United States, 20 % of firm 1's."""
    assert had(bureau).visits_owed.tolist() == [0, 0, 1, 0]
    bureau.load("services", service(3, 类别="拜访", 渠道="上门"))
    assert had(bureau).visits_owed.tolist() == [0, 0, 0, 0]


def clock(bureau: Bureau, kind: str) -> list[tuple[str, str, str]]:
    def rows(conn: Any, register: Any) -> Any:
        return listed(watched(conn, bureau.workspace, register, bureau.today), every=True)

    return [(d.uscc, f"{d.end}", d.state) for d in looked(bureau, rows) if d.kind == kind]


def test_the_clocks_list_what_is_owed_and_by_when(bureau: Bureau) -> None:
    bureau.load("services", service(1), service(2), service(4))
    assert clock(bureau, "电话回访") == [(uscc(3), "2020-08-31", "进行中")]
    assert clock(bureau, "上门拜访") == [(uscc(3), "2020-08-31", "进行中")]
    bureau.today = date(2020, 8, 25)
    assert clock(bureau, "电话回访") == [(uscc(3), "2020-08-31", "快到期")]


def test_what_nobody_has_answered_is_on_the_list_and_who_came_has_answered(bureau: Bureau) -> None:
    """003 十三: two clocks; the second only where somebody is to come."""
    at = {"类别": "诉求", "提出时间": "2020-06-13 09:00", "日期": date(2020, 6, 13)}
    bureau.load(
        "services", service(1, **at, 渠道="热线"), service(2, **at, 渠道="上门"), service(3, **at, 上门时间="2020-06-14 08:00", 渠道="上门"),
        service(4, **at, 渠道="上门", 答复时间="2020-06-13 10:00"),
    )  # fmt: skip
    assert clock(bureau, "答复") == [(uscc(n), "2020-06-14", "已逾期") for n in (1, 2)]
    assert clock(bureau, "上门") == [(uscc(n), "2020-06-14", "已逾期") for n in (2, 4)]


def test_an_office_adds_to_the_vocabularies(bureau: Bureau) -> None:
    assert codes(bureau.load("services", service(2), service(3, 渠道="政企直通车"))) == ["CHOICE"]
    own = text("services").replace('channel = ["上门"', 'channel = ["政企直通车", "上门"')
    (bureau.root / "服务.toml").write_text(own, "utf-8")
    with (bureau.root / "xltools.toml").open("a", encoding="utf-8") as config:
        config.write('services = "服务.toml"\n')
    bureau.__dict__.pop("workspace", None)
    assert codes(bureau.load("services", service(1, 渠道="政企直通车"))) == []
    bureau.workspace.root.joinpath("服务.toml").write_text(own.replace('"海外买方资信", ', ""), "utf-8")
    with pytest.raises(Refusal, match="海外买方资信"):
        open_workspace(bureau.root)


# ── 预警 ──


def alert(no: str = "YJ-1", **more: Any) -> Row:
    return {"预警号": no, "日期": date(2020, 3, 12), "级别": "高", "国别": "意大利", "内容": "停工"} | more


ALERTS: list[tuple[str, Row, list[str]]] = [
    ("003 四: on a country", {}, []),
    ("on a buyer alone", {"国别": None, "买方": "ACME LLC"}, []),
    ("on neither", {"国别": None}, ["ALERT_NOWHERE"]),
    ("on other countries", {"国别": "亚洲其他国家(地区)"}, ["ALERT_NOWHERE"]),
    ("on no country that there is", {"国别": "火星"}, ["COUNTRY"]),
]


@pytest.mark.parametrize(("cells", "expected"), [c[1:] for c in ALERTS], ids=[c[0] for c in ALERTS])
def test_an_alert(bureau: Bureau, cells: Row, expected: list[str]) -> None:
    found = bureau.load("alerts", alert("YJ-0"), alert(**cells))
    assert codes(found) == expected
    assert {p.cell for left in found.left for p in left.placed} == ({"D3"} if expected else set())
    assert len(bureau.tables()["alerts"]) == 2 - bool(expected)


def test_an_alert_names_the_insured_firms_that_export_there(bureau: Bureau) -> None:
    """Firm 3 exported there the year before only, firm 5 is not insured yet."""
    bureau.load("alerts", alert(), alert("YJ-2", 国别="法国"), alert("YJ-3", 国别="德国"))
    found = looked(bureau, alerts.affected)
    rows = {(r.alert["no"], r.firm.uscc): (r.cents, r.grounds, r.excluded) for r in found.rows}
    assert rows == {
        ("YJ-1", uscc(1)): (400_000_000, "海关出口", True),  # its policy does not cover Italy
        ("YJ-1", uscc(2)): (1_000, "海关出口", False),
        ("YJ-3", uscc(3)): (5_000_000, "海关出口", False),
    }


def test_a_buyer_is_found_by_its_name_on_limits_and_claims(bureau: Bureau) -> None:
    """004 六（一）: upgrade cover knows buyers; platform cover does not, so whoever exports there may have that one."""
    bureau.load(
        "upgrade",
        {
            "升级保单号": "UP-1",
            "企业": uscc(4),
            "保险人": "中国信保",
            "录入日期": date(2020, 2, 1),
            "升级保单保费(元)": 20_000,
        },
    )
    bureau.load("buyer_limits", {"升级保单号": "UP-1", "买方": "Acme, L.L.C.", "国别": "墨西哥", "申请限额(美元)": 1})
    bureau.load("claims", claim(3, "ACME LLC"))
    bureau.load(
        "alerts",
        alert(国别="美国", 买方="ＡＣＭＥ LLC"),
        alert("YJ-2", 国别=None, 买方="acme llc"),
        alert("YJ-3", 国别="墨西哥"),
    )
    rows = {(r.alert["no"], r.firm.uscc): r.grounds for r in looked(bureau, alerts.affected).rows}
    assert rows == {
        ("YJ-1", uscc(1)): "出口该国，买方待核", ("YJ-1", uscc(3)): "理赔案件", ("YJ-1", uscc(4)): "买方限额",
        ("YJ-2", uscc(3)): "理赔案件", ("YJ-2", uscc(4)): "买方限额", ("YJ-3", uscc(4)): "买方限额",
    }  # fmt: skip


def test_who_was_told_when_and_the_list_that_goes_out_comes_back(bureau: Bureau) -> None:
    bureau.load("alerts", alert())
    told = bureau.press("alerts")
    (path,) = told.files
    book = openpyxl.load_workbook(path)
    rows = list(book["预警告知"].values)
    place = {h: k for k, h in enumerate(rows[0])}
    assert [r[place["企业"]] for r in rows[1:]] == [uscc(1), uscc(2)]
    assert rows[1][place["承保提示"]] == "保单不承保该国"
    bureau.load(
        "alerted",
        {h: rows[1][k] for h, k in place.items()} | {"告知日期": date(2020, 3, 13), "方式": "短信", "告知人": "周敏"},
    )
    found = looked(bureau, alerts.affected)
    assert [(r.firm.uscc, r.state) for r in found.rows] == [(uscc(2), "未告知"), (uscc(1), "已告知")]
    assert found.rows[1].told == (date(2020, 3, 13), "短信", "周敏")
    shown = sheets.affected(bureau.workspace.scheme, found.rows).to_pylist()
    assert (shown[0]["国别"], shown[0]["对该国出口额(美元)"]) == ("意大利", Decimal("10.00"))
    assert [
        r[place["企业"]] for r in list(openpyxl.load_workbook(bureau.press("alerts").files[0])["预警告知"].values)[1:]
    ] == [uscc(2)]


@pytest.mark.parametrize(("day", "expected"), [(11, ["ALERTED_EARLY"]), (12, [])])
def test_nobody_is_told_before_there_is_an_alert(bureau: Bureau, day: int, expected: list[str]) -> None:
    bureau.load("alerts", alert())
    rows = [
        {"预警号": "YJ-1", "企业": uscc(n), "告知日期": date(2020, 3, d), "方式": "短信"}
        for n, d in ((1, 20), (2, day))
    ]
    assert codes(bureau.load("alerted", *rows)) == expected


# ── 融资 ──

LOANS: list[tuple[str, Row, list[str], str]] = [
    ("domain §12: to a firm with an authorisation", {}, [], ""),
    ("to a firm without one", {"企业": uscc(2), "保单号": "SCH000002"}, ["LOAN_UNAUTHORISED"], ""),
    ("to a firm that nobody knows", {"企业": "无名", "保单号": None}, ["LOAN_UNAUTHORISED"], ""),
    ("a day before it was given", {"放款日": date(2020, 1, 31)}, ["LOAN_UNAUTHORISED"], ""),
    ("on the day on which it was given", {"放款日": date(2020, 2, 1)}, [], ""),
    ("after it had run out", {"放款日": date(2020, 5, 1), "企业": uscc(3), "保单号": "SCH000003"}, ["LOAN_UNAUTHORISED"], ""),
    ("on its last day", {"放款日": date(2020, 4, 30), "企业": uscc(3), "保单号": "SCH000003"}, [], ""),
    ("with more left than was lent", {"余额(元)": "1000000.01"}, ["LOAN_BALANCE"], ""),
    ("with all of it left", {"余额(元)": 1_000_000}, [], ""),
    ("on a policy of another firm", {"保单号": "SCH000002"}, ["LOAN_POLICY"], ""),
    ("on a policy that nobody knows", {"保单号": "XX"}, ["LOAN_POLICY"], ""),
    ("without a policy's number", {"保单号": None}, [], ""),
    ("tomorrow", {"放款日": date(2020, 6, 16)}, ["LOAN_LATER"], ""),
    ("of a product that there is not", {"产品": "高利贷"}, ["CHOICE"], ""),
]  # fmt: skip


@pytest.fixture
def lending(bureau: Bureau) -> Bureau:
    bureau.load(
        "authorisations", allowed(1), allowed(3, 有效期至=date(2020, 4, 30)), allowed(4, 授权日期=date(2019, 8, 1))
    )
    return bureau


@pytest.mark.parametrize(("cells", "expected", "said"), [c[1:] for c in LOANS], ids=[c[0] for c in LOANS])
def test_a_banks_return(lending: Bureau, cells: Row, expected: list[str], said: str) -> None:
    found = lending.load("financing", loan(借据号="JJ-0"), loan(**cells))
    assert (codes(found), warned(found)) == (expected, said)
    assert {r["loan_no"] for r in lending.tables()["financing"]} == {"JJ-0"} | (set() if expected else {"JJ-1"})


@pytest.mark.parametrize(("day", "outside"), [("2019-08-31", True), ("2019-09-01", False)])
def test_a_loan_outside_the_policys_term_is_told_and_taken(lending: Bureau, day: str, outside: bool) -> None:
    found = lending.load("financing", loan(4, 放款日=date.fromisoformat(day)))
    assert ("不在保险期间内（2019-09-01 至 2020-08-31）" in warned(found)) == outside
    assert len(lending.tables()["financing"]) == 1


def test_a_later_return_leaves_what_it_does_not_say(lending: Bureau) -> None:
    lending.load("financing", loan())
    assert (
        codes(
            lending.load("financing", loan(4), {"银行": "中国银行", "借据号": "JJ-1", "企业": uscc(1), "余额(元)": 0})
        )
        == []
    )
    assert [r["balance_fen"] for r in lending.tables()["financing"] if r["loan_no"] == "JJ-1"] == [0]
    again = {"银行": "中国银行", "借据号": "JJ-1", "企业": uscc(1), "余额(元)": 2_000_000}
    assert codes(lending.load("financing", loan(4), again)) == ["LOAN_BALANCE"]  # against the loan of the first return


def test_both_measures_by_bank_product_channel_and_area(lending: Bureau) -> None:
    """Domain §17.6: loans, and the insured amount behind them; a credit line counts once; the average against Fractions."""
    rows = [
        loan(1, **{"授信额度(元)": 3_000_000, "再贷款": "是"}),
        loan(
            1,
            借据号="JJ-9",
            **{"授信额度(元)": 3_000_000, "放款额(元)": "333333.33", "利率": "4%", "余额(元)": "0.01", "逾期": "是"},
        ),
        loan(4, 银行="江苏银行", 产品=None, 利率=None, **{"放款额(元)": 700_000, "融资项下保险金额(美元)": None}),
    ]
    lending.load("financing", *rows)
    found = looked(lending, financing.totals)
    whole = found[0]
    assert (whole.firms, whole.loans, whole.credit, whole.lent, whole.balance) == (
        2,
        3,
        300_000_000,
        203_333_333,
        80_000_001,
    )
    assert (whole.insured, whole.relent, whole.overdue, whole.overdue_balance) == (30_000_000, 100_000_000, 1, 1)
    mean = (Fraction("0.0385") * 100_000_000 + Fraction("0.04") * 33_333_333) / 133_333_333
    assert abs(Fraction(whole.rate or 0) - mean) <= Fraction(1, 2 * 10**8)
    assert {(t.by, t.name): t.loans for t in found[1:]} == {
        ("银行", "中国银行"): 2, ("银行", "江苏银行"): 1, ("产品", "苏贸贷"): 2, ("产品", "未写明"): 1, ("渠道", "单一窗口"): 3,
        ("所属区", "崇川区"): 3,
    }  # fmt: skip
    for by in financing.BY:
        assert sum(t.lent for t in found if t.by == by) == whole.lent
    assert sheets.financed(lending.workspace.scheme, found)["融资项下保险金额(美元)"][0].as_py() == Decimal("300000.00")


def test_the_white_list_has_only_firms_with_an_authorisation_and_a_policy_in_force(lending: Bureau) -> None:
    """001 二（六）, domain §12."""
    found = looked(lending, lambda conn, register: financing.white_list(conn, register, ON))
    assert ([r.firm.uscc for r in found.rows], found.unauthorised, found.out_of_force) == ([uscc(1), uscc(4)], 2, 0)
    early = looked(lending, lambda conn, register: financing.white_list(conn, register, date(2020, 4, 30)))
    assert [r.firm.uscc for r in early.rows] == [uscc(1), uscc(3), uscc(4)]
    for day, rows in ((date(2020, 8, 31), 2), (date(2020, 9, 1), 0)):
        assert len(looked(lending, lambda c, r, d=day: financing.white_list(c, r, d)).rows) == rows


def test_the_white_list_goes_out_a_file_a_bank(lending: Bureau) -> None:
    (path,) = lending.press("whitelist").files
    assert path.name == "南通市2019年度中小出口企业市级统保平台_融资白名单_20200615.xlsx"
    lending.load("financing", loan(), loan(4, 银行="江苏银行"))
    paths = lending.press("whitelist").files
    assert ["中国银行" in paths[0].name, "江苏银行" in paths[1].name] == [True, True]
    rows = list(openpyxl.load_workbook(paths[0])["融资白名单"].values)
    row = dict(zip(rows[0], rows[1], strict=True))
    assert (row["统一社会信用代码"], row["保单号"], row["最高赔偿限额(美元)"], row["升级保单"]) == (
        uscc(1),
        "SCH000001",
        100_000,
        "否",
    )
    assert (row["联系人"], row["手机"], f"{row['授权日期']:%Y-%m-%d}") == ("张三", "13800000001", "2020-02-01")


def test_without_anybody_there_is_no_list(bureau: Bureau) -> None:
    told = bureau.press("whitelist")
    assert (told.files, told.idle, told.data["unauthorised"]) == ([], True, 4)


# ── 资信 ──

REPORTS: list[tuple[str, Row, list[str], str]] = [
    ("003 六: an extra report for an enrolled firm", {}, [], ""),
    ("an extra report for a firm that is not enrolled", {"企业": uscc(6)}, ["CREDIT_FIRM"], ""),
    ("003 六: a basic report for a firm that is not enrolled", {"企业": uscc(6), "类别": "基础"}, [], ""),
    ("003 六: a basic report for a firm outside the register, by its code", {"企业": uscc(50), "类别": "基础"}, [], ""),
    ("a basic report for a name that nobody knows", {"企业": "无名", "类别": "基础"}, ["CREDIT_STRANGER"], ""),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "expected", "said"), [c[1:] for c in REPORTS], ids=[c[0] for c in REPORTS])
def test_a_credit_report(bureau: Bureau, cells: Row, expected: list[str], said: str) -> None:
    found = bureau.load("credit_reports", report(3), report(**cells))
    assert (codes(found), warned(found)) == (expected, said)
    assert len(bureau.tables()["credit_reports"]) == 2 - bool(expected)


@pytest.mark.parametrize(("dollars", "above"), [("20000000.00", False), ("20000000.01", True)])
def test_basic_reports_are_for_firms_up_to_twenty_million_inclusive(bureau: Bureau, dollars: str, above: bool) -> None:
    """003 六: 年出口额 2000 万美元以下; 以下 includes the number."""
    bureau.customs((3, 2018, "美国", dollars))
    found = bureau.load("credit_reports", report(3, 类别="基础"))
    assert ("超过基础资信报告的上限" in warned(found)) == above
    assert len(bureau.tables()["credit_reports"]) == 1


def used(bureau: Bureau) -> list[Row]:
    words = bureau.workspace.data("services", Services)
    rows = looked(bureau, lambda conn, register: financing.reports(conn, register, words, bureau.today))
    return sheets.credit(bureau.workspace.scheme, rows, words).to_pylist()


def several(bureau: Bureau) -> Loaded:
    return bureau.load(
        "credit_reports", *(report(买方=f"B{n}") for n in range(3)), report(3), report(3, 类别="基础", 种类="国别风险")
    )


def test_without_a_quota_nobody_says_what_is_left(bureau: Bureau) -> None:
    assert warned(several(bureau)) == ""
    first, *_, third, fourth = used(bureau)
    assert (first["额外已用"], first["统保额外"], first["额外还剩"]) == (3, UNSET, UNSET)
    assert (third["额外已用"], third["基础已用"], fourth["额外已用"]) == (1, 1, 0)


def test_with_a_quota_what_is_left_is_counted_and_what_is_above_it_told(bureau: Bureau) -> None:
    own = text("services") + 'quota = { value = 2, unit = "份/家/保险年度", clause = "市局规定" }\n'
    (bureau.root / "服务.toml").write_text(own, "utf-8")
    with (bureau.root / "xltools.toml").open("a", encoding="utf-8") as config:
        config.write('services = "服务.toml"\n')
    bureau.__dict__.pop("workspace", None)
    assert warned(several(bureau)).count("超过份数：每家 2 份/家/保险年度，这是第 3 份") == 1
    assert [r["额外还剩"] for r in used(bureau)] == ["0", "2", "1", "2"]
    assert len(bureau.tables()["credit_reports"]) == 5  # taken all the same


def test_a_report_is_booked_once(bureau: Bureau) -> None:
    several(bureau)
    assert several(bureau).left == []
    assert len(bureau.tables()["credit_reports"]) == 5


def test_the_totals_are_shown_in_ten_thousands(lending: Bureau) -> None:
    lending.load("financing", loan())
    row = handed.shown(handed.financed(lending.workspace, today=ON))[0]
    assert (row["放款(万元)"], row["余额(万元)"], row["融资项下保险金额(万美元)"], row["平均利率"]) == (
        "100.00",
        "40.00",
        "15.00",
        "3.85%",
    )
