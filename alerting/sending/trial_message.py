"""One test message to each channel of some contacts, through the same child as every other message."""

from __future__ import annotations

import time

from alerting.configuration import SecretUnreadable
from alerting.delivery.contract import Outcome, OutgoingMessage, SendResult
from alerting.messages.facts import Notice
from alerting.messages.kinds import MESSAGE_KINDS
from alerting.messages.message_text import render
from alerting.messages.place import say_place
from alerting.model.reason import because
from alerting.plan.model import Plan
from alerting.sending.client import ChildSender
from alerting.words import load_words


async def send_test(plan: Plan, only: tuple[str, ...], room: str, floor: str = "", site: str = "") -> list[SendResult]:
    """Send them, and return what became of each, by "<contact>/<number of the channel>". only: these contacts; () is
    all who are here."""
    messages: list[OutgoingMessage] = []
    results: list[SendResult] = []
    for name, contact in plan.contacts.items():
        if contact.left or (only and name not in only):
            continue
        for number, channel in enumerate(contact.channels):
            key = f"{name}/{number}"
            try:
                url = channel.reveal()
            except SecretUnreadable as error:
                detail = because("secret_unreadable", place=error.place)
                results.append(SendResult(key=key, outcome=Outcome.PERMANENT, detail=detail))
                continue
            language = contact.language or plan.language
            place = say_place(load_words(language), room, floor, site)
            notice = Notice(kind=MESSAGE_KINDS["test"], room=room, place=place, now=time.time())
            words = render(notice, language=language, key=key)
            messages.append(
                OutgoingMessage(
                    key=key,
                    contact=name,
                    channel=str(number),
                    url=url,
                    title=words.title,
                    body=words.body,
                    short=words.short,
                    type="info",
                )
            )
    sender = ChildSender(gateways=plan.gateways)
    try:
        results.extend(await sender.send(messages))
    finally:
        await sender.close()
    return results
