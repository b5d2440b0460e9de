"""From a burst to what the child answers: the view that holds, the verdict, what is learned from it. Runs in the child.

Only numbers leave it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from probes.camera.freshness import is_calm
from probes.camera.no_signal import shows_no_signal
from probes.camera.view_set import MOST_VIEWS, keep_only, learned_places, place_of, place_to_learn
from probes.camera.views import light_of, sign_off, take_over, view_for, whose_view
from probes.why import Why, because

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from probes.camera.driver_linux import DriverFacts
    from probes.camera.limits import Limits
    from probes.camera.reference import Reference

    Frames: TypeAlias = NDArray[np.uint8]


def judged(
    frames: Frames,
    arrivals: list[float],
    facts: Mapping[str, Any],
    argument: Mapping[str, Any],
    limits: Limits,
    driver: DriverFacts,
) -> dict[str, Any]:
    """The answer for a burst. facts: how it was taken; argument: as of capture.look; driver: what the camera says."""
    card = str(argument.get("card", ""))
    if card and len(frames) > 1:
        if shows_no_signal(frames, limits):
            return {"state": "no_signal", "reason": "no_signal"}
        if card == "at_times":
            return {"state": "signal"}
    answer = _verdict(frames, arrivals, facts, argument, limits, driver)
    if answer["label"] == "moved":
        others = {name: learned_places(path) for name, path in (argument.get("others") or {}).items()}
        if shows := whose_view(others, frames):
            answer |= {"detail": "swapped", "shows": shows}
    if argument.get("learn"):
        answer |= _learned(str(argument["learn"]), frames, driver, answer, also=bool(argument.get("also")))
    elif argument.get("take_over") and is_calm(answer):
        place = place_of(str(argument["reference"]), driver.position, frames)
        answer["not_taken_over"] = take_over(place, frames)
    return answer


def _verdict(
    frames: Frames,
    arrivals: list[float],
    facts: Mapping[str, Any],
    argument: Mapping[str, Any],
    limits: Limits,
    driver: DriverFacts,
) -> dict[str, Any]:
    from probes.camera.judge_frames import judge

    reference: Reference | None = None
    complaint: Why | None = None
    turns = bool(argument.get("turns"))
    if (path := str(argument.get("reference") or "")) and len(frames):
        turns = turns or len(learned_places(path)) > 1
        if place := place_of(path, driver.position, frames):
            reference, complaint = view_for(place, light_of(frames))
        else:
            complaint = because("no_view_of_place")
    verdict = judge(
        frames, arrivals, reference=reference, nominal_fps=float(facts["nominal_fps"]), limits=limits,
        burst_seconds=float(facts["burst_seconds"]), damaged=int(facts["damaged"]), turns=turns,
    )  # fmt: skip
    answer: dict[str, Any] = {
        "state": "judged",
        "label": verdict.label,
        "confidence": round(verdict.confidence, 3),
        "doubt": verdict.doubt,
        "detail": verdict.detail,
        "gathers": dict(verdict.gathers),
        "numbers": {name: _short(value) for name, value in verdict.numbers.items()},
        "reference": complaint or ("used" if reference is not None else "none"),
        **facts,
    }
    if driver.mirrored and reference is None and verdict.label == "healthy":  # with a view, a person has vouched for it
        answer |= {"label": "moved", "detail": "mirrored", "confidence": 1.0, "driver_mirrors": True}
    return answer


def _learned(
    path: str, frames: Frames, driver: DriverFacts, answer: Mapping[str, Any], *, also: bool
) -> dict[str, Any]:
    """The file of the new view, or "" with a reason."""
    if answer["label"] not in ("healthy", "moved"):
        return {"learned": "", "reason": because("not_fit_to_learn", fault=f"camera_{answer['label']}")}
    place = place_to_learn(path, driver.position, also=also)
    if not place:
        return {"learned": "", "reason": because("views_enough", count=MOST_VIEWS)}
    if not also and not driver.position:
        keep_only(path, place)
    return {"learned": sign_off(place, frames, driver.position)}


def _short(value: float) -> float:
    return float(f"{value:.5g}")
