"""What the judge of the acoustic path goes by. Light: the daemon reads it, and numpy stays in the child."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """most_delay: seconds; least_gain, in dB from what is played to what is heard; most_distortion: of the sound."""

    most_delay: float = 0.2
    least_gain: float = -42.0
    most_distortion: float = 0.12


BOUNDS = Bounds()
"""As shipped: what the settings begin with."""
