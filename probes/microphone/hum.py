"""Steady lines in a spectrum: mains hum, whistles, the buzz of a telephone. A line is steady when its phase is.

A voice, a note or a fan moves in pitch; an oscillator and the mains keep their phase over the whole take.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from probes.microphone.sound_take import Take, decibel

SEGMENTS = 6
"""Parts of half a second: a voice or an instrument holds one pitch for less."""

LONE_HERTZ = (2.0, 18.0)
LONE_RATIO = 0.35
"""Share of the line's own power: 4.5 dB below it."""

EDGE_BINS = 40
"""So near to the end of the spectrum its neighbourhood is not known."""


@dataclass(frozen=True, slots=True)
class Line:
    """hertz; dbfs: its power; above: dB over its neighbourhood; coherence: 1 where the phase runs evenly through all
    segments, 0.4 by chance; spread: dB, standard deviation of its level over the segments."""

    hertz: float
    dbfs: float
    above: float
    coherence: float
    spread: float


def strongest(take: Take, hertz: float, tolerance: float) -> tuple[int, float]:
    """Bin of the strongest point near a frequency and how far, in dB, it stands above its neighbourhood."""
    step = take.narrow_rate / len(take.narrow)
    low, high = round((hertz - tolerance) / step), round((hertz + tolerance) / step)
    power = take.spectrum
    if low < 3 or high + EDGE_BINS >= len(power):
        return 0, 0.0
    peak = low + int(power[low : high + 1].argmax())
    return peak, above(take, peak)


def above(take: Take, peak: int) -> float:
    """dB of a bin over its neighbourhood."""
    return 10.0 * math.log10((float(take.spectrum[peak]) + 1e-15) / float(take.spectrum_floor[peak]))


def measured(take: Take, peak: int, over: float) -> Line:
    """The line at a bin of the spectrum, followed through the segments."""
    rate, narrow = take.narrow_rate, take.narrow
    hertz = peak * rate / len(narrow)
    size = len(narrow) // SEGMENTS
    window = np.hanning(size)
    angle = (2 * np.pi * hertz / rate) * np.arange(size)
    wave = np.stack((np.cos(angle) * window, -np.sin(angle) * window), axis=1).astype(np.float32)
    both = (narrow[: size * SEGMENTS].reshape(SEGMENTS, size) @ wave).astype(np.float64)
    parts = (both[:, 0] + 1j * both[:, 1]) * (np.sqrt(2) / window.sum())
    parts = parts * np.exp(-2j * np.pi * hertz * size / rate * np.arange(SEGMENTS))
    turns = np.linspace(-0.25, 0.25, 41)  # hertz off the bin's centre, which is up to half a bin away
    seconds = size / rate
    aligned = np.abs(np.exp(-2j * np.pi * turns[:, None] * seconds * np.arange(SEGMENTS)) @ parts)
    best = int(aligned.argmax())
    total = float(np.abs(parts).sum()) + 1e-15
    level = np.abs(parts) ** 2
    return Line(
        hertz + float(turns[best]),
        float(decibel((aligned[best] / SEGMENTS) ** 2)),
        over,
        float(aligned[best]) / total,
        float(decibel(level).std()),
    )


def lone(take: Take, line: Line) -> bool:
    """Whether nothing near it is as strong. The mains stand alone; music that repeats has lines all around."""
    step = take.narrow_rate / len(take.narrow)
    peak = round(line.hertz / step)
    near, far = round(LONE_HERTZ[0] / step), round(LONE_HERTZ[1] / step)
    power = take.spectrum
    beside = max(float(power[max(1, peak - far) : peak - near].max(initial=0)),
                 float(power[peak + near : peak + far].max(initial=0)))  # fmt: skip
    return beside < LONE_RATIO * 10 ** (line.dbfs / 10)


def series(take: Take, base: float, numbers: Sequence[int], tolerance: float, above_db: float) -> list[Line]:
    """Those multiples of a frequency at which a line stands above its neighbourhood."""
    found = []
    for number in numbers:
        peak, over = strongest(take, base * number, tolerance * max(1.0, number / 4))
        if over > above_db:
            found.append(measured(take, peak, over))
    return found


def peaks(take: Take, least_hertz: float, above_db: float, most: int) -> list[Line]:
    """The lines of a take that stand above their neighbourhood, strongest first."""
    power = take.spectrum
    step = take.narrow_rate / len(take.narrow)
    low = max(EDGE_BINS, round(least_hertz / step))
    high = len(power) - EDGE_BINS
    clear = power[low:high] > take.spectrum_floor[low:high] * np.float32(10 ** (above_db / 10))
    tops = np.flatnonzero(clear) + low
    tops = tops[(power[tops] > power[tops - 1]) & (power[tops] >= power[tops + 1])]
    found: list[Line] = []
    for peak in tops[np.argsort(power[tops])[::-1][: 4 * most]]:
        if all(abs(peak * step - line.hertz) > 4 * step for line in found):
            found.append(measured(take, int(peak), above(take, int(peak))))
            if len(found) == most:
                break
    return found
