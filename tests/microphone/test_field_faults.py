"""Faults as real capture paths deliver them, and healthy sound that looks like them: each at the rates that show it."""

from collections.abc import Callable

import numpy as np
import pytest

from probes.microphone.clipping import rail_samples
from probes.microphone.edges import repeated_fraction
from probes.microphone.judge_samples import judge_samples
from probes.microphone.limits import Limits
from probes.microphone.noises import two_notes
from probes.microphone.sound_take import Take
from tests.microphone import sounds
from tests.microphone.sounds import Sound, at_level, noise, sixteen_bit, talker

WIDE = (16000.0, 44100.0, 48000.0)
ALL = (8000.0, *WIDE)


def speech(rate: float, dbfs: float = -26, floor: float = -60, seed: int = 4) -> Sound:
    return talker(rate, dbfs, seed) + noise(rate, floor, seed)


def white(rate: float, dbfs: float) -> Sound:
    return at_level(np.random.default_rng(5).standard_normal(round(3 * rate)), dbfs)


def time(rate: float) -> Sound:
    return np.arange(round(3 * rate)) / rate


def filtered(sound: Sound, rate: float, gain: Callable[[Sound], Sound]) -> Sound:
    return np.fft.irfft(np.fft.rfft(sound) * gain(np.fft.rfftfreq(len(sound), 1 / rate)), len(sound))


def driven(rate: float) -> Sound:
    """A voice of which a twentieth lies on a rail at 0.6."""
    sound = speech(rate)
    return np.clip(sound * 0.6 / np.quantile(np.abs(sound), 0.95), -0.6, 0.6)


def resampled(sound: Sound, factor: float) -> Sound:
    """factor times as many samples, by Fourier transform, cut or filled to the old length."""
    spectrum = np.fft.rfft(sound)
    out = np.fft.irfft(np.pad(spectrum, (0, 4)), round(len(sound) * factor)) * factor
    return np.pad(out, (0, len(sound)))[: len(sound)]


def howl(rate: float) -> Sound:
    level = np.minimum(0, (time(rate) - 0.5) * 80 - 40) - 24
    return speech(rate) + np.where(time(rate) > 0.5, np.sin(2 * np.pi * 1130 * time(rate)) * 10 ** (level / 20), 0)


def begins(rate: float, hertz: float, at: float) -> Sound:
    level = np.minimum(0, (time(rate) - at) * 90 - 40) - 19
    return np.where(time(rate) > at, np.sin(2 * np.pi * hertz * time(rate)) * 10 ** (level / 20), 0)


def two_howls(rate: float) -> Sound:
    """A room that rings at two places, both as loud as its amplifier can."""
    return speech(rate) + begins(rate, 1000, 0.4) + begins(rate, 2000, 0.6)


def lifted_hiss(rate: float) -> Sound:
    """A faint voice in a preamplifier's noise behind automatic gain: some of it is left in the pauses of the noise."""
    sloped = filtered(white(rate, -27), rate, lambda f: 1 / np.sqrt(1 + (f / 8800) ** 2))
    return speech(rate, -40, -80) + at_level(sloped, -27)


def cable(rate: float) -> Sound:
    random, out = np.random.default_rng(8), speech(rate)
    for at in np.sort(random.uniform(0.2, 2.8, 25)):
        start = round(at * rate)
        out[start : start + round(0.003 * rate)] *= 0.1
        out[start : start + 2] += random.choice([-1, 1]) * random.uniform(0.1, 0.4)
    return out


def noise_in_holes(rate: float) -> Sound:
    out = noise(rate, -28, corner=900)
    for at in np.arange(0.3, 2.7, 0.35):
        start, stop = round(at * rate), round((at + 0.04) * rate)
        out[start:stop] = white(rate, -62)[: stop - start]
    return out


def telephone(rate: float) -> Sound:
    pulses = ((time(rate) * 216.68) % 1 < 0.125) * 1.0
    return noise(rate, -58) + at_level(filtered(pulses, rate, lambda f: f / (f + 150)), -38)


def gusts(rate: float) -> Sound:
    return sounds.wind(rate, -16) + noise(rate, -60)


def echoed(rate: float, delay: float = 0.23, gain: float = 0.6) -> Sound:
    out, shift = speech(rate), round(delay * rate)
    return out + gain * np.concatenate((np.zeros(shift), out[:-shift]))


