"""The witnesses of the sample judge: each looks at one Take for one fault and gives a Sign, or None.

In the order in which they are asked: who comes first explains what the later ones would see too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from probes.microphone import clipping, edges, noises, sample_format, silence, voice
from probes.microphone import hum as lines
from probes.microphone.ranks import median
from probes.microphone.sign import Sign, sure
from probes.microphone.sound_take import Take, decibel
from probes.microphone.spoken import of_voice
from probes.why import because

if TYPE_CHECKING:
    from probes.microphone.limits import Limits

MAINS_HERTZ = (50.0, 60.0)
MAINS_TOLERANCE_HERTZ = 0.35
"""Grids hold 0.2 Hz and better; one bin of a 3 s clip is 0.33 Hz."""

MAINS_HARMONICS = 16
"""Dimmers hum up to there."""

LOWEST_TONE_HERTZ = 90.0
"""Below it rumble and motors are as steady as a tone."""

LOW_TONE_HERTZ = 200.0

MACHINE_HERTZ = 600.0
"""Fans, pumps and transformers hum below it, a howl seldom."""

OUTGROWN_DB = 10.0
"""A howl in the making grows by 20 dB and more against the room, a machine behind automatic gain by nothing."""

OVER = 1.001
"""A sample beyond full scale. A source of floating-point numbers can hand out such; applications take 16 bits and cut
it off."""

NARROW_HISS_DB = 13.0
"""Below 4 kHz the noise of many rooms is white, too, and automatic gain lifts it to -28 dBFS."""

ROOM_TILT_DB = 3.0
"""No room's noise rises with pitch."""

LEAST_TILT_DB = -1.7
"""Of white noise in which some of a voice is left. A room's noise behind automatic gain has -2.9 and less."""

RISING_HISS_DB = 3.0
"""Of noise that rises with pitch, most lies above what is measured."""

CREEPS_DB = 0.3
"""Rise of the noise in 64 ms: a gain that hunts has 0.5 to 3, rooms and gates 0.05 at most."""

MOSTLY = 0.5
"""Share of the frames."""

LEAST_TALK = 0.2
"""Share of the frames that carry something, where somebody talks: pauses take two thirds at most."""

FAINTEST_SPEECH = -70.0
"""dBFS of the loud frames: of what is softer nobody can tell whether it is a voice or what a suppressor leaves."""

SILENT_LABELS = ("digital_silence", "dead", "muted")


def silent(take: Take, limits: Limits) -> Sign | None:
    """Nothing, converter noise, or sound that is cut off or comes late."""
    found = silence.what(take, limits)
    return None if found is None else Sign(found.label, found.weight, found.why, {"live_seconds": found.live_seconds})


def garbled(take: Take, limits: Limits) -> Sign | None:
    how = sample_format.misread(take.samples)
    if how == "wrapped":
        return Sign("clipping", 0.9, because("wraps_around"))
    if not how:
        return None
    why = because("coarse_samples", bits=int(how)) if how.isdecimal() else because(f"samples_{how}")
    return Sign("garbled", 0.95, why)


def wind(take: Take, limits: Limits) -> Sign | None:
    level, share = noises.wind(take)
    if share < 0.7 or level < limits.wind_dbfs - 6:
        return None
    return Sign("wind", min(sure(level - limits.wind_dbfs, 3), sure(share - 0.78, 0.1)),
                because("rumble", level=round(level), percent=round(100 * share)), {"rumble_dbfs": level})  # fmt: skip


def hum(take: Take, limits: Limits) -> Sign | None:
    """Steady mains lines; the fundamental alone or any two make it hum."""
    best: tuple[float, float] | None = None
    for mains in MAINS_HERTZ:
        found = lines.series(take, mains, range(1, MAINS_HARMONICS + 1), MAINS_TOLERANCE_HERTZ, limits.line_above_db)
        kept = [one for one in found if one.coherence > limits.line_coherence and one.spread < limits.line_spread_db
                and lines.lone(take, one)]  # fmt: skip
        if not kept or (len(kept) == 1 and kept[0].hertz > mains * 1.5):
            continue
        loudest = max(found, key=lambda one: one.dbfs)
        total = float(decibel(sum(10 ** (one.dbfs / 10) for one in kept)))
        if loudest not in kept and loudest.dbfs > total - 3 and loudest.above > limits.motor_above_db:
            continue  # a motor or a lamp in the room: clear, and yet unsteady
        if best is None or total > best[1]:
            best = (mains, total)
    if best is None:
        return None
    weight = sure(best[1] - max(limits.hum_dbfs, take.pause_dbfs - limits.hum_below_pauses_db), 4)
    return Sign("hum", weight, because("hum", hertz=round(best[0]), level=round(best[1])),
                {"hum_hertz": best[0], "hum_dbfs": best[1]})  # fmt: skip


