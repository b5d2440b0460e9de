"""What only a voice shows: muffled, at the wrong rate, with an echo. Pure: a Take in, a Sign out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probes.microphone import deep_voice, noises, voice
from probes.microphone.sign import Sign, sure
from probes.microphone.sound_take import Take
from probes.why import because

if TYPE_CHECKING:
    from probes.microphone.limits import Limits

SUNG_TONE = 0.55
"""Share of one line in the loud moments of a voice: speech has 0.2 to 0.5, rings and whistles in a room 0.6 and up."""

SLIGHT = 0.25
"""Evidence below it is none."""

SLOW_HERTZ = 112.0
"""Highest pitch of a voice that is played at half its speed: low men speak at 85, most people at 110 to 250."""

RUNG_HERTZ = 240.0
"""A ring's pitch, as far as it has one, is 250 and more; a voice of so pure a tone, in a hall, is seldom so high."""

RUNG_VOICED, RUNG_MOVES_DB = 0.94, 0.6
"""A ring has a pitch nearly all the time, and its notes begin as fast as a fast voice moves."""

PITCHED = 0.75
"""Share of the loud moments in which the short spectra find a pitch: of a voice too deep for them up to 0.71."""

DEEP_SHARE = 0.6
"""Share of the loud moments in which a voice is deeper than anybody's. Played too slowly: up to 1. Music that glides as
evenly has 0.45, people's creaking 0.2."""

HIGHEST_HERTZ = 330.0
"""Highest middle pitch of a voice: a child's. Above it are rings and whistles."""

NOTES_TONE = 0.72
"""As SUNG_TONE, of notes with their overtones cut off by a room: 0.77 and more."""

SPOKEN, SUNG_STEADY, PURE_MUFFLED_DB = 0.8, 0.97, 14.0
"""Signs of a voice that is one line. It has a pitch in more of its loud moments than music (up to 0.76), its pitch
moves more than a whistle's, and its high tones are fainter than those of low notes (42 dB down)."""


LEAST_MOVES_DB = 2.0
"""Of a voice without its high tones: 2.2 and more. Notes of a piano or a harp, whose high tones a room swallows, keep
their level: 1.2 to 1.9."""


def of_voice(take: Take, limits: Limits) -> Sign | None:
    """What only a voice shows: muffled, at the wrong rate, with an echo."""
    if take.levels.loud < limits.quiet_speech_dbfs:
        return None
    somebody = voice.heard(take)
    if (slow := _deep_voice(take, limits, somebody)) is not None:
        return slow
    if somebody.voiced < 0.3 or noises.two_notes(take):
        return None
    pure = noises.tonal(take) > noises.PURE_TONE
    rung = somebody.pitch > (RUNG_HERTZ if noises.tonal(take) > SUNG_TONE else HIGHEST_HERTZ)
    odd = None if pure else _odd_voice(somebody, limits, rung and somebody.voiced > RUNG_VOICED)
    muffled = _muffled(somebody, limits, noises.tonal(take) > NOTES_TONE) if somebody.speaks and not rung else None
    for sign in (odd, muffled):
        if sign is not None and sign.weight >= 0.5:
            return sign
    if pure or odd or muffled:
        return odd or muffled
    if rung:
        return None
    seconds, height = noises.echo(take)
    if height < limits.echo_height / 2:
        return None
    why = because("comes_twice", ms=round(seconds * 1000))
    return Sign("echo", sure(height - limits.echo_height, 8), why, {"echo_seconds": seconds, "echo_height": height})


def _muffled(somebody: voice.Voice, limits: Limits, pure: bool) -> Sign | None:
    """Hardly anything of a voice above 2 kHz. pure: nearly all of it is one line, as of notes and of a voice of
    which only the lowest tone is left."""
    if somebody.moves_db < LEAST_MOVES_DB or (
        pure and not (somebody.voiced > SPOKEN and somebody.steady < SUNG_STEADY)
    ):
        return None
    limit = limits.muffled_db - (PURE_MUFFLED_DB if pure else 0.0)
    if somebody.high_db > limit or somebody.pitch < 95:
        return None
    why = because("muffled_voice", db=round(-somebody.high_db))
    return Sign("muffled", sure(limit - somebody.high_db, 6), why, {"high_db": somebody.high_db})


def _deep_voice(take: Take, limits: Limits, somebody: voice.Voice) -> Sign | None:
    """Played so slowly that it is deeper than anybody's. Pauses tell it from an engine."""
    if somebody.voiced > PITCHED or take.levels.loud - take.levels.silent < limits.quiet_range_db:
        return None
    deep = deep_voice.depth(take)
    if not deep.speaks or deep.share < DEEP_SHARE:
        return None
    why = because("odd_voice", hertz=round(deep.pitch), syllables=round(somebody.syllables, 1))
    return Sign("wrong_rate", sure(deep.share - DEEP_SHARE, 0.3), why, {"pitch_hertz": deep.pitch})


def _odd_voice(somebody: voice.Voice, limits: Limits, like_a_ring: bool) -> Sign | None:
    """Played too fast: it moves faster than mouths do, and is high. Too slowly: slower than they do, and nothing of it
    is left where a voice's consonants are."""
    limit = limits.fast_moves_db + (RUNG_MOVES_DB if like_a_ring else 0.0)
    fast = min(sure(somebody.moves_db - limit, 0.5), sure(somebody.pitch - limits.fast_pitch_hertz, 40))
    slow = min(sure(limits.slow_moves_db - somebody.moves_db, 0.5), sure(limits.slow_high_db - somebody.high_db, 6))
    if not somebody.speaks or fast < SLIGHT:
        fast = 0.0
    if somebody.pitch > SLOW_HERTZ or slow < SLIGHT:
        slow = 0.0
    if not fast and not slow:
        return None
    why = because("odd_voice", hertz=round(somebody.pitch), syllables=round(somebody.syllables, 1))
    return Sign("wrong_rate", max(fast, slow), why, {"pitch_hertz": somebody.pitch, "moves_db": somebody.moves_db})
