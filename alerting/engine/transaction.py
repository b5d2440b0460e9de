"""One change under the engine's lock: what is decided at one moment, written as one batch, told after it is written.

Owns how a decision is written down and whom it tells.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from alerting.delivery.outbox import Outbox
from alerting.engine.incident_store import IncidentStore
from alerting.engine.outbox_rows import NotificationWriter
from alerting.journal.rows import Batch, Event, Notification, NotificationState
from alerting.model.actor import Actor
from alerting.model.incident import Incident
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import Reason, because
from alerting.plan.by_wall_clock import by_wall_clock
from alerting.plan.contract import ResponsePlan

log = logging.getLogger("roomwatch.engine")

MACHINE = "roomwatch"
"""Who did it where no person did."""


@dataclass(slots=True, kw_only=True)
class SharedState:
    """What all changes of one engine share: the open cases, what waits to be sent, the plan, rooms' meetings.

    memory: the journal's small facts by name (stock, last inspections), all of them. absences: (from, to) of times in
    which the engine did not run though nobody stopped it, not written down yet. wall_ahead: wall time less engine time,
    in seconds; 0 in ordinary days.
    """

    incidents: IncidentStore
    outbox: Outbox
    notifications: NotificationWriter
    plan: ResponsePlan
    mode: Literal["act", "observe"] = "act"
    room: str = ""
    meetings: dict[str, MeetingState] = field(default_factory=dict)
    memory: dict[str, str] = field(default_factory=dict)
    absences: list[tuple[float, float]] = field(default_factory=list)
    wall_ahead: float = 0.0

    def meeting(self, room: str) -> MeetingState:
        return self.meetings.get(room, MeetingState())


@dataclass(slots=True, kw_only=True)
class AfterCommit:
    """Something to do in the world once this change is on the disk, and what then becomes of its result."""

    work: Callable[[], Awaitable[Any]]
    then: Callable[[Any, Transaction], None]


@dataclass(slots=True, kw_only=True)
class Transaction:
    """``now``: Unix seconds of the engine's clock. Everything goes into ``batch``."""

    shared: SharedState
    now: float
    batch: Batch
    after_commit: list[AfterCommit] = field(default_factory=list)
    actor: Actor | None = None
    """Who gave the command that this change carries out. Events in their name say who typed it."""

    @property
    def plan(self) -> ResponsePlan:
        """The plan by the wall clock: while the engine's time is wrong, those on duty now are told, and nobody of
        another hour."""
        return by_wall_clock(self.shared.plan, self.shared.wall_ahead)

    def meeting(self, room: str) -> MeetingState:
        """What is known of a room's meeting; everything unknown where nothing is."""
        return self.shared.meeting(room)

    def incident(self, number: int) -> Incident | None:
        """An open case as it stands within this change."""
        return self.shared.incidents.incidents.get(number)

    def record(
        self,
        incident: Incident,
        verb: str,
        *,
        by: str = MACHINE,
        why: Reason = Reason(),
        data: Mapping[str, object] | None = None,
    ) -> None:
        """Write the incident as it is now and what happened to it; it is looked at again within this change."""
        self.shared.incidents.put(incident, self.batch)
        self.event(verb, incident=incident.id, by=by, why=why, data=data)
        self.shared.incidents.look_at(incident.id, self.now)

    def event(
        self,
        verb: str,
        *,
        incident: int = 0,
        by: str = MACHINE,
        why: Reason = Reason(),
        data: Mapping[str, object] | None = None,
    ) -> None:
        """Write what happened and changes no incident; 0 for what belongs to none."""
        written = dict(data or {})
        if self.actor is not None and by and by == self.actor.person:
            entered = {"kind": self.actor.kind.value, "by": self.actor.name}
            written["entered"] = entered | ({"address": self.actor.address} if self.actor.address else {})
        self.batch.events.append(Event(incident=incident, at=self.now, verb=verb, by=by, why=why, data=written))

    def recall(self, name: str) -> str | None:
        """A small fact that was remembered, in this change or ever."""
        return self.shared.memory.get(name)

    def remember(self, name: str, value: str) -> None:
        """Keep a small fact in the journal, under a name that says whose it is ("stock.camera")."""
        self.batch.memory[name] = self.shared.memory[name] = value

    def afterwards(self, work: Callable[[], Awaitable[Any]], then: Callable[[Any, Transaction], None]) -> None:
        """Do something in the world after this change is written. ``then`` gets the result, or the exception, and
        writes down what became of it, in a change of its own. A crash between the two loses the result: what was
        decided here must say by itself that it was begun."""
        self.after_commit.append(AfterCommit(work=work, then=then))

    def look_at(self, incident: int, at: float) -> None:
        self.shared.incidents.look_at(incident, at)

    def tell_reached(self, incident: Incident, kind: str, *, by: str = "", text: str = "") -> None:
        """Tell everybody who was told so far, may have been, or is about to be, each by that way; not the one who did
        it."""
        for contact, channel in self.shared.incidents.told_or_perhaps(incident.id).items():
            if contact != by:
                self.tell(incident, kind, [contact], by=by, text=text, only=channel)

    def tell(
        self,
        incident: Incident,
        kind: str,
        contacts: Iterable[str],
        *,
        tag: str = "",
        place: tuple[int, int, int] = (-1, -1, 0),
        reason: Reason = Reason(),
        by: str = "",
        text: str = "",
        action: str = "tell",
        only: str = "",
        attachments: tuple[str, ...] = (),
    ) -> None:
        """Queue one message for each contact. tag: tells two messages of one kind apart; the same tag is the same
        message. place: (round, step, repeat) in the chain. only: this channel, where the contact still has it."""
        for contact in contacts:
            ways = self.plan.addresses(contact)
            if only:
                ways = tuple(way for way in ways if way.channel == only) or ways[:1]
            if not ways:
                log.error("%s has no way to be told of incident %d", contact, incident.id)
                continue
            row = self.shared.notifications.write(
                self.plan,
                incident,
                kind,
                contact,
                ways[0],
                self.now,
                tag=tag or self._moment(incident.id, kind, contact),
                place=place,
                reason=reason,
                by=by,
                text=text,
                action=action,
                attachments=attachments,
            )
            self.post(row)

    def _moment(self, incident: int, kind: str, contact: str) -> str:
        """The tag of a message that is told apart by its time alone: two words in one millisecond are two."""
        start = f"{self.now:.3f}"
        same = sum(
            row.kind == kind and row.contact == contact and f"{row.decided_at:.3f}" == start
            for row in self.shared.incidents.rows(incident)
        )
        return f"{start}.{same}" if same else start

    def post(self, row: Notification) -> None:
        """Queue one row that was made already; in observe mode it is written down as not sent."""
        if self.shared.mode == "observe":
            row = msgspec.structs.replace(
                row,
                state=NotificationState.OBSERVED,
                accepted_at=self.now,
                finished_at=self.now,
                detail=because("observed"),
            )
            self.batch.notifications[row.key] = row
        else:
            self.shared.outbox.add(row, self.batch)
        self.shared.incidents.keep([row], self.batch)
