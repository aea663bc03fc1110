"""说明: how to use the workbook: phases, buttons, sheets, colours, and what it does not do."""

from __future__ import annotations

from collections.abc import Sequence

from xltools.catalogue.buttons import Button, numbered
from xltools.catalogue.phases import MOST, remarks
from xltools.catalogue.tables import Owner
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.pages.table import SIGNED, head
from xltools.sheets.platform.looks import BAND, FILL, HEADING, OWNER_WORD, Looks, lines
from xltools.sheets.write import style
from xltools.sheets.write.style import Sheet

GUIDE = "说明"
WIDTHS = (18, 70, 46)
LINE = 15.5
LIMITS = (
    "台账才是准的：本工作簿是台账的一张视图，丢了可以重新生成（xltools book）；备份请备份整个文件夹。",
    "只有黄色列里改的内容会被取回；灰色和白色列改了不算数，刷新时会指出来并恢复。",
    "别人已经改过的，不会被覆盖：刷新时会写明哪家企业、哪一列、双方各写了什么，由你决定。",
    "可以排序、筛选、加列宽、在表右边和别的工作表里写自己的东西；不要改表头，不要删我们的工作表，不要在表下面紧挨着放东西。",
    "测算表的金额是公式：改了参数页的预算汇率会跟着变，只是试算，按“刷新”后恢复台账的数。正式的金额以台账为准。",
    "工作表没有加保护，也没有密码；列归谁填看表头上方的字和颜色。",
    "不带宏的文件、WPS 或禁用宏的电脑：用文件夹里的双击文件或 xltools 命令，结果一样。",
)


def guide(sheet: Sheet, looks: Looks, contents: Contents) -> None:
    """Fill 说明."""
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width, looks.plain())
    head(sheet, looks, GUIDE, [])
    row = _colours(sheet, looks, 3)
    shown = [(p.name, p.does, "、".join(p.sheets)) for p in contents.phases]
    row = _part(
        sheet, looks, row, f"二、阶段（首页选定，最多显示 {MOST} 张表）", ("阶段", "办什么", "显示的工作表"), shown
    )
    shown = [
        (
            b.caption,
            f"{b.does}（{_phases(contents, b)}）",
            f"双击“{numbered(contents.buttons, b)}”，或运行 xltools {b.verb}",
        )
        for b in contents.buttons
    ]
    row = _part(sheet, looks, row, "三、按钮（首页只有所选阶段的）", ("按钮", "做什么", "没有宏时"), shown)
    where = {n: "、".join(p.name for p in contents.phases if n in p.sheets) for n in remarks()}
    shown = [(n, r, f"阶段：{where[n]}") for n, r in remarks().items()]
    row = _part(sheet, looks, row, "四、工作表", ("工作表", "用来做什么", "什么时候显示"), shown)
    row = _list(sheet, looks, row, "五、要知道的", LIMITS)
    sheet.hide_gridlines(2)
    sheet.freeze_panes(2, 0)
    style.a4(sheet, landscape=True, left=SIGNED, right=contents.scheme.title)
    sheet.print_area(0, 0, row - 1, len(WIDTHS) - 1)


def _phases(contents: Contents, button: Button) -> str:
    return "、".join(p.name for p in contents.phases if p.key in button.phases) or "每个阶段都有"


def _colours(sheet: Sheet, looks: Looks, row: int) -> int:
    rows: tuple[tuple[Owner, str], ...] = (
        ("bureau", "市局在这里填：审核意见、资金、汇率、名单。填好按“刷新”，写入台账。"),
        ("computed", "软件算出来的，不用填。"),
        ("district", "区里报来的。要改请退回区里补正重报；市局另有意见的，写在黄色列里。"),
    )
    row = _title(sheet, looks, row, "一、颜色（表头上方也有字）")
    for owner, words in rows:
        sheet.write_string(row, 0, OWNER_WORD[owner], looks.boxed(align="center", bold=True, **HEADING[owner]))
        sheet.write_string(row, 1, words, looks.boxed(text_wrap=True, indent=1, bg_color=FILL[owner]))
        sheet.write_string(
            row,
            2,
            "隔一行颜色稍浅，便于看清是哪一行",
            looks.boxed(indent=1, font_color=style.GREY, bg_color=BAND[owner]),
        )
        sheet.set_row(row, lines(words, WIDTHS[1] - 2) * LINE + 6)
        row += 1
    return row + 1


def _title(sheet: Sheet, looks: Looks, row: int, words: str) -> int:
    sheet.set_row(row, 24)
    sheet.write_string(row, 0, words, looks.plain(bold=True, font_size=13, font_color=style.NAVY))
    return row + 1


def _part(
    sheet: Sheet, looks: Looks, row: int, title: str, headings: Sequence[str], shown: Sequence[Sequence[str]]
) -> int:
    """A title, headings and rows. Returns the row after a gap."""
    row = _title(sheet, looks, row, title)
    top = looks.boxed(bold=True, align="center", bg_color=style.PALE_BLUE, font_color=style.NAVY)
    name, words = looks.boxed(align="center", bold=True, text_wrap=True), looks.boxed(text_wrap=True, indent=1)
    for column, heading in enumerate(headings):
        sheet.write_string(row, column, heading, top)
    for at, line in enumerate(shown, row + 1):
        for column, text in enumerate(line):
            sheet.write_string(at, column, text, words if column else name)
        sheet.set_row(at, max(lines(t, w - 2) for t, w in zip(line, WIDTHS, strict=True)) * LINE + 5)
    return row + len(shown) + 2


def _list(sheet: Sheet, looks: Looks, row: int, title: str, sentences: Sequence[str]) -> int:
    row = _title(sheet, looks, row, title)
    look = looks.plain(text_wrap=True, indent=1)
    for number, sentence in enumerate(sentences, 1):
        sheet.merge_range(row, 0, row, len(WIDTHS) - 1, f"{number}. {sentence}", look)
        sheet.set_row(row, lines(sentence, sum(WIDTHS) - 4) * LINE + 4)
        row += 1
    return row
