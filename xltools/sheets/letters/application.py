"""Payment application (付款申请): what the finance bureau wants to see before it pays, as one workbook.

Domain: 申请汇总表, 收款账户信息汇总表 and 企业投保明细表 of the payment papers (§17.6). Same input, same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from xltools.catalogue.words import capital, exact
from xltools.sheets.write import bulk, formats
from xltools.sheets.write.style import A4, FONT, PALE_BLUE, TITLE_FONT

LIST, FORM, ACCOUNTS = "企业投保明细表", "付款申请表", "收款账户信息汇总表"
_WIDTHS = (6, 30, 10, 18, 18, 18, 34)
_HEADINGS = ("序号", "收款单位（保险人）", "企业数", "依据金额(元)", "已付净额(元)", "本次申请(元)", "大写")


@dataclass(frozen=True)
class Line:
    """One insurer: `basis_fen` is what the payment is measured by, `paid_fen` net of what came back, `asked_fen` what is
    applied for, negative where the insurer owes it back; the account as the insurer named it."""

    insurer: str
    firms: int
    basis_fen: int
    paid_fen: int
    asked_fen: int
    holder: str = ""
    bank: str = ""
    account: str = ""


@dataclass(frozen=True)
class Application:
    """`kind` 预付 or 清算, `grounds` the clause in words, `policies` the list behind it."""

    kind: str
    title: str
    office: str
    grounds: str
    day: date
    who: str
    lines: Sequence[Line]
    policies: pa.Table


def write(path: Path, a: Application) -> None:
    """Write the workbook, whole or not at all. Raises ValueError for rows that no sheet can hold, OSError."""

    def extra(book: Any) -> None:
        page = book.get_worksheet_by_name(LIST)
        page.set_landscape()
        page.set_paper(A4)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        page.set_footer("&C第 &P 页，共 &N 页")
        _form(book, a)
        _accounts(book, a)

    bulk.write_table(path, [bulk.Sheet(LIST, a.policies, bulk.fitted(a.policies), 2)], extra)


def _formats(book: Any) -> dict[str, Any]:
    base = {"font_name": FONT, "font_size": 11, "valign": "vcenter"}
    line = base | {"border": 1, "text_wrap": True}
    return {
        "title": book.add_format(
            base | {"font_name": TITLE_FONT, "font_size": 18, "align": "center", "text_wrap": True}
        ),
        "heading": book.add_format(line | {"bold": True, "bg_color": PALE_BLUE, "align": "center"}),
        "text": book.add_format(line),
        "centre": book.add_format(line | {"align": "center"}),
        "code": book.add_format(line | {"num_format": formats.TEXT}),
        "money": book.add_format(line | {"align": "right", "num_format": formats.AMOUNT}),
        "total": book.add_format(line | {"align": "right", "num_format": formats.AMOUNT, "bold": True}),
        "bold": book.add_format(line | {"bold": True, "align": "center"}),
        "plain": book.add_format(base | {"text_wrap": True}),
    }


def _form(book: Any, a: Application) -> None:
    page, f = book.add_worksheet(FORM), _formats(book)
    for i, width in enumerate(_WIDTHS):
        page.set_column(i, i, width)
    last = len(_WIDTHS) - 1
    page.merge_range(0, 0, 0, last, f"{a.title}\n保费扶持资金{a.kind}付款申请表", f["title"])
    page.set_row(0, 60)
    for row, text in enumerate((f"申请单位：{a.office}", f"依据：{a.grounds}", f"申请日期：{a.day:%Y年%m月%d日}"), 1):
        page.merge_range(row, 0, row, last, text, f["plain"])
        page.set_row(row, 24)
    for i, heading in enumerate(_HEADINGS):
        page.write_string(5, i, heading, f["heading"])
    page.set_row(5, 30)
    for row, x in enumerate(a.lines, 6):
        page.write_number(row, 0, row - 5, f["centre"])
        page.write_string(row, 1, x.insurer, f["text"])
        page.write_number(row, 2, x.firms, f["centre"])
        for column, fen in ((3, x.basis_fen), (4, x.paid_fen), (5, x.asked_fen)):
            page.write_number(row, column, exact(fen), f["money"])
        page.write_string(row, 6, _words(x.asked_fen), f["text"])
        page.set_row(row, 36)
    end = 6 + len(a.lines)
    page.merge_range(end, 0, end, 1, "合计", f["bold"])
    page.write_number(end, 2, sum(x.firms for x in a.lines), f["bold"])
    for column, fens in (
        (3, [x.basis_fen for x in a.lines]),
        (4, [x.paid_fen for x in a.lines]),
        (5, [x.asked_fen for x in a.lines]),
    ):
        page.write_number(end, column, exact(sum(fens)), f["total"])
    page.write_string(end, 6, _words(sum(x.asked_fen for x in a.lines)), f["text"])
    page.set_row(end, 36)
    page.merge_range(
        end + 1,
        0,
        end + 1,
        last,
        "本次申请为负数的，是保险人应退还的金额。账户见“收款账户信息汇总表”，逐户明细见“企业投保明细表”。",
        f["plain"],
    )
    for row, text in (
        (end + 3, f"经办：{a.who}　　　　　　复核：　　　　　　　　负责人："),
        (end + 5, f"{a.office}（盖章）　　　　　　　　　　年　　月　　日"),
        (end + 7, "财政部门审核意见：　　　　　　　　　　　　（盖章）　　　　年　　月　　日"),
    ):
        page.merge_range(row, 0, row, last, text, f["plain"])
        page.set_row(row, 30)
    _print(page, end + 7, last)
    page.activate()
    page.set_first_sheet()


def _words(fen: int) -> str:
    return f"（应退）{capital(-fen)}" if fen < 0 else capital(fen)


def _accounts(book: Any, a: Application) -> None:
    page, f = book.add_worksheet(ACCOUNTS), _formats(book)
    headings = (("序号", 6), ("收款单位（保险人）", 30), ("户名", 34), ("开户行", 34), ("账号", 28), ("金额(元)", 18))
    page.merge_range(0, 0, 0, len(headings) - 1, f"{a.title}\n{ACCOUNTS}", f["title"])
    page.set_row(0, 60)
    for i, (heading, width) in enumerate(headings):
        page.set_column(i, i, width)
        page.write_string(2, i, heading, f["heading"])
    for row, x in enumerate(a.lines, 3):
        page.write_number(row, 0, row - 2, f["centre"])
        for column, text in enumerate((x.insurer, x.holder or "（待保险人指定）", x.bank, x.account), 1):
            page.write_string(row, column, text, f["code" if column == 4 else "text"])
        page.write_number(row, 5, exact(x.asked_fen), f["money"])
        page.set_row(row, 36)
    _print(page, 3 + len(a.lines), len(headings) - 1)


def _print(page: Any, row: int, column: int) -> None:
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 1)
    page.center_horizontally()
    page.print_area(0, 0, row, column)
