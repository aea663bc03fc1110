"""付款: what was really paid to the insurers and came back, apart from what the pools plan (五（二）)."""

from __future__ import annotations

from collections import Counter

from xltools.catalogue.words import yuan
from xltools.desk.bureau.marks import Marks
from xltools.desk.bureau.taking import Done, Loaded, Taking
from xltools.desk.rules.paid import paid, shortfalls
from xltools.ledger import bureau

PREPAID, MORE, BACK = "预付", "补付", "退回"


def check(t: Taking) -> None:
    """Only accounts that the insurer named; nothing comes back that was not paid; one prepayment an insurer."""
    there = bureau.rows(t.conn, "payments")
    known = {(r["insurer"], r["account"]) for r in bureau.rows(t.conn, "accounts").to_pylist()}
    net = Counter(paid(there))
    prepaid = {r["insurer"] for r in there.to_pylist() if r["kind"] == PREPAID}
    wrong = t.roster.findings.mask()
    fen, marks = t.roster.amounts["fen"], Marks(t.roster)
    before = {tuple(r[f] for f in ("day", "kind", "insurer", "fen", "voucher")) for r in there.to_pylist()}
    columns = [t.roster.text[f].to_pylist() for f in ("kind", "insurer", "account", "voucher")]
    for i, (kind, insurer, account, voucher) in enumerate(zip(*columns, strict=True)):
        day = t.roster.times["day"][i].item()
        if wrong[i] or (day and (day.date(), kind, insurer, int(fen.cents[i]), voucher) in before):
            continue
        bad = [
            ("ACCOUNT_UNKNOWN", "account", (insurer, account) not in known, insurer),
            ("PAYMENT_NOTHING", "fen", not fen.cents[i], ""),
            ("REFUND_TOO_MUCH", "fen", kind == BACK and fen.cents[i] > net[insurer], insurer),
        ]
        for code, field, is_so, more in bad:
            if is_so:
                marks.add(i, code, field, more)
        if any(is_so for _, _, is_so, _ in bad):
            continue  # it is left out, and nothing counts that follows from it
        if kind == PREPAID and insurer in prepaid:
            marks.add(i, "PREPAID_AGAIN", "kind", insurer)
        prepaid |= {insurer} if kind == PREPAID else set()
        net[insurer] += int(fen.cents[i]) * (-1 if kind == BACK else 1)
    marks.record()


def outcome(t: Taking, done: Done) -> Loaded:
    """What is paid by now, insurer by insurer, and where less is paid than what was sent needs."""
    net = paid(bureau.rows(t.conn, "payments"))
    lines = [f"登记 {len(done.added)} 笔"] if done.added else []
    lines += [f"{i.name}：已付净额 {yuan(net.get(i.name, 0))}" for i in t.workspace.scheme.insurers]
    lines += shortfalls(t.conn, t.workspace.scheme)
    rows = done.data.select(["day", "kind", "insurer", "fen", "voucher"]).to_pylist()
    entries = [(r["kind"], {**r, "day": f"{r['day']}"}, r["voucher"]) for r in rows]
    return Loaded(0, lines, {"paid": net}, entries)
