"""How an insurer lays out its sheet (报送表版式): the workspace's own file, else the one that comes with xltools."""

from __future__ import annotations

from xltools.desk.errors import Refusal
from xltools.desk.workspace import Workspace
from xltools.scheme.model import Insurer
from xltools.sheets.insurer.layout import Layout, LayoutError, load


def layout_of(workspace: Workspace, insurer: Insurer) -> Layout:
    """The insurer's layout: a file of that name in the workspace, else the one that comes with xltools. Raises Refusal."""
    own = workspace.root / f"{insurer.layout}.toml"
    try:
        return load(insurer.layout, own if own.is_file() else None)
    except LayoutError as e:
        raise Refusal(str(e)) from e
