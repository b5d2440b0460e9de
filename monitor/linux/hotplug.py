"""Cameras and sound cards that come and go, by the kernel's own word (uevents). Does not open or look at a device."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Mapping

from probes import PROBES

NETLINK_KOBJECT_UEVENT = 15
KERNEL_GROUP = 1
"""What the kernel says itself. udev's own group needs a check of the sender's user, and comes later."""

SETTLE_SECONDS = 1.0
"""One device gives a dozen events, and udev makes its stable name some 100 ms after them: one look for all of them."""


class HotplugListener:
    """Calls ``on_change(probe, action)`` in the event loop, once for a burst; action is the first one: "add", "remove".

    ``start`` raises OSError where the kernel gives no such socket (some containers).
    """

    def __init__(
        self, on_change: Callable[[str, str], None], probes: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        """probes: kernel subsystem → the probes that look at its devices; None takes the table of probes."""
        self._on_change = on_change
        self._probes = _by_subsystem() if probes is None else probes
        self._socket: socket.socket | None = None
        self._waiting: dict[str, asyncio.TimerHandle] = {}

    def start(self) -> None:
        link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT)
        try:
            link.bind((0, KERNEL_GROUP))
        except OSError:
            link.close()
            raise
        self._socket = link
        asyncio.get_running_loop().add_reader(link, self._read)

    def _read(self) -> None:
        assert self._socket is not None
        with contextlib.suppress(BlockingIOError, OSError):  # an overrun loses events; the interval stays the net
            while True:
                message, sender = self._socket.recvfrom(8192)
                if sender[0] == 0:  # the kernel; another process could send here too
                    self._take(message)

    def _take(self, message: bytes) -> None:
        fields = dict(part.partition("=")[::2] for part in message.decode(errors="replace").split("\0") if "=" in part)
        for probe in self._probes.get(fields.get("SUBSYSTEM", ""), ()):
            if probe not in self._waiting:
                loop = asyncio.get_running_loop()
                self._waiting[probe] = loop.call_later(SETTLE_SECONDS, self._tell, probe, fields.get("ACTION", ""))

    def _tell(self, probe: str, action: str) -> None:
        self._waiting.pop(probe, None)
        self._on_change(probe, action)

    def close(self) -> None:
        for handle in self._waiting.values():
            handle.cancel()
        self._waiting.clear()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None


def _by_subsystem() -> dict[str, tuple[str, ...]]:
    subsystems = dict.fromkeys(subsystem for probe in PROBES.values() for subsystem in probe.plugged)
    return {one: tuple(name for name, probe in PROBES.items() if one in probe.plugged) for one in subsystems}
