"""Changes in the order in which they were asked for: one decision at a time, as many as wait written as one.

Does not know what a change is; who carries them out decides, writes, and only then answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from alerting.engine.transaction import Transaction

T = TypeVar("T")

IN_ONE_COMMIT = 100
"""Changes that are written as one at most: a storm then costs the disk a few writes instead of one a fault, and
the event loop is held for well under a second in between."""


@dataclass(slots=True, kw_only=True)
class QueuedChange:
    """A change that waits for its turn. work: decides; done: gets its result once it is on the disk.

    before: reads from the journal what ``work`` needs and memory does not hold.
    """

    work: Callable[[Transaction], Any]
    done: asyncio.Future[Any]
    before: Callable[[], Awaitable[None]] | None = None


class ChangeQueue:
    """lock: held while changes are decided and written; whoever reads what they decide takes it too."""

    def __init__(self, carry_out: Callable[[Sequence[QueuedChange]], Awaitable[None]]) -> None:
        self._carry_out = carry_out
        self._waiting: list[QueuedChange] = []
        self._carriers: set[asyncio.Task[None]] = set()
        self.lock = asyncio.Lock()

    async def ask(self, work: Callable[[Transaction], T], before: Callable[[], Awaitable[None]] | None = None) -> T:
        """The result of the work, once it is written. A caller that is cancelled does not tear the writing from what
        follows it."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(QueuedChange(work=work, done=done, before=before))
        carrier = asyncio.create_task(self._carry())
        self._carriers.add(carrier)
        carrier.add_done_callback(self._carriers.discard)
        return await asyncio.shield(done)

    async def _carry(self) -> None:
        """Everything that was asked while the disk was busy; nothing where a carrier before this one took it along."""
        async with self.lock:
            asked, self._waiting = self._waiting[:IN_ONE_COMMIT], self._waiting[IN_ONE_COMMIT:]
            if not asked:
                return
            try:
                await self._carry_out(asked)
            except BaseException as error:
                for one in asked:
                    if not one.done.done():
                        one.done.set_exception(error)
                raise
