"""A camera's set of views: one for each place that it was learned at, so of a camera that stands still one. To which of
them a burst belongs, and where the next one is kept. Runs in the child; pure but for reading and removing files.

Each view of the set has its own kinds of light, see views.py.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias

from probes.camera.chosen_frames import median_of, spread
from probes.camera.corners import find_corners, in_place
from probes.camera.driver_linux import same_position
from probes.camera.features import grey
from probes.camera.reference import read_reference
from probes.camera.views import forget

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Frames: TypeAlias = NDArray[np.uint8]

MOST_VIEWS = 8
"""Cameras keep six presets or more, of which a room uses some; each view costs a look half a millisecond."""


def places(path: str) -> list[str]:
    """Where the day's views of a camera may lie. path: of the first."""
    stem, ending = os.path.splitext(path)
    return [path, *(f"{stem}.{number}{ending}" for number in range(2, MOST_VIEWS + 1))]


def learned_places(path: str) -> list[str]:
    return [one for one in places(path) if os.path.exists(one)]


def place_of(path: str, position: tuple[int, ...], frames: Frames) -> str:
    """The day's view that a burst is compared with: of those at the camera's position, the one that is most like it.
    "" where the camera was turned to where nothing was learned. Without any view: where it would lie."""
    there = learned_places(path)
    if len(there) == 0:
        return path
    views = {one: read_reference(one)[0] for one in there}
    at_position = [one for one, view in views.items() if view is None or same_position(view.position, position)]
    if len(at_position) < 2:
        return at_position[0] if at_position else ""
    seen = find_corners(median_of(list(grey(frames[spread(len(frames))]))))
    alike = {one: in_place(view.corners(), seen)[0] for one in at_position if (view := views[one]) is not None}
    return max(alike, key=lambda one: alike[one], default=at_position[0])


def place_to_learn(path: str, position: tuple[int, ...], *, also: bool) -> str:
    """Where a new view goes. also: beside those that are there. "" where the set is full.

    A camera that tells its position has one view for each; of another one a new view takes the place of all.
    """
    there = learned_places(path)
    free = next((one for one in places(path) if one not in there), "")
    known = {one: view.position for one in there if (view := read_reference(one)[0]) is not None and view.position}
    if position and known:
        same = next((one for one, at in known.items() if same_position(at, position)), "")
        return same or free
    if also and there:
        return free
    return path


def keep_only(path: str, kept: str) -> None:
    """Forget all views of the set but one."""
    for one in learned_places(path):
        if one != kept:
            forget(one)
