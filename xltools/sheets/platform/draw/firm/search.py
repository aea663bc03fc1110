"""How 一企一页 finds a firm: worksheet formulas for every Excel since 2016, WPS and LibreOffice (no array entry).

The cells stand right of the printed page. A code, a customs code or a 受理编号 is found as a whole first; then any part
of a name, of a 受理编号, of a code.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRM_SHEET = "一企一页"
QUERY, WHICH = "查询", "第几家"
"""Named cells: what is looked for, and which of several firms is shown."""
WAYS = (
    ("统一社会信用代码", False), ("受理编号", False), ("海关注册编码", False), ("企业名称", True), ("受理编号", True),
    ("统一社会信用代码", True),
)  # fmt: skip
"""Columns of 名册 that are looked through, in this order, as a whole or (True) for any part."""
EXACT = sum(not part for _, part in WAYS)
SHOWN, PROBLEMS, CLOCKS = 8, 5, 4
"""Firms that are named where several match, and problems and deadlines that are told."""
LABEL, VALUE = 6, 7
"""Columns (0-based) of the search: what a cell is, and the cell."""
LETTER = "H"
FIRST = 5
"""0-based row of its first cell."""


@dataclass(frozen=True)
class Search:
    """Formulas in order by what they find, without the equals sign."""

    formulas: dict[str, str]

    def cell(self, name: str) -> str:
        """Where that one stands: `$H$6`."""
        return f"${LETTER}${FIRST + 1 + list(self.formulas).index(name)}"


def search() -> Search:
    """All of them; each refers to those before it."""
    out = Search({})

    def put(name: str, formula: str) -> str:
        out.formulas[name] = formula
        return out.cell(name)

    # T(NOW()) is an empty text that every program computes anew when it opens the file, and so all that follows it:
    # LibreOffice shows what was saved otherwise, and `book` may have written other tables since.
    q = put("查什么", f"TRIM({QUERY}&T(NOW()))")
    looked = [f'"*"&{q}&"*"' if part else q for _, part in WAYS]
    kind = str(len(WAYS))
    for place in range(len(WAYS) - 1, 0, -1):
        there = f"ISNUMBER(MATCH({looked[place - 1]},名册[{WAYS[place - 1][0]}],0))"
        kind = f"IF({there},{place},{kind})"
    kind = put("按第几种", f'IF({q}="",{EXACT + 1},{kind})')
    pattern = put("找什么样的", f'IF({kind}>{EXACT},"*"&{q}&"*",{q})')
    # `名册` alone is the table with its headings in LibreOffice, and `[#Data]` alone is unknown there.
    column = f"CHOOSE({kind},{','.join(f'名册[{c}]' for c, _ in WAYS)})"
    rows = put("名册行数", f'IF({q}="",0,ROWS(名册[受理编号]))')
    first = at = put("第1家", f'IF({q}="",0,IFERROR(MATCH({pattern},{column},0),0))')
    for n in range(2, SHOWN + 1):
        rest = f"INDEX({column},{at}+1):INDEX({column},{rows})"
        at = put(f"第{n}家", f"IF({at}=0,0,IF({at}>={rows},0,IFERROR({at}+MATCH({pattern},{rest},0),0)))")
    # Exact codes are compared, not counted: COUNTIF takes 18 digits for a number and sees only 15 of them.
    found = f"IF({kind}>{EXACT},COUNTIF({column},{pattern}),SUMPRODUCT(({column}={q})*1))"
    count = put("几家", f"IF({first}=0,0,{found})")
    which = put("看第几家", f"IF({count}=0,0,MAX(1,MIN(INT(N({WHICH})),{count},{SHOWN})))")
    row = put("名册的行", f"IF({which}=0,0,INDEX({first}:{at},{which}))")
    number, code, area = (
        put(heading, f'IF({row}=0,"",INDEX(名册[{heading}],{row})&"")')
        for heading in ("受理编号", "统一社会信用代码", "所属区")
    )
    both = f"(测算[统一社会信用代码]={code})*(测算[所属区]={area})"
    put("测算的行", f"IF({row}=0,0,{_last('测算', both)})")
    put("排队的行", f"IF({row}=0,0,IFERROR(MATCH({number},排队[受理编号],0),0))")
    put("报送的行", f"IF({row}=0,0,{_last('报送', f'(报送[受理编号]={number})')})")
    put("几个问题", f"IF({row}=0,0,COUNTIF(问题[受理编号],{number}))")
    at = put("问题1", f"IF({row}=0,0,IFERROR(MATCH({number},问题[受理编号],0),0))")
    for n in range(2, PROBLEMS + 1):
        rest = f"INDEX(问题[受理编号],{at}+1):INDEX(问题[受理编号],ROWS(问题[受理编号]))"
        at = put(f"问题{n}", f"IF({at}=0,0,IF({at}>=ROWS(问题[受理编号]),0,IFERROR({at}+MATCH({number},{rest},0),0)))")
    put("几个案件", f"IF({row}=0,0,SUMPRODUCT((案件表[企业]={code})*1))")
    put("案件的行", f"IF({row}=0,0,IFERROR(MATCH({code},案件表[企业],0),0))")
    put("几个期限", f"IF({row}=0,0,SUMPRODUCT((期限表[统一社会信用代码]={code})*1))")
    at = put("期限1", f"IF({row}=0,0,IFERROR(MATCH({code},期限表[统一社会信用代码],0),0))")
    for n in range(2, CLOCKS + 1):
        rows = "ROWS(期限表[统一社会信用代码])"
        rest = f"INDEX(期限表[统一社会信用代码],{at}+1):INDEX(期限表[统一社会信用代码],{rows})"
        at = put(f"期限{n}", f"IF({at}=0,0,IF({at}>={rows},0,IFERROR({at}+MATCH({code},{rest},0),0)))")
    plan = f'IF({out.cell("测算的行")}=0,"",INDEX(测算[方案],{out.cell("测算的行")})&"")'
    put("方案的行", f"IF({row}=0,0,IFERROR(MATCH({plan},方案表[方案],0),0))")
    return out


def _last(table: str, condition: str) -> str:
    """The last row of the table where the condition holds, from 1; 0 where it holds in none."""
    return f"SUMPRODUCT(MAX({condition}*(ROW({table}[受理编号])-ROW({table}[[#Headers],[受理编号]]))))"


def value(table: str, heading: str, row: str) -> str:
    """The cell of that table, heading and row (0: none), "" where it is blank."""
    cell = f"INDEX({table}[[#Data],[{heading}]],{row})"
    return f'IF({row}=0,"",IF({cell}="","",{cell}))'


def said(table: str, heading: str, row: str) -> str:
    """The same as text, for sentences."""
    return f'IF({row}=0,"",INDEX({table}[[#Data],[{heading}]],{row})&"")'


def messages(s: Search) -> tuple[str, str]:
    """How many firms there are, and which others."""
    q, count, which = s.cell("查什么"), s.cell("几家"), s.cell("看第几家")
    several = f'"找到 "&{count}&" 条，下面是第 "&{which}&" 条；看别的，在“第几家”里填序号，或把受理编号填进去再查"'
    none = f'"没有找到“"&{q}&"”。请换名称里的另几个字，或用统一社会信用代码、海关编码、受理编号"'
    told = f'IF({count}=0,{none},IF({count}=1,"找到 1 家",{several}))'
    ask = '"请在黄色格子里输入企业名称的一部分、统一社会信用代码、海关编码或受理编号，按回车"'
    named = "&".join(
        f'IF({at}=0,"","{"　" if n > 1 else ""}{n} "&INDEX(名册[受理编号],{at})&" "&INDEX(名册[企业名称],{at})&"（"&INDEX(名册[所属区],{at})&"）")'
        for n, at in ((n, s.cell(f"第{n}家")) for n in range(1, SHOWN + 1))
    )
    more = f'IF({count}>{SHOWN},"　…… 另有 "&({count}-{SHOWN})&" 条","")'
    return f'IF({q}="",{ask},{told})', f'IF({count}<2,"",{named}&{more})'
