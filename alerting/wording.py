"""Turns the engine's facts into the words of alerting/message.py. Refuses to know channels and their limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from alerting.delivery.outbound import MessageFacts, Text
from alerting.incident import Incident, Phase
from alerting.meeting_state import MeetingState
from alerting.message import HowToTake, Kind, Line, Notice, render

_KINDS: Mapping[str, Kind] = {
    "opened": Kind.OPENED,
    "escalated": Kind.ESCALATED,
    "deputy": Kind.ESCALATED,
    "repeated": Kind.REPEATED,
    "severity": Kind.RAISED,
    "take_expired": Kind.RESUMED,
    "unanswered": Kind.EXHAUSTED,
    "taken": Kind.TAKEN,
    "confirmed": Kind.CONFIRMED,
    "mitigated": Kind.MITIGATED,
    "recovered": Kind.RESOLVED,
    "passed": Kind.PASSED,
    "order": Kind.ORDER,
    "assigned": Kind.ORDER,
    "digest": Kind.DIGEST,
    "plan_changed": Kind.PLAN_CHANGED,
}


class Wording:
    """Renders for one installation. The two callables tell how this person may take it and what a room's meeting is."""

    def __init__(
        self,
        *,
        room_name: Callable[[str], str] = str,
        meeting: Callable[[str], MeetingState] = lambda room: MeetingState(),
        how_to_take: Callable[[MessageFacts], HowToTake] = lambda facts: HowToTake(),
        timezone: str = "",
    ) -> None:
        self._room_name, self._meeting, self._how_to_take = room_name, meeting, how_to_take
        self._timezone = timezone

    def __call__(self, facts: MessageFacts) -> Text:
        incident = facts.incident
        first = next(iter(incident.open_faults), None) or next(iter(incident.faults), None)
        notice = Notice(
            kind=self._kind(facts),
            room=self._room_name(incident.room),
            number=incident.id,
            code=first.code if first is not None else incident.code,
            target=first.target if first is not None else "",
            severity=incident.severity.word,
            drill=incident.drill,
            now=facts.now,
            since=min((fault.since for fault in incident.faults), default=incident.opened_at),
            meeting=self._meeting(incident.room).running,
            taken_by=incident.taken_by,
            confirmed_by=incident.confirmed_by,
            mitigated_at=incident.mitigated_at,
            resolved_at=incident.resolved_at,
            who=facts.by,
            text=facts.text,
            symptoms=self._symptoms(incident, first.code if first is not None else ""),
            lines=tuple(self._line(one) for one in facts.incidents) if facts.kind == "digest" else (),
            journal_written=not facts.journal_down,
        )
        made = render(
            notice, language=facts.language, key=facts.key, take=self._how_to_take(facts), timezone=self._timezone
        )
        return Text(title=made.title, body=made.body, short=made.short)

    def _kind(self, facts: MessageFacts) -> Kind:
        if facts.action == "backup":
            return Kind.BACKUP
        if facts.kind == "unanswered" and facts.reason == "nobody could be reached":
            return Kind.NOBODY_REACHABLE
        return _KINDS[facts.kind]

    def _symptoms(self, incident: Incident, cause: str) -> tuple[str, ...]:
        named = [code for fault in incident.faults for code in fault.symptoms]
        named += [fault.code for fault in incident.open_faults]
        return tuple(code for code in dict.fromkeys(named) if code != cause)

    def _line(self, incident: Incident) -> Line:
        return Line(
            number=incident.id,
            room=self._room_name(incident.room),
            code=incident.code,
            target=next((fault.target for fault in incident.faults), ""),
            severity=incident.severity.word,
            over=incident.phase in (Phase.RESOLVED, Phase.CLOSED),
        )
