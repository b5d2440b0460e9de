#!/usr/bin/env python3
"""How often the acoustic check is right: simulated healthy rooms and faults of the way, and the same over PipeWire.

simulated: the judge alone, on rooms drawn from a seed. pipewire: the probe with its child, between a null sink and a
microphone that PipeWire joins by a convolution. stop: from the sound server's word that somebody records to the end of
the sweep, and to the volume being put back.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import msgspec
import numpy as np

from probes import acoustic
from probes.acoustic.judge_path import Heard, PathJudgement, judge_path
from probes.acoustic.sweep import Sweep
from probes.linux.sound_server import Session
from probes.reading import Context, Reading
from tests.acoustic.fixture_room import LiveRoom
from tests.acoustic.rooms import Room, gated, levelled
from tests.acoustic.test_judge_path import FAULTS, judged, playing
from tests.sound.rig import SoundRig

STOPS = 7


def say(case: str, metric: str, value: float, **more: object) -> None:
    print(json.dumps({"bench": "acoustic", "case": case, "metric": metric, "value": value, **more}), flush=True)


def drawn(chance: np.random.Generator) -> Room:
    """A healthy room: any size, distance, noise and processing that rooms have."""
    process = (None, None, gated, levelled, lambda x: np.clip(x * 3, -1, 1))[int(chance.integers(5))]
    gain = float(chance.uniform(-24, -5) if process is not None else chance.uniform(-34, -3))
    return Room(
        gain=gain, reverberation=float(chance.uniform(0.2, 1.2)), distance=float(chance.uniform(0.4, 4)),
        delay=float(chance.uniform(0.005, 0.16)), floor=float(chance.uniform(-72, -50)),
        seed=int(chance.integers(10**6)), process=process,
    )  # fmt: skip


def simulated(rooms: int, seed: int) -> None:
    chance, said, wrong = np.random.default_rng(seed), Counter[str](), []
    for number in range(rooms):
        found = judged(drawn(chance), loudspeakers=1 + number % 2)
        said[found.finding or "good"] += 1
        if found.finding not in ("", "unknown"):
            wrong.append(f"{number}: {found.finding} ({found.why})")
    say("healthy-simulated", "alarms", len(wrong), of=rooms, said=dict(said), wrong=wrong)
    named = {name: (finding, judged(room)) for name, (finding, room) in FAULTS.items()} | {
        f"loudspeaker channel {n + 1}": ("speaker_channel", judged(room, loudspeakers=2))
        for n, room in enumerate((Room(loudspeakers=(0.0, 1.0)), Room(loudspeakers=(1.0, 0.0))))
    } | {f"microphone of {n}": one for n, one in pairs().items()}  # fmt: skip
    misses = [f"{name}: {found.finding}" for name, (finding, found) in named.items() if found.finding != finding]
    say("faults-simulated", "named", len(named) - len(misses), of=len(named), misses=misses)


def pairs() -> dict[str, tuple[str, PathJudgement]]:
    """Faults that need more than one microphone or channel."""
    sweep = Sweep()
    played = playing(sweep)
    monitor = Heard(name="monitor", samples=played.astype(np.float32), begins=0.0)

    def ear(name: str, *rooms: Room) -> Heard:
        return Heard(
            name=name, samples=np.stack([room.heard(played) for room in rooms], 1).astype(np.float32), begins=0.0
        )

    live, deaf = Room(), Room(gain=-200)
    return {
        "one part dead": ("microphone_channel", judge_path(sweep, monitor, ear("m", live, deaf))),
        "an array, third part dead": (
            "microphone_channel",
            judge_path(sweep, monitor, ear("m", live, live, deaf, live)),
        ),
        "another one hears": ("wrong_microphone", judge_path(sweep, monitor, ear("m", deaf), [ear("webcam", live)])),
        "loud, late": ("delay", judge_path(sweep, monitor, ear("m", Room(delay=0.6, floor=-50)))),
        "late in a large room": ("delay", judge_path(sweep, monitor, ear("m", Room(delay=0.27, reverberation=1.2)))),
        "soft in a quiet room": ("level_low", judge_path(sweep, monitor, ear("m", Room(gain=-52, floor=-84)))),
    }


async def over_pipewire(healthy: int, seed: int) -> None:
    chance, wrong, delays = np.random.default_rng(seed), [], []
    faults = {
        "speaker_silent": Room(gain=-200), "delay": Room(delay=0.5), "speaker_channel": Room(loudspeakers=(0.0, 1.0)),
        "level_low": Room(gain=-50, floor=-85), "microphone_silent": Room(),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as name, SoundRig(Path(name) / "sound") as rig:
        rig.pactl("load-module", "module-null-sink", "sink_name=speaker", "channel_map=stereo")
        rig.add_microphone("mic")
        settings = acoustic.Settings(
            allowed=True, sink="speaker", source="mic", session=Session(runtime_folder=str(rig.runtime))
        )
        for _ in range(healthy):
            room = drawn(chance)
            found = await look(rig, room, settings, Path(name))
            if not isinstance(found, Reading) or found.finding:
                wrong.append(str(found)[:160])
            else:
                delays.append(abs(found.values["delay_seconds"] - room.delay))
        say("healthy-pipewire", "alarms", len(wrong), of=healthy, wrong=wrong,
            delay_error_ms=round(1000 * median(delays), 1) if delays else None)  # fmt: skip
        missed = []
        for finding, room in faults.items():
            found = await look(rig, room, settings, Path(name), dead=finding == "microphone_silent")
            if not isinstance(found, Reading) or found.finding != f"acoustic_{finding}":
                missed.append(f"{finding}: {str(found)[:160]}")
        say("faults-pipewire", "named", len(faults) - len(missed), of=len(faults), misses=missed)
        runs = [await stopped(rig, settings, Path(name)) for _ in range(STOPS)]
        for metric, which in (("sweep_ends_ms", 0), ("volume_back_ms", 1)):
            times = [1000 * one[which] for one in runs]
            say("stop", metric, round(median(times), 1), runs=STOPS, most=round(max(times), 1),
                load=round(os.getloadavg()[0], 1))  # fmt: skip


async def look(rig: SoundRig, room: Room, settings: acoustic.Settings, state: Path, *, dead: bool = False) -> object:
    with LiveRoom(rig, room, dead=dead):
        (outcome,) = await acoustic.probe(settings, _context(state))
    return outcome


def _context(state: Path) -> Context:
    return Context(now=time.time, monotonic=time.monotonic, in_meeting=False, wake="once", state=state)


async def stopped(rig: SoundRig, settings: acoustic.Settings, state: Path) -> tuple[float, float]:
    """Seconds from the moment when the sound server tells of a program that records: to the end of the sweep's own
    stream, and to the loudspeaker's volume being what it was."""
    rig.pactl("set-sink-volume", "speaker", "100%")
    settings = msgspec.structs.replace(settings, most_volume=0.5)
    with LiveRoom(rig, Room()):
        checking = asyncio.create_task(acoustic.probe(settings, _context(state)))
        while "acoustic check" not in await asyncio.to_thread(rig.pactl, "list", "sink-inputs"):
            await asyncio.sleep(0.02)
        events = await asyncio.create_subprocess_exec(
            "pactl", "subscribe", stdout=asyncio.subprocess.PIPE, env=rig.environment
        )
        await asyncio.sleep(0.1)
        recorder = await asyncio.to_thread(rig.record, "mic")
        told = await _event(events, b"'new' on source-output")
        silent = await _event(events, b"'remove' on sink-input")
        await checking
        back = time.monotonic()
        events.kill()
        await events.wait()
        recorder.kill()
        recorder.wait()
    volume = rig.pactl("get-sink-volume", "speaker")
    assert "100%" in volume, volume
    return silent - told, back - told


async def _event(events: asyncio.subprocess.Process, wanted: bytes) -> float:
    assert events.stdout is not None
    async for line in events.stdout:
        if wanted in line:
            return time.monotonic()
    raise RuntimeError("the sound server ended")


def main() -> None:
    parser = argparse.ArgumentParser(description=f"{__doc__} Takes about 6 minutes.")
    parser.add_argument("--rooms", type=int, default=200, help="simulated healthy rooms")
    parser.add_argument("--live", type=int, default=12, help="healthy rooms over PipeWire, 8 s each")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    simulated(options.rooms, options.seed)
    asyncio.run(over_pipewire(options.live, options.seed))


if __name__ == "__main__":
    main()
