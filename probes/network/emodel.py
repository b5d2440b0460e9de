"""The E-model of ITU-T G.107 for G.711 with packet loss concealment: R-factor and MOS from delay and loss."""

from __future__ import annotations

import math

R_DEFAULT = 93.2
"""G.107 with every parameter at its default."""
LOSS_ROBUSTNESS = 25.1
"""Bpl of G.711 with concealment, G.113 appendix I; its Ie is 0."""
DELAY_THRESHOLD_MS = 100.0
"""mT of G.107: one-way delay up to it costs nothing."""


def delay_impairment(one_way_seconds: float) -> float:
    """Idd of G.107, sT = 1."""
    milliseconds = one_way_seconds * 1000
    if milliseconds <= DELAY_THRESHOLD_MS:
        return 0.0
    x = math.log(milliseconds / DELAY_THRESHOLD_MS) / math.log(2)
    first: float = (1 + x**6) ** (1 / 6)
    second: float = 3 * (1 + (x / 3) ** 6) ** (1 / 6)
    return 25 * (first - second + 2)


def loss_impairment(loss: float, burst_ratio: float = 1.0) -> float:
    """Ie,eff of G.107. loss: 0 to 1. burst_ratio: 1 for random loss, more for bursts."""
    percent = min(max(loss, 0.0), 1.0) * 100
    if percent == 0:
        return 0.0
    return 95 * percent / (percent / max(burst_ratio, 1.0) + LOSS_ROBUSTNESS)


def r_factor(rtt: float, jitter: float, loss: float, burst_ratio: float = 1.0) -> float:
    """R, 0 to 93.2. rtt and jitter in seconds; a jitter buffer of twice the jitter adds to the one-way delay."""
    delay = rtt / 2 + 2 * jitter
    return max(0.0, R_DEFAULT - delay_impairment(delay) - loss_impairment(loss, burst_ratio))


def mos(r: float) -> float:
    """Mean opinion score, 1 to 4.5, by G.107 annex B."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
