"""What a press without macros says (双击办理的话): failures as sentences, problems with their places, what comes next."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.buttons import buttons
from xltools.catalogue.problems import problems_by_code
from xltools.desk.book.pull.pulled import Pulled
from xltools.desk.doctor.check import BAD, NOTE, Check, refused
from xltools.desk.failures import sentence
from xltools.sheets.write.resultbook import Trouble

INIT = "init"
VERBS = (INIT, *(b.verb for b in buttons()))
"""The verbs that have a file to double-click, in the order of their numbers."""
OUTCOMES = ("✔ {0}：完成", "⚠ {0}：完成，有要处理的问题", "✘ {0}：没办成")
NEXT = {
    INIT: [
        "把各区报来的表放进“收件”文件夹，再双击“1收件”",
        "审核意见、资金、汇率、名单填在平台工作簿里，保存并关闭后双击下一步",
    ],
    "collect": ["把海关统计放进“资料”文件夹（文件名以“海关”开头），再双击“2海关数据”"],
    "customs": ["在平台工作簿的“企业名册”里填审核意见，保存并关闭，再双击“3资格与保费测算”"],
    "assess": ["打开平台工作簿看“测算”“排队”，没有问题就双击“4报送”"],
    "submit": ["把“报送”文件夹里的新表发给保险人，再双击“5全面核验”"],
    "verify": ["没有新的报送以前不用再做；有候补、待审核或待补正的，见平台工作簿的首页“提示”"],
    "sync": ["填了审核意见、优先条件或名单的，双击“3资格与保费测算”看结果；其他没有要做的"],
    "doctor": [],
}
"""Verb -> what comes next in the year."""
IDLE = {
    "collect": ["把各区报来的表放进“收件”文件夹，再双击“1收件”"],
    "customs": ["把海关统计放进“资料”文件夹（文件名以“海关”开头），再双击“2海关数据”"],
    "assess": ["在平台工作簿的“企业名册”里填审核意见，保存并关闭，再双击“3资格与保费测算”"],
    "submit": ["没有要报送的。有待审核的，在平台工作簿的“企业名册”里审核，再双击“3资格与保费测算”；候补的等追加资金"],
}
"""The same where there was nothing to do it with."""
BEGIN = "还没有工作区：先双击“0建立工作区”"
THERE = "工作区已经建好的，不用再建，接着双击“1收件”；没有建成的，按“结果”一页的说明处理后再双击一次"
WAITING = "各区还没改好的，把“退回”文件夹里的文件发回各区；改好的放进“收件”文件夹，再双击“1收件”。其他企业不用等"
"""Of the verbs in LISTED, while districts have something to mend."""
LISTED = ("collect", "assess")
"""Verbs that list what stands to be mended where they find nothing new themselves."""
MEND = {"doctor": "把本文件夹里的“自检报告.txt”交给信息部门"}
MENDED = "按本文件“问题”一页改好，再双击“{0}”"
AGAIN = "按“结果”一页的说明处理，再双击“{0}”；不明白的双击“7自检”，把自检报告交给信息部门"
_FILE = re.compile(r"(?P<file>.+?\.(?:xlsx|xlsm|xls|csv|zip))(?: (?P<rest>.+))?", re.IGNORECASE)
_CELL = re.compile(r"(?:(?P<sheet>.+?) ?)??(?P<cell>[A-Z]{1,3}[1-9]\d*)?")


def caption(verb: str) -> str:
    """The words on the verb's button."""
    return "建立工作区" if verb == INIT else next((b.caption for b in buttons() if b.verb == verb), verb)


def named(verb: str) -> str:
    """The name of the file that is double-clicked: the button's words behind its number (`1收件`)."""
    return f"{VERBS.index(verb)}{caption(verb)}" if verb in VERBS else verb


def told(verb: str) -> str:
    """What the verb does, in a sentence."""
    first = "在本文件夹建立一个平台年度的工作区和平台工作簿（每年一次）"
    return first if verb == INIT else next(b.does for b in buttons() if b.verb == verb)


