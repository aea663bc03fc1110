"""Where every firm stands (资格与保费测算) on a day: the rules applied to the register, rows sent kept frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.words import exact
from xltools.desk.rules.applications import OPINIONS, declared, reductions
from xltools.desk.rules.changes import REPLAN, REVOKE, WITHDRAW, Change, cents, corrected, wanted_insurer
from xltools.desk.rules.outcome_table import MONEY, outcome_table
from xltools.desk.rules.register import Register
from xltools.desk.rules.sent import json_cells
from xltools.engine.applications import BLANK, CUSTOMS, DECLINED, LISTS, REFUSED, RELEASED, Applications
from xltools.engine.assess import ELIGIBLE, Funds, Outcomes, assess
from xltools.engine.queue import Line
from xltools.roster.across import inforce_status
from xltools.roster.text import mask
from xltools.scheme import Scheme

Ints = npt.NDArray[np.int64]
HELD = {"declined": DECLINED, "released": RELEASED}
"""By the state of a firm's last row that is no longer out, what keeps the firm out of the queue."""


@dataclass(frozen=True)
class Money:
    """A pool's money in fen: what it holds by the fund, refunds among it; what policies (ended ones too), rows sent and
    rows arranged take; what is free (负 = 资金缺口)."""

    insurer: str
    pool: int
    issued: int
    sent: int
    arranged: int

    @property
    def committed(self) -> int:
        return self.issued + self.sent

    @property
    def free(self) -> int:
        return self.pool - self.issued - self.sent - self.arranged


@dataclass(frozen=True)
class Standing:
    """The register with its outcomes. `rows` are the register's rows that are not out, along `outcomes`."""

    register: Register
    applications: Applications
    rows: Ints
    outcomes: Outcomes
    money: list[Money]
    total_fen: int
    fx: list[Decimal]
    estimated: list[str]
    first_number: int
    pool_first: list[int]

    @property
    def total_free(self) -> int:
        return self.total_fen - sum(m.committed + m.arranged for m in self.money)


def applications(register: Register) -> Applications:
    """The applications of a workspace: the districts' rows, customs figures, and the bureau's decisions over both."""
    a = declared(register.claims, register.day, register.decisions.customs)
    review = [register.decisions.review.get(u) or {} for u in register.claims.uscc]
    insurers = {i.name: k for k, i in enumerate(register.scheme.insurers)}
    figures = [
        r.get("exports_cents") if r.get("exports_cents") is not None else wanted
        for r, wanted in zip(review, _corrected(register), strict=True)
    ]
    fixed = np.array([f is not None for f in figures], dtype=bool)
    figure = np.array([f or 0 for f in figures], dtype=np.int64)
    return replace(
        a,
        exports=np.where(fixed, figure, a.exports),
        exports_known=a.exports_known | fixed,
        customs_absent=a.customs_absent & ~fixed,
        incomplete=_incomplete(register, review),
        bureau=np.where(
            _ended(register, REVOKE),
            REFUSED,
            np.array([OPINIONS.get(str(r.get("opinion")), BLANK) for r in review], dtype=np.int64),
        ),
        wish=_wishes(register, a.wish),
        policy=np.array([r.get("policy") == "是" for r in review], dtype=bool),
        insurer=np.array(
            [
                insurers.get(wanted_insurer(changes) or str(r.get("insurer")), k)
                for r, changes, k in zip(review, _changes(register), a.insurer.tolist(), strict=True)
            ],
            dtype=np.int64,
        ),
        reduction=_reductions(register),
        confirmed=_confirmed(register, review),
        inforce=_inforce(register),
        withdrawn=np.array([r.get("withdrawn") == "是" for r in review], dtype=bool) | _ended(register, WITHDRAW),
        held=_held(register),
        arrival=register.claims.arrival,
        draw=np.array([r.get("draw") or 0 for r in review], dtype=np.int64),
    )


def _changes(register: Register) -> list[Sequence[Change]]:
    """The accepted changes of every row's firm."""
    if not register.sent.changes:
        return [()] * len(register)
    return [register.sent.changes.get(register.number(i), ()) for i in range(len(register))]


