"""Closes what is over: an incident that was resolved and to which nobody adds any more."""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from alerting.engine.commands import IncidentCommand
from alerting.engine.transaction import Transaction
from alerting.model.incident import Incident, Phase

CLOSE_AFTER = 3600.0
"""Seconds after which a resolved incident is closed by itself: by then nobody adds to it from the room."""
LOOK_AGAIN = 60.0
"""Seconds between looks while the last messages of a resolved incident are still on their way."""


class Closing:
    name = "closing"
    incident_commands: Mapping[str, IncidentCommand] = {}

    def consider(self, incident: Incident, transaction: Transaction) -> float:
        if incident.phase is not Phase.RESOLVED or incident.resolved_at is None:
            return math.inf
        at = incident.resolved_at + CLOSE_AFTER
        if transaction.now < at:
            return at
        if any(not row.state.final for row in transaction.shared.incidents.rows(incident.id)):
            return transaction.now + LOOK_AGAIN
        closed = msgspec.structs.replace(incident, phase=Phase.CLOSED, closed_at=transaction.now)
        transaction.record(closed, "closed")
        return math.inf
