"""The room's own pages: can I meet here, the same for the room's screen, its code and its table sign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from monitor.pages.frame import HEADERS, PageFrame
from monitor.pages.live_updates import News, mark_of
from monitor.pages.room_view import room_view
from monitor.pages.screen_view import screen_view
from monitor.pages.table_sign import CannotDraw, qr_svg, table_sign


class RoomPages:
    """news: the streams of open pages, by room. office: whether there are a history and pages for the office."""

    def __init__(self, frame: PageFrame, news: Mapping[str, News], office: bool = False) -> None:
        self._frame, self._news, self._office = frame, news, office

    def add_to(self, app: web.Application, start: str) -> None:
        app.router.add_get(start or "/", self._room)
        app.router.add_get(f"{start}/events", self._events, allow_head=False)  # a stream has no head alone
        app.router.add_get(f"{start}/qr", self._qr)
        app.router.add_get(f"{start}/sign.pdf", self._sign)
        app.router.add_get(f"{start}/screen", self._screen)

    async def _room(self, request: web.Request) -> web.Response:
        source = self._frame.source(request)
        if source is None:
            return self._frame.no_room(request)
        words = self._frame.words(request, source)
        status = source.status()
        view, seen = room_view(status, words, await source.series(), source.elsewhere(words)), mark_of(status)
        calls = _dialled(source.calls())
        return self._frame.page(
            request, source, "room.html", words, calls=calls, office=self._office, seen=seen, **view
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        source = self._frame.source(request)
        return self._frame.no_room(request) if source is None else await self._news[source.id].stream(request)

    async def _screen(self, request: web.Request) -> web.Response:
        """In every language at once: nobody switches it."""
        source = self._frame.source(request)
        if source is None:
            return self._frame.no_room(request)
        status, words = source.status(), self._frame.words(request, source)
        return self._frame.page(
            request, source, "screen.html", words, seen=mark_of(status), **screen_view(status, source.elsewhere)
        )

    async def _qr(self, request: web.Request) -> web.Response:
        source = self._frame.source(request)
        if source is None:
            return self._frame.no_room(request)
        return web.Response(
            body=qr_svg(self._frame.link(request, source)), content_type="image/svg+xml", headers=HEADERS
        )

    async def _sign(self, request: web.Request) -> web.Response:
        source = self._frame.source(request)
        if source is None:
            return self._frame.no_room(request)
        try:
            made = await table_sign(source.room.name or source.id, self._frame.link(request, source))
        except CannotDraw as error:
            words = self._frame.words(request, source)
            sentence = words.text("pages.papers.busy" if error.busy else "pages.problem.no_sign_sentence")
            return self._frame.problem(request, words, 503, words.text("pages.problem.no_sign"), sentence)
        name = f"roomwatch-{source.id}.pdf"
        disposition = {"Content-Disposition": f'inline; filename="{name}"'}
        return web.Response(body=made, content_type="application/pdf", headers=HEADERS | disposition)


def _dialled(calls: Any) -> list[dict[str, str]]:
    return [{**one, "dial": "".join(sign for sign in one["phone"] if sign.isdigit() or sign == "+")} for one in calls]
