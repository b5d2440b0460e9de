"""Remedies (处置措施): what the plan lets be tried; announced first, never under a meeting without a person's word.

Decides and writes down; the machine part that really does it is handed in. Does not run anything not declared.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from alerting.engine.commands import Arguments, Change, IncidentCommand, Refused
from alerting.engine.transaction import Transaction
from alerting.model.incident import FaultRecord, Incident
from alerting.model.measures import RemedyRun, RemedyState
from alerting.model.meeting_state import MeetingSign, MeetingState
from alerting.model.reason import Reason, because
from alerting.model.remedy_outcome import CarryOutIn, RemedyOutcome, broken
from alerting.plan.contract import ResponsePlan
from alerting.plan.offered_measures import participants, remedies
from alerting.plan.remedy_format import PlannedRemedy
from alerting.workflows.remedy_answers import approve, data_of, find_waiting, new_run, refuse

log = logging.getLogger("roomwatch.remedies")
replace = msgspec.structs.replace
R = RemedyState

MEETING_MARGIN = 120.0
"""Seconds before a meeting from which a remedy counts as disturbing it: a conferencing program that was restarted
signs in again in that time."""


FIRST_LOOK = 30.0
"""Seconds after a start within which the monitor says whether a meeting runs: it looks every 5 s, and putting a
remedy off and announcing it again would only be noise."""


OFFERS = ("remedy_proposed", "remedy_announced")
"""Messages that promise something: they go out only once a dry run has said that it can be done."""
OUTCOMES = ("remedy_failed", "remedy_not_helped", "remedy_unknown")
"""Messages that say that the remedy was not carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The run afterwards, the event's verb, why, and the kind of message ("" for none)."""

    run: RemedyRun
    verb: str
    why: Reason = Reason()
    tell: str = ""
    start: bool = False


def may_disturb(meeting: MeetingState, soon: float = MEETING_MARGIN) -> bool:
    """True unless it is known that no meeting runs, nobody uses a device and none begins within ``soon`` seconds."""
    return meeting.hands_off is not False or (meeting.starts_in is not None and meeting.starts_in <= soon)


def brings_back(run: RemedyRun, meeting: MeetingState) -> bool:
    """True for starting the very program again whose end interrupted the meeting: it has left nobody in there to be
    disturbed, and everybody waits for it. Not while anybody uses camera or microphone by another program meanwhile."""
    crashed = run.kind == "restart_application" and run.code == "app_not_running"
    return crashed and not meeting.occupied and meeting.reasons == (MeetingSign("interrupted", run.target),)


def advance(
    run: RemedyRun, remedy: PlannedRemedy | None, incident: Incident, meeting: MeetingState, now: float, *, alive: bool
) -> Move | None:
    """What is due for one run; None for nothing. ``alive``: this process is carrying it out. Pure."""
    if run.state is R.RUNNING:
        return None if alive else _lost(run, now)
    if run.state is R.DONE:
        return _judge(run, incident, now)
    if run.state.over:
        return None
    gone = _not_needed(run, remedy, incident)
    if gone or remedy is None:
        told = "remedy_withdrawn" if run.state is R.ANNOUNCED and incident.phase.live else ""
        return Move(run=replace(run, state=R.WITHDRAWN, ended_at=now), verb="remedy_withdrawn", why=gone, tell=told)
    disturbs = may_disturb(meeting) and not brings_back(run, meeting)
    if run.approved_by and run.in_meeting is None:
        # A word given in an empty room is no word for the meeting that begins within the notice time.
        covers = because("word_covers_meeting" if disturbs else "word_without_meeting")
        return Move(run=replace(run, in_meeting=disturbs), verb="remedy_word", why=covers)
    allowed = run.in_meeting or (not disturbs and (bool(run.approved_by) or remedy.automatic))
    if run.state is R.PROPOSED:
        if allowed:
            due = replace(run, state=R.ANNOUNCED, due_at=now + remedy.notice, why="")
            return Move(
                run=due, verb="remedy_announced", why=because("remedy_in", span=remedy.notice), tell="remedy_announced"
            )
        waits_for = "word" if not (remedy.automatic or run.approved_by) else "meeting"
        if run.why == waits_for:
            return None
        return Move(
            run=replace(run, why=waits_for),
            verb="remedy_waits",
            why=because(f"waits_for_{waits_for}"),
            tell="remedy_proposed",
        )
    if run.due_at is not None and now < run.due_at:
        return None
    if not allowed:
        waits_for = "meeting" if remedy.automatic else "word"
        back = replace(run, state=R.PROPOSED, due_at=None, why=waits_for, approved_by="", in_meeting=None)
        return Move(run=back, verb="remedy_put_off", why=because("waits_for_meeting"), tell="remedy_put_off")
    return Move(run=replace(run, state=R.RUNNING, started_at=now), verb="remedy_running", start=True)


