"""Messages on their way: each attempt, and what its outcome means."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from alerting.delivery import retry_and_digest as policy
from alerting.delivery.contract import Outbound, Outcome, OutgoingMessage, SendResult
from alerting.engine.recovery_messages import is_old_news
from alerting.engine.transaction import SharedState, Transaction
from alerting.journal.rows import Notification, NotificationState, stem
from alerting.messages.kinds import kind_named, notify_type
from alerting.model.reason import Reason, because
from alerting.plan.contract import Address, ResponsePlan

log = logging.getLogger("roomwatch.engine")
S = NotificationState

Change = Callable[[Callable[[Transaction], Any]], Awaitable[Any]]


class DeliveryAttempts:
    """``change`` writes what became of an attempt, in a transaction of its own."""

    def __init__(self, shared: SharedState, outbound: Outbound, change: Change) -> None:
        self._shared, self._outbound, self._change = shared, outbound, change
        self._delivery_attempts: set[asyncio.Task[None]] = set()
        self.outcomes: Counter[str] = Counter()
        """Final states of notifications since the start, for the metrics."""
        self.last_accepted: float | None = None
        self._diverted: set[str] = set()
        """Keys of rows that still wait and for which another way was tried already."""
        self._ended = False

    def start(self, row: Notification) -> None:
        """After ``end`` nothing leaves any more: the journal holds it as being sent."""
        if self._ended:
            return
        task = asyncio.create_task(self._fly(row))
        self._delivery_attempts.add(task)
        task.add_done_callback(self._delivery_attempts.discard)

    async def settle(self) -> None:
        """Wait until nothing is in flight."""
        while self._delivery_attempts:
            await asyncio.gather(*self._delivery_attempts)
            await asyncio.sleep(0)  # from Python 3.12 on, gather lets nobody run where all is done already

    async def end(self, seconds: float) -> None:
        """Wait so many seconds for what is in flight, and what follows from it, and give up the rest. The journal holds
        it as being sent, so the next start sends it again under the same key."""
        until = time.monotonic() + seconds
        while self._delivery_attempts and (left := until - time.monotonic()) > 0:
            await asyncio.wait(self._delivery_attempts, timeout=left)
        self._ended = True
        late = tuple(self._delivery_attempts)
        for flight in late:
            flight.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _fly(self, row: Notification) -> None:
        result = await self._attempt(row)
        await self._change(lambda transaction: self._landed(row, result, transaction))

    async def _attempt(self, row: Notification) -> SendResult:
        address = address_of(self._shared.plan, row)
        if address is None:
            return SendResult(key=row.key, outcome=Outcome.PERMANENT, detail=because("not_in_plan"))
        incident = self._shared.incidents.incidents.get(row.incident)
        message = OutgoingMessage(
            type=notify_type(kind_named(row.kind), incident.severity.word if incident is not None else ""),
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
            return _again(row, because("sender_silent"))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # A task of the sender was cancelled, not this attempt: the lane must not wait for it for ever.
            return _again(row, because("sender_gave_up"))
        except Exception as error:  # whatever a sender breaks on, the message must be tried again
            log.exception("sending failed")
            return _again(row, because("sender_broke", detail=type(error).__name__))
        for result in results:
            if result.key == row.key:
                return result
        return _again(row, because("sender_no_result"))

    def _landed(self, row: Notification, result: SendResult, transaction: Transaction) -> None:
        outbox, incidents = self._shared.outbox, self._shared.incidents
        were_down = set(outbox.down)
        row = outbox.landed(row, result, transaction.now, transaction.batch)
        if row.state.final:
            self.outcomes[row.state.value] += 1
        if row.state is S.SENT:
            self.last_accepted = transaction.now
            self._after_acceptance(row, transaction)
        else:
            self._try_another_way(row, transaction)
        if row.state.final:
            self._diverted.discard(row.key)
        if row.state is S.FAILED:
            log.error("%s cannot be told by %s: %s", row.contact, row.channel, row.detail)
        if were_down != outbox.down:
            for incident in incidents.live():
                incidents.look_at(incident.id, transaction.now)

    def _after_acceptance(self, row: Notification, transaction: Transaction) -> None:
        """Withdraw the same message by another way: it is not needed any more."""
        self._shared.outbox.withdraw(
            lambda other: other.contact == row.contact and stem(other.key) == stem(row.key),
            transaction.now,
            transaction.batch,
            by=row.key,
            why=because("told_by", channel=row.path or row.channel),
        )

    def _try_another_way(self, row: Notification, transaction: Transaction) -> None:
        """Once for each row: what fails again and at last for good must not be told by the other way twice. What is
        over meanwhile is not told at all: its reader hears of the end instead."""
        incident = transaction.incident(row.incident)
        if incident is not None and is_old_news(row, incident):
            return
        ways = transaction.plan.addresses(row.contact)
        index = next((n for n, way in enumerate(ways) if way.channel == row.channel), len(ways))
        if index + 1 < len(ways):
            other = self._shared.notifications.by_another_way(row, ways[index + 1], transaction.now)
            if row.key in self._diverted or any(
                one.key == other.key for one in self._shared.incidents.rows(row.incident)
            ):
                return
            self._diverted.add(row.key)
            self._shared.incidents.hand_members(row.key, other.key)
            self._shared.outbox.add(other, transaction.batch)


def _again(row: Notification, detail: Reason) -> SendResult:
    """Nobody said what became of the attempt."""
    return SendResult(key=row.key, outcome=Outcome.TEMPORARY, detail=detail, perhaps_arrived=True)


def address_of(plan: ResponsePlan, row: Notification) -> Address | None:
    """The way that a row was decided for, None when the plan has it no more."""
    return next((a for a in plan.addresses(row.contact) if a.channel == row.channel), None)
