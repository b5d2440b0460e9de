"""Begins each transaction at the engine's time. Reports a wall clock that was set.

Once the clock is right again, what waits moves with it: nothing is lost, and nothing is told twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from alerting.engine import incident_lifecycle
from alerting.engine.clock import EngineClock
from alerting.engine.transaction import SharedState, Transaction
from alerting.journal.contract import Journal
from alerting.journal.rows import Batch, Notification
from alerting.model.fault import Fact, Fault
from alerting.model.moved_times import moved_ahead, moved_times

log = logging.getLogger("roomwatch.engine")

AWAY = 30.0
"""Seconds. A longer time between two looks means that the machine slept or the process stopped; it is twice the longest
tick. What was due meanwhile is late through no fault of the plan, and the auditor allows no more lateness than this by
itself."""


class ClockWatch:
    """The wall clock of one engine. moved: called after everything that waits was moved in time."""

    def __init__(self, shared: SharedState, clock: EngineClock, journal: Journal, moved: Callable[[], None]) -> None:
        self._shared, self._clock, self._journal, self._moved = shared, clock, journal, moved
        self._looked: float | None = None

    def begin(self, batch: Batch) -> Transaction:
        """A transaction at engine time. A wall clock that was set is reported, and believed again once nothing is
        open."""
        shared = self._shared
        busy = shared.incidents.any_live(apart="clock_suspect") or len(shared.outbox)
        look = self._clock.look(idle=not busy)
        now, jump = look.now, look.jump
        shared.wall_ahead = self._clock.wall_ahead()
        before, self._looked = self._looked, now
        if before is not None and now - before > AWAY:
            shared.absences.append((before, now))
        transaction = Transaction(shared=shared, now=now, batch=batch)
        if look.moved:
            self._move(look.moved, transaction)
            self._moved()
        if jump:
            log.warning("the clock was set by %.0f s; waiting times go on as if it had not been", jump)
            evidence: dict[str, Fact] = {"jump_seconds": round(jump, 1)}
            fault = Fault(room=shared.room, code="clock_suspect", since=now, evidence=evidence)
            incident_lifecycle.open_fault(fault, transaction)
            transaction.event("clock_set", data={"seconds": round(jump, 1)})
        elif self._clock.skew == 0.0 and self._suspect():
            incident_lifecycle.clear_fault(Fault(room=shared.room, code="clock_suspect", since=now), transaction)
            transaction.event("clock_right")
        return transaction

    def _suspect(self) -> bool:
        return any(one.code == "clock_suspect" for one in self._shared.incidents.live(self._shared.room))

    def _move(self, seconds: float, transaction: Transaction) -> None:
        """Everything that is open or waits moves by ``seconds``, so that as long is left of each waiting time as
        before. Events stay as they were written; "clock_moved" says by how much those before it are off."""
        log.warning("the time server's clock is believed: what is open moves by %.0f s", seconds)
        shared = self._shared
        sent = shared.incidents.move_times(seconds, transaction.batch)
        shared.outbox.move_times(seconds, transaction.batch)
        shared.absences.clear()
        for number in (0, *(incident.id for incident in shared.incidents.incidents.values())):
            transaction.event("clock_moved", incident=number, data={"seconds": seconds})
        for name, value in list(shared.memory.items()):
            moved = moved_ahead(value, seconds, transaction.now)
            if moved != value:
                transaction.remember(name, moved)

        async def read() -> list[Notification]:
            found = await self._journal.read(lambda reader: [reader.notification(key) for key in sent])
            return [row for row in found if row is not None]

        def write(found: list[Notification] | Exception, later: Transaction) -> None:
            if isinstance(found, Exception):
                return  # the journal cannot be read, which is told; the times of what was sent stay as they were
            later.batch.notifications |= {row.key: moved_times(row, seconds) for row in found}

        if sent:
            transaction.afterwards(read, write)
