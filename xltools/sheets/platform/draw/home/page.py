"""首页: what the office sees first: status, phase, buttons, pools, notes, progress of districts and plans."""

from __future__ import annotations

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook

from xltools.catalogue.buttons import numbered, of_phase
from xltools.catalogue.phases import MOST
from xltools.catalogue.tables import table
from xltools.sheets.platform.contents import Contents
from xltools.sheets.platform.draw.home import charts, counts, grid, pools, side
from xltools.sheets.platform.draw.home.grid import (
    BUTTONS,
    FACTS,
    FOLDER,
    HOME,
    LEFT,
    LEFT_END,
    LINKS,
    RIGHT,
    RIGHT_END,
    SIDE,
    STATUS,
)
from xltools.sheets.platform.draw.pages.table import SIGNED
from xltools.sheets.platform.draw.sheet import TableSheet
from xltools.sheets.platform.draw.table import Context, draw_table
from xltools.sheets.platform.looks import lines
from xltools.sheets.write import formats, style

FIELD = {"bg_color": style.PALE_GREY, "align": "left", "indent": 1, "num_format": "@"}
LINE = 17.0
"""Points of a line of the notes."""
MACRO, VERBS = "Press", "xt_verbs"
"""The one macro of all buttons, and the name of the cells in which it finds their verbs."""
NOTE_LINES = 13
"""Least room for the notes, in lines: what a press says (10 at most) and what the ledger has to say."""


def home(book: Workbook, sheet: TableSheet, context: Context, contents: Contents, *, macros: bool) -> None:
    """Fill 首页; `macros`: real buttons, else a line for each that says what does the same."""
    rows, looks = grid.rows(contents.scheme), context.looks
    for column, width in grid.WIDTHS.items():
        sheet.set_column(column, column, width, looks.plain())
    _head(sheet, context, contents)
    side.side(book, sheet, context, contents)
    _facts(book, sheet, context, contents)
    _buttons(book, sheet, context, contents, macros=macros)
    _accept(book, sheet, context, pools.pools(sheet, context, contents, BUTTONS))
    _notes(book, sheet, context, contents, rows.notes)
    _totals(sheet, context, contents, rows.totals)
    _section(sheet, context, rows.tables - 1, LEFT, "各区进度")
    _section(sheet, context, rows.tables - 1, RIGHT, "方案和保险人")
    for name, left in (("区表", LEFT), ("方案保险人表", RIGHT)):
        of = table(contents.scheme, name)
        widths = [grid.WIDTHS[c] for c in range(left, left + len(of.columns))]
        draw_table(
            sheet, context, of, contents.tables[name], rows.tables, left, widths=widths, arrows=False, room=rows.room
        )
    charts.charts(book, sheet, contents, rows.charts)
    _print(book, sheet, contents, rows)


def _head(sheet: TableSheet, context: Context, contents: Contents) -> None:
    scheme, looks = contents.scheme, context.looks
    sheet.set_row(0, 40)
    sheet.write_string(0, LEFT, scheme.title, looks.title(22))
    cover = f"{scheme.cover.start.value} 至 {scheme.cover.end.value}"
    about = f"平台工作簿　名义投保人：{scheme.policyholder}　保险期间：{cover}　依据：《{scheme.document}》"
    sheet.write_string(1, LEFT, about, looks.plain(font_color=style.GREY))
    sheet.set_row(1, 20)
    sheet.write_string(LINKS, LEFT, "本阶段的工作表：", looks.plain(align="right"))
    sheet.set_row(LINKS, 22)
    sheet.set_row(LINKS + 1, 6)


