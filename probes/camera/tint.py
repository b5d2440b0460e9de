"""Judges of colour: dead or stuck channels, strong casts, grey where colour was, red and blue changed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from probes.camera import features
from probes.camera.chosen_frames import level_at
from probes.camera.judge_place import TURNED_OVER

if TYPE_CHECKING:
    from probes.camera.burst_case import CameraCase, Verdict

GROSSLY = 2.5
"""Times a colour limit: no cloth, film or lamp gets there, swapped or dead chroma does."""
STUCK = 0.6
"""Standard deviation of a chroma plane below which it is one value all over."""
LIVELY = 3.0
"""Standard deviation of a chroma plane from which it shows colours. A nearly grey room has 0.6 in one and 2.3 in the
other."""
STRUCTURED = 18.0
"""Standard deviation of brightness of a view that has things in it: a bare wall may have a single colour."""
DEAD_CHANNEL = 26
"""Level that 99 of 100 pixels of a dead channel stay below, video black and noise included."""
NOT_GREY = 10.0
"""Distance of a chroma plane's mean from grey, from which the picture is coloured by it."""


def measure_colour(case: CameraCase) -> None:
    """Numbers of the last picture, in which white balance has settled most; against the learned view, if any."""
    frame = case.burst.frames[-1]
    red, blue, greyest, green, cast = features.colour_balance(frame)
    case.numbers |= {"greyest": greyest, "warmth": red - blue, "greenness": green, "cast": cast}
    if case.reference is not None:
        # Cell by cell: a wrong gain shifts all of them, a person or another crop only changes which colour is usual.
        now = features.chroma_cells(frame)
        learned = np.array(case.reference.reds, np.float32), np.array(case.reference.blues, np.float32)
        shift = max(abs(float(np.median(one - other))) for one, other in zip(now, learned, strict=True))
        case.numbers |= {"balance_shift": shift, "greyest_shift": greyest - case.reference.greyest}


def judge_dead(case: CameraCase) -> Verdict | None:
    """Channels and chroma that carry nothing, which no light explains."""
    frame = case.burst.frames[len(case.burst.frames) // 2]
    small = np.asarray(cv2.resize(frame, (80, 45), interpolation=cv2.INTER_AREA), np.uint8)
    luma, red, blue = (plane.astype(np.float32) for plane in cv2.split(cv2.cvtColor(small, cv2.COLOR_BGR2YCrCb)))
    high = np.percentile(small.reshape(-1, 3), 99, axis=0)
    case.numbers |= {"chroma_red": float(red.std()), "chroma_blue": float(blue.std())}
    if high.min() <= DEAD_CHANNEL and high.max() > 3 * DEAD_CHANNEL:
        return case.weigh("colour_cast", 3.0)
    if luma.std() < STRUCTURED:
        return None
    off = max(abs(float(red.mean()) - 128.0), abs(float(blue.mean()) - 128.0))
    least, most = sorted((float(red.std()), float(blue.std())))
    if (least < STUCK and most > LIVELY) or (most < STUCK and off > NOT_GREY):
        return case.weigh("colour_cast", 2.0)
    return _greyed(case, most, off)


def _greyed(case: CameraCase, most: float, off: float) -> Verdict | None:
    """No colour at all. Night cameras are grey by design: only a view that was learned in colour, in good light, or a
    clean bright picture tells, and the latter not for sure."""
    if most >= STUCK or off > NOT_GREY:
        return None
    bright = level_at(case.burst.shares, 0.99) > case.limits.greyed_brightest
    clean = case.burst.life.step < case.limits.greyed_noise
    learned = case.reference is not None and case.reference.spread_of_colour() > case.limits.greyed_learned
    if bright and clean and learned:
        return case.weigh("colour_cast", 1.2)
    return case.weigh("colour_cast", 0.9 if bright and clean else 0.5)


def judge_cast(case: CameraCase, *, grossly: bool = False) -> Verdict | None:
    """grossly: only what no cover, lamp or paint explains."""
    limits, numbers = case.limits, case.numbers
    factor = GROSSLY if grossly else 1.0
    if numbers["chroma_red"] < STUCK and numbers["chroma_blue"] < STUCK and numbers["cast"] < limits.greyest_colour:
        return None  # no colour at all: judged by itself
    if case.reference is not None and numbers["luma_mean"] < limits.moved_luma:
        return None  # ratios of dark channels are noise and the black level
    if case.reference is not None:
        for name, limit in (("balance_shift", limits.balance_shift), ("greyest_shift", limits.greyest_shift)):
            if (said := case.over("colour_cast", name, factor * limit)) is not None:
                return said
        return None
    natural = numbers["greenness"] > 0.5 * numbers["greyest"] or numbers["warmth"] > numbers["greyest"]
    far = numbers["greyest"] > limits.warm_or_green * limits.greyest_colour
    # Leaves are green, wood and lamps are red over green over blue: only a distance that neither has is a fault.
    return case.over("colour_cast", "cast", factor * limits.greyest_colour, at_most=0.9 if natural and not far else 10)


def judge_negative(case: CameraCase) -> Verdict | None:
    """Light is dark and dark is light: against the learned view only, as any picture may be drawn so."""
    if case.numbers.get("negative_in_place", 0.0) < TURNED_OVER * case.limits.in_place_share:
        return None
    return case.weigh("colour_cast", 2.0)


def judge_swapped(case: CameraCase) -> Verdict | None:
    """Colours at the place of others: of a view that is at its own place."""
    if case.reference is None or case.numbers["luma_mean"] < case.limits.moved_luma:
        return None
    frames, some = case.burst.frames, case.burst.some[::2]
    reds, blues = np.median([features.chroma_cells(frames[n]) for n in some], axis=0)
    learned = np.array(case.reference.reds, np.float32), np.array(case.reference.blues, np.float32)
    case.numbers["swapped_chroma"] = features.swapped_chroma(reds, blues, *learned)
    return case.over("colour_cast", "swapped_chroma", case.limits.swapped_chroma)
