"""What all faults of bench.clips share: the table of mechanisms, and clips made of a studio's pictures."""

from __future__ import annotations

from collections.abc import Callable

from bench.clips.video_coding import coded
from bench.clips.video_sources import Light
from bench.clips.video_studio import Clip, Studio, even
from bench.clips.video_webcam import Frames, delivered, shoot

Make = Callable[[Studio, int], Clip]
FAULTS: dict[tuple[str, str], tuple[Make, tuple[int, ...]]] = {}
"""(label, mechanism) → (what makes it, the severities that it has)."""


def fault(label: str, mechanism: str, *severities: int) -> Callable[[Make], Make]:
    def keep(make: Make) -> Make:
        FAULTS[label, mechanism] = (make, severities)
        return make

    return keep


def clip_of(
    s: Studio,
    label: str,
    severity: int,
    mechanism: str,
    frames: Frames,
    *,
    arrivals: list[float] | None = None,
    nominal: float = 10.0,
    ref: Frames | None = None,
    damaged: int = 0,
) -> Clip:
    times = arrivals if arrivals is not None else even(len(frames), 10.0, s.chance)
    return Clip(
        frames, label, severity, mechanism, s.scene.name, s.ref() if ref is None else ref, times, nominal, damaged
    )


def raw(s: Studio, lights: list[Light] | None = None) -> Frames:
    return shoot(s.lights() if lights is None else lights, s.webcam, s.chance)


def out(s: Studio, frames: Frames) -> Frames:
    """Through the camera's encoder, as the judge gets it."""
    return delivered(coded(frames, s.webcam.coding))
