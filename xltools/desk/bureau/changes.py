"""变更: a change to a row that was sent, judged against that row; an accepted one that ends it gives its money back."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyarrow as pa

from xltools.catalogue.columns import by_field
from xltools.catalogue.words import figure
from xltools.desk.bureau.marks import Marks
from xltools.desk.bureau.results import GONE, Row, named, rows_sent
from xltools.desk.bureau.taking import Done, Loaded, Taking
from xltools.desk.enrol.wishes import DISTRICT, is_of
from xltools.desk.inputs import kept
from xltools.desk.rules.changes import (
    CORRECT,
    ENDING,
    ITEM,
    ITEMS,
    OTHER,
    RECODE,
    REINSURE,
    RENAME,
    REPLAN,
    STATES,
    SURRENDER,
    Change,
    accepted,
    became,
    bound,
    called,
    cents,
    many,
    personal,
    since,
    waiting,
)
from xltools.desk.rules.sent import accept_number, json_cells
from xltools.engine import plans
from xltools.ledger import batches, bureau, claims, firms
from xltools.ledger.personal import MASK
from xltools.roster import codes
from xltools.roster.choices import matcher
from xltools.roster.text import folded

CUSTOMS_CODE, AREA = "海关注册编码", "所属区"
DECIDED = ("opinion", "effective", "new")
"""What of an accepted change its row, its money and its insurer's notice follow."""


def prepare(t: Taking) -> None:
    """受理编号 as it is kept; what a change is about follows from its kind, an insurer may be written in any way."""
    roster = t.roster
    cases = [folded(c).replace(" ", "").upper() if c else None for c in roster.text["case_no"].to_pylist()]
    kinds, items, new = (roster.text[f].to_pylist() for f in ("kind", "item", "new"))
    insurer = matcher(by_field(t.workspace.scheme)["insurer"], t.workspace.scheme)
    for i, kind in enumerate(kinds):
        items[i] = ITEM.get(kind or "", items[i])
        if kind == REINSURE and new[i]:
            new[i] = insurer(new[i]) or new[i]
        if kind == RECODE and new[i]:
            new[i] = folded(new[i]).replace(" ", "").upper()
        if kind == REPLAN and new[i]:
            new[i] = folded(new[i]).upper().removeprefix("方案")
    for field, values in (("case_no", cases), ("item", items), ("new", new)):
        roster.text[field] = pa.array(values, pa.string())


def check(t: Taking) -> None:
    """Only rows that were sent can be changed, and only as their state allows."""
    marks, sent = Marks(t.roster), rows_sent(t)
    known = {tuple(r[f] for f in t.of.key): r for r in bureau.rows(t.conn, "change").to_pylist()}
    wrong = t.roster.findings.mask()
    for i, g in enumerate(kept(t.roster, "change").to_pylist()):
        if wrong[i]:
            continue
        old = known.get(tuple(g[f] for f in t.of.key), {})
        v: dict[str, Any] = {f: g[f] if g[f] is not None else old.get(f) for f in g}
        rows = [r for r in sent.get(g["case_no"], []) if r.day <= g["asked"]]
        if not rows:
            marks.add(i, "CHANGE_UNSENT", "case_no", f"（{g['asked']} 以前）" if sent.get(g["case_no"]) else "")
            continue
        row = rows[-1]
        if v["opinion"] and not v["decided_by"]:
            marks.add(i, "CHANGE_UNSIGNED", "opinion")
        if v["opinion"] == "接受" and since(v) > t.today:
            marks.add(i, "CHANGE_EARLY", "effective" if v["effective"] else "asked")
        if old.get("opinion") != "接受":
            # What is not to be may be anything: its row may be gone since; what a district wishes is judged once wanted.
            asked = not v["opinion"] and (not old or v["new"] != old["new"])
            if v["opinion"] == "接受" or asked:
                _allowed(t, marks, i, v, row)
        elif not (v["kind"] in ENDING and row.status == "issued"):  # its insurer has still to confirm that one
            for field in DECIDED:
                if v[field] != old[field]:
                    marks.add(i, "CHANGE_FROZEN", field, str(old[field] or ""))
        if v["confirmed"] and v["confirmed"] > t.today:
            marks.add(i, "DATE_FUTURE", "confirmed")
        spent = _actual(t, row)
        if v["refund_fen"] is not None and v["refund_fen"] > (spent or 0):
            marks.add(i, "REFUND_ABOVE", "refund_fen", figure(spent or 0))
    marks.record()


