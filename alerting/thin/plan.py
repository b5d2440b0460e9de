"""The plan's types, frozen after loading. Times are seconds; wall times are local to the plan's zone."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from alerting.configuration import Secret

Seconds = Annotated[float, msgspec.Meta(ge=0)]
Clock = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
SeverityWord = Literal["notice", "warning", "critical"]


class Contact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person or list. channels: Apprise addresses, tried all at once; short: the channels want short texts."""

    name: str
    channels: tuple[Secret, ...] = ()
    language: Literal["zh-CN", "en"] = "zh-CN"
    short: bool = False
    deputy: str = ""
    phone: str = ""
    left: bool = False


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group of the organisation (组). members: contact ids; the first is its head."""

    name: str
    members: tuple[str, ...] = ()
    duty: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tell these groups or contacts when nobody took the incident in this time after the first was told."""

    after: Seconds
    tell: tuple[str, ...]


class Chain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The way up. repeat_every: after the last step everybody told is told again; 0 repeats never."""

    steps: tuple[Step, ...]
    repeat_every: Seconds = 900.0
    repeat_times: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 12


class SeverityRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The most that a fault weighs by the state of the meeting; an important meeting raises it one step."""

    meeting_running: SeverityWord = "critical"
    meeting_soon: SeverityWord = "warning"
    no_meeting: SeverityWord = "notice"
    meeting_unknown: SeverityWord = "warning"
    soon: Seconds = 1800.0


class QuietHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Faults up to this severity wait from start to end (over midnight where end is earlier)."""

    severity: SeverityWord = "notice"
    start: Clock = "20:00"
    end: Clock = "07:30"


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole plan. chains: "default", a severity, or "<class>.<severity>"; the most exact one wins."""

    version: str = "1"
    title: str = ""
    goal: str = ""
    timezone: str = ""
    acknowledgement_runs_out: Seconds = 3600.0
    confirm_tells: tuple[str, ...] = ("leadership",)
    confirm_from: SeverityWord = "warning"
    severity: SeverityRules = SeverityRules()
    quiet: tuple[QuietHours, ...] = ()
    groups: dict[str, Group] = {}
    contacts: dict[str, Contact] = {}
    chains: dict[str, Chain] = {}

    def __post_init__(self) -> None:
        problems = [
            f"group {name}: nobody is called {member!r} under contacts"
            for name, group in self.groups.items()
            for member in group.members
            if member not in self.contacts
        ]
        problems += [
            f"chain {name}: nobody is called {told!r} under groups or contacts"
            for name, chain in self.chains.items()
            for step in chain.steps
            for told in step.tell
            if told not in self.groups and told not in self.contacts
        ]
        problems += [
            f"contact {name}: the deputy {contact.deputy!r} is not under contacts"
            for name, contact in self.contacts.items()
            if contact.deputy and contact.deputy not in self.contacts
        ]
        problems += [
            f"chain {name}: its steps are not in the order of their times"
            for name, chain in self.chains.items()
            if [step.after for step in chain.steps] != sorted(step.after for step in chain.steps)
        ]
        if problems:
            raise ValueError("; ".join(problems))

    def people(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Contact ids behind group and contact names, each once, people who left replaced by their deputy."""
        found: dict[str, None] = {}
        for name in names:
            for member in self.groups[name].members if name in self.groups else (name,):
                contact = self.contacts.get(member)
                person = contact.deputy if contact is not None and contact.left else member
                if person in self.contacts and not self.contacts[person].left:
                    found[person] = None
        return tuple(found)

    def chain(self, fault_class: str, severity: str) -> tuple[str, Chain] | None:
        """(name, chain) for a fault, the most exact first; None when the plan has none."""
        for name in (f"{fault_class}.{severity}", fault_class, severity, "default"):
            if name in self.chains:
                return name, self.chains[name]
        return None
