"""What people do in a room, staged with real streams, devices and packets, and whether a meeting runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.software_lab.situation import a_meeting, no_meeting, occupied
from monitor.meeting.listeners import ALWAYS_SECONDS, FILE, IDLE_SECONDS
from tests.meeting.actor import LINGER, STREAM, TALK, call_of_datagrams, camera_held, idle, program, running, window
from tests.software.screen import display
from tests.sound.rig import SoundRig

CONF, OTHER, OWN = "zoom", "firmrec", "firmcall"
"""A program of a shipped profile, one without any, and one that the room's configuration names."""

DOWNLOAD = """
import socket, time
door = socket.create_server(("127.0.0.1", 0))
here = socket.create_connection(door.getsockname()); there, _ = door.accept()
print("talking", flush=True)
while True:
    there.sendall(b"v" * 20000); left = 20000
    while left: left -= len(here.recv(left))
    time.sleep(0.02)
"""
"""A file comes in: much one way, nothing the other."""


@dataclass
class Stage:
    """folder: of this situation. later: seconds by which the look's clock is put forward."""

    folder: Path
    rig: SoundRig
    open: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    later: float = 0.0
    booked: bool = False

    @property
    def camera(self) -> Path:
        return self.folder / "dev" / "video0"

    def idle(self, name: str) -> None:
        self.open.enter_context(idle(self.folder, name))

    def films(self, name: str) -> None:
        self.open.enter_context(camera_held(self.folder, name, self.camera))

    def talks(self, name: str, what: str = TALK) -> contextlib.ExitStack:
        own = self.open.enter_context(contextlib.ExitStack())
        own.enter_context(call_of_datagrams(self.folder, name, what))
        return own

    def records(self, name: str, *more: str, device: str = "mic") -> contextlib.ExitStack:
        own = self.open.enter_context(contextlib.ExitStack())
        copy = program(self.folder, name, "pacat")
        command = (copy, "--record", f"--device={device}", "--raw", *more)
        own.enter_context(running(*command, env=self.rig.environment))
        self.rig.wait_until(lambda: name in self.rig.pactl("list", "source-outputs"), 30.0)
        return own

    def shows(self, name: str, title: str) -> Path:
        """A client with a window. Returns the file that holds its title."""
        screen = self.open.enter_context(display())
        return self.open.enter_context(window(self.folder, name, screen, title))


@no_meeting
def _nobody_is_there(stage: Stage) -> None: ...


@no_meeting
def _a_client_is_open_and_idle(stage: Stage) -> None:
    stage.idle(CONF)


@no_meeting
def _booked_and_nobody_came(stage: Stage) -> None:
    stage.idle(CONF)
    stage.booked = True


@a_meeting
def _a_call_with_microphone(stage: Stage) -> None:
    stage.records(CONF)


@a_meeting
def _a_call_with_microphone_and_camera(stage: Stage) -> None:
    stage.records(CONF)
    stage.films(CONF)
    stage.talks(CONF)


@occupied
def _a_preview_of_the_camera(stage: Stage) -> None:
    stage.films(CONF)


@a_meeting
def _a_preview_at_the_booked_time(stage: Stage) -> None:
    stage.films(CONF)
    stage.booked = True


@a_meeting
def _a_muted_call_without_camera(stage: Stage) -> None:
    stage.talks(CONF)


@a_meeting
def _a_muted_call_with_its_helper(stage: Stage) -> None:
    stage.talks(CONF)
    stage.idle("aomhost")


@a_meeting
def _a_muted_call_over_tcp_without_camera(stage: Stage) -> None:
    stage.talks(CONF, STREAM)


@a_meeting
def _a_muted_call_that_exchanges_nothing_in_its_window(stage: Stage) -> None:
    stage.shows(CONF, "Zoom Meeting")


@a_meeting
def _a_call_in_the_window_of_the_firms_own_program(stage: Stage) -> None:
    stage.shows(OWN, "周会 - 会议中")


@no_meeting
def _a_clients_main_window(stage: Stage) -> None:
    stage.shows(CONF, "Zoom Workplace - Meetings")


@no_meeting
def _the_window_of_a_call_was_closed(stage: Stage) -> Iterator[None]:
    title = stage.shows(CONF, "Zoom Meeting")
    yield
    title.write_text("Zoom Workplace")


@a_meeting
def _a_call_over_tcp_with_microphone(stage: Stage) -> None:
    stage.records(CONF)
    stage.talks(CONF, STREAM)


@no_meeting
def _an_idle_client_beside_a_vpn(stage: Stage) -> None:
    stage.talks(CONF, LINGER)
    stage.talks("openvpn")


@no_meeting
def _an_idle_client_loads_a_file(stage: Stage) -> None:
    stage.talks(CONF, DOWNLOAD)


@no_meeting
def _a_page_loads_in_a_browser(stage: Stage) -> None:
    stage.talks("firefox", DOWNLOAD)


