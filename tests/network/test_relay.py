"""What the relays' answers mean: bursts of bindings as data, and any answer as an answer."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from probes.network import media_relays, stun
from probes.network.settings import Settings
from probes.network.stun import Burst
from probes.reading import CannotMeasure, NothingToMeasure, Reading

SERVER = "relay.example:3478"


def burst(sent: int, lost: Collection[int] = (), seconds: float = 0.02) -> Burst:
    numbers = [one for one in range(sent) if one not in lost]
    return Burst(sent, dict.fromkeys(numbers, seconds), numbers, "192.0.2.30")


@pytest.mark.parametrize(
    ("kind", "answer"), [(0x0101, True), (0x0111, True), (0x0001, False), (0x0011, False), (0x0113, True)]
)
def test_success_and_error_are_answers_requests_are_none(kind: int, answer: bool) -> None:
    transaction = b"abcdefghijkl"
    data = kind.to_bytes(2) + bytes(2) + stun.COOKIE.to_bytes(4) + transaction
    assert stun.answers(data, transaction) is answer
    assert not stun.answers(data, b"lkjihgfedcba")


def test_one_lost_packet_says_nothing_and_a_fifth_lost_is_told_as_at_least_a_tenth() -> None:
    assert media_relays.least_loss(1, 42) == 0.0
    assert 0.1 < media_relays.least_loss(9, 42) < 9 / 42
    assert media_relays.least_loss(42, 42) > 0.9


def test_a_confirming_round_tells_a_tenth_lost_and_not_what_healthy_networks_lose() -> None:
    degraded = Settings().loss_ratio
    assert media_relays.least_loss(3, media_relays.CONFIRMING) > degraded, (
        "nineteen of twenty rounds lose so many at a tenth"
    )
    assert media_relays.least_loss(2, media_relays.CONFIRMING) < degraded
    assert media_relays.least_loss(2, media_relays.ROUND + media_relays.CLOSER) > degraded, (
        "the round that brings the confirming one"
    )


def test_what_only_the_first_look_saw_is_not_told() -> None:
    first, second = burst(12, {3, 7}), burst(30)
    assert media_relays.joined(first, second) is second
    both = media_relays.joined(first, burst(30, {1, 2, 9}))
    assert (both.sent, len(both.times)) == (42, 37)


def test_a_relay_that_answers_so_many_and_no_more_is_not_a_lossy_way() -> None:
    assert media_relays.throttled(burst(12, set(range(5, 12))))
    assert not media_relays.throttled(burst(12, {2, 5}))
    heard = media_relays.RelayAnswers(udp={SERVER: burst(12, set(range(5, 12)))})
    media, stream = media_relays.judge([SERVER], heard, lambda one: True)
    assert isinstance(media, Reading)
    assert not media.finding
    assert isinstance(stream, CannotMeasure)


def test_silence_is_judged_by_what_used_to_answer() -> None:
    silent = media_relays.RelayAnswers()
    (unknown,) = media_relays.judge([SERVER], silent, lambda one: False)
    assert isinstance(unknown, CannotMeasure)
    (lost,) = media_relays.judge([SERVER], silent, lambda one: True)
    assert isinstance(lost, Reading)
    assert lost.finding == "media_unreachable"
    (blocked,) = media_relays.judge([SERVER], media_relays.RelayAnswers(other={SERVER: "TCP 3478"}), lambda one: False)
    assert isinstance(blocked, Reading)
    assert (blocked.finding, blocked.evidence["fallback"]) == ("media_udp_blocked", "TCP 3478")
    (alive,) = media_relays.judge([SERVER], media_relays.RelayAnswers(alive={SERVER}), lambda one: True)
    assert isinstance(alive, Reading)
    assert alive.finding == "media_udp_blocked"
    (nothing,) = media_relays.judge([], silent, lambda one: True)
    assert isinstance(nothing, NothingToMeasure)
