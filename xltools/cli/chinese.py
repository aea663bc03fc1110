"""click in Chinese: help headings and usage errors."""

from __future__ import annotations

import difflib
import re

import click

AFTER_THE_VERB = ("-C", "--who", "--today", "--json")
"""Options of every verb: some look for them before it."""
CLOSE = 0.7
"""Likeness of two options from which one is suggested for the other."""


class Chinese(click.Command):
    """A command whose help and errors are Chinese."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), "用法：")

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        words = {"[OPTIONS]": "[选项]", "COMMAND": "命令", "[ARGS]...": "[参数]..."}
        return [words.get(p, p) for p in " ".join(super().collect_usage_pieces(ctx)).split()]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [r for p in self.get_params(ctx) if (r := p.get_help_record(ctx))]
        if rows:
            with formatter.section("选项"):
                formatter.write_dl([(name, _extras(text)) for name, text in rows])
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option:
            option.help = "显示用法"
        return option


def _extras(text: str) -> str:
    """What click adds to an option's help by itself."""
    for english, chinese in (
        (r"\brequired\]$", "必填]"),
        (r"\bdefault: ", "默认 "),
        (r"(\d+)<=x<=(\d+)", r"\1 到 \2"),
        (r"x>=(\d+)", r"不小于 \1"),
    ):
        text = re.sub(english, chinese, text)
    return text


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
    if isinstance(e, click.MissingParameter):
        name = (
            e.param.opts[0] if isinstance(e.param, click.Option) else (e.param.human_readable_name if e.param else "")
        )
        return f"缺少 {name}"
    if isinstance(e, click.BadParameter):
        name = (
            e.param.opts[0] if isinstance(e.param, click.Option) else (e.param.human_readable_name if e.param else "")
        )
        return f"{name} 的值不对：{_in_chinese(e.message)}"
    text = e.format_message()
    if text.startswith("No such command"):
        wanted = text.split("'")[1]
        context = e.ctx if isinstance(e, click.UsageError) else None
        group = context.command if context else None
        there = group.list_commands(context) if context and isinstance(group, click.Group) else []
        close = difflib.get_close_matches(wanted, there, 1)
        return f"没有命令 {wanted}" + (f"；是否想写 {close[0]}？" if close else "")
    if text.startswith("Got unexpected extra argument"):
        return f"多余的参数：{text.partition('(')[2].rstrip(')')}"
    return _in_chinese(text)


_TOLD = (
    (r"(\S+) is not in the range (\d+)<=x<=(\d+)", r"\1 应在 \2 到 \3 之间"),
    (r"'(.*)' is not a valid integer(?: range)?", r"\1 不是整数"),
    (r"'(.*)' is not one of (.*)", r"\1 不在可选的 \2 之内"),
    (r"Option '(.*)' requires (?:an argument|\d+ arguments)", r"选项 \1 后面要写值"),
    (r"Option '(.*)' does not take a value", r"选项 \1 后面不写值"),
)


def _in_chinese(text: str) -> str:
    """What click says in English about values."""
    text = text.rstrip(".。")
    for english, chinese in _TOLD:
        if re.fullmatch(english, text):
            return re.sub(english, chinese, text)
    return text
