"""The rows of the outbox: one row is one message to one address. Owns their life, back-off and expiry; pure.

pending → sent | failed | expired | superseded | observed. A row is written before it is sent and settled after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from alerting.thin.outbound import Outcome, SendResult
from alerting.thin.store import Statement

State = Literal["pending", "sent", "failed", "expired", "superseded", "observed"]

BACKOFF_SECONDS = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
"""Soon at first, since most failures are a blip; at most 5 minutes, since nobody accepts a longer silence after
the network is back (which also wakes every row at once)."""

THROTTLED_SECONDS = 60.0
"""Messengers count a minute's messages (WeCom 20, Feishu 100 a minute): a shorter wait is refused again."""

EXPIRY_SECONDS = 86400.0
"""After a day an undelivered alarm is history: the report says so, the phone need not."""


@dataclass(slots=True, kw_only=True)
class Row:
    """id is the idempotency key. round: the escalation round it belongs to; -1 outside of any."""

    id: str
    incident: str
    kind: str
    contact: str
    channel: int
    created_at: float
    title: str
    body: str
    round: int = -1
    state: State = "pending"
    due_at: float = 0.0
    attempts: int = 0
    settled_at: float | None = None
    detail: str = ""

    @property
    def settled(self) -> bool:
        return self.state != "pending"


def settle(row: Row, result: SendResult, now: float) -> None:
    """Write the sender's answer into the row."""
    row.attempts += 1
    row.detail = result.detail
    if result.outcome is Outcome.SENT:
        row.state, row.settled_at = "sent", now
    elif result.outcome is Outcome.PERMANENT:
        row.state, row.settled_at = "failed", now
    elif now - row.created_at >= EXPIRY_SECONDS:
        row.state, row.settled_at = "expired", now
    elif result.outcome is Outcome.THROTTLED:
        row.due_at = now + THROTTLED_SECONDS
    else:
        row.due_at = now + BACKOFF_SECONDS[min(row.attempts, len(BACKOFF_SECONDS)) - 1]


def insert(row: Row) -> Statement:
    """Deciding twice (after a crash in between) is deciding once."""
    return (
        "INSERT INTO outbox (id, incident, kind, contact, channel, state, created_at, due_at, attempts, settled_at,"
        " detail, title, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        (
            row.id,
            row.incident,
            f"{row.kind}@{row.round}",
            row.contact,
            row.channel,
            row.state,
            row.created_at,
            row.due_at,
            row.attempts,
            row.settled_at,
            row.detail,
            row.title,
            row.body,
        ),
    )


def update(row: Row) -> Statement:
    return (
        "UPDATE outbox SET state=?, due_at=?, attempts=?, settled_at=?, detail=? WHERE id=?",
        (row.state, row.due_at, row.attempts, row.settled_at, row.detail, row.id),
    )


COLUMNS = "id, incident, kind, contact, channel, state, created_at, due_at, attempts, settled_at, detail, title, body"


def from_columns(values: tuple[object, ...]) -> Row:
    """A row as COLUMNS selects it."""
    kind, _, round_ = str(values[2]).partition("@")
    names = COLUMNS.split(", ")
    fields = dict(zip(names, values, strict=True))
    fields["kind"] = kind
    return Row(round=int(round_ or -1), **fields)  # type: ignore[arg-type]
