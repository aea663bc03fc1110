"""What the committed workbooks are made of (工作簿模板): the template before anything has happened, the budget model."""

from __future__ import annotations

import tempfile
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from xltools.desk.book.contents import baseline as book_base
from xltools.desk.book.workbook import contents
from xltools.desk.steps import numbered, pressed
from xltools.desk.workspace import init
from xltools.scheme import load
from xltools.sheets.platform.contents import Contents, empty

if TYPE_CHECKING:
    from xltools.sheets.write.first_day import FirstDay

SCHEME = "nantong-2019"
"""The scheme that the committed workbooks show."""
KEPT = ("方案表", "参数表", "国别组表", "资金池", "资金账", "方案保险人表", "区表", "阶段表", "按钮表")
"""Tables that show something before anything has happened."""


def template_contents(scheme_id: str = SCHEME) -> Contents:
    """The workbook of a scheme before anything has happened, as a new workspace would show it; no times, no names."""
    scheme = load(scheme_id)
    now = datetime.combine(scheme.acceptance.start.value, time(9))
    with tempfile.TemporaryDirectory() as folder:
        new = contents(init(Path(folder) / "新", scheme_id, now=now, who="模板"), now=now, today=now.date())
    nothing = empty(scheme, new.buttons)
    tables = {**nothing.tables, **{name: new.tables[name] for name in KEPT}}
    tables[book_base.NAME] = book_base.make(tables, scheme)
    facts = {"状态": "模板：还没有数据。在工作区里运行 xltools book 生成自己的工作簿", "阶段": "template"}
    return Contents(scheme, tables, facts, new.buttons)


def draw_template(path: Path, vba: bytes | None) -> None:
    """The template as a workbook; with `vba` (a vbaProject.bin) its buttons work."""
    from xltools.sheets.platform.draw.workbook import draw

    draw(path, template_contents(), vba=vba)


def draw_first_day(folder: Path) -> None:
    """首日核对表.xlsx, to be filled in on the first day on Windows."""
    from xltools.sheets.write import first_day

    first_day.draw(folder / f"{first_day.NAME}.xlsx", first_day_list())


def first_day_list() -> FirstDay:
    """What the first Windows office works through."""
    from xltools.sheets.write.first_day import first_day

    return first_day({v.name: numbered(v.name) for v in pressed()})


def draw_budget_model(path: Path) -> None:
    """The budget model of the scheme."""
    from xltools.desk.budget.model import model

    model(path, load(SCHEME))
