"""Where an incident's own row does not say what its events say."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from alerting.audit.audited_case import Case
from alerting.audit.finding import AuditFinding, Code
from alerting.audit.replay import MACHINE, Story
from alerting.model.reason import Reason, because


def contradictions(case: Case, story: Story) -> Iterator[AuditFinding]:
    """Where the incident's own row does not say what its events say."""
    incident = case.incident

    def say(what: str, detail: Reason, place: str = "") -> AuditFinding:
        return AuditFinding(
            code=Code.CONTRADICTION,
            incident=incident.id,
            at=case.events[-1].at,
            what=what,
            detail=detail,
            place=place,
        )

    told = {(r.number, s.index, s.repeat): s for r in story.rounds for s in r.steps}
    kept = {(s.round, s.index, s.repeat): s for s in incident.steps}
    for place in sorted(told.keys() | kept.keys()):
        name = ".".join(map(str, place))
        if place not in kept:
            yield say("step", because("audit_step_unknown"), name)
        elif place not in told:
            yield say("step", because("audit_step_unrecorded"), name)
        elif abs(kept[place].at - told[place].at) > 0.001 or tuple(kept[place].contacts) != told[place].contacts:
            yield say("step", because("audit_step_differs"), name)
    if incident.phase is not story.phase:
        yield say("phase", because("audit_differs", held=incident.phase.value, found=story.phase.value))
    if incident.worst is not story.worst:
        yield say("severity", because("audit_differs", held=incident.worst.word, found=story.worst.word))
    severity = story.severity_at(math.inf, case.events)
    if incident.severity is not severity:
        yield say("severity", because("audit_differs", held=incident.severity.word, found=severity.word), "now")
    said = next((e.data.get("to") for e in reversed(case.events) if e.verb == "class"), incident.fault_class.value)
    if incident.fault_class.value != said:
        yield say("class", because("audit_differs", held=incident.fault_class.value, found=str(said)))
    if incident.round != story.rounds[-1].number:
        yield say("round", because("audit_differs", held=incident.round, found=story.rounds[-1].number))
    for verb, at in (
        ("taken", incident.taken_at),
        ("confirmed", incident.confirmed_at),
        ("mitigated", incident.mitigated_at),
        ("resolved", incident.resolved_at),
        ("closed", incident.closed_at),
        ("unanswered", incident.unanswered_at),
    ):
        times = [event.at for event in case.events if event.verb == verb]
        if at is not None and not any(abs(one - at) <= 0.001 for one in times):
            yield say(verb, because("audit_unrecorded", verb=verb), verb)
    if incident.resolved_at is None and story.resolved_at is not None:
        yield say("resolved", because("audit_not_known_resolved"))
    yield from _faults(case, story)


def _faults(case: Case, story: Story) -> Iterator[AuditFinding]:
    """The incident's faults against the events that brought and ended them."""
    incident = case.incident
    came = Counter(
        str(e.data.get("code")) for e in case.events if e.verb in ("opened", "fault_joined", "report_joined")
    )
    for code, count in Counter(fault.code for fault in incident.faults).items():
        if came[code] < count:
            yield AuditFinding(
                code=Code.LOST,
                incident=incident.id,
                at=incident.opened_at,
                what=code,
                detail=because("audit_faults_unrecorded", count=count, events=came[code]),
            )
    for fault in incident.faults:
        # Where the monitor itself resolves, a fault that cleared came first; a person's word clears all by itself.
        ends = [e.at for e in case.events if e.verb == "fault_cleared"]
        ends += [e.at for e in case.events if e.verb == "resolved" and (e.by != MACHINE or fault.reported_by)]
        ends += [story.resolved_at] if incident.drill and story.resolved_at is not None else []
        if fault.cleared_at is not None and not any(abs(at - fault.cleared_at) <= 0.001 for at in ends):
            yield AuditFinding(
                code=Code.LOST,
                incident=incident.id,
                at=fault.cleared_at,
                what=fault.code,
                place="cleared",
                detail=because("audit_end_unrecorded"),
            )
    cleared = [fault.cleared_at for fault in incident.faults if fault.cleared_at is not None]
    if incident.phase.live and incident.faults and len(cleared) == len(incident.faults):
        yield AuditFinding(
            code=Code.MISSED,
            incident=incident.id,
            at=max(cleared),
            what="resolved",
            detail=because("audit_still_open"),
        )
