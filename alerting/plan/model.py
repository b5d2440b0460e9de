"""The whole plan as one frozen struct.

A reference to nobody is an error. alerting/plan/check.py finds what fails only on the day.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from alerting.configuration import Secret
from alerting.plan.chain_format import Chain, PeakHours
from alerting.plan.gateway import Gateway
from alerting.plan.organisation import Contact, Group, PathLimit, Roster
from alerting.plan.quiet_hours import QuietHours
from alerting.plan.recurring_dates import RecurringDate, WorkingDays
from alerting.plan.remedy_format import PlannedRemedy
from alerting.plan.report_rules import Evaluation, ReportRules, Targets
from alerting.plan.resources import Backup, Material, PlanRoom
from alerting.plan.retention import Retention
from alerting.plan.severity import SeverityRules
from alerting.plan.value_types import Seconds, SeverityWord
from alerting.plan.versions import Approval, Revision
from alerting.words import Language


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """plan.toml. chains: "default", a severity, a class or "<class>.<severity>" in quotes; the most exact one wins.

    timezone: IANA name, "" for the machine's own. acknowledgement_runs_out: a taken incident that is neither
    mitigated nor resolved escalates again. confirm_tells: told at once when a person confirms. organiser_channel: an
    Apprise address with {organiser} in it, by which the calendar's organiser is told where the meeting goes on; none
    when empty. spare_after: a critical device fault that nobody confirmed calls for its spare after this long.
    helper_answers: who was asked to help and did not answer for this long is reported to who asked. screen_shows: for
    what a room's display opens the room's own page by itself: an announced restart, where a meeting goes on, the
    question how it was. feedback_after_meetings: that is asked after every meeting, not after incidents alone.
    """

    version: str = "1"
    title: str = ""
    organisation: str = ""
    goal: str = ""
    scope: str = ""
    language: Language = "zh-CN"
    """Language of the plan as a document, and of every message to a contact that names none."""
    timezone: str = ""
    acknowledgement_runs_out: Seconds = 3600.0
    acknowledgement_by_severity: dict[SeverityWord, Seconds] = {}
    confirm_tells: tuple[str, ...] = ("leadership",)
    confirm_from: SeverityWord = "warning"
    roster_horizon_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 30
    severity: SeverityRules = SeverityRules()
    quiet: tuple[QuietHours, ...] = ()
    peak: tuple[PeakHours, ...] = ()
    groups: dict[str, Group] = {}
    contacts: dict[str, Contact] = {}
    rosters: dict[str, Roster] = {}
    chains: dict[str, Chain] = {}
    paths: dict[str, PathLimit] = {}
    gateways: dict[str, Gateway] = {}
    backups: dict[str, Backup] = {}
    remedies: dict[str, PlannedRemedy] = {}
    rooms: dict[str, PlanRoom] = {}
    organiser_channel: Secret | None = None
    materials: dict[str, Material] = {}
    spare_after: Seconds = 60.0
    helper_answers: Seconds = 600.0
    screen_shows: tuple[Literal["restart", "move", "feedback"], ...] = ()
    feedback_after_meetings: bool = False
    inspections: dict[str, RecurringDate] = {}
    drills: dict[str, RecurringDate] = {}
    report: ReportRules = ReportRules()
    evaluation: Evaluation = Evaluation()
    targets: Targets = Targets()
    working_days: WorkingDays = WorkingDays()
    approvals: tuple[Approval, ...] = ()
    revisions: tuple[Revision, ...] = ()
    retention: Retention = Retention()

    def __post_init__(self) -> None:
        problems = [*self._dangling(), *self._chains(), *self._zone()]
        if problems:
            raise ValueError(*problems)  # each becomes a problem of its own

    def _zone(self) -> Iterator[str]:
        if self.timezone:
            try:
                ZoneInfo(self.timezone)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                yield f'timezone "{self.timezone}" is not known; write one such as "Asia/Shanghai"'

    def _dangling(self) -> Iterator[str]:
        for name, group in self.groups.items():
            for member in group.members:
                if member not in self.contacts:
                    yield f"group {name}: nobody is called {member!r} under contacts; {_write(member)}"
            if group.roster and group.roster not in self.rosters:
                yield f"group {name}: there is no roster {group.roster!r}; {_write(group.roster, 'rosters')}"
        for name, contact in self.contacts.items():
            if contact.deputy and contact.deputy not in self.contacts:
                yield f"contact {name}: the deputy {contact.deputy!r} is not under contacts; {_write(contact.deputy)}"
        for name, roster in self.rosters.items():
            people = [*roster.rotation, *(one for shift in roster.overrides for one in shift.people)]
            for one in dict.fromkeys([*people, *([roster.owner] if roster.owner else [])]):
                if one not in self.contacts:
                    yield f"roster {name}: nobody is called {one!r} under contacts; {_write(one)}"
        for name, room in self.rooms.items():
            for one in room.participants:
                if one not in self.contacts and one not in self.groups:
                    yield f"room {name}: nobody is called {one!r} under groups or contacts; {_write(one)}"
        both = sorted(set(self.groups) & set(self.contacts))
        if both:
            yield f"{both[0]!r} is a group and a contact; ids must differ"

    def _chains(self) -> Iterator[str]:
        for name, chain in self.chains.items():
            if not chain.steps:
                yield f"chain {name}: has no step"
            for step in chain.steps:
                for told in step.tell:
                    if told not in self.groups and told not in self.contacts:
                        yield f"chain {name}: nobody is called {told!r} under groups or contacts; {_write(told)}"
            if [step.after for step in chain.steps] != sorted(step.after for step in chain.steps):
                yield f"chain {name}: its steps are not in the order of their times"


def _write(name: str, table: str = "contacts") -> str:
    return f"write [{table}.{name}] or take the name out"
