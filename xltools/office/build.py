"""Making the committed workbooks and VBA projects anew from text (重新生成工作簿): the same bytes on every build."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from xltools.desk.book.workbooks import draw_budget_model, draw_template
from xltools.desk.errors import Refusal
from xltools.office import vba, vba_functions, vba_modules
from xltools.office.wrappers import wrappers

ROOT = Path(__file__).parents[2]
PLATFORM = Path("xltools", "sheets", "platform")
PROJECTS = {
    "excel": (PLATFORM / "vbaProject.bin", Path("workbooks", "platform_template.xlsm")),
    "libreoffice": (
        PLATFORM / "vbaProject-libreoffice.bin",
        Path("workbooks", "libreoffice", "platform_template.xlsm"),
    ),
}
BUDGET = Path("workbooks", "budget_model.xlsx")
FILES = (vba_functions.PATH, *(p for pair in PROJECTS.values() for p in pair), BUDGET)
"""Everything that is built, as it stands in the repository."""


def make(folder: Path) -> None:
    """Write all files, laid out as in the repository, into an empty folder."""
    for path in FILES:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    made = wrappers()
    (folder / vba_functions.PATH).write_text(vba_functions.text(made.functions), "utf-8", newline="\n")
    drawn = folder / "drawn.xlsx"
    draw_template(drawn, None)
    modules = {"excel": vba_modules.excel, "libreoffice": vba_modules.libreoffice}
    for variant, (project, workbook) in PROJECTS.items():
        code = vba.project(drawn, modules[variant](made))
        (folder / project).write_bytes(code)
        draw_template(folder / workbook, code)
    drawn.unlink()
    draw_budget_model(folder / BUDGET)


def workbooks(*, check: bool = False) -> list[str]:
    """Build everything and put it in its place, or only say what is not as built; returns lines to show.

    Raises Refusal outside a source tree, where there is nothing to build into, and without pyOpenVBA.
    """
    if not (ROOT / "udfs").is_dir() or not (ROOT / "pyproject.toml").is_file():
        raise Refusal("这里不是源代码目录，没有要重新生成的工作簿")
    if find_spec("pyopenvba") is None:
        raise Refusal("没有安装 pyOpenVBA（只有重新生成工作簿才用）；请运行 pip install -e '.[build]'")
    with tempfile.TemporaryDirectory() as name:
        made, texts = Path(name, "made"), vba_functions.PATH
        make(made)
        told = []
        if not check and difference(
            made / texts, ROOT / texts
        ):  # what is drawn shows the texts that are in their place
            _put(made, texts)
            told.append(f"{texts.as_posix()}：内容不同")
            shutil.rmtree(made)
            make(made)
        for path in FILES:
            wrong = difference(made / path, ROOT / path)
            if wrong:
                told.append(f"{path.as_posix()}：{wrong}")
                if not check:
                    _put(made, path)
    return told


def _put(made: Path, path: Path) -> None:
    (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
    (ROOT / path).write_bytes((made / path).read_bytes())


def difference(made: Path, there: Path) -> str:
    """The first difference in words, "" for none: of workbooks the members' order and their uncompressed bytes."""
    if not there.is_file():
        return "还没有这个文件"
    if made.suffix not in (".xlsx", ".xlsm"):
        return "" if made.read_bytes() == there.read_bytes() else "内容不同"
    return next(_differences(made, there), "")


def _differences(made: Path, there: Path) -> Iterator[str]:
    with zipfile.ZipFile(made) as new, zipfile.ZipFile(there) as old:
        names, others = new.namelist(), old.namelist()
        for a, b in zip(names, others, strict=False):
            if a != b:
                yield f"成员次序不同，应为 {a}，现为 {b}"
            elif new.read(a) != old.read(b):
                yield f"成员 {a} 的内容不同"
        if len(names) != len(others):
            yield f"应有 {len(names)} 个成员，现有 {len(others)} 个"