def _allowed(t: Taking, marks: Marks, i: int, v: dict[str, Any], row: Row) -> None:
    """What is wrong with a change that does not count yet."""
    kind, new, scheme = v["kind"], v["new"], t.workspace.scheme
    state = STATES[row.status]
    live = row.status in ("sent", "issued")
    if (kind == SURRENDER and row.status != "issued") or (
        not live and not (kind == REINSURE and row.status == "declined")
    ):
        marks.add(i, "CHANGE_STATE", "kind", state)
        return
    if kind in ENDING and kind != REINSURE:
        return
    cells = json_cells({"cells": row.cells})
    if kind == CORRECT and v["item"] == OTHER and v["asked_by"] == DISTRICT:
        return
    if kind == CORRECT and v["item"] not in ITEMS:
        marks.add(i, "CHANGE_ITEM", "item", "、".join(ITEMS))
        return
    if not new:
        marks.add(i, "CHANGE_NEW", "new", "（空着）")
        return
    same = {RENAME: cells.get("name"), RECODE: cells.get("uscc"), REPLAN: row.plan, REINSURE: row.insurer}.get(kind)
    if kind == CORRECT:
        same = cells.get(ITEMS[v["item"]])
        if ITEMS[v["item"]] == "exports_cents":
            try:
                new = cents(new)
            except (ArithmeticError, ValueError):
                marks.add(i, "CHANGE_NEW", "new", "，应为美元金额，最多两位小数")
                return
            band = plans.bands(scheme, np.array([new], dtype=np.int64))[0]
            if band < 0 or scheme.bands[int(band)].id != scheme.plan(row.plan).band:
                marks.add(i, "CHANGE_NEW", "new", f"，不在方案{row.plan}的出口额区间；先登记换方案或撤销")
                return
    areas = [a.name for a in scheme.areas_of_year]
    if kind == RECODE and (why := _no_code(t, new)):
        marks.add(i, "CHANGE_NEW", "new", why)
    elif v["item"] == CUSTOMS_CODE and len(new) != 10:
        marks.add(i, "CHANGE_NEW", "new", "，海关注册编码应为 10 位")
    elif v["item"] == AREA and new not in (*areas, "其他"):
        marks.add(i, "CHANGE_NEW", "new", f"，所属区：{'、'.join(areas)}、其他")
    elif kind == REINSURE and new not in (names := [x.name for x in scheme.insurers]):
        marks.add(i, "CHANGE_NEW", "new", f"，本平台的保险人：{'、'.join(names)}")
    elif kind == REPLAN and new not in (ids := [p.id for p in scheme.plans if p.band == scheme.plan(row.plan).band]):
        marks.add(i, "CHANGE_NEW", "new", f"，这个区间的方案：{'、'.join(ids)}")
    elif new == same:
        marks.add(i, "CHANGE_SAME", "new")


def _no_code(t: Taking, code: str) -> str:
    """Why that cannot be the new code of a firm; "" where it can."""
    alphabet, check_digit, _ = codes.uscc(pa.array([code], pa.string()))
    if len(code) != 18 or alphabet[0] or check_digit[0]:
        return "，不是有效的统一社会信用代码（18 位，含校验位）"
    if code in set(firms.enterprises(t.conn)["uscc"].to_pylist()):
        return "，是台账里另一家企业的代码"
    return ""


def _actual(t: Taking, row: Row) -> int | None:
    found = {(r["case_no"], r["insurer"], r["batch"]): r for r in bureau.rows(t.conn, "issued").to_pylist()}
    case = json_cells({"cells": row.cells}).get("case_no")
    result = found.get((str(case), row.insurer, row.no))
    return result["actual_fiscal_fen"] if result else None


