"""The pictures of a burst and what several judges want of them, each made once and only when it is asked for. Pure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

from probes.camera.chosen_frames import block_means, histogram, median_of, spread
from probes.camera.frozen import Life, find_life

if TYPE_CHECKING:
    from numpy.typing import NDArray

Bytes: TypeAlias = "NDArray[np.uint8]"
Grey: TypeAlias = "NDArray[np.float32]"

FINE_COLUMNS, FINE_ROWS = 16, 9
"""Cells of the finer maps: 20×20 pixels."""


class CameraBurst:
    """frames: T×H×W×3, blue-green-red, at least two."""

    def __init__(self, frames: Bytes) -> None:
        self.frames = frames
        self.some = spread(len(frames))

    @cached_property
    def greys(self) -> list[Bytes]:
        return [np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), dtype=np.uint8) for frame in self.frames]

    @cached_property
    def life(self) -> Life:
        return find_life(self.greys)

    @cached_property
    def halves(self) -> tuple[Grey, Grey]:
        """The means of every other picture: what both show stands still, what only one shows is noise."""
        return _mean(self.greys[::2]), _mean(self.greys[1::2])

    @cached_property
    def average(self) -> Grey:
        even, odd = self.halves
        share = (len(self.greys) + 1) // 2 / len(self.greys)
        return np.asarray(cv2.addWeighted(even, share, odd, 1.0 - share, 0.0), dtype=np.float32)

    @cached_property
    def still(self) -> Bytes:
        """The median over time: what stands still."""
        return median_of([self.greys[n] for n in self.some])

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """Share of the still picture's pixels at each grey level."""
        return histogram(self.still)

    @cached_property
    def grain(self) -> tuple[Grey, Grey]:
        """(fine structure that stands still, noise that the mean still has) of each fine cell, in grey levels."""
        fine = [half - cv2.GaussianBlur(half, (0, 0), 2.0) for half in self.halves]
        size = (FINE_COLUMNS, FINE_ROWS)
        both = cv2.resize(fine[0] * fine[1], size, interpolation=cv2.INTER_AREA)
        apart = cv2.resize(np.square(fine[0] - fine[1]), size, interpolation=cv2.INTER_AREA)
        return np.sqrt(np.maximum(both, 0.0)), np.sqrt(apart)

    @cached_property
    def roams(self) -> float:
        """Share of the structured fine cells that look otherwise at the end than at the beginning: near 1 where the
        camera itself turns or zooms, or the light changes."""
        first, last = (cv2.blur(self.greys[n], (5, 5)) for n in (0, -1))
        if first.shape[0] < FINE_ROWS or first.shape[1] < FINE_COLUMNS + 2:
            return 0.0
        apart = block_means(np.asarray(cv2.absdiff(first, last), np.uint8), FINE_ROWS, FINE_COLUMNS)
        steep = np.ascontiguousarray(cv2.absdiff(first[:, 2:], first[:, :-2]))
        slope = block_means(steep, FINE_ROWS, FINE_COLUMNS)
        held = slope > 3.0
        if held.sum() < 0.1 * held.size:
            return 0.0
        return float((apart[held] > 0.75 * slope[held] + 1.5).mean())


def _mean(pictures: list[Bytes]) -> Grey:
    if not pictures:
        return np.zeros((1, 1), np.float32)
    total = np.zeros(pictures[0].shape, np.float32)
    for one in pictures:
        cv2.accumulate(one, total)
    return np.asarray(total * np.float32(1.0 / len(pictures)), dtype=np.float32)
