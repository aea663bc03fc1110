"""A workbook after LibreOffice has opened and saved it."""

from __future__ import annotations

import subprocess
from pathlib import Path


def libreoffice(path: Path, folder: Path) -> Path:
    """The workbook after LibreOffice has opened and saved it."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    kind = "xlsm:Calc MS Excel 2007 VBA XML" if path.suffix == ".xlsm" else "xlsx:Calc MS Excel 2007 XML"
    run = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", folder / "saved", path]
    subprocess.run(run, check=True, capture_output=True, timeout=300)
    return folder / "saved" / path.name
