"""Faults of colour: gains, dead and stuck channels, chroma changed over."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from bench.clips.video_mechanisms import FAULTS, clip_of, out, raw
from bench.clips.video_studio import Clip, Studio
from bench.clips.video_webcam import Frames


def _tinted(mechanism: str, change: Callable[[Frames, np.random.Generator], Frames], *severities: int) -> None:
    def make(s: Studio, severity: int) -> Clip:
        seed = int(s.chance.integers(0, 1 << 30))
        frames = np.stack([change(one, np.random.default_rng(seed)) for one in raw(s)])
        return clip_of(s, "colour_cast", severity, mechanism, out(s, frames))

    FAULTS["colour_cast", mechanism] = (make, severities)


def _yuv(change: Callable[[Frames, np.random.Generator], None]) -> Callable[[Frames, np.random.Generator], Frames]:
    def changed(one: Frames, chance: np.random.Generator) -> Frames:
        yuv = cv2.cvtColor(one, cv2.COLOR_BGR2YUV)
        change(yuv, chance)
        return np.asarray(cv2.cvtColor(yuv, cv2.COLOR_YUV2BGR), np.uint8)

    return changed


def _set_both(value: int) -> Callable[[Frames, np.random.Generator], None]:
    def change(yuv: Frames, chance: np.random.Generator) -> None:
        yuv[..., 1:] = value

    return change


def _stick(yuv: Frames, chance: np.random.Generator) -> None:
    yuv[..., int(chance.integers(1, 3))] = int(chance.choice([60, 190]))


def _swap_uv(yuv: Frames, chance: np.random.Generator) -> None:
    yuv[..., 1:] = yuv[..., [2, 1]]


def _channel(one: Frames, chance: np.random.Generator) -> Frames:
    gain = np.ones(3, np.float32)
    gain[int(chance.integers(0, 3))] = chance.choice([chance.uniform(0.4, 0.55), chance.uniform(1.7, 2.1)])
    return np.asarray(np.clip(one * gain, 0, 255), np.uint8)


def _dead(one: Frames, chance: np.random.Generator) -> Frames:
    changed = one.copy()
    changed[..., int(chance.integers(0, 3))] = int(chance.choice([0, 16]))
    return changed


_tinted("channel_gain", _channel, 1)
_tinted("dead_channel", _dead, 3)
_tinted("green", _yuv(_set_both(0)), 3)
_tinted("pink", _yuv(_set_both(255)), 3)
_tinted("stuck_chroma", _yuv(_stick), 2)
_tinted("swapped_uv", _yuv(_swap_uv), 2)
_tinted("swapped_rb", lambda one, c: np.ascontiguousarray(one[..., ::-1]), 2)
_tinted("grey", _yuv(_set_both(128)), 1)
_tinted("negative_chroma", _yuv(lambda yuv, c: np.copyto(yuv[..., 1:], 255 - yuv[..., 1:])), 2)
_tinted("negative", lambda one, c: 255 - one, 3)
