"""The example's firms in care (服务、预警、融资、资信): what insurers and banks report of the policy year up to `DAY`.

Everything follows from the policies issued, in their order; each table has a row that is wrong, as reports have.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from xltools.catalogue.words import exact
from xltools.desk.rules.register import Register, load_register
from xltools.desk.rules.services import Firm, dependent, insured
from xltools.desk.transaction import looking
from xltools.desk.workspace import Workspace
from xltools.engine.periods import quarters
from xltools.scheme.clocks import Clocks

DAY = date(2020, 8, 31)
"""When the year is looked at: the last day of cover."""
Row = dict[str, Any]
EVENTS = (
    (date(2019, 9, 18), "宣讲", "政策讲解", 0, 64), (date(2019, 10, 24), "宣讲", "保单功能", 1, 41),
    (date(2020, 3, 26), "培训", "风险防控", 2, 38), (date(2020, 5, 21), "培训", "理赔流程", 3, 52),
    (date(2020, 7, 16), "宣讲", "融资", 4, 29),
)  # fmt: skip
"""Briefings and seminars: day, kind, topic, place of the area among the scheme's, how many came."""
ALERTS = (
    ("YJ2020-001", date(2020, 3, 12), "高", "意大利", None, "当地停工停运，买方提货和付款可能推迟", "中国信保"),
    ("YJ2020-002", date(2020, 4, 2), "中", "印度", None, "全国封锁，港口作业放缓；新接订单请先收预付款", "中国信保"),
    ("YJ2020-003", date(2020, 5, 18), "高", "美国", "Great Lakes Home Inc", "买方申请破产重整，已出运的请尽快报损", "海外买方异动监测"),
    ("YJ2020-004", date(2020, 7, 9), "中", "巴西", None, "本币大幅贬值，买方拖欠增多", "中国信保"),
    ("YJ2020-005", date(2020, 7, 20), "低", None, None, "近期海运费上涨", "微信公众号"),
)  # fmt: skip
"""The last names neither country nor buyer."""
PEOPLE = ("客户经理周敏", "客户经理吴强", "客户经理郑洁")
BANKS = ("中国银行南通分行", "江苏银行南通分行", "南京银行南通分行")
PRODUCTS, CHANNELS = ("苏贸贷", "苏贸贷", "通贸贷", "其他"), ("单一窗口", "柜面", "跨境金融服务平台")
QUIET, VISITED_TWICE, AUTHORISED, LENT = 23, 3, 4, 7
"""Every so many-th firm: one quarter without a call; visited once only; has signed an authorisation; has a loan."""


def care(workspace: Workspace) -> dict[str, list[Row]]:
    """Rows by heading of the six tables, in the order in which they are read. Raises Refusal."""
    with looking(workspace) as conn:
        register = load_register(conn, workspace, DAY)
    firms = insured(register)
    others = sorted({*register.claims.uscc} - {*register.sent.rows})
    granted = [f for k, f in enumerate(firms) if k % AUTHORISED == 0]
    return {
        "services": _services(workspace, register, firms, others[0] if others else None),
        "alerts": [_alert(a) for a in ALERTS],
        "alerted": [],
        "authorisations": [_authorisation(k, f) for k, f in enumerate(granted)],
        "financing": _loans(firms, granted),
        "credit_reports": _reports(firms),
    }


def told(affected: Sequence[tuple[str, str, date]]) -> list[Row]:
    """告知 of the firms that alerts concern (number, code, day of the alert): most within two days, the rest not yet."""
    return [
        {
            "预警号": no, "企业": uscc, "告知日期": day + timedelta(k % 3), "方式": ("微信群", "电话", "短信")[k % 3],
            "告知人": PEOPLE[k % len(PEOPLE)],
        }
        for k, (no, uscc, day) in enumerate(affected)
        if k % 6 != 5
    ]  # fmt: skip


