"""Sound that was driven into a rail: flat on it as a converter delivers it, or piled up below it after a resampler, a
filter, a codec or noise has moved the samples. Pure: one channel in, counts out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probes.microphone.ranks import percentile
from probes.microphone.sound_take import Samples, Take

RAIL_BAND = 0.001
"""Samples this close to the clip's own extreme count as lying on it: half an LSB of 16 bits at −54 dBFS."""

FLAT_SAMPLES, STEEP = 3, 12.0
"""A round peak of which three samples lie within the band has its next ones within four times the band."""

FULL_SCALE = 0.9995
"""There two samples are enough: no limiter lets a wave touch the end of the scale."""

LIVE_PEAK = 0.03
"""Below −30 dBFS no rail is reached: what repeats there are the few values of 16 bits."""

WINDOW_SECONDS = 0.004
"""One peak each: the period of the highest voices, so that each period of a voice gives one or two."""

PILE = 1.12
"""A pile is a band of 1 dB: a resampler's ringing on a flat top is 9 %."""

LEAST_PEAKS = 25
"""A tenth of a second of sound: a knock or a single word's attack has fewer peaks at one height."""

TOUCHES = 0.72
"""Dwell of a wave that only touches its ceiling, as a limiter makes it, stays below."""

SECTION_COUNTS = 0.4

SECTIONS = 6
"""An automatic gain moves the rail with time; within half a second it stands nearly still."""

PLATEAU_SECONDS = 0.02
"""Two periods of a low voice: a gain that moves does not move within them."""

PLATEAU_BAND = 0.04
"""Share of a block's own peak: so far below it a sample still stays at it. A resampler's ringing does, a natural peak
leaves it at once."""

PLATEAU_LOUD = 0.35
"""Share of the loudest blocks' peak: softer blocks never reached the rail."""

PLATEAU_SIDES = 0.6
"""Share of the other side's peak: a side with less is not the one that was cut off."""


@dataclass(frozen=True, slots=True)
class Pile:
    """share: of the peaks that lie in one band near the top. dwell: samples in that band over those in a band of the
    same width below it: a wave that is cut off has more.
    beyond: samples above the band over those in it: a rail lets nothing through."""

    share: float
    dwell: float
    beyond: float

    @property
    def strength(self) -> float:
        return self.share * min(self.dwell, 2.0) if self.beyond < 0.1 and self.dwell > TOUCHES else 0.0


def rail_samples(samples: Samples) -> int:
    """How many samples lie on the higher or the lower extreme of the clip, three or more in a row, between sides that
    are steep; the larger count.

    A rail cuts the wave off. A limiter lets each peak touch its ceiling, and a slow round peak stays near it for some
    samples: its sides are as round.
    """
    band = RAIL_BAND * float(np.abs(samples).max())
    return max(_cut_off(side * samples, band) for side in (1, -1))


def _cut_off(wave: Samples, band: float) -> int:
    top = float(wave.max())
    edges = np.flatnonzero(np.diff(np.concatenate(([False], wave >= top - band, [False]))))
    begins, ends = edges[0::2], edges[1::2]
    padded = np.pad(wave, 1, mode="edge")
    sides = top - np.maximum(padded[begins], padded[ends + 1])
    lengths = ends - begins
    least = FLAT_SAMPLES - 1 if top >= FULL_SCALE else FLAT_SAMPLES
    return int(lengths[(lengths >= least) & (sides > STEEP * band)].sum())


def plateau(take: Take) -> float:
    """Share of a block's samples that stay at its own peak, in the flattest of thirty loud blocks. A sinusoid has 0.09,
    voices and music up to 0.07, a wave that was cut off 0.08 to 0.4, whatever gain came afterwards."""
    size = max(16, round(PLATEAU_SECONDS * take.rate))
    blocks = take.centred[: len(take.centred) // size * size].reshape(-1, size)
    if len(blocks) < LEAST_PEAKS:
        return 0.0
    peaks = np.stack((blocks.max(axis=1), -blocks.min(axis=1)))
    highest = peaks.max(axis=0)
    slow = np.abs(blocks.mean(axis=1)) > 0.5 * highest  # a thump that dies away is flat, and no wave at all
    loud = (highest > PLATEAU_LOUD * percentile(highest, 98)) & ~slow
    if np.count_nonzero(loud) < LEAST_PEAKS:
        return 0.0
    blocks, peaks, highest = blocks[loud], peaks[:, loud], highest[loud]
    stays = np.stack([(side * blocks >= (1 - PLATEAU_BAND) * top[:, None]).mean(axis=1)
                      for side, top in zip((1, -1), peaks, strict=True)])  # fmt: skip
    stays[peaks < PLATEAU_SIDES * highest] = 0.0
    return percentile(stays.max(axis=0), 97)


def piled(take: Take) -> Pile:
    """The clearest pile of either side, in the whole take or in one section of it."""
    best = _clearest(take.centred, take.rate)
    for part in np.array_split(take.centred, SECTIONS):
        there = _clearest(part, take.rate)
        # One vowel may hold its height for half a second: a section counts for less.
        there = Pile(there.share * SECTION_COUNTS, there.dwell, there.beyond)
        best = max(best, there, key=lambda pile: pile.strength)
    return best


def _clearest(flat: Samples, rate: float) -> Pile:
    return max((_pile(side * flat, rate) for side in (1, -1)), key=lambda pile: pile.strength)


def _pile(wave: Samples, rate: float) -> Pile:
    size = max(4, round(WINDOW_SECONDS * rate))
    count = len(wave) // size
    if not count:
        return Pile(0.0, 0.0, 0.0)
    peaks = wave[: count * size].reshape(count, size).max(axis=1)
    top = float(peaks.max())
    loud = np.sort(peaks[peaks > 0.2 * top])
    if top < LIVE_PEAK or len(loud) < LEAST_PEAKS:
        return Pile(0.0, 0.0, 0.0)
    low = np.linspace(0.55, 0.97, 15) * top
    inside = np.searchsorted(loud, low * PILE) - np.searchsorted(loud, low)
    best = len(low) - 1 - int(inside[::-1].argmax())
    if inside[best] < LEAST_PEAKS:
        return Pile(0.0, 0.0, 0.0)
    rail = float(low[best])
    upper = wave[wave >= 0.7 * rail] / rail
    within = int(np.count_nonzero((upper >= 1) & (upper < PILE)))
    below = int(np.count_nonzero(upper < 0.88)) * (PILE - 1) / 0.18
    return Pile(float(inside[best]) / len(loud), within / (below + 5),
                int(np.count_nonzero(upper > 1.2)) / (within + 1))  # fmt: skip
