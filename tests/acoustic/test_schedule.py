"""When the room listens to itself by itself: pure, over nights and meetings."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.acoustic.schedule import due

NIGHT = time.mktime((2026, 11, 30, 3, 30, 0, 0, 0, -1))


@pytest.mark.parametrize(("minutes", "comes"), [(-1, False), (0, True), (59, True), (61, False), (720, False)])
def test_in_the_hour_of_the_night(minutes: float, comes: bool) -> None:
    assert bool(due("03:30", NIGHT + 60 * minutes, None, before_meetings=False)) is comes


def test_a_night_that_begins_before_midnight_is_one_night() -> None:
    before = time.mktime((2026, 11, 30, 23, 50, 0, 0, 0, -1))
    said = {due("23:30", before + 60 * n, None, before_meetings=False) for n in range(30)}
    assert said == {"night 2026-11-30"}


@pytest.mark.parametrize(
    ("meeting_in", "comes"), [(None, False), (1300, False), (1200, True), (960, True), (900, False), (10, False)]
)
def test_before_a_meeting_only_where_it_is_allowed_and_not_within_a_quarter_hour(
    meeting_in: float | None, comes: bool
) -> None:
    noon = NIGHT + 9 * 3600
    assert bool(due("03:30", noon, meeting_in, before_meetings=True)) is comes
    assert due("03:30", noon, meeting_in, before_meetings=False) == ""


@given(st.floats(0, 299), st.floats(0, 299), st.floats(-0.4, 0.4))
def test_one_meeting_is_one_check(first: float, second: float, jitter: float) -> None:
    start = NIGHT + 9 * 3600 + 1800
    said = {
        due("03:30", start - 1200 + later, 1200 - later + wrong, before_meetings=True)
        for later, wrong in ((first, 0.0), (second, jitter))
        if 1200 - later + wrong <= 1200
    }
    assert len(said) == 1
