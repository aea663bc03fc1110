"""The demonstration's last part: the policy year is over; tags, targets and tasks are there, and the year is evaluated,
counted and told on one page.

Exports of the two policy years are the example's own: what the base year's customs figures would be month by month, a
little more for firms of the platform.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from xltools.catalogue.words import exact
from xltools.desk.bureau.load import load_table
from xltools.desk.demo import care, losses
from xltools.desk.rules.losses import cases
from xltools.desk.rules.register import load_register
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.desk.year import brief as briefing
from xltools.desk.year import evaluate as evaluating
from xltools.desk.year import papers
from xltools.desk.year import report as reporting
from xltools.desk.year.handed import warned
from xltools.desk.year.members import members
from xltools.engine.growth import per_cent
from xltools.engine.periods import months, year_before
from xltools.scheme.clocks import Clocks
from xltools.sheets.write.bulk import Sheet, write_table

DAY = date(2020, 9, 15)
"""After the policy year's end (四（一）)."""
CUTOFF = date(2020, 8, 31)
GROWN = {True: (106, 5), False: (103, 4)}
"""Of the platform's firms and of the others: exports of the year in per cent of the year before, and how many months of the
year's twelve go to an emerging market (four of the year before)."""
EMERGING, MAIN = "越南", "美国"
KINDS = ("园区", "产业集群", "新业态", "绿色产品")
TAGS = ("综合保税区", "船舶海工", "跨境电商", "光伏组件")
MEASURES = (
    ("1", "召开政策宣讲会", "004 三①", "市商务局、中国信保", "已完成", date(2019, 9, 20), "宣讲会签到表"),
    ("2", "市、区两级审核投保申请", "004 三③", "市、区商务局", "已完成", date(2019, 10, 8), "审核意见表"),
    ("3", "承保和送达保单", "004 三④", "中国信保、人保财险", "已完成", date(2019, 11, 8), "承保结果"),
    ("4", "搭建融资平台", "004 六（二）", "市商务局、中国信保", "进行中", None, ""),
    ("5", "绩效评估", "004 七", "市商务局", "进行中", None, ""),
)  # fmt: skip


