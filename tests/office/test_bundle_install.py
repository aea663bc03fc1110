"""安装 on the office's computer: really run in a fresh Python without packages, and its Windows-only steps one by one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from bundles import ROOT, exec_of, laid_out, wheel

from xltools.office.bundle import install

PIP = next(iter(sorted((Path(sys.base_prefix) / "lib").rglob("ensurepip/_bundled/pip-*.whl"))), None)
REAL = ROOT / "xltools" / "office" / "bundle" / "install.py"


def run(bundle: Path, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """install.py as 安装.bat runs it, by a fresh interpreter that has a path file beside it; no program opens anything."""
    import venv  # which an embeddable Python has not

    venv.create(folder / "fresh", with_pip=False, symlinks=True)
    python = folder / "fresh" / "bin"
    (python / "python311._pth").write_text("python311.zip\n.\n#import site\n", "ascii")
    environment = {"PATH": str(folder), "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8", **more}
    return subprocess.run(
        [str(python / "python"), "-B", "xltools/office/bundle/install.py"],
        cwd=bundle, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_a_fresh_python_installs_every_package_from_the_folder_alone(tmp_path: Path) -> None:
    assert PIP is not None
    bundle = laid_out(tmp_path)
    for old in (bundle / "wheels").glob("pip-*.whl"):
        old.unlink()
    (bundle / "wheels" / PIP.name).write_bytes(PIP.read_bytes())
    done = run(bundle, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    packages = next((tmp_path / "fresh" / "lib").glob("python3*/site-packages"))
    installed = {p.name.partition("-")[0].lower() for p in packages.glob("*.dist-info")}
    assert {"xlwings", "pywin32", "numpy", "xlsxwriter", "pip"} <= installed
    assert len(installed) == len((bundle / "wheels" / "requirements.txt").read_text("utf-8").split())
    assert (tmp_path / "fresh" / "bin" / "python311._pth").read_bytes().splitlines() == [
        b"python311.zip", b".", b"Lib\\site-packages", b"", b"import site",
    ]  # fmt: skip
    assert "软件包已装好" in done.stdout
    assert "程序已编译" in done.stdout
    assert list((bundle / "xltools" / "__pycache__").glob("__init__.*.pyc"))
    # The packages of this test are empty, so the self-check that comes last can only say that they are no good.
    assert "软件没有装全" in (bundle / "处理结果.txt").read_text("utf-8-sig")


FUSSY = """
import os, sys
if os.path.basename(sys.argv[0]) in ("pip", "pip3", "pip.exe", "pip3.exe"):
    print("WARNING: something", "ERROR: To modify pip, please run the following command:", "python -m pip", sep="\\n", file=sys.stderr)
    sys.exit(1)
if "--find-links" in sys.argv and sys.argv[1] == "install":
    sys.exit(0)
