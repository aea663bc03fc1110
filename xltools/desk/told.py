"""What an operation has to tell (办理结果): notes with their places, tables, files and the outcome, as data.

Sentences are made last, by whoever shows it: the terminal, 状态栏 and 提示, 处理结果.xlsx, `--json`. Nobody reads a
sentence to find out what happened. Where a text speaks of another step it says `{verify}`; `named` puts in what that
step is called where the text is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from xltools.desk.errors import BadInput

if TYPE_CHECKING:
    from xltools.desk.apart import Left
    from xltools.roster.problems import Placed

FAILURE = "FAILED"
"""Code of the note that says what stopped it."""
DONE, PROBLEMS, FAILED = 0, 1, 2
"""Done (with warnings, maybe); done, but the data have problems that must be mended; not done."""
DEGREES = {"error": "必须改", "warning": "提示"}

Shown = Literal["", "screen", "press"]
"""Where a note is shown: everywhere; on a terminal, which has room for tables; after a press, which has not."""


@dataclass(frozen=True)
class Place:
    """Where it is: file, sheet, cell, and whose row and which column (`what`); "" where that says nothing."""

    file: str = ""
    sheet: str = ""
    cell: str = ""
    what: str = ""

    def __str__(self) -> str:
        if self.file:
            return " ".join(filter(None, (self.file, self.sheet, self.cell, self.what)))
        return " ".join(filter(None, ("!".join(filter(None, (self.sheet, self.cell))), self.what)))


@dataclass(frozen=True)
class Note:
    """One thing to tell: `text` what is so, `todo` what to do about it ("" where nothing is).

    `code` is for programs. Of severity `error` it must be mended, of `warning` it should be looked at, of "" it only
    tells. `label` stands before the place where the severity's own word does not.
    """

    text: str
    code: str = ""
    severity: Literal["", "warning", "error"] = ""
    place: Place = Place()
    todo: str = ""
    label: str | None = None
    shown: Shown = ""

    @property
    def sentence(self) -> str:
        """What is so and what to do, as one running text."""
        return joined(self.text, self.todo)

    @property
    def line(self) -> str:
        """The sentence with its place, and how grave it is."""
        where = str(self.place)
        label = (
            self.label if self.label is not None else f"[{DEGREES[self.severity]}]" if self.severity and where else ""
        )
        return f"{' '.join(filter(None, (label, where)))}：{self.sentence}" if where else self.sentence


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """A table for a screen: rows by heading."""

    title: str
    rows: Sequence[Mapping[str, Any]]


@dataclass(eq=False, repr=False)
class Told:
    """What happened: `body` notes and tables in their order, the outcome in one sentence, files that were made.

    `idle`: there was nothing to do it with. `data` is what `--json` tells. `book` is the workbook in which a place lies
    that names no file.
    """

    body: list[Note | Table] = field(default_factory=list)
    outcome: str = ""
    files: list[Path] = field(default_factory=list)
    code: int = DONE
    idle: bool = False
    data: dict[str, Any] = field(default_factory=dict)
    book: str = ""

    @property
    def failed(self) -> bool:
        return self.code == FAILED

    @property
    def notes(self) -> list[Note]:
        return [part for part in self.body if isinstance(part, Note)]

    @property
    def tables(self) -> list[Table]:
        return [part for part in self.body if isinstance(part, Table)]

    @property
    def lines(self) -> list[str]:
        """After a press: everything that is no problem."""
        return [n.line for n in self.notes if n.shown != "screen" and not n.severity]

    @property
    def problems(self) -> list[Note]:
        """After a press: what must be mended or looked at."""
        return [n for n in self.notes if n.severity and n.shown != "screen"]

    def say(self, *texts: str, shown: Shown = "") -> None:
        """Sentences that only tell."""
        self.body += [Note(text, shown=shown) for text in texts]

    def sum_up(self, text: str) -> None:
        """The outcome in one sentence: after a press it comes first."""
        self.outcome = text
        self.add(Note(text, "OUTCOME", shown="press"))

    def add(self, *notes: Note) -> None:
        self.body += notes

    def table(self, title: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self.body.append(Table(title, rows))

    def placed(self, found: Iterable[Placed]) -> None:
        """Problems of files, what must be mended first."""
        self.body += placed(found)

    def left_out(self, found: Iterable[Left]) -> None:
        """Rows of the bureau's files that could not be used: where, why, and what became of each. Rows that count all
        the same are told together where the same is wrong with them."""
        rows = list(found)
        alike: dict[str, list[Left]] = {}
        for i, row in enumerate(rows):
            text = "；".join(dict.fromkeys(p.message for p in row.placed))
            alike.setdefault(text if row.counted else f"{i}", []).append(row)
        for first, *others in alike.values():
            place, text = first.placed[0], "；".join(dict.fromkeys(p.message for p in first.placed))
            more = f"（这样的共 {len(others) + 1:,} 行）" if others else ""
            where = Place(place.file, place.sheet, place.cell)
            self.add(Note(f"{text}{more}；{first.consequence}", place.code, "error", where, place.hint))
        self.data["left_out"] = [*self.data.get("left_out", ()), *(_left_out(row) for row in rows)]

    def stopped(self, error: Exception, sentence: str) -> None:
        """What stopped it, and of a bureau's table every cell."""
        self.code = FAILED
        self.data |= {"error": sentence, **getattr(error, "data", {})}
        if isinstance(error, BadInput):
            self.placed(error.placed)
            self.data["problems"] = [*self.data.get("problems", ()), *problems_data(error.placed)]
        self.add(Note(sentence, FAILURE))

    def took(self, other: Told) -> None:
        """What another part of the same work has to tell comes behind."""
        self.body += other.body
        self.outcome = other.outcome or self.outcome
        self.files += other.files
        self.code = max(self.code, other.code)


def _left_out(row: Left) -> dict[str, Any]:
    first = row.placed[0]
    return {
        "file": first.file, "sheet": first.sheet, "cell": first.cell, "row": first.row, "cents": row.cents,
        "counted": row.counted, "codes": list(dict.fromkeys(p.code for p in row.placed)),
        "message": "；".join(dict.fromkeys(p.sentence for p in row.placed)),
    }  # fmt: skip


def placed(found: Iterable[Placed]) -> Iterator[Note]:
    """Problems of files as notes, what must be mended first."""
    for p in sorted(found, key=lambda p: p.severity == "warning"):
        severity: Literal["warning", "error"] = "warning" if p.severity == "warning" else "error"
        yield Note(p.message, p.code, severity, Place(p.file, p.sheet, p.cell), p.hint)


def problems_data(found: Iterable[Placed]) -> list[dict[str, Any]]:
    """Problems of files for `--json`: every one, without the values and messages of personal columns."""
    from xltools.catalogue.columns import personal_fields

    personal = personal_fields()
    out = []
    for p in found:
        row = asdict(p)
        if p.field in personal:
            row["value"] = ""
            row["message"] = p.message.replace(p.value, "…") if p.value else p.message
        out.append(row)
    return out


def joined(text: str, todo: str) -> str:
    """What is so and what to do, without doubled stops."""
    return f"{text}{'' if text.endswith(('？', '。')) else '。'}{todo}" if todo else text


_STEP = re.compile(r"\{([a-z]+)\}")


def named(text: str, name: Callable[[str], str]) -> str:
    """The text with every step that it speaks of (`{verify}`) called as `name` calls it."""
    return _STEP.sub(lambda found: name(found[1]), text)
