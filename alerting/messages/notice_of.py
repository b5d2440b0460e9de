"""Turns the engine's facts into a notice, and that into words: implements Render. Never fails for missing words."""

from __future__ import annotations

import logging
from collections.abc import Callable

from alerting.messages.facts import HowToTake, MeasureWords, MessageFacts, MessageLine, Notice, Rendered, Role
from alerting.messages.kinds import ENTERED_AGAIN, MESSAGE_KINDS, MessageKind, kind_named
from alerting.messages.measure_wording import done_by_machine, measure_words, standing
from alerting.messages.message_text import fault_title, render
from alerting.messages.place import say_place
from alerting.model.incident import FaultRecord, Incident
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import Reason
from alerting.plan.wall_time import zone_of
from alerting.words import Words, known_language, load_words

log = logging.getLogger(__name__)


class Wording:
    """Renders for one installation. room_name, contact_name: id → the name people use. meeting: a room's meeting.
    how_to_take: the ways by which the person who gets this message may take the incident. participant: whether a
    contact sits in meetings and repairs nothing. role: what a contact has to do with a fault, where that is more than
    ``participant`` tells. whereabouts: a room's floor and site, "" for unknown. material: what the plan keeps for a
    need (a kind's ``spare``), as its name and place."""

    def __init__(
        self,
        *,
        room_name: Callable[[str], str] = str,
        contact_name: Callable[[str], str] = str,
        meeting: Callable[[str], MeetingState] = lambda room: MeetingState(),
        how_to_take: Callable[[MessageFacts], HowToTake] = lambda facts: HowToTake(),
        participant: Callable[[str], bool] = lambda contact: False,
        role: Callable[[str], Role] = lambda contact: "technical",
        whereabouts: Callable[[str], tuple[str, str]] = lambda room: ("", ""),
        material: Callable[[str], tuple[str, str] | None] = lambda need: None,
        timezone: str = "",
    ) -> None:
        self._room_name, self._contact_name = room_name, contact_name
        self._meeting, self._how_to_take = meeting, how_to_take
        self._participant, self._role = participant, role
        self._whereabouts, self._material = whereabouts, material
        self.timezone = timezone
        """IANA name, "" for this machine's; set anew when the plan changes."""

    def __call__(self, facts: MessageFacts) -> Rendered:
        language = known_language(facts.language)
        ways = self._how_to_take(facts)
        notice = self._digest(facts) if facts.kind == "digest" else self._notice(facts, load_words(language), ways)
        return render(notice, language=language, key=facts.key, take=ways, timezone=self.timezone)

    def _notice(self, facts: MessageFacts, words: Words, ways: HowToTake) -> Notice:
        incident = facts.incident
        named = named_faults(incident)
        first = next(iter(named), None)
        changed = facts.reason if facts.reason.code == "faults_changed" else Reason()
        code = first.code if first is not None else incident.code
        target = first.target if first is not None else ""
        return Notice(
            kind=kind_of(facts),
            room=self._name(incident, words),
            place=self._place(incident, words),
            role="participants" if self._participant(facts.contact) else self._role(facts.contact),
            bring=self._bring(incident, words),
            number=incident.id,
            code=code,
            target=target,
            severity=incident.severity.word,
            drill=incident.drill,
            aborted=incident.drill and facts.reason.code == "drill_aborted",
            now=facts.now,
            since=min((fault.since for fault in incident.faults), default=incident.opened_at),
            meeting=self._meeting(incident.room).running,
            taken_by=self._contact_name(incident.taken_by),
            confirmed_by=self._contact_name(incident.confirmed_by),
            mitigated_at=incident.mitigated_at,
            resolved_at=incident.resolved_at,
            reported=tuple(
                (self._contact_name(fault.reported_by), str(fault.evidence.get("text", "")))
                for fault in incident.faults
                if fault.reported_by
            ),
            unwatched=incident.unwatched,
            resolved_by=self._contact_name(incident.resolved_by) if incident.resolved_by else "",
            who=self._contact_name(facts.by),
            text=facts.reason.code.removeprefix("reply_")
            if facts.kind == "reply_help"
            else facts.text or (incident.done if facts.kind in ("recovered", "report_sent") else ""),
            due=incident.report_due,
            measure=self._measure(facts, words, code, target, ways),
            standing=standing(incident, words),
            by_machine=done_by_machine(incident, words),
            symptoms=_symptoms(incident),
            others=tuple(one.name for one in named[1:]),
            new=_faults(changed, "faults"),
            mended=_faults(changed, "over"),
            evidence=first.evidence if first is not None else {},
            journal_written=not facts.journal_down,
        )

    def _name(self, incident: Incident, words: Words) -> str:
        """The room by its name; a floor or a whole site said as such."""
        if incident.scope in ("floor", "site"):
            return words.text(f"message.scope_{incident.scope}", name=incident.room)
        return self._room_name(incident.room)

    def _place(self, incident: Incident, words: Words) -> str:
        """The same with the floor and the site, for whoever has to go there."""
        name = self._name(incident, words)
        return (
            name if incident.scope in ("floor", "site") else say_place(words, name, *self._whereabouts(incident.room))
        )

    def _bring(self, incident: Incident, words: Words) -> str:
        """What logistics should get ready for this fault; "" where the plan keeps nothing for it."""
        kept = [found for fault in named_faults(incident) if (found := self._material(fault.code)) is not None]
        if not kept:
            return ""
        name, place = kept[0]
        return words.text("message.bring" if place else "message.bring_missing", material=name, place=place)

    def _measure(
        self, facts: MessageFacts, words: Words, code: str, target: str, ways: HowToTake
    ) -> MeasureWords | None:
        return measure_words(
            facts,
            words,
            zone=zone_of(self.timezone),
            room=self._place(facts.incident, words),
            fault=fault_title(words, code, target, self._name(facts.incident, words)),
            name=self._contact_name,
            participant=self._participant(facts.contact),
            ways=ways,
        )

    def _digest(self, facts: MessageFacts) -> Notice:
        language = known_language(facts.language)
        lines = tuple(self._line(one, load_words(language)) for one in facts.incidents)
        return Notice(
            kind=MESSAGE_KINDS["digest"],
            room=lines[0].room if lines else "",
            now=facts.now,
            lines=lines,
            more=max(0, facts.count - len(lines)),
            drill=bool(facts.incidents) and all(incident.drill for incident in facts.incidents),
            journal_written=not facts.journal_down,
        )

    def _line(self, incident: Incident, words: Words) -> MessageLine:
        named = named_faults(incident)
        return MessageLine(
            number=incident.id,
            room=self._name(incident, words),
            code=named[0].code if named else incident.code,
            target=named[0].target if named else "",
            severity=incident.severity.word,
            over=not incident.phase.live,
            others=tuple(one.name for one in named[1:]),
        )


