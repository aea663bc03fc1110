"""Workbooks recalculated by two engines that are not ours: LibreOffice and IronCalc."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import ironcalc
from python_calamine import CalamineWorkbook

Cells = dict[str, dict[str, Any]]
"""Sheet -> address such as `AG5` -> value; empty cells and empty texts are absent."""

_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode"><value>0</value></prop></item>
</oor:items>
"""  # without it LibreOffice shows the values that it finds in the file
_AS_INSTALLED = '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry"/>'


def by_libreoffice(path: Path, folder: Path, *, anew: bool = True) -> Cells:
    """All values after LibreOffice has opened, recalculated and saved the workbook; not `anew`: as an office opens it."""
    out = convert(path, folder, "xlsx", anew=anew)
    book = CalamineWorkbook.from_path(out)
    cells: Cells = {}
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        top, left = sheet.start or (0, 0)
        cells[name] = {
            f"{ironcalc.column_name_from_number(left + c + 1)}{top + r + 1}": value
            for r, row in enumerate(sheet.to_python())
            for c, value in enumerate(row)
            if value != ""
        }
    return cells


def by_ironcalc(path: Path) -> Cells:
    """All values after IronCalc has loaded and evaluated the workbook; dates as serial numbers."""
    return evaluated(ironcalc.load_from_xlsx(str(path), "en", "UTC", "en"))


def evaluated(model: ironcalc.Model) -> Cells:
    model.evaluate()
    names = [sheet["name"] for sheet in model.get_worksheets_properties()]
    cells: Cells = {name: {} for name in names}
    for sheet, row, column in model.get_all_cells():
        value = model.get_cell_value(sheet, row, column)
        if value not in (None, ""):
            cells[names[sheet]][f"{ironcalc.column_name_from_number(column)}{row}"] = value
    return cells


def convert(path: Path, folder: Path, kind: str, *, anew: bool = True) -> Path:
    """The workbook as LibreOffice writes it in another format, in a folder of its own."""
    profile, out = folder / "profile", folder / "out"
    user = profile / "user"
    if not user.exists():
        user.mkdir(parents=True)
        (user / "registrymodifications.xcu").write_text(_PROFILE if anew else _AS_INSTALLED, "utf-8")
    run = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", kind]
    subprocess.run([*run, "--outdir", str(out), str(path)], check=True, capture_output=True, timeout=300)
    return out / f"{path.stem}.{kind.partition(':')[0]}"
