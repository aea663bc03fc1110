"""docs/manual/sheet-*.md and button-*.md that nobody has written by hand: told by the declarations of tables and verbs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from manual_tables import takes

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.catalogue.phases import all_phases, remarks
from xltools.catalogue.tables import BookColumn, tables
from xltools.desk.steps import by_button, numbered
from xltools.desk.told import named
from xltools.desk.verb import Verb, with_buttons
from xltools.scheme import load

PAGES = Path(__file__).resolve().parent / "manual"
MADE = "本页由程序自己的说明生成，不要手改。"
"""Stands on every page that is made here; a page without it is somebody's own and stays."""
INDEX = "[手册目录](README.md)"
SHEETS: Mapping[str, tuple[str, str]] = {
    "home": ("首页", "B1:R58"), "parameters": ("参数", "A1:I32"), "roster": ("企业名册", "A1:L20"),
    "assessed": ("测算", "A1:P24"), "queue": ("排队", "A1:K24"), "problems": ("问题", "A1:J18"),
    "submitted": ("报送", "A1:J24"), "funds": ("资金", "A1:I14"), "fx": ("汇率", "A1:F12"),
    "lists": ("名单", "A1:F20"), "countries": ("国别组", "A1:E16"), "firm": ("一企一页", "A1:D62"),
    "log": ("日志", "A1:G20"), "guide": ("说明", "A1:C46"), "issued": ("承保结果", "A1:L20"), "compared": ("承保核对", "A1:M24"),
    "dues": ("缴费", "A1:M20"), "payments": ("付款", "A1:J12"), "settlement": ("清算", "A1:J26"), "changes": ("变更", "A1:N15"),
    "upgrades": ("升级保障", "A1:K15"), "limits": ("买方限额", "A1:H15"), "shipments": ("出运申报", "A1:G15"),
    "prospects": ("动员", "A1:J24"), "funnel": ("漏斗", "A1:F16"), "notices": ("通知", "A1:H15"), "referrals": ("转介", "A1:G15"),
    "readings": ("口径", "A1:G30"), "confirmed": ("口径确认", "A1:D12"), "sandbox": ("比较方案", "A1:G14"),
    "sizes": ("企业规模", "A1:I14"), "district-funds": ("区级资金", "A1:G14"), "topup-rules": ("区级办法", "A1:H14"),
    "topups": ("区级配套", "A1:K16"), "district-policies": ("区级保单", "A1:G14"),
    "claims": ("理赔案件", "A1:M24"), "decisions": ("理赔决定", "A1:J20"), "indemnities": ("赔款支付", "A1:I18"),
    "recoveries": ("追回", "A1:F12"), "rebate": ("视同收汇", "A1:T18"), "clocks": ("期限", "A1:L28"),
    "services": ("服务记录", "A1:M24"), "progress": ("服务进度", "A1:O24"), "alerts": ("风险预警", "A1:G12"),
    "affected": ("预警对象", "A1:O24"), "alerted": ("预警告知", "A1:F20"), "authorisations": ("融资授权", "A1:F18"),
    "whitelist": ("白名单", "A1:P24"), "loans": ("融资反馈", "A1:N20"), "financed": ("融资汇总", "A1:L20"),
    "reports": ("资信报告", "A1:G20"), "credit": ("资信用量", "A1:J20"),
    "tags": ("企业标签", "A1:H14"), "evaluation": ("评估", "A1:G14"), "selfreview": ("自评表", "A1:K18"),
    "statistics": ("统计", "A1:M26"), "brief": ("简报", "A1:C18"), "targets": ("目标", "A1:F12"), "tasks": ("任务", "A1:I12"),
    "other-lines": ("承保统计", "A1:J16"),
}  # fmt: skip
"""Name of page and picture -> sheet of the platform workbook, and the cells that the picture shows."""


def texts() -> dict[str, str]:
    """Every page that is made, by file name."""
    slugs, sheets = {sheet: slug for slug, (sheet, _) in SHEETS.items()}, list(remarks())
    order = [f"sheet-{slugs[s]}.md" for s in sheets]
    found = {
        name: lambda s=s, k=k: _sheet(s, order, k, slugs) for k, (name, s) in enumerate(zip(order, sheets, strict=True))
    }
    found |= {f"button-{v.name}.md": lambda v=v: _button(v) for v in with_buttons()}
    return {name: make() for name, make in found.items() if _is_made(PAGES / name)}


