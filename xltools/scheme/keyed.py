"""Keys of a scheme's data (`plans.A.rate.value`): entries of its lists go by their own names, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

NAMES = {
    "areas": ("name",), "outside": ("name",), "bands": ("id",), "plans": ("id",), "reductions": ("title",),
    "insurers": ("id",), "planning": ("id",), "priorities": ("no", "title"),
}  # fmt: skip
"""Lists of a scheme, and what an entry is called by: the first of these that it has."""


def name_of(of: str, entry: Mapping[str, Any]) -> str:
    """What an entry of the list `of` is called, "" where it has no name."""
    return next((str(entry[k]) for k in NAMES[of] if entry.get(k) is not None), "")


def leaves(data: Mapping[str, Any]) -> dict[str, Any]:
    """Every value of a scheme's data by its key."""
    return dict(_leaves(data, "", ""))


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The keys whose values differ between two schemes' data, sorted; the record of amendments is none of them."""
    was, now = leaves(old), leaves(new)
    keys = (k for k in was.keys() | now.keys() if not k.startswith("amended"))
    return sorted(k for k in keys if was.get(k) != now.get(k))


def _leaves(value: Any, path: str, of: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _leaves(one, f"{path}.{name}".lstrip("."), name if not path else "")
    elif isinstance(value, list | tuple) and value and all(isinstance(one, Mapping) for one in value):
        for n, one in enumerate(value, 1):
            name = name_of(of, one) if of in NAMES else ""
            yield from _leaves(one, f"{path}.{name}" if name else f"{path}[{n}]", "")
    else:
        yield path, tuple(value) if isinstance(value, list) else value


def key_of(data: Mapping[str, Any], loc: tuple[int | str, ...]) -> str:
    """The key of a place in the data, from the path that a finding has."""
    out, of, node = "", "", data
    for part in loc:
        node = _below(node, part)
        name = name_of(of, node) if isinstance(part, int) and of in NAMES and isinstance(node, Mapping) else ""
        out += f".{name}" if name else f"[{part + 1}]" if isinstance(part, int) else f".{part}"
        of = str(part)
    return out.lstrip(".")


def _below(node: Any, part: int | str) -> Any:
    try:
        return node[part]
    except (KeyError, IndexError, TypeError):
        return None
