"""The self-check (doctor, 自检): every thing is broken for real, and the page says what is wrong and what to do."""

from __future__ import annotations

import codecs
import multiprocessing
import os
import shutil
import struct
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import pytest
import xlwings
from entries import Office, office
from workspaces import NOW, TODAY, WHO, Bureau, bureau_in, cli, customs_row, firms, table

from xltools import ledger
from xltools.desk.book.macros import xlwings_version
from xltools.desk.book.workbook import tables
from xltools.desk.doctor import examine as doctor
from xltools.desk.doctor import folder as doctor_folder
from xltools.desk.doctor import machine as doctor_machine
from xltools.desk.doctor import packages as doctor_packages
from xltools.desk.doctor import page as doctor_page
from xltools.desk.doctor import workbook as doctor_workbook
from xltools.desk.doctor.check import BAD, NOTE, OK, Check, guarded, refused
from xltools.desk.errors import Refusal
from xltools.desk.workspace import init
from xltools.ledger import outbox

pytest_plugins = ["postgres"]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return bureau_in(tmp_path)


def checked(bureau: Bureau) -> dict[str, Check]:
    """The checks by name, the worst of each name."""
    found: dict[str, Check] = {}
    for c in doctor.doctor(bureau.root, now=bureau.now):
        if c.name not in found or (found[c.name].result, c.result) in ((OK, BAD), (NOTE, BAD), (OK, NOTE)):
            found[c.name] = c
    return found


def said(check: Check) -> str:
    return f"{check.text}。{check.todo}"


# ── a workspace that is well ──


def test_a_new_workspace_has_nothing_to_mend(bureau: Bureau) -> None:
    found = checked(bureau)
    assert [c for c in found.values() if c.result == BAD] == []
    assert found["软件包"].text.startswith(f"{len(doctor_packages.PACKAGES)} 个都在")
    assert found["台账"].text.startswith("台账.db，能打开，日志 1 条首尾相接")
    assert found["正在操作"].text == "现在没有人在操作台账"
    assert found["平台工作簿"].result == NOTE
    assert "2018 年海关数据、中国信保的在保名单、人保财险的在保名单、保险人的系统汇率" in found["市局资料"].text


def test_it_changes_nothing(bureau: Bureau) -> None:
    bureau.drop(firms(1))
    before = bureau.tree()
    doctor.doctor(bureau.root, now=bureau.now)
    assert bureau.tree() == before


def test_without_a_workspace_the_computer_is_looked_at(tmp_path: Path) -> None:
    ran = cli("doctor", "-C", tmp_path, "--json")
    names = {c["name"] for c in ran.json["checks"]}
    assert ran.code == 0
    assert {"Python", "操作系统", "程序", "时钟", "软件包", "文件夹", "磁盘", "工作区"} <= names
    assert "台账" not in names
    assert (tmp_path / "自检报告.txt").is_file()


# ── broken for real ──


def no_ledger(bureau: Bureau) -> None:
    (bureau.root / "台账.db").unlink()


def damaged(bureau: Bureau) -> None:
    path = bureau.root / "台账.db"
    data = path.read_bytes()
    path.write_bytes(data[:-4096] + b"\x55" * 4096)


def no_database(bureau: Bureau) -> None:
    (bureau.root / "台账.db").write_bytes(b"not a ledger at all" * 300)


def changed_journal(bureau: Bureau) -> None:
    bureau.load("fx", {"保险人": "中国信保", "月份": "2019-09", "汇率": "7.0883", "来源": "系统"})
    bureau.tamper("update journal set subject = 'x' where seq = 1")


def config(text: str) -> Callable[[Bureau], None]:
    def damage(bureau: Bureau) -> None:
        (bureau.root / "xltools.toml").write_text(text, "utf-8")

    return damage


def no_folder(bureau: Bureau) -> None:
    (bureau.root / "退回").rmdir()


def file_for_folder(bureau: Bureau) -> None:
    (bureau.root / "报送").rmdir()
    (bureau.root / "报送").write_text("", "utf-8")


def waiting(bureau: Bureau) -> None:
    bureau.drop(firms(1))


