"""Signed links: the link in a message, whether it leads here, and the page behind it. Only its button takes."""

from __future__ import annotations

import asyncio
import html
import logging
from collections.abc import Awaitable, Callable

import aiohttp

from alerting.inbound.link_signing import LIFE_SECONDS, Grant, LinkRefusedError, Refusal, name_of, sign, verify
from alerting.messages.facts import MessageFacts
from alerting.model.actor import Actor, ActorKind
from alerting.model.incident import Incident
from alerting.model.reason import Reason
from alerting.plan.model import Plan
from alerting.service.answer import CommandAnswer, CommandRequest
from alerting.words import Words, load_words

log = logging.getLogger(__name__)

PURPOSE = "take"
CHECK_SECONDS = 300.0
"""Seconds between two looks whether public_url answers: a link that leads nowhere costs a responder minutes."""
CHECK_TIMEOUT = 10.0


class SignedLinks:
    """plan, incidents: asked anew each time. command: the entrance. said: a reason's words in a language."""

    def __init__(
        self,
        public_url: str,
        language: str,
        key: bytes,
        *,
        plan: Callable[[], Plan],
        incidents: Callable[[], list[Incident]],
        command: Callable[[CommandRequest], Awaitable[CommandAnswer]],
        said: Callable[[Reason, str], str],
        room_name: Callable[[str], str],
        now: Callable[[], float],
    ) -> None:
        """language: of pages for people whom the plan does not know."""
        self._url, self._language, self._key = public_url.rstrip("/"), language, key
        self._plan, self._incidents, self._command = plan, incidents, command
        self._said, self._room_name, self._now = said, room_name, now
        self.leads_here = False
        """True while public_url leads here; only then messages carry links."""

    def link(self, facts: MessageFacts) -> str:
        """For the contact who gets this message; "" for none."""
        if not self.leads_here or facts.kind == "digest":
            return ""
        grant = Grant(
            purpose=PURPOSE,
            incident=facts.incident.id,
            contact=facts.contact,
            expires_at=int(facts.now + LIFE_SECONDS),
        )
        return f"{self._url}/take/{sign(grant, self._key)}"

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

    async def page(self, token: str, act: bool) -> tuple[int, str]:
        """(status, page) of an opened link. Only the button takes: mail scanners open every link."""
        try:
            grant = verify(token, self._key, purpose=PURPOSE, now=self._now())
        except LinkRefusedError as refused:
            words = load_words(self._language)
            return 403, _page(words.text("message.link.refused_title"), [words.text(f"message.link.{refused.refusal}")])
        contact = self._plan().contacts.get(grant.contact)
        words = load_words(contact.language if contact is not None else self._language)
        incident = next((one for one in self._incidents() if one.id == grant.incident and one.phase.live), None)
        if contact is None or contact.left or incident is None:
            return 410, _page(words.text("message.link.over_title"), [words.text("message.link.over")])
        used, holds = name_of(token) in incident.links_used, incident.taken(self._now())
        if used and not (holds and incident.taken_by == grant.contact):
            return 410, _page(words.text("message.link.refused_title"), [words.text(f"message.link.{Refusal.USED}")])
        title = self._title(incident, words)
        if act and not used:  # a second press of the button finds it taken, and takes nothing
            why_not = await self._take(grant, name_of(token))
            if why_not is not None:
                return 409, _page(title, [self._said(why_not, contact.language)])
        if act or used:
            return 200, _page(title, [words.text("message.link.done", name=contact.name, number=incident.id)])
        lines = []
        if holds:
            people = self._plan().contacts
            holder = people[incident.taken_by].name if incident.taken_by in people else incident.taken_by
            lines.append(words.text("message.state_taken", name=holder))
        mark = words.text("message.drill") if incident.drill else ""
        return 200, _page(mark + title, lines, words.text("message.link.button"))

    async def _take(self, grant: Grant, mark: str) -> Reason | None:
        """Why not, None where it is taken. mark: by which the link is known to have served."""
        actor = Actor(kind=ActorKind.LINK, name=grant.contact, person=grant.contact)
        request = CommandRequest(verb="take", actor=actor, incident=grant.incident, arguments={"link": mark})
        return (await self._command(request)).refused

    def _title(self, incident: Incident, words: Words) -> str:
        code = next((fault.code for fault in incident.open_faults), incident.code)
        target = next((fault.target for fault in incident.open_faults), "")
        room = self._room_name(incident.room)
        key = f"fault.{code}.title"
        fault = words.text(key, target=target, room=room) if words.has(key) else code
        return words.text("message.title", room=room, fault=fault)


def _page(title: str, lines: list[str], button: str = "") -> str:
    body = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    form = f'<form method="post"><button>{html.escape(button)}</button></form>' if button else ""
    return (
        '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="robots" content="noindex"><title>roomwatch</title><style>'
        "body{font:18px/1.5 system-ui,sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;"
        "background:#fff}h1{font-size:1.35rem}button{font:inherit;font-weight:600;width:100%;padding:1rem;border:0;"
        "border-radius:.6rem;background:#0b57d0;color:#fff}"
        "@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}</style>"
        f"<h1>{html.escape(title)}</h1>{body}{form}"
    )
