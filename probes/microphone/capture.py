"""Runs in the child only: open one pinned source, take a few seconds of sound, judge it, hand back numbers.

Does not return or to store any sample. The parent kills it at its deadline; its own watchdog speaks first.
"""

from __future__ import annotations

import threading
import time
from dataclasses import asdict, dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import sounddevice

from probes.microphone.judge_samples import judge_samples
from probes.why import because

if TYPE_CHECKING:
    import numpy.typing as npt

    from probes.microphone.limits import Limits

CHUNK_SECONDS = 0.1
"""Short enough that a stall is seen within the watchdog's time, long enough to cost no CPU."""

LATENCY_SECONDS = 0.5
"""Seconds of buffer asked for: a busy machine that is late by four chunks loses no samples. The sound server wakes us
four times in each."""

MAX_CHANNELS = 8
"""Channels that are judged: the first eight of a microphone array. A mixing desk's 32 would only cost CPU."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Want:
    """What the parent asks for: a PortAudio device name or its end, and for how long.

    limits: all of them, as the parent checked them: their class would bring msgspec into each child, at a tenth of a
    look's CPU. None: the defaults.
    """

    device: str
    seconds: float
    rate: float
    channels: int
    stall_seconds: float
    limits: Limits | None


def listen(argument: dict[str, Any]) -> dict[str, Any]:
    """Capture and judge. Returns the verdict as a dict, with ``problem`` naming what went wrong with the device.

    problem: "" (a full take), "absent", "busy", "refused", "stalled" (no sound for stall_seconds; ``stalled`` is then a
    reason that says how long) or "gone" (the device or the sound server went away in mid-stream).
    """
    given = cast("Limits", SimpleNamespace(**argument["limits"])) if argument["limits"] else None
    want = _Want(**{**argument, "limits": given})
    take = _Take(want)
    take.start()
    while take.is_alive():
        take.join(CHUNK_SECONDS)
        if time.monotonic() - take.moved > want.stall_seconds:
            take.problem = "stalled"
            break  # the thread may sit in the driver for ever; the child's end frees it
    blocks = list(take.blocks)
    if take.problem in ("absent", "busy", "refused"):
        return {"problem": take.problem, "detail": take.detail}
    samples = np.concatenate(blocks) if blocks else np.zeros((0, 1), np.float32)
    verdict = judge_samples(samples, take.rate, want.limits, expected_seconds=want.seconds)
    stalled = because("no_sound_for", seconds=want.stall_seconds) if take.problem == "stalled" else None
    return {
        "problem": take.problem, "detail": take.detail, "stalled": stalled, "rate": take.rate, **asdict(verdict)
    }  # fmt: skip


class _Take(threading.Thread):
    """Opens, reads and closes in one thread, while the main thread watches: on unplug PortAudio may block for ever.

    No callback: it needs memory that is writable and executable, which the service forbids.
    """

    def __init__(self, want: _Want) -> None:
        super().__init__(daemon=True)
        self.want = want
        self.blocks: list[npt.NDArray[np.float32]] = []
        self.rate = want.rate or 48000.0
        self.problem = ""
        self.detail = ""
        self.moved = time.monotonic()

    def run(self) -> None:
        number = _find(self.want.device)
        if number is None:
            self.problem, self.detail = "absent", self.want.device
            return
        try:
            stream = self._open(number)
        except (sounddevice.PortAudioError, ValueError) as error:
            busy = any(word in str(error).lower() for word in ("busy", "unavailable"))
            self.problem, self.detail = "busy" if busy else "refused", str(error)[:200]
            return
        try:
            self._read(stream)
        except sounddevice.PortAudioError as error:
            self.problem, self.detail = "gone", str(error)[:200]
            return
        stream.close()

    def _open(self, number: int) -> Any:
        device = sounddevice.query_devices(number)
        most = min(int(device["max_input_channels"]), MAX_CHANNELS)
        channels = max(1, min(self.want.channels or most, most))
        self.rate = self.want.rate or float(device["default_samplerate"])
        stream = sounddevice.InputStream(
            device=number, samplerate=self.rate, channels=channels, dtype="float32", latency=LATENCY_SECONDS
        )
        stream.start()
        self.moved = time.monotonic()
        return stream

    def _read(self, stream: Any) -> None:
        """Takes only what has come. A read that waits spins until the server's first sound, up to 0.1 s of CPU."""
        left = round(self.want.seconds * self.rate)
        pause = min(CHUNK_SECONDS, stream.latency / 4)  # a driver may grant a smaller buffer than asked for
        while left > 0:
            time.sleep(pause)
            if ready := min(left, stream.read_available):
                block, _overflowed = stream.read(ready)
                self.moved = time.monotonic()
                self.blocks.append(block)
                left -= len(block)


def _find(wanted: str) -> int | None:
    """The number of the input device with this name or this end of its name ("(hw:1,0)")."""
    for number, device in enumerate(sounddevice.query_devices()):
        name = str(device["name"])
        if device["max_input_channels"] > 0 and (name == wanted or name.endswith(wanted)):
            return number
    return None
