"""What the buttons' one macro starts (xlwings.bas, RunFrozenPython), through cmd.exe, with no Excel behind it."""

import os
import subprocess
from pathlib import Path

folder = os.getcwd()
python = os.path.join(folder, "python", "python.exe")
log = Path(os.environ["TEMP"], "xlwings-button.log")
line = (
    f'cmd.exe /C {python[:2]} & cd "{os.path.dirname(python)}" & "{python}" -I -B -m xltools.office doctor '
    f'--wb="平台工作簿.xlsm" --from_xl=1 --app="C:\\Program Files\\Microsoft Office\\Excel.exe" --hwnd="1" 2> "{log}" '
)
code = subprocess.call(line)
said = log.read_bytes().decode("mbcs").strip()
good = said.startswith("找不到平台工作簿。") and "。。" not in said and "。：" not in said
print(("ok " if good else "FAULT ") + f"a button's line reaches our program: {said}")
print(("ok " if code else "FAULT ") + f"its exit code makes the macro show that sentence ({code}; 0 shows nothing)")
