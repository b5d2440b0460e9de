"""Turns the engine's facts into a notice, and that into words: implements Render. Refuses to fail for missing words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from alerting.delivery.outbound import MessageFacts, Text
from alerting.incident import Incident
from alerting.message import HowToTake, Kind, Line, Notice, render
from alerting.words import LANGUAGES

log = logging.getLogger(__name__)

KINDS = {
    "severity": Kind.RAISED,
    "take_expired": Kind.RESUMED,
    "unanswered": Kind.EXHAUSTED,
    "recovered": Kind.RESOLVED,
}
"""The engine's names where they differ from the catalogue's."""


class MessageRenderer:
    """room_names: room id → the name people use. how_to_take: (incident, contact id) → the ways that are set up."""

    def __init__(
        self,
        *,
        room_names: Mapping[str, str] | None = None,
        how_to_take: Callable[[int, str], HowToTake] | None = None,
        contact_names: Mapping[str, str] | None = None,
        timezone: str = "",
    ) -> None:
        self._room_names = room_names or {}
        self._how_to_take = how_to_take
        self._contact_names = contact_names or {}
        self._timezone = timezone

    def __call__(self, facts: MessageFacts) -> Text:
        language = facts.language if facts.language in LANGUAGES else "en"
        notice = self._digest(facts) if facts.kind == "digest" else self._notice(facts)
        ways = self._how_to_take(notice.number, facts.contact) if self._how_to_take and notice.number else None
        made = render(notice, language=language, key=facts.key, take=ways, timezone=self._timezone)
        return Text(title=made.title, body=made.body, short=made.short)

    def _room(self, incident: Incident) -> str:
        return self._room_names.get(incident.room, incident.room)

    def _name(self, contact: str) -> str:
        return self._contact_names.get(contact, contact)

    def _notice(self, facts: MessageFacts) -> Notice:
        incident = facts.incident
        first = incident.open_faults or incident.faults
        symptoms = dict.fromkeys(code for fault in first for code in fault.symptoms if code != incident.code)
        return Notice(
            kind=_kind(facts),
            room=self._room(incident),
            number=incident.id,
            code=incident.code,
            target=next((fault.target for fault in first if fault.code == incident.code), ""),
            severity=incident.severity.word,
            drill=incident.drill,
            now=facts.now,
            since=incident.opened_at,
            taken_by=self._name(incident.taken_by) if incident.taken(facts.now) else "",
            confirmed_by=self._name(incident.confirmed_by),
            mitigated_at=incident.mitigated_at,
            resolved_at=incident.resolved_at,
            who=self._name(facts.by),
            text=facts.text or (incident.done if facts.kind == "recovered" else ""),
            symptoms=tuple(symptoms),
            journal_written=not facts.journal_down,
        )

    def _digest(self, facts: MessageFacts) -> Notice:
        lines = tuple(
            Line(
                number=incident.id,
                room=self._room(incident),
                code=incident.code,
                severity=incident.severity.word,
                over=not incident.phase.live,
            )
            for incident in facts.incidents
        )
        return Notice(
            kind=Kind.DIGEST,
            room=lines[0].room if lines else "",
            now=facts.now,
            lines=lines,
            more=max(0, facts.count - len(lines)),
            drill=bool(facts.incidents) and all(incident.drill for incident in facts.incidents),
            journal_written=not facts.journal_down,
        )


def _kind(facts: MessageFacts) -> Kind:
    if facts.action == "backup" and facts.kind in ("opened", "escalated", "repeated"):
        return Kind.BACKUP
    name = KINDS.get(facts.kind, facts.kind)
    try:
        return Kind(name)
    except ValueError:
        log.warning("no words for a message of kind %r; it goes out as a plain one", facts.kind)
        return Kind.OPENED
