"""Wine 10 from Debian 13, in a tree of its own: what runs there sees only that tree and the temporary folder.

The host may be older: Wine 8 of Debian 12 cannot load numpy and the wheels that are written in Rust. Needs root (chroot
and a mount namespace) and Debian's own tools. All Windows programs of a run share one Wine prefix.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import complex_numbers

RELEASE, VERSION = "trixie", "wine-10.0"
LIMIT = 600
"""Seconds that a program may take on a busy computer before it is stopped."""
LOCALES = {936: "zh_CN", 1252: "en_US", 65001: "hi_IN"}
"""Locales by the ANSI code page that Wine takes from them."""
KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PROGRAMS = Path("usr/lib/wine")
INSIDE = """
tree=$1 folder=$2 temporary=$3; shift 3
for place in "$temporary" /proc /sys /dev; do mkdir -p "$tree$place"; mount --rbind "$place" "$tree$place" || exit 99; done
exec unshare --root="$tree" --wd="$folder" "$@"
"""


@dataclass(frozen=True)
class Ran:
    """A program's exit code (124: it was stopped), and what it said."""

    code: int
    said: str


class Wine:
    """`work` holds the tree and the prefix; both are kept for the next run."""

    def __init__(self, work: Path) -> None:
        self.work, self.tree, self.prefix = work, work / RELEASE, work / "prefix"
        self.drive = self.prefix / "drive_c"
        self.page = 936

    def prepare(self) -> None:
        """Make the tree and the prefix where they are not there yet. Raises SystemExit with what is missing."""
        if not (self.tree / ".ready").exists():
            self._tree()
        found = self.run_in_tree([f"/{PROGRAMS}/wine64", "--version"], self.work).said.strip()
        if not found.startswith(VERSION):
            raise SystemExit(f"Wine is {found}, not {VERSION}; remove {self.tree} to have it made anew")
        if not (self.prefix / ".ready").exists():
            self._prefix()

    def _tree(self) -> None:
        if os.geteuid() or not shutil.which("apt-get"):
            raise SystemExit("Needs root on a Debian: Wine gets a tree of its own (chroot, mount namespace).")
        if not shutil.which("mmdebstrap"):
            subprocess.run(["apt-get", "update", "-qq"], check=True)
            subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "mmdebstrap"], check=True)
        listed = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages"]
        mirror = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()[0]
        shutil.rmtree(self.tree, ignore_errors=True)
        leave_out = [f"--dpkgopt=path-exclude=/usr/share/{p}/*" for p in ("doc", "man")]
        subprocess.run(
            [
                "mmdebstrap", "--quiet", "--variant=essential", "--include=wine,wine64,locales",
                '--aptopt=APT::Install-Recommends "false"', *leave_out, RELEASE, str(self.tree),
                f"deb [signed-by={KEYS}] {mirror} {RELEASE} main",
            ],
            check=True, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for litter in (PROGRAMS.parent / "x86_64-linux-gnu/wine/i386-windows", "var/cache/apt", "var/lib/apt/lists"):
            shutil.rmtree(self.tree / litter, ignore_errors=True)
        for name in LOCALES.values():
            subprocess.run(
                ["chroot", str(self.tree), "localedef", "-i", name, "-f", "UTF-8", f"{name}.UTF-8"], check=True
            )
        complex_numbers.write_in(self.tree / PROGRAMS.parent / "x86_64-linux-gnu/wine/x86_64-windows/ucrtbase.dll")
        (self.tree / ".ready").touch()

    def _prefix(self) -> None:
        self.off()
        shutil.rmtree(self.prefix, ignore_errors=True)
        self.run(["wineboot", "-i"], self.work, limit=LIMIT)
        self.run(["reg", "delete", r"HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug", "/f"], self.work)
        if not (self.drive / "windows/system32/cmd.exe").is_file():
            raise SystemExit("Wine made no prefix")
        (self.prefix / ".ready").touch()

    def command(self, program: Sequence[str], folder: Path) -> list[str]:
        """argv that runs a program of the tree in `folder`."""
        environment = {
            "PATH": "/usr/bin:/bin", "HOME": "/root", "TERM": "xterm", "TZ": "CST-8", "XDG_RUNTIME_DIR": "/tmp",
            "WINEPREFIX": str(self.prefix), "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=", "WINESERVER": f"/{PROGRAMS}/wineserver64",
            "WINELOADER": f"/{PROGRAMS}/wine64",
        }  # fmt: skip
        given = [f"{k}={v}" for k, v in environment.items()]
        locale = ["env", f"LC_ALL={LOCALES[self.page]}.UTF-8"]  # set in there: the host may not have it
        place = [str(self.tree), str(folder), tempfile.gettempdir()]
        return ["env", "-i", *given, "unshare", "-m", "bash", "-c", INSIDE, "inside", *place, *locale, *program]

    def run_in_tree(self, program: Sequence[str], folder: Path, *, keys: str = "", limit: int = LIMIT) -> Ran:
        """Run it; `keys` is what is typed. Its words are those of the code page."""
        # A file, no pipe: what Wine leaves running would hold a pipe open.
        with tempfile.TemporaryFile(dir=self.work) as out:
            done = subprocess.run(
                ["timeout", "-k", "5", str(limit), *self.command(program, folder)],
                input=keys.encode("gbk"), stdout=out, stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
            out.seek(0)
            said = out.read().decode("gbk" if self.page == 936 else "utf-8", "ignore")
        return Ran(done.returncode, said.replace("\r", ""))

    def run(self, program: Sequence[str], folder: Path, *, keys: str = "", limit: int = LIMIT) -> Ran:
        """Run a program of Windows."""
        return self.run_in_tree([f"/{PROGRAMS}/wine64", *program], folder, keys=keys, limit=limit)

    def start(self, program: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
        """The same, without waiting for it."""
        none = subprocess.DEVNULL
        return subprocess.Popen(
            self.command([f"/{PROGRAMS}/wine64", *program], folder), stdin=none, stdout=none, stderr=none
        )

    def in_console(self, program: Sequence[str], folder: Path, *, limit: int = LIMIT) -> Ran:
        """The same in a terminal, which Wine makes a console of; it says UTF-8."""
        line = shlex.join(self.command([f"/{PROGRAMS}/wine64", *program], folder))
        with tempfile.NamedTemporaryFile(dir=self.work) as heard:
            done = subprocess.run(
                ["timeout", "-k", "5", str(limit), "script", "-qec", line, heard.name],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False,
            )  # fmt: skip
            return Ran(done.returncode, Path(heard.name).read_text("utf-8", "replace"))

    def off(self) -> None:
        """End everything that still runs in the prefix."""
        if (self.tree / ".ready").exists():
            self.run_in_tree([f"/{PROGRAMS}/wineserver64", "-k"], self.work, limit=20)
