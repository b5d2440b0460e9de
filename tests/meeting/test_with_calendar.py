"""The calendar's fields on the meeting's state, and when the plan hears of them."""

from __future__ import annotations

from itertools import pairwise

from alerting.model.catalogue import KINDS
from alerting.model.fault import Severity
from alerting.model.meeting_state import MeetingState
from alerting.plan.severity import SeverityRules, judge_severity
from monitor.meeting.calendar import matters, with_calendar
from probes.calendar import Agenda, Meeting
from probes.reading import Context

FREE = MeetingState(running=False, confidence=1.0)
AGENDA = Agenda(meetings=(Meeting(1000, 2000, False, "a@x"), Meeting(4000, 5000, True, "chief@x")))


def test_fields_come_from_the_booked_and_the_next_meeting() -> None:
    before = with_calendar(FREE, AGENDA, 400.0)
    assert (before.starts_in, before.ends_in, before.important, before.organiser) == (600.0, None, False, "a@x")
    during = with_calendar(FREE, AGENDA, 1500.0)
    assert (during.starts_in, during.ends_in, during.organiser) == (2500.0, 500.0, "a@x")
    after = with_calendar(FREE, AGENDA, 6000.0)
    assert (after.starts_in, after.ends_in, after.organiser) == (None, None, "")
    assert with_calendar(FREE, AGENDA, 2300.0).important, "an important one begins within half an hour"


def test_severity_follows_the_calendar() -> None:
    dead = KINDS["microphone_dead"]
    assert judge_severity(dead, with_calendar(FREE, Agenda(), 0.0), SeverityRules()) is Severity.NOTICE
    assert judge_severity(dead, with_calendar(FREE, AGENDA, 400.0), SeverityRules()) is Severity.WARNING
    assert judge_severity(dead, with_calendar(FREE, AGENDA, 3900.0), SeverityRules()) is Severity.CRITICAL


def test_the_plan_hears_only_of_what_changes_a_severity() -> None:
    states = [with_calendar(FREE, AGENDA, 5.0 * tick) for tick in range(1200)]
    told = [after for before, after in pairwise(states) if matters(before, after, 1800.0)]
    assert len(told) == 5  # the first begins; it is over; the important one comes near; it begins; it is over
    assert matters(FREE, MeetingState(running=True), 1800.0)
    assert matters(FREE, MeetingState(running=False, occupied=True), 1800.0)


def test_no_device_is_touched_from_four_minutes_before_a_meeting() -> None:
    for now, may in ((700.0, True), (759.0, True), (761.0, False), (999.0, False)):
        state = with_calendar(FREE, AGENDA, now)
        context = Context(
            now=lambda: 0.0, monotonic=lambda: 0.0, in_meeting=state.hands_off, meeting_in_seconds=state.starts_in
        )
        assert context.may_touch_devices is may
