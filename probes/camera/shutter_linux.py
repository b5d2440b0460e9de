"""Whether a camera itself says that its privacy shutter is closed: by a V4L2 control, which UVC fills in."""

from __future__ import annotations

import fcntl
import os
import struct

VIDIOC_G_CTRL = 0xC008561B
"""_IOWR('V', 27, struct v4l2_control) of linux/videodev2.h."""
PRIVACY = 0x009A0910
"""V4L2_CID_PRIVACY of linux/v4l2-controls.h. 1: no picture can be taken."""
_CONTROL = struct.Struct("=Ii")


def shutter_is_closed(node: str) -> bool:
    """False too where the camera has no such control, or cannot be asked; the picture then tells."""
    try:
        descriptor = os.open(node, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        answer = fcntl.ioctl(descriptor, VIDIOC_G_CTRL, _CONTROL.pack(PRIVACY, 0))
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return bool(_CONTROL.unpack(answer)[1] == 1)