def outcome(t: Taking, done: Done) -> Loaded:
    """What the accepted changes end, and the money that comes back by it."""
    t.known.clear()  # the changes that were just taken count
    results = {(r["case_no"], r["insurer"], r["batch"]): r for r in bureau.rows(t.conn, "issued").to_pylist()}
    wanted, sent, changes = accepted(t.conn, t.today), rows_sent(t), []
    said: dict[str, list[str]] = {}
    cases = {key[0] for key in done.changed}
    for case, rows in sent.items():
        for row in rows if case in cases else ():
            before = row.status if row.status in GONE else "sent"  # what the bureau's own review ended stays ended
            status, fen = became(
                results.get((case, row.insurer, row.no)), bound(wanted.get(case, ()), row.insurer, row.day), before
            )
            if status != row.status:
                changes.append(batches.Became(row.batch_id, row.place, status, fen))
                said.setdefault(STATES[status], []).append(case)
    batches.become(t.conn, changes)
    lines = [f"更新 {len(done.changed)} 条" if done.changed else "没有变化"]
    decided = _decided(t, done)
    lines += [f"{opinion} {len(of)} 条：{many(of)}{TELL[opinion]}" for opinion, of in decided.items()]
    lines += [f"{state} {len(of)} 家：{named(of)}" for state, of in said.items()]
    _settle(t)
    open_ = waiting(t.conn)
    lines += [f"等市局意见的 {len(open_)} 条：{many(open_)}"] if open_ else []
    unconfirmed = [
        c["case_no"]
        for of in wanted.values()
        for c in of
        if c["kind"] in ENDING
        and not c["confirmed"]
        and any(r.status == "issued" and c in r.changes for r in sent[c["case_no"]])
    ]
    lines += [f"已承保、等保险人确认的 {len(unconfirmed)} 条：{named(unconfirmed)}"] if unconfirmed else []
    detail = {"changed": len(done.changed), "states": said, "waiting": list(map(called, open_))}
    return Loaded(0, lines, detail, [(t.source, _told(t, done), "")], ("sent",))


TELL = {"接受": "", "不接受": "；请告诉提出的一方"}
"""What follows from an opinion."""


def _decided(t: Taking, done: Done) -> dict[str, list[Change]]:
    """The changes on which the bureau has now given its opinion, by opinion."""
    out: dict[str, list[Change]] = {}
    if any("opinion" in fields for fields in done.changed.values()):
        for row in bureau.rows(t.conn, "change").to_pylist():
            key = tuple(str(row[f]) for f in t.of.key)
            if "opinion" in done.changed.get(key, {}):
                out.setdefault(row["opinion"], []).append(row)
    return out


def _settle(t: Taking) -> None:
    """What districts' files would change and is all decided now waits no longer."""
    waits = [p for p in claims.pending(t.conn).to_pylist() if p["decided"] is None]
    if not waits:
        return
    known = firms.enterprises(t.conn).select(["uscc", "arrival"]).to_pylist()
    cases = {r["uscc"]: accept_number(t.workspace.scheme, r["arrival"]) for r in known}
    rows = bureau.rows(t.conn, "change").to_pylist()
    for p in waits:
        mine = [r for r in rows if r["case_no"] == cases[p["uscc"]] and is_of(r, p["district"])]
        if mine and all(r["opinion"] for r in mine):
            decision: Literal["applied", "refused"] = "applied" if mine[-1]["opinion"] == "接受" else "refused"
            claims.decide(t.conn, p["uscc"], p["district"], decision)


def _told(t: Taking, done: Done) -> dict[str, Any]:
    """What the journal keeps: who accepted what; of personal data only that it changed."""
    items = t.of.key.index("item")
    hidden = {k for k in done.changed if personal({"item": k[items]})}
    changed = {
        " ".join(map(str, key)): {f: [MASK, MASK] if f == "new" and key in hidden else v for f, v in fields.items()}
        for key, fields in done.changed.items()
    }
    return {"rows": done.data.num_rows, "changed": changed}