def moving_gain(rate: float) -> Sound:
    """From 0.25 to 1 and back within three seconds, as automatic gain moves."""
    return 10 ** (-0.6 * np.abs(np.sin(np.pi * time(rate) / 3)))


def hunting(rate: float) -> Sound:
    """A room's noise that creeps up by 20 dB and drops, again and again."""
    return noise(rate, -36) * 10 ** (((time(rate) * 1.3) % 1 - 1) * 20 / 20)


def whole(sound: Sound) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.round(np.clip(sound, -1, 32767 / 32768) * 32768).astype("<i2")


FAULTS: dict[str, tuple[str, Callable[[float], Sound], tuple[float, ...]]] = {
    "clipped, then resampled": ("clipping", lambda rate: resampled(driven(rate), 0.98), WIDE),
    "clipped, then without its lows": (
        "clipping", lambda rate: filtered(driven(rate), rate, lambda f: f / np.sqrt(f**2 + 80**2)), ALL),
    "clipped, with noise on top": ("clipping", lambda rate: driven(rate) + white(rate, -56), ALL),
    "clipped, then behind automatic gain": ("clipping", lambda rate: driven(rate) * moving_gain(rate), ALL),
    "wrapped around": ("clipping", lambda rate: (speech(rate, -11) * 2 + 1) % 2 - 1, ALL),
    "feedback at two pitches": ("constant_tone", two_howls, ALL),
    "hiss behind automatic gain": ("hiss", lifted_hiss, WIDE),
    "feedback that grows": ("constant_tone", howl, ALL),
    "a cable that crackles": ("dropouts", cable, WIDE),
    "holes filled with noise": ("dropouts", noise_in_holes, ALL),
    "hum below speech": ("hum", lambda rate: speech(rate, -26, -70) + sounds.hum(rate, -54), ALL),
    "an open jack": ("hum", lambda rate: white(rate, -82) + sounds.hum(rate, -34, 60), ALL),
    "late": ("muted", lambda rate: np.where(time(rate) < 1.2, 0.0, noise(rate, -50)), ALL),
    "bytes swapped": ("garbled", lambda rate: whole(speech(rate)).byteswap() / 32768, ALL),
    "one byte late": (
        "garbled", lambda rate: np.frombuffer(whole(speech(rate)).tobytes()[1:] + b"\0", "<i2") / 32768, ALL),
    "eight bits": ("garbled", lambda rate: np.round(speech(rate) * 128) / 128, ALL),
    "shifted up by four bits": (
        "garbled", lambda rate: (whole(speech(rate, -20)) << 4).astype("<i2") / 32768, WIDE),
    "hiss": ("hiss", lambda rate: speech(rate) + white(rate, -32), WIDE),
    "a telephone": ("buzz", telephone, ALL),
    "wind": ("wind", gusts, ALL),
    "hiss that rises": (
        "hiss", lambda rate: speech(rate) + at_level(np.diff(white(rate, 0), prepend=0), -28), ALL),
    "a gain that hunts": ("pumping", hunting, ALL),
    "an echo": ("echo", echoed, ALL),
    "a faint echo": ("echo", lambda rate: echoed(rate, 0.17, 0.3), ALL),
    "a late echo": ("echo", lambda rate: echoed(rate, 0.41, 0.5), ALL),
    "a cushion": (
        "muffled", lambda rate: filtered(speech(rate, -20), rate, lambda f: 1 / (1 + (f / 450) ** 6)), ALL),
}  # fmt: skip


@pytest.mark.parametrize(("name", "rate"), [(name, rate) for name, (_, _, rates) in FAULTS.items() for rate in rates])
def test_each_is_named(name: str, rate: float) -> None:
    label, make, _ = FAULTS[name]
    verdict = judge_samples(sixteen_bit(make(rate)), rate, expected_seconds=3)
    assert verdict.label == label, verdict


def thump(rate: float) -> Sound:
    return speech(rate) + 0.5 * np.exp(-time(rate) / 0.08)


