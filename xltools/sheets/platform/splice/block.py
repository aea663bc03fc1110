"""The rows of one table put into its sheet (换行): ours made anew, everybody else's cells kept where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from xltools.roster.letters import column_letters
from xltools.sheets.ooxml.rows import Region, Row
from xltools.sheets.ooxml.styles import Styles
from xltools.sheets.ooxml.xmlbytes import INSIDE, attributes, corners, prefix, with_attribute
from xltools.sheets.platform.rowsxml import Own, Rows, Theirs, rows_xml, style_text
from xltools.sheets.platform.splice.heights import Heights, high
from xltools.sheets.platform.splice.heights import usual as without_height
from xltools.sheets.platform.splice.plan import Job
from xltools.sheets.platform.splice.staff_columns import carried, matched, style_of
from xltools.sheets.platform.splice.styles import style_for
from xltools.sheets.platform.splice.travel import Route, rows_followed


def spliced(
    job: Job, found: Region, styles: Styles, formulas: Mapping[str, str], strings: Sequence[bytes], since_1904: bool
) -> tuple[bytes, list[str], Route]:
    """The sheet with the table's new rows, what is worth a line, and where the rows go. Raises CellError."""
    t, move, p = job.table, job.move, prefix(found.before).decode()
    said, columns, rows = [], [*_own(job, found, styles, formulas)], job.rows
    if not rows.num_rows:  # a table has a row of data, be it blank
        rows = pa.table({f.name: pa.nulls(1, f.type) for f in rows.schema})
        columns = [Own(c.column, c.style, rows[_heading(job, c.column)]) for c in columns]
    numbers = range(t.first, move.new + 1)
    keys = job.spec.key or [c.heading for c in job.spec.columns if not c.formula]
    marked = [found.rows[n] for n in range(t.first, t.bottom + 1) if n in found.rows and found.rows[n].own]
    every: list[Own | Theirs] = [*columns]
    old: list[Row | None] = [None] * rows.num_rows
    if (len(marked) > 1 or job.theirs) and not job.spec.hidden:
        old = matched(marked, rows, {h: job.places[h] for h in keys}, strings, since_1904)
        kinds = {job.places[c.heading]: c.kind for c in job.spec.columns}
        every = [_styled(c, old, styles, kinds[c.column]) for c in columns]
        if job.theirs:
            given = {column: t.columns[column - t.left].formula for column in job.theirs}
            own = carried(marked, old, t.first, given, strings, p)
            said += [_lost(job, *entry) for entry in own.lost]
            every += own.columns
    every.sort(key=lambda c: c.column)
    kept: list[Row | None] = [found.rows.get(n) for n in numbers]
    usual = _usual(found, t.first, t.bottom)
    route = _route(job, marked, old)
    if not route.stays:
        kept = [*rows_followed(found, old, route, usual, strings, p)]
    given_, before, after = _kept(kept, usual, job.heights)
    body: list[bytes | memoryview] = [
        *rows_xml(every, t.first, len(numbers), p, given_, before, after, since_1904),
        *_below(job, found, p),
    ]
    if t.sorted and job.spec.in_order:
        said.append(f"{job.spec.name}：各行按平台的次序排列，原来的排序已取消")
    head = _extended(found.before, job.end, t.right, grown=move.new > move.old)
    return b"".join([head, *body, found.after]), said, route


def _route(job: Job, marked: Sequence[Row], old: Sequence[Row | None]) -> Route:
    """Where the rows go on which staff left something."""
    t = job.table
    to = {row.number: number for number, row in enumerate(old, t.first) if row}
    gone = frozenset(row.number for row in marked) - to.keys() if len(marked) > 1 else frozenset[int]()
    return Route(t.first, t.bottom, t.left, to, frozenset(gone), job.heights is not None, job.fixed, job.spec.name)


def _own(job: Job, found: Region, styles: Styles, formulas: Mapping[str, str]) -> Iterator[Own]:
    """Our columns, each with the style of its first row of data as it stands, else its sheet column's own."""
    first = found.rows.get(job.table.first)
    for column in job.spec.columns:
        place = job.places[column.heading]
        style = style_of(first.own.get(place)) if first else None
        if style is None:
            style = _column_style(found.before, place)
        number = style_for(styles, style, column.kind)
        yield Own(place, number, job.rows[column.heading], formulas[column.formula] if column.formula else "")


