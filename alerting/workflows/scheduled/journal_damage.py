"""Tells people of damage that the journal found in itself, once, and lets the auditor know what is missing."""

from __future__ import annotations

import math
from collections.abc import Mapping

from alerting.engine import incident_lifecycle
from alerting.engine.transaction import Transaction
from alerting.engine.workflow import TaskCommand
from alerting.journal.damage import FOUND, read_damage
from alerting.model.fault import Fault

CODE = "journal_damaged"
OVER_AFTER = 3600.0
"""Seconds without further damage after which the fault is over: what was lost stays lost, it was told."""
_TOLD_AT = "journal.damage_told_at"


class JournalDamage:
    """Opens ``journal_damaged``, and closes it when nothing more was found for a while."""

    name = "journal damage"
    commands: Mapping[str, TaskCommand] = {}

    def perform(self, transaction: Transaction) -> float:
        damage = read_damage(transaction.recall(FOUND))
        if damage:
            files = ", ".join(damage.files)
            evidence: dict[str, str | float | int | bool] = {"mended": damage.mended, "lost": damage.lost}
            evidence["files"] = files or "-"
            # Damage on top of damage is an incident of its own: it would join the first one unheard.
            incident_lifecycle.clear_fault(self._fault(transaction), transaction)
            incident_lifecycle.open_fault(self._fault(transaction, **evidence), transaction)
            data = {"incidents": list(damage.incidents), "any_incident": damage.any_incident, **evidence}
            transaction.event(CODE, data=data)
            transaction.remember(FOUND, "")
            transaction.remember(_TOLD_AT, repr(transaction.now))
        told_at = float(transaction.recall(_TOLD_AT) or math.inf)
        if told_at + OVER_AFTER <= transaction.now:
            incident_lifecycle.clear_fault(self._fault(transaction), transaction)
            transaction.remember(_TOLD_AT, "")
            return math.inf
        return told_at + OVER_AFTER

    def _fault(self, transaction: Transaction, **evidence: str | float | int | bool) -> Fault:
        return Fault(room=transaction.shared.room, code=CODE, since=transaction.now, evidence=evidence)
