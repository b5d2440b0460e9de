"""A copy of a healthy journal that is changed behind the engine's back."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

from alerting.audit.owed_steps import LATE
from alerting.journal import Event, Notification
from alerting.journal.rows import read_reason
from alerting.model.incident import Incident, StepRecord

STOPS = ("taken", "mitigated", "resolved", "snoozed", "severity", "take_expired", "unanswered")


class Broken:
    """A journal file that can be written behind the engine's back. now: when it will be audited.

    plan_since: from when on the plan is known; what was decided before can only be held against the journal itself."""

    def __init__(self, file: Path, now: float, plan_since: float, seed: int) -> None:
        self.db = sqlite3.connect(file, isolation_level=None)
        self.now, self.plan_since = now, plan_since
        self.chance = random.Random(seed)

    def close(self) -> None:
        self.db.close()

    def incidents(self) -> list[Incident]:
        rows = self.db.execute("SELECT state FROM incidents ORDER BY id")
        return [msgspec.json.decode(row[0], type=Incident) for row in rows]

    def events(self, incident: int | None = None) -> list[tuple[int, Event]]:
        rows = self.db.execute("SELECT seq, incident, at, verb, by_whom, why, data FROM events ORDER BY seq")
        found = [
            (
                r[0],
                Event(
                    incident=r[1], at=r[2], verb=r[3], by=r[4], why=read_reason(r[5]), data=msgspec.json.decode(r[6])
                ),
            )
            for r in rows
        ]
        return [(s, e) for s, e in found if e.incident and incident in (None, e.incident)]

    def rows(self, incident: int | None = None) -> list[Notification]:
        found = self.db.execute("SELECT row FROM notifications ORDER BY decided_at, key")
        rows = [msgspec.json.decode(r[0], type=Notification) for r in found]
        return [row for row in rows if incident in (None, row.incident)]

    def drop_row(self, row: Notification) -> None:
        self.db.execute("DELETE FROM notifications WHERE key = ?", (row.key,))

    def put_row(self, row: Notification) -> None:
        self.db.execute(
            "INSERT OR REPLACE INTO notifications (key, incident, state, contact, channel, decided_at, row)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                row.key,
                row.incident,
                row.state.value,
                row.contact,
                row.channel,
                row.decided_at,
                msgspec.json.encode(row).decode(),
            ),
        )

    def drop_event(self, seq: int) -> None:
        self.db.execute("DELETE FROM events WHERE seq = ?", (seq,))

    def put_event(self, seq: int, event: Event) -> None:
        self.db.execute(
            "UPDATE events SET at = ?, verb = ?, data = ? WHERE seq = ?",
            (event.at, event.verb, msgspec.json.encode(event.data).decode(), seq),
        )

    def put_incident(self, incident: Incident) -> None:
        text = msgspec.json.encode(incident).decode()
        self.db.execute("UPDATE incidents SET state = ?, phase = ? WHERE id = ?", (text, incident.phase, incident.id))

    def pick(self, found: Sequence[object]) -> int | None:
        return self.chance.randrange(len(found)) if found else None

    def steps(self) -> list[tuple[int, Event, Incident, StepRecord]]:
        """Steps that the chain owed and that nothing else would have stopped within the allowed lateness."""
        by_number = {incident.id: incident for incident in self.incidents()}
        found = []
        for seq, event in self.events():
            if event.verb != "step" or event.why.code == "not_delivered":
                continue
            incident = by_number[event.incident]
            place = (event.data["round"], event.data["index"], event.data["repeat"])
            record = next(r for r in incident.steps if (r.round, r.index, r.repeat) == place)
            later = [
                e
                for s, e in self.events(event.incident)
                if s > seq and (e.verb in STOPS or (e.verb == "step" and record.repeat != 0))
            ]
            quiet = all(e.at > event.at + LATE + 1 for e in later)
            if quiet and self.now > event.at + LATE + 1:
                found.append((seq, event, incident, record))
        return found

    def rows_of(self, event: Event) -> list[Notification]:
        place = (event.data["round"], event.data["index"], event.data["repeat"])
        return [r for r in self.rows(event.incident) if (r.round, r.step, r.repeat) == place]
