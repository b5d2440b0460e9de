"""From what a child heard to a contact's answer: whose it is, whether it is proved, and handing it on.

An address can be written by anybody: who answers is known by the code that only the reader of a message has.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from alerting.inbound import reply_codes
from alerting.inbound.child_protocol import ReadItem
from alerting.model.reply import CLOCKS_DIFFER, Reply, Way, Wrong

log = logging.getLogger(__name__)

AGAIN = (1.0, 5.0, 30.0)
"""Seconds before an answer that something broke is carried out again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """Who is known by which sign. mail: address in lower case → contact. topics: topic → contact."""

    mail: Mapping[str, str] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)

    def contact(self, heard: ReadItem, way: Way) -> str:
        """ "" for an address or a topic that no contact has."""
        return (self.mail if way == "mail" else self.topics).get(heard.sender, "")


class Replies:
    """The answers that come by one source. ``hand_on`` returns in a word what became of an answer, once the journal
    holds it."""

    def __init__(
        self,
        senders: Senders,
        way: Way,
        source: str,
        key: bytes,
        hand_on: Callable[[Reply], Awaitable[str]],
        now: Callable[[], float],
    ) -> None:
        self._senders, self._way, self._source = senders, way, source
        self._key, self._hand_on, self._now = key, hand_on, now

    async def take(self, heard: ReadItem) -> None:
        """Returns when it was dealt with. Only then a mail is marked as seen."""
        contact = self._senders.contact(heard, self._way)
        if not contact:
            log.warning("%s: an answer from an address or topic that no contact has was not believed", self._source)
            return
        reply = reply_of(heard, self._way, self._source, contact, self._key, self._now())
        if reply is None:
            log.info("%s: something that is no answer of a person was left alone", self._source)
            return
        said = reply.verb or "an answer"
        for wait in (*AGAIN, None):
            try:
                word = await self._hand_on(reply)
            except Exception:  # whatever broke, somebody said that they go: their word must not be lost with it
                log.exception("incident %d: %s by %s broke", reply.incident, said, self._way)
            else:
                log.info("incident %d: %s by %s: %s", reply.incident, said, self._way, word)
                return
            if wait is not None:
                await asyncio.sleep(wait)
        log.error("incident %d: %s by %s is given up", reply.incident, said, self._way)


def reply_of(heard: ReadItem, way: Way, source: str, contact: str, key: bytes, now: float) -> Reply | None:
    """What a contact's text means. None for what wants nothing of us: a machine's mail, another conversation."""
    if heard.mark in ("machine", "sender"):
        return None
    concerns = bool(heard.verb or heard.about or heard.codes) if way == "mail" else bool(heard.verb)
    if not concerns:
        return None
    number, token, wrong = _proved(heard, contact, key, now)
    if heard.mark == "unauthentic":
        wrong = Wrong.UNAUTHENTIC
    elif heard.mark == "unreadable" or not heard.verb:
        wrong = Wrong.UNCLEAR
    return Reply(
        contact=contact,
        way=way,
        verb="" if wrong is not None else heard.verb,
        incident=number or heard.number or heard.about,
        token=token,
        wrong=wrong,
        source=source,
        item=heard.item,
        sent_at=heard.sent_at,
    )


def _proved(heard: ReadItem, contact: str, key: bytes, now: float) -> tuple[int, str, Wrong | None]:
    """(incident, token, None) by the code that proves it; (0, "", why) where none does."""
    wrong = Wrong.NO_CODE
    for number, token in heard.codes:
        if heard.number and number != heard.number:
            continue  # of another message, that is quoted
        expires = reply_codes.expires_at(key, token, number, contact, now=now)
        if expires is None:
            wrong = Wrong.WRONG_CODE if wrong is Wrong.NO_CODE else wrong
        elif expires <= now:
            wrong = Wrong.EXPIRED
        elif heard.sent_at and heard.sent_at < reply_codes.issued_at(expires) - CLOCKS_DIFFER:
            wrong = Wrong.TOO_OLD
        else:
            return number, token, None
    return 0, "", wrong
