"""Finds what would fail on the day (`roomwatch plan check`), purely. far_end_check.py asks the network."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from alerting.configuration import INLINE
from alerting.model.catalogue import KINDS
from alerting.model.fault import FaultClass, Severity
from alerting.model.stock import stock_of
from alerting.plan.duty import on_duty
from alerting.plan.model import Plan
from alerting.plan.organisation import Roster
from alerting.plan.running_plan import RunningPlan
from alerting.plan.value_types import minutes_of
from alerting.plan.working_days import covers, is_working_day
from alerting.redaction import holds_secret

DAY_BEGINS, DAY_ENDS = "08:30", "19:00"
"""The hours in which duties remind people (alerting/workflows/scheduled/reminder.py)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFinding:
    """One thing that would fail. code: key under plan.check in the catalogues. where: dotted path in the plan."""

    code: str
    where: str
    error: bool = True
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedState:
    """What was recorded beside the plan's files: small facts of the journal (checks made, stock, confirmations), and
    whether this very content was signed by command."""

    memory: Mapping[str, str] = field(default_factory=dict)
    signed: bool = False


def silent(plan: Plan, now: float) -> tuple[PlanFinding, ...]:
    """Findings of a plan that would leave people untold. A start of the daemon logs them."""
    running = RunningPlan(plan)
    ways = (one for one in _people(plan) if one.code == "no_gateway")
    return (*_chains(plan, running, now), *ways)


def check_plan(plan: Plan, now: float, kept: RecordedState | None = None) -> tuple[PlanFinding, ...]:
    """All findings, errors first. now: Unix seconds."""
    kept = kept or RecordedState()
    running = RunningPlan(plan)
    found = [
        *_people(plan),
        *_groups(plan, running, now),
        *_chains(plan, running, now),
        *_times(plan),
        *_rosters(plan, running, now, kept),
        *_references(plan),
        *_audiences(plan, running, now),
        *_measures(plan, running, now),
        *_resources(plan, running, now, kept),
        *_calendar(plan, running, now),
    ]
    return tuple(sorted(found, key=lambda one: not one.error))


def _people(plan: Plan) -> Iterator[PlanFinding]:
    if not plan.contacts:
        yield PlanFinding(code="no_contacts", where="contacts")
    for name, contact in plan.contacts.items():
        where = f"contacts.{name}"
        if contact.left:
            continue
        if not contact.channels:
            yield PlanFinding(code="no_channel", where=where, values={"name": contact.name})
        for number, channel in enumerate(contact.channels, 1):
            try:
                value = channel.reveal()
            except LookupError as error:
                yield PlanFinding(code="secret", where=where, values={"name": contact.name, "detail": str(error)})
                continue
            if channel.origin == INLINE and holds_secret(value):
                yield PlanFinding(
                    code="inline_key", where=where, error=False, values={"name": contact.name, "number": number}
                )
            if "://" not in value:
                yield PlanFinding(code="not_an_address", where=where, values={"name": contact.name, "number": number})
            gateway = value.partition("://")[2].partition("/")[0] if value.lower().startswith("gateway://") else ""
            if gateway and gateway not in plan.gateways:
                there = ", ".join(plan.gateways) or "—"
                yield PlanFinding(
                    code="no_gateway", where=where, values={"name": contact.name, "gateway": gateway, "there": there}
                )
        line = [name]
        while (following := plan.contacts[line[-1]].deputy) and following not in line:
            line.append(following)
        if following == name and name == min(line):
            yield PlanFinding(code="deputy_cycle", where=where, error=False, values={"line": " → ".join([*line, name])})


def _groups(plan: Plan, running: RunningPlan, now: float) -> Iterator[PlanFinding]:
    used = {one for chain in plan.chains.values() for step in chain.steps for one in step.tell}
    for name, group in plan.groups.items():
        where = f"groups.{name}"
        if not group.members:
            yield PlanFinding(code="group_empty", where=where, error=name in used, values={"name": group.name})
        for member in group.members:
            contact = plan.contacts[member]
            if contact.left:
                stands = ", ".join(plan.contacts[one].name for one in running.deputies(member, now))
                code = "left_replaced" if stands else "left"
                values: dict[str, object] = {"name": contact.name, "group": group.name, "deputy": stands}
                yield PlanFinding(code=code, where=where, error=not stands, values=values)


