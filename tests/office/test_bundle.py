"""The folder for Windows offices: what lies in it, what is refused, what every file to double-click says."""

from __future__ import annotations

import re
import socket
import subprocess
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from bundles import NAME, RELEASE, ROOT, all_wheels, laid_out, program, python_zip, wheel
from vbatext import modules

from xltools.desk.doctor.packages import PACKAGES
from xltools.desk.verb import buttons
from xltools.office.bundle import __main__ as command
from xltools.office.bundle import launchers, layout, wheels
from xltools.office.bundle.install import EMBEDDABLE
from xltools.office.bundle.python_zip import release
from xltools.office.bundle.refused import BundleRefused

NAMES = ["0建立工作区", *(f"{n}{b.caption}" for n, b in enumerate(buttons(), 1))]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return laid_out(tmp_path)


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


# ── the layout ──


def test_everything_lies_where_the_workbook_looks_for_it(bundle: Path) -> None:
    top = {p.name for p in bundle.iterdir()}
    assert top == {
        "平台工作簿.xlsm", "首日核对表.xlsx", "xltools", "udfs", "python", "wheels", "wheels-linux", "安装.bat", "安装.desktop", "说明.txt",
        *(f"{n}{s}" for n in NAMES for s in (".bat", ".desktop")),
    }  # fmt: skip
    assert NAMES[1:8] == ["1收件", "2海关数据", "3资格与保费测算", "4报送", "5全面核验", "6刷新", "7自检"]
    assert NAMES[8:14] == ["8承保结果", "9付款", "10清算", "11变更", "12升级保障", "13理赔"]
    assert (bundle / "平台工作簿.xlsm").read_bytes() == (ROOT / "workbooks/platform_template.xlsm").read_bytes()
    assert (bundle / "python" / "python.exe").is_file()
    assert (bundle / "python" / "Lib" / "site-packages").is_dir()


def test_the_programs_are_whole_and_nothing_else_came_along(bundle: Path) -> None:
    for name in ("xltools", "udfs"):
        mine = {p for p in files(ROOT / name) if "__pycache__" not in p and not Path(p).name.startswith(".")}
        assert set(files(bundle / name)) - {"LICENSE", "NOTICE"} == mine
    left = [p for p in files(bundle) if "__pycache__" in p or p.endswith(".pyc") or "/tests/" in p or "/." in f"/{p}"]
    assert left == []


def test_the_private_python_sees_its_packages_and_not_the_folder_around_it(bundle: Path) -> None:
    assert (bundle / "python" / "python313._pth").read_bytes() == (
        b"python313.zip\r\n.\r\nLib\\site-packages\r\n\r\nimport site\r\n"
    )


def test_one_version_of_xlwings_in_macros_packages_and_here(bundle: Path) -> None:
    with zipfile.ZipFile(bundle / "平台工作簿.xlsm") as package:
        assert "xl/vbaProject.bin" in package.namelist()
    found = re.search(r'XLWINGS_VERSION As String = "([^"]+)"', modules(bundle / "平台工作簿.xlsm")["xlwings"])
    assert found is not None
    lines = (bundle / "wheels" / "requirements.txt").read_text("utf-8").split()
    assert f"xlwings=={found[1]}" in lines
    assert found[1] == version("xlwings")
    assert (bundle / "wheels" / f"xlwings-{found[1]}-py3-none-any.whl").is_file()


def test_every_dependency_of_ours_is_among_the_packages_in_the_version_tested_here(bundle: Path) -> None:
    lines = (bundle / "wheels" / "requirements.txt").read_text("utf-8").split()
    names = [re.split(r"==|\[", line)[0] for line in lines]
    assert sorted(names) == sorted([*PACKAGES, "pip", "pywin32", "tzdata", "colorama"])
    assert all(line.partition("==")[2] == version(n) for line, n in zip(lines, names, strict=True) if "==" in line)


def test_no_name_or_path_of_the_machine_that_laid_it_out(bundle: Path, tmp_path: Path) -> None:
    wrong = {str(ROOT), str(Path.home()), str(bundle.parent), "/tmp/"}
    host = socket.gethostname()
    wrong |= {host} if len(host) > 5 else set()
    for name in files(bundle):
        data = (bundle / name).read_bytes()
        parts = [data]
        if zipfile.is_zipfile(bundle / name):
            with zipfile.ZipFile(bundle / name) as package:
                parts += [package.read(n) for n in package.namelist()]
        found = [w for w in wrong for part in parts if w.encode() in part]
        assert (name, found) == (name, [])


