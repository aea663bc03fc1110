"""From when a firm is covered (四（一）): insurer sheet, `explain` and 参数 say the same; what was sent stays proved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from workspaces import Bureau, at, bureau_in, firm, own_scheme

from xltools.desk.book import workbook as book

NANTONG = 'late_start = { value = "scheme_start", unit = "规则", clause = "四（一）"'
FIRST, LATER = "2019-09-01 至 2020-08-31", "出单日（不早于 2019-09-01） 至 2020-08-31"
RULES: dict[str, tuple[str, list[str], str]] = {
    "scheme_start": ("", [FIRST, FIRST], "一律自平台生效日起"),
    "issue_date": ("", [LATER, LATER], "平台生效日与出单日中较晚者"),
    "collected_by": (
        'collected_by = { value = 2019-09-05, unit = "日", clause = "四（一）" }\n', [FIRST, LATER],
        "截止日前材料齐全的自平台生效日起，以后的自出单日起",
    ),
}  # fmt: skip


def changed(rule: str) -> tuple[str, str]:
    return NANTONG, RULES[rule][0] + NANTONG.replace("scheme_start", rule)


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str], Bureau]:
    """A workspace under that reading, with one firm complete on 5 September and one a day later, both agreed."""

    def make(rule: str) -> Bureau:
        bureau = bureau_in(tmp_path, own_scheme(tmp_path, *([changed(rule)] if rule != "scheme_start" else [])))
        bureau.drop([firm(1), firm(2, received=at(24 * 60))])
        bureau.collect()
        bureau.agree(1, 2)
        return bureau

    return make


def period(bureau: Bureau) -> list[Any]:
    """保险起止日 on the insurer's sheet."""
    (path,) = (bureau.root / "报送").iterdir()
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    top = next(i for i, row in enumerate(rows) if "保险起止日" in row)
    return [row[rows[top].index("保险起止日")] for row in rows[top + 1 :] if row[0] not in ("", "合计")]


@pytest.mark.parametrize("rule", RULES)
def test_sheet_story_and_parameters_say_the_same(made: Callable[[str], Bureau], rule: str) -> None:
    bureau, (_, said, words) = made(rule), RULES[rule]
    for number in (1, 2):
        assert f"保险起止日 {said[number - 1]}（四（一））" in bureau.cli("explain", f"NT2019-{number:04d}").out
    shown = book.contents(bureau.workspace, now=bureau.now, today=bureau.today).tables["参数表"].to_pylist()
    assert next(r["值"] for r in shown if r["参数"] == "中途参加的起保日") == words
    assert [r["值"] for r in shown if r["参数"] == "自平台生效日起保的收件截止日"] == (
        ["2019-09-05"] if rule == "collected_by" else []
    )
    bureau.submit()
    assert period(bureau) == said
    for number in (1, 2):
        assert (
            f"保险起止日 {said[number - 1]}（四（一）），按报送时" in bureau.cli("explain", f"NT2019-{number:04d}").out
        )


@pytest.mark.parametrize("before", RULES)
@pytest.mark.parametrize("after", RULES)
def test_batches_sent_under_one_reading_verify_under_another(
    made: Callable[[str], Bureau], tmp_path: Path, before: str, after: str
) -> None:
    bureau = made(before)
    bureau.submit()
    kept = bureau.root / "本地方案.toml"
    text = kept.read_text("utf-8").replace(changed(before)[1], NANTONG)
    kept.write_text(text.replace(*changed(after)), "utf-8")
    again = Bureau(bureau.root)
    assert again.workspace.scheme.late_start.value == after
    assert again.verify().wrong == []
    assert period(again) == RULES[before][1]
