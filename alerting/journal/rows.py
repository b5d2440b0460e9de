"""The rows of the journal as types: events, notifications, the batch that is committed as one, an incident's rows."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from alerting.model.incident import Incident
from alerting.model.reason import Reason


class NotificationState(StrEnum):
    """What became of a notification. The last five are final."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    OBSERVED = "observed"

    @property
    def final(self) -> bool:
        return self not in (NotificationState.PENDING, NotificationState.SENDING)


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to an incident: who, when, why. Never changed once written.

    at: Unix seconds. verb: "opened", "fault_joined", "fault_cleared", "severity", "class", "taken", "confirmed",
    "step", "note", "order", "assigned", "snoozed", "mitigated", "resolved", "reopened", "closed", "report",
    "take_expired", "unanswered", "plan_changed", "handed_over", "clock_suspect", ... by: a contact id, a name, or
    "roomwatch".
    """

    incident: int
    at: float
    verb: str
    by: str = "roomwatch"
    why: Reason = Reason()
    data: dict[str, object] = {}


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the outbox: one message to one target (contact and channel).

    key: idempotency key, made from what was decided, so that the same decision has the same key.
    kind: "opened", "escalated", "repeated", "confirmed", "recovered", "passed", "digest", ... round, step,
    repeat: the place in the chain, -1 outside it. Times are Unix seconds; accepted_at: when the far end took it.
    reason: why it was decided. detail: why it failed, or what became of the last try.
    superseded_by: the key that told it instead. perhaps_arrived: an attempt ended without a result, so that its reader
    may have it whatever became of the row later. faults: the open faults that it names, as FaultRecord.name has them.
    attachments: absolute paths of files that go along where the channel can carry them. urgent: it says that something
    is broken that cannot wait, and waits behind no message about something else.
    """

    key: str
    incident: int
    kind: str
    contact: str
    channel: str
    path: str = ""
    round: int = -1
    step: int = -1
    repeat: int = 0
    state: NotificationState = NotificationState.PENDING
    reason: Reason = Reason()
    decided_at: float
    not_before: float = 0.0
    expires_at: float
    attempts: int = 0
    next_try_at: float = 0.0
    attempted_at: float | None = None
    accepted_at: float | None = None
    finished_at: float | None = None
    detail: Reason = Reason()
    superseded_by: str = ""
    perhaps_arrived: bool = False
    title: str = ""
    body: str = ""
    short: str = ""
    language: str = "en"
    drill: bool = False
    attachments: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    urgent: bool = False

    @property
    def target(self) -> tuple[str, str]:
        return (self.contact, self.channel)


def stem(key: str) -> str:
    """The key of the decision, whatever way the message takes: other ways append "+channel"."""
    return key.partition("+")[0]


class Batch(msgspec.Struct, kw_only=True):
    """What is committed together: either all of it is on the disk or none."""

    events: list[Event] = []
    incidents: dict[int, Incident] = {}
    notifications: dict[str, Notification] = {}
    memory: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self.events or self.incidents or self.notifications or self.memory)

    def absorb(self, later: Batch) -> None:
        """Add what was decided later; a row that is in both keeps its later form."""
        self.events.extend(later.events)
        self.incidents.update(later.incidents)
        self.notifications.update(later.notifications)
        self.memory.update(later.memory)


class StoredCase(msgspec.Struct, kw_only=True):
    """One incident with all its rows; incident None for what belongs to none. events: (place in the journal, event)."""

    incident: Incident | None
    events: list[tuple[int, Event]]
    notifications: list[Notification]


def read_reason(text: str | bytes) -> Reason:
    """A reason as the journal holds it."""
    return msgspec.json.decode(text, type=Reason)


def read_incident(text: str | bytes) -> Incident:
    """An incident as the journal holds it.

    A number that JSON cannot hold (nan, inf) stands there as null where it was written before such evidence was left
    out; one such figure must not keep the monitor from starting.
    """
    try:
        return msgspec.json.decode(text, type=Incident)
    except msgspec.ValidationError:
        raw = msgspec.json.decode(text, type=_FaultsInside)
        for fault in raw.faults:
            evidence = msgspec.convert(fault.get("evidence"), dict[str, Any])
            fault["evidence"] = {name: value for name, value in evidence.items() if value is not None}
        return msgspec.convert({**msgspec.json.decode(text), "faults": raw.faults}, Incident)


class _FaultsInside(msgspec.Struct):
    """What is read of a row that is no incident as it stands."""

    faults: list[dict[str, Any]] = []
