"""What kind of file is it, and may we open it: `xltools.sheets.intake.package`."""

from __future__ import annotations

import contextlib
import datetime
import io
import pickle
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest
import xlsxwriter
from converting import convert
from damage import DAMAGES, damaged, every_damage

from xltools.sheets.intake.package import (
    Package,
    Refused,
    check_package,
    examine,
    external_links,
    has_macros,
    kind,
    unpack,
)
from xltools.sheets.ooxml import ole, parts

Made = bytes | Callable[[], bytes]  # large files are made when their test runs

MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACRO = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
BILLION_LAUGHS = (
    b'<?xml version="1.0"?>\n<!-- a comment --><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
)


def zipped(*members: tuple[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method, compresslevel=1) as package:
        for name, content in members:
            package.writestr(name, content)
    return target.getvalue()


def book(*more: tuple[str, bytes | str], main: str = MAIN, workbook: bytes | str = "<workbook/>") -> bytes:
    types = f'<Types><Override PartName="/xl/workbook.xml" ContentType="{main}"/></Types>'
    return zipped(("[Content_Types].xml", types), ("xl/workbook.xml", workbook), *more)


def real_book() -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as made:
        made.set_properties({"created": datetime.datetime(2019, 9, 1)})
        sheet = made.add_worksheet("企业投保申请汇总表")
        for row in range(30):
            sheet.write_row(row, 0, [f"企业{row}", row * 1.5, "91320600MA1XXXXXXX"])
    return target.getvalue()


def compound(streams: dict[str, bytes], storages: tuple[str, ...] = ()) -> bytes:
    """An OLE2 file as [MS-CFB] draws it, 512-byte sectors; streams below 4,096 bytes go to the mini stream."""
    names = [*streams, *storages]
    mini, minifat, places = bytearray(), [], {}
    for name, content in streams.items():
        if len(content) < 4096:
            count = -(-len(content) // 64)
            places[name] = len(mini) // 64
            minifat += [len(minifat) + i + 1 for i in range(count - 1)] + [0xFFFFFFFE]
            mini += content.ljust(count * 64, b"\0")
    body: list[bytes] = []
    fat: list[int] = []

    def store(content: bytes) -> int:
        count = max(1, -(-len(content) // 512))
        first = len(body)
        fat.extend([first + i + 1 for i in range(count - 1)] + [0xFFFFFFFE])
        body.extend(content[i * 512 : (i + 1) * 512].ljust(512, b"\0") for i in range(count))
        return first

    for name, content in streams.items():
        if len(content) >= 4096:
            places[name] = store(content)
    mini_start = store(bytes(mini))
    minifat_start = store(struct.pack(f"<{len(minifat)}I", *minifat).ljust(512, b"\xff"))

    def entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
        raw = name.encode("utf-16-le")
        head = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw) + 2, kind, 1)
        return head + struct.pack("<III36xIII", 0xFFFFFFFF, right, child, start, size, 0)

    directory = entry("Root Entry", 5, 0xFFFFFFFF, 1 if names else 0xFFFFFFFF, mini_start, len(mini))
    for i, name in enumerate(names, 1):
        after = i + 1 if i < len(names) else 0xFFFFFFFF
        stream = name in streams
        directory += entry(
            name, 2 if stream else 1, after, 0xFFFFFFFF, places.get(name, 0), len(streams.get(name, b""))
        )
    directory_start = store(directory)
    fat_start = len(body)
    fat.append(0xFFFFFFFD)
    body.append(struct.pack(f"<{len(fat)}I", *fat).ljust(512, b"\xff"))
    assert len(fat) <= 128
    header = ole.MAGIC + bytes(16) + struct.pack("<HHHHH6xIII4xIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, directory_start,
                                                  4096, minifat_start, 1, 0xFFFFFFFE, 0)  # fmt: skip
    return header + struct.pack("<109I", fat_start, *[0xFFFFFFFF] * 108) + b"".join(body)


def record(code: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", code, len(data)) + data


def biff(*sheet: bytes, globals_: tuple[bytes, ...] = ()) -> bytes:
    """A BIFF8 stream of one sheet that has the given records."""
    bof = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 1997, 0, 6))
    start = len(bof) + sum(map(len, globals_)) + len(record(0x85, bytes(9))) + 4
    bound = record(0x85, struct.pack("<IH", start, 0) + b"\x01\0S")
    return bof + b"".join(globals_) + bound + record(0x0A) + bof + b"".join(sheet) + record(0x0A)


def xls(*sheet: bytes, globals_: tuple[bytes, ...] = (), pad: int = 0, **more: bytes) -> bytes:
    return compound({"Workbook": biff(*sheet, globals_=globals_).ljust(pad, b"\0"), **more})


NUMBER = record(0x203, struct.pack("<HHHd", 4, 2, 15, 3.5))
FILEPASS = record(0x2F, b"\1\0" + bytes(52))

KINDS = [
    ("a workbook written by XlsxWriter", real_book(), Package("xlsx", False, False)),
    ("the smallest workbook", book(), Package("xlsx", False, False)),
    ("a macro workbook by its content type", book(main=MACRO), Package("xlsm", True, False)),
    ("a macro workbook that calls itself .xlsx", book(("xl/vbaProject.bin", b"\0")), Package("xlsm", True, False)),
    ("Excel 4.0 macro sheets are macros", book(("xl/macrosheets/sheet1.xml", "<x/>")), Package("xlsx", True, False)),
    ("a workbook with links", book(("xl/externalLinks/externalLink1.xml", "<x/>")), Package("xlsx", False, True)),
    ("an .xls in the mini stream", xls(NUMBER), Package("xls", False, False)),
    ("an .xls in sectors of its own", xls(NUMBER, pad=9000), Package("xls", False, False)),
    ("an .xls of Excel 95", compound({"Book": biff(NUMBER)}), Package("xls", False, False)),
    ("an .xls with VBA", compound({"Workbook": biff(NUMBER)}, ("_VBA_PROJECT_CUR",)), Package("xls", True, False)),
    ("CSV in UTF-8", "序号,企业名称\n1,甲\n".encode(), Package("csv", False, False)),
    ("CSV in UTF-8 with BOM", "\ufeff序号,企业名称\n".encode(), Package("csv", False, False)),
    ("CSV in GB18030, as Excel in China saves it", "序号,企业名称\n".encode("gb18030"), Package("csv", False, False)),
    ("text with tabs", "序号\t企业名称\n".encode("gb18030"), Package("csv", False, False)),
    ("a CSV whose first 64 kB end within a character", ("a," + "企业" * 60_000).encode("gb18030"),
     Package("csv", False, False)),
    ("Excel's “Unicode 文本”", "序号\t企业名称\r\n".encode("utf-16"), Package("csv", False, False)),
    ("UTF-16 without its mark", "序号\t企业名称\r\n".encode("utf-16-le"), Package("csv", False, False)),
    ("codes guarded by U+001F", "序号,代码\n1,\x1f91320600\n".encode(), Package("csv", False, False)),
    ("a web page with a table, saved as .xls", b"\xef\xbb\xbf<html><table><tr><td>1</td><td>2</td></tr></table></html>",
     Package("html", False, False)),
    ("a web archive of Excel's", b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n--x\nContent-Type: text/html\n\n",
     Package("html", False, False)),
    ("a workbook of Excel 2003 in XML",
     b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', Package("xml", False, False)),
    ("an .xls of Excel 2, without a package", bytes.fromhex("09000400020010000a000000"), Package("xls", False, False)),
    ("a DOS export that ends with Ctrl-Z", b"a,b\r\n1,2\r\n\x1a", Package("csv", False, False)),
    ("a zip of two workbooks", zipped(("a.xlsx", real_book()), ("b/汇总.XLS", b"x")), Package("zip", False, False)),
    ("a zip of one CSV beside Mac litter", zipped(("a.csv", "a,b"), ("__MACOSX/._a.csv", "x")),
     Package("zip", False, False)),
]  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), [case[1:] for case in KINDS], ids=[case[0] for case in KINDS])
def test_kind(tmp_path: Path, data: bytes, expected: Package) -> None:
    file = tmp_path / "文件.doc"  # the name says nothing
    file.write_bytes(data)
    assert examine(file) == expected
    assert (kind(file), has_macros(file), external_links(file)) == (
        expected.kind,
        expected.macros,
        expected.external_links,
    )
    check_package(file)


