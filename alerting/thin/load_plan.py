"""Reads plan.toml through alerting.plan and hands over the part that this engine knows."""

from __future__ import annotations

from pathlib import Path

from alerting import plan as whole
from alerting.thin.plan import Chain, Contact, Group, Plan, QuietHours, SeverityRules, Step


def load_plan(file: Path) -> Plan:
    """The plan of one file, merged with plan.d/*.toml beside it by name; an empty plan without one."""
    data = whole.load_plan(file)
    rules = data.severity
    return Plan(
        version=data.version,
        title=data.title,
        goal=data.goal,
        timezone=data.timezone,
        acknowledgement_runs_out=data.acknowledgement_runs_out,
        confirm_tells=data.confirm_tells,
        confirm_from=data.confirm_from,
        severity=SeverityRules(
            meeting_running=rules.meeting_running,
            meeting_soon=rules.meeting_soon,
            no_meeting=rules.no_meeting,
            meeting_unknown=rules.meeting_unknown,
            soon=rules.soon,
        ),
        quiet=tuple(QuietHours(severity=one.severity, start=one.start, end=one.end) for one in data.quiet),
        groups={name: Group(name=one.name, members=one.members, duty=one.duty) for name, one in data.groups.items()},
        contacts={
            name: Contact(
                name=one.name,
                channels=one.channels,
                language=one.language,
                short=one.short,
                deputy=one.deputy,
                phone=one.phone,
                left=one.left,
            )
            for name, one in data.contacts.items()
        },
        chains={
            name: Chain(
                steps=tuple(Step(after=step.after, tell=step.tell) for step in one.steps),
                repeat_every=one.repeat_every,
                repeat_times=one.repeat_times,
            )
            for name, one in data.chains.items()
        },
    )
