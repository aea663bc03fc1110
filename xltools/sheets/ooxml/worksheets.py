"""A workbook's worksheets as workbook.xml lists them, without loading any; and faults of the readers as refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from zipfile import ZipFile, ZipInfo

from xltools.sheets.ooxml import expat, parts, relationships
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.relationships import Relationship, relationships_of

WORKBOOK = "xl/workbook.xml"


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

    def workbook(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "sheet" and "name" in attributes:
            visible = attributes.get("state", "visible") == "visible"
            for key, value in attributes.items():
                if ":" in key and key.endswith(":id"):
                    listed.setdefault(attributes["name"], (value, visible))
                    every.append(value)

    parser = expat.parser(WORKBOOK)
    parser.StartElementHandler = workbook
    expat.feed(parser, parts.inflate(package, _member(package, WORKBOOK)), WORKBOOK)
    related = {r.id: r for r in related_to(package, WORKBOOK)}
    # A part loaded once for each of a thousand sheets takes a thousand times its memory.
    named = [r for id_ in every if (r := related.get(id_)) and r.kind != "chartsheet" and r.target]
    if len(every) > parts.MEMBERS or any(n > 1 for n in Counter(r.target.lower() for r in named).values()):
        raise Refused("FILE_EXTENT", f"工作表目录列了 {len(every)} 张表，有的指向同一张")
    out = []
    for name, (id_, visible) in listed.items():
        found = related.get(id_)
        if found is None or found.kind != "chartsheet":
            out.append(Worksheet(name, visible, find(package, found.target) if found else None))
    return out


def related_to(package: ZipFile, part: str) -> list[Relationship]:
    """What a part is related to; nothing where it has no relationships. Raises Refused."""
    listed = find(package, relationships_of(part))
    return relationships.read(parts.inflate(package, listed), part) if listed else []


def find(package: ZipFile, name: str) -> ZipInfo | None:
    """The member of that name, None where there is none. Part names are equal whatever their case (ECMA-376 part 2, 6.2.2)."""
    return next((i for i in package.infolist() if i.filename.lower() == name.lower()), None)


def _member(package: ZipFile, name: str) -> ZipInfo:
    found = find(package, name)
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
