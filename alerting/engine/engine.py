"""Runs the plan: faults, meetings and people's commands in; decided, journaled, sent messages out.

Decide in the journal, then send, then record.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeVar

from alerting.delivery.contract import Outbound
from alerting.delivery.who_was_told import Recipient, recipients
from alerting.engine import commands, incident_lifecycle, replies
from alerting.engine.change_loop import ChangeLoop
from alerting.engine.clock import EngineClock
from alerting.engine.engine_status import open_faults, summary
from alerting.engine.transaction import Transaction
from alerting.engine.workflow import ScheduledTask, Workflow
from alerting.journal.contract import Journal, JournalUnavailable
from alerting.journal.rows import Batch, Notification
from alerting.messages.facts import Render
from alerting.model.actor import Actor
from alerting.model.button_press import Press
from alerting.model.catalogue import KINDS, NETWORK_CODES
from alerting.model.fault import Fault, FaultClass, Severity
from alerting.model.incident import Incident
from alerting.model.meeting_state import MeetingState
from alerting.model.reason import Reason
from alerting.model.reply import Reply
from alerting.plan.contract import ResponsePlan

T = TypeVar("T")
log = logging.getLogger("roomwatch.engine")


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
        opened: Callable[[int, Fault], None] = lambda number, fault: None,
    ) -> None:
        """``room`` is where faults of the monitor itself are reported. ``steady``: seconds of a clock that nobody sets
        (boot time), so that a wall clock set by hours makes no step due. ``trusted``: whether a time server keeps the
        wall clock, so that engine time goes by it even where an earlier run was ahead. ``workflows`` are asked in this
        order for each incident (workflows/workflow_order.py), ``tasks`` by the calendar. ``opened`` hears of each fault
        with the number of its incident, once that is on the disk. Reads the whole journal."""
        self._loop = ChangeLoop(
            journal=journal,
            plan=plan,
            clock=EngineClock(now, steady, journal.reader.last_time(), trusted),
            outbound=outbound,
            render=render,
            mode=mode,
            room=room,
            workflows=workflows,
            tasks=tasks,
        )
        self._shared, self._dispatcher, self._clock = self._loop.shared, self._loop.dispatcher, self._loop.clock
        self._outbound, self._opened = outbound, opened

    # What comes in

    async def fault_opened(self, fault: Fault, meeting: MeetingState | None = None) -> int:
        """A fault was confirmed by a probe; the number of its incident. The same open fault again changes nothing."""
        if meeting is not None:
            self._shared.meetings[fault.room] = meeting
        number = await self.change(lambda transaction: incident_lifecycle.open_fault(fault, transaction))
        self._opened(number, fault)
        return number

    async def fault_cleared(self, fault: Fault) -> None:
        """A fault is gone. The last one of an incident resolves it. Where the network of the service's own room works
        again, what waited for it goes at once."""

        def clear(transaction: Transaction) -> None:
            incident_lifecycle.clear_fault(fault, transaction)
            if fault.code in NETWORK_CODES and fault.room == self._shared.room:
                self._shared.outbox.retry_now()

        await self.change(clear)

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
                incident_lifecycle.judge_severity(incident, transaction)
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
        before = partial(self._loop.look_up, incident_id) if verb in commands.AFTER_CLOSE else None
        try:
            return await self._loop.change(
                lambda transaction: self._dispatcher.command(verb, incident_id, by, arguments, transaction, press),
                before=before,
            )
        except JournalUnavailable as error:
            raise commands.Refused("journal_unavailable", detail=error.reason) from error

    async def reply(self, reply: Reply, *, by: Actor) -> str:
        """A contact's answer from afar, done once. "done", "again", or why its writer was told how to write it."""

        def work(transaction: Transaction) -> str:
            def command(verb: str, number: int) -> None:
                self._dispatcher.command(verb, number, by, {}, transaction)

            return replies.answer(reply, transaction, command)

        return await self.change(work)

    async def task_command(self, name: str, /, *, by: Actor, **arguments: object) -> dict[str, Any]:
        """A person's command to a scheduled task (a check was made, a spare taken). Raises Refused."""
        return await self.change(lambda transaction: self._dispatcher.task_command(name, by, arguments, transaction))

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
            number = incident_lifecycle.report(room, by.person, code, text, scope, declare, transaction)
            if severity:
                self._dispatcher.command("severity", number, by, {"severity": severity}, transaction)
            return number

        return await self.change(work)

    async def change_plan(self, plan: ResponsePlan) -> None:
        """Another plan from now on. Open incidents keep their chains; those who were told hear of it."""

        def swap(transaction: Transaction) -> None:
            old, self._shared.plan = self._shared.plan, plan
            self._dispatcher.ask_tasks_anew()
            for incident in self._shared.incidents.live():
                transaction.look_at(incident.id, transaction.now)
            if old.version != plan.version or not old.has_people:
                incident_lifecycle.change_plan(old.version, transaction)

        await self.change(swap)

    async def begin_untold(self) -> None:
        """Let incidents of a room that was on trial take the chains of the plan that it has now."""
        await self.change(incident_lifecycle.begin_untold)

    async def warm(self) -> None:
        """A fault is being confirmed: have the sender ready."""
        if self._shared.mode == "act":
            await self._outbound.warm()

    # What drives it

    async def change(self, work: Callable[[Transaction], T]) -> T:
        """Decide something in a transaction of its own; the result of ``work`` once it is on the disk."""
        return await self._loop.change(work)

    async def tick(self) -> float:
        """Do what is due and start what is to be sent; the Unix time of the next due thing (infinity: none)."""
        return await self._loop.tick()

    @property
    def woken(self) -> asyncio.Event:
        """Set when something was decided: the next due thing may be nearer."""
        return self._loop.woken

    def on_written(self, call: Callable[[Batch], None]) -> None:
        """Call this with all that one commit decided, also where the journal could not take it."""
        self._loop.on_written = call

    async def reread_memory(self) -> None:
        """Small facts were changed in the journal itself: read them anew, and ask the scheduled tasks again."""
        await self._loop.reread_memory()

    async def settle(self) -> None:
        """Wait until nothing is in flight and no work after a commit runs."""
        await self._loop.settle()

    async def close(self) -> None:
        """Let attempts end (not for ever), write what is unwritten, let go of the sender. The journal stays open."""
        await self._loop.close()

    # What it says of itself

    def now(self) -> float:
        """The engine's time, Unix seconds: wall time that no setting of the clock moves while something is open."""
        return self._clock.peek()

    @property
    def incident_commands(self) -> frozenset[str]:
        """What ``command`` takes."""
        return self._dispatcher.incident_commands

    @property
    def task_commands(self) -> frozenset[str]:
        """What ``task_command`` takes."""
        return self._dispatcher.task_commands

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
        return self._loop.delivery_attempts.outcomes

    @property
    def journal_problem(self) -> Reason:
        """Why the journal cannot be written; no reason while it can."""
        return self._loop.buffered.reason

    def summary(self) -> dict[str, object]:
        """What /metrics and `roomwatch status` show."""
        return {
            **summary(self._shared, self._clock.peek()),
            "journal_unavailable": self._loop.buffered.reason.code,
            "last_accepted_at": self._loop.delivery_attempts.last_accepted,
        }

    def incidents(self) -> list[Incident]:
        """Incidents that are not closed, oldest first."""
        return self._shared.incidents.not_closed()

    def recipients(self, number: int) -> tuple[Recipient, ...]:
        """Who was told of an incident that is not closed, and who is not yet."""
        incidents = self._shared.incidents
        return recipients(incidents.rows(number), self._clock.peek(), incidents.rows(0))

    def due_messages(self) -> list[Notification]:
        """What should be with people by now and was not accepted yet; not what waits for the end of the quiet hours."""
        now, outbox = self._clock.peek(), self._shared.outbox
        return [row for row in (*outbox.waiting(), *outbox.flying()) if row.not_before <= now]

    def open_faults(self) -> list[Fault]:
        """What probes reported and is still open: what the monitor knows again after a restart."""
        return open_faults(self._shared)