def _ended(register: Register, kind: str) -> npt.NDArray[np.bool_]:
    """Rows of firms whose row sent was ended by an accepted change of that kind."""
    ended = [any(c["kind"] == kind for c in changes) for changes in _changes(register)]
    gone = (u not in register.sent.rows for u in register.claims.uscc)
    return np.array([e and g for e, g in zip(ended, gone, strict=True)], dtype=bool)


def _wishes(register: Register, asked: Ints) -> Ints:
    """Index of the plan asked for: what an accepted change asks for counts."""
    plans = [p.id for p in register.scheme.plans]
    wanted = [[c["new"] for c in changes if c["kind"] == REPLAN] for changes in _changes(register)]
    return np.array(
        [plans.index(w[-1]) if w else k for w, k in zip(wanted, asked.tolist(), strict=True)], dtype=np.int64
    )


def _corrected(register: Register) -> list[int | None]:
    """Exports in cents as an accepted change has corrected them, where one has."""
    if not register.sent.changes:
        return [None] * len(register)
    said = [corrected(changes, ["exports_cents"]).get("exports_cents") for changes in _changes(register)]
    return [None if s is None else cents(s) for s in said]


def _held(register: Register) -> Ints:
    """HELD by row: a firm that its insurer refused is free again once it has agreed to go to the other one (三)."""
    out = np.zeros(len(register), dtype=np.int64)
    if register.sent.ended:
        for i, (uscc, changes) in enumerate(zip(register.claims.uscc, _changes(register), strict=True)):
            last = register.sent.ended.get(uscc)
            if last is not None and not (
                last["status"] == "declined" and wanted_insurer(changes) not in ("", last["insurer"])
            ):
                out[i] = HELD.get(last["status"], 0)
    return out


def _inforce(register: Register) -> Ints:
    """In-force status of the firms whose code is clean."""
    clean = ~register.claims.findings.mask(fields=("uscc",))
    start = register.scheme.cover.start.value
    status = [
        inforce_status(register.decisions.policies.get(u, ()), start) if ok else 0
        for u, ok in zip(register.claims.uscc, clean, strict=True)
    ]
    return np.array(status, dtype=np.int64)


def _incomplete(register: Register, review: list[dict[str, Any]]) -> Ints:
    """Tables of which a row that may be the firm's was left out, as far as the bureau has not spoken: a fixed figure
    takes the place of customs, its tick that of the lists."""
    spoken = [
        (CUSTOMS if r.get("exports_cents") is not None else 0) | (LISTS if r.get("priorities") else 0) for r in review
    ]
    return np.asarray(register.decisions.left.bits & ~np.array(spoken, dtype=np.int64))


def _reductions(register: Register) -> Ints:
    """Which premium reduction each row gets: by the size that the bureau has determined, else the one declared, and by
    the bureau's lists."""
    scheme, c = register.scheme, register.claims
    if not scheme.reductions:
        return np.full(len(c), -1, dtype=np.int64)
    codes = pa.array(c.uscc, pa.string())
    known = pa.array([register.decisions.sizes.get(u) for u in c.uscc], pa.string())
    lists = {r.list for r in scheme.reductions if r.list}
    there = {n: pa.array(sorted(register.decisions.lists.get(n, ())), pa.string()) for n in lists}
    listed = {n: mask(pc.is_in(codes, value_set=on)) for n, on in there.items()}
    return reductions(scheme, register.day, pc.coalesce(known, c.text["size"]), c.text["tier"], listed)


def _confirmed(register: Register, review: list[dict[str, Any]]) -> npt.NDArray[np.bool_]:
    """Conditions 3 to 6: declared by the district, and confirmed by a list or by the bureau's tick."""
    lists = {
        str(p.no): register.decisions.lists.get(p.list, set())
        for p in register.scheme.priorities
        if p.kind == "confirmed"
    }
    out = np.zeros(len(register), dtype=bool)
    for i, said in enumerate(register.claims.text["priorities"].to_pylist()):
        if said:
            ticked = set((review[i].get("priorities") or "").split(","))
            out[i] = any(
                no in lists and (register.claims.uscc[i] in lists[no] or no in ticked) for no in said.split(",")
            )
    return out