def files(found: dict[str, list[Row]]) -> Sequence[tuple[str, str]]:
    """The tables and what their files are called."""
    titles = {
        "services": "服务记录", "alerts": "风险预警", "alerted": "预警告知", "authorisations": "融资授权", "financing": "融资反馈",
        "credit_reports": "资信报告",
    }  # fmt: skip
    return [(name, f"{titles[name]}_{DAY:%Y%m}") for name in found if found[name]]


# ── 服务 ──


def _services(workspace: Workspace, register: Register, firms: Sequence[Firm], stranger: str | None) -> list[Row]:
    scheme = workspace.scheme
    spans = quarters(scheme.cover.start.value, scheme.cover.end.value)
    key = dependent(register, workspace.data("clocks", Clocks))
    areas = [a.name for a in scheme.areas_on(scheme.cover.start.value)]
    rows: list[Row] = []
    for n, (day, kind, topic, area, came) in enumerate(EVENTS, 1):
        event = f"HD{n:02d}"
        common = {
            "日期": day,
            "类别": kind,
            "渠道": "集中",
            "主题": topic,
            "活动号": event,
            "人员": PEOPLE[n % len(PEOPLE)],
        }
        rows.append(_row(**common, 所属区=areas[area % len(areas)], 参加家数=came, 保险人=scheme.default_insurer.name))
        rows += [_row(**common, 企业=f.uscc, 保险人=f.insurer) for f in firms[n :: max(1, len(firms) // came)][:came]]
    for k, f in enumerate(firms):
        who = PEOPLE[k % len(PEOPLE)]
        common = {"企业": f.uscc, "保险人": f.insurer, "人员": who}
        rows.append(
            _row(
                日期=f.since + timedelta(5 + k % 9),
                类别="保单送达",
                渠道="上门",
                主题="保单功能",
                已开通="是",
                不承保国别已讲解="是",
                **common,
            )
        )
        for q, (first, last) in enumerate(spans):
            if f.since > last or (k % QUIET == QUIET - 1 and q == 2):
                continue
            day = min(max(first, f.since) + timedelta(7 + (k * 5) % 70), last)
            rows.append(
                _row(
                    日期=day,
                    类别="电话回访",
                    渠道="电话",
                    主题=("风险防控", "保单功能", "理赔流程", "融资")[q],
                    满意度=("满意", "满意", "基本满意")[k % 3],
                    **common,
                )
            )
        if f.uscc in key:
            visits = [date(2019, 12, 3) + timedelta(k % 60)] + (
                [date(2020, 6, 2) + timedelta(k % 50)] if k % VISITED_TWICE else []
            )
            rows += [_row(日期=d, 类别="拜访", 渠道="上门", 主题="风险防控", **common) for d in visits]
        if k % 11 == 4:
            rows.append(_asked(k, common))
        if k % 17 == 9:
            rows.append(
                _row(
                    日期=date(2020, 4, 6) + timedelta(k % 80),
                    类别="风控咨询",
                    渠道="电话",
                    主题="风险防控",
                    内容="询问新买方的付款条件",
                    **common,
                )
            )
    early = firms[min(2, len(firms) - 1)]
    rows.append(
        _row(
            日期=date(2020, 6, 10),
            类别="诉求",
            渠道="热线",
            企业=early.uscc,
            提出时间=datetime(2020, 6, 10, 9, 0),
            答复时间=datetime(2020, 6, 9, 16, 0),
            人员=PEOPLE[0],
        )
    )
    if stranger:
        rows.append(_row(日期=date(2020, 6, 11), 类别="电话回访", 渠道="电话", 企业=stranger, 人员=PEOPLE[1]))
    return sorted(rows, key=lambda r: r["日期"])


FIELDS = (
    "日期", "类别", "渠道", "主题", "活动号", "企业", "所属区", "参加家数", "保险人", "人员", "提出时间", "答复时间", "上门时间", "办结时间",
    "满意度", "已开通", "不承保国别已讲解", "内容",
)  # fmt: skip


def _row(**cells: Any) -> Row:
    """Cells by heading, moments as they are typed."""
    return {f: f"{v:%Y-%m-%d %H:%M}" if isinstance(v := cells.get(f), datetime) else v for f in FIELDS}


def _asked(k: int, common: Row) -> Row:
    """A request: answered within hours, one in five a day too late; every other one wants somebody to come."""
    at = datetime(2020, 2, 3, 9, 30) + timedelta(days=k % 180, minutes=13 * k)
    answer = at + timedelta(hours=30 if k % 5 == 0 else 2 + k % 20)
    come = at + timedelta(hours=22 + k % 4) if k % 2 else None
    return _row(
        日期=at.date(), 类别="诉求", 渠道="上门" if come else "热线", 主题="理赔流程", 提出时间=at, 答复时间=answer, 上门时间=come,
        办结时间=max(answer, come or answer) + timedelta(days=2), 满意度="满意" if k % 5 else "基本满意", 内容="请教报损要哪些单证", **common,
    )  # fmt: skip


def _alert(a: tuple[str, date, str, str | None, str | None, str, str]) -> Row:
    return dict(zip(("预警号", "日期", "级别", "国别", "买方", "内容", "来源"), a, strict=True))


# ── 融资、资信 ──


def _authorisation(k: int, f: Firm) -> Row:
    day = f.since + timedelta(10 + k % 30)
    return {
        "企业": f.uscc, "授权日期": day, "有效期至": None if k % 3 else date(2020, 12, 31), "扫描件": f"授权书_{f.uscc[-6:]}.pdf",
    }  # fmt: skip


def _loans(firms: Sequence[Firm], granted: Sequence[Firm]) -> list[Row]:
    """Loans to firms that have authorised; the last three rows are a bank's mistakes."""
    rows = [_loan(k, f, date(2020, 1, 6) + timedelta(7 * k % 190)) for k, f in enumerate(granted[: 4 * LENT])]
    if len(rows) > 2:
        rows[1]["余额(元)"] = exact(2 * int(rows[1]["放款额(元)"] * 100))
        rows[2]["保单号"] = "SCH-NONE"
    bare = [f for f in firms if f not in granted]
    return rows + [_loan(len(rows), f, date(2020, 5, 11)) for f in bare[:1]]


def _loan(k: int, f: Firm, day: date) -> Row:
    lent = (30 + 17 * k % 90) * 1_000_000
    paid = day + timedelta(120) < DAY
    return {
        "银行": BANKS[k % 3], "借据号": f"JJ2020{k + 1:04d}", "企业": f.uscc, "保单号": f.policy_no, "产品": PRODUCTS[k % 4],
        "渠道": CHANNELS[k % 3], "再贷款": "是" if k % 4 == 0 else "否", "供应链伙伴": None, "授信额度(元)": exact(lent * 2),
        "放款额(元)": exact(lent), "放款日": day, "到期日": day + timedelta(180), "利率": ("3.75%", "3.85%", "4.05%")[k % 3],
        "余额(元)": exact(0 if paid else lent - lent // 5 * (k % 3)), "逾期": "否", "融资项下保险金额(美元)": exact(lent // 7 * 10 // 9),
    }  # fmt: skip


def _reports(firms: Sequence[Firm]) -> list[Row]:
    kinds = (("海外买方资信", "统保额外"), ("国别风险", "基础"), ("海外买方资信", "统保额外"), ("提单报告", "基础"))
    return [
        {
            "企业": f.uscc, "日期": date(2019, 11, 25) + timedelta(6 * k % 250), "种类": kinds[k % 4][0],
            "买方": f"Buyer {k + 1:03d} Ltd" if kinds[k % 4][0] == "海外买方资信" else None, "国别": ("美国", "德国", "巴西")[k % 3],
            "类别": kinds[k % 4][1],
        }
        for k, f in enumerate(firms[::3])
    ]  # fmt: skip
