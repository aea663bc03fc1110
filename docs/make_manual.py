"""The manual's pictures and its pages that follow from data made anew (重做手册的图): `python docs/make_manual.py`.

`--text` makes only those pages. Needs LibreOffice, python3-uno and pdftoppm.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import manual_first_day  # noqa: E402
import manual_sheets  # noqa: E402
import manual_tables  # noqa: E402
import manual_udfs  # noqa: E402
import pyarrow as pa  # noqa: E402
from manual_office import Office, office  # noqa: E402
from manual_year import EXAMPLES, PLACE, Year  # noqa: E402

from xltools.desk.demo import care, losses  # noqa: E402
from xltools.desk.demo.run import demo  # noqa: E402
from xltools.desk.demo.year import DAY  # noqa: E402
from xltools.desk.press.closed import brought_up_to_date  # noqa: E402
from xltools.desk.workspace import open_workspace  # noqa: E402
from xltools.sheets.write.bulk import Sheet, write_table  # noqa: E402

PICTURES, PAGES = HERE / "pictures" / "manual", HERE / "manual"
BUDGET = HERE.parent / "workbooks" / "budget_model.xlsx"
AFTER_BUTTON = "B1:R20"
"""What the picture of a button shows of 首页: status, buttons, pools and notes."""
MODEL: Mapping[str, tuple[str, str]] = {
    "budget": ("情景", "A1:G30"), "budget-assumptions": ("假设", "A1:G42"), "budget-sensitivity": ("敏感性", "A1:H36"),
    "budget-charts": ("图表", "A1:R60"), "budget-checks": ("核对", "A1:G40"),
}  # fmt: skip
"""Picture -> sheet of the budget model, and the cells shown."""
LATER = ("claims", "decisions", "indemnities", "recoveries", "rebate", "clocks")
"""Pictures of sheets half a year later, when there are claims."""
CARE = (
    "services", "progress", "alerts", "affected", "alerted", "authorisations", "whitelist", "loans", "financed", "reports",
    "credit",
)  # fmt: skip
"""Pictures of sheets at the end of the policy year, when firms were served and banks have lent."""
CLOSED = ("tags", "evaluation", "selfreview", "statistics", "brief", "targets", "tasks", "other-lines")
"""Pictures of sheets after the policy year, when it is evaluated and counted."""
UPGRADE = {
    "notices": "统一社会信用代码,企业名称,日期,方式,经办人,答复\n91320602MAX008412A,南通汐珏化纤有限公司,2019-11-12,电话,李乙,考虑\n"
    "91320602MAX008412A,南通汐珏化纤有限公司,2019-11-18,上门,李乙,愿意\n91320602MAX0084205,南通萱蔚箱包有限公司,2019-11-18,电话,李乙,联系不上\n",
    "referrals": "统一社会信用代码,企业名称,转介日期,省级平台答复,答复日期\n91320602MA1X00017N,南通示例贸易有限公司,2019-11-05,已参加,2019-11-15\n"
    "91320611MA1X00025J,南通示例机电有限公司,2019-11-05,没有回音,\n",
    "upgrade": "升级保单号,企业,保险人,录入日期,升级保单保费(元),最高赔偿限额(美元)\nUP2019-001,NT2019-0001,中国信保,2019-11-15,68000.00,500000\n",
    "buyer_limits": "升级保单号,买方,国别,申请限额(美元),批复限额(美元),批复日期\n"
    "UP2019-001,ACME Trading LLC,美国,650000,500000,2019-11-18\nUP2019-001,Nordwind GmbH,德国,200000,200000,2019-11-18\n",
    "shipments": "升级保单号,买方,发票号,出运日期,发票金额(美元),申报日期\nUP2019-001,Nordwind GmbH,NT-88,2019-11-16,48500.00,2019-11-19\n"
    "UP2019-001,ACME Trading LLC,NT-91,2019-11-18,120400.00,2019-11-19\n",
}
"""What the pictures of these sheets show."""
ASKED = "NT2019-0092"
"""The firm that the picture of 一企一页 asks for: one that waits for money."""


def main() -> None:
    """Make everything anew; says what it wrote."""
    made = {"udfs.md": manual_udfs, "first-day-windows.md": manual_first_day, "tables.md": manual_tables}
    for name, text in {
        **{n: of.text() for n, of in made.items()},
        **manual_sheets.texts(),
        **manual_sheets.lists(),
    }.items():
        (PAGES / name).write_text(text, "utf-8", newline="\n")
    if "--text" in sys.argv:
        return
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, office() as running:
        for made in (model(running), sheets(running, Path(folder)), buttons(running, Path(folder))):
            for name, size in made:
                print(f"{name}.png {size:,}", flush=True)


def buttons(running: Office, folder: Path) -> Iterator[tuple[str, int]]:
    """首页 after each button of the example's year. Raises SystemExit where a press failed."""
    year = Year(running, folder / "按钮")
    for verb in year.pressed():
        said = year.told("状态栏")
        if said.startswith("✘"):
            raise SystemExit(f"{verb}: {said}\n{year.told('提示')}")
        yield f"button-{verb}", running.picture(year.document, "首页", AFTER_BUTTON, PICTURES / f"button-{verb}.png")
    year.document.close(True)


