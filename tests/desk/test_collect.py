"""collect (收件): what enters the ledger, what comes back, and that nothing is ever decided silently."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from openpyxl.utils.cell import coordinate_to_tuple
from workspaces import (
    HERE,
    THERE,
    Bureau,
    Row,
    at,
    bureau_in,
    cells,
    expect_unchanged,
    firm,
    firms,
    own_scheme,
    uscc,
    version,
)

from xltools.catalogue.template import ROSTER_SHEET
from xltools.desk.enrol import inbox

BAD_PHONE = {"phone": "12"}


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return bureau_in(tmp_path)


def claim(bureau: Bureau, number: int, district: str = HERE) -> Row:
    (row,) = (r for r in bureau.tables()["claims"] if r["uscc"] == uscc(number) and r["district"] == district)
    return row


def codes(report: Any) -> list[str]:
    return [p.code for p in report.placed]


# ── good rows enter, the file comes back ──


def test_a_clean_file_is_taken_and_nothing_comes_back(bureau: Bureau) -> None:
    report = bureau.sent_in(firms(1, 2))
    assert (report.outcome, report.rows, report.good, report.new, report.returned_as) == ("taken", 2, 2, 2, "")
    assert bureau.returned() == []
    assert [r["exports"] for r in bureau.tables()["claims"]] == [500_000_000, 500_000_000]
    assert bureau.tables()["claims"][0]["received"] == "2019-09-05 09:01:00"


def test_a_file_with_one_bad_cell_comes_back_marked_and_its_good_rows_stay_in(bureau: Bureau) -> None:
    original = bureau.drop([firm(1), firm(2, **BAD_PHONE), firm(3)])
    before = original.read_bytes()
    (report,) = bureau.collect()
    assert (report.outcome, report.good, report.new, report.errors) == ("returned", 2, 3, 1)
    assert original.read_bytes() == before
    assert bureau.returned() == ["崇川区_退回_第2轮.xlsx"]
    back = bureau.root / "退回" / "崇川区_退回_第2轮.xlsx"
    assert version(back) | {"模板版本": "1"} == {"模板版本": "1", "方案": "nantong-2019", "区": HERE, "轮次": 2}
    page = cells(back, ROSTER_SHEET)
    errors = page[3].index("错误信息")
    assert [bool(row[errors]) for row in page[4:7]] == [False, True, False]
    assert "12" in str(page[5][errors])
    (place,) = [p.cell for p in report.placed]
    row, column = coordinate_to_tuple(place)
    assert page[row - 1][column - 1] == "12"
    assert page[3][column - 1] == "手机*"
    assert bureau.outcome(2)["资格"] == "待补正"
    assert bureau.outcome(1)["资格"] == "待审核"


def test_the_mended_file_carries_the_next_round_and_is_taken(bureau: Bureau) -> None:
    bureau.sent_in([firm(1), firm(2, **BAD_PHONE)])
    report = bureau.sent_in(firms(1, 2), round=2)
    assert (report.outcome, report.round, report.new, report.changed) == ("taken", 2, 0, 1)
    assert bureau.outcome(2)["资格"] == "待审核"


def test_a_real_template_is_taken_and_comes_back_like_any_file(bureau: Bureau) -> None:
    bureau.template([firm(1), firm(2, **BAD_PHONE)])
    (report,) = bureau.collect()
    assert (report.outcome, report.rows, report.good, codes(report)) == ("returned", 2, 1, ["PHONE"])
    back = bureau.root / "退回" / report.returned_as
    assert version(back) == {"模板版本": "1", "方案": "nantong-2019", "区": HERE, "轮次": 2}
    bureau.clear()
    bureau.template(firms(1, 2), round=2)
    (report,) = bureau.collect()
    assert (report.outcome, report.changed, codes(report)) == ("taken", 1, [])


def test_each_time_it_comes_back_with_the_round_after_its_own(bureau: Bureau) -> None:
    bureau.drop([firm(1, **BAD_PHONE)], "甲.xlsx", round=1)
    bureau.collect()
    bureau.drop([firm(1, phone="13")], "甲_崇川区_退回_第2轮.xlsx", round=2)
    bureau.collect()
    assert bureau.returned() == ["甲_崇川区_退回_第2轮.xlsx", "甲_崇川区_退回_第3轮.xlsx"]
    assert version(bureau.root / "退回" / "甲_崇川区_退回_第3轮.xlsx")["轮次"] == 3


def test_the_returned_file_itself_mended_by_hand_is_taken(bureau: Bureau, tmp_path: Path) -> None:
    """What the office does: open the returned file, mend the red cell, save, send the whole thing back."""
    import openpyxl

    bureau.drop([firm(1), firm(2, **BAD_PHONE)])
    (report,) = bureau.collect()
    book = openpyxl.load_workbook(bureau.root / "退回" / report.returned_as)
    book[ROSTER_SHEET][report.placed[0].cell] = "13800000002"
    bureau.clear()
    book.save(bureau.root / "收件" / report.returned_as)
    (again,) = bureau.collect()
    assert (again.outcome, again.round, again.placed) == ("taken", 2, [])
    assert claim(bureau, 2)["phone"] == "13800000002"


# ── twice the same, and only a part ──


@pytest.mark.parametrize(
    "rows",
    [firms(1, 2), [firm(1), firm(2, **BAD_PHONE)]],
    ids=["a file that was taken", "a file that came back"],
)
def test_the_same_file_twice_changes_no_byte(bureau: Bureau, rows: list[Row]) -> None:
    bureau.drop(rows)
    bureau.collect()
    with expect_unchanged(bureau):
        (report,) = bureau.collect()
    assert report.again


def test_the_same_file_under_another_name_changes_no_row(bureau: Bureau) -> None:
    path = bureau.drop(firms(1, 2))
    bureau.collect()
    (bureau.root / "收件" / "汇总表(1).xlsx").write_bytes(path.read_bytes())
    before = bureau.tables()
    assert [r.again for r in bureau.collect()] == [True, True]
    assert bureau.tables() == before


def test_a_refused_file_that_is_still_there_changes_no_byte(bureau: Bureau) -> None:
    (bureau.root / "收件" / "坏.xlsx").write_bytes(b"PK\x03\x04" + bytes(range(256)))
    (first,) = bureau.collect()
    with expect_unchanged(bureau):
        (again,) = bureau.collect()
    assert (first.outcome, first.again, again.outcome, again.again) == ("refused", False, "refused", True)


def test_a_part_of_the_firms_leaves_the_others_as_they_are(bureau: Bureau) -> None:
    bureau.sent_in(firms(1, 2, 3, 4, 5))
    report = bureau.sent_in([firm(2, exports=6_000_000)])
    assert codes(report) == []
    assert (report.new, report.changed) == (0, 1)
    assert {r["uscc"]: r["exports"] for r in bureau.tables()["claims"]} == {
        uscc(n): 600_000_000 if n == 2 else 500_000_000 for n in range(1, 6)
    }


def test_a_firm_missing_from_a_whole_file_is_named_and_stays(bureau: Bureau) -> None:
    bureau.sent_in(firms(1, 2, 3))
    report = bureau.sent_in(firms(1, 3))
    assert [(p.code, p.severity) for p in report.placed] == [("GONE", "warning")]
    assert uscc(2) in report.placed[0].message
    assert uscc(1) not in report.placed[0].message
    assert report.outcome == "taken"
    assert bureau.outcome(2)["资格"] == "待审核"


def test_a_firm_that_the_bureau_withdrew_is_not_missed(bureau: Bureau) -> None:
    bureau.sent_in(firms(1, 2, 3))
    bureau.decide(2, 撤回="是")
    assert codes(bureau.sent_in(firms(1, 3))) == []


def test_another_districts_firms_are_not_missed(bureau: Bureau) -> None:
    bureau.sent_in(firms(1, 2), HERE)
    assert codes(bureau.sent_in(firms(3, 4, area=THERE), THERE)) == []


# ── corrections, firm by firm ──


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ({}, {"phone": "12"}),
        ({}, {"wish": "E"}),
        ({}, {"key_exports": "约5万"}),
        ({"exports": 6_000_000}, {"exports": "约300万"}),
        ({"reviewed": None}, {"reviewed": "2019年13月1日"}),
    ],
    ids=[
        "a phone that is none", "a choice that is none where the good row had a blank",
        "an amount that is none where the good row had a blank", "an amount that is none",
        "an impossible date where the good row had a blank",
    ],
)  # fmt: skip
def test_a_bad_row_never_replaces_a_good_one(bureau: Bureau, good: Row, bad: Row) -> None:
    bureau.sent_in([firm(1, **good), firm(2)])
    was = claim(bureau, 1)
    report = bureau.sent_in([firm(1, **good | bad), firm(2)])
    assert report.outcome == "returned"
    assert claim(bureau, 1) == was
    assert bureau.outcome(1)["资格"] == "待审核"


def test_a_good_row_replaces_a_bad_one_even_where_only_the_bad_cell_is_emptied(bureau: Bureau) -> None:
    bureau.sent_in([firm(1, wish="E"), firm(2)])
    assert bureau.outcome(1)["说明代码"] == "CHOICE"
    assert bureau.sent_in(firms(1, 2)).outcome == "taken"
    assert bureau.outcome(1)["资格"] == "待审核"


def test_a_bad_row_of_a_new_firm_enters_and_waits(bureau: Bureau) -> None:
    bureau.sent_in([firm(1, **BAD_PHONE)])
    assert bureau.outcome(1)["资格"] == "待补正"
    assert bureau.outcome(1)["受理编号"] == "NT2019-0001"


def test_a_row_without_a_usable_code_cannot_be_kept_but_comes_back(bureau: Bureau) -> None:
    report = bureau.sent_in([firm(1), firm(2, uscc="91320602MA0000010X")])
    assert (report.outcome, codes(report), report.new) == ("returned", ["USCC_CHECK"], 1)
    assert [r["uscc"] for r in bureau.tables()["claims"]] == [uscc(1)]


def test_arrival_numbers_are_given_once_in_order_and_stay_through_corrections(bureau: Bureau) -> None:
    bureau.sent_in(firms(3, 1))
    bureau.sent_in(firms(2, area=THERE), THERE)
    bureau.sent_in([firm(4), firm(1, exports=6_000_000), firm(3, name="南通改名进出口有限公司")])
    numbers = {u: r["受理编号"] for u, r in bureau.outcomes().items()}
    assert numbers == {uscc(3): "NT2019-0001", uscc(1): "NT2019-0002", uscc(2): "NT2019-0003", uscc(4): "NT2019-0004"}


def test_the_journal_tells_what_a_correction_changed_without_personal_data(bureau: Bureau) -> None:
    bureau.sent_in(firms(1, 2))
    bureau.sent_in([firm(1, exports=6_000_000, phone="13911112222", contact="赵六"), firm(2)])
    changed = bureau.journal()[-1]["detail"]["changed"]
    assert changed.keys() == {uscc(1)}
    assert changed[uscc(1)]["exports"] == [500_000_000, 600_000_000]
    text = str(bureau.journal())
    assert changed[uscc(1)].keys() == {"exports", "phone", "contact"}
    for personal in ("13911112222", "13800000001", "赵六", "张三"):
        assert personal not in text


def test_two_files_of_one_district_together_the_one_changed_last_counts(bureau: Bureau) -> None:
    """汇总表(1).xlsx is the later download, but sorts before 汇总表.xlsx."""
    old = bureau.drop([firm(1, exports=6_000_000), firm(2)], "汇总表.xlsx")
    new = bureau.drop([firm(1, exports=7_000_000), firm(2)], "汇总表(1).xlsx")
    os.utime(old, (1_570_000_000, 1_570_000_000))
    os.utime(new, (1_570_000_600, 1_570_000_600))
    assert [r.outcome for r in bureau.collect()] == ["taken", "taken"]
    assert claim(bureau, 1)["exports"] == 700_000_000


def test_two_rounds_of_one_district_together_the_later_round_counts(bureau: Bureau) -> None:
    newer = bureau.drop([firm(1, exports=7_000_000)], "a.xlsx", round=2)
    older = bureau.drop([firm(1, exports=6_000_000)], "b.xlsx", round=1)
    os.utime(newer, (1_570_000_000, 1_570_000_000))
    os.utime(older, (1_570_000_600, 1_570_000_600))
    assert {r.name: r.outcome for r in bureau.collect()} == {"a.xlsx": "taken", "b.xlsx": "taken"}
    assert claim(bureau, 1)["exports"] == 700_000_000


# ── two districts, one firm ──


def test_two_districts_claiming_one_firm_both_get_it_back(bureau: Bureau) -> None:
    bureau.drop(firms(1, 2), district=HERE)
    assert [r.outcome for r in bureau.collect()] == ["taken"]
    bureau.drop([firm(2, area=THERE), firm(3, area=THERE)], district=THERE)
    reports = bureau.collect()
    (new,) = [r for r in reports if not r.again]
    assert [(p.code, p.cell, p.severity) for p in new.placed] == [("TWO_DISTRICTS", "C5", "error")]
    assert HERE in new.placed[0].message
    assert bureau.returned() == ["崇川区_退回_第2轮.xlsx", "通州区_退回_第2轮.xlsx"]
    page = cells(bureau.root / "退回" / "崇川区_退回_第2轮.xlsx", ROSTER_SHEET)
    errors = page[3].index("错误信息")
    assert [bool(row[errors]) for row in page[4:6]] == [False, True]
    assert THERE in str(page[5][errors])
    rows = bureau.outcomes()
    assert {k: v["资格"] for k, v in rows.items()} == {
        uscc(1): "待审核", f"{uscc(2)} {HERE}": "待补正", f"{uscc(2)} {THERE}": "待补正", uscc(3): "待审核",
    }  # fmt: skip
    files = {f["district"]: f["outcome"] for f in bureau.tables()["files"]}
    assert files == {HERE: "returned", THERE: "returned"}


def test_both_districts_in_one_collection_both_get_it_back(bureau: Bureau) -> None:
    bureau.drop(firms(1, 2), district=HERE)
    bureau.drop([firm(2, area=THERE)], district=THERE)
    assert {r.district: (r.outcome, codes(r)) for r in bureau.collect()} == {
        HERE: ("returned", ["TWO_DISTRICTS"]), THERE: ("returned", ["TWO_DISTRICTS"]),
    }  # fmt: skip


def test_the_bureau_withdraws_one_claim_and_the_other_goes_on(bureau: Bureau) -> None:
    bureau.drop(firms(1), district=HERE)
    bureau.drop([firm(1, area=THERE, exports=6_000_000)], district=THERE)
    bureau.collect()
    bureau.decide(1, 撤回=HERE)
    (row,) = bureau.outcomes().values()
    assert (row["报送单位"], row["资格"], row["说明代码"]) == (THERE, "待审核", "AWAITING_BUREAU")
    bureau.agree(1)
    assert bureau.outcome(1)["财政扶持(元)"] == bureau.outcome(1)["应缴保费(元)"] == 12_600


def test_the_district_whose_claim_was_withdrawn_may_send_the_firm_again_without_harm(bureau: Bureau) -> None:
    bureau.drop(firms(1, 2), district=HERE)
    bureau.drop([firm(1, area=THERE)], district=THERE)
    bureau.collect()
    bureau.decide(1, 撤回=HERE)
    report = bureau.sent_in([firm(1, remark="再报"), firm(2)], HERE)
    assert (report.outcome, codes(report)) == ("taken", [])
    assert bureau.outcome(1)["报送单位"] == THERE
    assert codes(bureau.sent_in([firm(2)], HERE)) == []


# ── nobody moves forward silently ──


@pytest.mark.parametrize(
    ("first", "then", "found"),
    [
        (at(30), at(10), ["RECEIVED_EARLIER"]),
        (at(30), at(29.75), ["RECEIVED_EARLIER"]),
        (at(30), at(30), []),
        (at(30), at(50), []),
        (None, at(10), []),
    ],
    ids=[
        "twenty minutes earlier", "fifteen seconds earlier", "the same time", "a later time",
        "a first time where there was none",
    ],
)  # fmt: skip
def test_an_earlier_time_than_the_first_collected_is_a_problem(
    bureau: Bureau, first: datetime | None, then: datetime, found: list[str]
) -> None:
    opinion = "同意" if first else None
    bureau.sent_in([firm(1, received=first, opinion=opinion), firm(2)])
    report = bureau.sent_in([firm(1, received=then, exports=6_000_000), firm(2)])
    assert codes(report) == found
    assert bureau.outcome(1)["资格"] == ("待补正" if found else "待审核")


def test_a_time_earlier_than_the_first_but_later_than_the_last_is_still_a_problem(bureau: Bureau) -> None:
    bureau.sent_in([firm(1, received=at(30)), firm(2)])
    bureau.sent_in([firm(1, received=at(10)), firm(2)])
    assert codes(bureau.sent_in([firm(1, received=at(20)), firm(2)])) == ["RECEIVED_EARLIER"]


def test_moved_back_and_forward_again_to_the_first_time_is_no_problem(bureau: Bureau) -> None:
    bureau.sent_in([firm(1, received=at(30)), firm(2)])
    bureau.sent_in([firm(1, received=at(60)), firm(2)])
    assert codes(bureau.sent_in([firm(1, received=at(30)), firm(2)])) == []


def test_the_bureau_confirms_an_earlier_time_and_the_journal_keeps_both(bureau: Bureau) -> None:
    bureau.sent_in([firm(1, received=at(30)), firm(2)])
    bureau.sent_in([firm(1, received=at(10)), firm(2)])
    assert bureau.outcome(1)["说明代码"] == "RECEIVED_EARLIER"
    bureau.decide(1, 确认收件时间=at(10), 审批依据="会议纪要3号")
    assert bureau.outcome(1)["资格"] == "待审核"
    entries = bureau.journal()
    assert entries[-2]["detail"]["changed"][uscc(1)]["received"] == ["2019-09-05 09:30:00", "2019-09-05 09:10:00"]
    confirmed = entries[-1]
    assert confirmed["detail"]["changed"][uscc(1)]["confirm_received"] == [None, "2019-09-05 09:10:00"]
    assert confirmed["why"] == "会议纪要3号"


def test_a_confirmed_time_confirms_no_other(bureau: Bureau) -> None:
    bureau.sent_in([firm(1, received=at(30)), firm(2)])
    bureau.sent_in([firm(1, received=at(10)), firm(2)])
    bureau.decide(1, 确认收件时间=at(10), 审批依据="会议纪要3号")
    assert codes(bureau.sent_in([firm(1, received=at(5)), firm(2)])) == ["RECEIVED_EARLIER"]


def test_another_district_cannot_bring_a_firm_forward(bureau: Bureau) -> None:
    bureau.sent_in([firm(1, received=at(30))], HERE)
    bureau.sent_in([firm(1, received=at(10), area=THERE)], THERE)
    bureau.decide(1, 撤回=HERE)
    assert bureau.outcome(1)["说明代码"] == "RECEIVED_EARLIER"


# ── files that are refused ──


def test_a_file_of_another_scheme_is_refused_and_says_so(bureau: Bureau, tmp_path: Path) -> None:
    other = own_scheme(tmp_path, ('id = "nantong-2019"', 'id = "nantong-2020"'))
    foreign = bureau_in(tmp_path, other, name="另一个")
    foreign.drop(firms(1), "去年的.xlsx", folder=bureau.root / "收件")
    (report,) = bureau.collect()
    assert (report.outcome, codes(report), report.returned_as) == ("refused", ["FILE_WRONG_SCHEME"], "去年的_拒收.xlsx")
    assert "nantong-2020" in report.placed[0].message
    assert bureau.tables()["claims"] == []


def test_an_older_round_than_one_collected_is_refused(bureau: Bureau) -> None:
    bureau.sent_in(firms(1, 2), round=2)
    report = bureau.sent_in([firm(1, exports=9_000_000)], round=1)
    assert (report.outcome, codes(report)) == ("refused", ["FILE_OLD_ROUND"])
    assert claim(bureau, 1)["exports"] == 500_000_000


@pytest.mark.parametrize("round", [2, 3], ids=["the same round", "a later round"])
def test_the_same_or_a_later_round_is_taken(bureau: Bureau, round: int) -> None:
    bureau.sent_in(firms(1, 2), round=2)
    assert bureau.sent_in([firm(1, exports=9_000_000), firm(2)], round=round).outcome == "taken"


def test_another_districts_round_does_not_count(bureau: Bureau) -> None:
    bureau.sent_in(firms(1), HERE, round=3)
    assert bureau.sent_in([firm(2, area=THERE)], THERE, round=1).outcome == "taken"


def test_a_refused_file_keeps_its_round_so_that_it_can_be_mended(bureau: Bureau) -> None:
    """A file of round 2 without a required column comes back; with the column restored it is no older round."""
    import openpyxl

    bureau.sent_in(firms(1, 2), round=2)
    bureau.clear()
    path = bureau.drop([firm(1, exports=6_000_000), firm(2)], "第二轮.xlsx", round=2)
    book = openpyxl.load_workbook(path)
    book[ROSTER_SHEET]["B4"] = "企业"
    book.save(path)
    (report,) = bureau.collect()
    assert (report.outcome, codes(report)) == ("refused", ["HEADING_MISSING"])
    back = bureau.root / "退回" / report.returned_as
    assert version(back)["轮次"] == 2
    bureau.clear()
    book = openpyxl.load_workbook(back)
    book[ROSTER_SHEET]["B4"] = "企业名称*"
    book.save(bureau.root / "收件" / "改好.xlsx")
    (report,) = bureau.collect()
    assert (report.outcome, report.changed) == ("taken", 1)


def test_too_many_rows_by_the_schemes_own_limit(tmp_path: Path) -> None:
    bureau = bureau_in(tmp_path, own_scheme(tmp_path, ("row_limit = { value = 50000,", "row_limit = { value = 2,")))
    assert bureau.sent_in(firms(1, 2)).outcome == "taken"
    report = bureau.sent_in(firms(1, 2, 3))
    assert (report.outcome, codes(report)) == ("refused", ["FILE_TOO_MANY_ROWS"])
    assert "3" in report.placed[0].message
    assert len(bureau.tables()["claims"]) == 2


def _encrypted(path: Path) -> None:
    import io

    from msoffcrypto.format.ooxml import OOXMLFile

    plain = io.BytesIO(path.read_bytes())
    with open(path, "wb") as out:
        OOXMLFile(plain).encrypt("1234", out)


def _text(path: Path) -> None:
    path.write_text("这不是工作簿", "utf-8")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _noise(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 40)


def _torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2000])


@pytest.mark.parametrize(
    ("spoil", "code", "says"),
    [
        (_encrypted, "FILE_ENCRYPTED", "取消密码"),
        (_text, "FILE_NOT_WORKBOOK", "另存为 .xlsx"),
        (_empty, "FILE_EMPTY", "没有数据"),
        (_noise, "FILE_NOT_WORKBOOK", "另存为 .xlsx"),
        (_torn, "FILE_UNREADABLE", "另存为新的 .xlsx"),
    ],
    ids=["encrypted", "a text without a table", "nothing at all", "binary noise", "torn off in the middle"],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(
    bureau: Bureau, spoil: Callable[[Path], None], code: str, says: str
) -> None:
    path = bureau.drop(firms(1), "文件.xlsx")
    spoil(path)
    before = path.read_bytes()
    bureau.drop([firm(2, area=THERE)], "另一份.xlsx", THERE)
    bad, good = sorted(bureau.collect(), key=lambda r: r.outcome)
    assert (bad.outcome, codes(bad), good.outcome) == ("refused", [code], "taken")
    problem = bad.placed[0]
    assert says in problem.message + problem.hint
    assert path.read_bytes() == before
    assert bureau.returned() == ["文件_原件.xlsx", "文件_拒收.xlsx"]
    assert (bureau.root / "退回" / "文件_原件.xlsx").read_bytes() == before
    assert any(
        code == cell or says in str(cell)
        for row in cells(bureau.root / "退回" / "文件_拒收.xlsx", "问题")
        for cell in row
    )


# ── files as they really arrive ──


def test_a_plain_table_without_a_version_sheet_is_taken_with_a_warning(bureau: Bureau) -> None:
    bureau.plain(firms(1, 2), "汇总表(1).xlsx")
    (report,) = bureau.collect()
    assert (report.outcome, codes(report), report.district, report.new) == ("taken", ["FILE_NO_VERSION"], HERE, 2)


def test_a_template_has_no_such_warning(bureau: Bureau) -> None:
    assert codes(bureau.sent_in(firms(1))) == []


def test_an_xls_is_read_and_comes_back_as_xlsx_beside_the_original(bureau: Bureau) -> None:
    import xlwt
    from rosters import HEADINGS

    book = xlwt.Workbook()
    page = book.add_sheet(ROSTER_SHEET)
    moment, day = (xlwt.easyxf(num_format_str=f) for f in ("yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"))
    for x, (key, heading) in enumerate(HEADINGS.items()):
        page.write(3, x, heading)
        for y, row in enumerate([firm(1), firm(2, **BAD_PHONE)], 4):
            value = row.get(key)
            if value is not None:
                page.write(y, x, value, moment if key == "received" else day if key == "reviewed" else xlwt.easyxf())
    path = bureau.root / "收件" / "旧表.xls"
    book.save(str(path))
    (report,) = bureau.collect()
    assert (report.outcome, report.good, sorted(codes(report))) == (
        "returned",
        1,
        ["FILE_NO_VERSION", "FILE_XLS", "PHONE"],
    )
    assert bureau.returned() == ["旧表_崇川区_原件.xls", "旧表_崇川区_退回_第2轮.xlsx"]
    assert (bureau.root / "退回" / "旧表_崇川区_原件.xls").read_bytes() == path.read_bytes()
    assert claim(bureau, 1)["received"] == "2019-09-05 09:01:00"
    page_back = cells(bureau.root / "退回" / "旧表_崇川区_退回_第2轮.xlsx", ROSTER_SHEET)
    assert [row[1] for row in page_back[4:6]] == [firm(1)["name"], firm(2)["name"]]


def test_an_xlsm_is_read_its_macros_are_not_and_it_comes_back_without_them(bureau: Bureau, tmp_path: Path) -> None:
    from rosters import HEADINGS

    project = tmp_path / "vbaProject.bin"
    project.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016))
    path = bureau.root / "收件" / "宏.xlsm"
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm:ss"})
    book.add_vba_project(str(project))
    page = book.add_worksheet(ROSTER_SHEET)
    page.write_row(3, 0, list(HEADINGS.values()))
    for y, row in enumerate([firm(1), firm(2, **BAD_PHONE)], 4):
        for x, key in enumerate(HEADINGS):
            if row.get(key) is not None:
                page.write(y, x, row[key])
    book.close()
    before = path.read_bytes()
    (report,) = bureau.collect()
    assert (report.outcome, report.good) == ("returned", 1)
    assert sorted(codes(report)) == ["FILE_MACROS", "FILE_NO_VERSION", "PHONE"]
    assert path.read_bytes() == before
    assert bureau.returned() == ["宏_崇川区_退回_第2轮.xlsx"]
    assert [(h.key, h.count) for h in report.held_back] == [("vba", 1)]
    with zipfile.ZipFile(bureau.root / "退回" / "宏_崇川区_退回_第2轮.xlsx") as package:
        assert not [n for n in package.namelist() if "vba" in n.lower()]


def test_a_zip_of_several_is_unpacked_chinese_names_included(bureau: Bureau, tmp_path: Path) -> None:
    one = bureau.drop(firms(1), "崇川.xlsx", HERE, folder=tmp_path)
    two = bureau.drop([firm(2, area=THERE, **BAD_PHONE)], "通州.xlsx", THERE, folder=tmp_path)
    three = bureau.drop([firm(3, area="港闸区")], "港闸.xlsx", "港闸区", folder=tmp_path)
    path = bureau.root / "收件" / "各区.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.write(one, "各区/崇川.xlsx")
        package.writestr("GB-NAME01", two.read_bytes())
        package.write(three, "港闸.xlsx")
        package.writestr("__MACOSX/._港闸.xlsx", b"x")
    # What Windows in China writes: bytes of GB18030 and no flag that says UTF-8.
    path.write_bytes(path.read_bytes().replace(b"GB-NAME01", "通州.xlsx".encode("gb18030")))
    before = path.read_bytes()
    reports = bureau.collect()
    assert {r.name: (r.district, r.outcome) for r in reports} == {
        "各区.zip：崇川.xlsx": (HERE, "taken"), "各区.zip：通州.xlsx": (THERE, "returned"),
        "各区.zip：港闸.xlsx": ("港闸区", "taken"),
    }  # fmt: skip
    assert bureau.returned() == ["通州_通州区_退回_第2轮.xlsx"]
    assert path.read_bytes() == before
    with expect_unchanged(bureau):
        assert all(r.again for r in bureau.collect())


@pytest.mark.parametrize("name", ["~$崇川区.xlsx", ".DS_Store", "Thumbs.db", "desktop.ini"])
def test_litter_beside_the_files_is_passed_over(bureau: Bureau, name: str) -> None:
    (bureau.root / "收件" / name).write_bytes(b"\x05user")
    assert bureau.collect() == []


def test_a_csv_is_taken(bureau: Bureau) -> None:
    from rosters import write_csv

    write_csv(bureau.root / "收件" / "表.csv", firms(1), encoding="gb18030")
    (report,) = bureau.collect()
    assert (report.outcome, report.new, codes(report)) == ("taken", 1, ["FILE_NO_VERSION"])


def test_an_empty_inbox_is_nothing_to_do(bureau: Bureau) -> None:
    with expect_unchanged(bureau_with_history(bureau)):
        assert [r.again for r in bureau.collect()] == [True]


def bureau_with_history(bureau: Bureau) -> Bureau:
    bureau.sent_in(firms(1))
    return bureau


def test_somebodys_own_file_in_the_way_is_never_overwritten(bureau: Bureau) -> None:
    own = bureau.root / "退回" / "崇川区_退回_第2轮.xlsx"
    own.write_bytes(b"mine")
    bureau.drop([firm(1, **BAD_PHONE)])
    (report,) = bureau.collect()
    assert report.returned_as == "崇川区_退回_第2轮(2).xlsx"
    assert own.read_bytes() == b"mine"
    assert bureau.returned() == ["崇川区_退回_第2轮(2).xlsx", "崇川区_退回_第2轮.xlsx"]


def test_two_files_of_one_name_both_come_back(bureau: Bureau) -> None:
    """The same name in two folders: neither returned file may swallow the other."""
    for folder, district, n in (("一", HERE, 1), ("二", THERE, 2)):
        (bureau.root / "收件" / folder).mkdir()
        bureau.drop(
            [firm(n, area=district, **BAD_PHONE)], "汇总表.xlsx", district, folder=bureau.root / "收件" / folder
        )
    reports = bureau.collect()
    assert [r.outcome for r in reports] == ["returned", "returned"]
    assert len({r.returned_as for r in reports}) == 2
    assert bureau.returned() == sorted(r.returned_as for r in reports)
    assert {version(bureau.root / "退回" / r.returned_as)["区"] for r in reports} == {HERE, THERE}


# ── rows that are out ──


def test_a_change_to_a_sent_row_waits_and_changes_nothing(bureau: Bureau) -> None:
    bureau.sent_in(firms(1, 2))
    bureau.agree(1, 2)
    bureau.submit()
    was, sent = claim(bureau, 1), bureau.tables()["sent"]
    report = bureau.sent_in([firm(1, exports=9_000_000, phone="13911112222"), firm(2)])
    assert (report.pending, report.changed, report.new) == (1, 0, 0)
    assert claim(bureau, 1) == was
    assert bureau.tables()["sent"] == sent
    assert bureau.outcome(1)["财政扶持(元)"] == 10_500
    (pending,) = bureau.tables()["pending"]
    assert (pending["uscc"], pending["decided"]) == (uscc(1), None)
    status = bureau.cli("status", "--json").json
    assert status["pending"] == [{"统一社会信用代码": uscc(1), "区": HERE}]
    story = bureau.cli("explain", uscc(1)).out
    assert "待定变更" in story
    assert "13911112222" not in story
    assert "13911112222" not in str(bureau.journal())


def test_an_unchanged_sent_row_has_no_pending_change(bureau: Bureau) -> None:
    bureau.sent_in(firms(1, 2))
    bureau.agree(1, 2)
    bureau.submit()
    report = bureau.sent_in([firm(1), firm(2), firm(3)])
    assert (report.pending, report.new) == (0, 1)
    assert bureau.tables()["pending"] == []


def test_a_pending_change_that_the_district_takes_back_no_longer_waits(bureau: Bureau) -> None:
    bureau.sent_in(firms(1, 2))
    bureau.agree(1, 2)
    bureau.submit()
    bureau.sent_in([firm(1, exports=9_000_000), firm(2)])
    bureau.sent_in([firm(1), firm(2), firm(3)])
    assert bureau.cli("status", "--json").json["pending"] == []


def test_another_district_claiming_a_sent_firm_waits_too(bureau: Bureau) -> None:
    bureau.sent_in(firms(1))
    bureau.agree(1)
    bureau.submit()
    report = bureau.sent_in([firm(1, area=THERE)], THERE)
    assert report.pending == 1
    assert [r["district"] for r in bureau.tables()["claims"]] == [HERE]
    assert bureau.outcome(1)["资金安排"] == "已报送"
    assert bureau.cli("status", "--json").json["pending"] == [{"统一社会信用代码": uscc(1), "区": THERE}]


# ── problems that only show across files: each with a neighbour that has none ──

SIMILAR = ("南通市华泰纺织品进出口有限公司", "南通华泰纺织品进出口有限公司")


def _names(*names: str) -> list[Row]:
    return [firm(n, name=name) for n, name in enumerate(names, 1)]


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (_names("南通甲有限公司"), _names("南通乙有限公司", "南通甲有限公司")[1:], {"SAME_NAME"}),
        (_names("南通甲有限公司"), _names("南通乙有限公司", "南通丙有限公司")[1:], set()),
        (_names(SIMILAR[0]), _names("", SIMILAR[1])[1:], {"SIMILAR_NAME"}),
        (_names("南通第一纺织品进出口有限公司"), _names("", "南通第二纺织品进出口有限公司")[1:], set()),
        (_names("南通第12纺织品进出口有限公司"), _names("", "南通第21纺织品进出口有限公司")[1:], set()),
        (_names(SIMILAR[0]), _names(SIMILAR[1]), {"TWO_DISTRICTS"}),
    ],
    ids=[
        "one name with two codes", "two names", "names that nearly agree", "names that differ only in a numeral",
        "names that differ only in digits", "one firm written differently by two districts is no similar name",
    ],
)  # fmt: skip
def test_names_across_districts(bureau: Bureau, first: list[Row], second: list[Row], found: set[str]) -> None:
    bureau.sent_in(first, HERE)
    report = bureau.sent_in([r | {"area": THERE} for r in second], THERE)
    assert set(codes(report)) == found
    assert set().union(*bureau.problems().values()) == found


def test_a_similar_name_names_the_nearest_and_the_count(bureau: Bureau) -> None:
    names = (*SIMILAR, "南通华泰纺织品进出口公司")
    report = bureau.sent_in(_names(*names))
    assert [(p.code, p.cell, p.severity) for p in report.placed] == [
        ("SIMILAR_NAME", f"B{row}", "warning") for row in (5, 6, 7)
    ]
    assert all("共 2 家" in p.message for p in report.placed)
    assert names[1] in report.placed[0].message
    assert report.outcome == "taken"


@pytest.mark.parametrize(
    ("area", "found"),
    [(THERE, ["AREA_OTHER_FILE"]), (HERE, []), ("其他", []), ("崇川", [])],
    ids=["another district's firm", "its own firm", "a firm outside the areas", "its own firm under an alias"],
)
def test_a_firm_of_another_area_than_the_district_that_sends_it(bureau: Bureau, area: str, found: list[str]) -> None:
    report = bureau.sent_in([firm(1, area=area), firm(2)], HERE)
    assert codes(report) == found
    assert report.outcome == "taken"


def test_a_table_of_several_areas_without_a_version_names_the_district_it_took(bureau: Bureau) -> None:
    bureau.plain([firm(1), firm(2), firm(3, area=THERE)], "混合.xlsx")
    (report,) = bureau.collect()
    assert report.district == HERE
    assert sorted(codes(report)) == ["AREA_OTHER_FILE", "FILE_DISTRICT", "FILE_NO_VERSION"]


# ── names of files ──


@pytest.mark.parametrize(
    "name",
    ["汇总" * 40 + ".xlsx", "通州.xlsx".encode("gb18030").decode("utf-8", "surrogateescape"), "甲\n乙.xlsx", "a:b?.xlsx", "没有后缀", "con.xlsx", "表．ＸＬＳＸ"],
    ids=["as long as names may be", "in another encoding", "with a line break", "with what Windows forbids", "without ending",
         "a device of Windows", "a full-width ending"],
)  # fmt: skip
def test_whatever_a_file_is_called_it_comes_back(bureau: Bureau, name: str) -> None:
    rows = [firm(1), firm(2, **BAD_PHONE)]
    bureau.drop(rows, "x.xlsx").rename(bureau.root / "收件" / name)
    (report,) = bureau.collect()
    assert (report.outcome, report.district) == ("returned", HERE)
    (back,) = bureau.returned()
    assert (back, back.endswith("_退回_第2轮.xlsx")) == (report.returned_as, True)
    assert not set(back) & set('\n:?*<>|"')
    assert cells(bureau.root / "退回" / back, ROSTER_SHEET)[5][1] == firm(2)["name"]
    bureau.sent_in([firm(1, area=THERE)], THERE)
    assert len([n for n in bureau.returned() if HERE in n]) == 1, "the earlier file comes back again under its name"
    ran = bureau.cli("status", "--json")
    assert (ran.code, ran.json["firms"]) == (0, 2)


def test_an_inbox_that_is_gone_is_named_and_nothing_happens(bureau: Bureau) -> None:
    before = bureau.tables()
    bureau.workspace.inbox.rename(bureau.root / "收件-旧")
    ran = bureau.cli("collect")
    assert (ran.code, ran.out) == (2, "")
    assert "请恢复“收件”文件夹" in ran.err
    assert bureau.tables() == before


# ── files that another program has ──


def test_a_file_that_another_program_has_is_named_and_keeps_nobody_out(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    bureau.drop([firm(1)], "甲.xlsx")
    bureau.drop([firm(2, area=THERE)], "乙.xlsx", THERE)
    read = inbox.digest

    def held(path: Path) -> str:
        if path.name == "甲.xlsx":
            error = PermissionError(13, "The process cannot access the file")
            error.winerror = 32
            raise error
        return read(path)

    monkeypatch.setattr(inbox, "digest", held)
    first = bureau.collect()
    assert [(r.name, r.word, codes(r), r.errors) for r in first] == [
        ("乙.xlsx", "收下", [], 0),
        ("甲.xlsx", "没有读", ["FILE_HELD"], 1),
    ]
    assert [p.message for p in first[1].placed] == ["这次没有读：正被别的程序打开"]
    assert [r["uscc"] for r in bureau.tables()["claims"]] == [uscc(2)]
    pressed = bureau.press("collect")
    assert "甲.xlsx，这次没有读：正被别的程序打开" in pressed.lines
    assert pressed.code == 1
    monkeypatch.setattr(inbox, "digest", read)
    again = {r.name: (r.word, r.again) for r in bureau.collect()}
    assert again == {"乙.xlsx": ("收下", True), "甲.xlsx": ("收下", False)}
    assert sorted(r["uscc"] for r in bureau.tables()["claims"]) == sorted([uscc(1), uscc(2)])


def test_several_files_of_one_district_at_once_are_as_one_after_the_other(tmp_path: Path) -> None:
    """The later file's words count, the first time that a firm has stays, what the ledger holds is what it was sealed
    by."""
    files = (
        firms(1, 2, remark="甲"),
        [firm(2, name="南通新名贸易有限公司", received=None), firm(3, received=None)],
        [firm(3, received=at(7)), firm(1, remark="乙"), firm(4, **BAD_PHONE)],
    )
    told = []
    for folder, together in (("together", True), ("apart", False)):
        (tmp_path / folder).mkdir()
        bureau = bureau_in(tmp_path / folder)
        for n, rows in enumerate(files, 1):
            bureau.drop(rows, f"第{n}份.xlsx", round=n)
            if not together:
                bureau.collect()
        if together:
            bureau.collect()
        assert bureau.verify().wrong == []
        assert [r["uscc"] for r in bureau.tables()["enterprises"]] == [uscc(n) for n in (1, 2, 3, 4)]
        shown = ("uscc", "file_id", "row", "name", "remark", "received", "has_error")
        told.append(
            (
                sorted(tuple(r[f] for f in shown) for r in bureau.tables()["claims"]),
                [(r["uscc"], r["first_received"]) for r in bureau.tables()["enterprises"]],
            )
        )
    assert told[0] == told[1]
    assert [(row[0], row[4]) for row in told[0][0]][:1] == [(uscc(1), "乙")]
