"""`financing` (融资)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xltools.desk.told import Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "financing",
    "融资",
    "融资：读入授权书和银行的反馈，按银行、产品、渠道、区汇总",
    248,
    about="""融资：银行 · 借据号 · 企业 · 保单号 · 产品 · 渠道 · 再贷款 · 授信额度 · 放款额 · 放款日 · 余额 · 逾期 · 融资项下保险金额。

    读入银行的反馈（写明文件，或“资料”文件夹里以“融资反馈”“融资授权”“资信”开头的），再汇总。两个口径：放款额（元），和融资项下的
    保险金额（美元）；只认放款那天授权有效的企业。""",
    changes=True,
    options=(Option("file", kind="file", metavar="[文件]"),),
    button="融资",
    presses="读入“资料”文件夹里的融资授权、银行的融资反馈和资信报告，按银行、产品、渠道、区汇总",
    phases=("finance",),
    phase="finance",
    looks=("融资汇总",),
    next=("看平台工作簿的“融资汇总”和“资信用量”",),
    idle=("把银行的反馈放进“资料”文件夹（文件名以“融资反馈”开头），再{financing}",),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """Read what is new, then add up. Raises Refusal."""
    from xltools.desk.verbs.bureau import loaded
    from xltools.desk.year.handed import financed, shown

    told = loaded("financing", workspace, ask)
    found = financed(workspace, today=ask.today)
    told.table("融资汇总", shown(found))
    told.idle = not found
    if not found:
        told.sum_up("还没有银行的反馈")
        return told
    whole = found[0]
    told.data |= {"loans": whole.loans, "firms": whole.firms, "lent_fen": whole.lent, "insured_cents": whole.insured}
    told.sum_up(f"融资 {whole.firms} 家 {whole.loans} 笔")
    return told
