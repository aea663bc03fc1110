"""Amendments within the year in a workspace: the day decides, what was sent stays, money moves by the fund alone.

A plan A firm of 5,000,000 USD takes 10,500.00 yuan of fiscal money at 0.03 % and 7.00, and 14,000.00 at 0.04 %.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_origin

import openpyxl
import pytest
from pydantic import BaseModel
from python_calamine import CalamineWorkbook
from rosters import clean_row, write_xlsx
from workspaces import Bureau, bureau_in, cli, expect_unchanged, firm, firms, uscc

from xltools.desk.book import workbook as book
from xltools.desk.book.contents.differences import OTHERS, differences
from xltools.desk.book.contents.scheme import WORDS
from xltools.desk.errors import Refusal
from xltools.desk.rules.amended import AmendmentRefused
from xltools.desk.rules.assess import assess
from xltools.desk.workspace import open_workspace
from xltools.ledger import reading, schemetexts
from xltools.scheme import Scheme, load, parse, source
from xltools.scheme.canonical import canonical
from xltools.scheme.countries import groups
from xltools.scheme.model import Figure
from xltools.scheme.reading import model_in
from xltools.scheme.texts import digest

pytestmark = pytest.mark.filterwarnings("ignore:Print area cannot be set")
DOC = "通商发〔2020〕12号"
FILE = "nantong-2019.变更.toml"
BEFORE, SINCE, AFTER = date(2020, 1, 9), date(2020, 1, 10), date(2020, 1, 20)
SENT = date(2019, 12, 31)
RATE_A = "change.plans.A.rate = 0.0004"
MORE = "change.total = 6000000\nchange.insurers.sinosure.pool = 5500000"
LESS = "change.total = 4000000\nchange.insurers.sinosure.pool = 3500000"
MOVED = "change.insurers.sinosure.pool = 4400000\nchange.insurers.picc.pool = 600000"


def amendment(body: str, since: object = SINCE, document: str = DOC) -> str:
    return f'[[amendment]]\nsince = {since}\ndocument = "{document}"\n{body}\n\n'


def amend(bureau: Bureau, *amendments: str, today: date = SINCE) -> Bureau:
    """The bureau on that day, with this change file beside its configuration."""
    (bureau.root / FILE).write_text("".join(amendments), "utf-8")
    return Bureau(bureau.root, today, counter=200 + bureau.counter)


@pytest.fixture
def office(tmp_path: Path) -> Bureau:
    """Firm 1 was sent on 31 December; firm 2, 35,000,000 USD (above the bands), firm 3 and firm 4 are agreed."""
    bureau = bureau_in(tmp_path)
    bureau.drop(firms(1))
    bureau.collect()
    bureau.agree(1)
    bureau.submit()
    bureau.clear()
    bureau.drop([firm(2, exports=35_000_000), firm(3), firm(4, area="港闸区")], "二.xlsx")
    bureau.collect()
    bureau.agree(2, 3, 4)
    return bureau


# ── the day decides ──

Day = tuple[date, object]
DAYS: list[tuple[str, str, int, str, Day, Day]] = [
    ("a band that ends later lets a firm in (二（一）)", "change.bands.upper.max = 40000000", 2, "资格",
     (BEFORE, "不在出口额区间"), (SINCE, "符合条件")),
    ("a plan's rate (四（二）)", RATE_A, 3, "费率", (BEFORE, Decimal("0.0003")), (SINCE, Decimal("0.0004"))),
    ("its money with it", RATE_A, 3, "财政扶持(元)", (BEFORE, Decimal("10500.00")), (SINCE, Decimal("14000.00"))),
    ("a plan's limit", "change.plans.A.limit = 150000", 3, "最高赔偿限额(美元)",
     (BEFORE, Decimal("100000.00")), (SINCE, Decimal("150000.00"))),
    ("what was sent keeps its rate", RATE_A, 1, "费率", (BEFORE, Decimal("0.0003")), (AFTER, Decimal("0.0003"))),
    ("an area that falls away (二（一）)", 'remove = ["areas.港闸区"]', 4, "资格",
     (BEFORE, "符合条件"), (SINCE, "不在平台区域")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "number", "column", "before", "after"), [d[1:] for d in DAYS], ids=[d[0] for d in DAYS]
)
def test_the_day_decides(office: Bureau, body: str, number: int, column: str, before: Day, after: Day) -> None:
    for day, wanted in (before, after):
        assert amend(office, amendment(body), today=day).outcome(number)[column] == wanted


def test_a_firm_of_a_new_area_is_taken_from_its_day_on(office: Bureau) -> None:
    new = amendment('remove = ["outside.海门区"]\n[[amendment.add.areas]]\nname = "海门区"')
    for day, errors in ((BEFORE, 1), (SINCE, 0)):
        bureau = amend(office, new, today=day)
        bureau.workspace = bureau.workspace.on(day)
        assert bureau.sent_in([firm(9, area="海门区")], "崇川区", round=2 if day == SINCE else 1).errors == errors
    assert amend(office, new, today=SINCE).outcome(9)["资格"] == "待审核"


def test_a_wish_for_a_plan_that_was_dropped_is_never_switched(tmp_path: Path) -> None:
    b = {"wish": "B", "copay": "是"}
    bureau = bureau_in(tmp_path)
    bureau.drop([firm(1, **b), firm(2, **b), firm(3)])
    bureau.collect()
    bureau.agree(1)
    bureau.submit()
    bureau.agree(2, 3)
    after = amend(bureau, amendment('remove = ["plans.B"]'))
    assert [after.outcome(n)["方案"] for n in (1, 2, 3)] == ["B", None, "A"]
    assert (after.outcome(2)["资格"], after.outcome(2)["说明代码"]) == ("待补正", "PLAN_UNAVAILABLE")
    assert "方案 B" not in after.cli("explain", uscc(2)).out.split("优先条件")[0].split("方案 A")[1]
    told = after.cli("status", "--json").json["plans"]
    assert [(p["方案"], p["已报送"], p["财政扶持(分)"]) for p in told if p["已报送"]] == [("B", 1, 1_750_000)]
    assert after.verify().wrong == []
    assert "不含方案已停办的 1 家" in after.cli("budget", "--from-ledger").out
    assert book.contents(after.workspace, now=after.now, today=after.today).tables["报送"].num_rows == 1


TERMS: list[tuple[str, str, bool]] = [
    ("money and areas leave the formulas", MORE + '\n[[amendment.add.areas]]\nname = "海门区"', True),
    ("a new plan leaves them", '[[amendment.add.plans]]\nid = "E"\ntitle = "E"\nband = "lower"\nclause = "三"\n'
     'rate = { value = 0.0005, unit = "x", clause = "三" }\nfiscal_share = { value = 1, unit = "x", clause = "三" }', True),
    ("another title of a plan leaves them", 'change.plans.A.title = "方案甲"', True),
    ("another rate: sent rows have the old one", RATE_A, False),
    ("another minimum", "change.plans.D.minimum_premium = 120", False),
    ("a minimum less", 'remove = ["plans.D.minimum_premium"]', False),
    ("another share", "change.plans.B.fiscal_share = 0.6", False),
    ("a plan less", 'remove = ["plans.B"]', False),
    ("a band that ends elsewhere", "change.bands.upper.max = 20000000", False),
]  # fmt: skip


@pytest.mark.parametrize(("body", "live"), [t[1:] for t in TERMS], ids=[t[0] for t in TERMS])
def test_the_workbook_calculates_only_what_holds_for_every_row(office: Bureau, body: str, live: bool) -> None:
    """A row sent at another rate must not change its amount because 方案表 shows the new one."""
    after = amend(office, amendment(body))
    said = book.formulas(after.workspace.on(SINCE).scheme)
    assert bool(said["rate"] and said["gross"] and said["fiscal"]) is live
    shown = book.contents(after.workspace, now=after.now, today=SINCE).tables["测算"].to_pylist()
    row = next(r for r in shown if r["统一社会信用代码"] == uscc(1))
    assert (row["财政扶持(元)"], row["费率"]) == (Decimal("10500.00"), Decimal("0.0003"))
    assert (row["保费整数"] is not None) is live


# ── what was sent stays as sent ──


def test_each_batch_is_proved_by_the_text_of_its_day(office: Bureau) -> None:
    after = amend(office, amendment(RATE_A))
    (second,) = after.submit()
    assert (second.number, second.rows, second.fiscal_fen) == (2, 2, 2_800_000)
    kept = after.tables()["batches"]
    texts = {b["no"]: b["scheme_sha256"] for b in kept}
    amended = after.workspace.year.on(SINCE).text
    assert texts == {1: digest(source("nantong-2019")), 2: digest(amended)}
    with reading(after.workspace.ledger) as conn:
        assert schemetexts.text_of(conn, texts[2]) == amended, "the ledger has it, whatever becomes of the file"
    for day in (SINCE, AFTER):
        assert Bureau(after.root, day).verify().wrong == []
    assert Bureau(after.root, AFTER).outcome(1)["财政扶持(元)"] == Decimal("10500.00")
    assert Bureau(after.root, AFTER).outcome(3)["财政扶持(元)"] == Decimal("14000.00")


def test_the_change_is_journalled_with_its_keys_and_its_document(office: Bureau) -> None:
    after = amend(office, amendment(RATE_A) + amendment("change.fx.budget = 7.1", AFTER, "通商发〔2020〕15号"))
    note = next(n for n in assess(after.workspace, today=SINCE).notes if n.code == "SCHEME_CHANGED")
    assert "plans.A.rate.value" in note.sentence
    assert f"自 {SINCE} 起，依据 {DOC}" in note.sentence
    after.submit()
    later = Bureau(after.root, AFTER, counter=300)
    later.agree(3)
    told = [(e["detail"]["changed"], e["why"]) for e in later.journal() if e["verb"] == "scheme"]
    assert told == [
        (["plans.A.rate.clause", "plans.A.rate.value"], DOC),
        (["fx.budget.clause", "fx.budget.note", "fx.budget.value"], "通商发〔2020〕15号"),
    ]
    assert "SCHEME_CHANGED" not in [n.code for n in assess(later.workspace, today=AFTER).notes]
    assert any(
        DOC in str(row)
        for row in book.contents(later.workspace, now=later.now, today=AFTER).tables["日志表"].to_pylist()
    )


def test_sheets_story_and_parameters_say_which_text_holds_since_when(office: Bureau) -> None:
    since = f"自 {SINCE} 起，依据 {DOC}"
    after = amend(office, amendment(RATE_A))
    assert "方案文本" not in Bureau(office.root, BEFORE).cli("explain", uscc(3)).out
    after.submit()
    summaries = [
        [str(v) for row in CalamineWorkbook.from_path(p).get_sheet_by_name("汇总").to_python() for v in row]
        for p in sorted((after.root / "报送").iterdir())
    ]
    assert [f"方案文本{since}" in cells for cells in summaries] == [False, True]
    assert f"报送时的方案文本为原文，未经变更；现在的{since}，不改已报送的" in after.cli("explain", uscc(1)).out
    assert f"报送时的方案文本{since}\n" in after.cli("explain", uscc(3)).out
    assert f"方案文本{since}" in after.cli("explain", uscc(2)).out
    for day, first in ((BEFORE, ("基年", "2018", "二（一）")), (SINCE, ("方案文本", f"自 {SINCE} 起", DOC))):
        shown = book.contents(after.workspace, now=after.now, today=day).tables["参数表"].to_pylist()[0]
        assert (shown["参数"], shown["值"], shown["条款"]) == first


# ── amendments that contradict what was sent ──

Clashed = tuple[str, str, list[str], str]
THERE = amendment(RATE_A, "2019-12-20")
CLASHES: list[Clashed] = [
    ("dated before a batch under the old text", "", [THERE], "AMENDMENT_BEFORE_BATCH"),
    ("dated to the very day of a batch under the old text", "", [amendment(RATE_A, SENT)], "AMENDMENT_BEFORE_BATCH"),
    ("a second one dated before the batch", THERE, [THERE, amendment("change.fx.budget = 7.1", SENT, "x")],
     "AMENDMENT_BEFORE_BATCH"),
    ("changed after a batch was sent by it", THERE, [amendment(RATE_A.replace("4", "5"), "2019-12-20")],
     "AMENDMENT_CHANGED"),
    ("dated later after a batch was sent by it", THERE, [amendment(RATE_A, AFTER)], "AMENDMENT_GONE"),
    ("taken away after a batch was sent by it", THERE, [], "AMENDMENT_GONE"),
]  # fmt: skip


@pytest.mark.parametrize(("then", "now", "code"), [c[1:] for c in CLASHES], ids=[c[0] for c in CLASHES])
def test_an_amendment_that_contradicts_a_batch_is_refused(tmp_path: Path, then: str, now: list[str], code: str) -> None:
    bureau = bureau_in(tmp_path)
    bureau.drop(firms(1))
    bureau.collect()
    bureau.agree(1)
    if then:
        bureau = amend(bureau, then, today=SENT)
    bureau.submit()
    assert bureau.verify().wrong == []
    after = amend(bureau, *now, today=AFTER)
    if not now:
        (after.root / FILE).unlink()
    with expect_unchanged(after):
        for verb in ("assess", "submit", "status", "explain"):
            ran = after.cli(verb, *([uscc(1)] if verb == "explain" else []), "--json")
            assert ran.code == 2, verb
            (told,) = ran.json["problems"]
            assert (told["code"], told["batch"], told["day"]) == (code, "中国信保第01批", str(SENT)), verb
            assert "中国信保第01批" in ran.json["error"]
        wrong = after.cli("verify", "--json")
    assert wrong.code == 1
    assert [w for w in wrong.json["wrong"] if "中国信保第01批" in w] == wrong.json["wrong"]
    assert (wrong.json["sheets"], wrong.json["amounts"]) == (1, 1), "the rest is verified all the same"


def test_an_amendment_after_the_last_batch_is_none(office: Bureau) -> None:
    assert amend(office, amendment(RATE_A, "2020-01-01"), today=AFTER).outcome(3)["费率"] == Decimal("0.0004")


def test_a_note_put_right_contradicts_nothing(office: Bureau) -> None:
    after = amend(office, amendment(RATE_A))
    after.submit()
    again = amend(after, amendment('note = "扩容"\n' + RATE_A), today=AFTER)
    assert again.verify().wrong == []
    assert again.outcome(3)["费率"] == Decimal("0.0004")


def test_what_to_do_names_the_first_day_that_is_free(office: Bureau) -> None:
    with pytest.raises(AmendmentRefused, match="把 since 改为 2020-01-01 或以后"):
        amend(office, amendment(RATE_A, "2019-11-01")).register()


# ── money: an amendment moves none, the fund does ──

Entry = tuple[str, str, str, int, str]
ADDED: Entry = ("追加", "", "中国信保", 1_000_000, DOC)
FUNDS: list[tuple[str, str, list[Entry], tuple[int, int, int], list[str]]] = [
    ("amended and not entered: nothing more to spend, and the entry is named", MORE, [], (450, 50, 500),
     [DOC, "追加 中国信保 1,000,000.00 元", "中国信保应变动 1,000,000.00 元、已记 0.00 元"]),
    ("amended and entered: the money is there once", MORE, [ADDED], (550, 50, 600), []),
    ("the number in other brackets and blanks is the same", MORE, [(*ADDED[:4], "通商发 [2020] 12号")], (550, 50, 600), []),
    ("entered by another number: it may have been meant, and is asked for", MORE, [(*ADDED[:4], "财预1号")], (550, 50, 600),
     ["已记 0.00 元"]),
    ("entered in two parts", MORE, [("追加", "", "中国信保", n, DOC) for n in (400_000, 600_000)], (550, 50, 600), []),
    ("entered too much: what is to be taken back is named", MORE, [ADDED, ("追加", "", "中国信保", 200_000, DOC)],
     (570, 50, 620), ["收回 中国信保 200,000.00 元"]),
    ("entered for the other insurer", MORE, [("追加", "", "人保财险", 1_000_000, DOC)], (450, 150, 600),
     ["调剂 人保财险 → 中国信保 1,000,000.00 元"]),
    ("entered and not amended: the fund alone, as ever", "change.fx.budget = 7.1", [ADDED], (550, 50, 600), []),
    ("moved between pools and not entered", MOVED, [], (450, 50, 500), ["调剂 中国信保 → 人保财险 100,000.00 元"]),
    ("moved between pools and entered", MOVED, [("调剂", "中国信保", "人保财险", 100_000, DOC)], (440, 60, 500), []),
    ("lowered and not entered", LESS, [], (450, 50, 500), ["收回 中国信保 1,000,000.00 元"]),
    ("lowered and entered", LESS, [("收回", "中国信保", "", 1_000_000, DOC)], (350, 50, 400), []),
]  # fmt: skip


@pytest.mark.parametrize(("body", "moves", "money", "said"), [f[1:] for f in FUNDS], ids=[f[0] for f in FUNDS])
def test_pools_follow_the_fund_and_never_the_amendment_too(
    office: Bureau, body: str, moves: list[Entry], money: tuple[int, int, int], said: list[str]
) -> None:
    after = amend(office, amendment(body))
    for kind, giver, taker, yuan, document in moves:
        after.move(kind, giver, taker, yuan, SINCE, document)
    found = assess(after.workspace, today=SINCE)
    assert [m.pool for m in found.money] == [x * 1_000_000 for x in money[:2]]
    assert found.standing.total_fen == money[2] * 1_000_000
    notes = [n.sentence for n in found.notes if n.code == "POOL_UNBOOKED"]
    assert len(notes) == bool(said)
    for part in said:
        assert part in notes[0]
    assert after.cli("status", "--json").json["unbooked"] == notes
    assert after.verify().wrong == []


def test_before_its_day_an_amendment_asks_for_nothing(office: Bureau) -> None:
    before = amend(office, amendment(MORE), today=BEFORE)
    assert before.register().unbooked == []
    assert [m.pool for m in before.standing().money] == [450_000_000, 50_000_000]


@pytest.mark.parametrize(
    ("body", "moves", "sent"),
    [
        (MORE, [], True),
        (LESS, [], False),
        (LESS, [("收回", "中国信保", "", 1_000_000)], True),
        (MOVED, [], False),
        (MOVED, [("调剂", "中国信保", "人保财险", 100_000)], True),
    ],
    ids=[
        "a larger pool that is not entered stops nothing",
        "a smaller pool that is not entered: nothing is sent from it",
        "a smaller pool that is entered",
        "moved away and not entered",
        "moved away and entered",
    ],
)
def test_nothing_is_sent_from_a_pool_that_the_document_took_away(
    office: Bureau, body: str, moves: list[Any], sent: bool
) -> None:
    after = amend(office, amendment(body))
    for kind, giver, taker, yuan in moves:
        after.move(kind, giver, taker, yuan, SINCE, DOC)
    if sent:
        assert [b.rows for b in after.submit()] == [2]
        return
    before = after.tree()
    with pytest.raises(Refusal, match=r"(收回 中国信保 1,000,000|调剂 中国信保 → 人保财险 100,000)\.00 元"):
        after.submit()
    assert {n: b for n, b in after.tree().items() if not n.startswith("备份/")} == {
        n: b for n, b in before.items() if not n.startswith("备份/")
    }


# ── files ──


@pytest.mark.parametrize("name", ["nantong2019.变更.toml", "变更.toml", "nantong-2019.变更 (2).toml"])
def test_a_change_file_under_another_name_is_not_passed_over(office: Bureau, name: str) -> None:
    (office.root / name).write_text(amendment(RATE_A), "utf-8")
    with pytest.raises(Refusal, match=r"没有用上.*改名为 nantong-2019\.变更\.toml"):
        open_workspace(office.root)


def test_a_change_file_that_is_wrong_stops_every_verb_with_its_key(office: Bureau) -> None:
    (office.root / FILE).write_text(amendment("change.plans.A.raet = 1"), "utf-8")
    ran = office.cli("status")
    assert ran.code == 2
    assert f"{FILE}：amendment[1]" in ran.err
    assert "是否想写 rate" in ran.err


def test_init_takes_the_change_file_with_the_scheme(tmp_path: Path) -> None:
    (tmp_path / "本地.toml").write_text(source("nantong-2019"), "utf-8")
    (tmp_path / "本地.变更.toml").write_text(amendment(RATE_A), "utf-8")
    bureau = bureau_in(tmp_path, str(tmp_path / "本地.toml"))
    assert bureau.workspace.on(SINCE).scheme.plan("A").rate.value == Decimal("0.0004")
    assert bureau.workspace.on(BEFORE).scheme.plan("A").rate.value == Decimal("0.0003")
    assert bureau.standing().total_fen == 500_000_000
    (tmp_path / "本地.变更.toml").write_text(amendment(RATE_A + "5"), "utf-8")
    (bureau.root / "xltools.toml").unlink()
    with pytest.raises(Refusal, match=r"本地\.变更\.toml 已经有了，内容不同"):
        bureau_in(tmp_path, str(tmp_path / "本地.toml"))


def test_a_workspace_of_a_year_made_from_another_holds_the_whole_text(tmp_path: Path) -> None:
    (tmp_path / "下年.toml").write_text(
        'based_on = "nantong-2019"\n[change]\nid = "nantong-2020"\nprefix = "NT2020"\n', "utf-8"
    )
    bureau = bureau_in(tmp_path, str(tmp_path / "下年.toml"))
    text = (bureau.root / "下年.toml").read_text("utf-8")
    assert "based_on" not in text
    (made,) = [e for e in bureau.journal() if e["verb"] == "init"]
    assert made["detail"]["scheme_sha256"] == digest(text)
    assert parse(text, "x") == load(str(tmp_path / "下年.toml"))
    (tmp_path / "全文.toml").write_text(canonical(load(str(tmp_path / "下年.toml"))), "utf-8")
    whole = bureau_in(tmp_path, str(tmp_path / "全文.toml"), name="另一个")
    assert whole.journal()[0]["detail"]["scheme_sha256"] == digest(text), "the full file has the same hash"


@pytest.mark.parametrize(("day", "rate"), [(BEFORE, "0.0003"), (SINCE, "0.0004")])
def test_quote_goes_by_its_day(tmp_path: Path, day: date, rate: str) -> None:
    (tmp_path / "本地.toml").write_text(source("nantong-2019"), "utf-8")
    (tmp_path / "本地.变更.toml").write_text(amendment(RATE_A), "utf-8")
    path, out = write_xlsx(tmp_path / "in.xlsx", [clean_row(1)]), tmp_path / "out.csv"
    ran = cli("quote", path, "--scheme", tmp_path / "本地.toml", "--today", str(day), "-o", out)
    assert ran.code == 0, ran.err
    assert f",{rate}," in out.read_text("utf-8-sig")


# ── schemes diff ──


def test_diff_shows_every_key_that_differs(office: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    body = f'remove = ["outside.如东县"]\n{RATE_A}\n{MORE}\n[[amendment.add.areas]]\nname = "海门区"'
    amend(office, amendment(body))
    monkeypatch.chdir(office.root)
    ran = cli("schemes", "diff", "nantong-2019", f"nantong-2019@{SINCE}", "--json")
    found = {d["key"]: (d["words"], d["clause"], d["old"], d["new"]) for d in ran.json["differences"]}
    assert found == {
        "areas.海门区.name": ("所属区 海门区 名称", DOC, "", "海门区"),
        "outside.如东县.code": ("平台外地区 如东县 区划代码", "", "320623", ""),
        "outside.如东县.name": ("平台外地区 如东县 名称", "", "如东县", ""),
        "outside.如东县.why": ("平台外地区 如东县 不在平台的原因", "", "不在市区六区之内", ""),
        "plans.A.rate.value": ("方案A 费率", DOC, "0.03%", "0.04%"),
        "plans.A.rate.clause": ("方案A 费率的条款", DOC, "四（二）方案A", DOC),
        "insurers.sinosure.pool.value": ("中国信保 资金盘子", DOC, "4,500,000", "5,500,000"),
        "insurers.sinosure.pool.clause": ("中国信保 资金盘子的条款", DOC, "五（一）", DOC),
        "total.value": ("扶持资金总盘子", DOC, "5,000,000", "6,000,000"),
        "total.clause": ("扶持资金总盘子的条款", DOC, "五（一）", DOC),
        "total.note": ("扶持资金总盘子的说明", "五（一）", "扶持资金总盘子，硬上限", ""),
    }
    shown = cli("schemes", "diff", "nantong-2019", f"nantong-2019@{SINCE}")
    assert (shown.code, "不同 11 处" in shown.out) == (0, True)
    same = cli("schemes", "diff", "nantong-2019", f"nantong-2019@{BEFORE}", "--json")
    assert same.json["differences"] == []


SAME: list[tuple[str, Callable[[str], str], list[str]]] = [
    ("digits that mean the same", lambda t: t.replace("value = 7.00", "value = 7.0"), []),
    ("what stands at its default anyway", lambda t: t.replace('prefix = "NT2019"', 'prefix = "NT2019"\npublicity_days = '
     '{ value = 5, unit = "天", clause = "六" }'), ["publicity_days.value", "publicity_days.unit", "publicity_days.clause"]),
    ("entries in another order", lambda t: t.replace('id = "sinosure"', 'id = "temp"').replace('id = "picc"', 'id = "sinosure"')
     .replace('id = "temp"', 'id = "picc"').replace("default = true\n", ""). replace('id = "sinosure"', 'id = "sinosure"\ndefault = true'),
     ["insurers"]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "keys"), [s[1:] for s in SAME], ids=[s[0] for s in SAME])
def test_what_counts_as_a_difference(change: Callable[[str], str], keys: list[str]) -> None:
    text = source("nantong-2019")
    new = change(text)
    assert new != text
    found = [d.key for d in differences(load("nantong-2019"), parse(new, "x"), groups())]
    if keys == ["insurers"]:
        assert "insurers" in found
    else:
        assert sorted(found) == sorted(keys)


def test_every_key_of_a_scheme_has_words() -> None:
    def places(model: type[BaseModel], path: str) -> set[str]:
        out: set[str] = set()
        for name, field in model.model_fields.items():
            here, inner = f"{path}.{name}".lstrip("."), model_in(field.annotation)
            if here == "amended":
                continue
            nested = isinstance(inner, type) and issubclass(inner, BaseModel) and not issubclass(inner, Figure)
            out |= places(inner, here) if nested else {here}
            assert (
                not nested
                or get_origin(field.annotation) is tuple
                or inner in (field.annotation, *get_args(field.annotation))
            )
        return out

    assert places(Scheme, "") == WORDS.keys() | OTHERS.keys()


ASKED = [
    (("diff", "nantong-2019"), "请写明两个方案"),
    (("diff", "nantong-2019", "nantong-2018"), "nantong-2018.toml"),
    (("show", "nantong-2019", "nantong-2018"), "只看一个方案"),
    (("show", "nantong-2019@2020-02-30"), "不是日期"),
]


@pytest.mark.parametrize(("args", "said"), ASKED, ids=[" ".join(a[0]) for a in ASKED])
def test_what_schemes_refuses(args: tuple[str, ...], said: str) -> None:
    ran = cli("schemes", *args)
    assert (ran.code, said in ran.err) == (2, True), ran.err


def test_check_takes_the_change_file_itself(office: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    amend(office, amendment(RATE_A))
    monkeypatch.chdir(office.root)
    told = cli("schemes", "check", FILE, "--json").json
    assert told["amendments"] == [{"方案": "nantong-2019", "自": str(SINCE), "文号": DOC, "说明": ""}]
    (office.root / FILE).write_text(amendment("change.plans.A.raet = 1"), "utf-8")
    ran = cli("schemes", "check", FILE)
    assert (ran.code, "是否想写 rate" in ran.err) == (2, True)


def test_a_workbook_in_use_shows_the_amendment_and_no_stale_formula(office: Bureau) -> None:
    assert office.cli("book").code == 0
    (path,) = office.root.glob("平台工作簿.xls*")
    before = openpyxl.load_workbook(path, keep_vba=True)
    assert str(cell(before["测算"], "费率", uscc(1))).startswith("=")
    after = amend(office, amendment(RATE_A))
    ran = after.cli("book")
    assert ran.code == 0, ran.err
    now = openpyxl.load_workbook(path, keep_vba=True)
    assert [cell(now["测算"], h, uscc(n)) for n in (1, 3) for h in ("费率", "财政扶持(元)")] == [
        0.0003,
        10500,
        0.0004,
        14000,
    ]
    words = [str(c.value) for row in now["参数"].iter_rows() for c in row]
    assert {"方案文本", f"自 {SINCE} 起", DOC} <= set(words)


def cell(sheet: Any, heading: str, code: str) -> Any:
    """What stands in a column on a firm's row."""
    rows = [[c.value for c in row] for row in sheet.iter_rows()]
    top = next(row for row in rows if heading in row and "统一社会信用代码" in row)
    return next(row for row in rows if code in row)[top.index(heading)]


def test_a_scheme_put_in_its_place_is_kept_on_its_day(office: Bureau) -> None:
    """Who asks what another reading would change puts another scheme into the workspace: the day does not take it away."""
    today = amend(office, amendment(RATE_A)).workspace.on(SINCE)
    other = replace(today, scheme=today.scheme.model_copy(update={"key_label": "对日"}))
    assert other.on(SINCE).scheme.key_label == "对日"
    assert today.on(AFTER).scheme == today.scheme
    assert today.on(BEFORE).scheme == load("nantong-2019")
