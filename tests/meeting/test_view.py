"""The meeting in people's words: every reason has its words in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alerting.words import LANGUAGES, load_words
from monitor.meeting import is_meeting_running as meeting
from monitor.views.meeting import meeting_lines

NOW = 1_795_500_000.0
STATE = {"running": True, "occupied": True, "starts_in": None, "ends_in": None, "important": False, "reasons": []}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_words(language: str) -> None:
    words = load_words(language)
    source = Path(meeting.__file__).read_text()
    codes = re.findall(r'MeetingSign\("([a-z_]+)"', source)
    assert len(codes) >= 12
    blind = ["camera_other_user", "camera_hidden", "microphone_other_user", "microphone_no_answer"]
    assert [code for code in codes + blind if not words.has(f"meeting.reason.{code}")] == []


def test_verdict_reasons_and_the_next_meeting_are_told() -> None:
    words = load_words("en")
    reasons = [{"code": "microphone", "who": "teams"}, {"code": "media", "who": "teams"}]
    told = meeting_lines({**STATE, "reasons": reasons, "starts_in": 900.0, "important": True}, NOW, words)
    assert told[0] == (
        "A meeting is running: teams is using the microphone, teams is exchanging sound or video with others"
    )
    assert re.fullmatch(r"Next meeting at (\d\d-\d\d )?\d\d:\d\d \(important\)", told[1])
    booked = {**STATE, "ends_in": 600.0, "starts_in": 86400.0, "important": True}
    until, coming = meeting_lines(booked, NOW, words)[1:]
    assert until.endswith("(important)"), "it is the booked one that weighs, tomorrow's does not yet"
    assert re.fullmatch(r"Next meeting at \d\d-\d\d \d\d:\d\d", coming)


def test_a_free_room_is_told_in_three_words() -> None:
    free = {**STATE, "running": False, "occupied": False, "reasons": [{"code": "nothing_in_use", "who": ""}]}
    assert meeting_lines(free, NOW, load_words("zh-CN")) == ["当前没有会议"]
    used = {**free, "occupied": True, "reasons": [{"code": "camera", "who": "cheese"}]}
    assert meeting_lines(used, NOW, load_words("en")) == [
        "No meeting, but somebody is using a device; hands off: cheese is using the camera"
    ]
