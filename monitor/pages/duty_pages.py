"""``/duty``: who is on duty this week and next, swaps between two people, spares and inspections."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from alerting.messages.reasons import ReasonNames, say_reason
from alerting.plan.swaps import SWAPS, read_swaps
from alerting.plan.wall_time import clock
from alerting.service.cleaned_text import one_line
from alerting.service.incident_desk import IncidentDesk, IncidentReader
from alerting.service.incident_words import begun
from alerting.service.records import Records
from alerting.words import Words
from monitor.pages.bodies import form_of
from monitor.pages.frame import PageFrame, foreign
from monitor.pages.sent_forms import SentForms
from monitor.pages.visitors import Visitors

DAYS = 14
FIELDS: Mapping[str, tuple[str, ...]] = {
    "duty_ask": ("roster", "day", "taker"),
    "duty_agree": ("key",),
    "duty_withdraw": ("key",),
    "spare_take": ("name",),
    "spare_return": ("name",),
    "spare_checked": ("name",),
    "inspection_done": ("name", "text"),
}
"""Verbs of the page → the fields of a form that are handed on."""


class DutyPages:
    def __init__(self, frame: PageFrame, desk: IncidentDesk, records: Records, visitors: Visitors) -> None:
        self._frame, self._desk, self._records, self._visitors = frame, desk, records, visitors
        self._sent = SentForms()

    def add_to(self, app: web.Application, start: str) -> None:
        if not start:
            app.router.add_get("/duty", self._show)
            app.router.add_post("/duty", self._do)

    async def _show(self, request: web.Request) -> web.Response:
        return await self._page(request, self._reader(request))

    async def _do(self, request: web.Request) -> web.Response:
        reader, form = self._reader(request), await form_of(request)
        words, verb, once = self._words(request), form.get("verb", ""), form.get("once", "")
        if foreign(request) or verb not in FIELDS or not once:
            return await self._page(request, reader, words.text("message.link.malformed"), 400)
        async with self._sent.turn(once):
            if before := self._sent.led_to(once):
                raise web.HTTPSeeOther(before)
            given = {name: one_line(form.get(name, ""), 500) for name in FIELDS[verb]}
            said = await self._desk.tell(reader, verb, given)
            if said.refused is not None:
                names = ReasonNames(person=self._desk.names.person, entry=self._desk.names.entry)
                text = say_reason(said.refused, words, names)
                return await self._page(request, reader, begun(text), 409)
            address = f"/duty?{urlencode({'lang': words.language, 'done': verb})}"
            self._sent.remember(once, address)
        raise web.HTTPSeeOther(address)

    def _reader(self, request: web.Request) -> IncidentReader:
        contact = self._visitors.contact(request)
        reader = self._desk.signed_in(contact, request.remote or "") if contact else None
        if reader is None:
            raise self._visitors.ask(request)
        return reader

    def _words(self, request: web.Request) -> Words:
        source = self._frame.source(request)
        assert source is not None  # without a room in the address it is the home room
        return self._frame.words(request, source)

    async def _page(
        self, request: web.Request, reader: IncidentReader, bad: str = "", status: int = 200
    ) -> web.Response:
        source, words = self._frame.source(request), self._words(request)
        assert source is not None
        verb = request.query.get("done", "")
        good = words.text(f"pages.duty.done.{verb}") if verb in FIELDS and not bad else ""
        spares = await self._desk.tell(reader, "spares", {})
        inspections = await self._desk.tell(reader, "inspections", {})
        zone = self._records.plan().data.timezone
        return self._frame.page(
            request,
            source,
            "duty.html",
            words,
            status=status,
            me=reader.name,
            mine=reader.contact,
            good=good,
            bad=bad,
            once=secrets.token_urlsafe(12),
            rosters=self._rosters(words, reader.contact),
            asked=self._asked(reader.contact),
            people=self._others(reader.contact),
            spares=[
                {**one, "out": [{**two, "since": clock(two["at"], zone, "%m-%d")} for two in one["out"]]}
                for one in spares.document.get("spares", ())
            ],
            inspections=[
                {**one, "last": clock(one["last"], zone, "%Y-%m-%d") if one["last"] else ""}
                for one in inspections.document.get("inspections", ())
            ],
        )

    def _rosters(self, words: Words, me: str) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for row in self._records.duty(DAYS):
            roster = found.setdefault(
                row["roster"], {"id": row["roster"], "name": row["group"], "days": [], "mine": []}
            )
            weekday = words.text(f"pages.duty.weekday.{row['weekday']}")
            day = {**row, "weekday": weekday, "today": not roster["days"]}
            roster["days"].append(day)
            if me in (one["id"] for one in row["people"]):
                roster["mine"].append(day)
        return list(found.values())

    def _asked(self, me: str) -> list[dict[str, Any]]:
        """Swaps that wait for a word, of the reader's own."""
        return [
            {
                "key": one.key,
                "day": one.day,
                "mine": one.giver == me,
                "giver": self._desk.names.person(one.giver),
                "taker": self._desk.names.person(one.taker),
            }
            for one in read_swaps(self._records.recall(SWAPS) or "")
            if not one.agreed and me in (one.giver, one.taker) and one.day >= self._records.today()
        ]

    def _others(self, me: str) -> list[tuple[str, str]]:
        """Who can be asked to stand in: everybody of the groups that have a roster."""
        data = self._records.plan().data
        members = dict.fromkeys(
            one for group in data.groups.values() if group.roster for one in group.members
        ) | dict.fromkeys(one for roster in data.rosters.values() for one in roster.rotation)
        return [
            (one, data.contacts[one].name)
            for one in members
            if one != me and one in data.contacts and not data.contacts[one].left
        ]
