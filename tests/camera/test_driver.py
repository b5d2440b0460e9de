"""What the driver says without a picture: signal of an input, mirroring, position. The kernel's answers are made up."""

from __future__ import annotations

import errno
import fcntl
import struct
from typing import Any

import pytest

from alerting.model.catalogue import KINDS
from probes.camera import Settings, driver_linux
from probes.camera.answer import read_answer
from probes.camera.driver_linux import DriverFacts, ask_driver, is_mirrored, same_position, signal_of
from probes.reading import CannotMeasure, Reading

INPUT = struct.Struct("@I32sIIIQII3I0Q")


class Driver:
    """Answers V4L2's questions as a capture card of the kernel would. controls: by number."""

    def __init__(self, status: int = 0, capabilities: int = 0, timings: int = 0, **controls: int) -> None:
        self.status, self.capabilities, self.timings = status, capabilities, timings
        self.controls = {getattr(driver_linux, name): value for name, value in controls.items()}

    def ioctl(self, _descriptor: int, request: int, argument: Any) -> bytes:
        if request == driver_linux.VIDIOC_G_INPUT:
            return struct.pack("i", 1)
        if request == driver_linux.VIDIOC_ENUMINPUT:
            index, *_ = INPUT.unpack(argument)
            assert index == 1, "the chosen input is asked about"
            return INPUT.pack(index, b"HDMI 0", 2, 0, 0, 0, self.status, self.capabilities, 0, 0, 0)
        if request == driver_linux.VIDIOC_QUERY_DV_TIMINGS and not self.timings:
            return bytes(argument)
        if request == driver_linux.VIDIOC_G_CTRL:
            which, _ = struct.unpack("=Ii", argument)
            if which in self.controls:
                return struct.pack("=Ii", which, self.controls[which])
            raise OSError(errno.EINVAL, "no such control")
        raise OSError(self.timings or errno.ENOTTY, "not so")


@pytest.mark.parametrize(
    ("driver", "facts"),
    [
        (Driver(), DriverFacts()),
        (Driver(PRIVACY=1), DriverFacts(closed=True)),
        (Driver(PRIVACY=0), DriverFacts()),
        (Driver(status=0x2), DriverFacts(signal="no_signal")),
        (Driver(status=0x1 | 0x2), DriverFacts(signal="no_power")),
        (Driver(status=0x10000), DriverFacts(signal="no_signal")),
        (Driver(status=0x100), DriverFacts(signal="unsteady")),
        (Driver(status=0x4 | 0x200), DriverFacts()),  # no colour; colour killer: the picture shows it
        (Driver(capabilities=0x2), DriverFacts()),
        (Driver(capabilities=0x2, timings=errno.ENOLINK), DriverFacts(signal="no_signal")),
        (Driver(capabilities=0x2, timings=errno.ENOLCK), DriverFacts(signal="unsteady")),
        (Driver(capabilities=0x2, timings=errno.ERANGE), DriverFacts()),
        (Driver(timings=errno.ENOLINK), DriverFacts()),  # an input without timings is not asked for them
        (Driver(HORIZONTAL_FLIP=1), DriverFacts(mirrored=True)),
        (Driver(HORIZONTAL_FLIP=1, VERTICAL_FLIP=1), DriverFacts()),  # as a camera under the ceiling needs it
        (Driver(status=0x10), DriverFacts(mirrored=True)),
        (Driver(status=0x10, HORIZONTAL_FLIP=1), DriverFacts()),  # put right again
        (Driver(PAN=3600, TILT=-7200, ZOOM=100), DriverFacts(position=(3600, -7200, 100))),
        (Driver(ZOOM=120), DriverFacts(position=(0, 0, 120))),
    ],
)
def test_what_a_driver_says(driver: Driver, facts: DriverFacts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "ioctl", driver.ioctl)
    assert ask_driver("/dev/null") == facts


@pytest.mark.parametrize("node", ["/dev/null", "/nowhere"])
def test_what_cannot_be_asked_has_said_nothing(node: str) -> None:
    assert ask_driver(node) == DriverFacts()


def test_a_digital_input_without_a_lock_is_no_signal_whatever_else_is_set() -> None:
    assert [signal_of(bits) for bits in (0, 0x2, 0x100, 0x102, 0x10100)] == [
        "", "no_signal", "unsteady", "no_signal", "no_signal",
    ]  # fmt: skip


@pytest.mark.parametrize("known", [0, 1, 2, 3, 4])
def test_only_an_odd_number_of_turned_axes_mirrors(known: int) -> None:
    assert is_mirrored((*[1] * known, *[None] * (4 - known))) is (known % 2 == 1)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ((), (3600, 0, 100), True),
        ((0, 0, 100), (), True),
        ((0, 0, 100), (900, -900, 101), True),
        ((0, 0, 100), (3600, 0, 100), False),
        ((0, 0, 100), (0, -3600, 100), False),
        ((0, 0, 100), (0, 0, 140), False),
        ((0, 0, 0), (0, 0, 0), True),
    ],
)
def test_the_same_position(one: tuple[int, ...], other: tuple[int, ...], same: bool) -> None:
    assert same_position(one, other) is same
    assert same_position(other, one) is same


NO_SIGNAL = {"state": "no_signal", "reason": "no_signal"}


def test_an_input_without_signal_is_a_fault_only_where_a_picture_must_always_come() -> None:
    always, at_times, unknown = (read_answer("card", NO_SIGNAL, card=card) for card in ("always", "at_times", ""))
    assert isinstance(always, Reading) and always.finding == "camera_no_signal"
    assert always.finding in KINDS
    assert isinstance(at_times, Reading) and (at_times.finding, at_times.values["signal"]) == ("", 0.0)
    assert isinstance(unknown, CannotMeasure) and str(unknown.reason) == "input_without_signal"


@pytest.mark.parametrize("reason", ["no_signal", "no_power", "unsteady"])
def test_each_way_to_be_without_signal_is_said(reason: str) -> None:
    outcome = read_answer("card", {"state": "no_signal", "reason": reason}, card="always")
    assert isinstance(outcome, Reading)
    assert str(outcome.evidence["reason"]) == f"input_{reason}"


def test_a_card_for_computers_that_delivers_nothing_is_unknown() -> None:
    outcome = read_answer("card", {"state": "missing", "reason": "no such device"}, card="at_times")
    assert isinstance(outcome, CannotMeasure) and str(outcome.reason) == "card_silent"


def test_a_capture_card_that_is_no_camera_of_the_room_is_told() -> None:
    from probes.camera import unwatched

    (wrong,) = unwatched(Settings(cameras=("Rally", "USB_Video"), capture_cards={"USB_Vidoe": "always"}))
    assert (wrong.path, wrong.value) == ("capture_cards", '"USB_Vidoe"')
