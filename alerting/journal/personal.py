"""People in the journal: found, and replaced by "person 1", "person 2" once their time is over.

Works on rows and within the writer's transaction. Refuses to know whose time is over: the caller says who.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from alerting.journal.rows import Event, Notification, read_incident
from alerting.model.incident import Incident

MACHINE = "roomwatch"
REMOVED = "person removed"
_PEOPLE_FIELDS = frozenset(
    {
        "by",
        "contact",
        "owner",
        "opened_by",
        "assessed_by",
        "taken_by",
        "confirmed_by",
        "reported_by",
        "asked_by",
        "approved_by",
        "report_approved_by",
    }
)
_PEOPLE_LISTS = frozenset({"contacts", "helpers", "told", "to"})
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.])\+?\d[\d -]{6,}\d(?![\w.])")
_TEXT_FIELDS = frozenset({"why", "text", "body", "title", "short", "done", "detail"})


class CaseFile(msgspec.Struct, kw_only=True):
    """One incident with all its rows; incident None for what belongs to none."""

    incident: Incident | None
    events: list[tuple[int, Event]]
    notifications: list[Notification]


def people_of(case: CaseFile) -> list[str]:
    """Ids and names of everybody whom a field of the rows names, in the order in which they come."""
    found: dict[str, None] = {}
    _collect(msgspec.to_builtins(case.incident), found)
    for _, event in case.events:
        _collect(msgspec.to_builtins(event), found)
    for row in case.notifications:
        _collect(msgspec.to_builtins(row), found)
    return [name for name in found if name and name != MACHINE]


def _collect(value: Any, found: dict[str, None]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if key in _PEOPLE_FIELDS and isinstance(item, str):
                found[item] = None
            elif key in _PEOPLE_LISTS and isinstance(item, (list, tuple)):
                found.update((one, None) for one in item if isinstance(one, str))
            _collect(item, found)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _collect(item, found)


class Replacing:
    """Replaces people in any row. aliases: id or name → what stands there from now on."""

    def __init__(self, aliases: Mapping[str, str], *, addresses: bool = True) -> None:
        """addresses: also take mail addresses and telephone numbers out of what people wrote."""
        self._aliases = dict(aliases)
        self._addresses = addresses
        names = sorted((re.escape(one) for one in aliases if len(one) > 1), key=len, reverse=True)
        # A Latin id is a word of its own; a Chinese name stands between other characters.
        self._words = (
            re.compile("|".join(rf"(?<![A-Za-z0-9_]){one}(?![A-Za-z0-9_])" for one in names)) if names else None
        )

    def text(self, value: str, field: str = "") -> str:
        if value in self._aliases:
            return self._aliases[value]
        if self._words is not None:
            value = self._words.sub(lambda match: self._aliases[match[0]], value)
        if self._addresses and field in _TEXT_FIELDS:
            value = _PHONE.sub("…", _MAIL.sub("…", value))
        return value

    def walk(self, value: Any, field: str = "") -> Any:
        if isinstance(value, str):
            return self.text(value, field)
        if isinstance(value, dict):
            return {key: self.walk(item, key) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.walk(item, field) for item in value]
        return value

    def case(self, case: CaseFile) -> CaseFile:
        incident = case.incident
        return CaseFile(
            incident=None if incident is None else msgspec.convert(self.walk(msgspec.to_builtins(incident)), Incident),
            events=[(seq, msgspec.convert(self.walk(msgspec.to_builtins(event)), Event)) for seq, event in case.events],
            notifications=[
                msgspec.convert(self.walk(msgspec.to_builtins(row)), Notification) for row in case.notifications
            ],
        )


def read_case(db: sqlite3.Connection, number: int, before: float | None = None) -> CaseFile:
    """An incident's rows; for 0 those older than ``before``."""
    row = db.execute("SELECT state FROM incidents WHERE id = ?", (number,)).fetchone()
    limit = 1e18 if before is None else before
    events = db.execute(
        "SELECT seq, incident, at, verb, by_whom, why, data FROM events WHERE incident = ? AND at < ? ORDER BY seq",
        (number, limit),
    )
    notifications = db.execute(
        "SELECT row FROM notifications WHERE incident = ? AND decided_at < ? ORDER BY decided_at, key", (number, limit)
    )
    return CaseFile(
        incident=read_incident(row[0]) if row else None,
        events=[
            (r[0], Event(incident=r[1], at=r[2], verb=r[3], by=r[4], why=r[5], data=msgspec.json.decode(r[6])))
            for r in events
        ],
        notifications=[msgspec.json.decode(r[0], type=Notification) for r in notifications],
    )


def write_case(db: sqlite3.Connection, old: CaseFile, new: CaseFile) -> None:
    """Put the new rows in the place of the old ones, within the caller's transaction."""
    if new.incident is not None and new.incident != old.incident:
        db.execute("UPDATE incidents SET state = ? WHERE id = ?", (_json(new.incident), new.incident.id))
    for (seq, before), (_, event) in zip(old.events, new.events, strict=True):
        if event != before:
            db.execute(
                "UPDATE events SET by_whom = ?, why = ?, data = ? WHERE seq = ?",
                (event.by, event.why, _json(event.data), seq),
            )
    for before_row, row in zip(old.notifications, new.notifications, strict=True):
        if row != before_row:
            db.execute(
                "UPDATE notifications SET key = ?, contact = ?, row = ? WHERE key = ?",
                (row.key, row.contact, _json(row), before_row.key),
            )


def closed_before(db: sqlite3.Connection, before: float, after: float, limit: int) -> list[tuple[int, float]]:
    """(number, time) of incidents closed in (after, before], oldest first."""
    rows = db.execute(
        "SELECT id, closed_at FROM incidents WHERE phase = 'closed' AND closed_at > ? AND closed_at <= ?"
        " ORDER BY closed_at, id LIMIT ?",
        (after, before, limit),
    )
    return [(int(row[0]), float(row[1])) for row in rows]


def anonymise(
    db: sqlite3.Connection, number: int, names: Mapping[str, str], wanted: Callable[[str], bool], before: float | None
) -> None:
    """Give everybody in one incident whom ``wanted`` names an alias. names: contact id → the name in messages."""
    case = read_case(db, number, before)
    if case.incident is not None and case.incident.owes:
        return
    aliases: dict[str, str] = {}
    for count, person in enumerate(people_of(case), 1):
        if wanted(person) and not person.startswith("person "):
            # Within an incident the report stays readable; over incidents nobody is followed.
            aliases[person] = f"person {count}" if number else REMOVED
            if names.get(person):
                aliases.setdefault(names[person], aliases[person])
    if aliases:
        write_case(db, case, Replacing(aliases).case(case))


def find_people(case: CaseFile, called: Iterable[str]) -> dict[str, Any] | None:
    """What one incident's rows hold of a person, for an export; None where they do not stand in it."""
    wanted = set(called)

    def names(row: Any) -> bool:
        found: dict[str, None] = {}
        _collect(msgspec.to_builtins(row), found)
        return bool(wanted & set(found))

    events = [msgspec.to_builtins(event) for _, event in case.events if names(event)]
    rows = [msgspec.to_builtins(row) for row in case.notifications if row.contact in wanted]
    part = [key for key, value in msgspec.to_builtins(case.incident or {}).items() if names({key: value})]
    if not events and not rows and not part:
        return None
    return {
        "incident": case.incident.id if case.incident is not None else 0,
        "room": case.incident.room if case.incident is not None else "",
        "stands_in": part,
        "events": events,
        "notifications": rows,
    }


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
