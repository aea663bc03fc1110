"""The terminal as a skin: a command made from a verb, and what it told, shown with tables, a bar, or as `--json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import click

from xltools.cli.chinese import Chinese
from xltools.desk.failures import sentence
from xltools.desk.steps import by_command
from xltools.desk.told import FAILURE, Note, Told, named
from xltools.desk.verb import Ask, Option, Verb, quiet

READABLE = 12
"""Columns of the screen that a cell of text gets at least; a narrow terminal breaks the line of the table instead."""
MONEY_HEADINGS = ("总额", "已承保", "已报送", "已安排", "可用")
FILE = click.Path(path_type=Path)
HELP = ["-h", "--help"]


class Day(click.ParamType[date]):
    """A date as 2019-09-05."""

    name = "日期"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} 不是日期，请写成 2019-09-05", param, ctx)


class Rate(click.ParamType[Decimal]):
    """A positive decimal."""

    name = "汇率"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        from xltools.roster.inputs import rate

        if isinstance(value, Decimal):
            return value
        if rate(value.strip()) is None:
            self.fail(f"{value} 不是汇率（大于 0，小于 1 万，最多 8 位小数），请写成 7.0883", param, ctx)
        return Decimal(value.strip())


class Whole(click.ParamType[int]):
    """A whole number within bounds."""

    name = "整数"

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            number = int(value)
        except ValueError:
            self.fail(f"{value} 不是整数", param, ctx)
        if not self.least <= number <= self.most:
            self.fail(f"{number} 应在 {self.least} 到 {self.most} 之间", param, ctx)
        return number


def command(verb: Verb) -> click.Command:
    """The verb as a command: its options, and those that every verb has."""

    def call(
        *, folder: Path = Path(), today: date | None = None, who: str = "", as_json: bool = False,
        dry_run: bool = False, **given: Any,
    ) -> int:  # fmt: skip
        day = today or date.today()
        now = datetime.combine(day, datetime.now().time()) if today else datetime.now()
        with _bar(as_json) as step:
            ask = Ask(now, day, who, folder, step, dry_run, verb.asked(given))
            told = _run(verb, ask)
        if "error" in told.data:
            told.data["error"] = named(told.data["error"], by_command)
        if as_json:
            click.echo(_as_json({"exit": told.code, **told.data}))
        else:
            _show(told)
        return told.code

    options: list[click.Parameter] = [_parameter(o) for o in verb.options]
    if verb.changes:
        options.append(click.Option(["--dry-run"], is_flag=True, help="只试做，不改动任何东西"))
    if verb.where:
        options.append(click.Option(["--who"], default="", metavar="姓名", help="经办人（默认本机用户）"))
        place = "工作区（默认当前目录）"
        options.append(click.Option(["-C", "folder"], type=FILE, default=Path(), metavar="目录", help=place))
    options.append(click.Option(["--today"], type=Day(), metavar="日期", help="按哪一天办理（默认今天）"))
    options.append(click.Option(["--json", "as_json"], is_flag=True, help="输出 JSON（不含个人信息）"))
    about = "\n\n".join(filter(None, (verb.does if not verb.about else "", verb.about)))
    settings: dict[str, Any] = {"help_option_names": HELP}
    return Chinese(
        verb.name, params=options, callback=call, help=about, options_metavar="[选项]", context_settings=settings
    )


def _parameter(o: Option) -> click.Parameter:
    kinds: dict[str, Any] = {"file": FILE, "rate": Rate(), "text": None}
    kind = click.Choice(o.choices) if o.choices else Whole(*o.bounds) if o.bounds else kinds.get(o.kind)
    if not o.flags:
        many = -1 if o.many else 1
        more: dict[str, Any] = {} if o.many or o.required else {"default": o.blank}
        return click.Argument([o.name], type=kind, required=o.required, nargs=many, metavar=o.metavar, **more)
    said = o.help + (f"  [{o.bounds[0]} 到 {o.bounds[1]}]" if o.bounds else "")
    flags = [*o.flags, o.name]
    if o.kind == "yes":
        return click.Option(flags, is_flag=True, help=said)
    return click.Option(
        flags, type=kind, required=o.required, default=o.blank, multiple=o.many, metavar=o.metavar, help=said
    )


def _run(verb: Verb, ask: Ask) -> Told:
    """Do it; what stops it is told in a sentence."""
    try:
        from xltools.desk.press.closed import commanded
        from xltools.desk.workspace import open_workspace

        workspace = open_workspace(ask.folder, ask.who) if verb.where == "workspace" else None
        return commanded(verb, workspace, ask)
    except Exception as e:
        told = Told()
        told.stopped(e, sentence(e, "请运行 xltools doctor（自检），按它说的安装"))
        return told


def _show(told: Told) -> None:
    for part in told.body:
        if not isinstance(part, Note):
            _table(part.title, part.rows)
        elif part.shown != "press":
            line = f"  {part.line}" if part.severity and not part.label else part.line
            click.echo(named(line, by_command), err=part.code == FAILURE)


def _table(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """A table, if there is anything to show."""
    if not rows:
        return
    from rich.cells import cell_len
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=title, title_justify="left", title_style="bold")
    for name, value in rows[0].items():
        number = isinstance(value, int | Decimal) or "元)" in name or name in MONEY_HEADINGS
        whole = min(READABLE, max(cell_len(str(row.get(name, "") or "")) for row in rows))
        shown.add_column(name, justify="right" if number else "left", overflow="fold", no_wrap=number, min_width=whole)
    for row in rows:
        shown.add_row(*(Text("" if v is None else f"{v:,}" if isinstance(v, int) else str(v)) for v in row.values()))
    console = Console()
    least = Measurement.get(console, console.options.update(max_width=1_000), shown).minimum
    (console if least <= console.width else Console(width=least)).print(shown)


@contextmanager
def _bar(silent: bool) -> Iterator[Callable[..., None]]:
    """A bar on a terminal for what takes longer, from the first step on; yields `step(text, done, total)`."""
    if silent or not sys.stderr.isatty():
        yield quiet
        return
    with ExitStack() as stack:
        shown: list[Callable[..., None]] = []

        def step(text: str, done: int = 0, total: int = 0) -> None:
            if not shown:
                shown.append(_drawn(stack))
            shown[0](description=text, completed=done, total=total or None)

        yield step


def _drawn(stack: ExitStack) -> Callable[..., None]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    bar = stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
    return partial(bar.update, bar.add_task("", total=None))


def _as_json(data: dict[str, Any]) -> str:
    """The data of a call as JSON, without any telephone number or e-mail address that somebody typed anywhere."""
    from xltools.roster.personal import masked_all

    told = json.loads(json.dumps(data, ensure_ascii=False, default=plain))
    return json.dumps(masked_all(told), ensure_ascii=False, indent=1)


def plain(value: object) -> object:
    """What json does not know by itself."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Decimal | date | datetime | Path):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(type(value).__name__)