def unread(bureau: Bureau) -> None:
    (bureau.root / "资料").mkdir(exist_ok=True)
    table(bureau.root / "资料" / "海关2018.xlsx", [customs_row(1, 2018, "美国", 1)])


def later(bureau: Bureau) -> None:
    bureau.tamper("update journal set at = '2030-01-01 00:00:00'")


def killed(bureau: Bureau) -> None:
    (bureau.root / "台账.lock").write_text(
        '{"who": "王甲", "host": "办公室", "pid": 1, "since": "2019-12-30 09:00:00"}', "utf-8"
    )


def staged(bureau: Bureau) -> None:
    """As a run leaves it that was killed between its commit and the file's name."""
    workspace = bureau.workspace

    def die(*args: Any) -> None:
        raise KeyboardInterrupt

    def killed_at_the_end() -> None:
        with ledger.writing(workspace.ledger, workspace.root, WHO, NOW) as conn:
            outbox.stage(conn, workspace.root, workspace.returned / "甲.xlsx").write_bytes(b"x")
            m.setattr(outbox, "publish", die)

    with pytest.MonkeyPatch.context() as m, pytest.raises(KeyboardInterrupt):
        killed_at_the_end()


def old_year(bureau: Bureau) -> None:
    bureau.today = TODAY.replace(year=2024)


