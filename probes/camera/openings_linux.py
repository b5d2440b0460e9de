"""Counts by inotify how often a device is open. Does not decide who opened it, and opens nothing itself.

Our own child holds the node once at most, and enumeration by others looks the same as wanting it: every
opening on top of ours makes us yield. To yield needlessly costs one check; to stay would cost a meeting.
"""

from __future__ import annotations

import ctypes
import os
import struct

IN_OPEN = 0x20
IN_CLOSE = 0x08 | 0x10
IN_NONBLOCK = 0o4000
IN_CLOEXEC = 0o2000000
_EVENT = struct.Struct("iIII")
OWN_OPENINGS = 1
"""OpenCV opens a V4L2 node once for a capture, and our question for EBUSY comes after it has closed."""


class Openings:
    """``descriptor`` becomes readable when the node is opened or closed; -1 where it cannot be watched (it has gone,
    or a userspace camera made it)."""

    def __init__(self, node: str, own_openings: int = OWN_OPENINGS, *, blocking: bool = False) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._own = own_openings
        self._open = 0
        self.descriptor: int = libc.inotify_init1(IN_CLOEXEC | (0 if blocking else IN_NONBLOCK))
        if self.descriptor >= 0 and libc.inotify_add_watch(self.descriptor, os.fsencode(node), IN_OPEN | IN_CLOSE) < 0:
            self.close()

    def somebody_else(self) -> bool:
        """Take the new notices; True when at one of them the node was open more often than we open it."""
        try:
            data = os.read(self.descriptor, 4096)
        except BlockingIOError:
            return False
        at, more = 0, False
        while at + _EVENT.size <= len(data):
            _, mask, _, length = _EVENT.unpack_from(data, at)
            at += _EVENT.size + length
            if mask & IN_OPEN:
                self._open += 1
            elif mask & IN_CLOSE:
                self._open = max(0, self._open - 1)  # somebody had it open before we watched
            more = more or self._open > self._own
        return more

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
