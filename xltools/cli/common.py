"""What every verb shares: options, exit codes, `--json`, and that no traceback ever reaches a person."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xltools.cli.chinese import Chinese
from xltools.desk.errors import BadInput, Refusal
from xltools.desk.failures import sentence

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace
    from xltools.roster.problems import Placed

DONE, PROBLEMS, FAILED = 0, 1, 2
READABLE = 12
"""Columns of the screen that a cell of text gets at least; a narrow terminal breaks the line of the table instead."""

MONEY_HEADINGS = ("总额", "已承保", "已报送", "已安排", "可用")


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


FILE = click.Path(path_type=Path)


class Context:
    """One call of a verb: where it works, when, for whom, and how it speaks."""

    def __init__(self, folder: Path, today: date | None, who: str, as_json: bool) -> None:
        self.folder, self.who, self.json = folder, who, as_json
        self.today = today or date.today()
        self.now = datetime.combine(self.today, datetime.now().time()) if today else datetime.now()
        self.data: dict[str, Any] = {}

    def workspace(self) -> Workspace:
        """The workspace that the command stands in, or that -C names."""
        from xltools.desk.workspace import open_workspace

        return open_workspace(self.folder, self.who)

    def say(self, *lines: str) -> None:
        """Lines for people; silent with --json."""
        if not self.json:
            for line in lines:
                click.echo(line)

    def table(self, title: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """A table for people; silent with --json and when there is nothing to show."""
        if self.json or not rows:
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
            shown.add_column(
                name, justify="right" if number else "left", overflow="fold", no_wrap=number, min_width=whole
            )
        for row in rows:
            shown.add_row(
                *(Text("" if v is None else f"{v:,}" if isinstance(v, int) else str(v)) for v in row.values())
            )
        console = Console()
        least = Measurement.get(console, console.options.update(max_width=1_000), shown).minimum
        (console if least <= console.width else Console(width=least)).print(shown)

    @contextmanager
    def progress(self) -> Any:
        """A bar on a terminal for what takes longer; yields `step(text, done, total)`."""
        if self.json or not sys.stderr.isatty():
            yield lambda text, done=0, total=0: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("", total=None)
            yield lambda text, done=0, total=0: bar.update(task, description=text, completed=done, total=total or None)


def verb(
    name: str, *, workspace: bool = True, dry_run: bool = False
) -> Callable[[Callable[..., int | None]], click.Command]:
    """Make a function a verb: it gets a Context first, returns its exit code (None: 0)."""

    def make(function: Callable[..., int | None]) -> click.Command:
        @functools.wraps(function)
        def call(
            *, folder: Path = Path(), today: date | None = None, who: str = "", as_json: bool = False, **given: Any
        ) -> int:
            context = Context(folder, today, who, as_json)
            try:
                code = _run(context, function, given)
            except Refusal as e:
                context.data["error"] = str(e)
                if isinstance(e, BadInput):
                    context.data["problems"] = problems_json(e.placed)
                    show_problems(context, e.placed)
                code = FAILED
                if not as_json:
                    click.echo(str(e), err=True)
            if as_json:
                click.echo(_as_json({"exit": code, **context.data}))
            return code

        options = [click.option("--json", "as_json", is_flag=True, help="输出 JSON（不含个人信息）")]
        options.append(click.option("--today", type=Day(), metavar="日期", help="按哪一天办理（默认今天）"))
        if workspace:
            options.append(
                click.option("-C", "folder", type=FILE, default=Path(), metavar="目录", help="工作区（默认当前目录）")
            )
            options.append(click.option("--who", default="", metavar="姓名", help="经办人（默认本机用户）"))
        if dry_run:
            options.append(click.option("--dry-run", is_flag=True, help="只试做，不改动任何东西"))
        wrapped: Any = call
        for option in options:
            wrapped = option(wrapped)
        return click.command(name, cls=Chinese, context_settings={"help_option_names": ["-h", "--help"]})(wrapped)

    return make


def _run(context: Context, function: Callable[..., int | None], given: dict[str, Any]) -> int:
    """Call the verb; what stops it is told in a sentence."""
    try:
        return function(context, **given) or DONE
    except Refusal:
        raise
    except Exception as e:
        raise Refusal(sentence(e, "请运行 xltools doctor（自检），按它说的安装")) from e


def _as_json(data: dict[str, Any]) -> str:
    """The data of a call as JSON, without any telephone number or e-mail address that somebody typed anywhere."""
    from xltools.roster.personal import masked_all

    told = json.loads(json.dumps(data, ensure_ascii=False, default=plain))
    return json.dumps(masked_all(told), ensure_ascii=False, indent=1)


def problems_json(placed: Iterable[Placed]) -> list[dict[str, Any]]:
    """Problems for `--json`: every one, without the values and messages of personal columns."""
    personal = _personal_fields()
    out = []
    for p in placed:
        row = asdict(p)
        if p.field in personal:
            row["value"] = ""
            row["message"] = p.message.replace(p.value, "…") if p.value else p.message
        out.append(row)
    return out


def show_problems(context: Context, placed: Sequence[Placed]) -> None:
    """Every problem on the terminal, one line each, errors before warnings."""
    from xltools.catalogue.problems import sentence

    for p in sorted(placed, key=lambda p: p.severity == "warning"):
        kind = "提示" if p.severity == "warning" else "必须改"
        where = " ".join(x for x in (p.file, p.sheet, p.cell) if x)
        context.say(f"  [{kind}] {where}：{sentence(p.message, p.hint)}")


def _personal_fields() -> set[str]:
    import tomllib
    from importlib import resources

    text = (resources.files("xltools.catalogue") / "columns.toml").read_text("utf-8")
    return {c["field"] for c in tomllib.loads(text)["column"] if c.get("personal")}


def plain(value: object) -> object:
    """What json does not know by itself."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Decimal | date | datetime | Path):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(type(value).__name__)


def yuan(fen: int) -> str:
    """Fen as yuan for people."""
    return f"{Decimal(fen).scaleb(-2):,.2f}"
