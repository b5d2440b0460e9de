"""The ways by which people answer from afar: replies by mail, MQTT and ntfy topics, signed links. Off as shipped.

Owns what a message may say about taking it: a way is named only while it works. Only the plan's contacts are believed,
by the code of a message that they got; what an answer does, the engine decides.
"""

from __future__ import annotations

import asyncio
import functools
import html
import logging
import os
import secrets
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from alerting.engine.commands import Refused
from alerting.inbound import codes
from alerting.inbound.aside import Aside
from alerting.inbound.jobs import jobs, revealed
from alerting.inbound.links import LIFE_SECONDS, Grant, LinkRefusedError, Refusal, name_of, sign, verify
from alerting.inbound.listener import Listener
from alerting.inbound.reply import Senders, reply_of
from alerting.inbound.wire import ReadItem
from alerting.messages.facts import HowToTake, MessageFacts
from alerting.messages.reasons import ReasonNames, say_reason
from alerting.model.incident import Incident
from alerting.model.reply import Reply, Way
from alerting.plan.model import Plan
from alerting.service.settings import ServiceSettings
from alerting.words import load_words

log = logging.getLogger(__name__)

PURPOSE = "take"
CHECK_SECONDS = 300.0
"""Seconds between two looks whether public_url answers: a link that leads nowhere costs a responder minutes."""
CHECK_TIMEOUT = 10.0

AGAIN = (1.0, 5.0, 30.0)
"""Seconds before an acknowledgement that something broke is carried out again."""

Command = Callable[..., Awaitable[Incident]]