BROKEN = {
    "no ledger": (no_ledger, "台账", BAD, ["没有台账"]),
    "a ledger torn in the middle": (damaged, "台账文件", BAD, ["已损坏", "备份"]),
    "a file that is no ledger": (no_database, "台账", BAD, ["不是台账", "备份"]),
    "a journal that somebody changed": (changed_journal, "台账", BAD, ["日志第 1 条与它的校验值不符", "备份"]),
    "a configuration that is none": (config("scheme"), "台账", BAD, ["读不了"]),
    "a scheme that does not exist": (config('scheme = "nantong-2031"'), "台账", BAD, ["nantong-2031"]),
    "a database that does not answer": (
        config('scheme = "nantong-2019"\nledger = "postgresql://u:geheim@127.0.0.1:1/x"'), "台账", BAD, ["连不上 PostgreSQL"],
    ),
    "a folder that is gone": (no_folder, "文件夹 退回", BAD, ["“退回”不见了", "请在工作区里新建文件夹“退回”"]),
    "a file where a folder belongs": (file_for_folder, "文件夹 报送", BAD, ["是一个文件"]),
    "files that were not collected": (waiting, "收件", NOTE, ["“收件”里有 1 份还没有收", "请{collect}"]),
    "customs data that were not read": (unread, "资料", NOTE, ["1 份海关统计或在保名单还没有读入", "请{customs}"]),
    "a clock behind the journal": (later, "时钟", BAD, ["比台账最后一条日志（2030-01-01 00:00:00）还早", "请校准"]),
    "a run that was killed": (killed, "正在操作", NOTE, ["上次操作没有正常结束（从 2019-12-30 09:00:00 起，电脑 办公室）"]),
    "a file that has no name yet": (staged, "没放好的文件", NOTE, ["“退回”1 个", "自动补上"]),
    "a year that is over": (old_year, "平台年度", NOTE, ["2020-08-31", "另建工作区"]),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "name", "result", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_broken_is_named_with_what_to_do(
    bureau: Bureau, damage: Callable[[Bureau], None], name: str, result: str, words: list[str]
) -> None:
    damage(bureau)
    found = checked(bureau)[name]
    assert found.result == result
    assert [w for w in words if w not in said(found)] == []
    assert found.todo
    page = doctor_page.page(list(checked(bureau).values()), bureau.now, bureau.root)
    assert [w for w in ("geheim", "王甲", "Traceback") if w in page] == []


def _hold(root: Path, ready: Any, done: Any) -> None:
    from xltools.desk.workspace import open_workspace

    workspace = open_workspace(root, WHO)
    with ledger.writing(workspace.ledger, root, WHO, NOW):
        ready.set()
        done.wait(30)


@pytest.fixture
def at_work(bureau: Bureau) -> Iterator[Bureau]:
    """A colleague writes to the ledger."""
    context = multiprocessing.get_context("fork")
    ready, done = context.Event(), context.Event()
    holder = context.Process(target=_hold, args=(bureau.root, ready, done))
    holder.start()
    assert ready.wait(20)
    yield bureau
    done.set()
    holder.join()


def test_who_works_is_told_on_the_screen_and_not_on_the_page(at_work: Bureau) -> None:
    found = checked(at_work)["正在操作"]
    assert (found.result, found.who) == (NOTE, WHO)
    assert found.text.startswith("有人正在操作台账（从 2019-12-31 10:00:00 起")
    ran = at_work.cli("doctor")
    assert f"{WHO}：有人正在操作台账" in ran.out
    assert WHO not in (at_work.root / "自检报告.txt").read_text("utf-8-sig")
    assert WHO not in at_work.cli("doctor", "--json").out


def test_a_ledger_in_postgresql(tmp_path: Path, postgres_url: str) -> None:
    found = checked(bureau_in(tmp_path, url=postgres_url))
    assert found["台账"].result == OK
    assert found["台账"].text.startswith("PostgreSQL postgresql")
    assert "台账文件" not in found


# ── the workbook ──


@pytest.fixture
def booked(tmp_path: Path) -> Bureau:
    bureau = bureau_in(tmp_path)
    assert bureau.cli("book").code == 0
    return bureau


def rewritten(path: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """The workbook with its members changed; None leaves one out."""
    new = path.with_suffix(".new")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as out:
        for info in old.infolist():
            data = change(info.filename, old.read(info))
            if data is not None:
                out.writestr(info.filename, data)
    os.replace(new, path)


def swap(old: str, new: str, within: str) -> Callable[[str, bytes], bytes | None]:
    return lambda name, data: data.replace(old.encode(), new.encode()) if name.startswith(within) else data


WORKBOOK = {
    "a table renamed": (swap('isplayName="汇率表"', 'isplayName="旧汇率表"', "xl/tables/"), "平台工作簿", ["少了表“汇率表”", "{book}"]),
    "a name gone": (swap('name="状态栏"', 'name="状态栏1"', "xl/workbook.xml"), "平台工作簿", ["名称“状态栏”不见了"]),
    "macros gone": (lambda name, data: None if name == "xl/vbaProject.bin" else data, "宏", ["没有宏"]),
    "macros that cannot be read": (lambda name, data: data[:100] if name == "xl/vbaProject.bin" else data, "宏", ["读不出来"]),
}  # fmt: skip


def test_a_workbook_as_it_was_made(booked: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_workbook, "LINUX", False)
    found = checked(booked)
    assert (found["平台工作簿"].result, found["宏"].result) == (OK, OK)
    assert found["宏"].text == f"xlwings {metadata.version('xlwings')}，与装的一致"


def test_buttons_for_excel_on_linux(booked: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_workbook, "LINUX", True)
    found = checked(booked)["宏"]
    assert (found.result, "LibreOffice 里按钮不会动" in found.text) == (NOTE, True)
    assert "xltools book --libreoffice" in found.todo


def test_the_workbook_of_another_workspace(booked: Bureau, tmp_path: Path) -> None:
    other = Bureau(init(tmp_path / "另一个", "nantong-2019", now=booked.now).root)
    assert other.cli("book").code == 0
    shutil.copy(other.root / "平台工作簿.xlsm", booked.root)
    found = checked(booked)["平台工作簿"]
    assert (found.result, "另一个工作区" in found.text, "放回原来的文件夹" in found.todo) == (BAD, True, True)


@pytest.mark.parametrize(("change", "name", "words"), WORKBOOK.values(), ids=WORKBOOK.keys())
def test_a_workbook_that_was_damaged(
    booked: Bureau, change: Callable[[str, bytes], bytes | None], name: str, words: list[str]
) -> None:
    rewritten(booked.root / "平台工作簿.xlsm", change)
    found = checked(booked)[name]
    assert found.result == BAD
    assert [w for w in words if w not in said(found)] == []


def test_a_workbook_that_is_none(booked: Bureau) -> None:
    (booked.root / "平台工作簿.xlsm").write_bytes(b"PK\3\4 and no more")
    assert checked(booked)["平台工作簿"].result == BAD


def test_a_workbook_that_is_open_somewhere(booked: Bureau) -> None:
    (booked.root / ".~lock.平台工作簿.xlsm#").write_text("王甲,王甲,办公室,31.12.2019 10:00,file;", "utf-8")
    found = checked(booked)["平台工作簿"]
    assert (found.result, "LibreOffice" in found.text, "王甲" in said(found)) == (NOTE, True, False)


def test_the_version_of_the_macros_is_read_from_what_excel_saved() -> None:
    """quickstart_standalone.xlsm comes with xlwings and was saved by Excel itself."""
    path = Path(str(xlwings.__file__)).with_name("quickstart_standalone.xlsm")
    with zipfile.ZipFile(path) as book:
        assert xlwings_version(book.read("xl/vbaProject.bin")) == xlwings.__version__


@pytest.mark.parametrize(
    ("name", "version"), [("vbaProject.bin", xlwings.__version__), ("vbaProject-libreoffice.bin", "")]
)
def test_the_version_of_the_macros_that_we_make(name: str, version: str) -> None:
    made = resources.files("xltools.sheets.platform") / name
    assert xlwings_version(made.read_bytes()) == version


def test_a_workbook_for_libreoffice(booked: Bureau) -> None:
    made = (resources.files("xltools.sheets.platform") / "vbaProject-libreoffice.bin").read_bytes()
    rewritten(booked.root / "平台工作簿.xlsm", lambda name, data: made if name == "xl/vbaProject.bin" else data)
    found = checked(booked)["宏"]
    assert (found.result, found.text[:14]) == (OK, "LibreOffice 版的")


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\3\4" * 200, *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * n for n in (40, 600))],
    ids=["empty", "another kind of file", "cut off", "tables that lead nowhere"],
)
def test_a_project_that_is_none_is_refused_and_does_not_hang(data: bytes) -> None:
    with pytest.raises((ValueError, struct.error, IndexError)):
        xlwings_version(data)


# ── packages ──


def versions(**other: str) -> Callable[[str], str]:
    """What is installed, but for these; "" is missing."""

    def version(name: str) -> str:
        found = other.get(name, metadata.version(name))
        if not found:
            raise metadata.PackageNotFoundError(name)
        return found

    return version


PACKAGES = {
    "one that is missing": (versions(pyarrow=""), "软件包 pyarrow", "没有装（用于数据表）"),
    "one that is too old": (versions(numpy="1.26.4"), "软件包 numpy", "版本是 1.26.4，要的是 >=2.0"),
    "one that must be that very version": (
        versions(xlwings="0.33.1"),
        "软件包 xlwings",
        "版本是 0.33.1，要的是 ==0.37.8",
    ),
    "one of another series": (versions(openpyxl="3.2.0"), "软件包 openpyxl", "要的是 ==3.1.*"),
}


@pytest.mark.parametrize(("version", "name", "words"), PACKAGES.values(), ids=PACKAGES.keys())
def test_a_package_that_does_not_fit(version: Callable[[str], str], name: str, words: str) -> None:
    (found,) = doctor_packages.packages(version)
    assert (found.name, found.result) == (name, BAD)
    assert words in found.text
    assert "python 文件夹" in found.todo


def test_a_package_that_is_there_and_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidfuzz.fuzz", None)
    (found,) = doctor_packages.packages()
    assert found.name == "软件包 rapidfuzz"
    assert "用不了（ModuleNotFoundError）" in found.text


def test_the_packages_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = {d.split("[")[0].split(">")[0].split("=")[0]: d for d in project["dependencies"]}
    assert asked.keys() == doctor_packages.PACKAGES.keys()
    for name, (wanted, _, _) in doctor_packages.PACKAGES.items():
        assert asked[name].endswith(wanted)


FITS = [
    ("0.21.3", "==0.21.*", True), ("0.22.0", "==0.21.*", False), ("3.10", ">=3.9", True), ("3.9", ">=3.10", False),
    ("18.0.0", ">=18", True), ("2.0.36", ">=2.0.36", True), ("2.0.36rc1", ">=2.0.36", True), ("0.37.8", "==0.37.8", True),
    ("0.37.80", "==0.37.8", False),
]  # fmt: skip


@pytest.mark.parametrize(("version", "wanted", "fits"), FITS)
def test_versions_are_compared_as_numbers(version: str, wanted: str, fits: bool) -> None:
    assert doctor_packages.fits(version, wanted) is fits


BLOCKED = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names!r}:
            raise ModuleNotFoundError("No module named " + name, name=name)
