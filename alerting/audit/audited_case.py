"""Everything that the journal holds of one incident, and the times in which nobody could act."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from alerting.journal.contract import JournalReader
from alerting.journal.rows import Event, Notification
from alerting.model.incident import Incident
from alerting.model.moved_times import moved_times
from alerting.plan.contract import ResponsePlan

Span = tuple[float, float]
"""(from, to), Unix seconds."""

DAMAGED = "journal_damaged"
"""The event of incident 0 that says which incidents lost rows."""
MOVED = "clock_moved"
"""The event that says by how many ``seconds`` the times of what was open moved, since a clock was put right."""
CLOCK_SET, CLOCK_RIGHT = "clock_set", "clock_right"
"""Events of incident 0: from the one to the other the wall clock was another than the engine's."""
WATCH_VERBS = ("started", "woke")
"""Events of incident 0 that say that no engine ran, from ``silent_since`` to ``until`` (or the event's time)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One incident's rows. others: rows of any incident that took the place of some of these, by key."""

    incident: Incident
    events: Sequence[Event]
    rows: Sequence[Notification]
    others: dict[str, Notification] = field(default_factory=dict)

    @property
    def on_trial(self) -> bool:
        """It was opened while the plan had no people: nobody was owed anything."""
        return bool(self.events) and self.events[0].data.get("trial") is True

    @property
    def owed_to_nobody(self) -> bool:
        """It was opened on trial, and no plan with people has taken it up since."""
        return self.on_trial and not self.incident.chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What one audit knows beside the rows.

    now: the engine's time. away: spans without a running engine. plan: in force since ``plan_since``; what was decided
    before is judged by the journal alone. damaged: incidents that lost rows; damaged_until: each that was opened before
    that time may have lost some. suspect: spans in which the wall clock was another than the engine's.
    """

    now: float
    away: tuple[Span, ...] = ()
    damaged: frozenset[int] = frozenset()
    damaged_until: float = -math.inf
    plan: ResponsePlan | None = None
    plan_since: float = -math.inf
    suspect: tuple[Span, ...] = ()

    def awake(self, at: float) -> float:
        """The first time from ``at`` at which an engine ran."""
        return after(at, self.away)

    def lost_rows(self, incident: int, at: float) -> bool:
        """True where an incident of that time has lost rows, or may have."""
        return incident in self.damaged or at < self.damaged_until

    def plan_at(self, at: float) -> ResponsePlan | None:
        """None where nobody can say what the plan said then."""
        known = at >= self.plan_since and not any(start <= at <= end for start, end in self.suspect)
        return self.plan if known else None

    def reachable(self, contact: str) -> bool:
        """False only where the plan of today gives no way to this contact."""
        return self.plan is None or bool(self.plan.addresses(contact))


def after(at: float, spans: Iterable[Span]) -> float:
    """The first time from ``at`` that lies in none of the spans."""
    moved = True
    while moved:
        moved = False
        for start, end in spans:
            if start <= at < end:
                at, moved = end, True
    return at


def all_instead(row: Notification, known: Mapping[str, Notification]) -> list[Notification | None]:
    """This row, the one that tells instead of it, and so on to the end; None at the end where that does not exist."""
    seen, found = {row.key}, [row]
    while found[-1].superseded_by and found[-1].superseded_by not in seen:
        seen.add(found[-1].superseded_by)
        following = known.get(found[-1].superseded_by)
        if following is None:
            return [*found, None]
        found.append(following)
    return [*found]


def last_instead(row: Notification, known: Mapping[str, Notification]) -> Notification | None:
    """The row that tells instead of this one, followed to its end; None when one of them does not exist."""
    return all_instead(row, known)[-1]


def read_case(reader: JournalReader, incident: Incident) -> Case:
    """The case of one incident, digests that told of it included."""
    rows = reader.notifications(incident.id)
    own = {row.key for row in rows}
    others: dict[str, Notification] = {}
    waiting = [row.superseded_by for row in rows if row.superseded_by and row.superseded_by not in own]
    while waiting:
        key = waiting.pop()
        found = None if key in others else reader.notification(key)
        if found is not None:
            others[key] = found
            if found.superseded_by and found.superseded_by not in own:
                waiting.append(found.superseded_by)
    events = by_the_right_clock(reader.events(incident.id))
    return Case(incident=incident, events=events, rows=rows, others=others)


def by_the_right_clock(events: Iterable[Event]) -> list[Event]:
    """Events before a clock was put right, as if it had been right: the incident and its messages moved alike."""
    found: list[Event] = []
    seconds = 0.0
    for event in reversed(list(events)):
        found.append(moved_times(event, seconds) if seconds else event)
        moved = event.data.get("seconds")
        if event.verb == MOVED and isinstance(moved, (int, float)):
            seconds += moved
    return found[::-1]


def suspect_spans(events: Iterable[Event]) -> tuple[Span, ...]:
    """The spans in which nobody can say which roster was right, from the events of incident 0: while the wall clock was
    another than the engine's, and all the time before a clock was put right."""
    found: list[Span] = []
    since: float | None = None
    for event in events:
        if event.verb == MOVED:
            found.append((-math.inf, event.at))
        if event.verb == CLOCK_SET and since is None:
            since = event.at
        elif event.verb == CLOCK_RIGHT and since is not None:
            found.append((since, event.at))
            since = None
    return (*found, (since, math.inf)) if since is not None else tuple(found)


def away(events: Iterable[Event]) -> tuple[Span, ...]:
    """The spans in which no engine ran, from the events of incident 0."""
    found = []
    for event in events:
        since, until = event.data.get("silent_since"), event.data.get("until", event.at)
        if event.verb in WATCH_VERBS and isinstance(since, (int, float)) and isinstance(until, (int, float)):
            found.append((float(since), float(until)))
    return tuple(found)


def damaged(events: Iterable[Event]) -> tuple[frozenset[int], float]:
    """(incidents that lost rows, until when any may have), from the events of incident 0."""
    numbers: set[int] = set()
    until = -math.inf
    for event in events:
        if event.verb == DAMAGED:
            found = event.data.get("incidents")
            if isinstance(found, list):
                numbers.update(one for one in found if isinstance(one, int))
            until = max(until, event.at) if event.data.get("any_incident") else until
    return frozenset(numbers), until
