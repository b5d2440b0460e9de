"""What a camera's driver says without a picture: shutter, signal of the input, mirroring, where the camera points to.

V4L2's questions change nothing. A driver that does not know, or cannot be asked, has said nothing.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from dataclasses import dataclass
from itertools import zip_longest

_CONTROL = struct.Struct("=Ii")
VIDIOC_G_CTRL = 0xC008561B
"""_IOWR('V', 27, struct v4l2_control) of linux/videodev2.h."""

PRIVACY = 0x009A0910
"""V4L2_CID_PRIVACY of linux/v4l2-controls.h. 1: no picture can be taken."""
HORIZONTAL_FLIP, VERTICAL_FLIP = 0x00980914, 0x00980915
PAN, TILT, ZOOM = 0x009A0908, 0x009A0909, 0x009A090D
"""V4L2_CID_*_ABSOLUTE: seconds of arc, seconds of arc, and the camera's own unit."""

_INPUT = struct.Struct("@I32sIIIQII3I0Q")
"""struct v4l2_input: index, name, type, audioset, tuner, std, status, capabilities, reserved."""
VIDIOC_G_INPUT = 0x80045626
VIDIOC_ENUMINPUT = 0xC000561A | _INPUT.size << 16
NO_POWER, NO_SIGNAL, HFLIP, VFLIP, NO_LOCK, NO_SYNC = 0x1, 0x2, 0x10, 0x20, 0x100, 0x10000
"""V4L2_IN_ST_*: bits of an input's status."""
HAS_TIMINGS = 0x2
"""V4L2_IN_CAP_DV_TIMINGS: a digital input (HDMI, SDI, DisplayPort)."""

VIDIOC_QUERY_DV_TIMINGS = 0x80845663
_TIMINGS_BYTES = 132
_WITHOUT_SIGNAL = {errno.ENOLINK: "no_signal", errno.ENOLCK: "unsteady"}
"""Why the timings of what comes in cannot be measured. ERANGE: a signal that the card cannot take, which its picture
shows."""

TURNED_SECONDS = 1800
"""Half a degree of pan or tilt, two pixels of 320: motors come back to a preset more exactly, and corners are still
found at their place."""
ZOOMED_SHARE = 0.02
"""Likewise of zoom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverFacts:
    """closed: the camera says that its shutter is closed. signal: why the input carries none, "no_power", "no_signal"
    or "unsteady"; "" where it does or nobody knows. mirrored: the pictures that are handed out are, and a camera
    cannot be hung so that they are not. position: pan, tilt, zoom; () where the camera does not turn or does not tell.
    """

    closed: bool = False
    signal: str = ""
    mirrored: bool = False
    position: tuple[int, ...] = ()


def ask_driver(node: str) -> DriverFacts:
    try:
        descriptor = os.open(node, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return DriverFacts()
    try:
        return _asked(descriptor)
    finally:
        os.close(descriptor)


def _asked(descriptor: int) -> DriverFacts:
    status, capabilities = _input(descriptor)
    controls = [_control(descriptor, which) for which in (PAN, TILT, ZOOM)]
    flips = status & HFLIP, status & VFLIP, _control(descriptor, HORIZONTAL_FLIP), _control(descriptor, VERTICAL_FLIP)
    return DriverFacts(
        closed=_control(descriptor, PRIVACY) == 1,
        signal=signal_of(status) or (_timings(descriptor) if capabilities & HAS_TIMINGS else ""),
        mirrored=is_mirrored(flips),
        position=tuple(one or 0 for one in controls) if any(one is not None for one in controls) else (),
    )


def signal_of(status: int) -> str:
    """An input's status bits → as DriverFacts.signal."""
    if status & NO_POWER:
        return "no_power"
    if status & (NO_SIGNAL | NO_SYNC):
        return "no_signal"
    return "unsteady" if status & NO_LOCK else ""


def is_mirrored(flips: tuple[int | None, ...]) -> bool:
    """Whether an odd number of axes is turned over. Two are the picture turned by half, which a camera that hangs from
    the ceiling needs: whether it hangs is not known. None is what the driver does not know."""
    return sum(bool(one) for one in flips) % 2 == 1


def same_position(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether a camera that tells its position points to the same place; True where one of them is not known."""
    if not one or not other:
        return True
    apart = [abs(a - b) for a, b in zip_longest(one, other, fillvalue=0)]
    return max(apart[:2]) <= TURNED_SECONDS and sum(apart[2:]) <= ZOOMED_SHARE * max(sum(one[2:]), sum(other[2:]))


def _input(descriptor: int) -> tuple[int, int]:
    """(status, capabilities) of the input that is chosen; zeros where the driver does not say."""
    try:
        (chosen,) = struct.unpack("i", fcntl.ioctl(descriptor, VIDIOC_G_INPUT, bytes(4)))
        told = fcntl.ioctl(descriptor, VIDIOC_ENUMINPUT, _INPUT.pack(chosen, b"", *[0] * 9))
    except (OSError, struct.error):
        return 0, 0
    _index, _name, _type, _audio, _tuner, _std, status, capabilities, *_ = _INPUT.unpack(told)
    return int(status), int(capabilities)


def _timings(descriptor: int) -> str:
    try:
        fcntl.ioctl(descriptor, VIDIOC_QUERY_DV_TIMINGS, bytes(_TIMINGS_BYTES))
    except OSError as error:
        return _WITHOUT_SIGNAL.get(error.errno or 0, "")
    return ""


def _control(descriptor: int, which: int) -> int | None:
    try:
        return int(_CONTROL.unpack(fcntl.ioctl(descriptor, VIDIOC_G_CTRL, _CONTROL.pack(which, 0)))[1])
    except OSError:
        return None