def gated(rate: float) -> Sound:
    """A voice through a gate: exact zeros between the words, faded in 15 ms."""
    sound, size = speech(rate, -24, -70), round(0.001 * rate)
    loud = np.abs(sound[: len(sound) // size * size]).reshape(-1, size).max(axis=1) > 0.02
    gain, state = np.zeros(len(loud)), 0.0
    for n, opened in enumerate(loud):
        state = 1.0 if opened or loud[max(0, n - 80) : n].any() else state * 0.8
        gain[n] = state if state > 1e-3 else 0.0
    return np.round(sound[: len(loud) * size] * np.repeat(gain, size) * 32768) / 32768


def levelled(rate: float) -> Sound:
    """A fan behind an automatic gain that brings everything to one level."""
    fan = np.sin(2 * np.pi * np.cumsum(140 + 2 * np.sin(2 * np.pi * 0.7 * time(rate))) / rate)
    sound = noise(rate, -62, corner=150) + at_level(fan, -66)
    return at_level(sound, -26)


def bass(rate: float) -> Sound:
    """Plucked G and A, an octave and their overtones, four a second."""
    since = time(rate) % 0.25
    pitch = np.where(time(rate) % 1 < 0.5, 49.0, 55.0)
    return at_level(sum((np.sin(2 * np.pi * n * pitch * since) / n for n in (1, 2, 3)), np.zeros(1))
                    * np.exp(-since * 6) * np.clip(np.minimum(since, 0.245 - since) / 0.01, 0, 1), -26)  # fmt: skip


def expanded(rate: float) -> Sound:
    """A room's noise behind a gate that opens three times and drops it by 20 dB in 10 ms."""
    opened = ((time(rate) % 1) < 0.4) * 1.0
    kernel = np.ones(round(0.01 * rate)) / round(0.01 * rate)
    return noise(rate, -48) * 10 ** ((np.convolve(opened, kernel, "same") - 1) * 20 / 20)


def piano(rate: float) -> Sound:
    """Notes that die away, four a second."""
    chance, out = np.random.default_rng(7), np.zeros(round(3 * rate))
    for at in np.arange(0.05, 2.9, 0.25):
        since = np.maximum(time(rate) - at, 0)
        pitch = float(chance.choice([130.8, 164.8, 196, 261.6]))
        note = sum((np.sin(2 * np.pi * n * pitch * since) / n**1.6 for n in range(1, 7)), np.zeros(1))
        out += note * np.exp(-since / 0.8) * np.clip(since / 0.005, 0, 1)
    return at_level(out, -24) + noise(rate, -66)


def gated_keys(rate: float) -> Sound:
    """Keys that are struck and come up again, through a gate that closes between the two."""
    out = noise(rate, -78)
    chance = np.random.default_rng(4)
    for at in np.arange(0.2, 2.8, 0.22):
        for moment, loud in ((at, 0.12), (at + 0.055, 0.1)):
            start, size = round(moment * rate), round(0.014 * rate)
            out[start : start + size] += chance.standard_normal(size) * loud
    return out


def limited(rate: float) -> Sound:
    """A low voice or a bass driven into a limiter's ceiling: each round peak touches it."""
    phase = 2 * np.pi * np.cumsum(97 + 9 * np.sin(2 * np.pi * 1.1 * time(rate))) / rate
    wave = np.sin(phase) * (1 + 0.4 * np.sin(2 * np.pi * 3 * time(rate)))
    wave = wave + 0.3 * np.sin(2 * phase + 1) + speech(rate, -30)
    size = round(0.012 * rate)
    peaks = np.lib.stride_tricks.sliding_window_view(np.pad(np.abs(wave), size, mode="edge"), 2 * size + 1).max(axis=1)
    kernel = np.hanning(size)
    smooth = np.convolve(0.6 / np.maximum(peaks, 0.6), kernel / kernel.sum(), "same")
    return wave * np.minimum(smooth, 0.6 / np.maximum(np.abs(wave), 0.6))


def ringing(rate: float) -> Sound:
    """A telephone of two notes that take turns ten times a second, far away in a room."""
    chance = np.random.default_rng(2)
    hertz = np.where(time(rate) % 0.1 < 0.05, 900.0, 1400.0)
    tone = np.sin(2 * np.pi * np.cumsum(hertz) / rate) * ((time(rate) + chance.uniform()) % 1.5 < 0.8)
    tail = chance.standard_normal(round(0.7 * rate)) * np.exp(-np.arange(round(0.7 * rate)) / rate * 12)
    tail[: round(0.002 * rate)] = 0
    tail /= np.sqrt((tail**2).sum())
    tail[0] += 0.3
    size = 1 << (len(tone) + len(tail)).bit_length()
    return at_level(np.fft.irfft(np.fft.rfft(tone, size) * np.fft.rfft(tail, size), size)[: len(tone)], -30) + noise(
        rate, -56
    )


HEALTHY: dict[str, Callable[[float], Sound]] = {
    "a thump when it opens": thump,
    "a gate": gated,
    "a fan behind automatic gain": levelled,
    "noise behind a gate that leaves some": expanded,
    "a telephone that rings": ringing,
    "a piano": piano,
    "keys through a gate": gated_keys,
    "a limiter that is touched by slow peaks": limited,
    "an empty room behind automatic gain": lambda rate: noise(rate, -26, corner=1500),
    "a room whose noise is white as far as a telephone hears": lambda rate: (
        white(rate, -29) if rate < 9000 else noise(rate, -29)),
    "a telephone's codec of 13 bits": lambda rate: np.round(speech(rate, -20) * 4096) / 4096,
    "keys at low gain": lambda rate: sounds.keystrokes(rate, -62) + noise(rate, -76),
    "ventilation at low gain": lambda rate: noise(rate, -66, corner=120),
    "bass notes beside the mains": lambda rate: bass(rate) + noise(rate, -60),
    "a word said twice": lambda rate: np.tile(speech(rate)[: round(1.5 * rate)], 2) + noise(rate, -66, 7),
}  # fmt: skip


@pytest.mark.parametrize("rate", ALL)
@pytest.mark.parametrize("name", HEALTHY)
def test_what_looks_like_a_fault_and_is_none_raises_no_alarm(name: str, rate: float) -> None:
    verdict = judge_samples(sixteen_bit(HEALTHY[name](rate)), rate, expected_seconds=3)
    assert verdict.label == "healthy", verdict


@pytest.mark.parametrize("rate", ALL)
def test_notes_that_take_turns_are_no_voice_and_a_muffled_voice_is_one(rate: float) -> None:
    assert two_notes(Take(sixteen_bit(ringing(rate)).ravel(), rate))
    for voice in (speech(rate), FAULTS["a cushion"][1](rate)):
        assert not two_notes(Take(sixteen_bit(voice).ravel(), rate))


@pytest.mark.parametrize("rate", [16000.0, 48000.0])
def test_faint_shreds_that_a_suppressor_leaves_are_no_buffer_that_came_twice(rate: float) -> None:
    shreds = np.round(4 * np.sin(2 * np.pi * rate / 8 * time(rate)) * (time(rate) % 0.5 < 0.06)) / 32768
    assert repeated_fraction(shreds.astype(np.float32), rate) == 0.0
    twice = sixteen_bit(speech(rate)).ravel()
    size = round(0.02 * rate)
    for at in (24000, 30000, 36000, 42000):
        twice[at : at + size] = twice[at - size : at]
    assert repeated_fraction(twice, rate) > Limits().repeated_fraction


@pytest.mark.parametrize(
    ("top", "length", "on_the_rail"), [(1.0, 1, 0), (1.0, 2, 4), (0.6, 2, 0), (0.6, 3, 6), (0.99, 2, 0)]
)
def test_two_samples_are_a_rail_at_the_end_of_the_scale_alone(top: float, length: int, on_the_rail: int) -> None:
    """A limiter's ceiling lies below it, and a steep peak may touch that with two samples."""
    wave = (0.1 * np.sin(np.arange(480) / 7)).astype(np.float32)
    for at in (100, 300):
        wave[at : at + length] = top
    assert rail_samples(wave) == on_the_rail


def test_what_is_louder_than_any_voice_can_be_was_cut_off_whatever_became_of_its_flat_tops() -> None:
    loud = sixteen_bit(speech(16000, -24))
    assert judge_samples(loud, 16000).label == "healthy"
    verdict = judge_samples(loud, 16000, Limits(overdriven_dbfs=-27))
    assert (verdict.label, verdict.reason and verdict.reason.code) == ("clipping", "peaks_at_one_height")


@pytest.mark.parametrize("sound", [np.zeros(144000), white(48000, -88), white(48000, -100)])
def test_silence_behind_processing_is_no_evidence(sound: Sound) -> None:
    assert judge_samples(sixteen_bit(sound), 48000, may_be_silent=True).label == "unknown"
    assert judge_samples(sixteen_bit(sound), 48000).label in ("digital_silence", "dead")


def test_a_pair_that_cancels_is_told_and_a_pair_that_does_not_is_healthy() -> None:
    one = sixteen_bit(speech(48000))
    other = sixteen_bit(noise(48000, -60, 9))
    assert judge_samples(np.stack((one, -one), axis=1), 48000).label == "inverted"
    assert judge_samples(np.stack((one, one * 0.9), axis=1), 48000).label == "healthy"
    assert judge_samples(np.stack((one, other), axis=1), 48000).label == "healthy"