def _reaches(running: RunningPlan, audience: tuple[str, ...], at: float) -> bool:
    return any(running.addresses(person) for one in audience for person in running.people(one, at))


def _chains(plan: Plan, running: RunningPlan, now: float) -> Iterator[PlanFinding]:
    for name, chain in plan.chains.items():
        so_far: dict[str, None] = {}
        for number, step in enumerate(chain.steps, 1):
            so_far.update((person, None) for one in step.tell for person in running.people(one, now))
            deputies = tuple(d for person in so_far for d in running.deputies(person, now)) if step.deputies else ()
            if not _reaches(running, (*step.tell, *deputies), now):
                told = ", ".join(step.tell) or "—"
                yield PlanFinding(
                    code="step_reaches_nobody", where=f"chains.{name}", values={"step": number, "told": told}
                )
    for severity in Severity:
        without = [str(one) for one in FaultClass if running.named_chain(one, severity) is None]
        if without:
            values: dict[str, object] = {"severity": severity.word, "classes": ", ".join(without)}
            yield PlanFinding(code="no_chain", where="chains", values=values)


def _times(plan: Plan) -> Iterator[PlanFinding]:
    goals = plan.targets
    order = [("detect", goals.detect), ("acknowledge", goals.acknowledge), ("mitigate", goals.mitigate)]
    for (early, before), (late, after) in zip(order, [*order[1:], ("restore", goals.restore)], strict=True):
        if before > after:
            yield PlanFinding(code="target_order", where="targets", values={"early": early, "late": late})
    for name, chain in plan.chains.items():
        first = chain.steps[0]
        if first.after > goals.acknowledge:
            values: dict[str, object] = {"after": first.after, "target": goals.acknowledge}
            yield PlanFinding(code="first_step_late", where=f"chains.{name}", values=values)
        for step in chain.steps:
            if step.action == "backup" and step.after > goals.mitigate:
                values = {"after": step.after, "target": goals.mitigate}
                yield PlanFinding(code="backup_late", where=f"chains.{name}", values=values)
            if step.after > goals.restore:
                values = {"after": step.after, "target": goals.restore}
                yield PlanFinding(code="step_after_restore", where=f"chains.{name}", error=False, values=values)
    for name, schedule in plan.inspections.items():
        if not DAY_BEGINS <= schedule.at < DAY_ENDS:
            values = {"name": schedule.name, "at": schedule.at, "start": DAY_BEGINS, "end": DAY_ENDS}
            yield PlanFinding(code="inspection_at_night", where=f"inspections.{name}", error=False, values=values)
    for number, quiet in enumerate(plan.quiet):
        if quiet.severity == "critical":
            yield PlanFinding(code="quiet_critical", where=f"quiet.{number}", values={"start": quiet.start})
        if quiet.start == quiet.end:
            yield PlanFinding(code="quiet_all_day", where=f"quiet.{number}", values={"start": quiet.start})


def _rosters(plan: Plan, running: RunningPlan, now: float, kept: RecordedState) -> Iterator[PlanFinding]:
    today = running.wall(now)
    users = {group.roster: group for group in plan.groups.values() if group.roster}
    for name, roster in plan.rosters.items():
        where = f"rosters.{name}"
        if not roster.owner or plan.contacts[roster.owner].left:
            yield PlanFinding(code="roster_owner", where=where, error=False)
        confirmed = _later(roster.confirmed, kept.memory.get(f"roster.{name}.confirmed", ""))
        age = (today.date() - confirmed).days if confirmed else None
        if age is None or age > roster.confirm_every_days:
            when = confirmed.isoformat() if confirmed else "—"
            yield PlanFinding(code="roster_unconfirmed", where=where, error=False, values={"when": when})
        people = dict.fromkeys([*roster.rotation, *(one for turn in roster.overrides for one in turn.people)])
        for person in people:
            if plan.contacts[person].left:
                yield PlanFinding(code="roster_left", where=where, values={"name": plan.contacts[person].name})
        group = users.get(name)
        if group is None:
            yield PlanFinding(code="roster_unused", where=where, error=False)
        gaps = roster_gaps(plan, roster, today, plan.roster_horizon_days)
        for start, end in gaps[:5]:
            values: dict[str, object] = {"start": f"{start:%Y-%m-%d %H:%M}", "end": f"{end:%Y-%m-%d %H:%M}"}
            yield PlanFinding(code="roster_gap", where=where, values=values)
        if len(gaps) > 5:
            yield PlanFinding(code="roster_more_gaps", where=where, values={"count": len(gaps) - 5})