def sheets(running: Office, folder: Path) -> Iterator[tuple[str, int]]:
    """Every sheet of the workbook that `demo` and `book` make."""
    root = folder / "工作表"
    demo(root, EXAMPLES)
    upgrades(root)
    made = brought_up_to_date(open_workspace(root), now=datetime.combine(DAY, time(16, 30)), today=DAY)
    document = running.open(made.files[0])
    _put(document, "工作区", PLACE)
    _put(document, "查询", ASKED)
    document.calculate()
    for name, (sheet, cells) in manual_sheets.SHEETS.items():
        if name not in (*LATER, *CARE, *CLOSED):
            yield f"sheet-{name}", running.picture(document, sheet, cells, PICTURES / f"sheet-{name}.png")
    document.close(True)
    claimed(root)
    made = brought_up_to_date(open_workspace(root), now=datetime.combine(losses.DAY, time(16, 30)), today=losses.DAY)
    document = running.open(made.files[0])
    for name in (*LATER, *CLOSED):
        yield f"sheet-{name}", running.picture(document, *manual_sheets.SHEETS[name], PICTURES / f"sheet-{name}.png")
    document.close(True)
    cared(root)
    made = brought_up_to_date(open_workspace(root), now=datetime.combine(care.DAY, time(16, 30)), today=care.DAY)
    document = running.open(made.files[0])
    for name in CARE:
        yield f"sheet-{name}", running.picture(document, *manual_sheets.SHEETS[name], PICTURES / f"sheet-{name}.png")
    document.close(True)


def cared(root: Path) -> None:
    """What insurers and banks report of the whole policy year, and who was told of its alerts."""
    from xltools.desk.bureau.load import load_table
    from xltools.desk.year.handed import warned

    found = care.care(open_workspace(root))
    papers = [(name, title, found[name]) for name, title in care.files(found)]
    for name, title, rows in [*papers, ("alerted", "预警告知_202008", [])]:
        if name == "alerted":
            meant = warned(open_workspace(root), today=care.DAY).rows
            rows = care.told([(r.alert["no"], r.firm.uscc, r.alert["day"]) for r in meant])
        path = root / "资料" / f"{title}.xlsx"
        write_table(path, [Sheet(title, pa.Table.from_pylist(rows))])
        load_table(open_workspace(root), name, path, now=datetime.combine(care.DAY, time(16)), today=care.DAY)


def claimed(root: Path) -> None:
    """What the insurers report of claims, half a year later."""
    from xltools.desk.bureau.load import load_table

    found = losses.losses(open_workspace(root))
    for name, title in losses.files(found):
        path = root / "资料" / f"{title}.xlsx"
        write_table(path, [Sheet(title, pa.Table.from_pylist(found[name]))])
        load_table(open_workspace(root), name, path, now=datetime.combine(losses.DAY, time(16)), today=losses.DAY)


def upgrades(root: Path) -> None:
    """A firm of the example buys more cover of its own; others are told of the platform, or referred."""
    from xltools.desk.bureau.load import load_table

    for name, title in (
        ("upgrade", "升级保障"),
        ("buyer_limits", "买方限额"),
        ("shipments", "出运申报"),
        ("notices", "通知"),
        ("referrals", "转介"),
    ):
        path = root / "资料" / f"{title}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(UPGRADE[name], "utf-8-sig")
        load_table(open_workspace(root), name, path, now=datetime.combine(DAY, time(16)), today=DAY)


def model(running: Office) -> Iterator[tuple[str, int]]:
    """The budget model."""
    document = running.open(BUDGET)
    for name, (sheet, cells) in MODEL.items():
        yield name, running.picture(document, sheet, cells, PICTURES / f"{name}.png")
    document.close(True)


def _put(document: Any, name: str, text: str) -> None:
    document.NamedRanges.getByName(name).getReferredCells().getCellByPosition(0, 0).setString(text)


if __name__ == "__main__":
    main()
