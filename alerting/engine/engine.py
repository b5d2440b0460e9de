"""Runs the plan: faults, meetings and people's commands in; decided, journaled, sent messages out.

Decide in the journal, then send, then record.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeVar

from alerting.delivery.contract import Outbound
from alerting.delivery.outbox import Outbox
from alerting.delivery.recipients import Recipient, recipients
from alerting.engine import commands as commands
from alerting.engine import replies
from alerting.engine import room_events as ingest
from alerting.engine.change_queue import ChangeQueue, QueuedChange
from alerting.engine.clock import EngineClock
from alerting.engine.deciding import Deciding
from alerting.engine.delivery_attempts import DeliveryAttempts
from alerting.engine.engine_figures import open_faults, summary
from alerting.engine.incident_store import IncidentStore
from alerting.engine.notifications import NotificationWriter
from alerting.engine.right_time import move_times
from alerting.engine.transaction import AfterCommit, SharedState, Transaction
from alerting.engine.workflow import ScheduledTask, Workflow
from alerting.journal.contract import Journal, JournalUnavailable
from alerting.journal.keeper import Keeper, Kept
from alerting.journal.rows import Batch, Notification
from alerting.messages.facts import Render
from alerting.model.actor import Actor
from alerting.model.catalogue import KINDS
from alerting.model.fault import Fault, FaultClass, Severity
from alerting.model.incident import Incident
from alerting.model.meeting_state import MeetingState
from alerting.model.press import Press
from alerting.model.reason import Reason
from alerting.model.reply import Reply
from alerting.plan.response_plan import ResponsePlan

T = TypeVar("T")
log = logging.getLogger("roomwatch.engine")

LANDING = 12.0
"""Seconds that a stop waits for messages in flight: a healthy receiver answers in far less, and systemd kills what has
not ended after 40 s (systemd/roomwatch.service). One that is given up goes again at the next start, same key."""
AWAY = 30.0
"""Seconds without a look from which the machine was asleep or the process stopped: twice the longest tick. What was due
meanwhile is late by it and by no fault of the plan, and the auditor allows no more lateness than that by itself."""


class Engine:
    """One plan over any number of rooms. All methods belong to one event loop; ``now`` gives Unix seconds."""

    def __init__(
        self,
        *,
        journal: Journal,
        plan: ResponsePlan,
        now: Callable[[], float],
        steady: Callable[[], float] | None = None,
        trusted: Callable[[], bool] = lambda: False,
        outbound: Outbound,
        render: Render,
        mode: Literal["act", "observe"] = "act",
        room: str = "",
        workflows: Sequence[Workflow],
        tasks: Sequence[ScheduledTask] = (),
    ) -> None:
        """``room`` is where faults of the monitor itself are reported. ``steady``: seconds of a clock that nobody sets
        (boot time), so that a wall clock set by hours makes no step due. ``trusted``: whether a time server keeps the
        wall clock, so that engine time goes by it even where an earlier run was ahead. ``workflows`` are asked in this
        order for each incident (workflows/asking_order.py), ``tasks`` by the calendar. Reads the whole journal."""
        self.woken = asyncio.Event()
        self.on_written: Callable[[Batch], None] = lambda batch: None
        """Called with all that one commit decided, also where the journal could not take it."""
        self._journal, self._outbound = journal, outbound
        self._keeper = Keeper(journal)
        self._joined = not journal.late
        self._after_commit: set[asyncio.Task[None]] = set()
        self._changes = ChangeQueue(self._decide_and_write)
        self._first_batch = Batch()
        self._together = Batch()
        self._on_record: dict[int, Incident] = {}
        self._looked: float | None = None
        reader = journal.reader
        memory = reader.memories()
        installation = memory.get("installation", "")
        if not installation:
            installation = memory["installation"] = self._first_batch.memory["installation"] = secrets.token_hex(4)
        incidents = IncidentStore(reader.last_number())
        notifications = NotificationWriter(
            installation, render, incidents.incidents.get, lambda: bool(self._keeper.reason)
        )
        self._shared = SharedState(
            incidents=incidents,
            outbox=Outbox(notifications.digest, self._per_minute),
            notifications=notifications,
            plan=plan,
            mode=mode,
            room=room,
            memory=memory,
        )
        self._deciding = Deciding(self._shared, workflows, tasks, self._closed_incident)
        self._delivery_attempts = DeliveryAttempts(self._shared, outbound, self.change)
        self._clock = EngineClock(now, steady, reader.last_time(), trusted)
        live = reader.live_incidents()
        incidents.restore(live, (row for incident in live for row in reader.notifications(incident.id)))
        self._shared.outbox.restore(reader.unfinished(), self._first_batch)
        incidents.keep(self._first_batch.notifications.values(), self._first_batch)

    # What comes in

    async def fault_opened(self, fault: Fault, meeting: MeetingState | None = None) -> int:
        """A fault was confirmed by a probe; the number of its incident. The same open fault again changes nothing."""
        if meeting is not None:
            self._shared.meetings[fault.room] = meeting
        return await self.change(lambda transaction: ingest.open_fault(fault, transaction))

    async def fault_cleared(self, fault: Fault) -> None:
        """A fault is gone. The last one of an incident resolves it."""
        await self.change(lambda transaction: ingest.clear_fault(fault, transaction))

    def meeting_seen(self, room: str, meeting: MeetingState) -> None:
        """The same meeting a little later: its start comes nearer. Decides nothing by itself, but what is decided next
        (a remedy, a drill) must not go by the seconds of the last change."""
        self._shared.meetings[room] = meeting

    def meeting(self, room: str) -> MeetingState:
        """What is known of a room's meeting; everything unknown where nothing is."""
        return self._shared.meeting(room)

    async def meeting_changed(self, room: str, meeting: MeetingState) -> None:
        """A room's meeting began, ended or comes near: severities are judged anew."""
        self._shared.meetings[room] = meeting

        def judge(transaction: Transaction) -> None:
            for incident in self._shared.incidents.live(room):
                ingest.judge_severity(incident, transaction)
                transaction.look_at(incident.id, transaction.now)

        await self.change(judge)

    async def evidence(self, incident: int, kind: str, data: Mapping[str, object]) -> None:
        """Attach what a diagnosis found to an incident; nothing happens when it is closed already."""

        def attach(transaction: Transaction) -> None:
            if transaction.incident(incident) is not None:
                transaction.event("evidence", incident=incident, data={"kind": kind, **data})

        await self.change(attach)

    def recall(self, name: str) -> str | None:
        """A small fact that a transaction remembered, over restarts; None where there is none."""
        return self._shared.memory.get(name)

    async def command(
        self, verb: str, incident_id: int, /, *, by: Actor, press: Press | None = None, **arguments: object
    ) -> Incident:
        """A person's word on an incident: of commands.py or of a workflow. press: the button by which it came, None
        for other ways. Raises Refused with what to do instead."""
        before = partial(self._look_up, incident_id) if verb in commands.AFTER_CLOSE else None
        try:
            return await self.change(
                lambda transaction: self._deciding.command(verb, incident_id, by, arguments, transaction, press),
                before=before,
            )
        except JournalUnavailable as error:
            raise commands.Refused("journal_unavailable", detail=error.reason) from error

    async def reply(self, reply: Reply, *, by: Actor) -> str:
        """A contact's answer from afar, done once. "done", "again", or why its writer was told how to write it."""

        def work(transaction: Transaction) -> str:
            def command(verb: str, number: int) -> None:
                self._deciding.command(verb, number, by, {}, transaction)

            return replies.answer(reply, transaction, command)

        return await self.change(work)

    async def task_command(self, name: str, /, *, by: Actor, **arguments: object) -> dict[str, Any]:
        """A person's command to a scheduled task (a check was made, a spare taken). Raises Refused."""
        return await self.change(lambda transaction: self._deciding.task_command(name, by, arguments, transaction))

    async def report_by_person(
        self,
        room: str,
        *,
        by: Actor,
        fault_class: FaultClass,
        text: str = "",
        scope: str = "room",
        declare: bool = False,
        severity: str = "",
    ) -> int:
        """A person says that something is wrong. It joins what is open in the room, or opens an incident; its number.

        ``declare``: always one of its own, of any class, for a room, a floor or the site (``scope``). ``severity``:
        their word on it, "" for the plan's. Raises Refused for one that does not exist, and nothing is opened.
        """
        code = "disaster_declared" if declare and fault_class is FaultClass.EXTERNAL else f"reported_{fault_class}"
        if code not in KINDS:
            code = "reported_other"
        if severity and severity not in {one.word for one in Severity}:
            raise commands.no_such_severity(severity)

        def work(transaction: Transaction) -> int:
            transaction.actor = by
            number = ingest.report(room, by.person, code, text, scope, declare, transaction)
            if severity:
                self._deciding.command("severity", number, by, {"severity": severity}, transaction)
            return number

        return await self.change(work)

    async def change_plan(self, plan: ResponsePlan) -> None:
        """Another plan from now on. Open incidents keep their chains; those who were told hear of it."""

        def swap(transaction: Transaction) -> None:
            old, self._shared.plan = self._shared.plan, plan
            self._deciding.ask_tasks_anew()
            for incident in self._shared.incidents.live():
                transaction.look_at(incident.id, transaction.now)
            if old.version != plan.version or not old.has_people:
                ingest.change_plan(old.version, transaction)

        await self.change(swap)

    async def begin_untold(self) -> None:
        """Let incidents of a room that was on trial take the chains of the plan that it has now."""
        await self.change(ingest.begin_untold)

    async def reread_memory(self) -> None:
        """Small facts were changed in the journal itself: read them anew, unless newer ones wait to be written. The
        scheduled tasks are asked again."""

        kept: dict[str, str] = {}

        async def read() -> None:
            kept.update(await self._journal.read(lambda reader: reader.memories()))

        def replace(transaction: Transaction) -> None:
            if self._keeper.unwritten is None:
                self._shared.memory.clear()
                self._shared.memory.update(kept | self._together.memory)
                self._deciding.ask_tasks_anew()

        await self.change(replace, before=read)

    async def _after_mending(self) -> None:
        """The journal may have been rebuilt: what it found is in its memory. One that is opened for the first time
        holds what was open before this start."""
        await self.reread_memory()
        if self._joined:
            return
        found: list[tuple[Incident, list[Notification]]] = []
        waiting: list[Notification] = []

        async def read() -> None:
            cases = await self._journal.read(
                lambda reader: [(one, reader.notifications(one.id)) for one in reader.live_incidents()]
            )
            known = self._shared.incidents.incidents
            found.extend((one, rows) for one, rows in cases if one.id not in known)
            numbers = {one.id for one, _ in found}
            unfinished = await self._journal.read(lambda reader: reader.unfinished())
            waiting.extend(row for row in unfinished if row.incident in numbers)

        def join(transaction: Transaction) -> None:
            self._shared.incidents.restore((one for one, _ in found), (row for _, rows in found for row in rows))
            self._shared.outbox.restore(waiting, transaction.batch)
            self._joined = True

        await self.change(join, before=read)

    async def paths_returned(self) -> None:
        """The network is back, as the monitor sees it: what waited goes at once."""
        await self.change(lambda transaction: self._shared.outbox.retry_now())

    async def warm(self) -> None:
        """A fault is being confirmed: have the sender ready."""
        if self._shared.mode == "act":
            await self._outbound.warm()

    # What drives it

    async def tick(self) -> float:
        """Do what is due and start what is to be sent; the Unix time of the next due thing (infinity: none)."""
        await self.change(lambda transaction: None, wakes=False)
        async with self._changes.lock:
            at = min(self._shared.incidents.next_at(), self._shared.outbox.next_at(self._clock.peek()))
            at = min(at, self._deciding.next_task_at())
            at = min(at, self._keeper.write_at) if self._keeper.unwritten is not None else at
            return at - self._clock.skew

    async def settle(self) -> None:
        """Wait until nothing is in flight and no work after a commit runs."""
        while self._after_commit:
            await asyncio.gather(*self._after_commit)
        await self._delivery_attempts.settle()

    async def close(self) -> None:
        """Let attempts end (not for ever), write what is unwritten, let go of the sender. The journal stays open."""
        for task in self._after_commit:
            task.cancel()
        await asyncio.gather(*self._after_commit, return_exceptions=True)
        await self._delivery_attempts.end(LANDING)
        async with self._changes.lock:
            if self._keeper.unwritten is not None:
                self._keeper.write_at = 0.0
                await self._commit(Batch(), self._clock.peek())
        await self._outbound.close()

    # What it says of itself

    def now(self) -> float:
        """The engine's time, Unix seconds: wall time that no setting of the clock moves while something is open."""
        return self._clock.peek()

    @property
    def incident_commands(self) -> frozenset[str]:
        """What ``command`` takes."""
        return self._deciding.incident_commands

    @property
    def task_commands(self) -> frozenset[str]:
        """What ``task_command`` takes."""
        return self._deciding.task_commands

    @property
    def plan(self) -> ResponsePlan:
        return self._shared.plan

    @property
    def mode(self) -> Literal["act", "observe"]:
        return self._shared.mode

    @mode.setter
    def mode(self, mode: Literal["act", "observe"]) -> None:
        self._shared.mode = mode

    @property
    def room(self) -> str:
        """Where faults of the service itself are reported."""
        return self._shared.room

    @room.setter
    def room(self, room: str) -> None:
        self._shared.room = room

    @property
    def outcomes(self) -> Counter[str]:
        """Final states of notifications since the start, for the metrics."""
        return self._delivery_attempts.outcomes

    @property
    def journal_problem(self) -> Reason:
        """Why the journal cannot be written; no reason while it can."""
        return self._keeper.reason

    def summary(self) -> dict[str, object]:
        """What /metrics and `roomwatch status` show."""
        return {
            **summary(self._shared, self._clock.peek()),
            "journal_unavailable": self._keeper.reason.code,
            "last_accepted_at": self._delivery_attempts.last_accepted,
        }

    def incidents(self) -> list[Incident]:
        """Incidents that are not closed, oldest first."""
        return self._shared.incidents.not_closed()

    def recipients(self, number: int) -> tuple[Recipient, ...]:
        """Who was told of an incident that is not closed, and who is not yet."""
        incidents = self._shared.incidents
        return recipients(incidents.rows(number), self._clock.peek(), incidents.rows(0))

    def oldest_pending(self) -> float:
        """When the oldest message that waits was decided, 0 where none does."""
        return min((row.decided_at for row in self._shared.outbox.waiting()), default=0.0)

    def open_faults(self) -> list[Fault]:
        """What probes reported and is still open: what the monitor knows again after a restart."""
        return open_faults(self._shared)

    # The one way in which anything changes

    async def change(
        self,
        work: Callable[[Transaction], T],
        *,
        wakes: bool = True,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> T:
        """Decide something in a transaction of its own; the result of ``work`` once it is on the disk. before: reads
        what ``work`` needs from the journal."""
        try:
            return await self._changes.ask(work, before)
        finally:
            if wakes:
                self.woken.set()

    async def _decide_and_write(self, asked: Sequence[QueuedChange]) -> None:
        """Each in a transaction of its own, all in one commit; then start the sending and answer."""
        together, self._first_batch = self._first_batch, Batch()
        self._together = together
        after_commit: list[AfterCommit] = []
        ends: list[Callable[[], None]] = []
        now = self._clock.peek()
        for one in await self._prepared(asked, ends):
            batch = Batch()
            try:
                transaction = self._transaction(batch)
                now = transaction.now
                result = one.work(transaction)
                self._deciding.evaluate(transaction)
            except Exception as error:  # of this change alone: what was noticed before it is written with the others
                ends.append(partial(one.done.set_exception, error))
            else:
                after_commit += transaction.after_commit
                ends.append(partial(one.done.set_result, result))
            together.absorb(batch)
        sending = Batch()
        picked = self._shared.outbox.pick(now, sending)
        self._deciding.look_at_changed_rows(Transaction(shared=self._shared, now=now, batch=sending))
        together.absorb(sending)
        await self._commit(together, now)
        self.on_written(together)
        self._together = Batch()
        for row in picked:
            self._delivery_attempts.start(row)
        for following in after_commit:
            self._later(self._run(following))
        for end in ends:
            end()

    async def _prepared(self, asked: Sequence[QueuedChange], ends: list[Callable[[], None]]) -> list[QueuedChange]:
        """Those that have what they need from the journal; the others end with the error."""
        self._on_record.clear()
        ready = []
        for one in asked:
            try:
                if one.before is not None:
                    await one.before()
            except Exception as error:
                ends.append(partial(one.done.set_exception, error))
            else:
                ready.append(one)
        return ready

    def _transaction(self, batch: Batch) -> Transaction:
        """At engine time. A wall clock that was set is reported, and believed again once nothing is open."""
        busy = self._shared.incidents.any_live(apart="clock_suspect") or len(self._shared.outbox)
        look = self._clock.look(idle=not busy)
        now, jump = look.now, look.jump
        self._shared.wall_ahead = self._clock.wall_ahead()
        before, self._looked = self._looked, now
        if before is not None and now - before > AWAY:
            self._shared.absences.append((before, now))
        transaction = Transaction(shared=self._shared, now=now, batch=batch)
        if look.moved:
            move_times(look.moved, transaction, self._rows)
            self._deciding.ask_tasks_anew()
        if jump:
            log.warning("the clock was set by %.0f s; waiting times go on as if it had not been", jump)
            evidence: dict[str, str | float | int | bool] = {"jump_seconds": round(jump, 1)}
            ingest.open_fault(self._own_fault("clock_suspect", now, evidence), transaction)
            transaction.event("clock_set", data={"seconds": round(jump, 1)})
        elif self._clock.skew == 0.0 and self._suspect():
            ingest.clear_fault(self._own_fault("clock_suspect", now), transaction)
            transaction.event("clock_right")
        return transaction

    async def _rows(self, keys: Sequence[str]) -> list[Notification]:
        found = await self._journal.read(lambda reader: [reader.notification(key) for key in keys])
        return [row for row in found if row is not None]

    def _suspect(self) -> bool:
        return any(one.code == "clock_suspect" for one in self._shared.incidents.live(self._shared.room))

    def _own_fault(
        self, code: str, now: float, evidence: Mapping[str, str | float | int | bool] | None = None
    ) -> Fault:
        return Fault(room=self._shared.room, code=code, since=now, evidence=evidence or {})

    async def _commit(self, batch: Batch, now: float) -> None:
        """Keep it, and tell when the journal cannot be written, and when it can be again."""
        match await self._keeper.keep(batch, now):
            case Kept.FAILED:
                transaction = Transaction(shared=self._shared, now=now, batch=self._keeper.unwritten or Batch())
                ingest.open_fault(
                    self._own_fault("journal_unavailable", now, _evidence(self._keeper.reason)), transaction
                )
                self._deciding.evaluate(transaction)
            case Kept.MENDED:
                transaction = Transaction(shared=self._shared, now=now, batch=Batch())
                ingest.clear_fault(self._own_fault("journal_unavailable", now), transaction)
                await self._commit(transaction.batch, now)
                self._later(self._after_mending())
            case _:
                pass

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._after_commit.add(task)
        task.add_done_callback(self._after_commit.discard)

    async def _run(self, following: AfterCommit) -> None:
        try:
            result: Any = await following.work()
        except Exception as error:  # what broke is a result too: somebody waits for it
            log.exception("work after a commit broke")
            result = error
        await self.change(lambda transaction: following.then(result, transaction))

    async def _look_up(self, number: int) -> None:
        """Have a closed incident at hand: it may still be written to, and memory holds open ones alone."""
        if number not in self._shared.incidents.incidents:
            found = await self._keeper.find(number)
            if found is not None:
                self._on_record[number] = found

    def _closed_incident(self, number: int) -> Incident | None:
        return self._together.incidents.get(number) or self._on_record.get(number)

    def _per_minute(self, target: tuple[str, str]) -> float:
        return next((a.per_minute for a in self.plan.addresses(target[0]) if a.channel == target[1]), 0.0)


def _evidence(reason: Reason) -> dict[str, str | float | int | bool]:
    """A reason as the evidence of a fault."""
    plain = {name: value for name, value in reason.values.items() if isinstance(value, (str, float, int, bool))}
    return {"why": reason.code, **plain}
