"""The E-model of ITU-T G.107 for G.711 with packet loss concealment: R-factor and MOS from delay and loss.

Every parameter but delay and loss stands at the recommendation's default; echo is part of it (TELR 65 dB, WEPL 110 dB),
which is why R falls from the first millisecond on and not only from 100.
"""

from __future__ import annotations

import math

BASIC = 93.355
"""R0 - Is of G.107 with every parameter at its default; without delay the listener's echo leaves the known 93.2."""
RATIO_DEFAULT = 94.77
"""R0 alone, the signal to noise ratio of G.107, section 7.2, at the defaults."""
NOISE_DBM = -61.179
"""No, the sum of all noise of G.107, section 7.2, at the defaults."""
SEND_LOUDNESS, RECEIVE_LOUDNESS = 8.0, 2.0
"""SLR and RLR in dB, the defaults of G.107's table 2."""
TALKER_ECHO_LOUDNESS = 65.0
"""TELR in dB: what a working echo canceller leaves."""
ECHO_PATH_LOSS = 110.0
"""WEPL in dB."""
LOSS_ROBUSTNESS = 25.1
"""Bpl of G.711 with concealment, G.113 appendix I; its Ie is 0."""
DELAY_THRESHOLD_MS = 100.0
"""mT of G.107: one-way delay up to it costs conversation nothing, echo apart."""


def talker_echo_impairment(one_way_ms: float) -> float:
    """Idte of G.107: hearing oneself late. Section 7.4, with STMR at its default of 15 dB."""
    if one_way_ms < 1:
        return 0.0  # G.107: such an echo is sidetone
    rise = 40 * math.log10((1 + one_way_ms / 10) / (1 + one_way_ms / 150))
    loudness: float = TALKER_ECHO_LOUDNESS - rise + 6 * math.exp(-0.3 * one_way_ms**2)
    heard = 80 + 2.5 * (loudness - 14)
    quiet = -1.5 * (NOISE_DBM - RECEIVE_LOUDNESS)
    half = (quiet - heard) / 2
    return (half + math.sqrt(half**2 + 100) - 1) * (1 - math.exp(-one_way_ms))


def listener_echo_impairment(round_trip_ms: float) -> float:
    """Idle of G.107: hearing the other side twice."""
    heard: float = 10.5 * (ECHO_PATH_LOSS + 7) * (round_trip_ms + 1) ** -0.25
    half = (RATIO_DEFAULT - heard) / 2
    return half + math.sqrt(half**2 + 169)


def delay_impairment(one_way_seconds: float) -> float:
    """Id of G.107: Idte, Idle and Idd with sT = 1."""
    milliseconds = max(0.0, one_way_seconds * 1000)
    echo = talker_echo_impairment(milliseconds) + listener_echo_impairment(2 * milliseconds)
    if milliseconds <= DELAY_THRESHOLD_MS:
        return echo
    x = math.log2(milliseconds / DELAY_THRESHOLD_MS)
    first: float = (1 + x**6) ** (1 / 6)
    second: float = 3 * (1 + (x / 3) ** 6) ** (1 / 6)
    return echo + 25 * (first - second + 2)


def loss_impairment(loss: float, burst_ratio: float = 1.0) -> float:
    """Ie,eff of G.107. loss: 0 to 1. burst_ratio: 1 for random loss, more for bursts."""
    percent = min(max(loss, 0.0), 1.0) * 100
    if percent == 0:
        return 0.0
    return 95 * percent / (percent / max(burst_ratio, 1.0) + LOSS_ROBUSTNESS)


def r_factor(rtt: float, jitter: float, loss: float, burst_ratio: float = 1.0) -> float:
    """R, 0 to 93.2. rtt and jitter in seconds; a jitter buffer of twice the jitter adds to the one-way delay."""
    delay = rtt / 2 + 2 * jitter
    return max(0.0, BASIC - delay_impairment(delay) - loss_impairment(loss, burst_ratio))


def mos(r: float) -> float:
    """Mean opinion score, 1 to 4.5, by G.107 annex B."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
