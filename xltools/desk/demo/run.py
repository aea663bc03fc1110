"""`demo` (演示): the whole main job on an example, with its own dates, in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from xltools.catalogue.columns import roster_columns
from xltools.catalogue.words import yuan
from xltools.desk.batch import submit as submitting
from xltools.desk.batch import verify as verifying
from xltools.desk.batch.submit import Submitted
from xltools.desk.batch.verify import Verified
from xltools.desk.bureau import review as reviewing
from xltools.desk.bureau.load import load_table
from xltools.desk.demo import every as papers
from xltools.desk.demo import summary as demo_summary
from xltools.desk.demo.closing import DAY as CLOSING
from xltools.desk.demo.closing import Closing
from xltools.desk.demo.year import DAY, Year, money
from xltools.desk.enrol import collect as collecting
from xltools.desk.enrol.collect import Collected
from xltools.desk.errors import Refusal
from xltools.desk.progress import Progress, silent
from xltools.desk.rules import assess as assessing
from xltools.desk.rules.fxrisk import FxRefused
from xltools.desk.rules.fxrisk import told as rates
from xltools.desk.rules.plaintext import COLUMNS, table, wrapped
from xltools.desk.workspace import Workspace, init
from xltools.scheme import Scheme

SCHEME = "nantong-2019"
TODAY = date(2019, 10, 8)
WHO, REVIEWER = "演示", "市局王甲"
FIRST_ROUND, SECOND_ROUND, BUREAU = "收件", "补正", "市局资料"
"""Folders of the example: the districts' files, the corrected one, the bureau's own tables."""
RESULT = "测算结果.xlsx"
SHOWN = 4
"""Errors of a returned file that are told; all of them stand in the file."""


@dataclass(frozen=True)
class Step:
    """One step of the job: its title, and what there is to tell, in lines of at most 76 columns."""

    title: str
    lines: list[str]


@dataclass(frozen=True)
class Demo:
    """What the demonstration did; `summary` is the page for a director."""

    root: Path
    steps: list[Step]
    summary: list[str]
    collected: list[Collected]
    """The first round, then the second without the files that were collected before."""
    tied: list[str]
    """受理编号 of the firms that had to draw lots."""
    submitted: list[Submitted]
    verified: Verified


def demo(root: Path, examples: Path, *, year: bool = True, every: bool = False, progress: Progress = silent) -> Demo:
    """Work through the example in `examples` (see examples/README.md) in the new folder `root`: up to the batches, and
    with `year` the whole year; with `every` what is left besides, so that no sheet of the workbook is empty.

    Raises Refusal: the folder is in use, or the example is not there or incomplete.
    """
    _refuse(root, examples)
    run = _Run(root, examples)
    parts = (run.start, run.collect, run.data, run.review, run.second_round, run.assess, run.submit, run.verify)
    steps = []
    for done, part in enumerate(parts):
        progress(TITLES[done], done, len(parts))
        lines = [line for text in part() for line in wrapped(text, indent="  ", columns=COLUMNS - 4)]
        steps.append(Step(f"{done + 1}. {TITLES[done]}", lines))
    progress("汇总", len(parts), len(parts))
    summary = demo_summary.summary(run.workspace, TODAY)
    if not year:
        return Demo(run.root, steps, summary, run.collected, run.tied, run.submitted, run.verified)
    later = Year(run.workspace, run.desk)
    more = later.steps()
    for done, (title, part) in enumerate(more):
        progress(title, done, len(more))
        lines = [line for text in part() for line in wrapped(text, indent="  ", columns=COLUMNS - 4)]
        steps.append(Step(f"{len(parts) + done + 1}. {title}（{DAY}）", lines))
    if every:
        more_papers = papers.autumn(papers.firms(run.workspace, DAY))
        steps.append(
            Step(f"{len(steps) + 1}. 其余各表（{DAY}）", papers.load(run.workspace, run.desk, more_papers, DAY))
        )
    closing = Closing(run.workspace, run.desk)
    for title, part in closing.steps():
        progress(title, len(steps), len(steps) + 1)
        lines = [line for text in part() for line in wrapped(text, indent="  ", columns=COLUMNS - 4)]
        steps.append(Step(f"{len(steps) + 1}. {title}（{CLOSING}）", lines))
    if every:
        papers.load(run.workspace, run.desk, papers.closing(), CLOSING)
    summary += ["", f"年内资金，截至 {DAY}", *money(later.settled)]
    return Demo(run.root, steps, summary, run.collected, run.tied, run.submitted, later.verified)


TITLES = (
    "建立工作区", "收件（第一轮）", "海关数据、在保名单、优先名单、汇率", "市级审核", "收件（第二轮：补正）",
    "资格与保费测算", "报送", "全面核验",
)  # fmt: skip


def _refuse(root: Path, examples: Path) -> None:
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise Refusal(f"{root}：已经存在而且不是空文件夹，没有改动；请换一个文件夹，或先把它移走")
    missing = [n for n in (FIRST_ROUND, SECOND_ROUND, BUREAU) if not (examples / n).is_dir()]
    if missing:
        raise Refusal(
            f"{examples}：没有示例文件（缺 {'、'.join(missing)}）；演示要用源代码目录中的 examples/nantong-2019"
        )


class _Run:
    """The steps of one demonstration; each is an operation of the desk and returns what to tell."""

    workspace: Workspace
    submitted: list[Submitted]
    verified: Verified

    def __init__(self, root: Path, examples: Path) -> None:
        self.root, self.examples = root.absolute(), examples
        self.desk = self.root / BUREAU
        self.clock = datetime.combine(TODAY, datetime.min.time()).replace(hour=9)
        self.collected: list[Collected] = []
        self.tied: list[str] = []

    def now(self) -> datetime:
        """The next moment of the day: each operation takes ten minutes."""
        self.clock += timedelta(minutes=10)
        return self.clock

    def start(self) -> list[str]:
        self.workspace = init(self.root, SCHEME, now=self.now(), who=WHO)
        shutil.copytree(self.examples / BUREAU, self.desk)
        scheme = self.workspace.scheme
        pools = "，".join(f"{i.name} {i.pool.value / 10_000:,.0f} 万元" for i in scheme.insurers)
        return [f"方案：{scheme.title}", f"资金盘子：{pools}；办理日期 {TODAY}"]

    def collect(self) -> list[str]:
        return self._take(FIRST_ROUND)

    def second_round(self) -> list[str]:
        told = self._take(SECOND_ROUND)
        done = reviewing.review(self.workspace, self.desk / "审核_补正后.xlsx", now=self.now(), today=TODAY)
        told.append(f"审核_补正后.xlsx（凭签收单确认收件时间）：{'；'.join(done.lines)}")
        return [*told, *self._agree()]

    def _take(self, folder: str) -> list[str]:
        came = sorted((self.examples / folder).iterdir())
        for path in came:
            shutil.copyfile(path, self.workspace.inbox / path.name)
        reports = collecting.collect(self.workspace, now=self.now(), today=TODAY)
        fresh = [r for r in reports if not r.again]
        self.collected += fresh
        told = [f"{len(fresh)} 份文件，{sum(r.rows for r in fresh)} 行；新增 {sum(r.new for r in fresh)} 家，"
                f"更新 {sum(r.changed for r in fresh)} 家"]  # fmt: skip
        if len(fresh) < len(reports):
            told[0] += f"；以前收过的 {len(reports) - len(fresh)} 份没有变化"
        told += table([_file_line(r) for r in fresh], first=2)
        for r in fresh:
            if r.returned_as:
                told += [*_examples(r, self.workspace.scheme), f"  → 退回/{r.returned_as}"]
        return told

    def data(self) -> list[str]:
        told = []
        for name, table_name in (
            ("海关数据.xlsx", "customs"),
            ("在保名单_中国信保.xlsx", "inforce"),
            ("在保名单_人保财险.xlsx", "inforce"),
            ("优先名单.xlsx", "lists"),
            ("汇率.xlsx", "fx"),
        ):
            loaded = load_table(self.workspace, table_name, self.desk / name, now=self.now(), today=TODAY)
            told.append(f"{name}：{loaded.rows:,} 行；{'；'.join(loaded.lines)}")
        return told

    def review(self) -> list[str]:
        done = reviewing.review(self.workspace, self.desk / "审核.xlsx", now=self.now(), today=TODAY)
        told = [f"审核.xlsx（有提示的逐家审核、方案C政策导向、核定出口额、撤回）：{'；'.join(done.lines)}"]
        return told + self._agree()

    def _agree(self) -> list[str]:
        agreed = reviewing.agree_all(self.workspace, REVIEWER, now=self.now(), today=TODAY)
        told = [f"区里同意、没有提示的一并同意：{agreed.lines[0]}"]
        if agreed.left:
            told.append("留待逐家审核：" + "、".join(f"{row['受理编号']}" for row in agreed.left))
        return told

    def assess(self) -> list[str]:
        found = assessing.assess(self.workspace, today=TODAY)
        told = ["第一次：" + "，".join(f"{k} {n} 家" for k, n in sorted(found.counts.items(), key=lambda x: -x[1]))]
        self.tied = found.ties
        if found.ties:
            who = f"{len(found.ties)} 家同时收件（{'、'.join(found.ties)}）"
            told.append(f"资金用完处有 {who}，先后不由文件次序决定：都先候补")
            drawn = reviewing.review(self.workspace, self.desk / "审核_抽签.xlsx", now=self.now(), today=TODAY)
            told.append(f"现场抽签，填入“同时收件次序”：{'；'.join(drawn.lines)}")
            found = assessing.assess(self.workspace, today=TODAY)
        assessing.assess(self.workspace, today=TODAY, out=self.root / RESULT)
        arranged, waiting = (found.counts.get(k, 0) for k in ("已安排", "候补"))
        told.append(f"结果：已安排 {arranged} 家，候补 {waiting} 家；逐家理由和条款见 {RESULT}")
        return told + [
            f"{m.insurer}：盘子 {yuan(m.pool)}，已安排 {yuan(m.arranged)}，余 {yuan(m.free)}；{rates(x)}"
            for m, x in zip(found.money, found.risks, strict=True)
        ]

    def submit(self) -> list[str]:
        told = []
        try:
            submitting.submit(self.workspace, now=self.now(), today=TODAY)
        except FxRefused as e:
            told += [*str(e).splitlines(), "市局决定承担，接受汇率风险（--accept-fx），再报送一次（记入日志）："]
        self.submitted, _, _ = submitting.submit(self.workspace, now=self.now(), today=TODAY, accept_fx=True)
        for b in self.submitted:
            told += [
                f"{b.insurer}第{b.number:02d}批：{b.rows} 家，财政 {yuan(b.fiscal_fen)}，"
                f"企业自缴 {yuan(b.enterprise_fen)}，校验码 {b.code}；报送/ 里的文件：",
                f"  {b.file}",
            ]
        again, _, _ = submitting.submit(self.workspace, now=self.now(), today=TODAY)
        return [*told, f"再报送一次：{len(again)} 批（报过的行冻结，不会再报）"]

    def verify(self) -> list[str]:
        self.verified = v = verifying.verify(self.workspace, today=TODAY)
        told = [f"日志 {v.entries} 条环环相扣，金额复算 {v.amounts} 笔，报送表比对 {v.sheets} 份"]
        return [*told, *(v.wrong + v.money or ["全部相符"])]


def _file_line(r: Collected) -> Sequence[str]:
    outcome, found = "退回" if r.returned_as else "收下", (f"须改 {r.errors} 处", f"提示 {r.warnings} 处")
    return (r.district, outcome, f"{r.rows} 行", *found, f"自动整理 {r.cleaned} 格")


def _examples(report: Collected, scheme: Scheme) -> list[str]:
    """The first few errors of a file, none that quotes a person's name or number."""
    errors = [p for p in report.placed if p.severity != "warning"]
    personal = {c.field for c in roster_columns(scheme) if c.personal}
    shown = [p for p in errors if p.field not in personal][:SHOWN]
    more = [f"  …… 共 {len(errors)} 处，逐格标红，另有问题清单"] if len(errors) > len(shown) else []
    return [f"{report.district}须改："] + [f"  {p.cell}　{p.message}" for p in shown] + more
