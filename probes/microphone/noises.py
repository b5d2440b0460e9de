"""Noise that is a fault: hiss, wind on the capsule, a telephone's buzz, a gain that hunts, an echo of the room's own
loudspeaker. Pure: a Take in, numbers out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from probes.microphone import hum as lines
from probes.microphone.ranks import distinct, median, medians, percentile
from probes.microphone.sound_take import Samples, Take, decibel

if TYPE_CHECKING:
    import numpy.typing as npt

TELEPHONE_HERTZ = 216.68
"""A telephone of the second generation sends in one of eight slots of a frame of 4.615 ms."""

TELEPHONE_LOW, TELEPHONE_LEAST_LOW = 6.5, 3
"""A pulse of an eighth of the frame is strongest in the first six lines: so many of them must be there."""

WIND_FLATNESS = 0.19
"""Geometric over arithmetic mean of the spectrum between 15 and 120 Hz: gusts have 0.22 to 0.5, basses up to 0.17."""

NOTHING_ELSE, NOTHING_ELSE_FLATNESS = 0.96, 0.13
"""Share of the sound below 120 Hz that only air on the capsule has (music 0.9), and the flatness asked for there."""

PURE_TONE = 0.8
"""Share of one line in the loud moments: the peaks of a pure tone are all of one height by nature."""

HOWL_HERTZ = 180.0
"""Rooms and loudspeakers ring above it."""

RINGS, RINGS_TWICE, RINGS_BOTH = 0.6, 0.2, 0.8
"""Shares of the slices in which one place is the strongest, or the second of two, and both together."""

NOTES_FROM_HERTZ, NOTES_HERTZ, NOTES_SHARE = 120.0, 650.0, 0.95
"""Rings have 0.99 of their loud moments at two places, at 750 Hz and more in the middle; voices that have as many, also
muffled ones, have them at 120 to 400."""

HOWL_SLICES = 32
"""Half a second."""

PUMP_SLICES = 4
"""64 ms: long enough that noise has one level, short enough that a gain's fall is one step."""

PUMP_ALIKE_DB = 3.0
"""Mean distance of a block's spectrum from that of the softest ones: noise is within 1 to 2, a voice further away."""

PUMP_LEAST = 10
"""Blocks of noise alone, 0.64 s of a take."""

ECHO_HALF = 5.0
"""Height of the peak in each half of the take: by chance the highest of all reaches 4.5."""

ECHO_RATE = 8000.0
"""An echo is looked for below 3.6 kHz, where voices are."""

ECHO_PERIOD = 0.45
"""Share of the peak that stands at twice the delay: what comes again and again (a ring, a beat) has a half and more
there, an echo that goes round and round half of its own gain, 0.35 at most."""

ECHO_COPIED = 0.33
"""Correlation at the delay. An echo of 0.4 has 0.34; beats whose notes begin evenly and differ reach 0.3."""

ECHO_RIPPLE = 40.0
"""Height of the peak over that correlation. What comes back with all its pitches ripples the whole spectrum: an echo
has 48 and more. A ring of two notes that take turns is like itself a turn later, and has 15 to 33."""

ECHO_CLEAR_COPIED, ECHO_CLEAR_HALF = 0.12, 8.0
"""The correlation, and the height in each half, of a fainter echo: one of 0.25 has 0.18 and 8 to 24. Beats and
laughter have such a height in one half alone."""

ECHO_SECONDS = (0.07, 0.75)
"""Sooner is the room; later, people take it for somebody else who speaks."""


_ECHO_FIRST = round(ECHO_SECONDS[0] * ECHO_RATE)


@dataclass(frozen=True, slots=True)
class Pauses:
    """The quietest fifth of the slices.

    dbfs: their level, over the whole band if they are white. tilt_db: level a hertz in the upper half of the band over
    that between 500 and 2000 Hz: 0 for white noise, −6 to −30 for rooms. top_db: likewise of the uppermost eighth.
    spread_db: between the quietest slices and these: noise that is always there has little.
    """

    dbfs: float
    tilt_db: float
    top_db: float
    spread_db: float


def pauses(take: Take) -> Pauses:
    power, hertz = take.slices, take.slice_hertz
    whole = take.band(200, float(hertz[-1]))
    quiet = power[whole <= percentile(whole, 20)].mean(axis=0)
    half = hertz[-1]

    def density(low: float, high: float) -> float:
        first, last = np.searchsorted(hertz, (low, high))
        return float(decibel(quiet[first:last].mean())) if last > first else -150.0

    middle = density(500, 2000)
    low, high = (percentile(decibel(whole), share) for share in (2, 30))
    return Pauses(float(decibel(quiet.sum() * take.rate / take.narrow_rate)), density(half * 0.5, half * 0.95) - middle,
                  density(half * 0.8, half * 0.95) - middle, high - low)  # fmt: skip


