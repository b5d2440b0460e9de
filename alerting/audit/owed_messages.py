"""Who had to be told, and by which message: every row against the event that called for it, and the other way round."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator

from alerting.audit.audited_case import Case, Circumstances, all_instead
from alerting.audit.finding import AuditFinding, Code
from alerting.audit.replay import RecordedStep, Story
from alerting.journal.rows import Event, Notification
from alerting.messages.kinds import MESSAGE_KINDS, To, kind_named
from alerting.model.fault import Severity
from alerting.model.reason import Reason, because
from alerting.plan.contract import ResponsePlan

SAME = 0.5
"""Seconds within which a message was decided together with its event; both carry the time of one decision."""

STEP_OF = {-1: "deputy", 0: "first"}
"""A step's ``repeat`` → how the table of kinds calls it; every other is "repeated"."""
CALLED_FOR_BY = {kind.name: kind.event for kind in MESSAGE_KINDS.values() if kind.event}
"""Kind of message → verb of the event that calls for it."""
TO_ALL_WHO_WERE_TOLD = frozenset(kind.event for kind in MESSAGE_KINDS.values() if kind.event and kind.to is To.TOLD)
TO_WHOM_THEY_NAME = frozenset(kind.event for kind in MESSAGE_KINDS.values() if kind.event and kind.to is To.NAMED)
ENDING = frozenset(kind.name for kind in MESSAGE_KINDS.values() if kind.ends)


