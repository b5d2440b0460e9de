"""Is somebody speaking, and how does the voice arrive: pitch, pulse of the syllables, and what is left above 2 kHz."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probes.microphone.ranks import distinct, median, percentile
from probes.microphone.sound_take import Take, decibel

PITCH_HERTZ = (48.0, 420.0)
"""From a low man's creak to a child."""

VOICED = 0.45
"""Height of the second peak of a slice's autocorrelation: a vowel in a room has 0.5 to 0.95, noise stays below 0.3."""

BAND_HERTZ = np.geomspace(70, 3600, 17)
"""Borders of sixteen bands, where a voice is."""

LOUD_DB = 15.0
"""Below the loudest slices: there a voice stands clear of the room."""


@dataclass(frozen=True, slots=True)
class Voice:
    """voiced: share of the loud slices with a pitch. pitch: their middle pitch in hertz, 0 where there is none.
    steady: share of voiced neighbours whose pitch moves by less than a fifth: a voice glides, noise jumps.
    high_db: level between 2 and 3.6 kHz over that between 250 and 1000 Hz in the loud slices.
    syllables: hertz. moves_db: by how much the level of a third of an octave changes from one loud slice to the next,
    16 ms later: what is played faster moves faster, whoever speaks.
    """

    voiced: float
    pitch: float
    steady: float
    high_db: float
    syllables: float
    moves_db: float

    @property
    def speaks(self) -> bool:
        return self.voiced > 0.3 and self.steady > 0.55


def heard(take: Take) -> Voice:
    power = take.slices
    level = decibel(take.band(100, 4000))
    loud = level > percentile(level, 97) - LOUD_DB
    size = 2 * (power.shape[1] - 1)
    first, last = np.searchsorted(take.slice_hertz, (60, 1800))
    limited = np.zeros((int(loud.sum()), size // 4 + 1), np.float32)  # pitch needs no more than half the rate
    last = min(int(last), limited.shape[1])
    limited[:, first:last] = power[loud, first:last]
    correlation = np.fft.irfft(limited, axis=1)[:, : size // 4 + 1]
    rate = take.narrow_rate / 2
    size //= 2
    low, high = int(rate / PITCH_HERTZ[1]), min(int(rate / PITCH_HERTZ[0]), size // 2)
    taper = 1.0 - np.arange(size // 2 + 1) / size  # a Hann window shortens the overlap
    normed = correlation / (correlation[:, :1] + 1e-15) / np.maximum(taper, 0.4)
    inside = normed[:, low:high]
    if not inside.size:
        return Voice(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    best = inside.argmax(axis=1)
    height = inside[np.arange(len(best)), best]
    voiced = (height > VOICED) & (best > 0) & (best < inside.shape[1] - 1)  # noise rises towards an end of the range
    pitch = rate / (low + best)
    both = voiced[1:] & voiced[:-1]
    moved = np.abs(np.log(pitch[1:] / pitch[:-1]))[both]
    lows, highs = take.band(250, 1000)[loud].sum(), take.band(2000, 3600)[loud].sum()
    return Voice(
        float(voiced.mean()),
        median(pitch[voiced]) if voiced.any() else 0.0,
        float((moved < 0.2).mean()) if len(moved) else 0.0,
        float(decibel(highs) - decibel(lows)),
        _syllables(level),
        _moves(take, loud),
    )


def _moves(take: Take, loud: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    first, *_, last = edges = distinct(np.searchsorted(take.slice_hertz, BAND_HERTZ))
    bands = np.add.reduceat(take.slices[:, first:last], edges[:-1] - first, axis=1)
    both = loud[1:] & loud[:-1]
    return float(np.abs(np.diff(decibel(bands), axis=0))[both].mean()) if both.any() else 0.0


def _syllables(level: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Hertz: the middle of the spectrum of the level between 1 and 16 Hz. Speech has 4 to 5."""
    wave = np.clip(level, level.max() - 30, None)
    wave = (wave - wave.mean()) * np.hanning(len(wave))
    power = np.abs(np.fft.rfft(wave)) ** 2
    hertz = np.fft.rfftfreq(len(wave), 0.016)
    inside = (hertz >= 1) & (hertz <= 16)
    return float((hertz[inside] * power[inside]).sum() / (power[inside].sum() + 1e-15))
