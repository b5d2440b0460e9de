"""Pure judge of a burst: pictures and arrival times in, label, confidence, doubt and numbers out.

The order of the rules is part of the judgement: a black picture is also blurred, a frozen one also still.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from probes.camera import features
from probes.camera import frozen as life
from probes.camera.burst import CameraBurst
from probes.camera.burst_case import HEALTHY, CameraCase, Verdict
from probes.camera.chosen_frames import level_at
from probes.camera.corruption import judge_damage
from probes.camera.covering import judge_covered
from probes.camera.exposure import judge_black, judge_bright, judge_card, judge_veiled
from probes.camera.focus import judge_blurred
from probes.camera.judge_place import find_place, judge_place, put_aside
from probes.camera.tint import judge_cast, judge_dead, judge_negative, judge_swapped, measure_colour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probes.camera.limits import Limits
    from probes.camera.reference import Reference

Frames: TypeAlias = "NDArray[np.uint8]"
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
    "privacy_closed",
)
WHOLE = 15
"""Pictures of a whole burst; with fewer, the time up to BURST_SECONDS counts too: the stream may have stalled."""
BURST_SECONDS = 1.5
STEADY = 0.15
"""Spread of the times between pictures over their mean: a long exposure delivers evenly, a fault in bursts."""
DIM_LUMA = 78.0
"""Mean grey of a room under which the exposure is at its end, though a lamp may be in view."""
HALF = (0.46, 0.54)
"""Shares of the nominal rate that are a half: what a camera of 30 pictures a second falls to in dim light."""
THIRD = (0.31, 0.35)
"""Shares that are a third: what it falls to in a darker room."""
FASTEST_HALVED = 20.0
"""Nominal rate from which cameras halve theirs: half of less would be a stutter."""

Judge: TypeAlias = Callable[[CameraCase], "Verdict | None"]
JUDGES: tuple[Judge, ...] = (
    judge_dead,
    judge_damage,
    judge_negative,  # before it is taken for a view that lost its corners
    lambda case: judge_cast(case, grossly=True),  # dead chroma also hides structure
    judge_veiled,  # a veil takes contrast away as a film does, and leaves edges
    judge_covered,
    lambda case: judge_blurred(case, grossly=True),  # no corner is left to be found
    judge_place,
    judge_cast,
    judge_swapped,  # colours at their place: of a view that is at its own
    judge_blurred,
)


def judge(
    frames: Frames,
    arrivals: Sequence[float],
    *,
    reference: Reference | None = None,
    nominal_fps: float = 10.0,
    limits: Limits | None = None,
    burst_seconds: float = BURST_SECONDS,
    damaged: int = 0,
    turns: bool = False,
) -> Verdict:
    """Judge one burst of about 1.5 s.

    frames: T×H×W×3, blue-green-red, uint8. arrivals: milliseconds since streaming began, one for each picture that
    the camera delivered (there may be more than frames). reference: the signed-off view, where the room has one.
    burst_seconds: how long pictures were waited for. damaged: pictures that the decoder mended or gave up.
    turns: the camera turns or frames by itself, or is steered: another view than the learned one is no fault.
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
    if reference is not None and reference.size != (frames.shape[2], frames.shape[1]):
        reference = None  # learned in another format: its pixels are not these
        numbers["reference_of_other_size"] = 1.0
    case = CameraCase(CameraBurst(frames), reference, limits, turns=turns)
    case.numbers |= numbers
    whole = len(frames) >= WHOLE
    case.numbers["rate_share"] = delivered_share(arrivals, nominal_fps, 0.0 if whole else burst_seconds)
    case.numbers["damaged_share"] = damaged / (len(frames) + damaged)
    case.numbers["luma_mean"] = float(case.burst.average.mean())
    case.numbers["edge_share_average"] = features.edge_share(case.burst.average)
    return (
        judge_black(case)
        or judge_card(case)
        or _slow(case, arrivals, nominal_fps)
        or judge_bright(case)
        or _plain_cover(case)
        or _frozen(case)
        or _rest(case)
    )


def _rest(case: CameraCase) -> Verdict:
    """What is judged by the view, once it is known that there is one."""
    find_place(case)
    for one in JUDGES:
        if (said := one(case)) is not None:
            return said
    return case.nothing_shown()


