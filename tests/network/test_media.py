"""The media path against a real STUN server and the own responder, with loss made by the packet filter."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.network import echo_protocol as wire
from probes.network import stun
from tests.network.lab import FAR, Lab, faults

KEY = b"0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def served(_lab: Lab) -> Iterator[Lab]:
    (_lab.folder / "echo.key").write_bytes(KEY)
    command = [
        sys.executable,
        "-m",
        "monitor.cli",
        "echo",
        "--listen",
        FAR,
        "--key-file",
        str(_lab.folder / "echo.key"),
    ]
    echo = _lab.start(_lab.far, *command)
    turn = _lab.serve(
        _lab.far, "turnserver", "-n", "--listening-ip", FAR, "--stun-only", "--no-tls", "--no-dtls", "--no-cli",
        "--log-file", "stdout", "--simple-log", "--pidfile", str(_lab.folder / "turn.pid"),
    )  # fmt: skip
    yield _lab
    for process in (echo, turn):
        process.kill()
        process.wait()


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
def test_blocked_udp_names_the_fallback(served: Lab) -> None:
    served.rule("forward udp dport 3478 drop")
    found = served.probe(stun=[f"{FAR}:3478"])
    assert faults(found) == {"network.media": "media_udp_blocked"}


@pytest.mark.root
def test_no_stream_is_sent_while_a_meeting_may_run(served: Lab) -> None:
    ask = {"echo_server": f"{FAR}:9721", "echo_key_file": str(served.folder / "echo.key")}
    found = served.probe(in_meeting=None, **ask)
    assert found["network.stream"]["kind"] == "CannotMeasure"
    assert "meeting" in found["network.stream"]["reason"]


def test_jitter_is_the_running_mean_of_rfc_3550() -> None:
    assert wire.rfc3550_jitter([0.1] * 50) == 0
    assert wire.rfc3550_jitter([0.0, 0.016]) == pytest.approx(0.001)
    assert wire.longest_gap({0, 1, 5, 9}, 10) == 3


@given(st.binary(max_size=600))
def test_a_garbled_stun_answer_is_no_answer(data: bytes) -> None:
    transaction = b"abcdefghijkl"
    stun.read_binding(data, transaction)
    start = stun.binding_request(transaction)
    stun.read_binding(b"\x01\x01" + len(data).to_bytes(2) + start[4:] + data, transaction)
    broken = bytearray(start + data)
    broken[random.randrange(len(broken))] ^= 0xFF
    stun.read_binding(bytes(broken), transaction)
