"""The command line. This module only knows the verbs' names: each verb's module is imported when it is called."""

from __future__ import annotations

import importlib
import json
import sys

import click

from xltools.cli.chinese import Chinese, usage_error

VERBS = {
    "demo": ("demo", "演示：用示例数据走完一遍（不影响任何真实数据）"),
    "schemes": ("schemes", "方案：列出、查看、核对平台年度方案"),
    "init": ("init", "建立一个平台年度的工作区"),
    "template": ("template", "模板：给各区生成填报表"),
    "collect": ("collect", "收件：读入各区报来的表，有问题的退回"),
    "review": ("review", "审核：读入市级审核意见，或导出待审核的企业"),
    "assess": ("assess", "资格与保费测算：谁符合、多少钱、排第几"),
    "submit": ("submit", "报送：给各保险人生成一批报送表"),
    "status": ("status", "进度：一屏看清各区、方案、资金和待办"),
    "explain": ("explain", "一企一说：讲清一家企业的每一步和依据"),
    "quote": ("quote", "试算：测算一份表，不用工作区"),
    "verify": ("verify", "全面核验：复算每个金额，核对日志和每份报送表"),
    "book": ("book", "平台工作簿：生成，或更新正在使用的一份"),
    "sync": ("sync", "刷新：取回平台工作簿里改过的内容，再更新每张表"),
    "budget": ("budget", "预算：开办前测算要花多少钱"),
    "doctor": ("doctor", "自检：检查软件、文件夹和台账，说明怎么修好"),
    "workbooks": ("workbooks", "重新生成 workbooks/ 里的工作簿（开发用）"),
}
"""Every verb that has a module in `xltools.cli`, with its one-line help, in the order of the year."""


def all_verbs() -> dict[str, tuple[str, str]]:
    """These and the commands of the bureau's tables, which come behind `collect`."""
    from xltools.catalogue.declared import declarations
    from xltools.catalogue.phases import all_phases

    year = [p.key for p in all_phases()]
    order = sorted(declarations().items(), key=lambda d: (year.index(d[1]["phase"]), d[0]))
    tables = {name: ("bureau", said["does"]) for name, said in order if name not in VERBS}
    place = list(VERBS).index("collect") + 1
    verbs = list(VERBS.items())
    return dict([*verbs[:place], *tables.items(), *verbs[place:]])


class Verbs(Chinese, click.Group):
    """Looks a verb up in VERBS; `--help` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(all_verbs())

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        found = all_verbs().get(name)
        if found is None:
            return None
        if found[0] == "bureau":
            from xltools.cli.bureau import command as made

            return made(name)
        command = getattr(importlib.import_module(f"xltools.cli.{found[0]}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("命令"):
            formatter.write_dl([(name, text) for name, (_, text) in all_verbs().items()])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
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
