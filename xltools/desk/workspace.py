"""A workspace (工作区): the folder of one scheme year with its ledger."""

from __future__ import annotations

import getpass
import glob
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from xltools import files, ledger
from xltools.desk.errors import Refusal
from xltools.files import reason
from xltools.ledger import Ledger
from xltools.ledger.inside import inside
from xltools.scheme import Scheme, SchemeError, datafiles, load, source
from xltools.scheme.amendments import SUFFIX, Dated
from xltools.scheme.countries import Group, emerging_groups
from xltools.scheme.datafiles import OWN, Model, parsed
from xltools.scheme.load import change_file, dated

if TYPE_CHECKING:
    from xltools.engine.deadlines import Calendar

CONFIG = "xltools.toml"
LEDGER = "台账.db"
INBOX, RETURNED, SUBMITTED, BACKUP = "收件", "退回", "报送", "备份"
KEPT = "收件"
"""Folder below 备份/ where each collected file is kept as it came, by its content."""
MATERIALS = "资料"
"""Where the bureau puts what it brings itself: customs data, lists of policies in force."""

_CONFIG = """\
# 统保平台工作区。改动前请先备份。
# scheme 方案：随软件提供的方案编号，或本文件夹里的 .toml 文件
scheme = {scheme}
# ledger 台账：文件名，或 postgresql:// 地址
ledger = {ledger}
# country_groups 国别组：如需修改国别，把国别组文件放在本文件夹并在这里写上文件名
# country_groups = "国别组.toml"
# 期限、退税规则、节假日等数据文件也一样：写上它的名字和本文件夹里的文件
# clocks = "期限.toml"
"""


@dataclass(frozen=True)
class Workspace:
    """An open workspace: its folder, scheme, country groups and ledger; `who` works in it.

    `scheme` and the ledger's text are those of `day`, as they were passed where no day is given yet; `year` has them all.
    """

    root: Path
    scheme: Scheme
    groups: dict[str, Group]
    ledger: Ledger
    who: str
    year: Dated
    day: date | None = None
    own: Mapping[str, Path] = field(default_factory=dict)
    """The data files that it has in place of ours (`scheme.datafiles.OWN`)."""

    def on(self, day: date) -> Workspace:
        """The workspace with the scheme as it holds on that day, its amendments up to then in it; on its own day itself,
        also where another scheme was put in its place to see what would be."""
        if day == self.day:
            return self
        holds = self.year.on(day)
        return replace(self, scheme=holds.scheme, ledger=replace(self.ledger, source=holds.text), day=day)

    @property
    def inbox(self) -> Path:
        return self.root / INBOX

    @property
    def returned(self) -> Path:
        return self.root / RETURNED

    @property
    def materials(self) -> Path:
        return self.root / MATERIALS

    @property
    def submitted(self) -> Path:
        return self.root / SUBMITTED

    @property
    def backup(self) -> Path:
        return self.root / BACKUP

    def data(self, name: str, model: type[Model]) -> Model:
        """Its data file of that name, or ours, as `model` has it. Raises Refusal naming file and key."""
        try:
            return parsed(model, name, self.own.get(name))
        except SchemeError as e:
            raise Refusal(str(e), f"请对照随软件提供的 {name}.toml 改正，或从 {CONFIG} 去掉 {name} 一行") from e

    def calendar(self) -> Calendar:
        """The State Council's working days with the office's own changes. Raises Refusal."""
        from xltools.engine.deadlines import calendar

        try:
            return calendar(text=datafiles.text("workdays", self.own.get("workdays")))
        except (SchemeError, tomllib.TOMLDecodeError, KeyError, TypeError) as e:
            where = self.own.get("workdays", "workdays.toml")
            raise Refusal(f"{where}：节假日调整文件不对（{e}）；应有 rest、work、complete 三项") from e

    def kept(self, sha256: str) -> Path | None:
        """A collected file as it came, by the hash that the ledger has for it; None where it is gone. Raises Outside."""
        begins = inside(self.root, kept_as(sha256))
        found = next(begins.parent.glob(f"{glob.escape(begins.name)}*"), None)
        return inside(self.root, found.relative_to(self.root).as_posix()) if found else None


def kept_as(sha256: str) -> str:
    """Where a collected file of that content is kept, below the workspace, without its ending."""
    return f"{BACKUP}/{KEPT}/{sha256[:16]}"


