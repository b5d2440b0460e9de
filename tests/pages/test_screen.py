"""The room's own screen: what it says in place of its verdict, for how long, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from alerting.words import load_words
from monitor.pages.live_updates import fingerprint
from monitor.pages.screen_notice import NoticeKind, asks_for_feedback, notice_lines, screen_notice
from monitor.pages.screen_view import screen_view
from tests.pages.test_incidents import INCIDENT
from tests.pages.test_server import STATUS

NOW = 10_000.0
REMEDY = {"name": "app", "kind": "restart_application", "target": "zoom", "state": "announced", "due_at": NOW + 130}
BACKUP = {"title": "Hall", "state": "started", "room": "402", "started_at": NOW - 60}


def status(**more: Any) -> dict[str, Any]:
    """Of a room with one incident, with these fields of it."""
    return {**STATUS, "now": NOW, "incidents": [{**INCIDENT, **more}]}


def after_meeting(ended_at: float | None, **more: Any) -> dict[str, Any]:
    document = {**STATUS, "now": NOW, "incidents": [], "feedback_after_meetings": True, **more}
    return {**document, "meeting": {**STATUS["meeting"], "running": False, "ended_at": ended_at}}


def said(document: dict[str, Any], language: str = "en") -> str:
    notice = screen_notice(document)
    return notice_lines(notice, load_words(language))[0] if notice is not None else ""


@pytest.mark.parametrize(
    ("seconds", "expected", "changes_in"),
    [
        (130.0, "zoom restarts in 3 minutes", 10.0),
        (120.0, "zoom restarts in 2 minutes", 60.0),
        (61.0, "zoom restarts in 2 minutes", 1.0),
        (60.0, "zoom restarts within a minute", 60.0),
        (0.0, "zoom is restarting", None),
        (-5.0, "zoom is restarting", None),
    ],
)
def test_an_announced_restart_is_counted_down_by_minutes(
    seconds: float, expected: str, changes_in: float | None
) -> None:
    document = status(remedies=[{**REMEDY, "due_at": NOW + seconds}])
    assert said(document) == expected
    assert screen_view(document)["again"] == changes_in


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("restart_sound_server", "会议室音频将在 3 分钟后重启"),
        ("reset_usb", "会议室设备将在 3 分钟后重启"),
        ("renew_dhcp", "会议室网络将在 3 分钟后重启"),
        ("restart_unit", "zoom 将在 3 分钟后重启"),
    ],
)
def test_what_restarts_is_called_by_what_people_know(kind: str, expected: str) -> None:
    assert said(status(remedies=[{**REMEDY, "kind": kind}]), "zh-CN") == expected


@pytest.mark.parametrize("state", ["proposed", "done", "verified", "failed", "refused", "withdrawn", "unknown"])
def test_a_remedy_that_is_not_coming_is_not_shown(state: str) -> None:
    assert screen_notice(status(remedies=[{**REMEDY, "state": state}])) is None


def test_the_meeting_s_new_place_is_shown_in_both_languages_for_a_quarter_of_an_hour() -> None:
    shown = screen_view(status(backup=BACKUP))
    assert [one["head"] for one in shown["screens"]] == ["The meeting goes on here: 402", "会议转到：402"]
    assert shown["again"] == 840.0
    assert said(status(backup={**BACKUP, "room": ""})) == "The meeting goes on here: Hall"
    assert screen_notice(status(backup={**BACKUP, "started_at": NOW - 901})) is None
    assert screen_notice(status(backup={**BACKUP, "state": "proposed", "started_at": None})) is None


def test_a_restart_comes_before_a_move_and_a_drill_shows_nothing() -> None:
    both = status(remedies=[REMEDY], backup=BACKUP)
    notice = screen_notice(both)
    assert notice is not None and notice.kind is NoticeKind.RESTART
    assert screen_notice(status(remedies=[REMEDY], backup=BACKUP, drill=True)) is None
    assert screen_notice(status(remedies=[REMEDY], backup=BACKUP, elsewhere=True)) is None


def test_people_are_asked_after_a_meeting_only_where_the_plan_wants_it_and_not_for_long() -> None:
    assert asks_for_feedback(after_meeting(NOW - 60)) == 840.0
    assert said(after_meeting(NOW - 60)) == "How was the meeting?"
    for document in (
        after_meeting(None),
        after_meeting(NOW - 900),
        after_meeting(NOW - 60, feedback_after_meetings=False),
    ):
        assert asks_for_feedback(document) == 0.0
        assert screen_notice(document) is None


def test_an_open_screen_hears_of_each_notice() -> None:
    documents = [
        status(),
        status(remedies=[REMEDY]),
        status(remedies=[{**REMEDY, "state": "running"}]),
        status(backup=BACKUP),
        after_meeting(NOW - 60),
        after_meeting(None),
    ]
    assert len({fingerprint(one) for one in documents}) == len(documents)


def test_the_room_s_own_language_comes_first() -> None:
    chinese = {**status(backup=BACKUP), "language": "zh-CN"}
    assert [one["language"] for one in screen_view(chinese)["screens"]] == ["zh-CN", "en"]
    assert screen_view({**STATUS, "incidents": []})["screens"][0]["icon"] == "limited"
