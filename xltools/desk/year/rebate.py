"""`rebate` (退税): the list of indemnities that count as foreign exchange received, for firms and their tax offices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from xltools.catalogue.words import exact
from xltools.desk.errors import Refusal
from xltools.desk.rules.rebates import Rebate, rebates
from xltools.desk.rules.register import load_register
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.files import reason, unused
from xltools.scheme.rebates import FOREVER, RebateRules, Rule
from xltools.sheets.letters import rebatelist

FOLDER = "退税"
"""Where the list is put, below the workspace."""
MONEY, RATE = pa.decimal128(18, 2), pa.decimal128(18, 8)


@dataclass(frozen=True)
class Rebates:
    """Every payment with its rule, and the rules."""

    rows: list[Rebate]
    rules: RebateRules

    @property
    def open(self) -> list[Rebate]:
        """Those on which nothing is decided."""
        return [r for r in self.rows if r.rule is None]


def rebate(workspace: Workspace, *, today: date) -> Rebates:
    """Of the ledger as it stands. Raises Refusal."""
    rules = workspace.data("rebate_rules", RebateRules)
    with looking(workspace) as conn:
        return Rebates(rebates(conn, load_register(conn, workspace, today), rules), rules)


def write(workspace: Workspace, found: Rebates, *, today: date) -> Path:
    """Write the list into 退税/; returns its path. Raises Refusal."""
    folder = workspace.root / FOLDER
    path = folder / f"{workspace.scheme.title}_视同收汇清单_{today:%Y%m%d}.xlsx"
    try:
        folder.mkdir(exist_ok=True)
        path = unused(path)
        rebatelist.write(path, workspace.scheme.title, table(found.rows), said(found.rules))
    except OSError as e:
        raise Refusal(f"写不了 {path}（{reason(e)}）；文件是否正在 Excel 中打开？") from e
    return path


def table(rows: Sequence[Rebate]) -> pa.Table:
    """视同收汇清单: money decimal128(18,2), one row a payment; reason and evidence codes blank for the firm."""
    n = len(rows)
    return pa.table(
        {
            "序号": pa.array(range(1, n + 1), pa.int64()),
            "企业名称": [r.name for r in rows],
            "统一社会信用代码": [r.claim["firm"] for r in rows],
            **{h: _text([r.claim[f] for r in rows]) for h, f in _OF_CLAIM.items()},
            "出口日期": pa.array([r.claim["shipped"] for r in rows], pa.date32()),
            "成交币种": _text([r.claim["currency"] for r in rows]),
            "成交金额(美元)": _money([r.claim["invoice_cents"] for r in rows]),
            "核定损失(美元)": _money([r.decision.get("loss_cents") for r in rows]),
            "赔款金额(美元)": _money([r.payment["cents"] for r in rows]),
            "赔款支付日": pa.array([r.payment["day"] for r in rows], pa.date32()),
            "折算汇率": pa.array([None if (x := r.payment["fx"]) is None else Decimal(x) for r in rows], RATE),
            "折人民币(元)": _money([r.payment["fen"] for r in rows]),
            "收款人": _text([r.payment["payee"] for r in rows]),
            "合同最终收汇日": pa.array([r.claim["due"] for r in rows], pa.date32()),
            "收汇截止日": pa.array([r.by for r in rows], pa.date32()),
            "保单号": [r.claim["policy_no"] for r in rows],
            "赔付决定书号": _text([r.decision.get("document") for r in rows]),
            "举证材料": [r.evidence for r in rows],
            "视同收汇原因代码": pa.nulls(n, pa.string()),
            "举证材料种类代码": pa.nulls(n, pa.string()),
            "结论": [r.conclusion for r in rows],
            "适用规定": [r.rule.called if r.rule else "" for r in rows],
            "单证留存": [r.kept for r in rows],
        }
    )


_OF_CLAIM = {
    "出口报关单号": "declaration",
    "出口发票号": "invoice",
    "出口合同号": "contract",
    "买方": "buyer",
    "国别": "country",
}


def said(rules: RebateRules) -> list[tuple[str, str]]:
    """Every rule as a heading and a text; what nobody has found is said as well."""
    return [
        *((r.title, _rule(r)) for r in rules.rule),
        ("没有规定的时期", rules.silent), ("没有赔的部分", rules.uncovered), ("原因和材料代码", rules.reasons),
    ]  # fmt: skip


def _rule(r: Rule) -> str:
    words = {"due": "收汇期限", "months": "最长期限", "keep": "单证留存年数"}
    since = f"{r.start} 起收到的赔款" + ("" if r.end == FOREVER else f"，到 {r.end} 止")
    exported = f"{r.exported_from} 起报关出口" if r.exported_to == FOREVER else f"{r.exported_to} 以前报关出口"
    shown = {
        "due": f"{r.due.unit} {r.due.value}" if r.due else "",
        **{n: f"{f.value} {f.unit}" for n in ("months", "keep") if (f := getattr(r, n))},
    }
    figures = [f"{words[n]}：{shown[n]}（{f.clause}）" for n in words if (f := getattr(r, n))]
    unknown = [f"{words[n]}未查到" for n in r.unknown]
    return "；".join(filter(None, [f"{r.clause}：{r.says}", f"适用：{since}，{exported}", *figures, *unknown, r.note]))


def _text(values: Sequence[str | None]) -> pa.Array:
    return pa.array(values, pa.string())


def _money(values: Sequence[int | None]) -> pa.Array:
    return pa.array([None if v is None else exact(v) for v in values], MONEY)
