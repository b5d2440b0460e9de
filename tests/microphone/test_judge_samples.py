"""The sample judge on sounds made here, at every rate that microphones have, and on absurd input."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra import numpy as arrays

from probes.microphone.judge_samples import judge_samples
from probes.microphone.limits import Limits
from tests.microphone import sounds
from tests.microphone.sounds import Sound, at_level, noise, sixteen_bit, talker, twenty_four_bit
from tests.reasons.english import english

RATES = (8000.0, 16000.0, 32000.0, 44100.0, 48000.0)
LABELS = {
    "healthy", "missing", "digital_silence", "dead", "muted", "clipping", "too_quiet", "hum", "dc_offset", "dropouts",
    "constant_tone", "unusable", "unknown", "garbled", "muffled", "hiss", "buzz", "wind", "echo", "wrong_rate",
    "pumping", "inverted",
}  # fmt: skip

HEALTHY: dict[str, Callable[[float, int], Sound]] = {
    "a talker near": lambda rate, seed: talker(rate, -26, seed) + noise(rate, -58, seed),
    "a talker far": lambda rate, seed: talker(rate, -40, seed) + noise(rate, -56, seed),
    "a loud talker": lambda rate, seed: talker(rate, -21, seed) + noise(rate, -55, seed),
    "a quiet night": lambda rate, seed: noise(rate, -70, seed),
    "a fan": lambda rate, seed: noise(rate, -45, seed, corner=150),
    "wind": lambda rate, seed: sounds.wind(rate, -35, seed) + noise(rate, -60, seed),
    "handling": lambda rate, seed: sounds.handling(rate, -30, seed) + noise(rate, -58, seed),
    "typing": lambda rate, seed: sounds.keystrokes(rate, -45, seed) + noise(rate, -60, seed),
    "music": lambda rate, seed: sounds.music(rate, -25, seed) + noise(rate, -60, seed),
    "a little hum": lambda rate, seed: noise(rate, -50, seed) + sounds.hum(rate, -70),
    "a little offset": lambda rate, seed: noise(rate, -50, seed) + 0.002,
}


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_sound_raises_no_alarm(name: str, rate: float) -> None:
    for seed in (1, 2):
        verdict = judge_samples(sixteen_bit(HEALTHY[name](rate, seed)), rate, expected_seconds=3)
        assert verdict.label == "healthy", (seed, verdict)


def _cut(sound: Sound, rate: float, after: float) -> Sound:
    sound[round(after * rate) :] = 0
    return sound


def _gaps(sound: Sound, rate: float) -> Sound:
    for at in np.arange(0.3, 2.7, 0.3):
        sound[round(at * rate) : round((at + 0.02) * rate)] = 0
    return sound


def _repeats(sound: Sound, rate: float) -> Sound:
    size = round(0.02 * rate)
    for at in (0.5, 1.1, 2.0):
        start = round(at * rate)
        sound[start : start + size] = sound[start - size : start]
    return sound


def _clicks(sound: Sound, rate: float) -> Sound:
    sound[[round(at * rate) for at in (0.4, 0.9, 1.7, 2.2, 2.6)]] += 0.5
    return sound


def _tone(rate: float, hertz: float, dbfs: float) -> Sound:
    return at_level(np.sin(2 * np.pi * hertz * np.arange(round(3 * rate)) / rate), dbfs)


def _adc(rate: float, dbfs: float) -> Sound:
    return at_level(np.random.default_rng(3).standard_normal(round(3 * rate)), dbfs)


FAULTY: dict[str, tuple[str, Callable[[float], Sound]]] = {
    "nothing but zeros": ("digital_silence", lambda rate: np.zeros(round(3 * rate))),
    "a pop, then zeros": ("digital_silence", lambda rate: _cut(noise(rate, -45), rate, 0.1)),
    "a converter without a capsule": ("dead", lambda rate: _adc(rate, -90)),
    "muted in mid-sentence": ("muted", lambda rate: _cut(talker(rate, -28) + noise(rate, -58), rate, 1.6)),
    "digital clipping": ("clipping", lambda rate: np.clip(talker(rate, -6), -1, 1)),
    "floats over full scale": ("clipping", lambda rate: talker(rate, -6) + noise(rate, -58)),
    "analogue clipping": ("clipping", lambda rate: np.clip(talker(rate, -10), -0.5, 0.5)),
    "speech far too low": ("too_quiet", lambda rate: talker(rate, -60) + _adc(rate, -92)),
    "50 Hz hum": ("hum", lambda rate: noise(rate, -55) + sounds.hum(rate, -40, 50)),
    "60 Hz hum under speech": ("hum", lambda rate: talker(rate, -28) + noise(rate, -58) + sounds.hum(rate, -34, 60)),
    "an offset": ("dc_offset", lambda rate: noise(rate, -50) + 0.05),
    "gaps": ("dropouts", lambda rate: _gaps(noise(rate, -40), rate)),
    "repeated buffers": ("dropouts", lambda rate: _repeats(noise(rate, -45), rate)),
    "clicks": ("dropouts", lambda rate: _clicks(talker(rate, -28) + noise(rate, -58), rate)),
    "a whistle": ("constant_tone", lambda rate: noise(rate, -55) + _tone(rate, 1730, -35)),
    "a whistle under speech": ("constant_tone", lambda rate: talker(rate, -28) + _tone(rate, 2930, -34)),
}


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", FAULTY)
def test_each_fault_is_named_at_every_rate(name: str, rate: float) -> None:
    label, make = FAULTY[name]
    sound = make(rate)
    verdict = judge_samples(sound if np.abs(sound).max() > 1 else sixteen_bit(sound), rate, expected_seconds=3)
    assert verdict.label == label, verdict
    assert 0.5 <= verdict.confidence <= 1


def gated_bits(rate: float, dbfs: float, seed: int) -> Sound:
    """What a gate lets through in an empty room: some pieces of noise that begin and end at once, zeros between."""
    chance, sound = np.random.default_rng(seed), noise(rate, dbfs, seed)
    opened = np.zeros(len(sound))
    for at in chance.uniform(0.1, 2.8, 6):
        opened[round(at * rate) : round((at + chance.uniform(0.02, 0.06)) * rate)] = 1
    return sound * opened


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("dbfs", [-40, -55, -70])
def test_what_a_gate_lets_through_is_neither_dropouts_nor_a_soft_voice(rate: float, dbfs: float) -> None:
    for seed in range(4):
        verdict = judge_samples(sixteen_bit(gated_bits(rate, dbfs, seed)), rate, expected_seconds=3)
        assert verdict.label not in ("dropouts", "too_quiet"), (seed, verdict)
        assert judge_samples(gated_bits(rate, dbfs, seed), rate, may_be_silent=True).label in ("unknown", "healthy")


def lifted(sound: Sound, rate: float) -> Sound:
    """Automatic gain that comes up by 20 dB in the first second and a half."""
    time = np.arange(len(sound)) / rate
    return sound * 10 ** (np.minimum(time / 1.5, 1.0) - 1.0)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(("hertz", "label"), [(235, "healthy"), (480, "healthy")])
def test_a_machine_that_automatic_gain_lifts_is_no_howl(rate: float, hertz: float, label: str) -> None:
    sound = lifted(noise(rate, -36, corner=150) + _tone(rate, hertz, -34), rate)
    assert judge_samples(sixteen_bit(sound), rate, expected_seconds=3).label == label


@pytest.mark.parametrize("hertz", [330, 480, 1200])
def test_a_howl_that_grows_is_one_at_any_pitch(hertz: float) -> None:
    rate = 16000.0
    howl = lifted(_tone(rate, hertz, -22), rate)
    assert judge_samples(sixteen_bit(noise(rate, -50) + howl), rate, expected_seconds=3).label == "constant_tone"


def test_a_quiet_room_in_24_bits_is_healthy_and_its_silence_is_not() -> None:
    assert judge_samples(twenty_four_bit(noise(48000, -72)), 48000).label == "healthy"
    assert judge_samples(twenty_four_bit(np.zeros(144000)), 48000).label == "digital_silence"
    assert judge_samples(twenty_four_bit(noise(48000, -105)), 48000).label == "dead"


def test_of_stereo_with_one_dead_channel_the_live_one_speaks_and_the_dead_one_is_counted() -> None:
    live = sixteen_bit(talker(48000, -28) + noise(48000, -58))
    verdict = judge_samples(np.stack((np.zeros_like(live), live), axis=1), 48000)
    assert verdict.label == "healthy"
    assert verdict.numbers["dead_channels"] == 1


def test_a_channel_of_converter_noise_beside_a_live_one_is_dead() -> None:
    live = sixteen_bit(talker(48000, -28) + noise(48000, -58))
    open_ended = sixteen_bit(noise(48000, -93))
    verdict = judge_samples(np.stack((live, open_ended), axis=1), 48000)
    assert verdict.label == "channel_dead"
    assert english(verdict.reason) == "1 of 2 channels carry converter noise alone"


def test_sound_that_is_switched_off_and_on_is_cut_and_sound_with_short_holes_drops_out() -> None:
    live = sixteen_bit(talker(48000, -28) + noise(48000, -58))
    for hole, label in ((0.4, "muted"), (0.05, "dropouts")):
        harmed = live.copy()
        for at in (0.5, 1.3, 2.1):
            harmed[round(at * 48000) : round((at + hole) * 48000)] = 0
        assert judge_samples(harmed, 48000).label == label


def test_a_source_that_goes_on_at_another_rate_or_hands_out_numbers_with_a_point_is_healthy() -> None:
    first, second = (talker(48000, -24, seed) + noise(48000, -58, seed) for seed in (1, 2))
    slower = np.interp(np.arange(0, 72000, 44100 / 48000), np.arange(72000), second[:72000])
    assert judge_samples(np.concatenate((first[:72000], slower)), 48000).label == "healthy"
    assert judge_samples(first.astype(np.float32), 48000).label == "healthy"
    assert judge_samples(np.full(144000, 1e-40, np.float32), 48000).label == "digital_silence"


def test_a_stream_that_stalls_is_missing() -> None:
    verdict = judge_samples(sixteen_bit(noise(16000, -50, seconds=0.2)), 16000, expected_seconds=3)
    assert verdict.label == "missing"
    assert english(verdict.reason) == "0.2 s of sound came, 3 s were asked for"


@pytest.mark.parametrize(
    ("samples", "rate", "label"),
    [
        (np.zeros(0), 16000, "missing"),
        (np.zeros((0, 2)), 16000, "missing"),
        (np.zeros((48000, 0)), 16000, "missing"),
        (np.zeros(1), 16000, "unusable"),
        (np.full(48000, np.nan), 16000, "unusable"),
        (np.full(48000, np.inf), 16000, "unusable"),
        (np.zeros(48000), 0, "unusable"),
        (np.zeros(48000), float("nan"), "unusable"),
        (np.zeros(48000), -48000, "unusable"),
        (np.zeros((2, 2, 2)), 16000, "unusable"),
    ],
)
def test_what_cannot_be_judged_says_so(samples: npt.NDArray[np.float64], rate: float, label: str) -> None:
    verdict = judge_samples(samples, rate)
    assert verdict.label == label
    assert verdict.reason


def test_a_tuned_limit_changes_the_verdict() -> None:
    offset = sixteen_bit(noise(16000, -50) + 0.02)
    assert judge_samples(offset, 16000).label == "dc_offset"
    assert judge_samples(offset, 16000, Limits(offset=0.05)).label == "healthy"


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(
        np.float32,
        arrays.array_shapes(max_dims=2, max_side=6000),
        elements=some.floats(width=32, allow_nan=True, allow_infinity=True),
        fill=some.floats(width=32),
    ),
    some.floats(allow_nan=True, allow_infinity=True),
)
def test_any_input_gets_a_verdict_and_never_an_error(samples: npt.NDArray[np.float32], rate: float) -> None:
    verdict = judge_samples(samples, rate)
    assert verdict.label in LABELS
    assert all(isinstance(value, float) for value in verdict.numbers.values())


@settings(max_examples=25, deadline=None)
@given(some.integers(1, 10**6), some.floats(-30, 30), some.sampled_from([8000.0, 16000.0, 48000.0]))
def test_noise_between_night_and_street_is_healthy_whatever_its_colour(seed: int, shift: float, rate: float) -> None:
    corner = float(2 ** np.random.default_rng(seed).uniform(5, 12))
    level = -45 + shift * 0.8
    verdict = judge_samples(sixteen_bit(noise(rate, level, seed, corner=corner)), rate)
    # Nearly all of it below 64 Hz, and as loud as no room is: that is what wind on the capsule sounds like.
    rumble = corner < 64 and level > Limits().wind_dbfs - 6
    assert verdict.label == "healthy" or (rumble and verdict.label == "wind"), verdict
