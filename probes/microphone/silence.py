"""Nothing, converter noise alone, or sound that was cut off or came late. Pure: a Take in, what it is out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from probes.microphone.ranks import percentile
from probes.microphone.sound_take import FRAME_SECONDS, Levels, Take
from probes.why import Why, because

if TYPE_CHECKING:
    from probes.microphone.limits import Limits

GATED_FRAMES = 3
"""So many earlier frames as silent as a mute, 30 ms, are pauses between words; speech itself never is."""

FADED_DB = 6.0
"""The last whole live frame before a cut is as loud as any; a noise suppressor's release lets it sink by 2 to 9 dB in
every frame first."""

PAUSE_FRAMES = 25
"""A gate closes in a pause of a quarter of a second."""

FEW_STEPS = 2.5 / 32768
"""A stuck converter toggles by a step or two."""


@dataclass(frozen=True, slots=True)
class Silence:
    """label: "digital_silence", "dead" or "muted" (cut off, or late); weight 0 to 1."""

    label: str
    weight: float
    why: Why
    live_seconds: float


def what(take: Take, limits: Limits) -> Silence | None:
    """None where the sound is live from the beginning to the end."""
    samples, level = take.samples, take.levels
    changes = np.flatnonzero(np.diff(samples))
    last = (int(changes[-1]) + 1) / take.rate if len(changes) else 0.0
    if last <= limits.start_up_seconds:
        return Silence("digital_silence", 1.0, because("constant_from", seconds=round(last, 2)), last)
    if len(changes) < len(samples) // 200 and float(np.ptp(samples)) < FEW_STEPS:
        return Silence("digital_silence", 0.95, because("toggles_by_a_step"), last)
    if level.loud < limits.silent_dbfs:
        why = because("converter_noise", level=round(level.whole))
        return Silence("dead", _sure(limits.silent_dbfs - level.loud, 3), why, 0.0)
    live = np.flatnonzero(level.frames > limits.cut_dbfs)
    begin, end = float(live[0]) * FRAME_SECONDS, float(live[-1] + 1) * FRAME_SECONDS
    fall = _cut(level, end, take.seconds, limits)
    if fall > 0 and end <= limits.start_up_seconds:
        return Silence("dead", 0.9, because("converter_noise_after", seconds=round(end, 2)), end)
    if fall > 0:
        return Silence("muted", _sure(fall, 6), because("cut_after", seconds=round(end, 2)), end)
    if _late(level, begin, limits):
        return Silence("muted", 0.8, because("live_after", seconds=round(begin, 2)), take.seconds - begin)
    return None


def _sure(distance: float, scale: float) -> float:
    return 1.0 - 0.5 * math.exp(-max(0.0, distance) / scale)


def _cut(level: Levels, live: float, seconds: float, limits: Limits) -> float:
    """By how many dB the sound falls at its last live frame to the end; 0 where no cut is seen."""
    if seconds - live < limits.cut_seconds:
        return 0.0
    border = round(live / FRAME_SECONDS)
    before, after = level.frames[:border], level.frames[border:]
    if not len(before) or not len(after):
        return 0.0
    usual = percentile(before, 10)
    fall = usual - percentile(after, 95)
    if len(before) > 1 and before[-2] < usual - FADED_DB:
        return 0.0  # it faded away: a noise suppressor closes so, a switch does not
    started = before[round(limits.start_up_seconds / FRAME_SECONDS) :]
    if len(started) and np.count_nonzero(started < limits.cut_dbfs) >= GATED_FRAMES:
        return 0.0  # the pauses before were as silent: a noise suppressor closes in them
    return max(0.0, fall) if fall > 6.0 else 0.0


def _late(level: Levels, begin: float, limits: Limits) -> bool:
    """Silent at first, then live to the end. A gate opens at a loud sound, and closes again in the next pause."""
    if begin < limits.cut_seconds:
        return False
    border = round(begin / FRAME_SECONDS)
    after = level.frames[border:]
    if len(after) < PAUSE_FRAMES or np.count_nonzero(after[2:] < limits.cut_dbfs) >= GATED_FRAMES:
        return False
    usual = percentile(after, 10)
    if usual < limits.cut_dbfs + 6:
        return False
    opened_quietly = float(after[1:8].max()) < usual + 8
    quiet = np.concatenate(([False], after < usual + 8, [False]))
    edges = np.flatnonzero(np.diff(quiet.astype(int)))
    longest = int((edges[1::2] - edges[::2]).max()) if len(edges) else 0
    return opened_quietly or longest >= PAUSE_FRAMES
