"""What a learned view shows by itself is no fault: only what is more than usual speaks for one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from probes.camera.judge_frames import judge
from probes.camera.reference import learn_reference
from probes.camera.views import sign_off, take_over, view_for
from tests.camera import scenes
from tests.camera.scenes import Frames

SEEDS = (1, 2, 3)


def posts(frames: Frames, *at: int) -> Frames:
    """Thin white posts from top to bottom, as in front of a window."""
    out = frames.copy()
    for column in at:
        out[:, :, column] = 255
    return out


def glazed(frames: Frames) -> Frames:
    """Most of the picture is one white."""
    out = frames.copy()
    out[:, :, :200] = 255
    return out


@pytest.mark.parametrize("seed", SEEDS)
def test_posts_of_the_learned_view_are_no_dead_lines_and_further_lines_are(seed: int) -> None:
    frames = scenes.burst(scenes.room(seed), seed)
    learned = learn_reference(posts(scenes.burst(scenes.room(seed), 77, person=False), 137))
    assert judge(posts(frames, 137), scenes.times()).label == "corruption"
    assert judge(posts(frames, 137), scenes.times(), reference=learned).label == "healthy"
    assert judge(posts(frames, 60, 137, 250), scenes.times(), reference=learned).label == "corruption"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_room_that_was_learned_as_white_is_not_overexposed(seed: int) -> None:
    frames = scenes.burst(scenes.room(seed), seed, person=False)
    learned = learn_reference(glazed(scenes.burst(scenes.room(seed), 77, person=False)))
    plain = learn_reference(scenes.burst(scenes.room(seed), 77, person=False))
    assert judge(glazed(frames), scenes.times(), reference=plain).label == "overexposed"
    assert judge(glazed(frames), scenes.times(), reference=learned).label == "healthy"


def test_a_bare_wall_in_other_light_was_not_moved() -> None:
    chance = np.random.default_rng(4)
    wall = np.full((180, 320, 3), 150.0, np.float32)
    for x, y in zip(chance.integers(3, 317, 150), chance.integers(3, 177, 150), strict=True):
        wall[y - 1 : y + 2, x - 1 : x + 2] -= 10  # plaster
    learned = learn_reference(scenes.burst(wall, 1, person=False, noise=1.0))
    assert len(learned.corners().places) > 100
    dim = np.asarray(cv2.GaussianBlur(wall, (0, 0), 2.0), np.float32) * 0.6
    assert judge(scenes.burst(dim, 2, person=False), scenes.times(), reference=learned).label == "healthy"
    assert judge(scenes.burst(scenes.room(1), 2), scenes.times(), reference=learned).label == "moved"


def test_what_is_taken_over_by_itself_keeps_what_a_person_vouched_for(tmp_path: Path) -> None:
    path = str(tmp_path / "view")
    frames = scenes.burst(scenes.room(1), 1, person=False)
    sign_off(path, frames)
    assert take_over(path, posts(frames, 137)) == ""
    fresh, _ = view_for(path, "day")
    assert fresh is not None
    assert fresh.usual == learn_reference(frames).usual
    assert fresh != replace(learn_reference(frames))
