"""Simulated rooms: from what a loudspeaker plays to what a microphone hears, at the check's rate, full scale ±1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from probes.acoustic.sweep import RATE

Sound = npt.NDArray[np.float64]


def impulse_response(seconds: float, distance: float, seed: int) -> Sound:
    """A room of this reverberation time, heard at a distance in metres; energy 1."""
    random = np.random.default_rng(seed)
    count = round(RATE * min(0.6, seconds))
    time = np.arange(count) / RATE
    tail = random.standard_normal(count) * 10 ** (-3 * time / seconds)
    tail = np.convolve(tail, np.hanning(5) / np.hanning(5).sum(), "same")
    tail[: round(0.003 * RATE)] = 0
    for _ in range(5):
        tail[int(random.integers(RATE // 800, RATE // 40))] += random.choice([-1, 1]) * 4
    tail *= distance / (0.057 * np.sqrt(80 / seconds)) / np.sqrt(np.sum(tail**2))
    tail[0] += 1
    return np.asarray(tail / np.sqrt(np.sum(tail**2)))


def noise(count: int, dbfs: float, seed: int) -> Sound:
    random = np.random.default_rng(seed)
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    shaped = np.fft.irfft(np.fft.rfft(random.standard_normal(count)) / np.sqrt(1 + (hertz / 300) ** 2), count)
    return np.asarray(shaped / shaped.std() * 10 ** (dbfs / 20))


@dataclass(frozen=True, kw_only=True)
class Room:
    """gain, floor in dB; delay in seconds; distance in metres; process: on the microphone's own signal."""

    gain: float = -18.0
    reverberation: float = 0.5
    distance: float = 1.5
    delay: float = 0.05
    floor: float = -62.0
    seed: int = 1
    loudspeakers: tuple[float, ...] = (1.0, 1.0)
    process: Callable[[Sound], Sound] | None = None

    def response(self, channel: int = 0) -> Sound:
        """Of one loudspeaker to the microphone, with delay and gain."""
        there = impulse_response(self.reverberation, self.distance, self.seed + channel)
        level = self.loudspeakers[min(channel, len(self.loudspeakers) - 1)] * 10 ** (self.gain / 20)
        return np.concatenate((np.zeros(round(self.delay * RATE)), there * level))

    def heard(self, played: Sound) -> Sound:
        """played: frames × channels → frames of one microphone."""
        count = len(played)
        out = np.zeros(count)
        for channel in range(played.shape[1]):
            size = 1 << (count + RATE).bit_length()
            both = np.fft.rfft(played[:, channel], size) * np.fft.rfft(self.response(channel), size)
            out += np.fft.irfft(both, size)[:count]
        out += noise(count, self.floor, self.seed)
        return self.process(out) if self.process is not None else out


def gated(sound: Sound) -> Sound:
    """A gate that opens at −62 dBFS within a millisecond, holds 200 ms, and closes to exact zeros."""
    size = RATE // 1000
    loud = np.abs(sound[: len(sound) // size * size]).reshape(-1, size).max(axis=1) > 10 ** (-58 / 20)
    held = np.convolve(loud, np.ones(200), "full")[: len(loud)] > 0
    gate = np.repeat(held, size) * 1.0
    return sound[: len(gate)] * gate


def levelled(sound: Sound) -> Sound:
    """Automatic gain towards −26 dBFS, 12 dB at most."""
    size = RATE // 100
    level = np.sqrt(np.mean(sound[: len(sound) // size * size].reshape(-1, size) ** 2, axis=1)) + 1e-6
    smooth = np.maximum.accumulate(level[::-1])[::-1] * 0 + np.convolve(level, np.ones(30) / 30, "same")
    gain = np.minimum(4.0, 0.05 / smooth)
    return sound[: len(level) * size] * np.interp(np.arange(len(level) * size), np.arange(len(level)) * size, gain)
