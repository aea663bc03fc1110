"""The command line: every verb is a command; what a verb needs is imported when it is called."""

from __future__ import annotations

import json
import sys

import click

from xltools.cli.chinese import Chinese, speak_chinese, usage_error
from xltools.cli.terminal import HELP, command
from xltools.cli.workbooks import VERB as WORKBOOKS
from xltools.desk import grouping
from xltools.desk.verb import Verb, verbs


def commands() -> dict[str, Verb]:
    """Every verb by its name, in the order of the year; behind them the one that builds the workbooks."""
    return {**verbs(), WORKBOOKS.name: WORKBOOKS}


class Verbs(Chinese, click.Group):
    """The verbs as commands; each is made when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(commands())

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        verb = commands().get(name)
        return command(verb) if verb else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("命令"):
            formatter.write_dl([(v.name, v.does) for v in commands().values()])


@click.group(
    cls=Verbs,
    options_metavar="[选项]",
    subcommand_metavar="命令 [参数]...",
    context_settings={"help_option_names": HELP},
)
@click.version_option(None, "--version", package_name="xltools", message="%(version)s", help="显示版本")
def cli() -> None:
    """统保平台工具箱 xltools：各区报表进，保险人报送表出，资金分文不差。

    每个命令都可以加 --help 看用法。退出码：0 完成，1 完成但数据中有必须改的问题，2 没有做成。
    """


def main() -> None:
    """The entry point: runs a verb; what stops it is one Chinese line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    speak_chinese()
    grouping.later()
    try:
        sys.exit(cli.main(prog_name="xltools", standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as e:
        click.echo(e.format_message())
        sys.exit(2)
    except click.ClickException as e:
        click.echo(usage_error(e), err=True)
        if "--json" in sys.argv:
            click.echo(json.dumps({"exit": 2, "error": usage_error(e)}, ensure_ascii=False))
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("已中断，没有改动", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