class Inbound:
    """``start`` opens what the configuration names; ``how_to_take`` says which of it this person may use."""

    def __init__(
        self,
        settings: ServiceSettings,
        folder: Path,
        *,
        plan: Callable[[], Plan],
        incidents: Callable[[], list[Incident]],
        command: Command,
        reply: Callable[[Reply], Awaitable[str]],
        room_name: Callable[[str], str] = str,
    ) -> None:
        self._settings, self._plan = settings, plan
        self._incidents, self._command, self._room_name = incidents, command, room_name
        self._reply = reply
        self._key = _link_key(folder)
        self._aside = Aside(folder)
        self._mail: list[Listener] = []
        self._topics: list[Listener] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.link_answers = False
        """True while public_url leads here."""

    async def start(self) -> None:
        senders = self._senders()
        for source, way, job in jobs(self._settings.inbound, tuple(senders.topics)):
            hear = functools.partial(self._hear, senders, way, source)
            listener = Listener(source, job, hear, self._aside)
            await listener.start()
            (self._mail if way == "mail" else self._topics).append(listener)
        if self._settings.public_url:
            task = asyncio.create_task(self._check_link())
            self._tasks.add(task)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(one.close() for one in (*self._mail, *self._topics)))
        self._mail, self._topics, self._tasks = [], [], set()

    def state(self) -> list[dict[str, Any]]:
        """Each way in, for the status: whether it is heard, why not, what was set aside."""
        return [
            {
                "source": one.source,
                "listening": one.listening.is_set(),
                "problem": one.problem,
                "set_aside": list(one.set_aside),
                "dropped": one.dropped,
            }
            for one in (*self._mail, *self._topics)
        ]

    def _senders(self) -> Senders:
        contacts = {key: one for key, one in self._plan().contacts.items() if not one.left}
        return Senders(
            mail={one.mail.lower(): key for key, one in contacts.items() if one.mail},
            topics={one.topic: key for key, one in contacts.items() if one.topic},
        )

    # What messages say

    def how_to_take(self, facts: MessageFacts) -> HowToTake:
        contact = self._plan().contacts.get(facts.contact)
        if contact is None or not facts.incidents:
            return HowToTake()
        link = ""
        if self.link_answers and facts.kind != "digest":
            grant = Grant(
                purpose=PURPOSE,
                incident=facts.incident.id,
                contact=facts.contact,
                expires_at=int(facts.now + LIFE_SECONDS),
            )
            link = f"{self._settings.public_url.rstrip('/')}/take/{sign(grant, self._key)}"
        by_mail = any(not reader.problem for reader in self._mail) and bool(contact.mail)
        topic = contact.topic if any(one.hears(contact.topic) for one in self._topics) else ""
        code = codes.code(self._key, facts.incident.id, facts.contact, now=facts.now)
        return HowToTake(link=link, code=code, reply=by_mail and self._goes_by_mail(facts), topic=topic)

    def _goes_by_mail(self, facts: MessageFacts) -> bool:
        contact = self._plan().contacts[facts.contact]
        number = int(facts.channel) - 1 if facts.channel.isdecimal() else -1
        if not 0 <= number < len(contact.channels):
            return False
        return revealed(contact.channels[number]).lower().startswith("mailto")

    # What comes in

    async def _hear(self, senders: Senders, way: Way, source: str, heard: ReadItem) -> None:
        """Returns when it was dealt with. Only then a mail is marked as seen."""
        contact = senders.contact(heard, way)
        if not contact:
            log.warning("%s: an answer from an address or topic that no contact has was not believed", source)
            return
        reply = reply_of(heard, way, source, contact, self._key, time.time())
        if reply is None:
            log.info("%s: something that is no answer of a person was left alone", source)
            return
        for wait in (*AGAIN, None):
            try:
                word = await self._reply(reply)
            except Exception:  # whatever broke, somebody said that they go: their word must not be lost with it
                log.exception("incident %d: %s by %s broke", reply.incident, reply.verb, way)
            else:
                log.info("incident %d: %s by %s: %s", reply.incident, reply.verb or "an answer", way, word)
                return
            if wait is not None:
                await asyncio.sleep(wait)
        log.error("incident %d: %s by %s is given up", reply.incident, reply.verb, way)

    # Links

    async def _check_link(self) -> None:
        """Whether public_url leads to this daemon, by asking it for its own health page."""
        address = f"{self._settings.public_url.rstrip('/')}/healthz"
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
            if bool(problem) == self.link_answers or problem != said:
                said = problem
                log.log(
                    logging.WARNING if problem else logging.INFO,
                    "public_url: %s",
                    f"{problem}; messages go without links" if problem else "it leads here, messages carry links",
                )
            self.link_answers = not problem
            wait = CHECK_SECONDS if not problem else min(CHECK_SECONDS, 2 * wait)
            await asyncio.sleep(wait)

    def _name(self, contact: str) -> str:
        people = self._plan().contacts
        return people[contact].name if contact in people else contact

    async def link_page(self, token: str, act: bool) -> tuple[int, str]:
        """(status, page) of an opened link. Only the button takes: mail scanners open every link."""
        try:
            if not self._key:
                raise LinkRefusedError(Refusal.WRONG_SIGNATURE)
            grant = verify(token, self._key, purpose=PURPOSE, now=time.time())
        except LinkRefusedError as refused:
            words = load_words(self._settings.home.language)
            return 403, _page(words.text("message.link.refused_title"), [words.text(f"message.link.{refused.refusal}")])
        contact = self._plan().contacts.get(grant.contact)
        words = load_words(contact.language if contact is not None else self._settings.home.language)
        incident = next((one for one in self._incidents() if one.id == grant.incident and one.phase.live), None)
        if contact is None or contact.left or incident is None:
            return 410, _page(words.text("message.link.over_title"), [words.text("message.link.over")])
        used = name_of(token) in incident.links_used
        if used and not (incident.taken(time.time()) and incident.taken_by == grant.contact):
            return 410, _page(words.text("message.link.refused_title"), [words.text(f"message.link.{Refusal.USED}")])
        code = next((fault.code for fault in incident.open_faults), incident.code)
        target = next((fault.target for fault in incident.open_faults), "")
        room = self._room_name(incident.room)
        key = f"fault.{code}.title"
        fault = words.text(key, target=target, room=room) if words.has(key) else code
        title = words.text("message.title", room=room, fault=fault)
        if act or used:  # a second press of the button finds it taken, and takes nothing
            try:
                if not used:
                    await self._command("take", grant.incident, by=grant.contact, link=name_of(token))
            except Refused as refusal:
                return 409, _page(title, [say_reason(refusal.reason, words, ReasonNames(person=self._name))])
            return 200, _page(title, [words.text("message.link.done", name=contact.name, number=incident.id)])
        lines = []
        if incident.taken(time.time()):
            lines.append(words.text("message.state_taken", name=self._name(incident.taken_by)))
        return 200, _page(title, lines, words.text("message.link.button"), drill=incident.drill, words_drill=words)


def _page(title: str, lines: list[str], button: str = "", *, drill: bool = False, words_drill: Any = None) -> str:
    head = (words_drill.text("message.drill") if drill and words_drill is not None else "") + title
    body = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    form = f'<form method="post"><button>{html.escape(button)}</button></form>' if button else ""
    return (
        '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="robots" content="noindex"><title>roomwatch</title><style>'
        "body{font:18px/1.5 system-ui,sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;"
        "background:#fff}h1{font-size:1.35rem}button{font:inherit;font-weight:600;width:100%;padding:1rem;border:0;"
        "border-radius:.6rem;background:#0b57d0;color:#fff}"
        "@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}</style>"
        f"<h1>{html.escape(head)}</h1>{body}{form}"
    )


def _link_key(folder: Path) -> bytes:
    """The installation's own key for links and codes, made once; only this user may read it. Where it cannot be kept,
    one for this run: what was sent before a restart then proves nothing."""
    try:
        return _kept_key(folder / "link.key")
    except OSError as error:
        log.error("the key for answers cannot be kept: %s", error)
        return secrets.token_bytes(32)


def _kept_key(file: Path) -> bytes:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        found = file.read_bytes()
        if len(found) >= 32:
            return found
        file.unlink()
        return _kept_key(file)
    with os.fdopen(handle, "wb") as stream:
        key = secrets.token_bytes(32)
        stream.write(key)
        return key
