"""Judges a few seconds of sound: which fault of the microphone it shows, how sure that is, and the numbers behind.

Pure and stateless: float32 samples in, Verdict out. The witnesses (witnesses.py) each look for one thing and give
evidence; here it is decided which of them is believed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from probes.microphone.channels import crossed_channels, open_channel
from probes.microphone.sign import Sign
from probes.microphone.sound_take import Take, decibel
from probes.microphone.witnesses import SILENT_LABELS, WITNESSES, silent
from probes.why import Why, because

if TYPE_CHECKING:
    import numpy.typing as npt

    from probes.microphone.limits import Limits

LOWEST_RATE = 4000.0
"""No microphone delivers less; below it none of the features means anything."""

BELIEVED = 0.5
"""Evidence from here on is a fault; below it, it is told among the numbers and alarms nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """label: "healthy", a fault as in the catalogue without its "microphone_", "unknown" where the sound cannot tell,
    "unusable" where it cannot be judged; confidence 0 to 1; numbers: what it was judged by, in base units; reason: what
    was heard, None when healthy; evidence: label → −1 (speaks against it) to 1 (for it), what is not named is open."""

    label: str
    confidence: float
    numbers: dict[str, float]
    reason: Why | None = None
    evidence: Mapping[str, float] = field(default_factory=dict)


def judge_samples(
    samples: npt.ArrayLike,
    rate: float,
    limits: Limits | None = None,
    *,
    expected_seconds: float | None = None,
    may_be_silent: bool = False,
) -> Verdict:
    """Judge N or N×C samples (full scale ±1) taken at ``rate`` Hz.

    expected_seconds: how much was asked for, where it is known: much less means that the stream stalled.
    may_be_silent: the source is behind a gate, a suppressor or a filter: its silence is then no evidence of anything.
    Of several channels the best one is judged; ``dead_channels`` counts those that carry nothing. "channel_dead" says
    that one of them delivers its converter's noise alone; whether it ever carried sound, one burst does not show.
    Never raises for what a device may deliver: NaN, nothing, one sample, an absurd rate give label "unusable".
    """
    if limits is None:
        from probes.microphone.limits import Limits  # with msgspec, which a capturing child does without

        limits = Limits()
    array = np.asarray(samples, dtype=np.float32)
    if array.ndim == 1:
        array = array[:, None]
    if not math.isfinite(rate) or rate < LOWEST_RATE or array.ndim != 2:
        return _unusable(because("odd_samples", rate=rate, dimensions=array.ndim))
    seconds = len(array) / rate
    asked = expected_seconds if expected_seconds is not None else seconds
    if len(array) == 0 or array.shape[1] == 0 or seconds < limits.least_fraction * asked:
        reason = because("sound_short", came=round(seconds, 2), asked=asked)
        return Verdict(label="missing", confidence=1.0, numbers={"sound_seconds": seconds}, reason=reason)
    if not np.isfinite(array).all():
        return _unusable(because("samples_not_numbers"))
    if seconds < limits.start_up_seconds:
        return _unusable(because("sound_too_short", ms=round(seconds * 1000)))
    return _of_channels(array, rate, limits, may_be_silent)


def _unusable(reason: Why) -> Verdict:
    return Verdict(label="unusable", confidence=1.0, numbers={}, reason=reason)


def _of_channels(array: npt.NDArray[np.float32], rate: float, limits: Limits, may_be_silent: bool) -> Verdict:
    """The first channel that carries sound speaks for all: an application takes the mix or the first."""
    dead = decibel(np.var(array, axis=0)) < limits.silent_dbfs
    best = int(np.argmax(~dead)) if not dead.all() else int(np.argmax(np.ptp(array, axis=0)))
    take = Take(np.ascontiguousarray(array[:, best]), rate)
    verdict = _of_one(take, limits, may_be_silent)
    if verdict.label == "healthy" and (sign := crossed_channels(array[:, ~dead])) is not None:
        verdict = _believed(sign, verdict.numbers, [sign])
    if verdict.label == "healthy" and (sign := open_channel(array, dead)) is not None:
        verdict = _believed(sign, verdict.numbers, [sign])
    channels = {"channels": float(array.shape[1]), "dead_channels": float(np.count_nonzero(dead))}
    return replace(verdict, numbers=verdict.numbers | channels)


def _of_one(take: Take, limits: Limits, may_be_silent: bool) -> Verdict:
    level = take.levels
    numbers = {
        "level_dbfs": level.whole,
        "noise_floor_dbfs": level.silent,
        "loud_dbfs": level.loud,
        "peak": float(np.abs(take.samples).max()),
        "offset": float(take.samples.mean()),
        "silent_share": float(np.mean(level.frames < limits.cut_dbfs)),
    }
    quiet = silent(take, limits)
    if quiet is not None and may_be_silent:
        reason = because("may_be_empty_room", why=quiet.why)
        return Verdict(label="unknown", confidence=1.0, numbers=numbers, reason=reason)
    if quiet is not None and quiet.label in SILENT_LABELS:
        return _believed(quiet, numbers, [quiet])
    signs = [] if quiet is None else [quiet]
    for witness in WITNESSES:
        sign = witness(take, limits)
        if sign is not None:
            signs.append(sign)
            if sign.weight >= BELIEVED:
                break
    first = next((sign for sign in signs if sign.weight >= BELIEVED), None)
    if first is not None:
        return _believed(first, numbers, signs)
    against = dict.fromkeys(SILENT_LABELS, -1.0)
    for_them = {sign.label: sign.weight for sign in signs}
    return Verdict(label="healthy", confidence=0.9, numbers=numbers, evidence=against | for_them)


def _believed(sign: Sign, numbers: dict[str, float], signs: list[Sign]) -> Verdict:
    return Verdict(
        label=sign.label,
        confidence=round(sign.weight, 3),
        numbers=numbers | {name: float(value) for name, value in sign.numbers.items()},
        reason=sign.why,
        evidence={one.label: round(one.weight, 3) for one in reversed(signs)},
    )
