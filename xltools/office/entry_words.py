"""What a press says (状态): one sentence for every failure, and the text of 状态栏."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from xltools.desk.errors import BadInput
from xltools.desk.failures import logged, sentence

MARKS = ("✔", "⚠", "✘")
WORDS = ("完成", "完成，有要处理的问题", "没办成")
ROOM = 150
"""Characters that 状态栏 shows; everything that was said stands in 提示."""


MOST = 10
"""Lines of one press that 提示 shows."""


@dataclass(frozen=True)
class Words:
    """The text of 状态栏, and what did not fit there: the lines that stand at the top of 提示."""

    status: str
    notes: list[str]


def verbs() -> set[str]:
    """The verbs that have a button."""
    from xltools.desk.book.workbook import buttons

    return {b.verb for b in buttons()}


def caption(verb: str) -> str:
    """The words on the verb's button."""
    try:
        from xltools.desk.book.workbook import buttons
    except ImportError:  # then that is what there will be to say
        return verb
    return next((b.caption for b in buttons() if b.verb == verb), verb)


def words(verb: str, now: datetime, code: int, lines: Sequence[str]) -> Words:
    """What a press says: mark, time, button, outcome, then as many of its lines as fit."""
    said = list(dict.fromkeys(line.rstrip() for line in lines if line.strip()))
    head = f"{MARKS[code]} {now:%Y-%m-%d %H:%M} {caption(verb)}：{WORDS[code]}"
    if sum(map(len, said)) + len(said) <= ROOM:
        return Words("。".join([head, *(line.strip().rstrip("。") for line in said)]) + "。", [])
    first = said[0].rstrip("。")
    first = first if len(first) <= ROOM else first[: ROOM - 1] + "…"
    return Words(f"{head}。{first}。共 {len(said)} 条，详见下面“提示”。", said)


def notes(said: Sequence[str], hints: str) -> str:
    """The text of 提示: what was said this time, then what the ledger has to say."""
    shown = list(said)
    if len(shown) > MOST:
        shown[MOST - 1 :] = [f"……还有 {len(shown) - MOST + 1} 条，见“问题”和“日志”"]
    shown += [line for line in hints.split("\n") if line and line not in shown]
    return "\n".join(shown) or "没有要提示的。"


def of(error: Exception) -> str:
    """A failure in one Chinese sentence; of a bureau's table its first cells as well."""
    if isinstance(error, BadInput):
        places = [" ".join(x for x in (p.file, p.sheet, p.cell) if x) + f"：{p.message}" for p in error.placed[:5]]
        return "；".join([str(error), *places])
    if type(error).__name__ == "com_error":
        return (
            "Excel 没有接受这一步（工作表可能有保护、正在编辑单元格，或开着对话框）。"
            f"请取消保护、关闭对话框后按“刷新”（详细情况记在 {logged(error)}）"
        )
    return sentence(error, "请按“自检”，把自检报告交给信息部门")
