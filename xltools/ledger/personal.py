"""Personal data (个人信息) stays out of the journal, which nobody can ever delete from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xltools.catalogue.columns import roster_columns
from xltools.ledger.frames import storable
from xltools.roster.personal import MASK, masked
from xltools.scheme import Scheme


def changes(old: Mapping[str, Any], new: Mapping[str, Any], scheme: Scheme) -> dict[str, list[Any]]:
    """What differs, as {field: [old, new]} over the fields of `new`; personal values are masked.

    A field that `old` lacks counts as blank. Values must be what JSON can hold.
    """
    hidden = {c.field for c in roster_columns(scheme) if c.personal}
    out = {}
    for field, value in new.items():
        if old.get(field) != value:
            out[field] = [MASK, MASK] if field in hidden else [old.get(field), value]
    return out


def guarded(value: Any, personal: frozenset[str]) -> Any:
    """The value as the journal may keep it.

    What stands under the name of a personal field is masked, and so are mobile numbers and e-mail
    addresses inside any text. Raises TypeError for anything that canonical JSON cannot hold exactly.
    """
    if isinstance(value, str):
        return masked(storable(value))
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Mapping):
        return {str(k): _under(v) if k in personal else guarded(v, personal) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [guarded(v, personal) for v in value]
    raise TypeError(f"the journal holds text, integers, lists and dicts, not {type(value).__name__}")


def _under(value: Any) -> Any:
    return [MASK for _ in value] if isinstance(value, list | tuple) else MASK


__all__ = ["MASK", "changes", "guarded"]
