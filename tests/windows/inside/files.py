"""files.py WORKBOOK...: files as only Windows has them, a line each: read-only, open, in use; builds to the byte.

Each WORKBOOK is a build of Linux; the one made here must have its bytes.
"""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from xltools import files
from xltools.desk.press import setup

sys.path.insert(0, str(Path(__file__).parent))
import build


def say(good: bool, text: str) -> None:
    print(("ok " if good else "FAULT ") + text, flush=True)


folder = Path(tempfile.mkdtemp(dir="."))
target = folder / "结果.xlsx"
target.write_bytes(b"old")


def left() -> list[str]:
    return [p.name for p in folder.iterdir() if p != target]


os.chmod(target, stat.S_IREAD)
try:
    with files.replace(target) as temporary:
        temporary.write_bytes(b"new")
    said = ""
except OSError as e:
    said = files.reason(e)
os.chmod(target, stat.S_IWRITE)
say("只读" in said and target.read_bytes() == b"old", f"a read-only file is not replaced, and that is said: {said}")
say(not left(), f"it leaves no temporary {left()}")

reader = target.open("rb")  # as another press reads it: nobody may rename it away meanwhile
threading.Timer(1.0, reader.close).start()
with files.replace(target) as temporary:
    temporary.write_bytes(b"newer")
say(target.read_bytes() == b"newer", "a file that is read for a second is replaced after it")

with target.open("rb"):
    begun = time.monotonic()
    try:
        with files.replace(target) as temporary:
            temporary.write_bytes(b"newest")
        said = ""
    except OSError as e:
        said = files.reason(e)
    waited = time.monotonic() - begun
say(said == "正被别的程序打开" and 2.5 < waited < 10, f"one that stays open is told after {waited:.1f} s: {said}")
say(target.read_bytes() == b"newer" and not left(), f"it is whole, and nothing is left over {left()}")

with files.replace(target) as temporary:
    temporary.write_bytes(b"whole")  # written, closed, not yet in place: another press must not sweep it away
    other = "import sys; from xltools import files; print(files.sweep(sys.argv[1]))"
    swept = subprocess.run([sys.executable, "-c", other, str(folder)], capture_output=True, text=True, check=True)
    say(temporary.exists() and swept.stdout.strip() == "[]", f"a living writer's temporary is not swept {swept.stdout}")
killed = "import sys, time; from xltools import files\nwith files.replace(sys.argv[1]) as t: print(t, flush=True); time.sleep(60)"
with subprocess.Popen([sys.executable, "-c", killed, str(target)], stdout=subprocess.PIPE, text=True) as writer:
    assert writer.stdout
    writer.stdout.readline()
    writer.kill()
say(len(left()) == 1 and len(files.sweep(folder)) == 1 and not left(), f"a killed writer's is swept {left()}")

template, budget = map(Path, sys.argv[1:])
say(setup.untouched(template), "the delivered workbook counts as untouched")
build.main([folder / template.name, folder / budget.name])
for name, there in (("the platform workbook", template), ("the budget model", budget)):
    say((folder / there.name).read_bytes() == there.read_bytes(), f"{name} is built to the byte")
shutil.rmtree(folder)
