"""hold.py SHARE FLAG FILE...: have files open as other programs do (0: alone; 1: as Excel, others may read; 3: a backup).

FLAG is made once they are open; when it is removed, or after ten minutes, they are closed.
"""

import os
import sys
import time
from pathlib import Path

import win32con
import win32file

share, flag = int(sys.argv[1]), Path(sys.argv[2])
asked = win32con.GENERIC_READ | win32con.GENERIC_WRITE
held = [win32file.CreateFile(p, asked, share, None, win32con.OPEN_EXISTING, 0, None) for p in sys.argv[3:]]
flag.touch()
until = time.monotonic() + 600
while flag.exists() and time.monotonic() < until:
    time.sleep(0.1)
os._exit(0)
