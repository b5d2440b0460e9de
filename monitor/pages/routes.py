"""The addresses of the pages. ``/`` is the home room; ``/r/<room>`` any; nothing here assumes that there is one."""

from __future__ import annotations

import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from alerting.engine.commands import Refused
from alerting.service.incident_view import accepted, action, people, title
from alerting.words import Words
from monitor.pages import report as reports
from monitor.pages.live_updates import News
from monitor.pages.rendering import SCRIPT, STYLE, choose_language, page
from monitor.pages.room_view import room_view, verdict
from monitor.pages.source import RoomSource
from monitor.pages.table_sign import CannotDraw, qr_svg, table_sign
from monitor.pages.usable import usable
from monitor.version import VERSION

log = logging.getLogger(__name__)

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
REMEMBERED = 500
"""Forms whose sending is remembered: a second press, or a reload, leads to the first one's receipt."""


class Pages:
    """rooms: by id. home: the room at ``/``. networks: from where reports are taken."""

    def __init__(
        self,
        rooms: Mapping[str, RoomSource],
        home: str,
        *,
        public_url: Callable[[], str],
        networks: Callable[[], tuple[str, ...]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rooms, self._home = rooms, home
        self._public_url, self._networks = public_url, networks
        self._limit = reports.ReportLimit(clock)
        self._sent: OrderedDict[str, int] = OrderedDict()
        self.news = {name: News(source.status) for name, source in rooms.items()}

    def look(self) -> None:
        """Something may have changed: open pages hear of it where it did."""
        for news in self.news.values():
            news.look()

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/static/style.css", _static(STYLE, "text/css"))
        app.router.add_get("/static/live.js", _static(SCRIPT, "text/javascript"))
        for start in ("", "/r/{room}"):
            app.router.add_get(start or "/", self._room)
            app.router.add_get(f"{start}/events", self._events)
            app.router.add_get(f"{start}/report", self._form)
            app.router.add_post(f"{start}/report", self._report)
            app.router.add_get(f"{start}/report/{{number:[0-9]{{1,12}}}}", self._followed)
            app.router.add_get(f"{start}/feedback/{{number:[0-9]{{1,12}}}}", self._feedback_form)
            app.router.add_post(f"{start}/feedback/{{number:[0-9]{{1,12}}}}", self._feedback)
            app.router.add_get(f"{start}/qr", self._qr)
            app.router.add_get(f"{start}/sign.pdf", self._sign)
            app.router.add_get(f"{start}/screen", self._screen)

    # The room

    async def _room(self, request: web.Request) -> web.Response:
        source = self._source(request)
        if source is None:
            return self._no_room(request)
        words = self._words(request, source)
        view = room_view(source.status(), words, await source.series())
        return self._page(request, source, "room.html", words, calls=_dialled(source.calls()), **view)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        source = self._source(request)
        return self._no_room(request) if source is None else await self.news[source.id].stream(request)

    async def _screen(self, request: web.Request) -> web.Response:
        """In every language at once: nobody switches it."""
        source = self._source(request)
        if source is None:
            return self._no_room(request)
        from alerting.words import LANGUAGES, load_words

        said = usable(source.status())
        screens = [{"language": one, **verdict(said, load_words(one))} for one in LANGUAGES]
        words = self._words(request, source)
        return self._page(request, source, "screen.html", words, screens=screens, qr=words.text("pages.screen.report"))

    # Reports

    async def _form(self, request: web.Request) -> web.Response:
        source = self._source(request)
        return self._no_room(request) if source is None else self._report_form(request, source)

    async def _report(self, request: web.Request) -> web.Response:
        source = self._source(request)
        if source is None:
            return self._no_room(request)
        form = await _form_of(request)
        kind, once = form.get("kind", ""), form.get("once", "")
        text, name = reports.tidy(form.get("text", ""), reports.LONGEST_TEXT), reports.tidy(form.get("name", ""), 80)
        if once in self._sent:
            raise web.HTTPSeeOther(self._address(request, f"/report/{self._sent[once]}"))
        if not reports.inside(request.remote or "", self._networks()):
            return self._report_form(request, source, problem="outside", kind=kind, text=text, name=name, status=403)
        if _foreign(request) or kind not in reports.KINDS:
            return self._report_form(request, source, problem="choose", kind=kind, text=text, name=name, status=400)
        if not self._limit.allows(request.remote or ""):
            return self._report_form(request, source, problem="too_many", kind=kind, text=text, name=name, status=429)
        try:
            made = await source.report(reports.KINDS[kind], text or _kind_words(kind, source), name)
        except Refused:
            return self._report_form(request, source, problem="broken", kind=kind, text=text, name=name, status=409)
        if once:
            self._sent[once] = made.number
            while len(self._sent) > REMEMBERED:
                self._sent.popitem(last=False)
        self.news[source.id].look()
        joined = "&joined=1" if made.joined else ""
        raise web.HTTPSeeOther(self._address(request, f"/report/{made.number}") + f"&kind={kind}{joined}")

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
        words = self._words(request, source)
        return self._page(
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
        source = self._source(request)
        if source is None:
            return self._no_room(request)
        words, number = self._words(request, source), int(request.match_info["number"])
        row = await source.incident(number)
        if row is None:
            return self._problem(request, words, 404, words.text("pages.followed.gone"), "")
        kind = request.query.get("kind", "")
        kind = kind if kind in reports.KINDS else "other"
        over = row["phase"] in ("resolved", "closed")
        state = "over" if over else "taken" if row["taken_by"] else "told" if accepted(dict(row)) else "untold"
        seen = [title({**row, "faults": [fault]}, words) for fault in row["faults"] if "reported" not in fault["code"]]
        shown = {"over": ("ready", "ready"), "taken": ("limited", "limited")}
        css, icon = shown.get(state, ("unknown-verdict", "unknown"))
        return self._page(
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
            people="" if over else people(dict(row), words),
            seen=[*seen, *([action(dict(row), words)] if seen else [])],
            steps=[words.text(f"pages.help.{kind}_{step}") for step in (1, 2)],
            elsewhere=source.elsewhere(words),
            over=over,
        )

    # Feedback

    async def _feedback_form(self, request: web.Request) -> web.Response:
        return self._feedback_page(request)

    async def _feedback(self, request: web.Request) -> web.Response:
        source, form = self._source(request), await _form_of(request)
        if source is None:
            return self._no_room(request)
        if _foreign(request) or not reports.inside(request.remote or "", self._networks()):
            return self._feedback_page(request, problem="outside", status=403)
        score, text = form.get("score", ""), reports.tidy(form.get("text", ""), reports.LONGEST_TEXT)
        if score not in ("1", "2", "3", "4", "5"):
            return self._feedback_page(request, problem="choose", status=400)
        if not self._limit.allows(request.remote or ""):
            return self._feedback_page(request, problem="too_many", status=429)
        try:
            await source.feedback(int(request.match_info["number"]), int(score), text, "")
        except Refused:
            return self._feedback_page(request, problem="broken", status=409)
        return self._feedback_page(request, done=True)

    def _feedback_page(
        self, request: web.Request, *, problem: str = "", done: bool = False, status: int = 200
    ) -> web.Response:
        source = self._source(request)
        if source is None:
            return self._no_room(request)
        words = self._words(request, source)
        return self._page(
            request,
            source,
            "feedback.html",
            words,
            status=status,
            number=int(request.match_info["number"]),
            problem=words.text(f"pages.report.{problem}") if problem else "",
            done=done,
            longest_text=reports.LONGEST_TEXT,
        )

    # The table sign

    async def _qr(self, request: web.Request) -> web.Response:
        source = self._source(request)
        if source is None:
            return self._no_room(request)
        return web.Response(body=qr_svg(self._link(request, source)), content_type="image/svg+xml", headers=HEADERS)

    async def _sign(self, request: web.Request) -> web.Response:
        source = self._source(request)
        if source is None:
            return self._no_room(request)
        try:
            made = await table_sign(source.status()["name"] or source.id, self._link(request, source))
        except CannotDraw as error:
            words = self._words(request, source)
            return self._problem(request, words, 503, words.text("pages.problem.not_found"), str(error))
        name = f"roomwatch-{source.id}.pdf"
        disposition = {"Content-Disposition": f'inline; filename="{name}"'}
        return web.Response(body=made, content_type="application/pdf", headers=HEADERS | disposition)

    def _link(self, request: web.Request, source: RoomSource) -> str:
        """What a phone opens: the public address where one is configured, else the one that was asked."""
        start = self._public_url().rstrip("/") or f"{request.scheme}://{request.host}"
        return f"{start}/r/{source.id}"

    # What all share

    def _source(self, request: web.Request) -> RoomSource | None:
        return self._rooms.get(request.match_info.get("room", self._home))

    def _words(self, request: web.Request, source: RoomSource) -> Words:
        status = source.status()
        return choose_language(
            request.query.get("lang", ""), request.headers.get("Accept-Language", ""), str(status["language"])
        )

    def _home_of(self, request: web.Request) -> str:
        return f"/r/{request.match_info['room']}" if "room" in request.match_info else ""

    def _address(self, request: web.Request, place: str) -> str:
        language = request.query.get("lang", "")
        return f"{self._home_of(request)}{place}?lang={language if language.isascii() and len(language) < 9 else ''}"

    def _page(
        self,
        request: web.Request,
        source: RoomSource,
        template: str,
        words: Words,
        *,
        status: int = 200,
        **values: Any,
    ) -> web.Response:
        document = source.status()
        room = {
            "name": document["name"] or source.id,
            "place": " · ".join(part for part in (document.get("site", ""), document.get("floor", "")) if part),
        }
        text = page(template, words, room=room, root="", home=self._home_of(request), version=VERSION, **values)
        return web.Response(status=status, text=text, content_type="text/html", headers=HEADERS)

    def _no_room(self, request: web.Request) -> web.Response:
        words = choose_language(request.query.get("lang", ""), request.headers.get("Accept-Language", ""))
        head, sentence = (words.text(f"pages.problem.no_room{part}") for part in ("", "_sentence"))
        return self._problem(request, words, 404, head, sentence)

    def _problem(self, request: web.Request, words: Words, status: int, head: str, sentence: str) -> web.Response:
        room = {"name": "Roomwatch", "place": ""}
        text = page("problem.html", words, room=room, root="", home="", version=VERSION, head=head, sentence=sentence)
        return web.Response(status=status, text=text, content_type="text/html", headers=HEADERS)


def _static(text: str, kind: str) -> Callable[[web.Request], Any]:
    async def serve(request: web.Request) -> web.Response:
        kept = HEADERS | {"Cache-Control": "max-age=86400"}
        return web.Response(text=text, content_type=kind, headers=kept)

    return serve


async def _form_of(request: web.Request) -> dict[str, str]:
    """The text fields of a form; {} for anything that is none."""
    try:
        given = await request.post()
    except (ValueError, web.HTTPException):
        return {}
    return {name: value for name, value in given.items() if isinstance(value, str)}


def _foreign(request: web.Request) -> bool:
    """Whether another site's page sent this form."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin", "")
    return bool(origin) and origin != "null" and origin.partition("://")[2] != request.host


def _kind_words(kind: str, source: RoomSource) -> str:
    """What is kept of a report without a sentence: the kind, in the room's language."""
    from alerting.words import load_words

    return load_words(str(source.status()["language"])).text(f"pages.report.kind.{kind}")


def _dialled(calls: Any) -> list[dict[str, str]]:
    return [{**one, "dial": "".join(sign for sign in one["phone"] if sign.isdigit() or sign == "+")} for one in calls]
