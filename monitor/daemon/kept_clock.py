"""Whether a time server keeps the wall clock: what the engine asks before it believes a clock that was set.

The kernel knows. The daemon's unit may not ask it (ProtectClock=), so the time service is asked instead, and only while
the engine wants to know.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from alerting.engine.clock import JUMP, boot_time
from probes.host.kernel_clock_linux import ClockState, read_clock
from probes.host.time_service_linux import ask_time_service

LOOK_SECONDS = 10.0
"""Between two questions to the time service: the engine asks at each tick, every 15 s at most."""
SET_SECONDS = 5.0
"""By so much the wall clock runs away from the time since boot only where somebody sets it."""


class KeptClock:
    """Call it: True while a time server keeps the wall clock. It is False until the time service has answered.

    A clock that was set by hand stays synchronised by the time service's own account until its next round. So chrony is
    believed where it has nothing left to correct, and systemd-timesyncd where it has synchronised since the question
    came up.
    """

    def __init__(
        self,
        kernel: Callable[[], ClockState | None] = read_clock,
        service: Callable[[float], Awaitable[ClockState | None]] = ask_time_service,
        wall: Callable[[], float] = time.time,
        boot: Callable[[], float] = boot_time,
    ) -> None:
        self._kernel, self._service, self._wall, self._boot = kernel, service, wall, boot
        self._wanted = asyncio.Event()
        self._asked_at, self._since = float("-inf"), 0.0
        self._kept, self._ahead = False, 0.0

    def __call__(self) -> bool:
        state = self._kernel()
        if state is not None:
            return state.synchronised
        now = self._boot()
        if now - self._asked_at > JUMP:
            self._since, self._kept = self._wall(), False
        self._asked_at = now
        self._wanted.set()
        return self._kept and abs(self._wall() - now - self._ahead) < SET_SECONDS

    async def loop(self) -> None:
        """Asks the time service for as long as somebody wants to know."""
        while True:
            await self._wanted.wait()
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)
            self._wanted.clear()

    async def look(self) -> None:
        ahead = self._wall() - self._boot()
        state = await self._service(self._wall())
        self._kept, self._ahead = state is not None and self._believed(state), ahead

    def _believed(self, state: ClockState) -> bool:
        if state.offset_seconds is not None:
            return state.synchronised and abs(state.offset_seconds) < SET_SECONDS
        fresh = state.synchronised_at is not None and state.synchronised_at > self._since - JUMP
        return state.synchronised and fresh