def stated(data: bytes, name: str, size: int) -> bytes:
    """The same zip with another inflated size stated for a member, in both headers."""
    changed = bytearray(data)
    for signature, at, names in ((b"PK\1\2", 24, 46), (b"PK\3\4", 22, 30)):
        place = -1
        while (place := changed.find(signature, place + 1)) >= 0:
            if changed[place + names :].startswith(name.encode()):
                changed[place + at : place + at + 4] = struct.pack("<I", size)
    return bytes(changed)


def encrypted_zip() -> bytes:
    data = bytearray(zipped(("a.xlsx", real_book())))
    data[6] |= 1
    data[data.rfind(b"PK\1\2") + 8] |= 1
    return bytes(data)


def with_name(name: str) -> bytes:
    """A workbook with one member whose name stands in it as bytes, past zipfile's own clean-up."""
    plain = "x" * len(name.encode())
    return book((plain, "<x/>")).replace(plain.encode(), name.encode())


MANY = [(f"xl/media/{i}.png", b"x") for i in range(200)]
SST = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" uniqueCount="{}"><si/></sst>'

REFUSED = [
    ("an empty file", b"", "FILE_EMPTY"),
    ("a file of blanks", b" \r\n\r\n", "FILE_EMPTY"),
    ("a file with nothing but a BOM", b"\xef\xbb\xbf", "FILE_EMPTY"),
    ("a zip without members", zipped(), "FILE_EMPTY"),
    ("a zip of folders and litter", zipped(("a/", ""), ("a/.DS_Store", "x"), ("~$a.xlsx", "x")), "FILE_EMPTY"),
    ("a web page saved as .xls", b"\n<html><table><tr><td>1,2</td></tr></table></html>", "FILE_NOT_WORKBOOK"),
    ("a web archive", b"MIME-Version: 1.0\nContent-Type: multipart/related; a,b", "FILE_NOT_WORKBOOK"),
    ("XML of Excel 2003", b'<?xml version="1.0"?><Workbook/>', "FILE_NOT_WORKBOOK"),
    ("a PDF", b"%PDF-1.4\n1 0 obj, <<>>", "FILE_NOT_WORKBOOK"),
    ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR,", "FILE_NOT_WORKBOOK"),
    ("UTF-16 text without a delimiter", "南通市商务局".encode("utf-16"), "FILE_NOT_WORKBOOK"),
    ("a letter without a delimiter", "南通市商务局：你好。".encode(), "FILE_NOT_WORKBOOK"),
    ("bytes that are no text", b"\xff\xff,\xfe\xff" * 9, "FILE_NOT_WORKBOOK"),
    ("a Word document", compound({"WordDocument": bytes(5000)}), "FILE_NOT_WORKBOOK"),
    ("a .docx", zipped(("[Content_Types].xml", "<x/>"), ("word/document.xml", "<x/>")), "FILE_NOT_WORKBOOK"),
    ("an .xlsb", zipped(("[Content_Types].xml", "<x/>"), ("xl/workbook.bin", b"x")), "FILE_NOT_WORKBOOK"),
    ("an .ods", zipped(("content.xml", "<x/>"), ("a.xlsx", "x")), "FILE_NOT_WORKBOOK"),
    ("a zip of pictures", zipped(("a.png", b"x")), "FILE_NOT_WORKBOOK"),
    ("an .xlsx with a password", compound({"EncryptionInfo": bytes(200), "EncryptedPackage": bytes(5000)}),
     "FILE_ENCRYPTED"),
    ("an .xls with a password", xls(NUMBER, globals_=(FILEPASS,), pad=5000), "FILE_ENCRYPTED"),
    ("an .xls with write protection and a password",
     xls(NUMBER, globals_=(record(0x86), FILEPASS)), "FILE_ENCRYPTED"),
    ("a zip with a password", encrypted_zip(), "FILE_ENCRYPTED"),
    ("a workbook cut short", real_book()[:-300], "FILE_UNREADABLE"),
    ("an OLE2 header and no more", ole.MAGIC + bytes(600), "FILE_UNREADABLE"),
    ("an OLE2 file cut short", xls(NUMBER, pad=9000)[:600], "FILE_UNREADABLE"),
    ("a method other than deflate", zipped(("xl/workbook.xml", "<x/>"), method=zipfile.ZIP_BZIP2), "FILE_UNREADABLE"),
    ("an XML member in UTF-7", book(workbook='<?xml version="1.0" encoding="UTF-7"?><x/>'), "FILE_UNREADABLE"),
    ("an XML member in EBCDIC", book(workbook='<?xml version="1.0"?><x/>'.encode("cp500")), "FILE_UNREADABLE"),
    ("an XML member in UTF-32", book(workbook="<x/>".encode("utf-32")), "FILE_UNREADABLE"),
    ("100 kB of comments before the root", book(workbook="<!--" + "-" * 100_000 + "--><x/>"), "FILE_UNREADABLE"),
    ("entities", book(workbook=BILLION_LAUGHS), "FILE_DTD"),
    ("entities in a relationships part", book(("xl/_rels/workbook.xml.rels", BILLION_LAUGHS)), "FILE_DTD"),
    ("entities in a part without a known name", book(("customXml/item1.bin", BILLION_LAUGHS)), "FILE_DTD"),
    ("entities behind 10 kB of comments", book(workbook=b"<!--" + b" " * 10_000 + b"-->" + BILLION_LAUGHS[21:]),
     "FILE_DTD"),
    ("entities in UTF-16", book(workbook=BILLION_LAUGHS.decode().encode("utf-16")), "FILE_DTD"),
    ("entities in UTF-16 without a BOM", book(workbook=BILLION_LAUGHS.decode().encode("utf-16-be")), "FILE_DTD"),
    ("201 members", book(*MANY), "FILE_BOMB"),
    ("60 MB of blanks in a member", lambda: book(("xl/media/a.xml", b" " * (60 << 20))), "FILE_BOMB"),
    ("more than 4 GB stated in all", stated(stated(book(("a", bytes(99)), ("b", bytes(99))), "a", 0x80000000), "b",
                                            0x80000000), "FILE_BOMB"),
    ("a bomb that states 1,000 bytes",
     lambda: stated(book(("xl/media/a.xml", bytes(60 << 20))), "xl/media/a.xml", 1000),
     "FILE_BOMB"),
    ("a bomb that states an honest ratio", lambda: stated(book(("xl/a.xml", bytes(60 << 20))), "xl/a.xml", 5 << 20),
     "FILE_BOMB"),
    ("four thousand million shared strings stated", book(("xl/sharedStrings.xml", SST.format(4294967295))),
     "FILE_BOMB"),
    ("the same in UTF-16", book(("xl/sharedStrings.xml", SST.format(4294967295).encode("utf-16"))), "FILE_BOMB"),
    ("an .xls cell in column 40,000", xls(record(0x203, struct.pack("<HHHd", 9, 39_999, 15, 1.0))), "FILE_BOMB"),
    ("an .xls run of cells past the last column",
     xls(record(0xBD, struct.pack("<HH", 1, 250) + bytes(6 * 9) + b"\0\0")), "FILE_BOMB"),
    ("an .xls that states 10,000,000 rows", xls(record(0x200, struct.pack("<IIHHH", 0, 10_000_000, 0, 200, 0))),
     "FILE_BOMB"),
    ("an .xls whose rows end before they begin", xls(record(0x200, struct.pack("<IIHHH", 9, 2, 0, 200, 0))),
     "FILE_UNREADABLE"),
    ("a member outside the package", with_name("../../evil"), "FILE_PATH"),
    ("a member at the root", with_name("/etc/passwd"), "FILE_PATH"),
    ("a member on a drive", with_name("C:/evil"), "FILE_PATH"),
    ("a member outside the package, by backslashes", with_name("..\\..\\evil"), "FILE_PATH"),
    ("a path in a zip of workbooks", zipped(("../a.xlsx", real_book())), "FILE_PATH"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused(tmp_path: Path, data: Made, code: str) -> None:
    data = data if isinstance(data, bytes) else data()
    file = tmp_path / "汇总表(1).xlsx"
    file.write_bytes(data)
    for look in (examine, kind, check_package, has_macros, external_links):
        with pytest.raises(Refused) as caught:
            look(file)
        assert caught.value.code == code
        assert caught.value.detail
    assert file.read_bytes() == data


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = book(("xl/a.xml", "<a/>"), ("xl/a.xml", "<b/>"))
    (tmp_path / "a.xlsx").write_bytes(data)
    with pytest.raises(Refused, match=r"FILE_UNREADABLE: two members named xl/a\.xml"):
        examine(tmp_path / "a.xlsx")


def test_two_members_of_one_name_and_content_are_one(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = book(("xl/a.xml", "<a/>"), ("xl/a.xml", "<a/>"))
    (tmp_path / "a.xlsx").write_bytes(data)
    assert examine(tmp_path / "a.xlsx") == Package("xlsx", False, False)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for place in (tmp_path / "没有.xlsx", tmp_path):
        with pytest.raises(Refused) as caught:
            examine(place)
        assert caught.value.code == "FILE_UNREADABLE"


ACCEPTED = [
    ("exactly 200 members", book(*MANY[:198])),
    ("40 MB of blanks: below the size where the ratio counts", lambda: book(("xl/a.xml", b" " * (40 << 20)))),
    ("60 MB at an honest ratio",
     lambda: book(("xl/media/a.png", random.Random(1).randbytes(1 << 20) + bytes(59 << 20)))),
    ("an XML member in UTF-16", book(workbook='<?xml version="1.0" encoding="UTF-16"?><x/>'.encode("utf-16"))),
    ("a part whose encoding is stated as gb2312",
     book(("customXml/i.xml", '<?xml version="1.0" encoding="GB2312"?><x/>'))),
    ("the word DOCTYPE in a text", book(("xl/a.xml", "<x>&lt;!DOCTYPE x&gt;</x>"))),
    ("a stylesheet instruction and a comment first",
     book(workbook='<?xml version="1.0"?><?a b?><!-- <!DOCTYPE x> --><x/>')),
    ("five shared strings stated, one there", book(("xl/sharedStrings.xml", SST.format(5)))),
    ("an empty member", book(("xl/a.xml", ""))),
    ("backslashes in a member's name, as some .NET versions write", book(("xl\\a.xml", "<x/>"))),
    ("two dots in a name", book(("xl/a..b.xml", "<x/>"))),
]  # fmt: skip


@pytest.mark.parametrize("data", [case[1] for case in ACCEPTED], ids=[case[0] for case in ACCEPTED])
def test_accepted(tmp_path: Path, data: Made) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(data if isinstance(data, bytes) else data())
    assert examine(file) == Package("xlsx", False, False)


def test_refused_survives_context_managers_and_pickling() -> None:
    @contextlib.contextmanager
    def room() -> Iterator[None]:
        yield

    def refuse() -> None:
        with contextlib.ExitStack() as stack:
            stack.enter_context(room())
            raise Refused(code="FILE_DTD", detail="x")

    with pytest.raises(Refused) as caught:
        refuse()
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (copy.code, copy.detail, str(copy)) == ("FILE_DTD", "x", "FILE_DTD: x")


@pytest.mark.parametrize("piece", [1000, 4096, 1 << 20, 1 << 23])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
@pytest.mark.parametrize("library", [zlib, parts._fast], ids=["with zlib", "with isal"])
def test_inflating_in_pieces_gives_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int, method: int, library: ModuleType
) -> None:
    monkeypatch.setattr(parts, "_fast", library)
    content = random.Random(3).randbytes(300_000) + bytes(500_000)
    (tmp_path / "a.zip").write_bytes(zipped(("a", content), method=method))
    with parts.open_zip(tmp_path / "a.zip") as package:
        pieces = list(parts.inflate(package, package.getinfo("a"), piece))
        assert parts.head(package, package.getinfo("a"), piece) == pieces[0]
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= piece


def test_inflating_stops_at_the_stated_size(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(stated(zipped(("a", bytes(8_000_000))), "a", 4_000_000))
    pieces = []
    with parts.open_zip(tmp_path / "a.zip") as package:
        stream = parts.inflate(package, package.getinfo("a"))
        with pytest.raises(Refused, match="FILE_BOMB: more than the stated 4000000 bytes: a"):
            pieces.extend(stream)
    assert sum(map(len, pieces)) <= 4_000_000


# A zip of district files


def chinese_zip(name: str, encoding: str, content: bytes) -> bytes:
    """As packed by a Chinese Windows: the name in the system's code page, no UTF-8 flag."""
    raw = name.encode(encoding)
    crc, size = zlib.crc32(content), len(content)
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 0, 0, 33, crc, size, size, len(raw), 0) + raw + content
    central = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 0, 0, 33, crc, size, size, len(raw), 0, 0, 0, 0,
                          0, 0) + raw  # fmt: skip
    return local + central + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local), 0)


