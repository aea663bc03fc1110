"""The pages of a meeting (会商) as files of the workspace: 口径确认单 and 比较方案."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from xltools.desk.errors import Refusal
from xltools.desk.whatif.difference import Difference, Firm
from xltools.desk.whatif.readings import Weighed
from xltools.desk.whatif.sandbox import Side
from xltools.desk.workspace import Workspace
from xltools.files import reason, renew
from xltools.sheets.whatif import optionspage, readingspage
from xltools.sheets.write.grid import Value

FOLDER = "会商"
"""Where they lie in the workspace."""


def confirmation(workspace: Workspace, weighed: Sequence[Weighed], today: date) -> Path:
    """口径确认单_YYYYMMDD.xlsx; one that is there and says otherwise is set aside. Raises Refusal."""
    rows: list[list[Value]] = []
    firms: list[list[Value]] = []
    for w in weighed:
        r, c = w.reading, w.confirmed
        signed = "\n".join(str(c[f]) for f in ("confirmed_by", "day", "grounds") if c.get(f)) if w.is_confirmed else ""
        rows.append([r.no, r.clause, r.question, r.taken, r.other, w.effect, signed])
        if w.changes:
            firms += [[r.no, *line] for line in changed_firms(w.changes)]
    notes = [f"{today} 按现有台账测算，已报送的企业不变；请逐条确认，签字盖章。没有确认的口径，首次报送时会逐条提示。"]
    path = workspace.root / FOLDER / f"{readingspage.TITLE}_{today:%Y%m%d}.xlsx"
    return _written(path, lambda to: readingspage.write(to, workspace.scheme.title, notes, rows, firms))


def options(workspace: Workspace, side: Side, today: date) -> Path:
    """比较方案_YYYYMMDD.xlsx. Raises Refusal."""
    path = workspace.root / FOLDER / f"{optionspage.TITLE}_{today:%Y%m%d}.xlsx"
    page = _page(workspace.scheme.title, side, today)
    return _written(path, lambda to: optionspage.write(to, page))


def _page(title: str, side: Side, today: date) -> optionspage.Page:
    all_ = [side.now, *(c.standing for c in side.options)]
    found: list[Difference | None] = [None, *(c.changes for c in side.options)]
    insurers = [m.insurer for m in side.now.money]
    figures: list[list[Value]] = [
        ["做法", "不变", *(c.proposal.said for c in side.options)],
        ["新安排（家）", *(len(d.enters) if d else None for d in found)],
        ["不再安排（家）", *(len(d.leaves) if d else None for d in found)],
        ["已安排（家）", *(int(s.outcomes.arranged.sum()) for s in all_)],
        ["已安排财政扶持（元）", *(yuan(sum(m.arranged for m in s.money)) for s in all_)],
        ["排队号改变（家）", *(d.places if d else None for d in found)],
    ]
    first = len(figures)
    for k, name in enumerate(insurers):
        figures.append([f"{name}余额（元）", *(yuan(s.money[k].free) for s in all_)])
    figures.append(["总盘子余额（元）", *(yuan(s.total_free) for s in all_)])
    by_area = [d.by_area() if d else {} for d in found]
    areas: list[list[Value]] = [
        [a, *(f"＋{x[a][0]}／－{x[a][1]}" if a in x else "" for x in by_area)]
        for a in sorted({a for x in by_area for a in x})
    ]
    firms: list[list[Value]] = [[c.proposal.name, *line] for c in side.options for line in changed_firms(c.changes)]
    notes = [
        f"{today} 按现有台账测算，同现状相比；已报送的企业不变，按报送时的金额占用。逐家名单见“{optionspage.LISTED}”。"
    ]
    columns = ["现状", *(c.proposal.name for c in side.options)]
    return optionspage.Page(title, notes, columns, figures, (first, len(insurers) + 1), areas, firms, _rates(side))


def _rates(side: Side) -> list[tuple[str, list[str], list[list[Value]]]]:
    out = []
    for m in side.now.money:
        own = [c for c in side.rates if c.insurer == m.insurer]
        shares = list(dict.fromkeys(c.share for c in own))
        firms = {c.share: c.firms for c in own}
        headings = ["汇率", *(f"{s}%（{firms[s]} 家）" for s in shares)]
        rows: list[list[Value]] = [
            [str(rate), *(yuan(c.left_fen) for c in own if c.rate == rate)]
            for rate in dict.fromkeys(c.rate for c in own)
        ]
        out.append((f"{m.insurer}（盘子 {yuan(m.pool):,} 元）", headings, rows))
    return out


def changed_firms(d: Difference) -> list[list[Value]]:
    """Every firm for which something is otherwise, by what it is."""
    kinds: list[tuple[str, list[Firm]]] = [
        ("新安排", d.enters), ("不再安排", d.leaves), ("新符合条件", d.admitted), ("不再符合条件", d.excluded),
        ("起保日改变", d.covers),
    ]  # fmt: skip
    lines = [_line(what, f) for what, firms in kinds for f in firms]
    for moves in (d.plans, d.insurers):
        lines += [_line(f"{m.was} → {m.becomes}", m.firm) for m in moves]
    return lines


def _line(what: str, f: Firm) -> list[Value]:
    return [what, f.number, f.name, f.area, f.insurer, f.plan, yuan(f.fen)]


def yuan(fen: int) -> Decimal:
    """Fen as yuan, exact."""
    return Decimal(fen).scaleb(-2)


def _written(path: Path, write: Callable[[Path], None]) -> Path:
    try:
        path.parent.mkdir(exist_ok=True)
        renew(path, write)
    except OSError as e:
        raise Refusal(f"写不了 {path}（{reason(e)}）；文件是否正在 Excel 中打开？") from e
    return path
