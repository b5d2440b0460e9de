"""Samples that were read as something else than they are: bytes swapped, shifted, unsigned, of fewer bits.

A wrong reading turns sound into noise; the right one turns it back. So each candidate is undone, and where the result
is far smoother than what came, that is what happened. Pure: one channel in, a word out.
"""

from __future__ import annotations

import warnings

import numpy as np

from probes.microphone.ranks import distinct, median
from probes.microphone.sound_take import Floats, Samples

STRETCH = 8192
"""Samples that are looked at, around the loudest moment: half a second of speech at 16 kHz."""

ROUGH = 0.25
"""Mean square of the differences over twice the variance. White noise has 1; speech at 8 kHz up to 0.25 in an "s"."""

SMOOTHER = 0.3
"""The candidate's roughness over that of what came: a wrong candidate is as rough or rougher."""

SMOOTHER_AND_SOFTER = 0.5
"""Likewise where the candidate is also softer by half, as the right reading of 16 bits is: noise has full scale."""

DENSE = 0.1
"""Middle of the samples over their peak: a wrong reading fills the whole range (0.5), keystrokes and voices do not."""

SHIFTED_STEP = 4 / 32768
"""Two low bits that are always zero, in sound that leaps over full scale: it was shifted up."""

SHIFTED_PEAK = 0.9
"""Share of full scale: what was shifted up leaps over it."""

COARSE_STEP = 1 / 512
"""A step of the samples that large is 9 bits or fewer: its noise of −65 dBFS is heard in every pause."""


def misread(samples: Samples) -> str:
    """What the samples really were: "swapped", "shifted", "shifted_bits", "unsigned", "floats", "wrapped",
    their bits where these are few ("8"); "" for sound."""
    loudest = int(np.abs(samples).argmax())
    begin = max(0, min(loudest - STRETCH // 2, len(samples) - STRETCH))
    part = samples[begin : begin + STRETCH].astype(np.float64)
    if len(part) < 64 or float(np.ptp(part)) < 4 / 32768:
        return ""
    step = _step(part)
    if name := _undone(part):
        return name
    wrapped = _wrapped(part)
    leaps = float(np.abs(part).max()) > SHIFTED_PEAK  # a telephone's codec also delivers 13 bits, at any level
    if step >= SHIFTED_STEP and leaps and (wrapped or (_dense(part) and _roughness(part) > ROUGH / 4)):
        return "shifted_bits"
    if wrapped:
        return "wrapped"
    return str(max(1, round(1 - np.log2(step)))) if step >= COARSE_STEP else ""


def _roughness(part: Floats) -> float:
    return float(np.mean(np.diff(part) ** 2) / (2 * np.var(part) + 1e-15))


def _dense(part: Floats) -> bool:
    return median(np.abs(part)) > DENSE * float(np.abs(part).max())


def _undone(part: Floats) -> str:
    rough = _roughness(part)
    if rough < ROUGH / 4 or not _dense(part):
        return ""
    for number, (name, candidate) in enumerate(candidates(part)):
        wide = number >= 4  # of 24 and 32 bits: read wrongly, these may be faint
        usable = np.isfinite(candidate).all() and 1e-4 < float(np.abs(candidate).max()) <= 1.0
        if usable and distinct(candidate[:256]).size > 8:
            gain = np.std(candidate) / (np.std(part) + 1e-15)
            smoother = _roughness(candidate) / rough
            if (smoother < SMOOTHER and rough > ROUGH and wide) or (smoother < SMOOTHER_AND_SOFTER and gain < 0.5):
                return name
    return ""


def candidates(part: Floats) -> list[tuple[str, Floats]]:
    short = np.clip(np.round(part * 32768), -32768, 32767).astype("<i2")
    wide = np.clip(np.round(part * 2**31), -(2.0**31), 2.0**31 - 256).astype(np.int64).astype("<i4")
    packed = np.ascontiguousarray((wide >> 8).astype("<i4")).view(np.uint8).reshape(-1, 4)[:, :3]
    turned = np.zeros((len(part), 4), np.uint8)
    turned[:, 1:] = packed[:, ::-1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        single = wide.view("<f4").astype(np.float64)
    return [
        ("swapped", short.byteswap() / 32768.0),
        ("unsigned", (short.view("<u2") ^ 0x8000).view("<i2") / 32768.0),
        ("shifted", np.frombuffer(short.tobytes()[1:-1], "<i2") / 32768.0),
        ("shifted", np.frombuffer(packed.tobytes()[1:-2], np.uint8).reshape(-1, 3)[:, 2].view(np.int8) / 128.0),
        ("swapped", turned.view("<i4").ravel() / 2.0**31),
        ("swapped", wide.byteswap() / 2.0**31),
        ("floats", single),
    ]


def _wrapped(part: Floats) -> bool:
    """True where the sound leaves full scale at one end and comes in at the other."""
    jumps = np.diff(part)
    large = np.abs(jumps) > 1.0
    if np.count_nonzero(large) < 6:
        return False
    inner = np.where(large, jumps - 2.0 * np.sign(jumps), jumps)
    return float(np.mean(inner**2)) < 0.15 * float(np.mean(jumps**2))


def _step(part: Floats) -> float:
    """The step that all values are multiples of, where it is coarser than 16 bits; else one step of 16 bits."""
    values = distinct(part)
    if len(values) < 3:
        return 1 / 32768
    step = float(np.diff(values).min())
    multiples = (values - values[0]) / step
    even = np.abs(multiples - np.round(multiples)).max() < 0.02
    return step if even and step > 1 / 32768 else 1 / 32768
