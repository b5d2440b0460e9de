"""Reloads one after the other, and tells whoever asked what became of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from alerting.service.newest_only import Newest

REST_SECONDS = 1.0
"""Seconds between two reloads. Each starts every probe anew: without a pause a storm of signals would leave them no
time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReloadResult:
    """problems: why it was refused, a line each; nothing changed then. changed: dotted keys that are in force now.
    restart_needed: keys whose new value waits for a restart."""

    problems: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    restart_needed: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        return {
            "taken": not self.problems,
            "problems": list(self.problems),
            "changed": list(self.changed),
            "restart_needed": list(self.restart_needed),
        }


class Reloads:
    """take: reads the files and begins with them. settled: until what it began is done."""

    def __init__(self, take: Callable[[], Awaitable[ReloadResult]], settled: Callable[[], Awaitable[None]]) -> None:
        self._take, self._settled = take, settled
        self._asked: list[asyncio.Future[ReloadResult]] = []
        self._work: Newest[None] = Newest(self._one, rest=REST_SECONDS)

    def signal(self) -> None:
        """Reload once more; nobody waits for the result."""
        self._work.put(None)

    async def ask(self) -> ReloadResult:
        """Reload and say what became of it. Raises what broke; CancelledError where the daemon ends meanwhile."""
        asked: asyncio.Future[ReloadResult] = asyncio.get_running_loop().create_future()
        self._asked.append(asked)
        self._work.put(None)
        result = await asked
        await self._settled()
        return result

    async def close(self) -> None:
        for one in self._asked:
            one.cancel()
        await self._work.close()

    async def _one(self, _: None) -> None:
        """Those who asked before it began get its result: the files are read after they asked."""
        asked, self._asked = self._asked, []
        try:
            result = await self._take()
        except BaseException as error:
            for one in asked:
                if isinstance(error, Exception) and not one.done():
                    one.set_exception(error)
                one.cancel()
            raise
        for one in asked:
            if not one.done():
                one.set_result(result)
