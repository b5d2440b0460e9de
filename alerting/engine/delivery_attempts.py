"""Messages on their way: each attempt, and what its landing means. Refuses to choose what flies."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from alerting.delivery import retry_policy as policy
from alerting.delivery.contract import Outbound, Outcome, OutgoingMessage, SendResult
from alerting.engine.transaction import Desk, Turn
from alerting.journal.rows import Notification, NotificationState
from alerting.model.incident import Incident, Phase
from alerting.plan.response_plan import Address, ResponsePlan

log = logging.getLogger("roomwatch.engine")
S = NotificationState

ENDING = ("recovered", "passed")
"""Kinds that tell a contact of the end: each hears of it once."""

Change = Callable[[Callable[[Turn], Any]], Awaitable[Any]]


class Flights:
    """``change`` writes what an attempt came to, as a turn of its own."""

    def __init__(self, desk: Desk, outbound: Outbound, change: Change) -> None:
        self._desk, self._outbound, self._change = desk, outbound, change
        self._flights: set[asyncio.Task[None]] = set()
        self.outcomes: Counter[str] = Counter()
        """Final states of notifications since the start, for the metrics."""
        self.last_accepted: float | None = None
        self._diverted: set[str] = set()
        """Keys of rows that wait still, for which another way was tried already."""

    def start(self, row: Notification) -> None:
        task = asyncio.create_task(self._fly(row))
        self._flights.add(task)
        task.add_done_callback(self._flights.discard)

    async def settle(self) -> None:
        """Wait until nothing is in flight."""
        while self._flights:
            await asyncio.gather(*self._flights)

    async def end(self, seconds: float) -> None:
        """Wait as long for what is in flight, and give up the rest: on the disk it is being sent, so that the next
        start sends it again under the same key."""
        if self._flights:
            _, late = await asyncio.wait(self._flights, timeout=seconds)
            for flight in late:
                flight.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _fly(self, row: Notification) -> None:
        result = await self._attempt(row)
        await self._change(lambda turn: self._landed(row, result, turn))

    async def _attempt(self, row: Notification) -> SendResult:
        address = address_of(self._desk.plan, row)
        if address is None:
            return SendResult(key=row.key, outcome=Outcome.PERMANENT, detail="not in the plan any more")
        message = OutgoingMessage(
            key=row.key,
            contact=row.contact,
            channel=row.channel,
            url=address.url,
            title=row.title,
            body=row.body,
            short=row.short,
            language=row.language,
            drill=row.drill,
            # A file that somebody removed meanwhile must not hold the message.
            attachments=tuple(path for path in row.attachments if Path(path).is_file()),
        )
        try:
            async with asyncio.timeout(policy.SEND_LIMIT):
                results = await self._outbound.send([message])
        except TimeoutError:
            return SendResult(key=row.key, outcome=Outcome.TEMPORARY, detail="the sender gave no answer in time")
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Somebody within the sender was cancelled, not this flight: its lane must not wait for it for ever.
            return SendResult(key=row.key, outcome=Outcome.TEMPORARY, detail="the sender gave it up")
        except Exception as error:  # whatever a sender breaks on, the message must be tried again
            log.exception("sending failed")
            return SendResult(key=row.key, outcome=Outcome.TEMPORARY, detail=type(error).__name__)
        for result in results:
            if result.key == row.key:
                return result
        return SendResult(key=row.key, outcome=Outcome.TEMPORARY, detail="the sender gave no result")

    def _landed(self, row: Notification, result: SendResult, turn: Turn) -> None:
        outbox, cases = self._desk.outbox, self._desk.cases
        were_down = set(outbox.down)
        row = outbox.landed(row, result, turn.now, turn.batch)
        if row.state.final:
            self.outcomes[row.state.value] += 1
        if row.state is S.SENT:
            self.last_accepted = turn.now
            self._after_acceptance(row, turn)
        else:
            self._try_another_way(row, turn)
        if row.state.final:
            self._diverted.discard(row.key)
        if row.state is S.FAILED:
            log.error("%s cannot be told by %s: %s", row.contact, row.channel, row.detail)
        if were_down != outbox.down:
            for incident in cases.live():
                cases.look_at(incident.id, turn.now)

    def _after_acceptance(self, row: Notification, turn: Turn) -> None:
        """The same message by another way is not needed any more; who was told late still hears of the recovery."""
        stem = row.key.partition("+")[0]
        self._desk.outbox.withdraw(
            lambda other: other.contact == row.contact and other.key.partition("+")[0] == stem,
            turn.now,
            turn.batch,
            by=row.key,
            why=f"told by {row.channel}",
        )
        for number in sorted({row.incident, *self._desk.cases.keep([row], turn.batch)}):
            incident = turn.incident(number)
            if incident is not None and incident.phase is Phase.RESOLVED and row.kind not in ENDING:
                self._tell_end(incident, row, turn)

    def _tell_end(self, incident: Incident, row: Notification, turn: Turn) -> None:
        """The row, or a digest in its place, told of a fault that is over meanwhile."""
        own = [other for other in self._desk.cases.rows(incident.id) if other.contact == row.contact]
        news = any(other.kind not in policy.PAPER for other in own) and row.kind not in policy.PAPER
        if news and not any(other.kind in ENDING for other in own):
            turn.tell(incident, "recovered", [row.contact], text=incident.done, only=row.channel)

    def _try_another_way(self, row: Notification, turn: Turn) -> None:
        """Once for each row: what fails again and at last for good must not be told by the other way twice."""
        ways = turn.plan.addresses(row.contact)
        index = next((n for n, way in enumerate(ways) if way.channel == row.channel), len(ways))
        if index + 1 < len(ways):
            other = self._desk.notices.by_another_way(row, ways[index + 1], turn.now)
            if row.key in self._diverted or any(one.key == other.key for one in self._desk.cases.rows(row.incident)):
                return
            self._diverted.add(row.key)
            self._desk.cases.hand_members(row.key, other.key)
            self._desk.outbox.add(other, turn.batch)


def address_of(plan: ResponsePlan, row: Notification) -> Address | None:
    """The way that a row was decided for, None when the plan has it no more."""
    return next((a for a in plan.addresses(row.contact) if a.channel == row.channel), None)
