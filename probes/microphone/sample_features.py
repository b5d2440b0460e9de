"""The numbers behind a verdict: levels, cuts, rails, gaps, repeats, steady lines of one channel of sound.

Pure: samples in, numbers out. Refuses any judgement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from probes.microphone.limits import Limits

Samples: TypeAlias = "npt.NDArray[np.float32]"

FRAME_SECONDS = 0.01
"""Shorter than a syllable and a plosive, so that pauses between them stay visible."""

RAIL_BAND = 0.001
"""Samples this close to the clip's own extreme count as lying on it: half an LSB of 16 bits at −54 dBFS."""

GAP_SECONDS = 0.002
"""Live sound never repeats one value for so long: 16-bit noise at −96 dBFS does so for 2 ms, at −80 for 0.6 ms."""

GATE_DBFS = -72.0
"""A gate that closed leaves less than this beside its zeros; a room's own noise next to a hole has more."""

REPEAT_SAMPLES = 24
"""That so many samples of live noise equal earlier ones bit by bit is no chance: even at 2 bits it is 2⁻⁴⁸."""

REPEAT_STEPS = 2.0
"""Mean square, in squared steps of 16 bits, of the differences in a stretch that may count as a repeat: faded speech
that dithers between zero and one step repeats itself by chance, noise at −84 dBFS has 8."""

CLICK_SECONDS = 0.002
"""Longer than a damaged sample, shorter than a keystroke."""

CLICK_FLOOR = 3e-5
"""One step of 16 bits: below it nothing is usual."""

HANN_LOBE = 1.5
"""The five bins of a Hann window's main lobe together hold 1.5 times the peak's power."""

PAUSE_SECONDS = 0.128
"""Fits between two words and tells tones 16 Hz apart."""

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
    """How many samples lie on the higher or the lower extreme of the clip beside another one there, the larger count.

    A rail holds the wave for several samples; a limiter lets each peak touch its ceiling once.
    """
    top, bottom = float(samples.max()), float(samples.min())
    band = RAIL_BAND * max(abs(top), abs(bottom))

    def held(on: npt.NDArray[np.bool_]) -> int:
        both = on[1:] & on[:-1]
        return int(np.count_nonzero(both[1:] | both[:-1])) + int(both[:1].sum()) + int(both[-1:].sum())

    return max(held(samples >= top - band), held(samples <= bottom + band))


def runs_of_one_value(samples: Samples, rate: float) -> npt.NDArray[np.int64]:
    """Lengths in samples of the runs of one repeated value that last GAP_SECONDS or more and cut into sound.

    A noise suppressor that closes has faded to a few steps of the converter before it delivers zeros: a run counts
    when the milliseconds before it are louder than GATE_DBFS. It may open at once.
    """
    changes = np.flatnonzero(np.diff(samples)) + 1
    edges = np.concatenate(([0], changes, [len(samples)]))
    lengths = np.diff(edges)
    size = max(4, round(GAP_SECONDS * rate))
    kept = []
    for run in np.flatnonzero(lengths >= max(8, size)):
        begin = edges[run]
        before = samples[max(0, begin - size) : begin] - samples[begin]
        if len(before) and float(decibel(np.mean(before**2, dtype=np.float64))) > GATE_DBFS:
            kept.append(int(lengths[run]))
    return np.array(kept, dtype=np.int64)


def repeated_fraction(samples: Samples) -> float:
    """Share of the clip that repeats what came before, bit by bit. Runs of one value and what barely
    moves do not count."""
    if len(samples) < 4 * REPEAT_SAMPLES:
        return 0.0
    bits = samples.view(np.uint32).astype(np.uint64)
    factor = np.uint64(0x9E3779B97F4A7C15)
    rolled = bits * factor
    size = 1
    while size < REPEAT_SAMPLES:  # doubling: after k steps each entry mixes 2**k samples
        rolled = (rolled[:-size] * factor) ^ (rolled[size:] >> np.uint64(7)) ^ rolled[size:]
        size *= 2
    energy = np.cumsum(np.concatenate(([0.0], np.diff(samples).astype(np.float64) ** 2)))
    lively = energy[size - 1 :] - energy[: 1 - size] > REPEAT_STEPS * (size - 1) * 2.0**-30
    order = np.sort(rolled[lively])
    return float(np.count_nonzero(order[1:] == order[:-1])) / len(samples)


