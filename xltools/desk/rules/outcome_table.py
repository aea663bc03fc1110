"""Outcomes as the table that `quote` and `assess` write: one row per input row, in input order."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xltools.catalogue.reasons import codes, reasons_by_code
from xltools.desk.errors import Refusal
from xltools.desk.workspace import BACKUP, CONFIG, INBOX, RETURNED, SUBMITTED
from xltools.engine import money
from xltools.engine.applications import Applications
from xltools.engine.assess import ELIGIBLE, STATUSES, Outcomes
from xltools.roster.problems import Findings, Mask
from xltools.scheme import Scheme
from xltools.sheets.write.outfile import OutputError, write_outcomes

Ints = npt.NDArray[np.int64]
MONEY = pa.decimal128(18, 2)
RATE = pa.decimal128(18, 8)

FUNDED = ("候补", "已安排", "待改派", "已解除")
"""资金安排 of an eligible row: waiting or arranged in the queue; kept out of it (`engine.applications.HELD`)."""

KEPT = (INBOX, RETURNED, SUBMITTED, BACKUP)
"""Folders of a workspace in which only its own operations write."""


def outcome_table(
    scheme: Scheme,
    a: Applications,
    out: Outcomes,
    findings: Findings,
    *,
    serial: pa.StringArray,
    name: pa.StringArray,
    uscc: pa.StringArray,
    fx: Sequence[Decimal],
    estimated: Sequence[str],
) -> pa.Table:
    """The contract's columns. Money decimal128(18,2), rates decimal128(18,8), numbers int64, the rest text.

    Everything from 方案 to 资金安排 is null where a row is not 符合条件. `estimated` says what is an estimate (预估).
    """
    ok = out.status == ELIGIBLE
    limited = np.array([bool(p.limit or p.limit_multiple) for p in scheme.plans])
    plan = np.where(ok, out.plan, -1)
    off = [Decimal(0), *(r.off.value for r in scheme.reductions)]
    rates = [money.terms(p, o).rate for p in scheme.plans for o in off]
    code_text, sentence = explanations(scheme, out, findings, ok, estimated)
    return pa.table(
        {
            "序号": serial,
            "企业名称": name,
            "统一社会信用代码": uscc,
            "资格": pick(STATUSES, out.status),
            "方案": pick([p.id for p in scheme.plans], plan),
            "优先": pick(["否", "是"], np.where(ok, out.priority.astype(np.int64), -1)),
            "最高赔偿限额(美元)": decimals(out.limit_cents, ok & limited[out.plan]),  # no limit is no limit of 0
            "费率": _rates(rates, np.where(ok, out.plan * len(off) + a.reduction + 1, -1)),
            "应缴保费(美元)": decimals(out.premium_cents, ok),
            "汇率": _rates(fx, np.where(ok, a.insurer, -1)),
            "应缴保费(元)": decimals(out.gross_fen, ok),
            "财政扶持(元)": decimals(out.fiscal_fen, ok),
            "企业承担(元)": decimals(out.enterprise_fen, ok),
            "保险人": pick([i.name for i in scheme.insurers], np.where(ok, a.insurer, -1)),
            "排队号": pa.array(out.number, mask=~out.queued),
            "池内序号": pa.array(out.pool_number, mask=~out.queued),
            "资金安排": pick(FUNDED, np.where(ok, funded(a, out), -1)),
            "说明代码": code_text,
            "说明": sentence,
        }
    )


def funded(a: Applications, out: Outcomes) -> Ints:
    """Index of FUNDED by row; means something where it is eligible."""
    return np.where(a.held > 0, a.held + 1, out.arranged.astype(np.int64))


def explanations(
    scheme: Scheme, out: Outcomes, findings: Findings, ok: Mask, estimated: Sequence[str]
) -> tuple[pa.DictionaryArray, pa.DictionaryArray]:
    """说明代码 and 说明: every problem of the row, then every reason of the deciding step."""
    told = pa.array(out.reasons * 2 + ok).dictionary_encode()
    unique, index = told.dictionary.to_numpy(), told.indices.to_numpy().copy()
    words = {
        c: r.sentence.format(gap_hint=f"，{scheme.gap_hint}" if scheme.gap_hint else "")
        for c, r in reasons_by_code().items()
    }
    code_texts: list[str] = []
    sentences: list[str] = []
    for key in unique.tolist():
        found = codes(key >> 1)
        said = [f"{words[c]}（{reasons_by_code()[c].clause}）" for c in found]
        if key & 1 and estimated:
            said.append("预估：" + "，".join(estimated))
        code_texts.append(";".join(found))
        sentences.append("；".join(said))
    problems = findings.by_row()
    if not problems:
        return _coded(code_texts, index), _coded(sentences, index)
    rows = [*problems]
    decided = index[rows].tolist()
    index[rows] = np.arange(len(unique), len(unique) + len(rows))
    for (its_codes, its_messages), i in zip(problems.values(), decided, strict=True):
        code_texts.append(f"{its_codes};{code_texts[i]}" if code_texts[i] else its_codes)
        sentences.append(f"{its_messages}；{sentences[i]}" if sentences[i] else its_messages)
    return _coded(code_texts, index), _coded(sentences, index)


def pick(names: Sequence[str], index: Ints) -> pa.DictionaryArray:
    """Text by index, null where the index is negative."""
    return pa.DictionaryArray.from_arrays(
        pa.array(index.astype(np.int32), mask=index < 0), pa.array(list(names), pa.string())
    )


def _coded(texts: list[str], index: Ints) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), pa.array(texts, pa.string()))


def _rates(values: Sequence[Decimal], index: Ints) -> pa.Array:
    return pa.array([v.quantize(Decimal("1e-8")) for v in values], RATE).take(pa.array(index, mask=index < 0))


def decimals(cents: Ints, known: Mask) -> pa.Array:
    """int64 hundredths as decimal128(18,2), null where not known; no copy through Python."""
    wide = np.empty((len(cents), 2), dtype=np.int64)
    wide[:, 0] = cents
    wide[:, 1] = cents >> 63  # the sign: 0 or -1
    valid = pa.array(known).buffers()[1]
    return pa.Array.from_buffers(MONEY, len(cents), [valid, pa.py_buffer(wide)])


def write_result(out: Path, table: pa.Table, *, rate_text: str | None = None) -> str:
    """Write the table; returns a sentence about a file that stood there before, or "". Raises Refusal."""
    place = out.absolute().parent
    for folder in (place, *place.parents):
        if folder.name in KEPT and (folder.parent / CONFIG).is_file():
            raise Refusal(f"{out}：{folder.name}/ 里只放{folder.name}的文件，结果请写到别的文件夹")
    try:
        aside = write_outcomes(out, table, rate_text=rate_text)
    except OutputError as e:
        raise Refusal(str(e)) from e
    return f"原来的 {out.name} 没有覆盖，已改名为 {aside.name}" if aside else ""
