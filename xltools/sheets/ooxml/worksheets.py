"""A workbook's worksheets as workbook.xml lists them, without loading any; and faults of the readers as refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from zipfile import ZipFile, ZipInfo

from xltools.sheets.ooxml import expat, parts, relationships
from xltools.sheets.ooxml.refused import Refused
from xltools.sheets.ooxml.relationships import Relationship, relationships_of

WORKBOOK = "xl/workbook.xml"
"""Where every program puts it that is at work today; `contents` follows the package's own relationships."""
_OTHERS = ("chartsheet", "dialogsheet", "xlmacrosheet", "xlintlmacrosheet")
_WRAPPING = (
    "AlternateContent",
    "Choice",
    "Fallback",
)  # around elements that not every version knows (ECMA-376 part 3, 9)
_TRUE = ("1", "true", "on")


@dataclass(frozen=True)
class Worksheet:
    """A sheet's name, whether people see it, and the member that holds it (None: the package has none)."""

    name: str
    visible: bool
    part: ZipInfo | None


@dataclass(frozen=True)
class Contents:
    """What workbook.xml says: its worksheets, the date system, and the parts that hold texts and formats."""

    sheets: list[Worksheet]
    date1904: bool
    strings: ZipInfo | None
    styles: ZipInfo | None


def worksheets(package: ZipFile) -> list[Worksheet]:
    """The worksheets of an .xlsx or .xlsm in their order. Raises Refused as `contents` does."""
    return contents(package).sheets


def contents(package: ZipFile, part: str = "") -> Contents:
    """The workbook as its own part lists it; sheets of charts, dialogs and Excel 4.0 macros are no worksheets.

    The date system is what the workbook's own `workbookPr` says (ECMA-376 part 1, 18.2.28): an element of that name
    within an extension, as Excel 2013 and later write for charts, says nothing of it. `part` is the workbook's, where it
    is known.

    Raises Refused, FILE_EXTENT where two sheets lie in one part.
    """
    listed: dict[str, tuple[str, bool]] = {}
    every: list[tuple[str, str]] = []
    inside: list[str] = []
    counts: list[bool] = []
    says_1904 = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal says_1904
        local = name.rpartition(":")[2]
        counts.append(bool(counts) and local not in _WRAPPING)
        if not counts[-1]:
            return
        inside.append(local)
        if inside == ["workbookPr"]:
            says_1904 |= attributes.get("date1904", "").strip().lower() in _TRUE
        elif inside == ["sheets", "sheet"] and "name" in attributes:
            visible = attributes.get("state", "visible") == "visible"
            id_ = next((v for k, v in attributes.items() if k == "id" or k.endswith(":id")), "")
            listed[attributes["name"]] = id_, visible
            every.append((attributes["name"], id_))

    def end(_: str) -> None:
        if counts.pop():
            inside.pop()

    part = part or workbook_part(package)
    parser = expat.parser(part)
    parser.StartElementHandler, parser.EndElementHandler = start, end
    expat.feed(parser, parts.inflate(package, _member(package, part)), part)
    relations = related_to(package, part)
    related = {r.id: r for r in relations}
    # A part loaded once for each of a thousand sheets takes a thousand times its memory.
    named = [r for _, id_ in every if (r := related.get(id_)) and _is_sheet(r) and r.target]
    if len(every) > parts.MEMBERS or any(n > 1 for n in Counter(r.target.lower() for r in named).values()):
        raise Refused("FILE_EXTENT", f"工作表目录列了 {len(every)} 张表，有的指向同一张")
    if twice := next((name for name, n in Counter(name for name, _ in every).items() if n > 1), ""):
        raise Refused("FILE_UNREADABLE", f"有两张工作表都叫“{twice}”")
    members = {parts.part_name(info).lower(): info for info in reversed(package.infolist())}
    sheets = []
    for name, (id_, visible) in listed.items():
        found = related.get(id_)
        if found is None or _is_sheet(found):
            sheets.append(Worksheet(name, visible, members.get(found.target.lower()) if found else None))
    strings, styles = (
        next((members.get(r.target.lower()) for r in relations if r.kind == kind), None)
        for kind in ("sharedStrings", "styles")
    )
    return Contents(sheets, says_1904, strings, styles)


def workbook_part(package: ZipFile) -> str:
    """The name of the workbook's part, as the package relates to it; an ordinary place where it does not say."""
    with suppress(Refused):
        for relation in related_to(package, ""):
            if relation.kind == "officeDocument" and find(package, relation.target):
                return relation.target
    return next((name for name in (WORKBOOK, "workbook.xml") if find(package, name)), WORKBOOK)


def _is_sheet(relation: Relationship) -> bool:
    return relation.kind.lower() not in _OTHERS


def related_to(package: ZipFile, part: str) -> list[Relationship]:
    """What a part is related to; nothing where it has no relationships. Raises Refused."""
    listed = find(package, relationships_of(part))
    return relationships.read(parts.inflate(package, listed), part) if listed else []


def find(package: ZipFile, name: str) -> ZipInfo | None:
    """The member of that name, None where there is none. Part names are equal whatever their case (ECMA-376 part 2, 6.2.2)."""
    wanted = name.lower()
    return next((i for i in package.infolist() if parts.part_name(i).lower() == wanted), None)


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
