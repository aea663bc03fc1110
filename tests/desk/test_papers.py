"""What lies in 收件/ beside the tables: stamped pages, archives within archives, and files that bring readers down."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlwt
from workspaces import HERE, THERE, Bureau, bureau_in, expect_unchanged, firm, firms, uscc

from xltools.desk.enrol import reading
from xltools.desk.told import Told

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
PHOTO = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1"


@pytest.fixture
def bureau(tmp_path: Path) -> Bureau:
    return bureau_in(tmp_path)


def outcomes(reports: list[Any]) -> dict[str, tuple[str, str]]:
    return {r.name: (r.outcome, r.district) for r in reports}


def put(bureau: Bureau, name: str, data: bytes) -> Path:
    path = bureau.root / "收件" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def archive(path: Path, *members: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, data in members:
            package.writestr(name, data)
    path.write_bytes(target.getvalue())
    return target.getvalue()


# ── stamped pages ──


@pytest.mark.parametrize(("name", "data"), [("崇川区盖章页.pdf", PDF), ("扫描件.jpg", PHOTO), ("盖章页", PDF)])
def test_a_stamped_page_beside_the_table_is_kept_and_no_fault(bureau: Bureau, name: str, data: bytes) -> None:
    bureau.drop(firms(1), "崇川区.xlsx")
    put(bureau, name, data)
    reports = bureau.collect()
    assert outcomes(reports) == {"崇川区.xlsx": ("taken", HERE), name: ("attached", HERE)}
    assert [p for r in reports for p in r.placed] == []
    assert bureau.returned() == []
    kept = {p.read_bytes() for p in (bureau.root / "备份" / "收件").iterdir()}
    assert data in kept
    assert [(e["subject"], e["why"]) for e in bureau.journal() if e["why"] == "附件"] == [(name, "附件")]
    with expect_unchanged(bureau):
        assert all(r.again for r in bureau.collect())
    assert bureau.verify().wrong == []


def test_the_command_says_what_became_of_it_and_ends_with_nought(bureau: Bureau) -> None:
    bureau.drop(firms(1), "崇川区.xlsx")
    put(bureau, "盖章页.pdf", PDF)
    ran = bureau.cli("collect")
    assert ran.code == 0
    assert "盖章页.pdf：附件，随崇川区的表保存，没有当作表读" in ran.out


def test_in_an_archive_it_belongs_to_the_table_in_it(bureau: Bureau, tmp_path: Path) -> None:
    here = bureau.drop(firms(1), "汇总表.xlsx", HERE, folder=tmp_path).read_bytes()
    there = bureau.drop([firm(2, area=THERE)], "汇总表2.xlsx", THERE, folder=tmp_path).read_bytes()
    archive(bureau.root / "收件" / "一.zip", ("汇总表.xlsx", here), ("盖章页.pdf", PDF))
    archive(bureau.root / "收件" / "二.zip", ("汇总表.xlsx", there), ("盖章页.pdf", PDF + b"%"))
    assert outcomes(bureau.collect()) == {
        "一.zip：汇总表.xlsx": ("taken", HERE), "一.zip：盖章页.pdf": ("attached", HERE),
        "二.zip：汇总表.xlsx": ("taken", THERE), "二.zip：盖章页.pdf": ("attached", THERE),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "district"),
    [("通州区盖章页.pdf", THERE), ("通州盖章页.pdf", THERE), ("盖章页.pdf", ""), ("崇川、通州盖章页.pdf", "")],
)
def test_beside_two_districts_tables_its_name_tells(bureau: Bureau, name: str, district: str) -> None:
    bureau.drop(firms(1), "甲.xlsx", HERE)
    bureau.drop([firm(2, area=THERE)], "乙.xlsx", THERE)
    put(bureau, name, PDF)
    assert outcomes(bureau.collect())[name] == ("attached", district)


@pytest.mark.parametrize(("name", "outcome"), [("盖章页.pdf", "attached"), ("说明.docx", "refused")])
def test_an_archive_of_stamped_pages_is_one_of_them(bureau: Bureau, name: str, outcome: str) -> None:
    bureau.drop(firms(1), "崇川区.xlsx")
    archive(bureau.root / "收件" / "盖章页.zip", (name, PDF if outcome == "attached" else b"PK"), ("照片.jpg", PHOTO))
    assert outcomes(bureau.collect())["盖章页.zip"][0] == outcome


def test_alone_it_is_no_table_and_refused(bureau: Bureau) -> None:
    put(bureau, "汇总表.pdf", PDF)
    (report,) = bureau.collect()
    assert (report.outcome, [p.code for p in report.placed]) == ("refused", ["FILE_NOT_WORKBOOK"])
    assert "PDF 文件" in report.placed[0].message


def test_in_a_folder_without_a_table_it_is_refused_though_another_has_one(bureau: Bureau) -> None:
    bureau.drop(firms(1), "甲.xlsx", HERE)
    put(bureau, "通州/汇总表.pdf", PDF)
    assert {r.outcome for r in bureau.collect()} == {"taken", "refused"}


def test_refused_at_first_it_is_kept_once_the_table_has_come(bureau: Bureau) -> None:
    put(bureau, "盖章页.pdf", PDF)
    bureau.collect()
    bureau.drop(firms(1), "甲.xlsx", HERE)
    assert outcomes(bureau.collect())["盖章页.pdf"] == ("attached", HERE)


def test_a_word_document_beside_a_table_is_a_fault(bureau: Bureau) -> None:
    bureau.drop(firms(1), "甲.xlsx", HERE)
    archive(bureau.root / "收件" / "申请.docx", ("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>"))
    (bad,) = (r for r in bureau.collect() if r.outcome != "taken")
    assert (bad.outcome, [p.code for p in bad.placed]) == ("refused", ["FILE_NOT_WORKBOOK"])
    assert "Word 文档" in bad.placed[0].message


# ── archives ──


def test_an_archive_in_an_archive_is_unpacked(bureau: Bureau, tmp_path: Path) -> None:
    here = bureau.drop(firms(1), "崇川.xlsx", HERE, folder=tmp_path).read_bytes()
    there = bureau.drop([firm(2, area=THERE)], "通州.xlsx", THERE, folder=tmp_path).read_bytes()
    inner = archive(tmp_path / "通州.zip", ("通州.xlsx", there), ("盖章页.pdf", PDF))
    archive(bureau.root / "收件" / "各区.zip", ("崇川.xlsx", here), ("通州/通州.zip", inner))
    assert {n: o for n, (o, _) in outcomes(bureau.collect()).items()} == {
        "各区.zip：崇川.xlsx": "taken", "各区.zip：通州.xlsx": "taken", "各区.zip：盖章页.pdf": "attached",
    }  # fmt: skip


# ── one file never stops the others ──


def looped(path: Path) -> bytes:
    book = xlwt.Workbook()
    book.add_sheet("x").write(0, 0, "企业名称")
    book.save(str(path))
    data = bytearray(path.read_bytes())
    (fat,), (directory,) = struct.unpack_from("<I", data, 76), struct.unpack_from("<I", data, 48)
    struct.pack_into("<I", data, (fat + 1) * 512 + directory * 4, directory)
    path.unlink()
    return bytes(data)


def test_a_looped_xls_is_damaged_and_the_others_come_in(bureau: Bureau, tmp_path: Path) -> None:
    put(bureau, "坏.xls", looped(tmp_path / "x.xls"))
    bureau.drop(firms(1, 2), "好.xlsx")
    assert outcomes(bureau.collect()) == {"坏.xls": ("refused", ""), "好.xlsx": ("taken", HERE)}
    assert [r["uscc"] for r in bureau.tables()["claims"]] == [uscc(1), uscc(2)]


@pytest.mark.parametrize("fault", [RecursionError, MemoryError, KeyError, AssertionError])
def test_whatever_a_reader_does_the_others_come_in(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    begin = reading.begin_roster

    def broken(path: Path, *args: Any, **options: Any) -> Callable[[], Any]:
        if path.name == "坏.xlsx":
            raise fault
        return begin(path, *args, **options)

    monkeypatch.setattr(reading, "begin_roster", broken)
    bureau.drop(firms(1), "坏.xlsx")
    bureau.drop([firm(2, area=THERE)], "好.xlsx", THERE)
    assert outcomes(bureau.collect()) == {"坏.xlsx": ("refused", ""), "好.xlsx": ("taken", THERE)}


def test_a_table_in_every_guise_enters_alike(bureau: Bureau, tmp_path: Path) -> None:
    """The same firm as a web page and as tabbed text under .xls."""
    from rosters import HEADINGS

    row = firms(1)[0]
    values = ["" if row.get(k) is None else str(row[k]) for k in HEADINGS]
    cells = ["<tr>" + "".join(f"<td>{v}</td>" for v in line) + "</tr>" for line in (HEADINGS.values(), values)]
    put(bureau, "网页.xls", f"<html><table>{''.join(cells)}</table></html>".encode("gb18030"))
    (report,) = bureau.collect()
    assert (report.outcome, report.new, [p.code for p in report.placed]) == (
        "taken",
        1,
        ["FILE_DISGUISED", "FILE_NO_VERSION"],
    )
    bureau.clear()
    lines = "\r\n".join("\t".join(line) for line in (HEADINGS.values(), values))
    put(bureau, "文本.xls", lines.encode("utf-16"))
    (report,) = bureau.collect()
    assert (report.outcome, report.changed, [p.code for p in report.placed]) == ("taken", 0, ["FILE_NO_VERSION"])


def test_what_comes_back_of_a_web_page_is_a_workbook_beside_the_original(bureau: Bureau) -> None:
    from rosters import HEADINGS

    row = firms(1, phone="12")[0]
    values = ["" if row.get(k) is None else str(row[k]) for k in HEADINGS]
    cells = ["<tr>" + "".join(f"<td>{v}</td>" for v in line) + "</tr>" for line in (HEADINGS.values(), values)]
    put(bureau, "网页.xls", f"<html><table>{''.join(cells)}</table></html>".encode())
    (report,) = bureau.collect()
    assert report.outcome == "returned"
    assert bureau.returned() == ["网页_崇川区_原件.xls", "网页_崇川区_退回_第2轮.xlsx"]


def told(found: Told) -> list[str]:
    return [n.sentence for n in found.notes]


def test_a_button_says_it_too(bureau: Bureau) -> None:
    bureau.drop(firms(1), "崇川区.xlsx")
    put(bureau, "盖章页.pdf", PDF)
    assert any("附件" in line for line in told(bureau.press("collect")))