@no_meeting
def _music(stage: Stage) -> None:
    copy = program(stage.folder, CONF, "pacat")
    command = (copy, "--playback", "--device=speaker", "--raw", "/dev/zero")
    stage.open.enter_context(running(*command, env=stage.rig.environment))


@no_meeting
def _a_volume_meter(stage: Stage) -> None:
    stage.records(OTHER, "--property=resample.peaks=true", "--stream-name=Peak detect", "--rate=25", "--channels=1")


@no_meeting
def _a_volume_control_by_its_name(stage: Stage) -> None:
    stage.records("pavucontrol")


@no_meeting
def _the_session_managers_own_monitor(stage: Stage) -> None:
    stage.records("wireplumber")


@no_meeting
def _a_filter_for_the_microphone(stage: Stage) -> None:
    stage.records("easyeffects")


@no_meeting
def _what_is_played_is_recorded(stage: Stage) -> None:
    stage.records(OTHER, device="speaker.monitor")


@occupied
def _a_voice_recorder(stage: Stage) -> None:
    stage.records(OTHER)


@occupied
def _a_photo_program(stage: Stage) -> None:
    stage.films("cheese")


@no_meeting
def _a_voice_assistant_that_was_learned(stage: Stage) -> None:
    (stage.folder / FILE).write_text('{"programs": ["rhasspy"]}')
    stage.records("rhasspy")


@no_meeting
def _a_voice_assistant_is_learned(stage: Stage) -> Iterator[None]:
    stage.records("rhasspy")
    yield
    stage.later = ALWAYS_SECONDS + 1


@occupied
def _a_client_that_keeps_the_microphone_after_the_call(stage: Stage) -> Iterator[None]:
    stage.records(CONF)
    yield
    stage.later = IDLE_SECONDS + 1


@no_meeting
def _a_client_that_never_lets_the_microphone_go(stage: Stage) -> Iterator[None]:
    stage.records(CONF)
    yield
    stage.later = ALWAYS_SECONDS + 1


@no_meeting
def _a_program_that_counts_people_by_the_camera(stage: Stage) -> Iterator[None]:
    stage.films(OTHER)
    yield
    stage.later = ALWAYS_SECONDS + 1


@occupied
def _a_client_that_keeps_camera_and_microphone_after_the_call(stage: Stage) -> Iterator[None]:
    stage.records(CONF)
    stage.films(CONF)
    yield
    stage.later = IDLE_SECONDS + 1


@no_meeting
def _a_client_that_never_lets_camera_and_microphone_go(stage: Stage) -> Iterator[None]:
    stage.records(CONF)
    stage.films(CONF)
    yield
    stage.later = ALWAYS_SECONDS + 1


@a_meeting
def _a_client_that_never_lets_go_is_in_a_call(stage: Stage) -> None:
    (stage.folder / FILE).write_text('{"programs": ["zoom"]}')
    stage.records(CONF)
    stage.talks(CONF)


@a_meeting
def _a_call_of_five_hours(stage: Stage) -> Iterator[None]:
    stage.records(CONF)
    stage.talks(CONF)
    yield
    stage.later = ALWAYS_SECONDS + 3600


@a_meeting
def _the_firms_own_program(stage: Stage) -> None:
    stage.records(OWN)


@a_meeting
def _a_program_that_nobody_wrote_a_profile_for(stage: Stage) -> None:
    stage.records(OTHER)
    stage.talks(OTHER)


@a_meeting
def _a_browser_with_the_microphone(stage: Stage) -> None:
    stage.records("firefox")


@a_meeting
def _a_muted_browser_in_a_call(stage: Stage) -> None:
    stage.talks("firefox")


@a_meeting
def _a_muted_browser_in_a_booked_call_over_tcp(stage: Stage) -> None:
    stage.talks("firefox", STREAM)
    stage.booked = True


@no_meeting
def _a_browser_exchanges_much_over_tcp(stage: Stage) -> None:
    stage.talks("firefox", STREAM)


@no_meeting
def _booked_and_a_page_loads_in_a_browser(stage: Stage) -> None:
    stage.talks("firefox", DOWNLOAD)
    stage.booked = True


@a_meeting
def _two_clients_and_one_is_in_a_call(stage: Stage) -> None:
    stage.idle("slack")
    stage.records(CONF)


@no_meeting
def _a_helper_lingers_after_the_call(stage: Stage) -> None:
    stage.idle("aomhost")


@no_meeting
def _the_call_was_left_and_the_client_stays(stage: Stage) -> Iterator[None]:
    stage.idle(CONF)
    call = stage.records(CONF)
    yield
    call.close()


@no_meeting
def _a_muted_call_over_tcp_was_left(stage: Stage) -> Iterator[None]:
    stage.idle(CONF)
    call = stage.talks(CONF, STREAM)
    yield
    call.close()
    stage.later = 61.0


@a_meeting
def _the_client_crashes_in_the_call(stage: Stage) -> Iterator[None]:
    call = stage.records(CONF)
    yield
    call.close()
