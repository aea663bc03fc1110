"""`submit` (报送)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xltools.catalogue.words import figure
from xltools.desk.told import FAILURE, Note, Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "submit",
    "报送",
    "报送：给各保险人生成一批报送表",
    130,
    about="""报送：已安排、还没有报送的企业，每家保险人一批，放在 报送/。

    报送过的行冻结，不会再报第二次；再运行一次不会多出任何东西。按最新的已知汇率资金会不够时，
    什么都不报送，除非加 --accept-fx。""",
    changes=True,
    options=(
        Option("insurer", "只报一家（默认全部）", ("--insurer",), metavar="保险人"),
        Option(
            "accept_fx",
            "接受汇率风险：按最新的已知汇率资金会不够，仍然报送（记入日志）",
            ("--accept-fx",),
            "yes",
            cell="接受汇率风险",
        ),
    ),
    button="报送",
    presses="给每个保险人生成一批报送表，放进“报送”文件夹；已报送的企业不会再报",
    phases=("submit", "year"),
    phase="submit",
    looks=("报送",),
    next=("把“报送”文件夹里的新表发给保险人，再{verify}",),
    idle=("没有要报送的。有待审核的，在平台工作簿的“企业名册”里审核，再{assess}；候补的等追加资金",),
)
TOLD = ("INFORCE_MISSING", "COVER_OVER")
"""What of the notes on an assessment concerns a batch."""


def run(workspace: Workspace, ask: Ask) -> Told:
    """Send what is arranged and not yet out; told to have failed where a pool would break. Raises Refusal."""
    from xltools.desk.batch.submit import submit
    from xltools.desk.rules.assess import notes
    from xltools.desk.rules.fxrisk import FxRefused, fx_risks, warning, warnings
    from xltools.desk.rules.fxrisk import told as rates
    from xltools.desk.rules.paid import shortfalls
    from xltools.desk.transaction import looking
    from xltools.desk.whatif.readings import readings_open
    from xltools.desk.workspace import SUBMITTED

    ask.progress("报送", 0, 1)
    try:
        done, noticed, standing = submit(
            workspace, now=ask.now, today=ask.today, insurer=ask["insurer"], dry_run=ask.dry_run,
            accept_fx=ask["accept_fx"],
        )  # fmt: skip
    except FxRefused as e:
        told = Told(data={"batches": [], "fx": e.risks})
        told.stopped(e, e.WHAT_TO_DO)
        told.add(*(Note(warning(x), FAILURE, "warning") for x in e.risks))
        return told
    risks = fx_risks(standing)
    told = Told(data={"batches": done, "changes": noticed, "fx": risks}, idle=not done and not noticed)
    told.files = (
        [] if ask.dry_run else [workspace.submitted / f for f in [*(b.file for b in done), *(b.file for b in noticed)]]
    )
    told.table(
        "报送" + ("（试做，没有生成）" if ask.dry_run else ""),
        [
            {
                "保险人": b.insurer, "批次": f"第{b.number:02d}批", "家数": b.rows, "财政扶持(元)": figure(b.fiscal_fen),
                "企业承担(元)": figure(b.enterprise_fen), "校验码": b.code,
            }
            for b in done
        ],
    )  # fmt: skip
    told.say(*(f"  {SUBMITTED}/{b.file}" for b in done), shown="screen")
    told.say(
        *(
            f"{b.insurer}变更第{b.number:02d}批：{b.rows} 项，财政差额 {figure(b.fiscal_fen)} 元，校验码 {b.code}，{SUBMITTED}/{b.file}"
            for b in noticed
        )
    )
    none = "没有新的企业可报送：已安排的都已报送，或还没有企业符合条件"
    if not done and not noticed:
        told.say(none, shown="screen")
    told.say(*(f"{x.insurer}：{rates(x)}" for x in risks), *warnings(risks))
    with looking(workspace) as conn:
        told.add(*(Note(text, "PAID_SHORT", "warning") for text in shortfalls(conn, workspace.scheme)))
    told.add(*(n for n in notes(standing, [], ask.today) if n.code in TOLD))
    if done and not standing.register.sent.batches.num_rows and (open_ := readings_open(workspace)):
        numbers = "、".join(map(str, open_))
        text = f"首次报送，还没有确认的口径 {len(open_)} 条：{numbers}。要看另一种理解会改变什么，请{{readings}}"
        told.add(Note(text, "READINGS_OPEN", "warning"))
    for b in done:
        said = f"{b.insurer}第{b.number:02d}批：{b.rows} 家，财政扶持 {figure(b.fiscal_fen)} 元，校验码 {b.code}"
        told.say(f"{said}，{SUBMITTED}/{b.file}", shown="press")
    more = f"变更批次 {len(noticed)} 批" if noticed else ""
    sent = f"报送 {len(done)} 批，共 {sum(b.rows for b in done)} 家" if done else ""
    told.sum_up("，".join(filter(None, (sent, more))) or none)
    return told


def journal(detail: dict[str, Any], scheme: Any) -> str:
    """The batch, its firms and its fiscal money."""
    d = detail
    fx = d.get("fx_accepted")
    yes = f"；接受汇率风险：汇率 {fx['rate']}（{fx['month']}）时缺口 {figure(fx['overdraft_fen'])} 元" if fx else ""
    return f"第{d['batch']:02d}批，{d['rows']} 家，财政扶持 {figure(d['fiscal_fen'])} 元{yes}"