class _Telling:
    def __init__(self, case: Case, story: Story, circumstances: Circumstances) -> None:
        self.case, self.story, self.facts = case, story, circumstances
        self.originals = [row for row in case.rows if "+" not in row.key]

    def _say(
        self, code: Code, at: float, what: str, detail: Reason, contact: str = "", place: str = ""
    ) -> AuditFinding:
        return AuditFinding(
            code=code,
            incident=self.case.incident.id,
            at=at,
            what=what,
            contact=contact,
            place=place,
            detail=detail,
        )

    def run(self) -> Iterator[AuditFinding]:
        yield from self._steps()
        yield from self._events()
        yield from self._recovery()
        yield from self._twice()
        yield from self._unasked()

    # What steps called for

    def _steps(self) -> Iterator[AuditFinding]:
        planned: dict[tuple[int, int, int], RecordedStep] = {
            (round_.number, step.index, step.repeat): step for round_ in self.story.rounds for step in round_.steps
        }
        told: dict[tuple[int, int, int], dict[str, Notification]] = {}
        for row in self.originals:
            if row.step < 0:
                continue
            place = (row.round, row.step, row.repeat)
            where = ".".join(map(str, place))
            if place not in planned:
                yield self._say(
                    Code.UNASKED, row.decided_at, row.kind, because("audit_step_not_taken"), row.contact, where
                )
                continue
            told.setdefault(place, {})[row.contact] = row
            step = planned[place]
            if row.contact not in step.contacts:
                yield self._say(
                    Code.WRONG_CONTACT, row.decided_at, row.kind, because("audit_not_named"), row.contact, where
                )
            if abs(row.decided_at - step.at) > SAME:
                yield self._say(
                    Code.CONTRADICTION,
                    step.at,
                    row.kind,
                    because("audit_apart", span=abs(row.decided_at - step.at)),
                    row.contact,
                    where,
                )
            step_of = STEP_OF.get(row.repeat, "repeated")
            kinds = [kind.name for kind in MESSAGE_KINDS.values() if kind.step == step_of]
            if row.kind not in kinds:
                yield self._say(
                    Code.CONTRADICTION,
                    step.at,
                    row.kind,
                    because("audit_other_kind", known=tuple(kinds)),
                    row.contact,
                    where,
                )
        for place, step in planned.items():
            chain = self.story.rounds[place[0]].chain
            for contact in step.contacts:
                without = contact in step.without_way or not self.facts.reachable(contact)
                if contact not in told.get(place, {}) and not without:
                    yield self._say(
                        Code.NOT_TOLD,
                        step.at,
                        chain[step.index].name,
                        because("audit_no_message"),
                        contact,
                        ".".join(map(str, place)),
                    )

    # What events called for

    def _rows(self, kind: str, at: float) -> list[Notification]:
        return [row for row in self.originals if row.kind == kind and abs(row.decided_at - at) <= SAME]

    def _reached(self, before: float) -> set[str]:
        """Who had certainly been told something before that time."""
        return {
            row.contact
            for row in self.case.rows
            if row.accepted_at is not None and row.accepted_at < before and kind_named(row.kind).tells_fault
        }

    def _events(self) -> Iterator[AuditFinding]:
        calls = {id(event): list(self._owed(event)) for event in self.case.events}
        for event in self.case.events:
            for contact, kind in calls[id(event)]:
                if not self.facts.reachable(contact):
                    continue
                rows = [row for row in self._rows(kind, event.at) if row.contact == contact]
                channels = {row.channel for row in rows}
                told = event.data.get("to")
                ways = {str(one) for one in _list(told.get(contact))} if isinstance(told, dict) else set()
                # Two words in one moment are two messages: the one must not count for the other.
                called = sum(
                    (contact, kind) in calls[id(other)]
                    for other in self.case.events
                    if abs(other.at - event.at) <= SAME
                )
                if len(rows) < called or ways - channels:
                    yield self._say(
                        Code.NOT_TOLD,
                        event.at,
                        kind,
                        because("audit_nothing_made", verb=event.verb),
                        contact,
                        f"{event.at:.3f}",
                    )

    def _owed(self, event: Event) -> Iterable[tuple[str, str]]:
        """(contact, kind) of the messages that the event calls for."""
        verb = event.verb
        if event.data.get("again") is True and self._is_said_again(event):
            return []
        if verb in TO_ALL_WHO_WERE_TOLD and (verb != "severity" or self._rose_while_taken(event)):
            return [(contact, verb) for contact in sorted(self._reached(event.at)) if contact != event.by]
        if verb in TO_WHOM_THEY_NAME:
            return [(str(contact), verb) for contact in _list(event.data.get("to"))]
        if verb == "confirmed" and event.data.get("technical"):
            return [(contact, "confirmed") for contact in self._leaders(event)]
        if verb == "unanswered" and self._first_alarm(event):
            return [(contact, "unanswered") for contact in self._everybody(event)]
        return []

    def _is_said_again(self, event: Event) -> bool:
        """True where the same person had said it, nobody else since, and it still stood."""
        events = self.case.events
        before = next((one for one in reversed(events[: events.index(event)]) if one.verb == event.verb), None)
        until = before.data.get("until", math.inf) if before is not None and before.by == event.by else -math.inf
        return isinstance(until, (int, float)) and event.at <= until

    def _rose_while_taken(self, event: Event) -> bool:
        earlier = [one for one in self.case.events if one is not event and one.at <= event.at]
        worst = max((r.severity for r in self.story.rounds if r.entered_at < event.at), default=Severity.NOTICE)
        rose = str(event.data.get("to", "")).upper() in Severity.__members__ and (
            Severity[str(event.data["to"]).upper()] > worst
        )
        taken = any(start < event.at < end for start, end in self.story.taken_spans)
        return bool(earlier) and rose and taken

    def _leaders(self, event: Event) -> list[str]:
        found = [str(one) for one in _list(event.data.get("to"))]
        plan = self.facts.plan_at(event.at)
        if plan is not None:
            severity = self.story.severity_at(event.at, self.case.events)
            if severity >= plan.confirm_tells_from:
                found += _confirm_audience(plan, event)
        return list(dict.fromkeys(found))

    def _first_alarm(self, event: Event) -> bool:
        return any(r.first_alarm and r.unanswered_at == event.at for r in self.story.rounds)

    def _everybody(self, event: Event) -> list[str]:
        """All whom the chain names: by the event's own word, and by the plan where that of the time is known."""
        round_ = next(r for r in self.story.rounds if r.unanswered_at == event.at)
        named = [str(one) for one in _list(event.data.get("to"))]
        plan = self.facts.plan_at(event.at)
        if plan is not None:
            named += [
                c for step in round_.chain for audience in step.audience for c in plan.members(audience, event.at)
            ]
        return list(dict.fromkeys(named))

    # The end

    def _recovery(self) -> Iterator[AuditFinding]:
        at = self.story.resolved_at
        if at is None:
            return
        recovered = {row.contact for row in self.originals if row.kind == "recovered" and row.decided_at >= at - SAME}
        passed = {row.contact for row in self.originals if row.kind == "passed" and row.decided_at >= at - SAME}
        told: dict[str, float] = {}
        for row in self.case.rows:
            if row.kind not in ENDING and kind_named(row.kind).tells_fault and row.accepted_at is not None:
                told[row.contact] = min(told.get(row.contact, math.inf), row.accepted_at)
        for contact in sorted(told):
            ends = recovered if told[contact] < at else recovered | passed
            if contact not in ends and self.facts.reachable(contact):
                yield self._say(Code.NOT_TOLD, at, "recovered", because("audit_end_not_told"), contact)
        for row in self.case.rows:
            waited = row.finished_at is not None and abs(row.finished_at - at) <= SAME and not row.superseded_by
            if (
                waited
                and row.state.value == "superseded"
                and row.accepted_at is None
                and not kind_named(row.kind).personal
                and row.kind not in ENDING
                and row.not_before <= at
                and row.contact not in passed | recovered
                and row.detail.code == "is_over"
                and self.facts.reachable(row.contact)
            ):
                yield self._say(Code.NOT_TOLD, at, "passed", because("audit_taken_back"), row.contact)
        for contact in sorted(self._perhaps_told() - told.keys() - recovered - passed):
            if self.facts.reachable(contact):
                yield self._say(Code.NOT_TOLD, at, "passed", because("audit_end_not_told"), contact)
        for row in self.originals:
            if row.kind in ENDING and row.contact not in told and row.kind == "recovered":
                yield self._say(
                    Code.WRONG_CONTACT,
                    row.decided_at,
                    "recovered",
                    because("audit_end_unasked"),
                    row.contact,
                )

    def _perhaps_told(self) -> set[str]:
        """Contacts whose message, or the digest in its place, may have arrived though nobody could write it down."""
        known = {**self.case.others, **{row.key: row for row in self.case.rows}}
        return {
            row.contact
            for row in self.case.rows
            if kind_named(row.kind).tells_fault
            and any(one is not None and one.perhaps_arrived for one in all_instead(row, known))
        }

    # Too much

    def _twice(self) -> Iterator[AuditFinding]:
        seen: dict[tuple[object, ...], set[str]] = {}
        for row in self.originals:
            if row.step >= 0:
                place: tuple[object, ...] = (row.contact, row.channel, row.round, row.step, row.repeat)
            elif row.kind in ENDING:
                place = (row.contact, "ending")
            else:
                continue
            seen.setdefault(place, set()).add(row.key)
        for place, keys in seen.items():
            if len(keys) > 1:
                first = next(row for row in self.originals if row.key in keys)
                yield self._say(
                    Code.TOLD_TWICE,
                    first.decided_at,
                    first.kind,
                    because("audit_several_keys", count=len(keys)),
                    str(place[0]),
                    ".".join(str(one) for one in place[1:]),
                )
        counted = Counter(
            (row.kind, row.contact, row.channel, round(row.decided_at, 3))
            for row in self.originals
            if row.step < 0 and row.kind in CALLED_FOR_BY
        )
        for (kind, contact, channel, at), count in counted.items():
            events = sum(e.verb == CALLED_FOR_BY[kind] and abs(e.at - at) <= SAME for e in self.case.events)
            if count > max(1, events):
                yield self._say(
                    Code.TOLD_TWICE,
                    at,
                    kind,
                    because("audit_too_many", count=count, events=events),
                    contact,
                    f"{channel}/{at:.3f}",
                )

    def _unasked(self) -> Iterator[AuditFinding]:
        for row in self.originals:
            verb = CALLED_FOR_BY.get(row.kind)
            if row.step >= 0 or verb is None:
                continue
            called = [e for e in self.case.events if e.verb == verb and abs(e.at - row.decided_at) <= SAME]
            if not called:
                yield self._say(
                    Code.UNASKED,
                    row.decided_at,
                    row.kind,
                    because("audit_not_called_for", verb=verb),
                    row.contact,
                    f"{row.decided_at:.3f}",
                )
            elif verb in TO_WHOM_THEY_NAME and not any(
                row.contact in [str(one) for one in _list(e.data.get("to"))] for e in called
            ):
                yield self._say(
                    Code.WRONG_CONTACT, row.decided_at, row.kind, because("audit_for_others"), row.contact, row.key
                )
            elif row.kind == "confirmed" and self._foreign(row, called):
                yield self._say(
                    Code.WRONG_CONTACT, row.decided_at, row.kind, because("audit_not_to_be_told"), row.contact, row.key
                )
        resolved = self.story.resolved_at
        for row in self.originals:
            if row.kind in ENDING and (resolved is None or row.decided_at < resolved - SAME):
                yield self._say(Code.UNASKED, row.decided_at, row.kind, because("audit_not_over"), row.contact, row.key)

    def _foreign(self, row: Notification, called: list[Event]) -> bool:
        named = [e for e in called if isinstance(e.data.get("to"), list)]
        if named:
            return not any(row.contact in [str(one) for one in _list(e.data.get("to"))] for e in named)
        plan = self.facts.plan_at(row.decided_at)
        return plan is not None and not any(row.contact in _confirm_audience(plan, event) for event in called)


def _confirm_audience(plan: ResponsePlan, event: Event) -> list[str]:
    """Whom the plan tells of a confirmation; not the one who gave it."""
    people = [c for group in plan.data.confirm_tells for c in plan.members(group, event.at)]
    return [contact for contact in dict.fromkeys(people) if contact != event.by]


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple, dict)) else []


def audit_telling(case: Case, story: Story, circumstances: Circumstances) -> Iterator[AuditFinding]:
    """Every message that is missing, too much or for the wrong person."""
    yield from _Telling(case, story, circumstances).run()
