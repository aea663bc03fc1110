"""Finding and loading scheme files, by id or path, as they hold on a day."""

from __future__ import annotations

import difflib
import re
from datetime import date
from importlib import resources
from pathlib import Path

from xltools.scheme.amendments import SUFFIX, Dated, amended
from xltools.scheme.canonical import canonical
from xltools.scheme.change import Change, changed
from xltools.scheme.keyed import key_of
from xltools.scheme.model import Scheme, Words
from xltools.scheme.reading import SchemeError, checked, data_of, parse, path_of, read, valid

SHIPPED = resources.files("xltools.scheme") / "schemes"


class Based(Change):
    """A scheme year that is made from another one: its file says what is different."""

    based_on: Words
    """The other's id, or the path of its file from this one's folder; with `@2020-08-31` as it holds on that day."""


def shipped() -> list[str]:
    """Ids of the schemes that come with xltools, sorted."""
    return sorted(f.name.removesuffix(".toml") for f in SHIPPED.iterdir() if f.name.endswith(".toml"))


def source(scheme_id: str) -> str:
    """Text of a scheme, by id (shipped) or by path (ends in .toml); of one that is made from another the whole text.

    Raises SchemeError when there is none; it names the file that is missing and the ids there are.
    """
    return _source(scheme_id, ())


def _source(scheme_id: str, seen: tuple[str, ...]) -> str:
    own = scheme_id.endswith(".toml")
    text = read(Path(scheme_id)) if own else _shipped(scheme_id)
    if "based_on" not in text:
        return text
    name = scheme_id if own else f"{scheme_id}.toml"
    data = data_of(text, name)
    if "based_on" not in data:
        return text
    key = str(Path(scheme_id).resolve()) if own else scheme_id
    if key in seen:
        raise SchemeError(f"{name}：based_on 绕了一圈又回到自己，没有一个完整的方案")
    return _expanded(valid(Based, data, name, path_of), name, Path(scheme_id).parent if own else None, (*seen, key))


def _expanded(by: Based, name: str, folder: Path | None, seen: tuple[str, ...]) -> str:
    base, day = split(by.based_on)
    if base.endswith(".toml"):
        base = str((folder or Path()) / base)
    text = _source(base, seen)
    if day:
        text = amended(text, base, *_changes(base, folder)).on(day).text
    old = data_of(text, base)
    old.pop("amended", None)
    data = changed(old, by, name)
    scheme = checked(data, name, lambda loc: key_of(data, loc) or "改后的方案")
    if scheme.id == old["id"]:
        raise SchemeError(f"{name}：change.id：与 {by.based_on} 的编号相同；另一年度的方案须有自己的编号")
    return canonical(scheme)


def _shipped(scheme_id: str) -> str:
    there = shipped()
    if scheme_id not in there:
        near = difflib.get_close_matches(scheme_id, there, 1)
        hint = f"；是否想用 {near[0]}？" if near else ""
        raise SchemeError(
            f"没有方案文件 {scheme_id}.toml（每个平台年度各有一个文件，只在其保险期内有效）{hint or '；'}"
            f"现有方案：{'、'.join(there)}；也可以用 --scheme 指定一个 .toml 文件"
        )
    return (SHIPPED / f"{scheme_id}.toml").read_text("utf-8")


def split(scheme: str) -> tuple[str, date | None]:
    """`nantong-2019@2020-03-01` as id and day; without a day None. Raises SchemeError for a day that there is not."""
    found = re.fullmatch(r"(.+)@(\d{4}-\d{2}-\d{2})", scheme)
    if not found:
        return scheme, None
    try:
        return found[1], date.fromisoformat(found[2])
    except ValueError as e:
        raise SchemeError(f"{scheme}：{found[2]} 不是日期，请写成 {found[1]}@2020-03-01") from e


def change_file(scheme_id: str, folder: Path | None = None) -> Path | None:
    """Where a scheme's amendments stand: beside its own file, those of a shipped one in `folder` (None: nowhere)."""
    if scheme_id.endswith(".toml"):
        path = Path(scheme_id)
        return path.with_name(path.name.removesuffix(".toml") + SUFFIX)
    return folder / f"{scheme_id}{SUFFIX}" if folder else None


def _changes(scheme_id: str, folder: Path | None) -> tuple[str, str]:
    """The text of a scheme's change file and its name; "" where there is none."""
    path = change_file(scheme_id, folder)
    return (read(path), path.name) if path and path.is_file() else ("", "")


def dated(scheme_id: str, folder: Path | None = None) -> Dated:
    """A scheme with its amendments, which for a shipped one stand in `folder`. Raises SchemeError."""
    name = scheme_id if scheme_id.endswith(".toml") else f"{scheme_id}.toml"
    return amended(source(scheme_id), name, *_changes(scheme_id, folder))


def load(scheme_id: str, day: date | None = None, folder: Path | None = None) -> Scheme:
    """The scheme of that id, or in that .toml file: as it was passed, or as it holds on a day. Raises SchemeError."""
    if day is not None:
        return dated(scheme_id, folder).on(day).scheme
    return parse(source(scheme_id), scheme_id if scheme_id.endswith(".toml") else f"{scheme_id}.toml")


__all__ = ["SHIPPED", "SchemeError", "change_file", "dated", "load", "parse", "shipped", "source", "split"]
