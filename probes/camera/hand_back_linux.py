"""The child's side of giving way: at the first opening by somebody else it hands the device back and kills itself.

Does not wait for its parent: a busy event loop must not hold a camera that a meeting wants.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import stat
import struct
import threading

from probes.camera.openings_linux import Openings

VIDIOC_STREAMOFF = 0x40045613
VIDIOC_REQBUFS = 0xC0145608
_BUFFER_TYPES = (1, 9)
"""V4L2_BUF_TYPE_VIDEO_CAPTURE, and the same with planes."""
_MMAP = 1


def give_way_to_others(node: str) -> None:
    """Watch from now on; call it before the node is opened. A node that cannot be watched is left to the parent."""
    openings = Openings(node, blocking=True)
    if openings.descriptor >= 0:
        threading.Thread(target=_wait, args=(openings, node), daemon=True).start()


def _wait(openings: Openings, node: str) -> None:
    while not openings.somebody_else():
        pass  # it blocks until the next notice
    hand_back(node)
    os.kill(os.getpid(), signal.SIGKILL)


def hand_back(node: str) -> None:
    """Stop the stream and free its buffers: from then on the driver lets others have them, before we have ended."""
    for descriptor in _held(node):
        for kind in _BUFFER_TYPES:
            with contextlib.suppress(OSError):
                fcntl.ioctl(descriptor, VIDIOC_STREAMOFF, struct.pack("I", kind))
            with contextlib.suppress(OSError):
                fcntl.ioctl(descriptor, VIDIOC_REQBUFS, struct.pack("5I", 0, kind, _MMAP, 0, 0))


def _held(node: str) -> list[int]:
    """Our descriptors of the device."""
    found = []
    with contextlib.suppress(OSError):
        device = os.stat(node).st_rdev  # noqa: PTH116
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
            with contextlib.suppress(OSError):
                facts = os.fstat(int(name))
                if stat.S_ISCHR(facts.st_mode) and facts.st_rdev == device:
                    found.append(int(name))
    return found
