"""The table of calls, and what each of them does: by the same service, actors and rules as the pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from alerting.engine.commands import Refused
from alerting.journal.rows import Event
from alerting.messages.reasons import ReasonNames, say_reason
from alerting.service.cleaned_text import one_line
from alerting.service.display_names import DisplayNames
from alerting.service.records import Records
from alerting.words import load_words
from monitor.api import documents as doc
from monitor.api.call import Asked, Call, Declined, Entrance
from monitor.pages import participant_report as reports
from monitor.pages.incident_actions import FIELDS, arguments
from monitor.pages.source import RoomSource
from monitor.pages.usable import usable
from monitor.views.check_note import unmeasured

Shape = TypeVar("Shape", bound=msgspec.Struct)


class RoomCalls:
    """rooms: by id. look: called after a report."""

    def __init__(
        self,
        rooms: Callable[[], Mapping[str, RoomSource]],
        home: Callable[[], str],
        records: Records,
        names: DisplayNames,
        entrance: Entrance,
        look: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._rooms, self._home, self._records, self._names = rooms, home, records, names
        self._entrance, self._look = entrance, look
        self._limit = reports.ReportLimit(clock, from_one=reports.FROM_ALL)

    def table(self) -> tuple[Call, ...]:
        return (
            Call(method="GET", path="/rooms", id="rooms", summary="All rooms",
                 scope="read", answer=doc.Rooms, work=self._all_rooms),
            Call(method="GET", path="/rooms/{room}", id="room", summary="One room",
                 scope="read", answer=doc.RoomDocument, work=self._one_room),
            Call(method="GET", path="/rooms/{room}/checks", id="checks", summary="What is watched there",
                 scope="read", answer=doc.Checks, query=doc.LanguageQuery, work=self._checks),
            Call(method="GET", path="/rooms/{room}/history", id="history", summary="Availability and incidents",
                 scope="read", answer=doc.History, query=doc.HistoryQuery, work=self._history),
            Call(method="POST", path="/rooms/{room}/reports", id="report", summary="Report a fault",
                 scope="report", answer=doc.ReportAnswer, body=doc.ReportRequest, status=201, work=self._report),
            Call(method="GET", path="/incidents", id="incidents", summary="Incidents, newest first",
                 scope="read", answer=doc.Incidents, query=doc.IncidentsQuery, work=self._incidents),
            Call(method="GET", path="/incidents/{number}", id="incident", summary="One incident",
                 scope="read", answer=doc.IncidentDocument, work=self._incident),
            Call(method="GET", path="/incidents/{number}/timeline", id="timeline", summary="What happened to it",
                 scope="read", answer=doc.Timeline, query=doc.LanguageQuery, work=self._timeline),
            Call(method="POST", path="/incidents/{number}/actions", id="act", summary="Do something to an incident",
                 scope="respond", answer=doc.IncidentDocument, body=doc.ActionRequest, work=self._act),
            Call(method="GET", path="/duty", id="duty", summary="Who is on duty",
                 scope="read", answer=doc.Duty, query=doc.DutyQuery, work=self._duty),
            Call(method="GET", path="/tokens", id="tokens", summary="All tokens, without their secrets",
                 scope="admin", answer=doc.Tokens, work=self._tokens),
            Call(method="DELETE", path="/tokens/{token}", id="revoke", summary="Revoke a token",
                 scope="admin", answer=None, status=204, work=self._revoke),
        )  # fmt: skip

    async def _all_rooms(self, asked: Asked) -> doc.Rooms:
        return doc.Rooms(items=[_room(one) for one in self._rooms().values()])

    async def _one_room(self, asked: Asked) -> doc.RoomDocument:
        return _room(self._source(asked))

    async def _checks(self, asked: Asked) -> doc.Checks:
        rows = self._source(asked).status()["checks"]
        words = load_words(asked.query.lang)
        said = [{**one, "values": _finite(one["values"]), "note": unmeasured(one, words)} for one in rows]
        return doc.Checks(items=[_shaped(one, doc.Check) for one in said])

    async def _history(self, asked: Asked) -> doc.History:
        found = await self._records.history(self._source(asked).id, asked.query.days)
        return _shaped(msgspec.to_builtins(found), doc.History)

    async def _report(self, asked: Asked) -> doc.ReportAnswer:
        source, body = self._source(asked), asked.body
        if not self._limit.allows(asked.token.id, source.id):
            raise Declined(429, "Too many reports", f"{reports.FROM_ALL} of one room within ten minutes.")
        text = one_line(body.text, reports.LONGEST_TEXT) or reports.kind_words(body.kind, source.room.language)
        name = one_line(body.name, reports.LONGEST_NAME) or asked.token.name
        try:
            made = await source.report(reports.KINDS[body.kind], text, name)
        except Refused as refusal:
            raise Declined(409, "Refused", reason=refusal.reason) from None
        self._look()
        return doc.ReportAnswer(number=made.number, joined=made.joined)

    async def _incidents(self, asked: Asked) -> doc.Incidents:
        query = asked.query
        if query.room and query.room not in self._rooms():
            raise Declined(404, "No such room")
        rooms = (query.room,) if query.room else tuple(self._rooms())
        rows, after = await self._records.incidents(
            rooms, live=query.state == "open", before=query.before, limit=query.limit, here=self._home()
        )
        return doc.Incidents(items=[_shaped(one, doc.IncidentDocument) for one in rows], next=after or None)

    async def _incident(self, asked: Asked) -> doc.IncidentDocument:
        return await self._shown(_number(asked))

    async def _shown(self, number: int) -> doc.IncidentDocument:
        found = await self._records.incident(number)
        if found is None or found.room not in self._rooms():
            raise Declined(404, "No such incident")
        return _shaped(await self._records.row(found, self._home()), doc.IncidentDocument)

    async def _timeline(self, asked: Asked) -> doc.Timeline:
        number = _number(asked)
        await self._shown(number)
        events = await self._records.events(number)
        return doc.Timeline(items=[self._entry(one, asked.query.lang) for one in events])

    def _entry(self, event: Event, language: str) -> doc.TimelineEntry:
        names = ReasonNames(person=self._names.person, entry=self._names.entry)
        why = say_reason(event.why, load_words(language), names) if event.why.code else ""
        by = event.by if event.by == "roomwatch" else self._names.person(event.by)
        return doc.TimelineEntry(at=event.at, verb=event.verb, by=by, why=why)

    async def _act(self, asked: Asked) -> doc.IncidentDocument:
        number, body = _number(asked), asked.body
        given = {name: str(getattr(body, name)) for name in ACTION_FIELDS if getattr(body, name)}
        foreign = sorted(set(given) - set(FIELDS[body.verb]))
        if foreign:
            raise Declined(409, "This verb does not take these fields", ", ".join(foreign))
        await self._shown(number)
        await self._entrance.carry_out(body.verb, asked, number, arguments(body.verb, given))
        return await self._shown(number)

    async def _duty(self, asked: Asked) -> doc.Duty:
        return doc.Duty(items=[_shaped(one, doc.DutyDay) for one in self._records.duty(asked.query.days)])

    async def _tokens(self, asked: Asked) -> doc.Tokens:
        answer = await self._entrance.carry_out("tokens", asked)
        return doc.Tokens(items=[_shaped(one, doc.Token) for one in answer["tokens"]])

    async def _revoke(self, asked: Asked) -> None:
        await self._entrance.carry_out("token_revoke", asked, given={"name": asked.place["token"]})

    def _source(self, asked: Asked) -> RoomSource:
        found = self._rooms().get(asked.place["room"])
        if found is None:
            raise Declined(404, "No such room")
        return found


ACTION_FIELDS = tuple(name for name in doc.ActionRequest.__struct_fields__ if name != "verb")


def _number(asked: Asked) -> int:
    return int(asked.place["number"])


def _room(source: RoomSource) -> doc.RoomDocument:
    status, room = source.status(), source.room
    return doc.RoomDocument(
        id=source.id,
        name=room.name,
        floor=room.floor,
        site=room.site,
        usable=usable(status).usable.value,
        meeting=status["meeting"]["running"],
        open_incidents=len(status["incidents"]),
    )


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    """JSON has no infinity and no NaN."""
    return {name: value if abs(value) < 1e308 else None for name, value in values.items()}


def _shaped(row: Any, kind: type[Shape]) -> Shape:
    return msgspec.convert(row, kind, strict=False)
