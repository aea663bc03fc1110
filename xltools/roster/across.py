"""Checks across files and against what the bureau knows: over all rows in the ledger (跨文件核对)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.words import figure
from xltools.roster.cells import Amounts, Roster, Times
from xltools.roster.names import key as name_key
from xltools.roster.problems import Findings, Mask
from xltools.roster.similar import similar
from xltools.scheme import Scheme

Ints = npt.NDArray[np.int64]


def two_districts(findings: Findings, uscc: Sequence[str], district: Sequence[str]) -> None:
    """One firm in the files of several districts: a problem of each of them, never a silent winner (三③)."""
    claimed: dict[str, list[str]] = {}
    for code, where in zip(uscc, district, strict=True):
        claimed.setdefault(code, []).append(where)
    hit = np.array([len(claimed[c]) > 1 for c in uscc], dtype=bool)
    more = [
        "、".join(d for d in claimed[c] if d != own)
        for c, own in zip(uscc, district, strict=True)
        if len(claimed[c]) > 1
    ]
    findings.add("TWO_DISTRICTS", "uscc", hit, [c for c in uscc if len(claimed[c]) > 1], more)


def received_earlier(findings: Findings, received: Times, first: Times, confirmed: Times) -> None:
    """A time of complete materials before the one first collected waits for the bureau's confirmation (二（三）)."""
    earlier = (received < first) & ~(received == confirmed)
    values = _moments(received[earlier])
    findings.add("RECEIVED_EARLIER", "received", earlier, values, [f"首次收件 {t}" for t in _moments(first[earlier])])


def name_moved(roster: Roster, before: Mapping[str, str]) -> None:
    """A firm under the name that another firm had when the district last reported: a column that was sorted alone.

    `before` are the district's names by code. Only remarked: it may have been wrong before, and be right now.
    """
    hit = np.zeros(len(roster), dtype=bool)
    more = []
    both = enumerate(zip(roster.text["uscc"].to_pylist(), roster.text["name"].to_pylist(), strict=True))
    moved = [(i, code, name) for i, (code, name) in both if name and before.get(code) and before[code] != name]
    owner = {name_key(name): code for code, name in before.items() if name} if moved else {}
    for i, code, name in moved:
        whose = owner.get(name_key(name), code)
        if whose != code and name_key(before[code]) != name_key(name):
            hit[i] = True
            more.append(whose)
    roster.found("NAME_MOVED", "name", hit, more)


def same_and_similar_names(findings: Findings, uscc: Sequence[str], name: pa.StringArray) -> None:
    """One name with two codes; names that are nearly another firm's."""
    names = [n or "" for n in name.to_pylist()]
    first: dict[str, str] = {}
    shared: dict[str, set[str]] = {}
    for n, c in zip(names, uscc, strict=True):
        if n and (own := first.setdefault(n, c)) != c:
            shared.setdefault(n, {own}).add(c)

    def codes(n: str) -> set[str]:
        return shared.get(n) or {first[n]}

    several = np.array([n in shared for n in names], dtype=bool)
    more = [f"（另有 {'、'.join(sorted(shared[names[i]] - {uscc[i]}))}）" for i in np.flatnonzero(several).tolist()]
    findings.add("SAME_NAME", "name", several, [names[i] for i in np.flatnonzero(several).tolist()], more)
    near = similar(list(first))
    # A firm that two districts wrote differently is one firm.
    like = np.array([n in near and codes(near[n].name) != codes(n) for n in names], dtype=bool)
    rows = np.flatnonzero(like).tolist()
    told = [
        f"“{near[names[i]].name}”" + (f"，共 {near[names[i]].others} 家" if near[names[i]].others > 1 else "")
        for i in rows
    ]
    findings.add("SIMILAR_NAME", "name", like, [names[i] for i in rows], told)


