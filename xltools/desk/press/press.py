"""What a button does (按按钮): the same operation as the command of that name, told in a few Chinese lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from xltools.catalogue.problems import sentence
from xltools.desk.batch.submit import submit
from xltools.desk.batch.verify import verify
from xltools.desk.bureau.materials import BUTTON, materials
from xltools.desk.enrol.collect import Collected, collect
from xltools.desk.errors import BadInput, Refusal
from xltools.desk.rules.assess import assess, notes
from xltools.desk.rules.fxrisk import FxRefused, fx_risks, told, warning, warnings
from xltools.desk.rules.status import counted
from xltools.desk.workspace import INBOX, RETURNED, SUBMITTED, Workspace
from xltools.roster.problems import Placed

Progress = Callable[..., None]
"""Called as `step(text, done, total)`, or with the text alone."""

DONE, PROBLEMS, FAILED = 0, 1, 2


@dataclass
class Pressed:
    """What happened: `lines` to show, `problems` as sentences (not among the lines), `code` as the command's exit code.

    `facts` are words for 首页 by the names of `Contents.facts`; `idle`: there was nothing to do it with.
    """

    verb: str
    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    code: int = DONE
    idle: bool = False
    facts: dict[str, str] = field(default_factory=dict)


def press(
    workspace: Workspace,
    verb: str,
    *,
    now: datetime,
    today: date,
    progress: Progress = lambda text, done=0, total=0: None,
    accept_fx: bool = False,
) -> Pressed:
    """Do what the button of that verb does. What stops it is a line and code 2, never an exception of ours.

    `accept_fx`: 首页 says 是 to the risk of the exchange rate, which `submit` may ask for.
    Raises ValueError for a verb that no button here has.
    """
    if verb not in WORK:
        raise ValueError(verb)
    out = Pressed(verb)
    try:
        if verb == "submit":
            _submit(out, workspace, now, today, progress, accept_fx=accept_fx)
        else:
            WORK[verb](out, workspace, now, today, progress)
    except Refusal as e:
        out.code = FAILED
        out.lines.append(str(e))
        if isinstance(e, BadInput):
            out.problems += said(e.placed)
    out.facts.setdefault("状态", out.lines[-1] if out.lines else "")
    return out


def said(placed: Sequence[Placed]) -> list[str]:
    """Problems one a line, what must be mended first."""
    out = []
    for p in sorted(placed, key=lambda p: p.severity == "warning"):
        where = " ".join(x for x in (p.file, p.sheet, p.cell) if x)
        out.append(f"[{'提示' if p.severity == 'warning' else '必须改'}] {where}：{sentence(p.message, p.hint)}")
    return out


def _collect(out: Pressed, workspace: Workspace, now: datetime, today: date, progress: Progress) -> None:
    found = collect(workspace, now=now, today=today, progress=progress)
    fresh = [r for r in found if not r.again]
    for r in fresh:
        out.lines.append(_file(r))
        out.problems += said(r.placed)
    if again := len(found) - len(fresh):
        out.lines.append(f"另有 {again} 个文件以前收过，没有变化")
    if not found:
        out.idle = True
        out.lines.append(f"“{INBOX}”文件夹里没有文件")
    if fresh:
        good, errors = sum(r.good for r in fresh), sum(r.errors for r in fresh)
        back = sum(bool(r.returned_as) for r in fresh)
        out.lines.append(
            f"收件 {len(fresh)} 个文件：合格 {good} 行，必须改 {errors} 处"
            + (f"，退回 {back} 个文件（在“{RETURNED}”文件夹）" if back else "")
        )
        out.code = PROBLEMS if errors else DONE


def _file(r: Collected) -> str:
    if r.outcome == "held":
        return "，".join([r.name, *(p.message for p in r.placed)])
    parts = [f"{r.name}：{r.word}，{r.rows} 行，合格 {r.good}，新增 {r.new}，更新 {r.changed}"]
    parts += [f"待定 {r.pending}"] if r.pending else []
    parts += [f"没有记入 {r.left_out}"] if r.left_out else []
    parts += [f"→ {RETURNED}/{r.returned_as}"] if r.returned_as else []
    return "，".join(parts)


def _customs(out: Pressed, workspace: Workspace, now: datetime, today: date, progress: Progress) -> None:
    lines, problems, refused, found = materials(workspace, BUTTON, now=now, today=today, progress=progress)
    out.idle = not found
    out.lines += lines
    out.problems += said(problems)
    out.code = FAILED if refused else DONE


def _assess(out: Pressed, workspace: Workspace, now: datetime, today: date, progress: Progress) -> None:
    progress("测算", 0, 1)
    found = assess(workspace, today=today)
    counts = "，".join(f"{k} {n}" for k, n in found.counts.items())
    out.lines += found.notes
    out.lines += [
        f"{m.insurer}：盘子 {_yuan(m.pool)} 元，可用 {_yuan(m.free)} 元，{told(x)}"
        for m, x in zip(found.money, found.risks, strict=True)
    ]
    out.lines.append(f"测算 {counted(found.firms, found.claims)}：{counts}" if found.firms else "台账里还没有企业")
    out.code = PROBLEMS if found.has_errors else DONE
    out.idle = not any(found.counts.get(state) for state in ("已安排", "候补", "已报送"))


def _submit(
    out: Pressed, workspace: Workspace, now: datetime, today: date, progress: Progress, *, accept_fx: bool = False
) -> None:
    progress("报送", 0, 1)
    try:
        done, standing = submit(workspace, now=now, today=today, accept_fx=accept_fx)
    except FxRefused as e:
        out.problems += map(warning, e.risks)
        raise Refusal(FxRefused.TODO) from e
    risks = fx_risks(standing)
    out.lines += [f"{x.insurer}：{told(x)}" for x in risks]
    out.lines += warnings(risks)
    warned = ("还没有在保名单", "平台的保险期")
    out.lines += [n for n in notes(standing, [], today) if n.startswith(warned)]
    out.lines += [
        f"{b.insurer}第{b.number:02d}批：{b.rows} 家，财政扶持 {_yuan(b.fiscal_fen)} 元，校验码 {b.code}，"
        f"{SUBMITTED}/{b.file}"
        for b in done
    ]
    if done:
        out.lines.append(f"报送 {len(done)} 批，共 {sum(b.rows for b in done)} 家")
    else:
        out.idle = True
        out.lines.append("没有新的企业可报送：已安排的都已报送，或还没有企业符合条件")


def _verify(out: Pressed, workspace: Workspace, now: datetime, today: date, progress: Progress) -> None:
    found = verify(workspace, today=today, progress=progress)
    out.problems += [*found.wrong, *found.money]
    counted = f"日志 {found.entries} 条，金额 {found.amounts} 笔，报送表 {found.sheets} 份"
    out.lines.append(f"{counted}：{f'{len(found.wrong)} 处不符' if found.wrong else '全部相符'}")
    out.code = PROBLEMS if found.wrong else DONE


def _sync(out: Pressed, workspace: Workspace, now: datetime, today: date, progress: Progress) -> None:
    """The pull before and the update after it are the whole work."""


def _yuan(fen: int) -> str:
    return f"{Decimal(fen).scaleb(-2):,.2f}"


WORK: dict[str, Callable[[Pressed, Workspace, datetime, date, Progress], None]] = {
    "collect": _collect, "customs": _customs, "assess": _assess, "submit": _submit, "verify": _verify, "sync": _sync,
}  # fmt: skip
