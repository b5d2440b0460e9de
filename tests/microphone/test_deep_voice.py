"""A voice that is played so slowly that nobody speaks so deep, and what is as deep and no voice."""

import numpy as np
import pytest

from probes.microphone.judge_samples import judge_samples
from tests.microphone.sounds import Sound, at_level, noise, talker

RATE = 16000
SECONDS = 3
TIMES = np.arange(SECONDS * RATE) / RATE


def slowed(factor: int, seed: int) -> Sound:
    """A talker at that many times RATE, told to have RATE."""
    said = talker(factor * RATE, -24, seed, seconds=SECONDS)[: SECONDS * RATE]
    return said + noise(RATE, -60, seed)


def buzzing(hertz: Sound, loud: Sound, seed: int) -> Sound:
    """Many overtones of a pitch that moves, and a room."""
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    overtones = sum((np.sin(number * phase) / number for number in range(2, 25)), np.zeros(len(phase)))
    return at_level(overtones * loud, -24) + noise(RATE, -60, seed)


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 8, 11])
def test_a_talker_at_a_third_of_the_speed_is_at_the_wrong_rate(seed: int) -> None:
    verdict = judge_samples(slowed(3, seed), RATE)
    assert verdict.label == "wrong_rate"
    assert verdict.numbers["pitch_hertz"] < 80


@pytest.mark.parametrize("seed", range(1, 7))
def test_the_same_talker_at_the_right_speed_is_healthy(seed: int) -> None:
    assert judge_samples(slowed(1, seed), RATE).label == "healthy"


@pytest.mark.parametrize("seed", range(1, 5))
def test_a_bass_that_holds_its_notes_is_no_slow_voice(seed: int) -> None:
    notes = np.random.default_rng(seed).choice([41.2, 46.2, 49.0, 55.0, 61.7], 6)
    hertz = np.repeat(notes, SECONDS * RATE // 6)
    since = TIMES % 0.5
    plucked = np.minimum(1, 30 * since) * np.exp(-5 * since) * np.minimum(1, 30 * (0.5 - since))
    assert judge_samples(buzzing(hertz, plucked, seed), RATE).label == "healthy"


@pytest.mark.parametrize("seed", range(1, 5))
def test_an_engine_without_pauses_is_no_slow_voice(seed: int) -> None:
    hertz = 45 + 12 * np.sin(2 * np.pi * 0.4 * TIMES + seed)
    assert judge_samples(buzzing(hertz, 1 + 0.3 * np.sin(9 * TIMES), seed), RATE).label == "healthy"
