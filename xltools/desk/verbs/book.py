"""`book` (平台工作簿)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xltools.desk.told import Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "book",
    "平台工作簿",
    "平台工作簿：生成，或更新正在使用的一份",
    180,
    about="""平台工作簿：还没有就按台账生成；已经有了，先取回改过的内容，再更新其中的表，别的一概不动。

    请先关闭工作簿；打开着的，在工作簿里按“刷新”。""",
    changes=True,
    options=(
        Option(
            "libreoffice",
            "新生成时用 LibreOffice 的宏（默认 Excel 和 WPS）；已有的工作簿不换宏",
            ("--libreoffice",),
            "yes",
        ),
    ),
    book="draw",
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """What was typed is taken back before, and the ledger is shown after it: that is the whole work."""
    return Told()
