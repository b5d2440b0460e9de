"""What several looks show together: sums of evidence, and what the probe makes of a doubt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from probes.camera import NetworkCamera, Settings, probe
from probes.camera.answer import PICTURE, read_answer
from probes.camera.gathering import gather
from probes.child.isolate import Isolation
from probes.reading import CannotMeasure, Context, Reading
from probes.why import because
from tests.reasons.english import advice, english


def looks(*weights: float) -> list[str]:
    sums: dict[str, float] = {}
    return [gather(sums, {"frozen": weight} if weight else {}) for weight in weights]


def test_looks_close_under_the_limit_add_up() -> None:
    assert looks(0.95, 0.95, 0.95) == ["", "", "frozen"]


def test_healthy_looks_between_take_it_away_again() -> None:
    assert not any(looks(*[0.9, 0.0] * 20))
    assert not any(looks(*[0.5] * 50))


def test_what_was_said_is_forgotten_after_healthy_looks() -> None:
    said = looks(0.95, 0.95, 0.95, 0.0, 0.0, 0.0)
    assert said == ["", "", "frozen", "", "", ""]


def test_labels_do_not_add_to_each_other() -> None:
    sums: dict[str, float] = {}
    said = [gather(sums, {label: 0.95}) for label in ("frozen", "corruption") * 2]
    assert said == ["", "", "", ""]


def answer(**more: Any) -> dict[str, Any]:
    return {
        "state": "judged", "label": "healthy", "confidence": 0.9, "doubt": "", "detail": "",
        "numbers": {"frames": 15.0},
        "width": 640, "height": 360, "nominal_fps": 30.0, "reference": "none", **more,
    }  # fmt: skip


def test_a_doubt_is_unknown_with_a_reason_and_alarms_nobody() -> None:
    outcome = read_answer("lobby", answer(doubt="colour_cast"))
    assert isinstance(outcome, CannotMeasure)
    assert "Camera colours are wrong" in english(outcome.reason) and "lobby" in advice(outcome.remedy)


def test_what_was_gathered_is_a_finding_of_several_looks() -> None:
    outcome = read_answer("lobby", answer(doubt="frozen"), "frozen")
    assert isinstance(outcome, Reading)
    assert (outcome.finding, outcome.confidence, outcome.evidence["seen_over"]) == (
        "camera_frozen",
        0.5,
        because("several_looks"),
    )


@pytest.mark.parametrize(
    ("label", "detail", "finding"),
    [
        ("moved", "", "camera_moved"),
        ("moved", "upside_down", "camera_upside_down"),
        ("moved", "mirrored", "camera_mirrored"),
        ("moved", "swapped", "camera_swapped"),
        ("privacy_closed", "", "camera_privacy_closed"),
    ],
)
def test_each_finding_is_a_fault_of_the_catalogue(label: str, detail: str, finding: str) -> None:
    from alerting.model.catalogue import KINDS

    outcome = read_answer("lobby", answer(label=label, detail=detail))
    assert isinstance(outcome, Reading) and outcome.finding == finding
    assert finding in KINDS


class Answering(Isolation):
    """Answers in the child's place, look by look, and keeps what was asked."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        super().__init__()
        self.answers, self.asked = list(answers), []  # type: ignore[var-annotated]

    async def run(self, function, argument, **options):  # type: ignore[no-untyped-def]
        self.asked.append(dict(argument))
        return self.answers.pop(0)


ROOM = {"lobby": NetworkCamera(url="rtsp://127.0.0.1:1/room")}


async def test_three_looks_close_under_the_limit_are_one_finding(make_context: Callable[..., Context]) -> None:
    looks = [answer(gathers={"frozen": 0.95}) for _ in range(3)]
    context = make_context(memory={"isolation": Answering(*looks)}, wake="once")
    found = []
    for _ in looks:
        outcomes = await probe(Settings(network=ROOM), context)
        found += [one.finding for one in outcomes if isinstance(one, Reading) and one.check == PICTURE]
    assert found == ["", "", "camera_frozen"]


@pytest.mark.parametrize(("turning", "turns"), [((), False), (("lobby",), True)])
async def test_a_camera_that_is_said_to_turn_is_judged_as_one(
    turning: tuple[str, ...], turns: bool, make_context: Callable[..., Context]
) -> None:
    isolation = Answering(answer())
    await probe(Settings(network=ROOM, turning=turning), make_context(memory={"isolation": isolation}, wake="once"))
    assert isolation.asked[0]["turns"] is turns


async def test_a_camera_that_frames_by_itself_is_found_out(make_context: Callable[..., Context]) -> None:
    framed = answer(numbers={"framed_zoom": 1.5})
    isolation = Answering(*[framed] * 4)
    context = make_context(memory={"isolation": isolation}, wake="once")
    for _ in range(4):
        await probe(Settings(network=ROOM), context)
    assert [one["turns"] for one in isolation.asked] == [False, False, False, True]


async def test_a_capture_card_is_looked_at_as_one(make_context: Callable[..., Context]) -> None:
    isolation = Answering({"state": "no_signal", "reason": "no_signal"})
    context = make_context(memory={"isolation": isolation}, wake="once")
    found = await probe(Settings(network=ROOM, capture_cards={"lobby": "always"}), context)
    assert isolation.asked[0]["card"] == "always"
    assert [one.finding for one in found if isinstance(one, Reading)] == ["camera_no_signal"]


def test_a_shutter_that_the_camera_tells_of_is_a_finding() -> None:
    outcome = read_answer("lobby", {"state": "closed", "reason": "its privacy shutter is closed"})
    assert isinstance(outcome, Reading) and outcome.finding == "camera_privacy_closed"
