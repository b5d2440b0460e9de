"""A camera that hangs upside down, a cut in a film, and a wall behind a coder: what is none of the other."""

from __future__ import annotations

import cv2
import numpy as np

from probes.camera import corruption
from probes.camera.judge_frames import judge
from probes.camera.reference import learn_reference
from tests.camera import scenes

ARRIVALS = [100.0 * (n + 1) for n in range(15)]


def test_a_view_upside_down_is_told_before_any_enlarged_part_of_it_is_looked_for() -> None:
    found = 0
    for seed in range(2, 8):
        room = scenes.burst(scenes.room(seed), seed)
        turned = np.ascontiguousarray(room[:, ::-1, ::-1])
        verdict = judge(turned, ARRIVALS, reference=learn_reference(room))
        assert verdict.label == "moved"
        assert "framed_zoom" not in verdict.numbers
        found += verdict.detail == "upside_down"
    assert found >= 5


def test_below_a_wrong_bit_the_picture_goes_wrong_and_at_a_cut_all_of_it_changes() -> None:
    """Two views of one room that meet in a hard edge, as at a cut, and one with its lower half brighter."""
    chance = np.random.default_rng(3)

    def view() -> np.ndarray:
        rough = cv2.GaussianBlur(chance.normal(0, 1, (180, 320)).astype(np.float32), (0, 0), 6)
        return 100 + 30 * rough / float(rough.std())

    before = view()
    harmed, cut = before.copy(), view()
    harmed[90:] += 60
    cut[90:] += 60
    as_bytes = [np.clip(one, 0, 255).astype(np.uint8) for one in (before, harmed, cut)]
    assert corruption.band_step([as_bytes[0], as_bytes[0], as_bytes[1]]) > 30
    assert corruption.band_step([as_bytes[0], as_bytes[0], as_bytes[2]]) == 0
