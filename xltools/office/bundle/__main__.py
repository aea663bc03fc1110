"""`python -m xltools.office.bundle [--python-zip FILE] [--wheels FOLDER] [--linux 3.11] [--out FOLDER]` (make bundle)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from xltools.office.bundle.install import EMBEDDABLE
from xltools.office.bundle.layout import make
from xltools.office.bundle.refused import BundleRefused


def main(given: Sequence[str] | None = None) -> int:
    """Lay the folder out; 0 done, 2 not done, with a sentence."""
    parser = argparse.ArgumentParser(prog="make bundle", description="把交给办公室的整套文件夹摆好")
    parser.add_argument("--python-zip", type=_path, metavar="文件", help=f"嵌入版 Python 的压缩包（{EMBEDDABLE}）")
    parser.add_argument("--wheels", type=_path, metavar="文件夹", help="已取来的 Windows 软件包（默认联网下载）")
    parser.add_argument(
        "--linux", default="", metavar="版本", help="也给 Linux 电脑：那里 Python 的版本，如 3.11、3.11-aarch64"
    )
    parser.add_argument("--linux-wheels", type=_path, metavar="文件夹", help="已取来的 Linux 软件包（默认联网下载）")
    parser.add_argument("--out", type=_path, default=None, metavar="文件夹", help="放在哪里（默认 build/统保平台）")
    asked = parser.parse_args(given)
    try:
        made = make(
            asked.out or Path("build", "统保平台"), python=asked.python_zip, given=asked.wheels,
            linux=asked.linux, given_linux=asked.linux_wheels,
        )  # fmt: skip
    except BundleRefused as e:
        print(e, file=sys.stderr)
        return 2
    print(f"已摆好 {made.path}")
    print(
        f"Python：{'.'.join(map(str, made.python))}"
        if made.python
        else "Python：没有给 PYTHON_ZIP，由办公室自己放（见 说明.txt）"
    )
    print(f"软件包：{made.wheels} 个" if made.wheels else "软件包：没有，由办公室自己放（见 说明.txt）")
    if made.linux:
        print(f"Linux 软件包：{made.linux} 个")
    return 0


def _path(text: str) -> Path | None:
    return Path(text) if text else None


if __name__ == "__main__":
    sys.exit(main())
