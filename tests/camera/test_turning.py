"""What a camera shows while it turns: nothing that lies on its lens."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from probes.camera.judge_frames import judge
from tests.camera import scenes


@pytest.mark.parametrize("seed", [1, 3, 4, 5])
def test_a_camera_that_turns_along_a_carpet_is_not_called_covered(seed: int) -> None:
    pile = np.random.default_rng(seed).normal(0, 70, (180, 700, 1)).astype(np.float32)
    carpet = np.clip(np.array([38, 42, 50], np.float32) + cv2.GaussianBlur(pile, (0, 0), 2.0)[..., None], 0, 255)
    turning = [scenes.burst(carpet[:, 25 * n : 25 * n + 320], n, count=1, person=False) for n in range(15)]
    assert judge(np.concatenate(turning), scenes.times()).label == "healthy"
    still = scenes.burst(np.asarray(cv2.GaussianBlur(carpet[:, :320], (0, 0), 25), np.float32), seed, person=False)
    assert judge(still, scenes.times()).label == "covered"
