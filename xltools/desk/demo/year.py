"""The demonstration's second half: the insurers return what they underwrote, money is paid, settled, and changed; a
meeting compares what to do for those who wait, its choice is entered, and the scheme is amended by it.

The insurers of the example answer by the rules and make the mistakes that insurers make: a fen too much, another rate,
a policy number used twice, a refusal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from xltools.catalogue.words import figure, yuan
from xltools.desk.batch import submit as submitting
from xltools.desk.batch import verify as verifying
from xltools.desk.batch.verify import Verified
from xltools.desk.book.contents.differences import differences
from xltools.desk.bureau.load import load_table
from xltools.desk.rules.assess import assess
from xltools.desk.rules.plaintext import table
from xltools.desk.rules.results import priced
from xltools.desk.rules.sent import accept_number, json_cells, load_sent
from xltools.desk.transaction import looking
from xltools.desk.whatif import pages
from xltools.desk.whatif.options import written
from xltools.desk.whatif.sandbox import choose, compare, register_now
from xltools.desk.workspace import Workspace, open_workspace
from xltools.desk.year.settle import PREPAY, SETTLE, Settlement, apply_for, settlement
from xltools.ledger import batches
from xltools.scheme import Scheme
from xltools.scheme.amendments import SUFFIX
from xltools.scheme.countries import groups
from xltools.sheets.write.bulk import Sheet, write_table

DAY = date(2019, 11, 20)
"""When the year's money is looked at."""
SINCE = date(2019, 11, 21)
"""From when the amendment holds: the day after the last batch."""
DOCUMENT, MORE, MOVED = "通商发〔2019〕88号", 300_000, 80_000
"""The document by which the meeting grants more money to one pool and moves some of it to the other, in yuan."""
RATES = {
    ("中国信保", 10): Decimal("7.0729"),
    ("中国信保", 11): Decimal("7.0437"),
    ("人保财险", 10): Decimal("7.0702"),
    ("人保财险", 11): Decimal("7.0385"),
}
"""The example's system rates of October and November (五（二）)."""
REFUSED, TWICE, FEN = 5, 11, 17
"""Every so many-th row: the insurer refuses; uses the policy number before once more; charges a fen too much."""


