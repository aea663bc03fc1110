"""`rebate` (退税)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xltools.catalogue.words import figure, usd
from xltools.desk.told import Told
from xltools.desk.verb import Ask, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "rebate",
    "退税",
    "退税：付了赔款的，按哪一条规定视同收汇",
    232,
    about="""退税：每一笔赔款按报关出口和收到赔款的日期找适用的规定，写出视同收汇清单，放进 退税/。

    2022 年 4 月以前收到的没有规定，不作结论；损失和赔款两个金额都列出。规定带起止日期，写在退税规则文件里，可以换成本单位自己的。""",
    changes=True,
    button="退税清单",
    presses="列出付了赔款的案件适用哪一条视同收汇的规定，把视同收汇清单写进“退税”文件夹",
    phases=("loss",),
    phase="loss",
    looks=("视同收汇",),
    next=("把“退税”文件夹里的清单发给企业；原因和材料代码由企业按税务机关的清单填",),
    idle=("还没有赔款；先{claims}",),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """The payments with their rules, and the list for the firms. Raises Refusal."""
    from xltools.desk.year.rebate import rebate, write

    found = rebate(workspace, today=ask.today)
    told = Told(idle=not found.rows)
    told.data = {
        "rows": [
            {
                "claim": r.payment["claim"], "firm": r.claim["firm"], "day": r.payment["day"], "cents": r.payment["cents"],
                "loss_cents": r.decision.get("loss_cents"), "rule": r.rule.id if r.rule else None, "by": r.by,
                "conclusion": r.conclusion, "note": r.note,
            }
            for r in found.rows
        ]
    }  # fmt: skip
    told.table(
        "视同收汇",
        [
            {
                "案件号": r.payment["claim"], "企业": r.name, "支付日": f"{r.payment['day']}",
                "核定损失(美元)": figure(r.decision.get("loss_cents") or 0), "赔款(美元)": figure(r.payment["cents"]),
                "适用规定": r.rule.title if r.rule else "", "收汇截止": f"{r.by or ''}", "结论": r.conclusion,
            }
            for r in found.rows
        ],
    )  # fmt: skip
    if not found.rows:
        told.sum_up("还没有登记赔款")
        return told
    paid = sum(r.payment["cents"] for r in found.rows)
    told.say(f"赔款 {len(found.rows)} 笔共 {usd(paid)}；不作结论的 {len(found.open)} 笔")
    told.say(*dict.fromkeys(r.note for r in found.open))
    if not ask.dry_run:
        path = write(workspace, found, today=ask.today)
        told.files = [path]
        told.say(f"视同收汇清单：{path.parent.name}/{path.name}")
    told.sum_up(f"退税清单 {len(found.rows)} 笔，其中不作结论 {len(found.open)} 笔")
    return told
