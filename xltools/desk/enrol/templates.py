"""`template` (模板): one plain workbook for each district."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.desk.errors import Refusal
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.ledger import files
from xltools.scheme import load
from xltools.sheets.district.template import write_template
from xltools.sheets.platform.draw.form import write_form


def templates(
    workspace: Workspace | None,
    scheme_id: str,
    folder: Path,
    *,
    district: str = "",
    spare: int = 500,
    dry_run: bool = False,
    day: date | None = None,
) -> list[Path]:
    """Write each district's template into `folder`; an existing file is never overwritten. Returns the paths.

    In a workspace the round follows the district's latest one; else the scheme is that of `day`. Raises Refusal.
    """
    scheme = workspace.scheme if workspace else load(scheme_id, day)
    areas = [a.name for a in scheme.areas_of_year]
    if district and district not in areas:
        raise Refusal(f"没有“{district}”；本平台的区：{'、'.join(areas)}")
    rounds: dict[str, int] = {}
    if workspace:
        with looking(workspace) as conn:
            rounds = files.latest_rounds(conn)
    wanted = [district] if district else areas
    paths = [folder / f"企业投保申请汇总表_{scheme.prefix}_{name}.xlsx" for name in wanted]
    there = [p for p in paths if p.exists()]
    if there:
        raise Refusal(f"{there[0]} 已经有了，没有覆盖；请移走旧文件，或用 -o 换一个文件夹")
    if not dry_run:
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in zip(wanted, paths, strict=True):
            write_template(path, scheme, district=name, round=rounds.get(name, 1), spare=spare)
    return paths


def form(workspace: Workspace | None, scheme_id: str, name: str, folder: Path, *, rows: int, dry_run: bool) -> Path:
    """Write the form of one of the bureau's tables into `folder`; an existing file is never overwritten. Raises Refusal."""
    scheme = workspace.scheme if workspace else load(scheme_id)
    if name not in bureau_tables():
        raise Refusal(f"没有登记表 {name}；有：{'、'.join(f'{t.name}（{t.title}）' for t in bureau_tables().values())}")
    path = folder / f"{bureau_tables()[name].file}_{scheme.prefix}.xlsx"
    if path.exists():
        raise Refusal(f"{path} 已经有了，没有覆盖；请移走旧文件，或用 -o 换一个文件夹")
    if not dry_run:
        folder.mkdir(parents=True, exist_ok=True)
        write_form(path, scheme, name, rows=rows)
    return path
