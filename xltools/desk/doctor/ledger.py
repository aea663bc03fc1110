"""The workspace and its ledger (工作区、台账): does it open, is it whole, who works in it, what was left undone?"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from xltools.catalogue.bureau_tables import bureau_tables
from xltools.desk.bureau.materials import read_before, read_by_buttons, wanted
from xltools.desk.doctor.check import BAD, NOTE, OK, Check, refused
from xltools.desk.doctor.folder import unwritable
from xltools.desk.enrol.inbox import arrived, digest
from xltools.desk.errors import Refusal
from xltools.desk.rules import changes
from xltools.desk.transaction import looking
from xltools.desk.workspace import BACKUP, INBOX, MATERIALS, RETURNED, SUBMITTED, Workspace, open_workspace
from xltools.ledger import Busy, LedgerError, bureau, files, journal, lock, meta, outbox
from xltools.ledger.errors import RESTORED
from xltools.ledger.schema import of

_BACKUP = f"请先复制整个文件夹保存，再用“备份”文件夹里最近的台账恢复。{RESTORED}"


def workspace(root: Path, now: datetime) -> Iterator[Check]:
    """Everything about the workspace in `root`. Changes nothing in it."""
    for name in (INBOX, MATERIALS, RETURNED, SUBMITTED, BACKUP):
        yield from _folder(root / name)
    try:
        opened = open_workspace(root).on(now.date())
    except Refusal as e:
        yield refused("台账", e)
        return
    yield Check("工作区", OK, f"{opened.scheme.title}（{opened.scheme.id}）")
    yield from _scheme_day(opened, now)
    yield from _pages(opened)
    try:
        with looking(opened) as conn:
            yield _journal(conn, opened)
            yield from _clock(conn, now)
            yield _writer(conn, opened, now)
            yield from _outbox(conn)
            yield from _inputs(conn, opened)
    except Refusal as e:
        yield refused("台账", e)


def _folder(path: Path) -> Iterator[Check]:
    if not path.is_dir():
        what = "是一个文件，不是文件夹" if path.exists() else "不见了"
        yield Check(f"文件夹 {path.name}", BAD, f"“{path.name}”{what}", f"请在工作区里新建文件夹“{path.name}”")
    elif said := unwritable(path):
        yield Check(f"文件夹 {path.name}", BAD, f"“{path.name}”不能写入（{said}）", "请检查文件夹权限和只读属性")


def _scheme_day(opened: Workspace, now: datetime) -> Iterator[Check]:
    cover = opened.scheme.cover
    if now.date() > cover.end.value:
        yield Check("平台年度", NOTE, f"本平台年度到 {cover.end.value} 为止，已过", "办理下一年度请另建工作区")


def _pages(opened: Workspace) -> Iterator[Check]:
    """A SQLite file looks at itself: pages that a fault of disk or network has torn."""
    path = opened.ledger.path
    if path is None:
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as conn:
            said = str(conn.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as e:
        said = str(e)
    if said != "ok":
        yield Check("台账文件", BAD, f"{path.name} 已损坏（{said}）", _BACKUP)


def _journal(conn: Connection, opened: Workspace) -> Check:
    wrong = journal.verify(conn)
    if wrong:
        return Check("台账", BAD, wrong[0].nameless, wrong[0].todo)
    where = opened.ledger.path.name if opened.ledger.path else f"PostgreSQL {opened.ledger.where}"
    return Check(
        "台账", OK, f"{where}，能打开，日志 {journal.head(conn)[0]} 条首尾相接（金额和报送表要{{verify}}才核对）"
    )


def _clock(conn: Connection, now: datetime) -> Iterator[Check]:
    t = of(conn).journal
    last = conn.scalar(select(t.c.at).order_by(t.c.seq.desc()).limit(1))
    if last and str(last) > f"{now:%Y-%m-%d %H:%M:%S}":
        yield Check("时钟", BAD, f"电脑时间比台账最后一条日志（{last}）还早", "请校准电脑的日期和时间，再办理业务")


def _writer(conn: Connection, opened: Workspace, now: datetime) -> Check:
    """Who works in the ledger at this moment; a name that a killed run left behind is told from one at work."""
    path = (opened.ledger.path.parent if opened.ledger.path else opened.root) / lock.NAME
    found = lock.holder(path)
    if opened.ledger.path is None:
        found = lock.from_json(meta.get(conn, "writer")) or found
    elif found and not _held(path, found, now):
        return Check(
            "正在操作",
            NOTE,
            f"上次操作没有正常结束（从 {found.since} 起，电脑 {found.host}）",
            "下一次操作会自动收尾，不用处理",
        )
    if found:
        said = f"有人正在操作台账（从 {found.since} 起，电脑 {found.host}，进程 {found.pid}）"
        return Check("正在操作", NOTE, said, "请等对方完成再办理；同一时间只能一人写入", who=found.who)
    return Check("正在操作", OK, "现在没有人在操作台账")


def _held(path: Path, found: lock.Holder, now: datetime) -> bool:
    try:
        with lock.locked(path, found.who, now):
            return False
    except Busy:
        return True
    except LedgerError:
        return os.path.exists(path)


def _outbox(conn: Connection) -> Iterator[Check]:
    left = Counter(name.partition("/")[0] for name in outbox.staged(conn))
    if left:
        said = "、".join(f"“{folder}”{n} 个" for folder, n in sorted(left.items()))
        yield Check(
            "没放好的文件", NOTE, f"上次操作中断，文件还没有放进文件夹：{said}", "{sync}，或办下一件事时，会自动补上"
        )


def _inputs(conn: Connection, opened: Workspace) -> Iterator[Check]:
    with tempfile.TemporaryDirectory(prefix="xltools-") as scratch:
        there = arrived(opened.inbox, Path(scratch)) if opened.inbox.is_dir() else []
    waiting = [a for a in there if files.file(conn, a.sha256) is None]
    if waiting:
        yield Check("收件", NOTE, f"“收件”里有 {len(waiting)} 份还没有收", "请{collect}")
    else:
        yield Check("收件", OK, f"“收件”里的 {len(there)} 份都收过了")
    unread = _unread(conn, opened)
    if unread:
        yield Check("资料", NOTE, f"“{MATERIALS}”里有 {unread} 份海关统计或在保名单还没有读入", "请{customs}")
    if wishes := changes.waiting(conn):
        todo = "请在“变更”表填市局意见，再{sync}；或{change}"
        yield Check("待定变更", NOTE, f"等市局意见的变更 {len(wishes)} 条：{changes.many(wishes)}", todo)
    missing = []
    base = opened.scheme.base_year.value
    if base not in set(bureau.rows(conn, "customs")["year"].to_pylist()):
        missing.append(f"{base} 年海关数据")
    listed = set(bureau.rows(conn, "inforce")["insurer"].to_pylist())
    missing += [f"{i.name}的在保名单" for i in opened.scheme.insurers if i.name not in listed]
    missing += [t.missed for t in bureau_tables().values() if t.missed and not bureau.rows(conn, t.name).num_rows]
    if missing:
        yield Check(
            "市局资料",
            NOTE,
            f"还没有读入：{'、'.join(missing)}",
            "海关数据和在保名单到手后放进“资料”文件夹，{customs}；系统汇率填在“汇率”表，{sync}",
        )


def _unread(conn: Connection, opened: Workspace) -> int:
    if not opened.materials.is_dir():
        return 0
    known = read_before(conn)
    return sum(digest(p) not in known for p in wanted(opened, read_by_buttons()))
