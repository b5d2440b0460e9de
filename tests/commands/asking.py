"""A person at the local socket, as the entrance sees one."""

from __future__ import annotations

from alerting.model.actor import Actor, ActorKind
from alerting.service.answer import CommandAnswer, CommandRequest
from alerting.service.service import AlertingService

ROOT = Actor(kind=ActorKind.LOGIN, name="root", groups=("root",))


async def ask(
    service: AlertingService,
    verb: str,
    *,
    actor: Actor = ROOT,
    by: str = "",
    incident: int | None = None,
    **more: object,
) -> CommandAnswer:
    request = CommandRequest(verb=verb, actor=actor, in_name_of=by, incident=incident, arguments=more)
    return await service.command(request)