def sizes_differ(findings: Findings, uscc: Sequence[str], size: pa.StringArray, known: Mapping[str, str]) -> None:
    """A size that the district declared and the bureau has determined otherwise (工信部联企业〔2011〕300号)."""
    if not known:
        return
    said = size.to_pylist()
    hit = np.array([bool(s) and known.get(c, s) != s for s, c in zip(said, uscc, strict=True)], dtype=bool)
    rows = np.flatnonzero(hit).tolist()
    findings.add("SIZE_DIFFERS", "size", hit, [said[i] or "" for i in rows], [known[uscc[i]] for i in rows])


def inforce_policies(
    findings: Findings,
    uscc: Sequence[str],
    insured: pa.StringArray,
    policies: Mapping[str, Sequence[Mapping[str, object]]],
) -> None:
    """A firm that the district calls 未投保 and the insurers list (二（一）): told to the district."""
    said = insured.to_pylist()
    hit = np.array([s == "未投保" and c in policies for s, c in zip(said, uscc, strict=True)], dtype=bool)
    more = [
        "；".join(
            f"{p['insurer']} {p['nature'] or '性质不明'} {p['start'] or '?'}至{p['end'] or '?'}"
            for p in policies[uscc[i]]
        )
        for i in np.flatnonzero(hit).tolist()
    ]
    findings.add("DISTRICT_INFORCE", "insured", hit, [said[i] or "" for i in np.flatnonzero(hit).tolist()], more)


def inforce_status(policies: Sequence[Mapping[str, object]], start: date) -> int:
    """0 none, 1 a policy in force at the scheme's start that bars the firm (二（一）), 2 one that has to be clarified.

    Last year's policy of the platform (市统保) is no obstacle (domain reading 27).
    """
    worst = 0
    for p in policies:
        begin, end = p["start"], p["end"]
        if p["nature"] == "市统保":
            continue
        if (isinstance(end, date) and end < start) or (isinstance(begin, date) and begin > start):
            continue
        if not p["nature"] or begin is None or end is None:
            worst = max(worst, 2) if worst != 1 else 1
        else:
            worst = 1
    return worst


def customs_differs(
    findings: Findings, scheme: Scheme, field: str, declared: Amounts, customs: Ints, present: Mask
) -> None:
    """Declared and customs figures apart by more than the tolerance (the larger of share and amount)."""
    ratio, usd = scheme.tolerance.ratio.value, int(scheme.tolerance.usd.value * 100)
    apart = np.abs(declared.cents - customs)
    share = np.array([int(c * ratio) for c in customs.tolist()], dtype=np.int64)
    hit = declared.known & present & (apart > np.maximum(share, usd))
    rows = np.flatnonzero(hit)
    more = [f"申报 {figure(declared.cents[i])}，海关 {figure(customs[i])}" for i in rows.tolist()]
    findings.add("CUSTOMS_DIFFERS", field, hit, [f"{figure(declared.cents[i])}" for i in rows.tolist()], more)


def customs_zero(findings: Findings, declared: Amounts, customs: Ints, present: Mask) -> None:
    """Zero exports by customs where the firm declared some: what customs say counts (二（一）)."""
    hit = present & (customs == 0) & ~(declared.known & (declared.cents == 0))
    findings.add("ZERO_EXPORTS", "exports", hit, ["0.00"] * int(hit.sum()))


def customs_name(findings: Findings, name: pa.StringArray, customs_name: pa.StringArray) -> None:
    """The name in the customs extract is another one."""
    plain = [pc.replace_substring_regex(pc.utf8_upper(n), r"[\s()（）]", "") for n in (name, customs_name)]
    hit = np.asarray(pc.fill_null(pc.not_equal(*plain), False))
    rows = np.flatnonzero(hit)
    said = name.take(pa.array(rows)).to_pylist()
    findings.add(
        "CUSTOMS_NAME", "name", hit, said, [f"海关为“{n}”" for n in customs_name.take(pa.array(rows)).to_pylist()]
    )


def _moments(times: Times) -> list[str]:
    return [str(t).replace("T", " ")[:16] for t in times]