def test_the_manual_names_every_file_and_says_what_is_there(bundle: Path) -> None:
    data = (bundle / "说明.txt").read_bytes()
    text = data.decode("utf-8-sig")
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\n") == data.count(b"\r\n")
    assert [n for n in NAMES if n not in text] == []
    assert "已经放好 Python 3.13" in text
    assert f"已经放好 {len(list((bundle / 'wheels').glob('*.whl')))} 个" in text
    assert "{" not in text


# ── files to double-click ──


def test_batch_files_are_ascii_and_crlf_so_no_code_page_can_misread_them(bundle: Path) -> None:
    found = sorted(bundle.glob("*.bat"))
    assert [p.stem for p in found] == sorted([*NAMES, "安装"])
    for path in found:
        data = path.read_bytes()
        assert data.decode("ascii") == data.decode("gb18030") == data.decode("utf-8")
        assert data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r")
        assert data.endswith(b"\r\n")


@pytest.mark.parametrize("number", range(len(NAMES)))
def test_a_batch_file_calls_its_own_verb_and_nothing_of_the_path_can_break_it(bundle: Path, number: int) -> None:
    lines = (bundle / f"{NAMES[number]}.bat").read_text("ascii").splitlines()
    verb = ["init", *(b.verb for b in buttons())][number]
    assert lines[:3] == ["@echo off", "setlocal DisableDelayedExpansion", 'pushd "%~dp0" || goto nofolder']
    at = lines.index(f'"python\\python.exe" -m xltools.cli.press {verb}')
    # 0, 1 and 2 leave a result to read; anything else, a Python that does not start included, stays on the screen.
    asked = 'if not "%code%"=="0" if not "%code%"=="1" if not "%code%"=="2" pause'
    assert lines[at + 1 : at + 5] == ['set "code=%errorlevel%"', asked, "popd", "exit /b %code%"]
    places = [line for line in lines if "%~dp0" in line]
    assert places == [
        'pushd "%~dp0" || goto nofolder',
        'start "" notepad.exe "%~dp0xltools\\office\\bundle\\texts\\no_folder.txt"',
    ]
    assert not any("(" in line or ")" in line for line in lines)
    gone, labels = {m for line in lines for m in re.findall(r"goto (\w+)", line)}, {x[1:] for x in lines if x[0] == ":"}
    assert gone == labels


def test_every_text_that_a_batch_file_shows_is_there_with_its_byte_order_mark(bundle: Path) -> None:
    named = {
        m for p in bundle.glob("*.bat") for m in re.findall(r'notepad\.exe "(?:%~dp0)?([^"]+)"', p.read_text("ascii"))
    }
    assert len(named) == 3
    for name in named:
        data = (bundle / name.replace("\\", "/")).read_bytes()
        assert data.startswith(b"\xef\xbb\xbf"), name
        assert re.search("[一-鿿]{4}", data.decode("utf-8-sig")), name
        assert data.count(b"\n") == data.count(b"\r\n"), name


def test_installing_takes_the_zip_that_lies_beside_it(bundle: Path) -> None:
    lines = (bundle / "安装.bat").read_text("ascii").splitlines()
    assert 'for %%f in ("python-3*-embed-amd64.zip") do tar.exe -xf "%%f" -C "python"' in lines
    assert '"python\\python.exe" -B "xltools\\office\\bundle\\install.py"' in lines
    assert lines.index("pause") > lines.index('set "code=%errorlevel%"')


def test_desktop_files_are_valid_and_may_be_run(bundle: Path) -> None:
    for name in NAMES:
        path = bundle / f"{name}.desktop"
        head, *rest = path.read_text("utf-8").splitlines()
        keys = dict(line.split("=", 1) for line in rest)
        assert head == "[Desktop Entry]"
        assert keys["Type"] == "Application"
        assert keys["Name"] == name
        assert keys["Terminal"] == ("true" if name.startswith("0") else "false")
        assert keys["Exec"].endswith(" %k")
        assert path.stat().st_mode & 0o111


