"""Days counted from 1904, as Excel for the Mac once did: the workbook's own word counts, for every reader and format."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter
import xlwt
from packages import WORKBOOK, X15, edited, put
from rosters import HEADINGS, SHEET, Answer, nantong, quote_file, table

from xltools.sheets.intake.read import read_roster
from xltools.sheets.ooxml import parts
from xltools.sheets.ooxml.worksheets import contents

NOON = datetime(2019, 9, 5, 9, 30)
IN_1900, IN_1904 = 43713.395833333336, 42251.395833333336
"""The number of that moment in the two date systems."""


def book(path: Path, *, date1904: bool, formatted: bool, number: float) -> Path:
    """One firm whose papers were complete at that number of days."""
    made = xlsxwriter.Workbook(path, {"date_1904": date1904})
    page = made.add_worksheet(SHEET)
    moment = made.add_format({"num_format": "yyyy-mm-dd hh:mm"}) if formatted else None
    page.write_row(3, 0, [*HEADINGS.values()])
    (row,) = table([{}])
    for x, key in enumerate(HEADINGS):
        if key == "received":
            page.write_number(4, x, number, moment)
        elif key == "reviewed":
            page.write_string(4, x, "2019-09-06")
        elif row.get(key) is not None:
            page.write(4, x, row[key])
    made.close()
    return path


def received(answer: Answer) -> list[datetime]:
    found: list[datetime] = answer.quote.roster.times["received"].tolist()
    return found


SAID_1904 = [
    pytest.param('date1904="1"', id="1"),
    pytest.param('date1904="true"', id="true"),
    pytest.param('date1904="on"', id="on"),
    pytest.param("date1904='1' showObjects='all'", id="other quotes, other attributes"),
    pytest.param('filterPrivacy="1" date1904 = "1"', id="blanks around the sign"),
]
SAID_1900 = [
    pytest.param('date1904="0"', id="0"),
    pytest.param('date1904="false"', id="false"),
    pytest.param('date1904="off"', id="off"),
    pytest.param('codeName="date1904"', id="a name that only sounds like it"),
    pytest.param("", id="nothing said"),
]


@pytest.mark.parametrize("behind", ["", X15], ids=["", "with Excel 2013's extension"])
@pytest.mark.parametrize("formatted", [True, False], ids=["a date's format", "a bare number"])
@pytest.mark.parametrize("said", SAID_1904)
def test_a_workbook_that_counts_from_1904(tmp_path: Path, said: str, formatted: bool, behind: str) -> None:
    path = book(tmp_path / "in.xlsx", date1904=True, formatted=formatted, number=IN_1904)
    edited(
        path,
        (WORKBOOK, lambda xml: put('date1904="1"', said)(xml.replace("</workbook>", f"<!-- -->{behind}</workbook>"))),
    )
    answer = quote_file(path)
    assert (received(answer), answer.problems(), answer.row["排队号"]) == ([NOON], [], "1")


@pytest.mark.parametrize("formatted", [True, False], ids=["a date's format", "a bare number"])
@pytest.mark.parametrize("said", SAID_1900)
def test_a_workbook_that_does_not(tmp_path: Path, said: str, formatted: bool) -> None:
    path = book(tmp_path / "in.xlsx", date1904=True, formatted=formatted, number=IN_1900)
    extension = X15.replace("chartTracking", 'date1904="1" chartTracking')
    edited(
        path, (WORKBOOK, lambda xml: put('date1904="1"', said)(xml.replace("</workbook>", f"{extension}</workbook>")))
    )
    answer = quote_file(path)
    assert (received(answer), answer.problems()) == ([NOON], [])


PREFIXED = (
    ("<workbook xmlns=", "<x:workbook xmlns:x="),
    ("</workbook>", "</x:workbook>"),
    *((f"<{name}", f"<x:{name}") for name in ("workbookPr", "sheets>", "sheet ")),
    ("</sheets>", "</x:sheets>"),
)
STRICT = (
    ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"),
)


WRAPPED = (
    ("<workbookPr", "<AlternateContent><Choice><workbookPr"),
    ("/><sheets>", "/></Choice></AlternateContent><sheets>"),
)


@pytest.mark.parametrize(
    "changes", [PREFIXED, STRICT, WRAPPED], ids=["a prefixed workbook", "a strict one", "one for several versions"]
)
def test_whatever_the_namespace_is_written_like(tmp_path: Path, changes: tuple[tuple[str, str], ...]) -> None:
    path = book(tmp_path / "in.xlsx", date1904=True, formatted=True, number=IN_1904)

    def change(xml: str) -> str:
        head, _, rest = xml.partition("<workbookPr")
        tag, _, rest = rest.partition("/>")
        kept = rest[rest.index("<sheets>") : rest.index("</sheets>") + 9] + "</workbook>"
        xml = f"{head[: head.index('>', head.index('<workbook ')) + 1]}<workbookPr{tag}/>{kept}"
        for old, new in changes:
            xml = put(old, new)(xml)
        return xml

    edited(path, (WORKBOOK, change))
    answer = quote_file(path)
    assert (received(answer), answer.problems()) == ([NOON], [])


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        pytest.param(2019, None, id="a year alone is no day"),
        pytest.param(20190905, datetime(2019, 9, 5), id="a day without hyphens is no number of days"),
        pytest.param(42251, datetime(2019, 9, 5), id="a whole day"),
    ],
)
def test_only_numbers_of_days_are_counted_from_1904(tmp_path: Path, number: float, moment: datetime | None) -> None:
    answer = quote_file(book(tmp_path / "in.xlsx", date1904=True, formatted=False, number=number))
    assert received(answer) == [moment]


@pytest.mark.parametrize("formatted", [True, False], ids=["a date's format", "a bare number"])
@pytest.mark.parametrize("date1904", [True, False])
def test_an_xls_says_it_in_a_record(tmp_path: Path, date1904: bool, formatted: bool) -> None:
    made = xlwt.Workbook()
    made.dates_1904 = date1904
    page = made.add_sheet(SHEET)
    (row,) = table([{}])
    for x, (key, heading) in enumerate(HEADINGS.items()):
        page.write(3, x, heading)
        value = row.get(key)
        if key == "received":
            style = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm") if formatted else xlwt.easyxf()
            page.write(4, x, IN_1904 if date1904 else IN_1900, style)
        elif value is not None:
            page.write(4, x, str(value) if isinstance(value, date) else value)
    made.save(str(tmp_path / "in.xls"))
    answer = quote_file(tmp_path / "in.xls")
    assert (received(answer), [c for c, _, _ in answer.problems()]) == ([NOON], ["FILE_XLS"])


def test_a_csv_counts_from_1900(tmp_path: Path) -> None:
    (row,) = table([{"received": IN_1900}])
    lines = [",".join(HEADINGS.values()), ",".join("" if row.get(k) is None else str(row[k]) for k in HEADINGS)]
    (tmp_path / "in.csv").write_text("\n".join(lines), "utf-8")
    assert received(quote_file(tmp_path / "in.csv")) == [NOON]


def test_the_number_keeps_its_second(tmp_path: Path) -> None:
    path = book(tmp_path / "in.xlsx", date1904=True, formatted=False, number=IN_1904 + 7 / 86_400)
    cells = read_roster(path, nantong())
    assert np.isclose(float(cells.columns["received"][0].as_py()), IN_1900 + 7 / 86_400, atol=1e-7)
    assert received(quote_file(path)) == [NOON.replace(second=7)]


def test_what_the_workbook_says_is_found_once(tmp_path: Path) -> None:
    path = book(tmp_path / "in.xlsx", date1904=True, formatted=True, number=IN_1904)
    with parts.open_zip(path) as package:
        assert contents(package).date1904


def test_however_deep_a_part_of_the_workbook_nests_it_is_read_in_one_pass(tmp_path: Path) -> None:
    """Where each element looks through all above it, these take days."""
    path = book(tmp_path / "in.xlsx", date1904=True, formatted=True, number=IN_1904)
    deep = f"{'<x>' * 1_000_000}<workbookPr/>{'</x>' * 1_000_000}"
    edited(path, (WORKBOOK, lambda xml: xml.replace("</workbook>", f"{deep}</workbook>")))
    with parts.open_zip(path) as package:
        found = contents(package)
    assert (found.date1904, [s.name for s in found.sheets]) == (True, [SHEET])
