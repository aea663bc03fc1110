"""The example's year, worked with the buttons of an open workbook on the example's own day (one picture a button)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import xlwings as xw
from manual_office import Office

from xltools.desk.book import workbook as desk
from xltools.desk.bureau import review
from xltools.desk.bureau.load import load_table
from xltools.desk.demo import care, closing, every, losses
from xltools.desk.demo import year as later_year
from xltools.desk.demo.run import BUREAU, FIRST_ROUND, REVIEWER, SCHEME, SECOND_ROUND, TODAY
from xltools.desk.demo.year import DAY
from xltools.desk.workspace import Workspace, init
from xltools.office import entry
from xltools.office.libreoffice import engine as libreoffice
from xltools.sheets.platform.draw.workbook import draw
from xltools.sheets.write.bulk import Sheet, write_table

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "nantong-2019"
PLACE = r"D:\统保平台\南通2019"
"""The folder that the pictures show instead of the one in which they were made."""
TYPED = ("企业名册", "名册", "市级备注", "已电话核实")
"""What the picture of 刷新 shows as typed: sheet, table, column, text."""

PHASE = {
    "collect": "收件", "customs": "收件", "assess": "审核", "submit": "测算报送", "verify": "测算报送", "sync": "全年",
    "doctor": "全年", "payments": "承保结算", "issued": "承保结算", "settle": "承保结算", "change": "变更", "upgrade": "升级保障", "prospects": "动员",
    "readings": "会商", "sandbox": "会商", "claims": "理赔退税", "rebate": "理赔退税", "clocks": "理赔退税",
    "topups": "名单与标签", "services": "服务预警", "alerts": "服务预警", "financing": "融资", "whitelist": "融资",
    "evaluate": "评估统计", "report": "评估统计", "brief": "评估统计",
}  # fmt: skip
"""The phase that the office has chosen when it presses a button."""


UPGRADE = [
    {
        "升级保单号": "UP2019-001", "企业": "NT2019-0001", "保险人": "中国信保", "录入日期": "2019-11-15",
        "升级保单保费(元)": "68000.00", "最高赔偿限额(美元)": "500000",
    }
]  # fmt: skip
"""A firm of the example buys more cover of its own."""


class Year:
    """The example's workspace and its open workbook."""

    def __init__(self, office: Office, root: Path) -> None:
        self.root, self.clock = root, datetime.combine(TODAY, datetime.min.time()).replace(hour=9)
        self.workspace: Workspace = init(root, SCHEME, now=self.now(), who="演示")
        path = root / "平台工作簿.xlsm"
        draw(path, desk.contents(self.workspace, now=self.now(), today=TODAY), vba=desk.macros("libreoffice"))
        libreoffice.activate(office.context)
        self.document = office.open(path)
        self.book: xw.Book = libreoffice.book(self.document)
        self.book.set_mock_caller()

    def now(self) -> datetime:
        """The next moment of the day."""
        self.clock += timedelta(minutes=10)
        return self.clock

    def pressed(self) -> Iterator[str]:
        """Work through the year; yields the verb whose button was just pressed."""
        self._put(FIRST_ROUND, self.workspace.inbox)
        yield self._press("collect")
        for name in ("海关数据.xlsx", "在保名单_中国信保.xlsx", "在保名单_人保财险.xlsx"):
            self.workspace.materials.mkdir(exist_ok=True)
            shutil.copyfile(EXAMPLES / BUREAU / name, self.workspace.materials / name)
        yield self._press("customs")
        self._others()
        yield self._press("assess")
        self._cell("接受汇率风险").setString("是")
        yield self._press("submit")
        yield self._press("verify")
        self.clock = datetime.combine(DAY, datetime.min.time()).replace(hour=9)
        later = later_year.Year(self.workspace, self.root)
        load_table(self.workspace, "fx", self._paper("汇率_年内", later.rates()), now=self.now(), today=DAY)
        self._paper("收款账户", later.accounts())
        self._paper("付款", later.payments())
        yield self._press("payments")
        for insurer in self.workspace.scheme.insurers:
            self._paper(f"承保结果_{insurer.name}", later.answers(insurer.name))
        yield self._press("issued")
        yield self._press("settle")
        self._paper("变更", later.wishes())
        yield self._press("change")
        self._paper("升级保障", UPGRADE)
        yield self._press("upgrade")
        yield self._press("prospects")
        papers = every.autumn(every.firms(self.workspace, DAY))
        kept = [p for p in papers if p[0] in ("district_funds", "topup_rules")]
        every.load(self.workspace, self.root, kept, DAY)
        yield self._press("topups")
        self._type()
        yield self._press("sync")
        yield self._press("doctor")
        yield self._press("readings")
        self._options()
        yield self._press("sandbox")
        self.clock = datetime.combine(losses.DAY, datetime.min.time()).replace(hour=9)
        found = losses.losses(self.workspace)
        for name, title in losses.files(found):
            self._paper(title, found[name])
        for verb in ("claims", "rebate", "clocks"):
            yield self._press(verb)
        self.clock = datetime.combine(care.DAY, datetime.min.time()).replace(hour=9)
        reported = care.care(self.workspace)
        for name, title in care.files(reported):
            self._paper(title, reported[name])
        for verb in ("services", "alerts", "financing", "whitelist"):
            yield self._press(verb)
        self.clock = datetime.combine(closing.DAY, datetime.min.time()).replace(hour=9)
        closing.Closing(self.workspace, self.root).tables()
        for verb in ("evaluate", "report", "brief"):
            yield self._press(verb)

    def _paper(self, title: str, rows: list[dict[str, Any]]) -> Path:
        """A table as somebody sends it, put into 资料/."""
        path = self.workspace.materials / f"{title}.xlsx"
        write_table(path, [Sheet(title, pa.Table.from_pylist(rows))])
        return path

    def _put(self, folder: str, where: Path) -> None:
        for path in sorted((EXAMPLES / folder).iterdir()):
            shutil.copyfile(path, where / path.name)

    def _others(self) -> None:
        """The bureau's own tables, the reviews and the second round, which are no button's work."""
        from xltools.desk.enrol import collect

        for name, table in (("优先名单.xlsx", "lists"), ("汇率.xlsx", "fx")):
            load_table(self.workspace, table, EXAMPLES / BUREAU / name, now=self.now(), today=TODAY)
        review.review(self.workspace, EXAMPLES / BUREAU / "审核.xlsx", now=self.now(), today=TODAY)
        review.agree_all(self.workspace, REVIEWER, now=self.now(), today=TODAY)
        self._put(SECOND_ROUND, self.workspace.inbox)
        collect.collect(self.workspace, now=self.now(), today=TODAY)
        for name in ("审核_补正后.xlsx", "审核_抽签.xlsx"):
            review.review(self.workspace, EXAMPLES / BUREAU / name, now=self.now(), today=TODAY)
        review.agree_all(self.workspace, REVIEWER, now=self.now(), today=TODAY)
        self._press("sync")

    def _options(self) -> None:
        """What the meeting compares."""
        from xltools.desk.bureau.load import load_table

        path = self.root / self.workspace.materials.name / "比较方案.csv"
        lines = (
            "方案名称,做法,转出,转入,金额(元)",
            "甲,追加,,中国信保,300000",
            "乙,调剂,中国信保,人保财险,80000",
            "丙,补进,,,",
        )
        path.write_text("\n".join(lines), "utf-8-sig", newline="\n")
        load_table(self.workspace, "sandbox", path, now=self.now(), today=TODAY)
        path = path.with_name("口径确认.csv")
        rows = (f"{no},财政局,2019-10-08,会商纪要" for no in (1, 2, 12, 14, 15, 42))
        path.write_text("\n".join(("口径序号,确认人,确认日期,确认依据", *rows)), "utf-8-sig", newline="\n")
        load_table(self.workspace, "readings", path, now=self.now(), today=TODAY)
        self._press("sync")

    def _type(self) -> None:
        sheet, table, heading, text = TYPED
        found = self.book.sheets[sheet].tables[table]
        place = found.header_row_range.options(ndim=1).value.index(heading)
        body = found.data_body_range
        self.book.sheets[sheet].range((body.row, body.column + place)).value = text

    def _press(self, verb: str) -> str:
        now = self.now()
        self._cell("阶段").setString(PHASE[verb])
        with patch.object(entry, "datetime", _clock(now)):
            entry.run(verb)
        for name in (entry.STATUS, entry.NOTES, "工作区"):
            cell = self._cell(name)
            said = cell.getString().replace(str(self.root) + "/", PLACE + "\\").replace(str(self.root), PLACE)
            cell.setString(said)
        return verb

    def told(self, name: str) -> str:
        """What a named cell of 首页 shows."""
        return str(self._cell(name).getString())

    def _cell(self, name: str) -> Any:
        return self.document.NamedRanges.getByName(name).getReferredCells().getCellByPosition(0, 0)


def _clock(now: datetime) -> Any:
    """The class datetime, at a moment of the example's."""

    class Fixed(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return now

        @classmethod
        def today(cls) -> datetime:  # type: ignore[override]
            return now

    return Fixed
