"""A camera that offers no format that can be read: told by name, and no fault."""

from __future__ import annotations

import errno
import fcntl
import struct
from typing import Any

import msgspec
import pytest

from probes.camera import why_no_picture
from probes.camera.answer import read_answer
from probes.camera.why_no_picture import VIDIOC_ENUM_FMT, why_no_device
from probes.reading import CannotMeasure


def offering(*formats: bytes, request_fails: int = 0) -> Any:
    def ioctl(_descriptor: int, request: int, argument: bytes) -> bytes:
        if request == why_no_picture.VIDIOC_REQBUFS:
            if request_fails:
                raise OSError(request_fails, "no buffers")
            return bytes(argument)
        assert request == VIDIOC_ENUM_FMT
        index, kind = struct.unpack_from("=II", argument)
        assert kind == 1, "formats of what is captured"
        if index >= len(formats):
            raise OSError(errno.EINVAL, "no more")
        return struct.pack("=III32s4sI12x", index, 1, 1, b"what the maker calls it", formats[index], 0)

    return ioctl


@pytest.mark.parametrize("fails", [0, errno.EINVAL])
def test_formats_that_cannot_be_read_are_named(fails: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fcntl, "ioctl", offering(b"H264", b"HEVC", b"H264", request_fails=fails))
    outcome = read_answer("lobby", msgspec.to_builtins(why_no_device("/dev/null")))
    assert isinstance(outcome, CannotMeasure)
    assert str(outcome.reason) == "only_formats(formats=H264, HEVC)"


@pytest.mark.parametrize(
    ("formats", "fails", "reason"),
    [
        ((b"NV12", b"H264"), 0, "no_picture_format"),
        ((), 0, "no_picture_format"),
        ((b"H264",), errno.EBUSY, "in_use(why=system_error(detail=Device or resource busy))"),
    ],
)
def test_other_reasons_stay_as_they_were(
    formats: tuple[bytes, ...], fails: int, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "ioctl", offering(*formats, request_fails=fails))
    outcome = read_answer("lobby", msgspec.to_builtins(why_no_device("/dev/null")))
    assert isinstance(outcome, CannotMeasure) and str(outcome.reason) == reason