class Closing:
    """The steps, each an operation of the desk that returns what to tell."""

    def __init__(self, workspace: Workspace, desk: Path) -> None:
        self.workspace, self.desk = workspace.on(DAY), desk
        self.clock = datetime.combine(DAY, datetime.min.time()).replace(hour=9)
        with looking(self.workspace) as conn:
            self.register = load_register(conn, self.workspace, DAY)
            self.ours = members(self.register, DAY)

    def steps(self) -> Sequence[tuple[str, Any]]:
        return (
            ("理赔", self.claims), ("服务、预警、融资、资信", self.care), ("标签、目标、任务、承保统计", self.tables),
            ("绩效评估", self.evaluate),
            ("统计定数和简报", self.report),
        )  # fmt: skip

    def _load(self, name: str, title: str, rows: Sequence[dict[str, Any]], day: date = DAY) -> list[str]:
        path = self.desk / f"{title}.xlsx"
        write_table(path, [Sheet(title, pa.Table.from_pylist(list(rows)))])
        found = load_table(self.workspace, name, path, now=self.clock.replace(month=day.month, day=day.day), today=day)
        wrong = [f"  {p.cell}　{p.message}" for left in found.left for p in left.placed]
        return [
            f"{path.name}：{found.rows:,} 行；{'；'.join(x for x in found.lines if not x.startswith('提示'))}",
            *wrong,
        ]

    def claims(self) -> list[str]:
        """What the insurers reported month by month, by the end of June."""
        found = losses.losses(self.workspace)
        return [
            line for name, title in losses.files(found) for line in self._load(name, title, found[name], losses.DAY)
        ]

    def care(self) -> list[str]:
        """What insurers and banks reported of the policy year, and who was told of its alerts."""
        found = care.care(self.workspace)
        told = [line for name, title in care.files(found) for line in self._load(name, title, found[name], care.DAY)]
        meant = warned(self.workspace, today=care.DAY).rows
        rows = care.told([(r.alert["no"], r.firm.uscc, r.alert["day"]) for r in meant])
        return told + self._load("alerted", f"预警告知_{care.DAY:%Y%m}", rows, care.DAY)

    def tables(self) -> list[str]:
        told = self._load("tags", "企业标签", self.tags())
        told += self._load("targets", "目标", self.targets())
        told += self._load("tasks", "任务", self.tasks())
        told += self._load("other_lines", "承保统计", self.lines())
        return told + self._load("monthly", "分月海关", self.exports())

    def tags(self) -> list[dict[str, Any]]:
        """Every seventh firm has one; the first also had another one, which has ended."""
        codes, names = (self.ours[c].to_pylist() for c in ("uscc", "name"))
        rows = [
            {
                "统一社会信用代码": u, "企业名称": n, "类别": KINDS[k % 4], "标签": TAGS[k % 4], "来源": "市商务局认定（示例）",
                "起": date(2019, 1, 1), "止": None,
            }
            for k, (u, n) in enumerate(zip(codes[::7], names[::7], strict=True))
        ]  # fmt: skip
        return [*rows, rows[0] | {"类别": "新业态", "标签": "海外仓", "止": date(2020, 3, 31)}] if rows else []

    def targets(self) -> list[dict[str, Any]]:
        """The figures that the scheme plans with, as targets of the policy year (五（一）)."""
        plan = {
            unit: sum(p.figure.value for p in self.workspace.scheme.planning if p.figure.unit == unit)
            for unit in ("家", "美元")
        }
        common = {"期间": "保险年度", "依据": "004 五（一）", "责任单位": "市商务局、保险人"}
        return [
            {"指标": "统保企业(家)", "目标值": f"{plan['家']:.0f}"} | common,
            {"指标": "承保金额(美元)", "目标值": f"{plan['美元']:.0f}"} | common,
        ]

    def tasks(self) -> list[dict[str, Any]]:
        heads = ("任务号", "措施", "依据", "责任单位", "进度", "完成日期", "佐证")
        return [dict(zip(heads, row, strict=True)) | {"期限": date(2020, 8, 31)} for row in MEASURES]

    def lines(self) -> list[dict[str, Any]]:
        """Two lines of the insurers beside the platform, a year apart, and the platform's own figures of the year before."""
        rows = []
        for insurer, scale in zip((i.name for i in self.workspace.scheme.insurers), (10, 1), strict=False):
            for year, more in ((2019, 100), (2020, 112)):
                for line, firms in (("短期出口信用保险", 61), ("国内贸易险", 18)):
                    n = firms * scale * more // 100
                    rows.append({
                        "保险人": insurer, "月份": f"{year}-08", "业务线": line, "家数": n, "小微家数": n * 7 // 10,
                        "保险金额(美元)": n * 3_250_000, "保费(元)": n * 41_000, "赔款(美元)": n * 1_250, "融资额(元)": n * 180_000,
                    })  # fmt: skip
            rows.append({
                "保险人": insurer, "月份": "2019-08", "业务线": "统保平台", "家数": 29 * scale, "小微家数": 25 * scale,
                "保险金额(美元)": 165_000_000 * scale, "保费(元)": 430_000 * scale, "赔款(美元)": 21_000 * scale, "融资额(元)": None,
            })  # fmt: skip
        return rows

    def exports(self) -> list[dict[str, Any]]:
        """Twenty-four months of every firm that customs knows."""
        scheme = self.workspace.scheme
        customs = self.register.decisions.customs
        assert customs is not None
        extract = customs.extract.filter(pc.equal(customs.extract["year"], scheme.base_year.value))
        extract = extract.filter(pc.is_valid(extract["uscc"]))
        firms = extract.group_by("uscc", use_threads=False).aggregate([("cents", "sum"), ("name", "first")])
        on = set(self.ours["uscc"].to_pylist())
        first, last = scheme.cover.start.value, scheme.cover.end.value
        spans = months(year_before(first), year_before(last)), months(first, last)
        rows = []
        for uscc, cents, name in zip(*(firms[c].to_pylist() for c in ("uscc", "cents_sum", "name_first")), strict=True):
            more, away = GROWN[uscc in on]
            for window, scale, emerging in zip(spans, (100, more), (4, away), strict=True):
                rows += [
                    {
                        "统一社会信用代码": uscc, "企业名称": name, "年月": month, "国别": EMERGING if k < emerging else MAIN,
                        "出口额(美元)": f"{exact(cents * scale // 1200)}",
                    }
                    for k, month in enumerate(window)
                ]  # fmt: skip
        return rows

    def evaluate(self) -> list[str]:
        e = evaluating.evaluate(self.workspace, today=DAY)
        path = papers.write_evaluation(self.workspace, e)
        evaluating.keep(self.workspace, e, self.clock)
        told = [f"{j.clause} {j.verdict}：{j.figures}" + (f"（{j.missing}）" if j.missing else "") for j in e.judged]
        return [*told, f"{path.parent.name}/{path.name}：评估、绩效目标表、自评表、逐户、对照组"]

    def report(self) -> list[str]:
        made = reporting.make(self.workspace, today=DAY, now=self.clock, cutoff=CUTOFF)
        r, total = made.report, made.report.total
        told = [
            f"截至 {CUTOFF}：企业 {total.values['firms']} 家，同比 {per_cent(total.growth('firms'))}；"
            f"承保金额同比 {per_cent(total.growth('insured_cents'))}；覆盖面 {per_cent(r.covered)}",
            *(f"{t.indicator}：完成目标的 {per_cent(t.progress)}" for t in r.targets),
        ]
        again = reporting.make(self.workspace, today=DAY, now=self.clock, cutoff=CUTOFF)
        told.append("再统计一次：" + ("文件逐字节一样" if again.same else "文件不一样"))
        with looking(self.workspace) as conn:
            found = cases(conn, self.workspace.data("clocks", Clocks), self.workspace.calendar(), CUTOFF)
        page = briefing.brief(self.workspace, r, found)
        files = [*made.files, *briefing.write(self.workspace, r, page)]
        briefing.keep(self.workspace, r, page, self.clock)
        return [*told, "；".join(f"{p.parent.name}/{p.name}" for p in files)]