# ── what is refused ──

BAD_ZIPS: list[tuple[str, dict[str, Any], str]] = [
    ("a 32-bit one", {"machine": 0x14C}, "32 位"),
    ("one for ARM", {"machine": 0xAA64}, "ARM64"),
    ("one too old", {"version": "310"}, "Python 3.10"),
    ("one too new", {"version": "314"}, "Python 3.14"),
    ("the one before", {"version": "312"}, "Python 3.12"),
    ("one of another patch", {"python313.dll": b"3.13.5"}, "不是 3.13.2 版原来的文件（内容不同的有 python313.dll）"),
    ("one with something put in", {"sitecustomize.py": b""}, "不是 3.13.2 版原来的文件（多出 sitecustomize.py）"),
    ("an installer's or a full Python's", {"without": ["python313._pth"]}, "不是嵌入版"),
    ("one without its program", {"without": ["python.exe"]}, "不是嵌入版"),
    ("one that lost a part", {"without": ["python313.dll"]}, "python313.dll"),
    ("one that would write outside its folder", {"../evil.txt": b""}, "不是 Python 的嵌入版"),
    ("one that would write to a drive", {"C:\\evil.txt": b""}, "不是 Python 的嵌入版"),
]


@pytest.mark.parametrize(("options", "said"), [z[1:] for z in BAD_ZIPS], ids=[z[0] for z in BAD_ZIPS])
def test_another_zip_is_refused_with_what_to_get(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    zipped = python_zip(tmp_path / "python.zip", **options)
    with pytest.raises(BundleRefused, match=re.escape(said)) as e:
        layout.make(tmp_path / "out", python=zipped, release=RELEASE)
    assert "要 python.org 的 python-3.13.2-embed-amd64.zip（Windows embeddable package (64-bit)" in str(e.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["python.zip"]


@pytest.mark.parametrize(
    ("members", "said"), [({"python.exe": program()}, "是装好的 Python"), ({}, "是文件夹")], ids=["installed", "empty"]
)
def test_a_folder_is_no_embeddable_python(tmp_path: Path, members: dict[str, bytes], said: str) -> None:
    folder = tmp_path / "Python313"
    folder.mkdir()
    for name, data in members.items():
        (folder / name).write_bytes(data)
    with pytest.raises(BundleRefused, match=f"{said}，不是压缩包；.*python-3.13.2-embed-amd64.zip"):
        layout.make(tmp_path / "out", python=folder)


def test_the_list_of_the_real_ones_members_is_whole_and_every_text_names_that_file(bundle: Path) -> None:
    real = release()
    assert real.file == EMBEDDABLE == "python-3.13.2-embed-amd64.zip"
    assert len(real.members) == 34
    assert all(re.fullmatch("[0-9a-f]{64}", sha256) for sha256 in real.members.values())
    assert {"python.exe", "python313.dll", "python313.zip", "python313._pth", "sqlite3.dll"} <= real.members.keys()
    texts = [
        bundle / "xltools/office/bundle/texts/no_python.txt",
        ROOT / "Makefile",
        ROOT / "docs/manual/install-it.md",
    ]
    named = {p.name: set(re.findall(r"python-3[\d.x]+-embed-\w+\.zip", p.read_text("utf-8-sig"))) for p in texts}
    assert named == {p.name: {EMBEDDABLE} for p in texts}


def test_the_real_list_refuses_a_zip_that_is_only_its_outside(tmp_path: Path) -> None:
    with pytest.raises(BundleRefused, match=r"不是 3\.13\.2 版原来的文件（缺少 "):
        layout.make(tmp_path / "out", python=python_zip(tmp_path / "p.zip"))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 torn", b"<html>"], ids=["empty", "torn", "a web page"])
def test_no_zip_at_all_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "python.zip").write_bytes(data)
    with pytest.raises(BundleRefused, match="不是压缩包"):
        layout.make(tmp_path / "out", python=tmp_path / "python.zip")


BAD_WHEELS = [
    ("another system's", "numpy-2.4.6-cp313-cp313-manylinux_2_28_x86_64.whl", "numpy-2.4.6-cp313"),
    ("another Python's", "isal-1.9.1-cp311-cp311-win_amd64.whl", "isal-1.9.1-cp311"),
    ("32 bits", "isal-1.9.1-cp313-cp313-win32.whl", "isal-1.9.1-cp313-cp313-win32"),
]


@pytest.mark.parametrize(("name", "said"), [w[1:] for w in BAD_WHEELS], ids=[w[0] for w in BAD_WHEELS])
def test_a_package_for_another_computer_is_refused(tmp_path: Path, name: str, said: str) -> None:
    given = all_wheels(tmp_path / "given")
    (given / name).write_bytes(b"")
    with pytest.raises(BundleRefused, match=re.escape(said)):
        layout.make(tmp_path / "out", python=python_zip(tmp_path / "p.zip"), release=RELEASE, given=given)
    assert not (tmp_path / "out").exists()


def test_a_missing_package_and_one_of_another_version_are_named(tmp_path: Path) -> None:
    given = all_wheels(tmp_path / "given")
    (removed,) = given.glob("pywin32-*.whl")
    removed.unlink()
    (other,) = given.glob("xlwings-*.whl")
    other.unlink()
    wheel(given, "xlwings", "0.30.0")
    with pytest.raises(BundleRefused, match=r"缺少软件包 xlwings==[\d.]+、pywin32；请补齐"):
        layout.make(tmp_path / "out", python=python_zip(tmp_path / "p.zip"), release=RELEASE, given=given)


FITS = [
    ("numpy-2.4.6-cp312-cp312-win_amd64.whl", (3, 12), True),
    ("fastexcel-0.21.0-cp310-abi3-win_amd64.whl", (3, 12), True),
    ("fastexcel-0.21.0-cp313-abi3-win_amd64.whl", (3, 12), False),
    ("openpyxl-3.1.5-py2.py3-none-any.whl", (3, 11), True),
    ("pywin32-312-cp312-cp312-win_amd64.whl", (3, 13), False),
    ("x-1.0-1-cp312-cp312-win_amd64.whl", (3, 12), True),
]


@pytest.mark.parametrize(("name", "python", "fits"), FITS, ids=[f[0] for f in FITS])
def test_which_wheels_suit_which_python(name: str, python: tuple[int, int], fits: bool) -> None:
    match = wheels._WHEEL.fullmatch(name)
    assert match is not None
    assert wheels.fits(match, python) is fits


@pytest.mark.parametrize(
    ("name", "machine", "python", "fits"),
    [
        ("numpy-2.4.6-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", "x86_64", (3, 12), True),
        ("pyarrow-24.0.0-cp312-cp312-manylinux_2_28_aarch64.whl", "aarch64", (3, 12), True),
        ("pyarrow-24.0.0-cp312-cp312-manylinux_2_28_aarch64.whl", "x86_64", (3, 12), False),
        ("new-1.0-cp312-cp312-manylinux_2_39_x86_64.whl", "x86_64", (3, 12), False),
        ("fastexcel-0.21.0-cp310-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "x86_64", (3, 11), True),
        ("openpyxl-3.1.5-py2.py3-none-any.whl", "aarch64", (3, 13), True),
        ("numpy-2.4.6-cp312-cp312-win_amd64.whl", "x86_64", (3, 12), False),
        ("numpy-2.4.6-cp312-cp312-musllinux_1_2_x86_64.whl", "x86_64", (3, 12), False),
    ],
)
def test_which_wheels_suit_which_linux(name: str, machine: str, python: tuple[int, int], fits: bool) -> None:
    match = wheels._WHEEL.fullmatch(name)
    assert match is not None
    assert wheels.fits(match, python, wheels.linux(machine)) is fits


def test_for_linux_only_what_was_asked_for_is_fetched(tmp_path: Path) -> None:
    asked: list[str] = []

    def fetched(arguments: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        asked.append(" ".join(arguments))
        all_wheels(Path(arguments[arguments.index("--dest") + 1]))
        return subprocess.CompletedProcess(arguments, 0, "", "")

    made = layout.make(tmp_path / "out", linux="3.12-aarch64", run=fetched)
    assert (made.wheels, made.linux) == (0, len(list((tmp_path / "out" / "wheels-linux").glob("*.whl"))))
    (line,) = asked
    assert "--platform manylinux_2_28_aarch64 " in line
    assert "manylinux_2_17_aarch64 --platform" in line
    assert "--python-version 3.12 --implementation cp --only-binary=:all:" in line
    assert "win_amd64" not in line
    wanted = (tmp_path / "out" / "wheels-linux" / "requirements.txt").read_text("utf-8").split()
    assert {"pywin32", "colorama"}.isdisjoint(wanted)
    assert "pip" in wanted
    assert (tmp_path / "out" / "wheels-linux" / "python-version.txt").read_text("ascii") == "3.12\n"
    assert f"已经放好 {made.linux} 个" in (tmp_path / "out" / "说明.txt").read_text("utf-8-sig")


def test_wheels_of_another_kind_of_computer_are_named(tmp_path: Path) -> None:
    given = all_wheels(tmp_path / "given")
    wheel(given, "extra", "1.0", "cp312-cp312-win_amd64")
    with pytest.raises(BundleRefused, match=r"extra-1.0-cp312-cp312-win_amd64.whl 不是 Linux x86_64 Python 3.12 用的"):
        layout.make(tmp_path / "out", linux="3.12", given_linux=given)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["3", "3.10", "3.14", "3.12-loongarch64", "三"])
def test_a_linux_that_is_none_of_ours_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(BundleRefused, match="应写 Linux 上 Python 的版本"):
        layout.make(tmp_path / "out", linux=text)
    assert not (tmp_path / "out").exists()


def test_without_a_network_the_reason_and_the_way_out_are_told(tmp_path: Path) -> None:
    asked: list[list[str]] = []

    def offline(arguments: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        asked.append(arguments)
        return subprocess.CompletedProcess(
            arguments, 1, "", "WARNING: retrying\nERROR: No matching distribution found\n"
        )

    with pytest.raises(BundleRefused, match=r"ERROR: No matching distribution found.*WHEELS=文件夹"):
        layout.make(tmp_path / "out", python=python_zip(tmp_path / "p.zip"), release=RELEASE, run=offline)
    (arguments,) = asked
    assert arguments[1:4] == ["-m", "pip", "download"]
    text = " ".join(arguments)
    assert "--platform win_amd64 --python-version 3.13 --implementation cp --only-binary=:all:" in text
    assert not (tmp_path / "out").exists()


def test_without_a_python_zip_the_rest_is_laid_out_and_says_what_to_put_where(tmp_path: Path) -> None:
    made = layout.make(tmp_path / "out", run=lambda *a, **k: pytest.fail("nothing is downloaded for no Python"))
    assert (made.python, made.wheels) == (None, 0)
    assert {p.name for p in (tmp_path / "out" / "python").iterdir()} == {"把嵌入版Python解压到这里.txt"}
    text = (tmp_path / "out" / "说明.txt").read_text("utf-8-sig")
    assert "python 文件夹：还没有放" in text
    assert "pip download --platform win_amd64" in text


def test_a_folder_with_a_workspace_or_of_somebody_elses_is_never_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    layout.make(out)
    assert layout.make(out).path == out
    (out / "xltools.toml").write_text("scheme = 'x'", "utf-8")
    with pytest.raises(BundleRefused, match="里面已有工作区"):
        layout.make(out)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("a", "utf-8")
    with pytest.raises(BundleRefused, match="不是以前生成的"):
        layout.make(tmp_path / "mine")
    assert (tmp_path / "mine" / "a.txt").read_text("utf-8") == "a"


def test_the_command_says_what_it_made_or_why_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--python-zip", "", "--wheels", "", "--out", str(tmp_path / NAME)]
    assert command.main(given) == 0
    assert "没有给 PYTHON_ZIP" in capsys.readouterr().out
    assert command.main(["--python-zip", str(tmp_path / "none.zip"), "--out", str(tmp_path / "x")]) == 2
    assert "none.zip：读不了" in capsys.readouterr().err


def test_make_passes_what_the_office_gives() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    for option, name in {"python-zip": "PYTHON_ZIP", "wheels": "WHEELS", "out": "OUT", "linux": "LINUX"}.items():
        assert f'--{option} "$({name})"' in text
    assert '--linux-wheels "$(LINUX_WHEELS)"' in text
    assert next(iter(launchers.launchers()))[0] == "0建立工作区"