sys.meta_path.insert(0, Block())
from datetime import datetime
from pathlib import Path
from xltools.desk.doctor.examine import doctor
from xltools.desk.doctor.page import write
print(write(doctor(Path({root!r}), now=datetime.now()), datetime.now(), Path({root!r})))
"""


@pytest.mark.parametrize("name", ["pyarrow", "sqlalchemy", "pydantic", "click"])
def test_the_page_is_made_even_where_a_package_is_missing(bureau: Bureau, name: str) -> None:
    code = BLOCKED.format(names={name}, root=str(bureau.root))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stderr) == (0, "")
    text = (bureau.root / "自检报告.txt").read_text("utf-8-sig")
    assert f"软件包 {'SQLAlchemy' if name == 'sqlalchemy' else name}" in text
    assert "用不了" in text


# ── the computer and the folder ──

MACHINES = {
    "the one that comes with it": (
        (3, 11, 9),
        "C:\\BureauPlatform\\python\\python.exe",
        64,
        OK,
        "Python 3.11.9，64 位",
    ),
    "too old": ((3, 9, 1), "python", 64, BAD, "太旧"),
    "32 bits": ((3, 12, 0), "python", 32, BAD, "要 64 位的"),
    "newer than tried": ((3, 15, 0), "python", 64, NOTE, "比试过的版本新"),
    "under a Chinese folder, as the manual has it": (
        (3, 12, 0),
        "D:\\统保平台\\python\\python.exe",
        64,
        OK,
        "Python 3.12.0",
    ),
}


@pytest.mark.parametrize(("version", "path", "bits", "result", "words"), MACHINES.values(), ids=MACHINES.keys())
def test_interpreters(version: tuple[int, ...], path: str, bits: int, result: str, words: str) -> None:
    found = doctor_machine.interpreter(version, path, bits)
    assert (found.result, words in found.text, bool(found.todo)) == (result, True, result != OK)


def test_two_copies_of_the_programs_are_told_with_their_places(tmp_path: Path) -> None:
    for name in ("甲", "乙"):
        (tmp_path / name / "xltools").mkdir(parents=True)
        (tmp_path / name / "xltools" / "__init__.py").write_text("", "utf-8")
    link = tmp_path / "同一处"
    link.symlink_to(tmp_path / "甲")
    one = doctor_machine.duplicates([str(tmp_path / "甲"), str(link), str(tmp_path)])
    two = doctor_machine.duplicates([str(tmp_path / "甲"), str(tmp_path / "乙")])
    assert (one.result, two.result) == (OK, BAD)
    assert f"xltools 有 2 份：{tmp_path / '乙'}；{tmp_path / '甲'}" in two.text


@pytest.mark.parametrize(("hours", "result"), [(8, OK), (0, NOTE), (9, NOTE), (-5.5, NOTE)])
def test_time_zones(hours: float, result: str) -> None:
    assert doctor_machine.clock(timedelta(hours=hours), NOW).result == result


PLACES = {
    "a plain folder": ("D:\\平台\\南通", "win32", "", []),
    "OneDrive": ("C:\\Users\\a\\OneDrive - 市商务局\\平台", "win32", "", [(NOTE, "同步文件夹")]),
    "坚果云": ("/home/a/坚果云/平台", "linux", "ext4", [(NOTE, "同步文件夹")]),
    "a network path": ("\\\\srv\\share\\平台", "win32", "", [(NOTE, "网络盘")]),
    "a mounted network drive": ("/mnt/share", "linux", "cifs", [(NOTE, "网络盘")]),
    "inside an archive": ("C:\\Users\\a\\AppData\\Local\\Temp\\Temp1_平台.zip\\平台", "win32", "", [(BAD, "压缩包")]),
    "a per cent sign": ("D:\\100%达标", "win32", "", [(NOTE, "路径里有 %")]),
    "very long": ("D:\\" + "很长的文件夹名" * 30, "win32", "", [(NOTE, "太长")]),
}


@pytest.mark.parametrize(("path", "system", "kind", "found"), PLACES.values(), ids=PLACES.keys())
def test_places_where_things_get_lost(path: str, system: str, kind: str, found: list[tuple[str, str]]) -> None:
    checks = list(doctor_folder.place(path, system, kind))
    assert [c.result for c in checks] == [r for r, _ in found]
    assert all(words in c.text and c.todo for c, (_, words) in zip(checks, found, strict=True))


@pytest.mark.parametrize(("free", "result"), [(100 << 20, BAD), (1 << 30, NOTE), (50 << 30, OK)])
def test_room_on_the_disk(free: int, result: str) -> None:
    assert doctor_folder.room(free).result == result


def test_the_file_system_is_known() -> None:
    assert doctor_folder.filesystem(Path("/proc/self")) == "proc"


@pytest.fixture
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that this process cannot write to, whoever runs the tests."""
    import tempfile

    place = Path(tempfile.mkdtemp(prefix="xltools-ro-", dir="/tmp"))
    place.chmod(0o755)
    folder = place / "只读"
    folder.mkdir()
    folder.chmod(0o555)
    codecs.lookup("utf-8-sig")  # nobody may not read root's Python, and what was not found once is not sought again
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield folder
    if root:
        os.seteuid(0)
    folder.chmod(0o755)
    shutil.rmtree(place)


