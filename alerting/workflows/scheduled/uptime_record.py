"""Writes down when the engine ran, so that a later reader knows when nobody could act. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping

from alerting.engine.transaction import Transaction
from alerting.engine.workflow import TaskCommand

TRACE = 60.0
"""Seconds between two records while something is open: one small write a minute, none in a quiet room."""
LOOK = 25.0
"""Seconds between two looks: fewer than the silence that counts as absence (AWAY in alerting/engine/clock_moved.py)."""
ALIVE = "watch.alive"


class WatchTrace:
    """Writes "started" and "woke" of incident 0, each with ``silent_since``: when the engine last looked."""

    name = "watch"
    commands: Mapping[str, TaskCommand] = {}

    def __init__(self, last_event: float = 0.0) -> None:
        """last_event: Unix time of the journal's newest event; 0 in an empty one."""
        self._last_event = last_event
        self._traced: float | None = None

    def perform(self, transaction: Transaction) -> float:
        shared, now = transaction.shared, transaction.now
        if self._traced is None:
            since = max(float(transaction.recall(ALIVE) or 0.0), self._last_event)
            if since > 0:
                transaction.event("started", data={"silent_since": since})
        for since, until in shared.absences:
            transaction.event("woke", data={"silent_since": since, "until": until})
        shared.absences.clear()
        if self._traced is None or now - self._traced >= TRACE:
            self._traced = now
            if shared.incidents.incidents or len(shared.outbox):
                transaction.remember(ALIVE, repr(now))
        return now + LOOK
