"""Notices by inotify that somebody opens a device while we stream from it. Refuses to decide who it was.

Our own child holds the node once at most, and enumeration by others looks the same as wanting it: every
opening on top of ours makes us yield. To yield needlessly costs one check; to stay would cost a meeting.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import struct
from collections.abc import Callable
from types import TracebackType

IN_OPEN = 0x20
IN_CLOSE = 0x08 | 0x10
IN_NONBLOCK = 0o4000
IN_CLOEXEC = 0o2000000
_EVENT = struct.Struct("iIII")
OWN_OPENINGS = 1
"""OpenCV opens a V4L2 node once for a capture, and our question for EBUSY comes after it has closed."""


class OpenWatch:
    """Calls ``on_open`` once, in the event loop, at the first opening of ``node`` that cannot be ours.

    A node that cannot be watched (gone, or made by a userspace camera) gives a watch that stays silent.
    """

    def __init__(self, node: str, on_open: Callable[[], None], own_openings: int = OWN_OPENINGS) -> None:
        self._node = node
        self._on_open = on_open
        self._own = own_openings
        self._open = 0
        self._descriptor = -1
        self.fired = False

    def __enter__(self) -> OpenWatch:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(IN_NONBLOCK | IN_CLOEXEC)
        if self._descriptor < 0:
            return self
        if libc.inotify_add_watch(self._descriptor, os.fsencode(self._node), IN_OPEN | IN_CLOSE) < 0:
            os.close(self._descriptor)
            self._descriptor = -1
            return self
        asyncio.get_running_loop().add_reader(self._descriptor, self._read)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, 4096)
        except BlockingIOError:
            return
        at = 0
        while at + _EVENT.size <= len(data):
            _, mask, _, length = _EVENT.unpack_from(data, at)
            at += _EVENT.size + length
            if mask & IN_OPEN:
                self._open += 1
            elif mask & IN_CLOSE:
                self._open = max(0, self._open - 1)  # somebody had it open before we watched
            if self._open > self._own and not self.fired:
                self.fired = True
                self._on_open()
