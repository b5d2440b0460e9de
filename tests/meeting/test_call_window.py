"""The window of a call: a muted call over TCP with the camera off may have no other sign."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from monitor.meeting.call_windows import WINDOW_SECONDS, CallWindows
from monitor.meeting.evidence import from_numbers, to_numbers
from monitor.meeting.is_meeting_running import Use
from monitor.meeting.listeners import ALWAYS_SECONDS, LET_GO_SECONDS, Listeners
from probes.software.meeting_signs import programs
from probes.software.processes_linux import ProcessTable
from probes.software.profiles import Application, shipped
from probes.software.title_patterns import fitting
from tests.meeting.actor import View, window
from tests.software.screen import display

OWN = Application(executables=("firmcall",))
CALLS = [
    ("zoom", "Zoom Meeting"), ("zoom", "Meeting"), ("zoom", "Zoom Webinar"), ("zoom", "Zoom Meeting ID: 123-456-789"),
    ("zoom", "Zoom 会议"), ("teams", "(2) Meeting with Wang | Microsoft Teams"), ("teams", "Call in General | Teams"),
    ("webex", "Webex Meeting"), ("slack", "Huddle with Li - Firm"), ("wemeet", "会议中 - 周会"), ("feishu", "飞书会议"),
    ("dingtalk", "钉钉视频会议"), ("jitsi", "Weekly | Jitsi Meet"), ("meet", "Meet – abc-defg-hij"),
]  # fmt: skip
OTHERS = [
    ("zoom", "Zoom Workplace - Free account"), ("zoom", "Zoom Cloud Meetings"), ("zoom", "Schedule Meeting"),
    ("teams", "Meeting notes | Microsoft Teams"), ("teams", "Calls | Microsoft Teams"), ("teams", "Calendar | Teams"),
    ("webex", "Webex"), ("slack", "general - Firm - Slack"), ("wemeet", "腾讯会议"), ("feishu", "飞书"),
    ("jitsi", "Jitsi Meet"), ("meet", "Google Meet"), ("wemeet", "会议室预订"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "title"), CALLS)
def test_the_window_of_a_call_is_known_by_its_title(name: str, title: str) -> None:
    assert fitting(shipped()[name].call_titles, title)


@pytest.mark.parametrize(("name", "title"), OTHERS)
def test_another_window_is_none(name: str, title: str) -> None:
    assert not fitting(shipped()[name].call_titles, title)


async def test_a_window_that_becomes_a_calls_is_seen_and_its_end_too(tmp_path: Path) -> None:
    now = 1000.0
    with display() as screen, window(tmp_path, "firmcall", screen, "Firm Call") as title:
        view = View(tmp_path / "proc")
        windows, applications = CallWindows(view.folder), {"firmcall": OWN}
        known = programs(applications, ProcessTable().look(view.folder)).values()
        assert await windows.look(applications, known, now) == frozenset()
        assert not windows.due(now)
        assert windows.due(now + WINDOW_SECONDS)
        for text, shown in (("Meeting with Li", {"firmcall"}), ("Firm Call", set())):
            title.write_text(text)
            deadline = time.monotonic() + 30
            while not await windows.changed(applications, now):  # the window needs a moment
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)
            assert await windows.look(applications, known, now) == shown


async def test_no_screen_and_no_client_is_no_sign(tmp_path: Path) -> None:
    windows = CallWindows()
    assert await windows.look({"firmcall": OWN}, [], 0.0) == frozenset()
    assert not windows.due(1e9)


def test_a_session_part_tells_it_as_a_number() -> None:
    (use,) = from_numbers(to_numbers([Use(name="teams", application="teams", sort="conference", call_window=True)]))
    assert use.call_window


def test_a_window_that_nobody_closes_is_no_meeting_for_ever() -> None:
    left = Use(name="zoom", application="zoom", sort="conference", call_window=True)
    listeners, alive = Listeners(), frozenset({"zoom"})
    assert listeners.take([left], alive, 0.0, counted=True)[0].call_window
    assert not listeners.take([left], alive, ALWAYS_SECONDS, counted=True)[0].call_window
    closed = Use(name="zoom", application="zoom", sort="conference")
    for later in (1.0, LET_GO_SECONDS + 1):
        listeners.take([closed], alive, ALWAYS_SECONDS + later, counted=True)
    assert listeners.take([left], alive, 2 * ALWAYS_SECONDS, counted=True)[0].call_window