def lists() -> dict[str, str]:
    """Pages that somebody has written and that have lists of all buttons, sheets and phases, with these lists complete."""
    index, home, double = ((PAGES / n).read_text("utf-8") for n in ("README.md", "sheet-home.md", "without-macros.md"))
    pressed = {f"button-{v.name}.md": v for v in with_buttons()}
    buttons = {n: f"| [【{v.button}】]({n}) | {v.does.partition('：')[2] or v.does} |" for n, v in pressed.items()}
    named_by = {sheet: f"sheet-{slug}.md" for slug, (sheet, _) in SHEETS.items()}
    typed = {of.sheet for of in tables(load("nantong-2019")) if of.grows}
    sheets = {
        named_by[s]: f"| [〔{s}〕]({named_by[s]}) | {r.partition('；')[0]} | {'**填**' if s in typed else '不填'} |"
        for s, r in remarks().items()
    }
    phases = [f"| {p.name} | {p.does} | {''.join(f'〔{s}〕' for s in p.sheets)} |" for p in all_phases()]
    steps = [f"| {numbered(v.name)} | [【{v.button}】](button-{v.name}.md) |" for v in with_buttons()]
    index = _rows(index, "| 按钮 | 做什么 |", lambda rows: _with(rows, buttons))
    index = _rows(index, "| 工作表 | 用来做什么 | 您填吗 |", lambda rows: _with(rows, sheets))
    found = {
        "README.md": index,
        "sheet-home.md": _rows(home, "| 阶段 | 办什么 | 显示的工作表 |", lambda rows: phases),
        "without-macros.md": _rows(double, "| 双击 | 等于按钮 |", lambda rows: rows[:1] + steps),
    }
    for name, v in pressed.items():
        if not _is_made(PAGES / name):
            text = (PAGES / name).read_text("utf-8")
            found[name] = re.sub(rf"双击“\d+{re.escape(v.button)}”", f"双击“{numbered(v.name)}”", text)
    return found


def _rows(text: str, head: str, make: Callable[[list[str]], list[str]]) -> str:
    """The page with other rows in the table of that head."""
    before, found, rest = text.partition(f"{head}\n")
    assert found, head
    rule, *lines = rest.split("\n")
    n = next(k for k, line in enumerate([*lines, ""]) if not line.startswith("|"))
    return f"{before}{found}{rule}\n" + "\n".join([*make(lines[:n]), *lines[n:]])


def _with(rows: list[str], wanted: Mapping[str, str]) -> list[str]:
    """The rows with those of pages that have none yet, and without those of pages that are no more."""
    there = {name: row for row in rows for name in wanted if f"]({name})" in row}
    return [there.get(name, row) for name, row in wanted.items()]


def _is_made(path: Path) -> bool:
    return not path.exists() or MADE in path.read_text("utf-8")


def _sheet(sheet: str, order: list[str], place: int, slugs: Mapping[str, str]) -> str:
    names = list(remarks())
    ends = [
        f"{word}：[〔{names[k]}〕]({order[k]})"
        for word, k in (("上一张", place - 1), ("下一张", place + 1))
        if 0 <= k < len(names)
    ]
    parts = [
        f"# 工作表〔{sheet}〕", " · ".join([INDEX, *ends]), f"{remarks()[sheet]}。",
        f"![{sheet}](../pictures/manual/sheet-{slugs[sheet]}.png)",
    ]  # fmt: skip
    for of in tables(load("nantong-2019")):
        if of.sheet == sheet:
            parts += _columns("## 您填什么（黄色列）", [c for c in of.columns if c.owner == "bureau"], of.input)
            computed = [c for c in of.columns if c.owner != "bureau"]
            parts += _columns("## 自动出来的列", computed, of.input) if computed else []
    return "\n\n".join([*parts, MADE]) + "\n"


def _columns(head: str, columns: list[BookColumn], table: str) -> list[str]:
    if not columns:
        return []
    own = {c.heading: c for c in bureau_tables()[table].column} if table in bureau_tables() else {}
    columns = [c for c in columns if c.heading in own or not own]
    if not own:
        return [head, "".join(f"「{c.heading}」" for c in columns)]
    rows = "\n".join(
        f"| 「{c.heading}」 | {'必填' if own[c.heading].required else ''} | {takes(own[c.heading])} |" for c in columns
    )
    return [head, f"| 列 | | 填什么、是什么 |\n|---|---|---|\n{rows}"]


def _button(v: Verb) -> str:
    told: Callable[[str], str] = lambda text: named(text, by_button)  # noqa: E731
    parts = [
        f"# 按钮【{v.button}】", INDEX, f"{v.presses}。",
        f"![按【{v.button}】以后的首页](../pictures/manual/button-{v.name}.png)",
        *(x.strip() for x in v.about.split("\n\n") if x.strip()),
    ]  # fmt: skip
    if v.idle:
        parts += ["## 什么也没有做的时候", *(f"- {told(x)}" for x in v.idle)]
    if v.next:
        parts += ["## 接下来", *(f"- {told(x)}" for x in v.next)]
    return "\n\n".join([*parts, f"没有宏的电脑：双击“{numbered(v.name)}”。", MADE]) + "\n"
