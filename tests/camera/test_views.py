"""Learned views of day, night and infrared; slow change taken over, sudden and creeping change not. On drawn rooms."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.camera.freshness import CALM_LOOKS, CALM_SECONDS, Calm, is_calm
from probes.camera.judge_frames import judge
from probes.camera.reference import learn_reference
from probes.camera.views import fresh_path, light_of, sign_off, signed_path, step, take_over, view_for, whose_view
from tests.camera import scenes


def by_night(frames: scenes.Frames) -> scenes.Frames:
    return scenes.with_noise(scenes.gamma_free(frames, 0.5), 2.0)


def infrared(frames: scenes.Frames) -> scenes.Frames:
    grey = frames.mean(axis=3, keepdims=True)
    return np.repeat(grey, 3, axis=3).astype(np.uint8)


def day(seed: int = 1, number: int = 0) -> scenes.Frames:
    return scenes.burst(scenes.room(seed), number)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "camera" / "one.json")


@pytest.mark.parametrize("seed", range(6))
def test_the_light_of_a_room(seed: int) -> None:
    frames = day(seed)
    assert (light_of(frames), light_of(by_night(frames)), light_of(infrared(frames))) == ("day", "night", "infrared")


@pytest.mark.parametrize("seed", range(3))
def test_each_light_is_judged_by_its_own_view(seed: int, path: str) -> None:
    for frames in (day(seed), by_night(day(seed)), infrared(day(seed))):
        sign_off(path, frames)
    assert {one.name for one in Path(path).parent.iterdir()} == {"one.json", "one.night.json", "one.infrared.json"}
    assert all(one.stat().st_mode & 0o077 == 0 for one in Path(path).parent.iterdir())
    for frames in (day(seed, 5), by_night(day(seed, 5)), infrared(day(seed, 5))):
        view, complaint = view_for(path, light_of(frames))
        assert complaint is None
        assert judge(frames, scenes.times(), reference=view).label == "healthy"
    turned = infrared(day(seed + 20, 5))
    assert judge(turned, scenes.times(), reference=view_for(path, "infrared")[0]).label == "moved"


def test_the_day_s_view_serves_a_light_that_was_not_learned(path: str) -> None:
    sign_off(path, day())
    assert view_for(path, "night")[0] == view_for(path, "day")[0] is not None


def test_a_new_view_of_a_camera_that_was_moved_replaces_all(path: str) -> None:
    for frames in (day(1), by_night(day(1))):
        sign_off(path, frames)
    assert sign_off(path, by_night(day(2))) == path
    assert [one.name for one in Path(path).parent.iterdir()] == ["one.json"]


def test_a_day_s_view_learned_again_keeps_the_others_that_fit(path: str) -> None:
    sign_off(path, day(1))
    sign_off(path, by_night(day(1)))
    sign_off(path, day(1, 3))
    assert Path(signed_path(path, "night")).exists()
    sign_off(path, day(2))
    assert not Path(signed_path(path, "night")).exists()


def furnished(steps: int, seed: int = 3) -> scenes.Frames:
    """The room after so many steps: with each, one more piece stands elsewhere."""
    view, chance = scenes.room(seed), np.random.default_rng(9)
    for _ in range(steps):
        x, y = int(chance.integers(0, 280)), int(chance.integers(0, 150))
        cv2.rectangle(view, (x, y), (x + 38, y + 26), chance.uniform(50, 200, 3).tolist(), -1)
        cv2.rectangle(view, (x + 8, y + 6), (x + 20, y + 16), chance.uniform(50, 200, 3).tolist(), -1)
    return scenes.burst(view, steps)


def test_furniture_that_changes_piece_by_piece_is_taken_over(path: str) -> None:
    sign_off(path, furnished(0))
    for steps in range(1, 9):
        assert take_over(path, furnished(steps)) == ""
    view, _ = view_for(path, "day")
    assert judge(furnished(9), scenes.times(), reference=view).label == "healthy"
    assert sign_off(path, day(1)) == path
    assert not Path(fresh_path(path, "day")).exists(), "what a person learns replaces what was taken over"


def test_another_view_is_not_taken_over(path: str) -> None:
    sign_off(path, day(1))
    assert take_over(path, day(2)) == "sudden_change"
    assert not Path(fresh_path(path, "day")).exists()


def test_a_camera_that_sinks_a_little_every_day_is_not_followed() -> None:
    whole = scenes.room(4, size=(240, 400))
    signed = last = learn_reference(scenes.burst(whole[:180, :320], 1))
    for shift in range(1, 40):
        now = learn_reference(scenes.burst(whole[shift : 180 + shift, :320], shift))
        if step(signed, last, now):
            break
        last = now
    assert shift <= 10, "of 180 rows"


def test_a_lens_that_fogs_day_by_day_is_not_followed() -> None:
    view = scenes.room(5)
    signed = last = learn_reference(scenes.burst(view, 1))
    said = ""
    for width in np.arange(0.2, 4, 0.2):
        now = learn_reference(scenes.burst(cv2.GaussianBlur(view, (0, 0), float(width)), 1))
        if said := step(signed, last, now):
            break
        last = now
    assert said
    assert last.sharpness >= 0.85 * signed.sharpness


@pytest.mark.parametrize("seed", range(3))
def test_two_cameras_that_changed_places_are_known_by_each_other_s_view(seed: int, tmp_path: Path) -> None:
    others = {f"camera {n}": [str(tmp_path / f"{n}.json")] for n in (1, 2)}
    for n, (path,) in enumerate(others.values()):
        sign_off(path, day(seed + 10 * n))
    assert whose_view(others, day(seed + 10, 4)) == "camera 2"
    assert whose_view(others, day(seed, 4)) == "camera 1"
    assert whose_view(others, day(seed + 30, 4)) == "", "moved to a view that no camera has"
    assert whose_view({}, day(seed)) == ""


def test_nothing_is_taken_over_in_a_light_that_nobody_learned(path: str) -> None:
    sign_off(path, day(1))
    assert take_over(path, by_night(day(1))) == "not_learned"


def test_a_day_of_calm_looks_makes_it_due_and_one_alarm_begins_anew() -> None:
    calm = Calm()
    for look in range(CALM_LOOKS):
        calm.take(look * CALM_SECONDS / 10, calm=True, taken_over=False)
    assert calm.due(CALM_LOOKS * CALM_SECONDS / 10)
    calm.take(2 * CALM_SECONDS, calm=False, taken_over=False)
    assert not calm.due(9 * CALM_SECONDS)


@given(st.lists(st.tuples(st.floats(0, 7200), st.booleans()), max_size=60))
def test_never_due_within_a_day_of_something_to_say(looks: list[tuple[float, bool]]) -> None:
    calm, now, last = Calm(), 0.0, 0.0
    for later, good in looks:
        now += later
        calm.take(now, calm=good, taken_over=False)
        last = last if good else now
        assert not (calm.due(now) and now - last < CALM_SECONDS and last > 0)


@pytest.mark.parametrize(
    "odd",
    [{"label": "moved"}, {"doubt": "defocus"}, {"reference": "none"}, {"numbers": {}},
     {"numbers": {"in_place_share": 0.9, "framed_zoom": 1.5}}, {"state": "busy"}],
)  # fmt: skip
def test_only_a_look_without_anything_to_say_is_calm(odd: dict[str, object]) -> None:
    good = {
        "state": "judged", "label": "healthy", "doubt": "", "reference": "used", "numbers": {"in_place_share": 0.9}
    }  # fmt: skip
    assert is_calm(good)
    assert not is_calm(good | odd)
