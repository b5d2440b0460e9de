"""Sounds made here, so that no test needs a recording: a talker, rooms, fans, music, wind, and faults on top."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Sound = npt.NDArray[np.float64]


def noise(rate: float, dbfs: float, seed: int = 1, seconds: float = 3.0, corner: float = 300.0) -> Sound:
    """Room noise: falling above ``corner`` hertz."""
    count = round(seconds * rate)
    random = np.random.default_rng(seed)
    hertz = np.fft.rfftfreq(count, 1 / rate)
    shaped = np.fft.irfft(np.fft.rfft(random.standard_normal(count)) / np.sqrt(1 + (hertz / corner) ** 2), count)
    return at_level(shaped, dbfs)


def at_level(sound: Sound, dbfs: float) -> Sound:
    return sound / (sound.std() + 1e-12) * 10 ** (dbfs / 20)


def talker(rate: float, dbfs: float, seed: int = 1, seconds: float = 3.0) -> Sound:
    """Voiced syllables with a gliding pitch, fricatives and pauses."""
    random = np.random.default_rng(seed)
    count = round(seconds * rate)
    sound = np.zeros(count)
    at = round(0.1 * rate)
    while at < count - round(0.3 * rate):
        length = round(random.uniform(0.12, 0.28) * rate)
        time = np.arange(length) / rate
        pitch = random.uniform(95, 230) * (1 + random.uniform(-0.25, 0.25) * time / time[-1])
        phase = 2 * np.pi * np.cumsum(pitch) / rate
        formants = random.uniform(300, 800), random.uniform(900, 2300)
        voice = np.zeros(length)
        for harmonic in range(1, 30):
            centre = harmonic * pitch.mean()
            if centre < rate * 0.45:
                gain = sum(1 / (1 + ((centre - f) / 120) ** 2) for f in formants) + 0.02
                voice += gain * np.sin(harmonic * phase + random.uniform(0, 6))
        voice += 0.05 * random.standard_normal(length)
        piece = min(length, count - at)
        sound[at : at + piece] += (voice * np.hanning(length))[:piece] * random.uniform(0.4, 1)
        at += length + round(random.choice([0.03, 0.08, 0.35]) * rate)
    return at_level(sound, dbfs)


def music(rate: float, dbfs: float, seed: int = 1, seconds: float = 3.0) -> Sound:
    """Struck notes that decay, a chord every half second."""
    random = np.random.default_rng(seed)
    count = round(seconds * rate)
    time = np.arange(count) / rate
    sound = np.zeros(count)
    for start in np.arange(0, seconds, 0.45):
        since = np.maximum(0, time - start)
        for semitone in random.choice(24, 3, replace=False):
            pitch = 220 * 2 ** (semitone / 12)
            for harmonic in range(1, 5):
                if pitch * harmonic < rate * 0.45:
                    wave = np.sin(2 * np.pi * pitch * harmonic * since) / harmonic**1.5
                    sound += wave * np.exp(-since * 3 * harmonic) * (1 - np.exp(-since * 200)) * (time >= start)
    return at_level(sound, dbfs)


def wind(rate: float, dbfs: float, seed: int = 1, seconds: float = 3.0) -> Sound:
    """Gusts: rumble below 100 Hz that comes and goes."""
    gust = np.abs(noise(rate, 0, seed + 100, seconds, corner=1.0))
    return at_level(noise(rate, 0, seed, seconds, corner=30.0) * gust, dbfs)


def handling(rate: float, dbfs: float, seed: int = 1, seconds: float = 3.0) -> Sound:
    """Bumps and rubbing on the stand."""
    random = np.random.default_rng(seed)
    count = round(seconds * rate)
    sound = noise(rate, -50, seed, seconds) * 0
    for at in random.uniform(0.1, seconds - 0.3, 8):
        length = round(0.15 * rate)
        time = np.arange(length) / rate
        bump = np.sin(2 * np.pi * random.uniform(30, 90) * time) * np.exp(-time * 30)
        start = round(at * rate)
        sound[start : start + length] += (bump + 0.1 * random.standard_normal(length) * np.exp(-time * 60))[
            : count - start
        ]
    return at_level(sound, dbfs)


def keystrokes(rate: float, dbfs: float, seed: int = 1, seconds: float = 3.0) -> Sound:
    random = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * rate))
    for at in np.sort(random.uniform(0.05, seconds - 0.1, 20)):
        length = round(0.03 * rate)
        start = round(at * rate)
        sound[start : start + length] += random.standard_normal(length) * np.exp(-np.arange(length) / rate * 180)
    return at_level(sound, dbfs)


def hum(rate: float, dbfs: float, mains: float = 50.0, seconds: float = 3.0) -> Sound:
    time = np.arange(round(seconds * rate)) / rate
    return at_level(sum((np.sin(2 * np.pi * mains * n * time + n) / n for n in (1, 2, 3, 4, 6)), np.zeros(1)), dbfs)


def sixteen_bit(sound: Sound) -> npt.NDArray[np.float32]:
    return np.asarray(np.round(np.clip(sound, -1, 32767 / 32768) * 32768) / 32768, dtype=np.float32)


def twenty_four_bit(sound: Sound) -> npt.NDArray[np.float32]:
    return np.asarray(np.round(np.clip(sound, -1, 1 - 2**-23) * 2**23) / 2**23, dtype=np.float32)
