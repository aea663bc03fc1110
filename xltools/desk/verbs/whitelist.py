"""`whitelist` (白名单)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xltools.desk.told import Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "whitelist",
    "白名单",
    "白名单：给银行的融资白名单，只有授权有效、保单在保的企业",
    250,
    about="""白名单：按当天写出融资白名单，一家银行一份，放进 白名单/。

    只列融资授权有效、平台保单在保的企业；哪些参保企业因为没有授权不在内，只说家数。银行是反馈过的那些，也可以用 --bank 写明。""",
    changes=True,
    options=(Option("bank", "只给这家银行（可以写几次）", ("--bank",), metavar="银行", many=True),),
    button="白名单",
    presses="把当天授权有效、保单在保的企业写成融资白名单，一家银行一份，放进“白名单”文件夹",
    phases=("finance",),
    phase="finance",
    looks=("白名单",),
    next=("把“白名单”文件夹里的名单发给银行；银行的反馈放进“资料”文件夹，再{financing}",),
    idle=("先在平台工作簿的“融资授权”登记授权书，再{sync}",),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """The list of the day, a file a bank. Raises Refusal."""
    from xltools.desk.book.contents.care import white_list
    from xltools.desk.year.handed import for_banks, write_white

    given = for_banks(workspace, today=ask.today)
    found = given.found
    table = white_list(workspace.scheme, found.rows)
    told = Told(
        data={"firms": [r.firm.uscc for r in found.rows], "unauthorised": found.unauthorised, "out_of_force": found.out_of_force},
        idle=not found.rows,
    )  # fmt: skip
    told.say(
        f"授权有效、保单在保 {len(found.rows)} 家；没有有效授权的 {found.unauthorised} 家，保单不在保的 {found.out_of_force} 家，都不在内"
    )
    if found.rows and not ask.dry_run:
        told.files = write_white(workspace, table, ask["bank"] or given.banks, today=ask.today)
        told.say(*(f"白名单：{p.parent.name}/{p.name}" for p in told.files))
    told.sum_up(f"融资白名单 {len(found.rows)} 家")
    return told
