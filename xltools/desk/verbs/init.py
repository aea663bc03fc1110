"""`init DIR --scheme ID` (建工作区)."""

from __future__ import annotations

from typing import Any

from xltools.catalogue.words import figure
from xltools.desk.told import Told
from xltools.desk.verb import Ask, Option, Verb

VERB = Verb(
    "init",
    "建工作区",
    "建立一个平台年度的工作区",
    30,
    about="建立一个平台年度的工作区：台账、收件、退回、报送、备份、资料。",
    where="",
    changes=True,
    options=(
        Option("folder_to_make", kind="file", required=True, metavar="目录"),
        Option("scheme", "方案编号，如 nantong-2019，或一个 .toml 文件", ("--scheme",), required=True, metavar="方案"),
        Option("url", "台账放在 PostgreSQL：postgresql://用户@主机/数据库", ("--ledger",), metavar="地址"),
        Option("by", "经办人（默认本机用户）", ("--who",), metavar="姓名"),
    ),
    next=(
        "把各区报来的表放进“收件”文件夹，再{collect}",
        "审核意见、资金、汇率、名单填在平台工作簿里，保存并关闭后双击下一步",
    ),
)


def run(workspace: None, ask: Ask) -> Told:
    """Make the workspace. Raises Refusal."""
    from xltools.desk.workspace import check_new, init

    told = Told()
    folder, scheme = ask["folder_to_make"], ask["scheme"]
    if ask.dry_run:
        check_new(folder, scheme)
        told.data = {"workspace": None}
        told.say(f"将在 {folder} 建立 {scheme} 的工作区（未建立）")
        return told
    made = init(folder, scheme, now=ask.now, who=ask["by"], url=ask["url"])
    told.data = {"workspace": str(made.root), "scheme": made.scheme.id}
    told.say(f"已建立工作区 {made.root}", f"方案：{made.scheme.title}", "下一步：{template}，把模板发给各区")
    return told


def journal(detail: dict[str, Any], scheme: Any) -> str:
    """The pools as they began."""
    return "、".join(f"{name} 期初 {figure(fen)} 元" for name, fen in detail["fund"].items())