def test_a_folder_that_cannot_be_written(read_only: Path) -> None:
    found = list(doctor_folder.folder(read_only, "linux"))
    assert found[0].result == BAD
    assert "不能写入（没有权限，或正被别的程序打开）" in found[0].text
    assert "只读属性" in found[0].todo


def test_where_the_folder_cannot_be_written_the_page_goes_elsewhere(read_only: Path) -> None:
    path = doctor_page.write([Check("文件夹", BAD, "不能写入", "请检查")], NOW, read_only)
    assert path.parent != read_only
    assert "✘ 要处理 1 项" in path.read_text("utf-8-sig")
    path.unlink()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    ran = cli("doctor", "-C", tmp_path / "没有")
    assert (ran.code, ran.err.startswith("找不到文件夹：")) == (2, True)


# ── the page and the command ──

NEXT_DAY = ("--today", "2020-01-01")  # the workspace was made at 10:00: now may be earlier in the day


def test_the_page_fits_one_sheet_of_paper_and_needs_no_package(bureau: Bureau) -> None:
    ran = bureau.cli("doctor", *NEXT_DAY)
    data = (bureau.root / "自检报告.txt").read_bytes()
    lines = data.decode("utf-8-sig").split("\r\n")
    assert data.startswith(b"\xef\xbb\xbf")
    assert lines[0] == "统保平台工具箱 自检报告"
    assert len(lines) <= 60
    assert ran.code == 0
    assert ran.out.splitlines()[-1].startswith("自检报告：")