def _facts(book: Workbook, sheet: TableSheet, context: Context, contents: Contents) -> None:
    """Status, the moment of the last update, the phase and the folder; each in a named cell."""
    looks, facts = context.looks, contents.facts
    label = looks.plain(bold=True, align="right", font_color=style.NAVY)
    big = looks.boxed(
        text_wrap=True, align="left", indent=1, bg_color="#E2EFDA", bold=True, font_size=12, num_format="@"
    )
    field = looks.boxed(**FIELD)
    sheet.set_row(STATUS, 42)
    sheet.write_string(STATUS, LEFT, "状态", label)
    sheet.merge_range(STATUS, LEFT + 1, STATUS, RIGHT_END, "", big)
    sheet.write_string(STATUS, LEFT + 1, facts.get("状态") or "还没有办理过。", big)
    for rule in _alarms(context):
        sheet.conditional_format(STATUS, LEFT + 1, STATUS, RIGHT_END, rule)
    for row in (FACTS, FOLDER):
        sheet.set_row(row, 22)
    places = (
        ("更新于", "更新于", FACTS, LEFT, 4),
        ("今天", "办理日期", FACTS, LEFT + 5, 3),
        ("工作区", "文件夹", FOLDER, LEFT, 9),
    )
    for name, words, row, column, across in places:
        sheet.write_string(row, column, words, label)
        sheet.merge_range(row, column + 1, row, column + across, "", field)
        sheet.write_string(row, column + 1, facts.get(name, ""), field)
        _name(book, name, row, column + 1)
    _name(book, "状态栏", STATUS, LEFT + 1)
    _phase(book, sheet, context, contents)


def _phase(book: Workbook, sheet: TableSheet, context: Context, contents: Contents) -> None:
    looks = context.looks
    label = looks.plain(bold=True, align="right", font_color=style.NAVY)
    cell = looks.boxed(bold=True, align="center", bg_color="#FFF2CC", num_format="@")
    sheet.write_string(FACTS, RIGHT, "阶段", label)
    sheet.write_string(FACTS, RIGHT + 1, contents.phase.name, cell)
    sheet.data_validation(FACTS, RIGHT + 1, FACTS, RIGHT + 1, {
        "validate": "list", "source": "=阶段名", "error_message": "请从下拉列表中选择。",
        "input_title": "阶段", "input_message": f"办到哪一步就选哪一项，下面是这一步的按钮；按“刷新”后只显示这一步用的工作表，最多 {MOST} 张。",
    })  # fmt: skip
    _name(book, "阶段", FACTS, RIGHT + 1)
    grey = looks.plain(font_color=style.GREY)
    sheet.write_string(FACTS, RIGHT + 2, f"◀ 选好后按“刷新”，只显示这一阶段用的工作表（最多 {MOST} 张）", grey)
    does = '=IFERROR(INDEX(阶段表[办什么],MATCH(阶段,阶段表[阶段],0)),"")'
    sheet.write_formula(FOLDER, RIGHT + 1, does, grey, contents.phase.does)


def _accept(book: Workbook, sheet: TableSheet, context: Context, row: int) -> None:
    """The yellow cell whose 是 accepts the risk of the exchange rate for the next press."""
    looks, name = context.looks, "接受汇率风险"
    for below in range(BUTTONS + MOST + 1, row + 1):  # the rows of the buttons have their own height
        sheet.set_row(below, 24)
    sheet.write_string(row, RIGHT, name, looks.plain(bold=True, align="right", font_color=style.NAVY, shrink=True))
    sheet.write_blank(row, RIGHT + 1, None, looks.boxed(bold=True, align="center", bg_color="#FFF2CC", num_format="@"))
    sheet.data_validation(row, RIGHT + 1, row, RIGHT + 1, {
        "validate": "list", "source": ["是"], "error_message": "只能填“是”，或者留空。", "input_title": name,
        "input_message": "按最新汇率资金会不够时，报送要求填“是”；办完一步自动清空，记入日志。",
    })  # fmt: skip
    grey = looks.plain(font_color=style.GREY, font_size=10)
    sheet.write_string(row, RIGHT + 2, "◀ 按最新汇率有缺口、仍要报送的填“是”，再按“报送”；办完自动清空", grey)
    _name(book, name, row, RIGHT + 1)


