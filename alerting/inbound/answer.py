"""An acknowledgement as it came in, and who may give one: only configured contacts, each by his own way. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from alerting.inbound.parse import Command, Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """contact: its id in the plan. number: the incident's; 0 where the person named none (the engine takes the only
    one open). way: how it came."""

    verb: Verb
    number: int
    contact: str
    way: Literal["mail", "mqtt", "ntfy", "link"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """Who is known by which sign. mail: address in lower case → contact. topics: topic → contact."""

    mail: Mapping[str, str] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)

    def by_mail(self, sender: str, command: Command) -> Answer | None:
        """None for an address that no contact has."""
        contact = self.mail.get(sender.lower())
        if contact is None:
            return None
        return Answer(verb=command.verb, number=command.number, contact=contact, way="mail")

    def by_topic(self, topic: str, command: Command, way: Literal["mqtt", "ntfy"]) -> Answer | None:
        """None for a topic that no contact has: who may publish to it is the broker's to enforce."""
        contact = self.topics.get(topic)
        return None if contact is None else Answer(verb=command.verb, number=command.number, contact=contact, way=way)
