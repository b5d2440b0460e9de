"""Runs in the child only: play the sweep, record every microphone meanwhile, judge the way, hand back numbers.

The sound server's own programs play and record, pinned to one device each; their samples go through pipes into this
process and end with it. The parent kills the whole group at once when somebody joins.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import threading
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from probes.acoustic.bounds import Bounds
from probes.acoustic.judge_path import Heard, judge_path
from probes.acoustic.sweep import RATE, Samples, Sweep
from probes.why import Why, because

LEAD_SECONDS = 0.7
"""Recorded before the sweep: is the room quiet, and do all streams run?"""

TAIL_SECONDS = 1.3
"""Recorded after it: a delay of half a second and the room's own tail."""

LATENCY_MS = 100
"""Milliseconds of buffer asked for: a busy computer loses no sound, and little is still played when the check is
stopped."""

START_SECONDS = 4.0
"""A sound server wakes its devices in a second; one that delivers nothing in this time does not work."""

QUIET_RISE_DB = 12.0
"""A voice or steps before the sweep, over the quietest moment of the same recording."""

LOUD_DBFS = -38.0
"""A room where nobody is stays below it, whatever the ventilation does."""


@dataclass
class Ear:
    """One running recording: what came, and when its first sample was taken on the common clock.

    Every chunk that arrives bounds that moment from above by the time and the samples so far. The least bound counts,
    of those since the sweep: a device that wakes up may lose some samples before.
    """

    name: str
    channels: int
    process: subprocess.Popen[bytes]
    blocks: list[bytes] = field(default_factory=list)
    frames: int = 0
    bounds: list[float] = field(default_factory=list)

    def take(self, chunk: bytes) -> None:
        self.blocks.append(chunk)
        self.frames += len(chunk) // (4 * self.channels)
        self.bounds.append(time.monotonic() - self.frames / RATE)

    def heard(self) -> Heard:
        whole = np.frombuffer(b"".join(self.blocks), "<f4")
        frames = whole[: len(whole) // self.channels * self.channels].reshape(-1, self.channels)
        return Heard(name=self.name, samples=np.ascontiguousarray(frames, np.float32), begins=min(self.bounds))


def check(argument: dict[str, Any]) -> dict[str, Any]:
    """argument: sink, sink_channels, source, channels (name → count of every microphone), dbfs, bounds, cancels.

    Returns problem ("", "occupied", "silent_server", "refused") with its why, or what the judge says.
    """
    sweep = Sweep(channels=min(2, max(1, int(argument["sink_channels"]))), dbfs=float(argument["dbfs"]))
    sink, source = str(argument["sink"]), str(argument["source"])
    monitor = _record("monitor", f"{sink}.monitor", sweep.channels)
    ears = [_record(name, name, int(count)) for name, count in argument["channels"].items()]
    everything, player = [monitor, *ears], None
    try:
        if not _listen(everything, LEAD_SECONDS, START_SECONDS, all_of=[monitor, _of(ears, source)]):
            return {"problem": "silent_server", "why": because("no_sound_to_record")}
        lead = _of(ears, source).heard().samples
        if (why := occupied(lead)) and not argument.get("anyway"):
            return {"problem": "occupied", "why": why}
        for ear in everything:
            ear.bounds.clear()
        played = sweep.played()
        player = _play(sink, sweep.channels, played)
        _listen(everything, len(played) / RATE + TAIL_SECONDS, 0.0, all_of=everything)
        refused = player.poll() not in (None, 0)
    finally:
        for process in (*(ear.process for ear in everything), *((player,) if player is not None else ())):
            process.kill()
            process.wait()
    if refused:
        return {"problem": "refused", "why": because("sweep_refused", name=sink)}
    if not (monitor.bounds and _of(ears, source).bounds):
        return {"problem": "silent_server", "why": because("device_fell_silent")}
    return _judged(sweep, monitor, ears, source, argument)


def _judged(sweep: Sweep, monitor: Ear, ears: list[Ear], source: str, argument: dict[str, Any]) -> dict[str, Any]:
    others = [ear.heard() for ear in ears if ear.name != source and ear.bounds]
    judgement = judge_path(
        sweep, monitor.heard(), _of(ears, source).heard(), others, Bounds(**argument["bounds"]),
        cancels=bool(argument["cancels"]),
    )  # fmt: skip
    return {"problem": "", **asdict(judgement)}


def occupied(lead: Samples) -> Why | None:
    """Why somebody may be in the room, from what was recorded before the sweep; None for a quiet room."""
    size = RATE // 20
    if len(lead) < 4 * size:
        return None
    blocks = lead[: len(lead) // size * size, 0].reshape(-1, size)
    level = 10 * np.log10(np.var(blocks, axis=1) + 1e-12)
    rise = float(np.percentile(level, 95) - np.percentile(level, 20))
    if float(np.median(level)) > LOUD_DBFS:
        return because("room_loud", level=round(float(np.median(level))))
    if rise > QUIET_RISE_DB and float(level.max()) > -58:
        return because("heard_in_room", db=round(rise))
    return None


def _record(name: str, device: str, channels: int) -> Ear:
    process = subprocess.Popen(
        ["parec", f"--device={device}", "--raw", "--format=float32le", f"--rate={RATE}", f"--channels={channels}",
         f"--latency-msec={LATENCY_MS}", "--client-name=roomwatch", "--stream-name=acoustic check"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
    )  # fmt: skip
    return Ear(name, channels, process)


def _play(sink: str, channels: int, played: Samples) -> subprocess.Popen[bytes]:
    player = subprocess.Popen(
        ["pacat", "--playback", f"--device={sink}", "--raw", "--format=float32le", f"--rate={RATE}",
         f"--channels={channels}", f"--latency-msec={LATENCY_MS}", "--client-name=roomwatch",
         "--stream-name=acoustic check"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    threading.Thread(target=_feed, args=(player, played), daemon=True).start()
    return player


def _feed(player: subprocess.Popen[bytes], played: Samples) -> None:
    """In its own thread: two seconds fit into no pipe, and the recordings must be read meanwhile."""
    assert player.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        player.stdin.write(played.astype("<f4").tobytes())
        player.stdin.close()


def _listen(ears: list[Ear], seconds: float, patience: float, all_of: list[Ear]) -> bool:
    """Read for so long. patience: how much longer to wait until all_of have delivered that much; False if not."""
    end = time.monotonic() + seconds
    wanted = {ear.name: ear.frames + round(seconds * RATE) for ear in all_of}
    pipes = {ear.process.stdout: ear for ear in ears if ear.process.stdout is not None}
    while pipes and (time.monotonic() < end or (
        time.monotonic() < end + patience and any(ear.frames < wanted[ear.name] for ear in all_of))):  # fmt: skip
        for pipe in select.select(list(pipes), [], [], 0.05)[0]:
            chunk = os.read(pipe.fileno(), 65536)
            if chunk:
                pipes[pipe].take(chunk)
            else:
                del pipes[pipe]  # the device went away
    return all(ear.frames >= 0.5 * wanted[ear.name] for ear in all_of)


def _of(ears: list[Ear], name: str) -> Ear:
    return next(ear for ear in ears if ear.name == name)