def clicks(samples: Samples, rate: float) -> npt.NDArray[np.float64]:
    """How far the worst sample of each 2 ms stands out from its neighbours' cubic, over what is usual around it.

    Keystrokes, plosives and attacks of instruments ring for milliseconds and raise what is usual; a damaged sample
    stands alone. Largest first.
    """
    deviation = np.abs(samples[2:-2] - (4 * (samples[1:-3] + samples[3:-1]) - samples[:-4] - samples[4:]) / 6)
    size = max(16, round(CLICK_SECONDS * rate))
    blocks = np.sort(deviation[: len(deviation) // size * size].reshape(-1, size), axis=1)
    if len(blocks) < 3:
        return np.zeros(0)
    usual = blocks[:, -8]  # one bad sample spoils the cubic of five
    usual = np.maximum(usual, np.maximum(np.roll(usual, 1), np.roll(usual, -1))) + CLICK_FLOOR
    return np.sort(blocks[:, -1] / usual)[::-1].astype(np.float64)


@dataclass(frozen=True, slots=True)
class Line:
    """A sinusoid: hertz, its power in dBFS, how far it stands above a few hertz to both sides in dB."""

    hertz: float
    dbfs: float
    above: float


@dataclass(frozen=True, slots=True)
class PauseTone:
    """The one line that lies in the quietest moment of every part of the clip: hertz, dBFS, the share of what is
    heard in those pauses (the worst part but one), and how much its level moves between them (dB, standard
    deviation, the loudest left out)."""

    hertz: float
    dbfs: float
    share: float
    spread: float


class Spectrum:
    """Of the whole clip with one Hann window: a steady line is one bin wide there, a voice or a note is not."""

    def __init__(self, samples: Samples, rate: float) -> None:
        self.rate = rate
        self.samples = samples - samples.mean()
        window = np.hanning(len(samples)).astype(np.float32)
        self.power = np.abs(np.fft.rfft(self.samples * window)).astype(np.float64) ** 2 * (2.0 / window.sum() ** 2)
        self.step = rate / len(samples)

    def line(self, hertz: float, tolerance: float = 0.0) -> Line:
        """The strongest line within tolerance of a frequency."""
        low, high = round((hertz - tolerance) / self.step), round((hertz + tolerance) / self.step)
        if low < 3 or high + 3 >= len(self.power):
            return Line(hertz, -150.0, 0.0)
        peak = low + int(self.power[low : high + 1].argmax())
        around = np.concatenate((self.power[max(1, peak - 24) : peak - 3], self.power[peak + 4 : peak + 25]))
        above = float(decibel(self.power[peak]) - decibel(np.median(around)))
        power = self.power[peak - 2 : peak + 3].sum() / HANN_LOBE
        return Line(peak * self.step, float(decibel(power)), above)

    def spread(self, hertz: float) -> float:
        """How much a line's level moves over the clip: standard deviation in dB of SEGMENTS parts."""
        size = len(self.samples) // SEGMENTS
        angle = (2 * np.pi * hertz / self.rate) * np.arange(size)
        window = np.hanning(size)
        parts = self.samples[: size * SEGMENTS].reshape(SEGMENTS, size)
        wave = np.stack((np.cos(angle) * window, np.sin(angle) * window), axis=1).astype(np.float32)
        return float(decibel(((parts @ wave).astype(np.float64) ** 2).sum(axis=1)).std())


def pause_tone(samples: Samples, rate: float, least_hertz: float) -> PauseTone | None:
    """See PauseTone; None where the clip is too short to have parts."""
    size = round(PAUSE_SECONDS * rate) // 2 * 2
    if len(samples) < (SEGMENTS + 1) * size:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[:: size // 2]
    window = np.hanning(size).astype(np.float32)
    rows = (frames - frames.mean(axis=1, keepdims=True)) * window
    low = round(least_hertz * size / rate)
    power = np.abs(np.fft.rfft(rows, axis=1))[:, low:].astype(np.float64) ** 2
    power *= 2.0 / (HANN_LOBE * float(window.sum()) ** 2)
    whole = power.sum(axis=1) + _FLOOR
    quietest = [part[int(whole[part].argmin())] for part in np.array_split(np.arange(len(power)), SEGMENTS)]
    power, whole = power[quietest], whole[quietest]
    peak = int(np.median(power / whole[:, None], axis=0).argmax())
    line = power[:, max(0, peak - 2) : peak + 3].sum(axis=1)
    shares, heard = np.sort(line / whole), np.sort(decibel(line))
    return PauseTone((low + peak) * rate / size, float(np.median(heard)), float(shares[1]), float(heard[:-1].std()))


def pause_level(samples: Samples, rate: float) -> float:
    """dBFS of the quietest tenth of 40 ms frames: what is heard in the pauses. The frames hold two mains periods."""
    size = max(2, round(0.04 * rate))
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    return float(np.percentile(decibel(np.var(frames, axis=1, dtype=np.float64)), 10))
