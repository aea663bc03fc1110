"""How marks look (标注的样子): a red or amber fill that remembers the cell's own, and what takes it back."""

from __future__ import annotations

import re

from xltools.sheets.ooxml.styles import Styles, derived, piece
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes

ERROR, WARNING = "FFFF9F9F", "FFFFE08A"
"""Fills of bad cells, ARGB. Apart from Excel's own palette, so that the next round knows them as ours."""
_REMEMBERED = "01"  # alpha of a background colour in which a fill of ours keeps the cell's own colour
_COLOUR = re.compile(rb"<(?:[\w.-]+:)?(fgColor|bgColor)(?=[\s/>])%s>" % INSIDE)
_SOLID = re.compile(rb"patternType\s*=\s*[\"']solid[\"']")


def solid(rgb: str, background: str = 'indexed="64"') -> bytes:
    """A fill of one colour."""
    pattern = f'<patternFill patternType="solid"><fgColor rgb="{rgb}"/><bgColor {background}/></patternFill>'
    return f"<fill>{pattern}</fill>".encode()


NO_FILL = b'<fill><patternFill patternType="none"/></fill>'


def painted(styles: Styles, style: int, error: bool) -> int:
    """The style of a bad cell: all of it as it was, but for the fill."""
    return derived(styles, style, fill=solid(ERROR if error else WARNING, _kept(piece(styles, style, "fills"))))


def unpainted(styles: Styles, style: int) -> int:
    """A style of ours as it was before."""
    given = _colours(piece(styles, style, "fills")).get("bgColor", {})
    if given.get("rgb", "").startswith(_REMEMBERED):
        return derived(styles, style, fill=solid("FF" + given["rgb"][2:]))
    if "theme" in given or given.get("indexed", "64") != "64":
        own = " ".join(f'{k}="{v}"' for k, v in given.items())
        pattern = f'<patternFill patternType="solid"><fgColor {own}/><bgColor indexed="64"/></patternFill>'
        return derived(styles, style, fill=f"<fill>{pattern}</fill>".encode())
    return derived(styles, style, fill=NO_FILL)


def ours(styles: Styles) -> set[int]:
    """The cell styles with a fill of ours."""
    fills = {i for i, fill in enumerate(styles.lists["fills"]) if _is_ours(fill)}
    if not fills:
        return set()
    found = (re.search(rb"\sfillId\s*=\s*[\"'](\d+)[\"']", xf) for xf in styles.lists["cellXfs"])
    return {i for i, fill in enumerate(found) if fill and int(fill[1]) in fills}


def _is_ours(fill: bytes) -> bool:
    return bool(_SOLID.search(fill)) and _colours(fill).get("fgColor", {}).get("rgb", "").upper() in (ERROR, WARNING)


def _kept(fill: bytes) -> str:
    """The background of our fill: the colour of the cell's own, if it has one."""
    given = _colours(fill).get("fgColor", {}) if _SOLID.search(fill) else {}
    if "rgb" in given:
        return f'rgb="{_REMEMBERED}{given["rgb"][-6:]}"'
    if "theme" in given or "indexed" in given:
        return " ".join(f'{k}="{v}"' for k, v in given.items() if k in ("theme", "tint", "indexed"))
    return 'indexed="64"'


def _colours(fill: bytes) -> dict[str, dict[str, str]]:
    return {m[1].decode(): attributes(m[0]) for m in _COLOUR.finditer(fill)}
