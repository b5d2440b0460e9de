"""Roster files as spreadsheet programs export them: what they say of themselves is not believed, no row is lost."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerting.configuration import ConfigurationError
from alerting.plan.model import Plan
from alerting.plan.organisation import Contact
from alerting.plan.roster_import import RosterImport, _heads_at, _Table, read_roster
from alerting.plan.roster_times import moment
from alerting.plan.spreadsheet_child import RosterFileProblem, rows_of

PLAN = Plan(contacts={"wang": Contact(name="王强"), "li": Contact(name="Li Na"), "zhao": Contact(name="赵敏")})
LINES = "start,end,person\n2026-12-01 09:00,2026-12-02 09:00,王强\n2026-12-02 09:00,,Li Na\n"
DAY = dt.datetime(2026, 12, 1)


def imported(folder: Path, data: bytes | str, name: str = "duty.csv") -> RosterImport:
    file = folder / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_roster(file, PLAN)


def people(found: RosterImport) -> list[tuple[str, ...]]:
    return [turn.people for turn in found.turns]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_text_is_read_in_every_encoding_and_with_every_separator(tmp_path: Path, encoding: str) -> None:
    for separator in ",;\t|":
        text = LINES.replace(",", separator).replace("\n", "\r\n" if separator == ";" else "\n")
        assert [row[0] for row in max(rows_of(text.encode(encoding)), key=lambda rows: len(rows[0]))[:2]] == [
            "start",
            "2026-12-01 09:00",
        ]
    found = imported(tmp_path, text.encode(encoding))
    assert people(found) == [("wang",), ("li",)]
    assert (found.rows, found.empty) == (2, 0)


def test_what_stands_around_the_table_is_no_turn_and_is_counted(tmp_path: Path) -> None:
    text = "sep=;\n值班表;;;\n;;;\n日期;班次;值班人;备注\n2026/12/1;白;王强、赵敏;a\n;;;\n2026年12月2日;夜;Li Na;\n"
    found = imported(tmp_path, text)
    assert people(found) == [("wang", "zhao"), ("li",)]
    assert (found.rows, found.empty, found.ignored) == (3, 1, ("班次", "备注"))


def test_turns_that_begin_together_end_together(tmp_path: Path) -> None:
    found = imported(tmp_path, "start,person\n2026-12-01,王强\n2026-12-01,Li Na\n2026-12-03,赵敏\n2026-12-03,Li Na\n")
    assert [turn.end.day for turn in found.turns] == [3, 3, 4, 4]


def test_several_columns_of_people_and_times_of_a_day_are_all_read(tmp_path: Path) -> None:
    text = "日期,开始时间,结束时间,主班,副班\n2026-12-01,09:00,18:00,王强,赵敏\n2026-12-01,18:00,9:00,Li Na,\n"
    found = imported(tmp_path, text)
    assert people(found) == [("wang", "zhao"), ("li",)]
    assert (found.turns[1].start, found.turns[1].end) == (DAY.replace(hour=18), DAY.replace(day=2, hour=9))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("soon,,王强", "is not a time"),
        ("2026-12-01,,", "names nobody"),
        (",,王强", "says no time"),
        ("2026-12-01,,nobody", "nobody in the plan"),
        ("2026-12-01,,王强 nobody", "nobody in the plan"),
        ("2026-12-02,2026-12-01,王强", "ends at"),
        ("1026-12-01,,王强", "is not a time"),
        ("2026-13-01,,王强", "is not a time"),
        ("2026-12-01 25:00,,王强", "is not a time"),
    ],
)
def test_no_row_is_lost_in_silence(tmp_path: Path, row: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason) as caught:
        imported(tmp_path, LINES + row + "\n")
    assert [problem.path for problem in caught.value.problems] == ["row 4"]


def workbook(*rows: list[object], epoch_1904: bool = False, before: bool = False) -> bytes:
    book = openpyxl.Workbook()
    if epoch_1904:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    if before:
        book.active.append(["Export summary"])
        book.create_sheet("duty")
    sheet = book.worksheets[-1]
    for row in rows:
        sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def changed(book: bytes, part: str, pattern: bytes, by: bytes) -> bytes:
    """The workbook with one of its parts edited; b"" for both takes the part away."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                if not pattern:
                    continue
                fresh = re.sub(pattern, by, content, flags=re.DOTALL)
                assert fresh != content
                content = fresh
            target.writestr(name, content)
    return made.getvalue()


