"""The seam between the engine and whatever sends: messages out, one result for each back. Refuses to know how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from alerting.configuration import Secret
from alerting.model.incident import Incident
from alerting.model.reason import Reason


class Outcome(StrEnum):
    """What became of one attempt. Only a receiver's own "accepted" is sent."""

    SENT = "sent"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """One message to one target.

    key: idempotency key, the same in every attempt of the same row; it travels in the message.
    contact, channel: ids in the plan; together they are the target. url: where to (Apprise), secret.
    title, body: long form. short: for SMS and messengers with narrow limits. language: "zh-CN" or "en".
    attachments: absolute paths of files to go along.
    """

    key: str
    contact: str
    channel: str
    url: Secret | str
    title: str
    body: str
    short: str = ""
    language: str = "en"
    drill: bool = False
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """The fate of one attempt. detail: what the far end or the sender said, redacted.

    retry_after: seconds, where the far end said."""

    key: str
    outcome: Outcome
    detail: Reason = Reason()
    retry_after: float | None = None


class Outbound(Protocol):
    """Sends messages. A row without a result, and an exception, count as a temporary failure."""

    async def send(self, rows: Sequence[OutgoingMessage]) -> Sequence[SendResult]: ...

    async def warm(self) -> None:
        """Get ready: a fault is being confirmed and a message is likely within seconds."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFacts:
    """What a message says; alerting/messages/message.py makes words of it.

    kind: "opened", "escalated", "repeated", "deputy", "severity", "take_expired", "unanswered" (the end of the chain
    was reached), "taken", "confirmed", "mitigated", "recovered", "passed" (opened and cleared while nothing could
    be delivered), "order", "assigned", "note", "digest", "plan_changed". incidents: the one it is about, or
    a digest's, newest first, at most 20 of ``count``. text: what a person wrote (an order, what was done).
    now: Unix seconds. action: "tell" or "backup". journal_down: the journal cannot be written at this moment.
    """

    kind: str
    incidents: tuple[Incident, ...]
    contact: str
    channel: str
    language: str
    now: float
    key: str = ""
    reason: Reason = Reason()
    by: str = ""
    text: str = ""
    action: str = "tell"
    count: int = 1
    journal_down: bool = False

    @property
    def incident(self) -> Incident:
        return self.incidents[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A rendered message; ``short`` is for SMS and messengers with narrow limits."""

    title: str
    body: str
    short: str = ""


class Render(Protocol):
    """Makes words of facts. Must not fail for a fault code or a language that has no words: it says the code then."""

    def __call__(self, facts: MessageFacts) -> Text: ...
