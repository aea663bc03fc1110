"""The manual's pictures and its pages that follow from data made anew (重做手册的图): `python docs/make_manual.py`.

`--text` makes only those pages. Needs LibreOffice, python3-uno and pdftoppm.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import manual_first_day  # noqa: E402
import manual_sheets  # noqa: E402
import manual_tables  # noqa: E402
import manual_udfs  # noqa: E402
from manual_office import Office, office  # noqa: E402
from manual_year import EXAMPLES, PLACE, Year  # noqa: E402

from xltools.desk.demo.run import demo  # noqa: E402
from xltools.desk.verbs.demo import drawn  # noqa: E402

PICTURES, PAGES = HERE / "pictures" / "manual", HERE / "manual"
BUDGET = HERE.parent / "workbooks" / "budget_model.xlsx"
AFTER_BUTTON = "B1:R20"
"""What the picture of a button shows of 首页: status, buttons, pools and notes."""
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
    """Every sheet of the workbook that `demo --year` leaves."""
    root = folder / "工作表"
    demo(root, EXAMPLES, every=True)
    document = running.open(drawn(root))
    _put(document, "工作区", PLACE)
    _put(document, "查询", ASKED)
    document.calculate()
    for name, (sheet, cells) in manual_sheets.SHEETS.items():
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
