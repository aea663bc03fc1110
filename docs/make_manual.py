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
import manual_tables  # noqa: E402
import manual_udfs  # noqa: E402
from manual_office import Office, office  # noqa: E402
from manual_year import EXAMPLES, PLACE, Year  # noqa: E402

from xltools.desk.demo.run import TODAY, demo  # noqa: E402
from xltools.desk.press.closed import brought_up_to_date  # noqa: E402
from xltools.desk.workspace import open_workspace  # noqa: E402

PICTURES, PAGES = HERE / "pictures" / "manual", HERE / "manual"
BUDGET = HERE.parent / "workbooks" / "budget_model.xlsx"
AFTER_BUTTON = "B1:R20"
"""What the picture of a button shows of 首页: status, buttons, pools and notes."""
SHEETS: Mapping[str, tuple[str, str]] = {
    "home": ("首页", "B1:R58"), "parameters": ("参数", "A1:I32"), "roster": ("企业名册", "A1:L20"),
    "assessed": ("测算", "A1:P24"), "queue": ("排队", "A1:K24"), "problems": ("问题", "A1:J18"),
    "submitted": ("报送", "A1:J24"), "funds": ("资金", "A1:I14"), "fx": ("汇率", "A1:F12"),
    "lists": ("名单", "A1:E20"), "countries": ("国别组", "A1:E16"), "firm": ("一企一页", "A1:D56"),
    "log": ("日志", "A1:G20"), "guide": ("说明", "A1:C52"), "readings": ("口径", "A1:G30"), "confirmed": ("口径确认", "A1:D12"),
    "sandbox": ("比较方案", "A1:G14"),
}  # fmt: skip
"""Picture `sheet-…` -> sheet of the platform workbook, and the cells shown."""
MODEL: Mapping[str, tuple[str, str]] = {
    "budget": ("情景", "A1:G30"), "budget-assumptions": ("假设", "A1:G42"), "budget-sensitivity": ("敏感性", "A1:H36"),
    "budget-charts": ("图表", "A1:R60"), "budget-checks": ("核对", "A1:G40"),
}  # fmt: skip
"""Picture -> sheet of the budget model, and the cells shown."""
ASKED = "NT2019-0092"
"""The firm that the picture of 一企一页 asks for: one that waits for money."""


def main() -> None:
    """Make everything anew; says what it wrote."""
    made = {"udfs.md": manual_udfs, "first-day-windows.md": manual_first_day, "tables.md": manual_tables}
    for name, text in ((n, of.text()) for n, of in made.items()):
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
    made = brought_up_to_date(open_workspace(root), now=datetime.combine(TODAY, time(16, 30)), today=TODAY)
    document = running.open(made.files[0])
    _put(document, "工作区", PLACE)
    _put(document, "查询", ASKED)
    document.calculate()
    for name, (sheet, cells) in SHEETS.items():
        yield f"sheet-{name}", running.picture(document, sheet, cells, PICTURES / f"sheet-{name}.png")
    document.close(True)


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
