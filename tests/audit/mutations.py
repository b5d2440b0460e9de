"""Breaks one promise in a copy of a healthy journal, at random but by seed. Each says what it did, or None where the
journal has nothing of the kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from alerting.audit.message_outcomes import STUCK
from alerting.journal import NotificationState
from alerting.journal.rows import stem
from alerting.model.reason import Reason
from tests.audit.broken import Broken

replace = msgspec.structs.replace


def step_with_all_its_traces_deleted(broken: Broken) -> int | None:
    steps = broken.steps()
    n = broken.pick(steps)
    if n is None:
        return None
    seq, event, incident, record = steps[n]
    for row in broken.rows_of(event):
        broken.drop_row(row)
    broken.drop_event(seq)
    broken.put_incident(replace(incident, steps=tuple(r for r in incident.steps if r is not record)))
    return incident.id


def step_event_deleted(broken: Broken) -> int | None:
    steps = [(s, e) for s, e in broken.events() if e.verb == "step"]
    n = broken.pick(steps)
    if n is None:
        return None
    broken.drop_event(steps[n][0])
    return steps[n][1].incident


def step_record_deleted(broken: Broken) -> int | None:
    found = [i for i in broken.incidents() if i.steps]
    n = broken.pick(found)
    if n is None:
        return None
    gone = broken.chance.choice(found[n].steps)
    broken.put_incident(replace(found[n], steps=tuple(s for s in found[n].steps if s != gone)))
    return found[n].id


def _deleted(kinds: Sequence[str]) -> Callable[[Broken], int | None]:
    def mutate(broken: Broken) -> int | None:
        reached: dict[tuple[int, str], float] = {}
        for row in broken.rows():
            if row.accepted_at is not None:
                at = reached.get((row.incident, row.contact), row.accepted_at)
                reached[(row.incident, row.contact)] = min(at, row.accepted_at)
        found = [
            row
            for row in broken.rows()
            if row.kind in kinds
            and "+" not in row.key
            # Who was reached in the very instant may or may not have been told.
            and (row.kind != "taken" or reached.get((row.incident, row.contact), row.decided_at) < row.decided_at)
        ]
        n = broken.pick(found)
        if n is None:
            return None
        for row in broken.rows(found[n].incident):
            same = row.kind in ("recovered", "passed") and row.contact == found[n].contact
            if stem(row.key) == stem(found[n].key) or (same and found[n].kind in ("recovered", "passed")):
                broken.drop_row(row)
        return found[n].incident

    return mutate


def digest_deleted(broken: Broken) -> int | None:
    found = [r for r in broken.rows() if r.kind == "digest" and r.incident == 0]
    n = broken.pick(found)
    if n is None:
        return None
    told = [r for r in broken.rows() if r.superseded_by == found[n].key]
    broken.drop_row(found[n])
    return told[0].incident


def _shifted(seconds: float) -> Callable[[Broken], int | None]:
    def mutate(broken: Broken) -> int | None:
        steps = [one for one in broken.steps() if seconds > 0 or (one[3].index > 0 and one[3].repeat == 0)]
        steps = [one for one in steps if seconds > 0 or one[1].why.code == "not_taken"]
        n = broken.pick(steps)
        if n is None:
            return None
        seq, event, incident, record = steps[n]
        by = seconds * broken.chance.uniform(1, 3) if seconds > 0 else seconds
        for row in broken.rows_of(event):
            moved = {
                name: value + by
                for name in ("attempted_at", "accepted_at", "finished_at")
                if (value := getattr(row, name)) is not None
            }
            broken.put_row(replace(row, decided_at=row.decided_at + by, not_before=row.not_before + by, **moved))
        broken.put_event(seq, replace(event, at=event.at + by))
        steps_now = tuple(replace(r, at=r.at + by) if r is record else r for r in incident.steps)
        broken.put_incident(replace(incident, steps=steps_now))
        return incident.id

    return mutate


def message_for_the_wrong_person(broken: Broken) -> int | None:
    found = [r for r in broken.rows() if r.step >= 0 and "+" not in r.key]
    n = broken.pick(found)
    if n is None:
        return None
    broken.put_row(replace(found[n], contact="somebody"))
    return found[n].incident


def step_for_the_wrong_people(broken: Broken) -> int | None:
    """Event, incident and messages agree with each other; only the plan says otherwise."""
    found = [
        one for one in broken.steps() if one[3].contacts and one[3].at >= broken.plan_since and broken.rows_of(one[1])
    ]
    n = broken.pick(found)
    if n is None:
        return None
    seq, event, incident, record = found[n]
    for row in broken.rows_of(event):
        broken.drop_row(row)
        broken.put_row(replace(row, contact="zhou", key=row.key.replace(row.contact, "zhou")))
    broken.put_event(seq, replace(event, data={**event.data, "contacts": ["zhou"]}))
    steps = tuple(replace(r, contacts=("zhou",)) if r is record else r for r in incident.steps)
    broken.put_incident(replace(incident, steps=steps))
    return incident.id


def told_twice_with_different_keys(broken: Broken) -> int | None:
    kinds = ("opened", "escalated", "repeated", "recovered", "taken", "confirmed", "order", "unanswered")
    found = [r for r in broken.rows() if r.kind in kinds and "+" not in r.key]
    n = broken.pick(found)
    if n is None:
        return None
    broken.put_row(replace(found[n], key=found[n].key.replace(f"-{found[n].kind}-", f"-{found[n].kind}-again.")))
    return found[n].incident


def decided_and_never_finished(broken: Broken) -> int | None:
    found = [
        r
        for r in broken.rows()
        if r.state is NotificationState.SENT and max(r.decided_at, r.not_before) + STUCK + 60 < broken.now
    ]
    n = broken.pick(found)
    if n is None:
        return None
    state = broken.chance.choice([NotificationState.PENDING, NotificationState.SENDING])
    tried = found[n].attempted_at if state is NotificationState.SENDING else None
    broken.put_row(
        replace(found[n], state=state, attempts=int(tried is not None), attempted_at=tried, accepted_at=None)
    )
    return found[n].incident


def events_out_of_order(broken: Broken) -> int | None:
    events = broken.events()
    found = [
        (a, b)
        for n, a in enumerate(events)
        for b in events[n + 1 : n + 2]
        if a[1].incident == b[1].incident and b[1].at > a[1].at
    ]
    n = broken.pick(found)
    if n is None:
        return None
    (first, early), (second, late) = found[n]
    broken.db.execute("UPDATE events SET seq = -1 WHERE seq = ?", (first,))
    broken.db.execute("UPDATE events SET seq = ? WHERE seq = ?", (first, second))
    broken.db.execute("UPDATE events SET seq = ? WHERE seq = -1", (second,))
    assert early.at < late.at
    return early.incident


def _event_deleted(verb: str) -> Callable[[Broken], int | None]:
    def mutate(broken: Broken) -> int | None:
        events = broken.events()
        # A second word of the same kind later, or in the same instant, covers the first: nothing shows its loss.
        found = [
            (s, e)
            for s, e in events
            if e.verb == verb
            and (
                verb not in ("taken", "confirmed")
                or not any(o.verb == verb and o.incident == e.incident and t != s and o.at >= e.at for t, o in events)
            )
        ]
        n = broken.pick(found)
        if n is None:
            return None
        broken.drop_event(found[n][0])
        return found[n][1].incident

    return mutate


def replaced_by_nothing(broken: Broken) -> int | None:
    found = [r for r in broken.rows() if r.superseded_by]
    n = broken.pick(found)
    if n is None:
        return None
    broken.put_row(replace(found[n], superseded_by="a-key-that-is-nowhere"))
    return found[n].incident


def taken_back_without_a_reason(broken: Broken) -> int | None:
    found = [r for r in broken.rows() if r.state is NotificationState.SENT]
    n = broken.pick(found)
    if n is None:
        return None
    broken.put_row(replace(found[n], state=NotificationState.SUPERSEDED, accepted_at=None, detail=Reason()))
    return found[n].incident


def sent_but_never_accepted(broken: Broken) -> int | None:
    found = [r for r in broken.rows() if r.state is NotificationState.SENT]
    n = broken.pick(found)
    if n is None:
        return None
    broken.put_row(replace(found[n], accepted_at=None))
    return found[n].incident


def failed_and_the_next_way_never_tried(broken: Broken) -> int | None:
    found = [r for r in broken.rows() if "+" in r.key and r.decided_at >= broken.plan_since]
    n = broken.pick(found)
    if n is None:
        return None
    first = next(r for r in broken.rows() if r.key == stem(found[n].key))
    broken.drop_row(found[n])
    broken.put_row(
        replace(first, state=NotificationState.FAILED, superseded_by="", accepted_at=None, finished_at=first.decided_at)
    )
    return first.incident


def sent_in_the_quiet_hours(broken: Broken) -> int | None:
    found = [r for r in broken.rows() if r.not_before > r.decided_at and r.attempted_at is not None]
    n = broken.pick(found)
    if n is None:
        return None
    at = found[n].decided_at + 5
    broken.put_row(replace(found[n], attempted_at=at, accepted_at=at, finished_at=at))
    return found[n].incident


def incident_deleted(broken: Broken) -> int | None:
    found = broken.incidents()
    n = broken.pick(found)
    if n is None:
        return None
    broken.db.execute("DELETE FROM incidents WHERE id = ?", (found[n].id,))
    return found[n].id


def message_that_nothing_asked_for(broken: Broken) -> int | None:
    found = [r for r in broken.rows() if r.incident and r.state is NotificationState.SENT]
    n = broken.pick(found)
    if n is None:
        return None
    kind = broken.chance.choice(["confirmed", "taken", "mitigated", "order"])
    at = found[n].decided_at + 7.25
    broken.put_row(replace(found[n], kind=kind, key=f"{found[n].key}-{kind}", decided_at=at, round=-1, step=-1))
    return found[n].incident


def resolved_and_still_open(broken: Broken) -> int | None:
    """The end of an incident with all its traces deleted: every fault is over, nobody was told."""
    found = [i for i in broken.incidents() if i.resolved_at is not None]
    n = broken.pick(found)
    if n is None:
        return None
    incident = found[n]
    for seq, event in broken.events(incident.id):
        if event.verb in ("resolved", "closed"):
            broken.drop_event(seq)
    for row in broken.rows(incident.id):
        if row.kind in ("recovered", "passed"):
            broken.drop_row(row)
    broken.put_incident(replace(incident, phase=type(incident.phase)("open"), resolved_at=None, closed_at=None))
    return incident.id


MUTATIONS: Mapping[str, Callable[[Broken], int | None]] = {
    "step_with_all_its_traces_deleted": step_with_all_its_traces_deleted,
    "step_event_deleted": step_event_deleted,
    "step_record_deleted": step_record_deleted,
    "notification_of_a_step_deleted": _deleted(["opened", "escalated", "repeated", "deputy"]),
    "recovery_not_told": _deleted(["recovered", "passed"]),
    "taking_not_told": _deleted(["taken"]),
    "leadership_not_told_after_confirmation": _deleted(["confirmed"]),
    "alarm_of_the_unanswered_chain_deleted": _deleted(["unanswered"]),
    "order_not_passed_on": _deleted(["order", "assigned"]),
    "move_to_the_backup_not_told": _deleted(["mitigated"]),
    "digest_deleted": digest_deleted,
    "late_step": _shifted(60.0),
    "early_step": _shifted(-45.0),
    "message_for_the_wrong_person": message_for_the_wrong_person,
    "step_for_the_wrong_people": step_for_the_wrong_people,
    "told_twice_with_different_keys": told_twice_with_different_keys,
    "decided_and_never_finished": decided_and_never_finished,
    "events_out_of_order": events_out_of_order,
    "opening_deleted": _event_deleted("opened"),
    "taking_deleted": _event_deleted("taken"),
    "end_of_a_taking_deleted": _event_deleted("take_expired"),
    "unanswered_end_deleted": _event_deleted("unanswered"),
    "severity_deleted": _event_deleted("severity"),
    "resolution_deleted": _event_deleted("resolved"),
    "closing_deleted": _event_deleted("closed"),
    "clearing_deleted": _event_deleted("fault_cleared"),
    "confirmation_deleted": _event_deleted("confirmed"),
    "order_deleted": _event_deleted("order"),
    "replaced_by_nothing": replaced_by_nothing,
    "taken_back_without_a_reason": taken_back_without_a_reason,
    "sent_but_never_accepted": sent_but_never_accepted,
    "failed_and_the_next_way_never_tried": failed_and_the_next_way_never_tried,
    "sent_in_the_quiet_hours": sent_in_the_quiet_hours,
    "incident_deleted": incident_deleted,
    "message_that_nothing_asked_for": message_that_nothing_asked_for,
    "resolved_and_still_open": resolved_and_still_open,
}
