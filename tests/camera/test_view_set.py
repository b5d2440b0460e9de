"""Several views of one camera, and cameras that turn or frame by themselves: never moved. On drawn rooms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from probes.camera.driver_linux import DriverFacts
from probes.camera.freshness import is_calm
from probes.camera.habits import FRAMED_TIMES, RETURNED_TIMES, CameraHabits, KnownHabits
from probes.camera.judged import judged
from probes.camera.limits import Limits
from probes.camera.view_set import MOST_VIEWS, learned_places, place_of
from probes.why import because
from tests.camera import scenes
from tests.reasons.english import english

FACTS = {"width": 640, "height": 360, "nominal_fps": 10.0, "burst_seconds": 1.5, "damaged": 0}


def view(seed: int, number: int = 0) -> scenes.Frames:
    return scenes.burst(scenes.room(seed), number, person=False)


class Camera:
    """What the child answers, look by look, with its views in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "camera" / "one.json")

    def look(self, frames: scenes.Frames, position: tuple[int, ...] = (), **argument: Any) -> dict[str, Any]:
        asked = {"reference": self.path, **argument}
        return judged(frames, scenes.times(), FACTS, asked, Limits(), DriverFacts(position=position))

    def learn(self, frames: scenes.Frames, position: tuple[int, ...] = (), *, also: bool = False) -> dict[str, Any]:
        asked = {"learn": self.path, "also": also}
        return judged(frames, scenes.times(), FACTS, asked, Limits(), DriverFacts(position=position))


@pytest.fixture
def camera(tmp_path: Path) -> Camera:
    return Camera(tmp_path)


HOME, DOOR, ELSEWHERE = (0, 0, 100), (36_000, -7_200, 100), (-90_000, 0, 100)


def test_a_camera_that_tells_its_position_is_compared_with_the_view_of_that_place(camera: Camera) -> None:
    camera.learn(view(1), HOME)
    camera.learn(view(2), DOOR)
    assert len(learned_places(camera.path)) == 2
    for seed, position in ((1, HOME), (2, DOOR)):
        seen = camera.look(view(seed, 4), position)
        assert (seen["label"], seen["reference"]) == ("healthy", "used")
    turned = camera.look(view(3, 4), ELSEWHERE)
    assert turned["label"] == "healthy"
    assert turned["reference"] == because("no_view_of_place")


def test_its_only_view_still_tells_when_it_was_moved_by_hand(camera: Camera) -> None:
    camera.learn(view(1), HOME)
    assert camera.look(view(2, 4), HOME)["label"] == "moved"
    assert camera.look(view(2, 4), DOOR)["label"] == "healthy"


def test_a_view_that_was_learned_before_positions_were_kept_holds_everywhere(camera: Camera) -> None:
    camera.learn(view(1))
    assert camera.look(view(1, 4), HOME)["reference"] == "used"
    assert camera.look(view(2, 4), HOME)["label"] == "moved"


def test_presets_without_positions_are_learned_one_beside_the_other(camera: Camera) -> None:
    camera.learn(view(1))
    for seed in (2, 3):
        assert camera.learn(view(seed), also=True)["learned"]
    for seed in (1, 2, 3):
        assert Path(place_of(camera.path, (), view(seed, 5))).name == ("one.json", "one.2.json", "one.3.json")[seed - 1]
        assert camera.look(view(seed, 5))["label"] == "healthy"
    between = camera.look(view(4, 5))
    assert (between["label"], between["numbers"]["view_put_aside"]) == ("healthy", 1.0)
    assert not is_calm(between), "what is no learned view is not taken over"


def test_a_fault_is_still_seen_at_a_preset(camera: Camera) -> None:
    camera.learn(view(1))
    camera.learn(view(2), also=True)
    assert camera.look(scenes.blurred(view(2, 5), 3))["label"] == "defocus"


def test_a_set_has_an_end_and_learning_anew_begins_it_again(camera: Camera) -> None:
    for seed in range(MOST_VIEWS):
        assert camera.learn(view(seed), also=True)["learned"]
    full = camera.learn(view(30), also=True)
    assert full["learned"] == "" and "--also" in english(full["reason"])
    camera.learn(view(31))
    assert [Path(one).name for one in learned_places(camera.path)] == ["one.json"]
    assert [one.name for one in Path(camera.path).parent.iterdir()] == ["one.json"]


def test_a_camera_that_turns_by_itself_is_never_moved_and_its_view_is_used_where_it_shows(camera: Camera) -> None:
    camera.learn(view(1))
    assert camera.look(view(2, 4))["label"] == "moved"
    assert camera.look(view(2, 4), turns=True)["label"] == "healthy"
    assert camera.look(scenes.blurred(view(1, 4), 3), turns=True)["label"] == "defocus"


def test_a_driver_that_mirrors_is_told_unless_a_person_vouched_for_the_view(camera: Camera) -> None:
    def look() -> dict[str, Any]:
        asked = {"reference": camera.path}
        return judged(view(1, 4), scenes.times(), FACTS, asked, Limits(), DriverFacts(mirrored=True))

    assert (look()["label"], look()["detail"]) == ("moved", "mirrored")
    camera.learn(view(1))
    assert look()["label"] == "healthy"


FRAMED = {"label": "healthy", "numbers": {"framed_zoom": 1.5}}
AWAY: dict[str, Any] = {"label": "moved", "detail": "", "numbers": {"in_place_share": 0.0}}
BACK = {"label": "healthy", "numbers": {"in_place_share": 0.8}}


@pytest.mark.parametrize(
    ("looks", "turns"),
    [
        ([FRAMED] * FRAMED_TIMES, True),
        ([FRAMED] * (FRAMED_TIMES - 1), False),
        ([AWAY] * 50, False),
        ([AWAY, BACK] * RETURNED_TIMES, True),
        ([AWAY, BACK] * (RETURNED_TIMES - 1) + [AWAY] * 9, False),
        ([BACK] * 50, False),
        ([{**AWAY, "detail": "mirrored"}, BACK] * 9, False),
        ([AWAY, {"label": "healthy", "numbers": {}}] * 9, False),
    ],
)
def test_what_a_camera_does_again_and_again_is_its_habit(looks: list[dict[str, Any]], turns: bool) -> None:
    habits = CameraHabits()
    for one in looks:
        habits.take(one)
    assert habits.turns is turns


def test_habits_outlast_a_restart_and_a_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "state" / "habits.json"
    for _ in range(FRAMED_TIMES):
        KnownHabits(file).take("lobby", FRAMED)
    assert KnownHabits(file).turns("lobby")
    assert not KnownHabits(file).turns("hall")
    file.write_bytes(b"{")
    assert not KnownHabits(file).turns("lobby")
