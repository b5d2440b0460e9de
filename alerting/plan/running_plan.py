"""Answers the engine's questions about a plan, purely: who, how, when, how bad."""

from __future__ import annotations

import datetime as dt
import urllib.parse
from collections.abc import Callable

from alerting.configuration import Secret
from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import FaultClass, FaultKind, Severity
from alerting.model.meeting_state import MeetingState
from alerting.plan.chain_format import Chain
from alerting.plan.contract import Address
from alerting.plan.duty import on_duty
from alerting.plan.model import Plan
from alerting.plan.quiet_hours import quiet_end
from alerting.plan.severity import judge_severity
from alerting.plan.swaps import read_swaps, swapped
from alerting.plan.value_types import minutes_of, severity_of_word
from alerting.plan.wall_time import to_unix, to_wall, zone_of
from alerting.plan.working_days import is_working_day

ORGANISER = "organiser:"
"""A contact id that begins so is the calendar's organiser, who is in no group; the rest is their address."""


class RunningPlan:
    """A plan in use; satisfies contract.ResponsePlan. ``at`` is Unix seconds or an aware datetime."""

    def __init__(self, plan: Plan) -> None:
        self._data = plan
        self.zone = zone_of(plan.timezone)
        self.swaps: Callable[[], str] = str
        """Days of duty that people agreed to swap, as alerting/plan/swaps.py reads them; a plan alone has none."""

    @property
    def data(self) -> Plan:
        """The plan as it is written."""
        return self._data

    @property
    def version(self) -> str:
        return self.data.version

    @property
    def has_people(self) -> bool:
        return bool(self.data.contacts)

    @property
    def confirm_tells_from(self) -> Severity:
        return severity_of_word(self.data.confirm_from)

    def wall(self, at: float | dt.datetime) -> dt.datetime:
        """Naive wall time in the plan's zone. Raises ValueError for a naive datetime."""
        if isinstance(at, dt.datetime):
            if at.tzinfo is None:
                raise ValueError("the time must carry a zone")
            at = at.timestamp()
        return to_wall(at, self.zone)

    def named_chain(self, fault_class: FaultClass, severity: Severity) -> tuple[str, Chain] | None:
        """(name, chain), the most exact first; None when the plan has none."""
        for name in (f"{fault_class}.{severity.word}", str(fault_class), severity.word, "default"):
            if name in self.data.chains:
                return name, self.data.chains[name]
        return None

    def chain(
        self, fault_class: FaultClass, severity: Severity, at: float | dt.datetime | None = None
    ) -> tuple[EscalationStep, ...]:
        """The steps with their times, shortened in peak hours when ``at`` lies in them. () without a chain, and for a
        plan without people: a step that tells nobody is no step."""
        found = self.named_chain(fault_class, severity) if self.has_people else None
        if found is None:
            return ()
        name, chain = found
        factor = self.peak(at) if at is not None else 1.0
        last = len(chain.steps) - 1
        return tuple(
            EscalationStep(
                name=step.name or f"{name} {index + 1}",
                after=step.after * factor,
                audience=step.tell,
                deputies=step.deputies,
                repeat_every=chain.repeat_every if index == last else 0.0,
                repeat_times=chain.repeat_times if index == last and chain.repeat_every else 0,
                action=step.action,
            )
            for index, step in enumerate(chain.steps)
        )

    def peak(self, at: float | dt.datetime) -> float:
        """The factor on escalation times, 1.0 outside peak hours; the smallest where several apply."""
        wall = self.wall(at)
        minute = wall.hour * 60 + wall.minute
        factors = [
            hours.factor
            for hours in self.data.peak
            if minutes_of(hours.start) <= minute < minutes_of(hours.end)
            and (hours.days == "all" or is_working_day(wall.date(), self.data.working_days))
        ]
        return min(factors, default=1.0)

    def on_duty(self, group: str, at: float | dt.datetime) -> tuple[str, ...]:
        """Contact ids of the group's roster at that time; () without a roster or in a gap of it."""
        found = self.data.groups.get(group)
        roster = self.data.rosters.get(found.roster) if found is not None else None
        return () if found is None or roster is None else self._here(self.turn(found.roster, self.wall(at)))

    def turn(self, name: str, wall: dt.datetime) -> tuple[str, ...]:
        """Contact ids of a roster at a naive wall time, swaps counted in."""
        roster = self.data.rosters[name]
        return swapped(on_duty(roster, wall), name, wall, roster.handover, read_swaps(self.swaps()))

    def people(self, group: str, at: float | dt.datetime) -> tuple[str, ...]:
        """Those on duty, or every member where there is no roster or a gap: rather too many told than nobody."""
        found = self.data.groups.get(group)
        if found is None:
            return self._here((group,)) if group in self.data.contacts else ()
        return self.on_duty(group, at) or self._here(found.members)

    def members(self, audience: str, at: float) -> tuple[str, ...]:
        return self.people(audience, at)

    def _here(self, people: tuple[str, ...]) -> tuple[str, ...]:
        """Each once; who left is replaced by the deputy."""
        found: dict[str, None] = {}
        for person in people:
            contact = self.data.contacts.get(person)
            if contact is None:
                continue
            stands = person if not contact.left else next(iter(self.deputies(person, 0.0)), "")
            if stands:
                found[stands] = None
        return tuple(found)

    def deputies(self, contact: str, at: float) -> tuple[str, ...]:
        """The first deputy down the line who is still here; () when there is none, also in a circle."""
        seen = {contact}
        person = self.data.contacts.get(contact)
        while person is not None and person.deputy and person.deputy not in seen:
            seen.add(person.deputy)
            deputy = self.data.contacts.get(person.deputy)
            if deputy is not None and not deputy.left:
                return (person.deputy,)
            person = deputy
        return ()

    def groups(self, contact: str) -> frozenset[str]:
        return frozenset(name for name, group in self.data.groups.items() if contact in group.members)

    def addresses(self, contact: str) -> tuple[Address, ...]:
        """Ways in order of preference. An unreadable secret stays in the list: its failure must be seen."""
        if contact.startswith(ORGANISER):
            return self._organiser(contact.removeprefix(ORGANISER))
        person = self.data.contacts.get(contact)
        if person is None or person.left:
            return ()
        return tuple(self._address(str(number), url) for number, url in enumerate(person.channels, 1))

    def _address(self, channel: str, url: Secret) -> Address:
        try:
            scheme = url.reveal().partition("://")[0].lower()
        except LookupError:
            scheme = ""
        limit = next(((name, one) for name, one in self.data.paths.items() if scheme in one.schemes), None)
        path, rate = (limit[0], limit[1].per_minute) if limit is not None else (scheme, 0.0)
        return Address(channel=channel, url=url, path=path, per_minute=rate)

    def _organiser(self, address: str) -> tuple[Address, ...]:
        template = self._data.organiser_channel
        if template is None or not address:
            return ()
        try:
            text = template.reveal()
        except LookupError:
            return (self._address("1", template),)
        filled = text.replace("{organiser}", urllib.parse.quote(address, safe="@"))
        return (self._address("1", Secret("literal", filled)),)

    def name(self, contact: str) -> str:
        """The name that people use; the id of somebody who is not in the plan."""
        person = self.data.contacts.get(contact)
        return person.name if person is not None else contact.removeprefix(ORGANISER)

    def language(self, contact: str) -> str:
        person = self.data.contacts.get(contact)
        return (person.language if person is not None else None) or self.data.language

    def quiet(self, severity: Severity, at: float | dt.datetime) -> bool:
        """True while messages of this severity wait for the morning."""
        return quiet_end(self.data.quiet, severity, self.wall(at)) is not None

    def quiet_until(self, contact: str, severity: Severity, at: float, *, declared: bool = False) -> float | None:
        """When it may go; None for now. The same for every contact so far."""
        end = quiet_end(self.data.quiet, severity, self.wall(at), declared=declared)
        return None if end is None else to_unix(end, self.zone)

    def severity(self, kind: FaultKind, meeting: MeetingState) -> Severity:
        return judge_severity(kind, meeting, self.data.severity)

    def take_holds(self, severity: Severity) -> float:
        for word, seconds in self.data.acknowledgement_by_severity.items():
            if severity_of_word(word) is severity:
                return seconds
        return self.data.acknowledgement_runs_out
