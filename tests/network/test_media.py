"""The media path against a real STUN server and the own responder, with loss made by the packet filter."""

from __future__ import annotations

import re

import pytest

from probes.network import echo_protocol as wire
from tests.network.lab import FAR, Lab, faults


def stream(lab: Lab, **settings: object) -> dict[str, dict[str, object]]:
    key = str(lab.folder / "echo.key")
    return lab.probe(echo_server=f"{FAR}:9721", echo_key_file=key, stun=[f"{FAR}:3478"], stream_seconds=2.0, **settings)


@pytest.mark.root
def test_a_clean_path_has_no_loss_and_a_high_score(served: Lab) -> None:
    found = stream(served)
    assert faults(found) == {}
    values = found["network.stream"]["values"]
    assert isinstance(values, dict)
    assert values["media_loss_ratio"] == 0
    assert values["media_r_factor"] > 90
    assert "UDP" in str(found["network.media"]["evidence"])


@pytest.mark.root
def test_loss_is_measured_as_it_was_injected(served: Lab) -> None:
    served.rule("forward udp dport 9721 numgen inc mod 5 == 0 drop")
    found = stream(served)
    assert found["network.stream"]["fault"] == "media_loss"
    values = found["network.stream"]["values"]
    assert isinstance(values, dict)
    assert values["media_loss_ratio"] == pytest.approx(0.2, abs=0.011)


@pytest.mark.root
@pytest.mark.parametrize(
    ("blocked", "left"), [("udp dport 3478", "TCP 3478"), ("meta l4proto { tcp, udp } th dport 3478", "TLS 5349")]
)
def test_blocked_udp_names_the_fallback(served: Lab, blocked: str, left: str) -> None:
    served.rule(f"forward {blocked} drop")
    found = served.probe(stun=["meet.test:3478"])
    assert faults(found) == {"network.media": "media_udp_blocked"}
    assert found["network.media"]["evidence"]["fallback"] == left


@pytest.mark.root
def test_a_relay_that_used_to_answer_and_is_silent_by_every_transport_is_unreachable(served: Lab) -> None:
    assert faults(served.probe(stun=["meet.test:3478"])) == {}
    served.rule("forward th dport { 3478, 5349, 443 } drop")
    found = served.probe(stun=["meet.test:3478"], services=[], dns_name="meet.test")
    assert faults(found) == {"network.media": "media_unreachable"}


@pytest.mark.root
def test_the_silence_of_a_relay_that_never_answered_here_says_nothing(served: Lab) -> None:
    served.rule("forward th dport { 3479, 5349 } drop")
    found = served.probe(stun=["meet.test:3479"])
    assert faults(found) == {}
    assert found["network.media"]["kind"] == "CannotMeasure"


@pytest.mark.root
def test_no_stream_is_sent_while_a_meeting_may_run(served: Lab) -> None:
    ask = {"echo_server": f"{FAR}:9721", "echo_key_file": str(served.folder / "echo.key")}
    found = served.probe(in_meeting=None, **ask)
    assert found["network.stream"]["kind"] == "CannotMeasure"
    assert found["network.stream"]["reason"] == "in_meeting"


def test_jitter_is_the_running_mean_of_rfc_3550() -> None:
    assert wire.rfc3550_jitter([0.1] * 50) == 0
    assert wire.rfc3550_jitter([0.0, 0.016]) == pytest.approx(0.001)
    assert wire.longest_gap({0, 1, 5, 9}, 10) == 3


@pytest.mark.root
def test_a_stream_stays_below_its_bandwidth(served: Lab) -> None:
    served.rule("forward udp dport 9721 counter accept")
    stream(served)
    counted = re.search(
        r"packets (\d+) bytes (\d+)", served.inside(served.wall, "nft", "list", "chain", "ip", "lab", "forward")
    )
    assert counted is not None
    packets, size = int(counted[1]), int(counted[2])
    assert packets == 100  # 2 s of 50 a second
    assert (size + 18 * packets) * 8 / 2 < 100_000  # with Ethernet's frame around each
