"""`readings` (口径)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xltools.desk.told import Note, Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "readings",
    "口径",
    "口径：不明确的条款怎样理解，换一种理解会改变什么；读入谁已确认",
    410,
    about="""口径：方案里不明确的每一条，本方案怎样理解，另一种理解按现有台账会改变什么（哪些企业、多少钱、多少名次）。

    生成口径确认单（A4，供签字），放在 会商/；写明文件时读入谁已确认（口径序号 · 确认人 · 确认日期 · 确认依据）。""",
    changes=True,
    options=(Option("file", kind="file", metavar="[文件]"),),
    button="口径确认单",
    presses="按台账现状算出另一种理解会改变什么，生成口径确认单，放进“会商”文件夹",
    phases=("decide",),
    phase="decide",
    looks=("口径",),
    next=("打开“会商”文件夹里的口径确认单，打印、签字，在“口径确认”表登记确认人",),
)


def run(workspace: Workspace, ask: Ask) -> Told:
    """Take over confirmations, then weigh every reading and write the page. Raises Refusal."""
    from xltools.catalogue.words import figure
    from xltools.desk.bureau.load import load_table
    from xltools.desk.rules.register import load_register
    from xltools.desk.transaction import changing, looking
    from xltools.desk.whatif import pages
    from xltools.desk.whatif.readings import confirmations, weigh
    from xltools.ledger import Entry
    from xltools.ledger.journal import append

    told = Told()
    if ask["file"] is not None:
        loaded = load_table(workspace, "readings", ask["file"], now=ask.now, today=ask.today, dry_run=ask.dry_run)
        told.say(f"{ask['file'].name}：{loaded.rows:,} 行", *loaded.lines)
    with looking(workspace) as conn:
        register, confirmed = load_register(conn, workspace, ask.today), confirmations(conn)
    found, _ = weigh(register, confirmed, ask.progress)
    if not found:
        told.idle = True
        told.data = {"readings": []}
        told.say(f"方案 {workspace.scheme.id} 还没有登记口径", shown="screen")
        told.sum_up(f"方案 {workspace.scheme.id} 还没有登记口径")
        return told
    told.data = {
        "readings": [
            {
                "no": w.reading.no, "clause": w.reading.clause, "taken": w.reading.taken, "other": w.reading.other,
                "parameter": w.reading.parameter, "computable": w.changes is not None, "why": w.why,
                "changes": w.changes, "confirmed": w.is_confirmed,
            }
            for w in found
        ]
    }  # fmt: skip
    told.table(
        "口径",
        [
            {
                "序号": w.reading.no, "条款": w.reading.clause, "本方案的理解": w.reading.taken,
                "另一种理解会改变": w.effect, "确认": w.confirmed.get("confirmed_by") or "—",
            }
            for w in found
        ],
    )  # fmt: skip
    open_ = [w.reading.no for w in found if not w.is_confirmed]
    counted = [w for w in found if w.changes is not None]
    moved = [w for w in counted if w.changes and not w.changes.nothing]
    if open_:
        told.add(Note(f"还没有确认的口径 {len(open_)} 条：{'、'.join(map(str, open_))}", "READINGS_OPEN", "warning"))
    for w in moved:
        assert w.changes
        more = f"，财政扶持变动 {figure(w.changes.total_fen)} 元" if w.changes.total_fen else ""
        told.say(f"口径 {w.reading.no}：{w.effect}{more}", shown="press")
    if not ask.dry_run:
        told.files = [pages.confirmation(workspace, found, ask.today)]
        with changing(workspace, ask.now) as conn:
            effects = {str(w.reading.no): w.effect for w in found}
            detail = {"effects": effects, "computed": len(counted), "moved": [w.reading.no for w in moved]}
            append(conn, Entry(ask.now, workspace.who, "readings", told.files[0].name, detail))
        told.say(f"口径确认单：{pages.FOLDER}/{told.files[0].name}", shown="screen")
    told.sum_up(
        f"口径 {len(found)} 条，可计算 {len(counted)} 条，其中 {len(moved)} 条换一种理解会有差别；未确认 {len(open_)} 条"
    )
    return told


def journal(detail: dict[str, Any], scheme: Any) -> str:
    """What was computed, or who confirmed."""
    if "effects" in detail:
        moved = "、".join(map(str, detail["moved"])) or "无"
        return f"测算口径 {len(detail['effects'])} 条，可计算 {detail['computed']} 条；换一种理解会有差别的：{moved}"
    return f"登记确认：口径 {'、'.join(detail.get('changed', {})) or '没有变化'}"