def wake_at(run: RemedyRun) -> float:
    """When the run wants to be looked at again if nothing happens."""
    if run.state is R.ANNOUNCED and run.due_at is not None:
        return run.due_at
    if run.state is R.DONE and run.verify_until is not None:
        return run.verify_until
    return math.inf


def _fault(run: RemedyRun, incident: Incident) -> FaultRecord | None:
    return next((f for f in incident.open_faults if f.key == (run.code, run.fault_target)), None)


def _not_needed(run: RemedyRun, remedy: PlannedRemedy | None, incident: Incident) -> Reason:
    if not incident.phase.live or _fault(run, incident) is None:
        return because("fault_gone")
    if remedy is None or run.code not in remedy.faults or remedy.kind != run.kind:
        return because("plan_forbids")
    return Reason()


def _lost(run: RemedyRun, now: float) -> Move:
    detail = because("result_unknown")
    lost = replace(run, state=R.UNKNOWN, ended_at=now, detail=detail)
    return Move(run=lost, verb="remedy_unknown", why=detail, tell="remedy_unknown")


def _judge(run: RemedyRun, incident: Incident, now: float) -> Move | None:
    """The probes' verdict on a remedy that ran."""
    if _fault(run, incident) is None:
        return Move(run=replace(run, state=R.VERIFIED), verb="remedy_verified", why=because("fault_seen_gone"))
    if run.verify_until is not None and now >= run.verify_until:
        why = because("fault_still_seen")
        return Move(run=replace(run, state=R.NOT_HELPED), verb="remedy_not_helped", why=why, tell="remedy_not_helped")
    return None


