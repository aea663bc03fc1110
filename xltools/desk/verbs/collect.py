"""`collect` (收件)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xltools.desk.errors import Refusal
from xltools.desk.told import PROBLEMS, Note, Place, Told, problems_data
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.enrol.collect import Collected
    from xltools.desk.workspace import Workspace

VERB = Verb(
    "collect",
    "收件",
    "收件：读入各区报来的表，有问题的退回",
    50,
    about="""收件：读入 收件/ 里的表（或写明的文件），好的行记入台账，有问题的表退回到 退回/。

    重复收同一份文件不会有任何变化；改正后的表按企业逐家更新。""",
    changes=True,
    options=(Option("files", kind="file", many=True, metavar="[文件]..."),),
    button="收件",
    presses="读入“收件”文件夹里各区报来的表；有问题的放进“退回”文件夹",
    phase="enrol",
    looks=("企业名册", "问题"),
    next=("把海关统计放进“资料”文件夹（文件名以“海关”开头），再{customs}",),
    idle=("把各区报来的表放进“收件”文件夹，再{collect}",),
    lists=True,
)


ATTACHED = "附件，随{}的表保存，没有当作表读；如果它就是申请表，请该区报送 .xlsx"


def run(workspace: Workspace, ask: Ask) -> Told:
    """Collect what lies in 收件/, or the files named. Raises Refusal."""
    from xltools.desk.enrol.collect import collect
    from xltools.desk.inputs import tidied
    from xltools.desk.workspace import INBOX, RETURNED

    for path in ask["files"]:
        if not path.is_file():
            folder = f"{path} 是文件夹：请写明其中的文件，或把它们放进工作区的“收件”，不写文件名"
            raise Refusal(folder if path.is_dir() else f"找不到文件：{path}")
    found = collect(
        workspace, now=ask.now, today=ask.today, only=ask["files"], dry_run=ask.dry_run, progress=ask.progress
    )
    fresh = [r for r in found if not r.again]
    told = Told(data={"files": [_data(r) for r in found]}, idle=not found)
    for r in fresh:
        told.placed(r.placed)
    told.table("收件" + ("（试做，没有记入）" if ask.dry_run else ""), [_row(r) for r in fresh])
    told.say(*map(_line, fresh), shown="press")
    told.say(*(f"  {r.name} → {RETURNED}/{r.returned_as}" for r in fresh if r.returned_as), shown="screen")
    papers = [r for r in fresh if r.outcome == "attached"]
    told.say(*(f"  {r.name}：{ATTACHED.format(r.district or '各区')}" for r in papers), shown="screen")
    for r in (r for r in fresh if r.held_back):
        what = "、".join(f"{h.what} {h.count} 处" for h in r.held_back)
        place = Place(f"{RETURNED}/{r.returned_as}")
        told.add(Note(f"退回的副本去掉了{what}，原文件没有改动", "HELD_BACK", "warning", place))
    for r in (r for r in fresh if r.cleaned):
        told.say(f"  {r.name}：{tidied(r.tidied)}", shown="screen")
    for r in (r for r in fresh if r.wishes):
        said = f"{r.name}：要改已报送的 {len(r.wishes)} 家，没有改动报送内容，在“变更”里等市局意见"
        told.say(f"  {said}：", *(f"    {w}" for w in r.wishes), shown="screen")
        told.say(said, shown="press")
    for r in (r for r in fresh if r.left_out):
        said = f"  {r.name}：{r.left_out} 行因代码无效、重复或是合计行没有记入台账，改正后请重新报送"
        told.say(said, shown="screen")
    if again := [f"{r.name}（{r.word}）" for r in found if r.again]:
        told.say(f"以前收过，没有变化：{'、'.join(again)}", shown="screen")
        told.say(f"另有 {len(again)} 个文件以前收过，没有变化", shown="press")
    if not found:
        told.say(f"{workspace.inbox} 里没有文件", shown="screen")
        told.say(f"“{INBOX}”文件夹里没有文件", shown="press")
    errors = sum(r.errors for r in fresh)
    if fresh:
        good, back = sum(r.good for r in fresh), sum(bool(r.returned_as) for r in fresh)
        more = f"，退回 {back} 个文件（在“{RETURNED}”文件夹）" if back else ""
        told.sum_up(f"收件 {len(fresh)} 个文件：合格 {good} 行，必须改 {errors} 处{more}")
    told.code = PROBLEMS if errors else 0
    return told


def _data(r: Collected) -> dict[str, Any]:
    return {
        "name": r.name, "district": r.district, "outcome": r.outcome, "again": r.again, "rows": r.rows, "good": r.good,
        "new": r.new, "changed": r.changed, "pending": r.pending, "wishes": list(r.wishes), "left_out": r.left_out, "cleaned": r.cleaned,
        "tidied": r.tidied, "errors": r.errors, "warnings": r.warnings, "returned_as": r.returned_as,
        "held_back": {h.key: h.count for h in r.held_back}, "problems": problems_data(r.placed),
    }  # fmt: skip


def _row(r: Collected) -> dict[str, Any]:
    return {
        "文件": r.name, "区": r.district, "结果": r.word, "行": r.rows, "合格": r.good, "新增": r.new,
        "更新": r.changed, "待定": r.pending, "必须改": r.errors, "提示": r.warnings,
    }  # fmt: skip


def _line(r: Collected) -> str:
    from xltools.desk.workspace import RETURNED

    if r.outcome == "held":
        return "，".join([r.name, *(p.message for p in r.placed)])
    if r.outcome == "attached":
        return f"{r.name}：{ATTACHED.format(r.district or '各区')}"
    parts = [f"{r.name}：{r.word}，{r.rows} 行，合格 {r.good}，新增 {r.new}，更新 {r.changed}"]
    parts += [f"待定 {r.pending}"] if r.pending else []
    parts += [f"没有记入 {r.left_out}"] if r.left_out else []
    parts += [f"→ {RETURNED}/{r.returned_as}"] if r.returned_as else []
    return "，".join(parts)


def journal(detail: dict[str, Any], scheme: Any) -> str:
    """What came in one file, or why it was refused."""
    d = detail
    if "attached" in d:
        return f"附件：随{d['attached'] or '各区'}的表保存"
    if "codes" in d:
        return f"拒收：{'、'.join(d['codes'])}"
    round_ = f"第 {d['round']} 轮，" if d.get("round") else ""
    said = (
        f"{d['district']}，{round_}{d['rows']} 行，合格 {d['good']} 行，新增 {d['new']} 家，更新 {len(d['changed'])} 家"
    )
    return said + (f"，待定变更 {len(d['pending'])} 家" if d["pending"] else "")
