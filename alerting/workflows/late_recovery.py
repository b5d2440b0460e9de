"""Tells the end to those whose message was on its way when the incident ended, once its fate is known."""

from __future__ import annotations

import math
from collections.abc import Mapping

from alerting.engine.commands import IncidentCommand
from alerting.engine.recovery_messages import tell_late
from alerting.engine.transaction import Transaction
from alerting.model.incident import Incident, Phase


class LateRecovery:
    """Who has heard the end stands in the messages alone, so a crash forgets nobody and tells nobody twice."""

    name = "late ends"
    incident_commands: Mapping[str, IncidentCommand] = {}

    def consider(self, incident: Incident, transaction: Transaction) -> float:
        if incident.phase is Phase.RESOLVED:
            tell_late(incident, transaction)
        return math.inf
