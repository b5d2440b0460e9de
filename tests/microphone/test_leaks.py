"""Many captures in one process leave neither memory nor descriptors behind."""

import gc
from pathlib import Path

import psutil
import pytest

from probes.microphone.judge_samples import judge_samples
from tests.microphone.sounds import noise, sixteen_bit


@pytest.mark.long
def test_a_thousand_judgements_keep_memory_and_descriptors_flat() -> None:
    clips = [sixteen_bit(noise(8000, -40, seed, seconds=1.0)) for seed in range(4)]
    process = psutil.Process()
    for clip in clips * 25:
        judge_samples(clip, 8000)
    gc.collect()  # what earlier tests of this process left to be collected is not of this one
    memory, descriptors = process.memory_info().rss, set(Path("/proc/self/fd").iterdir())
    for clip in clips * 250:
        judge_samples(clip, 8000)
    assert process.memory_info().rss - memory < 4 << 20
    assert not set(Path("/proc/self/fd").iterdir()) - descriptors
