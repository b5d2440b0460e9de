"""The parent's side of giving way: notices that somebody opens a device while our child streams from it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType

from probes.camera.openings_linux import OWN_OPENINGS, Openings

GRACE_SECONDS = 0.05
"""The child sees the opening as soon as we do, hands the device back in one call to the driver and kills itself. Killed
before it could, it would be slower: the kernel takes down all memory of a process before it closes its files."""


class OpenWatch:
    """Calls ``on_open`` once, in the event loop, at the first opening of ``node`` that cannot be ours.

    A node that cannot be watched (gone, or made by a userspace camera) gives a watch that stays silent.
    """

    def __init__(self, node: str, on_open: Callable[[], None], own_openings: int = OWN_OPENINGS) -> None:
        self._node = node
        self._on_open = on_open
        self._own = own_openings
        self._openings: Openings | None = None
        self.fired = False

    def __enter__(self) -> OpenWatch:
        self._openings = Openings(self._node, self._own)
        if self._openings.descriptor >= 0:
            asyncio.get_running_loop().add_reader(self._openings.descriptor, self._read)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._openings is not None and self._openings.descriptor >= 0:
            self._read()  # the child may have gone for this very reason before we came to read it
            asyncio.get_running_loop().remove_reader(self._openings.descriptor)
            self._openings.close()

    def _read(self) -> None:
        assert self._openings is not None
        if self._openings.somebody_else() and not self.fired:
            self.fired = True
            self._on_open()
