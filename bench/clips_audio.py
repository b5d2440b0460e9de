"""Makes what microphones deliver, healthy and faulty, at any rate: the sound half of bench/make_clips.py.

It does not judge.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tests.microphone.sounds import Sound, at_level, handling, hum, keystrokes, music, noise, talker, wind

RATES = (8000, 16000, 16000, 32000, 44100, 48000)
Chance: TypeAlias = np.random.Generator


def tone(rate: float, hertz: float, dbfs: float, seconds: float = 3.0) -> Sound:
    return at_level(np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate), dbfs)


def speech(rate: float, chance: Chance, dbfs: float, floor: float) -> Sound:
    seed = int(chance.integers(1, 10**6))
    return talker(rate, dbfs, seed) + noise(rate, floor, seed + 1, corner=float(chance.uniform(150, 600)))


def envelope(sound: Sound, rate: float, seconds: float = 0.02) -> Sound:
    """RMS over a moving window."""
    size = max(1, round(seconds * rate))
    power = np.cumsum(np.concatenate((np.zeros(size), sound**2)))
    return np.sqrt(np.maximum(power[size:] - power[:-size], 0) / size)


def suppressed(rate: float, chance: Chance, floor: float) -> Sound:
    """A noise suppressor: speech, and pauses that fade within some ms to ``floor`` dBFS (−200: exact zeros)."""
    sound = speech(rate, chance, -26, -50)
    opened = (envelope(sound, rate) > 0.006).astype(float)
    release = np.exp(-1 / (rate * chance.uniform(0.01, 0.05)))
    gate = np.empty_like(opened)
    state = 0.0
    for n, value in enumerate(opened):
        state = max(value, state * release)
        gate[n] = state
    return np.asarray(sound * gate + noise(rate, floor, 5), np.float64)


def pumped(rate: float, chance: Chance) -> Sound:
    """Automatic gain that rises in pauses and falls when somebody speaks."""
    sound = speech(rate, chance, -32, -58)
    smooth = envelope(sound, rate, 0.3)
    return at_level(sound / (smooth + 0.004), -24)


def limited(rate: float, chance: Chance) -> Sound:
    """A limiter with look-ahead: every loud period touches the ceiling once, without a flat top."""
    sound = speech(rate, chance, -14, -50)
    size = round(0.004 * rate)
    peaks = np.lib.stride_tricks.sliding_window_view(np.pad(np.abs(sound), size, mode="edge"), 2 * size + 1).max(axis=1)
    return np.asarray(sound * np.minimum(1.0, 0.7 / (peaks + 1e-9)), np.float64)


def claps(rate: float, chance: Chance) -> Sound:
    sound = noise(rate, -58, int(chance.integers(1, 1000)))
    for at in np.arange(0.3, 2.6, chance.uniform(0.3, 0.6)):
        length = round(0.12 * rate)
        burst = chance.standard_normal(length) * np.exp(-np.arange(length) / rate * 60) * 0.3
        sound[round(at * rate) : round(at * rate) + length] += burst
    return np.clip(sound, -0.95, 0.95)


def alarm(rate: float, chance: Chance) -> Sound:
    """A pulsed alarm or a telephone: two tones that go on and off."""
    time = np.arange(round(3 * rate)) / rate
    one, other = chance.uniform(700, 1400), chance.uniform(1500, 2600)
    period = chance.uniform(0.3, 0.8)
    gate = np.convolve((time % period) < period * 0.6, np.full(round(0.004 * rate), 1 / round(0.004 * rate)), "same")
    pitch = np.where((time % (2 * period)) < period, one, other)
    return at_level(np.sin(2 * np.pi * np.cumsum(pitch) / rate) * gate, -24) + noise(rate, -56, 3)


def ventilation(rate: float, chance: Chance) -> Sound:
    """A fan: broad noise, and its blades' tone that wavers by some Hz and dB."""
    time = np.arange(round(3 * rate)) / rate
    wobble = 1 + 0.01 * np.sin(2 * np.pi * 0.7 * time)
    blades = np.sin(2 * np.pi * np.cumsum(chance.uniform(80, 240) * wobble) / rate)
    level = 1 + 0.3 * np.sin(2 * np.pi * chance.uniform(0.3, 1.0) * time)
    return noise(rate, chance.uniform(-55, -42), 7, corner=150) + at_level(blades * level, -60)


def healthy_sounds(rate: float, chance: Chance) -> dict[str, Sound]:
    """Everything that a healthy microphone may hear, by subtype."""
    seed = int(chance.integers(1, 10**6))
    level = float(chance.uniform(-3, 3))
    return {
        "speech_near": speech(rate, chance, -24 + level, -58),
        "speech_far": speech(rate, chance, -38 + level, -57),
        "speech_far_quiet_room": speech(rate, chance, -40 + level, -68),
        "loud": np.clip(speech(rate, chance, -19, -55), -0.98, 0.98),
        "quiet_night": noise(rate, -70 + level, seed),
        "quiet_night_event": noise(rate, -70, seed) + handling(rate, -62 + level, seed),
        "room": noise(rate, -50 + 3 * level, seed, corner=float(chance.uniform(60, 1500))),
        "wind": wind(rate, -34 + level, seed) + noise(rate, -60, seed),
        "handling": handling(rate, -30 + level, seed) + noise(rate, -58, seed),
        "typing": keystrokes(rate, -44 + level, seed) + noise(rate, -62, seed),
        "claps": claps(rate, chance),
        "music": music(rate, -24 + level, seed) + noise(rate, -60, seed),
        "alarm": alarm(rate, chance),
        "ventilation": ventilation(rate, chance),
        "agc": pumped(rate, chance),
        "limiter": limited(rate, chance),
        "suppressed": suppressed(rate, chance, float(chance.uniform(-84, -76))),
        "suppressed_to_zero": suppressed(rate, chance, -200.0),
        "residual_hum": noise(rate, -52, seed) + hum(rate, -70 + level, float(chance.choice([50.0, 60.0]))),
    }


