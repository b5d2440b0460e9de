"""What people do in a room, and what the verdict must be: the general rule on a table of stories."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.model.meeting_state import MeetingSign, MeetingState
from monitor.meeting.is_meeting_running import (
    ENOUGH,
    HOLD_SECONDS,
    INTERRUPTED_SECONDS,
    MeetingLook,
    Steady,
    Use,
    conclude,
    merged,
)

ZOOM = Use(name="zoom", application="zoom", sort="conference")
TEAMS = Use(name="teams", application="teams", sort="conference")
BROWSER = Use(name="chromium", sort="browser")
RECORDER = Use(name="audacity")
NOW_SCHEDULED = {"scheduled": True}
FLOWS = {"flowing": True}

STORIES: dict[str, tuple[MeetingLook, bool | None, bool]] = {
    # what happens: (what is seen, a meeting runs, somebody uses a device without one)
    "nothing at all": (MeetingLook(), False, False),
    "meeting app open but idle": (MeetingLook(uses=(ZOOM,)), False, False),
    "idle app while a video streams elsewhere": (MeetingLook(uses=(ZOOM,), **FLOWS), False, False),
    "holding the camera only: a preview": (MeetingLook(uses=(replace(ZOOM, camera=True),)), False, True),
    "the preview at the time of the meeting": (
        MeetingLook(uses=(replace(ZOOM, camera=True),), **NOW_SCHEDULED),
        True,
        True,
    ),
    "a photo program has the camera": (MeetingLook(uses=(Use(name="cheese", camera=True),)), False, True),
    "playing music: playback only": (MeetingLook(uses=(BROWSER,), **FLOWS), False, False),
    "screen share without camera": (
        MeetingLook(uses=(replace(TEAMS, microphone=True, sockets=3),), **FLOWS),
        True,
        True,
    ),
    "a call with camera and microphone": (
        MeetingLook(uses=(replace(TEAMS, microphone=True, camera=True),)),
        True,
        True,
    ),
    "muted, the stream still open": (MeetingLook(uses=(replace(TEAMS, microphone=True),)), True, True),
    "muted, the stream held and silent": (
        MeetingLook(uses=(replace(TEAMS, microphone_held=True, sockets=2),), **FLOWS),
        True,
        True,
    ),
    "muted, the microphone let go, listening": (MeetingLook(uses=(replace(ZOOM, sockets=2),), **FLOWS), True, False),
    "listening only, with the call's helper": (
        MeetingLook(uses=(replace(ZOOM, sockets=2, helpers=("aomhost",)),), **FLOWS),
        True,
        False,
    ),
    "waiting in the lobby with microphone and camera": (
        MeetingLook(uses=(replace(TEAMS, microphone=True, camera=True),), flowing=False),
        True,
        True,
    ),
    "muted over TCP with the camera off, in the window of the call": (
        MeetingLook(uses=(replace(ZOOM, call_window=True),)),
        True,
        False,
    ),
    "a program that says it is in no call shows such a window": (
        MeetingLook(uses=(replace(TEAMS, call_window=True, says=False),)),
        False,
        False,
    ),
    "a browser meeting": (MeetingLook(uses=(replace(BROWSER, microphone=True, sockets=1),), **FLOWS), True, True),
    "a browser meeting over TCP": (MeetingLook(uses=(replace(BROWSER, microphone=True),)), True, True),
    "muted in a browser over TCP, at the booked time": (
        MeetingLook(uses=(replace(BROWSER, streams=1),), **NOW_SCHEDULED),
        True,
        False,
    ),
    "a browser loads pages": (MeetingLook(uses=(replace(BROWSER, streams=3),)), False, False),
    "another program loads something at the booked time": (
        MeetingLook(uses=(replace(RECORDER, streams=3),), **NOW_SCHEDULED),
        False,
        False,
    ),
    "a voice recorder": (MeetingLook(uses=(replace(RECORDER, microphone=True),)), False, True),
    "a voice recorder while a video streams": (
        MeetingLook(uses=(replace(RECORDER, microphone=True),), **FLOWS),
        False,
        True,
    ),
    "recording a lecture with camera and microphone": (
        MeetingLook(uses=(Use(name="obs", camera=True, microphone=True),)),
        False,
        True,
    ),
    "a meeting program that nobody wrote a profile for": (
        MeetingLook(uses=(Use(name="newmeet", microphone=True, sockets=2),), **FLOWS),
        True,
        True,
    ),
    "the call ended and its helper lingers": (MeetingLook(uses=(replace(ZOOM, helpers=("aomhost",)),)), False, False),
    "two apps, one in a call": (MeetingLook(uses=(ZOOM, replace(TEAMS, microphone=True))), True, True),
    "two apps, each with half a sign": (
        MeetingLook(uses=(replace(ZOOM, camera=True), replace(RECORDER, microphone=True))),
        False,
        True,
    ),
    "the program says that it is in a call": (MeetingLook(uses=(replace(TEAMS, says=True),)), True, False),
    "the program's settings page tries the microphone": (
        MeetingLook(uses=(replace(TEAMS, says=False, microphone=True, camera=True),)),
        False,
        True,
    ),
    "another program is in the call": (
        MeetingLook(uses=(replace(TEAMS, says=False), replace(BROWSER, microphone=True))),
        True,
        True,
    ),
    "another user's session cannot be seen": (MeetingLook(blind={"camera": "other_user"}), None, False),
    "a preview, and the microphone cannot be asked": (
        MeetingLook(uses=(replace(ZOOM, camera=True),), blind={"microphone": "no_answer"}),
        None,
        True,
    ),
    "a sure call, and the camera cannot be asked": (
        MeetingLook(uses=(replace(ZOOM, microphone=True),), blind={"camera": "other_user"}),
        True,
        True,
    ),
    "another user's program, seen by its sockets": (
        MeetingLook(uses=(replace(ZOOM, sockets_of_user=2),), blind={"camera": "other_user"}, **FLOWS),
        None,
        False,
    ),
    "the same at the time of the meeting": (
        MeetingLook(
            uses=(replace(ZOOM, sockets_of_user=2),), blind={"camera": "other_user"}, flowing=True, scheduled=True
        ),
        True,
        False,
    ),
    "scheduled and nobody came": (MeetingLook(uses=(ZOOM,), **NOW_SCHEDULED), False, False),
}


@pytest.mark.parametrize("story", STORIES)
def test_the_verdict_is_what_a_person_in_the_room_would_say(story: str) -> None:
    look, running, occupied = STORIES[story]
    state = conclude(look)
    assert state.running is running
    assert state.occupied is occupied or state.running is True
    assert state.reasons, "every verdict says why"
    assert (state.confidence >= ENOUGH) is (running is True) or running is False
    if occupied or running is not False:
        assert state.hands_off is not False, "nobody touches a device that is in use"


def test_reasons_name_program_and_sign() -> None:
    state = conclude(MeetingLook(uses=(replace(TEAMS, microphone=True, sockets=2),), flowing=True))
    assert set(map(str, state.reasons)) == {"microphone (teams)", "media (teams)"}
    assert state.confidence == pytest.approx(0.95)


uses_of_any_kind = st.builds(
    Use,
    name=st.sampled_from(["zoom", "chromium", "obs"]),
    sort=st.sampled_from(["conference", "browser", "other"]),
    camera=st.booleans(),
    microphone=st.booleans(),
    microphone_held=st.booleans(),
    sockets=st.integers(0, 3),
    says=st.sampled_from([None, True, False]),
)


@given(st.lists(uses_of_any_kind, max_size=4), st.booleans(), st.booleans(), st.booleans())
def test_another_sign_never_lowers_and_blindness_never_frees(
    some: list[Use], flowing: bool, scheduled: bool, blind: bool
) -> None:
    look = MeetingLook(
        uses=merged(some), flowing=flowing, scheduled=scheduled, blind={"camera": "hidden"} if blind else {}
    )
    state = conclude(look)
    assert 0 <= state.confidence <= 1
    if blind:
        assert state.hands_off is not False
    more = conclude(replace(look, uses=(*look.uses, Use(name="teams", sort="conference", says=True))))
    assert more.running is True


def test_a_meeting_outlives_a_short_gap_and_ends_after_it() -> None:
    steady, alive = Steady(), frozenset({"zoom"})
    call = conclude(MeetingLook(uses=(replace(ZOOM, microphone=True),)))
    over = conclude(MeetingLook(uses=(ZOOM,)))
    assert steady.take(call, 100.0, alive).running is True
    held = steady.take(over, 105.0, alive)
    assert (held.running, held.reasons) == (True, (MeetingSign("just_ended"),))
    assert steady.due_in(105.0) == HOLD_SECONDS - 5
    assert steady.take(over, 100.0 + HOLD_SECONDS, alive) == over
    assert steady.take(over, 110.0 + HOLD_SECONDS, alive) == over


def test_a_program_that_dies_in_a_call_interrupts_the_meeting_and_does_not_end_it() -> None:
    steady = Steady()
    steady.take(conclude(MeetingLook(uses=(replace(ZOOM, microphone=True),))), 100.0, frozenset({"zoom"}))
    gone = steady.take(conclude(MeetingLook()), 105.0, frozenset())
    assert (gone.running, gone.reasons) == (True, (MeetingSign("interrupted", "zoom"),))
    back = steady.take(conclude(MeetingLook(uses=(ZOOM,))), 130.0, frozenset({"zoom"}))
    assert back.running is True, "it was started again and people are joining"
    assert steady.take(conclude(MeetingLook()), 100.0 + INTERRUPTED_SECONDS, frozenset()).running is False


def test_who_leaves_the_call_and_closes_the_program_interrupts_nothing() -> None:
    call = conclude(MeetingLook(uses=(replace(ZOOM, microphone=True),)))
    steady = Steady()
    steady.take(call, 100.0, frozenset({"zoom"}))
    assert steady.take(conclude(MeetingLook(uses=(ZOOM,))), 101.0, frozenset({"zoom"})).call_over
    assert steady.take(conclude(MeetingLook()), 103.0, frozenset()).call_over
    assert steady.take(conclude(MeetingLook()), 100.0 + HOLD_SECONDS, frozenset()).running is False


def test_a_program_that_was_closed_in_order_at_once_with_the_call_interrupts_nothing() -> None:
    steady = Steady()
    steady.take(conclude(MeetingLook(uses=(replace(ZOOM, microphone=True),))), 100.0, frozenset({"zoom"}))
    assert steady.take(conclude(MeetingLook()), 101.0, frozenset(), frozenset({"zoom"})).call_over
    assert steady.take(conclude(MeetingLook()), 100.0 + HOLD_SECONDS, frozenset()).running is False


def test_hands_off_means_a_meeting_or_anybody_at_a_device() -> None:
    assert MeetingState(running=False).hands_off is False
    assert MeetingState(running=False, occupied=True).hands_off is None
    assert MeetingState(running=None).hands_off is None
    assert MeetingState(running=True).hands_off is True