UNPACKED = [
    ("names in GB18030", chinese_zip("崇川区/企业汇总表.xlsx", "gb18030", b"a"), ["企业汇总表.xlsx"]),
    ("names in UTF-8 without the flag, as macOS packs", chinese_zip("崇川区汇总.xlsx", "utf-8", b"a"),
     ["崇川区汇总.xlsx"]),
    ("a GB18030 name that is valid UTF-8 by chance", chinese_zip("一.csv", "gb18030", b"a"), ["一.csv"]),
    ("a decomposed name of macOS", zipped(("e\u0301.csv", "a")), ["é.csv"]),
    ("folders flattened, the same name numbered", zipped(("a/表.xlsx", "1"), ("b/表.xlsx", "2"), ("c/表.XLSX", "3")),
     ["表.xlsx", "表(2).xlsx", "表(3).XLSX"]),
    ("litter left out", zipped(("__MACOSX/._a.xlsx", "x"), (".DS_Store", "x"), ("~$a.xlsx", "x"), ("d/", ""),
                               ("Thumbs.db", "x"), ("a.xlsx", "1")), ["a.xlsx"]),
    ("a file that is no workbook comes too", zipped(("a.xlsx", "1"), ("扫描件.pdf", "2")), ["a.xlsx", "扫描件.pdf"]),
    ("names that Windows does not take", zipped(('a/b:c*"?.xlsx', "1"), ("NUL.csv", "2"), ("x .", "3")),
     ["b_c___.xlsx", "_NUL.csv", "x"]),
    ("a name longer than a disk takes", zipped(("长" * 300 + ".xlsx", "1")), ["长" * 60 + ".xlsx"]),
    ("a zip within a zip is unpacked in its place",
     zipped(("a.xlsx", "1"), ("b.zip", zipped(("c.csv", "2"), ("a.xlsx", "3"))), ("d.csv", "4")),
     ["a.xlsx", "c.csv", "a(2).xlsx", "d.csv"]),
    ("a zip within a zip under a workbook's name", zipped(("a.csv", "1"), ("b.xlsx", zipped(("c.csv", "1")))),
     ["a.csv", "c.csv"]),
    ("a document within a zip is no archive", zipped(("a.docx", zipped(("[Content_Types].xml", "x"), ("word/document.xml", "x")))),
     ["a.docx"]),
    ("a damaged workbook is left to the reader", zipped(("a.xlsx", real_book()[:500])), ["a.xlsx"]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "names"), [case[1:] for case in UNPACKED], ids=[case[0] for case in UNPACKED])