ROWS: list[list[object]] = [
    ["start", "end", "person"],
    [dt.datetime(2026, 12, 1, 9), dt.datetime(2026, 12, 2, 9), "王强"],
    [dt.datetime(2026, 12, 2, 9), None, "Li Na"],
]
BOOK = workbook(*ROWS)
SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"
BOOKS = {
    "as it is": BOOK,
    "a size of one cell": changed(BOOK, SHEET, rb'<dimension ref="[^"]*"', b'<dimension ref="A1"'),
    "no size": changed(BOOK, SHEET, rb"<dimension [^>]*>", b""),
    "an empty fill": changed(BOOK, STYLES, rb"<fill>.*?</fill>", b"<fill/>"),
    "empty styles": changed(BOOK, STYLES, rb"<styleSheet.*", b"<styleSheet/>"),
    "styles that are no XML": changed(BOOK, STYLES, rb".*", b"<<"),
    "no styles": changed(BOOK, STYLES, b"", b""),
    "days since 1904": workbook(*ROWS, epoch_1904=True),
    "another sheet before": workbook(*ROWS, before=True),
    "no document properties": changed(BOOK, "docProps/core.xml", b"", b""),
}


@pytest.mark.parametrize("how", BOOKS)
def test_a_workbook_is_read_whatever_it_says_of_itself(tmp_path: Path, how: str) -> None:
    found = imported(tmp_path, BOOKS[how], "duty.csv" if how == "as it is" else "duty.xlsx")
    assert people(found) == [("wang",), ("li",)]
    assert found.turns[0].start == dt.datetime(2026, 12, 1, 9)


def zipped(**parts: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name.replace("__", "/"), content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old workbook"),
        (b"<html><table><tr><td>start", "web page"),
        (zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "OpenDocument"),
        (zipped(Index__Document=b"x"), "no XLSX workbook"),
        (zipped(xl__workbook=b"x", xl__worksheets__sheet1=b"0" * (120 << 20)), "unpacks to more"),
        (b"PK\x03\x04 torn", "damaged"),
        (BOOK[: len(BOOK) // 2], "damaged"),
        (b"name;shift\n1;2\n", "has no such columns; it has: name, shift"),
        (b"", "has no such columns; it has: nothing"),
        (b"\xff\xfe\x00", "encoding"),
        (b"start,person\n", "has no row below it"),
        (b"start,start,person\n2026-12-01,2026-12-01,li\n", "more than one column for start"),
    ],
)
def test_what_cannot_be_imported_is_named(tmp_path: Path, data: bytes, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        imported(tmp_path, data)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-12-01 09:00", DAY.replace(hour=9)),
        ("2026/12/1 9:00:00", DAY.replace(hour=9)),
        ("2026年12月1日 9时", DAY.replace(hour=9)),
        ("2026年12月1日9点30分", DAY.replace(hour=9, minute=30)),
        ("２０２６－１２－０１　０９：００", DAY.replace(hour=9)),
        ("2026.12.01", DAY),
        ("20261201", DAY),
        ("2026-12-01(周二) 下午2:00", DAY.replace(hour=14)),
        ("2026-12-01T09:00:00", DAY.replace(hour=9)),
        ("2026-12-01 24:00", DAY.replace(day=2)),
        (46357.375, DAY.replace(hour=9)),
    ],
)
def test_a_time_is_read_as_people_write_it(cell: object, expected: dt.datetime) -> None:
    assert moment(cell) == expected


cells = st.one_of(st.none(), st.text(max_size=20), st.floats(), st.sampled_from(["2026-12-01", "9:00", "王强", "li"]))
HEADS = st.sampled_from(["start", "end", "person", "date", "开始", "note", ""])


@given(st.lists(HEADS, max_size=6), st.lists(st.lists(cells, max_size=6), max_size=6))
def test_any_cells_are_turns_or_problems(heads: list[str], rows: list[list[object]]) -> None:
    table = [heads, *rows]
    at = _heads_at(table)
    if at is None:
        return
    try:
        found = _Table(Path("duty.csv"), table, at, PLAN).read()
    except ConfigurationError as error:
        assert error.problems
    else:
        assert len(found.turns) + found.empty == found.rows


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_bytes_are_a_table_or_wrong(data: bytes) -> None:
    for start in (b"", b"\xff\xfe", b"PK\x03\x04"):
        try:
            assert isinstance(rows_of(start + data), list)
        except RosterFileProblem as wrong:
            assert str(wrong)