def roster_gaps(plan: Plan, roster: Roster, start: dt.datetime, days: int) -> list[tuple[dt.datetime, dt.datetime]]:
    """Wall times within the next days in which somebody must be on duty and nobody is. Exact to the minute."""
    edges = {start, start + dt.timedelta(days=days)}
    for number in range(days + 1):
        midnight = dt.datetime.combine(start.date() + dt.timedelta(days=number), dt.time())
        clocks = ["00:00", roster.handover, *(clock for hours in plan.peak for clock in (hours.start, hours.end))]
        edges.update(midnight + dt.timedelta(minutes=minutes_of(clock)) for clock in clocks)
    for shift in roster.overrides:
        edges.update((shift.start, shift.end))
    ordered = sorted(edge for edge in edges if start <= edge <= start + dt.timedelta(days=days))
    gaps: list[tuple[dt.datetime, dt.datetime]] = []
    for here, there in itertools.pairwise(ordered):
        if not _must_cover(plan, roster, here) or any(not plan.contacts[one].left for one in on_duty(roster, here)):
            continue
        if gaps and gaps[-1][1] == here:
            gaps[-1] = (gaps[-1][0], there)
        else:
            gaps.append((here, there))
    return gaps


def _must_cover(plan: Plan, roster: Roster, wall: dt.datetime) -> bool:
    if roster.covers == "always":
        return True
    working = is_working_day(wall.date(), plan.working_days)
    if roster.covers == "working_days":
        return working
    minute = wall.hour * 60 + wall.minute
    return any(
        minutes_of(hours.start) <= minute < minutes_of(hours.end) and (working or hours.days == "all")
        for hours in plan.peak
    )


def _later(day: dt.date | None, recorded: str) -> dt.date | None:
    """The later of what the plan says and what was recorded (ISO, "" for nothing)."""
    days = (day, dt.date.fromisoformat(recorded) if recorded else None)
    return max((one for one in days if one is not None), default=None)


def _references(plan: Plan) -> Iterator[PlanFinding]:
    named = [(f"severity.faults.{code}", code) for code in plan.severity.faults]
    named += [(f"remedies.{name}", code) for name, remedy in plan.remedies.items() for code in remedy.faults]
    named += [(f"drills.{name}", drill.fault) for name, drill in plan.drills.items() if drill.fault]
    for where, code in named:
        if code not in KINDS:
            yield PlanFinding(code="unknown_fault", where=where, values={"fault": code})
    for where, names in _named(plan).items():
        for name in names:
            if name not in plan.groups and name not in plan.contacts:
                yield PlanFinding(code="unknown_audience", where=where, values={"name": name})


