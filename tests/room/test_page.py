"""docs/fault-matrix.md shows the table of faults, and what it says of a run is what the run has left."""

from __future__ import annotations

from alerting.model.catalogue import KINDS
from tests.room.faults import FAULTS, Fault
from tests.room.page import BEGIN, END, NOT_RUN, PAGE, cells, shown, summary, written
from tests.room.watching import MISSED, RIGHT, Result

ROW = Fault("camera-unplugged", "webcam unplugged", (), "camera_missing")
RAN = Result(
    "camera-unplugged",
    "camera_missing",
    ROW.what,
    ["camera_missing"],
    RIGHT,
    4.1,
    0.8,
    5.0,
    12.0,
    13.0,
    day="2026-11-29",
)
CLOCK_SET = (34560024.3, -9.0)
"""Seconds until the journal had it, by a clock that the fault itself has set."""
EMPTY = f"# Title\n{BEGIN}\n{END}\nthe end\n"


def test_the_page_has_a_row_for_each_fault_with_its_expected_code() -> None:
    there = shown(PAGE.read_text())
    assert {name: row[1:3] for name, row in there.items()} == {
        one.name: [one.what, f"`{one.code}`" if one.code else "nothing"] for one in FAULTS
    }, "run python -m tests.room.page RESULTS"


def test_the_sum_on_the_page_is_that_of_its_rows() -> None:
    text = PAGE.read_text()
    assert summary(shown(text).values()) in text


def test_the_table_has_at_least_sixty_faults_of_all_parts_and_no_name_twice() -> None:
    assert len(FAULTS) >= 60
    assert len({one.name for one in FAULTS}) == len(FAULTS)
    assert {one.area for one in FAULTS} == {"camera", "microphone", "speaker", "network", "software", "host"}
    assert [one.name for one in FAULTS if one.code and one.code not in KINDS] == []
    assert [one.name for one in FAULTS for code in one.may if code not in KINDS] == []
    assert sum(one.smoke for one in FAULTS) == 5


def test_a_row_that_was_not_run_says_so() -> None:
    text = written(EMPTY, [ROW], {})
    assert shown(text)["camera-unplugged"][3] == NOT_RUN
    assert "1 rows, 0 run, 0 of these right, 1 not run yet." in text
    assert text.endswith(f"{END}\nthe end\n")


def test_what_was_measured_is_kept_until_it_is_measured_again() -> None:
    text = written(EMPTY, [ROW], {ROW.name: RAN.row()})
    row = ["`camera_missing`", "4.1 s", "0.8 s", "5.0 s", "12.0 s", "2026-11-29, load 0"]
    assert shown(written(text, [ROW], {}))["camera-unplugged"][3:] == row
    other = Fault("camera-unplugged", "webcam unplugged", (), "camera_no_frames")
    assert shown(written(text, [other], {}))["camera-unplugged"][3] == NOT_RUN, "another code is another fault"
    renamed = Fault("camera-unplugged", "webcam's cable cut", (), "camera_missing")
    assert shown(written(EMPTY, [renamed], {ROW.name: RAN.row()}))["camera-unplugged"][3] == NOT_RUN, "and what is done"


def test_what_went_wrong_stands_out_and_does_not_count_as_right() -> None:
    wrong = Result("camera-unplugged", "camera_missing", ROW.what, [], MISSED, day="2026-11-29")
    assert cells(ROW, wrong.row())[0] == "**missed**: nothing"
    assert "1 rows, 1 run, 0 of these right" in written(EMPTY, [ROW], {ROW.name: wrong.row()})


def test_a_time_by_a_clock_that_the_fault_has_set_is_not_shown() -> None:
    assert cells(ROW, RAN.row())[2] == "0.8 s"
    for one in CLOCK_SET:
        assert cells(ROW, {**RAN.row(), "journalled": one})[2] == ""
