"""What sits between a capsule and the computer: gates, suppressors, automatic gain, echo cancellers, codecs.

SpeexDSP (through ctypes) and FFmpeg's encoders are the real thing; gates and echo residue are models.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import subprocess

import numpy as np

from bench.clips.audio_packages import Sound
from bench.clips.audio_rooms import Chance, at_level, filtered, resampled

_DENOISE, _AGC, _NOISE_DB = 0, 2, 18


def envelope(sound: Sound, rate: float, attack: float, release: float) -> Sound:
    """Follows the peaks of 1 ms, with time constants in seconds; one value a sample."""
    size = max(1, round(rate / 1000))
    peaks = np.abs(sound[: len(sound) // size * size]).reshape(-1, size).max(axis=1)
    rise, fall = np.exp(-0.001 / attack), np.exp(-0.001 / release)
    out, state = np.empty(len(peaks)), 0.0
    for n, peak in enumerate(peaks):
        state = peak + (state - peak) * (rise if peak > state else fall)
        out[n] = state
    return np.asarray(np.interp(np.arange(len(sound)), np.arange(len(out)) * size, out))


def gated(sound: Sound, rate: float, opens_dbfs: float, hold: float, floor: float, release: float = 0.02) -> Sound:
    """A noise gate: closed below a level, held open for ``hold`` seconds, then faded to ``floor`` (0: exact zeros)."""
    loud = envelope(sound, rate, 0.001, 0.01)[:: max(1, round(rate / 1000))] > 10 ** (opens_dbfs / 20)
    gain, left, state = np.empty(len(loud)), 0.0, 0.0
    fall = np.exp(-0.001 / release)
    for n, now in enumerate(loud):
        left = hold if now else left - 0.001
        state = min(1.0, state + 0.25) if left > 0 else state * fall
        gain[n] = state if state > 1e-3 else 0.0
    smooth = np.interp(np.arange(len(sound)), np.arange(len(gain)) * max(1, round(rate / 1000)), gain)
    return sound * (floor + (1 - floor) * smooth)


def levelled(sound: Sound, rate: float, target: float = 0.12, most_db: float = 30.0, speed: float = 0.6) -> Sound:
    """Automatic gain: slow up, fast down, up to so many dB."""
    level = envelope(sound, rate, 0.02, speed)
    gain = np.minimum(10 ** (most_db / 20), target / (level + 1e-5))
    return np.clip(sound * gain, -0.99, 0.99)


def limited(sound: Sound, rate: float, ceiling: float, drive_db: float) -> Sound:
    """Look-ahead limiter: peaks touch the ceiling without a flat top."""
    driven = sound * 10 ** (drive_db / 20)
    size = round(0.003 * rate)
    padded = np.pad(np.abs(driven), size, mode="edge")
    peaks = np.lib.stride_tricks.sliding_window_view(padded, 2 * size + 1).max(axis=1)
    kernel = np.hanning(size + 2)
    gain = np.minimum(1.0, ceiling / (peaks + 1e-9))
    return driven * np.minimum(np.convolve(gain, kernel / kernel.sum(), "same"), ceiling / (np.abs(driven) + 1e-9))


def speex(sound: Sound, rate: int, noise_db: int = -30, agc: bool = False) -> Sound:
    """SpeexDSP's preprocessor, in frames of 20 ms, as VoIP programs and sound servers run it."""
    name = ctypes.util.find_library("speexdsp")
    if name is None:
        raise OSError("libspeexdsp is missing: apt-get install libspeexdsp1")
    library = ctypes.CDLL(name)
    library.speex_preprocess_state_init.restype = ctypes.c_void_p
    size = rate // 50
    state = ctypes.c_void_p(library.speex_preprocess_state_init(size, rate))
    for request, value in ((_DENOISE, 1), (_AGC, int(agc)), (_NOISE_DB, noise_db)):
        number = ctypes.c_int(value)
        library.speex_preprocess_ctl(state, request, ctypes.byref(number))
    whole = np.ascontiguousarray(np.clip(np.round(sound * 32768), -32768, 32767).astype(np.int16))
    for at in range(0, len(whole) - size + 1, size):
        frame = whole[at : at + size]
        library.speex_preprocess_run(state, frame.ctypes.data_as(ctypes.c_void_p))
    library.speex_preprocess_state_destroy(state)
    return whole.astype(np.float64) / 32768


def coded(sound: Sound, rate: int, codec: str, *options: str, container: str = "ogg", inner: int = 0) -> Sound:
    """Through one of FFmpeg's encoders and back. inner: the codec's own rate, where that is not ours."""
    wide = np.clip(np.round(sound * 32768), -32768, 32767).astype("<i2").tobytes()
    once = subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", "-", "-ar", str(inner or rate),
         "-c:a", codec, *options, "-f", container, "-"], input=wide, stdout=subprocess.PIPE, check=True,
    ).stdout  # fmt: skip
    back = subprocess.run(
        ["ffmpeg", "-v", "error", "-f", container, *(("-ar", str(inner)) if container == "gsm" else ()), "-i", "-",
         "-ar", str(rate), "-ac", "1", "-f", "s16le", "-"], input=once, stdout=subprocess.PIPE, check=True,
    ).stdout  # fmt: skip
    out = np.frombuffer(back, "<i2").astype(np.float64) / 32768
    return np.pad(out, (0, max(0, len(sound) - len(out))))[: len(sound)]


def opus(sound: Sound, rate: int, kilobits: int, dtx: bool) -> Sound:
    """Opus as calls send it; with dtx nothing is sent in silence."""
    inner = 48000 if rate > 16000 else 16000
    options = ("-application", "voip", "-b:a", f"{kilobits}k", "-frame_duration", "20")
    return coded(sound, rate, "libopus", *options, *(("-dtx", "1") if dtx else ()), inner=inner)


def bluetooth(sound: Sound, rate: int, wide: bool) -> Sound:
    """A headset's link: mSBC at 16 kHz, or a telephone codec at 8 kHz."""
    if wide:
        return coded(sound, rate, "sbc", "-msbc", "1", container="sbc", inner=16000)
    return coded(sound, rate, "libgsm", container="gsm", inner=8000)


def echo_residue(near: Sound, far: Sound, rate: float, chance: Chance) -> Sound:
    """An echo canceller's rest: the far end's words as musical shreds some 45 dB down, comfort noise between."""
    size = round(0.02 * rate)
    keep = np.repeat(chance.random(len(far) // size + 1) < 0.35, size)[: len(far)] * 1.0
    smooth = np.convolve(keep, np.hanning(size) / np.hanning(size).sum(), "same")
    shreds = filtered(far * smooth, rate, lambda f: (f > 300) / (1 + (f / 1800) ** 2)) * 10 ** (
        chance.uniform(-34, -24) / 20
    )
    talking = envelope(far, rate, 0.005, 0.08) > 0.01
    gain = np.convolve(np.where(talking, 10 ** (-18 / 20), 1.0), np.hanning(size) / np.hanning(size).sum(), "same")
    ducked = near * gain
    return ducked + shreds + at_level(chance.standard_normal(len(near)), chance.uniform(-86, -74))


def beamformed(sounds: list[Sound], rate: int, chance: Chance) -> Sound:
    """An array at 16 kHz: four capsules summed, suppressed, and given gain."""
    mixed = np.mean([resampled(one, rate, 16000) for one in sounds], axis=0)
    clean = speex(mixed, 16000, noise_db=int(chance.integers(-40, -15)), agc=bool(chance.random() < 0.5))
    return resampled(clean, 16000, rate)
