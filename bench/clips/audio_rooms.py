"""Models of rooms: a talker at a distance, reverberation, and the noise floor of a room that nobody made silent.

All sound is float64 at the given rate, full scale ±1.
"""

from __future__ import annotations

import numpy as np

from bench.clips.audio_packages import Sound, Voice

Chance = np.random.Generator


def at_level(sound: Sound, dbfs: float) -> Sound:
    """Scaled to an RMS level."""
    return np.asarray(sound / (np.sqrt(np.mean(sound**2)) + 1e-12) * 10 ** (dbfs / 20))


def resampled(sound: Sound, rate: float, wanted: float) -> Sound:
    """By Fourier transform: band-limited at the lower of both rates."""
    if rate == wanted or not len(sound):
        return sound
    count = round(len(sound) * wanted / rate)
    spectrum = np.fft.rfft(sound)
    out = np.zeros(count // 2 + 1, complex)
    keep = min(len(out), len(spectrum))
    out[:keep] = spectrum[:keep]
    return np.asarray(np.fft.irfft(out, count) * (count / len(sound)))


def convolved(sound: Sound, response: Sound) -> Sound:
    """The first len(sound) samples of the convolution."""
    size = 1 << (len(sound) + len(response) - 2).bit_length()
    both = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)
    return np.asarray(both[: len(sound)])


def filtered(sound: Sound, rate: float, gain_of: object) -> Sound:
    """Through a zero-phase filter; gain_of: function of the frequencies in hertz → linear gain."""
    assert callable(gain_of)
    spectrum = np.fft.rfft(sound) * gain_of(np.fft.rfftfreq(len(sound), 1 / rate))
    return np.asarray(np.fft.irfft(spectrum, len(sound)))


def highpass(sound: Sound, rate: float, corner: float, order: int = 2) -> Sound:
    return filtered(sound, rate, lambda f: 1 / np.sqrt(1 + (corner / np.maximum(f, 0.1)) ** (2 * order)))


def lowpass(sound: Sound, rate: float, corner: float, order: int = 4) -> Sound:
    return filtered(sound, rate, lambda f: 1 / np.sqrt(1 + (f / corner) ** (2 * order)))


def impulse_response(rate: float, seconds: float, distance: float, chance: Chance) -> Sound:
    """Of a room with this reverberation time (to −60 dB) at a distance in metres; high tones die away faster."""
    count = round(rate * min(1.0, seconds * 0.8 + 0.05))
    time = np.arange(count) / rate
    tail = np.zeros(count)
    for low, high, share in ((0, 400, 1.0), (400, 1500, 0.95), (1500, 4000, 0.8), (4000, rate / 2, 0.55)):
        if low < rate / 2:
            noise = chance.standard_normal(count) * 10 ** (-3 * time / (seconds * share))
            tail += filtered(noise, rate, lambda f, low=low, high=high: ((f >= low) & (f < high)) * 1.0)
    tail[: round(0.002 * rate)] = 0
    for _ in range(6):  # walls and table
        at = round(chance.uniform(0.0015, 0.03) * rate)
        tail[at] += chance.choice([-1, 1]) * chance.uniform(2, 8)
    critical = 0.057 * np.sqrt(80 / seconds)  # distance at which reverberation equals the direct sound, 80 m³
    tail *= distance / critical / (np.sqrt(np.sum(tail**2)) + 1e-9)
    tail[0] += 1.0
    return np.asarray(tail / np.sqrt(np.sum(tail**2)), np.float64)


def talk(voice: Voice, rate: float, seconds: float, chance: Chance, pause: float = 0.5) -> Sound:
    """A talker's utterances in random order with pauses between, loud frames at about −26 dBFS."""
    wanted = round(seconds * voice.rate)
    parts: list[Sound] = [np.zeros(round(chance.uniform(0, 0.3) * voice.rate))]
    order: list[int] = []
    while sum(map(len, parts)) < wanted:
        order = order or list(chance.permutation(len(voice.pieces)))  # nobody says the same twice, sample by sample
        piece = voice.pieces[int(order.pop())]
        if len(piece) > 2 * wanted:
            start = int(chance.integers(0, len(piece) - wanted))
            piece = piece[start : start + wanted]
        parts += [piece, np.zeros(round(chance.uniform(0.08, pause) * voice.rate))]
    clean = highpass(np.concatenate(parts)[:wanted], voice.rate, 75, 6)  # some were recorded with hum
    return resampled(clean, voice.rate, rate)[: round(seconds * rate)]


def floor_shape(kind: str, hertz: Sound, chance: Chance) -> Sound:
    """Amplitude over frequency of a noise floor."""
    if kind == "office":  # ventilation far away, falling above some 200 Hz
        return 1 / np.sqrt(1 + (hertz / chance.uniform(120, 500)) ** 2)
    if kind == "rumble":  # traffic behind a window
        return 1 / (1 + (hertz / chance.uniform(40, 110)) ** 2)
    if kind == "ducts":  # air outlet: a broad hump
        centre = chance.uniform(300, 1200)
        return 1 / (1 + ((hertz - centre) / centre) ** 2) + 0.3 / np.sqrt(1 + (hertz / 200) ** 2)
    if kind == "servers":
        return np.asarray(1 / np.sqrt(1 + (hertz / 2500.0) ** 2))
    return np.asarray(1 / np.sqrt(1 + (hertz / 800.0) ** 2))


FLOORS = ("office", "rumble", "ducts", "servers", "plain")


def shaped_noise(rate: float, seconds: float, kind: str, dbfs: float, chance: Chance) -> Sound:
    count = round(rate * seconds)
    white = chance.standard_normal(count)
    return at_level(filtered(white, rate, lambda f: floor_shape(kind, f, chance)), dbfs)


def voice_floor(voice: Voice, rate: float, seconds: float, dbfs: float, chance: Chance) -> Sound:
    """Noise with the spectrum of a recording's own quietest parts: what that microphone in that room delivered."""
    size = 512
    frames = [piece[at : at + size] for piece in voice.pieces for at in range(0, len(piece) - size, size)]
    quiet = sorted(frames, key=lambda frame: float(np.mean(frame**2)) + (np.ptp(frame) == 0))[
        : max(8, len(frames) // 12)
    ]
    power = np.mean([np.abs(np.fft.rfft(frame * np.hanning(size))) ** 2 for frame in quiet], axis=0)
    at = np.fft.rfftfreq(size, 1 / voice.rate)
    amplitude = np.sqrt(power / (power.max() + 1e-30)) + 1e-4
    white = chance.standard_normal(round(rate * seconds))
    return at_level(filtered(white, rate, lambda f: np.interp(f, at, amplitude, right=float(amplitude[-1]))), dbfs)


def machine_tones(rate: float, seconds: float, dbfs: float, chance: Chance) -> Sound:
    """Fan and compressor: a blade tone with harmonics that wavers in pitch and level."""
    time = np.arange(round(rate * seconds)) / rate
    wander = np.cumsum(chance.standard_normal(len(time))) / rate * 3
    base = chance.uniform(70, 260)
    sound = np.zeros(len(time))
    for harmonic in range(1, 5):
        phase = 2 * np.pi * harmonic * np.cumsum(base + wander + 0.4 * np.sin(2 * np.pi * 0.6 * time)) / rate
        sound += np.sin(phase + chance.uniform(0, 6)) / harmonic**1.3
    return at_level(sound * (1 + 0.25 * np.sin(2 * np.pi * chance.uniform(0.3, 1.2) * time)), dbfs)
