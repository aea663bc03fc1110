"""Every package that we need, each imported in a process of its own."""

import subprocess
import sys
import zoneinfo

NAMES = (
    "numpy pyarrow pyarrow.parquet pyarrow.csv fastexcel python_calamine openpyxl xlwings xlwings.udfs xlwings.com_server "
    "pydantic sqlalchemy sqlite3 psycopg rapidfuzz rich isal.igzip chinese_calendar pycountry xlsxwriter xlrd msoffcrypto click tzdata "
    "win32api pythoncom win32com.client udfs xltools.cli.main"
)
for name in NAMES.split():
    done = subprocess.run([sys.executable, "-B", "-c", f"import {name}"], capture_output=True, text=True, check=False)
    said = (done.stderr.strip().splitlines() or [""])[-1]
    print(
        f"ok import {name}" if not done.returncode else f"FAULT import {name}: {done.returncode:#x} {said}", flush=True
    )
zoneinfo.ZoneInfo("Asia/Shanghai")
print("ok time zones")
