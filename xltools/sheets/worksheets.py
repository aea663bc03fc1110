"""A workbook's worksheets as workbook.xml lists them, without loading any; and faults of the readers as refusals."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote
from zipfile import ZipFile, ZipInfo

from xltools.sheets import parts, scan_events
from xltools.sheets.refused import Refused


@dataclass(frozen=True)
class Worksheet:
    """A sheet's name, whether people see it, and the member that holds it (None: the package has none)."""

    name: str
    visible: bool
    part: ZipInfo | None


def worksheets(package: ZipFile) -> list[Worksheet]:
    """The sheets of an .xlsx or .xlsm in their order; a chart on a sheet of its own is none.

    Raises Refused, FILE_EXTENT where two sheets lie in one part.
    """
    listed: dict[str, tuple[str, bool]] = {}
    every: list[str] = []
    targets: dict[str, str] = {}

    def workbook(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "sheet" and "name" in attributes:
            visible = attributes.get("state", "visible") == "visible"
            for key, value in attributes.items():
                if ":" in key and key.endswith(":id"):
                    listed.setdefault(attributes["name"], (value, visible))
                    every.append(value)

    def relationship(name: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("Type", "").rpartition("/")[2]
        if name.rpartition(":")[2] == "Relationship" and attributes.get("TargetMode") != "External":
            targets[attributes.get("Id", "")] = "" if kind == "chartsheet" else attributes.get("Target", "")

    for member, handler in (("xl/workbook.xml", workbook), ("xl/_rels/workbook.xml.rels", relationship)):
        parser = scan_events.parser(member)
        parser.StartElementHandler = handler
        scan_events.feed(parser, parts.inflate(package, _member(package, member)), member)
    # A part loaded once for each of a thousand sheets takes a thousand times its memory.
    lying = Counter(target.lower() for id_ in every if (target := targets.get(id_)))
    if len(every) > parts.MEMBERS or any(n > 1 for n in lying.values()):
        raise Refused("FILE_EXTENT", f"工作表目录列了 {len(every)} 张表，有的指向同一张")
    out = []
    for name, (id_, visible) in listed.items():
        target = targets.get(id_)
        if target != "":  # a chart on a sheet of its own
            part = posixpath.normpath(posixpath.join("/xl", unquote(target))).lstrip("/") if target else ""
            out.append(Worksheet(name, visible, part_named(package, part)))
    return out


def part_named(package: ZipFile, name: str) -> ZipInfo | None:
    """The member of that name; part names are equal whatever their case (ECMA-376 part 2, 6.2.2)."""
    return next((i for i in package.infolist() if i.filename.lower() == name.lower()), None)


def _member(package: ZipFile, name: str) -> ZipInfo:
    found = part_named(package, name)
    if found is None:
        raise Refused("FILE_UNREADABLE", f"no part {name}")
    return found


@contextmanager
def readable() -> Iterator[None]:
    """What fastexcel, calamine and Arrow say of a damaged file becomes Refused, panics of their Rust code included."""
    try:
        yield
    except (Refused, OSError, MemoryError):
        raise
    except BaseException as e:
        faults = ("FastExcelError", "CalamineError", "ArrowInvalid", "PanicException", "ValueError")
        if not any(kind.__name__ in faults for kind in type(e).__mro__):
            raise
        said = str(e).splitlines()[0][:120] if str(e) else type(e).__name__
        raise Refused("FILE_UNREADABLE", said) from e