def wind(take: Take) -> tuple[float, float]:
    """(dBFS below 120 Hz at its loudest, share of it in the whole): air that hits the capsule has nothing above."""
    power = take.spectrum[round(15 * take.seconds) : round(120 * take.seconds)]
    whole = float(take.spectrum[1:].sum()) + 1e-15
    share = float(take.spectrum[1 : round(120 * take.seconds)].sum()) / whole
    if share < 0.5 or len(power) < 8:
        return -150.0, share
    flat = float(np.exp(np.log(power + 1e-15).mean()) / power.mean())
    if flat < (NOTHING_ELSE_FLATNESS if share > NOTHING_ELSE else WIND_FLATNESS):  # a bass, a motor: a few lines
        return -150.0, 0.0
    size = max(2, round(0.1 * take.narrow_rate))
    blocks = take.narrow[: len(take.narrow) // size * size].reshape(-1, size).var(axis=1)
    middle, upper = (percentile(blocks, share) for share in (50, 75))
    return float(decibel(min(upper, 4 * middle) * share)), share  # bumps are over at once, gusts are not


def tonal(take: Take) -> float:
    """Share of the strongest line in the loud slices, the middle one of them."""
    whole = take.slices.sum(axis=1)
    loud = take.slices[whole > 0.1 * percentile(whole, 95)]
    if not len(loud):
        return 0.0
    place = np.clip(loud.argmax(axis=1)[:, None] + np.arange(-2, 3), 0, loud.shape[1] - 1)
    return median(np.take_along_axis(loud, place, axis=1).sum(axis=1) / loud.sum(axis=1))


def two_notes(take: Take) -> bool:
    """Whether the loud moments have one of two pitches as their strongest, both high: a ring, a melody of two notes. A
    voice moves, and what is strongest in it lies low, or is now this and now that overtone."""
    whole = take.slices.sum(axis=1)
    first = int(np.searchsorted(take.slice_hertz, NOTES_FROM_HERTZ))
    peak = take.slices[whole > 0.1 * percentile(whole, 95)][:, first:].argmax(axis=1) + first
    if not len(peak):
        return False
    one, other = _two_places(peak)
    return one + other > NOTES_SHARE * len(peak) and median(take.slice_hertz[peak]) > NOTES_HERTZ


def _two_places(peak: npt.NDArray[np.intp]) -> tuple[int, int]:
    """How many peaks lie at the most common place, and at the second, each with its neighbours."""
    places = np.bincount(peak, minlength=3)
    around = np.convolve(places, np.ones(3, int), "same")
    first = int(around.argmax())
    places[max(0, first - 1) : first + 2] = 0
    return int(around[first]), int(np.convolve(places, np.ones(3, int), "same").max())


def rings(take: Take) -> bool:
    """Whether one pitch is the strongest through most of the last half second, or two take turns in it: a room that
    rings at two places."""
    power = take.slices[-HOWL_SLICES:, int(np.searchsorted(take.slice_hertz, HOWL_HERTZ)) :]
    if len(power) < HOWL_SLICES:
        return False
    peak = power.argmax(axis=1)
    most, second = _two_places(peak)
    return most > RINGS * len(peak) or (second > RINGS_TWICE * len(peak) and most + second > RINGS_BOTH * len(peak))


def outgrows(take: Take, hertz: float) -> float:
    """By how many dB a tone grows against all the rest, from the first half second to the last one. Automatic gain
    lifts both; what feeds itself back grows alone."""
    at = int(np.searchsorted(take.slice_hertz, hertz))
    place = slice(max(0, at - 2), at + 3)
    ratio = []
    for part in (take.slices[:HOWL_SLICES], take.slices[-HOWL_SLICES:]):
        line, whole = part[:, place].sum(axis=1), part.sum(axis=1)
        ratio.append(median(decibel(line) - decibel(whole - line)))
    return ratio[1] - ratio[0]


def telephone(take: Take) -> tuple[float, int]:
    """(dBFS of the lines at multiples of the frame rate of a telephone, their number)."""
    found = [one for one in lines.series(take, TELEPHONE_HERTZ, range(1, 16), 0.5, 10.0) if one.coherence > 0.75]
    between = [n for n in range(1, 15) if lines.strongest(take, TELEPHONE_HERTZ * (n + 0.4), 0.5)[1] > 10.0]
    low = [one for one in found if one.hertz < TELEPHONE_LOW * TELEPHONE_HERTZ]
    if len(between) > len(found) / 2 or len(low) < TELEPHONE_LEAST_LOW:  # lines everywhere, or by chance
        return -150.0, 0
    return float(decibel(sum(10 ** (one.dbfs / 10) for one in found))), len(found)


@dataclass(frozen=True, slots=True)
class Swells:
    """The room's own noise, where it is heard alone. span_db: between its softest and its loudest. fall_db: its
    steepest fall within PUMP_SLICES, negative. climb_db: its usual step in the same time."""

    span_db: float
    fall_db: float
    climb_db: float


def swells(take: Take) -> Swells:
    """Noise that keeps its colour, creeps up and drops at once is a gain that hunts. A room's noise stays where it is;
    a gate drops it, and does not let it creep up; what dies away has fallen before."""
    power = take.slices[:, int(np.searchsorted(take.slice_hertz, 150)) :]
    count = len(power) // PUMP_SLICES
    if count < 2 * PUMP_LEAST or power.shape[1] < 64:
        return Swells(0.0, 0.0, 0.0)
    blocks = power[: count * PUMP_SLICES].reshape(count, PUMP_SLICES, -1).mean(axis=1)
    cuts = distinct(np.geomspace(3, power.shape[1] - 1, 9).astype(int))[:-1]
    bands = decibel(np.add.reduceat(blocks, np.concatenate(([0], cuts)), axis=1))
    level = bands.mean(axis=1)
    shape = bands - level[:, None]
    usual = medians(shape[level <= percentile(level, 20)].T)
    alike = np.abs(shape - usual).mean(axis=1) < PUMP_ALIKE_DB
    steps = np.diff(level)[alike[1:] & alike[:-1]]
    if np.count_nonzero(alike) < PUMP_LEAST or len(steps) < PUMP_LEAST / 2:
        return Swells(0.0, 0.0, 0.0)
    low, high = (percentile(level[alike], share) for share in (5, 95))
    return Swells(high - low, percentile(steps, 3), median(steps))


def echo(take: Take) -> tuple[float, float]:
    """(seconds, height over what is usual): the strongest peak of the cepstrum beyond the room's own, in both halves.

    A second arrival of everything ripples the logarithm of the spectrum evenly. A word that is said twice does so in
    the half in which it is; an echo in both.
    """
    rate, narrow = take.narrow_rate, take.narrow
    further = _cepstrum(take.bins, len(narrow), rate, 2 * ECHO_SECONDS[1])
    whole = further[: round(ECHO_SECONDS[1] * ECHO_RATE) - _ECHO_FIRST]
    if len(whole) < 10:
        return 0.0, 0.0
    peak = int(whole.argmax())
    if whole[peak] < 2 * ECHO_HALF:
        return 0.0, 0.0
    period = further[2 * peak + _ECHO_FIRST - 2 : 2 * peak + _ECHO_FIRST + 3]
    if len(period) and float(period.max()) > ECHO_PERIOD * whole[peak]:
        return 0.0, 0.0
    near = slice(max(0, peak - 2), peak + 3)
    least = float("inf")
    for half in np.array_split(narrow, 2):
        part = _cepstrum(np.fft.rfft(half), len(half), rate, ECHO_SECONDS[1])[near]
        least = min(least, float(part.max()) if len(part) else 0.0)
        if least < ECHO_HALF:
            return 0.0, 0.0
    delay = ECHO_SECONDS[0] + peak / ECHO_RATE
    copied = _copied(narrow, round(delay * rate), math.ceil(rate / ECHO_RATE))
    if copied < (ECHO_CLEAR_COPIED if least > ECHO_CLEAR_HALF else ECHO_COPIED):
        return 0.0, 0.0
    if float(whole[peak]) < ECHO_RIPPLE * copied:
        return 0.0, 0.0
    return delay, float(whole[peak])


def _copied(narrow: Samples, delay: int, within: int) -> float:
    """Correlation of the sound with itself this many samples later, high tones raised."""
    sharp = np.diff(narrow)
    power = float(sharp @ sharp) + 1e-15
    shifts = range(delay - within - 1, delay + within + 2)
    return max(float(sharp[shift:] @ sharp[:-shift]) / power for shift in shifts)


def _cepstrum(bins: npt.NDArray[np.complexfloating], count: int, rate: float, until: float) -> Samples:
    """From the soonest echo on, a value every 1/ECHO_RATE, in units of what is usual between ECHO_SECONDS."""
    low, high = round(150 * count / rate), round(0.45 * ECHO_RATE * count / rate)
    size = round(ECHO_RATE * count / rate)
    power = bins[low:high].real ** 2 + bins[low:high].imag ** 2
    log = 0.5 * np.log(power + np.float32(1e-12))
    around = max(8, len(log) // 50)
    total = np.cumsum(np.pad(log, (around, around), mode="edge"), dtype=np.float64)
    smooth = (total[2 * around :] - total[: -2 * around]) / (2 * around)
    ripple = np.zeros(size // 2 + 1, np.float32)
    ripple[low:high] = np.clip(log - smooth[: len(log)], -4, 2)
    last = min(round(ECHO_SECONDS[1] * ECHO_RATE), size // 2)
    cepstrum = np.fft.irfft(ripple, size)[: size // 2]
    usual = np.sqrt(np.mean(cepstrum[_ECHO_FIRST:last] ** 2)) + 1e-15
    return np.asarray(cepstrum[_ECHO_FIRST : round(until * ECHO_RATE)] / usual)
