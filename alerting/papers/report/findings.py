"""What worked and what did not: each rule a pure function of the case that gives its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from alerting.delivery.who_was_told import Reach
from alerting.model.catalogue import KINDS
from alerting.model.fault import FaultClass, Severity
from alerting.papers.report.case_file import REPEAT_DAYS, CaseFile
from alerting.papers.report.delivery_outcomes import SLOW, people
from alerting.papers.report.failed_steps import failed_steps
from alerting.papers.report.report_finding import ReportFinding
from alerting.papers.report.terms import ChannelKind, Duration, FaultName, People, RoomName, Value
from alerting.papers.report.times import Measured, measure
from alerting.plan.model import Plan

Rule = Callable[[CaseFile, Plan, Sequence[Measured]], Iterator[ReportFinding]]
"""(case, plan, its times against the plan's targets) → what it finds."""


def find(case: CaseFile, plan: Plan) -> tuple[ReportFinding, ...]:
    """All findings, each once, what worked first."""
    measured = measure(case, plan.targets)
    found: dict[tuple[str, str], ReportFinding] = {}
    for one in (finding for rule in RULES for finding in rule(case, plan, measured)):
        found.setdefault((one.code, one.subject), one)
    return tuple(sorted(found.values(), key=lambda one: not one.good))


def times_kept(case: CaseFile, plan: Plan, measured: Sequence[Measured]) -> Iterator[ReportFinding]:
    for one in measured:
        if one.met is None:
            continue
        values: dict[str, Value] = {"target": Duration(one.target)}
        if one.seconds is not None:
            values["span"] = Duration(one.seconds)
            yield ReportFinding(code=f"{one.name}_{'kept' if one.met else 'late'}", values=values)
        elif not one.met:
            yield ReportFinding(code=f"{one.name}_missing", values=values)


def answered(case: CaseFile, plan: Plan, measured: Sequence[Measured]) -> Iterator[ReportFinding]:
    """Who answered, and where the chain ended without anybody."""
    taken = case.first("taken")
    late = _time(measured, "acknowledge")
    if taken is not None:
        deputies = {contact.deputy for contact in plan.contacts.values() if contact.deputy}
        firsts = {one for step in case.incident.steps if step.index == 0 for one in step.contacts}
        if taken.by in deputies and taken.by not in firsts:
            principals = tuple(sorted(one for one in firsts if plan.contacts.get(one) is not None))
            values: dict[str, Value] = {"who": People((taken.by,)), "first": People(principals)}
            yield ReportFinding(code="deputy_answered", values=values)
    if late is not None and late.met is False:
        in_steps = {row.contact for row in case.notifications if row.step >= 0}
        told = [one for one in people(case) if one.first_at is not None and one.contact in in_steps]
        silent = [one for one in told[:1] if taken is None or taken.by != one.contact]
        for one in silent:
            yield ReportFinding(code="silent", subject=one.contact, values={"who": People((one.contact,))})
    if case.first("unanswered") is not None:
        reached = any(row.accepted_at is not None for row in case.notifications)
        yield ReportFinding(code="nobody_answered" if reached else "nobody_reached")
    expired = case.of("take_expired")
    if expired:
        yield ReportFinding(code="take_expired", values={"count": len(expired)})


def delivered(case: CaseFile, plan: Plan, measured: Sequence[Measured]) -> Iterator[ReportFinding]:
    told = people(case)
    if told and all(one.reach is Reach.ACCEPTED and not one.failed and not one.expired for one in told):
        quickest = [one.took for one in told if one.took is not None]
        values: dict[str, Value] = {"count": len(told), "span": Duration(max(quickest, default=0.0))}
        yield ReportFinding(code="all_delivered", values=values)
    for one in told:
        for path, detail in one.failed:
            values = {"who": People((one.contact,)), "way": ChannelKind(path), "why": detail}
            yield ReportFinding(code="way_failed", subject=f"{one.contact}/{path}", values=values)
        for path in one.expired:
            values = {"who": People((one.contact,)), "way": ChannelKind(path)}
            yield ReportFinding(code="way_expired", subject=f"{one.contact}/{path}", values=values)
        if one.failed and one.accepted and one.way not in {path for path, _ in one.failed}:
            values = {"who": People((one.contact,)), "way": ChannelKind(one.way)}
            yield ReportFinding(code="other_way", values=values)
        if one.lost and case.ended is not None:
            code = "not_reached" if one.reach is Reach.FAILED else "not_reached_in_time"
            values = {"who": People((one.contact,))}
            yield ReportFinding(code=code, subject=one.contact, values=values)
        if one.took is not None and one.took > SLOW:
            values = {"who": People((one.contact,)), "way": ChannelKind(one.way), "span": Duration(one.took)}
            yield ReportFinding(code="slow_way", subject=f"{one.contact}/{one.way}", values=values)


def steps_taken(case: CaseFile, plan: Plan, measured: Sequence[Measured]) -> Iterator[ReportFinding]:
    """Steps of the plan's flow that a person should have taken and that the journal does not hold."""
    incident = case.incident
    confirmed = case.first("confirmed")
    if confirmed is not None:
        leaders = set(plan.groups["leadership"].members) if "leadership" in plan.groups else set()
        rows = [row for row in case.notifications if row.kind == "confirmed" and row.contact in leaders]
        at = min((row.accepted_at for row in rows if row.accepted_at is not None), default=None)
        if at is not None:
            values: dict[str, Value] = {"span": Duration(at - confirmed.at)}
            yield ReportFinding(code="leadership_told", values=values)
        elif rows and all(row.state.final for row in rows):
            yield ReportFinding(code="leadership_not_told")
    elif incident.worst is not Severity.NOTICE and _lasted(case) > plan.targets.acknowledge:
        yield ReportFinding(code="not_confirmed")
    if case.ended is not None and not incident.done and incident.worst is not Severity.NOTICE and case.first("taken"):
        yield ReportFinding(code="nothing_said", values={"who": People((_taker(case),))})
    for step in incident.steps:
        if not step.contacts and step.index < len(incident.chain):
            name = incident.chain[step.index].name
            yield ReportFinding(code="empty_step", subject=name, values={"step": name})
    resolved = case.first("resolved")
    if resolved is not None and resolved.by == "roomwatch":
        yield (ReportFinding(code="unwatched") if incident.unwatched else ReportFinding(code="verified"))
    elif resolved is not None and resolved.data.get("forced"):
        yield ReportFinding(code="forced", values={"who": People((resolved.by,))})


def seen(case: CaseFile, plan: Plan, measured: Sequence[Measured]) -> Iterator[ReportFinding]:
    """What the monitor saw of it: a fault that people had to report, one that comes back, a wrong class."""
    incident = case.incident
    values: dict[str, Value]
    if incident.opened_by != "roomwatch" and all(fault.reported_by for fault in incident.faults):
        values = {"fault": FaultName(incident.code)}
        yield ReportFinding(code="not_monitored", subject=incident.code, values=values)
    if case.earlier:
        values = {
            "room": RoomName(incident.room),
            "fault": FaultName(incident.code, incident.faults[0].target if incident.faults else ""),
            "count": len(case.earlier) + 1,
            "days": REPEAT_DAYS,
        }
        kind = KINDS.get(incident.code)
        code = "repeated" if kind is not None and kind.fault_class is FaultClass.DEVICE else "repeated_cause"
        yield ReportFinding(code=code, subject=f"{incident.room}/{incident.code}", values=values)
    for event in case.of("class"):
        values = {"who": People((event.by,))}
        yield ReportFinding(code="class_corrected", subject=incident.code, values=values)
        break
    for event in case.of("severity"):
        if event.by != "roomwatch":
            yield ReportFinding(code="severity_corrected", subject=incident.code, values={"who": People((event.by,))})
            break
    kind = KINDS.get(incident.code)
    restore = _time(measured, "restore")
    if kind is not None and kind.spare and restore is not None and restore.met is False:
        names = [one.name for one in plan.materials.values() if kind.spare in one.covers]
        values = {"what": names[0] if names else kind.spare}
        yield ReportFinding(code="spare_slow", subject=kind.spare, values=values)


def heard(case: CaseFile, plan: Plan, measured: Sequence[Measured]) -> Iterator[ReportFinding]:
    scores = [score for event in case.of("feedback") if isinstance(score := event.data.get("score"), int)]
    if scores:
        mean = sum(scores) / len(scores)
        values: dict[str, Value] = {"mean": f"{mean:.1f}", "count": len(scores)}
        if mean >= 4:
            yield ReportFinding(code="content", values=values)
        elif mean < 3:
            yield ReportFinding(code="discontent", values=values)


def steps_failed(case: CaseFile, plan: Plan, measured: Sequence[Measured]) -> Iterator[ReportFinding]:
    """Every event of the journal that says that something did not work."""
    yield from failed_steps(case)


RULES: tuple[Rule, ...] = (times_kept, answered, delivered, steps_taken, steps_failed, seen, heard)
"""Each is asked by itself; a new lesson is a new function here."""


def _time(measured: Sequence[Measured], name: str) -> Measured | None:
    return next((one for one in measured if one.name == name), None)


def _lasted(case: CaseFile) -> float:
    return case.end - case.began


def _taker(case: CaseFile) -> str:
    taken = case.of("taken")
    return taken[-1].by if taken else ""
