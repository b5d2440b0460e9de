"""The sound of the acoustic check: a short, quiet, rising tone, and the impulse response that a recording of it gives.

Pure: numbers in, samples out. An exponential sweep tells distortion from the path itself: overtones come out earlier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Samples: TypeAlias = "npt.NDArray[np.float32]"

RATE = 16000
"""Samples a second of what is played and recorded: enough for the sweep. The sound server brings every device to it."""

LOUDEST_DBFS = -30.0
"""RMS that is never exceeded: a murmur at a meeting's volume."""

SECONDS = 1.7
"""From the beginning to the end of what is played."""

TURNS = 2
"""Sweeps, one after the other: one for each channel of a stereo loudspeaker, twice the same for another one. Two that
do not agree tell of a computer that stuttered and not of the room."""

PAUSE_SECONDS = 0.3
"""Between two turns: the room dies away, and no turn is taken for the other."""

LOW_HERTZ, HIGH_HERTZ = 160.0, 6400.0
"""Every loudspeaker, every telephone codec and every wide-band one has a part of it."""

ROOM_HERTZ = 350.0
"""Ventilation and traffic lie below."""

FADE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Sweep:
    """channels: of the loudspeaker; dbfs: RMS of each turn; rate: of what is played and recorded."""

    channels: int = 1
    dbfs: float = -34.0
    rate: int = RATE

    @property
    def seconds(self) -> float:
        """Length of one turn."""
        return (SECONDS - PAUSE_SECONDS * (TURNS - 1)) / TURNS

    @property
    def step_seconds(self) -> float:
        """From the beginning of one turn to the next one's."""
        return self.seconds + PAUSE_SECONDS

    @property
    def octaves_per_second(self) -> float:
        return float(np.log2(HIGH_HERTZ / LOW_HERTZ)) / self.seconds

    def wave(self) -> Samples:
        """One turn."""
        count = round(self.seconds * self.rate)
        time = np.arange(count) / self.rate
        slope = np.log(HIGH_HERTZ / LOW_HERTZ) / self.seconds
        wave = np.sin(2 * np.pi * LOW_HERTZ / slope * np.expm1(slope * time))
        fade = min(count // 4, round(FADE_SECONDS * self.rate))
        ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(fade) / fade)
        wave[:fade] *= ramp
        wave[-fade:] *= ramp[::-1]
        level = min(self.dbfs, LOUDEST_DBFS)
        return np.asarray(wave * (10 ** (level / 20) / np.sqrt(np.mean(wave**2))), np.float32)

    def played(self) -> Samples:
        """Frames × channels: each turn on its channel, silence on the other."""
        wave, step = self.wave(), round(self.step_seconds * self.rate)
        out = np.zeros((step * (TURNS - 1) + len(wave), self.channels), np.float32)
        for turn in range(TURNS):
            out[turn * step : turn * step + len(wave), turn % self.channels] = wave
        return out

    def overtone_seconds(self, number: int) -> float:
        """How much earlier than the tone itself an overtone comes out."""
        return float(np.log2(number)) / self.octaves_per_second


def response(recorded: Samples, wave: Samples, rate: int = RATE) -> npt.NDArray[np.float64]:
    """Impulse response at the recording's length; the same again backwards before zero, at its end.

    Each frequency is weighed by what was played, so that bands that were not played stay silent, and the lowest count
    for less: there a room is loudest by itself.
    """
    size = 1 << (len(recorded) + len(wave)).bit_length()
    played = np.fft.rfft(wave, size)
    power = played.real**2 + played.imag**2
    heard = np.fft.rfft(recorded, size)
    hertz = np.fft.rfftfreq(size, 1 / rate)
    weight = 1 / (1 + (ROOM_HERTZ / np.maximum(hertz, 1.0)) ** 4) / (power + 1e-3 * power.max())
    return np.asarray(np.fft.irfft(heard * np.conj(played) * weight, size), np.float64)