def named_faults(incident: Incident) -> tuple[FaultRecord, ...]:
    """What a message names: all that is broken, of an incident that is over all that was; each once."""
    return tuple({one.key: one for one in reversed(incident.open_faults or incident.faults)}.values())[::-1]


def _faults(reason: Reason, name: str) -> tuple[str, ...]:
    found = reason.values.get(name)
    return found if isinstance(found, tuple) else ()


def kind_of(facts: MessageFacts) -> MessageKind:
    """The kind by whose words it is told: another than its own where they would say what is untrue."""
    if facts.action == "backup" and facts.kind in ("opened", "escalated", "repeated"):
        return MESSAGE_KINDS["backup"]
    again = ENTERED_AGAIN.get(facts.incident.entered_why) if facts.reason.code == "entered_again" else None
    if facts.kind == "escalated" and again is not None:
        # Who declares a severity raises it before anybody was told at all.
        return MESSAGE_KINDS["opened"] if len(facts.incident.steps) == 1 else again
    if facts.kind == "unanswered" and facts.reason.code == "nobody_reached":
        return MESSAGE_KINDS["nobody_reachable"]
    if facts.kind not in MESSAGE_KINDS:
        log.warning("no words for a message of kind %r; it goes out as a plain one", facts.kind)
    return kind_named(facts.kind)


def _symptoms(incident: Incident) -> tuple[str, ...]:
    """What follows from what is broken, and is no fault of the incident by itself."""
    named = [code for fault in incident.faults for code in fault.symptoms]
    own = {fault.code for fault in named_faults(incident)}
    return tuple(code for code in dict.fromkeys(named) if code not in own)