class Remedies:
    """Proposes and drives the remedies of all rooms that have a machine which can act."""

    name = "remedies"

    def __init__(self, carry_out_in: CarryOutIn) -> None:
        self._carry_out_in = carry_out_in
        self._alive: set[tuple[int, int]] = set()
        self._trials: dict[tuple[int, int], RemedyOutcome | None] = {}
        """By (incident, number of the run): what its own dry run said, None while it runs. Lost with the process: then
        it is asked again."""
        self._began: float | None = None
        self.incident_commands: Mapping[str, IncidentCommand] = {
            "remedy_approve": approve,
            "remedy_refuse": refuse,
            "remedy_start": self._start_by_hand,
        }

    def consider(self, incident: Incident, transaction: Transaction) -> float:
        if not incident.remedies and not incident.phase.live:
            return math.inf
        incident = self._propose(incident, transaction)
        meeting = transaction.meeting(incident.room)
        self._began = transaction.now if self._began is None else self._began
        if incident.room not in transaction.shared.meetings and transaction.now < self._began + FIRST_LOOK:
            return self._began + FIRST_LOOK
        at = math.inf
        for number in range(len(incident.remedies)):
            run = incident.remedies[number]
            alive = (incident.id, number) in self._alive
            move = advance(
                run, transaction.plan.data.remedies.get(run.name), incident, meeting, transaction.now, alive=alive
            )
            if move is not None and move.tell in OFFERS:
                move = self._possible(incident, number, move, transaction)
            if move is not None and move.start and not self._within_limit(incident.room, run, transaction):
                move = self._limited(run, transaction.now)
            if move is not None:
                incident = self._make(incident, number, move, transaction)
                run = incident.remedies[number]
            at = min(at, wake_at(run))
        return at

    def _propose(self, incident: Incident, transaction: Transaction) -> Incident:
        """The next remedy for an open fault, one at a time; what was tried in this incident is not proposed again."""
        if not incident.phase.live or any(not run.state.over for run in incident.remedies):
            return incident
        if not self._can_act(incident):
            return incident
        for fault in incident.open_faults:
            if fault.reported_by:
                continue
            for name, remedy in remedies(transaction.plan.data, fault.code):
                run = new_run(name, remedy, fault, transaction.now)
                tried = any((r.name, r.target) == (name, run.target) for r in incident.remedies)
                if tried or self._busy(run, incident, transaction):
                    continue
                if not self._within_limit(incident.room, run, transaction):
                    return self._make(
                        incident, len(incident.remedies), self._limited(run, transaction.now), transaction
                    )
                changed = replace(incident, remedies=(*incident.remedies, run))
                transaction.record(changed, "remedy_proposed", data=data_of(run))
                return changed
        return incident

    def _possible(self, incident: Incident, number: int, move: Move, transaction: Transaction) -> Move | None:
        """The move, once a dry run has said that it can be done here; None until then. A remedy that cannot be done
        here is neither offered nor announced, and only who asked for it hears why."""
        key, run = (incident.id, number), incident.remedies[number]
        if key not in self._trials:
            self._try(key, incident.room, run, transaction)
        outcome = self._trials[key]
        if outcome is None:
            return None
        del self._trials[key]
        if outcome.ok:
            return move
        refused = replace(run, state=R.REFUSED, why="impossible", ended_at=transaction.now, detail=outcome.detail)
        tell = "remedy_failed" if run.approved_by else ""
        return Move(run=refused, verb="remedy_impossible", why=outcome.detail, tell=tell)

    def _try(self, key: tuple[int, int], room: str, run: RemedyRun, transaction: Transaction) -> None:
        self._trials[key] = None

        def ended(result: Any, later: Transaction) -> None:
            self._trials[key] = result if isinstance(result, RemedyOutcome) else broken(result)
            later.look_at(key[0], later.now)

        transaction.afterwards(lambda: self._act(room, run, dry=True), ended)

    async def _act(self, room: str, run: RemedyRun, *, dry: bool) -> RemedyOutcome:
        carry_out = self._carry_out_in(room)
        if carry_out is None:
            return RemedyOutcome(ok=False, detail=because("monitor_gone", room=room))
        return await carry_out(run.kind, run.target, dry)

    def _can_act(self, incident: Incident) -> bool:
        return incident.scope == "room" and self._carry_out_in(incident.room) is not None

    def _busy(self, run: RemedyRun, incident: Incident, transaction: Transaction) -> bool:
        """True while another incident of the room has the same thing done to the same target."""
        return any(
            not other.state.over and (other.kind, other.target) == (run.kind, run.target)
            for case in transaction.shared.incidents.live()
            if case.room == incident.room and case.id != incident.id
            for other in case.remedies
        )

    def _make(self, incident: Incident, number: int, move: Move, transaction: Transaction) -> Incident:
        runs = (*incident.remedies[:number], move.run, *incident.remedies[number + 1 :])
        incident = replace(incident, remedies=runs)
        if move.start:
            dry = incident.drill or transaction.shared.mode == "observe"
            started = replace(move.run, dry=dry)
            incident = replace(incident, remedies=(*runs[:number], started, *runs[number + 1 :]))
            if not dry:
                self._count(incident.room, move.run, transaction)
            self._begin(incident, number, started, transaction)
        transaction.record(incident, move.verb, why=move.why, data=data_of(incident.remedies[number]))
        if move.tell:
            transaction.tell(
                incident,
                move.tell,
                _concerned(incident, number, move.tell, transaction),
                tag=f"{number}.{transaction.now:.3f}",
            )
        return incident

    def _begin(self, incident: Incident, number: int, run: RemedyRun, transaction: Transaction) -> None:
        key, room = (incident.id, number), incident.room
        self._alive.add(key)

        def ended(result: Any, later: Transaction) -> None:
            self._alive.discard(key)
            found = later.incident(key[0])
            if found is not None and found.remedies[number].state is R.RUNNING:
                self._ended(found, number, result, later)

        transaction.afterwards(lambda: self._act(room, run, dry=run.dry), ended)

    def _ended(self, incident: Incident, number: int, result: Any, transaction: Transaction) -> None:
        run = incident.remedies[number]
        outcome = result if isinstance(result, RemedyOutcome) else broken(result)
        run = replace(run, ended_at=transaction.now, detail=outcome.detail, command=outcome.command)
        if not outcome.ok:
            move = Move(
                run=replace(run, state=R.FAILED), verb="remedy_failed", why=outcome.detail, tell="remedy_failed"
            )
        else:
            remedy = transaction.plan.data.remedies.get(run.name)
            until = transaction.now + (remedy.verify if remedy is not None else 0.0)
            state = R.WITHDRAWN if run.dry else R.DONE
            why = because("nothing_done") if run.dry else outcome.detail
            move = Move(run=replace(run, state=state, verify_until=until), verb="remedy_done", why=why)
        self._make(incident, number, move, transaction)

    # In number limited

    def _within_limit(self, room: str, run: RemedyRun, transaction: Transaction) -> bool:
        remedy = transaction.plan.data.remedies.get(run.name)
        return remedy is not None and len(self._recent(room, run, remedy.per, transaction)) < remedy.limit

    def _recent(self, room: str, run: RemedyRun, per: float, transaction: Transaction) -> list[float]:
        times = json.loads(transaction.recall(_tried(room, run)) or "[]")
        return [at for at in times if at > transaction.now - per]

    def _count(self, room: str, run: RemedyRun, transaction: Transaction) -> None:
        remedy = transaction.plan.data.remedies.get(run.name)
        per = remedy.per if remedy is not None else 3600.0
        times = [*self._recent(room, run, per, transaction), transaction.now]
        transaction.remember(_tried(room, run), json.dumps(times))

    def _limited(self, run: RemedyRun, now: float) -> Move:
        why = because("limit_reached")
        stopped = replace(run, state=R.REFUSED, why="limit", ended_at=now, detail=why)
        return Move(run=stopped, verb="remedy_limited", why=why, tell="remedy_limited")

    def _start_by_hand(
        self, incident: Incident, by: str, plan: ResponsePlan, now: float, arguments: Arguments
    ) -> Change:
        """A person asks for a declared remedy, also one that was tried already."""
        name = str(arguments.get("name") or "")
        declared = [(n, r, f) for f in incident.open_faults for n, r in remedies(plan.data, f.code)]
        found = next((one for one in declared if one[0] == name), None)
        if found is None:
            known = tuple(dict.fromkeys(one[0] for one in declared))
            raise Refused("no_remedy_for", given=name, number=incident.id, known=known)
        if not self._can_act(incident):
            raise Refused("remedies_elsewhere", number=incident.id, room=incident.room)
        active = next((run for run in incident.remedies if not run.state.over and run.name != name), None)
        if active is not None:
            raise Refused("remedy_first", name=active.name, run_state=active.state.value)
        waiting = find_waiting(incident, name)
        run = new_run(name, found[1], found[2], now) if waiting is None else incident.remedies[waiting]
        if run.state not in (R.PROPOSED, R.ANNOUNCED):
            raise Refused("remedy_already", name=name, run_state=run.state.value)
        run = replace(run, approved_by=by, in_meeting=None, why="")
        runs = incident.remedies
        runs = (*runs, run) if waiting is None else (*runs[:waiting], run, *runs[waiting + 1 :])
        return Change(incident=replace(incident, remedies=runs), verb="remedy_approved", data=data_of(run))


def _tried(room: str, run: RemedyRun) -> str:
    """The name of the small fact that holds when it was tried."""
    return f"remedy.{room}.{run.name}.{run.target}"


def _concerned(incident: Incident, number: int, kind: str, transaction: Transaction) -> list[str]:
    """Who must know: those who repair, always; those in the room and all told so far, of what they will notice; whoever
    heard the announcement, of what became of it."""
    found = dict.fromkeys(transaction.plan.members("technical", transaction.now))
    if incident.taken(transaction.now) and transaction.plan.addresses(incident.taken_by):
        found[incident.taken_by] = None
    if kind in ("remedy_announced", "remedy_put_off", "remedy_withdrawn"):
        found.update(dict.fromkeys(transaction.shared.incidents.reached(incident.id)))
        organiser = transaction.meeting(incident.room).organiser
        found.update(dict.fromkeys(participants(transaction.plan, incident.room, organiser, transaction.now)))
    if kind in OUTCOMES:
        announced = f"-remedy_announced-{number}."
        rows = transaction.shared.incidents.rows(incident.id)
        found.update(dict.fromkeys(row.contact for row in rows if announced in row.key))
    return [contact for contact in found if transaction.plan.addresses(contact)]
