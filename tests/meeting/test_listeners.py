"""What holds the microphone for ever is no meeting for ever, and what is in a call always is one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.meeting.is_meeting_running import MeetingLook, Use, conclude
from monitor.meeting.listeners import ALWAYS_SECONDS, FILE, IDLE_SECONDS, LET_GO_SECONDS, Listeners
from probes.software.meeting_signs import STREAM
from probes.software.traffic_linux import IPV4, IPV6, Traffic, ports

ASSISTANT = Use(name="rhasspy", microphone=True)
ZOOM = Use(name="zoom", application="zoom", sort="conference", microphone=True)
ALIVE = frozenset({"rhasspy", "zoom"})


def test_a_program_that_listens_all_day_is_learned_and_kept_over_restarts(tmp_path: Path) -> None:
    listeners = Listeners.restored(tmp_path)
    for now in range(0, int(ALWAYS_SECONDS), 300):
        (use,) = listeners.take([ASSISTANT], ALIVE, float(now), counted=True)
        assert conclude(MeetingLook(uses=(use,))).hands_off is None, "until then the microphone is somebody's"
    listeners.take([ASSISTANT], ALIVE, ALWAYS_SECONDS, counted=True)
    for again in (listeners, Listeners.restored(tmp_path)):
        (use,) = again.take([ASSISTANT], ALIVE, ALWAYS_SECONDS, counted=True)
        state = conclude(MeetingLook(uses=(use,), scheduled=True))
        assert (state.hands_off, state.listeners) == (False, ("rhasspy",))
        (use,) = again.take([replace(ASSISTANT, camera=True)], ALIVE, ALWAYS_SECONDS + 1, counted=True)
        assert conclude(MeetingLook(uses=(use,))).hands_off is None, "its camera counts as ever"


def test_a_background_service_is_known_at_once() -> None:
    (use,) = Listeners().take([replace(ASSISTANT, service=True)], ALIVE, 0.0, counted=True)
    assert conclude(MeetingLook(uses=(use,))).hands_off is False


def test_a_client_that_does_not_let_the_microphone_go_is_no_meeting_for_ever() -> None:
    listeners = Listeners()
    (use,) = listeners.take([ZOOM], ALIVE, 0.0, counted=True)
    assert conclude(MeetingLook(uses=(use,))).running is True
    (use,) = listeners.take([ZOOM], ALIVE, IDLE_SECONDS, counted=True)
    state = conclude(MeetingLook(uses=(use,), scheduled=True))
    assert (state.running, state.hands_off, str(state.reasons[0])) == (False, None, "microphone_idle (zoom)")
    (use,) = listeners.take([ZOOM], ALIVE, ALWAYS_SECONDS, counted=True)
    assert conclude(MeetingLook(uses=(use,))).hands_off is False
    (use,) = listeners.take([replace(ZOOM, sockets=1)], ALIVE, ALWAYS_SECONDS + 5, counted=True)
    assert conclude(MeetingLook(uses=(use,), flowing=True)).running is True, "now it is in a call"


def test_a_program_that_looks_all_day_is_learned_for_its_camera_alone(tmp_path: Path) -> None:
    listeners, counter = Listeners.restored(tmp_path), Use(name="rhasspy", camera=True)
    for now in (0.0, ALWAYS_SECONDS):
        (use,) = listeners.take([counter], ALIVE, now, counted=True)
    for again in (listeners, Listeners.restored(tmp_path)):
        (use,) = again.take([counter], ALIVE, ALWAYS_SECONDS, counted=True)
        state = conclude(MeetingLook(uses=(use,), scheduled=True))
        assert (state.hands_off, state.listeners) == (False, ("rhasspy",))
        (use,) = again.take([replace(counter, microphone=True)], ALIVE, ALWAYS_SECONDS + 1, counted=True)
        assert conclude(MeetingLook(uses=(use,))).hands_off is None, "its microphone counts as ever"


def test_a_client_that_lets_neither_camera_nor_microphone_go_is_no_meeting_for_ever() -> None:
    listeners, client = Listeners(), replace(ZOOM, camera=True)
    (use,) = listeners.take([client], ALIVE, 0.0, counted=True)
    assert conclude(MeetingLook(uses=(use,))).running is True
    (use,) = listeners.take([client], ALIVE, IDLE_SECONDS, counted=True)
    assert conclude(MeetingLook(uses=(use,))).hands_off is None, "somebody may be at it"
    (use,) = listeners.take([client], ALIVE, ALWAYS_SECONDS, counted=True)
    assert conclude(MeetingLook(uses=(use,))).hands_off is False


@pytest.mark.parametrize("busy", [{"sockets": 1}, {"streams": 1}, {"says": True}, {"helpers": ("a",)}])
def test_a_long_call_is_a_meeting_to_its_end(busy: dict[str, object]) -> None:
    listeners = Listeners()
    for now in range(0, int(2 * ALWAYS_SECONDS), 300):
        (use,) = listeners.take([replace(ZOOM, **busy)], ALIVE, float(now), counted=True)  # type: ignore[arg-type]
        assert conclude(MeetingLook(uses=(use,), flowing=True)).running is True


def test_where_packets_cannot_be_counted_a_client_is_never_called_idle() -> None:
    listeners = Listeners()
    for now in (0.0, 2 * ALWAYS_SECONDS):
        (use,) = listeners.take([ZOOM], ALIVE, now, counted=False)
        assert conclude(MeetingLook(uses=(use,))).running is True


def test_what_lets_the_microphone_go_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"programs": ["zoom"]}')
    listeners = Listeners.restored(tmp_path)
    idle = replace(ZOOM, microphone=False)
    listeners.take([idle], ALIVE, 0.0, counted=True)
    listeners.take([idle], frozenset(), 10.0, counted=True)
    listeners.take([idle], ALIVE, 20.0, counted=True)
    assert listeners.microphone.names == {"zoom"}, "it has just started again"
    listeners.take([idle], ALIVE, 20.0 + LET_GO_SECONDS, counted=True)
    assert listeners.microphone.names == frozenset() == Listeners.restored(tmp_path).microphone.names


@pytest.mark.parametrize("text", ["", "[", '{"programs": 3}', "[]", "\udcff"])
def test_a_broken_file_knows_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_bytes(text.encode(errors="surrogateescape"))
    assert Listeners.restored(tmp_path).microphone.names == frozenset()


def packet(protocol: int, content: int, *, six: bool = False, fragment: int = 0) -> bytes:
    header = bytes([0x12, 0x34, 0x56, 0x78]) + bytes(8) + bytes([0x50]) + bytes(7) if protocol == 6 else bytes.fromhex(
        "1234567800000000"
    )  # fmt: skip
    body = header + bytes(content)
    if six:
        return bytes([0x60, 0, 0, 0]) + len(body).to_bytes(2) + bytes([protocol, 64]) + bytes(32) + body
    head = bytes([0x45, 0]) + (20 + len(body)).to_bytes(2) + bytes(2) + fragment.to_bytes(2)
    return head + bytes([64, protocol]) + bytes(10) + body


def test_ports_are_read_from_both_families_and_segments_without_content_are_passed_over() -> None:
    for six, kind in ((False, IPV4), (True, IPV6)):
        assert ports(packet(17, 5, six=six), kind) == (17, 0x1234, 0x5678)
        assert ports(packet(6, 5, six=six), kind) == (6, 0x1234, 0x5678)
        assert ports(packet(6, 0, six=six), kind) is None
        assert ports(packet(1, 5, six=six), kind) is None
    assert ports(packet(17, 5, fragment=3), IPV4) is None
    assert ports(packet(17, 5), 0x0806) is None
    with pytest.raises(IndexError):
        ports(packet(17, 5)[:22], IPV4)


def test_a_sessions_sockets_count_where_their_own_packets_flow() -> None:
    from monitor.meeting.evidence import from_numbers, to_numbers

    use = Use(
        name="zoom", application="zoom", sort="conference", sockets=2, streams=1, ports=(5000, 5001, STREAM + 443)
    )
    answer = to_numbers([use])
    (told,) = from_numbers(answer, Traffic(udp=frozenset({5001, 443}), tcp=frozenset({443})))
    assert (told.sockets, told.streams) == (1, 1)
    (told,) = from_numbers(answer, Traffic(udp=frozenset({41641})))
    assert (told.sockets, told.streams) == (0, 0), "the packets are a tunnel's"
    (told,) = from_numbers(answer)
    assert (told.sockets, told.streams) == (2, 0), "without counting, as before"
