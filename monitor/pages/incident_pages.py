"""The incident's own page, behind the signed link of a message: read it, press one button, see what became of it.

Opening changes nothing, whoever opens it (a messenger's preview does). Each button is a POST with a token of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from alerting.inbound.link_signing import LinkRefusedError, Refusal
from alerting.messages.reasons import ReasonNames, say_reason
from alerting.model.reason import Reason
from alerting.papers.report.phrasing import Phrasing
from alerting.service.incident_desk import IncidentDesk, IncidentReader, OpenedIncident
from alerting.service.incident_words import begun
from alerting.words import Words
from monitor.pages.bodies import form_of
from monitor.pages.frame import PageFrame, cookie, foreign
from monitor.pages.incident_actions import FIELDS, Actions, arguments
from monitor.pages.incident_view import incident_view
from monitor.pages.live_updates import mark_of
from monitor.pages.rendering import choose_language
from monitor.pages.source import RoomSource
from monitor.pages.visitors import Visitors

BROWSER = "roomwatch_browser"
"""The cookie that tells one browser from another. It names nobody."""
BROWSER_SECONDS = 30 * 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody at the page of an incident. source: its room, or the one that was asked for. words: the reader's."""

    reader: IncidentReader
    opened: OpenedIncident
    source: RoomSource
    words: Words


class IncidentPages:
    """look: called after a button was carried out."""

    def __init__(self, frame: PageFrame, desk: IncidentDesk, visitors: Visitors, look: Callable[[], None]) -> None:
        self._frame, self._desk, self._visitors, self._look = frame, desk, visitors, look

    def add_to(self, app: web.Application, start: str) -> None:
        app.router.add_get(f"{start}/i/{{number:[0-9]{{1,12}}}}", self._show)
        app.router.add_post(f"{start}/i/{{number:[0-9]{{1,12}}}}", self._press)
        if not start:
            app.router.add_get("/take/{token}", self._old_link)

    async def _show(self, request: web.Request) -> web.Response:
        visit = await self._visit(request, request.query.get("k", ""))
        if isinstance(visit, web.Response):
            return visit
        verb = request.query.get("done", "")
        done = visit.words.text(f"pages.incident.done.{verb}", name=visit.reader.name) if verb in FIELDS else ""
        return await self._page(request, visit, good=done)

    async def _press(self, request: web.Request) -> web.Response:
        form = await form_of(request)
        visit = await self._visit(request, form.get("k", ""))
        if isinstance(visit, web.Response):
            return visit
        words, verb, number = visit.words, form.get("verb", ""), visit.opened.incident.id
        if foreign(request) or verb not in FIELDS:
            return await self._page(request, visit, bad=words.text("message.link.malformed"), form=form, status=400)
        try:
            token, seen = form.get("token", ""), form.get("seen", "")
            said = await self._desk.press(visit.reader, number, verb, token, seen, arguments(verb, form))
        except LinkRefusedError as error:
            stale = error.refusal is Refusal.EXPIRED
            bad = words.text("pages.incident.stale" if stale else f"message.link.{error.refusal}")
            return await self._page(request, visit, bad=bad, form=form, status=403)
        if said.refused is not None:
            again = await self._visit(request, form.get("k", ""))  # as it is now, not as it was before the press
            if isinstance(again, web.Response):
                return again
            return await self._page(request, again, bad=self._said(said.refused, words), form=form, status=409)
        self._look()
        asked = {"k": visit.reader.key, "lang": words.language, "done": verb}
        raise web.HTTPSeeOther(f"{self._frame.home_of(request)}/i/{number}?{urlencode(asked)}")

    async def _old_link(self, request: web.Request) -> web.Response:
        """A link of an earlier version leads to the incident's page; it takes nothing by itself any more."""
        try:
            number, key = self._desk.renewed(request.match_info["token"])
        except LinkRefusedError as error:
            return self._refused(request, error)
        raise web.HTTPSeeOther(f"/i/{number}?{urlencode({'k': key})}")

    async def _visit(self, request: web.Request, key: str) -> Visit | web.Response:
        """Who reads which incident, or the page that says why not."""
        asked = self._frame.source(request)
        if asked is None:
            return self._frame.no_room(request)
        number = int(request.match_info["number"])
        try:
            reader = self._reader(request, number, key)
        except LinkRefusedError as error:
            if not key and self._visitors.anybody:
                raise self._visitors.ask(request) from None
            return self._refused(request, error)
        opened = await self._desk.open(number, asked.id) if reader is not None else None
        if reader is None or opened is None:
            words = self._frame.words(request, asked)
            head, sentence = (words.text(f"message.link.{one}") for one in ("over_title", "over"))
            return self._frame.problem(request, words, 410, head, sentence)
        source = self._frame.rooms.get(opened.incident.room, asked)
        words = choose_language(request.query.get("lang", ""), "", reader.language)
        return Visit(reader=reader, opened=opened, source=source, words=words)

    def _reader(self, request: web.Request, number: int, key: str) -> IncidentReader | None:
        """By the key of a message; without one, whoever is signed in. Raises LinkRefusedError."""
        address, signed_in = request.remote or "", "" if key else self._visitors.contact(request)
        if signed_in:
            return self._desk.signed_in(signed_in, address)
        return self._desk.reader(number, key, cookie(request, BROWSER), address)

    def _refused(self, request: web.Request, error: LinkRefusedError) -> web.Response:
        words = choose_language(request.query.get("lang", ""), request.headers.get("Accept-Language", ""))
        head, sentence = words.text("message.link.refused_title"), words.text(f"message.link.{error.refusal}")
        return self._frame.problem(request, words, 403, head, sentence)

    async def _page(
        self,
        request: web.Request,
        visit: Visit,
        *,
        good: str = "",
        bad: str = "",
        form: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> web.Response:
        """good, bad: what became of a press. form: what was typed where it was not carried out; it is kept."""
        words, reader, opened = visit.words, visit.reader, visit.opened
        names, plan, document = self._desk.names, self._desk.plan().data, visit.source.status()
        phrasing = Phrasing(words, plan, names.room)
        shows_only = self._desk.only_shows(reader)
        actions = Actions(
            opened.incident,
            plan,
            reader.contact,
            words,
            lambda verb: self._desk.button(verb, opened.incident, reader),
            float(document["now"]),
        )
        whole = bool(request.query.get("all"))
        view = incident_view(opened, document, phrasing, await visit.source.series(), whole=whole)
        answer = self._frame.page(
            request,
            visit.source,
            "incident.html",
            words,
            status=status,
            kept=urlencode({"k": reader.key}) + "&",
            key=reader.key,
            me=words.text("pages.incident.me", name=reader.name),
            good=good,
            bad=bad or (self._said(Reason("link_elsewhere"), words) if shows_only else ""),
            typed=form or {},
            actions=() if shows_only else actions.first(),
            groups=() if shows_only else actions.groups(),
            seen=mark_of(document),
            **view,
        )
        if request.method == "GET" and not cookie(request, BROWSER):
            answer.set_cookie(
                BROWSER,
                secrets.token_urlsafe(16),
                max_age=BROWSER_SECONDS,
                httponly=True,
                samesite="Lax",
                secure=self._frame.secure(request),
            )
        return answer

    def _said(self, reason: Reason, words: Words) -> str:
        names = ReasonNames(person=self._desk.names.person, entry=self._desk.names.entry)
        text = say_reason(reason, words, names)
        return begun(text)
