"""The session part behind systemd's own socket activation, with a real sound server, as a real other user."""

import asyncio
import functools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.meeting.other_sessions import own_applications
from monitor.user_session_client.client import ask, ask_room
from monitor.user_session_client.protocol import MAX_BYTES, SessionError, Trouble, only_numbers
from probes import acoustic, microphone, speaker
from probes.linux.sound_server import Session
from probes.microphone.by_session import LABELS
from probes.reading import CannotMeasure, Context, Reading
from probes.software.profiles import Application, shipped
from probes.why import because
from tests.open_folders import open_folder
from tests.reasons.english import advice, english
from tests.sound.rig import SoundRig, room_noise

SOURCE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoundRig]:
    with SoundRig(tmp_path_factory.mktemp("session-sound")) as rig:
        rig.add_microphone("mic")
        rig.pactl("set-default-source", "mic")
        yield rig


@pytest.fixture(scope="module")
def door(rig: SoundRig) -> Iterator[Path]:
    """A socket that starts one server a connection, exactly as the socket unit does."""
    with open_folder() as folder:
        program = shutil.which("systemd-socket-activate")
        assert program, "apt-get install systemd"
        place = folder / "door.sock"
        process = subprocess.Popen(
            [program, "--accept", "--inetd", "--listen", str(place), "-E", "PYTHONPATH",
             "-E", "XDG_RUNTIME_DIR", "-E", "HOME",
             sys.executable, "-m", "monitor.user_session"],
            env={**rig.environment, "PYTHONPATH": str(SOURCE)}, cwd=SOURCE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        rig.wait_until(place.exists)
        place.chmod(0o666)
        yield place
        process.terminate()
        process.wait(10)


def raw(door: Path, sent: bytes) -> dict[str, float]:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(30)
        link.connect(str(door))
        try:
            link.sendall(sent)
        except BrokenPipeError:
            pass
        got = b""
        while chunk := link.recv(65536):
            got += chunk
    assert len(got) <= MAX_BYTES
    return dict(only_numbers(json.loads(got)))


async def test_the_sound_servers_facts_come_as_numbers(rig: SoundRig, door: Path) -> None:
    rig.pactl("set-source-mute", "mic", "1")
    answer = await ask(door, "sound", owner=os.getuid(), deadline=20)
    assert answer["source_muted"] == 1
    assert answer["source_is_default"] == 1
    assert answer["source_volume"] == pytest.approx(1.0, abs=0.01)
    rig.pactl("set-source-mute", "mic", "0")
    assert (await ask(door, "sound", owner=os.getuid(), deadline=20))["source_muted"] == 0


async def test_a_microphone_is_heard_as_levels_and_not_while_somebody_records(rig: SoundRig, door: Path) -> None:
    rig.play("mic", room_noise(-40))
    answer = await ask(door, "microphone", owner=os.getuid(), deadline=25, source="mic", seconds=1.0)
    assert answer["problem"] == 0
    assert -43 < answer["level_dbfs"] < -37
    other = rig.record("mic")
    try:
        rig.wait_until(lambda: "parec" in rig.pactl("list", "source-outputs"))
        with pytest.raises(SessionError) as refused:
            await ask(door, "microphone", owner=os.getuid(), deadline=25, source="mic", seconds=1.0)
        assert refused.value.trouble is Trouble.BUSY
    finally:
        other.kill()
        other.wait()
        rig.stop_playing("mic")


@pytest.fixture
def through(door: Path, tmp_path: Path) -> Context:
    """A monitor to which the sound server itself is closed, and the session part is not."""
    (tmp_path / f"{os.getuid()}.sock").symlink_to(door)
    session = functools.partial(ask_room, folder=tmp_path)
    return Context(now=time.time, monotonic=time.monotonic, in_meeting=False, session=session)


CLOSED = Session(runtime_folder="/nonexistent")


async def test_the_microphone_probe_hears_through_it(rig: SoundRig, through: Context) -> None:
    settings = microphone.Settings(source="mic", seconds=1.0, session=CLOSED)
    rig.play("mic", room_noise(-40))
    healthy = {one.check: one for one in await microphone.probe(settings, through)}
    rig.stop_playing("mic")
    heard = healthy["microphone"]
    assert isinstance(heard, Reading)
    assert heard.finding == ""
    assert -43 < heard.values["level_dbfs"] < -37
    rig.pactl("set-source-mute", "mic", "1")
    muted = await microphone.probe(settings, through)
    rig.pactl("set-source-mute", "mic", "0")
    assert [one.finding for one in muted if isinstance(one, Reading)] == ["microphone_muted"]
    absent = await microphone.probe(microphone.Settings(source="no such", session=CLOSED), through)
    assert [one.finding for one in absent if isinstance(one, Reading)] == ["microphone_missing"]


async def test_how_loud_a_microphone_is_in_a_call_comes_through_it(rig: SoundRig, door: Path, through: Context) -> None:
    assert await ask(door, "levels", owner=os.getuid(), deadline=20, source="mic") == {}, "nobody records"
    settings = microphone.Settings(source="mic", session=CLOSED)
    rig.play("mic", room_noise(-30))
    other = rig.record("mic")
    try:
        rig.wait_until(lambda: f'"{other.pid}"' in rig.pactl("list", "source-outputs"))
        found = {one.check: one for one in await microphone.probe(settings, replace(through, in_meeting=True))}
    finally:
        other.kill()
        other.wait()
        rig.stop_playing("mic")
    in_call = found["microphone"]
    assert isinstance(in_call, Reading)
    assert (in_call.finding, in_call.evidence["busy_pid"]) == ("", other.pid)
    assert -30 < in_call.values["call_peak_dbfs"] < 0


async def test_the_room_listens_to_itself_through_it(rig: SoundRig, through: Context, tmp_path: Path) -> None:
    """The sweep and what is heard of it stay in the session; whether it may be played is asked outside of it."""
    rig.pactl("load-module", "module-null-sink", "sink_name=unheard", "channel_map=stereo")
    rig.wait_until(lambda: "unheard" in rig.pactl("list", "short", "sinks"))
    settings = acoustic.Settings(allowed=True, sink="unheard", source="mic", session=CLOSED)
    context = replace(through, wake="once", state=tmp_path)
    for _ in range(6):  # until the machine does not stutter
        (silent,) = await acoustic.probe(settings, context)
        if isinstance(silent, Reading):
            break
    assert isinstance(silent, Reading), silent
    assert silent.finding == "acoustic_microphone_silent", "nobody plays on the microphone: it delivers zeros"
    assert silent.evidence["sound_server"] == because("asked_through_session")
    other = rig.record("mic")
    try:
        rig.wait_until(lambda: f'"{other.pid}"' in rig.pactl("list", "source-outputs"))
        (busy,) = await acoustic.probe(settings, context)
    finally:
        other.kill()
        other.wait()
    assert isinstance(busy, CannotMeasure) and busy.reason == because("sound_in_use")
    (meeting,) = await acoustic.probe(settings, replace(context, in_meeting=True))
    assert isinstance(meeting, CannotMeasure) and meeting.reason == because("meeting_runs")


async def test_no_session_plays_a_sweep_that_nobody_allowed(door: Path) -> None:
    with pytest.raises(SessionError) as refused:
        await ask(door, "acoustic", owner=os.getuid(), deadline=20)
    assert refused.value.trouble is Trouble.BAD_REQUEST


@pytest.mark.parametrize("told", [None, {}, {"recorder": 77, "peak_dbfs": -10.0}])
async def test_without_a_level_of_the_same_call_a_microphone_in_use_stays_as_it_was(
    told: dict[str, float] | None,
) -> None:
    facts = {"source_present": 1.0, "source_is_default": 1.0, "source_recordings": 1.0, "source_recorder": 4711.0}

    async def answer(verb: str, _: object) -> dict[str, float] | None:
        return facts if verb == "sound" else told

    context = Context(now=time.time, monotonic=time.monotonic, in_meeting=True, session=answer)
    (in_call,) = [one for one in await microphone.probe(microphone.Settings(session=CLOSED), context)
                  if one.check == "microphone"]  # fmt: skip
    assert isinstance(in_call, Reading)
    assert (in_call.finding, in_call.values, in_call.target) == ("", {}, "default")


async def test_a_session_part_without_an_answer_is_what_is_wrong(tmp_path: Path) -> None:
    async def end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()

    async with await asyncio.start_unix_server(end, str(tmp_path / f"{os.getuid()}.sock")):
        session = functools.partial(ask_room, folder=tmp_path)
        context = Context(now=time.time, monotonic=time.monotonic, in_meeting=False, session=session)
        heard = await microphone.probe(microphone.Settings(session=CLOSED), context)
        played = await speaker.probe(speaker.Settings(session=CLOSED), context)
    for one in (*heard, *played):
        assert isinstance(one, CannotMeasure)
        assert english(one.reason).startswith("the session part of ")
        assert "gave no answer" in english(one.reason)
        assert "no session part" not in english(one.reason)
        assert "roomwatch-session.socket" in advice(one.remedy)


async def test_who_records_is_named_through_it_and_nobody_is_disturbed(rig: SoundRig, through: Context) -> None:
    other = rig.record("mic")
    try:
        rig.wait_until(lambda: "parec" in rig.pactl("list", "source-outputs"))
        settings = microphone.Settings(source="mic", session=CLOSED)
        busy = {one.check: one for one in await microphone.probe(settings, through)}["microphone"]
    finally:
        other.kill()
        other.wait()
    assert isinstance(busy, Reading)
    assert (busy.finding, busy.passive) == ("", True)
    assert busy.evidence["busy_pid"] == other.pid


async def test_the_speaker_probe_sees_through_it(rig: SoundRig, through: Context) -> None:
    settings = speaker.Settings(session=CLOSED)
    sink = rig.pactl("get-default-sink").strip()
    rig.pactl("set-sink-mute", sink, "1")
    found = [one.finding for one in await speaker.probe(settings, through) if isinstance(one, Reading)]
    rig.pactl("set-sink-mute", sink, "0")
    assert found == ["speaker_muted"]


def test_every_word_of_the_microphones_judge_has_a_number() -> None:
    judge = "".join(file.read_text() for file in sorted((SOURCE / "probes/microphone").glob("*.py")))
    said = set(re.findall(r'(?:Sign\(\s*|Silence\(\s*|label=)"([a-z_]+)"', judge))
    assert len(said) > 18
    assert said <= set(LABELS)


async def test_a_verb_that_is_not_on_the_list_is_refused(door: Path) -> None:
    with pytest.raises(SessionError) as refused:
        await ask(door, "shell", owner=os.getuid(), deadline=20)
    assert refused.value.trouble is Trouble.UNKNOWN_VERB


@pytest.mark.parametrize(
    "sent",
    [b"\n", b"[1]\n", b'{"verb": 1}\n', b'{"verb": "sound", "path": "/etc"}\n', b"x" * (MAX_BYTES + 10), b"\xff\n"],
)
def test_a_request_that_is_not_understood_is_refused_with_a_number(door: Path, sent: bytes) -> None:
    assert raw(door, sent) == {"trouble": Trouble.BAD_REQUEST}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_is_refused_before_anything_is_read(door: Path) -> None:
    work = (
        "import os, socket, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534);"
        "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(s.recv(4096).decode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", work, str(door)], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout.strip() == json.dumps({"trouble": 1}), done.stderr


async def test_a_socket_of_the_wrong_user_is_not_believed(door: Path) -> None:
    with pytest.raises(SessionError, match="listens at"):
        await ask(door, "sound", owner=os.getuid() + 1, deadline=20)


async def test_without_a_session_part_the_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="no session part at"):
        await ask(tmp_path / "none.sock", "sound", owner=os.getuid())


