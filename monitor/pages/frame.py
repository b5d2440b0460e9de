"""What all families of pages share: which room is asked for, in which language, the page around it, strict headers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from alerting.words import LANGUAGES, Words
from monitor.pages.rendering import choose_language, page
from monitor.pages.source import RoomSource
from monitor.version import VERSION

log = logging.getLogger(__name__)
LONGEST_COOKIE = 100
"""Signs; the longest of ours has 43."""
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


class PageFrame:
    """rooms: by id. home: the room at ``/``. networks: from where reports are taken."""

    def __init__(
        self,
        rooms: Mapping[str, RoomSource],
        home: str,
        public_url: Callable[[], str],
        networks: Callable[[], tuple[str, ...]],
    ) -> None:
        self.rooms, self.home = rooms, home
        self.public_url, self.networks = public_url, networks

    def secure(self, request: web.Request) -> bool:
        """Whether the browser speaks TLS, to this server or to one before it."""
        return request.secure or self.public_url().startswith("https://")

    def link(self, request: web.Request, source: RoomSource) -> str:
        """What a phone opens: the public address where one is configured, else the one that was asked."""
        start = self.public_url().rstrip("/") or f"{request.scheme}://{request.host}"
        return f"{start}/r/{source.id}"

    def source(self, request: web.Request) -> RoomSource | None:
        return self.rooms.get(request.match_info.get("room", self.home))

    def words(self, request: web.Request, source: RoomSource) -> Words:
        accepted = request.headers.get("Accept-Language", "")
        return choose_language(request.query.get("lang", ""), accepted, source.room.language)

    def home_of(self, request: web.Request) -> str:
        return f"/r/{request.match_info['room']}" if "room" in request.match_info else ""

    def address(self, request: web.Request, place: str) -> str:
        return f"{self.home_of(request)}{place}?lang={switched(request)}"

    def page(
        self,
        request: web.Request,
        source: RoomSource,
        template: str,
        words: Words,
        *,
        status: int = 200,
        **values: Any,
    ) -> web.Response:
        shown = source.room
        place = " · ".join(part for part in (shown.site, shown.floor) if part)
        room = {"name": shown.name or source.id, "place": place}
        text = page(template, words, room=room, root="", home=self.home_of(request), version=VERSION, **values)
        return web.Response(status=status, text=text, content_type="text/html", headers=HEADERS)

    def no_room(self, request: web.Request) -> web.Response:
        words = choose_language(request.query.get("lang", ""), request.headers.get("Accept-Language", ""))
        head, sentence = (words.text(f"pages.problem.no_room{part}") for part in ("", "_sentence"))
        return self.problem(request, words, 404, head, sentence)

    def problem(self, request: web.Request, words: Words, status: int, head: str, sentence: str) -> web.Response:
        room = {"name": "Roomwatch", "place": ""}
        text = page("problem.html", words, room=room, root="", home="", version=VERSION, head=head, sentence=sentence)
        return web.Response(status=status, text=text, content_type="text/html", headers=HEADERS)


def switched(request: web.Request) -> str:
    """The language that the switch on the page was set to; "" for none that there is."""
    asked = request.query.get("lang", "")
    return asked if asked in LANGUAGES else ""


def cookie(request: web.Request, name: str) -> str:
    """Its value; "" for none, and for one that no page of ours has set: those are short and plain."""
    found = request.cookies.get(name, "")
    return found if found.isascii() and len(found) < LONGEST_COOKIE else ""


def foreign(request: web.Request) -> bool:
    """Whether another site's page sent this form."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin", "")
    return bool(origin) and origin != "null" and origin.partition("://")[2] != request.host
