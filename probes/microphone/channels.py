"""What only several channels together show: one that cancels the other, one that has nothing at its end. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from probes.microphone import silence
from probes.microphone.sign import Sign, sure
from probes.why import because

if TYPE_CHECKING:
    import numpy.typing as npt


def crossed_channels(array: npt.NDArray[np.float32]) -> Sign | None:
    """Two live channels of which one is the other turned over: mixed to one, they cancel."""
    if array.shape[1] < 2:
        return None
    one, other = (array[:, n] - array[:, n].mean() for n in (0, 1))
    together = float(np.mean(one * other) / (np.std(one) * np.std(other) + 1e-12))
    if together > -0.6:
        return None
    return Sign("inverted", sure(-together - 0.75, 0.1), because("channels_cancel", correlation=round(together, 2)),
                {"correlation": together})  # fmt: skip


def open_channel(array: npt.NDArray[np.float32], dead: npt.NDArray[np.bool_]) -> Sign | None:
    """A channel with a converter and no capsule, beside a live one. The driver of a microphone that has one channel
    fills the second with zeros, or with the first."""
    if not dead.any() or dead.all():
        return None
    moving = np.ptp(array[:, dead], axis=0) > silence.FEW_STEPS
    if not moving.any():
        return None
    why = because("channel_without_sound", count=int(np.count_nonzero(dead)), channels=int(array.shape[1]))
    return Sign("channel_dead", 0.6, why)
