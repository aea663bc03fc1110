"""click in Chinese: the catalogue of its own words, and one line for a wrong call.

click takes its words from gettext, which chooses by the computer's locale. Ours are Chinese in any locale, so click's
modules are given this catalogue instead.
"""

from __future__ import annotations

import difflib
from types import ModuleType

import click
from click import core, decorators, exceptions, formatting, parser, types

WORDS = {
    "Options": "选项",
    "Commands": "命令",
    "Positional arguments": "参数",
    "Usage:": "用法：",
    "Show this message and exit.": "显示用法",
    "required": "必填",
    "default: {default}": "默认 {default}",
    "{value!r} is not one of {choices}.": "{value} 不在可选的 {choices} 之内",
    "{value!r} is not {choice}.": "{value} 不在可选的 {choice} 之内",
    "Option {name!r} does not take a value.": "选项 {name} 后面不写值",
    "Option {name!r} requires an argument.": "选项 {name} 后面要写值",
    "Option {name!r} requires {nargs} arguments.": "选项 {name} 后面要写 {nargs} 个值",
    "Argument {name!r} takes {nargs} values.": "参数 {name} 要写 {nargs} 个值",
    "Got unexpected extra argument ({args})": "多余的参数：{args}",
    "Got unexpected extra arguments ({args})": "多余的参数：{args}",
    "Missing command.": "缺少命令",
}
AFTER_THE_VERB = ("-C", "--who", "--today", "--json")
"""Options of every verb: some look for them before it."""
CLOSE = 0.7
"""Likeness of two options from which one is suggested for the other."""


def gettext(text: str) -> str:
    return WORDS.get(text, text)


def ngettext(one: str, many: str, number: int) -> str:
    return gettext(one if number == 1 else many)


def speak_chinese() -> None:
    """Give click this catalogue."""
    modules: tuple[ModuleType, ...] = (core, decorators, exceptions, formatting, parser, types)
    for module in modules:
        if hasattr(module, "_"):
            setattr(module, "_", gettext)  # noqa: B010
        if hasattr(module, "ngettext"):
            setattr(module, "ngettext", ngettext)  # noqa: B010


class Chinese(click.Command):
    """A command whose usage line is written as Chinese is, without a blank behind the colon."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), WORDS["Usage:"])


def usage_error(e: click.ClickException) -> str:
    """One Chinese line: what is wrong with the call, and where the help is."""
    path = e.ctx.command_path if isinstance(e, click.UsageError) and e.ctx else "xltools"
    said = _said(e)
    return f"{said}{'' if said.endswith('？') else '。'}用法见 {path} --help"


def _said(e: click.ClickException) -> str:
    if isinstance(e, click.NoSuchOption):
        if e.ctx and isinstance(e.ctx.command, click.Group) and e.option_name in AFTER_THE_VERB:
            return f"{e.option_name} 写在命令后面：xltools 命令 {e.option_name} ……"
        close = difflib.get_close_matches(e.option_name, e.possibilities or (), 1, CLOSE)
        return f"没有选项 {e.option_name}" + (f"；是否想写 {close[0]}？" if close else "")
    if isinstance(e, exceptions.NoSuchCommand):
        there = e.ctx.command.list_commands(e.ctx) if e.ctx and isinstance(e.ctx.command, click.Group) else []
        close = difflib.get_close_matches(e.command_name, there, 1)
        return f"没有命令 {e.command_name}" + (f"；是否想写 {close[0]}？" if close else "")
    if isinstance(e, click.BadParameter):
        option = isinstance(e.param, click.Option)
        name = e.param.opts[0] if e.param and option else e.param.human_readable_name if e.param else ""
        return f"缺少 {name}" if isinstance(e, click.MissingParameter) else f"{name} 的值不对：{e.message.rstrip('。')}"
    return e.message.rstrip("。")