def stand(register: Register, *, assume_approved: bool = False) -> Standing:
    """Apply the scheme. Rows that are out leave their money in their pools first and keep their numbers."""
    scheme = register.scheme
    a = applications(register)
    out = np.array([u in register.sent.rows for u in register.claims.uscc], dtype=bool)
    rows = np.flatnonzero(~out)
    names = [i.name for i in scheme.insurers]
    held = committed(scheme, register.sent.every)
    pools = [register.decisions.pools[n] for n in names]
    opening = sum(int(i.pool.value * 100) for i in scheme.insurers)
    total = int(scheme.total.value * 100) + sum(pools) - opening
    funds = Funds([p - sum(held[n]) for n, p in zip(names, pools, strict=True)], total - sum(map(sum, held.values())))
    fx, estimated = _rates(register)
    outcomes = assess(
        scheme, a.take(rows), fx, funds, assume_approved=assume_approved, ties_wait=True, sent=_line_sent(register, out)
    )
    arranged = [int(outcomes.fiscal_fen[outcomes.arranged & (a.insurer[rows] == k)].sum()) for k in range(len(names))]
    money = [Money(n, p, *held[n], m) for n, p, m in zip(names, pools, arranged, strict=True)]
    if register.decisions.figures is None or scheme.base_year.value not in register.decisions.figures.years:
        estimated.append("出口额按企业申报")
    pool_first = [sum(r["insurer"] == n for r in register.sent.rows.values()) for n in names]
    return Standing(register, a, rows, outcomes, money, total, fx, estimated, register.sent.last_number, pool_first)


def _rates(register: Register) -> tuple[list[Decimal], list[str]]:
    """The rate at which each insurer's unsent rows are priced (`price_unsent_at`), and the words for it."""
    scheme, budget = register.scheme, register.scheme.fx.budget.value
    if scheme.price_unsent_at.value == "budget":
        return [budget] * len(scheme.insurers), [f"汇率按预算汇率 {budget}"]
    latest = [register.decisions.latest.get(i.name, ("", budget)) for i in scheme.insurers]
    said = [
        f"{i.name} {f'{month} {rate}' if month else f'预算汇率 {budget}'}"
        for i, (month, rate) in zip(scheme.insurers, latest, strict=True)
    ]
    return [rate for _, rate in latest], [f"汇率按最新的已知汇率（{'、'.join(said)}）"]


def _line_sent(register: Register, out: npt.NDArray[np.bool_]) -> Line | None:
    """The rows that are out, as they stood in the queue."""
    rows = np.flatnonzero(out)
    if not rows.size:
        return None
    kept = [register.sent.rows[register.claims.uscc[i]] for i in rows.tolist()]
    names = [i.name for i in register.scheme.insurers]
    return Line(
        register.claims.times["received"][rows],
        np.array([json_cells(k).get("priority") == "是" for k in kept], dtype=bool),
        register.claims.arrival[rows],
        np.zeros(rows.size, dtype=np.int64),
        np.array([names.index(k["insurer"]) for k in kept], dtype=np.int64),
        np.array([k["fiscal_fen"] for k in kept], dtype=np.int64),
    )