def following(
    verb: str, code: int, *, begun: bool = True, typed: bool = False, standing: int = 0, idle: bool = False
) -> list[str]:
    """What comes next. `begun`: there is a workspace; `typed`: something typed could not be taken; `standing`: problems
    that districts have to mend; `idle`: there was nothing to do it with."""
    if not begun and verb != INIT and not (verb == "doctor" and code):
        return [BEGIN]
    if code == 2 and verb == INIT and begun:
        return [THERE]
    if code == 2:
        return [AGAIN.format(named(verb))]
    if typed or (code and verb not in LISTED):
        return [MEND.get(verb, MENDED.format(named(verb)))]
    coming = IDLE.get(verb, []) if idle else NEXT.get(verb, [])
    return [*([WAITING] if standing and verb in LISTED else []), *coming]


def standing(count: int) -> str:
    """What the page 问题 says of the problems that stand, "" where there is none."""
    return (
        f"各区还没改好的必须改 {count} 处，逐条见平台工作簿的工作表“问题”（看不到它时，在首页“阶段”选“收件”，保存并关闭，双击“6刷新”）"
        if count
        else ""
    )


def standing_of(problems: pa.Table) -> list[Trouble]:
    """Of the table 问题 what has to be mended."""
    wanted = problems.filter(pc.equal(problems["级别"], "必须改"))
    columns = [pc.fill_null(wanted[h], "").to_pylist() for h in ("文件", "单元格", "问题", "怎么办")]
    return [Trouble("必须改", file, "", cell, text, todo) for file, cell, text, todo in zip(*columns, strict=True)]


def failure(error: Exception) -> str:
    """A failure in one Chinese sentence."""
    return sentence(error, "请双击“安装”重新安装，再试一次")


def trouble(told: str) -> Trouble:
    """A problem's line (`[必须改] 甲.xlsx 表一 C12：问题。怎么办`) in its parts."""
    match = re.fullmatch(r"\[(提示|必须改)\] (.*?)：(.*)", told, re.DOTALL)
    if match is None:
        return _parted("必须改", "", "", "", told)
    degree, where, text = match.groups()
    place = _FILE.fullmatch(where)
    if place is None:
        return _parted(degree, where, "", "", text)
    rest = _CELL.fullmatch(place["rest"] or "")
    return _parted(degree, place["file"], (rest and rest["sheet"]) or "", (rest and rest["cell"]) or "", text)


def typed(book: str, pulled: Pulled) -> Iterable[Trouble]:
    """What of the typing in the workbook was not taken back."""
    for problem in pulled.problems:
        yield _parted("必须改", book, problem.sheet, problem.cell, problem.text)
    for conflict in pulled.conflicts:
        yield _parted("必须改", book, conflict.sheet, conflict.cell, str(conflict))
    for ignored in pulled.ignored:
        yield _parted("提示", book, ignored.sheet, ignored.cell, str(ignored))


def checked(checks: Iterable[Check]) -> Iterable[Trouble]:
    """What a self-check found."""
    for result, degree in ((BAD, "必须改"), (NOTE, "提示")):
        for c in checks:
            if c.result == result:
                yield Trouble(degree, "", "", "", f"{c.name}：{c.text}", c.todo)


def _parted(degree: str, file: str, sheet: str, cell: str, text: str) -> Trouble:
    """The problem apart from what to do about it: a hint of the catalogue, else from the last `请` clause on."""
    hints = (k.hint for k in problems_by_code().values() if k.hint and text.endswith(k.hint))
    hint = max(hints, key=len, default="")  # one hint may be the end of another
    if hint:
        return Trouble(degree, file, sheet, cell, text[: -len(hint)].rstrip("。"), hint)
    check = refused("", text)
    if check.text == text:
        return Trouble(degree, file, sheet, cell, text, "")
    return Trouble(degree, file, sheet, cell, check.text, check.todo)