def test_what_must_be_mended_stands_first_and_the_exit_code_says_so(bureau: Bureau) -> None:
    no_ledger(bureau)
    ran = bureau.cli("doctor", "--json")
    text = (bureau.root / "自检报告.txt").read_text("utf-8-sig")
    assert ran.code == 1
    assert [c["result"] for c in ran.json["checks"]].count(BAD) == 1
    assert text.index("✘ 要处理 1 项") < text.index("没有台账") < text.index("ⓘ 提示") < text.index("✔ 正常")


def test_a_dry_run_writes_no_page(bureau: Bureau) -> None:
    before = bureau.tree()
    assert bureau.cli("doctor", *NEXT_DAY, "--dry-run").code == 0
    assert bureau.tree() == before


def test_a_page_is_replaced_and_somebodys_own_file_is_not(bureau: Bureau) -> None:
    bureau.cli("doctor")
    bureau.cli("doctor")
    assert [p.name for p in bureau.root.glob("自检报告*")] == ["自检报告.txt"]
    (bureau.root / "自检报告.txt").write_text("我的笔记", "utf-8")
    bureau.cli("doctor")
    assert (bureau.root / "自检报告.txt").read_text("utf-8") == "我的笔记"
    assert (bureau.root / "自检报告(2).txt").is_file()


