"""docs/manual/udfs.md: every worksheet function with its arguments, told by what the functions themselves say."""

from __future__ import annotations

from xltools.office.wrappers import Function, wrappers

HEAD = """# 工作表函数

[手册目录](README.md)

平台工作簿里可以直接用的函数，名字都以 `XT_` 开头。像 `SUM` 一样写在单元格里，随算随变。
可以给一格，也可以给一整列：给一列就得到一列（新版 Excel 自动展开；旧版先选中一列，输完按 Ctrl+Shift+Enter）。
填得不对时，格子里写“错误：”和原因，别的行照算。函数只看您给的格，不读也不改台账。

- 要在能运行宏的 Excel 里用平台工作簿（Windows）；LibreOffice 用它自己的那一份。别的工作簿里没有这些函数。
- 没有在 Excel 和 WPS 中试过，见[验证了什么](verified.md)。
- 〔测算〕里的金额是普通公式，不用这些函数也会算。

本页由函数自己的说明生成，不要手改。
"""


def text() -> str:
    """The whole page."""
    found = wrappers().functions
    rows = "".join(f"| [`{f.name}`](#{f.name.lower()}) | {_cell(f.about)} |\n" for f in found)
    return f"{HEAD}\n| 函数 | 做什么 |\n|---|---|\n{rows}" + "".join(map(_section, found))


def _section(f: Function) -> str:
    given = ", ".join(a.name for a in f.arguments)
    rows = "".join(f"| `{a.name}` | {'可不填' if a.optional else '必填'} | {_cell(a.about)} |\n" for a in f.arguments)
    return f"\n## {f.name}\n\n{f.about}\n\n`={f.name}({given})`\n\n| 参数 | | 填什么 |\n|---|---|---|\n{rows}"


def _cell(words: str) -> str:
    return words.replace("|", "\\|")
