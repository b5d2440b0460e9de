"""One call of the API: what is asked of it, and the answer's document. A table says which address is which call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from alerting.model.actor import Actor, ActorKind
from alerting.model.reason import Reason
from alerting.service.answer import CommandAnswer, CommandRequest
from alerting.service.api_tokens import ApiToken
from monitor.api import documents as doc

Command = Callable[[CommandRequest], Awaitable[CommandAnswer]]
PARTS = {"number": "[1-9][0-9]{0,11}", "room": "[A-Za-z0-9._-]{1,64}", "key": "[0-9]{1,9}", "token": "[0-9a-f]{8}"}
"""Parts of an address → the pattern of what they may be."""
GONE = frozenset({"no_such_token", "duty_gone"})
"""Refusals that say that what the address names is not there."""


class Declined(Exception):
    """The call is answered with a problem. status: HTTP. reason: why a command was refused."""

    def __init__(self, status: int, title: str, detail: str = "", reason: Reason | None = None) -> None:
        super().__init__(title)
        self.status, self.title, self.detail, self.reason = status, title, detail, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call that was let in. place: the parts of its address."""

    token: ApiToken
    place: dict[str, str]
    query: Any
    body: Any
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """scope: what a token needs. query, body: types of what comes in, body None for none. answer: type of the document,
    None for an empty answer (204). problems: statuses of its own beside those that every call may have."""

    method: str
    path: str
    id: str
    summary: str
    scope: str
    work: Callable[[Asked], Awaitable[Any]] = field(repr=False)
    answer: type[msgspec.Struct] | None
    query: type[msgspec.Struct] = doc.NoQuery
    body: type[msgspec.Struct] | None = None
    status: int = 200
    problems: tuple[int, ...] = ()


class Entrance:
    """The way of a call to the entrance for all commands. look: called after something was done."""

    def __init__(self, command: Command, look: Callable[[], None]) -> None:
        self._command, self._look = command, look

    async def carry_out(
        self, verb: str, asked: Asked, number: int | None = None, given: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """What the command says. Raises Declined."""
        token = asked.token
        actor = Actor(kind=ActorKind.TOKEN, name=token.name, person=token.contact, address=asked.address)
        answer = await self._command(CommandRequest(verb=verb, actor=actor, incident=number, arguments=given or {}))
        if answer.refused is not None:
            raise Declined(404 if answer.refused.code in GONE else 409, "Refused", reason=answer.refused)
        self._look()
        return answer.document
