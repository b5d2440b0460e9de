"""What people in the room report: three taps, a receipt with a number, and a page that follows it until it works."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from aiohttp import web

from alerting.engine.commands import Refused
from alerting.service.cleaned_text import one_line
from alerting.service.incident_words import accepted, action, begun, people, title
from monitor.pages import participant_report as reports
from monitor.pages.bodies import form_of
from monitor.pages.frame import PageFrame, foreign
from monitor.pages.live_updates import mark_of
from monitor.pages.sent_forms import SentForms
from monitor.pages.source import RoomSource


class ReportPages:
    """look: called with the room's id after a report. clock: seconds that never run back."""

    def __init__(self, frame: PageFrame, look: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._frame, self._look = frame, look
        self._limit = reports.ReportLimit(clock)
        self._sent = SentForms()

    def add_to(self, app: web.Application, start: str) -> None:
        app.router.add_get(f"{start}/report", self._form)
        app.router.add_post(f"{start}/report", self._report)
        app.router.add_get(f"{start}/report/{{number:[0-9]{{1,12}}}}", self._followed)

    async def _form(self, request: web.Request) -> web.Response:
        source = self._frame.source(request)
        return self._frame.no_room(request) if source is None else self._report_form(request, source)

    async def _report(self, request: web.Request) -> web.Response:
        source = self._frame.source(request)
        if source is None:
            return self._frame.no_room(request)
        form = await form_of(request)
        async with self._sent.turn(form.get("once", "")):
            return await self._take(request, source, form)

    async def _take(self, request: web.Request, source: RoomSource, form: Mapping[str, str]) -> web.Response:
        kind, once = form.get("kind", ""), form.get("once", "")
        text, name = one_line(form.get("text", ""), reports.LONGEST_TEXT), one_line(form.get("name", ""), 80)
        if before := self._sent.led_to(once):
            raise web.HTTPSeeOther(before)
        if not reports.inside(request.remote or "", self._frame.networks()):
            return self._report_form(request, source, problem="outside", kind=kind, text=text, name=name, status=403)
        if foreign(request):
            return self._report_form(request, source, problem="foreign", kind=kind, text=text, name=name, status=403)
        if kind not in reports.KINDS:
            return self._report_form(request, source, problem="choose", kind=kind, text=text, name=name, status=400)
        if not self._limit.allows(request.remote or "", source.id):
            return self._report_form(request, source, problem="too_many", kind=kind, text=text, name=name, status=429)
        try:
            made = await source.report(
                reports.KINDS[kind], text or reports.kind_words(kind, source.room.language), name
            )
        except Refused:
            return self._report_form(request, source, problem="broken", kind=kind, text=text, name=name, status=409)
        self._look(source.id)
        receipt = self._frame.address(request, f"/report/{made.number}") + f"&kind={kind}"
        self._sent.remember(once, receipt)
        raise web.HTTPSeeOther(receipt + ("&joined=1" if made.joined else ""))

    def _report_form(
        self,
        request: web.Request,
        source: RoomSource,
        *,
        problem: str = "",
        kind: str = "",
        text: str = "",
        name: str = "",
        status: int = 200,
    ) -> web.Response:
        words = self._frame.words(request, source)
        return self._frame.page(
            request,
            source,
            "report.html",
            words,
            status=status,
            kinds=list(reports.KINDS),
            chosen=kind,
            problem=words.text(f"pages.report.{problem}") if problem else "",
            text=text,
            name=name,
            once=secrets.token_urlsafe(12),
            longest_text=reports.LONGEST_TEXT,
            longest_name=reports.LONGEST_NAME,
        )

    async def _followed(self, request: web.Request) -> web.Response:
        """The reporter's page: follows the incident until it works."""
        source = self._frame.source(request)
        if source is None:
            return self._frame.no_room(request)
        words, number = self._frame.words(request, source), int(request.match_info["number"])
        row = await source.incident(number)
        if row is None:
            return self._frame.problem(request, words, 404, words.text("pages.followed.gone"), "")
        kind = request.query.get("kind", "")
        kind = kind if kind in reports.KINDS else "other"
        over = row["phase"] in ("resolved", "closed")
        state = "over" if over else "taken" if row["taken_by"] else "told" if accepted(dict(row)) else "untold"
        seen = [title({**row, "faults": [fault]}, words) for fault in row["faults"] if "reported" not in fault["code"]]
        shown = {"over": ("ready", "ready"), "taken": ("limited", "limited")}
        css, icon = shown.get(state, ("unknown-verdict", "feedback"))
        return self._frame.page(
            request,
            source,
            "followed.html",
            words,
            number=number,
            css=css,
            icon=icon,
            word=words.text(f"pages.followed.{'told' if state == 'untold' else state}_word"),
            sentence=words.text(f"pages.followed.{state}"),
            joined=bool(request.query.get("joined")),
            people="" if over else begun(people(dict(row), words)),
            seen=[*seen, *([action(dict(row), words)] if seen else [])],
            steps=[words.text(f"pages.help.{kind}_{step}") for step in (1, 2)],
            elsewhere=source.elsewhere(words),
            over=over,
            seen_at=mark_of(source.status()),
        )
