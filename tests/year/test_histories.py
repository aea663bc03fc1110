"""Random histories of a year: at every step each pool's free money is what an independent bookkeeping says, to the fen.

free = Σ fund entries − issued actual − ⌈sent × (1 + reserve)⌉ (rounded up once a pool) − arranged; no firm is out twice,
nothing issued is ever pushed out, and `verify` proves it in the end. A policy that has ended goes on counting with its
actual amount; what came back of it is an entry of the fund, corrected by entries. The bookkeeping reckons with fractions
and knows nothing of the program but who is arranged.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from returns import answer
from workspaces import Bureau, bureau_in, firm, own_scheme, pools, uscc

from xltools.desk.errors import BadInput, Refusal

RESERVE = Fraction(13, 1000)
POOLS = {"中国信保": 4_500_000, "人保财险": 1_500_000}
OTHER = {"中国信保": "人保财险", "人保财险": "中国信保"}
TODAY = date(2020, 1, 20)
FIRST, LATER = (1, 2, 3, 4, 5), (6, 7, 8, 9)
EXPORTS = {n: Fraction(3_000_000 + 1_234_567 * n) + Fraction(n, 100) for n in (*FIRST, *LATER)}
YES = {"市局意见": "接受", "审核人": "王甲"}


def gross(exports: Fraction, plan: str, fx: Fraction) -> int:
    """Half up, once: 五（二）."""
    return floor(exports * Fraction(3 if plan == "A" else 10, 10_000) * fx * 100 + Fraction(1, 2))


def fiscal(exports: Fraction, plan: str, fx: Fraction) -> int:
    return floor(gross(exports, plan, fx) * Fraction(1, 1 if plan == "A" else 2))


@dataclass
class Firm:
    plan: str
    insurer: str
    state: str = "new"
    actual: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    """What ended policies cost, by insurer."""
    back: int = 0
    """What came back of the last one that has ended."""
    surrendered: dict[str, Any] = field(default_factory=dict)
    """The change that ended it."""


@dataclass
class Books:
    """The independent bookkeeping."""

    firms: dict[int, Firm]
    pools: dict[str, int] = field(default_factory=lambda: dict(POOLS))

    def held(self, insurer: str) -> tuple[int, int]:
        """Issued money, and sent money with the reserve, in fen."""
        issued = sum(f.actual for f in self.firms.values() if f.insurer == insurer and f.state == "issued")
        issued += sum(f.ended.get(insurer, 0) for f in self.firms.values())
        sent = sum(
            fiscal(EXPORTS[n], f.plan, Fraction(7))
            for n, f in self.firms.items()
            if f.insurer == insurer and f.state == "sent"
        )
        return issued, ceil(sent * (1 + RESERVE))


def _cells(n: int) -> dict[str, Any]:
    more = {"wish": "B", "copay": "是"} if n % 3 == 2 else {}
    insurer = {"insurer": "人保财险"} if n in (5, 8) else {}
    return firm(n, exports=f"{float(EXPORTS[n]):.2f}", **more, **insurer)


def _new(n: int) -> Firm:
    return Firm("B" if n % 3 == 2 else "A", "人保财险" if n in (5, 8) else "中国信保")


@pytest.fixture(scope="module")
def beginning() -> Any:
    """Five firms agreed, nothing sent; rates of January loaded."""
    folder = Path(tempfile.mkdtemp(prefix="xltools-test-"))
    scheme = own_scheme(
        folder,
        *pools(sinosure=45_000, picc=15_000, total=60_000),
        ("reserve = { value = 0.00,", "reserve = { value = 0.013,"),
    )
    made = bureau_in(folder, scheme)
    made.today = TODAY
    made.drop([_cells(n) for n in FIRST])
    made.collect()
    made.agree(*FIRST)
    made.load("fx", *({"保险人": n, "月份": "2020-01", "汇率": "6.9", "来源": "系统"} for n in POOLS))
    made.load(
        "accounts",
        *({"保险人": n, "账号": n_, "户名": n, "开户行": "行"} for n, n_ in zip(POOLS, ("1", "2"), strict=True)),
    )
    yield made
    shutil.rmtree(folder, ignore_errors=True)


WHO = st.sampled_from((*FIRST, *LATER))
STEPS = st.one_of(
    st.tuples(st.just("collect"), st.sampled_from(LATER)),
    st.tuples(st.just("submit")),
    st.tuples(st.just("submit")),
    st.tuples(st.just("issue"), WHO, st.sampled_from((-1, 0, 1, 12_345))),
    st.tuples(st.just("decline"), WHO),
    st.tuples(st.just("release"), WHO),
    st.tuples(st.just("withdraw"), WHO),
    st.tuples(st.just("plan"), WHO),
    st.tuples(st.just("move"), WHO, st.booleans()),
    st.tuples(st.just("surrender"), WHO, st.booleans(), st.sampled_from((None, 0, 1, 100_000))),
    st.tuples(st.just("refund"), WHO, st.sampled_from((0, 1, 99_999))),
    st.tuples(
        st.just("fund"),
        st.sampled_from(("追加", "收回", "调剂")),
        st.sampled_from(tuple(POOLS)),
        st.integers(1, 900_000),
    ),
    st.tuples(st.just("pay"), st.sampled_from(tuple(POOLS)), st.integers(1, 900_000)),
)


class Year:
    """Each step in the program and in the books; one that the state does not allow must be refused, or is left out."""

    def __init__(self, bureau: Bureau) -> None:
        self.bureau, self.books = bureau, Books({n: _new(n) for n in FIRST})
        self.step = 0

    def do(self, name: str, *args: Any) -> None:
        self.step += 1
        getattr(self, f"_{name}")(*args)
        self.check()

    def _number(self, n: int) -> str:
        arrivals = {r["uscc"]: r["arrival"] for r in self.bureau.tables()["enterprises"]}
        return f"NT2019-{arrivals[uscc(n)]:04d}"

    def _collect(self, n: int) -> None:
        if n not in self.books.firms:
            self.bureau.sent_in([_cells(n)])
            self.bureau.agree(n)
            self.books.firms[n] = _new(n)

    def _submit(self) -> None:
        going = self.arranged()
        self.bureau.submit()
        for n, insurer in going.items():
            self.books.firms[n].state, self.books.firms[n].insurer = "sent", insurer

    def _issue(self, n: int, more: int) -> None:
        f = self.books.firms.get(n)
        if f is None or f.state != "sent":
            return
        due, budget = gross(EXPORTS[n], f.plan, Fraction("6.9")), fiscal(EXPORTS[n], f.plan, Fraction("6.9"))
        row = answer(
            n, 受理编号=self._number(n), 保险人=f.insurer, 保单号=f"P{n}-{self.step}",
            **{"实际保费(元)": (due + more) / 100, "财政(元)": (budget + more) / 100, "企业(元)": (due - budget) / 100},
        )  # fmt: skip
        assert not self.bureau.load("issued", row).left
        f.state, f.actual = "issued", budget + more

    def _decline(self, n: int) -> None:
        f = self.books.firms.get(n)
        if f is not None and f.state == "sent":
            self.bureau.load("issued", {"受理编号": self._number(n), "保险人": f.insurer, "拒保原因": "买方风险"})
            f.state = "declined"
        elif f is not None and f.state == "issued":
            with pytest.raises(BadInput):
                self.bureau.load("issued", {"受理编号": self._number(n), "保险人": f.insurer, "拒保原因": "买方风险"})

    def _release(self, n: int) -> None:
        f = self.books.firms.get(n)
        if f is not None and f.state == "issued":
            self.bureau.load("issued", {"受理编号": self._number(n), "保险人": f.insurer, "缴费状态": "已解除"})
            self._end(f, f.actual)

    def _withdraw(self, n: int) -> None:
        f = self.books.firms.get(n)
        if f is not None and f.state != "gone":
            self.bureau.decide(n, 撤回="是", 审批依据="企业申请")
            f.state = f.state if f.state in ("issued", "released") else "gone"

    def _change(self, n: int, kind: str, **more: Any) -> None:
        row = (
            {"受理编号": self._number(n), "类型": kind, "申请方": "企业", "申请日期": TODAY, "依据": "函"} | YES | more
        )
        self.bureau.load("change", row)

    def _plan(self, n: int) -> None:
        f = self.books.firms.get(n)
        if f is not None and f.state == "sent":
            f.plan = "B" if f.plan == "A" else "A"
            try:
                self._change(n, "换方案", 变更后=f.plan)
            except BadInput:  # once a day, and there and back is the same key
                f.plan = "B" if f.plan == "A" else "A"

    def _move(self, n: int, confirmed: bool) -> None:
        f = self.books.firms.get(n)
        if f is None or f.state not in ("sent", "declined") or f.insurer != "中国信保":
            return
        self._change(n, "换保险人", 变更后=OTHER[f.insurer])
        f.state, f.insurer = "new", OTHER[f.insurer]

    def _surrender(self, n: int, confirmed: bool, back: int | None) -> None:
        f = self.books.firms.get(n)
        if f is None or f.state != "issued":
            return
        back = None if back is None else min(back, f.actual)
        more = {"保险人确认日期": TODAY} if confirmed else {}
        more |= {} if back is None else {"退还财政(元)": back / 100}
        self._change(n, "退保", **more)
        if confirmed:
            self._end(f, f.actual if back is None else back)
            f.surrendered = more

    def _end(self, f: Firm, back: int) -> None:
        f.state, f.back, f.ended = "released", back, f.ended | {f.insurer: f.actual}
        self.books.pools[f.insurer] += back

    def _refund(self, n: int, back: int) -> None:
        """The insurer says later that it was another amount: only the difference moves."""
        f = self.books.firms.get(n)
        if f is None or not f.surrendered:
            return
        back = min(back, f.actual)
        self._change(n, "退保", **f.surrendered | {"退还财政(元)": back / 100})
        self.books.pools[f.insurer] += back - f.back
        f.back = back

    def _fund(self, kind: str, insurer: str, fen: int) -> None:
        source = {"追加": "", "收回": insurer, "调剂": insurer}[kind]
        target = {"追加": insurer, "收回": "", "调剂": OTHER[insurer]}[kind]
        enough = not source or self.books.pools[source] - fen >= sum(self.books.held(source))
        try:
            self.bureau.move(kind, source, target, fen / 100, document=f"批{self.step}号")
        except Refusal:
            assert not enough
            return
        assert enough
        for pool, sign in ((source, -1), (target, 1)):
            if pool:
                self.books.pools[pool] += sign * fen

    def _pay(self, insurer: str, fen: int) -> None:
        self.bureau.load(
            "payments",
            {
                "日期": TODAY, "类型": "补付", "付款单位": "市财政局", "保险人": insurer, "收款账号": "1" if insurer == "中国信保" else "2",
                "金额(元)": fen / 100, "凭证号": f"记{self.step}",
            },
        )  # fmt: skip

    def arranged(self) -> dict[int, str]:
        rows = self.bureau.outcomes()
        return {n: rows[uscc(n)]["保险人"] for n in self.books.firms if rows[uscc(n)]["资金安排"] == "已安排"}

    def check(self) -> None:
        rows, arranged = self.bureau.outcomes(), self.arranged()
        for m in self.bureau.standing().money:
            issued, sent = self.books.held(m.insurer)
            waiting = sum(
                fiscal(EXPORTS[n], self.books.firms[n].plan, Fraction(7)) for n, i in arranged.items() if i == m.insurer
            )
            assert (m.pool, m.issued, m.sent, m.arranged) == (self.books.pools[m.insurer], issued, sent, waiting)
            assert m.free == self.books.pools[m.insurer] - issued - sent - waiting
            if self.books.pools[m.insurer] < issued + sent:
                assert not waiting
        back: dict[str, int] = dict.fromkeys(POOLS, 0)
        for m in self.bureau.tables()["fund"]:
            if m["kind"] == "退回":
                back[m["target"] or m["source"]] += m["fen"] if m["target"] else -m["fen"]
        ended = {n: sum(f.back for f in self.books.firms.values() if n in f.ended) for n in POOLS}
        assert back == ended
        live = [r["uscc"] for r in self.bureau.tables()["sent"] if r["status"] in ("sent", "issued")]
        assert len(live) == len(set(live))
        for n, f in self.books.firms.items():
            if f.state == "issued":
                assert rows[uscc(n)]["资金安排"] == "已承保"
            if f.state in ("declined", "released", "gone"):
                assert rows[uscc(n)]["资金安排"] not in ("已安排", "已报送", "已承保")


def lived(beginning: Bureau, steps: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory(prefix="xltools-test-") as folder:
        shutil.copytree(beginning.root, Path(folder) / "工作区")
        year = Year(Bureau(Path(folder) / "工作区", TODAY, counter=1000))
        for step in steps:
            year.do(*step)
        assert not year.bureau.verify().wrong


LONG = st.lists(STEPS, min_size=6, max_size=14)
QUIET = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@settings(QUIET, max_examples=6)
@given(steps=LONG)
def test_every_fen_of_a_pool_is_where_an_independent_bookkeeping_has_it(
    beginning: Bureau, steps: list[tuple[Any, ...]]
) -> None:
    lived(beginning, steps)


@pytest.mark.soak
@settings(QUIET, max_examples=1_000)
@given(steps=LONG)
def test_every_fen_of_a_pool_in_a_thousand_histories(beginning: Bureau, steps: list[tuple[Any, ...]]) -> None:
    lived(beginning, steps)
