"""What people may do to an incident: pure functions of (incident, who, words, now)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from alerting.model.escalation_step import EscalationStep
from alerting.model.fault import FaultClass, Severity
from alerting.model.incident import Incident, Phase
from alerting.model.measures import HelpRequest
from alerting.model.reason import Reason, Value, because, said
from alerting.plan.contract import ResponsePlan

replace = msgspec.structs.replace
Arguments = Mapping[str, object]


LONGEST_SNOOZE = 24 * 3600.0
"""Seconds: a mistyped figure must not silence a fault over the next working day."""


class Refused(Exception):
    """A command that cannot be carried out. reason: why; its words say what would work."""

    def __init__(self, code: str, **values: Value) -> None:
        self.reason = because(code, **values)
        super().__init__(str(self.reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Whom a command tells: contacts, or None for everybody who was told so far."""

    kind: str
    contacts: tuple[str, ...] | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The incident afterwards, the event's verb, why and data, and who is told. by: the name that the journal holds in
    place of the person's; None for the person's own, "" for no name."""

    incident: Incident
    verb: str
    why: Reason = Reason()
    data: Mapping[str, object] | None = None
    tell: tuple[Notify, ...] = ()
    by: str | None = None


def take(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """接单. Taking over from another is allowed and recorded; the time of the first taking stays. Who has it and says
    so again has it for longer, and nobody hears of it twice."""
    _live(incident)
    again = incident.taken(now) and incident.taken_by == by
    until = now + plan.take_holds(incident.severity)
    why = because("taken_over", people=(incident.taken_by,)) if incident.taken_by not in ("", by) else Reason()
    changed = replace(incident, taken_at=now, taken_by=by, taken_until=until, snoozed_until=None)
    data = {"until": until, "again": True} if again else {"until": until}
    return Change(incident=changed, verb="taken", why=why, data=data, tell=() if again else (Notify(kind="taken"),))


def confirm(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """故障确认. Leadership hears of it at once when a person of the technical group says so; of the same word by the
    same person about the same severity not again."""
    _live(incident)
    since = max(incident.assessed_at or 0.0, incident.entered_at)
    again = incident.confirmed_by == by and since <= (incident.confirmed_at or 0.0) and not _text(arguments)
    changed = replace(incident, confirmed_at=now, confirmed_by=by)
    technical = "technical" in plan.groups(by)
    leaders: tuple[str, ...] = ()
    if technical and incident.severity >= plan.confirm_tells_from and not again:
        leaders = _leaders(plan, by, now)
    told = (Notify(kind="confirmed", contacts=leaders, text=_text(arguments)),) if leaders else ()
    data: dict[str, object] = {"technical": technical, "to": [one for one in leaders if plan.addresses(one)]}
    if again:
        data["again"] = True
    return Change(incident=changed, verb="confirmed", why=spoken(arguments), data=data, tell=told)


def note(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    return Change(incident=incident, verb="note", why=said(_needed(arguments, "text")))


def order(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """指令下达: who does what; passed on to those whom it concerns."""
    text, people = _needed(arguments, "text"), _people(arguments, plan, now)
    told = Notify(kind="order", contacts=people, text=text)
    return Change(incident=incident, verb="order", why=said(text), data={"to": list(people)}, tell=(told,))


def assign(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """人员协调: a person is asked to help on the spot."""
    _live(incident)
    people = _people(arguments, plan, now)
    asked = tuple(HelpRequest(contact=one, asked_by=by, asked_at=now) for one in people)
    others = tuple(one for one in incident.help if one.contact not in people)
    helpers = tuple(dict.fromkeys((*incident.helpers, *people)))
    changed = replace(incident, helpers=helpers, help=(*others, *asked))
    told = Notify(kind="assigned", contacts=people, text=_text(arguments))
    return Change(incident=changed, verb="assigned", why=spoken(arguments), data={"to": list(people)}, tell=(told,))


def snooze(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """暂缓提醒 until a time; the chain goes on after it."""
    _live(incident)
    until = arguments.get("until")
    if not isinstance(until, (int, float)) or not math.isfinite(until) or until <= now:
        raise Refused("snooze_no_time", given=str(until))
    if until > now + LONGEST_SNOOZE:
        raise Refused("snooze_too_long", span=LONGEST_SNOOZE)
    changed = replace(incident, snoozed_until=float(until))
    return Change(incident=changed, verb="snoozed", why=spoken(arguments), data={"until": float(until)})


def correct_class(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """The corrected class's chain takes over where it tells anybody new. An incident of an older plan than today's
    keeps its chain, as it keeps its plan; data "chain" says which ("new", "kept")."""
    try:
        fault_class = FaultClass(str(arguments.get("fault_class", "")))
    except ValueError:
        given, known = str(arguments.get("fault_class", "")), tuple(item.value for item in FaultClass)
        raise Refused("no_such_class", given=given, known=known) from None
    changed = replace(incident, fault_class=fault_class, assessed_at=now, assessed_by=by)
    data: dict[str, object] = {"from": incident.fault_class.value, "to": fault_class.value}
    chains = {level.word: plan.chain(fault_class, level, now) for level in Severity}
    if incident.phase.live and chains != incident.chains:
        follows = _follow(changed, chains, now) if plan.version == incident.plan_version else None
        data["chain"] = "kept" if follows is None else "new"
        if follows is not None:
            changed = follows
            data["before"] = msgspec.to_builtins(incident.chains)
    return Change(incident=changed, verb="class", why=spoken(arguments), data=data)


def _follow(incident: Incident, chains: dict[str, tuple[EscalationStep, ...]], now: float) -> Incident | None:
    """The incident on the chain of its corrected class. It begins with the first step that its round has not told yet,
    at that step's time since the opening, or at once where that time is over. None where it would tell nobody new."""
    reached = {record.index for record in incident.steps if record.round == incident.round}
    told = [step.whom for index, step in enumerate(incident.chain) if index < incident.entry or index in reached]
    chain = chains[incident.worst.word]
    entry = next((index for index, step in enumerate(chain) if step.whom not in told), None)
    if entry is None:
        return None
    at = max(now, incident.opened_at + chain[entry].after) if entry else now
    return incident.chain_again("class", at, entry, chains=chains, unanswered_at=None)


