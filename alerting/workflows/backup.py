"""The backup plan (备用方案): which way the meeting goes on, who is told where to go, and the next when one fails.

A chain's step with action "backup" calls it. Where somebody took the incident and the chain stands still, it is called
after the same time without a repair. Does not decide that a meeting has moved: a person says so, or the started
program.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from alerting.engine.commands import Arguments, Change, IncidentCommand, Notify, Refused, spoken
from alerting.engine.transaction import MACHINE, Transaction
from alerting.model.incident import Incident, Phase
from alerting.model.measures import BackupRun, BackupState
from alerting.model.reason import Reason, because, said
from alerting.model.remedy_outcome import CarryOutIn, RemedyOutcome, broken, nowhere
from alerting.plan.contract import ResponsePlan
from alerting.plan.offered_measures import backups, participants
from alerting.plan.resources import Backup

replace = msgspec.structs.replace
B = BackupState


def propose(incident: Incident, transaction: Transaction, *, why: Reason = Reason()) -> Incident:
    """Choose the first way that did not fail, and write it down; the incident as it is then.

    A way whose last test failed comes after those that are good: it is not trusted, but better than none.
    """
    if incident.backup is not None:
        return incident
    chosen = choose(incident, transaction)
    if chosen is None:
        return incident
    run = _run(*chosen, transaction.now)
    changed = replace(incident, backups=(*incident.backups, run))
    transaction.record(changed, "backup_proposed", why=why, data=_data(run))
    return changed


def choose(incident: Incident, transaction: Transaction) -> tuple[str, Backup] | None:
    """(id, backup) that would be proposed now; None where the plan has no other."""
    failed = {run.name for run in incident.backups}
    left = [(name, one) for name, one in backups(transaction.plan.data, incident.room) if name not in failed]
    good = [pair for pair in left if transaction.recall(f"backup_failed.{pair[0]}") in (None, "")]
    return next(iter(good or left), None)


def _run(name: str, backup: Backup, now: float) -> BackupRun:
    place = backup.join if backup.kind == "application" else backup.room
    return BackupRun(
        name=name, title=backup.name, kind=backup.kind, place=place, application=backup.application, at=now
    )


class BackupPlan:
    """Drives the backups of all rooms' incidents. ``start_in`` gives what opens a join link on a room's machine: it is
    called as ("start_backup", link or profile and link, dry run), and says whether the program then showed the
    meeting."""

    name = "backup"

    def __init__(self, start_in: CarryOutIn = nowhere) -> None:
        self._start_in = start_in
        self._alive: set[tuple[int, int]] = set()
        self.incident_commands: Mapping[str, IncidentCommand] = {
            "backup_start": start_by_hand,
            "backup_failed": failed_by_hand,
        }

    def consider(self, incident: Incident, transaction: Transaction) -> float:
        if not incident.phase.live:
            return math.inf
        at = math.inf
        if not incident.backups and incident.phase is Phase.OPEN:
            at = self._due_at(incident, transaction)
            if at > transaction.now:
                return at
            incident = self._propose_to_the_taker(incident, transaction)
        if incident.backups and incident.backup is None:
            incident = self._next(_reopened(incident, transaction), transaction)
        run = incident.backup
        if run is None:
            return math.inf
        if incident.phase is Phase.MITIGATED and run.state in (B.PROPOSED, B.STARTING, B.STARTED):
            incident = _change(incident, replace(run, state=B.IN_USE), "backup_in_use", transaction)
            if run.state is not B.STARTED:
                self._tell_where(incident, transaction, responders=False)
        elif run.state is B.STARTING:
            self._run_it(incident, run, transaction)
        elif run.state is B.PROPOSED and self._starts_itself(incident, run, transaction):
            self._begin(incident, run, transaction)
        return math.inf

    def _due_at(self, incident: Incident, transaction: Transaction) -> float:
        """When the plan wants the meeting moved though somebody took the incident and the chain stands still."""
        if incident.taken_at is None or not incident.taken(transaction.now):
            return math.inf
        steps = [step.after for step in incident.chain if step.action == "backup"]
        if not steps:
            return math.inf
        return max(incident.entered_at + steps[0], incident.snoozed_until or 0.0)

    def _propose_to_the_taker(self, incident: Incident, transaction: Transaction) -> Incident:
        incident = propose(incident, transaction, why=because("taken_not_repaired"))
        if incident.backup is not None:
            transaction.tell(
                incident,
                "backup",
                _responders(incident, transaction),
                tag=f"taken.{transaction.now:.0f}",
                action="backup",
            )
        return incident

    def _next(self, incident: Incident, transaction: Transaction) -> Incident:
        """Propose the next in order after one that failed, and tell people. Where none is left, tell them that,
        once."""
        before = incident.backups[-1]
        incident = propose(incident, transaction, why=because("backup_failed", entry=before.name))
        if incident.backup is not None:
            transaction.tell(
                incident, "backup", _responders(incident, transaction), tag=str(len(incident.backups)), action="backup"
            )
        elif not before.last:
            last = replace(before, last=True)
            incident = replace(incident, backups=(*incident.backups[:-1], last))
            transaction.record(incident, "backup_none_left", why=because("no_backup_left", entry=before.name))
            transaction.tell(incident, "backup_none_left", _responders(incident, transaction, leaders=True))
        return incident

    def _starts_itself(self, incident: Incident, run: BackupRun, transaction: Transaction) -> bool:
        """Start it without a person where the plan says so and a meeting may be running that has to go on."""
        declared = next((one for name, one in backups(transaction.plan.data, incident.room) if name == run.name), None)
        return (
            declared is not None
            and declared.start == "start"
            and transaction.meeting(incident.room).running is not False
        )

    def _begin(self, incident: Incident, run: BackupRun, transaction: Transaction) -> None:
        if self._can_launch(incident, run):
            starting = _change(incident, replace(run, state=B.STARTING, by=MACHINE), "backup_starting", transaction)
            self._launch(starting, run, transaction)
            return
        started = replace(run, state=B.STARTED, by=MACHINE, started_at=transaction.now)
        incident = _change(incident, started, "backup_started", transaction)
        self._tell_where(incident, transaction)

    def _run_it(self, incident: Incident, run: BackupRun, transaction: Transaction) -> None:
        """A start that a person ordered; one that was under way when the monitor ended is not repeated blindly."""
        key = (incident.id, len(incident.backups))
        if key in self._alive:
            return
        if run.started_at == transaction.now and self._can_launch(incident, run):
            self._launch(incident, run, transaction)
            return
        why = because("start_interrupted") if run.started_at != transaction.now else Reason()
        started = replace(run, state=B.STARTED, started_at=transaction.now, detail=why)
        incident = _change(incident, started, "backup_started", transaction, why=why)
        self._tell_where(incident, transaction)

    def _can_launch(self, incident: Incident, run: BackupRun) -> bool:
        return run.kind == "application" and incident.scope == "room" and self._start_in(incident.room) is not None

    def _launch(self, incident: Incident, run: BackupRun, transaction: Transaction) -> None:
        start, dry = self._start_in(incident.room), incident.drill or transaction.shared.mode == "observe"
        assert start is not None
        number, count = incident.id, len(incident.backups)
        self._alive.add((number, count))

        def ended(result: Any, later: Transaction) -> None:
            self._alive.discard((number, count))
            found = later.incident(number)
            if found is not None and found.backup is not None and found.backup.state is B.STARTING:
                self._ended(found, found.backup, result, later)

        target = f"{run.application} {run.place}".strip()
        transaction.afterwards(lambda: start("start_backup", target, dry), ended)

    def _ended(self, incident: Incident, run: BackupRun, result: Any, transaction: Transaction) -> None:
        outcome = result if isinstance(result, RemedyOutcome) else broken(result)
        if not outcome.ok and run.by == MACHINE:
            failed = replace(run, state=B.FAILED, detail=outcome.detail)
            _change(incident, failed, "backup_failed", transaction, why=outcome.detail)
            return
        state = B.IN_USE if outcome.ok else B.STARTED  # a person's order stands: people join by their own devices
        begun = replace(run, state=state, started_at=transaction.now, detail=outcome.detail)
        incident = _change(incident, begun, "backup_started", transaction, why=outcome.detail)
        self._tell_where(incident, transaction, responders=not outcome.ok)
        if outcome.ok and incident.phase is Phase.OPEN:
            incident = replace(incident, phase=Phase.MITIGATED, mitigated_at=transaction.now)
            transaction.record(incident, "mitigated", why=because("backup_runs", entry=run.title))
            transaction.tell_reached(incident, "mitigated")

    def _tell_where(self, incident: Incident, transaction: Transaction, *, responders: bool = True) -> None:
        """Where the meeting goes on: to those who sit in it, and to those who carry it out."""
        organiser = transaction.meeting(incident.room).organiser
        people = participants(transaction.plan, incident.room, organiser, transaction.now)
        tag, known = f"{len(incident.backups)}", _told_by_step(incident, transaction)
        transaction.tell(incident, "moved", [p for p in people if p not in known], tag=tag)
        if responders:
            others = [one for one in _responders(incident, transaction) if one not in people]
            transaction.tell(incident, "moved_info", others, tag=tag)


def _reopened(incident: Incident, transaction: Transaction) -> Incident:
    """The meeting goes on nowhere any more: it is as urgent as it was, and somebody has to take it again."""
    if incident.phase is not Phase.MITIGATED:
        return incident
    opened = incident.chain_again(
        "reopened",
        transaction.now,
        incident.last_step,
        phase=Phase.OPEN,
        mitigated_at=None,
        taken_at=None,
        taken_by="",
        taken_until=None,
    )
    transaction.record(opened, "reopened", why=because("backup_useless", entry=incident.backups[-1].title))
    return opened


def start_by_hand(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """启用备用方案: a person starts the proposed way, or the one they name; participants are told where to go."""
    _open(incident)
    ways = dict(backups(plan.data, incident.room))
    name = str(arguments.get("name") or (incident.backup.name if incident.backup is not None else next(iter(ways), "")))
    if name not in ways:
        raise Refused("no_backup_for", given=name, room=incident.room, known=tuple(ways))
    run = incident.backup
    if run is not None and run.name == name and run.state is not B.PROPOSED:
        raise Refused("backup_already", entry=name, run_state=run.state.value)
    kept = incident.backups[:-1] if run is not None and run.state is B.PROPOSED else incident.backups
    fresh = replace(_run(name, ways[name], now), state=B.STARTING, by=by, started_at=now)
    changed = replace(incident, backups=(*kept, fresh))
    return Change(incident=changed, verb="backup_ordered", why=spoken(arguments), data=_data(fresh))


def failed_by_hand(incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments) -> Change:
    """The way that was chosen does not work: the next in order is proposed, and nobody thinks that all is well."""
    _open(incident)
    run = incident.backup
    if run is None:
        raise Refused("no_backup_chosen", number=incident.id)
    text = str(arguments.get("text") or "")
    failed = replace(run, state=B.FAILED, detail=said(text))
    changed = replace(incident, backups=(*incident.backups[:-1], failed))
    told = (Notify(kind="backup_failed", text=text),) if run.state in (B.STARTED, B.IN_USE) else ()
    return Change(incident=changed, verb="backup_failed", why=said(text), data=_data(failed), tell=told)


def _open(incident: Incident) -> None:
    if not incident.phase.live:
        raise Refused("nothing_to_move", number=incident.id, phase=incident.phase.value)


def _told_by_step(incident: Incident, transaction: Transaction) -> set[str]:
    """Those whom the chain's own step told of this backup."""
    chain = incident.chain
    return {
        row.contact
        for row in transaction.shared.incidents.rows(incident.id)
        if 0 <= row.step < len(chain) and chain[row.step].action == "backup" and len(incident.backups) == 1
    }


def _responders(incident: Incident, transaction: Transaction, *, leaders: bool = False) -> list[str]:
    """Who carries the move out: who took the incident, the technical group, and the audience of the plan's step."""
    found: dict[str, None] = {}
    if incident.taken(transaction.now):
        found[incident.taken_by] = None
    audience = {one for step in incident.chain if step.action == "backup" for one in step.audience}
    for group in ("technical", *sorted(audience - {"participants"}), *(("leadership", "logistics") if leaders else ())):
        found.update(dict.fromkeys(transaction.plan.members(group, transaction.now)))
    return [contact for contact in found if transaction.plan.addresses(contact)]


def _change(
    incident: Incident, run: BackupRun, verb: str, transaction: Transaction, *, why: Reason = Reason()
) -> Incident:
    """The incident with its newest backup as it is now."""
    changed = replace(incident, backups=(*incident.backups[:-1], run))
    transaction.record(changed, verb, why=why, data=_data(run))
    return changed


def _data(run: BackupRun) -> dict[str, object]:
    return {"name": run.name, "kind": run.kind, "place": run.place, "state": run.state.value, "by": run.by}
