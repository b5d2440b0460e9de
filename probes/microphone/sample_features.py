"""The numbers behind a verdict: levels, cuts, rails, gaps, repeats, steady lines of one channel of sound.

Pure: samples in, numbers out. Refuses any judgement.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from probes.microphone.limits import Limits

Samples = npt.NDArray[np.float32]

FRAME_SECONDS = 0.01
"""Shorter than a syllable and a plosive, so that pauses between them stay visible."""

RAIL_BAND = 0.001
"""Samples this close to the clip's own extreme count as lying on it: half an LSB of 16 bits at −54 dBFS."""

GAP_SECONDS = 0.002
"""Live sound never repeats one value for so long: 16-bit noise at −96 dBFS does so for 2 ms, at −80 for 0.6 ms."""

REPEAT_SAMPLES = 24
"""That so many samples of live noise equal earlier ones bit by bit is no chance: even at 2 bits it is 2⁻⁴⁸."""

SEGMENTS = 6
"""A steady line is steady in each of them; a voice or an instrument holds one pitch for less than a second."""

_FLOOR = 1e-15


@dataclass(frozen=True, slots=True)
class Levels:
    """dBFS RMS of 10 ms frames without their mean: silent (5 %), middle (50 %), loud (95 %), loudest, whole."""

    frames: npt.NDArray[np.float64]
    silent: float
    middle: float
    loud: float
    loudest: float
    whole: float


def decibel(power: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Power → dB, −150 at zero."""
    return 10.0 * np.log10(np.asarray(power, dtype=np.float64) + _FLOOR)


def levels(samples: Samples, rate: float) -> Levels:
    """See Levels. samples: at least one frame."""
    size = max(2, round(rate * FRAME_SECONDS))
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    power = decibel(np.var(frames, axis=1, dtype=np.float64))
    silent, middle, loud = np.percentile(power, (5, 50, 95))
    whole = float(decibel(np.var(samples, dtype=np.float64)))
    return Levels(power, float(silent), float(middle), float(loud), float(power.max()), whole)


def live_until(level: Levels, limits: Limits) -> float:
    """Seconds from the start to the end of the last frame that carries more than converter noise."""
    live = np.flatnonzero(level.frames > limits.cut_dbfs)
    return float(live[-1] + 1) * FRAME_SECONDS if len(live) else 0.0


def rail_samples(samples: Samples) -> int:
    """How many samples lie on the higher or the lower extreme of the clip, whichever has more."""
    top, bottom = float(samples.max()), float(samples.min())
    band = RAIL_BAND * max(abs(top), abs(bottom))
    return int(max(np.count_nonzero(samples >= top - band), np.count_nonzero(samples <= bottom + band)))


def runs_of_one_value(samples: Samples, rate: float) -> npt.NDArray[np.int64]:
    """Lengths in samples of the runs of one repeated value that last GAP_SECONDS or more."""
    changes = np.flatnonzero(np.diff(samples)) + 1
    lengths = np.diff(np.concatenate(([0], changes, [len(samples)])))
    return lengths[lengths >= max(8, round(GAP_SECONDS * rate))]


def repeated_fraction(samples: Samples) -> float:
    """Share of the clip that repeats what came before, bit by bit. Runs of one value do not count."""
    if len(samples) < 4 * REPEAT_SAMPLES:
        return 0.0
    bits = samples.view(np.uint32).astype(np.uint64)
    factor = np.uint64(0x9E3779B97F4A7C15)
    rolled = bits * factor
    size = 1
    while size < REPEAT_SAMPLES:  # doubling: after k steps each entry mixes 2**k samples
        rolled = (rolled[:-size] * factor) ^ (rolled[size:] >> np.uint64(7)) ^ rolled[size:]
        size *= 2
    order = np.sort(rolled)
    copies = np.flatnonzero(order[1:] == order[:-1])
    if not len(copies):
        return 0.0
    flat = np.count_nonzero(np.convolve(np.diff(samples) == 0, np.ones(size - 1), "valid") >= size - 1)
    return max(0.0, (len(copies) - flat) / len(samples))


@dataclass(frozen=True, slots=True)
class Line:
    """A sinusoid: hertz, its steady level in dBFS (the weakest of the segments), how far it stands above its
    neighbourhood in dB, and how much its level moves between segments (dB, standard deviation)."""

    hertz: float
    dbfs: float
    above: float
    spread: float


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Power of SEGMENTS segments (rows) by frequency, scaled so that a sinusoid's peak reads its power."""

    power: npt.NDArray[np.float64]
    step: float

    @classmethod
    def of(cls, samples: Samples, rate: float) -> Spectrum:
        """Hann windows of 1/SEGMENTS of the clip, doubled and overlapping by half, so that lines stay narrow."""
        size = max(64, 2 * len(samples) // (SEGMENTS + 1))
        window = np.hanning(size).astype(np.float32)
        starts = [round(i * (len(samples) - size) / (SEGMENTS - 1)) for i in range(SEGMENTS)]
        rows = np.stack([samples[start : start + size] for start in starts])
        rows = (rows - rows.mean(axis=1, keepdims=True)) * window
        power = np.abs(np.fft.rfft(rows, axis=1)).astype(np.float64) ** 2
        return cls(power * (2.0 / float(window.sum()) ** 2), rate / size)

    def line(self, index: int) -> Line:
        """The line at a bin, its leakage into both neighbours included."""
        low, high = max(1, index - 1), index + 2
        here = self.power[:, low:high].max(axis=1)
        around = np.concatenate((self.power[:, max(1, index - 24) : low - 2], self.power[:, high + 2 : index + 25]), 1)
        floor = float(np.median(around)) if around.size else 0.0
        found = decibel(here)
        steady = float(np.percentile(found, 20))
        return Line(index * self.step, steady, steady - float(decibel(floor)), float(found.std()))

    def strongest(self, least: float, most: float) -> Line:
        """The line between two frequencies whose weakest segment is strongest."""
        low, high = max(2, round(least / self.step)), min(self.power.shape[1] - 2, round(most / self.step))
        if high <= low:
            return Line(0.0, -150.0, 0.0, 0.0)
        weakest = np.percentile(self.power[:, low:high], 20, axis=0)
        return self.line(low + int(weakest.argmax()))
