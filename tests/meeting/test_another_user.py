"""What another user's session shows: nothing without its session part, numbers with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.meeting.evidence import from_numbers, people, to_numbers
from monitor.meeting.is_meeting_running import Use
from monitor.user_session_client.protocol import only_numbers
from tests.meeting.actor import camera_held
from tests.open_folders import open_folder

SOURCE = Path(__file__).resolve().parents[2]
STRANGER, ROOM_USER = 54321, 54322

LOOK = """
import asyncio, json, sys
from pathlib import Path
from monitor.meeting.room_meeting import RoomMeeting
from monitor.settings import load
from probes.child.isolate import Isolation

async def main():
    room = RoomMeeting(Isolation(), load(Path(sys.argv[1]) / "roomwatch.toml"), dev=Path(sys.argv[1]) / "dev",
                       sys=Path(sys.argv[1]) / "sys", sessions=Path(sys.argv[1]) / "no-sessions")
    state = await room.look()
    await room.close()
    print(json.dumps([state.running, state.hands_off, [str(one) for one in state.reasons]]))

asyncio.run(main())
"""


@pytest.fixture
def place() -> Iterator[Path]:
    with open_folder() as place:
        (place / "dev" / "snd").mkdir(parents=True)
        (place / "dev" / "video0").touch()
        (place / "roomwatch.toml").write_text("")
        yield place


def look_as_a_stranger(place: Path) -> tuple[bool | None, bool | None, list[str]]:
    setpriv = shutil.which("setpriv")
    assert setpriv, "apt-get install util-linux"
    done = subprocess.run(  # noqa: PLW1510 (judged below, with what it said)
        [setpriv, f"--reuid={STRANGER}", "--regid=54321", "--clear-groups", sys.executable, "-c", LOOK, str(place)],
        cwd=SOURCE, env={"PATH": os.environ["PATH"], "HOME": "/"}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    running, hands_off, reasons = json.loads(done.stdout)
    return running, hands_off, reasons


@pytest.mark.root
def test_a_camera_that_another_user_may_hold_is_unknown_and_a_sleeping_one_is_free(place: Path) -> None:
    with camera_held(place, "sleeper", place / "dev" / "video0", user=ROOM_USER):
        running, hands_off, reasons = look_as_a_stranger(place)
        assert (running, hands_off) == (None, None)
        assert "camera_other_user" in reasons
    power = place / "sys" / "class" / "video4linux" / "video0" / "usb" / "power"
    power.mkdir(parents=True)
    (power / "runtime_status").write_text("suspended\n")
    (power.parent / "interface").mkdir()
    (power.parent.parent / "device").symlink_to(power.parent / "interface")
    with camera_held(place, "sleeper", place / "dev" / "video0", user=ROOM_USER):
        assert "camera_other_user" not in look_as_a_stranger(place)[2]


def test_only_people_count() -> None:
    assert people({0, 106, 999, 1000, 54321, 65534}) == {1000, 54321}


ids = st.sampled_from(["zoom", "zoom_rooms", "meet", "a", "x_1_2"])


@given(ids, st.booleans(), st.booleans(), st.integers(0, 4))
def test_what_leaves_a_session_are_numbers_and_come_back_as_the_same_uses(
    name: str, camera: bool, microphone: bool, sockets: int
) -> None:
    use = Use(name=name, application=name, sort="conference", camera=camera, microphone=microphone, sockets=sockets)
    answer = only_numbers(to_numbers([use]))
    expected = (use,) if camera or microphone or sockets else ()
    assert from_numbers(answer) == expected


def test_the_name_of_a_program_without_profile_stays_in_its_session() -> None:
    answer = to_numbers([Use(name="Merger with Acme - Secret", microphone=True)])
    assert answer == {"microphone_other": 1.0}
    assert from_numbers({"camera_": 1.0, "microphone": 1.0, "odd_zoom": 1.0, "trouble": 3.0}) == ()