def test_unpack(tmp_path: Path, data: bytes, names: list[str]) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    (tmp_path / "into").mkdir()
    files = unpack(tmp_path / "a.zip", tmp_path / "into")
    assert [file.name for file in files] == names
    assert sorted(file.name for file in (tmp_path / "into").iterdir()) == sorted(names)


def test_unpack_keeps_the_bytes_and_never_overwrites(tmp_path: Path) -> None:
    first, second = real_book(), random.Random(2).randbytes(100_000)
    (tmp_path / "a.zip").write_bytes(zipped(("x/表.xlsx", first), ("y/表.xlsx", second)))
    (tmp_path / "表.xlsx").write_bytes(b"mine")
    files = unpack(tmp_path / "a.zip", tmp_path)
    assert [(file.name, file.read_bytes()) for file in files] == [
        ("表(2).xlsx", first),
        ("表(3).xlsx", second),
    ]
    assert (tmp_path / "表.xlsx").read_bytes() == b"mine"


def nested(depth: int) -> bytes:
    inner = zipped(("a.csv", "1"))
    for _ in range(depth - 1):
        inner = zipped(("b.zip", inner))
    return inner


NOT_UNPACKED = [
    ("five zips within one another", nested(5), "FILE_BOMB"),
    ("201 files in two zips within a zip", zipped(*((f"{n}.zip", zipped(*((f"{n}{i}.csv", "1") for i in range(100)))) for n in "ab")),
     "FILE_BOMB"),
    ("a path out of the folder", zipped(("a.xlsx", "1"), ("../b.xlsx", "2")), "FILE_PATH"),
    ("201 files", zipped(*((f"{i}.csv", "1") for i in range(201))), "FILE_BOMB"),
    ("60 MB out of 60 kB", lambda: zipped(("a.csv", "1"), ("b.csv", bytes(60 << 20))), "FILE_BOMB"),
    ("a bomb that states 1,000 bytes",
     lambda: stated(zipped(("a.csv", "1"), ("b.csv", bytes(60 << 20))), "b.csv", 1000),
     "FILE_BOMB"),
    ("a password", encrypted_zip(), "FILE_ENCRYPTED"),
    ("a member cut off", stated(zipped(("a.csv", "1"), ("b.csv", "2" * 100)), "b.csv", 999), "FILE_UNREADABLE"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "code"), [c[1:] for c in NOT_UNPACKED], ids=[c[0] for c in NOT_UNPACKED])
