"""The ways by which people answer from afar: replies by mail, MQTT and ntfy topics, signed links. Off as shipped.

Owns what a message may say about taking it: a way is named only while it works. Refuses to believe anybody but
the plan's contacts, and to decide: the engine does.
"""

from __future__ import annotations

import asyncio
import html
import logging
import os
import secrets
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from alerting.delivery.contract import MessageFacts
from alerting.engine.commands import Refused
from alerting.inbound.answer import Answer, Senders
from alerting.inbound.links import LIFE_SECONDS, Grant, LinkRefusedError, Refusal, name_of, sign, verify
from alerting.messages.facts import HowToTake
from alerting.model.incident import Incident
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
        room_name: Callable[[str], str] = str,
    ) -> None:
        self._settings, self._plan = settings, plan
        self._incidents, self._command, self._room_name = incidents, command, room_name
        self._key = _link_key(folder) if settings.public_url else b""
        self._mail: list[Any] = []
        self._topics: list[Any] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: set[asyncio.Task[None]] = set()
        self.link_answers = False
        """True while public_url leads here."""

    async def start(self) -> None:
        senders = self._senders()
        inbound = self._settings.inbound
        if inbound.mail:
            from alerting.inbound.mailbox import Mailbox, MailboxReader

            for box in inbound.mail.values():
                mailbox = Mailbox(
                    host=box.host,
                    port=box.port,
                    user=box.user,
                    password=box.password,
                    folder=box.folder,
                    security=box.security,
                )
                reader = MailboxReader(mailbox, senders, self._take_answer)
                await reader.start(box.poll_seconds)
                self._mail.append(reader)
        if inbound.mqtt and senders.topics:
            from alerting.inbound.mqtt import MqttListener

            for broker in inbound.mqtt.values():
                password = _reveal(broker.password)
                listener = MqttListener(
                    broker.host,
                    broker.port,
                    senders,
                    self._take_answer,
                    username=broker.user,
                    password=password,
                    tls=broker.tls,
                )
                await listener.start()
                self._topics.append(listener)
        if inbound.ntfy and senders.topics:
            from alerting.inbound.ntfy import NtfyListener

            for server in inbound.ntfy.values():
                stream = NtfyListener(server.url, senders, self._take_answer, token=_reveal(server.token))
                await stream.start()
                self._topics.append(stream)
        if self._key:
            task = asyncio.create_task(self._check_link())
            self._tasks.add(task)

    async def close(self) -> None:
        for task in (*self._tasks, *self._waiting):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._waiting, return_exceptions=True)
        for one in (*self._mail, *self._topics):
            await one.close()
        self._mail, self._topics, self._tasks = [], [], set()

    def problems(self) -> list[str]:
        """What cannot be listened to now."""
        return [one.problem for one in (*self._mail, *self._topics) if one.problem]

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
        return HowToTake(link=link, reply=by_mail and self._goes_by_mail(facts), topic=topic)

    def _goes_by_mail(self, facts: MessageFacts) -> bool:
        contact = self._plan().contacts[facts.contact]
        number = int(facts.channel) - 1 if facts.channel.isdigit() else -1
        if not 0 <= number < len(contact.channels):
            return False
        return _reveal(contact.channels[number]).lower().startswith("mailto")

    # What comes in

    def _take_answer(self, answer: Answer) -> None:
        task = asyncio.get_running_loop().create_task(self._act(answer))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _act(self, answer: Answer) -> None:
        number = answer.number or self._only_open(answer)
        if not number:
            log.warning("an answer by %s names no incident and not exactly one is open", answer.way)
            return
        for wait in (*AGAIN, None):
            try:
                await self._command(answer.verb, number, by=answer.contact)
                log.info("incident %d: %s by %s", number, answer.verb, answer.way)
                return
            except Refused as refusal:
                log.warning("an answer by %s could not be carried out: %s", answer.way, refusal)
                return
            except Exception:  # whatever broke, somebody said that they go: their word must not be lost with it
                log.exception("incident %d: %s by %s broke", number, answer.verb, answer.way)
            if wait is not None:
                await asyncio.sleep(wait)
        log.error("incident %d: %s by %s is given up", number, answer.verb, answer.way)

    def _only_open(self, answer: Answer) -> int:
        """The incident that is meant: the only open one of which this contact was told, taken ones apart."""
        now = time.time()
        live = [one for one in self._incidents() if one.phase.live and not one.taken(now)]
        mine = [one for one in live if any(answer.contact in step.contacts for step in one.steps)] or live
        return mine[0].id if len(mine) == 1 else 0

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
                return 409, _page(title, [str(refusal)])
            return 200, _page(title, [words.text("message.link.done", name=contact.name, number=incident.id)])
        lines = []
        if incident.taken(time.time()):
            people = self._plan().contacts
            holder = people[incident.taken_by].name if incident.taken_by in people else incident.taken_by
            lines.append(words.text("message.state_taken", name=holder))
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


def _reveal(secret: Any) -> str:
    """The value, "" where there is none or it cannot be read: that way then does not work, and says so."""
    try:
        return str(secret.reveal()) if secret is not None else ""
    except LookupError as error:
        log.error("%s", error)
        return ""


def _link_key(folder: Path) -> bytes:
    """The installation's own key for links, made once; only this user may read it."""
    file = folder / "link.key"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        found = file.read_bytes()
        if len(found) >= 32:
            return found
        file.unlink()
        return _link_key(folder)
    with os.fdopen(handle, "wb") as stream:
        key = secrets.token_bytes(32)
        stream.write(key)
        return key
