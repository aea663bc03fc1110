"""`template` (模板)."""

from __future__ import annotations

from pathlib import Path

from xltools.desk.told import Told
from xltools.desk.verb import Ask, Option, Verb

VERB = Verb(
    "template",
    "模板",
    "模板：给各区生成填报表",
    40,
    about="给每个区生成一份填报表（.xlsx，无宏，Excel 2016 / WPS / LibreOffice 均可用）。",
    where="folder",
    changes=True,
    options=(
        Option("district", "只做一个区（默认全部）", ("--district",), metavar="区"),
        Option("table", "一张登记表的样表，如 fx（汇率）", ("--table",), metavar="登记表"),
        Option("out", "放在哪个文件夹（默认 模板）", ("-o", "--out"), "file", "目录", default=Path("模板")),
        Option("scheme", "不用工作区时写明方案", ("--scheme",), metavar="方案"),
        Option("rows", "可填的行数（默认 500）", ("--rows",), "whole", "行数", default=500, bounds=(10, 20000)),
    ),
)


def run(workspace: None, ask: Ask) -> Told:
    """One template a district. Raises Refusal."""
    from xltools.desk.enrol.templates import form, templates
    from xltools.desk.workspace import open_workspace

    scheme = ask["scheme"]
    found, root = (None, Path()) if scheme else (open_workspace(ask.folder, ask.who).on(ask.today), ask.folder)
    out, rows = root / ask["out"], ask["rows"]
    if ask["table"]:
        made = [form(found, scheme, ask["table"], out, rows=rows, dry_run=ask.dry_run)]
    else:
        made = templates(found, scheme, out, district=ask["district"], spare=rows, dry_run=ask.dry_run, day=ask.today)
    told = Told(data={"files": [str(p) for p in made]}, files=[] if ask.dry_run else list(made))
    told.say(*(f"{'将生成' if ask.dry_run else '已生成'} {p}" for p in made))
    return told
