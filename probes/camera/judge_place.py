"""Judges of the view's place against the learned one: as it was, framed out of it, moved, mirrored or upside down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from probes.camera.corners import Corners, find_corners, in_place, offset_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probes.camera.burst import Bytes
    from probes.camera.burst_case import CameraCase, Verdict

ZOOMS = (1.15, 1.32, 1.52, 1.75, 2.0, 2.3)
"""How much a camera that frames by itself enlarges a part; corners are known again within a tenth of their size."""
AGREEMENT = 1.3
"""How many more corners must agree on a zoom than on a shift without one: a moved camera zooms a little, too."""
SPREAD = 0.45
"""Share of the cells of the part that is shown in which some corner must agree; a person may hide some."""
TURNED_OVER = 2.0
"""Times the share of corners in place, from which a picture that was turned back is the learned view."""
SLACK = 0.04
"""Share of the picture by which a framed part may seem to reach beyond the learned view."""


def find_place(case: CameraCase) -> None:
    """Compare with the learned view. Where the picture is a part of it, enlarged, or another one of a camera that
    turns, there is nothing to compare cell by cell, and the learned view is put aside."""
    reference, limits, numbers, burst = case.reference, case.limits, case.numbers, case.burst
    if reference is None:
        return
    if numbers["luma_mean"] < limits.moved_luma:
        if case.turns:  # too dark to see where it points to
            put_aside(case)
        return
    numbers["roams"] = burst.roams
    learned = reference.corners()
    seen = find_corners(burst.still)
    share, asked = in_place(learned, seen)
    numbers |= {"in_place_share": share, "corner_cells": float(asked)}
    if asked >= limits.moved_cells and share >= limits.in_place_share:
        return
    if case.turns:
        put_aside(case)
        return
    if asked < limits.moved_cells:
        return
    numbers["negative_in_place"] = in_place(learned, Corners(seen.places, ~seen.bits, seen.cells))[0]
    if numbers["negative_in_place"] >= TURNED_OVER * limits.in_place_share:
        return  # each comparison around a corner is the other way round
    case.turned_over = _how(burst.still, learned, limits.in_place_share)
    if case.turned_over:
        return  # turned over: corners that agree on a zoom by chance would hide it
    zoom = _framed(burst.greys[-1], learned, int(limits.framed_corners))
    if zoom:
        numbers["framed_zoom"] = zoom
        case.reference = None
    elif burst.roams > limits.roaming:  # it turns or zooms just now: where to, only a later look can tell
        ends = (in_place(learned, find_corners(burst.greys[n]))[0] for n in (0, -1))
        case.weigh("moved", 0.0 if max(ends) >= limits.in_place_share else 0.9)
        case.reference = None


def put_aside(case: CameraCase) -> None:
    case.numbers["view_put_aside"] = 1.0
    case.reference = None


def _framed(picture: Bytes, learned: Corners, fewest: int) -> float:
    """The zoom by which the picture shows a part of the learned view; 0 where it does not, or is merely shifted."""
    height, width = picture.shape
    best, most = 0.0, max(float(fewest), AGREEMENT * len(offset_of(learned, find_corners(picture))[2]))
    for zoom in ZOOMS:
        size = (round(width / zoom), round(height / zoom))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        x, y, held = offset_of(learned, find_corners(small))
        left, top = SLACK * width, SLACK * height
        inside = -left <= x <= width - size[0] + left and -top <= y <= height - size[1] + top
        if len(held) >= most and inside and _all_over(learned, held, (x, y), size):
            best, most = zoom, float(len(held))
    return best


def _all_over(learned: Corners, held: NDArray[np.int64], at: tuple[float, float], size: tuple[int, int]) -> bool:
    """Whether the corners that agree lie all over the part that is shown: of a turned view only the middle agrees."""
    places = learned.places
    within = (places[:, 0] >= at[0]) & (places[:, 0] <= at[0] + size[0])
    within &= (places[:, 1] >= at[1]) & (places[:, 1] <= at[1] + size[1])
    shown = np.unique(learned.cells[within])
    return len(np.unique(learned.cells[held])) >= SPREAD * max(1, len(shown))


def judge_place(case: CameraCase) -> Verdict | None:
    numbers, limits = case.numbers, case.limits
    if case.reference is None or "in_place_share" not in numbers:
        return None
    asked = numbers["corner_cells"]
    if asked < limits.moved_cells:
        return None
    share = numbers["in_place_share"] + 1.0 / max(1.0, asked)  # one cell more than were found: few cells prove little
    numbers["in_place_bound"] = share
    alike = numbers.get("structure_alike", 0.0) >= limits.structure_alike
    structured = float((np.array(case.reference.structure) >= limits.flat_structure).mean())
    # A bare wall then and now: its few corners are noise, and nothing tells one part of it from another.
    walls = structured < limits.least_structured_share and numbers.get("flat_share", 0.0) > limits.flat_share
    against = 0.7 if alike or walls else 10.0
    said = case.under("moved", "in_place_bound", limits.in_place_share, at_most=against)
    if said is None:
        return None
    case.detail = case.turned_over
    return case.verdict("moved")


def _how(picture: Bytes, learned: Corners, limit: float) -> str:
    """ "upside_down", "mirrored" or "": by turning the picture back and looking for the corners again."""
    for name, code in (("upside_down", -1), ("mirrored", 1)):
        share, _ = in_place(learned, find_corners(np.asarray(cv2.flip(picture, code), np.uint8)))
        if share >= TURNED_OVER * limit:
            return name
    return ""
