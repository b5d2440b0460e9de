"""The history of a room: what its figures say, and the page over a real HTTP server."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from alerting.journal.rows import Event
from alerting.model.fault import FaultClass, Severity
from alerting.model.incident import FaultRecord, Incident
from alerting.papers.report.case_file import CaseFile
from alerting.plan.model import Plan
from alerting.plan.running_plan import RunningPlan
from alerting.service.room_history import RoomHistory, history_of
from alerting.words import LANGUAGES, load_words
from monitor.pages.history_pages import history_view, percent

DAY, HOUR = 86400.0, 3600.0
NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC).timestamp()
MIDNIGHT = NOW - 12 * HOUR
PLAN = RunningPlan(Plan(timezone="UTC"))


def case(start: float, hours: float, meeting: dict[str, Any] | None = None, **more: Any) -> CaseFile:
    """hours: how long it lasts; 0 for still open."""
    given: dict[str, Any] = {"fault_class": FaultClass.DEVICE, "severity": Severity.CRITICAL, **more}
    end = start + hours * HOUR if hours else None
    incident = Incident(
        id=1,
        room="R1",
        code="camera_missing",
        worst=given["severity"],
        opened_at=start,
        resolved_at=end,
        faults=(FaultRecord(code="camera_missing", since=start),),
        **given,
    )
    events = (Event(incident=1, at=start, verb="opened", data={"meeting": meeting} if meeting else {}),)
    return CaseFile(incident=incident, events=events, notifications=(), now=NOW)


def history(*cases: CaseFile, days: int = 3, since: float = 0.0, woke: tuple[Event, ...] = ()) -> RoomHistory:
    return history_of(cases, woke, since, days, NOW, PLAN)


def test_a_day_counts_what_overlaps_once_and_today_until_now() -> None:
    found = history(case(MIDNIGHT - DAY, 6), case(MIDNIGHT - DAY + 3 * HOUR, 6), case(MIDNIGHT + 9 * HOUR, 0))
    assert [one.available for one in found.days] == pytest.approx([1.0, 1 - 9 / 24, 1 - 3 / 12])
    assert [one.day for one in found.days] == ["2026-11-26", "2026-11-27", "2026-11-28"]
    assert found.days[1].broken == {"device": 9 * HOUR}
    assert found.kinds["device"][0] == 3


def test_drills_and_lesser_faults_cost_no_availability() -> None:
    found = history(case(MIDNIGHT, 2, drill=True), case(MIDNIGHT, 2, severity=Severity.WARNING))
    assert found.days[-1].available == 1.0
    assert (found.incidents, found.drills) == (1, 1)
    assert found.days[-1].broken == {"device": 2 * HOUR}


def test_a_meeting_that_moved_ends_the_outage() -> None:
    assert history(case(MIDNIGHT, 4, mitigated_at=MIDNIGHT + HOUR)).days[-1].available == pytest.approx(1 - 1 / 12)


def test_what_was_not_watched_is_not_known() -> None:
    slept = Event(incident=0, at=MIDNIGHT + 6 * HOUR, verb="woke", data={"silent_since": MIDNIGHT})
    found = history(case(MIDNIGHT + 3 * HOUR, 6), since=MIDNIGHT - DAY / 2, woke=(slept,))
    assert found.days[0].available is None
    assert found.days[1].watched == DAY / 2
    assert found.days[2].watched == 6 * HOUR
    assert found.days[2].available == pytest.approx(0.5)
    assert history(since=NOW).score.points is None


def test_minutes_of_meetings_and_the_score_follow_their_formula() -> None:
    meeting = {"running": True, "starts_at": MIDNIGHT + HOUR, "ends_at": MIDNIGHT + 3 * HOUR}
    found = history(case(MIDNIGHT + 2 * HOUR, 4, meeting=meeting), case(MIDNIGHT + 8 * HOUR, 0.5))
    assert (found.lost, found.hit) == (HOUR, 1)
    score = found.score
    assert (score.in_time, score.meetings) == (0.5, 0.5)
    assert score.available == pytest.approx(1 - 4.5 / 60)
    assert score.points == round(50 * score.available + 30 * 0.5 + 20 * 0.5)


def test_months_are_counted_in_the_plan_s_zone() -> None:
    last = dt.datetime(2026, 10, 31, 23, 30, tzinfo=dt.UTC).timestamp()
    found = history(case(last, 1), case(last, 1, drill=True))
    assert [(one.incidents, one.drills) for one in found.months if one.month == "2026-10"] == [(1, 1)]
    assert len(found.months) == 12
    assert found.months[-1].month == "2026-11"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_a_failed_minute_is_not_a_whole_day(language: str) -> None:
    assert percent(1 - 1 / 1440) == "99.9%"
    view = history_view(history(case(MIDNIGHT, 0.02)), load_words(language))
    assert len(view["bars"]) == 3
    assert view["bad_days"][0]["day"] == "2026-11-28"
    assert all(name and value for name, value in view["facts"])
