"""Runs the plan: faults become incidents, incidents due steps, steps outbox rows, rows messages.

Order is law: decide in the journal, then send, then record. When the journal cannot be written, the alarm goes out
from memory and says so. ``now`` is injected; nothing here knows which machine the room is on.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import msgspec

from alerting.catalogue import KINDS
from alerting.fault import Fault, Severity
from alerting.meeting_state import MeetingState
from alerting.thin.escalation import Delivered, DueStep, due_steps, is_taken, next_time
from alerting.thin.incident import FaultRecord, Incident, decode, encode, joins
from alerting.thin.message import Occasion, compose
from alerting.thin.outbound import Outbound, Outcome, OutgoingMessage, SendResult
from alerting.thin.outbox import COLUMNS, Row, from_columns, insert, settle, update
from alerting.thin.plan import Chain, Plan
from alerting.thin.severity import is_quiet, severity_of
from alerting.thin.store import Journal, JournalUnavailableError, Statement

log = logging.getLogger(__name__)

CHECK_OF = {kind.code: kind.check for kind in KINDS.values()}
LONGEST_WAIT_SECONDS = 15.0
"""The plan is looked at this often even when nothing is known to be due: a wall clock may be set meanwhile."""

BACKLOG_LIMIT = 10_000
"""Statements kept in memory while the disk is full: about 10 MB, days of a room's life."""


class Refused(Exception):
    """A command that cannot be carried out; the text says why."""


