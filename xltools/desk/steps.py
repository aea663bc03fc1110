"""The steps of the year (步骤) as they are pressed: their names and numbers, how each ended, what comes next."""

from __future__ import annotations

from collections.abc import Callable

from xltools.desk.verb import Verb, verbs, with_buttons

INIT = "init"
BEGINNING = "建立工作区"
"""What the making of the workspace is called where it is double-clicked."""
BEGINS = "在本文件夹建立一个平台年度的工作区和平台工作簿（每年一次）"
MARKS = ("✔", "⚠", "✘")
ENDINGS = ("完成", "完成，有要处理的问题", "没办成")
BEGIN = "还没有工作区：先{init}"
THERE = "工作区已经建好的，不用再建，接着{collect}；没有建成的，按“结果”一页的说明处理后再双击一次"
WAITING = "各区还没改好的，把“退回”文件夹里的文件发回各区；改好的放进“收件”文件夹，再{collect}。其他企业不用等"
"""Of the verbs that list what stands, while districts have something to mend."""
MENDED = "按本文件“问题”一页改好，再{%s}"
AGAIN = "按“结果”一页的说明处理，再{%s}；不明白的{doctor}，把自检报告交给信息部门"


def pressed() -> list[Verb]:
    """The verbs that have a file to double-click, in the order of their numbers."""
    return [verbs()[INIT], *with_buttons()]


def caption(verb: str) -> str:
    """The words on the verb's button, or on its file."""
    return BEGINNING if verb == INIT else (v.button or verb if (v := verbs().get(verb)) else verb)


def numbered(verb: str) -> str:
    """The name of the file that is double-clicked: the button's words behind its number (`1收件`)."""
    names = [v.name for v in pressed()]
    return f"{names.index(verb)}{caption(verb)}" if verb in names else verb


def does(verb: str) -> str:
    """What a press of the verb does, in a sentence."""
    return BEGINS if verb == INIT else verbs()[verb].presses


def by_double_click(verb: str) -> str:
    """A step, told to somebody who double-clicks."""
    same = _pressed_as(verb, pressed())
    return f"双击“{numbered(same)}”" if same else by_command(verb)


def by_button(verb: str) -> str:
    """A step, told to somebody who presses buttons."""
    same = _pressed_as(verb, with_buttons())
    return f"按“{caption(same)}”" if same else by_command(verb)


def _pressed_as(verb: str, there: list[Verb]) -> str:
    """The verb that a press does it by: a press of any that is about the workbook brings it up to date."""
    if verb in {v.name for v in there}:
        return verb
    found = verbs().get(verb)
    return next((v.name for v in there if v.book), "") if found and found.book else ""


def by_command(verb: str) -> str:
    """A step, told to somebody at a terminal."""
    return f"运行 xltools {verb}" if verb in verbs() else f"{{{verb}}}"


def anyhow(verb: str) -> str:
    """A step, told to somebody of whom nobody knows how he works."""
    ways = dict.fromkeys((by_double_click(verb), by_command(verb)))
    return "或".join(ways)


Telling = Callable[[str], str]
"""How a step is told: one of the three above."""


def outcome(verb: str, code: int) -> str:
    """How it ended: `✔ 收件：完成`."""
    return f"{MARKS[code]} {caption(verb)}：{ENDINGS[code]}"


def following(
    name: str, code: int, *, begun: bool = True, typed: bool = False, standing: int = 0, idle: bool = False
) -> list[str]:
    """What comes next. `begun`: there is a workspace; `typed`: something typed could not be taken; `standing`: problems
    that districts have to mend; `idle`: there was nothing to do it with."""
    verb = verbs().get(name)
    if not begun and name != INIT and not (name == "doctor" and code):
        return [BEGIN]
    if code == 2 and name == INIT and begun:
        return [THERE]
    if code == 2 or verb is None:
        return [AGAIN.replace("%s", name)]
    if typed or (code and not verb.lists):
        return [verb.mend or MENDED.replace("%s", name)]
    return [*([WAITING] if standing and verb.lists else []), *(verb.idle if idle else verb.next)]