def _alarms(context: Context) -> list[dict[str, object]]:
    """The status turns red when it says that something failed, yellow where something is to be done; its mark and
    words say so first."""
    cell = xl_rowcol_to_cell(STATUS, LEFT + 1, row_abs=True, col_abs=True)
    said = ",".join(f'ISNUMBER(FIND("{word}",{cell}))' for word in ("没有完成", "失败", "错误", "不能", "没办成"))
    red = {"type": "formula", "criteria": f"=OR({said})", "format": context.looks.rule(**style.BAD)}
    yellow = {"type": "formula", "criteria": f'=LEFT({cell},1)="⚠"', "format": context.looks.rule(**style.NOTE)}
    return [red | {"stop_if_true": True}, yellow]


def _buttons(book: Workbook, sheet: TableSheet, context: Context, contents: Contents, *, macros: bool) -> None:
    """As many places as a phase may have buttons: what each says and does are formulas of the phase.

    So choosing another phase shows its buttons at once, in every program, and a new button needs neither a new control
    nor another macro: the control `xt_3` does the verb that stands third in `xt_verbs`.
    """
    looks, own = context.looks, of_phase(contents.buttons, contents.phase.key)
    _section(sheet, context, BUTTONS, LEFT, "按钮（按“阶段”显示）" if macros else "办理（本文件不带宏）")
    caption = looks.boxed(bold=True, indent=4 if macros else 1, bg_color=style.PALE_BLUE, font_color=style.NAVY)
    look = looks.plain(text_wrap=True, font_size=10, indent=1)
    for place in range(1, MOST + 1):
        row = BUTTONS + place
        sheet.set_row(row, 31)
        button = own[place - 1] if place <= len(own) else None
        does = button.does if button else ""
        words = _slot("做什么", place)
        if button and not macros:
            does += f"\n双击“{numbered(contents.buttons, button)}”，或运行 xltools {button.verb}"
        if not macros:
            words = f"{words}&CHAR(10)&{_slot('不用宏', place)}"
        sheet.write_formula(
            row, LEFT, f'=IFERROR({_slot("按钮", place)},"")', caption, button.caption if button else ""
        )
        sheet.merge_range(row, LEFT + 1, row, LEFT_END, "", look)
        sheet.write_formula(row, LEFT + 1, f'=IFERROR({words},"")', look, does)
        verb = looks.plain(font_color="#A6A6A6", font_size=9)
        sheet.write_formula(row, SIDE, f'=IFERROR({_slot("动作", place)},"")', verb, button.verb if button else "")
        if macros:
            sheet.insert_button(row, LEFT, {
                "macro": MACRO, "caption": "►", "width": 30, "height": 35, "x_offset": 2, "y_offset": 3,
            })  # fmt: skip
    blank = {"type": "formula", "criteria": f'={xl_rowcol_to_cell(BUTTONS + 1, LEFT, col_abs=True)}=""'}
    white = looks.rule(bg_color="#FFFFFF", border=0)
    sheet.conditional_format(BUTTONS + 1, LEFT, BUTTONS + MOST, LEFT, blank | {"format": white})
    first, last = (xl_rowcol_to_cell(BUTTONS + n, SIDE, row_abs=True, col_abs=True) for n in (1, MOST))
    book.define_name(VERBS, f"='{HOME}'!{first}:{last}")


def _slot(heading: str, place: int) -> str:
    """What 按钮表 says under that heading for the place-th button of the phase."""
    return f'INDEX(按钮表[{heading}],MATCH(阶段&" {place}",按钮表[位置],0))'