def _muted(sound: Sound, rate: float, severity: int, chance: Chance) -> Sound:
    at = {1: 2.0, 2: 1.2, 3: 0.4}[severity] + chance.uniform(-0.1, 0.3)
    out = sound.copy()
    out[round(at * rate) :] = noise(rate, -94, 3)[round(at * rate) :] if chance.random() < 0.5 else 0.0
    return out


def _gaps(sound: Sound, rate: float, severity: int, chance: Chance) -> Sound:
    out = sound.copy()
    for at in chance.uniform(0.1, 2.8, {1: 5, 2: 15, 3: 40}[severity]):
        out[round(at * rate) : round((at + chance.uniform(0.008, 0.03)) * rate)] = 0.0
    return out


def _repeats(sound: Sound, rate: float, severity: int, chance: Chance) -> Sound:
    out = np.round(sound * 32768) / 32768
    size = round(chance.uniform(0.01, 0.03) * rate)
    for at in chance.uniform(0.2, 2.8, {1: 3, 2: 8, 3: 20}[severity]):
        start = round(at * rate)
        out[start : start + size] = out[start - size : start]
    return out


def _clicks(sound: Sound, rate: float, severity: int, chance: Chance) -> Sound:
    out = sound.copy()
    for at in chance.uniform(0.1, 2.9, {1: 6, 2: 15, 3: 40}[severity]):
        out[round(at * rate)] += chance.choice([-1, 1]) * chance.uniform(0.2, 0.5)
    return out


def _clipped(sound: Sound, severity: int, rail: float) -> Sound:
    share = {1: 0.0015, 2: 0.01, 3: 0.07}[severity]
    return np.asarray(np.clip(sound * rail / np.quantile(np.abs(sound), 1 - share), -rail, rail), np.float64)


Fault: TypeAlias = Callable[[float, int, Chance], Sound]


def _talk(rate: float, chance: Chance) -> Sound:
    return speech(rate, chance, float(chance.uniform(-32, -22)), float(chance.uniform(-62, -52)))


FAULTS: dict[tuple[str, str], tuple[Fault, tuple[int, ...]]] = {
    ("digital_silence", "zeros"): (lambda rate, s, c: np.zeros(round(3 * rate)), (3,)),
    ("dead", "converter"): (
        lambda rate, s, c: at_level(c.standard_normal(round(3 * rate)), {1: -86, 2: -91, 3: -97}[s] + c.uniform(-1, 1)),
        (1, 2, 3),
    ),
    ("muted", "cut"): (lambda rate, s, c: _muted(_talk(rate, c), rate, s, c), (1, 2, 3)),
    ("clipping", "full_scale"): (lambda rate, s, c: _clipped(_talk(rate, c), s, 32767 / 32768), (1, 2, 3)),
    ("clipping", "analogue"): (lambda rate, s, c: _clipped(_talk(rate, c), s, float(c.uniform(0.4, 0.8))), (1, 2, 3)),
    ("too_quiet", "speech"): (
        lambda rate, s, c: talker(rate, {1: -56, 2: -62, 3: -68}[s] + c.uniform(-2, 1), int(c.integers(1, 9999)))
        + at_level(c.standard_normal(round(3 * rate)), c.uniform(-94, -88)),
        (1, 2, 3),
    ),
    ("hum", "mains"): (
        lambda rate, s, c: _talk(rate, c)
        + hum(rate, {1: -44, 2: -34, 3: -20}[s] + c.uniform(-2, 2), c.choice([50.0, 60.0]) + c.uniform(-0.1, 0.1)),
        (1, 2, 3),
    ),
    ("dc_offset", "offset"): (
        lambda rate, s, c: _talk(rate, c) + {1: 0.018, 2: 0.06, 3: 0.2}[s] * c.choice([-1, 1]) * c.uniform(0.9, 1.3),
        (1, 2, 3),
    ),
    ("dropouts", "gaps"): (lambda rate, s, c: _gaps(_talk(rate, c), rate, s, c), (1, 2, 3)),
    ("dropouts", "repeats"): (
        lambda rate, s, c: _repeats(noise(rate, -46, int(c.integers(1, 9999))), rate, s, c), (1, 2, 3)
    ),
    ("dropouts", "clicks"): (lambda rate, s, c: _clicks(_talk(rate, c), rate, s, c), (1, 2, 3)),
    ("constant_tone", "oscillator"): (
        lambda rate, s, c: (_talk(rate, c) if c.random() < 0.5 else noise(rate, -55, int(c.integers(1, 9999))))
        + tone(rate, c.uniform(400, min(3500, rate * 0.4)), {1: -44, 2: -34, 3: -18}[s] + c.uniform(-2, 2)),
        (1, 2, 3),
    ),
}  # fmt: skip
"""(label, subtype) → what makes it, and the severities it has."""


def as_bits(sound: NDArray[np.generic], bits: int) -> NDArray[np.int32]:
    """Integers of 16 or 24 bits, clipped at full scale."""
    full = 2 ** (bits - 1)
    return np.asarray(np.clip(np.round(np.asarray(sound, float) * full), -full, full - 1), np.int32)
