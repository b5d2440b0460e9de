"""Signed links: the link in a message, whether it leads here, whose page it opens, and the buttons of that page."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Collection

import aiohttp

from alerting.inbound.link_signing import LIFE_SECONDS, Grant, LinkRefusedError, Refusal, sign, verify
from alerting.messages.facts import MessageFacts

log = logging.getLogger(__name__)

OPEN = "open"
"""What a message's link is for: to open the page of its incident."""
OLD = "take"
"""The purpose of the links of earlier versions, which took the incident at once."""
BUTTON_SECONDS = 2 * 3600.0
"""A page that lies open for longer shows what is no longer so. Two hours, so that a clock set an hour ahead in between
spoils no page that was just opened."""
CHECK_SECONDS = 300.0
"""Seconds between two looks whether public_url answers: a link that leads nowhere costs a responder minutes."""
CHECK_TIMEOUT = 10.0


class SignedLinks:
    """rooms: those that have pages of their own beside the home's. A room that somebody mistyped has none."""

    def __init__(self, public_url: str, rooms: Collection[str], key: bytes, now: Callable[[], float]) -> None:
        self._url, self._rooms, self._key, self._now = public_url.rstrip("/"), rooms, key, now
        self.leads_here = False
        """True while public_url leads here; only then messages carry links."""

    def link(self, facts: MessageFacts) -> str:
        """For the contact who gets this message; "" for none."""
        if not self.leads_here or facts.kind == "digest":
            return ""
        number, room = facts.incident.id, facts.incident.room
        place = f"/r/{room}/i/{number}" if room in self._rooms and facts.incident.scope == "room" else f"/i/{number}"
        return f"{self._url}{place}?k={self.key(number, facts.contact, facts.now)}"

    def key(self, incident: int, contact: str, now: float) -> str:
        """What opens the incident's page for a contact."""
        expires = int(now + LIFE_SECONDS)
        return sign(Grant(purpose=OPEN, incident=incident, contact=contact, expires_at=expires), self._key)

    def holder(self, incident: int, key: str) -> str:
        """The contact whose link it is. Raises LinkRefusedError."""
        grant = verify(key, self._key, purpose=OPEN, now=self._now())
        if grant.incident != incident:
            raise LinkRefusedError(Refusal.OTHER_PURPOSE)
        return grant.contact

    def renewed(self, token: str) -> tuple[int, str]:
        """(incident, key of its page) for a link of an earlier version. Raises LinkRefusedError."""
        grant = verify(token, self._key, purpose=OLD, now=self._now())
        opening = Grant(purpose=OPEN, incident=grant.incident, contact=grant.contact, expires_at=grant.expires_at)
        return grant.incident, sign(opening, self._key)

    def button(self, verb: str, incident: int, contact: str) -> str:
        """A token that serves for one press of one button."""
        expires, once = int(self._now() + BUTTON_SECONDS), secrets.token_hex(6)
        made = Grant(purpose=f"do.{verb}", incident=incident, contact=contact, expires_at=expires, once=once)
        return sign(made, self._key)

    def check_button(self, token: str, verb: str, incident: int, contact: str) -> None:
        """Raises LinkRefusedError for a token that is no button of this verb, incident and contact."""
        grant = verify(token, self._key, purpose=f"do.{verb}", now=self._now())
        if (grant.incident, grant.contact) != (incident, contact) or not grant.once:
            raise LinkRefusedError(Refusal.OTHER_PURPOSE)

    async def check(self) -> None:
        """For ever: whether public_url leads to this daemon, by asking it for its own health page."""
        address = f"{self._url}/healthz"
        wait, said = 0.5, ""
        while True:
            problem = ""
            try:
                timeout = aiohttp.ClientTimeout(total=CHECK_TIMEOUT)
                async with aiohttp.ClientSession(timeout=timeout) as session, session.get(address) as answer:
                    if answer.status not in (200, 503):
                        problem = f"it answers {answer.status}"
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                problem = f"no answer ({type(error).__name__})"
            if bool(problem) == self.leads_here or problem != said:
                said = problem
                log.log(
                    logging.WARNING if problem else logging.INFO,
                    "public_url: %s",
                    f"{problem}; messages go without links" if problem else "it leads here, messages carry links",
                )
            self.leads_here = not problem
            wait = CHECK_SECONDS if not problem else min(CHECK_SECONDS, 2 * wait)
            await asyncio.sleep(wait)
