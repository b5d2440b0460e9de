"""Pure judge of a burst: pictures and arrival times in, label, confidence and numbers out. Refuses any I/O.

The order of the rules is part of the judgement: a black picture is also blurred, a frozen one also still.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from probes.camera.limits import Limits
from probes.camera.reference import Reference

Frames: TypeAlias = NDArray[np.uint8]
HEALTHY = "healthy"
LABELS = (
    HEALTHY,
    "no_frames",
    "low_fps",
    "frozen",
    "black",
    "covered",
    "overexposed",
    "defocus",
    "colour_cast",
    "corruption",
    "moved",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """label: one of LABELS. confidence: 0 to 1. numbers: what it was judged by, plain floats."""

    label: str
    confidence: float
    numbers: Mapping[str, float] = field(default_factory=dict)


def judge(
    frames: Frames,
    arrivals: Sequence[float],
    *,
    reference: Reference | None = None,
    nominal_fps: float = 10.0,
    limits: Limits | None = None,
) -> Verdict:
    """Judge one burst of about 1.5 s.

    frames: T×H×W×3, blue-green-red, uint8. arrivals: milliseconds since streaming began, one for each picture that
    the camera delivered (there may be more than frames). reference: the signed-off view, where the room has one.
    Raises ValueError for an array of another shape or type.
    """
    frames = np.asarray(frames)
    if frames.ndim != 4 or frames.shape[3] != 3 or frames.dtype != np.uint8:
        raise ValueError(f"frames must be T×H×W×3 of uint8, not {frames.shape} of {frames.dtype}")
    limits = limits or Limits()
    numbers = {"frames": float(len(frames))}
    if len(frames) <= 1 or min(frames.shape[1:3]) < 1:
        return Verdict(label="no_frames", confidence=1.0, numbers=numbers)
    return _judge(frames, arrivals, reference, nominal_fps, limits, numbers)


def _judge(
    frames: Frames,
    arrivals: Sequence[float],
    reference: Reference | None,
    nominal_fps: float,
    limits: Limits,
    numbers: dict[str, float],
) -> Verdict:
    rate = delivered_share(arrivals, nominal_fps)
    numbers["rate_share"] = rate
    grey = frames[..., 1].astype(np.float32)
    steps = np.abs(np.diff(grey, axis=0)).mean(axis=(1, 2))
    repeats = float((steps < limits.same_picture_difference).mean())
    numbers |= {"repeated_share": repeats, "luma_mean": float(grey.mean())}
    if numbers["luma_mean"] < limits.black_luma and float(grey.mean(axis=0).std()) < 2.0:
        return Verdict(label="black", confidence=1.0, numbers=numbers)
    if rate < limits.low_rate_share:
        return Verdict(label="low_fps", confidence=1.0, numbers=numbers)
    if repeats > limits.frozen_share:
        return Verdict(label="frozen", confidence=1.0, numbers=numbers)
    return Verdict(label=HEALTHY, confidence=1.0, numbers=numbers)


def delivered_share(arrivals: Sequence[float], nominal_fps: float) -> float:
    """Delivered rate over nominal rate, from arrival times in ms since the start; 1.0 where it cannot be told."""
    times = np.asarray(arrivals, dtype=float)
    times = times[np.isfinite(times)]
    if len(times) < 2 or not nominal_fps > 0.0:
        return 1.0
    span = max(float(times.max()), 1.0)
    return float(len(times) * 1000.0 / span / nominal_fps)
