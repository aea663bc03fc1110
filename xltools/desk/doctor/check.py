"""One check of a self-check (自检): what was looked at, how it is, and what to do, in words for a clerk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

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


def refused(name: str, sentence: str, *, result: str = BAD) -> Check:
    """A check from a sentence that ends in what to do: `…。请…`."""
    at = sentence.find("请")
    cut = max((sentence.rfind(mark, 0, at) for mark in "。；，"), default=-1) if at > 0 else -1
    if cut < 0:
        return Check(name, result, sentence, "请按左边说明处理，处理不了就把本页交给信息部门")
    return Check(name, result, sentence[:cut], sentence[cut + 1 :])


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
