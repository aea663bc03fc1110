"""`customs`, `inforce`, `lists`, `fx`, `fund` (市局资料)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from xltools.catalogue.words import figure
from xltools.desk.errors import Refusal
from xltools.desk.told import PROBLEMS, Told
from xltools.desk.verb import Ask, Option, Verb

if TYPE_CHECKING:
    from xltools.desk.workspace import Workspace

FILE = Option("file", kind="file", required=True, metavar="文件")
OPTIONAL = Option("file", kind="file", metavar="[文件]")
OPINIONS = (
    Option("waiting", "列出等市局意见的变更", ("--waiting",), "yes"),
    Option("accept", "接受这家企业等着的变更：名称、代码或受理编号，可写几次；全部 是每一家", ("--accept",), metavar="企业", many=True),
    Option("refuse", "不接受，同上", ("--refuse",), metavar="企业", many=True),
    Option("only", "只这一类或这一项，如 换方案、手机，可写几次", ("--only",), metavar="类型", many=True),
    Option("by", "审核人（与 --accept、--refuse 同用）", ("--by",), metavar="姓名"),
)  # fmt: skip
"""Of `change`."""
FIRST = 60
"""Their place in the year: behind `collect`."""
YEAR = 450
"""The place of those of the year in force: new numbers come behind the old ones, which offices know."""
BEFORE = ("template", "enrol", "review", "submit")
"""The phases up to the first batch."""
CUSTOMS = Verb(
    "customs", "海关数据", "", 0, changes=True, options=(FILE,), button="海关数据",
    presses="读入“资料”文件夹里文件名以“海关”开头的海关统计，和以“在保名单”开头的在保名单",
    phases=("enrol", "review", "submit", "year"), phase="review", looks=("企业名册",),
    next=("在平台工作簿的“企业名册”里填审核意见，保存并关闭，再{assess}",),
    idle=("把海关统计放进“资料”文件夹（文件名以“海关”开头），再{customs}",),
)  # fmt: skip
"""What its declaration does not say."""


def made() -> Iterator[Verb]:
    """The verbs that load a table of the bureau's own, from the tables' declarations."""
    from xltools.catalogue.declared import declarations
    from xltools.catalogue.phases import all_phases

    year = [p.key for p in all_phases()]
    apart = {m.name for m in iter_modules(import_module(__package__).__path__)}  # more than loading a table
    order = sorted(declarations().items(), key=lambda d: (year.index(d[1]["phase"]), d[0]))

    own: dict[str, Verb] = {
        "customs": replace(CUSTOMS, journal=_customs_said),
        "issued": Verb(
            "issued",
            "",
            "",
            220,
            changes=True,
            journal=_issued_said,
            looks=("承保核对",),
            next=("看平台工作簿的“承保核对”；有差异的在“承保结果”写差异说明，再{sync}",),
            idle=("把保险人的回执放进“资料”文件夹（文件名以“承保结果”开头），再{issued}",),
        ),
        "payments": Verb(
            "payments",
            "",
            "",
            222,
            changes=True,
            journal=_paid_said,
            next=("{settle}，看结余或缺口",),
            idle=(
                "在平台工作簿的“付款”里登记，再{sync}；或把文件放进“资料”文件夹（文件名以“付款”开头），再{payments}",
            ),
        ),
        "change": Verb(
            "change",
            "",
            "",
            226,
            changes=True,
            options=OPINIONS,
            run=_change,
            journal=_change_said,
            next=("接受了的变更，{submit}，另给保险人发变更批次",),
            idle=("在平台工作簿的“变更”里登记，再{sync}；或把文件放进“资料”文件夹（文件名以“变更”开头），再{change}",),
        ),
        "upgrade": Verb(
            "upgrade",
            "",
            "",
            228,
            changes=True,
            next=("看平台工作簿的“升级保障”和“买方限额”",),
            idle=(
                "在平台工作簿的“升级保障”里登记，再{sync}；或把文件放进“资料”文件夹（文件名以“升级保障”开头），再{upgrade}",
            ),
        ),
        "claims": Verb(
            "claims",
            "",
            "",
            230,
            changes=True,
            next=("{clocks}，看哪些快到期；付了赔款的，{rebate}",),
            idle=("把保险人的月报放进“资料”文件夹（文件名以“理赔案件”“理赔决定”“赔款支付”“追回”开头），再{claims}",),
        ),
        "services": Verb(
            "services",
            "",
            "",
            244,
            changes=True,
            looks=("服务进度",),
            next=("看平台工作簿的“服务进度”；还欠的也在{clocks}里",),
            idle=("把保险人的服务记录放进“资料”文件夹（文件名以“服务”“预警告知”开头），再{services}",),
        ),
        "fund": Verb("fund", "", "", 0, changes=True, options=(OPTIONAL,), run=_fund, journal=_fund_said),
    }
    for place, (name, of) in enumerate(order):
        if name in apart:
            continue
        verb = own.get(name) or Verb(name, "", "", 0, changes=True, options=(FILE,), run=partial(_load, name))
        if of.get("button"):
            verb = _with_button(verb, of)
        yield replace(
            verb,
            title=of.get("journal", name),
            does=of.get("does", name),
            year=verb.year or (FIRST if of["phase"] in BEFORE else YEAR) + place,
            about=_about(of),
        )


def _with_button(verb: Verb, of: dict[str, Any]) -> Verb:
    """The verb of a table whose files are read from 资料/ by its button."""
    presses = f"读入“资料”文件夹里文件名以“{of['file']}”开头的{of['title']}"
    return replace(
        verb, options=(OPTIONAL, *(o for o in verb.options if o.name != FILE.name)), button=of["button"], presses=verb.presses or presses,
        phases=verb.phases or (of["phase"],), phase=verb.phase or of["phase"],
        looks=verb.looks or ((of["sheet"],) if of.get("sheet") else ()),
        run=partial(_named_or_new, verb.name) if isinstance(verb.run, partial) or verb.run is None else verb.run,
    )  # fmt: skip


def _about(of: dict[str, Any]) -> str:
    columns = " · ".join(c["heading"] for c in of.get("column", ()) if not c.get("computed"))
    said = f"{of.get('title', '')}：{columns}。"
    return f"{said}\n\n{of['about']}。" if of.get("about") else said


def _load(name: str, workspace: Workspace, ask: Ask) -> Told:
    """Load one table. Raises Refusal."""
    from xltools.desk.bureau.load import load_table

    found = load_table(workspace, name, ask["file"], now=ask.now, today=ask.today, dry_run=ask.dry_run)
    told = Told(data={"rows": found.rows, "lines": found.lines, **found.detail}, code=PROBLEMS if found.left else 0)
    told.say(
        f"{ask['file'].name}：{found.rows:,} 行" + ("（试做，没有记入）" if ask.dry_run else ""),
        *(f"  {line}" for line in found.lines),
    )
    told.left_out(found.left)
    return told


def loaded(name: str, workspace: Workspace, ask: Ask, *, only: bool = False) -> Told:
    """For a verb that does more with the table: the file named, or what is new in 资料/ (with `only` of this table
    alone); nothing in 资料/ is nothing to speak of. Raises Refusal."""
    return _named_or_new(name, workspace, ask, quietly=True, only=only)


def _named_or_new(name: str, workspace: Workspace, ask: Ask, *, quietly: bool = False, only: bool = False) -> Told:
    """The file named, or everything new in 资料/ that the button reads. Raises Refusal."""
    if ask["file"] is not None:
        return _load(name, workspace, ask)
    if quietly and ask.dry_run:
        return Told()
    from xltools.catalogue.bureau_tables import bureau_tables
    from xltools.desk.bureau.materials import by_button, materials
    from xltools.desk.workspace import MATERIALS

    names = [name] if only else by_button(name)
    found = materials(workspace, names, now=ask.now, today=ask.today, progress=ask.progress)
    told = Told(idle=not found.there)
    for path, loaded in found.files.items():
        if isinstance(loaded, Refusal):
            told.stopped(loaded, str(loaded))
        else:
            told.say(f"{path.name}：{loaded.rows:,} 行", *(f"  {line}" for line in loaded.lines))
            told.left_out(loaded.left)
            told.code = max(told.code, PROBLEMS if loaded.left else 0)
    refused = sum(isinstance(x, Refusal) for x in found.files.values())
    if quietly and not found.files:
        return told
    if not found.there:
        first, *rest = [bureau_tables()[n] for n in by_button(name)]
        more = "".join(f"；{of.title}以“{of.file}”开头" for of in rest)
        hint = f"请把{first.title}放进去，文件名以“{first.file}”开头{more}"
        outcome = f"“{MATERIALS}”文件夹里没有文件：{hint}"
    elif not found.files:
        outcome = f"“{MATERIALS}”文件夹里的 {found.there} 个文件以前都读过，没有变化"
    else:
        more = f"，{refused} 个没有读入" if refused else ""
        outcome = f"读入 {len(found.files) - refused} 个文件{more}"
    told.say(outcome, shown="screen")
    told.sum_up(outcome)
    return told


def _fund(workspace: Workspace, ask: Ask) -> Told:
    """Enter the movements of a file, or show the account. Raises Refusal."""
    from xltools.desk.bureau.own import fund_account
    from xltools.desk.rules.fxrisk import risks_now
    from xltools.desk.rules.fxrisk import told as rates

    if ask["file"] is not None:
        return _load("fund", workspace, ask)
    entries, money = fund_account(workspace, today=ask.today)
    risks = risks_now(workspace, today=ask.today)
    told = Told(data={"entries": entries, "pools": money, "fx": risks})
    told.table("资金台账", [_shown(e) for e in entries])
    told.table(f"{ask.today} 盘子", [{"保险人": n, "金额(元)": figure(f)} for n, f in money.items()])
    told.say(*(f"{x.insurer}：{rates(x)}" for x in risks))
    return told


def _shown(e: dict[str, Any]) -> dict[str, str]:
    return {
        "日期": str(e["day"]), "类型": e["kind"], "转出": e["source"] or "", "转入": e["target"] or "",
        "金额(元)": figure(e["fen"]), "文号": e["document"] or "", "审批人": e["approver"] or "", "备注": e["remark"] or "",
    }  # fmt: skip


def _change(workspace: Workspace, ask: Ask) -> Told:
    """Load changes, list those that wait for an opinion, or give it. Raises Refusal."""
    from xltools.desk.bureau import waiting

    asked = {"接受": ask["accept"], "不接受": ask["refuse"]}
    if sum((ask["file"] is not None, ask["waiting"], *map(bool, asked.values()))) > 1:
        raise Refusal("文件、--waiting、--accept、--refuse 一次用一个")
    if not ask.dry_run:
        waiting.bring_in(workspace, now=ask.now, today=ask.today)
    if ask["waiting"]:
        there = waiting.listed(workspace, today=ask.today)
        told = Told(data={"waiting": [w.shown for w in there]}, idle=not there)
        told.table("等市局意见的变更", [w.shown for w in there])
        told.say(f"等市局意见的变更 {len(there)} 条" if there else "没有等市局意见的变更")
        return told
    for opinion, whom in asked.items():
        if whom:
            if not ask["by"]:
                raise Refusal("请写明审核人：--by 姓名")
            found = waiting.decide(
                workspace, opinion, whom, ask["by"], what=ask["only"], now=ask.now, today=ask.today, dry_run=ask.dry_run
            )
            told = Told(data={"rows": found.rows, "lines": found.lines, **found.detail})
            told.say(*found.lines, *(["（试做，没有记入）"] if ask.dry_run else []))
            return told
    return _named_or_new("change", workspace, ask)


def _change_said(d: dict[str, Any], scheme: Any) -> str:
    """Who accepted or refused what; what else was entered."""
    said: dict[str, list[str]] = {}
    for key, fields in d["changed"].items():
        who = (fields.get("decided_by") or ["", ""])[1]
        opinion = (fields.get("opinion") or ["", ""])[1]
        said.setdefault(f"{opinion}（{who}）" if opinion else "登记", []).append(key)
    said |= {"各区要改的": d["wishes"]} if d.get("wishes") else {}
    told = "；".join(f"{what} {'、'.join(keys)}" for what, keys in said.items()) or "没有变化"
    return told + _refunds_said(d)


def _refunds_said(d: dict[str, Any]) -> str:
    """The refunds that came into the fund with it."""
    if not d.get("refunds"):
        return ""
    net = sum(m["fen"] * (1 if m["target"] else -1) for m in d["refunds"])
    return f"；资金账记入退回 {len(d['refunds'])} 笔，净额 {figure(net)} 元"


def _customs_said(d: dict[str, Any], scheme: Any) -> str:
    years = "、".join(f"{y} 年 {Decimal(c).scaleb(-2):,.2f} 美元" for y, c in d["cents"].items())
    return f"{d['rows']:,} 行；{years}"


def _issued_said(d: dict[str, Any], scheme: Any) -> str:
    corrected = f"，更正 {len(d['changed'])} 家" if d["changed"] else ""
    return (
        f"{d['rows']:,} 行：承保 {d['issued']:,} 家，拒保 {d['declined']:,} 家，已解除 {d['released']:,} 家{corrected}"
    ) + _refunds_said(d)


def _paid_said(d: dict[str, Any], scheme: Any) -> str:
    way = "退回自" if d["kind"] == "退回" else "付给"
    return f"{d['day']} {d['kind']} {way}{d['insurer']} {figure(d['fen'])} 元，凭证 {d['voucher']}"


def _fund_said(d: dict[str, Any], scheme: Any) -> str:
    way = " → ".join((d["source"] or "（财政）", d["target"] or "（财政）"))
    return f"{d['day']} {way} {figure(d['fen'])} 元，文号 {d['document'] or '（无）'}"
