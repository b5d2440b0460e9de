"""``/papers``: reports from draft to signature, improvements, drills, the plan; for those whom the plan names."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from alerting.inbound.link_signing import LinkRefusedError, Refusal
from alerting.messages.reasons import ReasonNames, say_reason
from alerting.papers.report.case_file import CaseFile
from alerting.papers.report.phrasing import Phrasing
from alerting.service.answer import LONGEST_REQUEST, CommandAnswer
from alerting.service.incident_desk import IncidentDesk, IncidentReader
from alerting.service.incident_words import begun
from alerting.service.paper_files import PaperFiles, PaperNotMade
from alerting.service.permissions import may_read_papers
from alerting.service.records import Records
from alerting.words import Words
from monitor.pages.bodies import form_of
from monitor.pages.frame import HEADERS, PageFrame, foreign
from monitor.pages.papers_view import FIELDS, LISTED, given, list_view, report_view
from monitor.pages.sent_forms import SentForms
from monitor.pages.source import RoomSource
from monitor.pages.visitors import Visitors

FORMS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
ON_LIST = frozenset({"improvement_add", "improvement_close"})
"""Verbs that belong to no incident."""


class PapersPages:
    def __init__(
        self, frame: PageFrame, desk: IncidentDesk, records: Records, visitors: Visitors, files: PaperFiles
    ) -> None:
        self._frame, self._desk, self._records = frame, desk, records
        self._visitors, self._files = visitors, files
        self._sent = SentForms()

    def add_to(self, app: web.Application, start: str) -> None:
        if start:
            return
        app.router.add_get("/papers", self._list)
        app.router.add_post("/papers", self._do)
        app.router.add_get("/papers/{number:[0-9]{1,12}}", self._report)
        app.router.add_post("/papers/{number:[0-9]{1,12}}", self._do)
        app.router.add_get("/papers/{kind:report|drill}-{number:[0-9]{1,12}}.{form:pdf|docx}", self._file)
        app.router.add_get("/papers/{kind:plan|cards|review}.{form:pdf|docx}", self._file)

    async def _list(self, request: web.Request) -> web.Response:
        return await self._list_page(request, self._reader(request))

    async def _list_page(
        self, request: web.Request, reader: IncidentReader, bad: str = "", form: Mapping[str, str] | None = None
    ) -> web.Response:
        source, words = self._place(request, reader)
        papers = await self._records.papers(LISTED)
        phrasing = self._phrasing(words)
        view = list_view(papers, phrasing, self._records.plan(), self._records.recall, self._records.now())
        once = secrets.token_urlsafe(12)
        return self._page(request, source, words, reader, "papers.html", bad, form, once=once, **view)

    async def _report(self, request: web.Request) -> web.Response:
        return await self._report_page(request, self._reader(request))

    async def _report_page(
        self, request: web.Request, reader: IncidentReader, bad: str = "", form: Mapping[str, str] | None = None
    ) -> web.Response:
        source, words = self._place(request, reader)
        number = int(request.match_info["number"])
        case = await self._records.case(number)
        if case is None:
            head, sentence = (words.text(f"pages.papers.gone{part}") for part in ("", "_sentence"))
            return self._frame.problem(request, words, 404, head, sentence)
        view = report_view(
            case, self._phrasing(words), self._records.plan(), reader.contact, self._button(case, reader)
        )
        return self._page(request, source, words, reader, "paper.html", bad, form, **view)

    def _button(self, case: CaseFile, reader: IncidentReader) -> Any:
        return lambda verb: self._desk.button(verb, case.incident, reader)

    async def _do(self, request: web.Request) -> web.Response:
        reader = self._reader(request)  # first: only who writes reports may send as much
        form = await form_of(request, LONGEST_REQUEST)
        number, verb = int(request.match_info.get("number", 0)), form.get("verb", "")
        _, words = self._place(request, reader)
        again = self._report_page if number else self._list_page
        if foreign(request) or verb not in FIELDS or (verb in ON_LIST) == bool(number):
            answer = await again(request, reader, words.text("message.link.malformed"), form)
            answer.set_status(400)
            return answer
        try:
            said = await (self._press(reader, number, verb, form) if number else self._tell(reader, verb, form, words))
        except LinkRefusedError as error:
            key = "pages.incident.stale" if error.refusal is Refusal.EXPIRED else f"message.link.{error.refusal}"
            answer = await again(request, reader, words.text(key), form)
            answer.set_status(403)
            return answer
        if said.refused is not None:
            names = ReasonNames(person=self._desk.names.person, entry=self._desk.names.entry)
            text = say_reason(said.refused, words, names)
            answer = await again(request, reader, begun(text), form)
            answer.set_status(409)
            return answer
        raise web.HTTPSeeOther(_done(number, verb, words))

    async def _press(self, reader: IncidentReader, number: int, verb: str, form: Mapping[str, str]) -> CommandAnswer:
        return await self._desk.press(reader, number, verb, form.get("token", ""), "", given(verb, form))

    async def _tell(self, reader: IncidentReader, verb: str, form: Mapping[str, str], words: Words) -> CommandAnswer:
        """A form of the list. What belongs to an incident has tokens of its own."""
        once = form.get("once", "")
        async with self._sent.turn(once):
            if before := self._sent.led_to(once):
                raise web.HTTPSeeOther(before)
            said = await self._desk.tell(reader, verb, given(verb, form))
            if said.refused is None:
                self._sent.remember(once, _done(0, verb, words))
            return said

    async def _file(self, request: web.Request) -> web.Response:
        reader = self._reader(request)
        _, words = self._place(request, reader)
        kind, form = request.match_info["kind"], request.match_info["form"]
        number = int(request.match_info.get("number", 0))
        name = f"{kind}-{number}" if number else kind
        try:
            found = await self._files.signed(number, form) if kind == "report" else None
            found = found or await self._files.drawn(_command(kind, number, words, form), form, name)
        except PaperNotMade as error:
            sentence = words.text("pages.papers.busy" if error.busy else "pages.papers.not_drawn")
            return self._frame.problem(request, words, 503, words.text("pages.papers.no_file"), sentence)
        kept = HEADERS | {"Content-Disposition": f'inline; filename="{name}.{form}"'}
        return web.Response(body=found, content_type=FORMS[form], headers=kept)

    def _reader(self, request: web.Request) -> IncidentReader:
        """Who is signed in and named by the plan. Raises the way to the sign-in page, or 403."""
        contact = self._visitors.contact(request)
        reader = self._desk.signed_in(contact, request.remote or "") if contact else None
        if reader is None:
            raise self._visitors.ask(request)
        if not may_read_papers(self._records.plan(), contact):
            raise web.HTTPForbidden
        return reader

    def _place(self, request: web.Request, reader: IncidentReader) -> tuple[RoomSource, Words]:
        source = self._frame.source(request)
        assert source is not None  # without a room in the address it is the home room
        return source, self._frame.words(request, source)

    def _phrasing(self, words: Words) -> Phrasing:
        return Phrasing(words, self._records.plan().data, self._desk.names.room)

    def _page(
        self,
        request: web.Request,
        source: RoomSource,
        words: Words,
        reader: IncidentReader,
        template: str,
        bad: str,
        form: Mapping[str, str] | None,
        **values: Any,
    ) -> web.Response:
        verb = request.query.get("done", "")
        good = words.text(f"pages.papers.done.{verb}") if verb in FIELDS and not bad else ""
        return self._frame.page(
            request, source, template, words, me=reader.name, good=good, bad=bad, typed=form or {}, **values
        )


def _done(number: int, verb: str, words: Words) -> str:
    """Where a form leads that was carried out."""
    place = f"/papers/{number}" if number else "/papers"
    return f"{place}?{urlencode({'lang': words.language, 'done': verb})}"


def _command(kind: str, number: int, words: Words, form: str) -> list[str]:
    """What the child is to draw, in the reader's language where the command takes one."""
    options = ["--format", form, "--language", words.language]
    if kind == "drill":
        return ["drill", "show", str(number)]
    if kind == "report":
        return ["report", str(number), *options]
    return ["review", "--since", "90d", *options] if kind == "review" else ["plan", "render", *options]
