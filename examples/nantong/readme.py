"""README.md of the example: what each file is, and what was planted where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nantong import bureau, offices
from nantong.cast import TODAY, Cast
from nantong.firms import Firm
from xltools.scheme import Scheme

OFFICES = {
    "崇川区": "用下发的模板填报，只有提示",
    "通州区": "用模板填报，录入差错最多，退回补正",
    "港闸区": "自己做的表：列名不同、代码存成数字、公式、合并和隐藏的行、合计行；退回补正，还没有改好",
    "经济技术开发区": "自己做的表：列的次序不同、多一列“所属行业”、全角括号、单位万美元、没有版本表",
    "苏通科技产业园区": "用模板填报，全角、空格、千分位、“2019年9月5日”等写法由程序自动整理",
    "通州湾示范区": "用模板填报，最小的一份",
}
BUREAU = {
    bureau.CUSTOMS: "海关出口数据：企业 × 年度（2017、2018）× 国别，含没有申请的企业",
    bureau.INFORCE["中国信保"]: "中国信保在保名单",
    bureau.INFORCE["人保财险"]: "人保财险在保名单",
    bureau.LISTS: "优先条件 3 至 6 背后的名单",
    bureau.FX: "两家保险人 2019 年 9 月的系统汇率",
    bureau.REVIEW: "市局对有提示的企业逐家审核，方案C的政策导向确认，核定出口额，撤回",
    bureau.SECOND_REVIEW: "补正以后：确认提前的收件时间",
    bureau.DRAW: "同时收件、排在资金用完处的两家的抽签次序",
    bureau.FUND: "演示没有用到：追加扶持资金，看候补怎样递补",
}


def write(path: Path, scheme: Scheme, cast: Cast, tied: Sequence[Firm]) -> None:
    """The Chinese README; it is made together with the files and so never disagrees with them."""
    mended = {True: "（第二轮已改）", False: ""}
    parts = "\n".join(f"| {p.code} | {p.firm.area} | {p.firm.name} | {p.how}{mended[p.mended]} |" for p in cast.parts)
    tie = [f"{tied[0].area}、{tied[1].area}", f"{tied[0].name}、{tied[1].name}"]
    text = f"""# 示例：{scheme.title}

企业、人员、代码和数字都是虚构的，由 `examples/make_nantong.py` 按固定种子生成；如与实际企业雷同，纯属巧合。
{len(cast.firms)} 家企业申请，家数和金额取自方案自己的测算数：
300 至 3000 万美元约 270 家、20 亿美元，50 万美元以下约 140 家、0.6 亿美元。
办理日期按 {TODAY}。整个过程运行 `xltools demo 文件夹` 就能看到。

## 收件：各区第一轮报来的表

| 文件 | 说明 |
|---|---|
{_lines({offices.FILES[a]: f"{a}。{said}" for a, said in OFFICES.items()})}

## 补正：第二轮

| 文件 | 说明 |
|---|---|
{_lines({offices.SECOND: "通州区在退回的表上改正后再报；一家又把材料齐全时间提前，须市局确认；漏了一家"})}

## 市局资料

| 文件 | 说明 |
|---|---|
{_lines(BUREAU)}

## 埋下的情形

代码是问题目录和理由目录里的代码（`xltools/roster/problems.toml`、`xltools/engine/reasons.toml`）。

| 代码 | 区 | 企业 | 情形 |
|---|---|---|---|
{parts}
| TIE_AT_CUT | {tie[0]} | {tie[1]} | 同一时间收件，正好排在人保财险资金用完之处 |

此外：港闸区的表末尾有合计行（LINES_PASSED，不当作数据），非洲出口额一列填成了万美元而表头没有写（UNIT_SUSPECT），
其中一行是通州区也报送的企业；
PLAN_C、INSURER_ASSIGNED、PLATFORM_RENEWAL 不是问题，是说明方案C、分配保险人、平台续保的例子。
"""
    path.write_text(text, "utf-8", newline="\n")


def _lines(table: dict[str, str]) -> str:
    return "\n".join(f"| `{name}` | {said} |" for name, said in table.items())
