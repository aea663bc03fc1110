"""`quote` (试算)."""

from __future__ import annotations

from xltools.catalogue.words import figure
from xltools.desk.told import PROBLEMS, Told, problems_data
from xltools.desk.verb import Ask, Option, Verb

VERB = Verb(
    "quote",
    "试算",
    "试算：测算一份表，不用工作区",
    160,
    about="""试算一份表：资格、方案、保费、排队。

    不用工作区，不留痕迹。文件是区里的填报表，或任何带这些列名的 .xlsx / .csv。""",
    where="",
    changes=True,
    options=(
        Option("file", kind="file", required=True, metavar="文件"),
        Option("scheme", "方案编号，如 nantong-2019，或一个 .toml 文件", ("--scheme",), required=True, metavar="方案"),
        Option("fx", "人民币元/美元，用于所有保险人（默认预算汇率）", ("--fx",), "rate", "汇率"),
        Option("customs", "海关数据", ("--customs",), "file", "文件"),
        Option("assume_approved", "待审核的视同已同意", ("--assume-approved",), "yes"),
        Option("out", "结果文件 .xlsx / .csv / .parquet", ("-o", "--out"), "file", "文件"),
    ),
)


def run(workspace: None, ask: Ask) -> Told:
    """Assess a file by itself. Raises Refusal."""
    from xltools.desk.rules.quote import quote
    from xltools.engine.assess import ELIGIBLE
    from xltools.scheme import load

    file, out = ask["file"], None if ask.dry_run else ask["out"]
    found = quote(
        file, load(ask["scheme"], ask.today), today=ask.today, fx=ask["fx"], customs=ask["customs"],
        assume_approved=ask["assume_approved"], out=out, progress=ask.progress,
    )  # fmt: skip
    placed = found.roster.placed()
    ok, arranged = found.outcomes.status == ELIGIBLE, found.outcomes.arranged
    yes, waits = int(arranged.sum()), int((ok & ~arranged).sum())
    money = {
        "财政扶持(元)": figure(int(found.outcomes.fiscal_fen[ok & arranged].sum())),
        "企业承担(元)": figure(int(found.outcomes.enterprise_fen[ok & arranged].sum())),
    }
    cleaned = sum(len(r) for r in found.roster.cleaned.values())
    told = Told(code=PROBLEMS if found.has_errors else 0, files=[out] if out else [])
    told.data = {
        "rows": len(found.roster), "counts": found.counts(), "arranged": yes, "waiting": waits, "cleaned": cleaned,
        **money, "problems": problems_data(placed), "out": str(out) if out else None,
    }  # fmt: skip
    told.placed(placed)
    told.left_out(found.left)
    told.table(f"{file.name}：{len(found.roster)} 家", [{"资格": k, "家数": n} for k, n in found.counts().items() if n])
    told.say(
        f"已安排 {yes} 家，候补 {waits} 家；财政扶持 {money['财政扶持(元)']} 元，企业承担 {money['企业承担(元)']} 元",
        *found.notes,
    )
    if cleaned:
        told.say(f"读取时整理了 {cleaned} 个单元格（空格、全角、分隔符等），原文件未改动")
    if out:
        told.say(f"结果：{out}")
    return told
