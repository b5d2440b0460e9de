"""The ways by which people answer from afar: replies by mail, MQTT and ntfy topics, signed links. Off as shipped.

Owns what a message may say about taking it: a way is named only while it works. Only the plan's contacts are believed,
by the code of a message that they got; what an answer does, the entrance for commands decides.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from alerting.inbound import reply_codes
from alerting.inbound.child_jobs import jobs, revealed
from alerting.inbound.listener import Listener
from alerting.inbound.reply_proof import Replies, Senders
from alerting.inbound.signing_key import answer_key
from alerting.inbound.unreadable_items import Aside
from alerting.messages.facts import HowToTake, MessageFacts
from alerting.model.reply import Reply
from alerting.plan.model import Plan
from alerting.service.settings import ServiceSettings
from alerting.service.signed_links import SignedLinks

log = logging.getLogger(__name__)


class Inbound:
    """``start`` opens what the configuration names; ``how_to_take`` says which of it this person may use."""

    def __init__(
        self,
        settings: ServiceSettings,
        folder: Path,
        *,
        plan: Callable[[], Plan],
        reply: Callable[[Reply], Awaitable[str]],
        now: Callable[[], float] = time.time,
    ) -> None:
        """reply: carries an answer out and says in a word what became of it."""
        self._settings, self._plan, self._reply, self._now = settings, plan, reply, now
        self._key = answer_key(folder)
        rooms = frozenset(settings.watched) - {settings.home.id}
        self.links = SignedLinks(settings.public_url, rooms, self._key, now)
        self._aside = Aside(folder)
        self._mail: list[Listener] = []
        self._topics: list[Listener] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        senders = self._senders()
        for source, way, job in jobs(self._settings.inbound, tuple(senders.topics)):
            replies = Replies(senders, way, source, self._key, self._reply, self._now)
            listener = Listener(source, job, replies.take, self._aside)
            await listener.start()
            (self._mail if way == "mail" else self._topics).append(listener)
        if self._settings.public_url:
            task = asyncio.create_task(self.links.check())
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
        by_mail = any(not reader.problem for reader in self._mail) and bool(contact.mail)
        topic = contact.topic if any(one.hears(contact.topic) for one in self._topics) else ""
        code = reply_codes.code(self._key, facts.incident.id, facts.contact, now=facts.now)
        return HowToTake(
            link=self.links.link(facts),
            code=code,
            reply=by_mail and self._goes_by_mail(facts),
            topic=topic,
            host=socket.gethostname(),
            by=facts.contact,
        )

    def _goes_by_mail(self, facts: MessageFacts) -> bool:
        contact = self._plan().contacts[facts.contact]
        number = int(facts.channel) - 1 if facts.channel.isdecimal() else -1
        if not 0 <= number < len(contact.channels):
            return False
        return revealed(contact.channels[number]).lower().startswith("mailto")
