"""The one entrance for what people ask: from the local socket, mail, MQTT, ntfy and signed links.

Whom a name means, who may do what, and the answer are the same for all of them. Nothing is answered before the journal
holds it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alerting.engine.commands import Refused
from alerting.engine.engine import Engine
from alerting.engine.transaction import Transaction
from alerting.model.actor import Actor, ActorKind
from alerting.model.fault import FaultClass, Severity
from alerting.model.incident import Incident
from alerting.model.reply import Reply
from alerting.plan.running_plan import RunningPlan
from alerting.service.answer import CommandAnswer, CommandRequest
from alerting.service.cleaned_text import called, harmless
from alerting.service.display_names import DisplayNames
from alerting.service.forget_people import PeopleData
from alerting.service.incident_row import IncidentRows
from alerting.service.name_lookup import find_audience, find_contact, find_room, suggested
from alerting.service.permissions import permitted
from alerting.service.settings import ServiceSettings
from alerting.workflows.report_approval import TEXT_LIMIT, everybody

REPORTS = ("report", "declare")
ON_PEOPLE = ("people_export", "people_delete")


class CommandEntrance:
    """plan, settings: asked anew each time, because a reload replaces them."""

    def __init__(
        self,
        engine: Engine,
        people: PeopleData,
        names: DisplayNames,
        rows: IncidentRows,
        plan: Callable[[], RunningPlan],
        settings: Callable[[], ServiceSettings],
    ) -> None:
        self._engine, self._people, self._names = engine, people, names
        self._rows, self._plan, self._settings = rows, plan, settings

    async def carry_out(self, request: CommandRequest) -> CommandAnswer:
        """Refusals are answers; what breaks is raised."""
        try:
            if request.verb not in self._verbs():
                raise Refused("no_such_command", given=request.verb, known=tuple(sorted(self._verbs())))
            _short_enough(request.in_name_of, *request.arguments.values())
            rules = self._settings().commands
            actor = permitted(request.actor, request.verb, called(request.in_name_of), self._plan(), rules)
            return await self._done(request, actor)
        except Refused as refusal:
            return CommandAnswer(verb=request.verb, refused=refusal.reason, number=request.incident or 0)

    async def reply(self, reply: Reply) -> str:
        """A contact's answer from afar: "done", "again", or why not. One that is not carried out is answered to its
        writer within the same change, by a message that says why."""
        kind = ActorKind.MAIL if reply.way == "mail" else ActorKind.TOPIC
        by = Actor(kind=kind, name=reply.contact, person=reply.contact)
        if reply.verb:
            by = permitted(by, reply.verb, "", self._plan(), self._settings().commands)
        return await self._engine.reply(reply, by=by)

    def _verbs(self) -> frozenset[str]:
        return self._engine.incident_commands | self._engine.task_commands | {*REPORTS, *ON_PEOPLE}

    async def _done(self, request: CommandRequest, actor: Actor) -> CommandAnswer:
        verb, name = request.verb, self._names.person(actor.person)
        typed = {key: _cleaned(one) for key, one in request.arguments.items()}
        given = {key: value for key, value in typed.items() if value not in ("", None)}
        if "to" in given:
            given["to"] = [find_audience(one, self._plan()) for one in _listed(given["to"])]
        if verb in REPORTS:
            return await self._report(request, actor, given)
        if verb in ON_PEOPLE:
            document = await self._on_people(verb, str(given.get("name") or ""), actor)
            return CommandAnswer(verb=verb, by=name, document=document)
        if verb in self._engine.task_commands:
            if request.incident is not None:
                given["incident"] = request.incident
            document = await self._engine.task_command(verb, by=actor, **given)
            return CommandAnswer(verb=verb, by=name, document=document)
        return await self._on_incident(request, actor, given)

    async def _on_incident(self, request: CommandRequest, actor: Actor, given: dict[str, Any]) -> CommandAnswer:
        verb, number = request.verb, request.incident
        if number is None:
            raise Refused("which_incident")
        before = self._open(number)
        incident = await self._engine.command(verb, number, by=actor, press=request.press, **given)
        document = await self._rows.shown(incident, self._settings().home.id)
        if verb == "resolve" and before is not None:
            document["still_seen"] = _seen(before)
        if verb == "done":
            # Probes see the end of their own faults. What people reported ends by a person's word alone.
            document["ends_by_word"] = incident.declared and not _seen(incident)
        if verb == "class" and before is not None:
            document["chain"] = "new" if incident.round != before.round else "kept"
        if "to" in given:
            document["told_to"] = [self._names.audience(one) for one in given["to"]]
        if verb == "report_sign":
            document["sends"] = self._sends()
        if verb == "confirm":
            # Only the technical group's word brings leadership in: nobody else must believe that theirs did.
            document["technical"] = "technical" in self._plan().groups(actor.person)
        return CommandAnswer(verb=verb, number=number, by=self._names.person(actor.person), document=document)

    def _sends(self) -> list[dict[str, Any]]:
        """To whom a report that was signed now goes, and until when quiet hours hold it back, None for at once."""
        plan, now = self._plan(), self._engine.now()
        rules = plan.data.report
        return [
            {"name": self._names.person(one), "until": plan.quiet_until(one, Severity.NOTICE, now)}
            for one in everybody(plan, (*rules.send_to, *rules.circulate_to))
            if plan.addresses(one)
        ]

    async def _report(self, request: CommandRequest, actor: Actor, given: dict[str, Any]) -> CommandAnswer:
        plan, settings = self._plan(), self._settings()
        classes = tuple(one.value for one in FaultClass)
        if given.get("class", "other") not in classes:
            raise Refused("no_such_class", given=str(given["class"]), known=classes)
        scope, place = str(given.get("scope") or "room"), called(str(given.get("room") or "")) or settings.home.id
        if scope == "room":
            place = find_room(place, {room.id: room for room in (settings.home, *settings.rooms)})
        known = {incident.id for incident in self._engine.incidents()}
        number = await self._engine.report_by_person(
            place,
            by=actor,
            fault_class=FaultClass(given.get("class", "other")),
            text=str(given.get("text", "")),
            scope=scope,
            declare=request.verb == "declare",
            severity=str(given.get("severity") or ""),
        )
        document: dict[str, Any] = {"number": number, "joined": number in known}
        if actor.kind is not ActorKind.PARTICIPANT and (incident := self._open(number)) is not None:
            document |= self._who_hears(incident)
        if request.in_name_of and find_contact(request.in_name_of, plan) is None:
            document["caller"], document["near"] = True, list(suggested(request.in_name_of, plan))
        name = self._names.person(actor.person)
        return CommandAnswer(verb=request.verb, number=number, by=name, document=document)

    def _open(self, number: int) -> Incident | None:
        return next((one for one in self._engine.incidents() if one.id == number), None)

    def _who_hears(self, incident: Incident) -> dict[str, Any]:
        """Who is told of it now, and whom the plan tells next where nobody takes it."""
        plan, chain = self._plan(), incident.chain
        told = self._rows.live(incident, self._settings().home.id)["told"]
        last = max((step.index for step in incident.steps if step.round == incident.round), default=-1)
        following: dict[str, Any] = {}
        if 0 <= last < len(chain) - 1:
            step, now = chain[last + 1], self._engine.now()
            asked = [one for audience in step.audience for one in plan.members(audience, now)]
            if step.deputies:
                asked += [two for one in incident.steps[-1].contacts for two in plan.deputies(one, now)]
            names = [self._names.person(one) for one in dict.fromkeys(asked)]
            following = {"after": step.after - chain[last].after, "people": names} if names else {}
        return {"told": told, "next": following, "timezone": plan.data.timezone}

    async def _on_people(self, verb: str, name: str, actor: Actor) -> dict[str, Any]:
        whom = find_contact(name, self._plan()) or name
        await self._engine.change(lambda transaction: _note(verb, actor, transaction))
        if verb == "people_export":
            return {"data": await self._people.export(whom)}
        answer = await self._people.delete(whom)
        await self._engine.reread_memory()
        return answer


def _short_enough(*given: object) -> None:
    """No text is longer than the longest that anything takes. Raises Refused."""
    for one in given:
        if isinstance(one, (list, tuple)):
            _short_enough(*one)
        elif isinstance(one, str) and len(one) > TEXT_LIMIT:
            raise Refused("text_too_long", count=len(one), most=TEXT_LIMIT)


def _cleaned(given: object) -> object:
    """Nothing is kept that a terminal obeys: who reads it later has it on one, and papers are drawn of it."""
    if isinstance(given, (list, tuple)):
        return [_cleaned(one) for one in given]
    return harmless(given) if isinstance(given, str) else given


def _listed(names: object) -> list[str]:
    """Raises Refused where it is neither a name nor a list of them."""
    if isinstance(names, str):
        return [names]
    if not isinstance(names, (list, tuple)):
        raise Refused("missing_to")
    return [str(one) for one in names]


def _note(verb: str, actor: Actor, transaction: Transaction) -> None:
    """That somebody looked into what is kept of people, or had it removed; not of whom."""
    transaction.actor = actor
    transaction.event(verb, by=actor.person)


def _seen(incident: Incident) -> list[str]:
    """Faults that probes, not people, still see: "code target"."""
    faults = (fault for fault in incident.open_faults if not fault.reported_by)
    return [f"{fault.code} {fault.target}".strip() for fault in faults]
