"""docs/manual/first-day-windows.md: the list of the first day on Windows, from the data that its sheet is drawn from."""

from __future__ import annotations

from xltools.desk.book.workbooks import first_day_list
from xltools.sheets.write.first_day import NAME, Part, Step

HEAD = f"""# 第一台 Windows 电脑：{NAME}

[手册目录](README.md) · [给信息部门：摆好和安装整套文件夹](install-it.md)

这套软件在 Windows 的 Python 上逐项试过，但没有在真正的 Windows、Excel 和 WPS 里用过，见[验证了什么](verified.md)。
所以第一台电脑上，请照这张表从头到尾做一遍。同样的一张表就在文件夹里：“{NAME}.xlsx”，打开就能填。

"""
TAIL = "\n本页和那张表由同一份数据生成，不要手改。\n"


def text() -> str:
    """The whole page."""
    day = first_day_list()
    before = "".join(f"- {line}\n" for line in day.before)
    facts = "".join(f"- {fact}：\n" for fact in day.facts)
    number, parts = 1, ""
    for part in day.parts:
        parts += _part(part, number)
        number += len(part.steps)
    after = "".join(f"- {line}\n" for line in day.after)
    return f"{HEAD}## 先看这几句\n\n{before}\n## 先写下电脑的情况\n\n{facts}{parts}\n## 做完以后\n\n{after}{TAIL}"


def _part(part: Part, first: int) -> str:
    rows = "".join(f"| {n} | {_cell(s.press)} | {_cell(_seen(s))} |\n" for n, s in enumerate(part.steps, first))
    return f"\n## {part.title}（约 {part.minutes} 分钟）\n\n| 序号 | 做什么 | 应当看到 |\n|---|---|---|\n{rows}"


def _seen(step: Step) -> str:
    return f"{step.see}。〈只有这台电脑能看出：{step.only}〉" if step.only else step.see


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace(
        '=XT_USCC_CHECK("91320602MAX000881B")', '`=XT_USCC_CHECK("91320602MAX000881B")`'
    )
