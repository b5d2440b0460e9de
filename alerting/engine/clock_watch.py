"""What was written by a clock that was wrong goes on in right time: nothing is lost, and nothing is told again."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence

from alerting.engine.transaction import Transaction
from alerting.journal.rows import Notification
from alerting.model.moved_times import moved_ahead, moved_times

ReadRows = Callable[[Sequence[str]], Awaitable[list[Notification]]]
log = logging.getLogger("roomwatch.engine")


def move_times(seconds: float, transaction: Transaction, read: ReadRows) -> None:
    """Everything that is open or waits moves by ``seconds``, so that as long is left of each waiting time as before.
    read: messages by their keys, out of the journal.
    Events stay as they were written; "clock_moved" says by how much those before it are off."""
    log.warning("the time server's clock is believed: what is open moves by %.0f s", seconds)
    shared = transaction.shared
    sent = shared.incidents.move_times(seconds, transaction.batch)
    shared.outbox.move_times(seconds, transaction.batch)
    shared.absences.clear()
    for number in (0, *(incident.id for incident in shared.incidents.incidents.values())):
        transaction.event("clock_moved", incident=number, data={"seconds": seconds})
    for name, value in list(shared.memory.items()):
        moved = moved_ahead(value, seconds, transaction.now)
        if moved != value:
            transaction.remember(name, moved)

    def write(found: list[Notification] | Exception, later: Transaction) -> None:
        if isinstance(found, Exception):
            return  # the journal cannot be read, which is told; the times of what was sent stay as they were
        later.batch.notifications |= {row.key: moved_times(row, seconds) for row in found}

    if sent:
        transaction.afterwards(lambda: read(sent), write)
