"""What the journal and the plan hold, as pages and the API read it: incidents, history of a room, who is on duty."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from alerting.engine.engine import Engine
from alerting.journal.contract import Journal, JournalReader
from alerting.journal.rows import Event
from alerting.model.incident import Incident, ReportState
from alerting.papers.report.case_file import CaseFile, read_case, silent_since
from alerting.plan.running_plan import RunningPlan
from alerting.service.incident_row import IncidentRows
from alerting.service.room_history import DAYS_BACK, RoomHistory, history_of

MOST_CASES = 1000
"""Incidents of a history whose events are read: more than ten a day over the whole time."""


class Records:
    """plan: asked anew each time, because a reload replaces it."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        rows: IncidentRows,
        plan: Callable[[], RunningPlan],
        now: Callable[[], float],
    ) -> None:
        self._engine, self._journal, self._rows, self.plan, self.now = engine, journal, rows, plan, now
        self._started = now()

    def recall(self, name: str) -> str | None:
        return self._engine.recall(name)

    async def incidents(
        self, rooms: tuple[str, ...], *, live: bool, before: int, limit: int, here: str
    ) -> tuple[list[dict[str, Any]], int]:
        """(rows, newest first, the ``before`` of the next page or 0). before: numbers below this one; 0 for all."""
        if live:
            found = [one for one in self._engine.incidents() if one.phase.live]
        else:
            found = await self._journal.read(lambda reader: reader.incidents())
            known = {one.id for one in found}
            found += [one for one in self._engine.incidents() if one.id not in known]
        found = sorted((one for one in found if one.room in rooms), key=lambda one: -one.id)
        found = [one for one in found if not before or one.id < before]
        page = found[:limit]
        rows = [await self._rows.shown(one, here) for one in page]
        return rows, page[-1].id if len(found) > limit else 0

    async def incident(self, number: int) -> Incident | None:
        found = next((one for one in self._engine.incidents() if one.id == number), None)
        return found or await self._journal.read(lambda reader: reader.incident(number))

    async def papers(self, most: int) -> list[Incident]:
        """The newest incidents that owe or have a report, and as many drills; newest first."""
        live = {one.id: one for one in self._engine.incidents()}

        def read(reader: JournalReader) -> list[Incident]:
            found = [live.get(one.id, one) for one in reversed(reader.incidents())]
            reports = [one for one in found if not one.drill and one.report is not ReportState.NONE]
            return reports[:most] + [one for one in found if one.drill][:most]

        return await self._journal.read(read)

    async def case(self, number: int) -> CaseFile | None:
        """All of one incident; None where there is none that owes or has a report."""
        found = await self._journal.read(lambda reader: read_case(reader, number, self.now()))
        return found if found is not None and found.incident.report is not ReportState.NONE else None

    async def row(self, incident: Incident, here: str) -> dict[str, Any]:
        return await self._rows.shown(incident, here)

    async def events(self, number: int) -> list[Event]:
        return await self._journal.read(lambda reader: reader.events(number))

    async def history(self, room: str, days: int) -> RoomHistory:
        """The last so many days of a room, today included, and the months of a year."""
        plan, now = self.plan(), self.now()
        first = dt.datetime.combine(plan.wall(now).date() - dt.timedelta(days=max(days, DAYS_BACK)), dt.time())
        since = first.replace(tzinfo=plan.zone).timestamp() if plan.zone else first.timestamp()

        def read(reader: JournalReader) -> tuple[list[CaseFile], list[Event], float]:
            with reader.snapshot():
                everything = reader.incidents()
                found = [one for one in everything if one.room == room and _ended(one, now) >= since]
                cases = [_case(one, tuple(reader.events(one.id)), now) for one in found[-MOST_CASES:]]
                own = reader.events(0)
                began = [one.opened_at for one in everything[:1]] + [min(one.at, silent_since(one)) for one in own[:1]]
                return cases, [one for one in own if one.verb == "woke"], min([self._started, *began])

        cases, woke, began = await self._journal.read(read)
        return history_of(cases, woke, began, days, now, plan)

    def today(self) -> str:
        """The day in the plan's zone, ISO 8601."""
        return self.plan().wall(self.now()).date().isoformat()

    def duty(self, days: int) -> list[dict[str, Any]]:
        """Who is on duty on each of the days from today on: one row for each roster and day."""
        plan, rows = self.plan(), []
        now = plan.wall(self.now())
        today = now.date()
        groups = {one.roster: key for key, one in plan.data.groups.items() if one.roster}
        for offset in range(days):
            day = today + dt.timedelta(days=offset)
            for key, roster in plan.data.rosters.items():
                start = max(dt.datetime.combine(day, dt.time.fromisoformat(roster.handover)), now)
                people = plan.turn(key, start)
                rows.append(
                    {
                        "day": day.isoformat(),
                        "weekday": day.weekday(),
                        "roster": key,
                        "group": plan.data.groups[groups[key]].name if key in groups else "",
                        "people": [
                            {"id": one, "name": plan.data.contacts[one].name}
                            for one in people
                            if one in plan.data.contacts
                        ],
                    }
                )
        return rows


def _ended(incident: Incident, now: float) -> float:
    return incident.resolved_at if incident.resolved_at is not None else now


def _case(incident: Incident, events: tuple[Event, ...], now: float) -> CaseFile:
    return CaseFile(incident=incident, events=events, notifications=(), now=now)
