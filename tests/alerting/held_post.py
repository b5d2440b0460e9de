"""Posts in which a message has begun and its outcome is in the test's hand, or never comes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Self

import pytest

from alerting.delivery.contract import Outcome, OutgoingMessage, SendResult
from tests.alerting.stage import Stage


class HeldPost:
    """While it is entered, each message that a stage sends waits here until ``ends`` says what became of it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._patch = pytest.MonkeyPatch()
        self._flying: dict[str, asyncio.Future[SendResult]] = {}

    def __enter__(self) -> Self:
        self._patch.setattr(self._stage.post, "send", self._send)
        return self

    def __exit__(self, *error: object) -> None:
        self._patch.undo()

    async def _send(self, rows: Sequence[OutgoingMessage]) -> Sequence[SendResult]:
        self._flying[rows[0].key] = asyncio.get_running_loop().create_future()
        return [await self._flying[rows[0].key]]

    async def begun(self) -> str:
        """The key of the message in flight, once there is one."""
        async with asyncio.timeout(30):
            while not self._flying:
                await asyncio.sleep(0)
        return next(iter(self._flying))

    async def ends(self, outcome: Outcome, *, perhaps_arrived: bool = False) -> None:
        """What became of the message in flight; returns once it is written down."""
        key = await self.begun()
        self._flying.pop(key).set_result(SendResult(key=key, outcome=outcome, perhaps_arrived=perhaps_arrived))
        async with asyncio.timeout(30):
            while key in {row.key for row in self._stage.engine._shared.outbox.flying()}:
                await asyncio.sleep(0)
