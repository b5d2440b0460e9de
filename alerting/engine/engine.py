"""Runs the plan: faults, meetings and people's commands in; decided, journaled, sent messages out.

Decide in the journal, then send, then record. Refuses to look at a clock of its own and to know how sending works.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeVar

from alerting.delivery.contract import Outbound, Render
from alerting.delivery.outbox import Outbox
from alerting.engine import commands as verbs
from alerting.engine import ingest as intake
from alerting.engine.change_queue import Asked, Changes
from alerting.engine.clock import EngineClock
from alerting.engine.deciding import Deciding
from alerting.engine.delivery_attempts import Flights
from alerting.engine.incident_store import Caseload
from alerting.engine.notifications import Notices
from alerting.engine.summary import open_faults, summary
from alerting.engine.transaction import Desk, Errand, Turn
from alerting.engine.workflow import Course, Duty
from alerting.journal.keeper import Keeper, Kept
from alerting.journal.rows import Batch
from alerting.journal.store import Journal
from alerting.model.catalogue import KINDS
from alerting.model.fault import Fault, FaultClass, Severity
from alerting.model.incident import Incident
from alerting.model.meeting_state import MeetingState
from alerting.plan.response_plan import ResponsePlan
from alerting.workflows import premeeting
from alerting.workflows.closing import Closing
from alerting.workflows.escalation import EscalationChain

T = TypeVar("T")
log = logging.getLogger("roomwatch.engine")

LANDING = 12.0
"""Seconds that a stop waits for messages in flight: a healthy receiver answers in far less, and systemd kills what has
not ended after 20 s (systemd/roomwatch.service). One that is given up goes again at the next start, same key."""


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
        courses: Sequence[Course] = (),
        duties: Sequence[Duty] = (),
    ) -> None:
        """``room`` is where faults of the monitor itself are reported. ``steady``: seconds of a clock that nobody sets
        (boot time), so that a wall clock set by hours makes no step due. ``courses``, ``duties``: what the plan does
        beside the chain. Reads what the journal holds at once."""
        self.woken = asyncio.Event()
        self._journal, self._outbound = journal, outbound
        self._keeper = Keeper(journal)
        self._errands: set[asyncio.Task[None]] = set()
        self._changes = Changes(self._decide_and_write)
        self._first_batch = Batch()
        self._together = Batch()
        reader = journal.reader
        memory = reader.memories()
        installation = memory.get("installation", "")
        if not installation:
            installation = memory["installation"] = self._first_batch.memory["installation"] = secrets.token_hex(4)
        cases = Caseload(reader.last_number())
        notices = Notices(installation, render, cases.incidents.get, lambda: bool(self._keeper.reason))
        self._desk = Desk(
            cases=cases,
            outbox=Outbox(notices.digest, self._per_minute),
            notices=notices,
            plan=plan,
            mode=mode,
            room=room,
            memory=memory,
        )
        in_order = (EscalationChain(), *courses, Closing())
        self._deciding = Deciding(self._desk, in_order, duties, self._on_record)
        self._flights = Flights(self._desk, outbound, self._change)
        self._clock = EngineClock(now, steady, reader.last_time())
        live = reader.live_incidents()
        cases.restore(live, (row for incident in live for row in reader.notifications(incident.id)))
        self._desk.outbox.restore(reader.unfinished(), self._first_batch)
        cases.keep(self._first_batch.notifications.values(), self._first_batch)

    # What comes in

    async def fault_opened(self, fault: Fault, meeting: MeetingState | None = None) -> int:
        """A fault was confirmed by a probe; the number of its incident. The same open fault again changes nothing."""
        if meeting is not None:
            self._desk.meetings[fault.room] = meeting
        return await self._change(lambda turn: intake.open_fault(fault, turn))

    async def fault_cleared(self, fault: Fault) -> None:
        """A fault is gone. The last one of an incident resolves it."""
        await self._change(lambda turn: intake.clear_fault(fault, turn))

    def meeting_seen(self, room: str, meeting: MeetingState) -> None:
        """The same meeting a little later: its start comes nearer. Decides nothing by itself, but what is decided next
        (a remedy, a drill) must not go by the seconds of the last change."""
        self._desk.meetings[room] = meeting

    async def meeting_changed(self, room: str, meeting: MeetingState) -> None:
        """A room's meeting began, ended or comes near: severities are judged anew."""
        self._desk.meetings[room] = meeting

        def judge(turn: Turn) -> None:
            for incident in self._desk.cases.live(room):
                intake.judge_severity(incident, turn)
                turn.look_at(incident.id, turn.now)

        await self._change(judge)

    async def evidence(self, incident: int, kind: str, data: Mapping[str, object]) -> None:
        """Attach what a diagnosis found to an incident; nothing happens when it is closed already."""

        def attach(turn: Turn) -> None:
            if turn.incident(incident) is not None:
                turn.event("evidence", incident=incident, why=kind, data=data)

        await self._change(attach)

    async def premeeting(self, checked: premeeting.Checked) -> bool:
        """A check before a meeting was made: written down, and a no-go told. False where it was taken before."""
        return await self._change(lambda turn: premeeting.take(checked, turn))

    def premeeting_done(self) -> frozenset[str]:
        """Keys of the checks before meetings that were taken, over restarts."""
        return premeeting.done(self._desk.memory.get(premeeting.DONE))

    async def command(self, verb: str, incident_id: int, /, *, by: str, **arguments: object) -> Incident:
        """A person's word on an incident: commands.py and the courses' own. Raises verbs.Refused with what to do
        instead."""
        return await self._change(lambda turn: self._deciding.command(verb, incident_id, by, arguments, turn))

    async def duty_command(self, name: str, /, *, by: str, **arguments: object) -> dict[str, Any]:
        """A person's word on a duty (a check that was made, a spare taken). Raises verbs.Refused."""
        return await self._change(lambda turn: self._deciding.duty_command(name, by, arguments, turn))

    async def report_by_person(
        self,
        room: str,
        *,
        by: str,
        fault_class: FaultClass,
        text: str = "",
        scope: str = "room",
        declare: bool = False,
        severity: str = "",
    ) -> int:
        """A person says that something is wrong. It joins what is open in the room, or opens an incident; its number.

        ``declare``: always one of its own, of any class, for a room, a floor or the site (``scope``). ``severity``:
        their word on it, "" for the plan's. Raises verbs.Refused for one that does not exist, and nothing is opened.
        """
        code = "disaster_declared" if declare and fault_class is FaultClass.EXTERNAL else f"reported_{fault_class}"
        if code not in KINDS:
            code = "reported_other"
        if severity and severity not in {one.word for one in Severity}:
            raise verbs.Refused(f"no severity {severity!r}; there are {', '.join(one.word for one in Severity)}")

        def work(turn: Turn) -> int:
            number = intake.report(room, by, code, text, scope, declare, turn)
            if severity:
                self._deciding.command("severity", number, by, {"severity": severity}, turn)
            return number

        return await self._change(work)

    async def change_plan(self, plan: ResponsePlan) -> None:
        """Another plan from now on. Open incidents keep their chains; those who were told hear of it."""

        def swap(turn: Turn) -> None:
            old, self._desk.plan = self._desk.plan, plan
            self._deciding.ask_duties_anew()
            for incident in self._desk.cases.live():
                turn.look_at(incident.id, turn.now)
            if old.version != plan.version:
                intake.change_plan(old.version, turn)

        await self._change(swap)

    async def reread_memory(self) -> None:
        """Small facts were changed in the journal itself: read them anew, unless newer ones wait to be written."""

        def forget(turn: Turn) -> None:
            if self._keeper.unwritten is None:
                self._desk.memory.clear()
                self._desk.memory.update(self._journal.reader.memories() | self._together.memory)

        await self._change(forget)

    async def paths_returned(self) -> None:
        """The network is back, as the monitor sees it: what waited goes at once."""
        await self._change(lambda turn: self._desk.outbox.retry_now())

    async def warm(self) -> None:
        """A fault is being confirmed: have the sender ready."""
        if self._desk.mode == "act":
            await self._outbound.warm()

    # What drives it

    async def tick(self) -> float:
        """Do what is due and start what is to be sent; the Unix time of the next due thing (infinity: none)."""
        await self._change(lambda turn: None, wakes=False)
        async with self._changes.lock:
            at = min(self._desk.cases.next_at(), self._desk.outbox.next_at(self._clock.peek()))
            at = min(at, self._deciding.next_duty_at())
            at = min(at, self._keeper.write_at) if self._keeper.unwritten is not None else at
            return at - self._clock.skew

    async def settle(self) -> None:
        """Wait until nothing is in flight and no errand runs."""
        while self._errands:
            await asyncio.gather(*self._errands)
        await self._flights.settle()

    async def close(self) -> None:
        """Let flights land (not for ever), write what is unwritten, let go of the sender. The journal stays open."""
        for task in self._errands:
            task.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        await self._flights.end(LANDING)
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
    def duty_commands(self) -> frozenset[str]:
        """What ``duty_command`` takes."""
        return self._deciding.duty_commands

    @property
    def plan(self) -> ResponsePlan:
        return self._desk.plan

    @property
    def mode(self) -> Literal["act", "observe"]:
        return self._desk.mode

    @mode.setter
    def mode(self, mode: Literal["act", "observe"]) -> None:
        self._desk.mode = mode

    @property
    def outcomes(self) -> Counter[str]:
        """Final states of notifications since the start, for the metrics."""
        return self._flights.outcomes

    def summary(self) -> dict[str, object]:
        """What /metrics and `roomwatch status` show."""
        return {
            **summary(self._desk, self._clock.peek()),
            "journal_unavailable": self._keeper.reason,
            "last_accepted_at": self._flights.last_accepted,
        }

    def incidents(self) -> list[Incident]:
        """Incidents that are not closed, oldest first."""
        return self._desk.cases.not_closed()

    def open_faults(self) -> list[Fault]:
        """What probes reported and is still open: what the monitor knows again after a restart."""
        return open_faults(self._desk)

    # The one way in which anything changes

    async def _change(self, work: Callable[[Turn], T], *, wakes: bool = True) -> T:
        try:
            return await self._changes.ask(work)
        finally:
            if wakes:
                self.woken.set()

    async def _decide_and_write(self, asked: Sequence[Asked]) -> None:
        """Each a turn of its own, all in one commit, and only then let messages fly and answer."""
        together, self._first_batch = self._first_batch, Batch()
        self._together = together
        errands: list[Errand] = []
        ends: list[Callable[[], None]] = []
        now = self._clock.peek()
        for one in asked:
            batch = Batch()
            try:
                turn = self._turn(batch)
                now = turn.now
                result = one.work(turn)
                self._deciding.evaluate(turn)
            except Exception as error:  # of this change alone: what was noticed before it is written with the others
                ends.append(partial(one.done.set_exception, error))
            else:
                errands += turn.errands
                ends.append(partial(one.done.set_result, result))
            together.absorb(batch)
        sending = Batch()
        picked = self._desk.outbox.pick(now, sending)
        self._deciding.look_at_changed_rows(Turn(desk=self._desk, now=now, batch=sending))
        together.absorb(sending)
        await self._commit(together, now)
        self._together = Batch()
        for row in picked:
            self._flights.start(row)
        for errand in errands:
            task = asyncio.create_task(self._run(errand))
            self._errands.add(task)
            task.add_done_callback(self._errands.discard)
        for end in ends:
            end()

    def _turn(self, batch: Batch) -> Turn:
        """A turn at engine time; a wall clock that was set is reported, and believed again once nothing is open."""
        busy = self._desk.cases.any_live(apart="clock_suspect") or len(self._desk.outbox)
        now, jump = self._clock.look(idle=not busy)
        turn = Turn(desk=self._desk, now=now, batch=batch)
        if jump:
            log.warning("the clock was set by %.0f s; waiting times go on as if it had not been", jump)
            evidence: dict[str, str | float | int | bool] = {"jump_seconds": round(jump, 1)}
            intake.open_fault(self._own_fault("clock_suspect", now, evidence), turn)
        elif self._clock.skew == 0.0:
            intake.clear_fault(self._own_fault("clock_suspect", now), turn)
        return turn

    def _own_fault(
        self, code: str, now: float, evidence: Mapping[str, str | float | int | bool] | None = None
    ) -> Fault:
        return Fault(room=self._desk.room, code=code, since=now, evidence=evidence or {})

    async def _commit(self, batch: Batch, now: float) -> None:
        """Keep it, and tell when the journal cannot be written, and when it can be again."""
        match await self._keeper.keep(batch, now):
            case Kept.FAILED:
                turn = Turn(desk=self._desk, now=now, batch=self._keeper.unwritten or Batch())
                intake.open_fault(self._own_fault("journal_unavailable", now, {"why": self._keeper.reason}), turn)
                self._deciding.evaluate(turn)
            case Kept.MENDED:
                turn = Turn(desk=self._desk, now=now, batch=Batch())
                intake.clear_fault(self._own_fault("journal_unavailable", now), turn)
                await self._commit(turn.batch, now)
            case _:
                pass

    async def _run(self, errand: Errand) -> None:
        try:
            result: Any = await errand.work()
        except Exception as error:  # what broke is a result too: somebody waits for it
            log.exception("an errand broke")
            result = error
        await self._change(lambda turn: errand.then(result, turn))

    def _on_record(self, number: int) -> Incident | None:
        """A closed incident, as what is not on the disk yet or else the journal has it."""
        if number in self._together.incidents:
            return self._together.incidents[number]
        return self._keeper.find(number)

    def _per_minute(self, target: tuple[str, str]) -> float:
        return next((a.per_minute for a in self.plan.addresses(target[0]) if a.channel == target[1]), 0.0)
