"""Judges of light: black, a vendor's card, far too bright, washed out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from probes.camera import features
from probes.camera.chosen_frames import level_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probes.camera.burst import Bytes, CameraBurst, Grey
    from probes.camera.burst_case import CameraCase, Verdict
    from probes.camera.limits import Limits

LINE = 0.17
"""Share of the height at the upper and the lower border in which cameras write their name and the time."""
SMOOTH = 1.0
"""Grey levels by which a drawn surface differs from its blurred self; what a lens sees has grain of its own."""
TWO_TONES, BESIDE_TWO_TONES = 0.8, 0.85
"""Share of pixels in two tones that only drawn things have, and how much less of them needs to be without grain: a
border and many words have edges everywhere. Frozen photographs with so much of it have 0.45 in two tones."""
WRITTEN, WRITTEN_SHARE = 50.0, 0.1
"""Grey levels by which letters stand out of a black picture, and the share of it that they take at most."""
_STROKE = np.ones((9, 9), np.uint8)
"""Wider than a stroke of a letter; a lamp, and what it lights, is wider."""
LEAST_CONTRAST = 40.0
"""Grey levels between a card's ground and its sign."""
LEAST_EDGES = 0.001
"""Share of pixels beside a sharp step: the outline of the smallest sign. A frozen wall has none."""
LIT = 1.2
"""Times the brightness at the burst's beginning, when a lamp was switched on in it."""
LAST_PICTURES = 3
"""Exposure settles in the first pictures of a burst: only what is still there in the last ones counts."""


def judge_black(case: CameraCase) -> Verdict | None:
    """No structure beyond noise; what is written over the picture is not seen by the lens."""
    numbers, limits, burst = case.numbers, case.limits, case.burst
    if numbers["luma_mean"] >= limits.black_luma:
        return None
    even, odd = burst.halves
    edge = int(LINE * even.shape[0])
    inside = slice(edge, max(edge + 1, even.shape[0] - edge))
    numbers["steady_structure"] = features.steady_structure(*(_unwritten(half[inside]) for half in (even, odd)))
    return case.under("black", "steady_structure", limits.black_structure)


def _unwritten(half: Grey) -> Grey:
    """Without what is written over the picture, wherever it stands."""
    letters = float((half > float(np.median(half)) + WRITTEN).mean())
    if not 0.0 < letters < WRITTEN_SHARE:
        return half
    return np.asarray(cv2.morphologyEx(half, cv2.MORPH_OPEN, _STROKE), dtype=np.float32)


def judge_card(case: CameraCase) -> Verdict | None:
    """A drawn picture: nothing lives in it, surfaces without any grain, a few sharp edges."""
    numbers, limits, burst = case.numbers, case.limits, case.burst
    if float((burst.life.changed < limits.repeated_blocks).mean()) < limits.frozen_share:
        return None
    numbers["drawn_share"] = drawn_share(burst.still)
    if not has_sign(burst):
        return None
    numbers["drawn_tones"] = tones(burst.shares)
    return case.over("privacy_closed", "drawn_share", least_drawn(burst, limits))


def is_drawn(burst: CameraBurst, limits: Limits) -> bool:
    """Whether a burst that stands still is a card."""
    return has_sign(burst) and drawn_share(burst.still) >= least_drawn(burst, limits)


def has_sign(burst: CameraBurst) -> bool:
    """Whether something stands out of the ground, with sharp edges."""
    low, high = level_at(burst.shares, 0.005), level_at(burst.shares, 0.995)
    return high - low >= LEAST_CONTRAST and drawn_edges(burst.still) >= LEAST_EDGES


def least_drawn(burst: CameraBurst, limits: Limits) -> float:
    """Share of the picture that must be without grain: of a card with a ground of one tone, and of a shaded one."""
    of_two = tones(burst.shares)
    if of_two > TWO_TONES:
        return limits.card_share * BESIDE_TWO_TONES
    return limits.card_share if of_two > limits.card_tones else limits.card_share_shaded


def drawn_edges(picture: Bytes) -> float:
    """Share of pixels beside a step of a drawn thing."""
    return float((cv2.absdiff(picture[:, 1:], picture[:, :-1]) > 40).mean())


def drawn_share(picture: Bytes) -> float:
    """Share of pixels that lie in a surface without grain."""
    fine = cv2.absdiff(picture, cv2.GaussianBlur(picture, (0, 0), 1.5))
    return float((fine <= SMOOTH).mean())


def tones(shares: NDArray[np.float64]) -> float:
    """Share of pixels in the two fullest narrow bands of grey: a card has a ground and a sign."""
    bands = np.convolve(shares, np.ones(7), "same")
    first = int(np.argmax(bands))
    most = float(bands[first])
    bands[max(0, first - 9) : first + 10] = 0.0
    return most + float(bands.max())


def judge_bright(case: CameraCase) -> Verdict | None:
    """A large part of the picture is one white, and the rest is bright, too: the exposure could fall and does not.

    A dark rest beside a large window is what automatic exposure has to leave.
    """
    numbers, limits = case.numbers, case.limits
    found = [features.plateau(one) for one in case.burst.greys[-LAST_PICTURES:]]
    share, white, rest = (float(np.median([one[n] for one in found])) for n in range(3))
    numbers |= {"clipped_share": share, "clipped_level": white, "unclipped_luma": rest}
    against = 10.0 if rest > limits.unclipped_luma or share > 2.0 * limits.clipped_share else 0.9
    if _just_lit(case):
        against = 0.9  # a lamp went on in this very burst, and the exposure has not followed yet
    return case.over("overexposed", "clipped_share", limits.clipped_share, at_most=against)


def _just_lit(case: CameraCase) -> bool:
    first, last = (cv2.mean(case.burst.greys[n])[0] for n in (0, -1))
    return bool(last > LIT * first)


def judge_veiled(case: CameraCase) -> Verdict | None:
    """Washed out: nothing in view is dark, though there are things in it, and their contrast is less than learned.

    Without a learned view a room of pale things cannot be told from it.
    """
    numbers, limits = case.numbers, case.limits
    numbers["darkest"] = level_at(case.burst.shares, 0.005)
    if numbers["edge_share_average"] < limits.veiled_edges:
        return None
    against = 0.9
    if case.reference is not None:
        now = features.structure_map(case.burst.average).ravel()
        learned = np.array(case.reference.structure)
        held = learned >= limits.flat_structure
        kept = float(np.median(now[held] / learned[held])) if held.any() else 1.0
        numbers["contrast_kept"] = kept
        against = 10.0 if kept < limits.veiled_contrast else 0.7
    return case.over("overexposed", "darkest", limits.veiled_darkest, at_most=against)
