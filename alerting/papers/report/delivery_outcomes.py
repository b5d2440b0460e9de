"""What became of every notification, and of every person who was to be told. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alerting.journal.rows import Notification, NotificationState
from alerting.messages.kinds import kind_named
from alerting.model.reason import Reason, said

S = NotificationState
SLOW = 60.0
"""Seconds from which a delivery counts as slow: a first message that takes a minute has lost a fifth of the time that
the plan gives to take an incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One contact over a whole incident. first_at: when the first message was accepted, None for never.

    took: seconds from that message's decision (or the end of quiet hours) to its acceptance. failed: (path, detail)
    of ways that did not take a message for good, or not in time.
    """

    contact: str
    first_decided: float
    first_at: float | None
    way: str
    took: float | None
    messages: int
    accepted: int
    failed: tuple[tuple[str, Reason], ...] = ()


def fate_of(row: Notification) -> str:
    """The name of its fate under ``report.fate``: a superseded row tells what happened instead."""
    if row.state is S.SUPERSEDED:
        return "merged" if row.accepted_at is not None else "withdrawn"
    return row.state.value


def failed(row: Notification) -> bool:
    """True where this way did not carry the message: refused, expired, or given up for another way."""
    gave_way = row.state is S.SUPERSEDED and row.attempts > 0 and row.accepted_at is None
    return gave_way or row.state in (S.FAILED, S.EXPIRED)


def explanation(row: Notification, rows: Sequence[Notification]) -> Reason:
    """Why it ended so: for a way given up, what it answered."""
    if failed(row):
        other = next((one for one in rows if one.key.startswith(f"{row.key}+")), None)
        answer = other.reason.values.get("detail") if other is not None else None
        if answer:
            return answer if isinstance(answer, Reason) else said(str(answer))
    return row.detail


def instead_of(row: Notification) -> str:
    """The way that this one stands in for, "" for the first way."""
    return str(row.reason.values["channel"]) if row.reason.code == "channel_failed" else ""


def people(rows: Sequence[Notification]) -> tuple[Person, ...]:
    """One line a contact, in the order in which they were to be told. Messages about the report itself are left out."""
    grouped: dict[str, list[Notification]] = {}
    for row in rows:
        if not kind_named(row.kind).paper:
            grouped.setdefault(row.contact, []).append(row)
    return tuple(_person(contact, own) for contact, own in grouped.items())


def _person(contact: str, rows: list[Notification]) -> Person:
    accepted = [row for row in rows if row.accepted_at is not None]
    first = min(accepted, key=lambda row: row.accepted_at or 0.0, default=None)
    took = None
    if first is not None and first.accepted_at is not None:
        took = first.accepted_at - max(first.decided_at, first.not_before)
    return Person(
        contact=contact,
        first_decided=min(row.decided_at for row in rows),
        first_at=first.accepted_at if first is not None else None,
        way=first.path if first is not None else rows[0].path,
        took=took,
        messages=len(rows),
        accepted=len(accepted),
        failed=tuple(dict.fromkeys((row.path, explanation(row, rows)) for row in rows if failed(row))),
    )