def _plain_cover(case: CameraCase) -> Verdict | None:
    """A cover without any edge shows coders nothing to do: they repeat it, and it is no frozen picture."""
    plain = case.numbers["edge_share_average"] < case.limits.plain_edge_share
    if plain and case.turns:
        put_aside(case)  # it may have been turned to a wall
    measure_colour(case)
    return judge_covered(case) if plain else None


def _slow(case: CameraCase, arrivals: Sequence[float], nominal_fps: float) -> Verdict | None:
    """Too few pictures, unless dim light explains them: then they come evenly, and nothing in view is bright."""
    numbers, limits = case.numbers, case.limits
    if numbers["rate_share"] >= limits.low_rate_share:
        return None
    changed = case.burst.life.changed
    if len(changed) > 1 and (changed < limits.repeated_blocks).all():
        return None  # however many come, they are one picture
    against = 10.0
    own = delivered_share(arrivals, nominal_fps)  # while pictures came: a stream that stops is no slow exposure
    if limits.dim_rate_share <= own < limits.low_rate_share and unevenness(arrivals) < STEADY:
        numbers["brightest"] = level_at(case.burst.shares, 0.99)
        if numbers["brightest"] < limits.dim_brightest or numbers["luma_mean"] < DIM_LUMA:
            against = 0.7
        elif nominal_fps >= FASTEST_HALVED and any(low <= numbers["rate_share"] <= high for low, high in (THIRD, HALF)):
            against = 0.9
    return case.under("low_fps", "rate_share", limits.low_rate_share, at_most=against)


def _frozen(case: CameraCase) -> Verdict | None:
    """Pictures that repeat: as they are, with a clock on them, coded again, or a few in turn."""
    numbers, limits, found = case.numbers, case.limits, case.burst.life
    repeated = found.changed < limits.repeated_blocks
    _, run = life.longest_run(repeated)
    numbers |= {
        "repeated_share": float(repeated.mean()),
        "repeated_run": float(run),
        "touched_share": found.touched,
        "returned": float(found.returned),
        "loop_change": found.loop,
    }
    if found.usable < life.FEWEST_USABLE:
        return None  # between black and white nothing is left that could live
    if run:
        longest = min(limits.frozen_run, float(len(repeated)))  # of a short burst: all of it
        said = case.over("frozen", "repeated_run", longest) or case.over(
            "frozen", "repeated_share", limits.frozen_share
        )
        if said is not None:
            return said
    # A picture came back, bit by bit, with others between: noise never draws the same twice.
    if found.returned or (found.loop < limits.repeated_blocks and float(np.median(found.changed)) > 4.0 * found.loop):
        return case.weigh("frozen", 1.0 + 0.2 * found.returned)
    if len(repeated) < WHOLE - 3:
        return None
    # Coarse coding also leaves most blocks as they were, but changes the others by whole steps; people change more yet.
    numbers |= {"flips": found.flips, "largest_change": found.largest}
    fine = found.flips < limits.fine_flips and found.largest < limits.fine_change
    # Coders have nothing to do on a wall, and noise is taken away most where light is short.
    fine = fine and numbers["edge_share_average"] > features.PLAIN and numbers["luma_mean"] > DIM_LUMA
    return case.under("frozen", "touched_share", limits.touched_blocks, at_most=10.0 if fine else 0.7)


def delivered_share(arrivals: Sequence[float], nominal_fps: float, burst_seconds: float = 0.0) -> float:
    """Delivered rate over nominal rate, from arrival times in ms since the start; 1.0 where it cannot be told.

    burst_seconds: how long pictures were waited for, where that is known: a stall at the end counts.
    """
    times = np.asarray(arrivals, dtype=float)
    times = times[np.isfinite(times)]
    if len(times) < 2 or not nominal_fps > 0.0:
        return 1.0
    span = max(float(times.max()), 1.0, 1000.0 * burst_seconds - 1500.0 / nominal_fps)
    return float(len(times) * 1000.0 / span / nominal_fps)


def unevenness(arrivals: Sequence[float]) -> float:
    """Spread of the times between pictures over their mean; infinite where there are too few."""
    times = np.asarray(arrivals, dtype=float)
    steps = np.diff(times[np.isfinite(times)])
    return float(steps.std() / max(float(steps.mean()), 1e-6)) if len(steps) >= 3 else float("inf")
