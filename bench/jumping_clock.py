"""A clock for a whole process that jumps over the time in which nothing happens: days of a real daemon in minutes.

``install`` comes before anything else is imported: who took ``time.monotonic`` as it was keeps it. While a thread, a
child or whatever is named in ``busy`` works, the clock runs as any other; asyncio's waits alone are jumped over.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")
AT_WORK_SECONDS = 0.02
"""How long a wait is at most while something works."""
QUIET_SECONDS = 0.001
"""Without anything from outside for so long, time jumps: what travels on this machine takes less."""


class JumpingClock:
    """ahead: seconds that were jumped over so far."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def install(self) -> None:
        for name in ("time", "monotonic"):
            setattr(time, name, self._moved(getattr(time, name)))
        of_kernel = time.clock_gettime
        ours = (time.CLOCK_MONOTONIC, time.CLOCK_BOOTTIME, time.CLOCK_REALTIME)
        time.clock_gettime = lambda which: of_kernel(which) + (self.ahead if which in ours else 0.0)

    def _moved(self, real: Callable[[], float]) -> Callable[[], float]:
        return lambda: real() + self.ahead


class _Selector(selectors.DefaultSelector):
    clock: JumpingClock
    at_work: Callable[[], bool]

    def select(self, timeout: float | None = None) -> list[Any]:
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        if self.at_work():
            return super().select(AT_WORK_SECONDS if timeout is None else min(timeout, AT_WORK_SECONDS))
        events = super().select(QUIET_SECONDS)
        if not events and timeout is not None:
            self.clock.ahead += timeout
        return events


class JumpingLoop(asyncio.SelectorEventLoop):
    """busy: asked before each jump. long_lived: words in the command of children that live on without work."""

    def __init__(self, clock: JumpingClock, *, long_lived: tuple[str, ...] = ()) -> None:
        selector = _Selector()
        selector.clock, selector.at_work = clock, self.at_work
        super().__init__(selector)
        self.busy: list[Callable[[], bool]] = []
        self._long_lived = long_lived
        self._threads = 0
        self._children: list[asyncio.SubprocessTransport] = []

    def at_work(self) -> bool:
        self._children = [one for one in self._children if one.get_returncode() is None]
        return bool(self._threads or self._children) or any(one() for one in self.busy)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Arguments]], Result], *args: *Arguments
    ) -> asyncio.Future[Result]:
        self._threads += 1
        work = super().run_in_executor(executor, func, *args)
        work.add_done_callback(self._ended)
        return work

    def _ended(self, _: object) -> None:
        self._threads -= 1

    async def subprocess_exec(self, protocol_factory: Any, program: Any, *args: Any, **kwargs: Any) -> Any:
        self._threads += 1  # it is being started
        try:
            transport, protocol = await super().subprocess_exec(protocol_factory, program, *args, **kwargs)
        finally:
            self._threads -= 1
        if not any(word in str(one) for one in args for word in self._long_lived):
            self._children.append(transport)
        return transport, protocol
