"""Runs the plan: faults, meetings and people's commands in; decided, journaled, sent messages out.

Decide in the journal, then send, then record. Refuses to look at a clock of its own and to know how sending works.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, TypeVar

import msgspec

from alerting import verbs
from alerting.caseload import Caseload
from alerting.catalogue import KINDS
from alerting.chain import Address, ResponsePlan
from alerting.delivery import policy
from alerting.delivery.outbound import Outbound, Outcome, OutgoingMessage, Render, SendResult
from alerting.delivery.outbox import Outbox
from alerting.engine_clock import EngineClock
from alerting.escalation import DEPUTY, ROUND_PAUSE, Due, decide
from alerting.fault import Fault, FaultClass, FaultKind, Severity
from alerting.incident import FaultRecord, Incident, Phase, StepRecord, find_incident, find_reported
from alerting.journal.rows import Batch, Event, Notification, NotificationState
from alerting.journal.store import Journal, JournalUnavailable
from alerting.meeting_state import MeetingState
from alerting.notices import Notices

T = TypeVar("T")
log = logging.getLogger("roomwatch.engine")
replace = msgspec.structs.replace
S = NotificationState

CLOSE_AFTER = 3600.0
"""Seconds after which a resolved incident is closed by itself: by then nobody adds to it from the room."""
WRITE_AGAIN = 10.0
"""Seconds between tries to write the journal while it cannot be written."""
MACHINE = "roomwatch"


class Engine:
    """One plan over any number of rooms. All methods belong to one event loop; ``now`` gives Unix seconds."""

    def __init__(
        self,
        *,
        journal: Journal,
        plan: ResponsePlan,
        now: Callable[[], float],
        steady: Callable[[], float] | None = None,
        outbound: Outbound,
        render: Render,
        mode: Literal["act", "observe"] = "act",
        room: str = "",
    ) -> None:
        """``room`` is where faults of the monitor itself are reported. ``steady``: seconds of a clock that nobody sets
        (boot time), so that a wall clock set by hours makes no step due. Reads what the journal holds at once."""
        self.plan, self.mode, self.room = plan, mode, room
        self.woken = asyncio.Event()
        self.outcomes: Counter[str] = Counter()
        """Final states of notifications since the start, for the metrics."""
        self._journal, self._outbound = journal, outbound
        self._lock = asyncio.Lock()
        self._cases = Caseload()
        self._meetings: dict[str, MeetingState] = {}
        self._flights: set[asyncio.Task[None]] = set()
        self._unwritten: Batch | None = None
        self._write_at = 0.0
        self._journal_reason = ""
        self._last_accepted: float | None = None
        self._first_batch = Batch()
        reader = journal.reader
        installation = reader.memory("installation")
        if installation is None:
            installation = self._first_batch.memory["installation"] = secrets.token_hex(4)
        self._notices = Notices(installation, render, self._cases.incidents.get, lambda: bool(self._journal_reason))
        self._outbox = Outbox(self._notices.digest, self._per_minute)
        self._number = reader.last_number()
        self._clock = EngineClock(now, steady, reader.last_time())
        live = reader.live_incidents()
        self._cases.restore(live, (row for incident in live for row in reader.notifications(incident.id)))
        self._outbox.restore(reader.unfinished(), self._first_batch)
        self._cases.keep(self._first_batch.notifications.values(), self._first_batch)

    # What comes in

    async def fault_opened(self, fault: Fault, meeting: MeetingState | None = None) -> int:
        """A fault was confirmed by a probe; the number of its incident. The same open fault again changes nothing."""
        if meeting is not None:
            self._meetings[fault.room] = meeting
        return await self._change(lambda now, batch: self._open(fault, now, batch))

    async def fault_cleared(self, fault: Fault) -> None:
        """A fault is gone. The last one of an incident resolves it."""
        await self._change(lambda now, batch: self._clear(fault, now, batch))

    async def meeting_changed(self, room: str, meeting: MeetingState) -> None:
        """A room's meeting began, ended or comes near: severities are judged anew."""
        self._meetings[room] = meeting

        def judge(now: float, batch: Batch) -> None:
            for incident in self._cases.live():
                if incident.room == room:
                    self._judge(incident, now, batch)

        await self._change(judge)

    async def command(self, verb: str, incident_id: int, *, by: str, **arguments: object) -> Incident:
        """A person's word: see alerting/verbs.py. Raises verbs.Refused with what to do instead."""
        return await self._change(lambda now, batch: self._command(verb, incident_id, by, arguments, now, batch))

    async def report_by_person(
        self, room: str, *, by: str, fault_class: FaultClass, text: str = "", scope: str = "room", declare: bool = False
    ) -> int:
        """A person says that something is wrong. It joins what is open in the room, or opens an incident; its number.

        ``declare``: always one of its own, of any class, for a room, a floor or the site (``scope``).
        """
        code = "disaster_declared" if declare and fault_class is FaultClass.EXTERNAL else f"reported_{fault_class}"
        if code not in KINDS:
            code = "reported_other"
        return await self._change(lambda now, batch: self._reported(room, by, code, text, scope, declare, now, batch))

    async def change_plan(self, plan: ResponsePlan) -> None:
        """Another plan from now on. Open incidents keep their chains; those who were told hear of it."""

        def swap(now: float, batch: Batch) -> None:
            old, self.plan = self.plan, plan
            if old.version == plan.version:
                return
            for incident in self._cases.live():
                why = f"plan {old.version} → {plan.version}; this incident keeps the chain of {incident.plan_version}"
                self._record(incident, "plan_changed", MACHINE, now, batch, why=why)
                self._tell_reached(incident, "plan_changed", now, batch, text=plan.version)
            for row in self._outbox.waiting():
                if not self.plan.addresses(row.contact):
                    self._outbox.withdraw(
                        lambda r, contact=row.contact: r.contact == contact,  # type: ignore[misc]
                        now,
                        batch,
                        why=f"{row.contact} is not in plan {plan.version}",
                    )
            for incident in self._cases.live():
                self._cases.look_at(incident.id, now)

        await self._change(swap)

    async def paths_returned(self) -> None:
        """The network is back, as the monitor sees it: what waited goes at once."""
        await self._change(lambda now, batch: self._outbox.retry_now())

    async def warm(self) -> None:
        """A fault is being confirmed: have the sender ready."""
        if self.mode == "act":
            await self._outbound.warm()

    # What drives it

    async def tick(self) -> float:
        """Do what is due and start what is to be sent; the Unix time of the next due thing (infinity: none)."""
        await self._change(lambda now, batch: None, wakes=False)
        async with self._lock:
            at = min(self._cases.next_at(), self._outbox.next_at(self._now()))
            at = min(at, self._write_at) if self._unwritten is not None else at
            return at - self._clock.skew

    async def settle(self) -> None:
        """Wait until nothing is in flight."""
        while self._flights:
            await asyncio.gather(*self._flights)

    async def close(self) -> None:
        """Let flights land, write what is unwritten, let go of the sender. The journal stays open: it is not ours."""
        await self.settle()
        async with self._lock:
            if self._unwritten is not None:
                self._write_at = 0.0
                await self._commit(Batch(), self._now())
        await self._outbound.close()

    def summary(self) -> dict[str, object]:
        """What /metrics and `roomwatch status` show."""
        live = self._cases.live()
        now = self._now()
        return {
            "mode": self.mode,
            "plan_version": self.plan.version,
            "incidents_open": len(live),
            "incidents_by_severity": {s.word: sum(i.severity is s for i in live) for s in Severity},
            "incidents_untaken": sum(not i.taken(now) and i.phase is Phase.OPEN for i in live),
            "outbox_waiting": len(self._outbox.waiting()),
            "outbox_in_flight": len(self._outbox.flying()),
            "paths_down": sorted(self._outbox.down),
            "journal_unavailable": self._journal_reason,
            "unanswered": [i.id for i in live if i.unanswered_at is not None],
            "nobody_reached": [i.id for i in live if i.steps and not self._cases.reached(i.id)],
            "last_accepted_at": self._last_accepted,
        }

    def incidents(self) -> list[Incident]:
        """Incidents that are not closed, oldest first."""
        return sorted(self._cases.incidents.values(), key=lambda i: i.id)

    # The one way in which anything changes

    async def _change(self, work: Callable[[float, Batch], T], *, wakes: bool = True) -> T:
        """Decide under the lock, commit, and only then let messages fly. A caller that is cancelled does not tear
        the commit from the flights that follow it."""
        return await asyncio.shield(asyncio.ensure_future(self._carry_out(work, wakes)))

    async def _carry_out(self, work: Callable[[float, Batch], T], wakes: bool) -> T:
        async with self._lock:
            batch, self._first_batch = self._first_batch, Batch()
            now = self._time(batch)
            result = work(now, batch)
            self._evaluate(now, batch)
            picked = self._outbox.pick(now, batch)
            self._evaluate_rows(batch, now)
            await self._commit(batch, now)
            for row in picked:
                task = asyncio.create_task(self._fly(row))
                self._flights.add(task)
                task.add_done_callback(self._flights.discard)
        if wakes:
            self.woken.set()
        return result

    def _now(self) -> float:
        return self._clock.peek()

    def _time(self, batch: Batch) -> float:
        """Engine time; a wall clock that was set is reported, and believed again once nothing is open."""
        live = [i for i in self._cases.live() if i.code != "clock_suspect"]
        now, jump = self._clock.look(idle=not live and not len(self._outbox))
        if jump:
            log.warning("the clock was set by %.0f s; waiting times go on as if it had not been", jump)
            evidence: dict[str, str | float | int | bool] = {"jump_seconds": round(jump, 1)}
            self._open(Fault(room=self.room, code="clock_suspect", since=now, evidence=evidence), now, batch)
        elif self._clock.skew == 0.0:
            self._clear(Fault(room=self.room, code="clock_suspect", since=now), now, batch)
        return now

    def open_faults(self) -> list[Fault]:
        """What probes reported and is still open: what the monitor knows again after a restart."""
        return [
            Fault(
                room=incident.room,
                code=fault.code,
                target=fault.target,
                since=fault.since,
                evidence=fault.evidence,
                symptoms=fault.symptoms,
                drill=incident.drill,
            )
            for incident in self._cases.live()
            for fault in incident.open_faults
            if not fault.reported_by
        ]

    async def _commit(self, batch: Batch, now: float) -> None:
        """On the disk, or kept in memory until it can be: a full disk must not silence the alarm."""
        if self._unwritten is not None:
            self._unwritten.absorb(batch)
            if now < self._write_at:
                return
            batch = self._unwritten
        if not batch:
            return
        try:
            await self._journal.commit(batch)
        except JournalUnavailable as error:
            if self._unwritten is None:
                log.critical("the journal cannot be written, going on from memory: %s", error)
            self._unwritten, self._write_at = batch, now + WRITE_AGAIN
            if not self._journal_reason:
                self._journal_reason = str(error)
                fault = Fault(room=self.room, code="journal_unavailable", since=now, evidence={"why": str(error)})
                self._open(fault, now, batch)
                self._evaluate(now, batch)
        else:
            if self._unwritten is not None:
                self._unwritten = None
                log.warning("the journal is written again; nothing was lost meanwhile")
                self._journal_reason = ""
                later = Batch()
                self._clear(Fault(room=self.room, code="journal_unavailable", since=now), now, later)
                await self._commit(later, now)

    async def _fly(self, row: Notification) -> None:
        result = await self._attempt(row)
        await self._change(lambda now, batch: self._landed(row, result, now, batch))

    async def _attempt(self, row: Notification) -> SendResult:
        address = self._address(row)
        if address is None:
            return SendResult(key=row.key, outcome=Outcome.PERMANENT, detail="not in the plan any more")
        message = OutgoingMessage(
            key=row.key,
            contact=row.contact,
            channel=row.channel,
            url=address.url,
            title=row.title,
            body=row.body,
            short=row.short,
            language=row.language,
            drill=row.drill,
        )
        try:
            async with asyncio.timeout(policy.SEND_LIMIT):
                results = await self._outbound.send([message])
        except TimeoutError:
            return SendResult(key=row.key, outcome=Outcome.TEMPORARY, detail="the sender gave no answer in time")
        except Exception as error:  # whatever a sender breaks on, the message must be tried again
            log.exception("sending failed")
            return SendResult(key=row.key, outcome=Outcome.TEMPORARY, detail=type(error).__name__)
        for result in results:
            if result.key == row.key:
                return result
        return SendResult(key=row.key, outcome=Outcome.TEMPORARY, detail="the sender gave no result")

    def _landed(self, row: Notification, result: SendResult, now: float, batch: Batch) -> None:
        were_down = set(self._outbox.down)
        row = self._outbox.landed(row, result, now, batch)
        if row.state.final:
            self.outcomes[row.state.value] += 1
        if row.state is S.SENT:
            self._last_accepted = now
            self._after_acceptance(row, now, batch)
        elif row.state is S.FAILED or row.attempts == 1:
            self._try_another_way(row, now, batch)
        if row.state is S.FAILED:
            log.error("%s cannot be told by %s: %s", row.contact, row.channel, row.detail)
        if were_down != self._outbox.down:
            for incident in self._cases.live():
                self._cases.look_at(incident.id, now)

    def _after_acceptance(self, row: Notification, now: float, batch: Batch) -> None:
        """The same message by another way is not needed any more; who was told late still hears of the recovery."""
        stem = row.key.partition("+")[0]
        self._outbox.withdraw(
            lambda other: other.contact == row.contact and other.key.partition("+")[0] == stem,
            now,
            batch,
            by=row.key,
            why=f"told by {row.channel}",
        )
        self._cases.keep([row], batch)
        incident = self._cases.incidents.get(row.incident)
        if incident is not None and incident.phase is Phase.RESOLVED and row.kind not in ("recovered", "passed"):
            self._tell(incident, "recovered", [row.contact], now, batch, text=incident.done, only=row.channel)

    def _try_another_way(self, row: Notification, now: float, batch: Batch) -> None:
        ways = self.plan.addresses(row.contact)
        index = next((n for n, way in enumerate(ways) if way.channel == row.channel), len(ways))
        if index + 1 < len(ways):
            other = self._notices.by_another_way(row, ways[index + 1], now)
            self._cases.hand_members(row.key, other.key)
            self._outbox.add(other, batch)

    def _address(self, row: Notification) -> Address | None:
        return next((a for a in self.plan.addresses(row.contact) if a.channel == row.channel), None)

    def _per_minute(self, target: tuple[str, str]) -> float:
        return next((a.per_minute for a in self.plan.addresses(target[0]) if a.channel == target[1]), 0.0)

    # Deciding

    def _evaluate_rows(self, batch: Batch, now: float) -> None:
        """Incidents whose messages changed are looked at again: an acceptance starts a clock."""
        for number in self._cases.keep(batch.notifications.values(), batch):
            if number in self._cases.incidents:
                self._cases.look_at(number, now)

    def _evaluate(self, now: float, batch: Batch) -> None:
        self._evaluate_rows(batch, now)
        for incident in list(self._cases.due(now)):
            self._step(incident, now, batch)

    def _step(self, incident: Incident, now: float, batch: Batch) -> None:
        """Let the chain go on where it wants to, and note when to look again."""
        if incident.phase is Phase.RESOLVED and incident.resolved_at is not None:
            if now >= incident.resolved_at + CLOSE_AFTER and not self._pending(incident.id):
                self._record(replace(incident, phase=Phase.CLOSED, closed_at=now), "closed", MACHINE, now, batch)
            else:
                self._cases.look_at(incident.id, max(incident.resolved_at + CLOSE_AFTER, now + 60.0))
            return
        down = frozenset(self._outbox.down)
        decision = decide(incident, self._cases.told(incident.id), self.plan, now, down)
        if decision.take_expired:
            incident = replace(
                incident,
                taken_at=None,
                taken_by="",
                taken_until=None,
                round=incident.round + 1,
                entered_at=now,
                entry=incident.last_step,
            )
            self._record(incident, "take_expired", MACHINE, now, batch, why="taken, but neither mitigated nor resolved")
            decision = decide(incident, self._cases.told(incident.id), self.plan, now, down)
        for due in decision.due:
            incident = self._take_step(incident, due, now, batch)
        if decision.unanswered:
            incident = self._unanswered(incident, now, batch)
            decision = decide(incident, self._cases.told(incident.id), self.plan, now, down)
        self._cases.look_at(incident.id, decision.next_at)

    def _pending(self, incident: int) -> bool:
        return any(not row.state.final for row in self._cases.rows(incident))

    def _take_step(self, incident: Incident, due: Due, now: float, batch: Batch) -> Incident:
        record = StepRecord(
            round=incident.round, index=due.index, repeat=due.repeat, at=now, contacts=due.contacts, reason=due.reason
        )
        incident = replace(incident, steps=(*incident.steps, record))
        step = incident.chain[due.index]
        data = {
            "round": incident.round,
            "index": due.index,
            "repeat": due.repeat,
            "name": step.name,
            "severity": incident.worst.word,
            "contacts": list(due.contacts),
        }
        self._record(incident, "step", MACHINE, now, batch, why=due.reason, data=data)
        place = (incident.round, due.index, due.repeat)
        tag = f"{incident.round}.{due.index}.{'d' if due.repeat == DEPUTY else due.repeat}"
        self._tell(
            incident, due.kind, due.contacts, now, batch, tag=tag, place=place, reason=due.reason, action=due.action
        )
        return incident

    def _unanswered(self, incident: Incident, now: float, batch: Batch) -> Incident:
        """The end of the chain without an answer: an alarm of its own, once, and the chain begins again."""
        first = incident.unanswered_at is None
        everybody = dict.fromkeys(
            c for step in incident.chain for audience in step.audience for c in self.plan.members(audience, now)
        )
        why = "nobody answered" if self._cases.reached(incident.id) else "nobody could be reached"
        log.critical("incident %d in %s: %s to the end of its chain", incident.id, incident.room, why)
        incident = replace(incident, unanswered_at=now, round=incident.round + 1, entered_at=now + ROUND_PAUSE, entry=0)
        self._record(incident, "unanswered", MACHINE, now, batch, why=why)
        if first:
            for contact in everybody:
                for address in self.plan.addresses(contact):
                    self._tell(incident, "unanswered", [contact], now, batch, reason=why, only=address.channel)
        return incident

    def _judge(self, incident: Incident, now: float, batch: Batch) -> None:
        if incident.pinned or not incident.phase.live:
            return
        meeting = self._meetings.get(incident.room, MeetingState())
        kinds = [KINDS[fault.code] for fault in incident.open_faults if fault.code in KINDS]
        severity = max((self.plan.severity(kind, meeting) for kind in kinds), default=incident.severity)
        if severity is incident.severity:
            return
        changed = verbs.rise(incident, severity, now)
        data = {"from": incident.severity.word, "to": severity.word}
        self._record(changed, "severity", MACHINE, now, batch, why="fault × meeting", data=data)
        if severity > incident.worst and incident.taken(now):
            self._tell_reached(changed, "severity", now, batch)

    def _open(self, fault: Fault, now: float, batch: Batch) -> int:
        record = FaultRecord(
            code=fault.code,
            target=fault.target,
            since=fault.since,
            evidence=dict(fault.evidence),
            symptoms=fault.symptoms,
        )
        found = find_incident(fault, self._cases.live())
        if not fault.drill:
            self._abort_drills(fault.room, now, batch)
        if found is None:
            return self._new(fault.room, record, now, batch, drill=fault.drill).id
        if any(known.key == record.key for known in found.open_faults):
            return found.id
        joined = replace(found, faults=(*found.faults, record))
        data = {"code": fault.code, "target": fault.target, "since": fault.since, "evidence": dict(fault.evidence)}
        self._record(joined, "fault_joined", MACHINE, now, batch, data=data)
        self._judge(joined, now, batch)
        return found.id

    def _new(
        self,
        room: str,
        record: FaultRecord,
        now: float,
        batch: Batch,
        *,
        by: str = MACHINE,
        scope: str = "room",
        drill: bool = False,
        why: str = "",
    ) -> Incident:
        kind = KINDS.get(record.code) or FaultKind(code=record.code, fault_class=FaultClass.OTHER)
        severity = self.plan.severity(kind, self._meetings.get(room, MeetingState()))
        self._number += 1
        incident = Incident(
            id=self._number,
            room=room,
            scope=scope,
            code=record.code,
            fault_class=kind.fault_class,
            severity=severity,
            worst=severity,
            drill=drill,
            plan_version=self.plan.version,
            opened_at=now,
            opened_by=by,
            assessed_at=now,
            assessed_by=MACHINE,
            faults=(record,),
            chains={level.word: self.plan.chain(kind.fault_class, level, now) for level in Severity},
            entered_at=now,
        )
        data = {
            "code": record.code,
            "target": record.target,
            "since": record.since,
            "class": kind.fault_class.value,
            "severity": severity.word,
            "evidence": record.evidence,
            "symptoms": list(record.symptoms),
        }
        self._record(incident, "opened", by, now, batch, why=why, data=data)
        return incident

    def _abort_drills(self, room: str, now: float, batch: Batch) -> None:
        for drill in [i for i in self._cases.live() if i.drill and i.room == room]:
            self._resolve(drill, now, batch, by=MACHINE, why="the drill was aborted: a real fault arrived")

    def _clear(self, fault: Fault, now: float, batch: Batch) -> None:
        for incident in self._cases.live():
            if incident.room != fault.room or incident.drill != fault.drill:
                continue
            key = (fault.code, fault.target)
            if all(known.key != key for known in incident.open_faults):
                continue
            faults = tuple(
                replace(f, cleared_at=now) if f.key == key and f.cleared_at is None else f for f in incident.faults
            )
            changed = replace(incident, faults=faults)
            data = {"code": fault.code, "target": fault.target, "evidence": dict(fault.evidence)}
            self._record(changed, "fault_cleared", MACHINE, now, batch, data=data)
            # A person's report of the same trouble heals with its probes' evidence, never the other way round.
            if all(f.reported_by for f in changed.open_faults):
                self._resolve(changed, now, batch, by=MACHINE, why="recovery verified by the probes")
            else:
                self._judge(changed, now, batch)

    def _resolve(self, incident: Incident, now: float, batch: Batch, *, by: str, why: str) -> None:
        self._record(verbs.resolved(incident, now), "resolved", by, now, batch, why=why)
        self._tell_recovery(self._cases.incidents[incident.id], now, batch)

    def _tell_recovery(self, incident: Incident, now: float, batch: Batch) -> None:
        """To exactly those who were told, by the way that reached them; for the others one message says both,
        unless theirs only waited for the morning."""
        pending = self._outbox.withdraw(
            lambda row: row.incident == incident.id and row.kind not in policy.PERSONAL,
            now,
            batch,
            why="it is over",
        )
        reached = self._cases.reached(incident.id)
        for contact, channel in reached.items():
            self._tell(incident, "recovered", [contact], now, batch, text=incident.done, only=channel)
        passed = {row.contact: row.channel for row in pending if row.contact not in reached and row.not_before <= now}
        for contact, channel in passed.items():
            self._tell(incident, "passed", [contact], now, batch, text=incident.done, only=channel)
        self._cases.look_at(incident.id, now + CLOSE_AFTER)

    def _command(
        self, verb: str, number: int, by: str, arguments: dict[str, object], now: float, batch: Batch
    ) -> Incident:
        incident = self._cases.incidents.get(number)
        action = verbs.VERBS.get(verb)
        if action is None:
            raise verbs.Refused(f"no command {verb!r}; there are {', '.join(sorted(verbs.VERBS))}")
        if incident is None:
            known = ", ".join(str(i) for i in sorted(self._cases.incidents)) or "none"
            raise verbs.Refused(f"no open incident {number}; open: {known}")
        change = action(incident, by, self.plan, now, arguments)
        self._record(change.incident, change.verb, by, now, batch, why=change.why, data=dict(change.data or {}))
        if verb in ("take", "ack"):
            self._outbox.withdraw(
                lambda row: row.incident == number and row.step >= 0, now, batch, why=f"taken by {by}"
            )
        for told in change.tell:
            if told.contacts is None:
                self._tell_reached(change.incident, told.kind, now, batch, by=by, text=told.text)
            else:
                self._tell(change.incident, told.kind, told.contacts, now, batch, by=by, text=told.text)
        if change.verb == "resolved":
            self._tell_recovery(change.incident, now, batch)
        if number in self._cases.incidents:
            self._cases.look_at(number, now)
        return change.incident

    def _reported(
        self, room: str, by: str, code: str, text: str, scope: str, declare: bool, now: float, batch: Batch
    ) -> int:
        record = FaultRecord(code=code, since=now, reported_by=by, evidence={"text": text} if text else {})
        fault_class = KINDS[code].fault_class
        found = None if declare else find_reported(room, fault_class, self._cases.live(), drill=False)
        if found is None:
            self._abort_drills(room, now, batch)
            return self._new(room, record, now, batch, by=by, scope=scope, why=text).id
        joined = replace(found, faults=(*found.faults, record))
        self._record(joined, "report_joined", by, now, batch, why=text, data={"code": code})
        self._judge(joined, now, batch)
        return found.id

    # Writing down and telling

    def _record(
        self,
        incident: Incident,
        verb: str,
        by: str,
        now: float,
        batch: Batch,
        *,
        why: str = "",
        data: Mapping[str, object] | None = None,
    ) -> None:
        self._cases.put(incident, batch)
        batch.events.append(Event(incident=incident.id, at=now, verb=verb, by=by, why=why, data=dict(data or {})))
        self._cases.look_at(incident.id, now)

    def _tell_reached(
        self, incident: Incident, kind: str, now: float, batch: Batch, *, by: str = "", text: str = ""
    ) -> None:
        for contact, channel in self._cases.reached(incident.id).items():
            if contact != by:
                self._tell(incident, kind, [contact], now, batch, by=by, text=text, only=channel)

    def _tell(
        self,
        incident: Incident,
        kind: str,
        contacts: Iterable[str],
        now: float,
        batch: Batch,
        *,
        tag: str = "",
        place: tuple[int, int, int] = (-1, -1, 0),
        reason: str = "",
        by: str = "",
        text: str = "",
        action: str = "tell",
        only: str = "",
    ) -> None:
        for contact in contacts:
            ways = self.plan.addresses(contact)
            if only:
                ways = tuple(way for way in ways if way.channel == only) or ways[:1]
            if not ways:
                log.error("%s has no way to be told of incident %d", contact, incident.id)
                continue
            row = self._notices.write(
                self.plan,
                incident,
                kind,
                contact,
                ways[0],
                now,
                tag=tag or f"{now:.3f}",
                place=place,
                reason=reason,
                by=by,
                text=text,
                action=action,
            )
            if self.mode == "observe":
                row = replace(row, state=S.OBSERVED, accepted_at=now, finished_at=now, detail="observe mode: not sent")
                batch.notifications[row.key] = row
            else:
                self._outbox.add(row, batch)
            self._cases.keep([row], batch)
