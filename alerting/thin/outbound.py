"""Where the engine hands messages over: the protocol of a sender, and what it may answer. Refuses to decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """Temporary and throttled are tried again; permanent is recorded and escalates."""

    SENT = "sent"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """One message to one address. key: the same for each repeat of the same decision. url is a secret."""

    key: str
    contact: str
    channel: int
    url: str
    title: str
    body: str

    def __repr__(self) -> str:
        return f"OutgoingMessage({self.key})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """detail: a redacted line for the journal."""

    key: str
    outcome: Outcome
    detail: str = ""


class Outbound(Protocol):
    """Answers one result for each message and never raises for a message's sake."""

    async def send(self, messages: Sequence[OutgoingMessage]) -> Sequence[SendResult]: ...
    async def warm(self) -> None: ...
    async def close(self) -> None: ...
