"""Staged with real programs: real PipeWire streams, held nodes, datagrams; judged by the daemon's own look."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from alerting.model.meeting_state import MeetingState
from monitor.meeting.room_meeting import RoomMeeting
from monitor.settings import Configuration, load
from probes.child.isolate import Isolation
from tests.meeting.actor import LINGER, STREAM, View, call_of_datagrams, camera_held, idle, program, running, window
from tests.software.screen import display
from tests.sound.rig import SoundRig, room_noise

CONF, OTHER = f"rwc{os.getpid()}", f"rwo{os.getpid()}"
"""A conferencing program and one that no profile knows: names of this run alone, for the machine is shared."""


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundRig]:
    with SoundRig(tmp_path_factory.mktemp("meeting-sound")) as rig:
        rig.add_microphone("mic")
        rig.add_sink("speaker")
        rig.pactl("set-default-source", "mic")
        rig.play("mic", room_noise(-50, 2))
        yield rig


@pytest.fixture
def stage(rig: SoundRig, tmp_path: Path) -> Configuration:
    (tmp_path / "dev" / "snd").mkdir(parents=True)
    (tmp_path / "dev" / "video0").touch()
    file = tmp_path / "roomwatch.toml"
    file.write_text(
        f'[probes.microphone.session]\nruntime_folder = "{rig.runtime}"\n[probes.software]\nuse_known = false\n'
        f'[probes.software.applications.conf]\nexecutables = ["{CONF}"]\n'
        f'meeting_helpers = ["{CONF}-call"]\n'
    )
    return load(file)


@pytest.fixture
async def room(stage: Configuration, tmp_path: Path) -> AsyncIterator[RoomMeeting]:
    view = View(tmp_path / "proc")
    meeting = Room(Isolation(), stage, proc=view.folder, dev=tmp_path / "dev", sessions=tmp_path / "no-sessions")
    meeting.view = view
    yield meeting
    await meeting.close()


class Room(RoomMeeting):
    """The daemon's look at this test's programs."""

    view: View

    async def look(self, *, scheduled: bool = False) -> MeetingState:
        self.view.refresh()
        return await super().look(scheduled=scheduled)


async def until(room: RoomMeeting, right: Callable[[MeetingState], bool], seconds: float = 30.0) -> MeetingState:
    """Look as the daemon does, until the verdict is right.

    A stream counts as held for the 30 ms in which it starts; the server's event brings the next look.
    """
    end = time.monotonic() + seconds
    while True:
        state = await room.look()
        if right(state):
            return state
        assert time.monotonic() < end, (state, room.last)
        await room.rest()


def records(folder: Path, name: str, rig: SoundRig, device: str = "mic") -> contextlib.AbstractContextManager[object]:
    copy = program(folder, name, "pacat")
    return running(copy, "--record", f"--device={device}", "--raw", env=rig.environment)


def words(state: MeetingState) -> set[str]:
    return {str(reason) for reason in state.reasons}


def free(state: MeetingState) -> bool:
    return state.running is False and not state.occupied


async def test_an_idle_program_is_no_meeting_and_its_call_is_one_until_it_hangs_up(
    room: RoomMeeting, rig: SoundRig, tmp_path: Path
) -> None:
    with idle(tmp_path, CONF):
        await until(room, free)
        with records(tmp_path, CONF, rig):
            state = await until(room, lambda state: state.running is True)
            assert words(state) == {"microphone (conf)"}
        await until(room, lambda state: [one.code for one in state.reasons] == ["just_ended"])
        await until(room, free)


async def test_a_preview_of_the_camera_is_hands_off_and_no_meeting(room: RoomMeeting, tmp_path: Path) -> None:
    await until(room, free)
    with camera_held(tmp_path, CONF, tmp_path / "dev" / "video0"):
        state = await until(room, lambda state: state.occupied)
        assert (state.running, words(state)) == (False, {"camera (conf)"})
        assert (await room.look(scheduled=True)).running is True, "at the time of a meeting they are joining"


async def test_a_muted_call_that_exchanges_nothing_is_seen_by_its_window(room: RoomMeeting, tmp_path: Path) -> None:
    with display() as screen, window(tmp_path, CONF, screen, "Meeting with Li") as title:
        state = await until(room, lambda state: state.running is True)
        assert words(state) == {"call_window (conf)"}
        title.write_text("Conf")
        room.stir()
        await until(room, lambda state: [one.code for one in state.reasons] == ["just_ended"])


async def test_music_is_no_meeting(room: RoomMeeting, rig: SoundRig, tmp_path: Path) -> None:
    copy = program(tmp_path, CONF, "pacat")
    with running(copy, "--playback", "--device=speaker", "--raw", "/dev/zero", env=rig.environment):
        rig.wait_until(lambda: CONF in rig.pactl("list", "sink-inputs"))
        room.stir()
        assert free(await room.look()), room.last
        assert "conf" in room.last.alive


async def test_a_voice_recorder_and_a_recorder_of_what_is_played_are_no_meeting(
    room: RoomMeeting, rig: SoundRig, tmp_path: Path
) -> None:
    with records(tmp_path, OTHER, rig, device="speaker.monitor"):
        rig.wait_until(lambda: OTHER in rig.pactl("list", "source-outputs"))
        room.stir()
        assert free(await room.look()), "the monitor of a speaker is no microphone"
    with records(tmp_path, OTHER, rig):
        state = await until(room, lambda state: words(state) == {f"microphone ({OTHER})"})
        assert (state.running, state.occupied) == (False, True)


async def test_listening_muted_without_any_device_is_seen_by_media_and_helper(
    room: RoomMeeting, tmp_path: Path
) -> None:
    helper = program(tmp_path, f"{CONF}-call", "sleep")
    with call_of_datagrams(tmp_path, CONF), running(helper, "600"):
        state = await until(room, lambda state: state.running is True)
        assert words(state) == {"media (conf)", f"helper ({CONF}-call)"}


async def test_a_muted_call_over_tcp_with_the_camera_off_is_a_meeting(room: RoomMeeting, tmp_path: Path) -> None:
    with call_of_datagrams(tmp_path, CONF, STREAM):
        state = await until(room, lambda state: state.running is True)
        assert words(state) == {"media (conf)"}


async def test_an_idle_client_beside_a_tunnel_is_no_meeting(room: RoomMeeting, tmp_path: Path) -> None:
    """The tunnel's datagrams are counted at its own socket, and the client's socket carries none."""
    with call_of_datagrams(tmp_path, CONF, LINGER), call_of_datagrams(tmp_path, OTHER):
        deadline = time.monotonic() + 12
        while time.monotonic() < deadline:
            room.stir()
            assert (await room.look()).running is False, room.last
            await asyncio.sleep(1)
        assert room.last.flowing is True, "the tunnel's datagrams were seen"


async def test_the_bar_of_a_volume_control_is_nobody(room: RoomMeeting, rig: SoundRig, tmp_path: Path) -> None:
    copy = program(tmp_path, OTHER, "pacat")
    meter = ("--property=resample.peaks=true", "--stream-name=Peak detect", "--rate=25", "--channels=1")
    with running(copy, "--record", "--device=mic", "--raw", *meter, env=rig.environment):
        rig.wait_until(lambda: OTHER in rig.pactl("list", "source-outputs"))
        room.stir()
        assert free(await room.look()), room.last


async def test_a_helper_that_lingers_alone_is_no_meeting(room: RoomMeeting, tmp_path: Path) -> None:
    with running(program(tmp_path, f"{CONF}-call", "sleep"), "600"):
        room.stir()
        state = await room.look()
        assert (state.running, words(state)) == (False, {f"helper ({CONF}-call)"})


async def test_a_program_without_profile_in_a_call_is_a_meeting(
    room: RoomMeeting, rig: SoundRig, tmp_path: Path
) -> None:
    with call_of_datagrams(tmp_path, OTHER), records(tmp_path, OTHER, rig):
        both = {f"microphone ({OTHER})", f"media ({OTHER})"}
        assert (await until(room, lambda state: words(state) == both)).running is True


async def test_our_own_capture_is_nobody(room: RoomMeeting, rig: SoundRig, tmp_path: Path) -> None:
    copy = program(tmp_path, OTHER, "pacat")
    with running("sh", "-c", f"'{copy}' --record --device=mic --raw; : probes.child.isolate", env=rig.environment):
        rig.wait_until(lambda: OTHER in rig.pactl("list", "source-outputs"))
        room.stir()
        assert free(await room.look()), room.last


async def test_a_crash_in_a_call_is_an_interruption(room: RoomMeeting, rig: SoundRig, tmp_path: Path) -> None:
    with idle(tmp_path, CONF), records(tmp_path, CONF, rig):
        await until(room, lambda state: state.running is True)
    state = await until(room, lambda state: "interrupted (conf)" in words(state))
    assert state.running is True


async def test_events_wake_the_look_without_waiting_for_the_whole_interval(
    room: RoomMeeting, rig: SoundRig, tmp_path: Path
) -> None:
    await until(room, free)
    waiting = asyncio.create_task(until(room, lambda state: state.occupied))
    with records(tmp_path, OTHER, rig):
        await waiting
