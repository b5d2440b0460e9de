"""The judge on synthetic rooms that no limit was set on: every fault is named, healthy oddities are not faults."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from probes.camera.judge_frames import LABELS, delivered_share, judge
from probes.camera.limits import Limits
from probes.camera.reference import decode_reference, encode_reference, learn_reference
from tests.camera import scenes
from tests.camera.scenes import Frames

SEEDS = (1, 2, 3)


def label(frames: Frames, seed: int, *, with_reference: bool, arrivals: list[float] | None = None) -> str:
    learned = learn_reference(scenes.burst(scenes.room(seed), 77, person=False)) if with_reference else None
    verdict = judge(frames, arrivals or scenes.times(len(frames)), reference=learned)
    assert 0.0 <= verdict.confidence <= 1.0
    assert all(np.isfinite(value) for value in verdict.numbers.values())
    return verdict.label


def flicker(frames: Frames, hertz: float) -> Frames:
    """Mains flicker of a rolling shutter: bands that wander."""
    rows = np.arange(frames.shape[1])[None, :, None, None]
    phase = np.arange(len(frames))[:, None, None, None] * 0.9 * hertz / 50
    return np.clip(frames * (1 + 0.12 * np.sin(rows / 28 + phase)), 0, 255).astype(np.uint8)


def compressed(frames: Frames, quality: int = 40) -> Frames:
    done = [cv2.imdecode(cv2.imencode(".jpg", one, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1) for one in frames]
    return np.stack(done).astype(np.uint8)


def stepped(frames: Frames) -> Frames:
    """Automatic exposure takes two steps."""
    gains = np.where(np.arange(len(frames)) < 5, 0.7, np.where(np.arange(len(frames)) < 9, 0.85, 1.0))
    return np.clip(frames * gains[:, None, None, None], 0, 255).astype(np.uint8)


def infrared(frames: Frames) -> Frames:
    return np.repeat(frames.mean(axis=3, keepdims=True), 3, axis=3).astype(np.uint8)


HEALTHY: dict[str, Callable[[Frames], Frames]] = {
    "as it is": lambda frames: frames,
    "flicker at 50 Hz": lambda frames: flicker(frames, 50),
    "flicker at 60 Hz": lambda frames: flicker(frames, 60),
    "compressed": compressed,
    "exposure steps": stepped,
    "dim": lambda frames: scenes.with_noise(scenes.gamma_free(frames, 0.25), 2.0),
    "bright window": lambda frames: np.where(np.arange(320)[None, None, :, None] < 50, 255, frames).astype(np.uint8),
    "evening light": lambda frames: scenes.gamma_free(frames, (0.88, 1.0, 1.1)),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", HEALTHY)
@pytest.mark.parametrize("with_reference", [True, False])
def test_a_healthy_room_stays_healthy_in_bad_light(name: str, seed: int, with_reference: bool) -> None:
    frames = HEALTHY[name](scenes.burst(scenes.room(seed), seed))
    assert label(frames, seed, with_reference=with_reference) == "healthy"


@pytest.mark.parametrize("seed", SEEDS)
def test_an_infrared_picture_is_healthy_without_a_reference(seed: int) -> None:
    assert label(infrared(scenes.burst(scenes.room(seed), seed)), seed, with_reference=False) == "healthy"


@pytest.mark.parametrize("seed", SEEDS)
def test_an_empty_still_room_is_alive_by_its_noise(seed: int) -> None:
    frames = scenes.burst(scenes.room(seed), seed, noise=0.6, person=False)
    assert label(frames, seed, with_reference=True) == "healthy"


def test_a_dark_room_with_one_lit_corner_is_not_frozen() -> None:
    frames = np.zeros((15, 180, 320, 3), np.uint8)
    frames[:, :60, :80] = scenes.burst(scenes.room(3), 3)[:, :60, :80]
    assert judge(frames, scenes.times()).label not in ("frozen", "black")


@pytest.mark.parametrize("size", [(240, 320), (320, 180), (180, 320), (320, 240)])
def test_any_aspect_is_judged(size: tuple[int, int]) -> None:
    assert judge(scenes.burst(scenes.room(9, size=size)), scenes.times()).label == "healthy"


def covered_by_hand(frames: Frames) -> Frames:
    return scenes.with_noise(np.full_like(frames, (45, 60, 95)), 1.0)


def looped(frames: Frames) -> Frames:
    return frames[[0, 1, 2] * 5]


def with_clock(frames: Frames) -> Frames:
    out = np.repeat(frames[:1], len(frames), axis=0)
    for n, one in enumerate(out):
        cv2.putText(one, f"12:00:{n:02}", (5, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1)
    return out


FAULTS: dict[str, tuple[str, Callable[[Frames], Frames]]] = {
    "the same picture": ("frozen", lambda frames: np.repeat(frames[:1], 15, axis=0)),
    "stops half-way": ("frozen", lambda frames: frames[[0, 1, 2, 3, 4, 5, 6] + [7] * 8]),
    "a loop of three": ("frozen", looped),
    "only the clock ticks": ("frozen", with_clock),
    "zeros": ("black", np.zeros_like),
    "a cap with noise": ("black", lambda frames: scenes.with_noise(np.full_like(frames, 3), 3.0)),
    "a hand": ("covered", covered_by_hand),
    "far too bright": ("overexposed", lambda frames: scenes.gamma_free(frames, 3.2)),
    "out of focus": ("defocus", lambda frames: scenes.blurred(frames, 4)),
    "far out of focus": ("defocus", lambda frames: scenes.blurred(frames, 7)),
    "a pink channel": ("colour_cast", lambda frames: scenes.gamma_free(frames, (1.2, 0.5, 1.2))),
    "no red": ("colour_cast", lambda frames: scenes.gamma_free(frames, (1.0, 1.0, 0.02))),
    "torn": ("corruption", scenes.torn),
    "lost blocks": ("corruption", scenes.blocky),
    "specks": ("corruption", scenes.impulses),
    "stripes": ("corruption", scenes.striped),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("with_reference", [True, False])
def test_each_fault_is_named(name: str, seed: int, with_reference: bool) -> None:
    expected, harm = FAULTS[name]
    frames = harm(scenes.burst(scenes.room(seed), seed))
    assert label(frames, seed, with_reference=with_reference) == expected


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("change", [(22, 0, 0.0), (0, -18, 0.0), (14, 9, 3.0), (60, 20, 0.0)])
def test_a_turned_camera_is_seen_against_the_learned_view(seed: int, change: tuple[float, float, float]) -> None:
    frames = scenes.burst(scenes.shifted(scenes.room(seed), *change), seed)
    assert label(frames, seed, with_reference=True) == "moved"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_red_and_blue_changed_over_in_a_nearly_grey_room_are_seen_against_the_learned_view(seed: int) -> None:
    view = scenes.room(seed)
    grey = view.mean(axis=2, keepdims=True)
    pale = (grey + 0.6 * (view - grey)).astype(np.float32)
    reference = learn_reference(scenes.burst(pale, 50 + seed, person=False))
    healthy, swapped = scenes.burst(pale, seed), scenes.burst(np.ascontiguousarray(pale[..., ::-1]), seed)
    assert judge(healthy, scenes.times(), reference=reference).label == "healthy"
    assert judge(scenes.gamma_free(healthy, (0.87, 1.0, 1.12)), scenes.times(), reference=reference).label == "healthy"
    assert judge(swapped, scenes.times(), reference=reference).label == "colour_cast"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shapes_without_any_edge_are_a_cover_and_a_smoothly_lit_wall_is_not(seed: int) -> None:
    chance = np.random.default_rng(seed)
    view = scenes.room(seed)
    view[60:150, 30:130], view[20:90, 200:290] = 50, 210  # a table and a board
    frames = scenes.burst(view, seed)
    milk = np.stack([0.6 * cv2.GaussianBlur(one, (0, 0), 22).astype(np.float32) + 70 for one in frames])
    across, down = np.meshgrid(np.linspace(-1, 1, 320), np.linspace(-1, 1, 180))
    wall = np.repeat((150 * (1 + 0.2 * across - 0.1 * down**2))[None, ..., None], 3, axis=3)
    wall = np.repeat(wall, 15, axis=0)
    for picture, expected in ((milk, "covered"), (wall, "healthy")):
        noisy = np.clip(picture + chance.normal(0, 1.2, picture.shape), 0, 255).astype(np.uint8)
        assert judge(noisy, scenes.times()).label == expected


@pytest.mark.parametrize("row", [61, 120])
def test_a_tear_is_found_though_edges_of_the_room_step_more(row: int) -> None:
    view = scenes.room(2)
    view[30:36], view[90:96], view[150:156] = 10, 230, 10
    frames = scenes.burst(view, 2)
    assert judge(frames, scenes.times()).label == "healthy"
    for one in frames[::4]:
        one[row:] = np.roll(one[row:], 22, axis=1)
    assert judge(frames, scenes.times()).label == "corruption"


@pytest.mark.parametrize(("seed", "row", "by"), [(2, 120, 50), (4, 77, 35), (6, 60, 20), (8, 60, 20), (8, 120, 50)])
def test_a_tear_that_stays_is_found_by_the_one_shift_that_mends_it(seed: int, row: int, by: int) -> None:
    frames = scenes.burst(scenes.room(seed), seed)
    frames[:, row:] = np.roll(frames[:, row:], by, axis=2)
    assert judge(frames, scenes.times()).label == "corruption"


def test_half_the_rate_is_a_fault_and_two_thirds_in_the_dark_is_not() -> None:
    frames = scenes.burst(scenes.room(1))
    assert judge(frames[:7], scenes.times(7, 5.0)).label == "low_fps"
    assert judge(frames, scenes.times(15, 6.7)).label == "healthy"
    assert judge(frames[:1], [80.0]).label == "no_frames"
    assert judge(np.zeros((0, 1, 1, 3), np.uint8), []).label == "no_frames"


def test_pictures_of_a_single_row_or_column_are_none_however_many_came() -> None:
    frames = scenes.burst(scenes.room(1))
    for sliver in (frames[:, :1], frames[:, :, :1], frames[:, :1, :1]):
        assert judge(sliver, scenes.times()).label == "no_frames"


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(
        np.uint8,
        st.tuples(st.integers(0, 6), st.integers(1, 70), st.integers(1, 120), st.just(3)),
        elements=st.integers(0, 255),
        fill=st.integers(0, 255),
    ),
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=8),
    st.floats(allow_nan=True, allow_infinity=True),
)
def test_any_pictures_and_times_give_a_label(frames: Frames, arrivals: list[float], nominal: float) -> None:
    verdict = judge(frames, arrivals, nominal_fps=nominal)
    assert verdict.label in LABELS
    assert 0.0 <= verdict.confidence <= 1.0


@pytest.mark.parametrize(
    "bad", [np.zeros((3, 4, 4), np.uint8), np.zeros((3, 4, 4, 4), np.uint8), np.zeros((3, 4, 4, 3))]
)
def test_another_shape_or_type_is_refused_with_its_shape(bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="T×H×W×3 of uint8, not"):
        judge(bad, [])


def test_a_rate_that_cannot_be_told_counts_as_full() -> None:
    assert delivered_share([], 10) == 1.0
    assert delivered_share([float("nan"), 5.0], 10) == 1.0
    assert delivered_share([1.0, 2.0], 0.0) == 1.0


def test_a_limit_of_the_configuration_decides() -> None:
    frames = scenes.burst(scenes.room(1))
    frames[:, :, :50] = 255
    assert judge(frames, scenes.times()).label == "healthy"
    assert judge(frames, scenes.times(), limits=Limits(clipped_share=0.1)).label == "overexposed"


def test_a_reference_learned_in_another_format_is_not_used() -> None:
    learned = learn_reference(scenes.burst(scenes.room(1, size=(240, 320))))
    verdict = judge(scenes.burst(scenes.room(1)), scenes.times(), reference=learned)
    assert verdict.label == "healthy"
    assert verdict.numbers["reference_of_other_size"] == 1.0


def test_the_learned_view_is_small_and_survives_its_file() -> None:
    learned = learn_reference(scenes.burst(scenes.room(2)))
    data = encode_reference(learned)
    assert len(data) < 16_384
    assert decode_reference(data) == learned
