"""A microphone that goes away, a server that dies or hangs, and many looks in a row."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes import microphone
from probes.linux import sound_server
from probes.linux.sound_devices import SoundServerError
from probes.linux.sound_server import Session
from probes.microphone import Settings
from probes.reading import CannotMeasure, Context, Reading
from tests.sound.rig import SoundRig, room_noise


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[SoundRig]:
    with SoundRig(tmp_path) as rig:
        yield rig


def settings_for(rig: SoundRig, seconds: float = 1.0) -> Settings:
    return Settings(source="mic", seconds=seconds, session=Session(runtime_folder=str(rig.runtime), query_seconds=1.0))


def free_room() -> Context:
    return Context(now=time.time, monotonic=time.monotonic, in_meeting=False)


async def listening(rig: SoundRig) -> None:
    """Until our own child is among the programs that record."""
    for _ in range(100):
        server = await sound_server.look(Session(runtime_folder=str(rig.runtime)))
        if any(stream.pid for stream in server.recordings):
            return
        await asyncio.sleep(0.05)
    raise TimeoutError("nobody listens")


async def test_a_microphone_unplugged_while_we_listen_is_not_judged_by_another_one(rig: SoundRig) -> None:
    module = rig.add_microphone("mic")
    rig.add_microphone("other")
    rig.play("mic", room_noise(-40))
    looking = asyncio.create_task(microphone.probe(settings_for(rig, 3.0), free_room()))
    await listening(rig)
    rig.remove(module)
    outcome = (await looking)[-1]
    assert isinstance(outcome, CannotMeasure) or outcome.finding == "microphone_stalled", outcome  # type: ignore[union-attr]
    again = await microphone.probe(settings_for(rig), free_room())
    assert isinstance(again[0], Reading)
    assert again[0].finding == "microphone_missing"


async def test_a_sound_server_that_dies_while_we_listen_gives_a_reason_and_no_traceback(rig: SoundRig) -> None:
    rig.add_microphone("mic")
    rig.play("mic", room_noise(-40))
    looking = asyncio.create_task(microphone.probe(settings_for(rig, 3.0), free_room()))
    await listening(rig)
    rig.kill("pipewire-pulse")
    outcome = (await looking)[-1]
    assert not isinstance(outcome, Reading) or outcome.finding == "microphone_stalled", outcome
    assert "Traceback" not in str(outcome)


async def test_a_hung_sound_server_is_named_within_its_time_limit(rig: SoundRig) -> None:
    rig.signal("pipewire-pulse", signal.SIGSTOP)
    with pytest.raises(SoundServerError, match="sound_late"):
        await sound_server.look(Session(runtime_folder=str(rig.runtime), query_seconds=1.0))
    rig.signal("pipewire-pulse", signal.SIGCONT)
    assert (await sound_server.look(Session(runtime_folder=str(rig.runtime)))).name.startswith(
        "PulseAudio (on PipeWire"
    )


async def test_a_replugged_microphone_is_found_again(rig: SoundRig) -> None:
    module = rig.add_microphone("mic")
    rig.remove(module)
    assert (await microphone.probe(settings_for(rig), free_room()))[0].finding == "microphone_missing"  # type: ignore[union-attr]
    rig.pactl("load-module", "module-remap-source", "master=mic-feed.monitor", "source_name=mic")
    rig.pactl("set-default-source", "mic")
    rig.play("mic", room_noise(-40))
    outcomes = await microphone.probe(settings_for(rig), free_room())
    assert [outcome.finding for outcome in outcomes if isinstance(outcome, Reading)] == ["", ""]


async def test_many_looks_leave_no_descriptor_and_no_process_behind(rig: SoundRig) -> None:
    session = Session(runtime_folder=str(rig.runtime))
    await sound_server.look(session)
    own = Path(f"/proc/self/task/{os.getpid()}/children")
    before, children = set(Path("/proc/self/fd").iterdir()), set(own.read_text().split())
    for _ in range(40):
        await sound_server.look(session)
    assert not set(Path("/proc/self/fd").iterdir()) - before
    assert set(own.read_text().split()) <= children


async def test_who_asks_at_the_same_time_shares_one_answer_and_who_gives_up_takes_it_from_nobody(
    rig: SoundRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, folder = tmp_path / "calls", tmp_path / "bin"
    folder.mkdir()
    (folder / "pactl").write_text(f'#!/bin/sh\necho "$*" >> {calls}\nexec /usr/bin/pactl "$@"\n')
    (folder / "pactl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    session = Session(runtime_folder=str(rig.runtime))
    first = asyncio.create_task(sound_server.look(session))
    others = [asyncio.create_task(sound_server.look(Session(runtime_folder=str(rig.runtime)))) for _ in range(2)]
    await asyncio.sleep(0)
    first.cancel()
    one, other = await asyncio.gather(*others)
    assert one is other
    assert len(calls.read_text().splitlines()) == 2
    current = asyncio.create_task(sound_server.look(session))
    await asyncio.sleep(0)
    assert await sound_server.look(session, since=True) is not await current
    assert len(calls.read_text().splitlines()) == 6
    rig.kill("pipewire-pulse")
    failed = await asyncio.gather(sound_server.look(session), sound_server.look(session), return_exceptions=True)
    assert [type(error) for error in failed] == [SoundServerError] * 2
