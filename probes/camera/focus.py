"""Judge of sharpness: against the learned view cell by cell, else by the width of the sharpest edges."""

from __future__ import annotations

import numpy as np

from probes.camera import features
from probes.camera.burst_case import CameraCase, Verdict


def judge_blurred(case: CameraCase, *, grossly: bool = False) -> Verdict | None:
    """grossly: so much that no corner is left to be found."""
    numbers, limits = case.numbers, case.limits
    if "sharpness" not in numbers:
        _measure(case)
    if numbers["sharpness"] == 0.0 or numbers["edge_share"] < limits.defocus_edge_share:
        return None
    if case.burst.roams > limits.roaming:
        return None  # a camera that turns just now blurs
    if numbers.get("sharpness_cells", 0.0) >= limits.defocus_cells and numbers["luma_mean"] >= limits.moved_luma:
        limit = limits.added_blur * (limits.added_blur_gross if grossly else 1.0)
        always = numbers["added_blur_least"] > limits.added_blur_least  # a lens blurs all pictures, a shake some
        return case.over("defocus", "added_blur", limit, at_most=10.0 if always else 0.7)
    limit = limits.defocus_sharpness * (limits.defocus_gross if grossly else 1.0)
    # Noise hides edges in the dark, and a camera that enlarges a part of its view makes them wide.
    unsure = numbers["luma_mean"] < limits.moved_luma or "framed_zoom" in numbers
    return case.weigh("defocus", _closeness(numbers["sharpness"], limit), at_most=0.9 if unsure else 10.0)


def _closeness(ratio: float, limit: float) -> float:
    """1 at the limit. The edge ratio of no edge at all is 1, so what counts is what lies above it."""
    return 10.0 if ratio <= 1.0 else min(10.0, (limit - 1.0) / (ratio - 1.0)) if ratio > limit else 1.0 + limit - ratio


def _measure(case: CameraCase) -> None:
    burst, numbers = case.burst, case.numbers
    found = [features.sharpness_map(burst.greys[n].astype(np.float32)) for n in burst.some[::2]]
    numbers["sharpness"] = float(np.median([one[0] for one in found]))
    numbers["edge_share"] = float(np.median([one[1] for one in found]))
    if case.reference is not None:
        learned = np.array(case.reference.sharp, np.float32)
        now = np.median([one[2] for one in found], axis=0).ravel()
        added, cells = features.added_blur(now, learned)
        sharpest = np.max([one[2] for one in found], axis=0).ravel()
        numbers |= {"added_blur": added, "sharpness_cells": float(cells)}
        numbers["added_blur_least"] = features.added_blur(sharpest, learned)[0]
