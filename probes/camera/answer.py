"""What the capturing child answered, as outcomes. Resident and light; pure."""

from __future__ import annotations

from typing import Any

from probes.reading import CannotMeasure, Fact, Outcome, Reading
from probes.why import Why, because, to_do, why_in

PICTURE = "camera"
WITHOUT_SIGNAL = {
    "no_signal": because("input_no_signal"),
    "no_power": because("input_no_power"),
    "unsteady": because("input_unsteady"),
}
OWN_KIND = {"upside_down": "upside_down", "mirrored": "mirrored", "swapped": "swapped"}
"""Detail of a verdict → the fault code's ending, where people have something else to do than for the label."""


def read_answer(name: str, answer: dict[str, Any], gathered: str = "", *, card: str = "") -> Outcome:
    """The child's numbers as an outcome. gathered: a label that only several looks together show. card: how a capture
    card is used, "" for a camera."""
    reason = why_in(answer.get("reason")) or because("no_usable_answer")
    match answer.get("state"):
        case "judged" | "missing" if card == "at_times":
            return CannotMeasure(check=PICTURE, target=name, reason=because("card_silent"))
        case "judged":
            return _judged(name, answer, gathered)
        case "signal":
            return Reading(check=PICTURE, target=name, values={"signal": 1.0})
        case "no_signal":
            return _without_signal(name, str(answer.get("reason", "")), card)
        case "busy":
            return CannotMeasure(check=PICTURE, target=name, reason=because("in_use", why=reason), busy_holder="?")
        case "closed":
            return Reading(check=PICTURE, target=name, finding="camera_privacy_closed", evidence={"reason": reason})
        case "missing":
            return Reading(check=PICTURE, target=name, finding="camera_no_frames", evidence={"reason": reason})
        case "login":
            remedy = to_do("check_password", name=name)
            return CannotMeasure(check=PICTURE, target=name, reason=reason, remedy=remedy)
        case "refused":
            return CannotMeasure(check=PICTURE, target=name, reason=reason, remedy=to_do("join_video"))
        case _:
            return CannotMeasure(check=PICTURE, target=name, reason=reason)


def _without_signal(name: str, state: str, card: str) -> Outcome:
    """A capture card without a signal. For one that shows people's computers that is no fault; for one that the
    configuration does not name it may be none."""
    if not card:
        return CannotMeasure(check=PICTURE, target=name, reason=because("input_without_signal"))
    finding = "camera_no_signal" if card == "always" else ""
    return Reading(
        check=PICTURE, target=name, values={"signal": 0.0}, finding=finding, evidence={"reason": WITHOUT_SIGNAL[state]}
    )


def _judged(name: str, answer: dict[str, Any], gathered: str) -> Outcome:
    label, doubt = str(answer["label"]), str(answer.get("doubt", ""))
    alone = label != "healthy"
    if not alone and gathered:
        label = gathered
    elif not alone and doubt:
        reason = because("look_cannot_tell", fault=f"camera_{doubt}")
        return CannotMeasure(check=PICTURE, target=name, reason=reason, remedy=to_do("look_yourself", name=name))
    kind = OWN_KIND.get(str(answer.get("detail", "")), label)
    evidence: dict[str, Fact] = {
        "label": label,
        "format": f"{answer['width']}×{answer['height']}, {answer['nominal_fps']:g}/s",
        "reference": why_in(answer["reference"]) or str(answer["reference"]),
    }
    if answer.get("driver_mirrors"):
        evidence["reason"] = because("driver_mirrors")
    if answer.get("shows"):
        evidence["shows_view_of"] = str(answer["shows"])
    if gathered and not alone:
        evidence["seen_over"] = because("several_looks")
    return Reading(
        check=PICTURE,
        target=name,
        values={key: float(value) for key, value in answer["numbers"].items()},
        finding="" if label == "healthy" else f"camera_{kind}",
        confidence=float(answer["confidence"]) if alone or not gathered else 0.5,
        evidence=evidence,
    )


def hung(name: str, reason: Why) -> Reading:
    return Reading(check=PICTURE, target=name, finding="camera_no_frames", evidence={"reason": reason})


def yielded(name: str) -> CannotMeasure:
    return CannotMeasure(check=PICTURE, target=name, reason=because("gave_way"), busy_holder="?")