class Year:
    """The steps, each an operation of the desk that returns what to tell."""

    verified: Verified
    settled: Settlement
    amended: Scheme

    def __init__(self, workspace: Workspace, desk: Path) -> None:
        self.workspace, self.desk = workspace, desk
        self.clock = datetime.combine(DAY, datetime.min.time()).replace(hour=9)

    def steps(self) -> Sequence[tuple[str, Any]]:
        return (
            ("付款：预付", self.prepay), ("承保结果", self.returns), ("变更", self.changes), ("清算", self.settle),
            ("会商：比较方案", self.compare), ("扩容：方案年内变更", self.amend), ("年内核验", self.verify),
        )  # fmt: skip

    def _load(self, name: str, title: str, rows: Sequence[dict[str, Any]]) -> list[str]:
        path = self.desk / f"{title}.xlsx"
        write_table(path, [Sheet(title, pa.Table.from_pylist(list(rows)))])
        found = load_table(self.workspace, name, path, now=self.clock, today=DAY)
        wrong = [f"  {p.cell}　{p.message}" for left in found.left for p in left.placed]
        return [
            f"{path.name}：{found.rows} 行；{'；'.join(x for x in found.lines if not x.startswith('提示'))}",
            *wrong,
        ]

    def prepay(self) -> list[str]:
        told = self._load("accounts", "收款账户", self.accounts())
        paper = apply_for(self.workspace, PREPAY, settlement(self.workspace, today=DAY), today=DAY)
        told.append(f"预付申请表：{paper.parent.name}/{paper.name}")
        return told + self._load("payments", "付款", self.payments())

    def accounts(self) -> list[dict[str, Any]]:
        """An account that each insurer has named."""
        return [
            {
                "保险人": i.name, "账号": f"3206-2019-{k:04d}", "户名": i.full_name, "开户行": "中国银行南通分行",
                "指定文件": "账户指定函",
            }
            for k, i in enumerate(self.workspace.scheme.insurers, 1)
        ]  # fmt: skip

    def payments(self) -> list[dict[str, Any]]:
        """Each pool prepaid in one sum (五（二）)."""
        pools = {i.name: i.pool.value for i in self.workspace.scheme.insurers}
        return [
            {
                "日期": date(2019, 10, 15), "类型": "预付", "付款单位": "市财政局", "保险人": a["保险人"], "收款账号": a["账号"],
                "金额(元)": f"{pools[a['保险人']]}", "凭证号": f"记-{k:03d}", "文号": self.workspace.scheme.document,
            }
            for k, a in enumerate(self.accounts(), 1)
        ]  # fmt: skip

    def rates(self) -> list[dict[str, Any]]:
        """The system rates of the months of entry."""
        return [{"保险人": n, "月份": f"2019-{m}", "汇率": f"{r}", "来源": "系统汇率"} for (n, m), r in RATES.items()]

    def returns(self) -> list[str]:
        told = self._load("fx", "汇率_年内", self.rates())
        for insurer in self.workspace.scheme.insurers:
            told += self._load("issued", f"承保结果_{insurer.name}", self.answers(insurer.name))
        return told

    def answers(self, insurer: str) -> list[dict[str, Any]]:
        """What the insurer returns for every row that it was sent."""
        scheme = self.workspace.scheme
        with looking(self.workspace) as conn:
            out = load_sent(conn, scheme, DAY)
        rows = [r for r in out.every if r["insurer"] == insurer]
        cells = [json_cells(r) | {"batch_id": r["batch_id"], "plan": r["plan"]} for r in rows]
        months = [10 if k % 3 else 11 for k in range(len(rows))]
        p = priced(scheme, out.schemes, pa.Table.from_pylist(cells), [RATES[insurer, m] for m in months])
        answers = []
        for k, (row, cell, month) in enumerate(zip(rows, cells, months, strict=True)):
            blank = {
                "受理编号": accept_number(scheme, row["arrival"]), "企业名称": cell["name"], "统一社会信用代码": row["uscc"],
                "保单号": None, "保单录入日期": None, "系统汇率": None, "实际保费(元)": None, "实际财政承担(元)": None,
                "实际企业承担(元)": None, "企业缴费状态/日期": None, "拒保原因": None,
            }  # fmt: skip
            if k == REFUSED:
                answers.append(blank | {"拒保原因": "主要买方所在国别不承保"})
                continue
            more = int(k % FEN == FEN - 1)
            own = int(p.enterprise_fen[k])
            answers.append(
                blank
                | {
                    "保单号": f"{'SCH' if insurer == '中国信保' else 'PICC'}2019{k - (k == TWICE):05d}",
                    "保单录入日期": date(2019, month, 18 if month == 10 else 8),
                    "系统汇率": f"{RATES[insurer, month]}",
                    "实际保费(元)": figure(int(p.gross_fen[k]) + more),
                    "实际财政承担(元)": figure(int(p.fiscal_fen[k]) + more),
                    "实际企业承担(元)": figure(own),
                    "企业缴费状态/日期": ("已缴费 2019-11-12" if k % 2 else "待缴费") if own else None,
                }
            )
        return answers

    def wishes(self) -> list[dict[str, Any]]:
        """A refused firm agrees to go to the other insurer; another one has a new telephone number."""
        with looking(self.workspace) as conn:
            rows = batches.sent(conn).to_pylist()
        scheme = self.workspace.scheme
        refused = next(r for r in rows if r["status"] == "declined" and r["insurer"] == scheme.insurers[0].name)
        other = next(r for r in rows if r["status"] == "issued")
        common = {"申请方": "企业", "申请日期": DAY, "市局意见": "接受", "审核人": "市局王甲"}
        return [
            {
                "受理编号": accept_number(scheme, refused["arrival"]), "类型": "换保险人", "项目": None,
                "变更后": scheme.insurers[1].name, "依据": "企业书面同意改投", "扫描件": "同意书.pdf",
            } | common,
            {
                "受理编号": accept_number(scheme, other["arrival"]), "类型": "更正", "项目": "手机", "变更后": "13912345678",
                "依据": "企业来函", "扫描件": "来函.pdf",
            } | common,
        ]  # fmt: skip

    def changes(self) -> list[str]:
        told = self._load("change", "变更", self.wishes())
        done, noticed, _ = submitting.submit(self.workspace, now=self.clock, today=DAY, accept_fx=True)
        told += [f"{b.insurer}第{b.number:02d}批：{b.rows} 家，财政 {yuan(b.fiscal_fen)}；{b.file}" for b in done]
        return told + [f"{b.insurer}变更第{b.number:02d}批：{b.rows} 项；{b.file}" for b in noticed]

    def settle(self) -> list[str]:
        self.settled = found = settlement(self.workspace, today=DAY)
        paper = apply_for(self.workspace, SETTLE, found, today=DAY)
        return [*money(found), f"清算申请表：{paper.parent.name}/{paper.name}"]

    def compare(self) -> list[str]:
        """Three options on the real queue, a page of them for the meeting, and the one that it chose entered."""
        register, _ = register_now(self.workspace, today=DAY)
        scheme = self.workspace.scheme
        one, other = (i.name for i in scheme.insurers)
        options = [
            f"甲=追加 {one} {MORE}",
            f"乙=追加 {one} {MORE}；调剂 {one} {other} {MOVED}",
            f"丙=追加 {other} {MORE}；补进；汇率 7.2",
        ]
        side = compare(register, written(options, scheme))
        papers: list[Path] = []
        lines, _ = choose(
            self.workspace, side.options[1], document=DOCUMENT, approver="市领导", now=self.clock, today=DAY,
            page=lambda: papers.append(pages.options(self.workspace, side, DAY)),
        )  # fmt: skip
        rows = [["方案", "新安排", "不再安排", "总余额(元)"]]
        for c in side.options:
            d = c.changes
            rows.append([c.proposal.name, f"{len(d.enters)} 家", f"{len(d.leaves)} 家", figure(d.total_left)])
        return [
            *(f"{c.proposal.name}：{c.proposal.said}" for c in side.options),
            *table(rows),
            f"选定乙（{DOCUMENT}）：{'；'.join(lines)}",
            *(f"会商用的一页：{pages.FOLDER}/{p.name}" for p in papers),
        ]

    def amend(self) -> list[str]:
        """The scheme is amended by the same document; the day decides which text holds, and the fund already has the money."""
        before = self.workspace.scheme
        pools = zip(before.insurers, (MORE - MOVED, MOVED), strict=True)
        changed = "".join(f"change.insurers.{i.id}.pool = {i.pool.value + more}\n" for i, more in pools)
        (self.workspace.root / f"{before.id}{SUFFIX}").write_text(
            f'[[amendment]]\nsince = {SINCE}\ndocument = "{DOCUMENT}"\nnote = "追加扶持资金，候补企业递补"\n'
            f"change.total = {before.total.value + MORE}\n{changed}",
            "utf-8",
            newline="\n",
        )
        self.workspace = open_workspace(self.workspace.root, self.workspace.who)
        self.amended = after = self.workspace.on(SINCE).scheme
        told = [f"变更文件 {before.id}{SUFFIX}（{DOCUMENT}），自 {SINCE} 起："]
        told += [
            f"  {d.words}：{d.old} → {d.new}" for d in differences(before, after, groups()) if d.key.endswith("value")
        ]
        for day in (DAY, SINCE):
            found = assess(self.workspace.on(day), today=day)
            told.append(f"{day}：已安排 {found.counts.get('已安排', 0)} 家，候补 {found.counts.get('候补', 0)} 家")
            told += [n.text for n in found.notes if n.code == "POOL_UNBOOKED"]
        return told

    def verify(self) -> list[str]:
        self.verified = v = verifying.verify(self.workspace, today=DAY)
        told = [f"日志 {v.entries} 条环环相扣，金额复算 {v.amounts} 笔，报送表比对 {v.sheets} 份"]
        return [*told, *(v.wrong + v.money or ["全部相符"])]


def money(found: Settlement) -> list[str]:
    """Prepaid, actual, FX effect and gap of each insurer, to the fen."""
    rows = [["（元）", "已付", "实际", "汇率影响", "未回执", "结余"]]
    for x in found.insurers:
        rows.append([x.insurer, *(figure(v) for v in (x.paid, x.actual, x.fx, x.open, x.surplus))])
    sums = [sum(getattr(x, f) for x in found.insurers) for f in ("paid", "actual", "fx", "open", "surplus")]
    return table([*rows, ["合计", *map(figure, sums)]])
