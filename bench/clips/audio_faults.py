"""Faults of level and wave form by mechanism: silence, cuts, clipping, too little gain, offset, samples misread.

A mechanism is a function of a Scene and a severity (1 subtle to 3 gross) → samples at the scene's rate.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from bench.clips import audio_processing as processing
from bench.clips.audio_healthy import SECONDS, Scene
from bench.clips.audio_packages import Sound
from bench.clips.audio_rooms import at_level, highpass, lowpass, resampled

Mechanism = Callable[[Scene, int], Sound]


def _u(scene: Scene, low: float, high: float) -> float:
    return float(scene.chance.uniform(low, high))


def bits(sound: Sound, size: int = 16) -> Sound:
    full = 2.0 ** (size - 1)
    return np.asarray(np.clip(np.round(sound * full), -full, full - 1) / full)


def converter(scene: Scene, dbfs: float) -> Sound:
    return at_level(scene.chance.standard_normal(scene.count()), dbfs)


def _after(scene: Scene, sound: Sound, seconds: float, rest: Sound | float = 0.0) -> Sound:
    """The sound up to a moment, then the rest."""
    time = np.arange(len(sound)) / scene.rate
    return np.where(time < seconds, sound, rest)


def _step(scene: Scene, few: bool) -> Sound:
    """One step of 16 bits that toggles, seldom or often."""
    chance = 0.0005 if few else 0.3
    return (scene.chance.random(scene.count()) < chance) / 32768.0


DIGITAL_SILENCE: dict[str, Mechanism] = {
    "zeros": lambda s, n: np.zeros(s.count()),
    "zeros_stereo": lambda s, n: np.zeros((s.count(), 2)),
    "constant": lambda s, n: np.full(s.count(), _u(s, -0.2, 0.2)),
    "stuck_at_rail": lambda s, n: np.full(s.count(), float(s.chance.choice([-1.0, 32767 / 32768]))),
    "pop_then_zeros": lambda s, n: _after(s, s.talk(), _u(s, 0.02, 0.2)),
    "offset_settles_to_zero": lambda s, n: bits(0.3 * np.exp(-np.arange(s.count()) / s.rate / 0.02)),
    "step_toggles_seldom": lambda s, n: _step(s, True),
    "click_then_zeros": lambda s, n: np.eye(1, s.count(), round(0.1 * s.rate))[0] * 0.4,
}
DEAD: dict[str, Mechanism] = {
    "converter_16": lambda s, n: converter(s, {1: -87, 2: -91, 3: -96}[n] + _u(s, -1, 1)),
    "converter_24": lambda s, n: converter(s, _u(s, -115, -100)),
    "step_toggles_often": lambda s, n: _step(s, False),
    "pink_converter": lambda s, n: lowpass(converter(s, -88 - n), s.rate, 3000, 1),
    "idle_tone": lambda s, n: converter(s, -94) + at_level(np.sin(np.arange(s.count()) * 0.4), -92),
    "faint_mains": lambda s, n: converter(s, -93) + at_level(
        np.sin(2 * np.pi * 50 * np.arange(s.count()) / s.rate), -90),
    "pop_then_converter": lambda s, n: _after(s, s.talk(), _u(s, 0.02, 0.2), converter(s, -90)),
    "stereo_converter": lambda s, n: np.stack((converter(s, -91), converter(s, -92)), axis=1),
}  # fmt: skip
_AT = {1: 2.1, 2: 1.3, 3: 0.5}
"""Seconds until a cut: the later, the less of it is heard."""


def _on_off(scene: Scene, severity: int) -> Sound:
    gate = np.ones(scene.count())
    for at in np.linspace(0.3, 2.4, severity + 1) + scene.chance.uniform(0, 0.2, severity + 1):
        gate[round(at * scene.rate) : round((at + 0.35) * scene.rate)] = 0
    return scene.talk(-24) * gate


def _late(scene: Scene, severity: int, rest: Sound | float) -> Sound:
    time = np.arange(scene.count()) / scene.rate
    return np.where(time < 3.0 - _AT[severity] + _u(scene, -0.1, 0.1), rest, scene.talk(None, _u(scene, -64, -50)))


MUTED: dict[str, Mechanism] = {
    "cut_to_zero": lambda s, n: _after(s, s.talk(), _AT[n]),
    "cut_to_converter": lambda s, n: _after(s, s.talk(), _AT[n], converter(s, -92)),
    "cut_in_room_noise": lambda s, n: _after(s, s.floor(_u(s, -60, -48)), _AT[n]),
    "cut_with_click": lambda s, n: _after(s, s.talk(), _AT[n]) + np.eye(1, s.count(), round(_AT[n] * s.rate))[0] * 0.3,
    "soft_mute": lambda s, n: s.talk() * np.clip((_AT[n] - np.arange(s.count()) / s.rate) / 0.006, 0, 1),
    "comes_late": lambda s, n: _late(s, n, 0.0),
    "comes_late_converter": lambda s, n: _late(s, n, converter(s, -91)),
    "on_and_off": _on_off,
    "cut_stereo": lambda s, n: np.stack([_after(s, s.talk(), _AT[n])] * 2, axis=1),
}


def rail(scene: Scene, severity: int, level: float, low: float | None = None) -> Sound:
    """Speech driven into a rail: 0.3, 2 or 8 % of the samples lie on it."""
    sound = scene.speech(-20, _u(scene, 0.3, 1.0)) + scene.floor(_u(scene, -66, -52))
    share = {1: 0.003, 2: 0.02, 3: 0.08}[severity]
    driven = sound * level / np.quantile(np.abs(sound), 1 - share)
    return np.asarray(np.clip(driven, -level if low is None else low, level), np.float64)


def _soft(scene: Scene, severity: int) -> Sound:
    sound = scene.speech(-20, 0.6) + scene.floor(-62)
    driven = sound / np.quantile(np.abs(sound), 0.99) * {1: 1.6, 2: 3.0, 3: 6.0}[severity]
    return np.asarray(0.8 * np.tanh(driven), np.float64)


def _wrapped(scene: Scene, severity: int) -> Sound:
    driven = rail(scene, severity, 1.0) * 0
    sound = scene.speech(-20, 0.6) + scene.floor(-62)
    driven = sound / np.quantile(np.abs(sound), 1 - {1: 0.003, 2: 0.02, 3: 0.08}[severity])
    return np.asarray((driven + 1) % 2 - 1, np.float64)


def _moved_rate(scene: Scene, sound: Sound) -> Sound:
    there = 44100 if scene.rate != 44100 else 48000
    return resampled(resampled(sound, scene.rate, there * 0.9973), there, scene.rate)[: scene.count()]


CLIPPING: dict[str, Mechanism] = {
    "full_scale": lambda s, n: rail(s, n, 32767 / 32768),
    "analogue_rail": lambda s, n: rail(s, n, _u(s, 0.2, 0.8)),
    "one_side": lambda s, n: rail(s, n, 0.6, low=-9.0) * 0.6,
    "soft": _soft,
    "wrapped": _wrapped,
    "resampled": lambda s, n: _moved_rate(s, rail(s, n, 0.7)),
    "highpassed": lambda s, n: highpass(rail(s, n, 0.7), s.rate, 80, 1),
    "noise_on_top": lambda s, n: rail(s, n, 0.6) + converter(s, _u(s, -62, -50)),
    "opus": lambda s, n: processing.opus(rail(s, n, 0.7), s.rate, 32, False),
    "then_gain": lambda s, n: processing.levelled(rail(s, n, 0.8), s.rate, 0.2, 6),
    "then_reverberant_mix": lambda s, n: 0.9 * rail(s, n, 0.7) + 0.05 * s.talk(-26),
    "stereo": lambda s, n: np.stack([rail(s, n, 0.9)] * 2, axis=1),
}
_FAINT = {1: -56, 2: -62, 3: -68}
TOO_QUIET: dict[str, Mechanism] = {
    "digital": lambda s, n: s.speech(_FAINT[n]) + converter(s, _u(s, -94, -88)),
    "preamplifier_noise": lambda s, n: s.speech(_FAINT[n] + 2) + converter(s, -84),
    "with_room": lambda s, n: (s.talk(-26, -60)) * 10 ** ((_FAINT[n] + 26) / 20) + converter(s, -94),
    "far_away": lambda s, n: s.speech(_FAINT[n], 5.0) + converter(s, -92),
    "24_bit": lambda s, n: s.speech(_FAINT[n]) + converter(s, -105),
    "stereo": lambda s, n: np.stack([s.speech(_FAINT[n]) + converter(s, -93) for _ in range(2)], axis=1),
    "suppressed": lambda s, n: processing.speex(
        resampled(s.talk(-26, -60), s.rate, 16000), 16000)[: round(SECONDS * 16000)].repeat(1) * 10 ** (
        (_FAINT[n] + 26) / 20) if s.rate == 16000 else s.speech(_FAINT[n]) + converter(s, -91),
    "two_talkers": lambda s, n: (s.talk(-26, -66) + s.speech(-32)) * 10 ** ((_FAINT[n] + 26) / 20) + converter(s, -93),
}  # fmt: skip


def _offset(scene: Scene, severity: int) -> float:
    return float({1: 0.018, 2: 0.06, 3: 0.2}[severity] * scene.chance.choice([-1, 1]) * _u(scene, 0.9, 1.3))


DC_OFFSET: dict[str, Mechanism] = {
    "talk": lambda s, n: s.talk() + _offset(s, n),
    "empty_room": lambda s, n: s.floor() + _offset(s, n),
    "quiet_night": lambda s, n: s.floor(-74) + _offset(s, n),
    "music": lambda s, n: s.music(-26) + _offset(s, n),
    "typing": lambda s, n: s.keys(-44) + s.floor(-62) + _offset(s, n),
    "drifting": lambda s, n: (
        s.talk() + _offset(s, n) * (1 + 0.2 * np.sin(2 * np.pi * 0.2 * np.arange(s.count()) / s.rate))
    ),
    "stereo": lambda s, n: np.stack((s.talk() + _offset(s, n), s.talk() + _offset(s, n)), axis=1),
    "behind_gain": lambda s, n: processing.levelled(s.talk(-40), s.rate) * 0.7 + _offset(s, n),
}


def _misread(how: str, scene: Scene, severity: int) -> Sound:
    """16-bit samples as another reader takes them."""
    sound = bits(scene.talk(-24))
    whole = np.round(sound * 32768).astype("<i2")
    if how == "swapped":
        return whole.byteswap().astype(np.float64) / 32768
    if how == "odd_byte":
        return np.frombuffer(whole.tobytes()[1:] + b"\0", "<i2").astype(np.float64) / 32768
    if how == "unsigned":
        return (whole.astype("<u2") ^ 0x8000).view("<i2").astype(np.float64) / 32768
    if how == "shifted_up":
        return (whole << 4).astype("<i2").astype(np.float64) / 32768
    if how == "swapped_24":  # of 24 bits: what was rounded to 16 would come out as its lowest byte alone
        packed = np.round(bits(scene.talk(-24), 24) * 2**23).astype("<i4").view(np.uint8).reshape(-1, 4)
        turned = np.zeros_like(packed)
        turned[:, 1:] = packed[:, 2::-1]
        return turned.view("<i4").ravel().astype(np.float64) / 2**31
    if how == "float_as_whole":
        return np.frombuffer(sound.astype("<f4").tobytes(), "<i4").astype(np.float64)[: scene.count()] / 2**31
    if how == "companded":  # μ-law bytes taken for linear ones
        law = np.sign(sound) * np.log1p(255 * np.abs(sound)) / np.log(256)
        return np.asarray(np.round(law * 127) / 128, np.float64)
    return bits(sound, {"8_bit": 8, "6_bit": 6}[how])


GARBLED: dict[str, Mechanism] = {
    how: functools.partial(_misread, how)
    for how in ("swapped", "odd_byte", "unsigned", "shifted_up", "swapped_24", "float_as_whole", "8_bit", "6_bit")
}
MISSING: dict[str, Mechanism] = {
    "no_samples": lambda s, n: np.zeros(0),
    "stalls": lambda s, n: s.talk()[: round(_u(s, 0.1, 0.9) * s.rate)],
}
