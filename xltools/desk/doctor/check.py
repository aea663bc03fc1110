"""One check of a self-check (自检): what was looked at, how it is, and what to do, in words for a clerk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from xltools.desk.errors import Refusal

OK, NOTE, BAD = "✔", "ⓘ", "✘"


@dataclass(frozen=True)
class Check:
    """检查 · 结果 (✔ fine, ⓘ worth knowing, ✘ must be mended) · 说明 · 怎么办 ("" where nothing is to be done).

    `who` names a person; it is for the screen only and never stands on the page that is handed on.
    """

    name: str
    result: str
    text: str
    todo: str = ""
    who: str = ""


def refused(name: str, error: Refusal, *, result: str = BAD) -> Check:
    """A check from what was refused."""
    return Check(name, result, error.text, error.todo or "请按左边说明处理，处理不了就把本页交给信息部门")


def guarded(name: str, probe: Callable[[], Iterable[Check]]) -> list[Check]:
    """What a probe found; a probe that fails is itself a finding."""
    found: list[Check] = []
    try:
        found += probe()
    except ImportError as e:
        found.append(Check(name, BAD, f"查不了：软件没有装全（{e.name or e}）", "先按“软件包”一项装好，再自检"))
    except Exception as e:
        found.append(Check(name, BAD, f"查不了：检查时出错（{type(e).__name__}）", "请把本页交给维护人员"))
    return found
