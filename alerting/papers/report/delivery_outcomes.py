"""What became of every notification, and of every person who was to be told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alerting.delivery.who_was_told import Reach, Recipient, reach_of, recipients
from alerting.journal.rows import Notification, NotificationState
from alerting.messages.kinds import kind_named
from alerting.model.reason import Reason, said
from alerting.papers.report.case_file import CaseFile

S = NotificationState
SLOW = 60.0
"""Seconds from which a delivery counts as slow: a first message that takes a minute has lost a fifth of the time that
the plan gives to take an incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One contact over a whole incident. first_at: when the first message was accepted, None for never. reach: how
    far the one came that came farthest; until: when quiet hours let it go, where they hold it.

    took: seconds from that message's decision (or the end of quiet hours) to its acceptance. failed: (path, detail) of
    ways that refused a message or were given up for another; expired: paths whose message grew too old meanwhile.
    """

    contact: str
    first_decided: float
    first_at: float | None
    way: str
    took: float | None
    messages: int
    accepted: int
    reach: Reach
    until: float | None = None
    failed: tuple[tuple[str, Reason], ...] = ()
    expired: tuple[str, ...] = ()

    @property
    def lost(self) -> bool:
        """True where nothing will arrive any more, and something should have."""
        return self.reach in (Reach.FAILED, Reach.EXPIRED)


def fate_of(row: Notification, case: CaseFile) -> str:
    """The name of its fate under ``report.fate``."""
    if row.state is S.SUPERSEDED and row.accepted_at is not None:
        return "merged"
    return reach_of(row, case.now, {one.key: one for one in case.digests}).value


def failed(row: Notification) -> bool:
    """True where this way did not carry the message: refused, or given up for another way."""
    gave_way = row.state is S.SUPERSEDED and row.attempts > 0 and row.accepted_at is None
    return gave_way or row.state is S.FAILED


def expired(row: Notification) -> bool:
    """True where it waited or was tried until it was too old to be sent."""
    return row.state is S.EXPIRED


def successors(rows: Iterable[Notification]) -> Mapping[str, Notification]:
    """Key of a message → the first that took its place by another way; its key is continued after a "+"."""
    found: dict[str, Notification] = {}
    for row in rows:
        parts = row.key.split("+")
        for length in range(1, len(parts)):
            found.setdefault("+".join(parts[:length]), row)
    return found


def explanation(row: Notification, later: Mapping[str, Notification]) -> Reason:
    """Why it ended so: for a way given up, what it answered. later: the successors of all messages."""
    if failed(row) or expired(row):
        other = later.get(row.key)
        answer = other.reason.values.get("detail") if other is not None else None
        if answer:
            return answer if isinstance(answer, Reason) else said(str(answer))
    return row.detail


def instead_of(row: Notification) -> str:
    """The way that this one stands in for, "" for the first way."""
    return str(row.reason.values["channel"]) if row.reason.code == "channel_failed" else ""


def people(case: CaseFile) -> tuple[Person, ...]:
    """One line a contact, in the order in which they were to be told. Messages about the report itself are left out."""
    rows = [row for row in case.notifications if not kind_named(row.kind).paper]
    return tuple(
        _person(one, [row for row in rows if row.contact == one.contact])
        for one in recipients(rows, case.now, case.digests)
    )


def _person(one: Recipient, rows: list[Notification]) -> Person:
    later = successors(rows)
    accepted = [row for row in rows if row.accepted_at is not None]
    first = min(accepted, key=lambda row: row.accepted_at or 0.0, default=None)
    took = None
    if first is not None and first.accepted_at is not None:
        took = first.accepted_at - max(first.decided_at, first.not_before)
    return Person(
        contact=one.contact,
        first_decided=min(row.decided_at for row in rows),
        first_at=first.accepted_at if first is not None else None,
        way=one.way,
        took=took,
        messages=len(rows),
        accepted=len(accepted),
        reach=one.reach,
        until=one.at if one.reach is Reach.HELD else None,
        failed=tuple(dict.fromkeys((row.path, explanation(row, later)) for row in rows if failed(row))),
        expired=tuple(dict.fromkeys(row.path for row in rows if expired(row))),
    )
