"""A verb (动作): what the office can do, declared once; the command line, the buttons and the files follow from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Literal

from xltools.catalogue.buttons import Button

if TYPE_CHECKING:
    from xltools.desk.told import Told
    from xltools.desk.workspace import Workspace


def quiet(text: str, done: int = 0, total: int = 0) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True, eq=False, repr=False)
class Option:
    """What can be asked of a verb: an argument where it has no `flags`. `name` is what `Ask` knows it by."""

    name: str
    help: str = ""
    flags: tuple[str, ...] = ()
    kind: Literal["text", "file", "rate", "whole", "yes"] = "text"
    metavar: str = ""
    required: bool = False
    default: Any = None
    many: bool = False
    choices: tuple[str, ...] = ()
    bounds: tuple[int, int] | None = None
    cell: str = ""
    """After a press: the named cell of 首页 whose 是 asks for it."""

    @property
    def blank(self) -> Any:
        """Its value where nothing is said."""
        if self.many:
            return ()
        if self.default is not None or self.kind in ("file", "rate", "whole"):
            return self.default
        return False if self.kind == "yes" else ""


@dataclass(frozen=True, eq=False, repr=False)
class Ask:
    """One call of a verb: when, for whom, in which folder, and what is asked of it by the names of its options."""

    now: datetime
    today: date
    who: str = ""
    folder: Path = Path()
    progress: Callable[..., None] = quiet
    """Called as `progress(text, done, total)`, or with the text alone."""
    dry_run: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.options[name]


Run = Callable[[Any, Ask], "Told"]
"""Does it, for the open workspace (None for a verb that has none). Raises Refusal."""


@dataclass(frozen=True, eq=False, repr=False)
class Verb:
    """What the office can do.

    `does` is its line of `xltools --help`, `about` the rest of its own help. `title` is what the journal calls it.
    `year` is its place in the order of the year. `where`: it works in an open workspace; it only needs a folder, which
    may be one; it needs none. `changes`: it can be tried out without changing anything (`--dry-run`).

    `button` are the words of its button, if it has one, `presses` what that does, `phases` the keys of the phases whose
    首页 shows it (none: every one). When its work is done the sheets
    in `looks` are looked at, which the phase `phase` shows. `next` says what comes next, `idle` the same where there
    was nothing to do it with, `mend` where there are problems to be mended, if not by itself again. `lists`: where it
    finds no problems, it lists those that districts still have to mend.

    `book`: on a terminal it takes back and updates the closed workbook, as a press always does: `update` where there
    is one, `draw` also where there is none.
    """

    name: str
    title: str
    does: str
    year: int
    about: str = ""
    where: Literal["workspace", "folder", ""] = "workspace"
    changes: bool = False
    options: tuple[Option, ...] = ()
    button: str = ""
    presses: str = ""
    phases: tuple[str, ...] = ()
    phase: str = ""
    looks: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    mend: str = ""
    lists: bool = False
    book: Literal["", "update", "draw"] = ""
    run: Run | None = None
    journal: Callable[[dict[str, Any], Any], str] | None = None
    """Its entry in the journal as a sentence, from the entry's detail and the scheme."""

    def __call__(self, workspace: Workspace | None, ask: Ask) -> Told:
        """Do it. Raises Refusal."""
        assert self.run is not None
        return self.run(workspace.on(ask.today) if workspace else None, ask)

    def asked(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The options as given, the others at what they are where nothing is said."""
        return {o.name: given.get(o.name, o.blank) for o in self.options}


ROOM = "xltools.desk.verbs"
"""Where the verbs are found, one module each."""


@cache
def verbs() -> dict[str, Verb]:
    """Every verb by its name, in the order of the year; importing them loads nothing heavy.

    A module declares `VERB` and defines `run`, and `journal` where it is journalled; or it has a function `made` that
    gives verbs made from data.
    """
    found: list[Verb] = []
    names = [m.name for m in iter_modules(import_module(ROOM).__path__)]
    for module in (import_module(f"{ROOM}.{name}") for name in names):
        if hasattr(module, "VERB"):
            found.append(replace(module.VERB, run=module.run, journal=getattr(module, "journal", None)))
        if hasattr(module, "made"):
            found += module.made()
    return {v.name: v for v in sorted(found, key=lambda v: v.year)}


def with_buttons() -> list[Verb]:
    """The verbs that have a button, in the order of the year."""
    return [v for v in verbs().values() if v.button]


def buttons() -> tuple[Button, ...]:
    """All buttons of the platform workbook, in the order of the year."""
    return tuple(Button(v.button, v.name, v.presses, v.phases, v.looks, v.phase) for v in with_buttons())


@contextmanager
def registered(*more: Verb) -> Iterator[None]:
    """With these verbs besides, for a while."""
    there = verbs()
    before = dict(there)
    there.update({v.name: v for v in more})
    try:
        yield
    finally:
        there.clear()
        there.update(before)
