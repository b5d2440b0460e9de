"""The seam between the engine and whatever sends: messages out, one result for each back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from alerting.configuration import Secret
from alerting.messages.kinds import NotifyType
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
    title, body: long form. short: for SMS and messengers with narrow limits. language: one of alerting.words.LANGUAGES.
    attachments: absolute paths of files to go along. type: shown where a channel has types; "" for none.
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
    type: NotifyType | Literal[""] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """What became of one attempt. detail: what the far end or the sender said, redacted.

    retry_after: seconds, where the far end said. perhaps_arrived: it was begun and nobody answered, so that the
    receiver may have taken the message."""

    key: str
    outcome: Outcome
    detail: Reason = Reason()
    retry_after: float | None = None
    perhaps_arrived: bool = False


class Outbound(Protocol):
    """Sends messages. A row without a result, and an exception, count as a temporary failure."""

    async def send(self, rows: Sequence[OutgoingMessage]) -> Sequence[SendResult]: ...

    async def warm(self) -> None:
        """Get ready: a fault is being confirmed and a message is likely within seconds."""
        ...

    async def close(self) -> None: ...
