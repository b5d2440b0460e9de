"""Who is told, and by which ways (组织机构): contacts, groups, duty rosters, limits of the ways out."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec

from alerting.configuration import Secret
from alerting.plan.value_types import Clock, Days
from alerting.words import Language


class Contact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person or list. channels: Apprise addresses in order of preference (secrets: file, env, credential).

    short: wants short texts (SMS). deputy: contact id, told when this one does not answer. left: no longer here.
    mail: the address from which replies are believed. topic: the MQTT or ntfy topic on which this person answers.
    language: of this person's messages; the plan's where none is written.
    login: this person's login name on the machine where commands are typed; "" where it is the id.
    """

    name: str
    role: str = ""
    channels: tuple[Secret, ...] = ()
    language: Language | None = None
    short: bool = False
    deputy: str = ""
    phone: str = ""
    mail: str = ""
    topic: str = ""
    login: str = ""
    left: bool = False


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group of the organisation (组). members: contact ids, the first is its head. roster: who of them is on duty."""

    name: str
    members: tuple[str, ...] = ()
    duty: str = ""
    roster: str = ""


class Shift(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One written turn that outranks the rotation: from start to end, wall time of the plan's zone."""

    start: dt.datetime
    end: dt.datetime
    people: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError("a shift is wall time in the plan's zone: write no offset")
        if self.end <= self.start:
            raise ValueError(f"the shift ends at {self.end} and begins at {self.start}: the end must be later")


class Roster(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A duty roster (值班表). rotation: contact ids that follow each other every turn_days, from start at handover.

    overrides: single turns that replace the rotation. owner: who confirms it each month; confirmed: when last.
    covers: the times in which somebody must be on duty.
    """

    owner: str = ""
    confirmed: dt.date | None = None
    start: dt.date | None = None
    rotation: tuple[str, ...] = ()
    turn_days: Days = 7
    handover: Clock = "09:00"
    covers: Literal["always", "working_days", "peak"] = "always"
    overrides: tuple[Shift, ...] = ()
    confirm_every_days: Annotated[int, msgspec.Meta(ge=1, le=366)] = 31

    def __post_init__(self) -> None:
        if self.rotation and self.start is None:
            raise ValueError("a rotation needs the day of its first turn: write start = 2026-01-05")


class PathLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of way out. schemes: of Apprise addresses. path: what fails together. per_minute: 0 for no limit."""

    schemes: tuple[str, ...]
    per_minute: Annotated[float, msgspec.Meta(ge=0, le=6000)] = 0.0