print("ERROR: asked for", sys.argv[1:], file=sys.stderr)
sys.exit(1)
"""
"""What pip does on Windows when it is to install itself (`protect_pip_from_modification_on_windows`)."""


def test_pip_is_called_so_that_it_installs_itself_on_windows_too(tmp_path: Path) -> None:
    wheel(tmp_path, "pip", "99.0", members={"pip/__init__.py": "", "pip/__main__.py": FUSSY})
    (tmp_path / install.REQUIREMENTS).write_text("pip\n", "utf-8")
    install.packages(Path(sys.executable), tmp_path)  # else Stopped
    called = [sys.executable, str(install.found_in(tmp_path)) + "/pip", "install"]
    refused = subprocess.run(called, capture_output=True, text=True, check=False)
    assert (refused.returncode, "To modify pip" in refused.stderr) == (1, True), "by its path it refuses"


def test_the_whole_reason_of_pip_is_shown(tmp_path: Path) -> None:
    said = (
        "import sys; print('WARNING: w', 'ERROR: first', 'what it says next', sep='\\n', file=sys.stderr); sys.exit(1)"
    )
    wheel(tmp_path, "pip", "99.0", members={"pip/__init__.py": "", "pip/__main__.py": said})
    (tmp_path / install.REQUIREMENTS).write_text("pip\n", "utf-8")
    with pytest.raises(install.Stopped, match="软件包装不上（ERROR: first；what it says next）"):
        install.packages(Path(sys.executable), tmp_path)


def test_packages_that_do_not_install_stop_it_with_pips_own_reason(tmp_path: Path) -> None:
    assert PIP is not None
    bundle = laid_out(tmp_path)
    for old in (*(bundle / "wheels").glob("pip-*.whl"), *(bundle / "wheels").glob("numpy-*.whl")):
        old.unlink()
    (bundle / "wheels" / PIP.name).write_bytes(PIP.read_bytes())
    done = run(bundle, tmp_path)
    assert done.returncode == 2
    assert "没有装成：软件包装不上（" in done.stdout
    assert "numpy" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def linux_bundle(folder: Path) -> Path:
    """The folder with stand-ins for the Linux wheels, and the real pip among them."""
    assert PIP is not None
    bundle = laid_out(folder)
    for path in (bundle / "wheels").glob("*.whl"):
        if not path.name.startswith(("pip-", "pywin32-")):
            (bundle / "wheels-linux" / path.name).write_bytes(path.read_bytes())
    (bundle / "wheels-linux" / PIP.name).write_bytes(PIP.read_bytes())
    return bundle


def install_desktop(bundle: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """安装.desktop, double-clicked, on a computer that has just a Python."""
    (folder / "bin").mkdir(exist_ok=True)
    for name, program in {"python3": sys.executable, "sh": "/bin/sh", "env": "/usr/bin/env", "sed": "/bin/sed",
                          "dirname": "/usr/bin/dirname", "cat": "/bin/cat"}.items():  # fmt: skip
        if not (folder / "bin" / name).exists():
            (folder / "bin" / name).symlink_to(Path(program).resolve())
    place = bundle / "安装.desktop"
    return subprocess.run(
        [str(place) if a == "%k" else a for a in exec_of(place)], cwd="/",
        env={"PATH": str(folder / "bin"), "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_on_linux_the_folder_gets_an_environment_of_its_own_from_the_folder_alone(tmp_path: Path) -> None:
    bundle = linux_bundle(tmp_path)
    elsewhere = tmp_path / "somebody's"
    elsewhere.mkdir()
    (elsewhere / "keep").write_text("me", "utf-8")
    (bundle / ".venv").symlink_to(elsewhere)
    for _ in range(2):  # a second installation mends the first
        done = install_desktop(bundle, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "软件包已装好" in done.stdout
    assert (elsewhere / "keep").read_text("utf-8") == "me"
    packages = next((bundle / ".venv" / "lib").glob("python3*/site-packages"))
    installed = {p.name.partition("-")[0].lower() for p in packages.glob("*.dist-info")}
    assert {"xlwings", "numpy", "xlsxwriter", "pip"} <= installed
    assert "pywin32" not in installed
    # The packages of this test are empty, so the self-check that comes last can only say that they are no good.
    assert "软件没有装全" in (bundle / "处理结果.txt").read_text("utf-8-sig")


@pytest.mark.parametrize(("answer", "trusts"), [("y", True), ("是", True), ("", False), (None, False)])
def test_on_linux_libreoffice_is_asked_about_and_only_told_after_a_yes(
    tmp_path: Path, answer: str | None, trusts: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def ask(question: str) -> str:
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert install.trust_linux(tmp_path, Path(sys.executable), ask) is trusts
    settings = tmp_path / "config" / "libreoffice" / "4" / "user" / "registrymodifications.xcu"
    assert settings.exists() is trusts
    assert (tmp_path.as_uri() in settings.read_text("utf-8")) if trusts else ("没有设置" in capfd.readouterr().out)


def test_without_libreoffice_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert install.trust_linux(tmp_path, Path(sys.executable), lambda text: pytest.fail(text)) is False


def test_a_python_without_venv_as_windows_embeddable_one_can_run_it(tmp_path: Path) -> None:
    """python.org's embeddable package has neither venv nor ensurepip."""
    without = "import runpy, sys; sys.modules.update(venv=None, ensurepip=None); "
    without += "print(runpy.run_path(sys.argv[1])['OLDEST'])"
    done = subprocess.run([sys.executable, "-c", without, str(REAL)], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("(3, 11)", "")


def test_on_linux_the_python_that_the_packages_are_for_is_taken_first(tmp_path: Path) -> None:
    bundle = linux_bundle(tmp_path)
    (bundle / "wheels-linux" / install.FOR_PYTHON).write_text("3.12\n", "ascii")
    (tmp_path / "bin").mkdir()
    for name in ("python3", "python3.12"):
        program = tmp_path / "bin" / name
        program.write_text(f'#!/bin/sh\ncase $1 in -c) exit 0;; esac; echo "{name} $*"\n', "utf-8")
        program.chmod(0o755)
    done = install_desktop(bundle, tmp_path)
    assert done.stdout == "python3.12 -B xltools/office/bundle/install.py --linux\n"
    (bundle / "wheels-linux" / install.FOR_PYTHON).unlink()
    assert install_desktop(bundle, tmp_path).stdout.startswith("python3 -B")


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_on_linux_a_python_that_is_none_of_ours_is_told(tmp_path: Path, version: tuple[int, int]) -> None:
    with pytest.raises(install.Stopped, match=f"Python 是 3.{version[1]}，要 3.11、3.12 或 3.13"):
        list(install.steps_linux(linux_bundle(tmp_path), tmp_path / "none", version))


def test_on_linux_without_packages_it_says_how_to_fetch_them(tmp_path: Path) -> None:
    bundle = laid_out(tmp_path)
    done = install_desktop(bundle, tmp_path)
    assert done.returncode == 2
    assert "没有装成：wheels-linux 文件夹里没有软件包" in done.stdout
    assert "python3 -m pip download --only-binary=:all: -r requirements.txt" in done.stdout
    assert not (bundle / ".venv").exists()


STOPS = [
    ("no packages", (3, 12), ["pip-*.whl"], "wheels 文件夹里没有软件包"),
    ("no list of packages", (3, 12), ["requirements.txt"], "wheels 文件夹里没有软件包"),
    ("an old Python", (3, 10), [], "Python 3.10，要 3.11、3.12 或 3.13"),
    ("a Python that is too new", (3, 14), [], "Python 3.14，要 3.11、3.12 或 3.13"),
]


@pytest.mark.parametrize(("version", "gone", "said"), [s[1:] for s in STOPS], ids=[s[0] for s in STOPS])
def test_what_stops_it_is_said(tmp_path: Path, version: tuple[int, int], gone: list[str], said: str) -> None:
    bundle = laid_out(tmp_path)
    for pattern in gone:
        for path in (bundle / "wheels").glob(pattern):
            path.unlink()
    with pytest.raises(install.Stopped, match=said):
        list(install.steps(bundle, bundle / "python", version))


def test_a_python_of_32_bits_is_told(tmp_path: Path) -> None:
    bundle = laid_out(tmp_path)
    with pytest.raises(
        install.Stopped, match=r"是 32 位的 Python，要 64 位的；请换成 python-3\.13\.2-embed-amd64\.zip"
    ):
        list(install.steps(bundle, bundle / "python", (3, 13), 32))


def test_a_python_that_is_no_embeddable_one_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(install.Stopped, match=r"不是嵌入版 Python.*安装程序装出来的.*python-3.13.2-embed-amd64.zip"):
        install.paths_opened(tmp_path)


def test_libraries_are_copied_beside_the_program(tmp_path: Path) -> None:
    python = tmp_path / "python"
    packages = python / install.PACKAGES
    for name in (
        "pywin32_system32/pythoncom312.dll",
        "pywin32_system32/pywintypes312.dll",
        "data/xlwings64-0.37.8.dll",
    ):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text(name, "utf-8")
    (python / "xlwings32-0.37.8.dll").write_text("by pip", "utf-8")
    names = ["pythoncom312.dll", "pywintypes312.dll", "xlwings32-0.37.8.dll", "xlwings64-0.37.8.dll"]
    assert [p.name for p in install.beside(python)] == names
    assert [p.name for p in install.beside(python)] == names
    assert (python / "pythoncom312.dll").read_text("utf-8") == "pywin32_system32/pythoncom312.dll"
    assert (python / "xlwings32-0.37.8.dll").read_text("utf-8") == "by pip"


def test_the_mark_of_the_web_goes_and_nothing_else_does(tmp_path: Path) -> None:
    """On Windows the mark is a stream of the file, of this very name; elsewhere a file of that name stands for it."""
    (tmp_path / "下载 & (1)").mkdir()
    for name in ("下载 & (1)/平台工作簿.xlsm", "a.bat"):
        (tmp_path / name).write_text("x", "utf-8")
        (tmp_path / f"{name}:Zone.Identifier").write_text("[ZoneTransfer]\r\nZoneId=3", "utf-8")
    (tmp_path / "b.txt").write_text("y", "utf-8")
    assert install.unblocked(tmp_path) == 2
    left = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    assert left == ["a.bat", "b.txt", "下载 & (1)/平台工作簿.xlsm"]


class Registry(ModuleType):
    """The part of Windows' registry that is asked, in memory."""

    HKEY_CURRENT_USER, REG_SZ, REG_DWORD = "HKCU", "sz", "dword"

    def __init__(self, *there: str) -> None:
        super().__init__("registry_of_test")
        self.there, self.set = set(there), dict[str, dict[str, Any]]()

    def OpenKey(self, root: str, key: str) -> Any:
        if key not in self.there:
            raise FileNotFoundError(key)
        return self._key(key)

    def CreateKey(self, root: str, key: str) -> Any:
        return self._key(f"{root}\\{key}")

    def SetValueEx(self, key: str, name: str, _: int, kind: str, value: Any) -> None:
        self.set.setdefault(key, {})[name] = value

    def _key(self, key: str) -> Any:
        class Key(SimpleNamespace):
            def __enter__(self) -> str:
                return key

            def __exit__(self, *_: object) -> None: ...

        return Key()


EXCEL = r"Software\Microsoft\Office\16.0\Excel"
ANSWERS = [("yes", "y", True), ("yes in Chinese", " 是 ", True), ("nothing", "", False), ("no", "n", False)]


@pytest.mark.parametrize(("answer", "wanted"), [a[1:] for a in ANSWERS], ids=[a[0] for a in ANSWERS])
def test_the_folder_is_trusted_only_when_the_clerk_says_so(
    monkeypatch: pytest.MonkeyPatch, answer: str, wanted: bool
) -> None:
    registry = Registry(EXCEL)
    monkeypatch.setitem(sys.modules, "registry_of_test", registry)
    folder = Path("D:\\统保平台 & (一)")
    assert install.trust(folder, lambda _: answer, "registry_of_test") is wanted
    key = rf"HKCU\{EXCEL}\Security\Trusted Locations\xltools"
    values = {"Path": "D:\\统保平台 & (一)\\", "Description": "xltools", "AllowSubfolders": 0}
    assert registry.set == ({key: values} if wanted else {})


def test_without_excel_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "registry_of_test", Registry())
    assert install.trust(Path("D:\\x"), lambda _: pytest.fail("asked"), "registry_of_test") is False


def test_it_needs_nothing_but_the_standard_library() -> None:
    text = REAL.read_text("utf-8")
    asked = {line.split()[1].split(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert asked - {"__future__"} <= sys.stdlib_module_names