def test_the_home_folder_is_not_on_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = tmp_path / "王甲"
    monkeypatch.setattr(Path, "home", classmethod(lambda cls: home))
    checks = [Check("文件夹", OK, f"{'在' * n}{home}/平台，可以写入") for n in range(45)]  # broken into lines anywhere
    text = doctor_page.page(checks, NOW, home / "平台")
    assert "王甲" not in text.replace("\r\n", "").replace(" ", "")
    assert ("%USERPROFILE%\\平台" if os.name == "nt" else "~/平台") in text


def test_a_check_that_fails_is_a_finding() -> None:
    def broken() -> Iterator[Check]:
        yield Check("甲", OK, "好")
        raise KeyError("secret")

    found = guarded("乙", broken)
    assert [(c.name, c.result) for c in found] == [("甲", OK), ("乙", BAD)]
    assert "secret" not in found[1].text
    assert "KeyError" in found[1].text


REFUSALS = {
    "where, what, what to do": (Refusal("甲：没有台账", "请先运行 init"), "甲：没有台账", "请先运行 init"),
    "nothing to do": (Refusal("甲：坏了"), "甲：坏了", "请按左边说明处理，处理不了就把本页交给信息部门"),
}


@pytest.mark.parametrize(("refusal", "text", "todo"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_is_told_in_two_columns(refusal: Refusal, text: str, todo: str) -> None:
    found = refused("台账", refusal)
    assert (found.text, found.todo) == (text, todo)


# ── the button ──


def test_the_button_shows_the_sum_and_writes_the_page(tmp_path: Path) -> None:
    desk: Office = office(tmp_path)
    said = desk.press("doctor")
    assert said.startswith("✔ 2019-12-31 10:00 自检：完成。正常 ")
    assert "要处理 0 项；可以正常使用" in said
    text = (desk.bureau.root / "自检报告.txt").read_text("utf-8-sig")
    assert "打开的程序    memory，平台工作簿.xlsm" in text
    assert "正在" not in text.replace("正在操作", "")
    assert f"{len(tables(desk.bureau.workspace.scheme))} 个表和列标题都在" in text
    assert "手动计算" not in text


def test_the_button_tells_what_is_wrong_with_the_open_workbook(tmp_path: Path) -> None:
    desk = office(tmp_path)
    del desk.file.names["提示"]
    page, _ = desk.place("汇率表")
    del page.tables["汇率表"]
    desk.file.read_only = True
    desk.settings.calculation = "manual"
    desk.press("doctor")
    text = (desk.bureau.root / "自检报告.txt").read_text("utf-8-sig")
    assert desk.status.startswith("⚠ 2019-12-31 10:00 自检：完成，有要处理的问题。")
    assert "要处理 2 项" in desk.status
    for words in ("名称“提示”不见了", "表“汇率表”不见了", "只读打开的", "手动计算"):
        assert words in text.replace("\r\n", "").replace(" ", "")


def test_the_button_works_where_there_is_no_workspace(tmp_path: Path) -> None:
    desk = office(tmp_path)
    desk.name("工作区", None)
    (desk.bureau.root / "xltools.toml").unlink()
    said = desk.press("doctor")
    assert said.startswith("⚠ 2019-12-31 10:00 自检：完成，有要处理的问题。正常 ")
    assert "这里不是工作区" in said
    assert (desk.bureau.root / "自检报告.txt").is_file()
