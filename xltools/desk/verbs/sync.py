"""`sync` (刷新)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xltools.desk.told import Told
from xltools.desk.verb import Ask, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "sync",
    "刷新",
    "刷新：取回平台工作簿里改过的内容，再更新每张表",
    190,
    about="""刷新：取回平台工作簿里改过的内容，写入台账，再按台账更新每张表。

    同事这期间改过的格不覆盖，逐格列出；区填和自动的列不取回，也逐格列出。""",
    changes=True,
    button="刷新",
    presses="取回本工作簿里改过的内容，写入台账，再按台账更新每张表",
    next=("填了审核意见、优先条件或名单的，{assess}看结果；其他没有要做的",),
    book="update",
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """What was typed is taken back before, and the ledger is shown after it: that is the whole work."""
    return Told()
