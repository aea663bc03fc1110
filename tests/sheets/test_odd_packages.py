"""Workbooks in shapes that Excel opens and readers of values do not, or read wrong: each is read like the plain one."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from packages import RELATED, SHEET, WORKBOOK, edited, members, packed, put
from rosters import Answer, quote_file, table, write_xlsx

from xltools.desk.errors import Refusal
from xltools.sheets.intake import locked
from xltools.sheets.intake.grids import begin_grids
from xltools.sheets.ooxml.refused import Refused

Parts = dict[str, bytes]
Change = Callable[[Parts], Mapping[str, bytes]]
PRICED = [("符合条件", "A", "1500.00", "10632.45", "1", ""), ("符合条件", "A", "1500.00", "10632.45", "2", "")]


def told(answer: Answer) -> list[tuple[str, ...]]:
    """What decides of both firms."""
    return [
        tuple(r[h] for h in ("资格", "方案", "应缴保费(美元)", "应缴保费(元)", "排队号", "说明代码"))
        for r in answer.rows
    ]


def text(name: str, *changes: Callable[[str], str]) -> Change:
    """A member changed as text."""

    def change(parts: Parts) -> Parts:
        xml = parts[name].decode()
        for one in changes:
            assert one(xml) != xml
            xml = one(xml)
        return parts | {name: xml.encode()}

    return change


def renamed(old: str, new: str) -> Change:
    """A part under another name that the workbook relates to."""

    def change(parts: Parts) -> Parts:
        parts[new] = parts.pop(old)
        target, instead = old.removeprefix("xl/"), new.removeprefix("xl/")
        parts[RELATED] = parts[RELATED].replace(f'Target="{target}"'.encode(), f'Target="{instead}"'.encode())
        return parts

    return change


def related(sheet: str, kind: str, part: str, content: bytes = b"") -> Change:
    """One more sheet in front of the others, and what it relates to."""

    def change(parts: Parts) -> Parts:
        kinds = {"module": "", "macro": "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"}
        type_ = kinds.get(kind, f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}")
        parts[WORKBOOK] = parts[WORKBOOK].replace(b"<sheets>", f"<sheets>{sheet}".encode())
        if part:
            line = f'<Relationship Id="rId99" Type="{type_}" Target="{part}"/></Relationships>'
            parts[RELATED] = parts[RELATED].replace(b"</Relationships>", line.encode())
        return parts | ({f"xl/{part}": content} if content else {})

    return change


def in_the_root(parts: Parts) -> Parts:
    moved = {name.removeprefix("xl/"): content for name, content in parts.items()}
    moved["_rels/.rels"] = moved["_rels/.rels"].replace(b'Target="xl/', b'Target="')
    moved["[Content_Types].xml"] = moved["[Content_Types].xml"].replace(b'"/xl/', b'"/')
    return moved


def dimension(ref: str) -> Change:
    return text(SHEET, lambda xml: re.sub(r'<dimension ref="[^"]*"/>', f'<dimension ref="{ref}"/>', xml))


MACRO = b'<xm:macrosheet xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><sheetData/></xm:macrosheet>'
DIALOG = (
    b'<dialogsheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetFormatPr/></dialogsheet>'
)

SHAPES: list[tuple[str, Change, list[str]]] = [
    ("the plain file", lambda parts: parts, []),
    ("backslashes in the names", lambda parts: {n.replace("/", "\\"): c for n, c in parts.items()}, []),
    ("backslashes in a target", text(RELATED, put('Target="worksheets/', 'Target="worksheets\\')), []),
    ("names in other letters", lambda parts: {n.replace("worksheets/sheet1", "Worksheets/Sheet1"): c for n, c in parts.items()}, []),
    ("shared strings under another name", renamed("xl/sharedStrings.xml", "xl/texts1.xml"), []),
    ("shared strings in other letters", lambda parts: {n.replace("sharedStrings", "SharedStrings"): c for n, c in parts.items()}, []),
    ("styles under another name", renamed("xl/styles.xml", "xl/looks.xml"), []),
    ("targets from the package's root", text(RELATED, lambda xml: xml.replace('Target="', 'Target="/xl/')), []),
    ("workbook.xml in the root", in_the_root, []),
    ("a workbook under another name", lambda parts: {
        n.replace("xl/workbook", "xl/workbook2").replace("rels/workbook.xml.rels", "rels/workbook2.xml.rels"):
        c.replace(b"xl/workbook.xml", b"xl/workbook2.xml") for n, c in parts.items()}, []),
    ("no relationships of the package", lambda parts: {n: c for n, c in parts.items() if n != "_rels/.rels"}, []),
    ("no content types", lambda parts: {n: c for n, c in parts.items() if n != "[Content_Types].xml"}, []),
    *((f"a dimension {ref!r}", dimension(ref), []) for ref in ("A0:T5", "1:5", "A:T", "", "A1:", "XFD1048576", "A1:ZZZZ9", "R1C1", "a1:t5")),
    ("no dimension", text(SHEET, lambda xml: re.sub(r"<dimension[^>]*>", "", xml)), []),
    ("a dimension with nothing said", text(SHEET, lambda xml: re.sub(r"<dimension[^>]*>", "<dimension/>", xml)), []),
    ("a chart on a sheet of its own in front",
     related('<sheet name="图" sheetId="98" r:id="rId99"/>', "chartsheet", "chartsheets/sheet1.xml", b"<chartsheet/>"), []),
    ("a dialog in front",
     related('<sheet name="对话" sheetId="98" r:id="rId99"/>', "dialogsheet", "dialogsheets/sheet1.xml", DIALOG), []),
    ("an Excel 4 macro sheet in front, as viruses leave it",
     related('<sheet name="Macro1" sheetId="98" r:id="rId99"/>', "macro", "macrosheets/sheet1.xml", MACRO), ["FILE_MACROS"]),
    ("a hidden one", related('<sheet name="Macro1" sheetId="98" state="veryHidden" r:id="rId99"/>', "macro",
                             "macrosheets/sheet1.xml", MACRO), ["FILE_MACROS"]),
    ("a module sheet without a part", related('<sheet name="Module1" sheetId="98" r:id=""/>', "module", ""), []),
    ("a sheet that relates to nothing", related('<sheet name="Module1" sheetId="98" r:id="rId99"/>', "module", ""), []),
    ("a sheet whose part is not there", related('<sheet name="丢" sheetId="98" r:id="rId99"/>', "worksheet", "worksheets/sheet9.xml"), []),
    ("a state that nobody knows", text(WORKBOOK, put("<sheet ", '<sheet state="visible" ')), []),
    ("names that lead nowhere", text(WORKBOOK, put("</sheets>", '</sheets><definedNames><definedName name="x">#REF!</definedName>'
                                                                "</definedNames>")), []),
    ("no styles", lambda parts: {n: c for n, c in parts.items() if n != "xl/styles.xml"}, []),
    ("styles that are no XML", lambda parts: parts | {"xl/styles.xml": b"<styleSheet><cellXfs>"}, []),
    ("shared strings of Office 2007's beta", lambda parts: parts | {"xl/sharedStrings.xml": parts["xl/sharedStrings.xml"]
        .replace(b"<si>", b"<sstItem>").replace(b"</si>", b"</sstItem>")}, []),
    ("relationships of Office's first beta", text(RELATED, lambda xml: xml.replace(
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://schemas.microsoft.com/office/2005/11/relationships")), []),
    ("a strict workbook's relationships", text(RELATED, lambda xml: xml.replace(
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships")), []),
    ("blanks between the elements", text(SHEET, lambda xml: xml.replace("><", ">\n <")), []),
    ("shared strings by numbers with blanks", text(SHEET, lambda xml: re.sub(r't="s"><v>(\d+)</v>', r't="s"><v> \1 </v>', xml)), []),
    ("comments in values", text(SHEET, lambda xml: re.sub(r"<v>(\d)(\d+)</v>", r"<v>\1<!-- -->\2</v>", xml)), []),
    ("rows and cells without their places", text(SHEET, lambda xml: dense(xml)), []),
    ("rows in another order", text(SHEET, lambda xml: backwards(xml)), []),
    ("a part written as UTF-16", lambda parts: parts | {SHEET: parts[SHEET].decode().replace("UTF-8", "UTF-16").encode("utf-16")}, []),
    ("cells with an extension", text(SHEET, lambda xml: re.sub(r"(<c r=\"A5\"[^>]*>.*?)</c>", r'\1<extLst><ext uri="x"/></extLst></c>', xml)), []),
    ("a type that there is not", text(SHEET, lambda xml: re.sub(r'<c r="I4" [^>]*><v>\d+</v></c>', '<c r="I4" t="zz"><v>申请方案</v></c>', xml)), []),
    ("an inline text in the place of a value", text(SHEET, lambda xml: re.sub(
        r'<c r="I4" [^>]*><v>\d+</v></c>', '<c r="I4" t="inlineStr"><v>申请方案</v></c>', xml)), []),
    ("a value behind an inline text", text(SHEET, lambda xml: re.sub(
        r'<c r="B5" [^>]*><v>\d+</v></c>', '<c r="B5" t="inlineStr"><is><t>南通甲</t></is><v>乙</v></c>', xml)), []),
]  # fmt: skip


def dense(xml: str) -> str:
    """The rows from the first, each with its cells from column A on, as some writers leave out where they stand."""
    rows = dict(re.findall(r'<row r="(\d+)"[^>]*>(.*?)</row>', xml))
    out = []
    for number in range(1, 7):
        cells = {}
        for letters, rest, inner in re.findall(
            r'<c r="([A-Z]+)\d+"([^>]*?)(?:/>|>(.*?)</c>)', rows.get(str(number), "")
        ):
            place = 0
            for letter in letters:
                place = place * 26 + ord(letter) - 64
            cells[place] = f"<c{rest}>{inner}</c>"
        out.append("<row>" + "".join(cells.get(x, "<c/>") for x in range(1, 34)) + "</row>")
    return re.sub(r"<sheetData>.*</sheetData>", f"<sheetData>{''.join(out)}</sheetData>", xml)


def backwards(xml: str) -> str:
    rows = re.findall(r"<row .*?</row>", xml)
    return re.sub(r"<sheetData>.*</sheetData>", f"<sheetData>{''.join(reversed(rows))}</sheetData>", xml)


@pytest.mark.parametrize(("change", "said"), [s[1:] for s in SHAPES], ids=[s[0] for s in SHAPES])
def test_a_shape_is_read_like_the_plain_file(tmp_path: Path, change: Change, said: list[str]) -> None:
    path = write_xlsx(tmp_path / "in.xlsx", table([{}, {}]))
    answer = quote_file(packed(path, change(members(path))))
    assert told(answer) == PRICED
    assert [c for c, _, _ in answer.problems()] == said
    assert answer.quote.roster.times["received"].astype(str).tolist() == ["2019-09-05T09:01:00", "2019-09-05T09:02:00"]


@pytest.mark.parametrize("blank", ["", "\\n  "], ids=["close together", "with blanks"])
@pytest.mark.parametrize(
    "inside", ["<is><t>南通甲</t></is>B<v>乙</v>", "<v>乙</v>B<is><t>南通甲</t></is>"], ids=["behind", "before"]
)
@pytest.mark.parametrize("careful", [False, True], ids=["plain", "by the careful reader"])
def test_an_inline_text_is_read_without_the_value_beside_it(
    tmp_path: Path, inside: str, blank: str, careful: bool
) -> None:
    cell = f'<c r="B5" t="inlineStr">{inside.replace("B", blank)}</c>'
    inlined = text(SHEET, lambda xml: re.sub(r'<c r="B5" [^>]*><v>\d+</v></c>', cell, xml))
    commented = text(SHEET, lambda xml: xml.replace("<sheetData>", "<sheetData><!-- -->"))
    path = write_xlsx(tmp_path / "in.xlsx", table([{}, {}]))
    made = inlined(members(path))
    answer = quote_file(packed(path, commented(made) if careful else made))
    assert answer.quote.roster.text["name"][0].as_py() == "南通甲"


ERRORS = [
    "#N/A",
    "#REF!",
    "#GETTING_DATA",
    "#ERROR!",
    "#SPILL!",
    "#CALC!",
    "#PYTHON!",
    "Err:502",
    "#找不到",
    "#EXTERNAL!",
]


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_value_that_readers_do_not_know_is_one_of_its_cell_alone(tmp_path: Path, error: str) -> None:
    path = write_xlsx(tmp_path / "in.xlsx", table([{}, {"before": 4_000_000}]))
    edited(path, (SHEET, lambda xml: re.sub(r'<c r="S6"[^>]*>.*?</c>', f'<c r="S6" t="e"><v>{error}</v></c>', xml)))
    answer = quote_file(path)
    assert answer.problems() == [("CELL_ERROR", "S6", "error")]
    assert answer.quote.roster.placed()[0].value == error
    assert answer.column("资格") == ["符合条件", "待补正"]


def test_such_a_value_in_a_column_that_nobody_reads_is_nothing(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "in.xlsx", table([{}, {}]), extra=[("x", "本区备用", ["1", "2"])])
    edited(path, (SHEET, lambda xml: re.sub(r'<c r="AH6"[^>]*>.*?</c>', '<c r="AH6" t="e"><v>#SPILL!</v></c>', xml)))
    answer = quote_file(path)
    assert (told(answer), [c for c, _, _ in answer.problems()]) == (PRICED, ["HEADING_UNKNOWN"])


def test_the_text_of_an_error_that_is_only_text_stays_a_text(tmp_path: Path) -> None:
    answer = quote_file(write_xlsx(tmp_path / "in.xlsx", table([{"remark": "Err:502"}, {}])))
    assert (told(answer), answer.problems()) == (PRICED, [])


def test_two_sheets_of_one_name_are_named(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "in.xlsx", table([{}]), before=[("说明", "visible")])
    edited(path, (WORKBOOK, put('name="说明"', 'name="企业投保申请汇总表"')))
    with pytest.raises(Refusal, match="有两张工作表都叫“企业投保申请汇总表”"):
        quote_file(path)


def test_another_visible_sheet_that_cannot_be_opened_is_said_and_the_named_one_read(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "in.xlsx", table([{}, {}]), before=[("乱", "visible")])
    edited(path, (SHEET, put("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')))
    answer = quote_file(path)
    assert (told(answer), answer.problems()) == (PRICED, [("FILE_SHEET_UNREAD", "", "warning")])
    assert "“乱”" in answer.quote.roster.placed()[0].message


def test_a_shared_string_that_is_not_there_is_never_another_text(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "in.xlsx", table([{}, {}]))
    edited(path, (SHEET, lambda xml: re.sub(r'(<c r="B5"[^>]*><v>)\d+', r"\g<1>x7", xml)))
    with pytest.raises(Refusal, match="损坏"):
        quote_file(path)


def test_a_checksum_that_does_not_fit_is_damage_however_the_sheet_is_written(tmp_path: Path) -> None:
    for change in (lambda xml: xml, lambda xml: xml.replace("><", ">\n<")):
        path = write_xlsx(tmp_path / "in.xlsx", table([{}, {}]))
        content = members(path)
        content[SHEET] = change(content[SHEET].decode()).encode()
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:
            for name, data in content.items():
                package.writestr(name, data)
        path.write_bytes(path.read_bytes().replace(b"<v>5000000</v>", b"<v>9000000</v>"))
        with pytest.raises(Refusal, match="损坏"):
            quote_file(path)


# ── cells far apart ──


STRAY = '<row r="1048576"><c r="AH1048576"><v>1</v></c></row>'


@pytest.mark.parametrize("order", [str, backwards], ids=["in order", "backwards"])
def test_one_cell_at_the_end_of_the_sheet_costs_no_million_rows(tmp_path: Path, order: Callable[[str], str]) -> None:
    path = write_xlsx(tmp_path / "in.xlsx", table([{}, {"phone": "12"}]), hidden_rows=[5])
    packed(path, text(SHEET, lambda xml: order(put("</sheetData>", STRAY + "</sheetData>")(xml)) + " ")(members(path)))
    (grid,) = begin_grids(path, None, lambda rows: True)()
    assert grid.lines.tolist() == [*range(1, 21), 1048576]
    answer = quote_file(path)
    assert answer.column("资格") == ["符合条件", "待补正"]
    assert answer.problems() == [("HIDDEN_ROW", "B5", "warning"), ("PHONE", "G6", "error")]


def test_a_firm_far_below_the_others_is_read_in_its_place(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "in.xlsx", table([{}, {}]))
    edited(path, (SHEET, lambda xml: re.sub(r'r="([A-Z]*)6"', r'r="\g<1>1000006"', xml)))
    answer = quote_file(path)
    assert answer.quote.roster.cells.rows.tolist() == [5, 1000006]
    assert answer.column("资格") == ["符合条件"] * 2


def test_firms_far_below_in_another_order_are_read_by_their_rows(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "in.xlsx", table([{}, {"phone": "12"}, {}]), top=7)
    edited(path, (SHEET, lambda xml: re.sub(r'r="([A-Z]*)(8|9|10)"', r'r="\g<1>\g<2>00000"', backwards(xml))))
    answer = quote_file(path)
    assert answer.quote.roster.cells.rows.tolist() == [800000, 900000, 1000000]
    assert (answer.column("资格"), answer.problems()) == (
        ["符合条件", "待补正", "符合条件"],
        [("PHONE", "G900000", "error")],
    )


# ── Excel's own password ──


def locked_with(path: Path, password: str) -> Path:
    plain = io.BytesIO(path.read_bytes())
    with path.open("wb") as file:
        OOXMLFile(plain).encrypt(password, file)
    return path


def test_a_workbook_behind_excels_own_password_opens(tmp_path: Path) -> None:
    path = locked_with(write_xlsx(tmp_path / "in.xlsx", table([{}, {}])), "VelvetSweatshop")
    answer = quote_file(path)
    assert (told(answer), answer.problems()) == (PRICED, [("FILE_LOCKED", "", "warning")])


def test_another_password_is_the_senders_to_take_away(tmp_path: Path) -> None:
    path = locked_with(write_xlsx(tmp_path / "in.xlsx", table([{}, {}])), "1234")
    with pytest.raises(Refusal, match="打开密码"):
        quote_file(path)


def test_a_file_that_asks_for_years_of_hashing_is_left_locked() -> None:
    info = struct.pack("<HHI", 4, 4, 0x40) + b'<encryption><keyEncryptors spinCount="4000000000"/></encryption>'
    with pytest.raises(Refused, match="FILE_ENCRYPTED"):
        locked.opened_package(info, bytes(64))