def whoever() -> str:
    """The name of the person at this computer, for the journal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "未知"


def init(root: Path, scheme_id: str, *, now: datetime, who: str = "", url: str = "") -> Workspace:
    """Make a workspace in `root` (created if need be). Raises Refusal where one is already there.

    The configuration comes last: what a killed run left is completed by the next one.
    """
    root = root.absolute()
    who = who or whoever()
    scheme = check_new(root, scheme_id)
    kept = Path(scheme_id).name if scheme_id.endswith(".toml") else scheme_id
    try:
        for name in (INBOX, RETURNED, SUBMITTED, BACKUP, MATERIALS):
            (root / name).mkdir(parents=True, exist_ok=True)
        for path, text in _own_files(scheme_id):
            _write(root / path.name, text)
        if url or not (root / LEDGER).exists():
            ledger.create(url or root / LEDGER, scheme, source(scheme_id), who, now)
        else:
            ledger.open_ledger(root / LEDGER, scheme, source(scheme_id))
        _write(root / CONFIG, _CONFIG.format(scheme=_quoted(kept), ledger=_quoted(url or LEDGER)))
    except ledger.LedgerError as e:
        raise Refusal(e.text, e.todo) from e
    except OSError as e:
        raise Refusal(f"{root}：建不了工作区（{reason(e)}）；请检查文件夹能否写入") from e
    return open_workspace(root, who)


def check_new(root: Path, scheme_id: str) -> Scheme:
    """The scheme that a new workspace in `root` would have. Raises Refusal where none can be made."""
    if (root / CONFIG).exists():
        raise Refusal(f"{root}：这里已经是一个工作区，没有改动")
    scheme, _ = _scheme(scheme_id, None)
    _dated(scheme_id, None)
    if scheme.enrolment.value == "list":
        raise Refusal(
            f"{scheme.id}：本方案由市局按海关数据列名单参加（enrolment = list，{scheme.enrolment.clause}），"
            "本版本还不能按名单办理，没有建立工作区；可以用 xltools quote 试算"
        )
    for path, text in _own_files(scheme_id):
        copy = root / path.name
        if copy.is_file() and copy.read_text("utf-8") != text:
            raise Refusal(f"{copy} 已经有了，内容不同，没有覆盖；请移走其中一份")
    return scheme


def _own_files(scheme_id: str) -> list[tuple[Path, str]]:
    """What a scheme given as a file brings into the workspace: its whole text, and its change file where it has one."""
    if not scheme_id.endswith(".toml"):
        return []
    changes = change_file(scheme_id)
    both = [(changes, changes.read_text("utf-8"))] if changes and changes.is_file() else []
    return [(Path(scheme_id), source(scheme_id)), *both]


def _write(path: Path, text: str) -> None:
    with files.replace(path) as temporary:
        temporary.write_text(text, "utf-8", newline="\n")


def _quoted(text: str) -> str:
    """A TOML string; the basic ones are written as JSON's."""
    return json.dumps(text, ensure_ascii=False)


def open_workspace(root: Path, who: str = "") -> Workspace:
    """The workspace in `root`. Raises Refusal when there is none, or it cannot be used."""
    root = root.absolute()
    config = root / CONFIG
    if not config.is_file():
        raise Refusal(f"{root}：不是工作区（没有 {CONFIG}）", "请先运行 xltools init，或用 -C 指明工作区")
    try:
        settings = tomllib.loads(config.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as e:
        raise Refusal(f"{config}：读不了（{reason(e)}）", "请关闭打开它的程序，内容有误的请对照新建的工作区改正") from e
    unknown = settings.keys() - {"scheme", "ledger", *OWN}
    if unknown or "scheme" not in settings:
        raise Refusal(
            f"{config}：应有 scheme、ledger，可有 {'、'.join(OWN)}；不认识：{'、'.join(sorted(unknown)) or '无'}"
        )
    own = {key: root / str(settings[key]) for key in OWN if key in settings}
    name = str(settings["scheme"])
    scheme_id = str(root / name) if name.endswith(".toml") else name
    scheme, groups = _scheme(scheme_id, own.get("country_groups"))
    year = _dated(scheme_id, root)
    where = str(settings.get("ledger", LEDGER))
    try:
        opened = ledger.open_ledger(where if "://" in where else root / where, scheme, source(scheme_id))
    except ledger.LedgerError as e:
        raise Refusal(e.text, e.todo) from e
    return Workspace(root, scheme, groups, opened, who or whoever(), year, own=own)


def _scheme(name: str, groups_file: Path | None) -> tuple[Scheme, dict[str, Group]]:
    try:
        scheme = load(name)
        return scheme, emerging_groups(scheme, groups_file)
    except SchemeError as e:
        raise Refusal(str(e)) from e


def _dated(name: str, folder: Path | None) -> Dated:
    """The scheme with its amendments. Raises Refusal; also for a change file in `folder` that is not this scheme's: an
    amendment must not go unnoticed because of a file's name."""
    try:
        year = dated(name, folder)
    except SchemeError as e:
        raise Refusal(str(e)) from e
    wanted = change_file(name, folder)
    if folder and wanted:
        for path in sorted(folder.glob("*变更*.toml")):
            if path.name not in (wanted.name, Path(name).name):
                raise Refusal(
                    f"{path}：像是方案的变更文件，但名称不对，没有用上",
                    f"请改名为 {wanted.name}；不是变更文件的（须以 {SUFFIX} 结尾），请移到别的文件夹",
                )
    return year
