"""The addresses of the pages. ``/`` is the home room; ``/r/<room>`` any; nothing here assumes that there is one.

A family of pages is a file and a line in ``Pages``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from alerting.configuration import Secret
from alerting.service.incident_desk import IncidentDesk
from alerting.service.paper_files import PaperFiles
from alerting.service.records import Records
from monitor.pages.duty_pages import DutyPages
from monitor.pages.errors import ErrorPages
from monitor.pages.feedback_pages import FeedbackPages
from monitor.pages.forwarded import ForwardedFor
from monitor.pages.frame import HEADERS, PageFrame
from monitor.pages.history_pages import HistoryPages
from monitor.pages.incident_pages import IncidentPages
from monitor.pages.live_updates import News
from monitor.pages.own_names import OwnNames
from monitor.pages.papers_pages import PapersPages
from monitor.pages.participant_report_pages import ReportPages
from monitor.pages.rendering import STATIC, STATIC_KINDS
from monitor.pages.room_pages import RoomPages
from monitor.pages.sign_in_pages import SignInPages
from monitor.pages.source import RoomSource
from monitor.pages.style_page import StylePage
from monitor.pages.visitors import Visitors


class PageFamily(Protocol):
    """Pages of one subject. start: "" or the part of an address that names a room."""

    def add_to(self, app: web.Application, start: str) -> None: ...


class Pages:
    """rooms: by id. home: the room at ``/``. networks: from where reports are taken. desk: of the incidents, None where
    no plan runs. records: what the history and the office's pages read.
        files: draws documents. users: contact → the hash of their password. hosts: as in monitor/pages/own_names.py.
        proxies: as in monitor/pages/forwarded.py."""

    def __init__(
        self,
        rooms: Mapping[str, RoomSource],
        home: str,
        *,
        public_url: Callable[[], str],
        networks: Callable[[], tuple[str, ...]],
        desk: IncidentDesk | None = None,
        records: Records | None = None,
        files: PaperFiles | None = None,
        users: Callable[[], Mapping[str, Secret]] = dict,
        hosts: Callable[[], Collection[str]] = tuple,
        proxies: Callable[[], Sequence[str]] = tuple,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hosts, self._proxies = hosts, proxies
        self.news = {name: News(source.status) for name, source in rooms.items()}
        self.frame = frame = PageFrame(rooms, home, public_url, networks)
        self._families: list[PageFamily] = [
            RoomPages(frame, self.news, office=records is not None),
            ReportPages(frame, self._look_at, clock),
            FeedbackPages(frame, clock),
            StylePage(frame),
        ]
        if desk is not None:
            visitors = Visitors(users, desk, clock)
            self._families += [IncidentPages(frame, desk, visitors, self.look), SignInPages(frame, desk, visitors)]
            if records is not None:
                self._families += [HistoryPages(frame, records, visitors), DutyPages(frame, desk, records, visitors)]
            if records is not None and files is not None:
                self._families += [PapersPages(frame, desk, records, visitors, files)]

    def serve(self, rooms: Mapping[str, RoomSource], home: str) -> None:
        """Other rooms from now on, or the same under another id. Open pages of the old ones hear no more."""
        self.frame.rooms, self.frame.home = rooms, home
        self.news.clear()
        self.news.update({name: News(source.status) for name, source in rooms.items()})

    def look(self) -> None:
        """Something may have changed: open pages hear of it where it did."""
        for news in self.news.values():
            news.look()

    def _look_at(self, room: str) -> None:
        self.news[room].look()

    async def _end_streams(self, app: web.Application) -> None:
        for news in self.news.values():
            news.end()

    def add_to(self, app: web.Application) -> None:
        app.on_shutdown.append(self._end_streams)
        outermost = (ForwardedFor(self._proxies), ErrorPages(self.frame), OwnNames(self.frame, self._hosts))
        app.middlewares.extend(one.middleware for one in outermost)
        for name, text in STATIC.items():
            app.router.add_get(f"/static/{name}", _static(text, STATIC_KINDS[Path(name).suffix]))
        for start in ("", "/r/{room}"):
            for family in self._families:
                family.add_to(app, start)


def _static(text: str, kind: str) -> Callable[[web.Request], Any]:
    async def serve(request: web.Request) -> web.Response:
        kept = HEADERS | {"Cache-Control": "max-age=86400"}
        answer = web.Response(text=text, content_type=kind, headers=kept)
        answer.enable_compression()  # not for pages: they hold tokens beside what a stranger may have typed
        return answer

    return serve
