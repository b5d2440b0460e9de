"""What tests of the pages share: a room whose status the test holds, real pages on a real port, people with phones."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from alerting.configuration import Secret
from alerting.engine.commands import Refused
from alerting.model.fault import FaultClass
from alerting.model.room import Room as ConfiguredRoom
from alerting.service.paper_files import PaperFiles
from alerting.words import Words
from monitor.api.http import Api
from monitor.pages.routes import Pages
from monitor.pages.source import Reported
from monitor.web.http_runner import http_runner
from tests.pages.cheap_hash import cheap_hash
from tests.pages.phone import Phone
from tests.pages.test_incidents import INCIDENT
from tests.pages.test_server import STATUS
from tests.rooms.site import Site

LOOPBACK = ("127.0.0.0/8",)
PASSWORD = "correct horse 电池"
WRITTEN = cheap_hash(PASSWORD)


@dataclass
class Room:
    """A room whose status the test holds; reports are kept in a list."""

    id: str = "r12"
    document: dict[str, Any] = field(default_factory=lambda: {**STATUS, "room": "r12", "name": "Room 12"})
    reports: list[tuple[FaultClass, str, str]] = field(default_factory=list)
    scores: list[tuple[int, int, str]] = field(default_factory=list)
    """(incident, or 0 for a meeting; score; words)"""
    refuses: bool = False
    looks: int = 0
    """How often the status was asked for."""

    @property
    def room(self) -> ConfiguredRoom:
        return ConfiguredRoom(id=self.id, name=self.document["name"], language=self.document["language"])

    def status(self) -> Mapping[str, Any]:
        self.looks += 1
        return self.document

    async def series(self) -> dict[tuple[str, str, str], list[tuple[float, float]]]:
        return {}

    async def incident(self, number: int) -> Mapping[str, Any] | None:
        return {**INCIDENT, "number": number} if number < 100 else None

    async def report(self, fault_class: FaultClass, text: str, name: str) -> Reported:
        if self.refuses:
            raise Refused("no")
        await asyncio.sleep(0.01)  # as long as a journal takes to write it
        self.reports.append((fault_class, text, name))
        return Reported(7, joined=len(self.reports) > 1)

    async def feedback(self, number: int, score: int, text: str, name: str) -> None:
        await asyncio.sleep(0.01)
        self.scores.append((number, score, text))

    async def meeting_feedback(self, score: int, text: str) -> None:
        self.scores.append((0, score, text))

    def calls(self) -> Sequence[Mapping[str, str]]:
        return [{"name": "Li Wei", "phone": "+86 10 8101"}]

    def elsewhere(self, words: Words) -> Sequence[str]:
        return ["Room 402"]


def lakeside() -> dict[str, Room]:
    """The first room of tests/rooms/site.py."""
    return {"R1": Room(id="R1", document={**STATUS, "room": "R1", "name": "Lakeside"})}


@contextlib.asynccontextmanager
async def served(*parts: Pages | Api) -> AsyncIterator[str]:
    """The address at which they are."""
    app = web.Application(client_max_size=65536)
    for part in parts:
        part.add_to(app)
    runner = http_runner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@dataclass
class Office:
    """A site, its pages, and people with phones. users: who can sign in, all with PASSWORD."""

    site: Site
    address: str
    users: dict[str, Secret] = field(default_factory=dict)
    phones: list[Phone] = field(default_factory=list)

    def phone(self) -> Phone:
        self.phones.append(Phone(self.address))
        return self.phones[-1]

    async def signed_in(self, name: str, to: str = "/") -> Phone:
        phone = self.phone()
        await sign_in(phone, name, to=to)
        return phone


async def sign_in(phone: Phone, name: str, password: str = PASSWORD, to: str = "/") -> None:
    await phone.send({"": "/sign-in", "name": name, "password": password, "to": to})


@contextlib.asynccontextmanager
async def open_office(site: Site, users: Iterable[str], files: PaperFiles | None = None) -> AsyncIterator[Office]:
    """All families of pages over this site; ends its service."""
    known = {name: Secret("literal", WRITTEN) for name in users}
    service = site.service
    pages = Pages(
        lakeside(),
        "R1",
        public_url=str,
        networks=lambda: LOOPBACK,
        desk=service.desk,
        records=service.records,
        files=files,
        users=lambda: known,
    )
    async with served(pages) as address:
        made = Office(site, address, known)
        yield made
        for phone in made.phones:
            await phone.close()
    await service.close()
