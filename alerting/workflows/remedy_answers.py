"""What people say to a remedy: yes, or no; and a run as the incident and the journal keep it. Pure."""

from __future__ import annotations

import msgspec

from alerting.engine.commands import Arguments, Change, Notify, Refused, spoken
from alerting.model.incident import FaultRecord, Incident
from alerting.model.measures import RemedyRun, RemedyState
from alerting.model.reason import said
from alerting.plan.contract import ResponsePlan
from alerting.plan.remedy_format import PlannedRemedy

replace = msgspec.structs.replace
R = RemedyState


def approve(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """同意执行: the word that a remedy waits for. It covers the meeting that runs when it is given."""
    number = _only(incident, arguments)
    run = replace(incident.remedies[number], approved_by=by, in_meeting=None, why="")
    changed = replace(incident, remedies=(*incident.remedies[:number], run, *incident.remedies[number + 1 :]))
    return Change(incident=changed, verb="remedy_approved", why=spoken(arguments), data=data_of(run))


def refuse(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """不执行: also stops one that is announced and has not begun; those who expected it hear so."""
    number = _only(incident, arguments)
    before = incident.remedies[number]
    run = replace(before, state=R.REFUSED, ended_at=now, why="word", approved_by="")
    changed = replace(incident, remedies=(*incident.remedies[:number], run, *incident.remedies[number + 1 :]))
    text = str(arguments.get("text") or "")
    told = (Notify(kind="remedy_withdrawn", text=text),) if before.state is R.ANNOUNCED else ()
    return Change(incident=changed, verb="remedy_refused", why=said(text), data=data_of(run), tell=told)


def find_waiting(incident: Incident, name: str) -> int | None:
    for number, run in enumerate(incident.remedies):
        if not run.state.over and name in ("", run.name):
            return number
    return None


def _only(incident: Incident, arguments: Arguments) -> int:
    """The run that a person means: the named one, or the one that waits."""
    name = str(arguments.get("name") or "")
    number = find_waiting(incident, name)
    if number is None:
        known = tuple(f"{run.name} ({run.state})" for run in incident.remedies)
        raise Refused("no_remedy_waits", given=name, number=incident.id, known=known)
    run = incident.remedies[number]
    if run.state not in (R.PROPOSED, R.ANNOUNCED):
        raise Refused("remedy_already", name=run.name, run_state=run.state.value)
    return number


def new_run(name: str, remedy: PlannedRemedy, fault: FaultRecord, now: float) -> RemedyRun:
    target = remedy.target or fault.target
    return RemedyRun(
        name=name, kind=remedy.kind, target=target, code=fault.code, fault_target=fault.target, proposed_at=now
    )


def data_of(run: RemedyRun) -> dict[str, object]:
    return {
        "name": run.name,
        "kind": run.kind,
        "target": run.target,
        "state": run.state.value,
        "code": run.code,
        "approved_by": run.approved_by,
        "command": run.command,
        "dry": run.dry,
    }
