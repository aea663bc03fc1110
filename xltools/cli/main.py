"""The command line. This module only knows the verbs' names: each verb's module is imported when it is called."""

from __future__ import annotations

import importlib
import sys

import click

VERBS = {
    "quote": "测算一份表：资格、方案、保费、排队（不用工作区）",
}
"""Every verb with its one-line help, in the order of the year."""


class Verbs(click.Group):
    """Looks a verb up in VERBS and imports `xltools.cli.<verb>`; `--help` needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        command = importlib.import_module(f"xltools.cli.{name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("命令"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=Verbs)
def cli() -> None:
    """xltools 统保平台工具箱"""


def main() -> None:
    cli(prog_name="xltools")


if __name__ == "__main__":
    sys.exit(main())
