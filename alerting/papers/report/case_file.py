"""Everything that the journal holds of one incident, and what came before it in the same room."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerting.delivery.who_was_told import digests_of
from alerting.journal.contract import JournalReader
from alerting.journal.rows import Event, Notification
from alerting.model.incident import Incident

AWAY_VERBS = ("started", "woke")
REPEAT_DAYS = 90
"""Days in which the same fault of a room counts as coming back: the plan's usual distance of drills and checks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Readings of one place and value: (Unix seconds, value), oldest first."""

    check: str
    target: str
    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """now: when the report is drawn up. earlier: real incidents of the same room with the same fault, oldest first.
    digests: messages that took the place of some of these. away: events "started" and "woke" of the monitor, each
    with ``silent_since``, from times in which it did not run while the incident was open."""

    incident: Incident
    events: tuple[Event, ...]
    notifications: tuple[Notification, ...]
    now: float
    earlier: tuple[Incident, ...] = ()
    readings: tuple[Series, ...] = ()
    digests: tuple[Notification, ...] = ()
    away: tuple[Event, ...] = ()

    @property
    def began(self) -> float:
        """When the fault began, as far as a probe could tell; never after the incident was opened."""
        incident = self.incident
        return min([incident.opened_at, *(fault.since for fault in incident.faults if not fault.reported_by)])

    @property
    def ended(self) -> float | None:
        return self.incident.resolved_at

    @property
    def end(self) -> float:
        """The end, or now while it lasts."""
        return self.now if self.incident.resolved_at is None else self.incident.resolved_at

    def of(self, *verbs: str) -> tuple[Event, ...]:
        return tuple(event for event in self.events if event.verb in verbs)

    def first(self, *verbs: str) -> Event | None:
        return next((event for event in self.events if event.verb in verbs), None)


def away_within(watch: Iterable[Event], incident: Incident) -> tuple[Event, ...]:
    """The monitor's own events that say that it did not run while the incident was open."""
    end = math.inf if incident.resolved_at is None else incident.resolved_at
    return tuple(
        event
        for event in watch
        if event.verb in AWAY_VERBS and event.at >= incident.opened_at and silent_since(event) < end
    )


def silent_since(event: Event) -> float:
    since = event.data.get("silent_since")
    return float(since) if isinstance(since, (int, float)) else event.at


def read_case(reader: JournalReader, number: int, now: float, readings: Sequence[Series] = ()) -> CaseFile | None:
    """The file of one incident; None where the journal knows no such number."""
    incident = reader.incident(number)
    if incident is None:
        return None
    before = reader.incidents(incident.opened_at - REPEAT_DAYS * 86400, incident.opened_at, drills=False)
    rows = tuple(reader.notifications(number))
    return CaseFile(
        incident=incident,
        events=tuple(reader.events(number)),
        notifications=rows,
        digests=digests_of(reader, rows),
        away=away_within(reader.events(0, incident.opened_at), incident),
        now=now,
        earlier=tuple(
            one for one in before if one.room == incident.room and one.code == incident.code and one.id != incident.id
        ),
        readings=tuple(readings),
    )
