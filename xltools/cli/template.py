"""`template` (模板)."""

from __future__ import annotations

from pathlib import Path

import click

from xltools.cli.common import FILE, Context, verb


@verb("template", dry_run=True)
@click.option("--district", default="", metavar="区", help="只做一个区（默认全部）")
@click.option("--table", default="", metavar="登记表", help="一张登记表的样表，如 fx（汇率）")
@click.option("-o", "--out", type=FILE, default=Path("模板"), metavar="目录", help="放在哪个文件夹（默认 模板）")
@click.option("--scheme", default="", metavar="方案", help="不用工作区时写明方案")
@click.option("--rows", type=click.IntRange(10, 20000), default=500, metavar="行数", help="可填的行数（默认 500）")
def template(c: Context, district: str, table: str, out: Path, scheme: str, rows: int, dry_run: bool) -> None:
    """给每个区生成一份填报表（.xlsx，无宏，Excel 2016 / WPS / LibreOffice 均可用）。"""
    from xltools.desk.enrol.templates import form, templates

    found, root = (None, Path()) if scheme else (c.workspace(), c.folder)
    if table:
        made = [form(found, scheme, table, root / out, rows=rows, dry_run=dry_run)]
    else:
        made = templates(found, scheme, root / out, district=district, spare=rows, dry_run=dry_run)
    c.data = {"files": [str(p) for p in made]}
    c.say(*(f"{'将生成' if dry_run else '已生成'} {p}" for p in made))
