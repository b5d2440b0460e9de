"""All that the journal holds of a time, as case files, real incidents and drills apart."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from alerting.journal.contract import JournalReader
from alerting.journal.rows import Event, Notification, stem
from alerting.model.incident import Incident
from alerting.papers.report.case_file import AWAY_VERBS, REPEAT_DAYS, CaseFile, away_within
from alerting.workflows.drill.not_run_list import NOT_RUN, due_at
from alerting.workflows.scheduled.meeting_feedback import MEETING_FEEDBACK

LEDGER_DAYS = 365
"""Days for which an incident's improvements stay on the list without being asked for again: after a year in which
nothing of the kind happened they are history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Incidents that were opened in [since, until), Unix seconds. before: as many days before it, real ones only.

    year: the real ones of LEDGER_DAYS up to its end, which may still ask for an improvement. ledger: the journal's
    events on improvements, of any time. drills_not_run: the events that say when and why. meetings_rated: what
    people said of meetings after them.
    """

    since: float
    until: float
    incidents: tuple[CaseFile, ...]
    drills: tuple[CaseFile, ...] = ()
    before: tuple[CaseFile, ...] = ()
    year: tuple[CaseFile, ...] = ()
    ledger: tuple[Event, ...] = ()
    drills_not_run: tuple[Event, ...] = ()
    meetings_rated: tuple[Event, ...] = ()


def read_period(reader: JournalReader, since: float, until: float, now: float) -> Period:
    """Reads each table once: a year of a site is some ten thousand rows, not ten thousand queries."""
    start = min(since - (until - since), since - REPEAT_DAYS * 86400.0, until - LEDGER_DAYS * 86400.0)
    events: dict[int, list[Event]] = defaultdict(list)
    ledger = []
    not_run = []
    rated = []
    watch = []
    for event in reader.events():
        if event.verb in ("improvement_added", "improvement_closed"):
            ledger.append(event)
        elif event.verb in NOT_RUN:
            if since <= due_at(event) < until:
                not_run.append(event)
        elif event.verb == MEETING_FEEDBACK:
            if since <= event.at < until:
                rated.append(event)
        elif event.verb in AWAY_VERBS:
            watch.append(event)
        elif event.at >= start:
            events[event.incident].append(event)
    rows: dict[int, list[Notification]] = defaultdict(list)
    for row in reader.notifications(since=start):
        rows[row.incident].append(row)
    by_stem: dict[str, list[Notification]] = defaultdict(list)
    for row in rows[0]:
        if row.kind == "digest":
            by_stem[stem(row.key)].append(row)
    digests = {
        number: [one for row in own if row.superseded_by for one in by_stem.get(stem(row.superseded_by), ())]
        for number, own in rows.items()
        if number
    }
    known = reader.incidents(start, until)

    def case(incident: Incident) -> CaseFile:
        return CaseFile(
            incident=incident,
            events=tuple(events[incident.id]),
            notifications=tuple(rows[incident.id]),
            now=now,
            earlier=_earlier(incident, same[incident.room, incident.code]),
            digests=tuple(digests.get(incident.id, ())),
            away=away_within(watch, incident),
        )

    same: dict[tuple[str, str], list[Incident]] = defaultdict(list)
    for one in known:
        if not one.drill:
            same[one.room, one.code].append(one)
    cases = [case(one) for one in known]
    real = [one for one in cases if not one.incident.drill]
    return Period(
        since=since,
        until=until,
        incidents=tuple(one for one in real if one.incident.opened_at >= since),
        drills=tuple(one for one in cases if one.incident.drill and one.incident.opened_at >= since),
        before=tuple(one for one in real if since - (until - since) <= one.incident.opened_at < since),
        year=tuple(one for one in real if one.incident.opened_at >= until - LEDGER_DAYS * 86400.0),
        ledger=tuple(ledger),
        drills_not_run=tuple(not_run),
        meetings_rated=tuple(rated),
    )


def _earlier(incident: Incident, same: list[Incident]) -> tuple[Incident, ...]:
    """The same fault of the same room in the days before it."""
    first = incident.opened_at - REPEAT_DAYS * 86400
    return tuple(one for one in same if first <= one.opened_at < incident.opened_at and one.id != incident.id)
