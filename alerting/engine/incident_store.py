"""The live incidents with their messages, in memory, and when each wants to be looked at again."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator

import msgspec

from alerting.engine.chain_due_steps import ContactStatus
from alerting.journal.rows import Batch, Notification, NotificationState, stem
from alerting.messages.kinds import kind_named
from alerting.model.incident import Incident, Phase
from alerting.model.moved_times import moved_times

S = NotificationState


class IncidentStore:
    """Incidents that are not closed, or for which something is still to be done (``owes``). Everything put here is
    put into a batch for the journal as well."""

    def __init__(self, last_number: int = 0) -> None:
        """``last_number``: the highest number that was ever given to an incident."""
        self._number = last_number
        self.incidents: dict[int, Incident] = {}
        self._live: dict[int, Incident] = {}
        self._rooms: dict[str, dict[int, Incident]] = {}
        self._rows: dict[int, dict[str, Notification]] = {}
        self._members: dict[str, list[tuple[int, str]]] = {}
        self._due: dict[int, float] = {}
        self._heap: list[tuple[float, int]] = []

    def restore(self, incidents: Iterable[Incident], rows: Iterable[Notification]) -> None:
        """What a journal holds after a restart; every incident is looked at once."""
        for incident in incidents:
            self._hold(incident)
            self.look_at(incident.id, -math.inf)
        for row in rows:
            self._rows.setdefault(row.incident, {})[row.key] = _without_text(row)
            if row.superseded_by:
                self._members.setdefault(row.superseded_by, []).append((row.incident, row.key))
        for key in [key for rows in self._rows.values() for key in rows if "+" in key]:
            self.hand_members(stem(key), key)

    def move_times(self, seconds: float, batch: Batch) -> list[str]:
        """Move every time in memory by so many seconds; every incident is looked at. Returns the keys of messages whose
        rows have to be moved in the journal, because memory does not hold their text."""
        elsewhere = []
        for incident in list(self.incidents.values()):
            self.put(moved_times(incident, seconds), batch)
            self.look_at(incident.id, -math.inf)
        for rows in self._rows.values():
            for key, row in rows.items():
                rows[key] = moved = moved_times(row, seconds)
                if moved.title or moved.body:
                    batch.notifications[key] = moved
                else:
                    elsewhere.append(key)
        return elsewhere

    def next_number(self) -> int:
        """A number for a new incident, never used before."""
        self._number += 1
        return self._number

    def put(self, incident: Incident, batch: Batch) -> None:
        batch.incidents[incident.id] = incident
        self._hold(incident)
        self._let_go_if_done(incident)

    def _hold(self, incident: Incident) -> None:
        """Keep it, and list it with the live ones of its room: a storm must not look through all incidents for each
        fault."""
        self.incidents[incident.id] = incident
        if incident.phase.live:
            self._live[incident.id] = self._rooms.setdefault(incident.room, {})[incident.id] = incident
        else:
            self._rest(incident)

    def _rest(self, incident: Incident) -> None:
        if self._live.pop(incident.id, None) is not None:
            del self._rooms[incident.room][incident.id]
            if not self._rooms[incident.room]:
                del self._rooms[incident.room]

    def _let_go_if_done(self, incident: Incident) -> None:
        """Let go of a closed incident once nothing is to be done for it and no message about it is on its way."""
        if incident.phase is not Phase.CLOSED or incident.owes or self._goes_out(incident.id):
            return
        self._rest(incident)
        self.incidents.pop(incident.id, None)
        self._due.pop(incident.id, None)
        for key in self._rows.pop(incident.id, {}):
            self._members.pop(key, None)

    def _goes_out(self, incident: int) -> bool:
        messages = [one for row in self.rows(incident) for one in (row, *self._digests_of(row))]
        return any(not one.state.final for one in messages)

    def keep(self, changed: Iterable[Notification], batch: Batch) -> set[int]:
        """Take over rows that the outbox changed; returns the incidents that they concern.

        A row that gave way to another counts as accepted when that one is: the people were told.
        """
        touched: set[int] = set()
        for row in list(changed):
            touched |= {row.incident, *(incident for incident, _ in self._members.get(row.key, ()))}
            if row.incident == 0 or row.incident in self.incidents:
                self._rows.setdefault(row.incident, {})[row.key] = _without_text(row)
            if row.superseded_by:
                members = self._members.setdefault(row.superseded_by, [])
                if (row.incident, row.key) not in members:
                    members.append((row.incident, row.key))
            if row.state in (S.SENT, S.OBSERVED) and row.accepted_at is not None:
                touched |= self._accept_members(row.key, row.accepted_at, batch)
                if row.incident == 0:
                    self._rows[0].pop(row.key, None)
        for number in touched & self.incidents.keys():
            self._let_go_if_done(self.incidents[number])
        return touched

    def _accept_members(self, key: str, at: float, batch: Batch) -> set[int]:
        touched: set[int] = set()
        for incident, member in self._members.pop(key, []):
            row = self._rows.get(incident, {}).get(member)
            if row is None or row.accepted_at is not None:
                continue
            row = msgspec.structs.replace(row, accepted_at=at)
            self._rows[incident][member], batch.notifications[member] = _without_text(row), row
            touched.add(incident)
            touched |= self._accept_members(member, at, batch)
        return touched

    def hand_members(self, key: str, other: str) -> None:
        """A digest is tried by another way: rows that waited for the one key wait for either."""
        if key in self._members:
            self._members.setdefault(other, []).extend(self._members[key])

    def rows(self, incident: int) -> list[Notification]:
        return list(self._rows.get(incident, {}).values())

    def told(self, incident: int) -> list[ContactStatus]:
        """What became of each step's message to each contact, over all their channels."""
        grouped: dict[tuple[int, int, str], list[Notification]] = {}
        for row in self._rows.get(incident, {}).values():
            if row.step >= 0:
                grouped.setdefault((row.round, row.step, row.contact), []).append(row)
        return [
            ContactStatus(
                round=key[0],
                step=key[1],
                contact=key[2],
                decided_at=min(row.decided_at for row in rows),
                accepted_at=min((row.accepted_at for row in rows if row.accepted_at is not None), default=None),
                dead=all(row.state.final and row.accepted_at is None and not row.superseded_by for row in rows),
            )
            for key, rows in grouped.items()
        ]

    def reached(self, incident: int) -> dict[str, str]:
        """Contacts who were told of this incident, each with the channel that took it last."""
        found: dict[str, tuple[float, str]] = {}
        for row in self._rows.get(incident, {}).values():
            if row.accepted_at is None or not kind_named(row.kind).tells_fault:
                continue
            if row.accepted_at >= found.get(row.contact, (-math.inf, ""))[0]:
                found[row.contact] = (row.accepted_at, row.channel)
        return {contact: channel for contact, (_, channel) in found.items()}

    def perhaps_reached(self, incident: int) -> dict[str, str]:
        """Contacts of whom nobody knows whether a message about this incident reached them, each with its channel: an
        attempt was begun, and nothing says how it ended."""
        return self._not_reached(incident, lambda row: row.perhaps_arrived)

    def on_the_way(self, incident: int) -> dict[str, str]:
        """Contacts who are about to get a message that cannot be taken back, each with its channel. It is in flight, or
        it is a digest, which tells of other incidents too."""
        return self._not_reached(
            incident, lambda row: row.state is S.SENDING or (row.incident == 0 and not row.state.final)
        )

    def told_or_perhaps(self, incident: int) -> dict[str, str]:
        """All who know of this incident, or may, or are about to, each with the channel."""
        return self.on_the_way(incident) | self.perhaps_reached(incident) | self.reached(incident)

    def _not_reached(self, incident: int, so: Callable[[Notification], bool]) -> dict[str, str]:
        """Contacts who were certainly not reached yet, and of whom ``so`` is true for a message or for the digest in
        its place."""
        reached = self.reached(incident)
        return {
            row.contact: row.channel
            for row in self._rows.get(incident, {}).values()
            if kind_named(row.kind).tells_fault
            and row.contact not in reached
            and any(map(so, [row, *self._digests_of(row)]))
        }

    def _digests_of(self, row: Notification) -> list[Notification]:
        """The digest that took its place, by each way that was tried; [] where none did, and where one was accepted."""
        if not row.superseded_by or row.accepted_at is not None:
            return []
        digest = stem(row.superseded_by)
        return [one for key, one in self._rows.get(0, {}).items() if stem(key) == digest]

    def perhaps_arrived(self, row: Notification) -> bool:
        """True where nobody knows whether it, or the digest in its place, arrived."""
        return any(one.perhaps_arrived for one in (row, *self._digests_of(row)))

    def given_up(self, row: Notification) -> bool:
        """True where neither it nor what took its place was accepted, and it goes out no more."""
        if not row.state.final or row.accepted_at is not None:
            return False
        if not row.superseded_by:
            return True
        newer = self._rows.get(row.incident, {}).get(row.superseded_by)
        instead = self._digests_of(row) if newer is None else [newer]
        return bool(instead) and all(map(self.given_up, instead))

    def live(self, room: str | None = None) -> list[Incident]:
        """Those that are not over yet, of one room or of all, oldest first."""
        found = self._live if room is None else self._rooms.get(room, {})
        return sorted(found.values(), key=lambda incident: incident.id)

    def not_closed(self) -> list[Incident]:
        """Oldest first."""
        found = (one for one in self.incidents.values() if one.phase is not Phase.CLOSED)
        return sorted(found, key=lambda one: one.id)

    def any_live(self, *, apart: str) -> bool:
        """True where something is not over yet, faults of that code apart."""
        return any(incident.code != apart for incident in self._live.values())

    def look_at(self, incident: int, at: float) -> None:
        """Look at it again at that time; infinity takes it off the list."""
        self._due[incident] = at
        if at < math.inf:
            heapq.heappush(self._heap, (at, incident))

    def due(self, now: float) -> Iterator[Incident]:
        """Incidents whose time has come, each once. Costs nothing while none is."""
        while self._heap and self._heap[0][0] <= now:
            at, number = heapq.heappop(self._heap)
            if self._due.get(number) == at:
                self._due[number] = math.inf
                if number in self.incidents:
                    yield self.incidents[number]

    def next_at(self) -> float:
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else math.inf


def _without_text(row: Notification) -> Notification:
    """The row without its text once it is final: an incident may stay open for weeks, and the journal has the text. A
    row that another one tells instead keeps it until that one is accepted, because it is written once more then."""
    if not row.state.final or (row.superseded_by and row.accepted_at is None):
        return row
    return msgspec.structs.replace(row, title="", body="", short="", attachments=())
