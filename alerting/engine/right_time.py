"""What was written by a clock that was wrong goes on in right time: nothing is lost, and nothing is told again."""

from __future__ import annotations

import logging

from alerting.engine.transaction import Transaction
from alerting.model.moved_times import moved_ahead

log = logging.getLogger("roomwatch.engine")


def move_times(seconds: float, transaction: Transaction) -> None:
    """Everything that is open or waits moves by ``seconds``, so that as long is left of each waiting time as before.
    Events stay as they were written; "clock_moved" says by how much those before it are off."""
    log.warning("the time server's clock is believed: what is open moves by %.0f s", seconds)
    shared = transaction.shared
    shared.incidents.move_times(seconds, transaction.batch)
    shared.outbox.move_times(seconds, transaction.batch)
    shared.absences.clear()
    for number in (0, *(incident.id for incident in shared.incidents.incidents.values())):
        transaction.event("clock_moved", incident=number, data={"seconds": seconds})
    for name, value in list(shared.memory.items()):
        moved = moved_ahead(value, seconds, transaction.now)
        if moved != value:
            transaction.remember(name, moved)
