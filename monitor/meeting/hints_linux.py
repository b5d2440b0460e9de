"""Cheap signs that something changed about a meeting: device nodes opened, streams begun, datagrams flowing.

They only say when to look; does not say who it was. Idle: inotify and a sleeping ``pactl subscribe`` cost nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from probes.child.process_end import kill

IN_OPEN = 0x20
IN_CLOSE = 0x08 | 0x10
IN_CREATE = 0x100
IN_NONBLOCK = 0o4000
IN_CLOEXEC = 0o2000000

RETRY_SECONDS = 60.0
"""Seconds between tries to listen to a sound server that is not there: it starts with the room user's session."""


class DeviceHints:
    """Calls ``on_change`` when a camera or a capture device is opened, closed or plugged in."""

    def __init__(self, on_change: Callable[[], None], dev: Path = Path("/dev")) -> None:
        self._on_change = on_change
        self._dev = dev
        libc = ctypes.CDLL(None, use_errno=True)
        self._add = libc.inotify_add_watch
        self._descriptor = libc.inotify_init1(IN_NONBLOCK | IN_CLOEXEC)
        if self._descriptor >= 0:
            asyncio.get_running_loop().add_reader(self._descriptor, self._read)
            for folder in (dev, dev / "snd"):
                self._add(self._descriptor, os.fsencode(folder), IN_CREATE)

    @property
    def cameras(self) -> tuple[str, ...]:
        """The video nodes of this moment; new ones are watched from now on."""
        nodes = {str(node) for node in self._dev.glob("video*")}
        if self._descriptor >= 0:
            # All of them each time: one that was unplugged and came back bears its old name, and the kernel knows
            # which it watches already.
            for node in (*nodes, *map(str, self._dev.glob("snd/pcmC*D*c"))):
                self._add(self._descriptor, os.fsencode(node), IN_OPEN | IN_CLOSE)
        return tuple(sorted(nodes))

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while os.read(self._descriptor, 65536):
                pass
        self._on_change()

    def close(self) -> None:
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1


class SoundHints:
    """Calls ``on_change`` when a program begins or ends to record, told by the sound server (15 ms after).

    One child of 1.4 MiB that sleeps; it is started again when the server comes back.
    """

    def __init__(self, on_change: Callable[[], None], environment: Mapping[str, str]) -> None:
        self._on_change = on_change
        self._environment = {**os.environ, **environment}
        self._task = asyncio.create_task(self._listen(), name="sound server's events")

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                process = await asyncio.create_subprocess_exec(
                    "pactl",
                    "subscribe",
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.DEVNULL,
                    env=self._environment,
                )
                heard = False
                try:
                    assert process.stdout is not None
                    async for line in process.stdout:
                        heard = True
                        if b"source-output" in line:
                            self._on_change()
                finally:
                    kill(process)
                    await process.wait()
                if heard:
                    self._on_change()  # the server has gone, and its streams with it
            await asyncio.sleep(RETRY_SECONDS)

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
