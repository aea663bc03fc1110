"""`submit` (报送)."""

from __future__ import annotations

import click

from xltools.cli.common import Context, verb, yuan


@verb("submit", dry_run=True)
@click.option("--insurer", default="", metavar="保险人", help="只报一家（默认全部）")
@click.option("--accept-fx", is_flag=True, help="接受汇率风险：按最新的已知汇率资金会不够，仍然报送（记入日志）")
def submit(c: Context, insurer: str, dry_run: bool, accept_fx: bool) -> None:
    """报送：已安排、还没有报送的企业，每家保险人一批，放在 报送/。

    报送过的行冻结，不会再报第二次；再运行一次不会多出任何东西。按最新的已知汇率资金会不够时，
    什么都不报送，除非加 --accept-fx。
    """
    from xltools.desk.batch.submit import submit as run
    from xltools.desk.rules.assess import notes
    from xltools.desk.rules.fxrisk import FxRefused, fx_risks, told, warnings

    try:
        done, standing = run(
            c.workspace(), now=c.now, today=c.today, insurer=insurer, dry_run=dry_run, accept_fx=accept_fx
        )
    except FxRefused as e:
        c.data = {"batches": [], "fx": e.risks}
        raise
    risks = fx_risks(standing)
    c.data = {"batches": done, "fx": risks}
    c.table(
        "报送" + ("（试做，没有生成）" if dry_run else ""),
        [
            {
                "保险人": b.insurer, "批次": f"第{b.number:02d}批", "家数": b.rows, "财政扶持(元)": yuan(b.fiscal_fen),
                "企业承担(元)": yuan(b.enterprise_fen), "校验码": b.code,
            }
            for b in done
        ],
    )  # fmt: skip
    c.say(*(f"  报送/{b.file}" for b in done))
    if not done:
        c.say("没有新的企业可报送：已安排的都已报送，或还没有企业符合条件")
    c.say(*(f"{x.insurer}：{told(x)}" for x in risks), *warnings(risks))
    c.say(*(n for n in notes(standing, [], c.today) if n.startswith(("还没有在保名单", "平台的保险期"))))
