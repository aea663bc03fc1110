"""What the demonstration loads besides with `--year`, so that every sheet of the workbook shows something: upgrades, who
was told of the platform, sizes, the districts' own support, the bureau's own cells of the 自评表."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from xltools.desk.bureau.load import load_table
from xltools.desk.rules.frozen import frozen
from xltools.desk.rules.sent import sent_rows
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.sheets.write.bulk import Sheet, write_table

Row = dict[str, Any]
SECTORS = ("批发业", "工业", "批发业", "零售业")


def autumn(firms: Sequence[Row]) -> list[tuple[str, str, list[Row]]]:
    """Upgrades of the first firm, firms that were told or referred, sizes, and what districts add; `firms` are those of
    plan B with their areas first."""
    first = firms[0]["number"]
    areas = list(dict.fromkeys(f["area"] for f in firms if f["plan"] == "B"))
    return [
        ("readings", "口径确认", [
            {"口径序号": no, "确认人": "财政局", "确认日期": date(2019, 10, 8), "确认依据": "会商纪要"} for no in (1, 2, 12, 14, 15, 42)
        ]),
        ("sandbox", "比较方案", [
            {"方案名称": "甲", "做法": "追加", "转入": "中国信保", "金额(元)": 300_000},
            {"方案名称": "乙", "做法": "补进"},
        ]),
        ("notices", "通知", [
            {"统一社会信用代码": u, "企业名称": n, "日期": d, "方式": w, "经办人": "李乙", "答复": a}
            for u, n, d, w, a in (
                ("91320602MAX008412A", "南通汐珏化纤有限公司", date(2019, 11, 12), "电话", "考虑"),
                ("91320602MAX008412A", "南通汐珏化纤有限公司", date(2019, 11, 18), "上门", "愿意"),
                ("91320602MAX0084205", "南通萱蔚箱包有限公司", date(2019, 11, 18), "电话", "联系不上"),
            )
        ]),
        ("referrals", "转介", [
            {"统一社会信用代码": "91320602MA1X00017N", "企业名称": "南通示例贸易有限公司", "转介日期": date(2019, 11, 5),
             "省级平台答复": "已参加", "答复日期": date(2019, 11, 15)},
            {"统一社会信用代码": "91320611MA1X00025J", "企业名称": "南通示例机电有限公司", "转介日期": date(2019, 11, 5),
             "省级平台答复": "没有回音"},
        ]),
        ("upgrade", "升级保障", [
            {"升级保单号": "UP2019-001", "企业": first, "保险人": "中国信保", "录入日期": date(2019, 11, 15),
             "升级保单保费(元)": "68000.00", "最高赔偿限额(美元)": "500000"},
        ]),
        ("buyer_limits", "买方限额", [
            {"升级保单号": "UP2019-001", "买方": b, "国别": c, "申请限额(美元)": asked, "批复限额(美元)": granted,
             "批复日期": date(2019, 11, 18)}
            for b, c, asked, granted in (
                ("ACME Trading LLC", "美国", 650_000, 500_000), ("Nordwind GmbH", "德国", 200_000, 200_000),
            )
        ]),
        ("shipments", "出运申报", [
            {"升级保单号": "UP2019-001", "买方": b, "发票号": i, "出运日期": s, "发票金额(美元)": a, "申报日期": date(2019, 11, 19)}
            for b, i, s, a in (
                ("Nordwind GmbH", "NT-88", date(2019, 11, 16), "48500.00"),
                ("ACME Trading LLC", "NT-91", date(2019, 11, 18), "120400.00"),
            )
        ]),
        ("sizes", "企业规模", [
            {"企业": f["number"], "年度": 2018, "行业": SECTORS[k % 4], "从业人员(人)": 6 + 17 * k,
             "营业收入(元)": 12_000_000 * (k + 1), "资产总额(元)": 5_000_000 * (k + 1), "来源": "年报（示例）"}
            for k, f in enumerate(firms[:8])
        ]),
        ("district_funds", "区级资金", [
            {"所属区": a, "日期": date(2019, 10, 20), "类型": "安排", "金额(元)": 60_000, "文号": f"{a}财〔2019〕8号",
             "审批人": "区长"}
            for a in areas
        ]),
        ("topup_rules", "区级办法", [
            {"所属区": a, "方案": "B", "起": date(2019, 10, 1), "止": date(2020, 8, 31), "配套比例": "50%", "每家上限(元)": 8_000,
             "文号": f"{a}商〔2019〕15号"}
            for a in areas
        ]),
        ("district_policies", "区级保单", [
            {"保单号": "QJ2019-01", "所属区": areas[0], "统一社会信用代码": "91320602MA1X00017N",
             "企业名称": "南通示例贸易有限公司", "保险人": "中国信保", "起保日期": date(2019, 7, 1),
             "终保日期": date(2020, 6, 30), "保费(元)": 9_800, "区财政(元)": 9_800, "文号": f"{areas[0]}商〔2019〕9号"},
        ]),
    ]  # fmt: skip


def closing() -> list[tuple[str, str, list[Row]]]:
    """What the bureau itself fills in of the 自评表."""
    return [
        ("selfreview", "自评", [
            {"指标": "参保企业满意率", "年度指标值": "95%", "实际完成值": "98%", "得分": "5", "偏差原因分析及改进措施": "无偏差"},
        ]),
    ]  # fmt: skip


def load(workspace: Workspace, desk: Path, papers: Sequence[tuple[str, str, list[Row]]], day: date) -> list[str]:
    """Load these tables as of a day; returns what each told. Raises Refusal, and BadInput."""
    told = []
    for name, title, rows in papers:
        path = desk / f"{title}.xlsx"
        write_table(path, [Sheet(title, pa.Table.from_pylist(rows))])
        found = load_table(
            workspace, name, path, now=datetime.combine(day, datetime.min.time()).replace(hour=16), today=day
        )
        told.append(f"{path.name}：{found.rows:,} 行")
    return told


def firms(workspace: Workspace, day: date) -> list[Row]:
    """受理编号, plan and area of the firms with a policy, those of plan B first."""
    with looking(workspace) as conn:
        rows = sent_rows(conn, workspace.scheme, day).table
    rows = rows.append_column("area", frozen(rows["cells"], "area")["area"])
    found = rows.filter(pc.equal(rows["status"], "issued")).select(["number", "plan", "area"]).to_pylist()
    return sorted(found, key=lambda f: f["plan"] != "B")
