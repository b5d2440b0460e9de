"""What the service is told of the place that it serves: small values, whoever read them from which file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from alerting.alertmanager.settings import AlertmanagerSettings
from alerting.configuration import ConfigurationError, Problem, Secret
from alerting.inbound.settings import InboundWays
from alerting.model.room import Room
from alerting.service.permissions import CommandRules


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """interval: seconds between two audits. channels: Apprise addresses that hear of findings past the plan's chain."""

    interval: float = 60.0
    channels: tuple[Secret, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """home: the room whose computer this runs on, or the site; faults of the service itself are reported there, and
    pages for people whom the plan does not know speak its language. rooms: those that are watched. plan: the file.
    plan_named: the configuration names it, so that it must be there.
    timezone: the plan's where it names none, "" for this machine's. journal_days: what is older is deleted.
    public_url: where a responder's phone reaches this service, "" for nowhere."""

    home: Room
    rooms: tuple[Room, ...]
    plan: Path
    plan_named: bool = False
    mode: Literal["act", "observe"] = "act"
    timezone: str = ""
    public_url: str = ""
    journal_days: int = 730
    inbound: InboundWays = field(default_factory=InboundWays)
    audit: AuditSettings = field(default_factory=AuditSettings)
    commands: CommandRules = field(default_factory=CommandRules)
    alertmanager: AlertmanagerSettings = field(default_factory=AlertmanagerSettings)

    def __post_init__(self) -> None:
        """Raises ConfigurationError for ids that do not tell the rooms apart."""
        problems = []
        known: dict[str, Room] = {}
        for room in self.rooms:
            other = known.setdefault(room.id, room)
            if other is not room:
                problems.append(_same_id(other, room))
        if self.home.id in known and known[self.home.id] != self.home:
            problems.append(_same_id(known[self.home.id], self.home))
        if problems:
            raise ConfigurationError(problems)

    @property
    def watched(self) -> tuple[str, ...]:
        """The ids of the rooms."""
        return tuple(room.id for room in self.rooms)


def _same_id(one: Room, other: Room) -> Problem:
    names = " and ".join(f'"{room.name}"' if room.name else "one without a name" for room in (one, other))
    return Problem(
        file="rooms",
        path="id",
        value=f'"{one.id}"',
        message=f"two rooms have this id: {names}",
        remedy="Give each room an id of its own: incidents, remedies and drills are kept by it.",
    )
