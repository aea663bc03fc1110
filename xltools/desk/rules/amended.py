"""What an amendment within the year (年内变更) meets in the ledger: batches already sent, and the fund account.

An amendment moves no money. Pools are a dated account: what a document adds to one or takes from it is an entry of
`fund` with that document's number, entered once by a person. Until it is there, this module names it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa

from xltools.catalogue.words import yuan
from xltools.desk.errors import Refusal
from xltools.ledger import fund
from xltools.scheme import Scheme
from xltools.scheme.amendments import Dated
from xltools.scheme.model import Amended

_BRACKETS = str.maketrans("〔〕【】()", "[][][]", " ")


@dataclass(frozen=True)
class Clash:
    """An amendment and a batch that was not sent by it, or was sent by what it said before.

    `code` is AMENDMENT_BEFORE_BATCH (dated to or before its day, and it was not there then), AMENDMENT_CHANGED or
    AMENDMENT_GONE (the batch was sent by it, and the change file does not have it any more).
    """

    code: str
    batch: str
    day: date
    since: date
    document: str

    @property
    def sentence(self) -> str:
        """What is wrong, in words."""
        one = f"自 {self.since} 起的变更（{self.document}）"
        return {
            "AMENDMENT_BEFORE_BATCH": f"{one}不晚于已报送的{self.batch}（{self.day} 按变更前的方案报送）",
            "AMENDMENT_CHANGED": f"{one}已有{self.batch}（{self.day}）按它报送，内容后来又改过",
            "AMENDMENT_GONE": f"{self.batch}（{self.day}）是按{one}报送的，现在没有这一项了，或日期改晚了",
        }[self.code]


class AmendmentRefused(Refusal):
    """The change file contradicts batches that are out; nothing is computed by it and nothing written."""

    def __init__(self, file: str, clashes: Sequence[Clash]) -> None:
        said = "；".join(c.sentence for c in clashes)
        last = max(c.day for c in clashes)
        late = f"把 since 改为 {last + timedelta(days=1)} 或以后" if any(c.code == CODE for c in clashes) else ""
        back = "恢复那时的变更文件，新的改动另写一项" if any(c.code != CODE for c in clashes) else ""
        todo = f"已报送的按报送那天的方案，不会改动。请{'；并'.join(filter(None, (late, back)))}"
        super().__init__(f"{file}：{said}", todo)
        self.clashes = tuple(clashes)

    @property
    def data(self) -> dict[str, Any]:
        """What `--json` tells of it beside the sentence."""
        return {"problems": [asdict(c) for c in self.clashes]}


CODE = "AMENDMENT_BEFORE_BATCH"


def refuse_clashes(year: Dated, there: Sequence[Mapping[str, Any]], schemes: Mapping[int, Scheme]) -> None:
    """Each batch in `there` was sent by the amendments up to its day, no more and no less. Raises AmendmentRefused.

    `schemes` are those of their days by batch id; a batch that has none there is told by `verify`.
    """
    found = [c for b in there if b["id"] in schemes for c in _clashes(year, b, schemes[b["id"]].amended)]
    if found:
        raise AmendmentRefused(year.file or "变更文件不在了", found)


def _clashes(year: Dated, batch: Mapping[str, Any], then: Sequence[Amended]) -> Iterator[Clash]:
    now = year.on(batch["day"]).scheme.amended
    name = f"{batch['insurer']}第{batch['no']:02d}批"
    was = {(a.since, a.document): a.sha256 for a in then}
    for a in now:
        before = was.pop((a.since, a.document), None)
        if before != a.sha256:
            yield Clash("AMENDMENT_CHANGED" if before else CODE, name, batch["day"], a.since, a.document)
    for since, document in was:
        yield Clash("AMENDMENT_GONE", name, batch["day"], since, document)


@dataclass(frozen=True)
class Unbooked:
    """A document that changes a pool, and what the fund account has by its number: both in fen, signed."""

    since: date
    document: str
    insurer: str
    due: int
    booked: int

    @property
    def missing(self) -> int:
        """What has to be added to the pool (below zero: taken from it)."""
        return self.due - self.booked


def unbooked(year: Dated, day: date, account: pa.Table) -> list[Unbooked]:
    """The documents in force on `day` whose changes of pools are not what the account (rows of `fund`) has by their number."""
    due: dict[str, dict[str, int]] = {}
    since: dict[str, tuple[date, str]] = {}
    for before, after in pairwise(year.stages):
        if after.since is None or after.since > day:
            break
        document = after.scheme.amended[-1].document
        since[_number(document)] = (after.since, document)
        mine = due.setdefault(_number(document), {})
        for old, new in zip(before.scheme.insurers, after.scheme.insurers, strict=True):
            mine[new.name] = mine.get(new.name, 0) + int((new.pool.value - old.pool.value) * 100)
    booked: dict[tuple[str, str], int] = {}
    for m in fund.movements(account):
        if m.day <= day and m.kind != "期初":
            for pool, fen in ((m.target, m.fen), (m.source, -m.fen)):
                booked[_number(m.document), pool] = booked.get((_number(m.document), pool), 0) + fen
    found = [
        Unbooked(*since[number], pool, fen, booked.get((number, pool), 0))
        for number, pools in due.items()
        if any(pools.values())
        for pool, fen in pools.items()
    ]
    return [u for u in found if u.missing]


def entries(found: Sequence[Unbooked]) -> list[str]:
    """A sentence for each document: what the account lacks, as the entries that are to be made."""
    said = []
    for document in dict.fromkeys(u.document for u in found):
        mine = [u for u in found if u.document == document]
        lacks = {u.insurer: u.missing for u in mine}
        moves = []
        for giver in [p for p, fen in lacks.items() if fen < 0]:
            for taker in [p for p, fen in lacks.items() if fen > 0]:
                if fen := min(-lacks[giver], lacks[taker]):
                    moves.append(f"调剂 {giver} → {taker} {yuan(fen)}")
                    lacks[giver], lacks[taker] = lacks[giver] + fen, lacks[taker] - fen
        moves += [f"{'追加' if fen > 0 else '收回'} {pool} {yuan(abs(fen))}" for pool, fen in lacks.items() if fen]
        other = "；已按别的文号记过的不要再记，先按那个文号收回" if not any(u.booked for u in mine) else ""
        changes = "，".join(f"{u.insurer}应变动 {yuan(u.due)}、已记 {yuan(u.booked)}" for u in mine)
        said.append(
            f"自 {mine[0].since} 起的方案变更（{document}）改了资金盘子，资金账里这个文号的变动与它不符：{changes}；"
            f"请在“资金”登记（文号照填 {document}）：{'；'.join(moves)}{other}。变更本身不动钱，盘子以资金账为准"
        )
    return said


def _number(document: str) -> str:
    """A document number as it is compared: widths, brackets and blanks do not count."""
    return unicodedata.normalize("NFKC", document).translate(_BRACKETS).upper()
