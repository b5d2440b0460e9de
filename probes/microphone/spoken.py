"""What only a voice shows: muffled, at the wrong rate, with an echo. Pure: a Take in, a Sign out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probes.microphone import noises, voice
from probes.microphone.sign import Sign, sure
from probes.microphone.sound_take import Take
from probes.why import because

if TYPE_CHECKING:
    from probes.microphone.limits import Limits

SUNG_TONE = 0.55
"""Likewise of a voice: speech has 0.2 to 0.5, a ring or a whistle in a room 0.6 and more."""

RUNG_HERTZ = 250.0
"""A ring's pitch, as far as it has one, is 267 and more; a voice of so pure a tone, in a hall, is seldom so high."""

SPOKEN, SUNG_STEADY, PURE_MUFFLED_DB = 0.8, 0.97, 14.0
"""Of a voice that is one line: it has a pitch in more of its loud moments than music (up to 0.76), its pitch moves more
than a whistle's, and its high tones are fainter than those of low notes (42 dB down)."""


def of_voice(take: Take, limits: Limits) -> Sign | None:
    """What only a voice shows: muffled, at the wrong rate, with an echo."""
    somebody = voice.heard(take)
    if take.levels.loud < limits.quiet_speech_dbfs or somebody.voiced < 0.3:
        return None
    pure = noises.tonal(take) > noises.PURE_TONE
    if somebody.speaks and (sign := _muffled(somebody, limits, pure)) is not None:
        return sign
    if pure:
        return None
    if somebody.speaks and (sign := _odd_voice(somebody, limits)) is not None:
        return sign
    if somebody.pitch > (RUNG_HERTZ if noises.tonal(take) > SUNG_TONE else 330):  # a ring, a whistle
        return None
    seconds, height = noises.echo(take)
    if height < limits.echo_height / 2:
        return None
    why = because("comes_twice", ms=round(seconds * 1000))
    return Sign("echo", sure(height - limits.echo_height, 8), why, {"echo_seconds": seconds, "echo_height": height})


def _muffled(somebody: voice.Voice, limits: Limits, pure: bool) -> Sign | None:
    """Hardly anything of a voice above 2 kHz. pure: nearly all of it is one line, as of notes and of a voice of
    which only the lowest tone is left."""
    if pure and not (somebody.voiced > SPOKEN and somebody.steady < SUNG_STEADY):
        return None
    limit = limits.muffled_db - (PURE_MUFFLED_DB if pure else 0.0)
    if somebody.high_db > limit or somebody.pitch < 95:
        return None
    why = because("muffled_voice", db=round(-somebody.high_db))
    return Sign("muffled", sure(limit - somebody.high_db, 6), why, {"high_db": somebody.high_db})


def _odd_voice(somebody: voice.Voice, limits: Limits) -> Sign | None:
    fast = min(somebody.pitch - limits.fast_pitch_hertz, 40 * (somebody.syllables - limits.fast_syllables_hertz))
    slow = limits.slow_pitch_hertz - somebody.pitch if somebody.high_db < -20 else -100.0
    if fast > -20 or slow > 0:
        why = because("odd_voice", hertz=round(somebody.pitch), syllables=round(somebody.syllables, 1))
        return Sign("wrong_rate", sure(max(fast, 2 * slow), 40), why, {"pitch_hertz": somebody.pitch})
    return None
