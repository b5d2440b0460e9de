"""Pieces that are missing, repeated or damaged: holes, buffers given twice, clicks, a cable that makes and breaks.

Pure: one channel in, counts out. All of it at the take's own rate, since one sample may be the fault.
"""

from __future__ import annotations

import numpy as np

from probes.microphone.sound_take import Floats, Samples, Take, decibel

GAP_SECONDS = 0.002
"""Live sound never repeats one value for so long: 16-bit noise at −96 dBFS does so for 2 ms, at −80 for 0.6 ms."""

GATE_DBFS = -72.0
"""A gate that closed leaves less than this beside its zeros; a room's own noise next to a hole has more."""

REPEAT_SAMPLES = 24
"""That so many samples of live noise equal earlier ones bit by bit is no chance: even at 2 bits it is 2⁻⁴⁸."""

REPEAT_DISTANCE = 32
"""Samples between a stretch and its repeat: a faint whistle of a processor has a period of a few, a buffer has more."""

REPEAT_SECONDS = 0.003
"""So long is what those samples are taken from, at any rate: a buffer is longer, and what a suppressor leaves at 48 kHz
is so smooth that half a millisecond of it comes again by chance."""

REPEAT_STEPS = 24.0
"""Mean square, in squared steps of 16 bits, of the differences in a stretch that may count as a repeat: faded speech
that dithers between zero and one step repeats itself by chance, noise at −79 dBFS, the quietest room, has 27."""

CLICK_SECONDS = 0.002
"""Longer than a damaged sample, shorter than a keystroke."""

CLICK_FLOOR = 3e-5
"""One step of 16 bits: below it nothing is usual."""

CONTACT_BLOCKS = 6
"""Blocks of half a millisecond to both sides: what was struck rings for longer."""

CONTACT_RATIO = 10.0
"""Ratio of a needle's sharpest bend to those beside it. A key near the microphone reaches 5."""

CONTACT_LEAST = 0.004
"""Full scale 1: smaller needles are not heard."""

HOLE_STEP_SECONDS = 0.001
"""A buffer ends between two samples; the fastest gate takes 5 ms, and a room dies away by 0.3 dB a millisecond."""

HOLE_FALL_DB = 14.0
"""A voice in a room falls by up to 8 dB between two milliseconds: from the peak of one period to its trough."""

HOLE_SECONDS = (0.004, 0.09)
"""A lost packet is 5 to 60 ms; longer is a pause, or a gate."""

LASTING, LASTING_DB, LASTING_SHARE = 40, 25.0, 0.6
"""Milliseconds before a hole in whose greater part there was sound, at most so much softer: a key that is struck rings
for 10 to 20, and comes up as long after as a hole lasts."""

HOLE_LOUD_DBFS = -50.0
"""What stands beside a hole is louder: a gate closes in what is quieter."""