def _named(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Everybody whom the plan names outside its chains, by the place where it does."""
    report = plan.report
    told = {
        "report.owner": (report.owner,),
        "report.reviewers": report.reviewers,
        "report.signers": report.signers,
        "report.escalate_to": report.escalate_to,
        "report.send_to": report.send_to,
        "report.circulate_to": report.circulate_to,
        "evaluation.to": plan.evaluation.to if plan.evaluation.every_days else (),
        "confirm_tells": plan.confirm_tells,
    }
    told |= {f"inspections.{name}": one.who for name, one in plan.inspections.items()}
    told |= {f"drills.{name}": one.who for name, one in plan.drills.items()}
    told |= {f"rooms.{name}.participants": one.participants for name, one in plan.rooms.items() if one.participants}
    return told


def _audiences(plan: Plan, running: RunningPlan, now: float) -> Iterator[PlanFinding]:
    """Those who are named and cannot be told: gone without a deputy, or without any way."""
    if not plan.contacts:
        return
    for where, names in _named(plan).items():
        known = [name for name in names if name in plan.groups or name in plan.contacts]
        for name in known:
            contact = plan.contacts.get(name)
            if contact is not None and contact.left:
                stands = ", ".join(plan.contacts[one].name for one in running.deputies(name, now)) or "—"
                yield PlanFinding(
                    code="named_left", where=where, error=False, values={"name": contact.name, "deputy": stands}
                )
        if known and not _reaches(running, tuple(known), now):
            told = ", ".join(plan.groups[one].name if one in plan.groups else plan.contacts[one].name for one in known)
            yield PlanFinding(code="audience_unreachable", where=where, error=False, values={"told": told})


def _measures(plan: Plan, running: RunningPlan, now: float) -> Iterator[PlanFinding]:
    """Remedies that could not run or would surprise people, backups of which nobody would hear."""
    for name, remedy in plan.remedies.items():
        where = f"remedies.{name}"
        if remedy.kind == "restart_unit" and not remedy.target:
            yield PlanFinding(code="remedy_without_target", where=where)
        if remedy.notice == 0:
            yield PlanFinding(code="remedy_without_notice", where=where, error=False)
    for name, backup in plan.backups.items():
        if backup.kind == "application" and "://" not in backup.join:
            yield PlanFinding(code="join_is_no_link", where=f"backups.{name}", values={"join": backup.join})
    if plan.organiser_channel is not None:
        try:
            template = plan.organiser_channel.reveal()
        except LookupError as error:
            yield PlanFinding(code="organiser_secret", where="organiser_channel", values={"detail": str(error)})
        else:
            if "{organiser}" not in template or "://" not in template:
                yield PlanFinding(code="organiser_template", where="organiser_channel")
    sits = ("participants", *(one for room in plan.rooms.values() for one in room.participants))
    if plan.backups and plan.contacts and plan.organiser_channel is None and not _reaches(running, sits, now):
        yield PlanFinding(code="nobody_to_move", where="backups", error=False)
    if plan.materials and plan.contacts and not _reaches(running, ("logistics",), now):
        yield PlanFinding(code="nobody_brings", where="materials", error=False)


def _resources(plan: Plan, running: RunningPlan, now: float, kept: RecordedState) -> Iterator[PlanFinding]:
    today = running.wall(now).date()
    for name, material in plan.materials.items():
        where = f"materials.{name}"
        stock = stock_of(kept.memory.get, name, material.quantity)
        if stock.here < material.minimum:
            values: dict[str, object] = {"name": material.name, "have": stock.here, "need": material.minimum}
            yield PlanFinding(code="material_short", where=where, error=False, values=values)
        checked = _later(material.checked, stock.checked)
        if checked is None or (today - checked).days > material.check_every_days:
            when = checked.isoformat() if checked else "—"
            values = {"name": material.name, "when": when}
            yield PlanFinding(code="material_overdue", where=where, error=False, values=values)
    if plan.materials:
        served = {one for material in plan.materials.values() for one in material.covers}
        for spare in sorted({kind.spare for kind in KINDS.values() if kind.spare} - served):
            yield PlanFinding(code="spare_missing", where="materials", error=False, values={"spare": spare})
    backups = any(step.action == "backup" for chain in plan.chains.values() for step in chain.steps)
    if backups and not plan.backups:
        yield PlanFinding(code="no_backup", where="backups", error=False)
    for name, backup in plan.backups.items():
        detail = kept.memory.get(f"backup_failed.{name}", "")
        if detail:
            values = {"name": backup.name, "detail": detail}
            yield PlanFinding(code="backup_failed_test", where=f"backups.{name}", error=False, values=values)
    if not kept.signed and not any(one.step == "signed" and one.version == plan.version for one in plan.approvals):
        yield PlanFinding(code="not_signed", where="approvals", error=False, values={"version": plan.version})


def _calendar(plan: Plan, running: RunningPlan, now: float) -> Iterator[PlanFinding]:
    year = running.wall(now).year
    for one in (year, year + 1):
        if not covers(plan.working_days.calendar, one):
            listed = any(day.year == one for day in (*plan.working_days.days_off, *plan.working_days.days_on))
            if not listed:
                yield PlanFinding(code="year_not_covered", where="working_days", error=False, values={"year": one})
