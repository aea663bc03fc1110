"""Changes to a scheme's data, as data (改动): what is changed, added and removed, by the keys of the scheme file.

An amendment within the year consists of it (`amendments`), and so does a scheme year that is made from another
(`load`, `based_on`).
"""

from __future__ import annotations

import difflib
import typing
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from xltools.scheme.keyed import NAMES, leaves, name_of
from xltools.scheme.misdeclared import unknown_key
from xltools.scheme.model import Figure, Model, Scheme, Words
from xltools.scheme.reading import SchemeError, model_in


class Change(Model):
    """What to do with a scheme's data. Entries of lists go by their names: `plans.A.rate`, `areas."港闸区".valid_to`."""

    change: dict[str, Any] = Field(default_factory=dict)
    """Keys with their new values, in the shape of the scheme file. Of a figure the value alone may be given."""
    add: dict[str, tuple[dict[str, Any], ...]] = Field(default_factory=dict)
    """New entries by list, whole as in a scheme file; they come last."""
    remove: tuple[Words, ...] = ()
    """Keys of what falls away: `outside.海门区`, `plans.D.minimum_premium`."""


def changed(data: Mapping[str, Any], by: Change, where: str, document: str = "") -> dict[str, Any]:
    """The data of a scheme with these changes; first what is removed, then changed, then added.

    With a `document` each figure whose value is changed has it for its clause and loses its note, where the change says
    nothing else: those were the old value's. Raises SchemeError, a line for each key that cannot be; `where` begins it.
    """
    wrong: list[str] = []
    out = dict(data)
    for key in by.remove:
        if (without := _without(out, key)) is None:
            wrong.append(_missing(out, key))
        else:
            out = without
    out = _merged(Scheme, out, by.change, "change", document, wrong)
    for of, entries in by.add.items():
        if of not in NAMES:
            wrong.append(unknown_key(of, f"add.{of}", list(NAMES)))
            continue
        there = {name_of(of, entry) for entry in out.get(of, ())}
        wrong += [f"add.{of}.{n}：已经有了；要改它请写在 change 里" for e in entries if (n := name_of(of, e)) in there]
        out[of] = [*out.get(of, ()), *entries]
    if wrong:
        raise SchemeError("\n".join(f"{where}：{line}" for line in wrong))
    return out


def _merged(
    model: type[BaseModel], old: Mapping[str, Any], new: Mapping[str, Any], path: str, document: str, wrong: list[str]
) -> dict[str, Any]:
    out = dict(old)
    for key, value in new.items():
        here = f"{path}.{key}"
        if key not in model.model_fields or key == "amended":
            wrong.append(unknown_key(key, here, sorted(model.model_fields.keys() - {"amended"})))
            continue
        annotation = model.model_fields[key].annotation
        inner = model_in(annotation)
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            out[key] = value
        elif issubclass(inner, Figure):
            out[key] = _figure(old.get(key, _default(model, key)), value, here, document, wrong)
        elif not isinstance(value, Mapping):
            wrong.append(f"{here}：应写到下面的键，可用的键：{'、'.join(sorted(inner.model_fields))}")
        elif typing.get_origin(annotation) is tuple:
            out[key] = _entries(key, inner, old.get(key, ()), value, here, document, wrong)
        else:
            out[key] = _merged(inner, old.get(key, {}), value, here, document, wrong)
    return out


def _entries(
    of: str, model: type[BaseModel], old: Any, new: Mapping[str, Any], path: str, document: str, wrong: list[str]
) -> list[Any]:
    out = list(old)
    names = [name_of(of, entry) if of in NAMES else "" for entry in out]
    for name, value in new.items():
        here = f"{path}.{name}"
        if name not in names:
            near = difflib.get_close_matches(name, names, 1, 0.5)
            hint = f"；是否想写 {near[0]}？" if near else "；"
            wrong.append(f"{here}：方案里没有这一项{hint}现有：{'、'.join(names)}。新增的写在 add.{of} 里")
        elif not isinstance(value, Mapping):
            wrong.append(f"{here}：应写到下面的键，可用的键：{'、'.join(sorted(model.model_fields))}")
        elif fixed := [k for k in NAMES[of] if k in value]:
            wrong.append(f"{here}.{fixed[0]}：名称不能改；请用 remove 去掉旧的，在 add.{of} 里写新的")
        else:
            at = names.index(name)
            out[at] = _merged(model, out[at], value, here, document, wrong)
    return out


def _default(model: type[BaseModel], key: str) -> dict[str, Any] | None:
    """The figure that holds where a scheme says nothing; None where nothing does."""
    default = model.model_fields[key].default
    return default.model_dump() if isinstance(default, Figure) else None


def _figure(old: Any, new: Any, path: str, document: str, wrong: list[str]) -> Any:
    if not isinstance(new, Mapping):
        if old is None:
            wrong.append(f"{path}：方案原来没有这一项，请写全 value、unit、clause")
            return new
        new = {"value": new}
    for key in new.keys() - Figure.model_fields.keys():
        wrong.append(unknown_key(key, f"{path}.{key}", sorted(Figure.model_fields)))
    out = {**(old or {}), **new}
    if document and "value" in new:
        if "clause" not in new:
            out["clause"] = document
        if "note" not in new:
            out.pop("note", None)
    return out


def _without(node: Any, key: str, of: str = "") -> Any:
    """The node without what the key names; None where there is nothing of that name."""
    entries = isinstance(node, list | tuple)
    names = [name_of(of, e) for e in node] if entries else list(node)
    for at, name in enumerate(names):
        rest = None
        if key == name:
            return (
                [e for i, e in enumerate(node) if i != at] if entries else {k: v for k, v in node.items() if k != name}
            )
        if not key.startswith(f"{name}."):
            continue
        below = node[at] if entries else node[name]
        if isinstance(below, Mapping) or name in NAMES:
            rest = _without(below, key[len(name) + 1 :], name)
        if rest is not None:
            return [rest if i == at else e for i, e in enumerate(node)] if entries else {**node, name: rest}
    return None


def _missing(data: Mapping[str, Any], key: str) -> str:
    """The sentence for a key that is not there; a near one is offered."""
    there = dict.fromkeys(leaf[:end] for leaf in leaves(data) for end in _ends(leaf))
    near = difflib.get_close_matches(key, there, 1, 0.5)
    return f"remove：方案里没有 {key}" + (f"；是否想写 {near[0]}？" if near else "")


def _ends(leaf: str) -> list[int]:
    """Where a key may end: at each of its points, and as a whole."""
    return [i for i, letter in enumerate(leaf) if letter == "."] + [len(leaf)]
