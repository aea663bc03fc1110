"""The packages (软件包, wheels) for an office's computers: our dependencies in the versions that we are tested with, and pip."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from xltools.office.bundle.install import LINUX_WHEELS, REQUIREMENTS, WINDOWS_WHEELS
from xltools.office.bundle.refused import BundleRefused

GLIBC = range(28, 4, -1)
"""Minor versions of glibc 2 whose wheels run on every Linux desktop since 2018 (Debian 10, Kylin V10, UOS 20)."""


@dataclass(frozen=True)
class Target:
    """A kind of computer: its name in sentences, the folder for its wheels, its platform tags.

    `besides` is what our dependencies need there besides: markers are judged by the system that downloads, so they are
    named.
    """

    name: str
    folder: str
    platforms: tuple[str, ...]
    besides: tuple[str, ...]


WINDOWS = Target("64 位 Windows", WINDOWS_WHEELS, ("win_amd64",), ("pip", "pywin32", "tzdata", "colorama"))


def linux(machine: str = "x86_64") -> Target:
    """Linux with glibc 2.28 or later on that machine (`x86_64`, `aarch64`)."""
    tags = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC]
    tags += [f"manylinux{year}_{machine}" for year in (2014, 2010, 1)]
    return Target(f"Linux {machine}", LINUX_WHEELS, tuple(tags), ("pip",))


_WHEEL = re.compile(
    r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-\d[^-]*)?-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl"
)


def requirements(project: Path, target: Target = WINDOWS) -> list[str]:
    """One requirement a line: our dependencies (of pyproject.toml) as installed here, then what is needed besides.

    Raises BundleRefused where one is not installed here.
    """
    wanted = tomllib.loads(project.read_text("utf-8"))["project"]["dependencies"]
    out = []
    for line in wanted:
        match = re.match(r"([A-Za-z0-9._-]+)(\[[^]]+\])?", line)
        assert match is not None, line
        try:
            out.append(f"{match[1]}{match[2] or ''}=={metadata.version(match[1])}")
        except metadata.PackageNotFoundError as e:
            raise BundleRefused(f"本机没有装 {match[1]}，定不了版本；请先运行 make test 或 pip install -e .") from e
    return [*out, *target.besides]


def gather(
    lines: Iterable[str],
    folder: Path,
    version: tuple[int, int] | None,
    given: Path | None,
    run: Callable[..., subprocess.CompletedProcess[str]] = subprocess.run,
    target: Target = WINDOWS,
) -> int:
    """Write the requirements into `folder`, and the wheels for them: copied from `given`, or downloaded.

    Without a Python version nothing is downloaded: it is not known for which. Returns how many wheels lie there.
    Raises BundleRefused.
    """
    lines = list(lines)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / REQUIREMENTS).write_text("\n".join(lines) + "\n", "utf-8", newline="\n")
    if given is not None:
        if not given.is_dir():
            raise BundleRefused(f"{given}：找不到这个文件夹；请检查 WHEELS 写的位置")
        for path in sorted(given.glob("*.whl")):
            shutil.copyfile(path, folder / path.name)
        check(lines, [p.name for p in folder.glob("*.whl")], version, given, target)
    elif version is not None:
        download(folder, version, run, target)
        check(lines, [p.name for p in folder.glob("*.whl")], version, folder, target)
    return len(list(folder.glob("*.whl")))


def command(folder: Path, version: tuple[int, int], target: Target = WINDOWS) -> list[str]:
    """pip's own arguments that fetch the wheels for a Python of that version on such a computer."""
    platforms = [word for tag in target.platforms for word in ("--platform", tag)]
    return [
        "download", "--dest", str(folder), *platforms, "--python-version", f"{version[0]}.{version[1]}",
        "--implementation", "cp", "--only-binary=:all:", "--disable-pip-version-check", "--quiet",
        "-r", str(folder / REQUIREMENTS),
    ]  # fmt: skip


def download(
    folder: Path,
    version: tuple[int, int],
    run: Callable[..., subprocess.CompletedProcess[str]],
    target: Target = WINDOWS,
) -> None:
    """Fetch the wheels by pip. Raises BundleRefused: no network, or no such wheel."""
    done = run(
        [sys.executable, "-m", "pip", *command(folder, version, target)],
        capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        said = next((x for x in reversed(done.stderr.splitlines()) if x.strip()), "没有说明原因")
        raise BundleRefused(
            f"{target.name} 软件包没有下载下来（{said}）。没有网络的，请在能上网的电脑上运行同一命令，"
            "或把 *.whl 放在一个文件夹里，用 WHEELS=文件夹（Linux 的用 LINUX_WHEELS=文件夹）指明"
        )


def check(
    lines: Iterable[str], names: Iterable[str], version: tuple[int, int] | None, where: Path, target: Target = WINDOWS
) -> None:
    """Whether there is a wheel for every requirement, and none for another Python or system. Raises BundleRefused."""
    found: dict[str, set[str]] = {}
    for name in names:
        match = _WHEEL.fullmatch(name)
        if match is None or not fits(match, version, target):
            asked = f"Python {version[0]}.{version[1]} " if version else ""
            raise BundleRefused(f"{where}：{name} 不是 {target.name} {asked}用的软件包；请去掉它，换成对的")
        found.setdefault(plain(match["name"]), set()).add(match["version"])
    missing = []
    for line in lines:
        name, _, exact = line.partition("==")
        there = found.get(plain(name.split("[")[0]), set())
        if not there or (exact and exact not in there):
            missing.append(line)
    if missing:
        raise BundleRefused(f"{where}：缺少软件包 {'、'.join(missing)}；请补齐再运行")


def fits(wheel: re.Match[str], version: tuple[int, int] | None, target: Target = WINDOWS) -> bool:
    """Whether a wheel's tags suit such a computer and that Python (any of ours without one)."""
    if not {"any", *target.platforms} & set(wheel["platform"].split(".")):
        return False
    tags = wheel["python"].split(".")
    if version is None or any(re.fullmatch(r"py3\d*", t) for t in tags):
        return True
    if "abi3" in wheel["abi"].split("."):
        return any(t.startswith("cp3") and t[3:].isdigit() and int(t[3:]) <= version[1] for t in tags)
    return f"cp{version[0]}{version[1]}" in tags


def plain(name: str) -> str:
    """A package's name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
