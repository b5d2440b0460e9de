"""The acoustic check as the room user's session part makes it, where the sound server is closed to us: numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probes.reading import CannotMeasure, Context, Fact, Outcome, Reading, SessionSilent
from probes.why import Why, because

FINDINGS = (
    "", "speaker_silent", "microphone_silent", "wrong_microphone", "delay", "level_low", "echo", "distorted",
    "speaker_channel", "microphone_channel", "wrong_rate",
)  # fmt: skip
"""What may be found. No word leaves a session: its place in this list does."""

REASONS = (
    "no_usable_answer", "no_loudspeaker_here", "no_microphone_here", "one_is_muted", "sound_in_use", "somebody_joined",
    "no_sound_to_record", "room_loud", "heard_in_room", "device_fell_silent", "sweep_not_played", "sound_stuttered",
    "may_cancel", "too_loud_for_sweep", "screen_asleep", "screen_may_sleep", "child_deadline",
)  # fmt: skip
"""Why nothing may be said, likewise; their values go along where they are numbers."""

WITHOUT_NAMES = {
    "program_records": because("sound_in_use"),
    "program_plays": because("sound_in_use"),
    "sweep_refused": because("sweep_not_played"),
}
"""Reasons that hold a name, and what they come to without it."""


async def checked_by_session(
    wanted: Mapping[str, Any], target: str, context: Context, *, asked: bool
) -> Reading | CannotMeasure | None:
    """None where no session part is installed. wanted: the probe's settings; target: its source, as configured."""
    if context.session is None:
        return None
    try:
        told = await context.session("acoustic", {"acoustic": dict(wanted), "asked": asked})
    except SessionSilent as silent:
        return CannotMeasure(check="acoustic", target=target, reason=silent.reason, remedy=silent.remedy)
    return from_numbers(told, str(wanted.get("sink", "")), target) if told is not None else None


def to_numbers(outcome: Outcome) -> dict[str, float]:
    """An outcome without its words."""
    if isinstance(outcome, Reading):
        finding = outcome.finding.removeprefix("acoustic_")
        place = FINDINGS.index(finding) if finding in FINDINGS else -1
        return {**outcome.values, "judged": 1.0, "finding": float(place), "confidence": outcome.confidence}
    reason = WITHOUT_NAMES.get(outcome.reason.code, outcome.reason)
    place = REASONS.index(reason.code) if reason.code in REASONS else 0
    numbers = {f"reason_{name}": float(value) for name, value in reason.values.items()
               if isinstance(value, int | float)}  # fmt: skip
    return {"judged": 0.0, "reason": float(place), **numbers}


def from_numbers(told: Mapping[str, float], sink: str, source: str) -> Reading | CannotMeasure:
    """The outcome again, under the names that the configuration has."""
    finding, place = int(told.get("finding", -1)), int(told.get("reason", 0))
    if not told.get("judged") or not 0 <= finding < len(FINDINGS):
        code = REASONS[place] if 0 <= place < len(REASONS) else REASONS[0]
        values = {name.removeprefix("reason_"): round(value) for name, value in told.items() if "reason_" in name}
        return CannotMeasure(check="acoustic", target=source, reason=Why(code, values))
    evidence: dict[str, Fact] = {
        "loudspeaker": sink or "default",
        "microphone": source or "default",
        "sound_server": because("asked_through_session"),
    }
    return Reading(
        check="acoustic",
        target=source,
        values={name: value for name, value in told.items() if name not in ("judged", "finding", "confidence")},
        finding=f"acoustic_{FINDINGS[finding]}" if finding else "",
        confidence=told.get("confidence", 1.0),
        evidence=evidence,
    )