class Engine:
    """One journal, one plan, any number of rooms."""

    def __init__(
        self,
        *,
        journal: Journal,
        plan: Plan,
        outbound: Outbound,
        now: Callable[[], float],
        mode: Literal["act", "observe"] = "act",
        room_names: dict[str, str] | None = None,
    ) -> None:
        self.journal = journal
        self.plan = plan
        self.outbound = outbound
        self.now = now
        self.mode = mode
        self.room_names = room_names or {}
        self.incidents: dict[str, Incident] = {}
        self.rows: dict[str, Row] = {}
        self.meetings: dict[str, MeetingState] = {}
        self.outcomes: Counter[str] = Counter()
        self.journal_problem = ""
        self.changed = asyncio.Event()
        self._backlog: list[Statement] = []
        self._in_flight: set[str] = set()
        self._senders: set[asyncio.Task[None]] = set()
        self._number = 0

    # -- start and end

    async def open(self) -> None:
        """Take over what the journal knows: open incidents and every message that is not settled."""
        try:
            await self.journal.open()
            active = await self.journal.rows("SELECT state FROM incident WHERE phase IN ('open', 'mitigated')")
            pending = await self.journal.rows(
                f"SELECT {COLUMNS} FROM outbox WHERE state='pending' OR incident IN"
                " (SELECT id FROM incident WHERE phase IN ('open', 'mitigated'))"
            )
            unsettled = await self.journal.rows(
                "SELECT state FROM incident WHERE id IN (SELECT incident FROM outbox WHERE state='pending')"
            )
            ((highest,),) = await self.journal.rows("SELECT COALESCE(MAX(number), 0) FROM incident")
        except JournalUnavailableError as error:
            self._journal_failed(error)
            return
        for (text,) in (*active, *unsettled):
            incident = decode(text)
            self.incidents[incident.id] = incident
        for values in pending:
            row = from_columns(values)
            self.rows[row.id] = row
        self._number = int(highest)

    async def close(self) -> None:
        """Wait a moment for messages in flight; what is not settled is sent again after the next start."""
        if self._senders:
            await asyncio.wait(self._senders, timeout=5)
        await self.outbound.close()
        self.journal.close()

    def open_faults(self) -> list[Fault]:
        """The faults that stand in open incidents, for the monitor's restart."""
        return [
            Fault(
                room=incident.room,
                code=one.code,
                target=one.target,
                since=one.since,
                evidence=one.evidence,
                drill=incident.drill,
            )
            for incident in self.incidents.values()
            if incident.active
            for one in incident.standing()
        ]

    # -- what happens

    async def fault_opened(self, fault: Fault, meeting: MeetingState) -> Incident:
        """Open an incident or add the fault to the one it belongs to."""
        now = self.now()
        self.meetings[fault.room] = meeting
        known = self._incident_of(fault)
        if known is not None:
            return known
        severity = severity_of(KINDS[fault.code], meeting, self.plan)
        record = FaultRecord(code=fault.code, target=fault.target, since=fault.since, evidence=dict(fault.evidence))
        for incident in self.incidents.values():
            same_place = incident.active and incident.room == fault.room and incident.drill == fault.drill
            if same_place and joins(incident, fault.code, fault.target, fault.symptoms, CHECK_OF):
                incident.faults.append(record)
                if incident.code in fault.symptoms:
                    incident.symptoms.append(incident.code)
                    incident.code = fault.code
                    incident.fault_class = KINDS[fault.code].fault_class.value
                self._raise_severity(incident, severity, now)
                await self._decide(incident, "fault_joined", "monitor", {"code": fault.code, "target": fault.target})
                return incident
        incident = self._new_incident(fault, severity, now)
        incident.faults.append(record)
        await self._decide(incident, "opened", "monitor", {"code": fault.code, **_plain(fault.evidence)}, steps=True)
        return incident

    async def fault_cleared(self, fault: Fault) -> None:
        """Record the end of a fault; the incident is resolved with its last one."""
        incident = self._incident_of(fault)
        if incident is None:
            return
        now = self.now()
        record = incident.find(fault.code, fault.target)
        if record is not None:
            record.cleared_at = now
        if KINDS[fault.code].fault_class == "network":
            self.retry_now()
        if incident.standing():
            await self._decide(incident, "fault_cleared", "monitor", {"code": fault.code})
            return
        await self._resolve(incident, "monitor", now)

    async def meeting_changed(self, room: str, meeting: MeetingState) -> None:
        """A meeting that begins makes its room's faults weigh more, and escalation begins anew."""
        self.meetings[room] = meeting
        for incident in list(self.incidents.values()):
            if incident.active and incident.room == room:
                before = incident.severity
                self._raise_severity(incident, severity_of(KINDS[incident.code], meeting, self.plan), self.now())
                if incident.severity != before:
                    await self._decide(incident, "severity_raised", "monitor", {"to": incident.severity.word})

    def _incident_of(self, fault: Fault) -> Incident | None:
        for incident in self.incidents.values():
            if incident.active and incident.room == fault.room and incident.find(fault.code, fault.target):
                return incident
        return None

    def _new_incident(self, fault: Fault, severity: Severity, now: float) -> Incident:
        kind = KINDS[fault.code]
        found = self.plan.chain(kind.fault_class.value, severity.word)
        self._number += 1
        incident = Incident(
            id=uuid.uuid4().hex,
            number=self._number,
            room=fault.room,
            opened_at=now,
            code=fault.code,
            fault_class=kind.fault_class.value,
            severity=severity,
            drill=fault.drill,
            symptoms=list(fault.symptoms),
            round_began_at=now,
            plan_version=self.plan.version,
            chain_name=found[0] if found else "",
        )
        self.incidents[incident.id] = incident
        return incident

    def _raise_severity(self, incident: Incident, severity: Severity, now: float) -> None:
        if severity <= incident.severity:
            return
        incident.severity = severity
        found = self.plan.chain(incident.fault_class, severity.word)
        incident.chain_name = found[0] if found else ""
        if not is_taken(incident, self.plan, now):
            incident.begin_round(now)

    async def _resolve(self, incident: Incident, who: str, now: float) -> None:
        incident.phase, incident.resolved_at = "resolved", now
        waiting = [row for row in self.rows.values() if row.incident == incident.id and not row.settled]
        never_told = {row.contact for row in waiting} - set(incident.told)
        for row in waiting:
            if row.id not in self._in_flight:
                row.state, row.settled_at, row.detail = "superseded", now, "the incident was over first"
        rows = self._write(incident, "resolved", tuple(incident.told), now)
        rows += self._write(incident, "passed", tuple(sorted(never_told)), now)
        await self._decide(incident, "resolved", who, {}, rows=rows, settled=waiting)

    # -- people's commands

    async def command(self, verb: str, number: int, *, by: str, text: str = "") -> Incident:
        """take, confirm, note or resolve an incident in a person's name. Raises Refused."""
        incident = next((one for one in self.incidents.values() if one.number == number), None)
        if incident is None or not incident.active:
            raise Refused(f"there is no open incident #{number}. `roomwatch incidents` lists them.")
        if not by:
            raise Refused("who? Say --by NAME.")
        now = self.now()
        if verb == "take":
            incident.taken_by, incident.taken_at = by, now
            for row in self._pending(incident):
                if row.kind in ("escalated", "repeated", "exhausted") and row.id not in self._in_flight:
                    row.state, row.settled_at, row.detail = "superseded", now, f"taken by {by} first"
            others = tuple(one for one in incident.told if not self._is_person(one, by))
            rows = self._write(incident, "taken", others, now, who=by)
            await self._decide(incident, "taken", by, {}, rows=rows, settled=self._of(incident))
        elif verb == "confirm":
            if not self._in_group("technical", by):
                raise Refused(f"{by} is not in the technical group; only it confirms a fault.")
            incident.confirmed_by, incident.confirmed_at = by, now
            rows = []
            if incident.severity >= Severity[self.plan.confirm_from.upper()]:
                rows = self._write(incident, "confirmed", self.plan.people(self.plan.confirm_tells), now, who=by)
            await self._decide(incident, "confirmed", by, {}, rows=rows)
        elif verb == "note":
            await self._decide(incident, "note", by, {"text": text})
        elif verb == "resolve":
            for fault in incident.standing():
                fault.cleared_at = now
            await self._resolve(incident, by, now)
        else:
            raise Refused(f"there is no command {verb!r}.")
        return incident

    def _is_person(self, contact: str, by: str) -> bool:
        return by in (contact, self.plan.contacts[contact].name) if contact in self.plan.contacts else by == contact

    def _in_group(self, group: str, by: str) -> bool:
        members = self.plan.people((group,)) if group in self.plan.groups else ()
        return not members or any(self._is_person(member, by) for member in members)

    # -- deciding

    def _chain(self, incident: Incident) -> Chain | None:
        """The chain the incident started with, while the plan still has it."""
        if incident.chain_name in self.plan.chains:
            return self.plan.chains[incident.chain_name]
        found = self.plan.chain(incident.fault_class, incident.severity.word)
        return found[1] if found else None

    def _of(self, incident: Incident) -> list[Row]:
        return [row for row in self.rows.values() if row.incident == incident.id]

    def _pending(self, incident: Incident) -> list[Row]:
        return [row for row in self._of(incident) if not row.settled]

    def _delivered(self, incident: Incident) -> Delivered:
        rows = [row for row in self._of(incident) if row.round == incident.round]
        accepted = [row.settled_at for row in rows if row.state in ("sent", "observed") and row.settled_at is not None]
        if accepted:
            return Delivered(first_sent=min(accepted))
        alive = [row for row in rows if not row.settled]
        return Delivered(hopeless=bool(incident.steps_done) and not alive)

    async def _run_plan(self, incident: Incident, now: float) -> None:
        chain = self._chain(incident)
        if chain is None or (is_quiet(self.plan, incident.severity, now) and not incident.steps_done):
            return
        if incident.taken_at is not None and not is_taken(incident, self.plan, now):
            incident.taken_by, incident.taken_at = "", None
            incident.begin_round(now)
            await self._decide(incident, "acknowledgement_ran_out", "monitor", {})
        for step in due_steps(incident, self.plan, chain, self._delivered(incident), now):
            await self._decide_step(incident, step, now)

    async def _decide_step(self, incident: Incident, step: DueStep, now: float) -> None:
        if step.kind == "exhausted":
            incident.exhausted = True
            log.error("incident #%d: %s", incident.number, step.reason)
        elif step.kind == "repeated":
            incident.repeats += 1
            incident.last_repeat_at = now
        else:
            incident.steps_done.append(step.name)
        rows = self._write(incident, step.kind, step.contacts, now, step=step.name)
        detail = {"step": step.name, "reason": step.reason, "contacts": list(step.contacts)}
        await self._decide(incident, "step", "monitor", detail, rows=rows)
        if not rows:
            log.error("incident #%d: step %s reaches nobody", incident.number, step.name)

    def _write(
        self, incident: Incident, kind: str, contacts: Sequence[str], now: float, *, who: str = "", step: str = ""
    ) -> list[Row]:
        """Rows for every channel of every contact, with their words."""
        name = self.room_names.get(incident.room, "")
        occasion = Occasion(kind=kind, now=now, room_name=name, who=who, journal_ok=not self.journal_problem)
        rows = []
        for contact_id in contacts:
            contact = self.plan.contacts.get(contact_id)
            if contact is None:
                continue
            for channel in range(len(contact.channels)):
                key = f"{incident.room}-{incident.number}-{step or kind}-{contact_id}-{channel}"
                if key in self.rows:
                    continue
                text = compose(incident, occasion, contact.language, short=contact.short, key=key)
                rows.append(
                    Row(
                        id=key,
                        incident=incident.id,
                        kind=kind,
                        contact=contact_id,
                        channel=channel,
                        created_at=now,
                        due_at=now,
                        title=text.title,
                        body=text.body,
                        round=incident.round if step else -1,
                    )
                )
        if self.mode == "observe":
            for row in rows:
                row.state, row.settled_at = "observed", now
                incident.told.setdefault(row.contact, now)
        return rows

    async def _decide(
        self,
        incident: Incident,
        kind: str,
        who: str,
        detail: dict[str, Any],
        *,
        rows: Sequence[Row] = (),
        settled: Iterable[Row] = (),
        steps: bool = False,
    ) -> None:
        """Commit one decision, then let its messages go."""
        now = self.now()
        for row in rows:
            self.rows[row.id] = row
        statements: list[Statement] = [
            _save(incident),
            (
                "INSERT INTO event (incident, at, kind, who, detail) VALUES (?, ?, ?, ?, ?)",
                (incident.id, now, kind, who, msgspec.json.encode(detail).decode()),
            ),
            *(insert(row) for row in rows),
            *(update(row) for row in settled if row.id not in {one.id for one in rows}),
        ]
        await self._commit(statements)
        if steps:
            await self._run_plan(incident, now)
        self._send_due(now)
        self.changed.set()

    async def _commit(self, statements: list[Statement]) -> None:
        try:
            await self.journal.commit([*self._backlog, *statements])
        except JournalUnavailableError as error:
            self._backlog = [*self._backlog, *statements][-BACKLOG_LIMIT:]
            self._journal_failed(error)
        else:
            self._backlog.clear()
            if self.journal_problem:
                log.warning("the journal is written again")
            self.journal_problem = ""

    def _journal_failed(self, error: Exception) -> None:
        if not self.journal_problem:
            log.error("the journal is not being written, alarms go out from memory: %s", error)
        self.journal_problem = str(error)

    # -- sending

    def retry_now(self) -> None:
        """A path is back: every waiting message may go at once."""
        for row in self.rows.values():
            if not row.settled:
                row.due_at = min(row.due_at, self.now())
        self.changed.set()

    def _send_due(self, now: float) -> None:
        ready = [
            row for row in self.rows.values() if not row.settled and row.due_at <= now and row.id not in self._in_flight
        ]
        if not ready:
            return
        self._in_flight.update(row.id for row in ready)
        task = asyncio.create_task(self._send(ready))
        self._senders.add(task)
        task.add_done_callback(self._senders.discard)

    async def _send(self, rows: list[Row]) -> None:
        messages, results = [], []
        for row in rows:
            contact = self.plan.contacts.get(row.contact)
            try:
                if contact is None or row.channel >= len(contact.channels):
                    raise LookupError("the contact or its channel is no longer in the plan")
                url = contact.channels[row.channel].reveal()
            except LookupError as error:
                results.append(SendResult(key=row.id, outcome=Outcome.PERMANENT, detail=str(error)))
                continue
            messages.append(
                OutgoingMessage(
                    key=row.id, contact=row.contact, channel=row.channel, url=url, title=row.title, body=row.body
                )
            )
        try:
            if messages:
                results.extend(await self.outbound.send(messages))
            await self._record(results)
        finally:
            self._in_flight.difference_update(row.id for row in rows)
            self.changed.set()

    async def _record(self, results: Iterable[SendResult]) -> None:
        now = self.now()
        statements: list[Statement] = []
        touched: dict[str, Incident] = {}
        for result in results:
            row = self.rows[result.key]
            settle(row, result, now)
            if row.settled:
                self.outcomes[row.state] += 1
            if row.state != "sent":
                log.warning("message %s: %s (%s)", row.id, result.outcome, result.detail)
            incident = self.incidents.get(row.incident)
            if row.state == "sent" and incident is not None and row.contact not in incident.told:
                incident.told[row.contact] = now
                touched[incident.id] = incident
            statements.append(update(row))
        statements.extend(_save(incident) for incident in touched.values())
        await self._commit(statements)

    # -- time

    async def tick(self) -> float:
        """Do what is due. Returns the Unix time to come back at the latest; ``changed`` may wake earlier."""
        self.changed.clear()
        now = self.now()
        if self._backlog:
            await self._commit([])
        for incident in list(self.incidents.values()):
            if incident.active:
                await self._run_plan(incident, now)
            elif not self._pending(incident):
                self._forget(incident)
        self._send_due(now)
        times = [now + LONGEST_WAIT_SECONDS]
        times += [row.due_at for row in self.rows.values() if not row.settled and row.id not in self._in_flight]
        for incident in self.incidents.values():
            chain = self._chain(incident)
            due = next_time(incident, self.plan, chain, self._delivered(incident), now) if chain else None
            if due is not None:
                times.append(due)
        return min(times)

    def _forget(self, incident: Incident) -> None:
        """Over and fully delivered: the journal keeps it, memory need not."""
        for row in self._of(incident):
            del self.rows[row.id]
        del self.incidents[incident.id]

    # -- what is known

    @property
    def nobody_reachable(self) -> bool:
        """True while an open incident of this moment could be told to nobody at all."""
        return any(
            incident.active and self._delivered(incident).hopeless and not incident.told
            for incident in self.incidents.values()
        )

    def summary(self) -> dict[str, Any]:
        """JSON-ready: open incidents, waiting messages, the journal's trouble."""
        active = [one for one in self.incidents.values() if one.active]
        return {
            "incidents": [_row(one) for one in sorted(active, key=lambda one: -one.number)],
            "pending": sum(not row.settled for row in self.rows.values()),
            "nobody_reachable": self.nobody_reachable,
            "journal": self.journal_problem,
        }


def _save(incident: Incident) -> Statement:
    ended = incident.closed_at or incident.resolved_at
    return (
        "INSERT INTO incident (id, room, number, state, phase, opened_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET state=excluded.state, phase=excluded.phase, ended_at=excluded.ended_at",
        (
            incident.id,
            incident.room,
            incident.number,
            encode(incident),
            incident.phase,
            incident.opened_at,
            ended,
        ),
    )


def _row(incident: Incident) -> dict[str, Any]:
    return {
        "number": incident.number,
        "room": incident.room,
        "code": incident.code,
        "class": incident.fault_class,
        "severity": incident.severity.word,
        "phase": incident.phase,
        "opened_at": incident.opened_at,
        "taken_by": incident.taken_by,
        "confirmed_by": incident.confirmed_by,
        "told": sorted(incident.told),
        "faults": [{"code": one.code, "target": one.target, "since": one.since} for one in incident.standing()],
        "drill": incident.drill,
    }


def _plain(evidence: Any) -> dict[str, Any]:
    return {str(key): value for key, value in evidence.items()}