def correct_severity(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """A person's word on severity stays: the meeting's state changes it no more."""
    try:
        severity = Severity[str(arguments.get("severity", "")).upper()]
    except KeyError:
        raise no_such_severity(str(arguments.get("severity", ""))) from None
    changed = rise(replace(incident, pinned=True, assessed_at=now, assessed_by=by), severity, now)
    data = {"from": incident.severity.word, "to": severity.word}
    tell = (Notify(kind="severity"),) if severity > incident.worst and incident.taken(now) else ()
    return Change(incident=changed, verb="severity", why=spoken(arguments), data=data, tell=tell)


def rise(incident: Incident, severity: Severity, now: float) -> Incident:
    """The incident with that severity; a new worst enters its chain anew, a lower one leaves the running chain."""
    changed = replace(incident, severity=severity)
    if severity <= incident.worst:
        return changed
    return changed.chain_again("severity", now, worst=severity, unanswered_at=None, snoozed_until=None)


def mitigate(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """已启用备用方案: the meeting goes on elsewhere; what broke is still broken."""
    if incident.phase is not Phase.OPEN:
        raise Refused("not_open", number=incident.id, phase=incident.phase.value)
    changed = replace(incident, phase=Phase.MITIGATED, mitigated_at=now)
    text = _text(arguments)
    return Change(incident=changed, verb="mitigated", why=said(text), tell=(Notify(kind="mitigated", text=text),))


def resolve(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """Recovery is verified by probes; a person's word counts for what people reported, or when forced."""
    _live(incident)
    seen = [fault for fault in incident.open_faults if not fault.reported_by]
    if seen and not arguments.get("force"):
        faults = tuple(f"{fault.code} {fault.target}".strip() for fault in seen)
        raise Refused("still_seen", faults=faults)
    return Change(
        incident=replace(resolved(incident, now, str(arguments.get("text", ""))), resolved_by=by),
        verb="resolved",
        why=spoken(arguments),
        data={"forced": bool(seen)},
    )


def resolved(incident: Incident, now: float, done: str = "") -> Incident:
    """The incident with every fault of it cleared."""
    faults = tuple(f if f.cleared_at is not None else replace(f, cleared_at=now) for f in incident.faults)
    return replace(
        incident, phase=Phase.RESOLVED, resolved_at=now, faults=faults, done=done or incident.done, snoozed_until=None
    )


def close(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    if incident.phase is not Phase.RESOLVED:
        raise Refused("not_resolved", number=incident.id, phase=incident.phase.value)
    return Change(incident=replace(incident, phase=Phase.CLOSED, closed_at=now), verb="closed", why=spoken(arguments))


def done(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """What was done, in the responder's words; the recovery's message and the report show it. Leadership that
    heard of the recovery before hears this as well."""
    text = _needed(arguments, "text")
    late = incident.phase is Phase.RESOLVED and incident.confirmed_at is not None
    told = (Notify(kind="done", contacts=_leaders(plan, by, now), text=text),) if late else ()
    return Change(incident=replace(incident, done=text), verb="done", why=said(text), tell=told)


AFTER_CLOSE = frozenset(
    {
        "note",
        "done",
        "feedback",
        "report_edit",
        "report_submit",
        "report_approve",
        "report_return",
        "report_sign",
    }
)
"""Verbs that are carried out on a closed incident too: its story is still being written."""

IncidentCommand = Callable[[Incident, str, ResponsePlan, float, Arguments], Change]
COMMANDS: Mapping[str, IncidentCommand] = {
    "take": take,
    "ack": take,
    "confirm": confirm,
    "note": note,
    "order": order,
    "assign": assign,
    "snooze": snooze,
    "class": correct_class,
    "severity": correct_severity,
    "mitigate": mitigate,
    "done": done,
    "resolve": resolve,
    "close": close,
}


def no_such_severity(given: str) -> Refused:
    return Refused("no_such_severity", given=given, known=tuple(item.word for item in Severity))


def _live(incident: Incident) -> None:
    if not incident.phase.live:
        raise Refused("incident_over", number=incident.id, phase=incident.phase.value)


def _leaders(plan: ResponsePlan, by: str, now: float) -> tuple[str, ...]:
    """Whom the plan tells of a confirmation, each once, not the one who gave it."""
    people = dict.fromkeys(one for group in plan.data.confirm_tells for one in plan.members(group, now))
    return tuple(one for one in people if one != by)


def spoken(arguments: Arguments) -> Reason:
    """What a person wrote with their command."""
    return said(_text(arguments))


def _text(arguments: Arguments) -> str:
    return str(arguments.get("text", "") or "")


def _needed(arguments: Arguments, name: str) -> str:
    value = str(arguments.get(name, "") or "").strip()
    if not value:
        raise Refused("missing", field=name)
    return value


def _people(arguments: Arguments, plan: ResponsePlan, now: float) -> tuple[str, ...]:
    """The contacts named by ``to`` (ids of contacts or groups). One that reaches nobody is refused."""
    given = arguments.get("to") or ()
    names = (
        [given] if isinstance(given, str) else [str(item) for item in given] if isinstance(given, (list, tuple)) else []
    )
    found: list[str] = []
    for name in names:
        members = plan.members(name, now)
        if not members:
            raise Refused("nobody_called", given=name)
        found.extend(members)
    if not found:
        raise Refused("missing_to")
    return tuple(dict.fromkeys(found))
