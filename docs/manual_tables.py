"""docs/manual/tables.md: every table of the bureau's with its columns, told by the declarations."""

from __future__ import annotations

from xltools.catalogue.bureau_tables import BureauColumn, BureauTable, bureau_tables
from xltools.catalogue.kinds import KINDS
from xltools.catalogue.phases import all_phases

HEAD = """# 登记表

[手册目录](README.md)

市局自己的资料，一种一张表。每张表都有一份样表，可以发给填表的人：`xltools template --table 名称`。
填好的文件用同名的命令读入，如 `xltools fx 汇率.xlsx`；有按钮的，放进“资料”文件夹按按钮读入。
工作簿里有工作表的，也可以直接填在那里，再按【刷新】。填错的逐格指出来：{partly}只留下那几行不读，
其余照读，可能涉及的企业待核实；别的表整份不读。同一张表分在几张工作表里的，表头相同的一起读。

本页由登记表自己的说明生成，不要手改。
"""
KEPT = {
    "append": "只增不改：以前登记过的不再登记，要更正另记一笔",
    "merge": "按{key}认一行：填了的格更新，空白的格不动",
    "replace": "按{part}整份替换：同一{part}再次读入，替换原来的",
}


def text() -> str:
    """The whole page."""
    found = bureau_tables().values()
    rows = "".join(f"| [{t.title}](#{t.title}) | `{t.name}` | {t.filled_by} | {_phase(t)} |\n" for t in found)
    partly = "、".join(t.title for t in found if t.partly)
    return f"{HEAD.format(partly=partly)}\n| 登记表 | 名称 | 谁填 | 阶段 |\n|---|---|---|---|\n{rows}" + "".join(
        map(_section, found)
    )


def _phase(of: BureauTable) -> str:
    return next(p.name for p in all_phases() if p.key == of.phase)


def _section(of: BureauTable) -> str:
    key = "、".join(f"「{of.at(f).heading}」" for f in of.key)
    part = f"「{of.at(of.part).heading}」" if of.part else ""
    kept = KEPT[of.kept].format(key=key, part=part)
    where = f"工作表：〔{of.sheet}〕。" if of.sheet else ""
    rows = "".join(f"| {c.heading} | {_required(c)} | {takes(c)} |\n" for c in of.column)
    about = f"{of.about}。" if of.about else ""
    wrong = "不能用的行留下不读，逐行列出，可能涉及的企业待核实。" if of.partly else "有一处填错，整份不读。"
    head = f"{about}{kept}。{where}文件名以“{of.file}”开头。{wrong}{_guards(of)}"
    return f"\n## {of.title}\n\n{head}\n\n| 列 | | 填什么 |\n|---|---|---|\n{rows}"


def _guards(of: BureauTable) -> str:
    """Columns that files may have beside ours and that change what an amount means."""
    told = []
    for g in of.guard:
        takes = f"{_chinese(g.takes)}计入" + (f"，{_chinese(g.skips)}不计" if g.skips else "")
        told.append(f"{g.called}（{'整列须相同' if g.one else '须与表头的单位相同' if g.unit else takes}）")
    return f"文件里如有这些列，会照着用，看不懂的不收：{'；'.join(told)}。" if told else ""


def _chinese(words: tuple[str, ...]) -> str:
    """The words that staff write; codes are understood as well."""
    return "、".join(w for w in words if not w.isascii())


def _required(c: BureauColumn) -> str:
    return "自动" if c.computed else "必填" if c.required else ""


def takes(c: BureauColumn) -> str:
    choices = "、".join(c.choices) if not isinstance(c.choices, str) else "方案里有的"
    told = f"{KINDS[c.kind].told}（{choices}）" if c.choices else KINDS[c.kind].told
    others = f"；也认作：{'、'.join(dict.fromkeys([*c.aliases, *c.stand_ins]))}" if c.aliases or c.stand_ins else ""
    return f"{c.hint or told}{others}".replace("|", "\\|")
