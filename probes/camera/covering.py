"""Judges of covers: something over the whole lens, over a part of it, or a film before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from probes.camera import features

if TYPE_CHECKING:
    from probes.camera.burst import CameraBurst
    from probes.camera.burst_case import CameraCase, Verdict

SOMEWHAT = 0.5
"""Times the share of lost cells from which a picture without an edge is a cover: a dark room loses edges, not cells."""
DIMMEST_WALL = 50.0
"""Mean grey of a grey wall in little light, behind noise reduction that leaves it no grain."""
DARK_ROOM = 60.0
"""Mean grey of a room under which much of it shows nothing: only a piece that is much darker yet is a cover."""
FAINT = 0.3
"""Grey levels of standing grain that coders leave on what has none, beyond half of the noise that is left."""
GRAINED = 0.43
"""Grey levels of standing grain that a quarter of the cells of a real surface shows: nothing on the lens can, being out
of focus."""


def judge_covered(case: CameraCase) -> Verdict | None:
    burst, limits, numbers = case.burst, case.limits, case.numbers
    greys = burst.greys
    now = np.median([features.structure_map(greys[n].astype(np.float32)) for n in burst.some[::2]], axis=0).ravel()
    flat = float((now < limits.flat_structure).mean())
    numbers["flat_share"] = flat
    if case.reference is not None:
        learned = np.array(case.reference.structure)
        held = learned >= limits.flat_structure
        if held.mean() < limits.least_structured_share:
            return None  # a view of a bare wall: nothing that could be lost
        lost = float((now[held] < limits.lost_structure * learned[held]).mean())
        numbers["lost_share"] = lost
        numbers["structure_alike"] = features.alike(now, learned)
        plain = numbers["edge_share_average"] < limits.plain_edge_share
        limit = limits.covered_share * (SOMEWHAT if plain else 1.0)  # soft folds, and no edge of the room
        if (said := case.over("covered", "lost_share", limit)) is not None:
            return said
        return _partly(case, doubt_only=lost < SOMEWHAT * limits.covered_share)
    return _alone(case, flat) or _partly(case)


def _alone(case: CameraCase, flat: float) -> Verdict | None:
    """Without a learned view: a flat picture that is no wall.

    Automatic exposure brings a wall to middle grey and automatic white balance makes it grey; a real surface has grain.
    A plain picture with grain is left in doubt, since coders put some on covers, and so is an even grey one that is not
    quite dark.
    """
    burst, limits, numbers = case.burst, case.limits, case.numbers
    plain = numbers["edge_share_average"] < limits.plain_edge_share
    grain, noise = burst.grain
    numbers["grain"] = float(np.percentile(np.maximum(grain - noise, 0.0), 75))
    luma = numbers["luma_mean"]
    even = True
    if plain:
        numbers["unevenness"] = features.unevenness(burst.still.astype(np.float32))
        even = numbers["unevenness"] < limits.wall_unevenness
    grey = numbers["greyest"] < limits.wall_greyest
    wall = luma > limits.wall_luma and grey and even
    against = 10.0
    if wall:
        against = 0.5
    elif (
        numbers["grain"] > GRAINED or (plain and even and grey and luma > DIMMEST_WALL) or burst.roams > limits.roaming
    ):
        against = 0.9
    if plain and (luma >= limits.moved_luma or not even):
        return case.weigh("covered", 1.5, at_most=against)
    return case.weigh("covered", flat / limits.flat_share, at_most=against)


def _partly(case: CameraCase, *, doubt_only: bool = False) -> Verdict | None:
    """One dark piece without any grain, from the border inwards, beside a room that has grain."""
    limits, numbers = case.limits, case.numbers
    share, border, darker, rest, level = veiled_piece(case.burst)
    numbers |= {"veiled_share": share, "veiled_border": border, "veiled_luma": level}
    if border < limits.veiled_border or rest < GRAINED or case.burst.roams > limits.roaming:
        return None
    wall = level > limits.wall_luma
    dark_room = numbers["luma_mean"] < DARK_ROOM and darker > 0.6
    against = 0.7 if wall or dark_room or doubt_only or darker > limits.veiled_darker else 10.0
    return case.over("covered", "veiled_share", limits.veiled_share, at_most=against)


def veiled_piece(burst: CameraBurst) -> tuple[float, float, float, float, float]:
    """The largest piece without standing grain: (its share, its share of the border, its brightness over that of the
    rest, the rest's grain, its grey level)."""
    grain, noise = burst.grain
    clean = grain < FAINT + 0.5 * noise
    count, which, facts, _ = cv2.connectedComponentsWithStats(clean.astype(np.uint8), connectivity=4)
    if count < 2:
        return 0.0, 0.0, 1.0, 0.0, 0.0
    piece = which == 1 + int(np.argmax(facts[1:, cv2.CC_STAT_AREA]))
    if piece.all():
        return 1.0, 1.0, 1.0, 0.0, float(burst.average.mean())
    level = cv2.resize(burst.average, piece.shape[::-1], interpolation=cv2.INTER_AREA)
    border = np.concatenate((piece[0], piece[-1], piece[:, 0], piece[:, -1]))
    inside, outside = float(level[piece].mean()), float(level[~piece].mean())
    rest = float(np.median(grain[~piece]))
    return float(piece.mean()), float(border.mean()), (inside + 1.0) / (outside + 1.0), rest, inside
