"""The command line: help in Chinese, JSON that parses, exit codes 0, 1, 2, and never a traceback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from workspaces import (
    HERE,
    THERE,
    WHO,
    Bureau,
    Ran,
    bureau_in,
    cli,
    customs_row,
    expect_unchanged,
    firm,
    firms,
    policy,
    prepared,
    spawn,
    tree,
    uscc,
    version,
)

from xltools.cli.main import commands
from xltools.desk.verb import verbs

README = Path(__file__).parents[2] / "README.md"
CHINESE = re.compile("[一-鿿]{4}")
VERBS = list(commands())
CHANGING = tuple(v.name for v in verbs().values() if v.changes)
HEAVY = ("pandas", "pyarrow", "pydantic", "sqlalchemy", "openpyxl", "xlsxwriter", "rich")


def two_agreed(made: Bureau) -> None:
    made.drop([firm(1), firm(2, phone="12"), firm(3)])
    made.collect()
    made.agree(1, 3)
    made.clear()


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return prepared(tmp_path, two_agreed)


# ── help ──


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_in_chinese(verb: str) -> None:
    ran = cli(verb, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"用法：xltools {verb}")
    assert len(CHINESE.findall(ran.out)) >= 4
    assert "--json" in ran.out
    assert "--help" in ran.out
    assert ("--dry-run" in ran.out) is (verb in CHANGING)
    options = re.findall(r"^  (-.*?)(?:  +(.*))?$", ran.out, re.MULTILINE)
    assert options
    assert [o for o, said in options if said and not re.search("[一-鿿]", said)] == []


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_stands_in_the_readme_and_in_the_overview(verb: str) -> None:
    assert re.search(rf"`(?:xltools )?{verb}\b", README.read_text("utf-8"))
    (line,) = (x for x in cli("--help").out.splitlines() if x.split()[:1] == [verb])
    assert CHINESE.search(line)


@pytest.mark.parametrize("args", [["--help"], *([v, "--help"] for v in VERBS)], ids=lambda a: " ".join(a))
def test_help_imports_nothing_heavy(args: list[str]) -> None:
    code = (
        "import sys; sys.argv = ['xltools', *sys.argv[1:]]\nfrom xltools.cli.main import main\n"
        f"try: main()\nfinally: print(*(m for m in {HEAVY!r} if m in sys.modules), file=sys.stderr)"
    )
    ran = spawn([sys.executable, "-c", code, *args])
    assert (ran.code, ran.err.split()) == (0, [])
    assert "用法" in ran.out


def test_help_and_version_work_where_chinese_cannot_be_shown() -> None:
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    ran = spawn([sys.executable, "-m", "xltools", "--help"], env=env)
    assert (ran.code, ran.err) == (0, "")
    assert "collect" in ran.out
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", cli("--version").out)


# ── wrong calls ──


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["colect"], "是否想写 collect"),
        (["status", "--tday", "2019-01-01"], "没有选项 --tday；是否想写 --today？"),
        (["status", "--foo"], "没有选项 --foo。用法见"),
        (["-C", "somewhere", "status"], "-C 写在命令后面"),
        (["xyz"], "没有命令 xyz"),
        (["collect", "--dryrun"], "--dry-run"),
        (["explain"], "缺少"),
        (["init", "目录"], "--scheme"),
        (["status", "--today", "昨天"], "2019-09-05"),
        (["status", "--today", "2019-02-30"], "2019-02-30"),
        (["quote", "x.xlsx", "--scheme", "nantong-2019", "--fx", "-1"], "-1"),
        (["quote", "x.xlsx", "--scheme", "nantong-2019", "--fx", "nan"], "nan"),
        (["status", "多余"], "多余"),
        (["schemes", "draw"], "不在可选的"),
        (["template", "--rows", "1000000"], "应在 10 到 20000 之间"),
        (["template", "--rows", "多"], "不是整数"),
        (["status", "--today"], "后面要写值"),
        (["status", "--json=1"], "后面不写值"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_a_wrong_call_is_one_chinese_line_and_exit_code_2(args: list[str], says: str) -> None:
    ran = cli(*args)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1
    assert re.search("[一-鿿]{2}", ran.err)
    assert not re.search("[a-z]+ [a-z]+ [a-z]+", ran.err)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["status"], "xltools init"),
        (["collect"], "不是工作区"),
        (["quote", "没有.xlsx", "--scheme", "nantong-2019"], "没有.xlsx"),
        (["quote", "没有.xlsx", "--scheme", "nantong-2018"], "nantong-2018"),
        (["init", "新目录", "--scheme", "nantong2019"], "nantong-2019"),
        (["schemes", "show"], "nantong-2019"),
        (["schemes", "check", "没有.toml"], "没有.toml"),
        (["template", "--scheme", "nantong-2019", "--district", "海门区"], "海门区"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_what_cannot_be_done_is_one_line_on_stderr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = cli(*args)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1
    told = cli(*args, "--json")
    assert (told.code, told.json["exit"], told.err) == (2, 2, "")
    assert says in told.json["error"]
    assert list(tmp_path.iterdir()) == []


# ── exit codes ──


def year_with(sheet: Callable[..., Path]) -> dict[str, tuple[list[str | Path], int]]:
    """The verbs of the year in force, in an order in which each finds what it needs; firm 1 is sent by then."""
    issued = {
        "受理编号": "NT2019-0001", "保单号": "P1", "录入日期": "2019-12-31", "系统汇率": "7", "实际保费(元)": 10500, "财政(元)": 10500,
    }  # fmt: skip
    account = {"保险人": "中国信保", "账号": "1012", "户名": "中国信保", "开户行": "中行"}
    paid = {
        "日期": "2019-12-30", "类型": "预付", "付款单位": "市财政局", "保险人": "中国信保", "收款账号": "1012", "金额(元)": 4500000,
        "凭证号": "记1",
    }  # fmt: skip
    change = {
        "受理编号": "NT2019-0001", "类型": "更正", "项目": "手机", "变更后": "13900000001", "申请方": "企业", "申请日期": "2019-12-31",
        "依据": "函",
    }  # fmt: skip
    upgrade = {
        "升级保单号": "U1",
        "企业": uscc(1),
        "保险人": "中国信保",
        "录入日期": "2019-12-31",
        "升级保单保费(元)": 20000,
    }
    notice = {"统一社会信用代码": uscc(9), "企业名称": "甲", "日期": "2019-12-30", "方式": "电话", "经办人": "王"}
    referral = {"统一社会信用代码": uscc(9), "企业名称": "甲", "省级平台答复": "已参加"}
    size = {"企业": uscc(1), "年度": 2018, "行业": "工业", "从业人员(人)": 5, "来源": "年报"}
    rule = {"所属区": HERE, "方案": "B", "起": "2019-09-01", "配套比例": "50%", "文号": "1"}
    money = {"所属区": HERE, "日期": "2019-10-01", "类型": "安排", "金额(元)": 1, "文号": "1", "审批人": "甲"}
    other = {
        "保单号": "Q1", "所属区": HERE, "统一社会信用代码": uscc(9), "企业名称": "甲", "保险人": "中国信保",
        "起保日期": "2019-09-01", "终保日期": "2020-08-31",
    }  # fmt: skip
    limit = {"升级保单号": "U1", "买方": "ACME", "国别": "美国", "申请限额(美元)": 100000}
    shipment = {"升级保单号": "U1", "买方": "ACME", "发票号": "I1", "出运日期": "2019-12-30", "发票金额(美元)": 5}
    claim = {
        "案件号": "L1", "保单号": "P1", "企业": uscc(1), "保险人": "中国信保", "客户类型": "统保", "风险类型": "拖欠",
        "索赔申请日": "2019-12-20", "受理日": "2019-12-24",
    }  # fmt: skip
    decided = {
        "案件号": "L1",
        "第几次": 1,
        "决定日": "2019-12-30",
        "结论": "足额",
        "核定损失(美元)": 10,
        "赔偿比例": "80%",
    }
    indemnity = {"案件号": "L1", "支付日": "2019-12-31", "赔款金额(美元)": 8, "到账凭证": "P1"}
    recovered = {"案件号": "L1", "追回日": "2019-12-31", "追回金额(美元)": 1, "到账凭证": "R1"}
    tag = {"统一社会信用代码": uscc(1), "类别": "园区", "标签": "综合保税区", "来源": "文", "起": "2019-01-01"}
    target = {"指标": "统保企业(家)", "期间": "保险年度", "目标值": "410", "依据": "文"}
    task = {"任务号": "1", "措施": "宣讲", "责任单位": "市商务局", "进度": "进行中"}
    line = {"保险人": "中国信保", "月份": "2019-12", "业务线": "国内贸易险", "家数": 2}
    month = {"统一社会信用代码": uscc(1), "企业名称": "甲", "年月": "2019-12", "国别": "美国", "出口额(美元)": 5}
    return {
        "tags": ([sheet([tag])], 0), "targets": ([sheet([target])], 0), "tasks": ([sheet([task])], 0),
        "other_lines": ([sheet([line])], 0), "monthly": ([sheet([month])], 0),
        "selfreview": ([sheet([{"指标": "实施单位", "实际完成值": "外贸处"}])], 0), "evaluate": ([], 0), "report": ([], 0),
        "brief": ([], 0),
        "issued": ([sheet([issued])], 0), "accounts": ([sheet([account])], 0), "payments": ([sheet([paid])], 0),
        "settle": ([], 0), "change": ([sheet([change])], 0), "upgrade": ([sheet([upgrade])], 0),
        "prospects": ([], 0), "notices": ([sheet([notice])], 0), "referrals": ([sheet([referral])], 0),
        "sizes": ([sheet([size])], 0), "topup_rules": ([sheet([rule])], 0), "district_funds": ([sheet([money])], 0),
        "district_policies": ([sheet([other])], 0), "topups": ([], 0),
        "buyer_limits": ([sheet([limit])], 0), "shipments": ([sheet([shipment])], 0),
        "claims": ([sheet([claim])], 0), "decisions": ([sheet([decided])], 0), "indemnities": ([sheet([indemnity])], 0),
        "recoveries": ([sheet([recovered])], 0), "rebate": ([], 0), "clocks": ([], 0),
        "services": ([sheet([{"日期": "2019-12-30", "类别": "宣讲", "主题": "政策讲解", "参加家数": 30}])], 0),
        "alerts": ([sheet([{"预警号": "Y1", "日期": "2019-12-30", "级别": "高", "国别": "美国"}])], 0),
        "alerted": ([sheet([{"预警号": "Y1", "企业": uscc(1), "告知日期": "2019-12-31", "告知人": "甲"}])], 0),
        "authorisations": ([sheet([{"企业": uscc(1), "授权日期": "2019-12-30", "扫描件": "授权.pdf"}])], 0), "whitelist": (["--bank", "甲银行"], 0),
        "financing": ([sheet([{"银行": "甲银行", "借据号": "J1", "企业": uscc(1), "放款额(元)": 10, "放款日": "2019-12-31"}])], 0),
        "credit_reports": ([sheet([{"企业": uscc(1), "日期": "2019-12-30", "种类": "海外买方资信", "类别": "基础"}])], 0),
    }  # fmt: skip


def verbs_with(bureau: Bureau) -> dict[str, tuple[list[str | Path], int]]:
    """Every verb of a workspace with arguments that work, and its exit code."""
    sheet = bureau.sheet
    return {
        "template": (["-o", bureau.root.parent / "模板", "--rows", "10"], 0),
        "collect": ([bureau.drop([firm(4, area=THERE), firm(5, area=THERE, phone="5")], district=THERE)], 1),
        "customs": ([sheet([customs_row(1, 2018, "US", 5_000_000)])], 0),
        "inforce": ([sheet([policy(1, "中国信保", 保单性质="市统保")])], 0),
        "lists": ([sheet([{"名单": "品牌名单", "统一社会信用代码": uscc(1), "企业名称": "甲", "来源": "文"}])], 0),
        "fx": ([sheet([{"保险人": "人保", "月份": "2019-09", "汇率": "7.09", "来源": "函"}])], 0),
        "fund": ([sheet([{"日期": "2019-10-01", "类型": "追加", "转入": "人保", "金额(元)": 1, "文号": "1", "审批人": "甲"}])], 0),
        "review": ([sheet([{"统一社会信用代码": uscc(1), "备注": "好"}])], 0),
        "assess": (["-o", bureau.root.parent / "结果.xlsx"], 1),
        "submit": ([], 0),
        **year_with(sheet),
        "status": ([], 0),
        "readings": ([], 0),
        "sandbox": (["--option", "补进"], 0),
        "explain": ([uscc(1)], 0),
        "verify": ([], 0),
        "book": ([], 0),
        "sync": ([], 0),
        "budget": (["--from-ledger"], 0),
        "doctor": (["--today", "2020-01-01"], 0),  # the workspace was made at 10:00: now may be earlier in the day
    }  # fmt: skip


def test_every_verb_tells_json_that_parses_and_its_exit_code(bureau: Bureau) -> None:
    calls = verbs_with(bureau)
    assert {"demo", "schemes", "init", "quote", "workbooks", *calls} == set(VERBS)
    for verb, (args, code) in calls.items():
        ran = bureau.cli(verb, *args, "--json")
        assert (verb, ran.code, ran.err) == (verb, code, "")
        assert ran.json["exit"] == code
        assert len(ran.json) > 1
    assert len(list((bureau.root.parent / "模板").iterdir())) == 6
    assert bureau.submitted() == ["南通市2019年度中小出口企业市级统保平台_中国信保_第01批_20191231.xlsx"]


def test_every_verb_has_something_to_show_a_person(bureau: Bureau) -> None:
    for verb, (args, code) in verbs_with(bureau).items():
        ran = bureau.cli(verb, *args)
        assert (verb, ran.code, ran.err) == (verb, code, "")
        assert re.search("[一-鿿]{2}", ran.out), verb
        assert max(len(line) for line in ran.out.splitlines()) < 400


def test_the_verbs_without_a_workspace(tmp_path: Path, bureau: Bureau) -> None:
    path = bureau.drop([firm(1), firm(2, phone="12")])
    out = tmp_path / "结果.csv"
    quote = ("quote", path, "--scheme", "nantong-2019", "--today", "2019-12-31")
    ran = cli(*quote, "-o", out, "--json")
    assert (ran.code, ran.json["rows"], ran.json["out"]) == (1, 2, str(out))
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    path = bureau.drop(firms(1, 2))
    assert cli(*quote, "--json").code == 0
    assert cli("schemes", "--json").json["schemes"][0]["方案"] == "nantong-2019"
    assert cli("schemes", "show", "nantong-2019", "--json").json["scheme"]["id"] == "nantong-2019"
    assert cli("schemes", "check").code == 0
    assert "五（一）" in cli("schemes", "show", "nantong-2019").out
    made = cli("init", tmp_path / "新", "--scheme", "nantong-2019", "--json")
    assert (made.code, made.json["scheme"]) == (0, "nantong-2019")
    again = cli("init", tmp_path / "新", "--scheme", "nantong-2019")
    assert (again.code, "已经是一个工作区" in again.err) == (2, True)


def test_warnings_are_printed_and_leave_0(bureau: Bureau) -> None:
    path = bureau.drop([firm(1), firm(2, phone="13800000002", size="大型"), firm(3)])
    ran = bureau.cli("collect", path)
    assert ran.code == 0
    assert "[提示]" in ran.out
    assert "大型" in ran.out


# ── nonsense ──

NONSENSE = ("a folder", "nothing there", "binary noise", "an empty file", "a web page", "a torn workbook", "no heading")


@pytest.fixture
def nonsense(tmp_path: Path, bureau: Bureau) -> dict[str, Path]:
    folder = tmp_path / "乱"
    folder.mkdir()
    found = {name: folder / f"{i}.xlsx" for i, name in enumerate(NONSENSE)}
    found["a folder"].mkdir()
    found["binary noise"].write_bytes(bytes(range(256)) * 8)
    found["an empty file"].write_bytes(b"")
    found["a web page"].write_text("<html><table><tr><td>1</td></tr></table></html>", "utf-8")
    found["a torn workbook"].write_bytes(bureau.drop(firms(1)).read_bytes()[:-500])
    bureau.clear()
    bureau.sheet([{"甲": 1}]).rename(found["no heading"])
    return found


@pytest.mark.parametrize("what", NONSENSE)
@pytest.mark.parametrize("verb", ["customs", "inforce", "lists", "fx", "fund", "review", "quote", "quote --customs"])
def test_nonsense_as_input_is_one_line_and_changes_nothing(
    bureau: Bureau, nonsense: dict[str, Path], verb: str, what: str, tmp_path: Path
) -> None:
    path = nonsense[what]
    out = tmp_path / "结果.xlsx"
    if verb.startswith("quote"):
        good = bureau.drop(firms(1), folder=tmp_path)
        file, more = (path, []) if verb == "quote" else (good, ["--customs", path])
        ran = cli("quote", file, "--scheme", "nantong-2019", "-o", out, *more)
    else:
        with expect_unchanged(bureau):
            ran = bureau.cli(verb, path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert path.name in ran.err
    assert "Traceback" not in ran.err
    assert "程序出错" not in ran.err
    assert not out.exists()


@pytest.mark.parametrize("what", NONSENSE[2:])
def test_nonsense_from_a_district_comes_back_and_is_exit_code_1(
    bureau: Bureau, nonsense: dict[str, Path], what: str
) -> None:
    before = nonsense[what].read_bytes()
    ran = bureau.cli("collect", nonsense[what], "--json")
    (file,) = ran.json["files"]
    assert (ran.code, file["outcome"], ran.err) == (1, "refused", "")
    assert (bureau.root / "退回" / file["returned_as"]).is_file()
    assert nonsense[what].read_bytes() == before


@pytest.mark.parametrize("what", NONSENSE[:2])
def test_what_is_no_file_cannot_be_collected(bureau: Bureau, nonsense: dict[str, Path], what: str) -> None:
    with expect_unchanged(bureau):
        ran = bureau.cli("collect", nonsense[what])
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    "damage", [b"", b"scheme = ", b'scheme = "nantong-2019"\nledger = 5\n', b"\xff\xfe", b"[scheme]\n", b"x = 1\n"]
)
def test_a_damaged_configuration_is_named(bureau: Bureau, damage: bytes) -> None:
    (bureau.root / "xltools.toml").write_bytes(damage)
    ran = bureau.cli("status")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "程序出错" not in ran.err


@pytest.mark.parametrize("damage", [b"", b"SQLite format 3\x00" + bytes(2000), b"nonsense" * 1000, None])
@pytest.mark.parametrize("verb", ["status", "collect", "verify"])
def test_a_damaged_ledger_is_named(bureau: Bureau, damage: bytes | None, verb: str) -> None:
    path = bureau.root / "台账.db"
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    ran = bureau.cli(verb)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "台账" in ran.err
    assert "程序出错" not in ran.err


@pytest.mark.parametrize(
    ("wanted", "says"),
    [("没有这家", "没有"), ("示例", "NT2019-0001"), ("", "NT2019-0001"), ("NT2019-9999", "没有"), ("%", "没有")],
)
def test_a_firm_that_cannot_be_told_is_said(bureau: Bureau, wanted: str, says: str) -> None:
    ran = bureau.cli("explain", wanted)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


@pytest.mark.parametrize("wanted", [uscc(3), "NT2019-0003", "nt2019-0003", "示例0003", uscc(3).lower()])
def test_a_firm_is_found_by_code_number_or_part_of_its_name(bureau: Bureau, wanted: str) -> None:
    ran = bureau.cli("explain", wanted)
    assert ran.code == 0
    assert ran.out.startswith("NT2019-0003 南通示例0003进出口有限公司")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["assess", "-o", "结果.doc"], "结果.doc"),
        (["assess", "-o", "没有这个文件夹/结果.xlsx"], "结果.xlsx"),
        (["review"], "三者选一"),
        (["review", "--all-agree"], "--by"),
        (["review", "--all-agree", "--by", "甲", "--export", "x.xlsx"], "三者选一"),
        (["review", "--export", "有了.xlsx"], "没有覆盖"),
        (["template", "-o", "有了.xlsx"], "有了.xlsx"),
        (["submit", "--insurer", "平安"], "中国信保"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_outputs_that_cannot_be(
    bureau: Bureau, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("有了.xlsx").write_bytes(b"mine")
    if args[0] == "template":
        args = [*args[:2], str(tmp_path / args[2])]
    with expect_unchanged(bureau):
        ran = bureau.cli(*args)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert says in ran.err
    assert Path("有了.xlsx").read_bytes() == b"mine"


def test_a_pipe_that_closes_early_is_no_error() -> None:
    command = (
        f'{sys.executable} -m xltools schemes show nantong-2019 | head -c 10 >/dev/null; exit "${{PIPESTATUS[0]}}"'
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in done.stderr


# ── without permission ──


@contextmanager
def nobody() -> Iterator[None]:
    """Root may do everything: be somebody who may not."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def readable() -> Iterator[Bureau]:
    """A workspace that others may read and not change."""
    with tempfile.TemporaryDirectory(prefix="xltools-test-") as folder:
        made = bureau_in(Path(folder))
        made.drop(firms(1, 2))
        made.collect()
        made.agree(1)
        for verb in ("status", "submit --dry-run", "collect", "template --dry-run"):
            assert made.cli(*verb.split()).code == 0  # whatever is imported late is imported now
        for path in (Path(folder), *Path(folder).rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        yield made
        for path in (Path(folder), *Path(folder).rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.mark.parametrize("verb", ["collect", "submit", "review --all-agree --by 甲", "template"])
def test_who_may_not_write_is_told_so(readable: Bureau, verb: str) -> None:
    with expect_unchanged(readable), nobody():
        ran = readable.cli(*verb.split())
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "程序出错" not in ran.err


def test_who_may_only_read_sees_the_state(readable: Bureau) -> None:
    with expect_unchanged(readable), nobody():
        ran = readable.cli("status")
    assert (ran.code, ran.err) == (0, "")
    assert "共 2 家企业" in ran.out


def test_a_file_that_may_not_be_read_is_named(readable: Bureau) -> None:
    path = readable.root.parent / "锁.xlsx"
    path.parent.chmod(0o755)
    path.write_bytes((readable.root / "收件" / "崇川区.xlsx").read_bytes())
    path.chmod(0)
    with nobody():
        ran = cli("quote", path, "--scheme", "nantong-2019")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "锁.xlsx" in ran.err
    assert "程序出错" not in ran.err


# ── dry runs ──


def test_a_dry_run_of_every_changing_verb_leaves_every_byte(bureau: Bureau) -> None:
    bureau.drop([firm(6, area=THERE, phone="1"), firm(1, area=THERE)], "新.xlsx", THERE)
    (bureau.root / "收件" / "坏.xlsx").write_bytes(b"bad")
    calls = {v: c for v, c in verbs_with(bureau).items() if v in CHANGING}
    calls["collect"] = ([], 1)
    others: dict[str, list[str | Path]] = {
        "review": ["--all-agree", "--by", "甲"], "review ": ["--export", bureau.root.parent / "待审.xlsx"], "fund": [],
    }  # fmt: skip
    for verb in (
        "submit",
        "issued",
        "accounts",
        "upgrade",
        "claims",
        "decisions",
        "alerts",
        "authorisations",
    ):  # what other verbs of the year ask for
        assert bureau.cli(verb, *verbs_with(bureau)[verb][0]).code == 0
    assert bureau.cli("book").code == 0  # for `sync`
    before = tree(bureau.root.parent)
    for verb, args in [*((v, a) for v, (a, _) in calls.items()), *others.items()]:
        ran = bureau.cli(verb.strip(), *args, "--dry-run", "--json")
        assert (verb, ran.code, ran.err) == (verb, calls.get(verb, ([], 0))[1] if verb != "fund" else 0, "")
        assert tree(bureau.root.parent) == before, verb
    for args in (
        ["init", bureau.root.parent / "新", "--scheme", "nantong-2019"], ["demo", bureau.root.parent / "演示"],
        ["quote", bureau.root / "收件" / "新.xlsx", "--scheme", "nantong-2019", "-o", bureau.root.parent / "出.xlsx"],
    ):  # fmt: skip
        assert cli(*args, "--dry-run").code in (0, 1)
        assert tree(bureau.root.parent) == before, args[0]


def test_a_dry_run_says_what_would_happen(bureau: Bureau) -> None:
    bureau.drop([firm(6, area=THERE, phone="1")], "新.xlsx", THERE)
    (file,) = bureau.cli("collect", "--dry-run", "--json").json["files"]
    assert (file["outcome"], file["new"], file["errors"]) == ("returned", 1, 1)
    (batch,) = bureau.cli("submit", "--dry-run", "--json").json["batches"]
    assert (batch["rows"], batch["fiscal_fen"], batch["code"]) == (2, 2_100_000, bureau.submit()[0].code)


def test_a_dry_run_as_the_very_first_thing_leaves_no_content(tmp_path: Path) -> None:
    bureau = bureau_in(tmp_path)
    before = bureau.tree()
    bureau.drop(firms(1))
    assert bureau.cli("collect", "--dry-run").code == 0
    bureau.clear()
    left = {n: c for n, c in bureau.tree().items() if c and before.get(n) != c}
    assert left == {}


# ── personal data ──

PEOPLE = {
    "contact": "赵钱孙",
    "legal": "周吴郑",
    "reviewer": "冯陈褚",
    "email": "zhao@example.com",
    "phone": "13912345678",
}


@pytest.fixture
def told(tmp_path: Path) -> tuple[Bureau, list[Ran]]:
    """Everything that every verb says as JSON over a busy workspace whose cells are full of people."""
    bureau = bureau_in(tmp_path)
    rows = [
        firm(1, **PEOPLE), firm(2, **PEOPLE | {"phone": "1391234567"}), firm(3, **PEOPLE | {"email": "zhao@"}),
        firm(4, **PEOPLE, customs_code="13912345678"), firm(5, **PEOPLE, remark="转 139-1234-5678"),
        firm(6, **PEOPLE | {"phone": "赵钱孙"}), firm(7, **PEOPLE, area="13912345678"),
    ]  # fmt: skip
    bureau.drop(rows)
    ran = [bureau.cli("collect", "--json")]
    bureau.agree(1, 5)
    ran.append(bureau.cli("submit", "--json"))
    bureau.clear()
    bureau.drop([r | {"phone": "13987654321", "contact": "赵二"} for r in rows], "改.xlsx")
    bureau.drop([firm(1, area=THERE, **PEOPLE)], "他.xlsx", THERE)
    ran += [bureau.cli(v, "--json") for v in ("collect", "assess", "status", "verify")]
    ran += [bureau.cli("explain", uscc(n), "--json") for n in range(1, 8)]
    ran.append(cli("quote", bureau.root / "收件" / "改.xlsx", "--scheme", "nantong-2019", "--json"))
    ran.append(
        bureau.cli("review", bureau.sheet([{"统一社会信用代码": uscc(1), "市级审核意见": "13912345678"}]), "--json")
    )
    return bureau, ran


def test_people_and_their_phones_are_in_no_json_and_in_no_journal(told: tuple[Bureau, list[Ran]]) -> None:
    bureau, ran = told
    assert {r.code for r in ran} == {0, 1, 2}
    texts = [r.out for r in ran] + [json.dumps(bureau.journal(), ensure_ascii=False)]
    for word in (*PEOPLE.values(), "13987654321", "赵二", "1391234567", "139-1234-5678", "zhao@"):
        assert [t[max(t.index(word) - 60, 0) :][:120] for t in texts if word in t] == []


def test_that_test_can_fail(told: tuple[Bureau, list[Ran]]) -> None:
    """The ledger's own state does hold them: they had a chance to come out."""
    claims = str(told[0].tables()["claims"])
    assert all(word in claims for word in (*PEOPLE.values(), "1391234567"))


def test_no_log_is_left_in_a_temporary_folder_for_an_error_of_a_person(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(tmp_path.glob("xltools-*.log"))
    bureau.cli("explain", "没有这家")
    assert set(tmp_path.glob("xltools-*.log")) == before


def test_a_fault_of_ours_is_a_sentence_and_its_log_has_no_values(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from xltools.desk.rules import status

    secret = "1391234" + "5678"

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(secret)

    monkeypatch.setattr(status, "status", broken)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ran = bureau.cli("status")
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    (log,) = tmp_path.glob("xltools-*.log")
    assert str(log) in ran.err
    text = log.read_text("utf-8")
    assert "RuntimeError" in text
    assert secret not in text + ran.err


# ── one writer at a time ──

HOLD = """
import sys
from datetime import datetime
from pathlib import Path
from xltools.desk.workspace import open_workspace
from xltools.desk.transaction import changing
workspace = open_workspace(Path(sys.argv[1]), "李乙")
with changing(workspace, datetime(2019, 12, 31, 9, 15, 0)):
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_the_second_writer_is_told_who_works_there_since_when(bureau: Bureau) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(bureau.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdin is not None
        try:
            assert first.stdout.readline() == "ready\n"
            for verb in ("collect", "submit", "review --all-agree --by 甲"):
                ran = bureau.cli(*verb.split())
                assert (ran.code, ran.out) == (2, "")
                assert "李乙" in ran.err
                assert "2019-12-31 09:15:00" in ran.err
                assert str(first.pid) in ran.err
            looking = bureau.cli("status", "--json")
            assert (looking.code, looking.json["firms"]) == (0, 3)
        finally:
            first.stdin.close()
            first.wait(30)
    assert bureau.cli("submit").code == 0
    assert len(bureau.submitted()) == 1


# ── as a real process ──


def test_the_whole_thing_as_real_processes(tmp_path: Path) -> None:
    root = tmp_path / "南通"
    made = spawn([sys.executable, "-m", "xltools", "init", root, "--scheme", "nantong-2019"])
    assert (made.code, made.err) == (0, "")
    bureau = Bureau(root)
    bureau.drop([firm(1), firm(2, phone="12")])
    results = {
        verb: spawn(bureau.command(*verb.split(), "--json"))
        for verb in ("collect", f"review --all-agree --by {WHO}", "submit", "verify", "status")
    }
    assert {v: r.code for v, r in results.items()} == dict.fromkeys(results, 0) | {"collect": 1}
    assert all(r.err == "" for r in results.values())
    assert results["submit"].json["batches"][0]["rows"] == 1
    assert results["status"].json["by_status"] == {"已报送": 1, "待补正": 1}
    assert {d["区"]: d["文件"] for d in results["status"].json["districts"]}[HERE] == 1


def test_a_template_in_a_workspace_follows_the_districts_round(bureau: Bureau) -> None:
    bureau.sent_in(firms(1, 2, 3), round=3)
    assert bureau.cli("template", "-o", "新一轮", "--rows", "10").code == 0
    made = {p.name: version(p)["轮次"] for p in (bureau.root / "新一轮").iterdir()}
    assert sorted(made.values()) == [1, 1, 1, 1, 1, 3]
    assert made["企业投保申请汇总表_NT2019_崇川区.xlsx"] == 3


def test_cells_that_were_tidied_are_reported(bureau: Bureau) -> None:
    bureau.clear()
    bureau.drop(
        [
            firm(1, name=" 南通示例０００１进出口有限公司", exports="5，000，000"),
            firm(2, phone="138 0000 0002"),
            firm(3),
        ]
    )
    ran = bureau.cli("collect", "--json")
    (file,) = ran.json["files"]
    assert file["tidied"] == {"企业名称": ["B5"], "2018年出口额(美元)": ["H5"], "手机": ["G6"]}
    assert file["cleaned"] == 3


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1")


def test_text_that_looks_like_a_formula_stays_text_in_every_workbook_we_write(tmp_path: Path) -> None:
    bureau = bureau_in(tmp_path)
    rows = [firm(n, name=f"{f}有限公司", remark=f, contact=f, address=f) for n, f in enumerate(FORMULAS, 1)]
    rows[0] |= {"phone": "=2"}
    bureau.drop(rows, "=cmd.xlsx")
    bureau.collect()
    bureau.agree(2, 3, 4, 5)
    bureau.submit()
    out, todo = tmp_path / "结果.xlsx", tmp_path / "待审.xlsx"
    assert bureau.cli("assess", "-o", out).code == 1
    assert bureau.cli("review", "--export", todo).code == 0
    quote = tmp_path / "试算.xlsx"
    assert cli("quote", bureau.root / "收件" / "=cmd.xlsx", "--scheme", "nantong-2019", "-o", quote).code == 1
    books = [out, todo, quote, *(bureau.root / "退回").iterdir(), *(bureau.root / "报送").iterdir()]
    assert len(books) == 5
    for path in books:
        found = {
            c.value
            for page in openpyxl.load_workbook(path)
            for row in page.iter_rows()
            for c in row
            if c.data_type == "f"
        }
        assert {str(f) for f in found if not str(f).startswith('=HYPERLINK("#')} == set(), path.name
        texts = {
            c.value
            for page in openpyxl.load_workbook(path)
            for row in page.iter_rows()
            for c in row
            if c.data_type == "s"
        }
        assert any(str(t).startswith(("=", "+", "-", "@")) for t in texts), path.name
