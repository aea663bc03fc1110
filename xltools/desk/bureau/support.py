"""What lists, sizes and the districts' own support ask beyond their declarations (名单、企业规模、区级资金、区级办法、区级保单)."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.words import yuan
from xltools.desk.bureau.marks import Marks
from xltools.desk.bureau.taking import Done, Loaded, Taking
from xltools.desk.inputs import kept
from xltools.desk.rules.register import names_ever, sizes_of
from xltools.desk.rules.sent import accept_number
from xltools.engine.computed import COMPUTED
from xltools.engine.sizes import standard
from xltools.ledger import batches, bureau, firms, fund
from xltools.roster import names


def check_sizes(t: Taking) -> None:
    """What is there must be enough to tell the size (工信部联企业〔2011〕300号, 四)."""
    rows = kept(t.roster, "sizes")
    there = {(r["firm"], r["year"]): r for r in bureau.rows(t.conn, "sizes").to_pylist()}
    fields = t.of.at("size").of
    whole = {f: rows[f].to_pylist() for f in fields}
    for i, key in enumerate(zip(rows["firm"].to_pylist(), rows["year"].to_pylist(), strict=True)):
        for f in fields:
            if whole[f][i] is None and key in there:
                whole[f][i] = there[key][f]
    sizes = COMPUTED["size"](*(pa.array(whole[f], rows.schema.field(f).type) for f in fields))
    marks, wrong = Marks(t.roster), t.roster.findings.mask()
    for i, size in enumerate(sizes.to_pylist()):
        if size is None and not wrong[i]:
            marks.add(i, "SIZE_OPEN", "sector")
    marks.record()


def check_rules(t: Taking) -> None:
    """On one day at most one rule of a district holds for a plan."""
    rows = kept(t.roster, "topup_rules").to_pylist()
    mine = {(r["area"], r["plan"], r["since"]): r for r in rows}
    periods: dict[tuple[Any, Any], list[tuple[date, date]]] = defaultdict(list)
    known = {(r["area"], r["plan"], r["since"]): r for r in bureau.rows(t.conn, "topup_rules").to_pylist()}
    for (area, plan, since), r in {**known, **mine}.items():
        if since is not None:
            until = r["until"] or known.get((area, plan, since), {}).get("until") or date.max
            periods[area, plan].append((since, until))
    marks, wrong = Marks(t.roster), t.roster.findings.mask()
    for i, r in enumerate(rows):
        if wrong[i]:
            continue
        until = next(u for s, u in periods[r["area"], r["plan"]] if s == r["since"])
        for since, end in periods[r["area"], r["plan"]]:
            if since != r["since"] and since <= until and r["since"] <= end:
                marks.add(i, "RULE_OVERLAP", "since", f"{since} 起的一条")
    marks.record()


def check_funds(t: Taking) -> None:
    """A district takes no more back than it has put up."""
    rows = kept(t.roster, "district_funds").to_pylist()
    key = t.of.key
    before = bureau.rows(t.conn, "district_funds").to_pylist()
    there = {tuple(r[k] for k in key) for r in before}
    wrong = t.roster.findings.mask()
    new = [(i, r) for i, r in enumerate(rows) if not wrong[i] and tuple(r[k] for k in key) not in there]
    marks = Marks(t.roster)
    for i, r in new:
        if r["kind"] == fund.TAKEN_BACK:
            has = fund.district_pools([*before, *(x for _, x in new)], r["day"])[r["area"]]
            if has < 0:
                marks.add(i, "DISTRICT_FUND_SHORT", "fen", yuan(has + r["fen"]))
    marks.record()


def check_policies(t: Taking) -> None:
    """A firm that is on the platform and has a district's policy in the same time may be insured twice."""
    out = set(batches.out(t.conn))
    start, end = t.workspace.scheme.cover.start.value, t.workspace.scheme.cover.end.value
    of = zip(
        t.roster.text["uscc"].to_pylist(), *(t.roster.times[f].astype("datetime64[D]").astype(object) for f in ("start", "end")),
        strict=True,
    )  # fmt: skip
    both = [u in out and s is not None and e is not None and s <= end and start <= e for u, s, e in of]
    t.roster.found("DISTRICT_INSURED", "uscc", np.array(both, dtype=bool))


def sizes_outcome(t: Taking, done: Done) -> Loaded:
    """How many firms are of which size by their latest year."""
    counts = Counter(sizes_of(t.conn).values())
    said = "、".join(f"{size} {counts[size]} 家" for size in standard()[0] if counts[size])
    lines = [f"更新 {len(done.changed)} 行" if done.changed else "没有变化", *([f"认定：{said}"] if said else [])]
    return Loaded(0, lines, {"changed": len(done.changed)})


def lists_outcome(t: Taking, done: Done) -> Loaded:
    """How many firms are on each list; of those without a code, which may be firms of the ledger."""
    count = done.data["list"].to_pylist().count
    lines = [f"{n}：{count(n)} 家" for n in done.parts]
    bare = done.data.filter(pc.and_(pc.is_null(done.data["uscc"]), pc.is_null(done.data["firm"])))
    detail = {"lists": done.parts, "without_code": bare.num_rows}
    if not bare.num_rows:
        return Loaded(0, lines, detail)
    lines.append(f"其中 {bare.num_rows} 家没有统一社会信用代码，不能自动确认")
    same = _of_the_same_name(t, bare)
    lines += [
        f"“{name}”（{of}）与台账的 {number} 同名：是同一家的，在“名单”的“确认企业”填 {number}"
        for of, name, number in same
    ]
    if len(same) < bare.num_rows:
        lines.append("台账里没有同名企业的，也可以在审核表“优先确认”中逐家勾选")
    return Loaded(0, lines, detail | {"same_name": same})


def _of_the_same_name(t: Taking, rows: pa.Table) -> list[tuple[str, str, str]]:
    """List, name and 受理编号, of rows whose name is that of exactly one firm of the ledger, a former name included."""
    arrivals = firms.enterprises(t.conn)
    numbers = dict(zip(arrivals["uscc"].to_pylist(), arrivals["arrival"].to_pylist(), strict=True))
    owners: dict[str, set[str]] = {}
    for uscc, name in names_ever(t.conn, t.workspace.scheme):
        owners.setdefault(names.key(name), set()).add(uscc)
    found = []
    for of, name in zip(rows["list"].to_pylist(), rows["name"].to_pylist(), strict=True):
        if len(mine := owners.get(names.key(name), set())) == 1:
            found.append((of, name, accept_number(t.workspace.scheme, int(numbers[next(iter(mine))]))))
    return found
