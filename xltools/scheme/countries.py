"""Countries (国别) as people write them, and the scheme's country groups (国别组)."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path

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


def iso(text: str) -> str | None:
    """ISO alpha-2 of a country written as Chinese short name, ISO code or customs code, else None.

    >>> iso("美国(502)"), iso("USA"), iso("502"), iso("哈萨克斯坦"), iso("火星")
    ('US', 'US', 'US', 'KZ', None)
    """
    text = unicodedata.normalize("NFKC", text).strip().upper()
    names = _names()
    if text in names:
        return names[text]
    both = re.fullmatch(r"(.+?)\s*\(\s*(\d{3}|[A-Z]{2,3})\s*\)", text)
    if both:
        by_name, by_code = names.get(both[1]), names.get(both[2])
        if by_name and by_code and by_name != by_code:
            return None
        return by_name or by_code
    return None


@cache
def _names() -> dict[str, str]:
    import gettext

    import pycountry

    zh = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["zh_CN"], fallback=True)
    out = {"XK": "XK", "XKX": "XK"}
    for c in pycountry.countries:
        for name in (c.alpha_2, c.alpha_3, c.name, getattr(c, "common_name", None), zh.gettext(c.name)):
            if name:
                out[unicodedata.normalize("NFKC", name).upper()] = c.alpha_2
    own = tomllib.loads((ROOM / "countries.toml").read_text("utf-8"))
    for table in (own["customs"], own["names"]):
        out.update({unicodedata.normalize("NFKC", k).upper(): v for k, v in table.items()})
    return out