def test_unpack_refuses_and_leaves_nothing(tmp_path: Path, data: Made, code: str) -> None:
    (tmp_path / "a.zip").write_bytes(data if isinstance(data, bytes) else data())
    (tmp_path / "into").mkdir()
    with pytest.raises(Refused) as caught:
        unpack(tmp_path / "a.zip", tmp_path / "into")
    assert caught.value.code == code
    assert list((tmp_path / "into").iterdir()) == []


# Files not made by this test


def test_an_xls_written_by_libreoffice(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    for row in range(40):
        made.active.append([f"企业{row}", row, None, row / 7])
    made.save(tmp_path / "a.xlsx")
    saved = convert(tmp_path / "a.xlsx", tmp_path, "xls", anew=False)
    assert examine(saved) == Package("xls", False, False)
    data = saved.read_bytes()
    at = data.index(struct.pack("<HH", 0x200, 14)) + 4
    (tmp_path / "b.xls").write_bytes(data[:at] + struct.pack("<IIHH", 0, 0xFFFFFFF0, 0, 0xFFF0) + data[at + 12 :])
    with pytest.raises(Refused) as caught:
        examine(tmp_path / "b.xls")
    assert caught.value.code == "FILE_BOMB"


@pytest.mark.parametrize("damages", DAMAGES)
def test_damaged_workbooks_are_examined_or_refused_and_some_of_each(
    tmp_path: Path, damages: Callable[[bytes], list[bytes]]
) -> None:
    seed, file = real_book(), tmp_path / "a.xlsx"
    outcomes = {"xlsx", "FILE_UNREADABLE", "FILE_DTD", "FILE_PATH", "FILE_NOT_WORKBOOK"}
    seen = set()
    for content in damages(seed):
        file.write_bytes(content)
        try:
            seen.add(examine(file).kind)
        except Refused as why:
            seen.add(why.code)
    assert outcomes <= seen


def test_damage_is_a_function_of_the_seed_and_changes_the_file() -> None:
    seed = real_book()
    first = [damaged(seed, random.Random(number)) for number in range(60)]
    assert first == [damaged(seed, random.Random(number)) for number in range(60)]
    assert len(set(first)) > 55
    assert seed not in first
    every = every_damage(seed)
    assert every_damage.__wrapped__(seed) == every
    assert len(set(every) - {seed}) == len(every) > 300
