"""Judges a few seconds of sound: which fault of the microphone it shows, how sure that is, and the numbers behind.

Pure and stateless: float32 samples in, Verdict out. Refuses devices, files and time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from probes.microphone import sample_features as features

if TYPE_CHECKING:
    import numpy.typing as npt

    from probes.microphone.limits import Limits

LOWEST_RATE = 4000.0
"""No microphone delivers less; below it none of the features means anything."""

LOWEST_TONE_HERTZ = 90.0
"""Below it rumble and motors are as steady as a tone."""

MAINS_HERTZ = (50.0, 60.0)
MAINS_TOLERANCE_HERTZ = 0.35
"""Grids hold 0.2 Hz and better; one bin of a 3 s clip is 0.33 Hz."""

MAINS_HARMONICS = 10
"""Rectifiers and dimmers hum up to there; above it a line is rather a tone."""

GATED_FRAMES = 3
"""So many earlier frames as silent as a mute, 30 ms, are pauses between words; speech itself never is."""

FADED_DB = 6.0
"""The last whole live frame before a cut is as loud as any; a noise suppressor's release lets it sink by 2 to 9 dB in
every frame first."""

LIVE_PEAK = 0.03
"""Below −30 dBFS no rail is reached: what repeats there are the few values of 16 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """label: "healthy" or a fault as in the catalogue without its "microphone_"; confidence 0 to 1;
    numbers: what it was judged by, in base units; reason: one sentence, "" when healthy."""

    label: str
    confidence: float
    numbers: dict[str, float]
    reason: str = ""


def judge_samples(
    samples: npt.ArrayLike, rate: float, limits: Limits | None = None, *, expected_seconds: float | None = None
) -> Verdict:
    """Judge N or N×C samples (full scale ±1) taken at ``rate`` Hz.

    expected_seconds: how much was asked for, where it is known: much less means that the stream stalled.
    Of several channels the best one is judged; ``dead_channels`` counts those that carry nothing.
    Never raises for what a device may deliver: NaN, nothing, one sample, an absurd rate give label "unusable".
    """
    if limits is None:
        from probes.microphone.limits import Limits  # with msgspec, which a capturing child does without

        limits = Limits()
    array = np.asarray(samples, dtype=np.float32)
    if array.ndim == 1:
        array = array[:, None]
    if not math.isfinite(rate) or rate < LOWEST_RATE or array.ndim != 2:
        return _unusable(f"rate {rate:g} Hz, shape {array.shape}")
    seconds = len(array) / rate
    asked = expected_seconds if expected_seconds is not None else seconds
    if len(array) == 0 or array.shape[1] == 0 or seconds < limits.least_fraction * asked:
        share = seconds / asked if asked else 0.0
        return Verdict(
            label="missing",
            confidence=1.0,
            numbers={"sound_seconds": seconds},
            reason=f"{seconds:.2f} s of {asked:g} s of sound came ({share:.0%})",
        )
    if not np.isfinite(array).all():
        return _unusable("samples that are not numbers")
    if seconds < limits.start_up_seconds:
        return _unusable(f"only {seconds * 1000:.0f} ms of sound")
    return _of_channels(array, rate, limits)


def _unusable(reason: str) -> Verdict:
    return Verdict(label="unusable", confidence=1.0, numbers={}, reason=reason)


def _of_channels(array: npt.NDArray[np.float32], rate: float, limits: Limits) -> Verdict:
    """The first channel that carries sound speaks for all: an application takes the mix or the first."""
    spread = np.ptp(array, axis=0)
    power = np.var(array, axis=0)
    dead = features.decibel(power) < limits.silent_dbfs
    best = int(np.argmax(~dead)) if not dead.all() else int(np.argmax(spread))
    verdict = _of_one(np.ascontiguousarray(array[:, best]), rate, limits)
    numbers = verdict.numbers | {"channels": float(array.shape[1]), "dead_channels": float(np.count_nonzero(dead))}
    return replace(verdict, numbers=numbers)


def _of_one(samples: features.Samples, rate: float, limits: Limits) -> Verdict:
    level = features.levels(samples, rate)
    seconds = len(samples) / rate
    numbers = {
        "level_dbfs": level.whole,
        "noise_floor_dbfs": level.silent,
        "loud_dbfs": level.loud,
        "peak": float(np.abs(samples).max()),
        "offset": float(samples.mean()),
    }

    def fault(label: str, confidence: float, reason: str, **more: float) -> Verdict:
        return Verdict(
            label=label,
            confidence=round(confidence, 3),
            numbers=numbers | {k: float(v) for k, v in more.items()},
            reason=reason,
        )

    live = features.live_until(level, limits)
    changes = np.flatnonzero(np.diff(samples))
    last_change = (int(changes[-1]) + 1) / rate if len(changes) else 0.0
    if last_change <= limits.start_up_seconds:
        return fault(
            "digital_silence", 1.0, f"one constant value from {last_change:.2f} s on", live_seconds=last_change
        )
    if level.loud < limits.silent_dbfs:
        return fault("dead", _sure(limits.silent_dbfs - level.loud, 3), f"only converter noise, {level.whole:.0f} dBFS")
    if (cut := _cut(level, live, seconds, limits)) > 0:
        if live <= limits.start_up_seconds:
            return fault("dead", 0.9, f"only converter noise after {live:.2f} s", live_seconds=live)
        return fault("muted", _sure(cut, 6), f"live for {live:.2f} s, then cut", live_seconds=live)
    return _of_live(samples, rate, limits, level, fault) or Verdict(label="healthy", confidence=0.9, numbers=numbers)


