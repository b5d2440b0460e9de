"""Who was told of an incident, by which channel, when: one rule for every screen and every paper. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from alerting.journal.contract import JournalReader
from alerting.journal.rows import Notification, NotificationState, stem
from alerting.messages.kinds import kind_named

S = NotificationState


class Reach(StrEnum):
    """How far a message came. accepted: the far end took it; nobody knows whether it was read. held: quiet hours hold
    it back. retrying: tried, and tried again. merged: a digest took its place. withdrawn: it was no longer wanted.
    observed: observe mode sends nothing."""

    ACCEPTED = "accepted"
    SENDING = "sending"
    RETRYING = "retrying"
    PENDING = "pending"
    HELD = "held"
    FAILED = "failed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    OBSERVED = "observed"


_BEST_FIRST = tuple(Reach)
"""Of several messages to one person the one that came farthest is shown: the first in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One contact over all messages of an incident. way: the kind of channel (path) of the message that is shown. at:
    when it was accepted, or until when it is held, in Unix seconds; None for the other states."""

    contact: str
    reach: Reach
    way: str
    at: float | None = None


def reach_of(row: Notification, now: float, others: Mapping[str, Notification]) -> Reach:
    """others: rows by key, to follow a message into the digest that took its place."""
    if row.state is S.OBSERVED:
        return Reach.OBSERVED
    if row.accepted_at is not None:
        return Reach.ACCEPTED
    if row.state is S.SENDING:
        return Reach.SENDING
    if row.state is S.PENDING:
        if row.attempts:
            return Reach.RETRYING
        return Reach.HELD if row.not_before > now else Reach.PENDING
    if row.state is S.SUPERSEDED:
        later = [one for key, one in others.items() if stem(key) == stem(row.superseded_by)]
        found = [reach_of(one, now, others) for one in later if one.kind == "digest"]
        return min(found, key=_BEST_FIRST.index) if row.superseded_by and found else Reach.WITHDRAWN
    return Reach.FAILED if row.state is S.FAILED else Reach.EXPIRED


def digests_of(reader: JournalReader, rows: Sequence[Notification]) -> tuple[Notification, ...]:
    """The digests that took the place of some of the rows and were accepted by nobody yet, by all their ways."""
    given_way = [row for row in rows if row.state is S.SUPERSEDED and row.accepted_at is None and row.superseded_by]
    if not given_way:
        return ()
    since = min(row.decided_at for row in given_way)
    keys = {stem(row.superseded_by) for row in given_way}
    return tuple(row for row in reader.notifications(0, since) if stem(row.key) in keys)


def recipients(rows: Sequence[Notification], now: float, digests: Iterable[Notification] = ()) -> tuple[Recipient, ...]:
    """One recipient for each contact, in the order in which they were to be told. Messages about papers are left out.
    digests: those that took the place of some of the rows."""
    others = {row.key: row for row in digests}
    grouped: dict[str, list[Notification]] = {}
    for row in sorted(rows, key=lambda row: (row.decided_at, row.contact)):
        if not kind_named(row.kind).paper:
            grouped.setdefault(row.contact, []).append(row)
    return tuple(_recipient(contact, own, now, others) for contact, own in grouped.items())


def report_recipients(rows: Sequence[Notification], now: float) -> tuple[Recipient, ...]:
    """Who was sent the signed report, and how far it came to each."""
    grouped: dict[str, list[Notification]] = {}
    for row in rows:
        if row.kind == "report_sent":
            grouped.setdefault(row.contact, []).append(row)
    return tuple(_recipient(contact, own, now, {}) for contact, own in grouped.items())


def _recipient(contact: str, rows: Sequence[Notification], now: float, others: Mapping[str, Notification]) -> Recipient:
    found = [(reach_of(row, now, others), row) for row in rows]
    reach = min((one for one, _ in found), key=_BEST_FIRST.index)
    own = [row for one, row in found if one is reach]
    if reach is Reach.ACCEPTED:
        row = min(own, key=lambda one: one.accepted_at or 0.0)
        return Recipient(contact=contact, reach=reach, way=row.path or row.channel, at=row.accepted_at)
    if reach is Reach.HELD:
        row = min(own, key=lambda one: one.not_before)
        return Recipient(contact=contact, reach=reach, way=row.path or row.channel, at=row.not_before)
    return Recipient(contact=contact, reach=reach, way=own[-1].path or own[-1].channel)
