"""升级保障: a firm's own policy above the platform's; the firm pays the difference, the budget nothing (六（一）)."""

from __future__ import annotations

from xltools.catalogue.words import figure, yuan
from xltools.desk.bureau.marks import Marks
from xltools.desk.bureau.results import named, rows_sent
from xltools.desk.bureau.taking import Done, Loaded, Taking
from xltools.ledger import bureau


def prepare(t: Taking) -> None:
    """What the platform has paid for the firm is known from its policy: the budget's part and the firm's own."""
    paid = _platform(t)
    given = t.roster.amounts["platform_fen"]
    for i, uscc in enumerate(t.roster.text["firm"].to_pylist()):
        if uscc in paid and not given.known[i]:
            given.cents[i], given.known[i] = paid[uscc], True


def check(t: Taking) -> None:
    """An upgrade needs a policy of the platform below it, and a number of its own."""
    marks, paid = Marks(t.roster), _platform(t)
    given, wrong = t.roster.amounts["platform_fen"], t.roster.findings.mask()
    platform = {r["policy_no"] for r in bureau.rows(t.conn, "issued").to_pylist() if r["policy_no"]}
    for i, (uscc, number) in enumerate(
        zip(*(t.roster.text[f].to_pylist() for f in ("firm", "policy_no")), strict=True)
    ):
        if wrong[i]:
            continue
        if uscc not in paid:
            marks.add(i, "NOT_ISSUED", "firm")
        elif given.known[i] and given.cents[i] != paid[uscc]:
            marks.add(i, "PLATFORM_DIFFERS", "platform_fen", figure(paid[uscc]))
        if number in platform:
            marks.add(i, "UPGRADE_NUMBER", "policy_no")
    marks.record()


def outcome(t: Taking, done: Done) -> Loaded:
    """How many firms have one, and what they pay themselves."""
    rows = bureau.rows(t.conn, "upgrade").to_pylist()
    total = sum(r["difference_fen"] or 0 for r in rows)
    lines = [f"更新 {len(done.changed)} 行" if done.changed else "没有变化"]
    return Loaded(0, [*lines, f"升级保单 {len(rows)} 张，企业承担差额共 {yuan(total)}"], {"changed": len(done.changed)})


def limits_outcome(t: Taking, done: Done) -> Loaded:
    """Which limits need annexes and have none."""
    rows = bureau.rows(t.conn, "buyer_limits").to_pylist()
    bare = [f"{r['upgrade']} {r['buyer']}" for r in rows if r["annexes"] and not r["scan"]]
    lines = [f"更新 {len(done.changed)} 行" if done.changed else "没有变化"]
    lines += [f"还没有附件的 {len(bare)} 个：{named(bare)}"] if bare else []
    return Loaded(0, lines, {"changed": len(done.changed)})


def _platform(t: Taking) -> dict[str, int]:
    """What was paid for each firm's platform policy, in fen, by code: 平台已缴纳部分."""
    results = {(r["case_no"], r["insurer"], r["batch"]): r for r in bureau.rows(t.conn, "issued").to_pylist()}
    out: dict[str, int] = {}
    for case, rows in rows_sent(t).items():
        for row in rows:
            result = results.get((case, row.insurer, row.no))
            if row.status == "issued" and result and result["actual_gross_fen"] is not None:
                out[row.uscc] = result["actual_gross_fen"]
    return out
