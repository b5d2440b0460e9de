"""The microphone as the room user's session part tells of it, where its sound server is closed to us: numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

LABELS = (
    "healthy",
    "missing",
    "unusable",
    "digital_silence",
    "dead",
    "muted",
    "clipping",
    "too_quiet",
    "hum",
    "dc_offset",
    "dropouts",
    "constant_tone",
    "unknown",
    "garbled",
    "muffled",
    "hiss",
    "buzz",
    "wind",
    "echo",
    "wrong_rate",
    "pumping",
    "inverted",
    "channel_dead",
)
"""What the judge may say. No word leaves a session: its place in this list does."""

PROBLEMS = ("", "absent", "busy", "refused", "stalled", "gone")
"""What may go wrong while capturing, likewise."""


def to_numbers(answer: Mapping[str, Any]) -> dict[str, float]:
    """The capturing child's answer without its words."""
    problem, label = str(answer.get("problem", "")), str(answer.get("label", ""))
    numbers: dict[str, float] = {"problem": float(PROBLEMS.index(problem)) if problem in PROBLEMS else -1.0}
    numbers["label"] = float(LABELS.index(label)) if label in LABELS else -1.0
    numbers["confidence"] = float(answer.get("confidence", 0.0))
    values = answer.get("numbers", {})
    return numbers | {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
    }


def from_numbers(numbers: Mapping[str, float]) -> dict[str, Any]:
    """The answer again, as the capturing child would have given it."""
    rest = {name: value for name, value in numbers.items() if name not in ("problem", "label", "confidence")}
    return {
        "problem": _at(PROBLEMS, numbers.get("problem", 0.0), "refused"),
        "label": _at(LABELS, numbers.get("label", -1.0), "" if "problem" in numbers else "unusable"),
        "confidence": numbers.get("confidence", 0.0),
        "numbers": rest,
    }


def _at(words: tuple[str, ...], place: float, otherwise: str) -> str:
    return words[int(place)] if 0 <= place < len(words) else otherwise


def program_of(pid: int, proc: Path) -> str:
    """The name of the program with this pid, "" where there is none: everybody may read it."""
    try:
        return (proc / str(pid) / "comm").read_text(errors="replace").strip() if pid > 0 else ""
    except OSError:
        return ""
