"""A voice that is deeper than anybody's: it is played too slowly. Pure: a Take in, numbers out.

Two things are much alike a slow voice. A bass holds its notes, and a voice glides. Noise has no clear pitch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probes.microphone.ranks import median, percentile
from probes.microphone.sound_take import Take, decibel

WINDOW_SECONDS = 0.1
"""Three periods of the deepest pitch: the 32 ms of the other spectra hold one."""

PITCH_HERTZ = (25.0, 420.0)
"""From a man's voice at a third of its speed to a child's."""

DEEP_HERTZ = 72.0
"""The lowest of men speak at 85. Creaking goes below, for a syllable."""

FORMANTS_HERTZ = (60.0, 1800.0)
"""Where the overtones are strong."""

LOUD_DB = 15.0
"""Below the loudest windows: there a voice stands clear of the room."""

FIRST = 0.85
"""Share of the highest peak: every multiple of a period is as like the sound as the period, so the first one counts."""

CLEAR = 0.5
"""Height of a peak: noise through a room seldom reaches it."""

LEAST = 8
"""Windows, 0.4 s of sound: of what a gate lets through, by chance some are alike."""

NEIGHBOURS = 0.2
"""Logarithm of pitch over pitch: a voice moves by less from one window to the next."""


@dataclass(frozen=True, slots=True)
class Deep:
    """share: of the loud windows, those with a pitch below anybody's. pitch: their middle one in hertz. height: their
    middle likeness to themselves a period later. even: share of deep neighbours that are near each other. glide: middle
    step between them, a logarithm."""

    share: float
    pitch: float
    height: float
    even: float
    glide: float

    @property
    def speaks(self) -> bool:
        """Slow voices have a height of 0.86 to 1.1, an evenness of 0.9 to 1 and steps of 0.010 to 0.052. Notes have
        steps of 0.002 to 0.007, or leap: an evenness of 0.84 at most where they are deep. Noise has a height up to
        0.74."""
        return self.height > 0.82 and self.even > 0.89 and self.glide > 0.0085


def depth(take: Take) -> Deep:
    rate, size = take.narrow_rate, round(WINDOW_SECONDS * take.narrow_rate)
    if len(take.narrow) < 4 * size:
        return Deep(0.0, 0.0, 0.0, 0.0, 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(take.narrow, size)[:: size // 2]
    level = decibel(np.einsum("ij,ij->i", windows, windows) / size)
    taper = np.hanning(size).astype(np.float32)
    low, high = (round(hertz * 2 * size / rate) for hertz in FORMANTS_HERTZ)
    bins = np.fft.rfft(windows[level > percentile(level, 97) - LOUD_DB] * taper, 2 * size, axis=1)[:, low:high]
    power = np.zeros((len(bins), size + 1), np.float32)
    power[:, low:high] = bins.real**2 + bins.imag**2
    overlap = np.fft.irfft(np.abs(np.fft.rfft(taper, 2 * size)) ** 2)
    shortest, longest = int(rate / PITCH_HERTZ[1]), min(int(rate / PITCH_HERTZ[0]), size - 1)
    likeness = np.fft.irfft(power, axis=1)
    alike = likeness[:, shortest:longest] / (likeness[:, :1] + 1e-15)
    alike /= np.maximum(overlap[shortest:longest] / overlap[0], 0.2)
    middle = alike[:, 1:-1]
    peaks = np.where((middle > alike[:, :-2]) & (middle >= alike[:, 2:]), middle, 0.0)
    best = peaks.max(axis=1)
    pitch = rate / (shortest + 1 + (peaks >= FIRST * best[:, None]).argmax(axis=1))
    deep = (best > CLEAR) & (pitch < DEEP_HERTZ)
    steps = np.abs(np.diff(np.log(pitch)))[deep[1:] & deep[:-1]]
    if np.count_nonzero(deep) < LEAST or not len(steps):
        return Deep(0.0, 0.0, 0.0, 0.0, 0.0)
    return Deep(float(deep.mean()), median(pitch[deep]), median(best[deep]), float((steps < NEIGHBOURS).mean()),
                median(steps))  # fmt: skip
