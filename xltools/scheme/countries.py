"""Countries (国别) as people write them, and the scheme's country groups (国别组)."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from xltools.files import reason
from xltools.scheme.load import SchemeError
from xltools.scheme.model import Model, Scheme

ROOM = resources.files("xltools.scheme")


class Group(Model):
    """A country group: ISO 3166-1 alpha-2 members with the source of the list and its date."""

    title: str
    source: str
    since: date
    note: str = ""
    members: frozenset[str]


@cache
def groups(path: Path | None = None) -> dict[str, Group]:
    """All country groups by id, from `path` or the file that comes with xltools. Raises SchemeError."""
    try:
        text = path.read_text("utf-8") if path else (ROOM / "country_groups.toml").read_text("utf-8")
        return {k: Group.model_validate(v) for k, v in tomllib.loads(text).items()}
    except ValidationError as e:
        raise SchemeError(f"{path}：国别组文件有误（{e}）") from e
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise SchemeError(f"{path}：读不了国别组文件（{reason(e)}）") from e


def emerging_groups(scheme: Scheme, path: Path | None = None) -> dict[str, Group]:
    """The scheme's emerging-market groups, in its order. Raises SchemeError for an unknown id."""
    there = groups(path)
    missing = [g for g in scheme.emerging_groups.value if g not in there]
    if missing:
        raise SchemeError(f"国别组文件里没有 {'、'.join(missing)}；现有：{'、'.join(there)}")
    return {g: there[g] for g in scheme.emerging_groups.value}


OTHER = "ZZ"
"""What an item that is no country counts as: a continent's other countries, 国别不详, international organisations."""


def iso(text: str) -> str | None:
    """ISO alpha-2 of a country as customs and offices write it, `OTHER` for a residual item, else None.

    Taken are Chinese names, ISO codes and the three digits of customs, and a name with its code before or behind it;
    where these two differ nobody can tell which is meant.

    >>> iso("美国(502)"), iso("USA"), iso("502"), iso("哈萨克斯坦"), iso("火星")
    ('US', 'US', 'US', 'KZ', None)
    >>> iso("310"), iso("[344]俄罗斯"), iso("亚洲其他国家(地区)"), iso("美国(133)")
    ('GR', 'RU', 'ZZ', None)
    """
    key = _key(text)
    names = _names()
    if key in names:
        return names[key]
    both = _CODE_BEHIND.fullmatch(key) or _CODE_BEFORE.fullmatch(key)
    if both:
        by_name, by_code = names.get(both["name"]), names.get(both["code"])
        return None if by_name and by_code and by_name != by_code else by_name or by_code
    return None


@cache
def short_names() -> dict[str, str]:
    """The usual Chinese name of each country by its ISO code: the office's own, else the library's translation."""
    out = {c.alpha_2: translated for c, translated in _translations()}
    return out | {e["iso"]: e["names"][0] for e in _own() if "part" not in e}


_CODE_BEHIND = re.compile(r"(?P<name>.+?)[\[(]?(?P<code>\d{3}|(?<=\()[A-Z]{2,3})[\])]?")
_CODE_BEFORE = re.compile(r"[\[(]?(?P<code>\d{3})[\])]?(?P<name>\D.*)")


def _key(text: str) -> str:
    """A name as it is compared: full-width folded, without spaces, dots and hyphens, in capitals."""
    return re.sub(r"[\s\-‐-―_.·:]", "", unicodedata.normalize("NFKC", text)).upper()


@cache
def _names() -> dict[str, str]:
    """ISO alpha-2 by everything that may be written. What the office writes wins over what a library translates."""
    import pycountry

    out = {"XK": "XK", "XKX": "XK"}
    out |= {_key(name): c.alpha_2 for c, name in _translations()}
    for c in pycountry.countries:
        english = (c.name, getattr(c, "common_name", ""), c.alpha_3, c.alpha_2)
        out.update({_key(n): c.alpha_2 for n in english if n})
    for entry in _own():
        out.update({_key(n): entry["iso"] for n in entry["names"]})
    out.update({digits: entry["iso"] for digits, entry in _data()["customs"].items()})
    return out


def _translations() -> Iterator[tuple[Any, str]]:
    """Countries with their Chinese names as the library has them: the official name first, the usual one last."""
    import gettext

    import pycountry

    zh = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["zh_CN"], fallback=True)
    for kind in ("official_name", "name", "common_name"):
        for c in pycountry.countries:
            name = getattr(c, kind, None)
            if name:
                yield c, zh.gettext(name)


def _own() -> Iterator[dict[str, Any]]:
    """Every entry of our own file: `iso`, Chinese `names`, `part` where it is only a part of what the code names."""
    yield from _data()["customs"].values()
    yield from _data()["others"].values()


@cache
def _data() -> dict[str, dict[str, Any]]:
    return tomllib.loads((ROOM / "countries.toml").read_text("utf-8"))
