"""How the help was after an incident, and how a meeting was where the plan asks for that: one tap and a sentence."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from aiohttp import web

from alerting.engine.commands import Refused
from alerting.service.cleaned_text import one_line
from monitor.pages import participant_report as reports
from monitor.pages.bodies import form_of
from monitor.pages.frame import PageFrame, foreign
from monitor.pages.sent_forms import SentForms
from monitor.pages.source import RoomSource

SCORES = ("5", "3", "1")
FROM_ALL = 120
"""Answers within ten minutes: a full hall answers when its meeting ends."""


class FeedbackPages:
    """clock: seconds that never run back."""

    def __init__(self, frame: PageFrame, clock: Callable[[], float]) -> None:
        self._frame, self._sent = frame, SentForms()
        self._limit = reports.ReportLimit(clock, from_all=FROM_ALL)

    def add_to(self, app: web.Application, start: str) -> None:
        for place in (f"{start}/feedback", f"{start}/feedback/{{number:[0-9]{{1,12}}}}"):
            app.router.add_get(place, self._form)
            app.router.add_post(place, self._take)

    async def _form(self, request: web.Request) -> web.Response:
        source = self._frame.source(request)
        if source is None:
            return self._frame.no_room(request)
        return await self._there(request, source) or self._page(request, source, done=bool(request.query.get("done")))

    async def _take(self, request: web.Request) -> web.Response:
        source, form = self._frame.source(request), await form_of(request)
        if source is None:
            return self._frame.no_room(request)
        async with self._sent.turn(form.get("once", "")):
            return await self._answer(request, source, form)

    async def _answer(self, request: web.Request, source: RoomSource, form: Mapping[str, str]) -> web.Response:
        once, text = form.get("once", ""), one_line(form.get("text", ""), reports.LONGEST_TEXT)
        if before := self._sent.led_to(once):
            raise web.HTTPSeeOther(before)
        inside = reports.inside(request.remote or "", self._frame.networks())
        if foreign(request) or not inside:
            return self._page(request, source, problem="foreign" if inside else "outside", text=text, status=403)
        if missing := await self._there(request, source):
            return missing
        if form.get("score", "") not in SCORES:
            return self._page(request, source, problem="choose_score", text=text, status=400)
        if not self._limit.allows(request.remote or "", source.id):
            return self._page(request, source, problem="too_many", text=text, status=429)
        try:
            await self._keep(request, source, int(form["score"]), text)
        except Refused:
            return self._page(request, source, problem="broken", text=text, status=409)
        number = request.match_info.get("number", "")
        address = self._frame.address(request, f"/feedback/{number}" if number else "/feedback") + "&done=1"
        self._sent.remember(once, address)
        raise web.HTTPSeeOther(address)

    async def _keep(self, request: web.Request, source: RoomSource, score: int, text: str) -> None:
        if number := request.match_info.get("number", ""):
            await source.feedback(int(number), score, text, "")
        else:
            await source.meeting_feedback(score, text)

    async def _there(self, request: web.Request, source: RoomSource) -> web.Response | None:
        """The page that says that there is nothing to answer; None where there is."""
        words, number = self._frame.words(request, source), request.match_info.get("number", "")
        if number and await source.incident(int(number)) is None:
            return self._frame.problem(request, words, 404, words.text("pages.followed.gone"), "")
        if not number and not source.status().get("feedback_after_meetings"):
            return self._frame.problem(request, words, 404, words.text("pages.feedback.not_wanted"), "")
        return None

    def _page(
        self,
        request: web.Request,
        source: RoomSource,
        *,
        problem: str = "",
        text: str = "",
        done: bool = False,
        status: int = 200,
    ) -> web.Response:
        words, number = self._frame.words(request, source), request.match_info.get("number", "")
        return self._frame.page(
            request,
            source,
            "feedback.html",
            words,
            status=status,
            place=f"/feedback/{number}" if number else "/feedback",
            head=words.text("pages.feedback.ask" if number else "pages.feedback.ask_meeting"),
            thanks=words.text("pages.feedback.thanks" if number else "pages.feedback.thanks_meeting"),
            scores=SCORES,
            problem=words.text(f"pages.report.{problem}") if problem else "",
            text=text,
            done=done,
            once=secrets.token_urlsafe(12),
            longest_text=reports.LONGEST_TEXT,
        )
