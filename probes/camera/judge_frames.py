"""Pure judge of a burst: pictures and arrival times in, label, confidence and numbers out. Refuses any I/O.

The order of the rules is part of the judgement: a black picture is also blurred, a frozen one also still.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from probes.camera import corruption, features
from probes.camera.corners import find_corners, in_place
from probes.camera.reference import Reference, spread, still_picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probes.camera.limits import Limits

Frames: TypeAlias = "NDArray[np.uint8]"
HEALTHY = "healthy"
GROSSLY = 2.5
"""Times a colour limit: no cloth, film or lamp gets there, swapped or dead chroma does."""
SOMEWHAT = 0.5
"""Times the share of lost cells from which a picture without an edge is a cover: a dark room loses edges, not cells."""
LEAST_RUN = 5
"""Pairs of quiet pictures in a row from which it can be told how they are quiet."""
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
    if limits is None:
        from probes.camera.limits import Limits  # with msgspec, which a capturing child does without

        limits = Limits()
    numbers = {"frames": float(len(frames))}
    if len(frames) <= 1 or min(frames.shape[1:3]) < 2:  # a single row or column shows nothing
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
    def verdict(label: str, name: str = "", limit: float = 0.0) -> Verdict:
        return Verdict(label=label, confidence=_confidence(numbers.get(name, 1.0), limit), numbers=numbers)

    if reference is not None and reference.size != (frames.shape[2], frames.shape[1]):
        reference = None  # learned in another format: its pixels are not these
        numbers["reference_of_other_size"] = 1.0
    greys = features.grey(frames)
    average = np.asarray(np.mean(np.stack(greys), axis=0, dtype=np.float32))
    numbers["rate_share"] = delivered_share(arrivals, nominal_fps)
    numbers["luma_mean"] = float(average.mean())
    numbers["edge_share_average"] = features.edge_share(average)
    if numbers["luma_mean"] < limits.black_luma:
        numbers["steady_structure"] = features.steady_structure(greys)
        if numbers["steady_structure"] < limits.black_structure:
            return verdict("black", "steady_structure", limits.black_structure)
    if numbers["rate_share"] < limits.low_rate_share:
        return verdict("low_fps", "rate_share", limits.low_rate_share)
    some = spread(len(frames))
    numbers["clipped_share"] = float(np.median([features.clipped_share(greys[n]) for n in some]))
    if numbers["clipped_share"] > limits.clipped_share:
        return verdict("overexposed", "clipped_share", limits.clipped_share)
    if (still := _frozen(greys, limits, numbers)) is not None:
        return still
    return (
        _corrupted(greys, limits, numbers)
        or _wrong_colour(frames, some, reference, limits, numbers, grossly=True)  # dead chroma also hides structure
        or _covered(greys, some, reference, limits, numbers)
        or _wrong_colour(frames, some, reference, limits, numbers)
        or _blurred(greys, some, reference, limits, numbers, grossly=True)  # no corner is left to be found
        or _moved(greys, some, reference, limits, numbers)
        or _swapped(frames, some, reference, limits, numbers)  # colours at their place: of a view that is at its own
        or _blurred(greys, some, reference, limits, numbers)
        or verdict(HEALTHY)
    )


def _confidence(value: float, limit: float) -> float:
    """0.5 at the limit, near 1 at double or half of it."""
    low, high = sorted((abs(value), abs(limit)))
    return 1.0 if high == 0.0 or limit == 0.0 else min(1.0, 0.5 + (high - low) / high)


def _frozen(greys: list[NDArray[np.uint8]], limits: Limits, numbers: dict[str, float]) -> Verdict | None:
    """Pictures that repeat. A quiet camera's hardly differ either, but what little does lies all over the picture,
    and wanders where the camera reduces its noise over time."""
    changes = features.Changes(greys, plain=numbers["edge_share_average"] < limits.plain_edge_share)
    steps = changes.to_previous()
    numbers["repeated_share"] = float((steps < limits.same_picture_change).mean())
    _, identical = features.longest_run(np.array([not changes.cells(n, n - 1).any() for n in range(1, len(greys))]))
    numbers["identical_run"] = float(identical)
    quiet = False
    if numbers["repeated_share"] > limits.frozen_share:
        first, run = features.longest_run(steps < limits.same_picture_change)
        if run >= LEAST_RUN and identical < limits.frozen_run:
            numbers["touched_share"] = changes.touched(first, first + run)
            numbers["drift"] = changes.drift(first, first + run)
            wanders = (
                numbers["drift"] > limits.living_drift or numbers["edge_share_average"] < limits.defocus_edge_share
            )
            quiet = numbers["touched_share"] > limits.living_blocks and wanders
        if not quiet:
            confidence = _confidence(numbers["repeated_share"], limits.frozen_share)
            return Verdict(label="frozen", confidence=confidence, numbers=numbers)
    numbers["loop_change"] = min(changes.loop(), 255.0)
    if numbers["loop_change"] < limits.same_picture_change and numbers["loop_change"] < 0.5 * float(np.median(steps)):
        confidence = _confidence(numbers["loop_change"], limits.same_picture_change)
        return Verdict(label="frozen", confidence=confidence, numbers=numbers)
    return None


def _corrupted(greys: list[NDArray[np.uint8]], limits: Limits, numbers: dict[str, float]) -> Verdict | None:
    impulse, line, blocks = corruption.transients(greys)
    some = greys[::2]
    steps = corruption.row_steps(some)
    usual = np.median(steps, axis=0)
    torn = max(corruption.tear(one, step, usual) for one, step in zip(some, steps, strict=True))
    if torn > limits.tear_gain:  # one that never moves is an edge of the room
        still = still_picture(some)
        torn -= corruption.tear(still, corruption.row_steps([still])[0], usual)
    numbers |= {"impulse_share": impulse, "line_rows": line, "block_steps": blocks, "tear_gain": torn}
    for name, limit in (
        ("impulse_share", limits.impulse_share),
        ("line_rows", limits.line_rows),
        ("block_steps", limits.block_steps),
        ("tear_gain", limits.tear_gain),
    ):
        if numbers[name] > limit:
            return Verdict(label="corruption", confidence=_confidence(numbers[name], limit), numbers=numbers)
    return None


def _covered(
    greys: list[NDArray[np.uint8]],
    some: list[int],
    reference: Reference | None,
    limits: Limits,
    numbers: dict[str, float],
) -> Verdict | None:
    now = np.median([features.structure_map(greys[n].astype(np.float32)) for n in some], axis=0).ravel()
    flat = float((now < limits.flat_structure).mean())
    numbers["flat_share"] = flat
    if reference is not None:
        learned = np.array(reference.structure)
        held = learned >= limits.flat_structure
        if held.mean() < limits.least_structured_share:
            return None  # a view of a bare wall: nothing that could be lost
        lost = float((now[held] < limits.lost_structure * learned[held]).mean())
        numbers["lost_share"] = lost
        numbers["structure_alike"] = features.alike(now, learned)
        if numbers["edge_share_average"] < limits.plain_edge_share and lost > SOMEWHAT * limits.covered_share:
            return Verdict(label="covered", confidence=0.9, numbers=numbers)  # soft folds, and no edge of the room
        if lost > limits.covered_share:
            return Verdict(label="covered", confidence=_confidence(lost, limits.covered_share), numbers=numbers)
        return None
    plain = numbers["edge_share_average"] < limits.plain_edge_share
    wall = numbers["luma_mean"] > limits.wall_luma and numbers["greyest"] < limits.wall_greyest
    if wall and plain:
        numbers["unevenness"] = features.unevenness(still_picture([greys[n] for n in some]).astype(np.float32))
        wall = numbers["unevenness"] < limits.wall_unevenness
    if plain and numbers["luma_mean"] >= limits.moved_luma and not wall:
        return Verdict(label="covered", confidence=0.9, numbers=numbers)
    if flat > limits.flat_share and not wall:
        return Verdict(label="covered", confidence=_confidence(flat, limits.flat_share), numbers=numbers)
    return None


def _wrong_colour(
    frames: Frames,
    some: list[int],
    reference: Reference | None,
    limits: Limits,
    numbers: dict[str, float],
    *,
    grossly: bool = False,
) -> Verdict | None:
    """grossly: only what no cover, lamp or paint explains."""
    if "greyest" not in numbers:
        red, blue, greyest = np.median([features.colour_balance(frames[n]) for n in some[::2]], axis=0)
        numbers["greyest"] = float(greyest)
        if reference is not None:
            numbers["balance_shift"] = float(max(abs(red - reference.red), abs(blue - reference.blue)))
            numbers["greyest_shift"] = float(greyest - reference.greyest)
    factor = GROSSLY if grossly else 1.0
    tests = {"greyest": limits.greyest_colour}
    if reference is not None:
        tests = {"balance_shift": limits.balance_shift, "greyest_shift": limits.greyest_shift}
    for name, limit in tests.items():
        if numbers[name] > factor * limit:
            return Verdict(label="colour_cast", confidence=_confidence(numbers[name], limit), numbers=numbers)
    return None


def _swapped(
    frames: Frames, some: list[int], reference: Reference | None, limits: Limits, numbers: dict[str, float]
) -> Verdict | None:
    if reference is None or numbers["luma_mean"] < limits.moved_luma:
        return None
    reds, blues = np.median([features.chroma_cells(frames[n]) for n in some[::2]], axis=0)
    learned = np.array(reference.reds, np.float32), np.array(reference.blues, np.float32)
    numbers["swapped_chroma"] = features.swapped_chroma(reds, blues, *learned)
    if numbers["swapped_chroma"] > limits.swapped_chroma:
        confidence = _confidence(numbers["swapped_chroma"], limits.swapped_chroma)
        return Verdict(label="colour_cast", confidence=confidence, numbers=numbers)
    return None


def _moved(
    greys: list[NDArray[np.uint8]],
    some: list[int],
    reference: Reference | None,
    limits: Limits,
    numbers: dict[str, float],
) -> Verdict | None:
    if reference is None or numbers["luma_mean"] < limits.moved_luma:
        return None
    share, asked = in_place(reference.corners(), find_corners(still_picture([greys[n] for n in some])))
    numbers |= {"in_place_share": share, "corner_cells": float(asked)}
    share += 1.0 / max(1, asked)  # one cell more than were found: few cells prove little
    elsewhere = numbers.get("structure_alike", 0.0) < limits.structure_alike
    if asked >= limits.moved_cells and share < limits.in_place_share and elsewhere:
        return Verdict(label="moved", confidence=_confidence(share, limits.in_place_share), numbers=numbers)
    return None


def _blurred(
    greys: list[NDArray[np.uint8]],
    some: list[int],
    reference: Reference | None,
    limits: Limits,
    numbers: dict[str, float],
    *,
    grossly: bool = False,
) -> Verdict | None:
    if "sharpness" not in numbers:
        found = [features.sharpness_map(greys[n].astype(np.float32)) for n in some[::2]]
        numbers["sharpness"] = float(np.median([one[0] for one in found]))
        numbers["edge_share"] = float(np.median([one[1] for one in found]))
        if reference is not None:
            now = np.median([one[2] for one in found], axis=0).ravel()
            learned = np.array(reference.sharp, np.float32)
            added, cells = features.added_blur(now, learned)
            sharpest = np.max([one[2] for one in found], axis=0).ravel()
            numbers |= {"added_blur": added, "sharpness_cells": float(cells)}
            numbers["added_blur_least"] = features.added_blur(sharpest, learned)[0]
    if numbers["sharpness"] == 0.0 or numbers["edge_share"] < limits.defocus_edge_share:
        return None
    if numbers.get("sharpness_cells", 0.0) >= limits.defocus_cells and numbers["luma_mean"] >= limits.moved_luma:
        limit = limits.added_blur * (limits.added_blur_gross if grossly else 1.0)
        always = numbers["added_blur_least"] > limits.added_blur_least  # a lens blurs all pictures, a shake some
        blurred, confidence = always and numbers["added_blur"] > limit, _confidence(numbers["added_blur"], limit)
    else:
        limit = limits.defocus_sharpness * (limits.defocus_gross if grossly else 1.0)
        blurred, confidence = numbers["sharpness"] < limit, _confidence(numbers["sharpness"], limit)
    return Verdict(label="defocus", confidence=confidence, numbers=numbers) if blurred else None


def delivered_share(arrivals: Sequence[float], nominal_fps: float) -> float:
    """Delivered rate over nominal rate, from arrival times in ms since the start; 1.0 where it cannot be told."""
    times = np.asarray(arrivals, dtype=float)
    times = times[np.isfinite(times)]
    if len(times) < 2 or not nominal_fps > 0.0:
        return 1.0
    span = max(float(times.max()), 1.0)
    return float(len(times) * 1000.0 / span / nominal_fps)
