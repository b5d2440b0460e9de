"""A camera's learned views: one a kind of light, each as signed off and as it has become since. Which holds, and when
a view is taken over afresh. Runs in the child; pure but for reading and writing the files.

Slow change (furniture, seasons) is taken over: each step is small against the last view, and all of them together are
bounded by the signed-off one. A sudden change is not, however long it lasts.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from probes.camera.corners import in_place
from probes.camera.reference import Reference, learn_reference, read_reference, write_reference
from probes.why import Why

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Frames: TypeAlias = NDArray[np.uint8]

Light = Literal["day", "night", "infrared"]
LIGHTS: tuple[Light, ...] = ("day", "night", "infrared")

NIGHT_LUMA = 78.0
"""Mean grey below which exposure is at its end (as judge_frames.DIM_LUMA): noise and lamps make another picture."""

GREY_CHROMA = 2.0
"""Mean distance of the three channels from each other, in grey levels. Infrared has none but the coder's; the palest
room in colour has 5."""

STEP_SHARE = 0.5
"""Share of the last view's cells that must be in place: then a chair was moved, and not the camera or every table at
once."""

ANCHOR_SHARE = 0.3
"""Likewise of the signed-off view's, twice what alarms: steps that creep in one direction come to an end here."""

ANCHOR_SHARPNESS = 0.85
"""Share of the signed-off view's sharpness that must be left: a lens that fogs or creeps out of focus is no
furniture."""

ANCHOR_COLOUR = 0.12
"""Logarithmic channel balance against the signed-off one: daylight through the seasons moves it by less."""


def light_of(frames: Frames) -> Light:
    """The light of a burst (T×H×W×3); of one without a picture, "day"."""
    if len(frames) == 0:
        return "day"
    picture = frames[len(frames) // 2].astype(np.float32)
    chroma = float((picture.max(axis=2) - picture.min(axis=2)).mean())
    if chroma < GREY_CHROMA:
        return "infrared"
    return "night" if float(picture.mean()) < NIGHT_LUMA else "day"


def signed_path(path: str, light: Light) -> str:
    """path: the day's view, which is the only one where no other was learned."""
    stem, ending = os.path.splitext(path)
    return path if light == "day" else f"{stem}.{light}{ending}"


def fresh_path(path: str, light: Light) -> str:
    stem, ending = os.path.splitext(signed_path(path, light))
    return f"{stem}.fresh{ending}"


def view_for(path: str, light: Light) -> tuple[Reference | None, Why | None]:
    """The view to judge by: the light's own, taken over since or as signed off, else the day's. With a complaint as of
    read_reference."""
    for own in dict.fromkeys((light, LIGHTS[0])):
        fresh, _ = read_reference(fresh_path(path, own))  # a damaged one is taken over again; the signed-off one holds
        if fresh is not None and os.path.exists(signed_path(path, own)):
            return fresh, None
        signed, complaint = read_reference(signed_path(path, own))
        if signed is not None or complaint:
            return signed, complaint
    return None, None


def sign_off(path: str, frames: Frames, position: tuple[int, ...] = ()) -> str:
    """Store a view that a person vouches for; returns its file. position: as the camera tells it.

    A night's or an infrared view stands beside the day's where both show the same. Where they do not, the camera was
    moved: the new view replaces all.
    """
    view, light = replace(learn_reference(frames), position=position), light_of(frames)
    day, _ = read_reference(path)
    if light != "day" and day is not None and day.size == view.size and _share(day, view) >= ANCHOR_SHARE:
        kept = signed_path(path, light)
        _remove(fresh_path(path, light))
    else:
        kept = path
        for other in LIGHTS:
            _remove(fresh_path(path, other))
            if other != "day" and (day is None or light != "day" or not _belongs(path, other, view)):
                _remove(signed_path(path, other))
    write_reference(kept, view)
    return kept


def take_over(path: str, frames: Frames) -> str:
    """Take a healthy burst as the view from now on, where it is a small step. Why not, as one word; "" where done."""
    light = light_of(frames)
    signed, _ = read_reference(signed_path(path, light))
    if signed is None:
        return "not_learned"
    last, _ = view_for(path, light)
    now = replace(learn_reference(frames), position=signed.position, usual=signed.usual)
    why_not = step(signed, last or signed, now)
    if not why_not:
        write_reference(fresh_path(path, light), now)
    return why_not


def step(signed: Reference, last: Reference, now: Reference) -> str:
    """Why ``now`` is not taken over from ``last``, as one word; "" where it is. Pure."""
    if now.size != signed.size:
        return "other_format"
    if _share(last, now) < STEP_SHARE:
        return "sudden_change"
    if _share(signed, now) < ANCHOR_SHARE:
        return "too_far"
    if now.sharpness < ANCHOR_SHARPNESS * signed.sharpness:
        return "less_sharp"
    if max(abs(now.red - signed.red), abs(now.blue - signed.blue)) > ANCHOR_COLOUR:
        return "other_colours"
    return ""


def forget(path: str) -> None:
    """Remove a view in all its lights."""
    for light in LIGHTS:
        _remove(fresh_path(path, light))
        _remove(signed_path(path, light))


def whose_view(others: Mapping[str, Iterable[str]], frames: Frames) -> str:
    """The camera whose learned view a burst shows; "" for none. others: name → paths of its day's views."""
    seen, light = learn_reference(frames), light_of(frames)
    for name, paths in others.items():
        views = [view_for(path, light)[0] for path in paths]
        if any(view and view.size == seen.size and _share(view, seen) >= STEP_SHARE for view in views):
            return name
    return ""


def _share(one: Reference, other: Reference) -> float:
    return in_place(one.corners(), other.corners())[0]


def _belongs(path: str, light: Light, day: Reference) -> bool:
    view, _ = read_reference(signed_path(path, light))
    return view is not None and view.size == day.size and _share(day, view) >= ANCHOR_SHARE


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)