def _cut(level: features.Levels, live: float, seconds: float, limits: Limits) -> float:
    """By how many dB the sound falls at its last live frame to the end; 0 where no cut is seen."""
    if seconds - live < limits.cut_seconds:
        return 0.0
    border = round(live / features.FRAME_SECONDS)
    before, after = level.frames[:border], level.frames[border:]
    usual = float(np.percentile(before, 10)) if len(before) else 0.0
    fall = usual - float(np.percentile(after, 95)) if len(before) else 0.0
    if len(before) > 1 and before[-2] < usual - FADED_DB:
        return 0.0  # it faded away: a noise suppressor closes so, a switch does not
    started = before[round(limits.start_up_seconds / features.FRAME_SECONDS) :]
    if len(started) and np.count_nonzero(started < limits.cut_dbfs) >= GATED_FRAMES:
        return 0.0  # the pauses before were as silent: a noise suppressor closes in them
    return max(0.0, fall) if fall > 6.0 else 0.0


def _sure(distance: float, scale: float) -> float:
    """Confidence from the distance to the limit: 0.5 on it, towards 1 some scales beyond."""
    return 1.0 - 0.5 * math.exp(-max(0.0, distance) / scale)


def _of_live(
    samples: features.Samples, rate: float, limits: Limits, level: features.Levels, fault: Callable[..., Verdict]
) -> Verdict | None:
    """Faults of a microphone that does deliver sound. Lines first: a pure tone rests at its extremes like a rail."""
    spectrum = features.Spectrum(samples, rate)
    pauses = features.pause_level(samples, rate)
    if (found := _hum(spectrum, pauses, limits)) is not None:
        return fault("hum", _sure(found[1] - limits.hum_dbfs, 4), f"{found[0]:.0f} Hz hum at {found[1]:.0f} dBFS",
                     hum_hertz=found[0], hum_dbfs=found[1])  # fmt: skip
    tone = features.pause_tone(samples, rate, LOWEST_TONE_HERTZ)
    if (
        tone is not None
        and tone.dbfs > limits.tone_dbfs
        and tone.share > limits.tone_share
        and tone.spread < limits.tone_spread_db
    ):
        return fault("constant_tone", _sure(tone.share - limits.tone_share, 0.2), f"{tone.hertz:.0f} Hz at "
                     f"{tone.dbfs:.0f} dBFS", tone_hertz=tone.hertz, tone_dbfs=tone.dbfs)  # fmt: skip
    peak = float(np.abs(samples).max())
    on_rail = features.rail_samples(samples) if float(np.ptp(samples)) > 2 * LIVE_PEAK else 0
    if on_rail > limits.clipped_fraction * len(samples):
        return fault("clipping", 0.95, f"{on_rail} samples flat at {peak:.2f} of full scale", clipped_samples=on_rail)
    gaps = len(features.runs_of_one_value(samples, rate))
    repeats = features.repeated_fraction(samples)
    clicks = int(np.count_nonzero(features.clicks(samples, rate) > limits.click_ratio))
    if gaps >= limits.gaps or repeats > limits.repeated_fraction or clicks >= limits.clicks:
        return fault("dropouts", 0.95, f"{gaps} gaps, {repeats:.1%} repeated, {clicks} clicks",
                     gaps=gaps, repeated_fraction=repeats, clicks=clicks)  # fmt: skip
    mean = float(samples.mean())
    if abs(mean) > limits.offset:
        return fault("dc_offset", _sure(abs(mean) - limits.offset, 0.01), f"the mean lies {mean:+.3f} off zero")
    span = level.loud - level.silent
    if (
        level.loud < limits.quiet_speech_dbfs
        and span > limits.quiet_range_db
        and level.silent < limits.quiet_floor_dbfs
    ):
        return fault("too_quiet", _sure(span - limits.quiet_range_db, 4), f"speech at only {level.loud:.0f} dBFS")
    return None


def _hum(spectrum: features.Spectrum, pauses: float, limits: Limits) -> tuple[float, float] | None:
    """Mains frequency and level of its steady lines; the fundamental alone or any two make it hum.

    A line that is clear and yet unsteady, and carries most of it, is a motor or a lamp in the room.
    """
    best: tuple[float, float] | None = None
    for mains in MAINS_HERTZ:
        lines = [(n, spectrum.line(mains * n, MAINS_TOLERANCE_HERTZ)) for n in range(1, MAINS_HARMONICS + 1)]
        clear = [(n, line, spectrum.spread(line.hertz)) for n, line in lines if line.above > limits.line_above_db]
        kept = [(n, line) for n, line, spread in clear if spread < limits.line_spread_db]
        if not kept or (len(kept) == 1 and kept[0][0] != 1):
            continue
        total = float(features.decibel(sum(10 ** (line.dbfs / 10) for _, line in kept)))
        if any(
            line.dbfs > total - 3 and line.above > limits.motor_above_db
            for n, line, _ in clear
            if (n, line) not in kept
        ):
            continue
        if total > max(limits.hum_dbfs, pauses - limits.hum_below_pauses_db) and (best is None or total > best[1]):
            best = (mains, total)
    return best