def _styled(column: Own, old: Sequence[Row | None], known: Styles, kind: str) -> Own:
    """The column with the looks of single cells: a row that somebody coloured stays so wherever it goes."""
    styles = [style_of(row.own.get(column.column)) if row else None for row in old]
    if all(style in (None, column.style) for style in styles):
        return column
    numbers = {style: style_for(known, style, kind) for style in {*styles} - {None}} | {None: column.style}
    texts = [style_text(numbers[style]) for style in styles]
    return replace(column, styles=pa.array(texts, pa.string()))


def _heading(job: Job, place: int) -> str:
    return next(h for h, c in job.places.items() if c == place)


def _column_style(head: bytes, column: int) -> int | None:
    """The style of a whole column of the sheet, None for the default one."""
    for tag in re.findall(rb"<(?:\w+:)?col\s%s>" % INSIDE, head):
        given = attributes(tag)
        if int(given.get("min", 0)) <= column <= int(given.get("max", 0)):
            return int(given.get("style", 0)) or None
    return None


def _usual(found: Region, first: int, last: int) -> bytes:
    """The attributes of a row that comes new: those that the first and the last row of data share. A single row may be
    tall for its own words, unless it is as tall as all of the sheet."""
    rows = [found.rows[n].given for n in (first, last) if n in found.rows]
    if len(rows) < 2 or rows[0] != rows[1]:
        return b""
    sheet = re.search(rb"<(?:\w+:)?sheetFormatPr\s[^>]*>", found.before)
    height = attributes(sheet[0]).get("defaultRowHeight") if sheet else None
    return rows[0] if first < last or attributes(rows[0]).get("ht") == height else b""


def _kept(rows: Sequence[Row | None], usual: bytes, heights: Heights | None) -> tuple[Rows, Rows, Rows]:
    """Attributes of every row, its height among them where text is wrapped, and what stands left and right of the table."""
    given = [usual if row is None else row.given + (b' hidden="1"' if row.hidden else b"") for row in rows]
    if heights is not None:  # a table without any rows has a blank one
        given = [high(text, points) for text, points in zip(given, heights or [None], strict=True)]
    return (
        _all(given),
        _all([row.before if row else b"" for row in rows]),
        _all([row.after if row else b"" for row in rows]),
    )


def _all(texts: list[bytes]) -> Rows:
    """One text for all rows where they agree, else an array."""
    if len(set(texts)) == 1:
        return texts[0]
    return pa.array([text.decode() for text in texts], pa.string())


def _below(job: Job, found: Region, p: str) -> Iterator[bytes]:
    """The totals row in its new place, and what staff have in rows that the table no longer takes."""
    t, move = job.table, job.move
    for number in range(move.new + 1, job.end + 1):
        row = found.rows.get(number, Row(number, b""))
        if job.heights is not None and number <= move.old:  # it was as high as our words in it
            row = replace(row, given=without_height(row.given))
        totals = b""
        if number == move.new + t.totals and t.totals:
            old = found.rows.get(move.old + 1, row)
            row = row if number in found.rows else Row(number, old.given)
            q = p.encode()
            totals = b"".join(
                b'<%sc r="%s%d"%s>%s</%sc>' % (q, column_letters(c.column).encode(), number, c.given, c.inner, q)
                for c in old.own.values()
            )
        if totals or not row.empty(_usual(found, t.first, t.bottom)):
            hidden = b' hidden="1"' if row.hidden and number > move.old else b""
            inner = row.before + totals + row.after
            yield f'<{p}row r="{number}"'.encode() + row.given + hidden + b">" + inner + f"</{p}row>".encode()


def _extended(head: bytes, bottom: int, right: int, *, grown: bool) -> bytes:
    """What stands before the rows, with the sheet's extent where the table outgrew it."""
    tag = re.search(rb"<(?:\w+:)?dimension\s[^>]*>", head)
    if not grown or not tag:
        return head
    given = corners(attributes(tag[0]).get("ref", "A1"))
    if given[2] >= bottom and given[3] >= right:
        return head
    new = f"{column_letters(given[1])}{given[0]}:{column_letters(max(given[3], right))}{max(given[2], bottom)}"
    return head[: tag.start()] + with_attribute(tag[0], b"ref", new.encode()) + head[tag.end() :]


def _lost(job: Job, row: int, column: int, text: str) -> str:
    heading = job.names[column - job.table.left]
    return f"{job.spec.name}：第 {row} 行已不在表中，自加列“{heading}”里的“{text}”没有地方放了，请记下"