def committed(scheme: Scheme, rows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """Fiscal money by insurer, in fen, of rows sent: those with a policy by its actual amount, ended ones too (what came
    back of them is an entry of the fund); and those out without a return by their estimate × (1 + reserve), rounded up
    once a pool."""
    issued = dict.fromkeys((i.name for i in scheme.insurers), 0)
    sent = dict(issued)
    for row in rows:
        if row["status"] == "issued":
            actual = row["actual_fiscal_fen"]
            issued[row["insurer"]] += row["fiscal_fen"] if actual is None else actual
        elif row["status"] == "sent":
            sent[row["insurer"]] += row["fiscal_fen"]
        else:
            issued[row["insurer"]] += row["actual_fiscal_fen"] or 0
    more = 1 + scheme.queue.reserve.value
    return {n: (fen, int((sent[n] * more).to_integral_value(ROUND_CEILING))) for n, fen in issued.items()}


def standing_table(standing: Standing) -> pa.Table:
    """Every firm of the register with its outcome: the columns of `quote`, 受理编号 and 所属区 before, 报送批次 behind.

    Rows that are out show their frozen figures and 资金安排 已报送 or 已承保.
    """
    r, rows, out = standing.register, standing.rows, standing.outcomes
    place = pa.array(rows)
    shifted = replace(
        out,
        number=np.where(out.queued, out.number + standing.first_number, 0),
        pool_number=out.pool_number
        + np.array(standing.pool_first, dtype=np.int64)[standing.applications.insurer[rows]],
    )
    waiting = outcome_table(
        r.scheme, standing.applications.take(rows), shifted, r.claims.findings.take(rows),
        serial=pa.array([str(i + 1) for i in rows.tolist()], pa.string()), name=r.claims.text["name"].take(place),
        uscc=pa.array(r.claims.uscc, pa.string()).take(place), fx=standing.fx, estimated=standing.estimated,
    )  # fmt: skip
    waiting = waiting.append_column("报送批次", pa.nulls(len(rows), pa.string()))
    table = _decoded(waiting)
    frozen = _frozen(standing, table.schema)
    order = np.concatenate([rows, [i for i in range(len(r)) if r.claims.uscc[i] in r.sent.rows]]).astype(np.int64)
    whole = pa.concat_tables([table, frozen]).take(pa.array(np.argsort(order, kind="stable")))
    numbers = pa.array([r.number(i) for i in range(len(r))], pa.string())
    whole = whole.add_column(0, "受理编号", numbers).add_column(1, "所属区", r.claims.text["area"])
    return whole.add_column(2, "报送单位", pa.array(r.claims.district, pa.string()))


def _decoded(table: pa.Table) -> pa.Table:
    fields = [f.with_type(pa.string()) if pa.types.is_dictionary(f.type) else f for f in table.schema]
    return table.cast(pa.schema(fields))


def _frozen(standing: Standing, schema: pa.Schema) -> pa.Table:
    r = standing.register
    pools: dict[str, int] = {}
    names = dict(zip(r.sent.batches["id"].to_pylist(), r.sent.batches["no"].to_pylist(), strict=True))
    place = {row["uscc"]: 0 for row in r.sent.rows.values()}
    for row in sorted(r.sent.rows.values(), key=lambda row: int(row["queue_no"])):
        pools[row["insurer"]] = pools.get(row["insurer"], 0) + 1
        place[row["uscc"]] = pools[row["insurer"]]
    lines = []
    for i in range(len(r)):
        if r.claims.uscc[i] not in r.sent.rows:
            continue
        row = r.sent.rows[r.claims.uscc[i]]
        plan, kept = r.sent.schemes.get(row["batch_id"], r.scheme).plan(row["plan"]), json_cells(row)
        limited = plan.limit or plan.limit_multiple
        lines.append(
            {
                "序号": str(i + 1),
                "企业名称": r.claims.text["name"][i].as_py(),
                "统一社会信用代码": r.claims.uscc[i],
                "资格": "符合条件",
                "方案": row["plan"],
                "优先": kept.get("priority"),
                "最高赔偿限额(美元)": exact(kept["limit_cents"]) if limited else None,
                "费率": Decimal(kept["rate"]),
                "应缴保费(美元)": exact(row["premium_cents"]),
                "汇率": Decimal(row["fx"]),
                "应缴保费(元)": exact(row["gross_fen"]),
                "财政扶持(元)": exact(row["fiscal_fen"]),
                "企业承担(元)": exact(row["enterprise_fen"]),
                "保险人": row["insurer"],
                "排队号": row["queue_no"],
                "池内序号": place[row["uscc"]],
                "资金安排": "已承保" if row["status"] == "issued" else "已报送",
                "说明代码": "",
                "说明": "",
                "报送批次": f"第{names[row['batch_id']]:02d}批",
            }
        )
    columns = [pa.array([_fit(line[f.name], f.type) for line in lines], f.type) for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _fit(value: Any, kind: pa.DataType) -> Any:
    if isinstance(value, Decimal):
        return value.quantize(Decimal("0.01" if kind == MONEY else "1e-8"))
    return value


def waiting_on(standing: Standing) -> dict[str, int]:
    """Rows by whom they wait for, from the reasons of those not yet eligible."""
    out = standing.outcomes
    return {"区": int(out.awaits_district.sum()), "市局": int(out.awaits_bureau.sum())}


__all__ = ["ELIGIBLE", "Money", "Standing", "applications", "stand", "standing_table", "waiting_on"]