def _notes(book: Workbook, sheet: TableSheet, context: Context, contents: Contents, row: int) -> None:
    _section(sheet, context, row, LEFT, "提示", RIGHT_END)
    said = contents.facts.get("提示", "")
    room = sum(grid.WIDTHS[c] for c in range(LEFT, RIGHT_END + 1))
    sheet.set_row(row + 1, min(max(lines(said, room), NOTE_LINES) * LINE + 6, 400))
    look = context.looks.boxed(text_wrap=True, valign="top", num_format="@", bg_color="#FFFDF5", align="left", indent=1)
    sheet.merge_range(row + 1, LEFT, row + 1, RIGHT_END, "", look)
    sheet.write_string(row + 1, LEFT, said or "没有要提示的。", look)
    _name(book, "提示", row + 1, LEFT)


def _totals(sheet: TableSheet, context: Context, contents: Contents, row: int) -> None:
    """Counts and amounts over all firms, by formulas."""
    looks = context.looks
    _section(sheet, context, row, LEFT, "总览（公式，随“测算”表变化）")
    head = looks.boxed(align="center", bold=True, font_color=style.GREY, bg_color=style.PALE_GREY)
    figure = looks.boxed(
        align="center", bold=True, font_size=14, num_format=formats.COUNT, shrink=True, font_color=style.NAVY
    )
    money = looks.boxed(
        align="center", bold=True, font_size=13, num_format=formats.AMOUNT, shrink=True, font_color=style.NAVY
    )
    sheet.set_row(row + 2, 30)
    sheet.set_row(row + 3, 8)
    sheet.write_string(row + 1, LEFT, "全市", head)
    sheet.write_string(row + 2, LEFT, "家（份）", looks.boxed(align="center"))
    now = counts.counts(contents)
    for column, (heading, formula) in enumerate(counts.formulas().items(), LEFT + 1):
        sheet.write_string(row + 1, column, heading, head)
        sheet.write_formula(row + 2, column, f"={formula}", figure, now[heading])
    sheet.write_string(row + 1, RIGHT, "已安排和", head)
    sheet.write_string(row + 2, RIGHT, "已报送", looks.boxed(align="center"))
    for column, heading, across in zip((RIGHT + 1, RIGHT + 3, RIGHT + 5), counts.AMOUNTS, (2, 2, 1), strict=True):
        formula, value = counts.amount_formula(heading), float(counts.amount(contents, heading))
        if across > 1:
            sheet.merge_range(row + 1, column, row + 1, column + 1, "", head)
            sheet.merge_range(row + 2, column, row + 2, column + 1, "", money)
        sheet.write_string(row + 1, column, heading, head)
        sheet.write_formula(row + 2, column, f"={formula}", money, value)


def _section(sheet: TableSheet, context: Context, row: int, column: int, words: str, end: int = 0) -> None:
    """A heading with a line below it across its half of the page, or to that column."""
    sheet.set_row(row, 24)
    line = {"bottom": 2, "bottom_color": style.NAVY}
    for place in range(column, (end or (LEFT_END if column == LEFT else RIGHT_END)) + 1):
        sheet.write_blank(row, place, None, context.looks.plain(**line))
    sheet.write_string(row, column, words, context.looks.plain(bold=True, font_size=13, font_color=style.NAVY, **line))


def _name(book: Workbook, name: str, row: int, column: int) -> None:
    book.define_name(name, f"='{HOME}'!{xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)}")


def _print(book: Workbook, sheet: TableSheet, contents: Contents, rows: grid.Rows) -> None:
    """Two pages, one below the other: two print areas, as Excel passes over page breaks where it fits the width."""
    sheet.hide_gridlines(2)
    sheet.set_selection(FACTS, RIGHT + 1, FACTS, RIGHT + 1)
    style.a4(sheet, landscape=True, left=SIGNED, right=contents.scheme.title)
    right = xl_col_to_name(RIGHT_END)
    upper, lower = f"$A$1:${right}${rows.totals}", f"$A${rows.totals + 1}:${right}${rows.end + 1}"
    book.define_name(f"'{HOME}'!_xlnm.Print_Area", f"='{HOME}'!{upper},'{HOME}'!{lower}")
