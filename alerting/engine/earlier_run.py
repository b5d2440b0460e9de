"""Brings back into memory what a journal holds of an earlier run: open incidents, their messages, and all that
waits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from alerting.delivery.who_was_told import digests_of
from alerting.engine.transaction import SharedState
from alerting.journal.contract import JournalReader
from alerting.journal.rows import Batch, Notification, stem
from alerting.messages.kinds import KEEP_PAPER
from alerting.model.incident import Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierRun:
    """rows: the incidents' messages, and the digests that took the place of some. unfinished: messages that still have
    to go out, of any incident or of none."""

    incidents: list[Incident]
    rows: list[Notification]
    unfinished: list[Notification]


def read_earlier_run(reader: JournalReader) -> EarlierRun:
    """What is not over, and closed incidents about which a message still goes."""
    incidents, unfinished = reader.live_incidents(), reader.unfinished()
    numbers = {row.incident for row in unfinished} | _in_digests(reader, unfinished)
    for number in sorted(numbers - {0, *(one.id for one in incidents)}):
        closed = reader.incident(number)
        incidents += [closed] if closed is not None else []
    rows = [row for incident in incidents for row in reader.notifications(incident.id)]
    return EarlierRun(incidents=incidents, rows=[*rows, *digests_of(reader, rows)], unfinished=unfinished)


def _in_digests(reader: JournalReader, unfinished: list[Notification]) -> set[int]:
    """The incidents of which these digests tell."""
    digests = {stem(row.key): row.decided_at for row in unfinished if row.kind == "digest"}
    if not digests:
        return set()
    since = min(digests.values()) - KEEP_PAPER
    return {row.incident for row in reader.notifications(since=since) if stem(row.superseded_by) in digests}


def take_over(earlier: EarlierRun, shared: SharedState, batch: Batch, *, decided: Collection[str] = ()) -> None:
    """Take over what this engine does not know. decided: keys of messages that it decided itself and that the journal
    may not have as they are now."""
    incidents, outbox = shared.incidents, shared.outbox
    fresh = [one for one in earlier.incidents if one.id not in incidents.incidents]
    numbers = {0, *(one.id for one in fresh)}
    own = {*decided, *(row.key for row in (*outbox.waiting(), *outbox.flying()))}
    incidents.restore(fresh, (row for row in earlier.rows if row.incident in numbers and row.key not in own))
    outbox.restore((row for row in earlier.unfinished if row.incident in numbers and row.key not in own), batch)
    incidents.keep(outbox.waiting(), batch)