def runs_of_one_value(samples: Samples, rate: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Lengths in samples of the runs of one repeated value that last GAP_SECONDS or more and cut into sound.

    A noise suppressor that closes has faded to a few steps of the converter before it delivers zeros: a run counts
    when the milliseconds before it are louder than GATE_DBFS. It may open at once.
    """
    same = np.concatenate(([False], samples[1:] == samples[:-1], [False]))
    edges = np.flatnonzero(same[1:] != same[:-1])
    size = max(4, round(GAP_SECONDS * rate))
    begins, lengths = edges[0::2], edges[1::2] - edges[0::2] + 1
    long = lengths >= max(8, size)
    kept = []
    for begin, length in zip(begins[long], lengths[long], strict=True):
        before = samples[max(0, begin - size) : begin] - samples[begin]
        if len(before) and float(decibel(np.mean(before**2, dtype=np.float64))) > GATE_DBFS:
            kept.append(int(length))
    return np.array(kept, dtype=np.int64)


def repeated_fraction(samples: Samples, rate: float) -> float:
    """Share of the clip that repeats what came before, bit by bit. Runs of one value and what barely
    moves do not count."""
    apart = max(1, round(REPEAT_SECONDS * rate / REPEAT_SAMPLES))
    whole = REPEAT_SAMPLES * apart
    if len(samples) < 4 * whole:
        return 0.0
    bits = samples.view(np.uint32)
    factor = np.uint64(0x9E3779B97F4A7C15)
    # Every 32nd place is enough, if its content chooses it: both copies of a stretch then choose the same ones.
    three = bits[:-2] * np.uint32(0x9E3779B1) + bits[1:-1] * np.uint32(0x85EBCA77) ^ bits[2:] * np.uint32(0xC2B2AE3D)
    some = np.flatnonzero((three[:-whole] >> np.uint32(27)) == 0)
    rolled, lively = np.zeros(len(some), np.uint64), np.zeros(len(some), np.float32)
    before = samples[some]
    for shift in range(0, whole, apart):
        at = some + shift
        rolled = (rolled * factor) ^ (rolled >> np.uint64(29)) ^ bits[at]
        now = samples[at]
        lively += (now - before) ** 2
        before = now
    alive = lively > REPEAT_STEPS * (REPEAT_SAMPLES - 1) * 2.0**-30
    rolled, some = rolled[alive], some[alive]
    order = np.argsort(rolled, kind="stable")
    again = (rolled[order[1:]] == rolled[order[:-1]]) & (some[order[1:]] - some[order[:-1]] > REPEAT_DISTANCE)
    return 32.0 * float(np.count_nonzero(again)) / len(samples)


def clicks(samples: Samples, rate: float) -> Floats:
    """How far the worst sample of each 2 ms stands out from its neighbours' cubic, over what is usual around it.

    Keystrokes, plosives and attacks of instruments ring for milliseconds and raise what is usual; a damaged sample
    stands alone. Largest first.
    """
    deviation = np.abs(samples[2:-2] - (4 * (samples[1:-3] + samples[3:-1]) - samples[:-4] - samples[4:]) / 6)
    size = max(16, round(CLICK_SECONDS * rate))
    blocks = np.partition(deviation[: len(deviation) // size * size].reshape(-1, size), (-8, -1), axis=1)
    if len(blocks) < 3:
        return np.zeros(0)
    usual = blocks[:, -8]  # one bad sample spoils the cubic of five
    usual = np.maximum(usual, np.maximum(np.roll(usual, 1), np.roll(usual, -1))) + CLICK_FLOOR
    return np.sort(blocks[:, -1] / usual)[::-1].astype(np.float64)


def holes(take: Take) -> int:
    """Places where loud sound ends between two milliseconds, stays away for some, and comes back as suddenly.

    What fills the hole (zeros, noise, a fading copy) does not matter.
    """
    size = max(4, round(HOLE_STEP_SECONDS * take.rate))
    shift = max(1, round(take.rate / 4000))  # rumble passes through zero, too, and would look like a hole
    sharp = take.samples[shift:] - take.samples[:-shift]
    flat = sharp[: len(sharp) // size * size].reshape(-1, size)
    level = decibel(np.einsum("ij,ij->i", flat, flat) / size)
    before = np.lib.stride_tricks.sliding_window_view(level, 6).min(axis=1)  # 6 ms: a voice's own trough is no hole
    return _pairs(level, before)


def _pairs(level: Floats, before: Floats) -> int:
    shortest, longest = (round(seconds / HOLE_STEP_SECONDS) for seconds in HOLE_SECONDS)
    loud = (
        np.flatnonzero((before[:-7] > HOLE_LOUD_DBFS) & (before[:-7] - level[7 : 7 + len(before) - 7] > HOLE_FALL_DB))
        + 7
    )
    count, after = 0, 0
    for start in map(int, loud):
        earlier = level[max(0, start - LASTING) : start]
        if start < after or float(np.mean(earlier > before[start - 7] - LASTING_DB)) < LASTING_SHARE:
            continue
        inside = level[start : start + longest]
        back = np.flatnonzero(inside[1:] > before[start - 7] - 6) + 1
        if not len(back) or back[0] < shortest:
            continue
        stop = int(back[0])
        ceiling = float(inside[:stop].max())
        if before[start - 7] - ceiling > HOLE_FALL_DB * 0.8 and inside[stop] - inside[stop - 1] > HOLE_FALL_DB * 0.6:
            count += 1
            after = start + stop
    return count


def crackles(take: Take) -> int:
    """Needles and steps of up to a millisecond that stand alone: what a broken contact makes.

    A knock or a key rings on for milliseconds in the thing that was struck and in the room; a contact does not.
    """
    sharp = np.abs(np.diff(take.samples, 2))
    size = max(4, round(0.0005 * take.rate))
    peak = sharp[: len(sharp) // size * size].reshape(-1, size).max(axis=1)
    if len(peak) < 30:
        return 0
    padded = np.pad(peak, CONTACT_BLOCKS, mode="edge")
    beside = np.zeros_like(peak)
    for shift in (*range(CONTACT_BLOCKS - 1), *range(CONTACT_BLOCKS + 2, 2 * CONTACT_BLOCKS + 1)):
        np.maximum(beside, padded[shift : shift + len(peak)], out=beside)
    lone = (peak > CONTACT_RATIO * (beside + CLICK_FLOOR)) & (peak > CONTACT_LEAST)
    return int(np.count_nonzero(lone[1:] & ~lone[:-1]))