def buzz(take: Take, limits: Limits) -> Sign | None:
    level, count = noises.telephone(take)
    if count < 6 or level < limits.buzz_dbfs:
        return None
    return Sign("buzz", sure(count - 6, 3), because("telephone_buzz", level=round(level)), {"buzz_dbfs": level})


def tone(take: Take, limits: Limits) -> Sign | None:
    """A whistle that stands still in pitch, phase and level, and is heard beside the room's noise."""
    found = _steady(take, limits, limits.tone_above_db)
    if found:
        loudest = max(found, key=lambda one: one.dbfs)
        total = float(decibel(sum(10 ** (one.dbfs / 10) for one in found)))
        margin = total - max(limits.tone_dbfs, take.pause_dbfs - limits.tone_below_pauses_db)
        clear = min(loudest.dbfs - limits.clear_tone_dbfs, loudest.above - limits.clear_tone_above_db)
        weight = max(sure(margin, 4), sure(clear, 4))
        return Sign("constant_tone", weight, because("tone", hertz=round(loudest.hertz), level=round(total)),
                    {"tone_hertz": loudest.hertz, "tone_dbfs": total})  # fmt: skip
    if not noises.rings(take):
        return None
    last = Take(np.ascontiguousarray(take.samples[len(take.samples) // 2 :]), take.rate)
    found = [one for one in _steady(last, limits, limits.tone_above_db) if one.hertz > noises.HOWL_HERTZ]
    if not found:
        return None
    loudest = max(found, key=lambda one: one.dbfs)
    if loudest.hertz < MACHINE_HERTZ and noises.outgrows(take, loudest.hertz) < OUTGROWN_DB:
        return None  # a fan or a compressor that automatic gain lifts
    howl = because("howl", hertz=round(loudest.hertz), level=round(loudest.dbfs))
    return Sign("constant_tone", sure(loudest.dbfs - limits.howl_dbfs, 4), howl,
                {"tone_hertz": loudest.hertz, "tone_dbfs": loudest.dbfs})  # fmt: skip


def _steady(take: Take, limits: Limits, above_db: float) -> list[lines.Line]:
    return [one for one in lines.peaks(take, LOWEST_TONE_HERTZ, above_db, 8)
            if one.coherence > limits.line_coherence and one.spread < limits.tone_spread_db
            and (one.hertz > LOW_TONE_HERTZ or one.above > limits.low_tone_above_db)]  # fmt: skip


def clipped(take: Take, limits: Limits) -> Sign | None:
    samples = take.samples
    peak = float(np.abs(samples).max())
    over = int(np.count_nonzero(np.abs(samples) > OVER)) if peak > OVER else 0
    if over > limits.clipped_fraction * len(samples):
        why = because("over_full_scale", count=over, percent=round(100 * peak))
        return Sign("clipping", 0.95, why, {"clipped_samples": over})
    if float(np.ptp(samples)) > 2 * clipping.LIVE_PEAK:
        on_rail = clipping.rail_samples(samples)
        if on_rail > limits.clipped_fraction * len(samples):
            return Sign("clipping", 0.95, because("flat_samples", count=int(on_rail), percent=round(100 * peak)),
                        {"clipped_samples": on_rail})  # fmt: skip
    pile, stays = clipping.piled(take), clipping.plateau(take)
    weight = max(sure(pile.strength - limits.pile, 0.15), sure(stays - limits.plateau, 0.03),
                 sure(take.levels.loud - limits.overdriven_dbfs, 0.5))  # fmt: skip
    if weight <= 0.25 or noises.tonal(take) > noises.PURE_TONE:
        return None
    why = because("peaks_at_one_height", percent=round(100 * pile.share))
    return Sign("clipping", weight, why, {"pile": pile.strength, "plateau": stays})


def _silent_share(take: Take, limits: Limits) -> float:
    return float(np.mean(take.levels.frames < limits.cut_dbfs))


def dropouts(take: Take, limits: Limits) -> Sign | None:
    """Pieces that are missing, repeated or damaged. Holes as long as a cut are cuts: somebody, or a loose plug,
    switches the sound off and on."""
    if _silent_share(take, limits) > MOSTLY:
        return None  # where silence is the rule, the pieces of sound are what a gate lets through
    samples, rate = take.samples, take.rate
    runs = edges.runs_of_one_value(samples, rate)
    if len(runs) >= limits.gaps and float(runs.min()) > limits.cut_seconds * rate:
        return Sign("muted", 0.9, because("cut_again", count=len(runs)), {"gaps": len(runs)})
    gaps = len(runs)
    repeats = edges.repeated_fraction(samples, rate)
    clicks = int(np.count_nonzero(edges.clicks(samples, rate) > limits.click_ratio))
    crackles, holes = edges.crackles(take), edges.holes(take)
    numbers = {"gaps": gaps, "repeated_fraction": repeats, "clicks": clicks, "crackles": crackles, "holes": holes}
    if (gaps >= limits.gaps or repeats > limits.repeated_fraction or clicks >= limits.clicks
            or crackles >= limits.crackles or holes >= limits.gaps):  # fmt: skip
        why = because("dropouts", gaps=gaps, percent=round(100 * repeats, 1), clicks=clicks, crackles=int(crackles),
                      holes=int(holes))  # fmt: skip
        return Sign("dropouts", 0.95, why, numbers)
    return None


def offset(take: Take, limits: Limits) -> Sign | None:
    """The mean lies off zero all the time: a thump of the start, wind and uneven voices do not."""
    size = max(2, round(0.1 * take.rate))
    blocks = take.samples[: len(take.samples) // size * size].reshape(-1, size)
    means = blocks.mean(axis=1, dtype=np.float64)
    quiet = means[np.argsort(blocks.var(axis=1))[: max(3, len(means) // 3)]]
    steady = min(abs(median(means)), abs(median(quiet)))
    same = float(np.mean(np.sign(means) == np.sign(median(means))))
    if same < 0.9 or steady < limits.offset / 2:
        return None
    return Sign("dc_offset", sure(steady - limits.offset, 0.006), because("off_zero", by=round(median(means), 3)))


def too_quiet(take: Take, limits: Limits) -> Sign | None:
    """Somebody speaks, and it arrives far too low. Keys, knocks and ventilation are quiet and no voice."""
    level = take.levels
    if not FAINTEST_SPEECH < level.loud < limits.quiet_speech_dbfs + 4 or level.silent > limits.quiet_floor_dbfs:
        return None
    if _silent_share(take, limits) > 1 - LEAST_TALK:
        return None  # what a gate lets through
    span = level.loud - level.silent
    if span < limits.quiet_range_db:
        return None
    somebody = voice.heard(take)
    if somebody.steady < 0.45:
        return None
    weight = min(sure(limits.quiet_speech_dbfs - level.loud, 4), sure(somebody.voiced - limits.quiet_voiced, 0.3))
    return Sign("too_quiet", weight, because("quiet_speech", level=round(level.loud)), {"voiced": somebody.voiced})


def hiss(take: Take, limits: Limits) -> Sign | None:
    if take.pause_dbfs < limits.hiss_dbfs - 6:
        return None
    quiet = noises.pauses(take)
    rises = quiet.tilt_db > 8
    if quiet.tilt_db < LEAST_TILT_DB or quiet.top_db < -2.4 or quiet.spread_db > (7 if rises else 5):
        return None
    like_a_room = take.narrow_rate < 15000 and quiet.tilt_db < ROOM_TILT_DB
    limit = limits.hiss_dbfs + (-RISING_HISS_DB if rises else NARROW_HISS_DB if like_a_room else 0.0)
    return Sign("hiss", sure(quiet.dbfs - limit, 3), because("hiss", level=round(quiet.dbfs)),
                {"hiss_dbfs": quiet.dbfs})  # fmt: skip


def pumping(take: Take, limits: Limits) -> Sign | None:
    found = noises.swells(take)
    if found.climb_db < CREEPS_DB or found.span_db < limits.pumping_db or take.levels.loud < -56:
        return None
    why = because("background_swells", db=round(found.span_db))
    return Sign("pumping", sure(-found.fall_db - limits.pumping_fall_db, 4), why, {"swing_db": found.span_db})


WITNESSES: tuple[Callable[[Take, Limits], Sign | None], ...] = (
    garbled, wind, buzz, hum, tone, clipped, dropouts, offset, too_quiet, hiss, of_voice, pumping,
)  # fmt: skip
