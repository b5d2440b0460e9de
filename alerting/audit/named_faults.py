"""Whether every fault of an incident was named to somebody: one that joins an incident must not be hidden by it."""

from __future__ import annotations

from collections.abc import Iterator

from alerting.audit.audited_case import Case, Circumstances, after
from alerting.audit.finding import AuditFinding, Code
from alerting.audit.replay import Story
from alerting.journal.rows import Notification, NotificationState
from alerting.messages.kinds import kind_named
from alerting.model.incident import FaultRecord
from alerting.model.reason import because

S = NotificationState
JOINS = ("opened", "fault_joined", "report_joined")
"""Events that bring a fault, in the order in which the incident lists them."""
NAMED_WITHIN = 60.0
"""Seconds within which a change of the faults is told to those who are on it: a quarter of a minute between two such
messages, five seconds in which what belongs together is bundled, and what a machine under load is allowed anyway."""


def audit_naming(case: Case, story: Story, circumstances: Circumstances) -> Iterator[AuditFinding]:
    """Faults that no message names, and people who believe that one is broken which works again."""
    incident = case.incident
    joined = [event for event in case.events if event.verb in JOINS]
    rows = [row for row in case.rows if kind_named(row.kind).names_faults]
    earlier = any(not one.joined_at for one in incident.faults) or any(row.step >= 0 and not row.faults for row in rows)
    if earlier or len(joined) != len(incident.faults):
        return  # of a version that did not write down what a message names, or contradictory
    end = min(circumstances.now, story.resolved_at if story.resolved_at is not None else circumstances.now)
    for fault, joined_at in zip(incident.faults, (event.at for event in joined), strict=True):
        until = min(end, fault.cleared_at if fault.cleared_at is not None else end)
        due = joined_at if _in_hands(joined_at, case, story, circumstances) else _due(joined_at, story, rows)
        if due is None:
            continue
        owed = _by(due, story)
        named = any(fault.name in row.faults for newest in _newest(rows, owed).values() for row in newest)
        if owed < until and not named and not _seen_by_hand(joined_at, owed, case):
            yield _finding(case, fault, joined_at, "")
        if fault.cleared_at is not None:
            yield from _still_believed(case, fault, rows, end, story)


def _by(due: float, story: Story) -> float:
    """Until when it has to be told. An engine that stands still meanwhile has the whole time again once it runs."""
    begun = after(due, story.away)
    owed = begun + NAMED_WITHIN
    for start, end in sorted(story.away):
        if begun <= start < owed:
            owed = end + NAMED_WITHIN
    return owed


def _in_hands(at: float, case: Case, story: Story, circumstances: Circumstances) -> bool:
    """True where somebody whom the plan can reach has the incident at that time, told of it or not."""
    plan = circumstances.plan_at(at)
    takings = [event for event in case.events if event.verb == "taken" and event.at < at]
    held = any(start < at < end for start, end in story.taken_spans)
    return held and plan is not None and bool(takings) and bool(plan.addresses(takings[-1].by))


def _seen_by_hand(joined_at: float, owed: float, case: Case) -> bool:
    """True where somebody took or confirmed the incident with the fault in it: they know it without a message, and one
    that still waited for them was withdrawn."""
    return any(event.verb in ("taken", "confirmed") and joined_at <= event.at <= owed for event in case.events)


def _due(joined_at: float, story: Story, rows: list[Notification]) -> float | None:
    """From when it is owed that somebody is told: at once where somebody is on the incident already; else when the
    chain begins. None where nobody can be."""
    if any(kind_named(row.kind).responders and row.decided_at <= joined_at and _alive(row, joined_at) for row in rows):
        return joined_at
    later = [step.at for round_ in story.rounds for step in round_.steps if step.at >= joined_at and step.contacts]
    return min(later, default=None)


def _alive(row: Notification, at: float) -> bool:
    """True where it had reached its reader by then, or still could."""
    if row.accepted_at is not None and row.accepted_at <= at:
        return True
    return row.finished_at is None or row.finished_at > at or bool(row.superseded_by)


def _newest(rows: list[Notification], until: float) -> dict[str, list[Notification]]:
    """Contact → the last message that was decided for them by then; several where the same instant decided them, as
    their order says nothing."""
    newest: dict[str, list[Notification]] = {}
    for row in rows:
        if row.decided_at > until or _withdrawn(row, until):
            continue
        known = newest.setdefault(row.contact, [])
        if known and known[0].decided_at < row.decided_at:
            known.clear()
        if not known or known[0].decided_at == row.decided_at:
            known.append(row)
    return newest


def _withdrawn(row: Notification, at: float) -> bool:
    gone = row.state is S.SUPERSEDED and not row.superseded_by and row.accepted_at is None
    return gone and row.finished_at is not None and row.finished_at <= at


def _still_believed(
    case: Case, fault: FaultRecord, rows: list[Notification], end: float, story: Story
) -> Iterator[AuditFinding]:
    """Everybody who has to do with the incident hears that it works again, while something else is still broken. Where
    it broke again before that was due, there is nothing to tell."""
    assert fault.cleared_at is not None
    owed = _by(fault.cleared_at, story)
    broken_again = any(
        one.name == fault.name and fault.cleared_at <= one.joined_at <= owed for one in case.incident.faults
    )
    if owed >= end or broken_again:
        return
    on_it = {row.contact for row in rows if kind_named(row.kind).responders}
    for contact, newest in _newest(rows, owed).items():
        told = all(
            fault.name in row.faults and row.accepted_at is not None and row.decided_at < fault.cleared_at
            for row in newest
        )
        if told and contact in on_it:
            yield _finding(case, fault, fault.cleared_at, contact)


def _finding(case: Case, fault: FaultRecord, at: float, contact: str) -> AuditFinding:
    detail = because("audit_end_of_fault_untold" if contact else "audit_fault_unnamed", detail=fault.name)
    return AuditFinding(
        code=Code.UNNAMED,
        incident=case.incident.id,
        at=at,
        what="faults_changed",
        contact=contact,
        place=f"{fault.name}/{at:.3f}",
        detail=detail,
    )
