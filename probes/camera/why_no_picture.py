"""Why a camera could not be opened, which OpenCV does not say: asked of the driver, read from what FFmpeg complains.

Runs in the capturing child. Does not hand on a complaint's words: they hold the address and its password.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import re
import struct
from typing import Any

from probes.camera.hand_back_linux import VIDIOC_REQBUFS
from probes.why import because

AV_LOG_WARNING = 24
"""FFmpeg's level (libavutil/log.h) at which it says with which status a server refused."""
STATUS = re.compile(rb"(?:failed: |HTTP error )([3-5]\d\d)\b")
"""Finds the status in "method DESCRIBE failed: 401 (Unauthorized)" and "HTTP error 401 Unauthorized"."""


class _RequestBuffers(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_uint32),
        ("type", ctypes.c_uint32),
        ("memory", ctypes.c_uint32),
        ("capabilities", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
    )


_FORMAT = struct.Struct("=III32s4sI12x")
"""struct v4l2_fmtdesc: index, type, flags, description, the four letters, mbus_code, reserved."""
VIDIOC_ENUM_FMT = 0xC0405602
MOST_FORMATS = 64
READABLE = frozenset({
    "YUYV", "UYVY", "YVYU", "YU12", "YV12", "NV12", "NV21", "422P", "411P", "MJPG", "JPEG", "BGR3", "RGB3", "GREY",
    "Y16", "Y10", "Y12", "BA81", "GBRG", "GRBG", "RGGB", "BG24",
})  # fmt: skip
"""What OpenCV's V4L2 door reads."""

_TRANSIENT = frozenset({errno.EBUSY})


def hear_ffmpeg() -> int:
    """Let FFmpeg complain into a pipe that never blocks; its reading end. OpenCV itself hands on no reason."""
    reading, writing = os.pipe2(os.O_NONBLOCK)
    os.dup2(writing, 1)  # OpenCV hands FFmpeg's words to printf; the child's answer goes another way
    os.dup2(writing, 2)
    os.close(writing)
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = str(AV_LOG_WARNING)
    return reading


def why_no_stream(complaints: int) -> dict[str, Any]:
    """Why no stream was opened. Of the complaints only the status is read: they hold the address and its password."""
    said = b""
    if complaints >= 0:
        ctypes.CDLL(None).fflush(None)
        try:
            said = os.read(complaints, 65536)
        except BlockingIOError:
            pass
        finally:
            os.close(complaints)
    statuses = STATUS.findall(said)
    if not statuses:
        return {"state": "missing", "reason": because("no_stream")}
    status = int(statuses[-1])
    if status in (401, 403):
        return {"state": "login", "reason": because("camera_login", status=status)}
    return {"state": "missing", "reason": because("camera_status", status=status)}


def why_no_device(address: str) -> dict[str, Any]:
    """OpenCV gives no reason. Ask the driver for one: opening succeeds while another streams, REQBUFS says EBUSY."""
    try:
        descriptor = os.open(address, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        return _named(error)
    try:
        fcntl.ioctl(descriptor, VIDIOC_REQBUFS, bytes(_RequestBuffers(count=1, type=1, memory=1)))
    except OSError as error:
        if error.errno in _TRANSIENT or not (formats := picture_formats(descriptor)):
            return _named(error)
    else:
        formats = picture_formats(descriptor)
    finally:
        os.close(descriptor)
    if formats and not READABLE.intersection(formats):
        return {"state": "error", "reason": because("only_formats", formats=", ".join(formats))}
    return {"state": "error", "reason": because("no_picture_format")}


def picture_formats(descriptor: int) -> list[str]:
    """The four letters of each format that a device offers, in its order; [] where it does not say."""
    found: list[str] = []
    for index in range(MOST_FORMATS):
        try:
            told = fcntl.ioctl(descriptor, VIDIOC_ENUM_FMT, _FORMAT.pack(index, 1, 0, b"", b"", 0))
        except OSError:
            break
        letters = _FORMAT.unpack(told)[4].decode("ascii", errors="replace").strip()
        found += [letters] if letters not in found else []
    return found


def _named(error: OSError) -> dict[str, Any]:
    reason = because("system_error", detail=os.strerror(error.errno or 0))
    if error.errno in _TRANSIENT:
        return {"state": "busy", "reason": reason}
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return {"state": "missing", "reason": reason}
    if error.errno in (errno.EACCES, errno.EPERM):
        return {"state": "refused", "reason": reason}
    return {"state": "error", "reason": reason}