async def test_words_in_an_answer_are_not_believed(tmp_path: Path) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b'{"microphones": "two"}\n')
        writer.close()

    server = await asyncio.start_unix_server(speak, str(tmp_path / "s"))
    async with server:
        with pytest.raises(SessionError, match="microphones is not a number"):
            await ask(tmp_path / "s", "sound", owner=os.getuid())


@given(
    st.dictionaries(
        st.text(), st.one_of(st.text(), st.booleans(), st.none(), st.binary(), st.lists(st.integers())), min_size=1
    )
)
def test_nothing_but_numbers_passes(answer: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"number|plain"):
        only_numbers(answer)


def test_started_by_hand_it_says_how_it_is_started() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "monitor.user_session"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=30, cwd=SOURCE, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "roomwatch-session.socket" in done.stderr


async def test_who_uses_what_comes_as_numbers_under_the_profiles_names(
    rig: SoundRig, door: Path, tmp_path: Path
) -> None:
    zoom = tmp_path / "zoom"
    shutil.copy(Path(shutil.which("pacat") or "").resolve(), zoom)
    assert "microphone_zoom" not in await ask(door, "meeting", owner=os.getuid(), deadline=20)
    with subprocess.Popen([zoom, "--record", "--device=mic", "--raw"], env=rig.environment, stdout=-3) as process:
        rig.wait_until(lambda: "zoom" in rig.pactl("list", "source-outputs"))
        answer = await ask(door, "meeting", owner=os.getuid(), deadline=20)
        process.kill()
    assert answer["microphone_zoom"] == 1


async def test_a_program_of_the_rooms_own_configuration_has_its_name_too(
    rig: SoundRig, door: Path, tmp_path: Path
) -> None:
    name = f"rwfirm{os.getpid()}"
    own = tmp_path / name
    shutil.copy(Path(shutil.which("pacat") or "").resolve(), own)
    with subprocess.Popen([own, "--record", "--device=mic", "--raw"], env=rig.environment, stdout=-3) as process:
        rig.wait_until(lambda: name in rig.pactl("list", "source-outputs"))
        told = own_applications({**shipped(), "firmcall": Application(executables=(name,))})
        answer = await ask(door, "meeting", owner=os.getuid(), deadline=20, applications=told)
        process.kill()
    assert list(told) == ["firmcall"]
    assert answer["microphone_firmcall"] == 1
