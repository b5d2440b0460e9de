"""Who looks at a page: the contact who signed in with this browser, and the way to the sign-in page for others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from urllib.parse import quote

from aiohttp import web

from alerting.configuration import Secret, SecretUnreadable
from alerting.service.incident_desk import IncidentDesk
from monitor.pages.frame import cookie, switched
from monitor.sign_in.sessions import Sessions

log = logging.getLogger(__name__)
COOKIE = "roomwatch_session"


class Visitors:
    """users: contact → the hash of their password; asked anew each time, because a reload replaces it."""

    def __init__(
        self, users: Callable[[], Mapping[str, Secret]], desk: IncidentDesk, clock: Callable[[], float]
    ) -> None:
        self._users, self._desk = users, desk
        self.sessions = Sessions(clock)

    @property
    def anybody(self) -> bool:
        """Whether somebody could sign in at all."""
        return bool(self._users())

    def contact(self, request: web.Request) -> str:
        """The contact's id; "" for nobody."""
        token = cookie(request, COOKIE)
        found = self.sessions.holder(token, self.written) if token else ""
        return found if found and self._desk.signed_in(found) is not None else ""

    def name(self, request: web.Request) -> str:
        """The name of who is signed in, "" for nobody."""
        found = self.contact(request)
        return self._desk.names.person(found) if found else ""

    def written(self, contact: str) -> str:
        """The hash of a contact's password, "" for none."""
        secret = self._users().get(contact)
        try:
            return secret.reveal() if secret is not None else ""
        except SecretUnreadable as error:
            log.warning("web.users.%s: %s; nobody signs in by that name", contact, error)
            return ""

    def called(self, name: str) -> str:
        """The contact who signs in by an id, a login or a name; "" for none."""
        wanted = name.strip().casefold()
        for contact in self._users():
            found = self._desk.plan().data.contacts.get(contact)
            if found is None:
                if wanted == contact.casefold():
                    log.warning("web.users.%s: the plan has no such contact, who therefore cannot sign in", contact)
            elif wanted in (contact.casefold(), found.login.casefold(), found.name.casefold()) and not found.left:
                return contact
        return ""

    def ask(self, request: web.Request) -> web.HTTPSeeOther:
        """To the sign-in page, and back to this one afterwards."""
        language = switched(request)
        kept = f"&lang={language}" if language else ""
        return web.HTTPSeeOther(f"/sign-in?to={quote(request.path, safe='/')}{kept}")
