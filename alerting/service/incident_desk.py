"""An incident as its own page needs it: who reads it, what the journal holds of it, what the reader may press.

Whoever opens the page is a contact of the plan: by the signed link of a message, or signed in with a password.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from alerting.engine.button_presses import elsewhere, shown
from alerting.engine.engine import Engine
from alerting.inbound.link_signing import name_of
from alerting.journal.contract import Journal, JournalReader, JournalUnavailable
from alerting.journal.rows import Event
from alerting.model.actor import Actor, ActorKind
from alerting.model.button_press import Press
from alerting.model.incident import Incident
from alerting.plan.running_plan import RunningPlan
from alerting.service.answer import CommandAnswer, CommandRequest
from alerting.service.display_names import DisplayNames
from alerting.service.incident_row import IncidentRows
from alerting.service.signed_links import SignedLinks


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReader:
    """A contact who opened an incident's page. key: of their link, "" for somebody who signed in. browser: what tells
    this browser from others, "" where it keeps no cookies. address: from where on the network."""

    contact: str
    name: str
    language: str
    key: str = ""
    browser: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedIncident:
    """row: as alerting/service/incident_row.py makes it. events: of the journal, oldest first."""

    incident: Incident
    row: Mapping[str, Any]
    events: tuple[Event, ...]


class IncidentDesk:
    """links, plan: asked anew each time, because a reload replaces them."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        rows: IncidentRows,
        names: DisplayNames,
        command: Callable[[CommandRequest], Awaitable[CommandAnswer]],
        links: Callable[[], SignedLinks],
        plan: Callable[[], RunningPlan],
    ) -> None:
        self._engine, self._journal, self._rows, self._command = engine, journal, rows, command
        self._links, self.names, self.plan = links, names, plan

    def reader(self, number: int, key: str, browser: str = "", address: str = "") -> IncidentReader | None:
        """The contact to whom the link was sent; None for somebody who is not in the plan any more. Raises
        LinkRefusedError."""
        return self._reader(self._links().holder(number, key), key, browser, address)

    def signed_in(self, contact: str, address: str = "") -> IncidentReader | None:
        """A contact who signed in; None for somebody who is not in the plan any more."""
        return self._reader(contact, "", "", address)

    def _reader(self, contact: str, key: str, browser: str, address: str) -> IncidentReader | None:
        plan = self.plan()
        found = plan.data.contacts.get(contact)
        if found is None or found.left:
            return None
        language = plan.language(contact)
        return IncidentReader(
            contact=contact, name=found.name, language=language, key=key, browser=browser, address=address
        )

    async def note_visit(self, verb: str, contact: str, address: str) -> None:
        """Write down that somebody signed in or out, or failed to. contact: "" for a name that nobody has: what was
        typed there may be a password."""
        data = {"address": address} if address else {}
        await self._engine.change(lambda transaction: transaction.event(verb, by=contact, data=data))

    def renewed(self, token: str) -> tuple[int, str]:
        """As SignedLinks.renewed."""
        return self._links().renewed(token)

    async def open(self, number: int, home: str) -> OpenedIncident | None:
        """An incident, closed or not; None where the journal knows no such number. home: the room of the page."""

        def read(reader: JournalReader) -> tuple[Incident | None, tuple[Event, ...]]:
            with reader.snapshot():
                return reader.incident(number), tuple(reader.events(number))

        try:
            written, events = await self._journal.read(read)
        except JournalUnavailable:  # what is open stands in memory too, and must be taken on a full disk
            written, events = None, ()
        incident = next((one for one in self._engine.incidents() if one.id == number), written)
        if incident is None:
            return None
        row = await self._rows.shown(incident, home)
        return OpenedIncident(incident=incident, row=row, events=events)

    def only_shows(self, reader: IncidentReader) -> bool:
        """Whether the reader's link is in use in another browser: then this one shows and does nothing."""
        return elsewhere(self._mark(reader.key), _hashed(reader.browser), self._engine.recall)

    def button(self, verb: str, incident: Incident, reader: IncidentReader) -> dict[str, str]:
        """The hidden fields of a button: its token, and the fact that it changes as the page shows it."""
        token = self._links().button(verb, incident.id, reader.contact)
        return {"token": token, "seen": shown(verb, incident, self._engine.now())}

    async def press(
        self, reader: IncidentReader, number: int, verb: str, token: str, seen: str, arguments: Mapping[str, Any]
    ) -> CommandAnswer:
        """Carry a button out, by the entrance for all commands. Raises LinkRefusedError for one that is none."""
        self._links().check_button(token, verb, number, reader.contact)
        press = Press(mark=name_of(token), link=self._mark(reader.key), browser=_hashed(reader.browser), seen=seen)
        kind = ActorKind.LINK if reader.key else ActorKind.CONTACT
        actor = Actor(kind=kind, name=reader.contact, person=reader.contact, address=reader.address)
        request = CommandRequest(verb=verb, actor=actor, incident=number, press=press, arguments=arguments)
        return await self._command(request)

    async def tell(self, reader: IncidentReader, verb: str, arguments: Mapping[str, Any]) -> CommandAnswer:
        """Carry out what belongs to no incident, for somebody who signed in."""
        contact = reader.contact
        actor = Actor(kind=ActorKind.CONTACT, name=contact, person=contact, address=reader.address)
        return await self._command(CommandRequest(verb=verb, actor=actor, arguments=arguments))

    def _mark(self, key: str) -> str:
        return name_of(key) if key else ""


def _hashed(browser: str) -> str:
    """The journal keeps no cookie by which somebody could act."""
    return hashlib.sha256(browser.encode()).hexdigest()[:24] if browser else ""
