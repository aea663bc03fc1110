"""at_work.py FLAG: hold the ledger's lock as a colleague at work does, until FLAG is removed or ten minutes are over."""

import sys
import time
from datetime import datetime
from pathlib import Path

from xltools.ledger import lock

flag, until = Path(sys.argv[1]), time.monotonic() + 600
with lock.locked(Path(lock.NAME), "李乙", datetime.now()):
    flag.touch()
    while flag.exists() and time.monotonic() < until:
        time.sleep(0.1)
